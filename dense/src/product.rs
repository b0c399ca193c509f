//! Matrix products.

use crate::matrix::{Matrix, Matrix32, View, View32, ViewMut};
use crate::par;
use faer::linalg::matmul::triangular::BlockStructure;
use faer::linalg::matmul::{matmul, triangular};
use faer::{Accum, Par};

fn accumulation(add: bool) -> Accum {
    if add { Accum::Add } else { Accum::Replace }
}

/// `C ← factor · A B`, or `C ← C + factor · A B` if `add`.
///
/// # Panics
/// If the shapes do not fit.
#[inline(never)]
pub fn multiply(mut target: ViewMut<'_>, add: bool, a: View<'_>, b: View<'_>, factor: f64, threads: usize) {
    matmul(target.faer(), accumulation(add), a.faer(), b.faer(), factor, par(threads));
}

/// `A B`.
///
/// # Panics
/// If the shapes do not fit.
#[must_use]
#[inline(never)]
pub fn product(a: View<'_>, b: View<'_>, threads: usize) -> Matrix {
    let mut target = Matrix::zeros(a.nrows(), b.ncols());
    matmul(target.faer_mut(), Accum::Replace, a.faer(), b.faer(), 1.0, par(threads));
    target
}

/// [`multiply`] in single precision on one thread.
///
/// # Panics
/// If the shapes do not fit.
#[inline(never)]
pub fn multiply_single(target: &mut Matrix32, add: bool, a: View32<'_>, b: View32<'_>, factor: f32) {
    matmul(target.faer_mut(), accumulation(add), a.faer(), b.faer(), factor, Par::Seq);
}

/// Adds `F Fᵀ` to the lower half, diagonal included, of a square matrix; the upper half is left alone.
///
/// # Panics
/// If the shapes do not fit.
#[inline(never)]
pub fn add_gram(target: &mut Matrix, factor: View<'_>, threads: usize) {
    let (lower, full) = (BlockStructure::TriangularLower, BlockStructure::Rectangular);
    let f = factor.faer();
    triangular::matmul(target.faer_mut(), lower, Accum::Add, f, full, f.transpose(), full, 1.0, par(threads));
}
