//! `relus train`: the best network for a data file.

use super::data::DataArgs;
use super::error::CliError;
use super::limits::LimitArgs;
use super::numbers::{duration, non_negative, positive, rational, size};
use super::output::{OutputArgs, check_target, write};
use super::progress::ProgressLine;
use super::report::report;
use super::{DECIDED, LIMIT};
use clap::{Args, ValueEnum};
use relus::exact::Rational;
use relus::instance::csv::{CsvOptions, read_table};
use relus::instance::json::{parse_width, read_instance};
use relus::instance::{Activation, Architecture, Instance, Loss, Place, Source, check_classes};
use relus::network::json::network_to_json;
use relus::train::Trainer;
use relus::train::auto::Auto;
use relus::train::convex::Convex;
use relus::train::enumerate::Enumerate;
use relus::train::local::Local;
use relus::train::milp::{Milp, MilpSolver};
use relus::train::result::TrainingResult;
use relus::train::search::Search;
use relus::train::univariate::Univariate;
use std::path::PathBuf;
use std::time::{Duration, Instant};

const ENVIRONMENT: &str = "Environment:
  RELUS_AUDIT=1  --method search and convex check every conclusion again in rationals as it is drawn, and panic where
                 one is wrong; some ten times slower

Ctrl-C stops with the best result so far and its proof, a second Ctrl-C at once (a checkpoint stays as last written).
The log, the statistics of --json and the limits are described in docs/LOG.md.";

/// Find the best network of a given width for a data file
///
/// The answer is proven unless the status says otherwise: "optimal" means that no network of
/// the class has a smaller loss, exactly. Out of time, the best network and a valid lower bound
/// are printed, with exit code 3.
///
/// Examples:
///   relus train data.csv --width 1
///   relus train data.csv --width 2 --features 1,3 --loss linf --time-limit 5m
///   relus train iris.csv --width 1 --loss zero-one --positive setosa
///   relus train data.csv --width 2 --target-error 0      can two neurons fit the data exactly?
///   relus train data.csv --width 2 --target-error 0 --convex      can a sum of two?
#[derive(Debug, Args)]
#[command(verbatim_doc_comment, after_long_help = ENVIRONMENT)]
pub(super) struct TrainArgs {
    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    problem: ProblemArgs,
    #[command(flatten)]
    method: MethodArgs,
    #[command(flatten)]
    files: SearchFiles,
    #[command(flatten)]
    limits: LimitArgs,
    #[command(flatten)]
    output: OutputArgs,
    /// Save the best network found as JSON (format relus-network)
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    save_network: Option<PathBuf>,
}

/// What is asked. An instance in JSON brings its own values; these options override them.
#[derive(Debug, Args)]
#[command(next_help_heading = "Problem")]
pub(super) struct ProblemArgs {
    /// The number of hidden neurons: 0, 1, 2, … [required for CSV]
    #[arg(long, short = 'k', value_name = "K", allow_hyphen_values = true)]
    width: Option<String>,
    /// The activation function of the neurons [default: relu]
    #[arg(long, value_enum)]
    activation: Option<ActivationName>,
    /// What is minimised: the sum of squares (l2), the sum (l1) or the maximum (linf) of absolute residuals, or the number of misclassified points (zero-one) [default: l2]
    #[arg(long, value_enum)]
    loss: Option<LossName>,
    /// Add a free constant to the network's output [default: no constant]
    #[arg(long)]
    output_bias: bool,
    /// Convex maps only: all output weights are +1, the network is a sum of K ReLUs (and of what --affine and --output-bias add)
    #[arg(long)]
    convex: bool,
    /// Add a free affine function of the features to the K ReLUs. In the network's file it is two more neurons that cancel, max(0, z) - max(0, -z) [default: none]
    #[arg(long)]
    affine: bool,
    /// Only decide whether a network of at most this loss exists [default: minimise]
    #[arg(long, value_name = "Q", value_parser = rational, allow_hyphen_values = true)]
    target_error: Option<Rational>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Method")]
struct MethodArgs {
    /// How to search; local is fast and proves nothing
    #[arg(long, value_enum, default_value_t = MethodName::Auto)]
    method: MethodName,
    /// Accept a proven relative gap (loss - bound) / loss of Q; 0 is exact
    #[arg(long, value_name = "Q", default_value = "0", value_parser = non_negative, allow_hyphen_values = true)]
    gap: Rational,
    /// Make --method search grow the same tree, node for node, whatever the number of threads (until --memory is used up)
    #[arg(long)]
    deterministic: bool,
    /// The most open nodes that --method search keeps waiting; beyond it the search goes depth first
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1..))]
    max_open: u32,
    /// The most memory that the open nodes of --method search may take, 500MB, 2GiB; beyond it the search goes depth first. The program takes some more
    #[arg(long, value_name = "SIZE", default_value = "4GiB", value_parser = size, allow_hyphen_values = true)]
    memory: usize,
    /// The solver of --method milp
    #[arg(long, value_enum, default_value_t = SolverName::Microlp)]
    solver: SolverName,
    /// Restrict --method milp to weights of at most this magnitude; the answer then holds for such networks only [default: a bound that is valid for the data]
    #[arg(long, value_name = "Q", value_parser = positive, allow_hyphen_values = true)]
    weight_bound: Option<Rational>,
}

