//! Networks and losses, by the definition.

use crate::data::Data;
use crate::error::CheckError;
use crate::result::{Activation, Exact, Loss, Problem, has_format};
use dashu_ratio::RBig;
use dashu_ratio::ops::Abs;
use serde::Deserialize;
use std::path::Path;

#[derive(Deserialize)]
struct Neuron {
    w: Vec<Exact>,
    b: Exact,
    a: Exact,
}

/// `φ(x) = c + Σ_j a_j σ(w_j·x + b_j)` with σ(z) = max(0, z) or [z > 0].
#[derive(Deserialize)]
pub(crate) struct Network {
    format: String,
    version: u64,
    activation: Activation,
    neurons: Vec<Neuron>,
    output_bias: Option<Exact>,
}

impl Network {
    /// Confirms that the network is one of those that the problem allows.
    pub(crate) fn check_class(&self, path: &Path, problem: &Problem) -> Result<(), CheckError> {
        has_format(path, &self.format, self.version, "relus-network")?;
        let unit = |a: &RBig| *a == RBig::ONE || *a == RBig::NEG_ONE;
        // The neurons besides the affine function.
        let free = self.neurons.len() - if problem.affine && self.ends_affinely() { 2 } else { 0 };
        let wrong = if self.activation != problem.activation {
            "the activation is another".to_owned()
        } else if free > problem.width {
            format!("there are {free} neurons, the width is {}", problem.width)
        } else if !problem.output_bias && self.output_bias.as_ref().is_some_and(|bias| bias.0 != RBig::ZERO) {
            "there is an output bias".to_owned()
        } else if let Some(j) = self.neurons.iter().position(|neuron| neuron.w.len() != problem.dimension) {
            format!("neuron {} has {} input weights, the data have {} features", j + 1, self.neurons[j].w.len(), problem.dimension)
        } else if let Some(j) = self.neurons.iter().position(|neuron| self.activation == Activation::Relu && !unit(&neuron.a.0)) {
            format!("neuron {} has output weight {}: a ReLU network has output weights 1 and -1", j + 1, self.neurons[j].a.0)
        } else if let Some(j) = self.neurons[..free].iter().position(|neuron| problem.convex && neuron.a.0 != RBig::ONE) {
            format!("neuron {} has output weight {}: the networks of the class have output weights 1 only", j + 1, self.neurons[j].a.0)
        } else {
            return Ok(());
        };
        Err(CheckError::Class(wrong))
    }

    /// Whether the last two neurons are an affine function `z = max(0, z) − max(0, −z)`.
    fn ends_affinely(&self) -> bool {
        let [.., first, second] = &self.neurons[..] else { return false };
        let opposite = |first: &Exact, second: &Exact| first.0 == -&second.0;
        let inputs = first.w.len() == second.w.len() && first.w.iter().zip(&second.w).all(|(first, second)| opposite(first, second));
        inputs && opposite(&first.b, &second.b) && opposite(&first.a, &second.a)
    }

    fn value(&self, x: &[RBig]) -> RBig {
        let mut sum = self.output_bias.as_ref().map_or(RBig::ZERO, |bias| bias.0.clone());
        for Neuron { w, b: Exact(b), a: Exact(a) } in &self.neurons {
            let z = w.iter().zip(x).fold(b.clone(), |z, (Exact(w), x)| z + w * x);
            if z > RBig::ZERO {
                sum += if self.activation == Activation::Relu { a * z } else { a.clone() };
            }
        }
        sum
    }

    pub(crate) fn loss(&self, data: &Data, loss: Loss) -> RBig {
        aggregate(loss, data.points.iter().zip(&data.targets).map(|(x, y)| term(loss, &self.value(x), y)))
    }
}

/// The share of one point with prediction `value`.
fn term(loss: Loss, value: &RBig, target: &RBig) -> RBig {
    match loss {
        Loss::L2 => (value - target).sqr(),
        Loss::L1 | Loss::Linf => (value - target).abs(),
        Loss::ZeroOne if (*value > RBig::ZERO) == (*target > RBig::ZERO) => RBig::ZERO,
        Loss::ZeroOne => RBig::ONE,
    }
}

fn aggregate(loss: Loss, terms: impl Iterator<Item = RBig>) -> RBig {
    if loss == Loss::Linf { terms.fold(RBig::ZERO, Ord::max) } else { terms.fold(RBig::ZERO, |sum, term| sum + term) }
}

