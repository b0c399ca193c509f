//! The exact cases: 64 points on the circle, multinomial kernels, where K is circulant.

use crate::kernel;
use relus::kernel::dimension::effective_dimension;
use relus::kernel::gram::matrix;
use relus::kernel::leverage::scores;
use relus::kernel::nystrom::Nystrom;
use relus::kernel::spectrum::Spectrum;
use relus::kernel::{Kernel, Points};
use std::f64::consts::PI;

const COUNT: usize = 64;

fn circle() -> Points {
    let angle = |i: usize| 2.0 * PI * (i as f64 + 0.5) / COUNT as f64;
    Points::new(2, COUNT, (0..COUNT).flat_map(|i| [angle(i).cos(), angle(i).sin()]).collect()).unwrap()
}

fn spectrum(kernel: Kernel, points: &Points) -> Spectrum {
    Spectrum::of(kernel, points, 1, 0, &|_, _, _| true).unwrap()
}

/// `Σ_{j=k..d, j−k even} C(j, (j−k)/2)/2^j`, from `cos^j` as a sum of cosines.
fn eigenvalue(k: usize, d: usize) -> f64 {
    let binomial = |n: usize, r: usize| (0..r).fold(1.0, |product, i| product * (n - i) as f64 / (i + 1) as f64);
    (k..=d).step_by(2).map(|j| binomial(j, (j - k) / 2) / 2f64.powi(i32::try_from(j).unwrap())).sum()
}

/// Origin: the closed form, and for degree 4 the numbers by hand.
#[test]
fn eigenvalues() {
    let by_hand = [1.875, 0.875, 0.875, 0.5, 0.5, 0.125, 0.125, 0.0625, 0.0625];
    for d in [1, 2, 4, 7, 12] {
        let mut expected: Vec<f64> = (0..=d).flat_map(|k| vec![eigenvalue(k, d); if k == 0 { 1 } else { 2 }]).collect();
        expected.sort_by(|a, b| b.total_cmp(a));
        if d == 4 {
            assert_eq!(expected, by_hand);
        }
        let found = spectrum(kernel(&format!("multinomial:{d}")), &circle());
        assert_eq!(found.eigenvalues.len(), COUNT);
        for (i, value) in found.eigenvalues.iter().enumerate() {
            assert!((value - expected.get(i).unwrap_or(&0.0)).abs() < 1e-9, "degree {d}, eigenvalue {i}: {value}");
        }
        assert!((found.trace - (d as f64 + 1.0)).abs() < 1e-9 && found.residue() < 1e-9);
        // The same by subspace iteration.
        let rank = 2 * d + 1;
        let leading = Spectrum::leading(kernel(&format!("multinomial:{d}")), &circle(), rank, 3, &|_, _, _| true).unwrap();
        let residuals = leading.residuals.as_ref().unwrap();
        for (i, value) in leading.eigenvalues.iter().enumerate() {
            assert!((value - expected[i]).abs() < 1e-9 && residuals[i] < 1e-9, "degree {d}, leading {i}");
        }
    }
}

/// Origin: the closed form summed.
#[test]
fn effective_dimensions_and_leverage_scores() {
    let kernel = kernel("multinomial:4");
    let eigenvalues = spectrum(kernel, &circle()).eigenvalues;
    for (eta, expected) in [(0.1, 6.291_247), (0.01, 8.508_870)] {
        let dimension = effective_dimension(&eigenvalues, eta);
        assert!((dimension - expected).abs() < 1e-6, "{dimension}");
        let exact: f64 = (0..=4).map(|k| if k == 0 { 1.0 } else { 2.0 } * eigenvalue(k, 4) / (eigenvalue(k, 4) + eta)).sum();
        assert!((dimension - exact).abs() < 1e-9);
        for score in scores(kernel, &circle(), eta).unwrap() {
            assert!((score - exact / COUNT as f64).abs() < 1e-9);
        }
    }
}

/// Origin: a trigonometric polynomial of degree d is determined by any 2d + 1 different points, so K̄ = K.
#[test]
fn few_landmarks_are_enough() {
    let kernel = kernel("multinomial:4");
    let points = circle();
    let full = matrix(kernel, &points);
    let spread: Vec<usize> = (0..9).map(|i| i * 7).collect();
    // Neighbours on a short arc would do in exact arithmetic; in floats the rest of the circle is extrapolated from them, and 20 of 64 leave an error of 6e-8.
    for landmarks in [spread, vec![0, 3, 10, 11, 20, 33, 47, 50, 63], (0..20).map(|i| 3 * i).collect(), (0..COUNT).collect()] {
        let nystrom = Nystrom::new(kernel, &points, &landmarks).unwrap();
        let approximation = nystrom.approximation(&points);
        let worst = (0..COUNT).flat_map(|i| (0..COUNT).map(move |j| (i, j))).map(|at| (full[at] - approximation[at]).abs()).fold(0.0, f64::max);
        assert!(worst < 1e-9, "{} landmarks: {worst}", landmarks.len());
        assert_eq!(nystrom.rank(), 9);
    }
}
