//! The condition `u·φ ≤ 0 for all networks of a node`, and what follows for the 0-1 loss.
//!
//! For a ReLU neuron of sign `a` the value of `G` at a generator `r` is `a Σ_s c_s x̃_s·r`, where `c_s` is `U_s` if the site is on, 0 if it is off, and for an undecided site
//! with `aU_s > 0` is `U_s` if `x̃_s·r > 0` and 0 otherwise, with `aU_s < 0` is `p_s` with the sign of `U_s`.

use super::cone::{Cone, Ray, Sites, places, sites_with};
use super::int::Int;
use super::reason::Reason;
use super::records::Records;
use super::terms::Terms;
use super::tree::Node;
use crate::result::Activation;
use dashu_int::ops::BitTest;
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::io::BufRead;

/// Numbers at items or points give `U_s` for each site.
pub(super) fn site_sums<'a>(terms: &Terms, entries: impl Iterator<Item = (usize, &'a Int)>) -> Vec<Int> {
    let mut sums = vec![Int::ZERO; terms.rows.len()];
    entries.for_each(|(site, u)| sums[site] = &sums[site] + u);
    sums
}

/// `Σ U_s x̃_s` over these sites.
fn moment(terms: &Terms, sums: &[Int], sites: impl Iterator<Item = usize>) -> Vec<Int> {
    let mut moment = vec![Int::ZERO; terms.rows[0].len()];
    sites.for_each(|site| moment.iter_mut().zip(&terms.rows[site]).for_each(|(m, x)| m.add_product(&sums[site], x)));
    moment
}

/// Reads the multipliers and confirms the condition for the dual with these sums.
pub(super) fn confirm<R: BufRead>(terms: &Terms, node: &Node, sums: &[Int], records: &mut Records<R>) -> Result<(), Reason> {
    let rank = terms.rows[0].len();
    if terms.mirrored || terms.problem.output_bias {
        // The last column is 1.
        let total = moment(terms, sums, 0..sums.len());
        if let Some(sum) = total[if terms.mirrored { 0 } else { rank - 1 }..].iter().find(|sum| **sum != Int::ZERO) {
            return Err(Reason::Sum(sum.big().to_string()));
        }
    }
    let [negative, positive] = [Ordering::Less, Ordering::Greater].map(|sign| sites_with(sums.len(), |site| sums[site].sign() == sign));
    for (j, cone) in node.cones.iter().enumerate() {
        let (raising, lowering) = if node.is_plus(j) { (&positive, &negative) } else { (&negative, &positive) };
        let raising_undecided = &cone.undecided & raising;
        let value = match terms.problem.activation {
            Activation::Threshold => places(&(&cone.on | raising_undecided)).fold(Int::ZERO, |sum, site| &sum + &sums[site]),
            Activation::Relu => {
                let free = &cone.undecided & lowering;
                let p = records.list(sums.len(), "site", |records, site| {
                    let (p, most) = (records.natural()?, sums[site].abs());
                    match () {
                        () if !free.bit(site) => Err(Reason::NoMultiplier(j, site)),
                        () if p > most => Err(Reason::Multiplier(j, site)),
                        () if p == Int::ZERO => Ok(sums[site].clone()),
                        () => Ok(if positive.bit(site) { p } else { p.negative() }),
                    }
                })?;
                greatest(terms, cone, sums, &p, &raising_undecided, node.is_plus(j))
            }
        };
        let excess = if node.is_plus(j) { value } else { value.negative() };
        if excess > Int::ZERO {
            return Err(Reason::Condition(j, excess.big().to_string()));
        }
    }
    Ok(())
}

/// The value `G(r)/a` on the generator where `G` is the greatest.
fn greatest(terms: &Terms, cone: &Cone, sums: &[Int], p: &[(usize, Int)], raising: &Sites, plus: bool) -> Int {
    let mut common = moment(terms, sums, places(&cone.on));
    p.iter().for_each(|(site, c)| common.iter_mut().zip(&terms.rows[*site]).for_each(|(v, x)| v.add_product(c, x)));
    let raised = |ray: &Ray| moment(terms, sums, places(&(raising & &ray.positive)));
    let value = |ray: &Ray| &Int::dot(&common, &ray.w) + &Int::dot(&raised(ray), &ray.w);
    let values = cone.generators().map(value);
    if plus { values.max() } else { values.min() }.unwrap_or(Int::ZERO)
}

/// Reads the vectors of a node of the 0-1 loss. Returns how many points have a wrong class at least, `None` if the node is empty.
pub(super) fn wrong_points<R: BufRead>(terms: &Terms, node: &Node, records: &mut Records<R>) -> Result<Option<usize>, Reason> {
    let points = terms.positive.len();
    let mut found = node.marks.values().filter(|right| !**right).count();
    let (mut used, mut empty) = (BTreeSet::new(), false);
    for _ in 0..records.index(points + 1, "number of vectors")? {
        let mut unmarked = 0;
        let vector = records.list(points, "point", |records, point| {
            let (u, mark) = (records.integer()?, node.marks.get(&point));
            let should_be_positive = terms.positive[point] == mark.copied().unwrap_or(true);
            if u == Int::ZERO || (u > Int::ZERO) != should_be_positive {
                return Err(Reason::Class(point));
            }
            unmarked += usize::from(mark.is_none());
            if mark.is_none() && !used.insert(point) { Err(Reason::Shared(point)) } else { Ok(u) }
        })?;
        if !vector.iter().any(|(_, u)| *u > Int::ZERO) {
            return Err(Reason::NotPositive);
        }
        let sums = site_sums(terms, vector.iter().map(|(point, u)| (terms.site_of_point[*point], u)));
        confirm(terms, node, &sums, records)?;
        found += 1;
        empty |= unmarked == 0;
    }
    Ok(Some(found).filter(|_| !empty))
}
