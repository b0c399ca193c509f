//! Levenberg–Marquardt for ReLU networks.
//!
//! The squared loss is piecewise smooth in the weights; its Gauss–Newton matrix at a point is that of the least-squares problem of the current
//! activation patterns. Starts put each neuron's breakline through a data point in a random direction, fit the patterns' least-squares problem once and take the signs of the
//! output weights from it. For the other losses the squared loss is a surrogate, on targets ±1 for the 0-1 loss. From its minimum absolute and maximum
//! loss are improved by reweighted squares: with weights `1/|r|` the squares of the residuals `r` are their magnitudes, with `|r|^(p−2)` their powers, of which a high one
//! is governed by the largest.
//!
//! An affine function besides is one more block of weights, linear everywhere.

use super::polish::{Candidate, rank};
use crate::exact::Rational;
use crate::instance::{Activation, Loss};
use crate::network::{Network, Neuron};
use crate::optimize::qp::GuardedCholesky;
use crate::train::Control;
use crate::train::pattern::PatternSpace;
use crate::train::scaled::{ScaledView, power_of_two};
use rand::{Rng, RngExt};

/// Iterations a start may take.
const MAX_ITERATIONS: usize = 100;
/// A start ends when an iteration improves the loss by less than this fraction.
const LEAST_PROGRESS: f64 = 1e-9;

/// Rounds of reweighted squares.
const ROUNDS: u32 = 24;

/// No start is begun once so many multiplications were made: a few seconds.
const MOST_WORK: u64 = 5_000_000_000;

/// Candidates, best first; at least one if the floats allow.
pub(super) fn search(
    space: &PatternSpace<'_>,
    view: &ScaledView,
    width: usize,
    starts: usize,
    control: &Control<'_>,
    rng: &mut impl Rng,
) -> Vec<Candidate> {
    let mut fit = Fit::new(space, view, width);
    let mut candidates: Vec<Candidate> = Vec::new();
    for start in 0..starts {
        if start > 0 && (fit.work > MOST_WORK || control.should_stop().is_some()) {
            break;
        }
        fit.start(rng);
        fit.descend(control);
        fit.reweigh(control);
        let candidate = fit.candidate(space);
        if candidate.score.is_finite() {
            candidates.push(candidate);
        }
    }
    rank(&mut candidates);
    candidates
}

struct Fit<'v> {
    view: &'v ScaledView,
    width: usize,
    block: usize,
    bias: bool,
    /// Whether all signs are +1.
    convex: bool,
    loss: Loss,
    /// Scaled targets, ±1 for the 0-1 loss.
    targets: Vec<(usize, f64)>,
    /// Whether there is an affine function: it is neuron `width`, linear everywhere.
    affine: bool,
    /// Weights of the neurons, then of the affine function or the output bias.
    weights: Vec<f64>,
    signs: Vec<f64>,
    squares: f64,
    normal: Vec<f64>,
    gradient: Vec<f64>,
    damped: Vec<f64>,
    step: Vec<f64>,
    jacobian: Vec<f64>,
    cholesky: GuardedCholesky,
    /// Multiplications so far, roughly.
    work: u64,
}

impl<'v> Fit<'v> {
    fn new(space: &PatternSpace<'_>, view: &'v ScaledView, width: usize) -> Self {
        let architecture = space.instance().architecture;
        let size = view.unknowns(width + usize::from(architecture.affine));
        let loss = space.instance().loss;
        let targets = match loss {
            Loss::ZeroOne => view.targets.iter().map(|&(row, y)| (row, if y > 0.0 { 1.0 } else { -1.0 })).collect(),
            Loss::L2 | Loss::L1 | Loss::Linf => view.targets.clone(),
        };
        Fit {
            view,
            width,
            block: view.block,
            bias: view.bias,
            convex: architecture.convex,
            affine: architecture.affine,
            loss,
            targets,
            weights: vec![0.0; size],
            signs: vec![1.0; width],
            squares: f64::INFINITY,
            normal: vec![0.0; size * size],
            gradient: vec![0.0; size],
            damped: vec![0.0; size * size],
            step: vec![0.0; size],
            jacobian: vec![0.0; size],
            cholesky: GuardedCholesky::new(),
            work: 0,
        }
    }

    fn size(&self) -> usize {
        self.weights.len()
    }

    fn preactivation(&self, neuron: usize, row: usize) -> f64 {
        let own = &self.weights[neuron * self.block..(neuron + 1) * self.block];
        own.iter().zip(self.view.features_of(row)).map(|(w, f)| w * f).sum()
    }

