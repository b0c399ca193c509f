//! The exact dual active-set method: slower than confirming a proposal, but it needs none and always ends.
//!
//! **Positive definite `H`** (Goldfarb and Idnani, reference 1 of the parent module, over the rationals). The state is a set `A` of independent rows and
//! the minimiser `z` of `f(z) = zᵀH z − 2 g·z` on `{G_A z = 0}`, with multipliers `ν ≥ 0`. While some row `p` is violated (`s = G_p z < 0`), its
//! multiplier `τ` grows from 0: with `H d − G_Aᵀ r = G_p`, `G_A d = 0`, the step `t` moves `z` by `t d`, `ν` by `t r`, `τ` by `t`, so that always
//! `H z − g = G_Aᵀν + τ G_p` and `G_A z = 0`. The step ends when row `p` is met, and `p` joins `A`, or when some `ν_j` becomes 0, and `j` leaves `A`.
//!
//! *Termination.* `G_A z = 0 > G_p z` keeps `G_p` independent of `G_A`, so `d ≠ 0` and the slope `G_p d = dᵀH d` is positive: every step has an
//! end. At most `|A|` rows leave before `p` joins. Along a step `df/dt = 2 (H z − g)·d = 2 τ G_p d ≥ 0`; until `p` joins, `G_p z` has to rise
//! from `s < 0` to 0, so there is a step with `t > 0`, along which `τ` is positive and `f` rises strictly. But between two joinings `f` is a function of
//! `A` alone, so no `A` ever returns; there are finitely many. At the end no row is violated: the Karush–Kuhn–Tucker conditions hold.
//!
//! **Singular `H`.** The method is run on `H + ε I` for `ε = 2^-k` with growing `k`, and the final `A` is tried on the true problem: its multipliers
//! `ν_A(0)` and its shortest point `z_A(0)` are accepted if they are exactly optimal.
//!
//! *Termination.* Let `z_A(ε), ν_A(ε)` solve the equations of `A` for `H + ε I`. As `ε → 0`, `z_A(ε)` tends to the shortest minimiser of `f` on
//! `{G_A z = 0}` (Tikhonov regularisation), which exists as `g` lies in the range of `H`; so `G_Aᵀν_A(ε) = (H + ε I) z_A(ε) − g` converges, and with it
//! `ν_A(ε)`, the rows of `A` being independent. If the loop never ended, some `A` would come up for infinitely many `ε`; each time `G z_A(ε) ≥ 0`
//! and `ν_A(ε) ≥ 0`, so also `G z_A(0) ≥ 0` and `ν_A(0) ≥ 0`: `A` would have been accepted at its first appearance.

use super::float_rows::FloatRows;
use super::kkt::KktSystem;
use super::{ConeLeastSquares, ConeOptimum, product};
use crate::exact::{Echelon, Integer, Rational};

/// The optimum, starting from the independent rows `active`.
pub(super) fn solve(problem: &ConeLeastSquares, mut active: Vec<usize>, floats: &FloatRows) -> ConeOptimum {
    let q = problem.linear.len();
    let augmented = problem.hessian.iter().zip(&problem.linear).map(|(h, g)| h.iter().chain([g]).cloned().collect()).collect();
    let echelon = Echelon::new(augmented, q);
    assert!(!echelon.inconsistent(), "the linear term lies in the range of the hessian");
    if echelon.rank() == q {
        active = dual_active_set(problem, active);
        return problem.optimum_with_active(&active, None, floats).expect("the dual method ends at an optimum");
    }
    let mut bits = 8usize;
    loop {
        // 2^bits (H + 2^-bits I) in integers, and the linear term to match.
        let mut regular = problem.clone();
        for (c, row) in regular.hessian.iter_mut().enumerate() {
            row.iter_mut().for_each(|h| *h <<= bits);
            row[c] += Integer::ONE;
        }
        regular.linear.iter_mut().for_each(|g| *g <<= bits);
        active = dual_active_set(&regular, active);
        if let Some(optimum) = problem.optimum_with_active(&active, None, floats) {
            return optimum;
        }
        bits *= 2;
    }
}

/// The final active set of the dual method for a positive definite hessian, from any independent rows.
fn dual_active_set(problem: &ConeLeastSquares, mut active: Vec<usize>) -> Vec<usize> {
    let ConeLeastSquares { hessian, linear, rows } = problem;
    // A start with nonnegative multipliers: leave out rows until there is no negative one.
    let (mut point, mut multipliers) = loop {
        let (z, nu) = solution(&KktSystem::new(hessian, linear, rows, &active));
        match nu.iter().enumerate().min_by(|a, b| a.1.cmp(b.1)) {
            Some((worst, value)) if *value < Rational::ZERO => _ = active.remove(worst),
            _ => break (z, nu),
        }
    };
    while let Some(entering) = problem.most_violated(&point) {
        let mut entering_multiplier = Rational::ZERO;
        loop {
            let (direction, rates) = solution(&KktSystem::new(hessian, &rows[entering], rows, &active));
            let slope = product(&rows[entering], &direction);
            assert!(slope > Rational::ZERO, "the hessian is positive semidefinite");
            let full_step = -product(&rows[entering], &point) / &slope;
            let blocking = rates
                .iter()
                .zip(&multipliers)
                .enumerate()
                .filter(|(_, (rate, _))| **rate < Rational::ZERO)
                .map(|(j, (rate, nu))| (-(nu / rate), j))
                .min()
                .filter(|(step, _)| *step < full_step);
            let step = blocking.as_ref().map_or(&full_step, |(step, _)| step);
            for (x, d) in point.iter_mut().zip(&direction) {
                *x += step * d;
            }
            for (nu, rate) in multipliers.iter_mut().zip(&rates) {
                *nu += step * rate;
            }
            entering_multiplier += step;
            match blocking {
                Some((_, leaving)) => {
                    active.remove(leaving);
                    multipliers.remove(leaving);
                }
                None => break,
            }
        }
        active.push(entering);
        multipliers.push(entering_multiplier);
    }
    active
}

/// The unique solution of a system with a positive definite hessian.
fn solution(system: &KktSystem) -> (Vec<Rational>, Vec<Rational>) {
    let point = system.shortest_point();
    let multipliers = system.multipliers();
    point.zip(multipliers).expect("positive definite equations have a solution")
}
