//! Planted convex maps: data that a sum of ReLUs fits exactly, or, moved a little, most likely none does.
//!
//! The planted map is `φ(x) = A(x) + Σ_j max(0, w_j·x + b_j)`, with `A` affine or 0. Points, weights and biases are standard normal, rounded to a fixed number of decimals; the targets are the exact values.
//! A perturbation adds a number to the targets of some points, drawn at random. A sum of `k` ReLUs in general position is determined by far fewer than `n` points, so that for a
//! generic perturbation and `n` well above `k(d+1)` no such sum fits; but that is nothing the generator proves.

use super::teacher::{MAX_NUMBERS, round};
use super::{Planted, TeacherError};
use crate::exact::Rational;
use crate::instance::{Activation, Architecture, Data, Instance, Loss};
use crate::network::{Network, Neuron};
use rand::SeedableRng;
use rand::seq::index;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// How to draw a convex map and its data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlantedConvex {
    /// The dimension of the points.
    pub dimension: usize,
    /// The number of ReLUs.
    pub width: usize,
    /// Whether an affine function is added to them.
    pub affine: bool,
    /// The number of points, at least 1.
    pub points: usize,
    /// The number of decimals, at most 9.
    pub decimals: u32,
    /// What is added to the targets of [`PlantedConvex::moved`] points; 0 for none.
    pub perturbation: Rational,
    /// How many points are moved; at most all.
    pub moved: usize,
    /// The seed of everything random.
    pub seed: u64,
}

impl PlantedConvex {
    /// Draws the map, then the points, then which of them are moved. The instance asks whether a map of the class fits without error.
    ///
    /// # Errors
    /// [`TeacherError`] if a setting is out of its range.
    ///
    /// # Examples
    /// ```
    /// use relus::{exact::Rational, generate::PlantedConvex, instance::Loss};
    /// let settings = PlantedConvex { dimension: 2, width: 2, affine: false, points: 30, decimals: 2, perturbation: Rational::ZERO, moved: 1, seed: 7 };
    /// let planted = settings.draw().unwrap();
    /// assert_eq!(planted.teacher.loss(&planted.instance.data, Loss::L2), Ok(Rational::ZERO));
    /// ```
    pub fn draw(&self) -> Result<Planted, TeacherError> {
        if self.points == 0 {
            return Err(TeacherError::NoPoints);
        }
        if self.decimals > 9 {
            return Err(TeacherError::Decimals);
        }
        if self.moved > self.points {
            return Err(TeacherError::Moved { moved: self.moved, points: self.points });
        }
        let neurons = self.width.saturating_add(2);
        if self.dimension.saturating_add(2).saturating_mul(self.points.max(neurons)) > MAX_NUMBERS {
            return Err(TeacherError::Size(MAX_NUMBERS));
        }
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        let mut vector = || -> Vec<Rational> { (0..self.dimension).map(|_| round(StandardNormal.sample(&mut random), self.decimals)).collect() };
        let mut inputs: Vec<Vec<Rational>> = (0..self.width + usize::from(self.affine)).map(|_| vector()).collect();
        let points: Vec<Vec<Rational>> = (0..self.points).map(|_| vector()).collect();
        let mut bias = || round(StandardNormal.sample(&mut random), self.decimals);
        let plus = |w: Vec<Rational>, b: Rational| Neuron { w, b, a: Rational::ONE };
        let affine = if self.affine { inputs.pop() } else { None }.map(|w| plus(w, bias()));
        let mut neurons: Vec<Neuron> = inputs.into_iter().map(|w| plus(w, bias())).collect();
        if let Some(rising) = affine {
            let falling = Neuron { w: rising.w.iter().map(|w| -w).collect(), b: -&rising.b, a: Rational::NEG_ONE };
            neurons.extend([rising, falling]);
        }
        let teacher = Network { activation: Activation::Relu, neurons, output_bias: Rational::ZERO };
        let mut targets: Vec<Rational> = points.iter().map(|x| teacher.value(x)).collect();
        if !self.perturbation.is_zero() {
            index::sample(&mut random, self.points, self.moved).iter().for_each(|i| targets[i] += &self.perturbation);
        }
        let data = Data::new(points, targets).expect("at least one point, all of one dimension");
        let architecture = Architecture { activation: Activation::Relu, width: self.width, output_bias: false, convex: true, affine: self.affine };
        Ok(Planted { instance: Instance { data, architecture, loss: Loss::L2, target_error: Some(Rational::ZERO) }, teacher })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instance::finite_decimal;

    fn settings() -> PlantedConvex {
        PlantedConvex { dimension: 2, width: 3, affine: true, points: 40, decimals: 3, perturbation: Rational::ZERO, moved: 1, seed: 5 }
    }

    /// Origin: the definition of the class; a perturbation of `p` at `m` points costs the planted map `m p²`.
    #[test]
    fn the_planted_map_is_of_the_class_and_fits_but_for_the_perturbation() {
        for affine in [false, true] {
            let planted = PlantedConvex { affine, ..settings() }.draw().unwrap();
            assert_eq!(planted.teacher.loss(&planted.instance.data, Loss::L2), Ok(Rational::ZERO));
            assert_eq!(planted.teacher.neurons.len(), planted.instance.architecture.most_neurons());
            assert!(planted.teacher.neurons[..3].iter().all(|neuron| neuron.a == Rational::ONE));
            let moved = PlantedConvex { affine, perturbation: Rational::from(3), moved: 4, ..settings() }.draw().unwrap();
            assert_eq!(moved.instance.data.points(), planted.instance.data.points());
            assert_eq!(moved.teacher.loss(&moved.instance.data, Loss::L2), Ok(Rational::from(36)));
        }
    }

    #[test]
    fn numbers_are_short_decimals_and_reproducible() {
        let planted = settings().draw().unwrap();
        assert_eq!(planted, settings().draw().unwrap());
        assert_ne!(planted, PlantedConvex { seed: 6, ..settings() }.draw().unwrap());
        for value in planted.instance.data.points().iter().flatten() {
            let decimal = finite_decimal(value).unwrap();
            assert!(decimal.split_once('.').is_none_or(|(_, places)| places.len() <= 3), "{decimal}");
        }
    }

    #[test]
    fn settings_out_of_range_are_refused() {
        assert_eq!(PlantedConvex { points: 0, ..settings() }.draw(), Err(TeacherError::NoPoints));
        assert_eq!(PlantedConvex { decimals: 10, ..settings() }.draw(), Err(TeacherError::Decimals));
        assert_eq!(PlantedConvex { moved: 41, ..settings() }.draw(), Err(TeacherError::Moved { moved: 41, points: 40 }));
        assert_eq!(PlantedConvex { width: usize::MAX, ..settings() }.draw(), Err(TeacherError::Size(MAX_NUMBERS)));
    }
}
