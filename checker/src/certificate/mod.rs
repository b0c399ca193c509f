//! Certificates: what they prove and how they are written is the subject of `docs/CERTIFICATES.md`.

mod cone;
mod dual;
mod reason;
mod records;
mod terms;
mod triple;

pub use reason::Reason;

use crate::data::Data;
use crate::error::CheckError;
use crate::result::{Activation, Loss, Problem, ResultFile};
use cone::Cone;
use dashu_int::IBig;
use dashu_ratio::RBig;
use records::Records;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::rc::Rc;
use terms::Terms;
use triple::Triple;

const FIRST_LINE: &[u8] = b"relus-certificate 1\n";

/// Wider networks are refused: nobody could have searched them.
const MAX_WIDTH: usize = 1000;

/// What a certificate proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certified {
    /// The number of nodes of the tree.
    pub nodes: u64,
    /// No network of the class has a smaller loss.
    pub lower_bound: RBig,
    /// No network of the class has loss 0 (even if the lower bound is 0).
    pub excludes_zero: bool,
    /// The node whose bound is the least, if any has one.
    pub weakest_node: Option<u64>,
}

/// A set of networks that has not been dealt with yet.
struct Node {
    /// Neurons 0, …, plus − 1 have sign +1.
    plus: usize,
    cones: Vec<Rc<Cone>>,
    /// Points that are supposed to be right or wrong.
    marks: Rc<BTreeMap<usize, bool>>,
}

impl Node {
    fn is_plus(&self, neuron: usize) -> bool {
        neuron < self.plus
    }

    fn same_cone(&self, j: usize, l: usize) -> bool {
        self.is_plus(j) == self.is_plus(l) && (Rc::ptr_eq(&self.cones[j], &self.cones[l]) || self.cones[j].cuts == self.cones[l].cuts)
    }

    fn with_cones(&self, cones: Vec<Rc<Cone>>) -> Node {
        Node { plus: self.plus, cones, marks: self.marks.clone() }
    }
}

/// Whether the file begins like a certificate.
pub(crate) fn is_certificate(path: &Path) -> Result<bool, CheckError> {
    let mut start = Vec::new();
    let length = b"relus-certificate".len() as u64;
    let file = File::open(path).map_err(|source| CheckError::Io(path.to_owned(), source))?;
    file.take(length).read_to_end(&mut start).map_err(|source| CheckError::Io(path.to_owned(), source))?;
    Ok(start == b"relus-certificate")
}

/// Reads a certificate and checks it against the data file: what it proves, and what it claims as if it were a result.
pub(crate) fn verify(path: &Path, data_path: &Path) -> Result<(Certified, Data, ResultFile), CheckError> {
    let unreadable = |source| CheckError::Io(path.to_owned(), source);
    let mut input = BufReader::with_capacity(1 << 16, File::open(path).map_err(unreadable)?);
    let mut line = Vec::new();
    let _ = input.read_until(b'\n', &mut line).map_err(unreadable)?;
    if line != FIRST_LINE {
        return Err(CheckError::NoCertificate(path.to_owned()));
    }
    line.clear();
    let _ = input.read_until(b'\n', &mut line).map_err(unreadable)?;
    let json = |source| CheckError::Json(path.to_owned(), source);
    let header: Value = serde_json::from_slice(&line).map_err(json)?;
    let problem: Problem = serde_json::from_value(header["problem"].clone()).map_err(json)?;
    if problem.width > MAX_WIDTH {
        return Err(CheckError::TooWide(problem.width));
    }
    let data = Data::read(data_path, &problem)?;
    let mut check = Check::new(&problem, &data, Records { input });
    check.terms.mirrored = header["mirrored"] == Value::Bool(true) && problem.activation == Activation::Relu && problem.loss != Loss::ZeroOne;
    while check.record().map_err(|reason| CheckError::Record { record: check.record, node: check.node, reason })? {
        check.record += 1;
    }
    let mut footer = Vec::new();
    let _ = check.records.input.read_to_end(&mut footer).map_err(unreadable)?;
    let certified = check.certified();
    Ok((certified, data, claim(&footer, header["problem"].clone()).map_err(json)?))
}

