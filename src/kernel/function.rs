//! Kernel functions `κ(x, x')` of points of the unit ball.
//!
//! | name | `κ`, with `t = x·x'` | `M ≥ κ(x, x)` on the unit ball |
//! | --- | --- | --- |
//! | `multinomial:d` | `Σ_{i=0..d} t^i` | `d + 1` |
//! | `inverse:L` | `g(g(…g(t)))`, `L` times `g(t) = 1/(2 − t)` | 1 |
//! | `arccos` | `‖x‖‖x'‖ (sin θ + (π − θ) cos θ)/π`, `θ` the angle between the points: two layers of ReLU neurons | 1 |
//! | `gaussian:γ` | `exp(−γ‖x − x'‖²)` | 1 |
//!
//! The first two are power series in `t` with coefficients `≥ 0`, so positive semidefinite where they converge, which for `inverse` is only certain for `|t| ≤ 1`; so points outside the unit ball are
//! refused, except by `gaussian`, which is a kernel everywhere with the same `M`.
//!
//! A ridge function `Σ_i b_i (w·x)^i` with `‖w‖ ≤ 1` has squared norm at most `Σ b_i²` in the space of `multinomial`, since `(w·x)^i` is an element of norm `‖w‖^i` of its `i`th summand.
//!
//! Accuracy: a value is off by a few units in the last place of `t` and of itself. In `gaussian`, `‖x − x'‖² = ‖x‖² + ‖x'‖² − 2t` is off by some `2⁻⁵²(‖x‖² + ‖x'‖²)`, absolutely.
//!
//! # References
//! 1. S. Goel, A. Klivans, *Eigenvalue Decay Implies Polynomial-Time Learnability for Neural Networks*, NeurIPS 2017.
//! 2. S. Shalev-Shwartz, O. Shamir, K. Sridharan, *Learning Kernel-Based Halfspaces with the 0-1 Loss*, SIAM J. Computing 40 (2011): the inverse kernel.
//! 3. Y. Cho, L. Saul, *Kernel Methods for Deep Learning*, NIPS 2009: the arc-cosine kernel, of degree 1.

use super::error::KernelError;
use std::f64::consts::PI;
use std::fmt;
use std::str::FromStr;

/// A kernel function; see the module's documentation.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Kernel {
    /// `Σ_{i ≤ degree} t^i`.
    Multinomial {
        /// The degree, from 1 to 100.
        degree: u32,
    },
    /// `1/(2 − t)`, composed with itself.
    Inverse {
        /// How many times it is applied, from 1 to 20.
        depth: u32,
    },
    /// The arc-cosine kernel of degree 1.
    ArcCosine,
    /// `exp(−γ‖x − x'‖²)`.
    Gaussian {
        /// `γ > 0`.
        gamma: f64,
    },
}

impl FromStr for Kernel {
    type Err = KernelError;

    fn from_str(text: &str) -> Result<Self, KernelError> {
        let wrong = || KernelError::Name(text.chars().take(60).collect());
        let (name, value) = text.split_once(':').map_or((text, None), |(name, value)| (name, Some(value)));
        let integer = |value: &str, most| value.parse().ok().filter(|number| (1..=most).contains(number)).ok_or_else(wrong);
        match (name, value) {
            ("multinomial", Some(value)) => Ok(Kernel::Multinomial { degree: integer(value, 100)? }),
            ("inverse", value) => Ok(Kernel::Inverse { depth: value.map_or(Ok(1), |value| integer(value, 20))? }),
            ("arccos", None) => Ok(Kernel::ArcCosine),
            ("gaussian", Some(value)) => {
                let gamma = value.parse().ok().filter(|gamma: &f64| *gamma > 0.0 && gamma.is_finite()).ok_or_else(wrong)?;
                Ok(Kernel::Gaussian { gamma })
            }
            _ => Err(wrong()),
        }
    }
}

impl fmt::Display for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kernel::Multinomial { degree } => write!(f, "multinomial:{degree}"),
            Kernel::Inverse { depth } => write!(f, "inverse:{depth}"),
            Kernel::ArcCosine => write!(f, "arccos"),
            Kernel::Gaussian { gamma } => write!(f, "gaussian:{gamma}"),
        }
    }
}

impl Kernel {
    /// `κ(x, x')` from `t = x·x'`, `‖x‖²` and `‖x'‖²`.
    #[must_use]
    pub fn value(self, t: f64, square: f64, other: f64) -> f64 {
        let mut entry = [t];
        self.apply(&mut entry, &[square], other);
        entry[0]
    }

    /// `κ(x, x)` from `‖x‖²`.
    #[must_use]
    pub fn diagonal(self, square: f64) -> f64 {
        match self {
            Kernel::ArcCosine => square,
            Kernel::Gaussian { .. } => 1.0,
            _ => self.value(square, square, square),
        }
    }

    /// `M`: what the diagonal is at most on the unit ball.
    #[must_use]
    pub fn bound(self) -> f64 {
        match self {
            Kernel::Multinomial { degree } => f64::from(degree) + 1.0,
            _ => 1.0,
        }
    }

