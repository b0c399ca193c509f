//! Float values of a generator at all sites.
//!
//! The values are `x̃_s·r` times one power of two such that the largest magnitude lies in `[1/2, 1]`. For machine integers they are computed exactly and rounded once, an error of at
//! most 2^-54. For big integers a fixed-point product with the error bound of [`Filter`] answers where it can, the exact product where not.

use super::fixed::Fixed;
use super::number::{Long, Number, dot};
use crate::exact::{Integer, IntegerRows, scaled_f64};

/// Bits of a design entry in fixed point.
const ROW_BITS: usize = 61;

/// Numbers whose products with rows can be listed as floats.
pub(super) trait Values: Number {
    fn values(rows: &[Self], filter: Option<&Filter>, vector: &[Self]) -> Box<[f64]>;
}

/// `2^-bits` for `bits ≤ 127`.
fn inverse_power(bits: u32) -> f64 {
    f64::from_bits((1023 - u64::from(bits)) << 52)
}

/// The inner products of `vector` with all rows, by `product`. Small lengths are compiled by themselves, so that their loops are unrolled.
fn products<R: Copy, V: Copy, S>(rows: &[R], vector: &[V], product: impl Fn(&[R], &[V]) -> S) -> Vec<S> {
    fn unrolled<const D: usize, R: Copy, V: Copy, S>(rows: &[R], vector: &[V], product: impl Fn(&[R], &[V]) -> S) -> Vec<S> {
        let vector: [V; D] = vector.try_into().expect("length D");
        rows.as_chunks::<D>().0.iter().map(|row| product(row, &vector)).collect()
    }
    match vector.len() {
        2 => unrolled::<2, _, _, _>(rows, vector, product),
        3 => unrolled::<3, _, _, _>(rows, vector, product),
        4 => unrolled::<4, _, _, _>(rows, vector, product),
        5 => unrolled::<5, _, _, _>(rows, vector, product),
        6 => unrolled::<6, _, _, _>(rows, vector, product),
        columns => rows.chunks_exact(columns).map(|row| product(row, vector)).collect(),
    }
}

impl Values for i64 {
    #[expect(clippy::cast_precision_loss, reason = "one rounding to nearest")]
    fn values(rows: &[Self], _: Option<&Filter>, vector: &[Self]) -> Box<[f64]> {
        let exact = products(rows, vector, dot);
        let largest = exact.iter().map(|v: &i64| v.unsigned_abs()).fold(0, |a, b| a | b);
        let scale = inverse_power(64 - largest.leading_zeros());
        exact.iter().map(|&v| v as f64 * scale).collect()
    }
}

impl Values for i128 {
    fn values(rows: &[Self], _: Option<&Filter>, vector: &[Self]) -> Box<[f64]> {
        let exact = products(rows, vector, dot);
        let (bits, scale) = scale_of(&exact);
        exact.iter().map(|&v| rounded(v, bits) * scale).collect()
    }
}

/// The bit length of the largest magnitude, and the power of two that moves it below 1.
fn scale_of(values: &[i128]) -> (u32, f64) {
    let largest = values.iter().map(|v| v.unsigned_abs()).fold(0, |a, b| a | b);
    let bits = 128 - largest.leading_zeros();
    (bits, inverse_power(bits))
}

/// `v` of at most `bits` bits as a float with an error of at most one part in 2^52 of itself: a conversion of 64 bits where these hold enough of it.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "the high bits fit, and the error is stated")]
fn rounded(v: i128, bits: u32) -> f64 {
    let shift = bits.saturating_sub(63);
    let high = (v >> shift) as i64;
    // Cutting bits off loses less than 1 of at least 2^53.
    if shift == 0 || high.unsigned_abs() >= 1 << 54 { high as f64 * f64::from_bits((1023 + u64::from(shift)) << 52) } else { v as f64 }
}

/// The rows in fixed point, for products with big integers.
///
/// Column `c` is held as `X_sc = ⌊x_sc 2^{-t_c}⌋` with `|X_sc| ≤ 2^61`, exact if its entries have at most 61 bits. Let `h = 61 − ⌈log₂ D⌉`. A vector is rounded to `R_c = ⌊r_c 2^{t_c-τ}⌋`,
/// where `τ` is the least exponent for which all `|R_c| ≤ 2^{2h}`, and split into `R_c = H_c 2^h + L_c`, `0 ≤ L_c < 2^h`. Then
///
/// ```text
/// v_s = Σ_c X_sc H_c + ⌊2^-h Σ_c X_sc L_c⌋,      |v_s − 2^{-τ-h} x̃_s·r| ≤ E = 1 + D (2^{61-h} + 1) + D 2^h [X is not exact],
/// ```
///
/// since `|X_sc| (R_c error below 1) 2^-h` is at most `2^{61-h}` a term, the floor loses less than 1, the error of `X_sc` (below 1) times `r_c 2^{t_c-τ-h}` is less than `2^h + 1`. No sum
/// exceeds `D·2^61·2^h ≤ 2^122`. The sign of `v_s` is right if `|v_s| > E`; otherwise the exact product decides. If the largest `|v_s|` has `L` bits and is at
/// least `2^52 E`, then `v_s 2^-L` has an error of at most `2^-52`, one more of `2^-52` from its rounding; otherwise all products are computed exactly.
#[derive(Debug)]
pub(super) struct Filter {
    mantissas: Vec<i64>,
    exponents: Vec<i64>,
    exact: bool,
}

