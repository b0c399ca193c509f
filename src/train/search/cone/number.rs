//! The integers that generators are made of: 64, 128, 256 or 512 bits where a bound for the data says that they suffice, big ones otherwise.
//!
//! Except for big ones, sums and products are taken modulo a power of two. A result that is known to fit is right, whatever its intermediate values did.

use super::ray::Vector;
use crate::exact::Integer;
use dashu_base::{BitTest, Gcd};
use std::cmp::Ordering;

/// A kind of integer.
pub(super) trait Number: Clone {
    fn zero() -> Self;
    fn one() -> Self;
    /// `value`, which must fit.
    fn from_integer(value: &Integer) -> Self;
    fn to_integer(&self) -> Integer;
    /// `value`, which must fit.
    fn from_i128(value: i128) -> Self;
    /// This number, if it fits.
    fn to_i128(&self) -> Option<i128>;
    fn negated(&self) -> Self;
    /// `self + a·b`.
    fn add_product(self, a: &Self, b: &Self) -> Self;
    /// The comparison with 0.
    fn order(&self) -> Ordering;
    fn wrap(vector: Box<[Self]>) -> Vector;
    /// The inverse of [`Number::wrap`].
    fn unwrap(vector: &Vector) -> &[Self];
}

/// What numbers beyond machine integers are compared with floats by.
pub(super) trait Long: Number {
    /// The bit length of the magnitude.
    fn length(&self) -> i64;
    /// `⌊self·2^shift⌋`, which must fit.
    fn shifted(&self, shift: i64) -> i128;
}

macro_rules! machine_integer {
    ($integer:ty, $variant:ident) => {
        impl Number for $integer {
            fn zero() -> Self {
                0
            }

            fn one() -> Self {
                1
            }

            fn from_integer(value: &Integer) -> Self {
                value.try_into().expect("bounded by Hadamard's inequality")
            }

            fn to_integer(&self) -> Integer {
                Integer::from(*self)
            }

            fn from_i128(value: i128) -> Self {
                value.try_into().expect("bounded by Hadamard's inequality")
            }

            fn to_i128(&self) -> Option<i128> {
                Some(i128::from(*self))
            }

            fn negated(&self) -> Self {
                -*self
            }

            fn add_product(self, a: &Self, b: &Self) -> Self {
                self.wrapping_add(a.wrapping_mul(*b))
            }

            fn order(&self) -> Ordering {
                self.cmp(&0)
            }

            fn wrap(vector: Box<[Self]>) -> Vector {
                Vector::$variant(vector)
            }

            fn unwrap(vector: &Vector) -> &[Self] {
                match vector {
                    Vector::$variant(v) => v,
                    _ => unreachable!("all vectors of a model are of one kind"),
                }
            }
        }
    };
}

machine_integer!(i64, Narrow);
machine_integer!(i128, Wide);

impl Number for Integer {
    fn zero() -> Self {
        Integer::ZERO
    }

    fn one() -> Self {
        Integer::ONE
    }

    fn from_integer(value: &Integer) -> Self {
        value.clone()
    }

    fn to_integer(&self) -> Integer {
        self.clone()
    }

    fn from_i128(value: i128) -> Self {
        Integer::from(value)
    }

    fn to_i128(&self) -> Option<i128> {
        self.try_into().ok()
    }

    fn negated(&self) -> Self {
        -self
    }

    fn add_product(self, a: &Self, b: &Self) -> Self {
        self + a * b
    }

    fn order(&self) -> Ordering {
        self.cmp(&Integer::ZERO)
    }

    fn wrap(vector: Box<[Self]>) -> Vector {
        Vector::Large(vector)
    }

    fn unwrap(vector: &Vector) -> &[Self] {
        match vector {
            Vector::Large(v) => v,
            _ => unreachable!("all vectors of a model are of one kind"),
        }
    }
}

impl Long for Integer {
    fn length(&self) -> i64 {
        i64::try_from(self.bit_len()).expect("numbers have fewer than 2^63 bits")
    }

    fn shifted(&self, shift: i64) -> i128 {
        let amount = usize::try_from(shift.unsigned_abs()).expect("fits memory");
        let moved = if shift < 0 { self >> amount } else { self << amount };
        moved.try_into().expect("the shift leaves few bits")
    }
}

/// `row · vector`.
pub(super) fn dot<T: Number>(row: &[T], vector: &[T]) -> T {
    row.iter().zip(vector).fold(T::zero(), |sum, (x, v)| sum.add_product(x, v))
}

