//! `relus solve`: the source problems themselves.

use super::DECIDED;
use super::error::CliError;
use super::output::OutputArgs;
use super::rules::SourceArgs;
use clap::{Args, ValueEnum};
use relus::problems::Problem;
use serde::Serialize;
use std::fmt::Write;

/// Solve a source problem of the reductions exactly: find a solution, list them, or count them
///
/// Examples:
///   relus solve poits formula.cnf
///   relus solve poits formula.cnf --count
///   relus solve clique graph.g6 --clique 4 --list 10
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct SolveArgs {
    /// The problem
    #[arg(value_enum)]
    problem: ProblemName,
    #[command(flatten)]
    source: SourceArgs,
    /// Count the solutions
    #[arg(long)]
    count: bool,
    /// List up to N solutions
    #[arg(long, value_name = "N", conflicts_with = "count", default_value_t = 1)]
    list: usize,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ProblemName {
    /// Positive one-in-three SAT: exactly one true literal in each clause
    Poits,
    /// Pairwise adjacent vertices of a graph
    Clique,
}

#[derive(Serialize)]
struct Answer {
    format: &'static str,
    version: u64,
    problem: &'static str,
    solvable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<String>,
    solutions: Vec<String>,
}

pub(super) fn run(args: &SolveArgs) -> Result<u8, CliError> {
    args.output.check()?;
    match args.problem {
        ProblemName::Poits => solve(args, &args.source.formula()?),
        ProblemName::Clique => solve(args, &args.source.clique()?),
    }
}

fn solve<P: Problem>(args: &SolveArgs, problem: &P) -> Result<u8, CliError> {
    let count = args.count.then(|| problem.count_solutions());
    let solutions = if args.count { Vec::new() } else { problem.solutions(args.list.max(1)) };
    let solvable = count.as_ref().map_or(!solutions.is_empty(), |count| !count.is_zero());
    let lines: Vec<String> = solutions.iter().take(args.list).map(|solution| problem.solution_to_text(solution)).collect();
    let text = if args.output.json() {
        let solutions = lines.iter().map(|line| line.trim_end().to_owned()).collect();
        let count = count.map(|count| count.to_string());
        let answer = Answer { format: "relus-solutions", version: 1, problem: P::NAME, solvable, count, solutions };
        format!("{}\n", serde_json::to_string_pretty(&answer).expect("plain values"))
    } else {
        let mut text = format!("s {}\n", if solvable { "SATISFIABLE" } else { "UNSATISFIABLE" });
        if let Some(count) = count {
            // A comment, so that the text stays a solution file.
            let _ = writeln!(text, "c {count} solutions");
        }
        text + &lines.concat()
    };
    args.output.write(&text)?;
    Ok(DECIDED)
}
