//! Recursive sampling by ridge leverage scores with the constants of the theorem.
//!
//! One level: given over-estimates `l̃_i ≥ l_i`, point `i` is kept with probability `p_i = min(1, 16 l̃_i ln(Σ l̃/δ))`, independently, with weight `1/√p_i`. Then `0 ≤ K − K̄ ≤ ηmI` with probability at least `1 − δ`.
//! The over-estimates come from a sample of a uniform half, drawn in the same way with `δ/3`; up to `192 ln(1/δ)` points all are kept. The expected size is `O(d_η ln(d_η/δ))`.
//!
//! # References
//! C. Musco, C. Musco, *Recursive Sampling for the Nyström Method*, NIPS 2017, Algorithm 2, Theorem 7.

use crate::kernel::error::{KernelError, positive, probability};
use crate::kernel::function::Kernel;
use crate::kernel::leverage::{OVERESTIMATE, Sample, estimates};
use crate::kernel::points::Points;
use rand::seq::SliceRandom;
use rand::{Rng, RngExt};

/// More landmarks than this are refused: their Gram matrix has a gigabyte.
pub const LIMIT: usize = 12_000;

/// The factor of the probabilities.
const OVERSAMPLING: f64 = 16.0;

/// The factor of the number of points that are all kept.
const BASE: f64 = 192.0;

/// `p_i = min(1, 16 l̃_i ln(Σ l̃/δ))`.
#[must_use]
pub fn probabilities(overestimates: &[f64], delta: f64) -> Vec<f64> {
    let sum: f64 = overestimates.iter().sum();
    // The logarithm is at least that of 1/δ where the sum is below 1: more points do no harm.
    let factor = OVERSAMPLING * (sum.max(1.0) / delta).ln();
    overestimates.iter().map(|score| (factor * score).min(1.0)).collect()
}

/// One level: each of `of` is kept by itself with the probability that its over-estimate gives.
pub fn one_level(of: &[usize], overestimates: &[f64], delta: f64, rng: &mut impl Rng) -> Sample {
    let kept = of.iter().zip(probabilities(overestimates, delta)).filter(|(_, p)| rng.random::<f64>() < *p);
    let (indices, weights) = kept.map(|(&i, p)| (i, 1.0 / p.sqrt())).unzip();
    Sample { indices, weights }
}

/// Landmarks for the ridge `ηm` with failure probability `δ`, in increasing order; at least one.
///
/// # Errors
/// [`KernelError`] if a setting is out of its range, the kernel is none on the points, or the sample would not fit into memory.
pub fn landmarks(kernel: Kernel, points: &Points, eta: f64, delta: f64, rng: &mut impl Rng) -> Result<Vec<usize>, KernelError> {
    let ridge = positive("eta", eta)? * points.len() as f64;
    probability("delta", delta)?;
    let mut order: Vec<usize> = (0..points.len()).collect();
    // Halves of one random permutation are uniform halves.
    order.shuffle(rng);
    let mut chosen = recurse(kernel, points, &order, ridge, delta, rng)?.indices;
    if chosen.is_empty() {
        chosen.push(order[0]);
    }
    chosen.sort_unstable();
    Ok(chosen)
}

fn recurse(kernel: Kernel, points: &Points, of: &[usize], ridge: f64, delta: f64, rng: &mut impl Rng) -> Result<Sample, KernelError> {
    if of.len() as f64 <= BASE * (1.0 / delta).ln() {
        return Ok(Sample { indices: of.to_vec(), weights: vec![1.0; of.len()] });
    }
    let half = recurse(kernel, points, &of[..of.len() / 2], ridge, delta / 3.0, rng)?;
    let overestimates = if half.indices.is_empty() {
        vec![1.0; of.len()]
    } else {
        estimates(kernel, points, of, &half, ridge, OVERESTIMATE)?.into_iter().map(|score| score.min(1.0)).collect()
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most the number of points")]
    let expected = probabilities(&overestimates, delta).iter().sum::<f64>() as usize;
    if expected > LIMIT {
        return Err(KernelError::TooMany { kept: expected, limit: LIMIT });
    }
    Ok(one_level(of, &overestimates, delta, rng))
}
