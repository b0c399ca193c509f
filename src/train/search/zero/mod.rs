//! Error 0 at a node: an exact linear program that finds a network, or a leaf that refutes.
//!
//! Write `w_j = Σ_r λ_jr r` over the generators of `K_j` (free for lines, `λ ≥ 0` for rays). The value `h_js = max(0, x̃_s·w_j)` of a ReLU is linear where the site is decided. Elsewhere it lies between the convex
//! `max(0, x̃_s·w_j)` and the concave envelope over the cone, which is `Σ_r λ_jr max(0, x̃_s·r)` if `x̃_s` vanishes on the lines and infinite otherwise. For a threshold neuron the
//! unknown is `t_j ≥ 0`, and `h_js` is `t_j`, 0, or anything between. So a network without error has for every site and both signs `σ`
//!
//! ```text
//! Σ_{σ a_j > 0} upper(h_js)  −  Σ_{σ a_j < 0} lower(h_js)  ≥  σ y_s,
//! ```
//!
//! where `lower` runs over the linear pieces 0 and `x̃_s·w_j`: finitely many rows, added as they are violated (the *cuts*). Given the `w_j` the values of different sites do not depend on each other, so the cuts say all
//! that is true of the relaxation. Floats choose the cuts; the program is then solved in integers.
//!
//! **A contradiction is a leaf.** Farkas multipliers `μ ≥ 0` of the cuts and `ν ≥ 0` of `λ ≥ 0` give `U_s = Σ_σ σ μ` and `p_js = Σ μ` over the cuts with the sign of `U_s` that use the piece
//! `x̃_s·w_j`. Reading the combination at a generator `r` yields `G_j(r) ≤ 0` (the parent module's condition). If cuts of both signs of a site are used, `α` of one and `β < α` of the other, then
//! `U_s = α − β` and `p_js` is at most that; both changes only help, as `β max(0, z) ≥ βθz` for `0 ≤ θ ≤ 1`.
//!
//! **An affine term.** If the network may have one (see [`Extra`]), then `Σ_s U_s x̃_s = 0` in addition. Such a leaf refutes more: it holds as well for the mirrored cones `−K_j`.

mod all;
mod back;
mod contradiction;
mod decide;
mod floats;
mod polish;
mod program;
mod verify;

pub use all::{ZeroErrorFunctions, all_zero_error};
pub(in crate::train) use decide::Decision;
pub(in crate::train) use verify::refutes_zero_error;

use super::{Leaf, Model, Node};
use crate::exact::{Integer, Rational, dot, nearest_f64};
use crate::instance::{Activation, Loss};
use crate::network::{Network, Neuron};
use crate::optimize::lp::LpVerdict;
use floats::FloatVerdict;
use program::Program;

/// What a network has besides its neurons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::train) enum Extra {
    /// The architecture's output bias, if it has one.
    Architecture,
    /// ReLU: a free affine function of `x`; threshold: a free constant. As `max(0,z) = z + max(0,−z)` and `[z>0] = 1 − [z≤0]`, neurons may then be mirrored: the first bit of each ReLU can be
    /// chosen, and the sign of each threshold neuron.
    Affine,
}

impl Extra {
    /// What the class has, or what a search with mirrored neurons allows.
    fn of(model: &Model<'_>) -> Self {
        if model.mirrored { Extra::Affine } else { Extra::Architecture }
    }

    /// Its number of unknowns.
    fn unknowns(self, model: &Model<'_>) -> usize {
        match (self, model.activation()) {
            (Extra::Affine, Activation::Relu) => model.rank(),
            (Extra::Affine, Activation::Threshold) => 1,
            (Extra::Architecture, _) => usize::from(model.output_bias()),
        }
    }
}

/// A network without error, found at a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::train) struct Solution {
    /// `w_j` in the design's columns.
    pub(in crate::train) weights: Vec<Vec<Rational>>,
    /// `a_j`.
    pub(in crate::train) outputs: Vec<Rational>,
    /// The unknowns of the extra term: coefficients on the design's columns, of which there may be fewer than all.
    pub(in crate::train) extra: Vec<Rational>,
}

/// What is known of a node when no error is allowed.
#[derive(Debug, Clone)]
pub(in crate::train) enum ZeroVerdict {
    /// No network of the node has error 0.
    Refuted(Leaf),
    /// One has.
    Found(Solution),
    /// Undecided.
    Open {
        /// Bits that look good to split, the best first: a neuron and a site that its cone leaves undecided.
        bits: Vec<(usize, usize)>,
    },
}

/// The question was given up before it was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::train) struct Stopped;

impl Solution {
    /// The value at a site, by the definition.
    fn value(&self, model: &Model<'_>, site: usize) -> Rational {
        let row: Vec<Rational> = model.row(site).iter().cloned().map(Rational::from).collect();
        // The design's first column is the constant one.
        let extra = self.extra.iter().zip(&row).fold(Rational::ZERO, |sum, (v, x)| sum + v * x);
        self.weights.iter().zip(&self.outputs).fold(extra, |sum, (w, a)| {
            let z = dot(w, &row);
            match model.activation() {
                _ if z <= Rational::ZERO => sum,
                Activation::Relu => sum + a * z,
                Activation::Threshold => sum + a,
            }
        })
    }

    /// Whether the values are the targets.
    fn is_exact(&self, model: &Model<'_>) -> bool {
        (0..model.sites()).all(|s| self.value(model, s) == model.items[model.items_of_site[s][0]].target)
    }

