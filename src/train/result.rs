//! The result of a run as JSON: what was asked, what is known, the network that attains it.
//!
//! ```text
//! {"format":"relus-result","version":1,"status":"optimal",
//!  "problem":{"points":21,"dimension":3,"width":1,"activation":"relu","loss":"l2","output_bias":false,"target_error":null,
//!             "features":null,"target":null,"positive":null},
//!  "loss":"1201/12","loss_approx":100.08333,"mean_loss":"…","mean_loss_approx":…,"lower_bound":"1201/12","lower_bound_approx":100.08333,
//!  "gap":"0","gap_approx":0.0,"network":{"format":"relus-network",…},"method":"enumerate","nodes":null,
//!  "seconds":0.01,"certificate":null,"notes":[],"statistics":{"cells":1562},
//!  "times":{"relaxation":0.007,…},"curve":[[0.001,0.0,120.5],[0.01,100.08333,100.08333]],"primal_dual_integral":0.004}
//! ```
//!
//! Exact values are strings; beside each stands the nearest float (`null` beyond the floats' range). `mean_loss` is the loss divided by the
//! number of points for the sum of squares and `null` for other losses; `loss`, `gap` and `network` are `null` if no network was found. `nodes` repeats the counter of that name.
//!
//! The search adds what a slow run can be understood by: `times` in seconds of all threads together, where they went (estimated from samples, see `docs/LOG.md`); `curve`, the
//! moments `[seconds, lower bound, incumbent]` at which a bound had changed, at most 128 of them; and the integral of the relative gap over time.
//!
//! `problem` says what was asked so that the result can be checked against the data file alone: `features` and `target` are the columns that were
//! selected, by name or number (`null`: all but the target, the last), and `positive` is the name of the positive class if the targets are class names.

use super::{Outcome, Status};
use crate::exact::{Rational, nearest_f64};
use crate::instance::csv::CsvOptions;
use crate::instance::json::{VERSION, by_name, parse_width, rational, read_format};
use crate::instance::{Activation, Architecture, FileError, Instance, Loss, Place, Source};
use crate::network::Network;
use crate::network::json::NetworkFile;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;
use std::marker::PhantomData;

/// The format's name.
pub const FORMAT: &str = "relus-result";

const STATUSES: [Status; 6] = [Status::Optimal, Status::WithinGap, Status::Realizable, Status::NotRealizable, Status::TimeLimit, Status::Interrupted];

/// A run's question and answer, as it stands in a file.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainingResult {
    /// The number of points of the data.
    pub points: usize,
    /// The dimension of the points.
    pub dimension: usize,
    /// The columns of the features in the table, by name or number; `None`: all but the target.
    pub features: Option<Vec<String>>,
    /// The column of the target in the table, by name or number; `None`: the last.
    pub target: Option<String>,
    /// The name of the positive class, if the targets are class names.
    pub positive: Option<String>,
    /// The networks that were chosen from.
    pub architecture: Architecture,
    /// The loss that was minimised.
    pub loss_kind: Loss,
    /// The target of the decision problem, if that was asked.
    pub target_error: Option<Rational>,
    /// What is known.
    pub status: Status,
    /// The best network found.
    pub network: Option<Network>,
    /// Its loss.
    pub loss: Option<Rational>,
    /// Its loss a point, for the sum of squares.
    pub mean_loss: Option<Rational>,
    /// A proven lower bound on the loss.
    pub lower_bound: Rational,
    /// The relative gap between the two.
    pub gap: Option<Rational>,
    /// The method that answered.
    pub method: String,
    /// The wall-clock time of the run, in seconds.
    pub seconds: f64,
    /// The certificate's file, if there is one.
    pub certificate: Option<String>,
    /// What a reader should know besides.
    pub notes: Vec<String>,
    /// Counters, in the order in which they should be shown.
    pub statistics: Vec<(String, u64)>,
    /// Where the time of all threads together went, in seconds.
    pub times: Vec<(String, f64)>,
    /// Bounds over time: seconds, lower bound, loss of the best network; `None` beyond the floats' range.
    pub curve: Vec<[Option<f64>; 3]>,
    /// The integral of the relative gap over time, in seconds.
    pub primal_dual_integral: Option<f64>,
}

