//! `relus width`: the smallest number of neurons that fits a data file without error.

use super::data::DataArgs;
use super::error::CliError;
use super::limits::LimitArgs;
use super::output::{OutputArgs, check_target, write};
use super::report::{network_lines, plural};
use super::train::ActivationName;
use super::{DECIDED, LIMIT};
use clap::Args;
use relus::instance::csv::{CsvOptions, read_table};
use relus::instance::json::{parse_width, read_instance};
use relus::instance::{Activation, Architecture, Data, Source};
use relus::network::json::network_to_json;
use relus::train::width::{LowerProof, NoWidth, SmallestWidth, Width};
use std::fmt::Write;
use std::path::PathBuf;
use std::time::Instant;

/// Find the smallest width: the least number of neurons that fits a data file without error
///
/// The answer is a network and the refutation of the width below, which --certificate writes for
/// `relus check FILE DATA`. Where no width fits (equal points with different targets; data that are
/// not convex with --convex), that is the answer. Out of time, or where the last step is too large,
/// proven bounds are printed, with exit code 3.
///
/// Data with one feature are answered by counting bends; other data by the bends of points that lie
/// on common lines, and then by the search, one width after the other.
///
/// Examples:
///   relus width data.csv
///   relus width data.csv --affine --certificate proof.bin    kinks besides an affine function
///   relus width data.csv --activation threshold --output-bias --time-limit 5m
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct WidthArgs {
    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    class: ClassArgs,
    /// Write the refutation of the width below the answer (or below the lower bound) to FILE; `relus check FILE DATA` verifies it
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    certificate: Option<PathBuf>,
    #[command(flatten)]
    limits: LimitArgs,
    #[command(flatten)]
    output: OutputArgs,
    /// Save the network as JSON (format relus-network)
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    save_network: Option<PathBuf>,
}

/// The class of networks. An instance in JSON brings its own, to which these options add; its width, loss and target error are not used.
#[derive(Debug, Args)]
#[command(next_help_heading = "Class of networks")]
struct ClassArgs {
    /// The activation function of the neurons [default: relu]
    #[arg(long, value_enum)]
    activation: Option<ActivationName>,
    /// Add a free constant to the network's output [default: no constant]
    #[arg(long)]
    output_bias: bool,
    /// Convex maps only: all output weights are +1
    #[arg(long)]
    convex: bool,
    /// Add a free affine function of the features, which counts for no neuron; in the network's file it is two more that cancel
    #[arg(long)]
    affine: bool,
    /// Try no width beyond K: if none up to K fits, the answer is a lower bound, with exit code 3 [default: no limit]
    #[arg(long, value_name = "K", allow_hyphen_values = true)]
    max_width: Option<String>,
}

struct Question {
    data: Data,
    architecture: Architecture,
    name: String,
    columns: Option<CsvOptions>,
}

fn load(args: &WidthArgs) -> Result<Question, CliError> {
    let class = &args.class;
    let source = Source::read(args.data.path())?;
    let name = source.name().to_owned();
    if args.data.table.positive().is_some() {
        return Err(CliError::Usage("--positive applies to --loss zero-one only".to_owned()));
    }
    let activation = class.activation.map(Activation::from);
    let (data, own, columns) = if source.is_json() {
        args.data.table.refuse_for_json()?;
        let instance = read_instance(&source)?;
        (instance.data, Some(instance.architecture), None)
    } else {
        let columns = args.data.table.csv_options();
        (read_table(&source, &columns)?.regression()?, None, Some(columns))
    };
    let architecture = Architecture {
        activation: activation.or(own.map(|own| own.activation)).unwrap_or(Activation::Relu),
        width: 0,
        output_bias: class.output_bias || own.is_some_and(|own| own.output_bias),
        convex: class.convex || own.is_some_and(|own| own.convex),
        affine: class.affine || own.is_some_and(|own| own.affine),
    };
    architecture.check()?;
    Ok(Question { data, architecture, name, columns })
}

