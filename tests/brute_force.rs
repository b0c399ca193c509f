//! Every method against the definition: all activation patterns, all signs, one exact convex problem each (`support`).

mod support;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use relus::exact::Rational;
use relus::instance::{Activation, Instance, Loss};
use relus::train::enumerate::Enumerate;
use relus::train::local::Local;
use relus::train::{Control, Status, Trainer};
use support::{instance, minimum};

const LOSSES: [Loss; 4] = [Loss::L2, Loss::L1, Loss::Linf, Loss::ZeroOne];

/// Small integers, so that duplicates, collinear points and ties are common.
fn problem(points: std::ops::Range<usize>, dimension: std::ops::Range<usize>) -> impl Strategy<Value = (Vec<Vec<i64>>, Vec<i64>)> {
    (points, dimension).prop_flat_map(|(n, d)| (prop::collection::vec(prop::collection::vec(-2i64..3, d), n), prop::collection::vec(-3i64..4, n)))
}

fn classes(targets: &[i64], loss: Loss) -> Vec<i64> {
    if loss == Loss::ZeroOne { targets.iter().map(|&y| i64::from(y > 0)).collect() } else { targets.to_vec() }
}

/// Enumeration attains the minimum and says so; local search does not go below it.
fn check(instance: &Instance, expected: &Rational) {
    let outcome = Enumerate::default().train(instance, &Control::default()).unwrap();
    let incumbent = outcome.incumbent.as_ref().unwrap();
    assert_eq!(outcome.status, Status::Optimal, "{instance:?}");
    assert_eq!(&incumbent.loss, expected, "{instance:?}");
    assert_eq!(&outcome.lower_bound, expected);
    assert_eq!(&incumbent.network.loss(&instance.data, instance.loss).unwrap(), expected);
    assert_eq!(incumbent.network.neurons.len().min(instance.architecture.width), incumbent.network.neurons.len());
    // With little memory, tuples are solved as they come.
    let frugal = Enumerate { max_survivors: 3, ..Enumerate::default() }.train(instance, &Control::default().with_threads(2)).unwrap();
    assert_eq!((frugal.status, &frugal.incumbent.unwrap().loss), (Status::Optimal, expected), "{instance:?}");
    // The decision problem just above, at and just below the minimum.
    let step = Rational::from_parts(1.into(), 1000u32.into());
    for (target, status) in
        [(expected + &step, Status::Realizable), (expected.clone(), Status::Realizable), (expected - &step, Status::NotRealizable)]
    {
        let decision = Instance { target_error: Some(target.clone()), ..instance.clone() };
        let outcome = Enumerate::default().train(&decision, &Control::default()).unwrap();
        assert_eq!(outcome.status, status, "{decision:?}");
        if status == Status::NotRealizable {
            assert!(outcome.lower_bound > target && outcome.lower_bound <= *expected);
        }
    }
    let local = Local::default().train(instance, &Control::default()).unwrap();
    assert!(local.incumbent.unwrap().loss >= *expected && local.lower_bound <= *expected);
}

macro_rules! against_brute_force {
    ($($name:ident: $cases:expr, $points:expr, $dimension:expr, $width:expr, $activation:expr;)*) => {
        $(proptest! {
            #![proptest_config(ProptestConfig { cases: $cases, rng_seed: RngSeed::Fixed(7), failure_persistence: None, ..ProptestConfig::default() })]
            #[test]
            fn $name((points, targets) in problem($points, $dimension), width in $width, output_bias in any::<bool>()) {
                for loss in LOSSES {
                    let instance = instance(&points, &classes(&targets, loss), $activation, width, output_bias, loss);
                    check(&instance, &minimum(&instance));
                }
            }
        })*
    };
}

against_brute_force! {
    relu_width_one: 1000, 1..6, 0..3, 0usize..2, Activation::Relu;
    relu_width_two: 120, 3..5, 1..3, 2usize..3, Activation::Relu;
    threshold_width_one: 1000, 1..6, 0..3, 0usize..2, Activation::Threshold;
    threshold_width_two: 300, 3..6, 1..3, 2usize..3, Activation::Threshold;
}
