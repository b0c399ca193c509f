//! The bundled data files: each is readable, and a result about it is checked.
//!
//! The result is the network without neurons, whose loss is the sum of the squares (or of the ones) of the targets: a claim about every number of the last column.

use relus_check::{CheckError, check_files};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../instances").join(folder);
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|e| e == extension) && !path.ends_with("optima.json"));
    files.sort();
    files
}

fn check(data: &Path, points: usize, dimension: usize, positive: Option<&str>, loss: &str) -> Result<(), CheckError> {
    let folder = tempfile::tempdir().unwrap();
    let result = folder.path().join("result.json");
    let kind = if positive.is_some() { "zero-one" } else { "l2" };
    let file = json!({"format": "relus-result", "version": 1, "status": "optimal", "loss": loss, "lower_bound": loss,
        "network": {"format": "relus-network", "version": 1, "activation": "relu", "neurons": []},
        "problem": {"points": points, "dimension": dimension, "width": 0, "activation": "relu", "loss": kind, "output_bias": false, "positive": positive}});
    fs::write(&result, file.to_string()).unwrap();
    check_files(&result, data).map(|claim| assert!(claim.minimum_is_proven()))
}

/// Confirms a wrong loss to be rejected, and the right one, as the checker states it, to be accepted.
fn check_both(data: &Path, points: usize, dimension: usize, positive: Option<&str>) {
    let Err(CheckError::Loss { found, .. }) = check(data, points, dimension, positive, "-1") else { panic!("{}", data.display()) };
    check(data, points, dimension, positive, &found).unwrap();
    assert!(check(data, points + 1, dimension, positive, &found).is_err(), "{}", data.display());
}

#[test]
fn tables() {
    let files = files("real", "csv");
    assert!(files.len() >= 30);
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        let (points, dimension) = (text.lines().count() - 1, text.lines().next().unwrap().matches(',').count());
        let label = text.lines().last().unwrap().rsplit(',').next().unwrap();
        let positive = label.starts_with(|c: char| c.is_ascii_alphabetic()).then_some(label);
        if path.ends_with("iris.csv") || path.ends_with("wine.csv") {
            assert!(matches!(check(&path, points, dimension, positive, "0"), Err(CheckError::OtherData(_))), "three classes");
        } else {
            check_both(&path, points, dimension, positive);
        }
    }
}

#[test]
fn instances() {
    let files = files("benchmark", "json");
    let optima: Value = serde_json::from_str(include_str!("../../instances/benchmark/optima.json")).unwrap();
    assert_eq!(files.len(), optima.as_object().unwrap().len());
    for path in files {
        let instance: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let (x, name) = (instance["x"].as_array().unwrap(), path.file_stem().unwrap().to_str().unwrap());
        check_both(&path, x.len(), x[0].as_array().unwrap().len(), None);
        assert_eq!(optima[name]["proved"], true, "{name}");
    }
}
