//! Bounds on pre-activations and output weights that some optimal network obeys: big-M constants that cut off no optimum.
//!
//! # Setting
//! `x̃_i ∈ Z^r` are the distinct points' rows of the (centred) design matrix, which has full column rank `r`; `z_ij = x̃_i·v_j`.
//! `R_i` bounds the numbers that a prediction can be pinned to (below). All bounds hold for every class of output signs: negating the block of a
//! neuron of sign −1 turns its equations into those of a neuron of sign +1.
//!
//! # ReLU
//! *Theorem.* There is an optimal network whose `(v_1, …, v_k, c)` is the unique solution of `q = r·k (+1 with an output bias)` equations, each
//! either `x̃_i·v_j = 0`, or `Σ_{j∈δ} a_j x̃_i·v_j + c = ρ` for a point `i`, a set `δ` of neurons and a number `|ρ| ≤ R_i`.
//!
//! *Proof.* Take an optimal network and the closed cell of its activation pattern `s`: on the polyhedron `{s_ij x̃_i·v_j ≥ 0}` predictions are linear.
//! - Sum of absolute residuals: minimise `Σ e_i` under `e_i ≥ ±(φ_i − y_i)`. The polyhedron contains no line (in its direction all `x̃_i·v_j`, hence
//!   `v`, vanish as the rank is full, then `c` as `e ≥ ±c`), so the minimum is attained at a vertex, the unique solution of its tight rows. An
//!   `e_i` with a single tight row is determined by that row and determines nothing else; so the rows `x̃_i·v_j = 0` and the points with both
//!   rows tight, `φ_i = y_i`, determine `(v, c)`. `R_i = max |y|` over the targets at the point.
//! - Maximum `e*`: any vertex of the cell cut with `|φ_i − y_i| ≤ e*`; `R_i = max |y| + U` for any attained loss `U ≥ e*`.
//! - 0-1 loss: positive homogeneity in `(v, c)` lets us scale every positive prediction to at least 1. Take a vertex of the cell cut with `φ_i ≥ 1` or
//!   `φ_i ≤ 0` for the points where the network is right; `R_i = 1`. (If it is right nowhere, any network will do.)  ∎
//!
//! By Cramer's rule a linear functional `f` of the solution is at most `Σ_l |f·A⁻¹|_l R_l` where `A` is the matrix of the equations. With few equations to
//! choose from, the maximum over *all* nonsingular `A` is computed (inverses exactly, products in floats with an error bound). Otherwise `|det A| ≥ 1`, as `A` is integral, and Hadamard's
//! inequality for the numerators gives `|z_ij| ≤ ‖x̃_i‖ · S^{q−1} · (sum of the q largest R)`, where `S² = k·max‖x̃‖² (+1)` bounds every row's norm.
//!
//! # Threshold
//! A pattern is realised strictly iff `x̃_i·v ≥ 1` on the active points and `≤ 0` on the others is feasible; that polyhedron has a vertex: the
//! case `k = 1`, `R_i = 1` above, whatever the width. For given patterns the predictions are `S a + c` with a 0/1 matrix `S`; drop dependent columns
//! (their `a` becomes 0), and the same vertex argument gives `|a_j|, |c| ≤ D(q−1) · (sum of the q largest R)`, `q = k (+1)`, where
//! `D(n) ≤ (n+1)^{(n+1)/2} / 2^n` is the largest determinant of a 0/1 matrix of order `n`.
//!
//! # References
//! J. Hadamard, *Résolution d'une question relative aux déterminants* (1893); A. Schrijver, *Theory of Linear and Integer Programming*, ch. 10.

use super::geometry::Geometry;
use crate::exact::{Echelon, Integer, Natural, Rational, nearest_f64};
use crate::instance::Activation;
use dashu_base::SquareRoot;
use itertools::Itertools;

