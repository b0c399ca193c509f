//! Exact numbers: rationals, integers, their linear algebra, and sign tests that use floats only where a proven error bound allows it.
//!
//! Nothing here decides anything by a float. A float may *propose* (a sign, a basis, a rounding); every proposal is either covered by
//! an error bound or recomputed in integers.

mod bounds;
mod integer_rows;
mod linear;
mod parse;

pub(crate) use bounds::power_of_two;
pub use bounds::{approx_with_exponent, lower_f64, nearest_f64, round_to_bits, scaled_f64, upper_f64};
pub use dashu_int::{IBig as Integer, UBig as Natural};
pub use dashu_ratio::RBig as Rational;
pub use integer_rows::{IntegerRows, IntegerVector};
pub use linear::{Echelon, independent_columns, rank, solve};
pub use parse::{ParseNumberError, parse_rational};

use dashu_base::{DivRem, Gcd};

/// The least positive integer `s` such that `s·v` is an integer for every `v` in `values`.
///
/// # Examples
/// ```
/// use relus::exact::{common_denominator, parse_rational, Integer};
/// let values = [parse_rational("1/6").unwrap(), parse_rational("0.25").unwrap()];
/// assert_eq!(common_denominator(values.iter()), Integer::from(12));
/// ```
#[must_use]
pub fn common_denominator<'a>(values: impl IntoIterator<Item = &'a Rational>) -> Integer {
    let mut lcm = Natural::ONE;
    for value in values {
        let denominator = value.denominator();
        // Mostly it divides what was found so far.
        if !denominator.is_one() && !(&lcm % denominator).is_zero() {
            lcm = &lcm / (&lcm).gcd(denominator) * denominator;
        }
    }
    Integer::from(lcm)
}

/// `scale·value` as an integer; `scale` must be a multiple of the denominator of `value`.
///
/// # Panics
/// If it is not.
#[must_use]
pub fn scaled_integer(value: &Rational, scale: &Integer) -> Integer {
    if value.denominator().is_one() {
        return value.numerator() * scale;
    }
    let (factor, rest) = scale.div_rem(Integer::from(value.denominator().clone()));
    assert!(rest.is_zero(), "the scale must clear the denominator");
    value.numerator() * factor
}

/// The inner product of two rational vectors of the same length.
#[must_use]
pub fn dot(a: &[Rational], b: &[Rational]) -> Rational {
    debug_assert_eq!(a.len(), b.len());
    a.iter().zip(b).fold(Rational::ZERO, |sum, (x, y)| sum + x * y)
}
