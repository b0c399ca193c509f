//! A proven lower bound on a node's loss from weights that floats propose.
//!
//! Let `ρ_a` be the functions that belong to the unknowns `u_a` (far and near rays with their neuron's sign, cut off where the relaxation says so; the free functions). For a vector `v` over the sites
//! with `Σ w v ρ_a ≤ 0` for all rays and `= 0` for the free functions, where a ray counts as the chord where `v` has the chord's sign and as `θρ`, `θ ∈ {0, 1}`, where it has the
//! other, each `φ` of the node has `Σ w v φ ≤ 0`; hence `Σ w (y − φ)² ≥ 2 Σ w v (y − φ) − Σ w v² ≥ 2 Σ w v y − Σ w v²`.
//!
//! The residual `v̂` at the proposed `û` nearly is such a vector. *It can be completed*: let `t` be the *tight* unknowns (all with `û_a ≠ 0`, the free ones, and those with a pull near 0), `H` the Gram matrix
//! of their functions over the sites `C` that are decided or have `|v̂_i| > θ₀`. If `H` is regular there is `c` with `H c = −p`, `p_a = Σ w v̂ ρ_a` the exact pulls, and `v = v̂ + Σ c_a ρ_a` on `C`
//! fulfils the tight conditions with equality. The change `Δ` has `Σ w Δ² = pᵀH⁻¹p =: τ²`, so `|Δ_i| ≤ τ`: if `τ ≤ θ₀` no sign of `v̂` changes, and if the pull of each other ray is
//! at most `−τ (Σ w ρ_a²)^½`, its condition is kept. As `y − v̂ = Σ û_a ρ_a` on `C` up to rounding, `Σ w Δ (y − v̂) = −Σ û_a p_a`, and altogether
//!
//! ```text
//! loss − floor  ≥  Σ w v̂² − 4 Σ |û_a p_a| − τ² − (rounding of y − v̂).
//! ```
//!
//! **Rounding.** Let `u = 2^-53`, `N` the number of undecided sites, `S_a = Σ w ρ_a²` (with absolute values of all terms), `V = Σ w v̂²`, `Y = Σ w y²`. Coordinates are known to 106 bits, so rays at a site have relative error
//! at most `3u`; on decided ranges `v̂` is *defined* as `y − ℓ` with the line `ℓ` in floats, on the others as the float that is computed. Sums over undecided ranges have a relative error `(N + 16) u` of their
//! absolute terms, those over decided ones an absolute error below `2^-90` of the whole sums (see `double`). With Cauchy–Schwarz, `e₁ = (N + 32 + 2k) 2u`:
//!
//! - the pull of `a` has error at most `(e₁ √V + 2^-90 √Y) √S_a`, `V` at most `e₁ V + 2^-90 Y`; an entry of `H` at most `e₁ √(S_a S_b) + 2^-90 W`, `W = Σ w`;
//! - `y − v̂` differs from `Σ û_a ρ_a` by at most `(4k + 16) u (|y| + Σ |û_a ρ_a|)` at each site, whose product with `v` costs at most `2 (√V + τ) (4k + 16) u (√Y + Σ |û_a| √S_a)`.
//!
//! **Regularity.** Let `C = S^-½ H S^-½` exactly, `Ĉ` in floats, `M = L D Lᵀ` the exact product of the computed factors of `Ĉ`, `q` its order. By Higham (*Accuracy and Stability*, 2002, chapter 10) `|M − C| ≤ e := e₁ + 2^-90 W / min S + 4 (q + 8) u`
//! entrywise, so `λ_min(C) ≥ λ_min(M) − q e`. Further `λ_min(M) ≥ 1/T`, `T = tr M⁻¹ = ‖R⁻¹‖_F²`, `R = L D^½`. Columns of `R⁻¹` by substitution have `x = x̂ + R⁻¹ ΔR x̂`, `|ΔR| ≤ γ_q |R|`, `‖R‖_F² ≤ 2q`,
//! so `√T ≤ √T̂ (1 + κ √T)`, `κ = 2 q u √(2q)`, hence `√T ≤ √T̂ / (1 − κ √T̂)`. If `q e T ≤ ½`, `C ⪰ ½ M`, and with the pulls `p̂` in floats, of error `δ`,
//! `τ ≤ √2 ‖R⁻¹ S^-½ p‖ ≤ √2 (2 ‖x̂‖ + √T ‖S^-½ δ‖)`, where `x̂` is computed by substitution: its error is that of the columns, `κ √T ≤ ½`, so that twice its norm is enough.

