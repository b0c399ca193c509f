//! Options that several of the commands share, and how they print.

use super::super::error::CliError;
use super::super::limits::stop_flag;
use super::super::numbers::approx_f64;
use super::super::output::{check_target, has_extension, write};
use clap::{Args, ValueEnum};
use relus::init::{Ensemble, Scheme, SchemeError, Units, Widths, Workers};
use std::f64::consts::LN_10;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

#[derive(Debug, Args)]
pub(super) struct NetworkArgs {
    /// The widths: the input's dimension, then the layers; 784,100x50,10 has fifty layers of width 100 and one of width 10
    #[arg(long, value_name = "N0,N1,…")]
    widths: Widths,
    /// How weights are drawn
    #[arg(long, value_enum, default_value_t = SchemeName::He, conflicts_with = "weight_variance")]
    scheme: SchemeName,
    /// Draw normal weights of this variance instead: one number, or one for each layer
    #[arg(long, value_name = "V,…", value_delimiter = ',', num_args = 1, value_parser = finite, allow_hyphen_values = true)]
    weight_variance: Option<Vec<f64>>,
    /// The variance of the biases, which are normal: one number, or one for each layer
    #[arg(long, value_name = "V,…", value_delimiter = ',', num_args = 1, value_parser = finite, default_value = "0", allow_hyphen_values = true)]
    bias_variance: Vec<f64>,
    /// The last layer is linear, an output [default: it has ReLUs as the others]
    #[arg(long)]
    linear_output: bool,
}

/// A length of the input, where it matters.
#[derive(Debug, Args)]
pub(super) struct InputArgs {
    /// The squared length of the input; without biases all results are proportional to it
    #[arg(long, value_name = "Y", default_value = "1", value_parser = positive)]
    pub(super) squared_length: f64,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Random numbers")]
pub(super) struct RandomArgs {
    /// The seed; results depend on it and not on the number of threads
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub(super) seed: u64,
    /// Use up to N threads
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    pub(super) threads: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum SchemeName {
    /// Normal, variance 2 / inputs
    He,
    /// Normal, variance 2 / width
    HeOut,
    /// √2 times a random orthogonal matrix
    Orthogonal,
    /// Normal submatrix, shared so that the network starts linear
    Gsm,
    /// Orthogonal submatrix, shared so that the network starts as an isometry
    GsmOrthogonal,
}

impl From<SchemeName> for Scheme {
    fn from(name: SchemeName) -> Self {
        match name {
            SchemeName::He => Scheme::He,
            SchemeName::HeOut => Scheme::HeOut,
            SchemeName::Orthogonal => Scheme::Orthogonal,
            SchemeName::Gsm => Scheme::Gsm,
            SchemeName::GsmOrthogonal => Scheme::GsmOrthogonal,
        }
    }
}

/// Reads a finite number.
pub(super) fn finite(text: &str) -> Result<f64, String> {
    text.trim().parse::<f64>().ok().filter(|value| value.is_finite()).ok_or_else(|| "expected a finite number".to_owned())
}

/// Reads a positive number.
pub(super) fn positive(text: &str) -> Result<f64, String> {
    finite(text).and_then(|value| if value > 0.0 { Ok(value) } else { Err("must be positive".to_owned()) })
}

/// Reads a correlation.
pub(super) fn correlation(text: &str) -> Result<f64, String> {
    finite(text).and_then(|value| if value.abs() <= 1.0 { Ok(value) } else { Err("a correlation is between -1 and 1".to_owned()) })
}

impl From<SchemeError> for CliError {
    fn from(error: SchemeError) -> Self {
        CliError::Usage(error.to_string())
    }
}

impl NetworkArgs {
    pub(super) fn ensemble(&self) -> Result<Ensemble, CliError> {
        self.ensemble_with(if self.linear_output { Units::Linear } else { Units::Relu })
    }

    pub(super) fn ensemble_with(&self, output: Units) -> Result<Ensemble, CliError> {
        let scheme = self.weight_variance.clone().map_or_else(|| Scheme::from(self.scheme), Scheme::Variances);
        Ok(Ensemble::new(self.widths.clone(), scheme, &self.bias_variance, output)?)
    }

