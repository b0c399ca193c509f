//! Evaluation by the definition and what every honest outcome satisfies; shares no code with the crate but the type of rationals.

use relus::exact::{Rational, parse_rational};
use relus::instance::{Activation, Architecture, Data, Instance, Loss};
use relus::network::Network;
use relus::train::{Control, Outcome, Status};

/// A number as it is written.
pub(crate) fn q(text: &str) -> Rational {
    parse_rational(text).unwrap()
}

/// A training problem.
pub(crate) fn problem(
    points: Vec<Vec<Rational>>,
    targets: Vec<Rational>,
    activation: Activation,
    width: usize,
    output_bias: bool,
    loss: Loss,
) -> Instance {
    Instance {
        data: Data::new(points, targets).unwrap(),
        architecture: Architecture { activation, width, output_bias, convex: false, affine: false },
        loss,
        target_error: None,
    }
}

fn magnitude(value: Rational) -> Rational {
    if value < Rational::ZERO { -value } else { value }
}

/// `φ(x) = c + Σ a_j σ(w_j·x + b_j)`.
pub(crate) fn value(network: &Network, x: &[Rational]) -> Rational {
    let mut value = network.output_bias.clone();
    for neuron in &network.neurons {
        assert_eq!(neuron.w.len(), x.len());
        let mut z = neuron.b.clone();
        for (w, x) in neuron.w.iter().zip(x) {
            z += w * x;
        }
        let hidden = match (z > Rational::ZERO, network.activation) {
            (false, _) => Rational::ZERO,
            (true, Activation::Relu) => z,
            (true, _) => Rational::ONE,
        };
        value += &neuron.a * hidden;
    }
    value
}

/// The loss of a network on the data of an instance.
pub(crate) fn evaluate(network: &Network, instance: &Instance) -> Rational {
    let mut total = Rational::ZERO;
    for (x, y) in instance.data.points().iter().zip(instance.data.targets()) {
        let prediction = value(network, x);
        match instance.loss {
            Loss::L2 => total += (&prediction - y) * (&prediction - y),
            Loss::L1 => total += magnitude(prediction - y),
            Loss::Linf => total = total.max(magnitude(prediction - y)),
            Loss::ZeroOne if (prediction > Rational::ZERO) != (*y > Rational::ZERO) => total += Rational::ONE,
            _ => {}
        }
    }
    total
}

/// How many neurons there are besides an affine function, the last two; those of a convex map have output weights +1.
fn free_neurons(network: &Network, architecture: Architecture) -> usize {
    let count = network.neurons.len();
    let free = match &network.neurons[..] {
        [.., first, second] if architecture.affine => {
            let opposite = |v: &[Rational], w: &[Rational]| v.iter().zip(w).all(|(v, w)| *v == -w);
            let cancel = opposite(&first.w, &second.w) && first.b == -&second.b && first.a == -&second.a;
            if cancel { count - 2 } else { count }
        }
        _ => count,
    };
    assert!(!architecture.convex || network.neurons[..free].iter().all(|neuron| neuron.a == Rational::ONE), "{network:?}");
    free
}

/// Asserts all that an outcome claims about itself and returns the incumbent's loss: the network belongs to the class, its loss is the one stated, and the
/// status follows from loss, bound, gap and target.
pub(crate) fn check_outcome(instance: &Instance, control: &Control<'_>, outcome: &Outcome) -> Rational {
    let incumbent = outcome.incumbent.as_ref().expect("every method returns a network");
    let (network, loss, bound) = (&incumbent.network, &incumbent.loss, &outcome.lower_bound);
    let architecture = instance.architecture;
    assert_eq!(network.activation, architecture.activation);
    assert!(free_neurons(network, architecture) <= architecture.width, "{outcome:?}");
    assert!(architecture.output_bias || network.output_bias.is_zero(), "{outcome:?}");
    let sign = |a: &Rational| *a == Rational::ONE || *a == -Rational::ONE;
    assert!(architecture.activation != Activation::Relu || network.neurons.iter().all(|neuron| sign(&neuron.a)), "{outcome:?}");
    assert_eq!(evaluate(network, instance), *loss, "{instance:?}");
    assert!(*bound >= Rational::ZERO && bound <= loss, "{outcome:?} of {instance:?}");
    match outcome.status {
        Status::Optimal => assert!(instance.target_error.is_none() && loss == bound, "{outcome:?} of {instance:?}"),
        Status::WithinGap => {
            assert!(instance.target_error.is_none(), "{outcome:?}");
            let tolerance = outcome.notes.iter().any(|note| note.contains("float tolerance"));
            assert!(loss - bound <= control.gap() * loss || tolerance, "{outcome:?} of {instance:?}");
        }
        Status::Realizable => assert!(instance.target_error.as_ref().is_some_and(|target| loss <= target), "{outcome:?}"),
        Status::NotRealizable => {
            let not_zero = outcome.notes.iter().any(|note| note.contains("the error is not 0"));
            let excluded = |target: &Rational| bound > target || (target.is_zero() && not_zero);
            assert!(instance.target_error.as_ref().is_some_and(excluded), "{outcome:?}");
        }
        _ => match &instance.target_error {
            Some(target) => assert!(loss > target && bound <= target, "decided, but not said: {outcome:?}"),
            None => assert!(loss > bound, "optimal, but not said: {outcome:?}"),
        },
    }
    loss.clone()
}
