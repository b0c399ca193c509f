//! Chooses a method, and says which and why.

use super::enumerate::{Enumerate, partition_bound, tuple_count_bound};
use super::local::Local;
use super::pattern::PatternSpace;
use super::search::Search;
use super::{Control, Outcome, TrainError, Trainer};
use crate::instance::{Instance, Loss};

/// The most tuples of activation patterns for which enumeration is chosen for absolute residuals: half a second or so, whatever the data. The search makes no such promise there, as
/// its proofs take exact linear programs: two hundred points with long decimals cost it half a second where enumeration takes a twentieth of that.
const MOST_TUPLES: u64 = 20_000;

/// The default method: the search; but enumeration for the sum and the maximum of absolute residuals while there are few tuples of activation patterns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Auto {
    /// The search's settings.
    pub search: Search,
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
        let reason = match instance.loss {
            Loss::L2 | Loss::ZeroOne => "its bounds are strong for this loss".to_owned(),
            Loss::L1 | Loss::Linf => {
                let (cells, tuples) = tuple_count_bound(&PatternSpace::new(instance));
                if cells <= self.enumerate.max_cells && tuples <= MOST_TUPLES {
                    match self.enumerate.train(instance, control) {
                        Ok(outcome) => {
                            let note = format!("auto chose enumerate: up to {tuples} tuples of activation patterns are looked at in no time");
                            return Ok(with_note(outcome, note));
                        }
                        Err(TrainError::Unsupported { what, .. }) => format!("enumeration does not take this problem ({what})"),
                        Err(error) => return Err(error),
                    }
                } else {
                    format!("up to {tuples} tuples of activation patterns are many to enumerate")
                }
            }
        };
        match self.search.train(instance, control) {
            Ok(outcome) => Ok(with_note(outcome, format!("auto chose search: {reason}"))),
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

fn with_note(mut outcome: Outcome, note: String) -> Outcome {
    outcome.notes.insert(0, note);
    outcome
}
