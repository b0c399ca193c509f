//! The polynomial of least `Σ b_i²` within `ε` of ReLU on `[−1, 1]`: a quadratic program over the coefficients.
//!
//! The infinitely many conditions `−ε ≤ Σ b_i t^i − max(0, t) ≤ ε` are imposed on points, to which the places of the largest violations are added until the error is at most `ε` everywhere, up to [`SLACK`].
//! The least norm for the points alone is at most that for the interval, so what comes out has a norm that is least up to the same slack. The norm falls with the degree: more coefficients are more freedom.
//!
//! Accuracy: the largest error is found on a grid that is refined around every local maximum, to some `1e-9`; the norm is good to the relative accuracy of double precision times the condition of the program, six digits at squared
//! norms of 10⁵.

use super::Approximation;
use super::nearest::least_norm;
use crate::kernel::error::{KernelError, positive};

/// The largest degree tried.
pub const LARGEST_DEGREE: usize = 40;

/// By how much of `ε` the error may exceed what the points ask for; the points ask for this much less.
pub const SLACK: f64 = 1e-5;

/// Below this error the squared norms are some 10⁶ and more, and double precision does not solve the program reliably.
pub const SMALLEST_ERROR: f64 = 0.0095;

/// Rounds of added points.
const ROUNDS: usize = 40;

/// The grid on which violations are looked for.
const GRID: usize = 4000;

/// The polynomial of least norm of a degree, or `None` if none is within `epsilon`.
#[must_use]
pub fn of_degree(degree: usize, epsilon: f64) -> Option<Approximation> {
    let target = epsilon * (1.0 - SLACK);
    // Chebyshev points, dense at the ends, and 0, where the kink is.
    let start = 4 * degree + 8;
    let mut points: Vec<f64> = (0..=start).map(|i| (std::f64::consts::PI * i as f64 / start as f64).cos()).collect();
    points.push(0.0);
    for _ in 0..ROUNDS {
        let rows: Vec<(Vec<f64>, f64)> = points.iter().flat_map(|&t| conditions(t, degree, target)).collect();
        let polynomial = Approximation { coefficients: least_norm(&rows)?, error: 0.0 };
        let extremes = extremes(&polynomial);
        let largest = extremes.iter().map(|(_, error)| *error).fold(0.0, f64::max);
        if largest <= epsilon {
            return Some(Approximation { error: largest, ..polynomial });
        }
        points.extend(extremes.iter().filter(|(_, error)| *error > target).map(|(t, _)| *t));
    }
    None
}

/// The least degree whose polynomial has at most twice the squared norm of that of [`LARGEST_DEGREE`].
///
/// # Errors
/// [`KernelError`] if `epsilon` is not positive, or below [`SMALLEST_ERROR`].
pub fn for_error(epsilon: f64) -> Result<Approximation, KernelError> {
    positive("epsilon", epsilon)?;
    let best = (epsilon >= SMALLEST_ERROR)
        .then(|| of_degree(LARGEST_DEGREE, epsilon))
        .flatten()
        .ok_or(KernelError::Degree { degree: LARGEST_DEGREE, epsilon })?;
    let enough = 2.0 * best.squared_norm();
    let found = (1..LARGEST_DEGREE).filter_map(|degree| of_degree(degree, epsilon)).find(|polynomial| polynomial.squared_norm() <= enough);
    Ok(found.unwrap_or(best))
}

/// `±(Σ b_i t^i − max(0, t)) ≥ −ε` as rows.
fn conditions(t: f64, degree: usize, epsilon: f64) -> [(Vec<f64>, f64); 2] {
    let powers: Vec<f64> = std::iter::successors(Some(1.0), |power| Some(power * t)).take(degree + 1).collect();
    let minus = powers.iter().map(|power| -power).collect();
    [(powers, t.max(0.0) - epsilon), (minus, -t.max(0.0) - epsilon)]
}

/// The local maxima of the error with their places.
fn extremes(polynomial: &Approximation) -> Vec<(f64, f64)> {
    let error = |t: f64| (polynomial.value(t) - t.max(0.0)).abs();
    // cos is 0 in the middle only up to rounding.
    let at = |i: usize| if 2 * i == GRID { 0.0 } else { (std::f64::consts::PI * i as f64 / GRID as f64).cos() };
    let values: Vec<f64> = (0..=GRID).map(|i| error(at(i))).collect();
    let mut found = Vec::new();
    for i in 0..=GRID {
        let left = if i > 0 { values[i - 1] } else { f64::NEG_INFINITY };
        let right = if i < GRID { values[i + 1] } else { f64::NEG_INFINITY };
        if values[i] >= left && values[i] >= right {
            // Ternary search on both sides at once; at the kink the maximum is the grid's own point.
            let (mut low, mut high) = (at((i + 1).min(GRID)), at(i.saturating_sub(1)));
            for _ in 0..40 {
                let (a, b) = (low + (high - low) / 3.0, high - (high - low) / 3.0);
                if error(a) < error(b) { low = a } else { high = b }
            }
            let middle = f64::midpoint(low, high);
            found.push(if error(middle) > values[i] { (middle, error(middle)) } else { (at(i), values[i]) });
        }
    }
    found
}
