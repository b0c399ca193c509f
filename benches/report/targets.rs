//! The times that the search is meant to reach on one core, and the size and cost of its proofs.

use crate::measure::{Proof, count, seconds};
use std::path::Path;

/// What is asked for, the instance that stands for it, and the seconds.
const TIMES: [(&str, &str, f64); 15] = [
    ("*k* = 1, *d* = 3, *n* = 1000", "noisy/syn-d3-k1-n1000-noise10-s1", 0.1),
    ("*k* = 1, *d* = 4, *n* = 500", "noisy/syn-d4-k1-n500-noise10-s1", 0.2),
    ("*k* = 2, *d* = 2, *n* = 40", "benchmark/syn-d2-k2-n40", 0.002),
    ("*k* = 2, *d* = 2, *n* = 120, 50 % noise", "noisy/syn-d2-k2-n120-noise50-s1", 0.05),
    ("*k* = 2, *d* = 2, *n* = 250, 50 % noise", "noisy/syn-d2-k2-n250-noise50-s1", 0.4),
    ("*k* = 2, *d* = 3, *n* = 60, 50 % noise", "noisy/syn-d3-k2-n60-noise50-s1", 0.05),
    ("*k* = 2, *d* = 4, *n* = 40, 50 % noise", "noisy/syn-d4-k2-n40-noise50-s1", 0.2),
    ("the same, another seed", "noisy/syn-d4-k2-n40-noise50-s2", 0.2),
    ("the same, another seed", "noisy/syn-d4-k2-n40-noise50-s3", 0.2),
    ("*k* = 2, *d* = 5, *n* = 40, 10 % noise", "noisy/syn-d5-k2-n40-noise10-s1", 0.1),
    ("*k* = 3, *d* = 2, *n* = 40", "benchmark/syn-d2-k3-n40", 0.03),
    ("*k* = 3, *d* = 2, *n* = 60, 50 % noise", "noisy/syn-d2-k3-n60-noise50-s1", 2.0),
    ("*k* = 3, *d* = 3, *n* = 30", "noisy/syn-d3-k3-n30-noise10-s1", 0.6),
    ("threshold, *k* = 2, *d* = 2, *n* = 40", "benchmark/thr-d2-k2-n40", 0.001),
    ("threshold, *k* = 2, *d* = 2, *n* = 200", "noisy/thr-d2-k2-n200-noise10-s1", 0.1),
];
const LIMIT: &str = "300";

/// Whether all was proven and all certificates were accepted.
pub(crate) fn table(root: &Path) -> bool {
    println!("| case | instance | target s | CPU s | without start s | measured/target | bytes a leaf | check/solve | instructions a node |");
    println!("|{}", " --- |".repeat(9));
    let mut correct = true;
    for (case, name, target) in TIMES {
        let path = root.join(format!("{name}.json"));
        let proof = Proof::new(&[path.to_str().expect("UTF-8")], LIMIT);
        println!(
            "| {case} | `{name}` | {target} | {} | {} | {:.1} | {} | {:.0} % | {} |",
            seconds(proof.solve.seconds),
            seconds((proof.solve.seconds - proof.start.seconds).max(0.0)),
            proof.solve.seconds / target,
            count(proof.bytes / proof.leaves),
            100.0 * proof.check_share(),
            count(proof.instructions_a_node().unwrap_or(f64::NAN)),
        );
        correct &= proof.status == "optimal" && proof.check.is_ok();
    }
    println!(
        "\nFurther targets: at most 1000 bytes a leaf, a check in at most 25 % of the solving time, 20 000 instructions a node (`syn-d2-k2-n40`)."
    );
    correct
}
