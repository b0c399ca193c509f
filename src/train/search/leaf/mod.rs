//! Leaves: from a float proposal `(u, p)` to a proof that every network of a node loses much.
//!
//! Let `U_s` be the sum of `u` over the items of site `s`. A leaf has to satisfy, for every neuron `j` and every generator `r` of its cone,
//!
//! ```text
//! G_j(r) = Σ_{a_j U_s > 0} |U_s| max(0, x̃_s·r) − Σ_{a_j U_s < 0} p_js x̃_s·r ≤ 0,   0 ≤ p_js ≤ |U_s|,
//! ```
//!
//! for threshold neurons `G_j = Σ_{on} a_j U_s + Σ_{undecided} max(0, a_j U_s) ≤ 0` (one generator on which every site has the value 1), and with an output bias `Σ U_s = 0`.
//!
//! **When rounding does.** If there are `(u, p)` with `G_j(r) < 0` everywhere, the proposal can be pushed inside, for a loss of bound as small as one likes, and
//! then every rounding is a proof. There are none if some conditions *force* each other: a positive combination of them reads `0 ≤ 0`. Two cases
//! occur all the time. On a line `±ℓ` of a cone `G_j(ℓ) + G_j(−ℓ) = Σ |U_s| |x̃_s·ℓ| ≥ 0`. And for neurons `i`, `j` of opposite signs and `w` in both
//! cones `G_i(w) + G_j(w) = Σ (|U_s| − p_s) (x̃_s·w)⁺ + p_s (x̃_s·w)⁻ ≥ 0` over all sites, with the multiplier `p_s` of the neuron that has one. So both are 0, `p_s` is `|U_s|` or 0 by the sign of `x̃_s·w`,
//! and `G_i(r) = 0` is forced on all generators that span the face around `w`. Such equations hold exactly or not at all.
//!
//! **What is done.** [`shape`] rounds the proposal to a combinatorial shape: which `U_s` vanish, and which `p_js` are 0, `|U_s|`, or free. Given the shape all conditions are
//! linear in the numbers `U_s` and the free `p_js`. [`forced`] finds the forced equations by signs alone. [`correct`] then changes all numbers, each in proportion to its slack, so that the equations hold
//! up to rounding and the other nearly tight conditions hold with a margin.
//! [`quick_bound`] proves that an exact solution of the equations exists so near by that the margins outweigh the difference; [`certify`] computes one in integers.
//!
//! # References
//! S. M. Rump, *Verification methods: rigorous results using floating-point arithmetic*, Acta Numerica 19 (2010).

mod certify;
mod correct;
mod forced;
mod gram;
mod linear;
mod plain;
mod quick;
mod shape;
#[cfg(test)]
mod tests;
mod tight;
mod view;

pub(in crate::train) use certify::certify;
pub(in crate::train) use linear::linear;
pub(in crate::train) use plain::{bound, verify};
pub(in crate::train) use quick::{Scratch, quick_bound};
pub(in crate::train) use tight::tight;