    /// The network of the class. Unless the class has affine functions there is one if mirroring some neurons leaves nothing of the extra term but what the class has: `a max(0, z) = a z + a max(0, −z)`.
    pub(in crate::train) fn network(mut self, model: &Model<'_>) -> Option<Network> {
        /// With more neurons only the network as it is is tried.
        const MOST: usize = 14;
        let free = usize::from(model.output_bias());
        let affine = model.instance().architecture.affine;
        let most = if model.activation() == Activation::Relu { self.weights.len().min(MOST) } else { 0 };
        (affine || self.mirror(0, most, free)).then_some(())?;
        let neuron = |(w, a): (&Vec<Rational>, &Rational)| {
            let (w, b) = model.design().weights(w);
            Neuron { w, b, a: a.clone() }
        };
        let neurons = self.weights.iter().zip(&self.outputs).map(neuron).collect();
        let mut network = Network { activation: model.activation(), neurons, output_bias: Rational::ZERO };
        if affine {
            self.extra.resize(model.rank(), Rational::ZERO);
            let (w, b) = model.design().weights(&self.extra);
            network.add_affine(w, b);
        } else {
            network.output_bias = self.extra.into_iter().next().unwrap_or(Rational::ZERO);
        }
        Some(network)
    }

    /// Mirrors some of the neurons from `first` on until the extra term vanishes but for its first `free` columns.
    fn mirror(&mut self, first: usize, most: usize, free: usize) -> bool {
        if self.extra.iter().skip(free).all(Rational::is_zero) {
            return true;
        }
        if first >= most {
            return false;
        }
        if self.mirror(first + 1, most, free) {
            return true;
        }
        let before = (self.extra.clone(), self.weights[first].clone());
        self.extra.resize(self.extra.len().max(before.1.len()), Rational::ZERO);
        for (extra, w) in self.extra.iter_mut().zip(&mut self.weights[first]) {
            *extra += &self.outputs[first] * &*w;
            *w = -std::mem::take(w);
        }
        if self.mirror(first + 1, most, free) {
            return true;
        }
        (self.extra, self.weights[first]) = before;
        false
    }
}

/// A leaf for data that no function fits: one point with two targets.
fn conflict(model: &Model<'_>, neurons: usize) -> Option<Leaf> {
    for items in &model.items_of_site {
        let first = items[0];
        if let Some(&other) = items.iter().find(|&&i| model.items[i].target != model.items[first].target) {
            let mut u = vec![Integer::ZERO; model.items.len()];
            let first_larger = model.items[first].target > model.items[other].target;
            u[first] = if first_larger { Integer::ONE } else { Integer::NEG_ONE };
            u[other] = if first_larger { Integer::NEG_ONE } else { Integer::ONE };
            return Some(Leaf { u, p: vec![Vec::new(); neurons] });
        }
    }
    None
}

fn refutation(model: &Model<'_>, node: &Node, extra: Extra, program: &Program<'_, '_>, farkas: &[Rational]) -> Leaf {
    let leaf = program.leaf(farkas);
    assert!(refutes_zero_error(model, node, &leaf, extra), "a contradiction of the cuts must be a leaf");
    leaf
}

/// Whether floats say that a node is no more than open.
fn is_open_in_floats(model: &Model<'_>, node: &Node, extra: Extra) -> bool {
    matches!(Program::new(model, node, extra, &|| false).cut_in_floats(), FloatVerdict::Open(_))
}

/// Decides a node as far as its relaxation can. A node without undecided bits is always decided, unless `stop` says that it is to be given up.
///
/// # Panics
/// For the 0-1 loss, whose zero is not a system of equations, and for squares with points that have different targets, whose loss is never 0.
pub(in crate::train) fn zero_error(model: &Model<'_>, node: &Node, extra: Extra, stop: &dyn Fn() -> bool) -> Result<ZeroVerdict, Stopped> {
    assert!(model.loss() != Loss::ZeroOne && model.constant.is_zero(), "a loss that is 0 for y = φ only");
    if let Some(leaf) = conflict(model, node.cones.len()) {
        return Ok(ZeroVerdict::Refuted(leaf));
    }
    let mut program = Program::new(model, node, extra, stop);
    match program.cut_in_floats() {
        FloatVerdict::Open(bits) => return Ok(ZeroVerdict::Open { bits }),
        FloatVerdict::Contradiction(rows) => {
            if let Some(farkas) = program.contradiction(&rows)? {
                return Ok(ZeroVerdict::Refuted(refutation(model, node, extra, &program, &farkas)));
            }
        }
        FloatVerdict::Near { point, bits } => {
            if let Some(solution) = program.polished(&point)? {
                return Ok(ZeroVerdict::Found(solution));
            }
            if !bits.is_empty() && !program.is_small() {
                return Ok(ZeroVerdict::Open { bits });
            }
        }
        FloatVerdict::Unclear => {}
    }
    // The exact program would take longer than some more bits, with which floats see clearer.
    if let Some(bits) = program.last_bits().filter(|_| !program.is_small()) {
        return Ok(ZeroVerdict::Open { bits });
    }
    loop {
        match program.exact().solve_unless(None, stop).ok_or(Stopped)? {
            LpVerdict::Infeasible { farkas } => {
                return Ok(ZeroVerdict::Refuted(refutation(model, node, extra, &program, &farkas)));
            }
            LpVerdict::Optimal(optimum) => {
                if program.cut_exactly(&optimum.point) {
                    continue;
                }
                let solution = program.solution(&optimum.point);
                if solution.is_exact(model) {
                    return Ok(ZeroVerdict::Found(solution));
                }
                let point: Vec<f64> = optimum.point.iter().map(nearest_f64).collect();
                let bits = program.open(&point, -1.0).expect("without undecided bits the rows are the equations φ = y");
                return Ok(ZeroVerdict::Open { bits });
            }
            LpVerdict::Unbounded { .. } | LpVerdict::AboveCutoff { .. } => unreachable!("there is no objective and no cutoff"),
        }
    }
}

#[cfg(test)]
mod tests;
