//! Data at the edge of the definition, through every method: nothing may panic, every claim must hold, and where the optimum is known it must come out.

#[path = "support/plain.rs"]
mod plain;

use plain::{check_outcome, problem, q};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use relus::exact::Rational;
use relus::instance::{Activation, Instance, Loss};
use relus::train::auto::Auto;
use relus::train::enumerate::Enumerate;
use relus::train::local::Local;
use relus::train::milp::Milp;
use relus::train::{Control, Status, Trainer};
use std::time::Duration;

/// Trains by every method that takes the instance, checks what each says against the enumeration, and returns the optimum.
fn optimum(instance: &Instance) -> Rational {
    let control = Control::default();
    let poor = Enumerate { local: Local { starts: 0, polished: 0, ..Local::default() }, ..Enumerate::default() };
    let outcome = poor.train(instance, &control).unwrap();
    assert_eq!(outcome.status, Status::Optimal, "{instance:?}");
    let optimum = check_outcome(instance, &control, &outcome);
    for method in [&Enumerate::default() as &dyn Trainer, &Auto::default()] {
        let outcome = method.train(instance, &control).unwrap();
        assert_eq!(outcome.status, Status::Optimal, "{} on {instance:?}", method.name());
        assert_eq!(check_outcome(instance, &control, &outcome), optimum, "{} on {instance:?}", method.name());
    }
    let short = Control::default().with_time_limit(Duration::from_millis(300));
    let milp = (instance.loss != Loss::L2 && instance.data.len() * instance.architecture.width <= 8).then(Milp::default);
    for (method, control) in [(Some(&Local::default() as &dyn Trainer), &control), (milp.as_ref().map(|milp| milp as &dyn Trainer), &short)] {
        let Some(method) = method else { continue };
        let outcome = method.train(instance, control).unwrap();
        assert!(check_outcome(instance, control, &outcome) >= optimum, "{} beats the enumeration: {instance:?}", method.name());
        assert!(outcome.lower_bound <= optimum, "{}: {outcome:?} of {instance:?}", method.name());
    }
    optimum
}

/// A matrix of numbers, rows separated by `;`.
fn matrix(text: &str) -> Vec<Vec<Rational>> {
    text.split(';').map(|row| row.split_whitespace().map(q).collect()).collect()
}

fn numbers(text: &str) -> Vec<Rational> {
    text.split_whitespace().map(q).collect()
}

/// Every activation, with and without an output bias.
fn architectures() -> impl Iterator<Item = (Activation, bool)> {
    Activation::ALL.into_iter().flat_map(|activation| [false, true].map(|bias| (activation, bias)))
}

fn loss_of_zero(targets: &[Rational], loss: Loss) -> Rational {
    let sizes = targets.iter().map(|y| y.clone().max(-y));
    match loss {
        Loss::L2 => sizes.fold(Rational::ZERO, |sum, y| sum + &y * &y),
        Loss::L1 => sizes.fold(Rational::ZERO, |sum, y| sum + y),
        Loss::Linf => sizes.fold(Rational::ZERO, Ord::max),
        _ => Rational::from(targets.iter().filter(|y| **y > Rational::ZERO).count()),
    }
}

/// One constant for all points: the network is 0, or any constant as soon as there is a neuron or a bias. Origin: mean, median, midrange, majority, by hand
/// (1, 2, 6: squares 41 − 81/3; 1 + 0 + 4; half of 5). For the classes 1, 0, 1 one point is wrong, or two if the network is 0.
#[test]
fn equal_points_and_no_features() {
    let expected = [(Loss::L2, "1 2 6", "14"), (Loss::L1, "1 2 6", "5"), (Loss::Linf, "1 2 6", "5/2"), (Loss::ZeroOne, "1 0 1", "1")];
    for points in [";;", "3;3;3", "0 1/3;0 1/3;0 1/3", "1e300 1e-300 7;1e300 1e-300 7;1e300 1e-300 7"] {
        for (loss, targets, expected) in expected {
            for (activation, bias) in architectures() {
                for width in 0..3 {
                    let instance = problem(matrix(points), numbers(targets), activation, width, bias, loss);
                    let zero = width == 0 && !bias;
                    let expected = if zero { loss_of_zero(instance.data.targets(), loss) } else { q(expected) };
                    assert_eq!(optimum(&instance), expected, "{instance:?}");
                }
            }
        }
    }
}

