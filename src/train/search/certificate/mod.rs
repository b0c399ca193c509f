//! Writes a certificate while the tree is searched: one record for each node that is split or closed, in the order in which that happens.
//!
//! The format and what it proves is the subject of `docs/CERTIFICATES.md`. Nodes are known by numbers: the roots come first (root `p` has `p`
//! plus neurons, which come first), and every record that splits a node gives the next free numbers to its children. The checker keeps the cones of
//! open nodes only; so does nothing here: the writer remembers a counter, and a run can be continued at any [`Position`].

use super::{Bend, Leaf, Model, Node, State};
use crate::exact::{Integer, Natural, Rational};
use crate::instance::Activation;
use crate::network::json::NetworkFile;
use crate::train::Incumbent;
use dashu_base::{Abs, BitTest, Signed};
use serde::Serialize;
use std::io::{self, BufWriter, Write};
use std::ops::Range;

const END: u8 = 0;
const SPLIT: u8 = 1;
const LEAF: u8 = 2;
const POINT: u8 = 3;
const LABELS: u8 = 4;
const TRIPLE: u8 = 5;
const COUNT: u8 = 6;

/// Where a certificate stands: what a checkpoint has to remember of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::train) struct Position {
    /// The length of the file.
    pub(in crate::train) bytes: u64,
    /// The number that the next child will get.
    pub(in crate::train) next: u64,
}

/// What a certificate claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::train) enum Claim {
    /// The network's loss is the minimum.
    Minimum,
    /// No network has a loss below the lower bound.
    LowerBound,
    /// No network has a loss of at most the problem's target error.
    NotRealizable,
}

/// Shows that the points of its support do not all have the right class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::train) struct LabelVector {
    /// The support: points, increasing, with numbers other than 0.
    pub(in crate::train) u: Vec<(usize, Integer)>,
    /// The multipliers of the neurons, as in [`Leaf`].
    pub(in crate::train) p: Vec<Vec<(usize, Integer)>>,
}

/// Writes one certificate; calls must come one after another, a node's before its children's.
#[derive(Debug)]
pub(in crate::train) struct CertificateWriter<W: Write> {
    out: BufWriter<W>,
    record: Vec<u8>,
    relu: bool,
    site_of_point: Vec<usize>,
    /// The items in the order of the file (of the sites for squares, of the points for other losses), each with its site.
    items: Vec<(usize, usize)>,
    sites: usize,
    width: usize,
    position: Position,
}

impl<W: Write> CertificateWriter<W> {
    /// Begins a certificate; `problem` is the JSON object of [`problem_json`](crate::train::result::problem_json).
    pub(in crate::train) fn new(out: W, model: &Model<'_>, problem: &str) -> io::Result<Self> {
        let roots = model.instance().architecture.sign_classes().count();
        let mut writer = CertificateWriter::resume(out, model, Position { bytes: 0, next: roots as u64 });
        // A class with an affine function has mirrored neurons anyway.
        let mirrored = if model.mirrored && !model.instance().architecture.affine { ",\"mirrored\":true" } else { "" };
        writer.record.extend_from_slice(format!("relus-certificate 1\n{{\"problem\":{problem}{mirrored}}}\n").as_bytes());
        writer.write_record()?;
        Ok(writer)
    }

    /// Continues a certificate that was written up to `position`; `out` appends there.
    pub(in crate::train) fn resume(out: W, model: &Model<'_>, position: Position) -> Self {
        let site_of_point: Vec<usize> = (0..model.instance().data.len()).map(|i| model.design().row_of_point(i)).collect();
        let items = model.items.iter().map(|item| item.site).enumerate().collect();
        CertificateWriter {
            out: BufWriter::with_capacity(1 << 16, out),
            record: Vec::new(),
            relu: model.activation() == Activation::Relu,
            site_of_point,
            items,
            sites: model.sites(),
            width: model.width(),
            position,
        }
    }

