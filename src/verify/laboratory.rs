//! Every network without error: of a gadget alone, against the choices that it should offer, and of a whole instance, against the solutions of its source.

use super::Failure;
use crate::exact::Rational;
use crate::instance::Instance;
use crate::network::Network;
use crate::problems::Problem;
use crate::reductions::{GadgetKind, PlanarReduction, Reduction, SolutionOf};
use crate::train::Control;
use crate::train::search::all_zero_error;
use serde::Serialize;
use std::fmt::Debug;

const CHECK: &str = "functions";

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

/// Every function without error of an instance, by what `decode` says that it stands for; none may stand for the same as another.
struct Listed<T> {
    meanings: Vec<T>,
    nodes: u64,
    stopped: bool,
}

fn list<T: Ord + Debug>(instance: &Instance, control: &Control<'_>, decode: impl Fn(&Network) -> Result<T, String>) -> Result<Listed<T>, Failure> {
    let all = all_zero_error(instance, control);
    if let Some(network) = all.families.first() {
        return Err(Failure::with(CHECK, "infinitely many functions have no error", network));
    }
    let mut meanings = Vec::new();
    for network in &all.functions {
        let loss = network.loss(&instance.data, instance.loss).map_err(|error| Failure::with(CHECK, error.to_string(), network))?;
        if loss != Rational::ZERO {
            return Err(Failure::with(CHECK, format!("a listed network has loss {loss}"), network));
        }
        let meaning = decode(network).map_err(|message| Failure::with(CHECK, message, network))?;
        if meanings.contains(&meaning) {
            return Err(Failure::with(CHECK, format!("two functions stand for {meaning:?}"), network));
        }
        meanings.push(meaning);
    }
    meanings.sort_unstable();
    Ok(Listed { meanings, nodes: all.nodes, stopped: all.stopped.is_some() })
}

/// Lists all functions without error of a gadget alone. They must be those of its choices, each once; for threshold neurons, whose breaklines have play, functions are told apart at the points.
///
/// # Errors
/// [`Failure`] with the network that stands for no choice, or for one that was listed already.
pub fn examine(reduction: &impl PlanarReduction, kind: GadgetKind, control: &Control<'_>) -> Result<GadgetReport, Failure> {
    let instance = reduction.gadget(kind);
    let Listed { meanings: choices, nodes, stopped } =
        list(&instance, control, |network| reduction.gadget_choice(kind, network).map_err(|error| error.to_string()))?;
    if !stopped && choices.len() != kind.choices() {
        return Err(Failure::new(CHECK, format!("{} functions fit the gadget, expected {}", choices.len(), kind.choices())));
    }
    Ok(GadgetReport { points: instance.data.len(), width: instance.architecture.width, choices, nodes, stopped })
}

/// Lists all functions without error of a training instance, which must be as many as the source has solutions, each the function of one; `None` if a limit came first.
///
/// # Errors
/// [`Failure`] with a function too many, or the number of those that are missing.
pub(super) fn functions<R: Reduction>(
    reduction: &R,
    source: &R::Source,
    instance: &Instance,
    control: &Control<'_>,
) -> Result<Option<usize>, Failure> {
    let listed: Listed<SolutionOf<R>> = list(instance, control, |network| reduction.pull(source, network).map_err(|error| error.to_string()))?;
    if listed.stopped {
        return Ok(None);
    }
    let mut solutions = source.solutions(listed.meanings.len() + 1);
    solutions.sort_unstable();
    if solutions != listed.meanings {
        let message = format!("the functions without error stand for {:?}, the solutions are {solutions:?}", listed.meanings);
        return Err(Failure::new(CHECK, message));
    }
    Ok(Some(solutions.len()))
}
