//! The float relaxation of a node: a convex program, solved by an active set, whose dual is proposed as the node's proof.
//!
//! Weights `w_j ∈ K_j` and values `h_js` are chosen; `h = z := x̃_s·w_j` where neuron `j` is on, `0` where it is off, `h ≥ max(0, z)` where it is undecided
//! (threshold: `0 ≤ h ≤ t_j`). With given weights the value of a site lies between a *lower* bound, finite unless a negative neuron is undecided, and an
//! *upper* one, finite unless a positive neuron is; the loss is the distance of the target from that interval. So it is a function of the weights
//! alone: a sum of squares of maxima of linear functions.
//!
//! **The dual** has for each item a number `u` (its residual, of the sign of the side that costs), for each undecided neuron that is part of a costing
//! bound a number `0 ≤ p ≤ |u|`, and a number `ν ≥ 0` for each wall of a cone, so that `Σ u c − Σ p x̃ + Σ ν s x̃ = 0`, where `c` are an item's coefficients.
//! It maximises `u·y − ½ Σ u²/m`. The working set says which `u`, `p`, `ν` are free; the rest sits at its bounds. One step goes to the maximum over the
//! free ones, which is one Newton step in the weights with the rows of the free `p` (kinks, `z = 0`) and `ν` as equations, or to the first bound that is
//! in the way, which then is fixed. At the maximum the violated conditions of the primal problem say what to free. This is Goldfarb & Idnani's
//! dual method (1983) with a piecewise quadratic objective; the value never falls once the iterates are stationary, and every value is a bound.
//!
//! Singular Newton matrices are regularised by a proximal term, which is centred anew at its optimum until the optimum stays, so that it does not change the answer.
//! It becomes weaker on the way, and where that is not enough the limit is extrapolated: superfluous neurons, whose optima lie far out, would else take forever.
//!
//! A node whose relaxed loss at some weights of its cones lies below the cutoff stays open, whatever the optimum is: there the engine stops.
//!
//! All this is for squares, where a site is one item. The absolute and the maximum loss take another way ([`polyhedral`]): their programs are linear.
//!
//! On cones without lines undecided neurons have linear upper bounds as well, *lids*, which make more items cost; see [`raise`]. They are for ReLU, and join an optimum that does not suffice.
//! In noise they divide the nodes by 2 for 60 points and by 5 for 250, and double the steps.
//!
//! For squares, sites where everything is decided are [condensed](condense).
//!
//! Nothing here is rigorous: proofs are made from `u` and `p` elsewhere.

mod ceiling;
mod condense;
mod extend;
mod factor;
mod newton;
mod penalty;
mod plain;
mod polyhedral;
mod raise;
mod start;
mod step;
mod terms;
#[cfg(test)]
mod tests;

pub(in crate::train) use start::WarmStart;

use super::{Model, Node, Relaxation};
use crate::instance::Loss;
use condense::Condense;
use factor::Factor;
use plain::Plain;
use polyhedral::Polyhedral;
use raise::Raise;
use step::Blocking;
use terms::Terms;

/// A probe does not tell values below this part of the zero function's loss from 0.
const NEGLIGIBLE: f64 = 1e-9;

/// How a relaxation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::train) enum RelaxStatus {
    /// To the optimum of the relaxation.
    Solved,
    /// Early: the dual proposed reaches the cutoff already.
    Bounded,
    /// Early: a probe found nothing to speak of.
    Open,
    /// Not at all; the relaxation found means nothing.
    Failed,
}

/// A row of the working set: an equation `±x̃_s·w_j = 0` and its multiplier.
#[derive(Debug, Clone, Copy)]
struct Row {
    /// Whether it is the kink of an undecided neuron, else it is a wall.
    kink: bool,
    neuron: usize,
    site: usize,
    sign: f64,
    multiplier: f64,
    /// In which direction the multiplier should move first.
    toward: f64,
}

/// What an item is in the dual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// `u = 0`.
    Idle,
    /// `u` is free.
    Free,
}

