//! Clique to two threshold neurons in dimension `2κ`.
//!
//! The tall points (see [`lines`]) get label 1, the flat ones 0. For the `α` of a clique the network `1[α·x > 1] + 1[−α·x > 1]` has no error. Conversely the tall points
//! are symmetric about the origin, whose label is 0, so two neurons without error must be two half-spaces that share the tall points between them and contain no flat one; the
//! flat points along the tall directions keep the origin off both boundaries, and so either half-space is `{α·x > 1}` with an `α` that stands for a clique.
//!
//! ```text
//!       -α·x > 1          |                    |          α·x > 1
//!                         |                    |
//!      o       o          |      x     x       |         o       o
//!          o              |   x     0     x    |             o
//!      o       o          |      x     x       |         o       o
//!                         |                    |
//!    tall, label 1     α·x = -1  flat, 0    α·x = 1    tall, label 1
//! ```

use super::{ChoiceError, Conflict, DecodeError, Points, Reduction, Sizes, bits, lines};
use crate::exact::Rational;
use crate::instance::{Activation, Instance};
use crate::network::{Network, Neuron};
use crate::problems::Clique;
use std::collections::BTreeSet;

/// Clique ≤ training two threshold neurons without error; the [module](self) has the construction and why it is right.
#[derive(Debug, Clone, Copy, Default)]
pub struct CliqueThreshold;

impl Reduction for CliqueThreshold {
    type Source = Clique;

    fn name(&self) -> &'static str {
        "clique-threshold"
    }

    fn sizes(&self, source: &Clique) -> Sizes {
        let (tall, flat) = lines::counts(source);
        Sizes { points: tall + flat, dimension: 2 * source.size(), width: 2 }
    }

    fn parameters(&self, source: &Clique) -> Vec<(&'static str, usize)> {
        lines::parameters(source)
    }

    fn bit_bound(&self, source: &Clique) -> usize {
        2 * bits(&lines::part_bound(source))
    }

    fn reduce(&self, source: &Clique) -> Instance {
        let mut points = Points::default();
        for (part, label) in [(lines::tall_points(source), 1), (lines::flat_points(source), 0)] {
            for point in part {
                points.push(point, label);
            }
        }
        points.into_instance(Activation::Threshold, 2)
    }

    fn choices(&self, source: &Clique) -> Vec<usize> {
        vec![source.vertices(); source.size()]
    }

    fn choices_of(&self, source: &Clique, solution: &Vec<usize>) -> Option<Vec<usize>> {
        lines::choices_of(source, solution)
    }

    fn conflicts(&self, source: &Clique) -> Result<BTreeSet<Conflict>, ChoiceError> {
        lines::conflicts(source, &self.reduce(source).data, &Rational::ONE)
    }

    fn expected_conflicts(&self, source: &Clique) -> BTreeSet<Conflict> {
        lines::expected_conflicts(source)
    }

    fn network(&self, source: &Clique, choices: &[usize]) -> Option<Network> {
        let alpha = lines::separator(source, choices);
        let opposite = alpha.iter().map(|x| -x).collect();
        let neurons = [alpha, opposite].map(|w| Neuron { w, b: Rational::NEG_ONE, a: Rational::ONE }).to_vec();
        Some(Network { activation: Activation::Threshold, neurons, output_bias: Rational::ZERO })
    }

    fn decode(&self, source: &Clique, network: &Network) -> Result<Vec<usize>, DecodeError> {
        match network.neurons.len() {
            2 => lines::decode(source, network, [0, 1]),
            found => Err(DecodeError::Network(format!("the network has {found} neurons, expected 2"))),
        }
    }
}
