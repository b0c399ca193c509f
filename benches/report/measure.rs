//! Runs of the program as a user starts it, measured from outside.

use serde_json::Value;
use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::time::Instant;

/// Below this many seconds a run is repeated, and the least counts: what disturbs a run only ever adds to it.
const SHORT: f64 = 0.5;
const REPETITIONS: usize = 5;

/// What a process used.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Usage {
    /// Seconds on a processor (of the clock, where `perf` is missing).
    pub(crate) seconds: f64,
    /// Instructions in user mode, if `perf` tells them.
    pub(crate) instructions: Option<f64>,
}

/// Runs `relus ARGUMENTS`, short ones several times: the output of the last run, and the least usage.
pub(crate) fn relus<S: AsRef<OsStr>>(arguments: &[S]) -> (Output, Usage) {
    let (mut output, mut usage) = once(arguments);
    for _ in 1..REPETITIONS {
        if usage.seconds > SHORT {
            break;
        }
        let (next, again) = once(arguments);
        output = next;
        usage.seconds = usage.seconds.min(again.seconds);
        usage.instructions = usage.instructions.into_iter().chain(again.instructions).reduce(f64::min);
    }
    (output, usage)
}

fn once<S: AsRef<OsStr>>(arguments: &[S]) -> (Output, Usage) {
    let program = env!("CARGO_BIN_EXE_relus");
    let counts = std::env::temp_dir().join(format!("relus-perf-{}", std::process::id()));
    let mut command = if has_perf() {
        let mut perf = Command::new("perf");
        perf.args(["stat", "-x", ",", "-e", "instructions:u,task-clock", "-o"]).arg(&counts).arg("--").arg(program);
        perf
    } else {
        Command::new(program)
    };
    let clock = Instant::now();
    let output = command.args(arguments).output().expect("the program starts");
    let mut usage = Usage { seconds: clock.elapsed().as_secs_f64(), instructions: None };
    if has_perf() {
        let text = std::fs::read_to_string(&counts).unwrap_or_default();
        let count = |event: &str| text.lines().find(|line| line.contains(event)).and_then(|line| line.split(',').next()?.parse::<f64>().ok());
        usage.seconds = count("task-clock").map_or(usage.seconds, |milliseconds| milliseconds / 1000.0);
        usage.instructions = count("instructions:u");
        // What stays behind in a temporary folder does no harm.
        let _ = std::fs::remove_file(&counts);
    }
    (output, usage)
}

fn has_perf() -> bool {
    static HAS: OnceLock<bool> = OnceLock::new();
    *HAS.get_or_init(|| Command::new("perf").args(["stat", "-e", "task-clock", "true"]).output().is_ok_and(|output| output.status.success()))
}

/// One problem solved by the search: alone, with a certificate, and the certificate checked.
#[derive(Debug)]
pub(crate) struct Proof {
    pub(crate) status: String,
    pub(crate) loss: f64,
    pub(crate) nodes: f64,
    /// The search alone.
    pub(crate) solve: Usage,
    /// The same command with `--gap 1`: it ends with the first network, so this is starting, reading, local search and printing.
    pub(crate) start: Usage,
    /// The search that writes its certificate as well.
    pub(crate) proving: Usage,
    pub(crate) bytes: f64,
    pub(crate) leaves: f64,
    /// The check of the certificate, start of the process included, or why it was rejected; nothing is written and checked where the limit came first.
    pub(crate) check: Result<Option<Usage>, String>,
}

impl Proof {
    /// Solves the problem that `problem` (a data file and options of `relus train`) states, for at most `limit` seconds.
    pub(crate) fn new(problem: &[&str], limit: &str) -> Self {
        let certificate = std::env::temp_dir().join(format!("relus-certificate-{}", std::process::id()));
        let path = certificate.to_str().expect("a temporary folder in UTF-8");
        let common = ["train", "--method", "search", "--json", "--quiet", "--time-limit", limit];
        let with = |more: &[&str]| -> Vec<String> { common.iter().chain(problem).chain(more).map(|&word| word.to_owned()).collect() };
        let (_, start) = relus(&with(&["--gap", "1"]));
        let (output, solve) = relus(&with(&[]));
        let result = parse(&output);
        let count = |result: &Value, name: &str| result["statistics"][name].as_f64().unwrap_or(f64::NAN);
        let status = result["status"].as_str().unwrap_or("?").to_owned();
        let mut proof = Proof {
            loss: result["loss_approx"].as_f64().unwrap_or(f64::NAN),
            nodes: count(&result, "nodes"),
            solve,
            start,
            proving: Usage { seconds: f64::NAN, instructions: None },
            bytes: f64::NAN,
            leaves: f64::NAN,
            check: Ok(None),
            status,
        };
        if proof.status == "optimal" {
            let (output, proving) = relus(&with(&["--certificate", path]));
            let proven = parse(&output);
            let (output, usage) = relus(&["check", path, problem[0]]);
            proof.proving = proving;
            proof.bytes = count(&proven, "certificate bytes");
            proof.leaves = count(&proven, "closed");
            proof.check = if output.status.success() { Ok(Some(usage)) } else { Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()) };
            let _ = std::fs::remove_file(Path::new(path));
        }
        proof
    }

    /// Instructions of the search alone by the number of its nodes.
    pub(crate) fn instructions_a_node(&self) -> Option<f64> {
        Some((self.solve.instructions? - self.start.instructions?).max(0.0) / self.nodes)
    }

    /// The time of the check by the time of the search that wrote the certificate.
    pub(crate) fn check_share(&self) -> f64 {
        self.check_seconds() / self.proving.seconds
    }

    fn check_seconds(&self) -> f64 {
        self.check.as_ref().ok().copied().flatten().map_or(f64::NAN, |usage| usage.seconds)
    }

    /// The seconds of the check as a table shows them.
    pub(crate) fn checked(&self) -> String {
        if self.check.is_err() { "rejected".to_owned() } else { seconds(self.check_seconds()) }
    }
}

fn parse(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&output.stderr)))
}

/// Seconds with three significant digits where they matter.
pub(crate) fn seconds(value: f64) -> String {
    if value.is_nan() {
        "-".to_owned()
    } else if value < 1.0 {
        format!("{value:.4}")
    } else if value < 100.0 {
        format!("{value:.2}")
    } else {
        format!("{value:.0}")
    }
}

/// A count with thousands set apart, `-` if there is none.
pub(crate) fn count(value: f64) -> String {
    if !value.is_finite() {
        return "-".to_owned();
    }
    let digits = format!("{value:.0}");
    let groups: Vec<&str> = digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).expect("digits")).collect();
    groups.join(" ")
}
