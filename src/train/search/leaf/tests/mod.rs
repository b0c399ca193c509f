//! Proofs from proposals against the exact relaxation, whose value no proof can exceed and good proofs attain.

mod oracle;

use super::*;
use crate::exact::{Integer, Rational, lower_f64, nearest_f64};
use crate::instance::{Activation, Architecture, Data, Instance, Loss};
use crate::train::search::{Cone, Model, Node, Relaxation, State};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

fn instance(rng: &mut ChaCha8Rng, points: usize, dimension: usize, width: usize, range: i32) -> Instance {
    let mut integer = |range: i32| Rational::from(rng.random_range(-range..=range));
    let x = (0..points).map(|_| (0..dimension).map(|_| integer(range)).collect()).collect();
    let y = (0..points).map(|_| integer(range)).collect();
    let activation = if rng.random_bool(0.7) { Activation::Relu } else { Activation::Threshold };
    let loss = [Loss::L2, Loss::L1, Loss::Linf][rng.random_range(0..3)];
    let architecture = Architecture { activation, width, output_bias: rng.random_bool(0.3), convex: false, affine: false };
    Instance { data: Data::new(x, y).unwrap(), architecture, loss, target_error: None }
}

/// A node some random cuts below a root.
fn node(rng: &mut ChaCha8Rng, model: &Model<'_>, cuts: usize) -> Node {
    let mut plus: Vec<bool> = (0..model.width()).map(|_| rng.random_bool(0.5)).collect();
    let mut cones: Vec<Arc<Cone>> = (0..model.width())
        .map(|_| {
            let mut cone = Cone::root(model);
            for _ in 0..rng.random_range(0..=cuts) {
                let undecided: Vec<usize> = (0..model.sites()).filter(|&s| cone.states[s] == State::Undecided).collect();
                if undecided.is_empty() {
                    break;
                }
                cone = cone.cut(model, undecided[rng.random_range(0..undecided.len())], rng.random_bool(0.5));
            }
            Arc::new(cone)
        })
        .collect();
    if let Some(affine) = model.affine_cone() {
        plus.push(true);
        cones.push(affine);
    }
    Node { plus: plus.into(), cones, known: None }
}

fn scaled(model: &Model<'_>, loss: &Rational) -> Rational {
    (loss - &model.constant) / model.loss_unit()
}

#[derive(Default, Debug)]
struct Tally {
    nodes: usize,
    quick: usize,
    certified: usize,
    tight: usize,
}

fn recover(rng: &mut ChaCha8Rng, model: &Model<'_>, node: &Node, noise: f64, tally: &mut Tally) {
    let exact = oracle::solve(model, node);
    if exact.loss <= model.constant {
        return;
    }
    tally.nodes += 1;
    let proposal = oracle::proposal(model, &exact, noise, || rng.random_range(-1.0..1.0));
    let mut scratch = Scratch::default();
    let value = scaled(model, &exact.loss);
    let quick = quick_bound(model, node, &proposal, 0.0, &mut scratch);
    assert!(quick <= nearest_f64(&value) * (1.0 + 1e-15) && (quick < 0.0 || Rational::try_from(quick).unwrap() <= value), "{quick} > {value}");
    tally.quick += usize::from(quick >= lower_f64(&value) * (1.0 - 1e-6));
    let needed = &model.constant + (&exact.loss - &model.constant) * (Rational::ONE - Rational::from_parts(1.into(), 1000u16.into()));
    if let Some(leaf) = certify(model, node, &proposal, &needed, &mut scratch) {
        assert!(verify(model, node, &leaf) && bound(model, &leaf) >= needed && bound(model, &leaf) <= exact.loss);
        tally.certified += 1;
    }
    let scale = crate::exact::common_denominator(&exact.u);
    let u: Vec<Integer> = exact.u.iter().map(|u| crate::exact::scaled_integer(u, &scale)).collect();
    if let Some(leaf) = tight(model, node, &u, None) {
        assert!(verify(model, node, &leaf));
        assert_eq!(bound(model, &leaf), exact.loss);
        tally.tight += 1;
    }
}

