//! Two-layer networks and their exact evaluation.

pub mod json;
mod values;

pub(crate) use values::Values;

use crate::exact::{Rational, dot};
use crate::instance::{Activation, Data, Loss};
use thiserror::Error;

/// One hidden neuron: `x ↦ a·σ(w·x + b)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neuron {
    /// The input weights `w`.
    pub w: Vec<Rational>,
    /// The bias `b`.
    pub b: Rational,
    /// The output weight `a`.
    pub a: Rational,
}

/// A network `φ(x) = c + Σ_j a_j σ(w_j·x + b_j)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// The activation σ.
    pub activation: Activation,
    /// The hidden neurons; there may be none.
    pub neurons: Vec<Neuron>,
    /// The constant `c`.
    pub output_bias: Rational,
}

/// A network was applied to points of another dimension than its weights have.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("neuron {neuron} has {found} input weights, the data have {expected} features")]
pub struct DimensionError {
    /// The neuron's number, from 1.
    pub neuron: usize,
    /// The number of its input weights.
    pub found: usize,
    /// The dimension of the points.
    pub expected: usize,
}

impl Neuron {
    /// The pre-activation `w·x + b`.
    #[must_use]
    pub fn preactivation(&self, x: &[Rational]) -> Rational {
        dot(&self.w, x) + &self.b
    }
}

impl Network {
    /// The network without neurons that is constant.
    #[must_use]
    pub fn constant(activation: Activation, value: Rational) -> Self {
        Network { activation, neurons: Vec::new(), output_bias: value }
    }

    /// Adds the affine function `z = w·x + b` as two ReLUs that cancel, `max(0, z) − max(0, −z)`, unless it is 0.
    pub(crate) fn add_affine(&mut self, w: Vec<Rational>, b: Rational) {
        if b.is_zero() && w.iter().all(Rational::is_zero) {
            return;
        }
        let opposite = Neuron { w: w.iter().map(|w| -w).collect(), b: -&b, a: Rational::NEG_ONE };
        self.neurons.extend([Neuron { w, b, a: Rational::ONE }, opposite]);
    }

    /// `φ(x)`, exactly.
    ///
    /// # Examples
    /// ```
    /// use relus::{exact::parse_rational, instance::Activation, network::{Network, Neuron}};
    /// let q = |s| parse_rational(s).unwrap();
    /// let neuron = Neuron { w: vec![q("1")], b: q("-1/3"), a: q("-1") };
    /// let network = Network { activation: Activation::Relu, neurons: vec![neuron], output_bias: q("1") };
    /// assert_eq!(network.value(&[q("1")]), q("1/3"));
    /// ```
    ///
    /// # Panics
    /// If `x` has another dimension than a neuron's weights; see [`Network::check_dimension`].
    #[must_use]
    pub fn value(&self, x: &[Rational]) -> Rational {
        let mut sum = self.output_bias.clone();
        for neuron in &self.neurons {
            let z = neuron.preactivation(x);
            if z > Rational::ZERO {
                match self.activation {
                    Activation::Relu => sum += &neuron.a * z,
                    Activation::Threshold => sum += &neuron.a,
                }
            }
        }
        sum
    }

    /// Confirms that the network can be applied to points with `dimension` coordinates.
    ///
    /// # Errors
    /// [`DimensionError`] names the first neuron that cannot.
    pub fn check_dimension(&self, dimension: usize) -> Result<(), DimensionError> {
        match self.neurons.iter().position(|neuron| neuron.w.len() != dimension) {
            None => Ok(()),
            Some(j) => Err(DimensionError { neuron: j + 1, found: self.neurons[j].w.len(), expected: dimension }),
        }
    }

    /// The predictions `φ(x_1), …, φ(x_n)`, exactly.
    ///
    /// # Errors
    /// [`DimensionError`] if the data have another dimension.
    pub fn predictions(&self, data: &Data) -> Result<Vec<Rational>, DimensionError> {
        Ok(self.values(data)?.exact())
    }

    /// The loss on `data`, exactly.
    ///
    /// # Errors
    /// [`DimensionError`] if the data have another dimension.
    pub fn loss(&self, data: &Data, loss: Loss) -> Result<Rational, DimensionError> {
        Ok(self.values(data)?.loss(loss))
    }

    /// The predictions over a common denominator.
    pub(crate) fn values<'d>(&self, data: &'d Data) -> Result<Values<'d>, DimensionError> {
        self.check_dimension(data.dimension())?;
        Ok(Values::new(self, data))
    }
}

/// The loss of `predictions` against `targets`, exactly.
#[must_use]
pub fn loss_of(predictions: &[Rational], targets: &[Rational], loss: Loss) -> Rational {
    debug_assert_eq!(predictions.len(), targets.len());
    let residuals = predictions.iter().zip(targets).map(|(p, y)| p - y);
    match loss {
        Loss::L2 => residuals.fold(Rational::ZERO, |sum, r| sum + r.sqr()),
        Loss::L1 => residuals.fold(Rational::ZERO, |sum, r| sum + dashu_base::Abs::abs(r)),
        Loss::Linf => residuals.map(dashu_base::Abs::abs).fold(Rational::ZERO, Ord::max),
        Loss::ZeroOne => {
            let wrong = predictions.iter().zip(targets).filter(|(p, y)| (**p > Rational::ZERO) != (**y > Rational::ZERO)).count();
            Rational::from(wrong)
        }
    }
}
