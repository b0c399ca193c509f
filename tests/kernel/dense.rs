//! Brute force with whole matrices, by plain loops.

use relus::kernel::gram::matrix;
use relus::kernel::{Kernel, Points};
use relus_dense::{Matrix, cholesky, eigen, eigenvalues, product, solve_lower, solve_lower_transposed};

/// The smallest and the largest eigenvalue.
pub(crate) fn extreme_eigenvalues(matrix: &Matrix) -> (f64, f64) {
    let values = eigenvalues(matrix, 1).unwrap();
    (values[0], values[values.len() - 1])
}

/// `K̄ = K_{:I} K_II⁺ K_{I:}` with the pseudoinverse from eigenvectors.
pub(crate) fn approximation(kernel: Kernel, points: &Points, landmarks: &[usize]) -> Matrix {
    let full = matrix(kernel, points);
    let s = landmarks.len();
    let inner = Matrix::from_fn(s, s, |i, j| full[(landmarks[i], landmarks[j])]);
    let (values, vectors) = eigen(&inner, 1).unwrap();
    let largest = values[s - 1];
    let columns = product(Matrix::from_fn(points.len(), s, |i, j| full[(i, landmarks[j])]).view(), vectors.view(), 1);
    let scaled = Matrix::from_fn(points.len(), s, |i, j| if values[j] > 1e-12 * largest { columns[(i, j)] / values[j] } else { 0.0 });
    product(scaled.view(), columns.transposed(), 1)
}

/// `(K + ridge I)⁻¹ y`.
pub(crate) fn ridge_dual(gram: &Matrix, ridge: f64, y: &[f64]) -> Vec<f64> {
    let m = y.len();
    let shifted = Matrix::from_fn(m, m, |i, j| gram[(i, j)] + if i == j { ridge } else { 0.0 });
    let lower = cholesky(shifted, 1).unwrap();
    let mut solution = Matrix::from_values(m, 1, y.to_vec());
    solve_lower(&lower, &mut solution, 1);
    solve_lower_transposed(&lower, &mut solution, 1);
    solution.into_values()
}

pub(crate) fn times(matrix: &Matrix, x: &[f64]) -> Vec<f64> {
    (0..matrix.nrows()).map(|i| x.iter().enumerate().map(|(j, x)| matrix[(i, j)] * x).sum()).collect()
}

pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}
