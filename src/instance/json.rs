//! Training instances as JSON, and what the JSON formats of this crate share.
//!
//! ```text
//! {"format":"relus-instance","version":1,"activation":"relu","width":2,"loss":"l2","target_error":"0",
//!  "x":[["0","1/2"],[1,-3.25]],"y":["1",0]}
//! ```
//!
//! A number is a JSON number, read as the decimal that is written, or a string with a decimal or a fraction. `target_error` (the decision
//! problem), `output_bias` (`true` if the network has a free constant), `convex` (`true` if all output weights are +1) and `affine` (`true` if there is a free affine function besides the
//! neurons), which are `false` by default, may be missing, other fields may not, and fields that the format does not have are refused, so that a misspelt one is not silently ignored.

use super::{Activation, Architecture, ArchitectureError, Data, FileError, Instance, Loss, Place, Problem, Source, check_classes, finite_decimal};
use crate::exact::{Rational, parse_rational};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

/// The version of the formats that is read and written.
pub const VERSION: u64 = 1;

/// More neurons than this are refused: a network never needs more than one a point.
pub const MAX_WIDTH: usize = 1_000_000;

/// What is wrong with a JSON file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum JsonProblem {
    /// It is no JSON, or a field is missing, unknown or of the wrong type.
    #[error("{0}")]
    Malformed(String),
    /// It does not say that it has this format.
    #[error("not a {expected} file (\"format\" is {found})")]
    Format {
        /// The format that is wanted.
        expected: &'static str,
        /// What the file says.
        found: String,
    },
    /// It has another version.
    #[error("version {found} of the format is not supported, this program reads version {VERSION}")]
    Version {
        /// What the file says.
        found: String,
    },
    /// A name that means nothing here.
    #[error("{found:?} is not known, expected one of: {expected}")]
    Name {
        /// What was found.
        found: String,
        /// What may be there.
        expected: String,
    },
    /// A value where a number is expected.
    #[error("expected a number or a string with a decimal or a fraction, found {0}")]
    NotNumber(&'static str),
    /// A width that is none.
    #[error(transparent)]
    Width(#[from] WidthError),
    /// A class of networks that makes no sense.
    #[error(transparent)]
    Architecture(#[from] ArchitectureError),
    /// Two lists that should have equal length have not.
    #[error("{found} entries where {expected} are expected")]
    Length {
        /// The number found.
        found: usize,
        /// The number expected.
        expected: usize,
    },
}

/// A text that is not a number of neurons.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum WidthError {
    /// Not a non-negative integer.
    #[error("{0:?} is not a number of neurons (a width is an integer: 0, 1, 2, …)")]
    NotInteger(String),
    /// Beyond [`MAX_WIDTH`].
    #[error("{0} neurons are too many (at most {MAX_WIDTH}; as many as there are points always suffice)")]
    TooLarge(String),
}

/// Reads a number of neurons.
///
/// # Errors
/// [`WidthError`] for anything but an integer from 0 to [`MAX_WIDTH`].
pub fn parse_width(text: &str) -> Result<usize, WidthError> {
    let digits = text.trim();
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(WidthError::NotInteger(digits.chars().take(40).collect()));
    }
    digits.parse().ok().filter(|&width| width <= MAX_WIDTH).ok_or_else(|| WidthError::TooLarge(digits.chars().take(40).collect()))
}

/// The value of a named choice: `Activation`, `Loss`, a status.
pub(crate) fn by_name<T: Copy>(found: &str, all: &[T], name: impl Fn(T) -> &'static str) -> Result<T, JsonProblem> {
    all.iter().copied().find(|&choice| name(choice) == found).ok_or_else(|| JsonProblem::Name {
        found: found.chars().take(40).collect(),
        expected: all.iter().map(|&choice| name(choice)).collect::<Vec<_>>().join(", "),
    })
}