/// Origin: the exact relaxation. Most of its value is recovered from noisy floats, and never more.
#[test]
fn noisy_duals_are_recovered() {
    let mut rng = ChaCha8Rng::seed_from_u64(31);
    let mut tally = Tally::default();
    for _ in 0..1000 {
        let (points, dimension, width, range) = (rng.random_range(1..7), rng.random_range(1..3), rng.random_range(1..4), rng.random_range(1..8));
        let instance = instance(&mut rng, points, dimension, width, range);
        let model = Model::new(&instance);
        let node = node(&mut rng, &model, 5);
        recover(&mut rng, &model, &node, 1e-13, &mut tally);
    }
    assert_eq!((tally.quick, tally.certified, tally.tight), (tally.nodes, tally.nodes, tally.nodes));
}

/// Origin: the exact relaxation. With an affine function besides every optimal dual is orthogonal to all affine functions, exactly; no proof says too much, and most of the value is recovered.
#[test]
fn duals_beside_an_affine_function_are_recovered() {
    let mut rng = ChaCha8Rng::seed_from_u64(35);
    let mut tally = Tally::default();
    for _ in 0..1000 {
        let (points, dimension, width, range) = (rng.random_range(2..9), rng.random_range(1..3), rng.random_range(0..3), rng.random_range(1..8));
        let mut instance = instance(&mut rng, points, dimension, width, range);
        (instance.architecture.activation, instance.architecture.affine) = (Activation::Relu, true);
        let model = Model::new(&instance);
        let node = node(&mut rng, &model, 5);
        recover(&mut rng, &model, &node, 1e-13, &mut tally);
    }
    assert!(tally.nodes > 200 && tally.certified == tally.nodes && tally.tight == tally.nodes, "{tally:?}");
    // Where cones of opposite signs have vectors in common but for their sign, there are equations that are not looked for.
    assert!(tally.quick + 2 >= tally.nodes, "{tally:?}");
}

/// Origin: the exact relaxation, which bounds every proof: of random proposals, of rough ones, and of ones with structure.
#[test]
fn no_proposal_proves_too_much() {
    let mut rng = ChaCha8Rng::seed_from_u64(32);
    let mut proved = 0;
    for _ in 0..1000 {
        let (points, dimension, width, range) = (rng.random_range(1..6), rng.random_range(1..3), rng.random_range(1..3), rng.random_range(1..4));
        let instance = instance(&mut rng, points, dimension, width, range);
        let model = Model::new(&instance);
        let node = node(&mut rng, &model, 5);
        let exact = oracle::solve(&model, &node);
        let value = scaled(&model, &exact.loss);
        let mut scratch = Scratch::default();
        for round in 0..40 {
            let proposal = if round % 2 == 0 {
                let mut number = || [0.0, 0.5, -0.5, 1.0, -1.0, 1e-12, rng.random_range(-1.0..1.0)][rng.random_range(0..7)];
                let u: Vec<f64> = (0..model.items.len()).map(|_| number()).collect();
                let p = (0..model.sites() * node.cones.len()).map(|_| number()).collect();
                Relaxation { value: 1.0, w: Vec::new(), u, p }
            } else {
                oracle::proposal(&model, &exact, 10f64.powi(-rng.random_range(0..14)), || [0.0, rng.random_range(-1.0..1.0)][rng.random_range(0..2)])
            };
            let quick = quick_bound(&model, &node, &proposal, 0.0, &mut scratch);
            proved += usize::from(quick > 0.0);
            assert!(quick <= 0.0 || Rational::try_from(quick).unwrap() <= value, "{quick} > {value}");
        }
    }
    assert!(proved > 1000, "{proved} proofs are too few for a test");
}

