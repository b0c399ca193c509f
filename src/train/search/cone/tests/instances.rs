//! Random data, mostly degenerate.

use crate::exact::{Integer, Rational};
use crate::instance::{Activation, Architecture, Data, Instance, Loss};
use rand::{Rng, RngExt};

/// How large the coordinates are, and so which integers the cones are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Size {
    Small,
    /// Small ones, with `10^digits` times its predecessor added to each coordinate: the same cones.
    Sheared(usize),
    /// Small ones with random digits appended, in general position.
    Perturbed(usize),
}

pub(super) fn instance(points: Vec<Vec<Rational>>) -> Instance {
    let targets = vec![Rational::ZERO; points.len()];
    let architecture = Architecture { activation: Activation::Relu, width: 1, output_bias: false, convex: false, affine: false };
    Instance { data: Data::new(points, targets).unwrap(), architecture, loss: Loss::L2, target_error: None }
}

/// Points of a small grid: many are equal, collinear or have zeros.
pub(super) fn grid(rng: &mut impl Rng, dimension: usize, n: usize) -> Vec<Vec<i64>> {
    let radius = rng.random_range(1..=4);
    let flat = rng.random_bool(0.2);
    (0..n)
        .map(|_| {
            let mut x: Vec<i64> = (0..dimension).map(|_| if rng.random_bool(0.2) { 0 } else { rng.random_range(-radius..=radius) }).collect();
            if flat && dimension > 1 {
                x[dimension - 1] = x[0];
            }
            x
        })
        .collect()
}

pub(super) fn sized(rng: &mut impl Rng, points: &[Vec<i64>], size: Size) -> Instance {
    let power = |digits: usize| Integer::from(10).pow(digits);
    let points = points.iter().map(|x| {
        let mut x: Vec<Integer> = x.iter().map(|&v| Integer::from(v)).collect();
        match size {
            Size::Small => {}
            Size::Sheared(digits) => (1..x.len()).for_each(|c| x[c] = &x[c] + power(digits) * &x[c - 1]),
            Size::Perturbed(digits) => {
                for v in &mut x {
                    *v = (0..digits).fold(v.clone(), |v, _| v * Integer::from(10) + Integer::from(rng.random_range(0..10)));
                }
            }
        }
        x.into_iter().map(Rational::from).collect()
    });
    instance(points.collect())
}
