//! Exact polish: the best network of a candidate's activation patterns, and of those that differ from it at a tie.

use crate::arrangement::SignVector;
use crate::exact::{IntegerVector, Rational};
use crate::instance::{Activation, Instance, Loss};
use crate::network::Network;
use crate::train::pattern::{Pattern, PatternSpace, SubsetSums};
use crate::train::{Control, Incumbent};
use std::cmp::Ordering;

/// Exact solutions that probably take longer than this are not tried.
const MOST_SECONDS: f64 = 10.0;

/// A candidate in the design's coordinates: a vector for each neuron, with the sign of its output weight.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    pub(super) neurons: Vec<(Vec<f64>, bool)>,
    /// Its loss in the search, for sorting.
    pub(super) score: f64,
    /// The network itself, the floats taken as they are, if they are finite.
    pub(super) network: Option<Network>,
}

/// Sorts candidates, best first, and keeps one of those whose scores agree to rounding.
pub(super) fn rank(candidates: &mut Vec<Candidate>) {
    candidates.sort_by(|a, b| a.score.total_cmp(&b.score));
    candidates.dedup_by(|a, b| (a.score - b.score).abs() <= 1e-9 * b.score.abs());
}

/// The best network without neurons, for the losses with a convex problem.
pub(super) fn constant(space: &PatternSpace<'_>) -> Option<Incumbent> {
    if space.unknowns(0) == 0 {
        return None;
    }
    space.solve(&[], &[], None)
}

impl Incumbent {
    /// Whether no better network is asked for.
    pub(crate) fn is_good_enough(&self, instance: &Instance) -> bool {
        self.loss <= instance.target_error.clone().unwrap_or(Rational::ZERO)
    }
}

/// The candidate as it is, exactly evaluated: that always succeeds, and fast. Its patterns' optimum is at least as good.
pub(super) fn evaluate(space: &PatternSpace<'_>, candidate: &Candidate, best: &mut Incumbent) {
    let incumbent = candidate.network.clone().map(|network| Incumbent::evaluate(network, space.instance()));
    if let Some(better) = incumbent.filter(|incumbent| incumbent.loss < best.loss) {
        *best = better;
    }
}

/// Whether the exact solution of a convex problem is likely to end within the time that is left, and within [`MOST_SECONDS`] at all. It cannot be interrupted.
///
/// Fraction-free elimination of order `q` on `b`-bit numbers ends with numbers of `q b` bits: about `q³/3` products of `q b / 64` words, of some
/// nanoseconds a pair of words. With active conditions the order doubles, with linear programs there may be several eliminations.
fn is_affordable(space: &PatternSpace<'_>, neurons: usize, control: &Control<'_>) -> bool {
    let bits = space.design().rows().bits() as f64;
    let instance = space.instance();
    if instance.loss == Loss::ZeroOne && instance.architecture.activation == Activation::Threshold {
        return true;
    }
    let (order, entry, factor) = match instance.loss {
        Loss::L2 => (space.unknowns(neurons) as f64, 2.0 * bits + 10.0, 2.0),
        Loss::L1 | Loss::Linf | Loss::ZeroOne => (space.unknowns(neurons) as f64, bits, 20.0),
    };
    let words = order * entry / 64.0;
    let seconds = factor * order.powi(3) / 3.0 * (50.0 + words * words) * 1e-9;
    if control.should_stop().is_some() {
        return false;
    }
    let left = control.time_left().map_or(MOST_SECONDS, |left| left.as_secs_f64());
    seconds <= left.min(MOST_SECONDS)
}

/// Solves the candidate's patterns exactly, then walks to neighbouring patterns while the loss falls, of which it tries `most_neighbours`; improves `best`. False if it did not come to that.
pub(super) fn polish(space: &PatternSpace<'_>, candidate: &Candidate, best: &mut Incumbent, most_neighbours: usize, control: &Control<'_>) -> bool {
    if !is_affordable(space, candidate.neurons.len(), control) {
        return false;
    }
    let plus: Vec<bool> = candidate.neurons.iter().map(|(_, plus)| *plus).collect();
    let Some(weights) = candidate.neurons.iter().map(|(v, _)| exact_vector(v)).collect::<Option<Vec<_>>>() else { return false };
    let mut patterns: Vec<SignVector> = weights.iter().map(|w| signs(space, w)).collect();
    let Some(mut current) = solve(space, &patterns, &weights, &plus, None, control) else { return false };
    let mut tried = 0;
    loop {
        if current.loss < best.loss {
            *best = current.clone();
        }
        if most_neighbours == 0 || space.instance().architecture.activation == Activation::Threshold {
            return true;
        }
        let mut improved = false;
        'neighbours: for j in 0..patterns.len() {
            for row in ties(space, &current.network, j) {
                if tried >= most_neighbours || best.is_good_enough(space.instance()) || control.should_stop().is_some() {
                    return true;
                }
                tried += 1;
                patterns[j].flip(row);
                if let Some(better) = solve(space, &patterns, &weights, &plus, Some(&current.loss), control) {
                    current = better;
                    improved = true;
                    break 'neighbours;
                }
                patterns[j].flip(row);
            }
        }
        if !improved {
            return true;
        }
    }
}

fn solve(
    space: &PatternSpace<'_>,
    patterns: &[SignVector],
    witnesses: &[IntegerVector],
    plus: &[bool],
    cutoff: Option<&Rational>,
    control: &Control<'_>,
) -> Option<Incumbent> {
    let walls: Vec<usize> = (0..space.design().rows().len()).collect();
    let patterns: Vec<Pattern<'_>> = patterns.iter().zip(witnesses).map(|(active, witness)| Pattern { active, walls: &walls, witness }).collect();
    let instance = space.instance();
    if instance.loss == Loss::ZeroOne && instance.architecture.activation == Activation::Threshold {
        let sums = SubsetSums::new(patterns.len(), instance.architecture.output_bias).ok()?;
        let network = sums.best_network(space, &patterns);
        let incumbent = Incumbent::evaluate(network, instance);
        return cutoff.is_none_or(|cutoff| incumbent.loss < *cutoff).then_some(incumbent);
    }
    space.solve_unless(&patterns, plus, cutoff, &|| control.should_stop().is_some())
}

/// The float vector as a multiple of an integer vector, exactly.
fn exact_vector(v: &[f64]) -> Option<IntegerVector> {
    let exact: Option<Vec<Rational>> = v.iter().map(|&x| Rational::try_from(x).ok()).collect();
    exact.map(|exact| IntegerVector::from_rationals(&exact))
}

/// Where the neuron with these coefficients is positive.
fn signs(space: &PatternSpace<'_>, weights: &IntegerVector) -> SignVector {
    let rows = space.design().rows();
    let mut signs = SignVector::negative(rows.len());
    for i in (0..rows.len()).filter(|&i| rows.sign(i, weights) == Ordering::Greater) {
        signs.flip(i);
    }
    signs
}

/// The rows on which neuron `j` is exactly 0.
fn ties(space: &PatternSpace<'_>, network: &Network, j: usize) -> Vec<usize> {
    let integers = space.instance().data.integers();
    let weights = IntegerVector::from_rationals(&network.neurons[j].weights_on(integers));
    let point = |row: usize| space.design().points_of_row(row)[0];
    (0..space.design().rows().len()).filter(|&row| integers.rows.sign(point(row), &weights) == Ordering::Equal).collect()
}
