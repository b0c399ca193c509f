//! From a proposed basis to a verdict: scaling to floats, basic solutions in integers, and the exact conditions for accepting them.

use super::exact::feasibility;
use super::proposal::{Basic, FloatProgram, LpProposer, Place, Proposal};
use super::{LinearProgram, LpOptimum, LpVerdict, RowKind};
use crate::exact::{Echelon, Integer, Rational, approx_with_exponent, common_denominator, scaled_integer};
use std::cmp::Ordering;

/// Proposes in floats and confirms in integers; `None` if that fails. Also tells which rows the last basis had.
pub(super) fn solve(program: &LinearProgram, cutoff: Option<&Rational>, stop: &dyn Fn() -> bool) -> (Option<LpVerdict>, Vec<usize>) {
    let scaled = Scaled::new(program, cutoff);
    let mut proposer = LpProposer::new();
    let mut proposal = proposer.solve(scaled.program(), None, scaled.cutoff);
    if proposal == Proposal::AboveCutoff {
        let verdict = above_cutoff(program, &proposer, cutoff);
        if verdict.is_some() {
            return (verdict, Vec::new());
        }
        proposal = proposer.solve(scaled.program(), None, f64::INFINITY);
    }
    let verdict = match proposal {
        Proposal::Optimal => optimal(program, &proposer).map(LpVerdict::Optimal),
        Proposal::Infeasible { entering, increase } => infeasible(program, &proposer, entering, increase),
        Proposal::Unbounded => unbounded(program, &proposer, stop),
        Proposal::AboveCutoff | Proposal::Unclear => None,
    };
    (verdict, basis_rows(&proposer))
}

fn basis_rows(proposer: &LpProposer) -> Vec<usize> {
    proposer.basis().iter().filter_map(|b| if let Basic::Row(i) = b { Some(*i) } else { None }).collect()
}

/// The program in floats, scaled by powers of two so that nothing overflows.
struct Scaled {
    objective: Vec<f64>,
    coefficients: Vec<f64>,
    rhs: Vec<f64>,
    lower: Vec<f64>,
    upper: Vec<f64>,
    cutoff: f64,
}

impl Scaled {
    fn new(program: &LinearProgram, cutoff: Option<&Rational>) -> Self {
        let q = program.objective.len();
        let exponent = |x: &Integer| (!x.is_zero()).then(|| approx_with_exponent(x).1);
        let most = |xs: &mut dyn Iterator<Item = i64>| xs.max().unwrap_or(0);
        let columns: Vec<i64> = (0..q).map(|j| most(&mut program.rows.iter().filter_map(|row| exponent(&row.coefficients[j])))).collect();
        let rows: Vec<i64> =
            program.rows.iter().map(|row| most(&mut row.coefficients.iter().zip(&columns).filter_map(|(x, c)| Some(exponent(x)? - c)))).collect();
        // Heights are scaled by 2^-height, multipliers by 2^(row - weight).
        let height = most(&mut program.rows.iter().zip(&rows).filter_map(|(row, r)| Some(exponent(&row.rhs)? - r)));
        let bounds: Vec<_> = program.rows.iter().map(|row| row.kind.bounds()).collect();
        let weight_exponent = |x: &Option<Rational>| x.as_ref().filter(|x| !x.is_zero()).map(|x| approx(x).1);
        let weights = bounds.iter().zip(&rows).flat_map(|((l, u), r)| [(l, r), (u, r)]).filter_map(|(x, r)| Some(weight_exponent(x)? + r));
        let weight = most(&mut weights.chain(program.objective.iter().zip(&columns).filter_map(|(x, c)| Some(exponent(x)? - c))));
        Scaled {
            objective: program.objective.iter().zip(&columns).map(|(x, c)| shifted(approx_with_exponent(x), -c - weight)).collect(),
            coefficients: program
                .rows
                .iter()
                .zip(&rows)
                .flat_map(|(row, r)| row.coefficients.iter().zip(&columns).map(move |(x, c)| shifted(approx_with_exponent(x), -c - r)))
                .collect(),
            rhs: program.rows.iter().zip(&rows).map(|(row, r)| shifted(approx_with_exponent(&row.rhs), -r - height)).collect(),
            lower: bounds.iter().zip(&rows).map(|((l, _), r)| l.as_ref().map_or(f64::NEG_INFINITY, |l| shifted(approx(l), r - weight))).collect(),
            upper: bounds.iter().zip(&rows).map(|((_, u), r)| u.as_ref().map_or(f64::INFINITY, |u| shifted(approx(u), r - weight))).collect(),
            cutoff: cutoff.map_or(f64::INFINITY, |c| shifted(approx(c), -weight - height)),
        }
    }

