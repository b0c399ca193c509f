//! The data on a line, in scaled floats with known errors.

use crate::exact::{Rational, nearest_f64, upper_f64};
use crate::instance::{Instance, Loss};
use crate::train::pattern::PatternSpace;
use crate::train::scaled::power_of_two;
use dashu_base::{Abs, BitTest};

/// The different points of the line (*sites*), from left to right, and what of the targets matters.
///
/// Positions are divided by the extent of the data and targets by a power of two, so that both have magnitude 1 at most. Each float differs from what it stands for by one rounding.
#[derive(Debug)]
pub(super) struct Sites {
    /// The design's row of each site.
    pub(super) rows: Vec<usize>,
    /// `t_i`, from 0 to 1.
    pub(super) position: Vec<f64>,
    /// `t_{i+1} − t_i`, rounded from the exact difference: no cancellation.
    pub(super) gap: Vec<f64>,
    /// How many points stand at a site.
    pub(super) weight: Vec<f64>,
    /// The mean target of a site.
    pub(super) mean: Vec<f64>,
    /// The targets, site by site.
    pub(super) targets: Vec<f64>,
    /// Where a site's targets begin in `targets`; one more entry for the end.
    pub(super) first: Vec<usize>,
    /// The squared loss of the means, exactly and in the data's units, which no function can avoid; 0 for the other losses.
    offset: Rational,
    /// The scaled loss is the loss times this.
    factor: Rational,
    /// Moments `Σ_{l>i} w_l (t_l − t_i)^c` and `Σ_{l<i} w_l (t_i − t_l)^c`, `c = 0, 1, 2`. All terms of their recursions are positive.
    pub(super) right: Vec<[f64; 3]>,
    pub(super) left: Vec<[f64; 3]>,
    /// `Σ_{l>i} w_l ȳ_l (t_l − t_i)` and `Σ_{l<i} w_l ȳ_l (t_i − t_l)`.
    pub(super) right_target: Vec<f64>,
    pub(super) left_target: Vec<f64>,
}

impl Sites {
    pub(super) fn new(space: &PatternSpace<'_>) -> Self {
        let Instance { data, loss, .. } = space.instance();
        let coordinate = |row: usize| &data.points()[space.design().points_of_row(row)[0]][0];
        let mut rows: Vec<usize> = (0..space.design().rows().len()).collect();
        rows.sort_unstable_by(|&a, &b| coordinate(a).cmp(coordinate(b)));
        let (origin, end) = (coordinate(rows[0]), coordinate(rows[rows.len() - 1]));
        let extent = if origin == end { Rational::ONE } else { end - origin };
        let gap: Vec<f64> = rows.windows(2).map(|pair| nearest_f64(&((coordinate(pair[1]) - coordinate(pair[0])) / &extent))).collect();
        let position = rows.iter().map(|&row| nearest_f64(&((coordinate(row) - origin) / &extent))).collect();
        let largest = data.targets().iter().map(|y| y.clone().abs()).max().unwrap_or(Rational::ZERO);
        let exponent =
            i64::try_from(largest.numerator().bit_len()).expect("fits") - i64::try_from(largest.denominator().bit_len()).expect("fits") + 1;
        let unit = power_of_two(-exponent);
        let scaled = |y: &Rational| nearest_f64(&(y * &unit));
        let (mut weight, mut mean, mut targets, mut first) = (Vec::new(), Vec::new(), Vec::new(), vec![0]);
        let mut offset = Rational::ZERO;
        for &row in &rows {
            let points = space.design().points_of_row(row);
            let of_row = || points.iter().map(|&i| &data.targets()[i]);
            let average = of_row().fold(Rational::ZERO, |sum, y| sum + y) / Rational::from(points.len());
            if *loss == Loss::L2 && points.len() > 1 {
                offset += of_row().fold(Rational::ZERO, |sum, y| sum + (y - &average).sqr());
            }
            weight.push(points.len() as f64);
            mean.push(scaled(&average));
            targets.extend(of_row().map(scaled));
            first.push(targets.len());
        }
        let factor = if *loss == Loss::L2 { unit.sqr() } else { unit };
        let mut sites = Sites {
            rows,
            position,
            gap,
            weight,
            mean,
            targets,
            first,
            offset,
            factor,
            right: Vec::new(),
            left: Vec::new(),
            right_target: Vec::new(),
            left_target: Vec::new(),
        };
        sites.sum_up();
        sites
    }

    fn sum_up(&mut self) {
        let n = self.len();
        self.right = vec![[0.0; 3]; n];
        self.left = vec![[0.0; 3]; n];
        self.right_target = vec![0.0; n];
        self.left_target = vec![0.0; n];
        let further = |[m0, m1, m2]: [f64; 3], weight: f64, gap: f64| {
            let m0 = m0 + weight;
            [m0, m1 + gap * m0, m2 + gap * (2.0 * m1 + gap * m0)]
        };
        let mut sum = 0.0;
        for i in (0..n - 1).rev() {
            self.right[i] = further(self.right[i + 1], self.weight[i + 1], self.gap[i]);
            sum += self.weight[i + 1] * self.mean[i + 1];
            self.right_target[i] = self.right_target[i + 1] + self.gap[i] * sum;
        }
        sum = 0.0;
        for i in 1..n {
            self.left[i] = further(self.left[i - 1], self.weight[i - 1], self.gap[i - 1]);
            sum += self.weight[i - 1] * self.mean[i - 1];
            self.left_target[i] = self.left_target[i - 1] + self.gap[i - 1] * sum;
        }
    }

    /// The number of sites, at least 1.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// A float that is at least the scaled `loss`, without what no function can avoid.
    pub(super) fn scaled_upper(&self, loss: &Rational) -> f64 {
        upper_f64(&((loss - &self.offset) * &self.factor))
    }

    /// The loss, in the data's units, that a proven scaled bound stands for.
    pub(super) fn unscaled(&self, bound: f64) -> Rational {
        Rational::try_from(bound.max(0.0)).unwrap_or(Rational::ZERO) / &self.factor + &self.offset
    }
}
