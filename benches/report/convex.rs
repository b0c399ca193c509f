//! Convex maps without error: planted ones, and moved ones that are refuted; time against the number of points.

use crate::measure::{count, relus, seconds};
use serde_json::Value;

/// In seconds.
const LIMIT: &str = "300";

/// A planted map: features, ReLUs, points, whether an affine function is added, and what it may take in seconds.
struct Case {
    dimension: usize,
    width: usize,
    points: usize,
    affine: bool,
    most: f64,
}

const CASES: [Case; 8] = [
    Case { dimension: 2, width: 2, points: 1000, affine: false, most: 1.0 },
    Case { dimension: 3, width: 3, points: 200, affine: false, most: 30.0 },
    Case { dimension: 1, width: 4, points: 500, affine: false, most: 5.0 },
    Case { dimension: 2, width: 3, points: 200, affine: false, most: 30.0 },
    Case { dimension: 4, width: 2, points: 200, affine: false, most: 30.0 },
    Case { dimension: 2, width: 2, points: 1000, affine: true, most: 1.0 },
    Case { dimension: 1, width: 4, points: 500, affine: true, most: 5.0 },
    Case { dimension: 2, width: 3, points: 200, affine: true, most: 30.0 },
];

const SEEDS: std::ops::Range<u64> = 1..4;

/// Points for the fit of the exponent, at fixed features and neurons.
const SIZES: [usize; 6] = [100, 200, 400, 800, 1600, 3200];
const FITTED: [(usize, usize); 3] = [(1, 3), (2, 2), (3, 2)];

struct Run {
    status: String,
    nodes: f64,
    leaves: f64,
    depth: f64,
    bound: f64,
    programs: f64,
    seconds: f64,
    bytes: f64,
}

/// Whether all answers are as planted, all certificates are accepted and all times are met.
pub(crate) fn table(filter: &str) -> bool {
    println!("| d | k | n | affine | labels | seed | status | nodes | leaves | depth | of | LPs | CPU s | certificate bytes | check s |");
    println!("|{}", " --- |".repeat(15));
    let mut correct = true;
    for case in &CASES {
        let Case { dimension, width, points, affine, most } = *case;
        if !format!("d{dimension}-k{width}-n{points}").contains(filter) {
            continue;
        }
        for (labels, seed) in ["exact", "one moved"].into_iter().flat_map(|labels| SEEDS.map(move |seed| (labels, seed))) {
            let moved = labels != "exact";
            let run = Case::run(case, seed, moved);
            let (checked, accepted) = if moved { check() } else { ("-".to_owned(), true) };
            let expected = if moved { "not-realizable" } else { "realizable" };
            let late = run.seconds > most;
            println!(
                "| {dimension} | {width} | {points} | {} | {labels} | {seed} | {} | {} | {} | {} | {} | {} | {}{} | {} | {checked} |",
                if affine { "yes" } else { "no" },
                run.status,
                count(run.nodes),
                count(run.leaves),
                count(run.depth),
                count(run.bound),
                count(run.programs),
                seconds(run.seconds),
                if late { " !" } else { "" },
                count(run.bytes),
            );
            correct &= run.status == expected && accepted && (moved || !late);
        }
    }
    println!("\n| d | k | labels |{} exponent |", SIZES.map(|n| format!(" n = {n} |")).concat());
    println!("|{}", " --- |".repeat(SIZES.len() + 4));
    for ((dimension, width), moved) in FITTED.into_iter().flat_map(|sizes| [(sizes, false), (sizes, true)]) {
        if !format!("d{dimension}-k{width}").contains(filter) {
            continue;
        }
        let mean = |points: usize| {
            let case = Case { dimension, width, points, affine: false, most: f64::INFINITY };
            SEEDS.map(|seed| case.run(seed, moved).seconds).sum::<f64>() / SEEDS.count() as f64
        };
        let times = SIZES.map(mean);
        let shown = times.map(|time| format!(" {} |", seconds(time))).concat();
        println!("| {dimension} | {width} | {} |{shown} {:.2} |", if moved { "one moved" } else { "exact" }, exponent(&times));
    }
    correct
}

/// The slope of the least-squares line through (log n, log time).
fn exponent(times: &[f64]) -> f64 {
    let points: Vec<(f64, f64)> = SIZES.iter().zip(times).map(|(n, time)| ((*n as f64).ln(), time.ln())).collect();
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / points.len() as f64;
    let (x, y) = (mean(|p| p.0), mean(|p| p.1));
    let product: f64 = points.iter().map(|p| (p.0 - x) * (p.1 - y)).sum();
    product / points.iter().map(|p| (p.0 - x) * (p.0 - x)).sum::<f64>()
}

fn files() -> [String; 2] {
    ["json", "certificate"]
        .map(|name| std::env::temp_dir().join(format!("relus-convex-{}.{name}", std::process::id())).to_str().expect("UTF-8").to_owned())
}

fn check() -> (String, bool) {
    let [data, certificate] = files();
    let (output, usage) = relus(&["check", certificate.as_str(), data.as_str()]);
    if output.status.success() { (seconds(usage.seconds), true) } else { ("rejected".to_owned(), false) }
}

impl Case {
    /// Generates the instance of a seed and solves it; moved ones leave their certificate.
    fn run(&self, seed: u64, moved: bool) -> Run {
        let [data, certificate] = files();
        let words = format!("generate convex -d {} -k {} -n {} --seed {seed} -o {data}", self.dimension, self.width, self.points);
        let mut generate: Vec<&str> = words.split(' ').collect();
        generate.extend(self.affine.then_some("--affine"));
        generate.extend(if moved { vec!["--perturb", "0.01"] } else { Vec::new() });
        let (output, _) = relus(&generate);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let mut train = vec!["train", data.as_str(), "--method", "convex", "--json", "--quiet", "--time-limit", LIMIT];
        train.extend(if moved { vec!["--certificate", certificate.as_str()] } else { Vec::new() });
        let (output, usage) = relus(&train);
        let result: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&output.stderr)));
        let counter = |name: &str| result["statistics"][name].as_f64().unwrap_or(f64::NAN);
        Run {
            status: result["status"].as_str().unwrap_or("?").to_owned(),
            nodes: counter("nodes"),
            leaves: counter("leaves"),
            depth: counter("depth"),
            bound: counter("depth bound"),
            programs: counter("linear programs"),
            seconds: usage.seconds,
            bytes: counter("certificate bytes"),
        }
    }
}
