use super::graph::Graph;
use super::line::Point;
use super::*;
use crate::optimize::lp::{LinearProgram, LpVerdict, Row, RowKind};
use itertools::Itertools;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::HashMap;

fn q(value: i64) -> Rational {
    Rational::from(value)
}

fn data(points: &[(Vec<i64>, i64)]) -> Data {
    let targets = points.iter().map(|(_, y)| q(*y)).collect();
    Data::new(points.iter().map(|(x, _)| x.iter().copied().map(q).collect()).collect(), targets).unwrap()
}

fn on_a_line(targets: &[i64]) -> Data {
    data(&(0..).zip(targets).map(|(x, &y)| (vec![x], y)).collect::<Vec<_>>())
}

fn class(activation: Activation, output_bias: bool, convex: bool, affine: bool) -> Architecture {
    Architecture { activation, width: 0, output_bias, convex, affine }
}

fn find(architecture: Architecture, data: &Data) -> Width {
    let width = SmallestWidth::new(architecture).find(data, &Control::default()).unwrap();
    if let Some((k, network)) = &width.network {
        assert!(network.loss(data, Loss::L1).unwrap().is_zero());
        assert!(network.neurons.len() <= Architecture { width: *k, ..architecture }.most_neurons());
        let unit = |a: &Rational| *a == Rational::ONE || (*a == Rational::NEG_ONE && !architecture.convex);
        assert!(architecture.activation == Activation::Threshold || network.neurons[..*k].iter().all(|neuron| unit(&neuron.a)));
        assert!(architecture.output_bias || network.output_bias.is_zero());
    }
    width
}

/// The least width up to `most` by the search alone, from width 0 up.
fn by_search(architecture: Architecture, data: &Data, most: usize) -> Option<usize> {
    (0..=most).find(|&width| {
        let architecture = Architecture { width, ..architecture };
        let instance = Instance { data: data.clone(), architecture, loss: Loss::L1, target_error: Some(Rational::ZERO) };
        let status = Search::default().train(&instance, &Control::default()).unwrap().status;
        assert!(status.is_decided());
        status == Status::Realizable
    })
}

/// The least number of kinks besides an affine function, up to `most`: for each choice of the gap and the sign of each kink a linear program. Points must be distinct and sorted.
fn least_kinks(points: &[(i64, i64)], convex: bool, most: usize) -> Option<usize> {
    let kinks: Vec<(usize, bool)> = (1..points.len()).flat_map(|gap| [(gap, true), (gap, false)]).filter(|&(_, up)| up || !convex).collect();
    (0..=most).find(|&k| {
        kinks.iter().combinations_with_replacement(k).any(|kinks| {
            let columns = 2 * (k + 1);
            let row = |entries: &[(usize, i64, i64)], rhs: i64, kind: RowKind| {
                let mut coefficients = vec![Integer::ZERO; columns];
                for &(line, x, sign) in entries {
                    coefficients[2 * line] += Integer::from(sign * x);
                    coefficients[2 * line + 1] += Integer::from(sign);
                }
                Row { coefficients, rhs: Integer::from(rhs), kind }
            };
            // Line j + 1 is what kink j adds to its right; it changes its sign in the gap.
            let mut rows = Vec::new();
            for (j, &&(gap, up)) in kinks.iter().enumerate() {
                let sign = if up { 1 } else { -1 };
                rows.push(row(&[(j + 1, points[gap - 1].0, -sign)], 0, RowKind::AtLeast));
                rows.push(row(&[(j + 1, points[gap].0, sign)], 0, RowKind::AtLeast));
            }
            for (i, &(x, y)) in points.iter().enumerate() {
                let active = kinks.iter().enumerate().filter(|(_, (gap, _))| i >= *gap).map(|(j, _)| (j + 1, x, 1));
                rows.push(row(&active.chain([(0, x, 1)]).collect::<Vec<_>>(), y, RowKind::Equal));
            }
            matches!(LinearProgram { objective: vec![Integer::ZERO; columns], rows }.solve(), LpVerdict::Optimal(_))
        })
    })
}

/// Distinct sorted points on a small grid, with targets that give runs in one line and chains of all lengths.
fn random_points(rng: &mut ChaCha8Rng, n: usize, y: i64) -> Vec<(i64, i64)> {
    let mut x = 0;
    let next = |_| {
        x += rng.random_range(1..3);
        (x, rng.random_range(-y..=y))
    };
    (0..n).map(next).collect()
}

/// Origin: linear programs for all places of the kinks.
#[test]
fn the_fewest_kinks_as_all_places_say() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut counts = [0; 5];
    for round in 0..300 {
        let n = rng.random_range(1..=6);
        let points = random_points(&mut rng, n, 1 + round % 3);
        let data = data(&points.iter().map(|&(x, y)| (vec![x], y)).collect::<Vec<_>>());
        for convex in [false, true] {
            let width = find(class(Activation::Relu, false, convex, true), &data);
            let expected = least_kinks(&points, convex, 3);
            if let Some(expected) = expected {
                assert_eq!(width.smallest(), Some(expected), "{points:?}");
                counts[expected] += 1;
            } else {
                assert!(width.none.is_some() || width.lower_bound > 3, "{points:?}");
                counts[4] += 1;
            }
        }
    }
    assert!(counts.iter().all(|&count| count > 10), "{counts:?}");
}

