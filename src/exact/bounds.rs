//! Conversions between rationals and floats whose direction of rounding is known.

use super::{Integer, Natural, Rational};
use dashu_base::{Approximation, BitTest, Sign};

/// The float nearest to `value` (±∞ beyond the range).
#[must_use]
pub fn nearest_f64(value: &Rational) -> f64 {
    value.to_f64().value()
}

/// A float that is at most `value` (−∞ if `value` lies below every finite float).
#[must_use]
pub fn lower_f64(value: &Rational) -> f64 {
    match value.to_f64() {
        Approximation::Exact(x) => x,
        Approximation::Inexact(x, Sign::Positive) => x.next_down(),
        Approximation::Inexact(x, Sign::Negative) => {
            if x == f64::INFINITY {
                f64::MAX
            } else {
                x.next_down()
            }
        }
    }
}

/// A float that is at least `value` (∞ if `value` lies above every finite float).
///
/// # Examples
/// ```
/// use relus::exact::{lower_f64, parse_rational, upper_f64};
/// let third = parse_rational("1/3").unwrap();
/// assert!(lower_f64(&third) < upper_f64(&third));
/// ```
#[must_use]
pub fn upper_f64(value: &Rational) -> f64 {
    -lower_f64(&-value)
}

/// `value ≈ m·2^e` with `m` a float of magnitude in `[1/2, 1]` (0 for 0), accurate to one part in 2^52: never over- or underflows.
#[must_use]
pub fn approx_with_exponent(value: &Integer) -> (f64, i64) {
    let bits = value.bit_len();
    if bits <= 62 {
        let small = i64::try_from(value).expect("at most 62 bits");
        #[expect(clippy::cast_precision_loss, reason = "the result is documented as approximate")]
        return (small as f64 * power_of_two(-(bits as i32)), bits as i64);
    }
    let shift = bits - 62;
    // Truncation loses less than one part in 2^61.
    let top = i64::try_from(value >> shift).expect("at most 62 bits and a sign");
    #[expect(clippy::cast_precision_loss, reason = "the result is documented as approximate")]
    (top as f64 * power_of_two(-62), bits as i64)
}

/// `2^exponent`, a normal float.
pub(crate) fn power_of_two(exponent: i32) -> f64 {
    debug_assert!((-1022..=1023).contains(&exponent), "the exponents of normal floats");
    #[expect(clippy::cast_sign_loss, reason = "1 at least")]
    f64::from_bits(((exponent + 1023) as u64) << 52)
}

/// `value · 2^-shift`, rounded with relative error at most 2^-52 unless it underflows (then by less than the least positive float). Only 0 becomes 0: what depends on
/// numbers that vanish may not depend on the range of floats.
#[must_use]
pub fn scaled_f64(value: &Integer, shift: i64) -> f64 {
    let (mantissa, exponent) = approx_with_exponent(value);
    let exponent = (exponent - shift).clamp(-2000, 1023);
    // Two factors, as 2^-1074 is the least power that is representable by itself.
    #[expect(clippy::cast_possible_truncation, reason = "clamped")]
    let half = (exponent / 2) as i32;
    #[expect(clippy::cast_possible_truncation, reason = "clamped")]
    let rest = exponent as i32 - half;
    let scaled = mantissa * power_of_two(half) * power_of_two(rest);
    if scaled == 0.0 && mantissa != 0.0 { f64::from_bits(1).copysign(mantissa) } else { scaled }
}

/// The multiple of `2^-bits` nearest to the float `value`, or `None` if `value` is not finite.
#[must_use]
pub fn round_to_bits(value: f64, bits: usize) -> Option<Rational> {
    let exact = Rational::try_from(value).ok()?;
    let scale = Integer::ONE << bits;
    let rounded = (exact * &scale).round();
    Some(Rational::from_parts(rounded, Natural::ONE << bits))
}
