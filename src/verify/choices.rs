//! The networks that are made of gadgets: which combinations of choices fit the points.

use super::{Failure, answer};
use crate::exact::{Natural, Rational};
use crate::instance::Instance;
use crate::network::Network;
use crate::problems::Problem;
use crate::reductions::Reduction;
use itertools::Itertools;
use rand::{Rng, RngExt};

/// All combinations are tried as networks up to this number.
const COMBINATIONS: usize = 256;
/// The random combinations that are tried otherwise.
const TRIED: usize = 4;

/// The number of pairs of choices that exclude each other on the points, which must be those of the source problem.
pub(super) fn conflicts<R: Reduction>(reduction: &R, source: &R::Source) -> Result<usize, Failure> {
    let found = reduction.conflicts(source).map_err(|error| Failure::new("choices", error.to_string()))?;
    let expected = reduction.expected_conflicts(source);
    let describe = |[(g, i), (h, j)]: [(usize, usize); 2]| format!("choice {i} of gadget {} and choice {j} of gadget {}", g + 1, h + 1);
    if let Some(&pair) = expected.difference(&found).next() {
        return Err(Failure::new("choices", format!("{} fit the points together and should not", describe(pair))));
    }
    if let Some(&pair) = found.difference(&expected).next() {
        return Err(Failure::new("choices", format!("{} do not fit the points together and should", describe(pair))));
    }
    Ok(found.len())
}

/// Tries all combinations of choices as networks, if they are few: those of solutions must fit the points, and no others.
pub(super) fn combinations<R: Reduction>(reduction: &R, source: &R::Source, instance: &Instance, count: &Natural) -> Result<Option<usize>, Failure> {
    let choices = reduction.choices(source);
    let number = choices.iter().try_fold(1usize, |product, &count| product.checked_mul(count));
    let Some(number) = number.filter(|&number| number <= COMBINATIONS) else { return Ok(None) };
    let mut fitting = 0usize;
    for combination in choices.iter().map(|&count| 0..count).multi_cartesian_product() {
        let Some(network) = reduction.network(source, &combination) else { continue };
        let loss = network.loss(&instance.data, instance.loss).map_err(|error| Failure::with("choices", error.to_string(), &network))?;
        if loss != Rational::ZERO {
            continue;
        }
        fitting += 1;
        let decoded = reduction.decode(source, &network).map_err(|error| Failure::with("choices", error.to_string(), &network))?;
        if !source.is_solved_by(&decoded) {
            return Err(Failure::with("choices", format!("the choices {combination:?} fit the points, and the source {}", answer(count)), &network));
        }
        if reduction.choices_of(source, &decoded).as_deref() != Some(&combination[..]) {
            return Err(Failure::with("choices", format!("the choices {combination:?} decode to {decoded:?}"), &network));
        }
    }
    if (fitting == 0) != count.is_zero() {
        return Err(Failure::new("choices", format!("{fitting} combinations of choices fit the points, and the source {}", answer(count))));
    }
    Ok(Some(number))
}

/// Networks of random choices.
pub(super) fn unsolved<R: Reduction>(reduction: &R, source: &R::Source, rng: &mut impl Rng) -> Vec<Network> {
    let choices = reduction.choices(source);
    (0..TRIED).filter_map(|_| reduction.network(source, &choices.iter().map(|&count| rng.random_range(0..count)).collect_vec())).collect()
}
