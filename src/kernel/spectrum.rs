//! The eigenvalues of `K/m`.
//!
//! Up to [`DENSE_LIMIT`] points all of them, from `K` itself (`O(m³)`): absolute errors of some `2⁻⁵²` times the trace. Beyond, the leading ones by randomized subspace iteration: a random `m × b` block is multiplied
//! by `K` a few times, and orthonormalised between, with `K` generated anew each time in blocks of rows; then Rayleigh and Ritz. With orthonormal Ritz vectors `q_i`, values `θ_1 ≥ θ_2 ≥ …` and residuals `r_i = ‖Kq_i/m − θ_i q_i‖`
//!
//! - `θ_i ≤ λ_i` (Cauchy's interlacing),
//! - some eigenvalue lies within `r_i` of `θ_i` (the residual bound for symmetric matrices),
//!
//! and the trace is known from the diagonal, so the sum of all other eigenvalues is, too. Both hold up to rounding, some `2⁻⁵²` times the trace.
//!
//! # References
//! N. Halko, P. G. Martinsson, J. A. Tropp, *Finding Structure with Randomness*, SIAM Review 53 (2011), Algorithm 4.4.

use super::error::KernelError;
use super::fit::KeepOn;
use super::function::Kernel;
use super::gram::{block, matrix, ranges, slice, threads};
use super::points::Points;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use relus_dense::{Matrix, eigen, multiply, thin_qr};

/// The most points for which all eigenvalues are computed.
pub const DENSE_LIMIT: usize = 5000;

/// How far below 0, relative to the trace, an eigenvalue may come by rounding.
const ROUNDING: f64 = 1e-10;

/// Columns of the block beyond the eigenvalues that are asked for.
const OVERSAMPLING: usize = 20;

/// Multiplications by `K` before the one for Rayleigh and Ritz.
const ITERATIONS: usize = 3;

/// Eigenvalues of `K/m`.
#[derive(Debug, Clone, PartialEq)]
pub struct Spectrum {
    /// In decreasing order: all of them, or the leading ones.
    pub eigenvalues: Vec<f64>,
    /// The trace of `K/m`: the sum of all.
    pub trace: f64,
    /// The number of points, which is that of all eigenvalues.
    pub points: usize,
    /// For leading ones how far the nearest eigenvalue is at most; `None` if all were computed from the whole matrix.
    pub residuals: Option<Vec<f64>>,
}

impl Spectrum {
    /// All eigenvalues of a symmetric positive semidefinite matrix of order `m`, divided by `m`.
    ///
    /// # Errors
    /// [`KernelError`] if it is empty, not finite, not symmetric, or has a negative eigenvalue.
    pub fn of_matrix(gram: &Matrix) -> Result<Self, KernelError> {
        let m = gram.nrows();
        if m == 0 {
            return Err(KernelError::Empty);
        }
        let largest =
            (0..m).flat_map(|j| (0..m).map(move |i| (i, j))).map(|at| gram[at].abs()).fold(0.0, |a: f64, b| if b.is_nan() { b } else { a.max(b) });
        for j in 0..m {
            for i in j..m {
                let (one, other) = (gram[(i, j)], gram[(j, i)]);
                if !one.is_finite() || !other.is_finite() {
                    return Err(KernelError::NotFinite { point: i + 1, what: format!("entry {} of its row", j + 1) });
                }
                if (one - other).abs() > 1e-12 * largest {
                    return Err(KernelError::NotSymmetric { row: i + 1, column: j + 1 });
                }
            }
        }
        let trace: f64 = (0..m).map(|i| gram[(i, i)]).sum();
        let mut eigenvalues = relus_dense::eigenvalues(gram, threads()).ok_or(KernelError::Eigenvalues(m))?;
        eigenvalues.reverse();
        let least = eigenvalues[m - 1];
        if least < -ROUNDING * trace.abs().max(largest) {
            return Err(KernelError::NotPositive { least, largest: eigenvalues[0] });
        }
        let count = m as f64;
        Ok(Spectrum {
            eigenvalues: eigenvalues.into_iter().map(|value| value.max(0.0) / count).collect(),
            trace: trace / count,
            points: m,
            residuals: None,
        })
    }

