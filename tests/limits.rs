//! Runs that end early, and the decision problem: whatever stops a run, its network and its bound hold, and its status says no more than they do.

#[path = "support/plain.rs"]
mod plain;

use plain::{check_outcome, problem, q};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use relus::exact::Rational;
use relus::instance::{Activation, Instance, Loss};
use relus::train::auto::Auto;
use relus::train::enumerate::Enumerate;
use relus::train::local::Local;
use relus::train::milp::Milp;
use relus::train::univariate::Univariate;
use relus::train::{Control, Observer, Outcome, Progress, Status, Trainer};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// The enumeration with a poor first incumbent, so that there is something left to be stopped.
fn poor() -> Enumerate {
    Enumerate { local: Local { starts: 0, polished: 0, ..Local::default() }, ..Enumerate::default() }
}

fn optimum(instance: &Instance) -> Rational {
    let instance = Instance { target_error: None, ..instance.clone() };
    let outcome = Enumerate::default().train(&instance, &Control::default()).unwrap();
    assert_eq!(outcome.status, Status::Optimal);
    outcome.lower_bound
}

/// Checks an outcome against the optimum: the network is no better, the bound no higher.
fn check(instance: &Instance, control: &Control<'_>, outcome: &Outcome, optimum: &Rational) {
    let loss = check_outcome(instance, control, outcome);
    assert!(loss >= *optimum && outcome.lower_bound <= *optimum, "{outcome:?} of {instance:?}, optimum {optimum}");
}

/// Data without structure, with some points twice (under different targets), so that no easy bound is met.
fn instances() -> Vec<Instance> {
    let points: Vec<Vec<Rational>> = (0..12i32).map(|i| vec![Rational::from(i % 10 * 7 % 12), Rational::from(i % 10 * i % 10 * 5 % 13)]).collect();
    let mut all = Vec::new();
    for loss in Loss::ALL {
        for activation in Activation::ALL {
            for (width, bias) in [(1, true), (2, false)] {
                let target = |i: i32| if loss == Loss::ZeroOne { i * i % 5 % 2 } else { i * i * 11 % 17 - 8 };
                let targets = (0..12).map(|i| Rational::from(target(i))).collect();
                all.push(problem(points.clone(), targets, activation, width, bias, loss));
            }
        }
    }
    all
}

fn methods(instance: &Instance) -> Vec<Box<dyn Trainer>> {
    let mut methods: Vec<Box<dyn Trainer>> =
        vec![Box::new(Enumerate::default()), Box::new(poor()), Box::new(Auto::default()), Box::new(Local::default())];
    if instance.loss != Loss::L2 {
        methods.push(Box::new(Milp::default()));
    }
    methods
}

#[test]
fn without_any_time_a_network_and_a_bound_come_back() {
    for instance in instances() {
        let optimum = optimum(&instance);
        for method in methods(&instance) {
            let control = Control::default().with_time_limit(Duration::ZERO);
            let outcome = method.train(&instance, &control).unwrap();
            // The search looks at its first nodes in any case, and they may be enough.
            assert!(outcome.status == Status::TimeLimit || outcome.method == "search", "{} of {instance:?}", method.name());
            check(&instance, &control, &outcome, &optimum);
        }
    }
}

/// However far a run gets in the time, its claims hold.
#[test]
fn a_little_time() {
    for instance in instances() {
        let optimum = optimum(&instance);
        for method in methods(&instance) {
            for limit in [200, 1_000, 3_000, 10_000] {
                for threads in [1, 2] {
                    let control = Control::default().with_threads(threads).with_time_limit(Duration::from_micros(limit));
                    let outcome = method.train(&instance, &control).unwrap();
                    assert_ne!(outcome.status, Status::Interrupted);
                    check(&instance, &control, &outcome, &optimum);
                }
            }
        }
    }
}

