//! `relus kernel compare`: the kernel learner beside networks, on the same training and held-out points.

use super::fit::LearnerArgs;
use super::options::{Loaded, PlotArgs, RunArgs, load, share};
use crate::cli::DECIDED;
use crate::cli::data::DataArgs;
use crate::cli::error::CliError;
use crate::cli::numbers::{approx_f64, duration};
use crate::cli::output::OutputArgs;
use clap::Args;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use relus::exact::{Rational, nearest_f64};
use relus::instance::{Activation, Architecture, Data, Instance, Loss};
use relus::kernel::KernelError;
use relus::kernel::fit::fit;
use relus::kernel::model::{Model, mean_squared};
use relus::kernel::scaling::{FeatureMap, FeatureScaling, LabelMap};
use relus::kernel::validation::{Candidates, choose, kernels, ridges};
use relus::plot::{Look, Panel, Series, chart};
use relus::train::local::Local;
use relus::train::search::Search;
use relus::train::{Control, Outcome, Trainer};
use serde::Serialize;
use std::fmt::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Compare the kernel learner with the exact network and local search
///
/// A part of the points is held out at random. The kernel learner (features standardised, labels scaled, kernel
/// and ridge by cross-validation), local search and the exact search (within its time limit) learn from the rest;
/// errors are mean squares on the labels' own scale. The networks are ReLU with a free constant.
///
/// Example:
///   relus kernel compare data.csv --width 2 --time-limit 30s --plot compare.svg
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(in crate::cli) struct CompareArgs {
    #[command(flatten)]
    data: DataArgs,
    /// The number of neurons of the networks
    #[arg(long, short = 'k', value_name = "K", value_parser = clap::value_parser!(u32).range(0..=1000))]
    width: u32,
    /// The time of the exact search: 30, 60s, 5m
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration, allow_hyphen_values = true)]
    time_limit: Duration,
    /// The share of the points that is held out
    #[arg(long, value_name = "SHARE", default_value = "0.3", value_parser = share, allow_hyphen_values = true)]
    test_share: f64,
    #[command(flatten)]
    learner: LearnerArgs,
    #[command(flatten)]
    run: RunArgs,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    plot: PlotArgs,
}

#[derive(Debug, Serialize)]
struct Line {
    method: String,
    training_error: f64,
    test_error: f64,
    seconds: f64,
    known: String,
}

#[derive(Serialize)]
struct Report {
    format: &'static str,
    version: u64,
    training_points: usize,
    test_points: usize,
    dimension: usize,
    width: u32,
    seed: u64,
    methods: Vec<Line>,
}

/// The two parts of the data.
struct Split {
    training: Vec<usize>,
    test: Vec<usize>,
}

impl Split {
    fn new(points: usize, test_share: f64, seed: u64) -> Option<Self> {
        let mut order: Vec<usize> = (0..points).collect();
        order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a part of the points")]
        let count = (points as f64 * test_share).round() as usize;
        let (test, training) = order.split_at(count.clamp(1, points.max(2) - 1));
        let sorted = |part: &[usize]| {
            let mut part = part.to_vec();
            part.sort_unstable();
            part
        };
        (training.len() >= 4 && !test.is_empty()).then(|| Split { training: sorted(training), test: sorted(test) })
    }
}

pub(super) fn run(args: &CompareArgs) -> Result<u8, CliError> {
    args.learner.refuse_for_comparison()?;
    args.output.check()?;
    args.plot.check()?;
    let loaded = load(&args.data)?;
    let Some(split) = Split::new(loaded.points.len(), args.test_share, args.run.seed) else {
        return Err(CliError::Usage(format!(
            "{}: {} points are too few to hold some out: a comparison needs at least 4 to learn from",
            loaded.name,
            loaded.points.len()
        )));
    };
    let runner = args.run.start();
    let labels = |part: &[usize]| part.iter().map(|&i| loaded.labels[i]).collect::<Vec<f64>>();
    let (y, held_out) = (labels(&split.training), labels(&split.test));
    #[expect(clippy::cast_precision_loss, reason = "a number of points")]
    let mean = y.iter().sum::<f64>() / y.len() as f64;
    let constant = |labels: &[f64]| mean_squared(&vec![mean; labels.len()], labels);
    let mut methods = vec![Line {
        method: "constant".to_owned(),
        training_error: constant(&y),
        test_error: constant(&held_out),
        seconds: 0.0,
        known: "the mean of the training labels".to_owned(),
    }];
    let keep_on = |phase: &'static str, done: usize, total: usize| runner.keep_on(phase, done, total);
    methods.push(kernel_line(args, &loaded, &split, (&y, &held_out), &keep_on).map_err(|error| CliError::kernel(&loaded.name, error))?);
    let control = Control::default().with_threads(args.run.thread_count()).with_seed(args.run.seed).with_stop_flag(Arc::clone(&runner.stop));
    let local = Local::default();
    keep_on("local search", 0, 1);
    methods.push(network_line(args, &loaded.data, &split, "local search", &local, &control.limited(args.time_limit))?);
    keep_on("exact search", 0, 1);
    methods.push(network_line(args, &loaded.data, &split, "exact search", &Search::default(), &control.with_time_limit(args.time_limit))?);
    drop(runner);

    let report = Report {
        format: "relus-kernel-comparison",
        version: 1,
        training_points: split.training.len(),
        test_points: split.test.len(),
        dimension: loaded.points.dimension(),
        width: args.width,
        seed: args.run.seed,
        methods,
    };
    let text = if args.output.json() { serde_json::to_string(&report).expect("numbers and strings") + "\n" } else { text(&loaded.name, &report) };
    args.output.write(&text)?;
    args.plot.write(|| picture(&loaded.name, &report))?;
    Ok(DECIDED)
}

