//! Gadgets alone: every network of their width without error, against the choices that they should offer.

use super::Failure;
use crate::exact::Rational;
use crate::reductions::{GadgetKind, PlanarReduction};
use crate::train::Control;
use crate::train::search::all_zero_error;
use serde::Serialize;

const CHECK: &str = "gadget";

/// What a gadget turned out to offer.
#[derive(Debug, Clone, Serialize)]
pub struct GadgetReport {
    /// The points.
    pub points: usize,
    /// The neurons.
    pub width: usize,
    /// The functions without error, by the choice that each stands for.
    pub choices: Vec<usize>,
    /// The nodes of the search.
    pub nodes: u64,
    /// Whether a limit came before the list was complete.
    pub stopped: bool,
}

/// Lists all functions without error of a gadget alone. They must be those of its choices, each once; for threshold neurons, whose breaklines have play, functions are told apart at the points.
///
/// # Errors
/// [`Failure`] with the network that stands for no choice, or for one that was listed already.
pub fn examine(reduction: &impl PlanarReduction, kind: GadgetKind, control: &Control<'_>) -> Result<GadgetReport, Failure> {
    let instance = reduction.gadget(kind);
    let all = all_zero_error(&instance, control);
    if let Some(network) = all.families.first() {
        return Err(Failure::with(CHECK, "infinitely many functions fit the gadget", network));
    }
    let mut choices = Vec::new();
    for network in &all.functions {
        let loss = network.loss(&instance.data, instance.loss).map_err(|error| Failure::with(CHECK, error.to_string(), network))?;
        if loss != Rational::ZERO {
            return Err(Failure::with(CHECK, format!("a listed network has loss {loss}"), network));
        }
        let choice = reduction.gadget_choice(kind, network).map_err(|error| Failure::with(CHECK, error.to_string(), network))?;
        if choices.contains(&choice) {
            return Err(Failure::with(CHECK, format!("two functions stand for choice {choice}"), network));
        }
        choices.push(choice);
    }
    choices.sort_unstable();
    let stopped = all.stopped;
    if stopped.is_none() && choices.len() != kind.choices() {
        return Err(Failure::new(CHECK, format!("{} functions fit the gadget, expected {}", choices.len(), kind.choices())));
    }
    let points = instance.data.len();
    Ok(GadgetReport { points, width: instance.architecture.width, choices, nodes: all.nodes, stopped: stopped.is_some() })
}