/// The primitive vector of direction `b·u − a·v`.
pub(super) fn combination<T: Number>(a: &T, u: &[T], b: &T, v: &[T]) -> Box<[T]> {
    if let Some(small) = small_combination(a, u, b, v) {
        return small;
    }
    // The two products may exceed what their primitive combination fits in.
    let (a, b) = (a.to_integer(), b.to_integer());
    let sums: Vec<Integer> = u.iter().zip(v).map(|(x, y)| &b * x.to_integer() - &a * y.to_integer()).collect();
    // The products of minors have a long common divisor, which is found after two or three numbers: a remainder costs less than another greatest common divisor.
    let divisor = sums.iter().fold(Integer::ZERO, |divisor, x| {
        let rest = if divisor.is_zero() { x.clone() } else { x % &divisor };
        if rest.is_zero() { divisor } else { Integer::from((&divisor).gcd(&rest)) }
    });
    debug_assert!(!divisor.is_zero());
    sums.into_iter().map(|x| T::from_integer(&(x / &divisor))).collect()
}

/// [`combination`] if nothing leaves the range of 128 bits.
fn small_combination<T: Number>(a: &T, u: &[T], b: &T, v: &[T]) -> Option<Box<[T]>> {
    let (a, b) = (a.to_i128()?, b.to_i128()?);
    let common = i128::try_from(gcd(a.unsigned_abs(), b.unsigned_abs())).ok()?.max(1);
    let (a, b) = (a / common, b / common);
    let mut sums = Vec::with_capacity(u.len());
    for (x, y) in u.iter().zip(v) {
        sums.push(b.checked_mul(x.to_i128()?)?.checked_sub(a.checked_mul(y.to_i128()?)?)?);
    }
    let mut divisor = 0;
    for x in &sums {
        divisor = gcd(divisor, x.unsigned_abs());
        if divisor == 1 {
            break;
        }
    }
    let divisor = i128::try_from(divisor).ok()?;
    Some(sums.into_iter().map(|x| T::from_i128(if divisor == 1 { x } else { x / divisor })).collect())
}

/// The greatest common divisor; `gcd(0, x) = x`.
#[expect(clippy::cast_possible_truncation, reason = "both are below 2^64")]
fn gcd(mut a: u128, mut b: u128) -> u128 {
    if a == 0 || b == 0 {
        return a | b;
    }
    let twos = (a | b).trailing_zeros();
    a >>= a.trailing_zeros();
    while b != 0 {
        b >>= b.trailing_zeros();
        if (a | b) >> 64 == 0 {
            return u128::from(odd_gcd(a as u64, b as u64)) << twos;
        }
        (a, b) = (a.min(b), a.abs_diff(b));
    }
    a << twos
}

/// The greatest common divisor of odd numbers.
fn odd_gcd(mut a: u64, mut b: u64) -> u64 {
    while a != b {
        (a, b) = (a.min(b), a.abs_diff(b));
        b >>= b.trailing_zeros();
    }
    a
}

/// The vector of the signed `(m−1)`-minors of the `m − 1` rows of length `m`: orthogonal to all of them, and not 0 if they are independent.
///
/// The minors of the first `k` rows are expanded along row `k` for all sets of `k` columns; no division occurs. `O(m·2^m)` products.
pub(super) fn minors<'a, T: Number + 'a>(rows: impl Iterator<Item = &'a [T]>, columns: usize) -> Box<[T]> {
    let mut table = vec![T::zero(); 1 << columns];
    table[0] = T::one();
    let all = (1usize << columns) - 1;
    let mut size = 0;
    for row in rows {
        size += 1;
        for set in (1..=all).filter(|set| set.count_ones() as usize == size) {
            let (mut sum, mut rest, mut negative) = (T::zero(), set, (size - 1) % 2 == 1);
            while rest != 0 {
                let column = rest.trailing_zeros() as usize;
                rest &= rest - 1;
                let minor = &table[set & !(1 << column)];
                sum = if negative { sum.add_product(&row[column].negated(), minor) } else { sum.add_product(&row[column], minor) };
                negative = !negative;
            }
            table[set] = sum;
        }
    }
    debug_assert_eq!(size + 1, columns);
    (0..columns).map(|c| if c % 2 == 0 { table[all & !(1 << c)].clone() } else { table[all & !(1 << c)].negated() }).collect()
}
