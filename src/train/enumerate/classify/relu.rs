//! ReLU networks: with signs given, some errors of a tuple are forced by its patterns alone (see [`PatternSpace::solve`]). Let `P` and `M` be the points on which a plus
//! or minus neuron is active: positive points outside `P` and negative points in `P∖M` are wrong. Tuples are counted with bit operations and sorted by
//! their forced errors.
//!
//! On the points with the same active neurons `φ` is affine, so among those whose side is open at least as many are wrong as the best affine classifier gets
//! wrong, which is one of the cells. What is left is solved exactly, until the forced errors reach the incumbent.

use super::super::tuple_width;
use super::super::walk::WalkedCells;
use super::super::workers::in_parallel;
use super::{Limit, PointSets, STOP_CHECK};
use crate::exact::Rational;
use crate::train::pattern::{Pattern, PatternSpace};
use crate::train::{Control, Statistics, StopReason};

/// Points with the same active neurons.
struct Part {
    points: Vec<u64>,
    plus: bool,
    minus: bool,
}

impl PointSets {
    /// A lower bound on the errors of a tuple of signed cells, for an output bias that counts as an active plus or minus neuron.
    fn errors_by_parts(&self, codes: &[u32], bias: Option<bool>) -> usize {
        let mut parts = vec![Part { points: self.all.clone(), plus: bias == Some(true), minus: bias == Some(false) }];
        for &code in codes {
            let cell = self.cell(code as usize / 2);
            let split = |part: Part| {
                let inside: Vec<u64> = part.points.iter().zip(cell).map(|(p, c)| p & c).collect();
                let outside = part.points.iter().zip(cell).map(|(p, c)| p & !c).collect();
                let active = Part { points: inside, plus: part.plus || code.is_multiple_of(2), minus: part.minus || code % 2 == 1 };
                [Part { points: outside, ..part }, active]
            };
            parts = parts.into_iter().flat_map(split).collect();
        }
        parts.iter().map(|part| self.part_errors(part)).sum()
    }

    fn part_errors(&self, part: &Part) -> usize {
        let errors = |word: usize, positive: u64| {
            let wrong = (self.positive[word] & !positive) | (!self.positive[word] & positive);
            (wrong & part.points[word]).count_ones() as usize
        };
        let count = |positive: &dyn Fn(usize) -> u64| (0..self.words).map(|word| errors(word, positive(word))).sum::<usize>();
        match (part.plus, part.minus) {
            (false, _) => count(&|_| 0),
            (true, false) => count(&|_| !0),
            (true, true) => {
                let mut least = count(&|_| 0);
                for set in self.bits.chunks(self.words) {
                    if least == 0 {
                        break;
                    }
                    least = least.min(set.iter().enumerate().map(|(word, &positive)| errors(word, positive)).sum());
                }
                least
            }
        }
    }
}

/// What all workers share.
struct Problem<'s> {
    space: &'s PatternSpace<'s>,
    cells: &'s WalkedCells,
    sets: &'s PointSets,
    limit: &'s Limit<'s>,
    control: &'s Control<'s>,
    width: usize,
    /// Whether all signs are +.
    convex: bool,
    /// How many tuples a worker keeps; beyond it they are solved at once, in worse order.
    max_found: usize,
    /// Whether the output bias counts as a plus or a minus neuron that is active everywhere.
    biases: &'static [Option<bool>],
}

/// A tuple of signed cells (code `2c` is cell `c` with a plus, `2c + 1` with a minus, non-decreasing) behind its number of forced errors.
type Found = (usize, Box<[u32]>);

impl Problem<'_> {
    /// Whether the code has a sign that the class has not.
    fn is_excluded(&self, code: u32) -> bool {
        self.convex && code % 2 == 1
    }

    /// Solves a tuple exactly, unless bounds show that it cannot beat the limit; whether it had to.
    fn work_off(&self, (forced, codes): &Found) -> bool {
        let limit = self.limit.get();
        if *forced >= limit || self.biases.iter().all(|&bias| self.sets.errors_by_parts(codes, bias) >= limit) {
            return false;
        }
        let cells = self.cells;
        let positions: Vec<usize> = codes.iter().map(|&code| code as usize / 2).collect();
        let walls: Vec<Vec<usize>> = positions.iter().map(|&cell| cells.walls(cell).collect()).collect();
        let witnesses: Vec<_> = positions.iter().map(|&cell| cells.witness(cell)).collect();
        let patterns: Vec<Pattern<'_>> = positions
            .iter()
            .zip(&walls)
            .zip(&witnesses)
            .map(|((&cell, walls), witness)| Pattern { active: cells.signs(cell), walls, witness })
            .collect();
        let plus: Vec<bool> = codes.iter().map(|code| code.is_multiple_of(2)).collect();
        if let Some(better) = self.space.solve(&patterns, &plus, Some(&Rational::from(limit))) {
            self.limit.offer(better);
        }
        true
    }
}

/// A depth-first walk over the unordered tuples of signed cells.
struct SignedTuples<'s> {
    problem: &'s Problem<'s>,
    codes: Vec<u32>,
    /// `P` and `M` after each neuron, `2·words` a level; level 0 holds the output bias.
    unions: Vec<u64>,
    counted: u64,
    solved: u64,
    found: Vec<Found>,
}

