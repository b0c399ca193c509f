//! Proposed dual vectors for absolute and maximum loss: a tuple's linear program, solved in floats.
//!
//! What comes out is a conjecture, from which [`Deviation`](super::deviation::Deviation) draws a bound with a proof.

use super::accumulate::Accumulator;
use super::problem::{Problem, terms};
use crate::instance::Loss;
use crate::optimize::lp::{FloatProgram, LpProposer, Proposal};

/// The linear program of a tuple without its cells' conditions, to which conditions can be added, and scratch space.
#[derive(Debug, Default)]
pub(super) struct DualProgram {
    size: usize,
    maximum: bool,
    points: usize,
    objective: Vec<f64>,
    rows: Vec<f64>,
    rhs: Vec<f64>,
    lower: Vec<f64>,
    upper: Vec<f64>,
    proposer: LpProposer,
    dual: Vec<f64>,
}

impl DualProgram {
    /// Writes the rows of the data points.
    pub(super) fn start<A: Accumulator>(&mut self, problem: &Problem<'_, A>, tuple: &[u32]) {
        self.maximum = problem.space.instance().loss == Loss::Linf;
        self.size = problem.view.unknowns(tuple.len());
        self.points = problem.view.targets.len();
        let columns = self.columns();
        self.objective.clear();
        self.objective.resize(columns, 0.0);
        for list in [&mut self.rows, &mut self.rhs, &mut self.lower, &mut self.upper] {
            list.clear();
        }
        for &(row, y) in &problem.view.targets {
            // |y − φ| as a penalty, or φ + t ≥ y and −φ + t ≥ −y.
            for &sign in if self.maximum { [1.0, -1.0].as_slice() } else { &[1.0] } {
                let start = self.rows.len();
                self.rows.resize(start + columns, 0.0);
                terms(problem, tuple, row).for_each(|(c, f)| self.rows[start + c] = sign * f);
                self.rhs.push(sign * y);
                if self.maximum {
                    self.rows[start + self.size] = 1.0;
                    self.lower.push(0.0);
                    self.upper.push(f64::INFINITY);
                } else {
                    self.lower.push(-1.0);
                    self.upper.push(1.0);
                }
            }
        }
        if self.maximum {
            self.objective[self.size] = 1.0;
        }
    }

    fn columns(&self) -> usize {
        self.size + usize::from(self.maximum)
    }

    fn point_rows(&self) -> usize {
        if self.maximum { 2 * self.points } else { self.points }
    }

    /// Proposes a dual vector under the additional conditions `g·z ≥ 0` for the rows `conditions` (flat); false if the floats got nowhere.
    pub(super) fn solve(&mut self, conditions: &[f64], cutoff: f64) -> bool {
        let columns = self.columns();
        let kept = self.point_rows();
        self.rows.truncate(kept * columns);
        for list in [&mut self.rhs, &mut self.lower, &mut self.upper] {
            list.truncate(kept);
        }
        for row in conditions.chunks(self.size.max(1)) {
            self.rows.extend_from_slice(row);
            self.rows.extend(self.maximum.then_some(0.0));
            self.rhs.push(0.0);
            self.lower.push(0.0);
            self.upper.push(f64::INFINITY);
        }
        let program = FloatProgram { objective: &self.objective, coefficients: &self.rows, rhs: &self.rhs, lower: &self.lower, upper: &self.upper };
        let proposal = self.proposer.solve(program, None, cutoff * (1.0 + 1e-9));
        matches!(proposal, Proposal::Optimal | Proposal::AboveCutoff)
    }

    /// The proposed dual vector, one entry a point.
    pub(super) fn dual(&mut self) -> &[f64] {
        let multipliers = self.proposer.multipliers();
        self.dual.clear();
        if self.maximum {
            self.dual.extend(multipliers[..2 * self.points].chunks(2).map(|pair| pair[0] - pair[1]));
        } else {
            self.dual.extend_from_slice(&multipliers[..self.points]);
        }
        &self.dual
    }

    /// The proposed multipliers of the conditions of the last solve.
    pub(super) fn condition_multipliers(&self) -> &[f64] {
        &self.proposer.multipliers()[self.point_rows()..]
    }
}