/// Origin: the exact relaxation, and each other: the linear losses' program ends with the same bound whatever weights are proposed.
#[test]
fn wrong_pieces_are_revised() {
    let mut rng = ChaCha8Rng::seed_from_u64(34);
    let mut proved = 0;
    for _ in 0..1500 {
        let (points, dimension, width, range) = (rng.random_range(1..8), rng.random_range(1..3), rng.random_range(1..4), rng.random_range(1..6));
        let instance = instance(&mut rng, points, dimension, width, range);
        if instance.loss == Loss::L2 {
            continue;
        }
        let model = Model::new(&instance);
        let node = node(&mut rng, &model, 4);
        let most = oracle::solve(&model, &node).loss;
        let unattainable = &most + Rational::ONE;
        let without = linear(&model, &node, None, &unattainable, &|| false).map(|leaf| bound(&model, &leaf));
        proved += usize::from(without.as_ref().is_some_and(|bound| *bound > Rational::ZERO));
        for _ in 0..4 {
            let w = (0..width * model.rank() + 1).map(|_| [0.0, 1.0, rng.random_range(-1.0..1.0)][rng.random_range(0..3)]).collect();
            let proposal = Relaxation { value: 0.0, w, u: vec![0.0; model.items.len()], p: Vec::new() };
            let leaf = linear(&model, &node, Some(&proposal), &unattainable, &|| false);
            assert!(leaf.as_ref().is_none_or(|leaf| verify(&model, &node, leaf)));
            let bound = leaf.map(|leaf| bound(&model, &leaf));
            assert_eq!(bound, without);
            assert!(bound.is_none_or(|bound| bound <= most));
        }
        // Stopped, it proves nothing.
        assert!(linear(&model, &node, None, &Rational::ZERO, &|| true).is_none_or(|leaf| verify(&model, &node, &leaf)));
    }
    assert!(proved > 200, "{proved} proofs are too few for a test");
}

/// Origin: the float relaxation itself. On noisy data of a common size each of its values is certified but for a ten-thousandth, in less than a kilobyte of numbers.
#[test]
fn relaxations_are_certified() {
    use crate::train::search::relax::{RelaxEngine, RelaxStatus};
    use dashu_base::BitTest;
    let mut rng = ChaCha8Rng::seed_from_u64(33);
    let (mut nodes, mut quick) = (0, 0);
    for round in 0..60 {
        let (dimension, width) = [(1, 2), (2, 2), (3, 2), (2, 3)][round % 4];
        let mut integer = || Rational::from(rng.random_range(-1000..=1000));
        let x = (0..40).map(|_| (0..dimension).map(|_| integer()).collect()).collect();
        let y = (0..40).map(|_| integer()).collect();
        let architecture = Architecture { activation: Activation::Relu, width, output_bias: round % 3 == 0, convex: false, affine: false };
        let instance = Instance { data: Data::new(x, y).unwrap(), architecture, loss: Loss::L2, target_error: None };
        let model = Model::new(&instance);
        let node = node(&mut rng, &model, 8);
        let mut engine = RelaxEngine::new(&model);
        let solved = engine.solve(&node, None, f64::INFINITY) == RelaxStatus::Solved;
        let proposal = engine.relaxation();
        if !solved || proposal.value < 1e-6 {
            continue;
        }
        nodes += 1;
        let mut scratch = Scratch::default();
        quick += usize::from(quick_bound(&model, &node, proposal, 0.0, &mut scratch) >= proposal.value * (1.0 - 1e-6));
        let needed = &model.constant + Rational::try_from(proposal.value * (1.0 - 1e-4)).unwrap() * model.loss_unit();
        let leaf = certify(&model, &node, proposal, &needed, &mut scratch).expect("a certificate");
        let bytes: usize = leaf.u.iter().chain(leaf.p.iter().flatten().map(|(_, p)| p)).map(|x| 2 + x.bit_len() / 8).sum();
        assert!(verify(&model, &node, &leaf) && bytes < 1000, "{bytes} bytes");
    }
    assert!(nodes > 20 && quick * 20 >= nodes * 19, "{quick} of {nodes}");
}
