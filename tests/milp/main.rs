//! The MILP method against brute force, and its files against an independent reader.

mod brute;
mod files;
mod hardness;

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use relus::exact::{Rational, parse_rational};
use relus::instance::{Activation, Architecture, Data, Instance, Loss};
use relus::train::milp::{Milp, MilpSolver};
use relus::train::{Control, Outcome, Status, TrainError, Trainer};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// The solvers that were built in.
fn solvers() -> Vec<MilpSolver> {
    if cfg!(feature = "highs") { vec![MilpSolver::Microlp, MilpSolver::Highs] } else { vec![MilpSolver::Microlp] }
}

fn q(text: &str) -> Rational {
    parse_rational(text).unwrap()
}

fn instance(points: &[&[i32]], targets: &[&str], activation: Activation, width: usize, output_bias: bool, loss: Loss) -> Instance {
    let points = points.iter().map(|x| x.iter().map(|&v| Rational::from(v)).collect()).collect();
    let data = Data::new(points, targets.iter().map(|y| q(y)).collect()).unwrap();
    Instance { data, architecture: Architecture { activation, width, output_bias, convex: false, affine: false }, loss, target_error: None }
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
    assert!(incumbent.network.neurons.len() <= instance.architecture.width);
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
fn against_brute_force(solver: MilpSolver, activation: Activation, cases: &[Case], seed: u64) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut proven = 0;
    let mut total = 0;
    for &(n, d, width, output_bias, count, maxima) in cases {
        for loss in LOSSES {
            for _ in 0..if loss == Loss::Linf { maxima } else { count } {
                let instance = random_instance(&mut rng, n, d, Architecture { activation, width, output_bias, convex: false, affine: false }, loss);
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

/// (points, dimension, width, output bias, instances for L1 and 0-1, instances for L∞)
type Case = (usize, usize, usize, bool, usize, usize);
const RELU_CASES: [Case; 6] = [
    (4, 1, 1, false, 60, 40),
    (6, 1, 1, true, 40, 4),
    (5, 2, 1, false, 40, 10),
    (5, 2, 1, true, 10, 0),
    (4, 1, 2, false, 6, 0),
    (5, 0, 1, true, 4, 4),
];
const THRESHOLD_CASES: [Case; 6] = [
    (4, 1, 1, false, 60, 60),
    (5, 1, 1, true, 60, 40),
    (5, 2, 1, true, 30, 10),
    (5, 1, 2, false, 30, 10),
    (5, 2, 2, true, 4, 1),
    (3, 0, 2, true, 4, 4),
];

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

/// Two neurons and the maximum: too many vertices for many instances.
#[test]
fn two_neurons_and_the_maximum_loss() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    for _ in 0..2 {
        let architecture = Architecture { activation: Activation::Relu, width: 2, output_bias: false, convex: false, affine: false };
        let instance = random_instance(&mut rng, 3, 1, architecture, Loss::Linf);
        let outcome = Milp::default().train(&instance, &Control::default()).unwrap();
        let minimum = brute::minimum(&instance);
        check_honest(&instance, &outcome, &minimum);
        assert_eq!(outcome.incumbent.unwrap().loss, minimum);
    }
}

#[test]
fn fractions_come_out_exactly() {
    // Origin: by hand. Two copies of a point with targets 1/3 and 1/2 force 1/6 in the sum and 1/12 in the maximum; one neuron attains both.
    let points: [&[i32]; 3] = [&[0], &[0], &[1]];
    for (loss, expected) in [(Loss::L1, "1/6"), (Loss::Linf, "1/12")] {
        for activation in [Activation::Relu, Activation::Threshold] {
            let instance = instance(&points, &["1/3", "1/2", "0"], activation, 1, false, loss);
            let outcome = Milp::default().train(&instance, &Control::default()).unwrap();
            assert_eq!((outcome.status, outcome.lower_bound), (Status::Optimal, q(expected)));
            assert_eq!(outcome.incumbent.unwrap().loss, q(expected));
        }
    }
}

#[test]
fn width_zero_is_the_best_constant() {
    // Origin: median, midrange, majority; without an output bias the network is 0.
    let points: [&[i32]; 3] = [&[0], &[1], &[2]];
    for (loss, bias, expected) in [
        (Loss::L1, true, "7/2"),
        (Loss::L1, false, "11/2"),
        (Loss::Linf, true, "7/4"),
        (Loss::Linf, false, "4"),
        (Loss::ZeroOne, true, "0"),
        (Loss::ZeroOne, false, "3"),
    ] {
        let instance = instance(&points, &["1/2", "1", "4"], Activation::Relu, 0, bias, loss);
        let outcome = Milp::default().train(&instance, &Control::default()).unwrap();
        assert_eq!((outcome.status, outcome.incumbent.unwrap().loss), (Status::Optimal, q(expected)), "{loss:?} {bias}");
    }
}

#[test]
fn squares_are_refused_except_for_zero_error() {
    let points: [&[i32]; 4] = [&[0], &[1], &[2], &[3]];
    let mut squares = instance(&points, &["0", "0", "1", "2"], Activation::Relu, 1, false, Loss::L2);
    let error = Milp::default().train(&squares, &Control::default()).unwrap_err();
    assert!(matches!(&error, TrainError::Unsupported { method: "milp", what } if what.contains("enumerate")), "{error}");
    squares.target_error = Some(Rational::ZERO);
    let outcome = Milp::default().train(&squares, &Control::default()).unwrap();
    assert_eq!((outcome.status, outcome.incumbent.unwrap().loss), (Status::Realizable, Rational::ZERO));
    squares.target_error = Some(Rational::ONE);
    assert!(Milp::default().train(&squares, &Control::default()).is_err());
}

#[test]
fn a_no_is_never_taken_from_the_solver() {
    // Origin: by hand. One ReLU without bias is monotone on a line, so 0, 1, 0 costs an error; but that is not what equal points prove.
    let points: [&[i32]; 3] = [&[0], &[1], &[2]];
    for activation in [Activation::Relu, Activation::Threshold] {
        let mut hat = instance(&points, &["0", "1", "0"], activation, 1, false, Loss::L1);
        hat.target_error = Some(Rational::ZERO);
        let outcome = Milp::default().train(&hat, &Control::default()).unwrap();
        assert_eq!((outcome.status, &outcome.lower_bound), (Status::TimeLimit, &Rational::ZERO));
        assert!(outcome.notes.iter().any(|note| note.contains("not proven")), "{:?}", outcome.notes);
        // The same question for the least loss, 1 (the value at 1 is 0, or it is at most that at 2).
        hat.target_error = Some(Rational::ONE);
        let outcome = Milp::default().train(&hat, &Control::default()).unwrap();
        assert_eq!((outcome.status, outcome.incumbent.unwrap().loss), (Status::Realizable, Rational::ONE));
    }
    // Equal points with different targets do prove it.
    let mut contradiction = instance(&[&[0], &[0]], &["0", "1"], Activation::Relu, 1, true, Loss::L1);
    contradiction.target_error = Some(q("1/2"));
    assert_eq!(Milp::default().train(&contradiction, &Control::default()).unwrap().status, Status::NotRealizable);
}

#[test]
fn a_weight_bound_that_cuts_is_reported() {
    let points: [&[i32]; 5] = [&[0], &[1], &[2], &[3], &[4]];
    // Slope 3 is needed: with |w|, |b| <= 1 the model cannot hold it.
    let steep = instance(&points, &["0", "0", "3", "7", "9"], Activation::Relu, 1, false, Loss::L1);
    let free = Milp::default().train(&steep, &Control::default()).unwrap();
    assert_eq!((free.status, free.incumbent.unwrap().loss), (Status::WithinGap, brute::minimum(&steep)));
    assert!(free.notes.iter().any(|note| note.contains("proven valid")), "{:?}", free.notes);
    let bounded = Milp { weight_bound: Some(Rational::ONE), ..Milp::default() }.train(&steep, &Control::default()).unwrap();
    check_honest(&steep, &bounded, &brute::minimum(&steep));
    // The exact step on the solver's pattern may leave the bounded model, and then finds better networks; never worse ones than the claim.
    assert_ne!(bounded.status, Status::Optimal);
    assert!(bounded.notes.iter().any(|note| note.contains("|w|, |b| <= 1 only")), "{:?}", bounded.notes);
    assert!(bounded.notes.iter().any(|note| note.contains("not about all networks")), "{:?}", bounded.notes);
    // A bound beyond the proven one excludes nothing, and the note says so.
    let wide = Milp { weight_bound: Some(Rational::from(1_000_000)), ..Milp::default() }.train(&steep, &Control::default()).unwrap();
    assert_eq!(wide.incumbent.unwrap().loss, brute::minimum(&steep));
    assert!(wide.notes.iter().any(|note| note.contains("excludes no optimum")), "{:?}", wide.notes);
    for bad in ["0", "-1"] {
        assert!(Milp { weight_bound: Some(q(bad)), ..Milp::default() }.train(&steep, &Control::default()).is_err());
    }
}

fn hard_instance() -> Instance {
    let mut rng = ChaCha8Rng::seed_from_u64(6);
    random_instance(
        &mut rng,
        40,
        3,
        Architecture { activation: Activation::Relu, width: 3, output_bias: true, convex: false, affine: false },
        Loss::L1,
    )
}

#[test]
fn the_time_limit_and_the_stop_flag_end_the_run() {
    let hard = hard_instance();
    let limited = Milp::default().train(&hard, &Control::default().with_time_limit(Duration::from_millis(300))).unwrap();
    assert_eq!(limited.status, Status::TimeLimit);
    check_honest(&hard, &limited, &limited.incumbent.as_ref().unwrap().loss.clone());
    let stopped = Milp::default().train(&hard, &Control::default().with_stop_flag(Arc::new(AtomicBool::new(true)))).unwrap();
    assert_eq!(stopped.status, Status::Interrupted);
    // Raised while the solver runs.
    let flag = Arc::new(AtomicBool::new(false));
    let raise = Arc::clone(&flag);
    let timer = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(200));
        raise.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    // The limit ends the abandoned solver's thread.
    let control = Control::default().with_stop_flag(flag).with_time_limit(Duration::from_secs(3));
    let interrupted = Milp::default().train(&hard, &control).unwrap();
    timer.join().unwrap();
    assert_eq!(interrupted.status, Status::Interrupted);
}

#[test]
fn magnitudes_beyond_floats_are_survived() {
    // Origin: by hand; one neuron, resp. one bias, fits two points exactly whatever their scale. Floats may fail to find it, but nothing may panic or lie.
    for (x, y) in [("1e300", "1e-300"), ("1e-300", "1e300"), ("1e400", "1e400"), ("1e-400", "-1e-400"), ("123456789123456789", "1/7")] {
        for loss in LOSSES {
            for activation in [Activation::Relu, Activation::Threshold] {
                let points = vec![vec![q(x), q("1")], vec![q("0"), q("2")], vec![q(x), q("3")], vec![q("1"), q(x)]];
                let data = Data::new(points, vec![q(y), q("0"), q("1"), q(y)]).unwrap();
                let architecture = Architecture { activation, width: 2, output_bias: true, convex: false, affine: false };
                let instance = Instance { data, architecture, loss, target_error: None };
                let outcome = Milp::default().train(&instance, &Control::default().with_time_limit(Duration::from_secs(2))).unwrap();
                let loss = outcome.incumbent.as_ref().unwrap().loss.clone();
                check_honest(&instance, &outcome, &loss);
            }
        }
    }
}

#[test]
fn scaling_scales_the_loss() {
    // Metamorphic: multiplying targets by a factor multiplies the minimum; an affine change of the features changes nothing.
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    for _ in 0..20 {
        for activation in [Activation::Relu, Activation::Threshold] {
            let base =
                random_instance(&mut rng, 6, 2, Architecture { activation, width: 1, output_bias: false, convex: false, affine: false }, Loss::L1);
            let factor = q("-250/3").max(q("250/3"));
            let points = base.data.points().iter().map(|x| vec![&x[0] * q("0.001") + q("5"), &x[1] * q("3000") - &x[0]]).collect();
            let data = Data::new(points, base.data.targets().iter().map(|y| y * &factor).collect()).unwrap();
            let scaled = Instance { data, ..base.clone() };
            let loss = |instance: &Instance| Milp::default().train(instance, &Control::default()).unwrap().incumbent.unwrap().loss;
            assert_eq!(loss(&base) * &factor, loss(&scaled), "{base:?}");
        }
    }
}

#[cfg(not(feature = "highs"))]
#[test]
fn highs_is_refused_where_it_is_not_built() {
    let steep = instance(&[&[0]], &["1"], Activation::Relu, 1, false, Loss::L1);
    let error = Milp { solver: MilpSolver::Highs, weight_bound: None }.train(&steep, &Control::default()).unwrap_err();
    assert!(error.to_string().contains("--features highs"), "{error}");
}

#[cfg(feature = "highs")]
#[test]
fn the_solvers_agree_on_two_neurons() {
    // Origin: the other solver. Both incumbents are exact, so equal fractions.
    let mut rng = ChaCha8Rng::seed_from_u64(8);
    for _ in 0..4 {
        for loss in LOSSES {
            for activation in [Activation::Relu, Activation::Threshold] {
                let instance =
                    random_instance(&mut rng, 7, 2, Architecture { activation, width: 2, output_bias: false, convex: false, affine: false }, loss);
                let [a, b] = [MilpSolver::Microlp, MilpSolver::Highs]
                    .map(|solver| Milp { solver, weight_bound: None }.train(&instance, &Control::default()).unwrap().incumbent.unwrap().loss);
                assert_eq!(a, b, "{instance:?}");
            }
        }
    }
}
