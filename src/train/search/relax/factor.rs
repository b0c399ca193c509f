//! Small dense algebra: the equality-constrained Newton step.
//!
//! With `H + δI = LLᵀ` and the rows `E` of the working set, `T = L⁻¹Eᵀ = QR` (Gram–Schmidt, twice). The step that minimises
//! `½ dᵀ(H + δI)d − g·d` subject to `E d = e` and its multipliers (`(H + δI)d − Eᵀλ = g`) are
//!
//! ```text
//! a = L⁻¹g,   b = R⁻ᵀe,   λ = R⁻¹(b − Qᵀa),   d = L⁻ᵀ(a + Q(b − Qᵀa)).
//! ```
//!
//! All matrices are stored by rows, and all loops run along whole rows of the factor `U = Lᵀ`, whose entries up to the diagonal are 0: a little more
//! arithmetic than necessary, but in loops of one length, which is a constant for the usual sizes.

/// What `push` found out about a row of the working set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rank {
    Independent,
    /// The row is a combination of the earlier ones; [`Factor::combination`] gives the coefficients.
    Dependent,
}

/// Calls a function whose first argument is the size with constants for the usual sizes.
macro_rules! for_size {
    ($size:expr, $function:ident($($argument:expr),*)) => {
        match $size {
            3 => $function(3, $($argument),*),
            4 => $function(4, $($argument),*),
            6 => $function(6, $($argument),*),
            8 => $function(8, $($argument),*),
            9 => $function(9, $($argument),*),
            10 => $function(10, $($argument),*),
            12 => $function(12, $($argument),*),
            size => $function(size, $($argument),*),
        }
    };
}

/// A Cholesky factor with an orthonormal basis of the rows seen through it.
#[derive(Debug, Clone)]
pub(super) struct Factor {
    size: usize,
    /// `Lᵀ` without its diagonal.
    upper: Vec<f64>,
    inverse_diagonal: Vec<f64>,
    q: Vec<f64>,
    r: Vec<f64>,
    count: usize,
    work: Vec<f64>,
    a: Vec<f64>,
    b: Vec<f64>,
}

/// The size up to which rows are copied to the stack.
const SHORT: usize = 12;
/// Rows this much shorter after projection than before count as dependent.
const DEPENDENT: f64 = 1e-11;

impl Factor {
    pub(super) fn new(size: usize) -> Self {
        let square = (size + 1) * (size + 1);
        let vector = || vec![0.0; size + 1];
        Factor {
            size,
            upper: vec![0.0; size * size],
            inverse_diagonal: vector(),
            q: vec![0.0; square],
            r: vec![0.0; square],
            count: 0,
            work: vector(),
            a: vector(),
            b: vector(),
        }
    }

    /// Factors `H + δI` and forgets the rows. `None` if a pivot is smaller than `least`.
    pub(super) fn factor(&mut self, h: &[f64], delta: f64, least: f64) -> Option<()> {
        self.count = 0;
        self.upper.copy_from_slice(h);
        for_size!(self.size, cholesky(&mut self.upper, &mut self.inverse_diagonal, delta, least))
    }

    /// Appends a row to `E`.
    pub(super) fn push(&mut self, row: &[f64]) -> Rank {
        let (m, n) = (self.size, self.count);
        self.work[..m].copy_from_slice(row);
        for_size!(m, forward(&self.upper, &self.inverse_diagonal, &mut self.work));
        let before = for_size!(m, inner(&self.work, &self.work));
        let stride = m + 1;
        for i in 0..n {
            self.r[i * stride + n] = 0.0;
        }
        for _ in 0..2 {
            for i in 0..n {
                let q = &self.q[i * m..(i + 1) * m];
                let dot = for_size!(m, inner(q, &self.work));
                self.r[i * stride + n] += dot;
                for_size!(m, add_multiple(&mut self.work, -dot, q));
            }
        }
        let after = for_size!(m, inner(&self.work, &self.work));
        if n == m || after <= DEPENDENT * DEPENDENT * before {
            return Rank::Dependent;
        }
        let norm = after.sqrt();
        self.r[n * stride + n] = norm;
        for (q, w) in self.q[n * m..(n + 1) * m].iter_mut().zip(&self.work) {
            *q = w / norm;
        }
        self.count += 1;
        Rank::Independent
    }

    /// After [`Rank::Dependent`]: the coefficients of the earlier rows.
    pub(super) fn combination(&mut self, coefficients: &mut [f64]) {
        let (n, stride) = (self.count, self.size + 1);
        for i in (0..n).rev() {
            let sum: f64 = (i + 1..n).map(|l| self.r[i * stride + l] * coefficients[l]).sum();
            coefficients[i] = (self.r[i * stride + n] - sum) / self.r[i * stride + i];
        }
    }

    /// `cᵀ P c`, where `P` is the inverse of `H + δI` in the null space of the rows.
    pub(super) fn freedom(&mut self, c: &[f64]) -> f64 {
        let (m, n) = (self.size, self.count);
        self.a[..m].copy_from_slice(c);
        for_size!(m, forward(&self.upper, &self.inverse_diagonal, &mut self.a));
        for i in 0..n {
            let q = &self.q[i * m..(i + 1) * m];
            let dot = for_size!(m, inner(q, &self.a));
            for_size!(m, add_multiple(&mut self.a, -dot, q));
        }
        for_size!(m, inner(&self.a, &self.a))
    }

