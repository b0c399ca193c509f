//! Double description by the book: all numbers big integers, all hyperplanes kept, everything computed anew at each cut.

use super::super::State;
use crate::exact::Integer;
use crate::train::search::Model;
use dashu_base::{Abs, Gcd, Signed};

/// A full-dimensional cone.
#[derive(Debug, Clone)]
pub(super) struct NaiveCone {
    /// The cuts in their order: site, and whether it is on.
    pub(super) bits: Vec<(usize, bool)>,
    /// The generators as primitive integer vectors; the first `2·lines` are `ℓ, −ℓ` for each line.
    pub(super) rays: Vec<Vec<Integer>>,
    /// The number of lines (the dimension of the lineality space).
    pub(super) lines: usize,
    /// For each generator the sites' values `x̃_s·r`, exactly.
    pub(super) exact_values: Vec<Vec<Integer>>,
    /// A state for each site.
    pub(super) states: Vec<State>,
}

pub(super) fn primitive(v: Vec<Integer>) -> Vec<Integer> {
    let divisor = v.iter().fold(Integer::ZERO, |g, x| if x.is_zero() { g } else { Integer::from((&g).gcd(x)) }).abs();
    if divisor.is_zero() || divisor.is_one() { v } else { v.into_iter().map(|x| x / &divisor).collect() }
}

/// `b·u − a·v`.
fn combine(a: &Integer, u: &[Integer], b: &Integer, v: &[Integer]) -> Vec<Integer> {
    primitive(u.iter().zip(v).map(|(x, y)| b * x - a * y).collect())
}

fn negated(v: &[Integer]) -> Vec<Integer> {
    v.iter().map(|x| -x).collect()
}

impl NaiveCone {
    /// The whole space.
    pub(super) fn root(model: &Model<'_>) -> Self {
        let rank = model.rank();
        let unit = |c: usize, sign: i8| (0..rank).map(|i| if i == c { Integer::from(sign) } else { Integer::ZERO }).collect();
        let rays = (0..rank).flat_map(|c| [unit(c, 1), unit(c, -1)]).collect();
        NaiveCone::assemble(model, Vec::new(), rays, rank)
    }

    /// The part of this cone on which `site`, undecided here, is on or off.
    pub(super) fn cut(&self, model: &Model<'_>, site: usize, on: bool) -> NaiveCone {
        debug_assert_eq!(self.states[site], State::Undecided);
        let value = |g: usize| if on { self.exact_values[g][site].clone() } else { -&self.exact_values[g][site] };
        let mut bits = self.bits.clone();
        bits.push((site, on));
        let (lines, rays): (Vec<usize>, Vec<usize>) = ((0..self.lines).map(|l| 2 * l).collect(), (2 * self.lines..self.rays.len()).collect());
        if let Some(&pivot) = lines.iter().find(|&&l| !self.exact_values[l][site].is_zero()) {
            // Everything else moves along the pivot line into the hyperplane, and the pivot becomes a ray.
            let pivot_value = value(pivot);
            let direction = if pivot_value.is_positive() { self.rays[pivot].clone() } else { negated(&self.rays[pivot]) };
            let pivot_value = pivot_value.abs();
            let moved = |g: usize| combine(&value(g), &self.rays[g], &pivot_value, &direction);
            let mut generators: Vec<Vec<Integer>> = lines.iter().filter(|&&l| l != pivot).map(|&l| moved(l)).flat_map(|l| [negated(&l), l]).collect();
            generators.extend(rays.iter().map(|&r| moved(r)));
            generators.push(direction);
            return NaiveCone::assemble(model, bits, generators, self.lines - 1);
        }
        let zeros: Vec<Vec<bool>> =
            (0..self.rays.len()).map(|g| self.bits.iter().map(|&(s, _)| self.exact_values[g][s].is_zero()).collect()).collect();
        let adjacent = |p: usize, n: usize| {
            let common: Vec<usize> = (0..self.bits.len()).filter(|&b| zeros[p][b] && zeros[n][b]).collect();
            !rays.iter().any(|&r| r != p && r != n && common.iter().all(|&b| zeros[r][b]))
        };
        let mut generators: Vec<Vec<Integer>> = self.rays[..2 * self.lines].to_vec();
        generators.extend(rays.iter().filter(|&&r| !value(r).is_negative()).map(|&r| self.rays[r].clone()));
        for &p in rays.iter().filter(|&&r| value(r) > Integer::ZERO) {
            for &n in rays.iter().filter(|&&r| value(r).is_negative()) {
                if adjacent(p, n) {
                    generators.push(combine(&value(n), &self.rays[n], &value(p), &self.rays[p]));
                }
            }
        }
        NaiveCone::assemble(model, bits, generators, self.lines)
    }

    fn assemble(model: &Model<'_>, bits: Vec<(usize, bool)>, rays: Vec<Vec<Integer>>, lines: usize) -> Self {
        let sites = model.sites();
        let exact_values: Vec<Vec<Integer>> =
            rays.iter().map(|r| (0..sites).map(|s| model.row(s).iter().zip(r).fold(Integer::ZERO, |sum, (x, v)| sum + x * v)).collect()).collect();
        let states = (0..sites)
            .map(|s| match (exact_values.iter().any(|row| row[s].is_negative()), exact_values.iter().any(|row| row[s] > Integer::ZERO)) {
                (true, true) => State::Undecided,
                (true, false) => State::Off,
                _ => State::On,
            })
            .collect();
        NaiveCone { bits, rays, lines, exact_values, states }
    }
}
