//! `relus verify`: a reduction checked in both directions.

use super::error::CliError;
use super::limits::stop_flag;
use super::numbers::duration;
use super::output::{OutputArgs, check_target, write};
use super::reduce::ledger_lines;
use super::rules::{CliqueSize, ForRule, RuleName, SourceArgs, Stored, with_rule};
use super::{DECIDED, LIMIT};
use clap::{Args, ValueEnum};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use relus::network::json::network_to_json;
use relus::problems::Problem;
use relus::reductions::{GadgetKind, Ledger, PlanarReduction, PoitsRelu, PoitsThreshold, Reduction};
use relus::train::Control;
use relus::verify::{Failure, GadgetReport, RandomSource, Report, Settings, Verdict, examine, verify};
use serde::Serialize;
use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// Check a reduction in both directions, on a source problem or on random ones
///
/// Lifts the solutions of the source to networks and evaluates them exactly, pulls them back (reordered, scaled, mirrored), refuses wrong networks, and derives from the labelled points
/// alone which choices of gadgets go together, which must be what the source says: with that a source without solution has no network made of gadgets. With --train the exact
/// search decides the instance among all networks, with a certificate that the independent checker verifies: a proof, and as hard as the theorem says.
///
/// A check that does not hold ends the command with exit code 5 and a counterexample file, which can stand for SOURCE.
///
/// Examples:
///   relus verify poits-relu formula.cnf
///   relus verify clique-threshold graph.g6 --clique 2 --train 60s
///   relus verify clique-relu --random 1000 --seed 7
///   relus verify poits-relu --gadget clause
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct VerifyArgs {
    /// The reduction
    #[arg(value_enum)]
    rule: RuleName,
    /// The source problem: a formula as DIMACS CNF with three positive literals a clause, or a graph as DIMACS edges or graph6; "-" reads standard input
    #[arg(value_name = "SOURCE", required_unless_present_any = ["random", "gadget"])]
    path: Option<PathBuf>,
    #[command(flatten)]
    size: CliqueSize,
    /// Look at one gadget of a planar reduction alone: list all networks of its width without error
    #[arg(long, value_enum, conflicts_with_all = ["path", "clique", "random", "train", "functions"])]
    gadget: Option<GadgetName>,
    /// Stop the list after this time (60s, 5m) [default: no limit]
    #[arg(long, value_name = "TIME", value_parser = duration, requires = "gadget")]
    time_limit: Option<Duration>,
    /// Check N small random sources instead of a file, with and without solutions
    #[arg(long, value_name = "N", conflicts_with_all = ["path", "clique"])]
    random: Option<u64>,
    /// Lift up to N solutions of a source
    #[arg(long, value_name = "N", default_value_t = 20)]
    solutions: usize,
    /// Let the exact search decide each instance, for at most so long (60s, 5m)
    #[arg(long, value_name = "TIME", value_parser = duration)]
    train: Option<Duration>,
    /// List all functions without error among all networks, for at most so long, and match them with the solutions; planar reductions only
    #[arg(long, value_name = "TIME", value_parser = duration)]
    functions: Option<Duration>,
    /// The seed of everything random
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    /// Where a source goes that a check fails on
    #[arg(long, value_name = "FILE", default_value = "relus-counterexample.json")]
    counterexample: PathBuf,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum GadgetName {
    /// A variable's: 2 functions
    Variable,
    /// A clause's: 3 functions
    Clause,
}

pub(super) fn run(args: &VerifyArgs) -> Result<u8, CliError> {
    args.output.check()?;
    if let Some(gadget) = args.gadget {
        return match args.rule {
            RuleName::PoitsRelu => args.examine(&PoitsRelu, gadget),
            RuleName::PoitsThreshold => args.examine(&PoitsThreshold, gadget),
            _ => Err(CliError::Usage("--gadget: only the planar reductions are made of gadgets".to_owned())),
        };
    }
    check_target(&args.counterexample)?;
    let source = args.path.as_ref().map(|path| SourceArgs { path: path.clone(), size: args.size });
    with_rule(args.rule, source.as_ref(), Verifier { args, stop: stop_flag() })
}

/// The command with the flag that Ctrl-C raises.
struct Verifier<'a> {
    args: &'a VerifyArgs,
    stop: Arc<AtomicBool>,
}