    /// The step `d` and multipliers `λ` of the module's header.
    pub(super) fn solve(&mut self, g: &[f64], e: &[f64], d: &mut [f64], lambda: &mut [f64]) {
        let (m, n, stride) = (self.size, self.count, self.size + 1);
        self.a[..m].copy_from_slice(g);
        for_size!(m, forward(&self.upper, &self.inverse_diagonal, &mut self.a));
        for (i, e) in e.iter().enumerate().take(n) {
            let sum: f64 = (0..i).map(|l| self.r[l * stride + i] * self.b[l]).sum();
            self.b[i] = (e - sum) / self.r[i * stride + i];
        }
        // λ holds b − Qᵀa for the moment.
        for (i, lambda) in lambda.iter_mut().enumerate().take(n) {
            *lambda = self.b[i] - for_size!(m, inner(&self.q[i * m..(i + 1) * m], &self.a));
        }
        for (i, lambda) in lambda.iter().enumerate().take(n) {
            for_size!(m, add_multiple(&mut self.a, *lambda, &self.q[i * m..(i + 1) * m]));
        }
        d[..m].copy_from_slice(&self.a[..m]);
        for_size!(m, backward(&self.upper, &self.inverse_diagonal, d));
        for i in (0..n).rev() {
            let sum: f64 = (i + 1..n).map(|l| self.r[i * stride + l] * lambda[l]).sum();
            lambda[i] = (lambda[i] - sum) / self.r[i * stride + i];
        }
    }
}

/// `H ← H + weight c cᵀ`.
pub(super) fn add_square(size: usize, h: &mut [f64], c: &[f64], weight: f64) {
    for_size!(size, add_square_sized(h, c, weight));
}

/// `g ← g − H v`.
pub(super) fn subtract_product(size: usize, h: &[f64], v: &[f64], g: &mut [f64]) {
    for_size!(size, subtract_product_sized(h, v, g));
}

#[inline(always)]
fn inner(m: usize, a: &[f64], b: &[f64]) -> f64 {
    let (a, b) = (&a[..m], &b[..m]);
    let mut sums = [0.0; 2];
    for i in 0..m {
        sums[i % 2] += a[i] * b[i];
    }
    sums[0] + sums[1]
}

#[inline(always)]
fn add_multiple(m: usize, a: &mut [f64], factor: f64, b: &[f64]) {
    for (a, b) in a[..m].iter_mut().zip(&b[..m]) {
        *a += factor * b;
    }
}

/// Of `H + δI` in the place of `H` (all of it), row by row: what is left of the matrix loses the square of each row.
#[inline(always)]
fn cholesky(m: usize, upper: &mut [f64], inverse_diagonal: &mut [f64], delta: f64, least: f64) -> Option<()> {
    for k in 0..m {
        let (row, rest) = upper[k * m..].split_at_mut(m);
        let pivot = row[k] + delta;
        if pivot.is_nan() || pivot < least {
            return None;
        }
        let inverse = pivot.sqrt().recip();
        inverse_diagonal[k] = inverse;
        row.iter_mut().for_each(|x| *x *= inverse);
        row[..=k].fill(0.0);
        if m <= SHORT {
            // A copy, of which the compiler knows that it does not overlap.
            let mut copy = [0.0; SHORT];
            copy[..m].copy_from_slice(row);
            for (other, i) in rest.chunks_exact_mut(m.max(1)).zip(k + 1..) {
                add_multiple(m, other, -copy[i], &copy);
            }
        } else {
            for (other, i) in rest.chunks_exact_mut(m.max(1)).zip(k + 1..) {
                add_multiple(m, other, -row[i], row);
            }
        }
    }
    Some(())
}

/// `x ← L⁻¹x`.
#[inline(always)]
fn forward(m: usize, upper: &[f64], inverse_diagonal: &[f64], x: &mut [f64]) {
    let x = &mut x[..m];
    for (k, row) in upper.chunks_exact(m.max(1)).enumerate() {
        if x[k] != 0.0 {
            x[k] *= inverse_diagonal[k];
            add_multiple(m, x, -x[k], row);
        }
    }
}

/// `x ← L⁻ᵀx`.
#[inline(always)]
fn backward(m: usize, upper: &[f64], inverse_diagonal: &[f64], x: &mut [f64]) {
    for (k, row) in upper.chunks_exact(m.max(1)).enumerate().rev() {
        x[k] = (x[k] - inner(m, row, x)) * inverse_diagonal[k];
    }
}

#[inline(always)]
fn add_square_sized(m: usize, h: &mut [f64], c: &[f64], weight: f64) {
    for (row, x) in h.chunks_exact_mut(m.max(1)).zip(c) {
        if *x != 0.0 {
            add_multiple(m, row, weight * x, c);
        }
    }
}

#[inline(always)]
fn subtract_product_sized(m: usize, h: &[f64], v: &[f64], g: &mut [f64]) {
    for (row, x) in h.chunks_exact(m.max(1)).zip(v) {
        add_multiple(m, g, -x, row);
    }
}
