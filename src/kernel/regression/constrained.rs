//! The constrained form: the least mean squared error among the functions of squared norm at most `B`.
//!
//! `‖w(λ)‖²` decreases in the multiplier `λ`. If that of `λ = 0` (the least-norm solution) is at most `B`, it is the answer; otherwise the multiplier with `‖w(λ)‖² = B` is found by bisection, from the side on which
//! the bound holds. It is at most `‖Φᵀy/m‖/√B`, since `‖w(λ)‖ ≤ ‖Φᵀy/m‖/λ`.
//!
//! With the constants of the theory landmarks are for `η = ε²/(64B)`: to project a function of squared norm at most `B` on their span costs at most `ηB` in mean square.

use super::Diagonal;
use crate::kernel::error::{KernelError, positive};

/// The accuracy of the landmarks of the theory for error `ε` and squared norm `B`.
#[must_use]
pub fn theory_eta(epsilon: f64, norm: f64) -> f64 {
    epsilon.powi(2) / (64.0 * norm)
}

/// `w` and the multiplier.
///
/// # Errors
/// [`KernelError`] if the bound is not positive.
pub fn solve(problem: &Diagonal, norm: f64) -> Result<(Vec<f64>, f64), KernelError> {
    positive("the norm bound", norm)?;
    if problem.squared_norm(0.0) <= norm {
        return Ok((problem.solution(0.0), 0.0));
    }
    let mut high = problem.product.iter().map(|p| p * p).sum::<f64>().sqrt() / norm.sqrt();
    let mut low = 0.0;
    // Rounding may leave the bound's own end just outside.
    while problem.squared_norm(high) > norm {
        high *= 2.0;
    }
    loop {
        // Multipliers range over many powers of ten.
        let middle = if low > 0.0 { f64::sqrt(low) * f64::sqrt(high) } else { high * 1e-3 };
        if middle <= low || middle >= high || high - low <= 4.0 * f64::EPSILON * high || high < f64::MIN_POSITIVE * 1e6 {
            return Ok((problem.solution(high), high));
        }
        if problem.squared_norm(middle) > norm { low = middle } else { high = middle }
    }
}
