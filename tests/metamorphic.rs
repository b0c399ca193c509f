//! Enumeration under changes of the problem whose effect on the optimum is a theorem.
//!
//! No expected value is computed here: two optima are compared, so sizes are out of reach of brute force. The local search that starts the enumeration is kept
//! weak in most cases, so that the enumeration has to find the optimum itself.

#[path = "support/plain.rs"]
mod plain;

use plain::{check_outcome, problem, q, value};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use relus::exact::{Integer, Rational};
use relus::instance::{Activation, Instance, Loss};
use relus::train::enumerate::Enumerate;
use relus::train::local::Local;
use relus::train::{Control, Outcome, Status, Trainer};

fn fraction(numerator: i64, denominator: u8) -> Rational {
    Rational::from_parts(Integer::from(numerator), denominator.into())
}

/// Numbers of several kinds: a small grid (duplicates, ties, collinear points), halves and thirds, three decimals.
fn number() -> impl Strategy<Value = Rational> {
    prop_oneof![
        6 => (-2i64..3).prop_map(|v| fraction(v, 1)),
        2 => (-9i64..10, 2u8..4).prop_map(|(p, q)| fraction(p, q)),
        1 => (-4000i64..4001).prop_map(|v| fraction(v, 250)),
    ]
}

/// Numbers that floats confuse: integers that are off by as little as 10⁻³⁰, and a few of far away magnitudes.
fn treacherous_number() -> impl Strategy<Value = Rational> {
    let off = prop::sample::select(&["0", "1e-6", "-1e-9", "1e-13", "3e-16", "1e-30"][..]);
    prop_oneof![
        8 => (-2i64..3, off).prop_map(|(v, off)| fraction(v, 1) + q(off)),
        1 => prop::sample::select(&["100000000000000001", "-1e17", "1e-17", "1e40", "-1e-40"][..]).prop_map(q),
    ]
}

fn nonzero() -> impl Strategy<Value = Rational> {
    (prop_oneof![-9i64..0, 1i64..10], 1u8..8).prop_map(|(p, q)| fraction(p, q))
}

fn data(loss: Loss, n: usize, d: usize, treacherous: bool) -> impl Strategy<Value = (Vec<Vec<Rational>>, Vec<Rational>)> {
    let number = || if treacherous { treacherous_number().boxed() } else { number().boxed() };
    let target = if loss == Loss::ZeroOne { (0i64..2).prop_map(|v| fraction(v, 1)).boxed() } else { number() };
    (prop::collection::vec(prop::collection::vec(number(), d), n), prop::collection::vec(target, n))
}

/// Width, dimension and the largest number of points.
fn sizes(max_width: usize) -> impl Strategy<Value = (usize, usize, usize)> {
    (0..=max_width, 0usize..4).prop_map(|(k, d)| {
        let points = match (k, d) {
            (0 | 1, 0..=2) => 10,
            (0 | 1, _) => 8,
            (2, 0 | 1) => 8,
            (2, 2) => 7,
            (2, _) => 6,
            (_, 0..=2) => 5,
            _ => 4,
        };
        (k, d, points)
    })
}

/// A problem and the number of starts of the local search.
fn problems_of(max_width: usize, losses: &'static [Loss]) -> impl Strategy<Value = (Instance, usize)> {
    (sizes(max_width), prop::sample::select(losses), prop::sample::select(&Activation::ALL[..]), any::<bool>(), 0usize..3, prop::bool::weighted(0.15))
        .prop_flat_map(|((k, d, most), loss, activation, bias, starts, treacherous)| {
            (1..=most)
                .prop_flat_map(move |n| data(loss, n, d, treacherous).prop_map(move |(x, y)| (problem(x, y, activation, k, bias, loss), starts)))
        })
}

