//! The 0-1 loss by enumeration.
//!
//! **ReLU.** With signs given, some errors of a tuple are forced by its patterns alone (see [`PatternSpace::solve`]): let `P` and `M` be the points on which a plus or minus neuron is active; positive points outside `P` and negative points in `P∖M` are wrong.
//! Tuples are counted with bit operations, sorted by their forced errors, and solved exactly until the forced errors reach the incumbent.
//!
//! **Threshold.** A tuple divides the points into `2^k` parts; how many points of each class lie in each part decides everything, and [`SubsetSums`] knows which parts can be positive together.

use super::walk::WalkedCells;
use super::{Found, Statistics};
use crate::exact::{Integer, Rational};
use crate::instance::Activation;
use crate::train::pattern::{Labels, Pattern, PatternSpace, SubsetSums};
use crate::train::{Control, Incumbent, Progress, StopReason};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many tuples a worker looks at between two looks at the clock.
const STOP_CHECK: u64 = 1 << 12;

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
    control: &Control<'_>,
) -> Found {
    let sets = PointSets::new(space, cells);
    let limit = Limit::new(incumbent, space.instance().target_error.as_ref());
    let first_limit = limit.get();
    let mut statistics = Statistics::default();
    let stopped = match space.instance().architecture.activation {
        Activation::Relu => relu(space, cells, &sets, &limit, control, &mut statistics),
        Activation::Threshold => threshold(space, cells, &sets, subset_sums.expect("built by the caller"), &limit, control, &mut statistics),
    };
    let incumbent = limit.best.into_inner().expect("no worker panicked");
    let lower_bound = match (stopped, &space.instance().target_error) {
        (Some(_), _) => Rational::ZERO,
        // All that was discarded has at least so many errors.
        (None, Some(target)) if incumbent.loss > *target => Rational::from(first_limit),
        (None, Some(_)) => Rational::ZERO,
        (None, None) => incumbent.loss.clone(),
    };
    Found { incumbent, lower_bound, stopped, statistics }
}

/// Runs `work(first, stop)` for `first` in `0..count` on the control's threads; the first reason to stop ends all.
fn in_parallel<T: Send>(
    count: usize,
    control: &Control<'_>,
    phase: &'static str,
    start: impl Fn() -> T + Sync,
    work: impl Fn(usize, &mut T) -> Option<StopReason> + Sync,
) -> (Vec<T>, Option<StopReason>) {
    let next = AtomicUsize::new(0);
    let results = Mutex::new((Vec::new(), None));
    let worker = || {
        let mut own = start();
        let mut stopped = None;
        while stopped.is_none() {
            let first = next.fetch_add(1, Ordering::Relaxed);
            if first >= count {
                break;
            }
            if first % 64 == 0 {
                control.report(&Progress { phase, incumbent: None, lower_bound: 0.0, done: first as u64, total: Some(count as u64) });
            }
            stopped = work(first, &mut own);
        }
        let mut results = results.lock().expect("no worker panics while merging");
        results.0.push(own);
        results.1 = results.1.or(stopped);
    };
    if control.threads() == 1 {
        worker();
    } else {
        std::thread::scope(|scope| {
            for _ in 0..control.threads() {
                let _ = scope.spawn(worker);
            }
        });
    }
    results.into_inner().expect("no worker panicked")
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
        let side = if code % 2 == 0 { &mut above[..words] } else { &mut above[words..2 * words] };
        for (union, cell) in side.iter_mut().zip(self.sets.cell(code as usize / 2)) {
            *union |= cell;
        }
    }

    fn count(&mut self, limit: &Limit<'_>, control: &Control<'_>) -> Option<StopReason> {
        if self.counted % STOP_CHECK == 0
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

fn relu(
    space: &PatternSpace<'_>,
    cells: &WalkedCells,
    sets: &PointSets,
    limit: &Limit<'_>,
    control: &Control<'_>,
    statistics: &mut Statistics,
) -> Option<StopReason> {
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
        if stopped.is_some() {
            return stopped;
        }
        for part in parts {
            counted += part.counted;
            found.extend(part.found);
        }
    }
    found.sort_unstable();
    found.dedup();
    statistics.count("tuples", counted);
    statistics.count("survivors", found.len());
    let (parts, stopped) = in_parallel(
        found.len(),
        control,
        "solving tuples",
        || 0u64,
        |index, solved| {
            let (forced, codes) = &found[index];
            if *forced >= limit.get() {
                return None;
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
            let plus: Vec<bool> = codes.iter().map(|code| code % 2 == 0).collect();
            *solved += 1;
            if let Some(better) = space.solve(&patterns, &plus, Some(&Rational::from(limit.get()))) {
                limit.offer(better);
            }
            control.should_stop()
        },
    );
    statistics.count("solved exactly", parts.iter().sum::<u64>());
    stopped
}

fn threshold(
    space: &PatternSpace<'_>,
    cells: &WalkedCells,
    sets: &PointSets,
    sums: &SubsetSums,
    limit: &Limit<'_>,
    control: &Control<'_>,
    statistics: &mut Statistics,
) -> Option<StopReason> {
    let width = space.instance().architecture.width;
    let begin = || Parts { sets, width, tuple: Vec::with_capacity(width), parts: vec![Vec::new(); width + 1], counted: 0 };
    let (parts, stopped) = in_parallel(cells.len(), control, "counting errors", begin, |first, parts: &mut Parts<'_>| {
        parts.tuple.clear();
        parts.parts[0] = sets.all.clone();
        parts.push(0, first);
        if width > 1 { parts.extend(first, space, cells, sums, limit, control) } else { parts.count(space, cells, sums, limit, control) }
    });
    statistics.count("tuples", parts.iter().map(|part| part.counted).sum::<u64>());
    stopped
}

