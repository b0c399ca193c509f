//! The program in floats: they choose the cuts, and say whether the node seems to be open.

use super::program::{Cut, Part, Program};
use crate::instance::Activation;
use crate::optimize::lp::{FloatProgram, LpProposer, Proposal};
use crate::train::search::State;

/// Violations below this, of rows with entries up to 1, are left to the exact program.
const TOLERANCE: f64 = 1e-8;
/// A network with errors below this, in units of the largest target, may be one without error.
const NEAR: f64 = 1e-9;
/// Bits that are proposed for a split.
const CANDIDATES: usize = 8;
/// Float rounds before the exact program takes over.
const ROUNDS: usize = 60;

/// What floats say.
pub(super) enum FloatVerdict {
    /// The relaxation has a point far from a network without error; bits to split, the best first.
    Open(Vec<(usize, usize)>),
    /// These rows of [`Program::exact`] seem to contradict each other.
    Contradiction(Vec<usize>),
    /// It has a point near a network without error; bits to split, if there are any undecided.
    Near {
        /// The point.
        point: Vec<f64>,
        /// As in [`FloatVerdict::Open`].
        bits: Vec<(usize, usize)>,
    },
    /// The exact program must decide.
    Unclear,
}

impl Program<'_, '_> {
    /// Solves in floats and adds violated cuts until there is none. Tells the bits to split if the relaxation seems to have a point that is far from a network without error; otherwise
    /// the exact program must decide.
    pub(super) fn cut_in_floats(&mut self) -> FloatVerdict {
        let mut proposer = LpProposer::new();
        for _ in 0..ROUNDS {
            let (coefficients, rhs) = self.float_rows();
            let bounded: Vec<usize> = self.bounded_unknowns().collect();
            let mut lower: Vec<f64> = self.cuts.iter().map(|cut| if cut.equation { f64::NEG_INFINITY } else { 0.0 }).collect();
            lower.resize(rhs.len(), 0.0);
            debug_assert_eq!(rhs.len(), self.cuts.len() + bounded.len());
            let (objective, upper) = (vec![0.0; self.unknowns], vec![f64::INFINITY; rhs.len()]);
            let program = FloatProgram { objective: &objective, coefficients: &coefficients, rhs: &rhs, lower: &lower, upper: &upper };
            match proposer.solve(program, self.last.as_deref(), f64::INFINITY) {
                Proposal::Optimal => {}
                Proposal::Infeasible { entering, .. } => return FloatVerdict::Contradiction(proposer.contradiction(entering)),
                _ => return FloatVerdict::Unclear,
            }
            let found = proposer.point().to_vec();
            if !self.cut_at(&found, TOLERANCE) {
                if let Some(bits) = self.open(&found, NEAR) {
                    return FloatVerdict::Open(bits);
                }
                let bits = self.open(&found, -1.0).unwrap_or_default();
                return FloatVerdict::Near { point: found, bits };
            }
            self.last = Some(found);
        }
        FloatVerdict::Unclear
    }

    /// Bits to split by the last point that was found, if any are undecided.
    pub(super) fn last_bits(&self) -> Option<Vec<(usize, usize)>> {
        self.last.as_ref().map_or_else(|| self.open(&vec![0.0; self.unknowns], -1.0), |point| self.open(point, -1.0))
    }

    /// The rows in floats, each with entries up to 1; generators are scaled as in [`Cone::values`](crate::train::search::Cone::values).
    fn float_rows(&self) -> (Vec<f64>, Vec<f64>) {
        let (mut coefficients, mut rhs) = (Vec::new(), Vec::new());
        for cut in &self.cuts {
            let start = coefficients.len();
            for j in 0..self.blocks.len() {
                let own = self.coefficients(cut, j, |g| self.float_value(j, g, cut.site), |v| *v > 0.0, &0.0, &1.0);
                let sign = if self.counts_up(j, cut.positive) { 1.0 } else { -1.0 };
                coefficients.extend(own.into_iter().map(|v| sign * v));
            }
            let sign = if cut.positive { 1.0 } else { -1.0 };
            coefficients.extend(self.float_extra(cut.site).iter().map(|x| sign * x));
            let target = sign * self.float_target(cut.site);
            let largest = coefficients[start..].iter().fold(target.abs(), |m, v| m.max(v.abs()));
            let scale = if largest > 0.0 { 1.0 / largest } else { 1.0 };
            coefficients[start..].iter_mut().for_each(|v| *v *= scale);
            rhs.push(target * scale);
        }
        for unknown in self.bounded_unknowns() {
            coefficients.extend((0..self.unknowns).map(|i| if i == unknown { 1.0 } else { 0.0 }));
            rhs.push(0.0);
        }
        (coefficients, rhs)
    }

    fn float_value(&self, j: usize, generator: usize, site: usize) -> f64 {
        self.node.cones[j].value(generator, site)
    }

    fn float_target(&self, site: usize) -> f64 {
        self.model.items[self.model.items_of_site[site][0]].scaled_target
    }

