//! The condition `u·φ ≤ 0 for all networks of a node`, and what follows for the 0-1 loss.

use super::Node;
use super::cone::{State, Table, Values};
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
    // a U for plus and for minus neurons.
    let gains = [Gains::new(sums.iter().map(|u| -u).collect()), Gains::new(sums.to_vec())];
    for (j, cone) in node.cones.iter().enumerate() {
        let (gains, table) = (&gains[usize::from(node.is_plus(j))], cone.table(terms));
        let excess = match terms.activation {
            Activation::Relu => relu_excess(table, gains, &multipliers(table, j, gains, records)?),
            Activation::Threshold => {
                let counts = |gain: &IBig, state: State| state == State::On || (state == State::Undecided && *gain > IBig::ZERO);
                let largest = gains.exact.iter().zip(&table.states).filter(|(gain, state)| counts(gain, **state));
                Some(largest.fold(IBig::ZERO, |sum, (gain, _)| sum + gain))
            }
        };
        if let Some(excess) = excess.filter(|excess| *excess > IBig::ZERO) {
            return Err(Reason::Condition(j, excess.to_string()));
        }
    }
    Ok(())
}

/// `a U`, also as machine integers if they fit.
struct Gains {
    exact: Vec<IBig>,
    small: Option<Vec<i64>>,
    medium: Option<Vec<i128>>,
}

impl Gains {
    fn new(exact: Vec<IBig>) -> Self {
        let mut small = Vec::with_capacity(exact.len());
        small.extend(exact.iter().map_while(|u| i64::try_from(u).ok()));
        let small = Some(small).filter(|small| small.len() == exact.len());
        let medium = if small.is_some() { None } else { exact.iter().map(|u| i128::try_from(u).ok()).collect() };
        Gains { exact, small, medium }
    }
}

fn multipliers<R: BufRead>(table: &Table, j: usize, gains: &Gains, records: &mut Records<R>) -> Result<Vec<(usize, IBig)>, Reason> {
    let sites = table.states.len();
    let mut list: Vec<(usize, IBig)> = Vec::new();
    for _ in 0..records.index(sites + 1, "size of a list")? {
        let site = records.next_index(list.last().map(|(site, _)| *site), sites, "site")?;
        let (p, most) = (records.natural()?, -&gains.exact[site]);
        if table.states[site] != State::Undecided || most <= IBig::ZERO {
            return Err(Reason::NoMultiplier(j, site));
        }
        if p > most {
            return Err(Reason::Multiplier(j, site));
        }
        list.push((site, if p == IBig::ZERO { most } else { p }));
    }
    Ok(list)
}

/// The greatest value of `G` on the generators, where `p` is the gain's magnitude on sites that are on, and as listed on undecided ones.
fn relu_excess(table: &Table, gains: &Gains, p: &[(usize, IBig)]) -> Option<IBig> {
    let states = &table.states;
    let exact = |row: &[IBig]| {
        let share = |((z, gain), state): ((&IBig, &IBig), &State)| {
            let counts = if *gain > IBig::ZERO { *z > IBig::ZERO } else { *state == State::On };
            if counts { z * gain } else { IBig::ZERO }
        };
        let shares = row.iter().zip(&gains.exact).zip(states).map(share).fold(IBig::ZERO, |sum, share| sum + share);
        p.iter().fold(shares, |sum, (site, p)| sum - p * &row[*site])
    };
    let fast = |row: &[i64]| {
        let short = match (&gains.small, &gains.medium) {
            (Some(gains), _) => shares(row, gains, states)?,
            (None, Some(gains)) => shares(row, gains, states)?,
            (None, None) => return None,
        };
        Some(p.iter().fold(IBig::from(short), |sum, (site, p)| sum - p * row[*site]))
    };
    match &table.values {
        Values::Small(rows) => {
            rows.iter().map(|row| fast(row).unwrap_or_else(|| exact(&row.iter().map(|&z| IBig::from(z)).collect::<Vec<_>>()))).max()
        }
        Values::Large(rows) => rows.iter().map(|row| exact(row)).max(),
    }
}

/// `G` without the listed multipliers, unless it overflows.
fn shares<T: Copy + Into<i128>>(row: &[i64], gains: &[T], states: &[State]) -> Option<i128> {
    row.iter().zip(gains).zip(states).try_fold(0i128, |sum, ((&z, &gain), &state)| {
        let gain: i128 = gain.into();
        let z = if gain > 0 {
            z.max(0)
        } else if state == State::On {
            z
        } else {
            0
        };
        sum.checked_add(gain.checked_mul(z.into())?)
    })
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
