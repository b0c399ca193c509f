//! Data on a line: where an interpolant must bend, and in how few places it can.
//!
//! Let the distinct points be `x_1 < … < x_n` with targets `y_i`. An *edge* joins two neighbours. Point `i` (`1 < i < n`) is a *bend* if the slopes of its two edges differ: up if the slope grows,
//! down if it falls. A *chain* is a maximal run of bends of one sign at consecutive points, so that its edges contain no third data point.
//!
//! **Theorem.** Let `φ` be an affine function and `k` ReLUs (equivalently: continuous, piecewise linear, with `k` kinks) and `φ(x_i) = y_i` for all `i`. Then `φ` has at least `U = Σ ⌈l/2⌉` kinks up, over the
//! lengths `l` of the chains up, and at least `D`, the same sum over the chains down, kinks down; and some `φ` has exactly `U` and `D`.
//!
//! *Lower bound.* A `φ` without a kink up inside the open segment `(x_{i−1}, x_{i+1})` is concave on it, so `i` is no bend up. The segments of bends `i < j` are disjoint iff `j ≥ i + 2`. Taking the first, third,
//! fifth, … bend of each chain up gives `U` bends of which no two are neighbours: within a chain by construction, and neighbours of one sign are in one chain. So there are `U` kinks up in disjoint segments; likewise
//! `D` down. They are different kinks, as a kink is up or down. A ReLU of sign `a` has one kink at most, up if `a > 0`; so `U` neurons with `a > 0` and `D` with `a < 0` are needed as well.
//!
//! *Upper bound.* Let `e_0, …, e_B` be the lines of the edges between the `B` bends, from the left (`e_{b−1}` and `e_b` meet at bend `b`; edges in one line are one). In a chain of bends
//! `b, …, b + l − 1` keep every second line: `e_{b−1}, e_{b+1}, e_{b+3}, …`, and at last `e_{b+l−1}`. Two lines `e_{i−1}`, `e_{i+1}` that are kept one after the other meet strictly between the bends `i` and `i + 1`, since the slopes at
//! these change in one direction; no data point lies there, so skipping `e_i` loses none. If `l` is odd, one pair of neighbours `e_i`, `e_{i+1}` is kept, at any of the places 1, 3, 5, … of the chain. That makes
//! `⌈l/2⌉` kinks, all of the chain's sign. ∎
//!
//! **When it is unique.** With `U + D` kinks each chain has `⌈l/2⌉`, each of which serves (lies in the open segment of) a bend of it. A kink serves two bends only from strictly between them; so in an even chain the kinks stand strictly
//! between the bends 1 and 2, 3 and 4, …. A chain of one bend `i` has one kink, in `(x_{i−1}, x_{i+1})`. Suppose that all odd chains are such, with two points at least to either side, and that other bends are three
//! points away at least. Then no kink lies in `[x_{i−2}, x_{i−1}]` or `[x_{i+1}, x_{i+2}]`: `φ` is the line of these edges there and up to its kink, so the kink is on the bend. And between two kinks, or beyond the last one, that belong
//! to even chains there are two neighbouring points at least, without a kink between them: `φ` is the line of their edge. So `φ` is unique on `[x_1, x_n]`: [`Graph::is_rigid`]. Where an odd chain is longer, or nearer to
//! other bends or to an end, some piece may turn about the only point that it contains.
//!
//! # Complexity
//! `O(n log n)` to sort, then `O(n)` integer operations.

use super::line::{Line, Point};
use crate::exact::Integer;
use crate::train::search::Bend;
use std::cmp::Ordering;

/// The distinct points in order.
#[derive(Debug)]
pub(super) struct Graph {
    /// With increasing `x`.
    pub(super) points: Vec<Point>,
    /// The site (number of the distinct point) of each.
    sites: Vec<usize>,
    chains: Vec<Chain>,
}

/// A maximal run of bends of one sign at consecutive points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Chain {
    /// The place of the first bend among the points.
    pub(super) first: usize,
    pub(super) length: usize,
    pub(super) up: bool,
}

impl Chain {
    pub(super) fn last(&self) -> usize {
        self.first + self.length - 1
    }

    fn is_odd(&self) -> bool {
        self.length % 2 == 1
    }

    /// Its fewest kinks.
    fn kinks(&self) -> usize {
        self.length.div_ceil(2)
    }
}

