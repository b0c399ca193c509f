//! `relus kernel bound`: what the theory says of a model's expected loss.

use super::options::{Loaded, load, positive_float, share};
use super::predict::model_of;
use crate::cli::DECIDED;
use crate::cli::data::DataArgs;
use crate::cli::error::CliError;
use crate::cli::numbers::approx_f64;
use crate::cli::output::OutputArgs;
use clap::Args;
use relus::kernel::bounds::{Bound, CONSTANT, Scheme};
use relus::kernel::model::mean_squared;
use serde::Serialize;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Bound the expected loss of a model by its size and its loss on the training data
///
/// DATA must be what the model was fitted to, read with the same options. With probability 1 - delta over the
/// sample the expected squared error, of labels in [0, 1], is at most the bounds. At laboratory sizes they are
/// vacuous; the output says so, and from how many points on they would not be.
///
/// Example:
///   relus kernel bound model.json data.csv --delta 0.05
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(in crate::cli) struct BoundArgs {
    /// The model: JSON of the format relus-kernel-model; "-" reads standard input
    model: PathBuf,
    #[command(flatten)]
    data: DataArgs,
    /// The probability with which a bound may fail
    #[arg(long, value_name = "D", default_value = "0.05", value_parser = share, allow_hyphen_values = true)]
    delta: f64,
    /// The constant of the first bound
    #[arg(long, value_name = "C", default_value_t = CONSTANT, value_parser = positive_float, allow_hyphen_values = true)]
    constant: f64,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Serialize)]
struct Report {
    format: &'static str,
    version: u64,
    points: usize,
    landmarks: usize,
    code_bits: usize,
    side_bits: usize,
    size: usize,
    delta: f64,
    constant: f64,
    loss: f64,
    loss_off_landmarks: Option<f64>,
    compression: Line,
    textbook: Option<Line>,
}

#[derive(Serialize)]
struct Line {
    bound: Option<f64>,
    vacuous: bool,
    useful_from_points: Option<f64>,
}

impl From<Bound> for Line {
    fn from(bound: Bound) -> Self {
        Line { bound: Some(bound.value).filter(|value| value.is_finite()), vacuous: bound.is_vacuous(), useful_from_points: bound.useful_from }
    }
}

pub(super) fn run(args: &BoundArgs) -> Result<u8, CliError> {
    if args.model == Path::new("-") && args.data.path() == Path::new("-") {
        return Err(CliError::Usage("only one of MODEL and DATA can be read from standard input".to_owned()));
    }
    args.output.check()?;
    let model = model_of(&args.model)?;
    let Loaded { name, points, labels, positive, .. } = load(&args.data)?;
    let failed = |error| CliError::kernel(&name, error);
    if !model.is_fitted_to(&points) || positive != model.positive {
        let what = "these are not the data that the model was fitted to, or they are read with other options (--target, --features, --positive): the bounds are for the training data";
        return Err(CliError::Search(format!("{name}: {what}")));
    }
    let labels = model.labels.apply_all(&labels).map_err(failed)?;
    let images = model.predict(&points).map_err(failed)?.images;
    let loss = mean_squared(&images, &labels);
    let mut others: Vec<bool> = vec![true; labels.len()];
    model.indices.iter().for_each(|&i| others[i] = false);
    let (h, y): (Vec<f64>, Vec<f64>) = (0..labels.len()).filter(|&i| others[i]).map(|i| (images[i], labels[i])).unzip();
    let off = (!y.is_empty()).then(|| mean_squared(&h, &y));

    let size = model.size();
    #[expect(clippy::cast_precision_loss, reason = "numbers of points and bits")]
    let scheme = Scheme::new(size.total() as f64, labels.len() as f64, args.delta).map_err(failed)?;
    let report = Report {
        format: "relus-kernel-bound",
        version: 1,
        points: labels.len(),
        landmarks: size.landmarks,
        code_bits: size.code_bits,
        side_bits: size.side_bits,
        size: size.total(),
        delta: args.delta,
        constant: args.constant,
        loss,
        loss_off_landmarks: off,
        compression: scheme.compression(loss, args.constant).into(),
        textbook: off.map(|loss| scheme.textbook(loss).into()),
    };
    let text = if args.output.json() { serde_json::to_string(&report).expect("numbers and strings") + "\n" } else { text(&name, &report) };
    args.output.write(&text)?;
    Ok(DECIDED)
}

fn text(name: &str, report: &Report) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{:<20}{name}: {} points", "data", report.points);
    let _ = writeln!(
        out,
        "{:<20}{} = {} landmarks + {} bits of codes + {} of side information",
        "size k", report.size, report.landmarks, report.code_bits, report.side_bits
    );
    let _ = writeln!(
        out,
        "{:<20}{} on all points, {} off the landmarks (mean square)",
        "loss",
        approx_f64(report.loss),
        report.loss_off_landmarks.map_or("none left".to_owned(), approx_f64)
    );
    let mut line = |head: String, line: &Line| {
        let value =
            line.bound.map_or("does not apply (k is too large for m)".to_owned(), |bound| format!("expected loss at most {}", approx_f64(bound)));
        let worth = match (line.vacuous, line.useful_from_points) {
            (false, _) => String::new(),
            (true, Some(from)) => {
                format!(": vacuous; below 1 from m = {} on, at this k and loss", if from < 1e15 { format!("{from:.0}") } else { approx_f64(from) })
            }
            (true, None) => ": vacuous, for every m".to_owned(),
        };
        let _ = writeln!(out, "{head:<20}{value}{worth}");
    };
    line(format!("compression, c = {}", report.constant), &report.compression);
    if let Some(textbook) = &report.textbook {
        line("textbook".to_owned(), textbook);
    }
    let _ = writeln!(
        out,
        "{:<20}with probability {} over the sample; for comparison, the constant 1/2 has an expected loss of at most 0.25",
        "",
        1.0 - report.delta
    );
    out
}
