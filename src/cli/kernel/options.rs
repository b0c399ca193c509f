//! What the kernel commands share: reading data as floats, scaling, threads, progress.

use crate::cli::data::DataArgs;
use crate::cli::error::CliError;
use crate::cli::limits::stop_flag;
use crate::cli::output::{check_target, has_extension, write};
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use relus::exact::{Rational, nearest_f64};
use relus::instance::csv::read_table;
use relus::instance::json::read_instance;
use relus::instance::{Data, Source};
use relus::kernel::scaling::FeatureScaling;
use relus::kernel::{Kernel, KernelError, Points, gram};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Reads the name of a kernel.
pub(super) fn kernel(text: &str) -> Result<Kernel, String> {
    text.parse().map_err(|error: KernelError| error.to_string())
}

/// Reads a float that must be positive.
pub(super) fn positive_float(text: &str) -> Result<f64, String> {
    text.trim().parse().ok().filter(|value: &f64| *value > 0.0 && value.is_finite()).ok_or_else(|| "must be a positive number".to_owned())
}

/// Reads a float strictly between 0 and 1.
pub(super) fn share(text: &str) -> Result<f64, String> {
    text.trim().parse().ok().filter(|value: &f64| *value > 0.0 && *value < 1.0).ok_or_else(|| "must be a number between 0 and 1".to_owned())
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Scaling")]
pub(super) struct ScaleArgs {
    /// What to do with the features first; kernels other than gaussian are for points of the unit ball. The map is stored in the model
    #[arg(long, value_enum, default_value_t = ScaleName::None)]
    scale: ScaleName,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ScaleName {
    /// Take them as they are
    None,
    /// Divide all by the largest norm of a point
    Ball,
    /// Bring each to mean 0 and deviation 1, then divide all by the largest norm
    Standardise,
}

impl ScaleArgs {
    pub(super) fn scaling(&self) -> FeatureScaling {
        match self.scale {
            ScaleName::None => FeatureScaling::None,
            ScaleName::Ball => FeatureScaling::Ball,
            ScaleName::Standardise => FeatureScaling::Standardise,
        }
    }

    pub(super) fn name(&self) -> &'static str {
        match self.scale {
            ScaleName::None => "as they are",
            ScaleName::Ball => "divided by the largest norm",
            ScaleName::Standardise => "standardised and divided by the largest norm",
        }
    }
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Running")]
pub(super) struct RunArgs {
    /// Use up to N threads; results for different N differ by rounding errors
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    threads: u16,
    /// The seed of everything that is drawn at random
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub(super) seed: u64,
    /// Show no progress on standard error [default: a progress bar if it is a terminal]
    #[arg(short, long)]
    quiet: bool,
}

impl RunArgs {
    /// Sets the threads and installs Ctrl-C.
    pub(super) fn start(&self) -> Runner {
        gram::set_threads(usize::from(self.threads));
        let bar = (!self.quiet && std::io::stderr().is_terminal()).then(|| {
            let style =
                ProgressStyle::with_template("{msg:12} [{bar:40}] {percent}% {elapsed_precise}").unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(0).with_style(style)
        });
        Runner { stop: stop_flag(), bar }
    }

    pub(super) fn thread_count(&self) -> usize {
        usize::from(self.threads)
    }
}

/// The progress bar, which removes itself at the end, and the flag that Ctrl-C raises.
#[derive(Debug)]
pub(super) struct Runner {
    pub(super) stop: Arc<AtomicBool>,
    bar: Option<ProgressBar>,
}

impl Runner {
    /// Shows how far it is; whether to go on.
    pub(super) fn keep_on(&self, phase: &'static str, done: usize, total: usize) -> bool {
        if let Some(bar) = &self.bar {
            bar.set_message(phase);
            bar.set_length(total as u64);
            bar.set_position(done as u64);
        }
        !self.stop.load(Ordering::Relaxed)
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Data as floats.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) name: String,
    /// The same numbers, exactly.
    pub(super) data: Data,
    pub(super) points: Points,
    pub(super) labels: Vec<f64>,
    /// The label that is 1, if it is one against all others.
    pub(super) positive: Option<String>,
}

/// Reads points with numbers as labels; with `--positive` that label is 1 and all others are 0, and so is the second of two classes with names.
pub(super) fn load(args: &DataArgs) -> Result<Loaded, CliError> {
    let source = Source::read(args.path())?;
    if source.is_json() {
        args.table.refuse_for_json()?;
        return loaded(&source, read_instance(&source)?.data, None);
    }
    let table = read_table(&source, &args.table.csv_options())?;
    if let Some(positive) = args.table.positive() {
        return loaded(&source, table.one_against_rest(positive)?, Some(positive.to_owned()));
    }
    match (table.regression(), table.classification(None)) {
        (Ok(data), _) => loaded(&source, data, None),
        (Err(_), Ok(data)) => {
            let positive = data.classes.as_ref().map(|classes| classes.positive.clone());
            loaded(&source, data, positive)
        }
        (Err(error), Err(_)) => Err(error.into()),
    }
}

/// Reads points only, whatever the labels are.
pub(super) fn load_points(args: &DataArgs) -> Result<Loaded, CliError> {
    let source = Source::read(args.path())?;
    if source.is_json() {
        args.table.refuse_for_json()?;
        return loaded(&source, read_instance(&source)?.data, None);
    }
    loaded(&source, read_table(&source, &args.table.csv_options())?.without_labels()?, None)
}

fn loaded(source: &Source, data: Data, positive: Option<String>) -> Result<Loaded, CliError> {
    let name = source.name().to_owned();
    let points = points(data.points()).map_err(|error| CliError::kernel(&name, error))?;
    let labels: Vec<f64> = data.targets().iter().map(nearest_f64).collect();
    if let Some(i) = labels.iter().position(|label| !label.is_finite()) {
        return Err(CliError::kernel(&name, KernelError::NotFinite { point: i + 1, what: "the label".to_owned() }));
    }
    Ok(Loaded { name, data, points, labels, positive })
}

/// Points to the nearest floats.
pub(super) fn points(rows: &[Vec<Rational>]) -> Result<Points, KernelError> {
    let dimension = rows.first().map_or(0, Vec::len);
    Points::new(dimension, rows.len(), rows.iter().flatten().map(nearest_f64).collect())
}

/// Where a chart goes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(super) struct PlotArgs {
    /// Draw it as SVG, too
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,
}

impl PlotArgs {
    pub(super) fn check(&self) -> Result<(), CliError> {
        let Some(path) = &self.plot else { return Ok(()) };
        if path != Path::new("-") && !has_extension(path, "svg") {
            return Err(CliError::Usage(format!("--plot {}: the name of the picture ends in .svg", path.display())));
        }
        check_target(path)
    }

    pub(super) fn write(&self, chart: impl FnOnce() -> String) -> Result<(), CliError> {
        match &self.plot {
            Some(path) => write(path, &chart()),
            None => Ok(()),
        }
    }
}
