//! The graph of a planar network along a horizontal line.

use crate::exact::{Rational, nearest_f64};
use crate::instance::Activation;
use crate::network::Network;

/// The corners of the graph of `network` over the points `(origin + t, height)` with `t` between the ends of `range`: pairs of `t` and the value there. At a jump there are two corners.
pub(super) fn graph(network: &Network, height: &Rational, origin: &Rational, range: &[Rational; 2]) -> Vec<[f64; 2]> {
    let value = |t: &Rational| nearest_f64(&network.value(&[origin + t, height.clone()]));
    let crossing =
        |neuron: &crate::network::Neuron| (neuron.w[0] != Rational::ZERO).then(|| -(&neuron.b + &neuron.w[1] * height) / &neuron.w[0] - origin);
    let mut knots: Vec<Rational> = network.neurons.iter().filter_map(crossing).filter(|t| range[0] < *t && *t < range[1]).collect();
    knots.extend(range.iter().cloned());
    knots.sort();
    knots.dedup();
    match network.activation {
        Activation::Relu => knots.iter().map(|t| [nearest_f64(t), value(t)]).collect(),
        Activation::Threshold => {
            let steps = knots.windows(2).flat_map(|ends| {
                let between = value(&((&ends[0] + &ends[1]) / Rational::from(2)));
                [[nearest_f64(&ends[0]), between], [nearest_f64(&ends[1]), between]]
            });
            steps.collect()
        }
    }
}
