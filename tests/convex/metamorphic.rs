//! What changes nothing, or changes the minimum in a known way.

use super::{instance, plain, searched};
use crate::draw::Size;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use relus::exact::Rational;
use relus::instance::json::instance_to_json;
use relus::instance::{Activation, Data, Instance, Loss};
use relus::train::local::Local;
use relus::train::search::Search;
use relus::train::{Control, Trainer};

fn integer(random: &mut ChaCha8Rng) -> Rational {
    Rational::from(random.random_range(-3i64..=3))
}

fn with_targets(instance: &Instance, target: impl Fn(&[Rational], &Rational) -> Rational) -> Instance {
    let targets = instance.data.points().iter().zip(instance.data.targets()).map(|(x, y)| target(x, y)).collect();
    Instance { data: Data::new(instance.data.points().to_vec(), targets).unwrap(), ..instance.clone() }
}

/// Origin: the class contains with a network its sum with any affine function.
#[test]
fn an_affine_function_of_the_targets_changes_nothing() {
    for seed in 0..60 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut instance = instance(&mut random, Size::Small);
        instance.architecture.affine = true;
        let minimum = searched(&instance, &mut random);
        let w: Vec<Rational> = (0..instance.data.dimension()).map(|_| integer(&mut random)).collect();
        let b = integer(&mut random);
        let moved = with_targets(&instance, |x, y| x.iter().zip(&w).fold(y + &b, |sum, (x, w)| sum + x * w));
        assert_eq!(searched(&moved, &mut random), minimum, "{}", instance_to_json(&moved));
    }
}

/// Origin: an affine function contains every constant.
#[test]
fn an_output_bias_adds_nothing_to_an_affine_function() {
    for seed in 100..140 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut instance = instance(&mut random, Size::Small);
        instance.architecture.affine = true;
        let minima = [false, true].map(|output_bias| {
            instance.architecture.output_bias = output_bias;
            searched(&instance, &mut random)
        });
        assert_eq!(minima[0], minima[1], "{}", instance_to_json(&instance));
    }
}

/// Origin: inclusion of the classes: convex maps in all networks of the width, both in those with an affine function, and these in the networks of two neurons more.
#[test]
fn larger_classes_lose_less() {
    for seed in 200..240 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut instance = instance(&mut random, Size::Tiny);
        let mut minimum = |convex, affine, width| {
            (instance.architecture.convex, instance.architecture.affine, instance.architecture.width) = (convex, affine, width);
            searched(&instance, &mut random)
        };
        let width = 1;
        let [convex, signed] = [true, false].map(|convex| minimum(convex, false, width));
        let [convex_affine, signed_affine] = [true, false].map(|convex| minimum(convex, true, width));
        let wider = minimum(false, false, width + 2);
        assert!(signed <= convex && convex_affine <= convex && signed_affine <= signed && signed_affine <= convex_affine && wider <= signed_affine);
    }
}

/// Origin: without neurons the class is that of affine functions: with square loss the normal equations' residual is orthogonal to the points.
#[test]
fn without_neurons_it_is_linear_regression() {
    for seed in 300..400 {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut instance = instance(&mut random, Size::Small);
        (instance.architecture.width, instance.architecture.affine, instance.loss) = (0, true, Loss::L2);
        let outcome = Search::default().train(&instance, &Control::default()).unwrap();
        assert_eq!(plain::check_outcome(&instance, &Control::default(), &outcome), searched(&instance, &mut random));
        let network = &outcome.incumbent.unwrap().network;
        let points = instance.data.points().iter().map(|x| x.iter().cloned().chain([Rational::ONE]).collect::<Vec<_>>());
        let mut moment = vec![Rational::ZERO; instance.data.dimension() + 1];
        for ((x, one), y) in instance.data.points().iter().zip(points).zip(instance.data.targets()) {
            let residual = y - plain::value(network, x);
            moment.iter_mut().zip(one).for_each(|(sum, x)| *sum += x * &residual);
        }
        assert!(moment.iter().all(Rational::is_zero), "{}", instance_to_json(&instance));
    }
}

/// Origin: by hand. |x| + x/2 is convex with one kink; −|x| is not convex. Three neurons at hand, local search finds it.
#[test]
fn by_hand() {
    let points: Vec<Vec<i64>> = (-3..=3).map(|x| vec![2 * x]).collect();
    let bent: Vec<i64> = (-3i64..=3).map(|x| 2 * x.abs() + x).collect();
    let hat: Vec<i64> = (-3i64..=3).map(|x| -x.abs()).collect();
    let problem = |targets: &[i64], convex, affine| {
        let mut instance = super::support::instance(&points, targets, Activation::Relu, 1, false, Loss::L1);
        (instance.architecture.convex, instance.architecture.affine) = (convex, affine);
        instance
    };
    let minimum = |instance: &Instance| searched(instance, &mut ChaCha8Rng::seed_from_u64(0));
    assert_eq!(minimum(&problem(&bent, true, true)), Rational::ZERO);
    assert_eq!(minimum(&problem(&hat, false, true)), Rational::ZERO);
    // A convex function does not exceed a chord: the best one here is a constant, and the distances to it from −3, −2, −1, 0, −1, −2, −3 are least at the median −2: 1 + 0 + 1 + 2 + 1 + 0 + 1.
    assert_eq!(minimum(&problem(&hat, true, true)), Rational::from(6));
    let local = Local::default().train(&problem(&bent, true, true), &Control::default()).unwrap();
    assert!(local.incumbent.unwrap().loss.is_zero());
}
