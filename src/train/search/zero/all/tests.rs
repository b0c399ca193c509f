//! Lists of all functions, against all patterns and the theorems about the gadgets.

use super::*;
use crate::exact::parse_rational;
use crate::instance::{Architecture, Data};
use crate::problems::Poits;
use crate::reductions::{PoitsRelu, PoitsThreshold, Reduction};
use crate::train::search::Cone;
use itertools::Itertools;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

fn instance(points: Vec<Vec<Rational>>, targets: Vec<Rational>, activation: Activation, width: usize, output_bias: bool) -> Instance {
    let architecture = Architecture { activation, width, output_bias, convex: false, affine: false };
    Instance { data: Data::new(points, targets).unwrap(), architecture, loss: Loss::L1, target_error: Some(Rational::ZERO) }
}

/// All full-dimensional cells of the sites' hyperplanes.
fn cells(model: &Model<'_>) -> Vec<Arc<Cone>> {
    (0..model.sites()).fold(vec![Arc::new(Cone::root(model))], |cells, site| {
        let parts = |cell: Arc<Cone>| match cell.states[site] {
            State::Undecided => cell.split(model, site).map(Arc::new).to_vec(),
            _ => vec![cell],
        };
        cells.into_iter().flat_map(parts).collect()
    })
}

/// All sign classes and all cells of all neurons: the functions that are alone in theirs, and whether there is a family.
fn by_all_patterns(instance: &Instance) -> (BTreeSet<Function>, bool) {
    let model = Model::new(instance);
    let (mut functions, mut families) = (BTreeSet::new(), false);
    if conflict(&model, model.width()).is_some() {
        return (functions, families);
    }
    let cells = cells(&model);
    for root in Node::roots(&model) {
        let choices = (0..model.width()).map(|_| cells.iter().cloned()).multi_cartesian_product().collect_vec();
        for cones in if model.width() == 0 { vec![Vec::new()] } else { choices } {
            let node = Node { cones, ..root.clone() };
            let mut program = Program::new(&model, &node, Extra::Architecture, &|| false);
            let zero = vec![Integer::ZERO; program.unknowns];
            let Some(point) = optimum(&mut program, &zero).unwrap().into_point() else { continue };
            if is_alone(&mut program, &point).unwrap() {
                functions.insert(Function::new(&model, &program.solution(&point)));
            } else {
                families = true;
            }
        }
    }
    (functions, families)
}

fn small(seed: u64, activation: Activation) -> Instance {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (n, d) = (rng.random_range(1..8), rng.random_range(0..2));
    let points = (0..n).map(|_| (0..d).map(|_| Rational::from(rng.random_range(-4..=4))).collect()).collect();
    // A planted network with few neurons, so that there is something to find.
    let [first, second] = [0; 2].map(|_: i32| (rng.random_range(-2..3i64), rng.random_range(-2..3i64), rng.random_range(-1..2i64)));
    let points: Vec<Vec<Rational>> = points;
    let value = |x: &[Rational], (w, b, a): (i64, i64, i64)| {
        let z = x.first().map_or(Rational::ZERO, |x| x * Rational::from(w)) + Rational::from(b);
        match activation {
            _ if z <= Rational::ZERO => Rational::ZERO,
            Activation::Relu => z * Rational::from(a),
            Activation::Threshold => Rational::from(a),
        }
    };
    let targets = points.iter().map(|x| value(x, first) + value(x, second)).collect();
    instance(points, targets, activation, rng.random_range(0..3), rng.random_range(0..3) == 0)
}

/// Origin: all patterns.
fn agrees_with_all_patterns(activation: Activation) {
    let (mut finite, mut infinite) = (0, 0);
    for seed in 0..300 {
        let instance = small(seed, activation);
        let (functions, families) = by_all_patterns(&instance);
        let all = all_zero_error(&instance, &Control::default());
        assert_eq!(all.stopped, None);
        assert_eq!(!all.families.is_empty(), families, "seed {seed}: {instance:?}");
        for network in all.functions.iter().chain(&all.families) {
            assert_eq!(network.loss(&instance.data, Loss::L1).unwrap(), Rational::ZERO, "seed {seed}");
        }
        if families {
            infinite += 1;
            continue;
        }
        assert_eq!(all.functions.len(), functions.len(), "seed {seed}: {instance:?}");
        finite += usize::from(!functions.is_empty());
    }
    assert!(finite > 15 && infinite > 15, "{finite} {infinite}");
}

