//! The independent checker accepts what the search writes, and proves with it what the search says.

use super::draw::Size;
use super::{instances, run, search};
use rand::RngExt;
use relus::exact::Rational;
use relus::instance::Instance;
use relus::instance::json::instance_to_json;
use relus::train::search::Search;
use relus::train::{Control, Outcome, Status};
use std::time::Duration;

/// Searches with a certificate, lets it be checked, and compares what is proven.
pub(super) fn certified(instance: &Instance, search: Search, control: &Control<'_>) -> Outcome {
    let directory = tempfile::tempdir().unwrap();
    let [data, certificate] = ["instance.json", "certificate"].map(|name| directory.path().join(name));
    std::fs::write(&data, instance_to_json(instance)).unwrap();
    let outcome = run(&Search { certificate: Some(certificate.clone()), ..search }, instance, control);
    let claim = relus_check::check_files(&certificate, &data).unwrap_or_else(|error| panic!("{error}: {instance:?}"));
    assert_eq!(claim.loss, outcome.incumbent.as_ref().map(|incumbent| incumbent.loss.clone()), "{instance:?}");
    // The leaves may prove more than was needed.
    assert!(claim.minimum_is_proven() || outcome.status != Status::Optimal, "{outcome:?} of {instance:?}");
    assert!(*claim.proven_bound() >= outcome.lower_bound, "{outcome:?} of {instance:?}");
    assert!(claim.target_is_refuted() || outcome.status != Status::NotRealizable, "{outcome:?} of {instance:?}");
    let written = std::fs::metadata(&certificate).unwrap().len();
    assert_eq!(outcome.statistics.get("certificate bytes"), Some(written));
    outcome
}

fn all_ways(size: Size, first: u64, count: u64) {
    for (instance, mut random) in instances(size, first, count) {
        let threads = random.random_range(1..3);
        let control = Control::default().with_threads(threads);
        let minimum = certified(&instance, search(&mut random), &control).lower_bound;
        match random.random_range(0..4) {
            0 => {
                let gap = control.clone().with_gap(Rational::from_parts(1.into(), 4u32.into()));
                assert!(certified(&instance, search(&mut random), &gap).lower_bound <= minimum);
            }
            1 => {
                let step = Rational::from_parts(1.into(), 100u32.into());
                for (target, status) in [(minimum.clone(), Status::Realizable), (&minimum - &step, Status::NotRealizable)] {
                    let decision = Instance { target_error: Some(target), ..instance.clone() };
                    assert_eq!(certified(&decision, search(&mut random), &control).status, status, "{decision:?}");
                }
            }
            2 => {
                let limit = Duration::from_micros(random.random_range(0..3000));
                assert!(certified(&instance, search(&mut random), &control.clone().with_time_limit(limit)).lower_bound <= minimum);
            }
            _ => {}
        }
    }
}

#[test]
fn certificates_are_accepted() {
    all_ways(Size::Small, 40_000, 200);
}

#[test]
fn certificates_of_larger_trees_are_accepted() {
    all_ways(Size::Medium, 50_000, 6);
}

/// Stopped from outside in the midst of a tree of thousands of nodes: what was proven until then is a bound, and the checker accepts it.
#[test]
fn stopped_searches_prove_bounds() {
    let source = relus::instance::Source::read(std::path::Path::new("instances/noisy/syn-d2-k3-n60-noise50-s1.json")).unwrap();
    let instance = relus::instance::json::read_instance(&source).unwrap();
    for (threads, deterministic) in [(1, false), (2, true)] {
        let control = Control::default().with_threads(threads).with_time_limit(Duration::from_millis(300));
        let outcome = certified(&instance, Search { deterministic, ..Search::default() }, &control);
        assert_eq!(outcome.status, Status::TimeLimit);
    }
}

#[test]
#[ignore = "minutes to an hour: cargo test --release --test search -- --ignored"]
fn many_certificates() {
    all_ways(Size::Small, 3_000_000, 5000);
    all_ways(Size::Medium, 4_000_000, 500);
}
