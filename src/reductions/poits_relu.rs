//! POITS to ReLU networks in the plane.
//!
//! Choice `i` of a gadget is the *levee* `T(x − c − (r+i)·y)` with the profile `T(t) = clamp(5 − |t|, 0, 3)`, four ReLUs with parallel breaklines:
//! `T(t) = [t+5]₊ − [t+2]₊ − [t−2]₊ + [t−5]₊`. With `R = 3N² + 2` the gadgets are `D = 20(R + 3)` apart. Data of a gadget, x relative to its centre:
//!
//! | line | x : label |
//! | --- | --- |
//! | `y=0` | −6:0, −5:0, −4:1, −3:2, −2:3, 0:3, 2:3, 3:2, 4:1, 5:0, 6:0 |
//! | `y=+1` | r−6:0, r−5:0, r+S−2:3, r+S/2:3, r+2:3, r+S+5:0, r+S+6:0 |
//! | `y=−1` | −r−S−6:0, −r−S−5:0, −r−2:3, −r−S/2:3, −r−S+2:3, −r+5:0, −r+6:0 |
//! | `y=+10` | 10r−5+10i : 0 for i = 0..S+1 |
//! | `y=−10` | −10(r+S)−5+10i : 0 for i = 0..S+1 |
//!
//! a further 0 at either end of the lines `y = 0, ±1`, and the consistency points with label 3.
//!
//! ```text
//! label    a levee on y = 0, x - c below
//!   3                  o-----o-----o
//!   2               o                 o
//!   1            o                       o
//!   0   ---o--o                             o--o---
//!         -6 -5 -4 -3 -2     0     2  3  4  5  6
//!
//! label    the levee of choice 0 on y = 10, x - c below; the levee of choice i is in gap i
//!   3             .-----.
//!                /       \
//!              /           \
//!   0   ------o             o-------------o-------------o
//!           10r-5         10r+5         10r+15        10r+25
//!
//! centre lines in the plane, not to scale: v a variable's gadget, C a clause's
//! y = 0   ---------------- v ----------------- C -----
//!                         /             _.-'
//!                        /        _.-'
//!                       /   _.-'
//!                      q.-'      q, label 3: one of the two levees is there, not both
//! ```
//!
//! *Why.* Each of the `N` zones of a line `y = 0, ±1` needs four breaks, the network has `4N` breaklines, and a breakline meets a horizontal line at most
//! once: so every zone has exactly four and there is nothing elsewhere. The distance of the gadgets makes a breakline stay in its gadget on all three lines. On
//! `y=0` the labels fix the breaks, on `y=±1` they make the four parallel with a slope in `[r, r+S]`, and the gaps of the points on `y=±10` leave only the
//! slopes `r+i`. So the networks without error are exactly the sums of one levee a gadget, and the consistency points make them agree.

use super::planar::{self, Gadget, GadgetKind, PlanarReduction, Plane, gadgets, slope_bound};
use super::{ChoiceError, Conflict, DecodeError, Geometry, Points, Reduction, Sizes, fraction, integer};
use crate::exact::Rational;
use crate::instance::{Activation, Instance};
use crate::network::{Network, Neuron};
use crate::problems::Poits;
use std::collections::BTreeSet;

/// POITS ≤ training a ReLU network in the plane without error; the [module](self) has the construction and why it is right.
#[derive(Debug, Clone, Copy, Default)]
pub struct PoitsRelu;

/// `D`.
fn spacing(gadgets: usize) -> i128 {
    20 * (slope_bound(gadgets) + 3)
}

fn plane(formula: &Poits) -> Plane<'_> {
    Plane::new(formula, spacing(gadgets(formula)))
}

fn centre_line(_: &Gadget) -> Vec<(Rational, i128)> {
    [(-6, 0), (-5, 0), (-4, 1), (-3, 2), (-2, 3), (0, 3), (2, 3), (3, 2), (4, 1), (5, 0), (6, 0)].map(|(x, label)| (integer(x), label)).to_vec()
}

