//! The 0-1 loss: how few points a tuple of patterns must get wrong.
//!
//! **ReLU.** Let `S_j` be the set of points on which neuron `j` is strictly positive: it is the positive set of a full-dimensional cell (lower the bias
//! a little), and the weights lie in that cell's closure. So it loses no network to assume strict positivity on the patterns. Then a point on which no plus
//! neuron is active has `φ ≤ 0`, and one on which a plus neuron but no minus neuron is active has `φ > 0`: both are decided. On the other
//! points the sign of `φ` is open. Where `φ > 0` is meant, `φ ≥ 1` may be asked for, by scaling. The output bias counts as a neuron that is active everywhere, of either
//! sign; with an affine function besides, all points are open. Which open points to get wrong is found by a depth-first search: if the cheapest choice is infeasible, an infeasible subset of its conditions (the support of
//! a Farkas vector) is at hand, and one of the open points in it must change sides.
//!
//! **Threshold.** The value of `φ` depends only on the set `T = {j : i ∈ S_j}`: it is `c + Σ_{j∈T} a_j`. Which of these subset sums can be positive at the same time is
//! answered once and for all by the cells of a fixed arrangement in the space of the `a_j`; see [`SubsetSums`].

use super::{Pattern, PatternSpace};
use crate::arrangement::Arrangement;
use crate::exact::{Integer, IntegerRows, Rational};
use crate::instance::Activation;
use crate::network::{Network, Neuron};
use crate::optimize::lp::{LinearProgram, LpVerdict, Row, RowKind};
use thiserror::Error;

/// How many points of each class a design row stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Labels {
    pub(crate) positive: usize,
    pub(crate) negative: usize,
}

/// A choice of sides for the open points, being searched.
struct Search<'s, 'a> {
    space: &'s PatternSpace<'a>,
    patterns: &'s [Pattern<'s>],
    /// Conditions that hold throughout: the cells and the sign of the output bias.
    fixed: Vec<Row>,
    /// Row number, labels and values of each open point.
    open: Vec<(Labels, Vec<Integer>)>,
    /// The fewest errors so far: only fewer are of interest.
    best: usize,
    solution: Option<Vec<Rational>>,
}

