//! `instances/hardness`: the files are what the reductions make of the sources in the index, and the index is right about the sources.

use itertools::Itertools;
use relus::exact::Rational;
use relus::instance::json::{instance_to_json, read_instance};
use relus::instance::{Instance, Source, write_atomically};
use relus::network::Network;
use relus::problems::{Clique, Poits};
use relus::reductions::{CliqueRelu, CliqueThreshold, PoitsRelu, PoitsThreshold, Reduction, SolutionOf};
use relus::train::search::Search;
use relus::train::{Control, Status, Trainer};
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
        fn all<R: Reduction>(reduction: &R, source: &R::Source, candidates: impl Iterator<Item = SolutionOf<R>>) -> (Instance, Vec<Network>) {
            (reduction.reduce(source), candidates.filter_map(|candidate| reduction.lift(source, &candidate).ok()).collect())
        }
        let assignments = |formula: &Poits| {
            let variables = formula.variables();
            (0u32..1 << variables).map(move |bits| (0..variables).map(|v| bits >> v & 1 == 1).collect())
        };
        let subsets = |clique: &Clique| (0..clique.vertices()).combinations(clique.size());
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

/// The files that take longer than the others.
const LONG: [&str; 3] = ["poits-relu-111", "poits-relu-112", "clique-relu-kappa2-n2-e1"];

/// Origin: the index. The independent checker proves what the search says.
#[test]
fn the_search_decides_them() {
    for entry in index().into_iter().filter(|entry| !LONG.contains(&entry.file.trim_end_matches(".json"))) {
        decides(&entry);
    }
}

#[test]
#[ignore = "some seconds in a release build: cargo test --release --test hardness -- --ignored eight_relus"]
fn the_search_decides_eight_relus_in_the_plane() {
    decides(&index().into_iter().find(|entry| entry.file == "poits-relu-111.json").unwrap());
}

fn decides(entry: &Entry) {
    let path = folder().join(&entry.file);
    let instance = read_instance(&Source::read(&path).unwrap()).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let certificate = directory.path().join("certificate");
    let search = Search { certificate: Some(certificate.clone()), ..Search::default() };
    let outcome = search.train(&instance, &Control::default()).unwrap();
    let expected = if entry.answer == "yes" { Status::Realizable } else { Status::NotRealizable };
    assert_eq!(outcome.status, expected, "{}", entry.file);
    let claim = relus_check::check_files(&certificate, &path).unwrap_or_else(|error| panic!("{}: {error}", entry.file));
    assert_eq!(claim.target_is_refuted(), entry.answer == "no", "{}", entry.file);
    assert_eq!(claim.loss == Some(Rational::ZERO), entry.answer == "yes", "{}", entry.file);
}

#[test]
#[ignore = "writes the files of instances/hardness anew, after a change of the index or of a construction: cargo test --test hardness -- --ignored write_the_files"]
fn write_the_files() {
    for entry in index() {
        write_atomically(&folder().join(&entry.file), &instance_to_json(&entry.reduced().0)).unwrap();
    }
}
