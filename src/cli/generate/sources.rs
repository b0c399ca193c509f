//! `relus generate poits` and `relus generate graph`: sources of the reductions.

use crate::cli::DECIDED;
use crate::cli::error::CliError;
use crate::cli::output::write;
use clap::{Args, Subcommand, ValueEnum};
use relus::problems::{
    Graph, Poits, complete_graph, cycle_graph, cyclic_triples, edge_colourings, fano_plane, flower_snark, generalized_petersen_graph, lcf_graph,
    perfect_matchings, planted_formula, random_formula, random_graph, write_dimacs,
};
use std::path::{Path, PathBuf};

/// A formula for positive one-in-three SAT, as DIMACS CNF
///
/// Examples:
///   relus generate poits matchings petersen -o m.cnf          a variable for each edge, a clause for each vertex: 6 solutions
///   relus generate poits colourings petersen -o c.cnf         3-edge-colourings of a snark: none
///   relus generate poits cyclic 300 | relus solve poits - --count
///   relus generate poits random --variables 50 --clauses 30 --seed 1
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(in crate::cli) struct PoitsArgs {
    #[command(subcommand)]
    kind: PoitsKind,
    /// Write the formula to FILE [default: standard output]
    #[arg(short, long, value_name = "FILE", global = true)]
    output: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum PoitsKind {
    /// The perfect matchings of a cubic graph
    Matchings {
        #[arg(value_enum)]
        graph: CubicName,
    },
    /// The 3-edge-colourings of a cubic graph
    Colourings {
        #[arg(value_enum)]
        graph: CubicName,
    },
    /// Clauses {i, i+1, i+2} modulo N: 3 solutions if 3 divides N, else none
    Cyclic {
        #[arg(value_name = "N", value_parser = clap::value_parser!(u32).range(3..))]
        n: u32,
    },
    /// The lines of the Fano plane: no solution
    Fano,
    /// Clauses of three different variables, drawn at random
    Random {
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(3..))]
        variables: u32,
        #[arg(long, value_name = "M")]
        clauses: u32,
        /// Only clauses that a random assignment satisfies, so that there is a solution
        #[arg(long)]
        planted: bool,
        #[arg(long, value_name = "S", default_value_t = 0)]
        seed: u64,
    },
}

/// A graph in the DIMACS edge format
///
/// Examples:
///   relus generate graph cubic petersen -o petersen.col
///   relus generate graph complete 5
///   relus generate graph random --vertices 120 --density 0.5 --seed 3
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(in crate::cli) struct GraphArgs {
    #[command(subcommand)]
    kind: GraphKind,
    /// Write the graph to FILE [default: standard output]
    #[arg(short, long, value_name = "FILE", global = true)]
    output: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum GraphKind {
    /// A cubic graph by its name
    Cubic {
        #[arg(value_enum)]
        graph: CubicName,
    },
    /// All edges between N vertices
    Complete {
        #[arg(value_name = "N")]
        n: u16,
    },
    /// A cycle through N vertices
    Cycle {
        #[arg(value_name = "N", value_parser = clap::value_parser!(u16).range(3..))]
        n: u16,
    },
    /// Each edge with the same probability
    Random {
        #[arg(long, value_name = "N")]
        vertices: u16,
        #[arg(long, value_name = "P", value_parser = probability)]
        density: f64,
        #[arg(long, value_name = "S", default_value_t = 0)]
        seed: u64,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum CubicName {
    K4,
    K33,
    Prism,
    Cube,
    Petersen,
    Heawood,
    Dodecahedron,
    /// The flower snark J5
    FlowerJ5,
}

impl CubicName {
    fn graph(self) -> Graph {
        match self {
            CubicName::K4 => complete_graph(4),
            CubicName::K33 => lcf_graph(6, &[3]),
            CubicName::Prism => generalized_petersen_graph(3, 1),
            CubicName::Cube => generalized_petersen_graph(4, 1),
            CubicName::Petersen => generalized_petersen_graph(5, 2),
            CubicName::Heawood => lcf_graph(14, &[5, -5]),
            CubicName::Dodecahedron => generalized_petersen_graph(10, 2),
            CubicName::FlowerJ5 => flower_snark(5),
        }
    }
}

fn probability(text: &str) -> Result<f64, String> {
    text.parse().ok().filter(|p| (0.0..=1.0).contains(p)).ok_or_else(|| "expected a number from 0 to 1".to_owned())
}

pub(super) fn poits(args: &PoitsArgs) -> Result<u8, CliError> {
    let formula: Poits = match args.kind {
        PoitsKind::Matchings { graph } => perfect_matchings(&graph.graph()).expect("a cubic graph"),
        PoitsKind::Colourings { graph } => edge_colourings(&graph.graph()).expect("a cubic graph"),
        PoitsKind::Cyclic { n } => cyclic_triples(n as usize),
        PoitsKind::Fano => fano_plane(),
        PoitsKind::Random { variables, clauses, planted: false, seed } => random_formula(variables as usize, clauses as usize, seed),
        PoitsKind::Random { variables, clauses, planted: true, seed } => planted_formula(variables as usize, clauses as usize, seed),
    };
    put(args.output.as_ref(), &formula.to_dimacs())
}

pub(super) fn graph(args: &GraphArgs) -> Result<u8, CliError> {
    let graph = match args.kind {
        GraphKind::Cubic { graph } => graph.graph(),
        GraphKind::Complete { n } => complete_graph(n.into()),
        GraphKind::Cycle { n } => cycle_graph(n.into()),
        GraphKind::Random { vertices, density, seed } => random_graph(vertices.into(), density, seed),
    };
    put(args.output.as_ref(), &write_dimacs(&graph))
}

fn put(output: Option<&PathBuf>, text: &str) -> Result<u8, CliError> {
    write(output.map_or(Path::new("-"), PathBuf::as_path), text)?;
    Ok(DECIDED)
}
