//! The data of one dimension in order, in integers and in floats, with their prefix sums.
//!
//! Equal points are one *site* with a weight (their number) and the mean of their targets: `Σ (φ − y)²` over them is the weight times the squared distance from the mean, plus
//! what no function changes. The sum of the latter is the *floor*. Sites are numbered `0..m` from left to right; *boundaries* are `0..=m+1`, where boundary `b` stands at site `b − 1`, boundary 0 at −∞
//! and boundary `m+1` at +∞. Gap `g` lies between boundaries `g` and `g+1`.

use super::double::Double;
use crate::exact::{Integer, Rational, scaled_f64, upper_f64};
use crate::instance::{Design, Instance};
use crate::train::floor;
use crate::train::scaled::{exponent, power_of_two};

/// Gaps that are narrower than this part of the range leave too few digits for the floats' bounds.
const NARROWEST: f64 = 1.0 / (1u64 << 30) as f64;

/// `Σ w`, `Σ w x`, `Σ w x²`, `Σ w y`, `Σ w x y`.
pub(super) type Sums = [Integer; 5];

/// Weighted sums over a range of sites: `1`, `x`, `x²`, `y`, `xy`, `y²`.
pub(super) type Moments = [Double; 6];

#[derive(Debug)]
pub(super) struct Problem<'a> {
    pub(super) instance: &'a Instance,
    pub(super) design: Design,
    /// The number of neurons that may help; more are of no use on so few sites.
    pub(super) width: usize,
    /// The free functions besides the neurons: none, a constant, or a constant and `x`.
    pub(super) extras: usize,
    /// Integer coordinates of the sites, increasing.
    pub(super) coordinates: Vec<Integer>,
    /// Exact sums over the first `0..=m` sites; `y` in units of the targets' scale, `x` in the design's.
    pub(super) sums: Vec<Sums>,
    /// `Σ y²` over all points in those units.
    pub(super) total: Integer,
    pub(super) target_scale: Integer,
    /// The loss of the best function whatsoever.
    pub(super) floor: Rational,
    /// Scaled coordinates, of magnitude at most 1.
    pub(super) x: Vec<Double>,
    /// Scaled mean targets, rounded.
    pub(super) y: Vec<f64>,
    /// The number of points of each site.
    pub(super) w: Vec<f64>,
    /// Scaled moments of the first `0..=m` sites, of the means.
    pub(super) moments: Vec<Moments>,
    /// `√(Σ w y²)`, rounded up generously.
    pub(super) size: f64,
    /// `(loss − floor)` times this is the scaled loss.
    unit: Rational,
    /// Whether the floats keep enough digits for bounds; otherwise every leaf is solved exactly.
    pub(super) floats: bool,
}

