//! `relus generate convex`: planted sums of ReLUs.

use super::{FormatName, save};
use crate::cli::error::CliError;
use crate::cli::numbers::rational;
use clap::Args;
use relus::exact::Rational;
use relus::generate::PlantedConvex;
use relus::instance::json::parse_width;
use std::path::PathBuf;

/// Random points with the exact values of a random sum of ReLUs: a convex map fits them without error
///
/// Points, weights and biases are standard normal, rounded to the decimals. With --perturb some
/// targets are moved, after which (for many points very likely, but nobody proves it here) no
/// such map fits. The instance asks whether one does: convex, target error 0.
///
/// Examples:
///   relus generate convex -d 2 -k 2 -n 1000 --seed 1 -o fits.json
///   relus generate convex -d 2 -k 2 -n 1000 --seed 1 --perturb 0.01 -o moved.json
///   relus train moved.json --method convex --certificate moved.cert
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(in crate::cli) struct ConvexArgs {
    /// The number of features
    #[arg(long, short, value_name = "D", default_value_t = 2)]
    dimension: usize,
    /// The number of ReLUs, all with output weight +1
    #[arg(long, short = 'k', value_name = "K", default_value = "2", allow_hyphen_values = true)]
    width: String,
    /// The number of points
    #[arg(long, short = 'n', value_name = "N", default_value_t = 40)]
    points: usize,
    /// Add a random affine function
    #[arg(long)]
    affine: bool,
    /// Add Q to the targets of some points [default: no perturbation]
    #[arg(long, value_name = "Q", value_parser = rational, allow_hyphen_values = true)]
    perturb: Option<Rational>,
    /// How many points --perturb moves
    #[arg(long, value_name = "M", default_value_t = 1, requires = "perturb")]
    moved: usize,
    /// Round to this many decimals (at most 9)
    #[arg(long, value_name = "P", default_value_t = 4)]
    decimals: u32,
    /// The seed of everything random
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    /// json: a relus-instance; csv: a table without width, class and question [default: csv if FILE ends in .csv, else json]
    #[arg(long, value_enum)]
    format: Option<FormatName>,
    /// Write the instance to FILE [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Save the planted network as JSON (format relus-network)
    #[arg(long, value_name = "FILE")]
    save_network: Option<PathBuf>,
}

pub(super) fn run(args: &ConvexArgs) -> Result<u8, CliError> {
    let settings = PlantedConvex {
        dimension: args.dimension,
        width: parse_width(&args.width)?,
        affine: args.affine,
        points: args.points,
        decimals: args.decimals,
        perturbation: args.perturb.clone().unwrap_or(Rational::ZERO),
        moved: args.moved,
        seed: args.seed,
    };
    save(&settings.draw()?, args.output.as_deref(), args.format, args.save_network.as_deref())
}
