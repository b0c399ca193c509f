//! The search: every node is closed if its exact bound is large enough, and split otherwise.

use super::program::{Program, collected, integral, minus, plus};
use super::{positive, q};
use crate::exact::{Integer, Rational};
use crate::instance::{Activation, Loss};
use crate::optimize::lp::RowKind;
use crate::train::result::problem_json;
use crate::train::search::certificate::CertificateWriter;
use crate::train::search::{Cone, Leaf, Model, Node, State};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The unknowns of a dual: `u` for each item and, for each neuron and undecided site, `α` and `p` with `aU_s = α − p − (something ≥ 0)`.
pub(super) struct Dual {
    pub(super) program: Program,
    pub(super) u: Vec<usize>,
    pub(super) shares: Vec<BTreeMap<usize, (usize, usize)>>,
}

pub(super) struct Producer<'m> {
    pub(super) model: &'m Model<'m>,
    pub(super) writer: CertificateWriter<Vec<u8>>,
    pub(super) site_of_item: Vec<usize>,
    pub(super) targets: Vec<Rational>,
    /// Nodes are closed from here on.
    pub(super) wanted: Rational,
    /// Nodes are closed once loss 0 is excluded, and triples are used.
    pub(super) zero: bool,
    /// Vectors of the 0-1 loss are used only if they show that a node is empty.
    pub(super) marks_only: bool,
    pub(super) records: BTreeMap<&'static str, usize>,
}

impl<'m> Producer<'m> {
    pub(super) fn new(model: &'m Model<'m>, wanted: Rational, zero: bool) -> Self {
        let instance = model.instance();
        let zero_one = model.loss() == Loss::ZeroOne;
        let writer = CertificateWriter::new(Vec::new(), model, &problem_json(instance, None)).unwrap();
        Producer {
            site_of_item: if zero_one {
                (0..instance.data.len()).map(|i| model.design().row_of_point(i)).collect()
            } else {
                model.items.iter().map(|item| item.site).collect()
            },
            targets: if zero_one { instance.data.targets().to_vec() } else { model.items.iter().map(|item| item.target.clone()).collect() },
            model,
            writer,
            wanted,
            zero,
            marks_only: false,
            records: BTreeMap::new(),
        }
    }

    pub(super) fn run(&mut self) {
        let (width, whole) = (self.model.width(), Arc::new(Cone::root(self.model)));
        for p in 0..=width {
            let node = Node { plus: (0..width).map(|j| j < p).collect(), cones: vec![Arc::clone(&whole); width], known: None };
            self.node(p as u64, &node, &BTreeMap::new());
        }
    }

    pub(super) fn count(&mut self, record: &'static str) {
        *self.records.entry(record).or_default() += 1;
    }

    pub(super) fn node(&mut self, id: u64, node: &Node, marks: &BTreeMap<usize, bool>) {
        if self.zero && self.lemma(id, node) {
            return;
        }
        if self.model.loss() == Loss::ZeroOne {
            if let Some(vectors) = self.labels(node, marks) {
                self.count("labels");
                return self.writer.labels(id, node, &vectors).unwrap();
            }
        } else if let Some(leaf) = self.leaf(node) {
            self.count("leaf");
            return self.writer.leaf(id, node, &leaf).unwrap();
        }
        let open = |j: usize| (0..self.model.sites()).find(move |&s| node.cones[j].states[s] == State::Undecided);
        let Some((j, site)) = (0..node.cones.len()).find_map(|j| Some((j, open(j)?))) else {
            let point = (0..self.targets.len()).find(|i| !marks.contains_key(i)).expect("a decided node has a bound that is attained");
            self.count("point");
            for (right, child) in [false, true].into_iter().zip(self.writer.point(id, point).unwrap()) {
                let mut marks = marks.clone();
                let _ = marks.insert(point, right);
                self.node(child, node, &marks);
            }
            return;
        };
        let group: Vec<usize> =
            (j..node.cones.len()).filter(|&l| node.plus[l] == node.plus[j] && Arc::ptr_eq(&node.cones[l], &node.cones[j])).collect();
        self.count("split");
        let [off, on] = [false, true].map(|on| Arc::new(node.cones[j].cut(self.model, site, on)));
        for (taken, child) in self.writer.split(id, site, &group, group.len() + 1).unwrap().enumerate() {
            let mut cones = node.cones.clone();
            group.iter().enumerate().for_each(|(place, &l)| cones[l] = Arc::clone(if place < taken { &on } else { &off }));
            self.node(child, &Node { plus: Arc::clone(&node.plus), cones, known: None }, marks);
        }
    }

