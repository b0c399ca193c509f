//! `relus generate`: instances to try things with.

mod convex;
mod sources;

use super::DECIDED;
use super::error::CliError;
use super::numbers::non_negative;
use super::output::{check_target, has_extension, write};
use super::train::{ActivationName, LossName};
use clap::{Args, Subcommand, ValueEnum};
use relus::arrangement::{boolean, braid, resonance, threshold};
use relus::exact::{Rational, nearest_f64};
use relus::generate::{Planted, Teacher};
use relus::instance::csv::{matrix_to_csv, to_csv};
use relus::instance::json::{instance_to_json, parse_width};
use relus::instance::{Activation, Architecture, Loss};
use relus::network::json::network_to_json;
use std::path::{Path, PathBuf};

/// Make instances to try things with: random data from a known network, named arrangements
#[derive(Debug, Subcommand)]
pub(super) enum GenerateCommand {
    Teacher(TeacherArgs),
    Convex(convex::ConvexArgs),
    Hyperplanes(HyperplanesArgs),
    Poits(sources::PoitsArgs),
    Graph(sources::GraphArgs),
}

/// A matrix of hyperplanes with a known number of cells, as CSV, one normal a line
///
/// Example:
///   relus generate hyperplanes resonance 5 -o r5.csv
///   relus arrangement --hyperplanes r5.csv                (11292 cells)
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct HyperplanesArgs {
    /// Which arrangement
    #[arg(value_enum)]
    name: ArrangementName,
    /// Its parameter, from 1 to 16
    #[arg(value_name = "N", value_parser = clap::value_parser!(u8).range(1..=16))]
    parameter: u8,
    /// Write the matrix to FILE [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ArrangementName {
    /// The non-zero vectors of {0,1}^N: 2, 6, 32, 370, 11292, 1066044 cells, … (OEIS A034997)
    Resonance,
    /// The vectors (x, 1) for x in {0,1}^N; cells are the threshold functions of N variables: 4, 14, 104, 1882, 94572, … (OEIS A000609)
    Threshold,
    /// The differences of coordinates of R^N, N at least 2: N! cells
    Braid,
    /// The coordinates of R^N: 2^N cells
    Boolean,
}

/// Random points with the values of a random network, plus noise
///
/// Points, weights and biases are standard normal, rounded to the decimals, so that the file
/// holds them exactly. Without noise the targets are the network's exact values: the optimum is 0.
/// The same seed gives the same instance.
///
/// Examples:
///   relus generate teacher --dimension 2 --width 2 --points 40 --noise 0.1 --seed 7 -o planted.json
///   relus generate teacher --points 20 --noise 0 --save-network teacher.json -o planted.csv
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct TeacherArgs {
    /// The number of features
    #[arg(long, short, value_name = "D", default_value_t = 2)]
    dimension: usize,
    /// The number of neurons of the network
    #[arg(long, short = 'k', value_name = "K", default_value = "1", allow_hyphen_values = true)]
    width: String,
    /// The number of points
    #[arg(long, short = 'n', value_name = "N", default_value_t = 40)]
    points: usize,
    /// The standard deviation of the noise on the targets
    #[arg(long, value_name = "SIGMA", default_value = "0.1", value_parser = non_negative, allow_hyphen_values = true)]
    noise: Rational,
    /// The activation function of the network
    #[arg(long, value_enum, default_value_t = ActivationName::Relu)]
    activation: ActivationName,
    /// The loss of the instance; with zero-one the targets are the classes 1 and 0
    #[arg(long, value_enum, default_value_t = LossName::L2)]
    loss: LossName,
    /// Add a random constant to the network's output [default: no constant]
    #[arg(long)]
    output_bias: bool,
    /// Round to this many decimals (at most 9)
    #[arg(long, value_name = "P", default_value_t = 4)]
    decimals: u32,
    /// The seed of everything random
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    /// json: a relus-instance; csv: a table without width and loss [default: csv if FILE ends in .csv, else json]
    #[arg(long, value_enum)]
    format: Option<FormatName>,
    /// Write the instance to FILE [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Save the network that made the data as JSON (format relus-network)
    #[arg(long, value_name = "FILE")]
    save_network: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum FormatName {
    Json,
    Csv,
}

pub(super) fn run(command: &GenerateCommand) -> Result<u8, CliError> {
    match command {
        GenerateCommand::Teacher(args) => teacher(args),
        GenerateCommand::Convex(args) => convex::run(args),
        GenerateCommand::Hyperplanes(args) => hyperplanes(args),
        GenerateCommand::Poits(args) => sources::poits(args),
        GenerateCommand::Graph(args) => sources::graph(args),
    }
}

fn hyperplanes(args: &HyperplanesArgs) -> Result<u8, CliError> {
    let n = usize::from(args.parameter);
    let rows = match args.name {
        ArrangementName::Braid if n < 2 => return Err(CliError::Usage("the braid arrangement needs at least 2 coordinates".to_owned())),
        ArrangementName::Resonance => resonance(n),
        ArrangementName::Threshold => threshold(n),
        ArrangementName::Braid => braid(n),
        ArrangementName::Boolean => boolean(n),
    };
    let row = |i: usize| rows.row(i).iter().cloned().map(Rational::from).collect::<Vec<_>>();
    write(args.output.as_deref().unwrap_or(Path::new("-")), &matrix_to_csv((0..rows.len()).map(row)))?;
    Ok(DECIDED)
}

fn teacher(args: &TeacherArgs) -> Result<u8, CliError> {
    let activation = Activation::from(args.activation);
    let architecture = Architecture { activation, width: parse_width(&args.width)?, output_bias: args.output_bias, convex: false, affine: false };
    let settings = Teacher {
        dimension: args.dimension,
        architecture,
        points: args.points,
        noise: nearest_f64(&args.noise),
        decimals: args.decimals,
        loss: Loss::from(args.loss),
        seed: args.seed,
    };
    save(&settings.draw()?, args.output.as_deref(), args.format, args.save_network.as_deref())
}

/// Writes an instance and the network that it was made from.
fn save(planted: &Planted, output: Option<&Path>, format: Option<FormatName>, network: Option<&Path>) -> Result<u8, CliError> {
    let output = output.unwrap_or(Path::new("-"));
    check_target(output)?;
    network.iter().try_for_each(|path| check_target(path))?;
    let format = format.unwrap_or(if has_extension(output, "csv") { FormatName::Csv } else { FormatName::Json });
    let text = match format {
        FormatName::Json => instance_to_json(&planted.instance),
        FormatName::Csv => to_csv(&planted.instance.data),
    };
    write(output, &text)?;
    if let Some(path) = network {
        write(path, &network_to_json(&planted.teacher))?;
    }
    Ok(DECIDED)
}
