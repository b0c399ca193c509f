//! The method against enumeration and the search, and its bounds against networks.

use super::bound::Bounder;
use super::node::{Node, Side, Window};
use super::sites::Sites;
use super::tree::Relaxation;
use super::{Local, Univariate};
use crate::exact::{Rational, nearest_f64};
use crate::instance::{Activation, Architecture, Data, Instance, Loss};
use crate::network::{Network, Neuron};
use crate::train::enumerate::Enumerate;
use crate::train::pattern::PatternSpace;
use crate::train::search::Search;
use crate::train::{Control, Status, Trainer};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const LOSSES: [Loss; 3] = [Loss::L2, Loss::L1, Loss::Linf];

/// Few points, often equal or evenly spaced, with targets of few values, on a parabola, fractions, or any.
fn data(random: &mut ChaCha8Rng, most: usize) -> Data {
    let n = random.random_range(1..=most);
    let range = [3i64, 6, 20, 1000][random.random_range(0..4)];
    let x: Vec<Rational> = (0..n).map(|_| Rational::from(random.random_range(0..range) - 2)).collect();
    let kind = random.random_range(0..4);
    let target = |x: &Rational| match kind {
        0 => Rational::from(random.random_range(-1i64..=1)),
        1 => x * x,
        2 => Rational::from(random.random_range(-50i64..50)) / Rational::from(7),
        _ => Rational::from(random.random_range(0i64..11)),
    };
    let y = x.iter().map(target).collect();
    Data::new(x.into_iter().map(|x| vec![x]).collect(), y).unwrap()
}

fn architecture(random: &mut ChaCha8Rng) -> Architecture {
    let affine = random.random_bool(0.5);
    let width = random.random_range(0..if affine { 3 } else { 4 });
    Architecture { activation: Activation::Relu, width, output_bias: !affine && random.random_bool(0.5), convex: random.random_bool(0.3), affine }
}

/// Compares with the least loss that another method proves.
fn compare(instances: usize, most: usize, seed: u64) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    for _ in 0..instances {
        let architecture = architecture(&mut random);
        let mut instance = Instance { data: data(&mut random, most), architecture, loss: LOSSES[random.random_range(0..3)], target_error: None };
        let other = if architecture.affine {
            Search::default().train(&instance, &Control::default())
        } else {
            Enumerate::default().train(&instance, &Control::default())
        };
        let other = other.unwrap();
        assert_eq!(other.status, Status::Optimal);
        let least = other.incumbent.unwrap().loss;
        // A poor start leaves more to the search.
        let local = if random.random_bool(0.5) { Local { starts: 1, polished: 0, ..Local::default() } } else { Local::default() };
        let method = Univariate { local };
        let outcome = method.train(&instance, &Control::default()).unwrap();
        assert_eq!((outcome.status, &outcome.incumbent.unwrap().loss), (Status::Optimal, &least), "{instance:?}");

        let gap = Rational::ONE / Rational::from(random.random_range(2u32..30));
        let outcome = method.train(&instance, &Control::default().with_gap(gap.clone())).unwrap();
        let loss = outcome.incumbent.unwrap().loss;
        assert!(outcome.lower_bound <= least && least <= loss && &loss - &outcome.lower_bound <= gap * &loss, "{instance:?}");

        // The optimum itself and a little less among others.
        let factor = Rational::from(random.random_range(18u32..22)) / Rational::from(20);
        let target = &least * factor;
        instance.target_error = Some(target.clone());
        let outcome = method.train(&instance, &Control::default()).unwrap();
        assert_eq!(outcome.status, if least <= target { Status::Realizable } else { Status::NotRealizable }, "{instance:?}");
        assert!(outcome.lower_bound <= least);
    }
}

/// Origin: enumeration and, for affine functions, the search.
#[test]
fn agrees_with_enumeration_and_search() {
    compare(500, 8, 1);
}

/// The same for thousands.
#[test]
#[ignore = "a minute: cargo test --lib univariate -- --ignored"]
fn agrees_with_enumeration_and_search_on_thousands() {
    compare(10_000, 9, 2);
    compare(300, 16, 3);
}

