//! The dual active-set method of Goldfarb and Idnani (reference 1 of the parent module) in floats: the fast answer to "is the least loss at least `cutoff`?".
//!
//! Rows are taken up one at a time, the most violated first; the dual value `y·y − tᵀH⁻¹t`, `t = g + Gᵀν`, rises with each, so a run for a hopeless
//! problem ends long before its optimum. With `R⁻¹ = J` (`H = R Rᵀ`), kept as rows, and the active rows `N`, the method maintains `J Nᵀ = (U; 0)` with an upper triangle `U`
//! by reflections (a row comes) and plane rotations (a row goes). For a violated row `n` and `(d₁; d₂) = J n`, the point moves along `J₂ᵀd₂` and the active multipliers along `−U⁻¹d₁`.
//!
//! Nothing rests on the arithmetic of the method itself: when its value suggests that the cutoff is reached, the multipliers it arrived at (made
//! nonnegative) are put into the dual bound anew. There `t_j` is a sum of `k + 1` terms with rounded factors, so its error is at most
//! `(k + 4) · 2^-52 · (|g_j| + Σ ν_i |G_ij|)`, and [`GuardedCholesky::gain_upper_bound`] does the rest.

use super::GuardedCholesky;

/// A violation below this part of the terms of `n·z`, with the greatest entries that `z` ever had, is taken for rounding.
const VIOLATION: f64 = 1e-11;
/// A row whose part outside the active ones is below this (squared, relative) is taken for dependent.
const DEPENDENT: f64 = 1e-20;

/// What [`DualActiveSet::run`] found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum DualVerdict {
    /// Proven: the least loss is at least the cutoff.
    Bounded,
    /// The method came to its end below the cutoff.
    Solved {
        /// The least loss, up to rounding errors.
        loss_estimate: f64,
        /// Proven: the least loss is at least this (−∞ if nothing is proven).
        lower: f64,
    },
    /// The floats got nowhere: a hessian that was not factored, numbers out of range, or too many steps.
    Unclear,
}

/// Scratch space and last state of the method: reused from run to run without allocation.
///
/// # Examples
/// ```
/// use relus::optimize::qp::{DualActiveSet, DualVerdict, GuardedCholesky};
/// // The point of the quadrant nearest to (3, −4): loss 16.
/// let mut cholesky = GuardedCholesky::new();
/// assert!(cholesky.factor(&[1.0, 0.0, 0.0, 1.0], 2));
/// let mut method = DualActiveSet::new();
/// let rows = [1.0, 0.0, 0.0, 1.0];
/// assert_eq!(method.run(&mut cholesky, &[3.0, -4.0], &rows, 25.0, 15.0), DualVerdict::Bounded);
/// let DualVerdict::Solved { loss_estimate, lower } = method.run(&mut cholesky, &[3.0, -4.0], &rows, 25.0, 17.0) else { panic!() };
/// assert!((loss_estimate - 16.0).abs() < 1e-12 && lower <= 16.0);
/// assert_eq!((method.active(), method.multipliers()), (&[1][..], &[4.0][..]));
/// ```
#[derive(Debug, Clone, Default)]
pub struct DualActiveSet {
    q: usize,
    /// `z`.
    point: Vec<f64>,
    /// The greatest magnitude of each entry of `z` in this run.
    reach: Vec<f64>,
    active: Vec<usize>,
    multipliers: Vec<f64>,
    /// `J`, row-major.
    root: Vec<f64>,
    /// `U`, column `k` in the entries `k q ..= k q + k`.
    triangle: Vec<f64>,
    /// `J n`.
    image: Vec<f64>,
    /// `J₂ᵀd₂`.
    direction: Vec<f64>,
    /// `U⁻¹d₁`.
    rates: Vec<f64>,
    dual: Vec<f64>,
    dual_error: Vec<f64>,
}

impl DualActiveSet {
    /// Empty scratch space.
    #[must_use]
    pub fn new() -> Self {
        DualActiveSet::default()
    }

