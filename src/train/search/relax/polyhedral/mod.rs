//! The absolute and the maximum loss: a relaxation whose objective is convex and piecewise linear in few unknowns, descended from vertex to vertex.
//!
//! With `v` the weights of all neurons, the output bias and, for the maximum loss, the largest deviation `τ`, a node's relaxation is to minimise
//!
//! ```text
//! c·v + Σ_h max(low_h f_h(v), high_h f_h(v)) + M Σ_l max(0, −s_l z_l(v)),     f_h = σ_h (y_h − value without lifted neurons) + Σ_lifted max(0, z_js) − τ
//! ```
//!
//! Hinges `h` are the items: `[low, high] = [0, cap]` and `σ = ±1` by the side that costs, `[−cap, cap]` where both do; lifted are the undecided neurons, whose
//! value the loss can be said to pay for (where undecided neurons of both signs meet, an item costs nothing). Absolute: `c = 0`, `cap = 1`; maximum: `c·v = τ` and any
//! `cap > 1` is as good as ∞, as `Σ |u| = 1` at the optimum. Walls cost `M` per unit, which rises if the optimum is outside.
//!
//! A vertex is where `q = dim v` independent *planes* meet on which the objective bends: items (`f_h = 0`), kinks (`z_js = 0` of a lifted neuron at a costing site), walls. With `G`
//! the gradient of everything else, `G + Σ λ_i ρ_i = 0` has one solution, the multipliers of the planes with gradients `ρ_i`. If all lie within their intervals (`[low, high]`,
//! `[0, Σ λ of the site]`, `[0, M]`), the vertex is optimal and they are the dual: `u` of the items, `p` of the kinks. If not, the objective falls along the edge that leaves one such plane:
//! the edge is followed through all planes that it crosses until the objective rises again (a weighted median), and the plane met there joins. This is the descent of
//! Barrodale & Roberts (1973). One step takes the place of many pivots of the simplex method, and costs one pass through the items.
//!
//! Planes that are missing at the start are stood in for by coordinates that are held (`[0, 0]`). A child starts at its parent's weights, however far outside. Ties would make steps
//! of length 0, so all `z_js` and targets are shifted a little (the dual then proves its value for the true targets). The columns are made orthonormal, so that
//! features far from 0 do no harm.
//!
//! # References
//! I. Barrodale, F. D. K. Roberts, *An improved algorithm for discrete l1 linear approximation*, SIAM J. Numer. Anal. 10 (1973).

mod basis;
mod edge;
mod program;
mod report;

use super::terms::Terms;
use super::{Model, Node, RelaxStatus, Relaxation};
use crate::instance::Loss;
use edge::Event;
use program::{Hinge, Wall};

/// Steps, for each unknown and besides.
const STEPS: (u32, u32) = (40, 200);
/// What walls cost at first, for each item, and how often and how much it rises.
const WALL_COST: f64 = 100.0;
const RISES: u32 = 3;
const RISE: f64 = 1000.0;
/// Weights outside of their cones by this much are inside.
const INSIDE: f64 = 1e-9;
/// Multipliers may leave their intervals by this much, and by this part of what they are computed from.
const DUAL_TOLERANCE: (f64, f64) = (1e-11, 1e-14);
/// The vertex is corrected where a plane is off by this much.
const DRIFT: f64 = 1e-13;
/// Planes of a parent's vertex that lie this close to it are planes of a child's.
const ON_PLANE: f64 = 1e-11;

/// A plane of a vertex.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Plane {
    /// The hinge of this number is 0.
    Hinge(usize),
    /// `z = 0` of an undecided neuron at a site.
    Kink(usize, usize),
    /// The wall of this number.
    Wall(usize),
    /// A coordinate that is held.
    Held(usize),
}

/// A plane by what it is in all nodes.
#[derive(Debug, Clone, Copy)]
enum Lasting {
    /// An item's place, and its side.
    Item(usize, f64),
    /// A neuron's zero at a site; the neuron after the last one stands for `τ`.
    Zero(usize, usize),
}

/// A vertex.
#[derive(Debug, Clone)]
pub(super) struct Vertex {
    v: Box<[f64]>,
    planes: Box<[Lasting]>,
}

