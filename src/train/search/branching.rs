//! Which bit to branch on.
//!
//! The relaxation's weights define a true network, too. Where its loss exceeds the relaxed loss, some undecided neuron's value was chosen beyond what its weights
//! give. The site where the difference is largest is branched on, and there the neuron that lies closest to its breakline among those that
//! push in the direction in which the relaxation cheats. Among the few sites where the difference is largest the worker takes the one whose decision also costs much, by the
//! relaxation's penalties: a sixth fewer nodes.

use super::cone::State;
use super::model::Model;
use super::node::{Node, Relaxation, Split};
use crate::instance::{Activation, Loss};

/// A bit that could be branched on, and how much loss the relaxation hides at its site.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::train) struct Candidate {
    pub(in crate::train) neuron: usize,
    pub(in crate::train) site: usize,
    pub(in crate::train) hidden: f64,
}

impl Candidate {
    pub(in crate::train) fn split(self, node: &Node) -> Split {
        Split::Bit { site: self.site, group: node.group(self.neuron) }
    }
}

/// The candidates, one a site that has undecided neurons, and the scaled loss of the true network at the relaxation's weights (ReLU; for threshold
/// neurons, whose weights the relaxation leaves open, the relaxed loss plus what is hidden).
pub(in crate::train) fn candidates(model: &Model<'_>, node: &Node, relaxation: &Relaxation, found: &mut Vec<Candidate>) {
    found.clear();
    for site in 0..model.sites() {
        if (0..node.cones.len()).any(|j| node.is_open(j, site)) {
            found.push(match model.activation() {
                Activation::Relu => relu(model, node, relaxation, site),
                Activation::Threshold => threshold(model, node, relaxation, site),
            });
        }
    }
}

/// `x̃_s·w_j` in floats.
pub(in crate::train) fn preactivation(model: &Model<'_>, relaxation: &Relaxation, neuron: usize, site: usize) -> f64 {
    let rank = model.rank();
    model.features(site).iter().zip(&relaxation.w[neuron * rank..]).map(|(x, w)| x * w).sum()
}

/// What neuron `j` of a ReLU network adds to the value of a site at the relaxation's weights.
pub(in crate::train) fn output(model: &Model<'_>, node: &Node, relaxation: &Relaxation, j: usize, site: usize) -> f64 {
    let z = preactivation(model, relaxation, j, site);
    node.sign(j) * if node.cones[j].is_linear() { z } else { z.max(0.0) }
}

fn output_bias(model: &Model<'_>, relaxation: &Relaxation) -> f64 {
    if model.output_bias() { *relaxation.w.last().expect("the output bias") } else { 0.0 }
}

fn relu(model: &Model<'_>, node: &Node, relaxation: &Relaxation, site: usize) -> Candidate {
    let width = node.cones.len();
    let mut value = output_bias(model, relaxation);
    for j in 0..width {
        value += output(model, node, relaxation, j, site);
    }
    let (mut hidden, mut direction) = (0.0, 0.0);
    let interval = if model.loss() == Loss::L2 { (value, value) } else { interval(model, node, relaxation, site) };
    for &t in &model.items_of_site[site] {
        let item = &model.items[t];
        if model.loss() != Loss::L2 {
            let residual = item.scaled_target - value;
            let relaxed = (item.scaled_target - interval.1).max(interval.0 - item.scaled_target).max(0.0);
            // Of the maximum loss only what exceeds the largest relaxed deviation is hidden.
            let excess = residual.abs() - if model.loss() == Loss::Linf { relaxed.max(relaxation.value) } else { relaxed };
            hidden += excess.max(0.0);
            direction += (residual.abs() - relaxed).copysign(residual);
            continue;
        }
        let (weight, relaxed) = (item.weight as f64, relaxation.u[t]);
        let residual = item.scaled_target - value;
        hidden += weight * residual * residual - relaxed * relaxed / weight;
        // Positive where the relaxed value lies above the true one.
        direction += weight * residual - relaxed;
    }
    let closest = |helpful: bool| {
        (0..width)
            .filter(|&j| node.is_open(j, site) && (!helpful || node.sign(j) * direction > 0.0))
            .min_by(|&i, &j| preactivation(model, relaxation, i, site).abs().total_cmp(&preactivation(model, relaxation, j, site).abs()))
    };
    let neuron = closest(true).or_else(|| closest(false)).expect("a neuron is undecided here");
    Candidate { neuron, site, hidden }
}

/// Between which values the site's value may lie at the relaxation's weights.
fn interval(model: &Model<'_>, node: &Node, relaxation: &Relaxation, site: usize) -> (f64, f64) {
    let bias = output_bias(model, relaxation);
    let (mut low, mut high) = (bias, bias);
    for (j, cone) in node.cones.iter().enumerate() {
        let z = preactivation(model, relaxation, j, site);
        match (cone.states[site], node.plus[j]) {
            (State::Off, _) => {}
            (State::On, plus) => {
                let value = if plus { z } else { -z };
                (low, high) = (low + value, high + value);
            }
            (State::Undecided, true) => (low, high) = (low + z.max(0.0), f64::INFINITY),
            (State::Undecided, false) => (low, high) = (f64::NEG_INFINITY, high - z.max(0.0)),
        }
    }
    (low, high)
}

fn threshold(model: &Model<'_>, node: &Node, relaxation: &Relaxation, site: usize) -> Candidate {
    let width = node.cones.len();
    let open: Vec<usize> = (0..width).filter(|&j| node.is_open(j, site)).collect();
    let neuron = *open.iter().max_by(|&&i, &&j| relaxation.w[i].total_cmp(&relaxation.w[j])).expect("a neuron is undecided here");
    // The loss of the best choice of the open bits against the best value in between.
    let decided: f64 = (0..width).filter(|&j| node.cones[j].states[site] == State::On).map(|j| node.sign(j) * relaxation.w[j]).sum::<f64>()
        + output_bias(model, relaxation);
    let mut least = f64::INFINITY;
    for choice in 0..1u64 << open.len().min(16) {
        let value =
            decided + open.iter().enumerate().filter(|(b, _)| choice >> b & 1 == 1).map(|(_, &j)| node.sign(j) * relaxation.w[j]).sum::<f64>();
        let loss =
            model.items_of_site[site].iter().map(|&t| model.items[t].weight as f64 * (model.items[t].scaled_target - value).powi(2)).sum::<f64>();
        least = least.min(loss);
    }
    let relaxed: f64 = model.items_of_site[site].iter().map(|&t| relaxation.u[t].powi(2) / model.items[t].weight as f64).sum();
    Candidate { neuron, site, hidden: least - relaxed }
}
