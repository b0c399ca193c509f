//! Exact training in one dimension: branch and bound on the places of the kinks.
//!
//! On the line a two-layer ReLU network `φ(x) = Σ_j a_j max(0, w_j x + b_j)` (with a constant, or an affine function, if the class has them) is continuous and piecewise linear. Its kinks may lie anywhere, two of them
//! in one gap between neighbouring data points as well. Given are points `(x_i, y_i)`; sought is the network of least `Σ (φ(x_i) − y_i)²`, exactly.
//!
//! 1. *Segments* (`segments`): lines that need not meet bound the loss from below; a dynamic program with them leaves for each kink a range of gaps.
//! 2. *Nodes* (`node`): kinks in order from left to right, each with its kind (active side and sign of the output weight) and an interval of gaps. Roots are all kinds: `4^k`, `2^k` with an affine function, fewer for convex maps.
//! 3. *Relaxation* (`residual`, `newton`): outside of the intervals `φ` is a line between kinks, and the loss a difference of prefix sums; inside, a neuron lies between a line and its chord. A convex program in `2k + 2` unknowns.
//! 4. *Proof* (`bound`): a lower bound from the program's float solution with a derived bound on all rounding errors. It closes the node if it reaches the incumbent.
//! 5. *Leaves* (`exact`): where all gaps are known and floats do not close, a least-squares problem on a cone is solved in integers.
//!
//! What is returned is exact: the network's loss is recomputed in rationals by the definition, and a node is closed only by a proven bound or an exact solution. Where gaps are narrower than `2^-30` of the range all leaves are
//! solved exactly, which is possible for few points only.
//!
//! **Complexity.** At worst there are `O((4m)^k / k!)` leaves for `m` different points; a node costs `O(m)` for the undecided points and `O(k³)`; the segments `O(k m²)` time and `O(m²)` memory. What drives the number of nodes is how
//! many places of the kinks are nearly as good as the best: few for a strong signal, many for noise around a line.
//!
//! No assumption is made on the data: repeated points, ties and collinear points are all right.
//!
//! # References
//! 1. D. J. Hudson, *Fitting segmented curves whose join points have to be estimated*, JASA 61 (1966).
//! 2. P. Fearnhead, R. Maidstone, A. Letchford, *Detecting changes in slope with an L0 penalty*, J. Comput. Graph. Statist. 28 (2019).

mod bound;
mod double;
mod exact;
mod newton;
mod node;
mod problem;
mod residual;
mod segments;
mod start;
#[cfg(test)]
mod tests;
mod tree;

use super::search::Search;
use super::{Control, Incumbent, Outcome, TrainError, Trainer};
use crate::exact::Rational;
use crate::instance::{Activation, Instance, Loss};
use crate::network::Network;
use newton::Newton;
use node::{Kink, Node};
use problem::Problem;
use segments::Segments;
use tree::Tree;

/// The method for one feature.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Univariate {
    /// The search, to which is passed on what it does as well or better: the absolute and the maximum loss.
    pub search: Search,
}

/// The most choices of kinds that are listed as roots.
const MOST_ROOTS: usize = 1 << 12;

impl Trainer for Univariate {
    fn name(&self) -> &'static str {
        "univariate"
    }

    fn train(&self, instance: &Instance, control: &Control<'_>) -> Result<Outcome, TrainError> {
        let unsupported = |what: String| Err(TrainError::Unsupported { method: "univariate", what });
        if instance.architecture.activation != Activation::Relu {
            return unsupported("threshold networks; --method search does".into());
        }
        if instance.data.dimension() != 1 {
            return unsupported(format!("{} features (one only); --method search does", instance.data.dimension()));
        }
        if instance.loss != Loss::L2 {
            let mut outcome = self.search.train(instance, control)?;
            outcome.notes.insert(0, format!("univariate passes the loss {} on to search", instance.loss.name()));
            return Ok(outcome);
        }
        let problem = Problem::new(instance);
        let kinds = problem.kinds().len();
        if u32::try_from(problem.width).ok().and_then(|width| kinds.checked_pow(width)).is_some_and(|roots| roots <= MOST_ROOTS) {
            return Ok(self.least_squares(&problem, control));
        }
        if instance.architecture.affine {
            return unsupported(format!("{} neurons besides an affine function on these data (their signs are listed beforehand)", problem.width));
        }
        let mut outcome = self.search.train(instance, control)?;
        outcome.notes.insert(0, format!("univariate passes {} neurons on to search", problem.width));
        Ok(outcome)
    }
}

impl Univariate {
    fn least_squares(&self, problem: &Problem<'_>, control: &Control<'_>) -> Outcome {
        let instance = problem.instance;
        let zero = Incumbent::evaluate(Network::constant(Activation::Relu, Rational::ZERO), instance);
        let tree = Tree::new(problem, control, zero);
        let mut newton = Newton::default();
        let segments = Segments::new(problem, problem.width + 1, &|| control.should_stop().is_some());
        for (place, (_, kinks)) in newton.starts(problem, segments.as_ref(), control.seed()).into_iter().enumerate() {
            if place > 0 && (tree.is_reached() || place > 2) {
                break;
            }
            tree.offer_leaf(&kinks);
        }
        let cutoff = tree.cutoff();
        let worked = tree.grow(roots(problem, segments.as_ref(), cutoff), if segments.is_some() { cutoff } else { f64::INFINITY });
        let counts = worked.counts;
        let mut outcome = Outcome::conclude(instance, control, Some(worked.incumbent), worked.lower_bound, worked.stopped, self.name());
        outcome.statistics.count("nodes", counts.nodes);
        outcome.statistics.count("closed", counts.closed);
        outcome.statistics.count("most open", counts.most_open);
        outcome.statistics.count("steps", counts.steps);
        outcome.statistics.count("leaves solved exactly", counts.leaves);
        outcome
    }
}

/// All kinds of kinks from left to right, each with the gaps in which it can lie if the loss is to be below the cutoff.
fn roots<'p>(problem: &'p Problem<'_>, segments: Option<&'p Segments>, cutoff: f64) -> impl Iterator<Item = Node> + 'p {
    let kinds = problem.kinds();
    let [low, high] = problem.gaps();
    let width = problem.width;
    let ranges: Option<Vec<(usize, usize)>> = (0..width)
        .map(|j| match segments {
            Some(segments) => segments.range(width, j, cutoff, low, high),
            None => Some((low, high - 1)),
        })
        .collect();
    // Without a gap for some kink nothing is below the cutoff.
    let count = if ranges.is_some() { kinds.len().pow(u32::try_from(width).expect("few neurons")) } else { 0 };
    let ranges = ranges.unwrap_or_default();
    (0..count).map(move |mut number| {
        let kinks = ranges.iter().map(|&(first, last)| {
            let (right, plus) = kinds[number % kinds.len()];
            number /= kinds.len();
            let kink = Kink { right, plus, lo: first, hi: last + 1 };
            // A neuron that is 0 in one of the gaps there may as well have no weight elsewhere.
            if right {
                Kink { lo: kink.lo.min(problem.sites() - 1), hi: kink.hi.min(problem.sites()), ..kink }
            } else {
                Kink { lo: kink.lo.max(1), hi: kink.hi.max(2), ..kink }
            }
        });
        Node::new(problem, kinks.collect())
    })
}
