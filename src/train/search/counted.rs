//! The certificate that counting bends alone gives: each sign class is closed at its root.

use super::certificate::Claim;
use super::collinear::Bend;
use super::model::Model;
use super::node::{Node, Proof};
use super::recorder::Recorder;
use crate::exact::Rational;
use crate::instance::Activation;
use crate::instance::csv::CsvOptions;
use crate::network::Network;
use crate::train::result::problem_json;
use crate::train::{Incumbent, TrainError};
use std::path::Path;

/// Writes to `path` that no network of the model's width has error 0: `up` are bends of one line that need a neuron each with output weight +1 (for threshold neurons: of any sign), `down` such that need one with −1,
/// and together they are more than the neurons. Returns the length of the file.
///
/// # Errors
/// [`TrainError::File`] if it cannot be written.
///
/// # Panics
/// If the bends are not more than the neurons.
pub(in crate::train) fn write_count(
    model: &Model<'_>,
    path: &Path,
    columns: Option<&CsvOptions>,
    up: &[Bend],
    down: &[Bend],
) -> Result<u64, TrainError> {
    let width = model.width();
    let mut recorder = Recorder::create(path, model, &problem_json(model.instance(), columns))?;
    for (id, root) in (0..).zip(Node::roots(model)) {
        let plus = root.plus.iter().filter(|&&plus| plus).count();
        let (bends, neurons) = match model.activation() {
            Activation::Threshold => (up, width),
            Activation::Relu if up.len() > plus => (up, plus),
            Activation::Relu => (down, width - plus),
        };
        // One more than there are neurons is enough.
        let bends = bends.get(..=neurons).expect("more bends than neurons");
        recorder.close(id, Some(&(root, Proof::Count(bends.to_vec()))));
    }
    let nothing = Incumbent::evaluate(Network::constant(model.activation(), Rational::ZERO), model.instance());
    let bytes = recorder.finish(Claim::NotRealizable, &nothing, &model.floor)?;
    Ok(bytes.expect("there is a certificate"))
}
