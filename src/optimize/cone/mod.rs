//! Has an open polyhedral cone a point?
//!
//! Given integer rows `g_1, …, g_m ∈ Z^q` and signs `s_i = ±1` on some of them, either there is `v` with `s_i (g_i·v) > 0` for all signed
//! rows, or (Gordan's theorem) there are multipliers `λ_i ≥ 0`, not all zero, with `Σ λ_i s_i g_i = 0`. [`ConeSolver`] finds one of the two,
//! and has checked it in integers before it returns.
//!
//! # Method
//! A dense dual simplex method in floats for `s_i (g_i·v) ≥ 1`, started from an artificial corner or from the basis of the previous call,
//! ends with a point or with a basis whose rows combine to a violated row. A point is rounded to integers (its rows have margin 1, so a grid
//! of width `1/q` keeps half of it) and its signs are proved by a float error bound, or else in integers. A combination is solved for exactly
//! from its rows. Whatever cannot be confirmed is decided by the simplex method in integers of [`lp`](super::lp), which always ends.
//!
//! # Complexity
//! `O(m q)` float operations a pivot, of which a few times `q` are typical; `O(q³)` integer operations to confirm emptiness.
//! After construction the float part allocates nothing.
//!
//! # References
//! P. Gordan, *Über die Auflösung linearer Gleichungen mit reellen Coefficienten*, Math. Ann. 6 (1873);
//! C. E. Lemke, *The dual method of solving the linear programming problem*, Naval Res. Logist. 1 (1954).

mod farkas;
mod proposal;

use super::lp::{LinearProgram, LpVerdict, Row, RowKind, solve_exactly};
use crate::exact::{Integer, IntegerRows, IntegerVector, Rational, common_denominator, scaled_integer};
use proposal::{Ending, Simplex};
use std::cmp::Ordering;

/// The answer of [`ConeSolver`], with its proof.
#[derive(Debug, Clone)]
pub enum ConeVerdict {
    /// A vector `v` with `s_i (g_i·v) > 0` for all signed rows.
    Interior(IntegerVector),
    /// Rows with multipliers `λ_i > 0` such that `Σ λ_i s_i g_i = 0` (not reduced to lowest terms). A row that was asked for with both signs
    /// appears twice.
    Empty(Vec<(usize, Integer)>),
}

/// Decides the feasibility of sign patterns on the rows of one matrix; keeps scratch space and the last basis from call to call.
///
/// The verdict (interior or empty) is a function of the question alone; which point or multipliers prove it may depend on the questions
/// before, since each one starts from the basis of the last. [`ConeSolver::forget`] makes the next answer independent of them.
///
/// # Examples
/// ```
/// use relus::exact::{Integer, IntegerRows};
/// use relus::optimize::cone::{ConeSolver, ConeVerdict};
/// // The points 1 and 2 on a line: w + b < 0 < 2w + b is possible, and so is w + b > 0 > 2w + b.
/// let rows = vec![vec![Integer::from(1), Integer::ONE], vec![Integer::from(2), Integer::ONE], vec![Integer::from(3), Integer::ONE]];
/// let rows = IntegerRows::new(rows, 2);
/// let mut solver = ConeSolver::new(&rows);
/// assert!(matches!(solver.interior_point(&[(0, false), (1, true)]), ConeVerdict::Interior(_)));
/// // A half-line cannot hold 1 and 3 without 2.
/// assert!(matches!(solver.pattern(&[true, false, true]), ConeVerdict::Empty(_)));
/// ```
#[derive(Debug, Clone)]
pub struct ConeSolver<'a> {
    rows: &'a IntegerRows,
    simplex: Simplex,
    zero_row: Vec<bool>,
    exact_decisions: u64,
}

impl<'a> ConeSolver<'a> {
    /// Prepares for questions about `rows`.
    #[must_use]
    pub fn new(rows: &'a IntegerRows) -> Self {
        let zero_row = (0..rows.len()).map(|i| rows.row(i).iter().all(Integer::is_zero)).collect();
        ConeSolver { rows, simplex: Simplex::new(rows), zero_row, exact_decisions: 0 }
    }

