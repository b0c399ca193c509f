//! `relus kernel spectrum`: eigenvalues, effective dimension, decay.

use super::options::{Loaded, PlotArgs, RunArgs, ScaleArgs, kernel, load_points, positive_float};
use crate::cli::DECIDED;
use crate::cli::data::DataArgs;
use crate::cli::error::CliError;
use crate::cli::numbers::approx_f64;
use crate::cli::output::OutputArgs;
use clap::Args;
use relus::kernel::Kernel;
use relus::kernel::decay::{Decay, Law, sample_order_without_decay};
use relus::kernel::scaling::FeatureMap;
use relus::kernel::spectrum::Spectrum;
use relus::plot::{Look, Panel, Series, chart};
use serde::Serialize;
use std::fmt::Write;

/// The spectrum of a kernel on the data, its decay and what follows for learning
///
/// All eigenvalues of K/m up to 5000 points, beyond that the leading ones with bounds on their errors. Labels are
/// not looked at.
///
/// Examples:
///   relus kernel spectrum data.csv --scale ball
///   relus kernel spectrum data.csv --scale standardise --kernel gaussian:2 --plot spectrum.svg
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(in crate::cli) struct SpectrumArgs {
    #[command(flatten)]
    data: DataArgs,
    /// The kernel: multinomial:DEGREE, inverse[:DEPTH], arccos or gaussian:GAMMA
    #[arg(long, value_name = "KERNEL", default_value = "multinomial:4", value_parser = kernel)]
    kernel: Kernel,
    /// How many eigenvalues to compute where there are more than 5000 points
    #[arg(long, value_name = "R", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=2000))]
    leading: u32,
    /// The squared norm for which the theory's sample sizes are given
    #[arg(long, value_name = "B", default_value = "1", value_parser = positive_float, allow_hyphen_values = true)]
    norm_bound: f64,
    /// The error for which they are given
    #[arg(long, value_name = "E", default_value = "0.1", value_parser = positive_float, allow_hyphen_values = true)]
    epsilon: f64,
    #[command(flatten)]
    scale: ScaleArgs,
    #[command(flatten)]
    run: RunArgs,
    #[command(flatten)]
    output: OutputArgs,
    #[command(flatten)]
    plot: PlotArgs,
}

#[derive(Serialize)]
struct Report {
    format: &'static str,
    version: u64,
    kernel: String,
    scaling: &'static str,
    points: usize,
    dimension: usize,
    complete: bool,
    trace: f64,
    residue: f64,
    eigenvalues: Vec<f64>,
    residuals: Option<Vec<f64>>,
    effective_dimension: Vec<DimensionLine>,
    decay: Vec<DecayLine>,
    epsilon: f64,
    norm_bound: f64,
    sample_order_without_decay: f64,
}

#[derive(Serialize)]
struct DimensionLine {
    eta: f64,
    at_least: f64,
    at_most: f64,
    polynomial_bound: Option<f64>,
    exponential_bound: Option<f64>,
}

#[derive(Serialize)]
struct DecayLine {
    law: &'static str,
    c: f64,
    p: f64,
    r_squared: f64,
    eigenvalues_used: usize,
    sample_order: f64,
}

pub(super) fn run(args: &SpectrumArgs) -> Result<u8, CliError> {
    args.output.check()?;
    args.plot.check()?;
    let Loaded { name, points, .. } = load_points(&args.data)?;
    let failed = |error| CliError::kernel(&name, error);
    let runner = args.run.start();
    let points = FeatureMap::fit(&points, args.scale.scaling()).apply(&points).map_err(failed)?;
    let spectrum = Spectrum::of(args.kernel, &points, args.leading as usize, args.run.seed, &|phase, done, total| runner.keep_on(phase, done, total))
        .map_err(failed)?;
    drop(runner);
    let fits: Vec<Decay> = Law::ALL.into_iter().filter_map(|law| Decay::fit(&spectrum.eigenvalues, law)).collect();
    let text =
        if args.output.json() { json(args, &spectrum, &fits, points.dimension()) } else { text(args, &name, &spectrum, &fits, points.dimension()) };
    args.output.write(&text)?;
    args.plot.write(|| picture(args, &spectrum, &fits))?;
    Ok(DECIDED)
}

fn dimensions(spectrum: &Spectrum, fits: &[Decay]) -> Vec<DimensionLine> {
    let bound = |law, eta| fits.iter().find(|fit| fit.law == law).filter(|_| spectrum.residuals.is_none()).and_then(|fit| fit.dimension_bound(eta));
    (1..=8)
        .map(|k| {
            let eta = 10f64.powi(-k);
            let (at_least, at_most) = spectrum.effective_dimension(eta);
            DimensionLine { eta, at_least, at_most, polynomial_bound: bound(Law::Polynomial, eta), exponential_bound: bound(Law::Exponential, eta) }
        })
        .collect()
}

fn json(args: &SpectrumArgs, spectrum: &Spectrum, fits: &[Decay], dimension: usize) -> String {
    let line = |fit: &Decay| DecayLine {
        law: fit.law.name(),
        c: fit.c,
        p: fit.p,
        r_squared: fit.r_squared,
        eigenvalues_used: fit.used,
        sample_order: fit.sample_order(args.norm_bound, args.epsilon),
    };
    let report = Report {
        format: "relus-kernel-spectrum",
        version: 1,
        kernel: args.kernel.to_string(),
        scaling: args.scale.name(),
        points: spectrum.points,
        dimension,
        complete: spectrum.residuals.is_none(),
        trace: spectrum.trace,
        residue: spectrum.residue(),
        eigenvalues: spectrum.eigenvalues.clone(),
        residuals: spectrum.residuals.clone(),
        effective_dimension: dimensions(spectrum, fits),
        decay: fits.iter().map(line).collect(),
        epsilon: args.epsilon,
        norm_bound: args.norm_bound,
        sample_order_without_decay: sample_order_without_decay(args.norm_bound, args.epsilon),
    };
    serde_json::to_string(&report).expect("strings, numbers and lists") + "\n"
}