#[test]
fn relu_agrees_with_all_patterns() {
    agrees_with_all_patterns(Activation::Relu);
}

#[test]
fn threshold_agrees_with_all_patterns() {
    agrees_with_all_patterns(Activation::Threshold);
}

/// Origin: all patterns. Two opposite corners of a square are 1: each alone, or all but one of the others less the other one.
#[test]
fn a_square_has_several_functions() {
    let corners = [[0, 0], [1, 0], [0, 1], [1, 1]].map(|x| x.map(Rational::from).to_vec()).to_vec();
    let square = instance(corners, [1, 0, 0, 1].map(Rational::from).to_vec(), Activation::Threshold, 2, false);
    let (functions, families) = by_all_patterns(&square);
    let all = all_zero_error(&square, &Control::default());
    assert_eq!((all.functions.len(), !all.families.is_empty()), (functions.len(), families));
    assert!(functions.len() > 1);
}

/// Origin: the theorem: the functions without error of a variable's gadget are the levees (strips) of its two choices.
#[test]
fn a_variable_has_two_functions() {
    let formula = Poits::new(1, vec![]).unwrap();
    for instance in [PoitsRelu.reduce(&formula), PoitsThreshold.reduce(&formula)] {
        let all = all_zero_error(&instance, &Control::default());
        assert_eq!((all.functions.len(), all.families.len(), all.stopped), (2, 0, None), "{:?}", instance.architecture);
    }
}

/// Origin: by hand. 2|x| + x on −2, …, 2 is one kink at 0 and an affine function, in one way, whichever side of the kink the neuron is on.
#[test]
fn an_affine_function_is_part_of_the_class() {
    let points = (-2..3).map(|x| vec![Rational::from(x)]).collect();
    let mut instance = instance(points, [2, 1, 0, 3, 6].map(Rational::from).to_vec(), Activation::Relu, 1, false);
    assert!(all_zero_error(&instance, &Control::default()).functions.is_empty());
    instance.architecture.affine = true;
    let all = all_zero_error(&instance, &Control::default());
    assert_eq!((all.functions.len(), all.families.len(), all.stopped), (1, 0, None));
    assert!(all.functions[0].loss(&instance.data, Loss::L1).unwrap().is_zero());
}

/// Origin: by hand. Equal functions: max(0, 2x − 1) − max(0, 2x − 3), and the same of left halves.
#[test]
fn the_normal_form_is_that_of_the_function() {
    let q = |text: &str| parse_rational(text).unwrap();
    let instance = instance((0..3).map(|x| vec![Rational::from(x)]).collect(), vec![q("0"), q("1"), q("2")], Activation::Relu, 2, true);
    let model = Model::new(&instance);
    let form = |weights: [[&str; 2]; 2], outputs: [&str; 2], extra: &str| {
        let weights = weights.map(|w| w.map(q).to_vec()).to_vec();
        Function::new(&model, &Solution { weights, outputs: outputs.map(q).to_vec(), extra: vec![q(extra)] })
    };
    let right = form([["-1", "2"], ["-3", "2"]], ["1", "-1"], "0");
    assert_eq!(right, form([["1", "-2"], ["3", "-2"]], ["1", "-1"], "2"));
    assert_eq!(right, form([["-3/2", "1"], ["-1/2", "1"]], ["-2", "2"], "0"));
    assert_ne!(right, form([["-1", "2"], ["-3", "2"]], ["1", "-1"], "1"));
    assert_ne!(right, form([["-1", "2"], ["-4", "2"]], ["1", "-1"], "0"));
}
