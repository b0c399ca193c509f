//! Solving the tuples that the scan leaves: in order of their bounds, each under all signs of the output weights.
//!
//! Duals in floats, within a proven error bound, first try to show that the loss reaches the cutoff: the dual active set method for the squared loss, linear programs
//! for the others. What remains is solved exactly. Tuples are worked off in increasing order of bound, so the least bound that is left is a lower bound for all that is left.

use super::accumulate::Accumulator;
use super::deviation::Deviation;
use super::dual_program::DualProgram;
use super::scan::{Scan, write_symmetric_block};
use super::tables::Scratch;
use super::workers::in_parallel;
use crate::exact::Rational;
use crate::instance::{Activation, Loss};
use crate::optimize::qp::{DualActiveSet, DualVerdict, GuardedCholesky};
use crate::train::pattern::Pattern;
use crate::train::{Control, Incumbent, Progress, StopReason};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// A tuple of cells (positions in the walk, non-decreasing) behind a lower bound on its scaled loss.
pub(super) type BoundedTuple = (f64, Box<[u32]>);

/// How many tuples go by between two reports of progress.
const REPORT: usize = 64;

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
        crate::exact::nearest_f64(&self.best.lock().expect("no worker panics while holding the incumbent").loss)
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
    fn exclude(&mut self, cutoff: f64) {
        self.excluded += 1;
        self.least_bound = self.least_bound.min(cutoff);
    }

    /// Notes that exact solutions have at least the loss `limit`.
    fn refute(&mut self, limit: Rational) {
        if self.least_limit.as_ref().is_none_or(|least| limit < *least) {
            self.least_limit = Some(limit);
        }
    }
}

/// All sign vectors of a tuple (bit `j` for a plus of neuron `j`) that are not mirror images of one another under exchanging equal cells. Two neurons of one cell and one sign are one
/// neuron, so the tuple in which the second is replaced by any other cell (with weights 0) covers them. Threshold neurons have no signs.
fn sign_classes(tuple: &[u32], relu: bool) -> impl Iterator<Item = u64> + '_ {
    let (all, end) = if relu { (0, 1u64 << tuple.len()) } else { (u64::MAX, 1) };
    let is_new = move |bits: u64| tuple.windows(2).enumerate().all(|(j, cells)| cells[0] != cells[1] || bits >> j & 3 == 1);
    (0..end).filter(move |&bits| !relu || is_new(bits)).map(move |bits| bits | all)
}

/// Works off `tuples`, improving the shared incumbent.
pub(super) fn refine<A: Accumulator>(scan: &Scan<'_, A>, mut tuples: Vec<BoundedTuple>, shared: &Shared<'_>, control: &Control<'_>) -> Refined {
    sort(&mut tuples);
    let begin = || (Refiner::new(scan), Refined::default());
    let (parts, stopped) = in_parallel(tuples.len(), control, begin, |index, (refiner, refined)| {
        if index.is_multiple_of(REPORT) {
            control.report(&Progress {
                phase: "solving tuples",
                incumbent: Some(shared.best_loss()),
                lower_bound: crate::exact::nearest_f64(&scan.view.unscaled(tuples[index].0)),
                done: index as u64,
                total: Some(tuples.len() as u64),
            });
        }
        refiner.work_off(&tuples[index], shared, refined);
        control.should_stop()
    });
    let mut refined = parts.into_iter().fold(Refined::default(), |all, (_, part)| all.merge(part));
    if let Some((reason, next)) = stopped {
        refined.stopped = Some(reason);
        // The list is sorted, so this bounds all that is left.
        refined.least_bound = tuples.get(next).map_or(refined.least_bound, |(bound, _)| refined.least_bound.min(*bound));
    }
    refined
}

/// Sorts by bound; ties by the cells, so that the order does not depend on the threads.
fn sort(tuples: &mut [BoundedTuple]) {
    tuples.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
}

/// One worker's scratch.
pub(super) struct Refiner<'s, A> {
    scan: &'s Scan<'s, A>,
    hessian: Vec<f64>,
    linear: Vec<f64>,
    rows: Vec<f64>,
    cholesky: GuardedCholesky,
    dual: DualActiveSet,
    program: DualProgram,
    deviation: Deviation,
    scratch: Scratch<A>,
    /// The walls of the tuple's cells, one cell after the other: the cell's place in the tuple and the row.
    walls: Vec<(usize, usize)>,
    plus: Vec<bool>,
}

impl<'s, A: Accumulator> Refiner<'s, A> {
    pub(super) fn new(scan: &'s Scan<'s, A>) -> Self {
        let unknowns = scan.view.unknowns(scan.width);
        Refiner {
            scan,
            hessian: vec![0.0; unknowns * unknowns],
            linear: vec![0.0; unknowns],
            rows: Vec::new(),
            cholesky: GuardedCholesky::new(),
            dual: DualActiveSet::new(),
            program: DualProgram::default(),
            deviation: Deviation::default(),
            scratch: Scratch::default(),
            walls: Vec::new(),
            plus: Vec::new(),
        }
    }

    /// Works off a list that has grown too long to be kept; what is left of it after an early stop is lost.
    pub(super) fn drain(
        &mut self,
        tuples: &mut Vec<BoundedTuple>,
        shared: &Shared<'_>,
        control: &Control<'_>,
        refined: &mut Refined,
    ) -> Option<StopReason> {
        sort(tuples);
        for tuple in tuples.drain(..) {
            self.work_off(&tuple, shared, refined);
            if let Some(reason) = control.should_stop() {
                return Some(reason);
            }
        }
        None
    }

