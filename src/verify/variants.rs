//! Networks that compute the same as a given one at the points, and networks that do not.

use crate::exact::Rational;
use crate::instance::Activation;
use crate::network::{Network, Neuron};
use rand::seq::SliceRandom;
use rand::{Rng, RngExt};

/// A neuron with its weights multiplied by `factor`.
fn scaled(neuron: &Neuron, factor: &Rational) -> Neuron {
    Neuron { w: neuron.w.iter().map(|w| w * factor).collect(), b: &neuron.b * factor, a: neuron.a.clone() }
}

/// Networks with the same values at the points of the reduction called `rule`: with the neurons in another order; thresholds scaled; ReLUs mirrored, four of a sum at a time, by `[z]₊ = [−z]₊ + z` where the linear terms
/// cancel.
pub(super) fn equivalent(rule: &str, network: &Network, rng: &mut impl Rng) -> Vec<Network> {
    let mut variant = network.clone();
    match network.activation {
        Activation::Threshold => {
            for neuron in &mut variant.neurons {
                *neuron = scaled(neuron, &(Rational::from(rng.random_range(1..100)) / Rational::from(rng.random_range(1..100))));
            }
        }
        Activation::Relu => {
            // In the plane the four neurons of a gadget have linear terms that cancel; four ReLUs of a ramp and its negative do not.
            let mirrored = |neurons: &mut [Neuron]| neurons.iter_mut().for_each(|neuron| *neuron = scaled(neuron, &Rational::NEG_ONE));
            if rule == "poits-relu" {
                variant.neurons.chunks_mut(4).filter(|_| rng.random_bool(0.5)).for_each(mirrored);
            }
        }
    }
    variant.neurons.shuffle(rng);
    vec![network.clone(), variant]
}

/// Networks near a given one that mostly have an error: one without a neuron, one with a sign changed, one with a weight and one with a bias moved.
pub(super) fn wrong(network: &Network, rng: &mut impl Rng) -> Vec<Network> {
    let index = rng.random_range(0..network.neurons.len());
    let changed = |change: &dyn Fn(&mut Neuron)| {
        let mut other = network.clone();
        change(&mut other.neurons[index]);
        other
    };
    let mut without = network.clone();
    without.neurons.remove(index);
    let coordinate = rng.random_range(0..network.neurons[index].w.len());
    let factor = Rational::ONE + Rational::ONE / Rational::from(rng.random_range(2..1000));
    vec![
        without,
        changed(&|neuron| neuron.a = -&neuron.a),
        changed(&|neuron| neuron.w[coordinate] *= &factor),
        changed(&|neuron| neuron.b *= &factor),
    ]
}
