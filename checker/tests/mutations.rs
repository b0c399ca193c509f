//! One number changed at a time: a changed result must be rejected, or be as true as the original.
//!
//! What is true is decided by a second evaluation of the network, written anew in floats here.

use relus_check::check_files;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// A result and its data, with the points and targets as this test understands them.
struct Case {
    name: &'static str,
    data: PathBuf,
    result: Value,
    points: Vec<(Vec<f64>, f64)>,
}

fn cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/valid");
    let case = |name: &'static str, extension: &str, read: fn(&str) -> Vec<Vec<f64>>| {
        let data = folder.join(format!("{name}.data.{extension}"));
        let rows = read(&fs::read_to_string(&data).unwrap());
        let result = serde_json::from_str(&fs::read_to_string(folder.join(format!("{name}.result.json"))).unwrap()).unwrap();
        let points = rows.into_iter().map(|mut row| (row.split_off(row.len() - 1)[0], row)).map(|(y, x)| (x, y)).collect();
        Case { name, data, result, points }
    };
    vec![
        case("stackloss-time-limit", "csv", |text| table(text, ',')),
        case("perfect-fit", "csv", |text| table(text, ',')),
        case("linf-no-header", "csv", |text| table(text, '\t')),
        case("equal-points", "csv", |text| table(text, ',')),
        case("labels-separated", "csv", |text| table(&text.replace("dog", "1").replace("cat", "0"), ';')),
        case("instance-threshold-l1", "json", |_| vec![vec![0.0, 0.5, 1.0], vec![1.0, -3.25, 0.0], vec![0.1, 2.0, 0.1]]),
    ]
}

/// The rows that consist of numbers.
fn table(text: &str, delimiter: char) -> Vec<Vec<f64>> {
    let row = |line: &str| line.trim().split(delimiter).map(|field| field.parse().ok()).collect::<Option<Vec<f64>>>();
    text.lines().filter_map(row).collect()
}

fn float(value: &Value) -> f64 {
    let Some(text) = value.as_str() else { return value.to_string().parse().unwrap() };
    let (numerator, denominator) = text.split_once('/').unwrap_or((text, "1"));
    numerator.parse::<f64>().unwrap() / denominator.parse::<f64>().unwrap()
}

fn loss(result: &Value, points: &[(Vec<f64>, f64)]) -> f64 {
    let network = &result["network"];
    let relu = network["activation"] == "relu";
    let residuals = points.iter().map(|(x, y)| {
        let neurons = network["neurons"].as_array().unwrap().iter().map(|neuron| {
            let weights = neuron["w"].as_array().unwrap().iter().map(float);
            let z: f64 = float(&neuron["b"]) + weights.zip(x).map(|(w, x)| w * x).sum::<f64>();
            float(&neuron["a"]) * if relu { z.max(0.0) } else { f64::from(z > 0.0) }
        });
        let value = float(&network["output_bias"]) + neurons.sum::<f64>();
        if result["problem"]["loss"] == "zero-one" { f64::from((value > 0.0) != (*y > 0.0)) } else { value - y }
    });
    match result["problem"]["loss"].as_str().unwrap() {
        "l2" => residuals.map(|r| r * r).sum(),
        "linf" => residuals.map(f64::abs).fold(0.0, f64::max),
        _ => residuals.map(f64::abs).sum(),
    }
}

/// The paths of all numbers that the checker reads, in the JSON pointer notation.
fn numbers(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().enumerate().for_each(|(i, item)| numbers(item, &format!("{path}/{i}"), found)),
        Value::Object(fields) => fields.iter().for_each(|(name, field)| numbers(field, &format!("{path}/{name}"), found)),
        Value::Number(_) => found.push(path.to_owned()),
        Value::String(text) if text.starts_with(|c: char| c == '-' || c.is_ascii_digit()) => found.push(path.to_owned()),
        _ => {}
    }
}

