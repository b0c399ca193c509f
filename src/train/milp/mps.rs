//! Free-format MPS.
//!
//! Sections NAME, ROWS, COLUMNS (integer columns between `MARKER` lines), RHS, BOUNDS, ENDATA. Every column states its bounds, as the defaults of
//! readers differ for integer columns. Format: the CPLEX and HiGHS documentation of free MPS.

use super::model::{MilpModel, Sense};
use super::numbers::{decimal, header};
use crate::exact::Rational;
use std::io;

/// Writes `model` as free-format MPS; the objective is the row `obj`, to be minimised.
///
/// Numbers are exact decimals where those are short, else the nearest double; a comment at the head counts the latter.
///
/// # Errors
/// Those of the writer.
pub fn write_mps(model: &MilpModel, out: &mut impl io::Write) -> io::Result<()> {
    for line in header(model) {
        writeln!(out, "* {line}")?;
    }
    writeln!(out, "NAME {}", model.name)?;
    writeln!(out, "ROWS\n N obj")?;
    for row in model.rows() {
        let sense = match row.sense {
            Sense::AtMost => 'L',
            Sense::AtLeast => 'G',
            Sense::Equal => 'E',
        };
        writeln!(out, " {sense} {}", row.name)?;
    }

    let mut by_column: Vec<Vec<(&str, &Rational)>> = vec![Vec::new(); model.columns().len()];
    for row in model.rows() {
        for (column, coefficient) in &row.terms {
            by_column[column.0].push((&row.name, coefficient));
        }
    }
    writeln!(out, "COLUMNS")?;
    let mut integer = false;
    let mut markers = 0;
    for (column, entries) in model.columns().iter().zip(&by_column) {
        if column.integer != integer {
            writeln!(out, " MARKER{markers} 'MARKER' '{}'", if column.integer { "INTORG" } else { "INTEND" })?;
            integer = column.integer;
            markers += 1;
        }
        // The objective entry is written even if it is 0: it declares a column that is in no row.
        writeln!(out, " {} obj {}", column.name, decimal(&column.objective).0)?;
        for (row, coefficient) in entries {
            writeln!(out, " {} {row} {}", column.name, decimal(coefficient).0)?;
        }
    }
    if integer {
        writeln!(out, " MARKER{markers} 'MARKER' 'INTEND'")?;
    }

    writeln!(out, "RHS")?;
    for row in model.rows().iter().filter(|row| !row.rhs.is_zero()) {
        writeln!(out, " rhs {} {}", row.name, decimal(&row.rhs).0)?;
    }
    writeln!(out, "BOUNDS")?;
    for column in model.columns() {
        let name = &column.name;
        match (&column.lower, &column.upper) {
            (None, None) => writeln!(out, " FR bnd {name}")?,
            (lower, upper) => {
                match lower {
                    Some(lower) => writeln!(out, " LO bnd {name} {}", decimal(lower).0)?,
                    None => writeln!(out, " MI bnd {name}")?,
                }
                match upper {
                    Some(upper) => writeln!(out, " UP bnd {name} {}", decimal(upper).0)?,
                    None => writeln!(out, " PL bnd {name}")?,
                }
            }
        }
    }
    writeln!(out, "ENDATA")
}
