//! Polynomials for activations: errors, norms, and that a network has the norm that is said.

use crate::{ball, random};
use rand::RngExt;
use relus::kernel::KernelError;
use relus::kernel::polynomial::{Approximation, Teacher, chebyshev, least_norm};

fn worst(polynomial: &Approximation) -> f64 {
    (-20_000..=20_000).map(|i| f64::from(i) / 20_000.0).map(|t| (polynomial.value(t) - t.max(0.0)).abs()).fold(0.0, f64::max)
}

/// Origin: the norms of the design's table, found there by another program (0.64, 15.5, 1.4e5); and the error on a grid.
#[test]
fn least_norms() {
    for (epsilon, expected) in [(0.05, 0.64), (0.02, 15.5), (0.01, 1.4e5)] {
        let polynomial = least_norm::of_degree(least_norm::LARGEST_DEGREE, epsilon).unwrap();
        let norm = polynomial.squared_norm();
        assert!(worst(&polynomial) <= epsilon * (1.0 + 1e-6), "ε {epsilon}: {}", worst(&polynomial));
        assert!((norm / expected - 1.0).abs() < 0.05, "ε {epsilon}: {norm}");
    }
}

/// Origin: the Chebyshev truncation is within ε, so the least norm is at most its norm; a larger degree or ε can only lower it.
#[test]
fn never_more_than_the_truncation() {
    for half in 1..=5 {
        let truncation = chebyshev::relu(half);
        let epsilon = truncation.error * (1.0 + 1e-5);
        let least = least_norm::of_degree(2 * half, epsilon).unwrap();
        assert!(least.squared_norm() <= truncation.squared_norm() * (1.0 + 1e-4), "degree {}", 2 * half);
        let more = least_norm::of_degree(2 * half + 2, epsilon).unwrap();
        let looser = least_norm::of_degree(2 * half, 1.5 * epsilon).unwrap();
        assert!(more.squared_norm() <= least.squared_norm() * (1.0 + 1e-4) && looser.squared_norm() <= least.squared_norm() * (1.0 + 1e-4));
    }
    assert_eq!(least_norm::of_degree(2, 0.01), None);
}

/// Origin: the theorem: the network is within ε of a function of squared norm ≤ B; the values of that function on points obey `fᵀK⁺f ≤ B`, tested through its explicit form `Σ_j a_j p(w_j·x)` and Cauchy–Schwarz: `|f(x)|² ≤ B κ(x, x)`.
#[test]
fn plans_hold_for_networks() {
    for (text, epsilon) in [("relu", 0.1), ("relu:3", 0.15), ("sigmoid:2", 0.01)] {
        let teacher: Teacher = text.parse().unwrap();
        let plan = teacher.plan(epsilon).unwrap();
        assert!(plan.polynomial.error * teacher.weights <= epsilon * (1.0 + 1e-6));
        let rng = &mut random(5);
        for seed in 0..20 {
            let neurons = ball(4, 3, seed);
            let raw: Vec<f64> = (0..4).map(|_| rng.random_range(-1.0..1.0f64)).collect();
            let sum: f64 = raw.iter().map(|a| a.abs()).sum();
            let a: Vec<f64> = raw.iter().map(|x| x * teacher.weights / sum).collect();
            let points = ball(30, 3, seed + 100);
            for i in 0..30 {
                let inner = |j: usize| points.point(i).iter().zip(neurons.point(j)).map(|(x, w)| x * w).sum::<f64>();
                let sigma = |t: f64| if text.starts_with("relu") { t.max(0.0) } else { 1.0 / (1.0 + (-t).exp()) };
                let network: f64 = (0..4).map(|j| a[j] * sigma(inner(j))).sum();
                let polynomial: f64 = (0..4).map(|j| a[j] * plan.polynomial.value(inner(j))).sum();
                assert!((network - polynomial).abs() <= epsilon * (1.0 + 1e-6));
                let kernel = relus::kernel::Kernel::Multinomial { degree: u32::try_from(plan.polynomial.degree()).unwrap() };
                assert!(polynomial.powi(2) <= plan.norm * kernel.diagonal(points.squares()[i]) + 1e-9);
            }
        }
    }
}

#[test]
fn errors() {
    for text in ["", "relu:0", "relu:-1", "relu:x", "tanh", "sigmoid:inf"] {
        assert!(matches!(text.parse::<Teacher>(), Err(KernelError::Teacher(_))), "{text}");
    }
    let teacher: Teacher = "relu".parse().unwrap();
    assert_eq!(teacher.to_string().parse::<Teacher>().unwrap(), teacher);
    assert!(matches!(teacher.plan(0.0), Err(KernelError::Setting { .. })) && matches!(teacher.plan(f64::NAN), Err(KernelError::Setting { .. })));
    assert!(matches!(teacher.plan(1e-4), Err(KernelError::Degree { .. })));
}