/// Origin: the search alone, which knows nothing of chains and orientations.
#[test]
fn on_a_line_as_the_search_says() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let classes = [
        class(Activation::Relu, false, false, false),
        class(Activation::Relu, true, false, false),
        class(Activation::Relu, false, true, false),
        class(Activation::Relu, true, true, false),
        class(Activation::Threshold, false, false, false),
        class(Activation::Threshold, true, false, false),
    ];
    let mut proofs: HashMap<&str, usize> = HashMap::new();
    for round in 0..720usize {
        let n = rng.random_range(1..=8);
        let mut points = random_points(&mut rng, n, [1, 2, 3, 9][round % 4]);
        let architecture = classes[round % 6];
        if architecture.convex && round % 12 < 6 {
            // Convex data, of either sign.
            let shift = rng.random_range(-1..6);
            points.iter_mut().for_each(|(x, y)| *y = (*x - 4) * (*x - 4) / 2 - 2 + shift);
        }
        // A repeated point, in the plane along a line, or with another target.
        if round % 5 == 0 {
            points.push((points[0].0, points[0].1 + i64::from(round % 35 == 0)));
        }
        let planar = round % 3 == 0;
        let data = data(&points.iter().map(|&(x, y)| (if planar { vec![2 * x, 7, 1 - x] } else { vec![x] }, y)).collect::<Vec<_>>());
        let width = find(architecture, &data);
        let expected = by_search(architecture, &data, points.len() + 1);
        match expected {
            Some(k) => assert_eq!((width.smallest(), width.none), (Some(k), None), "{architecture:?} {points:?}"),
            None => assert!(width.none.is_some(), "{architecture:?} {points:?}"),
        }
        *proofs.entry(width.none.map_or(width.lower_proof.name(), NoWidth::name)).or_default() += 1;
    }
    for name in ["trivial", "no-neurons", "bends", "orientations", "search", "conflict", "bends-down", "negative"] {
        assert!(proofs.get(name).is_some_and(|&count| count >= 2), "{proofs:?}");
    }
}

/// Origin: the search alone.
#[test]
fn in_the_plane_as_the_search_says() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    for round in 0..150usize {
        let n = rng.random_range(3..=5);
        let activation = Activation::ALL[round % 2];
        let architecture = class(activation, round % 4 >= 2, round % 8 == 4, false);
        let points: Vec<_> = (0..n).map(|_| (vec![rng.random_range(0..3), rng.random_range(0..3)], rng.random_range(-1..2))).collect();
        let data = data(&points);
        let width = find(architecture, &data);
        match by_search(architecture, &data, n) {
            Some(k) => assert_eq!(width.smallest(), Some(k), "{architecture:?} {points:?}"),
            None => assert!(width.none.is_some(), "{architecture:?} {points:?}"),
        }
    }
}

/// Origin: by hand.
#[test]
fn small_cases_by_hand() {
    let pure = class(Activation::Relu, false, false, false);
    let smallest = |architecture, targets: &[i64]| find(architecture, &on_a_line(targets)).smallest();
    // Nothing, a constant of either sign, an affine function with one sign and with two.
    assert_eq!(smallest(pure, &[0, 0, 0]), Some(0));
    assert_eq!(smallest(pure, &[2, 2]), Some(1));
    assert_eq!(smallest(pure, &[-3]), Some(1));
    assert_eq!(smallest(pure, &[0, 1, 2]), Some(1));
    assert_eq!(smallest(pure, &[-1, 0, 1]), Some(2));
    assert_eq!(smallest(Architecture { output_bias: true, ..pure }, &[-1, 0, 1]), Some(1));
    assert_eq!(smallest(Architecture { affine: true, ..pure }, &[-1, 0, 1]), Some(0));
    // One kink, which faces right or needs both sides.
    assert_eq!(smallest(pure, &[0, 0, 1]), Some(1));
    assert_eq!(smallest(pure, &[1, 0, 1]), Some(2));
    // Two bends up that are neighbours are one kink between them, two that are not are two.
    let affine = Architecture { affine: true, ..pure };
    assert_eq!(smallest(affine, &[0, 0, 1, 3]), Some(1));
    assert_eq!(smallest(affine, &[0, 0, 1, 2, 4]), Some(2));
    assert_eq!(smallest(affine, &[0, 0, 1, 0]), Some(2));
    // Steps: 0, 1, 0 rises and falls.
    let threshold = class(Activation::Threshold, false, false, false);
    assert_eq!(smallest(threshold, &[0, 1, 0]), Some(2));
    assert_eq!(smallest(threshold, &[1, 2]), Some(2));
    assert_eq!(smallest(Architecture { output_bias: true, ..threshold }, &[1, 2]), Some(1));
    // Convex maps bend up, and alone are not negative.
    let convex = Architecture { convex: true, ..pure };
    assert_eq!(find(convex, &on_a_line(&[0, 1, 0])).none, Some(NoWidth::BendsDown([0, 1, 2])));
    assert_eq!(find(convex, &on_a_line(&[0, -1, 0])).none, Some(NoWidth::Negative(1)));
    assert_eq!(smallest(Architecture { output_bias: true, ..convex }, &[0, -1, 0]), Some(2));
    // |x| + 1: two kinks in one place, and the constant 1.
    assert_eq!(smallest(convex, &[3, 2, 1, 2, 3]), Some(3));
    let repeated = data(&[(vec![0], 1), (vec![1], 2), (vec![0], 3)]);
    assert_eq!(find(pure, &repeated).none, Some(NoWidth::Conflict([0, 2])));
}

