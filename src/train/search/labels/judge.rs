//! One node of the 0-1 loss: find contradictions, close it or choose its split.

use super::super::branching::Candidate;
use super::super::certificate::LabelVector;
use super::super::evaluation::{Evaluation, Open, Verdict};
use super::super::goal::Goal;
use super::super::node::{Proof, Split};
use super::super::{Model, Node};
use super::network::{Guess, best_sums};
use super::relax::{self, Answer, Program, Sets, Source};
use super::vector::{Classes, Known, Packing, Vector};
use crate::exact::Rational;
use crate::instance::Activation;
use crate::train::Incumbent;
use crate::train::pattern::SubsetSums;
use std::sync::Arc;

/// What a violation is at least.
const VIOLATED: f64 = 1e-6;

/// The scratch space of one thread.
#[derive(Debug)]
pub(in crate::train) struct Judge {
    classes: Vec<Classes>,
    program: Program,
    sums: Option<SubsetSums>,
}

impl Judge {
    pub(in crate::train) fn new(model: &Model<'_>) -> Self {
        let sums = (model.activation() == Activation::Threshold).then(|| SubsetSums::new(model.width(), model.output_bias()).ok()).flatten();
        Judge { classes: Classes::all(model), program: Program::default(), sums }
    }

    /// Bounds `node`, whose parent proved `inherited`, and closes it or chooses its split.
    pub(in crate::train) fn evaluate(&mut self, model: &Model<'_>, mut node: Node, inherited: f64, goal: &Goal, leaves: bool) -> Evaluation {
        // A target beyond all counts is never exceeded.
        let needed = if goal.needed <= Rational::ZERO { 0 } else { usize::try_from(goal.needed.ceil()).unwrap_or(usize::MAX) };
        let sets = Sets::new(model, &node);
        let known = node.known.clone().unwrap_or_default();
        let mut packing = Packing::new(model, &self.classes, &known);
        self.extend(model, &node, &sets, &mut packing, needed);
        if packing.empty || packing.wrong >= needed {
            return self.closed(model, node, &packing, leaves, None, None);
        }
        let guess = self.least_cost(model, &node, &sets, &packing);
        let better = guess.as_ref().and_then(|guess| self.improve(model, &node, guess, goal));
        let split = self.point(model, &packing, guess.is_some());
        let split = split.or_else(|| guess.as_ref().and_then(|guess| self.hidden(model, &node, &sets, &packing, guess)));
        let Some(split) = split.or_else(|| any(model, &node, &sets, &self.classes, &packing)) else {
            let network = self.terminal(model, &node, &sets, &mut packing);
            let wrong = Rational::from(packing.wrong);
            let least = (network.is_some() && wrong < goal.needed).then_some(wrong);
            let better = network.filter(|network| network.loss < goal.incumbent.loss).or(better);
            return self.closed(model, node, &packing, leaves, better, least);
        };
        let proven = count(packing.wrong).max(inherited);
        // Among equal bounds first where a network is close to it.
        let excess = guess.map_or(0, |guess| self.errors(model, &guess).saturating_sub(packing.wrong));
        let estimate = proven + count(excess) / count(model.items.len() + 1);
        let vectors = packing.vectors.into_iter().map(|(vector, _)| vector).collect();
        node.known = Some(Arc::new(Known { marks: known.marks.clone(), vectors }));
        let open = Open::new(node, estimate, proven, goal, split);
        Evaluation { verdict: Verdict::Open(Box::new(open)), better, least: None }
    }

    /// Vectors for an open node, and how many points they show to be wrong.
    pub(in crate::train) fn vectors(&mut self, model: &Model<'_>, node: &Node) -> (Vec<LabelVector>, Rational) {
        let known = node.known.clone().unwrap_or_default();
        let packing = Packing::new(model, &self.classes, &known);
        (packing.written(model, node, &self.classes), Rational::from(packing.wrong))
    }

    fn closed(
        &self,
        model: &Model<'_>,
        node: Node,
        packing: &Packing,
        leaves: bool,
        better: Option<Incumbent>,
        least: Option<Rational>,
    ) -> Evaluation {
        let proof = leaves.then(|| {
            let vectors = packing.written(model, &node, &self.classes);
            Box::new((node, Proof::Labels(vectors)))
        });
        Evaluation { verdict: Verdict::Closed(proof), better, least }
    }

