//! The multipliers `p` for a given exact `u`.

use super::super::{Leaf, Model, Node, Relaxation, State};
use super::plain::{site_sums, verify};
use crate::exact::{Integer, Rational, approx_with_exponent, common_denominator, scaled_f64, scaled_integer};
use crate::instance::Activation;
use crate::optimize::lp::{LinearProgram, LpVerdict, Row, RowKind};
use dashu_base::Abs;

/// Multipliers whose proposal lies closer than this to an end of their interval, relative to it, are tried there first.
const END: f64 = 1e-6;
/// Directions of `u` that differ by more than this are not the same up to rounding.
const ANOTHER_DIRECTION: f64 = 1e-3;

/// A leaf with exactly this `u`, if there is one: with the exact residual of an optimum of the node it proves the optimum.
///
/// The proposal says which multipliers are likely to lie at an end of their interval. Where its own `u` has clearly another direction there is no leaf: the `u` of a
/// bound that is attained is unique for squares.
///
/// # Complexity
/// For each neuron an exact linear program with a variable for each generator and a row for each generator and undecided site, or, mostly, for the few sites where the
/// proposal lies in between.
pub(in crate::train) fn tight(model: &Model<'_>, node: &Node, u: &[Integer], proposal: Option<&Relaxation>) -> Option<Leaf> {
    if proposal.is_some_and(|proposal| is_another_direction(u, &proposal.u)) {
        return None;
    }
    proposal.and_then(|_| assemble(model, node, u, proposal)).or_else(|| assemble(model, node, u, None))
}

fn is_another_direction(u: &[Integer], proposed: &[f64]) -> bool {
    let largest = u.iter().map(Abs::abs).max().unwrap_or_default();
    let shift = approx_with_exponent(&largest).1;
    let u: Vec<f64> = u.iter().map(|u| scaled_f64(u, shift)).collect();
    let norm = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>().sqrt();
    let (a, b) = (norm(&u), norm(proposed));
    !u.iter().zip(proposed).all(|(x, y)| (x / a - y / b).abs() <= ANOTHER_DIRECTION)
}

fn assemble(model: &Model<'_>, node: &Node, u: &[Integer], proposal: Option<&Relaxation>) -> Option<Leaf> {
    let sums = site_sums(model, u);
    let multipliers: Vec<Vec<Rational>> = (0..node.cones.len())
        .map(|j| if model.activation() == Activation::Relu && j < model.width() { neuron(model, node, j, &sums, proposal) } else { Some(Vec::new()) })
        .collect::<Option<_>>()?;
    let scale = common_denominator(multipliers.iter().flatten());
    let p = multipliers
        .iter()
        .map(|p| p.iter().enumerate().filter(|(_, p)| !p.is_zero()).map(|(s, p)| (s, scaled_integer(p, &scale))).collect())
        .collect();
    let leaf = Leaf { u: u.iter().map(|u| u * &scale).collect(), p };
    verify(model, node, &leaf).then_some(leaf)
}

/// `p_js` for all sites. With `b_r = Σ_{a_j U_s > 0} |U_s| max(0, x̃_s·r)` less the decided sites' terms, `p` exists if and only if
/// `Σ_r λ_r b_r ≤ Σ_s |U_s| max(0, Σ_r λ_r x̃_s·r)` for all `λ ≥ 0`, with `s` over the undecided sites with `a_j U_s < 0`; their multipliers in this linear program are `−p`.
fn neuron(model: &Model<'_>, node: &Node, j: usize, sums: &[Integer], proposal: Option<&Relaxation>) -> Option<Vec<Rational>> {
    let cone = &node.cones[j];
    let exact: Vec<Vec<Integer>> = (0..cone.generators()).map(|g| (0..model.sites()).map(|s| cone.exact_value(model, g, s)).collect()).collect();
    let mut p = vec![Rational::ZERO; model.sites()];
    let mut constant = vec![Integer::ZERO; cone.generators()];
    let mut open = Vec::new();
    let largest = proposal.map_or(0.0, |proposal| proposal.u.iter().fold(0.0, |m: f64, u| m.max(u.abs())));
    // Whether the proposal puts p at the upper end of its interval, or at the lower; `None` in between.
    let end = |s: usize| {
        let proposal = proposal?;
        let p = proposal.p[j * model.sites() + s];
        let size = model.items_of_site[s].iter().map(|&t| proposal.u[t]).sum::<f64>().abs();
        if p <= END * largest {
            Some(false)
        } else if p >= size - END * largest {
            Some(true)
        } else {
            None
        }
    };
    for (s, u) in sums.iter().enumerate() {
        if u.is_zero() {
            continue;
        }
        let adverse = (*u > Integer::ZERO) == node.plus[j];
        match (cone.states[s], end(s)) {
            (State::Off, _) => {}
            (State::Undecided, None) if !adverse => open.push(s),
            (State::Undecided, Some(false)) if !adverse => {}
            (State::On | State::Undecided, _) => {
                for (total, values) in constant.iter_mut().zip(&exact) {
                    if adverse && values[s] > Integer::ZERO {
                        *total += u.abs() * &values[s];
                    } else if !adverse {
                        *total -= u.abs() * &values[s];
                    }
                }
                if !adverse {
                    p[s] = Rational::from(u.abs());
                }
            }
        }
    }
    if constant.iter().all(|b| *b <= Integer::ZERO) {
        return Some(p);
    }
    let generators = cone.generators();
    let mut rows: Vec<Row> = open
        .iter()
        .map(|&s| Row {
            coefficients: exact.iter().map(|values| values[s].clone()).collect(),
            rhs: Integer::ZERO,
            kind: RowKind::Penalty { below: Rational::ZERO, above: Rational::from((&sums[s]).abs()) },
        })
        .collect();
    for r in 0..generators {
        let coefficients = (0..generators).map(|g| if g == r { Integer::ONE } else { Integer::ZERO }).collect();
        rows.push(Row { coefficients, rhs: Integer::ZERO, kind: RowKind::AtLeast });
    }
    let objective = constant.iter().map(|b| -b).collect();
    match (LinearProgram { objective, rows }).solve() {
        LpVerdict::Optimal(optimum) => {
            for (&s, multiplier) in open.iter().zip(&optimum.multipliers) {
                p[s] = -multiplier;
            }
            Some(p)
        }
        LpVerdict::Infeasible { .. } | LpVerdict::Unbounded { .. } | LpVerdict::AboveCutoff { .. } => None,
    }
}
