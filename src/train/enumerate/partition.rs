//! A lower bound for problems that are too large to enumerate: the data in groups, each enumerated by itself.
//!
//! A network restricted to some of the points is a network for these points. So if the points are divided into groups, the sum of the groups' minima (for the
//! maximum loss, the largest of them) is at most the minimum over all points. Groups of every `m`-th point look like the whole data set, and are as large as
//! a short enumeration allows.

use super::{Enumerate, scan};
use crate::arrangement::count_general_position;
use crate::exact::{Rational, lower_f64};
use crate::instance::{Data, Instance, Loss};
use crate::train::local::Local;
use crate::train::pattern::PatternSpace;
use crate::train::{Control, Trainer};
use dashu_base::BitTest;
use std::time::Duration;

/// The most cells and the most tuples of them that a group may have: each a fraction of a second.
const MOST_CELLS: u64 = 30_000;
const MOST_TUPLES: u64 = 1_000_000;
/// At most this long, and at most this fraction of the time that is left.
const LONGEST: Duration = Duration::from_secs(10);
const SHARE: u32 = 8;

/// A lower bound on the loss of every network of the instance's class; 0 where groups would be too small to say anything.
pub(in crate::train) fn bound(space: &PatternSpace<'_>, control: &Control<'_>) -> Rational {
    bound_by_groups(space, MOST_CELLS, MOST_TUPLES, control)
}

fn bound_by_groups(space: &PatternSpace<'_>, most_cells: u64, most_tuples: u64, control: &Control<'_>) -> Rational {
    let instance = space.instance();
    let (rows, rank, width) = (space.design().rows().len(), space.design().rank(), instance.architecture.width);
    let is_short = |points: usize| {
        let cells = u64::try_from(count_general_position(points, rank - 1)).unwrap_or(u64::MAX);
        cells <= most_cells && scan::binomial(cells.saturating_add(width as u64 - 1), width as u64) <= most_tuples
    };
    let size = (1..=rows).take_while(|&points| is_short(points)).last().unwrap_or(0);
    // So few points in general position are fitted by neurons that are active on them alone.
    if size <= width * rank {
        return Rational::ZERO;
    }
    let budget = control.time_left().map_or(LONGEST, |left| LONGEST.min(left / SHARE));
    let limited = control.limited(budget);
    let groups = rows.div_ceil(size);
    let method = Enumerate { local: Local { starts: 10, ..Local::default() }, ..Enumerate::default() };
    let minima = (0..groups).map_while(|group| {
        let points: Vec<usize> = (group..rows).step_by(groups).flat_map(|row| space.design().points_of_row(row)).copied().collect();
        if limited.should_stop().is_some() {
            return None;
        }
        method.train(&part(instance, &points), &limited).ok().map(|outcome| outcome.lower_bound)
    });
    shorten(match instance.loss {
        Loss::Linf => minima.max().unwrap_or(Rational::ZERO),
        Loss::L2 | Loss::L1 | Loss::ZeroOne => minima.fold(Rational::ZERO, |sum, minimum| sum + minimum),
    })
}

/// A sum of many fractions has hundreds of digits; the float below it is a bound as well.
fn shorten(bound: Rational) -> Rational {
    if bound.denominator().bit_len() <= 64 {
        return bound;
    }
    Rational::try_from(lower_f64(&bound)).unwrap_or(bound).max(Rational::ZERO)
}

/// The problem on some of the points.
fn part(instance: &Instance, points: &[usize]) -> Instance {
    let all = &instance.data;
    let chosen = |i: &usize| (all.points()[*i].clone(), all.targets()[*i].clone());
    let (points, targets) = points.iter().map(chosen).unzip();
    let data = Data::new(points, targets).expect("a group has points of one dimension");
    Instance { data, target_error: None, ..instance.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::parse_rational;
    use crate::instance::{Activation, Architecture};
    use crate::train::Status;

    /// Origin: the exact minimum of the whole, and that a group's minimum here is positive: 60 points on a zigzag, which one neuron cannot follow.
    #[test]
    fn groups_bound_the_whole() {
        let integers = |f: &dyn Fn(i32) -> i32| (0..60).map(|i| parse_rational(&f(i).to_string()).unwrap()).collect::<Vec<_>>();
        let data = Data::new(integers(&|i| i).into_iter().map(|x| vec![x]).collect(), integers(&|i| i * 7 % 5)).unwrap();
        for loss in [Loss::L2, Loss::L1, Loss::Linf] {
            let architecture = Architecture { activation: Activation::Relu, width: 1, output_bias: false, convex: false, affine: false };
            let instance = Instance { data: data.clone(), architecture, loss, target_error: None };
            // 20 cells: six groups of ten points.
            let bound = bound_by_groups(&PatternSpace::new(&instance), 20, 1000, &Control::default());
            let minimum = Enumerate::default().train(&instance, &Control::default()).unwrap();
            assert_eq!(minimum.status, Status::Optimal);
            assert!(bound > Rational::ZERO && bound <= minimum.lower_bound, "{loss:?}: {bound}");
        }
    }
}
