//! What a leaf proves, by definition, in integers. Nothing else is trusted.

use super::super::{Leaf, Model, Node, State};
use crate::exact::{Integer, Rational};
use crate::instance::{Activation, Loss};
use dashu_base::{Abs, Signed};

/// The sums `U_s` of `u` over the items of each site.
pub(super) fn site_sums(model: &Model<'_>, u: &[Integer]) -> Vec<Integer> {
    model.items_of_site.iter().map(|items| items.iter().fold(Integer::ZERO, |sum, &i| sum + &u[i])).collect()
}

/// Whether `u·φ ≤ 0` for every network `φ` of the node is proved by `leaf`: the conditions of the [module](super).
pub(in crate::train) fn verify(model: &Model<'_>, node: &Node, leaf: &Leaf) -> bool {
    let relu = model.activation() == Activation::Relu;
    if leaf.u.len() != model.items.len() || leaf.p.len() != node.cones.len() || node.plus.len() != node.cones.len() {
        return false;
    }
    let sums = site_sums(model, &leaf.u);
    // What is orthogonal to the constant column, or to all: the output bias is the first one's coefficient, an affine function has all.
    let free = if model.has_affine() { model.rank() } else { usize::from(model.output_bias()) };
    if !(0..free).all(|c| sums.iter().enumerate().fold(Integer::ZERO, |sum, (s, u)| sum + u * &model.row(s)[c]).is_zero()) {
        return false;
    }
    (0..model.width()).all(|j| {
        let pull = |s: usize| if node.plus[j] { sums[s].clone() } else { -&sums[s] };
        if relu {
            relu_neuron(model, node, j, &leaf.p[j], model.sites(), pull)
        } else {
            leaf.p[j].is_empty() && threshold_neuron(node, j, model.sites(), pull)
        }
    })
}

/// `pull(s) = a_j U_s`.
fn relu_neuron(model: &Model<'_>, node: &Node, j: usize, p: &[(usize, Integer)], sites: usize, pull: impl Fn(usize) -> Integer) -> bool {
    let pulls: Vec<Integer> = (0..sites).map(pull).collect();
    let mut multipliers = vec![Integer::ZERO; sites];
    for (at, (site, value)) in p.iter().enumerate() {
        // Increasing, so listed once; 0 ≤ p ≤ |U|, and only where a_j U < 0.
        if *site >= sites || (at > 0 && p[at - 1].0 >= *site) || value.is_negative() || *value > -&pulls[*site] {
            return false;
        }
        multipliers[*site] = value.clone();
    }
    let cone = &node.cones[j];
    (0..cone.generators()).all(|g| {
        let values: Vec<Integer> = (0..sites).map(|s| cone.exact_value(model, g, s)).collect();
        let mut total = Integer::ZERO;
        for s in 0..sites {
            if pulls[s] > Integer::ZERO && values[s] > Integer::ZERO {
                total += &pulls[s] * &values[s];
            }
            if !multipliers[s].is_zero() {
                total -= &multipliers[s] * &values[s];
            }
        }
        total <= Integer::ZERO
    })
}

fn threshold_neuron(node: &Node, j: usize, sites: usize, pull: impl Fn(usize) -> Integer) -> bool {
    let mut total = Integer::ZERO;
    for s in 0..sites {
        let pull = pull(s);
        match node.cones[j].states[s] {
            State::On => total += pull,
            State::Undecided if pull > Integer::ZERO => total += pull,
            State::Undecided | State::Off => {}
        }
    }
    total <= Integer::ZERO
}

/// The loss, in the data's units, that every network has for which `u·φ ≤ 0`.
pub(in crate::train) fn bound(model: &Model<'_>, leaf: &Leaf) -> Rational {
    let terms = || model.items.iter().zip(&leaf.u).filter(|(_, u)| !u.is_zero());
    let gain = terms().fold(Rational::ZERO, |sum, (item, u)| sum + &item.target * Rational::from(u.clone()));
    if gain <= Rational::ZERO {
        return model.constant.clone();
    }
    match model.loss() {
        Loss::L2 => {
            // min Σ m (ȳ − φ)² over u·φ ≤ 0.
            let norm = terms().fold(Rational::ZERO, |sum, (item, u)| sum + Rational::from(u * u) / Rational::from(item.weight));
            &model.constant + gain.sqr() / norm
        }
        Loss::L1 => &model.constant + gain / Rational::from(leaf.u.iter().map(Abs::abs).max().expect("there is an item")),
        Loss::Linf => &model.constant + gain / Rational::from(leaf.u.iter().fold(Integer::ZERO, |sum, u| sum + u.abs())),
        // Any u·y > 0 shows that no network attains all targets: at least one error.
        Loss::ZeroOne => Rational::ONE,
    }
}
