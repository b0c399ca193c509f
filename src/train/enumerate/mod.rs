//! Exact training by enumeration of activation patterns.
//!
//! Every network of the class lies in some tuple of `k` closed cells of the data's arrangement and, for ReLU, one choice of output weights' signs, and on each
//! of these the problem is convex ([`PatternSpace`]); convex maps have one choice of signs, +. With `m = O(n^d)` cells there are `C(m+k−1, k)` tuples up to the order of the neurons:
//!
//! 1. a scan bounds all of them, or counts errors that are forced for the 0-1 loss, and keeps those that may beat the incumbent;
//! 2. the rest is solved exactly, in increasing order of bound, until the bound reaches the incumbent.
//!
//! The minimum that is returned is exact. Time `O(n^{dk})` small steps, memory `O(n^{d+1})` bits for the cells and what survives the scan.
//!
//! # References
//! 1. R. Arora, A. Basu, P. Mianjy, A. Mukherjee, *Understanding deep neural networks with rectified linear units*, ICLR 2018 (Algorithm 1).
//! 2. V. Froese, C. Hertrich, R. Niedermeier, *The computational complexity of ReLU network training parameterized by data dimensionality*, JAIR 74 (2022).

mod accumulate;
mod classify;
mod deviation;
mod dual_program;
mod partition;
mod problem;
mod refine;
mod scan;
mod shared;
mod tables;
mod walk;
mod workers;

use super::local::Local;
use super::pattern::{PatternSpace, SubsetSums};
use super::scaled::ScaledView;
use super::{Control, Incumbent, Outcome, Statistics, StopReason, TrainError, Trainer, floor};
use crate::arrangement::{Arrangement, count_general_position};
use crate::exact::{Integer, Rational};
use crate::instance::{Activation, Architecture, Instance, Loss};
use accumulate::Accumulator;
pub(super) use partition::bound as partition_bound;
use problem::Problem;
use shared::{Refined, Shared};
use std::time::Duration;
use tables::Sums;
use walk::WalkedCells;

/// The enumeration method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Enumerate {
    /// The largest number of cells that is listed; default 5 million. Above it the method stops at once, with the incumbent of a local search.
    pub max_cells: u64,
    /// The largest number of tuples that is kept for solving in the best order; default 4 million, about a quarter of a gigabyte for pairs. Beyond it they are solved
    /// as they come.
    pub max_survivors: usize,
    /// The local search that provides the first incumbent.
    pub local: Local,
}

impl Default for Enumerate {
    fn default() -> Self {
        Enumerate { max_cells: 5_000_000, max_survivors: 4_000_000, local: Local::default() }
    }
}

/// Signs of neurons are kept in a machine word.
const MAX_WIDTH: usize = 62;

/// What a scan knows at its end.
struct Found {
    incumbent: Incumbent,
    lower_bound: Rational,
    stopped: Option<StopReason>,
    statistics: Statistics,
}

/// The number of tuples of cells that enumeration has to look at, at most: an upper bound from the number of points and their rank alone.
#[must_use]
pub fn tuple_count_bound(space: &PatternSpace<'_>) -> (u64, u64) {
    let cells = count_general_position(space.design().rows().len(), space.design().rank() - 1);
    let cells = u64::try_from(cells).unwrap_or(u64::MAX);
    let width = space.instance().architecture.width as u64;
    (cells, if width == 0 { 1 } else { scan::binomial(cells.saturating_add(width - 1), width) })
}

