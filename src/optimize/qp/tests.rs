//! Origins of the expected values: brute force over all active sets (`brute_force_gain`), the Karush–Kuhn–Tucker conditions by their definition
//! (`verify`), rational linear algebra for `tᵀH⁻¹t`, and hand-made examples.

use super::*;
use crate::exact::{rank, solve};
use dashu_base::Abs;
use itertools::Itertools;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn floats(problem: &ConeLeastSquares) -> FloatRows {
    FloatRows::new(&problem.rows, problem.linear.len())
}

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
            ("dual", exact_dual::solve(&problem, Vec::new(), &floats(&problem))),
            ("dual from a set", exact_dual::solve(&problem, start, &floats(&problem))),
        ] {
            assert!(problem.verify(&optimum), "{way}, round {round}: {problem:?} {optimum:?}");
            assert_eq!(optimum.gain, gain, "{way}, round {round}: {problem:?}");
        }
    }
}

/// Known optima: the projection on a half-plane, on its boundary line (opposite rows), on the apex, and without data or unknowns.
#[test]
fn hand_made_problems() {
    let unit = [vec![1, 0], vec![0, 1]];
    let gain = |y: &[i64], rows: &[Vec<i64>]| problem(&unit, y, rows, 2).0.solve().gain;
    assert_eq!(gain(&[3, -4], &[vec![0, 1]]), Rational::from(9));
    assert_eq!(gain(&[1, 2], &[vec![1, -1], vec![-1, 1]]), Rational::from_parts(9.into(), 2u8.into()));
    assert_eq!(gain(&[-1, -1], &[vec![1, 0], vec![0, 1]]), Rational::ZERO);
    assert_eq!(gain(&[5, 12], &[]), Rational::from(169));
    let (nothing, _) = problem(&[], &[], &[vec![1, 2, 3], vec![0, 0, 0]], 3);
    assert_eq!(nothing.solve(), ConeOptimum { point: vec![Rational::ZERO; 3], multipliers: vec![Rational::ZERO; 2], gain: Rational::ZERO });
    let (no_unknown, _) = problem(&[vec![]], &[1], &[vec![]], 0);
    assert!(no_unknown.verify(&no_unknown.solve()));
}

/// `verify` rejects an optimum with any one number changed.
#[test]
fn verification_rejects_changed_optima() {
    let (problem, _) = problem(&[vec![1, 0], vec![1, 1], vec![0, 2]], &[3, -4, -1], &[vec![0, 1], vec![1, 0]], 2);
    let optimum = problem.solve();
    assert!(problem.verify(&optimum));
    for change in [Rational::ONE, Rational::NEG_ONE] {
        for i in 0..2 {
            let mut changed = optimum.clone();
            changed.point[i] += &change;
            assert!(!problem.verify(&changed));
            let mut changed = optimum.clone();
            changed.multipliers[i] += &change;
            assert!(!problem.verify(&changed));
        }
        let changed = ConeOptimum { gain: &optimum.gain + &change, ..optimum.clone() };
        assert!(!problem.verify(&changed));
    }
}

/// Numbers beyond the range of floats and columns of very different size: the exact way has to do it.
#[test]
fn extreme_magnitudes() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    for _ in 0..200 {
        let (plain, _) = random_problem(&mut rng, 3, 5);
        let gain = brute_force_gain(&plain);
        // z_c → 2^-s_c z_c and G's rows times powers of two leave the optimal gain as it is.
        let shifts: Vec<usize> = plain.linear.iter().map(|_| rng.random_range(0..1500)).collect();
        let mut scaled = plain.clone();
        for (r, row) in scaled.hessian.iter_mut().enumerate() {
            row.iter_mut().zip(&shifts).for_each(|(h, s)| *h <<= s + shifts[r]);
        }
        scaled.linear.iter_mut().zip(&shifts).for_each(|(g, s)| *g <<= *s);
        for row in &mut scaled.rows {
            let factor = rng.random_range(0..2000);
            row.iter_mut().zip(&shifts).for_each(|(x, s)| *x <<= s + factor);
        }
        let optimum = scaled.solve();
        assert!(scaled.verify(&optimum));
        assert_eq!(optimum.gain, gain);
    }
}

