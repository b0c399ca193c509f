//! Integer matrices made for one question, asked millions of times: what is the sign of `row · vector`?
//!
//! The answer is exact. A float product with its rounding error bound answers first; where it cannot, 128-bit integers do if a bound on the
//! bit lengths says that no product or sum can overflow; big integers do the rest.

use super::{Integer, Rational, approx_with_exponent, common_denominator, power_of_two, scaled_integer};
use dashu_base::{BitTest, Sign, Signed};
use std::cmp::Ordering;

/// An integer vector with the approximations that make sign tests cheap.
#[derive(Debug, Clone)]
pub struct IntegerVector {
    exact: Vec<Integer>,
    small: Option<Vec<i128>>,
    approx: Vec<f64>,
    bits: usize,
}

impl IntegerVector {
    /// Wraps `values`.
    #[must_use]
    pub fn new(values: Vec<Integer>) -> Self {
        let (small, approx, bits) = prepare(&values);
        IntegerVector { exact: values, small, approx, bits }
    }

    /// The positive integer multiple of a rational vector that clears its denominators: it has the same signs against every row.
    #[must_use]
    pub fn from_rationals(values: &[Rational]) -> Self {
        let scale = common_denominator(values);
        IntegerVector::new(values.iter().map(|v| scaled_integer(v, &scale)).collect())
    }

    /// The entries.
    #[must_use]
    pub fn entries(&self) -> &[Integer] {
        &self.exact
    }
}

/// A dense integer matrix, row by row.
#[derive(Debug, Clone)]
pub struct IntegerRows {
    columns: usize,
    exact: Vec<Integer>,
    small: Option<Vec<i128>>,
    approx: Vec<f64>,
    bits: usize,
}

impl IntegerRows {
    /// A matrix with the given rows, each of `columns` entries.
    ///
    /// # Panics
    /// If a row has another length or `columns` is 0.
    #[must_use]
    pub fn new(rows: Vec<Vec<Integer>>, columns: usize) -> Self {
        assert!(columns > 0, "a matrix needs a column");
        assert!(rows.iter().all(|row| row.len() == columns), "rows must have equal length");
        let exact: Vec<Integer> = rows.into_iter().flatten().collect();
        let (small, approx, bits) = prepare(&exact);
        IntegerRows { columns, exact, small, approx, bits }
    }

    /// The number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.exact.len() / self.columns
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.exact.is_empty()
    }

    /// The number of columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Row `i`, exactly.
    #[must_use]
    pub fn row(&self, i: usize) -> &[Integer] {
        &self.exact[i * self.columns..(i + 1) * self.columns]
    }

    /// Row `i` in 128-bit integers, if every entry of the matrix fits.
    #[must_use]
    pub fn row_i128(&self, i: usize) -> Option<&[i128]> {
        self.small.as_ref().map(|small| &small[i * self.columns..(i + 1) * self.columns])
    }

    /// Row `i` rounded to floats (±∞ for entries beyond their range).
    #[must_use]
    pub fn row_f64(&self, i: usize) -> &[f64] {
        &self.approx[i * self.columns..(i + 1) * self.columns]
    }

    /// The largest bit length of an entry.
    #[must_use]
    pub fn bits(&self) -> usize {
        self.bits
    }

    /// The exact sign of `row_i · v`.
    ///
    /// # Complexity
    /// A few nanoseconds where the float filter answers, about ten times that in 128-bit integers.
    ///
    /// # Panics
    /// If `v` has another length than the rows.
    #[must_use]
    pub fn sign(&self, i: usize, v: &IntegerVector) -> Ordering {
        assert_eq!(v.exact.len(), self.columns, "vector length");
        let (mut sum, mut magnitude) = (0.0f64, 0.0f64);
        for (a, b) in self.row_f64(i).iter().zip(&v.approx) {
            let product = a * b;
            sum += product;
            magnitude += product.abs();
        }
        // Two conversions and one product a term, then `columns` additions: a relative error below (columns + 3) u of the magnitude;
        // doubled to cover the rounding of the bound itself. Underflow cannot occur: entries are integers. NaN and ∞ fail the test.
        #[expect(clippy::cast_precision_loss, reason = "column counts are small")]
        let error = magnitude * (self.columns as f64 + 3.0) * f64::EPSILON;
        if sum.abs() > error {
            return if sum > 0.0 { Ordering::Greater } else { Ordering::Less };
        }
        self.small_product(i, v).map_or_else(|| self.long_product(i, v).cmp(&Integer::ZERO), |product| product.cmp(&0))
    }

    /// The exact value of `row_i · v`.
    ///
    /// # Panics
    /// If `v` has another length than the rows.
    #[must_use]
    pub fn product(&self, i: usize, v: &IntegerVector) -> Integer {
        assert_eq!(v.exact.len(), self.columns, "vector length");
        self.small_product(i, v).map_or_else(|| self.long_product(i, v), Integer::from)
    }

    /// The product in 128-bit integers, if nothing can overflow.
    fn small_product(&self, i: usize, v: &IntegerVector) -> Option<i128> {
        let (row, w) = (self.row_i128(i)?, v.small.as_ref()?);
        let fits = self.bits + v.bits + (self.columns.ilog2() as usize) < 126;
        fits.then(|| row.iter().zip(w).map(|(a, b)| a * b).sum())
    }

    fn long_product(&self, i: usize, v: &IntegerVector) -> Integer {
        self.row(i).iter().zip(&v.exact).filter(|(a, _)| !a.is_zero()).fold(Integer::ZERO, |sum, (a, b)| sum + a * b)
    }
}

