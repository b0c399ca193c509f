//! What can go wrong in a command, and the exit code that says so.

use relus::arrangement::ArrangementError;
use relus::generate::TeacherError;
use relus::instance::json::WidthError;
use relus::instance::{ArchitectureError, FileError};
#[cfg(feature = "dense")]
use relus::kernel::KernelError;
use relus::network::DimensionError;
use relus::train::TrainError;
use relus_check::CheckError;
use std::io;
use thiserror::Error;

/// Why a command failed; the message is all that is printed.
#[derive(Debug, Error)]
pub(crate) enum CliError {
    /// Options that do not go together.
    #[error("error: {0}\n\nFor more information, try '--help'.")]
    Usage(String),
    /// A method that does not take the instance.
    #[error("error: {0}")]
    Train(TrainError),
    /// A file of the search.
    #[error("{0}")]
    Search(String),
    /// Settings of a generator out of their range.
    #[error("error: {0}")]
    Teacher(#[from] TeacherError),
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
    /// A width that is no number.
    #[error("--width: {0}")]
    Width(#[from] WidthError),
    /// A network that does not fit the data.
    #[error("{file}: {source}")]
    Dimension {
        /// The network's file.
        file: String,
        source: DimensionError,
    },
    /// Rows that are no arrangement.
    #[error("{file}: {source}")]
    Arrangement {
        /// The rows' file.
        file: String,
        source: ArrangementError,
    },
    /// Two independent counts differ.
    #[error("{0}")]
    Check(String),
    /// The checker does not accept a result.
    #[error(transparent)]
    Checker(#[from] CheckError),
    /// The kernel learner, on a file.
    #[cfg(feature = "dense")]
    #[error("{file}: {source}")]
    Kernel {
        /// The data's or model's file.
        file: String,
        source: KernelError,
    },
    /// Ctrl-C ended what has no result yet.
    #[cfg(feature = "dense")]
    #[error("interrupted: there is no result yet")]
    Interrupted,
    /// Standard output.
    #[error("standard output: {0}")]
    Output(#[from] io::Error),
}

impl From<ArchitectureError> for CliError {
    fn from(error: ArchitectureError) -> Self {
        CliError::Usage(error.to_string())
    }
}

impl From<TrainError> for CliError {
    fn from(error: TrainError) -> Self {
        match error {
            TrainError::File(message) => CliError::Search(message),
            other => CliError::Train(other),
        }
    }
}

impl CliError {
    /// What the kernel learner says of the data in `file`, or of its settings.
    #[cfg(feature = "dense")]
    pub(crate) fn kernel(file: &str, error: KernelError) -> Self {
        match error {
            KernelError::Interrupted => CliError::Interrupted,
            KernelError::Setting { .. }
            | KernelError::Name(_)
            | KernelError::Teacher(_)
            | KernelError::Landmarks { .. }
            | KernelError::Degree { .. }
            | KernelError::TooMany { .. } => CliError::Usage(error.to_string()),
            source => CliError::Kernel { file: file.to_owned(), source },
        }
    }
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            CliError::Usage(_) | CliError::Train(_) | CliError::Teacher(_) => 2,
            CliError::File(_)
            | CliError::Search(_)
            | CliError::Width(_)
            | CliError::Dimension { .. }
            | CliError::Arrangement { .. }
            | CliError::Output(_) => 4,
            #[cfg(feature = "dense")]
            CliError::Kernel { .. } => 4,
            #[cfg(feature = "dense")]
            CliError::Interrupted => 3,
            CliError::Checker(error) if error.is_unreadable() => 4,
            CliError::Check(_) | CliError::Checker(_) => 5,
        }
    }

    pub(crate) fn is_broken_pipe(&self) -> bool {
        matches!(self, CliError::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}
