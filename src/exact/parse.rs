//! Decimal and fraction notation to rationals, without a detour through floats.

use super::{Integer, Natural, Rational};
use thiserror::Error;

/// The largest decimal exponent that is accepted: `1e5000` is a number of 5001 digits, far beyond any measurement, and a limit keeps
/// a typing error such as `1e999999999` from filling the memory.
const MAX_EXPONENT: i64 = 5_000;

/// Why a text is not a number.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ParseNumberError {
    /// Nothing but blanks.
    #[error("empty field where a number is expected")]
    Empty,
    /// `NaN`, `inf` and their like: there is no rational for them.
    #[error("{0:?} is not a finite number")]
    NotFinite(String),
    /// The exponent is beyond ±5000.
    #[error("the exponent of {0:?} is out of range (at most 5000 in magnitude)")]
    Exponent(String),
    /// A fraction with denominator zero.
    #[error("{0:?} divides by zero")]
    ZeroDenominator(String),
    /// Anything else.
    #[error("{0:?} is not a number (write a decimal such as -3.25 or 1e-3, or a fraction such as 7/12)")]
    Malformed(String),
}

/// Reads `-3.25`, `1e-3`, `.5`, `7/12` or `+4` as the rational that is written.
///
/// # Errors
/// [`ParseNumberError`] for everything else, NaN and infinities among it.
///
/// # Examples
/// ```
/// use relus::exact::{parse_rational, Rational};
/// assert_eq!(parse_rational("1e-3").unwrap(), Rational::from_parts(1.into(), 1000u32.into()));
/// assert_eq!(parse_rational("-0.5").unwrap(), parse_rational("-2/4").unwrap());
/// assert!(parse_rational("nan").is_err());
/// ```
pub fn parse_rational(text: &str) -> Result<Rational, ParseNumberError> {
    let text = text.trim();
    if let Some(value) = short_decimal(text) {
        return Ok(value);
    }
    if text.is_empty() {
        return Err(ParseNumberError::Empty);
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text).to_ascii_lowercase();
    if matches!(unsigned.as_str(), "nan" | "inf" | "infinity") {
        return Err(ParseNumberError::NotFinite(shorten(text)));
    }
    match text.split_once('/') {
        None => parse_decimal(text),
        Some((numerator, denominator)) => {
            let denominator = digits(denominator.trim_start(), text)?;
            if denominator.is_zero() {
                return Err(ParseNumberError::ZeroDenominator(shorten(text)));
            }
            let (sign, numerator) = split_sign(numerator.trim_end());
            Ok(Rational::from_parts(sign * Integer::from(digits(numerator, text)?), denominator))
        }
    }
}

/// A decimal without an exponent of at most 18 digits, which machine numbers hold; `None` for whatever else.
fn short_decimal(text: &str) -> Option<Rational> {
    const MOST_DIGITS: u32 = 18;
    let (negative, body) = match text.as_bytes() {
        [b'-', body @ ..] => (true, body),
        [b'+', body @ ..] | body => (false, body),
    };
    let (mut value, mut digits, mut after_point) = (0i64, 0, None);
    for &byte in body {
        match byte {
            b'0'..=b'9' if digits < MOST_DIGITS => {
                value = 10 * value + i64::from(byte - b'0');
                digits += 1;
                after_point = after_point.map(|count| count + 1);
            }
            b'.' if after_point.is_none() => after_point = Some(0),
            _ => return None,
        }
    }
    if digits == 0 {
        return None;
    }
    let value = Integer::from(if negative { -value } else { value });
    let power = after_point.unwrap_or(0);
    Some(if power == 0 { Rational::from(value) } else { Rational::from_parts(value, Natural::from(10u64.pow(power))) })
}

