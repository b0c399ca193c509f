//! Plain gradient descent, as a person would run it: all weights of `φ(x) = Σ a_j max(0, w_j·x + b_j)`, the sum of squares over all points, steps of a backtracking line search.
//!
//! Features are centred and scaled to variance 1 and targets to mean square 1, which changes no class of networks. Weights begin with He's normal law, biases standard normal (so that the kinks lie among the data), output weights normal
//! with variance `1/k`. The loss never rises; a run ends after so many steps, or when a hundred of them gained less than one part in 10⁹.

use super::super::statistics::count;
use crate::exact::nearest_f64;
use crate::instance::Data;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// Steps after which progress is judged.
const PATIENCE: usize = 100;
const LEAST_PROGRESS: f64 = 1e-9;

/// Data in the units of the descent.
#[derive(Debug)]
pub(super) struct Scaled {
    points: Vec<Vec<f64>>,
    targets: Vec<f64>,
    /// The sum of squares of the targets as they are.
    pub(super) total: f64,
}

impl Scaled {
    pub(super) fn new(data: &Data) -> Self {
        let n = count(data.len());
        let raw: Vec<Vec<f64>> = data.points().iter().map(|x| x.iter().map(nearest_f64).collect()).collect();
        let targets: Vec<f64> = data.targets().iter().map(nearest_f64).collect();
        let mut points = raw.clone();
        for c in 0..data.dimension() {
            let mean = raw.iter().map(|x| x[c]).sum::<f64>() / n;
            let deviation = (raw.iter().map(|x| (x[c] - mean).powi(2)).sum::<f64>() / n).sqrt();
            let scale = if deviation > 0.0 { deviation } else { 1.0 };
            points.iter_mut().zip(&raw).for_each(|(point, x)| point[c] = (x[c] - mean) / scale);
        }
        let total: f64 = targets.iter().map(|y| y * y).sum();
        let unit = if total > 0.0 { (total / n).sqrt() } else { 1.0 };
        Scaled { points, targets: targets.iter().map(|y| y / unit).collect(), total }
    }
}

/// Where a descent ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct End {
    /// The sum of squares, in the units of the data.
    pub(super) loss: f64,
    /// The steps taken.
    pub(super) steps: usize,
}

/// Weights of `k` neurons, each `w`, `b`, `a`, one after the other.
struct Descent<'a> {
    data: &'a Scaled,
    block: usize,
}

impl Descent<'_> {
    /// The loss, and the gradient if there is room for one.
    fn loss(&self, weights: &[f64], mut gradient: Option<&mut [f64]>) -> f64 {
        let d = self.block - 2;
        if let Some(gradient) = gradient.as_deref_mut() {
            gradient.fill(0.0);
        }
        let mut sum = 0.0;
        for (x, y) in self.data.points.iter().zip(&self.data.targets) {
            let z = |own: &[f64]| own[..d].iter().zip(x).map(|(w, x)| w * x).sum::<f64>() + own[d];
            let residual = weights.chunks(self.block).map(|own| own[d + 1] * z(own).max(0.0)).sum::<f64>() - y;
            sum += residual * residual;
            let Some(gradient) = gradient.as_deref_mut() else { continue };
            for (own, part) in weights.chunks(self.block).zip(gradient.chunks_mut(self.block)) {
                let value = z(own);
                if value > 0.0 {
                    let inner = 2.0 * residual * own[d + 1];
                    part[..d].iter_mut().zip(x).for_each(|(part, x)| *part += inner * x);
                    part[d] += inner;
                    part[d + 1] += 2.0 * residual * value;
                }
            }
        }
        sum
    }
}

/// One descent of a network of `width` neurons; `None` if `stopped`.
pub(super) fn descend(data: &Scaled, width: usize, steps: usize, seed: u64, stopped: &dyn Fn() -> bool) -> Option<End> {
    let d = data.points.first().map_or(0, Vec::len);
    let block = d + 2;
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut normal = |deviation: f64| -> f64 { deviation * Distribution::<f64>::sample(&StandardNormal, &mut random) };
    let mut weights = Vec::with_capacity(width * block);
    for _ in 0..width {
        weights.extend((0..d).map(|_| normal((2.0 / count(d.max(1))).sqrt())));
        weights.extend([normal(1.0), normal(1.0 / count(width).sqrt())]);
    }
    let descent = Descent { data, block };
    let mut gradient = vec![0.0; weights.len()];
    let mut trial = weights.clone();
    let mut loss = descent.loss(&weights, Some(&mut gradient));
    let mut step = 0.1 / count(data.points.len());
    let mut before = loss;
    let mut taken = 0;
    while taken < steps {
        if taken % PATIENCE == 0 {
            if stopped() {
                return None;
            }
            if taken > 0 && before - loss <= LEAST_PROGRESS * before {
                break;
            }
            before = loss;
        }
        let square: f64 = gradient.iter().map(|g| g * g).sum();
        if square == 0.0 {
            break;
        }
        step *= 2.0;
        let mut found = loss;
        while step > 1e-18 {
            trial.iter_mut().zip(&weights).zip(&gradient).for_each(|((trial, w), g)| *trial = w - step * g);
            found = descent.loss(&trial, None);
            if found <= loss - 0.3 * step * square {
                break;
            }
            step *= 0.5;
        }
        if found >= loss {
            break;
        }
        std::mem::swap(&mut weights, &mut trial);
        loss = descent.loss(&weights, Some(&mut gradient));
        taken += 1;
    }
    let unit = if data.total > 0.0 { data.total / count(data.points.len()) } else { 1.0 };
    Some(End { loss: loss * unit, steps: taken })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::Rational;

    fn line() -> Data {
        Data::new((0..8).map(|i| vec![Rational::from(i)]).collect(), (0..8).map(|i| Rational::from((i - 3).max(0))).collect()).unwrap()
    }

    /// Origin: differences; a kink is met with probability 0.
    #[test]
    fn the_gradient_is_that_of_the_loss() {
        let data = Scaled::new(&line());
        let descent = Descent { data: &data, block: 3 };
        let weights = [0.7, -0.2, 0.9, -1.1, 0.4, 0.3];
        let mut gradient = [0.0; 6];
        descent.loss(&weights, Some(&mut gradient));
        for i in 0..6 {
            let moved = |by: f64| {
                let mut weights = weights;
                weights[i] += by;
                descent.loss(&weights, None)
            };
            let slope = (moved(1e-6) - moved(-1e-6)) / 2e-6;
            assert!((slope - gradient[i]).abs() < 1e-6, "{i}: {slope} and {}", gradient[i]);
        }
    }

    /// Origin: the data are max(0, x − 3), so that some start reaches 0; the same seed ends at the same place.
    #[test]
    fn a_good_start_reaches_the_planted_neuron() {
        let data = Scaled::new(&line());
        let ends: Vec<End> = (0..10).map(|seed| descend(&data, 1, 3000, seed, &|| false).unwrap()).collect();
        assert!(ends.iter().any(|end| end.loss < 1e-6), "{ends:?}");
        assert!(ends.iter().all(|end| end.loss >= 0.0 && end.loss <= 1e3));
        let again = descend(&data, 1, 3000, 3, &|| false).unwrap();
        assert_eq!((again.loss.to_bits(), again.steps), (ends[3].loss.to_bits(), ends[3].steps));
        assert!(descend(&data, 1, 10, 0, &|| true).is_none());
    }
}
