//! Reductions checked by a machine, on one source problem at a time, in both directions.
//!
//! A reduction claims: *the training instance has a network of its width without error if and only if the source problem has a solution.* For a given source these checks are made, none of which trusts the
//! reduction's own code for the other direction:
//!
//! | check | claim it tests | how |
//! | --- | --- | --- |
//! | sizes | parameters | measured, against the closed forms; the points are distinct; the file is read back |
//! | forward | solution ⟹ network | every solution (or as many as asked for) is lifted; the loss is evaluated by its definition, in rationals; the file is read back |
//! | backward | network ⟹ solution | the lifted networks, with their neurons reordered, scaled, mirrored and moved within their play, are pulled back to the same solution |
//! | wrong | – | networks of choices that are no solution, and broken ones, are not taken for solutions |
//! | choices | both, among the networks made of gadgets | which pairs of choices fit the labelled points is computed for every pair of gadgets, and must be what the source problem says; with few combinations, all of them are tried as networks too |
//! | training | both, among *all* networks | the exact search decides the instance; its network is pulled back, or its certificate of impossibility is verified by the independent checker |
//! | functions | that functions without error and solutions correspond one to one, for the planar reductions | all of them are listed, among all networks, and pulled back |
//!
//! The last two are proofs for that source, and as hard as the theorem says; without them, "network ⟹ solution" for arbitrary networks rests on the proof in the reduction's module.

mod choices;
mod laboratory;
mod random;
mod training;
mod variants;

pub use laboratory::{GadgetReport, examine};
pub use random::{RandomClique, RandomPoits, RandomSource};

use crate::exact::{Natural, Rational};
use crate::instance::json::{instance_to_json, read_instance};
use crate::instance::{Instance, Source};
use crate::network::Network;
use crate::network::json::{network_to_json, read_network};
use crate::problems::Problem;
use crate::reductions::{Ledger, Reduction, SolutionOf};
use crate::train::Control;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use std::collections::HashSet;
use thiserror::Error;

/// How much is checked.
#[derive(Debug, Clone)]
pub struct Settings<'a> {
    /// The number of solutions to lift at most.
    pub solutions: usize,
    /// The seed of the variants.
    pub seed: u64,
    /// How the exact search is run, if it is.
    pub training: Option<Control<'a>>,
    /// How all functions without error are listed, if they are and [`Reduction::is_one_to_one`].
    pub functions: Option<Control<'a>>,
}

/// What was checked, and that it held.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Parameters before and after.
    pub ledger: Ledger,
    /// The number of solutions of the source.
    pub solutions: String,
    /// Those that were lifted.
    pub lifted: usize,
    /// The variants of lifted networks that were pulled back.
    pub variants: usize,
    /// The wrong networks that were refused.
    pub wrong_refused: usize,
    /// The wrong networks that turned out to have no error, and decoded to a solution.
    pub wrong_without_error: usize,
    /// The pairs of choices that exclude each other.
    pub conflicts: usize,
    /// The combinations of choices that were tried as networks, if they were few enough.
    pub combinations: Option<usize>,
    /// What the exact search said, if it was asked.
    pub training: Option<Verdict>,
    /// The number of all functions without error, each of which stands for another solution, if they were asked for, can be listed, and were within the limits.
    pub functions: Option<usize>,
}

/// A check that did not hold.
#[derive(Debug, Clone, Error)]
#[error("{check}: {message}")]
pub struct Failure {
    /// The check.
    pub check: &'static str,
    /// What went wrong.
    pub message: String,
    /// The network that it went wrong with.
    pub network: Option<Network>,
}

impl Failure {
    fn new(check: &'static str, message: impl Into<String>) -> Self {
        Failure { check, message: message.into(), network: None }
    }

    fn with(check: &'static str, message: impl Into<String>, network: &Network) -> Self {
        Failure { check, message: message.into(), network: Some(network.clone()) }
    }
}

pub use training::Verdict;

