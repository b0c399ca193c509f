//! A study's rows on the disk.
//!
//! Its folder has `manifest.json`, which says what the rows are, and `rows.csv`, to which each row is appended by one write and synchronised before it counts. Whatever ends the process, at most the line that was being
//! written is incomplete; it is dropped when the folder is opened again. One process at a time has the folder: the file `.lock` in it is locked, not present or absent, so that a killed process leaves it free. When all cells are done the rows are put into the order of the cells.

use super::run::Settings;
use super::table::Table;
use super::{Mode, Study, Value};
use crate::instance::{FileError, write_atomically};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The format's name.
pub const FORMAT: &str = "relus-experiment";
/// Its version.
pub const VERSION: u32 = 1;

/// What the rows of a folder are. Rows of different manifests are not mixed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    format: String,
    version: u32,
    /// The study's name.
    pub study: String,
    /// Its version.
    pub study_version: u32,
    /// The version of relus.
    pub relus: String,
    /// The mode's name.
    pub mode: String,
    /// The seed.
    pub seed: u64,
    /// The machine.
    pub machine: String,
    /// The number of runs at the same time when the first was begun; each row has its own.
    pub threads: usize,
    /// The number of cells.
    pub cells: usize,
    /// The columns of the rows.
    pub columns: Vec<String>,
    /// When the first cell was begun.
    pub started: String,
}

impl Manifest {
    /// The manifest of a study that begins now.
    #[must_use]
    pub fn new(study: &dyn Study, mode: Mode, seed: u64, threads: usize, cells: usize) -> Self {
        let before = ["cell"].into_iter().chain(study.parameters().iter().copied());
        let after = study.measures().iter().copied().chain([
            "seconds_cell",
            "finished",
            "study",
            "study_version",
            "relus",
            "mode",
            "seed",
            "machine",
            "threads",
        ]);
        Manifest {
            format: FORMAT.to_owned(),
            version: VERSION,
            study: study.name().to_owned(),
            study_version: study.version(),
            relus: env!("CARGO_PKG_VERSION").to_owned(),
            mode: mode.name().to_owned(),
            seed,
            machine: super::describe_machine(),
            threads,
            cells,
            columns: before.chain(after).map(str::to_owned).collect(),
            started: super::utc_now(),
        }
    }

    /// The first thing in which the two differ so that rows cannot be mixed: its name, what is there and what is wanted.
    fn difference(&self, wanted: &Manifest) -> Option<(&'static str, String, String)> {
        let text = |name: &'static str, found: &dyn ToString, wanted: &dyn ToString| {
            let (found, wanted) = (found.to_string(), wanted.to_string());
            (found != wanted).then_some((name, found, wanted))
        };
        text("study", &self.study, &wanted.study)
            .or_else(|| text("version of relus", &self.relus, &wanted.relus))
            .or_else(|| text("version of the study", &self.study_version, &wanted.study_version))
            .or_else(|| text("mode", &self.mode, &wanted.mode))
            .or_else(|| text("seed", &self.seed, &wanted.seed))
            .or_else(|| text("machine", &self.machine, &wanted.machine))
            .or_else(|| text("number of cells", &self.cells, &wanted.cells))
            .or_else(|| text("columns", &self.columns.join(","), &wanted.columns.join(",")))
    }
}

/// Why rows cannot be kept or read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The operating system.
    #[error("{}: {error}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What it says.
        error: io::Error,
    },
    /// A file that is written whole.
    #[error(transparent)]
    File(#[from] FileError),
    /// Results of something else.
    #[error("{}: has results of another {what} ({found}, not {wanted}): choose another --out, or start again with --force, which overwrites them", path.display())]
    Other {
        /// The manifest.
        path: PathBuf,
        /// What differs.
        what: &'static str,
        /// What is there.
        found: String,
        /// What is wanted.
        wanted: String,
    },
    /// No manifest of this format.
    #[error("{}: {problem}: choose another --out, or start again with --force, which overwrites it", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// Another process has the folder.
    #[error("{}: another process is writing results here: wait for it, or choose another --out", folder.display())]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
    /// A row that this study has not written.
    #[error("{}:{line}: {problem}: start again with --force, which overwrites the rows", path.display())]
    Damaged {
        /// The table.
        path: PathBuf,
        /// The line.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },
}

fn io_error(path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    move |error| StoreError::Io { path, error }
}

/// The rows of a study in its folder.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    manifest: Manifest,
    threads: usize,
    file: File,
    done: HashSet<usize>,
    /// Held as long as this is.
    _lock: File,
}

