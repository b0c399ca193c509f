//! Solving the tuples that the scan leaves: in order of their bounds, each under all signs of the output weights.
//!
//! Duals in floats, within a proven error bound, first try to show that the loss reaches the cutoff: the dual active set method for the squared loss, linear programs
//! for the others. What remains is solved exactly. Tuples are worked off in increasing order of bound, so the least bound that is left is a lower bound for all that is left.

use super::accumulate::Accumulator;
use super::deviation::Deviation;
use super::dual_program::DualProgram;
use super::problem::{Problem, write_symmetric_block};
use super::shared::{BoundedTuple, Refined, Shared};
use super::tables::Scratch;
use super::workers::in_parallel;
use crate::instance::{Activation, Loss};
use crate::optimize::qp::{DualActiveSet, DualVerdict, GuardedCholesky};
use crate::train::pattern::Pattern;
use crate::train::{Control, Progress, StopReason};

/// How many tuples go by between two reports of progress.
const REPORT: usize = 64;

/// All sign vectors of a tuple (bit `j` for a plus of neuron `j`) that are not mirror images of one another under exchanging equal cells. Two neurons of one cell and one sign are one
/// neuron, so the tuple in which the second is replaced by any other cell (with weights 0) covers them. Threshold neurons have no signs, convex maps one class (there are enough cells:
/// [`tuple_width`](super::tuple_width)).
fn sign_classes(tuple: &[u32], relu: bool, convex: bool) -> impl Iterator<Item = u64> + '_ {
    let end = if relu { 1u64 << tuple.len() } else { 1 };
    let (all, first) = (if relu { 0 } else { u64::MAX }, if convex { end - 1 } else { 0 });
    let is_new = move |bits: u64| tuple.windows(2).enumerate().all(|(j, cells)| cells[0] != cells[1] || bits >> j & 3 == 1);
    (first..end).filter(move |&bits| !relu || is_new(bits)).map(move |bits| bits | all)
}

/// Works off `tuples`, improving the shared incumbent.
pub(super) fn refine<A: Accumulator>(problem: &Problem<'_, A>, mut tuples: Vec<BoundedTuple>, shared: &Shared<'_>, control: &Control<'_>) -> Refined {
    sort(&mut tuples);
    let begin = || (Refiner::new(problem), Refined::default());
    let (parts, stopped) = in_parallel(tuples.len(), control, begin, |index, (refiner, refined)| {
        if index.is_multiple_of(REPORT) {
            control.report(&Progress {
                phase: "solving tuples",
                incumbent: Some(shared.best_loss()),
                lower_bound: crate::exact::nearest_f64(&problem.view.unscaled(tuples[index].0)),
                estimate: None,
                done: index as u64,
                open: None,
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
    problem: &'s Problem<'s, A>,
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
    pub(super) fn new(problem: &'s Problem<'s, A>) -> Self {
        let unknowns = problem.view.unknowns(problem.width);
        Refiner {
            problem,
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
        let cells = self.problem.cells;
        let instance = self.problem.space.instance();
        let relu = instance.architecture.activation == Activation::Relu;
        let linear = instance.loss != Loss::L2;
        let bounded = (relu || linear) && self.normal_equations(tuple);
        if bounded && linear {
            self.program.start(self.problem, tuple);
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
        for class in sign_classes(tuple, relu, instance.architecture.convex) {
            if bounded && relu {
                let cutoff = shared.cutoff();
                self.cell_rows(tuple, class);
                let excluded = if linear {
                    self.excluded_by_program(tuple, cutoff)
                } else {
                    let total = self.problem.view.total_low;
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
        self.deviation.by_dual(self.problem, tuple, &mut self.cholesky, &dual, (&self.rows, multipliers), cutoff) >= cutoff
    }

    /// Solves a tuple under one choice of signs, exactly.
    fn solve(&mut self, tuple: &[u32], class: u64, shared: &Shared<'_>, result: &mut Refined) {
        let cells = self.problem.cells;
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
        match self.problem.space.solve(&patterns, &self.plus, Some(&limit)) {
            Some(better) => shared.offer(better),
            None => result.refute(limit),
        }
    }

    /// Fills in the tuple's normal equations and factors them; false if they are too close to singular for float bounds.
    fn normal_equations(&mut self, tuple: &[u32]) -> bool {
        let problem = self.problem;
        let (view, size) = (problem.view, self.linear.len());
        let block = view.block;
        let first = usize::from(view.bias);
        if view.bias {
            self.hessian[0] = view.points;
            self.linear[0] = view.target_sum;
        }
        for (j, &cell) in tuple.iter().enumerate() {
            let base = first + j * block;
            for (l, &other) in tuple[..j].iter().enumerate() {
                let both = problem.cells.active_in_both(cell as usize, other as usize);
                let gram = problem.sums.total_gram(both, &mut self.scratch);
                write_symmetric_block(&mut self.hessian, size, base, first + l * block, block, gram);
            }
            let own = problem.sums.cell(problem.cell_sums, cell as usize);
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
        let view = self.problem.view;
        let size = self.linear.len();
        self.rows.clear();
        self.rows.resize(self.walls.len() * size, 0.0);
        for (&(j, row), condition) in self.walls.iter().zip(self.rows.chunks_exact_mut(size)) {
            let plus = class >> j & 1 == 1;
            let sign = if self.problem.cells.is_active(tuple[j] as usize, row) == plus { 1.0 } else { -1.0 };
            let base = usize::from(view.bias) + j * view.block;
            for (entry, f) in condition[base..].iter_mut().zip(view.features_of(row)) {
                *entry = sign * f;
            }
        }
    }
}
