//! The end of a search that was stopped: what can still be proven of its open nodes.
//!
//! The least bound counts, so nodes are taken up in the order of what is known about them, after the one that will probably be the least: as soon as what is known about the
//! next is no less than what was proven for some node, further work cannot help. Whoever set a limit does not wait much longer, so there is an end to this in any case:
//! what is not reached keeps what it has. Where a certificate is written that is a leaf of the node above it, or the proof of nothing.

use super::frontier::Entry;
use super::model::Model;
use super::node::Proof;
use super::recorder::Recorder;
use super::worker::Worker;
use crate::exact::Rational;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// How long whoever set a limit waits for better proofs.
const PATIENCE: Duration = Duration::from_secs(2);

/// Entries in their order, to be taken by several threads.
struct Queue<B> {
    entries: std::vec::IntoIter<Entry>,
    /// The least bound so far.
    least: Option<B>,
    end: Instant,
}

impl<B> Queue<B> {
    /// `known` is what is known about an entry.
    fn new(mut entries: Vec<Entry>, known: impl Fn(&Entry) -> f64) -> Mutex<Self> {
        entries.sort_by(|a, b| known(a).total_cmp(&known(b)).then(a.estimate.total_cmp(&b.estimate)).then(a.id.cmp(&b.id)));
        if let Some(least) = (0..entries.len()).min_by(|&a, &b| entries[a].estimate.total_cmp(&entries[b].estimate)) {
            entries[..=least].rotate_right(1);
        }
        Mutex::new(Queue { entries: entries.into_iter(), least: None, end: Instant::now() + PATIENCE })
    }
}

/// Works with so many threads.
fn in_threads(threads: usize, work: impl Fn() + Sync) {
    if threads == 1 {
        return work();
    }
    std::thread::scope(|scope| (0..threads).for_each(|_| _ = scope.spawn(&work)));
}

/// The least bound that can be proven of the open nodes, in scaled units; ∞ if there are none.
pub(in crate::train) fn bound_of_open(model: &Model<'_>, entries: Vec<Entry>, threads: usize) -> f64 {
    let queue = Queue::<f64>::new(entries, |entry| entry.proven);
    let lock = || queue.lock().expect("no thread panics");
    in_threads(threads, || {
        let mut worker = Worker::new(model, false);
        loop {
            let mut guard = lock();
            let Some(entry) = guard.entries.next() else { break };
            let useful = Instant::now() < guard.end && guard.least.is_none_or(|least| entry.proven < least);
            drop(guard);
            let bound = if useful { worker.open_bound(&entry) } else { entry.proven };
            let mut guard = lock();
            guard.least = Some(guard.least.map_or(bound, |least| least.min(bound)));
        }
    });
    queue.into_inner().expect("no thread panics").least.unwrap_or(f64::INFINITY)
}

/// Closes the open nodes in the certificate; the least of their bounds, `None` if there are none.
pub(in crate::train) fn close_open(model: &Model<'_>, entries: Vec<Entry>, recorder: &mut Recorder, threads: usize) -> Option<Rational> {
    let known = |entry: &Entry| entry.open.leaf.as_ref().map_or(0.0, |leaf| leaf.scaled);
    let queue = Queue::<Rational>::new(entries, known);
    let lock = || queue.lock().expect("no thread panics");
    let recorder = Mutex::new(recorder);
    in_threads(threads, || {
        let mut worker = Worker::new(model, true);
        loop {
            let mut guard = lock();
            let Some(entry) = guard.entries.next() else { break };
            let (least, in_time) = (guard.least.clone(), Instant::now() < guard.end);
            drop(guard);
            let (mut proof, mut bound) = worker.known_proof(&entry.open);
            let useful = in_time && least.as_ref().is_none_or(|least| bound < *least);
            let goal = least.unwrap_or_else(|| model.unscaled_loss(f64::MAX));
            if useful && let Some((better, more)) = worker.best_leaf(&entry.open, &goal).filter(|(_, more)| *more > bound) {
                (proof, bound) = (better, more);
            }
            let closed: (_, Proof) = (entry.open.node.clone(), proof);
            recorder.lock().expect("no thread panics").close(entry.id, Some(&closed));
            let mut guard = lock();
            guard.least = Some(guard.least.take().map_or_else(|| bound.clone(), |least| least.min(bound.clone())));
        }
    });
    queue.into_inner().expect("no thread panics").least
}
