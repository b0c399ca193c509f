//! The studies.

mod convex;
mod data;
mod descent;
mod gradient;
mod hardness;
mod initialization;
mod kernel;
mod landscape;
mod scaling;

pub(super) use convex::Convexity;
pub(super) use descent::Descent;
pub(super) use hardness::Hardness;
pub(super) use initialization::Initialization;
pub(super) use kernel::KernelStudy;
pub(super) use landscape::Landscape;
pub(super) use scaling::Scaling;

use super::Value;
use super::table::Row;
use crate::exact::{Rational, nearest_f64};
use crate::train::{Incumbent, Outcome};

/// A status that is an answer.
fn is_decided(row: &Row<'_>) -> bool {
    matches!(row.text("status"), "optimal" | "realizable" | "not-realizable")
}

/// The loss of the best network as a fraction, or what it looks like if that is long.
fn exact_loss(incumbent: Option<&Incumbent>) -> Value {
    incumbent.map(|incumbent| short(&incumbent.loss)).into()
}

/// A fraction in a field of a table: as it is, or by its nearest float and a fingerprint by which long ones can be told apart.
fn short(value: &Rational) -> String {
    const LONGEST: usize = 60;
    let text = value.to_string();
    if text.len() <= LONGEST {
        return text;
    }
    // FNV-1a.
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{:e}#{hash:016x}", nearest_f64(value))
}

/// The loss of the best network, rounded.
fn loss(outcome: &Outcome) -> Value {
    outcome.incumbent.as_ref().map(|incumbent| nearest_f64(&incumbent.loss)).into()
}

/// A time for people.
fn time(seconds: f64) -> String {
    match seconds {
        s if s < 1e-3 => format!("{:.0} µs", s * 1e6),
        s if s < 1.0 => format!("{} ms", digits(s * 1e3)),
        s if s < 120.0 => format!("{} s", digits(s)),
        s => format!("{} min", digits(s / 60.0)),
    }
}

/// A number to three digits.
fn digits(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return if value == 0.0 { "0".to_owned() } else { "-".to_owned() };
    }
    let magnitude = value.abs().log10().floor();
    if !(-4.0..6.0).contains(&magnitude) {
        return format!("{value:.1e}");
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 6")]
    let places = (2.0 - magnitude).max(0.0) as usize;
    format!("{value:.places$}")
}

/// The numbers in a column of rows.
fn numbers(rows: &[Row<'_>], column: &str) -> Vec<f64> {
    rows.iter().filter_map(|row| row.number(column)).collect()
}

fn texts(header: &[&str]) -> Vec<String> {
    header.iter().map(|&text| text.to_owned()).collect()
}
