//! The open nodes: that of least estimate first, and depth first beyond so many that they would fill the memory.

use super::node::Node;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// From here on the search goes depth first: about a gigabyte.
const MOST: usize = 1_000_000;

/// The open nodes.
#[derive(Debug)]
pub(super) struct Frontier {
    ordered: BinaryHeap<Ordered>,
    deep: Vec<Node>,
}

/// A node in the order of the search.
#[derive(Debug)]
struct Ordered(Node);

impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> Ordering {
        other.0.estimate.total_cmp(&self.0.estimate)
    }
}

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ordered {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Ordered {}

impl Frontier {
    pub(super) fn new(roots: Vec<Node>) -> Self {
        Frontier { ordered: roots.into_iter().map(Ordered).collect(), deep: Vec::new() }
    }

    pub(super) fn push(&mut self, node: Node) {
        if self.ordered.len() < MOST {
            self.ordered.push(Ordered(node));
        } else {
            self.deep.push(node);
        }
    }

    pub(super) fn pop(&mut self) -> Option<Node> {
        self.deep.pop().or_else(|| self.ordered.pop().map(|Ordered(node)| node))
    }

    pub(super) fn len(&self) -> usize {
        self.ordered.len() + self.deep.len()
    }

    /// The least proven bound of an open node, `∞` if there is none.
    pub(super) fn least_bound(&self) -> f64 {
        self.ordered.iter().map(|Ordered(node)| node).chain(&self.deep).map(|node| node.bound).fold(f64::INFINITY, f64::min)
    }
}
