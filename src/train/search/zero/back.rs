//! The ways back: from a point to a network, from multipliers to a leaf.

use super::Solution;
use super::program::Program;
use crate::exact::{Integer, Rational, common_denominator, scaled_integer};
use crate::instance::Activation;
use crate::train::search::{Leaf, State};
use dashu_base::Abs;

impl Program<'_, '_> {
    /// The network of an exact point.
    pub(super) fn solution(&self, point: &[Rational]) -> Solution {
        let scale = Rational::from(self.model.space.target_scale().clone());
        let sign = |j: usize| if self.node.plus[j] { Rational::ONE } else { Rational::NEG_ONE };
        let rank = self.model.rank();
        let combined = |j: usize| {
            let (block, cone) = (self.blocks[j], &self.node.cones[j]);
            let mut w = vec![Rational::ZERO; rank];
            for i in 0..block.unknowns {
                for (w, r) in w.iter_mut().zip(&cone.ray(Self::generator(block, i))) {
                    *w += &point[block.start + i] * r / &scale;
                }
            }
            w
        };
        // Threshold: the sum of the rays is an interior point, on at the decided sites that should be.
        let interior = |j: usize| {
            let cone = &self.node.cones[j];
            let sum = |c: usize| (2 * cone.lines..cone.generators()).fold(Integer::ZERO, |sum, g| sum + &cone.ray(g)[c]);
            (0..rank).map(|c| Rational::from(sum(c))).collect()
        };
        let neurons = 0..self.blocks.len();
        let (weights, outputs) = match self.model.activation() {
            Activation::Relu => (neurons.clone().map(combined).collect(), neurons.map(sign).collect()),
            Activation::Threshold => {
                (neurons.clone().map(interior).collect(), neurons.map(|j| sign(j) * &point[self.blocks[j].start] / &scale).collect())
            }
        };
        Solution { weights, outputs, extra: point[self.unknowns - self.extra()..].iter().map(|v| v / &scale).collect() }
    }

    /// The linear forms in the unknowns that are the weights (threshold: the output weights) and the extra term.
    pub(super) fn weight_forms(&self) -> Vec<Vec<Integer>> {
        let mut forms: Vec<Vec<Integer>> = Vec::new();
        let unit = |i: usize| (0..self.unknowns).map(|k| if k == i { Integer::ONE } else { Integer::ZERO }).collect::<Vec<Integer>>();
        for (block, cone) in self.blocks.iter().zip(&self.node.cones) {
            if self.model.activation() == Activation::Threshold {
                forms.push(unit(block.start));
                continue;
            }
            let rays: Vec<Vec<Integer>> = (0..block.unknowns).map(|i| cone.ray(Self::generator(*block, i))).collect();
            forms.extend((0..self.model.rank()).map(|c| {
                let mut form = vec![Integer::ZERO; self.unknowns];
                rays.iter().enumerate().for_each(|(i, ray)| form[block.start + i].clone_from(&ray[c]));
                form
            }));
        }
        forms.extend((self.unknowns - self.extra()..self.unknowns).map(unit));
        forms
    }

    /// The leaf of Farkas multipliers.
    pub(super) fn leaf(&self, farkas: &[Rational]) -> Leaf {
        let scale = common_denominator(farkas);
        let (sites, neurons) = (self.model.sites(), self.blocks.len());
        // By the sign of the cut: the multipliers, and those of the cuts with a neuron's linear piece.
        let mut totals = vec![[Integer::ZERO, Integer::ZERO]; sites];
        let mut pieces = vec![[Integer::ZERO, Integer::ZERO]; neurons * sites];
        for (cut, multiplier) in self.cuts.iter().zip(farkas).filter(|(_, multiplier)| !multiplier.is_zero()) {
            let multiplier = scaled_integer(multiplier, &scale);
            let positive = cut.positive == (multiplier > Integer::ZERO);
            let multiplier = multiplier.abs();
            for &j in &cut.pieces {
                pieces[j * sites + cut.site][usize::from(positive)] += &multiplier;
            }
            totals[cut.site][usize::from(positive)] += multiplier;
        }
        let sums: Vec<Integer> = totals.iter().map(|[negative, positive]| positive - negative).collect();
        let mut u = vec![Integer::ZERO; self.model.items.len()];
        for (items, sum) in self.model.items_of_site.iter().zip(&sums) {
            u[items[0]].clone_from(sum);
        }
        let p = (0..neurons).map(|j| if self.model.activation() == Activation::Relu { self.multipliers(j, &sums, &pieces) } else { Vec::new() });
        Leaf { u, p: p.collect() }
    }

    fn multipliers(&self, j: usize, sums: &[Integer], pieces: &[[Integer; 2]]) -> Vec<(usize, Integer)> {
        let own = |s: usize| {
            let positive = sums[s] > Integer::ZERO;
            if sums[s].is_zero() || self.counts_up(j, positive) {
                return None;
            }
            let size = (&sums[s]).abs();
            let p = match self.node.cones[j].states[s] {
                State::Off => Integer::ZERO,
                State::On => size,
                State::Undecided => pieces[j * sums.len() + s][usize::from(positive)].clone().min(size),
            };
            (!p.is_zero()).then_some((s, p))
        };
        (0..sums.len()).filter_map(own).collect()
    }
}
