//! Optima that are known from elsewhere: a published list, calculation by hand, and a direct count of halfspaces.

#[path = "support/plain.rs"]
mod plain;

use plain::{check_outcome, problem, q};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use relus::exact::{Integer, Rational};
use relus::instance::json::read_instance;
use relus::instance::{Activation, Instance, Loss, Source};
use relus::train::enumerate::Enumerate;
use relus::train::local::Local;
use relus::train::{Control, Status, Trainer};
use std::collections::HashMap;
use std::path::Path;

const RELU: Activation = Activation::Relu;
const THRESHOLD: Activation = Activation::Threshold;

/// The optimum, proven, twice: with the usual first incumbent and with the poorest.
fn optimum(instance: &Instance) -> Rational {
    let [usual, poor] = [Local::default(), Local { starts: 0, polished: 0, ..Local::default() }].map(|local| {
        let outcome = Enumerate { local, ..Enumerate::default() }.train(instance, &Control::default()).unwrap();
        assert_eq!(outcome.status, Status::Optimal, "{instance:?}");
        check_outcome(instance, &Control::default(), &outcome)
    });
    assert_eq!(usual, poor, "{instance:?}");
    usual
}

// The benchmark's instances.

fn benchmark(name: &str) -> Instance {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("instances/benchmark");
    read_instance(&Source::read(&folder.join(format!("{name}.json"))).unwrap()).unwrap()
}

/// The listed optimum as it is printed, and half a unit of its last digit.
fn listed(name: &str) -> (Rational, Rational) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("instances/benchmark/optima.json");
    let list: HashMap<String, serde_json::Map<String, serde_json::Value>> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let text = list[name]["optimum"].as_str().map_or_else(|| list[name]["optimum"].to_string(), str::to_owned);
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let decimals = mantissa.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let half_unit = q(&format!("0.5e-{decimals}")) * q(&format!("1e{exponent}"));
    (q(&text), half_unit)
}

/// Trains with one thread and compares with the list. Optima printed with 15 or more digits come from float programs and are compared to 13 digits.
fn check_listed(names: &[&str]) {
    for name in names {
        let instance = benchmark(name);
        let outcome = Enumerate::default().train(&instance, &Control::default()).unwrap();
        assert_eq!(outcome.status, Status::Optimal, "{name}");
        let loss = check_outcome(&instance, &Control::default(), &outcome);
        let (expected, half_unit) = listed(name);
        let tolerance = half_unit.max(&expected * q("1e-13"));
        assert!(
            loss <= &expected + &tolerance && loss >= &expected - &tolerance,
            "{name}: {expected} is listed, {} found",
            relus::exact::nearest_f64(&loss)
        );
    }
}

/// Origin: the list beside the instances.
#[test]
fn benchmark_instances() {
    check_listed(&[
        "diab-d2-k1-n40-l1",
        "diab-d2-k1-n96",
        "syn-d2-k1-n80",
        "syn-d3-k1-n80",
        "thr-d2-k1-n80",
        "syn-d1-k2-n40",
        "syn-d1-k3-n40",
        "syn-d2-k2-n20",
        "syn-d2-k2-n20-l1",
        "syn-d2-k2-n20-linf",
        "syn-d2-k2-n30-exact",
        "syn-d2-k2-n40",
        "syn-d3-k2-n20",
        "thr-d2-k2-n40",
        "diab-d2-k2-n40",
    ]);
}

/// Run with `cargo test --release -- --ignored`.
#[test]
#[ignore = "slow without optimisation: cargo test --release --test known_optima -- --ignored"]
fn larger_benchmark_instances() {
    check_listed(&["syn-d2-k3-n20", "syn-d3-k2-n40", "syn-d4-k2-n20", "syn-d2-k2-n80", "iris-d2-k2-n48"]);
}

// By hand.

/// One feature; targets as text.
fn line(points: &[&str], targets: &[&str], activation: Activation, width: usize, output_bias: bool, loss: Loss) -> Instance {
    problem(points.iter().map(|x| vec![q(x)]).collect(), targets.iter().map(|y| q(y)).collect(), activation, width, output_bias, loss)
}

fn check_line(points: &[&str], targets: &[&str], activation: Activation, cases: &[(usize, bool, Loss, &str)]) {
    for &(width, output_bias, loss, expected) in cases {
        let instance = line(points, targets, activation, width, output_bias, loss);
        assert_eq!(optimum(&instance), q(expected), "{points:?} {targets:?} {activation:?} {width} {output_bias} {loss:?}");
    }
}

