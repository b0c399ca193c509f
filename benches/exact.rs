//! The exact core: reading numbers, linear algebra, signs, networks. `cargo bench --bench exact`.

use divan::{Bencher, black_box};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use relus::exact::{Echelon, Integer, IntegerRows, IntegerVector, Rational, parse_rational, rank, solve};
use relus::instance::{Activation, Data, Loss};
use relus::network::{Network, Neuron};

fn main() {
    divan::main();
}

fn random() -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(7)
}

/// A rational with six-digit numerator and denominator 1000.
fn decimal(random: &mut ChaCha8Rng) -> Rational {
    Rational::from_parts(Integer::from(random.random_range(-999_999i32..1_000_000)), 1000u32.into())
}

fn integers(rows: usize, columns: usize) -> Vec<Vec<Integer>> {
    let mut random = random();
    (0..rows).map(|_| (0..columns).map(|_| Integer::from(random.random_range(-99_999i32..100_000))).collect()).collect()
}

#[divan::bench(args = ["-3.25", "1e-3", "7/12", "123456789.987654321", "1e400"])]
fn parse(text: &str) -> Rational {
    parse_rational(black_box(text)).expect("a number")
}

#[divan::bench(args = [4, 8, 16, 32])]
fn echelon(bencher: Bencher<'_, '_>, n: usize) {
    bencher.with_inputs(|| integers(n, n + 1)).bench_local_values(|matrix| Echelon::new(matrix, n));
}

#[divan::bench(args = [(20, 4), (100, 4), (400, 11)])]
fn rank_of_points(bencher: Bencher<'_, '_>, (rows, columns): (usize, usize)) {
    bencher.with_inputs(|| integers(rows, columns)).bench_local_values(rank);
}

#[divan::bench(args = [4, 8, 16, 32])]
fn solve_decimals(bencher: Bencher<'_, '_>, n: usize) {
    let mut random = random();
    let matrix: Vec<Vec<Rational>> = (0..n).map(|_| (0..n).map(|_| decimal(&mut random)).collect()).collect();
    let rhs: Vec<Rational> = (0..n).map(|_| decimal(&mut random)).collect();
    bencher.bench_local(|| solve(&matrix, &rhs));
}

/// Three ways to a sign: floats suffice; the value is 0, in numbers of 20 and of 200 bits.
#[divan::bench(args = ["float filter", "128 bits", "big integers"])]
fn sign(bencher: Bencher<'_, '_>, way: &str) {
    let unit = Integer::ONE << if way == "big integers" { 200 } else { 20 };
    let row: Vec<Integer> = [3, -5, 7, 1].into_iter().map(|x| Integer::from(x) * &unit).collect();
    let rows = IntegerRows::new(vec![row], 4);
    // 3·2 − 5·4 + 7·3 = 7.
    let last = if way == "float filter" { 1 } else { -7 };
    let vector = IntegerVector::new([2, 4, 3, last].into_iter().map(|x| Integer::from(x) * &unit).collect());
    assert_eq!(rows.sign(0, &vector).is_eq(), way != "float filter");
    bencher.bench_local(|| black_box(&rows).sign(0, black_box(&vector)));
}

#[divan::bench(args = [(20, 2, 1), (100, 2, 2), (400, 10, 3)])]
fn network_loss(bencher: Bencher<'_, '_>, (points, dimension, width): (usize, usize, usize)) {
    let mut random = random();
    let x = (0..points).map(|_| (0..dimension).map(|_| decimal(&mut random)).collect()).collect();
    let y = (0..points).map(|_| decimal(&mut random)).collect();
    let data = Data::new(x, y).expect("points of one dimension");
    let mut neuron = || Neuron { w: (0..dimension).map(|_| decimal(&mut random)).collect(), b: decimal(&mut random), a: Rational::ONE };
    let neurons = (0..width).map(|_| neuron()).collect();
    let network = Network { activation: Activation::Relu, neurons, output_bias: Rational::ZERO };
    bencher.bench_local(|| network.loss(&data, Loss::L2));
}
