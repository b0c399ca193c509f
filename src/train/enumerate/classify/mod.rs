//! The 0-1 loss by enumeration.
//!
//! Only the sides of the points count, so the work is done on bit sets: for threshold networks entirely, for ReLU networks until few tuples are left.

mod relu;
mod threshold;

use super::walk::WalkedCells;
use super::{Found, Statistics};
use crate::exact::{Integer, Rational, nearest_f64};
use crate::instance::Activation;
use crate::train::pattern::{PatternSpace, SubsetSums};
use crate::train::{Control, Incumbent, Progress};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many tuples a worker looks at between two looks at the clock.
const STOP_CHECK: u64 = 1 << 12;

/// How many tasks go by between two reports of progress.
const REPORT: usize = 64;

/// The cells as bit sets of points.
struct PointSets {
    words: usize,
    bits: Vec<u64>,
    positive: Vec<u64>,
    all: Vec<u64>,
}

impl PointSets {
    fn new(space: &PatternSpace<'_>, cells: &WalkedCells) -> Self {
        let points = space.targets().len();
        let words = points.div_ceil(64);
        let mut bits = vec![0u64; cells.len() * words];
        for (cell, set) in bits.chunks_mut(words).enumerate() {
            for i in (0..points).filter(|&i| cells.is_active(cell, space.design().row_of_point(i))) {
                set[i / 64] |= 1 << (i % 64);
            }
        }
        let mut positive = vec![0u64; words];
        let mut all = vec![0u64; words];
        for i in 0..points {
            all[i / 64] |= 1 << (i % 64);
            if space.targets()[i] > Integer::ZERO {
                positive[i / 64] |= 1 << (i % 64);
            }
        }
        PointSets { words, bits, positive, all }
    }

    fn cell(&self, cell: usize) -> &[u64] {
        &self.bits[cell * self.words..(cell + 1) * self.words]
    }

    /// Errors that are forced if the points of `plus` and `minus` have an active neuron of that sign.
    fn forced(&self, plus: &[u64], minus: &[u64]) -> usize {
        let words = plus.iter().zip(minus).zip(self.positive.iter().zip(&self.all));
        words.map(|((p, m), (positive, all))| ((positive & !p) | (all & !positive & p & !m)).count_ones() as usize).sum()
    }
}

/// The number of errors from which on nothing is of interest.
struct Limit<'a> {
    best: Mutex<Incumbent>,
    errors: AtomicUsize,
    target: Option<&'a Rational>,
}

impl<'a> Limit<'a> {
    fn new(best: Incumbent, target: Option<&'a Rational>) -> Self {
        let errors = AtomicUsize::new(Self::errors_of(&best, target));
        Limit { best: Mutex::new(best), errors, target }
    }

    fn errors_of(best: &Incumbent, target: Option<&Rational>) -> usize {
        let count = |q: Integer| usize::try_from(q).unwrap_or(0);
        match target {
            Some(target) if best.loss <= *target => 0,
            Some(target) => count(target.floor() + Integer::ONE),
            None => count(best.loss.ceil()),
        }
    }

    /// Tells the control's observer now and then.
    fn report(&self, phase: &'static str, done: usize, total: usize, control: &Control<'_>) {
        if done.is_multiple_of(REPORT) {
            let incumbent = nearest_f64(&self.best.lock().expect("no worker panics while holding the incumbent").loss);
            control.report(&Progress {
                phase,
                incumbent: Some(incumbent),
                lower_bound: 0.0,
                estimate: None,
                done: done as u64,
                open: None,
                total: Some(total as u64),
            });
        }
    }

    fn get(&self) -> usize {
        self.errors.load(Ordering::Relaxed)
    }

    fn offer(&self, candidate: Incumbent) {
        let mut best = self.best.lock().expect("no worker panics while holding the incumbent");
        if candidate.loss < best.loss {
            *best = candidate;
            self.errors.store(Self::errors_of(&best, self.target), Ordering::Relaxed);
        }
    }
}

pub(super) fn run(
    space: &PatternSpace<'_>,
    cells: &WalkedCells,
    subset_sums: Option<&SubsetSums>,
    incumbent: Incumbent,
    max_survivors: usize,
    control: &Control<'_>,
) -> Found {
    let sets = PointSets::new(space, cells);
    let limit = Limit::new(incumbent, space.instance().target_error.as_ref());
    let first_limit = limit.get();
    let mut statistics = Statistics::default();
    let (stopped, open_errors) = match space.instance().architecture.activation {
        Activation::Relu => relu::run(space, cells, &sets, &limit, max_survivors, control, &mut statistics),
        Activation::Threshold => threshold::run(space, cells, &sets, subset_sums.expect("built by the caller"), &limit, control, &mut statistics),
    };
    let incumbent = limit.best.into_inner().expect("no worker panicked");
    let lower_bound = match (stopped, &space.instance().target_error) {
        // From the moment the target is reached everything is discarded, however few its errors: stopped or not, nothing is proven.
        (_, Some(target)) if incumbent.loss <= *target => Rational::ZERO,
        // What is left has at least so many errors, and what was discarded at least as many as the incumbent or the limit.
        (Some(_), _) => Rational::from(open_errors.min(first_limit)).min(incumbent.loss.clone()),
        // All that was discarded has at least so many errors.
        (None, Some(_)) => Rational::from(first_limit),
        (None, None) => incumbent.loss.clone(),
    };
    Found { incumbent, lower_bound, stopped, statistics }
}
