//! Why a result is not accepted: one variant for each reason.

use crate::certificate::Reason;
use std::path::PathBuf;
use thiserror::Error;

/// Why a result is not accepted. Exact values are given as text.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CheckError {
    /// A file cannot be read, or is not UTF-8 text.
    #[error("{path}: {1}", path = .0.display())]
    Io(PathBuf, #[source] std::io::Error),
    /// A file is no JSON of the expected shape.
    #[error("{path}: {1}", path = .0.display())]
    Json(PathBuf, #[source] serde_json::Error),
    /// A JSON file is of another format or version than the last entry.
    #[error("{path}: the format is {1:?} version {2}, expected {3:?} version 1", path = .0.display())]
    Format(PathBuf, String, u64, &'static str),
    /// At this place of a file something that must be a number is none.
    #[error("{path}: {1}: {2:?} is no finite number", path = .0.display())]
    Number(PathBuf, String, String),
    /// At this place of a file there are so many entries instead of so many.
    #[error("{path}: {1}: {2} entries, expected {3}", path = .0.display())]
    Ragged(PathBuf, String, usize, usize),
    /// More than one of comma, semicolon and tab splits the lines of a table into equally many fields.
    #[error("{path}: the delimiter is ambiguous", path = .0.display())]
    Delimiter(PathBuf),
    /// The data file has no points.
    #[error("{path}: no data", path = .0.display())]
    NoData(PathBuf),

    /// The data have so many columns of this name instead of one.
    #[error("the result speaks of a column {0:?}; the data have {1} of that name")]
    Column(String, usize),
    /// The result is about another number of points than the data have.
    #[error("the result is about {claimed} points, the data have {found} rows")]
    Points {
        /// The number in the result.
        claimed: usize,
        /// The number of rows of the data.
        found: usize,
    },
    /// The result is about another number of features than the data have.
    #[error("the result is about {claimed} features, the data have {found}")]
    Dimension {
        /// The number in the result.
        claimed: usize,
        /// The number in the data.
        found: usize,
    },
    /// Labels are right or wrong: no loss but the 0-1 loss is defined for them.
    #[error("the targets are labels, but the loss is {0}")]
    LabelLoss(&'static str),
    /// These labels of the data are not the positive one (last) and one other.
    #[error("the labels are {0:?}: not {1:?} and one other")]
    Labels(Vec<String>, String),
    /// A status that promises a network, or a result without anything to verify.
    #[error("there is no network in a result of status {0}, and nothing else that can be verified")]
    NoNetwork(&'static str),
    /// A network without a loss, or a loss without a network.
    #[error("a network and its loss must be given together")]
    LossWithoutNetwork,
    /// The network has more neurons than the class allows.
    #[error("the network has {0} neurons, the width is {1}")]
    Width(usize, usize),
    /// The network has another activation than the class.
    #[error("the network has another activation than the problem")]
    Activation,
    /// A neuron (numbered from 1) has another number of input weights than the data have features.
    #[error("neuron {0} has {1} input weights, the data have {2} features")]
    InputWeights(usize, usize, usize),
    /// The output weight of a ReLU neuron (numbered from 1) is not normalised.
    #[error("neuron {0} has output weight {1}: a ReLU network has output weights 1 and -1")]
    OutputWeight(usize, String),
    /// The network has an output bias though the class has none.
    #[error("the network has output bias {0}, the problem allows none")]
    OutputBias(String),
    /// The loss of the network on the data is another than the result claims.
    #[error("the network's loss on the data is {found}, the result claims {claimed}")]
    Loss {
        /// The loss in the result.
        claimed: String,
        /// The loss by the definition.
        found: String,
    },
    /// The lower bound is above a loss that is attained.
    #[error("the lower bound {0} is above the loss {1} of the network")]
    LowerBound(String, String),
    /// The status is optimal, but the lower bound is not the loss.
    #[error("the status is optimal, but the lower bound {0} is below the loss {1}")]
    NotOptimal(String, String),
    /// The gap is not `(loss − lower bound)/loss`, or the mean loss not the loss divided by the number of points.
    #[error("{field} is {found}, the result claims {claimed}")]
    Derived {
        /// The field.
        field: &'static str,
        /// The value in the result.
        claimed: String,
        /// The value that follows from loss, lower bound and number of points.
        found: String,
    },
    /// The rounded number in this field is not near the exact one.
    #[error("{0} is {1}, which is not near the exact value {2}")]
    Approximation(&'static str, String, String),
    /// The status answers a decision problem, but there is no target error.
    #[error("the status is {0}, but the problem has no target error")]
    NoTargetError(&'static str),
    /// The status is realizable, but the loss is above the target error.
    #[error("the status is realizable, but the loss {0} is above the target error {1}")]
    TargetMissed(String, String),
    /// The status is not-realizable, but the loss or the lower bound is not above the target error.
    #[error("the status is not-realizable, but the {0} {1} is not above the target error {2}")]
    NotRefuted(&'static str, String, String),
    /// The result's field `certificate` is no file name.
    #[error("the result's certificate is not the name of a file")]
    Certificate,

    /// A file that should be a certificate does not begin like one of this version.
    #[error("{path}: this is no certificate of version 1", path = .0.display())]
    NoCertificate(PathBuf),
    /// The certificate is about absurdly wide networks.
    #[error("the certificate is about networks of width {0}: too wide to be checked")]
    TooWide(usize),
    /// A record (numbered from 0) of the certificate is wrong.
    #[error("certificate, record {record}{at}: {reason}", at = .node.map_or_else(String::new, |node| format!(", node {node}")))]
    Record {
        /// The record.
        record: u64,
        /// The node that it deals with.
        node: Option<u64>,
        /// What is wrong.
        #[source]
        reason: Reason,
    },
    /// The certificate is about another problem than the result.
    #[error("the certificate is about another problem than the result")]
    OtherProblem,
    /// The certificate proves less than the claim.
    #[error("{claimed} is not proven: the certificate proves that the loss is at least {proven}{weakest}")]
    NotProven {
        /// What is claimed.
        claimed: String,
        /// The bound that is proven.
        proven: String,
        /// The node where the bound is so low, if any.
        weakest: String,
    },
}

impl CheckError {
    /// Whether the files could not be read at all, so that nothing is known about the claim.
    ///
    /// Otherwise the files were understood and the claim does not hold.
    #[must_use]
    pub fn is_unreadable(&self) -> bool {
        use CheckError::{Delimiter, Format, Io, Json, NoCertificate, NoData, Number, Ragged, Record};
        match self {
            Io(..) | Json(..) | Format(..) | Number(..) | Ragged(..) | Delimiter(_) | NoData(_) | NoCertificate(_) => true,
            Record { reason, .. } => matches!(reason, Reason::Io(_)),
            _ => false,
        }
    }
}
