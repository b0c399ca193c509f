//! The provable inequalities of the theory, on random and degenerate data.

use crate::dense::{approximation, dot, extreme_eigenvalues, ridge_dual, times};
use crate::{KERNELS, ball, degenerate, kernel, labels, random};
use rand::RngExt;
use relus::kernel::Points;
use relus::kernel::decay::{Decay, Law};
use relus::kernel::dimension::effective_dimension;
use relus::kernel::gram::matrix;
use relus::kernel::leverage::scores;
use relus::kernel::sampling::uniform;
use relus::kernel::spectrum::Spectrum;
use relus_dense::Matrix;

const COUNT: usize = 60;

fn data(seed: u64) -> Points {
    if seed % 3 == 0 { degenerate(COUNT, 3, seed / 3) } else { ball(COUNT, 3, seed) }
}

/// Origin: the theorem, with η the actual largest eigenvalue of K − K̄ by m. The objective of (K̄ + λmI)⁻¹y is `λ y·α`, since the minimum of `‖f − y‖²/m + λ‖f‖²` is that.
#[test]
fn ridge_with_landmarks_is_near_ridge_without() {
    for seed in 0..60 {
        let points = data(seed);
        let y = labels(&points, seed);
        let m = COUNT as f64;
        let kernel = kernel(KERNELS[seed as usize % KERNELS.len()]);
        let full = matrix(kernel, &points);
        let landmarks = uniform(&points, 1 + seed as usize % 20, &mut random(seed)).unwrap();
        let low = approximation(kernel, &points, &landmarks);
        let difference = Matrix::from_fn(COUNT, COUNT, |i, j| full[(i, j)] - low[(i, j)]);
        let (least, largest) = extreme_eigenvalues(&difference);
        assert!(least > -1e-8, "K − K̄ has the eigenvalue {least}");
        let eta = largest.max(0.0) / m;
        let size = dot(&y, &y) / m;
        for lambda in [1e-1, 1e-3] {
            let (alpha, rough) = (ridge_dual(&full, lambda * m, &y), ridge_dual(&low, lambda * m, &y));
            let (objective, rough_objective) = (lambda * dot(&y, &alpha), lambda * dot(&y, &rough));
            assert!(rough_objective - objective <= eta / lambda * size + 1e-9, "seed {seed}, λ {lambda}: objective");
            assert!(rough_objective >= objective - 1e-9);
            let moved: f64 = times(&full, &alpha).iter().zip(times(&low, &rough)).map(|(a, b)| (a - b).powi(2)).sum::<f64>() / m;
            assert!(moved <= (eta / lambda).powi(2) * size + 1e-9, "seed {seed}, λ {lambda}: {moved}");
        }
    }
}

/// Origin: the theorem: for f = Kc with cᵀKc ≤ B the values of its projection on the landmarks' span are K̄c, and ‖(K − K̄)c‖²/m ≤ ηB.
#[test]
fn projections_cost_little() {
    for seed in 0..60 {
        let points = data(seed);
        let kernel = kernel(KERNELS[seed as usize % KERNELS.len()]);
        let full = matrix(kernel, &points);
        let landmarks = uniform(&points, 1 + seed as usize % 25, &mut random(seed)).unwrap();
        let low = approximation(kernel, &points, &landmarks);
        let difference = Matrix::from_fn(COUNT, COUNT, |i, j| full[(i, j)] - low[(i, j)]);
        let eta = extreme_eigenvalues(&difference).1.max(0.0) / COUNT as f64;
        let rng = &mut random(seed ^ 7);
        for _ in 0..5 {
            let c: Vec<f64> = (0..COUNT).map(|_| rng.random_range(-1.0..1.0)).collect();
            let norm = dot(&c, &times(&full, &c));
            let moved = times(&difference, &c).iter().map(|x| x * x).sum::<f64>() / COUNT as f64;
            assert!(moved <= eta * norm + 1e-9, "seed {seed}: {moved} > {}", eta * norm);
        }
    }
}

/// Origin: definitions: `Σ l_i = d_η`, `0 ≤ l_i ≤ 1`; the laws of decay bound the eigenvalues that they were fitted to, and with them d_η.
#[test]
fn scores_sum_to_the_effective_dimension() {
    for seed in 0..30 {
        let points = data(seed);
        let kernel = kernel(KERNELS[seed as usize % KERNELS.len()]);
        let spectrum = Spectrum::of(kernel, &points, 1, 0, &|_, _, _| true).unwrap();
        for eta in [1.0, 1e-2, 1e-4] {
            let dimension = effective_dimension(&spectrum.eigenvalues, eta);
            let scores = scores(kernel, &points, eta).unwrap();
            assert!(scores.iter().all(|score| (0.0..=1.0).contains(score)));
            assert!((scores.iter().sum::<f64>() - dimension).abs() < 1e-7, "seed {seed}, η {eta}");
            for law in Law::ALL {
                if let Some(fit) = Decay::fit(&spectrum.eigenvalues, law) {
                    let used = &spectrum.eigenvalues[..fit.used];
                    assert!((1..).zip(used).all(|(i, value)| *value <= fit.at(i) * (1.0 + 1e-9)));
                    assert!(fit.dimension_bound(eta).is_none_or(|bound| effective_dimension(used, eta) <= bound * (1.0 + 1e-9)));
                }
            }
        }
    }
}
