//! Axes: from numbers to pixels, with long empty stretches cut short.

use super::canvas::text_width;

/// A stretch between two neighbouring knots that is longer than this is drawn as if it had this length.
const LONGEST: f64 = 4.0;

/// A strictly increasing map of `[first knot, last knot]` to an interval of pixels, affine between knots.
#[derive(Debug, Clone)]
pub(super) struct Axis {
    knots: Vec<f64>,
    /// Where the knots lie, from 0 to 1.
    shares: Vec<f64>,
}

/// A number with a proper minus sign.
pub(super) fn numeral(value: f64) -> String {
    let rounded = (value * 1000.0).round() / 1000.0;
    if rounded < 0.0 { format!("−{}", -rounded) } else { format!("{}", rounded.abs()) }
}

impl Axis {
    /// An axis through `knots`, at least two different ones.
    pub(super) fn shortened(mut knots: Vec<f64>) -> Self {
        knots.sort_by(f64::total_cmp);
        knots.dedup();
        let mut at = 0.0;
        let mut places = vec![0.0];
        for pair in knots.windows(2) {
            at += (pair[1] - pair[0]).min(LONGEST);
            places.push(at);
        }
        Axis { knots, shares: places.iter().map(|place| place / at).collect() }
    }

    /// Where `value` lies between the ends of the axis, as a number from 0 to 1.
    pub(super) fn share(&self, value: f64) -> f64 {
        let right = self.knots.partition_point(|&knot| knot < value).clamp(1, self.knots.len() - 1);
        let (low, high) = (self.knots[right - 1], self.knots[right]);
        let part = ((value - low) / (high - low)).clamp(0.0, 1.0);
        self.shares[right - 1] + part * (self.shares[right] - self.shares[right - 1])
    }

    /// The middles of the stretches that are cut short, from 0 to 1.
    pub(super) fn cuts(&self) -> Vec<f64> {
        let long = |&i: &usize| self.knots[i + 1] - self.knots[i] > LONGEST;
        (0..self.knots.len() - 1).filter(long).map(|i| f64::midpoint(self.shares[i], self.shares[i + 1])).collect()
    }

    /// The values that are labelled if the axis is `pixels` long: round numbers, or, where something is cut short, those of `wanted` that have room.
    pub(super) fn ticks(&self, wanted: &[f64], pixels: f64, size: f64) -> Vec<f64> {
        let (low, high) = (self.knots[0], self.knots[self.knots.len() - 1]);
        let widest = text_width(&numeral(low), size).max(text_width(&numeral(high), size)) + 6.0;
        if self.cuts().is_empty() {
            let step = round_step((high - low) * widest / pixels).max(1.0);
            return std::iter::successors(Some((low / step).ceil() * step), |tick| Some(tick + step)).take_while(|tick| *tick <= high).collect();
        }
        // From the ends to the middle, so that the picture is symmetrical.
        let mut inward: Vec<f64> = wanted.to_vec();
        inward.sort_by(|a, b| (self.share(*b) - 0.5).abs().total_cmp(&(self.share(*a) - 0.5).abs()));
        let mut ticks: Vec<f64> = Vec::new();
        for value in inward {
            if ticks.iter().all(|tick| (self.share(*tick) - self.share(value)).abs() * pixels >= widest) {
                ticks.push(value);
            }
        }
        ticks
    }
}

/// The smallest of …, 1, 2, 5, 10, … that is at least `least`.
pub(super) fn round_step(least: f64) -> f64 {
    let power = 10f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0].into_iter().map(|digit| digit * power).find(|step| *step >= least).unwrap_or(10.0 * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Origin: by hand. Stretches of 1, 100 (drawn as 4) and 1.
    #[test]
    fn long_stretches_are_cut_short() {
        let axis = Axis::shortened(vec![101.0, 0.0, 1.0, 102.0, 0.0]);
        let shares: Vec<f64> = [0.0, 1.0, 51.0, 101.0, 102.0].iter().map(|&value| axis.share(value) * 6.0).collect();
        for (share, expected) in shares.iter().zip([0.0, 1.0, 3.0, 5.0, 6.0]) {
            assert!((share - expected).abs() < 1e-12, "{shares:?}");
        }
        assert_eq!(axis.cuts(), [0.5]);
        assert_eq!(axis.ticks(&[0.0, 1.0, 101.0, 102.0], 40.0, 1.0), [0.0, 102.0]);
    }

    /// Origin: by hand.
    #[test]
    fn ticks_are_round_numbers() {
        let axis = Axis::shortened((-7..=7).map(f64::from).collect());
        assert_eq!(axis.ticks(&[], 1000.0, 10.0).len(), 15);
        assert_eq!(axis.ticks(&[], 100.0, 10.0), [-5.0, 0.0, 5.0]);
        assert_eq!([0.3, 1.0, 3.0, 7.0, 20.0].map(round_step), [0.5, 1.0, 5.0, 10.0, 20.0]);
        assert_eq!([numeral(-0.0), numeral(-2.5), numeral(7.0)], ["0", "−2.5", "7"]);
    }
}