    /// The point `z` at the end of the last run; after [`DualVerdict::Solved`] it is nearly optimal.
    #[must_use]
    pub fn point(&self) -> &[f64] {
        &self.point
    }

    /// The indices of the rows taken up at the end of the last run.
    #[must_use]
    pub fn active(&self) -> &[usize] {
        &self.active
    }

    /// Their multipliers, in the same order.
    #[must_use]
    pub fn multipliers(&self) -> &[f64] {
        &self.multipliers
    }

    /// Minimises `total − 2 g·z + zᵀH z` subject to `G z ≥ 0` until the least loss is proven to be at least `cutoff`.
    ///
    /// `cholesky` holds `H` of order `q`; `rows` is `G`, `m × q` row-major; `total` is `y·y`. Each number must lie within one part in 2^52 of
    /// the exact one, or be such a number scaled by a power of two that does justice to the formula. Fewer rows than the problem has give a
    /// valid bound, too. Rows should be of comparable length, as the most violated one is chosen by its value.
    ///
    /// # Complexity
    /// `m q + 4 q²` multiplications for each row taken up or dropped, `q³/2` to begin with.
    ///
    /// # Panics
    /// If `g` has not `q` entries or `rows` is no multiple of `q` long.
    pub fn run(&mut self, cholesky: &mut GuardedCholesky, g: &[f64], rows: &[f64], total: f64, cutoff: f64) -> DualVerdict {
        let q = cholesky.order();
        assert!(g.len() == q && rows.len().is_multiple_of(q.max(1)), "the shapes fit the hessian");
        self.q = q;
        self.active.clear();
        self.multipliers.clear();
        for entries in [&mut self.point, &mut self.reach] {
            entries.clear();
            entries.resize(q, 0.0);
        }
        let lower = loss_bound(total, cholesky.gain_upper_bound(g, None));
        if lower >= cutoff {
            return DualVerdict::Bounded;
        }
        if q == 0 || !cholesky.is_complete() {
            return if q == 0 { self.solved(g, total, lower) } else { DualVerdict::Unclear };
        }
        cholesky.solve(g, &mut self.point);
        self.extend_reach();
        let Some(mut entering) = self.most_violated(rows) else {
            return self.solved(g, total, lower);
        };
        self.root.resize(q * q, 0.0);
        self.triangle.resize(q * q, 0.0);
        cholesky.inverse_root(&mut self.root);
        // Every row taken up raises the dual value; the limit only guards against rounding.
        for _ in 0..4 * (q + rows.len() / q) + 20 {
            let row = &rows[entering * q..(entering + 1) * q];
            if !self.take_up(entering, row) {
                return DualVerdict::Unclear;
            }
            // A failed proof attempt costs little; the part in 10^9 saves those that cannot succeed.
            let estimate = total - dot(g, &self.point);
            if estimate >= cutoff - 1e-9 * cutoff.abs() && self.dual_bound(cholesky, g, rows, total) >= cutoff {
                return DualVerdict::Bounded;
            }
            match self.most_violated(rows) {
                Some(next) => entering = next,
                None => {
                    let lower = lower.max(self.dual_bound(cholesky, g, rows, total));
                    if lower >= cutoff {
                        return DualVerdict::Bounded;
                    }
                    // An unknown that the hessian does not see was kept at 0: right only if no active row pulls at it.
                    let pulled = cholesky.left_out().any(|c| self.dual[c] != 0.0);
                    return if pulled { DualVerdict::Unclear } else { self.solved(g, total, lower) };
                }
            }
        }
        DualVerdict::Unclear
    }

    fn extend_reach(&mut self) {
        for (reach, z) in self.reach.iter_mut().zip(&self.point) {
            *reach = reach.max(z.abs());
        }
    }

    fn solved(&self, g: &[f64], total: f64, lower: f64) -> DualVerdict {
        let loss_estimate = total - dot(g, &self.point);
        if loss_estimate.is_finite() { DualVerdict::Solved { loss_estimate, lower } } else { DualVerdict::Unclear }
    }