/// A depth-first walk over the unordered tuples of cells that divides the points further at each level.
struct Parts<'s> {
    sets: &'s PointSets,
    width: usize,
    tuple: Vec<usize>,
    /// After `j` neurons, the `2^j` parts of the points, the part of `T ⊆ [j]` at index `T`.
    parts: Vec<Vec<u64>>,
    counted: u64,
}

impl Parts<'_> {
    fn push(&mut self, level: usize, cell: usize) {
        self.tuple.push(cell);
        let (below, above) = self.parts.split_at_mut(level + 1);
        let (parent, child) = (&below[level], &mut above[0]);
        let set = self.sets.cell(cell);
        child.clear();
        child.extend(parent.iter().zip(set.iter().cycle()).map(|(part, cell)| part & !cell));
        child.extend(parent.iter().zip(set.iter().cycle()).map(|(part, cell)| part & cell));
    }

    fn extend(
        &mut self,
        from: usize,
        space: &PatternSpace<'_>,
        cells: &WalkedCells,
        sums: &SubsetSums,
        limit: &Limit<'_>,
        control: &Control<'_>,
    ) -> Option<StopReason> {
        let level = self.tuple.len();
        for cell in from..cells.len() {
            self.push(level, cell);
            let stopped = if level + 1 < self.width {
                self.extend(cell, space, cells, sums, limit, control)
            } else {
                self.count(space, cells, sums, limit, control)
            };
            self.tuple.truncate(level);
            if stopped.is_some() {
                return stopped;
            }
        }
        None
    }

    fn count(
        &mut self,
        space: &PatternSpace<'_>,
        cells: &WalkedCells,
        sums: &SubsetSums,
        limit: &Limit<'_>,
        control: &Control<'_>,
    ) -> Option<StopReason> {
        if self.counted % STOP_CHECK == 0
            && let Some(reason) = control.should_stop()
        {
            return Some(reason);
        }
        self.counted += 1;
        let mut least = 0;
        let labels = |part: &[u64]| {
            let positive = part.iter().zip(&self.sets.positive).map(|(part, positive)| (part & positive).count_ones() as usize).sum();
            let all: usize = part.iter().map(|part| part.count_ones() as usize).sum();
            Labels { positive, negative: all - positive }
        };
        // A lower bound that needs no choice of output weights.
        for part in self.parts[self.width].chunks(self.sets.words) {
            let labels = labels(part);
            least += labels.positive.min(labels.negative);
        }
        if least >= limit.get() {
            return None;
        }
        let labels: Vec<Labels> = self.parts[self.width].chunks(self.sets.words).map(labels).collect();
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
