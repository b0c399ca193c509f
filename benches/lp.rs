//! Questions per second: cone feasibility along walks over cells, and least absolute deviations.
//!
//! Each iteration of a cone benchmark answers one question of a fixed list (a walk that flips one sign at a time), proof included.

use divan::{Bencher, black_box};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use relus::exact::{Integer, IntegerRows, Rational};
use relus::optimize::cone::{ConeSolver, ConeVerdict};
use relus::optimize::lp::{FloatProgram, LinearProgram, LpProposer, Row, RowKind};

fn main() {
    divan::main();
}

const CONES: &[(usize, usize, i64)] =
    &[(2, 20, 10_000), (2, 50, 10_000), (4, 50, 10_000), (6, 50, 10_000), (6, 200, 10_000), (6, 200, 1_000_000_000), (10, 60, 10_000)];

/// Points of the given dimension, count and size, and a walk over sign patterns.
fn walk(d: usize, n: usize, size: i64) -> (IntegerRows, Vec<Vec<bool>>) {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let points: Vec<Vec<i64>> = (0..n).map(|_| (0..d).map(|_| rng.random_range(-size..=size)).collect()).collect();
    let rows = points.iter().map(|x| x.iter().copied().chain([size]).map(Integer::from).collect()).collect();
    let rows = IntegerRows::new(rows, d + 1);
    let mut solver = ConeSolver::new(&rows);
    let mut pattern = vec![true; n];
    let patterns = (0..512)
        .map(|_| {
            let asked = {
                let mut asked = pattern.clone();
                let i = rng.random_range(0..n);
                asked[i] = !asked[i];
                asked
            };
            if matches!(solver.pattern(&asked), ConeVerdict::Interior(_)) {
                pattern.clone_from(&asked);
            }
            asked
        })
        .collect();
    (rows, patterns)
}

#[divan::bench(args = CONES)]
fn cone_warm(bencher: Bencher<'_, '_>, &(d, n, size): &(usize, usize, i64)) {
    let (rows, patterns) = walk(d, n, size);
    let mut solver = ConeSolver::new(&rows);
    let mut at = 0;
    bencher.bench_local(|| {
        at = (at + 1) % patterns.len();
        black_box(solver.pattern(&patterns[at]))
    });
}

#[divan::bench(args = CONES)]
fn cone_cold(bencher: Bencher<'_, '_>, &(d, n, size): &(usize, usize, i64)) {
    let (rows, patterns) = walk(d, n, size);
    let mut solver = ConeSolver::new(&rows);
    let mut at = 0;
    bencher.bench_local(|| {
        at = (at + 1) % patterns.len();
        solver.forget();
        black_box(solver.pattern(&patterns[at]))
    });
}

const PROGRAMS: &[(usize, usize)] = &[(4, 20), (6, 40), (8, 80), (12, 120)];

/// Least absolute deviations under cone rows, as they arise from fixed activation patterns.
fn regression(q: usize, m: usize) -> LinearProgram {
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let row = |i: usize, rng: &mut ChaCha8Rng| {
        let coefficients = (0..q).map(|_| Integer::from(rng.random_range(-1000..=1000))).collect();
        let fitted = i.is_multiple_of(2);
        let rhs = Integer::from(if fitted { rng.random_range(-1000..=1000) } else { 0 });
        let kind = if fitted { RowKind::Penalty { below: Rational::ONE, above: Rational::ONE } } else { RowKind::AtLeast };
        Row { coefficients, rhs, kind }
    };
    LinearProgram { objective: vec![Integer::ZERO; q], rows: (0..m).map(|i| row(i, &mut rng)).collect() }
}

#[divan::bench(args = PROGRAMS)]
fn lp_exact(bencher: Bencher<'_, '_>, &(q, m): &(usize, usize)) {
    let program = regression(q, m);
    bencher.bench_local(|| black_box(program.solve()));
}

#[divan::bench(args = PROGRAMS)]
fn lp_proposal(bencher: Bencher<'_, '_>, &(q, m): &(usize, usize)) {
    let program = regression(q, m);
    let float = |x: &Integer| x.to_f64().value() / 1000.0;
    let coefficients: Vec<f64> = program.rows.iter().flat_map(|row| row.coefficients.iter().map(float)).collect();
    let rhs: Vec<f64> = program.rows.iter().map(|row| float(&row.rhs)).collect();
    let penalty = |row: &Row| matches!(row.kind, RowKind::Penalty { .. });
    let lower: Vec<f64> = program.rows.iter().map(|row| if penalty(row) { -1.0 } else { 0.0 }).collect();
    let upper: Vec<f64> = program.rows.iter().map(|row| if penalty(row) { 1.0 } else { f64::INFINITY }).collect();
    let objective = vec![0.0; q];
    let mut proposer = LpProposer::new();
    bencher.bench_local(|| {
        let program = FloatProgram { objective: &objective, coefficients: &coefficients, rhs: &rhs, lower: &lower, upper: &upper };
        black_box(proposer.solve(program, None, f64::INFINITY))
    });
}
