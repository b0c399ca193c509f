//! Shorter integer points with the same signs.

use crate::exact::{Integer, IntegerRows, IntegerVector, approx_with_exponent};
use dashu_base::BitTest;

/// A vector in nearly the direction of `point`, with entries as short as the signs on the given rows allow, if rounding finds one. Its signs on these rows are
/// those that `expected` tells, whatever floats did on the way.
///
/// Rounding to multiples of `2^s` moves `row · point` by at most `2^s ‖row‖₁ / 2`; floats choose `s` by that, and exact signs decide.
pub(super) fn shortened(
    rows: &IntegerRows,
    point: &[Integer],
    which: impl Iterator<Item = usize> + Clone,
    expected: impl Fn(usize) -> bool,
) -> Option<IntegerVector> {
    let bits = point.iter().map(BitTest::bit_len).max().unwrap_or(0);
    let approx: Vec<f64> = point
        .iter()
        .map(|x| {
            let (mantissa, exponent) = approx_with_exponent(x);
            // Entries that are 2^1000 times smaller than the largest are rounded to 0.
            let below = (bits as i64 - exponent).min(1000);
            mantissa * 2f64.powi(-(below as i32))
        })
        .collect();
    let margin = which.clone().fold(1.0f64, |margin, i| {
        let (value, norm) = rows.row_f64(i).iter().zip(&approx).fold((0.0, 0.0), |(value, norm), (a, x)| (value + a * x, norm + a.abs()));
        margin.min(f64::abs(value) / norm)
    });
    // One bit more than needed, for the errors of the floats. A margin of 0 or NaN keeps more bits than there are.
    let keep = (2.0 - margin.log2()).ceil();
    if !(keep.is_finite() && keep >= 1.0 && (keep as usize) < bits) {
        return None;
    }
    let shift = bits - keep as usize;
    let half = Integer::ONE << (shift - 1);
    let short = IntegerVector::new(point.iter().map(|x| (x + &half) >> shift).collect());
    let mut signs = which.map(|i| rows.sign(i, &short) == if expected(i) { std::cmp::Ordering::Greater } else { std::cmp::Ordering::Less });
    signs.all(|right| right).then_some(short)
}
