//! From networks back to solutions: what may be wrong, and the order in which it is looked for.

use super::{Reduction, SolutionOf};
use crate::exact::Rational;
use crate::instance::Activation;
use crate::network::{DimensionError, Network};
use crate::problems::Problem;
use thiserror::Error;

/// The breaklines of a network do not stand for a choice in every gadget.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DecodeError {
    /// A neuron whose breakline stands for nothing.
    #[error("neuron {neuron}: {reason}")]
    Neuron {
        /// The neuron's number, from 1.
        neuron: usize,
        /// What its breakline does.
        reason: String,
    },
    /// The neurons one by one stand for something, but not together.
    #[error("{0}")]
    Network(String),
}

impl DecodeError {
    /// A problem with the neuron of index `j`.
    pub(super) fn at(j: usize, reason: impl Into<String>) -> Self {
        DecodeError::Neuron { neuron: j + 1, reason: reason.into() }
    }
}

/// Why a network has no solution behind it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PullError {
    /// Another activation function.
    #[error("the network has activation {found}, the reduction makes {expected} networks")]
    Activation {
        /// The network's.
        found: &'static str,
        /// The training instance's.
        expected: &'static str,
    },
    /// More neurons than the training instance allows.
    #[error("the network has {found} neurons, the training instance allows {allowed}")]
    Width {
        /// The number of neurons.
        found: usize,
        /// The width of the training instance.
        allowed: usize,
    },
    /// An output bias, which the training instance does not allow.
    #[error("the network has output bias {0}, the training instance allows none")]
    OutputBias(Rational),
    /// Output weights that are not +1 or −1, in a ReLU network.
    #[error("neuron {0}: the output weight of a ReLU must be 1 or -1 (scale the neuron's weights instead)")]
    OutputWeight(usize),
    /// Another dimension.
    #[error(transparent)]
    Dimension(#[from] DimensionError),
    /// The network has an error.
    #[error("the network does not fit the data: at point {point} its value is {value}, the label is {label}")]
    Misfit {
        /// The point's number, from 1.
        point: usize,
        /// The network's value there.
        value: Rational,
        /// The label.
        label: Rational,
    },
    /// The network fits but does not decode: against the theorem.
    #[error("the network fits all points but does not decode ({0}): this contradicts the theorem, please report it")]
    Decode(#[from] DecodeError),
    /// The network fits and decodes to something that is no solution: against the theorem.
    #[error("the network fits all points but decodes to {0}, which is no solution: this contradicts the theorem, please report it")]
    NoSolution(String),
}

pub(super) fn pull<R: Reduction + ?Sized>(reduction: &R, source: &R::Source, network: &Network) -> Result<SolutionOf<R>, PullError> {
    let instance = reduction.reduce(source);
    let architecture = instance.architecture;
    if network.activation != architecture.activation {
        return Err(PullError::Activation { found: network.activation.name(), expected: architecture.activation.name() });
    }
    if network.neurons.len() > architecture.width {
        return Err(PullError::Width { found: network.neurons.len(), allowed: architecture.width });
    }
    if network.output_bias != Rational::ZERO {
        return Err(PullError::OutputBias(network.output_bias.clone()));
    }
    let is_unit = |a: &Rational| *a == Rational::ONE || *a == Rational::NEG_ONE;
    if let (Activation::Relu, Some(j)) = (network.activation, network.neurons.iter().position(|neuron| !is_unit(&neuron.a))) {
        return Err(PullError::OutputWeight(j + 1));
    }
    let predictions = network.predictions(&instance.data)?;
    let misfit = predictions.iter().zip(instance.data.targets()).position(|(value, label)| value != label);
    if let Some(i) = misfit {
        return Err(PullError::Misfit { point: i + 1, value: predictions[i].clone(), label: instance.data.targets()[i].clone() });
    }
    let solution = reduction.decode(source, network)?;
    if source.is_solved_by(&solution) { Ok(solution) } else { Err(PullError::NoSolution(format!("{solution:?}"))) }
}
