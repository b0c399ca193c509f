//! `relus init`: the initialisation analysis.

#[cfg(feature = "dense")]
mod compare;
mod distribution;
#[cfg(feature = "dense")]
mod jacobian;
mod moments;
mod options;
mod sample;
#[cfg(feature = "dense")]
mod weights;

use super::error::CliError;
use clap::Subcommand;

/// Analyse networks at their initialisation: the exact law of their signals, weights, training
///
/// x' = max(0, W x + b) with random W and b, layer after layer, without the assumption that layers are wide. The numbers are floats with a stated accuracy, not exact fractions.
#[derive(Debug, Subcommand)]
pub(super) enum InitCommand {
    Moments(moments::MomentsArgs),
    Distribution(distribution::DistributionArgs),
    Sample(sample::SampleArgs),
    #[cfg(feature = "dense")]
    Jacobian(jacobian::JacobianArgs),
    #[cfg(feature = "dense")]
    Weights(weights::WeightsArgs),
    #[cfg(feature = "dense")]
    Compare(compare::CompareArgs),
}

pub(super) fn run(command: &InitCommand) -> Result<u8, CliError> {
    match command {
        InitCommand::Moments(args) => moments::run(args),
        InitCommand::Distribution(args) => distribution::run(args),
        InitCommand::Sample(args) => sample::run(args),
        #[cfg(feature = "dense")]
        InitCommand::Jacobian(args) => jacobian::run(args),
        #[cfg(feature = "dense")]
        InitCommand::Weights(args) => weights::run(args),
        #[cfg(feature = "dense")]
        InitCommand::Compare(args) => compare::run(args),
    }
}
