//! When two networks are the same function.
//!
//! **ReLU.** As `2 max(0, z) = z + |z|`, a network is `f(x) = v·x̃ + Σ_h c_h |h·x̃|` with different hyperplanes `h·x̃ = 0`, each scaled so that its first entry besides the constant is 1, and `c_h ≠ 0`. The
//! functions `|h·x̃|` are linearly independent modulo affine ones, since each bends at its own hyperplane only. So this form is unique.
//!
//! **Threshold.** Only the values at the points matter: `c + Σ t_D [x ∈ D]` with different sets `D` of points, none of which contains the first point: a neuron that is on there is replaced by the constant one less
//! its reversal.

use super::super::Solution;
use crate::exact::{Rational, dot};
use crate::instance::Activation;
use crate::train::search::Model;
use std::collections::BTreeMap;

/// The normal form of a function.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Function {
    Relu {
        /// `2v`.
        affine: Vec<Rational>,
        /// `2c_h` by `h`.
        bends: BTreeMap<Vec<Rational>, Rational>,
    },
    Threshold {
        /// `c`.
        constant: Rational,
        /// `t_D` by `D`.
        parts: BTreeMap<Vec<bool>, Rational>,
    },
}

impl Function {
    pub(super) fn new(model: &Model<'_>, solution: &Solution) -> Self {
        let neurons = solution.weights.iter().zip(&solution.outputs);
        if model.activation() == Activation::Threshold {
            let mut constant = solution.extra.first().cloned().unwrap_or(Rational::ZERO);
            let mut parts: BTreeMap<Vec<bool>, Rational> = BTreeMap::new();
            for (w, a) in neurons {
                let value = |s: usize| dot(w, &model.row(s).iter().cloned().map(Rational::from).collect::<Vec<_>>());
                let mut part: Vec<bool> = (0..model.sites()).map(|s| value(s) > Rational::ZERO).collect();
                let on = part.first() == Some(&true);
                if on {
                    constant += a;
                    part.iter_mut().for_each(|on| *on = !*on);
                }
                *parts.entry(part).or_default() += if on { -a.clone() } else { a.clone() };
            }
            parts.retain(|part, t| part.contains(&true) && !t.is_zero());
            return Function::Threshold { constant, parts };
        }
        let mut affine: Vec<Rational> = solution.extra.iter().map(|v| v * Rational::from(2)).collect();
        affine.resize(model.rank(), Rational::ZERO);
        let mut bends: BTreeMap<Vec<Rational>, Rational> = BTreeMap::new();
        for (w, a) in neurons {
            affine.iter_mut().zip(w).for_each(|(v, x)| *v += a * x);
            // The design's first column is the constant one.
            let Some(first) = w.iter().skip(1).find(|x| !x.is_zero()) else {
                let size = if w[0] < Rational::ZERO { -w[0].clone() } else { w[0].clone() };
                affine[0] += a * size;
                continue;
            };
            let size = if *first < Rational::ZERO { -first.clone() } else { first.clone() };
            *bends.entry(w.iter().map(|x| x / first).collect()).or_default() += a * size;
        }
        bends.retain(|_, c| !c.is_zero());
        Function::Relu { affine, bends }
    }
}