use super::newton::Newton;
use super::node::Node;
use super::problem::Problem;
use super::residual::Residual;

/// `2u`: the constants are doubled by counting in this unit, which covers the rounding of their own use.
const UNIT: f64 = f64::EPSILON;
/// `2^-88`.
const TINY: f64 = 1.0 / (1u128 << 88) as f64;
/// Residuals below this part of their mean square are not relied on.
const SMALL: f64 = 1e-2;
/// Weights below this part of the greatest are taken for 0.
const NO_WEIGHT: f64 = 1e-12;
/// Rays with a pull nearer to 0 than this, relative to its bound, are tight.
const NEAR: f64 = 1e-9;

impl Newton {
    /// A lower bound on the scaled loss of every network of the node, 0 if none is proven. The node's weights must be nonnegative but for the free functions.
    pub(super) fn bound(&mut self, problem: &Problem<'_>, node: &mut Node) -> f64 {
        if !problem.floats {
            return 0.0;
        }
        let greatest = node.weights[problem.extras..].iter().copied().fold(0.0, f64::max);
        node.weights[problem.extras..].iter_mut().filter(|weight| **weight < NO_WEIGHT * greatest).for_each(|weight| *weight = 0.0);
        self.place_idle(problem, node);
        let undecided: usize = node.kinks.iter().map(|kink| kink.undecided().len()).sum();
        let sites = undecided.min(problem.sites()) as f64;
        let points = problem.moments[problem.sites()][0].hi;
        let threshold = SMALL * (self.residual.value / points).sqrt();
        self.residual.evaluate(problem, node, threshold);
        let residual = &self.residual;
        let error = (sites + 32.0 + 2.0 * node.kinks.len() as f64) * UNIT;
        let root = residual.value.sqrt() * (1.0 + error) + TINY * problem.size;
        let unknowns = node.weights.len();
        let pull_error = error * root + TINY * problem.size;
        let tight: Vec<usize> = (0..unknowns)
            .filter(|&a| residual.size[a] > 0.0)
            .filter(|&a| a < problem.extras || node.weights[a] != 0.0 || residual.pull[a] > -NEAR * root * residual.size[a].sqrt())
            .collect();
        let tight = without_copies(problem, node, tight);
        let Some((condition, norm)) = condition(residual, unknowns, &tight, error, TINY * points) else { return 0.0 };
        let bounded = |a: usize| residual.pull[a].abs() + pull_error * residual.size[a].sqrt();
        let tau = 1.5 * (2.0 * norm + (condition * tight.len() as f64).sqrt() * pull_error);
        let change = tau * tau;
        // Also false if something is not a number.
        let signs_are_kept = tau * 1.01 < threshold || (undecided == 0 && tau.is_finite());
        let kept = (0..unknowns).filter(|a| !tight.contains(a) && !is_copy(problem, node, &tight, *a)).all(|a| {
            let size = residual.size[a].sqrt() * (1.0 + error);
            size == 0.0 || residual.pull[a] + (pull_error + 1.01 * tau) * size <= 0.0
        });
        if !signs_are_kept || !kept {
            return 0.0;
        }
        let complementarity: f64 = (0..unknowns).filter(|&a| node.weights[a] != 0.0).map(|a| node.weights[a].abs() * bounded(a)).sum();
        let magnitude: f64 = (0..unknowns).map(|a| node.weights[a].abs() * residual.size[a].sqrt()).sum();
        let lines = 2.0 * (root + tau) * (4 * node.kinks.len() + 16) as f64 * UNIT * (problem.size + magnitude);
        let value = residual.value * (1.0 - error) - TINY * problem.size * problem.size;
        let bound = value - 1.01 * (4.0 * complementarity + change + lines);
        if bound > 0.0 { bound } else { 0.0 }
    }

