//! `relus kernel predict`: a model on new points.

use super::options::points;
use crate::cli::DECIDED;
use crate::cli::data::DataArgs;
use crate::cli::error::CliError;
use crate::cli::output::OutputArgs;
use clap::Args;
use relus::exact::nearest_f64;
use relus::instance::csv::{CsvOptions, read_matrix, read_table};
use relus::instance::json::read_instance;
use relus::instance::{Data, Source};
use relus::kernel::json::read_model;
use relus::kernel::model::{Model, Predictions};
use relus::kernel::{KernelError, Points};
use serde::Serialize;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Predict labels with a model
///
/// DATA has the model's features, with or without a target column; with one, errors are given, too. Text output is
/// CSV, one line a point. Where a model scales features, points outside the unit ball are moved to its surface.
///
/// Example:
///   relus kernel predict model.json new.csv -o predictions.csv
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(in crate::cli) struct PredictArgs {
    /// The model: JSON of the format relus-kernel-model; "-" reads standard input
    model: PathBuf,
    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    output: OutputArgs,
    /// Print no summary on standard error
    #[arg(short, long, help_heading = "Output")]
    quiet: bool,
}

#[derive(Serialize)]
struct Report {
    format: &'static str,
    version: u64,
    points: usize,
    moved_into_ball: usize,
    mean_squared_error: Option<f64>,
    root_mean_squared_error: Option<f64>,
    accuracy: Option<f64>,
    predictions: Vec<f64>,
}

/// Reads a model.
pub(super) fn model_of(path: &Path) -> Result<Model, CliError> {
    Ok(read_model(&Source::read(path)?)?)
}

/// The points of a file, and its labels if it has them, with the model's class as 1 if it has one.
struct Target {
    name: String,
    points: Points,
    labels: Option<Vec<f64>>,
}

impl Target {
    fn read(args: &DataArgs, model: &Model) -> Result<Self, CliError> {
        let source = Source::read(args.path())?;
        let name = source.name().to_owned();
        let dimension = model.landmarks.dimension();
        if source.is_json() {
            args.table.refuse_for_json()?;
            return Self::of(name, &read_instance(&source)?.data, dimension, &[]);
        }
        let mut options = args.table.csv_options();
        if options.target.is_none() {
            // A column with the model's target's name is the target.
            options.target = model
                .target_name
                .clone()
                .filter(|target| read_table(&source, &CsvOptions { target: Some(target.clone()), ..options.clone() }).is_ok());
        }
        if options.target.is_none() {
            // A file with exactly the features, or with no other column than those selected, has no target.
            let rows = read_matrix(&source, &options).ok().filter(|rows| rows.first().is_some_and(|row| row.len() == dimension));
            let alone = options.features.is_none() || read_table(&source, &options).is_err();
            if let Some(rows) = rows.filter(|_| alone) {
                return Ok(Target { points: points(&rows).map_err(|error| CliError::kernel(&name, error))?, name, labels: None });
            }
        }
        let table = read_table(&source, &options)?;
        let data = match &model.positive {
            Some(positive) => table.one_against_rest(positive).or_else(|_| table.without_labels()),
            None => table.regression(),
        };
        Self::of(name, &data?, dimension, &model.feature_names)
    }

    fn of(name: String, data: &Data, dimension: usize, names: &[String]) -> Result<Self, CliError> {
        let failed = |error| CliError::kernel(&name, error);
        if data.dimension() != dimension {
            return Err(failed(KernelError::Length { found: data.dimension(), expected: dimension }));
        }
        let pairs = || names.iter().zip(&data.feature_names);
        if let Some((ours, theirs)) = pairs().find(|(ours, theirs)| ours != theirs) {
            return Err(CliError::Usage(format!(
                "{name}: the model was fitted to a feature {ours:?} where these data have {theirs:?}; choose columns with --features"
            )));
        }
        Ok(Target { points: points(data.points()).map_err(failed)?, labels: Some(data.targets().iter().map(nearest_f64).collect()), name })
    }
}

pub(super) fn run(args: &PredictArgs) -> Result<u8, CliError> {
    if args.model == Path::new("-") && args.data.path() == Path::new("-") {
        return Err(CliError::Usage("only one of MODEL and DATA can be read from standard input".to_owned()));
    }
    args.output.check()?;
    let model = model_of(&args.model)?;
    let Target { name, points, labels } = Target::read(&args.data, &model)?;
    let predictions = model.predict(&points).map_err(|error| CliError::kernel(&name, error))?;
    let report = Report::new(&model, &predictions, labels.as_deref());
    let text = if args.output.json() {
        serde_json::to_string(&report).expect("strings, numbers and lists") + "\n"
    } else {
        csv(&predictions, labels.as_deref())
    };
    args.output.write(&text)?;
    if !args.quiet {
        report.summary();
    }
    Ok(DECIDED)
}

impl Report {
    fn new(model: &Model, predictions: &Predictions, labels: Option<&[f64]>) -> Self {
        let mean = labels.map(|labels| relus::kernel::model::mean_squared(&predictions.labels, labels));
        let right = |labels: &[f64]| predictions.images.iter().zip(labels).filter(|(h, y)| (**h > 0.5) == (**y > 0.5)).count();
        #[expect(clippy::cast_precision_loss, reason = "a share of points")]
        let accuracy = labels.filter(|_| model.positive.is_some()).map(|labels| right(labels) as f64 / labels.len() as f64);
        Report {
            format: "relus-kernel-predictions",
            version: 1,
            points: predictions.labels.len(),
            moved_into_ball: predictions.moved,
            mean_squared_error: mean,
            root_mean_squared_error: mean.map(f64::sqrt),
            accuracy,
            predictions: predictions.labels.clone(),
        }
    }

    fn summary(&self) {
        use crate::cli::numbers::approx_f64;
        if let (Some(mean), Some(root)) = (self.mean_squared_error, self.root_mean_squared_error) {
            eprintln!("mean squared error {}, root {} over {} points", approx_f64(mean), approx_f64(root), self.points);
        }
        if let Some(accuracy) = self.accuracy {
            eprintln!("{:.2} % of the classes right (above and below 1/2)", 100.0 * accuracy);
        }
        if self.moved_into_ball > 0 {
            eprintln!("note: {} points lie outside the unit ball that the training data fill, and were moved to its surface", self.moved_into_ball);
        }
    }
}

fn csv(predictions: &Predictions, labels: Option<&[f64]>) -> String {
    let mut out = String::from(if labels.is_some() { "point,prediction,target,residual\n" } else { "point,prediction\n" });
    for (i, prediction) in predictions.labels.iter().enumerate() {
        let _ = match labels {
            Some(labels) => writeln!(out, "{},{prediction},{},{}", i + 1, labels[i], prediction - labels[i]),
            None => writeln!(out, "{},{prediction}", i + 1),
        };
    }
    out
}