impl TrainingResult {
    /// The result of a run on `instance` that took `seconds`; `columns` is how its data were selected from a table, if they were.
    #[must_use]
    pub fn new(instance: &Instance, columns: Option<&CsvOptions>, outcome: &Outcome, seconds: f64) -> Self {
        let loss = outcome.incumbent.as_ref().map(|incumbent| incumbent.loss.clone());
        TrainingResult {
            points: instance.data.len(),
            dimension: instance.data.dimension(),
            features: columns.and_then(|columns| columns.features.clone()),
            target: columns.and_then(|columns| columns.target.clone()),
            positive: instance.data.classes.as_ref().map(|classes| classes.positive.clone()),
            architecture: instance.architecture,
            loss_kind: instance.loss,
            target_error: instance.target_error.clone(),
            status: outcome.status,
            network: outcome.incumbent.as_ref().map(|incumbent| incumbent.network.clone()),
            mean_loss: loss.as_ref().filter(|_| instance.loss == Loss::L2).map(|loss| loss / Rational::from(instance.data.len())),
            loss,
            lower_bound: outcome.lower_bound.clone(),
            gap: outcome.gap(),
            method: outcome.method.to_owned(),
            seconds,
            certificate: None,
            notes: outcome.notes.clone(),
            statistics: outcome.statistics.counters.iter().map(|&(name, value)| (name.to_owned(), value)).collect(),
            times: outcome.statistics.times.iter().map(|&(name, time)| (name.to_owned(), time.as_secs_f64())).collect(),
            curve: outcome
                .statistics
                .curve
                .iter()
                .map(|m| [m.seconds, m.lower_bound, m.incumbent].map(|x| Some(x).filter(|x| x.is_finite())))
                .collect(),
            primal_dual_integral: outcome.statistics.primal_dual_integral,
        }
    }

    /// The result as JSON text, one line.
    #[must_use]
    pub fn to_json(&self) -> String {
        let text = |value: &Rational| Value::String(value.to_string());
        let file = ResultFile {
            format: FORMAT.to_owned(),
            version: VERSION,
            status: self.status.name().to_owned(),
            problem: ProblemFile {
                points: self.points,
                dimension: self.dimension,
                width: Value::from(self.architecture.width),
                activation: self.architecture.activation.name().to_owned(),
                loss: self.loss_kind.name().to_owned(),
                output_bias: self.architecture.output_bias,
                convex: self.architecture.convex,
                affine: self.architecture.affine,
                target_error: self.target_error.as_ref().map(text),
                features: self.features.clone(),
                target: self.target.clone(),
                positive: self.positive.clone(),
            },
            loss: self.loss.as_ref().map(text),
            loss_approx: self.loss.as_ref().and_then(approx),
            mean_loss: self.mean_loss.as_ref().map(text),
            mean_loss_approx: self.mean_loss.as_ref().and_then(approx),
            lower_bound: text(&self.lower_bound),
            lower_bound_approx: approx(&self.lower_bound),
            gap: self.gap.as_ref().map(text),
            gap_approx: self.gap.as_ref().and_then(approx),
            network: self.network.as_ref().map(NetworkFile::from),
            method: self.method.clone(),
            nodes: self.statistics.iter().find(|(name, _)| name == "nodes").map(|&(_, value)| value),
            seconds: self.seconds,
            certificate: self.certificate.clone(),
            notes: self.notes.clone(),
            statistics: Pairs(self.statistics.clone()),
            times: Pairs(self.times.clone()),
            curve: self.curve.clone(),
            primal_dual_integral: self.primal_dual_integral,
        };
        serde_json::to_string(&file).expect("strings, numbers and lists") + "\n"
    }
}

