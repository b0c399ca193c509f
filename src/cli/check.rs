//! `relus check`: the independent checker on a result or a certificate.

use super::DECIDED;
use super::error::CliError;
use super::output::write;
use clap::Args;
use std::path::{Path, PathBuf};

/// Check a result or a certificate against its data, independently and exactly
///
/// The checker is a small program of its own that shares no code with the search. It prints what it
/// proved, and what it could not cover; exit code 5 if the claim does not hold. The certificate that
/// a result names is looked for beside the result.
///
/// Example:
///   relus train data.csv --width 1 -o result.json
///   relus check result.json data.csv
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct CheckArgs {
    /// The result (JSON of the format relus-result), or the certificate
    file: PathBuf,
    /// The data: CSV, or a relus-instance (JSON)
    data: PathBuf,
}

pub(super) fn run(args: &CheckArgs) -> Result<u8, CliError> {
    let claim = relus_check::check_files(&args.file, &args.data)?;
    write(Path::new("-"), &format!("{claim}\n"))?;
    Ok(DECIDED)
}