/// Reads `source` as an object of the given format: first what it says to be, then the fields.
///
/// # Errors
/// If it is no JSON object, or of another format or version, or a field is missing or of another type.
pub fn read_format<T: DeserializeOwned>(source: &Source, format: &'static str) -> Result<T, FileError> {
    #[derive(Deserialize)]
    struct Head {
        format: Option<Value>,
        version: Option<Value>,
    }
    let head: Head = parse(source)?;
    if head.format.as_ref().and_then(Value::as_str) != Some(format) {
        let found = head.format.map_or_else(|| "missing".to_owned(), |value| short(&value));
        return Err(source.error(Place::File, JsonProblem::Format { expected: format, found }));
    }
    if head.version.as_ref().and_then(Value::as_u64) != Some(VERSION) {
        let found = head.version.map_or_else(|| "(missing)".to_owned(), |value| short(&value));
        return Err(source.error(Place::File, JsonProblem::Version { found }));
    }
    parse(source)
}

/// The format that a JSON text says to have, if any.
#[must_use]
pub fn format_of(source: &Source) -> Option<String> {
    #[derive(Deserialize)]
    struct Head {
        format: String,
    }
    serde_json::from_str::<Head>(source.text()).ok().map(|head| head.format)
}

fn parse<T: DeserializeOwned>(source: &Source) -> Result<T, FileError> {
    serde_json::from_str(source.text()).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let message = error.to_string();
        let message = message.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&message).to_owned();
        let place = if line == 0 { Place::File } else { Place::Cell(line, column) };
        source.error(place, JsonProblem::Malformed(message))
    })
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= 40 { text } else { text.chars().take(40).chain(['…']).collect() }
}

/// The rational that a JSON value stands for; `path` names it in the error.
pub(crate) fn rational(source: &Source, value: &Value, path: impl Fn() -> String) -> Result<Rational, FileError> {
    let problem = match value {
        Value::Number(number) => match parse_rational(&number.to_string()) {
            Ok(value) => return Ok(value),
            Err(problem) => Problem::from(problem),
        },
        Value::String(text) => match parse_rational(text) {
            Ok(value) => return Ok(value),
            Err(problem) => Problem::from(problem),
        },
        Value::Null => JsonProblem::NotNumber("null").into(),
        Value::Bool(_) => JsonProblem::NotNumber("true or false").into(),
        Value::Array(_) => JsonProblem::NotNumber("a list").into(),
        Value::Object(_) => JsonProblem::NotNumber("an object").into(),
    };
    Err(source.error(Place::Path(path()), problem))
}

/// A rational as JSON: a number if it is a finite decimal, else a string.
fn number(value: &Rational) -> Value {
    // The number keeps the digits as they are written: nothing is rounded on the way.
    finite_decimal(value)
        .and_then(|decimal| serde_json::from_str(&decimal).ok().map(Value::Number))
        .unwrap_or_else(|| Value::String(value.to_string()))
}

/// The format's name.
pub const FORMAT: &str = "relus-instance";

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct InstanceFile {
    format: String,
    version: u64,
    activation: String,
    width: Value,
    loss: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    output_bias: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    convex: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    affine: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    target_error: Option<Value>,
    x: Vec<Vec<Value>>,
    y: Vec<Value>,
}

