//! ReLU networks: with signs given, some errors of a tuple are forced by its patterns alone (see [`PatternSpace::solve`]). Let `P` and `M` be the points on which a plus
//! or minus neuron is active: positive points outside `P` and negative points in `P∖M` are wrong. Tuples are counted with bit operations and sorted by
//! their forced errors.
//!
//! On the points with the same active neurons `φ` is affine, so among those whose side is open at least as many are wrong as the best affine classifier gets
//! wrong, which is one of the cells. What is left is solved exactly, until the forced errors reach the incumbent.

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

/// A depth-first walk over the unordered tuples of signed cells: code `2c` is cell `c` with a plus, `2c + 1` with a minus.
struct SignedTuples<'s> {
    sets: &'s PointSets,
    width: usize,
    codes: Vec<u32>,
    /// `P` and `M` after each neuron, `2·words` a level; level 0 holds the output bias.
    unions: Vec<u64>,
    counted: u64,
    found: Vec<(usize, Box<[u32]>)>,
}

impl SignedTuples<'_> {
    /// Extends the tuple by codes from `from` on; keeps those with fewer than `limit` forced errors.
    fn extend(&mut self, cells: usize, from: u32, limit: &Limit<'_>, control: &Control<'_>) -> Option<StopReason> {
        let level = self.codes.len();
        for code in from..u32::try_from(2 * cells).expect("cells are numbered in 31 bits") {
            // Two neurons of one cell and one sign are one neuron.
            if self.codes.last() == Some(&code) {
                continue;
            }
            self.push(level, code);
            let stopped = if level + 1 < self.width { self.extend(cells, code, limit, control) } else { self.count(limit, control) };
            self.codes.truncate(level);
            if stopped.is_some() {
                return stopped;
            }
        }
        None
    }

    fn push(&mut self, level: usize, code: u32) {
        let words = self.sets.words;
        self.codes.push(code);
        let (below, above) = self.unions.split_at_mut((level + 1) * 2 * words);
        above[..2 * words].copy_from_slice(&below[level * 2 * words..]);
        let side = if code.is_multiple_of(2) { &mut above[..words] } else { &mut above[words..2 * words] };
        for (union, cell) in side.iter_mut().zip(self.sets.cell(code as usize / 2)) {
            *union |= cell;
        }
    }

    fn count(&mut self, limit: &Limit<'_>, control: &Control<'_>) -> Option<StopReason> {
        if self.counted.is_multiple_of(STOP_CHECK)
            && let Some(reason) = control.should_stop()
        {
            return Some(reason);
        }
        self.counted += 1;
        let words = self.sets.words;
        let (plus, minus) = self.unions[self.width * 2 * words..].split_at(words);
        let forced = self.sets.forced(plus, &minus[..words]);
        if forced < limit.get() {
            self.found.push((forced, self.codes.as_slice().into()));
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
    control: &Control<'_>,
    statistics: &mut Statistics,
) -> (Option<StopReason>, usize) {
    let width = space.instance().architecture.width;
    let words = sets.words;
    // An output bias is positive (then it counts as a plus neuron that is active everywhere) or not (then as a minus neuron).
    let starts: Vec<Vec<u64>> = if space.instance().architecture.output_bias {
        let nothing = vec![0; words];
        vec![[sets.all.clone(), nothing.clone()].concat(), [nothing, sets.all.clone()].concat()]
    } else {
        vec![vec![0; 2 * words]]
    };
    let mut found: Vec<(usize, Box<[u32]>)> = Vec::new();
    let mut counted = 0;
    for start in starts {
        let begin = || {
            let mut unions = vec![0; (width + 1) * 2 * words];
            unions[..2 * words].copy_from_slice(&start);
            SignedTuples { sets, width, codes: Vec::with_capacity(width), unions, counted: 0, found: Vec::new() }
        };
        let (parts, stopped) = in_parallel(2 * cells.len(), control, "counting forced errors", begin, |first, tuples: &mut SignedTuples<'_>| {
            let code = u32::try_from(first).expect("cells are numbered in 31 bits");
            tuples.codes.clear();
            tuples.push(0, code);
            if width == 1 { tuples.count(limit, control) } else { tuples.extend(cells.len(), code, limit, control) }
        });
        if let Some((reason, _)) = stopped {
            return (Some(reason), 0);
        }
        for part in parts {
            counted += part.counted;
            found.extend(part.found);
        }
    }
    // Under the two signs of an output bias a tuple may come up twice.
    found.sort_unstable_by(|a, b| a.1.cmp(&b.1).then(a.0.cmp(&b.0)));
    found.dedup_by(|later, first| later.1 == first.1);
    found.sort_unstable();
    statistics.count("tuples", counted);
    statistics.count("survivors", found.len());
    let biases: &[Option<bool>] = if space.instance().architecture.output_bias { &[Some(true), Some(false)] } else { &[None] };
    let (parts, stopped) = in_parallel(
        found.len(),
        control,
        "solving tuples",
        || 0u64,
        |index, solved| {
            let (forced, codes) = &found[index];
            if *forced >= limit.get() || biases.iter().all(|&bias| sets.errors_by_parts(codes, bias) >= limit.get()) {
                return if index.is_multiple_of(256) { control.should_stop() } else { None };
            }
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
            *solved += 1;
            if let Some(better) = space.solve(&patterns, &plus, Some(&Rational::from(limit.get()))) {
                limit.offer(better);
            }
            control.should_stop()
        },
    );
    statistics.count("solved exactly", parts.iter().sum::<u64>());
    match stopped {
        Some((reason, index)) => (Some(reason), found.get(index).map_or(usize::MAX, |(forced, _)| *forced)),
        None => (None, usize::MAX),
    }
}