    /// Adds vectors until `needed` points are wrong or there are no more contradictions.
    fn extend(&mut self, model: &Model<'_>, node: &Node, sets: &Sets, packing: &mut Packing, needed: usize) {
        let walls = relax::walls(model, node);
        let mut conditions = Vec::new();
        while packing.wrong < needed && !packing.empty {
            let wanted = |packing: &Packing, classes: &[Classes], site: usize| {
                (packing.marks[site].is_some() || packing.left[site] > 0).then(|| packing.should_be_positive(classes, site))
            };
            self.program.clear(model);
            for &wall in &walls {
                self.program.push(model, node, wall, f64::INFINITY);
            }
            let mut alone = None;
            for site in 0..model.sites() {
                let Some(positive) = wanted(packing, &self.classes, site) else { continue };
                conditions.clear();
                relax::conditions(model, sets, site, positive, &mut conditions);
                for &condition in &conditions {
                    if positive && condition.neurons == 0 && !model.output_bias() {
                        alone = Some(condition);
                    }
                    self.program.push(model, node, Source::Condition(condition), f64::INFINITY);
                }
            }
            let vector = if let Some(condition) = alone {
                Some(Vector::new([(condition, Rational::ONE)]))
            } else {
                let classes = &self.classes;
                let cost = |site: usize| wanted(packing, classes, site).map(|positive| (positive, f64::INFINITY));
                match self.program.solve(model, node, sets, &cost) {
                    Answer::Contradiction(sources) => relax::confirm(model, node, &sources),
                    Answer::Feasible | Answer::Unclear => None,
                }
            };
            let Some(vector) = vector else { return };
            let added = packing.add(&self.classes, Arc::new(vector));
            debug_assert!(added, "the support was free");
            if !added {
                return;
            }
        }
    }

    /// The network at weights of least cost of violations.
    fn least_cost(&mut self, model: &Model<'_>, node: &Node, sets: &Sets, packing: &Packing) -> Option<Guess> {
        self.program.clear(model);
        for wall in relax::walls(model, node) {
            self.program.push(model, node, wall, f64::INFINITY);
        }
        let classes = &self.classes;
        let wanted = |site: usize| {
            let cost = if packing.marks[site].is_some() { f64::INFINITY } else { count(classes[site].weight()) };
            (cost > 0.0).then(|| (packing.should_be_positive(classes, site), cost))
        };
        let mut conditions = Vec::new();
        for site in 0..model.sites() {
            let Some((positive, cost)) = wanted(site) else { continue };
            conditions.clear();
            relax::conditions(model, sets, site, positive, &mut conditions);
            for &condition in &conditions {
                self.program.push(model, node, Source::Condition(condition), cost);
            }
        }
        let answer = self.program.solve(model, node, sets, &wanted);
        (answer == Answer::Feasible).then(|| Guess::new(model, node, sets, self.program.point()))
    }

    /// How many points the guess gets wrong.
    fn errors(&self, model: &Model<'_>, guess: &Guess) -> usize {
        let errors = |site: usize| {
            let own = &self.classes[site];
            if guess.is_positive(site) == own.positive { own.minority.len() } else { own.majority.len() }
        };
        (0..model.sites()).map(errors).sum()
    }

    /// A better network where the guess is one.
    fn improve(&self, model: &Model<'_>, node: &Node, guess: &Guess, goal: &Goal) -> Option<Incumbent> {
        let least = &goal.incumbent.loss;
        if let Some(sums) = &self.sums {
            return Some(best_sums(model, node, sums)).filter(|incumbent| incumbent.loss < *least);
        }
        if Rational::from(self.errors(model, guess)) >= *least {
            return None;
        }
        // Only right labels matter.
        let keep = |site: usize, positive: bool| self.classes[site].positive == positive && self.classes[site].weight() > 0;
        guess.realize(model, node, keep).filter(|incumbent| incumbent.loss < *least)
    }

