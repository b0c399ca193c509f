//! Models as JSON.
//!
//! ```text
//! {"format":"relus-kernel-model","version":1,"kernel":"multinomial:4","points":442,"dimension":2,
//!  "features":{"shift":[48.5,26.4],"factor":[0.02,0.06]},"labels":{"low":25,"high":346},
//!  "tolerance":0.001,"unit":0.00001,
//!  "landmarks":[{"index":17,"code":-3051,"x":[0.25,-0.5]}],
//!  "fit":{"sampler":"scores","form":"ridge","parameter":1e-5,"squared_norm":2.5,"training_error":0.021,"seed":0},
//!  "feature_names":["age","bmi"],"target_name":"progression","positive":null}
//! ```
//!
//! `index` counts training points from 1. Floats are written with the shortest decimal that reads back as the same float, and read as the nearest float: a model that is read is the one that was written, to the last bit. Empty lists in
//! `features` are the identity. All fields must be there, and no others.

use super::function::Kernel;
use super::model::{Model, Record};
use super::points::Points;
use super::rounding::Codes;
use super::scaling::{FeatureMap, LabelMap};
use crate::instance::json::{JsonProblem, VERSION, read_format};
use crate::instance::{FileError, Place, Source};
use serde::{Deserialize, Serialize};
use serde_json::Number;

/// The format's name.
pub const FORMAT: &str = "relus-kernel-model";

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct ModelFile {
    format: String,
    version: u64,
    kernel: String,
    points: usize,
    dimension: usize,
    features: MapFile,
    labels: LabelFile,
    tolerance: Number,
    unit: Number,
    landmarks: Vec<LandmarkFile>,
    fit: FitFile,
    feature_names: Vec<String>,
    target_name: Option<String>,
    positive: Option<String>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct MapFile {
    shift: Vec<Number>,
    factor: Vec<Number>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct LabelFile {
    low: Number,
    high: Number,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct LandmarkFile {
    index: usize,
    code: i64,
    x: Vec<Number>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct FitFile {
    sampler: String,
    form: String,
    parameter: Number,
    squared_norm: Number,
    training_error: Number,
    seed: u64,
}

fn number(value: f64) -> Number {
    Number::from_f64(value).expect("a model's numbers are finite")
}

fn numbers(values: &[f64]) -> Vec<Number> {
    values.iter().copied().map(number).collect()
}

/// The model as a file, with a line feed at the end.
///
/// # Panics
/// If a number of the model is not finite: a bug of whoever made it.
#[must_use]
pub fn model_to_json(model: &Model) -> String {
    let landmark = |(j, (&index, &code)): (usize, (&usize, &i64))| LandmarkFile { index: index + 1, code, x: numbers(model.landmarks.point(j)) };
    let file = ModelFile {
        format: FORMAT.to_owned(),
        version: VERSION,
        kernel: model.kernel.to_string(),
        points: model.points,
        dimension: model.landmarks.dimension(),
        features: MapFile { shift: numbers(&model.features.shift), factor: numbers(&model.features.factor) },
        labels: LabelFile { low: number(model.labels.low), high: number(model.labels.high) },
        tolerance: number(model.tolerance),
        unit: number(model.codes.unit),
        landmarks: model.indices.iter().zip(&model.codes.codes).enumerate().map(landmark).collect(),
        fit: FitFile {
            sampler: model.record.sampler.clone(),
            form: model.record.form.clone(),
            parameter: number(model.record.parameter),
            squared_norm: number(model.record.squared_norm),
            training_error: number(model.record.training_error),
            seed: model.record.seed,
        },
        feature_names: model.feature_names.clone(),
        target_name: model.target_name.clone(),
        positive: model.positive.clone(),
    };
    serde_json::to_string(&file).expect("strings, numbers and lists") + "\n"
}

/// Reads a model.
///
/// # Errors
/// [`FileError`] names what is missing, unknown, or makes no model.
pub fn read_model(source: &Source) -> Result<Model, FileError> {
    let file: ModelFile = read_format(source, FORMAT)?;
    let wrong = |path: &str, message: String| source.error(Place::Path(path.to_owned()), JsonProblem::Malformed(message));
    let float = |number: &Number, path: &str| {
        let value = number.to_string().parse::<f64>().ok().filter(|value| value.is_finite());
        value.ok_or_else(|| wrong(path, format!("{number} is beyond the range of floats")))
    };
    let floats = |numbers: &[Number], expected: usize, path: &str| {
        if numbers.len() != expected {
            return Err(source.error(Place::Path(path.to_owned()), JsonProblem::Length { found: numbers.len(), expected }));
        }
        numbers.iter().enumerate().map(|(i, number)| float(number, &format!("{path}[{i}]"))).collect::<Result<Vec<f64>, _>>()
    };
    let kernel: Kernel = file.kernel.parse().map_err(|error: super::KernelError| wrong("kernel", error.to_string()))?;
    let maps = if file.features.shift.is_empty() && file.features.factor.is_empty() { 0 } else { file.dimension };
    let features =
        FeatureMap { shift: floats(&file.features.shift, maps, "features.shift")?, factor: floats(&file.features.factor, maps, "features.factor")? };
    let labels = LabelMap { low: float(&file.labels.low, "labels.low")?, high: float(&file.labels.high, "labels.high")? };
    if labels.high <= labels.low {
        return Err(wrong("labels", "\"low\" must be less than \"high\"".to_owned()));
    }
    let unit = float(&file.unit, "unit")?;
    let tolerance = float(&file.tolerance, "tolerance")?;
    if unit <= 0.0 || tolerance <= 0.0 {
        return Err(wrong(if unit <= 0.0 { "unit" } else { "tolerance" }, "must be positive".to_owned()));
    }
    let mut coordinates = Vec::with_capacity(file.landmarks.len().saturating_mul(file.dimension).min(1 << 24));
    for (j, landmark) in file.landmarks.iter().enumerate() {
        if landmark.index == 0 || landmark.index > file.points {
            return Err(wrong(&format!("landmarks[{j}].index"), format!("training points have the numbers 1 to {}", file.points)));
        }
        coordinates.extend(floats(&landmark.x, file.dimension, &format!("landmarks[{j}].x"))?);
    }
    let landmarks = Points::new(file.dimension, file.landmarks.len(), coordinates).map_err(|error| wrong("landmarks", error.to_string()))?;
    landmarks.check_for(kernel).map_err(|error| wrong("landmarks", error.to_string()))?;
    Ok(Model {
        kernel,
        features,
        labels,
        indices: file.landmarks.iter().map(|landmark| landmark.index - 1).collect(),
        landmarks,
        codes: Codes { unit, codes: file.landmarks.iter().map(|landmark| landmark.code).collect() },
        tolerance,
        points: file.points,
        record: Record {
            sampler: file.fit.sampler,
            form: file.fit.form,
            parameter: float(&file.fit.parameter, "fit.parameter")?,
            squared_norm: float(&file.fit.squared_norm, "fit.squared_norm")?,
            training_error: float(&file.fit.training_error, "fit.training_error")?,
            seed: file.fit.seed,
        },
        feature_names: file.feature_names,
        target_name: file.target_name,
        positive: file.positive,
    })
}
