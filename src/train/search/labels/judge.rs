//! One node of the 0-1 loss: find contradictions, close it or choose its split.

use super::super::branching::Candidate;
use super::super::certificate::LabelVector;
use super::super::goal::Goal;
use super::super::node::{Proof, Split};
use super::super::worker::{Evaluation, Open, Verdict};
use super::super::{Model, Node};
use super::network::{Guess, best_sums};
use super::relax::{self, Answer, Program, Sets, Source};
use super::vector::{Classes, Known, Packing, Vector};
use crate::exact::Rational;
use crate::instance::Activation;
use crate::train::Incumbent;
use crate::train::pattern::SubsetSums;
use std::sync::Arc;

/// The number of bits tried.
const TRIED: usize = 6;
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
        let needed = usize::try_from(goal.needed.ceil()).unwrap_or(0);
        let sets = Sets::new(model, &node);
        let known = node.known.clone().unwrap_or_default();
        let mut packing = Packing::new(model, &self.classes, &known);
        self.extend(model, &node, &sets, &mut packing, needed);
        if packing.empty || packing.wrong >= needed {
            return self.closed(model, node, &packing, leaves, None, None);
        }
        let (cost, guess) = self.least_cost(model, &node, &sets, &packing, true);
        let better = guess.as_ref().and_then(|guess| self.improve(model, &node, guess, goal));
        let split = guess
            .as_ref()
            .and_then(|guess| self.hidden(model, &node, &sets, &packing, guess))
            .or_else(|| self.point(model, &packing, guess.is_some()));
        let Some(split) = split.or_else(|| any(model, &node, &sets, &self.classes, &packing)) else {
            return self.terminal(model, node, &sets, packing, better, goal, leaves);
        };
        #[expect(clippy::cast_precision_loss, reason = "counts are small")]
        let proven = (packing.wrong as f64).max(inherited);
        let estimate = proven + cost / (1.0 + cost);
        let vectors = packing.vectors.into_iter().map(|(vector, _)| vector).collect();
        node.known = Some(Arc::new(Known { marks: known.marks.clone(), vectors }));
        let open = Open { node, estimate, proven, judged: goal.needed_scaled, warm: None, split };
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
                    Answer::Contradiction(sources) => relax::confirm(model, node, &sources).map(|multipliers| {
                        let condition = |source: &Source| if let Source::Condition(condition) = source { Some(*condition) } else { None };
                        Vector::new(sources.iter().zip(multipliers).filter_map(|(source, l)| Some((condition(source)?, l))))
                    }),
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

    /// The least cost of violations, and the network there.
    fn least_cost(&mut self, model: &Model<'_>, node: &Node, sets: &Sets, packing: &Packing, guess: bool) -> (f64, Option<Guess>) {
        self.program.clear(model);
        for wall in relax::walls(model, node) {
            self.program.push(model, node, wall, f64::INFINITY);
        }
        let classes = &self.classes;
        #[expect(clippy::cast_precision_loss, reason = "counts are small")]
        let wanted = |site: usize| {
            let cost = if packing.marks[site].is_some() { f64::INFINITY } else { classes[site].weight() as f64 };
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
        match self.program.solve(model, node, sets, &wanted) {
            Answer::Feasible => (self.program.cost(), guess.then(|| Guess::new(model, node, sets, self.program.point()))),
            Answer::Contradiction(_) => (f64::MAX, None),
            Answer::Unclear => (0.0, None),
        }
    }

    /// A better network where the guess is one.
    fn improve(&self, model: &Model<'_>, node: &Node, guess: &Guess, goal: &Goal) -> Option<Incumbent> {
        let least = &goal.incumbent.loss;
        if let Some(sums) = &self.sums {
            return Some(best_sums(model, node, sums)).filter(|incumbent| incumbent.loss < *least);
        }
        let errors: usize = (0..model.sites())
            .map(|site| {
                let own = &self.classes[site];
                if guess.is_positive(site) == own.positive { own.minority.len() } else { own.majority.len() }
            })
            .sum();
        if Rational::from(errors) >= *least {
            return None;
        }
        // Only right labels matter.
        let keep = |site: usize, positive: bool| self.classes[site].positive == positive && self.classes[site].weight() > 0;
        guess.realize(model, node, keep).filter(|incumbent| incumbent.loss < *least)
    }

    /// A bit of a site where the relaxation violates less than the network at its weights.
    fn hidden(&mut self, model: &Model<'_>, node: &Node, sets: &Sets, packing: &Packing, guess: &Guess) -> Option<Split> {
        let relaxed = self.program.violations(model.sites());
        let point = self.program.point().to_vec();
        let threshold = model.activation() == Activation::Threshold;
        let mut candidates: Vec<Candidate> = Vec::new();
        for site in 0..model.sites() {
            if packing.marks[site].is_none() && self.classes[site].weight() == 0 {
                continue;
            }
            let positive = packing.should_be_positive(&self.classes, site);
            let hidden = guess.violation(site, positive) - relaxed[site].max(0.0);
            let [against, toward] = sets.pushing(site, positive);
            if hidden <= VIOLATED {
                continue;
            }
            let helpful = if threshold { (toward & !guess.on[site]) | (against & guess.on[site]) } else { toward };
            let size = |j: usize| if threshold { -point[j] } else { relax::preactivation(model, &point, j, site).abs() };
            let neuron = (0..node.cones.len()).filter(|&j| helpful >> j & 1 == 1).min_by(|&i, &j| size(i).total_cmp(&size(j)));
            candidates.extend(neuron.map(|neuron| Candidate { neuron, site, hidden }));
        }
        candidates.sort_by(|a, b| b.hidden.total_cmp(&a.hidden));
        if candidates.len() < 2 {
            return candidates.first().map(|candidate| candidate.split(node));
        }
        let stride = candidates.len().div_ceil(TRIED);
        let mut best: Option<(Split, f64, f64)> = None;
        for candidate in candidates.into_iter().step_by(stride) {
            let split = candidate.split(node);
            let costs: Vec<f64> =
                node.children(model, &split).iter().map(|child| self.least_cost(model, child, &Sets::new(model, child), packing, false).0).collect();
            let (least, sum) = (costs.iter().copied().fold(f64::INFINITY, f64::min), costs.iter().sum::<f64>());
            if best.as_ref().is_none_or(|best| (least, sum) > (best.1, best.2)) {
                best = Some((split, least, sum));
            }
        }
        best.map(|best| best.0)
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

    /// All bits are decided, all points marked: the conditions are all there is.
    fn terminal(
        &mut self,
        model: &Model<'_>,
        node: Node,
        sets: &Sets,
        mut packing: Packing,
        better: Option<Incumbent>,
        goal: &Goal,
        leaves: bool,
    ) -> Evaluation {
        let mut sources = relax::walls(model, &node);
        let mut conditions = Vec::new();
        for site in (0..model.sites()).filter(|&site| packing.marks[site].is_some()) {
            relax::conditions(model, sets, site, packing.should_be_positive(&self.classes, site), &mut conditions);
        }
        sources.extend(conditions.into_iter().map(Source::Condition));
        if let Some(multipliers) = relax::confirm(model, &node, &sources) {
            let condition = |source: &Source| if let Source::Condition(condition) = source { Some(*condition) } else { None };
            let vector = Vector::new(sources.iter().zip(multipliers).filter_map(|(source, l)| Some((condition(source)?, l))));
            let empty = packing.add(&self.classes, Arc::new(vector)) && packing.empty;
            assert!(empty, "all points are marked");
            return self.closed(model, node, &packing, leaves, better, None);
        }
        let classes = &self.classes;
        let marks = &packing.marks;
        let mut guess = Guess { on: sets.on.clone(), values: vec![0.0; model.sites()] };
        for site in 0..model.sites() {
            guess.values[site] = if packing.should_be_positive(classes, site) { 1.0 } else { 0.0 };
        }
        let network = guess.realize(model, &node, |site, _| marks[site].is_some()).expect("the conditions do not contradict each other");
        let wrong = Rational::from(packing.wrong);
        assert!(network.loss <= wrong, "the network has the labels of the marks");
        let better = if network.loss < goal.incumbent.loss { Some(network) } else { better };
        let least = (wrong < goal.needed).then_some(wrong);
        self.closed(model, node, &packing, leaves, better, least)
    }
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
