//! Clique: are there `κ` pairwise adjacent vertices in a graph?
//!
//! W[1]-complete with parameter `κ` (R. G. Downey, M. R. Fellows, *Fixed-parameter tractability and completeness II*, 1995).

mod files;
mod solve;

pub(super) use files::graph;
pub use files::{Graph, parse_graph, write_dimacs};

use super::solution::{Entry, numbers};
use super::{Problem, SourceError};
use crate::exact::Natural;
use petgraph::visit::EdgeRef;
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use thiserror::Error;

/// A graph and the size of the clique that is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clique {
    vertices: usize,
    edges: BTreeSet<(usize, usize)>,
    size: usize,
}

/// Why something is no clique problem.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CliqueError {
    /// An edge has an end that is no vertex.
    #[error("edge {edge} ends in vertex {vertex}, the graph has {vertices}")]
    Vertex {
        /// The edge's number, from 1.
        edge: usize,
        /// The end, from 1.
        vertex: usize,
        /// The number of vertices.
        vertices: usize,
    },
    /// An edge whose ends are the same.
    #[error("edge {edge} is a loop at vertex {vertex}")]
    Loop {
        /// The edge's number, from 1.
        edge: usize,
        /// The vertex, from 1.
        vertex: usize,
    },
    /// The size is 0 or larger than the graph.
    #[error("a clique of {size} vertices in a graph of {vertices} is no question (from 1 to the number of vertices)")]
    Size {
        /// The size.
        size: usize,
        /// The number of vertices.
        vertices: usize,
    },
}

impl Clique {
    /// The question for `size` pairwise adjacent vertices; vertices are numbered from 0, and edges may be listed in any direction and repeatedly.
    ///
    /// # Errors
    /// [`CliqueError`] for a missing vertex, a loop, or a size that no subset of the vertices has.
    pub fn new(vertices: usize, edges: &[(usize, usize)], size: usize) -> Result<Self, CliqueError> {
        if size == 0 || size > vertices {
            return Err(CliqueError::Size { size, vertices });
        }
        let mut set = BTreeSet::new();
        for (e, &(u, v)) in edges.iter().enumerate() {
            if u.max(v) >= vertices {
                return Err(CliqueError::Vertex { edge: e + 1, vertex: u.max(v) + 1, vertices });
            }
            if u == v {
                return Err(CliqueError::Loop { edge: e + 1, vertex: u + 1 });
            }
            set.insert((u.min(v), u.max(v)));
        }
        Ok(Clique { vertices, edges: set, size })
    }

    /// The question for `size` pairwise adjacent vertices of `graph`.
    ///
    /// # Errors
    /// [`CliqueError`] for a loop, or a size that no subset of the vertices has.
    pub fn in_graph(graph: &Graph, size: usize) -> Result<Self, CliqueError> {
        let edges: Vec<_> = graph.edge_references().map(|edge| (edge.source().index(), edge.target().index())).collect();
        Clique::new(graph.node_count(), &edges, size)
    }

    /// The number of vertices.
    #[must_use]
    pub fn vertices(&self) -> usize {
        self.vertices
    }

    /// The number of edges.
    #[must_use]
    pub fn edges(&self) -> usize {
        self.edges.len()
    }

    /// The size `κ` of the clique.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size
    }

    /// Whether `u` and `v` are adjacent.
    #[must_use]
    pub fn adjacent(&self, u: usize, v: usize) -> bool {
        self.edges.contains(&(u.min(v), u.max(v)))
    }

    /// Whether `chosen` are `κ` pairwise adjacent vertices.
    ///
    /// # Examples
    /// ```
    /// use relus::problems::Clique;
    /// let triangle = Clique::new(4, &[(0, 1), (1, 2), (2, 0)], 3).unwrap();
    /// assert!(triangle.is_solved_by(&[2, 0, 1]));
    /// assert!(!triangle.is_solved_by(&[0, 1, 3]));
    /// ```
    #[must_use]
    pub fn is_solved_by(&self, chosen: &[usize]) -> bool {
        let pairs = chosen.iter().enumerate().flat_map(|(i, &u)| chosen[..i].iter().map(move |&v| (u, v)));
        chosen.len() == self.size && chosen.iter().all(|&v| v < self.vertices) && pairs.into_iter().all(|(u, v)| self.adjacent(u, v))
    }
}

impl Problem for Clique {
    /// The vertices, increasing where the solver lists them.
    type Solution = Vec<usize>;
    const NAME: &'static str = "clique";

    fn to_text(&self) -> String {
        write_dimacs(&graph(self.vertices, self.edges.iter().copied()))
    }

    fn solution_to_text(&self, clique: &Vec<usize>) -> String {
        format!("v{} 0\n", clique.iter().map(|v| format!(" {}", v + 1)).collect::<String>())
    }

    fn parse_solution(&self, text: &str) -> Result<Vec<usize>, SourceError> {
        let vertex = |Entry { value, line }: Entry<'_>| {
            let vertex = usize::try_from(value).ok().filter(|v| (1..=self.vertices).contains(v));
            vertex.map(|v| v - 1).ok_or_else(|| line.error(format!("{value} is none of the {} vertices", self.vertices)))
        };
        numbers(text)?.into_iter().map(vertex).collect()
    }

    fn is_solved_by(&self, chosen: &Vec<usize>) -> bool {
        Clique::is_solved_by(self, chosen)
    }

    fn each_solution(&self, visit: &mut dyn FnMut(Vec<usize>) -> ControlFlow<()>) {
        solve::each(self, &mut |clique| visit(clique.to_vec()));
    }

    fn count_solutions(&self) -> Natural {
        solve::count(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_graphs_are_refused() {
        let message = |vertices, edges: &[_], size| Clique::new(vertices, edges, size).unwrap_err().to_string();
        assert_eq!(message(2, &[(0, 1), (0, 2)], 2), "edge 2 ends in vertex 3, the graph has 2");
        assert_eq!(message(2, &[(1, 1)], 2), "edge 1 is a loop at vertex 2");
        assert!(message(2, &[], 3).starts_with("a clique of 3 vertices in a graph of 2"));
        assert!(message(2, &[], 0).starts_with("a clique of 0 vertices"));
    }

    /// Origin: by hand.
    #[test]
    fn a_clique_has_its_size_and_all_edges() {
        let path = Clique::new(3, &[(1, 0), (1, 2), (0, 1)], 2).unwrap();
        assert_eq!(path.edges(), 2);
        assert!(path.is_solved_by(&[1, 0]) && path.is_solved_by(&[1, 2]));
        assert!(!path.is_solved_by(&[0, 2]) && !path.is_solved_by(&[0]) && !path.is_solved_by(&[0, 0]) && !path.is_solved_by(&[1, 3]));
    }
}
