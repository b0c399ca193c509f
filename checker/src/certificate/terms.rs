//! The data of a problem in integers: the sites (distinct points), the terms of the loss, and what a dual proves.

use super::cone::content;
use super::int::Int;
use crate::data::Data;
use crate::result::{Loss, Problem};
use dashu_int::UBig;
use dashu_int::ops::Gcd;
use dashu_ratio::RBig;

pub(super) struct Terms {
    /// The rows `x̃_s` of the sites in the order of first appearance: integers, the last of them 1, each column moved and scaled as is convenient.
    pub(super) rows: Vec<Vec<Int>>,
    pub(super) site_of_point: Vec<usize>,
    /// The site of each item.
    pub(super) site_of_item: Vec<usize>,
    /// The targets of the items, times one number.
    targets: Vec<Int>,
    /// For each site a multiple of `1/m_s`.
    inverse_counts: Vec<Int>,
    /// The loss is at least `constant`, for squares `Σ (y_i − ȳ)²`, plus `unit` times what [`Terms::bound`] says.
    constant: RBig,
    unit: RBig,
    /// Any target of each site, times one number.
    pub(super) site_targets: Vec<Int>,
    /// For each point whether its target is positive.
    pub(super) positive: Vec<bool>,
    pub(super) problem: Problem,
    /// Whether the networks may have an affine term besides, so that ReLUs without a cut may be mirrored.
    pub(super) mirrored: bool,
}

/// Integers that are the same multiple of `values`, and the multiple.
fn integers(values: &[RBig]) -> (Vec<Int>, RBig) {
    let common = values.iter().fold(UBig::ONE, |lcm, v| &lcm / (&lcm).gcd(v.denominator()) * v.denominator());
    let multiple = RBig::from(common);
    (values.iter().map(|v| Int::from((v * &multiple).into_parts().0)).collect(), multiple)
}

/// A column as integers, up to a shift and a positive factor.
fn column(values: &[RBig]) -> Vec<Int> {
    let (column, _) = integers(values);
    let moved: Vec<Int> = column.iter().map(|v| v - &column[0]).collect();
    let divisor = content(&moved).max(Int::ONE);
    moved.iter().map(|v| v.divided_by(&divisor)).collect()
}

impl Terms {
    pub(super) fn new(data: &Data, problem: &Problem, mirrored: bool) -> Self {
        let sites = data.sites();
        let mut site_of_point = vec![0; data.points.len()];
        sites.iter().enumerate().for_each(|(site, points)| points.iter().for_each(|&i| site_of_point[i] = site));
        let site_values = |c: usize| sites.iter().map(|points| data.points[points[0]][c].clone()).collect::<Vec<_>>();
        let columns: Vec<Vec<Int>> = (0..problem.dimension).map(|c| column(&site_values(c))).collect();
        let row = |s: usize| columns.iter().map(|column| column[s].clone()).chain([Int::ONE]).collect();
        let mean = |points: &Vec<usize>| points.iter().fold(RBig::ZERO, |sum, &i| sum + &data.targets[i]) / RBig::from(points.len());
        let means: Vec<RBig> = sites.iter().map(mean).collect();
        let (inverse_counts, multiple) = integers(&sites.iter().map(|points| RBig::ONE / RBig::from(points.len())).collect::<Vec<_>>());
        let (site_targets, site_scale) = integers(&means);
        let (mut site_of_item, mut constant) = (site_of_point.clone(), RBig::ZERO);
        let (mut targets, scale) = integers(&data.targets);
        let mut unit = RBig::ONE / scale;
        if problem.loss == Loss::L2 {
            site_of_item = (0..sites.len()).collect();
            constant = data.targets.iter().zip(&site_of_point).map(|(y, &s)| (y - &means[s]).sqr()).fold(RBig::ZERO, |sum, square| sum + square);
            targets.clone_from(&site_targets);
            unit = multiple / site_scale.sqr();
        } else if problem.loss == Loss::ZeroOne {
            unit = RBig::ONE;
        }
        Terms {
            rows: (0..sites.len()).map(row).collect(),
            site_of_point,
            site_of_item,
            targets,
            inverse_counts,
            constant,
            unit,
            site_targets,
            positive: data.targets.iter().map(|y| *y > RBig::ZERO).collect(),
            problem: problem.clone(),
            mirrored,
        }
    }

    /// The bound that `u` proves, in the unit of [`Terms::loss`]: numerator and denominator.
    pub(super) fn bound(&self, u: &[Int]) -> (Int, Int) {
        let product = Int::dot(u, &self.targets);
        if product <= Int::ZERO {
            return (Int::ZERO, Int::ONE);
        }
        let sizes = u.iter().map(Int::abs);
        match self.problem.loss {
            Loss::L2 => {
                let mut squares = Int::ZERO;
                u.iter().zip(&self.inverse_counts).for_each(|(u, inverse)| squares.add_product(u, &(u * inverse)));
                (&product * &product, squares)
            }
            Loss::L1 => (product, sizes.max().unwrap_or(Int::ONE)),
            Loss::Linf | Loss::ZeroOne => (product, sizes.fold(Int::ZERO, |sum, u| &sum + &u)),
        }
    }

    /// The loss that a bound stands for.
    pub(super) fn loss(&self, (numerator, denominator): &(Int, Int)) -> RBig {
        &self.constant + &self.unit * RBig::from(numerator.big()) / RBig::from(denominator.big())
    }
}
