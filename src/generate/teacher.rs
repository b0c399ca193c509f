//! Planted networks: data that a known network explains up to noise.
//!
//! The coordinates of the points, the weights and the biases of the teacher are standard normal, rounded to a fixed number of decimals. Its output
//! weights are ±1 (ReLU) or standard normal, rounded (threshold). With teacher value `φ(x)` and independent standard normal `g`, the target is
//!
//! - `φ(x)` exactly, without noise: then the teacher's loss is 0 and it is an optimum;
//! - `φ(x) + noise·g`, rounded to the decimals, with noise;
//! - for the zero-one loss, 1 if `φ(x) + noise·g > 0` and 0 otherwise.
//!
//! Everything is a finite decimal, so a file holds the data exactly. The same settings give the same data on every platform up to the rounding of
//! the last bit in the platform's logarithm and exponential, which can change a number only at a rounding boundary.

use crate::exact::{Integer, Natural, Rational, nearest_f64};
use crate::instance::{Activation, Architecture, Data, Instance, Loss};
use crate::network::{Network, Neuron};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use thiserror::Error;

/// How to draw a teacher and its data.
#[derive(Debug, Clone, PartialEq)]
pub struct Teacher {
    /// The dimension of the points.
    pub dimension: usize,
    /// The teacher's activation, width and whether it has a (standard normal) output bias.
    pub architecture: Architecture,
    /// The number of points, at least 1.
    pub points: usize,
    /// The noise's standard deviation, finite and not negative.
    pub noise: f64,
    /// The number of decimals, at most 9.
    pub decimals: u32,
    /// The loss of the instance.
    pub loss: Loss,
    /// The seed of everything random.
    pub seed: u64,
}

/// Why there are no such data.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TeacherError {
    /// No point was asked for.
    #[error("a data set needs at least one point")]
    NoPoints,
    /// The noise is negative or not finite.
    #[error("the noise must be a finite number that is not negative")]
    Noise,
    /// Too many decimals.
    #[error("at most 9 decimals")]
    Decimals,
    /// More points to move than there are.
    #[error("{moved} points cannot be moved, there are {points}")]
    Moved {
        /// How many were to be moved.
        moved: usize,
        /// How many there are.
        points: usize,
    },
    /// More numbers than could be meant.
    #[error("more than {0} numbers")]
    Size(usize),
}

/// An instance and the network that it was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planted {
    /// The data, the teacher's architecture and the loss.
    pub instance: Instance,
    /// The teacher: the instance's optimum is at most its loss.
    pub teacher: Network,
}

pub(super) const MAX_NUMBERS: usize = 50_000_000;

impl Teacher {
    /// Draws the teacher, then the points, then the noise.
    ///
    /// # Errors
    /// [`TeacherError`] if a setting is out of its range.
    ///
    /// # Examples
    /// ```
    /// use relus::{exact::Rational, generate::Teacher, instance::{Activation, Architecture, Loss}};
    /// let architecture = Architecture { activation: Activation::Relu, width: 2, output_bias: false, convex: false, affine: false };
    /// let settings = Teacher { dimension: 3, architecture, points: 20, noise: 0.0, decimals: 2, loss: Loss::L2, seed: 7 };
    /// let planted = settings.draw().unwrap();
    /// assert_eq!(planted.teacher.loss(&planted.instance.data, Loss::L2), Ok(Rational::ZERO));
    /// ```
    pub fn draw(&self) -> Result<Planted, TeacherError> {
        if self.points == 0 {
            return Err(TeacherError::NoPoints);
        }
        if !(self.noise.is_finite() && self.noise >= 0.0) {
            return Err(TeacherError::Noise);
        }
        if self.decimals > 9 {
            return Err(TeacherError::Decimals);
        }
        let columns = self.dimension.saturating_add(2);
        let size = columns.saturating_mul(self.points).max(columns.saturating_mul(self.architecture.width));
        if size > MAX_NUMBERS {
            return Err(TeacherError::Size(MAX_NUMBERS));
        }
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        let mut normal = move || -> f64 { StandardNormal.sample(&mut rng) };
        let teacher = self.network(&mut normal);
        let points: Vec<Vec<Rational>> = (0..self.points).map(|_| (0..self.dimension).map(|_| self.round(normal())).collect()).collect();
        let target = |x: &Vec<Rational>| {
            let value = teacher.value(x);
            let noise = self.noise * normal();
            if self.loss == Loss::ZeroOne {
                let noisy = value + self.round(noise);
                return if noisy > Rational::ZERO { Rational::ONE } else { Rational::ZERO };
            }
            if self.noise == 0.0 { value } else { self.round(nearest_f64(&value) + noise) }
        };
        let targets = points.iter().map(target).collect();
        let data = Data::new(points, targets).expect("at least one point, all of one dimension");
        let instance = Instance { data, architecture: self.architecture, loss: self.loss, target_error: None };
        Ok(Planted { instance, teacher })
    }

