//! Squared loss: least squares over the product of the cells.

use super::{Pattern, PatternSpace};
use crate::exact::{Integer, Rational};
use crate::network::Network;
use crate::optimize::qp::ConeLeastSquares;

impl PatternSpace<'_> {
    /// The normal equations' matrix `H = AᵀA` and right-hand side `g = Aᵀy` of a tuple, in integers, with `y` times the target scale.
    fn normal_equations(&self, patterns: &[Pattern<'_>]) -> (Vec<Vec<Integer>>, Vec<Integer>) {
        let unknowns = self.unknowns(patterns.len());
        let mut hessian = vec![vec![Integer::ZERO; unknowns]; unknowns];
        let mut linear = vec![Integer::ZERO; unknowns];
        for row in 0..self.design.rows().len() {
            let values = self.value_row(row, patterns);
            let points = self.design.points_of_row(row);
            let target = points.iter().fold(Integer::ZERO, |sum, &i| sum + &self.targets[i]);
            let multiplicity = Integer::from(points.len());
            let support: Vec<usize> = (0..unknowns).filter(|&c| !values[c].is_zero()).collect();
            for &c in &support {
                linear[c] += &values[c] * &target;
                let weighted = &values[c] * &multiplicity;
                for &e in &support {
                    hessian[c][e] += &weighted * &values[e];
                }
            }
        }
        (hessian, linear)
    }

    /// The best network, if its loss is below `cutoff`.
    pub(super) fn least_squares(&self, patterns: &[Pattern<'_>], plus: &[bool], cutoff: Option<&Rational>) -> Option<Network> {
        let (hessian, linear) = self.normal_equations(patterns);
        let optimum = ConeLeastSquares { hessian, linear, rows: self.cell_rows(patterns, plus) }.solve();
        if let Some(cutoff) = cutoff {
            // The loss is y·y − gain, in units of the target scale: much cheaper than the network's values.
            let total = self.targets.iter().fold(Integer::ZERO, |sum, y| sum + y * y);
            let scale = Rational::from(self.target_scale.clone());
            if Rational::from(total) - optimum.gain >= cutoff * scale.sqr() {
                return None;
            }
        }
        Some(self.network(patterns, plus, &optimum.point))
    }
}
