//! The chain of Gram matrices `G_l = (⟨x_i^(l), x_j^(l)⟩)` of `D` inputs.
//!
//! Given `G_{l−1}` the pre-activations of the `N` units are independent normal vectors `h ∈ R^D` of covariance `Σ = σ_w² G_{l−1} + σ_b² 11ᵀ`, and `G_l = Σ_units max(0,h) max(0,h)ᵀ`. So a step costs `O(N D²)`, whatever the
//! dimension of the inputs. For `W = g·O` with Haar-distributed `O` let `Z` be an `M × r` matrix of independent normal entries, `r` the rank of `G_{l−1} = L Lᵀ` (`L` of `r` columns) and `ZᵀZ = C Cᵀ`: the columns of
//! `Z C^{−ᵀ}` are a uniform orthonormal frame, and the pre-activations are the first `N` rows of `g·Z C^{−ᵀ} Lᵀ`.
//!
//! Matrices are scaled so that the largest diagonal entry is 1, with a logarithm beside them. A pivot of the Cholesky factorisation below 10⁻¹⁴ of its diagonal entry counts as 0: angles below about 10⁻⁷ are not resolved.

use super::super::law::{Draw, Layer, Units};
use super::super::parallel::Workers;
use super::super::scheme::Ensemble;
use super::generator;
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};
use thiserror::Error;

/// Samples of one stream.
const CHUNK: usize = 16;
/// Relative size of a pivot that counts as 0.
const SINGULAR: f64 = 1e-14;

/// Why a matrix is no Gram matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum GramError {
    /// Not a square matrix of at least one row, or not finite, or not symmetric.
    #[error("a Gram matrix is square, symmetric and finite, with at least one row")]
    Shape,
    /// A negative eigenvalue.
    #[error("the matrix of inner products is not positive semidefinite: no inputs have it")]
    Indefinite,
    /// All inputs are 0.
    #[error("all inputs are 0")]
    Zero,
}

/// A Gram matrix `e^{log_scale}·matrix`.
#[derive(Debug, Clone, PartialEq)]
pub struct GramSample {
    /// The logarithm of the scale; minus infinity if all signals are dead.
    pub log_scale: f64,
    /// The matrix by rows, its largest diagonal entry 1 (or all 0).
    pub matrix: Vec<Vec<f64>>,
}

/// Draws the Gram matrix after the last layer `count` times; fewer if the workers were stopped. For schemes that share weights it is that of `u` (see [`Scheme`](crate::init::Scheme)).
///
/// # Errors
/// [`GramError`] if `gram` is no Gram matrix of inputs that are not all 0.
pub fn gram_samples(ensemble: &Ensemble, gram: &[Vec<f64>], count: usize, seed: u64, workers: Workers<'_>) -> Result<Vec<GramSample>, GramError> {
    let size = gram.len();
    let symmetric = |i: usize, j: usize| gram[i][j].is_finite() && (gram[i][j] - gram[j][i]).abs() <= 1e-12 * (gram[i][i] * gram[j][j]).abs().sqrt();
    if size == 0 || gram.iter().any(|row| row.len() != size) || !(0..size).all(|i| (0..size).all(|j| symmetric(i, j))) {
        return Err(GramError::Shape);
    }
    let largest = (0..size).map(|i| gram[i][i]).fold(0.0, f64::max);
    if largest <= 0.0 {
        return Err(if gram.iter().flatten().all(|&x| x == 0.0) { GramError::Zero } else { GramError::Indefinite });
    }
    let start: Vec<Vec<f64>> = gram.iter().map(|row| row.iter().map(|x| x / largest).collect()).collect();
    cholesky(&start).ok_or(GramError::Indefinite)?;
    let start = GramSample { log_scale: largest.ln(), matrix: start };
    let chunks = workers.map(count.div_ceil(CHUNK), |chunk| {
        let mut random = generator(seed, chunk);
        let mut chain = || ensemble.layers().iter().fold(start.clone(), |gram, layer| step(layer, &gram, &mut random));
        (0..CHUNK.min(count - chunk * CHUNK)).map(|_| chain()).collect::<Vec<_>>()
    });
    Ok(chunks.concat())
}

