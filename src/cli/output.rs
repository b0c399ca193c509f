//! Where results go.

use super::error::CliError;
use clap::Args;
use relus::instance::{check_writable, write_bytes_atomically};
use std::io::Write;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct OutputArgs {
    /// Write the result to FILE instead of standard output; a name that ends in .json implies --json
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Print one JSON object instead of text [default: text]
    #[arg(long)]
    json: bool,
}

impl OutputArgs {
    pub(super) fn json(&self) -> bool {
        self.json || self.output.as_ref().is_some_and(|path| has_extension(path, "json"))
    }

    /// Confirms, before anything is computed, that the result can be written.
    pub(super) fn check(&self) -> Result<(), CliError> {
        self.output.iter().try_for_each(|path| check_target(path))
    }

    /// How the result names a file that belongs to it: by its name alone if the two lie in one folder, so that they can be moved together, else by its absolute path.
    pub(super) fn reference(&self, file: &Path) -> String {
        let folder = |path: &Path| std::path::absolute(path).ok().and_then(|path| path.parent().map(Path::to_owned));
        let beside = self.output.as_deref().filter(|output| *output != Path::new("-")).unwrap_or(Path::new("result"));
        match (folder(file), folder(beside), file.file_name()) {
            (Some(own), Some(other), Some(name)) if own == other => name.display().to_string(),
            _ => std::path::absolute(file).unwrap_or_else(|_| file.to_owned()).display().to_string(),
        }
    }

    pub(super) fn write(&self, text: &str) -> Result<(), CliError> {
        write(self.output.as_deref().unwrap_or(Path::new("-")), text)
    }
}

/// Confirms that [`write`] will find a directory.
pub(super) fn check_target(path: &Path) -> Result<(), CliError> {
    if path == Path::new("-") { Ok(()) } else { Ok(check_writable(path)?) }
}

/// Writes to a file, or to standard output if `path` is `-`.
pub(super) fn write(path: &Path, text: &str) -> Result<(), CliError> {
    write_bytes(path, text.as_bytes())
}

/// [`write`] for what is no text.
pub(super) fn write_bytes(path: &Path, content: &[u8]) -> Result<(), CliError> {
    if path == Path::new("-") {
        let mut out = std::io::stdout().lock();
        out.write_all(content)?;
        out.flush()?;
        return Ok(());
    }
    Ok(write_bytes_atomically(path, content)?)
}

pub(super) fn has_extension(path: &Path, wanted: &str) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(wanted))
}
