//! The ridge form: `(ΦᵀΦ + λmI) w = Φᵀy` by Cholesky.
//!
//! With the constants of the theory, `λ = ε²/(324B)` and landmarks for `η = ε³/(5832B)`. For `0 ≤ K − K̄ ≤ ηmI` the ridge objective is at most `(η/λ)‖y‖²/m` above that with `K`, and the fitted values move by at
//! most `(η/λ)²‖y‖²/m` in mean square.

use super::Normal;
use crate::kernel::error::{KernelError, positive};
use faer::Side;
use faer::prelude::Solve;

/// The ridge of the theory for error `ε` and squared norm `B`.
#[must_use]
pub fn theory_lambda(epsilon: f64, norm: f64) -> f64 {
    epsilon.powi(2) / (324.0 * norm)
}

/// The accuracy of the landmarks of the theory for error `ε` and squared norm `B`.
#[must_use]
pub fn theory_eta(epsilon: f64, norm: f64) -> f64 {
    epsilon.powi(3) / (5832.0 * norm)
}

/// `w`.
///
/// # Errors
/// [`KernelError`] if `lambda` is not positive, or so small that the matrix is singular in double precision.
pub fn solve(normal: &Normal, lambda: f64) -> Result<Vec<f64>, KernelError> {
    let ridge = positive("the ridge", lambda)? * normal.count as f64;
    let mut matrix = normal.gram.clone();
    let order = matrix.nrows();
    for i in 0..order {
        matrix[(i, i)] += ridge;
    }
    // What rounding may make singular is solved in the basis of its eigenvectors.
    let Ok(factor) = matrix.llt(Side::Lower) else { return Ok(normal.diagonalise()?.solution(lambda)) };
    let product = faer::Mat::from_fn(order, 1, |i, _| normal.product[i]);
    Ok(factor.solve(product).col_as_slice(0).to_vec())
}