    /// The columns of the extra term: the constant one is first.
    fn float_extra(&self, site: usize) -> Vec<f64> {
        self.model.features(site)[..self.extra()].to_vec()
    }

    /// For a float point: lower and upper value and `x̃·w` of a neuron at an undecided site.
    pub(super) fn float_range(&self, point: &[f64], j: usize, site: usize) -> (f64, f64, f64) {
        let block = self.blocks[j];
        let own = &point[block.start..block.start + block.unknowns];
        if self.model.activation() == Activation::Threshold {
            return (0.0, own[0], own[0]);
        }
        let values = |i: usize| self.float_value(j, Self::generator(block, i), site);
        let z: f64 = own.iter().enumerate().map(|(i, v)| v * values(i)).sum();
        let upper = if self.bounded(j, site) { own.iter().enumerate().map(|(i, v)| v * values(i).max(0.0)).sum() } else { f64::INFINITY };
        (z.max(0.0), upper, z)
    }

    /// Adds the cuts that a float point violates by more than `tolerance`.
    fn cut_at(&mut self, point: &[f64], tolerance: f64) -> bool {
        let mut added = false;
        for site in 0..self.model.sites() {
            for positive in [true, false] {
                let opposing =
                    (0..self.blocks.len()).filter(|&j| self.node.cones[j].states[site] == State::Undecided && !self.counts_up(j, positive));
                let relu = self.model.activation() == Activation::Relu;
                let pieces: Vec<usize> = opposing.filter(|&j| relu && self.float_range(point, j, site).2 > tolerance).collect();
                if pieces.is_empty() {
                    continue;
                }
                let cut = Cut { site, positive, equation: false, pieces };
                if self.float_slack(&cut, point) < -tolerance {
                    added |= self.add(cut);
                }
            }
        }
        added
    }

    /// What is left of a cut at a point, relative to the size of its terms.
    fn float_slack(&self, cut: &Cut, point: &[f64]) -> f64 {
        let sign = if cut.positive { 1.0 } else { -1.0 };
        let (mut sum, mut size) = (-sign * self.float_target(cut.site), self.float_target(cut.site).abs());
        for (j, block) in self.blocks.iter().enumerate() {
            if self.part(cut, j) == Part::Envelope && !self.bounded(j, cut.site) {
                return f64::INFINITY;
            }
            let own = self.coefficients(cut, j, |g| self.float_value(j, g, cut.site), |v| *v > 0.0, &0.0, &1.0);
            let up = if self.counts_up(j, cut.positive) { 1.0 } else { -1.0 };
            for (v, x) in own.iter().zip(&point[block.start..]) {
                sum += up * v * x;
                size = size.max((v * x).abs());
            }
        }
        let rest = &point[self.unknowns - self.extra()..];
        for (v, x) in self.float_extra(cut.site).iter().zip(rest) {
            sum += sign * v * x;
            size = size.max((v * x).abs());
        }
        if size > 0.0 { sum / size } else { 0.0 }
    }

    /// The bits to split for a float point, unless its network's errors are all below `near`: at the sites with the largest errors, the neurons with the most room.
    pub(super) fn open(&self, point: &[f64], near: f64) -> Option<Vec<(usize, usize)>> {
        let mut candidates: Vec<(f64, (usize, usize))> = Vec::new();
        let mut worst = 0.0f64;
        for site in 0..self.model.sites() {
            let undecided: Vec<usize> = (0..self.blocks.len()).filter(|&j| self.node.cones[j].states[site] == State::Undecided).collect();
            if undecided.is_empty() {
                continue;
            }
            // With the least values of the undecided neurons.
            let value = Cut { site, positive: true, equation: false, pieces: Vec::new() };
            let mut error = -self.float_target(site);
            for (j, block) in self.blocks.iter().enumerate() {
                let sign = if self.node.plus[j] { 1.0 } else { -1.0 };
                if undecided.contains(&j) {
                    error += sign * self.float_range(point, j, site).0;
                } else {
                    let own = self.coefficients(&value, j, |g| self.float_value(j, g, site), |v| *v > 0.0, &0.0, &1.0);
                    error += sign * own.iter().zip(&point[block.start..]).map(|(v, x)| v * x).sum::<f64>();
                }
            }
            error += self.float_extra(site).iter().zip(&point[self.unknowns - self.extra()..]).map(|(v, x)| v * x).sum::<f64>();
            worst = worst.max(error.abs());
            for j in undecided {
                let (lower, upper, _) = self.float_range(point, j, site);
                let score = error.abs() * (1.0 + 1e-3 * (upper - lower).clamp(0.0, 1e3));
                candidates.push((score, (j, site)));
            }
        }
        if candidates.is_empty() || worst <= near {
            return None;
        }
        candidates.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        candidates.truncate(CANDIDATES);
        Some(candidates.into_iter().map(|(_, bit)| bit).collect())
    }
}