/// The claim at the end of a certificate, as a result.
fn claim(footer: &[u8], problem: Value) -> Result<ResultFile, serde_json::Error> {
    let mut claim: Map<String, Value> = serde_json::from_slice(footer)?;
    let status = match claim.remove("claim") {
        Some(Value::String(claim)) if claim == "minimum" => "optimal".into(),
        Some(Value::String(claim)) if claim == "lower-bound" => "time-limit".into(),
        other => other.unwrap_or_default(),
    };
    claim.extend([("status".to_owned(), status), ("problem".to_owned(), problem)]);
    serde_json::from_value(Value::Object(claim))
}

/// The state while the records are read.
struct Check<'a> {
    problem: &'a Problem,
    terms: Terms,
    records: Records<BufReader<File>>,
    record: u64,
    /// The node of the record.
    node: Option<u64>,
    open: HashMap<u64, Node>,
    next: u64,
    /// The least bound so far, and its node.
    least: Option<((IBig, IBig), u64)>,
    /// Whether an argument was used that excludes loss 0 only.
    zero_only: bool,
}

impl<'a> Check<'a> {
    fn new(problem: &'a Problem, data: &Data, records: Records<BufReader<File>>) -> Self {
        let whole = Rc::new(Cone::whole(problem.dimension + 1));
        let root = |plus| Node { plus, cones: vec![whole.clone(); problem.width], marks: Rc::default() };
        let open: HashMap<u64, Node> = (0..=problem.width).map(|plus| (plus as u64, root(plus))).collect();
        let next = open.len() as u64;
        Check { problem, terms: Terms::new(data, problem), records, record: 0, node: None, open, next, least: None, zero_only: false }
    }

    /// Checks the next record; false at the end.
    fn record(&mut self) -> Result<bool, Reason> {
        self.node = None;
        let tag = self.records.byte()?;
        if tag == 0 {
            return self.open.keys().min().map_or(Ok(false), |&first| Err(Reason::Open(self.open.len(), first)));
        }
        let id = self.records.small()?;
        self.node = Some(id);
        let node = self.open.remove(&id).ok_or(Reason::NotOpen)?;
        let zero_one = self.problem.loss == Loss::ZeroOne;
        match tag {
            1 => self.split(&node)?,
            2 if !zero_one => self.leaf(id, &node)?,
            3 if zero_one => self.point(&node)?,
            4 if zero_one => self.labels(id, &node)?,
            2..=4 => return Err(Reason::Kind("this loss")),
            5 | 6 if zero_one => return Err(Reason::Kind("this loss")),
            5 => self.triple(&node)?,
            6 => self.count(&node)?,
            _ => return Err(Reason::Tag(tag)),
        }
        Ok(true)
    }

    fn add(&mut self, node: Node) {
        let _ = self.open.insert(self.next, node);
        self.next += 1;
    }

    fn close(&mut self, id: u64, bound: (IBig, IBig)) {
        if self.least.as_ref().is_none_or(|(least, _)| &bound.0 * &least.1 < &least.0 * &bound.1) {
            self.least = Some((bound, id));
        }
    }

    fn split(&mut self, node: &Node) -> Result<(), Reason> {
        let width = self.problem.width;
        let site = self.records.index(self.terms.rows.len(), "site")?;
        let count = self.records.index(width + 1, "number of neurons")?;
        let neurons = (0..count).map(|_| self.records.index(width, "neuron")).collect::<Result<Vec<usize>, Reason>>()?;
        let first = *neurons.first().ok_or(Reason::Neurons)?;
        for (position, &neuron) in neurons.iter().enumerate() {
            if neurons[..position].contains(&neuron) {
                return Err(Reason::Neurons);
            }
            if !node.same_cone(first, neuron) {
                return Err(Reason::NotExchangeable(first, neuron));
            }
        }
        let (cone, x) = (&node.cones[first], &self.terms.rows[site]);
        if cone.state(x) != cone::State::Undecided {
            return Err(Reason::Decided(site));
        }
        let [off, on] = [false, true].map(|on| Rc::new(cone.cut(site, x, on)));
        let least = if self.terms.mirrored && cone.cuts.is_empty() { count } else { 0 };
        for ons in least..=count {
            let mut cones = node.cones.clone();
            neurons.iter().enumerate().for_each(|(position, &j)| cones[j] = if position < ons { on.clone() } else { off.clone() });
            self.add(node.with_cones(cones));
        }
        Ok(())
    }

