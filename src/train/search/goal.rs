//! What a node must prove to be closed: a loss that no better network of it can have.

use super::model::Model;
use crate::exact::{Integer, Rational, upper_f64};
use crate::train::{Control, Incumbent};
use std::sync::{Arc, OnceLock};

/// The best network so far, and the bound that closes a node.
#[derive(Debug, Clone)]
pub(in crate::train) struct Goal {
    pub(in crate::train) incumbent: Arc<Incumbent>,
    /// A node is closed when its networks provably lose at least this much, in the data's units. For the decision problem it is a little more than the target.
    pub(in crate::train) needed: Rational,
    /// A float that is at least the needed loss without the constant, in units of [`Model::loss_unit`].
    pub(in crate::train) needed_scaled: f64,
    /// Whether the question is answered by the incumbent itself.
    pub(in crate::train) reached: bool,
    /// For squares a multiple of `m(ȳ − φ)` of the incumbent, one an item: the one direction that can prove its own loss minimal.
    residual: OnceLock<Vec<Integer>>,
}

impl Goal {
    pub(in crate::train) fn new(model: &Model<'_>, control: &Control<'_>, incumbent: Incumbent) -> Self {
        let scaled = |loss: &Rational| upper_f64(&((loss - &model.constant) / model.loss_unit()));
        let (needed, needed_scaled, reached) = match &model.instance().target_error {
            Some(target) => {
                // A target beyond the range of floats is beyond the network 0, too.
                let above = scaled(target).next_up().clamp(-f64::MAX, f64::MAX);
                (model.unscaled_loss(above), above, incumbent.loss <= *target || model.floor > *target)
            }
            None => {
                let needed = &incumbent.loss * (Rational::ONE - control.gap());
                let reached = needed <= model.floor;
                (needed.clone(), scaled(&needed), reached)
            }
        };
        Goal { incumbent: Arc::new(incumbent), needed, needed_scaled, reached, residual: OnceLock::new() }
    }

    /// A multiple of `m(ȳ − φ)` of the incumbent, one an item: for squares the one direction that can prove its own loss minimal.
    pub(in crate::train) fn residual(&self, model: &Model<'_>) -> &[Integer] {
        self.residual.get_or_init(|| model.residual(&self.incumbent.network))
    }
}
