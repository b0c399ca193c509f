//! The values of a network at all points of a data set at once, in integers over one denominator.
//!
//! Let `X_i = (s_1 x_i1, …, s_d x_id, 1)` and `Y_i = s y_i` be the data in integers. A neuron's pre-activation is `v_j·X_i` with `v_j = (w_j1/s_1, …, w_jd/s_d, b_j)`. Let `F` be
//! the common denominator of `c`, `1/s` and, for ReLU, all `|a_j| v_j`, for threshold neurons all `a_j`. As `max(0, ·)` is positively homogeneous,
//!
//! ```text
//! F φ(x_i) = F c + Σ_j sgn(a_j) max(0, (F |a_j| v_j)·X_i)        (ReLU)
//! F φ(x_i) = F c + Σ_{j : v_j·X_i > 0} F a_j                     (threshold)
//! ```
//!
//! is a sum of integers, and `F y_i = (F/s) Y_i` is one, too. That is [`Network::value`] without its greatest common divisors: a sum of rationals takes one for each term, this takes
//! one for a whole loss.

use super::{Network, Neuron};
use crate::exact::{Integer, IntegerVector, Natural, Rational, common_denominator, scaled_integer};
use crate::instance::{Activation, Data, IntegerData, Loss};
use dashu_base::Abs;
use std::cmp::Ordering;

/// `F φ(x_i)` for every point, `F > 0` and `F/s`.
#[derive(Debug)]
pub(crate) struct Values<'d> {
    integers: &'d IntegerData,
    scaled: Vec<Integer>,
    scale: Integer,
    target_factor: Integer,
}

/// What a neuron adds where it is active: its pre-activation, with a sign, or a constant.
enum Step {
    Rise(IntegerVector, bool),
    Jump(IntegerVector, Integer),
}

impl<'d> Values<'d> {
    /// The values of a network that fits the dimension of the data.
    pub(super) fn new(network: &Network, data: &'d Data) -> Self {
        let integers = data.integers();
        let neurons = || network.neurons.iter().filter(|neuron| !neuron.a.is_zero());
        let weighted: Vec<Vec<Rational>> = match network.activation {
            Activation::Relu => {
                neurons().map(|neuron| neuron.weights_on(integers).into_iter().map(|v| v * neuron.a.clone().abs()).collect()).collect()
            }
            Activation::Threshold => neurons().map(|neuron| vec![neuron.a.clone()]).collect(),
        };
        let unit = ratio(Integer::ONE, &integers.target_scale);
        let scale = common_denominator(weighted.iter().flatten().chain([&network.output_bias, &unit]));
        let steps: Vec<Step> = neurons()
            .zip(&weighted)
            .map(|(neuron, weighted)| match network.activation {
                Activation::Relu => {
                    let v = weighted.iter().map(|v| scaled_integer(v, &scale)).collect();
                    Step::Rise(IntegerVector::new(v), neuron.a > Rational::ZERO)
                }
                Activation::Threshold => Step::Jump(IntegerVector::from_rationals(&neuron.weights_on(integers)), scaled_integer(&neuron.a, &scale)),
            })
            .collect();
        let constant = scaled_integer(&network.output_bias, &scale);
        let value = |i: usize| {
            let mut sum = constant.clone();
            for step in &steps {
                let (Step::Rise(v, _) | Step::Jump(v, _)) = step;
                if integers.rows.sign(i, v) == Ordering::Greater {
                    match step {
                        Step::Rise(v, true) => sum += integers.rows.product(i, v),
                        Step::Rise(v, false) => sum -= integers.rows.product(i, v),
                        Step::Jump(_, jump) => sum += jump,
                    }
                }
            }
            sum
        };
        Values { integers, scaled: (0..data.len()).map(value).collect(), target_factor: scaled_integer(&unit, &scale), scale }
    }

    /// `φ(x_i)` for every point.
    pub(super) fn exact(&self) -> Vec<Rational> {
        self.scaled.iter().map(|value| ratio(value.clone(), &self.scale)).collect()
    }

    /// `F φ(x_i)` for every point.
    pub(crate) fn scaled(&self) -> &[Integer] {
        &self.scaled
    }