/// How much work (systems of equations times their order cubed) is spent at most on the maximum over all of them; beyond that Hadamard's inequality answers.
const MAX_WORK: u64 = 3_000_000;
/// More equations than this are not listed.
const MAX_EQUATIONS: u64 = 5_000;

/// Bounds that some optimal network obeys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ProvenBounds {
    /// `|z_ij| ≤ preactivation[i]` for every neuron.
    pub(super) preactivation: Vec<Rational>,
    /// `|c| ≤ output`, and for threshold networks `|a_j| ≤ output`.
    pub(super) output: Rational,
}

/// The bounds of the module's theorems; `pinned[i] = R_i ≥ 0`.
pub(super) fn prove(geometry: &Geometry, activation: Activation, width: usize, output_bias: bool, pinned: &[Rational]) -> ProvenBounds {
    match activation {
        Activation::Relu => vertex_bounds(geometry.integer_rows(), width, output_bias, pinned),
        Activation::Threshold => {
            let ones = vec![Rational::ONE; pinned.len()];
            let preactivation = vertex_bounds(geometry.integer_rows(), 1, false, &ones).preactivation;
            let order = width + usize::from(output_bias);
            let output = largest(pinned, order) * Rational::from(zero_one_determinant(order.saturating_sub(1)));
            ProvenBounds { preactivation, output }
        }
    }
}

/// The sum of the `count` largest values; a point can be pinned by several equations, so the largest counts as often as needed.
fn largest(values: &[Rational], count: usize) -> Rational {
    values.iter().max().map_or(Rational::ZERO, |most| most * Rational::from(count))
}

/// `⌊(n+1)^{(n+1)/2} / 2^n⌋`, which bounds the determinants of 0/1 matrices of order `n`.
fn zero_one_determinant(n: usize) -> Natural {
    Natural::from(n + 1).pow(n + 1).sqrt() >> n
}

/// An equation `coefficients · (v_1, …, v_k, c) = ρ` with `|ρ| ≤ pinned`.
struct Equation {
    coefficients: Vec<Integer>,
    pinned: Rational,
}

fn vertex_bounds(rows: &[Vec<Integer>], width: usize, output_bias: bool, pinned: &[Rational]) -> ProvenBounds {
    let rank = rows[0].len();
    let unknowns = rank * width + usize::from(output_bias);
    let subsets_a_point = 1u64.checked_shl(u32::try_from(width).unwrap_or(u32::MAX)).unwrap_or(u64::MAX);
    let equations_at_most = subsets_a_point.saturating_add(width as u64).saturating_mul(rows.len() as u64);
    let affordable = |equations: u64| binomial(equations, unknowns as u64).saturating_mul((unknowns as u64).saturating_pow(3)) <= MAX_WORK;
    // Two unknowns from more equations would exceed the work anyway; the test keeps the list short.
    if equations_at_most <= MAX_EQUATIONS {
        let equations = equations(rows, width, output_bias, pinned);
        if affordable(equations.len() as u64)
            && let Some(bounds) = maximum(rows, width, output_bias, &equations)
        {
            return bounds;
        }
    }
    hadamard(rows, width, output_bias, pinned)
}

fn equations(rows: &[Vec<Integer>], width: usize, output_bias: bool, pinned: &[Rational]) -> Vec<Equation> {
    let rank = rows[0].len();
    let unknowns = rank * width + usize::from(output_bias);
    let mut equations = Vec::new();
    for (row, bound) in rows.iter().zip(pinned) {
        let on = |neurons: &[usize], bias: bool, pinned: &Rational| {
            let mut coefficients = vec![Integer::ZERO; unknowns];
            for &j in neurons {
                coefficients[j * rank..(j + 1) * rank].clone_from_slice(row);
            }
            if bias {
                coefficients[unknowns - 1] = Integer::ONE;
            }
            Equation { coefficients, pinned: pinned.clone() }
        };
        for active in (0..width).powerset() {
            // Without a bias a prediction of one active neuron has the coefficients of `x̃_i·v_j = 0`: one equation with |ρ| ≤ R_i covers both.
            if output_bias || !active.is_empty() {
                equations.push(on(&active, output_bias, bound));
            }
        }
        if output_bias {
            equations.extend((0..width).map(|j| on(&[j], false, &Rational::ZERO)));
        }
    }
    equations
}