    /// What is analysed, for people.
    pub(super) fn describe(ensemble: &Ensemble) -> String {
        let biases = if ensemble.has_biases() { ", with biases" } else { "" };
        let output = if ensemble.output() == Units::Linear { ", linear output" } else { "" };
        let layers = if ensemble.widths().depth() == 1 { "1 layer".to_owned() } else { format!("{} layers", ensemble.widths().depth()) };
        format!("widths {} ({layers}), {}{biases}{output}", ensemble.widths(), ensemble.scheme().name())
    }
}

impl RandomArgs {
    /// Runs `work` on the threads asked for; whether Ctrl-C came.
    pub(super) fn run<T>(&self, work: impl FnOnce(Workers<'_>) -> T) -> (T, bool) {
        let flag: Arc<AtomicBool> = stop_flag();
        let result = work(Workers { threads: usize::from(self.threads), stop: Some(&flag) });
        (result, flag.load(Ordering::Relaxed))
    }
}

/// Confirms that a picture can be written.
pub(super) fn check_picture(path: Option<&PathBuf>) -> Result<(), CliError> {
    let Some(path) = path else { return Ok(()) };
    if !has_extension(path, "svg") {
        return Err(CliError::Usage(format!("{}: the name of a picture ends in .svg", path.display())));
    }
    check_target(path)
}

pub(super) fn write_picture(path: Option<&PathBuf>, svg: impl FnOnce() -> String) -> Result<(), CliError> {
    path.map_or(Ok(()), |path: &PathBuf| write(Path::new(path), &svg()))
}

/// `e^log` to six digits, also beyond the range of floats.
pub(super) fn from_log(log: f64) -> String {
    let value = log.exp();
    if value.is_normal() || log == f64::NEG_INFINITY || log.is_nan() {
        return approx_f64(value);
    }
    if log == f64::INFINITY {
        return "infinite".to_owned();
    }
    let decades = log / LN_10;
    let (mantissa, exponent) = (10f64.powf(decades - decades.floor()), decades.floor());
    // What is printed as 10.000 is the next power.
    if mantissa < 9.9995 { format!("{mantissa:.3}e{exponent}") } else { format!("1.000e{}", exponent + 1.0) }
}

/// Lines of cells as columns aligned at their right ends.
pub(super) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |c: usize| rows.iter().filter_map(|row| row.get(c)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Vec<String>| {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:>width$}")).collect();
        format!("{}\n", cells.join("  ").trim_end())
    };
    rows.iter().map(line).collect()
}

/// Which of so many layers are printed (from 1): all if they are few, else 1, 2, 5, 10, … and the last.
pub(super) fn shown(layers: usize, all: bool) -> Vec<usize> {
    const FEW: usize = 20;
    if all || layers <= FEW {
        return (1..=layers).collect();
    }
    let mut shown: Vec<usize> = std::iter::successors(Some(1usize), |power| power.checked_mul(10))
        .flat_map(|power| [power, 2 * power, 5 * power])
        .take_while(|&l| l < layers)
        .collect();
    shown.push(layers);
    shown
}

/// A line of JSON.
pub(super) fn to_json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("numbers and texts") + "\n"
}

/// `Some` if it is a number that JSON has.
pub(super) fn number(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Origin: by hand.
    #[test]
    fn numbers_beyond_floats() {
        assert_eq!(
            [from_log(0.0), from_log(f64::NEG_INFINITY), from_log(1000.0 * LN_10), from_log(-5000.5 * LN_10)],
            ["1", "0", "1.000e1000", "3.162e-5001"]
        );
        assert_eq!(shown(3, false), [1, 2, 3]);
        assert_eq!(shown(101, false), [1, 2, 5, 10, 20, 50, 100, 101]);
        assert_eq!(shown(30, true).len(), 30);
        assert_eq!(table(&[vec!["a".to_owned(), "b".to_owned()], vec!["10".to_owned(), "2".to_owned()]]), " a  b\n10  2\n");
    }
}
