//! A proven bound in floats.

use super::super::{Model, Node, Relaxation};
use super::correct::System;
use super::forced::{Forced, empty};
use super::shape::{Shape, Tolerance, Values};
use super::view::View;
use crate::instance::Loss;

/// Numbers of a proposal below this fraction of the largest are noise: its errors are about 1e-13 times the condition of its last system.
const PROPOSAL: Tolerance = Tolerance { vanishing: 1e-10, tied: 1e-9 };
/// Margins asked for, relative to the coefficients: far above the rounding errors (1e-14) and far below what a prune can spare. The second is for ill-conditioned nodes.
pub(super) const PUSHES: [f64; 2] = [1e-11, 1e-9];
/// Relative rounding of the few operations after a sum.
const FEW_ROUNDINGS: f64 = 1.0 + 16.0 * f64::EPSILON;

/// Memory that is used again.
#[derive(Debug, Default)]
pub(in crate::train) struct Scratch {
    pub(super) shape: Shape,
    pub(super) values: Values,
    pub(super) forced: Forced,
    pub(super) system: System,
    pub(super) ones: Vec<f64>,
}

/// A proven lower bound on the loss of every network of the node, in units of [`Model::loss_unit`] and without the constant; −∞ if nothing was proved. Where the relaxation's
/// value lies below `cutoff` only a cheap attempt is made.
///
/// # Complexity
/// One pass through the generators' values; where conditions are nearly tight a system of that many equations in addition.
pub(in crate::train) fn quick_bound(model: &Model<'_>, node: &Node, proposal: &Relaxation, cutoff: f64, scratch: &mut Scratch) -> f64 {
    let Scratch { shape, values, forced, system, ones } = scratch;
    ones.clear();
    ones.resize(model.sites(), 1.0);
    let view = View::new(model, node, ones);
    if !shape.take(&view, proposal, PROPOSAL) {
        return f64::NEG_INFINITY;
    }
    values.compute(&view, shape);
    if !model.output_bias() && !model.has_affine() && settled(&view, shape, values, None, 0.0) {
        return value(model, shape, 0.0);
    }
    if proposal.value.is_nan() || proposal.value < cutoff || !forced.find(&view, shape, values) {
        return f64::NEG_INFINITY;
    }
    values.compute(&view, shape);
    let mut thinned = false;
    for push in PUSHES {
        if system.correct(&view, shape, values, forced, push)
            && let Some(repair) = system.repair(shape)
            && settled(&view, shape, values, Some(forced), repair)
        {
            return value(model, shape, repair);
        }
        if !std::mem::replace(&mut thinned, true) {
            forced.thin(&view, shape);
        }
    }
    f64::NEG_INFINITY
}

/// Whether all conditions hold for all numbers within `repair` slacks of the shape's that fulfil the forced equations.
fn settled(view: &View<'_>, shape: &Shape, values: &Values, forced: Option<&Forced>, repair: f64) -> bool {
    (0..view.neurons()).all(|j| {
        // All coefficients change by at most `repair` times themselves; the factor covers the rounding of the margin itself.
        let margin = 1.01 * (values.error(j, view.sites()) + repair * values.weights[j]);
        values.of(j).iter().enumerate().all(|(g, &value)| {
            value <= -margin || forced.is_some_and(|forced| forced.zero[values.starts[j] + g]) || empty(shape, j, view.values(j, g))
        })
    })
}

/// The bound of all numbers within `repair` slacks of the shape's.
fn value(model: &Model<'_>, shape: &Shape, repair: f64) -> f64 {
    let count = model.items.len() as f64;
    let gain: f64 = model.items.iter().zip(&shape.items).map(|(item, u)| item.scaled_target * u).sum();
    let total: f64 = shape.items.iter().map(|u| u.abs()).sum::<f64>() * FEW_ROUNDINGS * (1.0 + count * f64::EPSILON);
    // Scaled targets are at most 1 and correct to half a unit in the last place; the first item of a site is what the others leave of the sum, so it has the rounding of that
    // difference, and of the repair at most the site's part.
    let blur = repair + (count + 8.0) * f64::EPSILON;
    let gain = gain - 1.01 * blur * total;
    if gain.is_nan() || gain <= 0.0 {
        return f64::NEG_INFINITY;
    }
    let grown = (1.0 + blur) * FEW_ROUNDINGS;
    let bound = match model.loss() {
        Loss::L2 => {
            let norm: f64 = model.items.iter().zip(&shape.items).map(|(item, u)| u * u / item.weight as f64).sum();
            gain * gain / (norm * (1.0 + (count + 8.0) * f64::EPSILON) * grown * grown)
        }
        Loss::L1 => gain / ((shape.items.iter().fold(0.0, |m: f64, u| m.max(u.abs())) + blur * total) * FEW_ROUNDINGS),
        Loss::Linf => gain / (total * grown),
        Loss::ZeroOne => 1.0,
    };
    bound / FEW_ROUNDINGS
}
