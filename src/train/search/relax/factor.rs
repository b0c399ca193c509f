//! Small dense algebra: the equality-constrained Newton step.
//!
//! With `H + δI = LLᵀ` and the rows `E` of the working set, `T = L⁻¹Eᵀ = QR` (Gram–Schmidt, twice). The step that minimises
//! `½ dᵀ(H + δI)d − g·d` subject to `E d = e` and its multipliers (`(H + δI)d − Eᵀλ = g`) are
//!
//! ```text
//! a = L⁻¹g,   b = R⁻ᵀe,   λ = R⁻¹(b − Qᵀa),   d = L⁻ᵀ(a + Q(b − Qᵀa)).
//! ```

/// What `push` found out about a row of the working set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rank {
    Independent,
    /// The row is a combination of the earlier ones; [`Factor::combination`] gives the coefficients.
    Dependent,
}

/// A Cholesky factor with an orthonormal basis of the rows seen through it.
#[derive(Debug, Clone)]
pub(super) struct Factor {
    size: usize,
    lower: Vec<f64>,
    inverse_diagonal: Vec<f64>,
    q: Vec<f64>,
    r: Vec<f64>,
    count: usize,
    work: Vec<f64>,
    a: Vec<f64>,
    b: Vec<f64>,
}

/// Rows this much shorter after projection than before count as dependent.
const DEPENDENT: f64 = 1e-11;

impl Factor {
    pub(super) fn new(size: usize) -> Self {
        let square = (size + 1) * (size + 1);
        let vector = || vec![0.0; size + 1];
        Factor {
            size,
            lower: vec![0.0; square],
            inverse_diagonal: vector(),
            q: vec![0.0; square],
            r: vec![0.0; square],
            count: 0,
            work: vector(),
            a: vector(),
            b: vector(),
        }
    }

    /// Factors `H + δI` (the lower triangle of `h` is read, row by row) and forgets the rows. `None` if a pivot is smaller than `least`.
    pub(super) fn factor(&mut self, h: &[f64], delta: f64, least: f64) -> Option<()> {
        let m = self.size;
        self.count = 0;
        for i in 0..m {
            let (done, rest) = self.lower.split_at_mut(i * m);
            let row = &mut rest[..=i];
            row.copy_from_slice(&h[i * m..=i * m + i]);
            for j in 0..i {
                let other = &done[j * m..j * m + j];
                let sum: f64 = row[..j].iter().zip(other).map(|(x, y)| x * y).sum();
                row[j] = (row[j] - sum) * self.inverse_diagonal[j];
            }
            let sum: f64 = row[..i].iter().map(|x| x * x).sum();
            let pivot = row[i] + delta - sum;
            if pivot.is_nan() || pivot < least {
                return None;
            }
            row[i] = pivot.sqrt();
            self.inverse_diagonal[i] = row[i].recip();
        }
        Some(())
    }

    /// Appends a row to `E`.
    pub(super) fn push(&mut self, row: &[f64]) -> Rank {
        let (m, n) = (self.size, self.count);
        self.work[..m].copy_from_slice(row);
        forward(m, &self.lower, &self.inverse_diagonal, &mut self.work);
        let before: f64 = self.work[..m].iter().map(|x| x * x).sum();
        let stride = m + 1;
        for i in 0..n {
            self.r[i * stride + n] = 0.0;
        }
        for _ in 0..2 {
            for i in 0..n {
                let q = &self.q[i * m..(i + 1) * m];
                let dot: f64 = q.iter().zip(&self.work).map(|(x, y)| x * y).sum();
                self.r[i * stride + n] += dot;
                for (w, x) in self.work.iter_mut().zip(q) {
                    *w -= dot * x;
                }
            }
        }
        let after: f64 = self.work[..m].iter().map(|x| x * x).sum();
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

    /// The step `d` and multipliers `λ` of the module's header.
    pub(super) fn solve(&mut self, g: &[f64], e: &[f64], d: &mut [f64], lambda: &mut [f64]) {
        let (m, n, stride) = (self.size, self.count, self.size + 1);
        self.a[..m].copy_from_slice(g);
        forward(m, &self.lower, &self.inverse_diagonal, &mut self.a);
        for i in 0..n {
            let sum: f64 = (0..i).map(|l| self.r[l * stride + i] * self.b[l]).sum();
            self.b[i] = (e[i] - sum) / self.r[i * stride + i];
        }
        // λ holds b − Qᵀa for the moment.
        for i in 0..n {
            let q = &self.q[i * m..(i + 1) * m];
            lambda[i] = self.b[i] - q.iter().zip(&self.a).map(|(x, y)| x * y).sum::<f64>();
        }
        for i in 0..n {
            for (a, q) in self.a.iter_mut().zip(&self.q[i * m..(i + 1) * m]) {
                *a += lambda[i] * q;
            }
        }
        for i in (0..m).rev() {
            let x = self.a[i] * self.inverse_diagonal[i];
            d[i] = x;
            for (a, l) in self.a[..i].iter_mut().zip(&self.lower[i * m..]) {
                *a -= x * l;
            }
        }
        for i in (0..n).rev() {
            let sum: f64 = (i + 1..n).map(|l| self.r[i * stride + l] * lambda[l]).sum();
            lambda[i] = (lambda[i] - sum) / self.r[i * stride + i];
        }
    }
}

/// `x ← L⁻¹x`.
fn forward(m: usize, lower: &[f64], inverse_diagonal: &[f64], x: &mut [f64]) {
    for i in 0..m {
        let sum: f64 = lower[i * m..i * m + i].iter().zip(&*x).map(|(l, y)| l * y).sum();
        x[i] = (x[i] - sum) * inverse_diagonal[i];
    }
}
