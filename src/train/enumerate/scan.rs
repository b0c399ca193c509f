//! The scan: a lower bound for every tuple of cells from unconstrained least squares.
//!
//! Dropping the cells' inequalities leaves a linear least-squares problem that does not depend on the output weights' signs, and tuples are unordered,
//! so `C(m+k−1, k)` of them are scanned for `m` cells. The last cell of a tuple follows a walk along which consecutive cells differ in few points; the
//! Gram blocks with the other cells are updated exactly ([`Accumulator`]) and rounded once, and the bound is a rigorous one ([`GuardedCholesky`]).
//!
//! Where the normal equations are close to singular (cells that nearly agree, or with few points), the points are split by the set of neurons that
//! are active on them, and each part is fitted by a function of its own: a relaxation whose parts are small and well conditioned, or so small
//! that nothing is lost by calling their error zero.
//!
//! With `r = y − φ` the squared bound also bounds the other losses, `Σ|r_i| ≥ ‖r‖₂` and `max|r_i| ≥ ‖r‖₂/√n`; where that does not suffice, the residual itself
//! serves as a dual vector ([`Deviation`]).

use super::accumulate::Accumulator;
use super::deviation::Deviation;
use super::problem::{Problem, write_symmetric_block};
use super::refine::Refiner;
use super::shared::{BoundedTuple, Refined, Shared};
use super::tables::{CellSums, Scratch};
use super::workers::in_parallel;
use crate::exact::Integer;
use crate::instance::Loss;
use crate::optimize::qp::GuardedCholesky;
use crate::train::scaled::ScaledView;
use crate::train::{Control, Progress, StopReason};
use std::sync::atomic::{AtomicU64, Ordering};

/// What is known after the scan.
#[derive(Debug, Default)]
pub(super) struct Scanned {
    /// The tuples that neither the bound nor the incumbent of the time excluded.
    pub(super) survivors: Vec<BoundedTuple>,
    /// What is known of the others.
    pub(super) refined: Refined,
    /// How many tuples were bounded.
    pub(super) scanned: u64,
    /// How many survived, kept or not.
    pub(super) survived: u64,
    /// Why the scan ended early, if it did: then nothing is known of the other tuples.
    pub(super) stopped: Option<StopReason>,
}

/// How many tuples a worker bounds between two looks at the clock.
const STOP_CHECK: u64 = 1 << 12;

impl<A: Accumulator> Problem<'_, A> {
    /// Bounds all tuples; those whose bound is below the shared cutoff survive.
    pub(super) fn scan(&self, shared: &Shared<'_>, control: &Control<'_>) -> Scanned {
        let cells = self.cells.len();
        let total = binomial(cells as u64 + self.width as u64 - 1, self.width as u64);
        let counted = AtomicU64::new(0);
        let most_survivors = (self.max_survivors / control.threads()).max(1);
        let begin = || (Bounder::new(self, most_survivors), Scanned::default());
        // One neuron: a single walk over all cells.
        let tasks = if self.width == 1 { 1 } else { cells };
        let (parts, stopped) = in_parallel(tasks, control, begin, |first, (bounder, own): &mut (Bounder<'_, A>, Scanned)| {
            let before = own.scanned;
            let stopped = bounder.prefixes(first, shared, control, own);
            let done = counted.fetch_add(own.scanned - before, Ordering::Relaxed);
            control.report(&Progress {
                phase: "bounding tuples",
                incumbent: Some(shared.best_loss()),
                lower_bound: 0.0,
                estimate: None,
                done,
                open: None,
                total: Some(total),
            });
            stopped
        });
        let mut all = Scanned { stopped: stopped.map(|(reason, _)| reason), ..Scanned::default() };
        for (_, mut part) in parts {
            all.survivors.append(&mut part.survivors);
            all.refined = all.refined.merge(part.refined);
            all.scanned += part.scanned;
            all.survived += part.survived;
        }
        all
    }
}

/// `C(n, k)`, saturating.
pub(super) fn binomial(n: u64, k: u64) -> u64 {
    let mut value: u128 = 1;
    for i in 0..u128::from(k) {
        value = value * (u128::from(n) - i) / (i + 1);
        if value > u128::from(u64::MAX) {
            return u64::MAX;
        }
    }
    u64::try_from(value).expect("checked")
}

/// One worker's scratch.
struct Bounder<'b, A> {
    problem: &'b Problem<'b, A>,
    most_survivors: usize,
    refiner: Option<Refiner<'b, A>>,
    hessian: Vec<f64>,
    linear: Vec<f64>,
    cholesky: GuardedCholesky,
    part: GuardedCholesky,
    deviation: Deviation,
    scratch: Scratch<A>,
    /// Rows with the set of neurons that are active on them.
    keyed: Vec<(u64, usize)>,
    gram: Vec<f64>,
    /// How many rows of the hessian belong to the prefix and are factored already.
    factored: usize,
    /// Of each neuron but the last, the exact Gram sums over the points it shares with the last.
    shared: Vec<A>,
}

