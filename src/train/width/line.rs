//! Affine functions of one integer coordinate, and what networks along a line consist of.

use crate::exact::{Integer, Rational};
use crate::network::Neuron;

/// A data point on a line, in integers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Point {
    pub(super) x: Integer,
    pub(super) y: Integer,
}

/// `x ↦ slope·x + intercept`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) slope: Rational,
    pub(super) intercept: Rational,
}

impl Line {
    pub(super) fn through(p: &Point, q: &Point) -> Self {
        let (run, rise) = (&q.x - &p.x, &q.y - &p.y);
        // One greatest common divisor each instead of several.
        let intercept = ratio(&p.y * &run - &rise * &p.x, &run);
        Line { slope: ratio(rise, &run), intercept }
    }

    pub(super) fn horizontal(y: &Integer) -> Self {
        Line { slope: Rational::ZERO, intercept: Rational::from(y.clone()) }
    }

    pub(super) fn zero() -> Self {
        Line { slope: Rational::ZERO, intercept: Rational::ZERO }
    }

    pub(super) fn is_zero(&self) -> bool {
        self.slope.is_zero() && self.intercept.is_zero()
    }

    pub(super) fn at(&self, x: &Integer) -> Rational {
        &self.slope * x + &self.intercept
    }

    /// The value at `x` as a quotient of integers, the second positive, without taking out a common divisor.
    pub(super) fn quotient_at(&self, x: &Integer) -> (Integer, Integer) {
        let (q, s) = (self.slope.denominator(), self.intercept.denominator());
        (self.slope.numerator() * x * s + self.intercept.numerator() * q, Integer::from(q * s))
    }

    pub(super) fn plus(&self, other: &Line) -> Line {
        Line { slope: &self.slope + &other.slope, intercept: &self.intercept + &other.intercept }
    }

    pub(super) fn minus(&self, other: &Line) -> Line {
        Line { slope: &self.slope - &other.slope, intercept: &self.intercept - &other.intercept }
    }

    pub(super) fn times(&self, factor: &Rational) -> Line {
        Line { slope: &self.slope * factor, intercept: &self.intercept * factor }
    }

    pub(super) fn negated(self) -> Line {
        Line { slope: -self.slope, intercept: -self.intercept }
    }
}

/// The quotient; the divisor is positive.
fn ratio(numerator: Integer, denominator: &Integer) -> Rational {
    let (_, magnitude) = denominator.clone().into_parts();
    Rational::from_parts(numerator, magnitude)
}

/// Where a line of coordinates `x` lies in the data's space, and what a unit of `y` is there.
#[derive(Debug)]
pub(super) struct Axis {
    /// `x = direction·p + shift` at the data point `p`.
    pub(super) direction: Vec<Rational>,
    pub(super) shift: Rational,
    /// A value of 1 in the data's units.
    pub(super) unit: Rational,
}

impl Axis {
    /// `p ↦ a·σ(line(x))` for a line in units of `y`.
    pub(super) fn neuron(&self, line: &Line, a: Rational) -> Neuron {
        self.neuron_without_unit(&line.times(&self.unit), a)
    }

    /// `p ↦ a·σ(line(x))`.
    pub(super) fn neuron_without_unit(&self, Line { slope, intercept }: &Line, a: Rational) -> Neuron {
        let b = if self.shift.is_zero() { intercept.clone() } else { slope * &self.shift + intercept };
        Neuron { w: self.direction.iter().map(|v| v * slope).collect(), b, a }
    }
}
