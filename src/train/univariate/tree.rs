//! Branch and bound on windows.

use super::absolute::Absolute;
use super::atoms::Fit;
use super::bound::Bounder;
use super::branching;
use super::cells::{self, Cell};
use super::frontier::Frontier;
use super::maximum::Maximum;
use super::node::{Atom, Node, Window};
use super::sites::Sites;
use super::squares::Squares;
use super::ties;
use crate::exact::{Rational, nearest_f64};
use crate::instance::{Architecture, Loss};
use crate::train::pattern::PatternSpace;
use crate::train::{Control, Incumbent, Progress, StopReason};

/// The relaxation for a loss.
#[derive(Debug)]
pub(super) enum Relaxation<'a> {
    Squares(Squares<'a>),
    Absolute(Absolute<'a>),
    Maximum(Maximum<'a>),
}

impl<'a> Relaxation<'a> {
    pub(super) fn new(sites: &'a Sites, architecture: Architecture, loss: Loss) -> Self {
        match loss {
            Loss::L2 => Relaxation::Squares(Squares::new(sites, architecture)),
            Loss::L1 => Relaxation::Absolute(Absolute::new(sites, architecture)),
            _ => Relaxation::Maximum(Maximum::new(sites, architecture)),
        }
    }

    pub(super) fn solve(&mut self, windows: &[Window], start: &[(Atom, f64)], most: usize) -> f64 {
        match self {
            Relaxation::Squares(squares) => squares.solve(windows, start, most),
            Relaxation::Absolute(absolute) => absolute.solve(windows, start, most),
            Relaxation::Maximum(maximum) => maximum.solve(windows, start, most),
        }
    }

    fn fit(&self) -> &Fit<'a> {
        match self {
            Relaxation::Squares(squares) => squares.fit(),
            Relaxation::Absolute(absolute) => absolute.fit(),
            Relaxation::Maximum(maximum) => maximum.fit(),
        }
    }

    /// The least loss with kinks in these gaps, as floats see it.
    pub(super) fn value(&mut self, cells: &[Cell]) -> f64 {
        let windows: Vec<Window> = cells.iter().map(|cell| cell.window()).collect();
        self.solve(&windows, &[], 2 * windows.len())
    }
}

/// What happened.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    pub(super) nodes: u64,
    /// Closed by a bound in floats.
    pub(super) closed: u64,
    /// Closed by an exact bound on a few points.
    pub(super) tied: u64,
    /// Gaps of kinks solved exactly.
    pub(super) exact: u64,
}

/// What is known in the end.
pub(super) struct Found {
    pub(super) incumbent: Incumbent,
    pub(super) lower_bound: Rational,
    pub(super) stopped: Option<StopReason>,
    pub(super) counts: Counts,
}

/// The search.
pub(super) struct Tree<'a> {
    space: &'a PatternSpace<'a>,
    sites: &'a Sites,
    control: &'a Control<'a>,
    floor: Rational,
    best: Incumbent,
    /// The loss of the best network, scaled and without the offset, rounded.
    best_value: f64,
    /// A node is closed from here on.
    cutoff: f64,
    relaxation: Relaxation<'a>,
    /// For single networks.
    other: Relaxation<'a>,
    bounder: Bounder,
    /// The least bound of closed nodes, scaled, and that of exact solutions.
    least_bound: f64,
    least_exact: Option<Rational>,
    descents: usize,
    counts: Counts,
}

/// The clock is read once in so many nodes.
const STOP_CHECK: u64 = 64;

impl<'a> Tree<'a> {
    pub(super) fn new(space: &'a PatternSpace<'a>, sites: &'a Sites, control: &'a Control<'a>, floor: Rational, best: Incumbent) -> Self {
        let (architecture, loss) = (space.instance().architecture, space.instance().loss);
        let mut tree = Tree {
            space,
            sites,
            control,
            floor,
            best,
            best_value: 0.0,
            cutoff: 0.0,
            relaxation: Relaxation::new(sites, architecture, loss),
            other: Relaxation::new(sites, architecture, loss),
            bounder: Bounder::default(),
            least_bound: f64::INFINITY,
            least_exact: None,
            descents: 0,
            counts: Counts::default(),
        };
        tree.renew();
        tree
    }

