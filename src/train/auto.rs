//! Chooses a method, and says which and why.

use super::enumerate::{Enumerate, partition_bound, tuple_count_bound};
use super::local::Local;
use super::milp::Milp;
use super::pattern::PatternSpace;
use super::{Control, Outcome, TrainError, Trainer};
use crate::instance::{Instance, Loss};

/// The most tuples of activation patterns that enumeration is chosen for: about an hour's work for two neurons.
const MOST_TUPLES: u64 = 20_000_000_000;
/// The most binary variables (a point and a neuron each) that the mixed-integer program is chosen for: beyond some fifty the solvers rarely end.
const MOST_BINARIES: usize = 60;

/// The default method: enumeration wherever all tuples of activation patterns can be looked at, else the mixed-integer program where it takes the loss and is
/// small, else local search.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Auto {
    /// Enumeration's settings.
    pub enumerate: Enumerate,
    /// The mixed-integer program's settings.
    pub milp: Milp,
    /// The local search's settings.
    pub local: Local,
}

impl Trainer for Auto {
    fn name(&self) -> &'static str {
        "auto"
    }

    fn train(&self, instance: &Instance, control: &Control<'_>) -> Result<Outcome, TrainError> {
        let (cells, tuples) = tuple_count_bound(&PatternSpace::new(instance));
        let size = format!("up to {cells} activation patterns a neuron and {tuples} tuples of them");
        let reason = if cells <= self.enumerate.max_cells && tuples <= MOST_TUPLES {
            match self.enumerate.train(instance, control) {
                Ok(outcome) => return Ok(with_note(outcome, format!("auto chose enumerate: {size} can be bounded or solved one by one"))),
                Err(error @ TrainError::File(_)) => return Err(error),
                Err(TrainError::Unsupported { what, .. }) => format!("enumeration does not take this problem ({what})"),
            }
        } else {
            format!("{size} are too many to choose enumeration, which --method enumerate insists on")
        };
        if instance.loss != Loss::L2 && instance.data.len() * instance.architecture.width <= MOST_BINARIES {
            let outcome = self.milp.train(instance, control)?;
            return Ok(with_note(outcome, format!("auto chose milp: {reason}")));
        }
        let outcome = self.bounded(instance, control)?;
        Ok(with_note(outcome, format!("auto chose local search, and a lower bound from enumerating groups of the points: {reason}")))
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
