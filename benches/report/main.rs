//! Tables of measured optima in Markdown, as the README and `instances/README.md` show them.
//!
//! ```sh
//! cargo bench --bench report -- search [FILTER]        # instances/benchmark and instances/noisy by the search, with certificates
//! cargo bench --bench report -- real-search [FILTER]   # real data by the search
//! cargo bench --bench report -- targets                # the times and sizes that the search is meant to reach
//! cargo bench --bench report -- convex [FILTER]        # planted convex maps, found and refuted, and time against the number of points
//! cargo bench --bench report -- univariate [FILTER]    # planted networks of one feature
//! cargo bench --bench report                           # instances/benchmark by enumeration, compared with the optima in optima.json
//! cargo bench --bench report -- real [FILTER]          # the cases of instances/README.md by enumeration, in its form
//! cargo bench --bench report -- benchmark diab         # only those whose name contains "diab"
//! ```
//!
//! The exit code is 1 if an optimum differs from the listed one or a certificate is rejected. The seconds are those on a processor, not the clock's, so that a busy machine spoils
//! them less (where the system does not tell them, the clock's).

mod convex;
mod enumerate;
mod measure;
mod real_search;
mod search;
mod targets;
mod univariate;

use std::path::Path;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // `cargo test --all-targets` runs benches, too, without this flag.
    if !arguments.iter().any(|a| a == "--bench") {
        return ExitCode::SUCCESS;
    }
    let mut words = arguments.iter().filter(|a| !a.starts_with('-')).map(String::as_str);
    let table = words.next().unwrap_or("benchmark");
    let filter = words.next().unwrap_or("");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("instances");
    println!("{}\n", machine());
    let correct = match table {
        "search" => search::table(&root, filter),
        "real-search" => real_search::table(&root.join("real"), filter),
        "convex" => convex::table(filter),
        "univariate" => univariate::table(filter),
        "targets" => targets::table(&root),
        "real" => {
            enumerate::real(&root.join("real"), filter);
            true
        }
        _ => enumerate::benchmark(&root.join("benchmark"), filter),
    };
    if correct { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What the figures were measured on, and when.
fn machine() -> String {
    let output = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output().ok().filter(|o| o.status.success());
        output.map_or_else(|| "unknown".to_owned(), |o| String::from_utf8_lossy(&o.stdout).trim().to_owned())
    };
    let processor = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        processor.lines().find_map(|line| line.strip_prefix("model name")).map_or("unknown processor", |m| m.trim_start_matches(['\t', ' ', ':']));
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    format!(
        "{model}, {threads} threads, {} {}; {}; one thread used; {}",
        std::env::consts::OS,
        std::env::consts::ARCH,
        output("rustc", &["--version"]),
        output("date", &["+%F"])
    )
}
