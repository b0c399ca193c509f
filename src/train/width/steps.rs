//! Threshold neurons along a line.
//!
//! Let the distinct points be `x_1 < … < x_n` with targets `y_i`, and let `S` be the number of pairs of neighbours with different targets. Along the line a threshold neuron changes its value once at most, so `S` neurons are
//! needed. With `S` neurons each changes within one of these pairs: `[x > x_i]` with the weight `c_i = y_{i+1} − y_i`, or `[x < x_{i+1}]` with `−c_i`. If `L` are the pairs of the second kind, the values at `x_1`, and so everywhere,
//! differ from the targets by the constant `R = y_1 + Σ_{i ∈ L} c_i`. So with an output bias the smallest width is `S`; without one it is `S` if some `c_i` add up to `−y_1` (Subset Sum), else `S + 1`, with one neuron that is
//! on everywhere.

use super::graph::Graph;
use super::line::{Axis, Line};
use super::subset::{Pair, Subset, subset};
use crate::exact::{Integer, Rational};
use crate::instance::Activation;
use crate::network::Network;

/// A network without error, and whether `S` neurons are too few.
pub(super) fn narrowest(graph: &Graph, axis: &Axis, output_bias: bool) -> (Network, bool) {
    let points = &graph.points;
    let jumps: Vec<(usize, Integer)> = (1..points.len()).map(|i| (i, &points[i].y - &points[i - 1].y)).filter(|(_, jump)| !jump.is_zero()).collect();
    let vectors: Vec<Pair> = jumps.iter().map(|(_, jump)| [jump.clone(), Integer::ZERO]).collect();
    let goal = [-points[0].y.clone(), Integer::ZERO];
    let all_right = vec![false; jumps.len()];
    let (left, excluded) = match if output_bias { Subset::Unknown } else { subset(&vectors, &goal) } {
        Subset::Sum(left) => (left, false),
        Subset::None => (all_right, true),
        Subset::Unknown => (all_right, false),
    };
    let weight = |jump: &Integer| Rational::from(jump.clone()) * &axis.unit;
    let mut rest = points[0].y.clone();
    let mut neurons = Vec::with_capacity(jumps.len() + 1);
    for ((i, jump), left) in jumps.iter().zip(left) {
        // Off at the end where the line vanishes: the definition is strict.
        let (slope, zero, a) = if left { (Rational::NEG_ONE, &points[*i].x, -weight(jump)) } else { (Rational::ONE, &points[i - 1].x, weight(jump)) };
        if left {
            rest += jump;
        }
        let intercept = -(&slope * zero);
        neurons.push(axis.neuron_without_unit(&Line { slope, intercept }, a));
    }
    let mut output_constant = Rational::ZERO;
    if output_bias {
        output_constant = weight(&rest);
    } else if !rest.is_zero() {
        neurons.push(axis.neuron_without_unit(&Line { slope: Rational::ZERO, intercept: Rational::ONE }, weight(&rest)));
    }
    (Network { activation: Activation::Threshold, neurons, output_bias: output_constant }, excluded)
}