impl Graph {
    /// The graph of the sites' coordinates and targets; `None` if two coordinates are equal.
    pub(super) fn new(points: Vec<Point>) -> Option<Self> {
        let mut sites: Vec<usize> = (0..points.len()).collect();
        sites.sort_unstable_by(|&i, &j| points[i].x.cmp(&points[j].x));
        let mut points: Vec<Option<Point>> = points.into_iter().map(Some).collect();
        let points: Vec<Point> = sites.iter().filter_map(|&site| points[site].take()).collect();
        if points.windows(2).any(|pair| pair[0].x == pair[1].x) {
            return None;
        }
        let edges: Vec<(Integer, Integer)> = points.windows(2).map(|pair| (&pair[1].x - &pair[0].x, &pair[1].y - &pair[0].y)).collect();
        let mut chains: Vec<Chain> = Vec::new();
        for (i, pair) in edges.windows(2).enumerate() {
            let [(run, rise), (next_run, next_rise)] = pair else { unreachable!("a window of two") };
            let up = match (next_rise * run).cmp(&(rise * next_run)) {
                Ordering::Equal => continue,
                turn => turn == Ordering::Greater,
            };
            let place = i + 1;
            match chains.last_mut() {
                Some(chain) if chain.up == up && chain.last() + 1 == place => chain.length += 1,
                _ => chains.push(Chain { first: place, length: 1, up }),
            }
        }
        Some(Graph { points, sites, chains })
    }

    pub(super) fn chains(&self) -> &[Chain] {
        &self.chains
    }

    /// The fewest kinks up (`U`) or down (`D`).
    pub(super) fn kinks(&self, up: bool) -> usize {
        self.chains.iter().filter(|chain| chain.up == up).map(Chain::kinks).sum()
    }

    /// Bends of one sign, as many as [`Graph::kinks`], whose open segments are disjoint.
    pub(super) fn disjoint_bends(&self, up: bool) -> Vec<Bend> {
        let places = self.chains.iter().filter(|chain| chain.up == up).flat_map(|chain| (chain.first..=chain.last()).step_by(2));
        places.map(|place| self.bend(place, up)).collect()
    }

    /// The bend at a place.
    fn bend(&self, place: usize, up: bool) -> Bend {
        Bend { ends: [self.sites[place - 1], self.sites[place + 1]], middle: Some(self.sites[place]), up }
    }

    /// The pairs of neighbours with different values.
    pub(super) fn steps(&self) -> Vec<Bend> {
        let pairs = self.points.windows(2).zip(self.sites.windows(2)).filter(|(points, _)| points[0].y != points[1].y);
        pairs.map(|(points, sites)| Bend { ends: [sites[0], sites[1]], middle: None, up: points[0].y < points[1].y }).collect()
    }

    /// The line through a point and the next one; through a single point the horizontal one.
    pub(super) fn edge(&self, place: usize) -> Line {
        match self.points.get(place..place + 2) {
            Some([p, q]) => Line::through(p, q),
            _ => Line::horizontal(&self.points[0].y),
        }
    }

    /// The pieces of an interpolant with `U + D` kinks. Odd chains keep the kink that serves one bend at their last bend, those of
    /// `early` (increasing) at their first.
    pub(super) fn pieces(&self, early: &[usize]) -> Vec<Line> {
        let mut lines = vec![self.edge(0)];
        let mut early = early.iter().peekable();
        for (c, chain) in self.chains.iter().enumerate() {
            let mut place = chain.first;
            if early.next_if(|&&e| e == c).is_some() && chain.is_odd() {
                lines.push(self.edge(place));
                place += 1;
            }
            while place <= chain.last() {
                lines.push(self.edge((place + 1).min(chain.last())));
                place += 2;
            }
        }
        lines
    }

    /// The pieces of the interpolant with a kink at each bend.
    pub(super) fn all_edges(&self) -> Vec<Line> {
        let bends = self.chains.iter().flat_map(|chain| chain.first..=chain.last());
        std::iter::once(0).chain(bends).map(|place| self.edge(place)).collect()
    }

    /// The chains that share a line instead of the edge between them: each with the next one.
    pub(super) fn sharing(&self) -> impl Iterator<Item = usize> {
        let share = |pair: &[Chain]| pair[0].is_odd() && pair[1].is_odd() && pair[0].up != pair[1].up && pair[1].first - pair[0].last() <= 2;
        self.chains.windows(2).enumerate().filter_map(move |(c, pair)| share(pair).then_some(c))
    }

    /// Whether the module's condition holds, so that only one function with `U + D` kinks interpolates the points, on their segment.
    pub(super) fn is_rigid(&self) -> bool {
        let far = |pair: &[Chain]| pair.iter().all(|chain| !chain.is_odd()) || pair[1].first - pair[0].last() >= 3;
        let is_single = |chain: &Chain| chain.length == 1 && chain.first >= 2 && chain.last() + 2 < self.points.len();
        self.points.len() > 1 && self.chains.iter().all(|chain| !chain.is_odd() || is_single(chain)) && self.chains.windows(2).all(far)
    }
}
