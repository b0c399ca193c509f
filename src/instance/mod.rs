//! What is trained on: data sets, losses and model classes.
//!
//! An [`Instance`] is a finite set of points `(x_i, y_i) ∈ Q^d × Q` together with the class of networks to choose from ([`Architecture`]), the
//! [`Loss`] to minimise and, for the decision problem, a target error. All numbers are rationals: what a file writes is what is meant.

mod classes;
pub mod csv;
mod decimal;
mod design;
mod integers;
pub mod json;
mod source;

pub use classes::{ClassError, check_classes};
pub use decimal::{exact_text, finite_decimal};
pub use design::Design;
pub(crate) use integers::IntegerData;
pub use source::{FileError, Place, Problem, Source, check_writable, write_atomically, write_bytes_atomically};

use crate::exact::Rational;
use thiserror::Error;

/// The activation function of the hidden neurons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Activation {
    /// `z ↦ max(0, z)`; output weights are ±1 without loss of generality.
    Relu,
    /// `z ↦ 1` if `z > 0`, else 0 (the definition is strict: a tie means 0); output weights are any reals.
    Threshold,
}

/// What is minimised, as a function of the residuals `r_i = φ(x_i) − y_i`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Loss {
    /// `Σ r_i²`, the plain sum of squares.
    L2,
    /// `Σ |r_i|`.
    L1,
    /// `max |r_i|` (0 for no points).
    Linf,
    /// The number of points on the wrong side: a point of the positive class (`y_i > 0`) is right if `φ(x_i) > 0`, any other if `φ(x_i) ≤ 0`.
    ZeroOne,
}

impl Activation {
    /// Every activation.
    pub const ALL: [Activation; 2] = [Activation::Relu, Activation::Threshold];

    /// The name used in files and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Activation::Relu => "relu",
            Activation::Threshold => "threshold",
        }
    }
}

impl Loss {
    /// Every loss.
    pub const ALL: [Loss; 4] = [Loss::L2, Loss::L1, Loss::Linf, Loss::ZeroOne];

    /// The name used in files and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Loss::L2 => "l2",
            Loss::L1 => "l1",
            Loss::Linf => "linf",
            Loss::ZeroOne => "zero-one",
        }
    }
}

/// The class of networks `φ(x) = c + A(x) + Σ_j a_j σ(w_j·x + b_j)` to choose from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Architecture {
    /// The activation σ.
    pub activation: Activation,
    /// The number `k` of hidden neurons; 0 is allowed.
    pub width: usize,
    /// Whether the constant `c` is free (otherwise it is 0).
    pub output_bias: bool,
    /// ReLU only: whether all output weights `a_j` are +1, so that `φ` is a convex map (a sum of `k` ReLUs and what else the class allows).
    pub convex: bool,
    /// ReLU only: whether there is a free affine function `A(x) = v·x + v_0` besides the `k` neurons (otherwise it is 0). A network contains it as two more neurons that
    /// cancel, `max(0, A(x)) − max(0, −A(x))`, so that the class lies in that of width `k + 2`.
    pub affine: bool,
}

/// Why a class of networks makes no sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum ArchitectureError {
    /// Threshold networks with signs that are fixed.
    #[error("convex maps are sums of ReLUs: the activation must be relu")]
    Convex,
    /// Threshold networks with an affine function.
    #[error("an affine function is added to ReLUs only: the activation must be relu")]
    Affine,
}

impl Architecture {
    /// The most neurons that a network of the class may have in a file: the affine function is two of them.
    #[must_use]
    pub fn most_neurons(self) -> usize {
        self.width + if self.affine { 2 } else { 0 }
    }

    /// Whether the constant `c` is an unknown of its own: an affine function contains it.
    pub(crate) fn has_constant(self) -> bool {
        self.output_bias && !self.affine
    }

    /// The numbers of neurons with output weight +1 that a ReLU network of `width` neurons may have: the sign classes.
    pub(crate) fn sign_classes(self) -> std::ops::RangeInclusive<usize> {
        if self.convex { self.width..=self.width } else { 0..=self.width }
    }

    /// Confirms that the options fit each other.
    ///
    /// # Errors
    /// [`ArchitectureError`] for threshold neurons with what only ReLUs have.
    pub fn check(self) -> Result<(), ArchitectureError> {
        match self.activation {
            Activation::Threshold if self.convex => Err(ArchitectureError::Convex),
            Activation::Threshold if self.affine => Err(ArchitectureError::Affine),
            _ => Ok(()),
        }
    }
}

/// Why a set of points is no data set.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DataError {
    /// There is no point at all.
    #[error("no data points")]
    Empty,
    /// Points and targets differ in number.
    #[error("{points} points but {targets} targets")]
    Lengths {
        /// The number of points.
        points: usize,
        /// The number of targets.
        targets: usize,
    },
    /// A point has another dimension than the first.
    #[error("point {index} has {found} coordinates, the first point has {expected}")]
    Ragged {
        /// The point's number, from 1.
        index: usize,
        /// Its number of coordinates.
        found: usize,
        /// That of the first point.
        expected: usize,
    },
}

/// The names of the two classes of a classification problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassNames {
    /// The class whose targets are 0 (or −1): right where `φ ≤ 0`.
    pub negative: String,
    /// The class whose targets are 1: right where `φ > 0`.
    pub positive: String,
}

/// Points with targets, at least one, all of the same dimension (which may be 0).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Data {
    points: Vec<Vec<Rational>>,
    targets: Vec<Rational>,
    /// The features' names, one a coordinate; empty if they have none.
    pub feature_names: Vec<String>,
    /// The target's name, if it has one.
    pub target_name: Option<String>,
    /// The class names, if the targets were read from two-class labels.
    pub classes: Option<ClassNames>,
    integers: integers::Lazy,
}

impl Data {
    /// A data set without names.
    ///
    /// # Errors
    /// [`DataError`] if there is no point, or the lengths do not fit.
    pub fn new(points: Vec<Vec<Rational>>, targets: Vec<Rational>) -> Result<Self, DataError> {
        if points.len() != targets.len() {
            return Err(DataError::Lengths { points: points.len(), targets: targets.len() });
        }
        let Some(expected) = points.first().map(Vec::len) else { return Err(DataError::Empty) };
        if let Some((i, point)) = points.iter().enumerate().find(|(_, point)| point.len() != expected) {
            return Err(DataError::Ragged { index: i + 1, found: point.len(), expected });
        }
        Ok(Data { points, targets, feature_names: Vec::new(), target_name: None, classes: None, integers: integers::Lazy::default() })
    }

    /// The points, each with [`Data::dimension`] coordinates.
    #[must_use]
    pub fn points(&self) -> &[Vec<Rational>] {
        &self.points
    }

    /// The targets, one a point.
    #[must_use]
    pub fn targets(&self) -> &[Rational] {
        &self.targets
    }

    /// Points and targets in integers.
    pub(crate) fn integers(&self) -> &IntegerData {
        self.integers.get(&self.points, &self.targets)
    }

    /// The number `n ≥ 1` of points.
    #[must_use]
    pub fn len(&self) -> usize {
        self.points.len()
    }

    /// Always false: a data set has a point.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        false
    }

    /// The dimension `d` of the points.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.points[0].len()
    }
}

/// A training problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// The data.
    pub data: Data,
    /// The networks to choose from.
    pub architecture: Architecture,
    /// The loss to minimise.
    pub loss: Loss,
    /// The decision problem "is there a network of loss at most this?", if that is what is asked.
    pub target_error: Option<Rational>,
}
