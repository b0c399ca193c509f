//! Convex maps and networks with an affine function: the search and its certificates against the definition, enumeration, and what else is known of these classes.
//!
//! The seeded loops run a part of the cases by default. The long version, some minutes on one core:
//!
//! ```text
//! cargo test --release --test convex -- --ignored
//! ```

#[path = "../search/draw.rs"]
mod draw;
mod files;
mod line;
mod metamorphic;
#[expect(dead_code, reason = "shared with other tests, which need more of it")]
#[path = "../support/plain.rs"]
mod plain;
#[path = "../support/mod.rs"]
mod support;

use draw::Size;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use relus::exact::Rational;
use relus::instance::json::instance_to_json;
use relus::instance::{Activation, Instance, Loss};
use relus::train::enumerate::Enumerate;
use relus::train::local::Local;
use relus::train::search::Search;
use relus::train::{Control, Outcome, Status, Trainer};

/// A random instance, degenerate in some way, of one of the classes `convex`, `affine` or both, or of neither.
fn instance(random: &mut ChaCha8Rng, size: Size) -> Instance {
    let mut instance = draw::instance(random, size);
    instance.architecture.activation = Activation::Relu;
    (instance.architecture.convex, instance.architecture.affine) = [(true, false), (true, true), (false, true)][random.random_range(0..3)];
    instance
}

/// Searches with a certificate under the audit, lets it be checked, and compares what is proven.
fn certified(instance: &Instance, search: Search, control: &Control<'_>) -> Outcome {
    let directory = tempfile::tempdir().unwrap();
    let [data, certificate] = ["instance.json", "certificate"].map(|name| directory.path().join(name));
    std::fs::write(&data, instance_to_json(instance)).unwrap();
    let outcome = Search { certificate: Some(certificate.clone()), ..search }.train(instance, control).unwrap();
    plain::check_outcome(instance, control, &outcome);
    let claim = relus_check::check_files(&certificate, &data).unwrap_or_else(|error| panic!("{error}: {}", instance_to_json(instance)));
    assert_eq!(claim.loss, outcome.incumbent.as_ref().map(|incumbent| incumbent.loss.clone()), "{instance:?}");
    assert!(claim.minimum_is_proven() || outcome.status != Status::Optimal, "{outcome:?} of {instance:?}");
    assert!(*claim.proven_bound() >= outcome.lower_bound, "{outcome:?} of {instance:?}");
    assert!(claim.target_is_refuted() || outcome.status != Status::NotRealizable, "{outcome:?} of {instance:?}");
    outcome
}

fn search(random: &mut ChaCha8Rng) -> Search {
    Search { starts: if random.random_bool(0.5) { 0 } else { 2 }, audit: random.random_bool(0.5), ..Search::default() }
}

/// The minimum by the search, with a certificate or without.
fn searched(instance: &Instance, random: &mut ChaCha8Rng) -> Rational {
    let outcome = if random.random_bool(0.5) {
        certified(instance, search(random), &Control::default())
    } else {
        let outcome = search(random).train(instance, &Control::default()).unwrap();
        plain::check_outcome(instance, &Control::default(), &outcome);
        outcome
    };
    assert_eq!(outcome.status, Status::Optimal, "{}", instance_to_json(instance));
    outcome.lower_bound
}

/// The questions around a known minimum get the right answers, with certificates that are accepted.
fn decide(instance: &Instance, minimum: &Rational, random: &mut ChaCha8Rng) {
    let below = minimum * Rational::from_parts(99.into(), 100u32.into());
    let targets = [(minimum.clone(), Status::Realizable), (below, Status::NotRealizable), (Rational::ZERO, Status::NotRealizable)];
    for (target, status) in targets {
        let status = if *minimum <= target { Status::Realizable } else { status };
        let decision = Instance { target_error: Some(target), ..instance.clone() };
        assert_eq!(certified(&decision, search(random), &Control::default()).status, status, "{}", instance_to_json(&decision));
    }
}

fn against_the_definition(size: Size, first: u64, count: u64) {
    for seed in first..first + count {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let instance = instance(&mut random, size);
        let minimum = support::minimum(&instance);
        assert_eq!(searched(&instance, &mut random), minimum, "{}", instance_to_json(&instance));
        decide(&instance, &minimum, &mut random);
        let local = Local::default().train(&instance, &Control::default()).unwrap();
        assert!(plain::check_outcome(&instance, &Control::default(), &local) >= minimum);
        if !instance.architecture.affine {
            let enumerated = Enumerate::default().train(&instance, &Control::default()).unwrap();
            assert_eq!((enumerated.status, enumerated.lower_bound), (Status::Optimal, minimum), "{}", instance_to_json(&instance));
        }
    }
}

/// Origin: the definition, run literally: every tuple of patterns with all signs +, or all signs, one exact program each.
#[test]
fn the_minimum_is_that_of_the_definition() {
    against_the_definition(Size::Tiny, 0, 400);
}

#[test]
#[ignore = "some minutes: cargo test --release --test convex -- --ignored"]
fn many_minima_are_those_of_the_definition() {
    against_the_definition(Size::Tiny, 10_000, 6000);
}

fn against_enumeration(size: Size, first: u64, count: u64) {
    for seed in first..first + count {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut instance = instance(&mut random, size);
        (instance.architecture.convex, instance.architecture.affine) = (true, false);
        let enumerated = Enumerate::default().train(&instance, &Control::default()).unwrap();
        assert_eq!(enumerated.status, Status::Optimal);
        assert_eq!(searched(&instance, &mut random), enumerated.lower_bound, "{}", instance_to_json(&instance));
    }
}

/// Origin: enumeration, which agrees with the definition on smaller data.
#[test]
fn convex_maps_by_search_and_enumeration() {
    against_enumeration(Size::Small, 20_000, 300);
    against_enumeration(Size::Medium, 21_000, 8);
}

#[test]
#[ignore = "some minutes: cargo test --release --test convex -- --ignored"]
fn many_convex_maps_by_search_and_enumeration() {
    against_enumeration(Size::Small, 30_000, 4000);
    against_enumeration(Size::Medium, 40_000, 200);
}

/// Origin: enumeration for errors of convex maps, and for both classes the definition.
#[test]
fn convex_maps_of_fewest_errors() {
    for seed in 50_000..50_150 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut instance = instance(&mut random, Size::Tiny);
        (instance.loss, instance.architecture.affine) = (Loss::ZeroOne, false);
        let minimum = support::minimum(&instance);
        let enumerated = Enumerate::default().train(&instance, &Control::default()).unwrap();
        assert_eq!((enumerated.status, &enumerated.lower_bound), (Status::Optimal, &minimum), "{}", instance_to_json(&instance));
        assert_eq!(searched(&instance, &mut random), minimum, "{}", instance_to_json(&instance));
    }
}
