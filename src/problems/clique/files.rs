//! Graphs as text: the DIMACS edge format and graph6.

use crate::problems::SourceError;
use crate::problems::dimacs::lines;
use itertools::Itertools;
use petgraph::graph::{NodeIndex, UnGraph};
use petgraph::visit::EdgeRef;
use std::collections::BTreeSet;

/// A simple graph.
pub type Graph = UnGraph<(), ()>;

/// The graph with these edges between vertices `0..vertices`.
pub(crate) fn graph(vertices: usize, edges: impl IntoIterator<Item = (usize, usize)>) -> Graph {
    let mut graph = Graph::with_capacity(vertices, 0);
    for _ in 0..vertices {
        graph.add_node(());
    }
    let distinct: BTreeSet<_> = edges.into_iter().map(|(u, v)| (u.min(v), u.max(v))).collect();
    for (u, v) in distinct {
        graph.add_edge(NodeIndex::new(u), NodeIndex::new(v), ());
    }
    graph
}

/// Reads a graph: the DIMACS edge format (`p edge` or `p col`, lines `n` are ignored) or graph6, told apart by content.
///
/// # Errors
/// [`SourceError`] says what is wrong, with the line.
pub fn parse_graph(text: &str) -> Result<Graph, SourceError> {
    let first = lines(text).next().ok_or(SourceError { line: None, message: "holds no graph".into() })?;
    if matches!(first.words[0], "p" | "e" | "n" | "a") { parse_dimacs(text) } else { parse_graph6(text) }
}

fn parse_dimacs(text: &str) -> Result<Graph, SourceError> {
    let mut size: Option<[usize; 2]> = None;
    let mut edges = Vec::new();
    for line in lines(text) {
        match (line.words[0], size) {
            ("p", None) => size = Some(line.header(&["edge", "edges", "col"])?),
            ("p", Some(_)) => return Err(line.error("a second header")),
            (_, None) => return Err(line.error("a header \"p edge VERTICES EDGES\" must come first")),
            ("n", _) => {}
            ("e", Some([vertices, _])) => {
                if line.words.len() != 3 {
                    return Err(line.error("an edge is \"e U V\""));
                }
                let ends: [usize; 2] = [line.number_at(1, "vertex")?, line.number_at(2, "vertex")?];
                if let Some(end) = ends.into_iter().find(|&end| end == 0 || end > vertices) {
                    return Err(line.error(format!("vertex {end} is none of 1 to {vertices}")));
                }
                if ends[0] == ends[1] {
                    return Err(line.error(format!("a loop at vertex {}", ends[0])));
                }
                edges.push((ends[0] - 1, ends[1] - 1));
            }
            (word, _) => return Err(line.error(format!("\"{word}\" starts no line of a DIMACS graph (c, p, n, e)"))),
        }
    }
    let [vertices, announced] = size.expect("the first line is looked at");
    let (listed, graph) = (edges.len(), graph(vertices, edges));
    // Collections list edges in one direction or in both, and announce either number.
    let distinct = graph.edge_count();
    if ![listed, distinct, 2 * distinct].contains(&announced) {
        return Err(SourceError { line: None, message: format!("the header announces {announced} edges, there are {distinct}") });
    }
    Ok(graph)
}

/// graph6 (B. McKay): the number of vertices and the upper triangle of the adjacency matrix, column by column, six bits a character.
fn parse_graph6(text: &str) -> Result<Graph, SourceError> {
    let (index, line) = text.lines().enumerate().find(|(_, line)| !line.trim().is_empty()).expect("there is a line with words");
    let wrong = |message: String| SourceError { line: Some(index + 1), message };
    if text.lines().skip(index + 1).any(|line| !line.trim().is_empty()) {
        return Err(SourceError { line: Some(index + 2), message: "a graph6 file with more than one graph; keep one line".into() });
    }
    let line = line.trim();
    let line = line.strip_prefix(">>graph6<<").unwrap_or(line);
    let not_graph6 = |c: char| wrong(format!("neither a DIMACS graph nor graph6: character {c:?}"));
    let sextets: Vec<u8> =
        line.chars().map(|c| u8::try_from(c).ok().filter(|b| (63..=126).contains(b)).map(|b| b - 63).ok_or_else(|| not_graph6(c))).try_collect()?;
    let (size, start) = match sextets[..] {
        [63, 63, ..] => (sextets.get(2..8), 8),
        [63, ..] => (sextets.get(1..4), 4),
        _ => (sextets.get(..1), 1),
    };
    let vertices = size.ok_or_else(|| wrong("graph6 breaks off in the number of vertices".into()))?.iter().fold(0, |n, &s| n << 6 | usize::from(s));
    let bits = vertices.saturating_mul(vertices.saturating_sub(1)) / 2;
    let body = &sextets[start..];
    if body.len() != bits.div_ceil(6) {
        return Err(wrong(format!("graph6 of {vertices} vertices has {} characters after the size, expected {}", body.len(), bits.div_ceil(6))));
    }
    let set = |k: usize| body[k / 6] >> (5 - k % 6) & 1 == 1;
    let pairs = (1..vertices).flat_map(|v| (0..v).map(move |u| (u, v)));
    let edges: Vec<_> = pairs.enumerate().filter(|&(k, _)| set(k)).map(|(_, pair)| pair).collect();
    Ok(graph(vertices, edges))
}

/// The graph in the DIMACS edge format.
#[must_use]
pub fn write_dimacs(graph: &Graph) -> String {
    let edges = graph.edge_references().map(|edge| format!("e {} {}\n", edge.source().index() + 1, edge.target().index() + 1));
    format!("p edge {} {}\n{}", graph.node_count(), graph.edge_count(), edges.sorted().join(""))
}