    /// The spectrum of a kernel on points: whole up to [`DENSE_LIMIT`], beyond it the `leading` largest eigenvalues.
    ///
    /// # Errors
    /// [`KernelError`] if points lie outside the kernel's domain, or `keep_on` says no.
    pub fn of(kernel: Kernel, points: &Points, leading: usize, seed: u64, keep_on: KeepOn<'_>) -> Result<Self, KernelError> {
        points.check_for(kernel)?;
        if points.len() > DENSE_LIMIT {
            return Self::leading(kernel, points, leading, seed, keep_on);
        }
        if !keep_on("eigenvalues", 0, points.len()) {
            return Err(KernelError::Interrupted);
        }
        Self::of_matrix(&matrix(kernel, points))
    }

    /// The `leading` largest eigenvalues (at least 1, at most as many as points), by subspace iteration.
    ///
    /// # Errors
    /// As [`Spectrum::of`].
    pub fn leading(kernel: Kernel, points: &Points, leading: usize, seed: u64, keep_on: KeepOn<'_>) -> Result<Self, KernelError> {
        points.check_for(kernel)?;
        let m = points.len();
        let wanted = leading.clamp(1, m);
        let width = (wanted + OVERSAMPLING).min(m);
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        let mut basis: Matrix = Matrix::from_fn(m, width, |_, _| StandardNormal.sample(rng));
        for pass in 0..ITERATIONS {
            basis = product(kernel, points, &basis, &|done| keep_on("eigenvalues", pass * m + done, (ITERATIONS + 1) * m))?;
            basis = thin_qr(basis, threads()).0;
        }
        let image = product(kernel, points, &basis, &|done| keep_on("eigenvalues", ITERATIONS * m + done, (ITERATIONS + 1) * m))?;
        let mut projected = relus_dense::product(basis.transposed(), image.view(), threads());
        projected = Matrix::from_fn(width, width, |i, j| f64::midpoint(projected[(i, j)], projected[(j, i)]));
        let (values, vectors) = eigen(&projected, threads()).ok_or(KernelError::Eigenvalues(width))?;
        // K Q U/m − Q U diag(θ).
        let mut residual = relus_dense::product(image.view(), vectors.view(), threads());
        let scaled = Matrix::from_fn(width, width, |i, j| vectors[(i, j)] * values[j]);
        multiply(residual.view_mut(), true, basis.view(), scaled.view(), -1.0, threads());
        let norm = |i: usize| residual.column(i).iter().map(|x| x * x).sum::<f64>().sqrt();
        let order: Vec<usize> = (0..width).rev().take(wanted).collect();
        let trace = points.squares().iter().map(|&square| kernel.diagonal(square)).sum::<f64>() / m as f64;
        Ok(Spectrum {
            eigenvalues: order.iter().map(|&i| values[i].max(0.0)).collect(),
            trace,
            points: m,
            residuals: Some(order.iter().map(|&i| norm(i)).collect()),
        })
    }

    /// The sum of the eigenvalues that were not computed; for a whole spectrum 0 up to rounding.
    #[must_use]
    pub fn residue(&self) -> f64 {
        (self.trace - self.eigenvalues.iter().sum::<f64>()).max(0.0)
    }

    /// Between what `d_η` lies, given the eigenvalues: the rest of the trace contributes least if it is as concentrated as it can be (each at most the last that is known) and most if it is spread evenly, since `λ/(λ + η)` is concave.
    #[must_use]
    pub fn effective_dimension(&self, eta: f64) -> (f64, f64) {
        let known = super::dimension::effective_dimension(&self.eigenvalues, eta);
        let others = self.points - self.eigenvalues.len();
        if others == 0 {
            return (known, known);
        }
        let rest = self.residue();
        let (last, even) = (self.eigenvalues[self.eigenvalues.len() - 1], rest / others as f64);
        let least = if rest > 0.0 { rest / (last.max(even) + eta) } else { 0.0 };
        (known + least, known + others as f64 * even / (even + eta))
    }
}

/// `K Q/m`, block of rows by block of rows.
fn product(kernel: Kernel, points: &Points, factor: &Matrix, keep_on: &dyn Fn(usize) -> bool) -> Result<Matrix, KernelError> {
    let m = points.len();
    let mut out = Matrix::zeros(m, factor.ncols());
    for range in ranges(m, m) {
        if !keep_on(range.start) {
            return Err(KernelError::Interrupted);
        }
        // Symmetry: the block of columns, read as rows, has its entries one after the other.
        let rows = block(kernel, points, &slice(points, range.clone()));
        multiply(out.rows_mut(range), false, rows.transposed(), factor.view(), 1.0 / m as f64, threads());
    }
    Ok(out)
}
