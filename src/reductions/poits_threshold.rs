//! POITS to threshold networks in the plane.
//!
//! Choice `i` of a gadget is the indicator of the *strip* `|x − c − (r+i)·y| ≤ P + 1/2`, two threshold neurons with parallel breaklines and output weights +1, −1. With
//! `R = 3N² + 2`, `P = R + 8`, `Y = 2P + 2` the gadgets are `D = 4(P+1)(R+3)` apart. Data of a gadget, x relative to its centre:
//!
//! | line | x : label |
//! | --- | --- |
//! | `y=0` | −P−1:0, −P:1, P:1, P+1:0 |
//! | `y=+2` | 2r−P−1:0, 2(r+S)−P:1, 2r+P:1, 2(r+S)+P+1:0 |
//! | `y=−2` | −2(r+S)−P−1:0, −2r−P:1, −2(r+S)+P:1, −2r+P+1:0 |
//! | `y=+Y` | Yr−P−1+Yi : 0 for i = 0..S+1 |
//! | `y=−Y` | −Y(r+S)−P−1+Yi : 0 for i = 0..S+1 |
//!
//! a further 0 at either end of the lines `y = 0, ±2`, and the consistency points with label 1.
//!
//! ```text
//! label    a strip on y = 0, x - c below; its two edges lie between a 0 and a 1
//!   1            .--o--------------------------o--.
//!                |                                |
//!   0   ------o--'                                '--o------
//!          -P-1    -P                          P    P+1
//!
//! label    the strip of choice 0 on y = Y = 2P+2, x - c - Yr below; it is too wide to be in two gaps
//!   1           .----------.
//!               |          |
//!   0   ------o-'          '-o--------------o--------------o-----
//!           -P-1            P+1           P+1+Y          P+1+2Y
//! ```
//!
//! *Why.* Each of the `N` zones of a line `y = 0, ±2` needs two jumps, and the network has `2N` neurons, each of which jumps at most once on a line: so every zone has its
//! two. Their slopes lie in `[r − 1/2, r + S + 1/2]`, and the interval between them on `y = ±Y`, of width at least `2P − 2`, must fit into the same gap,
//! of width `2P + 2`, on either side; that fixes the choice, and the strips are so wide that what play is left does not matter at the consistency points.

use super::planar::{self, Gadget, GadgetKind, PlanarReduction, Plane, gadgets, slope_bound};
use super::{ChoiceError, Conflict, DecodeError, Geometry, Points, Reduction, Sizes, fraction, integer};
use crate::exact::Rational;
use crate::instance::{Activation, Instance};
use crate::network::{Network, Neuron};
use crate::problems::Poits;
use std::collections::BTreeSet;

/// POITS ≤ training a threshold network in the plane without error; the [module](self) has the construction and why it is right.
#[derive(Debug, Clone, Copy, Default)]
pub struct PoitsThreshold;

/// `P`.
fn half_width(gadgets: usize) -> i128 {
    slope_bound(gadgets) + 8
}

/// `D`.
fn spacing(gadgets: usize) -> i128 {
    4 * (half_width(gadgets) + 1) * (slope_bound(gadgets) + 3)
}

fn plane(formula: &Poits) -> Plane<'_> {
    Plane::new(formula, spacing(gadgets(formula)))
}

/// The line at height 0 (`low = high = 0`) or ±2, where the centre of the strip lies between `low` and `high`.
fn strip_line(half_width: i128, low: i128, high: i128) -> Vec<(Rational, i128)> {
    [(low - half_width - 1, 0), (high - half_width, 1), (low + half_width, 1), (high + half_width + 1, 0)]
        .map(|(x, label)| (integer(x), label))
        .to_vec()
}

