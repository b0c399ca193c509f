//! `relus init distribution`: the law of ‖x‖² after all layers.

use super::super::DECIDED;
use super::super::error::CliError;
use super::super::numbers::approx_f64;
use super::super::output::OutputArgs;
use super::options::{InputArgs, NetworkArgs, RandomArgs, check_picture, from_log, number, positive, table, to_json, write_picture};
use clap::Args;
use relus::init::{Ensemble, LogLaw, Units, moments, norm_samples};
use relus::plot::{Look, Panel, Series, chart};
use serde::Serialize;
use std::f64::consts::LN_10;
use std::fmt::Write;
use std::path::PathBuf;

/// Density and distribution function of ‖x‖² after all layers, without drawing samples
///
/// By a Fourier series of the law of ln ‖x‖², whose error is bounded: what is outside of its window, the terms that are left out, and rounding. Needs bias variance 0 and a law without atoms besides 0. With --samples the law is compared with the
/// exact sampler (Kolmogorov and Smirnov).
///
/// Examples:
///   relus init distribution --widths 100x101 --scheme he --plot law.svg --samples 100000
///   relus init distribution --widths 784,100x50,10 --linear-output --at 0.001,1 --json
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(in super::super) struct DistributionArgs {
    #[command(flatten)]
    network: NetworkArgs,
    #[command(flatten)]
    input: InputArgs,
    /// Also the distribution function at these values of ‖x‖²
    #[arg(long, value_name = "Y,…", value_delimiter = ',', num_args = 1, value_parser = positive)]
    at: Vec<f64>,
    /// Compare with this many samples
    #[arg(long, value_name = "N", default_value_t = 0)]
    samples: usize,
    /// Draw density and distribution function, with the mean-field prediction and the samples, as SVG
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,
    #[command(flatten)]
    random: RandomArgs,
    #[command(flatten)]
    output: OutputArgs,
}

const QUANTILES: [f64; 9] = [0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.999];
/// Points of the curves in files and pictures.
const POINTS: u32 = 400;
/// `√n` times the distance of a sample from its law exceeds this with probability 0.001.
const CRITICAL: f64 = 1.9495;

/// The comparison with samples.
struct Compared {
    /// `ln y` of the living ones, sorted.
    logs: Vec<f64>,
    drawn: usize,
    distance: f64,
}

pub(in super::super) fn run(args: &DistributionArgs) -> Result<u8, CliError> {
    let ensemble = args.network.ensemble()?;
    args.output.check()?;
    check_picture(args.plot.as_ref())?;
    let law = LogLaw::new(&ensemble).map_err(|error| CliError::Usage(error.to_string()))?;
    let shift = args.input.squared_length.ln();
    let compared = (args.samples > 0).then(|| compare(args, &ensemble, &law, shift));
    let text = if args.output.json() {
        json(args, &ensemble, &law, shift, compared.as_ref())
    } else {
        text(args, &ensemble, &law, shift, compared.as_ref())
    };
    write_picture(args.plot.as_ref(), || picture(args, &ensemble, &law, shift, compared.as_ref()))?;
    args.output.write(&text)?;
    Ok(DECIDED)
}

#[expect(clippy::cast_precision_loss, reason = "numbers of samples")]
fn compare(args: &DistributionArgs, ensemble: &Ensemble, law: &LogLaw, shift: f64) -> Compared {
    let (samples, _) = args.random.run(|workers| norm_samples(ensemble, args.input.squared_length, args.samples, args.random.seed, workers));
    let drawn = samples.len();
    let mut logs: Vec<f64> = samples.into_iter().filter(|log| log.is_finite()).collect();
    logs.sort_by(f64::total_cmp);
    let n = logs.len() as f64;
    let gaps = logs.iter().enumerate().map(|(i, &log)| {
        let value = law.cdf(log - shift);
        (value - i as f64 / n).abs().max((value - (i as f64 + 1.0) / n).abs())
    });
    Compared { distance: gaps.fold(0.0, f64::max), drawn, logs }
}

