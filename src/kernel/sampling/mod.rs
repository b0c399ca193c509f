//! Landmarks: which points' columns stand for all of `K`.
//!
//! | sampler | chooses | for |
//! | --- | --- | --- |
//! | [`theory`] | recursively by ridge leverage scores, with the constants of the theorem: `0 ≤ K − K̄ ≤ ηmI` with probability at least `1 − δ` | what is proven; at laboratory sizes it keeps nearly every point |
//! | [`fixed`] | the same recursion with a given number `s` of landmarks, without a guarantee | practice; `s` of 2 to 4 times `d_η` works |
//! | [`uniform`] | `s` of the points, each as likely | comparison |

pub mod fixed;
pub mod theory;

use super::error::KernelError;
use super::points::Points;
use rand::{Rng, seq::index};

/// `s` different points, each set as likely, in increasing order.
///
/// # Errors
/// [`KernelError::Landmarks`] if there are fewer, or none is asked for.
pub fn uniform(points: &Points, landmarks: usize, rng: &mut impl Rng) -> Result<Vec<usize>, KernelError> {
    check(points, landmarks)?;
    let mut chosen = index::sample(rng, points.len(), landmarks).into_vec();
    chosen.sort_unstable();
    Ok(chosen)
}

fn check(points: &Points, landmarks: usize) -> Result<(), KernelError> {
    match landmarks {
        0 => Err(KernelError::Setting { name: "the number of landmarks", range: "at least 1", value: 0.0 }),
        _ if landmarks > points.len() => Err(KernelError::Landmarks { landmarks, points: points.len() }),
        _ => Ok(()),
    }
}
