//! A plain depth-first search with the collinear bends and the exact linear program, against enumeration and on the hardness instances.

use super::*;
use crate::exact::Rational;
use crate::instance::{Architecture, Data, Instance, Source, json::read_instance};
use crate::problems::Poits;
use crate::reductions::{PoitsRelu, Reduction};
use crate::train::enumerate::Enumerate;
use crate::train::search::collinear::{Branch, Service};
use crate::train::search::{Bend, Cone, Lines, State};
use crate::train::{Control, Status, Trainer};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

/// What a search met.
#[derive(Debug, Default)]
struct Tally {
    nodes: usize,
    counted: usize,
    leaves: usize,
    bends: usize,
    bits: usize,
    seconds: f64,
}

/// The neurons of a network without error: for each whether its output weight is positive, and its values at the sites.
type Planted = Vec<(bool, Vec<Rational>)>;

struct Search<'a> {
    /// No node that contains this network may be refuted, and one of the children of a node that contains it must.
    planted: Option<Planted>,
    model: &'a Model<'a>,
    lines: Option<Lines>,
    extra: Extra,
    limit: usize,
    /// How many bits are tried for a split.
    candidates: usize,
    tally: Tally,
}

fn child(model: &Model<'_>, node: &Node, neuron: usize, bits: &[(usize, bool)]) -> Node {
    let mut cone = Arc::clone(&node.cones[neuron]);
    for &(site, on) in bits {
        if cone.states[site] == State::Undecided {
            cone = Arc::new(cone.cut(model, site, on));
        }
        assert_eq!(cone.states[site], if on { State::On } else { State::Off });
    }
    let mut cones = node.cones.clone();
    cones[neuron] = cone;
    Node { plus: Arc::clone(&node.plus), cones, known: None }
}

/// Whether the planted network is one of the node's, up to the order of the neurons and, if `mirrored`, their direction.
fn contains(node: &Node, planted: &Planted, mirrored: bool) -> bool {
    fn place(options: &[Vec<usize>], j: usize, used: &mut Vec<bool>) -> bool {
        j == options.len()
            || options[j].iter().any(|&i| {
                !std::mem::replace(&mut used[i], true) && {
                    let placed = place(options, j + 1, used);
                    used[i] = placed;
                    placed
                }
            })
    }
    let fits = |j: usize, i: usize| {
        let (plus, values) = &planted[i];
        let holds = |sign: bool| node.cones[j].bits.iter().all(|&(s, on)| values[s].is_zero() || (values[s] > Rational::ZERO) == (on == sign));
        *plus == node.plus[j] && (holds(true) || (mirrored && holds(false)))
    };
    let options: Vec<Vec<usize>> = (0..node.cones.len()).map(|j| (0..planted.len()).filter(|&i| fits(j, i)).collect()).collect();
    place(&options, 0, &mut vec![false; planted.len()])
}