fn text(args: &SpectrumArgs, name: &str, spectrum: &Spectrum, fits: &[Decay], dimension: usize) -> String {
    let mut out = String::new();
    let count = spectrum.eigenvalues.len();
    let _ = writeln!(out, "{:<12}{name}: {} points, {dimension} features, {}", "data", spectrum.points, args.scale.name());
    let _ = writeln!(out, "{:<12}{}", "kernel", args.kernel);
    let what = if spectrum.residuals.is_none() {
        format!("all {count} eigenvalues of K/m")
    } else {
        format!("the {count} largest of {} eigenvalues of K/m", spectrum.points)
    };
    let _ = writeln!(out, "{:<12}{what}; trace {}, sum of all others {}", "spectrum", approx_f64(spectrum.trace), approx_f64(spectrum.residue()));
    let _ = writeln!(
        out,
        "\n{:>8}  {:>12}  {:>14}{}",
        "i",
        "eigenvalue",
        "share of trace",
        if spectrum.residuals.is_some() { "  one is this near" } else { "" }
    );
    let mut sum = 0.0;
    for (i, value) in (1..).zip(&spectrum.eigenvalues) {
        sum += value;
        if shown(i, count) {
            let near = spectrum.residuals.as_ref().map_or(String::new(), |residuals| format!("  {:>16}", approx_f64(residuals[i - 1])));
            let _ = writeln!(out, "{i:>8}  {:>12}  {:>12.4} %{near}", approx_f64(*value), 100.0 * sum / spectrum.trace);
        }
    }
    let _ = writeln!(out, "\n{:>8}  {:>20}  {:>16}  {:>17}", "eta", "effective dimension", "polynomial bound", "exponential bound");
    for line in dimensions(spectrum, fits) {
        let value = if line.at_least == line.at_most {
            approx_f64(line.at_least)
        } else {
            format!("{} to {}", approx_f64(line.at_least), approx_f64(line.at_most))
        };
        let bound = |bound: Option<f64>| bound.map_or("-".to_owned(), approx_f64);
        let _ = writeln!(
            out,
            "{:>8}  {value:>20}  {:>16}  {:>17}",
            format!("{:e}", line.eta),
            bound(line.polynomial_bound),
            bound(line.exponential_bound)
        );
    }
    let _ = writeln!(out, "\n{:<12}  {:>12}  {:>10}  {:>8}  {:>6}  order of the sample size", "decay", "C", "p", "r²", "used");
    for fit in fits {
        let order = approx_f64(fit.sample_order(args.norm_bound, args.epsilon));
        let _ = writeln!(
            out,
            "{:<12}  {:>12}  {:>10}  {:>8.4}  {:>6}  {order}",
            fit.law.name(),
            approx_f64(fit.c),
            approx_f64(fit.p),
            fit.r_squared,
            fit.used
        );
    }
    if fits.is_empty() {
        let _ = writeln!(out, "none: fewer than three eigenvalues, or they do not decay");
    }
    let without = approx_f64(sample_order_without_decay(args.norm_bound, args.epsilon));
    let _ = writeln!(out, "{:<12}  {:>12}  {:>10}  {:>8}  {:>6}  {without}", "none", "", "", "", "");
    let _ = writeln!(
        out,
        "\nThe laws C i^-p and C e^(-p i) hold for the eigenvalues used, with p from a least-squares line. Sample sizes are\norders without constants and logarithms, for epsilon = {} and B = {}; the fit describes these data, no distribution.",
        args.epsilon, args.norm_bound
    );
    out
}

/// 1, 2, 5, 10, … and the last.
fn shown(i: usize, count: usize) -> bool {
    let mut power = 1;
    while power * 10 <= i {
        power *= 10;
    }
    i == count || (i.is_multiple_of(power) && matches!(i / power, 1 | 2 | 5))
}

fn picture(args: &SpectrumArgs, spectrum: &Spectrum, fits: &[Decay]) -> String {
    let noise = 1e-16 * spectrum.trace;
    let points = (1..).zip(&spectrum.eigenvalues).filter(|(_, value)| **value > noise).map(|(i, value)| (f64::from(i), *value)).collect();
    let mut series = vec![Series { name: format!("eigenvalues, {}", args.kernel), look: Look::Marks, points }];
    for fit in fits {
        let law = if fit.law == Law::Polynomial {
            format!("{} · i^−{}", approx_f64(fit.c), approx_f64(fit.p))
        } else {
            format!("{} · exp(−{} i)", approx_f64(fit.c), approx_f64(fit.p))
        };
        #[expect(clippy::cast_precision_loss, reason = "the number of an eigenvalue")]
        let points = (1..=fit.used).map(|i| (i as f64, fit.at(i))).filter(|point| point.1 < 10.0 * spectrum.trace).collect();
        series.push(Series { name: format!("at most {law}"), look: if fit.law == Law::Polynomial { Look::Line } else { Look::Dashed }, points });
    }
    let title = format!("Spectrum of K/m, {} points", spectrum.points);
    let panel = Panel {
        title: title.clone(),
        x: "number i of the eigenvalue".to_owned(),
        y: "eigenvalue".to_owned(),
        range: None,
        logarithmic: [true, true],
        series,
        lines: Vec::new(),
    };
    chart(&title, &[panel])
}