/// A lower bound on the loss of every network of the class that needs no certificate.
///
/// A network has one value at equal points, so it does not beat the best constant for each group of equal points: the mean (L2), a median
/// (L1), the middle of the extremes (L∞), the majority (0-1). Without neurons and affine function it has one value at all points, and that is 0 without an output bias.
pub(crate) fn floor(data: &Data, problem: &Problem) -> RBig {
    let loss = problem.loss;
    let groups = if problem.width == 0 && !problem.affine { vec![(0..data.points.len()).collect()] } else { data.sites() };
    let best = |group: Vec<usize>| {
        let mut targets: Vec<&RBig> = group.iter().map(|&i| &data.targets[i]).collect();
        targets.sort();
        let (least, greatest) = (targets[0], targets[targets.len() - 1]);
        let constant = match loss {
            _ if problem.width == 0 && !problem.output_bias && !problem.affine => RBig::ZERO,
            Loss::L2 => targets.iter().fold(RBig::ZERO, |sum, y| sum + *y) / RBig::from(targets.len()),
            Loss::L1 => targets[targets.len() / 2].clone(),
            Loss::Linf => (least + greatest) / RBig::from(2),
            Loss::ZeroOne if 2 * targets.iter().filter(|y| ***y > RBig::ZERO).count() > targets.len() => RBig::ONE,
            Loss::ZeroOne => RBig::ZERO,
        };
        aggregate(loss, targets.iter().map(|y| term(loss, &constant, y)))
    };
    aggregate(loss, groups.into_iter().map(best))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::parse;

    fn data(rows: &[(&str, &str)]) -> Data {
        let q = |text: &str| parse(text).unwrap();
        Data { points: rows.iter().map(|(x, _)| vec![q(x)]).collect(), targets: rows.iter().map(|(_, y)| q(y)).collect() }
    }

    fn problem(width: usize, output_bias: bool, loss: Loss) -> Problem {
        let (activation, none, convex, affine) = (Activation::Relu, None, false, false);
        Problem {
            points: 0,
            dimension: 1,
            width,
            activation,
            loss,
            output_bias,
            convex,
            affine,
            target_error: None,
            features: None,
            target: none,
            positive: None,
        }
    }

    /// Origin: by hand. The targets 0, 1, 5 at the point 1: mean 2 (4 + 1 + 9), median 1 (1 + 4), middle 5/2, majority positive (1 wrong).
    #[test]
    fn equal_points_with_different_targets_bound_the_loss() {
        let data = data(&[("1", "0"), ("2", "7"), ("1.0", "1"), ("2/2", "5")]);
        let cases = [(Loss::L2, "14"), (Loss::L1, "5"), (Loss::Linf, "5/2"), (Loss::ZeroOne, "1")];
        for (loss, value) in cases {
            assert_eq!(floor(&data, &problem(3, false, loss)), parse(value).unwrap(), "{loss:?}");
        }
    }

    /// Origin: by hand. The best constant of 0, 7, 1, 5 is 13/4 (L2), anything in [1, 5] (L1), 7/2 (L∞).
    #[test]
    fn without_neurons_there_is_one_value() {
        let data = data(&[("1", "0"), ("2", "7"), ("1", "1"), ("1", "5")]);
        let cases = [(Loss::L2, "75", "131/4"), (Loss::L1, "13", "11"), (Loss::Linf, "7", "7/2"), (Loss::ZeroOne, "3", "1")];
        for (loss, zero, constant) in cases {
            assert_eq!(floor(&data, &problem(0, false, loss)), parse(zero).unwrap(), "{loss:?}");
            assert_eq!(floor(&data, &problem(0, true, loss)), parse(constant).unwrap(), "{loss:?}");
        }
    }

    /// Origin: the definition. |1 − x| by two ReLUs; a threshold is 0 on its own breakline.
    #[test]
    fn networks_are_evaluated_by_the_definition() {
        let q = |text: &str| parse(text).unwrap();
        let neuron = |w: &str, b: &str, a: &str| Neuron { w: vec![Exact(q(w))], b: Exact(q(b)), a: Exact(q(a)) };
        let neurons = || vec![neuron("1", "-1", "1"), neuron("-1", "1", "1")];
        let network =
            |activation, bias: &str| Network { format: String::new(), version: 1, activation, neurons: neurons(), output_bias: Some(Exact(q(bias))) };
        let (relu, threshold) = (network(Activation::Relu, "0"), network(Activation::Threshold, "1/2"));
        for (x, ramp, step) in [("0", "1", "3/2"), ("1", "0", "1/2"), ("3/2", "1/2", "3/2")] {
            assert_eq!(relu.value(&[q(x)]), q(ramp));
            assert_eq!(threshold.value(&[q(x)]), q(step));
        }
    }
}
