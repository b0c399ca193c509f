//! The best constant network: the first incumbent, and the optimum of width 0.

use crate::exact::Rational;
use crate::instance::Loss;
use crate::network::loss_of;

/// The constant of least loss for these targets, and that loss.
///
/// A mean, a median or a midrange; for the 0-1 loss 1 or 0, whichever class has more points. (Theorem: the mean minimises the sum of squares, every
/// median the sum and the midrange the maximum of absolute deviations.)
pub(in crate::train) fn best_constant(targets: &[Rational], loss: Loss) -> (Rational, Rational) {
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
