//! Decimal and fraction notation to rationals, digit by digit: no float is involved.

use dashu_int::{IBig, UBig};
use dashu_ratio::RBig;

/// Exponents beyond this are refused, lest `1e999999999` fill the memory.
const MAX_EXPONENT: usize = 5_000;

/// Reads `-3.25`, `1e-3`, `.5` or `7/12`; `None` for anything else.
pub(crate) fn parse(text: &str) -> Option<RBig> {
    let (negative, text) = signed(text.trim());
    let magnitude = match text.split_once('/') {
        Some((numerator, denominator)) => {
            let denominator = natural(denominator.trim_start()).filter(|denominator| *denominator != UBig::ZERO)?;
            RBig::from_parts(IBig::from(natural(numerator.trim_end())?), denominator)
        }
        None => decimal(text)?,
    };
    Some(if negative { -magnitude } else { magnitude })
}

/// Whether there is a minus sign, and the text after the sign.
fn signed(text: &str) -> (bool, &str) {
    text.strip_prefix('-').map_or_else(|| (false, text.strip_prefix('+').unwrap_or(text)), |rest| (true, rest))
}

fn decimal(text: &str) -> Option<RBig> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let value = RBig::from(natural(&[whole, fraction].concat())?) / power_of_ten(fraction.len());
    let (negative, digits) = signed(exponent);
    let exponent = usize::try_from(natural(digits)?).ok().filter(|&e| e <= MAX_EXPONENT)?;
    Some(if negative { value / power_of_ten(exponent) } else { value * power_of_ten(exponent) })
}

pub(crate) fn power_of_ten(exponent: usize) -> RBig {
    RBig::from(UBig::from(10u8).pow(exponent))
}

/// One digit or more, and nothing else (the library's own parser takes underscores as well).
fn natural(digits: &str) -> Option<UBig> {
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| UBig::from_str_radix(digits, 10).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Origin: place value.
    #[test]
    fn reads_what_is_written() {
        let cases = [
            ("0", 0, 1),
            ("-0.0", 0, 1),
            ("0.1", 1, 10),
            (".5", 1, 2),
            ("5.", 5, 1),
            ("+2e3", 2000, 1),
            ("1E-3", 1, 1000),
            ("-12.50e+1", -125, 1),
            ("-6/4", -3, 2),
            (" 7 / 3 ", 7, 3),
            ("007", 7, 1),
        ];
        for (text, numerator, denominator) in cases {
            assert_eq!(parse(text), Some(RBig::from_parts(IBig::from(numerator), UBig::from(denominator as u32))), "{text}");
        }
        assert_eq!(parse("1e400"), parse(&format!("1{}", "0".repeat(400))));
    }

    #[test]
    fn refuses_the_rest() {
        let texts = ["", " ", "x", "1.2.3", "--1", "1e", "1e+", ".", "1/2/3", "1/-2", "1/0", "0x10", "1_000", "1,5", "e5", "1/0.5", "NaN", "inf"];
        for text in texts.into_iter().chain(["1e5001", "1e999999999999999999999", "٣"]) {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
