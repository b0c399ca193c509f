//! The rows of `G` in floats: for the proposal, and for the sign of `row · z` where a bound on the rounding error tells it.
//!
//! Each row is scaled by a power of two so that its largest entry lies between 1/2 and 1, and so is `z`; neither changes a sign. An entry is then within one part in `2^52` of the
//! exact one, or within `2^-1074` of it where it underflows. A product of two such numbers and its rounding have a relative error below `6·2^-53`, or an absolute one
//! below `2^-1070`, and `q` additions add `q·2^-53` of the sum of magnitudes. So the computed sum is wrong by less than `(q + 6)·2^-53 Σ|products| + q·2^-1070`; the bound
//! below is twice that.

use crate::exact::{Integer, approx_with_exponent, power_of_two};

/// See the module's description.
#[derive(Debug)]
pub(super) struct FloatRows {
    q: usize,
    entries: Vec<f64>,
}

/// Covers products that underflow.
const UNDERFLOW: f64 = 1e-300;

impl FloatRows {
    pub(super) fn new(rows: &[Vec<Integer>], q: usize) -> Self {
        let mut entries = Vec::with_capacity(rows.len() * q);
        rows.iter().for_each(|row| scale_to_one(row, &mut entries));
        FloatRows { q, entries }
    }

    /// All entries, row by row.
    pub(super) fn entries(&self) -> &[f64] {
        &self.entries
    }

    /// Rows that are possibly not positive at `z`.
    pub(super) fn doubtful(&self, z: &[Integer]) -> impl Iterator<Item = usize> {
        let mut point = Vec::with_capacity(self.q);
        scale_to_one(z, &mut point);
        #[expect(clippy::cast_precision_loss, reason = "orders are small")]
        let unit = (self.q as f64 + 6.0) * f64::EPSILON;
        let is_positive = move |row: &[f64]| {
            let (mut sum, mut magnitude) = (0.0, 0.0);
            for (a, b) in row.iter().zip(&point) {
                let product = a * b;
                sum += product;
                magnitude += product.abs();
            }
            sum > magnitude * unit + UNDERFLOW
        };
        self.entries.chunks_exact(self.q.max(1)).enumerate().filter(move |(_, row)| !is_positive(row)).map(|(i, _)| i)
    }
}

/// Appends the vector, scaled by a power of two so that its largest entry lies between 1/2 and 1.
fn scale_to_one(vector: &[Integer], scaled: &mut Vec<f64>) {
    let exponent = vector.iter().map(|x| approx_with_exponent(x).1).max().unwrap_or(0);
    scaled.extend(vector.iter().map(|x| scaled_float(x, exponent)));
}

/// `value · 2^-exponent`, ±∞ or 0 beyond the range of floats.
pub(super) fn scaled_float(value: &Integer, exponent: i64) -> f64 {
    let (mantissa, own) = approx_with_exponent(value);
    #[expect(clippy::cast_possible_truncation, reason = "clamped to the range of float exponents, twice over")]
    let power = (own - exponent).clamp(-1100, 1100) as i32;
    mantissa * power_of_two(power / 2) * power_of_two(power - power / 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 3000, rng_seed: proptest::test_runner::RngSeed::Fixed(31), ..ProptestConfig::default() })]

        /// Origin: the definition, in big integers; entries of very different sizes, and sums that cancel but for a little.
        #[test]
        fn rows_without_doubt_are_positive(
            a in prop::collection::vec((-9i64..10, 0usize..4), 3),
            b in prop::collection::vec((-9i64..10, 0usize..4), 3),
            rest in -1i64..2,
        ) {
            let size = |power: usize| [0, 3, 70, 1500][power];
            let big = |v: &[(i64, usize)]| v.iter().map(|&(x, power)| Integer::from(x) << size(power)).collect::<Vec<_>>();
            let (mut row, mut z) = (big(&a), big(&b));
            let sum = row.iter().zip(&z).fold(Integer::ZERO, |s, (x, y)| s + x * y);
            // A fourth entry that takes the sum back to `rest`.
            row.push(Integer::from(rest) - &sum);
            z.push(Integer::ONE);
            let exact = |row: &[Integer]| row.iter().zip(&z).fold(Integer::ZERO, |s, (x, y)| s + x * y);
            let rows = vec![row.clone(), row[..3].iter().cloned().chain([Integer::ZERO]).collect(), vec![Integer::ZERO; 4]];
            let doubtful: Vec<usize> = FloatRows::new(&rows, 4).doubtful(&z).collect();
            for (i, row) in rows.iter().enumerate() {
                prop_assert!(doubtful.contains(&i) || exact(row) > Integer::ZERO);
            }
            // And what is clear to a float is not doubted.
            let plain: f64 = a.iter().zip(&b).filter(|(a, b)| a.1 + b.1 == 0).map(|(a, b)| (a.0 * b.0) as f64).sum();
            if a.iter().zip(&b).all(|(a, b)| a.1 + b.1 == 0) && plain > 0.0 {
                prop_assert!(!doubtful.contains(&1));
            }
        }
    }
}
