//! The question whether the error can be 0: bends, exact programs and mirrored neurons against the enumeration.

use super::certificates::certified;
use super::draw::Size;
use super::{enumerated, instances, run, search};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use relus::exact::Rational;
use relus::instance::{Activation, Architecture, Data, Instance, Loss};
use relus::train::search::Search;
use relus::train::{Control, Status};

/// The same points with few different targets, for the question whether the error can be 0.
fn question(instance: &Instance, random: &mut ChaCha8Rng) -> Instance {
    let radius = random.random_range(0..3i64);
    let plain: Vec<Rational> = instance.data.targets().iter().map(|_| Rational::from(random.random_range(-radius..=radius))).collect();
    let targets = if random.random_bool(0.5) { plain } else { instance.data.targets().to_vec() };
    let data = Data::new(instance.data.points().to_vec(), targets).unwrap();
    Instance { data, target_error: Some(Rational::ZERO), ..instance.clone() }
}

/// Points of one or two lines, so that there are bends: on few of them a network fits.
fn on_lines(random: &mut ChaCha8Rng) -> Instance {
    let n = random.random_range(3..7i64);
    let planar = random.random_bool(0.5);
    let point = |i: i64| {
        let x = Rational::from(i - 2);
        if planar { if i % 2 == 0 { vec![x, Rational::ONE] } else { vec![Rational::ZERO, x] } } else { vec![x] }
    };
    let points: Vec<Vec<Rational>> = (0..n).map(point).collect();
    let targets = points.iter().map(|_| Rational::from(random.random_range(0..3))).collect();
    let activation = if random.random_bool(0.7) { Activation::Relu } else { Activation::Threshold };
    let architecture =
        Architecture { activation, width: random.random_range(1..4), output_bias: random.random_bool(0.3), convex: false, affine: false };
    let loss = [Loss::L2, Loss::L1, Loss::Linf][random.random_range(0..3)];
    Instance { data: Data::new(points, targets).unwrap(), architecture, loss, target_error: Some(Rational::ZERO) }
}

/// All ways to ask give the enumeration's answer, and certificates are accepted. Counts the answers.
fn decide(instance: &Instance, random: &mut ChaCha8Rng, answers: &mut [usize; 2]) {
    let minimum = enumerated(&Instance { target_error: None, ..instance.clone() });
    let expected = if minimum.is_zero() { Status::Realizable } else { Status::NotRealizable };
    answers[usize::from(minimum.is_zero())] += 1;
    let control = Control::default().with_threads(random.random_range(1..3));
    // Without a first network the search must find one itself.
    let own = || Search { starts: 0, ..Search::default() };
    assert_eq!(certified(instance, own(), &control).status, expected, "{instance:?}");
    let other = Search { deterministic: true, audit: true, ..search(random) };
    assert_eq!(run(&other, instance, &control).status, expected, "{instance:?}");
}

fn questions(first: u64, count: u64) {
    let mut answers = [0; 2];
    for (instance, mut random) in instances(Size::Small, first, count) {
        let instance = question(&instance, &mut random);
        decide(&instance, &mut random, &mut answers);
    }
    for seed in first..first + count {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let instance = on_lines(&mut random);
        decide(&instance, &mut random, &mut answers);
    }
    assert!(answers.iter().all(|&answers| answers as u64 > count / 4), "both answers occur: {answers:?}");
}

#[test]
fn the_answer_is_that_of_the_enumeration() {
    questions(60_000, 150);
}

#[test]
#[ignore = "minutes: cargo test --release --test search -- --ignored"]
fn the_answer_is_that_of_the_enumeration_long() {
    questions(70_000, 6_000);
}