/// The solver with its memory, to be used for many nodes.
#[derive(Debug, Clone)]
pub(in crate::train) struct RelaxEngine {
    /// The sites of the node at hand.
    terms: Terms,
    /// What became of the problem's sites, if they are condensed.
    condense: Option<Box<Condense>>,
    /// Takes over for linear losses.
    polyhedral: Option<Box<Polyhedral>>,
    factor: Factor,
    /// The unknowns: weights, output bias.
    v: Vec<f64>,
    v_next: Vec<f64>,
    /// `z_js` at `v`, and at the target of a step.
    z: Vec<f64>,
    z_next: Vec<f64>,
    u: Vec<f64>,
    u_next: Vec<f64>,
    role: Vec<Role>,
    side: Vec<f64>,
    /// The neurons that are linear in the lower and the upper value of a site (threshold).
    masks: [Vec<u32>; 2],
    /// Whether neurons are ReLU: `plain` instead of `masks`.
    is_plain: bool,
    plain: Plain,
    /// The ceilings of undecided neurons (if plain).
    raise: Raise,
    is_probe: bool,
    rows: Vec<Row>,
    lambda: Vec<f64>,
    h: Vec<f64>,
    /// The gradient at 0 of the free items, `Σ m y c` (if plain).
    constant: Vec<f64>,
    stale: bool,
    /// The proximal term `½ δ |v − centre|²`; `δ = 0` as long as the Newton matrices are regular.
    delta: f64,
    centre: Vec<f64>,
    /// `δ` relative to the Newton matrix, once it is needed.
    proximity: f64,
    /// The optimum when the term was centred last, and the way to it from the centre before.
    last_optimum: Vec<f64>,
    way: Vec<f64>,
    gradient: Vec<f64>,
    step: Vec<f64>,
    infeasibility: Vec<f64>,
    blocking: Vec<Blocking>,
    /// For each neuron how far its worst violated row is off, and what it is.
    worst: Vec<(f64, Option<Row>)>,
    coefficients: Vec<f64>,
    steps: u32,
    /// The relaxed loss at `v` and how far `v` is outside of the cones, when the working set was last compared with `v` (if plain).
    lost: f64,
    outside: f64,
    /// A loss that a probe may call 0.
    negligible: f64,
    /// The loss of the zero function.
    most: f64,
    relaxation: Relaxation,
}

impl RelaxEngine {
    pub(in crate::train) fn new(model: &Model<'_>) -> Self {
        let terms = Terms::new(model);
        let (size, items) = (terms.size, terms.targets.len());
        let values = vec![0.0; terms.neurons * terms.sites];
        let vector = || vec![0.0; size + 1];
        RelaxEngine {
            polyhedral: Polyhedral::new(model),
            condense: Condense::new(&terms, terms.relu && model.loss() == Loss::L2).map(Box::new),
            factor: Factor::new(size),
            v: vector(),
            v_next: vector(),
            z: values.clone(),
            z_next: values.clone(),
            u: vec![0.0; items],
            u_next: vec![0.0; items],
            role: vec![Role::Idle; items],
            side: vec![1.0; items],
            masks: [vec![0; terms.sites], vec![0; terms.sites]],
            is_plain: terms.relu && model.loss() == Loss::L2,
            plain: Plain::new(&terms),
            raise: Raise::new(&terms, terms.relu && model.loss() == Loss::L2),
            is_probe: false,
            rows: Vec::with_capacity(4 * size + 4),
            lambda: vec![0.0; 4 * size + 4],
            h: vec![0.0; size * size],
            constant: vector(),
            stale: true,
            delta: 0.0,
            centre: vector(),
            proximity: 0.0,
            last_optimum: vector(),
            way: vector(),
            gradient: vector(),
            step: vector(),
            infeasibility: vec![0.0; 4 * size + 4],
            blocking: Vec::with_capacity(items + 4 * size),
            worst: vec![(0.0, None); terms.neurons],
            coefficients: vector(),
            steps: 0,
            lost: 0.0,
            outside: 0.0,
            negligible: 0.0,
            most: terms.targets.iter().zip(&terms.weights).map(|(y, m)| m * y * y).sum(),
            relaxation: Relaxation { value: 0.0, w: Vec::new(), u: vec![0.0; items], p: values },
            terms,
        }
    }

