//! Moving a proposal so that forced equations hold and other conditions hold with a margin.
//!
//! The numbers of a shape (columns) are the `U_s ≠ 0` and the free `p_js`. With `W` the diagonal matrix of their slacks and `A` the rows to correct, the change
//! `W Aᵀ y`, `A W Aᵀ y = t`, is the shortest one if each column is measured by the square root of its slack; each number changes by at most `‖y‖₁` times its slack.

use super::forced::{Forced, Row};
use super::gram::{Cholesky, solution_bound};
use super::shape::{Kind, Shape, VALUE_ERROR, Values};
use super::view::View;

/// How often rows are corrected again, with those that have become violated meanwhile.
const ROUNDS: usize = 4;
/// A correction may change a number by this fraction of its slack at most.
const LARGEST_CHANGE: f64 = 0.5;
/// On generators whose distance from the walls is below this fraction of the largest one, margins are not asked to be in proportion.
const LEAST_HEIGHT: f64 = 1e-3;
/// The equations' exact solution may differ from the floats by this fraction of the slacks at most. A larger one would cost more of the bound than a prune can spare.
const LARGEST_REPAIR: f64 = 1e-7;

/// Squared lengths below this fraction of the largest belong to columns that depend on those already chosen, as far as floats can tell.
const DEPENDENT_COLUMN: f64 = 1e-22;

/// A number of a shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    /// `U_s`.
    Sum(usize),
    /// `p_js`.
    Multiplier(usize, usize),
}

/// The columns of a shape and a matrix of rows.
#[derive(Debug, Default)]
pub(super) struct System {
    pub(super) columns: Vec<Column>,
    pub(super) slacks: Vec<f64>,
    /// The rows: the forced equations, then others.
    pub(super) rows: Vec<Row>,
    /// How many of the rows are forced equations.
    pub(super) equations: usize,
    /// `rows × columns`.
    pub(super) matrix: Vec<f64>,
    heights: Vec<f64>,
    gram: Vec<f64>,
    change: Vec<f64>,
    cholesky: Cholesky,
}

/// The entry of a row in a column.
pub(super) fn entry(view: &View<'_>, shape: &Shape, row: Row, column: Column) -> f64 {
    match (row, column) {
        (Row::Balance, Column::Sum(_)) => 1.0,
        (Row::Balance, Column::Multiplier(..)) => 0.0,
        (Row::Generator(j, g), Column::Sum(s)) => match shape.kind(j, s) {
            Kind::Convex => view.sign(j) * view.values(j, g)[s].max(0.0),
            Kind::Full | Kind::Linear => view.sign(j) * view.values(j, g)[s],
            Kind::Idle | Kind::Free => 0.0,
        },
        (Row::Coordinate(j, c), Column::Sum(s)) => match shape.kind(j, s) {
            Kind::Convex | Kind::Full | Kind::Linear => view.sign(j) * view.coordinate(s, c),
            Kind::Idle | Kind::Free => 0.0,
        },
        (Row::Generator(j, g), Column::Multiplier(i, s)) if i == j => -view.values(j, g)[s],
        (Row::Coordinate(j, c), Column::Multiplier(i, s)) if i == j => -view.coordinate(s, c),
        (Row::Generator(..) | Row::Coordinate(..), Column::Multiplier(..)) => 0.0,
    }
}

fn current(shape: &Shape, column: Column) -> f64 {
    match column {
        Column::Sum(s) => shape.sums[s],
        Column::Multiplier(j, s) => shape.p[j * shape.sums.len() + s],
    }
}

impl System {
    /// Corrects `shape`: the equations of `forced` up to rounding, all other conditions with margins of about `push` times their coefficients. `values` are those of the shape, before and after. `false` if
    /// that did not work.
    pub(super) fn correct(&mut self, view: &View<'_>, shape: &mut Shape, values: &mut Values, forced: &Forced, push: f64) -> bool {
        self.columns_of(shape);
        self.slacks_of(shape);
        self.heights_of(view, forced, values);
        self.load_rows(view, shape, &forced.rows);
        for round in 0..=ROUNDS {
            let mut more = round == 0 && self.equations > 0;
            for j in 0..view.neurons() {
                for g in 0..view.generators(j) {
                    let at = values.starts[j] + g;
                    let row = Row::Generator(j, g);
                    if !forced.zero[at] && values.g[at] > -0.5 * push * values.weights[j] * self.heights[at] {
                        more = true;
                        if !self.rows[self.equations..].contains(&row) {
                            self.rows.push(row);
                            self.append(view, shape, row);
                        }
                    }
                }
            }
            if !more {
                return true;
            }
            if round == ROUNDS || !self.step(view, shape, values, push) {
                return false;
            }
            values.compute(view, shape);
        }
        false
    }

