//! The exact optimum of a leaf: least squares over the rays' nonnegative weights, in integers, by prefix sums.
//!
//! Where every kink's gap is known a neuron is active on a range of sites known beforehand, and is a nonnegative combination of its two rays. So the leaf is a convex program with `2k` nonnegative unknowns (and
//! up to 2 free ones), whose Gram matrix consists of differences of prefix sums.

use super::node::Kink;
use super::problem::Problem;
use crate::exact::{Integer, Rational};
use crate::network::{Network, Neuron};
use crate::optimize::qp::ConeLeastSquares;
use crate::train::Incumbent;
use std::ops::Range;

/// A function that is a line on a range of sites and 0 elsewhere.
struct Ramp {
    constant: Integer,
    slope: Integer,
    sites: Range<usize>,
}

impl Problem<'_> {
    fn ray_line(&self, kink: &Kink, boundary: usize) -> (Integer, Integer) {
        if boundary == 0 || boundary > self.sites() {
            return (Integer::ONE, Integer::ZERO);
        }
        let x = self.coordinates[boundary - 1].clone();
        if kink.right { (-x, Integer::ONE) } else { (x, Integer::NEG_ONE) }
    }

    /// The best network of a leaf if its loss is below `cutoff`; `None` is a proof that there is none.
    pub(super) fn solve_leaf(&self, kinks: &[Kink], cutoff: &Rational) -> Option<Incumbent> {
        let whole = 0..self.sites();
        let extras = [(Integer::ONE, Integer::ZERO), (Integer::ZERO, Integer::ONE)].into_iter().take(self.extras);
        let mut ramps: Vec<Ramp> = extras.map(|(constant, slope)| Ramp { constant, slope, sites: whole.clone() }).collect();
        for kink in kinks {
            debug_assert!(kink.is_leaf());
            for (mut constant, mut slope) in kink.ends().map(|end| self.ray_line(kink, end)) {
                if !kink.plus {
                    (constant, slope) = (-constant, -slope);
                }
                let sites = if kink.right { kink.lo..self.sites() } else { 0..kink.lo };
                ramps.push(Ramp { constant, slope, sites });
            }
        }
        let product = |p: &Ramp, q: &Ramp| {
            let sites = p.sites.start.max(q.sites.start)..p.sites.end.min(q.sites.end);
            if sites.is_empty() {
                return Integer::ZERO;
            }
            let [n, x, xx, ..] = self.sums_of(sites);
            &p.constant * &q.constant * n + (&p.constant * &q.slope + &p.slope * &q.constant) * x + &p.slope * &q.slope * xx
        };
        let hessian = ramps.iter().map(|p| ramps.iter().map(|q| product(p, q)).collect()).collect();
        let linear = ramps.iter().map(|p| {
            let [.., y, xy] = self.sums_of(p.sites.clone());
            &p.constant * y + &p.slope * xy
        });
        let linear: Vec<Integer> = linear.collect();
        let unit = |a: usize| (0..ramps.len()).map(|b| Integer::from(u8::from(a == b))).collect();
        let rows = (self.extras..ramps.len()).map(unit).collect();
        let optimum = ConeLeastSquares { hessian, linear, rows }.solve();
        let scale = Rational::from(self.target_scale.clone());
        let loss = (Rational::from(self.total.clone()) - &optimum.gain) / scale.sqr();
        if loss >= *cutoff {
            return None;
        }
        let incumbent = Incumbent::evaluate(self.network(kinks, &optimum.point), self.instance);
        // By the definition; a program that says something else must not go unnoticed.
        assert_eq!(incumbent.loss, loss, "the network's loss is another than its program says");
        Some(incumbent)
    }

    /// The network of weights in units of the targets' scale.
    fn network(&self, kinks: &[Kink], weights: &[Rational]) -> Network {
        let scale = Rational::from(self.target_scale.clone());
        let neuron = |line: [Rational; 2], a: Rational| {
            let line = line.map(|v| v / &scale);
            let (w, b) = self.design.weights(&line[..self.design.rank()]);
            Neuron { w, b, a }
        };
        let mut neurons: Vec<Neuron> = kinks
            .iter()
            .zip(weights[self.extras..].chunks_exact(2))
            .map(|(kink, weights)| {
                let mut line = [Rational::ZERO, Rational::ZERO];
                for (end, weight) in kink.ends().into_iter().zip(weights) {
                    let (constant, slope) = self.ray_line(kink, end);
                    line[0] += weight * constant;
                    line[1] += weight * slope;
                }
                neuron(line, if kink.plus { Rational::ONE } else { Rational::NEG_ONE })
            })
            .collect();
        if self.extras == 2 {
            let line = [weights[0].clone(), weights[1].clone()];
            neurons.extend([neuron(line.clone(), Rational::ONE), neuron(line.map(|v| -v), Rational::NEG_ONE)]);
        }
        let output_bias = if self.extras == 1 { &weights[0] / &scale } else { Rational::ZERO };
        Network { activation: self.instance.architecture.activation, neurons, output_bias }
    }
}