    fn network(&self, normal: &mut impl FnMut() -> f64) -> Network {
        let activation = self.architecture.activation;
        let mut neuron = || {
            let w = (0..self.dimension).map(|_| self.round(normal())).collect();
            let b = self.round(normal());
            let a = normal();
            let a = if activation == Activation::Threshold {
                self.round(a)
            } else if a < 0.0 {
                -Rational::ONE
            } else {
                Rational::ONE
            };
            Neuron { w, b, a }
        };
        let neurons = (0..self.architecture.width).map(|_| neuron()).collect();
        let output_bias = if self.architecture.output_bias { self.round(normal()) } else { Rational::ZERO };
        Network { activation, neurons, output_bias }
    }

    fn round(&self, value: f64) -> Rational {
        round(value, self.decimals)
    }
}

/// The nearest number with the decimals; beyond 10^29 or so the float's own digits end and the number is cut there.
pub(super) fn round(value: f64, decimals: u32) -> Rational {
    let power = 10u64.pow(decimals);
    #[expect(clippy::cast_precision_loss, reason = "at most 10^9, which a float holds")]
    let scaled = (value * power as f64).round();
    #[expect(clippy::cast_possible_truncation, reason = "the conversion saturates, as documented")]
    let scaled = scaled as i128;
    Rational::from_parts(Integer::from(scaled), Natural::from(power))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instance::finite_decimal;

    fn teacher(activation: Activation, noise: f64, loss: Loss) -> Teacher {
        let architecture = Architecture { activation, width: 3, output_bias: true, convex: false, affine: false };
        Teacher { dimension: 2, architecture, points: 200, noise, decimals: 4, loss, seed: 1 }
    }

    #[test]
    fn without_noise_the_teacher_is_perfect() {
        for activation in Activation::ALL {
            for loss in Loss::ALL {
                let planted = teacher(activation, 0.0, loss).draw().unwrap();
                assert_eq!(planted.teacher.loss(&planted.instance.data, loss), Ok(Rational::ZERO));
            }
        }
    }

    #[test]
    fn noise_has_the_size_that_was_asked_for() {
        for activation in Activation::ALL {
            let planted = teacher(activation, 0.5, Loss::L2).draw().unwrap();
            let mean = nearest_f64(&planted.teacher.loss(&planted.instance.data, Loss::L2).unwrap()) / 200.0;
            // Origin: the mean of 200 squares has expectation 1/4 and standard deviation 1/4·√(2/200) = 0.025; five of them either way.
            assert!((0.125..0.375).contains(&mean), "{mean}");
        }
    }

    #[test]
    fn numbers_are_short_decimals_and_reproducible() {
        let settings = teacher(Activation::Relu, 0.1, Loss::L2);
        let planted = settings.draw().unwrap();
        assert_eq!(planted, settings.draw().unwrap());
        assert_ne!(planted, Teacher { seed: 2, ..settings }.draw().unwrap());
        for value in planted.instance.data.points().iter().flatten().chain(planted.instance.data.targets()) {
            let decimal = finite_decimal(value).unwrap();
            assert!(decimal.split_once('.').is_none_or(|(_, places)| places.len() <= 4), "{decimal}");
        }
    }

    #[test]
    fn settings_out_of_range_are_refused() {
        let good = teacher(Activation::Relu, 0.1, Loss::L2);
        assert_eq!(Teacher { points: 0, ..good.clone() }.draw(), Err(TeacherError::NoPoints));
        assert_eq!(Teacher { noise: -1.0, ..good.clone() }.draw(), Err(TeacherError::Noise));
        assert_eq!(Teacher { noise: f64::NAN, ..good.clone() }.draw(), Err(TeacherError::Noise));
        assert_eq!(Teacher { decimals: 10, ..good.clone() }.draw(), Err(TeacherError::Decimals));
        assert_eq!(Teacher { dimension: usize::MAX, ..good }.draw(), Err(TeacherError::Size(MAX_NUMBERS)));
    }
}