/// Other numbers than `value`, as text if it is one: some near by, some far, some of the other sign.
fn variants(value: &Value) -> Vec<Value> {
    const PLAIN: [&str; 7] = ["0", "1", "-1", "2", "17", "0.3", "-1e-7"];
    let Some(text) = value.as_str() else {
        return PLAIN.iter().map(|text| serde_json::from_str(text).unwrap()).filter(|variant| float(variant) != float(value)).collect();
    };
    let near = text.split_once('/').map(|(numerator, denominator)| format!("{numerator}0000001/{denominator}0000000"));
    let texts = PLAIN.iter().map(|&text| text.to_owned()).chain([format!("-{}", text.trim_start_matches('-')), "22/7".to_owned()]).chain(near);
    texts.map(Value::String).filter(|variant| float(variant) != float(value)).collect()
}

#[test]
fn a_changed_number_is_rejected_or_as_true_as_before() {
    const IGNORED: [&str; 3] = ["/nodes", "/seconds", "/statistics/cells"];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("result.json");
    let (mut rejected, mut accepted) = (0, Vec::new());
    for case in cases() {
        let claimed = float(&case.result["loss"]);
        assert!((loss(&case.result, &case.points) - claimed).abs() < 1e-9, "{}: the second evaluation agrees", case.name);
        let mut paths = Vec::new();
        numbers(&case.result, "", &mut paths);
        for pointer in paths.iter().filter(|pointer| !IGNORED.contains(&pointer.as_str())) {
            for variant in variants(case.result.pointer(pointer).unwrap()) {
                let mut changed = case.result.clone();
                *changed.pointer_mut(pointer).unwrap() = variant;
                fs::write(&path, changed.to_string()).unwrap();
                let Ok(claim) = check_files(&path, &case.data) else {
                    rejected += 1;
                    continue;
                };
                let still_attained = (loss(&changed, &case.points) - float(&changed["loss"])).abs() < 1e-9;
                let within = changed["network"]["neurons"].as_array().unwrap().len() <= claim.problem.width;
                let bounded = float(&changed["lower_bound"]) <= claimed + 1e-9;
                assert!(still_attained && within && bounded, "{}: {pointer} = {}", case.name, changed.pointer(pointer).unwrap());
                accepted.push(format!("{}{pointer}", case.name));
            }
        }
    }
    assert!(rejected > 250, "{rejected} rejections");
    // A larger class contains the network as well; other weights may give the same loss. Nothing else.
    let harmless = |path: &String| path.contains("/problem/width") || path.contains("/network/neurons/") || path.contains("threshold-l1/network");
    assert!(accepted.iter().all(harmless), "{accepted:?}");
}

#[test]
fn a_changed_digit_of_the_data_is_rejected_or_leaves_the_loss() {
    let folder = tempfile::tempdir().unwrap();
    let (result, data) = (folder.path().join("result.json"), folder.path().join("data.csv"));
    let case = cases().remove(0);
    fs::write(&result, case.result.to_string()).unwrap();
    let text = fs::read_to_string(&case.data).unwrap();
    let header = text.find('\n').unwrap();
    let (mut rejected, mut accepted) = (0, 0);
    for (i, digit) in text.char_indices().filter(|&(i, c)| i > header && c.is_ascii_digit()) {
        let changed = format!("{}{}{}", &text[..i], if digit == '9' { "8" } else { "9" }, &text[i + 1..]);
        fs::write(&data, &changed).unwrap();
        if check_files(&result, &data).is_err() {
            rejected += 1;
            continue;
        }
        // A residual of -1 that becomes 1.
        let points: Vec<(Vec<f64>, f64)> = table(&changed, ',').into_iter().map(|row| (row[..3].to_vec(), row[3])).collect();
        assert!((loss(&case.result, &points) - float(&case.result["loss"])).abs() < 1e-9, "byte {i}");
        accepted += 1;
    }
    assert!(rejected > 150 && accepted <= 2, "{rejected} rejected, {accepted} accepted");
}