pub(super) fn run(args: &WidthArgs) -> Result<u8, CliError> {
    let max_width = args.class.max_width.as_deref().map(parse_width).transpose().map_err(|e| CliError::Usage(format!("--max-width: {e}")))?;
    let question = load(args)?;
    args.output.check()?;
    [&args.save_network, &args.certificate].into_iter().flatten().try_for_each(|path| check_target(path))?;
    let smallest = SmallestWidth {
        max_width,
        certificate: args.certificate.clone(),
        columns: question.columns.clone(),
        ..SmallestWidth::new(question.architecture)
    };
    let start = Instant::now();
    let width = smallest.find(&question.data, &args.limits.control())?;
    let seconds = start.elapsed().as_secs_f64();
    if let (Some(path), Some((_, network))) = (&args.save_network, &width.network) {
        write(path, &network_to_json(network))?;
    }
    let certificate = args.certificate.as_ref().filter(|_| width.certified.is_some()).map(|path| args.output.reference(path));
    let text = if args.output.json() {
        width.to_json(question.architecture, &question.data, certificate.as_deref(), seconds)
    } else {
        report(&width, &question, certificate.as_deref(), seconds)
    };
    args.output.write(&text)?;
    Ok(if width.is_decided() { DECIDED } else { LIMIT })
}

fn report(width: &Width, question: &Question, certificate: Option<&str>, seconds: f64) -> String {
    /// Networks with more neurons are not printed.
    const SHOWN: usize = 50;
    let mut out = String::new();
    let mut line = |label: &str, text: &str| {
        let _ = writeln!(out, "{label:<12}{text}");
    };
    let data = &question.data;
    let bound = width.lower_bound;
    match (width.none, width.smallest(), width.upper_bound()) {
        (Some(_), ..) => line("width", "none: proven that no number of neurons fits the data"),
        (_, Some(k), _) => line("width", &format!("{k}: proven to be the smallest that fits the data")),
        (.., Some(upper)) => line("width", &format!("from {bound} to {upper}: proven bounds, the smallest that fits is left open")),
        _ => line("width", &format!("at least {bound}: no network that fits is known")),
    }
    let (n, d) = (data.len(), data.dimension());
    line("data", &format!("{}: {n} point{}, {d} feature{}", question.name, plural(n), plural(d)));
    line("class", &describe(question.architecture));
    if let Some(none) = width.none {
        line("reason", &reason(none));
    } else {
        line("lower bound", &format!("{bound}: {}", why(width)));
    }
    if let Some((_, network)) = &width.network {
        let count = network.neurons.len();
        if count > SHOWN {
            line("network", &format!("{count} neurons (--save-network or --json for their weights)"));
        } else {
            for (i, text) in network_lines(network, &data.feature_names).iter().enumerate() {
                line(if i == 0 { "network" } else { "" }, text);
            }
        }
    }
    if let (Some(file), Some(k)) = (certificate, width.certified) {
        line("certificate", &format!("{file}: no {k} neuron{} fit", plural(k)));
    }
    for (k, nodes) in &width.searched {
        line("search", &format!("width {k}: {nodes} node{}", if *nodes == 1 { "" } else { "s" }));
    }
    if width.stopped.is_some() {
        line("note", "stopped at a limit");
    }
    for note in &width.notes {
        line("note", note);
    }
    line("time", &format!("{seconds:.3} s"));
    out
}

fn describe(architecture: Architecture) -> String {
    let Architecture { activation, output_bias, convex, affine, .. } = architecture;
    let neurons = if activation == Activation::Threshold { "threshold networks" } else { "ReLU networks" };
    let bias = if output_bias { " with an output bias" } else { "" };
    let signs = if convex { ", all output weights +1" } else { "" };
    let affine = if affine { ", and an affine function" } else { "" };
    format!("{neurons}{bias}{signs}{affine}")
}

fn reason(none: NoWidth) -> String {
    let points: Vec<String> = none.points().iter().map(ToString::to_string).collect();
    let points = points.join(", ");
    match none {
        NoWidth::Conflict(_) => format!("points {points} are equal and have different targets"),
        NoWidth::BendsDown(_) => format!("points {points} lie on a line, and the second one's target is above the chord: no convex map"),
        NoWidth::Negative(_) => format!("point {points} has a negative target: a sum of ReLUs is not negative"),
        NoWidth::AllRefuted(n) => format!("{n} neurons, as many as distinct points, do not fit, and then none do (Caratheodory)"),
        _ => none.name().to_owned(),
    }
}

fn why(width: &Width) -> &'static str {
    match width.lower_proof {
        LowerProof::Trivial => "no network has fewer",
        LowerProof::NoNeurons => "without neurons the data are not fitted",
        LowerProof::Bends => "points on a line bend so often",
        LowerProof::Orientations => "the interpolant with the fewest kinks is unique, and no orientation of its kinks leaves nothing over",
        LowerProof::Search => "the search refuted the width below",
        _ => width.lower_proof.name(),
    }
}
