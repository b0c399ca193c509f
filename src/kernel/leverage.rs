//! Ridge leverage scores `l_i = (K(K + ηmI)⁻¹)_ii`, exactly for few points and over-estimated from a weighted sample for many.
//!
//! `Σ l_i = d_η`, `0 ≤ l_i ≤ 1`. From a sample `Ŝ` of columns with weights, Musco and Musco's over-estimates are
//!
//! ```text
//! l̃_i = (3/(2ηm)) (K − KŜ(ŜᵀKŜ + ηmI)⁻¹ŜᵀK)_ii
//! ```
//!
//! Since `l_i ≤ 1`, `min(1, l̃_i)` is an over-estimate if `l̃_i` is. Cost for a sample of `s` columns: `O(s³)` once, `O(s² + sd)` a point.
//!
//! # References
//! C. Musco, C. Musco, *Recursive Sampling for the Nyström Method*, NIPS 2017, Algorithm 3 and Lemma 6.

use super::error::{KernelError, positive};
use super::function::Kernel;
use super::gram::{block, matrix, ranges, threads};
use super::points::Points;
use relus_dense::{Matrix, cholesky, solve_lower};

/// The constant of the over-estimates.
pub(super) const OVERESTIMATE: f64 = 1.5;

/// The scores of all points, from the whole of `K`: `l = 1 − ηm ((K + ηmI)⁻¹)_ii`, with the inverse's diagonal as the squared norms of the columns of `L⁻¹`.
///
/// # Errors
/// [`KernelError`] if `eta` is not positive, or `K` is not positive semidefinite.
pub fn scores(kernel: Kernel, points: &Points, eta: f64) -> Result<Vec<f64>, KernelError> {
    let ridge = positive("eta", eta)? * points.len() as f64;
    let factor = regular_factor(matrix(kernel, points), &vec![ridge; points.len()])?;
    let mut inverse = Matrix::identity(points.len(), points.len());
    solve_lower(&factor, &mut inverse, threads());
    Ok((0..points.len()).map(|i| (1.0 - ridge * squared_norm(&inverse, i)).clamp(0.0, 1.0)).collect())
}

/// The over-estimates, with a factor in place of 3/2, for the points with the given indices.
pub(super) fn estimates(kernel: Kernel, points: &Points, of: &[usize], sample: &Sample, ridge: f64, factor: f64) -> Result<Vec<f64>, KernelError> {
    let landmarks = points.subset(&sample.indices);
    // The sample's matrix divided by the weights on both sides: (ŜᵀKŜ + λI) becomes K_II + λ diag(w⁻²).
    let diagonal: Vec<f64> = sample.weights.iter().map(|weight| ridge / weight.powi(2)).collect();
    let lower = regular_factor(matrix(kernel, &landmarks), &diagonal)?;
    let mut out = Vec::with_capacity(of.len());
    for range in ranges(of.len(), landmarks.len()) {
        let part = points.subset(&of[range]);
        let mut solved = block(kernel, &landmarks, &part);
        solve_lower(&lower, &mut solved, threads());
        out.extend((0..part.len()).map(|i| factor / ridge * (kernel.diagonal(part.squares()[i]) - squared_norm(&solved, i)).max(0.0)));
    }
    Ok(out)
}

/// Points with weights: the columns of `Ŝ`.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The points' indices.
    pub indices: Vec<usize>,
    /// Their weights, `1/√p_i` for a point that was kept with probability `p_i`.
    pub weights: Vec<f64>,
}

fn squared_norm(matrix: &Matrix, column: usize) -> f64 {
    matrix.column(column).iter().map(|x| x * x).sum()
}

/// The lower Cholesky factor of a positive semidefinite matrix plus a positive diagonal.
fn regular_factor(mut gram: Matrix, diagonal: &[f64]) -> Result<Matrix, KernelError> {
    let largest = (0..gram.nrows()).map(|i| gram[(i, i)]).fold(0.0, f64::max);
    for (i, entry) in diagonal.iter().enumerate() {
        // Below this, rounding errors of the matrix would be larger than the ridge.
        gram[(i, i)] += entry.max(f64::EPSILON * gram.nrows() as f64 * largest);
    }
    cholesky(gram, threads()).ok_or(KernelError::NotPositive { least: f64::NAN, largest })
}