/// Fifteen to thirty points and few enough cells.
fn larger() -> impl Strategy<Value = (Instance, usize)> {
    let sizes = prop::sample::select(&[(1usize, 1usize, 30usize), (1, 2, 30), (1, 3, 18), (2, 1, 24), (2, 2, 15)][..]);
    (sizes, prop::sample::select(&Loss::ALL[..]), prop::sample::select(&Activation::ALL[..]), any::<bool>(), 0usize..3).prop_flat_map(
        |((k, d, most), loss, activation, bias, starts)| {
            (15..=most).prop_flat_map(move |n| data(loss, n, d, false).prop_map(move |(x, y)| (problem(x, y, activation, k, bias, loss), starts)))
        },
    )
}

fn problems() -> impl Strategy<Value = (Instance, usize)> {
    problems_of(3, &Loss::ALL)
}

/// Problems whose loss is a sum or a maximum of residuals.
fn regressions() -> impl Strategy<Value = (Instance, usize)> {
    problems_of(2, &[Loss::L2, Loss::L1, Loss::Linf])
}

fn train(instance: &Instance, starts: usize, control: &Control<'_>) -> Outcome {
    let method = Enumerate { local: Local { starts, polished: 1, ..Local::default() }, ..Enumerate::default() };
    let outcome = method.train(instance, control).unwrap();
    check_outcome(instance, control, &outcome);
    outcome
}

fn solve(instance: &Instance, starts: usize) -> (Outcome, Rational) {
    let outcome = train(instance, starts, &Control::default());
    assert_eq!(outcome.status, Status::Optimal, "{instance:?}");
    let loss = outcome.lower_bound.clone();
    (outcome, loss)
}

fn optimum(instance: &Instance, starts: usize) -> Rational {
    solve(instance, starts).1
}

/// The same question about other data.
fn with_data(instance: &Instance, points: Vec<Vec<Rational>>, targets: Vec<Rational>) -> Instance {
    let a = instance.architecture;
    problem(points, targets, a.activation, a.width, a.output_bias, instance.loss)
}

fn with_points(instance: &Instance, change: impl Fn(&[Rational]) -> Vec<Rational>) -> Instance {
    with_data(instance, instance.data.points().iter().map(|x| change(x)).collect(), instance.data.targets().to_vec())
}

fn with_targets(instance: &Instance, change: impl Fn(&Rational) -> Rational) -> Instance {
    with_data(instance, instance.data.points().to_vec(), instance.data.targets().iter().map(change).collect())
}

/// The problem for the points with these numbers.
fn selected(instance: &Instance, which: &[usize]) -> Instance {
    let data = &instance.data;
    with_data(instance, which.iter().map(|&i| data.points()[i].clone()).collect(), which.iter().map(|&i| data.targets()[i].clone()).collect())
}

fn count(n: usize) -> Rational {
    Rational::from(n)
}

