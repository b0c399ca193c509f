//! Origins of the expected values: brute force over all active sets (`brute_force_gain`), the Karush–Kuhn–Tucker conditions by their definition
//! (`verify`), rational linear algebra for `tᵀH⁻¹t`, and hand-made examples.

use super::*;
use crate::exact::{rank, solve};
use itertools::Itertools;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn integers(values: &[i64]) -> Vec<Integer> {
    values.iter().map(|&x| Integer::from(x)).collect()
}

/// The problem of `A` (row by row) and `y`, with `y·y`.
fn problem(a: &[Vec<i64>], y: &[i64], rows: &[Vec<i64>], q: usize) -> (ConeLeastSquares, Integer) {
    let sum = |f: &dyn Fn(usize) -> Integer| (0..a.len()).fold(Integer::ZERO, |s, i| s + f(i));
    let entry = |i: usize, c: usize| Integer::from(a[i][c]);
    let hessian = (0..q).map(|r| (0..q).map(|c| sum(&|i| entry(i, r) * entry(i, c))).collect()).collect();
    let linear = (0..q).map(|c| sum(&|i| entry(i, c) * Integer::from(y[i]))).collect();
    let rows = rows.iter().map(|row| integers(row)).collect();
    (ConeLeastSquares { hessian, linear, rows }, sum(&|i| Integer::from(y[i]).pow(2)))
}

/// Small data with everything that degenerates: few rows of `A`, repeated, opposite, zero and dependent rows of `G`, `y` in the span of `A`.
fn random_problem(rng: &mut ChaCha8Rng, max_q: usize, max_rows: usize) -> (ConeLeastSquares, Integer) {
    let q = rng.random_range(1..=max_q);
    let size = [1, 2, 9][rng.random_range(0..3)];
    let vector = |rng: &mut ChaCha8Rng| (0..q).map(|_| rng.random_range(-size..=size)).collect::<Vec<i64>>();
    let mut a: Vec<Vec<i64>> = (0..rng.random_range(0..=q + 3)).map(|_| vector(rng)).collect();
    if rng.random_bool(0.1) {
        let column = rng.random_range(0..q);
        a.iter_mut().for_each(|row| row[column] = 0);
    }
    let y = if rng.random_bool(0.15) {
        let z = vector(rng);
        a.iter().map(|row| row.iter().zip(&z).map(|(x, z)| x * z).sum()).collect()
    } else {
        a.iter().map(|_| rng.random_range(-size..=size)).collect::<Vec<i64>>()
    };
    let mut rows: Vec<Vec<i64>> = Vec::new();
    for _ in 0..rng.random_range(0..=max_rows) {
        let other = (!rows.is_empty()).then(|| rows[rng.random_range(0..rows.len())].clone());
        let row = match (rng.random_range(0..10), other) {
            (0, Some(other)) => other,
            (1, Some(other)) => other.iter().map(|x| -x).collect(),
            (2, Some(other)) => other.iter().zip(&vector(rng)).map(|(x, y)| x + y).collect(),
            (3, _) => vec![0; q],
            _ => vector(rng),
        };
        rows.push(row);
    }
    problem(&a, &y, &rows, q)
}

/// The least gain `g·z` over all independent row sets whose multipliers are nonnegative. By weak duality each of these is at least
/// the optimal gain; by Carathéodory's theorem the optimal multipliers may be taken from an independent set.
fn brute_force_gain(problem: &ConeLeastSquares) -> Rational {
    let q = problem.linear.len();
    let rational = |x: &Integer| Rational::from(x.clone());
    let mut best: Option<Rational> = None;
    for active in (0..problem.rows.len()).powerset() {
        let chosen: Vec<Vec<Integer>> = active.iter().map(|&i| problem.rows[i].clone()).collect();
        if active.len() > q || rank(chosen.clone()) < active.len() {
            continue;
        }
        let stationary = (0..q).map(|c| problem.hessian[c].iter().map(rational).chain(chosen.iter().map(|row| -rational(&row[c]))).collect());
        let equalities = chosen.iter().map(|row| row.iter().map(rational).chain(active.iter().map(|_| Rational::ZERO)).collect());
        let matrix: Vec<Vec<Rational>> = stationary.chain(equalities).collect();
        let rhs: Vec<Rational> = problem.linear.iter().map(rational).chain(active.iter().map(|_| Rational::ZERO)).collect();
        let solution = solve(&matrix, &rhs).expect("equality-constrained least squares is solvable");
        if solution[q..].iter().all(|nu| *nu >= Rational::ZERO) {
            let gain = product(&problem.linear, &solution[..q]);
            best = Some(best.map_or(gain.clone(), |b| b.min(gain)));
        }
    }
    best.expect("the optimum is among them")
}

#[test]
fn every_way_to_the_optimum_agrees_with_brute_force() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for round in 0..4000 {
        let (problem, _) = random_problem(&mut rng, 4, 6);
        let gain = brute_force_gain(&problem);
        let m = problem.rows.len();
        let hint: Vec<usize> = (0..m).filter(|_| rng.random_bool(0.4)).collect();
        let point: Vec<f64> = problem.linear.iter().map(|_| rng.random_range(-2.0..2.0)).collect();
        let bad = vec![f64::NAN; problem.linear.len()];
        let start = problem.independent_rows(&hint);
        for (way, optimum) in [
            ("solve", problem.solve()),
            ("no hint", problem.solve_from(&[], None)),
            ("random hint", problem.solve_from(&hint, Some(&point))),
            ("useless hint", problem.solve_from(&hint.repeat(2), Some(&bad))),
            ("dual", exact_dual::solve(&problem, Vec::new())),
            ("dual from a set", exact_dual::solve(&problem, start)),
        ] {
            assert!(problem.verify(&optimum), "{way}, round {round}: {problem:?} {optimum:?}");
            assert_eq!(optimum.gain, gain, "{way}, round {round}: {problem:?}");
        }
    }
}