/// One point is fitted by anything but the network 0.
#[test]
fn a_single_point() {
    for point in ["", "0", "-1/7", "1e300", "0 0", "1e-300 2 3"] {
        for target in ["0", "5", "-1/3", "1e-300", "-1e300", "0.123456789012345678901234567890123456789012345678901234567890"] {
            for (activation, bias) in architectures() {
                for (loss, width) in Loss::ALL.into_iter().flat_map(|loss| (0..3).map(move |width| (loss, width))) {
                    let instance = problem(matrix(point), numbers(target), activation, width, bias, loss);
                    let zero = width == 0 && !bias;
                    let expected = if zero { loss_of_zero(instance.data.targets(), loss) } else { Rational::ZERO };
                    assert_eq!(optimum(&instance), expected, "{instance:?}");
                }
            }
        }
    }
}

/// Three affinely independent points in space or beyond: a ReLU takes any nonnegative values there, a threshold any two values.
///
/// Targets 3, −1, −2. ReLU: a plus neuron misses the negative ones (L2 5, L1 3, L∞ 2), a minus neuron the positive one (9, 3, 3); a bias of −2 or a second neuron leaves
/// nothing. Threshold: {3} alone leaves 5, 3 and 2, and no other set less (all at 1/2: L∞ 5/2; {−1, −2}: 9 + 1/2, 3 + 1, 3; {3, −1} at 1: L∞ 2); with a bias or a second
/// neuron the groups {3}, {−1, −2} leave 1/2, 1, 1/2, with both nothing. Any class is a halfspace.
#[test]
fn fewer_points_than_dimensions() {
    let none = ["0", "0", "0"];
    for points in ["1 0 0;0 1 0;0 0 1", "1 2 3 4 5;2 3 4 5 7;9 8 0 6 5", "1 1;2 5;3 1/3"] {
        for (activation, bias) in architectures() {
            for width in 1..3 {
                let expected = match (activation, width + usize::from(bias)) {
                    (_, 1) => ["5", "3", "2"],
                    (Activation::Threshold, 2) => ["1/2", "1", "1/2"],
                    _ => none,
                };
                for (loss, expected) in [Loss::L2, Loss::L1, Loss::Linf].into_iter().zip(expected) {
                    let instance = problem(matrix(points), numbers("3 -1 -2"), activation, width, bias, loss);
                    assert_eq!(optimum(&instance), q(expected), "{instance:?}");
                }
                for classes in ["0 0 0", "1 0 0", "0 1 1", "1 1 1"] {
                    let instance = problem(matrix(points), numbers(classes), activation, width, bias, Loss::ZeroOne);
                    assert_eq!(optimum(&instance), Rational::ZERO, "{instance:?}");
                }
            }
        }
    }
}

/// Targets that are all equal are a constant; targets that are all zero need no network.
#[test]
fn constant_targets() {
    for points in ["0;1;2", "0 0;1 1;2 2;0 0", "5 1 7;5 1 7;5 2 7;5 4 7"] {
        let n = matrix(points).len();
        for target in ["0", "1", "-1e300", "1/3"] {
            for (activation, bias) in architectures() {
                for (loss, width) in Loss::ALL.into_iter().flat_map(|loss| (0..3).map(move |width| (loss, width))) {
                    let instance = problem(matrix(points), vec![q(target); n], activation, width, bias, loss);
                    let zero = width == 0 && !bias;
                    let expected = if zero { loss_of_zero(instance.data.targets(), loss) } else { Rational::ZERO };
                    assert_eq!(optimum(&instance), expected, "{instance:?}");
                }
            }
        }
    }
}

/// As many neurons as different points fit everything but contradictory copies: order the points by a generic linear function and let a neuron start before each.
/// The point 0 has targets 1 and 2 (cost 1/2, 1, 1/2) where `copies` says so.
#[test]
fn as_many_neurons_as_points() {
    for (points, targets, classes, width, floor) in [
        ("0;1", "3 -1/2", "1 0", 2, ["0", "0", "0"]),
        ("0;1;2", "3 -1/2 4", "1 0 1", 3, ["0", "0", "0"]),
        ("0;1;0", "1 4 2", "1 0 0", 2, ["1/2", "1", "1/2"]),
        ("0 0;1 1;0 0;2 2", "1 -9 2 1e-300", "1 0 0 1", 3, ["1/2", "1", "1/2"]),
        ("0 0;1e300 1;0 0;1e-300 2", "1 -9 2 1e300", "1 0 0 1", 3, ["1/2", "1", "1/2"]),
    ] {
        for (activation, bias) in architectures() {
            for (loss, floor) in [Loss::L2, Loss::L1, Loss::Linf].into_iter().zip(floor) {
                // With far-away magnitudes a superfluous neuron costs seconds of exact arithmetic.
                for width in if points.contains('e') { width..width + 1 } else { width..width + 2 } {
                    let instance = problem(matrix(points), numbers(targets), activation, width, bias, loss);
                    assert_eq!(optimum(&instance), q(floor), "{instance:?}");
                }
            }
            let instance = problem(matrix(points), numbers(classes), activation, width, bias, Loss::ZeroOne);
            assert_eq!(optimum(&instance), q(if floor[0] == "0" { "0" } else { "1" }), "{instance:?}");
        }
    }
}