    /// Hands everything to the underlying writer and flushes it.
    pub(in crate::train) fn flush(&mut self) -> io::Result<Position> {
        self.out.flush()?;
        Ok(self.position)
    }

    /// The underlying writer.
    pub(in crate::train) fn inner(&self) -> &W {
        self.out.get_ref()
    }

    /// Where the certificate stands; the underlying writer may not have it all yet.
    pub(in crate::train) fn position(&self) -> Position {
        self.position
    }

    /// Splits node `id` at `site`, undecided for the cones of `neurons`: child `t` of `neurons.len() + 1` has the first `t` of them on, the rest off. Of neurons that may be mirrored there is
    /// only the last child.
    pub(in crate::train) fn split(&mut self, id: u64, site: usize, neurons: &[usize], children: usize) -> io::Result<Range<u64>> {
        self.start(SPLIT, id);
        self.indices(&[site, neurons.len()]);
        self.indices(neurons);
        self.children(children)
    }

    /// Closes node `id` with the dual `leaf`, found for `node`.
    pub(in crate::train) fn leaf(&mut self, id: u64, node: &Node, leaf: &Leaf) -> io::Result<()> {
        self.start(LEAF, id);
        for &(item, _) in &self.items {
            write_natural(&mut self.record, &zigzag(&leaf.u[item]));
        }
        let sums = site_sums(self.items.iter().map(|&(item, site)| (site, &leaf.u[item])), self.sites);
        self.multipliers(node, &sums, &leaf.p);
        self.write_record()
    }

    /// Splits node `id` by whether data point `point` gets a wrong class (first child) or the right one (0-1 loss).
    pub(in crate::train) fn point(&mut self, id: u64, point: usize) -> io::Result<Range<u64>> {
        self.start(POINT, id);
        self.indices(&[point]);
        self.children(2)
    }

    /// Closes node `id` with `vectors`, each of which finds another point of a wrong class (0-1 loss).
    pub(in crate::train) fn labels(&mut self, id: u64, node: &Node, vectors: &[LabelVector]) -> io::Result<()> {
        self.start(LABELS, id);
        self.indices(&[vectors.len()]);
        for vector in vectors {
            self.indices(&[vector.u.len()]);
            let mut before = 0;
            for (point, u) in &vector.u {
                self.indices(&[point - before]);
                write_natural(&mut self.record, &zigzag(u));
                before = point + 1;
            }
            let sums = site_sums(vector.u.iter().map(|(i, u)| (self.site_of_point[*i], u)), self.sites);
            self.multipliers(node, &sums, &vector.p);
        }
        self.write_record()
    }

    /// Splits node `id` by which neuron serves the bend, into so many `children` (zero error).
    pub(in crate::train) fn triple(&mut self, id: u64, bend: &Bend, children: usize) -> io::Result<Range<u64>> {
        self.start(TRIPLE, id);
        self.bend(bend);
        self.indices(&[children]);
        self.children(children)
    }

    /// Closes node `id`: each of these bends of one line needs a neuron of its own, and there are too few (zero error).
    pub(in crate::train) fn count(&mut self, id: u64, bends: &[Bend]) -> io::Result<()> {
        self.start(COUNT, id);
        self.indices(&[bends.len()]);
        bends.iter().for_each(|bend| self.bend(bend));
        self.write_record()
    }

    /// The sites of a bend in their order: three for ReLU, two for threshold neurons.
    fn bend(&mut self, bend: &Bend) {
        let [a, c] = bend.ends;
        self.indices(&[a]);
        self.indices(bend.middle.as_slice());
        self.indices(&[c]);
    }

