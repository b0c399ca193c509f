//! The open nodes, least estimate first.

use super::worker::Open;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// An open node and its number in the certificate.
#[derive(Debug)]
pub(in crate::train) struct Entry {
    pub(in crate::train) id: u64,
    pub(in crate::train) open: Box<Open>,
}

impl Ord for Entry {
    /// The greatest entry is the one to go on with: the least estimate, among equal ones the youngest.
    fn cmp(&self, other: &Self) -> Ordering {
        other.open.estimate.total_cmp(&self.open.estimate).then(self.id.cmp(&other.id))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Entry {}

/// The open nodes, least estimate first; once there are `cap` of them, further ones are worked off first, the youngest first, so that no more than the
/// children along one path (a thread) are open besides.
#[derive(Debug)]
pub(in crate::train) struct Frontier {
    heap: BinaryHeap<Entry>,
    path: Vec<Entry>,
    cap: usize,
}

impl Frontier {
    pub(in crate::train) fn new(cap: usize) -> Self {
        Frontier { heap: BinaryHeap::new(), path: Vec::new(), cap }
    }

    pub(in crate::train) fn push(&mut self, entry: Entry) {
        if self.heap.len() < self.cap {
            self.heap.push(entry);
        } else {
            self.path.push(entry);
        }
    }

    pub(in crate::train) fn pop(&mut self) -> Option<Entry> {
        self.path.pop().or_else(|| self.heap.pop())
    }

    pub(in crate::train) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(in crate::train) fn len(&self) -> usize {
        self.heap.len() + self.path.len()
    }

    pub(in crate::train) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.heap.iter().chain(&self.path)
    }
}