impl Filter {
    pub(super) fn new(design: &IntegerRows) -> Self {
        let row_bits = ROW_BITS as i64;
        let exponents: Vec<i64> =
            (0..design.columns()).map(|c| (0..design.len()).map(|s| design.row(s)[c].length()).max().unwrap_or(0) - row_bits).collect();
        let mantissas = (0..design.len())
            .flat_map(|s| design.row(s).iter().zip(&exponents).map(|(x, &t)| i64::try_from(x.shifted(-t)).expect("at most 2^61")))
            .collect();
        Filter { mantissas, exact: exponents.iter().all(|&t| t <= 0), exponents }
    }

    /// The numbers `v_s`, the exponent of their unit, and `E`; `None` if these are too small for it.
    fn products<T: Long>(&self, vector: &[T]) -> Option<(Vec<i128>, i64, u128)> {
        let columns = vector.len();
        let half = ROW_BITS - columns.next_power_of_two().ilog2() as usize;
        let longest =
            vector.iter().zip(&self.exponents).filter(|(r, _)| r.order().is_ne()).map(|(r, &t)| r.length() + t).max().expect("rays are not 0");
        let tau = longest - 2 * half as i64;
        #[expect(clippy::cast_possible_truncation, reason = "the halves have fewer than 62 bits")]
        let parts: Vec<[i64; 2]> = vector
            .iter()
            .zip(&self.exponents)
            .map(|(r, &t)| {
                let fixed = r.shifted(t - tau);
                [(fixed >> half) as i64, (fixed & ((1 << half) - 1)) as i64]
            })
            .collect();
        let sums = products(&self.mantissas, &parts, |row, parts| {
            let (mut high, mut low) = (0, 0);
            for (&x, &[h, l]) in row.iter().zip(parts) {
                high += i128::from(x) * i128::from(h);
                low += i128::from(x) * i128::from(l);
            }
            high + (low >> half)
        });
        let columns = columns as u128;
        let error = 1 + columns * ((1u128 << (ROW_BITS - half)) + 1) + if self.exact { 0 } else { columns << half };
        sums.iter().any(|v| v.unsigned_abs() >> 52 >= error).then_some((sums, tau + half as i64, error))
    }
}

/// [`Values::values`] for numbers that are slow to multiply.
fn filtered<T: Long>(rows: &[T], filter: Option<&Filter>, vector: &[T]) -> Box<[f64]> {
    let rows = rows.chunks_exact(vector.len());
    let scaled = |value: &T, exponent: i64| if value.order().is_eq() { 0.0 } else { scaled_f64(&value.to_integer(), exponent) };
    if let Some((sums, unit, error)) = filter.and_then(|f| f.products(vector)) {
        let (bits, scale) = scale_of(&sums);
        let exponent = unit + i64::from(bits);
        let value = |v: i128, row: &[T]| if v.unsigned_abs() > error { rounded(v, bits) * scale } else { scaled(&dot(row, vector), exponent) };
        return sums.iter().zip(rows).map(|(&v, row)| value(v, row)).collect();
    }
    let exact: Vec<T> = rows.map(|row| dot(row, vector)).collect();
    let exponent = exact.iter().map(Long::length).max().expect("there is a site");
    exact.iter().map(|v| scaled(v, exponent)).collect()
}

impl Values for Fixed<4> {
    fn values(rows: &[Self], filter: Option<&Filter>, vector: &[Self]) -> Box<[f64]> {
        filtered(rows, filter, vector)
    }
}

impl Values for Fixed<8> {
    fn values(rows: &[Self], filter: Option<&Filter>, vector: &[Self]) -> Box<[f64]> {
        filtered(rows, filter, vector)
    }
}

impl Values for Integer {
    fn values(rows: &[Self], filter: Option<&Filter>, vector: &[Self]) -> Box<[f64]> {
        filtered(rows, filter, vector)
    }
}
