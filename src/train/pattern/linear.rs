//! Absolute and maximum loss: linear programs over the product of the cells.

use super::{Pattern, PatternSpace};
use crate::exact::{Integer, Rational};
use crate::instance::Loss;
use crate::network::Network;
use crate::optimize::lp::{LinearProgram, LpVerdict, Row, RowKind};

impl PatternSpace<'_> {
    /// The network of least absolute or maximum loss, or `None` if that loss is at least `cutoff` or `stop` said to give up.
    pub(super) fn least_deviation(
        &self,
        patterns: &[Pattern<'_>],
        plus: &[bool],
        cutoff: Option<&Rational>,
        stop: &dyn Fn() -> bool,
    ) -> Option<Network> {
        let maximum = self.instance.loss == Loss::Linf;
        let cells = self.cell_rows(patterns, plus);
        let unknowns = self.unknowns(patterns.len()) + usize::from(maximum);
        let mut rows: Vec<Row> = Vec::with_capacity(cells.len() + 2 * self.targets.len());
        for mut coefficients in cells {
            coefficients.resize(unknowns, Integer::ZERO);
            rows.push(Row { coefficients, rhs: Integer::ZERO, kind: RowKind::AtLeast });
        }
        for row in 0..self.design.rows().len() {
            let mut values = self.value_row(row, patterns);
            if maximum {
                // φ + t ≥ y and −φ + t ≥ −y, of which equal points need the extreme targets only.
                let targets = self.design.points_of_row(row).iter().map(|&i| &self.targets[i]);
                let (low, high) = (targets.clone().min().expect("a row has a point"), targets.max().expect("a row has a point"));
                let mut negated: Vec<Integer> = values.iter().map(|v| -v).collect();
                values.push(Integer::ONE);
                negated.push(Integer::ONE);
                rows.push(Row { coefficients: values, rhs: high.clone(), kind: RowKind::AtLeast });
                rows.push(Row { coefficients: negated, rhs: -low, kind: RowKind::AtLeast });
            } else {
                for &i in self.design.points_of_row(row) {
                    let kind = RowKind::Penalty { below: Rational::ONE, above: Rational::ONE };
                    rows.push(Row { coefficients: values.clone(), rhs: self.targets[i].clone(), kind });
                }
            }
        }
        let mut objective = vec![Integer::ZERO; unknowns];
        if maximum {
            objective[unknowns - 1] = Integer::ONE;
        }
        let scaled = cutoff.map(|cutoff| cutoff * Rational::from(self.target_scale.clone()));
        match (LinearProgram { objective, rows }).solve_unless(scaled.as_ref(), stop)? {
            LpVerdict::Optimal(optimum) => Some(self.network(patterns, plus, &optimum.point)),
            LpVerdict::AboveCutoff { .. } => None,
            LpVerdict::Infeasible { .. } | LpVerdict::Unbounded { .. } => {
                unreachable!("the apex of the cones is feasible and the loss is nonnegative")
            }
        }
    }
}
