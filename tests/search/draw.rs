//! Random training problems, most of them degenerate in some way.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use relus::exact::{Rational, parse_rational};
use relus::instance::{Activation, Architecture, Data, Instance, Loss};

/// How large the problems are.
#[derive(Clone, Copy)]
pub(crate) enum Size {
    /// Small enough to go through all tuples of patterns of up to two neurons.
    Tiny,
    /// Small enough for the enumeration.
    Small,
    /// A tree of some hundred nodes.
    Medium,
}

fn integer(random: &mut ChaCha8Rng, radius: i64) -> Rational {
    Rational::from(random.random_range(-radius..=radius))
}

fn one_of<T: Clone>(random: &mut ChaCha8Rng, values: &[T]) -> T {
    values[random.random_range(0..values.len())].clone()
}

fn written(random: &mut ChaCha8Rng, values: &[&str]) -> Rational {
    parse_rational(one_of(random, values)).unwrap()
}

/// A rational with many digits.
fn long(random: &mut ChaCha8Rng) -> Rational {
    let numerator = Rational::from(random.random_range(-(1i64 << 62)..1 << 62));
    numerator / Rational::from(random.random_range(1i64 << 50..1 << 61))
}

type Table = Vec<Vec<Rational>>;

/// `extreme`: also numbers beyond the range of floats, which make every exact step slow.
fn points(random: &mut ChaCha8Rng, n: usize, d: usize, extreme: bool) -> Table {
    let grid = |random: &mut ChaCha8Rng, radius| -> Table { (0..n).map(|_| (0..d).map(|_| integer(random, radius)).collect()).collect() };
    match random.random_range(if extreme { 0..9 } else { 0..6 }) {
        // Ties, duplicates and collinear triples by chance.
        0 => grid(random, 1),
        1 => grid(random, 2),
        2 => grid(random, 50),
        // All on one line.
        3 => {
            let (base, direction) = (grid(random, 2).swap_remove(0), grid(random, 2).swap_remove(0));
            (0..n)
                .map(|_| {
                    let t = integer(random, 3);
                    base.iter().zip(&direction).map(|(b, v)| b + v * &t).collect()
                })
                .collect()
        }
        // Few different points.
        4 => {
            let few = grid(random, 3);
            (0..n).map(|_| few[random.random_range(0..n.min(3))].clone()).collect()
        }
        // A constant column, and one that repeats another.
        5 => {
            let mut points = grid(random, 3);
            for x in &mut points {
                if let [first, .., last] = x.as_mut_slice() {
                    *last = Rational::from(3) - &*first - &*first;
                } else if let [only] = x.as_mut_slice() {
                    *only = Rational::from(7);
                }
            }
            points
        }
        6 => (0..n).map(|_| (0..d).map(|_| written(random, &["0", "1", "-1", "1e300", "-1e300", "1e-300", "-1e-300", "1e150"])).collect()).collect(),
        7 => (0..n).map(|_| (0..d).map(|_| long(random)).collect()).collect(),
        // Nearly a grid.
        _ => {
            let scale = written(random, &["1e-9", "1e-17", "1e-40", "1e-320"]);
            let mut points = grid(random, 1);
            for value in points.iter_mut().flatten() {
                *value += integer(random, 2) * &scale;
            }
            points
        }
    }
}

fn targets(random: &mut ChaCha8Rng, points: &Table, architecture: Architecture, extreme: bool) -> Vec<Rational> {
    let n = points.len();
    match random.random_range(0..9) {
        0 => vec![integer(random, 2); n],
        1 => (0..n).map(|_| integer(random, 1)).collect(),
        2 | 3 => (0..n).map(|_| integer(random, 5)).collect(),
        4 => (0..n).map(|_| long(random)).collect(),
        5 if extreme => (0..n).map(|_| written(random, &["0", "1", "-1", "1e300", "1e-300", "-1e-300", "1e8"])).collect(),
        // Up and down.
        6 => (0..n).map(|i| Rational::from(if i % 2 == 0 { 1 } else { -1 })).collect(),
        // What some network of the class (or of one a little larger) gives, perhaps but for one point.
        kind => {
            let width = architecture.width + random.random_range(0..2);
            let neurons: Vec<(Rational, Vec<Rational>)> =
                (0..width).map(|_| (integer(random, 2), (0..=points[0].len()).map(|_| integer(random, 2)).collect())).collect();
            let bias = if architecture.output_bias { integer(random, 2) } else { Rational::ZERO };
            let value = |x: &Vec<Rational>| {
                neurons.iter().fold(bias.clone(), |sum, (a, w)| {
                    let z = x.iter().zip(w).fold(w[x.len()].clone(), |z, (x, w)| z + x * w);
                    let hidden = match (z > Rational::ZERO, architecture.activation) {
                        (false, _) => Rational::ZERO,
                        (true, Activation::Relu) => z,
                        (true, _) => Rational::ONE,
                    };
                    sum + a * hidden
                })
            };
            let mut targets: Vec<Rational> = points.iter().map(value).collect();
            if kind == 8 {
                let at = random.random_range(0..n);
                targets[at] += written(random, &["1", "1e-12", "1e-30", "-1/3"]);
            }
            targets
        }
    }
}

pub(crate) fn instance(random: &mut ChaCha8Rng, size: Size) -> Instance {
    let width = match size {
        Size::Tiny => one_of(random, &[0, 1, 1, 2]),
        Size::Small => one_of(random, &[0, 1, 1, 2, 2, 2, 3]),
        Size::Medium => one_of(random, &[1, 2, 2, 3]),
    };
    let d = match size {
        Size::Tiny => random.random_range(0..3),
        Size::Small => one_of(random, if width == 3 { &[0, 1, 1, 2] } else { &[0, 1, 1, 2, 2, 3] }),
        Size::Medium => random.random_range(1..4),
    };
    let n = match (size, width) {
        (Size::Tiny, _) => random.random_range(1..5),
        (Size::Small, 0 | 1) => random.random_range(1..9),
        (Size::Small, 2) => random.random_range(1..if d == 3 { 6 } else { 7 }),
        (Size::Small, _) => random.random_range(1..5),
        (Size::Medium, 3) => random.random_range(5..8),
        (Size::Medium, _) => random.random_range(8..14),
    };
    let activation = one_of(random, &[Activation::Relu, Activation::Relu, Activation::Threshold]);
    let architecture = Architecture { activation, width, output_bias: random.random_bool(0.4), convex: false, affine: false };
    let extreme = match size {
        Size::Tiny => true,
        Size::Small => width < 2,
        Size::Medium => false,
    };
    let points = points(random, n, d, extreme);
    let targets = targets(random, &points, architecture, extreme);
    let loss = one_of(random, &[Loss::L2, Loss::L2, Loss::L1, Loss::Linf]);
    Instance { data: Data::new(points, targets).unwrap(), architecture, loss, target_error: None }
}
