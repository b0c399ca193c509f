//! On a line `k` ReLUs of output weight +1 and an affine function are the maxima of `k + 1` affine functions, whose pieces divide the points into consecutive groups.

use super::{instance, searched, support};
use crate::draw::Size;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use relus::exact::{Integer, Rational, common_denominator, scaled_integer};
use relus::instance::json::instance_to_json;
use relus::instance::{Data, Instance, Loss};

/// All ways to divide `0..count` into `groups` consecutive groups that are not empty: the group of each element.
fn divisions(count: usize, groups: usize) -> Vec<Vec<usize>> {
    if count == 0 || groups == 0 {
        return if count == 0 && groups == 0 { vec![vec![]] } else { vec![] };
    }
    (1..=count)
        .flat_map(|last| {
            let rest = divisions(count - last, groups - 1);
            rest.into_iter().map(move |mut division| {
                division.extend(std::iter::repeat_n(groups - 1, last));
                division
            })
        })
        .collect()
}

/// The least loss of a maximum of `pieces` affine functions of one variable: for each division the pieces are fitted, under the condition that each is a greatest one at its own points.
fn best_maximum(instance: &Instance, pieces: usize) -> Rational {
    let data = &instance.data;
    let mut distinct: Vec<&Rational> = data.points().iter().map(|x| &x[0]).collect();
    distinct.sort();
    distinct.dedup();
    let pieces = pieces.min(distinct.len());
    let place = |i: usize| distinct.binary_search(&&data.points()[i][0]).unwrap();
    let unknowns = 2 * pieces;
    let fit = |division: &Vec<usize>| {
        let row = |piece: usize, x: &Rational, sign: i32| {
            let mut row = vec![Rational::ZERO; unknowns];
            (row[2 * piece], row[2 * piece + 1]) = (x * Rational::from(sign), Rational::from(sign));
            row
        };
        let values: Vec<Vec<Rational>> = (0..data.len()).map(|i| row(division[place(i)], &data.points()[i][0], 1)).collect();
        let mut conditions: Vec<Vec<Integer>> = Vec::new();
        for (place, x) in distinct.iter().enumerate() {
            for other in (0..pieces).filter(|&other| other != division[place]) {
                let difference: Vec<Rational> = row(division[place], x, 1).iter().zip(row(other, x, -1)).map(|(a, b)| a + b).collect();
                let scale = common_denominator(&difference);
                conditions.push(difference.iter().map(|v| scaled_integer(v, &scale)).collect());
            }
        }
        match instance.loss {
            Loss::L2 => support::least_squares(&values, data.targets(), conditions),
            loss => support::linear_program(&values, data.targets(), &conditions, loss),
        }
    };
    divisions(distinct.len(), pieces).iter().map(fit).min().unwrap()
}

/// Some points on a line, with ties.
fn on_a_line(random: &mut ChaCha8Rng) -> Instance {
    let mut instance = instance(random, Size::Tiny);
    let n = random.random_range(1..9);
    let radius = [2, 4, 30][random.random_range(0..3)];
    let mut integer = |radius: i64| Rational::from(random.random_range(-radius..=radius));
    let points = (0..n).map(|_| vec![integer(radius)]).collect();
    instance.data = Data::new(points, (0..n).map(|_| integer(5)).collect()).unwrap();
    (instance.architecture.convex, instance.architecture.affine) = (true, true);
    instance.architecture.width = random.random_range(0..4);
    instance
}

fn against_maxima(first: u64, count: u64) {
    for seed in first..first + count {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let instance = on_a_line(&mut random);
        let maximum = best_maximum(&instance, instance.architecture.width + 1);
        assert_eq!(searched(&instance, &mut random), maximum, "{}", instance_to_json(&instance));
    }
}

/// Origin: the best maximum of affine functions, by going through the divisions of the points.
#[test]
fn convex_networks_with_an_affine_function_are_maxima() {
    against_maxima(0, 200);
}

#[test]
#[ignore = "some minutes: cargo test --release --test convex -- --ignored"]
fn many_convex_networks_are_maxima() {
    against_maxima(1000, 3000);
}
