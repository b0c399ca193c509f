//! Exact training with one feature: branch and bound on the positions of the kinks.
//!
//! **Problem.** Points on a line, at sites `t_1 < … < t_n`. A ReLU `a max(0, ±(t − s))·|w|` has a side, a sign `a` and a kink `s`; a network of width `k` is a continuous piecewise linear function with `k` kinks, restricted by what its pieces outside must be,
//! or with an affine function besides (`--affine`) any such function. Minimise the squared, absolute or maximum loss.
//!
//! **Kinks in a gap.** On the data, a neuron with `s` between neighbouring sites `t_i ≤ s ≤ t_{i+1}` is a sum of nonnegative multiples of the two *atoms* `max(0, ±(t − t_i))`, `max(0, ±(t − t_{i+1}))`, and every such sum is a neuron, wherever in the gap its kink
//! may come to lie; outside of the data the second atom is a constant. So the position within a gap is no combinatorial question, and two neurons of one side and sign in one gap are one neuron: both cases that make dynamic programs over knots at data points inexact are included.
//!
//! **Relaxation.** Let a neuron's kink be known to lie in a *window*, a row of gaps. The convex hull of what it can be on the data is the cone of all atoms in the window: all convex (`a = +1`) functions that bend in the window only. A node of the search is a window for each neuron, its relaxation the least loss
//! over the sum of these cones: convex regression that may bend within windows. It is exact once windows are gaps. Branching splits a window at a site.
//!
//! This hull is what makes the method fast: the relaxation that treats each point by itself (as the [search](super::search) does in any dimension) lets a function of a wide window follow the noise; this one must bend one way.
//!
//! **Bounds.** For squares, an active-set method that takes up one atom after the other (`squares`); for absolute residuals a simplex method of the same kind (`absolute`); for their maximum small linear programs (`maximum`). All in floats, whatever is found; what counts are their multipliers `u`, one a site. If `Σ u_i φ(t_i) ≤ 0` for all `φ`
//! of the cones, which is a sign condition for each atom, `u` proves a lower bound. Floats violate these conditions by rounding errors, but a vector that satisfies them is provably near, and its bound is estimated from below (`bound`).
//! Where that does not suffice a node is split, down to gaps, whose convex programs are solved in rationals; for the maximum loss a linear program on a few points decides before that (`ties`).
//!
//! **Complexity.** `O(n)` for an atom taken up, a handful of atoms a node; the number of nodes is exponential in `k` (of `O(n^k)` tuples of gaps) and grows slowly with `n`, as wide windows are closed. Exact on every input; for numbers that floats do not tell apart it becomes an enumeration of gaps.
//!
//! # References
//! 1. D. J. Hudson, *Fitting segmented curves whose join points have to be estimated*, J. Amer. Stat. Assoc. 61 (1966): kinks at and between data points.
//! 2. P. Fearnhead, R. Maidstone, A. Letchford, *Detecting changes in slope with an L₀ penalty*, J. Comput. Graph. Stat. 28 (2019): dynamic programming where kinks are at data points.

mod absolute;
mod atoms;
mod bound;
mod branching;
mod cells;
mod frontier;
mod maximum;
mod node;
mod sites;
mod squares;
#[cfg(test)]
mod tests;
mod ties;
mod tree;

use super::local::Local;
use super::pattern::PatternSpace;
use super::{Control, Outcome, TrainError, Trainer, floor};
use crate::instance::{Activation, Instance, Loss};
use sites::Sites;
use std::time::Duration;
use tree::Tree;

/// There are `C(k + 3, 3)` ways to give `k` neurons sides and signs; and nobody waits for so many kinks.
const MAX_WIDTH: usize = 32;

/// The method for ReLU networks and data with one feature: squared, absolute and maximum loss, all classes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Univariate {
    /// The local search that provides the first incumbent.
    pub local: Local,
}

impl Univariate {
    /// Confirms that the method can answer.
    ///
    /// # Errors
    /// [`TrainError::Unsupported`] says what else there is.
    pub fn check(instance: &Instance) -> Result<(), TrainError> {
        let what = if instance.data.dimension() != 1 {
            format!("{} features: it is for one; --method search takes any number", instance.data.dimension())
        } else if instance.architecture.activation != Activation::Relu {
            "threshold neurons; --method search does".to_owned()
        } else if instance.loss == Loss::ZeroOne {
            "the 0-1 loss; --method search does".to_owned()
        } else if instance.architecture.width > MAX_WIDTH {
            format!("more than {MAX_WIDTH} neurons; --method search does")
        } else {
            return Ok(());
        };
        Err(TrainError::Unsupported { method: "univariate", what })
    }
}

impl Trainer for Univariate {
    fn name(&self) -> &'static str {
        "univariate"
    }

    fn train(&self, instance: &Instance, control: &Control<'_>) -> Result<Outcome, TrainError> {
        Univariate::check(instance)?;
        let space = PatternSpace::new(instance);
        let floor = floor::duplicate_points(instance);
        let incumbent = self.local.improve(&space, &control.limited(Duration::from_secs(10)));
        let sites = Sites::new(&space);
        let found = Tree::new(&space, &sites, control, floor, incumbent).run();
        let mut outcome = Outcome::conclude(instance, control, Some(found.incumbent), found.lower_bound, found.stopped, self.name());
        outcome.statistics.count("nodes", found.counts.nodes);
        outcome.statistics.count("closed by bounds", found.counts.closed);
        outcome.statistics.count("closed on few points", found.counts.tied);
        outcome.statistics.count("solved exactly", found.counts.exact);
        Ok(outcome)
    }
}