/// The points of all gadgets.
fn zones(plane: &Plane<'_>) -> Points {
    let p = half_width(plane.gadgets.len());
    let height = 2 * p + 2;
    let gaps = |low: i128, last: i128| (0..=last + 1).map(|i| (integer(height * (low + i) - p - 1), 0)).collect();
    let mut points = Points::default();
    plane.add_line(&mut points, 0, true, |_| strip_line(p, 0, 0));
    plane.add_line(&mut points, 2, true, |g| strip_line(p, 2 * g.slope, 2 * (g.slope + g.last_choice)));
    plane.add_line(&mut points, -2, true, |g| strip_line(p, -2 * (g.slope + g.last_choice), -2 * g.slope));
    plane.add_line(&mut points, height, false, |g| gaps(g.slope, g.last_choice));
    plane.add_line(&mut points, -height, false, |g| gaps(-g.slope - g.last_choice, g.last_choice));
    points
}

impl Reduction for PoitsThreshold {
    type Source = Poits;

    fn name(&self) -> &'static str {
        "poits-threshold"
    }

    fn sizes(&self, source: &Poits) -> Sizes {
        let (variables, clauses) = (source.variables(), source.clauses().len());
        let fences = if variables + clauses == 0 { 0 } else { 6 };
        Sizes { points: 18 * variables + 23 * clauses + fences, dimension: 2, width: 2 * (variables + clauses) }
    }

    fn parameters(&self, source: &Poits) -> Vec<(&'static str, usize)> {
        planar::parameters(source)
    }

    fn bit_bound(&self, source: &Poits) -> usize {
        planar::bit_bound(source, spacing(gadgets(source)))
    }

    /// # Panics
    /// If the formula has no variable: a training instance needs a point.
    fn reduce(&self, source: &Poits) -> Instance {
        let plane = plane(source);
        let mut points = zones(&plane);
        for point in plane.consistency_points() {
            points.push(point, 1);
        }
        points.into_instance(Activation::Threshold, self.sizes(source).width)
    }

    fn is_one_to_one(&self) -> bool {
        true
    }

    fn choices(&self, source: &Poits) -> Vec<usize> {
        planar::choices(source)
    }

    fn choices_of(&self, source: &Poits, solution: &Vec<bool>) -> Option<Vec<usize>> {
        planar::choices_of(source, solution)
    }

    fn conflicts(&self, source: &Poits) -> Result<BTreeSet<Conflict>, ChoiceError> {
        planar::conflicts(self, source, 2)
    }

    fn expected_conflicts(&self, source: &Poits) -> BTreeSet<Conflict> {
        planar::expected_conflicts(source)
    }

    fn network(&self, source: &Poits, choices: &[usize]) -> Option<Network> {
        let plane = plane(source);
        let slopes = plane.slopes(choices);
        let reach = fraction(2 * half_width(gadgets(source)) + 1, 2);
        let strip = |(gadget, slope): (&Gadget, i128)| {
            [(reach.clone(), 1), (-&reach, -1)].map(|(offset, a)| Neuron {
                w: vec![Rational::ONE, integer(-slope)],
                b: offset - integer(gadget.centre),
                a: integer(a),
            })
        };
        let neurons = plane.gadgets.iter().zip(slopes).flat_map(strip).collect();
        Some(Network { activation: Activation::Threshold, neurons, output_bias: Rational::ZERO })
    }

    fn decode(&self, source: &Poits, network: &Network) -> Result<Vec<bool>, DecodeError> {
        let plane = plane(source);
        plane.assignment(&read(&plane, network)?)
    }
}

/// The choices that the breaklines of a network stand for.
fn read(plane: &Plane<'_>, network: &Network) -> Result<Vec<i128>, DecodeError> {
    let p = half_width(plane.gadgets.len());
    plane.choices(network, 2, &integer(p + 1), &fraction(2, 2 * p + 2))
}

impl PlanarReduction for PoitsThreshold {
    fn gadget(&self, kind: GadgetKind) -> Instance {
        zones(&Plane::alone(kind, spacing(1))).into_instance(Activation::Threshold, 2)
    }

    fn gadget_choice(&self, kind: GadgetKind, network: &Network) -> Result<usize, DecodeError> {
        let choices = read(&Plane::alone(kind, spacing(1)), network)?;
        Ok(usize::try_from(choices[0]).expect("a choice"))
    }

    fn geometry(&self, source: &Poits) -> Geometry {
        let height = 2 * half_width(gadgets(source)) + 2;
        plane(source).geometry(&[height, 2, 0, -2, -height])
    }
}
