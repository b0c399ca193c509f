//! Tables of enumeration's optima, computed in this process on one thread.

use relus::exact::nearest_f64;
use relus::instance::csv::{CsvOptions, read_table};
use relus::instance::json::read_instance;
use relus::instance::{Activation, Architecture, Instance, Loss, Source};
use relus::train::enumerate::Enumerate;
use relus::train::{Control, Outcome, Trainer};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(60);
/// Longer fractions are shown as floats.
const MOST_DIGITS: usize = 24;

/// Regression data with the largest width for the squared loss, and for the absolute and maximum loss.
const REGRESSION: [(&str, usize, usize); 22] = [
    ("stackloss", 2, 1),
    ("longley", 1, 1),
    ("linnerud-weight", 2, 1),
    ("linnerud-waist", 2, 1),
    ("linnerud-pulse", 2, 1),
    ("statecrime", 1, 1),
    ("nile", 3, 2),
    ("strikes", 3, 2),
    ("engel", 2, 2),
    ("anscombe-1", 3, 2),
    ("anscombe-2", 3, 2),
    ("anscombe-3", 3, 2),
    ("anscombe-4", 3, 2),
    ("diabetes-bmi-40", 3, 2),
    ("diabetes-bmi-s5-20", 2, 2),
    ("diabetes-bmi-s5-40", 2, 1),
    ("diabetes-bmi-s5-100", 2, 1),
    ("diabetes-bmi-bp-s5-30", 1, 1),
    ("diabetes-bmi-bp-s5-60", 1, 1),
    ("iris-petal-width", 1, 1),
    ("iris-petal-width-50", 2, 1),
    ("wine-color-60", 2, 1),
];

/// Two-class data with the largest width of ReLU and of threshold networks.
const CLASSIFICATION: [(&str, usize, usize); 6] = [
    ("iris-versicolor-virginica-petal", 2, 2),
    ("iris-versicolor-virginica-sepal-40", 1, 2),
    ("iris-setosa-versicolor-sepal", 1, 2),
    ("wine-class-0-1-44", 2, 2),
    ("breast-cancer-57", 2, 2),
    ("anes96-vote-95", 2, 2),
];

/// Data to which a step is fitted by squares.
const STEPS: [(&str, usize); 3] = [("nile", 3), ("strikes", 3), ("diabetes-bmi-40", 3)];

/// The processor time of this thread, if the system tells it.
fn processor_seconds() -> Option<f64> {
    let statistics = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: f64 = statistics.split_whitespace().next()?.parse().ok()?;
    Some(nanoseconds * 1e-9)
}

/// Seconds as far as the system's clock of processor time can be relied on.
fn shown(seconds: f64) -> String {
    if seconds < 0.01 { "<0.01".to_owned() } else { format!("{seconds:.2}") }
}

fn train(load: impl FnOnce() -> Instance) -> (Instance, Outcome, f64) {
    let (clock, processor) = (Instant::now(), processor_seconds());
    let instance = load();
    let outcome = Enumerate::default().train(&instance, &Control::default().with_time_limit(LIMIT)).expect("a supported problem");
    let seconds = match (processor, processor_seconds()) {
        (Some(before), Some(after)) => after - before,
        _ => clock.elapsed().as_secs_f64(),
    };
    (instance, outcome, seconds)
}

/// Whether all optima agree with the listed ones.
pub(crate) fn benchmark(directory: &Path, filter: &str) -> bool {
    let text = std::fs::read_to_string(directory.join("optima.json")).expect("instances/benchmark/optima.json");
    let optima: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&text).expect("JSON");
    let mut agree = true;
    println!("| instance | n | d | k | loss | activation | optimum | status | seconds |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    for (name, listed) in optima.iter().filter(|(name, _)| name.contains(filter)) {
        let path = directory.join(format!("{name}.json"));
        let (instance, outcome, seconds) = train(|| read_instance(&Source::read(&path).expect("readable")).expect("valid"));
        let loss = nearest_f64(&outcome.incumbent.as_ref().expect("a network").loss);
        let listed = listed["optimum"].as_f64().expect("a number");
        println!(
            "| `{name}` | {} | {} | {} | {} | {} | {loss} | {} | {} |",
            instance.data.len(),
            instance.data.dimension(),
            instance.architecture.width,
            instance.loss.name(),
            instance.architecture.activation.name(),
            outcome.status.name(),
            shown(seconds)
        );
        // The listed optima have ten digits or more and come from floats.
        if outcome.status.name() == "optimal" && (loss - listed).abs() > 1e-9 * listed.abs().max(0.1) {
            eprintln!("{name}: the optimum is {loss}, {listed} is listed");
            agree = false;
        }
    }
    agree
}

pub(crate) fn real(directory: &Path, filter: &str) {
    println!("| file | activation, loss | *k* | optimum | status | seconds |\n| --- | --- | --- | --- | --- | --- |");
    let all = |most: usize| 0..=most;
    for (file, squares, deviations) in REGRESSION {
        for (loss, most) in [(Loss::L2, squares), (Loss::L1, deviations), (Loss::Linf, deviations)] {
            all(most).for_each(|width| row(directory, filter, file, (Activation::Relu, loss), width));
        }
    }
    for (file, most) in STEPS {
        (1..=most).for_each(|width| row(directory, filter, file, (Activation::Threshold, Loss::L2), width));
    }
    for (file, relu, threshold) in CLASSIFICATION {
        all(relu).for_each(|width| row(directory, filter, file, (Activation::Relu, Loss::ZeroOne), width));
        (1..=threshold).for_each(|width| row(directory, filter, file, (Activation::Threshold, Loss::ZeroOne), width));
    }
}

fn row(directory: &Path, filter: &str, file: &str, (activation, loss): (Activation, Loss), width: usize) {
    if !file.contains(filter) {
        return;
    }
    let path: PathBuf = directory.join(format!("{file}.csv"));
    let (_, outcome, seconds) = train(|| {
        let table = read_table(&Source::read(&path).expect("readable"), &CsvOptions::default()).expect("a table");
        let data = if loss == Loss::ZeroOne { table.classification(None) } else { table.regression() }.expect("data");
        Instance {
            data,
            architecture: Architecture { activation, width, output_bias: false, convex: false, affine: false },
            loss,
            target_error: None,
        }
    });
    let value = &outcome.incumbent.as_ref().expect("a network").loss;
    let exact = value.to_string();
    let optimum = if exact.len() <= MOST_DIGITS { exact } else { format!("≈ {}", nearest_f64(value)) };
    println!("| `{file}.csv` | {} {} | {width} | {optimum} | {} | {} |", activation.name(), loss.name(), outcome.status.name(), shown(seconds));
}
