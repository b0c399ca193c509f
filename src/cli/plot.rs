//! `relus plot`: pictures.

use super::DECIDED;
use super::data::{DataArgs, TableArgs};
use super::error::CliError;
use super::eval::read_any_network;
use super::output::{check_target, has_extension, write_bytes};
use super::reduce::pull_error;
use super::rules::{RuleArgs, RuleName, read_solution};
use clap::{Args, Subcommand};
use relus::instance::csv::read_table;
use relus::instance::json::read_instance;
use relus::instance::{Data, Source};
use relus::network::Network;
use relus::plot::{Chosen, InstancePlotError, LEGIBLE_GADGETS, instance, planar};
use relus::problems::{Poits, Problem};
use relus::reductions::{PlanarReduction, PoitsRelu, PoitsThreshold};
use std::path::{Path, PathBuf};

/// Draw a picture
#[derive(Debug, Subcommand)]
pub(super) enum PlotCommand {
    Instance(InstanceArgs),
    Network(NetworkArgs),
    Reduction(ReductionArgs),
}

/// Draw data with one or two features
///
/// One feature: the targets over it. Two features: the points of the plane, shaded by target.
///
/// Examples:
///   relus plot instance data.csv --features age -o picture.svg
///   relus plot instance instance.json -o picture.png
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct InstanceArgs {
    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    picture: PictureArgs,
}

/// Draw a network of one or two features, over data if there are some
///
/// One feature: the data, the graph of the network with its kinks, and below the residuals. Two features: the data, the neurons' breaklines with arrows to their active sides, the cells between them shaded by the
/// number of active neurons, and the level lines of the network.
///
/// Examples:
///   relus plot network network.json data.csv -o picture.svg
///   relus plot network result.json data.csv --features height,age -o picture.png
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct NetworkArgs {
    /// The network: JSON of the format relus-network, or a relus-result that has one; "-" reads standard input
    network: PathBuf,
    /// The data: a CSV file or a relus-instance (JSON), told apart by content; "-" reads standard input [default: the network alone]
    data: Option<PathBuf>,
    #[command(flatten)]
    table: TableArgs,
    #[command(flatten)]
    picture: PictureArgs,
}

#[derive(Debug, Args)]
struct PictureArgs {
    /// The picture's title [default: what is drawn]
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// Write the picture to FILE, whose name ends in .svg, or in .png if relus was built with the feature png [default: SVG to standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Draw a reduction to the plane: gadgets, points and the network of a solution
///
/// An overview shows the centre lines of the gadgets and the consistency points where they meet, a panel for each horizontal line the points and the network's graph along it. Without an
/// option the source is solved first; if it has no solution, only points and possible choices are drawn.
///
/// Examples:
///   relus plot reduction poits-relu formula.cnf -o picture.svg
///   relus plot reduction poits-threshold formula.cnf --network result.json -o picture.png
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct ReductionArgs {
    #[command(flatten)]
    rule: RuleArgs,
    /// Draw this solution: numbers from 1 as "relus solve" prints them
    #[arg(long, value_name = "FILE", conflicts_with_all = ["network", "no_solution"])]
    solution: Option<PathBuf>,
    /// Draw this network without error: JSON of the format relus-network, or a relus-result that has one
    #[arg(long, value_name = "FILE", conflicts_with = "no_solution")]
    network: Option<PathBuf>,
    /// Draw points and possible choices only
    #[arg(long)]
    no_solution: bool,
    /// Write the picture to FILE, whose name ends in .svg, or in .png if relus was built with the feature png [default: SVG to standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn run(command: &PlotCommand) -> Result<u8, CliError> {
    let args = match command {
        PlotCommand::Instance(args) => return plot_instance(args),
        PlotCommand::Network(args) => return plot_network(args),
        PlotCommand::Reduction(args) => args,
    };
    match args.rule.rule {
        RuleName::PoitsRelu => reduction(args, &PoitsRelu),
        RuleName::PoitsThreshold => reduction(args, &PoitsThreshold),
        RuleName::CliqueThreshold | RuleName::CliqueRelu => Err(CliError::Usage(
            "the reductions from Clique have points of dimension 2K: only poits-relu and poits-threshold lie in the plane".to_owned(),
        )),
    }
}

fn plot_instance(args: &InstanceArgs) -> Result<u8, CliError> {
    let target = Target::new(args.picture.output.as_deref())?;
    let (data, name) = read_data(args.data.path(), &args.data.table)?;
    let title = args.picture.title.clone().unwrap_or_else(|| format!("{name}: {} points", data.len()));
    target.write(&instance(&title, Some(&data), None).map_err(|error| plot_error(&name, error))?)
}

fn plot_network(args: &NetworkArgs) -> Result<u8, CliError> {
    let target = Target::new(args.picture.output.as_deref())?;
    if args.network == Path::new("-") && args.data.as_deref() == Some(Path::new("-")) {
        return Err(CliError::Usage("only one of NETWORK and DATA can be read from standard input".to_owned()));
    }
    let source = Source::read(&args.network)?;
    let network = read_any_network(&source)?;
    let data = match &args.data {
        Some(path) => Some(read_data(path, &args.table)?),
        None => None,
    };
    let neurons = network.neurons.len();
    let what = format!("{neurons} {} neuron{}", network.activation.name(), if neurons == 1 { "" } else { "s" });
    let title = match (&args.picture.title, &data) {
        (Some(title), _) => title.clone(),
        (None, Some((data, name))) => format!("{name}: {} points, {what}", data.len()),
        (None, None) => format!("{}: {what}", source.name()),
    };
    let picture = instance(&title, data.as_ref().map(|(data, _)| data), Some(&network));
    target.write(&picture.map_err(|error| plot_error(source.name(), error))?)
}

fn plot_error(file: &str, error: InstancePlotError) -> CliError {
    match error {
        InstancePlotError::Network(source) => CliError::Dimension { file: file.to_owned(), source },
        other => CliError::Usage(format!("{file}: {other}")),
    }
}

/// Data to be drawn and the name of their file without folders; classes are drawn as 0 and 1, or as they are numbered.
fn read_data(path: &Path, table: &TableArgs) -> Result<(Data, String), CliError> {
    let source = Source::read(path)?;
    let name = path.file_name().map_or_else(|| source.name().to_owned(), |name| name.to_string_lossy().into_owned());
    if source.is_json() {
        table.refuse_for_json()?;
        return Ok((read_instance(&source)?.data, name));
    }
    let read = read_table(&source, &table.csv_options())?;
    let data = match table.positive() {
        Some(positive) => read.classification(Some(positive))?,
        None => match read.regression() {
            Ok(data) => data,
            // Names of classes, if they are that; else the first error is the one that helps.
            Err(error) => read.classification(None).map_err(|_| error)?,
        },
    };
    Ok((data, name))
}

/// Where a picture goes, confirmed before anything is computed.
struct Target<'a> {
    output: &'a Path,
    encode: Encoder,
}

