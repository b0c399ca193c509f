//! Numbers on the command line and in printed text.

use relus::exact::{Rational, nearest_f64, parse_rational};
use relus::instance::finite_decimal;
use std::time::Duration;

/// Exact values longer than this are described by their numbers of digits.
const SHOWN: usize = 40;

/// Reads a rational option.
pub(super) fn rational(text: &str) -> Result<Rational, String> {
    parse_rational(text).map_err(|error| error.to_string())
}

/// Reads a rational option that must not be negative.
pub(super) fn non_negative(text: &str) -> Result<Rational, String> {
    rational(text).and_then(|value| if value < Rational::ZERO { Err("must not be negative".to_owned()) } else { Ok(value) })
}

/// Reads a rational option that must be positive.
pub(super) fn positive(text: &str) -> Result<Rational, String> {
    rational(text).and_then(|value| if value > Rational::ZERO { Ok(value) } else { Err("must be positive".to_owned()) })
}

/// Reads `60s`, `5m`, `1.5h`, `250ms` or a plain number of seconds.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let trimmed = text.trim();
    let digits = trimmed.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let seconds = match &trimmed[digits.len()..] {
        "ms" => 1e-3,
        "" | "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => f64::NAN,
    };
    let plain = digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let amount = digits.parse::<f64>().ok().filter(|_| plain);
    amount
        .and_then(|amount| Duration::try_from_secs_f64(amount * seconds).ok())
        .ok_or_else(|| "expected a time such as 30, 60s, 5m or 1.5h".to_owned())
}

/// Reads `500MB`, `2GiB`, `1.5G` (powers of 1000; with an `i` of 1024) or a plain number of bytes.
pub(super) fn size(text: &str) -> Result<usize, String> {
    let trimmed = text.trim();
    let digits = trimmed.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = trimmed[digits.len()..].to_ascii_lowercase();
    let unit = unit.strip_suffix('b').unwrap_or(&unit);
    let (unit, base) = unit.strip_suffix('i').map_or((unit, 1000.0f64), |unit| (unit, 1024.0));
    let power = ["", "k", "m", "g", "t"].iter().position(|&name| name == unit).filter(|&power| power > 0 || base < 1024.0);
    let plain = digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let bytes = power.and_then(|power| Some(digits.parse::<f64>().ok().filter(|_| plain)? * base.powi(i32::try_from(power).ok()?)));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole bytes, in the range of usize")]
    bytes.filter(|&bytes| bytes < usize::MAX as f64).map(|bytes| bytes as usize).ok_or_else(|| "expected a size such as 500MB, 2GiB".to_owned())
}

/// `value` to about six significant digits, also beyond the range of floats.
pub(super) fn approx(value: &Rational) -> String {
    let float = nearest_f64(value);
    if *value == Rational::ZERO {
        return "0".to_owned();
    }
    if !float.is_normal() {
        // Each digit count is off by less than one.
        let digits = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let exponent = digits(digit_count(&value.numerator().to_string())) - digits(digit_count(&value.denominator().to_string()));
        return format!("{}1e{exponent} (order of magnitude)", if *value < Rational::ZERO { "-" } else { "" });
    }
    approx_f64(float)
}

/// A float to six significant digits without superfluous zeros.
pub(super) fn approx_f64(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    let magnitude = value.abs().log10().floor();
    if !(-5.0..9.0).contains(&magnitude) {
        return format!("{value:.5e}");
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 10")]
    let places = (5.0 - magnitude).max(0.0) as usize;
    let text = format!("{value:.places$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// The exact value if it is short, its numbers of digits if not, and a decimal beside it unless it is an integer.
pub(super) fn exact_and_approx(value: &Rational) -> String {
    let exact = value.to_string();
    if exact.len() > SHOWN {
        let (numerator, denominator) = (value.numerator().to_string(), value.denominator().to_string());
        let digits = digit_count(&numerator);
        return if value.denominator().is_one() {
            format!("{} (an integer of {digits} digits)", approx(value))
        } else {
            format!("{} (a fraction of {digits} by {} digits)", approx(value), denominator.len())
        };
    }
    if value.denominator().is_one() {
        return exact;
    }
    match finite_decimal(value) {
        Some(decimal) if decimal.len() <= 12 => format!("{exact} = {decimal}"),
        _ => format!("{exact} ≈ {}", approx(value)),
    }
}

/// The exact value if it is short.
pub(super) fn short_exact(value: &Rational) -> Option<String> {
    Some(value.to_string()).filter(|text| text.len() <= SHOWN)
}

fn digit_count(text: &str) -> usize {
    text.trim_start_matches('-').len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, millis) in [("60s", 60_000), ("5m", 300_000), ("1.5h", 5_400_000), ("30", 30_000), ("250ms", 250), ("0", 0)] {
            assert_eq!(duration(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "s", "-1", "5x", "nan", "inf", "1e3", "1 2", "99999999999999999999h"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes() {
        for (text, bytes) in [("0", 0), ("512", 512), ("512B", 512), ("1.5k", 1500), ("500MB", 500_000_000), ("2GiB", 2 << 30)] {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for text in ["", "GiB", "-1G", "5x", "1iB", "1e3", "1 2", "99999999999TiB"] {
            assert!(size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn numbers_for_people() {
        let q = |text: &str| parse_rational(text).unwrap();
        for (value, text) in [
            ("0", "0"),
            ("12", "12"),
            ("1201/12", "1201/12 ≈ 100.083"),
            ("-13/4", "-13/4 = -3.25"),
            ("1e-7", "1/10000000 = 0.0000001"),
            ("1e50", "1.00000e50 (an integer of 51 digits)"),
            ("-1e-400", "-1e-400 (order of magnitude) (a fraction of 1 by 401 digits)"),
        ] {
            assert_eq!(exact_and_approx(&q(value)), text);
        }
        assert_eq!(approx_f64(1_234_567.89), "1234568");
        assert_eq!(approx_f64(0.000_123_456_789), "0.000123457");
    }
}
