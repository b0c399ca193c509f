//! `relus init compare`: the training study.

use super::super::data::DataArgs;
use super::super::error::CliError;
use super::super::output::{OutputArgs, check_target, write};
use super::super::progress::bar;
use super::super::{DECIDED, LIMIT};
use super::options::{RandomArgs, SchemeName, check_picture, number, positive, table, to_json, write_picture};
use super::sample::positive_count;
use clap::Args;
use relus::exact::nearest_f64;
use relus::init::{Curve, Labelled, Scheme, Study, run_study};
use relus::instance::Source;
use relus::instance::csv::read_table;
use relus::plot::{Look, Panel, Series, chart};
use serde::Serialize;
use std::fmt::Write;
use std::path::PathBuf;

/// Train networks of several depths, initialised by several schemes, and compare their accuracy on held-out data
///
/// Plain stochastic gradient descent with cross-entropy, the same for all; the targets are the classes, numbers or names. A fifth of the points is held out. Runs depend on their seeds alone.
///
/// Examples:
///   relus init compare instances/real/digits.csv --threads 2 --plot digits.svg --csv digits-study.csv
///   relus init compare data.csv --depths 5,20 --schemes he,gsm-orthogonal --seeds 5 --epochs 20
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(in super::super) struct CompareArgs {
    #[command(flatten)]
    data: DataArgs,
    /// The schemes
    #[arg(long, value_enum, value_name = "S,…", value_delimiter = ',', num_args = 1, default_value = "he,orthogonal,gsm,gsm-orthogonal")]
    schemes: Vec<SchemeName>,
    /// The numbers of layers, the last (linear) one included
    #[arg(long, value_name = "L,…", value_delimiter = ',', num_args = 1, default_value = "5,30,100")]
    depths: Vec<usize>,
    /// The width of the hidden layers
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = positive_count)]
    width: usize,
    /// So many runs of each, with the seeds from --seed on
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = positive_count)]
    seeds: usize,
    /// Passes over the training data
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = positive_count)]
    epochs: usize,
    /// Points in a batch
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = positive_count)]
    batch: usize,
    /// The learning rate
    #[arg(long, value_name = "R", default_value = "0.01", value_parser = positive)]
    rate: f64,
    /// Write the accuracy of every run after every epoch to FILE
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// Draw accuracy against depth and against steps as SVG
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,
    /// Show no progress on standard error [default: a progress bar if it is a terminal]
    #[arg(short, long)]
    quiet: bool,
    #[command(flatten)]
    random: RandomArgs,
    #[command(flatten)]
    output: OutputArgs,
}

pub(in super::super) fn run(args: &CompareArgs) -> Result<u8, CliError> {
    let data = labelled(args)?;
    args.output.check()?;
    args.csv.iter().try_for_each(|path| check_target(path))?;
    check_picture(args.plot.as_ref())?;
    let study = Study {
        schemes: args.schemes.iter().map(|&name| Scheme::from(name)).collect(),
        depths: args.depths.clone(),
        width: args.width,
        seeds: (0..args.seeds as u64).map(|i| args.random.seed.wrapping_add(i)).collect(),
        epochs: args.epochs,
        batch: args.batch,
        rate: args.rate,
    };
    let runs = study.schemes.len() * study.depths.len() * study.seeds.len();
    let progress = bar(args.quiet, runs);
    let done = |_: &Curve| progress.iter().for_each(|bar| bar.inc(1));
    let (curves, stopped) = args.random.run(|workers| run_study(&study, &data, workers, &done));
    let curves = curves.map_err(|error| CliError::Usage(error.to_string()))?;
    if let Some(bar) = &progress {
        bar.finish_and_clear();
    }
    if let Some(path) = &args.csv {
        write(path, &csv(&study, &curves))?;
    }
    write_picture(args.plot.as_ref(), || picture(&study, &curves))?;
    let text = if args.output.json() { json(&study, &curves, stopped) } else { text(&study, &curves, stopped) };
    args.output.write(&text)?;
    Ok(if stopped { LIMIT } else { DECIDED })
}

fn labelled(args: &CompareArgs) -> Result<Labelled, CliError> {
    let source = Source::read(args.data.path())?;
    if source.text().trim_start().starts_with('{') {
        return Err(CliError::Usage(format!("{}: the study takes CSV", source.name())));
    }
    let (data, names) = read_table(&source, &args.data.table.csv_options())?.classes()?;
    let points = data.points().iter().map(|point| point.iter().map(nearest_f64).collect()).collect();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "classes are numbered from 0")]
    let labels = data.targets().iter().map(|class| nearest_f64(class) as usize).collect();
    Ok(Labelled { points, labels, classes: names.len() })
}

/// The final accuracies of the runs of a scheme at a depth.
fn finals(curves: &[Curve], scheme: usize, depth: usize) -> Vec<f64> {
    curves.iter().filter(|curve| curve.scheme == scheme && curve.depth == depth).map(Curve::last).collect()
}

