//! `relus init moments`: what is known in closed form, layer by layer.

use super::super::DECIDED;
use super::super::error::CliError;
use super::super::numbers::approx_f64;
use super::super::output::OutputArgs;
use super::options::{InputArgs, NetworkArgs, correlation, finite, from_log, number, shown, table};
use clap::Args;
use relus::init::{
    Draw, Ensemble, LayerMoments, Pair, PairMoments, Units, angle_of, linear_pair_moments, mean_field_angle, moments, relu_pair_moments,
};
use serde::Serialize;
use std::f64::consts::LN_10;
use std::fmt::Write;

/// Mean, variance, logarithm, powers and death of ‖x‖² at each layer, with the mean-field prediction beside them
///
/// Exact at any width, up to rounding (about 1e-14 times the number of layers). Mean-field theory, the limit of wide layers, predicts that ‖x‖² is its mean and varies not at all. With --correlation also the joint moments of two inputs:
/// each layer's given that the layer before is as the mean field has it.
///
/// Examples:
///   relus init moments --widths 784,100x50,10 --scheme he --linear-output
///   relus init moments --widths 100x101 --scheme he-out --powers 0.5,2 --correlation 0
///   relus init moments --widths 10,100x20 --weight-variance 0.015 --bias-variance 0.1 --json
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(in super::super) struct MomentsArgs {
    #[command(flatten)]
    network: NetworkArgs,
    #[command(flatten)]
    input: InputArgs,
    /// Also the moments E[‖x‖^(2s)] for these powers s (above -1/2, or they are infinite)
    #[arg(long, value_name = "S,…", value_delimiter = ',', num_args = 1, value_parser = finite, allow_hyphen_values = true)]
    powers: Vec<f64>,
    /// Two inputs of that squared length with this correlation (the cosine of their angle)
    #[arg(long, value_name = "C", value_parser = correlation, allow_hyphen_values = true)]
    correlation: Option<f64>,
    /// Print every layer [default: 1, 2, 5, 10, … of many]
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    output: OutputArgs,
}

/// Two inputs at a layer.
struct PairLayer {
    /// The correlation before the layer as the mean field has it, and after it.
    before: f64,
    after: f64,
    moments: PairMoments,
}

pub(in super::super) fn run(args: &MomentsArgs) -> Result<u8, CliError> {
    let ensemble = args.network.ensemble()?;
    args.output.check()?;
    let pairs = args.correlation.map(|c| pairs(&ensemble, args.input.squared_length, c)).transpose()?;
    let found = moments(&ensemble, args.input.squared_length, &args.powers);
    let text = if args.output.json() { json(&ensemble, args, &found, pairs.as_deref()) } else { text(&ensemble, args, &found, pairs.as_deref()) };
    args.output.write(&text)?;
    Ok(DECIDED)
}

fn pairs(ensemble: &Ensemble, y0: f64, c: f64) -> Result<Vec<PairLayer>, CliError> {
    // The correlation of pre-activations by the angle of signals, which keeps its digits if there is no bias.
    let (mut square, mut angle) = (y0, angle_of(c));
    let mut result = Vec::with_capacity(ensemble.layers().len());
    for layer in ensemble.layers() {
        let Draw::Gaussian { variance } = layer.draw else {
            return Err(CliError::Usage(format!(
                "the joint moments of two inputs are known for normal weights only, not for {}: draw them with \"relus init sample --correlation\"",
                ensemble.scheme().name()
            )));
        };
        let total = variance * square + layer.bias_variance;
        let before = angle.cos();
        if layer.bias_variance > 0.0 {
            // 1 − c shrinks by the share of the signal.
            angle = 2.0 * ((0.5 * angle).sin() * (variance * square / total).sqrt()).asin();
        }
        let pair = Pair { first: total, second: total, angle };
        let (found, next) = match layer.units {
            Units::Relu => (relu_pair_moments(layer.width, pair), mean_field_angle(angle)),
            Units::Linear => (linear_pair_moments(layer.width, pair), angle),
        };
        square = found.means[0];
        angle = next;
        result.push(PairLayer { before, after: next.cos(), moments: found });
    }
    Ok(result)
}

