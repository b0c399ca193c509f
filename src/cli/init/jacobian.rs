//! `relus init jacobian`: singular values of the input–output Jacobian.

use super::super::error::CliError;
use super::super::numbers::approx_f64;
use super::super::output::OutputArgs;
use super::super::{DECIDED, LIMIT};
use super::options::{InputArgs, NetworkArgs, RandomArgs, check_picture, from_log, number, table, to_json, write_picture};
use super::sample::positive_count;
use clap::Args;
use relus::init::{Ensemble, Jacobian, LogLaw, jacobians, squared_singular_moments};
use relus::plot::{Look, Panel, Series, chart};
use serde::Serialize;
use std::f64::consts::LN_10;
use std::fmt::Write;
use std::path::PathBuf;

/// Singular values of the Jacobian of random networks at a random input, and how it stretches a random direction
///
/// The product of the weight matrices is kept factorised, so that small singular values are as accurate as large ones. The square of the stretch ‖Jv‖/‖v‖ has exactly the law of ‖x‖² after all layers without biases
/// ("relus init distribution").
///
/// Examples:
///   relus init jacobian --widths 500x101 --scheme he --plot spectrum.svg
///   relus init jacobian --widths 64,100x30,10 --linear-output --scheme gsm-orthogonal --networks 5 --threads 2
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(in super::super) struct JacobianArgs {
    #[command(flatten)]
    network: NetworkArgs,
    #[command(flatten)]
    input: InputArgs,
    /// How many networks
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = positive_count)]
    networks: usize,
    /// Draw a histogram of the singular values as SVG
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,
    #[command(flatten)]
    random: RandomArgs,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Serialize)]
struct Json<'a> {
    format: &'static str,
    version: u32,
    widths: &'a [usize],
    scheme: &'static str,
    seed: u64,
    interrupted: bool,
    networks: Vec<Network<'a>>,
    mean_of_squares: Option<f64>,
    variance_of_squares: Option<f64>,
    expected_mean_of_squares: Option<f64>,
    expected_variance_of_squares: Option<f64>,
}

#[derive(Serialize)]
struct Network<'a> {
    ln_singular_values: &'a [f64],
    zeros: usize,
    ln_squared_stretch: Option<f64>,
}

/// Mean and variance of the squared singular values, as many as the input has dimensions.
#[expect(clippy::cast_precision_loss, reason = "numbers of singular values")]
fn spread(ensemble: &Ensemble, found: &[Jacobian]) -> (f64, f64) {
    let count = (ensemble.widths().input() * found.len()) as f64;
    let sum = |power: f64| {
        found.iter().flat_map(|jacobian| &jacobian.log_singular).map(|log| (power * log).exp()).fold(0.0, |sum, value| sum + value) / count
    };
    let mean = sum(2.0);
    (mean, sum(4.0) - mean * mean)
}

pub(in super::super) fn run(args: &JacobianArgs) -> Result<u8, CliError> {
    const MOST: usize = 4096;
    let ensemble = args.network.ensemble()?;
    if let Some(width) = ensemble.widths().all().iter().find(|&&width| width > MOST) {
        return Err(CliError::Usage(format!("width {width}: Jacobians are computed up to width {MOST}")));
    }
    args.output.check()?;
    check_picture(args.plot.as_ref())?;
    let (found, stopped) = args.random.run(|workers| jacobians(&ensemble, args.input.squared_length, args.networks, args.random.seed, workers));
    let text = if args.output.json() { json(args, &ensemble, &found, stopped) } else { text(args, &ensemble, &found, stopped) };
    write_picture(args.plot.as_ref(), || picture(&ensemble, &found))?;
    args.output.write(&text)?;
    Ok(if stopped { LIMIT } else { DECIDED })
}