/// Without neurons: the network 0, or the mean, a median, the midrange, the majority.
#[test]
fn no_neurons() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for _ in 0..60 {
        let n = rng.random_range(1..8);
        let mut targets: Vec<Rational> = (0..n).map(|_| Rational::from(rng.random_range(-9..10)) / Rational::from(rng.random_range(1..4))).collect();
        targets.sort();
        let points: Vec<Vec<Rational>> = (0..n).map(|_| vec![Rational::from(rng.random_range(0..3))]).collect();
        let mean = targets.iter().fold(Rational::ZERO, |sum, y| sum + y) / Rational::from(n);
        let midrange = (&targets[0] + &targets[n - 1]) / Rational::from(2);
        let positive = targets.iter().filter(|y| **y > Rational::ZERO).count();
        let majority = if 2 * positive > n { Rational::ONE } else { Rational::ZERO };
        for (loss, best) in [(Loss::L2, &mean), (Loss::L1, &targets[n / 2]), (Loss::Linf, &midrange)] {
            for activation in Activation::ALL {
                let instance = |bias| problem(points.clone(), targets.clone(), activation, 0, bias, loss);
                let rest: Vec<Rational> = targets.iter().map(|y| y - best).collect();
                assert_eq!(optimum(&instance(true)), loss_of_zero(&rest, loss));
                assert_eq!(optimum(&instance(false)), loss_of_zero(&targets, loss));
            }
        }
        let classes: Vec<Rational> = targets.iter().map(|y| if *y > Rational::ZERO { Rational::ONE } else { Rational::ZERO }).collect();
        let instance = |bias| problem(points.clone(), classes.clone(), Activation::Relu, 0, bias, Loss::ZeroOne);
        assert_eq!(optimum(&instance(false)), Rational::from(positive));
        let wrong = classes.iter().filter(|y| **y != majority).count();
        assert_eq!(optimum(&instance(true)), Rational::from(wrong));
    }
}

/// Magnitudes that no float holds together: an affine change of the features changes nothing, a factor on the targets is a factor on the loss (its square for L2).
/// The same for factors with sixty digits.
#[test]
fn huge_and_tiny_magnitudes() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let digits = "0.123456789012345678901234567890123456789012345678901234567891";
    let factors = ["1e300", "1e-300", digits, "1e400", "3e-4000"];
    for round in 0..40 {
        let (n, d) = (rng.random_range(2..5), rng.random_range(1..3));
        let width = rng.random_range(1..3);
        let points: Vec<Vec<Rational>> = (0..n).map(|_| (0..d).map(|_| Rational::from(rng.random_range(-2..3))).collect()).collect();
        let (activation, bias) = architectures().nth(round % 4).unwrap();
        let first = q(factors[rng.random_range(0..4)]);
        let second = q(factors[rng.random_range(0..4)]);
        let factor = q(factors[rng.random_range(0..5)]);
        let changed: Vec<Vec<Rational>> = points
            .iter()
            .map(|x| x.iter().enumerate().map(|(c, v)| if c == 0 { v * &first + &second } else { v * &second + &x[0] * &first }).collect())
            .collect();
        for loss in Loss::ALL {
            let targets: Vec<Rational> =
                (0..n).map(|_| Rational::from(if loss == Loss::ZeroOne { rng.random_range(0..2) } else { rng.random_range(-4..5) })).collect();
            let power = match loss {
                Loss::L2 => &factor * &factor,
                Loss::ZeroOne => Rational::ONE,
                _ => factor.clone(),
            };
            let before = problem(points.clone(), targets.clone(), activation, width, bias, loss);
            let after = problem(changed.clone(), targets.iter().map(|y| y * &factor).collect(), activation, width, bias, loss);
            assert_eq!(optimum(&before) * power, optimum(&after), "{before:?} {after:?}");
        }
    }
}

