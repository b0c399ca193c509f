//! What is proven without a solver: the best constant, and the error that equal points with different targets force.

use crate::exact::Rational;
use crate::instance::{Design, Instance, Loss};
use crate::network::loss_of;

/// The constant of least loss for these targets, and that loss.
///
/// A mean, a median or a midrange; for the 0-1 loss 1 or 0, whichever class has more points. (Theorem: the mean minimises the sum of squares, every
/// median the sum and the midrange the maximum of absolute deviations.)
pub(super) fn best_constant(targets: &[Rational], loss: Loss) -> (Rational, Rational) {
    let mut sorted = targets.to_vec();
    sorted.sort_unstable();
    let n = sorted.len();
    let constant = match loss {
        Loss::L2 => sorted.iter().fold(Rational::ZERO, |sum, y| sum + y) / Rational::from(n),
        Loss::L1 => sorted[n / 2].clone(),
        Loss::Linf => (&sorted[0] + &sorted[n - 1]) / Rational::from(2),
        Loss::ZeroOne => {
            let positive = sorted.iter().filter(|y| **y > Rational::ZERO).count();
            if 2 * positive > n { Rational::ONE } else { Rational::ZERO }
        }
    };
    let value = loss_of(&vec![constant.clone(); n], targets, loss);
    (constant, value)
}

/// A lower bound on the loss of every function: equal points get equal predictions, so each group of them costs at least what its best
/// constant costs.
pub(super) fn duplicates_bound(instance: &Instance, design: &Design) -> Rational {
    let costs = (0..design.rows().len()).map(|r| {
        let targets: Vec<Rational> = design.points_of_row(r).iter().map(|&i| instance.data.targets()[i].clone()).collect();
        best_constant(&targets, instance.loss).1
    });
    match instance.loss {
        Loss::Linf => costs.fold(Rational::ZERO, Ord::max),
        Loss::L1 | Loss::L2 | Loss::ZeroOne => costs.fold(Rational::ZERO, |sum, cost| sum + cost),
    }
}
