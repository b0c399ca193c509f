//! The definition of optimal training, run literally: every activation pattern, every sign of the output weights, one convex problem each.
//!
//! Nothing is shared with the training methods but the exact solvers of `relus::optimize`, which have brute-force tests of their own.

use relus::exact::{Integer, Rational, common_denominator, scaled_integer, solve};
use relus::instance::{Activation, Architecture, Data, Instance, Loss};
use relus::network::loss_of;
use relus::optimize::lp::{LinearProgram, LpVerdict, Row, RowKind};
use relus::optimize::qp::ConeLeastSquares;

/// A small integer as a rational.
pub(crate) fn q(value: i64) -> Rational {
    Rational::from(Integer::from(value))
}

/// An instance from integers.
pub(crate) fn instance(points: &[Vec<i64>], targets: &[i64], activation: Activation, width: usize, output_bias: bool, loss: Loss) -> Instance {
    let points = points.iter().map(|x| x.iter().copied().map(q).collect()).collect();
    let data = Data::new(points, targets.iter().copied().map(q).collect()).unwrap();
    Instance { data, architecture: Architecture { activation, width, output_bias, convex: false, affine: false }, loss, target_error: None }
}

fn integers(row: &[Rational]) -> Vec<Integer> {
    let scale = common_denominator(row);
    row.iter().map(|v| scaled_integer(v, &scale)).collect()
}

/// The homogeneous points `(x, 1)`.
fn homogeneous(data: &Data) -> Vec<Vec<Rational>> {
    data.points().iter().map(|x| x.iter().cloned().chain([Rational::ONE]).collect()).collect()
}

/// All sets `{i : w·x_i + b > 0}`, as bit masks.
fn patterns(data: &Data) -> Vec<u32> {
    let points = homogeneous(data);
    let columns = points[0].len();
    (0..1u32 << data.len())
        .filter(|mask| {
            let rows = points.iter().enumerate().map(|(i, x)| {
                let active = mask >> i & 1 == 1;
                let row: Vec<Rational> = x.iter().map(|v| if active { v.clone() } else { -v }).collect();
                Row { coefficients: integers(&row), rhs: Integer::from(u8::from(active)), kind: RowKind::AtLeast }
            });
            let program = LinearProgram { objective: vec![Integer::ZERO; columns], rows: rows.collect() };
            matches!(program.solve(), LpVerdict::Optimal(_))
        })
        .collect()
}

/// `multisets(m, k)`: all non-decreasing `k`-tuples below `m`.
fn multisets(m: usize, k: usize) -> Vec<Vec<usize>> {
    if k == 0 {
        return vec![vec![]];
    }
    multisets(m, k - 1).into_iter().flat_map(|t| (t.last().copied().unwrap_or(0)..m).map(move |next| [t.clone(), vec![next]].concat())).collect()
}

/// The least loss over all networks of the instance's class.
pub(crate) fn minimum(instance: &Instance) -> Rational {
    let patterns = patterns(&instance.data);
    let k = instance.architecture.width;
    let tuples = multisets(patterns.len(), k);
    let tuples = tuples.iter().map(|t| t.iter().map(|&p| patterns[p]).collect::<Vec<u32>>());
    match instance.architecture.activation {
        Activation::Relu => {
            let first = if instance.architecture.convex { (1 << k) - 1 } else { 0u32 };
            tuples.flat_map(|t| (first..1 << k).map(move |signs| (t.clone(), signs))).map(|(t, signs)| relu(instance, &t, signs)).min()
        }
        Activation::Threshold => tuples.map(|t| threshold(instance, &t)).min(),
        _ => unreachable!(),
    }
    .unwrap()
}

/// The matrix of the values in terms of `u_j = a_j (w_j, b_j)`, the output bias and the coefficients of the affine function (both, if the class has both).
fn values(instance: &Instance, tuple: &[u32]) -> Vec<Vec<Rational>> {
    let threshold = instance.architecture.activation == Activation::Threshold;
    homogeneous(&instance.data)
        .iter()
        .enumerate()
        .map(|(i, x)| {
            let features = if threshold { vec![Rational::ONE] } else { x.clone() };
            let blocks = tuple.iter().flat_map(|mask| features.iter().map(move |f| if mask >> i & 1 == 1 { f.clone() } else { Rational::ZERO }));
            let affine = if instance.architecture.affine { x.clone() } else { Vec::new() };
            blocks.chain(instance.architecture.output_bias.then_some(Rational::ONE)).chain(affine).collect()
        })
        .collect()
}

fn cone(instance: &Instance, tuple: &[u32], signs: u32, unknowns: usize) -> Vec<Vec<Integer>> {
    let points = homogeneous(&instance.data);
    let block = points[0].len();
    let mut rows = Vec::new();
    for (j, mask) in tuple.iter().enumerate() {
        for (i, x) in points.iter().enumerate() {
            let positive = (mask >> i & 1 == 1) == (signs >> j & 1 == 1);
            let mut row = vec![Rational::ZERO; unknowns];
            for (c, v) in x.iter().enumerate() {
                row[j * block + c] = if positive { v.clone() } else { -v };
            }
            rows.push(integers(&row));
        }
    }
    rows
}

