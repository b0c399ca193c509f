//! The law of `‖x^(L)‖²` through all layers, without biases, by a Fourier series on the log scale.
//!
//! `ln(y_L/y_0) = Σ ln F_l` is a sum of independent terms, whose characteristic functions are known: given `F_l > 0`,
//!
//! ```text
//! φ_l(t) = E e^{it ln F_l} = Σ_k w_k (2σ_w²)^{it} Γ(k/2+it)/Γ(k/2)        (for a Haar layer g^{2it} and divided by Γ(M/2+it)/Γ(M/2))
//! ```
//!
//! so `φ = Π φ_l` is that of `Z = ln(y_L/y_0)` given that the signal lives. Let the window `[A, A+P)` hold nearly all of it, and `ω_m = 2πm/P`. The density folded to the window has the Fourier coefficients `φ(ω_m)/P`
//! (Poisson's summation formula); integrated from `A`, its series is
//!
//! ```text
//! G(z) = (z−A)/P + (1/π) Σ_{m≥1} Re[ i φ(ω_m) (e^{−iω_m z} − e^{−iω_m A}) ]/m,
//! ```
//!
//! computed at any `z` without a further discretisation, and its error as a distribution function of `Z` is at most the sum of
//!
//! - **aliasing** `P(Z ∉ [A, A+P))`: `G(z)` is the mass of all translates of `[A, z]`, so `G(z) − F(z)` lies between `−P(Z < A)` and `P(Z ∉ [A, A+P))`. Chernoff's bound with the exact moments `Π Λ_l(±s)` chooses `A` and `P`;
//! - **truncation** at `m = m_max`, `T = ω_{m_max}`: `(2/π) Σ_{m > m_max} |φ(ω_m)|/m ≤ (2/πT) ∫_T^∞ Φ(t) dt` with the majorant `Φ = Π_l Σ_k w_k |Γ(k/2+it)/Γ(k/2)|`, each of whose terms falls in `t`. `ln |Γ(a+it)|` is concave in `t` for
//!   `a ≥ ½`: its second derivative is `−Re ψ'(a+it)`, and `Re ψ'(a+it) = ∫_0^∞ cos(tx) e^{−(a−½)x} x/(2 sinh(x/2)) dx` is the cosine transform of a product of two positive definite functions. Its slope at `T` is
//!   `−Im ψ(a+iT) = −Σ_n T/((a+n)²+T²) ≤ −arctan(T/a)`, so `∫_T^∞ Φ ≤ Φ(T)/Σ_l arctan(2T/k_max)`. A Haar term falls as a power: with `p = Σ_{n < ⌊(M−k)/2⌋} T²/((k/2+n)²+T²)` it is at most its value at `T` times
//!   `(T/t)^p`, so `∫_T^∞ Φ ≤ Φ(T)·T/(Σ_l p_l − 1)`, where `p_l` is the least of the layer's;
//! - **weights** left out: the `k` at both ends of the binomial law with mass below 10⁻¹⁷ each, twice that mass for each layer;
//! - **rounding**: 32 units in the last place for each layer's `φ_l` and 8 for the angle of each whole turn, summed over the series. (This is an estimate with a margin, the others are bounds.)
//!
//! Everything decreases exponentially in the size of the series, so a few hundred terms give errors near 10⁻¹². Time: terms × different layers × the `O(√N)` relevant `k`; depth costs nothing where layers repeat.

use super::law::{Draw, Layer, Units, float};
use super::scheme::Ensemble;
use super::special::{ln_gamma_ratio, ln_gamma_ratio_imaginary, log_add, log_one_minus_exp, log_sum_exp};
use num_complex::Complex64;
use std::f64::consts::{LN_2, PI};
use thiserror::Error;

/// What aliasing and truncation may contribute to the error, each.
const TARGET: f64 = 1e-12;
/// Mass left out at each end of a binomial law.
const NEGLIGIBLE: f64 = 1e-17;
/// Longer series are not tried.
const MAX_TERMS: usize = 1 << 17;

/// Why there is no such transform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TransformError {
    /// The factors are not independent of each other with biases.
    #[error(
        "the transform is that of a product of independent factors, which the squared length is without biases only; with biases, draw from the exact sampler"
    )]
    Biases,
    /// An atom, or a density that is not smooth.
    #[error(
        "the law has atoms, or a density so rough that {MAX_TERMS} terms of its Fourier series do not reach an error of {TARGET:e} (narrow layers with orthogonal weights); draw from the exact sampler"
    )]
    Rough,
}

/// The parts of the error of a distribution function; see the module's documentation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ErrorBound {
    /// Mass outside of the window.
    pub aliasing: f64,
    /// The rest of the series.
    pub truncation: f64,
    /// Terms of the mixture that were left out.
    pub weights: f64,
    /// Rounding, estimated with a margin.
    pub rounding: f64,
}