    /// The row of least value at the point, if that is negative beyond rounding and the row is not active anyway.
    fn most_violated(&self, rows: &[f64]) -> Option<usize> {
        // The scan is half of the work; known row lengths let it be unrolled.
        let (least, worst) = match self.q {
            3 => least_row::<3>(rows, &self.point),
            4 => least_row::<4>(rows, &self.point),
            5 => least_row::<5>(rows, &self.point),
            6 => least_row::<6>(rows, &self.point),
            8 => least_row::<8>(rows, &self.point),
            9 => least_row::<9>(rows, &self.point),
            10 => least_row::<10>(rows, &self.point),
            12 => least_row::<12>(rows, &self.point),
            q => least_of(rows.chunks_exact(q).map(|row| dot(row, &self.point))),
        }?;
        let row = &rows[worst * self.q..(worst + 1) * self.q];
        let magnitude: f64 = row.iter().zip(&self.reach).map(|(a, z)| a.abs() * z).sum();
        (least < -VIOLATION * magnitude && !self.active.contains(&worst)).then_some(worst)
    }

    /// Makes the violated `row` active, dropping others whose multipliers reach 0 on the way. False if rounding prevents it.
    fn take_up(&mut self, index: usize, row: &[f64]) -> bool {
        let q = self.q;
        let mut multiplier = 0.0;
        loop {
            let k = self.active.len();
            self.image.clear();
            self.image.extend(self.root.chunks_exact(q).map(|j| dot(j, row)));
            let outside = dot(&self.image[k..], &self.image[k..]);
            if outside.is_nan() || outside <= DEPENDENT * dot(&self.image, &self.image) {
                return false;
            }
            self.solve_triangle();
            let full_step = -dot(row, &self.point) / outside;
            let (mut step, mut blocking) = (full_step, None);
            for (j, (&rate, &nu)) in self.rates.iter().zip(&self.multipliers).enumerate() {
                if rate > 0.0 && nu < step * rate {
                    (step, blocking) = (nu / rate, Some(j));
                }
            }
            self.direction.clear();
            self.direction.resize(q, 0.0);
            for (j, &weight) in self.root.chunks_exact(q).zip(&self.image).skip(k) {
                axpy(&mut self.direction, weight, j);
            }
            axpy(&mut self.point, step, &self.direction);
            self.extend_reach();
            for (nu, rate) in self.multipliers.iter_mut().zip(&self.rates) {
                *nu = (*nu - step * rate).max(0.0);
            }
            multiplier += step;
            match blocking {
                Some(j) => self.drop_active(j),
                None => break,
            }
        }
        self.append(index, multiplier);
        true
    }

    /// `rates = U⁻¹d₁`.
    fn solve_triangle(&mut self) {
        let (q, k) = (self.q, self.active.len());
        self.rates.clear();
        self.rates.extend_from_slice(&self.image[..k]);
        for c in (0..k).rev() {
            let column = &self.triangle[c * q..=c * q + c];
            let value = self.rates[c] / column[c];
            self.rates[c] = value;
            axpy(&mut self.rates[..c], -value, column);
        }
    }

    /// Makes `(d₁; α, 0, …)`, `|α| = ‖d₂‖`, the next column of `U` by the reflection `I − β v vᵀ` of `J₂`, `v = d₂ − α e₁`, whose product `vᵀJ₂` is at hand
    /// from the direction of the step.
    fn append(&mut self, index: usize, multiplier: f64) {
        let (q, k) = (self.q, self.active.len());
        self.triangle[k * q..=k * q + k].copy_from_slice(&self.image[..=k]);
        if k + 1 < q {
            let first = self.image[k];
            let length = dot(&self.image[k..], &self.image[k..]).sqrt();
            let alpha = if first > 0.0 { -length } else { length };
            self.triangle[k * q + k] = alpha;
            self.image[k] = first - alpha;
            axpy(&mut self.direction, -alpha, &self.root[k * q..(k + 1) * q]);
            let beta = 1.0 / (alpha * (alpha - first));
            for (j, &v) in self.root.chunks_exact_mut(q).zip(&self.image).skip(k) {
                axpy(j, -beta * v, &self.direction);
            }
        }
        self.active.push(index);
        self.multipliers.push(multiplier.max(0.0));
    }