pub(crate) fn least_squares(a: &[Vec<Rational>], y: &[Rational], rows: Vec<Vec<Integer>>) -> Rational {
    let unknowns = a[0].len();
    let total = y.iter().fold(Rational::ZERO, |s, y| s + y.sqr());
    if unknowns == 0 {
        return total;
    }
    let scale = common_denominator(a.iter().flatten().chain(y));
    let int = |v: &Rational| scaled_integer(v, &scale);
    let sum = |f: &dyn Fn(usize) -> Integer| (0..y.len()).fold(Integer::ZERO, |s, i| s + f(i));
    let hessian = (0..unknowns).map(|c| (0..unknowns).map(|e| sum(&|i| int(&a[i][c]) * int(&a[i][e]))).collect()).collect();
    let linear = (0..unknowns).map(|c| sum(&|i| int(&a[i][c]) * int(&y[i]))).collect();
    let optimum = ConeLeastSquares { hessian, linear, rows }.solve();
    let predictions: Vec<Rational> = a.iter().map(|row| relus::exact::dot(row, &optimum.point)).collect();
    loss_of(&predictions, y, Loss::L2)
}

/// L1 and L∞ in their textbook form with one variable for each residual.
pub(crate) fn linear_program(a: &[Vec<Rational>], y: &[Rational], cone: &[Vec<Integer>], loss: Loss) -> Rational {
    let (n, unknowns) = (y.len(), a[0].len());
    let errors = if loss == Loss::L1 { n } else { 1 };
    let scale = common_denominator(a.iter().flatten().chain(y));
    let mut rows: Vec<Row> = cone
        .iter()
        .map(|g| Row { coefficients: g.iter().cloned().chain(vec![Integer::ZERO; errors]).collect(), rhs: Integer::ZERO, kind: RowKind::AtLeast })
        .collect();
    for (i, row) in a.iter().enumerate() {
        for sign in [1, -1] {
            let signed = |v: &Rational| scaled_integer(v, &scale) * Integer::from(sign);
            let mut coefficients: Vec<Integer> = row.iter().map(signed).chain(vec![Integer::ZERO; errors]).collect();
            coefficients[unknowns + if loss == Loss::L1 { i } else { 0 }] = Integer::ONE;
            rows.push(Row { coefficients, rhs: signed(&y[i]), kind: RowKind::AtLeast });
        }
    }
    let objective = vec![Integer::ZERO; unknowns].into_iter().chain(vec![Integer::ONE; errors]).collect();
    match (LinearProgram { objective, rows }).solve() {
        LpVerdict::Optimal(optimum) => optimum.value / Rational::from(scale),
        other => panic!("a bounded feasible program: {other:?}"),
    }
}

fn relu(instance: &Instance, tuple: &[u32], signs: u32) -> Rational {
    let a = values(instance, tuple);
    let y = instance.data.targets();
    let unknowns = a[0].len();
    let cone = cone(instance, tuple, signs, unknowns);
    match instance.loss {
        Loss::L2 => least_squares(&a, y, cone),
        Loss::L1 | Loss::Linf => linear_program(&a, y, &cone, instance.loss),
        Loss::ZeroOne => fewest_errors(&a, y, &cone),
        _ => unreachable!(),
    }
}

fn threshold(instance: &Instance, tuple: &[u32]) -> Rational {
    let a = values(instance, tuple);
    let y = instance.data.targets();
    match instance.loss {
        // Ordinary least squares by the normal equations.
        Loss::L2 => {
            let unknowns = a[0].len();
            let sum = |f: &dyn Fn(usize) -> Rational| (0..y.len()).fold(Rational::ZERO, |s, i| s + f(i));
            let h: Vec<Vec<Rational>> = (0..unknowns).map(|c| (0..unknowns).map(|e| sum(&|i| &a[i][c] * &a[i][e])).collect()).collect();
            let g: Vec<Rational> = (0..unknowns).map(|c| sum(&|i| &a[i][c] * &y[i])).collect();
            let z = if unknowns == 0 { vec![] } else { solve(&h, &g).unwrap() };
            let predictions: Vec<Rational> = a.iter().map(|row| relus::exact::dot(row, &z)).collect();
            loss_of(&predictions, y, Loss::L2)
        }
        Loss::L1 | Loss::Linf => linear_program(&a, y, &[], instance.loss),
        Loss::ZeroOne => fewest_errors(&a, y, &[]),
        _ => unreachable!(),
    }
}

/// Tries all sets of points to get right.
fn fewest_errors(a: &[Vec<Rational>], y: &[Rational], cone: &[Vec<Integer>]) -> Rational {
    let unknowns = a[0].len();
    let best = (0..1u32 << y.len())
        .filter(|right| {
            let mut rows: Vec<Row> = cone.iter().map(|g| Row { coefficients: g.clone(), rhs: Integer::ZERO, kind: RowKind::AtLeast }).collect();
            for (i, row) in a.iter().enumerate() {
                let positive = (y[i] > Rational::ZERO) == (right >> i & 1 == 1);
                let row: Vec<Rational> = row.iter().map(|v| if positive { v.clone() } else { -v }).collect();
                rows.push(Row { coefficients: integers(&row), rhs: Integer::from(u8::from(positive)), kind: RowKind::AtLeast });
            }
            match unknowns {
                0 => rows.iter().all(|row| row.rhs.is_zero()),
                _ => matches!(LinearProgram { objective: vec![Integer::ZERO; unknowns], rows }.solve(), LpVerdict::Optimal(_)),
            }
        })
        .map(|right| y.len() - right.count_ones() as usize)
        .min()
        .unwrap();
    Rational::from(best)
}