impl Search<'_> {
    fn audit(&self, node: &Node, what: &str, children: &[(Node, Option<ZeroVerdict>)]) {
        let mirrored = self.extra == Extra::Affine;
        if let Some(planted) = self.planted.as_ref().filter(|planted| contains(node, planted, mirrored)) {
            assert!(children.iter().any(|(child, _)| contains(child, planted, mirrored)), "{what} loses a network without error");
        }
    }

    /// A solution, `None` if there is none, `Err` at the limit.
    fn decide(&mut self, node: &Node, known: Option<ZeroVerdict>) -> Result<Option<Solution>, ()> {
        self.tally.nodes += 1;
        if self.tally.nodes > self.limit {
            return Err(());
        }
        let mirrored = self.extra == Extra::Affine;
        if let Some(lines) = &self.lines
            && let Some(bends) = lines.refute(self.model, node)
        {
            assert!(!bends.is_empty());
            self.audit(node, "a count", &[]);
            self.tally.counted += 1;
            return Ok(None);
        }
        let start = std::time::Instant::now();
        let verdict = known.unwrap_or_else(|| zero_error(self.model, node, self.extra, &|| false).unwrap());
        self.tally.seconds += start.elapsed().as_secs_f64();
        let bits = match verdict {
            ZeroVerdict::Refuted(_) => {
                self.audit(node, "a leaf", &[]);
                self.tally.leaves += 1;
                return Ok(None);
            }
            ZeroVerdict::Found(solution) => return Ok(Some(solution)),
            ZeroVerdict::Open { bits } => bits,
        };
        let bend = self.lines.as_ref().and_then(|lines| lines.branch(self.model, node, mirrored));
        let children: Vec<(Node, Option<ZeroVerdict>)> = if let Some(Branch { bend: Bend { ends: [first, second], .. }, services, .. }) = bend {
            self.tally.bends += 1;
            let serve = |&Service { neuron, first_on }: &Service| child(self.model, node, neuron, &[(first, first_on), (second, !first_on)]);
            services.iter().map(|service| (serve(service), None)).collect()
        } else {
            self.tally.bits += 1;
            // The first candidate one of whose children is refuted.
            let mut first = None;
            for &(neuron, site) in bits.iter().take(self.candidates) {
                let chosen = mirrored && self.model.activation() == Activation::Relu && node.cones[neuron].bits.is_empty();
                let values: &[bool] = if chosen { &[true] } else { &[true, false] };
                let children = values.iter().map(|&on| child(self.model, node, neuron, &[(site, on)]));
                let start = std::time::Instant::now();
                let children: Vec<_> = children
                    .map(|node| {
                        let verdict = zero_error(self.model, &node, self.extra, &|| false).unwrap();
                        (node, Some(verdict))
                    })
                    .collect();
                self.tally.seconds += start.elapsed().as_secs_f64();
                let decided = children.iter().any(|(_, verdict)| !matches!(verdict, Some(ZeroVerdict::Open { .. })));
                if decided || first.is_none() {
                    first = Some(children);
                }
                if decided {
                    break;
                }
            }
            first.expect("an open node has a bit")
        };
        self.audit(node, "a branching", &children);
        for (child, known) in children {
            if let Some(solution) = self.decide(&child, known)? {
                return Ok(Some(solution));
            }
        }
        Ok(None)
    }
}

fn search(instance: &Instance, bends: bool, extra: Extra, limit: usize, planted: Option<&Network>) -> (Result<Option<Solution>, ()>, Tally) {
    let candidates = std::env::var("RELUS_CANDIDATES").ok().and_then(|text| text.parse().ok()).unwrap_or(4);
    let model = Model::new(instance);
    let lines = bends.then(|| Lines::new(&model)).filter(|lines| !lines.is_empty());
    let values =
        |neuron: &Neuron| (0..model.sites()).map(|s| neuron.preactivation(&instance.data.points()[model.design().points_of_row(s)[0]])).collect();
    let planted = planted.map(|network| network.neurons.iter().map(|neuron| (neuron.a > Rational::ZERO, values(neuron))).collect());
    let mut search = Search { model: &model, planted, lines, extra, limit, candidates, tally: Tally::default() };
    let root = Arc::new(Cone::root(&model));
    let width = model.width();
    let one_class = extra == Extra::Affine && model.activation() == Activation::Threshold;
    for plus in (if one_class { width } else { 0 }..=width).rev() {
        let node = Node { plus: (0..width).map(|j| j < plus).collect(), cones: vec![Arc::clone(&root); width], known: None };
        match search.decide(&node, None) {
            Ok(None) => {}
            other => return (other, search.tally),
        }
    }
    (Ok(None), search.tally)
}

fn small(seed: u64, activation: Activation) -> Instance {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (n, d) = (rng.random_range(1..7), rng.random_range(0..3));
    let coordinate = rng.random_range(1..4i64);
    let points = (0..n).map(|_| (0..d).map(|_| Rational::from(rng.random_range(-coordinate..=coordinate))).collect()).collect();
    let most = rng.random_range(0..3i64);
    let targets = (0..n).map(|_| Rational::from(rng.random_range(-most..=most))).collect();
    let architecture =
        Architecture { activation, width: rng.random_range(0..3), output_bias: rng.random_range(0..3) == 0, convex: false, affine: false };
    Instance { data: Data::new(points, targets).unwrap(), architecture, loss: Loss::L1, target_error: Some(Rational::ZERO) }
}

