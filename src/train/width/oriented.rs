//! Networks along a line without an affine function of their own.
//!
//! Let `φ` have pieces `F_0, …, F_m` (affine functions, from the left) that meet in `m` kinks. The neuron of kink `i` is `±max(0, ±(F_i − F_{i−1}))` and faces right, or `±max(0, ±(F_{i−1} − F_i))` and faces left, with
//! `a_i = 1` for a kink up, −1 for one down. If `L` is the set of those that face left, the neurons add up to `φ − R` with the *rest*
//!
//! ```text
//! R  =  F_0 + Σ_{i ∈ L} (F_i − F_{i−1})  =  F_{i_1} − F_{i_2} + F_{i_3} − … + F_{i_{2r+1}},      i_1 < i_2 < … < i_{2r+1},
//! ```
//!
//! and each alternating sum of an odd number of pieces is the rest of one `L`. What a rest costs besides the `m` neurons:
//!
//! | rest | networks | with an output bias | convex maps | convex with an output bias |
//! | --- | --- | --- | --- | --- |
//! | 0 | 0 | 0 | 0 | 0 |
//! | constant | 1 | 0 | 1 if positive, else none will do | 0 |
//! | one sign on all points: `±max(0, ±R)` | 1 | 1 | 1 if not negative | 1 |
//! | any other: `max(0, R) − max(0, −R)`, or `max(0, R + C) − C` for a large constant | 2 | 1 | none will do | 1 |
//!
//! So with `m = U + D` the smallest width is `m`, `m + 1` or `m + 2` for networks, `m` or `m + 1` with an output bias. It is `m` iff the pieces of an interpolant with `m` kinks have a rest that costs nothing:
//! each of the `m` neurons then has its kink inside the segment of a bend. Where the interpolant is unique ([`Graph::is_rigid`](super::graph::Graph::is_rigid)), that is a subset sum of the vectors `F_i − F_{i−1}` with the goal `−F_0`
//! (with an output bias: of their slopes), which [`subset`] decides. Where it is not, some pieces may vary; then a good rest is looked for but not refuted.
//!
//! **Why the last step is harder.** For any integers `c_1, …, c_m > 0` and a goal `0 < g < Σ c_i`, the points of the convex function with slopes `−g`, `−g + c_1`, `−g + c_1 + c_2`, … with three edges each (so that bends are three points apart) are
//! rigid, and with an output bias the width is `m` iff a subset of the `c_i` adds up to `g`: deciding between `m` and `m + 1` contains Subset Sum.

use super::graph::Graph;
use super::line::Line;
use super::subset::{Pair, Subset, subset};
use crate::exact::{Integer, Rational, common_denominator, nearest_f64, scaled_integer};
use crate::instance::Architecture;

/// Pieces with the orientation of their kinks.
#[derive(Debug, Clone)]
pub(super) struct Oriented {
    /// `F_0, …, F_m`.
    pub(super) pieces: Vec<Line>,
    /// Whether the neuron of each kink faces left.
    pub(super) left: Vec<bool>,
}

/// What is found for a class.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The narrowest network, with its width.
    pub(super) best: Option<(usize, Oriented)>,
    /// Whether width `U + D` is excluded.
    pub(super) least_is_excluded: bool,
}

/// Kinks that face left: the ranges of places `from..to` (kink `i` is between the pieces `i` and `i + 1`).
fn facing_left(kinks: usize, ranges: &[(usize, usize)]) -> Vec<bool> {
    (0..kinks).map(|i| ranges.iter().any(|&(from, to)| (from..to).contains(&i))).collect()
}

impl Oriented {
    pub(super) fn rest(&self) -> Line {
        let turned = self.pieces.windows(2).zip(&self.left).filter(|&(_, &left)| left);
        turned.fold(self.pieces[0].clone(), |rest, (pair, _)| rest.plus(&pair[1].minus(&pair[0])))
    }
}

/// What a rest costs in neurons; `None` if no number will do.
pub(super) fn cost(architecture: Architecture, graph: &Graph, rest: &Line) -> Option<usize> {
    let free = architecture.affine || rest.is_zero() || (architecture.output_bias && rest.slope.is_zero());
    let ends = || [graph.points.first(), graph.points.last()].map(|point| rest.at(&point.expect("there is a point").x));
    if free {
        Some(0)
    } else if architecture.output_bias || ends().iter().all(|value| *value >= Rational::ZERO) {
        Some(1)
    } else if architecture.convex {
        None
    } else {
        Some(if ends().iter().all(|value| *value <= Rational::ZERO) { 1 } else { 2 })
    }
}

/// The narrowest network of the class that the constructions of the module find. For convex maps all bends must be up.
pub(super) fn narrowest(graph: &Graph, architecture: Architecture) -> Found {
    let mut search = Looking { graph, architecture, kinks: graph.kinks(true) + graph.kinks(false), found: Found::default() };
    search.look();
    search.found
}