/// Reads an instance.
///
/// # Errors
/// [`FileError`] with line and column for malformed JSON, with the path of the value for anything else. With the zero-one loss the targets must
/// be two values at most, one above 0 and one not.
///
/// # Examples
/// ```
/// use relus::instance::{Source, json::read_instance};
/// let text = r#"{"format":"relus-instance","version":1,"activation":"relu","width":1,"loss":"l1","x":[[0.1],["1/3"]],"y":[0,1e-3]}"#;
/// let instance = read_instance(&Source::new("tiny.json", text)).unwrap();
/// assert_eq!(instance.data.points()[0][0].to_string(), "1/10");
/// ```
pub fn read_instance(source: &Source) -> Result<Instance, FileError> {
    let file: InstanceFile = read_format(source, FORMAT)?;
    let at = |path: &str| Place::Path(path.to_owned());
    let activation = by_name(&file.activation, &Activation::ALL, Activation::name).map_err(|e| source.error(at("activation"), e))?;
    let loss = by_name(&file.loss, &Loss::ALL, Loss::name).map_err(|e| source.error(at("loss"), e))?;
    let width = match &file.width {
        Value::String(text) => parse_width(text),
        other => parse_width(&short(other)),
    };
    let width = width.map_err(|e| source.error(at("width"), JsonProblem::from(e)))?;
    let target_error = file.target_error.as_ref().filter(|value| !value.is_null());
    let target_error = target_error.map(|value| rational(source, value, || "target_error".to_owned())).transpose()?;

    let dimension = file.x.first().map_or(0, Vec::len);
    let mut points = Vec::with_capacity(file.x.len());
    for (i, row) in file.x.iter().enumerate() {
        if row.len() != dimension {
            return Err(source.error(Place::Path(format!("x[{i}]")), JsonProblem::Length { found: row.len(), expected: dimension }));
        }
        let point = row.iter().enumerate().map(|(c, value)| rational(source, value, || format!("x[{i}][{c}]")));
        points.push(point.collect::<Result<Vec<_>, _>>()?);
    }
    if file.y.len() != points.len() {
        return Err(source.error(at("y"), JsonProblem::Length { found: file.y.len(), expected: points.len() }));
    }
    let targets = file.y.iter().enumerate().map(|(i, value)| rational(source, value, || format!("y[{i}]")));
    let data = Data::new(points, targets.collect::<Result<_, _>>()?).map_err(|e| source.error(at("x"), e))?;
    if loss == Loss::ZeroOne {
        check_classes(&data).map_err(|e| source.error(at("y"), e))?;
    }
    let architecture = Architecture { activation, width, output_bias: file.output_bias, convex: file.convex, affine: file.affine };
    architecture.check().map_err(|e| source.error(at("activation"), JsonProblem::from(e)))?;
    Ok(Instance { data, architecture, loss, target_error })
}