impl Store {
    /// Opens or creates the folder of a study; with `force` what it has of other versions is overwritten.
    ///
    /// `parameters` are those of the cells, in order, by which rows are recognised.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was overwritten then.
    pub fn open(folder: &Path, wanted: Manifest, parameters: &[Vec<Value>], force: bool) -> Result<Self, StoreError> {
        std::fs::create_dir_all(folder).map_err(io_error(folder))?;
        let lock = lock(folder)?;
        let rows = folder.join("rows.csv");
        let threads = wanted.threads;
        let known = match read_manifest(folder) {
            Ok(Some(known)) => match known.difference(&wanted) {
                None => Some(known),
                Some(_) if force => None,
                Some((what, found, wanted)) => return Err(StoreError::Other { path: folder.join("manifest.json"), what, found, wanted }),
            },
            Ok(None) if rows.exists() && !force => {
                return Err(StoreError::Unreadable { path: rows, problem: "rows without a manifest".to_owned() });
            }
            Err(error @ StoreError::Unreadable { .. }) if !force => return Err(error),
            Err(error @ StoreError::Io { .. }) => return Err(error),
            Ok(None) | Err(_) => None,
        };
        let mut done = HashSet::new();
        let manifest = if let Some(known) = known {
            match resume(&rows, &known, parameters) {
                Ok(found) => done = found,
                Err(StoreError::Damaged { .. }) if force => remove(&rows)?,
                Err(error) => return Err(error),
            }
            known
        } else {
            // First the old rows, so that they are never taken for new ones.
            remove(&rows)?;
            write_json(&folder.join("manifest.json"), &wanted)?;
            wanted
        };
        let mut file = OpenOptions::new().create(true).append(true).open(&rows).map_err(io_error(&rows))?;
        if file.metadata().map_err(io_error(&rows))?.len() == 0 {
            file.write_all(line(manifest.columns.iter().map(String::as_str)).as_bytes()).map_err(io_error(&rows))?;
            file.sync_data().map_err(io_error(&rows))?;
        }
        Ok(Store { folder: folder.to_owned(), manifest, threads, file, done, _lock: lock })
    }

    /// The store of a study with these settings; see [`Store::open`].
    ///
    /// # Errors
    /// [`StoreError`]; nothing was overwritten then.
    pub fn of(study: &dyn Study, folder: &Path, settings: &Settings) -> Result<Self, StoreError> {
        let parameters: Vec<Vec<Value>> = study.cells(settings.mode, settings.seed).into_iter().map(|cell| cell.parameters).collect();
        let manifest = Manifest::new(study, settings.mode, settings.seed, settings.threads, parameters.len());
        Store::open(folder, manifest, &parameters, settings.force)
    }

    /// The manifest of a folder, if it has one.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for something else by that name.
    pub fn manifest_of(folder: &Path) -> Result<Option<Manifest>, StoreError> {
        read_manifest(folder)
    }

    /// The table of a folder with that manifest, as far as it is complete.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn table_of(folder: &Path, manifest: &Manifest) -> Result<Table, StoreError> {
        Ok(read_rows(&folder.join("rows.csv"), manifest)?.0)
    }

    /// Confirms that a page may be written there: there is none, or one of relus, or `force`.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for a file of something else.
    pub fn check_page(path: &Path, force: bool) -> Result<(), StoreError> {
        match std::fs::read(path) {
            Ok(bytes) if !force && !String::from_utf8_lossy(&bytes).contains(super::report::GENERATOR) => {
                Err(StoreError::Unreadable { path: path.to_owned(), problem: "is no report of relus".to_owned() })
            }
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io_error(path)(error)),
            _ => Ok(crate::instance::check_writable(path)?),
        }
    }

    /// What the rows are.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The cells that have a row.
    #[must_use]
    pub fn done(&self) -> &HashSet<usize> {
        &self.done
    }

    /// Adds the row of a cell; it is on the disk when this returns.
    ///
    /// # Errors
    /// [`StoreError::Io`].
    ///
    /// # Panics
    /// If there are not as many values as columns.
    pub fn add(&mut self, cell: usize, parameters: &[Value], measured: &[Value], seconds: f64) -> Result<(), StoreError> {
        let of_run = [
            Value::Number((seconds * 1e6).round() / 1e6),
            super::utc_now().into(),
            self.manifest.study.clone().into(),
            u64::from(self.manifest.study_version).into(),
            self.manifest.relus.clone().into(),
            self.manifest.mode.clone().into(),
            self.manifest.seed.into(),
            self.manifest.machine.clone().into(),
            self.threads.into(),
        ];
        let fields: Vec<String> = [Value::from(cell)].iter().chain(parameters).chain(measured).chain(&of_run).map(ToString::to_string).collect();
        assert_eq!(fields.len(), self.manifest.columns.len(), "a value for each column of {}", self.manifest.study);
        let path = self.folder.join("rows.csv");
        self.file.write_all(line(fields.iter().map(String::as_str)).as_bytes()).map_err(io_error(&path))?;
        self.file.sync_data().map_err(io_error(&path))?;
        self.done.insert(cell);
        Ok(())
    }

    /// Puts the rows into the order of the cells, each once.
    ///
    /// # Errors
    /// [`StoreError`]; the rows are as they were then.
    pub fn finish(&self) -> Result<Table, StoreError> {
        let path = self.folder.join("rows.csv");
        let mut table = read_rows(&path, &self.manifest)?.0;
        let cell = |row: &Vec<String>| row[0].parse::<usize>().unwrap_or(usize::MAX);
        let before = table.rows.clone();
        table.rows.sort_by_key(cell);
        table.rows.dedup_by_key(|row| cell(row));
        if table.rows != before {
            let lines = [&table.columns].into_iter().chain(&table.rows).map(|row| line(row.iter().map(String::as_str)));
            write_atomically(&path, &lines.collect::<String>())?;
        }
        Ok(table)
    }
}

