//! Clique to four ReLUs in dimension `2κ`.
//!
//! Let `P` be the tall and `Q` the flat points (see [`lines`]), `p_0 ∈ P` the first, and `ε = η/(100n)`. For every pair `(q, p)` of `{0} × P` and of `Q × {p_0, −p_0}` the points
//! `q, q + ε(p−q)` get label 0 and `p − ε(p−q), p` label 1. On such a segment the labels 0, 0, 1, 1 need a convex and a concave kink strictly inside; of the two signs one has at most
//! two of the four neurons, whose hyperplanes take the role of the boundaries of the two threshold neurons. For the `α` of a clique the network is `ρ(α·x) + ρ(−α·x)` with a
//! ramp `ρ(z) = ([z−lo]₊ − [z−hi]₊)/(hi−lo)`.
//!
//! ```text
//! label    the network along the segment from q to p
//!   1                                ---------o---------o-----
//!                                   /
//!                                  /
//!   0   ------o---------o----------
//!             q     q+ε(p-q)              p-ε(p-q)      p
//!          a convex kink where |α·x| = lo, a concave one where |α·x| = hi
//! ```

use super::{ChoiceError, Conflict, DecodeError, Points, Reduction, Sizes, bits, integer, lines};
use crate::exact::{Natural, Rational, dot};
use crate::instance::{Activation, Instance};
use crate::network::{Network, Neuron};
use crate::problems::Clique;
use dashu_base::Abs;
use std::collections::BTreeSet;

/// Clique ≤ training four ReLUs without error; the [module](self) has the construction and why it is right.
#[derive(Debug, Clone, Copy, Default)]
pub struct CliqueRelu;

/// The points with their labels.
fn points(source: &Clique) -> Points {
    let n = integer(i64::try_from(source.vertices()).expect("fits in memory"));
    let step = Rational::ONE / (integer(1_000_000) * n.sqr() * n.sqr() * n);
    let (tall, flat) = (lines::tall_points(source), lines::flat_points(source));
    let part = |from: &[Rational], to: &[Rational]| -> Vec<Rational> { from.iter().zip(to).map(|(x, y)| x + &step * (y - x)).collect() };
    let mut points = Points::default();
    for (q, zero) in flat.iter().zip(std::iter::once(true).chain(std::iter::repeat(false))) {
        points.push(q.clone(), 0);
        // The origin is paired with every tall point, the others with the first and its negative.
        for p in if zero { &tall } else { &tall[..2] } {
            points.push(part(q, p), 0);
            points.push(part(p, q), 1);
        }
    }
    for p in tall {
        points.push(p, 1);
    }
    points
}

impl Reduction for CliqueRelu {
    type Source = Clique;

    fn name(&self) -> &'static str {
        "clique-relu"
    }

    fn sizes(&self, source: &Clique) -> Sizes {
        let (tall, flat) = lines::counts(source);
        Sizes { points: 1 + 3 * tall + 5 * (flat - 1), dimension: 2 * source.size(), width: 4 }
    }

    fn parameters(&self, source: &Clique) -> Vec<(&'static str, usize)> {
        lines::parameters(source)
    }

    fn bit_bound(&self, source: &Clique) -> usize {
        // (1 − ε)·x + ε·y of two such numbers, with 1/ε = 10⁶ n⁵.
        let part = lines::part_bound(source);
        2 * bits(&(&part * &part * Natural::from(1_000_000u32) * Natural::from(source.vertices()).pow(5)))
    }

    fn reduce(&self, source: &Clique) -> Instance {
        points(source).into_instance(Activation::Relu, 4)
    }

    fn choices(&self, source: &Clique) -> Vec<usize> {
        vec![source.vertices(); source.size()]
    }

    fn choices_of(&self, source: &Clique, solution: &Vec<usize>) -> Option<Vec<usize>> {
        lines::choices_of(source, solution)
    }

    fn conflicts(&self, source: &Clique) -> Result<BTreeSet<Conflict>, ChoiceError> {
        // Between the heights of the shifted points of either label.
        let level = lines::level(source);
        lines::conflicts(source, &self.reduce(source).data, &level)
    }

    fn expected_conflicts(&self, source: &Clique) -> BTreeSet<Conflict> {
        lines::expected_conflicts(source)
    }

    fn network(&self, source: &Clique, choices: &[usize]) -> Option<Network> {
        let alpha = lines::separator(source, choices);
        let data = points(source);
        let heights = |label: Rational| data.points.iter().zip(&data.labels).filter(move |(_, y)| **y == label).map(|(x, _)| dot(&alpha, x).abs());
        let lo = heights(Rational::ZERO).max().expect("the origin has label 0");
        let hi = heights(Rational::ONE).min().expect("a tall point has label 1");
        if lo >= hi {
            return None;
        }
        let width = &hi - &lo;
        let neuron = |sign: Rational, start: &Rational, a: i64| Neuron {
            w: alpha.iter().map(|x| x * &sign / &width).collect(),
            b: -(start / &width),
            a: integer(a),
        };
        let neurons = [Rational::ONE, Rational::NEG_ONE].into_iter().flat_map(|sign| [neuron(sign.clone(), &lo, 1), neuron(sign, &hi, -1)]).collect();
        Some(Network { activation: Activation::Relu, neurons, output_bias: Rational::ZERO })
    }

    /// Reads the two hyperplanes of the sign that has no more than two neurons.
    fn decode(&self, source: &Clique, network: &Network) -> Result<Vec<usize>, DecodeError> {
        let (plus, minus): (Vec<usize>, Vec<usize>) = (0..network.neurons.len()).partition(|&j| network.neurons[j].a > Rational::ZERO);
        let fewer = if plus.len() <= minus.len() { plus } else { minus };
        match fewer[..] {
            [i, j] => lines::decode(source, network, [i, j]),
            _ => Err(DecodeError::Network(format!("{} of {} neurons have one sign, expected 2 of 4", fewer.len(), network.neurons.len()))),
        }
    }
}
