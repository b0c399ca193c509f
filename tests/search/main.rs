//! The exact search against the enumeration and the definition, on random and degenerate data; its threads, certificates and files.
//!
//! The seeded loops run a part of the cases by default. The long version, an hour or so on one core:
//!
//! ```text
//! cargo test --release --test search -- --ignored
//! ```

mod answers;
mod certificates;
mod draw;
#[expect(dead_code, reason = "shared with other tests, which need more of it")]
#[path = "../support/plain.rs"]
mod plain;
#[expect(dead_code, reason = "shared with other tests, which need more of it")]
#[path = "../support/mod.rs"]
mod support;
mod threads;
mod zero;

use draw::Size;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use relus::exact::Rational;
use relus::instance::Instance;
use relus::train::enumerate::Enumerate;
use relus::train::search::Search;
use relus::train::{Control, Outcome, Status, Trainer};

/// Random instances `first..first + count` of a size, each with a generator of its own, so that a failing one can be run alone.
fn instances(size: Size, first: u64, count: u64) -> impl Iterator<Item = (Instance, ChaCha8Rng)> {
    (first..first + count).map(move |seed| {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        (draw::instance(&mut random, size), random)
    })
}

/// A search with nothing but its own means: half of them begin with a poor network, some have little memory.
fn search(random: &mut ChaCha8Rng) -> Search {
    let memory = [0, 20_000, usize::MAX][random.random_range(0..3)];
    Search { starts: if random.random_bool(0.5) { 0 } else { 2 }, memory, ..Search::default() }
}

/// Runs the search and checks all that its outcome says about itself.
fn run(search: &Search, instance: &Instance, control: &Control<'_>) -> Outcome {
    let shown = Shown(instance);
    let outcome = search.train(shown.0, control).unwrap();
    plain::check_outcome(instance, control, &outcome);
    outcome
}

/// The minimum by enumeration, which has tests of its own.
fn enumerated(instance: &Instance) -> Rational {
    let outcome = Enumerate::default().train(instance, &Control::default()).unwrap();
    assert_eq!(outcome.status, Status::Optimal, "{instance:?}");
    outcome.incumbent.unwrap().loss
}

/// Shows an instance where a panic comes from inside the search, which does not know the data.
struct Shown<'a>(&'a Instance);

impl Drop for Shown<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", relus::instance::json::instance_to_json(self.0));
        }
    }
}
