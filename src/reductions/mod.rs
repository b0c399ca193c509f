//! The hardness of exact training as executable maps from combinatorial problems to training instances.
//!
//! V. Froese and C. Hertrich (*Training Neural Networks is NP-Hard in Fixed Dimension*, NeurIPS 2023) prove that the decision problem "is there a network of width
//! `k` with error 0" is NP-hard for points in the plane, and W\[1\]-hard with the dimension `d` as the parameter for four ReLUs or two threshold
//! neurons. The constructions here prove the same statements with closed-form rational coordinates:
//!
//! | reduction | dimension | width | hardness |
//! | --- | --- | --- | --- |
//! | [`PoitsRelu`] | 2 | 4 (variables + clauses) | NP-hard in the plane |
//! | [`PoitsThreshold`] | 2 | 2 (variables + clauses) | NP-hard in the plane |
//! | [`CliqueRelu`] | 2κ | 4 | W\[1\]-hard in the dimension |
//! | [`CliqueThreshold`] | 2κ | 2 | W\[1\]-hard in the dimension |
//!
//! Each is a [`Reduction`]: the map of instances, the map that lifts a solution to the weights of a network without error, and the map that pulls *any* network without error back to
//! a solution.

pub mod clique_relu;
pub mod clique_threshold;
mod decode;
mod geometry;
mod ledger;
pub mod lines;
pub mod planar;
pub mod poits_relu;
pub mod poits_threshold;

pub use clique_relu::CliqueRelu;
pub use clique_threshold::CliqueThreshold;
pub use decode::{DecodeError, PullError};
pub use geometry::{Geometry, Meeting, Place};
pub use ledger::Ledger;
pub use planar::{GadgetKind, PlanarReduction};
pub use poits_relu::PoitsRelu;
pub use poits_threshold::PoitsThreshold;

use crate::exact::{Integer, Natural, Rational};
use crate::instance::{Activation, Architecture, Data, Instance, Loss};
use crate::network::Network;
use crate::problems::Problem;
use dashu_base::BitTest;
use serde::Serialize;
use std::collections::BTreeSet;
use thiserror::Error;

/// A polynomial-time map from a combinatorial problem to the question whether a network of some width has error 0.
pub trait Reduction {
    /// The problem that is reduced.
    type Source: Problem;

    /// The name used in files and commands.
    fn name(&self) -> &'static str;

    /// The size of the training instance, by the closed forms.
    fn sizes(&self, source: &Self::Source) -> Sizes;

    /// The source's parameters with their names.
    fn parameters(&self, source: &Self::Source) -> Vec<(&'static str, usize)>;

    /// No coordinate of the training instance needs more bits, numerator and denominator together: logarithmic in the size of the source.
    fn bit_bound(&self, source: &Self::Source) -> usize;

    /// The training instance: a network of its width with error 0 exists if and only if `source` has a solution.
    fn reduce(&self, source: &Self::Source) -> Instance;

    /// The gadgets, each by the number of its choices.
    fn choices(&self, source: &Self::Source) -> Vec<usize>;

    /// The choice of every gadget that a solution stands for; `None` for anything that does not solve `source`.
    fn choices_of(&self, source: &Self::Source, solution: &SolutionOf<Self>) -> Option<Vec<usize>>;

    /// The network that makes these choices, one a gadget, whether they go together or not; `None` if there is none.
    ///
    /// # Panics
    /// If some gadget has no such choice.
    fn network(&self, source: &Self::Source, choices: &[usize]) -> Option<Network>;

    /// Whether the functions without error correspond to the solutions one to one: different networks of one solution compute the same, for threshold neurons at the points.
    fn is_one_to_one(&self) -> bool {
        false
    }

    /// The network without error that a solution stands for.
    ///
    /// # Errors
    /// [`NotASolution`] for anything that does not solve `source`.
    fn lift(&self, source: &Self::Source, solution: &SolutionOf<Self>) -> Result<Network, NotASolution> {
        self.choices_of(source, solution).and_then(|choices| self.network(source, &choices)).ok_or(NotASolution)
    }

    /// The pairs of choices of two gadgets that can't go together, found from the labelled points alone: a combination of choices fits the points if and only if it has none of these pairs.
    ///
    /// # Errors
    /// [`ChoiceError`] if the points do not work like that.
    fn conflicts(&self, source: &Self::Source) -> Result<BTreeSet<Conflict>, ChoiceError>;

    /// The pairs of choices that can't go together by the definition of the source problem.
    fn expected_conflicts(&self, source: &Self::Source) -> BTreeSet<Conflict>;

    /// The choices that the breaklines of `network` stand for, read off without a look at the data; [`Reduction::pull`] is the map for networks that one does not trust.
    ///
    /// It depends neither on the order of the neurons nor on their scale, and only on their place where the theorem lets them move.
    ///
    /// # Errors
    /// [`DecodeError`] names the neuron whose breakline stands for nothing.
    ///
    /// # Panics
    /// If the network has another dimension than the training instance.
    fn decode(&self, source: &Self::Source, network: &Network) -> Result<SolutionOf<Self>, DecodeError>;

    /// The solution that a network without error stands for. Every such network of the width has one; that is the theorem.
    ///
    /// # Errors
    /// [`PullError`] if the network is of another class, has an error at some point, or, against the theorem, does not decode to a solution.
    fn pull(&self, source: &Self::Source, network: &Network) -> Result<SolutionOf<Self>, PullError> {
        decode::pull(self, source, network)
    }
}

/// Two choices that exclude each other, as (gadget, choice) from 0, the smaller gadget first.
pub type Conflict = [(usize, usize); 2];

/// A training instance whose points do not tie the choices of its gadgets together in pairs.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("point {point}: {reason}")]
pub struct ChoiceError {
    /// The point's number, from 1.
    pub point: usize,
    /// What is wrong there.
    pub reason: String,
}

/// The solutions of a reduction's source.
pub type SolutionOf<R> = <<R as Reduction>::Source as Problem>::Solution;

/// Parameters of a training instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Sizes {
    /// The number of points, all different.
    pub points: usize,
    /// Their dimension.
    pub dimension: usize,
    /// The number of neurons.
    pub width: usize,
}

/// What should be lifted does not solve the source problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not a solution of the source problem")]
pub struct NotASolution;

/// Labelled points in the making.
#[derive(Debug, Default)]
struct Points {
    points: Vec<Vec<Rational>>,
    labels: Vec<Rational>,
}

impl Points {
    fn push(&mut self, point: Vec<Rational>, label: impl Into<Rational>) {
        self.points.push(point);
        self.labels.push(label.into());
    }

    /// The decision problem for error 0. With that target all losses ask the same.
    fn into_instance(self, activation: Activation, width: usize) -> Instance {
        let data = Data::new(self.points, self.labels).expect("labelled points of equal dimension");
        let architecture = Architecture { activation, width, output_bias: false, convex: false, affine: false };
        Instance { data, architecture, loss: Loss::L2, target_error: Some(Rational::ZERO) }
    }
}

fn integer(value: impl Into<Integer>) -> Rational {
    Rational::from(value.into())
}

fn fraction(numerator: i128, denominator: i128) -> Rational {
    integer(numerator) / integer(denominator)
}

/// A conflict with its gadgets in order.
fn conflict(first: (usize, usize), second: (usize, usize)) -> Conflict {
    if first < second { [first, second] } else { [second, first] }
}

/// The bits of the natural number `value`.
fn bits(value: &Natural) -> usize {
    value.bit_len()
}

#[cfg(test)]
mod tests;
