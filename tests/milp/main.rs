//! The MILP method against brute force, and its files against an independent reader.

mod brute;
mod files;

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use relus::exact::{Integer, Rational, parse_rational};
use relus::instance::{Activation, Architecture, Data, Instance, Loss};
use relus::train::milp::{Milp, MilpSolver};
use relus::train::{Control, Outcome, Status, StopReason, TrainError, Trainer};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

fn q(text: &str) -> Rational {
    parse_rational(text).unwrap()
}

fn instance(points: &[&[i32]], targets: &[&str], activation: Activation, width: usize, output_bias: bool, loss: Loss) -> Instance {
    let points = points.iter().map(|x| x.iter().map(|&v| Rational::from(v)).collect()).collect();
    let data = Data::new(points, targets.iter().map(|y| q(y)).collect()).unwrap();
    Instance { data, architecture: Architecture { activation, width, output_bias }, loss, target_error: None }
}

/// Small data of one of several kinds: general, on a grid with duplicates, collinear, with a constant column, with few target values.
fn random_instance(rng: &mut impl Rng, n: usize, d: usize, architecture: Architecture, loss: Loss) -> Instance {
    let kind = rng.random_range(0..5);
    let reach = if kind == 1 { 1 } else { 4 };
    let mut points: Vec<Vec<i32>> = (0..n).map(|_| (0..d).map(|_| rng.random_range(-reach..=reach)).collect()).collect();
    for point in &mut points {
        if kind == 2 && d > 1 {
            point[1] = 2 * point[0] - 1;
        }
        if kind == 3 && d > 1 {
            point[0] = 7;
        }
    }
    let denominator = Rational::from(rng.random_range(1..=3));
    let targets = (0..n)
        .map(|_| match loss {
            Loss::ZeroOne => Rational::from(rng.random_range(0..2)),
            _ => Rational::from(if kind == 4 { rng.random_range(-1..=1) } else { rng.random_range(-5..=5) }) / &denominator,
        })
        .collect();
    let points = points.into_iter().map(|x| x.into_iter().map(Rational::from).collect()).collect();
    Instance { data: Data::new(points, targets).unwrap(), architecture, loss, target_error: None }
}

const LOSSES: [Loss; 3] = [Loss::L1, Loss::Linf, Loss::ZeroOne];

/// What may be said of any outcome, given the true minimum.
fn check_honest(instance: &Instance, outcome: &Outcome, minimum: &Rational) {
    let incumbent = outcome.incumbent.as_ref().expect("a network is always returned");
    assert_eq!(incumbent.network.loss(&instance.data, instance.loss).unwrap(), incumbent.loss);
    assert_eq!(incumbent.network.neurons.len(), instance.architecture.width);
    if instance.architecture.activation == Activation::Relu {
        assert!(incumbent.network.neurons.iter().all(|n| n.a == Rational::ONE || n.a == -Rational::ONE));
    }
    assert!(instance.architecture.output_bias || incumbent.network.output_bias == Rational::ZERO);
    assert!(incumbent.loss >= *minimum, "brute force missed {incumbent:?} of {instance:?}");
    assert!(outcome.lower_bound <= *minimum, "false lower bound: {outcome:?} of {instance:?}");
    if outcome.status == Status::Optimal {
        assert_eq!(incumbent.loss, *minimum);
        assert_eq!(outcome.lower_bound, *minimum);
    }
    if outcome.status == Status::WithinGap {
        assert!(outcome.notes.iter().any(|note| note.contains("float tolerance")), "{outcome:?}");
    }
}

/// Origin of the expected values: brute force over all vertices of all cells, a different algorithm. The exact minimum must come out, not an approximation.
fn against_brute_force(solver: MilpSolver, activation: Activation, cases: &[(usize, usize, usize, bool, usize)], seed: u64) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut proven = 0;
    let mut total = 0;
    for &(n, d, width, output_bias, count) in cases {
        for loss in LOSSES {
            for _ in 0..count {
                let instance = random_instance(&mut rng, n, d, Architecture { activation, width, output_bias }, loss);
                let minimum = brute::minimum(&instance);
                let outcome = Milp { solver, weight_bound: None }.train(&instance, &Control::default()).unwrap();
                check_honest(&instance, &outcome, &minimum);
                assert_eq!(outcome.incumbent.as_ref().unwrap().loss, minimum, "{instance:?} {outcome:?}");
                assert!(matches!(outcome.status, Status::Optimal | Status::WithinGap), "{instance:?} {outcome:?}");
                total += 1;
                proven += usize::from(outcome.status == Status::Optimal);
            }
        }
    }
    assert!(proven > 0 && proven < total, "both statuses should occur: {proven} of {total}");
}

/// (points, dimension, width, output bias, instances a loss)
const RELU_CASES: [(usize, usize, usize, bool, usize); 6] =
    [(4, 1, 1, false, 40), (6, 1, 1, true, 20), (5, 2, 1, false, 30), (5, 2, 1, true, 6), (4, 1, 2, false, 2), (5, 0, 1, true, 4)];
const THRESHOLD_CASES: [(usize, usize, usize, bool, usize); 6] =
    [(4, 1, 1, false, 40), (5, 1, 1, true, 40), (5, 2, 1, true, 20), (5, 1, 2, false, 20), (5, 2, 2, true, 4), (3, 0, 2, true, 4)];

#[test]
fn microlp_finds_the_minimum_of_relu_networks() {
    against_brute_force(MilpSolver::Microlp, Activation::Relu, &RELU_CASES, 1);
}

#[test]
fn microlp_finds_the_minimum_of_threshold_networks() {
    against_brute_force(MilpSolver::Microlp, Activation::Threshold, &THRESHOLD_CASES, 2);
}

#[cfg(feature = "highs")]
#[test]
fn highs_finds_the_minimum_of_relu_networks() {
    against_brute_force(MilpSolver::Highs, Activation::Relu, &RELU_CASES, 3);
}

#[cfg(feature = "highs")]
#[test]
fn highs_finds_the_minimum_of_threshold_networks() {
    against_brute_force(MilpSolver::Highs, Activation::Threshold, &THRESHOLD_CASES, 4);
}
