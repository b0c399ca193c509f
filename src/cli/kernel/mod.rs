//! `relus kernel`: the kernel learner.

mod bound;
mod compare;
mod fit;
mod options;
mod predict;
mod spectrum;

use super::error::CliError;
use clap::Subcommand;

/// Learn networks as functions of a kernel's space: spectrum, fit, predictions, bounds
///
/// A learner in floating point beside the exact trainer: nothing of it is proven about your data unless the
/// output says so. docs/KERNEL.md says what is computed, with all constants.
#[derive(Debug, Subcommand)]
#[command(verbatim_doc_comment)]
pub(super) enum KernelCommand {
    Spectrum(spectrum::SpectrumArgs),
    Fit(Box<fit::FitArgs>),
    Predict(predict::PredictArgs),
    Bound(bound::BoundArgs),
    Compare(Box<compare::CompareArgs>),
}

pub(super) fn run(command: &KernelCommand) -> Result<u8, CliError> {
    match command {
        KernelCommand::Spectrum(args) => spectrum::run(args),
        KernelCommand::Fit(args) => fit::run(args),
        KernelCommand::Predict(args) => predict::run(args),
        KernelCommand::Bound(args) => bound::run(args),
        KernelCommand::Compare(args) => compare::run(args),
    }
}