/// Targets of very different magnitudes.
///
/// The targets 1, M + 1, 1 at three equidistant points, one ReLU, `M = 5·10²⁹⁹`. Active everywhere it is a line, whose residuals satisfy `r_0 − 2r_1 + r_2 = 2M`: L2 is at least
/// `(2M)²/6 = 2M²/3`, L1 at least `2M/2 = M`, L∞ at least `2M/4 = M/2`, and the best lines are positive at all points. With a kink on the right it has the values
/// `2t, t, 0` or lower in the middle: L∞ is at least `(2M + 1)/3` (where `2t − 1 = M + 1 − t`), L1 at least `M` and L2 at least about `4M²/5`, none of them less. Mirrored, the same.
#[test]
fn mixed_magnitudes() {
    let half = q("5e299");
    let top = &half + q("1");
    let targets = vec![q("1"), top, q("1")];
    let squares = &half * &half * q("2/3");
    for (loss, expected) in [(Loss::L2, squares), (Loss::L1, half.clone()), (Loss::Linf, &half / q("2"))] {
        let instance = problem(matrix("0;1e-300;2e-300"), targets.clone(), Activation::Relu, 1, false, loss);
        assert_eq!(optimum(&instance), expected, "{loss:?}");
    }
    // A huge target beside tiny ones: one threshold step takes it, the mean of the others remains.
    for (loss, expected) in [(Loss::L2, "1/2e600"), (Loss::L1, "1/1e300"), (Loss::Linf, "1/2e300")] {
        let (numerator, denominator) = expected.split_once('/').unwrap();
        let instance = problem(matrix("0;1;2"), numbers("1e300 1e-300 2e-300"), Activation::Threshold, 1, true, loss);
        assert_eq!(optimum(&instance), q(numerator) / q(denominator), "{loss:?}");
    }
}

/// Many copies of few points. Each of three points carries 0 and 3 in ratio 2 : 1, so its mean is 1 (variation 6 for each triple), its median 0 (cost 3), its midrange
/// 3/2; a constant attains all floors.
#[test]
fn many_duplicates() {
    let points: Vec<Vec<Rational>> = (0..90).map(|i| vec![Rational::from(i % 3), Rational::from(2 * (i % 3))]).collect();
    let targets: Vec<Rational> = (0..90).map(|i| Rational::from(if i / 3 % 3 == 0 { 3 } else { 0 })).collect();
    for (activation, bias) in architectures() {
        for (loss, expected) in [(Loss::L2, "180"), (Loss::L1, "90"), (Loss::Linf, "3/2"), (Loss::ZeroOne, "30")] {
            for width in 1..3 {
                let targets = targets.iter().map(|y| if loss == Loss::ZeroOne { y / q("3") } else { y.clone() }).collect();
                let instance = problem(points.clone(), targets, activation, width, bias, loss);
                assert_eq!(optimum(&instance), q(expected), "{instance:?}");
            }
        }
    }
}

/// Collinear points, constant columns, copies of columns and of points, ties: every method against the enumeration on random data of such kinds.
#[test]
fn every_method_on_random_degenerate_data() {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    for round in 0..200 {
        let kind = round % 5;
        let n = rng.random_range(1..7);
        let points: Vec<Vec<Rational>> = (0..n)
            .map(|_| {
                let (s, t) = (rng.random_range(-2..3), rng.random_range(-1..2));
                match kind {
                    0 => vec![s, 2 * s - 1],
                    1 => vec![7, s, 7],
                    2 => vec![s, t, s],
                    3 => vec![t, t * t],
                    _ => vec![s * 1_000_000 + t],
                }
            })
            .map(|x| x.into_iter().map(Rational::from).collect())
            .collect();
        let (activation, bias) = architectures().nth(round % 4).unwrap();
        for loss in Loss::ALL {
            let levels = if loss == Loss::ZeroOne { 2 } else { 4 };
            let targets = (0..n).map(|_| Rational::from(rng.random_range(0..levels))).collect();
            optimum(&problem(points.clone(), targets, activation, rng.random_range(0..3), bias, loss));
        }
    }
}

/// Features whose products on a cell are below the range of floats, beside others near 1: a neuron that is active on the last four points fits them exactly, by the
/// difference of the first two features, which vanishes on the first two points. Origin: that network, by hand.
#[test]
fn products_below_the_range_of_floats_are_not_zero() {
    let points = [
        ["1e300", "1e300", "-1"],
        ["-1e300", "-1e300", "-1"],
        ["1e-300", "0", "1"],
        ["-1e-300", "0", "1"],
        ["0", "1e-300", "2"],
        ["0", "-1e-300", "2"],
    ];
    for loss in [Loss::L2, Loss::L1, Loss::Linf] {
        let points: Vec<Vec<Rational>> = points.iter().map(|x| x.map(q).to_vec()).collect();
        let targets = ["0", "0", "1", "3", "5", "3"].map(q).to_vec();
        let instance = problem(points, targets, Activation::Relu, 1, false, loss);
        let decision = Instance { target_error: Some(q("0.5")), ..instance };
        let method = Enumerate { local: Local { starts: 0, polished: 0, ..Local::default() }, ..Enumerate::default() };
        let outcome = method.train(&decision, &Control::default()).unwrap();
        assert_eq!(outcome.status, Status::Realizable, "{loss:?}");
    }
}