    /// `a_j U_s` as an expression.
    pub(super) fn gain(&self, node: &Node, u: &[usize], j: usize, site: usize) -> Vec<(usize, Rational)> {
        let sign = if node.plus[j] { 1 } else { -1 };
        self.site_of_item.iter().zip(u).filter(|(s, _)| **s == site).map(|(_, &u)| (u, q(sign))).collect()
    }

    pub(super) fn dual(&self, node: &Node) -> Dual {
        let mut program = Program::default();
        let u: Vec<usize> = self.targets.iter().map(|_| program.unknown()).collect();
        if self.model.output_bias() {
            program.rows.push((collected(u.iter().map(|&u| plus(u))), RowKind::Equal, Rational::ZERO));
        }
        let mut shares = vec![BTreeMap::new(); node.cones.len()];
        for (j, cone) in node.cones.iter().enumerate() {
            let mut sums: Vec<Vec<(usize, Rational)>> = vec![Vec::new(); cone.generators()];
            if self.model.activation() == Activation::Threshold {
                sums.truncate(1);
            }
            for site in 0..self.model.sites() {
                let gain = self.gain(node, &u, j, site);
                let negated = gain.iter().map(|(u, v)| (*u, -v));
                match (cone.states[site], self.model.activation()) {
                    (State::Off, _) => {}
                    (State::On, Activation::Threshold) => sums[0].extend(gain),
                    (State::Undecided, Activation::Threshold) => {
                        let most = program.unknown();
                        program.at_least([plus(most)], 0);
                        program.at_least(negated.chain([plus(most)]), 0);
                        sums[0].push(plus(most));
                    }
                    (State::On, _) => sums.iter_mut().enumerate().for_each(|(g, sum)| {
                        let z = Rational::from(cone.exact_value(self.model, g, site));
                        sum.extend(gain.iter().map(|(u, v)| (*u, v * &z)));
                    }),
                    (State::Undecided, _) => {
                        let (a, p) = (program.unknown(), program.unknown());
                        program.at_least([plus(a)], 0);
                        program.at_least([plus(p)], 0);
                        program.at_least(negated.chain([plus(a), minus(p)]), 0);
                        sums.iter_mut().enumerate().for_each(|(g, sum)| {
                            let z = &cone.exact_value(self.model, g, site);
                            sum.extend([(a, Rational::from(positive(z))), (p, -Rational::from(z.clone()))]);
                        });
                        let _ = shares[j].insert(site, (a, p));
                    }
                }
            }
            sums.into_iter().for_each(|sum| program.at_least(sum.into_iter().map(|(u, v)| (u, -v)), 0));
        }
        Dual { program, u, shares }
    }

    /// `u` and `p` of a solution, times a positive number.
    pub(super) fn integers(&self, node: &Node, dual: &Dual, point: &[Rational]) -> Leaf {
        let mut values: Vec<Rational> = dual.u.iter().map(|&u| point[u].clone()).collect();
        let mut places = Vec::new();
        for (j, shares) in dual.shares.iter().enumerate() {
            for (&site, &(a, p)) in shares {
                let gain = self.gain(node, &dual.u, j, site).into_iter().fold(Rational::ZERO, |sum, (u, v)| sum + v * &point[u]);
                if gain < Rational::ZERO {
                    places.push((j, site));
                    values.push(&point[p] - (&point[a]).min(&point[p]));
                }
            }
        }
        // Any positive multiple proves the same; short and long numbers take different ways through the checker.
        let shift = [0, 0, 70, 200][self.records.values().sum::<usize>() % 4];
        let mut values: Vec<Integer> = integral(&values).into_iter().map(|v| v << shift).collect();
        let multipliers = values.split_off(dual.u.len());
        let mut p = vec![Vec::new(); node.cones.len()];
        places.into_iter().zip(multipliers).filter(|(_, value)| !value.is_zero()).for_each(|((j, site), value)| p[j].push((site, value)));
        Leaf { u: values, p }
    }
}
