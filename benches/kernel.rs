//! The kernel learner's figures: time of a fit and of a spectrum on a planted network with noise.
//!
//! Run with `cargo bench --bench kernel`. Sizes of some minutes are in `benches/peers/kernel.py`, which measures them beside scikit-learn.

use divan::{Bencher, black_box};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use relus::kernel::fit::{Form, Sampler, fit};
use relus::kernel::gram::set_threads;
use relus::kernel::spectrum::Spectrum;
use relus::kernel::{Kernel, Points};

fn main() {
    set_threads(1);
    divan::main();
}

/// Points of the unit ball in ten dimensions with labels of a network of four neurons.
fn teacher(count: usize) -> (Points, Vec<f64>) {
    const DIMENSION: usize = 10;
    let rng = &mut ChaCha8Rng::seed_from_u64(3);
    let mut vector = || (0..DIMENSION).map(|_| rng.random_range(-0.3..0.3)).collect::<Vec<f64>>();
    let neurons: Vec<Vec<f64>> = (0..4).map(|_| vector()).collect();
    let rows: Vec<Vec<f64>> = (0..count).map(|_| vector()).collect();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    let labels = rows.iter().map(|x| (0.2 + neurons.iter().map(|w| dot(w, x).max(0.0)).sum::<f64>()).clamp(0.0, 1.0)).collect();
    (Points::new(DIMENSION, count, rows.concat()).expect("finite points"), labels)
}

/// `(points, landmarks)`.
const FITS: [(usize, usize); 3] = [(2_000, 200), (10_000, 200), (10_000, 500)];

#[divan::bench(args = FITS, sample_count = 3, sample_size = 1)]
fn fit_by_scores(bencher: Bencher, (points, landmarks): (usize, usize)) {
    let (x, y) = teacher(points);
    let kernel = Kernel::Multinomial { degree: 4 };
    bencher.bench_local(|| black_box(fit(kernel, Sampler::Scores(landmarks), Form::Ridge(1e-6), &x, &y, 0, &|_, _, _| true).expect("a fit")));
}

#[divan::bench(args = FITS, sample_count = 3, sample_size = 1)]
fn fit_uniformly(bencher: Bencher, (points, landmarks): (usize, usize)) {
    let (x, y) = teacher(points);
    let kernel = Kernel::Multinomial { degree: 4 };
    bencher.bench_local(|| black_box(fit(kernel, Sampler::Uniform(landmarks), Form::Ridge(1e-6), &x, &y, 0, &|_, _, _| true).expect("a fit")));
}

#[divan::bench(args = [500, 1000, 2000], sample_count = 3, sample_size = 1)]
fn whole_spectrum(bencher: Bencher, points: usize) {
    let (x, _) = teacher(points);
    bencher.bench_local(|| black_box(Spectrum::of(Kernel::Gaussian { gamma: 2.0 }, &x, 1, 0, &|_, _, _| true).expect("a spectrum")));
}

#[divan::bench(args = [2000, 6000], sample_count = 1, sample_size = 1)]
fn leading_spectrum(bencher: Bencher, points: usize) {
    let (x, _) = teacher(points);
    bencher.bench_local(|| black_box(Spectrum::leading(Kernel::Gaussian { gamma: 2.0 }, &x, 50, 0, &|_, _, _| true).expect("a spectrum")));
}