    /// Whether points must lie in the unit ball.
    #[must_use]
    pub fn wants_unit_ball(self) -> bool {
        !matches!(self, Kernel::Gaussian { .. })
    }

    /// Turns the inner products of several points with one other into values of the kernel; `squares` are the points' squared norms, `other` that of the one.
    pub fn apply(self, products: &mut [f64], squares: &[f64], other: f64) {
        match self {
            Kernel::Multinomial { degree } => {
                for t in products {
                    *t = (0..degree).fold(1.0, |sum, _| 1.0 + *t * sum);
                }
            }
            Kernel::Inverse { depth } => {
                for t in products {
                    *t = (0..depth).fold(*t, |t, _| 1.0 / (2.0 - t));
                }
            }
            Kernel::ArcCosine => {
                for (t, square) in products.iter_mut().zip(squares) {
                    let norms = (square * other).sqrt();
                    // An angle with the origin is of no account.
                    let cosine = if norms > 0.0 { (*t / norms).clamp(-1.0, 1.0) } else { 0.0 };
                    let sine = ((1.0 - cosine) * (1.0 + cosine)).sqrt();
                    *t = norms * (sine + (PI - cosine.acos()) * cosine) / PI;
                }
            }
            Kernel::Gaussian { gamma } => {
                for (t, square) in products.iter_mut().zip(squares) {
                    *t = exp_of_negative(-gamma * (square + other - 2.0 * *t).max(0.0));
                }
            }
        }
    }
}

/// `e^x` for `x ≤ 0`, to a few units in the last place; below −708, where it is less than `4·10⁻³⁰⁸`, the value there. Without a branch or call, so that a column's values are computed several at once.
///
/// `x = k ln 2 + r` with an integer `k` and `|r| ≤ ln 2/2`; the Taylor series of `e^r` after degree 13 leaves less than `r¹⁴/14! < 5·10⁻¹⁸`; `2^k` is made from the bits of `k`.
fn exp_of_negative(x: f64) -> f64 {
    /// Adding it rounds a small number to an integer, which then stands in the last bits.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    /// The leading bits of ln 2, so few that their product with `k` is exact, and the rest.
    const LN_2: [f64; 2] = [0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10];
    const FACTORIALS: [f64; 13] = [
        1.0 / 6_227_020_800.0,
        1.0 / 479_001_600.0,
        1.0 / 39_916_800.0,
        1.0 / 3_628_800.0,
        1.0 / 362_880.0,
        1.0 / 40_320.0,
        1.0 / 5_040.0,
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
        1.0,
    ];
    let x = x.max(-708.0);
    let shifted = x * std::f64::consts::LOG2_E + ROUND;
    let k = shifted - ROUND;
    let r = (x - k * LN_2[0]) - k * LN_2[1];
    let mut sum = 0.0;
    for factor in FACTORIALS {
        sum = sum * r + factor;
    }
    let power = f64::from_bits(shifted.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(1023) << 52);
    (sum * r + 1.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Origin: the standard library.
    #[test]
    fn exponentials() {
        for i in 0..708_000 {
            let x = -f64::from(i) / 1000.0;
            let (value, expected) = (exp_of_negative(x), x.exp());
            assert!((value - expected).abs() <= 4.0 * f64::EPSILON * expected, "{x}: {value} {expected}");
        }
        assert_eq!(exp_of_negative(0.0), 1.0);
        for x in [-709.0, -1e10, f64::NEG_INFINITY] {
            assert!((0.0..4e-308).contains(&exp_of_negative(x)), "{x}");
        }
    }

    /// Origin: by hand. At right angles the arc-cosine kernel is 1/π, at opposite points 0.
    #[test]
    fn values() {
        let kernel = |name: &str| name.parse::<Kernel>().unwrap();
        for (name, t, expected) in [
            ("multinomial:3", 0.5, 1.875),
            ("multinomial:1", -1.0, 0.0),
            ("inverse", 0.5, 1.0 / 1.5),
            ("inverse:2", 0.0, 1.0 / 1.5),
            ("inverse:7", 1.0, 1.0),
            ("arccos", 1.0, 1.0),
            ("arccos", 0.0, 1.0 / PI),
            ("arccos", -1.0, 0.0),
            ("gaussian:2", 0.5, (-2.0f64).exp()),
        ] {
            assert!((kernel(name).value(t, 1.0, 1.0) - expected).abs() < 1e-15, "{name} {t}");
            assert_eq!(kernel(&kernel(name).to_string()), kernel(name));
        }
        assert_eq!(kernel("arccos").value(0.0, 0.0, 1.0), 0.0);
    }

    #[test]
    fn names_that_mean_nothing() {
        for name in [
            "",
            "multinomial",
            "multinomial:0",
            "multinomial:101",
            "multinomial:-1",
            "inverse:x",
            "inverse:0",
            "arccos:2",
            "gaussian",
            "gaussian:0",
            "gaussian:nan",
            "gaussian:inf",
            "linear",
        ] {
            assert!(name.parse::<Kernel>().is_err(), "{name}");
        }
    }
}