    /// Takes active row `j` out and restores the triangle.
    fn drop_active(&mut self, j: usize) {
        let (q, k) = (self.q, self.active.len());
        self.active.remove(j);
        self.multipliers.remove(j);
        // The columns behind `j` move up; each has one entry below the diagonal then.
        for c in j..k - 1 {
            self.triangle.copy_within((c + 1) * q..=(c + 1) * q + c + 1, c * q);
        }
        for c in j..k - 1 {
            let (a, b) = (self.triangle[c * q + c], self.triangle[c * q + c + 1]);
            // Not `hypot`, which is slow: what under- or overflows here ends in `Unclear` at worst.
            let length = (a * a + b * b).sqrt();
            let (cosine, sine) = (a / length, b / length);
            for later in c..k - 1 {
                let (x, y) = (self.triangle[later * q + c], self.triangle[later * q + c + 1]);
                self.triangle[later * q + c] = cosine * x + sine * y;
                self.triangle[later * q + c + 1] = cosine * y - sine * x;
            }
            rotate(&mut self.root, q, c, cosine, sine);
        }
    }

    /// The proven dual bound on the loss at the present multipliers.
    fn dual_bound(&mut self, cholesky: &mut GuardedCholesky, g: &[f64], rows: &[f64], total: f64) -> f64 {
        let q = self.q;
        self.dual.clear();
        self.dual.extend_from_slice(g);
        self.dual_error.clear();
        self.dual_error.extend(g.iter().map(|x| x.abs()));
        for (&i, nu) in self.active.iter().zip(&self.multipliers) {
            for ((t, e), x) in self.dual.iter_mut().zip(&mut self.dual_error).zip(&rows[i * q..(i + 1) * q]) {
                let term = nu * x;
                *t += term;
                *e += term.abs();
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "at most q rows are active")]
        let unit = (self.active.len() as f64 + 4.0) * f64::EPSILON;
        self.dual_error.iter_mut().for_each(|e| *e *= unit);
        loss_bound(total, cholesky.gain_upper_bound(&self.dual, Some(&self.dual_error)))
    }
}

fn least_row<const Q: usize>(rows: &[f64], point: &[f64]) -> Option<(f64, usize)> {
    let point: &[f64; Q] = point.try_into().ok()?;
    least_of(rows.as_chunks::<Q>().0.iter().map(|row| dot(row, point)))
}

/// The least of the values and its index, if it is negative.
fn least_of(values: impl Iterator<Item = f64>) -> Option<(f64, usize)> {
    let mut found = (0.0, usize::MAX);
    for (i, value) in values.enumerate() {
        if value < found.0 {
            found = (value, i);
        }
    }
    (found.1 != usize::MAX).then_some(found)
}

/// A float that is at most `y·y − gain`, where `total` lies within one part in 2^52 of `y·y`.
fn loss_bound(total: f64, gain: f64) -> f64 {
    if total.is_finite() { (total * (1.0 - 2.0 * f64::EPSILON) - gain).next_down() } else { f64::NEG_INFINITY }
}

/// `(row_i, row_{i+1}) ← (c row_i + s row_{i+1}, c row_{i+1} − s row_i)`.
fn rotate(matrix: &mut [f64], q: usize, i: usize, c: f64, s: f64) {
    let (upper, lower) = matrix[i * q..(i + 2) * q].split_at_mut(q);
    for (x, y) in upper.iter_mut().zip(lower) {
        (*x, *y) = (c * *x + s * *y, c * *y - s * *x);
    }
}

/// `y ← y + a x`.
#[inline]
fn axpy(y: &mut [f64], a: f64, x: &[f64]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += a * x;
    }
}

#[inline]
fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}