    fn program(&self) -> FloatProgram<'_> {
        FloatProgram { objective: &self.objective, coefficients: &self.coefficients, rhs: &self.rhs, lower: &self.lower, upper: &self.upper }
    }
}

fn approx(x: &Rational) -> (f64, i64) {
    let (numerator, denominator) = (approx_with_exponent(x.numerator()), approx_with_exponent(&Integer::from(x.denominator().clone())));
    (numerator.0 / denominator.0, numerator.1 - denominator.1)
}

fn shifted((mantissa, exponent): (f64, i64), by: i64) -> f64 {
    #[expect(clippy::cast_possible_truncation, reason = "clamped")]
    let power = (exponent + by).clamp(-2000, 2000) as i32;
    if mantissa == 0.0 { 0.0 } else { mantissa * 2f64.powi(power) }
}

/// The basic solution of the dual: rows outside the basis at their bounds, `Σ l_i g_i = c`; `None` if there is none within the bounds.
fn multipliers(program: &LinearProgram, proposer: &LpProposer) -> Option<Vec<Rational>> {
    let bounds: Vec<_> = program.rows.iter().map(|row| row.kind.bounds()).collect();
    let mut l = vec![Rational::ZERO; program.rows.len()];
    for ((x, (lower, upper)), place) in l.iter_mut().zip(&bounds).zip(proposer.places()) {
        match place {
            Place::Lower => x.clone_from(lower.as_ref()?),
            Place::Upper => x.clone_from(upper.as_ref()?),
            Place::Basic | Place::Zero => {}
        }
    }
    let scale = common_denominator(&l);
    let integers: Vec<Integer> = l.iter().map(|x| scaled_integer(x, &scale)).collect();
    let basis = basis_rows(proposer);
    let equations = (0..program.objective.len()).map(|j| {
        let outside = program.rows.iter().zip(&integers).filter(|(_, x)| !x.is_zero());
        let residual = outside.fold(&program.objective[j] * &scale, |sum, (row, x)| sum - x * &row.coefficients[j]);
        basis.iter().map(|&i| program.rows[i].coefficients[j].clone()).chain([residual]).collect()
    });
    let p = basis.len();
    let solution = Echelon::new(equations.collect(), p).solution(p, p, |_| Rational::ZERO)?;
    for (&i, x) in basis.iter().zip(solution) {
        l[i] = x / &scale;
        let (lower, upper) = &bounds[i];
        if lower.as_ref().is_some_and(|b| l[i] < *b) || upper.as_ref().is_some_and(|b| l[i] > *b) {
            return None;
        }
    }
    Some(l)
}

fn value(program: &LinearProgram, l: &[Rational]) -> Rational {
    program.rows.iter().zip(l).filter(|(_, x)| !x.is_zero()).fold(Rational::ZERO, |sum, (row, x)| sum + x * &row.rhs)
}