    /// Only sets up the columns of `shape` and the given rows.
    pub(super) fn load(&mut self, view: &View<'_>, shape: &Shape, rows: &[Row]) {
        self.columns_of(shape);
        self.slacks_of(shape);
        self.load_rows(view, shape, rows);
    }

    /// The rows as equations. Those without any entry other than 0 hold anyway.
    fn load_rows(&mut self, view: &View<'_>, shape: &Shape, rows: &[Row]) {
        self.rows.clear();
        self.matrix.clear();
        for &row in rows {
            let start = self.matrix.len();
            self.append(view, shape, row);
            if self.matrix[start..].iter().all(|&a| a == 0.0) {
                self.matrix.truncate(start);
            } else {
                self.rows.push(row);
            }
        }
        self.equations = self.rows.len();
    }

    /// Columns for which the first `size` rows can be solved, those with much slack preferred: Gram-Schmidt with pivoting on the columns times their slacks. As many as the rows have
    /// rank, as far as floats can tell.
    pub(super) fn pivots(&self, size: usize) -> Vec<usize> {
        let width = self.columns.len();
        let mut rest: Vec<Vec<f64>> = (0..width).map(|c| (0..size).map(|r| self.matrix[r * width + c] * self.slacks[c]).collect()).collect();
        let mut chosen: Vec<usize> = Vec::new();
        let mut first = 0.0;
        while chosen.len() < size {
            let norm = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>();
            let candidates = (0..width).filter(|c| !chosen.contains(c)).map(|c| (c, norm(&rest[c])));
            let Some((best, size)) = candidates.max_by(|a, b| a.1.total_cmp(&b.1)) else { break };
            first = f64::max(first, size);
            if size <= DEPENDENT_COLUMN * first {
                break;
            }
            chosen.push(best);
            let direction: Vec<f64> = rest[best].iter().map(|x| x / size.sqrt()).collect();
            for v in &mut rest {
                let along: f64 = v.iter().zip(&direction).map(|(a, b)| a * b).sum();
                v.iter_mut().zip(&direction).for_each(|(a, b)| *a -= along * b);
            }
        }
        chosen
    }

    fn slacks_of(&mut self, shape: &Shape) {
        self.slacks.clear();
        self.slacks.extend(self.columns.iter().map(|&column| match column {
            Column::Sum(s) => shape.sums[s].abs(),
            Column::Multiplier(j, s) => shape.slack(j, s),
        }));
    }

    /// Corrects the present rows.
    fn step(&mut self, view: &View<'_>, shape: &mut Shape, values: &Values, push: f64) -> bool {
        let equations = self.equations;
        let (size, width) = (self.rows.len(), self.columns.len());
        self.slacks_of(shape);
        self.gram_matrix(size);
        if !self.cholesky.factorise(&self.gram, size, equations) {
            return false;
        }
        let mut y: Vec<f64> = (0..size)
            .map(|r| {
                let value: f64 =
                    self.matrix[r * width..(r + 1) * width].iter().zip(&self.columns).map(|(a, &column)| a * current(shape, column)).sum();
                let target = match self.rows[r] {
                    Row::Generator(j, g) if r >= equations => -push * values.weights[j] * self.heights[values.starts[j] + g],
                    _ => 0.0,
                };
                target - value
            })
            .collect();
        self.cholesky.solve(&mut y);
        self.change.clear();
        self.change.resize(width, 0.0);
        for (r, y) in y.iter().enumerate() {
            for (change, a) in self.change.iter_mut().zip(&self.matrix[r * width..(r + 1) * width]) {
                *change += a * y;
            }
        }
        // Written so that NaN fails.
        if !self.change.iter().all(|c| c.abs() <= LARGEST_CHANGE) {
            return false;
        }
        let sites = shape.sums.len();
        for ((change, slack), &column) in self.change.iter().zip(&self.slacks).zip(&self.columns) {
            let change = change * slack;
            match column {
                Column::Sum(s) => {
                    shape.sums[s] += change;
                    shape.items[view.model.items_of_site[s][0]] += change;
                }
                Column::Multiplier(j, s) => shape.p[j * sites + s] += change,
            }
        }
        // A multiplier and its bound may have moved towards each other.
        self.columns.iter().all(|&column| !matches!(column, Column::Multiplier(j, s) if shape.slack(j, s) <= 0.0))
    }