/// Origin of the expected answers: enumeration of all activation patterns.
fn agrees_with_enumeration(activation: Activation, seeds: std::ops::Range<u64>) {
    let mut answers = [0, 0];
    for seed in seeds {
        let instance = small(seed, activation);
        let expected = Enumerate::default().train(&instance, &Control::default()).unwrap().status == Status::Realizable;
        answers[usize::from(expected)] += 1;
        for bends in [false, true] {
            let solution = search(&instance, bends, Extra::Architecture, 100_000, None).0.unwrap();
            assert_eq!(solution.is_some(), expected, "seed {seed}, bends {bends}: {instance:?}");
            if let Some(solution) = solution {
                let network = solution.network(&Model::new(&instance)).unwrap();
                assert_eq!(network.loss(&instance.data, Loss::L1).unwrap(), Rational::ZERO, "seed {seed}");
            }
        }
        // With an affine term there is at least what there is without, and mirrored neurons lose nothing.
        let affine = [false, true].map(|bends| search(&instance, bends, Extra::Affine, 100_000, None).0.unwrap().is_some());
        assert_eq!(affine[0], affine[1], "seed {seed}");
        assert!(affine[0] || !expected, "seed {seed}");
    }
    assert!(answers.iter().all(|&count| count > 50), "both answers must occur: {answers:?}");
}

#[test]
fn relu_agrees_with_enumeration() {
    agrees_with_enumeration(Activation::Relu, 0..400);
}

#[test]
fn threshold_agrees_with_enumeration() {
    agrees_with_enumeration(Activation::Threshold, 0..400);
}

/// Origin: the verdict that nobody disturbs. Stopped at whatever moment, nothing else is said.
#[test]
fn stopped_at_any_moment_it_says_nothing_else() {
    let mut stopped = 0;
    for seed in 0..200 {
        let instance = small(seed, if seed % 2 == 0 { Activation::Relu } else { Activation::Threshold });
        let model = Model::new(&instance);
        for root in Node::roots(&model) {
            let bits = match zero_error(&model, &root, Extra::Architecture, &|| false).unwrap() {
                ZeroVerdict::Open { bits } => bits,
                _ => Vec::new(),
            };
            let children = bits.into_iter().flat_map(|(neuron, site)| [false, true].map(|on| child(&model, &root, neuron, &[(site, on)])));
            for node in [root.clone()].into_iter().chain(children) {
                let undisturbed = zero_error(&model, &node, Extra::Architecture, &|| false).unwrap();
                for moment in 0.. {
                    let asked = std::cell::Cell::new(0);
                    let stop = || asked.replace(asked.get() + 1) >= moment;
                    match zero_error(&model, &node, Extra::Architecture, &stop) {
                        Err(Stopped) => stopped += 1,
                        Ok(verdict) => assert_eq!(format!("{verdict:?}"), format!("{undisturbed:?}"), "seed {seed}, moment {moment}"),
                    }
                    if asked.get() <= moment {
                        break;
                    }
                }
            }
        }
    }
    assert!(stopped > 500, "{stopped} were stopped");
}

/// Origin: the lifted solution of a formula. No refuted node contains it, and of every split node one of the children does, as far as the search gets.
#[test]
fn lifted_solutions_survive() {
    let formula = Poits::new(2, vec![[0, 0, 1]]).unwrap();
    let (instance, network) = (PoitsRelu.reduce(&formula), PoitsRelu.lift(&formula, &vec![false, true]).unwrap());
    for extra in [Extra::Affine, Extra::Architecture] {
        let (answer, tally) = search(&instance, true, extra, 120, Some(&network));
        assert!(answer.is_err() || answer.is_ok_and(|solution| solution.is_some()), "{tally:?}");
    }
}

#[test]
#[ignore = "a measurement, cargo test --release --lib zero::tests::hardness -- --ignored --nocapture: RELUS_FILE selects files by a part of their names, RELUS_LIMIT bounds the nodes, RELUS_CANDIDATES is the number of bits tried for a split"]
fn hardness() {
    let part = std::env::var("RELUS_FILE").unwrap_or_default();
    let limit = std::env::var("RELUS_LIMIT").ok().and_then(|text| text.parse().ok()).unwrap_or(2000);
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("instances/hardness");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for path in files.iter().filter(|path| path.to_string_lossy().contains(&part) && !path.ends_with("index.json")) {
        let instance = read_instance(&Source::read(path).unwrap()).unwrap();
        for extra in [Extra::Affine, Extra::Architecture] {
            let start = std::time::Instant::now();
            let (answer, tally) = search(&instance, true, extra, limit, None);
            let answer = match answer {
                Ok(Some(solution)) => format!("found, extra {:?}", solution.extra.iter().any(|v| !v.is_zero())),
                Ok(None) => "none".to_owned(),
                Err(()) => "open".to_owned(),
            };
            println!("{:?} {extra:?}: {answer} {:.2} s {tally:?}", path.file_name().unwrap(), start.elapsed().as_secs_f64());
        }
    }
}