impl<'a> Target<'a> {
    fn new(output: Option<&'a Path>) -> Result<Self, CliError> {
        let output = output.unwrap_or(Path::new("-"));
        let encode = encoder(output)?;
        check_target(output)?;
        Ok(Target { output, encode })
    }

    fn write(&self, svg: &str) -> Result<u8, CliError> {
        write_bytes(self.output, &(self.encode)(svg))?;
        Ok(DECIDED)
    }
}

fn reduction<R: PlanarReduction>(args: &ReductionArgs, reduction: &R) -> Result<u8, CliError> {
    let target = Target::new(args.output.as_deref())?;
    let others = args.solution.iter().chain(&args.network);
    if args.rule.reads_stdin() && others.into_iter().any(|path| path == Path::new("-")) {
        return Err(CliError::Usage("only one file can be read from standard input".to_owned()));
    }
    let formula = args.rule.source.formula()?;
    let (chosen, note) = network(args, reduction, &formula)?;
    let chosen = chosen.as_ref().map(|(network, choices)| Chosen { network, choices });
    let svg = planar(reduction, &formula, chosen, &note).map_err(|error| CliError::Usage(error.to_string()))?;
    let gadgets = formula.variables() + formula.clauses().len();
    if gadgets > LEGIBLE_GADGETS {
        eprintln!("note: {gadgets} gadgets make a wide picture; it is meant for {LEGIBLE_GADGETS} at most");
    }
    target.write(&svg)
}

/// A network and the choices of its gadgets.
type Drawn = (Network, Vec<usize>);

/// What is drawn, and what to say of it.
fn network<R: PlanarReduction>(args: &ReductionArgs, reduction: &R, formula: &Poits) -> Result<(Option<Drawn>, String), CliError> {
    if args.no_solution {
        return Ok((None, "Without a solution: the points and the possible choices of the gadgets".to_owned()));
    }
    let (solution, given) = if let Some(path) = &args.network {
        let file = Source::read(path)?;
        let network = read_any_network(&file)?;
        let solution = reduction.pull(formula, &network).map_err(|error| pull_error(file.name(), error))?;
        (solution, Some(network))
    } else if let Some(path) = &args.solution {
        (read_solution::<R>(formula, path)?, None)
    } else {
        match formula.solve() {
            Some(solution) => (solution, None),
            None => {
                return Ok((
                    None,
                    "The formula has no solution, so no network fits all points: the points and the possible choices of the gadgets".to_owned(),
                ));
            }
        }
    };
    let choices = reduction.choices_of(formula, &solution).expect("a solution");
    let network = given.or_else(|| reduction.network(formula, &choices)).expect("a solution has a network");
    let names: Vec<String> = (1..).zip(&solution).filter(|(_, value)| **value).map(|(v, _)| format!("x{v}")).collect();
    let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    Ok((Some((network, choices)), format!("Drawn with the network φ of the solution in which these variables are true: {names}")))
}

/// From SVG to the bytes of a file.
type Encoder = fn(&str) -> Vec<u8>;

/// The encoder for a file by its name.
fn encoder(output: &Path) -> Result<Encoder, CliError> {
    if output == Path::new("-") || has_extension(output, "svg") {
        return Ok(|svg| svg.as_bytes().to_vec());
    }
    if has_extension(output, "png") {
        return png_encoder();
    }
    Err(CliError::Usage(format!("{}: the name of a picture ends in .svg or .png", output.display())))
}

#[cfg(feature = "png")]
#[allow(clippy::unnecessary_wraps, reason = "without the feature it fails")]
fn png_encoder() -> Result<Encoder, CliError> {
    Ok(relus::plot::to_png)
}

#[cfg(not(feature = "png"))]
fn png_encoder() -> Result<Encoder, CliError> {
    let message = "this relus was built without PNG: write to a name that ends in .svg, or build it with \"--features png\"";
    Err(CliError::Usage(message.to_owned()))
}
