//! A training problem in floats: features and targets scaled so that all numbers are of order one.
//!
//! Column `c` of the features is divided by `2^{e_c}` and the targets by `2^{e_y}`, powers of two just above the largest magnitudes. That changes the
//! unknowns, not the attainable values, and is exact in floats.

use super::pattern::PatternSpace;
use crate::exact::{Integer, Rational, lower_f64, scaled_f64, upper_f64};
use crate::instance::Loss;
use dashu_base::BitTest;

/// The float view of a pattern space.
#[derive(Debug)]
pub(in crate::train) struct ScaledView {
    /// The number of unknowns of a neuron.
    pub(in crate::train) block: usize,
    /// Whether there is an output bias; it is the first unknown.
    pub(in crate::train) bias: bool,
    /// Scaled features, `block` a row.
    pub(in crate::train) features: Vec<f64>,
    /// Exponents `e_c` of the features' columns, then `e_y`.
    pub(in crate::train) shifts: Vec<i64>,
    /// Scaled targets, one a point, and the row of each.
    pub(in crate::train) targets: Vec<(usize, f64)>,
    /// The number of points.
    pub(in crate::train) points: f64,
    /// The scaled `Σ y`, rounded.
    pub(in crate::train) target_sum: f64,
    /// A lower bound on the scaled `Σ y²`.
    pub(in crate::train) total_low: f64,
    /// An upper bound on the scaled `Σ y²`.
    pub(in crate::train) total_high: f64,
    /// For each row, an upper bound on the scaled `(Σ y)²/multiplicity` of its points: how much of `Σ y²` a free value there explains.
    pub(in crate::train) explained_by_row: Vec<f64>,
    /// The scaled loss is the loss times this.
    pub(in crate::train) loss_factor: Rational,
}

/// `⌈log₂⌉` of the largest magnitude.
pub(in crate::train) fn exponent<'i>(values: impl Iterator<Item = &'i Integer>) -> i64 {
    i64::try_from(values.map(BitTest::bit_len).max().unwrap_or(0)).expect("numbers have fewer than 2^63 bits")
}

/// `2^exponent`.
pub(in crate::train) fn power_of_two(exponent: i64) -> Rational {
    let power = Rational::from(Integer::ONE << usize::try_from(exponent.unsigned_abs()).expect("fits memory"));
    if exponent < 0 { Rational::ONE / power } else { power }
}

impl ScaledView {
    pub(in crate::train) fn new(space: &PatternSpace<'_>) -> Self {
        let rows = space.design().rows().len();
        let block = space.block();
        let mut shifts: Vec<i64> = (0..block).map(|c| exponent((0..rows).map(|i| &space.features(i)[c]))).collect();
        let target_shift = exponent(space.targets().iter());
        shifts.push(target_shift);
        let features = (0..rows).flat_map(|i| space.features(i).iter().zip(&shifts).map(|(f, &e)| scaled_f64(f, e))).collect();
        let targets = space.targets().iter().enumerate().map(|(i, y)| (space.design().row_of_point(i), scaled_f64(y, target_shift))).collect();
        let square_scale = power_of_two(-2 * target_shift);
        let total = space.targets().iter().fold(Integer::ZERO, |sum, y| sum + y * y);
        let total = Rational::from(total) * &square_scale;
        // Four roundings of at most a unit in the last place, and underflow.
        let above = |value: f64| value * (1.0 + 8.0 * f64::EPSILON) + f64::MIN_POSITIVE;
        let explained_by_row = (0..rows)
            .map(|row| {
                let points = space.design().points_of_row(row);
                let sum = points.iter().fold(Integer::ZERO, |sum, &i| sum + &space.targets()[i]);
                above(scaled_f64(&Integer::from(sum.sqr()), 2 * target_shift) / points.len() as f64)
            })
            .collect();
        let sum = space.targets().iter().fold(Integer::ZERO, |sum, y| sum + y);
        let unit = Rational::from(space.target_scale().clone()) * power_of_two(-target_shift);
        let loss_factor = if space.instance().loss == Loss::L2 { unit.sqr() } else { unit };
        ScaledView {
            block,
            bias: space.instance().architecture.has_constant(),
            features,
            shifts,
            points: space.targets().len() as f64,
            target_sum: scaled_f64(&sum, target_shift),
            targets,
            total_low: lower_f64(&total),
            total_high: upper_f64(&total),
            explained_by_row,
            loss_factor,
        }
    }

    /// A float that is at least the scaled `loss`.
    pub(in crate::train) fn scaled_upper(&self, loss: &Rational) -> f64 {
        upper_f64(&(loss * &self.loss_factor))
    }

    /// The loss whose scaled value is the finite float `bound`, exactly.
    pub(in crate::train) fn unscaled(&self, bound: f64) -> Rational {
        Rational::try_from(bound).expect("bounds are finite") / &self.loss_factor
    }

    /// What a scaled value of 1 at a target is in the data's own units.
    pub(in crate::train) fn target_unit(&self, space: &PatternSpace<'_>) -> Rational {
        power_of_two(self.shifts[self.block]) / Rational::from(space.target_scale().clone())
    }

    /// The number of unknowns of a tuple of `neurons`.
    pub(in crate::train) fn unknowns(&self, neurons: usize) -> usize {
        neurons * self.block + usize::from(self.bias)
    }

    /// The scaled features of a row.
    pub(in crate::train) fn features_of(&self, row: usize) -> &[f64] {
        &self.features[row * self.block..(row + 1) * self.block]
    }

    /// Weights for the scaled features as weights for the design's columns, up to a positive factor (scaled so that the largest is of order one).
    pub(in crate::train) fn unscaled_weights(&self, weights: &[f64]) -> Vec<f64> {
        // Undoing 2^{-e_c} may leave the range of floats; only the ratios matter, so the least exponent is divided out.
        let least = self.shifts[..self.block].iter().min().copied().unwrap_or(0);
        weights.iter().zip(&self.shifts).map(|(w, e)| w * 2f64.powi(i32::try_from((least - e).max(-1070)).expect("clamped"))).collect()
    }

    /// The bit length that a sum of products of two features (or of a feature and a target) over all points can have.
    pub(in crate::train) fn sum_bits(&self, points: usize) -> usize {
        let largest = *self.shifts.iter().max().expect("there is the target's").max(&1);
        usize::try_from(2 * largest).expect("fits memory") + points.ilog2() as usize + 1
    }
}