impl<'s> SignedTuples<'s> {
    fn new(problem: &'s Problem<'s>, bias: Option<bool>) -> Self {
        let words = problem.sets.words;
        let mut unions = vec![0; (problem.width + 1) * 2 * words];
        match bias {
            Some(true) => unions[..words].copy_from_slice(&problem.sets.all),
            Some(false) => unions[words..2 * words].copy_from_slice(&problem.sets.all),
            None => {}
        }
        SignedTuples { problem, codes: Vec::with_capacity(problem.width), unions, counted: 0, solved: 0, found: Vec::new() }
    }

    /// All tuples whose least code is `first`.
    fn begin(&mut self, first: u32) -> Option<StopReason> {
        self.codes.clear();
        if self.problem.is_excluded(first) {
            return None;
        }
        self.push(first);
        if self.problem.width == 1 { self.count() } else { self.extend(first) }
    }

    /// Extends the tuple by codes from `from` on.
    fn extend(&mut self, from: u32) -> Option<StopReason> {
        for code in from..u32::try_from(2 * self.problem.cells.len()).expect("cells are numbered in 31 bits") {
            // Two neurons of one cell and one sign are one neuron.
            if self.codes.last() == Some(&code) || self.problem.is_excluded(code) {
                continue;
            }
            self.push(code);
            let stopped = if self.codes.len() < self.problem.width { self.extend(code) } else { self.count() };
            self.codes.pop();
            if stopped.is_some() {
                return stopped;
            }
        }
        None
    }

    fn push(&mut self, code: u32) {
        let words = self.problem.sets.words;
        let level = self.codes.len();
        self.codes.push(code);
        let (below, above) = self.unions.split_at_mut((level + 1) * 2 * words);
        above[..2 * words].copy_from_slice(&below[level * 2 * words..]);
        let side = if code.is_multiple_of(2) { &mut above[..words] } else { &mut above[words..2 * words] };
        for (union, cell) in side.iter_mut().zip(self.problem.sets.cell(code as usize / 2)) {
            *union |= cell;
        }
    }

    /// Keeps the complete tuple if its forced errors are below the limit.
    fn count(&mut self) -> Option<StopReason> {
        let Problem { sets, limit, control, width, .. } = *self.problem;
        if self.counted.is_multiple_of(STOP_CHECK)
            && let Some(reason) = control.should_stop()
        {
            return Some(reason);
        }
        self.counted += 1;
        let (plus, minus) = self.unions[width * 2 * sets.words..].split_at(sets.words);
        let forced = sets.forced(plus, &minus[..sets.words]);
        if forced < limit.get() {
            self.found.push((forced, self.codes.as_slice().into()));
            if self.found.len() >= self.problem.max_found {
                self.found.sort_unstable();
                for found in self.found.drain(..) {
                    self.solved += u64::from(self.problem.work_off(&found));
                    if let Some(reason) = control.should_stop() {
                        return Some(reason);
                    }
                }
            }
        }
        None
    }
}

/// Lowers `limit` as far as possible; the reason of an early stop and a lower bound on the errors of what was not looked at.
pub(super) fn run(
    space: &PatternSpace<'_>,
    cells: &WalkedCells,
    sets: &PointSets,
    limit: &Limit<'_>,
    max_survivors: usize,
    control: &Control<'_>,
    statistics: &mut Statistics,
) -> (Option<StopReason>, usize) {
    let architecture = space.instance().architecture;
    let biases: &[Option<bool>] = if architecture.output_bias { &[Some(true), Some(false)] } else { &[None] };
    let (width, max_found) = (tuple_width(space.instance(), cells), (max_survivors / control.threads()).max(1));
    let problem = Problem { space, cells, sets, limit, control, width, convex: architecture.convex, max_found, biases };
    let mut found: Vec<Found> = Vec::new();
    let (mut counted, mut solved) = (0, 0);
    for &bias in biases {
        let firsts = 2 * cells.len();
        let (parts, stopped) = in_parallel(
            firsts,
            control,
            || SignedTuples::new(&problem, bias),
            |first, tuples: &mut SignedTuples<'_>| {
                limit.report("counting forced errors", first, firsts, control);
                tuples.begin(u32::try_from(first).expect("cells are numbered in 31 bits"))
            },
        );
        if let Some((reason, _)) = stopped {
            return (Some(reason), 0);
        }
        for part in parts {
            counted += part.counted;
            solved += part.solved;
            found.extend(part.found);
        }
    }
    // Under the two signs of an output bias a tuple may come up twice.
    found.sort_unstable_by(|a, b| a.1.cmp(&b.1).then(a.0.cmp(&b.0)));
    found.dedup_by(|later, first| later.1 == first.1);
    found.sort_unstable();
    statistics.count("tuples", counted);
    statistics.count("survivors", found.len());
    let (parts, stopped) = in_parallel(
        found.len(),
        control,
        || 0u64,
        |index, solved| {
            limit.report("solving tuples", index, found.len(), control);
            *solved += u64::from(problem.work_off(&found[index]));
            control.should_stop()
        },
    );
    statistics.count("solved exactly", solved + parts.iter().sum::<u64>());
    match stopped {
        Some((reason, index)) => (Some(reason), found.get(index).map_or(usize::MAX, |(forced, _)| *forced)),
        None => (None, usize::MAX),
    }
}
