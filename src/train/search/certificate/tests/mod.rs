//! A slow and simple search in exact arithmetic writes certificates; the checker must accept them with the minimum that enumeration finds.
//!
//! Here a node is bounded by the exact convex program whose dual the certificate is: for each neuron the weights `w_j = Σ λ_r r` and a value `h_js` at
//! each undecided site, `max(0, x̃_s·w_j) ≤ h_js ≤ Σ λ_r max(0, x̃_s·r)`.

mod bounds;
mod files;
mod lemma;
mod producer;
mod program;

use super::Claim;
use crate::exact::{Integer, Rational};
use crate::instance::json::instance_to_json;
use crate::instance::{Activation, Architecture, Data, Instance, Loss};
use crate::train::enumerate::Enumerate;
use crate::train::search::Model;
use crate::train::{Control, Incumbent, Outcome, Trainer};
use producer::Producer;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use relus_check::{Claim as Checked, check_files};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

fn q(value: i64) -> Rational {
    Rational::from(Integer::from(value))
}

fn positive(value: &Integer) -> Integer {
    if *value > Integer::ZERO { value.clone() } else { Integer::ZERO }
}

/// Small numbers, so that equal points, collinear points and ties are common.
fn random_instance(rng: &mut ChaCha8Rng, activation: Activation, loss: Loss, width: usize) -> Instance {
    let (n, d) = (rng.random_range(1..6usize), rng.random_range(0..3));
    // In some cases beyond 128 bits.
    let unit = if rng.random_range(0..5) == 0 { q(i64::MAX).sqr() } else { q(1) };
    let points = (0..n).map(|_| (0..d).map(|_| q(rng.random_range(-2..3)) * &unit + q(rng.random_range(0..2))).collect()).collect();
    let targets = (0..n).map(|_| if loss == Loss::ZeroOne { q(rng.random_range(0..2)) } else { q(rng.random_range(-3..4)) / q(2) }).collect();
    let architecture = Architecture { activation, width, output_bias: rng.random_range(0..3) == 0, convex: false, affine: false };
    Instance { data: Data::new(points, targets).unwrap(), architecture, loss, target_error: None }
}

/// Points on a line, except for one in some cases.
fn bent_instance(rng: &mut ChaCha8Rng, loss: Loss, width: usize) -> Instance {
    let planar = rng.random_range(0..3) == 0;
    let count = 3 + 2 * width - usize::from(planar);
    let mut points: Vec<Vec<Rational>> = (0..count as i64).map(|i| if planar { vec![q(i * i), q(2 * i * i)] } else { vec![q(i * i)] }).collect();
    if planar {
        points.push(vec![q(1), q(rng.random_range(-1..2))]);
    }
    let targets = points.iter().map(|_| q(rng.random_range(-2..3))).collect();
    let architecture = Architecture { activation: Activation::Relu, width, output_bias: rng.random_range(0..3) == 0, convex: false, affine: false };
    Instance { data: Data::new(points, targets).unwrap(), architecture, loss, target_error: Some(Rational::ZERO) }
}

fn optimum(instance: &Instance) -> Incumbent {
    let outcome: Outcome = Enumerate::default().train(instance, &Control::default()).unwrap();
    assert_eq!(outcome.incumbent.as_ref().unwrap().loss, outcome.lower_bound);
    outcome.incumbent.unwrap()
}

fn check(folder: &Path, instance: &Instance, certificate: &[u8]) -> Checked {
    let (data, file) = (folder.join("instance.json"), folder.join("proof"));
    fs::write(&data, instance_to_json(instance)).unwrap();
    fs::write(&file, certificate).unwrap();
    check_files(&file, &data).unwrap_or_else(|error| panic!("{error}: {instance:?}"))
}

/// The minimum is certified, and so is a smaller bound by fewer nodes.
fn check_minimum(instance: &Instance, records: &mut BTreeMap<&'static str, usize>) {
    let folder = tempfile::tempdir().unwrap();
    let incumbent = optimum(instance);
    let model = Model::new(instance);
    for marks_only in [false, true].into_iter().take(if instance.loss == Loss::ZeroOne && instance.architecture.width < 2 { 2 } else { 1 }) {
        let mut producer = Producer::new(&model, incumbent.loss.clone(), false);
        producer.marks_only = marks_only;
        producer.run();
        producer.records.iter().for_each(|(record, count)| *records.entry(record).or_default() += count);
        let certificate = producer.writer.finish(Claim::Minimum, Some(&incumbent), None).unwrap();
        let claim = check(folder.path(), instance, &certificate);
        assert!(claim.minimum_is_proven() && *claim.proven_bound() == incumbent.loss, "{instance:?}");
    }
    let part = &incumbent.loss * Rational::from_parts(7.into(), 9u8.into());
    let mut producer = Producer::new(&model, part.clone(), false);
    producer.run();
    let certificate = producer.writer.finish(Claim::LowerBound, None, Some(&part)).unwrap();
    let claim = check(folder.path(), instance, &certificate);
    assert!(*claim.proven_bound() >= part && *claim.proven_bound() <= incumbent.loss);
}

/// Origin of the minima: enumeration.
#[test]
fn random_minima_are_certified() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let mut records = BTreeMap::new();
    for loss in [Loss::L2, Loss::L1, Loss::Linf, Loss::ZeroOne] {
        for activation in [Activation::Relu, Activation::Threshold] {
            for (width, cases) in [(0, 20), (1, 60), (2, 8)] {
                for _ in 0..cases {
                    check_minimum(&random_instance(&mut rng, activation, loss, width), &mut records);
                }
            }
        }
    }
    assert!(["leaf", "labels", "split", "point"].iter().all(|record| records.get(record).is_some_and(|&n| n > 50)), "{records:?}");
}

/// Origin: enumeration says that the minimum is not 0.
#[test]
fn triples_exclude_zero_error() {
    let mut rng = ChaCha8Rng::seed_from_u64(6);
    let folder = tempfile::tempdir().unwrap();
    let mut records: BTreeMap<&'static str, usize> = BTreeMap::new();
    for loss in [Loss::L2, Loss::L1, Loss::Linf] {
        for case in 0..60 {
            let instance = bent_instance(&mut rng, loss, 1 + usize::from(case % 6 == 0));
            if optimum(&Instance { target_error: None, ..instance.clone() }).loss.is_zero() {
                continue;
            }
            let model = Model::new(&instance);
            if !model.constant.is_zero() {
                // Equal points with different targets: elementary.
                continue;
            }
            let mut producer = Producer::new(&model, Rational::ZERO, true);
            producer.run();
            producer.records.iter().for_each(|(record, count)| *records.entry(record).or_default() += count);
            let certificate = producer.writer.finish(Claim::NotRealizable, None, None).unwrap();
            assert!(check(folder.path(), &instance, &certificate).target_is_refuted());
        }
    }
    assert!(["leaf", "triple", "count"].iter().all(|record| records.get(record).is_some_and(|&n| n > 20)), "{records:?}");
}
