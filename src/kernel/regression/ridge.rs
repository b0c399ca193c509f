//! The ridge form: `(ΦᵀΦ + λmI) w = Φᵀy` by Cholesky.
//!
//! With the constants of the theory, `λ = ε²/(324B)` and landmarks for `η = ε³/(5832B)`. For `0 ≤ K − K̄ ≤ ηmI` the ridge objective is at most `(η/λ)‖y‖²/m` above that with `K`, and the fitted values move by at
//! most `(η/λ)²‖y‖²/m` in mean square.

use super::Normal;
use crate::kernel::error::{KernelError, positive};
use crate::kernel::gram::threads;
use relus_dense::{Matrix, cholesky, solve_lower, solve_lower_transposed};

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
    let Some(factor) = cholesky(matrix, threads()) else { return Ok(normal.diagonalise()?.solution(lambda)) };
    let mut solution = Matrix::from_values(order, 1, normal.product.clone());
    solve_lower(&factor, &mut solution, threads());
    solve_lower_transposed(&factor, &mut solution, threads());
    Ok(solution.into_values())
}
