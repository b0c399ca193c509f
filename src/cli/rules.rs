//! The four reductions by name, and their sources and solutions as files.

use super::error::CliError;
use clap::{Args, ValueEnum};
use relus::instance::json::read_format;
use relus::instance::{FileError, Place, Source};
use relus::problems::{Clique, Poits, Problem, SourceError, parse_graph};
use relus::reductions::{CliqueRelu, CliqueThreshold, Ledger, PoitsRelu, PoitsThreshold, Reduction, SolutionOf};
use relus::verify::{RandomClique, RandomPoits, RandomSource};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum RuleName {
    /// Positive one-in-three SAT to ReLUs in the plane (4 a variable and a clause)
    PoitsRelu,
    /// Positive one-in-three SAT to threshold neurons in the plane (2 a variable and a clause)
    PoitsThreshold,
    /// Clique to 2 threshold neurons in dimension 2K
    CliqueThreshold,
    /// Clique to 4 ReLUs in dimension 2K
    CliqueRelu,
}

/// Which source problem, from which file.
#[derive(Debug, Args)]
pub(super) struct RuleArgs {
    /// The reduction
    #[arg(value_enum)]
    pub(super) rule: RuleName,
    #[command(flatten)]
    pub(super) source: SourceArgs,
}

#[derive(Debug, Args)]
pub(super) struct SourceArgs {
    /// The source problem: a formula as DIMACS CNF with three positive literals a clause, or a graph as DIMACS edges or graph6; "-" reads standard input
    #[arg(value_name = "SOURCE")]
    pub(super) path: PathBuf,
    #[command(flatten)]
    pub(super) size: CliqueSize,
}

#[derive(Debug, Clone, Copy, Args)]
pub(super) struct CliqueSize {
    /// The number of pairwise adjacent vertices to look for; for graphs only
    #[arg(long, value_name = "K")]
    pub(super) clique: Option<usize>,
}

/// Something to be done with any of the reductions.
pub(super) trait ForRule: Sized {
    /// With a source.
    fn one<R: Reduction>(self, reduction: &R, source: &R::Source) -> Result<u8, CliError>;

    /// With random sources, for commands that can do without a file.
    fn many<R: Reduction>(self, _: &R, _: &dyn RandomSource<Source = R::Source>) -> Result<u8, CliError> {
        Err(CliError::Usage("a source is needed".to_owned()))
    }
}

/// The random formulas and graphs: so small that solutions can be listed, so large that both answers are frequent.
const FORMULAS: RandomPoits = RandomPoits { variables: 6, clauses: 4 };
const GRAPHS: RandomClique = RandomClique { vertices: 6, size: 3 };

/// Does `action` with the source in a file, or with random ones.
pub(super) fn with_rule(rule: RuleName, file: Option<&SourceArgs>, action: impl ForRule) -> Result<u8, CliError> {
    fn planar(file: Option<&SourceArgs>, reduction: &impl Reduction<Source = Poits>, action: impl ForRule) -> Result<u8, CliError> {
        match file {
            None => action.many(reduction, &FORMULAS),
            Some(file) => action.one(reduction, &file.formula()?),
        }
    }
    fn high(file: Option<&SourceArgs>, reduction: &impl Reduction<Source = Clique>, action: impl ForRule) -> Result<u8, CliError> {
        match file {
            None => action.many(reduction, &GRAPHS),
            Some(file) => action.one(reduction, &file.clique()?),
        }
    }
    match rule {
        RuleName::PoitsRelu => planar(file, &PoitsRelu, action),
        RuleName::PoitsThreshold => planar(file, &PoitsThreshold, action),
        RuleName::CliqueThreshold => high(file, &CliqueThreshold, action),
        RuleName::CliqueRelu => high(file, &CliqueRelu, action),
    }
}

impl RuleArgs {
    /// Reads the source and does `action` with it.
    pub(super) fn run(&self, action: impl ForRule) -> Result<u8, CliError> {
        with_rule(self.rule, Some(&self.source), action)
    }

