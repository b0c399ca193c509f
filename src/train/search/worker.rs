//! One node: bound it, close it with a proof, or choose how to split it.

use super::branching::{self, Candidate};
use super::candidate;
use super::clock::{Clock, Part};
use super::evaluation::{Evaluation, Inherited, Open, Tally, Verdict};
use super::frontier::Entry;
use super::goal::Goal;
use super::labels::Judge;
use super::leaf::{self, Scratch};
use super::model::Model;
use super::node::{Certified, Leaf, Node, Proof, Split};
use super::relax::{RelaxEngine, RelaxStatus, WarmStart};
use super::zero::Decision;
use crate::arrangement::SignVector;
use crate::exact::{Integer, Rational};
use crate::instance::{Activation, Loss};
use crate::train::{Control, Incumbent};
use std::collections::HashSet;
use std::sync::Arc;

/// The relaxation's value must come this close to what is needed, relative to the needed loss plus this part of it of the targets' scale, before an exact proof is tried.
const NEARLY: f64 = 1e-7;
/// A relaxed loss below this part of what is needed counts as a plateau, where hidden losses say little.
const PLATEAU: f64 = 1e-3;
/// The number of bits tried on a plateau: with 8 the instances of the bench take as many nodes and more time.
const TRIED: usize = 4;
/// The number of bits weighed elsewhere: their penalties are rough, and what hides little is seldom worth a split.
const WEIGHED: usize = 6;
/// What is proven about an open node may lie below its relaxation's value by this part of what is needed: proofs cost as much as relaxations, and few nodes
/// in a path rise that much. The bound that a search knows while it runs, and where it is stopped, is as good as that.
const STEP: f64 = 1.0 / 8.0;
/// Integers cost more: where floats fail, or open nodes need leaves, it must be this much.
const LARGE_STEP: f64 = 1.0 / 4.0;
/// The part of the relaxation's value that such a leaf should prove: few bits are enough for it.
const NEARLY_ALL: f64 = 0.97;
/// The parts of it that are tried in turn where as much as can be had is wanted.
const PORTIONS: [f64; 4] = [1.0 - 1e-6, 0.999, 0.9, 0.5];