    /// Ends the certificate with what it claims.
    pub(in crate::train) fn finish(mut self, claim: Claim, incumbent: Option<&Incumbent>, lower_bound: Option<&Rational>) -> io::Result<W> {
        let footer = Footer {
            claim: match claim {
                Claim::Minimum => "minimum",
                Claim::LowerBound => "lower-bound",
                Claim::NotRealizable => "not-realizable",
            },
            loss: incumbent.map(|incumbent| incumbent.loss.to_string()),
            lower_bound: lower_bound.or(incumbent.filter(|_| claim == Claim::Minimum).map(|incumbent| &incumbent.loss)).map(ToString::to_string),
            network: incumbent.map(|incumbent| NetworkFile::from(&incumbent.network)),
        };
        self.record.push(END);
        serde_json::to_writer(&mut self.record, &footer)?;
        self.record.push(b'\n');
        self.write_record()?;
        self.out.into_inner().map_err(io::IntoInnerError::into_error)
    }

    fn start(&mut self, tag: u8, id: u64) {
        self.record.push(tag);
        write_small(&mut self.record, u128::from(id));
    }

    fn indices(&mut self, indices: &[usize]) {
        for &index in indices {
            write_small(&mut self.record, index as u128);
        }
    }

    /// The multipliers of the neurons' undecided sites (the affine function has none); the checker sets those of decided sites to their best values itself. 0 stands for the largest, `|U_s|`.
    fn multipliers(&mut self, node: &Node, sums: &[Integer], p: &[Vec<(usize, Integer)>]) {
        if !self.relu {
            return;
        }
        for (j, cone) in node.cones[..self.width].iter().enumerate() {
            let matters = |site: usize| cone.states[site] == State::Undecided && !sums[site].is_zero() && sums[site].is_negative() == node.plus[j];
            let listed = || p[j].iter().filter(|(site, value)| matters(*site) && !value.is_zero());
            self.indices(&[listed().count()]);
            let mut before = 0;
            for (site, value) in listed() {
                self.indices(&[site - before]);
                let (_, value) = if *value == (&sums[*site]).abs() { Natural::ZERO.into() } else { value.clone() }.into_parts();
                write_natural(&mut self.record, &value);
                before = site + 1;
            }
        }
    }

    fn children(&mut self, count: usize) -> io::Result<Range<u64>> {
        self.write_record()?;
        let first = self.position.next;
        self.position.next += count as u64;
        Ok(first..self.position.next)
    }

    fn write_record(&mut self) -> io::Result<()> {
        self.out.write_all(&self.record)?;
        self.position.bytes += self.record.len() as u64;
        self.record.clear();
        Ok(())
    }
}

#[derive(Serialize)]
struct Footer {
    claim: &'static str,
    loss: Option<String>,
    lower_bound: Option<String>,
    network: Option<NetworkFile>,
}

/// `U_s` for each site.
fn site_sums<'a>(terms: impl Iterator<Item = (usize, &'a Integer)>, sites: usize) -> Vec<Integer> {
    let mut sums = vec![Integer::ZERO; sites];
    for (site, u) in terms {
        sums[site] += u;
    }
    sums
}

/// 0, −1, 1, −2, 2, … as 0, 1, 2, 3, 4, …
fn zigzag(value: &Integer) -> Natural {
    let (_, magnitude) = value.clone().into_parts();
    if value.is_negative() { (magnitude << 1) - Natural::ONE } else { magnitude << 1 }
}

/// Seven bits a byte, the least significant first; all bytes but the last have the high bit set.
fn write_natural(bytes: &mut Vec<u8>, value: &Natural) {
    match u128::try_from(value) {
        Ok(small) => write_small(bytes, small),
        Err(_) => {
            let digits = value.bit_len().div_ceil(7);
            for digit in 0..digits {
                let seven = u8::try_from((value >> (7 * digit)) & Natural::from(127u8)).expect("seven bits");
                bytes.push(if digit + 1 < digits { seven | 128 } else { seven });
            }
        }
    }
}

fn write_small(bytes: &mut Vec<u8>, mut value: u128) {
    while value >= 128 {
        bytes.push((value & 127) as u8 | 128);
        value >>= 7;
    }
    bytes.push(value as u8);
}

#[cfg(test)]
mod tests;
