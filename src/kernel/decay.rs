//! Which decay a spectrum has: `λ_i ≤ C i^{−p}` (polynomial) or `λ_i ≤ C e^{−pi}` (exponential).
//!
//! `p` is the slope of the least-squares line through `(ln i, ln λ_i)` or `(i, ln λ_i)`, over the eigenvalues that are more than rounding errors; `C` is the least constant with which the inequality then
//! holds for all of these, `max_i λ_i i^p` or `max_i λ_i e^{pi}`. So `(C, p)` is a valid bound on what was computed, while `r²`, the share of the variance of `ln λ_i` that the line explains, says how well it describes it.
//! A finite spectrum obeys every law with some `C`: the fit describes the data, it proves nothing of a distribution.

use super::dimension::{exponential_bound, polynomial_bound};

/// Eigenvalues below this part of the largest are rounding errors of it.
const NOISE: f64 = 1e-13;

/// A law of decay with its constants.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Decay {
    /// Which law.
    pub law: Law,
    /// The constant `C`.
    pub c: f64,
    /// The rate `p`.
    pub p: f64,
    /// How much of the variance of the logarithms the law explains, at most 1.
    pub r_squared: f64,
    /// How many leading eigenvalues were used.
    pub used: usize,
}

/// How eigenvalues decay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Law {
    /// `C i^{−p}`.
    Polynomial,
    /// `C e^{−pi}`.
    Exponential,
}

impl Law {
    /// Both laws.
    pub const ALL: [Law; 2] = [Law::Polynomial, Law::Exponential];

    /// The law's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Law::Polynomial => "polynomial",
            Law::Exponential => "exponential",
        }
    }

    fn abscissa(self, i: usize) -> f64 {
        match self {
            Law::Polynomial => (i as f64).ln(),
            Law::Exponential => i as f64,
        }
    }
}

impl Decay {
    /// Fits `law` to eigenvalues in decreasing order; `None` if fewer than three are more than rounding errors, or they do not decay.
    #[must_use]
    pub fn fit(eigenvalues: &[f64], law: Law) -> Option<Self> {
        let floor = NOISE * eigenvalues.first()?;
        let used = eigenvalues.iter().take_while(|value| **value > floor && **value > 0.0).count();
        if used < 3 {
            return None;
        }
        let points: Vec<[f64; 2]> = (1..).zip(&eigenvalues[..used]).map(|(i, value)| [law.abscissa(i), value.ln()]).collect();
        let mean = |k: usize| points.iter().map(|point| point[k]).sum::<f64>() / used as f64;
        let (x, y) = (mean(0), mean(1));
        let sum = |f: &dyn Fn(&[f64; 2]) -> f64| points.iter().map(f).sum::<f64>();
        let (xx, xy, yy) = (sum(&|q| (q[0] - x).powi(2)), sum(&|q| (q[0] - x) * (q[1] - y)), sum(&|q| (q[1] - y).powi(2)));
        let p = -xy / xx;
        if p.partial_cmp(&0.0) != Some(std::cmp::Ordering::Greater) {
            return None;
        }
        // The least C in logarithms, so that nothing overflows on the way.
        let c = points.iter().map(|q| q[1] + p * q[0]).fold(f64::NEG_INFINITY, f64::max).exp();
        Some(Decay { law, c, p, r_squared: xy * xy / (xx * yy), used })
    }

    /// The law's value at `i ≥ 1`.
    #[must_use]
    pub fn at(&self, i: usize) -> f64 {
        self.c * (-self.p * self.law.abscissa(i)).exp()
    }

    /// What the law bounds the effective dimension by; `None` where it does not (polynomial, `p ≤ 1`).
    #[must_use]
    pub fn dimension_bound(&self, eta: f64) -> Option<f64> {
        match self.law {
            Law::Polynomial => polynomial_bound(self.c, self.p, eta),
            Law::Exponential => Some(exponential_bound(self.c, self.p, eta)),
        }
    }

    /// The order of the theory's sample size for error `ε` and squared norm `B`: `(CB)^{1/p}/ε^{2+3/p}` or `ln(CB)/ε²`, without its constant and without logarithms.
    #[must_use]
    pub fn sample_order(&self, norm: f64, epsilon: f64) -> f64 {
        match self.law {
            Law::Polynomial => (self.c * norm).powf(1.0 / self.p) / epsilon.powf(2.0 + 3.0 / self.p),
            // A logarithm below 1 would be a constant that the order does not state.
            Law::Exponential => (self.c * norm).ln().max(1.0) / epsilon.powi(2),
        }
    }
}

/// The order of the sample size without decay, `B/ε²`.
#[must_use]
pub fn sample_order_without_decay(norm: f64, epsilon: f64) -> f64 {
    norm / epsilon.powi(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Origin: spectra that follow a law exactly.
    #[test]
    fn laws_are_recovered() {
        let polynomial: Vec<f64> = (1..=300).map(|i| 0.7 * f64::from(i).powf(-1.8)).collect();
        let exponential: Vec<f64> = (1..=40).map(|i| 2.0 * (-0.5 * f64::from(i)).exp()).collect();
        for (spectrum, law, c, p) in [(&polynomial, Law::Polynomial, 0.7, 1.8), (&exponential, Law::Exponential, 2.0, 0.5)] {
            let fit = Decay::fit(spectrum, law).unwrap();
            assert!((fit.c - c).abs() < 1e-9 && (fit.p - p).abs() < 1e-9 && (fit.r_squared - 1.0).abs() < 1e-9, "{fit:?}");
            let other = Law::ALL.into_iter().find(|other| *other != law).unwrap();
            let worse = Decay::fit(spectrum, other).unwrap();
            assert!(worse.r_squared < fit.r_squared);
            // Origin: the definition of C.
            for decay in [fit, worse] {
                assert!((1..).zip(spectrum).all(|(i, value)| *value <= decay.at(i) * (1.0 + 1e-12)));
                for eta in [1e-1, 1e-3] {
                    let dimension = crate::kernel::dimension::effective_dimension(spectrum, eta);
                    assert!(decay.dimension_bound(eta).is_none_or(|bound| dimension <= bound));
                }
            }
        }
    }

    #[test]
    fn nothing_to_fit() {
        assert_eq!(Decay::fit(&[], Law::Polynomial), None);
        assert_eq!(Decay::fit(&[1.0, 0.5], Law::Polynomial), None);
        assert_eq!(Decay::fit(&[1.0, 1.0, 1.0, 0.0], Law::Exponential), None);
    }
}
