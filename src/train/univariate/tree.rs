//! Branch and bound: the nodes that are open, best first, and the threads that work them off.

use super::newton::{Newton, place_roots};
use super::node::{Kink, Node};
use super::problem::Problem;
use crate::exact::{Rational, nearest_f64};
use crate::train::{Control, Incumbent, Progress, StopReason};
use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::sync::{Condvar, Mutex};

/// Beyond so many open nodes the search goes depth first.
const MOST_OPEN: usize = 2_000_000;
/// Choices of roots for a node's relaxation.
const ROUNDS: usize = 4;
/// A relaxation below this part of the cutoff will not reach it with other roots.
const HOPELESS: f64 = 0.97;

/// Counts of a run.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    pub(super) nodes: u64,
    pub(super) closed: u64,
    pub(super) most_open: u64,
    pub(super) steps: u64,
    pub(super) leaves: u64,
}

/// What the search ends with.
#[derive(Debug)]
pub(super) struct Worked {
    pub(super) incumbent: Incumbent,
    pub(super) lower_bound: Rational,
    pub(super) stopped: Option<StopReason>,
    pub(super) counts: Counts,
}

/// The incumbent with what nodes are compared with.
#[derive(Debug, Clone)]
struct Goal {
    incumbent: Incumbent,
    /// The scaled loss from which on nodes are of no interest.
    cutoff: f64,
    /// The incumbent's scaled loss, rounded up.
    value: f64,
    /// What a leaf must beat.
    limit: Rational,
    /// Whether the question is answered.
    reached: bool,
}

impl Goal {
    fn new(problem: &Problem<'_>, control: &Control<'_>, incumbent: Incumbent) -> Self {
        let (limit, cutoff, reached) = match &problem.instance.target_error {
            // Bounds must exceed the target strictly.
            Some(target) => (incumbent.loss.clone(), problem.scaled_upper(target).next_up(), incumbent.loss <= *target || problem.floor > *target),
            None => {
                let limit = &incumbent.loss * (Rational::ONE - control.gap());
                let cutoff = problem.scaled_upper(&limit);
                let reached = limit <= problem.floor;
                (limit, cutoff, reached)
            }
        };
        Goal { value: problem.scaled_upper(&incumbent.loss), incumbent, cutoff, limit, reached }
    }
}

/// An open node; the greatest is the next.
#[derive(Debug)]
struct Entry(Node);

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        other.0.estimate.total_cmp(&self.0.estimate)
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Entry {}

#[derive(Debug)]
struct Shared {
    open: BinaryHeap<Entry>,
    goal: Goal,
    counts: Counts,
    /// The least proven scaled bound of what was closed.
    least: f64,
    /// The least exact bound of what was solved exactly.
    least_exact: Option<Rational>,
    /// Threads that have a node.
    busy: usize,
    stopped: Option<StopReason>,
}

#[derive(Debug)]
pub(super) struct Tree<'p, 'a, 'c> {
    problem: &'p Problem<'a>,
    control: &'p Control<'c>,
    shared: Mutex<Shared>,
    changed: Condvar,
}

const POISONED: &str = "no thread panicked";

impl<'p, 'a, 'c> Tree<'p, 'a, 'c> {
    pub(super) fn new(problem: &'p Problem<'a>, control: &'p Control<'c>, incumbent: Incumbent) -> Self {
        let goal = Goal::new(problem, control, incumbent);
        let shared =
            Shared { open: BinaryHeap::new(), goal, counts: Counts::default(), least: f64::INFINITY, least_exact: None, busy: 0, stopped: None };
        Tree { problem, control, shared: Mutex::new(shared), changed: Condvar::new() }
    }

    /// The scaled loss from which on nodes are of no interest.
    pub(super) fn cutoff(&self) -> f64 {
        self.shared.lock().expect(POISONED).goal.cutoff
    }

    /// Whether the question is answered.
    pub(super) fn is_reached(&self) -> bool {
        self.shared.lock().expect(POISONED).goal.reached
    }

    /// Works off the nodes below `roots`. What these leave out of the class has a scaled loss of at least `excluded`.
    pub(super) fn grow(self, roots: impl Iterator<Item = Node>, excluded: f64) -> Worked {
        let mut newton = Newton::default();
        self.shared.lock().expect(POISONED).least = excluded;
        for mut root in roots {
            if self.is_reached() || self.control.should_stop().is_some() {
                let mut shared = self.shared.lock().expect(POISONED);
                shared.open.push(Entry(root));
                continue;
            }
            self.judge(&mut newton, &mut root, 0.0).into_iter().for_each(|node| self.shared.lock().expect(POISONED).open.push(Entry(node)));
        }
        let threads = self.control.threads();
        std::thread::scope(|scope| {
            for _ in 1..threads {
                scope.spawn(|| self.work(Newton::default()));
            }
            self.work(newton);
        });
        self.conclude()
    }

