//! Every relaxation is checked by weak duality, in code of its own: the dual by its definition on the generators of the cones, the primal by its
//! definition in the weights; equal values make both optimal.

use super::*;
use crate::exact::Rational;
use crate::instance::{Activation, Architecture, Data, Instance};
use crate::train::search::{Cone, State};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

/// A small problem with many ties: coordinates and targets from few integers, points repeated, constant columns.
fn degenerate(rng: &mut ChaCha8Rng, activation: Activation, loss: Loss) -> Instance {
    let (n, d, width) = (rng.random_range(1..=10), rng.random_range(1..=3), rng.random_range(1..=3));
    let spread = rng.random_range(1..=4);
    let constant = rng.random_range(0..5) == 0;
    let inputs = (0..n)
        .map(|_| (0..d).map(|c| if constant && c == 0 { Rational::from(2) } else { Rational::from(rng.random_range(-spread..=spread)) }).collect())
        .collect();
    let height = rng.random_range(0..=5);
    let targets = (0..n).map(|_| Rational::from(rng.random_range(-height..=height))).collect();
    let architecture = Architecture { activation, width, output_bias: rng.random_range(0..3) == 0, convex: false, affine: false };
    Instance { data: Data::new(inputs, targets).unwrap(), architecture, loss, target_error: None }
}

/// Points and targets without ties.
fn noisy(rng: &mut ChaCha8Rng, n: usize, d: usize, width: usize, activation: Activation, loss: Loss) -> Instance {
    let number = |rng: &mut ChaCha8Rng| Rational::from(rng.random_range(-1000..=1000));
    let inputs = (0..n).map(|_| (0..d).map(|_| number(rng)).collect()).collect();
    let targets = (0..n).map(|_| number(rng)).collect();
    let architecture = Architecture { activation, width, output_bias: false, convex: false, affine: false };
    Instance { data: Data::new(inputs, targets).unwrap(), architecture, loss, target_error: None }
}

/// The loss of the relaxation at the proposed weights, and by how much they leave their cones.
fn primal(model: &Model<'_>, node: &Node, w: &[f64]) -> (f64, f64) {
    let relu = model.activation() == Activation::Relu;
    let block = if relu { model.rank() } else { 1 };
    let c = if model.output_bias() { w[w.len() - 1] } else { 0.0 };
    let (mut outside, mut total, mut largest) = (0.0_f64, 0.0, 0.0_f64);
    for s in 0..model.sites() {
        let (mut low, mut high) = (c, c);
        for (j, cone) in node.cones.iter().enumerate() {
            let weights = &w[j * block..(j + 1) * block];
            let z = if relu { weights.iter().zip(model.features(s)).map(|(w, x)| w * x).sum() } else { weights[0] };
            if !relu {
                outside = outside.max(-z);
            }
            let (least, most): (f64, f64) = match cone.states[s] {
                State::On => {
                    outside = outside.max(-z);
                    (z, z)
                }
                State::Off => {
                    outside = outside.max(if relu { z } else { 0.0 });
                    (0.0, 0.0)
                }
                State::Undecided => (if relu { z.max(0.0) } else { 0.0 }, if relu { f64::INFINITY } else { z }),
            };
            (low, high) = if node.plus[j] { (low + least, high + most) } else { (low - most, high - least) };
        }
        for &t in &model.items_of_site[s] {
            let y = model.items[t].scaled_target;
            let r = (low - y).max(y - high).max(0.0);
            largest = largest.max(r);
            total += if model.loss() == Loss::L2 { model.items[t].weight as f64 * r * r } else { r };
        }
    }
    (if model.loss() == Loss::Linf { largest } else { total }, outside)
}

/// The value that `u` proves, and by how much its conditions are violated.
fn dual(model: &Model<'_>, node: &Node, relaxation: &Relaxation) -> (f64, f64) {
    let n = model.sites();
    let totals: Vec<f64> = (0..n).map(|s| model.items_of_site[s].iter().map(|&t| relaxation.u[t]).sum()).collect();
    let mut violation = if model.output_bias() { totals.iter().sum::<f64>().abs() } else { 0.0 };
    for (j, cone) in node.cones.iter().enumerate() {
        let a = if node.plus[j] { 1.0 } else { -1.0 };
        if model.activation() == Activation::Threshold {
            let g: f64 = (0..n)
                .map(|s| match cone.states[s] {
                    State::On => a * totals[s],
                    State::Off => 0.0,
                    State::Undecided => (a * totals[s]).max(0.0),
                })
                .sum();
            violation = violation.max(g);
            continue;
        }
        for r in 0..cone.generators() {
            let mut g = 0.0;
            for (s, total) in totals[..n].iter().enumerate() {
                let x = cone.value(r, s);
                let pull = a * total;
                if pull > 0.0 {
                    g += pull * x.max(0.0);
                } else {
                    let p = relaxation.p[j * n + s];
                    violation = violation.max(-p).max(p - total.abs());
                    g -= p * x;
                }
            }
            violation = violation.max(g);
        }
    }
    let gain: f64 = relaxation.u.iter().zip(&model.items).map(|(u, item)| u * item.scaled_target).sum();
    let squares: f64 = relaxation.u.iter().zip(&model.items).map(|(u, item)| u * u / item.weight as f64).sum();
    let value = match model.loss() {
        Loss::L2 if squares > 1e-15 => gain * gain / squares,
        Loss::L2 => 2.0 * gain - squares,
        Loss::L1 => gain / relaxation.u.iter().fold(1e-3_f64, |largest, u| largest.max(u.abs())),
        _ => gain / relaxation.u.iter().map(|u| u.abs()).sum::<f64>().max(1e-3),
    };
    (if gain > 1e-12 { value } else { 0.0 }, violation)
}

