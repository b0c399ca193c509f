//! What the workers share, and what they find out.

use crate::exact::{Rational, nearest_f64};
use crate::train::{Incumbent, StopReason};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// A tuple of cells (positions in the walk, non-decreasing) behind a lower bound on its scaled loss.
pub(super) type BoundedTuple = (f64, Box<[u32]>);

/// The state that all workers share.
pub(super) struct Shared<'c> {
    best: Mutex<Incumbent>,
    /// The bits of the scaled loss from which on tuples are of no interest.
    cutoff: AtomicU64,
    cutoff_of: Box<dyn Fn(&Incumbent) -> f64 + Sync + 'c>,
    /// What the exact solver must beat.
    limit_of: Box<dyn Fn(&Incumbent) -> Rational + Sync + 'c>,
}

impl<'c> Shared<'c> {
    pub(super) fn new(
        best: Incumbent,
        cutoff_of: impl Fn(&Incumbent) -> f64 + Sync + 'c,
        limit_of: impl Fn(&Incumbent) -> Rational + Sync + 'c,
    ) -> Self {
        let cutoff = AtomicU64::new(cutoff_of(&best).to_bits());
        Shared { best: Mutex::new(best), cutoff, cutoff_of: Box::new(cutoff_of), limit_of: Box::new(limit_of) }
    }

    pub(super) fn cutoff(&self) -> f64 {
        f64::from_bits(self.cutoff.load(Ordering::Relaxed))
    }

    pub(super) fn limit(&self) -> Rational {
        (self.limit_of)(&self.best.lock().expect("no worker panics while holding the incumbent"))
    }

    pub(super) fn offer(&self, candidate: Incumbent) {
        let mut best = self.best.lock().expect("no worker panics while holding the incumbent");
        if candidate.loss < best.loss {
            *best = candidate;
            self.cutoff.store((self.cutoff_of)(&best).to_bits(), Ordering::Relaxed);
        }
    }

    pub(super) fn into_best(self) -> Incumbent {
        self.best.into_inner().expect("no worker panicked")
    }

    pub(super) fn best_loss(&self) -> f64 {
        nearest_f64(&self.best.lock().expect("no worker panics while holding the incumbent").loss)
    }
}

/// What is known after the tuples were worked off.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Refined {
    /// A lower bound on the scaled loss of everything that was discarded or left.
    pub(super) least_bound: f64,
    /// A lower bound on the loss of everything that was solved exactly without success: rounding it could put it on the wrong side of the gap or the target.
    pub(super) least_limit: Option<Rational>,
    /// Programs solved exactly.
    pub(super) exact: u64,
    /// Sign classes that the floats' bound excluded.
    pub(super) excluded: u64,
    pub(super) stopped: Option<StopReason>,
}

impl Default for Refined {
    fn default() -> Self {
        Refined { least_bound: f64::INFINITY, least_limit: None, exact: 0, excluded: 0, stopped: None }
    }
}

impl Refined {
    /// Both together.
    pub(super) fn merge(mut self, other: Refined) -> Self {
        self.least_bound = self.least_bound.min(other.least_bound);
        if let Some(limit) = other.least_limit {
            self.refute(limit);
        }
        self.exact += other.exact;
        self.excluded += other.excluded;
        self.stopped = self.stopped.or(other.stopped);
        self
    }

    /// Counts an exclusion at a cutoff.
    pub(super) fn exclude(&mut self, cutoff: f64) {
        self.excluded += 1;
        self.least_bound = self.least_bound.min(cutoff);
    }

    /// Notes that exact solutions have at least the loss `limit`.
    pub(super) fn refute(&mut self, limit: Rational) {
        if self.least_limit.as_ref().is_none_or(|least| limit < *least) {
            self.least_limit = Some(limit);
        }
    }
}
