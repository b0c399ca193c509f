//! Recursive sampling by ridge leverage scores with a given number `s` of landmarks: Musco and Musco's practical variant.
//!
//! One random permutation is halved until about `s` points are left, all of which form the first sample. From each level's sample, with weights `w`, the ridge of the next is the mean tail of the spectrum
//! of the weighted matrix `G = (w_i K_ij w_j)`: `λ = (tr G − Σ_{i≤k} λ_i(G))/k` with `k = ⌈s/(4 ln s)⌉`. The points of the next level get the scores `l̃_i = min(1, (ln s/λ) (K − KŜ(ŜᵀKŜ + λI)⁻¹ŜᵀK)_ii)` and are
//! kept with these probabilities; the last level, which has all points, draws exactly `s` without replacement in proportion to the scores.
//!
//! Cost: `O(ms)` values of the kernel and `O(ms²)` operations, in blocks; memory `O(s²)` and a few numbers a point.

use super::check;
use crate::kernel::error::KernelError;
use crate::kernel::function::Kernel;
use crate::kernel::gram::{matrix, threads};
use crate::kernel::leverage::{Sample, estimates};
use crate::kernel::points::Points;
use rand::seq::{SliceRandom, index};
use rand::{Rng, RngExt};

/// `s` landmarks in increasing order.
///
/// # Errors
/// [`KernelError`] if there are fewer points, none is asked for, or the kernel is none on the points.
pub fn landmarks(kernel: Kernel, points: &Points, count: usize, rng: &mut impl Rng) -> Result<Vec<usize>, KernelError> {
    check(points, count)?;
    let total = points.len();
    if count == total {
        return Ok((0..total).collect());
    }
    let mut order: Vec<usize> = (0..total).collect();
    order.shuffle(rng);
    let mut sizes = vec![total];
    while sizes[sizes.len() - 1] > count {
        sizes.push(sizes[sizes.len() - 1].div_ceil(2));
    }
    let oversampling = (count as f64).ln().max(1.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and s")]
    let leading = (count as f64 / (4.0 * oversampling)).ceil() as usize;
    let first = order[..sizes[sizes.len() - 1]].to_vec();
    let mut sample = Sample { weights: vec![1.0; first.len()], indices: first };
    for level in (0..sizes.len() - 1).rev() {
        let of = &order[..sizes[level]];
        let ridge = tail(kernel, points, &sample, leading)?;
        let scores = estimates(kernel, points, of, &sample, ridge, oversampling)?;
        if level == 0 {
            let mut chosen: Vec<usize> = in_proportion(&scores, count, rng).into_iter().map(|i| of[i]).collect();
            chosen.sort_unstable();
            return Ok(chosen);
        }
        sample = kept(of, &scores, count, rng);
    }
    unreachable!("with more points than landmarks there is a last level")
}

/// The mean tail of the spectrum of the weighted sample beyond its first `leading` eigenvalues, at least the rounding error of the largest.
fn tail(kernel: Kernel, points: &Points, sample: &Sample, leading: usize) -> Result<f64, KernelError> {
    let mut gram = matrix(kernel, &points.subset(&sample.indices));
    let (weights, order) = (&sample.weights, sample.indices.len());
    for j in 0..order {
        for i in 0..order {
            gram[(i, j)] *= weights[i] * weights[j];
        }
    }
    let trace: f64 = (0..order).map(|i| gram[(i, i)]).sum();
    let eigenvalues = relus_dense::eigenvalues(&gram, threads()).ok_or(KernelError::Eigenvalues(order))?;
    let largest: f64 = eigenvalues.iter().rev().take(leading).sum();
    // All points at the origin have scores of 0, whatever the ridge.
    let floor = if trace > 0.0 { f64::EPSILON * trace } else { 1.0 };
    Ok(((trace - largest) / leading as f64).max(floor))
}

/// The points kept by chance, at least one and at most `2 · most`.
fn kept(of: &[usize], scores: &[f64], most: usize, rng: &mut impl Rng) -> Sample {
    let mut sample = Sample { indices: Vec::new(), weights: Vec::new() };
    for (&i, score) in of.iter().zip(scores) {
        let p = score.min(1.0);
        // The bound on the number keeps the promise of the cost even if the scores are poor.
        if rng.random::<f64>() < p && sample.indices.len() < 2 * most {
            sample.indices.push(i);
            sample.weights.push(1.0 / p.sqrt());
        }
    }
    if sample.indices.is_empty() {
        let few = most.min(of.len());
        sample.indices = of[..few].to_vec();
        sample.weights = vec![(of.len() as f64 / few as f64).sqrt(); few];
    }
    sample
}

/// `count` indices without replacement, each draw in proportion to the weights; those of weight 0 come last, each as likely.
///
/// The `count` largest of `ln u_i / weight_i` with uniform `u_i` are such a sample (Efraimidis and Spirakis 2006).
pub(crate) fn in_proportion(weights: &[f64], count: usize, rng: &mut impl Rng) -> Vec<usize> {
    let mut keys: Vec<(f64, usize)> = Vec::with_capacity(weights.len());
    let mut idle = Vec::new();
    for (i, &weight) in weights.iter().enumerate() {
        let u = 1.0 - rng.random::<f64>();
        if weight > 0.0 { keys.push((u.ln() / weight, i)) } else { idle.push(i) }
    }
    keys.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    let mut chosen: Vec<usize> = keys.into_iter().take(count).map(|(_, i)| i).collect();
    let missing = count - chosen.len();
    chosen.extend(index::sample(rng, idle.len(), missing).into_iter().map(|k| idle[k]));
    chosen
}
