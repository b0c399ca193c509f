//! Networks out of relaxations, and the sites where the two differ.

use super::super::candidate;
use super::super::{Model, Node, Relaxation};
use super::relax::{Sets, preactivation, unknowns};
use crate::exact::{Integer, Rational};
use crate::instance::Activation;
use crate::network::{Network, Neuron};
use crate::optimize::lp::{LinearProgram, LpVerdict, Row, RowKind};
use crate::train::Incumbent;
use crate::train::pattern::{Pattern, SubsetSums};

/// Values this near to 0 count as 0.
const NEARLY: f64 = 1e-7;

/// A network in floats.
#[derive(Debug, Default)]
pub(super) struct Guess {
    /// The neurons that are on, by site.
    pub(super) on: Vec<u64>,
    /// `φ` at the sites.
    pub(super) values: Vec<f64>,
}

impl Guess {
    /// The network at the relaxation's weights; for threshold neurons with a point inside each cone.
    pub(super) fn new(model: &Model<'_>, node: &Node, sets: &Sets, point: &[f64]) -> Self {
        let bias = if model.output_bias() { *point.last().expect("the output bias") } else { 0.0 };
        let mut guess = Guess { on: sets.on.clone(), values: vec![bias; model.sites()] };
        let threshold = model.activation() == Activation::Threshold;
        let patterns = if threshold { candidate::patterns_of(model, node, &Relaxation::default()) } else { Vec::new() };
        for j in 0..node.cones.len() {
            for site in 0..model.sites() {
                let z = if threshold { 0.0 } else { preactivation(model, point, j, site) };
                if sets.undecided[site] >> j & 1 == 1 && if threshold { patterns[j].is_positive(site) } else { z > 0.0 } {
                    guess.on[site] |= 1 << j;
                }
                if guess.on[site] >> j & 1 == 1 {
                    guess.values[site] += node.sign(j) * if threshold { point[j] } else { z };
                }
            }
        }
        guess
    }

    pub(super) fn is_positive(&self, site: usize) -> bool {
        self.values[site] > NEARLY
    }

    /// How far a site is from its class, in units of the relaxation.
    pub(super) fn violation(&self, site: usize, positive: bool) -> f64 {
        if positive { 1.0 - self.values[site] } else { self.values[site] }.max(0.0)
    }

    /// The network exactly, with the labels that it seems to have; `None` if it was a deception.
    pub(super) fn realize(&self, model: &Model<'_>, node: &Node, keep: impl Fn(usize, bool) -> bool) -> Option<Incumbent> {
        let (block, size) = (model.space.block(), unknowns(model));
        let relu = model.activation() == Activation::Relu;
        let at_least = |entries: &mut dyn Iterator<Item = (usize, usize, bool)>, last: Option<bool>, rhs: Integer| {
            let mut coefficients = vec![Integer::ZERO; size];
            for (j, site, positive) in entries {
                for (entry, x) in coefficients[j * block..].iter_mut().zip(model.space.features(site)) {
                    *entry = if positive { x.clone() } else { -x };
                }
            }
            if let Some(positive) = last {
                coefficients[size - 1] = if positive { Integer::ONE } else { Integer::NEG_ONE };
            }
            Row { coefficients, rhs, kind: RowKind::AtLeast }
        };
        let mut rows = Vec::new();
        for j in 0..node.cones.len() {
            for site in 0..if relu { model.sites() } else { 1 } {
                rows.push(at_least(&mut [(j, site, !relu || self.on[site] >> j & 1 == 1)].into_iter(), None, Integer::ZERO));
            }
        }
        for site in 0..model.sites() {
            let positive = self.is_positive(site);
            if keep(site, positive) {
                let active = (0..node.cones.len()).filter(|j| self.on[site] >> j & 1 == 1);
                let mut entries = active.map(|j| (j, site, node.plus[j] == positive));
                let rhs = if positive { Integer::ONE } else { Integer::ZERO };
                rows.push(at_least(&mut entries, model.output_bias().then_some(positive), rhs));
            }
        }
        let LpVerdict::Optimal(optimum) = (LinearProgram { objective: vec![Integer::ZERO; size], rows }).solve() else { return None };
        let one = |j: usize| if node.plus[j] { Rational::ONE } else { Rational::NEG_ONE };
        let neurons = (0..node.cones.len()).map(|j| {
            let own = &optimum.point[j * block..(j + 1) * block];
            if relu {
                let (w, b) = model.design().weights(own);
                Neuron { w, b, a: one(j) }
            } else {
                let inside: Vec<Rational> = candidate::inner_point(model, node, j).entries().iter().cloned().map(Rational::from).collect();
                let (w, b) = model.design().weights(&inside);
                Neuron { w, b, a: &own[0] * one(j) }
            }
        });
        let output_bias = if model.output_bias() { optimum.point[size - 1].clone() } else { Rational::ZERO };
        let network = Network { activation: model.activation(), neurons: neurons.collect(), output_bias };
        Some(Incumbent::evaluate(network, model.instance()))
    }
}

/// The best output weights for the points inside the cones of threshold neurons.
pub(super) fn best_sums(model: &Model<'_>, node: &Node, sums: &SubsetSums) -> Incumbent {
    let patterns = candidate::patterns_of(model, node, &Relaxation::default());
    let witnesses: Vec<_> = (0..patterns.len()).map(|j| candidate::inner_point(model, node, j)).collect();
    let tuple: Vec<Pattern<'_>> = patterns.iter().zip(&witnesses).map(|(active, witness)| Pattern { active, walls: &[], witness }).collect();
    Incumbent::evaluate(sums.best_network(&model.space, &tuple), model.instance())
}
