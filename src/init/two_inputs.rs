//! Two inputs: the joint law of `‖x₁‖²`, `‖x₂‖²` and `⟨x₁, x₂⟩` after one layer, and the angle in the limit of wide layers.
//!
//! The pre-activations of a unit are jointly normal with variances `σ₁²`, `σ₂²` and correlation `c = cos θ`. With
//!
//! ```text
//! J1 = √(1−c²) + c(π−θ)                      E[max(0,g₁) max(0,g₂)]   = J1/2π
//! J2 = 3c√(1−c²) + (1+2c²)(π−θ)              E[max(0,g₁)² max(0,g₂)²] = J2/2π
//! J3 = 3c(π−θ) + √(1−c²)(2+c²)               E[max(0,g₁)³ max(0,g₂)]  = J3/2π
//! ```
//!
//! for standard normal `g₁`, `g₂` of that correlation (Y. Cho and L. Saul, NIPS 2009, for the first two), the `N` independent units of a layer of ReLUs give
//!
//! ```text
//! E⟨x₁,x₂⟩ = Nσ₁σ₂·J1/2π           Var⟨x₁,x₂⟩ = Nσ₁²σ₂²·[J2/2π − (J1/2π)²]
//! Cov(‖x₁‖²,‖x₂‖²) = Nσ₁²σ₂²·[J2/2π − ¼]    Cov(‖x₁‖²,⟨x₁,x₂⟩) = Nσ₁³σ₂·[J3/2π − J1/4π]
//! ```
//!
//! These are exact given the inputs of the layer. Over several layers the correlation is itself random and `J1` is not linear, so there is no closed recursion for the means; simulation by the exact sampler of Gram
//! matrices takes its place. In the limit of wide layers without biases the correlation follows `c' = J1(c)/π`, which tends to 1: `1 − c_l ≈ 9π²/(2l²)`.

use std::f64::consts::{PI, SQRT_2};

/// Two inputs of a layer, by the variances of their pre-activations and the angle between these.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// `σ₁²`.
    pub first: f64,
    /// `σ₂²`.
    pub second: f64,
    /// The angle `θ` between 0 and π with `cos θ` the correlation.
    pub angle: f64,
}

/// Means, variances and covariances of `(‖x₁‖², ‖x₂‖², ⟨x₁,x₂⟩)` after a layer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairMoments {
    /// The three means.
    pub means: [f64; 3],
    /// The covariance matrix.
    pub covariances: [[f64; 3]; 3],
}

/// `J1`, `J2`, `J3` at the angle `θ`.
fn kernels(angle: f64) -> [f64; 3] {
    let (sine, cosine) = angle.sin_cos();
    let rest = PI - angle;
    [sine + cosine * rest, 3.0 * cosine * sine + (1.0 + 2.0 * cosine * cosine) * rest, 3.0 * cosine * rest + sine * (2.0 + cosine * cosine)]
}

/// `J1(cos θ)`: 2π times the mean product of two rectified standard normal variables with correlation `cos θ`.
#[must_use]
pub fn j1(angle: f64) -> f64 {
    kernels(angle)[0]
}

/// `J2(cos θ)`: 2π times the mean product of their squares.
#[must_use]
pub fn j2(angle: f64) -> f64 {
    kernels(angle)[1]
}

/// The moments after a layer of `width` ReLUs.
///
/// # Examples
/// ```
/// use relus::init::{Pair, relu_pair_moments};
/// // Orthogonal inputs: the mean product is 1/2π a unit.
/// let moments = relu_pair_moments(10, Pair { first: 1.0, second: 1.0, angle: std::f64::consts::FRAC_PI_2 });
/// assert!((moments.means[2] - 10.0 * 0.159_154_943_091_895_3).abs() < 1e-14);
/// ```
#[must_use]
pub fn relu_pair_moments(width: usize, pair: Pair) -> PairMoments {
    let kernels = kernels(pair.angle).map(|j| j / (2.0 * PI));
    unit_moments(width, pair, [0.5, 0.5, kernels[0]], [1.5, 1.5, kernels[1], kernels[1], kernels[2], kernels[2]])
}

/// The moments after a layer of `width` linear units: those of a product of normal variables.
#[must_use]
pub fn linear_pair_moments(width: usize, pair: Pair) -> PairMoments {
    let c = pair.angle.cos();
    let product = 1.0 + 2.0 * c * c;
    unit_moments(width, pair, [1.0, 1.0, c], [3.0, 3.0, product, product, 3.0 * c, 3.0 * c])
}

