//! Training methods: each implements [`Trainer`] and answers with the same [`Outcome`].
//!
//! An outcome never says more than was proven: its loss is the exact value of its network on the data, recomputed from the definition, and its
//! lower bound holds for every network of the class.

pub mod auto;
mod constant;
mod control;
pub mod convex;
pub mod enumerate;
pub mod floor;
pub mod local;
pub mod milp;
pub mod pattern;
pub mod result;
mod scaled;
pub mod search;
pub mod univariate;
pub mod width;

pub use control::{Control, Observer, Progress, StopReason};

use crate::exact::{Rational, nearest_f64};
use crate::instance::{Activation, Architecture, Data, Instance};
use crate::network::{Network, Neuron};
use dashu_base::Abs;
use std::time::Duration;
use thiserror::Error;

/// What is known when a method ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Status {
    /// The network's loss is the minimum over the whole class: loss and lower bound are equal, exactly.
    Optimal,
    /// Loss and lower bound differ by no more than the gap that was asked for, or hold for a restricted model only (the notes say which).
    WithinGap,
    /// The decision problem: a network of loss at most the target exists and was found.
    Realizable,
    /// The decision problem: it is proven that no network has loss at most the target.
    NotRealizable,
    /// The time limit (or another limit that the notes name) came before the proof.
    TimeLimit,
    /// The user interrupted before the proof.
    Interrupted,
}

impl Status {
    /// The name used in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Status::Optimal => "optimal",
            Status::WithinGap => "within-gap",
            Status::Realizable => "realizable",
            Status::NotRealizable => "not-realizable",
            Status::TimeLimit => "time-limit",
            Status::Interrupted => "interrupted",
        }
    }

    /// Whether the question that was asked is answered with a proof.
    #[must_use]
    pub fn is_decided(self) -> bool {
        !matches!(self, Status::TimeLimit | Status::Interrupted)
    }
}

/// The best network found and its exact loss.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incumbent {
    /// The network.
    pub network: Network,
    /// Its loss on the data, exactly.
    pub loss: Rational,
}

impl Incumbent {
    /// Without the neurons that are 0 everywhere, but with both that make up the affine function of a class that has one.
    fn without_idle_neurons(mut self, architecture: Architecture) -> Self {
        let zero = Rational::ZERO;
        let neurons = &mut self.network.neurons;
        let affine = if architecture.affine && ends_affinely(neurons) { neurons.split_off(neurons.len() - 2) } else { Vec::new() };
        neurons.retain(|neuron| !neuron.a.is_zero() && (neuron.b > zero || neuron.w.iter().any(|w| !w.is_zero())));
        neurons.extend(affine);
        self
    }

    /// Evaluates `network` on the instance's data, in rationals, by the definition.
    ///
    /// # Panics
    /// If the network does not fit the data's dimension: a bug of the caller, as trainers build networks for their data.
    #[must_use]
    pub fn evaluate(network: Network, instance: &Instance) -> Self {
        let loss = network.loss(&instance.data, instance.loss).expect("a trained network fits its data");
        Incumbent { network, loss }
    }
}

/// Whether the last two neurons are an affine function `z = max(0, z) − max(0, −z)`.
fn ends_affinely(neurons: &[Neuron]) -> bool {
    let [.., first, second] = neurons else { return false };
    first.a == -&second.a && first.b == -&second.b && first.w.iter().zip(&second.w).all(|(first, second)| *first == -second)
}

/// Counters of a run; a method fills in those that it has.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Statistics {
    /// What was counted, in the order in which it should be shown: `("cells", 1562)`.
    pub counters: Vec<(&'static str, u64)>,
    /// Where the time of all threads together went, in the order in which it should be shown; estimated from samples.
    pub times: Vec<(&'static str, Duration)>,
    /// Bounds over time: moments at which one of them had changed, at most some hundred.
    pub curve: Vec<Moment>,
    /// The integral of the relative gap over time, in seconds.
    pub primal_dual_integral: Option<f64>,
}

/// What was known at a moment of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moment {
    /// Since the run began.
    pub seconds: f64,
    /// What was proven, rounded.
    pub lower_bound: f64,
    /// The loss of the best network so far, rounded.
    pub incumbent: f64,
}

impl Statistics {
    /// Adds a counter.
    pub fn count(&mut self, name: &'static str, value: impl TryInto<u64>) {
        self.counters.push((name, value.try_into().unwrap_or(u64::MAX)));
    }

    /// The counter called `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<u64> {
        self.counters.iter().find(|(n, _)| *n == name).map(|&(_, value)| value)
    }
}

/// The answer of a training method.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// What is known.
    pub status: Status,
    /// The best network found, if any was looked for and found.
    pub incumbent: Option<Incumbent>,
    /// A proven lower bound on the loss of every network of the class.
    pub lower_bound: Rational,
    /// The method that answered.
    pub method: &'static str,
    /// What a reader should know besides: the reason of a choice, a restriction of the model, a limit that was hit.
    pub notes: Vec<String>,
    /// What it took.
    pub statistics: Statistics,
}

impl Outcome {
    /// The relative gap `(loss − bound) / loss`: 0 if they are equal, `None` without an incumbent.
    #[must_use]
    pub fn gap(&self) -> Option<Rational> {
        let loss = &self.incumbent.as_ref()?.loss;
        if *loss <= self.lower_bound {
            return Some(Rational::ZERO);
        }
        Some((loss - &self.lower_bound) / loss)
    }

