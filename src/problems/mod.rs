//! The combinatorial problems that the hardness reductions start from.
//!
//! Each is read from its usual file, checks solutions by its definition, and is solved exactly: one solution, all, or their number.

mod clique;
mod dimacs;
mod named;
mod poits;
mod random;
mod solution;

pub use clique::{Clique, CliqueError, Graph, parse_graph, write_dimacs};
pub use named::{
    NotCubic, complete_graph, cycle_graph, cyclic_triples, edge_colourings, fano_plane, flower_snark, generalized_petersen_graph, lcf_graph,
    perfect_matchings,
};
pub use poits::{Poits, PoitsError};
pub use random::{planted_formula, random_formula, random_graph};

use crate::exact::Natural;
use std::fmt::Debug;
use std::ops::ControlFlow;
use thiserror::Error;

/// A search problem with exact answers.
pub trait Problem {
    /// What solves it, numbered from 0.
    type Solution: Clone + Eq + Ord + Debug;

    /// The name used in commands.
    const NAME: &'static str;

    /// The problem as the text of a file; [`Clique`]'s is the graph alone.
    fn to_text(&self) -> String;

    /// A solution as the line `v …` of numbers from 1.
    fn solution_to_text(&self, solution: &Self::Solution) -> String;

    /// Reads what [`Problem::solution_to_text`] writes. Comments (`c …`), answers (`s …`), several lines and a 0 at the end are allowed, as in the output of SAT solvers. Whether it is a
    /// solution is another question.
    ///
    /// # Errors
    /// [`SourceError`] names the line with something else.
    fn parse_solution(&self, text: &str) -> Result<Self::Solution, SourceError>;

    /// Whether `candidate` is a solution, by the definition.
    fn is_solved_by(&self, candidate: &Self::Solution) -> bool;

    /// Calls `visit` with each solution, once, until it breaks.
    fn each_solution(&self, visit: &mut dyn FnMut(Self::Solution) -> ControlFlow<()>);

    /// The number of solutions.
    fn count_solutions(&self) -> Natural;

    /// A solution, if there is one.
    fn solve(&self) -> Option<Self::Solution> {
        self.solutions(1).pop()
    }

    /// The first `limit` solutions, or all if there are not so many.
    fn solutions(&self, limit: usize) -> Vec<Self::Solution> {
        let mut found = Vec::new();
        if limit > 0 {
            self.each_solution(&mut |solution| {
                found.push(solution);
                if found.len() == limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
        }
        found
    }
}

/// What is wrong with the text of a problem or of a solution.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct SourceError {
    /// The line, from 1, if there is one to name.
    pub line: Option<usize>,
    /// What is wrong with it.
    pub message: String,
}

#[cfg(test)]
mod tests;