impl<'b, A: Accumulator> Bounder<'b, A> {
    fn new(problem: &'b Problem<'b, A>, most_survivors: usize) -> Self {
        let unknowns = problem.view.unknowns(problem.width);
        Bounder {
            problem,
            most_survivors,
            refiner: None,
            hessian: vec![0.0; unknowns * unknowns],
            linear: vec![0.0; unknowns],
            cholesky: GuardedCholesky::new(),
            part: GuardedCholesky::new(),
            deviation: Deviation::default(),
            scratch: Scratch::default(),
            keyed: Vec::new(),
            gram: Vec::new(),
            factored: 0,
            shared: Vec::new(),
        }
    }

    /// All tuples whose first cell is `first` (all tuples, if there is just one neuron).
    fn prefixes(&mut self, first: usize, shared: &Shared<'_>, control: &Control<'_>, out: &mut Scanned) -> Option<StopReason> {
        let width = self.problem.width;
        let mut tuple = vec![u32::try_from(first).expect("cell numbers fit 32 bits"); width];
        if width == 1 {
            return self.last_neuron(&mut tuple, 0, shared, control, out);
        }
        // An odometer over the non-decreasing middle entries.
        loop {
            let start = tuple[width - 2] as usize;
            let stopped = self.last_neuron(&mut tuple, start, shared, control, out);
            if stopped.is_some() {
                return stopped;
            }
            let limit = u32::try_from(self.problem.cells.len() - 1).expect("cell numbers fit 32 bits");
            let place = (1..width - 1).rev().find(|&j| tuple[j] < limit)?;
            let value = tuple[place] + 1;
            tuple[place..width - 1].fill(value);
        }
    }

    /// All tuples that extend `tuple[..k−1]` by a cell from position `start` of the walk on.
    fn last_neuron(&mut self, tuple: &mut [u32], start: usize, shared: &Shared<'_>, control: &Control<'_>, out: &mut Scanned) -> Option<StopReason> {
        let (problem, width) = (self.problem, self.problem.width);
        let packed = problem.sums.packed;
        self.fill_prefix(&tuple[..width - 1]);
        self.factored = 0;
        self.shared.clear();
        for &cell in &tuple[..width - 1] {
            let base = self.shared.len();
            self.shared.resize(base + packed, A::from_integer(&Integer::ZERO));
            for row in problem.cells.active_in_both(cell as usize, start) {
                for (s, value) in self.shared[base..].iter_mut().zip(problem.sums.gram(row)) {
                    s.add(value);
                }
            }
        }
        let mut cutoff = shared.cutoff();
        for position in start..problem.cells.len() {
            if out.scanned.is_multiple_of(STOP_CHECK)
                && let Some(reason) = control.should_stop()
            {
                return Some(reason);
            }
            if position > start {
                for &row in problem.cells.flips(position) {
                    let row = row as usize;
                    let appears = problem.cells.is_active(position, row);
                    for (j, &cell) in tuple[..width - 1].iter().enumerate() {
                        if problem.cells.is_active(cell as usize, row) {
                            let shared = &mut self.shared[j * packed..(j + 1) * packed];
                            for (s, value) in shared.iter_mut().zip(problem.sums.gram(row)) {
                                if appears { s.add(value) } else { s.sub(value) }
                            }
                        }
                    }
                }
            }
            tuple[width - 1] = u32::try_from(position).expect("cell numbers fit 32 bits");
            out.scanned += 1;
            let bound = self.bound(tuple, cutoff);
            if bound >= cutoff {
                out.refined.least_bound = out.refined.least_bound.min(bound);
                continue;
            }
            out.survived += 1;
            out.survivors.push((bound, tuple.as_ref().into()));
            if out.survivors.len() >= self.most_survivors {
                let refiner = self.refiner.get_or_insert_with(|| Refiner::new(problem));
                let stopped = refiner.drain(&mut out.survivors, shared, control, &mut out.refined);
                if stopped.is_some() {
                    return stopped;
                }
                cutoff = shared.cutoff();
            }
        }
        None
    }

    fn size(&self) -> usize {
        self.linear.len()
    }

    /// Writes the rows of the normal equations that belong to the bias and to `prefix`.
    fn fill_prefix(&mut self, prefix: &[u32]) {
        let (problem, size) = (self.problem, self.size());
        let (view, block) = (problem.view, problem.view.block);
        let first = usize::from(view.bias);
        if view.bias {
            self.hessian[0] = view.points;
            self.linear[0] = view.target_sum;
        }
        for (j, &cell) in prefix.iter().enumerate() {
            let base = first + j * block;
            for (l, &other) in prefix[..j].iter().enumerate() {
                let both = problem.cells.active_in_both(cell as usize, other as usize);
                let gram = problem.sums.total_gram(both, &mut self.scratch);
                write_symmetric_block(&mut self.hessian, size, base, first + l * block, block, gram);
            }
            self.write_own(base, problem.sums.cell(problem.cell_sums, cell as usize));
        }
    }