impl<'a> Problem<'a> {
    /// # Panics
    /// If the data have more than one feature.
    pub(super) fn new(instance: &'a Instance) -> Self {
        let design = Design::new(&instance.data);
        assert!(design.rank() <= 2, "at most one feature");
        let integers = instance.data.integers();
        let coordinate = |row: usize| design.rows().row(row).get(1).cloned().unwrap_or(Integer::ZERO);
        let mut order: Vec<(Integer, usize)> = (0..design.rows().len()).map(|row| (coordinate(row), row)).collect();
        order.sort();
        let (mut sums, mut means) = (vec![Sums::default()], Vec::new());
        for (x, row) in &order {
            let points = design.points_of_row(*row);
            let w = Integer::from(points.len());
            let y = points.iter().fold(Integer::ZERO, |sum, &i| sum + &integers.targets[i]);
            means.push(Rational::from(y.clone()) / Rational::from(w.clone()));
            let last = sums.last().expect("the empty sum");
            let next = [&last[0] + &w, &last[1] + x * &w, &last[2] + x * x * &w, &last[3] + &y, &last[4] + x * &y];
            sums.push(next);
        }
        let coordinates: Vec<Integer> = order.into_iter().map(|(x, _)| x).collect();
        let (x_shift, y_shift) = (exponent(coordinates.iter()), exponent(integers.targets.iter()));
        let (x_unit, y_unit) = (power_of_two(-x_shift), power_of_two(-y_shift));
        let x: Vec<Double> = coordinates.iter().map(|x| Double::nearest(&(Rational::from(x.clone()) * &x_unit))).collect();
        let units = [Rational::ONE, x_unit.clone(), x_unit.sqr(), y_unit.clone(), &x_unit * &y_unit];
        let mut squares = Rational::ZERO;
        let moments = sums.iter().enumerate().map(|(i, sum)| {
            if let Some(i) = i.checked_sub(1) {
                squares += means[i].sqr() * Rational::from(&sum[0] - &sums[i][0]);
            }
            let of = |c: usize| Double::nearest(&(Rational::from(sum[c].clone()) * &units[c]));
            [of(0), of(1), of(2), of(3), of(4), Double::nearest(&(&squares * y_unit.sqr()))]
        });
        let moments: Vec<Moments> = moments.collect();
        let architecture = instance.architecture;
        let m = x.len();
        let narrow = x.windows(2).any(|pair| (pair[1] - pair[0]).hi < NARROWEST);
        let scale = Rational::from(integers.target_scale.clone());
        Problem {
            instance,
            // Values at m sites lie in a cone that m of the rays span; with an affine function all can be bent at the inner sites.
            width: architecture.width.min(if architecture.affine { m.saturating_sub(2) } else { m }),
            extras: if architecture.affine { 2 } else { usize::from(architecture.output_bias) },
            total: integers.targets.iter().fold(Integer::ZERO, |sum, y| sum + y * y),
            target_scale: integers.target_scale.clone(),
            floor: floor::duplicate_points(instance),
            size: 1.001 * moments[m][5].hi.max(0.0).sqrt() + f64::MIN_POSITIVE,
            y: means.iter().map(|y| Double::nearest(&(y * &y_unit)).hi).collect(),
            w: (0..m).map(|i| scaled_f64(&(&sums[i + 1][0] - &sums[i][0]), 0)).collect(),
            unit: (scale * y_unit).sqr(),
            floats: !narrow,
            design,
            coordinates,
            sums,
            x,
            moments,
        }
    }

    /// The number of sites.
    pub(super) fn sites(&self) -> usize {
        self.x.len()
    }

    /// `x_s − x_b` for a site and a finite boundary, with a relative error of two roundings.
    pub(super) fn distance(&self, site: usize, boundary: usize) -> f64 {
        self.difference(site, boundary - 1)
    }

    /// `x_s − x_t` for two sites.
    pub(super) fn difference(&self, s: usize, t: usize) -> f64 {
        (self.x[s].hi - self.x[t].hi) + (self.x[s].lo - self.x[t].lo)
    }

    /// The moments of a range of sites, with `x` counted from `origin`.
    pub(super) fn moments_from(&self, sites: std::ops::Range<usize>, origin: usize) -> Moments {
        let (low, high) = (&self.moments[sites.start], &self.moments[sites.end]);
        let [n, x, xx, y, xy, yy] = std::array::from_fn(|c| high[c] - low[c]);
        let o = self.x[origin];
        let moved = x - n * o;
        [n, moved, xx - (x + moved) * o, y, xy - y * o, yy]
    }

    /// A float that is at least the scaled value of a loss.
    pub(super) fn scaled_upper(&self, loss: &Rational) -> f64 {
        upper_f64(&((loss - &self.floor) * &self.unit))
    }

    /// The loss whose scaled value is the finite float `value`.
    pub(super) fn unscaled(&self, value: f64) -> Rational {
        Rational::try_from(value).expect("bounds are finite") / &self.unit + &self.floor
    }

    /// The exact sums of a range of sites.
    pub(super) fn sums_of(&self, sites: std::ops::Range<usize>) -> Sums {
        std::array::from_fn(|c| &self.sums[sites.end][c] - &self.sums[sites.start][c])
    }
}
