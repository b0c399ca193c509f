//! The relaxation of a node for the absolute and the maximum loss, as a linear program solved exactly: its dual is the leaf that proves most.
//!
//! Unknowns: a block of weights a neuron (ReLU: `w_j`; threshold: `t_j ≥ 0`), `h_js` for undecided ReLU neurons where the value matters, the output bias, and the maximum.
//! Where undecided neurons of one sign only push the value of a site beyond, the loss counts on one side of the target; where both do, it does not count.
//! Multipliers of the loss rows are `u`, those of the rows `h_js ≥ z_js` are `p_js`.
//!
//! There can be hundreds of `h_js`, of which few have both `h_js ≥ 0` and `h_js ≥ z_js` with multipliers between their ends. The others are replaced by one of `0` and `z_js`,
//! the one that is greater at the proposed weights: that makes the program smaller and its value no greater, so whatever it proves holds. Where its optimum
//! shows that the choice was wrong, `h_js` is taken in, until no choice is wrong (then it is the optimum of the whole program) or enough is proven.

use super::super::branching::preactivation;
use super::super::cone::State;
use super::super::{Leaf, Model, Node, Relaxation};
use super::plain::{bound, verify};
use crate::exact::{Integer, IntegerVector, Rational, common_denominator, scaled_integer};
use crate::instance::{Activation, Loss};
use crate::optimize::lp::{LinearProgram, LpVerdict, Row, RowKind};
use dashu_base::Abs;
use std::cmp::Ordering;

/// Where the proposal's `z` is smaller than this part of its largest one, the choice is left to the program.
const DOUBTFUL: f64 = 1e-7;

/// How an undecided neuron's value enters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    /// As 0.
    Zero,
    /// As `z`.
    Linear,
    /// As an unknown above both.
    Lifted,
    /// Not at all: the loss does not pay for it.
    Free,
}

/// A leaf that proves a loss of `needed` (in the data's units), or else the one that proves most without concave envelopes (none are needed for threshold neurons); `None`
/// if there is none, or if `stop` said to give up.
///
/// # Panics
/// If the loss is not L1 or L∞.
pub(in crate::train) fn linear(
    model: &Model<'_>,
    node: &Node,
    proposal: Option<&Relaxation>,
    needed: &Rational,
    stop: &dyn Fn() -> bool,
) -> Option<Leaf> {
    assert!(matches!(model.loss(), Loss::L1 | Loss::Linf), "a linear loss");
    let mut pieces = proposed_pieces(model, node, proposal);
    loop {
        let (leaf, point) = solve(model, node, &pieces, stop)?;
        if bound(model, &leaf) >= *needed || !revise(model, node, &mut pieces, &point) {
            return verify(model, node, &leaf).then_some(leaf);
        }
    }
}

/// The pieces at the proposed weights.
fn proposed_pieces(model: &Model<'_>, node: &Node, proposal: Option<&Relaxation>) -> Vec<Piece> {
    let sites = model.sites();
    let mut pieces = vec![Piece::Free; node.cones.len() * sites];
    if model.activation() == Activation::Threshold {
        return pieces;
    }
    for (j, pieces) in pieces.chunks_exact_mut(sites).enumerate() {
        let z: Vec<f64> = (0..sites).map(|s| proposal.map_or(0.0, |proposal| preactivation(model, proposal, j, s))).collect();
        let doubtful = DOUBTFUL * z.iter().fold(0.0, |most: f64, z| most.max(z.abs()));
        for s in (0..sites).filter(|&s| node.is_open(j, s) && one_signed(node, s)) {
            pieces[s] = if z[s] > doubtful {
                Piece::Linear
            } else if z[s] < -doubtful || proposal.is_none() {
                Piece::Zero
            } else {
                Piece::Lifted
            };
        }
    }
    pieces
}

/// Lifts the pieces that are wrong at a point. Returns whether there were any.
fn revise(model: &Model<'_>, node: &Node, pieces: &mut [Piece], point: &[Rational]) -> bool {
    let (rank, sites) = (model.rank(), model.sites());
    let mut revised = false;
    for j in 0..node.cones.len() {
        let own = &mut pieces[j * sites..(j + 1) * sites];
        if own.iter().all(|piece| matches!(piece, Piece::Free | Piece::Lifted)) {
            continue;
        }
        let weights = IntegerVector::from_rationals(&point[j * rank..(j + 1) * rank]);
        for (s, piece) in own.iter_mut().enumerate() {
            let wrong = match piece {
                Piece::Zero => Ordering::Greater,
                Piece::Linear => Ordering::Less,
                Piece::Free | Piece::Lifted => continue,
            };
            if model.design().rows().sign(s, &weights) == wrong {
                *piece = Piece::Lifted;
                revised = true;
            }
        }
    }
    revised
}

