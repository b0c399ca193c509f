//! The nodes of a search for a network without error.
//!
//! A node is closed if its bends are more than its neurons can serve, or by the exact linear program; a solution of that is the network looked for. Else it is split by who serves a bend
//! that no neuron serves for certain, and once all are served by an undecided bit.

use super::super::evaluation::{Evaluation, Open, Verdict};
use super::super::goal::Goal;
use super::super::leaf;
use super::super::node::{Proof, Split};
use super::{Extra, Stopped, ZeroVerdict, is_open_in_floats, zero_error};
use crate::exact::{Integer, Rational};
use crate::instance::Loss;
use crate::train::Incumbent;
use crate::train::search::{Branch, Leaf, Lines, Model, Node};

/// What all nodes of the search share.
#[derive(Debug)]
pub(in crate::train) struct Decision {
    lines: Lines,
}

impl Decision {
    /// `None` unless the question is whether the loss can be 0, and equal points leave it open.
    pub(in crate::train) fn new(model: &Model<'_>) -> Option<Self> {
        Decision::is_asked(model).then(|| Decision { lines: Lines::new(model) })
    }

    /// Whether nodes are closed by proofs that the loss is not 0.
    pub(in crate::train) fn is_asked(model: &Model<'_>) -> bool {
        let instance = model.instance();
        instance.target_error.as_ref().is_some_and(Rational::is_zero) && instance.loss != Loss::ZeroOne && model.floor.is_zero()
    }

    /// Closes or splits a node, or leaves it as it is once `stop` says so. The least loss of a node that was closed or split by a bend is known to be 0 at least.
    pub(in crate::train) fn evaluate(&self, model: &Model<'_>, node: Node, goal: &Goal, stop: &dyn Fn() -> bool) -> Evaluation {
        if let Some(bends) = self.lines.refute(model, &node) {
            return Evaluation { least: Some(Rational::ZERO), ..closed(node, Proof::Count(bends)) };
        }
        let branch = self.lines.branch(model, &node, model.mirrored);
        if branch.as_ref().is_some_and(|branch| branch.viable <= 1 || is_large(&node)) {
            let Some(Branch { bend, services, .. }) = branch else { unreachable!("just looked at") };
            return open(node, goal, Split::Bend { bend, services }, Some(Rational::ZERO));
        }
        let bits = match zero_error(model, &node, Extra::of(model), stop) {
            Err(Stopped) => {
                let verdict = Verdict::Open(Box::new(Open::unseen(node, 0.0)));
                return Evaluation { verdict, better: None, least: Some(Rational::ZERO) };
            }
            Ok(ZeroVerdict::Refuted(leaf)) => return Evaluation { least: Some(leaf::bound(model, &leaf)), ..closed(node, Proof::Leaf(leaf)) },
            Ok(ZeroVerdict::Found(solution)) => {
                let nothing = Leaf { u: vec![Integer::ZERO; model.items.len()], p: vec![Vec::new(); node.cones.len()] };
                let Some(network) = solution.network(model) else {
                    let verdict = Verdict::Outside(Box::new((node, Proof::Leaf(nothing))));
                    return Evaluation { verdict, better: None, least: Some(Rational::ZERO) };
                };
                let better = Incumbent::evaluate(network, model.instance());
                assert!(better.loss.is_zero(), "a solution has no error");
                return Evaluation { better: Some(better), least: Some(Rational::ZERO), ..closed(node, Proof::Leaf(nothing)) };
            }
            Ok(ZeroVerdict::Open { bits }) => bits,
        };
        let (split, least) = match branch {
            Some(Branch { bend, services, .. }) => (Split::Bend { bend, services }, Some(Rational::ZERO)),
            None => (bit(model, &node, &bits), None),
        };
        open(node, goal, split, least)
    }
}

/// Whether the linear program has so many unknowns that bends come first.
fn is_large(node: &Node) -> bool {
    /// Generators a neuron.
    const LARGE: usize = 8;
    node.cones.iter().map(|cone| cone.generators()).sum::<usize>() > LARGE * node.cones.len()
}

fn open(node: Node, goal: &Goal, split: Split, least: Option<Rational>) -> Evaluation {
    let open = Open::new(node, 0.0, 0.0, goal, split);
    Evaluation { verdict: Verdict::Open(Box::new(open)), better: None, least }
}

fn closed(node: Node, proof: Proof) -> Evaluation {
    Evaluation { verdict: Verdict::Closed(Some(Box::new((node, proof)))), better: None, least: None }
}

/// The first bit one of whose children seems to be decided, or the first of all.
pub(super) fn bit(model: &Model<'_>, node: &Node, bits: &[(usize, usize)]) -> Split {
    /// Bits tried.
    const TRIED: usize = 4;
    let split = |&(neuron, site): &(usize, usize)| Split::Bit { site, group: node.group(neuron) };
    let closes = |split: &Split| {
        let children = node.children(model, split);
        children.iter().any(|child| !is_open_in_floats(model, child, Extra::of(model)))
    };
    bits.iter().take(TRIED).map(split).find(closes).unwrap_or_else(|| split(&bits[0]))
}
