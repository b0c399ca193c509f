//! Ratios of the gamma function, also off the real axis, and sums in the log domain. (Digamma function and incomplete gamma function are those of `statrs`; its `ln Γ` is good to about 10⁻¹³, which many layers would add up.)
//!
//! `ln Γ(a+s) − ln Γ(a)` at `a = 5000` is a difference of numbers near 40,000, so eleven digits at most are left of it. Stirling's series
//! `ln Γ(x) = (x − ½) ln x − x + ½ ln 2π + μ(x)`, `μ(x) = 1/12x − 1/360x³ + …`, gives it directly:
//! `(a − ½) ln(1 + s/a) + s ln(a+s) − s + μ(a+s) − μ(a)`, and `Γ(a+1) = a Γ(a)` brings small arguments to where it is good. Five terms of `μ` leave an error below `691/(360360·|x|¹¹) < 3·10⁻¹⁶` for
//! real `x ≥ 15`; for complex `x` with `Re x ≥ 15` it grows at most by the factor `sec¹²(½ arg x) ≤ 64` (DLMF 5.11.(ii)), where `|x| ≥ 15 √2` if `|arg x| ≥ π/4`.

use num_complex::Complex64;

/// From here on Stirling's series is used.
const LARGE: f64 = 15.0;

/// `μ` above.
fn stirling_rest(x: f64) -> f64 {
    let square = 1.0 / (x * x);
    (1.0 / 12.0 + square * (-1.0 / 360.0 + square * (1.0 / 1260.0 + square * (-1.0 / 1680.0 + square / 1188.0)))) / x
}

fn stirling_rest_complex(x: Complex64) -> Complex64 {
    let square = 1.0 / (x * x);
    (1.0 / 12.0 + square * (-1.0 / 360.0 + square * (1.0 / 1260.0 + square * (-1.0 / 1680.0 + square / 1188.0)))) / x
}

/// `ln Γ(a+s) − ln Γ(a)` for `a > 0` and `a + s > 0`.
pub(super) fn ln_gamma_ratio(a: f64, s: f64) -> f64 {
    if s == 0.0 {
        return 0.0;
    }
    let (mut a, mut below) = (a, 0.0);
    while a < LARGE || a + s < LARGE {
        below += (s / a).ln_1p();
        a += 1.0;
    }
    (a - 0.5) * (s / a).ln_1p() + s * (a + s).ln() - s + stirling_rest(a + s) - stirling_rest(a) - below
}

/// `ln Γ(a+it) − ln Γ(a) − it·centre` for `a > 0`, up to multiples of 2πi. With `centre` near `ln a` nothing large is left to cancel.
pub(super) fn ln_gamma_ratio_imaginary(a: f64, t: f64, centre: f64) -> Complex64 {
    let shift = (LARGE - a).ceil().max(0.0);
    let large = a + shift;
    let angle = (t / large).atan();
    let log_modulus = 0.5 * (t / large).powi(2).ln_1p();
    // it·ln(large + it) = −t·angle + it·(ln large + log_modulus).
    let real = (large - 0.5) * log_modulus - t * angle;
    let imaginary = (large - 0.5) * angle - t + t * (log_modulus + large.ln() - centre);
    let mut sum = Complex64::new(real, imaginary) + stirling_rest_complex(Complex64::new(large, t)) - stirling_rest(large);
    let mut step = a;
    while step < large - 0.5 {
        sum -= Complex64::new(0.5 * (t / step).powi(2).ln_1p(), (t / step).atan());
        step += 1.0;
    }
    sum
}

/// The derivative of the digamma function, for `x > 0`; the asymptotic series from 15 on, the recurrence `ψ'(x) = ψ'(x+1) + 1/x²` below.
pub(super) fn trigamma(x: f64) -> f64 {
    let mut sum = 0.0;
    let mut x = x;
    while x < LARGE {
        sum += 1.0 / (x * x);
        x += 1.0;
    }
    let square = 1.0 / (x * x);
    let series = 1.0 / 6.0 + square * (-1.0 / 30.0 + square * (1.0 / 42.0 + square * (-1.0 / 30.0 + square * (5.0 / 66.0))));
    sum + (1.0 + (0.5 + series / x) / x) / x
}