    fn work(&self, mut newton: Newton) {
        let mut own: Vec<Node> = Vec::new();
        while let Some(node) = own.pop().or_else(|| self.next()) {
            let stopped = self.control.should_stop();
            if stopped.is_some() || self.is_reached() {
                let mut shared = self.shared.lock().expect(POISONED);
                shared.stopped = shared.stopped.or(stopped);
                shared.open.push(Entry(node));
                shared.open.extend(own.drain(..).map(Entry));
                shared.busy -= 1;
                drop(shared);
                self.changed.notify_all();
                break;
            }
            let (kink, boundary) = branch(self.problem, &node);
            let mut children = Vec::new();
            for mut child in node.split(self.problem, kink, boundary) {
                children.extend(self.judge(&mut newton, &mut child, node.proven));
            }
            let mut shared = self.shared.lock().expect(POISONED);
            if shared.open.len() >= MOST_OPEN {
                children.sort_by(|a, b| b.estimate.total_cmp(&a.estimate));
                own.extend(children);
            } else {
                shared.open.extend(children.into_iter().map(Entry));
                let open = shared.open.len() as u64;
                shared.counts.most_open = shared.counts.most_open.max(open);
            }
            if own.is_empty() {
                shared.busy -= 1;
                drop(shared);
                self.changed.notify_all();
            }
        }
        self.shared.lock().expect(POISONED).counts.steps += newton.steps;
    }

    /// The most promising open node, `None` at the end.
    fn next(&self) -> Option<Node> {
        let mut shared = self.shared.lock().expect(POISONED);
        loop {
            if shared.stopped.is_some() || shared.goal.reached {
                return None;
            }
            if let Some(Entry(node)) = shared.open.pop() {
                if node.proven >= shared.goal.cutoff {
                    shared.counts.closed += 1;
                    shared.least = shared.least.min(node.proven);
                    continue;
                }
                shared.busy += 1;
                return Some(node);
            }
            if shared.busy == 0 {
                return None;
            }
            shared = self.changed.wait(shared).expect(POISONED);
        }
    }

    /// Bounds a node; returns it if it stays open.
    fn judge(&self, newton: &mut Newton, node: &mut Node, inherited: f64) -> Option<Node> {
        let problem = self.problem;
        let goal = self.look();
        (node.estimate, node.proven) = (0.0, inherited);
        place_roots(problem, node);
        for round in 0..ROUNDS {
            newton.minimise(problem, node);
            node.estimate = node.estimate.max(newton.residual.value);
            let old = node.roots.clone();
            node.proven = node.proven.max(newton.bound(problem, node));
            let idle_moved = node.roots != old;
            let hopeless = newton.residual.value < HOPELESS * goal.0;
            if node.proven >= goal.0 || hopeless || round + 1 == ROUNDS || !(place_roots(problem, node) || idle_moved) {
                break;
            }
        }
        node.estimate = node.estimate.max(node.proven);
        if node.proven < goal.0 {
            self.try_candidate(newton, node, goal.1);
        }
        let mut shared = self.shared.lock().expect(POISONED);
        shared.counts.nodes += 1;
        if shared.counts.nodes % 256 == 0 {
            let lower = shared.open.iter().take(1).map(|entry| entry.0.estimate).fold(f64::INFINITY, f64::min);
            let progress = Progress {
                phase: "nodes",
                incumbent: Some(nearest_f64(&shared.goal.incumbent.loss)),
                lower_bound: 0.0,
                estimate: lower.is_finite().then(|| nearest_f64(&problem.unscaled(lower))),
                done: shared.counts.nodes,
                open: Some(shared.open.len() as u64),
                total: None,
            };
            self.control.report(&progress);
        }
        if node.proven >= shared.goal.cutoff {
            shared.counts.closed += 1;
            shared.least = shared.least.min(node.proven);
            return None;
        }
        if !node.is_leaf() {
            return Some(std::mem::replace(node, Node { kinks: Vec::new(), weights: Vec::new(), roots: Vec::new(), proven: 0.0, estimate: 0.0 }));
        }
        shared.counts.leaves += 1;
        let limit = shared.goal.limit.clone();
        drop(shared);
        let better = problem.solve_leaf(&node.kinks, &limit);
        let bound = better.as_ref().map_or(limit, |better| better.loss.clone());
        let mut shared = self.shared.lock().expect(POISONED);
        shared.counts.closed += 1;
        shared.least_exact = shared.least_exact.take().into_iter().chain([bound]).min();
        if let Some(better) = better {
            self.offer(&mut shared, better);
        }
        None
    }

    /// The cutoff and the incumbent's value.
    fn look(&self) -> (f64, f64) {
        let shared = self.shared.lock().expect(POISONED);
        (shared.goal.cutoff, shared.goal.value)
    }

