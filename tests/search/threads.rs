//! The answer does not depend on the number of threads, the tree not either in the deterministic mode.

use super::draw::Size;
use super::{instances, run, search};
use relus::train::Control;
use relus::train::search::Search;

#[test]
fn answers_are_the_same() {
    for (instance, mut random) in instances(Size::Medium, 20_000, 10) {
        let outcomes = [1, 2, 4].map(|threads| run(&search(&mut random), &instance, &Control::default().with_threads(threads)));
        for outcome in &outcomes[1..] {
            assert_eq!(outcome.status, outcomes[0].status, "{instance:?}");
            assert_eq!(outcome.incumbent.as_ref().map(|i| &i.loss), outcomes[0].incumbent.as_ref().map(|i| &i.loss), "{instance:?}");
            assert_eq!(outcome.lower_bound, outcomes[0].lower_bound, "{instance:?}");
        }
    }
}

#[test]
fn trees_are_the_same_in_the_deterministic_mode() {
    for (instance, _) in instances(Size::Medium, 30_000, 10) {
        let search = Search { deterministic: true, ..Search::default() };
        let outcomes = [1, 2, 3].map(|threads| run(&search, &instance, &Control::default().with_threads(threads)));
        let facts = |at: usize| {
            let outcome = &outcomes[at];
            let counts = ["nodes", "closed", "most open"].map(|name| outcome.statistics.get(name));
            (outcome.status, outcome.incumbent.as_ref().map(|incumbent| incumbent.network.clone()), counts)
        };
        assert_eq!(facts(1), facts(0), "{instance:?}");
        assert_eq!(facts(2), facts(0), "{instance:?}");
    }
}
