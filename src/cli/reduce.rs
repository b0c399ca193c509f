//! `relus reduce`, `relus lift`, `relus pull`: along a reduction and back.

use super::DECIDED;
use super::error::CliError;
use super::eval::read_any_network;
use super::output::{check_target, write};
use super::rules::{ForRule, RuleArgs, Stored, read_solution};
use clap::Args;
use relus::instance::Source;
use relus::instance::json::instance_to_json;
use relus::network::json::network_to_json;
use relus::problems::Problem;
use relus::reductions::{Ledger, PullError, Reduction};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Turn a combinatorial problem into a training instance that has a network without error if and only if the problem has a solution
///
/// With -o FILE the parameters before and after are printed, measured and by the closed forms.
///
/// Examples:
///   relus reduce poits-relu formula.cnf -o instance.json --map map.json
///   relus reduce clique-threshold graph.g6 --clique 3 -o instance.json
///   relus train instance.json
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct ReduceArgs {
    #[command(flatten)]
    rule: RuleArgs,
    /// Write the instance to FILE [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Save the rule, the source and the parameters as JSON; the file can stand for SOURCE in lift, pull and verify
    #[arg(long, value_name = "FILE")]
    map: Option<PathBuf>,
}

/// Turn a solution of the source problem into a network without error
///
/// Example:
///   relus solve poits formula.cnf -o solution.txt
///   relus lift poits-relu formula.cnf solution.txt -o network.json
///   relus eval network.json instance.json
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct LiftArgs {
    #[command(flatten)]
    rule: RuleArgs,
    /// The solution: numbers from 1 as "relus solve" prints them, of literals (3 true, -3 false) or vertices
    solution: PathBuf,
    /// Write the network to FILE [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Turn a network without error back into a solution of the source problem
///
/// Any network without error will do, whatever the order, scale and slack of its neurons. One with an error is refused, with the point that it misses.
///
/// Example:
///   relus pull poits-relu formula.cnf network.json
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct PullArgs {
    #[command(flatten)]
    rule: RuleArgs,
    /// The network: JSON of the format relus-network, or a relus-result that has one
    network: PathBuf,
    /// Write the solution to FILE [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn reduce(args: &ReduceArgs) -> Result<u8, CliError> {
    args.output.iter().chain(&args.map).try_for_each(|path| check_target(path))?;
    args.rule.run(args)
}

pub(super) fn lift(args: &LiftArgs) -> Result<u8, CliError> {
    refuse_two_streams(&args.rule, &args.solution)?;
    args.output.iter().try_for_each(|path| check_target(path))?;
    args.rule.run(args)
}

pub(super) fn pull(args: &PullArgs) -> Result<u8, CliError> {
    refuse_two_streams(&args.rule, &args.network)?;
    args.output.iter().try_for_each(|path| check_target(path))?;
    args.rule.run(args)
}

fn refuse_two_streams(rule: &RuleArgs, other: &Path) -> Result<(), CliError> {
    if rule.reads_stdin() && other == Path::new("-") {
        return Err(CliError::Usage("only one file can be read from standard input".to_owned()));
    }
    Ok(())
}

fn target(output: Option<&PathBuf>) -> &Path {
    output.map_or(Path::new("-"), PathBuf::as_path)
}

impl ForRule for &ReduceArgs {
    fn one<R: Reduction>(self, reduction: &R, source: &R::Source) -> Result<u8, CliError> {
        let instance = reduction.reduce(source);
        let ledger = Ledger::new(reduction, source, &instance);
        if let Some(path) = &self.map {
            write(path, &Stored::new(source, &ledger).to_json())?;
        }
        let output = target(self.output.as_ref());
        write(output, &instance_to_json(&instance))?;
        if output != Path::new("-") {
            write(Path::new("-"), &ledger_lines(&ledger))?;
        }
        Ok(DECIDED)
    }
}

impl ForRule for &LiftArgs {
    fn one<R: Reduction>(self, reduction: &R, source: &R::Source) -> Result<u8, CliError> {
        let solution = read_solution::<R>(source, &self.solution)?;
        let network = reduction.lift(source, &solution).map_err(|error| CliError::Check(error.to_string()))?;
        write(target(self.output.as_ref()), &network_to_json(&network))?;
        Ok(DECIDED)
    }
}

impl ForRule for &PullArgs {
    fn one<R: Reduction>(self, reduction: &R, source: &R::Source) -> Result<u8, CliError> {
        let file = Source::read(&self.network)?;
        let network = read_any_network(&file)?;
        let solution = reduction.pull(source, &network).map_err(|error| pull_error(file.name(), error))?;
        write(target(self.output.as_ref()), &source.solution_to_text(&solution))?;
        Ok(DECIDED)
    }
}

/// A network of another class is bad input; one that has an error does not hold what was claimed of it.
pub(super) fn pull_error(file: &str, error: PullError) -> CliError {
    match error {
        PullError::Misfit { .. } | PullError::Decode(_) | PullError::NoSolution(_) => CliError::Check(format!("{file}: {error}")),
        PullError::Dimension(source) => CliError::Dimension { file: file.to_owned(), source },
        _ => CliError::Search(format!("{file}: {error}")),
    }
}

/// The parameters before and after, for people.
pub(super) fn ledger_lines(ledger: &Ledger) -> String {
    let sizes = &ledger.measured;
    let mut text = String::new();
    let source: Vec<String> = ledger.source.iter().map(|(name, value)| format!("{name} {value}")).collect();
    let verdict = if ledger.measured == ledger.closed_form { "as the closed forms say" } else { "NOT what the closed forms say" };
    let _ = writeln!(text, "reduction   {}", ledger.rule);
    let _ = writeln!(text, "source      {}", source.join(", "));
    let _ = writeln!(text, "instance    n = {}, d = {}, k = {}, target error 0: {verdict}", sizes.points, sizes.dimension, sizes.width);
    let _ = writeln!(
        text,
        "bits        {} in the longest coordinate (at most {} by the closed form), {} in all",
        ledger.longest_number, ledger.longest_number_bound, ledger.total_bits
    );
    text
}