    /// By how much of their slacks the columns have to change at most so that the equations hold exactly, if that is shown to be possible.
    pub(super) fn repair(&mut self, shape: &Shape) -> Option<f64> {
        let equations = self.equations;
        if equations == 0 {
            return Some(0.0);
        }
        let width = self.columns.len();
        self.slacks_of(shape);
        self.gram_matrix(equations);
        // Rounding of sums of `width` products, and errors of the matrix (in each of two factors for the Gram matrix). Entries that are 0 are exact.
        let blur = (width + 8) as f64 * f64::EPSILON + 2.1 * VALUE_ERROR;
        let entry_error = self.slacks.iter().sum::<f64>() * blur;
        let residuals: Vec<f64> = (0..equations)
            .map(|r| {
                let (mut value, mut magnitude) = (0.0f64, 0.0);
                for (a, &column) in self.matrix[r * width..(r + 1) * width].iter().zip(&self.columns) {
                    value += a * current(shape, column);
                    magnitude += if *a == 0.0 { 0.0 } else { current(shape, column).abs() };
                }
                value.abs() + magnitude * blur
            })
            .collect();
        // Entries of A are at most 1 (and a rounding), so each column changes by at most ‖y‖₁ slacks.
        let repair = 1.01 * solution_bound(&self.gram, equations, entry_error, &residuals)?;
        // Where a multiplier and its bound |U| both move, the distance between them stays positive.
        let apart = self.columns.iter().zip(&self.slacks).all(|(&column, slack)| match column {
            Column::Sum(_) => true,
            Column::Multiplier(_, s) => 1.1 * repair * (slack + shape.sums[s].abs()) < *slack,
        });
        (apart && repair <= LARGEST_REPAIR).then_some(repair)
    }

    /// `A W Aᵀ` of the first `size` rows.
    fn gram_matrix(&mut self, size: usize) {
        let width = self.columns.len();
        self.gram.clear();
        self.gram.resize(size * size, 0.0);
        for r in 0..size {
            let left = &self.matrix[r * width..(r + 1) * width];
            for c in 0..=r {
                let right = &self.matrix[c * width..(c + 1) * width];
                let sum: f64 = left.iter().zip(right).zip(&self.slacks).map(|((a, b), w)| a * b * w).sum();
                self.gram[r * size + c] = sum;
                self.gram[c * size + r] = sum;
            }
        }
    }

    fn columns_of(&mut self, shape: &Shape) {
        let sites = shape.sums.len();
        self.columns.clear();
        self.columns.extend((0..sites).filter(|&s| shape.sums[s] != 0.0).map(Column::Sum));
        let free = shape.kinds.iter().enumerate().filter(|&(_, &kind)| kind == Kind::Free);
        self.columns.extend(free.map(|(at, _)| Column::Multiplier(at / sites, at % sites)));
    }

    fn append(&mut self, view: &View<'_>, shape: &Shape, row: Row) {
        let columns = &self.columns;
        self.matrix.extend(columns.iter().map(|&column| entry(view, shape, row, column)));
    }

    /// The generators' heights, a linear function of the generator that is positive on all that are not lines, so that margins in proportion to it can be
    /// asked of dependent conditions as well. The least open one of each neuron is about 1.
    fn heights_of(&mut self, view: &View<'_>, forced: &Forced, values: &Values) {
        self.heights.clear();
        for j in 0..view.neurons() {
            let start = values.starts[j];
            for g in 0..view.generators(j) {
                let sites = view.values(j, g);
                let height: f64 = view.bits(j).iter().map(|&(s, _)| sites[s].abs()).sum();
                self.heights.push(if view.relu() { height } else { 1.0 });
            }
            let own = &mut self.heights[start..];
            let largest = own.iter().fold(0.0, |m: f64, h| m.max(*h));
            let least = own.iter().zip(&forced.zero[start..]).filter(|(_, zero)| !**zero).fold(largest, |m: f64, (h, _)| m.min(*h));
            let unit = least.max(LEAST_HEIGHT * largest);
            own.iter_mut().for_each(|h| *h /= unit);
        }
    }
}