macro_rules! relations {
    ($($(#[$doc:meta])* $name:ident, $cases:expr, ($($pattern:pat in $strategy:expr),+) $body:block)*) => {
        $(proptest! {
            #![proptest_config(ProptestConfig { cases: $cases, rng_seed: RngSeed::Fixed(11), failure_persistence: None, ..ProptestConfig::default() })]
            $(#[$doc])*
            #[test]
            fn $name($($pattern in $strategy),+) $body
        })*
    };
}

relations! {
    /// Neither the order of the points nor that of the features is part of the problem.
    order_is_irrelevant, 500, ((instance, starts) in problems(), seed in any::<prop::sample::Index>()) {
        let n = instance.data.len();
        let turn = seed.index(n);
        let order: Vec<usize> = (0..n).rev().map(|i| (i + turn) % n).collect();
        let changed = with_points(&selected(&instance, &order), |x| x.iter().rev().cloned().collect());
        prop_assert_eq!(optimum(&instance, starts), optimum(&changed, starts));
    }

    /// An invertible affine change of the features: `w·x + b` runs through the same functions.
    affine_changes_of_the_features, 500, ((instance, starts) in problems(), scale in nonzero(), shift in number(), shear in number()) {
        let changed = with_points(&instance, |x| {
            x.iter().enumerate().map(|(c, v)| if c == 0 { v * &scale + &shift } else { v + &shear * &x[0] }).collect()
        });
        prop_assert_eq!(optimum(&instance, starts), optimum(&changed, starts));
    }

    /// The same with more points, so that sums are long and most tuples are decided by bounds.
    more_points, 80, (((instance, starts), seed) in (larger(), any::<prop::sample::Index>()), scale in nonzero(), shift in number()) {
        let n = instance.data.len();
        let turn = seed.index(n);
        let order: Vec<usize> = (0..n).map(|i| (i * 7 + turn) % n).collect();
        prop_assume!(n % 7 != 0);
        let changed = with_points(&selected(&instance, &order), |x| x.iter().map(|v| (v + &shift) * &scale).collect());
        let factor = match instance.loss {
            Loss::ZeroOne => Rational::ONE,
            Loss::L2 => q("100/9"),
            _ => q("10/3"),
        };
        prop_assert_eq!(optimum(&instance, starts) * factor, optimum(&with_targets(&changed, |y| y * q("10/3")), starts));
    }

    /// A feature that is an affine function of the others (a constant one, a copy) adds no function on the points.
    dependent_features, 500, ((instance, starts) in problems(), weights in prop::collection::vec(number(), 3), shift in number(), first in any::<bool>()) {
        let changed = with_points(&instance, |x| {
            let new = x.iter().zip(&weights).fold(shift.clone(), |sum, (v, w)| sum + v * w);
            if first { [vec![new], x.to_vec()].concat() } else { [x.to_vec(), vec![new]].concat() }
        });
        prop_assert_eq!(optimum(&instance, starts), optimum(&changed, starts));
    }

    /// `φ ↦ sφ` maps the class to itself: the optimum of `s·y` is `|s|` times (L2: `s²` times) that of `y`; the output weights' signs change if `s < 0`.
    scaled_targets, 500, ((instance, starts) in regressions(), scale in nonzero()) {
        let factor = match instance.loss {
            Loss::L2 => scale.sqr(),
            _ if scale < Rational::ZERO => -&scale,
            _ => scale.clone(),
        };
        let changed = with_targets(&instance, |y| y * &scale);
        prop_assert_eq!(optimum(&instance, starts) * factor, optimum(&changed, starts));
    }

    /// With an output bias, `φ ↦ φ + s` maps the class to itself.
    shifted_targets, 240, ((mut instance, starts) in regressions(), shift in nonzero()) {
        instance.architecture.output_bias = true;
        let changed = with_targets(&instance, |y| y + &shift);
        prop_assert_eq!(optimum(&instance, starts), optimum(&changed, starts));
    }

    /// Of the targets of the 0-1 loss only the signs matter.
    class_values, 240, ((instance, starts) in problems_of(2, &[Loss::ZeroOne]), scale in 1i64..9) {
        let changed = with_targets(&instance, |y| if *y > Rational::ZERO { fraction(scale, 7) } else { q("-1e-30") });
        prop_assert_eq!(optimum(&instance, starts), optimum(&changed, starts));
    }

    /// With every point twice the sums double and the maximum stays.
    doubled_data, 300, ((instance, starts) in problems()) {
        let twice: Vec<usize> = (0..instance.data.len()).flat_map(|i| [i, i]).collect();
        let factor = if instance.loss == Loss::Linf { 1 } else { 2 };
        prop_assert_eq!(optimum(&instance, starts) * count(factor), optimum(&selected(&instance, &twice), starts));
    }

    /// A second copy of a point costs at least nothing and at most that point's part of the old optimal network's loss.
    one_point_repeated, 400, ((instance, starts) in problems(), which in any::<prop::sample::Index>()) {
        let n = instance.data.len();
        let i = which.index(n);
        let more = selected(&instance, &(0..n).chain([i]).collect::<Vec<_>>());
        let (outcome, before) = solve(&instance, starts);
        let after = optimum(&more, starts);
        prop_assert!(before <= after);
        prop_assert!(after <= plain::evaluate(&outcome.incumbent.unwrap().network, &more));
        if instance.loss == Loss::Linf {
            prop_assert_eq!(before, after);
        }
    }

    /// A point that an optimal network fits changes nothing: no network loses less on more points.
    a_fitted_point_more, 500, ((instance, starts) in problems(), x in prop::collection::vec(number(), 3)) {
        let x = x[..instance.data.dimension()].to_vec();
        let (outcome, before) = solve(&instance, starts);
        let prediction = value(&outcome.incumbent.unwrap().network, &x);
        let y = match instance.loss {
            Loss::ZeroOne => if prediction > Rational::ZERO { Rational::ONE } else { Rational::ZERO },
            _ => prediction,
        };
        let changed = with_data(&instance, [instance.data.points(), &[x]].concat(), [instance.data.targets(), &[y]].concat());
        prop_assert_eq!(before, optimum(&changed, starts));
    }

    /// A network for all points serves both halves: sums are superadditive, the maximum is monotone.
    parts_of_the_data, 400, ((instance, starts) in problems(), cut in any::<prop::sample::Index>()) {
        let n = instance.data.len();
        let cut = cut.index(n);
        prop_assume!(cut > 0);
        let all = optimum(&instance, starts);
        let part = |range: std::ops::Range<usize>| optimum(&selected(&instance, &range.collect::<Vec<_>>()), starts);
        let (left, right) = (part(0..cut), part(cut..n));
        let parts = if instance.loss == Loss::Linf { left.max(right) } else { left + right };
        prop_assert!(all >= parts);
    }

    /// More neurons or a bias are never worse, and one more neuron does what a bias does: `c = ±σ(|c|)` for ReLU, `c·σ(1)` for thresholds.
    larger_classes, 300, ((instance, starts) in problems_of(1, &Loss::ALL), drop in any::<prop::sample::Index>()) {
        // Few enough points for the second neuron.
        let n = instance.data.len().min(6 - usize::from(instance.data.dimension() > 2));
        let first = drop.index(instance.data.len() - n + 1);
        let instance = selected(&instance, &(first..first + n).collect::<Vec<_>>());
        let of = |width: usize, output_bias: bool| {
            let mut changed = instance.clone();
            changed.architecture.width = width;
            changed.architecture.output_bias = output_bias;
            optimum(&changed, starts)
        };
        let k = instance.architecture.width;
        let (plain, biased, wide, both) = (of(k, false), of(k, true), of(k + 1, false), of(k + 1, true));
        prop_assert!(plain >= biased && biased >= wide && wide >= both);
    }

    /// On finitely many points `[z > 0] = (σ(z) − σ(z − ε))/ε` for small ε: two ReLUs do what one threshold does.
    two_relus_are_a_threshold, 240, ((mut instance, starts) in problems_of(1, &Loss::ALL), from in any::<prop::sample::Index>()) {
        let n = instance.data.len().min(5);
        let first = from.index(instance.data.len() - n + 1);
        instance = selected(&instance, &(first..first + n).collect::<Vec<_>>());
        instance.architecture.activation = Activation::Threshold;
        let threshold = optimum(&instance, starts);
        instance.architecture.activation = Activation::Relu;
        instance.architecture.width *= 2;
        prop_assert!(optimum(&instance, starts) <= threshold);
        // Without features, or without neurons, both activations leave the constants.
        if instance.data.dimension() == 0 || instance.architecture.width == 0 {
            prop_assert_eq!(optimum(&instance, starts), threshold);
        }
    }

    /// One neuron separates the points by a halfspace or not at all, whatever the activation and the bias: on finitely many points open and closed halfspaces cut off the same sets.
    one_neuron_classifies_by_a_halfspace, 500, ((mut instance, starts) in problems_of(1, &[Loss::ZeroOne])) {
        instance.architecture.width = 1;
        let mut optima = Vec::new();
        for activation in Activation::ALL {
            for output_bias in [false, true] {
                instance.architecture.activation = activation;
                instance.architecture.output_bias = output_bias;
                optima.push(optimum(&instance, starts));
            }
        }
        prop_assert!(optima.iter().all(|value| *value == optima[0]), "{:?}", optima);
    }

    /// `max|r| ≤ ‖r‖₂ ≤ ‖r‖₁ ≤ √n ‖r‖₂` and `‖r‖₁ ≤ n·max|r|`, `‖r‖₂ ≤ √n·max|r|` hold for every network, hence for the minima.
    norm_inequalities, 300, ((mut instance, starts) in problems_of(2, &[Loss::L2])) {
        let n = count(instance.data.len());
        let mut of = |loss: Loss| { instance.loss = loss; optimum(&instance, starts) };
        let (squares, sum, largest) = (of(Loss::L2), of(Loss::L1), of(Loss::Linf));
        prop_assert!(largest.sqr() <= squares && squares <= sum.sqr());
        prop_assert!(squares <= &n * largest.sqr() && sum.sqr() <= &n * &squares && sum <= n * largest);
    }

    /// With targets ±1 a point on the wrong side has a residual of at least 1.
    errors_cost_at_least_one, 200, ((mut instance, starts) in problems_of(2, &[Loss::ZeroOne])) {
        instance = with_targets(&instance, |y| y * count(2) - Rational::ONE);
        let errors = optimum(&instance, starts);
        for loss in [Loss::L1, Loss::L2] {
            instance.loss = loss;
            prop_assert!(errors <= optimum(&instance, starts));
        }
    }

    /// A run that ends by itself with a gap allowed says so, and the optimum lies between bound and loss.
    gaps, 500, ((instance, starts) in problems(), gap in (1i64..10, 10u8..40).prop_map(|(p, q)| fraction(p, q))) {
        let control = Control::default().with_gap(gap);
        let outcome = train(&instance, starts, &control);
        prop_assert!(matches!(outcome.status, Status::Optimal | Status::WithinGap), "{:?} of {:?}", outcome, instance);
        let optimum = optimum(&instance, starts);
        prop_assert!(outcome.lower_bound <= optimum && optimum <= outcome.incumbent.unwrap().loss);
    }

    /// The decision problem near the optimum has the answer that the optimum gives, whatever gap is allowed.
    decisions, 300, ((instance, starts) in problems(), step in prop::sample::select(&["1e-50", "1e-15", "1/3"][..]), gap in any::<bool>(), threads in 1usize..3) {
        let optimum = optimum(&instance, starts);
        for (target, status) in [
            (&optimum - &optimum * q(step), if optimum.is_zero() { Status::Realizable } else { Status::NotRealizable }),
            (optimum.clone(), Status::Realizable),
            (&optimum + q(step), Status::Realizable),
        ] {
            let decision = Instance { target_error: Some(target), ..instance.clone() };
            let gap = if gap { q("1/4") } else { Rational::ZERO };
            let outcome = train(&decision, starts, &Control::default().with_gap(gap).with_threads(threads));
            prop_assert_eq!(outcome.status, status, "{:?}", decision);
            prop_assert!(outcome.lower_bound <= optimum);
        }
    }

    /// Neither threads nor seed nor the strength of the local search change the optimum or the status.
    settings_are_irrelevant, 300, ((instance, starts) in problems(), seed in any::<u64>()) {
        let expected = optimum(&instance, starts);
        for control in [Control::default().with_threads(2), Control::default().with_seed(seed)] {
            let outcome = train(&instance, 3 - starts, &control);
            prop_assert_eq!(outcome.status, Status::Optimal);
            prop_assert_eq!(&outcome.lower_bound, &expected);
        }
    }
}
