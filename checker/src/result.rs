//! The result file: its shape, with every number still as the text that is written.

use crate::error::CheckError;
use crate::number;
use dashu_ratio::RBig;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::path::Path;

/// A JSON number or a string with a number, as the text that is written: nothing is rounded.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "serde_json::Value")]
pub(crate) struct Exact(String);

impl TryFrom<serde_json::Value> for Exact {
    type Error = &'static str;

    fn try_from(value: serde_json::Value) -> Result<Self, Self::Error> {
        match value {
            serde_json::Value::Number(number) => Ok(Exact(number.as_str().to_owned())),
            serde_json::Value::String(text) => Ok(Exact(text)),
            _ => Err("expected a number, or a string with a number"),
        }
    }
}

impl Exact {
    pub(crate) fn text(&self) -> &str {
        &self.0
    }
}

/// The activation function of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    /// `max(0, z)`.
    Relu,
    /// 1 if `z > 0`, else 0.
    Threshold,
}

/// The loss as a function of the residuals `r_i = φ(x_i) − y_i`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// `Σ r_i²`.
    L2,
    /// `Σ |r_i|`.
    L1,
    /// `max |r_i|`.
    Linf,
    /// The number of points where one of `φ(x_i)` and `y_i` is above 0 and the other is not.
    ZeroOne,
}

/// What the result says is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// The loss is the minimum.
    Optimal,
    /// The loss is near the minimum.
    WithinGap,
    /// A network within the target error is given.
    Realizable,
    /// There is no network within the target error.
    NotRealizable,
    /// The search ended early.
    TimeLimit,
    /// The search was interrupted.
    Interrupted,
}

impl Activation {
    pub(crate) fn name(self) -> &'static str {
        if self == Activation::Relu { "ReLU" } else { "threshold" }
    }
}

impl Loss {
    pub(crate) fn name(self) -> &'static str {
        ["l2", "l1", "linf", "zero-one"][self as usize]
    }
}

impl Status {
    pub(crate) fn name(self) -> &'static str {
        ["optimal", "within-gap", "realizable", "not-realizable", "time-limit", "interrupted"][self as usize]
    }
}

#[derive(Deserialize)]
pub(crate) struct ResultFile {
    #[serde(default)]
    format: String,
    #[serde(default)]
    version: u64,
    pub(crate) status: Status,
    pub(crate) loss: Option<Exact>,
    pub(crate) loss_approx: Option<serde_json::Number>,
    pub(crate) lower_bound: Option<Exact>,
    pub(crate) lower_bound_approx: Option<serde_json::Number>,
    pub(crate) mean_loss: Option<Exact>,
    pub(crate) mean_loss_approx: Option<serde_json::Number>,
    pub(crate) gap: Option<Exact>,
    pub(crate) gap_approx: Option<serde_json::Number>,
    pub(crate) network: Option<NetworkFile>,
    pub(crate) certificate: Option<serde_json::Value>,
    pub(crate) problem: Problem,
}

#[derive(Deserialize)]
pub(crate) struct NetworkFile {
    pub(crate) format: String,
    pub(crate) version: u64,
    pub(crate) activation: Activation,
    pub(crate) output_bias: Option<Exact>,
    pub(crate) neurons: Vec<NeuronFile>,
}

#[derive(Deserialize)]
pub(crate) struct NeuronFile {
    pub(crate) w: Vec<Exact>,
    pub(crate) b: Exact,
    pub(crate) a: Exact,
}

/// What the result is about.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Problem {
    pub(crate) points: usize,
    pub(crate) dimension: usize,
    pub(crate) width: usize,
    pub(crate) activation: Activation,
    pub(crate) loss: Loss,
    pub(crate) output_bias: bool,
    pub(crate) target_error: Option<Exact>,
    pub(crate) features: Option<Vec<String>>,
    pub(crate) target: Option<String>,
    pub(crate) positive: Option<String>,
}

/// Reads the result file and confirms the formats that it says it has.
pub(crate) fn read(path: &Path) -> Result<ResultFile, CheckError> {
    let file: ResultFile = read_json(path, &open(path)?)?;
    has_format(path, &file.format, file.version, "relus-result")?;
    Ok(file)
}

pub(crate) fn has_format(path: &Path, format: &str, version: u64, expected: &'static str) -> Result<(), CheckError> {
    if format == expected && version == 1 { Ok(()) } else { Err(CheckError::Format(path.to_owned(), format.to_owned(), version, expected)) }
}

/// The number in the field called `place`.
pub(crate) fn exact(path: &Path, place: &str, value: &Exact) -> Result<RBig, CheckError> {
    let text = value.text();
    number::parse(text).ok_or_else(|| CheckError::Number(path.to_owned(), place.to_owned(), text.to_owned()))
}

/// The text of a file without its byte order mark.
pub(crate) fn open(path: &Path) -> Result<String, CheckError> {
    let text = std::fs::read_to_string(path).map_err(|source| CheckError::Io(path.to_owned(), source))?;
    Ok(text.strip_prefix('\u{feff}').map_or_else(|| text.clone(), str::to_owned))
}

pub(crate) fn read_json<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T, CheckError> {
    serde_json::from_str(text).map_err(|source| CheckError::Json(path.to_owned(), source))
}
