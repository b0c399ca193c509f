//! What closes a node: the dual of its convex program, or vectors that find wrong points.

use super::producer::Producer;
use super::program::{Expression, Program, collected, minus, plus};
use super::{positive, q};
use crate::exact::{Integer, Rational, common_denominator, scaled_integer};
use crate::instance::{Activation, Loss};
use crate::optimize::lp::RowKind;
use crate::optimize::qp::ConeLeastSquares;
use crate::train::search::certificate::LabelVector;
use crate::train::search::{Leaf, Node, State};
use std::collections::BTreeMap;

impl Producer<'_> {
    /// A dual that closes the node, if there is one.
    pub(super) fn leaf(&self, node: &Node) -> Option<Leaf> {
        let mut dual = self.dual(node);
        let product = |u: &[Rational]| u.iter().zip(&self.targets).fold(Rational::ZERO, |sum, (u, y)| sum + u * y);
        if self.model.loss() == Loss::L2 && !self.zero {
            let u = self.residuals(node);
            let bound = if product(&u) > Rational::ZERO { product(&u) } else { Rational::ZERO };
            if &bound + &self.model.constant < self.wanted {
                return None;
            }
            for (&unknown, value) in dual.u.iter().zip(&u) {
                dual.program.rows.push((collected([plus(unknown)]), RowKind::Equal, value.clone()));
            }
            let point = dual.program.minimise(&Expression::new()).expect("the multipliers exist");
            return Some(self.integers(node, &dual, &point));
        }
        let mut total = Vec::new();
        for &u in &dual.u {
            let size = dual.program.unknown();
            dual.program.at_least([plus(size), plus(u)], 0);
            dual.program.at_least([plus(size), minus(u)], 0);
            if self.model.loss() == Loss::Linf {
                total.push(minus(size));
            } else {
                dual.program.at_least([minus(size)], -1);
            }
        }
        if !total.is_empty() {
            dual.program.at_least(total, -1);
        }
        let objective = collected(dual.u.iter().zip(&self.targets).map(|(&u, y)| (u, -y)));
        let point = dual.program.minimise(&objective)?;
        let bound = product(&point[..dual.u.len()]);
        let closed = if self.zero { bound > Rational::ZERO } else { bound >= self.wanted };
        closed.then(|| self.integers(node, &dual, &point))
    }

    /// `m_s (ȳ_s − φ_s)` at the optimum of the relaxed least squares.
    fn residuals(&self, node: &Node) -> Vec<Rational> {
        let mut program = Program::default();
        let mut values: Vec<Vec<(usize, Rational)>> = vec![Vec::new(); self.model.sites()];
        for (j, cone) in node.cones.iter().enumerate() {
            let sign = q(if node.plus[j] { 1 } else { -1 });
            if self.model.activation() == Activation::Threshold {
                // t and, where undecided, anything between 0 and t.
                let t = program.unknown();
                program.at_least([plus(t)], 0);
                for (site, value) in values.iter_mut().enumerate() {
                    match cone.states[site] {
                        State::Off => {}
                        State::On => value.push((t, sign.clone())),
                        State::Undecided => {
                            let h = program.unknown();
                            program.at_least([plus(h)], 0);
                            program.at_least([plus(t), minus(h)], 0);
                            value.push((h, sign.clone()));
                        }
                    }
                }
                continue;
            }
            let weights: Vec<usize> = (0..cone.generators()).map(|_| program.unknown()).collect();
            weights.iter().for_each(|&l| program.at_least([plus(l)], 0));
            for (site, value) in values.iter_mut().enumerate() {
                let z = |f: fn(&Integer) -> Integer| -> Vec<(usize, Rational)> {
                    weights.iter().enumerate().map(|(g, &l)| (l, Rational::from(f(&cone.exact_value(self.model, g, site))))).collect()
                };
                match cone.states[site] {
                    State::Off => {}
                    State::On => value.extend(z(Integer::clone).into_iter().map(|(l, v)| (l, v * &sign))),
                    State::Undecided => {
                        let h = program.unknown();
                        program.at_least([plus(h)], 0);
                        program.at_least(z(|v| -v).into_iter().chain([plus(h)]), 0);
                        program.at_least(z(positive).into_iter().chain([minus(h)]), 0);
                        value.push((h, sign.clone()));
                    }
                }
            }
        }
        if self.model.output_bias() {
            let c = program.unknown();
            values.iter_mut().for_each(|value| value.push(plus(c)));
        }
        let n = program.unknowns;
        let weights: Vec<Rational> = self.model.items.iter().map(|item| Rational::from(item.weight)).collect();
        let mut point = vec![Rational::ZERO; n];
        let values: Vec<Expression> = values.into_iter().map(collected).collect();
        if n > 0 {
            let scale = common_denominator(&self.targets);
            let entry = |s: usize, c: usize| values[s].get(&c).cloned().unwrap_or(Rational::ZERO);
            let sum = |f: &dyn Fn(usize) -> Rational| {
                let sum = (0..values.len()).fold(Rational::ZERO, |sum, s| sum + f(s) * &weights[s]);
                scaled_integer(&sum, &scale)
            };
            let hessian = (0..n).map(|c| (0..n).map(|e| sum(&|s| entry(s, c) * entry(s, e))).collect()).collect();
            let linear = (0..n).map(|c| sum(&|s| entry(s, c) * &self.targets[s])).collect();
            let rows = program.rows.iter().map(|(expression, ..)| program.integral_row(expression, &Rational::ZERO).0).collect();
            point = ConeLeastSquares { hessian, linear, rows }.solve().point;
        }
        let value = |s: usize| values[s].iter().fold(Rational::ZERO, |sum, (&c, v)| sum + v * &point[c]);
        let residuals: Vec<Rational> = (0..values.len()).map(|s| (&self.targets[s] - value(s)) * &weights[s]).collect();
        // Any multiple will do; u·y is the loss only for this one.
        residuals
    }

    /// Vectors that close the node, if there are enough.
    pub(super) fn labels(&self, node: &Node, marks: &BTreeMap<usize, bool>) -> Option<Vec<LabelVector>> {
        let mut vectors = Vec::new();
        let mut used: Vec<usize> = Vec::new();
        let wrong = marks.values().filter(|right| !**right).count();
        loop {
            if Rational::from(wrong + vectors.len()) >= self.wanted {
                return Some(vectors);
            }
            let mut dual = self.dual(node);
            let (mut positives, mut unmarked) = (Vec::new(), Vec::new());
            for (i, &u) in dual.u.iter().enumerate() {
                let should_be_positive = (self.targets[i] > Rational::ZERO) == marks.get(&i).copied().unwrap_or(true);
                let size = (u, q(if should_be_positive { 1 } else { -1 }));
                dual.program.at_least([size.clone()], 0);
                if used.contains(&i) {
                    dual.program.at_least([(u, -&size.1)], 0);
                }
                if should_be_positive {
                    positives.push(size.clone());
                }
                if !marks.contains_key(&i) {
                    unmarked.push(size);
                }
            }
            if positives.is_empty() {
                return None;
            }
            dual.program.at_least(positives, 1);
            let point = dual.program.minimise(&collected(unmarked))?;
            let Leaf { u, p } = self.integers(node, &dual, &point);
            let support: Vec<(usize, Integer)> = u.into_iter().enumerate().filter(|(_, u)| !u.is_zero()).collect();
            let free: Vec<usize> = support.iter().map(|(i, _)| *i).filter(|i| !marks.contains_key(i)).collect();
            let empty = free.is_empty();
            used.extend(free);
            vectors.push(LabelVector { u: support, p });
            if empty {
                return Some(vectors);
            }
            if self.marks_only {
                return None;
            }
        }
    }
}