/// Origin: subsets of 2, 3, 5 by hand: the module `oriented` says that the slopes −g, −g + 2, −g + 5, −g + 10 need three neurons with an output bias if some add up to g, else four.
#[test]
fn orientations_are_subset_sums() {
    for (goal, expected) in [(1, 4), (2, 3), (4, 4), (5, 3), (6, 4), (8, 3), (9, 4)] {
        let mut targets = vec![0];
        for slope in [0, 2, 5, 10] {
            for _ in 0..3 {
                targets.push(targets[targets.len() - 1] + slope - goal);
            }
        }
        let width = find(class(Activation::Relu, true, false, false), &on_a_line(&targets));
        assert_eq!((width.smallest(), width.searched.len()), (Some(expected), 0), "{goal}");
    }
}

/// Origin: for each that may move, another interpolant with as few kinks by hand; for the others the proof of the module `graph`.
#[test]
fn rigid_is_what_cannot_move() {
    let graph = |targets: &[i64]| {
        let points = (0..).zip(targets).map(|(x, &y): (i64, _)| Point { x: Integer::from(x), y: Integer::from(y) });
        Graph::new(points.collect()).unwrap()
    };
    // Two kinks share the edge between them, or a line through the point between them.
    assert!(!graph(&[0, 0, 0, 1, 1, 1]).is_rigid());
    assert!(!graph(&[0, 0, 0, 1, 2, 2, 2]).is_rigid());
    assert!(graph(&[0, 0, 0, 1, 2, 3, 3, 3]).is_rigid());
    // An outer piece turns about the only point beyond the bend.
    assert!(!graph(&[0, 0, 1, 2]).is_rigid() && !graph(&[2, 1, 0, 0]).is_rigid());
    assert!(graph(&[0, 0, 0, 1, 2]).is_rigid());
    // A pair of bends is one kink between them; it may turn where a single bend follows at once.
    assert!(graph(&[0, 0, 1, 3]).is_rigid());
    assert!(!graph(&[0, 0, 1, 3, 3, 3]).is_rigid());
    assert!(graph(&[0, 0, 1, 3, 5, 7, 7, 7]).is_rigid());
    // Three bends are two kinks, and the piece between them turns about the second bend.
    assert!(!graph(&[0, 0, 0, 1, 3, 6, 9]).is_rigid());
}

/// Many points: the constructions, the sweep and the bounds fit each other. Origin: the theorem of `graph` for the lower bound, the values for the upper one.
#[test]
fn many_points() {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let points = random_points(&mut rng, 3000, 1000);
    let data = data(&points.iter().map(|&(x, y)| (vec![x], y)).collect::<Vec<_>>());
    for (output_bias, affine, beyond) in [(false, true, 0), (true, false, 1), (false, false, 2)] {
        let width = find(class(Activation::Relu, output_bias, false, affine), &data);
        assert!(width.upper_bound().is_some_and(|upper| upper <= width.bends + beyond), "{:?}", width.upper_bound());
        assert_eq!(width.lower_bound, width.bends);
    }
    let steps = points.windows(2).filter(|pair| pair[0].1 != pair[1].1).count();
    assert_eq!(find(class(Activation::Threshold, true, false, false), &data).smallest(), Some(steps));
}

/// Origin: by hand: bounds at limits.
#[test]
fn limits_leave_bounds() {
    // x is not fitted by one neuron, but two are not to be tried.
    let question = SmallestWidth { max_width: Some(0), ..SmallestWidth::new(class(Activation::Relu, false, false, false)) };
    let square: Vec<_> = [(0, 0), (1, 2), (3, 1), (2, 5), (5, 3), (1, 7)].iter().map(|&(a, b)| (vec![a, b], a * b - 3)).collect();
    let width = question.find(&data(&square), &Control::default()).unwrap();
    assert!(!width.is_decided() && width.lower_bound == 1 && width.upper_bound().is_some_and(|upper| (2..=6).contains(&upper)), "{width:?}");
    let stopped = Control::default().with_time_limit(std::time::Duration::ZERO);
    let width = SmallestWidth::new(question.architecture).find(&data(&square), &stopped).unwrap();
    assert_eq!((width.is_decided(), width.stopped, width.lower_bound), (false, Some(StopReason::TimeLimit), 1));
}