    /// The outcome of a run that ended with these bounds: decides the status by exact comparison.
    ///
    /// `stopped` is why the run ended early, `None` if it ran to its end (and then `lower_bound` must reach the incumbent, the gap or the
    /// target, or the status says that a limit was hit).
    #[must_use]
    pub fn conclude(
        instance: &Instance,
        control: &Control<'_>,
        incumbent: Option<Incumbent>,
        lower_bound: Rational,
        stopped: Option<StopReason>,
        method: &'static str,
    ) -> Self {
        let incumbent = incumbent.map(|incumbent| incumbent.without_idle_neurons(instance.architecture));
        let loss = incumbent.as_ref().map(|i| &i.loss);
        let open = match stopped {
            Some(StopReason::Interrupt) => Status::Interrupted,
            Some(StopReason::TimeLimit) | None => Status::TimeLimit,
        };
        let status = if let Some(target) = &instance.target_error {
            if loss.is_some_and(|loss| loss <= target) {
                Status::Realizable
            } else if lower_bound > *target {
                Status::NotRealizable
            } else {
                open
            }
        } else {
            match loss {
                Some(loss) if *loss <= lower_bound => Status::Optimal,
                Some(loss) if (loss - &lower_bound) <= control.gap() * loss => Status::WithinGap,
                _ => open,
            }
        };
        debug_assert!(loss.is_none_or(|loss| *loss >= lower_bound), "a lower bound above an attained loss");
        let notes = incumbent.as_ref().and_then(|incumbent| cancellation(&incumbent.network, &instance.data)).into_iter().collect();
        Outcome { status, incumbent, lower_bound, method, notes, statistics: Statistics::default() }
    }
}

/// A warning where a ReLU network's neurons nearly cancel: the minimum is attained, but whoever uses the network in floats should know.
fn cancellation(network: &Network, data: &Data) -> Option<String> {
    /// Beyond this ratio less than half of the digits of a float are left.
    const WORTH_A_WARNING: u32 = 10_000_000;
    fn largest(values: impl Iterator<Item = Rational>) -> Rational {
        values.map(Abs::abs).max().unwrap_or(Rational::ZERO)
    }
    if network.activation != Activation::Relu {
        return None;
    }
    let limit = largest(data.targets().iter().cloned()) * Rational::from(WORTH_A_WARNING);
    // Mostly not even the sum of all terms' greatest magnitudes comes near.
    let coordinates: Vec<Rational> = (0..data.dimension()).map(|c| largest(data.points().iter().map(|x| x[c].clone()))).collect();
    let far = |neuron: &&Neuron| neuron.w.iter().zip(&coordinates).fold(neuron.b.clone().abs(), |sum, (w, x)| sum + w.clone().abs() * x) > limit;
    let values = network.neurons.iter().filter(far).flat_map(|neuron| data.points().iter().map(|x| neuron.preactivation(x)));
    let neuron = largest(values);
    if neuron <= limit {
        return None;
    }
    let size = nearest_f64(&neuron);
    Some(format!("the neurons' values reach {size:.0e} and cancel: the loss is exact, but floats lose many digits of this network"))
}

/// Why a method does not take an instance.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TrainError {
    /// The combination of method, activation, loss and options is not supported.
    #[error("method {method} does not support {what}")]
    Unsupported {
        /// The method's name.
        method: &'static str,
        /// What it does not support, with a hint at what does.
        what: String,
    },
    /// A file that the method needs cannot be read or written, or does not fit the problem; the message names it.
    #[error("{0}")]
    File(String),
}

impl TrainError {
    /// The error of a method that takes no class with affine functions, or none of convex maps.
    fn for_class(method: &'static str, what: &str) -> Self {
        TrainError::Unsupported { method, what: format!("{what}; --method search does") }
    }
}

/// A training method.
pub trait Trainer {
    /// The method's name on the command line.
    fn name(&self) -> &'static str;

    /// Looks for the best network until it is proven, or until `control` says stop.
    ///
    /// # Errors
    /// [`TrainError`] if the method cannot take the instance at all.
    fn train(&self, instance: &Instance, control: &Control<'_>) -> Result<Outcome, TrainError>;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::parse_rational;
    use crate::instance::{Architecture, Loss};
    use crate::train::enumerate::Enumerate;

    /// Origin: by hand. Through (0, 0), (10⁻⁹, 1) and (1, 0) with two neurons: the rise of slope 10⁹ goes on to 10⁹ at 1, where the other neuron takes it back.
    #[test]
    fn neurons_that_cancel_are_worth_a_warning() {
        let notes = |near: &str| {
            let q = |text: &str| parse_rational(text).unwrap();
            let data = Data::new(vec![vec![q("0")], vec![q(near)], vec![q("1")]], vec![q("0"), q("1"), q("0")]).unwrap();
            let architecture = Architecture { activation: Activation::Relu, width: 2, output_bias: false, convex: false, affine: false };
            let instance = Instance { data, architecture, loss: Loss::L2, target_error: None };
            let outcome = Enumerate::default().train(&instance, &Control::default()).unwrap();
            assert_eq!(outcome.incumbent.unwrap().loss, Rational::ZERO);
            outcome.notes
        };
        assert!(notes("1e-9").iter().any(|note| note.contains("cancel")), "{:?}", notes("1e-9"));
        assert!(notes("0.5").is_empty());
    }
}
