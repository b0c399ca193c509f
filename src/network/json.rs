//! Networks as JSON.
//!
//! ```text
//! {"format":"relus-network","version":1,"activation":"relu","output_bias":"0",
//!  "neurons":[{"w":["1","-2"],"b":"0","a":"1"}]}
//! ```
//!
//! `w` are a neuron's input weights, `b` its bias and `a` its output weight. Numbers are written as strings, exactly; they are read as in
//! [instances](crate::instance::json).

use super::{Network, Neuron};
use crate::exact::Rational;
use crate::instance::json::{JsonProblem, VERSION, by_name, rational, read_format};
use crate::instance::{Activation, FileError, Place, Source};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The format's name.
pub const FORMAT: &str = "relus-network";

/// The file; results contain it too.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NetworkFile {
    format: String,
    version: u64,
    activation: String,
    output_bias: Value,
    neurons: Vec<NeuronFile>,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct NeuronFile {
    w: Vec<Value>,
    b: Value,
    a: Value,
}

impl From<&Network> for NetworkFile {
    fn from(network: &Network) -> Self {
        let text = |value: &Rational| Value::String(value.to_string());
        let neuron = |n: &Neuron| NeuronFile { w: n.w.iter().map(text).collect(), b: text(&n.b), a: text(&n.a) };
        NetworkFile {
            format: FORMAT.to_owned(),
            version: VERSION,
            activation: network.activation.name().to_owned(),
            output_bias: text(&network.output_bias),
            neurons: network.neurons.iter().map(neuron).collect(),
        }
    }
}

impl NetworkFile {
    /// The network; `prefix` is the path of this object in `source`, with a dot at the end unless it is empty.
    pub(crate) fn network(&self, source: &Source, prefix: &str) -> Result<Network, FileError> {
        let at = |path: &str| Place::Path(format!("{prefix}{path}"));
        if self.format != FORMAT {
            return Err(source.error(at("format"), JsonProblem::Format { expected: FORMAT, found: format!("{:?}", self.format) }));
        }
        if self.version != VERSION {
            return Err(source.error(at("version"), JsonProblem::Version { found: self.version.to_string() }));
        }
        let activation = by_name(&self.activation, &Activation::ALL, Activation::name).map_err(|e| source.error(at("activation"), e))?;
        let output_bias = rational(source, &self.output_bias, || format!("{prefix}output_bias"))?;
        let dimension = self.neurons.first().map_or(0, |neuron| neuron.w.len());
        let mut neurons = Vec::with_capacity(self.neurons.len());
        for (j, neuron) in self.neurons.iter().enumerate() {
            let path = format!("{prefix}neurons[{j}]");
            if neuron.w.len() != dimension {
                let problem = JsonProblem::Length { found: neuron.w.len(), expected: dimension };
                return Err(source.error(Place::Path(format!("{path}.w")), problem));
            }
            let w = neuron.w.iter().enumerate().map(|(c, value)| rational(source, value, || format!("{path}.w[{c}]")));
            neurons.push(Neuron {
                w: w.collect::<Result<_, _>>()?,
                b: rational(source, &neuron.b, || format!("{path}.b"))?,
                a: rational(source, &neuron.a, || format!("{path}.a"))?,
            });
        }
        Ok(Network { activation, neurons, output_bias })
    }
}

/// Reads a network.
///
/// # Errors
/// [`FileError`] with line and column for malformed JSON, with the path of the value for anything else; all neurons must have equally many
/// weights.
///
/// # Examples
/// ```
/// use relus::{instance::Source, network::json::{network_to_json, read_network}};
/// let text = r#"{"format":"relus-network","version":1,"activation":"relu","output_bias":"0","neurons":[{"w":["1","-2"],"b":"1/3","a":"1"}]}"#;
/// let network = read_network(&Source::new("n.json", text)).unwrap();
/// assert_eq!(network_to_json(&network), format!("{text}\n"));
/// ```
pub fn read_network(source: &Source) -> Result<Network, FileError> {
    read_format::<NetworkFile>(source, FORMAT)?.network(source, "")
}

/// The network as JSON text.
#[must_use]
pub fn network_to_json(network: &Network) -> String {
    serde_json::to_string(&NetworkFile::from(network)).expect("strings and lists") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instance::write_atomically;
    use proptest::prelude::*;

    fn rational() -> impl Strategy<Value = Rational> {
        (any::<i64>(), 1u32..1000).prop_map(|(p, q)| Rational::from_parts(p.into(), q.into()))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, rng_seed: proptest::test_runner::RngSeed::Fixed(7), ..ProptestConfig::default() })]
        #[test]
        fn a_file_gives_back_the_network(
            activation in prop::sample::select(&Activation::ALL[..]),
            output_bias in rational(),
            neurons in (0usize..4).prop_flat_map(|d| prop::collection::vec((prop::collection::vec(rational(), d), rational(), rational()), 0..4)),
        ) {
            let neurons = neurons.into_iter().map(|(w, b, a)| Neuron { w, b, a }).collect();
            let network = Network { activation, neurons, output_bias };
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("network.json");
            write_atomically(&path, &network_to_json(&network)).unwrap();
            prop_assert_eq!(read_network(&Source::read(&path).unwrap()).unwrap(), network);
        }
    }

    #[test]
    fn errors_name_the_path() {
        let good = r#"{"format":"relus-network","version":1,"activation":"relu","output_bias":0,
            "neurons":[{"w":[1,2],"b":0,"a":1},{"w":[3,4],"b":0,"a":-1}]}"#;
        assert!(read_network(&Source::new("n.json", good)).is_ok());
        for (from, to, expected) in [
            ("[3,4]", "[3]", "n.json: neurons[1].w: 1 entries where 2 are expected"),
            ("[3,4]", "[3,true]", "n.json: neurons[1].w[1]: expected a number or a string with a decimal or a fraction, found true or false"),
            ("\"a\":-1", "\"a\":\"1/0\"", "n.json: neurons[1].a: \"1/0\" divides by zero"),
            ("\"version\":1", "\"version\":7", "n.json: version 7 of the format is not supported, this program reads version 1"),
        ] {
            assert!(good.contains(from));
            assert_eq!(read_network(&Source::new("n.json", good.replace(from, to))).unwrap_err().to_string(), expected);
        }
    }
}
