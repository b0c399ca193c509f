//! A slow and simple search in exact arithmetic writes certificates; the checker must accept them with the minimum that enumeration finds.
//!
//! Here a node is bounded by the exact convex program whose dual the certificate is: for each neuron the weights `w_j = Σ λ_r r` and a value `h_js` at
//! each undecided site, `max(0, x̃_s·w_j) ≤ h_js ≤ Σ λ_r max(0, x̃_s·r)`.

use super::{CertificateWriter, Claim, LabelVector};
use crate::exact::{Integer, Rational, common_denominator, scaled_integer};
use crate::instance::json::instance_to_json;
use crate::instance::{Activation, Architecture, Data, Instance, Loss};
use crate::optimize::lp::{LinearProgram, LpVerdict, Row, RowKind};
use crate::optimize::qp::ConeLeastSquares;
use crate::train::enumerate::Enumerate;
use crate::train::result::problem_json;
use crate::train::search::{Bend, Cone, Leaf, Model, Node, State};
use crate::train::{Control, Incumbent, Outcome, Trainer};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use relus_check::{Claim as Checked, check_files};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

fn q(value: i64) -> Rational {
    Rational::from(Integer::from(value))
}

fn positive(value: &Integer) -> Integer {
    if *value > Integer::ZERO { value.clone() } else { Integer::ZERO }
}

/// The same positive multiple of all numbers.
fn integral(values: &[Rational]) -> Vec<Integer> {
    let scale = common_denominator(values);
    values.iter().map(|v| scaled_integer(v, &scale)).collect()
}

/// Linear expressions in numbered unknowns.
type Expression = BTreeMap<usize, Rational>;

#[derive(Default)]
struct Program {
    unknowns: usize,
    rows: Vec<(Expression, RowKind, Rational)>,
}

impl Program {
    fn unknown(&mut self) -> usize {
        self.unknowns += 1;
        self.unknowns - 1
    }

    fn at_least(&mut self, terms: impl IntoIterator<Item = (usize, Rational)>, rhs: i64) {
        self.rows.push((collected(terms), RowKind::AtLeast, q(rhs)));
    }

    fn integral_row(&self, expression: &Expression, rhs: &Rational) -> (Vec<Integer>, Integer) {
        let mut row = vec![Rational::ZERO; self.unknowns + 1];
        expression.iter().for_each(|(&unknown, value)| row[unknown] = value.clone());
        row[self.unknowns] = rhs.clone();
        let mut row = integral(&row);
        let rhs = row.pop().unwrap();
        (row, rhs)
    }

    /// An optimal point, if there is one.
    fn minimise(&self, objective: &Expression) -> Option<Vec<Rational>> {
        let rows = self.rows.iter().map(|(expression, kind, rhs)| {
            let (coefficients, rhs) = self.integral_row(expression, rhs);
            Row { coefficients, rhs, kind: kind.clone() }
        });
        let program = LinearProgram { objective: self.integral_row(objective, &Rational::ZERO).0, rows: rows.collect() };
        match program.solve() {
            LpVerdict::Optimal(optimum) => Some(optimum.point),
            LpVerdict::Infeasible { .. } => None,
            other => panic!("{other:?}"),
        }
    }
}

fn collected(terms: impl IntoIterator<Item = (usize, Rational)>) -> Expression {
    let mut expression = Expression::new();
    for (unknown, value) in terms {
        *expression.entry(unknown).or_insert(Rational::ZERO) += value;
    }
    expression
}

fn minus(a: usize) -> (usize, Rational) {
    (a, q(-1))
}

fn plus(a: usize) -> (usize, Rational) {
    (a, q(1))
}

/// The unknowns of a dual: `u` for each item and, for each neuron and undecided site, `α` and `p` with `aU_s = α − p − (something ≥ 0)`.
struct Dual {
    program: Program,
    u: Vec<usize>,
    shares: Vec<BTreeMap<usize, (usize, usize)>>,
}

struct Producer<'m> {
    model: &'m Model<'m>,
    writer: CertificateWriter<Vec<u8>>,
    site_of_item: Vec<usize>,
    targets: Vec<Rational>,
    /// Nodes are closed from here on.
    wanted: Rational,
    /// Nodes are closed once loss 0 is excluded, and triples are used.
    zero: bool,
    /// Vectors of the 0-1 loss are used only if they show that a node is empty.
    marks_only: bool,
    records: BTreeMap<&'static str, usize>,
}

