//! Cross-validation: which kernel and which ridge (or norm bound) predict points best that were left out.
//!
//! The points are cut at random into folds. For each kernel landmarks are drawn once, by the points without the labels, so that no label of a fold that is left out is seen; then each fold's normal equations are
//! summed once; those of the rest are the sum of the other folds'. In the eigenbasis of the rest every ridge costs `O(s²)`. All of it is as expensive as a fit for each kernel plus an eigenvalue problem of order
//! `s` for each fold. Errors are mean squared errors without clipping and rounding.

use super::error::KernelError;
use super::fit::{Form, KeepOn, Sampler};
use super::function::Kernel;
use super::nystrom::Nystrom;
use super::points::Points;
use super::regression::Normal;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

/// What was best, and the error of everything that was tried.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// The kernel.
    pub kernel: Kernel,
    /// The form with its parameter.
    pub form: Form,
    /// The mean squared error on points left out.
    pub error: f64,
    /// The least error of each kernel that was tried, with its form.
    pub tried: Vec<(Kernel, Form, f64)>,
}

/// The kernels that are tried if none is named.
#[must_use]
pub fn kernels() -> Vec<Kernel> {
    let multinomial = [1, 2, 3, 4, 6].map(|degree| Kernel::Multinomial { degree });
    let gaussian = [0.5, 2.0, 8.0, 32.0].map(|gamma| Kernel::Gaussian { gamma });
    multinomial.into_iter().chain([Kernel::Inverse { depth: 1 }, Kernel::ArcCosine]).chain(gaussian).collect()
}

/// The ridges that are tried: from 10⁻¹⁰ to 10, three to each power of ten.
#[must_use]
pub fn ridges() -> Vec<Form> {
    (-30..=3).map(|k| Form::Ridge(10f64.powf(f64::from(k) / 3.0))).collect()
}

/// The norm bounds that are tried: from 2⁻⁴ to 2²⁰.
#[must_use]
pub fn norm_bounds() -> Vec<Form> {
    (-4..=20).map(|k| Form::Constrained(2f64.powi(k))).collect()
}

/// What to choose from.
#[derive(Debug, Clone, Copy)]
pub struct Candidates<'a> {
    /// The kernels.
    pub kernels: &'a [Kernel],
    /// The forms with their parameters.
    pub forms: &'a [Form],
    /// How landmarks are chosen for each kernel.
    pub sampler: Sampler,
}

/// The best kernel and form by cross-validation with `folds` folds, at least 2 and no more than points.
///
/// # Errors
/// [`KernelError`] if there are too few points, or a kernel does not fit them.
pub fn choose(
    candidates: Candidates<'_>,
    points: &Points,
    labels: &[f64],
    folds: usize,
    seed: u64,
    keep_on: KeepOn<'_>,
) -> Result<Choice, KernelError> {
    let Candidates { kernels, forms, sampler } = candidates;
    if folds < 2 || folds > points.len() {
        return Err(KernelError::Setting { name: "the number of folds", range: "from 2 to the number of points", value: folds as f64 });
    }
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed ^ 0xF01D));
    let parts: Vec<Vec<usize>> = (0..folds).map(|f| order.iter().copied().skip(f).step_by(folds).collect()).collect();
    let mut tried = Vec::new();
    for (k, &kernel) in kernels.iter().enumerate() {
        let landmarks = sampler.landmarks(kernel, points, seed)?;
        let nystrom = Nystrom::new(kernel, points, &landmarks)?;
        let errors = errors(&nystrom, forms, points, labels, &parts, &|| keep_on("kernels", k, kernels.len()))?;
        let best = errors.into_iter().zip(forms).min_by(|a, b| a.0.total_cmp(&b.0));
        tried.extend(best.map(|(error, form)| (kernel, *form, error)));
    }
    let best = tried.iter().min_by(|a, b| a.2.total_cmp(&b.2)).copied().ok_or(KernelError::Empty)?;
    Ok(Choice { kernel: best.0, form: best.1, error: best.2, tried })
}

/// The error of each form.
fn errors(
    nystrom: &Nystrom,
    forms: &[Form],
    points: &Points,
    labels: &[f64],
    parts: &[Vec<usize>],
    keep_on: &dyn Fn() -> bool,
) -> Result<Vec<f64>, KernelError> {
    let mut normals = Vec::with_capacity(parts.len());
    for part in parts {
        let own: Vec<f64> = part.iter().map(|&i| labels[i]).collect();
        normals.push(Normal::of(nystrom, &points.subset(part), &own, &|_| keep_on())?);
    }
    let mut errors = vec![0.0; forms.len()];
    for (f, left_out) in normals.iter().enumerate() {
        let mut rest = Normal::empty(nystrom.rank());
        normals.iter().enumerate().filter(|(other, _)| *other != f).for_each(|(_, normal)| rest.join(normal));
        let problem = rest.diagonalise()?;
        for (sum, form) in errors.iter_mut().zip(forms) {
            *sum += left_out.mean_squared(&form.solve_diagonal(&problem)?) * left_out.count() as f64;
        }
    }
    Ok(errors.into_iter().map(|error| error / labels.len() as f64).collect())
}
