//! The kernel learner: two-layer networks by compressed kernel regression.
//!
//! Given points of the unit ball with labels in `[0, 1]`, a kernel `κ` with Gram matrix `K`, `K_ij = κ(x_i, x_j)`, and the eigenvalues `λ_1 ≥ λ_2 ≥ …` of `K/m`. Networks lie, up to a small error, in the kernel's space, with a
//! norm that is known ([`polynomial`]). If the eigenvalues decay, few landmarks `I` carry the regression: `K̄ = K_{:I} K_II⁺ K_{I:}` with `0 ≤ K − K̄ ≤ ηmI`, their number near the effective dimension
//! `d_η = Σ λ_i/(λ_i + η)`; what is learned is given by these landmarks and a few bits each, so that a compression bound holds for it (Goel and Klivans 2017).
//!
//! This is a learner, not a proof: all is in double precision, and no number of this module is exact unless it is an integer. What the theory promises is said where it is computed, and whether it says anything at all.
//!
//! | module | holds |
//! | --- | --- |
//! | [`function`] | kernel functions |
//! | [`points`], [`scaling`] | points; maps into the unit ball and of labels to `[0, 1]` |
//! | [`dimension`], [`decay`] | effective dimension and its bounds; laws of decay fitted to a spectrum |
//! | [`polynomial`] | activations as polynomials, with their norms |
//! | [`bounds`] | generalisation bounds by compression |
//! | `gram`, `nystrom` | blocks of Gram matrices; features of landmarks |
//! | `spectrum`, `leverage` | eigenvalues of `K/m`; ridge leverage scores |
//! | `sampling`, `regression`, `fit`, `validation` | landmarks, least squares, both together, and the choice of kernel and ridge |
//! | `rounding`, `model`, `json` | integer codes, the learned function, its file |
//!
//! Those without a link need the feature `dense` (on by default): large dense linear algebra from the crate `relus-dense`.
//!
//! # References
//! 1. S. Goel, A. Klivans, *Eigenvalue Decay Implies Polynomial-Time Learnability for Neural Networks*, NeurIPS 2017.
//! 2. C. Musco, C. Musco, *Recursive Sampling for the Nyström Method*, NIPS 2017.

#![allow(clippy::cast_precision_loss, reason = "numbers of points and degrees as floats: below 2⁵³")]

pub mod bounds;
pub mod decay;
pub mod dimension;
mod error;
pub mod function;
pub mod points;
pub mod polynomial;
pub mod scaling;

#[cfg(feature = "dense")]
pub mod fit;
#[cfg(feature = "dense")]
pub mod gram;
#[cfg(feature = "dense")]
pub mod json;
#[cfg(feature = "dense")]
pub mod leverage;
#[cfg(feature = "dense")]
pub mod model;
#[cfg(feature = "dense")]
pub mod nystrom;
#[cfg(feature = "dense")]
pub mod regression;
#[cfg(feature = "dense")]
pub mod rounding;
#[cfg(feature = "dense")]
pub mod sampling;
#[cfg(feature = "dense")]
pub mod spectrum;
#[cfg(feature = "dense")]
pub mod validation;

pub use error::KernelError;
pub use function::Kernel;
pub use points::Points;
