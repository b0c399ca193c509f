//! The lines through three or more sites, and what their targets demand.

use super::Bend;
use super::directions::Directions;
use crate::exact::{Integer, Rational};
use crate::instance::Activation;
use crate::train::search::Model;
use dashu_base::{Abs, Gcd};
use std::collections::{HashMap, HashSet};

/// A site of a line and its coordinate along it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) site: usize,
    pub(super) coordinate: Integer,
}

/// `v` divided by the greatest common divisor of its entries and by the sign of the first one that is not 0, and what it was divided by.
fn direction(mut v: Vec<Integer>) -> (Vec<Integer>, Integer) {
    let divisor = v.iter().fold(Integer::ZERO, |g, x| if x.is_zero() { g } else { Integer::from((&g).gcd(x)) }).abs();
    let negative = v.iter().find(|x| !x.is_zero()).is_some_and(|x| *x < Integer::ZERO);
    let divisor = if negative { -divisor } else { divisor };
    v.iter_mut().for_each(|x| *x /= &divisor);
    (v, divisor)
}

/// Every line through three or more sites, as its sites in their order. The coordinates of a line are in units of the primitive integer vector along it.
///
/// # Complexity
/// `O(n² log n)` operations on machine words for `n` sites (all on one line: `O(n log n)`), and integers only for the sites of lines.
pub(super) fn of(model: &Model<'_>) -> Vec<Vec<Place>> {
    if model.rank() <= 2 {
        let all = (1..model.sites()).collect::<Vec<_>>();
        return if model.sites() < 3 { Vec::new() } else { through(model, 0, &all) };
    }
    let directions = Directions::new(model);
    let mut lines = Vec::new();
    // The directions of lines that are listed, at each of their later sites.
    let mut listed: Vec<HashSet<Vec<Integer>>> = vec![HashSet::new(); model.sites()];
    for s in 0..model.sites() {
        let keys = directions.from(s);
        let mut groups: Vec<Vec<usize>> =
            keys.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() >= 2).map(|group| group.iter().map(|&(_, site)| site).collect()).collect();
        groups.sort_unstable();
        for group in groups {
            let along = direction(difference(model, s, group[0])).0;
            if listed[s].contains(&along) {
                continue;
            }
            for line in through(model, s, &group) {
                let other = line.iter().find(|place| place.site != s).expect("three sites");
                let along = direction(difference(model, s, other.site)).0;
                line.iter().for_each(|place| {
                    listed[place.site].insert(along.clone());
                });
                lines.push(line);
            }
        }
    }
    lines
}

fn difference(model: &Model<'_>, s: usize, other: usize) -> Vec<Integer> {
    model.row(other).iter().zip(model.row(s)).map(|(x, y)| x - y).collect()
}

/// The lines through site `s` and at least two of the others.
fn through(model: &Model<'_>, s: usize, others: &[usize]) -> Vec<Vec<Place>> {
    let mut lines: Vec<Vec<Place>> = Vec::new();
    let mut place_of: HashMap<Vec<Integer>, usize> = HashMap::new();
    for &site in others {
        let (along, coordinate) = direction(difference(model, s, site));
        let place = *place_of.entry(along).or_insert_with(|| {
            lines.push(vec![Place { site: s, coordinate: Integer::ZERO }]);
            lines.len() - 1
        });
        lines[place].push(Place { site, coordinate });
    }
    lines.retain(|line| line.len() >= 3);
    lines.iter_mut().for_each(|line| line.sort_by(|p, q| p.coordinate.cmp(&q.coordinate)));
    lines
}

fn target<'m>(model: &'m Model<'_>, place: &Place) -> &'m Rational {
    &model.items[model.items_of_site[place.site][0]].target
}

/// The consecutive triples that are not collinear with their targets, each with its position on the line.
pub(super) fn bends(model: &Model<'_>, line: &[Place]) -> Vec<(usize, Bend)> {
    let bend = |(i, triple): (usize, &[Place])| {
        let [a, b, c] = triple else { unreachable!("a window of three") };
        let rise = |p: &Place, q: &Place| target(model, q) - target(model, p);
        let run = |p: &Place, q: &Place| &q.coordinate - &p.coordinate;
        let (before, after) = (rise(a, b) * run(b, c), rise(b, c) * run(a, b));
        (before != after).then(|| (i, Bend { ends: [a.site, c.site], middle: Some(b.site), up: before < after }))
    };
    line.windows(3).enumerate().filter_map(bend).collect()
}

/// The consecutive pairs with different targets, each with its position on the line.
pub(super) fn steps(model: &Model<'_>, line: &[Place]) -> Vec<(usize, Bend)> {
    let step = |(i, pair): (usize, &[Place])| {
        let [a, c] = pair else { unreachable!("a window of two") };
        let (before, after) = (target(model, a), target(model, c));
        (before != after).then(|| (i, Bend { ends: [a.site, c.site], middle: None, up: before < after }))
    };
    line.windows(2).enumerate().filter_map(step).collect()
}

/// Largest sets of a line's bends of which no neuron serves two: all steps of a threshold network; for ReLU, in either direction, bends that are chosen from the left and
/// from the right so that no two overlap.
pub(super) fn families(activation: Activation, bends: &[(usize, Bend)]) -> Vec<Vec<usize>> {
    let mut families: Vec<Vec<usize>> = Vec::new();
    if activation == Activation::Threshold {
        families.push((0..bends.len()).collect());
    } else {
        for up in [true, false] {
            let own: Vec<usize> = (0..bends.len()).filter(|&b| bends[b].1.up == up).collect();
            let mut chosen: [Vec<usize>; 2] = [Vec::new(), Vec::new()];
            let apart = |chosen: &[usize], b: usize| chosen.last().is_none_or(|&last| bends[b].0.abs_diff(bends[last].0) >= 2);
            for &b in &own {
                if apart(&chosen[0], b) {
                    chosen[0].push(b);
                }
            }
            for &b in own.iter().rev() {
                if apart(&chosen[1], b) {
                    chosen[1].push(b);
                }
            }
            chosen[1].reverse();
            let [from_left, from_right] = chosen;
            if from_left != from_right {
                families.push(from_right);
            }
            families.push(from_left);
        }
    }
    families.retain(|family| !family.is_empty());
    families
}
