//! A leaf in integers from a proposal in floats.

use super::super::{Leaf, Model, Node, Relaxation};
use super::correct::{Column, System};
use super::forced::Row;
use super::plain::{bound, verify};
use super::quick::{PUSHES, Scratch};
use super::shape::{Kind, Shape, Tolerance};
use super::tight::tight;
use super::view::View;
use crate::exact::{Echelon, Integer, Rational};
use crate::instance::Activation;
use dashu_base::{Abs, Gcd};

/// Bits of the largest number, tried in turn: few make small certificates, many spare the bound.
const BITS: [i32; 5] = [12, 20, 32, 44, 52];
/// At last the floats themselves, with the margins of [`quick_bound`](super::quick_bound).
const ALL_BITS: i32 = 60;
/// Rounding changes a condition by half a unit a site, with random signs: margins of this many units times the square root of the number of sites.
const MARGIN_UNITS: f64 = 1.0;
/// What counts as noise in a proposal, from careful to rough, and then careful to a fault for proposals that are very good.
const TOLERANCES: [Tolerance; 3] =
    [Tolerance { vanishing: 1e-10, tied: 1e-9 }, Tolerance { vanishing: 1e-7, tied: 1e-6 }, Tolerance { vanishing: 1e-13, tied: 1e-12 }];

/// A leaf that proves a loss of at least `needed` (in the data's units), as small as can be had; `None` if none was found.
pub(in crate::train) fn certify(model: &Model<'_>, node: &Node, proposal: &Relaxation, needed: &Rational, scratch: &mut Scratch) -> Option<Leaf> {
    let ones = vec![1.0; model.sites()];
    let view = View::new(model, node, &ones);
    let accept = |leaf: Leaf| (bound(model, &leaf) >= *needed && verify(model, node, &leaf)).then_some(leaf);
    for tolerance in TOLERANCES {
        let Scratch { shape, values, forced, system, .. } = scratch;
        if !shape.take(&view, proposal, tolerance) {
            return None;
        }
        values.compute(&view, shape);
        if forced.find(&view, shape, values) {
            let original = shape.clone();
            let unit = (model.sites() as f64).sqrt() * shape.largest / mean_weight(&values.weights);
            let rounded = BITS.map(|bits| (bits, MARGIN_UNITS * unit * 2f64.powi(-bits)));
            for (bits, push) in rounded.into_iter().chain(PUSHES.map(|push| (ALL_BITS, push))) {
                shape.clone_from(&original);
                values.compute(&view, shape);
                if system.correct(&view, shape, values, forced, push)
                    && let Some(leaf) = round(&view, shape, system, bits).and_then(accept)
                {
                    return Some(leaf);
                }
            }
        }
        // All nearly tight conditions as equations.
        if !shape.take(&view, proposal, tolerance) {
            return None;
        }
        values.compute(&view, shape);
        let mut rows: Vec<Row> = if model.output_bias() { vec![Row::Balance] } else { Vec::new() };
        for j in 0..view.neurons() {
            let near = values.of(j).iter().enumerate().filter(|(_, g)| **g >= -ALL_TIGHT * values.weights[j]);
            rows.extend(near.map(|(g, _)| Row::Generator(j, g)));
        }
        system.load(&view, shape, &rows);
        for bits in [BITS[2], ALL_BITS] {
            if let Some(leaf) = round(&view, shape, system, bits) {
                if let Some(leaf) = accept(leaf.clone()) {
                    return Some(leaf);
                }
                if model.activation() == Activation::Relu
                    && bound(model, &leaf) >= *needed
                    && let Some(leaf) = tight(model, node, &leaf.u, Some(proposal)).and_then(accept)
                {
                    return Some(leaf);
                }
            }
        }
    }
    None
}

/// Conditions this near to equality, relative to the coefficients, become equations in the last attempt.
const ALL_TIGHT: f64 = 1e-9;

fn mean_weight(weights: &[f64]) -> f64 {
    let total: f64 = weights.iter().sum();
    if total > 0.0 { total / weights.len() as f64 } else { 1.0 }
}