impl Trainer for Enumerate {
    fn name(&self) -> &'static str {
        "enumerate"
    }

    fn train(&self, instance: &Instance, control: &Control<'_>) -> Result<Outcome, TrainError> {
        if instance.architecture.affine {
            return Err(TrainError::for_class(self.name(), "affine functions"));
        }
        let space = PatternSpace::new(instance);
        let mut floor = floor::duplicate_points(instance);
        let incumbent = self.local.improve(&space, &control.limited(Duration::from_secs(10)));
        let width = instance.architecture.width;
        if width == 0 && !is_decided(instance, &incumbent, &floor) {
            return Ok(self.conclude(instance, control, without_neurons(&space, incumbent), &floor, None));
        }
        let (cell_bound, tuple_bound) = tuple_count_bound(&space);
        if !is_decided(instance, &incumbent, &floor) && is_long(tuple_bound, control) {
            floor = floor.max(partition_bound(&space, control));
        }
        let early = |incumbent: Incumbent, stopped| Found { incumbent, lower_bound: floor.clone(), stopped, statistics: Statistics::default() };
        if is_decided(instance, &incumbent, &floor) {
            return Ok(self.conclude(instance, control, early(incumbent, None), &floor, None));
        }
        if width > MAX_WIDTH {
            let what = format!("more than {MAX_WIDTH} neurons (their signs fill a machine word)");
            return Err(TrainError::Unsupported { method: self.name(), what });
        }
        let subset_sums = match (instance.loss, instance.architecture.activation) {
            (Loss::ZeroOne, Activation::Threshold) => Some(
                SubsetSums::new(width, instance.architecture.output_bias)
                    .map_err(|error| TrainError::Unsupported { method: self.name(), what: error.to_string() })?,
            ),
            _ => None,
        };
        let conclude = |found: Found, note: Option<String>| Ok(self.conclude(instance, control, found, &floor, note));
        if cell_bound > self.max_cells {
            let note =
                format!("the data have up to {cell_bound} activation patterns a neuron, more than the {} that enumeration lists", self.max_cells);
            return conclude(early(incumbent, None), Some(note));
        }
        let arrangement = Arrangement::new(space.design().rows()).expect("the constant column keeps every row from being zero");
        let cells = match arrangement.cells(&mut || control.should_stop().is_some()) {
            Ok(cells) => cells,
            Err(reason) => return conclude(early(incumbent, control.should_stop()), Some(reason.to_string())),
        };
        let Some(cells) = WalkedCells::new(cells, space.design().rows().len(), || control.should_stop().is_some()) else {
            return conclude(early(incumbent, control.should_stop()), None);
        };
        let mut found = if instance.loss == Loss::ZeroOne {
            classify::run(&space, &cells, subset_sums.as_ref(), incumbent, self.max_survivors, control)
        } else {
            let view = ScaledView::new(&space);
            let bits = view.sum_bits(instance.data.len());
            if bits <= <i64 as Accumulator>::SAFE_BITS {
                convex::<i64>(&space, &view, &cells, incumbent, &floor, self.max_survivors, control)
            } else if bits <= <i128 as Accumulator>::SAFE_BITS {
                convex::<i128>(&space, &view, &cells, incumbent, &floor, self.max_survivors, control)
            } else {
                convex::<Integer>(&space, &view, &cells, incumbent, &floor, self.max_survivors, control)
            }
        };
        let counted = std::mem::take(&mut found.statistics.counters);
        found.statistics.count("cells", cells.len());
        found.statistics.counters.extend(counted);
        conclude(found, None)
    }
}

impl Enumerate {
    fn conclude(&self, instance: &Instance, control: &Control<'_>, found: Found, floor: &Rational, note: Option<String>) -> Outcome {
        let bound = found.lower_bound.max(floor.clone());
        let mut outcome = Outcome::conclude(instance, control, Some(found.incumbent), bound, found.stopped, self.name());
        outcome.statistics = found.statistics;
        outcome.notes.extend(note);
        outcome
    }
}

/// Whether a loss that is attained and a lower bound answer the question.
fn is_decided(instance: &Instance, incumbent: &Incumbent, floor: &Rational) -> bool {
    match &instance.target_error {
        None => incumbent.loss <= *floor,
        Some(target) => incumbent.loss <= *target || floor > target,
    }
}