/// The line y = 1 for slopes from `low` to `low + S`; the line y = −1 is the same for the slopes' negatives.
fn slope_line(low: i128, last_choice: i128) -> Vec<(Rational, i128)> {
    let high = low + last_choice;
    let middle = fraction(low + high, 2);
    let mut line: Vec<_> =
        [(low - 6, 0), (low - 5, 0), (high - 2, 3), (low + 2, 3), (high + 5, 0), (high + 6, 0)].map(|(x, label)| (integer(x), label)).to_vec();
    line.insert(3, (middle, 3));
    line
}

/// The ends and the walls between the gaps of the line y = ±10, the lowest slope being `low`.
fn gap_line(low: i128, last_choice: i128) -> Vec<(Rational, i128)> {
    (0..=last_choice + 1).map(|i| (integer(10 * low - 5 + 10 * i), 0)).collect()
}

/// The points of all gadgets.
fn zones(plane: &Plane<'_>) -> Points {
    let mut points = Points::default();
    plane.add_line(&mut points, 0, true, centre_line);
    plane.add_line(&mut points, 1, true, |g| slope_line(g.slope, g.last_choice));
    plane.add_line(&mut points, -1, true, |g| slope_line(-g.slope - g.last_choice, g.last_choice));
    plane.add_line(&mut points, 10, false, |g| gap_line(g.slope, g.last_choice));
    plane.add_line(&mut points, -10, false, |g| gap_line(-g.slope - g.last_choice, g.last_choice));
    points
}

impl Reduction for PoitsRelu {
    type Source = Poits;

    fn name(&self) -> &'static str {
        "poits-relu"
    }

    fn sizes(&self, source: &Poits) -> Sizes {
        let (variables, clauses) = (source.variables(), source.clauses().len());
        let fences = if variables + clauses == 0 { 0 } else { 6 };
        Sizes { points: 31 * variables + 36 * clauses + fences, dimension: 2, width: 4 * (variables + clauses) }
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
            points.push(point, 3);
        }
        points.into_instance(Activation::Relu, self.sizes(source).width)
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
        planar::conflicts(self, source, 4)
    }

    fn expected_conflicts(&self, source: &Poits) -> BTreeSet<Conflict> {
        planar::expected_conflicts(source)
    }

    fn network(&self, source: &Poits, choices: &[usize]) -> Option<Network> {
        let plane = plane(source);
        let slopes = plane.slopes(choices);
        let levee = |(gadget, slope): (&Gadget, i128)| {
            let centre = gadget.centre;
            [(5, 1), (2, -1), (-2, -1), (-5, 1)].map(|(offset, a)| Neuron {
                w: vec![Rational::ONE, integer(-slope)],
                b: integer(offset - centre),
                a: integer(a),
            })
        };
        let neurons = plane.gadgets.iter().zip(slopes).flat_map(levee).collect();
        Some(Network { activation: Activation::Relu, neurons, output_bias: Rational::ZERO })
    }

    fn decode(&self, source: &Poits, network: &Network) -> Result<Vec<bool>, DecodeError> {
        let plane = plane(source);
        plane.assignment(&read(&plane, network)?)
    }
}

/// The choices that the breaklines of a network stand for.
fn read(plane: &Plane<'_>, network: &Network) -> Result<Vec<i128>, DecodeError> {
    plane.choices(network, 4, &integer(5), &Rational::ZERO)
}

impl PlanarReduction for PoitsRelu {
    fn gadget(&self, kind: GadgetKind) -> Instance {
        zones(&Plane::alone(kind, spacing(1))).into_instance(Activation::Relu, 4)
    }

    fn gadget_choice(&self, kind: GadgetKind, network: &Network) -> Result<usize, DecodeError> {
        let choices = read(&Plane::alone(kind, spacing(1)), network)?;
        Ok(usize::try_from(choices[0]).expect("a choice"))
    }

    fn geometry(&self, source: &Poits) -> Geometry {
        plane(source).geometry(&[10, 1, 0, -1, -10])
    }
}