fn float(value: &Integer) -> f64 {
    crate::exact::nearest_f64(&Rational::from(value.clone()))
}

fn exact(value: f64) -> Rational {
    Rational::try_from(value).expect("finite")
}

/// `tᵀH⁻¹t` for a regular `H`.
fn exact_gain(hessian: &[Vec<Integer>], t: &[Integer]) -> Rational {
    let rational = |v: &[Integer]| v.iter().map(|x| Rational::from(x.clone())).collect::<Vec<_>>();
    let z = solve(&hessian.iter().map(|row| rational(row)).collect::<Vec<_>>(), &rational(t)).expect("regular");
    product(t, &z)
}

/// Gram matrices from orthogonal-ish to nearly collinear, entries of `A` up to 2^26, so that those of `H` get rounded.
#[test]
fn guarded_bounds_hold_and_are_tight() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let mut cholesky = GuardedCholesky::new();
    let (mut proven, mut refused, mut ill_conditioned) = (0, 0, 0);
    for _ in 0..4000 {
        let q = rng.random_range(1..=7);
        let size = 1i64 << rng.random_range(2..=26);
        let noise = 1i64 << rng.random_range(0..=26);
        let collinear = rng.random_bool(0.6);
        let a: Vec<Vec<i64>> = (0..q + rng.random_range(0..6))
            .map(|_| {
                let common = rng.random_range(-size..=size);
                (0..q).map(|_| if collinear { common + rng.random_range(-noise..=noise) / 64 } else { rng.random_range(-size..=size) }).collect()
            })
            .collect();
        let y: Vec<i64> = a.iter().map(|_| rng.random_range(-size..=size)).collect();
        let (problem, _) = problem(&a, &y, &[], q);
        let floats: Vec<f64> = problem.hessian.iter().flatten().map(float).collect();
        if !cholesky.factor(&floats, q) {
            assert_eq!(cholesky.gain_upper_bound(&vec![1.0; q], None), f64::INFINITY);
            refused += 1;
            continue;
        }
        proven += 1;
        // The aligned right-hand side has a tiny gain in no direction; unit vectors meet the worst eigenvectors of collinear data.
        let unit: Vec<Integer> = (0..q).map(|c| Integer::from(i64::from(c == 0) - i64::from(c == q - 1 && q > 1))).collect();
        let long: Vec<Integer> = (0..q).map(|_| Integer::from(rng.random_range(-1i128 << 70..1 << 70))).collect();
        for t in [&problem.linear, &unit, &long] {
            let gain = exact_gain(&problem.hessian, t);
            let rounded: Vec<f64> = t.iter().map(float).collect();
            let bound = exact(cholesky.gain_upper_bound(&rounded, None));
            assert!(bound >= gain, "{problem:?} {t:?}");
            // Every answer of a passed guard is useful, that of a well-conditioned matrix sharp.
            assert!(bound <= &gain * exact(1.01) + exact(1e-149), "{problem:?} {t:?}");
            if !collinear && a.len() > q + 3 {
                assert!(bound <= &gain * exact(1.0 + 1e-10) + exact(1e-149), "{problem:?} {t:?}");
            }
            ill_conditioned += usize::from(bound > &gain * exact(1.0 + 1e-8) + exact(1e-149));
            // A known error of t, signs at random.
            let relative = 0.5f64.powi(rng.random_range(3..50));
            let error: Vec<f64> = rounded.iter().map(|x| x.abs() * relative).collect();
            let shifted: Vec<f64> = rounded.iter().zip(&error).map(|(x, e)| x + 0.9 * e * rng.random_range(-1.0..1.0)).collect();
            let bound = cholesky.gain_upper_bound(&shifted, Some(&error));
            assert!(exact(bound) >= gain, "{problem:?} {t:?} {shifted:?} {error:?}");
        }
    }
    assert!(proven > 2000 && refused > 100 && ill_conditioned > 50, "{proven} {refused} {ill_conditioned}");
}