fn band(compared: &Compared) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "numbers of samples")]
    let n = compared.logs.len() as f64;
    CRITICAL / n.sqrt()
}

/// The distribution function of ‖x‖² with its atom at 0.
fn cdf(law: &LogLaw, z: f64) -> f64 {
    let dead = law.log_death().exp();
    dead + (1.0 - dead) * law.cdf(z)
}

fn text(args: &DistributionArgs, ensemble: &Ensemble, law: &LogLaw, shift: f64, compared: Option<&Compared>) -> String {
    let mut text = format!("{}\n", NetworkArgs::describe(ensemble));
    let log_mean = moments(ensemble, args.input.squared_length, &[]).last().map_or(f64::NAN, |layer| layer.log_mean);
    let _ = writeln!(text, "mean of ‖x‖²: {} (mean field: always this)", from_log(log_mean));
    let _ = writeln!(text, "P(‖x‖² = 0): {}", from_log(law.log_death()));
    let _ =
        writeln!(text, "given ‖x‖² > 0: ln ‖x‖² has mean {} and standard deviation {}", approx_f64(law.mean() + shift), approx_f64(law.deviation()));
    let mut rows = vec![vec!["probability".to_owned(), "‖x‖² at most".to_owned()]];
    rows.extend(QUANTILES.iter().map(|&p| vec![p.to_string(), from_log(law.quantile(p) + shift)]));
    text += &table(&rows);
    for &y in &args.at {
        let _ = writeln!(text, "P(‖x‖² ≤ {y}) = {:.12}", cdf(law, y.ln() - shift));
    }
    let bound = law.error_bound();
    let _ = writeln!(
        text,
        "error of the distribution function: at most {:.1e} (outside the window {:.0e}, {} terms of the series {:.0e}, weights {:.0e}, rounding about {:.0e})",
        bound.total(),
        bound.aliasing,
        law.terms(),
        bound.truncation,
        bound.weights,
        bound.rounding
    );
    if let Some(compared) = compared {
        let verdict = if compared.distance <= band(compared) + bound.total() { "inside" } else { "OUTSIDE" };
        let _ = writeln!(
            text,
            "{} samples, {} of them not 0: distance of the distribution functions {:.2e}, {verdict} the band of probability 0.999, {:.2e}",
            compared.drawn,
            compared.logs.len(),
            compared.distance,
            band(compared)
        );
    }
    text
}

#[derive(Serialize)]
struct Json<'a> {
    format: &'static str,
    version: u32,
    widths: &'a [usize],
    scheme: &'static str,
    linear_output: bool,
    squared_length: f64,
    log10_death_probability: Option<f64>,
    mean_of_ln: f64,
    deviation_of_ln: f64,
    terms: usize,
    error_bound: f64,
    aliasing: f64,
    truncation: f64,
    weights: f64,
    rounding_estimate: f64,
    quantiles: Vec<Quantile>,
    at: Vec<At>,
    /// Points of ln ‖x‖² with density and distribution function given that the signal is not 0.
    curve: Vec<[f64; 3]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    samples: Option<JsonSamples>,
}

#[derive(Serialize)]
struct Quantile {
    probability: f64,
    ln: f64,
}

#[derive(Serialize)]
struct At {
    squared_length: f64,
    probability: f64,
}

#[derive(Serialize)]
struct JsonSamples {
    drawn: usize,
    alive: usize,
    distance: f64,
    band_999: f64,
}

/// The part of the axis that has nearly all mass.
fn visible(law: &LogLaw) -> (f64, f64) {
    (law.quantile(2e-4), law.quantile(1.0 - 2e-4))
}

fn grid((low, high): (f64, f64)) -> impl Iterator<Item = f64> {
    (0..=POINTS).map(move |i| low + (high - low) * f64::from(i) / f64::from(POINTS))
}

