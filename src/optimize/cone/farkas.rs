//! The exact coefficients of a linear dependence whose support is proposed.

use crate::exact::{Echelon, Integer, IntegerRows, Rational, common_denominator, scaled_integer};

/// Multipliers `λ > 0` of `target` and some of the rows `basis` with `Σ λ_i s_i g_i = 0`, if `-s·g` of the target is a non-negative
/// combination of those rows and they are independent.
pub(super) fn combine(rows: &IntegerRows, target: (usize, bool), basis: &[(usize, bool)]) -> Option<Vec<(usize, Integer)>> {
    let p = basis.len();
    let signed = |(i, positive): (usize, bool), j: usize| if positive { rows.row(i)[j].clone() } else { -&rows.row(i)[j] };
    let equations = (0..rows.columns()).map(|j| basis.iter().map(|&b| signed(b, j)).chain([-signed(target, j)]).collect()).collect();
    let solution = Echelon::new(equations, p).solution(p, p, |_| Rational::ZERO)?;
    if solution.iter().any(|x| *x < Rational::ZERO) {
        return None;
    }
    let scale = common_denominator(&solution);
    let mut multipliers = vec![(target.0, scale.clone())];
    multipliers.extend(basis.iter().zip(&solution).filter(|(_, x)| !x.is_zero()).map(|(b, x)| (b.0, scaled_integer(x, &scale))));
    Some(multipliers)
}
