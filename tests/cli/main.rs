//! The commands end to end: the binary is run on files, and what it prints, writes and returns is compared.
//!
//! Where an expected value comes from is said beside it; exit codes are those that `relus --help` lists.

mod commands;
mod convex;
mod errors;
mod experiment;
mod init;
#[cfg(feature = "dense")]
mod kernel;
mod plot;
mod reductions;
mod round_trips;
mod search;
mod univariate;
mod width;

use assert_cmd::Command;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

/// A directory with the files of one test; the commands run in it.
struct Workspace(TempDir);

/// What a command did.
struct Run {
    code: i32,
    out: String,
    err: String,
}

impl Workspace {
    fn new() -> Self {
        Workspace(tempfile::tempdir().expect("a temporary directory"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        std::fs::write(self.path(name), content).expect("a writable directory");
        self
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("a file that was written")
    }

    fn read_bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).expect("a file that was written")
    }

    fn has(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    fn files(&self) -> Vec<String> {
        let mut names: Vec<String> =
            std::fs::read_dir(self.0.path()).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// Runs `relus` with the words of `line`.
    fn relus(&self, line: &str) -> Run {
        self.relus_with(line, "")
    }

    /// As [`Workspace::relus`], with `input` as standard input.
    fn relus_with(&self, line: &str, input: &str) -> Run {
        run(self.0.path(), line, input)
    }
}

/// A bundled file by its path in the repository.
fn bundled(path: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path).display().to_string()
}

fn run(directory: &Path, line: &str, input: &str) -> Run {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("relus"));
    // A guard against a search that never ends, far beyond what any of these cases takes.
    command.timeout(Duration::from_secs(100));
    let output = command.current_dir(directory).args(line.split_whitespace()).write_stdin(input).output().expect("the binary runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output is text");
    Run { code: output.status.code().expect("the command ends by itself"), out: text(output.stdout), err: text(output.stderr) }
}

impl Run {
    /// The output as JSON, after confirming the exit code.
    fn json(&self, code: i32) -> Value {
        assert_eq!(self.code, code, "{}{}", self.out, self.err);
        serde_json::from_str(&self.out).expect("one JSON object")
    }
}
