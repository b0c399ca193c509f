//! Networks wide enough to attain what any function attains.
//!
//! Let `m` be the number of different points. Some direction `v` gives them different projections `s_1 < … < s_m`: on the moment curve `v = (1, t, t², …)` two points agree
//! for fewer than `d` values of `t`. A neuron at each `s_i` (the first at `s_1 − 1`, if there is no output bias) reaches any values `f_i` one after the
//! other: with ReLU the change of slope is the neuron's weight, with threshold the difference of values. So `m` neurons (`m − 1` and an output bias) suffice, fewer where the slope
//! or the value stays the same; and `m` affinely independent points need no more than two ReLU, the positive and the negative part of an affine function. Where the class has an affine function
//! besides, it takes the first two values along the line, so that `m − 2` neurons suffice, and all of `m` independent ones.
//!
//! Where all output weights must be +1 the construction serves if no slope decreases.
//!
//! With the best constant of each point's targets as `f_i` the loss is that of repeated points, which no network can fall below.

use crate::exact::{Rational, dot, solve};
use crate::instance::Activation;
use crate::network::{Network, Neuron};
use crate::train::constant::best_constant;
use crate::train::pattern::PatternSpace;

/// Affine functions are solved for up to this many points.
const MAX_AFFINE: usize = 64;

/// A network of the instance's class whose loss is the error that repeated points force, if one of the constructions is narrow enough.
///
/// # Complexity
/// `O(m log m)` rational operations for each direction that is tried (the first one is almost always right); one elimination of order [`MAX_AFFINE`] at most.
pub(super) fn network(space: &PatternSpace<'_>) -> Option<Network> {
    let instance = space.instance();
    let architecture = instance.architecture;
    let rows = space.design().rows().len();
    // Fewer than a third of as many neurons as points is hopeless but for rare data, which the search finds as well.
    let on_a_line = architecture.width >= rows / 3;
    let has_affine = architecture.affine || (architecture.activation == Activation::Relu && architecture.width >= 2 && !architecture.convex);
    let in_a_plane = has_affine && space.design().rank() >= rows && rows <= MAX_AFFINE;
    if !on_a_line && !in_a_plane {
        return None;
    }
    let values: Vec<Rational> = (0..rows)
        .map(|row| {
            let targets: Vec<Rational> = space.design().points_of_row(row).iter().map(|&i| instance.data.targets()[i].clone()).collect();
            best_constant(&targets, instance.loss).0
        })
        .collect();
    let network = if on_a_line { along_a_line(space, &values) } else { None };
    network.or_else(|| if in_a_plane { affine(space, &values) } else { None })
}

fn along_a_line(space: &PatternSpace<'_>, values: &[Rational]) -> Option<Network> {
    let instance = space.instance();
    let architecture = instance.architecture;
    let points: Vec<&[Rational]> = (0..values.len()).map(|row| instance.data.points()[space.design().points_of_row(row)[0]].as_slice()).collect();
    let (direction, mut graph) = (1u32..).find_map(|t| {
        let t = Rational::from(t);
        let direction: Vec<Rational> = std::iter::successors(Some(Rational::ONE), |power| Some(power * &t)).take(instance.data.dimension()).collect();
        let mut graph: Vec<(Rational, &Rational)> = points.iter().zip(values).map(|(x, value)| (dot(&direction, x), value)).collect();
        graph.sort_unstable();
        graph.windows(2).all(|pair| pair[0].0 < pair[1].0).then_some((direction, graph))
    })?;
    let zero = Rational::ZERO;
    let mut slope = Rational::ZERO;
    let mut output_bias = Rational::ZERO;
    let mut line = None;
    if architecture.affine {
        if let [first, second, ..] = &graph[..] {
            slope = (second.1 - first.1) / (&second.0 - &first.0);
        }
        line = Some((direction.iter().map(|v| v * &slope).collect(), graph[0].1 - &graph[0].0 * &slope));
    } else if architecture.output_bias {
        output_bias.clone_from(graph[0].1);
    } else {
        graph.insert(0, (&graph[0].0 - Rational::ONE, &zero));
    }
    let mut neurons = Vec::new();
    for pair in graph.windows(2) {
        let rise = pair[1].1 - pair[0].1;
        let (scale, a) = match architecture.activation {
            Activation::Threshold => (Rational::ONE, rise),
            Activation::Relu => {
                let next = rise / (&pair[1].0 - &pair[0].0);
                let change = &next - &slope;
                slope = next;
                if change < Rational::ZERO { (-change, Rational::NEG_ONE) } else { (change, Rational::ONE) }
            }
        };
        if !scale.is_zero() && !a.is_zero() {
            neurons.push(Neuron { w: direction.iter().map(|v| v * &scale).collect(), b: -(&pair[0].0 * &scale), a });
        }
    }
    if neurons.len() > architecture.width || (architecture.convex && neurons.iter().any(|neuron| neuron.a != Rational::ONE)) {
        return None;
    }
    let mut network = Network { activation: architecture.activation, neurons, output_bias };
    if let Some((w, b)) = line {
        network.add_affine(w, b);
    }
    Some(network)
}

/// Two ReLU are an affine function, the class's own if it has one.
fn affine(space: &PatternSpace<'_>, values: &[Rational]) -> Option<Network> {
    let design = space.design();
    let matrix: Vec<Vec<Rational>> = (0..values.len()).map(|row| design.rows().row(row).iter().cloned().map(Rational::from).collect()).collect();
    let coefficients = solve(&matrix, values)?;
    let (w, b) = design.weights(&coefficients);
    let mut network = Network::constant(Activation::Relu, Rational::ZERO);
    network.add_affine(w, b);
    Some(network)
}
