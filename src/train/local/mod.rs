//! Local search: a good network in milliseconds, never a proof.
//!
//! ReLU networks: Levenberg–Marquardt from many starts whose neurons' breaklines cut the data (`relu`); threshold networks: coordinate descent over the cuts of
//! random directions (`threshold`). The best results are polished exactly (`polish`): the convex problem of their activation patterns is solved in
//! rationals, and patterns are flipped at points that lie on a breakline as long as that helps. Where the width suffices for any function there is nothing to
//! search (`interpolate`).
//!
//! The outcome's lower bound is the error that repeated points with different targets force on every network.

mod interpolate;
mod polish;
mod relu;
mod threshold;

use super::pattern::{PatternSpace, SubsetSums};
use super::scaled::ScaledView;
use super::{Control, Incumbent, Outcome, TrainError, Trainer, floor};
use crate::instance::{Activation, Instance, Loss};
use crate::network::Network;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// Searches use no more neurons than have this many weights: more would take time and memory without end, and are hardly ever of use.
const MOST_WEIGHTS: usize = 200;

/// The local search method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Local {
    /// The number of starts; default 40.
    pub starts: usize,
    /// How many of the best results are polished exactly; default 4.
    pub polished: usize,
    /// How many neighbouring patterns are tried at most for each of them; default 60.
    pub neighbours: usize,
}

impl Default for Local {
    fn default() -> Self {
        Local { starts: 40, polished: 4, neighbours: 60 }
    }
}

impl Trainer for Local {
    fn name(&self) -> &'static str {
        "local"
    }

    fn train(&self, instance: &Instance, control: &Control<'_>) -> Result<Outcome, TrainError> {
        if instance.architecture.affine && instance.loss == Loss::ZeroOne {
            return Err(TrainError::Unsupported { method: self.name(), what: "the 0-1 loss with an affine function".into() });
        }
        let space = PatternSpace::new(instance);
        let incumbent = self.improve(&space, control);
        let lower_bound = floor::duplicate_points(instance);
        let mut outcome = Outcome::conclude(instance, control, Some(incumbent), lower_bound, control.should_stop(), self.name());
        if !outcome.status.is_decided() {
            outcome.notes.push("local search proves no more than the error that repeated points force; use --method enumerate for a proof".into());
        }
        outcome.statistics.count("starts", self.starts);
        Ok(outcome)
    }
}

impl Local {
    /// The best network found for the problem behind `space`; stops early at a loss of 0 or the target error.
    #[must_use]
    pub fn improve(&self, space: &PatternSpace<'_>, control: &Control<'_>) -> Incumbent {
        let instance = space.instance();
        let mut best = self.constant(instance);
        if instance.architecture.width == 0 && instance.loss != Loss::ZeroOne {
            return polish::constant(space).filter(|c| c.loss < best.loss).unwrap_or(best);
        }
        if let Some(network) = interpolate::network(space) {
            return Incumbent::evaluate(network, instance);
        }
        let view = ScaledView::new(space);
        let mut rng = ChaCha8Rng::seed_from_u64(control.seed());
        let width = search_width(space);
        let candidates = match instance.architecture.activation {
            Activation::Relu => relu::search(space, &view, width, self.starts, control, &mut rng),
            Activation::Threshold => threshold::search(space, &view, width, self.starts, control, &mut rng),
        };
        for (place, candidate) in candidates.into_iter().take(self.polished).enumerate() {
            // The best one is worth its evaluation even if the time is up.
            if best.is_good_enough(instance) || (place > 0 && control.should_stop().is_some()) {
                break;
            }
            if !polish::polish(space, &candidate, &mut best, self.neighbours, control) {
                polish::evaluate(space, &candidate, &mut best);
            }
        }
        best
    }

    /// The better of the constant networks 0 and, with an output bias, 1.
    fn constant(&self, instance: &Instance) -> Incumbent {
        let activation = instance.architecture.activation;
        let zero = Incumbent::evaluate(Network::constant(activation, crate::exact::Rational::ZERO), instance);
        if !instance.architecture.output_bias {
            return zero;
        }
        let one = Incumbent::evaluate(Network::constant(activation, crate::exact::Rational::ONE), instance);
        if one.loss < zero.loss { one } else { zero }
    }
}

/// How many neurons a search uses. A network of fewer neurons is one of the class.
fn search_width(space: &PatternSpace<'_>) -> usize {
    let architecture = space.instance().architecture;
    let most = (MOST_WEIGHTS / space.design().rank()).max(2);
    // Output weights for the 0-1 loss are chosen from a table.
    let table = match (space.instance().loss, architecture.activation) {
        (Loss::ZeroOne, Activation::Threshold) => SubsetSums::limit(architecture.output_bias),
        _ => usize::MAX,
    };
    architecture.width.min(most).min(table)
}
