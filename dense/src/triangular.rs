//! Triangular systems.

use crate::matrix::Matrix;
use crate::par;
use faer::linalg::triangular_solve::{solve_lower_triangular_in_place, solve_upper_triangular_in_place};

/// `B ← L⁻¹B` for a lower triangular `L`; what is above its diagonal is not looked at.
///
/// # Panics
/// If the shapes do not fit.
#[inline(never)]
pub fn solve_lower(lower: &Matrix, right: &mut Matrix, threads: usize) {
    solve_lower_triangular_in_place(lower.faer(), right.faer_mut(), par(threads));
}

/// `B ← L⁻ᵀB` for a lower triangular `L`; what is above its diagonal is not looked at.
///
/// # Panics
/// If the shapes do not fit.
#[inline(never)]
pub fn solve_lower_transposed(lower: &Matrix, right: &mut Matrix, threads: usize) {
    solve_upper_triangular_in_place(lower.faer().transpose(), right.faer_mut(), par(threads));
}
