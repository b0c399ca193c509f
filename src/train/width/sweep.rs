//! Whether a network of one feature fits its data without error, for many neurons and points.
//!
//! A neuron of one feature is active on all points to the right, or to the left, of its breakpoint. So the sum of the active neurons is an affine function that changes at the breakpoints only, and one pass
//! over the sorted points finds all values: by the definition of the network alone, whatever it was made from.
//!
//! # Complexity
//! `O((n + k) log n)`, with `O(n + k)` rational operations, against `n·k` of [`Network::loss`].

use super::line::Line;
use crate::exact::{Integer, Rational, nearest_f64};
use crate::instance::{Activation, Data, Loss};
use crate::network::Network;

/// Up to this many pairs of a point and a neuron the definition is as fast.
const FEW: usize = 1 << 16;

/// Whether the network's values are the targets.
pub(super) fn fits(network: &Network, data: &Data) -> bool {
    if data.dimension() != 1 || network.neurons.len() * data.len() <= FEW {
        return network.loss(data, Loss::L1).is_ok_and(|loss| loss.is_zero());
    }
    network.check_dimension(1).is_ok() && swept(network, data)
}

fn swept(network: &Network, data: &Data) -> bool {
    let integers = data.integers();
    let scale = Rational::ONE / Rational::from(integers.scales[0].clone());
    let mut order: Vec<usize> = (0..data.len()).collect();
    let x = |i: usize| &integers.rows.row(i)[0];
    order.sort_unstable_by(|&i, &j| x(i).cmp(x(j)));
    let floats: Vec<f64> = order.iter().map(|&i| nearest_f64(&data.points()[i][0])).collect();
    // What is added to the sum of active neurons in front of each point.
    let mut changes: Vec<Option<Line>> = vec![None; order.len() + 1];
    let mut change = |place: usize, by: Line| {
        let entry = &mut changes[place];
        *entry = Some(match entry.take() {
            None => by,
            Some(sum) => sum.plus(&by),
        });
    };
    for neuron in network.neurons.iter().filter(|neuron| !neuron.a.is_zero()) {
        let line = Line { slope: &neuron.w[0] * &scale, intercept: neuron.b.clone() };
        let term = match network.activation {
            Activation::Relu => line.times(&neuron.a),
            Activation::Threshold => Line { slope: Rational::ZERO, intercept: neuron.a.clone() },
        };
        let on = |place: usize| line.quotient_at(x(order[place])).0 > Integer::ZERO;
        if line.slope.is_zero() {
            if on(0) {
                change(0, term);
            }
            continue;
        }
        let right = line.slope > Rational::ZERO;
        // The first point right of the breakpoint, on it for neurons that are active to its left: floats say where to look.
        let passed = |place: usize| on(place) == right;
        let guess = -nearest_f64(&neuron.b) / nearest_f64(&neuron.w[0]);
        let guess = floats.partition_point(|&x| x < guess);
        let here = |place: usize| (place == order.len() || passed(place)) && (place == 0 || !passed(place - 1));
        let place = [guess, guess + 1].into_iter().find(|&place| place <= order.len() && here(place)).unwrap_or_else(|| first(order.len(), passed));
        if right {
            change(place, term);
        } else {
            change(place, term.clone().negated());
            change(0, term);
        }
    }
    let mut sum = Line { slope: Rational::ZERO, intercept: network.output_bias.clone() };
    order.iter().zip(changes).all(|(&i, change)| {
        if let Some(change) = change {
            sum = sum.plus(&change);
        }
        let (numerator, denominator) = sum.quotient_at(x(i));
        numerator * &integers.target_scale == &integers.targets[i] * denominator
    })
}

/// The first of `0..n` that has passed, `n` if none has; what has passed stays so.
fn first(n: usize, passed: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, n);
    while low < high {
        let middle = usize::midpoint(low, high);
        if passed(middle) { high = middle } else { low = middle + 1 }
    }
    low
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Neuron;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// Origin: the values by the definition.
    #[test]
    fn as_the_definition_says() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for round in 0..2000 {
            let activation = Activation::ALL[round % 2];
            let mut small = |most: i64| Rational::from(Integer::from(rng.random_range(-most..=most))) / Rational::from(1 + round % 3);
            let neurons = (0..3).map(|_| Neuron { w: vec![small(2)], b: small(3), a: small(1) }).collect();
            let network = Network { activation, neurons, output_bias: small(1) };
            let points: Vec<Vec<Rational>> = (0..6).map(|_| vec![small(4)]).collect();
            let mut targets: Vec<Rational> = points.iter().map(|x| network.value(x)).collect();
            if round % 4 >= 2 {
                targets[5] += Rational::ONE;
            }
            let data = Data::new(points, targets).unwrap();
            assert_eq!(swept(&network, &data), network.loss(&data, Loss::L1).unwrap().is_zero());
        }
    }
}
