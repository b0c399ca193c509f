//! Least squares on landmarks against dense formulas; rounding; cross-validation.

use crate::dense::{approximation, ridge_dual, times};
use crate::{KERNELS, ball, degenerate, kernel, labels, random};
use relus::kernel::fit::{Form, Sampler, fit};
use relus::kernel::gram::block;
use relus::kernel::model::{Model, mean_squared};
use relus::kernel::nystrom::{Nystrom, values};
use relus::kernel::regression::{Normal, constrained};
use relus::kernel::sampling::uniform;
use relus::kernel::scaling::{FeatureMap, LabelMap};
use relus::kernel::validation::{Candidates, choose, ridges};
use relus::kernel::{Kernel, KernelError, Points};

const GO_ON: &(dyn Fn(&'static str, usize, usize) -> bool + Sync) = &|_, _, _| true;

/// Origin: the definition, entry by entry.
#[test]
fn blocks_are_values() {
    for name in KERNELS {
        let (a, b) = (ball(37, 5, 1), ball(1100, 5, 2));
        let block = block(kernel(name), &a, &b);
        for (i, j) in [(0, 0), (36, 1099), (17, 550), (3, 549)] {
            let t: f64 = a.point(i).iter().zip(b.point(j)).map(|(x, y)| x * y).sum();
            let value = kernel(name).value(t, a.squares()[i], b.squares()[j]);
            assert!((block[(i, j)] - value).abs() < 1e-13, "{name}");
        }
    }
}

/// Origin: `K̄(K̄ + λmI)⁻¹y` with dense matrices and the pseudoinverse by eigenvectors.
#[test]
fn ridge_is_the_dense_formula() {
    for seed in 0..60 {
        let m = 50;
        let points = if seed % 3 == 0 { degenerate(m, 3, seed / 3) } else { ball(m, 3, seed) };
        let kernel = kernel(KERNELS[seed as usize % KERNELS.len()]);
        let y = labels(&points, seed);
        let count = 1 + seed as usize % 30;
        let lambda = 1e-3;
        let fitted = fit(kernel, Sampler::Uniform(count), Form::Ridge(lambda), &points, &y, seed, GO_ON).unwrap();
        let landmarks = Sampler::Uniform(count).landmarks(kernel, &points, seed).unwrap();
        let low = approximation(kernel, &points, &landmarks);
        let expected = times(&low, &ridge_dual(&low, lambda * m as f64, &y));
        let found = values(kernel, fitted.nystrom.landmarks(), &fitted.coefficients, &points);
        for (a, b) in found.iter().zip(&expected) {
            assert!((a - b).abs() < 1e-6, "seed {seed}, {kernel}, {count} landmarks: {a} {b}");
        }
        assert!((fitted.mean_squared - mean_squared(&found, &y)).abs() < 1e-6);
    }
}

/// Origin: the Karush–Kuhn–Tucker conditions: the norm is B, or the multiplier is 0; no other function of that norm has a smaller error (random ones, and ridge solutions).
#[test]
fn the_constrained_form_is_optimal() {
    for seed in 0..30 {
        let points = if seed % 3 == 0 { degenerate(40, 2, seed / 3) } else { ball(40, 2, seed) };
        let kernel = kernel(KERNELS[seed as usize % KERNELS.len()]);
        let y = labels(&points, seed);
        let nystrom = Nystrom::new(kernel, &points, &uniform(&points, 12, &mut random(seed)).unwrap()).unwrap();
        let normal = Normal::of(&nystrom, &points, &y, &|_| true).unwrap();
        let problem = normal.diagonalise().unwrap();
        for norm in [1e-3, 0.1, 1.0, 1e6] {
            let (w, multiplier) = constrained::solve(&problem, norm).unwrap();
            let size: f64 = w.iter().map(|x| x * x).sum();
            assert!(size <= norm * (1.0 + 1e-9));
            assert!(multiplier == 0.0 || (size - norm).abs() < 1e-6 * norm, "seed {seed}, B {norm}: {size}");
            let error = normal.mean_squared(&w);
            for lambda in [1e-6, 1e-3, 1.0, 100.0] {
                let other = problem.solution(lambda);
                let other_size: f64 = other.iter().map(|x| x * x).sum();
                assert!(other_size > norm || normal.mean_squared(&other) >= error - 1e-9);
            }
        }
    }
}

/// Origin: the definition of τ: no value moves by more.
#[test]
fn rounding_moves_values_by_at_most_the_tolerance() {
    for seed in 0..24 {
        let points = ball(80, 3, seed);
        let kernel = kernel(KERNELS[seed as usize % KERNELS.len()]);
        let y = labels(&points, seed);
        let fitted = fit(kernel, Sampler::Scores(20), Form::Ridge(1e-4), &points, &y, seed, GO_ON).unwrap();
        for tolerance in [1e-1, 1e-3, 1e-6] {
            let how = (Sampler::Scores(20), Form::Ridge(1e-4), seed);
            let model = Model::new(&fitted, (FeatureMap::default(), LabelMap::IDENTITY), (&points, &y), how, tolerance).unwrap();
            let others = ball(200, 3, seed + 1000);
            let before = values(kernel, &model.landmarks, &fitted.coefficients, &others);
            let after = values(kernel, &model.landmarks, &model.codes.coefficients(), &others);
            assert!(before.iter().zip(&after).all(|(a, b)| (a - b).abs() <= tolerance + 1e-11));
            assert!(model.images(&others).iter().all(|h| (0.0..=1.0).contains(h)));
            let size = model.size();
            assert_eq!(size.code_bits, model.codes.width() as usize * model.codes.codes.len());
            assert!(model.codes.codes.iter().all(|code| 2 * code.unsigned_abs() < 1 << model.codes.width()));
        }
    }
}

/// Origin: leaving folds out one by one and fitting anew with dense formulas.
#[test]
fn cross_validation_leaves_folds_out() {
    let (points, m) = (ball(30, 2, 5), 30);
    let y = labels(&points, 5);
    let lambda = 1e-2;
    let kernel = kernel("multinomial:2");
    // All points as landmarks: K̄ = K, and a fold that is left out is predicted by K of the rest.
    let choice =
        choose(Candidates { kernels: &[kernel], forms: &[Form::Ridge(lambda)], sampler: Sampler::Uniform(m) }, &points, &y, m, 0, GO_ON).unwrap();
    let mut sum = 0.0;
    for out in 0..m {
        let rest: Vec<usize> = (0..m).filter(|&i| i != out).collect();
        let (others, own) = (points.subset(&rest), points.subset(&[out]));
        let labels: Vec<f64> = rest.iter().map(|&i| y[i]).collect();
        let alpha = ridge_dual(&relus::kernel::gram::matrix(kernel, &others), lambda * (m - 1) as f64, &labels);
        sum += (values(kernel, &others, &alpha, &own)[0] - y[out]).powi(2);
    }
    assert!((choice.error - sum / m as f64).abs() < 1e-7, "{} {}", choice.error, sum / m as f64);
    let candidates = Candidates { kernels: &[kernel, "gaussian:1".parse().unwrap()], forms: &ridges(), sampler: Sampler::Scores(10) };
    let all = choose(candidates, &points, &y, 5, 0, GO_ON).unwrap();
    assert_eq!(all.tried.len(), 2);
    assert!(all.tried.iter().all(|(_, _, error)| *error >= all.error));
}

/// All points at the origin of a kernel that is 0 there: nothing to learn with; one that is not 0 learns a constant.
#[test]
fn all_points_at_the_origin() {
    let points = Points::new(2, 5, vec![0.0; 10]).unwrap();
    let y = [0.0, 1.0, 0.5, 0.5, 0.5];
    for form in [Form::Ridge(1e-9), Form::Constrained(1.0)] {
        assert!(matches!(fit(Kernel::ArcCosine, Sampler::Scores(3), form, &points, &y, 0, GO_ON), Err(KernelError::Vanishing)));
        let fitted = fit(kernel("gaussian:1"), Sampler::Scores(3), form, &points, &y, 0, GO_ON).unwrap();
        let found = values(kernel("gaussian:1"), fitted.nystrom.landmarks(), &fitted.coefficients, &points);
        assert!(found.iter().all(|value| (value - 0.5).abs() < 1e-6), "{found:?}");
    }
}

/// Settings that make no sense.
#[test]
fn errors() {
    let points = ball(10, 2, 1);
    let y = labels(&points, 1);
    let kernel = kernel("inverse");
    let run = |sampler, form, points: &Points, y: &[f64]| fit(kernel, sampler, form, points, y, 0, GO_ON).map(|_| ());
    assert_eq!(run(Sampler::Scores(11), Form::Ridge(1.0), &points, &y), Err(KernelError::Landmarks { landmarks: 11, points: 10 }));
    assert!(matches!(run(Sampler::Uniform(0), Form::Ridge(1.0), &points, &y), Err(KernelError::Setting { .. })));
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(run(Sampler::Uniform(3), Form::Ridge(bad), &points, &y), Err(KernelError::Setting { .. })));
        assert!(matches!(run(Sampler::Uniform(3), Form::Constrained(bad), &points, &y), Err(KernelError::Setting { .. })));
        assert!(matches!(run(Sampler::Theory { eta: bad, delta: 0.1 }, Form::Ridge(1.0), &points, &y), Err(KernelError::Setting { .. })));
    }
    assert_eq!(run(Sampler::Uniform(3), Form::Ridge(1.0), &points, &y[1..]), Err(KernelError::Length { found: 9, expected: 10 }));
    let outside = Points::new(1, 2, vec![0.5, -1.5]).unwrap();
    let error = run(Sampler::Uniform(1), Form::Ridge(1.0), &outside, &[0.0, 1.0]).unwrap_err();
    assert!(matches!(error, KernelError::OutsideBall { point: 2, .. }) && error.to_string().contains("--scale ball"), "{error}");
    assert!(Points::new(1, 2, vec![0.5, f64::NAN]).is_err() && Points::new(1, 1, vec![1e200]).is_err() && Points::new(1, 0, vec![]).is_err());
    assert!(matches!(
        fit(kernel, Sampler::Uniform(3), Form::Ridge(1.0), &points, &y, 0, &|_, _, _| false).map(|_| ()),
        Err(KernelError::Interrupted)
    ));
}
