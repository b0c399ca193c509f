//! What can go wrong in the kernel learner.

use thiserror::Error;

/// Why a learner, a spectrum or a bound cannot be had.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum KernelError {
    /// A name that is no kernel.
    #[error(
        "{0:?} is no kernel: expected multinomial:DEGREE (1 to 100), inverse or inverse:DEPTH (1 to 20), arccos, or gaussian:GAMMA (a positive number)"
    )]
    Name(String),
    /// A name that is no activation with a norm of output weights.
    #[error(
        "{0:?} is no class of networks: expected relu, sigmoid, relu:A or sigmoid:A with the bound A > 0 on the sum of the output weights' magnitudes"
    )]
    Teacher(String),
    /// A coordinate or label that is no finite number in double precision.
    #[error("point {point}: {what} is not a finite number in double precision")]
    NotFinite {
        /// The point, from 1.
        point: usize,
        /// Which of its numbers.
        what: String,
    },
    /// No point at all.
    #[error("no data points")]
    Empty,
    /// Points and labels differ in number, or points in dimension.
    #[error("{found} numbers where {expected} are expected")]
    Length {
        /// How many there are.
        found: usize,
        /// How many there should be.
        expected: usize,
    },
    /// A point outside the unit ball, where the kernel is not known to be one.
    #[error(
        "point {point} has norm {norm}, but the kernel {kernel} is for points of the unit ball: rescale with --scale ball (divide by the largest norm) or --scale standardise"
    )]
    OutsideBall {
        /// The point, from 1.
        point: usize,
        /// Its Euclidean norm.
        norm: f64,
        /// The kernel.
        kernel: String,
    },
    /// A label outside the unit interval.
    #[error(
        "point {point} has the label {label}, but labels must lie in [0, 1]: rescale with --scale-labels, or learn one class with --positive LABEL"
    )]
    LabelRange {
        /// The point, from 1.
        point: usize,
        /// Its label.
        label: f64,
    },
    /// More landmarks than points.
    #[error("{landmarks} landmarks are more than the {points} points")]
    Landmarks {
        /// How many were asked for.
        landmarks: usize,
        /// How many points there are.
        points: usize,
    },
    /// A setting out of its range.
    #[error("{name} must be {range}, not {value}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// What it may be.
        range: &'static str,
        /// What it is.
        value: f64,
    },
    /// A matrix with a negative eigenvalue.
    #[error("the matrix is not positive semidefinite: eigenvalue {least} beside the largest, {largest}")]
    NotPositive {
        /// The least eigenvalue, or a diagonal entry that a step of elimination left.
        least: f64,
        /// The largest eigenvalue or entry.
        largest: f64,
    },
    /// A kernel that is 0 on all landmarks.
    #[error("the kernel is 0 at all landmarks, so there is nothing to learn with: are all points at the origin?")]
    Vanishing,
    /// A matrix that is not symmetric.
    #[error("the matrix is not symmetric: entries {row}, {column} and {column}, {row} differ")]
    NotSymmetric {
        /// A row, from 1.
        row: usize,
        /// A column, from 1.
        column: usize,
    },
    /// The theory's sample does not fit into memory.
    #[error(
        "the sampler with the constants of the theory needs {kept} landmarks, more than the {limit} that are practical: give their number with --landmarks"
    )]
    TooMany {
        /// The sample's expected size.
        kept: usize,
        /// The largest allowed.
        limit: usize,
    },
    /// An eigenvalue solver that did not converge.
    #[error("the eigenvalues of a matrix of order {0} were not found: the solver did not converge")]
    Eigenvalues(usize),
    /// The caller asked to stop.
    #[error("interrupted")]
    Interrupted,
    /// No polynomial is that near.
    #[error("no polynomial of degree at most {degree} with a moderate norm is within {epsilon} of the activation: take a larger epsilon")]
    Degree {
        /// The largest degree tried.
        degree: usize,
        /// The error that was asked for.
        epsilon: f64,
    },
}

/// Confirms that a setting is positive and finite.
pub(crate) fn positive(name: &'static str, value: f64) -> Result<f64, KernelError> {
    if value > 0.0 && value.is_finite() { Ok(value) } else { Err(KernelError::Setting { name, range: "a positive number", value }) }
}

/// Confirms that a setting lies strictly between 0 and 1.
pub(crate) fn probability(name: &'static str, value: f64) -> Result<f64, KernelError> {
    if value > 0.0 && value < 1.0 { Ok(value) } else { Err(KernelError::Setting { name, range: "between 0 and 1", value }) }
}
