//! One node: bound it, close it with a proof, or choose how to split it.

use super::branching::{self, Candidate};
use super::candidate;
use super::frontier::Entry;
use super::goal::Goal;
use super::labels::Judge;
use super::leaf::{self, Scratch};
use super::model::Model;
use super::node::{Leaf, Node, Proof, Split};
use super::relax::{RelaxEngine, RelaxStatus, WarmStart};
use super::zero::Decision;
use crate::arrangement::SignVector;
use crate::exact::{Integer, Rational};
use crate::instance::{Activation, Loss};
use crate::train::Incumbent;
use std::collections::HashSet;

/// The relaxation's value must come this close to what is needed, relative to the needed loss plus this part of it of the targets' scale, before an exact proof is tried.
const NEARLY: f64 = 1e-7;
/// A relaxed loss below this part of what is needed counts as a plateau, where hidden losses say little.
const PLATEAU: f64 = 1e-3;
/// The number of bits tried on a plateau: with 8 the instances of the bench take as many nodes and more time.
const TRIED: usize = 4;
/// The number of bits weighed elsewhere: their penalties are rough, and what hides little is seldom worth a split.
const WEIGHED: usize = 6;

/// A node that waits to be split.
#[derive(Debug)]
pub(in crate::train) struct Open {
    pub(in crate::train) node: Node,
    /// The relaxation's value: what nodes are ordered by.
    pub(in crate::train) estimate: f64,
    /// Proven, in units of [`Model::loss_unit`] and without the constant.
    pub(in crate::train) proven: f64,
    /// What was needed when it was evaluated.
    pub(in crate::train) judged: f64,
    pub(in crate::train) warm: Option<WarmStart>,
    pub(in crate::train) split: Split,
}

/// What became of a node.
#[derive(Debug)]
pub(in crate::train) enum Verdict {
    /// No network of the node is better than what the goal asks for; with the proof, if leaves are asked for.
    Closed(Option<Box<(Node, Proof)>>),
    /// To be split.
    Open(Box<Open>),
    /// A network with an affine term was found that is none of the class: [`Model::mirrored`] asks too much. With the proof of nothing, which closes
    /// the node where another network answers the question.
    Outside(Box<(Node, Proof)>),
}

/// A verdict, and a better network if one was found on the way.
#[derive(Debug)]
pub(in crate::train) struct Evaluation {
    pub(in crate::train) verdict: Verdict,
    pub(in crate::train) better: Option<Incumbent>,
    /// The least loss of a closed node, exactly, if it is less than what was needed: for the decision problem a node is closed by a loss just above the target.
    pub(in crate::train) least: Option<Rational>,
}

impl Evaluation {
    fn closed(proof: Option<(Node, Proof)>) -> Self {
        Evaluation { verdict: Verdict::Closed(proof.map(Box::new)), better: None, least: None }
    }
}

/// How nodes were closed, and what it took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::train) struct Tally {
    /// Relaxations that were solved, those of strong branching among them.
    pub(in crate::train) relaxations: u64,
    /// Nodes closed by a bound proven in floats.
    pub(in crate::train) in_floats: u64,
    /// Attempts at a proof in integers, and those that succeeded.
    pub(in crate::train) attempts: u64,
    /// See `attempts`.
    pub(in crate::train) in_integers: u64,
    /// Activation patterns that were solved exactly.
    pub(in crate::train) patterns: u64,
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.relaxations += other.relaxations;
        self.in_floats += other.in_floats;
        self.attempts += other.attempts;
        self.in_integers += other.in_integers;
        self.patterns += other.patterns;
    }
}

/// The scratch space of one thread.
#[derive(Debug)]
pub(in crate::train) struct Worker<'m, 'a> {
    model: &'m Model<'a>,
    engine: RelaxEngine,
    /// For the question whether the loss can be 0, which takes another way.
    decision: Option<Decision>,
    /// For the 0-1 loss, which takes another way.
    judge: Option<Judge>,
    scratch: Scratch,
    candidates: Vec<Candidate>,
    /// Patterns that were solved exactly.
    tried: HashSet<Vec<SignVector>>,
    /// How nodes were closed and networks found.
    pub(in crate::train) tally: Tally,
    /// Whether closed nodes need leaves.
    leaves: bool,
    /// Whether all that was concluded from floats is checked in rationals.
    audit: bool,
    /// Σ m ȳ², what the float values are compared with.
    scale: f64,
}

