//! The answer as JSON: format `relus-width`, version 1, one object on one line.
//!
//! | field | meaning |
//! | --- | --- |
//! | `format`, `version` | `"relus-width"`, 1 |
//! | `status` | `"smallest"` (proven), `"none"` (proven: no width fits), `"bounds"` (a limit came first) |
//! | `class` | `activation`, `output_bias`, `convex`, `affine` |
//! | `points`, `dimension` | of the data |
//! | `width` | the smallest width, `null` unless it is proven |
//! | `lower_bound`, `upper_bound` | what is proven; an upper bound is `null` where no network is known |
//! | `lower_proof` | `"trivial"`, `"no-neurons"`, `"bends"`, `"orientations"`, `"search"` |
//! | `bends` | the neurons that points on lines force |
//! | `none` | `null`, or `reason` (`"conflict"`, `"bends-down"`, `"negative"`, `"all-refuted"`) and `points`, numbered from 1 |
//! | `network` | a network of `upper_bound` neurons (and the affine function's two) that fits, in the format `relus-network` |
//! | `certificate`, `certified_width` | the file that refutes this width, `null` if there is none |
//! | `searched` | the widths that the search decided, with its nodes |
//! | `stopped` | `null`, `"time-limit"` or `"interrupt"` |
//! | `notes`, `seconds` | what a reader should know besides; wall-clock time |

use super::{LowerProof, NoWidth, Width};
use crate::instance::{Architecture, Data};
use crate::network::json::NetworkFile;
use crate::train::StopReason;
use serde::Serialize;

#[derive(Serialize)]
struct WidthFile<'a> {
    format: &'static str,
    version: u64,
    status: &'static str,
    class: Class,
    points: usize,
    dimension: usize,
    width: Option<usize>,
    lower_bound: Option<usize>,
    upper_bound: Option<usize>,
    lower_proof: &'static str,
    bends: usize,
    none: Option<NoneFile>,
    network: Option<NetworkFile>,
    certificate: Option<&'a str>,
    certified_width: Option<usize>,
    searched: &'a [(usize, u64)],
    stopped: Option<&'static str>,
    notes: &'a [String],
    seconds: f64,
}

#[derive(Serialize)]
struct Class {
    activation: &'static str,
    output_bias: bool,
    convex: bool,
    affine: bool,
}

#[derive(Serialize)]
struct NoneFile {
    reason: &'static str,
    points: Vec<usize>,
}

impl LowerProof {
    /// The name used in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            LowerProof::Trivial => "trivial",
            LowerProof::NoNeurons => "no-neurons",
            LowerProof::Bends => "bends",
            LowerProof::Orientations => "orientations",
            LowerProof::Search => "search",
        }
    }
}

impl NoWidth {
    /// The name used in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            NoWidth::Conflict(_) => "conflict",
            NoWidth::BendsDown(_) => "bends-down",
            NoWidth::Negative(_) => "negative",
            NoWidth::AllRefuted(_) => "all-refuted",
        }
    }

    /// The points that show it, numbered from 1.
    #[must_use]
    pub fn points(self) -> Vec<usize> {
        let points = match self {
            NoWidth::Conflict(points) => points.to_vec(),
            NoWidth::BendsDown(points) => points.to_vec(),
            NoWidth::Negative(point) => vec![point],
            NoWidth::AllRefuted(_) => Vec::new(),
        };
        points.into_iter().map(|point| point + 1).collect()
    }
}

impl Width {
    /// The status that files name.
    #[must_use]
    pub fn status(&self) -> &'static str {
        if self.none.is_some() {
            "none"
        } else if self.smallest().is_some() {
            "smallest"
        } else {
            "bounds"
        }
    }

    /// The answer as JSON text, one line; `certificate` is how the certificate's file is named.
    #[must_use]
    pub fn to_json(&self, architecture: Architecture, data: &Data, certificate: Option<&str>, seconds: f64) -> String {
        let Architecture { activation, output_bias, convex, affine, .. } = architecture;
        let file = WidthFile {
            format: "relus-width",
            version: 1,
            status: self.status(),
            class: Class { activation: activation.name(), output_bias, convex, affine },
            points: data.len(),
            dimension: data.dimension(),
            width: self.smallest().filter(|_| self.none.is_none()),
            lower_bound: self.none.is_none().then_some(self.lower_bound),
            upper_bound: self.upper_bound(),
            lower_proof: self.lower_proof.name(),
            bends: self.bends,
            none: self.none.map(|none| NoneFile { reason: none.name(), points: none.points() }),
            network: self.network.as_ref().map(|(_, network)| NetworkFile::from(network)),
            certificate: certificate.filter(|_| self.certified.is_some()),
            certified_width: self.certified,
            searched: &self.searched,
            stopped: self.stopped.map(|stopped| match stopped {
                StopReason::TimeLimit => "time-limit",
                StopReason::Interrupt => "interrupt",
            }),
            notes: &self.notes,
            seconds,
        };
        serde_json::to_string(&file).expect("strings, numbers and lists") + "\n"
    }
}