/// Files of the search.
#[derive(Debug, Args)]
#[command(next_help_heading = "Proof and progress (method search; --certificate also convex)")]
struct SearchFiles {
    /// Write the proof of the lower bound to FILE while searching; `relus check FILE DATA` verifies it
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// Save the state of the search to FILE, at intervals and when it is stopped; with --certificate both belong together
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// The time between two checkpoints: 30, 60s, 5m
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration, requires = "checkpoint")]
    checkpoint_every: Duration,
    /// Go on from a checkpoint of the same problem
    #[arg(long, value_name = "FILE")]
    resume: Option<PathBuf>,
    /// Write bounds over time to FILE, one JSON object a line; with --resume FILE is added to
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum ActivationName {
    Relu,
    Threshold,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum LossName {
    L2,
    L1,
    Linf,
    ZeroOne,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum MethodName {
    /// The search; but convex where that answers, univariate for one feature, and enumeration for l1 and linf on small data. A note says what was chosen and why
    Auto,
    /// Branch and bound on activation bits: exact, with a certificate on request
    Search,
    /// With --convex and --target-error 0: the fixed-parameter algorithm for sums of ReLUs, for many points and few features and neurons; exact, with a certificate on request
    Convex,
    /// For one feature: branch and bound on the positions of the kinks, for thousands of points; exact
    Univariate,
    /// Enumerate the activation patterns: exact, for few features and neurons
    Enumerate,
    /// Mixed-integer linear program: for l1, linf, zero-one and zero error
    Milp,
    /// Many local searches: a good network in no time, without a proof
    Local,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum SolverName {
    /// Pure Rust, always there
    Microlp,
    /// Only in a build with the feature "highs"
    Highs,
}

impl From<SolverName> for MilpSolver {
    fn from(name: SolverName) -> Self {
        match name {
            SolverName::Microlp => MilpSolver::Microlp,
            SolverName::Highs => MilpSolver::Highs,
        }
    }
}

impl From<ActivationName> for Activation {
    fn from(name: ActivationName) -> Self {
        match name {
            ActivationName::Relu => Activation::Relu,
            ActivationName::Threshold => Activation::Threshold,
        }
    }
}

impl From<LossName> for Loss {
    fn from(name: LossName) -> Self {
        match name {
            LossName::L2 => Loss::L2,
            LossName::L1 => Loss::L1,
            LossName::Linf => Loss::Linf,
            LossName::ZeroOne => Loss::ZeroOne,
        }
    }
}

/// An instance with what a reader of the result should know about where it comes from.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) instance: Instance,
    pub(super) name: String,
    /// How the data were selected from a table, if they were.
    pub(super) columns: Option<CsvOptions>,
    pub(super) notes: Vec<String>,
}

/// Reads the data and applies the options.
pub(super) fn load(data: &DataArgs, problem: &ProblemArgs) -> Result<Loaded, CliError> {
    let width = problem.width.as_deref().map(parse_width).transpose()?;
    let source = Source::read(data.path())?;
    let name = source.name().to_owned();
    if source.is_json() {
        data.table.refuse_for_json()?;
        let mut instance = read_instance(&source)?;
        let notes = override_instance(&mut instance, problem, width);
        instance.architecture.check()?;
        if instance.loss == Loss::ZeroOne {
            check_classes(&instance.data).map_err(|e| source.error(Place::Path("y".to_owned()), e))?;
        }
        return Ok(Loaded { instance, name, columns: None, notes });
    }
    let loss = problem.loss.map_or(Loss::L2, Loss::from);
    if loss != Loss::ZeroOne && data.table.positive().is_some() {
        return Err(CliError::Usage("--positive applies to --loss zero-one only".to_owned()));
    }
    let columns = data.table.csv_options();
    let table = read_table(&source, &columns)?;
    let data = if loss == Loss::ZeroOne { table.classification(data.table.positive())? } else { table.regression()? };
    let Some(width) = width else {
        return Err(CliError::Usage("the number of neurons is missing: say --width K (CSV data do not bring it)".to_owned()));
    };
    let activation = problem.activation.map_or(Activation::Relu, Activation::from);
    let architecture = Architecture { activation, width, output_bias: problem.output_bias, convex: problem.convex, affine: problem.affine };
    architecture.check()?;
    let instance = Instance { data, architecture, loss, target_error: problem.target_error.clone() };
    Ok(Loaded { instance, name, columns: Some(columns), notes: Vec::new() })
}

/// Applies the options that were given, and says where they differ from the file.
fn override_instance(instance: &mut Instance, problem: &ProblemArgs, width: Option<usize>) -> Vec<String> {
    fn replace<T: PartialEq>(notes: &mut Vec<String>, what: &str, value: &mut T, new: Option<T>, show: impl Fn(&T) -> String) {
        if let Some(new) = new.filter(|new| new != value) {
            notes.push(format!("the file says {what} {}, the command line says {}, which is used", show(value), show(&new)));
            *value = new;
        }
    }
    let mut notes = Vec::new();
    let architecture = &mut instance.architecture;
    replace(&mut notes, "width", &mut architecture.width, width, ToString::to_string);
    replace(&mut notes, "activation", &mut architecture.activation, problem.activation.map(Activation::from), |a| a.name().to_owned());
    replace(&mut notes, "output bias", &mut architecture.output_bias, problem.output_bias.then_some(true), ToString::to_string);
    replace(&mut notes, "convex", &mut architecture.convex, problem.convex.then_some(true), ToString::to_string);
    replace(&mut notes, "affine", &mut architecture.affine, problem.affine.then_some(true), ToString::to_string);
    replace(&mut notes, "loss", &mut instance.loss, problem.loss.map(Loss::from), |l| l.name().to_owned());
    // A file without a target error asks for the minimum; to ask for something else contradicts nothing.
    match &mut instance.target_error {
        Some(target) => replace(&mut notes, "target error", target, problem.target_error.clone(), ToString::to_string),
        none => none.clone_from(&problem.target_error),
    }
    notes
}

pub(super) fn run(args: &TrainArgs) -> Result<u8, CliError> {
    let Loaded { instance, name, columns, notes } = load(&args.data, &args.problem)?;
    args.output.check()?;
    args.save_network.iter().try_for_each(|path| check_target(path))?;
    let files = &args.files;
    [&files.certificate, &files.checkpoint, &files.log].into_iter().flatten().try_for_each(|path| check_target(path))?;
    let trainer = trainer(args, &instance, columns.as_ref())?;

    let line = ProgressLine::new(args.limits.quiet);
    let mut control = args.limits.control().with_gap(args.method.gap.clone());
    if let Some(line) = &line {
        control = control.with_observer(line);
    }
    let start = Instant::now();
    let mut outcome = trainer.train(&instance, &control)?;
    let seconds = start.elapsed().as_secs_f64();
    drop(control);
    drop(line);

    outcome.notes.splice(0..0, notes);
    let mut result = TrainingResult::new(&instance, columns.as_ref(), &outcome, seconds);
    // An unfinished one proves nothing yet.
    let finished = outcome.statistics.get("certificate bytes").is_some();
    result.certificate = files.certificate.as_ref().filter(|_| finished).map(|path| args.output.reference(path));
    if let (Some(path), Some(network)) = (&args.save_network, &result.network) {
        write(path, &network_to_json(network))?;
    }
    let text = if args.output.json() { result.to_json() } else { report(&result, &instance, &name) };
    args.output.write(&text)?;
    Ok(if result.status.is_decided() { DECIDED } else { LIMIT })
}

/// The method that was asked for.
fn trainer(args: &TrainArgs, instance: &Instance, columns: Option<&CsvOptions>) -> Result<Box<dyn Trainer>, CliError> {
    let (method, files) = (&args.method, &args.files);
    let audit = std::env::var_os("RELUS_AUDIT").is_some_and(|value| value == "1");
    let convex = Convex { certificate: files.certificate.clone(), columns: columns.cloned(), audit };
    let search = Search {
        max_open: usize::try_from(method.max_open).expect("32 bits"),
        memory: method.memory,
        deterministic: method.deterministic,
        certificate: files.certificate.clone(),
        columns: columns.cloned(),
        checkpoint: files.checkpoint.clone(),
        checkpoint_every: files.checkpoint_every,
        resume: files.resume.clone(),
        log: files.log.clone(),
        audit,
        ..Search::default()
    };
    let only_search = [&files.checkpoint, &files.resume, &files.log].into_iter().any(Option::is_some) || method.deterministic;
    let wants_proof = files.certificate.is_some();
    Ok(match method.method {
        MethodName::Search => Box::new(search),
        MethodName::Convex if !only_search => Box::new(convex),
        MethodName::Auto if wants_proof && !only_search && Auto::takes_convex(instance) => Box::new(convex),
        // What only the search can do is a choice of the search.
        MethodName::Auto if only_search || wants_proof => Box::new(search),
        MethodName::Convex => {
            let what = "--checkpoint, --resume, --log and --deterministic belong to --method search";
            return Err(CliError::Usage(what.to_owned()));
        }
        _ if only_search || wants_proof => {
            let what = "--certificate, --checkpoint, --resume, --log and --deterministic belong to --method search: the other methods prove without a certificate";
            return Err(CliError::Usage(what.to_owned()));
        }
        MethodName::Auto => Box::new(Auto { search, convex, ..Auto::default() }),
        MethodName::Univariate => Box::new(Univariate::default()),
        MethodName::Enumerate => Box::new(Enumerate::default()),
        MethodName::Milp => Box::new(Milp { solver: method.solver.into(), weight_bound: method.weight_bound.clone() }),
        MethodName::Local => Box::new(Local::default()),
    })
}
