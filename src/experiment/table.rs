//! Rows that were measured, by the names of their columns.

use std::collections::BTreeMap;

/// A table of texts with named columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The rows, as long as the columns.
    pub rows: Vec<Vec<String>>,
}

/// A row with its columns' names.
#[derive(Debug, Clone, Copy)]
pub struct Row<'t> {
    table: &'t Table,
    row: &'t [String],
}

impl<'t> Row<'t> {
    /// The field of that column; empty if there is no such column.
    #[must_use]
    pub fn text(&self, column: &str) -> &'t str {
        self.table.columns.iter().position(|name| name == column).map_or("", |place| &self.row[place])
    }

    /// The field as a number; `None` if it is none, or not finite.
    #[must_use]
    pub fn number(&self, column: &str) -> Option<f64> {
        self.text(column).parse().ok().filter(|value: &f64| value.is_finite())
    }
}

impl Table {
    /// The rows.
    pub fn iter(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|row| Row { table: self, row })
    }

    /// The rows whose fields in these columns are such.
    pub fn select<'t>(&'t self, wanted: &[(&str, &str)]) -> Vec<Row<'t>> {
        self.iter().filter(|row| wanted.iter().all(|(column, text)| row.text(column) == *text)).collect()
    }

    /// The rows by their fields in these columns, in the order of first appearance.
    #[must_use]
    pub fn group(&self, columns: &[&str]) -> Vec<(Vec<String>, Vec<Row<'_>>)> {
        let mut places: BTreeMap<Vec<String>, usize> = BTreeMap::new();
        let mut groups: Vec<(Vec<String>, Vec<Row<'_>>)> = Vec::new();
        for row in self.iter() {
            let key: Vec<String> = columns.iter().map(|column| row.text(column).to_owned()).collect();
            let place = *places.entry(key.clone()).or_insert_with(|| {
                groups.push((key, Vec::new()));
                groups.len() - 1
            });
            groups[place].1.push(row);
        }
        groups
    }
}
