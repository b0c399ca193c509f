//! `relus plot`: pictures.

use super::DECIDED;
use super::error::CliError;
use super::eval::read_any_network;
use super::output::{check_target, has_extension, write_bytes};
use super::reduce::pull_error;
use super::rules::{RuleArgs, RuleName, read_solution};
use clap::{Args, Subcommand};
use relus::instance::Source;
use relus::network::Network;
use relus::plot::{Chosen, LEGIBLE_GADGETS, planar};
use relus::problems::{Poits, Problem};
use relus::reductions::{PlanarReduction, PoitsRelu, PoitsThreshold};
use std::path::{Path, PathBuf};

/// Draw a picture
#[derive(Debug, Subcommand)]
pub(super) enum PlotCommand {
    Reduction(ReductionArgs),
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
    let PlotCommand::Reduction(args) = command;
    match args.rule.rule {
        RuleName::PoitsRelu => reduction(args, &PoitsRelu),
        RuleName::PoitsThreshold => reduction(args, &PoitsThreshold),
        RuleName::CliqueThreshold | RuleName::CliqueRelu => Err(CliError::Usage(
            "the reductions from Clique have points of dimension 2K: only poits-relu and poits-threshold lie in the plane".to_owned(),
        )),
    }
}

fn reduction<R: PlanarReduction>(args: &ReductionArgs, reduction: &R) -> Result<u8, CliError> {
    let output = args.output.as_deref().unwrap_or(Path::new("-"));
    let encode = encoder(output)?;
    check_target(output)?;
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
    write_bytes(output, &encode(&svg))?;
    Ok(DECIDED)
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