/// The optimum with these pieces: the leaf, and the unknowns.
fn solve(model: &Model<'_>, node: &Node, pieces: &[Piece], stop: &dyn Fn() -> bool) -> Option<(Leaf, Vec<Rational>)> {
    let layout = Layout::new(model, node, pieces);
    let mut rows = layout.conditions();
    let mut terms = Vec::new();
    for site in 0..model.sites() {
        layout.losses(site, &mut rows, &mut terms);
    }
    let mut objective = vec![Integer::ZERO; layout.unknowns];
    if let Some(maximum) = layout.maximum {
        objective[maximum] = Integer::ONE;
    }
    let LpVerdict::Optimal(optimum) = (LinearProgram { objective, rows }).solve_unless(None, stop)? else { return None };
    let mut u = vec![Rational::ZERO; model.items.len()];
    for (row, item, positive) in terms {
        let multiplier = &optimum.multipliers[row];
        if positive { u[item] += multiplier } else { u[item] -= multiplier }
    }
    let mut p: Vec<Vec<(usize, Rational)>> = vec![Vec::new(); node.cones.len()];
    for &(j, site, row) in &layout.lifted {
        p[j].push((site, optimum.multipliers[row].clone()));
    }
    Some((layout.leaf(&u, p), optimum.point))
}

struct Layout<'n> {
    model: &'n Model<'n>,
    node: &'n Node,
    pieces: &'n [Piece],
    block: usize,
    unknowns: usize,
    bias: Option<usize>,
    maximum: Option<usize>,
    /// `h_js`: the neuron, the site, and the row `h_js ≥ z_js`; `h` itself is the unknown `first + index`.
    lifted: Vec<(usize, usize, usize)>,
    first: usize,
}

impl<'n> Layout<'n> {
    fn new(model: &'n Model<'_>, node: &'n Node, pieces: &'n [Piece]) -> Self {
        let relu = model.activation() == Activation::Relu;
        let block = if relu { model.rank() } else { 1 };
        let width = node.cones.len();
        let first = width * block;
        let mut lifted = Vec::new();
        for (at, _) in pieces.iter().enumerate().filter(|(_, piece)| **piece == Piece::Lifted) {
            // Two rows a value: h ≥ 0 and h ≥ z.
            lifted.push((at / model.sites(), at % model.sites(), 2 * lifted.len() + 1));
        }
        let mut unknowns = first + lifted.len();
        let mut further = |wanted: bool| {
            unknowns += usize::from(wanted);
            wanted.then(|| unknowns - 1)
        };
        let (bias, maximum) = (further(model.output_bias()), further(model.loss() == Loss::Linf));
        Layout { model, node, pieces, block, unknowns, bias, maximum, lifted, first }
    }

    fn at_least(&self, entries: impl IntoIterator<Item = (usize, Integer)>) -> Row {
        Row { coefficients: self.vector(entries), rhs: Integer::ZERO, kind: RowKind::AtLeast }
    }

    fn vector(&self, entries: impl IntoIterator<Item = (usize, Integer)>) -> Vec<Integer> {
        let mut vector = vec![Integer::ZERO; self.unknowns];
        entries.into_iter().for_each(|(at, value)| vector[at] += value);
        vector
    }

    /// The entries of `factor·z_js`.
    fn preactivation(&self, j: usize, site: usize, factor: i32) -> Vec<(usize, Integer)> {
        let features: &[Integer] = self.model.space.features(site);
        features.iter().enumerate().map(|(c, x)| (j * self.block + c, x * Integer::from(factor))).collect()
    }

    /// Lifted values first, then the cones.
    fn conditions(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        for (index, &(j, site, _)) in self.lifted.iter().enumerate() {
            let h = (self.first + index, Integer::ONE);
            rows.push(self.at_least([h.clone()]));
            rows.push(self.at_least(self.preactivation(j, site, -1).into_iter().chain([h])));
        }
        for (j, cone) in self.node.cones.iter().enumerate() {
            match self.model.activation() {
                Activation::Relu => {
                    let sites = cone.facets();
                    rows.extend(sites.map(|s| self.at_least(self.preactivation(j, s, if cone.states[s] == State::On { 1 } else { -1 }))));
                }
                Activation::Threshold => rows.push(self.at_least([(j, Integer::ONE)])),
            }
        }
        // The rows of one piece alone may leave the maximum without a bound.
        rows.extend(self.maximum.map(|maximum| self.at_least([(maximum, Integer::ONE)])));
        rows
    }

