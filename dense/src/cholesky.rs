//! Cholesky's factorisation, and that with pivoting for semidefinite matrices.

use crate::matrix::{Matrix, View};
use crate::par;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::{llt, llt_pivoting};
use faer::prelude;

/// The lower factor `L` of `A = LLᵀ`, from the lower half of `A`; `None` if elimination meets a pivot that is not positive.
///
/// # Panics
/// If the matrix is not square.
#[must_use]
#[inline(never)]
pub fn cholesky(mut matrix: Matrix, threads: usize) -> Option<Matrix> {
    let (n, par) = (matrix.nrows(), par(threads));
    let mut memory = MemBuffer::new(llt::factor::cholesky_in_place_scratch::<f64>(n, par, prelude::default()));
    llt::factor::cholesky_in_place(matrix.faer_mut(), prelude::default(), par, MemStack::new(&mut memory), prelude::default()).ok()?;
    for j in 1..n {
        matrix.column_mut(j)[..j].fill(0.0);
    }
    Some(matrix)
}

/// `P A Pᵀ = L Lᵀ` up to what elimination leaves after `rank` steps.
#[derive(Debug, Clone, PartialEq)]
pub struct Pivoted {
    /// The rows and columns in the order of elimination; those from `rank` on are not eliminated.
    pub order: Vec<usize>,
    /// The number of steps until no pivot was more than rounding.
    pub rank: usize,
    /// The `rank` columns of `L`, all rows, with zeros above the diagonal.
    pub factor: Matrix,
}

/// Cholesky with the largest pivot first, from the lower half of `A`; `None` if the first is not positive.
///
/// # Panics
/// If the matrix is not square.
#[must_use]
#[inline(never)]
pub fn pivoted_cholesky(matrix: View<'_>, threads: usize) -> Option<Pivoted> {
    let (n, par) = (matrix.nrows(), par(threads));
    let mut factor = matrix.faer().to_owned();
    let mut order = vec![0usize; n];
    let mut inverse = vec![0usize; n];
    let mut memory = MemBuffer::new(llt_pivoting::factor::cholesky_in_place_scratch::<usize, f64>(n, par, prelude::default()));
    let stack = MemStack::new(&mut memory);
    let (info, _) = llt_pivoting::factor::cholesky_in_place(factor.as_mut(), &mut order, &mut inverse, par, stack, prelude::default()).ok()?;
    let factor = Matrix::from_fn(n, info.rank, |i, j| if i >= j { factor[(i, j)] } else { 0.0 });
    Some(Pivoted { order, rank: info.rank, factor })
}
