//! The algorithm for convex maps against the definition, the search and the independent checker, on random and degenerate data.
//!
//! The long version, some minutes: `cargo test --release --test fixed_parameter -- --ignored`

mod brute;
mod draw;

use relus::exact::Rational;
use relus::instance::Instance;
use relus::instance::json::instance_to_json;
use relus::network::json::network_to_json;
use relus::train::convex::Convex;
use relus::train::search::Search;
use relus::train::{Control, Outcome, Status, Trainer};
use std::collections::BTreeMap;

/// Runs the method with an audit and a certificate, has the certificate checked, and checks what the outcome says about itself.
fn certified(instance: &Instance, control: &Control<'_>) -> Outcome {
    let shown = || instance_to_json(instance);
    let directory = tempfile::tempdir().unwrap();
    let [data, certificate, network] = ["instance.json", "certificate", "network"].map(|name| directory.path().join(name));
    std::fs::write(&data, shown()).unwrap();
    let outcome = Convex { certificate: Some(certificate.clone()), audit: true, ..Convex::default() }.train(instance, control).unwrap();
    let claim = relus_check::check_files(&certificate, &data).unwrap_or_else(|error| panic!("{error}: {}", shown()));
    let incumbent = outcome.incumbent.as_ref().expect("there is always a network");
    std::fs::write(network, network_to_json(&incumbent.network)).unwrap();
    assert_eq!(claim.loss.as_ref(), Some(&incumbent.loss), "{}", shown());
    assert!(*claim.proven_bound() >= outcome.lower_bound, "{}", shown());
    assert_eq!(claim.target_is_refuted(), outcome.status == Status::NotRealizable, "{}", shown());
    assert_eq!(incumbent.loss.is_zero(), outcome.status == Status::Realizable, "{}", shown());
    let neurons = instance.architecture.width + if instance.architecture.affine { 2 } else { 0 };
    assert!(incumbent.network.neurons.len() <= neurons, "{}", shown());
    let [depth, bound] = ["depth", "depth bound"].map(|name| outcome.statistics.get(name).unwrap());
    assert!(depth <= bound, "the theorem's bound on the depth: {}", shown());
    outcome
}

/// The answers of the method, the definition and the search.
fn decide(instance: &Instance, counts: &mut BTreeMap<(bool, bool), usize>) {
    let outcome = certified(instance, &Control::default());
    let expected = brute::fits(instance);
    let status = if expected { Status::Realizable } else { Status::NotRealizable };
    assert_eq!(outcome.status, status, "{}", instance_to_json(instance));
    let searched = Search::default().train(instance, &Control::default()).unwrap();
    assert_eq!(searched.status, status, "search: {}", instance_to_json(instance));
    *counts.entry((expected, outcome.statistics.get("nodes").unwrap() > 1)).or_default() += 1;
}

fn decide_many(first: u64, count: u64) {
    let mut counts = BTreeMap::new();
    for seed in first..first + count {
        decide(&draw::instance(seed), &mut counts);
    }
    // Fitting ones and others, with and without a branch.
    for key in [(true, false), (false, false), (false, true)] {
        assert!(counts.get(&key).is_some_and(|&seen| seen as u64 > count / 50), "{counts:?}");
    }
}

/// Origin: one exact linear program for each tuple of activation patterns, and the search.
#[test]
fn the_answer_is_that_of_the_definition() {
    decide_many(0, 600);
}

#[test]
#[ignore = "minutes: cargo test --release --test fixed_parameter -- --ignored"]
fn the_answer_is_that_of_the_definition_long() {
    decide_many(100_000, 12_000);
}

/// Origin: the planted map fits; the moved ones are refuted by the checker.
#[test]
fn planted_maps_are_found_and_moved_ones_refuted() {
    for (dimension, width, affine) in [(1, 3, false), (2, 2, false), (2, 2, true), (3, 2, false), (1, 4, true), (3, 1, true)] {
        for seed in 0..4 {
            let settings =
                relus::generate::PlantedConvex { dimension, width, affine, points: 40, decimals: 2, perturbation: Rational::ZERO, moved: 2, seed };
            let planted = settings.draw().unwrap().instance;
            assert_eq!(certified(&planted, &Control::default()).status, Status::Realizable);
            let moved = relus::generate::PlantedConvex { perturbation: Rational::from(1) / Rational::from(50), ..settings }.draw().unwrap().instance;
            assert_eq!(certified(&moved, &Control::default()).status, Status::NotRealizable);
        }
    }
}

/// A limit ends the run with a bound that holds and a certificate that is accepted.
#[test]
fn stopped_runs_say_so() {
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
    let control = Control::default().with_stop_flag(stop);
    let settings = relus::generate::PlantedConvex {
        dimension: 2,
        width: 3,
        affine: false,
        points: 30,
        decimals: 2,
        perturbation: Rational::from(1),
        moved: 2,
        seed: 0,
    };
    let outcome = certified(&settings.draw().unwrap().instance, &control);
    assert_eq!((outcome.status, outcome.lower_bound), (Status::Interrupted, Rational::ZERO));
}

/// So many sets of neurons that a single branch takes forever: the limit is honoured.
#[test]
fn wide_networks_keep_to_the_time() {
    let settings = relus::generate::PlantedConvex {
        dimension: 2,
        width: 40,
        affine: false,
        points: 30,
        decimals: 2,
        perturbation: Rational::from(1),
        moved: 15,
        seed: 0,
    };
    let control = Control::default().with_time_limit(std::time::Duration::from_millis(300));
    let _ = certified(&settings.draw().unwrap().instance, &control);
}
