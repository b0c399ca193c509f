//! `relus init sample`: exact samples of signals.

use super::super::error::CliError;
use super::super::numbers::approx_f64;
use super::super::output::{OutputArgs, check_target, write};
use super::super::{DECIDED, LIMIT};
use super::options::{InputArgs, NetworkArgs, RandomArgs, correlation, from_log, number, table, to_json};
use clap::Args;
use relus::exact::nearest_f64;
use relus::init::{Ensemble, GramSample, gram_samples, norm_samples};
use relus::instance::Source;
use relus::instance::csv::{CsvOptions, read_matrix};
use serde::Serialize;
use std::fmt::Write;
use std::path::PathBuf;

/// Draw ‖x‖² after all layers, or the inner products of several inputs, from their exact law
///
/// No weights are drawn: ‖x‖² is a Markov chain of its own, and so is the matrix of inner products. With --correlation or --points several inputs are followed together. Schemes that share weights: the inner products of the linear signal u.
///
/// Examples:
///   relus init sample --widths 100x1001 --samples 1000000 --threads 2
///   relus init sample --widths 3,100x50 --correlation 0 --samples 10000 --write grams.csv
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(in super::super) struct SampleArgs {
    #[command(flatten)]
    network: NetworkArgs,
    #[command(flatten)]
    input: InputArgs,
    /// How many samples
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = positive_count)]
    samples: usize,
    /// Two inputs of that squared length with this correlation
    #[arg(long, value_name = "C", value_parser = correlation, allow_hyphen_values = true, conflicts_with = "points")]
    correlation: Option<f64>,
    /// The inputs: CSV, one a line, every column a coordinate
    #[arg(long, value_name = "FILE", conflicts_with = "squared_length")]
    points: Option<PathBuf>,
    /// Write every sample to FILE as CSV: the natural logarithm of ‖x‖² (-inf if it is 0), or logarithm of the scale and the scaled inner products
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
    #[command(flatten)]
    random: RandomArgs,
    #[command(flatten)]
    output: OutputArgs,
}

const QUANTILES: [f64; 5] = [0.01, 0.25, 0.5, 0.75, 0.99];

pub(super) fn positive_count(text: &str) -> Result<usize, String> {
    text.parse::<usize>().ok().filter(|&n| n > 0).ok_or_else(|| "expected a positive integer".to_owned())
}

#[derive(Debug, Serialize)]
struct Json<'a> {
    format: &'static str,
    version: u32,
    widths: &'a [usize],
    scheme: &'static str,
    seed: u64,
    samples: usize,
    interrupted: bool,
    signals: Vec<Summary>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    correlations: Vec<PairSummary>,
}

/// One input's ‖x‖²; natural logarithms, given that it is not 0.
#[derive(Debug, Serialize)]
struct Summary {
    dead: usize,
    mean_of_ln: Option<f64>,
    deviation_of_ln: Option<f64>,
    ln_quantiles: Vec<Option<f64>>,
}

/// Two inputs' correlation, where both live.
#[derive(Debug, Serialize)]
struct PairSummary {
    inputs: [usize; 2],
    samples: usize,
    mean: Option<f64>,
    deviation: Option<f64>,
}

#[expect(clippy::cast_precision_loss, reason = "numbers of samples")]
fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0)).sqrt())
}

impl Summary {
    fn new(mut logs: Vec<f64>) -> Self {
        let all = logs.len();
        logs.retain(|log| log.is_finite());
        logs.sort_by(f64::total_cmp);
        let (mean, deviation) = mean_and_deviation(&logs);
        #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in the list")]
        let quantile = |p: f64| logs.get(((logs.len() as f64 * p) as usize).min(logs.len().saturating_sub(1))).copied();
        Summary {
            dead: all - logs.len(),
            mean_of_ln: number(mean),
            deviation_of_ln: number(mean).and(number(deviation)),
            ln_quantiles: QUANTILES.map(quantile).to_vec(),
        }
    }
}

pub(in super::super) fn run(args: &SampleArgs) -> Result<u8, CliError> {
    let ensemble = args.network.ensemble()?;
    args.output.check()?;
    args.write.iter().try_for_each(|path| check_target(path))?;
    let Some(gram) = gram(args, &ensemble)? else {
        let (logs, stopped) = args.random.run(|workers| norm_samples(&ensemble, args.input.squared_length, args.samples, args.random.seed, workers));
        if let Some(path) = &args.write {
            write(path, &logs.iter().fold("ln_squared_length\n".to_owned(), |text, log| text + &format!("{log}\n")))?;
        }
        let samples = logs.len();
        return finish(args, &ensemble, samples, stopped, vec![Summary::new(logs)], Vec::new());
    };
    let (samples, stopped) = args.random.run(|workers| gram_samples(&ensemble, &gram, args.samples, args.random.seed, workers));
    let samples = samples.map_err(|error| CliError::Usage(error.to_string()))?;
    if let Some(path) = &args.write {
        write(path, &grams_to_csv(&samples, gram.len()))?;
    }
    let signals = (0..gram.len()).map(|i| Summary::new(samples.iter().map(|s| s.log_scale + s.matrix[i][i].ln()).collect())).collect();
    let pairs = (0..gram.len()).flat_map(|j| (0..j).map(move |i| (i, j)));
    let correlations = pairs.map(|(i, j)| {
        let values: Vec<f64> = samples.iter().map(|s| s.matrix[i][j] / (s.matrix[i][i] * s.matrix[j][j]).sqrt()).filter(|c| c.is_finite()).collect();
        let (mean, deviation) = mean_and_deviation(&values);
        PairSummary { inputs: [i + 1, j + 1], samples: values.len(), mean: number(mean), deviation: number(mean).and(number(deviation)) }
    });
    finish(args, &ensemble, samples.len(), stopped, signals, correlations.collect())
}