impl<'m> Producer<'m> {
    fn new(model: &'m Model<'m>, wanted: Rational, zero: bool) -> Self {
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

    fn run(&mut self) {
        let (width, whole) = (self.model.width(), Arc::new(Cone::root(self.model)));
        for p in 0..=width {
            let node = Node { plus: (0..width).map(|j| j < p).collect(), cones: vec![Arc::clone(&whole); width], known: None };
            self.node(p as u64, &node, &BTreeMap::new());
        }
    }

    fn count(&mut self, record: &'static str) {
        *self.records.entry(record).or_default() += 1;
    }

    fn node(&mut self, id: u64, node: &Node, marks: &BTreeMap<usize, bool>) {
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
    fn gain(&self, node: &Node, u: &[usize], j: usize, site: usize) -> Vec<(usize, Rational)> {
        let sign = if node.plus[j] { 1 } else { -1 };
        self.site_of_item.iter().zip(u).filter(|(s, _)| **s == site).map(|(_, &u)| (u, q(sign))).collect()
    }

    fn dual(&self, node: &Node) -> Dual {
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
    fn integers(&self, node: &Node, dual: &Dual, point: &[Rational]) -> Leaf {
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

    /// A dual that closes the node, if there is one.
    fn leaf(&self, node: &Node) -> Option<Leaf> {
        let mut dual = self.dual(node);
        let product = |u: &[Rational]| u.iter().zip(&self.targets).fold(Rational::ZERO, |sum, (u, y)| sum + u * y);
        if self.model.loss() == Loss::L2 && !self.zero {
            let u = self.residuals(node);
            let bound = if product(&u) > Rational::ZERO { product(&u) } else { Rational::ZERO };
            if &bound + &self.model.constant < self.wanted {
                return None;
            }
            for (&unknown, value) in dual.u.iter().zip(&u) {
                dual.program.rows.push((collected([plus(unknown)]), RowKind::Equal, value.clone()));
            }
            let point = dual.program.minimise(&Expression::new()).expect("the multipliers exist");
            return Some(self.integers(node, &dual, &point));
        }
        let mut total = Vec::new();
        for &u in &dual.u {
            let size = dual.program.unknown();
            dual.program.at_least([plus(size), plus(u)], 0);
            dual.program.at_least([plus(size), minus(u)], 0);
            if self.model.loss() == Loss::Linf {
                total.push(minus(size));
            } else {
                dual.program.at_least([minus(size)], -1);
            }
        }
        if !total.is_empty() {
            dual.program.at_least(total, -1);
        }
        let objective = collected(dual.u.iter().zip(&self.targets).map(|(&u, y)| (u, -y)));
        let point = dual.program.minimise(&objective)?;
        let bound = product(&point[..dual.u.len()]);
        let closed = if self.zero { bound > Rational::ZERO } else { bound >= self.wanted };
        closed.then(|| self.integers(node, &dual, &point))
    }

    /// `m_s (ȳ_s − φ_s)` at the optimum of the relaxed least squares.
    fn residuals(&self, node: &Node) -> Vec<Rational> {
        let mut program = Program::default();
        let mut values: Vec<Vec<(usize, Rational)>> = vec![Vec::new(); self.model.sites()];
        for (j, cone) in node.cones.iter().enumerate() {
            let sign = q(if node.plus[j] { 1 } else { -1 });
            if self.model.activation() == Activation::Threshold {
                // t and, where undecided, anything between 0 and t.
                let t = program.unknown();
                program.at_least([plus(t)], 0);
                for (site, value) in values.iter_mut().enumerate() {
                    match cone.states[site] {
                        State::Off => {}
                        State::On => value.push((t, sign.clone())),
                        State::Undecided => {
                            let h = program.unknown();
                            program.at_least([plus(h)], 0);
                            program.at_least([plus(t), minus(h)], 0);
                            value.push((h, sign.clone()));
                        }
                    }
                }
                continue;
            }
            let weights: Vec<usize> = (0..cone.generators()).map(|_| program.unknown()).collect();
            weights.iter().for_each(|&l| program.at_least([plus(l)], 0));
            for (site, value) in values.iter_mut().enumerate() {
                let z = |f: fn(&Integer) -> Integer| -> Vec<(usize, Rational)> {
                    weights.iter().enumerate().map(|(g, &l)| (l, Rational::from(f(&cone.exact_value(self.model, g, site))))).collect()
                };
                match cone.states[site] {
                    State::Off => {}
                    State::On => value.extend(z(Integer::clone).into_iter().map(|(l, v)| (l, v * &sign))),
                    State::Undecided => {
                        let h = program.unknown();
                        program.at_least([plus(h)], 0);
                        program.at_least(z(|v| -v).into_iter().chain([plus(h)]), 0);
                        program.at_least(z(positive).into_iter().chain([minus(h)]), 0);
                        value.push((h, sign.clone()));
                    }
                }
            }
        }
        if self.model.output_bias() {
            let c = program.unknown();
            values.iter_mut().for_each(|value| value.push(plus(c)));
        }
        let n = program.unknowns;
        let weights: Vec<Rational> = self.model.items.iter().map(|item| Rational::from(item.weight)).collect();
        let mut point = vec![Rational::ZERO; n];
        let values: Vec<Expression> = values.into_iter().map(collected).collect();
        if n > 0 {
            let scale = common_denominator(&self.targets);
            let entry = |s: usize, c: usize| values[s].get(&c).cloned().unwrap_or(Rational::ZERO);
            let sum = |f: &dyn Fn(usize) -> Rational| {
                let sum = (0..values.len()).fold(Rational::ZERO, |sum, s| sum + f(s) * &weights[s]);
                scaled_integer(&sum, &scale)
            };
            let hessian = (0..n).map(|c| (0..n).map(|e| sum(&|s| entry(s, c) * entry(s, e))).collect()).collect();
            let linear = (0..n).map(|c| sum(&|s| entry(s, c) * &self.targets[s])).collect();
            let rows = program.rows.iter().map(|(expression, ..)| program.integral_row(expression, &Rational::ZERO).0).collect();
            point = ConeLeastSquares { hessian, linear, rows }.solve().point;
        }
        let value = |s: usize| values[s].iter().fold(Rational::ZERO, |sum, (&c, v)| sum + v * &point[c]);
        let residuals: Vec<Rational> = (0..values.len()).map(|s| (&self.targets[s] - value(s)) * &weights[s]).collect();
        // Any multiple will do; u·y is the loss only for this one.
        residuals
    }

    /// Vectors that close the node, if there are enough.
    fn labels(&self, node: &Node, marks: &BTreeMap<usize, bool>) -> Option<Vec<LabelVector>> {
        let mut vectors = Vec::new();
        let mut used: Vec<usize> = Vec::new();
        let wrong = marks.values().filter(|right| !**right).count();
        loop {
            if Rational::from(wrong + vectors.len()) >= self.wanted {
                return Some(vectors);
            }
            let mut dual = self.dual(node);
            let (mut positives, mut unmarked) = (Vec::new(), Vec::new());
            for (i, &u) in dual.u.iter().enumerate() {
                let should_be_positive = (self.targets[i] > Rational::ZERO) == marks.get(&i).copied().unwrap_or(true);
                let size = (u, q(if should_be_positive { 1 } else { -1 }));
                dual.program.at_least([size.clone()], 0);
                if used.contains(&i) {
                    dual.program.at_least([(u, -&size.1)], 0);
                }
                if should_be_positive {
                    positives.push(size.clone());
                }
                if !marks.contains_key(&i) {
                    unmarked.push(size);
                }
            }
            if positives.is_empty() {
                return None;
            }
            dual.program.at_least(positives, 1);
            let point = dual.program.minimise(&collected(unmarked))?;
            let Leaf { u, p } = self.integers(node, &dual, &point);
            let support: Vec<(usize, Integer)> = u.into_iter().enumerate().filter(|(_, u)| !u.is_zero()).collect();
            let free: Vec<usize> = support.iter().map(|(i, _)| *i).filter(|i| !marks.contains_key(i)).collect();
            let empty = free.is_empty();
            used.extend(free);
            vectors.push(LabelVector { u: support, p });
            if empty {
                return Some(vectors);
            }
            if self.marks_only {
                return None;
            }
        }
    }

    /// The cone of a neuron that is strictly negative at one site and strictly positive at another.
    fn crossing(&self, cone: &Arc<Cone>, off: usize, on: usize) -> Option<Arc<Cone>> {
        let side = |cone: &Arc<Cone>, site: usize, on: bool| match cone.states[site] {
            State::Undecided => Some(Arc::new(cone.cut(self.model, site, on))),
            state => ((state == State::On) == on).then(|| Arc::clone(cone)),
        };
        side(&side(cone, off, false)?, on, true)
    }

    /// Splits or closes a node by a triple, if that brings something new.
    fn lemma(&mut self, id: u64, node: &Node) -> bool {
        let sites = self.model.sites();
        let target = |s: usize| &self.targets[self.site_of_item.iter().position(|&t| t == s).unwrap()];
        let mut triples = Vec::new();
        for a in 0..sites {
            for b in 0..sites {
                for c in a + 1..sites {
                    let along = |s: usize, column: usize| Rational::from(self.model.row(s)[column].clone() - &self.model.row(a)[column]);
                    let Some(column) = (0..self.model.rank()).find(|&i| along(c, i) != Rational::ZERO) else { continue };
                    let share = along(b, column) / along(c, column);
                    let bend = target(b) - target(a) - &share * (target(c) - target(a));
                    let between = share > Rational::ZERO && share < Rational::ONE;
                    if between && bend != Rational::ZERO && (0..self.model.rank()).all(|i| along(b, i) == &share * along(c, i)) {
                        triples.push(([a, b, c], bend < Rational::ZERO));
                    }
                }
            }
        }
        let of_sign = |plus: bool| (0..node.cones.len()).filter(move |&j| node.plus[j] == plus);
        let breaks = |j: usize, [a, _, c]: [usize; 3]| self.crossing(&node.cones[j], a, c).is_some() || self.crossing(&node.cones[j], c, a).is_some();
        // One-dimensional data: all triples are on one line.
        if self.model.instance().data.dimension() == 1 {
            let x = |s: usize| &self.model.instance().data.points()[self.model.design().points_of_row(s)[0]][0];
            for sign in [true, false] {
                let mut chain: Vec<[usize; 3]> = Vec::new();
                let mut kind: Vec<[usize; 3]> = triples.iter().filter(|(_, plus)| *plus == sign).map(|(triple, _)| *triple).collect();
                kind.sort_by_key(|&[a, _, c]| x(a).max(x(c)));
                for [a, b, c] in kind {
                    if chain.iter().all(|&[d, _, f]| x(d).max(x(f)) <= x(a).min(x(c))) {
                        chain.push([a, b, c]);
                    }
                }
                if of_sign(sign).filter(|&j| chain.iter().any(|&triple| breaks(j, triple))).count() < chain.len() {
                    let bends: Vec<Bend> = chain.iter().map(|&triple| bend(triple, sign)).collect();
                    self.writer.count(id, &bends).unwrap();
                    self.count("count");
                    return true;
                }
            }
        }
        for (triple @ [a, _, c], sign) in triples {
            let first = |j: usize| !(0..j).any(|l| node.plus[l] == node.plus[j] && node.cones[l].bits == node.cones[j].bits);
            let options = of_sign(sign).filter(|&j| first(j)).flat_map(|j| [(j, a, c), (j, c, a)]);
            let children: Vec<(usize, Arc<Cone>)> =
                options.filter_map(|(j, off, on)| self.crossing(&node.cones[j], off, on).map(|cone| (j, cone))).collect();
            if children.iter().any(|(j, cone)| cone.bits == node.cones[*j].bits) {
                continue;
            }
            self.count("triple");
            let ids = self.writer.triple(id, &bend(triple, sign), children.len()).unwrap();
            for (child, (j, cone)) in ids.zip(children) {
                let mut cones = node.cones.clone();
                cones[j] = cone;
                self.node(child, &Node { plus: Arc::clone(&node.plus), cones, known: None }, &BTreeMap::new());
            }
            return true;
        }
        false
    }
}

fn bend([a, b, c]: [usize; 3], up: bool) -> Bend {
    Bend { ends: [a, c], middle: Some(b), up }
}

/// Small numbers, so that equal points, collinear points and ties are common.
fn random_instance(rng: &mut ChaCha8Rng, activation: Activation, loss: Loss, width: usize) -> Instance {
    let (n, d) = (rng.random_range(1..6usize), rng.random_range(0..3));
    // In some cases beyond 128 bits.
    let unit = if rng.random_range(0..5) == 0 { q(i64::MAX).sqr() } else { q(1) };
    let points = (0..n).map(|_| (0..d).map(|_| q(rng.random_range(-2..3)) * &unit + q(rng.random_range(0..2))).collect()).collect();
    let targets = (0..n).map(|_| if loss == Loss::ZeroOne { q(rng.random_range(0..2)) } else { q(rng.random_range(-3..4)) / q(2) }).collect();
    let architecture = Architecture { activation, width, output_bias: rng.random_range(0..3) == 0 };
    Instance { data: Data::new(points, targets).unwrap(), architecture, loss, target_error: None }
}

/// Points on a line, except for one in some cases.
fn bent_instance(rng: &mut ChaCha8Rng, loss: Loss, width: usize) -> Instance {
    let planar = rng.random_range(0..3) == 0;
    let count = 3 + 2 * width - usize::from(planar);
    let mut points: Vec<Vec<Rational>> = (0..count as i64).map(|i| if planar { vec![q(i * i), q(2 * i * i)] } else { vec![q(i * i)] }).collect();
    if planar {
        points.push(vec![q(1), q(rng.random_range(-1..2))]);
    }
    let targets = points.iter().map(|_| q(rng.random_range(-2..3))).collect();
    let architecture = Architecture { activation: Activation::Relu, width, output_bias: rng.random_range(0..3) == 0 };
    Instance { data: Data::new(points, targets).unwrap(), architecture, loss, target_error: Some(Rational::ZERO) }
}

fn optimum(instance: &Instance) -> Incumbent {
    let outcome: Outcome = Enumerate::default().train(instance, &Control::default()).unwrap();
    assert_eq!(outcome.incumbent.as_ref().unwrap().loss, outcome.lower_bound);
    outcome.incumbent.unwrap()
}

fn check(folder: &Path, instance: &Instance, certificate: &[u8]) -> Checked {
    let (data, file) = (folder.join("instance.json"), folder.join("proof"));
    fs::write(&data, instance_to_json(instance)).unwrap();
    fs::write(&file, certificate).unwrap();
    check_files(&file, &data).unwrap_or_else(|error| panic!("{error}: {instance:?}"))
}

/// The minimum is certified, and so is a smaller bound by fewer nodes.
fn check_minimum(instance: &Instance, records: &mut BTreeMap<&'static str, usize>) {
    let folder = tempfile::tempdir().unwrap();
    let incumbent = optimum(instance);
    let model = Model::new(instance);
    for marks_only in [false, true].into_iter().take(if instance.loss == Loss::ZeroOne && instance.architecture.width < 2 { 2 } else { 1 }) {
        let mut producer = Producer::new(&model, incumbent.loss.clone(), false);
        producer.marks_only = marks_only;
        producer.run();
        producer.records.iter().for_each(|(record, count)| *records.entry(record).or_default() += count);
        let certificate = producer.writer.finish(Claim::Minimum, Some(&incumbent), None).unwrap();
        let claim = check(folder.path(), instance, &certificate);
        assert!(claim.minimum_is_proven() && *claim.proven_bound() == incumbent.loss, "{instance:?}");
    }
    let part = &incumbent.loss * Rational::from_parts(7.into(), 9u8.into());
    let mut producer = Producer::new(&model, part.clone(), false);
    producer.run();
    let certificate = producer.writer.finish(Claim::LowerBound, None, Some(&part)).unwrap();
    let claim = check(folder.path(), instance, &certificate);
    assert!(*claim.proven_bound() >= part && *claim.proven_bound() <= incumbent.loss);
}

/// Origin of the minima: enumeration.
#[test]
fn random_minima_are_certified() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let mut records = BTreeMap::new();
    for loss in [Loss::L2, Loss::L1, Loss::Linf, Loss::ZeroOne] {
        for activation in [Activation::Relu, Activation::Threshold] {
            for (width, cases) in [(0, 20), (1, 60), (2, 8)] {
                for _ in 0..cases {
                    check_minimum(&random_instance(&mut rng, activation, loss, width), &mut records);
                }
            }
        }
    }
    assert!(["leaf", "labels", "split", "point"].iter().all(|record| records.get(record).is_some_and(|&n| n > 50)), "{records:?}");
}

/// Origin: enumeration says that the minimum is not 0.
#[test]
fn triples_exclude_zero_error() {
    let mut rng = ChaCha8Rng::seed_from_u64(6);
    let folder = tempfile::tempdir().unwrap();
    let mut records: BTreeMap<&'static str, usize> = BTreeMap::new();
    for loss in [Loss::L2, Loss::L1, Loss::Linf] {
        for case in 0..60 {
            let instance = bent_instance(&mut rng, loss, 1 + usize::from(case % 6 == 0));
            if optimum(&Instance { target_error: None, ..instance.clone() }).loss.is_zero() {
                continue;
            }
            let model = Model::new(&instance);
            if !model.constant.is_zero() {
                // Equal points with different targets: elementary.
                continue;
            }
            let mut producer = Producer::new(&model, Rational::ZERO, true);
            producer.run();
            producer.records.iter().for_each(|(record, count)| *records.entry(record).or_default() += count);
            let certificate = producer.writer.finish(Claim::NotRealizable, None, None).unwrap();
            assert!(check(folder.path(), &instance, &certificate).target_is_refuted());
        }
    }
    assert!(["leaf", "triple", "count"].iter().all(|record| records.get(record).is_some_and(|&n| n > 20)), "{records:?}");
}

/// Writes the valid certificates of the checker's tests; the minima are printed.
#[test]
#[ignore = "writes the valid certificates of the checker's tests: cargo test --lib write_valid_certificates -- --ignored"]
fn write_valid_certificates() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("checker/tests/certificates/valid");
    let zigzag = |n: i64| (0..n).map(|i| (vec![i], (i + 1) % 2)).collect::<Vec<_>>();
    let spread = || [(0, 0, 1), (2, 1, -1), (1, 3, 2), (3, 2, 0), (2, 0, 1), (1, 1, -1), (2, 0, 2)].map(|(a, b, y)| (vec![a, b], y)).to_vec();
    let slanted = |n: i64| (0..n).map(|i| (vec![i, 2 * i], (i + 1) % 2)).collect::<Vec<_>>();
    let (relu, threshold) = (Activation::Relu, Activation::Threshold);
    for (name, points, activation, width, output_bias, loss, zero) in [
        ("relu-l2", spread(), relu, 1, false, Loss::L2, false),
        ("relu-l2-width-two", zigzag(4), relu, 2, false, Loss::L2, false),
        ("relu-l1", zigzag(5), relu, 2, false, Loss::L1, false),
        ("relu-linf", spread(), relu, 1, true, Loss::Linf, false),
        ("relu-zero-one", zigzag(5), relu, 1, false, Loss::ZeroOne, false),
        ("threshold-l2", zigzag(4), threshold, 1, true, Loss::L2, false),
        ("threshold-linf", zigzag(5), threshold, 2, false, Loss::Linf, false),
        ("threshold-zero-one", spread(), threshold, 1, false, Loss::ZeroOne, false),
        ("zero-error-count", zigzag(6), relu, 3, true, Loss::L2, true),
        ("zero-error-triple", slanted(5), relu, 2, false, Loss::L1, true),
    ] {
        let (points, targets): (Vec<_>, Vec<_>) = points.into_iter().map(|(x, y)| (x.into_iter().map(q).collect(), q(y))).unzip();
        let architecture = Architecture { activation, width, output_bias };
        let mut instance = Instance { data: Data::new(points, targets).unwrap(), architecture, loss, target_error: None };
        let incumbent = optimum(&instance);
        instance.target_error = zero.then_some(Rational::ZERO);
        let model = Model::new(&instance);
        let mut producer = Producer::new(&model, incumbent.loss.clone(), zero);
        producer.marks_only = activation == threshold;
        producer.run();
        let claim = if zero { Claim::NotRealizable } else { Claim::Minimum };
        println!("({name:?}, {:?}), // {:?}", incumbent.loss.to_string(), producer.records);
        let certificate = producer.writer.finish(claim, Some(&incumbent).filter(|_| !zero), None).unwrap();
        let checked = check(&folder, &instance, &certificate);
        assert!(if zero { checked.target_is_refuted() } else { *checked.proven_bound() == incumbent.loss });
        fs::rename(folder.join("instance.json"), folder.join(format!("{name}.json"))).unwrap();
        fs::rename(folder.join("proof"), folder.join(format!("{name}.certificate"))).unwrap();
    }
}
