//! Unit tests of the parts; the whole is compared with the definition in `tests/convex`.

use super::independence::Independence;
use super::program::{Cut, Program};
use super::simplex::{End, Scratch, Simplex};
use crate::exact::{Rational, rank};
use crate::instance::{Activation, Architecture, Data, Instance, Loss};
use crate::train::search::Model;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn instance(random: &mut ChaCha8Rng) -> Instance {
    let (n, d) = (random.random_range(1..9), random.random_range(0..3));
    let mut integer = || Rational::from(random.random_range(-3i64..=3));
    let points = (0..n).map(|_| (0..d).map(|_| integer()).collect()).collect();
    let targets = (0..n).map(|_| integer()).collect();
    let width = random.random_range(0..4);
    let architecture = Architecture { activation: Activation::Relu, width, output_bias: false, convex: true, affine: random.random_bool(0.5) };
    Instance { data: Data::new(points, targets).unwrap(), architecture, loss: Loss::L1, target_error: Some(Rational::ZERO) }
}

fn cut(random: &mut ChaCha8Rng, program: &Program<'_, '_>) -> Cut {
    Cut { site: random.random_range(0..program.sites()), pieces: random.random_range(0..1u64 << program.width()), equation: true }
}

/// Origin: the rank over the rationals; numbers this small have no minor that is a multiple of the prime.
#[test]
fn independence_is_that_over_the_rationals() {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    for _ in 0..400 {
        let instance = instance(&mut random);
        let model = Model::new(&instance);
        let program = Program::new(&model);
        let (mut path, mut rows) = (Independence::default(), Vec::new());
        for _ in 0..program.unknowns + 2 {
            let cut = cut(&mut random, &program);
            rows.push(program.row(&cut));
            let next = path.with(&program, &cut);
            assert_eq!(next.is_some(), rank(rows.clone()) == rows.len(), "{instance:?}");
            match next {
                Some(next) => path = next,
                None => drop(rows.pop()),
            }
        }
    }
}

/// Origin: the definition. A feasible vertex has no deficit below 0, and the values are those of its network in floats.
#[test]
fn feasible_vertices_lie_below_the_targets() {
    let mut random = ChaCha8Rng::seed_from_u64(2);
    let mut feasible = 0;
    for _ in 0..400 {
        let instance = instance(&mut random);
        let model = Model::new(&instance);
        let program = Program::new(&model);
        let mut scratch = Scratch::default();
        let mut simplex = Simplex::new(&vec![0.0; program.unknowns]);
        if let End::Feasible = simplex.solve(&program, &[], None, &mut scratch) {
            feasible += 1;
            for site in 0..program.sites() {
                let mut row = vec![0.0; program.unknowns];
                let most = (0..1u64 << program.width()).map(|pieces| {
                    let _ = program.float_row(&Cut { site, pieces, equation: false }, &mut row);
                    row.iter().zip(simplex.point()).map(|(g, v)| g * v).sum::<f64>()
                });
                let value = most.fold(f64::NEG_INFINITY, f64::max);
                let deficit = program.target(site) - value;
                assert!(deficit > -1e-8, "{instance:?}");
                assert!((scratch.values.deficits[site] - deficit).abs() < 1e-8, "{instance:?}");
            }
        }
    }
    assert!(feasible > 100);
}
