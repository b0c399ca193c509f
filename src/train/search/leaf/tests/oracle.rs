//! The relaxation of a node by definition, solved exactly: slow, and independent of the floats.
//!
//! With `w_j = Σ λ_jr r` the unknowns are `λ ≥ 0` and the neurons' values `h_js`, undecided ones with `max(0, z) ≤ h ≤ Σ λ_jr max(0, x̃_s·r)`; its dual is the best `(u, p)`.

use super::super::super::{Model, Node, Relaxation, State};
use crate::exact::{Integer, Rational, common_denominator, nearest_f64, scaled_integer};
use crate::instance::{Activation, Loss};
use crate::optimize::lp::{LinearProgram, LpVerdict, Row, RowKind};
use crate::optimize::qp::ConeLeastSquares;

/// The optimum: the relaxed loss in the data's units with the constant, `u` in the data's units, and the multipliers.
pub(super) struct Exact {
    pub(super) loss: Rational,
    pub(super) u: Vec<Rational>,
    pub(super) p: Vec<Rational>,
}

struct Program {
    unknowns: usize,
    /// `φ_s` as a function of the unknowns.
    values: Vec<Vec<Integer>>,
    rows: Vec<Vec<Integer>>,
    /// For each neuron and site the rows `h ≥ z` and `h ≤ …`.
    pieces: Vec<Option<(usize, usize)>>,
}

fn unit(unknowns: usize, at: usize, value: &Integer) -> Vec<Integer> {
    let mut row = vec![Integer::ZERO; unknowns];
    row[at] = value.clone();
    row
}

fn program(model: &Model<'_>, node: &Node) -> Program {
    let (sites, k, relu) = (model.sites(), node.cones.len(), model.activation() == Activation::Relu);
    let lambdas: usize = node.cones.iter().map(|c| if relu { c.generators() } else { 1 }).sum();
    let bias = usize::from(model.output_bias());
    let unknowns = lambdas + k * sites + bias;
    let mut program = Program { unknowns, values: vec![vec![Integer::ZERO; unknowns]; sites], rows: Vec::new(), pieces: vec![None; k * sites] };
    let mut start = 0;
    for (j, cone) in node.cones.iter().enumerate() {
        let generators = if relu { cone.generators() } else { 1 };
        let sign = if node.plus[j] { Integer::ONE } else { Integer::NEG_ONE };
        for g in 0..generators {
            program.rows.push(unit(unknowns, start + g, &Integer::ONE));
        }
        for s in 0..sites {
            let h = lambdas + j * sites + s;
            let of = |g: usize| if relu { cone.exact_value(model, g, s) } else { Integer::ONE };
            program.values[s][h] = sign.clone();
            let at_least = |lower: &dyn Fn(usize) -> Integer| {
                let mut row = unit(unknowns, h, &Integer::ONE);
                (0..generators).for_each(|g| row[start + g] = -lower(g));
                row
            };
            let negated = |row: Vec<Integer>| row.into_iter().map(|x| -x).collect::<Vec<_>>();
            match cone.states[s] {
                State::Off => {
                    program.rows.push(unit(unknowns, h, &Integer::ONE));
                    program.rows.push(unit(unknowns, h, &Integer::NEG_ONE));
                }
                State::On => {
                    program.rows.push(at_least(&of));
                    program.rows.push(negated(at_least(&of)));
                    program.pieces[j * sites + s] = Some((program.rows.len() - 2, program.rows.len() - 1));
                }
                State::Undecided => {
                    let positive = |g: usize| of(g).max(Integer::ZERO);
                    program.rows.push(unit(unknowns, h, &Integer::ONE));
                    if relu {
                        program.rows.push(at_least(&of));
                    } else {
                        program.rows.push(unit(unknowns, h, &Integer::ONE));
                    }
                    program.rows.push(negated(at_least(&positive)));
                    program.pieces[j * sites + s] = Some((program.rows.len() - 2, program.rows.len() - 1));
                }
            }
        }
        start += generators;
    }
    if bias == 1 {
        program.values.iter_mut().for_each(|row| row[unknowns - 1] = Integer::ONE);
    }
    program
}