/// The same for the method of one feature: gaps and local searches that are given up prove nothing.
#[test]
fn one_feature_in_a_little_time() {
    let mut stopped = 0;
    for loss in [Loss::L2, Loss::L1, Loss::Linf] {
        for (width, bias) in [(2, true), (3, false)] {
            let points = (0..14i32).map(|i| vec![Rational::from(i % 12 * 7 % 15)]).collect();
            let targets = (0..14i32).map(|i| Rational::from(i * i * 11 % 17 - 8)).collect();
            let instance = problem(points, targets, Activation::Relu, width, bias, loss);
            let optimum = optimum(&instance);
            for limit in (0..40).map(|i| i * 100) {
                let control = Control::default().with_time_limit(Duration::from_micros(limit));
                let outcome = Univariate { local: Local { starts: 1, polished: 0, ..Local::default() } }.train(&instance, &control).unwrap();
                stopped += usize::from(outcome.status == Status::TimeLimit);
                check(&instance, &control, &outcome, &optimum);
            }
        }
    }
    assert!(stopped > 6, "{stopped} were stopped");
}

#[test]
fn a_raised_flag_interrupts() {
    for instance in instances() {
        let optimum = optimum(&instance);
        for method in methods(&instance) {
            // The flag counts for more than a time limit that has passed as well.
            let control = Control::default().with_stop_flag(Arc::new(AtomicBool::new(true))).with_time_limit(Duration::ZERO);
            let outcome = method.train(&instance, &control).unwrap();
            assert!(outcome.status == Status::Interrupted || outcome.method == "search", "{} of {instance:?}", method.name());
            check(&instance, &control, &outcome, &optimum);
        }
    }
}

/// Raises the stop flag at the given report.
struct StopAt {
    reports_left: AtomicUsize,
    flag: Arc<AtomicBool>,
}

impl Observer for StopAt {
    fn report(&self, progress: &Progress) {
        assert!(progress.total.is_none_or(|total| progress.done <= total), "{progress:?}");
        if self.reports_left.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.flag.store(true, Ordering::Relaxed);
        }
    }
}

/// Interrupts the enumeration at each of its first reports, in each of its phases.
#[test]
fn interrupted_at_every_report() {
    let mut interrupted = 0;
    for instance in instances() {
        let optimum = optimum(&instance);
        for threads in [1, 2] {
            for report in (1..12).chain([20, 40, 80, 150]) {
                let flag = Arc::new(AtomicBool::new(false));
                let observer = StopAt { reports_left: AtomicUsize::new(report), flag: Arc::clone(&flag) };
                let control = Control::default().with_threads(threads).with_stop_flag(flag).with_observer(&observer);
                let outcome = poor().train(&instance, &control).unwrap();
                assert!(matches!(outcome.status, Status::Optimal | Status::Interrupted), "{outcome:?} of {instance:?}");
                interrupted += usize::from(outcome.status == Status::Interrupted);
                check(&instance, &control, &outcome, &optimum);
            }
        }
    }
    assert!(interrupted > 50, "{interrupted} interruptions");
}

/// Interrupts decision problems, also between finding a network that is good enough and the end: what is dropped from then on is dropped without a look, so it counts
/// for nothing in the bound.
#[test]
fn decisions_interrupted_at_every_report() {
    let mut interrupted = 0;
    for instance in instances() {
        let optimum = optimum(&instance);
        for target in [&optimum + Rational::ONE, &optimum + Rational::from(2), &optimum * Rational::from(2)] {
            let decision = Instance { target_error: Some(target), ..instance.clone() };
            for threads in [1, 2] {
                for report in (1..12).chain([20, 40]) {
                    let flag = Arc::new(AtomicBool::new(false));
                    let observer = StopAt { reports_left: AtomicUsize::new(report), flag: Arc::clone(&flag) };
                    let control = Control::default().with_threads(threads).with_stop_flag(Arc::clone(&flag)).with_observer(&observer);
                    for max_survivors in [20, 1_000_000] {
                        let outcome = Enumerate { max_survivors, ..poor() }.train(&decision, &control).unwrap();
                        interrupted += usize::from(flag.swap(false, Ordering::Relaxed));
                        observer.reports_left.store(report, Ordering::Relaxed);
                        check(&decision, &control, &outcome, &optimum);
                    }
                }
            }
        }
    }
    assert!(interrupted > 50, "{interrupted} interruptions");
}

