//! Networks whose neurons all depend on one direction: the smallest width on a line, and an upper bound elsewhere.

use super::graph::Graph;
use super::line::{Axis, Line, Point};
use super::oriented::{self, Oriented};
use super::steps;
use crate::exact::{Integer, Rational};
use crate::instance::{Activation, Architecture, Data, Design};
use crate::network::{Network, Neuron};

/// Sites by a coordinate that is different for all of them.
#[derive(Debug)]
pub(super) struct Along {
    pub(super) graph: Graph,
    axis: Axis,
}

/// A network, and what is known besides.
#[derive(Debug)]
pub(super) struct Narrowest {
    /// None only if no construction gives a convex map.
    pub(super) network: Option<Network>,
    /// Whether the width that the bends ask for is excluded, if all points are on one line.
    pub(super) least_is_excluded: bool,
}

impl Along {
    /// Data on a line, `None` if they are on none. Equal points must have equal targets.
    pub(super) fn line(data: &Data) -> Option<Self> {
        if data.dimension() == 1 {
            return Along::direction(data, &[Integer::ONE]);
        }
        let design = Design::new(data);
        if design.rank() > 2 {
            return None;
        }
        let targets = &data.integers().targets;
        let point =
            |s: usize| Point { x: design.rows().row(s).get(1).cloned().unwrap_or(Integer::ZERO), y: targets[design.points_of_row(s)[0]].clone() };
        let graph = Graph::new((0..design.rows().len()).map(point).collect())?;
        // The second column of the design as a function of the data's point.
        let (direction, shift) = if design.rank() == 2 {
            design.weights(&[Rational::ZERO, Rational::ONE])
        } else {
            (vec![Rational::ZERO; data.dimension()], Rational::ZERO)
        };
        Some(Along { graph, axis: Axis { direction, shift, unit: unit(data) } })
    }

    /// The sites by their product with an integer vector, in the integer coordinates of the data; `None` if two agree.
    pub(super) fn direction(data: &Data, direction: &[Integer]) -> Option<Self> {
        let integers = data.integers();
        let point = |points: &Vec<usize>| {
            let row = integers.rows.row(points[0]);
            let x = direction.iter().zip(row).fold(Integer::ZERO, |sum, (v, x)| if v.is_zero() { sum } else { sum + v * x });
            Point { x, y: integers.targets[points[0]].clone() }
        };
        let graph = Graph::new(integers.points_of_distinct.iter().map(point).collect())?;
        let direction = direction.iter().zip(&integers.scales).map(|(v, s)| Rational::from(v * s)).collect();
        Some(Along { graph, axis: Axis { direction, shift: Rational::ZERO, unit: unit(data) } })
    }

    /// The narrowest network of the class that depends on this coordinate only and that the constructions find.
    pub(super) fn narrowest(&self, architecture: Architecture) -> Narrowest {
        if architecture.activation == Activation::Threshold {
            let (network, least_is_excluded) = steps::narrowest(&self.graph, &self.axis, architecture.output_bias);
            return Narrowest { network: Some(network), least_is_excluded };
        }
        let found = oriented::narrowest(&self.graph, architecture);
        let network = found.best.map(|(_, oriented)| self.network(&oriented, architecture));
        Narrowest { network, least_is_excluded: found.least_is_excluded }
    }

    fn network(&self, oriented: &Oriented, architecture: Architecture) -> Network {
        let (one, minus_one) = (Rational::ONE, Rational::NEG_ONE);
        let turned = oriented.pieces.windows(2).zip(&oriented.left);
        let mut neurons: Vec<Neuron> = turned
            .map(|(pair, &left)| {
                let change = pair[1].minus(&pair[0]);
                // A kink up has a = 1; facing right its neuron vanishes on the left.
                let up = change.slope > Rational::ZERO;
                let line = if left == up { change.negated() } else { change };
                self.axis.neuron(&line, if up { one.clone() } else { minus_one.clone() })
            })
            .collect();
        let mut rest = oriented.rest();
        let mut output_bias = Rational::ZERO;
        if architecture.affine {
            if !rest.is_zero() {
                neurons.push(self.axis.neuron(&rest, one));
                neurons.push(self.axis.neuron(&rest.negated(), minus_one));
            }
            return Network { activation: Activation::Relu, neurons, output_bias };
        }
        let ends = [&self.graph.points[0], &self.graph.points[self.graph.points.len() - 1]];
        if architecture.output_bias && !rest.is_zero() {
            // Lifted until it is not negative on the points.
            let least = ends.map(|end| rest.at(&end.x)).into_iter().min().expect("two ends");
            let lift = if rest.slope.is_zero() { -rest.intercept.clone() } else { -least };
            rest.intercept += &lift;
            output_bias = -lift * &self.axis.unit;
        }
        let positive = |line: &Line| ends.iter().any(|end| line.at(&end.x) > Rational::ZERO);
        for (line, a) in [(rest.clone(), one), (rest.negated(), minus_one)] {
            if positive(&line) {
                neurons.push(self.axis.neuron(&line, a));
            }
        }
        Network { activation: Activation::Relu, neurons, output_bias }
    }
}

/// A value of 1 in integers, in the data's units.
fn unit(data: &Data) -> Rational {
    Rational::ONE / Rational::from(data.integers().target_scale.clone())
}
