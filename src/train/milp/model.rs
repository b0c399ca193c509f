//! A mixed-integer linear program with rational coefficients: what is built once and then solved or written.

use crate::exact::Rational;
use dashu_base::Abs;

/// The number of a column of a [`MilpModel`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ColumnId(pub usize);

/// A variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name, unique in the model: letters, digits and underscores.
    pub name: String,
    /// The least value; `None` for −∞.
    pub lower: Option<Rational>,
    /// The greatest value; `None` for ∞.
    pub upper: Option<Rational>,
    /// Whether only integers are allowed. Integer columns have both bounds.
    pub integer: bool,
    /// The coefficient in the objective.
    pub objective: Rational,
}

/// How a row compares its sum with its right-hand side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sense {
    /// `Σ ≤ rhs`.
    AtMost,
    /// `Σ ≥ rhs`.
    AtLeast,
    /// `Σ = rhs`.
    Equal,
}

/// A linear constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its name, unique in the model.
    pub name: String,
    /// The terms `coefficient · column`; every column at most once, no coefficient 0.
    pub terms: Vec<(ColumnId, Rational)>,
    /// The comparison.
    pub sense: Sense,
    /// The right-hand side.
    pub rhs: Rational,
}

/// Minimise `Σ objective·column` subject to bounds, integrality and rows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MilpModel {
    /// The model's name: letters, digits and underscores.
    pub name: String,
    /// Lines that say what the model means; the writers put them at the head of the file.
    pub comments: Vec<String>,
    columns: Vec<Column>,
    rows: Vec<Row>,
}

impl MilpModel {
    /// A model without columns and rows.
    #[must_use]
    pub fn new(name: String, comments: Vec<String>) -> Self {
        MilpModel { name, comments, columns: Vec::new(), rows: Vec::new() }
    }

    /// The columns.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The rows.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Adds a real column.
    pub fn real(&mut self, name: String, lower: Option<Rational>, upper: Option<Rational>) -> ColumnId {
        self.columns.push(Column { name, lower, upper, integer: false, objective: Rational::ZERO });
        ColumnId(self.columns.len() - 1)
    }

    /// Adds a column with values in {0, 1}.
    pub fn binary(&mut self, name: String) -> ColumnId {
        self.columns.push(Column { name, lower: Some(Rational::ZERO), upper: Some(Rational::ONE), integer: true, objective: Rational::ZERO });
        ColumnId(self.columns.len() - 1)
    }

    /// Sets a column's coefficient in the objective.
    ///
    /// # Panics
    /// If the model has no such column.
    pub fn cost(&mut self, column: ColumnId, coefficient: Rational) {
        self.columns[column.0].objective = coefficient;
    }

    /// Adds the row `Σ terms (sense) rhs`; terms of the same column are added up, zeros dropped.
    ///
    /// # Panics
    /// If the model lacks a column.
    pub fn constrain(&mut self, name: String, terms: impl IntoIterator<Item = (ColumnId, Rational)>, sense: Sense, rhs: Rational) {
        let mut merged: Vec<(ColumnId, Rational)> = Vec::new();
        for (column, coefficient) in terms {
            assert!(column.0 < self.columns.len(), "a row over the model's own columns");
            match merged.iter_mut().find(|(c, _)| *c == column) {
                Some((_, sum)) => *sum += coefficient,
                None => merged.push((column, coefficient)),
            }
        }
        merged.retain(|(_, coefficient)| !coefficient.is_zero());
        self.rows.push(Row { name, terms: merged, sense, rhs });
    }

    /// The objective at a point, exactly.
    ///
    /// # Panics
    /// If there is not one value a column.
    #[must_use]
    pub fn objective(&self, values: &[Rational]) -> Rational {
        assert_eq!(values.len(), self.columns.len(), "one value a column");
        self.columns.iter().zip(values).fold(Rational::ZERO, |sum, (column, value)| sum + &column.objective * value)
    }

    /// By how much a point misses a bound, an integer or a row at most, exactly: 0 if it is feasible.
    ///
    /// # Panics
    /// If there is not one value a column.
    #[must_use]
    pub fn max_violation(&self, values: &[Rational]) -> Rational {
        assert_eq!(values.len(), self.columns.len(), "one value a column");
        let mut worst = Rational::ZERO;
        let mut miss = |amount: Rational| {
            if amount > worst {
                worst = amount;
            }
        };
        for (column, value) in self.columns.iter().zip(values) {
            if let Some(lower) = &column.lower {
                miss(lower - value);
            }
            if let Some(upper) = &column.upper {
                miss(value - upper);
            }
            if column.integer {
                miss((value - Rational::from(value.round())).abs());
            }
        }
        for row in &self.rows {
            let sum = row.terms.iter().fold(Rational::ZERO, |sum, (column, coefficient)| sum + coefficient * &values[column.0]);
            match row.sense {
                Sense::AtMost => miss(sum - &row.rhs),
                Sense::AtLeast => miss(&row.rhs - sum),
                Sense::Equal => miss((sum - &row.rhs).abs()),
            }
        }
        worst
    }
}
