//! The Chebyshev series of `|t|`, cut.
//!
//! ```text
//! |t| = 2/π + (4/π) Σ_{j≥1} (−1)^{j+1} T_{2j}(t)/(4j² − 1)
//! ```
//!
//! Cut after degree `d = 2n` the rest at 0 is `(4/π) Σ_{j>n} −1/(4j² − 1) = −(2/π)/(2n + 1)`, since `1/(4j² − 1) = ½(1/(2j−1) − 1/(2j+1))` telescopes, and nowhere is it larger; so `(t + |t|)/2` is off by exactly `1/(π(d + 1))`.

use super::Approximation;
use std::f64::consts::PI;

/// The polynomial for ReLU from the series cut at the even degree `2 · half`, in powers of `t`.
///
/// Powers up to degree 40 or so are exact to `1e-3` of the error; the coefficients grow as `(1 + √2)^d`, and with them rounding.
#[must_use]
pub fn relu(half: usize) -> Approximation {
    let degree = 2 * half;
    // T_0 and T_1; then T_{k+1} = 2tT_k − T_{k−1}.
    let (mut last, mut next) = (vec![0.0; degree + 2], vec![0.0; degree + 2]);
    last[0] = 1.0;
    next[1] = 1.0;
    let mut coefficients = vec![0.0; degree + 1];
    coefficients[0] = 1.0 / PI;
    for k in 1..=degree {
        if k % 2 == 0 {
            let j = (k / 2) as f64;
            let sign = if k % 4 == 2 { 1.0 } else { -1.0 };
            let factor = 2.0 / PI * sign / (4.0 * j * j - 1.0);
            coefficients.iter_mut().zip(&next).for_each(|(b, t)| *b += factor * t);
        }
        let mut after = vec![0.0; degree + 2];
        (0..=degree).for_each(|i| after[i + 1] = 2.0 * next[i]);
        after.iter_mut().zip(&last).for_each(|(a, l)| *a -= l);
        (last, next) = (next, after);
    }
    if degree == 0 {
        coefficients.push(0.0);
    }
    coefficients[1] += 0.5;
    Approximation { coefficients, error: error(degree) }
}

/// The error for the even degree `d`: `1/(π(d + 1))`.
#[must_use]
pub fn error(degree: usize) -> f64 {
    1.0 / (PI * (degree as f64 + 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Origin: the closed form, against the largest error on a fine grid that contains 0.
    #[test]
    fn the_error_is_what_it_is_said_to_be() {
        for half in 0..=12 {
            let polynomial = relu(half);
            let largest = (-2000..=2000).map(|i| f64::from(i) / 2000.0).map(|t| (polynomial.value(t) - t.max(0.0)).abs()).fold(0.0, f64::max);
            assert!((largest - polynomial.error).abs() < 1e-9, "{half}: {largest} {}", polynomial.error);
        }
    }
}