/// A factorisation continued from a prefix is the one from the start, to the last bit: also after a refusal, with zero rows, and with other rows behind the prefix.
#[test]
fn continued_factorisations_are_the_same() {
    let mut rng = ChaCha8Rng::seed_from_u64(17);
    let (mut proven, mut refused) = (0, 0);
    for _ in 0..2000 {
        let q = rng.random_range(1..=7);
        let kept = rng.random_range(0..=q);
        let columns = |rng: &mut ChaCha8Rng, count: usize| -> Vec<Vec<f64>> {
            (0..count)
                .map(|_| if rng.random_bool(0.15) { vec![0.0; 8] } else { (0..8).map(|_| f64::from(rng.random_range(-3i8..=3))).collect() })
                .collect()
        };
        let prefix = columns(&mut rng, kept);
        let mut continued = GuardedCholesky::new();
        for step in 0..8 {
            let a = [prefix.clone(), columns(&mut rng, q - kept)].concat();
            let product = |c: usize, e: usize| a[c].iter().zip(&a[e]).map(|(x, y)| x * y).sum::<f64>();
            let mut hessian: Vec<f64> = (0..q * q).map(|i| product(i / q, i % q)).collect();
            if kept < q && rng.random_bool(0.1) {
                // Not positive semidefinite: a zero on the diagonal of a row that is not zero.
                hessian[kept * q + kept] = 0.0;
            }
            let mut fresh = GuardedCholesky::new();
            let expected = fresh.factor(&hessian, q);
            assert_eq!(continued.factor_rest(&hessian, q, if step == 0 { 0 } else { kept }), expected, "{hessian:?}, {kept} kept");
            let t: Vec<f64> = (0..q).map(|c| a[c].iter().sum()).collect();
            assert_eq!(continued.gain_upper_bound(&t, None).to_bits(), fresh.gain_upper_bound(&t, None).to_bits(), "{hessian:?}, {kept} kept");
            proven += usize::from(expected && kept > 0 && kept < q);
            refused += usize::from(!expected);
        }
    }
    assert!(proven > 5000 && refused > 500, "{proven} {refused}");
}

#[test]
fn guard_refuses_what_it_cannot_prove() {
    let mut cholesky = GuardedCholesky::new();
    for (matrix, q) in [
        (vec![1e200], 1),
        (vec![f64::NAN], 1),
        (vec![-1.0], 1),
        (vec![1.0, f64::INFINITY, f64::INFINITY, 1.0], 2),
        (vec![0.0, 1.0, 1.0, 1.0], 2),
        (vec![1.0, 0.0, 1.0, 0.0], 2),
        (vec![1.0, 1.0, 1.0, 1.0 + 1e-12], 2),
    ] {
        assert!(!cholesky.factor(&matrix, q), "{matrix:?}");
        assert_eq!(cholesky.gain_upper_bound(&vec![0.0; q], None), f64::INFINITY);
    }
    // An unknown without data: left out if nothing pulls at it.
    assert!(cholesky.factor(&[0.0, 0.0, 0.0, 2.0], 2));
    assert!((cholesky.gain_upper_bound(&[0.0, 2.0], None) - 2.0).abs() < 1e-12);
    assert_eq!(cholesky.gain_upper_bound(&[1e-300, 2.0], None), f64::INFINITY);
    assert_eq!(cholesky.gain_upper_bound(&[0.0, 2.0], Some(&[1e-300, 0.0])), f64::INFINITY);
    assert_eq!(cholesky.gain_upper_bound(&[0.0, 1e300], None), f64::INFINITY);
    assert_eq!(cholesky.gain_upper_bound(&[0.0, f64::NAN], None), f64::INFINITY);
    assert!(cholesky.factor(&[], 0));
}