fn json(args: &DistributionArgs, ensemble: &Ensemble, law: &LogLaw, shift: f64, compared: Option<&Compared>) -> String {
    let bound = law.error_bound();
    let curve = if law.is_constant() { Vec::new() } else { grid(visible(law)).map(|z| [z + shift, law.density(z), law.cdf(z)]).collect() };
    to_json(&Json {
        format: "relus-init-distribution",
        version: 1,
        widths: ensemble.widths().all(),
        scheme: ensemble.scheme().name(),
        linear_output: ensemble.output() == Units::Linear,
        squared_length: args.input.squared_length,
        log10_death_probability: number(law.log_death() / LN_10),
        mean_of_ln: law.mean() + shift,
        deviation_of_ln: law.deviation(),
        terms: law.terms(),
        error_bound: bound.total(),
        aliasing: bound.aliasing,
        truncation: bound.truncation,
        weights: bound.weights,
        rounding_estimate: bound.rounding,
        quantiles: QUANTILES.iter().map(|&p| Quantile { probability: p, ln: law.quantile(p) + shift }).collect(),
        at: args.at.iter().map(|&y| At { squared_length: y, probability: cdf(law, y.ln() - shift) }).collect(),
        curve,
        samples: compared.map(|c| JsonSamples { drawn: c.drawn, alive: c.logs.len(), distance: c.distance, band_999: band(c) }),
    })
}

fn picture(args: &DistributionArgs, ensemble: &Ensemble, law: &LogLaw, shift: f64, compared: Option<&Compared>) -> String {
    const BINS: usize = 60;
    let (low, high) = if law.is_constant() { (law.mean() - 1.0, law.mean() + 1.0) } else { visible(law) };
    let tens = |z: f64| (z + shift) / LN_10;
    let curve = |value: &dyn Fn(f64) -> f64| grid((low, high)).map(|z| (tens(z), value(z))).collect::<Vec<_>>();
    let log_mean = moments(ensemble, args.input.squared_length, &[]).last().map_or(f64::NAN, |layer| layer.log_mean);
    let mut densities = vec![Series { name: "exact law".to_owned(), look: Look::Line, points: curve(&|z| law.density(z) * LN_10) }];
    let mut functions = vec![Series { name: "exact law".to_owned(), look: Look::Line, points: curve(&|z| law.cdf(z)) }];
    if let Some(compared) = compared {
        #[expect(clippy::cast_precision_loss, reason = "numbers of samples and bins")]
        let histogram = |i: usize| {
            let edge = |i: usize| tens(low) + (tens(high) - tens(low)) * i as f64 / BINS as f64;
            let count = |x: f64| compared.logs.partition_point(|&log| log / LN_10 < x) as f64;
            let height = (count(edge(i + 1)) - count(edge(i))) / compared.logs.len() as f64 / (edge(1) - edge(0));
            (edge(i), if i < BINS { height } else { 0.0 })
        };
        let name = format!("{} samples", compared.drawn);
        densities.push(Series { name: name.clone(), look: Look::Bars, points: (0..=BINS).map(histogram).collect() });
        let empirical = |z: f64| {
            #[expect(clippy::cast_precision_loss, reason = "numbers of samples")]
            let share = compared.logs.partition_point(|&log| log <= z + shift) as f64 / compared.logs.len() as f64;
            share
        };
        functions.push(Series { name, look: Look::Dashed, points: curve(&empirical) });
    }
    let panel = |title: &str, y: &str, series| Panel {
        title: title.to_owned(),
        x: "log10 of ‖x‖² after the last layer".to_owned(),
        y: y.to_owned(),
        range: None,
        logarithmic: [false, false],
        series,
        lines: vec![(log_mean / LN_10, "mean = mean field".to_owned())],
    };
    let description = NetworkArgs::describe(ensemble);
    chart(
        &description,
        &[panel(&format!("Density: {description}"), "density of log10 ‖x‖²", densities), panel("Distribution function", "probability", functions)],
    )
}