/// An upper bound on the maximum over all nonsingular systems, a little above it; `None` if a number leaves the range of floats.
fn maximum(rows: &[Vec<Integer>], width: usize, output_bias: bool, equations: &[Equation]) -> Option<ProvenBounds> {
    let rank = rows[0].len();
    let unknowns = rank * width + usize::from(output_bias);
    let rows: Vec<Vec<f64>> = rows.iter().map(|row| row.iter().map(|x| float(&Rational::from(x.clone()))).collect()).collect::<Option<_>>()?;
    let mut preactivation = vec![0.0f64; rows.len()];
    let mut output = 0.0f64;
    // Entries are rounded once (relative error u = 2^-53), their products once, and `rank` of them are added: the error of an inner product is below
    // (rank + 3) u of the sum of magnitudes. Twice that, and more, is added to the value; `exact_upper` covers the sum over the systems' columns.
    #[expect(clippy::cast_precision_loss, reason = "ranks are small")]
    let error = (rank as f64 + 8.0) * f64::EPSILON;
    for chosen in equations.iter().combinations(unknowns) {
        let augmented = chosen
            .iter()
            .enumerate()
            .map(|(l, equation)| {
                let unit = (0..unknowns).map(|c| if c == l { Integer::ONE } else { Integer::ZERO });
                equation.coefficients.iter().cloned().chain(unit).collect()
            })
            .collect();
        let echelon = Echelon::new(augmented, unknowns);
        if echelon.rank() < unknowns {
            continue;
        }
        // Column l of the inverse, weighted with what its right-hand side can be.
        let mut columns: Vec<Vec<f64>> = Vec::with_capacity(unknowns);
        for (l, equation) in chosen.iter().enumerate().filter(|(_, equation)| !equation.pinned.is_zero()) {
            let column = echelon.solution(unknowns, unknowns + l, |_| Rational::ZERO).expect("full rank");
            columns.push(column.into_iter().map(|v| float(&(v * &equation.pinned))).collect::<Option<_>>()?);
        }
        for (row, bound) in rows.iter().zip(&mut preactivation) {
            for j in 0..width {
                let value: f64 = columns
                    .iter()
                    .map(|column| {
                        let products = row.iter().zip(&column[j * rank..]).map(|(x, v)| x * v);
                        let (sum, magnitude) = products.fold((0.0, 0.0), |(sum, magnitude), p: f64| (sum + p, magnitude + p.abs()));
                        sum.abs() + error * magnitude
                    })
                    .sum();
                *bound = bound.max(value);
            }
        }
        if output_bias {
            output = output.max(columns.iter().map(|column| column[unknowns - 1].abs()).sum());
        }
    }
    Some(ProvenBounds { preactivation: preactivation.into_iter().map(exact_upper).collect::<Option<_>>()?, output: exact_upper(output)? })
}

/// The nearest float if it has full relative precision.
fn float(value: &Rational) -> Option<f64> {
    let float = nearest_f64(value);
    (value.is_zero() || (1e-100..1e100).contains(&float.abs())).then_some(float)
}

/// A short rational above a sum of nonnegative terms, each too small by less than a millionth of a millionth, that was added up in floats.
fn exact_upper(sum: f64) -> Option<Rational> {
    let generous = Rational::try_from(sum * (1.0 + 1e-9)).ok()?;
    let steps = Integer::from(1024);
    Some(Rational::from((generous * &steps).ceil()) / Rational::from(steps))
}

