//! Small random sources of both answers.

use crate::problems::{Clique, Poits, Problem};
use rand::{Rng, RngExt};

/// A distribution of sources.
pub trait RandomSource {
    /// What is drawn.
    type Source: Problem;

    /// One source.
    fn draw(&self, rng: &mut dyn Rng) -> Self::Source;
}

/// Formulas of 1 to `variables` variables with 0 to `clauses` clauses, whose literals are independent, so that some stand twice in a clause.
#[derive(Debug, Clone, Copy)]
pub struct RandomPoits {
    /// The most variables.
    pub variables: usize,
    /// The most clauses.
    pub clauses: usize,
}

/// Graphs of 1 to `vertices` vertices, whose density varies from graph to graph, with the question for a clique of 1 to `size` vertices.
#[derive(Debug, Clone, Copy)]
pub struct RandomClique {
    /// The most vertices.
    pub vertices: usize,
    /// The largest clique that is asked for.
    pub size: usize,
}

impl RandomSource for RandomPoits {
    type Source = Poits;

    fn draw(&self, rng: &mut dyn Rng) -> Poits {
        let variables = rng.random_range(1..=self.variables);
        let clauses = rng.random_range(0..=self.clauses);
        let clauses = (0..clauses).map(|_| [(); 3].map(|()| rng.random_range(0..variables))).collect();
        Poits::new(variables, clauses).expect("variables of the formula")
    }
}

impl RandomSource for RandomClique {
    type Source = Clique;

    fn draw(&self, rng: &mut dyn Rng) -> Clique {
        let vertices = rng.random_range(1..=self.vertices);
        let density = rng.random_range(0.0..1.0);
        let pairs = (0..vertices).flat_map(|v| (0..v).map(move |u| (u, v)));
        let edges: Vec<_> = pairs.filter(|_| rng.random_bool(density)).collect();
        Clique::new(vertices, &edges, rng.random_range(1..=self.size.min(vertices))).expect("edges of the graph, a size within it")
    }
}
