//! From a solver's floats to exact networks: rounding, and solving exactly for the vertex that the floats lie near.
//!
//! An optimal solution of the model can be chosen as a vertex of its pattern's linear program, that is as the solution of linear equations
//! "a pre-activation is 0" and "a prediction meets its target" (see the module `bounds`). Those that hold up to a tolerance in the floats are taken in the order
//! of their slacks as long as they are linearly independent, and solved in rationals; unknowns that they leave free keep their floats. Nothing is trusted:
//! every candidate is a network of the class, and the caller evaluates it by the definition.

use super::build::{Encoding, Formulation, Outputs};
use crate::exact::{Echelon, Rational, common_denominator, dot, independent_columns, nearest_f64, scaled_integer};
use crate::instance::{Activation, Loss};
use crate::network::{Network, Neuron};

/// Equations whose floats miss by no more than this are taken as satisfied; each tolerance makes a candidate.
const TOLERANCES: [f64; 4] = [1e-9, 1e-7, 1e-5, 1e-3];

/// An equation `coefficients · unknowns = rhs` that the floats miss by `slack`.
struct Equation {
    slack: f64,
    coefficients: Vec<Rational>,
    rhs: Rational,
}

/// Networks near the floats `values` of the encoding's columns: at least one.
pub(super) fn candidates(formulation: &Formulation<'_>, encoding: &Encoding, values: &[f64]) -> Vec<Network> {
    let value = |column: super::ColumnId| rational(values[column.0]);
    let weights: Vec<Vec<Rational>> = encoding.weights.iter().map(|columns| columns.iter().map(|&c| value(c)).collect()).collect();
    let bias = encoding.bias.map(value);
    let bias = bias.as_ref();
    match &encoding.outputs {
        Outputs::Signs(signs) => relu(formulation, signs, &weights, bias),
        Outputs::Columns(outputs) => {
            let outputs: Vec<Rational> = outputs.iter().map(|&a| value(a)).collect();
            let states: Vec<Vec<bool>> = encoding.states.iter().map(|columns| columns.iter().map(|s| values[s.0] > 0.5).collect()).collect();
            threshold(formulation, &outputs, &states, &weights, bias)
        }
    }
}

fn rational(value: f64) -> Rational {
    Rational::try_from(value).expect("finite values only")
}

fn relu(formulation: &Formulation<'_>, signs: &[bool], weights: &[Vec<Rational>], bias: Option<&Rational>) -> Vec<Network> {
    let rows = formulation.geometry.rows();
    let rank = formulation.geometry.rank();
    let preactivations: Vec<Vec<Rational>> = weights.iter().map(|v| rows.iter().map(|row| dot(row, v)).collect()).collect();
    let parameters = signs.len() * rank;
    // The unknowns are the weights, the bias (if there is one) and for the maximum loss its value.
    let unknowns = parameters + usize::from(bias.is_some());
    let start: Vec<Rational> = weights.iter().flatten().cloned().chain(bias.cloned()).collect();

    let mut equations = Vec::new();
    for (j, z) in preactivations.iter().enumerate() {
        for (row, z) in rows.iter().zip(z) {
            let mut coefficients = vec![Rational::ZERO; unknowns];
            coefficients[j * rank..(j + 1) * rank].clone_from_slice(row);
            equations.push(Equation { slack: nearest_f64(z).abs(), coefficients, rhs: Rational::ZERO });
        }
    }
    let gradient = |i: usize, tolerance: f64| {
        let mut coefficients = vec![Rational::ZERO; unknowns];
        for (j, (z, &plus)) in preactivations.iter().zip(signs).enumerate() {
            if nearest_f64(&z[i]) > tolerance {
                for (coefficient, x) in coefficients[j * rank..].iter_mut().zip(&rows[i]) {
                    *coefficient = if plus { x.clone() } else { -x };
                }
            }
        }
        if bias.is_some() {
            coefficients[unknowns - 1] = Rational::ONE;
        }
        coefficients
    };
    let build = |solution: &[Rational]| {
        let output_bias = if bias.is_some() { &solution[unknowns - 1] * &formulation.unit } else { Rational::ZERO };
        let neurons = signs.iter().enumerate().map(|(j, &plus)| {
            let scaled: Vec<Rational> = solution[j * rank..(j + 1) * rank].iter().map(|v| v * &formulation.unit).collect();
            let (w, b) = formulation.geometry.weights(&scaled);
            Neuron { w, b, a: if plus { Rational::ONE } else { -Rational::ONE } }
        });
        Network { activation: Activation::Relu, neurons: neurons.collect(), output_bias }
    };
    let mut networks = vec![build(&start)];
    for tolerance in TOLERANCES {
        let fits = fit_equations(formulation, &start, |i| gradient(i, tolerance));
        let solution = vertex(equations.iter().chain(&fits), tolerance, &start);
        networks.push(build(&solution));
    }
    networks
}