    fn value(&self, row: usize) -> f64 {
        let neurons: f64 = (0..self.width).map(|j| self.signs[j] * self.preactivation(j, row).max(0.0)).sum();
        neurons
            + match (self.affine, self.bias) {
                (true, _) => self.preactivation(self.width, row),
                (false, true) => self.weights[self.size() - 1],
                (false, false) => 0.0,
            }
    }

    fn residual_sum(&self) -> f64 {
        self.targets.iter().map(|&(row, y)| (self.value(row) - y).powi(2)).sum()
    }

    /// Random breaklines through data points, then the least-squares fit of their patterns.
    fn start(&mut self, rng: &mut impl Rng) {
        self.weights.fill(0.0);
        for j in 0..self.width {
            let through = self.targets[rng.random_range(0..self.targets.len())].0;
            let own = j * self.block;
            // The first column of the design is the constant.
            for c in 1..self.block {
                self.weights[own + c] = rng.random_range(-1.0..1.0f64);
            }
            self.weights[own] = 0.0;
            let offset = self.preactivation(j, through);
            let constant = self.view.features_of(through)[0];
            self.weights[own] = if self.block == 1 { rng.random_range(-1.0..1.0f64) } else { (rng.random_range(-0.01..0.01f64) - offset) / constant };
            self.signs[j] = 1.0;
        }
        // One Gauss–Newton step without regard to signs gives u_j = a_j w_j.
        self.linearise(|_| 1.0);
        let patterns = self.weights.clone();
        if self.solve_damped(1e-6) {
            for (w, step) in self.weights.iter_mut().zip(&self.step) {
                *w -= step;
            }
        }
        // Of the two signs, take the one under which the fit agrees with the pattern it was made for.
        let free = if self.convex { 0 } else { self.width };
        for j in 0..free {
            let fitted = self.weights.clone();
            let agreement: f64 = self
                .targets
                .iter()
                .map(|&(row, _)| {
                    let f = self.view.features_of(row);
                    let dot = |w: &[f64]| w[j * self.block..(j + 1) * self.block].iter().zip(f).map(|(w, f)| w * f).sum::<f64>();
                    if dot(&patterns) > 0.0 { dot(&fitted) } else { -dot(&fitted) }
                })
                .sum();
            if agreement < 0.0 {
                self.signs[j] = -1.0;
                self.weights[j * self.block..(j + 1) * self.block].iter_mut().for_each(|w| *w = -*w);
            }
        }
        self.squares = self.residual_sum();
    }

    /// Normal matrix and gradient at the current weights, each residual `r` with the weight `weight(r)`.
    fn linearise(&mut self, weight: impl Fn(f64) -> f64) {
        let (size, block) = (self.size(), self.block);
        self.work += (self.targets.len() + size) as u64 * (size * size / 2) as u64;
        self.normal.fill(0.0);
        self.gradient.fill(0.0);
        for t in 0..self.targets.len() {
            let (row, y) = self.targets[t];
            self.jacobian.fill(0.0);
            let mut value = 0.0;
            for j in 0..self.width {
                let z = self.preactivation(j, row);
                if z > 0.0 {
                    value += self.signs[j] * z;
                    for (entry, f) in self.jacobian[j * block..(j + 1) * block].iter_mut().zip(self.view.features_of(row)) {
                        *entry = self.signs[j] * f;
                    }
                }
            }
            if self.affine {
                value += self.preactivation(self.width, row);
                self.jacobian[self.width * block..].copy_from_slice(self.view.features_of(row));
            }
            if self.bias {
                value += self.weights[size - 1];
                self.jacobian[size - 1] = 1.0;
            }
            let residual = value - y;
            let factor = weight(residual);
            for c in 0..size {
                let v = self.jacobian[c] * factor;
                if v != 0.0 {
                    self.gradient[c] += v * residual;
                    for (entry, w) in self.normal[c * size..=c * size + c].iter_mut().zip(&self.jacobian) {
                        *entry += v * w;
                    }
                }
            }
        }
        for c in 0..size {
            for e in 0..c {
                self.normal[e * size + c] = self.normal[c * size + e];
            }
        }
    }

    fn solve_damped(&mut self, damping: f64) -> bool {
        let size = self.size();
        self.damped.copy_from_slice(&self.normal);
        let mean = (0..size).map(|c| self.normal[c * size + c]).sum::<f64>() / size as f64;
        for c in 0..size {
            let diagonal = self.normal[c * size + c];
            self.damped[c * size + c] = diagonal + damping * (diagonal + 1e-3 * mean) + 1e-12;
        }
        if !self.cholesky.factor_unproven(&self.damped, size) {
            return false;
        }
        self.cholesky.solve(&self.gradient, &mut self.step);
        true
    }