    /// Is there `v` with `s_i (g_i·v) > 0` for all listed `(i, s_i > 0)`?
    ///
    /// # Panics
    /// If an index is out of range.
    #[must_use]
    pub fn interior_point(&mut self, signed: &[(usize, bool)]) -> ConeVerdict {
        self.simplex.clear_signs();
        for &(i, positive) in signed {
            if self.zero_row[i] {
                return ConeVerdict::Empty(vec![(i, Integer::ONE)]);
            }
            if self.simplex.sign(i) == Some(!positive) {
                return ConeVerdict::Empty(vec![(i, Integer::ONE), (i, Integer::ONE)]);
            }
            self.simplex.set_sign(i, positive);
        }
        self.decide()
    }

    /// Is there `v` with `s_i (g_i·v) > 0` for the rows `0..positive.len()`, where `s_i = 1` iff `positive[i]`?
    ///
    /// # Panics
    /// If there are more signs than rows.
    #[must_use]
    pub fn pattern(&mut self, positive: &[bool]) -> ConeVerdict {
        self.simplex.clear_signs();
        for (i, &positive) in positive.iter().enumerate() {
            if self.zero_row[i] {
                return ConeVerdict::Empty(vec![(i, Integer::ONE)]);
            }
            self.simplex.set_sign(i, positive);
        }
        self.decide()
    }

    /// Forgets the basis of the last question.
    pub fn forget(&mut self) {
        self.simplex.forget();
    }

    /// How many questions the floats could not settle.
    #[must_use]
    pub fn exact_decisions(&self) -> u64 {
        self.exact_decisions
    }

    fn decide(&mut self) -> ConeVerdict {
        if let Some(verdict) = self.propose_and_confirm() {
            return verdict;
        }
        if self.simplex.started_warm() {
            self.simplex.forget();
            if let Some(verdict) = self.propose_and_confirm() {
                return verdict;
            }
        }
        self.decide_exactly()
    }

    fn propose_and_confirm(&mut self) -> Option<ConeVerdict> {
        match self.simplex.run() {
            Ending::Point => {
                if !self.simplex.round_point() {
                    return None;
                }
                let point = self.simplex.rounded_point();
                let wanted = |positive| if positive { Ordering::Greater } else { Ordering::Less };
                let right = self.simplex.doubtful().iter().all(|&(i, positive)| self.rows.sign(i, &point) == wanted(positive));
                right.then_some(ConeVerdict::Interior(point))
            }
            Ending::Combination { entering } => {
                let basis = self.simplex.combined_rows();
                let target = (entering, self.simplex.sign(entering).expect("an entering row is signed"));
                farkas::combine(self.rows, target, &basis).map(ConeVerdict::Empty)
            }
            Ending::Unclear => None,
        }
    }

    /// The simplex method in integers, started from the rows of the last float basis.
    fn decide_exactly(&mut self) -> ConeVerdict {
        self.exact_decisions += 1;
        let signed: Vec<(usize, bool)> = (0..self.rows.len()).filter_map(|i| Some((i, self.simplex.sign(i)?))).collect();
        let rows = signed.iter().map(|&(i, positive)| Row {
            coefficients: self.rows.row(i).iter().map(|x| if positive { x.clone() } else { -x }).collect(),
            rhs: Integer::ONE,
            kind: RowKind::AtLeast,
        });
        let program = LinearProgram { objective: vec![Integer::ZERO; self.rows.columns()], rows: rows.collect() };
        let preferred: Vec<usize> = (0..signed.len()).filter(|&k| self.simplex.in_basis(signed[k].0)).collect();
        match solve_exactly(&program, &preferred, None) {
            LpVerdict::Optimal(optimum) => ConeVerdict::Interior(IntegerVector::from_rationals(&optimum.point)),
            LpVerdict::Infeasible { farkas } => {
                let scale = common_denominator(&farkas);
                let nonzero = signed.iter().zip(&farkas).filter(|(_, x)| **x > Rational::ZERO);
                ConeVerdict::Empty(nonzero.map(|(&(i, _), x)| (i, scaled_integer(x, &scale))).collect())
            }
            LpVerdict::Unbounded { .. } | LpVerdict::AboveCutoff { .. } => unreachable!("a feasibility problem without cutoff"),
        }
    }
}

#[cfg(test)]
mod tests;