/// The columns of a lower triangular `L` with `L Lᵀ` the matrix, without those that are 0; `None` if it is not positive semidefinite up to rounding.
fn cholesky(matrix: &[Vec<f64>]) -> Option<Vec<Vec<f64>>> {
    const ROUNDING: f64 = 1e-10;
    let size = matrix.len();
    let mut columns: Vec<Vec<f64>> = Vec::with_capacity(size);
    for j in 0..size {
        let rest = |i: usize, k: usize| matrix[i][k] - columns.iter().map(|column| column[i] * column[k]).sum::<f64>();
        let pivot = rest(j, j);
        if pivot <= SINGULAR * matrix[j][j] {
            let tolerance = |i: usize| ROUNDING * (matrix[i][i] * matrix[j][j]).abs().sqrt();
            // What a vanishing pivot leaves in its row must vanish too (entries of size √pivot·√diagonal are rounding).
            if pivot < -ROUNDING * matrix[j][j].abs()
                || matrix[j][j] < 0.0
                || (j..size).any(|i| rest(i, j).abs() > 1e3 * tolerance(i).max(f64::MIN_POSITIVE))
            {
                return None;
            }
            continue;
        }
        let root = pivot.sqrt();
        let column = (0..size).map(|i| if i < j { 0.0 } else { rest(i, j) / root }).collect();
        columns.push(column);
    }
    Some(columns)
}

fn normal(random: &mut impl Rng) -> f64 {
    StandardNormal.sample(random)
}

fn step(layer: &Layer, gram: &GramSample, random: &mut impl Rng) -> GramSample {
    let size = gram.matrix.len();
    // Without a living signal only biases are left, in units of their own.
    let dead = gram.log_scale == f64::NEG_INFINITY;
    let (log_scale, weight, bias) = if dead {
        (0.0, 0.0, layer.bias_variance)
    } else {
        (gram.log_scale, layer.scale(), layer.bias_variance * (-gram.log_scale).min(700.0).exp())
    };
    // A bias that is huge in units of the signal sets the unit itself.
    let unit = (weight + bias).max(f64::MIN_POSITIVE);
    let covariance: Vec<Vec<f64>> = gram.matrix.iter().map(|row| row.iter().map(|x| (weight * x + bias) / unit).collect()).collect();
    let factor = cholesky(&covariance).unwrap_or_default();
    let frame = match layer.draw {
        Draw::Gaussian { .. } => (0..layer.width).map(|_| (0..factor.len()).map(|_| normal(random)).collect()).collect(),
        Draw::Haar { .. } => frame(layer.sphere(), layer.width, factor.len(), random),
    };
    let mut sum = vec![vec![0.0; size]; size];
    let mut unit_values = vec![0.0; size];
    for row in &frame {
        let row: &Vec<f64> = row;
        for (i, value) in unit_values.iter_mut().enumerate() {
            let h: f64 = factor.iter().zip(row).map(|(column, z)| column[i] * z).sum();
            *value = if layer.units == Units::Relu { h.max(0.0) } else { h };
        }
        for (i, sums) in sum.iter_mut().enumerate() {
            sums.iter_mut().zip(&unit_values[..=i]).for_each(|(sum, value)| *sum += unit_values[i] * value);
        }
    }
    let largest = (0..size).map(|i| sum[i][i]).fold(0.0, f64::max);
    if largest == 0.0 {
        return GramSample { log_scale: f64::NEG_INFINITY, matrix: vec![vec![0.0; size]; size] };
    }
    let matrix = (0..size).map(|i| (0..size).map(|j| if i >= j { sum[i][j] } else { sum[j][i] } / largest).collect()).collect();
    GramSample { log_scale: log_scale + unit.ln() + largest.ln(), matrix }
}

/// The first `rows` rows of a uniform orthonormal frame of `rank` vectors of dimension `sphere`.
fn frame(sphere: usize, rows: usize, rank: usize, random: &mut impl Rng) -> Vec<Vec<f64>> {
    let mut columns: Vec<Vec<f64>> = (0..rank).map(|_| (0..sphere).map(|_| normal(random)).collect()).collect();
    // Gram and Schmidt, twice for orthogonality to rounding.
    for j in 0..rank {
        let (before, rest) = columns.split_at_mut(j);
        let column = &mut rest[0];
        for _ in 0..2 {
            for other in before.iter() {
                let dot: f64 = column.iter().zip(other).map(|(a, b)| a * b).sum();
                column.iter_mut().zip(other).for_each(|(a, b)| *a -= dot * b);
            }
        }
        let length = column.iter().map(|a| a * a).sum::<f64>().sqrt();
        column.iter_mut().for_each(|a| *a /= length);
    }
    (0..rows).map(|i| columns.iter().map(|column| column[i]).collect()).collect()
}
