//! Checks of verdicts by substitution into the definitions, without reference to how they were found.

use super::{LinearProgram, LpVerdict, Row, RowKind};
use crate::exact::{Integer, Rational};

fn product(coefficients: &[Integer], v: &[Rational]) -> Rational {
    coefficients.iter().zip(v).filter(|(g, x)| !g.is_zero() && !x.is_zero()).fold(Rational::ZERO, |sum, (g, x)| sum + x * g)
}

/// The cost of the gap `h − g·v` in a row, `None` for a violated hard row.
fn cost(row: &Row, gap: &Rational) -> Option<Rational> {
    match &row.kind {
        RowKind::AtLeast => (*gap <= Rational::ZERO).then_some(Rational::ZERO),
        RowKind::Equal => gap.is_zero().then_some(Rational::ZERO),
        RowKind::Penalty { below, above } => Some(if *gap > Rational::ZERO { below * gap } else { -(above * gap) }),
    }
}

impl LinearProgram {
    /// `c·v + Σ pen_i(h_i − g_i·v)`, or `None` if `v` violates a hard row.
    #[must_use]
    pub fn value_at(&self, v: &[Rational]) -> Option<Rational> {
        self.rows.iter().try_fold(product(&self.objective, v), |sum, row| {
            Some(sum + cost(row, &(Rational::from(row.rhs.clone()) - product(&row.coefficients, v)))?)
        })
    }

    /// `h·l` if `l` is feasible for the dual: within its bounds, and `Σ l_i g_i = c`.
    #[must_use]
    pub fn dual_value(&self, l: &[Rational]) -> Option<Rational> {
        let in_bounds = l.len() == self.rows.len()
            && self.rows.iter().zip(l).all(|(row, x)| {
                let (lower, upper) = row.kind.bounds();
                lower.is_none_or(|b| *x >= b) && upper.is_none_or(|b| *x <= b)
            });
        (in_bounds && self.combines_to(l, &self.objective)).then(|| self.rhs_product(l))
    }

    fn rhs_product(&self, l: &[Rational]) -> Rational {
        self.rows.iter().zip(l).filter(|(_, x)| !x.is_zero()).fold(Rational::ZERO, |sum, (row, x)| sum + x * &row.rhs)
    }

    fn combines_to(&self, l: &[Rational], target: &[Integer]) -> bool {
        target.iter().enumerate().all(|(j, t)| {
            let sum = self.rows.iter().zip(l).filter(|(_, x)| !x.is_zero()).fold(Rational::ZERO, |sum, (row, x)| sum + x * &row.coefficients[j]);
            sum == Rational::from(t.clone())
        })
    }

    /// Whether `verdict` proves what it says, checked from the definitions in [`LpVerdict`].
    #[must_use]
    pub fn verify(&self, verdict: &LpVerdict) -> bool {
        let q = self.objective.len();
        match verdict {
            LpVerdict::Optimal(optimum) => {
                optimum.point.len() == q
                    && self.value_at(&optimum.point).as_ref() == Some(&optimum.value)
                    && self.dual_value(&optimum.multipliers).as_ref() == Some(&optimum.value)
            }
            LpVerdict::Infeasible { farkas } => {
                let signs = self.rows.iter().zip(farkas).all(|(row, x)| match row.kind {
                    RowKind::AtLeast => *x >= Rational::ZERO,
                    RowKind::Equal => true,
                    RowKind::Penalty { .. } => x.is_zero(),
                });
                farkas.len() == self.rows.len()
                    && signs
                    && self.combines_to(farkas, &vec![Integer::ZERO; q])
                    && self.rhs_product(farkas) > Rational::ZERO
            }
            LpVerdict::Unbounded { point, ray } => {
                let slope =
                    self.rows.iter().try_fold(product(&self.objective, ray), |sum, row| Some(sum + cost(row, &-product(&row.coefficients, ray))?));
                point.len() == q && ray.len() == q && self.value_at(point).is_some() && slope.is_some_and(|s| s < Rational::ZERO)
            }
            LpVerdict::AboveCutoff { multipliers, bound } => self.dual_value(multipliers).as_ref() == Some(bound),
        }
    }
}