/// Three points on a line, the middle one off: 0, 1, 0.
///
/// One ReLU is monotone. Rising, `v_1 ≤ v_2`, so `|v_1 − 1| + |v_2| ≥ 1`, and falling likewise with `v_0`: L1 is 1, L∞ is 1/2, both attained by a constant (1/2 is also
/// the best with a bias, which does not break the monotonicity). L2: the constant 1/3 costs 2/3; a kink between the points allows `v_1 ≤ v_0/2`, `v_2 = 0`, at best
/// `v_0 = 2/5`, which costs 4/5. With a bias `v_2 ≥ v_1 ≥ v_0` pools the last two, 0, 1/2, 1/2, which one neuron attains: 1/2. Two neurons: `σ(x) − σ(2x − 2)`.
#[test]
fn a_middle_point_off() {
    let cases = [
        (1, false, Loss::L2, "2/3"),
        (1, true, Loss::L2, "1/2"),
        (1, false, Loss::L1, "1"),
        (1, true, Loss::L1, "1"),
        (1, false, Loss::Linf, "1/2"),
        (1, true, Loss::Linf, "1/2"),
        (2, false, Loss::L2, "0"),
        (2, false, Loss::L1, "0"),
        (2, false, Loss::Linf, "0"),
        (0, true, Loss::L2, "2/3"),
        (0, false, Loss::L2, "1"),
    ];
    check_line(&["0", "1", "2"], &["0", "1", "0"], RELU, &cases);
}

/// `|x|` on −1, 0, 1 needs two neurons, `σ(x) + σ(−x)`.
///
/// One neuron, rising: `v_{−1} ≤ v_0`, so L1 ≥ 1 and L∞ ≥ 1/2. L2: active everywhere it is a line, at best the constant 2/3 (cost 2/3); active on 0 and 1 only it
/// costs 1 at −1. With a bias `c + σ` the first two pool at 1/2: cost 1/2.
#[test]
fn the_absolute_value() {
    let cases = [
        (1, false, Loss::L2, "2/3"),
        (1, true, Loss::L2, "1/2"),
        (1, false, Loss::L1, "1"),
        (1, false, Loss::Linf, "1/2"),
        (2, false, Loss::L2, "0"),
        (2, false, Loss::L1, "0"),
        (2, true, Loss::Linf, "0"),
    ];
    check_line(&["-1", "0", "1"], &["1", "0", "1"], RELU, &cases);
}

/// A single outlier: 0, 0, 1, 0 on 0, 1, 2, 3, one neuron.
///
/// Active on all points: the line has mean 1/4 and slope `S_xy/S_xx = (1/2)/5`, costs `3/4 − 1/20 = 7/10`, and is positive at all points. Active on 1, 2, 3 with a kink at 0:
/// values w, 2w, 3w, at best w = 1/7, cost `1 − 2/7 = 5/7`. On 2, 3 with `v_2 ≤ v_3/2`: 4/5. Falling, with a kink at 3: values 3w, 2w, w, at best w = 1/14, cost
/// 13/14. So 7/10; times 1/9 if the outlier is 1/3; and 0.007 if it is 0.1. L1 is 1 and L∞ is 1/2, as one neuron is monotone.
/// Two neurons: `σ(x − 1) − σ(2x − 4)`.
#[test]
fn a_single_outlier() {
    for (outlier, squares, sum, largest) in [("1", "7/10", "1", "1/2"), ("1/3", "7/90", "1/3", "1/6"), ("0.1", "0.007", "0.1", "0.05")] {
        let cases = [(1, false, Loss::L2, squares), (1, false, Loss::L1, sum), (1, false, Loss::Linf, largest), (2, false, Loss::L2, "0")];
        check_line(&["0", "1", "2", "3"], &["0", "0", outlier, "0"], RELU, &cases);
    }
}

/// A concave kink at uneven distances: 1, 3, 2 on 0, 1, 3, one neuron, no bias.
///
/// All three points active: the residuals of a line satisfy `2r_0 − 3r_1 + r_3 = ∓5`, so L1 ≥ 5/3 (all in `r_1`), L∞ ≥ 5/6 (all equal), L2 ≥ 25/14, and the
/// lines that attain these are positive at all three points. Any other pattern gives up a point: rising from a kink, `v_0 = 0` and `v_1 ≤ v_3/3` cost at least
/// 1 + 49/10 in L2, 1 + 7/3 in L1 and 1 in L∞; falling, `v_3 = 0` costs 4, 2 and 2.
#[test]
fn a_concave_kink() {
    let cases = [(1, false, Loss::L2, "25/14"), (1, false, Loss::L1, "5/3"), (1, false, Loss::Linf, "5/6"), (2, false, Loss::Linf, "0")];
    check_line(&["0", "1", "3"], &["1", "3", "2"], RELU, &cases);
}