impl ErrorBound {
    /// The sum of the parts.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.aliasing + self.truncation + self.weights + self.rounding
    }
}

/// The law of `Z = ln(y_L/y_0)` given `y_L > 0`, and the probability of that.
#[derive(Debug, Clone)]
pub struct LogLaw {
    /// `E Z`, to which the series is centred.
    mean: f64,
    deviation: f64,
    /// `A` and `P` relative to the mean.
    start: f64,
    period: f64,
    /// `φ(ω_m)` for `m = 1, 2, …` of the centred law; empty if `Z` is a constant.
    coefficients: Vec<Complex64>,
    /// `Σ Re[i φ_m e^{−iω_m A}]/m`, with which the integral starts.
    offset: f64,
    log_death: f64,
    bound: ErrorBound,
}

/// The part of a layer's law that the transform needs.
struct Component {
    count: f64,
    degrees: Vec<(usize, f64)>,
    /// `M` of a Haar layer.
    sphere: Option<usize>,
    /// `E ln F`.
    mean: f64,
    log_scale: f64,
}

impl Component {
    fn new(layer: &Layer, count: usize) -> Self {
        let alive = log_one_minus_exp(layer.log_death());
        let mut degrees: Vec<(usize, f64)> = layer.degrees().into_iter().filter(|(k, _)| *k > 0).map(|(k, log)| (k, (log - alive).exp())).collect();
        let light = |degrees: &mut dyn Iterator<Item = &(usize, f64)>| {
            let mut sum = 0.0;
            degrees
                .take_while(|(_, weight)| {
                    sum += weight;
                    sum < NEGLIGIBLE
                })
                .count()
        };
        let (left, right) = (light(&mut degrees.iter()), light(&mut degrees.iter().rev()));
        degrees.truncate(degrees.len() - right);
        degrees.drain(..left);
        let sphere = matches!(layer.draw, Draw::Haar { .. }).then(|| layer.sphere());
        let log_scale = layer.scale().ln() + if sphere.is_none() { LN_2 } else { 0.0 };
        Component { count: float(count), degrees, sphere, mean: layer.log_moments().0, log_scale }
    }

    /// `ln E e^{s(ln F − mean)}` for real `s` above the negative half of the least `k`.
    fn log_moment(&self, s: f64) -> f64 {
        let terms = self.degrees.iter().map(|&(k, weight)| weight.ln() + ln_gamma_ratio(0.5 * float(k), s));
        log_sum_exp(terms) - self.sphere.map_or(0.0, |m| ln_gamma_ratio(0.5 * float(m), s)) + s * (self.log_scale - self.mean)
    }

    /// `E e^{it(ln F − mean)}` and its majorant.
    fn characteristic(&self, t: f64) -> (Complex64, f64) {
        // What the phase of Γ(k/2+it)/Γ(k/2) turns by is nearly cancelled by the mean.
        let centre = self.mean - self.log_scale;
        let (centre, divisor) = match self.sphere {
            None => (centre, Complex64::ZERO),
            Some(m) => {
                let log = (0.5 * float(m)).ln();
                (centre + log, ln_gamma_ratio_imaginary(0.5 * float(m), t, log))
            }
        };
        let (first, last) = (self.degrees[0].0, self.degrees[self.degrees.len() - 1].0);
        let start = |k: usize| ln_gamma_ratio_imaginary(0.5 * float(k), t, centre) - divisor;
        // Γ(a+1+it)/Γ(a+1) = Γ(a+it)/Γ(a) · (1 + it/a), from two neighbours on.
        let mut logs = [start(first), if last > first { start(first + 1) } else { Complex64::ZERO }];
        let reference = logs[0].re.max(if last > first { logs[1].re } else { f64::NEG_INFINITY });
        logs.iter_mut().for_each(|log| log.re -= reference);
        let mut terms = logs.map(Complex64::exp);
        let (mut sum, mut modulus) = (Complex64::ZERO, 0.0);
        for (i, &(k, weight)) in self.degrees.iter().enumerate() {
            let term = &mut terms[i % 2];
            sum += *term * weight;
            modulus += term.norm() * weight;
            *term *= Complex64::new(1.0, 2.0 * t / float(k));
        }
        (sum * reference.exp(), modulus * reference.exp())
    }