/// `ln Σ e^{x_i}`; minus infinity for nothing.
pub(super) fn log_sum_exp(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let largest = values.clone().fold(f64::NEG_INFINITY, f64::max);
    if !largest.is_finite() {
        return largest;
    }
    largest + values.map(|x| (x - largest).exp()).sum::<f64>().ln()
}

/// `ln(e^a + e^b)`.
pub(super) fn log_add(a: f64, b: f64) -> f64 {
    log_sum_exp([a, b].into_iter())
}

/// `ln(1 − e^x)` for `x ≤ 0`.
pub(super) fn log_one_minus_exp(x: f64) -> f64 {
    if x > -std::f64::consts::LN_2 { (-x.exp_m1()).ln() } else { (-x.exp()).ln_1p() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::PI;

    /// Origin: products. Γ(a+n)/Γ(a) is a product of n factors for an integer n.
    #[test]
    fn ratios_of_the_gamma_function() {
        for a in [0.5, 1.0, 3.5, 14.5, 15.0, 60.5, 5000.0] {
            for n in 0..40 {
                let product: f64 = (0..n).map(|i| (a + f64::from(i)).ln()).sum();
                let difference = ln_gamma_ratio(a, f64::from(n)) - product;
                assert!(difference.abs() <= 4e-15 * product.abs().max(1.0), "{a} {n}: {difference:e}");
            }
            // Γ(a+s)/Γ(a) · Γ(a)/Γ(a+s) = 1, with the two arguments on different sides of the switch.
            assert!((ln_gamma_ratio(a, 0.25) + ln_gamma_ratio(a + 0.25, -0.25)).abs() < 1e-14, "{a}");
        }
    }

    /// Origin: |Γ(½+it)|² = π/cosh πt, |Γ(1+it)|² = πt/sinh πt (DLMF 5.4.3, 5.4.4), the functional equation, and Γ(5+i)/Γ(5) by the product from Γ(1+i) = 0.49801566811835604… − 0.15494982830181068…i.
    #[test]
    fn the_gamma_function_off_the_real_axis() {
        for t in [1e-6, 0.1, 1.0, 4.0, 20.0, 100.0] {
            let half = 2.0 * ln_gamma_ratio_imaginary(0.5, t, 0.0).re;
            assert!((half + (PI * t).cosh().ln()).abs() < 1e-13 * (1.0 + t), "{t}: {half}");
            let one = 2.0 * ln_gamma_ratio_imaginary(1.0, t, 0.0).re;
            assert!((one - (PI * t / (PI * t).sinh()).ln()).abs() < 1e-13 * (1.0 + t), "{t}: {one}");
            for a in [0.5, 7.0, 14.0, 14.5, 40.0, 3000.0] {
                let ratio = (ln_gamma_ratio_imaginary(a + 1.0, t, 0.0) - ln_gamma_ratio_imaginary(a, t, 0.0)).exp();
                assert!((ratio - Complex64::new(1.0, t / a)).norm() < 1e-13 * ratio.norm() * (1.0 + t), "{a} {t}: {ratio}");
            }
        }
        let one = ln_gamma_ratio_imaginary(1.0, 1.0, 0.0).exp();
        assert!((one - Complex64::new(0.498_015_668_118_356, -0.154_949_828_301_810_67)).norm() < 2e-15, "{one}");
        let centred = ln_gamma_ratio_imaginary(5000.0, 300.0, 5000f64.ln());
        assert!(centred.im.abs() < 1.0 && (centred.re + 9.0).abs() < 0.1, "{centred}");
    }

    /// Origin: ψ'(1) = π²/6, ψ'(½) = π²/2.
    #[test]
    fn trigamma_at_known_places() {
        assert!((trigamma(1.0) - PI * PI / 6.0).abs() < 1e-15);
        assert!((trigamma(0.5) - PI * PI / 2.0).abs() < 2e-15);
        assert!((trigamma(1e6) - (1e-6 + 0.5e-12)).abs() < 1e-18);
    }

    /// Origin: by hand.
    #[test]
    fn sums_in_the_log_domain() {
        assert_eq!(log_sum_exp([].into_iter()), f64::NEG_INFINITY);
        assert!((log_add(-1000.0, -1000.0) + 1000.0 - 2f64.ln()).abs() < 1e-12);
        assert!((log_one_minus_exp(-1e-20) + 20.0 * 10f64.ln()).abs() < 1e-12);
        assert!((log_one_minus_exp(-50.0) + (-50f64).exp()).abs() < 1e-30);
    }
}
