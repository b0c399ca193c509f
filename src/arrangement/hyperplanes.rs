//! The distinct hyperplanes of a list of rows, in coordinates of the row space.

use super::ArrangementError;
use crate::exact::{Integer, IntegerRows, IntegerVector, independent_columns};
use dashu_base::{Abs, Gcd};
use std::collections::HashMap;

/// Rows grouped by the hyperplane they describe: parallel rows describe the same one.
#[derive(Debug, Clone)]
pub(super) struct Hyperplanes {
    /// One row a hyperplane (the first that describes it), on the kept columns only.
    pub(super) rows: IntegerRows,
    /// The columns of the rows that were given.
    columns: usize,
    /// A maximal set of linearly independent columns: vectors supported on them attain all values of the rows.
    kept: Vec<usize>,
    /// For every given row, its hyperplane and whether it is a negative multiple of that hyperplane's first row.
    pub(super) of_row: Vec<(usize, bool)>,
    /// For every hyperplane, the given rows that describe it, increasing.
    pub(super) members: Vec<Vec<usize>>,
}

impl Hyperplanes {
    pub(super) fn new(rows: &IntegerRows) -> Result<Self, ArrangementError> {
        if rows.is_empty() {
            return Err(ArrangementError::NoRow);
        }
        let kept = independent_columns((0..rows.len()).map(|i| rows.row(i).to_vec()).collect());
        let mut seen: HashMap<Vec<Integer>, (usize, bool)> = HashMap::new();
        let (mut distinct, mut of_row, mut members) = (Vec::new(), Vec::new(), Vec::<Vec<usize>>::new());
        for i in 0..rows.len() {
            let reduced: Vec<Integer> = kept.iter().map(|&c| rows.row(i)[c].clone()).collect();
            // A combination of the kept columns makes up each other column, so a row that vanishes on them vanishes.
            let (direction, reversed) = primitive(&reduced).ok_or(ArrangementError::ZeroRow { row: i })?;
            let &mut (class, first_reversed) = seen.entry(direction).or_insert((distinct.len(), reversed));
            if class == distinct.len() {
                distinct.push(reduced);
                members.push(Vec::new());
            }
            members[class].push(i);
            of_row.push((class, reversed != first_reversed));
        }
        Ok(Hyperplanes { rows: IntegerRows::new(distinct, kept.len()), columns: rows.columns(), kept, of_row, members })
    }

    /// A vector in the coordinates of the given rows from one on the kept columns.
    pub(super) fn lift(&self, v: &[Integer]) -> IntegerVector {
        let mut full = vec![Integer::ZERO; self.columns];
        for (&c, value) in self.kept.iter().zip(v) {
            full[c] = value.clone();
        }
        IntegerVector::new(full)
    }
}

/// The primitive integer vector (greatest common divisor 1, first non-zero entry positive) that spans the same line as `v`, and whether
/// it points the other way; `None` for zero.
pub(super) fn primitive(v: &[Integer]) -> Option<(Vec<Integer>, bool)> {
    let reversed = *v.iter().find(|x| !x.is_zero())? < Integer::ZERO;
    let mut divisor = Integer::ZERO;
    for x in v.iter().filter(|x| !x.is_zero()) {
        divisor = if divisor.is_zero() { x.clone().abs() } else { Integer::from((&divisor).gcd(x)) };
        if divisor.is_one() {
            break;
        }
    }
    if reversed {
        divisor = -divisor;
    }
    Some((if divisor.is_one() { v.to_vec() } else { v.iter().map(|x| x / &divisor).collect() }, reversed))
}