    /// Writes a cell's own Gram block, bias column and right-hand side at `base`.
    fn write_own(&mut self, base: usize, sums: CellSums<'_>) {
        let (size, block) = (self.size(), self.problem.view.block);
        write_symmetric_block(&mut self.hessian, size, base, base, block, sums.gram);
        for c in 0..block {
            if self.problem.view.bias {
                self.hessian[(base + c) * size] = sums.features[c];
            }
            self.linear[base + c] = sums.linear[c];
        }
    }

    /// A lower bound on the scaled loss of the tuple whose last cell was just put in place, if that loss is below `cutoff`.
    fn bound(&mut self, tuple: &[u32], cutoff: f64) -> f64 {
        let (problem, size) = (self.problem, self.size());
        let (view, block, packed) = (problem.view, problem.view.block, problem.sums.packed);
        let first = usize::from(view.bias);
        let base = first + (problem.width - 1) * block;
        for j in 0..problem.width - 1 {
            let mut next = self.shared[j * packed..(j + 1) * packed].iter().zip(problem.sums.gram_scales());
            for c in 0..block {
                for e in 0..=c {
                    let (sum, &scale) = next.next().expect("a packed triangle");
                    let value = sum.to_f64(scale);
                    self.hessian[(base + c) * size + first + j * block + e] = value;
                    self.hessian[(base + e) * size + first + j * block + c] = value;
                }
            }
        }
        self.write_own(base, problem.sums.cell(problem.cell_sums, tuple[problem.width - 1] as usize));
        let factored = self.cholesky.factor_rest(&self.hessian, size, self.factored);
        self.factored = base;
        let gain = if factored { self.cholesky.gain_upper_bound(&self.linear, None) } else { self.gain_by_parts(tuple) };
        let loss = problem.space.instance().loss;
        let bound = from_gain(view, loss, gain);
        if bound >= cutoff || !factored || matches!(loss, Loss::L2 | Loss::ZeroOne) {
            return bound;
        }
        self.deviation.by_least_squares(problem, tuple, &mut self.cholesky, &self.linear, cutoff).max(bound)
    }

    /// An upper bound on how much of `Σy²` a fit explains that is free to differ between the sets of points with the same active neurons.
    fn gain_by_parts(&mut self, tuple: &[u32]) -> f64 {
        let problem = self.problem;
        let (view, block) = (problem.view, problem.view.block);
        let rows = problem.space.design().rows().len();
        if tuple.len() > 64 {
            // The sets of neurons below have 64 bits.
            return f64::INFINITY;
        }
        self.keyed.clear();
        self.keyed.extend((0..rows).map(|row| {
            let key = tuple.iter().enumerate().fold(0u64, |key, (j, &cell)| key | u64::from(problem.cells.is_active(cell as usize, row)) << j);
            (key, row)
        }));
        self.keyed.sort_unstable();
        self.gram.resize(block * block, 0.0);
        // Every sum below has at most so many terms.
        #[expect(clippy::cast_precision_loss, reason = "row counts are far below 2^53")]
        let rounding = 1.0 + 2.0 * (rows as f64 + 2.0) * f64::EPSILON;
        let mut gain = 0.0f64;
        for part in self.keyed.chunk_by(|a, b| a.0 == b.0) {
            if part[0].0 == 0 && !view.bias {
                continue;
            }
            let free: f64 = part.iter().map(|&(_, row)| view.explained_by_row[row]).sum::<f64>() * rounding;
            if part.len() <= block {
                gain += free;
                continue;
            }
            let sums = problem.sums.total(part.iter().map(|&(_, row)| row), &mut self.scratch);
            write_symmetric_block(&mut self.gram, block, 0, 0, block, sums.gram);
            gain += if self.part.factor(&self.gram, block) { self.part.gain_upper_bound(sums.linear, None).min(free) } else { free };
        }
        gain * rounding
    }
}

/// The lower bound on the scaled loss that follows from explaining at most `gain` of the sum of squares.
pub(super) fn from_gain(view: &ScaledView, loss: Loss, gain: f64) -> f64 {
    // The subtraction is rounded once; `total_low` is already a lower bound.
    let squares = ((view.total_low - gain) - f64::EPSILON * view.total_high).max(0.0);
    match loss {
        Loss::L2 => squares,
        Loss::L1 => squares.sqrt() * (1.0 - 4.0 * f64::EPSILON),
        Loss::Linf => (squares / view.points).sqrt() * (1.0 - 4.0 * f64::EPSILON),
        Loss::ZeroOne => 0.0,
    }
}