impl<'m, 'a> Worker<'m, 'a> {
    pub(in crate::train) fn new(model: &'m Model<'a>, leaves: bool) -> Self {
        let scale = model.largest_loss();
        Worker {
            model,
            engine: RelaxEngine::new(model),
            decision: Decision::new(model),
            judge: (model.loss() == Loss::ZeroOne).then(|| Judge::new(model)),
            scratch: Scratch::default(),
            candidates: Vec::new(),
            tried: HashSet::new(),
            tally: Tally::default(),
            leaves,
            audit: false,
            scale,
        }
    }

    /// Nothing is believed that floats say: no node is closed without a leaf, every leaf is verified, and every network found in a node must lose what
    /// the floats claimed to have proven about it or a node above.
    pub(in crate::train) fn with_audit(self, audit: bool) -> Self {
        Worker { leaves: self.leaves || audit, audit, ..self }
    }

    fn solve(&mut self, node: &Node, warm: Option<&WarmStart>, cutoff: f64) -> RelaxStatus {
        self.tally.relaxations += 1;
        self.engine.solve(node, warm, cutoff)
    }

    fn slack(&self, goal: &Goal) -> f64 {
        NEARLY * (goal.needed_scaled.abs() + NEARLY * self.scale)
    }

    /// Whether the incumbent has become so much better since `open` was evaluated that it may be closed now.
    pub(in crate::train) fn may_close(&self, open: &Open, goal: &Goal) -> bool {
        goal.needed_scaled < open.judged && open.estimate >= goal.needed_scaled - self.slack(goal)
    }

    /// Bounds `node`, whose parent proved `inherited`, and closes it or chooses its split.
    ///
    /// # Panics
    /// If it is audited and something was wrong.
    pub(in crate::train) fn evaluate(&mut self, node: Node, warm: Option<&WarmStart>, inherited: f64, goal: &Goal) -> Evaluation {
        let evaluation = self.judge(node, warm, inherited, goal);
        if self.audit {
            self.check(&evaluation, inherited, goal);
        }
        evaluation
    }

    /// The audit of an evaluation.
    fn check(&self, evaluation: &Evaluation, inherited: f64, goal: &Goal) {
        let (node, proven) = match &evaluation.verdict {
            Verdict::Open(open) => (&open.node, open.proven),
            Verdict::Closed(Some(proof)) => {
                let (node, proof) = proof.as_ref();
                if let Proof::Leaf(leaf) = proof {
                    let needed = evaluation.least.as_ref().unwrap_or(&goal.needed);
                    assert!(leaf::verify(self.model, node, leaf), "audit: {leaf:?} is no proof for {node:?}");
                    assert!(leaf::bound(self.model, leaf) >= *needed, "audit: {leaf:?} proves less than {needed} for {node:?}");
                }
                (node, inherited)
            }
            Verdict::Outside(_) => return,
            Verdict::Closed(None) => panic!("audit: a node was closed without a proof"),
        };
        let claimed = self.model.unscaled_loss(proven);
        if let Some(better) = &evaluation.better {
            // Patterns of threshold neurons are solved for output weights of either sign.
            let signs = better.network.neurons.iter().zip(node.plus.iter());
            let belongs = signs.into_iter().all(|(neuron, &plus)| neuron.a.is_zero() || (neuron.a > Rational::ZERO) == plus);
            assert!(!belongs || better.loss >= claimed, "audit: a loss of {} where {claimed} was proven: {node:?}", better.loss);
        }
    }

    fn judge(&mut self, node: Node, warm: Option<&WarmStart>, inherited: f64, goal: &Goal) -> Evaluation {
        if let Some(decision) = &self.decision {
            return decision.evaluate(self.model, node, goal);
        }
        if let Some(judge) = &mut self.judge {
            return judge.evaluate(self.model, node, inherited, goal, self.leaves);
        }
        let slack = self.slack(goal);
        let status = self.solve(&node, warm, goal.needed_scaled + slack);
        if status == RelaxStatus::Failed {
            return self.without_bound(node, warm, inherited, goal);
        }
        let value = self.engine.relaxation().value;
        // The audit has it claim as much as it can.
        let cutoff = if self.audit { f64::NEG_INFINITY } else { goal.needed_scaled };
        let proven = leaf::quick_bound(self.model, &node, self.engine.relaxation(), cutoff, &mut self.scratch).max(inherited);
        if !self.leaves && proven >= goal.needed_scaled {
            self.tally.in_floats += 1;
            return Evaluation::closed(None);
        }
        if value >= goal.needed_scaled - slack
            && let Some(leaf) = self.prove(&node, value, goal, slack)
        {
            self.tally.in_integers += 1;
            return Evaluation::closed(self.leaves.then_some((node, Proof::Leaf(leaf))));
        }
        let better = self.improve(&node, goal);
        if node.is_decided() {
            return self.decided(node, better, goal);
        }
        let warm = self.engine.warm_start();
        let split = self.choose(&node, (goal.needed_scaled - value).max(0.0), value > PLATEAU * goal.needed_scaled, &warm);
        let open = Open { estimate: value, proven, judged: goal.needed_scaled, warm: Some(warm), split, node };
        Evaluation { verdict: Verdict::Open(Box::new(open)), better, least: None }
    }

