//! Compressed kernel regression: landmarks, least squares on their features, integer codes.

use super::error::KernelError;
use super::function::Kernel;
use super::nystrom::Nystrom;
use super::points::Points;
use super::regression::{Normal, constrained, ridge};
use super::sampling::{fixed, theory, uniform};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// How landmarks are chosen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sampler {
    /// A given number, recursively by ridge leverage scores.
    Scores(usize),
    /// A given number, each set as likely.
    Uniform(usize),
    /// As many as the theory's constants keep.
    Theory {
        /// The accuracy `η`.
        eta: f64,
        /// The probability `δ` of failure.
        delta: f64,
    },
}

impl Sampler {
    /// The sampler's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Sampler::Scores(_) => "scores",
            Sampler::Uniform(_) => "uniform",
            Sampler::Theory { .. } => "theory",
        }
    }

    /// Landmarks in increasing order.
    ///
    /// # Errors
    /// Those of the samplers.
    pub fn landmarks(self, kernel: Kernel, points: &Points, seed: u64) -> Result<Vec<usize>, KernelError> {
        points.check_for(kernel)?;
        let rng = &mut ChaCha8Rng::seed_from_u64(seed);
        match self {
            Sampler::Scores(count) => fixed::landmarks(kernel, points, count, rng),
            Sampler::Uniform(count) => uniform(points, count, rng),
            Sampler::Theory { eta, delta } => theory::landmarks(kernel, points, eta, delta, rng),
        }
    }
}

/// What is minimised.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Form {
    /// Mean squared error plus `λ` times the squared norm.
    Ridge(f64),
    /// Mean squared error, the squared norm at most `B`.
    Constrained(f64),
}

impl Form {
    /// The form's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Form::Ridge(_) => "ridge",
            Form::Constrained(_) => "constrained",
        }
    }

    /// `λ` or `B`.
    #[must_use]
    pub fn parameter(self) -> f64 {
        match self {
            Form::Ridge(value) | Form::Constrained(value) => value,
        }
    }

    /// `w`, from the problem in its eigenbasis.
    ///
    /// # Errors
    /// [`KernelError`] if the parameter is not positive.
    pub fn solve_diagonal(self, problem: &super::regression::Diagonal) -> Result<Vec<f64>, KernelError> {
        match self {
            Form::Ridge(lambda) => Ok(problem.solution(super::error::positive("the ridge", lambda)?)),
            Form::Constrained(norm) => Ok(constrained::solve(problem, norm)?.0),
        }
    }

    fn solve(self, normal: &Normal) -> Result<Vec<f64>, KernelError> {
        match self {
            Form::Ridge(lambda) => ridge::solve(normal, lambda),
            Form::Constrained(_) => self.solve_diagonal(&normal.diagonalise()?),
        }
    }
}

/// What a fit does at the moment, of how many points how many are done; the answer `false` ends it.
pub type KeepOn<'a> = &'a (dyn Fn(&'static str, usize, usize) -> bool + Sync);

/// A function on landmarks.
#[derive(Debug, Clone)]
pub struct Fitted {
    /// The landmarks that take part and their features.
    pub nystrom: Nystrom,
    /// How many landmarks were drawn; those beyond the rank take no part.
    pub drawn: usize,
    /// Their coefficients `β`, before rounding.
    pub coefficients: Vec<f64>,
    /// The squared norm `βᵀK_IIβ`.
    pub squared_norm: f64,
    /// `‖K_{:I}β − y‖²/m`, before rounding and clipping.
    pub mean_squared: f64,
}

/// Fits labels by a function on landmarks.
///
/// # Errors
/// [`KernelError`] for settings out of their range, points outside the kernel's domain, or if `keep_on` says no.
pub fn fit(
    kernel: Kernel,
    sampler: Sampler,
    form: Form,
    points: &Points,
    labels: &[f64],
    seed: u64,
    keep_on: KeepOn<'_>,
) -> Result<Fitted, KernelError> {
    let total = points.len();
    if labels.len() != total {
        return Err(KernelError::Length { found: labels.len(), expected: total });
    }
    if !keep_on("landmarks", 0, total) {
        return Err(KernelError::Interrupted);
    }
    let drawn = sampler.landmarks(kernel, points, seed)?;
    let nystrom = Nystrom::new(kernel, points, &drawn)?;
    let normal = Normal::of(&nystrom, points, labels, &|done| keep_on("regression", done, total))?;
    let w = form.solve(&normal)?;
    let squared_norm = w.iter().map(|x| x * x).sum();
    let mean_squared = normal.mean_squared(&w);
    Ok(Fitted { coefficients: nystrom.coefficients(&w), nystrom, drawn: drawn.len(), squared_norm, mean_squared })
}
