//! Chooses a method, and says which and why.

use super::enumerate::{Enumerate, tuple_count_bound};
use super::local::Local;
use super::pattern::PatternSpace;
use super::{Control, Outcome, TrainError, Trainer};
use crate::instance::Instance;

/// The default method: enumeration wherever the activation patterns can be listed, local search elsewhere.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Auto {
    /// Enumeration's settings.
    pub enumerate: Enumerate,
    /// The local search's settings.
    pub local: Local,
}

impl Trainer for Auto {
    fn name(&self) -> &'static str {
        "auto"
    }

    fn train(&self, instance: &Instance, control: &Control<'_>) -> Result<Outcome, TrainError> {
        let (cells, tuples) = tuple_count_bound(&PatternSpace::new(instance));
        if cells > self.enumerate.max_cells {
            let reason = format!(
                "auto chose local search, which proves nothing: the data have up to {cells} activation patterns a neuron, too many to enumerate"
            );
            return self.local.train(instance, control).map(|outcome| with_note(outcome, reason));
        }
        let reason = format!(
            "auto chose enumerate: at most {cells} activation patterns a neuron and {tuples} tuples of them, each of them is bounded or solved"
        );
        match self.enumerate.train(instance, control) {
            Ok(outcome) => Ok(with_note(outcome, reason)),
            Err(TrainError::Unsupported { what, .. }) => {
                let reason = format!("auto chose local search, which proves nothing: enumeration does not take this problem ({what})");
                self.local.train(instance, control).map(|outcome| with_note(outcome, reason))
            }
        }
    }
}

fn with_note(mut outcome: Outcome, note: String) -> Outcome {
    outcome.notes.insert(0, note);
    outcome
}
