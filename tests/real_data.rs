//! The bundled real data: published least-squares fits, and the optima that `instances/README.md` lists.

use relus::exact::{Rational, nearest_f64, parse_rational, solve};
use relus::instance::csv::{CsvOptions, read_table};
use relus::instance::{Activation, Architecture, Instance, Loss, Source};
use relus::train::enumerate::Enumerate;
use relus::train::{Control, Status, Trainer};
use std::path::{Path, PathBuf};

fn instances() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("instances")
}

fn load(file: &str, activation: Activation, width: usize, loss: Loss) -> Instance {
    let table = read_table(&Source::read(&instances().join("real").join(file)).unwrap(), &CsvOptions::default()).unwrap();
    let data = if loss == Loss::ZeroOne { table.classification(None) } else { table.regression() }.unwrap();
    Instance { data, architecture: Architecture { activation, width, output_bias: false, convex: false, affine: false }, loss, target_error: None }
}

fn optimum(instance: &Instance) -> Rational {
    let outcome = Enumerate::default().train(instance, &Control::default()).unwrap();
    assert_eq!(outcome.status, Status::Optimal);
    let incumbent = outcome.incumbent.unwrap();
    assert_eq!(incumbent.network.loss(&instance.data, instance.loss).unwrap(), incumbent.loss);
    incumbent.loss
}

/// The sum of squared residuals of the affine least-squares fit by its normal equations, and its least value at a point.
fn ordinary_least_squares(instance: &Instance) -> (Rational, Rational) {
    let rows: Vec<Vec<Rational>> = instance.data.points().iter().map(|x| x.iter().cloned().chain([Rational::ONE]).collect()).collect();
    let product = |f: &dyn Fn(usize) -> Rational| (0..rows.len()).fold(Rational::ZERO, |sum, i| sum + f(i));
    let unknowns = rows[0].len();
    let matrix: Vec<Vec<Rational>> = (0..unknowns).map(|c| (0..unknowns).map(|e| product(&|i| &rows[i][c] * &rows[i][e])).collect()).collect();
    let rhs: Vec<Rational> = (0..unknowns).map(|c| product(&|i| &rows[i][c] * &instance.data.targets()[i])).collect();
    let weights = solve(&matrix, &rhs).unwrap();
    let fit: Vec<Rational> = rows.iter().map(|row| row.iter().zip(&weights).fold(Rational::ZERO, |sum, (f, w)| sum + f * w)).collect();
    let squares = product(&|i| (&fit[i] - &instance.data.targets()[i]).sqr());
    (squares, fit.into_iter().min().unwrap())
}

/// Origin: where the least-squares plane is nonnegative on the points it is a network of one neuron, so the minimum is at most its sum of squares. That it is the
/// minimum on these data is the published sum itself: 178.8299616 (stack loss; Brownlee, and every textbook of regression since), 836424.055505915 (Longley; NIST's certified
/// value), and 13.7763, 13.7562, 13.7425 (Anscombe's second to fourth data sets; the first has a typing error in the package it is taken from).
#[test]
fn one_neuron_fits_as_well_as_the_published_plane() {
    for (file, published, digits) in [
        ("stackloss.csv", 178.829_961_6, 1e-7),
        ("longley.csv", 836_424.055_505_915, 1e-9),
        ("anscombe-2.csv", 13.7763, 1e-4),
        ("anscombe-3.csv", 13.7562, 1e-4),
        ("anscombe-4.csv", 13.7425, 1e-4),
    ] {
        let instance = load(file, Activation::Relu, 1, Loss::L2);
        let (squares, least) = ordinary_least_squares(&instance);
        assert!(least >= Rational::ZERO, "{file}");
        let loss = optimum(&instance);
        assert_eq!(loss, squares, "{file}");
        assert!((nearest_f64(&loss) - published).abs() <= digits, "{file}: {loss}");
    }
}

/// Origin: as above, on every regression file whose plane is nonnegative.
#[test]
fn one_neuron_is_never_worse_than_a_nonnegative_plane() {
    for file in ["nile", "strikes", "engel", "anscombe-1", "diabetes-bmi-s5-40", "diabetes-bmi-bp-s5-30", "linnerud-waist", "wine-color-60"] {
        let instance = load(&format!("{file}.csv"), Activation::Relu, 1, Loss::L2);
        let (squares, least) = ordinary_least_squares(&instance);
        assert!(least >= Rational::ZERO && optimum(&instance) <= squares, "{file}");
    }
}

/// File, activation and loss, the optima by width, seconds of the last one.
type Listed = (String, Activation, Loss, Vec<Option<String>>, f64);

/// The rows of the table between the marks.
fn listed() -> Vec<Listed> {
    let text = std::fs::read_to_string(instances().join("README.md")).unwrap();
    let table = text.split("<!-- begin: optima").nth(1).and_then(|rest| rest.split("<!-- end: optima").next()).unwrap();
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    rows.map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let (activation, loss) = cells[1].split_once(' ').unwrap();
        let activation = Activation::ALL.into_iter().find(|a| a.name() == activation).unwrap();
        let loss = Loss::ALL.into_iter().find(|l| l.name() == loss).unwrap();
        let optima = cells[2..6].iter().map(|cell| (!cell.is_empty()).then(|| (*cell).to_owned())).collect();
        (cells[0].trim_matches('`').to_owned(), activation, loss, optima, cells[6].trim_start_matches('<').parse().unwrap())
    })
    .collect()
}

/// Origin: proven before, with another incumbent's luck and perhaps another version. The table gives each row's time for its greatest width; that width is left out where it
/// takes long.
#[test]
fn listed_optima_are_proven_again() {
    let rows = listed();
    assert!(rows.len() > 60, "the table is there");
    for (file, activation, loss, optima, seconds) in rows {
        let last = optima.iter().rposition(Option::is_some).unwrap();
        let most = if seconds <= 0.3 { last + 1 } else { last };
        for (width, expected) in optima[..most].iter().enumerate() {
            let Some(expected) = expected else { continue };
            let found = optimum(&load(&file, activation, width, loss));
            match expected.strip_prefix("≈ ") {
                Some(float) => assert_eq!(nearest_f64(&found), float.parse::<f64>().unwrap(), "{file} {loss:?} {width}"),
                None => assert_eq!(found, parse_rational(expected).unwrap(), "{file} {loss:?} {width}"),
            }
        }
        // More neurons never hurt.
        let values: Vec<f64> = optima
            .iter()
            .flatten()
            .map(|cell| cell.strip_prefix("≈ ").unwrap_or(cell))
            .map(|cell| nearest_f64(&parse_rational(cell).unwrap()))
            .collect();
        assert!(values.is_sorted_by(|a, b| a >= b), "{file} {loss:?}");
    }
}
