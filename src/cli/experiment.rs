//! `relus experiment`: studies that can be run again.

use super::error::CliError;
use super::limits::stop_flag;
use super::progress::bar;
use super::{DECIDED, LIMIT};
use clap::{Args, Subcommand};
use relus::experiment::report::{Section, page};
use relus::experiment::{Ended, Findings, Mode, RunError, STUDIES, Settings, Store, StoreError, Study, find, run as run_study};
use relus::instance::write_atomically;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Run studies of complexity on this machine: tables, figures and one page
#[derive(Debug, Subcommand)]
pub(super) enum ExperimentCommand {
    List(ListArgs),
    Run(RunArgs),
}

/// List the studies: what they ask, how long they take, what is done of them
#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// Say what a folder of results has
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Run a study, or all of them
///
/// Each run of a study is a row of DIR/NAME/rows.csv, on the disk before the next run begins. Stopped by Ctrl-C or killed at any moment, the same command goes on where it was. The same seed gives the same table, but for
/// the columns of time (seconds… and finished). At the end, figures are written beside the table, and DIR/report.html has everything on one page.
///
/// Examples:
///   relus experiment run scaling --out results
///   relus experiment run all --threads 2 --out results
///   relus experiment run descent --full --threads 8 --seed 7 --out results-full
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct RunArgs {
    /// The study's name as "relus experiment list" prints it, or "all"
    name: String,
    /// Two minutes at most for a study [default]
    #[arg(long, conflicts_with_all = ["full", "tiny"])]
    quick: bool,
    /// As large as the claims need; says beforehand how long about
    #[arg(long, conflicts_with = "tiny")]
    full: bool,
    /// Seconds only, to see that everything works
    #[arg(long, hide = true)]
    tiny: bool,
    /// The folder of the results, created if it is not there
    #[arg(long, value_name = "DIR", default_value = "results")]
    out: PathBuf,
    /// The seed of everything that is drawn at random
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    /// So many runs at the same time, each with one thread; more than the machine has cores make times longer
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    threads: u16,
    /// Overwrite results of another version, seed, mode or machine
    #[arg(long)]
    force: bool,
    /// Show no progress on standard error
    #[arg(short, long)]
    quiet: bool,
}

impl RunArgs {
    fn mode(&self) -> Mode {
        match (self.full, self.tiny) {
            (true, _) => Mode::Full,
            (_, true) => Mode::Tiny,
            _ => Mode::Quick,
        }
    }
}

/// The name of the page.
const PAGE: &str = "report.html";

pub(super) fn run(command: &ExperimentCommand) -> Result<u8, CliError> {
    match command {
        ExperimentCommand::List(args) => list(args),
        ExperimentCommand::Run(args) => run_studies(args),
    }
}

/// About how long, for people.
fn about(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds < 120 { format!("{seconds} s") } else { format!("{} min", seconds.div_ceil(60)) }
}

fn list(args: &ListArgs) -> Result<u8, CliError> {
    let mut text = String::new();
    for study in STUDIES {
        let cells = |mode| study.cells(mode, 0).len();
        text += &format!("{}\n  {}\n", study.name(), study.question());
        text += &format!(
            "  quick: {} runs, about {}; full: {} runs, about {} with one thread\n",
            cells(Mode::Quick),
            about(study.duration(Mode::Quick)),
            cells(Mode::Full),
            about(study.duration(Mode::Full))
        );
        if let Some(out) = &args.out {
            text += &format!("  {}\n", done(&out.join(study.name()))?);
        }
    }
    super::output::write(Path::new("-"), &text)?;
    Ok(DECIDED)
}

fn done(folder: &Path) -> Result<String, CliError> {
    let Some(manifest) = Store::manifest_of(folder)? else { return Ok("nothing done".to_owned()) };
    let table = Store::table_of(folder, &manifest)?;
    Ok(format!("{} of {} runs done ({}, seed {}, relus {})", table.rows.len(), manifest.cells, manifest.mode, manifest.seed, manifest.relus))
}

