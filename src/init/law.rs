//! The law of one layer: by which random factor it multiplies the squared length of its input.
//!
//! Let `h = Wx + b` with `x` fixed and `y = ‖x‖²`. If the entries of `W` and `b` are independent normal with variances `σ_w²`, `σ_b²`, then the `N` pre-activations are independent normal with variance
//! `σ_w² y + σ_b²`, each positive with probability ½ independently of its square. So for a layer of ReLUs
//!
//! ```text
//! ‖max(0,h)‖² = (σ_w² y + σ_b²)·T,    T ~ Σ_{k=0..N} C(N,k) 2^{−N} χ²_k
//! ```
//!
//! with an atom `2^{−N}` at 0, and `T ~ χ²_N` for a linear layer. If `W = g·O`, where `O` is a Haar-distributed `N × n` matrix with orthonormal rows or columns, put `M = max(N, n)`: `Ox/‖x‖` is the
//! first `N` coordinates of a uniform point of the sphere of `R^M`, so
//!
//! ```text
//! ‖max(0,h)‖² = g² y·R,    R ~ Σ_k C(N,k) 2^{−N} Beta(k/2, (M−k)/2),    T = R·χ²_M with independent factors
//! ```
//!
//! (`Beta(k/2, 0)` is the constant 1), which gives every moment of `R` from that of `T`. Below `F` is the factor of the layer without a bias: `F = σ_w² T` or `F = g² R`.
//!
//! All moments are sums over `k` of at most `N + 1` terms in the log domain. Each term is good to about 10⁻¹⁴ relative plus `|s|·10⁻¹⁵` for the power `s`, for widths up to 10⁶.

use super::special::{ln_gamma_ratio, log_one_minus_exp, log_sum_exp, trigamma};
use statrs::function::gamma::digamma;
use std::f64::consts::LN_2;

/// How a layer's weights are drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Draw {
    /// Independent normal entries.
    Gaussian {
        /// The variance of an entry, positive.
        variance: f64,
    },
    /// A Haar-distributed matrix with orthonormal rows or columns, times a gain.
    Haar {
        /// The square of the gain, positive.
        gain_squared: f64,
    },
}

/// What a layer does with its pre-activations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Units {
    /// `max(0, z)`.
    Relu,
    /// Nothing.
    Linear,
}

/// A layer as its law sees it. For schemes that share weights it is the layer of `W0`, which is linear; see [`Scheme`](super::Scheme).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Layer {
    /// The dimension of its input.
    pub inputs: usize,
    /// The number of its units.
    pub width: usize,
    /// What they do.
    pub units: Units,
    /// How the weights are drawn.
    pub draw: Draw,
    /// The variance of the biases, which are normal; 0 if the weights are not.
    pub bias_variance: f64,
}

/// Equal for equal layers of one ensemble.
pub(super) type LawKey = (usize, usize, Units, u64, u64);

/// The number of positive pre-activations: `(k, ln probability)` in increasing order of `k`.
pub(super) type Degrees = Vec<(usize, f64)>;

/// Indices and widths as floats: exact below 2⁵³.
#[expect(clippy::cast_precision_loss, reason = "widths are at most 10⁶, numbers of samples far below 2⁵³")]
pub(super) fn float(n: usize) -> f64 {
    n as f64
}

/// `ln (C(n,k) 2^{−n})` for all `k`, by the ratios `(n−k)/(k+1)` of neighbours from the middle outwards, normalised.
fn binomial_half(n: usize) -> Vec<f64> {
    let mut logs = vec![0.0; n + 1];
    for k in n / 2..n {
        logs[k + 1] = logs[k] + (float(n - k) / float(k + 1)).ln();
    }
    for k in (0..n / 2).rev() {
        logs[k] = logs[k + 1] + (float(k + 1) / float(n - k)).ln();
    }
    let total = log_sum_exp(logs.iter().copied());
    logs.iter_mut().for_each(|log| *log -= total);
    logs
}

impl Layer {
    pub(super) fn key(&self) -> LawKey {
        (self.inputs, self.width, self.units, self.scale().to_bits(), self.bias_variance.to_bits())
    }

    /// The number of positive pre-activations and its law. A linear layer counts as all positive.
    pub(super) fn degrees(&self) -> Degrees {
        match self.units {
            Units::Relu => binomial_half(self.width).into_iter().enumerate().collect(),
            Units::Linear => vec![(self.width, 0.0)],
        }
    }

    /// The dimension of the sphere that a Haar layer draws from.
    pub(super) fn sphere(&self) -> usize {
        self.inputs.max(self.width)
    }

    /// `σ_w²` or `g²`.
    #[must_use]
    pub fn scale(&self) -> f64 {
        match self.draw {
            Draw::Gaussian { variance } => variance,
            Draw::Haar { gain_squared } => gain_squared,
        }
    }

