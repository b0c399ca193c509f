//! Training on the bundled benchmark instances with one thread. `cargo bench --bench train`; `cargo bench --bench report` prints a table with the optima.

use divan::Bencher;
use relus::instance::json::read_instance;
use relus::instance::{Instance, Source};
use relus::train::enumerate::Enumerate;
use relus::train::local::Local;
use relus::train::{Control, Status, Trainer};
use std::path::Path;

fn main() {
    divan::main();
}

fn instance(name: &str) -> Instance {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("instances/benchmark/{name}.json"));
    read_instance(&Source::read(&path).expect("a readable file")).expect("a valid instance")
}

#[divan::bench(
    sample_count = 5,
    args = ["syn-d2-k1-n80", "syn-d3-k1-n80", "diab-d2-k1-n96", "diab-d2-k1-n40-l1", "syn-d2-k2-n20-l1", "syn-d2-k2-n20-linf", "syn-d1-k2-n40",
        "syn-d1-k3-n40", "syn-d2-k2-n40", "diab-d2-k2-n40", "iris-d2-k2-n48", "thr-d2-k1-n80", "thr-d2-k2-n40"]
)]
fn enumerate(bencher: Bencher<'_, '_>, name: &str) {
    let instance = instance(name);
    bencher.bench_local(|| {
        let outcome = Enumerate::default().train(&instance, &Control::default()).expect("a supported problem");
        assert_eq!(outcome.status, Status::Optimal);
        outcome
    });
}

#[divan::bench(sample_count = 5, args = ["syn-d2-k1-n80", "diab-d2-k2-n40", "syn-d3-k2-n40", "thr-d2-k2-n40"])]
fn local(bencher: Bencher<'_, '_>, name: &str) {
    let instance = instance(name);
    bencher.bench_local(|| Local::default().train(&instance, &Control::default()));
}