/// Whether so many tuples may take longer than there is time, or than a user waits without wondering.
fn is_long(tuples: u64, control: &Control<'_>) -> bool {
    const TUPLES_PER_SECOND: u64 = 5_000_000;
    const PATIENCE: Duration = Duration::from_secs(20);
    tuples / TUPLES_PER_SECOND >= control.time_left().unwrap_or(PATIENCE).min(PATIENCE).as_secs()
}

/// Width 0: the best constant, if there is an output bias.
fn without_neurons(space: &PatternSpace<'_>, incumbent: Incumbent) -> Found {
    let mut best = incumbent;
    // Without a bias there is just the network 0, and for the 0-1 loss the constants 0 and 1 are all there is: local search has tried them.
    if space.unknowns(0) > 0
        && space.instance().loss != Loss::ZeroOne
        && let Some(better) = space.solve(&[], &[], Some(&best.loss))
    {
        best = better;
    }
    Found { lower_bound: best.loss.clone(), incumbent: best, stopped: None, statistics: Statistics::default() }
}

/// How many neurons the tuples have. If all signs are +, two neurons of one cell are one neuron, so tuples of different cells are enough.
fn tuple_width(instance: &Instance, cells: &WalkedCells) -> usize {
    let Architecture { width, convex, .. } = instance.architecture;
    if convex { width.min(cells.len()) } else { width }
}

/// Squared, absolute and maximum loss.
fn convex<A: Accumulator>(
    space: &PatternSpace<'_>,
    view: &ScaledView,
    cells: &WalkedCells,
    incumbent: Incumbent,
    floor: &Rational,
    max_survivors: usize,
    control: &Control<'_>,
) -> Found {
    let instance = space.instance();
    let sums = Sums::<A>::new(space, view);
    let Some(cell_sums) = sums.of_cells(cells, || control.should_stop().is_some()) else {
        return Found { incumbent, lower_bound: floor.clone(), stopped: control.should_stop(), statistics: Statistics::default() };
    };
    let problem = Problem { space, view, sums: &sums, cells, cell_sums: &cell_sums, width: tuple_width(instance, cells), max_survivors };
    // A tuple matters if it can beat the incumbent by more than the gap, or, for the decision problem, reach the target.
    let keep = Rational::ONE - control.gap();
    let limit_of = |best: &Incumbent| match &instance.target_error {
        Some(_) => best.loss.clone(),
        None => &best.loss * &keep,
    };
    let cutoff_of = |best: &Incumbent| match &instance.target_error {
        // Bounds must exceed the target strictly.
        Some(target) if best.loss > *target => view.scaled_upper(target).next_up(),
        Some(_) => 0.0,
        // Nothing is below the error that repeated points force.
        None if best.loss <= *floor => 0.0,
        None => view.scaled_upper(&limit_of(best)),
    };
    let shared = Shared::new(incumbent, cutoff_of, limit_of);
    let scanned = problem.scan(&shared, control);
    let mut statistics = Statistics::default();
    statistics.count("tuples", scanned.scanned);
    statistics.count("survivors", scanned.survived);
    let Refined { least_bound, least_limit, exact, excluded, stopped } =
        scanned.refined.merge(refine::refine(&problem, scanned.survivors, &shared, control));
    statistics.count("excluded by duals", excluded);
    statistics.count("solved exactly", exact);
    let incumbent = shared.into_best();
    let stopped = scanned.stopped.or(stopped);
    let lower_bound = if scanned.stopped.is_some() {
        floor.clone()
    } else {
        // No bound at all means that every tuple was solved exactly or excluded by the incumbent's own loss.
        let bounds = least_bound.is_finite().then(|| view.unscaled(least_bound)).into_iter().chain(least_limit);
        bounds.fold(incumbent.loss.clone(), Ord::min)
    };
    // With gap 0 nothing below the incumbent was discarded: each bound was compared with a loss that was at least the final one.
    let proven = stopped.is_none() && instance.target_error.is_none() && control.gap().is_zero();
    Found { lower_bound: if proven { incumbent.loss.clone() } else { lower_bound }, incumbent, stopped, statistics }
}