    fn work_off(&mut self, (bound, tuple): &BoundedTuple, shared: &Shared<'_>, refined: &mut Refined) {
        if *bound >= shared.cutoff() {
            refined.least_bound = refined.least_bound.min(*bound);
        } else {
            self.tuple(tuple, shared, refined);
        }
    }

    fn tuple(&mut self, tuple: &[u32], shared: &Shared<'_>, result: &mut Refined) {
        let cells = self.scan.cells;
        let instance = self.scan.space.instance();
        let relu = instance.architecture.activation == Activation::Relu;
        let linear = instance.loss != Loss::L2;
        let bounded = (relu || linear) && self.normal_equations(tuple);
        if bounded && linear {
            self.program.start(self.scan, tuple);
            // First for all signs at once, without the cells' conditions.
            self.rows.clear();
            if self.excluded_by_program(tuple, shared.cutoff()) {
                result.exclude(shared.cutoff());
                return;
            }
        }
        self.walls.clear();
        for (j, &cell) in tuple.iter().enumerate() {
            self.walls.extend(cells.walls(cell as usize).map(|row| (j, row)));
        }
        for class in sign_classes(tuple, relu) {
            if bounded && relu {
                let cutoff = shared.cutoff();
                self.cell_rows(tuple, class);
                let excluded = if linear {
                    self.excluded_by_program(tuple, cutoff)
                } else {
                    let total = self.scan.view.total_low;
                    self.dual.run(&mut self.cholesky, &self.linear, &self.rows, total, cutoff) == DualVerdict::Bounded
                };
                if excluded {
                    result.exclude(cutoff);
                    continue;
                }
            }
            self.solve(tuple, class, shared, result);
        }
    }

    /// Whether the dual of the tuple's linear program with the condition rows in `self.rows` proves that the loss is at least `cutoff`.
    fn excluded_by_program(&mut self, tuple: &[u32], cutoff: f64) -> bool {
        if !self.program.solve(&self.rows, cutoff) {
            return false;
        }
        let dual = self.program.dual().to_vec();
        let multipliers = self.program.condition_multipliers();
        self.deviation.by_dual(self.scan, tuple, &mut self.cholesky, &dual, (&self.rows, multipliers), cutoff) >= cutoff
    }

    /// Solves a tuple under one choice of signs, exactly.
    fn solve(&mut self, tuple: &[u32], class: u64, shared: &Shared<'_>, result: &mut Refined) {
        let cells = self.scan.cells;
        self.plus.clear();
        self.plus.extend((0..tuple.len()).map(|j| class >> j & 1 == 1));
        let walls: Vec<Vec<usize>> = tuple.iter().map(|&cell| cells.walls(cell as usize).collect()).collect();
        let witnesses: Vec<_> = tuple.iter().map(|&cell| cells.witness(cell as usize)).collect();
        let patterns: Vec<Pattern<'_>> = tuple
            .iter()
            .zip(&walls)
            .zip(&witnesses)
            .map(|((&cell, walls), witness)| Pattern { active: cells.signs(cell as usize), walls, witness })
            .collect();
        result.exact += 1;
        let limit = shared.limit();
        match self.scan.space.solve(&patterns, &self.plus, Some(&limit)) {
            Some(better) => shared.offer(better),
            None => result.refute(limit),
        }
    }

    /// Fills in the tuple's normal equations and factors them; false if they are too close to singular for float bounds.
    fn normal_equations(&mut self, tuple: &[u32]) -> bool {
        let scan = self.scan;
        let (view, size) = (scan.view, self.linear.len());
        let block = view.block;
        let first = usize::from(view.bias);
        if view.bias {
            self.hessian[0] = view.points;
            self.linear[0] = view.target_sum;
        }
        for (j, &cell) in tuple.iter().enumerate() {
            let base = first + j * block;
            for (l, &other) in tuple[..j].iter().enumerate() {
                let both = scan.cells.active_in_both(cell as usize, other as usize);
                let gram = scan.sums.total_gram(both, &mut self.scratch);
                write_symmetric_block(&mut self.hessian, size, base, first + l * block, block, gram);
            }
            let own = scan.sums.cell(scan.cell_sums, cell as usize);
            write_symmetric_block(&mut self.hessian, size, base, base, block, own.gram);
            self.linear[base..base + block].copy_from_slice(own.linear);
            if view.bias {
                (0..block).for_each(|c| self.hessian[(base + c) * size] = own.features[c]);
            }
        }
        self.cholesky.factor(&self.hessian, size)
    }

    /// The cells' conditions on the unknowns `u_j = a_j w_j`.
    fn cell_rows(&mut self, tuple: &[u32], class: u64) {
        let view = self.scan.view;
        let size = self.linear.len();
        self.rows.clear();
        self.rows.resize(self.walls.len() * size, 0.0);
        for (&(j, row), condition) in self.walls.iter().zip(self.rows.chunks_exact_mut(size)) {
            let plus = class >> j & 1 == 1;
            let sign = if self.scan.cells.is_active(tuple[j] as usize, row) == plus { 1.0 } else { -1.0 };
            let base = usize::from(view.bias) + j * view.block;
            for (entry, f) in condition[base..].iter_mut().zip(view.features_of(row)) {
                *entry = sign * f;
            }
        }
    }
}