fn prepare(values: &[Integer]) -> (Option<Vec<i128>>, Vec<f64>, usize) {
    let bits = values.iter().map(BitTest::bit_len).max().unwrap_or(0);
    let small = (bits < 126).then(|| values.iter().map(|v| i128::try_from(v).expect("below 126 bits")).collect());
    let approx = values.iter().map(to_f64).collect();
    (small, approx, bits)
}

/// `value` rounded to a float with relative error at most 2^-52; ±∞ beyond the range.
fn to_f64(value: &Integer) -> f64 {
    let (mantissa, exponent) = approx_with_exponent(value);
    if exponent > 1020 {
        return if value.sign() == Sign::Negative { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    debug_assert!(!value.is_negative() || mantissa < 0.0);
    #[expect(clippy::cast_possible_truncation, reason = "bounded by 1020")]
    let scale = power_of_two(exponent as i32);
    mantissa * scale
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cancellation_beyond_float_precision_is_decided() {
        let big = Integer::from(10).pow(30);
        let rows = IntegerRows::new(vec![vec![big.clone(), Integer::ONE]], 2);
        for (last, expected) in [(1, Ordering::Greater), (0, Ordering::Equal), (-1, Ordering::Less)] {
            let v = IntegerVector::new(vec![Integer::from(1), Integer::from(last) - &big]);
            assert_eq!(rows.sign(0, &v), expected);
        }
    }

    #[test]
    fn numbers_beyond_the_float_range_are_decided() {
        let huge = Integer::from(10).pow(400);
        let rows = IntegerRows::new(vec![vec![huge.clone(), -huge.clone()]], 2);
        let v = IntegerVector::new(vec![Integer::ONE, Integer::ONE]);
        assert_eq!(rows.sign(0, &v), Ordering::Equal);
        let v = IntegerVector::new(vec![Integer::ONE, Integer::from(2)]);
        assert_eq!(rows.sign(0, &v), Ordering::Less);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, rng_seed: proptest::test_runner::RngSeed::Fixed(11), ..ProptestConfig::default() })]
        /// Origin: the definition, evaluated in big integers.
        #[test]
        fn filtered_sign_is_the_sign(
            a in prop::collection::vec(-40i64..40, 4),
            b in prop::collection::vec(-40i64..40, 4),
            scale in 0usize..90,
        ) {
            let big = |v: &Vec<i64>| v.iter().map(|&x| Integer::from(x) << scale).map(|x| x + Integer::ONE).collect::<Vec<_>>();
            let (a, b) = (big(&a), big(&b));
            let exact = a.iter().zip(&b).fold(Integer::ZERO, |s, (x, y)| s + x * y).cmp(&Integer::ZERO);
            let rows = IntegerRows::new(vec![a], 4);
            prop_assert_eq!(rows.sign(0, &IntegerVector::new(b)), exact);
        }
    }
}
