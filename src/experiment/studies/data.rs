//! The bundled data sets that studies use, as part of the program.

use crate::exact::Rational;
use crate::instance::csv::{CsvOptions, read_table};
use crate::instance::{Data, Source};

macro_rules! bundled {
    ($($name:literal),+) => {
        &[$(($name, include_str!(concat!("../../../instances/real/", $name, ".csv")))),+]
    };
}

const SETS: &[(&str, &str)] = bundled!(
    "anscombe-1",
    "anscombe-2",
    "anscombe-3",
    "anscombe-4",
    "stackloss",
    "nile",
    "linnerud-weight",
    "diabetes-bmi-40",
    "diabetes-bmi-s5-20",
    "diabetes-bmi-s5-40",
    "diabetes-bmi-bp-s5-30",
    "iris-petal-width-50",
    "iris-petal-width",
    "diabetes",
    "engel",
    "iris"
);

/// The text of a set.
///
/// # Panics
/// If there is no such set.
pub(super) fn source(name: &str) -> Source {
    let (_, text) = SETS.iter().find(|(known, _)| *known == name).expect("a bundled set");
    Source::new(name, *text)
}

/// A set for regression; `features` are columns by name, none for all.
pub(super) fn regression(name: &str, features: &[&str]) -> Data {
    let features = if features.is_empty() { None } else { Some(features.iter().map(|&name| name.to_owned()).collect()) };
    let options = CsvOptions { features, ..CsvOptions::default() };
    read_table(&source(name), &options).and_then(|table| table.regression()).expect("a table of numbers")
}

/// The first points of a set.
pub(super) fn first(data: &Data, points: usize) -> Data {
    let points = points.min(data.len());
    let x: Vec<Vec<Rational>> = data.points()[..points].to_vec();
    Data::new(x, data.targets()[..points].to_vec()).expect("a part of a data set")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Origin: the files.
    #[test]
    fn bundled_sets_are_read() {
        assert_eq!((regression("stackloss", &[]).len(), regression("stackloss", &["air_flow", "water_temp"]).dimension()), (21, 2));
        for (name, _) in SETS.iter().filter(|(name, _)| *name != "iris") {
            assert!(regression(name, &[]).len() >= 11, "{name}");
        }
        assert_eq!(first(&regression("nile", &[]), 7).len(), 7);
    }
}
