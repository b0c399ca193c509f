//! Sources with known answers: cubic graphs and the formulas that their perfect matchings and edge colourings make.
//!
//! A perfect matching of a cubic graph chooses one of the three edges at every vertex: a POITS formula with a variable for each edge and a clause for each vertex. A 3-edge-colouring chooses a
//! colour for every edge and an edge for every vertex and colour: a variable for each edge and colour, a clause for each edge and a clause for each vertex and colour. Each 3-edge-colouring of a *snark*
//! would be a counterexample to its definition, so those formulas have no solution.

use super::clique::graph;
use super::{Graph, Poits};
use petgraph::graph::NodeIndex;
use petgraph::visit::EdgeRef;
use thiserror::Error;

/// A graph is not cubic: the formulas need three edges at every vertex.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("vertex {vertex} has degree {degree}, a cubic graph has 3 edges at each vertex")]
pub struct NotCubic {
    /// The vertex, from 1.
    pub vertex: usize,
    /// Its degree.
    pub degree: usize,
}

/// The complete graph on `n` vertices.
#[must_use]
pub fn complete_graph(n: usize) -> Graph {
    graph(n, (0..n).flat_map(|v| (0..v).map(move |u| (u, v))))
}

/// The cycle through `n ≥ 3` vertices.
#[must_use]
pub fn cycle_graph(n: usize) -> Graph {
    graph(n, (0..n).map(|v| (v, (v + 1) % n)))
}

/// The cycle through `n` vertices with the chords `v — v + shifts[v mod len]` (J. Lederberg, H. S. M. Coxeter, R. Frucht: LCF notation): `K_{3,3}` is `(6, [3])`, the Heawood graph `(14, [5, −5])`.
#[must_use]
pub fn lcf_graph(n: usize, shifts: &[isize]) -> Graph {
    let chord = |v: usize| {
        let size = isize::try_from(n).expect("a number of vertices");
        let end = (isize::try_from(v).expect("a vertex") + shifts[v % shifts.len()]).rem_euclid(size);
        (v, usize::try_from(end).expect("a remainder"))
    };
    graph(n, (0..n).map(|v| (v, (v + 1) % n)).chain((0..n).map(chord)))
}

/// The generalized Petersen graph `GP(n, s)`: an outer cycle `0..n`, spokes to `n..2n`, and inner edges between those `s` apart. `GP(3,1)` is the prism, `GP(4,1)` the cube, `GP(5,2)` the Petersen graph,
/// `GP(10,2)` the dodecahedron.
#[must_use]
pub fn generalized_petersen_graph(n: usize, step: usize) -> Graph {
    graph(2 * n, (0..n).flat_map(|v| [(v, (v + 1) % n), (v, n + v), (n + v, n + (v + step) % n)]))
}

/// The flower snark `J_n` (R. Isaacs, 1975), a snark for odd `n ≥ 5`: `n` stars, one leaf of each on a cycle of length `n`, the others on one of length `2n`.
#[must_use]
pub fn flower_snark(n: usize) -> Graph {
    let (centre, leaf, side) = (|i: usize| i, |i: usize| n + i % n, |i: usize| 2 * n + i % (2 * n));
    graph(
        4 * n,
        (0..n)
            .flat_map(|i| [(centre(i), leaf(i)), (centre(i), side(i)), (centre(i), side(i + n)), (leaf(i), leaf(i + 1))])
            .chain((0..2 * n).map(|i| (side(i), side(i + 1)))),
    )
}

/// The edges at each vertex, by their numbers.
fn cubic(graph: &Graph) -> Result<Vec<[usize; 3]>, NotCubic> {
    let at = |vertex: usize| {
        let mut edges: Vec<usize> = graph.edges(NodeIndex::new(vertex)).map(|edge| edge.id().index()).collect();
        edges.sort_unstable();
        edges.try_into().map_err(|edges: Vec<_>| NotCubic { vertex: vertex + 1, degree: edges.len() })
    };
    (0..graph.node_count()).map(at).collect()
}

/// The formula whose solutions are the perfect matchings of a cubic graph: a variable for each edge, a clause for each vertex.
///
/// # Errors
/// [`NotCubic`] names a vertex with another degree than 3.
pub fn perfect_matchings(graph: &Graph) -> Result<Poits, NotCubic> {
    Ok(Poits::new(graph.edge_count(), cubic(graph)?).expect("edges of the graph"))
}

/// The formula whose solutions are the 3-edge-colourings of a cubic graph: a variable for each edge and colour, a clause for each edge, and for each vertex and colour.
///
/// # Errors
/// [`NotCubic`] names a vertex with another degree than 3.
pub fn edge_colourings(graph: &Graph) -> Result<Poits, NotCubic> {
    let variable = |edge: usize, colour: usize| 3 * edge + colour;
    let edges = (0..graph.edge_count()).map(|e| [0, 1, 2].map(|colour| variable(e, colour)));
    let vertices = cubic(graph)?.into_iter().flat_map(|at| (0..3).map(move |colour| at.map(|e| variable(e, colour))));
    Ok(Poits::new(3 * graph.edge_count(), edges.chain(vertices).collect()).expect("edges of the graph"))
}

/// The clauses `{i, i+1, i+2}` modulo `n ≥ 3`: three solutions if 3 divides `n`, else none.
#[must_use]
pub fn cyclic_triples(n: usize) -> Poits {
    Poits::new(n, (0..n).map(|i| [i, (i + 1) % n, (i + 2) % n]).collect()).expect("numbers below n")
}

/// The lines of the projective plane of order 2 as clauses. Two points of a line's choice determine their line, so no set of points meets every line once: there is no solution.
#[must_use]
pub fn fano_plane() -> Poits {
    Poits::new(7, (0..7).map(|i| [i, (i + 1) % 7, (i + 3) % 7]).collect()).expect("numbers below 7")
}
