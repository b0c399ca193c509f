//! Polynomials in place of activation functions, with the norms that the kernel learner pays for them.
//!
//! If `|σ(t) − Σ_{i≤d} b_i t^i| ≤ ε` for `|t| ≤ 1`, then the network `Σ_j a_j σ(w_j·x)` with `‖w_j‖ ≤ 1`, `Σ|a_j| ≤ A` is within `Aε` of a function of squared norm at most `B = A² Σ b_i²` in the space of `multinomial:d`.
//!
//! | module | polynomial | for |
//! | --- | --- | --- |
//! | [`chebyshev`] | the Chebyshev series of `\|t\|`, cut: a closed form with its exact error | ReLU |
//! | [`least_norm`] | that of least `Σ b_i²` for a given `ε`: a quadratic program | ReLU |
//! | [`sigmoid`] | the Taylor series | sigmoid |
//!
//! [`Teacher::plan`] chooses degree and `B` from `ε`.

pub mod chebyshev;
pub mod least_norm;
mod nearest;
pub mod sigmoid;

use super::error::{KernelError, positive};
use std::fmt;
use std::str::FromStr;

/// A polynomial by its coefficients, `Σ b_i t^i`, with its distance from an activation function on `[−1, 1]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Approximation {
    /// `b_0, b_1, …`
    pub coefficients: Vec<f64>,
    /// The largest error on `[−1, 1]`.
    pub error: f64,
}

impl Approximation {
    /// The degree.
    #[must_use]
    pub fn degree(&self) -> usize {
        self.coefficients.len().saturating_sub(1)
    }

    /// `Σ b_i²`.
    #[must_use]
    pub fn squared_norm(&self) -> f64 {
        self.coefficients.iter().map(|b| b * b).sum()
    }

    /// The value at `t`.
    #[must_use]
    pub fn value(&self, t: f64) -> f64 {
        self.coefficients.iter().rev().fold(0.0, |sum, b| sum * t + b)
    }
}

/// A class of networks `Σ_j a_j σ(w_j·x)`, `‖w_j‖ ≤ 1`, `Σ|a_j| ≤ A`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Teacher {
    /// The activation.
    pub activation: Smooth,
    /// `A`.
    pub weights: f64,
}

/// The activations with a polynomial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Smooth {
    /// `max(0, t)`.
    Relu,
    /// `1/(1 + e^{−t})`.
    Sigmoid,
}

impl FromStr for Teacher {
    type Err = KernelError;

    fn from_str(text: &str) -> Result<Self, KernelError> {
        let wrong = || KernelError::Teacher(text.chars().take(60).collect());
        let (name, weights) = text.split_once(':').unwrap_or((text, "1"));
        let weights = weights.parse().ok().filter(|weights: &f64| *weights > 0.0 && weights.is_finite()).ok_or_else(wrong)?;
        let activation = match name {
            "relu" => Smooth::Relu,
            "sigmoid" => Smooth::Sigmoid,
            _ => return Err(wrong()),
        };
        Ok(Teacher { activation, weights })
    }
}

impl fmt::Display for Teacher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.activation == Smooth::Relu { "relu" } else { "sigmoid" };
        write!(f, "{name}:{}", self.weights)
    }
}

/// What is needed to learn a class of networks with an error of `ε`.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The polynomial for one neuron.
    pub polynomial: Approximation,
    /// `B = A² Σ b_i²`.
    pub norm: f64,
}

impl Teacher {
    /// Degree and norm for networks within `epsilon` of polynomials, everywhere in the unit ball.
    ///
    /// For ReLU the least degree whose least-norm polynomial has a squared norm of at most twice that of the largest degree tried, [`least_norm::LARGEST_DEGREE`]; for sigmoid the least degree.
    ///
    /// # Errors
    /// [`KernelError`] if `epsilon` is not positive, or too small.
    pub fn plan(&self, epsilon: f64) -> Result<Plan, KernelError> {
        let each = positive("epsilon", epsilon)? / self.weights;
        let polynomial = match self.activation {
            Smooth::Relu => least_norm::for_error(each)?,
            Smooth::Sigmoid => sigmoid::for_error(each)?,
        };
        Ok(Plan { norm: self.weights.powi(2) * polynomial.squared_norm(), polynomial })
    }
}