    /// `F`.
    pub(crate) fn scale(&self) -> &Integer {
        &self.scale
    }

    /// `F (φ(x_i) − y_i)` for every point.
    fn residuals(&self) -> impl Iterator<Item = Integer> {
        self.scaled.iter().zip(&self.integers.targets).map(|(value, y)| value - &self.target_factor * y)
    }

    pub(super) fn loss(&self, loss: Loss) -> Rational {
        match loss {
            Loss::L2 => ratio(Integer::from(self.residuals().fold(Natural::ZERO, |sum, r| sum + r.sqr())), &Integer::from(self.scale.sqr())),
            Loss::L1 => ratio(self.residuals().fold(Integer::ZERO, |sum, r| sum + r.abs()), &self.scale),
            Loss::Linf => ratio(self.residuals().map(Abs::abs).max().unwrap_or_default(), &self.scale),
            Loss::ZeroOne => {
                let signs = self.scaled.iter().zip(&self.integers.targets);
                Rational::from(signs.filter(|(value, y)| (**value > Integer::ZERO) != (**y > Integer::ZERO)).count())
            }
        }
    }
}

impl Neuron {
    /// `v` with `v·X = w·x + b` for the points in integers.
    pub(crate) fn weights_on(&self, integers: &IntegerData) -> Vec<Rational> {
        self.w.iter().zip(&integers.scales).map(|(w, s)| w / s).chain([self.b.clone()]).collect()
    }
}

/// A fraction with a positive denominator.
fn ratio(numerator: Integer, denominator: &Integer) -> Rational {
    Rational::from_parts(numerator, Natural::try_from(denominator.clone()).expect("positive"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::loss_of;
    use proptest::prelude::*;

    /// Small fractions, zeros, and numbers of sizes that no float holds.
    fn number() -> impl Strategy<Value = Rational> {
        let fraction = (-6i64..7, 1u64..5).prop_map(|(p, q)| Rational::from_parts(p.into(), q.into()));
        let power = prop_oneof![8 => Just(0i64), 1 => -1200i64..1200, 1 => -60i64..60];
        (fraction, power).prop_map(|(fraction, power)| {
            let power_of_ten = Rational::from(Integer::from(10).pow(usize::try_from(power.unsigned_abs()).unwrap()));
            if power < 0 { fraction / power_of_ten } else { fraction * power_of_ten }
        })
    }

    fn case() -> impl Strategy<Value = (Data, Network)> {
        (0usize..4, 1usize..7, 0usize..4, any::<bool>()).prop_flat_map(|(d, n, k, threshold)| {
            let points = prop::collection::vec(prop::collection::vec(number(), d), n);
            let targets = prop::collection::vec(number(), n);
            // Some neurons vanish at a data point, where the sign is in the balance.
            let neuron = (prop::collection::vec(number(), d), number(), number(), prop::option::of(0usize..6));
            (points, targets, prop::collection::vec(neuron, k), number()).prop_map(move |(points, targets, neurons, output_bias)| {
                let neurons = neurons.into_iter().map(|(w, b, a, through)| {
                    let mut neuron = Neuron { w, b, a };
                    if let Some(x) = through.and_then(|i| points.get(i)) {
                        neuron.b = &neuron.b - neuron.preactivation(x);
                    }
                    neuron
                });
                let activation = if threshold { Activation::Threshold } else { Activation::Relu };
                let network = Network { activation, neurons: neurons.collect(), output_bias };
                (Data::new(points, targets).unwrap(), network)
            })
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4000, rng_seed: proptest::test_runner::RngSeed::Fixed(5), ..ProptestConfig::default() })]

        /// Origin: the definition, point by point in rationals.
        #[test]
        fn values_and_losses_are_those_of_the_definition((data, network) in case()) {
            let values: Vec<Rational> = data.points().iter().map(|x| network.value(x)).collect();
            prop_assert_eq!(&network.predictions(&data).unwrap(), &values);
            for loss in Loss::ALL {
                prop_assert_eq!(network.loss(&data, loss).unwrap(), loss_of(&values, data.targets(), loss));
            }
        }
    }
}
