//! Local search: a good network in milliseconds, never a proof.
//!
//! ReLU networks: Levenberg–Marquardt from many starts whose neurons' breaklines cut the data (`relu`); threshold networks: coordinate descent over the cuts of
//! random directions (`threshold`). The best results are polished exactly (`polish`): the convex problem of their activation patterns is solved in
//! rationals, and patterns are flipped at points that lie on a breakline as long as that helps.
//!
//! The outcome's lower bound is the error that repeated points with different targets force on every network.

mod polish;
mod relu;
mod threshold;

use super::pattern::PatternSpace;
use super::scaled::ScaledView;
use super::{Control, Incumbent, Outcome, TrainError, Trainer, floor};
use crate::instance::{Activation, Instance, Loss};
use crate::network::Network;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// The local search method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Local {
    /// The number of starts; default 40.
    pub starts: usize,
    /// How many of the best results are polished exactly; default 4.
    pub polished: usize,
}

impl Default for Local {
    fn default() -> Self {
        Local { starts: 40, polished: 4 }
    }
}

impl Trainer for Local {
    fn name(&self) -> &'static str {
        "local"
    }

    fn train(&self, instance: &Instance, control: &Control<'_>) -> Result<Outcome, TrainError> {
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
        let view = ScaledView::new(space);
        let mut rng = ChaCha8Rng::seed_from_u64(control.seed());
        let candidates = match instance.architecture.activation {
            Activation::Relu => relu::search(space, &view, self.starts, control, &mut rng),
            Activation::Threshold => threshold::search(space, &view, self.starts, control, &mut rng),
        };
        for candidate in candidates.into_iter().take(self.polished) {
            if best.is_good_enough(instance) || control.should_stop().is_some() {
                break;
            }
            polish::polish(space, &candidate, &mut best, control);
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