    /// Chooses where the neurons without weight would begin, such that their rays' conditions hold if they can: the near ray's pull grows with the sites on which the neuron counts as active, the far ray's falls.
    fn place_idle(&mut self, problem: &Problem<'_>, node: &mut Node) {
        for j in 0..node.kinks.len() {
            let at = problem.extras + 2 * j;
            if node.weights[at] != 0.0 || node.weights[at + 1] != 0.0 {
                continue;
            }
            let sites = node.kinks[j].undecided();
            let right = node.kinks[j].right;
            // The number of active sites, counted from the active side.
            let (mut least, mut most) = (0, sites.len());
            while least < most {
                let active = (least + most).div_ceil(2);
                node.roots[j] = if right { sites.end - active } else { sites.start + active };
                self.residual.evaluate(problem, node, 0.0);
                if self.residual.pull[at + 1] <= 0.0 { least = active } else { most = active - 1 }
            }
            node.roots[j] = if right { sites.end - least } else { sites.start + least };
        }
        self.residual.evaluate(problem, node, 0.0);
    }
}

/// The ray of an unknown whose kink's gap is known, as its boundary and direction: rays of different neurons that agree in both are the same function but for the sign.
fn decided_ray(problem: &Problem<'_>, node: &Node, unknown: usize) -> Option<(usize, bool)> {
    let place = unknown.checked_sub(problem.extras)?;
    let kink = &node.kinks[place / 2];
    kink.is_leaf().then(|| (kink.ends()[place % 2], kink.right))
}

/// Whether an unknown's function is that of a tight unknown, or its negative: then the equation of that one is its own.
fn is_copy(problem: &Problem<'_>, node: &Node, tight: &[usize], unknown: usize) -> bool {
    let ray = decided_ray(problem, node, unknown);
    ray.is_some() && tight.iter().any(|&other| other != unknown && decided_ray(problem, node, other) == ray)
}

/// The tight unknowns without those whose function another one has.
fn without_copies(problem: &Problem<'_>, node: &Node, tight: Vec<usize>) -> Vec<usize> {
    let mut kept: Vec<usize> = Vec::with_capacity(tight.len());
    for unknown in tight {
        if !is_copy(problem, node, &kept, unknown) {
            kept.push(unknown);
        }
    }
    kept
}

/// `T` of the module header and the computed `‖R⁻¹ S^-½ p‖`, or `None` if regularity is not proven.
fn condition(residual: &Residual, unknowns: usize, tight: &[usize], error: f64, absolute: f64) -> Option<(f64, f64)> {
    let Residual { hessian, size, pull, .. } = residual;
    let q = tight.len();
    let order = q as f64;
    let scale: Vec<f64> = tight.iter().map(|&a| 1.0 / size[a].sqrt()).collect();
    let mut factor = vec![0.0; q * q];
    let mut inverse_pivots = vec![0.0; q];
    for i in 0..q {
        for j in 0..=i {
            let mut entry = hessian[tight[i] * unknowns + tight[j]] * scale[i] * scale[j];
            for k in 0..j {
                entry -= factor[i * q + k] * factor[j * q + k] / inverse_pivots[k];
            }
            if i == j {
                if !(entry > 0.0) {
                    return None;
                }
                inverse_pivots[i] = 1.0 / entry;
            } else {
                factor[i * q + j] = entry * inverse_pivots[j];
            }
        }
    }
    let mut trace = 0.0;
    let mut column = vec![0.0; q];
    for i in 0..q {
        column[i] = 1.0;
        trace += inverse_pivots[i];
        for j in i + 1..q {
            column[j] = -(i..j).map(|k| factor[j * q + k] * column[k]).sum::<f64>();
            trace += column[j] * column[j] * inverse_pivots[j];
        }
    }
    let root = trace.sqrt() * (1.0 + 4.0 * order * UNIT);
    let kappa = 2.0 * order * UNIT * (2.0 * order).sqrt();
    if !(kappa * root < 0.5) {
        return None;
    }
    let root = root / (1.0 - kappa * root);
    let least = tight.iter().map(|&a| size[a]).fold(f64::INFINITY, f64::min);
    let entrywise = error + absolute / least + 4.0 * (order + 8.0) * UNIT;
    let condition = root * root * (1.0 + 16.0 * UNIT);
    let mut norm = 0.0;
    let mut substituted: Vec<f64> = Vec::with_capacity(q);
    for i in 0..q {
        let entry = pull[tight[i]] * scale[i] - (0..i).map(|k| factor[i * q + k] * substituted[k]).sum::<f64>();
        norm += entry * entry * inverse_pivots[i];
        substituted.push(entry);
    }
    (order * entrywise * condition <= 0.5).then_some((condition, norm.sqrt()))
}