    fn offer(&self, shared: &mut Shared, better: Incumbent) {
        if better.loss < shared.goal.incumbent.loss {
            shared.goal = Goal::new(self.problem, self.control, better);
            if shared.goal.reached {
                self.changed.notify_all();
            }
        }
    }

    /// Offers a leaf's best network if floats say that it is better.
    pub(super) fn offer_leaf(&self, kinks: &[Kink]) {
        let loss = self.shared.lock().expect(POISONED).goal.incumbent.loss.clone();
        if let Some(better) = self.problem.solve_leaf(kinks, &loss) {
            self.offer(&mut self.shared.lock().expect(POISONED), better);
        }
    }

    /// The network that a relaxation's weights stand for, and its neighbours.
    fn try_candidate(&self, newton: &mut Newton, node: &Node, value: f64) {
        let problem = self.problem;
        if node.is_leaf() {
            return;
        }
        let mut kinks: Vec<Kink> = node.kinks.clone();
        for (kink, &root) in kinks.iter_mut().zip(&node.roots) {
            // The root is the first site right of the kink: boundary root + 1.
            (kink.lo, kink.hi) = (root, root + 1);
        }
        let mut leaf = Node::new(problem, kinks);
        newton.minimise(problem, &mut leaf);
        if newton.residual.value < value * 1.02 {
            let better = newton.residual.value < value * (1.0 - 1e-9);
            let mut kinks = leaf.kinks;
            if better {
                newton.descend(problem, &mut kinks);
                self.offer_leaf(&kinks);
            }
        }
    }

    fn conclude(self) -> Worked {
        let Shared { open, goal, counts, least, least_exact, stopped, .. } = self.shared.into_inner().expect(POISONED);
        let problem = self.problem;
        let stopped = stopped.or_else(|| if open.is_empty() || goal.reached { None } else { self.control.should_stop() });
        let exact = problem.instance.target_error.is_none() && self.control.gap().is_zero();
        let lower_bound = if open.is_empty() && exact {
            // Whatever was discarded was compared with a loss that was at least the final one.
            goal.incumbent.loss.clone()
        } else {
            let least = open.iter().map(|entry| entry.0.proven).fold(least, f64::min);
            let least = if least.is_finite() { Some(problem.unscaled(least)) } else { None };
            let bound = least.into_iter().chain(least_exact).fold(goal.incumbent.loss.clone(), Ord::min);
            bound.max(problem.floor.clone())
        };
        Worked { incumbent: goal.incumbent, lower_bound, stopped, counts }
    }
}

/// The kink to split by and where: the one whose interval hides most of the loss, near its kink.
fn branch(problem: &Problem<'_>, node: &Node) -> (usize, usize) {
    let score = |j: usize| hidden(problem, node, j);
    let j = (0..node.kinks.len())
        .filter(|&j| !node.kinks[j].is_leaf())
        .map(|j| (score(j), node.kinks[j].hi - node.kinks[j].lo, j))
        .max_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))
        .expect("a node that is no leaf")
        .2;
    let kink = node.kinks[j];
    let width = kink.hi - kink.lo;
    let margin = (width / 5).max(1);
    let middle = (kink.lo + kink.hi).div_ceil(2);
    let place = (node.roots[j] + 1).midpoint(middle);
    (j, place.clamp(kink.lo + margin, kink.hi - margin))
}

/// How much the loss on a kink's undecided sites would grow if all neurons had their true values.
fn hidden(problem: &Problem<'_>, node: &Node, j: usize) -> f64 {
    let undecided = node.kinks[j].undecided();
    let step = (undecided.len() / 64).max(1);
    let mut sum = 0.0;
    for site in undecided.clone().step_by(step) {
        let (mut lower, mut upper, mut value) = (0.0, 0.0, 0.0);
        for (weight, function) in node.weights.iter().zip([1.0, problem.x[site].hi]).take(problem.extras) {
            value += weight * function;
        }
        for (i, kink) in node.kinks.iter().enumerate() {
            let at = problem.extras + 2 * i;
            let [far, near] = kink.rays(problem, site);
            let chord = node.weights[at] * far.value;
            let z = chord + node.weights[at + 1] * near.value;
            let sites = kink.undecided();
            if sites.contains(&site) {
                let above = kink.sign() * (chord - z.max(0.0));
                value += kink.sign() * z.max(0.0);
                if above < 0.0 { lower += above } else { upper += above }
            } else if kink.right == (site >= sites.end) {
                value += kink.sign() * z;
            }
        }
        let residual = problem.y[site] - value;
        let left = if residual < lower {
            residual - lower
        } else if residual > upper {
            residual - upper
        } else {
            0.0
        };
        sum += problem.w[site] * (residual * residual - left * left);
    }
    sum * step as f64
}
