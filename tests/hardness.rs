//! `instances/hardness`: the files are what the reductions make of the sources in the index, and the index is right about the sources.

use itertools::Itertools;
use relus::exact::Rational;
use relus::instance::json::{instance_to_json, read_instance};
use relus::instance::{Instance, Source, write_atomically};
use relus::network::Network;
use relus::problems::{Clique, Poits};
use relus::reductions::{CliqueRelu, CliqueThreshold, PoitsRelu, PoitsThreshold, Reduction};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Variables and vertices are numbered from 1.
#[derive(Deserialize)]
struct Entry {
    file: String,
    rule: String,
    answer: String,
    variables: Option<usize>,
    clauses: Option<Vec<[usize; 3]>>,
    size: Option<usize>,
    vertices: Option<usize>,
    edges: Option<Vec<(usize, usize)>>,
}

#[derive(Deserialize)]
struct Index {
    instances: Vec<Entry>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("instances/hardness")
}

fn index() -> Vec<Entry> {
    let text = std::fs::read_to_string(folder().join("index.json")).unwrap();
    serde_json::from_str::<Index>(&text).unwrap().instances
}

impl Entry {
    fn formula(&self) -> Poits {
        let clauses = self.clauses.as_ref().unwrap().iter().map(|clause| clause.map(|v| v - 1)).collect();
        Poits::new(self.variables.unwrap(), clauses).unwrap()
    }

    fn clique(&self) -> Clique {
        let edges: Vec<_> = self.edges.as_ref().unwrap().iter().map(|&(u, v)| (u - 1, v - 1)).collect();
        Clique::new(self.vertices.unwrap(), &edges, self.size.unwrap()).unwrap()
    }

    /// The training instance, and the networks of all solutions of the source.
    fn reduced(&self) -> (Instance, Vec<Network>) {
        fn all<R: Reduction>(reduction: &R, source: &R::Source, candidates: impl Iterator<Item = Box<R::Solution>>) -> (Instance, Vec<Network>) {
            (reduction.reduce(source), candidates.filter_map(|candidate| reduction.lift(source, &candidate).ok()).collect())
        }
        let assignments = |formula: &Poits| {
            let variables = formula.variables();
            (0u32..1 << variables).map(move |bits| (0..variables).map(|v| bits >> v & 1 == 1).collect())
        };
        let subsets = |clique: &Clique| (0..clique.vertices()).combinations(clique.size()).map(Vec::into_boxed_slice);
        match self.rule.as_str() {
            "poits-relu" => all(&PoitsRelu, &self.formula(), assignments(&self.formula())),
            "poits-threshold" => all(&PoitsThreshold, &self.formula(), assignments(&self.formula())),
            "clique-relu" => all(&CliqueRelu, &self.clique(), subsets(&self.clique())),
            "clique-threshold" => all(&CliqueThreshold, &self.clique(), subsets(&self.clique())),
            other => panic!("no reduction is called {other}"),
        }
    }
}

/// Origin: all candidates for a solution of the source are tried; the networks are evaluated by the definition.
#[test]
fn the_files_are_the_reductions_of_their_sources() {
    for entry in index() {
        let (expected, networks) = entry.reduced();
        let instance = read_instance(&Source::read(&folder().join(&entry.file)).unwrap()).unwrap();
        assert_eq!(instance, expected, "{}", entry.file);
        assert_eq!(entry.answer == "yes", !networks.is_empty(), "{}", entry.file);
        for network in networks {
            assert_eq!(network.loss(&instance.data, instance.loss).unwrap(), Rational::ZERO, "{}", entry.file);
        }
    }
}

#[test]
#[ignore = "writes the files of instances/hardness anew; run it after a change of the index or of a construction"]
fn write_the_files() {
    for entry in index() {
        write_atomically(&folder().join(&entry.file), &instance_to_json(&entry.reduced().0)).unwrap();
    }
}
