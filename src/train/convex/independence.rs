//! Whether equations are linearly independent, modulo a prime: if they are there, they are over the rationals.

use super::program::{Cut, Program};

/// 2⁶¹ − 1.
const PRIME: u64 = (1 << 61) - 1;

/// Equations of a path, reduced: each has a 1 in a column where the later ones have 0.
#[derive(Debug, Clone, Default)]
pub(super) struct Independence {
    rows: Vec<(usize, Vec<u64>)>,
}

impl Independence {
    /// With one more equation; `None` if it seems to depend on the others.
    pub(super) fn with(&self, program: &Program<'_, '_>, cut: &Cut) -> Option<Self> {
        let mut row = program.residues(cut, PRIME);
        for (column, other) in &self.rows {
            let factor = row[*column];
            if factor != 0 {
                row.iter_mut().zip(other).for_each(|(v, o)| *v = minus(*v, times(factor, *o)));
            }
        }
        let column = row.iter().position(|v| *v != 0)?;
        let inverse = power(row[column], PRIME - 2);
        row.iter_mut().for_each(|v| *v = times(*v, inverse));
        let mut rows = self.rows.clone();
        rows.push((column, row));
        Some(Independence { rows })
    }
}

fn minus(a: u64, b: u64) -> u64 {
    if a >= b { a - b } else { a + PRIME - b }
}

#[expect(clippy::cast_possible_truncation, reason = "less than the prime")]
fn times(a: u64, b: u64) -> u64 {
    (u128::from(a) * u128::from(b) % u128::from(PRIME)) as u64
}

fn power(base: u64, mut exponent: u64) -> u64 {
    let (mut square, mut result) = (base, 1);
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = times(result, square);
        }
        square = times(square, square);
        exponent >>= 1;
    }
    result
}