pub(super) fn solve(model: &Model<'_>, node: &Node) -> Exact {
    let program = program(model, node);
    let scale = common_denominator(model.items.iter().map(|item| &item.target));
    let targets: Vec<Integer> = model.items.iter().map(|item| scaled_integer(&item.target, &scale)).collect();
    let (value, u, multipliers) = if model.loss() == Loss::L2 { squares(model, &program, &targets) } else { deviations(model, &program, &targets) };
    let unit = Rational::from(scale);
    // L2 multipliers come in units of the scaled targets; the others have none.
    let (loss, factor) = if model.loss() == Loss::L2 { (&model.constant + value / unit.sqr(), unit) } else { (value / unit, Rational::ONE) };
    let p = program
        .pieces
        .iter()
        .map(|rows| rows.map_or(Rational::ZERO, |(lower, upper)| (&multipliers[lower] - &multipliers[upper]).max(Rational::ZERO) / &factor))
        .collect();
    Exact { loss, u: u.into_iter().map(|u| u / &factor).collect(), p }
}

fn squares(model: &Model<'_>, program: &Program, targets: &[Integer]) -> (Rational, Vec<Rational>, Vec<Rational>) {
    let n = program.unknowns;
    let mut hessian = vec![vec![Integer::ZERO; n]; n];
    let mut linear = vec![Integer::ZERO; n];
    let mut total = Rational::ZERO;
    for (item, y) in model.items.iter().zip(targets) {
        let row = &program.values[item.site];
        let weight = Integer::from(item.weight);
        for c in 0..n {
            linear[c] += &row[c] * y * &weight;
            for e in 0..n {
                hessian[c][e] += &row[c] * &row[e] * &weight;
            }
        }
        total += Rational::from(y * y * &weight);
    }
    let optimum = ConeLeastSquares { hessian, linear, rows: program.rows.clone() }.solve();
    let u = model.items.iter().zip(targets).map(|(item, y)| {
        let phi = program.values[item.site].iter().zip(&optimum.point).fold(Rational::ZERO, |sum, (a, z)| sum + z * a);
        (Rational::from(y.clone()) - phi) * Rational::from(item.weight)
    });
    (total - optimum.gain, u.collect(), optimum.multipliers)
}

fn deviations(model: &Model<'_>, program: &Program, targets: &[Integer]) -> (Rational, Vec<Rational>, Vec<Rational>) {
    let maximum = model.loss() == Loss::Linf;
    let n = program.unknowns + usize::from(maximum);
    let padded = |row: &[Integer]| row.iter().cloned().chain(maximum.then_some(Integer::ZERO)).collect::<Vec<_>>();
    let mut rows: Vec<Row> = program.rows.iter().map(|row| Row { coefficients: padded(row), rhs: Integer::ZERO, kind: RowKind::AtLeast }).collect();
    for (item, y) in model.items.iter().zip(targets) {
        let mut row = padded(&program.values[item.site]);
        if maximum {
            row[n - 1] = Integer::ONE;
            rows.push(Row { coefficients: row.clone(), rhs: y.clone(), kind: RowKind::AtLeast });
            row.iter_mut().take(n - 1).for_each(|x| *x = -x.clone());
            rows.push(Row { coefficients: row, rhs: -y, kind: RowKind::AtLeast });
        } else {
            let kind = RowKind::Penalty { below: Rational::ONE, above: Rational::ONE };
            rows.push(Row { coefficients: row, rhs: y.clone(), kind });
        }
    }
    let mut objective = vec![Integer::ZERO; n];
    if maximum {
        objective[n - 1] = Integer::ONE;
    }
    let LpVerdict::Optimal(optimum) = (LinearProgram { objective, rows }).solve() else { panic!("0 is feasible and the loss is bounded below") };
    let m = program.rows.len();
    let u = (0..targets.len())
        .map(|i| if maximum { &optimum.multipliers[m + 2 * i] - &optimum.multipliers[m + 2 * i + 1] } else { optimum.multipliers[m + i].clone() })
        .collect();
    (optimum.value, u, optimum.multipliers)
}

/// The proposal that a good float engine would make, with errors of the relative size `noise` times `random()` in `[-1, 1]`.
pub(super) fn proposal(model: &Model<'_>, exact: &Exact, noise: f64, mut random: impl FnMut() -> f64) -> Relaxation {
    // Squares: in units of the target. Otherwise any factor will do.
    let unit = if model.loss() == Loss::L2 { model.target_unit().clone() } else { Rational::ONE };
    let float = |x: &Rational| nearest_f64(&(x / &unit));
    let largest = exact.u.iter().map(|u| float(u).abs()).fold(0.0, f64::max);
    let mut blurred = |x: &Rational| float(x) + noise * largest * random();
    let u = exact.u.iter().map(&mut blurred).collect();
    let p = exact.p.iter().map(&mut blurred).collect();
    Relaxation { value: nearest_f64(&((&exact.loss - &model.constant) / model.loss_unit())), w: Vec::new(), u, p }
}