    pub(super) fn reads_stdin(&self) -> bool {
        self.source.path == Path::new("-")
    }
}

impl SourceArgs {
    /// The file as a formula with at least one variable.
    pub(super) fn formula(&self) -> Result<Poits, CliError> {
        if self.size.clique.is_some() {
            return Err(CliError::Usage("--clique applies to graphs".to_owned()));
        }
        let (source, _) = self.read(Poits::NAME)?;
        let formula = Poits::from_dimacs(source.text()).map_err(|error| at(&source, error))?;
        if formula.variables() == 0 {
            return Err(at(&source, SourceError { line: None, message: "a formula without variables is no question".to_owned() }).into());
        }
        Ok(formula)
    }

    /// The file as a graph, with the size of the clique.
    pub(super) fn clique(&self) -> Result<Clique, CliError> {
        let (source, stored) = self.read(Clique::NAME)?;
        let size = self.size.clique.or(stored).ok_or_else(|| CliError::Usage("a graph needs the size of the clique: --clique K".to_owned()))?;
        let graph = parse_graph(source.text()).map_err(|error| at(&source, error))?;
        Clique::in_graph(&graph, size).map_err(|error| at(&source, SourceError { line: None, message: error.to_string() }).into())
    }

    /// The text of the problem, and the size of the clique where a stored source has it.
    fn read(&self, problem: &str) -> Result<(Source, Option<usize>), CliError> {
        let source = Source::read(&self.path)?;
        if !source.is_json() {
            return Ok((source, None));
        }
        let stored: Stored = read_format(&source, FORMAT)?;
        if stored.problem != problem {
            let message = format!("holds a {} problem, expected {problem}", stored.problem);
            return Err(at(&source, SourceError { line: None, message }).into());
        }
        Ok((Source::new(source.name(), stored.source), stored.clique))
    }
}

/// The format of a file that keeps a source problem.
const FORMAT: &str = "relus-source";

/// A source problem with what belongs to it, in one file.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Stored {
    format: String,
    version: u64,
    problem: String,
    source: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    clique: Option<usize>,
    #[serde(default, skip_deserializing, skip_serializing_if = "Option::is_none")]
    ledger: Option<Ledger>,
    #[serde(default, skip_deserializing, skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
    #[serde(default, skip_deserializing, skip_serializing_if = "Option::is_none")]
    network: Option<serde_json::Value>,
}

impl Stored {
    pub(super) fn new<P: Problem>(problem: &P, ledger: &Ledger) -> Self {
        let clique = ledger.source.iter().find(|(name, _)| *name == Clique::NAME).map(|&(_, size)| size);
        Stored {
            format: FORMAT.to_owned(),
            version: 1,
            problem: P::NAME.to_owned(),
            source: problem.to_text(),
            clique,
            ledger: Some(ledger.clone()),
            failure: None,
            network: None,
        }
    }

    /// The source as a counterexample, with the network as JSON.
    pub(super) fn with_failure(self, failure: &str, network: Option<String>) -> Self {
        let network = network.map(|text| serde_json::from_str(&text).expect("JSON of our own"));
        Stored { failure: Some(failure.to_owned()), network, ..self }
    }

    pub(super) fn to_json(&self) -> String {
        format!("{}\n", serde_json::to_string_pretty(self).expect("plain values"))
    }
}

/// The solution in a file.
pub(super) fn read_solution<R: Reduction>(problem: &R::Source, path: &Path) -> Result<SolutionOf<R>, CliError> {
    let source = Source::read(path)?;
    let solution = problem.parse_solution(source.text()).map_err(|error| at(&source, error))?;
    if problem.is_solved_by(&solution) {
        return Ok(solution);
    }
    let message = format!("is not a solution of this {} problem", <R::Source as Problem>::NAME);
    Err(at(&source, SourceError { line: None, message }).into())
}

/// The error with the name of its file.
pub(super) fn at(source: &Source, error: SourceError) -> FileError {
    let place = error.line.map_or(Place::File, Place::Line);
    source.error(place, relus::instance::Problem::Combinatorial(error.message))
}
