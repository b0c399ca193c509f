//! The data of a problem in integers: the sites (distinct points), the terms of the loss, and what a dual proves.

use super::cone::content;
use crate::data::Data;
use crate::result::{Activation, Loss, Problem};
use dashu_int::IBig;
use dashu_int::ops::{Abs, Gcd};
use dashu_ratio::RBig;
use std::collections::BTreeMap;

pub(super) struct Terms {
    /// The rows `x̃_s` of the sites in the order of first appearance: integers, the last of them 1, each column moved and scaled as is convenient.
    pub(super) rows: Vec<Vec<IBig>>,
    /// All rows one after another, if they fit.
    pub(super) small_rows: Option<Vec<i64>>,
    pub(super) site_of_point: Vec<usize>,
    /// The site of each item.
    pub(super) site_of_item: Vec<usize>,
    /// The targets of the items, times `scale`.
    targets: Vec<IBig>,
    scale: RBig,
    /// For each site a multiple of `1/m_s`, and the multiple.
    inverse_counts: Vec<IBig>,
    multiple: RBig,
    /// What the loss is at least: for squares `Σ (y_i − ȳ)²`.
    constant: RBig,
    /// Any target of each site, times one number.
    pub(super) site_targets: Vec<IBig>,
    /// For each point whether its target is positive.
    pub(super) positive: Vec<bool>,
    loss: Loss,
    pub(super) activation: Activation,
    pub(super) output_bias: bool,
    /// Whether the networks may have an affine term besides, so that ReLUs without a cut may be mirrored.
    pub(super) mirrored: bool,
}

/// Integers that are the same multiple of `values`, and the multiple.
fn integers(values: &[RBig]) -> (Vec<IBig>, RBig) {
    let common = values.iter().fold(IBig::ONE, |lcm, v| {
        let denominator = IBig::from(v.denominator().clone());
        &lcm / IBig::from((&lcm).gcd(&denominator)) * denominator
    });
    (values.iter().map(|v| v.numerator() * (&common / IBig::from(v.denominator().clone()))).collect(), RBig::from(common))
}

/// `Σ u_i^power f_i`.
fn sum(u: &[IBig], factors: &[IBig], power: u32) -> IBig {
    let small = u.iter().zip(factors).try_fold(0i128, |sum, (u, f)| {
        let (u, f) = (i64::try_from(u).ok()?, i64::try_from(f).ok()?);
        sum.checked_add(i128::from(u).checked_pow(power)?.checked_mul(f.into())?)
    });
    small.map_or_else(|| u.iter().zip(factors).fold(IBig::ZERO, |sum, (u, f)| sum + u.pow(power as usize) * f), IBig::from)
}

/// A column as integers, up to a shift and a positive factor.
fn column(values: &[RBig]) -> Vec<IBig> {
    let (mut column, _) = integers(values);
    let first = column[0].clone();
    column.iter_mut().for_each(|v| *v -= &first);
    let divisor = content(column.iter()).max(IBig::ONE);
    column.into_iter().map(|v| v / &divisor).collect()
}

impl Terms {
    pub(super) fn new(data: &Data, problem: &Problem) -> Self {
        let mut site_of: BTreeMap<&[RBig], usize> = BTreeMap::new();
        let mut points_of_site: Vec<Vec<usize>> = Vec::new();
        let mut site_of_point = Vec::new();
        for (i, x) in data.points.iter().enumerate() {
            let site = *site_of.entry(x).or_insert(points_of_site.len());
            if site == points_of_site.len() {
                points_of_site.push(Vec::new());
            }
            points_of_site[site].push(i);
            site_of_point.push(site);
        }
        let site_values = |c: usize| points_of_site.iter().map(|points| data.points[points[0]][c].clone()).collect::<Vec<_>>();
        let columns: Vec<Vec<IBig>> = (0..problem.dimension).map(|c| column(&site_values(c))).collect();
        let rows: Vec<Vec<IBig>> =
            (0..points_of_site.len()).map(|s| columns.iter().map(|column| column[s].clone()).chain([IBig::ONE]).collect()).collect();
        let counts: Vec<RBig> = points_of_site.iter().map(|points| RBig::from(points.len())).collect();
        let means: Vec<RBig> =
            points_of_site.iter().zip(&counts).map(|(points, m)| points.iter().fold(RBig::ZERO, |sum, &i| sum + &data.targets[i]) / m).collect();
        let (site_of_item, (targets, scale), constant) = if problem.loss == Loss::L2 {
            let square = |(y, &s): (&RBig, &usize)| (y - &means[s]) * (y - &means[s]);
            let constant = data.targets.iter().zip(&site_of_point).map(square).fold(RBig::ZERO, |sum, square| sum + square);
            ((0..rows.len()).collect(), integers(&means), constant)
        } else {
            (site_of_point.clone(), integers(&data.targets), RBig::ZERO)
        };
        let (inverse_counts, multiple) = integers(&counts.iter().map(|m| RBig::ONE / m).collect::<Vec<_>>());
        Terms {
            small_rows: rows.iter().flatten().map(|v| i64::try_from(v).ok()).collect(),
            rows,
            site_of_point,
            site_of_item,
            targets,
            scale,
            inverse_counts,
            multiple,
            constant,
            site_targets: integers(&means).0,
            positive: data.targets.iter().map(|y| *y > RBig::ZERO).collect(),
            loss: problem.loss,
            activation: problem.activation,
            output_bias: problem.output_bias,
            mirrored: false,
        }
    }

    /// The bound that `u` proves, in the unit of [`Terms::loss`]: numerator and denominator.
    pub(super) fn bound(&self, u: &[IBig]) -> (IBig, IBig) {
        let product = sum(u, &self.targets, 1);
        if product <= IBig::ZERO {
            return (IBig::ZERO, IBig::ONE);
        }
        match self.loss {
            Loss::L2 => (product.sqr().into(), sum(u, &self.inverse_counts, 2)),
            Loss::L1 => (product, u.iter().map(Abs::abs).max().unwrap_or_default()),
            Loss::Linf | Loss::ZeroOne => (product, u.iter().fold(IBig::ZERO, |sum, u| sum + u.abs())),
        }
    }

    /// The loss that a bound stands for.
    pub(super) fn loss(&self, (numerator, denominator): (IBig, IBig)) -> RBig {
        let ratio = RBig::from(numerator) / RBig::from(denominator);
        match self.loss {
            Loss::L2 => &self.constant + ratio * &self.multiple / (&self.scale * &self.scale),
            Loss::L1 | Loss::Linf => ratio / &self.scale,
            Loss::ZeroOne => ratio,
        }
    }
}
