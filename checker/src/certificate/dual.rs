//! The condition `u·φ ≤ 0 for all networks of a node`, and what follows for the 0-1 loss.
//!
//! For a ReLU neuron of sign `a` the value of `G` at a generator `r` is `a Σ_s c_s x̃_s·r`, where `c_s` is `U_s` if the site is on, 0 if it is off, and for an undecided site
//! with `aU_s > 0` is `U_s` if `x̃_s·r > 0` and 0 otherwise, with `aU_s < 0` is `p_s` with the sign of `U_s`.

use super::cone::{Cone, Ray};
use super::int::Int;
use super::reason::Reason;
use super::records::Records;
use super::sites::Sites;
use super::terms::Terms;
use super::tree::Node;
use super::vector::Vector;
use crate::result::Activation;
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::io::BufRead;

/// Numbers at items or points give `U_s` for each site.
pub(super) fn site_sums(terms: &Terms, entries: impl Iterator<Item = (usize, Int)>) -> Vector {
    let mut sums = vec![Int::ZERO; terms.rows.len()];
    entries.for_each(|(site, u)| sums[site] = &sums[site] + &u);
    sums.into_iter().collect()
}

/// Reads the multipliers and confirms the condition for the dual with these sums.
pub(super) fn confirm<R: BufRead>(terms: &Terms, node: &Node, sums: &Vector, records: &mut Records<R>) -> Result<(), Reason> {
    // The last column is 1.
    let vanishing = if terms.mirrored { &terms.columns[..] } else { &terms.columns[terms.columns.len() - usize::from(terms.output_bias)..] };
    if let Some(moment) = vanishing.iter().map(|column| sums.dot(column)).find(|moment| !moment.is_zero()) {
        return Err(Reason::Sum(moment.to_string()));
    }
    let [negative, positive] = [Ordering::Less, Ordering::Greater].map(|sign| sums.of_sign(sign));
    for (j, cone) in node.cones.iter().enumerate() {
        let (raising, lowering) = if node.is_plus(j) { (&positive, &negative) } else { (&negative, &positive) };
        let raising_undecided = cone.undecided.and(raising);
        let value = match terms.activation {
            Activation::Threshold => sums.dot_at(&terms.columns[terms.columns.len() - 1], &cone.on.or(&raising_undecided).places()),
            Activation::Relu => {
                let free = cone.undecided.and(lowering);
                let p = records.list(sums.len(), "site", |records, site| {
                    let (p, most) = (records.natural()?, sums.get(site).abs());
                    match () {
                        () if !free.contains(site) => Err(Reason::NoMultiplier(j, site)),
                        () if p > most => Err(Reason::Multiplier(j, site)),
                        () if p.is_zero() => Ok(sums.get(site)),
                        () => Ok(if positive.contains(site) { p } else { -&p }),
                    }
                })?;
                greatest(terms, cone, sums, &p, &raising_undecided, node.is_plus(j))
            }
        };
        let excess = if node.is_plus(j) { value } else { -&value };
        if excess.is_positive() {
            return Err(Reason::Condition(j, excess.to_string()));
        }
    }
    Ok(())
}

/// The value `G(r)/a` on the generator where `G` is the greatest.
fn greatest(terms: &Terms, cone: &Cone, sums: &Vector, p: &[(usize, Int)], raising: &Sites, plus: bool) -> Int {
    let on = cone.on.places();
    let common = terms.columns.iter().map(|column| {
        let mut sum = sums.dot_at(column, &on);
        p.iter().for_each(|(site, c)| sum.add_product(c, &column.get(*site)));
        sum
    });
    let common: Vec<Int> = common.collect();
    let value = |ray: &Ray| {
        let (active, mut value) = (raising.and(&ray.positive).places(), Int::ZERO);
        for ((column, common), w) in terms.columns.iter().zip(&common).zip(&ray.w) {
            value.add_product(&(&sums.dot_at(column, &active) + common), w);
        }
        value
    };
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
            if u.is_zero() || u.is_positive() != should_be_positive {
                return Err(Reason::Class(point));
            }
            unmarked += usize::from(mark.is_none());
            if mark.is_none() && !used.insert(point) { Err(Reason::Shared(point)) } else { Ok(u) }
        })?;
        if !vector.iter().any(|(_, u)| u.is_positive()) {
            return Err(Reason::NotPositive);
        }
        let sums = site_sums(terms, vector.iter().map(|(point, u)| (terms.site_of_point[*point], u.clone())));
        confirm(terms, node, &sums, records)?;
        found += 1;
        empty |= unmarked == 0;
    }
    Ok(Some(found).filter(|_| !empty))
}
