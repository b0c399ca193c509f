//! Listing and counting cells. `cargo bench --bench arrangement`.

use divan::Bencher;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use relus::arrangement::{Arrangement, Cells, characteristic_polynomial, resonance, threshold};
use relus::exact::{Integer, IntegerRows};

fn main() {
    divan::main();
}

fn list(rows: &IntegerRows) -> Cells {
    Arrangement::new(rows).expect("no zero row").cells(&mut || false).expect("never stopped")
}

/// The rows `(x, 1)` of `n` random points with five-digit coordinates.
fn points(n: usize, dimension: usize) -> IntegerRows {
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let mut row = || (0..dimension).map(|_| random.random_range(-99_999i32..100_000)).chain([1]).map(Integer::from).collect();
    IntegerRows::new((0..n).map(|_| row()).collect(), dimension + 1)
}

#[divan::bench(sample_count = 3, args = [4, 5])]
fn list_resonance(bencher: Bencher<'_, '_>, n: usize) {
    let rows = resonance(n);
    bencher.bench_local(|| list(&rows).len());
}

#[divan::bench(sample_count = 3, args = [4, 5])]
fn list_threshold(bencher: Bencher<'_, '_>, n: usize) {
    let rows = threshold(n);
    bencher.bench_local(|| list(&rows).len());
}

#[divan::bench(sample_count = 3, args = [(1, 1000), (2, 80), (2, 1000), (3, 60), (4, 40)])]
fn list_points(bencher: Bencher<'_, '_>, (dimension, n): (usize, usize)) {
    let rows = points(n, dimension);
    bencher.bench_local(|| list(&rows).len());
}

#[divan::bench(sample_count = 3, args = [(2, 80), (3, 60), (4, 40)])]
fn walk_points(bencher: Bencher<'_, '_>, (dimension, n): (usize, usize)) {
    let cells = list(&points(n, dimension));
    bencher.bench_local(|| cells.walk().map(|(_, flipped)| flipped.len()).sum::<usize>());
}

#[divan::bench(sample_count = 3, args = [5, 6])]
fn count_resonance(bencher: Bencher<'_, '_>, n: usize) {
    let rows = resonance(n);
    bencher.bench_local(|| characteristic_polynomial(&rows).expect("no zero row").regions());
}

#[divan::bench(sample_count = 3, args = [(2, 100), (3, 100), (4, 60)])]
fn count_points(bencher: Bencher<'_, '_>, (dimension, n): (usize, usize)) {
    let rows = points(n, dimension);
    bencher.bench_local(|| characteristic_polynomial(&rows).expect("no zero row").regions());
}