/// Decimals are exact: 0.1, 0.2, 0.3 lie on a line, and with 10⁻⁴⁰ more at the end they do not (a float cannot tell).
///
/// With the second difference `δ` the residuals of a line satisfy `r_0 − 2r_1 + r_2 = ±δ`: L2 is δ²/6, L1 is δ/2, L∞ is δ/4. The data are positive, so lines nearby
/// are active everywhere, and every other pattern costs about 0.1. A positive `δ` is convex, a kink below the data does not help.
#[test]
fn decimals_are_exact() {
    let zero = [(1, false, Loss::L2, "0"), (1, false, Loss::L1, "0"), (1, true, Loss::Linf, "0")];
    check_line(&["1", "2", "3"], &["0.1", "0.2", "0.3"], RELU, &zero);
    let cases = [(1, false, Loss::L2, "1/6e80"), (1, false, Loss::L1, "1/2e40"), (1, false, Loss::Linf, "1/4e40")];
    for &(width, output_bias, loss, expected) in &cases {
        let (numerator, denominator) = expected.split_once('/').unwrap();
        let instance = line(&["1", "2", "3"], &["0.1", "0.2", &format!("0.3{}1", "0".repeat(38))], RELU, width, output_bias, loss);
        assert_eq!(optimum(&instance), q(numerator) / q(denominator), "{loss:?}");
    }
    // 0.1 + 0.2 − 0.3 is not 0 in floats; here it is the prediction of two neurons at their third point.
    let points = [["1", "0"], ["0", "1"], ["1", "1"], ["2", "1"]].map(|x| x.map(q).to_vec()).to_vec();
    for loss in [Loss::L2, Loss::L1, Loss::Linf] {
        let sums = problem(points.clone(), ["0.1", "0.2", "0.3", "0.4"].map(q).to_vec(), RELU, 1, false, loss);
        assert_eq!(optimum(&sums), Rational::ZERO);
    }
}

/// Points on the network `σ(x/3 − 1/7) − σ(2/5 − x/11 + y/2)`, whose values are exact fractions: the optimum is 0, and is decided to be.
#[test]
fn planted_networks_are_found() {
    let part = |v: Rational| v.max(Rational::ZERO);
    let points: Vec<Vec<Rational>> =
        ["-7/2 1", "0.25 -3", "1/3 0", "2 2", "3.7 -1", "-1 -1", "9 1/9", "4 4", "0 1"].iter().map(|row| row.split(' ').map(q).collect()).collect();
    let targets: Vec<Rational> =
        points.iter().map(|x| part(&x[0] * q("1/3") - q("1/7")) - part(q("2/5") - &x[0] * q("1/11") + &x[1] * q("1/2"))).collect();
    for loss in [Loss::L2, Loss::L1, Loss::Linf] {
        let mut instance = problem(points.clone(), targets.clone(), RELU, 2, false, loss);
        assert_eq!(optimum(&instance), Rational::ZERO);
        instance.target_error = Some(Rational::ZERO);
        assert_eq!(Enumerate::default().train(&instance, &Control::default()).unwrap().status, Status::Realizable);
        // One neuron is not enough: it is convex or concave, the data are neither.
        instance.architecture.width = 1;
        assert_eq!(Enumerate::default().train(&instance, &Control::default()).unwrap().status, Status::NotRealizable);
    }
}

/// Steps on 1, 2, 4, 8 at 0, 1, 2, 3.
///
/// One step without bias explains `(Σ_S y)²/|S|` of Σy² = 85 for a prefix or suffix S: {8}: 64, {4, 8}: 72, {2, 4, 8}: 196/3, all: 225/4; so 13. With a bias the two groups' variations
/// add: {1, 2, 4 | 8}: 14/3, {1, 2 | 4, 8}: 17/2; so 14/3. Two steps: 1 at zero, {2, 4} at their mean 3, 8 alone: 1 + 2 = 3 (other cuts cost at least 14/3).
/// With a bias three groups are free: {1, 2 | 4 | 8}: 1/2. L1 of one step: {4, 8} together cost 4, {1, 2} cost 3 at zero: 7; {8} alone leaves 7;
/// {2, 4, 8} at 4 cost 6 and 1: 7; all at 2 or 4: 1 + 2 + 6 = 9. L∞: {2, 4, 8} at 5 cost 3, but {4, 8} at 6 cost 2 and leave 2: 2.
#[test]
fn steps() {
    let cases = [
        (1, false, Loss::L2, "13"),
        (1, true, Loss::L2, "14/3"),
        (2, false, Loss::L2, "3"),
        (2, true, Loss::L2, "1/2"),
        (3, true, Loss::L2, "0"),
        (1, false, Loss::L1, "7"),
        (1, false, Loss::Linf, "2"),
    ];
    check_line(&["0", "1", "2", "3"], &["1", "2", "4", "8"], THRESHOLD, &cases);
}

