//! Text that comes from a file or from standard input, the errors that point into it, and files that are written whole or not at all.

use super::csv::CsvProblem;
use super::json::JsonProblem;
use super::{ClassError, DataError};
use crate::exact::ParseNumberError;
use std::fmt;
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// Where in a file a problem is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// The file as a whole.
    File,
    /// A line, from 1.
    Line(usize),
    /// A line and a column, from 1. In CSV the column is the field's number, in JSON and plain text the character's.
    Cell(usize, usize),
    /// A value of a JSON file by its path, with indices from 0: `x[3][1]`.
    Path(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::File => Ok(()),
            Place::Line(line) => write!(f, ":{line}"),
            Place::Cell(line, column) => write!(f, ":{line}:{column}"),
            Place::Path(path) => write!(f, ": {path}"),
        }
    }
}

/// What is wrong with a file.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Problem {
    /// The operating system could not read or write it.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It is a directory.
    #[error("is a directory, not a file")]
    Directory,
    /// It is not text.
    #[error("is not UTF-8 text (byte 0x{0:02x})")]
    NotUtf8(u8),
    /// A field is not a number.
    #[error(transparent)]
    Number(#[from] ParseNumberError),
    /// The table is malformed.
    #[error(transparent)]
    Csv(#[from] CsvProblem),
    /// The JSON is malformed or of another kind.
    #[error(transparent)]
    Json(#[from] JsonProblem),
    /// The points are no data set.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The text is no combinatorial problem, solution or network of one.
    #[error("{0}")]
    Combinatorial(String),
    /// The targets are not two classes.
    #[error(transparent)]
    Classes(#[from] ClassError),
}

/// A problem with a file: `data.csv:3:2: "abc" is not a number …`.
#[derive(Debug, Error)]
#[error("{file}{place}: {problem}")]
pub struct FileError {
    /// The file's name as it was given, `<stdin>` for standard input.
    pub file: String,
    /// Where in the file.
    pub place: Place,
    /// What is wrong.
    pub problem: Box<Problem>,
}

impl FileError {
    /// A problem with `file` at `place`.
    #[must_use]
    pub fn new(file: impl Into<String>, place: Place, problem: impl Into<Problem>) -> Self {
        FileError { file: file.into(), place, problem: Box::new(problem.into()) }
    }
}

/// The text of a file, with its name for messages.
#[derive(Debug, Clone)]
pub struct Source {
    name: String,
    text: String,
}

impl Source {
    /// Reads `path`, or standard input if it is `-`. A byte order mark is dropped.
    ///
    /// # Errors
    /// If the file cannot be read, is a directory or is not UTF-8.
    pub fn read(path: &Path) -> Result<Self, FileError> {
        let from_stdin = path == Path::new("-");
        let name = if from_stdin { "<stdin>".to_owned() } else { path.display().to_string() };
        let bytes = if from_stdin {
            let mut bytes = Vec::new();
            io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
        } else if path.is_dir() {
            return Err(FileError::new(name, Place::File, Problem::Directory));
        } else {
            fs::read(path)
        };
        let bytes = bytes.map_err(|error| FileError::new(name.clone(), Place::File, error))?;
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Source::new(name, text)),
            Err(error) => {
                let (before, rest) = error.as_bytes().split_at(error.utf8_error().valid_up_to());
                let line_start = before.iter().rposition(|&b| b == b'\n').map_or(0, |p| p + 1);
                let line = before.iter().filter(|&&b| b == b'\n').count() + 1;
                let column = String::from_utf8_lossy(&before[line_start..]).chars().count() + 1;
                Err(FileError::new(name, Place::Cell(line, column), Problem::NotUtf8(rest[0])))
            }
        }
    }

    /// A text under a name. A byte order mark is dropped.
    #[must_use]
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let mut text: String = text.into();
        if text.starts_with('\u{feff}') {
            text.drain(..'\u{feff}'.len_utf8());
        }
        Source { name: name.into(), text }
    }

    /// The name for messages.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the content looks like a JSON object: its first character that is not blank is a brace.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.text.trim_start().starts_with('{')
    }

    /// An error about this text.
    #[must_use]
    pub fn error(&self, place: Place, problem: impl Into<Problem>) -> FileError {
        FileError::new(self.name.clone(), place, problem)
    }
}

/// Writes `content` to `path` so that the file holds either all of it or what it held before.
///
/// The bytes go to a temporary file in the same directory, which then takes the place of `path` (of its target, if it is a symbolic
/// link). Something that is there and is no regular file, such as a device or a pipe, is written to directly.
///
/// # Errors
/// If the directory is not there or cannot be written to.
pub fn write_atomically(path: &Path, content: &str) -> Result<(), FileError> {
    write_bytes_atomically(path, content.as_bytes())
}

/// [`write_atomically`] for files that are no text.
///
/// # Errors
/// If the directory is not there or cannot be written to.
pub fn write_bytes_atomically(path: &Path, content: &[u8]) -> Result<(), FileError> {
    try_write(path, content).map_err(|problem| FileError::new(path.display().to_string(), Place::File, problem))
}

fn try_write(path: &Path, content: &[u8]) -> Result<(), Problem> {
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if let Ok(metadata) = fs::metadata(&target) {
        if metadata.is_dir() {
            return Err(Problem::Directory);
        }
        if !metadata.is_file() {
            return Ok(fs::write(&target, content)?);
        }
    }
    let mut builder = tempfile::Builder::new();
    // Temporary files are private by default; a result is an ordinary file (the process' mask still applies).
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.prefix(".relus-").tempfile_in(directory_of(&target))?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(&target).map_err(|error| error.error)?;
    Ok(())
}

fn directory_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Confirms, before a long computation, that [`write_atomically`] has a directory to write `path` into.
///
/// # Errors
/// If `path` is a directory or its directory does not exist.
pub fn check_writable(path: &Path) -> Result<(), FileError> {
    let problem = if path.is_dir() {
        Problem::Directory
    } else if directory_of(path).is_dir() {
        return Ok(());
    } else {
        Problem::Io(io::Error::new(io::ErrorKind::NotFound, "the directory to write into does not exist"))
    };
    Err(FileError::new(path.display().to_string(), Place::File, problem))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_keeps_no_temporary() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("out.json");
        for content in ["first, long\n", "second\n"] {
            write_atomically(&path, content).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), content);
        }
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
        assert!(write_atomically(directory.path(), "x").unwrap_err().to_string().ends_with("is a directory, not a file"));
        assert!(write_atomically(&directory.path().join("no/such"), "x").is_err());
        assert!(check_writable(&directory.path().join("no/such")).is_err());
        assert!(check_writable(&path).is_ok());
    }

    #[test]
    fn bytes_that_are_no_text_are_located() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("latin1.csv");
        fs::write(&path, b"a,b\n1,\xe4\n").unwrap();
        let message = Source::read(&path).unwrap_err().to_string();
        assert!(message.ends_with("latin1.csv:2:3: is not UTF-8 text (byte 0xe4)"), "{message}");
    }
}