    /// The entries of the least (`low`) or greatest value of a site, `None` where there is none.
    fn extreme(&self, site: usize, low: bool) -> Option<Vec<(usize, Integer)>> {
        let mut entries: Vec<(usize, Integer)> = self.bias.map(|bias| (bias, Integer::ONE)).into_iter().collect();
        let relu = self.model.activation() == Activation::Relu;
        for (j, cone) in self.node.cones.iter().enumerate() {
            let sign = if self.node.plus[j] { 1 } else { -1 };
            // An undecided neuron adds its least amount to the extreme, or its greatest.
            let least = self.node.plus[j] == low;
            match cone.states[site] {
                State::Off => {}
                State::On => entries.extend(self.preactivation(j, site, sign)),
                State::Undecided if !relu => {
                    if !least {
                        entries.push((j, Integer::from(sign)));
                    }
                }
                State::Undecided if least => match self.pieces[j * self.model.sites() + site] {
                    Piece::Free => return None,
                    Piece::Zero => {}
                    Piece::Linear => entries.extend(self.preactivation(j, site, sign)),
                    Piece::Lifted => {
                        let index = self.lifted.iter().position(|&(neuron, s, _)| (neuron, s) == (j, site)).expect("lifted");
                        entries.push((self.first + index, Integer::from(sign)));
                    }
                },
                State::Undecided => return None,
            }
        }
        Some(entries)
    }

    /// The rows of a site's losses; `terms` gets each row with its item and whether its multiplier counts as `u` or `−u`.
    fn losses(&self, site: usize, rows: &mut Vec<Row>, terms: &mut Vec<(usize, usize, bool)>) {
        let [low, high] = [true, false].map(|low| self.extreme(site, low));
        for &item in &self.model.items_of_site[site] {
            let target = &self.model.space.targets()[item];
            // An item is a point. A value below the target costs by its highest, one above it by its lowest.
            for (entries, below) in [(&high, true), (&low, false)] {
                let Some(entries) = entries else { continue };
                terms.push((rows.len(), item, self.maximum.is_none() || below));
                rows.push(match self.maximum {
                    Some(maximum) => {
                        let signed = |(at, x): &(usize, Integer)| (*at, if below { x.clone() } else { -x });
                        let coefficients = self.vector(entries.iter().map(signed).chain([(maximum, Integer::ONE)]));
                        Row { coefficients, rhs: if below { target.clone() } else { -target }, kind: RowKind::AtLeast }
                    }
                    None => {
                        let cost = |counts: bool| if counts { Rational::ONE } else { Rational::ZERO };
                        let kind = RowKind::Penalty { below: cost(below), above: cost(!below) };
                        Row { coefficients: self.vector(entries.iter().cloned()), rhs: target.clone(), kind }
                    }
                });
            }
        }
    }

    /// Scaled to integers. Where a neuron is decided its multiplier is at its best value.
    fn leaf(&self, u: &[Rational], mut p: Vec<Vec<(usize, Rational)>>) -> Leaf {
        let mut sums = vec![Rational::ZERO; self.model.sites()];
        for (item, u) in self.model.items.iter().zip(u) {
            sums[item.site] += u;
        }
        if self.model.activation() == Activation::Relu {
            for (j, p) in p.iter_mut().enumerate() {
                let adverse = |s: usize| !sums[s].is_zero() && (sums[s] > Rational::ZERO) != self.node.plus[j];
                p.retain(|&(s, ref value)| adverse(s) && !value.is_zero());
                let linear = |s: usize| self.node.cones[j].states[s] == State::On || self.pieces[j * sums.len() + s] == Piece::Linear;
                p.extend((0..sums.len()).filter(|&s| adverse(s) && linear(s)).map(|s| (s, sums[s].clone().abs())));
                p.sort_by_key(|&(s, _)| s);
            }
        }
        let scale = common_denominator(u.iter().chain(p.iter().flatten().map(|(_, value)| value)));
        let integers = |(s, value): (usize, Rational)| (s, scaled_integer(&value, &scale));
        Leaf { u: u.iter().map(|u| scaled_integer(u, &scale)).collect(), p: p.into_iter().map(|p| p.into_iter().map(integers).collect()).collect() }
    }
}

/// Whether the neurons that are undecided at a site have one sign.
fn one_signed(node: &Node, site: usize) -> bool {
    let open = |plus: bool| (0..node.cones.len()).any(|j| node.plus[j] == plus && node.is_open(j, site));
    !(open(true) && open(false))
}
