//! Short integer points inside cells. Floats look for a place far from the walls, exact signs decide whether the rounded point is in the cell.

use crate::exact::{Integer, IntegerRows, IntegerVector, approx_with_exponent};
use dashu_base::BitTest;
use std::cmp::Ordering;

/// The length of the longest entry.
pub(super) fn bits(point: &[Integer]) -> usize {
    point.iter().map(BitTest::bit_len).max().unwrap_or(0)
}

/// A positive multiple of `point`, roughly, with its largest entry of magnitude between 1/2 and 1.
pub(super) fn floats(point: &[Integer]) -> Vec<f64> {
    let bits = bits(point);
    let scaled = point.iter().map(|x| {
        let (mantissa, exponent) = approx_with_exponent(x);
        // Entries that are 2^1000 times smaller than the largest become 0.
        let below = (bits as i64 - exponent).min(1000);
        mantissa * 2f64.powi(-(below as i32))
    });
    scaled.collect()
}

fn product(row: &[f64], v: &[f64]) -> f64 {
    row.iter().zip(v).map(|(a, x)| a * x).sum()
}

/// An integer vector near the direction of `v`, its entries as short as the margins of the rows `which` allow, with the signs `positive` on these rows; `None` if `v` is too
/// near to a wall, or beyond.
///
/// Rounding `2^b v` to integers moves `row · 2^b v` by at most `‖row‖₁ / 2`, which chooses `b`.
pub(super) fn rounded(
    rows: &IntegerRows,
    v: &[f64],
    which: impl Iterator<Item = usize> + Clone,
    positive: impl Fn(usize) -> bool,
) -> Option<IntegerVector> {
    let largest = v.iter().fold(0.0f64, |largest, x| largest.max(x.abs()));
    let margin = which.clone().fold(f64::INFINITY, |margin, i| {
        let row = rows.row_f64(i);
        let value = product(row, v) / (row.iter().map(|a| a.abs()).sum::<f64>() * largest);
        let inside = if positive(i) { value } else { -value };
        // NaN, from entries beyond the range of floats, must not be overlooked.
        if inside < margin || inside.is_nan() { inside } else { margin }
    });
    if margin.is_nan() || margin < 2f64.powi(-50) {
        return None;
    }
    let scale = 2f64.powi((-margin.log2()).ceil() as i32 + 1) / largest;
    let point = IntegerVector::new(v.iter().map(|x| Integer::from((x * scale).round() as i64)).collect());
    let mut signs = which.map(|i| rows.sign(i, &point) == if positive(i) { Ordering::Greater } else { Ordering::Less });
    signs.all(|right| right).then_some(point)
}

/// A point behind a wall of a cell: on the line from `inside` through `on_wall`, half-way from there to the first of the `rows` that it meets, or to the mirror image of `inside`.
pub(super) fn behind<'a>(inside: &[f64], on_wall: &[f64], rows: impl Iterator<Item = &'a [f64]>) -> Vec<f64> {
    let direction: Vec<f64> = on_wall.iter().zip(inside).map(|(x, q)| x - q).collect();
    let steps = rows.map(|row| -product(row, on_wall) / product(row, &direction)).filter(|&step| step > 0.0);
    let step = steps.fold(1.0, f64::min);
    on_wall.iter().zip(&direction).map(|(x, d)| x + step / 2.0 * d).collect()
}

/// A point of the cell with the signs `positive` on its `facets` with shorter entries than the given one, if roundings of that and of a more central one give some.
pub(super) fn shortest(
    rows: &IntegerRows,
    point: &[Integer],
    facets: &(impl Iterator<Item = usize> + Clone),
    positive: impl Fn(usize) -> bool,
) -> Option<IntegerVector> {
    let length = |point: &IntegerVector| bits(point.entries());
    if bits(point) <= 8 {
        return None;
    }
    let v = floats(point);
    let mut best = rounded(rows, &v, facets.clone(), &positive).filter(|short| length(short) < bits(point));
    if best.as_ref().map_or(bits(point), length) > 24 {
        let central = rounded(rows, &centred(rows, v, facets, &positive), facets.clone(), &positive);
        let candidates = [best, central.filter(|short| length(short) < bits(point))];
        best = candidates.into_iter().flatten().min_by_key(length);
    }
    best
}

/// A point of the cell with the signs `positive` on its `facets` that is further from them than `v`: along the normal of each facet in turn, it moves to the middle of the
/// cell.
fn centred(rows: &IntegerRows, mut v: Vec<f64>, facets: &(impl Iterator<Item = usize> + Clone), positive: impl Fn(usize) -> bool) -> Vec<f64> {
    for normal in facets.clone().map(|f| rows.row_f64(f)) {
        let length = normal.iter().fold(0.0f64, |most, a| most.max(a.abs()));
        let size = v.iter().fold(0.0f64, |most, x| most.max(x.abs()));
        // The steps in units of normal / length · size, bounded to [−1, 1] as cells are unbounded.
        let (mut least, mut most) = (-1.0f64, 1.0f64);
        for f in facets.clone() {
            let row = rows.row_f64(f);
            let sign = if positive(f) { 1.0 } else { -1.0 };
            let (value, slope) = (sign * product(row, &v), sign * product(row, normal) / length * size);
            if slope > 0.0 {
                least = least.max(-value / slope);
            } else if slope < 0.0 {
                most = most.min(-value / slope);
            }
        }
        let step = (least + most) / 2.0 / length * size;
        v.iter_mut().zip(normal).for_each(|(x, a)| *x += step * a);
    }
    v
}
