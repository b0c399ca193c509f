//! A float point whose network seems to have no error, as an exact network.
//!
//! The point says of each neuron at which sites it is on, off, or at its breakline. Let the network's values at all sites be the targets, and the neurons 0 at their breaklines' sites: that is a system of
//! linear equations in the unknowns. If its solution is a network without error, by the definition, then that is what was looked for.

use super::program::{Cut, Program};
use super::{Solution, Stopped};
use crate::exact::{Echelon, Integer, Rational};
use crate::instance::Activation;
use crate::optimize::lp::RowKind;
use crate::train::search::State;

/// Values below this, in units of the largest one of their neuron, are taken for 0.
const ZERO: f64 = 1e-6;

impl Program<'_, '_> {
    /// Whether the exact program is cheap.
    pub(super) fn is_small(&self) -> bool {
        /// Unknowns.
        const SMALL: usize = 40;
        self.unknowns <= SMALL
    }

    /// The network without error that a float point suggests, if there is one.
    pub(super) fn polished(&self, point: &[f64]) -> Result<Option<Solution>, Stopped> {
        if self.model.activation() == Activation::Threshold {
            return Ok(None);
        }
        let states: Vec<Vec<Option<bool>>> = (0..self.blocks.len()).map(|j| self.suggested(point, j)).collect();
        let mut rows: Vec<Vec<Integer>> = (0..self.model.sites()).map(|site| self.equation(site, &states)).collect();
        // Without the breaklines' equations, if they are too many.
        let least = rows.len();
        rows.extend((0..states.len()).flat_map(|j| self.breaklines(j, &states[j])));
        for count in [rows.len(), least] {
            let echelon = Echelon::new_unless(rows[..count].to_vec(), self.unknowns, self.stop).ok_or(Stopped)?;
            let point = echelon.solution(self.unknowns, self.unknowns, |_| Rational::ZERO);
            let solution = point.map(|point| self.solution(&point)).filter(|solution| solution.is_exact(self.model));
            if solution.is_some() {
                return Ok(solution);
            }
        }
        Ok(None)
    }

    /// Where a neuron is on, off, or neither.
    fn suggested(&self, point: &[f64], j: usize) -> Vec<Option<bool>> {
        let values: Vec<f64> = (0..self.model.sites()).map(|site| self.float_range(point, j, site).2).collect();
        let largest = values.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
        values.into_iter().map(|v| (v.abs() > ZERO * largest).then_some(v > 0.0)).collect()
    }

    /// `φ_s = y_s` with the neurons that are on there.
    fn equation(&self, site: usize, states: &[Vec<Option<bool>>]) -> Vec<Integer> {
        let template = self.exact_row(&Cut { site, positive: true, equation: true, pieces: Vec::new() });
        debug_assert_eq!(template.kind, RowKind::Equal);
        let mut row = template.coefficients;
        for (j, block) in self.blocks.iter().enumerate() {
            let on = states[j][site] == Some(true);
            for i in 0..block.unknowns {
                let value = if on { self.node.cones[j].exact_value(self.model, Self::generator(*block, i), site) } else { Integer::ZERO };
                row[block.start + i] = if self.node.plus[j] { value } else { -value };
            }
        }
        row.push(template.rhs);
        row
    }

    /// The equations of the sites at a neuron's breakline.
    fn breaklines(&self, j: usize, states: &[Option<bool>]) -> impl Iterator<Item = Vec<Integer>> {
        let block = self.blocks[j];
        let undecided = move |site: &usize| states[*site].is_none() && self.node.cones[j].states[*site] == State::Undecided;
        (0..states.len()).filter(undecided).map(move |site| {
            let mut row = vec![Integer::ZERO; self.unknowns + 1];
            for i in 0..block.unknowns {
                row[block.start + i] = self.node.cones[j].exact_value(self.model, Self::generator(block, i), site);
            }
            row
        })
    }
}