/// From the means `E[x₁²], E[x₂²], E[x₁x₂]` and the moments `E[x₁⁴], E[x₂⁴], E[x₁²x₂²], E[(x₁x₂)²], E[x₁³x₂], E[x₁x₂³]` of one unit of variance 1.
fn unit_moments(width: usize, pair: Pair, means: [f64; 3], fourth: [f64; 6]) -> PairMoments {
    let n = super::law::float(width);
    let (s1, s2) = (pair.first.sqrt(), pair.second.sqrt());
    let scales = [pair.first, pair.second, s1 * s2];
    let raw = [[fourth[0], fourth[2], fourth[4]], [fourth[2], fourth[1], fourth[5]], [fourth[4], fourth[5], fourth[3]]];
    let covariance = |i: usize, j: usize| n * scales[i] * scales[j] * (raw[i][j] - means[i] * means[j]);
    PairMoments {
        means: std::array::from_fn(|i| n * scales[i] * means[i]),
        covariances: std::array::from_fn(|i| std::array::from_fn(|j| covariance(i, j))),
    }
}

/// The angle after a layer of ReLUs in the limit of wide layers: `cos θ' = J1(cos θ)/π`, without biases.
///
/// `1 − J1/π = (1 − cos θ) − (sin θ − θ cos θ)/π`, the second part by its series for small angles, so that deep layers lose no digits.
#[must_use]
pub fn mean_field_angle(angle: f64) -> f64 {
    let small = if angle < 0.5 {
        // sin θ − θ cos θ = Σ_{j≥1} (−1)^{j+1} 2j θ^{2j+1}/(2j+1)!
        let square = angle * angle;
        let (mut power, mut sum) = (angle, 0.0);
        for j in 1..12 {
            let j = f64::from(j);
            power *= -square / (2.0 * j * (2.0 * j + 1.0));
            sum -= 2.0 * j * power;
        }
        sum
    } else {
        angle.sin() - angle * angle.cos()
    };
    let distance = 2.0 * (0.5 * angle).sin().powi(2) - small / PI;
    2.0 * (0.5 * distance).max(0.0).sqrt().min(1.0).asin()
}

/// The angle whose cosine is `c`, accurate near ±1 if `1 − c` is.
#[must_use]
pub fn angle_of(correlation: f64) -> f64 {
    let half = (0.5 * (1.0 - correlation)).max(0.0).sqrt();
    let other = (0.5 * (1.0 + correlation)).max(0.0).sqrt();
    2.0 * half.atan2(other)
}

/// `E exp(−s₁‖x₁‖² − s₂‖x₂‖² − 2s₁₂⟨x₁,x₂⟩)` after a layer of `width` ReLUs with pre-activations of covariance `sigma` (positive definite), `s = [s₁, s₂, s₁₂]` a positive semidefinite form.
///
/// On the quadrant where the units of the set `A` are positive the exponent is a quadratic form `S_A`, so it is a Gaussian integral over a quadrant: `Σ_A √(det C_A/det Σ)·P_A(C_A)` with
/// `C_A = (Σ^{−1} + 2S_A)^{−1}` and the quadrant probabilities `¼ ± arcsin(r)/2π` of its correlation `r`, to the power of the width.
#[must_use]
pub fn pair_laplace(width: usize, sigma: [[f64; 2]; 2], s: [f64; 3]) -> f64 {
    let determinant = sigma[0][0] * sigma[1][1] - sigma[0][1] * sigma[1][0];
    let inverse = [sigma[1][1] / determinant, sigma[0][0] / determinant, -sigma[0][1] / determinant];
    let term = |first: bool, second: bool| {
        let on = |wanted: bool, value: f64| if wanted { 2.0 * value } else { 0.0 };
        let a = inverse[0] + on(first, s[0]);
        let b = inverse[1] + on(second, s[1]);
        let c = inverse[2] + on(first && second, s[2]);
        let correlation = (-c / (a * b).sqrt()).clamp(-1.0, 1.0);
        let sign = if first == second { 1.0 } else { -1.0 };
        let probability = 0.25 + sign * correlation.asin() / (2.0 * PI);
        probability / ((a * b - c * c) * determinant).sqrt()
    };
    let sum = term(true, true) + term(true, false) + term(false, true) + term(false, false);
    (super::law::float(width) * sum.ln()).exp()
}

/// `9π²/(2l²)`: what `1 − c_l` is near to for large `l`.
#[must_use]
pub fn mean_field_distance(layer: usize) -> f64 {
    let l = super::law::float(layer);
    (3.0 * PI / (SQRT_2 * l)).powi(2)
}
