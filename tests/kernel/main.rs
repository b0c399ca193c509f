//! The kernel learner: the exact cases, every provable inequality on random data, the samplers' guarantees, the model's file.
//!
//! Where an expected value comes from is said beside it. Dense matrices of a few hundred points are the brute force against which everything that goes by blocks and features is compared.
#![cfg(feature = "dense")]

mod circle;
mod dense;
mod file;
mod inequalities;
mod polynomials;
mod regression;
mod samplers;
mod spectra;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use relus::kernel::{Kernel, Points};

const KERNELS: [&str; 6] = ["multinomial:4", "multinomial:1", "inverse", "inverse:3", "arccos", "gaussian:3"];

fn kernel(name: &str) -> Kernel {
    name.parse().expect("the name of a kernel")
}

fn random(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// Random points of the unit ball.
fn ball(count: usize, dimension: usize, seed: u64) -> Points {
    let rng = &mut random(seed);
    let mut coordinates = Vec::new();
    for _ in 0..count {
        let point: Vec<f64> = (0..dimension).map(|_| rng.random_range(-1.0..1.0)).collect();
        let norm = point.iter().map(|x| x * x).sum::<f64>().sqrt();
        let length = rng.random_range(0.2..1.0f64);
        coordinates.extend(point.into_iter().map(|x| x * length / norm));
    }
    Points::new(dimension, count, coordinates).expect("finite points")
}

/// Points of the unit ball that are degenerate in a way that the seed chooses: all equal, on a line, few different ones, with a constant coordinate, the origin among them.
fn degenerate(count: usize, dimension: usize, seed: u64) -> Points {
    let points = ball(count, dimension, seed);
    let mut coordinates = points.coordinates().to_vec();
    for (i, point) in coordinates.chunks_mut(dimension).enumerate() {
        match seed % 5 {
            0 => point.copy_from_slice(points.point(0)),
            1 => {
                let factor = (i as f64) / (count as f64) - 0.5;
                point.iter_mut().zip(points.point(0)).for_each(|(x, direction)| *x = factor * direction);
            }
            2 => point.copy_from_slice(points.point(i % 3)),
            3 => point[0] = 0.0,
            _ => {
                if i % 2 == 0 {
                    point.fill(0.0);
                }
            }
        }
    }
    Points::new(dimension, count, coordinates).expect("finite points")
}

/// Labels in the unit interval: a neuron and noise.
fn labels(points: &Points, seed: u64) -> Vec<f64> {
    let rng = &mut random(seed ^ 99);
    let direction: Vec<f64> = (0..points.dimension()).map(|_| rng.random_range(-1.0..1.0)).collect();
    let value = |i: usize| points.point(i).iter().zip(&direction).map(|(x, w)| x * w).sum::<f64>();
    (0..points.len()).map(|i| (0.4 + value(i).max(0.0) + rng.random_range(-0.2..0.2)).clamp(0.0, 1.0)).collect()
}
