//! Brute force with whole matrices, by plain loops.

use faer::prelude::Solve;
use faer::{Mat, Side};
use relus::kernel::gram::matrix;
use relus::kernel::{Kernel, Points};

/// The smallest and the largest eigenvalue.
pub(crate) fn extreme_eigenvalues(matrix: &Mat<f64>) -> (f64, f64) {
    let values = matrix.self_adjoint_eigenvalues(Side::Lower).unwrap();
    (values[0], values[values.len() - 1])
}

/// `K̄ = K_{:I} K_II⁺ K_{I:}` with the pseudoinverse from eigenvectors.
pub(crate) fn approximation(kernel: Kernel, points: &Points, landmarks: &[usize]) -> Mat<f64> {
    let full = matrix(kernel, points);
    let s = landmarks.len();
    let inner = Mat::from_fn(s, s, |i, j| full[(landmarks[i], landmarks[j])]);
    let eigen = inner.self_adjoint_eigen(Side::Lower).unwrap();
    let largest = eigen.S()[s - 1];
    let columns = Mat::from_fn(points.len(), s, |i, j| full[(i, landmarks[j])]) * eigen.U();
    let scaled = Mat::from_fn(points.len(), s, |i, j| if eigen.S()[j] > 1e-12 * largest { columns[(i, j)] / eigen.S()[j] } else { 0.0 });
    scaled * columns.transpose()
}

/// `(K + ridge I)⁻¹ y`.
pub(crate) fn ridge_dual(gram: &Mat<f64>, ridge: f64, y: &[f64]) -> Vec<f64> {
    let m = y.len();
    let shifted = Mat::from_fn(m, m, |i, j| gram[(i, j)] + if i == j { ridge } else { 0.0 });
    let solution = shifted.llt(Side::Lower).unwrap().solve(Mat::from_fn(m, 1, |i, _| y[i]));
    (0..m).map(|i| solution[(i, 0)]).collect()
}

pub(crate) fn times(matrix: &Mat<f64>, x: &[f64]) -> Vec<f64> {
    (0..matrix.nrows()).map(|i| x.iter().enumerate().map(|(j, x)| matrix[(i, j)] * x).sum()).collect()
}

pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}
