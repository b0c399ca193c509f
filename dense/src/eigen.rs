//! Eigenvalues and eigenvectors of symmetric matrices.

use crate::matrix::Matrix;
use crate::par;
use faer::diag::DiagMut;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::evd::{ComputeEigenvectors, self_adjoint_evd, self_adjoint_evd_scratch};
use faer::prelude;

/// The eigenvalues of a symmetric matrix in increasing order, from its lower half; `None` if the iteration does not converge (entries that are not finite).
///
/// # Panics
/// If the matrix is not square.
#[must_use]
#[inline(never)]
pub fn eigenvalues(matrix: &Matrix, threads: usize) -> Option<Vec<f64>> {
    let (n, par) = (matrix.nrows(), par(threads));
    let mut values = vec![0.0; n];
    let mut memory = MemBuffer::new(self_adjoint_evd_scratch::<f64>(n, ComputeEigenvectors::No, par, prelude::default()));
    let stack = MemStack::new(&mut memory);
    self_adjoint_evd(matrix.faer(), DiagMut::from_slice_mut(&mut values), None, par, stack, prelude::default()).ok()?;
    Some(values)
}

/// The eigenvalues of a symmetric matrix in increasing order with orthonormal eigenvectors as columns, from its lower half; `None` if the iteration does not converge (entries that are not finite).
///
/// # Panics
/// If the matrix is not square.
#[must_use]
#[inline(never)]
pub fn eigen(matrix: &Matrix, threads: usize) -> Option<(Vec<f64>, Matrix)> {
    let (n, par) = (matrix.nrows(), par(threads));
    let (mut values, mut vectors) = (vec![0.0; n], Matrix::zeros(n, n));
    let mut memory = MemBuffer::new(self_adjoint_evd_scratch::<f64>(n, ComputeEigenvectors::Yes, par, prelude::default()));
    let stack = MemStack::new(&mut memory);
    self_adjoint_evd(matrix.faer(), DiagMut::from_slice_mut(&mut values), Some(vectors.faer_mut()), par, stack, prelude::default()).ok()?;
    Some((values, vectors))
}