    /// The power of `1/t` (Haar) or the rate of the exponential (Gaussian) by which the majorant falls from `t` on.
    fn decay(&self, t: f64) -> f64 {
        match self.sphere {
            None => {
                let last = self.degrees[self.degrees.len() - 1].0;
                self.count * (2.0 * t / float(last)).atan()
            }
            Some(m) => {
                let power = |k: usize| (0..m.saturating_sub(k) / 2).map(|n| t * t / ((0.5 * float(k) + float(n)).powi(2) + t * t)).sum::<f64>();
                self.count * self.degrees.iter().map(|&(k, _)| power(k)).fold(f64::INFINITY, f64::min)
            }
        }
    }
}

/// `∫_T^∞ Φ` bounded.
fn tail(components: &[Component], t: f64) -> f64 {
    let log_majorant: f64 = components.iter().map(|component| component.count * component.characteristic(t).1.ln()).sum();
    let rate: f64 = components.iter().filter(|component| component.sphere.is_none()).map(|component| component.decay(t)).sum();
    let power: f64 = components.iter().filter(|component| component.sphere.is_some()).map(|component| component.decay(t)).sum();
    let exponential = 1.0 / rate;
    let polynomial = if power > 1.0 { t / (power - 1.0) } else { f64::INFINITY };
    log_majorant.exp() * exponential.min(polynomial)
}

/// `min_s (K(s) + ln(1/ε))/s` over powers `s` below `limit`: the least distance from the mean with Chernoff bound `ε`.
fn chernoff(cumulant: impl Fn(f64) -> f64, limit: f64, log_target: f64, deviation: f64) -> f64 {
    let distance = |s: f64| (cumulant(s) + log_target) / s;
    let steps = (0..80).map(|i| 1e-3 / deviation * 1.2f64.powi(i)).chain([0.9 * limit, 0.99 * limit, 0.999 * limit]);
    steps.filter(|&s| s < limit).map(distance).filter(|d| d.is_finite()).fold(f64::INFINITY, f64::min)
}

impl LogLaw {
    /// The law for a random network.
    ///
    /// # Errors
    /// [`TransformError`] with biases, or if the law is not smooth.
    ///
    /// # Examples
    /// ```
    /// use relus::init::{Ensemble, LogLaw, Scheme, Units};
    /// let ensemble = Ensemble::new("100x101".parse().unwrap(), Scheme::He, &[0.0], Units::Relu).unwrap();
    /// let law = LogLaw::new(&ensemble).unwrap();
    /// // The mean of ‖x‖² stands while its median falls by about exp(−5L/2N).
    /// let median = law.quantile(0.5).exp();
    /// assert!(median > 0.05 && median < 0.1 && law.error_bound().total() < 1e-10);
    /// ```
    pub fn new(ensemble: &Ensemble) -> Result<Self, TransformError> {
        if ensemble.has_biases() {
            return Err(TransformError::Biases);
        }
        let (mut mean, mut variance, mut log_alive, mut log_deaths) = (0.0, 0.0, 0.0, f64::NEG_INFINITY);
        let mut components = Vec::new();
        let mut layers = 0.0;
        for (layer, count) in ensemble.distinct() {
            let (layer_mean, layer_variance) = layer.log_moments();
            mean += float(count) * layer_mean;
            variance += float(count) * layer_variance;
            log_alive += float(count) * log_one_minus_exp(layer.log_death());
            log_deaths = log_add(log_deaths, layer.log_death() + float(count).ln());
            layers += float(count);
            if layer.is_constant() {
                continue;
            }
            // A square matrix keeps the length of the input as it is if all units are active: an atom.
            let component = Component::new(&layer, count);
            let atom = component.sphere.is_some_and(|m| component.degrees.iter().any(|&(k, _)| k == m));
            if atom && layer.units == Units::Relu {
                return Err(TransformError::Rough);
            }
            components.push(component);
        }
        let log_death = if log_deaths < -36.0 { log_deaths } else { log_one_minus_exp(log_alive) };
        let deviation = variance.sqrt();
        let weights = 4.0 * NEGLIGIBLE * layers;
        let mut law = LogLaw {
            mean,
            deviation,
            start: 0.0,
            period: 0.0,
            coefficients: Vec::new(),
            offset: 0.0,
            log_death,
            bound: ErrorBound { aliasing: 0.0, truncation: 0.0, weights, rounding: 0.0 },
        };
        if !components.is_empty() {
            law.expand(&components, layers)?;
        }
        Ok(law)
    }

