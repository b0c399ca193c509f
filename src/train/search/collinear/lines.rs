//! The lines through three or more sites, and what their targets demand.

use super::Bend;
use crate::exact::{Integer, Rational};
use crate::instance::Activation;
use crate::train::search::Model;
use dashu_base::{Abs, Gcd};
use std::collections::HashMap;

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
pub(super) fn of(model: &Model<'_>) -> Vec<Vec<Place>> {
    let mut lines = Vec::new();
    for s in 0..model.sites() {
        // The line is listed at the first of its sites.
        let mut through: HashMap<Vec<Integer>, Vec<Place>> = HashMap::new();
        let mut order = Vec::new();
        for other in (0..model.sites()).filter(|&other| other != s) {
            let difference = model.row(other).iter().zip(model.row(s)).map(|(x, y)| x - y).collect();
            let (along, coordinate) = direction(difference);
            let places = through.entry(along.clone()).or_default();
            if places.is_empty() {
                order.push(along);
            }
            places.push(Place { site: other, coordinate });
        }
        for along in order {
            let mut line = through.remove(&along).expect("listed once");
            if line.len() >= 2 && line.iter().all(|place| place.site > s) {
                line.push(Place { site: s, coordinate: Integer::ZERO });
                line.sort_by(|p, q| p.coordinate.cmp(&q.coordinate));
                lines.push(line);
            }
        }
    }
    lines
}

fn target<'m>(model: &'m Model<'_>, place: &Place) -> &'m Rational {
    &model.items[model.items_of_site[place.site][0]].target
}

/// The consecutive triples that are not collinear with their targets, each with its position on the line.
pub(super) fn bends(model: &Model<'_>, line: &[Place]) -> Vec<(usize, Bend)> {
    let bend = |(i, triple): (usize, &[Place])| {
        let [a, b, c] = triple else { unreachable!("a window of three") };
        let rise = |p: &Place, q: &Place| (target(model, q) - target(model, p)) / Rational::from(&q.coordinate - &p.coordinate);
        let (before, after) = (rise(a, b), rise(b, c));
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