impl PatternSpace<'_> {
    pub(crate) fn labels(&self, row: usize) -> Labels {
        let points = self.design.points_of_row(row);
        let positive = points.iter().filter(|&&i| self.targets[i] > Integer::ZERO).count();
        Labels { positive, negative: points.len() - positive }
    }

    pub(super) fn fewest_errors(&self, patterns: &[Pattern<'_>], plus: &[bool], cutoff: Option<&Rational>) -> Option<(Network, usize)> {
        let limit = match cutoff {
            // Fewer errors than the cutoff: at most ⌈cutoff⌉ − 1.
            Some(cutoff) => usize::try_from(cutoff.ceil()).unwrap_or(0),
            None => self.targets.len() + 1,
        };
        let mut best = None;
        let mut limit = limit;
        let bias_signs: &[Option<bool>] = if self.instance.architecture.has_constant() { &[Some(true), Some(false)] } else { &[None] };
        for &bias in bias_signs {
            if let Some((errors, u)) = self.fewest_errors_with_bias(patterns, plus, bias, limit) {
                limit = errors;
                best = Some((self.network(patterns, plus, &u), errors));
            }
        }
        best
    }

    /// The fewest errors below `limit` and unknowns that attain them, for a positive, nonpositive or absent output bias.
    fn fewest_errors_with_bias(&self, patterns: &[Pattern<'_>], plus: &[bool], bias: Option<bool>, limit: usize) -> Option<(usize, Vec<Rational>)> {
        let (unknowns, affine) = (self.unknowns(patterns.len()), self.instance.architecture.affine);
        let (mut forced, mut fixed, mut open) = (0, Vec::new(), Vec::new());
        for row in 0..self.design.rows().len() {
            let active =
                |sign: bool| affine || bias == Some(sign) || patterns.iter().zip(plus).any(|(p, &plus)| plus == sign && p.active.is_positive(row));
            let labels = self.labels(row);
            match (active(true), active(false)) {
                (false, _) => forced += labels.positive,
                (true, false) => {
                    forced += labels.negative;
                    // The closed cell alone would allow φ = 0.
                    if labels.positive > 0 {
                        fixed.push(Row { coefficients: self.value_row(row, patterns), rhs: Integer::ONE, kind: RowKind::AtLeast });
                    }
                }
                (true, true) => {
                    forced += labels.positive.min(labels.negative);
                    if labels.positive != labels.negative {
                        open.push((labels, self.value_row(row, patterns)));
                    }
                }
            }
        }
        if forced >= limit {
            return None;
        }
        let at_least = |coefficients: Vec<Integer>| Row { coefficients, rhs: Integer::ZERO, kind: RowKind::AtLeast };
        fixed.extend(self.cell_rows(patterns, plus).into_iter().map(at_least));
        if let Some(positive) = bias {
            let mut coefficients = vec![Integer::ZERO; unknowns];
            coefficients[unknowns - 1] = if positive { Integer::ONE } else { Integer::NEG_ONE };
            fixed.push(Row { coefficients, rhs: Integer::ZERO, kind: RowKind::AtLeast });
        }
        let sides: Vec<bool> = open.iter().map(|(labels, _)| labels.positive > labels.negative).collect();
        let mut search = Search { space: self, patterns, fixed, open, best: limit, solution: None };
        let mut frozen = vec![false; sides.len()];
        search.descend(&mut sides.clone(), &mut frozen, forced);
        search.solution.map(|u| (search.best, u))
    }
}

impl Search<'_, '_> {
    /// Looks for a feasible choice of fewer than `best` errors that agrees with `sides` on the frozen open points; `errors` is the cost of `sides`.
    fn descend(&mut self, sides: &mut [bool], frozen: &mut [bool], errors: usize) {
        if errors >= self.best {
            return;
        }
        match self.program(sides).solve() {
            LpVerdict::Optimal(optimum) => {
                self.best = errors;
                self.solution = Some(optimum.point);
            }
            LpVerdict::Infeasible { farkas } => {
                let support: Vec<usize> = (0..sides.len()).filter(|&p| !frozen[p] && !farkas[self.fixed.len() + p].is_zero()).collect();
                // Exactly one branch for each first member of the support that changes sides.
                for &p in &support {
                    let labels = self.open[p].0;
                    frozen[p] = true;
                    sides[p] = !sides[p];
                    self.descend(sides, frozen, errors + labels.positive.abs_diff(labels.negative));
                    sides[p] = !sides[p];
                }
                for &p in &support {
                    frozen[p] = false;
                }
            }
            LpVerdict::Unbounded { .. } | LpVerdict::AboveCutoff { .. } => unreachable!("the objective is zero and there is no cutoff"),
        }
    }

    fn program(&self, sides: &[bool]) -> LinearProgram {
        let mut rows = self.fixed.clone();
        for ((_, values), &positive) in self.open.iter().zip(sides) {
            rows.push(if positive {
                Row { coefficients: values.clone(), rhs: Integer::ONE, kind: RowKind::AtLeast }
            } else {
                Row { coefficients: values.iter().map(|v| -v).collect(), rhs: Integer::ZERO, kind: RowKind::AtLeast }
            });
        }
        LinearProgram { objective: vec![Integer::ZERO; self.space.unknowns(self.patterns.len())], rows }
    }
}

/// Which subset sums of `k` numbers (and an optional constant) can be positive at the same time.
///
/// For `a ∈ R^k` and `c ∈ R` let `P = {T ⊆ [k] : c + Σ_{j∈T} a_j > 0}`. Lowering every `a_j` and `c` a little keeps `P` and removes ties, so the
/// possible `P` are those of the full-dimensional cells of the arrangement with one hyperplane for each sum: without a constant the resonance arrangement
/// (2, 6, 32, 370, 11292 cells for k = 1..5), with it that of the threshold functions (4, 14, 104, 1882).
#[derive(Debug, Clone)]
pub struct SubsetSums {
    width: usize,
    choices: Vec<(u64, Vec<Integer>)>,
}

/// The number of subset sum patterns grows doubly exponentially: beyond five neurons it cannot be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the 0-1 loss of threshold networks is enumerated for at most {limit} neurons, not {width}")]
pub struct SubsetSumsError {
    /// The width asked for.
    pub width: usize,
    /// The largest width that can be enumerated.
    pub limit: usize,
}

impl SubsetSums {
    /// The largest width that [`SubsetSums::new`] takes.
    #[must_use]
    pub fn limit(output_bias: bool) -> usize {
        if output_bias { 4 } else { 5 }
    }

    /// All choices for `width` neurons, with an output bias or without.
    ///
    /// # Errors
    /// [`SubsetSumsError`] for more than five neurons (four with an output bias).
    pub fn new(width: usize, output_bias: bool) -> Result<Self, SubsetSumsError> {
        let limit = Self::limit(output_bias);
        if width > limit {
            return Err(SubsetSumsError { width, limit });
        }
        let first = usize::from(!output_bias);
        let subsets: Vec<usize> = (first..1 << width).collect();
        let unknowns = width + usize::from(output_bias);
        if subsets.is_empty() {
            return Ok(SubsetSums { width, choices: vec![(0, Vec::new())] });
        }
        let rows = subsets
            .iter()
            .map(|subset| {
                let mut row: Vec<Integer> = (0..width).map(|j| Integer::from(subset >> j & 1)).collect();
                row.extend(output_bias.then_some(Integer::ONE));
                row
            })
            .collect();
        let rows = IntegerRows::new(rows, unknowns);
        let cells = Arrangement::new(&rows).and_then(|a| a.cells(&mut || false)).expect("no zero row, nobody to interrupt");
        let choices = (0..cells.len())
            .map(|cell| {
                let signs = cells.signs(cell);
                let positive = subsets.iter().enumerate().filter(|&(i, _)| signs.is_positive(i)).fold(0u64, |set, (_, subset)| set | 1 << subset);
                (positive, cells.witness(cell).entries().to_vec())
            })
            .collect();
        Ok(SubsetSums { width, choices })
    }

    /// The fewest errors if `labels(T)` points of each class lie in exactly the patterns of the subset `T`, and which choice attains them.
    pub(crate) fn fewest_errors(&self, labels: &[Labels]) -> (usize, usize) {
        debug_assert_eq!(labels.len(), 1 << self.width);
        let errors = |positive: u64| {
            labels.iter().enumerate().map(|(subset, l)| if positive >> subset & 1 == 1 { l.negative } else { l.positive }).sum::<usize>()
        };
        self.choices.iter().enumerate().map(|(index, (positive, _))| (errors(*positive), index)).min().expect("there is a cell")
    }

    /// The network with these patterns that misclassifies the fewest points of the data behind `space`.
    pub(crate) fn best_network(&self, space: &PatternSpace<'_>, patterns: &[Pattern<'_>]) -> Network {
        let mut labels = vec![Labels { positive: 0, negative: 0 }; 1 << self.width];
        for row in 0..space.design.rows().len() {
            let part = patterns.iter().enumerate().fold(0, |part, (j, pattern)| part | usize::from(pattern.active.is_positive(row)) << j);
            let own = space.labels(row);
            labels[part].positive += own.positive;
            labels[part].negative += own.negative;
        }
        let (_, choice) = self.fewest_errors(&labels);
        self.network(space, patterns, choice)
    }

    /// The network of choice `index` with these patterns.
    pub(crate) fn network(&self, space: &PatternSpace<'_>, patterns: &[Pattern<'_>], index: usize) -> Network {
        let values = &self.choices[index].1;
        let neurons = patterns
            .iter()
            .zip(values)
            .map(|(pattern, a)| {
                let (w, b) = space.threshold_weights(pattern.witness);
                Neuron { w, b, a: Rational::from(a.clone()) }
            })
            .collect();
        let output_bias = values.get(self.width).map_or(Rational::ZERO, |c| Rational::from(c.clone()));
        Network { activation: Activation::Threshold, neurons, output_bias }
    }
}
