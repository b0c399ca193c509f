//! Real data by the search.

use crate::measure::{Proof, count, seconds};
use relus::instance::Source;
use relus::instance::csv::{CsvOptions, read_table};
use std::path::Path;

/// A run that is not over by then is listed as open.
const LIMIT: &str = "30";
/// Two neurons are tried on at most this many points and features.
const TWO_NEURONS: (usize, usize) = (100, 3);

/// File, target (`""`: the last column), and sets of features.
const CASES: [(&str, &str, &[&str]); 25] = [
    ("stackloss", "", &["air_flow", "air_flow,water_temp", "air_flow,water_temp,acid_conc"]),
    ("longley", "", &["gnp", "gnp,unemployed", "gnp,unemployed,year", "gnp,unemployed,armed_forces,year"]),
    ("linnerud-weight", "", &["chins", "chins,situps", "chins,situps,jumps"]),
    ("linnerud-waist", "", &["chins", "chins,situps", "chins,situps,jumps"]),
    ("linnerud-pulse", "", &["chins", "chins,situps", "chins,situps,jumps"]),
    ("statecrime", "", &["poverty", "poverty,single", "urban,poverty,single", "urban,poverty,hs_grad,single"]),
    ("nile", "", &["year"]),
    ("strikes", "", &["unexpected_production"]),
    ("engel", "", &["income"]),
    ("anscombe-1", "", &["x"]),
    ("anscombe-2", "", &["x"]),
    ("anscombe-3", "", &["x"]),
    ("anscombe-4", "", &["x"]),
    ("diabetes-bmi-40", "", &["bmi"]),
    ("diabetes-bmi-s5-20", "", &["bmi,s5"]),
    ("diabetes-bmi-s5-40", "", &["bmi,s5"]),
    ("diabetes-bmi-s5-100", "", &["bmi", "bmi,s5"]),
    ("diabetes-bmi-bp-s5-30", "", &["bmi,bp,s5"]),
    ("diabetes-bmi-bp-s5-60", "", &["bmi", "bmi,s5", "bmi,bp,s5"]),
    ("iris-petal-width-50", "", &["sepal_length", "sepal_length,sepal_width"]),
    ("wine-color-60", "", &["hue", "flavanoids,hue"]),
    ("iris-petal-width", "", &["sepal_length", "sepal_length,sepal_width"]),
    ("iris", "petal_width", &["sepal_length,sepal_width,petal_length"]),
    ("wine", "color_intensity", &["alcohol", "alcohol,hue", "alcohol,flavanoids,hue", "alcohol,flavanoids,hue,proline"]),
    ("diabetes", "", &["bmi", "bmi,s5", "bmi,bp,s5", "bmi,bp,s3,s5"]),
];

/// Whether all certificates were accepted.
pub(crate) fn table(directory: &Path, filter: &str) -> bool {
    println!("| file | features | n | *k* | loss | minimum ≈ | status | nodes | CPU s | certificate bytes | check s |");
    println!("|{}", " --- |".repeat(11));
    let mut correct = true;
    for (file, target, sets) in CASES.iter().filter(|(file, ..)| file.contains(filter)) {
        let path = directory.join(format!("{file}.csv"));
        let options = CsvOptions {
            target: (!target.is_empty()).then(|| (*target).to_owned()),
            features: Some(sets[0].split(',').map(str::to_owned).collect()),
            ..CsvOptions::default()
        };
        let points = read_table(&Source::read(&path).expect("readable"), &options).and_then(|table| table.regression()).expect("data").len();
        for features in *sets {
            let dimension = features.split(',').count();
            for (width, loss) in [(1, "l2"), (1, "l1"), (1, "linf"), (2, "l2")] {
                if width == 1 || (points <= TWO_NEURONS.0 && dimension <= TWO_NEURONS.1) {
                    correct &= row(&path, (file, points, target, features), width, loss);
                }
            }
        }
    }
    correct
}

fn row(path: &Path, (file, points, target, features): (&str, usize, &str, &str), width: usize, loss: &str) -> bool {
    let width = width.to_string();
    let mut problem = vec![path.to_str().expect("UTF-8"), "--features", features, "--width", &width, "--loss", loss];
    if !target.is_empty() {
        problem.extend(["--target", target]);
    }
    let proof = Proof::new(&problem, LIMIT);
    println!(
        "| `{file}.csv` | {} | {points} | {width} | {loss} | {} | {} | {} | {} | {} | {} |",
        features.replace(',', ", "),
        proof.loss,
        proof.status,
        count(proof.nodes),
        seconds(proof.solve.seconds),
        count(proof.bytes),
        proof.checked(),
    );
    if let Err(reason) = &proof.check {
        eprintln!("{file}, {features}, k = {width}, {loss}: the certificate is rejected: {reason}");
    }
    proof.check.is_ok()
}
