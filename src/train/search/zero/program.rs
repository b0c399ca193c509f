//! The linear program of a node: unknowns, cuts, and the way back from multipliers to a leaf.

use super::{Extra, Solution};
use crate::exact::{Integer, Rational, common_denominator, scaled_integer};
use crate::instance::Activation;
use crate::optimize::lp::{FloatProgram, LinearProgram, LpProposer, Proposal, Row, RowKind};
use crate::train::search::{Leaf, Model, Node, State};
use dashu_base::Abs;

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
    /// The exact program must decide.
    Unclear,
}

/// A row of a site: `Σ_{σ a_j > 0} upper − Σ_{σ a_j < 0} lower ≥ σ y`, or the equation if every neuron is decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cut {
    site: usize,
    /// Whether `σ = 1`.
    positive: bool,
    equation: bool,
    /// The undecided neurons with `σ a_j < 0` whose piece is `x̃·w` rather than 0.
    pieces: Vec<usize>,
}

/// The unknowns that belong to a neuron: first one for each line, then one for each ray (ReLU), or one alone (threshold).
#[derive(Debug, Clone, Copy)]
struct Block {
    start: usize,
    lines: usize,
    unknowns: usize,
}

pub(super) struct Program<'p, 'm> {
    model: &'p Model<'m>,
    node: &'p Node,
    blocks: Vec<Block>,
    pub(super) unknowns: usize,
    pub(super) cuts: Vec<Cut>,
}

/// What a neuron adds to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Nothing,
    /// `±x̃·w` (threshold: `±t`).
    Linear,
    /// The envelope.
    Envelope,
}

impl<'p, 'm> Program<'p, 'm> {
    pub(super) fn new(model: &'p Model<'m>, node: &'p Node, extra: Extra) -> Self {
        let mut blocks = Vec::with_capacity(node.cones.len());
        let mut start = 0;
        for cone in &node.cones {
            let (lines, unknowns) = match model.activation() {
                Activation::Relu => (cone.lines, cone.generators() - cone.lines),
                Activation::Threshold => (0, 1),
            };
            blocks.push(Block { start, lines, unknowns });
            start += unknowns;
        }
        let mut program = Program { model, node, blocks, unknowns: start + extra.unknowns(model), cuts: Vec::new() };
        for site in 0..model.sites() {
            if node.cones.iter().all(|cone| cone.states[site] != State::Undecided) {
                program.cuts.push(Cut { site, positive: true, equation: true, pieces: Vec::new() });
            } else {
                for positive in [true, false] {
                    program.add(Cut { site, positive, equation: false, pieces: Vec::new() });
                }
            }
        }
        program
    }

    /// The generator of a neuron's unknown.
    fn generator(block: Block, index: usize) -> usize {
        if index < block.lines { 2 * index } else { block.lines + index }
    }

    fn extra(&self) -> usize {
        self.unknowns - self.blocks.iter().map(|block| block.unknowns).sum::<usize>()
    }

    /// Whether the neuron counts with its upper value.
    fn counts_up(&self, j: usize, positive: bool) -> bool {
        self.node.plus[j] == positive
    }

    fn part(&self, cut: &Cut, j: usize) -> Part {
        match self.node.cones[j].states[cut.site] {
            State::Off => Part::Nothing,
            State::On => Part::Linear,
            State::Undecided if self.counts_up(j, cut.positive) => Part::Envelope,
            State::Undecided if cut.pieces.contains(&j) => Part::Linear,
            State::Undecided => Part::Nothing,
        }
    }

    /// Whether the envelope is finite.
    fn bounded(&self, j: usize, site: usize) -> bool {
        let cone = &self.node.cones[j];
        self.model.activation() == Activation::Threshold || (0..cone.lines).all(|l| cone.value(2 * l, site) == 0.0)
    }

    /// Adds a cut that says anything and is not there yet.
    fn add(&mut self, cut: Cut) -> bool {
        let says_nothing = (0..self.blocks.len()).any(|j| self.part(&cut, j) == Part::Envelope && !self.bounded(j, cut.site));
        if says_nothing || self.cuts.contains(&cut) {
            return false;
        }
        self.cuts.push(cut);
        true
    }

    /// The coefficients of a neuron in a cut, in the order of its unknowns, with values of type `V` at its generators.
    fn coefficients<V: Clone>(&self, cut: &Cut, j: usize, value: impl Fn(usize) -> V, positive: impl Fn(&V) -> bool, zero: &V, one: &V) -> Vec<V> {
        let block = self.blocks[j];
        match (self.part(cut, j), self.model.activation()) {
            (Part::Nothing, _) => vec![zero.clone(); block.unknowns],
            (_, Activation::Threshold) => vec![one.clone()],
            (Part::Linear, Activation::Relu) => (0..block.unknowns).map(|i| value(Self::generator(block, i))).collect(),
            (Part::Envelope, Activation::Relu) => (0..block.unknowns)
                .map(|i| {
                    let v = value(Self::generator(block, i));
                    if positive(&v) { v } else { zero.clone() }
                })
                .collect(),
        }
    }

