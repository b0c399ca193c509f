//! Generalisation bounds for hypotheses that few examples and bits determine.
//!
//! A hypothesis given by `s` of the `m` examples and `b` bits is a compression scheme of size `k = s + b`: for each choice of the bits the examples determine it. With probability at least `1 − δ` over the sample, for losses in `[0, 1]`
//! with expectation `L_D`:
//!
//! | bound | statement |
//! | --- | --- |
//! | of Goel and Klivans | `L_D ≤ L_S + √(E·L_S) + E`, `E = c (k ln(m/k) + ln(1/δ))/m`, `c = 50`; `L_S` the mean loss on all examples |
//! | textbook | `L_D ≤ L_V + √(4 L_V k ln(m/δ)/m) + 8 k ln(m/δ)/m` for `k ≤ m/2`; `L_V` the mean loss on the examples that are not among the `s` |
//!
//! The constant of the first is the source's and is not derived there; that of the second is. To count a bit as an example only makes the second weaker: a union over `2^b` choices adds `b ln 2 ≤ b ln(m/δ)`. A bound that is at least 1 says
//! nothing (it is *vacuous*), since losses are at most 1; at laboratory sizes all of them are.
//!
//! # References
//! 1. S. Goel, A. Klivans, *Eigenvalue Decay Implies Polynomial-Time Learnability for Neural Networks*, NeurIPS 2017.
//! 2. S. Shalev-Shwartz, S. Ben-David, *Understanding Machine Learning*, Cambridge University Press 2014, Theorem 30.2.

use super::error::{KernelError, positive, probability};

/// The constant of the first bound.
pub const CONSTANT: f64 = 50.0;

/// What a bound says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bound {
    /// The bound on the expected loss; infinite where the theorem does not apply.
    pub value: f64,
    /// The number of examples from which on it would be below 1, with the same size and empirical loss; `None` if that is at least 1, or more than 10³⁰⁰.
    pub useful_from: Option<f64>,
}

impl Bound {
    /// Whether it says nothing.
    #[must_use]
    pub fn is_vacuous(&self) -> bool {
        self.value >= 1.0
    }

    fn of(points: f64, least: f64, value: impl Fn(f64) -> f64) -> Self {
        Bound { value: value(points), useful_from: first_below_one(least, &value) }
    }
}

/// A compression scheme: its size and where it is judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scheme {
    /// `k`: examples plus bits.
    pub size: f64,
    /// `m`: the number of examples.
    pub points: f64,
    /// `δ`: the probability with which the bound may fail.
    pub delta: f64,
}

impl Scheme {
    /// Confirms the settings.
    ///
    /// # Errors
    /// [`KernelError::Setting`] if one is out of its range.
    pub fn new(size: f64, points: f64, delta: f64) -> Result<Self, KernelError> {
        positive("the number of examples", points)?;
        if size.is_nan() || size < 0.0 {
            return Err(KernelError::Setting { name: "the size of the scheme", range: "not negative", value: size });
        }
        Ok(Scheme { size, points, delta: probability("delta", delta)? })
    }

    /// The bound of Goel and Klivans with the constant `c` for the mean loss on all examples; it is stated for `k < m`.
    #[must_use]
    pub fn compression(&self, loss: f64, constant: f64) -> Bound {
        Bound::of(self.points, self.size * std::f64::consts::E, |m| {
            if self.size >= m {
                return f64::INFINITY;
            }
            let choices = if self.size > 0.0 { self.size * (m / self.size).ln() } else { 0.0 };
            let e = constant * (choices - self.delta.ln()) / m;
            loss + (e * loss).sqrt() + e
        })
    }

    /// The textbook's bound for the mean loss on the examples that the scheme does not contain.
    #[must_use]
    pub fn textbook(&self, loss: f64) -> Bound {
        Bound::of(self.points, 2.0 * self.size, |m| {
            if 2.0 * self.size > m {
                return f64::INFINITY;
            }
            let e = self.size * (m / self.delta).ln() / m;
            loss + (4.0 * loss * e).sqrt() + 8.0 * e
        })
    }
}

/// The least integer `m ≥ least` with `value(m) < 1`, for a function that decreases from `least` on.
fn first_below_one(least: f64, value: &dyn Fn(f64) -> f64) -> Option<f64> {
    let mut low = least.ceil().max(1.0);
    if value(low) < 1.0 {
        return Some(low);
    }
    let mut high = 2.0 * low;
    while value(high) >= 1.0 {
        (low, high) = (high, 2.0 * high);
        if high > 1e300 {
            return None;
        }
    }
    // Beyond 2⁵³ integers are apart by more than 1.
    while high - low > 1.0f64.max(high * f64::EPSILON) {
        let middle = f64::midpoint(low, high).floor();
        if middle <= low || middle >= high {
            break;
        }
        if value(middle) < 1.0 { high = middle } else { low = middle }
    }
    Some(high)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Origin: the formulas by hand, and the definition of the least m.
    #[test]
    fn values_and_where_they_begin_to_say_something() {
        let scheme = Scheme::new(10.0, 1000.0, 0.05).unwrap();
        let e = 50.0 * (10.0 * 100f64.ln() + 20f64.ln()) / 1000.0;
        let bound = scheme.compression(0.04, CONSTANT);
        assert!((bound.value - (0.04 + (0.04 * e).sqrt() + e)).abs() < 1e-12 && bound.is_vacuous());
        let e = 10.0 * 20_000f64.ln() / 1000.0;
        let textbook = scheme.textbook(0.04);
        assert!((textbook.value - (0.04 + (0.16 * e).sqrt() + 8.0 * e)).abs() < 1e-12);
        let at = |points| Scheme { points, ..scheme };
        let m = bound.useful_from.unwrap();
        assert!(at(m).compression(0.04, CONSTANT).value < 1.0 && at(m - 1.0).compression(0.04, CONSTANT).value >= 1.0);
        let m = textbook.useful_from.unwrap();
        assert!(at(m).textbook(0.04).value < 1.0 && at(m - 1.0).textbook(0.04).value >= 1.0);
        assert_eq!(scheme.textbook(1.0).useful_from, None);
        assert!(Scheme::new(600.0, 1000.0, 0.05).unwrap().textbook(0.0).value.is_infinite());
        assert!(Scheme::new(1.0, 10.0, 0.0).is_err() && Scheme::new(-1.0, 10.0, 0.1).is_err());
    }
}
