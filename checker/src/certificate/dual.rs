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
    if terms.mirrored {
        let moment = |c: usize| sums.iter().zip(&terms.rows).fold(IBig::ZERO, |total, (u, x)| total + u * &x[c]);
        if let Some(moment) = (0..terms.rows[0].len()).map(moment).find(|moment| *moment != IBig::ZERO) {
            return Err(Reason::Sum(moment.to_string()));
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Origin: the definition of G in machine integers that are small enough.
    #[test]
    fn numbers_of_all_sizes_give_the_same_excess() {
        let mut seed = 1u64;
        let mut random = |limit: i64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as i64 % (2 * limit + 1) - limit
        };
        for _ in 0..2000 {
            let (sites, generators) = (6, 3);
            let gains: Vec<i64> = (0..sites).map(|_| random(5)).collect();
            let rows: Vec<Vec<i64>> =
                (0..generators).map(|_| (0..sites).map(|s| if s % 3 == 0 { random(4).abs() } else { random(4) }).collect()).collect();
            let state = |s: usize| State::of(rows.iter().any(|row| row[s] > 0), rows.iter().any(|row| row[s] < 0));
            let states: Vec<State> = (0..sites).map(state).collect();
            let free = |s: &usize| gains[*s] < 0 && states[*s] == State::Undecided;
            let p: Vec<(usize, i64)> = (0..sites).filter(free).map(|s| (s, random(5).abs().min(-gains[s]))).collect();
            let all_p: Vec<i64> = (0..sites)
                .map(|s| match states[s] {
                    State::On => -gains[s],
                    _ => p.iter().find(|(site, _)| *site == s).map_or(0, |(_, p)| *p),
                })
                .collect();
            let g = |row: &Vec<i64>| -> i64 { (0..sites).map(|s| if gains[s] > 0 { gains[s] * row[s].max(0) } else { -all_p[s] * row[s] }).sum() };
            let expected = IBig::from(rows.iter().map(g).max().unwrap());
            for gain_bits in [0, 61, 66, 120, 125, 190] {
                for row_bits in [0, 58, 60, 130] {
                    let scaled = |v: &i64, bits: usize| IBig::from(*v) << bits;
                    let large: Vec<Vec<IBig>> = rows.iter().map(|row| row.iter().map(|z| scaled(z, row_bits)).collect()).collect();
                    let small = large.iter().map(|row| row.iter().map(|z| i64::try_from(z).ok()).collect()).collect::<Option<_>>();
                    let table = Table { values: small.map_or(Values::Large(large), Values::Small), states: states.clone() };
                    let p: Vec<(usize, IBig)> = p.iter().map(|(site, p)| (*site, scaled(p, gain_bits))).collect();
                    let gains = Gains::new(gains.iter().map(|gain| scaled(gain, gain_bits)).collect());
                    assert_eq!(relu_excess(&table, &gains, &p), Some(&expected << (gain_bits + row_bits)));
                }
            }
        }
    }
}
