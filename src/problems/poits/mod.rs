//! Positive One-In-Three 3-SAT: clauses of three positive literals, of which exactly one must be true.
//!
//! NP-complete (T. J. Schaefer, *The complexity of satisfiability problems*, STOC 1978). A variable may stand in a clause more than once; each occurrence counts,
//! so that `(x, x, x)` can't be satisfied and `(x, x, y)` only by `x` false, `y` true.

mod dimacs;
mod solve;

use super::solution::{Entry, numbers};
use super::{Problem, SourceError};
use crate::exact::Natural;
use std::ops::ControlFlow;
use thiserror::Error;

/// A formula.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Poits {
    variables: usize,
    clauses: Vec<[usize; 3]>,
}

/// A clause names a variable that there is not.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("clause {clause} names variable {variable}, the formula has {variables}")]
pub struct PoitsError {
    /// The clause's number, from 1.
    pub clause: usize,
    /// The variable it names, from 1.
    pub variable: usize,
    /// The number of variables.
    pub variables: usize,
}

impl Poits {
    /// A formula in `variables` variables, numbered from 0.
    ///
    /// # Errors
    /// [`PoitsError`] if a clause names another variable.
    pub fn new(variables: usize, clauses: Vec<[usize; 3]>) -> Result<Self, PoitsError> {
        for (c, clause) in clauses.iter().enumerate() {
            if let Some(&v) = clause.iter().find(|&&v| v >= variables) {
                return Err(PoitsError { clause: c + 1, variable: v + 1, variables });
            }
        }
        Ok(Poits { variables, clauses })
    }

    /// The number of variables.
    #[must_use]
    pub fn variables(&self) -> usize {
        self.variables
    }

    /// The clauses: their variables, numbered from 0.
    #[must_use]
    pub fn clauses(&self) -> &[[usize; 3]] {
        &self.clauses
    }

    /// The position of the only true literal of each clause, or `None` if some clause has none or several.
    ///
    /// # Examples
    /// ```
    /// use relus::problems::Poits;
    /// let formula = Poits::new(2, vec![[0, 0, 1]]).unwrap();
    /// assert_eq!(formula.true_positions(&[false, true]), Some(vec![2]));
    /// assert_eq!(formula.true_positions(&[true, false]), None);
    /// ```
    ///
    /// # Panics
    /// If there is not one value for each variable.
    #[must_use]
    pub fn true_positions(&self, assignment: &[bool]) -> Option<Vec<usize>> {
        assert_eq!(assignment.len(), self.variables, "one value a variable");
        let position = |clause: &[usize; 3]| {
            let mut positions = (0..3).filter(|&i| assignment[clause[i]]);
            positions.next().filter(|_| positions.next().is_none())
        };
        self.clauses.iter().map(position).collect()
    }
}

impl Poits {
    /// Reads DIMACS CNF with three positive literals a clause.
    ///
    /// # Errors
    /// [`SourceError`] names the line and what is wrong with it.
    ///
    /// # Examples
    /// ```
    /// use relus::problems::{Poits, Problem};
    /// let formula = Poits::from_dimacs("p cnf 2 1\n1 1 2 0\n").unwrap();
    /// assert_eq!(formula.solutions(10), [vec![false, true]]);
    /// assert!(Poits::from_dimacs("p cnf 2 1\n1 -1 2 0\n").is_err());
    /// ```
    pub fn from_dimacs(text: &str) -> Result<Self, SourceError> {
        dimacs::parse(text)
    }

    /// The formula as DIMACS CNF.
    #[must_use]
    pub fn to_dimacs(&self) -> String {
        dimacs::write(self)
    }
}

impl Problem for Poits {
    type Solution = Vec<bool>;
    const NAME: &'static str = "poits";

    fn to_text(&self) -> String {
        self.to_dimacs()
    }

    fn solution_to_text(&self, assignment: &Vec<bool>) -> String {
        let literal = |(v, &value): (usize, &bool)| format!(" {}{}", if value { "" } else { "-" }, v + 1);
        format!("v{} 0\n", assignment.iter().enumerate().map(literal).collect::<String>())
    }

    fn parse_solution(&self, text: &str) -> Result<Vec<bool>, SourceError> {
        let mut values = vec![None; self.variables];
        for Entry { value, line } in numbers(text)? {
            let variable = usize::try_from(value.unsigned_abs()).ok().filter(|v| (1..=self.variables).contains(v));
            let variable = variable.ok_or_else(|| line.error(format!("literal {value} is none of the {} variables", self.variables)))?;
            if values[variable - 1].replace(value > 0).is_some_and(|old| old != (value > 0)) {
                return Err(line.error(format!("variable {variable} is both true and false")));
            }
        }
        let missing = values.iter().position(Option::is_none);
        missing.map_or(Ok(()), |v| Err(SourceError { line: None, message: format!("variable {} has no value", v + 1) }))?;
        Ok(values.into_iter().flatten().collect())
    }

    fn is_solved_by(&self, assignment: &Vec<bool>) -> bool {
        assignment.len() == self.variables && self.true_positions(assignment).is_some()
    }

    fn each_solution(&self, visit: &mut dyn FnMut(Vec<bool>) -> ControlFlow<()>) {
        solve::each(self, &mut |solution| visit(solution.to_vec()));
    }

    fn count_solutions(&self) -> Natural {
        solve::count(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clause_beyond_the_variables_is_refused() {
        let error = Poits::new(2, vec![[0, 1, 1], [0, 2, 1]]).unwrap_err();
        assert_eq!(error.to_string(), "clause 2 names variable 3, the formula has 2");
    }

    /// Origin: by hand.
    #[test]
    fn exactly_one_literal_is_true() {
        let formula = Poits::new(3, vec![[0, 1, 2], [2, 1, 0]]).unwrap();
        assert_eq!(formula.true_positions(&[true, false, false]), Some(vec![0, 2]));
        assert_eq!(formula.true_positions(&[true, true, false]), None);
        assert_eq!(formula.true_positions(&[false; 3]), None);
        assert_eq!(Poits::new(1, vec![[0; 3]]).unwrap().true_positions(&[true]), None);
    }
}