fn kernel_line(
    args: &CompareArgs,
    loaded: &Loaded,
    split: &Split,
    (y, held_out): (&[f64], &[f64]),
    keep_on: &(dyn Fn(&'static str, usize, usize) -> bool + Sync),
) -> Result<Line, KernelError> {
    let start = Instant::now();
    let raw = loaded.points.subset(&split.training);
    let features = FeatureMap::fit(&raw, FeatureScaling::Standardise);
    let points = features.apply(&raw)?;
    let map = LabelMap::fit(y);
    let labels = map.apply_all(y)?;
    let sampler = args.learner.fixed_sampler(points.len());
    let kernels = args.learner.kernel.map_or_else(kernels, |kernel| vec![kernel]);
    let folds = (args.learner.folds as usize).min(points.len());
    let choice = choose(Candidates { kernels: &kernels, forms: &ridges(), sampler }, &points, &labels, folds, args.run.seed, keep_on)?;
    let fitted = fit(choice.kernel, sampler, choice.form, &points, &labels, args.run.seed, keep_on)?;
    let how = (sampler, choice.form, args.run.seed);
    let model = Model::new(&fitted, (features, map), (&points, &labels), how, 1e-3)?;
    let error = |part: &[usize], labels: &[f64]| Ok::<f64, KernelError>(mean_squared(&model.predict(&loaded.points.subset(part))?.labels, labels));
    Ok(Line {
        method: "kernel learner".to_owned(),
        training_error: error(&split.training, y)?,
        test_error: error(&split.test, held_out)?,
        seconds: start.elapsed().as_secs_f64(),
        known: format!("{}, lambda = {}, {} landmarks", choice.kernel, approx_f64(choice.form.parameter()), model.indices.len()),
    })
}

/// The part of the data, exactly.
fn part(data: &Data, indices: &[usize]) -> Data {
    let rows = indices.iter().map(|&i| data.points()[i].clone()).collect();
    Data::new(rows, indices.iter().map(|&i| data.targets()[i].clone()).collect()).expect("a part of a data set with at least one point")
}

fn network_line(
    args: &CompareArgs,
    data: &Data,
    split: &Split,
    method: &str,
    trainer: &dyn Trainer,
    control: &Control<'_>,
) -> Result<Line, CliError> {
    let training = part(data, &split.training);
    let architecture = Architecture { activation: Activation::Relu, width: args.width as usize, output_bias: true, convex: false, affine: false };
    let instance = Instance { data: training, architecture, loss: Loss::L2, target_error: None };
    let start = Instant::now();
    let outcome = trainer.train(&instance, control)?;
    let seconds = start.elapsed().as_secs_f64();
    let test = part(data, &split.test);
    let error = |loss: &Rational, points: usize| nearest_f64(&(loss / Rational::from(points)));
    let (training_error, test_error) = match &outcome.incumbent {
        Some(incumbent) => {
            let held_out = incumbent.network.loss(&test, Loss::L2).expect("a trained network fits its data");
            (error(&incumbent.loss, split.training.len()), error(&held_out, split.test.len()))
        }
        None => (f64::NAN, f64::NAN),
    };
    Ok(Line { method: format!("{method}, width {}", args.width), training_error, test_error, seconds, known: known(&outcome, method) })
}

/// What the outcome says of the training error.
fn known(outcome: &Outcome, method: &str) -> String {
    if method == "local search" {
        return "nothing is proven".to_owned();
    }
    match outcome.gap() {
        Some(gap) if gap == Rational::ZERO => "training error proven least".to_owned(),
        Some(gap) => format!("{}: proven within {:.1} % of the least training error", outcome.status.name(), 100.0 * nearest_f64(&gap)),
        None => outcome.status.name().to_owned(),
    }
}

fn text(name: &str, report: &Report) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{name}: {} points to learn from, {} held out, {} features; mean squared errors",
        report.training_points, report.test_points, report.dimension
    );
    let _ = writeln!(out, "\n{:<24}  {:>12}  {:>12}  {:>9}  remark", "method", "training", "held out", "seconds");
    for line in &report.methods {
        let _ = writeln!(
            out,
            "{:<24}  {:>12}  {:>12}  {:>9.3}  {}",
            line.method,
            approx_f64(line.training_error),
            approx_f64(line.test_error),
            line.seconds,
            line.known
        );
    }
    out
}

fn picture(name: &str, report: &Report) -> String {
    let mut series = Vec::new();
    for (what, value) in [("held out", (|line: &Line| line.test_error) as fn(&Line) -> f64), ("training", |line: &Line| line.training_error)] {
        #[expect(clippy::cast_precision_loss, reason = "a number of methods")]
        let points = report.methods.iter().enumerate().map(|(k, line)| (k as f64 + 1.0, value(line))).collect();
        series.push(Series { name: what.to_owned(), look: Look::Marks, points });
    }
    let methods: Vec<String> = (1..).zip(&report.methods).map(|(k, line)| format!("{k} {}", line.method)).collect();
    // Errors of about one size are compared from 0.
    let errors = || report.methods.iter().flat_map(|line| [line.training_error, line.test_error]).filter(|error| error.is_finite());
    let (least, most) = (errors().fold(f64::INFINITY, f64::min), errors().fold(0.0, f64::max));
    let name = std::path::Path::new(name).file_name().map_or(name.into(), std::ffi::OsStr::to_string_lossy);
    let title = format!("{name}: {} points to learn from", report.training_points);
    let panel = Panel {
        title: title.clone(),
        x: format!("method: {}", methods.join(" · ")),
        y: "mean squared error".to_owned(),
        range: None,
        logarithmic: [false, most > 20.0 * least],
        series,
        lines: Vec::new(),
    };
    chart(&title, &[panel])
}
