//! Options that say how a data file is read.

use super::error::CliError;
use clap::Args;
use relus::instance::csv::{CsvOptions, Header};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct DataArgs {
    /// The data: a CSV file or a relus-instance (JSON), told apart by content; "-" reads standard input
    ///
    /// CSV: one line a point, numbers such as -3.25, 1e-3 or 7/12 (read exactly), separated by commas, semicolons or tabs; a header line is detected.
    data: PathBuf,
    #[command(flatten)]
    pub(super) table: TableArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Reading CSV")]
pub(super) struct TableArgs {
    /// The column with the targets, by name or number from 1 [default: the last]
    #[arg(long, value_name = "COLUMN", allow_hyphen_values = true)]
    target: Option<String>,
    /// The columns to use as features, by name or number from 1, separated by commas [default: all but the target]
    #[arg(long, value_name = "A,B,…", value_delimiter = ',', num_args = 1, allow_hyphen_values = true)]
    features: Option<Vec<String>>,
    /// The label of the positive class, for the zero-one loss [default: the larger number, or the alphabetically later name]
    #[arg(long, value_name = "LABEL", allow_hyphen_values = true)]
    positive: Option<String>,
    /// The first line is a header [default: detected; a header has no numbers]
    #[arg(long, conflicts_with = "no_header")]
    header: bool,
    /// The first line is data
    #[arg(long)]
    no_header: bool,
}

impl DataArgs {
    pub(super) fn path(&self) -> &std::path::Path {
        &self.data
    }
}

impl TableArgs {
    pub(super) fn csv_options(&self) -> CsvOptions {
        CsvOptions { header: self.header_option(), target: self.target.clone(), features: self.features.clone() }
    }

    fn header_option(&self) -> Header {
        match (self.header, self.no_header) {
            (true, _) => Header::Yes,
            (_, true) => Header::No,
            _ => Header::Detect,
        }
    }

    pub(super) fn positive(&self) -> Option<&str> {
        self.positive.as_deref()
    }

    /// Confirms that no option for tables was given with data that are no table.
    pub(super) fn refuse_for_json(&self) -> Result<(), CliError> {
        let given = [
            ("--target", self.target.is_some()),
            ("--features", self.features.is_some()),
            ("--positive", self.positive.is_some()),
            ("--header", self.header),
            ("--no-header", self.no_header),
        ];
        match given.iter().find(|(_, given)| *given) {
            Some((option, _)) => Err(CliError::Usage(format!("{option} applies to CSV data, but the data are a JSON instance"))),
            None => Ok(()),
        }
    }
}