impl VerifyArgs {
    /// Lists the functions of one gadget.
    fn examine(&self, reduction: &impl PlanarReduction, name: GadgetName) -> Result<u8, CliError> {
        let kind = match name {
            GadgetName::Variable => GadgetKind::Variable,
            GadgetName::Clause => GadgetKind::Clause,
        };
        let control = Control::default().with_stop_flag(stop_flag());
        let control = self.time_limit.map_or(control.clone(), |limit| control.with_time_limit(limit));
        let report =
            examine(reduction, kind, &control).map_err(|failure| CliError::Check(format!("{} does not hold: {failure}", reduction.name())))?;
        let text = if self.output.json() { to_json(&report) } else { gadget_lines(reduction.name(), kind, &report) };
        self.output.write(&text)?;
        Ok(if report.stopped { LIMIT } else { DECIDED })
    }

    fn fail<R: Reduction>(&self, reduction: &R, source: &R::Source, failure: &Failure) -> CliError {
        let stored = Stored::new(source, &Ledger::new(reduction, source, &reduction.reduce(source)));
        let network = failure.network.as_ref().map(network_to_json);
        let written = write(&self.counterexample, &stored.with_failure(&failure.to_string(), network).to_json());
        let name = self.counterexample.display();
        let place = written.map_or_else(|error| format!("it could not be saved: {error}"), |()| format!("saved as {name}"));
        CliError::Check(format!("{} does not hold: {failure}\nthe source is {place}", reduction.name()))
    }
}

impl Verifier<'_> {
    /// Checks one source; a failure leaves a file.
    fn check<R: Reduction>(&self, reduction: &R, source: &R::Source, seed: u64) -> Result<Report, CliError> {
        let control = |limit| Control::default().with_stop_flag(self.stop.clone()).with_time_limit(limit);
        let (training, functions) = (self.args.train.map(control), self.args.functions.map(control));
        let settings = Settings { solutions: self.args.solutions, seed, training, functions };
        verify(reduction, source, &settings).map_err(|failure| self.args.fail(reduction, source, &failure))
    }
}

impl ForRule for Verifier<'_> {
    fn one<R: Reduction>(self, reduction: &R, source: &R::Source) -> Result<u8, CliError> {
        let report = self.check(reduction, source, self.args.seed)?;
        let text = if self.args.output.json() { to_json(&report) } else { report_lines::<R>(&report) };
        self.args.output.write(&text)?;
        let unlisted = self.args.functions.is_some() && reduction.is_one_to_one() && report.functions.is_none();
        Ok(if report.training == Some(Verdict::Undecided) || unlisted { LIMIT } else { DECIDED })
    }

    fn many<R: Reduction>(self, reduction: &R, sources: &dyn RandomSource<Source = R::Source>) -> Result<u8, CliError> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.args.seed);
        let mut total = Total { rule: reduction.name(), ..Total::default() };
        for round in 0..self.args.random.unwrap_or(0) {
            let source = sources.draw(&mut rng);
            total.add(&self.check(reduction, &source, self.args.seed.wrapping_add(round))?);
        }
        let text = if self.args.output.json() { to_json(&total) } else { total.lines(<R::Source as Problem>::NAME) };
        self.args.output.write(&text)?;
        Ok(if total.undecided > 0 { LIMIT } else { DECIDED })
    }
}

fn gadget_lines(rule: &str, kind: GadgetKind, report: &GadgetReport) -> String {
    let gadget = if kind == GadgetKind::Variable { "variable" } else { "clause" };
    let verdict = if report.stopped { "stopped    " } else { "verified   " };
    let choices: Vec<String> = report.choices.iter().map(ToString::to_string).collect();
    let listed = if report.stopped { "found so far, the list may be incomplete" } else { "the complete list" };
    format!(
        "{verdict} the gadget of a {gadget} of {rule} alone: {} points, {} neurons\nfunctions   {} without error, for the choices {}: {listed}\nnodes       {}\n",
        report.points,
        report.width,
        report.choices.len(),
        choices.join(", "),
        report.nodes
    )
}

