//! The definition, run literally: a linear program in rationals for each tuple of activation patterns.

use relus::exact::{Integer, Rational, common_denominator, scaled_integer};
use relus::instance::Instance;
use relus::optimize::lp::{LinearProgram, LpVerdict, Row, RowKind};

fn row(values: &[Rational], rhs: &Rational, kind: RowKind) -> Row {
    let scale = common_denominator(values.iter().chain([rhs]));
    Row { coefficients: values.iter().map(|v| scaled_integer(v, &scale)).collect(), rhs: scaled_integer(rhs, &scale), kind }
}

fn is_feasible(unknowns: usize, rows: Vec<Row>) -> bool {
    if unknowns == 0 {
        // Only equations have a right-hand side other than 0 here.
        return rows.iter().all(|row| row.rhs.is_zero());
    }
    matches!(LinearProgram { objective: vec![Integer::ZERO; unknowns], rows }.solve(), LpVerdict::Optimal(_))
}

/// The points with a 1 behind.
fn homogeneous(instance: &Instance) -> Vec<Vec<Rational>> {
    instance.data.points().iter().map(|x| x.iter().cloned().chain([Rational::ONE]).collect()).collect()
}

/// All sets `{i : w·x_i + b > 0}` whose complement is `{i : w·x_i + b < 0}` or has ties: the closed cells that matter, and some more.
fn patterns(points: &[Vec<Rational>]) -> Vec<u32> {
    let inside = |mask: &u32| {
        let signed = |(i, x): (usize, &Vec<Rational>)| {
            let on = mask >> i & 1 == 1;
            let values: Vec<Rational> = x.iter().map(|v| if on { v.clone() } else { -v }).collect();
            row(&values, &Rational::from(u8::from(on)), RowKind::AtLeast)
        };
        is_feasible(points[0].len(), points.iter().enumerate().map(signed).collect())
    };
    (0..1u32 << points.len()).filter(inside).collect()
}

/// Whether the patterns of a tuple, none before `first`, continue to a network without error.
fn extends(instance: &Instance, points: &[Vec<Rational>], patterns: &[u32], first: usize, tuple: &mut Vec<u32>) -> bool {
    if tuple.len() == instance.architecture.width {
        return fits_with(instance, points, tuple);
    }
    (first..patterns.len()).any(|next| {
        tuple.push(patterns[next]);
        let found = extends(instance, points, patterns, next, tuple);
        tuple.pop();
        found
    })
}

fn fits_with(instance: &Instance, points: &[Vec<Rational>], tuple: &[u32]) -> bool {
    let (block, architecture) = (points[0].len(), instance.architecture);
    let affine = if architecture.affine { block } else { 0 };
    let unknowns = tuple.len() * block + affine + usize::from(architecture.output_bias);
    let mut rows = Vec::new();
    for (i, x) in points.iter().enumerate() {
        let on = |mask: &u32| mask >> i & 1 == 1;
        let mut value = Vec::new();
        for (j, mask) in tuple.iter().enumerate() {
            value.extend(x.iter().map(|v| if on(mask) { v.clone() } else { Rational::ZERO }));
            let mut cell = vec![Rational::ZERO; unknowns];
            x.iter().enumerate().for_each(|(c, v)| cell[j * block + c] = if on(mask) { v.clone() } else { -v });
            rows.push(row(&cell, &Rational::ZERO, RowKind::AtLeast));
        }
        value.extend(x[..affine].iter().cloned());
        value.extend(architecture.output_bias.then_some(Rational::ONE));
        rows.push(row(&value, &instance.data.targets()[i], RowKind::Equal));
    }
    is_feasible(unknowns, rows)
}

/// Whether a network of the instance's class has no error.
pub(crate) fn fits(instance: &Instance) -> bool {
    let points = homogeneous(instance);
    let patterns = patterns(&points);
    extends(instance, &points, &patterns, 0, &mut Vec::new())
}