/// Checks the engine's last answer; returns its value.
fn check(model: &Model<'_>, node: &Node, engine: &RelaxEngine, tolerance: f64, what: &str) -> f64 {
    let relaxation = engine.relaxation();
    let (upper, outside) = primal(model, node, &relaxation.w);
    let (lower, violation) = dual(model, node, relaxation);
    let size = relaxation.w.iter().fold(1.0_f64, |size, w| size.max(w.abs()));
    let scale = relaxation.u.iter().fold(1.0_f64, |size, u| size.max(u.abs()));
    // The linear losses' program is shifted a little.
    assert!(outside <= if model.loss() == Loss::L2 { 1e-10 } else { 1e-8 } * size, "{what}: weights {outside:e} outside");
    assert!(violation <= 1e-11 * scale, "{what}: dual violated by {violation:e}, u {scale}, w {size:e}, steps {}", engine.steps());
    assert!((lower - relaxation.value).abs() <= 1e-9 * (1.0 + lower), "{what}: {lower} is not {}", relaxation.value);
    assert!((upper - lower).abs() <= tolerance * (1.0 + upper), "{what}: gap between {lower} and {upper}");
    relaxation.value
}

/// Walks down random paths of the tree. Returns numbers of solves, of steps, and of failures.
fn walk(model: &Model<'_>, rng: &mut ChaCha8Rng, paths: usize, tolerance: f64, what: &str) -> (u32, u32, u32) {
    let mut engine = RelaxEngine::new(model).without_lids();
    let mut fresh = RelaxEngine::new(model).without_lids();
    let (mut solves, mut steps, mut failures) = (0, 0, 0);
    let root = Arc::new(Cone::root(model));
    for path in 0..paths {
        let plus: Arc<[bool]> = (0..model.width()).map(|_| rng.random_range(0..2) == 0).collect();
        let mut node = Node { plus, cones: vec![root.clone(); model.width()], known: None };
        let mut warm: Option<WarmStart> = None;
        let mut before = 0.0;
        for depth in 0.. {
            let what = format!("{what}, path {path}, depth {depth}");
            let status = engine.solve(&node, warm.as_ref(), f64::INFINITY);
            (solves, steps) = (solves + 1, steps + engine.steps());
            let cold = fresh.solve(&node, None, f64::INFINITY);
            failures += u32::from(status == RelaxStatus::Failed) + u32::from(cold == RelaxStatus::Failed);
            if status == RelaxStatus::Solved {
                let value = check(model, &node, &engine, tolerance, &what);
                assert!(value >= before - tolerance * (1.0 + before), "{what}: the bound falls from {before} to {value}");
                before = value;
                warm = Some(engine.warm_start());
            }
            if cold == RelaxStatus::Solved {
                let value = check(model, &node, &fresh, tolerance, &format!("{what}, cold"));
                assert!(status != RelaxStatus::Solved || (value - before).abs() <= tolerance * (1.0 + value), "{what}: {value} cold, {before} warm");
            }
            let open: Vec<(usize, usize)> = (0..model.width())
                .flat_map(|j| (0..model.sites()).map(move |s| (j, s)))
                .filter(|&(j, s)| node.cones[j].states[s] == State::Undecided)
                .collect();
            if open.is_empty() {
                break;
            }
            let (j, s) = open[rng.random_range(0..open.len())];
            let on = rng.random_range(0..2) == 0;
            let cut = node.cones[j].cut(model, s, on);
            node.cones[j] = Arc::new(cut);
        }
    }
    (solves, steps, failures)
}

