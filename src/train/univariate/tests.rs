use super::*;
use crate::exact::{Integer, common_denominator, scaled_integer};
use crate::instance::{Architecture, Data};
use crate::optimize::qp::ConeLeastSquares;
use crate::train::Status;
use crate::train::enumerate::Enumerate;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn q(numerator: i64, denominator: i64) -> Rational {
    Rational::from(Integer::from(numerator)) / Rational::from(Integer::from(denominator))
}

fn architecture(width: usize, output_bias: bool, convex: bool, affine: bool) -> Architecture {
    Architecture { activation: Activation::Relu, width, output_bias, convex, affine }
}

fn instance(points: &[(Rational, Rational)], architecture: Architecture) -> Instance {
    let (x, y) = points.iter().cloned().map(|(x, y)| (vec![x], y)).unzip();
    Instance { data: Data::new(x, y).unwrap(), architecture, loss: Loss::L2, target_error: None }
}

/// Small data sets, most of them degenerate: repeated points with other targets, collinear ones, ties, extreme numbers.
fn draw(rng: &mut ChaCha8Rng, most: usize) -> Vec<(Rational, Rational)> {
    let n = rng.random_range(1..=most);
    let family = rng.random_range(0..6);
    let (x_range, y_range) = (rng.random_range(1..9), rng.random_range(0..6));
    (0..n)
        .map(|i| {
            let (x, y) = (rng.random_range(-x_range..=x_range), rng.random_range(-y_range..=y_range));
            match family {
                0 | 1 => (q(x, 1), q(y, 1)),
                2 => (q(i as i64, 3), q(y, 2)),
                3 => (q(x, 1), q((2 * x - 3).abs() + i64::from(y == 0), 1)),
                4 => (q(x, 1) * Rational::from(Integer::from(10).pow(40)), q(y, 7) / Rational::from(Integer::from(10).pow(30))),
                // Points that lie much closer together than others.
                _ => (q(x / 2, 1) + q(x, 1) / Rational::from(Integer::from(10).pow(13)), q(y, 3)),
            }
        })
        .collect()
}

/// The least loss by the definition: every tuple of gaps and signs, one convex program each, by rows of single points.
///
/// A kink of the function `p + q x + Σ_j s_j c_j max(0, x − t_j)` in a closed gap is a nonnegative combination of the kinks at its ends; kinks outside the data change nothing.
fn brute_affine(instance: &Instance) -> Rational {
    let data = &instance.data;
    let mut sites: Vec<Rational> = data.points().iter().map(|x| x[0].clone()).collect();
    sites.sort();
    sites.dedup();
    let gaps = sites.len().saturating_sub(1);
    let architecture = instance.architecture;
    let signs = if architecture.convex { 1 } else { 2 };
    let choices = (gaps * signs).pow(u32::try_from(architecture.width).unwrap());
    let of = |mut number: usize| -> Rational {
        let mut functions: Vec<Box<dyn Fn(&Rational) -> Rational>> = vec![Box::new(|_| Rational::ONE), Box::new(Clone::clone)];
        for _ in 0..architecture.width {
            if gaps == 0 {
                break;
            }
            let (gap, minus) = (number % gaps, number / gaps % signs == 1);
            number /= gaps * signs;
            for end in [sites[gap].clone(), sites[gap + 1].clone()] {
                functions.push(Box::new(move |x| {
                    let ramp = if *x > end { x - &end } else { Rational::ZERO };
                    if minus { -ramp } else { ramp }
                }));
            }
        }
        let rows: Vec<Vec<Rational>> = data.points().iter().map(|x| functions.iter().map(|f| f(&x[0])).collect()).collect();
        let scale = common_denominator(rows.iter().flatten().chain(data.targets()));
        let int = |v: &Rational| scaled_integer(v, &scale);
        let n = functions.len();
        let sum = |f: &dyn Fn(usize) -> Integer| (0..rows.len()).fold(Integer::ZERO, |s, i| s + f(i));
        let hessian = (0..n).map(|a| (0..n).map(|b| sum(&|i| int(&rows[i][a]) * int(&rows[i][b]))).collect()).collect();
        let linear = (0..n).map(|a| sum(&|i| int(&rows[i][a]) * int(&data.targets()[i]))).collect();
        let unit = |a: usize| (0..n).map(|b| Integer::from(u8::from(a == b))).collect();
        let optimum = ConeLeastSquares { hessian, linear, rows: (2..n).map(unit).collect() }.solve();
        let total = data.targets().iter().fold(Rational::ZERO, |s, y| s + y.sqr());
        total - optimum.gain / Rational::from(scale).sqr()
    };
    (0..choices.max(1)).map(of).min().unwrap()
}

fn solve(instance: &Instance, threads: usize) -> Outcome {
    Univariate::default().train(instance, &Control::default().with_threads(threads)).unwrap()
}

fn check(instance: &Instance, expected: &Rational, threads: usize) {
    let outcome = solve(instance, threads);
    assert_eq!(outcome.status, Status::Optimal, "{instance:?}");
    let incumbent = outcome.incumbent.unwrap();
    assert_eq!(incumbent.loss, *expected, "{instance:?}");
    assert!(incumbent.network.neurons.len() <= instance.architecture.most_neurons());
    // The affine function ends with the only minus sign.
    let minus = incumbent.network.neurons.iter().filter(|neuron| neuron.a != Rational::ONE).count();
    assert!(!instance.architecture.convex || minus <= usize::from(instance.architecture.affine), "{instance:?}");
}

/// Origin: enumeration of activation patterns.
#[test]
fn networks_agree_with_enumeration() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for round in 0..3000 {
        let width = rng.random_range(0..4);
        let points = draw(&mut rng, if width == 3 { 6 } else { 10 });
        let instance = instance(&points, architecture(width, rng.random_range(0..3) == 0, false, false));
        let expected = Enumerate::default().train(&instance, &Control::default()).unwrap();
        assert_eq!(expected.status, Status::Optimal);
        check(&instance, &expected.incumbent.unwrap().loss, 1 + round % 2);
    }
}

/// Origin: the search.
#[test]
fn convex_networks_agree_with_the_search() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    for _ in 0..1000 {
        let width = rng.random_range(0..5);
        let points = draw(&mut rng, 9);
        let instance = instance(&points, architecture(width, rng.random_range(0..3) == 0, true, false));
        let expected = Search::default().train(&instance, &Control::default()).unwrap();
        assert_eq!(expected.status, Status::Optimal);
        check(&instance, &expected.incumbent.unwrap().loss, 1);
    }
}

/// Origin: brute force.
#[test]
fn affine_classes_agree_with_brute_force() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    for _ in 0..1500 {
        let width = rng.random_range(0..4);
        let points = draw(&mut rng, if width == 3 { 6 } else { 9 });
        let convex = rng.random_range(0..2) == 0;
        let instance = instance(&points, architecture(width, rng.random_range(0..3) == 0, convex, true));
        check(&instance, &brute_affine(&instance), 1);
    }
}
