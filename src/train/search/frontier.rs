//! The open nodes, least estimate first.

use super::evaluation::Open;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// An open node and its number in the certificate.
#[derive(Debug)]
pub(in crate::train) struct Entry {
    pub(in crate::train) id: u64,
    /// [`Open::estimate`], here so that comparing entries does not go through memory.
    pub(in crate::train) estimate: f64,
    /// [`Open::proven`], likewise for the least of all.
    pub(in crate::train) proven: f64,
    /// The memory that the node takes, in bytes.
    bytes: usize,
    pub(in crate::train) open: Box<Open>,
}

impl Entry {
    pub(in crate::train) fn new(id: u64, open: Box<Open>) -> Self {
        let bytes = size_of::<Entry>() + 2 * open.bytes;
        Entry { id, estimate: open.estimate, proven: open.proven, bytes, open }
    }
}

impl Ord for Entry {
    /// The greatest entry is the one to go on with: the least estimate, among equal ones the youngest.
    fn cmp(&self, other: &Self) -> Ordering {
        other.estimate.total_cmp(&self.estimate).then(self.id.cmp(&other.id))
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

/// How much may wait.
#[derive(Debug, Clone, Copy)]
pub(in crate::train) struct Cap {
    pub(in crate::train) nodes: usize,
    pub(in crate::train) bytes: usize,
}

/// The open nodes, least estimate first; once they have reached the cap, further ones are worked off first, the youngest first, so that no more than the
/// children along one path (a thread) are open besides.
///
/// What nodes share is counted in parts, by the number of its owners when a node comes. A parent that is gone, a sibling that is closed leave their parts to the
/// others, so that the count is low: by up to a half of what the process takes, measured on ReLU instances of 2 to 10 features. So it is doubled.
#[derive(Debug)]
pub(in crate::train) struct Frontier {
    heap: BinaryHeap<Entry>,
    path: Vec<Entry>,
    cap: Cap,
    bytes: usize,
}

impl Frontier {
    pub(in crate::train) fn new(cap: Cap) -> Self {
        Frontier { heap: BinaryHeap::new(), path: Vec::new(), cap, bytes: 0 }
    }

    pub(in crate::train) fn push(&mut self, entry: Entry) {
        self.bytes += entry.bytes;
        if self.heap.len() < self.cap.nodes && self.bytes <= self.cap.bytes {
            self.heap.push(entry);
        } else {
            self.path.push(entry);
        }
    }

    pub(in crate::train) fn pop(&mut self) -> Option<Entry> {
        let entry = self.path.pop().or_else(|| self.heap.pop())?;
        self.bytes -= entry.bytes;
        Some(entry)
    }

    pub(in crate::train) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(in crate::train) fn len(&self) -> usize {
        self.heap.len() + self.path.len()
    }

    /// The memory that the nodes take, in bytes.
    pub(in crate::train) fn bytes(&self) -> usize {
        self.bytes
    }

    /// All open nodes, in no order.
    pub(in crate::train) fn into_entries(self) -> Vec<Entry> {
        let mut entries = self.heap.into_vec();
        entries.extend(self.path);
        entries
    }

    pub(in crate::train) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.heap.iter().chain(&self.path)
    }
}
