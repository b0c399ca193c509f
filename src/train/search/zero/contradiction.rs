//! The few rows that a float solver believes to contradict each other, as a proof.
//!
//! Let `C` be the cuts `g_c·v ≥ h_c` among them and `B` the unknowns whose bounds `v_i ≥ 0` are. Multipliers `l` of the cuts with `Σ l_c g_ci = 0` for all unknowns outside `B`, and at most 0 for those in
//! `B`, contradict the cuts if `Σ l_c h_c > 0` and no inequality has a negative one. The equations have as few unknowns as there are cuts.

use super::Stopped;
use super::program::Program;
use crate::exact::{Echelon, Integer, Rational};
use crate::optimize::lp::{LpVerdict, RowKind};

impl Program<'_, '_> {
    /// Farkas multipliers of all cuts, if the rows (cuts first, then the bounds in their order) do contradict each other.
    pub(super) fn contradiction(&self, rows: &[usize]) -> Result<Option<Vec<Rational>>, Stopped> {
        let chosen: Vec<usize> = rows.iter().copied().filter(|&row| row < self.cuts.len()).collect();
        let determined = self.determined(rows, &chosen)?;
        if determined.is_some() { Ok(determined) } else { self.among(&chosen) }
    }

    /// The multipliers if some of these cuts contradict each other and the bounds: a program much smaller than that of the node.
    fn among(&self, chosen: &[usize]) -> Result<Option<Vec<Rational>>, Stopped> {
        let mut program = self.exact();
        let bounds = program.rows.split_off(self.cuts.len());
        program.rows = chosen.iter().map(|&c| self.exact_row(&self.cuts[c])).chain(bounds).collect();
        let LpVerdict::Infeasible { farkas: multipliers } = program.solve_unless(None, self.stop).ok_or(Stopped)? else { return Ok(None) };
        let mut farkas = vec![Rational::ZERO; self.cuts.len()];
        chosen.iter().zip(multipliers).for_each(|(&c, l)| farkas[c] = l);
        Ok(Some(farkas))
    }

    /// The multipliers if the rows determine them but for a factor.
    fn determined(&self, rows: &[usize], chosen: &[usize]) -> Result<Option<Vec<Rational>>, Stopped> {
        let bounded: Vec<usize> = self.bounded_unknowns().collect();
        let mut at_bound = vec![false; self.unknowns];
        rows.iter().filter(|&&row| row >= self.cuts.len()).for_each(|&row| at_bound[bounded[row - self.cuts.len()]] = true);
        let cuts: Vec<_> = chosen.iter().map(|&c| self.exact_row(&self.cuts[c])).collect();
        let column = |i: usize| cuts.iter().map(|cut| cut.coefficients[i].clone()).collect::<Vec<Integer>>();
        let equations = (0..self.unknowns).filter(|&i| !at_bound[i]).map(column).filter(|row| row.iter().any(|v| !v.is_zero()));
        let mut kernel = Echelon::new_unless(equations.collect(), cuts.len(), self.stop).ok_or(Stopped)?.kernel(cuts.len());
        let Some(mut multipliers) = kernel.pop().filter(|_| kernel.is_empty()) else { return Ok(None) };
        let sum = |values: &mut dyn Iterator<Item = &Integer>, l: &[Integer]| values.zip(l).fold(Integer::ZERO, |sum, (v, l)| sum + v * l);
        let gain = sum(&mut cuts.iter().map(|cut| &cut.rhs), &multipliers);
        if gain < Integer::ZERO {
            multipliers.iter_mut().for_each(|l| *l = -std::mem::take(l));
        }
        let signs = cuts.iter().zip(&multipliers).all(|(cut, l)| cut.kind == RowKind::Equal || *l >= Integer::ZERO);
        let bounds =
            (0..self.unknowns).filter(|&i| at_bound[i]).all(|i| sum(&mut cuts.iter().map(|cut| &cut.coefficients[i]), &multipliers) <= Integer::ZERO);
        if gain.is_zero() || !signs || !bounds {
            return Ok(None);
        }
        let mut farkas = vec![Rational::ZERO; self.cuts.len()];
        chosen.iter().zip(multipliers).for_each(|(&c, l)| farkas[c] = Rational::from(l));
        Ok(Some(farkas))
    }
}