/// The float method against the exact optimum: what it proves is true, what it estimates is close, and on plain data it proves what there is.
#[test]
fn dual_method_proves_only_what_is_true() {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let mut cholesky = GuardedCholesky::new();
    let mut method = DualActiveSet::new();
    let (mut bounded, mut solved, mut unclear) = (0, 0, 0);
    for round in 0..4000 {
        let (problem, square) = if round % 2 == 0 {
            random_problem(&mut rng, 6, 12)
        } else {
            let q = rng.random_range(1..=8);
            let mut vector = |q: usize| (0..q).map(|_| rng.random_range(-1000..=1000)).collect::<Vec<i64>>();
            let a: Vec<Vec<i64>> = (0..q + 8).map(|_| vector(q)).collect();
            let rows: Vec<Vec<i64>> = (0..20).map(|_| vector(q)).collect();
            problem(&a, &vector(q + 8), &rows, q)
        };
        let q = problem.linear.len();
        let hessian: Vec<f64> = problem.hessian.iter().flatten().map(float).collect();
        let linear: Vec<f64> = problem.linear.iter().map(float).collect();
        let rows: Vec<f64> = problem.rows.iter().flatten().map(float).collect();
        let total = float(&square);
        let factored = cholesky.factor(&hessian, q);
        let loss = Rational::from(square) - problem.solve().gain;
        for part in [0.0, 0.5, 0.999, 1.0, 1.0 + 1e-13, 1.001, f64::INFINITY] {
            let cutoff = if loss.is_zero() { part } else { crate::exact::nearest_f64(&loss) * part };
            let verdict = method.run(&mut cholesky, &linear, &rows, total, cutoff);
            match verdict {
                DualVerdict::Bounded => {
                    bounded += 1;
                    assert!(cutoff == f64::NEG_INFINITY || exact(cutoff) <= loss, "{problem:?}");
                }
                DualVerdict::Solved { loss_estimate, lower } => {
                    solved += 1;
                    assert!(lower == f64::NEG_INFINITY || exact(lower) <= loss, "{problem:?}");
                    assert!(lower < cutoff);
                    assert!((exact(loss_estimate) - &loss).abs() <= exact(1e-9 * total), "{problem:?} {loss_estimate} {loss}");
                    assert!(method.active().len() == method.multipliers().len() && method.multipliers().iter().all(|&nu| nu >= 0.0));
                }
                DualVerdict::Unclear => unclear += usize::from(factored && (0..q).all(|c| !problem.hessian[c][c].is_zero())),
            }
            assert!(round % 2 == 0 || part > 0.9999 || verdict == DualVerdict::Bounded, "{part} {verdict:?} {problem:?}");
        }
    }
    assert!(bounded > 8000 && solved > 8000 && unclear < 20, "{bounded} {solved} {unclear}");
}

/// Activation patterns of ReLU networks on grid points, with ties and mostly singular hessians: the float proposal is confirmed every time, and
/// agrees with the exact dual method.
#[test]
fn proposals_for_activation_patterns_are_confirmed() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let mut singular = 0;
    for (d, k, n) in [(2, 1, 12), (2, 2, 10), (4, 2, 12), (4, 3, 12), (2, 2, 30)] {
        let q = k * (d + 1);
        for _ in 0..60 {
            let points: Vec<Vec<i64>> = (0..n).map(|_| (0..d).map(|_| rng.random_range(-4..=4)).chain([1]).collect()).collect();
            let y: Vec<i64> = (0..n).map(|_| rng.random_range(-9..=9)).collect();
            let mut a = vec![vec![0; q]; n];
            let mut rows = Vec::new();
            for j in 0..k {
                let w: Vec<i64> = (0..=d).map(|_| rng.random_range(-5..=5)).collect();
                for (x, a) in points.iter().zip(&mut a) {
                    let on = w.iter().zip(x).map(|(w, x)| w * x).sum::<i64>() > 0;
                    let mut row = vec![0; q];
                    for (c, &entry) in x.iter().enumerate() {
                        row[j * (d + 1) + c] = if on { entry } else { -entry };
                        a[j * (d + 1) + c] = if on { entry } else { 0 };
                    }
                    rows.push(row);
                }
            }
            let (problem, _) = problem(&a, &y, &rows, q);
            singular += usize::from(rank(problem.hessian.clone()) < q);
            let (active, point) = propose::propose(&problem, &floats(&problem)).expect("a proposal");
            let optimum = problem.optimum_with_active(&problem.independent_rows(&active), Some(&point), &floats(&problem)).expect("a good proposal");
            assert!(problem.verify(&optimum));
            assert_eq!(exact_dual::solve(&problem, Vec::new(), &floats(&problem)).gain, optimum.gain);
        }
    }
    assert!(singular > 100, "{singular}");
}