    /// An exact proof, where the relaxation suggests that there is one.
    fn prove(&mut self, node: &Node, value: f64, goal: &Goal, slack: f64) -> Option<Leaf> {
        self.tally.attempts += 1;
        // Rounding costs a little: where there is nothing to spare it would fail after all its attempts.
        if value <= goal.needed_scaled + slack
            && let Some(leaf) = self.exact(node, goal)
        {
            return Some(leaf);
        }
        leaf::certify(self.model, node, self.engine.relaxation(), &goal.needed, &mut self.scratch)
    }

    /// A proof that has no room for rounding: the node may contain the incumbent's values.
    fn exact(&self, node: &Node, goal: &Goal) -> Option<Leaf> {
        match self.model.loss() {
            // Only their own residual proves the loss minimal.
            Loss::L2 => leaf::tight(self.model, node, goal.residual(self.model), Some(self.engine.relaxation()))
                .filter(|leaf| leaf::bound(self.model, leaf) >= goal.needed),
            Loss::L1 | Loss::Linf => leaf::linear(self.model, node).filter(|leaf| leaf::bound(self.model, leaf) >= goal.needed),
            Loss::ZeroOne => None,
        }
    }

    /// The exact optimum of a node without undecided bits closes it.
    fn decided(&mut self, node: Node, better: Option<Incumbent>, goal: &Goal) -> Evaluation {
        self.tally.patterns += 1;
        let patterns = candidate::decided_patterns(self.model, &node);
        let Some(optimum) = candidate::solve(self.model, &node, &patterns, (!self.leaves).then_some(&goal.needed)) else {
            return Evaluation { better, ..Evaluation::closed(None) };
        };
        let leaf = self.leaves.then(|| {
            let leaf = match self.model.loss() {
                Loss::L2 => leaf::tight(self.model, &node, &self.model.residual(&optimum.network), None),
                _ => leaf::linear(self.model, &node),
            };
            leaf.expect("an optimum of a convex program has multipliers")
        });
        let least = better.as_ref().map_or(&goal.incumbent.loss, |better| &better.loss);
        let loss = (optimum.loss < goal.needed).then(|| optimum.loss.clone());
        let better = if optimum.loss < *least { Some(optimum) } else { better };
        Evaluation { better, least: loss, ..Evaluation::closed(leaf.map(|leaf| (node, Proof::Leaf(leaf)))) }
    }

    /// The network at the relaxation's weights, polished exactly, if it is better than the incumbent and new.
    fn improve(&mut self, node: &Node, goal: &Goal) -> Option<Incumbent> {
        let relaxation = self.engine.relaxation();
        if self.model.activation() == Activation::Relu {
            let loss = candidate::true_loss(self.model, node, relaxation);
            let least = self.model.scaled_loss(&goal.incumbent.loss);
            if loss.is_nan() || loss >= least {
                return None;
            }
        }
        let patterns = candidate::patterns_of(self.model, node, relaxation);
        if !self.tried.insert(patterns.clone()) {
            return None;
        }
        self.tally.patterns += 1;
        candidate::solve(self.model, node, &patterns, Some(&goal.incumbent.loss))
    }

    /// The bit to branch on, where the bound is `missing` that much: strong branching decides unless it is clear of the plateau.
    fn choose(&mut self, node: &Node, missing: f64, clear: bool, warm: &WarmStart) -> Split {
        let mut candidates = std::mem::take(&mut self.candidates);
        branching::candidates(self.model, node, self.engine.relaxation(), &mut candidates);
        let order = |a: &Candidate, b: &Candidate| b.hidden.total_cmp(&a.hidden).then(a.site.cmp(&b.site));
        if candidates.len() > WEIGHED {
            let _ = candidates.select_nth_unstable_by(WEIGHED, order);
            candidates.truncate(WEIGHED);
        }
        candidates.sort_unstable_by(order);
        let best = if clear { self.costliest(&candidates, missing) } else { self.strongest(node, &candidates[..candidates.len().min(TRIED)], warm) };
        self.candidates = candidates;
        best.split(node)
    }

