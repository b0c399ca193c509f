//! The initialisation analysis. `cargo bench --bench init`.

use divan::Bencher;
use divan::counter::ItemsCount;
use relus::init::{Ensemble, LogLaw, Scheme, Units, Workers, draw_network, gram_samples, jacobians, moments, norm_samples};

fn main() {
    divan::main();
}

fn ensemble(widths: &str, scheme: Scheme) -> Ensemble {
    Ensemble::new(widths.parse().expect("widths"), scheme, &[0.0], Units::Relu).expect("an ensemble")
}

#[divan::bench(args = ["100x101", "10000x10001"])]
fn closed_forms(bencher: Bencher<'_, '_>, widths: &str) {
    let ensemble = ensemble(widths, Scheme::He);
    bencher.bench_local(|| moments(&ensemble, 1.0, &[0.5, 2.0]).len());
}

/// The law of ‖x‖² with all quantiles that the command prints.
#[divan::bench(args = ["4x101", "100x101", "10000x10001"])]
fn distribution(bencher: Bencher<'_, '_>, widths: &str) {
    let ensemble = ensemble(widths, Scheme::He);
    bencher.bench_local(|| LogLaw::new(&ensemble).expect("a density").quantile(0.5));
}

/// Items are steps of the chain, on one thread.
#[divan::bench(sample_count = 5, args = ["4x1001", "100x1001", "10000x1001"])]
fn norm_chain(bencher: Bencher<'_, '_>, widths: &str) {
    let ensemble = ensemble(widths, Scheme::He);
    bencher.counter(ItemsCount::new(4096 * 1000usize)).bench_local(|| norm_samples(&ensemble, 1.0, 4096, 1, Workers::default()).len());
}

/// Items are layers of two inputs, on one thread.
#[divan::bench(sample_count = 5)]
fn gram_chain(bencher: Bencher<'_, '_>) {
    let ensemble = ensemble("3,100x100", Scheme::He);
    let gram = vec![vec![1.0, 0.0], vec![0.0, 1.0]];
    bencher
        .counter(ItemsCount::new(64 * 100usize))
        .bench_local(|| gram_samples(&ensemble, &gram, 64, 1, Workers::default()).expect("a Gram matrix").len());
}

#[divan::bench(sample_count = 3, args = [0, 1, 2, 3])]
fn jacobian_of_width_500_and_depth_100(bencher: Bencher<'_, '_>, scheme: usize) {
    let ensemble = ensemble("500x101", [Scheme::He, Scheme::Orthogonal, Scheme::Gsm, Scheme::GsmOrthogonal][scheme].clone());
    bencher.bench_local(|| jacobians(&ensemble, 1.0, 1, 1, Workers::default()).len());
}

#[divan::bench(sample_count = 3)]
fn orthogonal_weights(bencher: Bencher<'_, '_>) {
    let ensemble = ensemble("100x101", Scheme::GsmOrthogonal);
    bencher.bench_local(|| draw_network(&ensemble, 1).len());
}
