//! The condition `u·φ ≤ 0 for all networks of a node`, and what follows for the 0-1 loss.

use super::Node;
use super::cone::{Cone, State, Values};
use super::reason::Reason;
use super::records::Records;
use super::terms::Terms;
use crate::result::Activation;
use dashu_int::IBig;
use std::collections::BTreeSet;
use std::io::BufRead;

/// `U_s` for each site.
pub(super) fn site_sums<'a>(terms: &Terms, entries: impl Iterator<Item = (usize, &'a IBig)>) -> Vec<IBig> {
    let mut sums = vec![IBig::ZERO; terms.rows.len()];
    entries.for_each(|(site, u)| sums[site] += u);
    sums
}

/// Reads the multipliers and confirms the condition for the dual with these sums.
pub(super) fn confirm<R: BufRead>(terms: &Terms, node: &Node, sums: &[IBig], records: &mut Records<R>) -> Result<(), Reason> {
    let total = sums.iter().fold(IBig::ZERO, |total, u| total + u);
    if terms.output_bias && total != IBig::ZERO {
        return Err(Reason::Sum(total.to_string()));
    }
    let negated: Vec<IBig> = sums.iter().map(|u| -u).collect();
    for (j, cone) in node.cones.iter().enumerate() {
        let gains = if node.is_plus(j) { sums } else { &negated };
        let excess = match terms.activation {
            Activation::Relu => relu_excess(terms, cone, j, gains, records)?,
            Activation::Threshold => {
                let largest = gains.iter().zip(&cone.table(terms).states).filter(|(gain, state)| match state {
                    State::On => true,
                    State::Off => false,
                    State::Undecided => **gain > IBig::ZERO,
                });
                largest.fold(IBig::ZERO, |sum, (gain, _)| sum + gain)
            }
        };
        if excess > IBig::ZERO {
            return Err(Reason::Condition(j, excess.to_string()));
        }
    }
    Ok(())
}

/// The greatest value of `G` on the generators, where `gains` is `a U`.
fn relu_excess<R: BufRead>(terms: &Terms, cone: &Cone, j: usize, gains: &[IBig], records: &mut Records<R>) -> Result<IBig, Reason> {
    let table = cone.table(terms);
    // G(r) = Σ_s z_s·(positive_s if z_s > 0, else negative_s) with z_s = x̃_s·r: both are −p_s where the gain is negative.
    let share = |(gain, state): (&IBig, &State)| if *gain > IBig::ZERO || *state == State::On { gain.clone() } else { IBig::ZERO };
    let mut positive: Vec<IBig> = gains.iter().zip(&table.states).map(share).collect();
    let mut negative: Vec<IBig> = positive.iter().map(|share| if *share < IBig::ZERO { share.clone() } else { IBig::ZERO }).collect();
    let mut before = None;
    for _ in 0..records.index(gains.len() + 1, "size of a list")? {
        let site = records.next_index(before, gains.len(), "site")?;
        let (p, most) = (records.natural()?, -&gains[site]);
        if table.states[site] != State::Undecided || most <= IBig::ZERO {
            return Err(Reason::NoMultiplier(j, site));
        }
        if p > most {
            return Err(Reason::Multiplier(j, site));
        }
        let p = if p == IBig::ZERO { most } else { p };
        (positive[site], negative[site]) = (-&p, -p);
        before = Some(site);
    }
    let small = |values: &[IBig]| values.iter().map(|v| i64::try_from(v).ok()).collect::<Option<Vec<i64>>>();
    let large = |z: &mut dyn Iterator<Item = IBig>| {
        z.zip(positive.iter().zip(&negative)).fold(IBig::ZERO, |sum, (z, (p, n))| if z > IBig::ZERO { sum + z * p } else { sum + z * n })
    };
    let excesses: Vec<IBig> = match (&table.values, small(&positive), small(&negative)) {
        (Values::Small(rows), Some(positive), Some(negative)) => {
            let share = |(z, (p, n)): (&i64, (&i64, &i64))| i128::from(*z) * i128::from(if *z > 0 { *p } else { *n });
            let sum = |row: &Vec<i64>| row.iter().zip(positive.iter().zip(&negative)).map(share).try_fold(0i128, i128::checked_add);
            rows.iter().map(|row| sum(row).map_or_else(|| large(&mut row.iter().map(|&z| IBig::from(z))), IBig::from)).collect()
        }
        (Values::Small(rows), ..) => rows.iter().map(|row| large(&mut row.iter().map(|&z| IBig::from(z)))).collect(),
        (Values::Large(rows), ..) => rows.iter().map(|row| large(&mut row.iter().cloned())).collect(),
    };
    Ok(excesses.into_iter().max().unwrap_or_default())
}

/// Reads the vectors of a node of the 0-1 loss. Returns how many points have a wrong class at least, `None` if the node is empty.
pub(super) fn wrong_points<R: BufRead>(terms: &Terms, node: &Node, records: &mut Records<R>) -> Result<Option<usize>, Reason> {
    let points = terms.positive.len();
    let mut found = node.marks.values().filter(|right| !**right).count();
    let (mut used, mut empty) = (BTreeSet::new(), false);
    for _ in 0..records.index(points + 1, "number of vectors")? {
        let mut vector: Vec<(usize, IBig)> = Vec::new();
        let mut unmarked = 0;
        for _ in 0..records.index(points + 1, "size of a list")? {
            let i = records.next_index(vector.last().map(|(i, _)| *i), points, "point")?;
            let u = records.integer()?;
            let should_be_positive = terms.positive[i] == node.marks.get(&i).copied().unwrap_or(true);
            if u == IBig::ZERO || (u > IBig::ZERO) != should_be_positive {
                return Err(Reason::Class(i));
            }
            if !node.marks.contains_key(&i) {
                unmarked += 1;
                if !used.insert(i) {
                    return Err(Reason::Shared(i));
                }
            }
            vector.push((i, u));
        }
        if vector.iter().all(|(_, u)| *u < IBig::ZERO) {
            return Err(Reason::NotPositive);
        }
        let sums = site_sums(terms, vector.iter().map(|(i, u)| (terms.site_of_point[*i], u)));
        confirm(terms, node, &sums, records)?;
        found += 1;
        empty |= unmarked == 0;
    }
    Ok((!empty).then_some(found))
}