struct Looking<'g> {
    graph: &'g Graph,
    architecture: Architecture,
    kinks: usize,
    found: Found,
}

impl Looking<'_> {
    fn look(&mut self) {
        let late = self.graph.pieces(&[]);
        debug_assert_eq!(late.len(), self.kinks + 1);
        self.offer(late.clone(), vec![false; self.kinks]);
        if self.is_done(self.kinks) {
            return;
        }
        let rigid = self.graph.is_rigid();
        if !rigid {
            // Cheap, and mostly enough where there are many kinks.
            self.share();
            if self.is_done(self.kinks) {
                return;
            }
        }
        match self.alternate(&late) {
            Subset::Sum(left) => return self.offer(late, left),
            Subset::None if rigid => self.found.least_is_excluded = true,
            Subset::None => {
                let early: Vec<usize> = (0..self.graph.chains().len()).collect();
                let early = self.graph.pieces(&early);
                if let Subset::Sum(left) = self.alternate(&early) {
                    return self.offer(early, left);
                }
            }
            Subset::Unknown => {}
        }
        if !self.is_done(self.kinks + 1) {
            self.one_sign(&late);
        }
        if self.architecture.convex && !self.is_done(self.kinks + 1) {
            self.turn_at_the_minimum();
        }
    }

    fn is_done(&self, width: usize) -> bool {
        self.found.best.as_ref().is_some_and(|(best, _)| *best <= width)
    }

    /// Takes up a network if it is the narrowest so far.
    fn offer(&mut self, pieces: Vec<Line>, left: Vec<bool>) {
        let oriented = Oriented { pieces, left };
        if let Some(cost) = cost(self.architecture, self.graph, &oriented.rest()) {
            let width = oriented.left.len() + cost;
            if !self.is_done(width) {
                self.found.best = Some((width, oriented));
            }
        }
    }

    /// Kinks to turn left so that the rest costs nothing.
    fn alternate(&self, pieces: &[Line]) -> Subset {
        /// With more kinks there are too many sums unless all are tiny, and denominators grow.
        const MOST: usize = 2000;
        if pieces.len() > MOST {
            return Subset::Unknown;
        }
        let changes: Vec<Line> = pieces.windows(2).map(|pair| pair[1].minus(&pair[0])).collect();
        let all = || changes.iter().chain(&pieces[..1]);
        let scales = [common_denominator(all().map(|line| &line.slope)), common_denominator(all().map(|line| &line.intercept))];
        let pair = |line: &Line| -> Pair {
            let intercept = if self.architecture.output_bias { Integer::ZERO } else { scaled_integer(&line.intercept, &scales[1]) };
            [scaled_integer(&line.slope, &scales[0]), intercept]
        };
        let vectors: Vec<Pair> = changes.iter().map(pair).collect();
        let goal = pair(&pieces[0]).map(|entry| -entry);
        subset(&vectors, &goal)
    }

    /// Two chains that share a line `M` instead of the edge between them leave it a quadrant of lines: at the last bend of the first `M` is at most (if that is up, else at least) the target, at the first of the
    /// second at least. So sums of two other pieces are tried for `M`: `0 = M`, `F_a − M + F_c`, `M − F_a + F_c` or `F_a − F_c + M`.
    fn share(&mut self) {
        /// Pairs of chains that are tried.
        const CHAINS: usize = 20;
        /// Pieces to either side.
        const NEAR: usize = 150;
        /// Lines that floats propose for one pair of chains.
        const PROPOSED: usize = 50;
        let mut before = 0;
        let mut next = 0;
        for c in self.graph.sharing().take(CHAINS) {
            before += self.graph.chains()[next..=c].iter().map(|chain| chain.length.div_ceil(2)).sum::<usize>();
            next = c + 1;
            let place = before;
            let (first, second) = (self.graph.chains()[c], self.graph.chains()[c + 1]);
            let pieces = self.graph.pieces(&[c + 1]);
            let ends = [&self.graph.points[first.last()], &self.graph.points[second.first]];
            let near: Vec<(usize, [f64; 2])> = (place.saturating_sub(NEAR)..pieces.len().min(place + NEAR + 1))
                .filter(|&i| i != place)
                .map(|i| (i, ends.map(|end| nearest_f64(&pieces[i].at(&end.x)))))
                .collect();
            let targets = ends.map(|end| nearest_f64(&Rational::from(end.y.clone())));
            let sign = if first.up { 1.0 } else { -1.0 };
            let looks_good = |values: [f64; 2]| {
                let steep = sign * (values[1] - values[0]) >= sign * (targets[1] - targets[0]);
                if self.architecture.output_bias { steep } else { sign * values[0] <= sign * targets[0] && sign * values[1] >= sign * targets[1] }
            };
            let mut proposals = vec![(Line::zero(), vec![(0, place)])];
            for (p, (a, u)) in near.iter().enumerate() {
                for (c, v) in &near[p + 1..] {
                    let (a, c) = (*a, *c);
                    let (sum, difference) = ([u[0] + v[0], u[1] + v[1]], [u[0] - v[0], u[1] - v[1]]);
                    if proposals.len() >= PROPOSED {
                        break;
                    }
                    if a < place && place < c && looks_good(sum) {
                        proposals.push((pieces[a].plus(&pieces[c]), vec![(0, a), (place, c)]));
                    } else if place < a && looks_good(difference) {
                        proposals.push((pieces[a].minus(&pieces[c]), vec![(0, place), (a, c)]));
                    } else if c < place && looks_good(difference.map(|value| -value)) {
                        proposals.push((pieces[c].minus(&pieces[a]), vec![(0, a), (c, place)]));
                    }
                }
            }
            for (line, left) in proposals {
                let Some(shared) = self.admitted(line, first.last(), second.first, first.up) else { continue };
                let mut varied = pieces.clone();
                varied[place] = shared;
                // A line that is a neighbour of itself would be no kink.
                if varied.windows(2).any(|pair| pair[0] == pair[1]) {
                    continue;
                }
                let left = facing_left(self.kinks, &left);
                self.offer(varied, left);
                if self.is_done(self.kinks) {
                    return;
                }
            }
        }
    }

    /// The line if it may be shared between the bends at two places; with an output bias only its slope matters, and it is moved through a point.
    fn admitted(&self, mut line: Line, last: usize, first: usize, up: bool) -> Option<Line> {
        let points = &self.graph.points[last..=first];
        // A point between the two lies on the line.
        let middle = &points[1..points.len() - 1];
        if self.architecture.output_bias {
            let through = middle.first().unwrap_or(&points[0]);
            line.intercept = Rational::from(through.y.clone()) - &line.slope * &through.x;
        }
        let height = |at: usize| line.at(&points[at].x) - Rational::from(points[at].y.clone());
        let (start, end) = (height(0), height(points.len() - 1));
        let (below, above) = if up { (start, end) } else { (end, start) };
        let through = middle.iter().all(|point| line.at(&point.x) == Rational::from(point.y.clone()));
        (through && below <= Rational::ZERO && above >= Rational::ZERO).then_some(line)
    }

    /// Looks for a rest of one or three pieces that has one sign on all points.
    fn one_sign(&mut self, pieces: &[Line]) {
        /// Pieces of which all triples are tried.
        const TRIED: usize = 40;
        /// Triples that floats propose.
        const PROPOSED: usize = 50;
        let ends = [&self.graph.points[0], &self.graph.points[self.graph.points.len() - 1]];
        let values: Vec<[f64; 2]> = pieces.iter().map(|piece| ends.map(|end| nearest_f64(&piece.at(&end.x)))).collect();
        let convex = self.architecture.convex;
        let good = |value: [f64; 2]| value.iter().all(|&v| v >= 0.0) || (!convex && value.iter().all(|&v| v <= 0.0));
        let mut proposals: Vec<Vec<(usize, usize)>> = (0..pieces.len()).filter(|&i| good(values[i])).take(PROPOSED).map(|i| vec![(0, i)]).collect();
        let step = pieces.len().div_ceil(TRIED);
        let after = |i: usize| (i..pieces.len()).step_by(step);
        let triples = after(0).flat_map(|a| after(a + step).flat_map(move |b| after(b + step).map(move |c| [a, b, c])));
        let sum = |[a, b, c]: [usize; 3]| [0, 1].map(|end| values[a][end] - values[b][end] + values[c][end]);
        let more = PROPOSED.saturating_sub(proposals.len());
        proposals.extend(triples.filter(|&triple| good(sum(triple))).take(more).map(|[a, b, c]| vec![(0, a), (b, c)]));
        for left in proposals {
            self.offer(pieces.to_vec(), facing_left(self.kinks, &left));
            if self.is_done(self.kinks + 1) {
                return;
            }
        }
    }

    /// Convex maps: the largest interpolant on the points' segment has a kink at each bend, and its minimum at a point. With a horizontal piece there, its neurons face away from the minimum, and the rest is that
    /// piece: a network of the class whenever no target is negative.
    fn turn_at_the_minimum(&mut self) {
        let mut pieces = self.graph.all_edges();
        let rising = pieces.partition_point(|piece| piece.slope < Rational::ZERO);
        let flat = pieces.get(rising).is_some_and(|piece| piece.slope.is_zero());
        if !flat && rising > 0 && rising < pieces.len() {
            let least = self.graph.points.iter().map(|point| &point.y).min().expect("there is a point");
            pieces.insert(rising, Line::horizontal(least));
        }
        let rest = rising.min(pieces.len() - 1);
        let kinks = pieces.len() - 1;
        self.offer(pieces, facing_left(kinks, &[(0, rest)]));
    }
}
