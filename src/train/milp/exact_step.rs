//! From a solver's floats to exact networks: rounding, solving exactly for the vertex that the floats lie near, and solving the convex problem of the solver's activation
//! pattern exactly ([`PatternSpace`]).
//!
//! An optimal solution of the model can be chosen as a vertex of its pattern's linear program, that is as the solution of linear equations
//! "a pre-activation is 0" and "a prediction meets its target" (see the module `bounds`). Those that hold up to a tolerance in the floats are taken in the order
//! of their slacks as long as they are linearly independent, and solved in rationals; unknowns that they leave free keep their floats. Nothing is trusted:
//! every candidate is a network of the class, and the caller evaluates it by the definition.
//!
//! The pattern's problem is solved for the losses that make it a linear program or a least-squares problem. For the 0-1 loss it is a search of its own, and the vertex
//! already gives each point the side that the solver chose for it.

use super::build::{Encoding, Formulation, Outputs};
use crate::arrangement::SignVector;
use crate::exact::{Echelon, Integer, IntegerVector, Rational, common_denominator, dot, independent_columns, nearest_f64, scaled_integer};
use crate::instance::{Activation, Loss};
use crate::network::{Network, Neuron};
use crate::train::Incumbent;
use crate::train::pattern::{Pattern, PatternSpace};

/// Equations whose floats miss by no more than this are taken as satisfied; each tolerance makes a candidate.
const TOLERANCES: [f64; 4] = [1e-9, 1e-7, 1e-5, 1e-3];

/// An equation `coefficients · unknowns = rhs` that the floats miss by `slack`.
struct Equation {
    slack: f64,
    coefficients: Vec<Rational>,
    rhs: Rational,
}

/// What a solver's floats propose.
#[derive(Debug)]
pub(super) struct Proposal {
    /// Networks near the floats: at least one.
    pub(super) networks: Vec<Network>,
    /// The pattern of each neuron over the design's rows, and for threshold neurons weights on the design's columns that realise it.
    patterns: Vec<(SignVector, IntegerVector)>,
    /// The neurons' output signs (all true for threshold neurons).
    plus: Vec<bool>,
}

impl Proposal {
    /// The exactly best network of the proposed activation pattern, if its loss is below `cutoff`; `None` for the 0-1 loss.
    pub(super) fn pattern_optimum(&self, space: &PatternSpace<'_>, cutoff: &Rational) -> Option<Incumbent> {
        if space.instance().loss == Loss::ZeroOne {
            return None;
        }
        let walls: Vec<usize> = (0..space.design().rows().len()).collect();
        let patterns: Vec<Pattern<'_>> = self.patterns.iter().map(|(active, witness)| Pattern { active, walls: &walls, witness }).collect();
        space.solve(&patterns, &self.plus, Some(cutoff))
    }
}

/// What the floats `values` of the encoding's columns propose.
pub(super) fn proposal(formulation: &Formulation<'_>, encoding: &Encoding, values: &[f64]) -> Proposal {
    let value = |column: super::ColumnId| rational(values[column.0]);
    let weights: Vec<Vec<Rational>> = encoding.weights.iter().map(|columns| columns.iter().map(|&c| value(c)).collect()).collect();
    let states: Vec<Vec<bool>> = encoding.states.iter().map(|columns| columns.iter().map(|s| values[s.0] > 0.5).collect()).collect();
    let bias = encoding.bias.map(value);
    let bias = bias.as_ref();
    let rows = formulation.geometry.rows().len();
    match &encoding.outputs {
        Outputs::Signs(signs) => {
            // Closed cells need no witness.
            let none = IntegerVector::new(vec![Integer::ZERO; formulation.geometry.rank()]);
            let patterns = states.iter().map(|states| (SignVector::from_fn(rows, |i| states[i]), none.clone())).collect();
            Proposal { networks: relu(formulation, signs, &weights, bias), patterns, plus: signs.clone() }
        }
        Outputs::Columns(outputs) => {
            let outputs: Vec<Rational> = outputs.iter().map(|&a| value(a)).collect();
            let neurons = separate(formulation, &states, &weights);
            let networks = threshold(formulation, &outputs, &neurons, bias);
            let patterns = neurons.into_iter().map(|(v, active)| {
                let witness = IntegerVector::from_rationals(&formulation.geometry.design_coefficients(&v));
                (SignVector::from_fn(rows, |i| active[i]), witness)
            });
            Proposal { networks, patterns: patterns.collect(), plus: vec![true; outputs.len()] }
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

/// Rational weights of threshold neurons, and their exact patterns: those in `states` if the floats realise them.
fn separate(formulation: &Formulation<'_>, states: &[Vec<bool>], weights: &[Vec<Rational>]) -> Vec<(Vec<Rational>, Vec<bool>)> {
    let rows = formulation.geometry.rows();
    let pattern = |v: &[Rational]| -> Vec<bool> { rows.iter().map(|row| dot(row, v) > Rational::ZERO).collect() };
    // Active points have z ≥ 1 and the others z ≤ 0, up to tolerances: half way between, rounding is harmless.
    let half = Rational::ONE / Rational::from(2);
    let neuron = |(v, states): (&Vec<Rational>, &Vec<bool>)| {
        let shifted = |bits: usize| {
            let mut v: Vec<Rational> = v.iter().map(|x| round(x, bits)).collect();
            v[0] -= &half;
            let active = pattern(&v);
            (v, active)
        };
        [4, 10, 20, 40].into_iter().map(shifted).find(|(_, active)| active == states).unwrap_or_else(|| shifted(60))
    };
    weights.iter().zip(states).map(neuron).collect()
}

fn threshold(formulation: &Formulation<'_>, outputs: &[Rational], neurons: &[(Vec<Rational>, Vec<bool>)], bias: Option<&Rational>) -> Vec<Network> {
    let start: Vec<Rational> = outputs.iter().cloned().chain(bias.cloned()).collect();
    let gradient = |i: usize| -> Vec<Rational> {
        let states = neurons.iter().map(|(_, active)| if active[i] { Rational::ONE } else { Rational::ZERO });
        states.chain(bias.map(|_| Rational::ONE)).collect()
    };
    let build = |solution: &[Rational]| {
        let output_bias = if bias.is_some() { &solution[outputs.len()] * &formulation.unit } else { Rational::ZERO };
        let neurons = neurons.iter().zip(solution).map(|((v, _), a)| {
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
            row.resize(unknowns, Integer::ZERO);
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
    let scale = Integer::ONE << bits;
    Rational::from((value * &scale).round()) / Rational::from(scale)
}