/// Exclusive or on the corners of a square.
///
/// A halfspace with p of the two ones and m corners explains p²/m: at best 4/3 (three corners) of 2, so 2/3 remain; a bias gives the fourth corner its own value, but
/// it has the right one already, and 2|2 cuts cost 1. L1: three corners at 1 leave one error of 1. L∞: three corners at 1/2. Two halfspaces realise it, as do two ReLUs,
/// `σ(x + y) − 2σ(x + y − 1)`. As classes: one error with one neuron, none with two.
#[test]
fn exclusive_or() {
    let points = [["0", "0"], ["1", "1"], ["0", "1"], ["1", "0"]].map(|x| x.map(q).to_vec()).to_vec();
    let targets = ["0", "0", "1", "1"].map(q).to_vec();
    let of = |activation, width, bias, loss| optimum(&problem(points.clone(), targets.clone(), activation, width, bias, loss));
    assert_eq!(of(THRESHOLD, 1, false, Loss::L2), q("2/3"));
    assert_eq!(of(THRESHOLD, 1, true, Loss::L2), q("2/3"));
    assert_eq!(of(THRESHOLD, 1, false, Loss::L1), q("1"));
    assert_eq!(of(THRESHOLD, 1, false, Loss::Linf), q("1/2"));
    for activation in Activation::ALL {
        for bias in [false, true] {
            assert_eq!(of(activation, 1, bias, Loss::ZeroOne), q("1"));
            for loss in Loss::ALL {
                assert_eq!(of(activation, 2, bias, loss), q("0"), "{activation:?} {bias} {loss:?}");
            }
        }
    }
}

// Halfspaces.

/// The fewest errors of a halfspace, by turning lines: any separation of two nonempty sets is that of a line through two of the points that is moved a
/// little, so that the points on it fall to either side up to some place along it.
fn fewest_errors_of_a_halfspace(points: &[[i64; 2]], classes: &[i64]) -> usize {
    let n = points.len();
    let errors = |positive: &[bool]| (0..n).filter(|&i| positive[i] != (classes[i] > 0)).count();
    let mut best = errors(&vec![true; n]).min(errors(&vec![false; n]));
    let mut pairs = Vec::new();
    for p in points {
        for r in points {
            if p != r {
                pairs.push((*p, [r[0] - p[0], r[1] - p[1]]));
            }
        }
    }
    for (base, direction) in pairs {
        let side = |x: &[i64; 2]| direction[0] * (x[1] - base[1]) - direction[1] * (x[0] - base[0]);
        let along = |x: &[i64; 2]| direction[0] * (x[0] - base[0]) + direction[1] * (x[1] - base[1]);
        let mut places: Vec<i64> = points.iter().filter(|x| side(x) == 0).map(along).collect();
        places.push(i64::MAX);
        for place in places {
            // Both directions of the line occur among the pairs, and each part of the line may go with either side.
            for flip in [false, true] {
                let positive: Vec<bool> = points.iter().map(|x| side(x) > 0 || side(x) == 0 && (along(x) < place) != flip).collect();
                let negative: Vec<bool> = positive.iter().map(|p| !p).collect();
                best = best.min(errors(&positive)).min(errors(&negative));
            }
        }
    }
    best
}

/// Origin: the count above, by different means.
#[test]
fn the_best_halfspace() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let mut seen = [false; 4];
    for round in 0..400 {
        let reach = [1, 2, 50][round % 3];
        let n = rng.random_range(1..=12);
        let points: Vec<[i64; 2]> = (0..n).map(|_| [rng.random_range(-reach..=reach), rng.random_range(-reach..=reach)]).collect();
        let classes: Vec<i64> = (0..n).map(|_| rng.random_range(0..2)).collect();
        let expected = fewest_errors_of_a_halfspace(&points, &classes);
        seen[expected.min(3)] = true;
        for activation in Activation::ALL {
            let x = points.iter().map(|x| x.iter().map(|&v| Rational::from(v)).collect()).collect();
            let y = classes.iter().map(|&y| Rational::from(Integer::from(y))).collect();
            let instance = problem(x, y, activation, 1, round % 2 == 0, Loss::ZeroOne);
            assert_eq!(optimum(&instance), Rational::from(expected), "{points:?} {classes:?}");
        }
    }
    assert_eq!(seen, [true; 4], "separable and inseparable data should occur");
}
