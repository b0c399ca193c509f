//! The Nyström features of a set of landmarks: `Φ = K_{:I} L^{−T}` with `K_II = L Lᵀ`, so that `Φ Φᵀ = K̄ = K_{:I} K_II⁺ K_{I:}`.
//!
//! `K_II` is factored by Cholesky with pivoting, which orders the landmarks so that each is as independent as possible of those before it and stops where all others are in their span up to rounding
//! (`2⁻⁵² s` of the largest diagonal entry). The landmarks that are left over take no part: they would not change the span, and without them `L` is regular.
//! A function `Σ_j β_j κ(x_j, ·)` on the landmarks has squared norm `βᵀK_IIβ = ‖Lᵀβ‖²`: with `w = Lᵀβ` its values are `Φw` and its squared norm is `‖w‖²`.
//!
//! Cost for `s` landmarks: `O(s³)` once, then `O(s² + sd)` a point.

use super::error::KernelError;
use super::function::Kernel;
use super::gram::{block, matrix, ranges, slice, threads};
use super::points::Points;
use relus_dense::{Matrix, Pivoted, View, product, solve_lower, solve_lower_transposed};

/// How far below 0, relative to the largest entry, elimination may bring a diagonal entry of a semidefinite matrix by rounding.
const ROUNDING: f64 = 1e-10;

/// Landmarks and the factor of their Gram matrix.
#[derive(Debug, Clone)]
pub struct Nystrom {
    kernel: Kernel,
    indices: Vec<usize>,
    landmarks: Points,
    factor: Matrix,
}

/// The rows and columns of a positive semidefinite matrix that are independent, best first, and their lower Cholesky factor.
///
/// # Errors
/// [`KernelError::NotPositive`] if elimination meets a negative diagonal entry.
pub fn pivoted_cholesky(gram: &Matrix) -> Result<(Vec<usize>, Matrix), KernelError> {
    let n = gram.nrows();
    let largest = (0..n).map(|i| gram[(i, i)]).fold(0.0, f64::max);
    let least = (0..n).map(|i| gram[(i, i)]).fold(0.0, f64::min);
    // Without a positive entry there is nothing to divide by: the matrix is 0, or none.
    if gram.values().iter().all(|entry| *entry == 0.0) {
        return Ok((Vec::new(), Matrix::zeros(0, 0)));
    }
    let found = relus_dense::pivoted_cholesky(gram.view(), threads());
    let Some(Pivoted { mut order, rank, factor }) = found else { return Err(KernelError::NotPositive { least, largest }) };
    // What elimination leaves of the others' diagonal: 0 up to rounding, unless the matrix is indefinite.
    for j in rank..n {
        let row: f64 = (0..rank).map(|k| factor[(j, k)].powi(2)).sum();
        let left = gram[(order[j], order[j])] - row;
        if left < -ROUNDING * largest {
            return Err(KernelError::NotPositive { least: left, largest });
        }
    }
    order.truncate(rank);
    let lower = Matrix::from_fn(rank, rank, |i, j| factor[(i, j)]);
    Ok((order, lower))
}

impl Nystrom {
    /// The features of the landmarks `indices` of `points`.
    ///
    /// # Errors
    /// [`KernelError`] if there is no landmark, or the kernel is none, or 0, on them.
    pub fn new(kernel: Kernel, points: &Points, indices: &[usize]) -> Result<Self, KernelError> {
        if indices.is_empty() {
            return Err(KernelError::Empty);
        }
        let (order, factor) = pivoted_cholesky(&matrix(kernel, &points.subset(indices)))?;
        if order.is_empty() {
            return Err(KernelError::Vanishing);
        }
        let indices: Vec<usize> = order.iter().map(|&i| indices[i]).collect();
        Ok(Nystrom { kernel, landmarks: points.subset(&indices), indices, factor })
    }

    /// The kernel.
    #[must_use]
    pub fn kernel(&self) -> Kernel {
        self.kernel
    }

    /// The landmarks that are independent, by their index, at least one; their number is the rank of `K̄`.
    #[must_use]
    pub fn indices(&self) -> &[usize] {
        &self.indices
    }

    /// The landmarks in the order of [`Nystrom::indices`].
    #[must_use]
    pub fn landmarks(&self) -> &Points {
        &self.landmarks
    }

    /// The rank.
    #[must_use]
    pub fn rank(&self) -> usize {
        self.indices.len()
    }

    /// The features of points, one column a point.
    #[must_use]
    pub fn features(&self, points: &Points) -> Matrix {
        let mut features = block(self.kernel, &self.landmarks, points);
        solve_lower(&self.factor, &mut features, threads());
        features
    }

    /// The features of all points, block after block of them: `visit` gets the range and one column a point.
    ///
    /// # Errors
    /// Those of `visit`.
    pub fn for_each_block<E>(&self, points: &Points, mut visit: impl FnMut(std::ops::Range<usize>, Matrix) -> Result<(), E>) -> Result<(), E> {
        ranges(points.len(), self.rank()).try_for_each(|range| visit(range.clone(), self.features(&slice(points, range))))
    }

    /// `β = L^{−T} w`: the coefficients of the landmarks of the function whose values are `Φ w`.
    #[must_use]
    pub fn coefficients(&self, w: &[f64]) -> Vec<f64> {
        let mut beta = Matrix::from_values(w.len(), 1, w.to_vec());
        solve_lower_transposed(&self.factor, &mut beta, threads());
        beta.into_values()
    }

    /// `K̄` as a matrix of the order of `points`: for small sets of points.
    #[must_use]
    pub fn approximation(&self, points: &Points) -> Matrix {
        let features = self.features(points);
        product(features.transposed(), features.view(), threads())
    }
}

/// `Σ_j β_j κ(z_j, x_i)` for each point `x_i`.
#[must_use]
pub fn values(kernel: Kernel, landmarks: &Points, beta: &[f64], points: &Points) -> Vec<f64> {
    let beta = View::new(beta.len(), 1, beta);
    let mut out = Vec::with_capacity(points.len());
    for range in ranges(points.len(), landmarks.len()) {
        let block = block(kernel, landmarks, &slice(points, range));
        out.extend(product(block.transposed(), beta, threads()).into_values());
    }
    out
}
