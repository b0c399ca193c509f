//! The Taylor series of `σ(t) = 1/(1 + e^{−t})` at 0.
//!
//! `σ' = σ − σ²` gives `(k + 1) c_{k+1} = c_k − Σ_{i≤k} c_i c_{k−i}`, `c_0 = 1/2`. The nearest singularities are `±iπ`: the radius of convergence is `π`, so on `[−1, 1]` the series cut after degree `d` is off by `Σ_{k>d} |c_k| = O(π^{−d})`
//! at most.

use super::Approximation;
use crate::kernel::error::{KernelError, positive};

/// So many coefficients that the others are below `2⁻⁵²` in sum.
const ALL: usize = 60;

/// `c_0, …, c_degree`.
#[must_use]
pub fn coefficients(degree: usize) -> Vec<f64> {
    let mut c = vec![0.5];
    for k in 0..degree {
        let square: f64 = (0..=k).map(|i| c[i] * c[k - i]).sum();
        // Beyond c_0 the even ones are 0, exactly.
        c.push(if k % 2 == 0 { (c[k] - square) / (k + 1) as f64 } else { 0.0 });
    }
    c
}

/// The polynomial of least degree whose error, bounded by the sum of the coefficients that are left out, is at most `epsilon`.
///
/// # Errors
/// [`KernelError`] if `epsilon` is not positive, or smaller than rounding errors allow (`1e-15`).
pub fn for_error(epsilon: f64) -> Result<Approximation, KernelError> {
    positive("epsilon", epsilon)?;
    let all = coefficients(ALL);
    let rest = |degree: usize| all[degree + 1..].iter().map(|c| c.abs()).sum::<f64>() + 1e-15;
    let degree = (0..ALL).find(|&degree| rest(degree) <= epsilon).ok_or(KernelError::Degree { degree: ALL, epsilon })?;
    Ok(Approximation { coefficients: all[..=degree].to_vec(), error: rest(degree) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Origin: the known series 1/2 + t/4 − t³/48 + t⁵/480 − 17t⁷/80640, and the function itself.
    #[test]
    fn the_series() {
        for (c, expected) in coefficients(7).iter().zip([0.5, 0.25, 0.0, -1.0 / 48.0, 0.0, 1.0 / 480.0, 0.0, -17.0 / 80640.0]) {
            assert!((c - expected).abs() < 1e-16);
        }
        for epsilon in [0.3, 1e-2, 1e-6, 1e-12] {
            let polynomial = for_error(epsilon).unwrap();
            let largest =
                (-500..=500).map(|i| f64::from(i) / 500.0).map(|t: f64| (polynomial.value(t) - 1.0 / (1.0 + (-t).exp())).abs()).fold(0.0, f64::max);
            assert!(largest <= polynomial.error && polynomial.error <= epsilon, "{epsilon}: {largest}");
        }
        assert!(for_error(0.0).is_err() && for_error(1e-20).is_err());
    }
}