fn optimal(program: &LinearProgram, proposer: &LpProposer) -> Option<LpOptimum> {
    let multipliers = multipliers(program, proposer)?;
    let q = program.objective.len();
    let equations = basis_rows(proposer).into_iter().map(|i| {
        let row = &program.rows[i];
        row.coefficients.iter().chain([&row.rhs]).cloned().collect()
    });
    let point = Echelon::new(equations.collect(), q).solution(q, q, |_| Rational::ZERO)?;
    // Complementary slackness: a gap must be paid for at the full multiplier on its side.
    let scale = common_denominator(&point);
    let integers: Vec<Integer> = point.iter().map(|x| scaled_integer(x, &scale)).collect();
    for (row, l) in program.rows.iter().zip(&multipliers) {
        let gap = row.coefficients.iter().zip(&integers).fold(&row.rhs * &scale, |sum, (g, x)| sum - g * x);
        let tight = match (gap.cmp(&Integer::ZERO), &row.kind) {
            (Ordering::Equal, _) => true,
            (Ordering::Greater, RowKind::Penalty { below, .. }) => l == below,
            (Ordering::Less, RowKind::Penalty { above, .. }) => *l == -above.clone(),
            (Ordering::Less, RowKind::AtLeast) => l.is_zero(),
            (Ordering::Greater, RowKind::AtLeast) | (_, RowKind::Equal) => false,
        };
        if !tight {
            return None;
        }
    }
    let value = value(program, &multipliers);
    Some(LpOptimum { point, value, multipliers })
}

fn above_cutoff(program: &LinearProgram, proposer: &LpProposer, cutoff: Option<&Rational>) -> Option<LpVerdict> {
    let multipliers = multipliers(program, proposer)?;
    let bound = value(program, &multipliers);
    (bound >= *cutoff?).then_some(LpVerdict::AboveCutoff { multipliers, bound })
}

/// Expresses the entering row by the hard rows of the basis.
fn infeasible(program: &LinearProgram, proposer: &LpProposer, entering: usize, increase: bool) -> Option<LpVerdict> {
    let mut basis = basis_rows(proposer);
    basis.retain(|&i| !matches!(program.rows[i].kind, RowKind::Penalty { .. }));
    let p = basis.len();
    let equations = (0..program.objective.len()).map(|j| basis.iter().chain([&entering]).map(|&i| program.rows[i].coefficients[j].clone()).collect());
    let solution = Echelon::new(equations.collect(), p).solution(p, p, |_| Rational::ZERO)?;
    let signed = |x: Rational| if increase { x } else { -x };
    let mut farkas = vec![Rational::ZERO; program.rows.len()];
    farkas[entering] = signed(Rational::ONE);
    for (i, x) in basis.into_iter().zip(solution) {
        farkas[i] = signed(-x);
    }
    let verdict = LpVerdict::Infeasible { farkas };
    program.verify(&verdict).then_some(verdict)
}

/// The ray that is flat on the rows of the basis and falls on the artificial ones; whether there is a point to start from is another program.
fn unbounded(program: &LinearProgram, proposer: &LpProposer, stop: &dyn Fn() -> bool) -> Option<LpVerdict> {
    let q = program.objective.len();
    let equations = proposer.basis().iter().map(|basic| match *basic {
        Basic::Row(i) => program.rows[i].coefficients.iter().cloned().chain([Integer::ZERO]).collect(),
        Basic::Artificial(k, side) => {
            let mut equation = vec![Integer::ZERO; q + 1];
            equation[k] = Integer::ONE;
            equation[q] = if side > 0.0 { Integer::NEG_ONE } else { Integer::ONE };
            equation
        }
    });
    let ray = Echelon::new(equations.collect(), q).solution(q, q, |_| Rational::ZERO)?;
    match feasibility(program).solve_unless(None, stop)? {
        LpVerdict::Optimal(optimum) => {
            let verdict = LpVerdict::Unbounded { point: optimum.point, ray };
            program.verify(&verdict).then_some(verdict)
        }
        contradiction => Some(contradiction),
    }
}
