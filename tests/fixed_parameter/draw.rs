//! Small instances, most of them degenerate in some way: ties, repeated and collinear points, constant columns, fewer points than features, equal points with different targets.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use relus::exact::Rational;
use relus::instance::{Activation, Architecture, Data, Instance, Loss};
use relus::network::{Network, Neuron};

/// The instance of a seed.
pub(crate) fn instance(seed: u64) -> Instance {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let random = &mut random;
    let width = random.random_range(0..4usize);
    let dimension = random.random_range(0..4usize);
    // The definition goes through all tuples of patterns.
    let most = [[6, 6, 6, 6], [8, 7, 6, 6], [7, 5, 4, 4], [5, 4, 4, 3]][width][dimension];
    let points = random.random_range(1..=most);
    let radius = [1, 2, 10][random.random_range(0..3)];
    let integer = |random: &mut ChaCha8Rng, radius: i64| Rational::from(random.random_range(-radius..=radius));
    let mut inputs: Vec<Vec<Rational>> = (0..points).map(|_| (0..dimension).map(|_| integer(random, radius)).collect()).collect();
    match random.random_range(0..4) {
        // A constant column.
        0 => inputs.iter_mut().for_each(|x| x.iter_mut().take(1).for_each(|v| *v = Rational::from(7))),
        // All on one line.
        1 => {
            let direction: Vec<Rational> = (0..dimension).map(|_| integer(random, 2)).collect();
            for x in &mut inputs {
                let t = integer(random, 4);
                *x = direction.iter().map(|v| v * &t).collect();
            }
        }
        _ => {}
    }
    let affine = random.random_bool(0.4);
    let output_bias = random.random_bool(0.25);
    let architecture = Architecture { activation: Activation::Relu, width, output_bias, convex: true, affine };
    let mut targets: Vec<Rational> = match random.random_range(0..3) {
        0 => inputs.iter().map(|_| integer(random, 2)).collect(),
        // Convex by itself: squares.
        1 => inputs.iter().map(|x| x.iter().fold(Rational::ZERO, |sum, v| sum + v.sqr())).collect(),
        // A map of the class, with one neuron more now and then.
        _ => {
            let more = usize::from(random.random_bool(0.3));
            let neuron = |random: &mut ChaCha8Rng, a: i64| Neuron {
                w: (0..dimension).map(|_| integer(random, 3)).collect(),
                b: integer(random, 3),
                a: Rational::from(a),
            };
            let mut neurons: Vec<Neuron> = (0..width + more).map(|_| neuron(random, 1)).collect();
            if affine {
                let rising = neuron(random, 1);
                let falling = Neuron { w: rising.w.iter().map(|w| -w).collect(), b: -&rising.b, a: Rational::NEG_ONE };
                neurons.extend([rising, falling]);
            }
            let output_bias = if output_bias { integer(random, 3) } else { Rational::ZERO };
            let network = Network { activation: Activation::Relu, neurons, output_bias };
            inputs.iter().map(|x| network.value(x)).collect()
        }
    };
    if random.random_bool(0.3) {
        let moved = random.random_range(0..points);
        targets[moved] += Rational::from(random.random_range(-2i64..=2)) / Rational::from(3);
    }
    // Numbers that floats hold badly.
    if random.random_range(0..12) == 0 {
        let [shift, unit] = [(1i64 << 40) + 1, 1_000_003].map(Rational::from);
        inputs.iter_mut().flatten().for_each(|v| *v = &*v / &unit + &shift);
    }
    let loss = [Loss::L2, Loss::L1, Loss::Linf][random.random_range(0..3)];
    Instance { data: Data::new(inputs, targets).unwrap(), architecture, loss, target_error: Some(Rational::ZERO) }
}