    pub(super) fn exact_row(&self, cut: &Cut) -> Row {
        let mut coefficients = Vec::with_capacity(self.unknowns);
        for j in 0..self.blocks.len() {
            let cone = &self.node.cones[j];
            let own = self.coefficients(cut, j, |g| cone.exact_value(self.model, g, cut.site), |v| *v > Integer::ZERO, &Integer::ZERO, &Integer::ONE);
            let up = self.counts_up(j, cut.positive);
            coefficients.extend(own.into_iter().map(|v| if up { v } else { -v }));
        }
        coefficients.extend(self.model.row(cut.site)[..self.extra()].iter().map(|x| if cut.positive { x.clone() } else { -x }));
        let point = self.model.design().points_of_row(cut.site)[0];
        let target = &self.model.space.targets()[point];
        let rhs = if cut.positive { target.clone() } else { -target };
        Row { coefficients, rhs, kind: if cut.equation { RowKind::Equal } else { RowKind::AtLeast } }
    }

    /// The unknowns that must not be negative.
    pub(super) fn bounded_unknowns(&self) -> impl Iterator<Item = usize> {
        self.blocks.iter().flat_map(|block| block.start + block.lines..block.start + block.unknowns)
    }

    /// The program in integers, in units of the targets' denominator: cuts first.
    pub(super) fn exact(&self) -> LinearProgram {
        let bound = |unknown: usize| {
            let coefficients = (0..self.unknowns).map(|i| if i == unknown { Integer::ONE } else { Integer::ZERO }).collect();
            Row { coefficients, rhs: Integer::ZERO, kind: RowKind::AtLeast }
        };
        let rows = self.cuts.iter().map(|cut| self.exact_row(cut)).chain(self.bounded_unknowns().map(bound)).collect();
        LinearProgram { objective: vec![Integer::ZERO; self.unknowns], rows }
    }

    /// Solves in floats and adds violated cuts until there is none. Tells the bits to split if the relaxation seems to have a point that is far from a network without error; otherwise
    /// the exact program must decide.
    pub(super) fn cut_in_floats(&mut self) -> FloatVerdict {
        let mut proposer = LpProposer::new();
        let mut point: Option<Vec<f64>> = None;
        for _ in 0..ROUNDS {
            let (coefficients, rhs) = self.float_rows();
            let bounded: Vec<usize> = self.bounded_unknowns().collect();
            let mut lower: Vec<f64> = self.cuts.iter().map(|cut| if cut.equation { f64::NEG_INFINITY } else { 0.0 }).collect();
            lower.resize(rhs.len(), 0.0);
            debug_assert_eq!(rhs.len(), self.cuts.len() + bounded.len());
            let (objective, upper) = (vec![0.0; self.unknowns], vec![f64::INFINITY; rhs.len()]);
            let program = FloatProgram { objective: &objective, coefficients: &coefficients, rhs: &rhs, lower: &lower, upper: &upper };
            match proposer.solve(program, point.as_deref(), f64::INFINITY) {
                Proposal::Optimal => {}
                Proposal::Infeasible { entering, .. } => return FloatVerdict::Contradiction(proposer.contradiction(entering)),
                _ => return FloatVerdict::Unclear,
            }
            let found = proposer.point().to_vec();
            if !self.cut_at(&found, TOLERANCE) {
                return self.open(&found, NEAR).map_or(FloatVerdict::Unclear, FloatVerdict::Open);
            }
            point = Some(found);
        }
        FloatVerdict::Unclear
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
    fn float_range(&self, point: &[f64], j: usize, site: usize) -> (f64, f64, f64) {
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

    /// Adds the cuts that an exact point violates.
    pub(super) fn cut_exactly(&mut self, point: &[Rational]) -> bool {
        if self.model.activation() == Activation::Threshold {
            return false;
        }
        let scale = common_denominator(point);
        let point: Vec<Integer> = point.iter().map(|v| scaled_integer(v, &scale)).collect();
        let dot = |row: &[Integer], own: &[Integer]| row.iter().zip(own).fold(Integer::ZERO, |sum, (v, x)| sum + v * x);
        let mut added = false;
        for site in 0..self.model.sites() {
            for positive in [true, false] {
                let on = |&j: &usize| {
                    let block = self.blocks[j];
                    let values: Vec<Integer> =
                        (0..block.unknowns).map(|i| self.node.cones[j].exact_value(self.model, Self::generator(block, i), site)).collect();
                    let opposing = self.node.cones[j].states[site] == State::Undecided && !self.counts_up(j, positive);
                    opposing && dot(&values, &point[block.start..]) > Integer::ZERO
                };
                let pieces: Vec<usize> = (0..self.blocks.len()).filter(on).collect();
                if pieces.is_empty() {
                    continue;
                }
                let cut = Cut { site, positive, equation: false, pieces };
                let row = self.exact_row(&cut);
                if dot(&row.coefficients, &point) < row.rhs * &scale {
                    added |= self.add(cut);
                }
            }
        }
        added
    }

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