/// The instance as JSON text. Names of features and classes have no place in the format and are not written.
#[must_use]
pub fn instance_to_json(instance: &Instance) -> String {
    let file = InstanceFile {
        format: FORMAT.to_owned(),
        version: VERSION,
        activation: instance.architecture.activation.name().to_owned(),
        width: Value::from(instance.architecture.width),
        loss: instance.loss.name().to_owned(),
        output_bias: instance.architecture.output_bias,
        convex: instance.architecture.convex,
        affine: instance.architecture.affine,
        target_error: instance.target_error.as_ref().map(|value| Value::String(value.to_string())),
        x: instance.data.points().iter().map(|point| point.iter().map(number).collect()).collect(),
        y: instance.data.targets().iter().map(number).collect(),
    };
    serde_json::to_string(&file).expect("strings, numbers and lists") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instance::write_atomically;
    use proptest::prelude::*;

    fn with(from: &str, to: &str) -> String {
        let text = r#"{"format":"relus-instance","version":1,"activation":"relu","width":2,"loss":"l2","target_error":"0",
            "x":[["0","1/2"],[1,-3.25]],"y":["1",0]}"#;
        assert!(text.contains(from));
        text.replace(from, to)
    }

    fn read(text: &str) -> Result<Instance, FileError> {
        read_instance(&Source::new("i.json", text))
    }

    #[test]
    fn the_documented_example() {
        let instance = read(&with("relu", "relu")).unwrap();
        assert_eq!(instance.data.points()[1][1], parse_rational("-13/4").unwrap());
        assert_eq!(instance.target_error, Some(Rational::ZERO));
        assert_eq!(instance.architecture, Architecture { activation: Activation::Relu, width: 2, output_bias: false, convex: false, affine: false });
    }

    #[test]
    fn numbers_are_the_decimals_that_are_written() {
        let instance = read(&with("-3.25", "0.1000000000000000055511151231257827")).unwrap();
        assert_eq!(instance.data.points()[1][1].denominator().to_string().len(), 35);
        assert_eq!(read(&with("-3.25", "1e-400")).unwrap().data.points()[1][1], parse_rational("1e-400").unwrap());
    }

    #[test]
    fn errors_name_the_place() {
        let cases = [
            (with("\"version\":1", "\"version\":2"), "i.json: version 2 of the format is not supported, this program reads version 1"),
            (with("\"version\":1,", ""), "i.json: version (missing) of the format is not supported, this program reads version 1"),
            (with("relus-instance", "relus-network"), "i.json: not a relus-instance file (\"format\" is \"relus-network\")"),
            ("{}".to_owned(), "i.json: not a relus-instance file (\"format\" is missing)"),
            (with("\"relu\"", "\"tanh\""), "i.json: activation: \"tanh\" is not known, expected one of: relu, threshold"),
            (with("\"l2\"", "\"mse\""), "i.json: loss: \"mse\" is not known, expected one of: l2, l1, linf, zero-one"),
            (with(":2,", ":-1,"), "i.json: width: \"-1\" is not a number of neurons (a width is an integer: 0, 1, 2, …)"),
            (with(":2,", ":\"two\","), "i.json: width: \"two\" is not a number of neurons (a width is an integer: 0, 1, 2, …)"),
            (with("-3.25", "\"x\""), "i.json: x[1][1]: \"x\" is not a number (write a decimal such as -3.25 or 1e-3, or a fraction such as 7/12)"),
            (with("-3.25", "null"), "i.json: x[1][1]: expected a number or a string with a decimal or a fraction, found null"),
            (with("-3.25", "1e999999"), "i.json: x[1][1]: the exponent of \"1e+999999\" is out of range (at most 5000 in magnitude)"),
            (with(",-3.25", ""), "i.json: x[1]: 1 entries where 2 are expected"),
            (with("[\"1\",0]", "[\"1\"]"), "i.json: y: 1 entries where 2 are expected"),
            (with("\"0\",\n", "\"inf\",\n"), "i.json: target_error: \"inf\" is not a finite number"),
            (with("[[\"0\",\"1/2\"],[1,-3.25]],\"y\":[\"1\",0]", "[],\"y\":[]"), "i.json: x: no data points"),
            (with("\"width\":2,", ""), "i.json:2:52: missing field `width`"),
        ];
        for (text, expected) in cases {
            assert_eq!(read(&text).unwrap_err().to_string(), expected);
        }
        let unknown = read(&with("\"width\"", "\"widht\":3,\"width\"")).unwrap_err().to_string();
        assert!(unknown.starts_with("i.json:1:66: unknown field `widht`"), "{unknown}");
        let truncated = read("{\"format\":\"relus-instance\",\"version\":1,\n\"x\":[[1,").unwrap_err().to_string();
        assert_eq!(truncated, "i.json:2:8: EOF while parsing a value");
    }

    #[test]
    fn zero_one_targets_are_two_classes_around_zero() {
        let classes = |y: &str| read(&with("l2", "zero-one").replace("[\"1\",0]", y)).map(|_| ()).map_err(|e| e.to_string());
        assert_eq!(classes("[1,-1]"), Ok(()));
        assert_eq!(classes("[1,1]"), Ok(()));
        assert!(classes("[1,2]").unwrap_err().contains("same side of 0"));
        let three = with("l2", "zero-one").replace("[1,-3.25]", "[1,-3.25],[0,0]").replace("[\"1\",0]", "[0,1,2]");
        assert!(read(&three).unwrap_err().to_string().contains("at least three"));
    }

    fn rational() -> impl Strategy<Value = Rational> {
        (any::<i64>(), prop_oneof![Just(1u32), Just(1000), 1u32..50]).prop_map(|(p, q)| Rational::from_parts(p.into(), q.into()))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, rng_seed: proptest::test_runner::RngSeed::Fixed(6), ..ProptestConfig::default() })]

        #[test]
        fn a_file_gives_back_the_instance(
            rows in (0usize..4).prop_flat_map(|d| prop::collection::vec((prop::collection::vec(rational(), d), rational()), 1..6)),
            (width, output_bias) in (0usize..9, any::<bool>()),
            (activation, loss) in (prop::sample::select(&Activation::ALL[..]), prop::sample::select(&Loss::ALL[..3])),
            target_error in prop::option::of(rational()),
        ) {
            let (points, targets) = rows.into_iter().unzip();
            let architecture = Architecture { activation, width, output_bias, convex: false, affine: false };
            let instance = Instance { data: Data::new(points, targets).unwrap(), architecture, loss, target_error };
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("instance.json");
            write_atomically(&path, &instance_to_json(&instance)).unwrap();
            prop_assert_eq!(read_instance(&Source::read(&path).unwrap()).unwrap(), instance);
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,40}|[\\[\\]{}0-9eE.,:\"x -]{0,40}", position in 0usize..150) {
            let _ = read(&text);
            let mut whole = with("relu", "relu");
            whole.truncate(position);
            prop_assert!(read(&whole).is_err());
            let _ = read(&(whole + &text));
        }
    }
}