    /// Among the candidates that hide most the one with the largest product of hidden loss and penalties.
    fn costliest(&mut self, candidates: &[Candidate], missing: f64) -> Candidate {
        let mut best = (candidates[0], -1.0);
        for &candidate in candidates {
            let penalties = self.engine.penalties(candidate.neuron, candidate.site);
            let score = candidate.hidden * penalties.iter().map(|penalty| penalty.min(missing)).sum::<f64>();
            if score > best.1 {
                best = (candidate, score);
            }
        }
        best.0
    }

    /// The candidate whose children have the largest bounds: the least one first, then the sum.
    fn strongest(&mut self, node: &Node, candidates: &[Candidate], warm: &WarmStart) -> Candidate {
        let mut best = (candidates[0], -1.0, -1.0);
        for &candidate in candidates {
            let (mut least, mut sum) = (f64::INFINITY, 0.0);
            for child in node.children(self.model, &candidate.split(node)) {
                self.tally.relaxations += 1;
                let status = self.engine.probe(&child, Some(warm));
                let value = if status == RelaxStatus::Failed { 0.0 } else { self.engine.relaxation().value };
                least = least.min(value);
                sum += value;
            }
            if (least, sum) > (best.1, best.2) {
                best = (candidate, least, sum);
            }
        }
        best.0
    }

    /// Where the floats get nowhere the node is split at its first undecided bit, or solved exactly if there is none.
    fn without_bound(&mut self, node: Node, warm: Option<&WarmStart>, inherited: f64, goal: &Goal) -> Evaluation {
        if node.is_decided() {
            return self.decided(node, None, goal);
        }
        let (neuron, site) = (0..node.cones.len())
            .flat_map(|j| (0..self.model.sites()).map(move |s| (j, s)))
            .find(|&(j, s)| node.is_open(j, s))
            .expect("the node is not decided");
        let split = Candidate { neuron, site, hidden: 0.0 }.split(&node);
        let open = Open { estimate: inherited, proven: inherited, judged: goal.needed_scaled, warm: warm.cloned(), split, node };
        Evaluation { verdict: Verdict::Open(Box::new(open)), better: None, least: None }
    }

    /// What can be proven in floats about an open node; relaxations that end early leave that undone while the search runs.
    pub(in crate::train) fn open_bound(&mut self, entry: &Entry) -> f64 {
        let Open { node, warm, proven, .. } = entry.open.as_ref();
        if self.judge.is_some() || self.decision.is_some() || self.solve(node, warm.as_ref(), f64::INFINITY) == RelaxStatus::Failed {
            return *proven;
        }
        leaf::quick_bound(self.model, node, self.engine.relaxation(), f64::NEG_INFINITY, &mut self.scratch).max(*proven)
    }

    /// A leaf for an open node, with the bound that it proves: as much as can be had.
    pub(in crate::train) fn best_leaf(&mut self, entry: &Entry) -> (Node, Proof, Rational) {
        let node = entry.open.node.clone();
        if let Some(judge) = &mut self.judge {
            let (vectors, bound) = judge.vectors(self.model, &node);
            return (node, Proof::Labels(vectors), bound);
        }
        // Short of a refutation nothing is known about the question whether the loss is 0.
        if self.decision.is_none() && self.solve(&node, entry.open.warm.as_ref(), f64::INFINITY) != RelaxStatus::Failed {
            for part in [1.0, 0.999, 0.9, 0.5] {
                let needed = self.model.unscaled_loss((self.engine.relaxation().value * part).max(0.0));
                if let Some(leaf) = leaf::certify(self.model, &node, self.engine.relaxation(), &needed, &mut self.scratch) {
                    let bound = leaf::bound(self.model, &leaf);
                    return (node, Proof::Leaf(leaf), bound);
                }
            }
        }
        let nothing = Leaf { u: vec![Integer::ZERO; self.model.items.len()], p: vec![Vec::new(); node.cones.len()] };
        (node, Proof::Leaf(nothing), self.model.floor.clone())
    }
}
