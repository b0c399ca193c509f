//! Linear programs over rationals with unknowns by name.

use super::q;
use crate::exact::{Integer, Rational, common_denominator, scaled_integer};
use crate::optimize::lp::{LinearProgram, LpVerdict, Row, RowKind};
use std::collections::BTreeMap;

/// The same positive multiple of all numbers.
pub(super) fn integral(values: &[Rational]) -> Vec<Integer> {
    let scale = common_denominator(values);
    values.iter().map(|v| scaled_integer(v, &scale)).collect()
}

/// Linear expressions in numbered unknowns.
pub(super) type Expression = BTreeMap<usize, Rational>;

#[derive(Default)]
pub(super) struct Program {
    pub(super) unknowns: usize,
    pub(super) rows: Vec<(Expression, RowKind, Rational)>,
}

impl Program {
    pub(super) fn unknown(&mut self) -> usize {
        self.unknowns += 1;
        self.unknowns - 1
    }

    pub(super) fn at_least(&mut self, terms: impl IntoIterator<Item = (usize, Rational)>, rhs: i64) {
        self.rows.push((collected(terms), RowKind::AtLeast, q(rhs)));
    }

    pub(super) fn integral_row(&self, expression: &Expression, rhs: &Rational) -> (Vec<Integer>, Integer) {
        let mut row = vec![Rational::ZERO; self.unknowns + 1];
        expression.iter().for_each(|(&unknown, value)| row[unknown] = value.clone());
        row[self.unknowns] = rhs.clone();
        let mut row = integral(&row);
        let rhs = row.pop().unwrap();
        (row, rhs)
    }

    /// An optimal point, if there is one.
    pub(super) fn minimise(&self, objective: &Expression) -> Option<Vec<Rational>> {
        let rows = self.rows.iter().map(|(expression, kind, rhs)| {
            let (coefficients, rhs) = self.integral_row(expression, rhs);
            Row { coefficients, rhs, kind: kind.clone() }
        });
        let program = LinearProgram { objective: self.integral_row(objective, &Rational::ZERO).0, rows: rows.collect() };
        match program.solve() {
            LpVerdict::Optimal(optimum) => Some(optimum.point),
            LpVerdict::Infeasible { .. } => None,
            other => panic!("{other:?}"),
        }
    }
}

pub(super) fn collected(terms: impl IntoIterator<Item = (usize, Rational)>) -> Expression {
    let mut expression = Expression::new();
    for (unknown, value) in terms {
        *expression.entry(unknown).or_insert(Rational::ZERO) += value;
    }
    expression
}

pub(super) fn minus(a: usize) -> (usize, Rational) {
    (a, q(-1))
}

pub(super) fn plus(a: usize) -> (usize, Rational) {
    (a, q(1))
}