#[expect(clippy::cast_precision_loss, reason = "numbers of runs")]
fn mean(values: &[f64]) -> Option<f64> {
    number(values.iter().sum::<f64>() / values.len() as f64)
}

fn text(study: &Study, curves: &[Curve], stopped: bool) -> String {
    let mut text = format!(
        "width {}, {} epochs of plain gradient descent, batches of {}, rate {}{}\naccuracy on held-out points at the end: mean (least - largest) of the seeds\n",
        study.width,
        study.epochs,
        study.batch,
        study.rate,
        if stopped { "; interrupted" } else { "" }
    );
    let mut rows = vec![[vec!["scheme".to_owned()], study.depths.iter().map(|depth| format!("depth {depth}")).collect()].concat()];
    for (s, scheme) in study.schemes.iter().enumerate() {
        let mut row = vec![scheme.name().to_owned()];
        for &depth in &study.depths {
            let values = finals(curves, s, depth);
            let (low, high) = values.iter().fold((1.0f64, 0.0f64), |(low, high), &x| (low.min(x), high.max(x)));
            row.push(mean(&values).map_or("-".to_owned(), |mean| format!("{mean:.3} ({low:.3} - {high:.3})")));
        }
        rows.push(row);
    }
    text += &table(&rows);
    let diverged = curves.iter().filter(|curve| !curve.loss.is_finite()).count();
    if diverged > 0 {
        let _ = writeln!(text, "{diverged} of {} runs diverged", curves.len());
    }
    text
}

fn csv(study: &Study, curves: &[Curve]) -> String {
    let mut text = "scheme,depth,seed,step,accuracy\n".to_owned();
    for curve in curves {
        for (step, accuracy) in &curve.accuracy {
            let _ = writeln!(text, "{},{},{},{step},{accuracy}", study.schemes[curve.scheme].name(), curve.depth, curve.seed);
        }
    }
    text
}

#[derive(Serialize)]
struct Json<'a> {
    format: &'static str,
    version: u32,
    width: usize,
    epochs: usize,
    batch: usize,
    rate: f64,
    interrupted: bool,
    runs: Vec<Run<'a>>,
}

#[derive(Serialize)]
struct Run<'a> {
    scheme: &'static str,
    depth: usize,
    seed: u64,
    accuracy: f64,
    loss: Option<f64>,
    course: &'a [(usize, f64)],
}

fn json(study: &Study, curves: &[Curve], interrupted: bool) -> String {
    let runs = curves.iter().map(|curve| Run {
        scheme: study.schemes[curve.scheme].name(),
        depth: curve.depth,
        seed: curve.seed,
        accuracy: curve.last(),
        loss: number(curve.loss),
        course: &curve.accuracy,
    });
    let Study { width, epochs, batch, rate, .. } = *study;
    to_json(&Json { format: "relus-init-study", version: 1, width, epochs, batch, rate, interrupted, runs: runs.collect() })
}

#[expect(clippy::cast_precision_loss, reason = "depths and steps")]
fn picture(study: &Study, curves: &[Curve]) -> String {
    let mut depths = study.depths.clone();
    depths.sort_unstable();
    depths.dedup();
    let series = |look: Look, points: &dyn Fn(usize) -> Vec<(f64, f64)>| -> Vec<Series> {
        study.schemes.iter().enumerate().map(|(s, scheme)| Series { name: scheme.name().to_owned(), look, points: points(s) }).collect()
    };
    let against_depth = |s: usize| depths.iter().filter_map(|&depth| Some((depth as f64, mean(&finals(curves, s, depth))?))).collect();
    let panel = |title: String, x: &str, logarithmic: bool, series| Panel {
        title,
        x: x.to_owned(),
        y: "accuracy on held-out points".to_owned(),
        range: Some((0.0, 1.0)),
        logarithmic: [logarithmic, false],
        series,
        lines: Vec::new(),
    };
    let runs = if study.seeds.len() == 1 { "one seed".to_owned() } else { format!("mean of {} seeds", study.seeds.len()) };
    let mut panels =
        vec![panel(format!("Accuracy against depth after {} epochs, {runs}", study.epochs), "layers", true, series(Look::Marked, &against_depth))];
    for &depth in &depths {
        let against_steps = |s: usize| {
            let group: Vec<&Curve> = curves.iter().filter(|curve| curve.scheme == s && curve.depth == depth).collect();
            let Some(first) = group.first() else { return Vec::new() };
            let at = |i: usize| group.iter().map(|curve| curve.accuracy[i].1).sum::<f64>() / group.len() as f64;
            (0..first.accuracy.len()).map(|i| (first.accuracy[i].0 as f64, at(i))).collect()
        };
        panels.push(panel(
            format!("Accuracy against steps at depth {depth}, {runs}"),
            "steps of gradient descent",
            false,
            series(Look::Marked, &against_steps),
        ));
    }
    chart("Accuracy of networks by their initialisation", &panels)
}