    /// Improves the first network, then searches.
    pub(super) fn run(mut self) -> Found {
        if self.is_decided() {
            return Found { incumbent: self.best, lower_bound: self.floor, stopped: None, counts: self.counts };
        }
        let mut cells = cells::of_network(&self.best.network, self.space, self.sites);
        self.descend(&mut cells);
        let mut open = Frontier::new(Node::roots(self.space.instance().architecture, self.sites.len()));
        let mut stopped = None;
        while !self.is_decided() {
            let Some(node) = open.pop() else { break };
            if self.counts.nodes.is_multiple_of(STOP_CHECK) {
                stopped = self.control.should_stop();
                if stopped.is_some() {
                    open.push(node);
                    break;
                }
                self.report(&node, open.len());
            }
            self.counts.nodes += 1;
            self.visit(node, &mut open);
        }
        self.conclude(&open, stopped)
    }

    fn stops(&self) -> bool {
        self.control.should_stop().is_some()
    }

    fn is_decided(&self) -> bool {
        match &self.space.instance().target_error {
            None => self.best.loss <= self.floor,
            Some(target) => self.best.loss <= *target || self.floor > *target,
        }
    }

    /// Exact losses from here on do not matter.
    fn limit(&self) -> Rational {
        match &self.space.instance().target_error {
            Some(_) => self.best.loss.clone(),
            None => &self.best.loss * (Rational::ONE - self.control.gap()),
        }
    }

    /// Recomputes what follows from the best network.
    fn renew(&mut self) {
        self.best_value = self.sites.scaled_upper(&self.best.loss);
        self.cutoff = match &self.space.instance().target_error {
            // Bounds must exceed the target strictly.
            Some(target) => self.sites.scaled_upper(target).next_up(),
            None => self.sites.scaled_upper(&self.limit()),
        };
    }

    fn improve(&mut self, incumbent: Incumbent) {
        if incumbent.loss < self.best.loss {
            self.best = incumbent;
            self.renew();
        }
    }

    /// One node's life.
    fn visit(&mut self, node: Node, open: &mut Frontier) {
        /// So near the cutoff floats may not be able to tell.
        const NEAR: f64 = 1.0 - 1e-7;
        if node.bound >= self.cutoff {
            self.close(node.bound);
            return;
        }
        let architecture = self.space.instance().architecture;
        let most = 3 * architecture.width + 12;
        let value = self.relaxation.solve(&node.windows, &node.start, most);
        let mut bound = node.bound;
        if value > bound {
            bound = bound.max(self.bound(&node.windows));
        }
        if bound >= self.cutoff {
            self.close(bound);
            return;
        }
        if value > self.cutoff * NEAR && self.is_tied(&node.windows) {
            return;
        }
        let atoms: Vec<(Atom, f64)> = self.relaxation.fit().atoms().collect();
        let Some((window, place)) = branching::choose(&node.windows, &atoms, self.sites) else {
            self.solve_exactly(node, open);
            return;
        };
        self.round(&node.windows, &atoms);
        if self.is_decided() {
            open.push(node);
            return;
        }
        for windows in node.split(window, place) {
            open.push(Node { windows, bound, estimate: value.max(node.estimate), start: atoms.clone() });
        }
    }

    /// Whether the maximum loss on the points that matter is as large as it may be, exactly.
    fn is_tied(&mut self, windows: &[Window]) -> bool {
        let Relaxation::Maximum(maximum) = &self.relaxation else { return false };
        let Some(bound) = ties::maximum_bound(self.space, self.sites, windows, maximum.dual().1) else { return false };
        let closes = match &self.space.instance().target_error {
            Some(target) => bound > *target,
            None => bound >= self.limit(),
        };
        if closes {
            self.counts.tied += 1;
            self.lower_exact(bound);
        }
        closes
    }