    /// Whether the factor is a constant.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        matches!(self.draw, Draw::Haar { .. }) && self.units == Units::Linear && self.width >= self.inputs
    }

    /// The logarithm of the probability that all units are 0 at a given input: `2^{−N}`.
    #[must_use]
    pub fn log_death(&self) -> f64 {
        match self.units {
            Units::Relu => -float(self.width) * LN_2,
            Units::Linear => f64::NEG_INFINITY,
        }
    }

    /// The mean of `T` or `R`.
    #[must_use]
    pub fn mean(&self) -> f64 {
        let n = float(self.width);
        let half = if self.units == Units::Relu { 0.5 } else { 1.0 };
        match self.draw {
            Draw::Gaussian { .. } => n * half,
            Draw::Haar { .. } => n * half / float(self.sphere()),
        }
    }

    /// The variance of `T` (5N/4, 2N) or `R`: `E T²/(M(M+2)) − (E T)²/M²`.
    #[must_use]
    pub fn variance(&self) -> f64 {
        let (n, m) = (float(self.width), float(self.sphere()));
        match (self.draw, self.units) {
            (Draw::Gaussian { .. }, Units::Relu) => 1.25 * n,
            (Draw::Gaussian { .. }, Units::Linear) => 2.0 * n,
            (Draw::Haar { .. }, Units::Relu) => n * (5.0 * m - 2.0 * n) / (4.0 * m * m * (m + 2.0)),
            (Draw::Haar { .. }, Units::Linear) => 2.0 * n * (m - n) / (m * m * (m + 2.0)),
        }
    }

    /// `ln Λ(s) = ln E[F^s; F > 0]`; infinite for `s` at or below the negative half of the smallest possible `k`.
    ///
    /// `E[T^s; T>0] = Σ_{k≥1} C(N,k) 2^{−N} 2^s Γ(k/2+s)/Γ(k/2)`, and for `R` that divided by `2^s Γ(M/2+s)/Γ(M/2)`.
    #[must_use]
    pub fn log_power_moment(&self, s: f64) -> f64 {
        let least = if self.units == Units::Relu { 1 } else { self.width };
        if self.is_constant() {
            return s * self.scale().ln();
        }
        if s <= -0.5 * float(least) {
            return f64::INFINITY;
        }
        let degrees = self.degrees();
        let terms = degrees.iter().filter(|(k, _)| *k > 0).map(|&(k, log)| log + ln_gamma_ratio(0.5 * float(k), s));
        log_sum_exp(terms) + s * self.scale().ln() + self.log_power_shift(s)
    }

    fn log_power_shift(&self, s: f64) -> f64 {
        match self.draw {
            Draw::Gaussian { .. } => s * LN_2,
            Draw::Haar { .. } => -ln_gamma_ratio(0.5 * float(self.sphere()), s),
        }
    }

    /// Mean and variance of `ln F` given `F > 0`: `ψ(k/2) + ln 2` and `ψ'(k/2)` mixed over `k ≥ 1`, for a Haar layer less those of `χ²_M`.
    #[must_use]
    pub fn log_moments(&self) -> (f64, f64) {
        let log_scale = self.scale().ln();
        if self.is_constant() {
            return (log_scale, 0.0);
        }
        let alive = log_one_minus_exp(self.log_death());
        let degrees = self.degrees();
        let weighted =
            || degrees.iter().filter(|(k, _)| *k > 0).map(|&(k, log)| (0.5 * float(k), (log - alive).exp())).filter(|(_, weight)| *weight > 0.0);
        let mean: f64 = weighted().map(|(half, weight)| weight * digamma(half)).sum();
        let variance: f64 = weighted().map(|(half, weight)| weight * (trigamma(half) + (digamma(half) - mean).powi(2))).sum();
        match self.draw {
            Draw::Gaussian { .. } => (log_scale + LN_2 + mean, variance),
            Draw::Haar { .. } => {
                let half = 0.5 * float(self.sphere());
                (log_scale + mean - digamma(half), (variance - trigamma(half)).max(0.0))
            }
        }
    }

    /// The tail exponent: the `s > 0` with `Λ(s) = 1`, if there is one.
    ///
    /// With biases and equal layers the squared lengths have a stationary law with `P(y > u) ~ C u^{−s}` (H. Kesten, *Acta Math.* 131, 1973; C. Goldie, *Ann. Appl. Probab.* 1, 1991). `ln Λ` is convex and at most 0
    /// at 0, so there is at most one such `s`; it is bracketed by doubling or halving and found by bisection. `Λ` of a bounded factor may stay below 1 for ever.
    #[must_use]
    pub fn tail_exponent(&self) -> Option<f64> {
        const RANGE: std::ops::RangeInclusive<f64> = 1e-12..=1e9;
        let above = |s: f64| self.log_power_moment(s) > 0.0;
        let mut s = 1.0;
        if above(s) {
            while above(s) {
                s *= 0.5;
                if !RANGE.contains(&s) {
                    return None;
                }
            }
        } else {
            while !above(2.0 * s) {
                s *= 2.0;
                if !RANGE.contains(&s) {
                    return None;
                }
            }
        }
        let (mut low, mut high) = (s, 2.0 * s);
        for _ in 0..60 {
            let middle = f64::midpoint(low, high);
            *(if above(middle) { &mut high } else { &mut low }) = middle;
        }
        Some(f64::midpoint(low, high))
    }
}
