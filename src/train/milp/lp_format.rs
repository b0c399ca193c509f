//! The CPLEX LP format.
//!
//! Sections Minimize, Subject To, Bounds, Generals, End. Every column states its bounds. Lines are broken after a few terms, as some readers
//! limit their length. Format: the CPLEX documentation of LP files.

use super::model::{ColumnId, MilpModel, Sense};
use super::numbers::{decimal, header};
use crate::exact::Rational;
use std::io;

/// Terms on one line.
const TERMS_A_LINE: usize = 6;

/// Writes `model` in the CPLEX LP format.
///
/// Numbers are exact decimals where those are short, else the nearest double; a comment at the head counts the latter.
///
/// # Errors
/// Those of the writer.
pub fn write_lp(model: &MilpModel, out: &mut impl io::Write) -> io::Result<()> {
    writeln!(out, "\\ {}", model.name)?;
    for line in header(model) {
        writeln!(out, "\\ {line}")?;
    }
    writeln!(out, "Minimize")?;
    let costs: Vec<(ColumnId, Rational)> = model
        .columns()
        .iter()
        .enumerate()
        .filter(|(_, column)| !column.objective.is_zero())
        .map(|(c, column)| (ColumnId(c), column.objective.clone()))
        .collect();
    write!(out, " obj:")?;
    write_terms(model, &costs, out)?;
    writeln!(out, "\nSubject To")?;
    for row in model.rows() {
        write!(out, " {}:", row.name)?;
        write_terms(model, &row.terms, out)?;
        let sense = match row.sense {
            Sense::AtMost => "<=",
            Sense::AtLeast => ">=",
            Sense::Equal => "=",
        };
        writeln!(out, " {sense} {}", decimal(&row.rhs).0)?;
    }
    writeln!(out, "Bounds")?;
    for column in model.columns() {
        let name = &column.name;
        match (&column.lower, &column.upper) {
            (None, None) => writeln!(out, " {name} free")?,
            (lower, upper) => {
                let lower = lower.as_ref().map_or("-inf".to_owned(), |bound| decimal(bound).0);
                let upper = upper.as_ref().map_or("+inf".to_owned(), |bound| decimal(bound).0);
                writeln!(out, " {lower} <= {name} <= {upper}")?;
            }
        }
    }
    if model.columns().iter().any(|column| column.integer) {
        writeln!(out, "Generals")?;
        for column in model.columns().iter().filter(|column| column.integer) {
            writeln!(out, " {}", column.name)?;
        }
    }
    writeln!(out, "End")
}

fn write_terms(model: &MilpModel, terms: &[(ColumnId, Rational)], out: &mut impl io::Write) -> io::Result<()> {
    if terms.is_empty() {
        // The format has no empty sum.
        return match model.columns().first() {
            Some(column) => write!(out, " + 0 {}", column.name),
            None => Ok(()),
        };
    }
    for (t, (column, coefficient)) in terms.iter().enumerate() {
        if t > 0 && t % TERMS_A_LINE == 0 {
            write!(out, "\n  ")?;
        }
        let text = decimal(coefficient).0;
        match text.strip_prefix('-') {
            Some(magnitude) => write!(out, " - {magnitude} {}", model.columns()[column.0].name)?,
            None => write!(out, " + {text} {}", model.columns()[column.0].name)?,
        }
    }
    Ok(())
}
