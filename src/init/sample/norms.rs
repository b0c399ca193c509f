//! The chain `y_l = (σ_w² y_{l−1} + σ_b²)·T_l` itself.
//!
//! A step draws the number `k` of active units by Walker's alias method (constant time at any width; the probabilities are floats, so relative 10⁻¹³ off) and `χ²_k` as twice a gamma variable by the
//! rejection method of G. Marsaglia and W. Tsang (*ACM Trans. Math. Software* 26, 2000), whose constants are tabulated for all `k`; `χ²_1` is a squared normal variable. A Haar layer draws
//! `Beta(k/2, (M−k)/2)` as `χ²_k/(χ²_k + χ²_{M−k})`. The product is kept as a float times `e^x` with a separate `x`, so thousands of layers neither overflow nor vanish.

use super::super::law::{Draw, Layer, Units, float};
use super::super::parallel::Workers;
use super::super::scheme::Ensemble;
use super::generator;
use rand::{Rng, RngExt};
use rand_distr::weighted::WeightedAliasIndex;
use rand_distr::{Distribution, StandardNormal};
use std::collections::HashMap;

/// Samples of one stream.
const CHUNK: usize = 1 << 10;
/// Beyond these a product moves its size to the logarithm.
const RANGE: std::ops::RangeInclusive<f64> = 1e-100..=1e100;

/// Draws `χ²_k`.
#[derive(Debug, Clone, Copy)]
struct ChiSquare {
    /// `k/2 − 1/3`; 0 stands for `k = 1`.
    d: f64,
    /// `1/√(9d)`.
    c: f64,
}

impl ChiSquare {
    /// For `k ≥ 1`.
    fn new(k: usize) -> Self {
        if k == 1 {
            return ChiSquare { d: 0.0, c: 0.0 };
        }
        let d = 0.5 * float(k) - 1.0 / 3.0;
        ChiSquare { d, c: 1.0 / (9.0 * d).sqrt() }
    }

    #[inline]
    fn draw(self, random: &mut impl Rng) -> f64 {
        loop {
            let x: f64 = StandardNormal.sample(random);
            if self.d == 0.0 {
                return x * x;
            }
            let v = 1.0 + self.c * x;
            if v <= 0.0 {
                continue;
            }
            let v = v * v * v;
            let u: f64 = random.random();
            let square = x * x;
            if u < 1.0 - 0.0331 * square * square || u.ln() < 0.5 * square + self.d * (1.0 - v + v.ln()) {
                return 2.0 * self.d * v;
            }
        }
    }
}

/// Draws `T` or `R` of a layer.
#[derive(Debug)]
struct Factor {
    /// `None` if all units are active, always.
    degrees: Option<WeightedAliasIndex<f64>>,
    width: usize,
    /// `M` of a Haar layer.
    sphere: Option<usize>,
    /// `χ²_k` at place `k − 1`.
    squares: Vec<ChiSquare>,
}

impl Factor {
    fn new(layer: &Layer) -> Self {
        let sphere = matches!(layer.draw, Draw::Haar { .. }).then(|| layer.sphere());
        let degrees = (layer.units == Units::Relu).then(|| {
            let weights = layer.degrees().into_iter().map(|(_, log)| log.exp()).collect();
            WeightedAliasIndex::new(weights).expect("a binomial law is one")
        });
        Factor { degrees, width: layer.width, sphere, squares: (1..=sphere.unwrap_or(0).max(layer.width)).map(ChiSquare::new).collect() }
    }

    #[inline]
    fn draw(&self, random: &mut impl Rng) -> f64 {
        let k = self.degrees.as_ref().map_or(self.width, |degrees| degrees.sample(random));
        if k == 0 {
            return 0.0;
        }
        match self.sphere {
            None => self.squares[k - 1].draw(random),
            Some(m) if m == k => 1.0,
            Some(m) => {
                let (on, off) = (self.squares[k - 1].draw(random), self.squares[m - k - 1].draw(random));
                on / (on + off)
            }
        }
    }
}

/// Draws `ln ‖x^(L)‖²` (minus infinity for a dead signal) `count` times, for an input of squared length `y0 > 0`; fewer if the workers were stopped.
///
/// # Examples
/// ```
/// use relus::init::{Ensemble, Scheme, Units, Workers, norm_samples};
/// let ensemble = Ensemble::new("10,100x50".parse().unwrap(), Scheme::HeOut, &[0.0], Units::Relu).unwrap();
/// let logs = norm_samples(&ensemble, 1.0, 2000, 7, Workers { threads: 2, stop: None });
/// // Mean −50·(5/200) and variance 50·(5/100), nearly.
/// let mean = logs.iter().sum::<f64>() / 2000.0;
/// assert!((mean + 1.25).abs() < 0.2);
/// assert_eq!(logs, norm_samples(&ensemble, 1.0, 2000, 7, Workers::default()));
/// ```
#[must_use]
pub fn norm_samples(ensemble: &Ensemble, y0: f64, count: usize, seed: u64, workers: Workers<'_>) -> Vec<f64> {
    let distinct = ensemble.distinct();
    let places: HashMap<_, usize> = distinct.iter().enumerate().map(|(i, (layer, _))| (layer.key(), i)).collect();
    let factors: Vec<Factor> = distinct.iter().map(|(layer, _)| Factor::new(layer)).collect();
    let steps: Vec<(&Factor, f64, f64)> =
        ensemble.layers().iter().map(|layer| (&factors[places[&layer.key()]], layer.scale(), layer.bias_variance)).collect();
    let chunks = workers.map(count.div_ceil(CHUNK), |chunk| {
        let mut random = generator(seed, chunk);
        (0..CHUNK.min(count - chunk * CHUNK)).map(|_| chain(&steps, y0, &mut random)).collect::<Vec<f64>>()
    });
    chunks.concat()
}

/// One sample of `ln y_L`.
fn chain(steps: &[(&Factor, f64, f64)], y0: f64, random: &mut impl Rng) -> f64 {
    // y = part·e^log.
    let (mut log, mut part, mut unit) = (y0.ln(), 1.0, 1.0 / y0);
    for &(factor, weight, bias) in steps {
        part = (weight * part + if bias > 0.0 { bias * unit } else { 0.0 }) * factor.draw(random);
        if !RANGE.contains(&part) {
            if part == 0.0 {
                (log, unit) = (0.0, 1.0);
            } else {
                log += part.ln();
                part = 1.0;
                unit = (-log).exp();
            }
        }
    }
    log + part.ln()
}
