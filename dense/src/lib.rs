//! Dense linear algebra in floats, compiled once.
//!
//! `faer` is generic: whoever calls it compiles it, at his own level of optimisation, again for his tests. This crate calls it for `f64` (products also for `f32`) and offers functions without type parameters, so that its callers only link.
//!
//! | functions | compute | cost |
//! | --- | --- | --- |
//! | [`multiply`], [`multiply_single`], [`product`] | products, with transposed factors, added or not | `2mnk` |
//! | [`add_gram`] | the lower half of `G + F Fᵀ` | `mn²` |
//! | [`thin_qr`] | `A = QR` by Householder's reflections | `2mn²` |
//! | [`cholesky`], [`pivoted_cholesky`] | `A = LLᵀ` | `n³/3` |
//! | [`solve_lower`], [`solve_lower_transposed`] | `LX = B`, `LᵀX = B` | `n²k` |
//! | [`eigenvalues`], [`eigen`] | `A = U diag(λ) Uᵀ` of symmetric matrices | `O(n³)` |
//!
//! The factorisations are backward stable: the result is exact for a matrix that differs from the given one by some `2⁻⁵²` of its norm times a moderate function of its order. `threads` is the number of threads that a call may use; results for
//! different numbers differ by rounding errors.

mod cholesky;
mod eigen;
mod matrix;
mod product;
mod qr;
mod triangular;

pub use cholesky::{Pivoted, cholesky, pivoted_cholesky};
pub use eigen::{eigen, eigenvalues};
pub use matrix::{Factor, Matrix, Matrix32, Table, View, View32, ViewMut};
pub use product::{add_gram, multiply, multiply_single, product};
pub use qr::thin_qr;
pub use triangular::{solve_lower, solve_lower_transposed};

use faer::Par;

fn par(threads: usize) -> Par {
    if threads <= 1 { Par::Seq } else { Par::rayon(threads) }
}
