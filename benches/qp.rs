//! Cone least squares on activation patterns of random two-layer ReLU networks: `k` neurons, `n` points in dimension `d`, so `q = k (d + 1)` unknowns
//! and `k n` rows. One iteration runs all 64 patterns of a set; the counter turns that into patterns a second.
//!
//! Run with `cargo bench --bench qp`.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use relus::exact::Integer;
use relus::optimize::qp::{ConeLeastSquares, DualActiveSet, DualVerdict, GuardedCholesky};

fn main() {
    divan::main();
}

const PATTERNS: usize = 64;
/// `(d, k, n)`.
const SHAPES: [(usize, usize, usize); 5] = [(2, 1, 25), (2, 2, 8), (2, 2, 25), (4, 2, 50), (4, 4, 50)];

struct Pattern {
    exact: ConeLeastSquares,
    hessian: Vec<f64>,
    linear: Vec<f64>,
    rows: Vec<f64>,
    total: f64,
    loss: f64,
}

/// Patterns of random hyperplanes on one random data set with a planted network and noise, the hessian regular.
fn patterns((d, k, n): (usize, usize, usize)) -> Vec<Pattern> {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let mut vector = |length: usize, size: i64| (0..length).map(|_| rng.random_range(-size..=size)).collect::<Vec<i64>>();
    let points: Vec<Vec<i64>> = (0..n).map(|_| vector(d, 1000).into_iter().chain([1000]).collect()).collect();
    let dot = |w: &[i64], x: &[i64]| w.iter().zip(x).map(|(a, b)| a * b).sum::<i64>();
    let teacher: Vec<Vec<i64>> = (0..k).map(|_| vector(d + 1, 9)).collect();
    let y: Vec<i64> = points.iter().map(|x| teacher.iter().map(|w| dot(w, x).max(0)).sum::<i64>() + vector(1, 4000)[0]).collect();
    let mut found = Vec::new();
    while found.len() < PATTERNS {
        let neurons: Vec<Vec<i64>> = (0..k).map(|_| vector(d + 1, 9)).collect();
        let q = k * (d + 1);
        let mut a = vec![vec![0i64; q]; n];
        let mut rows = Vec::new();
        for (j, w) in neurons.iter().enumerate() {
            for (i, x) in points.iter().enumerate() {
                let on = dot(w, x) > 0;
                let mut row = vec![0; q];
                for (c, &entry) in x.iter().enumerate() {
                    row[j * (d + 1) + c] = if on { entry } else { -entry };
                    a[i][j * (d + 1) + c] = if on { entry } else { 0 };
                }
                rows.push(row);
            }
        }
        let gram = |r: usize, c: usize| a.iter().map(|row| row[r] * row[c]).sum::<i64>();
        let hessian: Vec<Vec<i64>> = (0..q).map(|r| (0..q).map(|c| gram(r, c)).collect()).collect();
        let linear: Vec<i64> = (0..q).map(|c| a.iter().zip(&y).map(|(row, y)| row[c] * y).sum()).collect();
        let float = |values: &[i64]| values.iter().map(|&x| x as f64).collect::<Vec<f64>>();
        let mut pattern = Pattern {
            hessian: float(&hessian.concat()),
            linear: float(&linear),
            rows: float(&rows.concat()),
            total: y.iter().map(|&y| (y * y) as f64).sum(),
            loss: 0.0,
            exact: ConeLeastSquares { hessian: integers(&hessian), linear: integers(&[linear]).remove(0), rows: integers(&rows) },
        };
        let (mut cholesky, mut method) = (GuardedCholesky::new(), DualActiveSet::new());
        if cholesky.factor(&pattern.hessian, q)
            && let DualVerdict::Solved { loss_estimate, .. } = method.run(&mut cholesky, &pattern.linear, &pattern.rows, pattern.total, f64::INFINITY)
        {
            pattern.loss = loss_estimate;
            found.push(pattern);
        }
    }
    found
}

fn integers(rows: &[Vec<i64>]) -> Vec<Vec<Integer>> {
    rows.iter().map(|row| row.iter().map(|&x| Integer::from(x)).collect()).collect()
}

/// Factor and float optimum of every pattern, or the proof that it is not below `part` of its loss.
fn run(bencher: Bencher, shape: (usize, usize, usize), part: f64) {
    let patterns = patterns(shape);
    let (mut cholesky, mut method) = (GuardedCholesky::new(), DualActiveSet::new());
    bencher.counter(ItemsCount::new(PATTERNS)).bench_local(|| {
        for p in &patterns {
            cholesky.factor(&p.hessian, p.linear.len());
            let cutoff = if part.is_finite() { p.loss * part } else { part };
            black_box(method.run(&mut cholesky, &p.linear, &p.rows, p.total, cutoff));
        }
    });
}

#[divan::bench(args = SHAPES)]
fn float_optimum(bencher: Bencher, shape: (usize, usize, usize)) {
    run(bencher, shape, f64::INFINITY);
}

#[divan::bench(args = SHAPES)]
fn float_cutoff_at_99_percent(bencher: Bencher, shape: (usize, usize, usize)) {
    run(bencher, shape, 0.99);
}

/// Only the unconstrained bound of a pattern.
#[divan::bench(args = SHAPES)]
fn factor_and_bound(bencher: Bencher, shape: (usize, usize, usize)) {
    let patterns = patterns(shape);
    let mut cholesky = GuardedCholesky::new();
    bencher.counter(ItemsCount::new(PATTERNS)).bench_local(|| {
        for p in &patterns {
            cholesky.factor(&p.hessian, p.linear.len());
            black_box(cholesky.gain_upper_bound(&p.linear, None));
        }
    });
}

#[divan::bench(args = SHAPES, sample_count = 5)]
fn exact_optimum(bencher: Bencher, shape: (usize, usize, usize)) {
    let patterns = patterns(shape);
    bencher.counter(ItemsCount::new(PATTERNS)).bench_local(|| patterns.iter().for_each(|p| _ = black_box(p.exact.solve())));
}

/// The exact dual method with no proposal.
#[divan::bench(args = &SHAPES[..3], sample_count = 5)]
fn exact_optimum_without_floats(bencher: Bencher, shape: (usize, usize, usize)) {
    let patterns = patterns(shape);
    bencher.counter(ItemsCount::new(PATTERNS)).bench_local(|| patterns.iter().for_each(|p| _ = black_box(p.exact.solve_from(&[], None))));
}