fn run_studies(args: &RunArgs) -> Result<u8, CliError> {
    let chosen: Vec<&'static dyn Study> = match args.name.as_str() {
        "all" => STUDIES.to_vec(),
        name => vec![find(name).ok_or_else(|| unknown(name))?],
    };
    let settings = Settings { mode: args.mode(), seed: args.seed, threads: usize::from(args.threads), force: args.force, stop: stop_flag() };
    prepare(args, &chosen, &settings)?;
    let mut complete = true;
    for study in chosen {
        let ended = run_one(args, study, &settings)?;
        complete &= ended.complete;
        write_figures(&args.out.join(study.name()), &study.findings(&ended.table))?;
        if settings.stop.load(Ordering::Relaxed) {
            break;
        }
    }
    write_page(&args.out)?;
    println!("{}", args.out.join(PAGE).display());
    if !complete {
        eprintln!("interrupted: the same command goes on");
    }
    Ok(if complete { DECIDED } else { LIMIT })
}

fn unknown(name: &str) -> CliError {
    let names: Vec<&str> = STUDIES.iter().map(|study| study.name()).collect();
    CliError::Usage(format!("there is no study {name:?}: there are {}, and all", names.join(", ")))
}

/// Confirms that all folders can be used before anything is measured, and says how long it takes.
fn prepare(args: &RunArgs, chosen: &[&'static dyn Study], settings: &Settings) -> Result<(), CliError> {
    std::fs::create_dir_all(&args.out).map_err(|error| CliError::Search(format!("{}: {error}", args.out.display())))?;
    Store::check_page(&args.out.join(PAGE), args.force)?;
    for &study in chosen {
        Store::of(study, &args.out.join(study.name()), settings)?;
    }
    let duration: Duration = chosen.iter().map(|study| study.duration(settings.mode)).sum();
    if !args.quiet {
        let threads =
            if settings.threads == 1 { "one thread".to_owned() } else { format!("{} threads, if there are as many cores", settings.threads) };
        let divided = duration / u32::try_from(settings.threads).unwrap_or(u32::MAX);
        eprintln!("{} in all takes about {} with {threads}; what is done already is not run again", settings.mode.name(), about(divided));
    }
    Ok(())
}

fn run_one(args: &RunArgs, study: &'static dyn Study, settings: &Settings) -> Result<Ended, CliError> {
    let shown: OnceLock<indicatif::ProgressBar> = OnceLock::new();
    let begun = |before: usize, cells: usize| {
        if !args.quiet {
            eprintln!("{}: {before} of {cells} runs are done", study.name());
        }
        if let Some(bar) = bar(args.quiet, cells) {
            bar.inc(before as u64);
            let _ = shown.set(bar);
        }
    };
    let done = || shown.get().into_iter().for_each(|bar| bar.inc(1));
    let ended = run_study(study, &args.out.join(study.name()), settings, &begun, &done);
    shown.get().into_iter().for_each(indicatif::ProgressBar::finish_and_clear);
    let ended = ended?;
    if !args.quiet {
        eprintln!("{}: {} of {} runs are done", study.name(), ended.table.rows.len(), ended.manifest.cells);
    }
    Ok(ended)
}

fn write_figures(folder: &Path, findings: &Findings) -> Result<(), CliError> {
    for figure in &findings.figures {
        write_atomically(&folder.join(format!("{}.svg", figure.name)), &figure.svg)?;
        #[cfg(feature = "png")]
        relus::instance::write_bytes_atomically(&folder.join(format!("{}.png", figure.name)), &relus::plot::to_png(&figure.svg))?;
    }
    Ok(())
}

/// The page of all studies that have results in `out`.
fn write_page(out: &Path) -> Result<(), CliError> {
    let mut found = Vec::new();
    for study in STUDIES {
        let folder = out.join(study.name());
        // What another version left there is not on the page.
        let Ok(Some(manifest)) = Store::manifest_of(&folder) else { continue };
        let Ok(table) = Store::table_of(&folder, &manifest) else { continue };
        if manifest.study_version == study.version() {
            let findings = study.findings(&table);
            found.push((study, manifest, table, findings));
        }
    }
    let sections: Vec<Section<'_>> =
        found.iter().map(|(study, manifest, table, findings)| Section { study: *study, manifest, table, findings }).collect();
    Ok(write_atomically(&out.join(PAGE), &page(&sections))?)
}

impl From<StoreError> for CliError {
    fn from(error: StoreError) -> Self {
        CliError::Search(error.to_string())
    }
}

impl From<RunError> for CliError {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Store(error) => error.into(),
            other => CliError::Check(other.to_string()),
        }
    }
}
