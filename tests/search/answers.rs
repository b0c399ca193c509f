//! Search = enumeration = definition.

use super::draw::Size;
use super::{enumerated, instances, run, search, support};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use relus::exact::Rational;
use relus::instance::Instance;
use relus::train::search::Search;
use relus::train::{Control, Status};

/// The minimum by the search, in one of its ways of working.
fn minimum(instance: &Instance, expected: &Rational, random: &mut ChaCha8Rng) {
    let way = random.random_range(0..5);
    let search = Search { audit: way < 3, max_open: if way == 3 { 1 } else { 1_000_000 }, ..search(random) };
    let outcome = run(&search, instance, &Control::default());
    assert_eq!(outcome.status, Status::Optimal, "{outcome:?} of {instance:?}");
    assert_eq!(outcome.lower_bound, *expected, "{instance:?}");
}

/// The decision problem at, around and far from the minimum.
fn decisions(instance: &Instance, minimum: &Rational, random: &mut ChaCha8Rng) {
    let step = [Rational::from_parts(1.into(), 1000u32.into()), Rational::from_parts(1.into(), 10u32.into()).pow(30), Rational::from(5)];
    let step = &step[random.random_range(0..3)];
    for target in [minimum.clone(), minimum + step, minimum - step] {
        let status = if target < *minimum { Status::NotRealizable } else { Status::Realizable };
        let decision = Instance { target_error: Some(target), ..instance.clone() };
        let outcome = run(&Search { audit: random.random_bool(0.3), ..search(random) }, &decision, &Control::default());
        assert_eq!(outcome.status, status, "{outcome:?} of {decision:?}");
        assert!(outcome.lower_bound <= *minimum, "{outcome:?} of {decision:?}");
    }
}

/// A gap that is asked for is kept, and the bound is one.
fn gaps(instance: &Instance, minimum: &Rational, random: &mut ChaCha8Rng) {
    let gap = [1u32, 10, 50, 100, 150][random.random_range(0..5)];
    let control = Control::default().with_gap(Rational::from_parts(gap.into(), 100u32.into()));
    let outcome = run(&Search { audit: random.random_bool(0.3), ..search(random) }, instance, &control);
    assert!(matches!(outcome.status, Status::Optimal | Status::WithinGap), "{outcome:?} of {instance:?}");
    assert!(outcome.lower_bound <= *minimum, "{outcome:?} of {instance:?}");
}

fn compare(size: Size, first: u64, count: u64, definition: bool) {
    for (instance, mut random) in instances(size, first, count) {
        let expected = if definition { support::minimum(&instance) } else { enumerated(&instance) };
        minimum(&instance, &expected, &mut random);
        match random.random_range(0..3) {
            0 => decisions(&instance, &expected, &mut random),
            1 => gaps(&instance, &expected, &mut random),
            _ => {}
        }
    }
}

#[test]
fn tiny_problems_by_definition() {
    compare(Size::Tiny, 0, 200, true);
}

#[test]
fn small_problems_by_enumeration() {
    compare(Size::Small, 10_000, 500, false);
}

#[test]
#[ignore = "minutes to an hour: cargo test --release --test search -- --ignored"]
fn many_problems() {
    let scale = std::env::var("CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(10_000);
    let first = std::env::var("FIRST").ok().and_then(|first| first.parse().ok()).unwrap_or(100_000);
    compare(Size::Tiny, first, scale, true);
    compare(Size::Small, first + 1_000_000, scale, false);
    compare(Size::Medium, first + 2_000_000, scale / 10, false);
}