fn hadamard(rows: &[Vec<Integer>], width: usize, output_bias: bool, pinned: &[Rational]) -> ProvenBounds {
    let bias = usize::from(output_bias);
    let unknowns = rows[0].len() * width + bias;
    let norms: Vec<Integer> = rows.iter().map(|row| row.iter().fold(Integer::ZERO, |sum, x| sum + x * x)).collect();
    let row_square = norms.iter().max().expect("a point") * Integer::from(width) + Integer::from(bias);
    let factor = largest(pinned, unknowns);
    let minors = row_square.pow(unknowns.saturating_sub(1));
    let bound = |functional_square: &Integer| &factor * Rational::from(sqrt_up(&(functional_square * &minors)));
    let preactivation = norms.iter().map(bound).collect();
    ProvenBounds { preactivation, output: if output_bias { bound(&Integer::ONE) } else { Rational::ZERO } }
}

/// The least integer that is at least the root of `square ≥ 0`.
fn sqrt_up(square: &Integer) -> Natural {
    let square = Natural::try_from(square.clone()).expect("a sum of squares");
    let root = square.sqrt();
    if &root * &root == square { root } else { root + Natural::ONE }
}

/// `C(n, k)`, or `u64::MAX` if that overflows.
fn binomial(n: u64, k: u64) -> u64 {
    if k > n {
        return 0;
    }
    (0..k.min(n - k))
        .try_fold(1u128, |value, i| Some(value.checked_mul(u128::from(n - i))? / u128::from(i + 1)))
        .map_or(u64::MAX, |value| u64::try_from(value).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn determinants_of_zero_one_matrices() {
        // Origin: OEIS A003432, which the bound must not undercut; it is attained for n = 1, 3, 7.
        for (n, least) in [1u32, 1, 1, 2, 3, 5, 9, 32, 56, 144].into_iter().enumerate() {
            assert!(zero_one_determinant(n) >= Natural::from(least), "{n}");
        }
        assert_eq!(zero_one_determinant(3), Natural::from(2u8));
        assert_eq!(zero_one_determinant(7), Natural::from(32u8));
    }

    #[test]
    fn hadamard_is_never_below_the_maximum() {
        // Origin: the maximum over all systems, for rows (1, x).
        for (xs, width, bias) in [(&[-2, 0, 1, 3][..], 1, false), (&[-2, 0, 1, 3], 1, true), (&[-1, 0, 2], 2, false), (&[0, 1], 2, true)] {
            let rows: Vec<Vec<Integer>> = xs.iter().map(|&x| vec![Integer::ONE, Integer::from(x)]).collect();
            let pinned: Vec<Rational> = (0..rows.len()).map(|i| Rational::from(i % 3)).collect();
            let exact = maximum(&rows, width, bias, &equations(&rows, width, bias, &pinned)).unwrap();
            let coarse = hadamard(&rows, width, bias, &pinned);
            for (e, c) in exact.preactivation.iter().zip(&coarse.preactivation) {
                assert!(e <= c && *e > Rational::ZERO);
            }
            assert!(exact.output <= coarse.output);
        }
    }

    #[test]
    fn one_neuron_interpolating_two_points() {
        // Origin: by hand. x ∈ {0, 1, 3}, |y| ≤ 1: the line through (0, 1) and (1, −1), or any other pair, reaches |z| = 5 at x = 3.
        let rows: Vec<Vec<Integer>> = [0, 1, 3].iter().map(|&x| vec![Integer::ONE, Integer::from(x)]).collect();
        let ones = vec![Rational::ONE; 3];
        let bounds = vertex_bounds(&rows, 1, false, &ones);
        let five = Rational::from(5);
        assert!(bounds.preactivation[2] >= five && bounds.preactivation[2] <= five + Rational::from(1) / Rational::from(512));
    }

    #[test]
    fn binomials_saturate() {
        assert_eq!(binomial(10, 3), 120);
        assert_eq!(binomial(3, 5), 0);
        assert_eq!(binomial(u64::MAX, 2), u64::MAX);
        assert_eq!(binomial(200, 100), u64::MAX);
    }
}