    fn descend(&mut self, control: &Control<'_>) {
        let mut damping = 1e-3;
        let mut kept = self.weights.clone();
        for _ in 0..MAX_ITERATIONS {
            if control.should_stop().is_some() {
                return;
            }
            self.linearise(|_| 1.0);
            kept.copy_from_slice(&self.weights);
            let before = self.squares;
            while damping < 1e8 {
                if self.solve_damped(damping) {
                    for ((w, old), step) in self.weights.iter_mut().zip(&kept).zip(&self.step) {
                        *w = old - step;
                    }
                    let squares = self.residual_sum();
                    if squares < before {
                        self.squares = squares;
                        damping = (damping * 0.1).max(1e-10);
                        break;
                    }
                }
                self.weights.copy_from_slice(&kept);
                damping *= 10.0;
            }
            if self.squares >= before * (1.0 - LEAST_PROGRESS) {
                return;
            }
        }
    }

    /// Improves the absolute or the maximum loss itself.
    fn reweigh(&mut self, control: &Control<'_>) {
        if !matches!(self.loss, Loss::L1 | Loss::Linf) {
            return;
        }
        let mut kept = self.weights.clone();
        let mut least = self.score();
        for round in 0..ROUNDS {
            if control.should_stop().is_some() || !least.is_finite() || least == 0.0 {
                break;
            }
            let mean = least / if self.loss == Loss::L1 { self.targets.len() as f64 } else { 1.0 };
            // The Newton step of a power of degree p is the least-squares step divided by p − 1.
            let (smallest, power) = (1e-3 * mean, f64::from(round / 4 + 1));
            let length = if self.loss == Loss::L1 {
                self.linearise(|r| mean / r.abs().max(smallest));
                1.0
            } else {
                self.linearise(|r| (r.abs() / mean).powf(2.0 * power));
                1.0 / (2.0 * power + 1.0)
            };
            if !self.solve_damped(1e-9) {
                break;
            }
            let better = [1.0, 0.3, 0.1].into_iter().any(|part| {
                for ((w, old), step) in self.weights.iter_mut().zip(&kept).zip(&self.step) {
                    *w = old - part * length * step;
                }
                self.score() < least
            });
            if better {
                kept.copy_from_slice(&self.weights);
                least = self.score();
            } else {
                self.weights.copy_from_slice(&kept);
                if self.loss == Loss::L1 {
                    break;
                }
            }
        }
        self.squares = self.residual_sum();
    }

    /// The loss, in the scaled targets' units.
    fn score(&self) -> f64 {
        let residuals = self.targets.iter().map(|&(row, y)| (self.value(row), y));
        match self.loss {
            Loss::L2 => self.squares,
            Loss::L1 => residuals.map(|(value, y)| (value - y).abs()).sum(),
            Loss::Linf => residuals.map(|(value, y)| (value - y).abs()).fold(0.0, f64::max),
            // Ties among equal counts are broken by the surrogate.
            Loss::ZeroOne => residuals.filter(|(value, y)| (*value > 0.0) != (*y > 0.0)).count() as f64 + self.squares / (1.0 + self.squares),
        }
    }

    fn candidate(&self, space: &PatternSpace<'_>) -> Candidate {
        let score = self.score();
        let neurons = (0..self.width).map(|j| (self.unscaled(j), self.signs[j] > 0.0)).collect();
        Candidate { neurons, score, network: self.network(space) }
    }

    /// The network of the current weights, taken as exact.
    fn network(&self, space: &PatternSpace<'_>) -> Option<Network> {
        let unit = self.view.target_unit(space);
        let weights = |j: usize| {
            let own = self.weights[j * self.block..(j + 1) * self.block].iter().zip(&self.view.shifts);
            let v: Option<Vec<Rational>> = own.map(|(&w, &shift)| Some(Rational::try_from(w).ok()? * power_of_two(-shift) * &unit)).collect();
            v.map(|v| space.design().weights(&v))
        };
        let neurons = (0..self.width).map(|j| {
            let (w, b) = weights(j)?;
            Some(Neuron { w, b, a: if self.signs[j] > 0.0 { Rational::ONE } else { Rational::NEG_ONE } })
        });
        let neurons = neurons.collect::<Option<Vec<_>>>()?;
        let output_bias = if self.bias { Rational::try_from(*self.weights.last()?).ok()? * &unit } else { Rational::ZERO };
        let mut network = Network { activation: Activation::Relu, neurons, output_bias };
        if self.affine {
            let (w, b) = weights(self.width)?;
            network.add_affine(w, b);
        }
        Some(network)
    }

    /// The neuron's direction in the design's own columns.
    fn unscaled(&self, neuron: usize) -> Vec<f64> {
        self.view.unscaled_weights(&self.weights[neuron * self.block..(neuron + 1) * self.block])
    }
}
