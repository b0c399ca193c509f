use super::service::separates;
use super::*;
use crate::exact::Rational;
use crate::instance::{Architecture, Data, Instance, Loss};
use crate::problems::Poits;
use crate::reductions::{PoitsRelu, PoitsThreshold, Reduction};
use crate::train::search::Cone;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn line(targets: &[i64], activation: Activation, width: usize) -> Instance {
    let points = (0..targets.len()).map(|i| vec![Rational::from(2 * i), Rational::from(i)]).collect();
    let data = Data::new(points, targets.iter().map(|&y| Rational::from(y)).collect()).unwrap();
    Instance {
        data,
        architecture: Architecture { activation, width, output_bias: false, convex: false, affine: false },
        loss: Loss::L1,
        target_error: Some(Rational::ZERO),
    }
}

fn root(model: &Model<'_>, plus: usize) -> Node {
    let cone = Arc::new(Cone::root(model));
    Node { plus: (0..model.width()).map(|j| j < plus).collect(), cones: vec![cone; model.width()], known: None }
}

/// Origin: by hand. The slopes 0, 1, 0, 0, 2, 3 rise three times and fall once; two neighbouring rises may be one kink, so two neurons with output weight +1 are needed.
#[test]
fn bends_of_a_line() {
    let instance = line(&[0, 0, 1, 1, 1, 3, 6], Activation::Relu, 3);
    let model = Model::new(&instance);
    let lines = Lines::new(&model);
    let ends: Vec<_> = lines.bends.iter().map(|bend| (bend.ends, bend.middle, bend.up)).collect();
    assert_eq!(ends, [([0, 2], Some(1), true), ([1, 3], Some(2), false), ([3, 5], Some(4), true), ([4, 6], Some(5), true)]);
    assert_eq!(lines.least_widths(), [2, 1]);
    assert_eq!(lines.refute(&model, &root(&model, 2)), None);
    assert_eq!(lines.refute(&model, &root(&model, 1)).unwrap().len(), 2);
    assert_eq!(lines.refute(&model, &root(&model, 3)), Some(vec![lines.bends[1]]));
    // Two neurons with output weight +1 and the same (empty) bits: one stands for both.
    let services = lines.services(&model, &root(&model, 2), 0, false);
    assert_eq!(services, [Service { neuron: 0, first_on: false }, Service { neuron: 0, first_on: true }]);
    assert_eq!(lines.services(&model, &root(&model, 2), 0, true).len(), 1);
}

/// Origin: by hand: the value changes three times.
#[test]
fn steps_of_a_line() {
    let instance = line(&[0, 2, 2, 1, 0], Activation::Threshold, 3);
    let model = Model::new(&instance);
    let lines = Lines::new(&model);
    let ends: Vec<_> = lines.bends.iter().map(|bend| (bend.ends, bend.up)).collect();
    assert_eq!(ends, [([0, 1], true), ([2, 3], false), ([3, 4], false)]);
    assert_eq!(lines.least_widths(), [3, 0]);
    let services = lines.services(&model, &root(&model, 1), 0, false);
    assert_eq!(services, [Service { neuron: 0, first_on: false }, Service { neuron: 1, first_on: true }]);
}

/// Origin: the counting step of the proofs of both reductions: every gadget needs four (two) neurons on each line.
#[test]
fn the_widths_of_the_planar_reductions_are_needed() {
    let formula = Poits::new(3, vec![[0, 1, 2]]).unwrap();
    let instance = PoitsRelu.reduce(&formula);
    assert_eq!(Lines::new(&Model::new(&instance)).least_widths(), [8, 8]);
    let instance = PoitsThreshold.reduce(&formula);
    assert_eq!(Lines::new(&Model::new(&instance)).least_widths(), [8, 0]);
}

/// Origin: the cone that is cut by one site, and its states.
#[test]
fn separation_as_cuts_say() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let mut seen = [0; 2];
    for _ in 0..150 {
        let points: Vec<Vec<Rational>> = (0..7).map(|_| (0..2).map(|_| Rational::from(rng.random_range(-2..3))).collect()).collect();
        let data = Data::new(points, vec![Rational::ZERO; 7]).unwrap();
        let architecture = Architecture { activation: Activation::Relu, width: 1, output_bias: false, convex: false, affine: false };
        let instance = Instance { data, architecture, loss: Loss::L1, target_error: None };
        let model = Model::new(&instance);
        let mut cone = Cone::root(&model);
        for _ in 0..4 {
            for (off, on) in (0..model.sites()).flat_map(|a| (0..model.sites()).map(move |b| (a, b))) {
                let below = match cone.states[off] {
                    State::Off => Some(cone.clone()),
                    State::On => None,
                    State::Undecided => Some(cone.cut(&model, off, false)),
                };
                let expected = off != on && below.is_some_and(|below| below.states[on] != State::Off);
                assert_eq!(separates(&model, &cone, off, on), expected);
                seen[usize::from(expected)] += 1;
            }
            let Some(site) = (0..model.sites()).find(|&s| cone.states[s] == State::Undecided && rng.random_range(0..2) == 0) else { break };
            cone = cone.cut(&model, site, rng.random_range(0..2) == 0);
        }
    }
    assert!(seen.iter().all(|&count| count > 1000), "{seen:?}");
}

/// Origin: all triples of sites, by rank; a line is listed once, with all its sites, in the order of a coordinate.
#[test]
fn lines_as_all_triples_say() {
    let mut rng = ChaCha8Rng::seed_from_u64(6);
    let mut seen = 0;
    for round in 0..400 {
        let dimension = 1 + round % 3;
        // Far from the origin and with a factor, so that the integers are long.
        let factor = Rational::from(if round % 2 == 0 { 1 } else { (1i64 << 61) - 1 });
        let points: Vec<Vec<Rational>> =
            (0..10).map(|_| (0..dimension).map(|_| Rational::from(rng.random_range(0..4)) * &factor).collect()).collect();
        let data = Data::new(points, vec![Rational::ZERO; 10]).unwrap();
        let architecture = Architecture { activation: Activation::Relu, width: 1, output_bias: false, convex: false, affine: false };
        let instance = Instance { data, architecture, loss: Loss::L1, target_error: None };
        let model = Model::new(&instance);
        let rank = |sites: &[usize]| crate::exact::rank(sites.iter().map(|&s| model.row(s).to_vec()).collect());
        let mut expected: Vec<Vec<usize>> = Vec::new();
        for i in 0..model.sites() {
            for j in i + 1..model.sites() {
                let line: Vec<usize> = (0..model.sites()).filter(|&s| s == i || s == j || rank(&[i, j, s]) == 2).collect();
                if line.len() >= 3 && line[0] == i && line[1] == j {
                    expected.push(line);
                }
            }
        }
        let lines = lines::of(&model);
        for line in &lines {
            assert!(line.windows(2).all(|pair| pair[0].coordinate < pair[1].coordinate));
            let betweens = line.windows(3).all(|t| {
                let column = |t: &lines::Place| model.row(t.site).to_vec();
                let [a, b, c] = [column(&t[0]), column(&t[1]), column(&t[2])];
                (0..a.len()).all(|i| (a[i] <= b[i] && b[i] <= c[i]) || (a[i] >= b[i] && b[i] >= c[i]))
            });
            assert!(betweens);
        }
        let mut found: Vec<Vec<usize>> = lines.iter().map(|line| line.iter().map(|place| place.site).collect()).collect();
        found.iter_mut().for_each(|line| line.sort_unstable());
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected);
        seen += found.len();
    }
    assert!(seen > 500, "{seen}");
}