/// The scratch space of one thread.
#[derive(Debug)]
pub(in crate::train) struct Worker<'m, 'a> {
    model: &'m Model<'a>,
    engine: RelaxEngine,
    /// Whoever may stop it: exact programs can take long.
    control: Option<&'m Control<'m>>,
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
    pub(in crate::train) clock: Clock,
    /// Whether closed nodes need leaves.
    leaves: bool,
    /// Whether open nodes need them, too, if the search is stopped.
    open_leaves: bool,
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
            control: None,
            decision: Decision::new(model),
            judge: (model.loss() == Loss::ZeroOne).then(|| Judge::new(model)),
            scratch: Scratch::default(),
            candidates: Vec::new(),
            tried: HashSet::new(),
            tally: Tally::default(),
            clock: Clock::default(),
            leaves,
            open_leaves: false,
            audit: false,
            scale,
        }
    }

    /// If the search is stopped, open nodes need leaves.
    pub(in crate::train) fn with_open_leaves(self, open_leaves: bool) -> Self {
        Worker { open_leaves, ..self }
    }

    /// Nothing is believed that floats say: no node is closed without a leaf, every leaf is verified, and every network found in a node must lose what
    /// the floats claimed to have proven about it or a node above.
    pub(in crate::train) fn with_audit(self, audit: bool) -> Self {
        Worker { leaves: self.leaves || audit, audit, ..self }
    }

    /// Attempts at better networks and at exact proofs are given up when `control` says so.
    pub(in crate::train) fn with_control(self, control: &'m Control<'m>) -> Self {
        Worker { control: Some(control), ..self }
    }

    fn stops(&self) -> bool {
        self.control.is_some_and(|control| control.should_stop().is_some())
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

    /// Bounds `node` and closes it or chooses its split.
    ///
    /// # Panics
    /// If it is audited and something was wrong.
    pub(in crate::train) fn evaluate(&mut self, node: Node, inherited: Inherited<'_>, goal: &Goal) -> Evaluation {
        let mut evaluation = self.judge(node, inherited, goal);
        if let Verdict::Open(open) = &mut evaluation.verdict {
            open.bytes = open.measure();
        }
        if self.audit {
            self.check(&evaluation, inherited.proven, goal);
        }
        evaluation
    }

    /// The audit of an evaluation.
    fn check(&self, evaluation: &Evaluation, inherited: f64, goal: &Goal) {
        let (node, proven) = match &evaluation.verdict {
            Verdict::Open(open) => {
                if let Some(certified) = &open.leaf {
                    assert!(leaf::verify(self.model, &open.node, &certified.leaf), "audit: {certified:?} is no proof for {:?}", open.node);
                }
                (&open.node, open.proven)
            }
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
            let signs = better.network.neurons.iter().zip(node.plus.iter().take(self.model.width()));
            let belongs = signs.into_iter().all(|(neuron, &plus)| neuron.a.is_zero() || (neuron.a > Rational::ZERO) == plus);
            assert!(!belongs || better.loss >= claimed, "audit: a loss of {} where {claimed} was proven: {node:?}", better.loss);
        }
    }

    fn judge(&mut self, node: Node, inherited: Inherited<'_>, goal: &Goal) -> Evaluation {
        if let Some(decision) = &self.decision {
            let evaluation = decision.evaluate(self.model, node, goal, &|| self.stops());
            self.clock.lap(Part::ExactProof);
            return evaluation;
        }
        if let Some(judge) = &mut self.judge {
            let evaluation = judge.evaluate(self.model, node, inherited.proven, goal, self.leaves);
            self.clock.lap(Part::Relaxation);
            return evaluation;
        }
        let slack = self.slack(goal);
        let status = self.solve(&node, inherited.warm, goal.needed_scaled + slack);
        self.clock.lap(Part::Relaxation);
        if status == RelaxStatus::Failed {
            return self.without_bound(node, inherited, goal);
        }
        let value = self.engine.relaxation().value;
        let proven = self.proven(&node, value, inherited, goal);
        self.clock.lap(Part::FloatProof);
        if !self.leaves && proven >= goal.needed_scaled {
            self.tally.in_floats += 1;
            return Evaluation::closed(None);
        }
        if value >= goal.needed_scaled - slack {
            let leaf = self.prove(&node, value, goal, slack);
            self.clock.lap(Part::ExactProof);
            if let Some(leaf) = leaf {
                self.tally.in_integers += 1;
                return Evaluation::closed(self.leaves.then_some((node, Proof::Leaf(leaf))));
            }
        }
        let better = self.improve(&node, goal);
        self.clock.lap(Part::Candidates);
        if node.is_decided() {
            return self.decided(node, better, goal);
        }
        let leaf = self.leaf_above(&node, value, inherited, goal);
        // What a leaf proves is known, with a margin for the rounding of its bound.
        let proven = leaf.as_ref().map_or(proven, |leaf| proven.max(leaf.scaled.next_down()));
        self.clock.lap(Part::ExactProof);
        let warm = self.engine.warm_start();
        let split = self.choose(&node, (goal.needed_scaled - value).max(0.0), value > PLATEAU * goal.needed_scaled, &warm);
        self.clock.lap(Part::Branching);
        let open = Open { warm: Some(warm), leaf, ..Open::new(node, value, proven, goal, split) };
        Evaluation { verdict: Verdict::Open(Box::new(open)), better, least: None }
    }

    /// What is proven in floats about the node last solved. A bound that neither closes it nor says much more than is known is not worth its time.
    fn proven(&mut self, node: &Node, value: f64, inherited: Inherited<'_>, goal: &Goal) -> f64 {
        let known = inherited.proven;
        let closes = !self.leaves && value >= goal.needed_scaled;
        let rises = !self.open_leaves && value >= known + STEP * goal.needed_scaled;
        // The audit has it claim as much as it can.
        if !closes && !rises && !self.audit {
            return known;
        }
        let proven = leaf::quick_bound(self.model, node, self.engine.relaxation(), f64::NEG_INFINITY, &mut self.scratch).max(known);
        if rises && !closes && value >= proven + LARGE_STEP * goal.needed_scaled {
            return self.nearly_all(node, value).map_or(proven, |certified| certified.scaled.next_down());
        }
        proven
    }

    /// A leaf with few bits that proves nearly all of what the relaxation claims about the node last solved.
    fn nearly_all(&mut self, node: &Node, value: f64) -> Option<Certified> {
        let needed = self.model.unscaled_loss(value * NEARLY_ALL);
        let leaf = leaf::certify(self.model, node, self.engine.relaxation(), &needed, &mut self.scratch)?;
        let bound = leaf::bound(self.model, &leaf);
        let scaled = self.model.scaled_loss(&bound);
        Some(Certified { leaf, bound, scaled })
    }

    /// A leaf that holds for the node last solved: that of the node above it, or where this says too little a new one.
    fn leaf_above(&mut self, node: &Node, value: f64, inherited: Inherited<'_>, goal: &Goal) -> Option<Arc<Certified>> {
        let above = inherited.leaf;
        let known = above.map_or(0.0, |above| above.scaled);
        let rises = self.open_leaves && value >= known + LARGE_STEP * goal.needed_scaled;
        rises.then(|| self.nearly_all(node, value).map(Arc::new)).flatten().or_else(|| above.cloned())
    }

    /// An exact proof, where the relaxation suggests that there is one.
    fn prove(&mut self, node: &Node, value: f64, goal: &Goal, slack: f64) -> Option<Leaf> {
        self.tally.attempts += 1;
        // Rounding costs a little: where there is nothing to spare it would fail after all its attempts.
        if value <= goal.needed_scaled + slack {
            let leaf = self.exact(node, goal);
            // The linear losses' exact program knows all that can be proven.
            if leaf.is_some() || matches!(self.model.loss(), Loss::L1 | Loss::Linf) {
                return leaf;
            }
        }
        leaf::certify(self.model, node, self.engine.relaxation(), &goal.needed, &mut self.scratch)
    }

    /// A proof that has no room for rounding: the node may contain the incumbent's values.
    fn exact(&self, node: &Node, goal: &Goal) -> Option<Leaf> {
        match self.model.loss() {
            // Only their own residual proves the loss minimal.
            Loss::L2 => leaf::tight(self.model, node, goal.residual(self.model), Some(self.engine.relaxation()))
                .filter(|leaf| leaf::bound(self.model, leaf) >= goal.needed),
            Loss::L1 | Loss::Linf => leaf::linear(self.model, node, Some(self.engine.relaxation()), &goal.needed, &|| self.stops())
                .filter(|leaf| leaf::bound(self.model, leaf) >= goal.needed),
            Loss::ZeroOne => None,
        }
    }

    /// The exact optimum of a node without undecided bits closes it.
    fn decided(&mut self, node: Node, better: Option<Incumbent>, goal: &Goal) -> Evaluation {
        let evaluation = self.solve_decided(node, better, goal);
        self.clock.lap(Part::ExactProof);
        evaluation
    }

    fn solve_decided(&mut self, node: Node, better: Option<Incumbent>, goal: &Goal) -> Evaluation {
        self.tally.patterns += 1;
        let patterns = candidate::decided_patterns(self.model, &node);
        let Some(optimum) = candidate::solve(self.model, &node, &patterns, (!self.leaves).then_some(&goal.needed), &|| false) else {
            return Evaluation { better, ..Evaluation::closed(None) };
        };
        let leaf = self.leaves.then(|| {
            let leaf = match self.model.loss() {
                Loss::L2 => leaf::tight(self.model, &node, &self.model.residual(&optimum.network), None),
                _ => leaf::linear(self.model, &node, None, &optimum.loss, &|| false),
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
        let least = self.model.scaled_loss(&goal.incumbent.loss);
        let is_better = |loss: f64| loss < least;
        if self.model.activation() == Activation::Relu && !is_better(candidate::true_loss(self.model, node, relaxation)) {
            return None;
        }
        let patterns = candidate::patterns_of(self.model, node, relaxation);
        if !self.tried.insert(patterns.clone()) {
            return None;
        }
        if self.model.activation() == Activation::Threshold && !is_better(candidate::threshold_loss(self.model, &patterns)) {
            return None;
        }
        self.tally.patterns += 1;
        candidate::solve(self.model, node, &patterns, Some(&goal.incumbent.loss), &|| self.stops())
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
    fn without_bound(&mut self, node: Node, inherited: Inherited<'_>, goal: &Goal) -> Evaluation {
        if node.is_decided() {
            return self.decided(node, None, goal);
        }
        let (neuron, site) = (0..node.cones.len())
            .flat_map(|j| (0..self.model.sites()).map(move |s| (j, s)))
            .find(|&(j, s)| node.is_open(j, s))
            .expect("the node is not decided");
        let split = Candidate { neuron, site, hidden: 0.0 }.split(&node);
        let proven = inherited.proven;
        let open = Open { warm: inherited.warm.cloned(), leaf: inherited.leaf.cloned(), ..Open::new(node, proven, proven, goal, split) };
        Evaluation { verdict: Verdict::Open(Box::new(open)), better: None, least: None }
    }

    /// What can be proven in floats about an open node.
    pub(in crate::train) fn open_bound(&mut self, entry: &Entry) -> f64 {
        let Open { node, warm, proven, .. } = entry.open.as_ref();
        if self.judge.is_some() || self.decision.is_some() || self.solve(node, warm.as_ref(), f64::INFINITY) == RelaxStatus::Failed {
            return *proven;
        }
        leaf::quick_bound(self.model, node, self.engine.relaxation(), f64::NEG_INFINITY, &mut self.scratch).max(*proven)
    }

    /// A proof for an open node that costs nothing, with its bound: a leaf found before, the vectors of the 0-1 loss.
    pub(in crate::train) fn known_proof(&mut self, open: &Open) -> (Proof, Rational) {
        if let Some(judge) = &mut self.judge {
            let (vectors, bound) = judge.vectors(self.model, &open.node);
            return (Proof::Labels(vectors), bound);
        }
        if let Some(certified) = &open.leaf {
            return (Proof::Leaf(certified.leaf.clone()), certified.bound.clone());
        }
        let nothing = Leaf { u: vec![Integer::ZERO; self.model.items.len()], p: vec![Vec::new(); open.node.cones.len()] };
        (Proof::Leaf(nothing), self.model.floor.clone())
    }

    /// A leaf for an open node, with the bound that it proves: `enough`, or as much as can be had.
    pub(in crate::train) fn best_leaf(&mut self, open: &Open, enough: &Rational) -> Option<(Proof, Rational)> {
        // Short of a refutation nothing is known about the question whether the loss is 0.
        if self.judge.is_some() || self.decision.is_some() || self.solve(&open.node, open.warm.as_ref(), f64::INFINITY) == RelaxStatus::Failed {
            return None;
        }
        PORTIONS.into_iter().find_map(|portion| {
            let needed = self.model.unscaled_loss((self.engine.relaxation().value * portion).max(0.0));
            let leaf = leaf::certify(self.model, &open.node, self.engine.relaxation(), (&needed).min(enough), &mut self.scratch)?;
            let bound = leaf::bound(self.model, &leaf);
            Some((Proof::Leaf(leaf), bound))
        })
    }
}
