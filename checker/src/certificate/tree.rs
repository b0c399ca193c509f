//! The tree, record by record: a node is opened by the record that splits its parent and forgotten when it is split or closed itself.

use super::Certified;
use super::cone::Cone;
use super::dual;
use super::int::Int;
use super::reason::Reason;
use super::records::Records;
use super::terms::Terms;
use super::triple::Triple;
use crate::data::Data;
use crate::result::{Activation, Loss, Problem};
use dashu_int::ops::BitTest;
use dashu_ratio::RBig;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::BufRead;
use std::rc::Rc;

/// So many neurons of open nodes are held in memory at most: more than a search can hold.
const MAX_HELD: usize = 1 << 24;

/// A set of networks that has not been dealt with yet.
pub(super) struct Node {
    /// Neurons 0, …, plus − 1 have sign +1.
    plus: usize,
    pub(super) cones: Vec<Rc<Cone>>,
    /// Points that are supposed to be right or wrong.
    pub(super) marks: Rc<BTreeMap<usize, bool>>,
}

impl Node {
    pub(super) fn is_plus(&self, neuron: usize) -> bool {
        neuron < self.plus
    }

    fn same_cone(&self, j: usize, l: usize) -> bool {
        self.is_plus(j) == self.is_plus(l) && (Rc::ptr_eq(&self.cones[j], &self.cones[l]) || self.cones[j].cuts == self.cones[l].cuts)
    }

    /// The part of the node whose neurons lie in these cones.
    fn part(&self, cones: impl IntoIterator<Item = (usize, Rc<Cone>)>) -> Node {
        let mut part = Node { plus: self.plus, cones: self.cones.clone(), marks: self.marks.clone() };
        cones.into_iter().for_each(|(j, cone)| part.cones[j] = cone);
        part
    }
}

/// The state while the records are read.
pub(super) struct Tree<R> {
    terms: Terms,
    records: Records<R>,
    /// The number of the record that is read, and the node that it is about.
    pub(super) record: u64,
    pub(super) node: Option<u64>,
    open: HashMap<u64, Node>,
    next: u64,
    /// The least bound so far, and its node.
    least: Option<((Int, Int), u64)>,
    /// Whether an argument was used that excludes loss 0 only.
    zero_only: bool,
}

impl<R: BufRead> Tree<R> {
    pub(super) fn new(problem: &Problem, data: &Data, mirrored: bool, records: Records<R>) -> Self {
        let mirrored = problem.affine || (mirrored && problem.activation == Activation::Relu && problem.loss != Loss::ZeroOne);
        let terms = Terms::new(data, problem, mirrored);
        let whole = Rc::new(Cone::whole(&terms.rows));
        let root = |plus| Node { plus, cones: vec![whole.clone(); problem.width], marks: Rc::default() };
        let least = if problem.convex && problem.activation == Activation::Relu { problem.width } else { 0 };
        let open: HashMap<u64, Node> = (0..).zip((least..=problem.width).map(root)).collect();
        let next = open.len() as u64;
        Tree { terms, records, record: 0, node: None, open, next, least: None, zero_only: false }
    }

    /// Checks the next record; false at the end.
    pub(super) fn record(&mut self) -> Result<bool, Reason> {
        self.node = None;
        let tag = self.records.byte()?;
        if tag == 0 {
            return self.open.keys().min().map_or(Ok(false), |&first| Err(Reason::Open(self.open.len(), first)));
        }
        let id = self.records.small()?;
        self.node = Some(id);
        let node = self.open.remove(&id).ok_or(Reason::NotOpen)?;
        let children = match (tag, self.terms.problem.loss == Loss::ZeroOne) {
            (1, _) => self.split(&node)?,
            (2, false) => self.leaf(id, &node)?,
            (3, true) => self.point(&node)?,
            (4, true) => self.labels(id, &node)?,
            (5, false) => self.triple(&node)?,
            (6, false) => self.count(&node)?,
            (2..=6, _) => return Err(Reason::Kind),
            _ => return Err(Reason::Tag(tag)),
        };
        let first = self.next;
        self.next += children.len() as u64;
        self.open.extend((first..).zip(children));
        if self.open.len() * self.terms.problem.width > MAX_HELD { Err(Reason::TooMany(self.open.len())) } else { Ok(true) }
    }

    fn split(&mut self, node: &Node) -> Result<Vec<Node>, Reason> {
        let site = self.records.index(self.terms.rows.len(), "site")?;
        let count = self.records.index(self.terms.problem.width + 1, "number of neurons")?;
        let neurons = (0..count).map(|_| self.records.index(self.terms.problem.width, "neuron")).collect::<Result<Vec<usize>, Reason>>()?;
        let different = neurons.iter().collect::<BTreeSet<_>>().len();
        let first = *neurons.first().filter(|_| different == count).ok_or(Reason::Neurons)?;
        if let Some(&other) = neurons.iter().find(|&&j| !node.same_cone(first, j)) {
            return Err(Reason::NotExchangeable(first, other));
        }
        let cone = &node.cones[first];
        if !cone.undecided.bit(site) {
            return Err(Reason::Decided(site));
        }
        let halves = cone.halves(&self.terms.rows, site)?;
        let least = if self.may_be_mirrored(cone) { count } else { 0 };
        let child = |ons| node.part(neurons.iter().enumerate().map(|(place, &j)| (j, halves[usize::from(place < ons)].clone())));
        Ok((least..=count).map(child).collect())
    }

