//! Squared loss: least squares over the product of the cells.

use super::{Pattern, PatternSpace};
use crate::exact::{Integer, Rational};
use crate::instance::Activation;
use crate::network::Network;
use crate::optimize::qp::ConeLeastSquares;
use dashu_base::BitTest;
use std::ops::{AddAssign, Mul};

impl PatternSpace<'_> {
    /// The normal equations' matrix `H = AᵀA` and right-hand side `g = Aᵀy` of a tuple, in integers, with `y` times the target scale.
    fn normal_equations(&self, patterns: &[Pattern<'_>]) -> (Vec<Vec<Integer>>, Vec<Integer>) {
        if let Some((hessian, linear)) = self.normal_equations_i128(patterns) {
            return (
                hessian.into_iter().map(|row| row.into_iter().map(Integer::from).collect()).collect(),
                linear.into_iter().map(Integer::from).collect(),
            );
        }
        let sum = |row: usize| self.design.points_of_row(row).iter().fold(Integer::ZERO, |sum, &i| sum + &self.targets[i]);
        self.sum_up(patterns, |row| self.features(row), |row| self.features_besides(row), sum)
    }

    /// The same in 128-bit integers, if nothing can overflow: entries are sums of at most `n` products of two features, or of a feature and a target.
    fn normal_equations_i128(&self, patterns: &[Pattern<'_>]) -> Option<(Vec<Vec<i128>>, Vec<i128>)> {
        let bits = |values: &[Integer]| values.iter().map(BitTest::bit_len).max().unwrap_or(0);
        let feature = match self.instance.architecture.activation {
            Activation::Relu => self.design.rows().bits(),
            Activation::Threshold => 1,
        };
        let sums = self.targets.len().ilog2() as usize + 1;
        if feature + feature.max(bits(self.targets)) + sums > 126 || bits(self.targets) + sums > 126 {
            return None;
        }
        let features = |row: usize| match self.instance.architecture.activation {
            Activation::Relu => self.design.rows().row_i128(row).expect("below 126 bits"),
            Activation::Threshold => &[1],
        };
        let besides = |row: usize| match self.besides() {
            0 => &[][..],
            1 => &[1],
            _ => features(row),
        };
        let target = |i: &usize| i128::try_from(&self.targets[*i]).expect("below 126 bits");
        Some(self.sum_up(patterns, features, besides, |row| self.design.points_of_row(row).iter().map(target).sum()))
    }

    fn sum_up<'f, T>(
        &self,
        patterns: &[Pattern<'_>],
        features: impl Fn(usize) -> &'f [T],
        besides: impl Fn(usize) -> &'f [T],
        target_sum: impl Fn(usize) -> T,
    ) -> (Vec<Vec<T>>, Vec<T>)
    where
        T: Clone + From<u64> + AddAssign + 'f,
        for<'a> &'a T: Mul<&'a T, Output = T>,
    {
        let unknowns = self.unknowns(patterns.len());
        let mut hessian = vec![vec![T::from(0); unknowns]; unknowns];
        let mut linear = vec![T::from(0); unknowns];
        let mut values: Vec<(usize, &T)> = Vec::with_capacity(unknowns);
        for row in 0..self.design.rows().len() {
            values.clear();
            for (j, _) in patterns.iter().enumerate().filter(|(_, pattern)| pattern.active.is_positive(row)) {
                values.extend((j * self.block()..).zip(features(row)));
            }
            values.extend((patterns.len() * self.block()..).zip(besides(row)));
            if values.is_empty() {
                continue;
            }
            let target = target_sum(row);
            let multiplicity = T::from(self.design.points_of_row(row).len() as u64);
            for (place, &(c, value)) in values.iter().enumerate() {
                linear[c] += value * &target;
                let weighted = value * &multiplicity;
                for &(e, other) in &values[..=place] {
                    hessian[c][e] += &weighted * other;
                }
            }
        }
        for c in 1..unknowns {
            let (above, below) = hessian.split_at_mut(c);
            above.iter_mut().zip(&below[0]).for_each(|(row, entry)| row[c] = entry.clone());
        }
        (hessian, linear)
    }

    /// The best network, if its loss is below `cutoff`.
    pub(super) fn least_squares(&self, patterns: &[Pattern<'_>], plus: &[bool], cutoff: Option<&Rational>) -> Option<Network> {
        let (hessian, linear) = self.normal_equations(patterns);
        let optimum = ConeLeastSquares { hessian, linear, rows: self.cell_rows(patterns, plus) }.solve();
        if let Some(cutoff) = cutoff {
            // The loss is y·y − gain, in units of the target scale: much cheaper than the network's values.
            let total = self.targets.iter().fold(Integer::ZERO, |sum, y| sum + y * y);
            let scale = Rational::from(self.target_scale.clone());
            if Rational::from(total) - optimum.gain >= cutoff * scale.sqr() {
                return None;
            }
        }
        Some(self.network(patterns, plus, &optimum.point))
    }
}
