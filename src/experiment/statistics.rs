//! Straight lines through logarithms, quantiles, shares: each with what is uncertain about it.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// An exponent `b` in `y ≈ c·x^b` with its confidence interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exponent {
    /// The least-squares estimate of `b`.
    pub slope: f64,
    /// Half the width of the 95 % confidence interval, by Student's t with two degrees of freedom fewer than points; infinite for two points.
    pub half_width: f64,
    /// The number of points.
    pub points: usize,
}

/// Least squares of `ln y` on `ln x`. `None` without two different `x`; points that are not positive are left out.
///
/// The interval is the usual one: it assumes that errors of `ln y` are independent, normal and of one variance about a straight line, which for times of a branch and bound is a description and no theorem.
///
/// # Examples
/// ```
/// let fit = relus::experiment::statistics::exponent(&[(1.0, 3.0), (2.0, 12.0), (4.0, 48.0)]).unwrap();
/// assert!((fit.slope - 2.0).abs() < 1e-12 && fit.half_width < 1e-6);
/// ```
#[must_use]
pub fn exponent(points: &[(f64, f64)]) -> Option<Exponent> {
    let logs: Vec<(f64, f64)> = points.iter().filter(|(x, y)| *x > 0.0 && *y > 0.0).map(|(x, y)| (x.ln(), y.ln())).collect();
    let n = count(logs.len());
    let mean = |f: fn(&(f64, f64)) -> f64| logs.iter().map(f).sum::<f64>() / n;
    let (mean_x, mean_y) = (mean(|p| p.0), mean(|p| p.1));
    let sxx: f64 = logs.iter().map(|(x, _)| (x - mean_x).powi(2)).sum();
    if logs.len() < 2 || sxx < 1e-12 {
        return None;
    }
    let sxy: f64 = logs.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    let slope = sxy / sxx;
    let rest: f64 = logs.iter().map(|(x, y)| (y - mean_y - slope * (x - mean_x)).powi(2)).sum();
    let half_width = match logs.len() {
        2 => f64::INFINITY,
        len => {
            let freedom = count(len - 2);
            let quantile = StudentsT::new(0.0, 1.0, freedom).map_or(f64::INFINITY, |t| t.inverse_cdf(0.975));
            quantile * (rest / freedom / sxx).sqrt()
        }
    };
    Some(Exponent { slope, half_width, points: logs.len() })
}

impl std::fmt::Display for Exponent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.2} ± {:.2}", self.slope, self.half_width)
    }
}

/// The value below which the share `p` of `values` lies, between neighbours linearly. `None` without values.
#[must_use]
pub fn quantile(values: &[f64], p: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().checked_sub(1)?;
    let at = p.clamp(0.0, 1.0) * count(last);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in the list")]
    let low = at.floor() as usize;
    let high = (low + 1).min(last);
    Some(sorted[low] + (at - at.floor()) * (sorted[high] - sorted[low]))
}

/// The median.
#[must_use]
pub fn median(values: &[f64]) -> Option<f64> {
    quantile(values, 0.5)
}

/// The 95 % interval of E. B. Wilson (1927) for a probability of which `successes` of `trials` are known.
#[must_use]
pub fn wilson(successes: usize, trials: usize) -> (f64, f64) {
    const Z: f64 = 1.959_963_984_540_054;
    if trials == 0 {
        return (0.0, 1.0);
    }
    let (n, p) = (count(trials), count(successes) / count(trials));
    let centre = (p + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z / (1.0 + Z * Z / n) * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    ((centre - half).max(0.0), (centre + half).min(1.0))
}

/// A number of things as a float.
#[expect(clippy::cast_precision_loss, reason = "numbers of rows and points")]
pub(crate) fn count(n: usize) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Origin: R, `confint(lm(log(y) ~ log(x)))` by hand for y = x² · (1, e, 1, e) at x = 1, e, e², e³: slope 2.2, residual variance 0.4, t₂ = 4.302653.
    #[test]
    fn the_interval_is_students() {
        let e = std::f64::consts::E;
        let points = [(1.0, 1.0), (e, e.powi(3)), (e * e, e.powi(4)), (e.powi(3), e.powi(7))];
        let fit = exponent(&points).unwrap();
        assert!((fit.slope - 2.2).abs() < 1e-12, "{fit:?}");
        // Residuals 0.2-wise: Σ r² = 0.8, so that the variance is 0.4 and that of the slope 0.4 / 5.
        assert!((fit.half_width - 4.302_652_729_9 * (0.4f64 / 5.0).sqrt()).abs() < 1e-6, "{fit:?}");
        assert_eq!(exponent(&[(2.0, 1.0), (2.0, 3.0)]), None);
        assert_eq!(exponent(&[(1.0, 1.0), (2.0, 0.0)]), None);
        assert!(exponent(&points[..2]).unwrap().half_width.is_infinite());
    }

    /// Origin: by hand; Wilson's interval for 0 of 10 ends at z²/(10 + z²), that for 5 of 10 is symmetrical.
    #[test]
    fn quantiles_and_shares() {
        assert_eq!([0.0, 0.25, 0.5, 1.0].map(|p| quantile(&[4.0, 1.0, 3.0, 2.0], p).unwrap()), [1.0, 1.75, 2.5, 4.0]);
        assert_eq!((quantile(&[], 0.5), median(&[7.0])), (None, Some(7.0)));
        let (low, high) = wilson(0, 10);
        assert!(low == 0.0 && (high - 3.841_458_8 / 13.841_458_8).abs() < 1e-6, "{high}");
        let (low, high) = wilson(5, 10);
        assert!((low + high - 1.0).abs() < 1e-12 && (low - 0.236_59).abs() < 1e-4);
        assert_eq!(wilson(0, 0), (0.0, 1.0));
    }
}
