//! `relus eval`: the exact loss and predictions of a network.

use super::DECIDED;
use super::data::DataArgs;
use super::error::CliError;
use super::numbers::exact_and_approx;
use super::output::{OutputArgs, check_target, write};
use super::report::network_lines;
use clap::Args;
use relus::exact::{Rational, nearest_f64};
use relus::instance::csv::read_table;
use relus::instance::json::{JsonProblem, format_of, read_instance};
use relus::instance::{ClassNames, Data, Loss, Place, Source, check_classes};
use relus::network::json::read_network;
use relus::network::{Network, loss_of};
use relus::train::result::{self, read_result};
use serde::Serialize;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Evaluate a network on data, in exact arithmetic
///
/// Prints every loss that makes sense for the data: l2, l1 and linf if the targets are numbers, zero-one if they are two classes.
///
/// Examples:
///   relus eval network.json data.csv
///   relus eval result.json data.csv --predictions predictions.csv
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct EvalArgs {
    /// The network: JSON of the format relus-network, or a relus-result that has one; "-" reads standard input
    network: PathBuf,
    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    output: OutputArgs,
    /// Write predictions and residuals, exact and rounded, one line a point, as CSV; "-" prints them instead of the losses
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    predictions: Option<PathBuf>,
}

#[derive(Serialize)]
struct LossValue {
    name: &'static str,
    loss: String,
    loss_approx: Option<f64>,
}

#[derive(Serialize)]
struct Evaluation {
    format: &'static str,
    version: u64,
    points: usize,
    dimension: usize,
    losses: Vec<LossValue>,
    mean_squared: Option<String>,
    mean_squared_approx: Option<f64>,
    predictions: Vec<String>,
    residuals: Vec<String>,
}

pub(super) fn run(args: &EvalArgs) -> Result<u8, CliError> {
    if args.network == Path::new("-") && args.data.path() == Path::new("-") {
        return Err(CliError::Usage("only one of NETWORK and DATA can be read from standard input".to_owned()));
    }
    let source = Source::read(&args.network)?;
    let network = read_any_network(&source)?;
    let targets = Targets::read(&args.data)?;
    let data = targets.data();
    args.output.check()?;
    args.predictions.iter().try_for_each(|path| check_target(path))?;
    let predictions = network.predictions(data).map_err(|error| CliError::Dimension { file: source.name().to_owned(), source: error })?;

    if let Some(path) = &args.predictions {
        write(path, &predictions_csv(data, &predictions))?;
        if path == Path::new("-") {
            return Ok(DECIDED);
        }
    }
    let values = targets.losses(&predictions);
    let classes = targets.classes.as_ref().and_then(|data| data.classes.as_ref());
    let text = if args.output.json() { to_json(data, &predictions, &values) } else { to_text(&network, data, classes, &values) };
    args.output.write(&text)?;
    Ok(DECIDED)
}

/// The network of a network file or of a result.
pub(super) fn read_any_network(source: &Source) -> Result<Network, CliError> {
    match format_of(source).as_deref() {
        Some(result::FORMAT) => Ok(read_result(source)?.network.ok_or_else(|| {
            let problem = JsonProblem::Malformed("this result has no network".to_owned());
            source.error(Place::Path("network".to_owned()), problem)
        })?),
        _ => Ok(read_network(source)?),
    }
}

/// The data as numbers, as classes, or as both.
struct Targets {
    numeric: Option<Data>,
    classes: Option<Data>,
}

impl Targets {
    fn read(args: &DataArgs) -> Result<Self, CliError> {
        let source = Source::read(args.path())?;
        if source.is_json() {
            args.table.refuse_for_json()?;
            let data = read_instance(&source)?.data;
            let classes = check_classes(&data).is_ok().then(|| data.clone());
            return Ok(Targets { numeric: Some(data), classes });
        }
        let table = read_table(&source, &args.table.csv_options())?;
        let classes = table.classification(args.table.positive());
        if args.table.positive().is_some() {
            return Ok(Targets { numeric: None, classes: Some(classes?) });
        }
        match (table.regression(), classes) {
            (Err(error), Err(_)) => Err(error.into()),
            (numeric, classes) => Ok(Targets { numeric: numeric.ok(), classes: classes.ok() }),
        }
    }

    /// What predictions are compared with.
    fn data(&self) -> &Data {
        self.numeric.as_ref().or(self.classes.as_ref()).expect("reading gives one of them")
    }

    fn losses(&self, predictions: &[Rational]) -> Vec<(Loss, Rational)> {
        let of = |data: &Data, loss| (loss, loss_of(predictions, data.targets(), loss));
        let numeric = self.numeric.iter().flat_map(|data| [Loss::L2, Loss::L1, Loss::Linf].map(|loss| of(data, loss)));
        numeric.chain(self.classes.iter().map(|data| of(data, Loss::ZeroOne))).collect()
    }
}

fn approx(value: &Rational) -> Option<f64> {
    Some(nearest_f64(value)).filter(|x| x.is_finite())
}

fn residuals<'a>(data: &'a Data, predictions: &'a [Rational]) -> impl Iterator<Item = Rational> + 'a {
    predictions.iter().zip(data.targets()).map(|(p, y)| p - y)
}

fn predictions_csv(data: &Data, predictions: &[Rational]) -> String {
    let mut out = String::from("point,target,prediction,prediction_approx,residual,residual_approx\n");
    for (i, (prediction, residual)) in predictions.iter().zip(residuals(data, predictions)).enumerate() {
        let target = &data.targets()[i];
        let (p, r) = (nearest_f64(prediction), nearest_f64(&residual));
        let _ = writeln!(out, "{},{target},{prediction},{p},{residual},{r}", i + 1);
    }
    out
}

fn to_json(data: &Data, predictions: &[Rational], values: &[(Loss, Rational)]) -> String {
    let squares = values.iter().find(|(loss, _)| *loss == Loss::L2);
    let mean = squares.map(|(_, value)| value / Rational::from(data.len()));
    let losses = values.iter().map(|(loss, value)| LossValue { name: loss.name(), loss: value.to_string(), loss_approx: approx(value) });
    let evaluation = Evaluation {
        format: "relus-evaluation",
        version: 1,
        points: data.len(),
        dimension: data.dimension(),
        losses: losses.collect(),
        mean_squared: mean.as_ref().map(ToString::to_string),
        mean_squared_approx: mean.as_ref().and_then(approx),
        predictions: predictions.iter().map(ToString::to_string).collect(),
        residuals: residuals(data, predictions).map(|r| r.to_string()).collect(),
    };
    serde_json::to_string(&evaluation).expect("strings, numbers and lists") + "\n"
}

fn to_text(network: &Network, data: &Data, classes: Option<&ClassNames>, values: &[(Loss, Rational)]) -> String {
    let mut out = String::new();
    for (i, line) in network_lines(network, &data.feature_names).iter().enumerate() {
        let _ = writeln!(out, "{:<12}{line}", if i == 0 { "network" } else { "" });
    }
    let _ = writeln!(out, "{:<12}{}", "points", data.len());
    for (loss, value) in values {
        let _ = writeln!(out, "{:<12}{}", loss.name(), exact_and_approx(value));
        if *loss == Loss::L2 {
            let _ = writeln!(out, "{:<12}{}", "mean", exact_and_approx(&(value / Rational::from(data.len()))));
        }
    }
    if let Some(classes) = classes {
        let _ = writeln!(out, "{:<12}{:?} where f(x) > 0, else {:?}", "classes", classes.positive, classes.negative);
    }
    out
}