fn text(ensemble: &Ensemble, args: &MomentsArgs, found: &[LayerMoments], pairs: Option<&[PairLayer]>) -> String {
    let mut text = format!("{}\n", NetworkArgs::describe(ensemble));
    let logarithms = !ensemble.has_biases();
    let mut header = vec!["layer", "width", "mean = mean field", "std. dev."].into_iter().map(str::to_owned).collect::<Vec<_>>();
    if logarithms {
        header.extend(["mean of ln", "ln of mean", "std. dev. of ln"].map(str::to_owned));
        header.extend(args.powers.iter().map(|s| format!("E power {s}")));
    }
    header.push("P(dead)".to_owned());
    let mut rows = vec![header];
    for l in shown(found.len(), args.all) {
        let layer = &found[l - 1];
        let width = ensemble.widths().layers()[l - 1];
        let mut row = vec![l.to_string(), width.to_string(), from_log(layer.log_mean), from_log(0.5 * layer.log_variance)];
        if let Some((mean, variance)) = layer.logarithm {
            row.extend([approx_f64(mean), approx_f64(layer.log_mean), approx_f64(variance.sqrt())]);
            row.extend(layer.powers.iter().map(|&log| from_log(log)));
        }
        row.push(from_log(layer.log_death));
        rows.push(row);
    }
    text += &table(&rows);
    if !logarithms {
        text += "With biases the logarithm and other powers have no closed form; see \"relus init sample\".\n";
    }
    for (layer, count) in ensemble.distinct() {
        let exponent = layer.tail_exponent().map_or("none".to_owned(), approx_f64);
        let layers = if count == 1 { "1 layer".to_owned() } else { format!("{count} layers") };
        let _ = writeln!(text, "tail exponent of {layers} of {} inputs and {} units: {exponent}", layer.inputs, layer.width);
    }
    if let Some(pairs) = pairs {
        text += "\nTwo inputs: each layer given the mean field's layer before\n";
        let mut rows = vec![
            ["layer", "correlation", "mean product", "std. dev.", "Cov(squares)", "Cov(square, product)", "next correlation"]
                .map(str::to_owned)
                .to_vec(),
        ];
        for l in shown(pairs.len(), args.all) {
            let pair = &pairs[l - 1];
            let covariances = &pair.moments.covariances;
            let numbers = [pair.before, pair.moments.means[2], covariances[2][2].max(0.0).sqrt(), covariances[0][1], covariances[0][2], pair.after];
            // The cosine of a right angle is not quite 0 in floats.
            let clean = |value: f64| if value.abs() < 1e-15 { "0".to_owned() } else { approx_f64(value) };
            rows.push([vec![l.to_string()], numbers.map(clean).to_vec()].concat());
        }
        text += &table(&rows);
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
    powers: &'a [f64],
    layers: Vec<JsonLayer>,
    tail_exponents: Vec<JsonTail>,
}

/// Logarithms are natural; a number that floats do not have is null.
#[derive(Serialize)]
struct JsonLayer {
    layer: usize,
    width: usize,
    weight_variance: Option<f64>,
    bias_variance: f64,
    mean: Option<f64>,
    ln_mean: f64,
    mean_field: Option<f64>,
    variance: Option<f64>,
    ln_variance: Option<f64>,
    mean_of_ln: Option<f64>,
    variance_of_ln: Option<f64>,
    death_probability: f64,
    log10_death_probability: Option<f64>,
    ln_power_moments: Vec<Option<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    two_inputs: Option<JsonPair>,
}

#[derive(Serialize)]
struct JsonPair {
    mean_field_correlation_before: f64,
    mean_field_correlation: f64,
    means: [f64; 3],
    covariances: [[f64; 3]; 3],
}

#[derive(Serialize)]
struct JsonTail {
    inputs: usize,
    width: usize,
    layers: usize,
    tail_exponent: Option<f64>,
}

fn json(ensemble: &Ensemble, args: &MomentsArgs, found: &[LayerMoments], pairs: Option<&[PairLayer]>) -> String {
    let layers = found.iter().enumerate().map(|(i, layer)| JsonLayer {
        layer: i + 1,
        width: ensemble.widths().layers()[i],
        weight_variance: match ensemble.layers()[i].draw {
            Draw::Gaussian { variance } => Some(variance),
            Draw::Haar { .. } => None,
        },
        bias_variance: ensemble.layers()[i].bias_variance,
        mean: number(layer.log_mean.exp()),
        ln_mean: layer.log_mean,
        mean_field: number(layer.log_mean.exp()),
        variance: number(layer.log_variance.exp()),
        ln_variance: number(layer.log_variance),
        mean_of_ln: layer.logarithm.map(|pair| pair.0),
        variance_of_ln: layer.logarithm.map(|pair| pair.1),
        death_probability: layer.log_death.exp(),
        log10_death_probability: number(layer.log_death / LN_10),
        ln_power_moments: layer.powers.iter().map(|&log| number(log)).collect(),
        two_inputs: pairs.map(|pairs| JsonPair {
            mean_field_correlation_before: pairs[i].before,
            mean_field_correlation: pairs[i].after,
            means: pairs[i].moments.means,
            covariances: pairs[i].moments.covariances,
        }),
    });
    let tails = ensemble.distinct().into_iter().map(|(layer, layers)| JsonTail {
        inputs: layer.inputs,
        width: layer.width,
        layers,
        tail_exponent: layer.tail_exponent(),
    });
    let json = Json {
        format: "relus-init-moments",
        version: 1,
        widths: ensemble.widths().all(),
        scheme: ensemble.scheme().name(),
        linear_output: ensemble.output() == Units::Linear,
        squared_length: args.input.squared_length,
        powers: &args.powers,
        layers: layers.collect(),
        tail_exponents: tails.collect(),
    };
    super::options::to_json(&json)
}