fn parse_decimal(text: &str) -> Result<Rational, ParseNumberError> {
    let malformed = || ParseNumberError::Malformed(shorten(text));
    let (sign, body) = split_sign(text);
    let (mantissa, exponent) = match body.split_once(['e', 'E']) {
        None => (body, 0),
        Some((mantissa, exponent)) => {
            let (exponent_sign, exponent_digits) = split_sign(exponent);
            let magnitude = digits(exponent_digits, text)?;
            let magnitude = i64::try_from(magnitude).ok().filter(|&e| e <= MAX_EXPONENT);
            let magnitude = magnitude.ok_or_else(|| ParseNumberError::Exponent(shorten(text)))?;
            (mantissa, if exponent_sign < Integer::ZERO { -magnitude } else { magnitude })
        }
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return Err(malformed());
    }
    let all = format!("{whole}{fraction}");
    let value = Rational::from(sign * Integer::from(digits(&all, text)?));
    let power = exponent - i64::try_from(fraction.len()).map_err(|_| malformed())?;
    let scale = Rational::from(Integer::from(10).pow(usize::try_from(power.unsigned_abs()).map_err(|_| malformed())?));
    Ok(if power < 0 { value / scale } else { value * scale })
}

fn split_sign(text: &str) -> (Integer, &str) {
    if let Some(rest) = text.strip_prefix('-') { (Integer::NEG_ONE, rest) } else { (Integer::ONE, text.strip_prefix('+').unwrap_or(text)) }
}

fn digits(text: &str, context: &str) -> Result<Natural, ParseNumberError> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(ParseNumberError::Malformed(shorten(context)));
    }
    Natural::from_str_radix(text, 10).map_err(|_| ParseNumberError::Malformed(shorten(context)))
}

/// Error messages quote the offending text, but not megabytes of it.
fn shorten(text: &str) -> String {
    const SHOWN: usize = 40;
    if text.chars().count() <= SHOWN {
        return text.to_owned();
    }
    text.chars().take(SHOWN).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fraction(p: i64, q: u64) -> Rational {
        Rational::from_parts(p.into(), q.into())
    }

    #[test]
    fn reads_what_is_written() {
        let cases = [
            ("0", fraction(0, 1)),
            ("-0.0", fraction(0, 1)),
            ("0.1", fraction(1, 10)),
            (".5", fraction(1, 2)),
            ("5.", fraction(5, 1)),
            ("+2e3", fraction(2000, 1)),
            ("1E-3", fraction(1, 1000)),
            ("-12.50e+1", fraction(-125, 1)),
            ("-6/4", fraction(-3, 2)),
            (" 7 / 3 ", fraction(7, 3)),
        ];
        for (text, value) in cases {
            assert_eq!(parse_rational(text), Ok(value), "{text}");
        }
    }

    /// Origin: the way that takes numbers of any length.
    #[test]
    fn short_and_long_numbers_are_read_alike() {
        let digits = ["", "0", "7", "007", "12", "999999999999999999", "1000000000000000000", "000000000000000000000001"];
        for (whole, fraction) in digits.iter().flat_map(|a| digits.iter().map(move |b| (a, b))) {
            for text in
                [format!("{whole}.{fraction}"), format!("-{whole}.{fraction}"), format!("+{whole}"), format!("--{whole}"), format!(".{fraction}.")]
            {
                if let Some(value) = short_decimal(&text) {
                    assert_eq!(parse_decimal(&text), Ok(value), "{text}");
                }
            }
        }
        assert_eq!(short_decimal("-0.125"), Some(fraction(-1, 8)));
    }

    #[test]
    fn refuses_the_rest() {
        for text in ["", "  ", "x", "1.2.3", "--1", "1e", "1e+", ".", "1/2/3", "1/-2", "0x10", "1_000", "1,5", "e5", "1/0.5"] {
            assert!(parse_rational(text).is_err(), "{text}");
        }
        assert!(matches!(parse_rational("NaN"), Err(ParseNumberError::NotFinite(_))));
        assert!(matches!(parse_rational("-Infinity"), Err(ParseNumberError::NotFinite(_))));
        assert!(matches!(parse_rational("1e999999999"), Err(ParseNumberError::Exponent(_))));
        assert!(matches!(parse_rational("1/0"), Err(ParseNumberError::ZeroDenominator(_))));
    }
}
