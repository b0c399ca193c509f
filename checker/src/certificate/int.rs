//! Integers of any length, in 128 bits while they fit: every operation is checked for overflow and then done in big integers.

use dashu_int::IBig;
use dashu_int::ops::{Abs, Gcd};
use std::cmp::Ordering;
use std::ops::{Add, Mul, Neg, Sub};

/// An integer. `Big` holds only what does not fit into `Small`, so equal numbers are equal variants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Int {
    Small(i128),
    Big(IBig),
}

impl Int {
    pub(super) const ZERO: Int = Int::Small(0);
    pub(super) const ONE: Int = Int::Small(1);

    pub(super) fn big(&self) -> IBig {
        match self {
            Int::Small(value) => (*value).into(),
            Int::Big(value) => value.clone(),
        }
    }

    /// The sign, as the comparison with 0.
    pub(super) fn sign(&self) -> Ordering {
        match self {
            Int::Small(value) => value.cmp(&0),
            Int::Big(value) => value.cmp(&IBig::ZERO),
        }
    }

    pub(super) fn is_zero(&self) -> bool {
        *self == Int::ZERO
    }

    pub(super) fn is_positive(&self) -> bool {
        self.sign().is_gt()
    }

    pub(super) fn abs(&self) -> Int {
        if self.sign().is_lt() { -self } else { self.clone() }
    }

    /// The greatest common divisor, not negative.
    pub(super) fn gcd(&self, other: &Int) -> Int {
        match (self, other) {
            (Int::Small(0), other) | (other, Int::Small(0)) => other.abs(),
            (Int::Small(a), Int::Small(b)) => Int::from(IBig::from(a.unsigned_abs().gcd(b.unsigned_abs()))),
            _ => Int::from(IBig::from(self.big().gcd(&other.big())).abs()),
        }
    }

    /// The quotient by a positive divisor that leaves no rest.
    pub(super) fn divided_by(&self, divisor: &Int) -> Int {
        match (self, divisor) {
            (value, Int::Small(1)) => value.clone(),
            (Int::Small(a), Int::Small(b)) => Int::Small(a / b),
            _ => Int::from(self.big() / divisor.big()),
        }
    }

    /// Adds the product of two numbers.
    #[inline]
    pub(super) fn add_product(&mut self, a: &Int, b: &Int) {
        if let (Int::Small(sum), Int::Small(a), Int::Small(b)) = (&mut *self, a, b)
            && let (Ok(a), Ok(b)) = (i64::try_from(*a), i64::try_from(*b))
            && let Some(total) = sum.checked_add(i128::from(a) * i128::from(b))
        {
            *sum = total;
        } else {
            *self = &*self + &(a * b);
        }
    }

    /// The scalar product.
    #[inline]
    pub(super) fn dot(u: &[Int], v: &[Int]) -> Int {
        let mut sum = Int::ZERO;
        u.iter().zip(v).for_each(|(a, b)| sum.add_product(a, b));
        sum
    }
}

impl From<IBig> for Int {
    fn from(value: IBig) -> Self {
        i128::try_from(&value).map_or(Int::Big(value), Int::Small)
    }
}

/// The product, if it fits.
#[inline]
fn product(a: i128, b: i128) -> Option<i128> {
    match (i64::try_from(a), i64::try_from(b)) {
        (Ok(a), Ok(b)) => Some(i128::from(a) * i128::from(b)),
        _ => a.checked_mul(b),
    }
}

macro_rules! operator {
    ($trait:ident, $method:ident, $checked:expr) => {
        impl $trait for &Int {
            type Output = Int;

            #[inline]
            fn $method(self, other: &Int) -> Int {
                let small = if let (Int::Small(a), Int::Small(b)) = (self, other) { $checked(*a, *b) } else { None };
                small.map_or_else(|| Int::from(self.big().$method(other.big())), Int::Small)
            }
        }
    };
}

operator!(Add, add, i128::checked_add);
operator!(Sub, sub, i128::checked_sub);
operator!(Mul, mul, product);

impl Neg for &Int {
    type Output = Int;

    fn neg(self) -> Int {
        &Int::ZERO - self
    }
}

impl Ord for Int {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Int::Small(a), Int::Small(b)) => a.cmp(b),
            _ => self.big().cmp(&other.big()),
        }
    }
}

impl PartialOrd for Int {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Origin: the library's big integers.
    #[test]
    fn all_lengths_agree_with_big_integers() {
        let edges = [0, 1, 2, 3, 6, i128::from(i64::MAX), i128::from(i64::MIN), i128::from(u64::MAX), i128::MAX / 2, i128::MAX, i128::MIN];
        let small = edges.into_iter().flat_map(|v| [v, v.wrapping_neg(), v.wrapping_add(1), v.wrapping_sub(1)]).map(IBig::from);
        let values: Vec<IBig> = small.flat_map(|v| [&v << 70, &v * &v, v]).collect();
        for a in &values {
            for b in &values {
                let (x, y) = (Int::from(a.clone()), Int::from(b.clone()));
                assert_eq!((&x + &y, &x - &y, &x * &y), (Int::from(a + b), Int::from(a - b), Int::from(a * b)), "{a} {b}");
                assert_eq!((x.cmp(&y), x == y, x.sign()), (a.cmp(b), a == b, a.cmp(&IBig::ZERO)), "{a} {b}");
                assert_eq!((x.abs(), -&x), (Int::from(a.clone().abs()), Int::from(-a)));
                if *a != IBig::ZERO || *b != IBig::ZERO {
                    assert_eq!(x.gcd(&y), Int::from(IBig::from(a.gcd(b))), "{a} {b}");
                }
                if *b > IBig::ZERO {
                    assert_eq!((&x * &y).divided_by(&y), x, "{a} {b}");
                }
            }
        }
    }
}