fn json(args: &JacobianArgs, ensemble: &Ensemble, found: &[Jacobian], interrupted: bool) -> String {
    let (mean, variance) = spread(ensemble, found);
    let expected = squared_singular_moments(ensemble);
    to_json(&Json {
        format: "relus-init-jacobian",
        version: 1,
        widths: ensemble.widths().all(),
        scheme: ensemble.scheme().name(),
        seed: args.random.seed,
        interrupted,
        networks: found
            .iter()
            .map(|jacobian| Network {
                ln_singular_values: &jacobian.log_singular,
                zeros: jacobian.zeros,
                ln_squared_stretch: number(jacobian.log_stretch),
            })
            .collect(),
        mean_of_squares: number(mean),
        variance_of_squares: number(variance),
        expected_mean_of_squares: expected.map(|pair| pair.0).and_then(number),
        expected_variance_of_squares: expected.map(|(mean, square)| square - mean * mean).and_then(number),
    })
}

fn text(args: &JacobianArgs, ensemble: &Ensemble, found: &[Jacobian], stopped: bool) -> String {
    const SHOWN: usize = 10;
    let mut text = format!("{}\n", NetworkArgs::describe(ensemble));
    let interrupted = if stopped { ", interrupted" } else { "" };
    let _ = writeln!(text, "{}, seed {}{interrupted}; singular values:", count(found.len()), args.random.seed);
    let mut rows = vec![["network", "largest", "median", "least", "zeros", "‖Jv‖²/‖v‖²", "its probability"].map(str::to_owned).to_vec()];
    let law = LogLaw::new(ensemble).ok();
    for (i, jacobian) in found.iter().take(SHOWN).enumerate() {
        let logs = &jacobian.log_singular;
        let at = |place: usize| logs.get(place).map_or("-".to_owned(), |&log| from_log(log));
        let rank = law.as_ref().filter(|law| !law.is_constant() && jacobian.log_stretch.is_finite());
        rows.push(vec![
            (i + 1).to_string(),
            at(0),
            at(logs.len() / 2),
            at(logs.len().saturating_sub(1)),
            jacobian.zeros.to_string(),
            from_log(jacobian.log_stretch),
            rank.map_or("-".to_owned(), |law| format!("{:.3}", law.cdf(jacobian.log_stretch))),
        ]);
    }
    text += &table(&rows);
    if found.len() > SHOWN {
        let _ = writeln!(text, "… and {} more", found.len() - SHOWN);
    }
    let (mean, variance) = spread(ensemble, found);
    let _ = writeln!(text, "squared singular values, zeros of J included: mean {}, variance {}", approx_f64(mean), approx_f64(variance));
    if let Some((mean, square)) = squared_singular_moments(ensemble) {
        let _ = writeln!(text, "expected over all networks: mean {}, variance {}", approx_f64(mean), approx_f64(square - mean * mean));
    }
    text
}

fn count(networks: usize) -> String {
    if networks == 1 { "1 network".to_owned() } else { format!("{networks} networks") }
}

fn picture(ensemble: &Ensemble, found: &[Jacobian]) -> String {
    const BINS: usize = 60;
    let tens: Vec<f64> = found.iter().flat_map(|jacobian| &jacobian.log_singular).map(|log| log / LN_10).collect();
    let (mut low, mut high) = tens.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &x| (low.min(x), high.max(x)));
    if tens.is_empty() || high - low < 1e-6 {
        let middle = if tens.is_empty() { 0.0 } else { f64::midpoint(low, high) };
        (low, high) = (middle - 0.5, middle + 0.5);
    }
    #[expect(clippy::cast_precision_loss, reason = "numbers of singular values and bins")]
    let bar = |i: usize| {
        let edge = |i: usize| low + (high - low) * i as f64 / BINS as f64;
        let inside = tens.iter().filter(|&&x| x >= edge(i) && (x < edge(i + 1) || i + 1 == BINS)).count();
        (edge(i), if i < BINS { inside as f64 } else { 0.0 })
    };
    let zeros: usize = found.iter().map(|jacobian| jacobian.zeros).sum();
    let description = NetworkArgs::describe(ensemble);
    let panel = Panel {
        title: format!("Singular values of the Jacobian: {description}"),
        x: "log10 of the singular value".to_owned(),
        y: "number".to_owned(),
        range: None,
        logarithmic: [false, false],
        series: vec![Series {
            name: format!("{} values of {}; {zeros} more are 0", tens.len(), count(found.len())),
            look: Look::Bars,
            points: (0..=BINS).map(bar).collect(),
        }],
        lines: vec![(0.0, "isometry".to_owned())],
    };
    chart(&description, &[panel])
}