    fn may_be_mirrored(&self, cone: &Cone) -> bool {
        self.terms.mirrored && cone.cuts.is_empty()
    }

    /// Closes the node: its networks have at least this loss.
    fn close(&mut self, id: u64, bound: (Int, Int)) -> Vec<Node> {
        if self.least.as_ref().is_none_or(|(least, _)| &bound.0 * &least.1 < &least.0 * &bound.1) {
            self.least = Some((bound, id));
        }
        Vec::new()
    }

    fn leaf(&mut self, id: u64, node: &Node) -> Result<Vec<Node>, Reason> {
        let terms = &self.terms;
        let mut u = Vec::with_capacity(terms.site_of_item.len());
        for _ in &terms.site_of_item {
            u.push(self.records.integer()?);
        }
        let sums = if terms.problem.loss == Loss::L2 { &u } else { &dual::site_sums(terms, terms.site_of_item.iter().copied().zip(&u)) };
        dual::confirm(terms, node, sums, &mut self.records)?;
        Ok(self.close(id, self.terms.bound(&u)))
    }

    fn point(&mut self, node: &Node) -> Result<Vec<Node>, Reason> {
        let point = self.records.index(self.terms.positive.len(), "point")?;
        if node.marks.contains_key(&point) {
            return Err(Reason::Marked(point));
        }
        let child = |right| {
            let mut marks = (*node.marks).clone();
            let _ = marks.insert(point, right);
            Node { marks: Rc::new(marks), ..node.part([]) }
        };
        Ok([false, true].map(child).into())
    }

    fn labels(&mut self, id: u64, node: &Node) -> Result<Vec<Node>, Reason> {
        let wrong = dual::wrong_points(&self.terms, node, &mut self.records)?;
        Ok(wrong.map_or_else(Vec::new, |wrong| self.close(id, (Int::Small(wrong as i128), Int::ONE))))
    }

    /// Three sites; for threshold neurons two, of which the first is repeated.
    fn sites(&mut self) -> Result<[usize; 3], Reason> {
        let mut site = || self.records.index(self.terms.rows.len(), "site");
        let a = site()?;
        Ok([a, if self.terms.problem.activation == Activation::Relu { site()? } else { a }, site()?])
    }

    /// What becomes of neuron `j` if it is the one that a triple at sites `a` and `c` needs: its cone for each way that is possible.
    fn serving(&self, node: &Node, j: usize, triple: &Triple, a: usize, c: usize) -> Result<Vec<Rc<Cone>>, Reason> {
        let ways = [(a, c), (c, a)].into_iter().take(if self.may_be_mirrored(&node.cones[j]) { 1 } else { 2 });
        let allowed = ways.filter(|&(off, _)| triple.allows(node.is_plus(j), off == a));
        allowed.filter_map(|(off, on)| node.cones[j].crossing(&self.terms.rows, off, on).transpose()).collect()
    }

    fn triple(&mut self, node: &Node) -> Result<Vec<Node>, Reason> {
        let sites @ [a, _, c] = self.sites()?;
        let claimed = self.records.index(2 * self.terms.problem.width + 1, "number of children")?;
        let triple = Triple::new(&self.terms, sites)?;
        let mut children = Vec::new();
        for j in (0..self.terms.problem.width).filter(|&j| !(0..j).any(|l| node.same_cone(l, j))) {
            children.extend(self.serving(node, j, &triple, a, c)?.into_iter().map(|cone| node.part([(j, cone)])));
        }
        if claimed != children.len() {
            return Err(Reason::Children { claimed, found: children.len() });
        }
        self.zero_only = true;
        Ok(children)
    }

    fn count(&mut self, node: &Node) -> Result<Vec<Node>, Reason> {
        let triples = self.records.index(self.terms.rows.len() + 1, "number of triples")?;
        let sites = (0..triples).map(|_| self.sites()).collect::<Result<Vec<_>, Reason>>()?;
        let chain = Triple::chain(&self.terms, &sites)?;
        let mut neurons = 0;
        for j in 0..self.terms.problem.width {
            for (triple, &[a, _, c]) in chain.iter().zip(&sites) {
                if !self.serving(node, j, triple, a, c)?.is_empty() {
                    neurons += 1;
                    break;
                }
            }
        }
        if neurons >= triples {
            return Err(Reason::TooFewTriples { neurons, triples });
        }
        self.zero_only = true;
        Ok(Vec::new())
    }

    /// What is proven after the last record, and the rest of the input.
    pub(super) fn certified(self) -> (Certified, R) {
        let excludes_zero = self.terms.problem.loss != Loss::ZeroOne && self.least.as_ref().is_none_or(|((numerator, _), _)| *numerator > Int::ZERO);
        let weakest_node = self.least.as_ref().map(|(_, node)| *node);
        let bound = self.least.map_or((Int::ZERO, Int::ONE), |(bound, _)| bound);
        let lower_bound = if self.zero_only { RBig::ZERO } else { self.terms.loss(&bound) };
        (Certified { nodes: self.next, lower_bound, excludes_zero, weakest_node }, self.records.input)
    }
}
