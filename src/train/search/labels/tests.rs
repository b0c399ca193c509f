//! Random degenerate instances of the 0-1 loss, against enumeration, with certificates for the checker.

use super::super::Search;
use crate::exact::{Integer, Rational};
use crate::instance::json::instance_to_json;
use crate::instance::{Activation, Architecture, Data, Instance, Loss};
use crate::train::enumerate::Enumerate;
use crate::train::{Control, Outcome, Status, Trainer};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use relus_check::check_files;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

fn q(value: i64) -> Rational {
    Rational::from(Integer::from(value))
}

/// Small numbers, so that equal points, collinear points, ties and constant columns are common.
fn random_instance(rng: &mut ChaCha8Rng, activation: Activation, width: usize, most: usize) -> Instance {
    let (n, d) = (rng.random_range(1..=most), rng.random_range(0..4));
    let range = rng.random_range(1..4);
    let points = (0..n).map(|_| (0..d).map(|_| q(rng.random_range(-range..=range))).collect()).collect();
    let targets = (0..n).map(|_| q(rng.random_range(0..2))).collect();
    let architecture = Architecture { activation, width, output_bias: rng.random_range(0..2) == 0, convex: false, affine: false };
    Instance { data: Data::new(points, targets).unwrap(), architecture, loss: Loss::ZeroOne, target_error: None }
}

fn optimum(instance: &Instance) -> Rational {
    let outcome: Outcome = Enumerate::default().train(instance, &Control::default()).unwrap();
    outcome.incumbent.unwrap().loss
}

/// Trains with a certificate, has it checked, and returns the loss.
fn certified(instance: &Instance, folder: &Path) -> Rational {
    let (data, file) = (folder.join("instance.json"), folder.join("proof"));
    let search = Search { starts: 0, certificate: Some(file.clone()), ..Search::default() };
    let outcome = search.train(instance, &Control::default()).unwrap();
    assert_eq!(outcome.status, Status::Optimal, "{instance:?}");
    fs::write(&data, instance_to_json(instance)).unwrap();
    let checked = check_files(&file, &data).unwrap_or_else(|error| panic!("{error}: {instance:?}"));
    let loss = outcome.incumbent.unwrap().loss;
    assert!(checked.minimum_is_proven() && *checked.proven_bound() == loss, "{instance:?}");
    loss
}

fn minima(seed: u64, cases: usize, most: [usize; 4]) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..cases {
        for activation in [Activation::Relu, Activation::Threshold] {
            for (width, &most) in most.iter().enumerate() {
                let instance = random_instance(&mut rng, activation, width, most);
                assert_eq!(certified(&instance, folder.path()), optimum(&instance), "{instance:?}");
            }
        }
    }
}

/// Origin of the minima: enumeration.
#[test]
fn random_minima_are_found_and_certified() {
    minima(1, 40, [6, 10, 7, 5]);
}

/// Threads, a checkpoint in between, and targets change nothing in the answer. Origin of the minima: enumeration.
#[test]
fn ways_to_the_same_minimum() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let folder = tempfile::tempdir().unwrap();
    let (checkpoint, proof, data) = (folder.path().join("checkpoint"), folder.path().join("proof"), folder.path().join("data.json"));
    for case in 0..12 {
        let activation = if case % 2 == 0 { Activation::Relu } else { Activation::Threshold };
        let mut instance = random_instance(&mut rng, activation, 2, 8);
        let least = optimum(&instance);
        for (deterministic, threads) in [(false, 3), (true, 2)] {
            let outcome =
                Search { starts: 0, deterministic, ..Search::default() }.train(&instance, &Control::default().with_threads(threads)).unwrap();
            assert_eq!((outcome.status, outcome.incumbent.unwrap().loss), (Status::Optimal, least.clone()));
        }
        // Stopped at once, and gone on with.
        let stop = Arc::new(AtomicBool::new(true));
        let first = Search { starts: 0, certificate: Some(proof.clone()), checkpoint: Some(checkpoint.clone()), ..Search::default() };
        let stopped = first.train(&instance, &Control::default().with_stop_flag(stop)).unwrap();
        if !stopped.status.is_decided() {
            let second = Search { resume: Some(checkpoint.clone()), ..first.clone() };
            let outcome = second.train(&instance, &Control::default()).unwrap();
            assert_eq!((outcome.status, outcome.incumbent.unwrap().loss), (Status::Optimal, least.clone()));
            fs::write(&data, instance_to_json(&instance)).unwrap();
            assert!(check_files(&proof, &data).unwrap().minimum_is_proven());
        }
        for (target, status) in [(least.clone(), Status::Realizable), (&least - Rational::ONE, Status::NotRealizable)] {
            if target < Rational::ZERO {
                continue;
            }
            instance.target_error = Some(target);
            let search = Search { starts: 0, certificate: Some(proof.clone()), ..Search::default() };
            assert_eq!(search.train(&instance, &Control::default()).unwrap().status, status, "{instance:?}");
            fs::write(&data, instance_to_json(&instance)).unwrap();
            let checked = check_files(&proof, &data).unwrap();
            assert!(status == Status::Realizable || *checked.proven_bound() >= least);
        }
    }
}
