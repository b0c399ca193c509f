//! Random sources, reproducible from a seed.

use super::clique::graph;
use super::{Graph, Poits};
use rand::seq::{IndexedRandom, SliceRandom, index};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// `clauses` clauses, independent and uniform among those of three different variables.
///
/// # Panics
/// With clauses but fewer than 3 variables.
#[must_use]
pub fn random_formula(variables: usize, clauses: usize, seed: u64) -> Poits {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut clause = || index::sample(&mut rng, variables, 3).into_vec().try_into().expect("three variables");
    Poits::new(variables, (0..clauses).map(|_| clause()).collect()).expect("variables of the formula")
}

/// `clauses` clauses, independent and uniform among those of three different variables of which a hidden assignment with a third of the variables true, rounded up, makes exactly one true.
///
/// # Panics
/// With fewer than 3 variables.
#[must_use]
pub fn planted_formula(variables: usize, clauses: usize, seed: u64) -> Poits {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut order: Vec<usize> = (0..variables).collect();
    order.shuffle(&mut rng);
    let (on, off) = order.split_at(variables.div_ceil(3));
    let mut clause = || {
        let two = index::sample(&mut rng, off.len(), 2);
        let mut clause = [*on.choose(&mut rng).expect("a true variable"), off[two.index(0)], off[two.index(1)]];
        clause.shuffle(&mut rng);
        clause
    };
    Poits::new(variables, (0..clauses).map(|_| clause()).collect()).expect("variables of the formula")
}

/// Each edge between `vertices` vertices, with probability `density`, independently.
#[must_use]
pub fn random_graph(vertices: usize, density: f64, seed: u64) -> Graph {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let pairs = (0..vertices).flat_map(|v| (0..v).map(move |u| (u, v)));
    graph(vertices, pairs.filter(|_| rng.random_bool(density)).collect::<Vec<_>>())
}