/// A random network of a node, exactly.
fn network(random: &mut ChaCha8Rng, instance: &Instance, windows: &[Window]) -> Network {
    let mut x: Vec<Rational> = instance.data.points().iter().map(|p| p[0].clone()).collect();
    x.sort_unstable();
    x.dedup();
    let n = x.len();
    let mut share = || Rational::from(random.random_range(0i64..=8)) / Rational::from(8);
    let mut neurons = Vec::new();
    for window in windows {
        for _ in 0..window.count {
            // A kink between two random sites of the window; far outside where that is a constant.
            let gap = window.first + usize::try_from((share() * Rational::from(window.last - window.first - 1)).floor()).unwrap();
            let outside = Rational::from(1000);
            let at = |place: usize| match window.class.side {
                Side::Right if place == 0 => &x[0] - &outside,
                Side::Right => x[place - 1].clone(),
                Side::Left if place == n => &x[n - 1] + &outside,
                Side::Left => x[place].clone(),
            };
            let kink = at(gap) + (at(gap + 1) - at(gap)) * share();
            let slope = share() * Rational::from(2);
            let w = if window.class.side == Side::Right { slope } else { -slope };
            neurons.push(Neuron { b: -&w * kink, w: vec![w], a: if window.class.plus { Rational::ONE } else { -Rational::ONE } });
        }
    }
    let mut output_bias = Rational::ZERO;
    if instance.architecture.output_bias {
        output_bias = share() * Rational::from(6) - Rational::from(3);
    }
    if instance.architecture.affine {
        let (w, b) = (share() - share(), share() * Rational::from(4));
        neurons.push(Neuron { w: vec![w.clone()], b: b.clone(), a: Rational::ONE });
        neurons.push(Neuron { w: vec![-w], b: -b, a: -Rational::ONE });
    }
    Network { activation: Activation::Relu, neurons, output_bias }
}

/// Origin: weak duality. Whatever the multipliers, the bound of a node is at most the loss of each of its networks. Those of the relaxation are tried as they are and disturbed, so that their conditions are violated by little and by much.
#[test]
fn bounds_hold_for_networks_of_the_node() {
    let mut random = ChaCha8Rng::seed_from_u64(4);
    let mut positive = 0;
    for _ in 0..3000 {
        let architecture = architecture(&mut random);
        let instance = Instance { data: data(&mut random, 8), architecture, loss: LOSSES[random.random_range(0..3)], target_error: None };
        let space = PatternSpace::new(&instance);
        let sites = Sites::new(&space);
        let mut roots = Node::roots(architecture, sites.len());
        let mut node = roots.swap_remove(random.random_range(0..roots.len()));
        for _ in 0..random.random_range(0..6) {
            let open: Vec<usize> = (0..node.windows.len()).filter(|&w| !node.windows[w].is_cell()).collect();
            if open.is_empty() {
                break;
            }
            let index = open[random.random_range(0..open.len())];
            let place = random.random_range(node.windows[index].first + 1..node.windows[index].last);
            let mut children: Vec<Vec<Window>> = node.split(index, place).collect();
            node.windows = children.swap_remove(random.random_range(0..children.len()));
        }
        let mut relaxation = Relaxation::new(&sites, architecture, instance.loss);
        relaxation.solve(&node.windows, &[], 30);
        let noise = [0.0, 1e-13, 1e-6, 0.1][random.random_range(0..4)];
        let mut disturbed = |values: &[f64]| -> Vec<f64> { values.iter().map(|v| v + noise * (random.random::<f64>() - 0.5)).collect() };
        let mut bounder = Bounder::default();
        let summed = |v: &[f64]| -> Vec<f64> { (0..sites.len()).map(|i| v[sites.first[i]..sites.first[i + 1]].iter().sum()).collect() };
        let bound = match &relaxation {
            Relaxation::Squares(squares) => bounder.squares(&sites, architecture, &node.windows, &disturbed(squares.dual())),
            Relaxation::Absolute(absolute) => {
                let v: Vec<f64> = disturbed(absolute.dual().1).iter().map(|v| v.clamp(-1.0, 1.0)).collect();
                bounder.absolute(&sites, architecture, &node.windows, &summed(&v), &v)
            }
            Relaxation::Maximum(maximum) => {
                let v = disturbed(maximum.dual().1);
                bounder.maximum(&sites, architecture, &node.windows, &summed(&v), &v)
            }
        };
        positive += usize::from(bound > 1e-3);
        for _ in 0..10 {
            let network = network(&mut random, &instance, &node.windows);
            let loss = network.loss(&instance.data, instance.loss).unwrap();
            // A bound that is not a number proves nothing.
            assert!(bound.is_nan() || bound <= sites.scaled_upper(&loss), "{bound} > {} {:?} {:?}", nearest_f64(&loss), node.windows, instance);
        }
    }
    assert!(positive > 300, "{positive}");
}
