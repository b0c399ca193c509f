mod bound;
mod double;
mod exact;
mod newton;
mod node;
mod problem;
mod residual;
mod segments;
mod start;
mod tree;
#[cfg(test)]
mod tests;

use super::search::Search;
use super::{Control, Incumbent, Outcome, TrainError, Trainer};
use crate::instance::{Activation, Instance, Loss};
use crate::network::Network;
use crate::exact::Rational;
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

/// The most neurons without an affine function: their kinds are listed beforehand.
const MOST_NEURONS: usize = 6;

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
        Ok(self.least_squares(instance, control))
    }
}

impl Univariate {
    fn least_squares(&self, instance: &Instance, control: &Control<'_>) -> Outcome {
        let problem = Problem::new(instance);
        let zero = Incumbent::evaluate(Network::constant(Activation::Relu, Rational::ZERO), instance);
        let tree = Tree::new(&problem, control, zero);
        let mut newton = Newton::default();
        let segments = Segments::new(&problem, problem.width + 1, &|| control.should_stop().is_some());
        for (place, (_, kinks)) in newton.starts(&problem, segments.as_ref(), control.seed()).into_iter().enumerate() {
            if place > 0 && (tree.is_reached() || place > 2) {
                break;
            }
            tree.offer_leaf(&kinks);
        }
        let cutoff = tree.cutoff();
        let worked = tree.grow(roots(&problem, segments.as_ref(), cutoff), if segments.is_some() { cutoff } else { f64::INFINITY });
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
