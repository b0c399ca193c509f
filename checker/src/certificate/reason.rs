//! What can be wrong with a record of a certificate: one variant for each reason.

use thiserror::Error;

/// Why a record of a certificate is not accepted. Everything is numbered from 0, as in the file.
#[derive(Debug, Error)]
#[allow(missing_docs, reason = "the messages say what the variants mean")]
#[non_exhaustive]
pub enum Reason {
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("the file ends here")]
    Truncated,
    #[error("unknown tag {0}")]
    Tag(u8),
    #[error("a number is too long")]
    NumberTooLong,
    #[error("there is no {what} {index}, only {limit}")]
    Index { what: &'static str, index: u64, limit: usize },
    #[error("such a record proves nothing about this loss")]
    Kind,
    #[error("the node is not open")]
    NotOpen,
    #[error("{0} nodes are still open at the end, the first of them is {1}")]
    Open(usize, u64),
    #[error("the neurons are not one or more different ones")]
    Neurons,
    #[error("neurons {0} and {1} have different signs or cones")]
    NotExchangeable(usize, usize),
    #[error("site {0} is already decided")]
    Decided(usize),
    #[error("the cone has more than {0} generators")]
    Generators(usize),
    #[error("the dual's sum is {0}, not 0")]
    Sum(String),
    #[error("neuron {0} has no multiplier at site {1}")]
    NoMultiplier(usize, usize),
    #[error("neuron {0}: the multiplier at site {1} is greater than the dual's magnitude there")]
    Multiplier(usize, usize),
    #[error("neuron {0}: the dual's condition does not hold (excess {1})")]
    Condition(usize, String),
    #[error("point {0} is already marked")]
    Marked(usize),
    #[error("the vector has the wrong sign at point {0}")]
    Class(usize),
    #[error("the vector is positive at no point")]
    NotPositive,
    #[error("two vectors share point {0}")]
    Shared(usize),
    #[error("sites {0:?} force no breakline")]
    Triple([usize; 3]),
    #[error("the record speaks of {claimed} children, there are {found}")]
    Children { claimed: usize, found: usize },
    #[error("the triples are not of one kind on one line with disjoint segments (at {0:?})")]
    Triples([usize; 3]),
    #[error("{neurons} neurons can break at {triples} triples")]
    TooFewTriples { neurons: usize, triples: usize },
}
