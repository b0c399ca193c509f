//! Rationals as text for files: the finite decimal where there is one, a fraction otherwise.

use crate::exact::{Integer, Natural, Rational};
use dashu_base::{Abs, BitTest, DivRem};

/// Beyond this many bits of denominator a number is written as a fraction without looking for a decimal.
const MAX_BITS: usize = 20_000;

/// `value` in decimal notation, if it has a finite one: `-13/4` is `-3.25`; `1/3` has none.
///
/// # Examples
/// ```
/// use relus::{exact::parse_rational, instance::finite_decimal};
/// assert_eq!(finite_decimal(&parse_rational("-13/4").unwrap()).as_deref(), Some("-3.25"));
/// assert_eq!(finite_decimal(&parse_rational("1/3").unwrap()), None);
/// ```
#[must_use]
pub fn finite_decimal(value: &Rational) -> Option<String> {
    let denominator = value.denominator();
    if denominator.is_one() {
        return Some(value.numerator().to_string());
    }
    if denominator.bit_len() > MAX_BITS {
        return None;
    }
    // The denominator is 2^a·5^b; 10^max(a, b) clears it.
    let twos = denominator.trailing_zeros().unwrap_or(0);
    let mut rest = denominator >> twos;
    let five = Natural::from(5u8);
    let mut fives = 0;
    while !rest.is_one() {
        let (quotient, remainder) = rest.div_rem(&five);
        if !remainder.is_zero() {
            return None;
        }
        rest = quotient;
        fives += 1;
    }
    let places = twos.max(fives);
    let scaled = value.numerator() * Integer::from(10).pow(places) / Integer::from(denominator.clone());
    let sign = if scaled < Integer::ZERO { "-" } else { "" };
    let digits = format!("{:0>width$}", scaled.abs().to_string(), width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    Some(format!("{sign}{whole}.{fraction}"))
}

/// `value` as a finite decimal or else as a fraction: what [`parse_rational`](crate::exact::parse_rational) reads back as the same number.
#[must_use]
pub fn exact_text(value: &Rational) -> String {
    finite_decimal(value).unwrap_or_else(|| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::parse_rational;
    use proptest::prelude::*;

    #[test]
    fn decimals_where_they_are_finite() {
        // Origin: school arithmetic.
        for (fraction, decimal) in
            [("1/8", "0.125"), ("-1/50", "-0.02"), ("7", "7"), ("0", "0"), ("-123/10", "-12.3"), ("1/6", "1/6"), ("3/14", "3/14")]
        {
            assert_eq!(exact_text(&parse_rational(fraction).unwrap()), decimal);
        }
        for extreme in ["1e-5000", "1e5000", "-3e-300"] {
            let value = parse_rational(extreme).unwrap();
            assert_eq!(parse_rational(&exact_text(&value)), Ok(value));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, rng_seed: proptest::test_runner::RngSeed::Fixed(3), ..ProptestConfig::default() })]
        #[test]
        fn what_is_written_is_read(numerator in any::<i64>(), denominator in 1u32..2000) {
            let value = Rational::from_parts(numerator.into(), denominator.into());
            prop_assert_eq!(parse_rational(&exact_text(&value)), Ok(value));
        }
    }
}
