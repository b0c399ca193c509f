//! The error that repeated points force on every network.

use super::constant::best_constant;
use crate::exact::Rational;
use crate::instance::{Instance, Loss};

/// A lower bound on the loss of *every* function: equal points get equal predictions, so points that repeat with different targets cost the best constant's loss on
/// their targets. 0 if no point repeats.
///
/// # Complexity
/// `O(n log n)`.
#[must_use]
pub fn duplicate_points(instance: &Instance) -> Rational {
    let repeated = instance.data.integers().points_of_distinct.iter().filter(|points| points.len() > 1);
    let losses = repeated.map(|points| {
        let targets: Vec<Rational> = points.iter().map(|&i| instance.data.targets()[i].clone()).collect();
        best_constant(&targets, instance.loss).1
    });
    match instance.loss {
        Loss::Linf => losses.max().unwrap_or(Rational::ZERO),
        Loss::L2 | Loss::L1 | Loss::ZeroOne => losses.fold(Rational::ZERO, |sum, loss| sum + loss),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::parse_rational;
    use crate::instance::{Activation, Architecture, Data};

    /// Origin: by hand. The point 0 repeats with targets 1, 2, 6 (mean 3, median 2, mid-range 7/2), the point 1 with 0, 0.
    #[test]
    fn by_hand() {
        let q = |s: &str| parse_rational(s).unwrap();
        let points = ["0", "1", "0", "2", "0", "1"].map(|x| vec![q(x)]).to_vec();
        let targets = ["1", "0", "2", "9", "6", "0"].map(q).to_vec();
        let data = Data::new(points, targets).unwrap();
        let architecture = Architecture { activation: Activation::Relu, width: 1, output_bias: false, convex: false, affine: false };
        let floor = |loss| duplicate_points(&Instance { data: data.clone(), architecture, loss, target_error: None });
        assert_eq!(floor(Loss::L2), q("14"));
        assert_eq!(floor(Loss::L1), q("5"));
        assert_eq!(floor(Loss::Linf), q("5/2"));
        assert_eq!(floor(Loss::ZeroOne), q("0"));
    }
}
