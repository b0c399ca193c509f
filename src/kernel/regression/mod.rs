//! Least squares on Nyström features: `K̄ = Φ Φᵀ` is never formed, only `ΦᵀΦ` and `Φᵀy`, block of rows by block of rows.
//!
//! | form | minimises | solution |
//! | --- | --- | --- |
//! | [`ridge`] | `‖Φw − y‖²/m + λ‖w‖²` | `w = (ΦᵀΦ + λmI)⁻¹Φᵀy`; `Φw = K̄α` with `α = (K̄ + λmI)⁻¹y` |
//! | [`constrained`] | `‖Φw − y‖²/m` with `‖w‖² ≤ B` | the same with the least multiplier in place of `λ` that keeps the bound |
//!
//! `‖w‖²` is the squared norm of the function in the kernel's space (see [`Nystrom`]). Memory `O(s²)`, `O(ms²)` operations.

pub mod constrained;
pub mod ridge;

use super::error::KernelError;
use super::gram::threads;
use super::nystrom::Nystrom;
use super::points::Points;
use relus_dense::{Matrix, View, add_gram, eigen, product};

/// `ΦᵀΦ` (its lower half), `Φᵀy`, `y·y` and the number of points.
#[derive(Debug, Clone)]
pub struct Normal {
    gram: Matrix,
    product: Vec<f64>,
    squares: f64,
    count: usize,
}

impl Normal {
    /// Those of no points, for `rank` features.
    #[must_use]
    pub fn empty(rank: usize) -> Self {
        Normal { gram: Matrix::zeros(rank, rank), product: vec![0.0; rank], squares: 0.0, count: 0 }
    }

    /// Those of all points; `keep_on` hears how many points are done and may end it.
    ///
    /// # Errors
    /// [`KernelError::Interrupted`] if `keep_on` says no.
    pub fn of(nystrom: &Nystrom, points: &Points, labels: &[f64], keep_on: &dyn Fn(usize) -> bool) -> Result<Self, KernelError> {
        let mut normal = Normal::empty(nystrom.rank());
        nystrom.for_each_block(points, |range, features| {
            normal.add(&features, &labels[range.clone()]);
            if keep_on(range.end) { Ok(()) } else { Err(KernelError::Interrupted) }
        })?;
        Ok(normal)
    }

    /// Adds points: their features, one column a point, and labels.
    pub fn add(&mut self, features: &Matrix, labels: &[f64]) {
        add_gram(&mut self.gram, features.view(), threads());
        let product = product(features.view(), View::new(labels.len(), 1, labels), threads());
        self.product.iter_mut().zip(product.values()).for_each(|(sum, x)| *sum += x);
        self.squares += labels.iter().map(|y| y * y).sum::<f64>();
        self.count += labels.len();
    }

    /// Those of this set and another together.
    pub fn join(&mut self, other: &Normal) {
        self.gram.values_mut().iter_mut().zip(other.gram.values()).for_each(|(sum, x)| *sum += x);
        self.product.iter_mut().zip(&other.product).for_each(|(sum, x)| *sum += x);
        self.squares += other.squares;
        self.count += other.count;
    }

    /// The number of points.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// `‖Φw − y‖²/m` on the points that were added, up to rounding relative to `y·y/m`, and not below 0.
    #[must_use]
    pub fn mean_squared(&self, w: &[f64]) -> f64 {
        let n = w.len();
        let mut quadratic = 0.0;
        for j in 0..n {
            let column = self.gram.column(j);
            let below: f64 = column[j + 1..].iter().zip(&w[j + 1..]).map(|(g, x)| g * x).sum();
            quadratic += w[j] * (column[j] * w[j] + 2.0 * below);
        }
        let linear: f64 = self.product.iter().zip(w).map(|(p, x)| p * x).sum();
        ((self.squares - 2.0 * linear + quadratic) / self.count as f64).max(0.0)
    }

    /// The eigenvalues and eigenvectors of `ΦᵀΦ/m`: then a solution for any ridge or bound takes `O(s²)`.
    ///
    /// # Errors
    /// [`KernelError::Eigenvalues`] if they are not found.
    pub fn diagonalise(&self) -> Result<Diagonal, KernelError> {
        let order = self.product.len();
        let (values, vectors) = eigen(&self.gram, threads()).ok_or(KernelError::Eigenvalues(order))?;
        let count = self.count as f64;
        let rotated = product(vectors.transposed(), View::new(order, 1, &self.product), threads());
        let values = values.into_iter().map(|value| (value / count).max(0.0)).collect();
        Ok(Diagonal { values, product: rotated.into_values().into_iter().map(|p| p / count).collect(), vectors })
    }
}

/// A least-squares problem in the basis of its eigenvectors: `min Σ σ_i v_i² − 2 p_i v_i`, with `w = U v`.
#[derive(Debug, Clone)]
pub struct Diagonal {
    values: Vec<f64>,
    product: Vec<f64>,
    vectors: Matrix,
}

impl Diagonal {
    /// `w` for the multiplier `λ`: `v_i = p_i/(σ_i + λ)`, 0 where nothing is divided by nothing.
    #[must_use]
    pub fn solution(&self, lambda: f64) -> Vec<f64> {
        let v: Vec<f64> = (0..self.values.len()).map(|i| self.coordinate(i, lambda)).collect();
        product(self.vectors.view(), View::new(v.len(), 1, &v), threads()).into_values()
    }

    fn coordinate(&self, i: usize, lambda: f64) -> f64 {
        let largest = self.values.iter().copied().fold(0.0, f64::max);
        let divisor = self.values[i] + lambda;
        // In directions in which the features vanish up to rounding, the right side is rounding, too.
        if divisor > f64::EPSILON * self.values.len() as f64 * largest { self.product[i] / divisor } else { 0.0 }
    }

    /// `‖w‖²` for the multiplier `λ`.
    #[must_use]
    pub fn squared_norm(&self, lambda: f64) -> f64 {
        (0..self.values.len()).map(|i| self.coordinate(i, lambda).powi(2)).sum()
    }
}
