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
    #[error("{path}: {1}", path = .0.display())]
    Table(PathBuf, String),
    #[error("the data do not fit the problem: {0}")]
    OtherData(String),
    #[error("the network is not of the class: {0}")]
    Class(String),
    #[error("a network and its loss must be given together")]
    LossWithoutNetwork,
    #[error("the network's loss on the data is {found}, the result claims {claimed}")]
    Loss { claimed: String, found: String },
    #[error("the status is {0}, but {1}")]
    Status(String, String),
    #[error("{field} is {found}, the result claims {claimed}")]
    Derived { field: String, claimed: String, found: String },
    #[error("the result's certificate is not the name of a file")]
    Certificate,

    #[error("{path}: this is no certificate of version 1", path = .0.display())]
    NoCertificate(PathBuf),
    #[error("the certificate is about networks of width {0}: too wide to be checked")]
    TooWide(usize),
    #[error("certificate, record {record}{at}: {source}", at = .node.map_or_else(String::new, |node| format!(", node {node}")))]
    Record { record: u64, node: Option<u64>, source: Reason },
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
        use CheckError::{Format, Io, Json, NoCertificate, Record, Table};
        matches!(self, Io(..) | Json(..) | Format(..) | Table(..) | NoCertificate(_) | Record { source: Reason::Io(_), .. })
    }
}