    /// A bit of a site where the relaxation violates less than the network at its weights.
    fn hidden(&self, model: &Model<'_>, node: &Node, sets: &Sets, packing: &Packing, guess: &Guess) -> Option<Split> {
        let relaxed = self.program.violations(model.sites());
        let point = self.program.point();
        let threshold = model.activation() == Activation::Threshold;
        let mut candidates: Vec<Candidate> = Vec::new();
        for (site, relaxed) in relaxed.into_iter().enumerate() {
            if packing.marks[site].is_none() && self.classes[site].weight() == 0 {
                continue;
            }
            let positive = packing.should_be_positive(&self.classes, site);
            let hidden = guess.violation(site, positive) - relaxed;
            let [against, toward] = sets.pushing(site, positive);
            if hidden <= VIOLATED {
                continue;
            }
            let helpful = if threshold { (toward & !guess.on[site]) | (against & guess.on[site]) } else { toward };
            let size = |j: usize| if threshold { -point[j] } else { relax::preactivation(model, point, j, site).abs() };
            let neuron = (0..node.cones.len()).filter(|&j| helpful >> j & 1 == 1).min_by(|&i, &j| size(i).total_cmp(&size(j)));
            candidates.extend(neuron.map(|neuron| Candidate { neuron, site, hidden }));
        }
        candidates.into_iter().max_by(|a, b| a.hidden.total_cmp(&b.hidden)).map(|candidate| candidate.split(node))
    }

    /// The most violated unmarked site of a smallest contradiction.
    fn point(&self, model: &Model<'_>, packing: &Packing, violations: bool) -> Option<Split> {
        let relaxed = if violations { self.program.violations(model.sites()) } else { vec![0.0; model.sites()] };
        let unmarked =
            |vector: &Vector| vector.sites.iter().map(|&(site, _)| site).filter(|&site| packing.marks[site].is_none()).collect::<Vec<usize>>();
        let sites = packing.vectors.iter().map(|(vector, _)| unmarked(vector)).min_by_key(Vec::len)?;
        let site = sites.into_iter().max_by(|&a, &b| relaxed[a].total_cmp(&relaxed[b]))?;
        Some(Split::Point(self.classes[site].majority[0]))
    }

    /// All bits are decided, all points marked: the conditions are all there is. The network that meets them, or the vector that excludes it, is found exactly.
    fn terminal(&self, model: &Model<'_>, node: &Node, sets: &Sets, packing: &mut Packing) -> Option<Incumbent> {
        let mut conditions = Vec::new();
        let mut guess = Guess { on: sets.on.clone(), values: vec![0.0; model.sites()] };
        for site in (0..model.sites()).filter(|&site| packing.marks[site].is_some()) {
            let positive = packing.should_be_positive(&self.classes, site);
            relax::conditions(model, sets, site, positive, &mut conditions);
            guess.values[site] = if positive { 1.0 } else { 0.0 };
        }
        let sources: Vec<Source> = relax::walls(model, node).into_iter().chain(conditions.into_iter().map(Source::Condition)).collect();
        if let Some(vector) = relax::confirm(model, node, &sources) {
            let empty = packing.add(&self.classes, Arc::new(vector)) && packing.empty;
            assert!(empty, "all points are marked");
            return None;
        }
        let network = guess.realize(model, node, |site, _| packing.marks[site].is_some()).expect("the conditions do not contradict each other");
        assert!(network.loss <= Rational::from(packing.wrong), "the network has the labels of the marks");
        Some(network)
    }
}

#[expect(clippy::cast_precision_loss, reason = "there are fewer points than that")]
fn count(count: usize) -> f64 {
    count as f64
}

/// Any undecided bit, else any unmarked point.
fn any(model: &Model<'_>, node: &Node, sets: &Sets, classes: &[Classes], packing: &Packing) -> Option<Split> {
    let bit = (0..model.sites()).find(|&site| sets.undecided[site] != 0);
    if let Some(site) = bit {
        let neuron = sets.undecided[site].trailing_zeros() as usize;
        return Some(Candidate { neuron, site, hidden: 0.0 }.split(node));
    }
    let unmarked = (0..model.sites()).find(|&site| packing.marks[site].is_none() && classes[site].weight() > 0);
    unmarked.map(|site| Split::Point(classes[site].majority[0]))
}