/// Makes this process the only one that writes to the folder, until the file is closed.
fn lock(folder: &Path) -> Result<File, StoreError> {
    let path = folder.join(".lock");
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(io_error(&path))?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse { folder: folder.to_owned() }),
        // Some network file systems know no locks: there, two processes at once are the user's to avoid.
        Err(TryLockError::Error(error)) if error.kind() != io::ErrorKind::Unsupported => Err(io_error(&path)(error)),
        Ok(()) | Err(TryLockError::Error(_)) => Ok(file),
    }
}

fn remove(path: &Path) -> Result<(), StoreError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io_error(path)(error)),
        _ => Ok(()),
    }
}

fn write_json(path: &Path, manifest: &Manifest) -> Result<(), StoreError> {
    let text = serde_json::to_string_pretty(manifest).expect("strings and numbers") + "\n";
    Ok(write_atomically(path, &text)?)
}

fn read_manifest(folder: &Path) -> Result<Option<Manifest>, StoreError> {
    let path = folder.join("manifest.json");
    let bytes = match std::fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        read => read.map_err(io_error(&path))?,
    };
    let value: serde_json::Value = match serde_json::from_slice(&bytes) {
        Ok(value) => value,
        Err(error) => return Err(StoreError::Unreadable { path, problem: format!("no JSON ({error})") }),
    };
    let version = value.get("version").and_then(serde_json::Value::as_u64);
    if value.get("format").and_then(serde_json::Value::as_str) != Some(FORMAT) || version != Some(u64::from(VERSION)) {
        let of = version.map_or_else(|| "without a version".to_owned(), |version| format!("version {version}"));
        return Err(StoreError::Unreadable { path, problem: format!("no manifest of the format {FORMAT}, version {VERSION} ({of})") });
    }
    match serde_json::from_value(value) {
        Ok(manifest) => Ok(Some(manifest)),
        Err(error) => Err(StoreError::Unreadable { path, problem: error.to_string() }),
    }
}

/// Drops an incomplete last line and returns the cells that have a row.
fn resume(path: &Path, manifest: &Manifest, parameters: &[Vec<Value>]) -> Result<HashSet<usize>, StoreError> {
    let (table, complete) = read_rows(path, manifest)?;
    let mut done = HashSet::new();
    for (i, row) in table.rows.iter().enumerate() {
        let damaged = |problem: &str| StoreError::Damaged { path: path.to_owned(), line: i + 2, problem: problem.to_owned() };
        let cell = row[0].parse::<usize>().ok().filter(|&cell| cell < parameters.len()).ok_or_else(|| damaged("no cell of this study"))?;
        if !parameters[cell].iter().map(ToString::to_string).eq(row[1..].iter().take(parameters[cell].len()).cloned()) {
            return Err(damaged("other parameters than this cell has"));
        }
        done.insert(cell);
    }
    if path.exists() {
        let file = OpenOptions::new().write(true).open(path).map_err(io_error(path))?;
        file.set_len(complete).and_then(|()| file.sync_data()).map_err(io_error(path))?;
    }
    Ok(done)
}

/// The complete lines of a table and how many bytes they take. No table at all is one without rows.
fn read_rows(path: &Path, manifest: &Manifest) -> Result<(Table, u64), StoreError> {
    let mut table = Table { columns: manifest.columns.clone(), rows: Vec::new() };
    let bytes = match std::fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((table, 0)),
        read => read.map_err(io_error(path))?,
    };
    let complete = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |place| place + 1);
    let damaged = |line: usize, problem: String| StoreError::Damaged { path: path.to_owned(), line, problem };
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(&bytes[..complete]);
    for (i, record) in reader.records().enumerate() {
        let record = record.map_err(|error| damaged(i + 1, error.to_string()))?;
        let fields: Vec<String> = record.iter().map(str::to_owned).collect();
        if i == 0 {
            if fields != manifest.columns {
                return Err(damaged(1, "other columns than the manifest names".to_owned()));
            }
        } else if fields.len() == manifest.columns.len() {
            table.rows.push(fields);
        } else {
            return Err(damaged(i + 1, format!("{} fields, not {}", fields.len(), manifest.columns.len())));
        }
    }
    Ok((table, complete as u64))
}

/// A line of CSV.
fn line<'a>(fields: impl Iterator<Item = &'a str>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(fields).expect("writing to memory");
    String::from_utf8(writer.into_inner().expect("writing to memory")).expect("made of text")
}
