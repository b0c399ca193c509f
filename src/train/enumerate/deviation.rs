//! Lower bounds on absolute and maximum loss from dual vectors, in floats with a proof.
//!
//! Let `A` be a tuple's matrix of values, `H = AᵀA` nonsingular, `G z ≥ 0` its cells' conditions. For a vector `u` with `|u_i| ≤ 1` (absolute loss) or `Σ|u_i| ≤ 1`
//! (maximum loss), any `ν ≥ 0`, and `e = Aᵀu + Gᵀν`, every feasible `z` has
//!
//! ```text
//! loss(z) ≥ u·(y − A z) = u·y − e·z + ν·G z ≥ u·y − e·z ≥ u·y − √(eᵀH⁻¹e)·‖A z‖₂ .
//! ```
//!
//! An exact dual solution has `e = 0`; a float one has a tiny `e`, whose effect is bounded: a network whose loss is below the cutoff has
//! `‖A z‖₂ ≤ ‖y‖₂ + ‖y − A z‖₂ ≤ ‖y‖₂ + cutoff` (times `√n` in the second term for the maximum loss). So either the loss reaches the cutoff or
//! the bound holds. `eᵀH⁻¹e` is bounded by [`GuardedCholesky`], and the rounding errors of `e` and `u·y` by the usual `(n + 3)·2^-52·Σ|terms|`.

use super::accumulate::Accumulator;
use super::problem::{Problem, terms};
use crate::instance::Loss;
use crate::optimize::qp::GuardedCholesky;

/// Scratch space.
#[derive(Debug, Default)]
pub(super) struct Deviation {
    point: Vec<f64>,
    dual: Vec<f64>,
    excess: Vec<f64>,
    error: Vec<f64>,
}

impl Deviation {
    /// The bound from the residual of the unconstrained least-squares solution, which is orthogonal to the columns of `A` up to rounding.
    pub(super) fn by_least_squares<A: Accumulator>(
        &mut self,
        problem: &Problem<'_, A>,
        tuple: &[u32],
        cholesky: &mut GuardedCholesky,
        linear: &[f64],
        cutoff: f64,
    ) -> f64 {
        self.point.resize(linear.len(), 0.0);
        cholesky.solve(linear, &mut self.point);
        self.dual.clear();
        for &(row, y) in &problem.view.targets {
            let value = terms(problem, tuple, row).map(|(c, f)| f * self.point[c]).sum::<f64>();
            self.dual.push(y - value);
        }
        normalise(&mut self.dual, problem.space.instance().loss);
        self.bound(problem, tuple, cholesky, &[], &[], cutoff)
    }

    /// The bound from a proposed dual vector, one entry a point, and proposed multipliers of the condition rows (flat, as long as `linear` each).
    pub(super) fn by_dual<A: Accumulator>(
        &mut self,
        problem: &Problem<'_, A>,
        tuple: &[u32],
        cholesky: &mut GuardedCholesky,
        dual: &[f64],
        conditions: (&[f64], &[f64]),
        cutoff: f64,
    ) -> f64 {
        self.dual.clear();
        self.dual.extend_from_slice(dual);
        match problem.space.instance().loss {
            Loss::L1 => self.dual.iter_mut().for_each(|u| *u = u.clamp(-1.0, 1.0)),
            _ if self.dual.iter().map(|u| u.abs()).sum::<f64>() > 1.0 - 1e-12 => normalise(&mut self.dual, Loss::Linf),
            _ => {}
        }
        self.bound(problem, tuple, cholesky, conditions.0, conditions.1, cutoff)
    }

    fn bound<A: Accumulator>(
        &mut self,
        problem: &Problem<'_, A>,
        tuple: &[u32],
        cholesky: &mut GuardedCholesky,
        rows: &[f64],
        multipliers: &[f64],
        cutoff: f64,
    ) -> f64 {
        let view = problem.view;
        let size = view.unknowns(tuple.len());
        self.excess.clear();
        self.excess.resize(size, 0.0);
        self.error.clear();
        self.error.resize(size, 0.0);
        let (mut value, mut magnitude) = (0.0f64, 0.0f64);
        for (&(row, y), &u) in view.targets.iter().zip(&self.dual) {
            value += u * y;
            magnitude += (u * y).abs();
            for (c, f) in terms(problem, tuple, row) {
                self.excess[c] += u * f;
                self.error[c] += (u * f).abs();
            }
        }
        for (row, &nu) in rows.chunks(size.max(1)).zip(multipliers) {
            let nu = nu.max(0.0);
            for (c, g) in row.iter().enumerate() {
                self.excess[c] += nu * g;
                self.error[c] += (nu * g).abs();
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "point counts are far below 2^53")]
        let unit = 2.0 * ((self.dual.len() + multipliers.len()) as f64 + 3.0) * f64::EPSILON;
        self.error.iter_mut().for_each(|e| *e *= unit);
        let spread = if problem.space.instance().loss == Loss::L1 { 1.0 } else { view.points.sqrt() };
        let norm = (view.total_high.sqrt() + spread * cutoff) * (1.0 + 1e-12);
        let leak = cholesky.gain_upper_bound(&self.excess, Some(&self.error)).sqrt() * (1.0 + 1e-12);
        let bound = (value - magnitude * unit) - leak * norm * (1.0 + 1e-12);
        // NaN (0·∞) proves nothing.
        if bound >= cutoff { cutoff } else { bound.max(0.0) }
    }
}

/// Scales a vector into the unit ball of the dual norm.
fn normalise(dual: &mut [f64], loss: Loss) {
    let norm = match loss {
        Loss::L1 => dual.iter().fold(0.0f64, |m, u| m.max(u.abs())),
        _ => dual.iter().map(|u| u.abs()).sum::<f64>() * (1.0 + 1e-12),
    };
    if norm > 0.0 {
        dual.iter_mut().for_each(|u| *u = (*u / norm).clamp(-1.0, 1.0));
    }
}
