//! What goes into the evaluation of a node, and what comes out of it.

use super::goal::Goal;
use super::node::{Certified, Node, Proof, Split};
use super::relax::WarmStart;
use crate::exact::Rational;
use crate::train::Incumbent;
use std::sync::Arc;

/// A node that waits to be split.
#[derive(Debug)]
pub(in crate::train) struct Open {
    pub(in crate::train) node: Node,
    /// The relaxation's value: what nodes are ordered by.
    pub(in crate::train) estimate: f64,
    /// Proven, in units of [`Model::loss_unit`] and without the constant.
    pub(in crate::train) proven: f64,
    /// What was needed when it was evaluated.
    pub(in crate::train) judged: f64,
    pub(in crate::train) warm: Option<WarmStart>,
    /// A leaf of the node or one above it, where the search writes a certificate.
    pub(in crate::train) leaf: Option<Arc<Certified>>,
    /// `None` if it waits to be looked at, too: a node of a checkpoint.
    pub(in crate::train) split: Option<Split>,
    /// The memory that the node takes, in bytes; set when it is evaluated.
    pub(in crate::train) bytes: usize,
}

impl Open {
    pub(in crate::train) fn new(node: Node, estimate: f64, proven: f64, goal: &Goal, split: Split) -> Self {
        Open { node, estimate, proven, judged: goal.needed_scaled, warm: None, leaf: None, split: Some(split), bytes: 0 }
    }

    /// A node about which no more is known than what was proven once.
    pub(in crate::train) fn unseen(node: Node, proven: f64) -> Self {
        let mut open = Open { node, estimate: proven, proven, judged: f64::INFINITY, warm: None, leaf: None, split: None, bytes: 0 };
        open.bytes = open.measure();
        open
    }

    /// [`Open::bytes`].
    pub(in crate::train) fn measure(&self) -> usize {
        let leaf = self.leaf.as_ref().map_or(0, |leaf| leaf.bytes() / Arc::strong_count(leaf));
        size_of::<Open>() + self.node.bytes() + self.warm.as_ref().map_or(0, WarmStart::bytes) + leaf
    }
}

/// What is known about a node from the one above it.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::train) struct Inherited<'o> {
    pub(in crate::train) warm: Option<&'o WarmStart>,
    /// See [`Open::proven`].
    pub(in crate::train) proven: f64,
    pub(in crate::train) leaf: Option<&'o Arc<Certified>>,
}

impl<'o> From<&'o Open> for Inherited<'o> {
    fn from(open: &'o Open) -> Self {
        Inherited { warm: open.warm.as_ref(), proven: open.proven, leaf: open.leaf.as_ref() }
    }
}

/// What became of a node.
#[derive(Debug)]
pub(in crate::train) enum Verdict {
    /// No network of the node is better than what the goal asks for; with the proof, if leaves are asked for.
    Closed(Option<Box<(Node, Proof)>>),
    /// To be split.
    Open(Box<Open>),
    /// A network with an affine term was found that is none of the class: [`Model::mirrored`] asks too much. With the proof of nothing, which closes
    /// the node where another network answers the question.
    Outside(Box<(Node, Proof)>),
}

/// A verdict, and a better network if one was found on the way.
#[derive(Debug)]
pub(in crate::train) struct Evaluation {
    pub(in crate::train) verdict: Verdict,
    pub(in crate::train) better: Option<Incumbent>,
    /// The least loss of a closed node, exactly, if it is less than what was needed: for the decision problem a node is closed by a loss just above the target.
    pub(in crate::train) least: Option<Rational>,
}

impl Evaluation {
    pub(in crate::train) fn closed(proof: Option<(Node, Proof)>) -> Self {
        Evaluation { verdict: Verdict::Closed(proof.map(Box::new)), better: None, least: None }
    }
}

/// How nodes were closed, and what it took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::train) struct Tally {
    /// Relaxations that were solved, those of strong branching among them.
    pub(in crate::train) relaxations: u64,
    /// Nodes closed by a bound proven in floats.
    pub(in crate::train) in_floats: u64,
    /// Attempts at a proof in integers, and those that succeeded.
    pub(in crate::train) attempts: u64,
    /// See `attempts`.
    pub(in crate::train) in_integers: u64,
    /// Activation patterns that were solved exactly.
    pub(in crate::train) patterns: u64,
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.relaxations += other.relaxations;
        self.in_floats += other.in_floats;
        self.attempts += other.attempts;
        self.in_integers += other.in_integers;
        self.patterns += other.patterns;
    }
}
