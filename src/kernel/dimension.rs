//! The effective dimension `d_η = tr K(K + ηmI)⁻¹ = Σ_i λ_i/(λ_i + η)` and what decay bounds it by.
//!
//! | decay | bound |
//! | --- | --- |
//! | `λ_i ≤ C i^{−p}`, `p > 1` | `d_η ≤ ∫_0^∞ C/(C + ηx^p) dx = (C/η)^{1/p} (π/p)/sin(π/p)` |
//! | `λ_i ≤ C e^{−pi}` | `d_η ≤ ∫_0^∞ C/(C + ηe^{px}) dx = ln(1 + C/η)/p` |
//!
//! In both `λ/(λ + η)` grows with `λ`, and a sum over `i ≥ 1` of a decreasing function is at most its integral from 0. For `p ≤ 1` the integral diverges: take the sum.

use std::f64::consts::PI;

/// `Σ λ_i/(λ_i + η)` for `η > 0`; values below 0 count as 0.
#[must_use]
pub fn effective_dimension(eigenvalues: &[f64], eta: f64) -> f64 {
    eigenvalues.iter().map(|value| value.max(0.0) / (value.max(0.0) + eta)).sum()
}

/// The bound for polynomial decay; `None` for `p ≤ 1`.
#[must_use]
pub fn polynomial_bound(c: f64, p: f64, eta: f64) -> Option<f64> {
    (p > 1.0).then(|| (c / eta).powf(1.0 / p) * (PI / p) / (PI / p).sin())
}

/// The bound for exponential decay, `p > 0`.
#[must_use]
pub fn exponential_bound(c: f64, p: f64, eta: f64) -> f64 {
    (c / eta).ln_1p() / p
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Origin: the design's counterexample to another form of the bound, p = 2, C = 1, η = 0.01, and the theorem.
    #[test]
    fn the_bounds_hold_and_are_tight() {
        let spectrum: Vec<f64> = (1..2_000_000).map(|i| f64::from(i).powi(-2)).collect();
        let dimension = effective_dimension(&spectrum, 0.01);
        assert!((dimension - 15.208).abs() < 1e-3, "{dimension}");
        let bound = polynomial_bound(1.0, 2.0, 0.01).unwrap();
        assert!(dimension <= bound && bound < dimension + 1.0, "{bound}");
        for p in [0.3, 1.0, 2.5] {
            let spectrum: Vec<f64> = (1..4000).map(|i| 3.0 * (-p * f64::from(i)).exp()).collect();
            for eta in [1.0, 1e-2, 1e-6] {
                let (dimension, bound) = (effective_dimension(&spectrum, eta), exponential_bound(3.0, p, eta));
                assert!(dimension <= bound && bound < dimension + 1.0, "{p} {eta}: {dimension} {bound}");
            }
        }
        assert_eq!(polynomial_bound(1.0, 1.0, 0.1), None);
    }
}
