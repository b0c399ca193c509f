//! The command `relus-check FILE DATA`: prints what is proven, or the reason why the result or certificate is not accepted.

use clap::Parser;
use std::path::PathBuf;
use std::process::ExitCode;

/// Check a result of `relus train --json`, or a certificate, against its data, independently and exactly.
///
/// Exit codes: 0 the claim holds (what is proven is printed, and what is not covered), 2 wrong usage, 4 a file cannot be read, 5 the claim does not hold.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The result (JSON, format relus-result; its certificate is looked for beside it) or the certificate
    file: PathBuf,
    /// The data file: CSV, or JSON of the format relus-instance
    data: PathBuf,
}

const UNREADABLE: u8 = 4;
const REJECTED: u8 = 5;

fn main() -> ExitCode {
    let Arguments { file, data } = Arguments::parse();
    match relus_check::check_files(&file, &data) {
        Ok(claim) => {
            println!("{claim}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            let (word, code) = if error.is_unreadable() { ("error", UNREADABLE) } else { ("rejected", REJECTED) };
            eprintln!("{word}: {error}");
            ExitCode::from(code)
        }
    }
}