    fn lower_exact(&mut self, bound: Rational) {
        if self.least_exact.as_ref().is_none_or(|least| bound < *least) {
            self.least_exact = Some(bound);
        }
    }

    fn close(&mut self, bound: f64) {
        self.counts.closed += 1;
        self.least_bound = self.least_bound.min(bound);
    }

    /// The proven bound of the relaxation that was just solved.
    fn bound(&mut self, windows: &[Window]) -> f64 {
        let architecture = self.space.instance().architecture;
        let bound = match &self.relaxation {
            Relaxation::Squares(squares) => self.bounder.squares(self.sites, architecture, windows, squares.dual()),
            Relaxation::Absolute(absolute) => {
                let (u, v) = absolute.dual();
                self.bounder.absolute(self.sites, architecture, windows, u, v)
            }
            Relaxation::Maximum(maximum) => {
                let (u, v) = maximum.dual();
                self.bounder.maximum(self.sites, architecture, windows, u, v)
            }
        };
        if bound.is_finite() { bound } else { 0.0 }
    }

    /// All windows are cells: the exact optimum, or a proof that it does not matter.
    fn solve_exactly(&mut self, node: Node, open: &mut Frontier) {
        self.counts.exact += 1;
        let limit = self.limit();
        let found = cells::solve(&cells::of_node(&node), self.space, self.sites, &limit, &|| self.stops());
        if found.is_none() && self.stops() {
            // It may have been given up: nothing is proven.
            open.push(node);
            return;
        }
        let bound = found.as_ref().map_or(limit, |found| found.loss.clone());
        self.lower_exact(bound);
        if let Some(found) = found {
            self.improve(found);
        }
    }

    /// Tries the network near the relaxation.
    fn round(&mut self, windows: &[Window], atoms: &[(Atom, f64)]) {
        /// Worth a local search, while there have been few.
        const NEAR: f64 = 1.02;
        const FEW: usize = 20;
        let mut cells = branching::rounded(windows, atoms, self.sites);
        let near = if self.descents < FEW { NEAR } else { 1.0 };
        if self.other.value(&cells) < self.best_value * near {
            self.descents += 1;
            self.descend(&mut cells);
        }
    }

    /// Local search from these cells.
    fn descend(&mut self, cells: &mut [Cell]) {
        /// Below this a network is better by more than rounding.
        const BETTER: f64 = 1.0 - 1e-11;
        let one_side = self.space.instance().architecture.affine;
        let control = self.control;
        let stop = || control.should_stop().is_some();
        if cells::descend(cells, &mut self.other, self.sites, one_side, &stop) < self.best_value * BETTER {
            self.counts.exact += 1;
            if let Some(found) = cells::solve(cells, self.space, self.sites, &self.best.loss, &stop) {
                self.improve(found);
            }
        }
    }

    fn report(&self, node: &Node, open: usize) {
        self.control.report(&Progress {
            phase: "search",
            incumbent: Some(nearest_f64(&self.best.loss)),
            lower_bound: nearest_f64(&self.sites.unscaled(node.bound)),
            estimate: Some(nearest_f64(&self.sites.unscaled(node.estimate))),
            done: self.counts.nodes,
            open: Some(open as u64),
            total: None,
        });
    }

    fn conclude(self, open: &Frontier, stopped: Option<StopReason>) -> Found {
        let ended = open.len() == 0;
        let plain = ended && self.space.instance().target_error.is_none() && self.control.gap().is_zero();
        let lower_bound = if plain {
            // Each bound was compared with a loss that was at least the final one.
            self.best.loss.clone()
        } else {
            let least = open.least_bound().min(self.least_bound);
            let bounds = least.is_finite().then(|| self.sites.unscaled(least)).into_iter().chain(self.least_exact);
            bounds.fold(self.best.loss.clone(), Ord::min)
        };
        Found { incumbent: self.best, lower_bound: lower_bound.max(self.floor), stopped, counts: self.counts }
    }
}
