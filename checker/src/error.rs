//! Why a result is not accepted: one variant for each reason.

use crate::certificate::Reason;
use std::path::PathBuf;
use thiserror::Error;

/// Why a result is not accepted. Exact values are given as text.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "the messages say what the variants mean")]
#[non_exhaustive]
pub enum CheckError {
    #[error("{path}: {1}", path = .0.display())]
    Io(PathBuf, #[source] std::io::Error),
    #[error("{path}: {1}", path = .0.display())]
    Json(PathBuf, #[source] serde_json::Error),
    #[error("{path}: the format is {1:?} version {2}, expected {3:?} version 1", path = .0.display())]
    Format(PathBuf, String, u64, &'static str),
    #[error("{path}: {1}: {2:?} is no finite number", path = .0.display())]
    Number(PathBuf, String, String),
    #[error("{path}: {1}: {2} entries, expected {3}", path = .0.display())]
    Ragged(PathBuf, String, usize, usize),
    #[error("{path}: the delimiter is ambiguous", path = .0.display())]
    Delimiter(PathBuf),
    #[error("{path}: no data", path = .0.display())]
    NoData(PathBuf),

    #[error("the result speaks of a column {0:?}; the data have {1} of that name")]
    Column(String, usize),
    #[error("the result is about {claimed} points, the data have {found} rows")]
    Points { claimed: usize, found: usize },
    #[error("the result is about {claimed} features, the data have {found}")]
    Dimension { claimed: usize, found: usize },
    #[error("the targets are labels, but the loss is {0}")]
    LabelLoss(&'static str),
    #[error("the labels are {0:?}: not {1:?} and one other")]
    Labels(Vec<String>, String),
    #[error("there is no network in a result of status {0}, and nothing else that can be verified")]
    NoNetwork(&'static str),
    #[error("a network and its loss must be given together")]
    LossWithoutNetwork,
    #[error("the network has {0} neurons, the width is {1}")]
    Width(usize, usize),
    #[error("the network has another activation than the problem")]
    Activation,
    #[error("neuron {0} has {1} input weights, the data have {2} features")]
    InputWeights(usize, usize, usize),
    #[error("neuron {0} has output weight {1}: a ReLU network has output weights 1 and -1")]
    OutputWeight(usize, String),
    #[error("the network has output bias {0}, the problem allows none")]
    OutputBias(String),
    #[error("the network's loss on the data is {found}, the result claims {claimed}")]
    Loss { claimed: String, found: String },
    #[error("the lower bound {0} is above the loss {1} of the network")]
    LowerBound(String, String),
    #[error("the status is optimal, but the lower bound {0} is below the loss {1}")]
    NotOptimal(String, String),
    #[error("{field} is {found}, the result claims {claimed}")]
    Derived { field: String, claimed: String, found: String },
    #[error("the status is {0}, but the problem has no target error")]
    NoTargetError(&'static str),
    #[error("the status is realizable, but the loss {0} is above the target error {1}")]
    TargetMissed(String, String),
    #[error("the status is not-realizable, but the {0} {1} is not above the target error {2}")]
    NotRefuted(&'static str, String, String),
    #[error("the result's certificate is not the name of a file")]
    Certificate,

    #[error("{path}: this is no certificate of version 1", path = .0.display())]
    NoCertificate(PathBuf),
    #[error("the certificate is about networks of width {0}: too wide to be checked")]
    TooWide(usize),
    #[error("certificate, record {record}{at}: {reason}", at = .node.map_or_else(String::new, |node| format!(", node {node}")))]
    Record {
        record: u64,
        node: Option<u64>,
        #[source]
        reason: Reason,
    },
    #[error("the certificate is about another problem than the result")]
    OtherProblem,
    #[error("{claimed} is not proven: the certificate proves that the loss is at least {proven}{weakest}")]
    NotProven { claimed: String, proven: String, weakest: String },
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
