//! Sums of two floats ("double-double"): some 106 bits, for sums whose differences must keep their digits.
//!
//! Sums and products of two such numbers have a relative error below `2^-100` (Dekker 1971), apart from underflow.
//!
//! # References
//! 1. T. J. Dekker, *A floating-point technique for extending the available precision*, Numer. Math. 18 (1971).

use crate::exact::{Rational, nearest_f64};
use std::ops::{Add, Mul, Sub};

/// `hi + lo`, where `hi` is the float nearest to the sum.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Double {
    pub(super) hi: f64,
    pub(super) lo: f64,
}

/// `a + b` with its rounding error.
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let part = sum - a;
    (sum, (a - (sum - part)) + (b - part))
}

/// The same if `|a| ≥ |b|`.
fn quick_two_sum(a: f64, b: f64) -> Double {
    let hi = a + b;
    Double { hi, lo: b - (hi - a) }
}

/// The upper and lower half of a float's digits.
fn split(a: f64) -> (f64, f64) {
    let far = 134_217_729.0 * a;
    let high = far - (far - a);
    (high, a - high)
}

/// `a·b` with its rounding error.
fn two_product(a: f64, b: f64) -> (f64, f64) {
    let product = a * b;
    let ((a1, a2), (b1, b2)) = (split(a), split(b));
    (product, ((a1 * b1 - product) + a1 * b2 + a2 * b1) + a2 * b2)
}

impl Double {
    /// The nearest one to a rational of moderate size.
    pub(super) fn nearest(value: &Rational) -> Self {
        let hi = nearest_f64(value);
        let rest = value - Rational::try_from(hi).expect("of moderate size");
        Double { hi, lo: nearest_f64(&rest) }
    }
}

impl From<f64> for Double {
    fn from(hi: f64) -> Self {
        Double { hi, lo: 0.0 }
    }
}

impl Add for Double {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let (sum, error) = two_sum(self.hi, other.hi);
        let (low, rest) = two_sum(self.lo, other.lo);
        let first = quick_two_sum(sum, error + low);
        quick_two_sum(first.hi, first.lo + rest)
    }
}

impl Sub for Double {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self + Double { hi: -other.hi, lo: -other.lo }
    }
}

impl Mul for Double {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        let (product, error) = two_product(self.hi, other.hi);
        quick_two_sum(product, error + (self.hi * other.lo + self.lo * other.hi))
    }
}

impl Mul<f64> for Double {
    type Output = Self;

    fn mul(self, factor: f64) -> Self {
        let (product, error) = two_product(self.hi, factor);
        quick_two_sum(product, error + self.lo * factor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::Integer;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// Origin: rationals.
    #[test]
    fn errors_stay_below_their_bound() {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let exact = |d: Double| Rational::try_from(d.hi).unwrap() + Rational::try_from(d.lo).unwrap();
        let tiny = Rational::ONE / Rational::from(Integer::ONE << 100);
        let close = |found: Double, value: Rational| {
            let error = exact(found) - &value;
            assert!(error.clone() * &error <= &value * &value * &tiny * &tiny, "{found:?} for {value}");
        };
        for _ in 0..2000 {
            let mut draw = || {
                let value = Rational::from(rng.random_range(-1_000_000i64..1_000_000)) / Rational::from(rng.random_range(1i64..1000));
                Double::nearest(&(value / Rational::from(7)))
            };
            let (a, b) = (draw(), draw());
            close(a * b, exact(a) * exact(b));
            close(a * b.hi, exact(a) * exact(b.hi.into()));
            // Sums of numbers that cancel have a small error relative to the numbers.
            let (sum, difference) = (exact(a + b) - exact(a) - exact(b), exact(a - b) - exact(a) + exact(b));
            let size = exact(a) * exact(a) + exact(b) * exact(b);
            assert!(sum.clone() * sum <= &size * &tiny * &tiny && difference.clone() * difference <= &size * &tiny * &tiny);
        }
    }
}
