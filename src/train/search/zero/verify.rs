//! The conditions of a leaf that refutes error 0, by substitution.

use super::Extra;
use crate::exact::{Integer, Rational};
use crate::instance::Activation;
use crate::train::search::{Leaf, Model, Node, State};
use dashu_base::Abs;

/// Whether `leaf` proves that no network of `node` has error 0: `u·y > 0`, and `u·φ ≤ 0` for all networks of the node (those with the extra term).
pub(in crate::train) fn refutes_zero_error(model: &Model<'_>, node: &Node, leaf: &Leaf, extra: Extra) -> bool {
    let mut sums = vec![Integer::ZERO; model.sites()];
    let mut product = Rational::ZERO;
    for (item, u) in model.items.iter().zip(&leaf.u) {
        sums[item.site] += u;
        product += &item.target * u;
    }
    // The extra term's columns come first: the constant one, then the rest.
    let orthogonal =
        (0..extra.unknowns(model)).all(|c| sums.iter().enumerate().fold(Integer::ZERO, |sum, (s, u)| sum + u * &model.row(s)[c]).is_zero());
    product > Rational::ZERO && orthogonal && (0..node.cones.len()).all(|j| neuron_is_bounded(model, node, leaf, &sums, j))
}

/// Whether `G_j ≤ 0` on the generators.
fn neuron_is_bounded(model: &Model<'_>, node: &Node, leaf: &Leaf, sums: &[Integer], j: usize) -> bool {
    let cone = &node.cones[j];
    let gains = |s: usize| (sums[s] > Integer::ZERO) == node.plus[j] && !sums[s].is_zero();
    if model.activation() == Activation::Threshold {
        let total = (0..model.sites()).fold(Integer::ZERO, |total, s| {
            let signed = if node.plus[j] { sums[s].clone() } else { -&sums[s] };
            match cone.states[s] {
                State::On => total + signed,
                State::Undecided if signed > Integer::ZERO => total + signed,
                State::Undecided | State::Off => total,
            }
        });
        return total <= Integer::ZERO;
    }
    let allowed = leaf.p[j].iter().all(|(s, p)| *p >= Integer::ZERO && !gains(*s) && *p <= (&sums[*s]).abs());
    allowed
        && (0..cone.generators()).all(|g| {
            let gain = (0..model.sites()).filter(|&s| gains(s) && cone.value(g, s) > 0.0);
            let gain = gain.fold(Integer::ZERO, |total, s| total + (&sums[s]).abs() * cone.exact_value(model, g, s));
            leaf.p[j].iter().fold(gain, |total, (s, p)| total - p * cone.exact_value(model, g, *s)) <= Integer::ZERO
        })
}
