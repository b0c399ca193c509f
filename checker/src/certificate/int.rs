//! Integers of any length, in 128 bits while they fit: every operation is checked for overflow and then done in big integers.

use dashu_int::IBig;
use dashu_int::ops::Gcd;
use std::cmp::Ordering;
use std::ops::{Add, Mul, Sub};

/// An integer. `Below` and `Above` hold only what does not fit into `Small`, so the derived order is that of the numbers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Int {
    Below(IBig),
    Small(i128),
    Above(IBig),
}

impl Int {
    pub(super) const ZERO: Int = Int::Small(0);
    pub(super) const ONE: Int = Int::Small(1);

    pub(super) fn big(&self) -> IBig {
        match self {
            Int::Small(value) => (*value).into(),
            Int::Below(value) | Int::Above(value) => value.clone(),
        }
    }

    /// The sign, as the comparison with 0.
    pub(super) fn sign(&self) -> Ordering {
        self.cmp(&Int::ZERO)
    }

    pub(super) fn negative(&self) -> Int {
        &Int::ZERO - self
    }

    pub(super) fn abs(&self) -> Int {
        if *self < Int::ZERO { self.negative() } else { self.clone() }
    }

    /// The greatest common divisor, not negative.
    pub(super) fn gcd(&self, other: &Int) -> Int {
        match (self, other) {
            (Int::Small(0), other) | (other, Int::Small(0)) => other.abs(),
            _ => Int::from(IBig::from(self.big().gcd(&other.big()))),
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
        match i128::try_from(&value) {
            Ok(small) => Int::Small(small),
            Err(_) if value < IBig::ZERO => Int::Below(value),
            Err(_) => Int::Above(value),
        }
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
operator!(Mul, mul, i128::checked_mul);

#[cfg(test)]
mod tests {
    use super::*;
    use dashu_int::ops::Abs;

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
                assert_eq!((x.abs(), x.negative()), (Int::from(a.clone().abs()), Int::from(-a)));
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
