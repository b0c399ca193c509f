//! The linear program of a node: its unknowns and cuts.

use super::Extra;
use crate::exact::{Integer, Rational, common_denominator, scaled_integer};
use crate::instance::Activation;
use crate::optimize::lp::{LinearProgram, Row, RowKind};
use crate::train::search::{Model, Node, State};

/// A row of a site: `Σ_{σ a_j > 0} upper − Σ_{σ a_j < 0} lower ≥ σ y`, or the equation if every neuron is decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) site: usize,
    /// Whether `σ = 1`.
    pub(super) positive: bool,
    pub(super) equation: bool,
    /// The undecided neurons with `σ a_j < 0` whose piece is `x̃·w` rather than 0.
    pub(super) pieces: Vec<usize>,
}

/// The unknowns that belong to a neuron: first one for each line, then one for each ray (ReLU), or one alone (threshold).
#[derive(Debug, Clone, Copy)]
pub(super) struct Block {
    pub(super) start: usize,
    pub(super) lines: usize,
    pub(super) unknowns: usize,
}

pub(super) struct Program<'p, 'm> {
    pub(super) model: &'p Model<'m>,
    pub(super) node: &'p Node,
    pub(super) blocks: Vec<Block>,
    pub(super) unknowns: usize,
    pub(super) cuts: Vec<Cut>,
    /// The last point that floats found.
    pub(super) last: Option<Vec<f64>>,
    /// Whether exact work on it is to be given up; asked before each pivot.
    pub(super) stop: &'p dyn Fn() -> bool,
}

/// What a neuron adds to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Nothing,
    /// `±x̃·w` (threshold: `±t`).
    Linear,
    /// The envelope.
    Envelope,
}

impl<'p, 'm> Program<'p, 'm> {
    pub(super) fn new(model: &'p Model<'m>, node: &'p Node, extra: Extra, stop: &'p dyn Fn() -> bool) -> Self {
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
        let mut program = Program { model, node, blocks, unknowns: start + extra.unknowns(model), cuts: Vec::new(), last: None, stop };
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
    pub(super) fn generator(block: Block, index: usize) -> usize {
        if index < block.lines { 2 * index } else { block.lines + index }
    }

    pub(super) fn extra(&self) -> usize {
        self.unknowns - self.blocks.iter().map(|block| block.unknowns).sum::<usize>()
    }

    /// Whether the neuron counts with its upper value.
    pub(super) fn counts_up(&self, j: usize, positive: bool) -> bool {
        self.node.plus[j] == positive
    }

    pub(super) fn part(&self, cut: &Cut, j: usize) -> Part {
        match self.node.cones[j].states[cut.site] {
            State::Off => Part::Nothing,
            State::On => Part::Linear,
            State::Undecided if self.counts_up(j, cut.positive) => Part::Envelope,
            State::Undecided if cut.pieces.contains(&j) => Part::Linear,
            State::Undecided => Part::Nothing,
        }
    }

    /// Whether the envelope is finite.
    pub(super) fn bounded(&self, j: usize, site: usize) -> bool {
        let cone = &self.node.cones[j];
        self.model.activation() == Activation::Threshold || (0..cone.lines).all(|l| cone.value(2 * l, site) == 0.0)
    }

    /// Adds a cut that says anything and is not there yet.
    pub(super) fn add(&mut self, cut: Cut) -> bool {
        let says_nothing = (0..self.blocks.len()).any(|j| self.part(&cut, j) == Part::Envelope && !self.bounded(j, cut.site));
        if says_nothing || self.cuts.contains(&cut) {
            return false;
        }
        self.cuts.push(cut);
        true
    }

    /// The coefficients of a neuron in a cut, in the order of its unknowns, with values of type `V` at its generators.
    pub(super) fn coefficients<V: Clone>(
        &self,
        cut: &Cut,
        j: usize,
        value: impl Fn(usize) -> V,
        positive: impl Fn(&V) -> bool,
        zero: &V,
        one: &V,
    ) -> Vec<V> {
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
}