/// The inner products of the inputs, if there are several.
fn gram(args: &SampleArgs, ensemble: &Ensemble) -> Result<Option<Vec<Vec<f64>>>, CliError> {
    const MOST: usize = 100;
    if let Some(c) = args.correlation {
        if ensemble.widths().input() == 1 && c.abs() < 1.0 {
            return Err(CliError::Usage("inputs of dimension 1 have the correlation 1 or -1".to_owned()));
        }
        let y = args.input.squared_length;
        return Ok(Some(vec![vec![y, y * c], vec![y * c, y]]));
    }
    let Some(path) = &args.points else { return Ok(None) };
    let points = read_matrix(&Source::read(path)?, &CsvOptions::default())?;
    let points: Vec<Vec<f64>> = points.iter().map(|point| point.iter().map(nearest_f64).collect()).collect();
    let dimension = ensemble.widths().input();
    if points[0].len() != dimension {
        return Err(CliError::Usage(format!("the points have {} coordinates, but the first width is {dimension}", points[0].len())));
    }
    if points.len() > MOST {
        return Err(CliError::Usage(format!("{} points: at most {MOST} are followed together", points.len())));
    }
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    Ok(Some(points.iter().map(|a| points.iter().map(|b| dot(a, b)).collect()).collect()))
}

fn grams_to_csv(samples: &[GramSample], size: usize) -> String {
    let mut text = "ln_scale".to_owned();
    let pairs: Vec<(usize, usize)> = (0..size).flat_map(|i| (0..=i).map(move |j| (i, j))).collect();
    for (i, j) in &pairs {
        let _ = write!(text, ",g_{}_{}", i + 1, j + 1);
    }
    text.push('\n');
    for sample in samples {
        let _ = write!(text, "{}", sample.log_scale);
        for &(i, j) in &pairs {
            let _ = write!(text, ",{}", sample.matrix[i][j]);
        }
        text.push('\n');
    }
    text
}

fn finish(
    args: &SampleArgs,
    ensemble: &Ensemble,
    samples: usize,
    stopped: bool,
    signals: Vec<Summary>,
    correlations: Vec<PairSummary>,
) -> Result<u8, CliError> {
    let json = Json {
        format: "relus-init-sample",
        version: 1,
        widths: ensemble.widths().all(),
        scheme: ensemble.scheme().name(),
        seed: args.random.seed,
        samples,
        interrupted: stopped,
        signals,
        correlations,
    };
    let text = if args.output.json() { to_json(&json) } else { text(ensemble, &json) };
    args.output.write(&text)?;
    Ok(if stopped { LIMIT } else { DECIDED })
}

fn text(ensemble: &Ensemble, json: &Json<'_>) -> String {
    let mut text = format!(
        "{}\n{} samples, seed {}{}\n",
        NetworkArgs::describe(ensemble),
        json.samples,
        json.seed,
        if json.interrupted { ", interrupted" } else { "" }
    );
    let shown = |value: Option<f64>| value.map_or("-".to_owned(), approx_f64);
    let mut header: Vec<String> = ["input", "dead", "mean of ln", "std. dev. of ln"].map(str::to_owned).to_vec();
    header.extend(QUANTILES.map(|p| format!("quantile {p}")));
    let mut rows = vec![header];
    for (i, signal) in json.signals.iter().enumerate() {
        let mut row = vec![(i + 1).to_string(), signal.dead.to_string(), shown(signal.mean_of_ln), shown(signal.deviation_of_ln)];
        row.extend(signal.ln_quantiles.iter().map(|log| log.map_or("-".to_owned(), from_log)));
        rows.push(row);
    }
    text += &table(&rows);
    if !json.correlations.is_empty() {
        let mut rows = vec![["inputs", "both alive", "mean correlation", "std. dev."].map(str::to_owned).to_vec()];
        rows.extend(
            json.correlations.iter().map(|pair| {
                vec![format!("{}, {}", pair.inputs[0], pair.inputs[1]), pair.samples.to_string(), shown(pair.mean), shown(pair.deviation)]
            }),
        );
        text += &table(&rows);
    }
    text
}