/// Checks `reduction` on `source`.
///
/// # Errors
/// [`Failure`] says which check does not hold, and with which network.
pub fn verify<R: Reduction>(reduction: &R, source: &R::Source, settings: &Settings<'_>) -> Result<Report, Failure> {
    let mut rng = ChaCha8Rng::seed_from_u64(settings.seed);
    let instance = reduction.reduce(source);
    let ledger = sizes(reduction, source, &instance)?;
    let count = source.count_solutions();
    let solutions = source.solutions(settings.solutions);
    if solutions.is_empty() != count.is_zero() && settings.solutions > 0 {
        return Err(Failure::new("source", format!("{count} solutions are counted, {} found", solutions.len())));
    }

    let mut report = Report {
        ledger,
        solutions: count.to_string(),
        lifted: 0,
        variants: 0,
        wrong_refused: 0,
        wrong_without_error: 0,
        conflicts: 0,
        combinations: None,
        training: None,
        functions: None,
    };
    for solution in &solutions {
        let network = forward(reduction, source, &instance, solution)?;
        report.lifted += 1;
        for variant in variants::equivalent(reduction.name(), &network, &mut rng) {
            backward(reduction, source, &variant, solution)?;
            report.variants += 1;
        }
        for wrong in variants::wrong(&network, &mut rng) {
            count_wrong(&mut report, refuse(reduction, source, &instance, &wrong)?);
        }
    }
    for network in choices::unsolved(reduction, source, &mut rng) {
        count_wrong(&mut report, refuse(reduction, source, &instance, &network)?);
    }
    report.conflicts = choices::conflicts(reduction, source)?;
    report.combinations = choices::combinations(reduction, source, &instance, &count)?;
    if let Some(control) = &settings.training {
        report.training = Some(training::decide(reduction, source, &instance, &count, control)?);
    }
    if let Some(control) = settings.functions.as_ref().filter(|_| reduction.is_one_to_one()) {
        report.functions = laboratory::functions(reduction, source, &instance, control)?;
    }
    Ok(report)
}

fn count_wrong(report: &mut Report, refused: bool) {
    if refused {
        report.wrong_refused += 1;
    } else {
        report.wrong_without_error += 1;
    }
}

fn sizes<R: Reduction>(reduction: &R, source: &R::Source, instance: &Instance) -> Result<Ledger, Failure> {
    let ledger = Ledger::new(reduction, source, instance);
    if !ledger.holds() {
        return Err(Failure::new("sizes", format!("measured and closed form differ: {ledger:?}")));
    }
    let distinct: HashSet<_> = instance.data.points().iter().collect();
    if distinct.len() != instance.data.len() {
        return Err(Failure::new("sizes", format!("{} of {} points are distinct", distinct.len(), instance.data.len())));
    }
    let read = read_instance(&Source::new("instance", instance_to_json(instance)));
    if read.as_ref().ok() != Some(instance) {
        return Err(Failure::new("sizes", "the instance's file reads differently"));
    }
    Ok(ledger)
}

fn loss(instance: &Instance, network: &Network) -> Result<Rational, Failure> {
    network.loss(&instance.data, instance.loss).map_err(|error| Failure::with("forward", error.to_string(), network))
}

fn forward<R: Reduction>(reduction: &R, source: &R::Source, instance: &Instance, solution: &SolutionOf<R>) -> Result<Network, Failure> {
    if !source.is_solved_by(solution) {
        return Err(Failure::new("source", format!("{solution:?} is listed as a solution, and is none")));
    }
    let network = reduction.lift(source, solution).map_err(|error| Failure::new("forward", format!("{solution:?}: {error}")))?;
    let loss = loss(instance, &network)?;
    if loss != Rational::ZERO {
        return Err(Failure::with("forward", format!("the network of {solution:?} has loss {loss}"), &network));
    }
    if network.neurons.len() > instance.architecture.width {
        return Err(Failure::with("forward", format!("the network of {solution:?} is too wide"), &network));
    }
    let read = read_network(&Source::new("network", network_to_json(&network)));
    if read.as_ref().ok() != Some(&network) {
        return Err(Failure::with("forward", "the network's file reads differently", &network));
    }
    Ok(network)
}

fn backward<R: Reduction>(reduction: &R, source: &R::Source, network: &Network, solution: &SolutionOf<R>) -> Result<(), Failure> {
    match reduction.pull(source, network) {
        Ok(pulled) if pulled == *solution => Ok(()),
        Ok(pulled) => Err(Failure::with("backward", format!("a network of {solution:?} is pulled back to {pulled:?}"), network)),
        Err(error) => Err(Failure::with("backward", format!("a network of {solution:?} is not pulled back: {error}"), network)),
    }
}

/// Whether a network with an error is refused; one without must have a solution behind it.
fn refuse<R: Reduction>(reduction: &R, source: &R::Source, instance: &Instance, network: &Network) -> Result<bool, Failure> {
    let fits = loss(instance, network)? == Rational::ZERO;
    match (fits, reduction.pull(source, network)) {
        (false, Err(_)) => Ok(true),
        (true, Ok(solution)) if source.is_solved_by(&solution) => Ok(false),
        (false, Ok(solution)) => Err(Failure::with("wrong", format!("a network with an error is pulled back to {solution:?}"), network)),
        (true, Ok(solution)) => {
            Err(Failure::with("wrong", format!("a network without error is pulled back to {solution:?}, which is no solution"), network))
        }
        (true, Err(error)) => Err(Failure::with("wrong", format!("a network without error is not pulled back: {error}"), network)),
    }
}

/// Whether there is a solution, for messages.
fn answer(count: &Natural) -> &'static str {
    if count.is_zero() { "has no solution" } else { "has a solution" }
}

#[cfg(test)]
mod tests;