/// Walks down random paths with lids. Their dual is checked by its definition, and they must not be worse than the relaxation without them. Returns numbers of solves, of those
/// with a better bound, and of failures.
fn raised_walk(model: &Model<'_>, rng: &mut ChaCha8Rng, paths: usize, what: &str) -> (u32, u32, u32) {
    let mut engine = RelaxEngine::new(model);
    let mut without = RelaxEngine::new(model).without_lids();
    let (mut solves, mut better, mut failures) = (0, 0, 0);
    let root = Arc::new(Cone::root(model));
    for path in 0..paths {
        let plus: Arc<[bool]> = (0..model.width()).map(|_| rng.random_range(0..2) == 0).collect();
        let mut node = Node { plus, cones: vec![root.clone(); model.width()], known: None };
        let mut warm: Option<WarmStart> = None;
        for depth in 0.. {
            let what = format!("{what}, path {path}, depth {depth}");
            if without.solve(&node, None, f64::INFINITY) == RelaxStatus::Solved {
                let least = without.relaxation().value;
                let status = engine.solve(&node, warm.as_ref(), 3.0 * least);
                solves += 1;
                failures += u32::from(status == RelaxStatus::Failed);
                if status != RelaxStatus::Failed {
                    let relaxation = engine.relaxation();
                    let (value, violation) = dual(model, &node, relaxation);
                    let scale = relaxation.u.iter().fold(1.0_f64, |size, u| size.max(u.abs()));
                    assert!(violation <= 1e-9 * scale, "{what}: dual violated by {violation:e}, u {scale}");
                    assert!((value - relaxation.value).abs() <= 1e-9 * (1.0 + value), "{what}: {value} is not {}", relaxation.value);
                    assert!(value >= least - 1e-8 * (1.0 + least), "{what}: {value} with lids, {least} without");
                    better += u32::from(value > least * (1.0 + 1e-6));
                    warm = Some(engine.warm_start());
                }
            }
            let open: Vec<(usize, usize)> =
                (0..model.width()).flat_map(|j| (0..model.sites()).map(move |s| (j, s))).filter(|&(j, s)| node.is_open(j, s)).collect();
            if open.is_empty() {
                break;
            }
            let (j, s) = open[rng.random_range(0..open.len())];
            node.cones[j] = Arc::new(node.cones[j].cut(model, s, rng.random_range(0..2) == 0));
        }
    }
    (solves, better, failures)
}

#[test]
fn lids_keep_the_dual_feasible() {
    let (mut solves, mut better, mut failures) = (0, 0, 0);
    let mut add = |(more, raised, failed)| {
        solves += more;
        better += raised;
        failures += failed;
    };
    for seed in 0..400 {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let instance = degenerate(&mut rng, Activation::Relu, Loss::L2);
        add(raised_walk(&Model::new(&instance), &mut rng, 6, &format!("seed {seed}")));
    }
    for (n, d, width) in [(40, 2, 2), (20, 3, 2), (20, 2, 3), (60, 3, 1), (30, 4, 2)] {
        let mut rng = ChaCha8Rng::seed_from_u64(n as u64);
        let instance = noisy(&mut rng, n, d, width, Activation::Relu, Loss::L2);
        add(raised_walk(&Model::new(&instance), &mut rng, 30, &format!("{n} {d} {width}")));
    }
    assert!(better * 20 >= solves && failures * 500 <= solves, "{better} of {solves} better, {failures} failed");
}

fn degenerate_walks(activation: Activation, loss: Loss, instances: u64, tolerance: f64) {
    let (mut solves, mut failures) = (0, 0);
    for seed in 0..instances {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let instance = degenerate(&mut rng, activation, loss);
        let model = Model::new(&instance);
        let (more, _, failed) = walk(&model, &mut rng, 6, tolerance, &format!("seed {seed}"));
        solves += more;
        failures += failed;
    }
    assert!(failures * 1000 <= solves, "{failures} failures in {solves} relaxations");
}

#[test]
fn squares_with_relu() {
    degenerate_walks(Activation::Relu, Loss::L2, 400, 1e-9);
}

#[test]
fn squares_with_thresholds() {
    degenerate_walks(Activation::Threshold, Loss::L2, 300, 1e-9);
}

#[test]
fn absolute_values() {
    degenerate_walks(Activation::Relu, Loss::L1, 300, 1e-8);
    degenerate_walks(Activation::Threshold, Loss::L1, 300, 1e-8);
}

#[test]
fn maximum() {
    degenerate_walks(Activation::Relu, Loss::Linf, 300, 1e-8);
    degenerate_walks(Activation::Threshold, Loss::Linf, 300, 1e-8);
}

#[test]
fn squares_without_ties() {
    for (n, d, width) in [(40, 2, 2), (20, 3, 2), (20, 2, 3), (60, 3, 1)] {
        let mut rng = ChaCha8Rng::seed_from_u64(n as u64);
        let instance = noisy(&mut rng, n, d, width, Activation::Relu, Loss::L2);
        let model = Model::new(&instance);
        let (solves, steps, failures) = walk(&model, &mut rng, 30, 1e-8, &format!("{n} {d} {width}"));
        println!("n={n} d={d} k={width}: {} steps a solve, {failures} failures of {solves}", f64::from(steps) / f64::from(solves));
        assert_eq!(failures, 0);
    }
}
