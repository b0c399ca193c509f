//! The shape of the JSON files: every number is read from the text that is written.

use crate::error::CheckError;
use crate::network::Network;
use crate::number;
use dashu_ratio::RBig;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::path::Path;

/// A JSON number or a string with a number: nothing is rounded.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Value")]
pub(crate) struct Exact(pub(crate) RBig);

impl TryFrom<Value> for Exact {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        number::parse(&text).map(Exact).ok_or_else(|| format!("{text:?} is no finite number"))
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// The loss is the minimum.
    #[serde(alias = "minimum")]
    Optimal,
    /// The loss is near the minimum.
    WithinGap,
    /// A network within the target error is given.
    Realizable,
    /// There is no network within the target error.
    NotRealizable,
    /// The search ended early.
    #[serde(alias = "lower-bound")]
    TimeLimit,
    /// The search was interrupted.
    Interrupted,
}

/// The word for a loss or a status in the files.
pub(crate) fn name(value: impl Serialize) -> String {
    json!(value).to_string().replace('"', "")
}

/// What is claimed, in a result or at the end of a certificate (with words of its own for `optimal` and `time-limit`).
#[derive(Deserialize)]
pub(crate) struct Statement {
    #[serde(alias = "claim")]
    pub(crate) status: Status,
    pub(crate) loss: Option<Exact>,
    pub(crate) lower_bound: Option<Exact>,
    pub(crate) network: Option<Network>,
}

/// What a result has besides its statement.
#[derive(Deserialize)]
pub(crate) struct ResultFile {
    pub(crate) problem: Problem,
    pub(crate) certificate: Option<Value>,
}

/// What a result is about.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Problem {
    /// The number of points of the data.
    pub points: usize,
    /// The number of features.
    pub dimension: usize,
    /// The largest number of neurons of the class of networks.
    pub width: usize,
    /// The activation of the class.
    pub activation: Activation,
    /// The loss function.
    pub loss: Loss,
    /// Whether the networks of the class have an output bias.
    pub output_bias: bool,
    /// ReLU: whether the networks of the class have output weights +1 only.
    #[serde(default)]
    pub convex: bool,
    /// ReLU: whether the networks of the class have an affine function besides, as two more neurons that cancel.
    #[serde(default)]
    pub affine: bool,
    pub(crate) target_error: Option<Exact>,
    /// The columns of the features by name or number, `None` for all but the target.
    pub features: Option<Vec<String>>,
    /// The column of the target by name or number, `None` for the last.
    pub target: Option<String>,
    /// The label of the positive class, if the targets are labels.
    pub positive: Option<String>,
}

pub(crate) fn has_format(path: &Path, format: &str, version: u64, expected: &'static str) -> Result<(), CheckError> {
    if format == expected && version == 1 { Ok(()) } else { Err(CheckError::Format(path.to_owned(), format.to_owned(), version, expected)) }
}

/// The text of a file without its byte order mark.
pub(crate) fn open(path: &Path) -> Result<String, CheckError> {
    let text = std::fs::read_to_string(path).map_err(|source| CheckError::Io(path.to_owned(), source))?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// What a file says that it is.
#[derive(Deserialize)]
struct Format {
    #[serde(default)]
    format: String,
    #[serde(default)]
    version: u64,
}

/// Reads a file that is supposed to be of this format.
pub(crate) fn read_format<T: DeserializeOwned>(path: &Path, text: &str, expected: &'static str) -> Result<T, CheckError> {
    let Format { format, version } = read_json(path, text)?;
    has_format(path, &format, version, expected)?;
    read_json(path, text)
}

pub(crate) fn read_json<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T, CheckError> {
    serde_json::from_str(text).map_err(|source| CheckError::Json(path.to_owned(), source))
}