fn to_json(value: &impl Serialize) -> String {
    format!("{}\n", serde_json::to_string_pretty(value).expect("plain values"))
}

/// What was checked on many sources.
#[derive(Debug, Default, Serialize)]
struct Total {
    rule: &'static str,
    sources: u64,
    with_solution: u64,
    without_solution: u64,
    lifted: usize,
    variants: usize,
    wrong_refused: usize,
    wrong_without_error: usize,
    conflicts: usize,
    combinations: usize,
    realizable: u64,
    not_realizable: u64,
    undecided: u64,
}

impl Total {
    fn add(&mut self, report: &Report) {
        self.sources += 1;
        *(if report.solutions == "0" { &mut self.without_solution } else { &mut self.with_solution }) += 1;
        self.lifted += report.lifted;
        self.variants += report.variants;
        self.wrong_refused += report.wrong_refused;
        self.wrong_without_error += report.wrong_without_error;
        self.conflicts += report.conflicts;
        self.combinations += report.combinations.unwrap_or(0);
        match report.training {
            Some(Verdict::Realizable) => self.realizable += 1,
            Some(Verdict::NotRealizable) => self.not_realizable += 1,
            Some(Verdict::Undecided) => self.undecided += 1,
            None => {}
        }
    }

    fn lines(&self, problem: &str) -> String {
        let mut text = String::new();
        let _ = writeln!(text, "verified    {}: every check held", self.rule);
        let _ = writeln!(
            text,
            "sources     {} random {problem} problems: {} with a solution, {} without",
            self.sources, self.with_solution, self.without_solution
        );
        let _ = writeln!(text, "sizes       as the closed forms say, all points distinct, files read back");
        let _ = writeln!(text, "forward     {} solutions lifted, each network without error", self.lifted);
        let _ = writeln!(text, "backward    {} networks (reordered, scaled, mirrored) pulled back to their solutions", self.variants);
        let _ = writeln!(
            text,
            "wrong       {} networks with an error refused; {} changed networks without error decoded to solutions",
            self.wrong_refused, self.wrong_without_error
        );
        let _ = writeln!(
            text,
            "choices     the {} conflicts between gadgets are the source's; {} combinations tried as networks",
            self.conflicts, self.combinations
        );
        let decided = self.realizable + self.not_realizable;
        if decided + self.undecided > 0 {
            let _ = writeln!(
                text,
                "training    {} realizable (pulled back), {} not realizable (certificates verified), {} not decided",
                self.realizable, self.not_realizable, self.undecided
            );
        }
        text
    }
}

fn report_lines<R: Reduction>(report: &Report) -> String {
    let mut text = "verified    every check held\n".to_owned() + &ledger_lines(&report.ledger);
    let _ = writeln!(text, "solutions   {} by the {} solver", report.solutions, <R::Source as Problem>::NAME);
    let _ = writeln!(text, "forward     {} of them lifted: each network has error 0, exactly, and its file reads back", report.lifted);
    let _ = writeln!(text, "backward    {} networks (reordered, scaled, mirrored) pulled back to their solutions", report.variants);
    let _ = writeln!(
        text,
        "wrong       {} networks with an error refused; {} changed networks without error decoded to solutions",
        report.wrong_refused, report.wrong_without_error
    );
    let _ = writeln!(text, "choices     {} pairs of choices exclude each other on the points, the same as by the source", report.conflicts);
    if report.solutions == "0" {
        let _ = writeln!(text, "            so no network made of gadgets fits, as the source has no solution");
    }
    if let Some(combinations) = report.combinations {
        let _ = writeln!(text, "            all {combinations} combinations tried as networks: those of solutions fit, no others");
    }
    let verdict = match report.training {
        None => "not asked (--train): that no other network fits rests on the theorem",
        Some(Verdict::Realizable) => "the exact search found a network without error; it was pulled back to a solution",
        Some(Verdict::NotRealizable) => "the exact search proved that no network at all fits; the certificate was verified",
        Some(Verdict::Undecided) => "the exact search did not decide in time",
    };
    let _ = writeln!(text, "training    {verdict}");
    if let Some(functions) = report.functions {
        let _ = writeln!(text, "functions   {functions} without error among all networks, each with a solution of its own: the complete list");
    }
    text
}