#[test]
fn too_many_cells_are_named_as_the_reason() {
    let mut open = 0;
    for instance in instances() {
        let optimum = optimum(&instance);
        let outcome = Enumerate { max_cells: 10, ..Enumerate::default() }.train(&instance, &Control::default()).unwrap();
        // The local search alone may reach what the repeated points force.
        if outcome.status != Status::Optimal {
            open += 1;
            assert_eq!(outcome.status, Status::TimeLimit);
            assert!(outcome.notes.iter().any(|note| note.contains("more than the 10 that enumeration lists")), "{:?}", outcome.notes);
        }
        check(&instance, &Control::default(), &outcome, &optimum);
        // What is chosen instead of the enumeration says why.
        let auto = Auto { enumerate: Enumerate { max_cells: 10, ..Enumerate::default() }, ..Auto::default() };
        let control = Control::default().with_time_limit(Duration::from_millis(50));
        let outcome = auto.train(&instance, &control).unwrap();
        assert!(outcome.method != "enumerate" && outcome.notes[0].starts_with("auto chose"), "{outcome:?}");
        check(&instance, &control, &outcome, &optimum);
    }
    assert!(open > 8, "{open} runs without a proof");
}

/// The decision problem at, just above and just below the optimum, nearer than any float can tell, and far from it.
#[test]
fn decisions_agree_with_the_optimum() {
    for instance in instances() {
        let optimum = optimum(&instance);
        let hair = q("1e-60");
        let targets = [
            (q("-1"), false),
            (Rational::ZERO, optimum.is_zero()),
            (&optimum / Rational::from(2), optimum.is_zero()),
            (&optimum - &hair, false),
            (optimum.clone(), true),
            (&optimum + &hair, true),
            (&optimum * Rational::from(2), true),
            (q("1e300"), true),
        ];
        for (target, realizable) in targets {
            let decision = Instance { target_error: Some(target.clone()), ..instance.clone() };
            let expected = if realizable { Status::Realizable } else { Status::NotRealizable };
            for control in [Control::default(), Control::default().with_threads(2), Control::default().with_gap(q("1/2"))] {
                for method in [&Enumerate::default() as &dyn Trainer, &poor(), &Auto::default()] {
                    let outcome = method.train(&decision, &control).unwrap();
                    assert_eq!(outcome.status, expected, "{} {decision:?}: {outcome:?}", method.name());
                    check(&decision, &control, &outcome, &optimum);
                }
            }
            // These may fail to find a network, but not say that there is none.
            let control = Control::default().with_time_limit(Duration::from_millis(30));
            let outcome = Local::default().train(&decision, &control).unwrap();
            check(&decision, &control, &outcome, &optimum);
            if decision.loss != Loss::L2 {
                let outcome = Milp::default().train(&decision, &control).unwrap();
                check(&decision, &control, &outcome, &optimum);
            }
        }
    }
}

/// What the mixed-integer program may say of small random problems: "optimal" and "not-realizable" only where exact numbers prove it, and its network never beats the optimum.
fn check_milp(points: &[Vec<i64>], targets: &[i64], choice: (Loss, Activation, usize, bool), gap: &str, share: &str) {
    let (loss, activation, width, bias) = choice;
    let class = |y: i64| if loss == Loss::ZeroOne { i64::from(y > 0) } else { y };
    let points = points.iter().map(|x| x.iter().map(|&v| Rational::from(v)).collect()).collect();
    let mut instance = problem(points, targets.iter().map(|&y| Rational::from(class(y))).collect(), activation, width, bias, loss);
    let optimum = optimum(&instance);
    let control = Control::default().with_gap(q(gap)).with_time_limit(Duration::from_millis(100));
    let outcome = Milp::default().train(&instance, &control).unwrap();
    check(&instance, &control, &outcome, &optimum);
    instance.target_error = Some(&optimum * q(share));
    let outcome = Milp::default().train(&instance, &control).unwrap();
    check(&instance, &control, &outcome, &optimum);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, rng_seed: RngSeed::Fixed(5), failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn the_mixed_integer_program_claims_nothing_unproven(
        (points, targets) in (1usize..6, 0usize..3).prop_flat_map(|(n, d)| (
            prop::collection::vec(prop::collection::vec(-2i64..3, d), n),
            prop::collection::vec(-3i64..4, n),
        )),
        choice in (prop::sample::select(&[Loss::L1, Loss::Linf, Loss::ZeroOne][..]), prop::sample::select(&Activation::ALL[..]), 0usize..2, any::<bool>()),
        gap in prop::sample::select(&["0", "1/10"][..]),
        share in prop::sample::select(&["0", "1/2", "999999/1000000", "1", "2"][..]),
    ) {
        check_milp(&points, &targets, choice, gap, share);
    }
}
