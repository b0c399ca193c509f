//! Limits, interruption and progress of a run.

use crate::exact::Rational;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Why a run was asked to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StopReason {
    /// The time limit has passed.
    TimeLimit,
    /// The stop flag was raised (Ctrl-C).
    Interrupt,
}

/// A snapshot for whoever watches.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// What the method is doing: `"cells"`, `"pairs"`.
    pub phase: &'static str,
    /// The loss of the best network so far, rounded.
    pub incumbent: Option<f64>,
    /// The lower bound that is proven so far, rounded.
    pub lower_bound: f64,
    /// What floats take for the lower bound, proven or not, if that is known.
    pub estimate: Option<f64>,
    /// How much of the phase is done.
    pub done: u64,
    /// How much is known to wait, if that means anything.
    pub open: Option<u64>,
    /// How much there is in all, if that is known.
    pub total: Option<u64>,
}

/// Whoever watches a run.
pub trait Observer: Sync {
    /// Called now and then.
    fn report(&self, progress: &Progress);
}

/// What a run may use and who watches it. The default has no limit, one thread, seed 0 and gap 0.
#[derive(Clone)]
pub struct Control<'a> {
    deadline: Option<Instant>,
    stop: Arc<AtomicBool>,
    gap: Rational,
    threads: usize,
    seed: u64,
    observer: Option<&'a dyn Observer>,
}

impl Default for Control<'_> {
    fn default() -> Self {
        Control { deadline: None, stop: Arc::default(), gap: Rational::ZERO, threads: 1, seed: 0, observer: None }
    }
}

impl fmt::Debug for Control<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Control")
            .field("deadline", &self.deadline)
            .field("gap", &self.gap)
            .field("threads", &self.threads)
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}

impl<'a> Control<'a> {
    /// Stops after `limit` from now; a limit beyond what the clock can count is none.
    #[must_use]
    pub fn with_time_limit(mut self, limit: Duration) -> Self {
        self.deadline = Instant::now().checked_add(limit);
        self
    }

    /// Stops when `flag` becomes true.
    #[must_use]
    pub fn with_stop_flag(mut self, flag: Arc<AtomicBool>) -> Self {
        self.stop = flag;
        self
    }

    /// Accepts a proven relative gap `(loss − bound)/loss` of `gap ≥ 0`.
    #[must_use]
    pub fn with_gap(mut self, gap: Rational) -> Self {
        self.gap = gap;
        self
    }

    /// Uses up to `threads ≥ 1` threads.
    #[must_use]
    pub fn with_threads(mut self, threads: usize) -> Self {
        self.threads = threads.max(1);
        self
    }

    /// Draws from this seed wherever a method draws at random.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Reports progress to `observer`.
    #[must_use]
    pub fn with_observer(mut self, observer: &'a dyn Observer) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Whether the run must stop, and why. Costs a clock reading: call it every few thousand cheap steps.
    #[must_use]
    pub fn should_stop(&self) -> Option<StopReason> {
        if self.stop.load(Ordering::Relaxed) {
            return Some(StopReason::Interrupt);
        }
        self.deadline.filter(|&deadline| Instant::now() >= deadline).map(|_| StopReason::TimeLimit)
    }

    /// The time that is left, `None` if there is no limit.
    #[must_use]
    pub fn time_left(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// The same limits, with the time further limited to `limit` from now and without an observer: for a sub-task.
    #[must_use]
    pub fn limited(&self, limit: Duration) -> Control<'static> {
        let own = Instant::now().checked_add(limit);
        let deadline = match (self.deadline, own) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        Control { deadline, stop: Arc::clone(&self.stop), gap: self.gap.clone(), threads: self.threads, seed: self.seed, observer: None }
    }

    /// The relative gap that is accepted.
    #[must_use]
    pub fn gap(&self) -> &Rational {
        &self.gap
    }

    /// The number of threads to use.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// The seed.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Tells the observer, if there is one.
    pub fn report(&self, progress: &Progress) {
        if let Some(observer) = self.observer {
            observer.report(progress);
        }
    }
}
