//! Chooses a method, and says which and why.

use super::convex::Convex;
use super::enumerate::{Enumerate, partition_bound, tuple_count_bound};
use super::local::Local;
use super::pattern::PatternSpace;
use super::search::Search;
use super::univariate::Univariate;
use super::{Control, Outcome, TrainError, Trainer};
use crate::exact::Rational;
use crate::instance::{Instance, Loss};
use dashu_base::BitTest;

/// The most tuples of activation patterns for which enumeration is chosen: half a second or so, whatever the data.
const MOST_TUPLES: u64 = 20_000;

/// Integers from so many bits on are numbers of very different size in one column. Floats then tell few networks apart, and for absolute residuals the search must prove by exact linear
/// programs at every node, where enumeration has one a tuple.
const LONG: usize = 512;

/// The default method: the search; but the algorithm for convex maps where it answers the question, the univariate method for one feature, and enumeration for the sum and the maximum of absolute residuals of extreme numbers, while there are few tuples of activation patterns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Auto {
    /// The search's settings.
    pub search: Search,
    /// The settings of the algorithm for convex maps.
    pub convex: Convex,
    /// The univariate method's settings.
    pub univariate: Univariate,
    /// Enumeration's settings.
    pub enumerate: Enumerate,
    /// Local search's settings, for what neither takes.
    pub local: Local,
}

impl Trainer for Auto {
    fn name(&self) -> &'static str {
        "auto"
    }

    fn train(&self, instance: &Instance, control: &Control<'_>) -> Result<Outcome, TrainError> {
        if Auto::takes_convex(instance) {
            let outcome = self.convex.train(instance, control)?;
            return Ok(with_note(outcome, "auto chose convex: the question is whether a convex map fits without error".to_owned()));
        }
        if Auto::takes_univariate(instance) {
            let outcome = self.univariate.train(instance, control)?;
            return Ok(with_note(outcome, "auto chose univariate: the data have one feature".to_owned()));
        }
        if matches!(instance.loss, Loss::L1 | Loss::Linf) {
            let space = PatternSpace::new(instance);
            let (cells, tuples) = tuple_count_bound(&space);
            if is_extreme(&space) && cells <= self.enumerate.max_cells && tuples <= MOST_TUPLES {
                match self.enumerate.train(instance, control) {
                    Ok(outcome) => {
                        return Ok(with_note(
                            outcome,
                            format!("auto chose enumerate: extreme numbers, and up to {tuples} tuples of activation patterns"),
                        ));
                    }
                    Err(TrainError::Unsupported { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        match self.search.train(instance, control) {
            Ok(outcome) => Ok(with_note(outcome, "auto chose search".to_owned())),
            Err(TrainError::Unsupported { what, .. }) => {
                let outcome = self.bounded(instance, control)?;
                Ok(with_note(
                    outcome,
                    format!("auto chose local search, and a lower bound from enumerating groups of the points: the search does not take {what}"),
                ))
            }
            Err(error) => Err(error),
        }
    }
}

impl Auto {
    /// Whether the algorithm for convex maps is the choice: it decides the question, and there are not so many neurons that their sets are too many.
    #[must_use]
    pub fn takes_convex(instance: &Instance) -> bool {
        /// Branches over up to `2^k` sets pay up to here.
        const MOST_NEURONS: usize = 8;
        Convex::check(instance).is_ok() && instance.architecture.width <= MOST_NEURONS
    }

    /// Whether the univariate method is the choice: for one feature and a loss to be minimised. Zero error is left to the search, which counts bends.
    #[must_use]
    pub fn takes_univariate(instance: &Instance) -> bool {
        let zero_error = instance.target_error.as_ref().is_some_and(Rational::is_zero);
        instance.architecture.width > 0 && !zero_error && Univariate::check(instance).is_ok() && !is_extreme(&PatternSpace::new(instance))
    }

    /// Local search, with the lower bound that groups of the points give.
    fn bounded(&self, instance: &Instance, control: &Control<'_>) -> Result<Outcome, TrainError> {
        let outcome = self.local.train(instance, control)?;
        if outcome.status.is_decided() {
            return Ok(outcome);
        }
        let bound = partition_bound(&PatternSpace::new(instance), control).max(outcome.lower_bound);
        let mut bounded = Outcome::conclude(instance, control, outcome.incumbent, bound, control.should_stop(), outcome.method);
        bounded.statistics = outcome.statistics;
        Ok(bounded)
    }
}

/// Whether some integer of the design or the targets is [`LONG`].
fn is_extreme(space: &PatternSpace<'_>) -> bool {
    let rows = space.design().rows();
    (0..rows.len()).flat_map(|row| rows.row(row)).chain(space.targets()).any(|value| value.bit_len() >= LONG)
}

fn with_note(mut outcome: Outcome, note: String) -> Outcome {
    outcome.notes.insert(0, note);
    outcome
}
