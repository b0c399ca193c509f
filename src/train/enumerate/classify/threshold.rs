//! Threshold networks: a tuple divides the points into `2^k` parts; how many points of each class lie in each part decides everything, and [`SubsetSums`] knows which
//! parts can be positive together.

use super::super::walk::WalkedCells;
use super::super::workers::in_parallel;
use super::{Limit, PointSets, STOP_CHECK};
use crate::train::pattern::{Labels, Pattern, PatternSpace, SubsetSums};
use crate::train::{Control, Incumbent, Statistics, StopReason};

/// Lowers `limit` as far as possible; the reason of an early stop and a lower bound on the errors of what was not looked at.
pub(super) fn run(
    space: &PatternSpace<'_>,
    cells: &WalkedCells,
    sets: &PointSets,
    sums: &SubsetSums,
    limit: &Limit<'_>,
    control: &Control<'_>,
    statistics: &mut Statistics,
) -> (Option<StopReason>, usize) {
    let width = space.instance().architecture.width;
    let problem = Problem { space, cells, sets, sums, limit, control, width };
    let begin = || Partition { problem: &problem, tuple: Vec::with_capacity(width), parts: vec![Vec::new(); width + 1], counted: 0 };
    let (partitions, stopped) = in_parallel(cells.len(), control, begin, |first, partition: &mut Partition<'_>| {
        limit.report("counting errors", first, cells.len(), control);
        partition.tuple.clear();
        partition.parts[0] = sets.all.clone();
        partition.push(0, first);
        if width > 1 { partition.extend(first) } else { partition.count() }
    });
    statistics.count("tuples", partitions.iter().map(|partition| partition.counted).sum::<u64>());
    (stopped.map(|(reason, _)| reason), 0)
}

/// What all workers share.
struct Problem<'s> {
    space: &'s PatternSpace<'s>,
    cells: &'s WalkedCells,
    sets: &'s PointSets,
    sums: &'s SubsetSums,
    limit: &'s Limit<'s>,
    control: &'s Control<'s>,
    width: usize,
}

/// A depth-first walk over the unordered tuples of cells that divides the points further at each level.
struct Partition<'s> {
    problem: &'s Problem<'s>,
    tuple: Vec<usize>,
    /// After `j` neurons, the `2^j` parts of the points, the part of `T ⊆ [j]` at index `T`.
    parts: Vec<Vec<u64>>,
    counted: u64,
}

impl Partition<'_> {
    fn push(&mut self, level: usize, cell: usize) {
        self.tuple.push(cell);
        let (below, above) = self.parts.split_at_mut(level + 1);
        let (parent, child) = (&below[level], &mut above[0]);
        let set = self.problem.sets.cell(cell);
        child.clear();
        child.extend(parent.iter().zip(set.iter().cycle()).map(|(part, cell)| part & !cell));
        child.extend(parent.iter().zip(set.iter().cycle()).map(|(part, cell)| part & cell));
    }

    fn extend(&mut self, from: usize) -> Option<StopReason> {
        let level = self.tuple.len();
        for cell in from..self.problem.cells.len() {
            self.push(level, cell);
            let stopped = if level + 1 < self.problem.width { self.extend(cell) } else { self.count() };
            self.tuple.truncate(level);
            if stopped.is_some() {
                return stopped;
            }
        }
        None
    }

    fn count(&mut self) -> Option<StopReason> {
        let Problem { space, cells, sets, sums, limit, control, width } = *self.problem;
        if self.counted.is_multiple_of(STOP_CHECK)
            && let Some(reason) = control.should_stop()
        {
            return Some(reason);
        }
        self.counted += 1;
        let mut least = 0;
        let labels = |part: &[u64]| {
            let positive = part.iter().zip(&sets.positive).map(|(part, positive)| (part & positive).count_ones() as usize).sum();
            let all: usize = part.iter().map(|part| part.count_ones() as usize).sum();
            Labels { positive, negative: all - positive }
        };
        // A lower bound that needs no choice of output weights.
        for part in self.parts[width].chunks(sets.words) {
            let labels = labels(part);
            least += labels.positive.min(labels.negative);
        }
        if least >= limit.get() {
            return None;
        }
        let labels: Vec<Labels> = self.parts[width].chunks(sets.words).map(labels).collect();
        let (errors, choice) = sums.fewest_errors(&labels);
        if errors < limit.get() {
            let witnesses: Vec<_> = self.tuple.iter().map(|&cell| cells.witness(cell)).collect();
            let patterns: Vec<Pattern<'_>> =
                self.tuple.iter().zip(&witnesses).map(|(&cell, witness)| Pattern { active: cells.signs(cell), walls: &[], witness }).collect();
            limit.offer(Incumbent::evaluate(sums.network(space, &patterns, choice), space.instance()));
        }
        None
    }
}