fn threshold(
    formulation: &Formulation<'_>,
    outputs: &[Rational],
    states: &[Vec<bool>],
    weights: &[Vec<Rational>],
    bias: Option<&Rational>,
) -> Vec<Network> {
    let rows = formulation.geometry.rows();
    // Active points have z ≥ 1 and the others z ≤ 0, up to tolerances: half way between, rounding is harmless.
    let neurons: Vec<Vec<Rational>> = weights
        .iter()
        .zip(states)
        .map(|(v, states)| {
            let shifted = |bits: usize| -> Vec<Rational> {
                let half = Rational::from(1) / Rational::from(2);
                v.iter().enumerate().map(|(c, x)| round(x, bits) - if c == 0 { half.clone() } else { Rational::ZERO }).collect()
            };
            let realises = |v: &Vec<Rational>| rows.iter().zip(states).all(|(row, &state)| (dot(row, v) > Rational::ZERO) == state);
            [4, 10, 20, 40].into_iter().map(shifted).find(realises).unwrap_or_else(|| shifted(60))
        })
        .collect();
    let active: Vec<Vec<bool>> = neurons.iter().map(|v| rows.iter().map(|row| dot(row, v) > Rational::ZERO).collect()).collect();
    let start: Vec<Rational> = outputs.iter().cloned().chain(bias.cloned()).collect();
    let gradient = |i: usize| -> Vec<Rational> {
        let states = active.iter().map(|states| if states[i] { Rational::ONE } else { Rational::ZERO });
        states.chain(bias.map(|_| Rational::ONE)).collect()
    };
    let build = |solution: &[Rational]| {
        let output_bias = if bias.is_some() { &solution[outputs.len()] * &formulation.unit } else { Rational::ZERO };
        let neurons = neurons.iter().zip(solution).map(|(v, a)| {
            let (w, b) = formulation.geometry.weights(v);
            Neuron { w, b, a: a * &formulation.unit }
        });
        Network { activation: Activation::Threshold, neurons: neurons.collect(), output_bias }
    };
    let fits = fit_equations(formulation, &start, gradient);
    let mut networks = vec![build(&start)];
    networks.extend(TOLERANCES.into_iter().map(|tolerance| build(&vertex(fits.iter(), tolerance, &start))));
    networks
}

/// The equations "the prediction meets its target" (sum), "misses it by the maximum" (maximum), "is 1" or "is 0" (0-1 loss), for a prediction that is
/// linear in the parameters with the given gradient. For the maximum loss its value is a further unknown, behind the parameters.
fn fit_equations(formulation: &Formulation<'_>, start: &[Rational], gradient: impl Fn(usize) -> Vec<Rational>) -> Vec<Equation> {
    let design = formulation.geometry.design();
    let targets = formulation.instance.data.targets();
    let mut residuals = Vec::new();
    for i in 0..design.rows().len() {
        let coefficients = gradient(i);
        let prediction = dot(&coefficients, start);
        let goals: Vec<Rational> = match formulation.loss {
            Loss::ZeroOne => vec![Rational::ZERO, Rational::ONE],
            _ => design.points_of_row(i).iter().map(|&p| &targets[p] / &formulation.unit).collect(),
        };
        residuals.extend(goals.into_iter().map(|goal| (nearest_f64(&(&prediction - &goal)), coefficients.clone(), goal)));
    }
    if formulation.loss != Loss::Linf {
        return residuals.into_iter().map(|(residual, coefficients, rhs)| Equation { slack: residual.abs(), coefficients, rhs }).collect();
    }
    let worst = residuals.iter().fold(0.0f64, |worst, (residual, ..)| worst.max(residual.abs()));
    let sides = residuals.into_iter().flat_map(|(residual, coefficients, rhs)| {
        [1.0f64, -1.0].map(|sign| {
            let side = if sign > 0.0 { -Rational::ONE } else { Rational::ONE };
            let coefficients = coefficients.iter().cloned().chain([side]).collect();
            Equation { slack: (residual - sign * worst).abs(), coefficients, rhs: rhs.clone() }
        })
    });
    sides.collect()
}

/// The exact solution of independent equations among those that `start` satisfies up to `tolerance`; free unknowns keep their start. Equations may
/// have one unknown more than `start` (then all others are padded); the solution has as many entries as `start`.
fn vertex<'a>(equations: impl Iterator<Item = &'a Equation>, tolerance: f64, start: &[Rational]) -> Vec<Rational> {
    let mut near: Vec<&Equation> = equations.filter(|equation| equation.slack <= tolerance).collect();
    near.sort_by(|a, b| a.slack.total_cmp(&b.slack));
    let unknowns = near.iter().map(|equation| equation.coefficients.len()).max().unwrap_or(start.len());
    let rows: Vec<Vec<_>> = near
        .iter()
        .map(|equation| {
            let scale = common_denominator(equation.coefficients.iter().chain([&equation.rhs]));
            let mut row: Vec<_> = equation.coefficients.iter().map(|x| scaled_integer(x, &scale)).collect();
            row.resize(unknowns, crate::exact::Integer::ZERO);
            row.push(scaled_integer(&equation.rhs, &scale));
            row
        })
        .collect();
    let transposed = (0..unknowns).map(|c| rows.iter().map(|row| row[c].clone()).collect()).collect();
    let chosen = independent_columns(transposed).into_iter().map(|l| rows[l].clone()).collect();
    let echelon = Echelon::new(chosen, unknowns);
    let free = |c: usize| start.get(c).map_or(Rational::ZERO, |x| round(x, 40));
    let mut solution = echelon.solution(unknowns, unknowns, free).expect("independent equations have a solution");
    solution.truncate(start.len());
    solution
}

/// The nearest multiple of `2^-bits`.
fn round(value: &Rational, bits: usize) -> Rational {
    let scale = crate::exact::Integer::ONE << bits;
    Rational::from((value * &scale).round()) / Rational::from(scale)
}