#[derive(Debug, Clone)]
pub(super) struct Polyhedral {
    terms: Terms,
    loss: Loss,
    cap: f64,
    /// Orthonormal columns, and the triangular matrix that makes the features of them (by rows, `block × block`).
    columns: Vec<f64>,
    triangle: Vec<f64>,
    /// The shifts of `z_js`, and the shifted targets by place.
    shifts: Vec<f64>,
    targets: Vec<f64>,
    /// The node: hinges by site, those of site `s` from `first[s]` on; the lifted neurons of a site.
    hinges: Vec<Hinge>,
    first: Vec<usize>,
    lifted: Vec<u32>,
    walls: Vec<Wall>,
    wall_cost: f64,
    v: Vec<f64>,
    /// `z_js`, by neurons; the lifted neurons with `z > 0`; the hinges' `f`.
    z: Vec<f64>,
    positive: Vec<u32>,
    f: Vec<f64>,
    basis: Vec<Plane>,
    hinge_is_basic: Vec<bool>,
    wall_is_basic: Vec<bool>,
    /// The neurons whose kink at a site is a plane.
    kinks: Vec<u32>,
    rows: Vec<f64>,
    /// Column `i` of the inverse of the rows at `i·q..`: the edge that leaves plane `i`.
    edges: Vec<f64>,
    work: Vec<f64>,
    gradient: Vec<f64>,
    multipliers: Vec<f64>,
    pulls: Vec<f64>,
    direction: Vec<f64>,
    rates: Vec<f64>,
    events: Vec<Event>,
    pub(super) steps: u32,
}

impl Polyhedral {
    /// The engine for a linear loss; `None` for others.
    pub(super) fn new(model: &Model<'_>) -> Option<Box<Self>> {
        let cap = match model.loss() {
            Loss::L1 => 1.0,
            Loss::Linf => 2.0,
            Loss::L2 | Loss::ZeroOne => return None,
        };
        let terms = Terms::new(model);
        let (columns, triangle) = program::orthonormal(&terms);
        let (n, q, items) = (terms.sites, terms.size, terms.targets.len());
        let values = n * terms.neurons;
        Some(Box::new(Polyhedral {
            loss: model.loss(),
            cap,
            columns,
            triangle,
            shifts: program::shifts(values, 0),
            targets: terms.targets.iter().zip(program::shifts(items, values)).map(|(y, shift)| y + shift).collect(),
            hinges: Vec::with_capacity(2 * items),
            first: Vec::with_capacity(n + 1),
            lifted: vec![0; n],
            walls: Vec::new(),
            wall_cost: 0.0,
            v: vec![0.0; q],
            z: vec![0.0; values],
            positive: vec![0; n],
            f: Vec::with_capacity(2 * items),
            basis: Vec::with_capacity(q),
            hinge_is_basic: Vec::with_capacity(2 * items),
            wall_is_basic: Vec::new(),
            kinks: vec![0; n],
            rows: vec![0.0; q * q],
            edges: vec![0.0; q * q],
            work: vec![0.0; 2 * q * q],
            gradient: vec![0.0; q],
            multipliers: vec![0.0; q],
            pulls: vec![0.0; n],
            direction: vec![0.0; q],
            rates: vec![0.0; values],
            events: Vec::new(),
            steps: 0,
            terms,
        }))
    }

    /// Solves the relaxation of a node, starting at the vertex of its parent.
    pub(super) fn solve(&mut self, node: &Node, start: Option<&Vertex>, cutoff: f64, relaxation: &mut Relaxation) -> RelaxStatus {
        self.load(node);
        self.start(start);
        if !self.descend() {
            return RelaxStatus::Failed;
        }
        self.report(relaxation);
        if !relaxation.value.is_finite() {
            return RelaxStatus::Failed;
        }
        if relaxation.value >= cutoff { RelaxStatus::Bounded } else { RelaxStatus::Solved }
    }

    /// Where the children of the node should start.
    pub(super) fn vertex(&self) -> Vertex {
        let lasting = |plane: &Plane| match *plane {
            Plane::Hinge(h) => Some(Lasting::Item(self.hinges[h].place, self.hinges[h].side)),
            Plane::Kink(j, s) => Some(Lasting::Zero(j, s)),
            Plane::Wall(l) => Some(Lasting::Zero(self.walls[l].neuron, self.walls[l].site)),
            Plane::Held(_) => None,
        };
        Vertex { v: self.v.as_slice().into(), planes: self.basis.iter().filter_map(lasting).collect() }
    }

    /// To the optimum; whether it was reached.
    fn descend(&mut self) -> bool {
        let most = STEPS.0 * self.v.len() as u32 + STEPS.1;
        let mut rises = 0;
        self.steps = 0;
        while self.steps < most {
            self.steps += 1;
            self.evaluate();
            if !self.find_edges() {
                return false;
            }
            self.correct();
            self.set_gradient();
            self.set_multipliers();
            let Some((leaving, upward)) = self.leaving() else {
                if self.outside() <= INSIDE {
                    return true;
                }
                if rises == RISES {
                    return false;
                }
                rises += 1;
                self.wall_cost *= RISE;
                continue;
            };
            if !self.follow(leaving, upward) {
                return false;
            }
        }
        false
    }

    /// The multiplier of a hinge that is no plane.
    fn weight(&self, h: usize) -> f64 {
        if self.f[h] > 0.0 { self.cap } else { self.hinges[h].low }
    }
}