/// The object `problem` of a result and of a certificate: `instance`, whose data were selected from a table by `columns`, if they were.
#[must_use]
pub fn problem_json(instance: &Instance, columns: Option<&CsvOptions>) -> String {
    let file = ProblemFile {
        points: instance.data.len(),
        dimension: instance.data.dimension(),
        width: Value::from(instance.architecture.width),
        activation: instance.architecture.activation.name().to_owned(),
        loss: instance.loss.name().to_owned(),
        output_bias: instance.architecture.output_bias,
        convex: instance.architecture.convex,
        affine: instance.architecture.affine,
        target_error: instance.target_error.as_ref().map(|target| Value::String(target.to_string())),
        features: columns.and_then(|columns| columns.features.clone()),
        target: columns.and_then(|columns| columns.target.clone()),
        positive: instance.data.classes.as_ref().map(|classes| classes.positive.clone()),
    };
    serde_json::to_string(&file).expect("strings, numbers and lists")
}

/// The nearest float, `None` beyond the floats' range.
fn approx(value: &Rational) -> Option<f64> {
    Some(nearest_f64(value)).filter(|x| x.is_finite())
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct ProblemFile {
    points: usize,
    dimension: usize,
    width: Value,
    activation: String,
    loss: String,
    output_bias: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    convex: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    affine: bool,
    target_error: Option<Value>,
    features: Option<Vec<String>>,
    target: Option<String>,
    positive: Option<String>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct ResultFile {
    format: String,
    version: u64,
    status: String,
    problem: ProblemFile,
    loss: Option<Value>,
    loss_approx: Option<f64>,
    mean_loss: Option<Value>,
    mean_loss_approx: Option<f64>,
    lower_bound: Value,
    lower_bound_approx: Option<f64>,
    gap: Option<Value>,
    gap_approx: Option<f64>,
    network: Option<NetworkFile>,
    method: String,
    nodes: Option<u64>,
    seconds: f64,
    certificate: Option<String>,
    notes: Vec<String>,
    statistics: Pairs<u64>,
    #[serde(default, skip_serializing_if = "Pairs::is_empty")]
    times: Pairs<f64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    curve: Vec<[Option<f64>; 3]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    primal_dual_integral: Option<f64>,
}

/// Names with values as an object whose order is kept.
struct Pairs<T>(Vec<(String, T)>);

impl<T> Pairs<T> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T> Default for Pairs<T> {
    fn default() -> Self {
        Pairs(Vec::new())
    }
}

impl<T: Serialize> Serialize for Pairs<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Pairs<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Object<T> {
            type Value = Pairs<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of numbers")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<T>, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Object(PhantomData))
    }
}

/// Reads a result. Nothing in it is checked against anything else: that is the checker's task.
///
/// # Errors
/// [`FileError`] with line and column for malformed JSON, with the path of the value for anything else.
pub fn read_result(source: &Source) -> Result<TrainingResult, FileError> {
    let file: ResultFile = read_format(source, FORMAT)?;
    let at = |path: &str| Place::Path(path.to_owned());
    let number = |value: &Value, path: &str| rational(source, value, || path.to_owned());
    let optional = |value: &Option<Value>, path: &str| value.as_ref().map(|value| number(value, path)).transpose();
    let problem = file.problem;
    let activation = by_name(&problem.activation, &Activation::ALL, Activation::name).map_err(|e| source.error(at("problem.activation"), e))?;
    let width = parse_width(&problem.width.to_string());
    let width = width.map_err(|e| source.error(at("problem.width"), crate::instance::json::JsonProblem::from(e)))?;
    Ok(TrainingResult {
        points: problem.points,
        dimension: problem.dimension,
        architecture: Architecture { activation, width, output_bias: problem.output_bias, convex: problem.convex, affine: problem.affine },
        loss_kind: by_name(&problem.loss, &Loss::ALL, Loss::name).map_err(|e| source.error(at("problem.loss"), e))?,
        target_error: optional(&problem.target_error, "problem.target_error")?,
        status: by_name(&file.status, &STATUSES, Status::name).map_err(|e| source.error(at("status"), e))?,
        network: file.network.as_ref().map(|network| network.network(source, "network.")).transpose()?,
        loss: optional(&file.loss, "loss")?,
        mean_loss: optional(&file.mean_loss, "mean_loss")?,
        lower_bound: number(&file.lower_bound, "lower_bound")?,
        gap: optional(&file.gap, "gap")?,
        method: file.method,
        seconds: file.seconds,
        certificate: file.certificate,
        notes: file.notes,
        statistics: file.statistics.0,
        times: file.times.0,
        curve: file.curve,
        primal_dual_integral: file.primal_dual_integral,
        features: problem.features,
        target: problem.target,
        positive: problem.positive,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::parse_rational;
    use crate::instance::{Data, write_atomically};
    use crate::network::Neuron;
    use crate::train::{Control, Incumbent, Moment, StopReason};
    use std::time::Duration;

    fn results() -> Vec<TrainingResult> {
        let q = |text: &str| parse_rational(text).unwrap();
        let data = Data::new(vec![vec![q("0")], vec![q("1/3")]], vec![q("1"), q("1e400")]).unwrap();
        let mut all = Vec::new();
        for loss in Loss::ALL {
            for target_error in [None, Some(q("7/5"))] {
                let architecture = Architecture { activation: Activation::Relu, width: 1, output_bias: true, convex: false, affine: false };
                let instance = Instance { data: data.clone(), architecture, loss, target_error };
                let neuron = Neuron { w: vec![q("-2/7")], b: q("1"), a: q("-1") };
                let network = Network { activation: Activation::Relu, neurons: vec![neuron], output_bias: q("1/9") };
                for incumbent in [None, Some(Incumbent::evaluate(network, &instance))] {
                    let stop = Some(StopReason::Interrupt);
                    let mut outcome = Outcome::conclude(&instance, &Control::default(), incumbent, Rational::ZERO, stop, "enumerate");
                    outcome.statistics.count("nodes", 12u64);
                    outcome.statistics.count("cells", 3u64);
                    outcome.statistics.times.push(("bound", Duration::from_millis(250)));
                    outcome.statistics.curve.push(Moment { seconds: 0.5, lower_bound: 1.25, incumbent: f64::INFINITY });
                    outcome.statistics.primal_dual_integral = Some(0.5);
                    outcome.notes.push("a \"note\"".to_owned());
                    let columns = CsvOptions { target: Some("y".to_owned()), features: Some(vec!["1".to_owned()]), ..CsvOptions::default() };
                    all.push(TrainingResult::new(&instance, Some(&columns), &outcome, 0.25));
                }
            }
        }
        all
    }

    #[test]
    fn a_file_gives_back_the_result() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("result.json");
        for result in results() {
            write_atomically(&path, &result.to_json()).unwrap();
            assert_eq!(read_result(&Source::read(&path).unwrap()).unwrap(), result);
        }
    }

    #[test]
    fn exact_values_have_floats_beside_them() {
        let mut result = results().remove(1);
        result.loss = Some(parse_rational("1201/12").unwrap());
        let json: Value = serde_json::from_str(&result.to_json()).unwrap();
        assert_eq!((json["loss"].as_str(), json["loss_approx"].as_f64()), (Some("1201/12"), Some(1201.0 / 12.0)));
        assert_eq!(json["mean_loss_approx"], Value::Null, "1e800 / 2 has no float");
        assert_eq!(json["nodes"].as_u64(), Some(12));
    }

    #[test]
    fn errors_name_the_path() {
        let text = results().remove(1).to_json();
        for (from, to, expected) in [
            ("\"interrupted\"", "\"done\"", "r.json: status: \"done\" is not known"),
            ("\"b\":\"1\"", "\"b\":[]", "r.json: network.neurons[0].b: expected a number"),
            ("\"version\":1,\"status\"", "\"version\":2,\"status\"", "r.json: version 2 of the format is not supported"),
        ] {
            assert!(text.contains(from), "{text}");
            let message = read_result(&Source::new("r.json", text.replace(from, to))).unwrap_err().to_string();
            assert!(message.starts_with(expected), "{message}");
        }
    }
}