    fn expand(&mut self, components: &[Component], layers: f64) -> Result<(), TransformError> {
        let cumulant = |s: f64| components.iter().map(|component| component.count * component.log_moment(s)).sum::<f64>();
        let log_target = (2.0 / TARGET).ln();
        let least = components.iter().map(|component| 0.5 * float(component.degrees[0].0)).fold(f64::INFINITY, f64::min);
        let left = chernoff(|s| cumulant(-s), least, log_target, self.deviation);
        let right = chernoff(cumulant, f64::INFINITY, log_target, self.deviation);
        self.start = -left;
        self.period = left + right;
        self.bound.aliasing = TARGET;
        let truncation = |t: f64| 2.0 / (PI * t) * tail(components, t);
        let mut terms = 16usize;
        let frequency = |m: usize| 2.0 * PI * float(m) / self.period;
        while truncation(frequency(terms)) > TARGET {
            terms += terms / 4;
            if terms > MAX_TERMS {
                return Err(TransformError::Rough);
            }
        }
        self.bound.truncation = truncation(frequency(terms));
        let mut coefficients = vec![Complex64::new(1.0, 0.0); terms];
        for component in components {
            for (m, coefficient) in (1..).zip(&mut coefficients) {
                let (value, _) = component.characteristic(frequency(m));
                let (modulus, angle) = value.to_polar();
                *coefficient *= Complex64::from_polar((component.count * modulus.ln()).exp(), component.count * angle);
            }
        }
        let epsilon = 0.5 * f64::EPSILON;
        self.bound.rounding =
            (1..).zip(&coefficients).map(|(m, value)| 2.0 / PI * value.norm() * (32.0 * layers / float(m) + 16.0 * PI) * epsilon).sum::<f64>()
                + 16.0 * epsilon;
        self.coefficients = coefficients;
        self.offset = self.series(self.start);
        Ok(())
    }

    /// `Σ Re[i φ_m e^{−iω_m x}]/m`.
    fn series(&self, x: f64) -> f64 {
        let terms = (1..).zip(&self.coefficients).map(|(m, value)| {
            let (sine, cosine) = (2.0 * PI * float(m) * (x / self.period)).sin_cos();
            // Re[i φ (cos − i sin)] = Re φ sin − Im φ cos.
            (value.re * sine - value.im * cosine) / float(m)
        });
        terms.sum()
    }

    /// Whether the law is the constant [`mean`](Self::mean).
    #[must_use]
    pub fn is_constant(&self) -> bool {
        self.coefficients.is_empty()
    }

    /// `E Z`, exact up to rounding.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// The standard deviation of `Z`, exact up to rounding.
    #[must_use]
    pub fn deviation(&self) -> f64 {
        self.deviation
    }

    /// The logarithm of the probability that the signal is 0.
    #[must_use]
    pub fn log_death(&self) -> f64 {
        self.log_death
    }

    /// The bound of the error of [`cdf`](Self::cdf).
    #[must_use]
    pub fn error_bound(&self) -> ErrorBound {
        self.bound
    }

    /// The number of terms of the series.
    #[must_use]
    pub fn terms(&self) -> usize {
        self.coefficients.len()
    }

    /// The window: outside of it there is at most the mass of the aliasing bound.
    #[must_use]
    pub fn window(&self) -> (f64, f64) {
        (self.mean + self.start, self.mean + self.start + self.period)
    }

    /// `P(Z ≤ z)` given that the signal lives.
    #[must_use]
    pub fn cdf(&self, z: f64) -> f64 {
        let x = z - self.mean;
        if self.is_constant() {
            return if x >= 0.0 { 1.0 } else { 0.0 };
        }
        if x <= self.start {
            return 0.0;
        }
        if x >= self.start + self.period {
            return 1.0;
        }
        ((x - self.start) / self.period + (self.series(x) - self.offset) / PI).clamp(0.0, 1.0)
    }

    /// The density of `Z` given that the signal lives, by the differentiated series; that of `y` at `y` is this at `ln(y/y_0)`, divided by `y`. Infinite where `Z` is a constant.
    #[must_use]
    pub fn density(&self, z: f64) -> f64 {
        let x = z - self.mean;
        if self.is_constant() {
            return if x == 0.0 { f64::INFINITY } else { 0.0 };
        }
        if x <= self.start || x >= self.start + self.period {
            return 0.0;
        }
        let terms = (1..).zip(&self.coefficients).map(|(m, value)| {
            let (sine, cosine) = (2.0 * PI * float(m) * (x / self.period)).sin_cos();
            value.re * cosine + value.im * sine
        });
        ((1.0 + 2.0 * terms.sum::<f64>()) / self.period).max(0.0)
    }

    /// The `z` with `P(Z ≤ z) = p` given that the signal lives, by bisection.
    #[must_use]
    pub fn quantile(&self, p: f64) -> f64 {
        if self.is_constant() {
            return self.mean;
        }
        let (mut low, mut high) = self.window();
        for _ in 0..60 {
            let middle = f64::midpoint(low, high);
            *(if self.cdf(middle) < p { &mut low } else { &mut high }) = middle;
        }
        f64::midpoint(low, high)
    }
}