    fn leaf(&mut self, id: u64, node: &Node) -> Result<(), Reason> {
        let mut u = Vec::with_capacity(self.terms.site_of_item.len());
        for _ in &self.terms.site_of_item {
            u.push(self.records.integer()?);
        }
        let sums = dual::site_sums(&self.terms, self.terms.site_of_item.iter().copied().zip(&u));
        dual::confirm(&self.terms, node, &sums, &mut self.records)?;
        self.close(id, self.terms.bound(&u));
        Ok(())
    }

    fn point(&mut self, node: &Node) -> Result<(), Reason> {
        let point = self.records.index(self.terms.positive.len(), "point")?;
        for right in [false, true] {
            let mut marks = (*node.marks).clone();
            if marks.insert(point, right).is_some() {
                return Err(Reason::Marked(point));
            }
            self.add(Node { plus: node.plus, cones: node.cones.clone(), marks: Rc::new(marks) });
        }
        Ok(())
    }

    fn labels(&mut self, id: u64, node: &Node) -> Result<(), Reason> {
        if let Some(wrong) = dual::wrong_points(&self.terms, node, &mut self.records)? {
            self.close(id, (IBig::from(wrong), IBig::ONE));
        }
        Ok(())
    }

    /// Three sites; for threshold neurons two, of which the first is repeated.
    fn sites(&mut self) -> Result<[usize; 3], Reason> {
        let mut site = || self.records.index(self.terms.rows.len(), "site");
        let a = site()?;
        Ok([a, if self.problem.activation == Activation::Relu { site()? } else { a }, site()?])
    }

    fn triple(&mut self, node: &Node) -> Result<(), Reason> {
        let sites @ [a, _, c] = self.sites()?;
        let claimed = self.records.index(2 * self.problem.width + 1, "number of children")?;
        let triple = Triple::new(&self.terms, self.problem.activation, sites)?;
        let mut children = Vec::new();
        for j in (0..node.cones.len()).filter(|&j| !(0..j).any(|l| node.same_cone(l, j))) {
            let mirrored = self.terms.mirrored && node.cones[j].cuts.is_empty();
            let ways = [(a, c), (c, a)].into_iter().take(if mirrored { 1 } else { 2 });
            for (off, on) in ways.filter(|&(off, _)| triple.allows(node.is_plus(j), off == a)) {
                children.extend(node.cones[j].crossing(&self.terms, off, on).map(|cone| {
                    let mut cones = node.cones.clone();
                    cones[j] = Rc::new(cone);
                    node.with_cones(cones)
                }));
            }
        }
        if claimed != children.len() {
            return Err(Reason::Children { claimed, found: children.len() });
        }
        children.into_iter().for_each(|child| self.add(child));
        self.zero_only = true;
        Ok(())
    }

    fn count(&mut self, node: &Node) -> Result<(), Reason> {
        let count = self.records.index(self.terms.rows.len() + 1, "number of triples")?;
        let triples = (0..count).map(|_| self.sites()).collect::<Result<Vec<_>, Reason>>()?;
        if triples.is_empty() {
            return Err(Reason::TooFewTriples { neurons: node.cones.len(), triples: 0 });
        }
        let chain = Triple::chain(&self.terms, self.problem.activation, &triples)?;
        let breaks = |j: &usize| {
            let (cone, plus) = (&node.cones[*j], node.is_plus(*j));
            let serves = |triple: &Triple, off, on, off_at_a| triple.allows(plus, off_at_a) && cone.crossing(&self.terms, off, on).is_some();
            chain.iter().zip(&triples).any(|(triple, &[a, _, c])| serves(triple, a, c, true) || serves(triple, c, a, false))
        };
        let neurons = (0..node.cones.len()).filter(breaks).count();
        if neurons >= count {
            return Err(Reason::TooFewTriples { neurons, triples: count });
        }
        self.zero_only = true;
        Ok(())
    }

    fn certified(self) -> Certified {
        let excludes_zero = self.problem.loss != Loss::ZeroOne && self.least.as_ref().is_none_or(|((numerator, _), _)| *numerator > IBig::ZERO);
        let (bound, weakest_node) = self.least.map_or(((IBig::ZERO, IBig::ONE), None), |(bound, node)| (bound, Some(node)));
        let lower_bound = if self.zero_only { RBig::ZERO } else { self.terms.loss(bound) };
        Certified { nodes: self.next, lower_bound, excludes_zero, weakest_node }
    }
}
