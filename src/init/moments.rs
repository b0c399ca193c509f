//! Moments of the squared length `y_l = ‖x^(l)‖²` of a signal, layer by layer.
//!
//! With `σ_l² = σ_w² y_{l−1} + σ_b²` and `y_l = σ_l² T_l`, mean and variance follow the recursion
//!
//! ```text
//! E y_l = E T · (σ_w² E y_{l−1} + σ_b²)
//! Var y_l = Var T · (Var σ_l² + (E σ_l²)²) + (E T)² · Var σ_l²,    Var σ_l² = σ_w⁴ Var y_{l−1}
//! ```
//!
//! in which nothing is subtracted. It is run in the log domain, so that neither depth nor width over- or underflows: over `L` layers the relative error is about `L·10⁻¹⁵`, plus the rounding of a
//! logarithm `x` itself, `|x|·10⁻¹⁶`. Without biases `y_l = y_0 F_1 ⋯ F_l` with independent factors, so powers and logarithms are exact too: `E[y_l^s; y_l > 0] = y_0^s Π Λ_i(s)`, and given that the signal lives `ln y_l` has mean and
//! variance the sums of those of the `ln F_i`. It is dead by layer `l` with probability `1 − Π(1 − 2^{−N_i})`. With biases a dead signal comes back: then only layer `l` itself can be dead, and logarithms have no closed form.
//!
//! Mean-field theory, the limit of wide layers, has the same mean and no variance: it predicts `y_l = E y_l`.

use super::law::{LawKey, Layer};
use super::scheme::Ensemble;
use super::special::{log_add, log_one_minus_exp};
use std::collections::HashMap;

/// What one layer multiplies.
#[derive(Debug, Clone)]
struct Facts {
    logarithm: (f64, f64),
    powers: Vec<f64>,
}

impl Facts {
    fn of(layer: &Layer, powers: &[f64]) -> Self {
        Facts { logarithm: layer.log_moments(), powers: powers.iter().map(|&s| layer.log_power_moment(s)).collect() }
    }
}

/// What is known of one layer's signal.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerMoments {
    /// `ln E y_l`, which is also the logarithm of the mean-field prediction.
    pub log_mean: f64,
    /// `ln Var y_l`; minus infinity if there is no variance.
    pub log_variance: f64,
    /// Mean and variance of `ln y_l` given `y_l > 0`; `None` with biases.
    pub logarithm: Option<(f64, f64)>,
    /// The logarithm of the probability that the signal is 0.
    pub log_death: f64,
    /// `ln E[y_l^s; y_l > 0]` for each power asked for (infinite where the moment is); empty with biases.
    pub powers: Vec<f64>,
}

/// The moments of all layers, for an input of squared length `y0 > 0`.
///
/// # Examples
/// ```
/// use relus::init::{Ensemble, Scheme, Units, moments};
/// let ensemble = Ensemble::new("100x11".parse().unwrap(), Scheme::He, &[0.0], Units::Relu).unwrap();
/// let last = moments(&ensemble, 1.0, &[]).pop().unwrap();
/// // Var = (1 + 5/N)^L − 1.
/// assert!(last.log_mean.abs() < 1e-14 && (last.log_variance.exp() - (1.05f64.powi(10) - 1.0)).abs() < 1e-13);
/// ```
#[must_use]
pub fn moments(ensemble: &Ensemble, y0: f64, powers: &[f64]) -> Vec<LayerMoments> {
    let biased = ensemble.has_biases();
    // Layers mostly repeat; the sums over k are made once for each law.
    let mut known: HashMap<LawKey, Facts> = HashMap::new();
    let mut log_mean = y0.ln();
    let mut log_variance = f64::NEG_INFINITY;
    let mut logarithm = (log_mean, 0.0);
    let mut log_alive = 0.0;
    let mut log_powers: Vec<f64> = powers.iter().map(|s| s * log_mean).collect();
    let mut log_deaths = f64::NEG_INFINITY;
    let mut result = Vec::with_capacity(ensemble.layers().len());
    for layer in ensemble.layers() {
        let (log_weight, log_bias) = (layer.scale().ln(), layer.bias_variance.ln());
        let log_width = log_add(log_weight + log_mean, log_bias);
        let log_width_variance = 2.0 * log_weight + log_variance;
        log_mean = layer.mean().ln() + log_width;
        let fresh = layer.variance().ln() + log_add(log_width_variance, 2.0 * log_width);
        log_variance = log_add(fresh, 2.0 * layer.mean().ln() + log_width_variance);
        if !biased {
            let facts = known.entry(layer.key()).or_insert_with(|| Facts::of(layer, powers));
            logarithm = (logarithm.0 + facts.logarithm.0, logarithm.1 + facts.logarithm.1);
            log_powers.iter_mut().zip(&facts.powers).for_each(|(sum, log)| *sum += log);
        }
        let log_death = if biased {
            layer.log_death()
        } else {
            log_alive += log_one_minus_exp(layer.log_death());
            log_deaths = log_add(log_deaths, layer.log_death());
            // Where 1 − Π(1−p_i) would lose digits, it is Σ p_i up to a relative error of that size.
            if log_deaths < -36.0 { log_deaths } else { log_one_minus_exp(log_alive) }
        };
        result.push(LayerMoments {
            log_mean,
            log_variance,
            logarithm: (!biased).then_some(logarithm),
            log_death,
            powers: if biased { Vec::new() } else { log_powers.clone() },
        });
    }
    result
}
