//! What can be wrong with a record of a certificate: one variant for each reason.

use thiserror::Error;

/// Why a record of a certificate is not accepted. Everything is numbered from 0, as in the file.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Reason {
    /// Reading failed.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The file ends before the certificate.
    #[error("the file ends here")]
    Truncated,
    /// No record has this tag.
    #[error("unknown tag {0}")]
    Tag(u8),
    /// A number is too long to mean anything.
    #[error("a number is too long")]
    NumberTooLong,
    /// An index is out of range.
    #[error("there is no {what} {index}, only {limit}")]
    Index {
        /// What is counted.
        what: &'static str,
        /// The index in the file.
        index: u64,
        /// How many there are.
        limit: usize,
    },
    /// This kind of record has no meaning for the loss or activation.
    #[error("such a record proves nothing about {0}")]
    Kind(&'static str),
    /// The node was never made, or is already split or closed.
    #[error("the node is not open")]
    NotOpen,
    /// The certificate ends though so many nodes are open, the first of which is this.
    #[error("{0} nodes are still open at the end, the first of them is {1}")]
    Open(usize, u64),
    /// No neuron is split, or one twice.
    #[error("the neurons are not one or more different ones")]
    Neurons,
    /// Neurons of different signs or cones are split together.
    #[error("neurons {0} and {1} have different signs or cones")]
    NotExchangeable(usize, usize),
    /// The site is already on or off.
    #[error("site {0} is already decided")]
    Decided(usize),
    /// With an output bias the dual must sum to 0.
    #[error("the dual's sum is {0}, not 0")]
    Sum(String),
    /// A multiplier is given for a decided site, or one with the neuron's sign.
    #[error("neuron {0} has no multiplier at site {1}")]
    NoMultiplier(usize, usize),
    /// A multiplier is greater than the dual's magnitude.
    #[error("neuron {0}: the multiplier at site {1} is greater than the dual's magnitude there")]
    Multiplier(usize, usize),
    /// The dual does not bound this neuron's share.
    #[error("neuron {0}: the dual's condition does not hold (excess {1})")]
    Condition(usize, String),
    /// The point is already marked.
    #[error("point {0} is already marked")]
    Marked(usize),
    /// A number of a vector is 0, or has the wrong sign for the point's class.
    #[error("the vector has the wrong sign at point {0}")]
    Class(usize),
    /// A vector is positive nowhere.
    #[error("the vector is positive at no point")]
    NotPositive,
    /// Two vectors share this unmarked point.
    #[error("two vectors share point {0}")]
    Shared(usize),
    /// The three sites are not in this order on a line, or have targets on a line.
    #[error("sites {0:?} force no breakline")]
    Triple([usize; 3]),
    /// The number of children is another one.
    #[error("the record speaks of {claimed} children, there are {found}")]
    Children {
        /// The number in the file.
        claimed: usize,
        /// The number that follows from the cones.
        found: usize,
    },
    /// The triples are not all of one kind, on one line, with disjoint segments.
    #[error("the triples are not of one kind on one line with disjoint segments (at {0:?})")]
    Triples([usize; 3]),
    /// There are neurons enough.
    #[error("{neurons} neurons can break at {triples} triples")]
    TooFewTriples {
        /// How many neurons can.
        neurons: usize,
        /// How many triples there are.
        triples: usize,
    },
}