    /// Bounds a node from below, starting where the relaxation of its parent ended. Stops early at a dual value of `cutoff` (in scaled units, without the constant).
    pub(in crate::train) fn solve(&mut self, node: &Node, warm: Option<&WarmStart>, cutoff: f64) -> RelaxStatus {
        debug_assert!(self.terms.neurons <= 32);
        if self.terms.size == 0 {
            // A constant: nothing is relaxed.
            return RelaxStatus::Failed;
        }
        if let Some(polyhedral) = &mut self.polyhedral {
            return polyhedral.solve(node, warm.and_then(WarmStart::vertex), cutoff, &mut self.relaxation);
        }
        match &mut self.condense {
            None => self.terms.load(node),
            Some(condense) => {
                condense.load(node, &mut self.terms);
                self.fit();
            }
        }
        self.start(warm);
        let status = self.run(node, cutoff);
        self.report(status);
        if self.relaxation.value.is_finite() { status } else { RelaxStatus::Failed }
    }

    /// The same to its end, where only the value is asked for, and only if it is not nearly 0.
    pub(in crate::train) fn probe(&mut self, node: &Node, warm: Option<&WarmStart>) -> RelaxStatus {
        self.negligible = NEGLIGIBLE * self.most;
        self.is_probe = true;
        let status = self.solve(node, warm, f64::INFINITY);
        self.negligible = 0.0;
        self.is_probe = false;
        if status == RelaxStatus::Open {
            self.relaxation.value = 0.0;
        }
        status
    }

    /// What the last call found.
    pub(in crate::train) fn relaxation(&self) -> &Relaxation {
        &self.relaxation
    }

    /// The number of Newton steps of the last call.
    #[cfg_attr(not(test), expect(dead_code, reason = "a figure for the tests"))]
    pub(in crate::train) fn steps(&self) -> u32 {
        self.polyhedral.as_ref().map_or(self.steps, |polyhedral| polyhedral.steps)
    }

    /// The site at a place.
    fn site(&self, place: usize) -> usize {
        self.condense.as_ref().map_or(place, |condense| condense.site(place))
    }

    /// The place of a site, if it has one.
    fn place(&self, site: usize) -> Option<usize> {
        self.condense.as_ref().map_or(Some(site), |condense| condense.place(site))
    }

    /// The part of the loss that is in no site.
    fn constant_part(&self) -> f64 {
        self.condense.as_ref().map_or(0.0, |condense| condense.constant)
    }

    /// As many of everything as the node at hand has sites.
    fn fit(&mut self) {
        let (n, neurons) = (self.terms.sites, self.terms.neurons);
        for values in [&mut self.z, &mut self.z_next] {
            values.resize(n * neurons, 0.0);
        }
        for values in [&mut self.u, &mut self.u_next, &mut self.side] {
            values.resize(n, 0.0);
        }
        self.role.resize(n, Role::Idle);
        self.plain.fit(&self.terms);
        self.raise.fit(n);
    }

    fn report(&mut self, status: RelaxStatus) {
        if status == RelaxStatus::Open {
            self.settle_for_weights();
        }
        self.relaxation.value = if status == RelaxStatus::Open { self.lost } else { self.value() };
        let terms = &self.terms;
        self.relaxation.w.clear();
        self.relaxation.w.extend_from_slice(&self.v[..terms.neurons * terms.block + usize::from(terms.bias.is_some())]);
        match &mut self.condense {
            None => {
                for (&item, &u) in terms.order.iter().zip(&self.u) {
                    self.relaxation.u[item] = u;
                }
            }
            // For squares each site is one item.
            Some(condense) => condense.expand(&self.u, &self.v, &mut self.relaxation.u),
        }
        if !terms.relu {
            return;
        }
        self.report_plainly();
        let n = self.relaxation.u.len();
        for row in self.rows.iter().filter(|row| row.kink) {
            let site = self.site(row.site);
            self.relaxation.p[row.neuron * n + site] = row.multiplier.clamp(0.0, self.u[row.site].abs());
        }
    }
}