/// Rounds `shape` so that its largest number has `bits` bits, and solves the equations of `system` exactly, for the columns with much slack.
fn round(view: &View<'_>, shape: &Shape, system: &System, bits: i32) -> Option<Leaf> {
    let rows = &system.rows[..system.equations];
    // A power of two, so that many bits leave the floats as they are.
    let scale = 2f64.powi(bits - shape.largest.log2().ceil() as i32);
    let rounded = |x: f64| -> Option<Integer> { Integer::try_from((x * scale).round()).ok() };
    let mut numbers: Vec<Integer> = system.columns.iter().map(|&column| rounded(value(shape, column))).collect::<Option<_>>()?;
    let mut multiple = Integer::ONE;
    if !rows.is_empty() {
        let order = system.pivots(rows.len());
        let width = order.len();
        let exact: Vec<Vec<Integer>> = rows
            .iter()
            .map(|&row| {
                let entries: Vec<Integer> = system.columns.iter().map(|&column| exact_entry(view, shape, row, column)).collect();
                let rest = (0..entries.len()).filter(|c| !order.contains(c)).fold(Integer::ZERO, |sum, c| sum - &entries[c] * &numbers[c]);
                order.iter().map(|&c| entries[c].clone()).chain([rest]).collect()
            })
            .collect();
        let solution = Echelon::new(exact, width).solution(width, width, |c| Rational::from(numbers[order[c]].clone()))?;
        multiple = crate::exact::common_denominator(&solution);
        numbers.iter_mut().for_each(|x| *x *= &multiple);
        for (&c, x) in order.iter().zip(&solution) {
            numbers[c] = crate::exact::scaled_integer(x, &multiple);
        }
    }
    assemble(view, shape, system, &numbers, &multiple, rounded)
}

/// The leaf of the columns' values `numbers`. A site's items but the first are rounded and taken `multiple` times.
fn assemble(
    view: &View<'_>,
    shape: &Shape,
    system: &System,
    numbers: &[Integer],
    multiple: &Integer,
    rounded: impl Fn(f64) -> Option<Integer>,
) -> Option<Leaf> {
    let sites = view.sites();
    let mut sums = vec![Integer::ZERO; sites];
    let mut free = vec![Integer::ZERO; view.neurons() * sites];
    for (&column, number) in system.columns.iter().zip(numbers) {
        match column {
            Column::Sum(s) => sums[s] = number.clone(),
            Column::Multiplier(j, s) => free[j * sites + s] = number.clone(),
        }
    }
    let mut u = vec![Integer::ZERO; view.model.items.len()];
    for (items, sum) in view.model.items_of_site.iter().zip(&sums) {
        let mut first = sum.clone();
        for &i in &items[1..] {
            u[i] = rounded(shape.items[i])? * multiple;
            first -= &u[i];
        }
        u[items[0]] = first;
    }
    let magnitude = |s: usize| (&sums[s]).abs();
    let mut p: Vec<Vec<(usize, Integer)>> = vec![Vec::new(); view.neurons()];
    if view.relu() {
        for (j, p) in p.iter_mut().enumerate() {
            for s in 0..sites {
                let adverse = (sums[s] > Integer::ZERO) == view.node.plus[j];
                let value = match shape.kind(j, s) {
                    Kind::Full => magnitude(s),
                    Kind::Free => free[j * sites + s].clone().min(magnitude(s)),
                    Kind::Idle | Kind::Convex | Kind::Linear => continue,
                };
                if !adverse && !value.is_zero() {
                    p.push((s, value));
                }
            }
        }
    }
    let divisor =
        u.iter().chain(p.iter().flatten().map(|(_, p)| p)).fold(Integer::ZERO, |g, x| if x.is_zero() { g } else { Integer::from((&g).gcd(x)) });
    if divisor.is_zero() {
        return None;
    }
    u.iter_mut().chain(p.iter_mut().flatten().map(|(_, p)| p)).for_each(|x| *x /= &divisor);
    Some(Leaf { u, p })
}

fn value(shape: &Shape, column: Column) -> f64 {
    match column {
        Column::Sum(s) => shape.sums[s],
        Column::Multiplier(j, s) => shape.p[j * shape.sums.len() + s],
    }
}

/// The entry of a row in a column exactly, up to a positive factor of the row.
fn exact_entry(view: &View<'_>, shape: &Shape, row: Row, column: Column) -> Integer {
    let signed = |j: usize, x: &Integer| if view.node.plus[j] { x.clone() } else { -x };
    match (row, column) {
        (Row::Balance, Column::Sum(_)) => Integer::ONE,
        (Row::Generator(j, g), Column::Sum(s)) => {
            let v = view.exact_value(j, g, s);
            match shape.kind(j, s) {
                Kind::Convex if v > Integer::ZERO => signed(j, &v),
                Kind::Full | Kind::Linear => signed(j, &v),
                Kind::Convex | Kind::Idle | Kind::Free => Integer::ZERO,
            }
        }
        (Row::Coordinate(j, c), Column::Sum(s)) => match shape.kind(j, s) {
            Kind::Convex | Kind::Full | Kind::Linear => signed(j, view.exact_coordinate(s, c)),
            Kind::Idle | Kind::Free => Integer::ZERO,
        },
        (Row::Generator(j, g), Column::Multiplier(i, s)) if i == j => -view.exact_value(j, g, s),
        (Row::Coordinate(j, c), Column::Multiplier(i, s)) if i == j => -view.exact_coordinate(s, c),
        (Row::Balance | Row::Generator(..) | Row::Coordinate(..), Column::Multiplier(..)) => Integer::ZERO,
    }
}
