//! The table of the search: instances with the optima that are listed, and the proofs.

use crate::measure::{Proof, count, seconds};
use relus::instance::json::read_instance;
use relus::instance::{Loss, Source};
use serde_json::{Map, Value};
use std::path::Path;

/// In seconds; twice the hardest instance.
const LIMIT: &str = "300";
/// The share of the time of the search that wrote the certificate that its check may take.
const CHECK_SHARE: f64 = 0.25;

/// Whether all optima agree with the listed ones and all certificates are accepted.
pub(crate) fn table(root: &Path, filter: &str) -> bool {
    println!(
        "| instance | n | d | k | loss | activation | optimum | status | nodes | CPU s | start s | instructions a node | s with certificate | certificate bytes | bytes a leaf | check s | check/solve |"
    );
    println!("|{}", " --- |".repeat(17));
    let mut correct = true;
    let mut slow = Vec::new();
    for folder in ["benchmark", "noisy"] {
        let directory = root.join(folder);
        let text = std::fs::read_to_string(directory.join("optima.json")).unwrap_or_else(|e| panic!("{folder}/optima.json: {e}"));
        let optima: Map<String, Value> = serde_json::from_str(&text).expect("JSON");
        for (name, listed) in optima.iter().filter(|(name, _)| name.contains(filter)) {
            let path = directory.join(format!("{name}.json"));
            let proof = row(name, &path);
            correct &= agrees(name, &proof, listed["optimum"].as_f64().expect("a number"));
            if proof.check_share() > CHECK_SHARE {
                slow.push(format!("`{name}` ({:.0} %)", 100.0 * proof.check_share()));
            }
        }
    }
    if !slow.is_empty() {
        println!("\nMore than {:.0} % of the time with certificate for the check: {}.", 100.0 * CHECK_SHARE, slow.join(", "));
    }
    correct
}

fn row(name: &str, path: &Path) -> Proof {
    let instance = read_instance(&Source::read(path).expect("readable")).expect("valid");
    let proof = Proof::new(&[path.to_str().expect("UTF-8")], LIMIT);
    println!(
        "| `{name}` | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
        instance.data.len(),
        instance.data.dimension(),
        instance.architecture.width,
        instance.loss.name(),
        instance.architecture.activation.name(),
        if instance.loss == Loss::ZeroOne { format!("{:.0}", proof.loss) } else { proof.loss.to_string() },
        proof.status,
        count(proof.nodes),
        seconds(proof.solve.seconds),
        seconds(proof.start.seconds),
        count(proof.instructions_a_node().unwrap_or(f64::NAN)),
        seconds(proof.proving.seconds),
        count(proof.bytes),
        count(proof.bytes / proof.leaves),
        proof.checked(),
        share(proof.check_share()),
    );
    proof
}

/// A share in percent; `!` marks what is too slow.
fn share(value: f64) -> String {
    if value.is_nan() {
        return "-".to_owned();
    }
    format!("{:.0} %{}", 100.0 * value, if value > CHECK_SHARE { " !" } else { "" })
}

/// Says what is wrong, if anything.
fn agrees(name: &str, proof: &Proof, listed: f64) -> bool {
    let mut correct = true;
    // The listed optima have ten digits or more and come from floats.
    if proof.status != "optimal" || (proof.loss - listed).abs() > 1e-9 * listed.abs().max(0.1) {
        eprintln!("{name}: {} with loss {}, the listed optimum is {listed}", proof.status, proof.loss);
        correct = false;
    }
    if let Err(reason) = &proof.check {
        eprintln!("{name}: the certificate is rejected: {reason}");
        correct = false;
    }
    correct
}
