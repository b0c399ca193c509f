//! Networks out of relaxations, solved exactly on their activation patterns.

use super::branching::{output, preactivation};
use super::cone::State;
use super::model::Model;
use super::node::{Node, Relaxation};
use crate::arrangement::SignVector;
use crate::exact::{Integer, IntegerVector, Rational};
use crate::instance::{Activation, Loss};
use crate::optimize::qp::GuardedCholesky;
use crate::train::Incumbent;
use crate::train::pattern::Pattern;

/// The scaled loss, without the constant, of the network that the relaxation's weights define (ReLU).
pub(in crate::train) fn true_loss(model: &Model<'_>, node: &Node, relaxation: &Relaxation) -> f64 {
    let width = node.cones.len();
    let bias = if model.output_bias() { *relaxation.w.last().expect("the output bias") } else { 0.0 };
    let (mut squares, mut sum, mut largest) = (0.0, 0.0, 0.0f64);
    for site in 0..model.sites() {
        let value = bias + (0..width).map(|j| output(model, node, relaxation, j, site)).sum::<f64>();
        for &t in &model.items_of_site[site] {
            let residual = (model.items[t].scaled_target - value).abs();
            squares += model.items[t].weight as f64 * residual * residual;
            sum += residual;
            largest = largest.max(residual);
        }
    }
    match model.loss() {
        Loss::L2 => squares,
        Loss::L1 => sum,
        Loss::Linf => largest,
        Loss::ZeroOne => f64::INFINITY,
    }
}

/// The activation patterns of the relaxation's network, without the affine function: by its weights for ReLU, by a point inside the cone for threshold neurons.
pub(in crate::train) fn patterns_of(model: &Model<'_>, node: &Node, relaxation: &Relaxation) -> Vec<SignVector> {
    let pattern = |j: usize| match model.activation() {
        Activation::Relu => SignVector::from_fn(model.sites(), |s| match node.cones[j].states[s] {
            State::On => true,
            State::Off => false,
            State::Undecided => preactivation(model, relaxation, j, s) > 0.0,
        }),
        Activation::Threshold => {
            let inside = inner_point(model, node, j);
            SignVector::from_fn(model.sites(), |s| model.design().rows().sign(s, &inside).is_gt())
        }
    };
    (0..model.width()).map(pattern).collect()
}

/// The least scaled loss, without the constant, of threshold networks with these patterns, for squares; nothing is known of other losses (−∞).
///
/// With a small multiple of the identity added to the normal equations, as equal patterns make them singular.
pub(in crate::train) fn threshold_loss(model: &Model<'_>, patterns: &[SignVector]) -> f64 {
    const DAMPING: f64 = 1e-9;
    if model.loss() != Loss::L2 {
        return f64::NEG_INFINITY;
    }
    let size = patterns.len() + usize::from(model.output_bias());
    let (mut normal, mut linear, mut solution) = (vec![0.0; size * size], vec![0.0; size], vec![0.0; size]);
    let mut active = Vec::with_capacity(size);
    for item in &model.items {
        active.clear();
        active.extend((0..patterns.len()).filter(|&j| patterns[j].is_positive(item.site)));
        active.extend(model.output_bias().then(|| size - 1));
        for (place, &c) in active.iter().enumerate() {
            linear[c] += item.weight as f64 * item.scaled_target;
            for &e in &active[..=place] {
                normal[c * size + e] += item.weight as f64;
            }
        }
    }
    (0..size).for_each(|c| normal[c * size + c] += DAMPING);
    let mut cholesky = GuardedCholesky::new();
    if !cholesky.factor_unproven(&normal, size) {
        return f64::NEG_INFINITY;
    }
    cholesky.solve(&linear, &mut solution);
    model.largest_loss() - linear.iter().zip(&solution).map(|(g, z)| g * z).sum::<f64>()
}

/// The activation patterns of a decided node, without the affine function.
pub(in crate::train) fn decided_patterns(model: &Model<'_>, node: &Node) -> Vec<SignVector> {
    node.cones[..model.width()].iter().map(|cone| SignVector::from_fn(model.sites(), |s| cone.states[s] == State::On)).collect()
}

/// The best network of a tuple of patterns that loses less than `cutoff`. If `stop` says so, it may be given up: then `None` proves nothing.
pub(in crate::train) fn solve(
    model: &Model<'_>,
    node: &Node,
    patterns: &[SignVector],
    cutoff: Option<&Rational>,
    stop: &dyn Fn() -> bool,
) -> Option<Incumbent> {
    let walls: Vec<usize> = (0..model.sites()).collect();
    // Only threshold neurons are read off it.
    let witness = |j: usize| if model.activation() == Activation::Threshold { inner_point(model, node, j) } else { IntegerVector::new(Vec::new()) };
    let witnesses: Vec<IntegerVector> = (0..patterns.len()).map(witness).collect();
    let tuple: Vec<Pattern<'_>> = patterns.iter().zip(&witnesses).map(|(active, witness)| Pattern { active, walls: &walls, witness }).collect();
    model.space.solve_unless(&tuple, &node.plus[..patterns.len()], cutoff, stop)
}

/// A point in the interior of neuron `j`'s cone: the sum of its rays (a line's two generators cancel).
pub(in crate::train) fn inner_point(model: &Model<'_>, node: &Node, j: usize) -> IntegerVector {
    let cone = &node.cones[j];
    let mut sum = vec![Integer::ZERO; model.rank()];
    for ray in (0..cone.generators()).map(|g| cone.ray(g)) {
        sum.iter_mut().zip(ray).for_each(|(sum, v)| *sum += v);
    }
    IntegerVector::new(sum)
}
