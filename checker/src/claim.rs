//! What was proven, and how it is said.

use crate::certificate::Certified;
use crate::result::{Activation, Problem, Status, name};
use dashu_ratio::RBig;
use std::fmt;

/// What was proven about a result.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claim {
    /// The data and the class of networks.
    pub problem: Problem,
    /// What the result says is known.
    pub status: Status,
    /// The loss of the result's network on the data, if there is a network.
    pub loss: Option<RBig>,
    /// The lower bound of the result, if there is one.
    pub lower_bound: Option<RBig>,
    /// A lower bound for every network of the class that needs no certificate.
    pub elementary_bound: RBig,
    /// What the certificate proves, if there is one.
    pub certified: Option<Certified>,
}

impl Claim {
    /// Whether the loss of the network is proven to be the minimum, by the certificate or because no network of the class goes below the elementary
    /// bound, which is 0 unless equal points have different targets (then nothing fits them all) or the width is 0 (then the network is constant).
    #[must_use]
    pub fn minimum_is_proven(&self) -> bool {
        self.loss.as_ref() == Some(self.proven_bound())
    }

    /// A lower bound for every network of the class: the elementary one or the certificate's.
    #[must_use]
    pub fn proven_bound(&self) -> &RBig {
        self.certified.as_ref().map_or(&self.elementary_bound, |certified| (&certified.lower_bound).max(&self.elementary_bound))
    }

    /// The target error of the decision problem, if that was asked.
    #[must_use]
    pub fn target_error(&self) -> Option<&RBig> {
        self.problem.target_error.as_ref().map(|target| &target.0)
    }

    /// Whether it is proven that no network of the class reaches the target error.
    #[must_use]
    pub fn target_is_refuted(&self) -> bool {
        let excludes_zero = self.certified.as_ref().is_some_and(|certified| certified.excludes_zero);
        self.target_error().is_some_and(|target| self.proven_bound() > target || (*target == RBig::ZERO && excludes_zero))
    }

    /// How it is known that the loss is at least `bound`.
    fn grounds(&self, bound: &RBig) -> String {
        match &self.certified {
            Some(certified) if *bound > self.elementary_bound => format!(" (certificate of {} nodes)", certified.nodes),
            _ if *bound <= RBig::ZERO => String::new(),
            _ if self.problem.width == 0 && !self.problem.affine => " (without neurons it is constant)".to_owned(),
            _ => " (equal points have different targets)".to_owned(),
        }
    }

    /// ` (features "x", "z"; target "y"; positive class "yes")`, as far as the result says so.
    fn columns(&self) -> String {
        let Problem { features, target, positive, .. } = &self.problem;
        let quoted = |names: &[String]| names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
        let features = features.as_ref().map(|names| format!("features {}", quoted(names)));
        let target = target.as_ref().map(|name| format!("target {name:?}"));
        let positive = positive.as_ref().map(|label| format!("positive class {label:?}"));
        let known: Vec<String> = [features, target, positive].into_iter().flatten().collect();
        if known.is_empty() { String::new() } else { format!(" ({})", known.join("; ")) }
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Problem { points, width, .. } = &self.problem;
        let loss_name = name(self.problem.loss);
        let activation = if self.problem.activation == Activation::Relu { "ReLU" } else { "threshold" };
        let bias = if self.problem.output_bias { " with an output bias" } else { "" };
        let convex = if self.problem.convex { " with output weights 1 only" } else { "" };
        let affine = if self.problem.affine { " and an affine function besides" } else { "" };
        let networks = format!("{activation} networks of width {width}{convex}{bias}{affine}");
        let points = format!("{points} point{}{}", if *points == 1 { "" } else { "s" }, self.columns());
        let bound =
            self.lower_bound.as_ref().filter(|bound| *bound <= self.proven_bound()).unwrap_or(&self.elementary_bound).max(&self.elementary_bound);
        write!(f, "verified: ")?;
        match &self.loss {
            Some(loss) if self.minimum_is_proven() => {
                write!(f, "the network has {loss_name} loss {loss} on {points}, and no network of the class has a smaller one")?;
                write!(f, "{}: the minimum over {networks} is {loss}.", self.grounds(loss))?;
            }
            Some(loss) => {
                let at_least = self.certified.as_ref().map_or_else(String::new, |_| format!(", and at least {bound}{}", self.grounds(bound)));
                write!(f, "the network has {loss_name} loss {loss} on {points}, so the minimum over {networks} is at most {loss}{at_least}.")?;
            }
            None => {
                write!(f, "the {loss_name} loss of {networks} on {points} is at least {bound}")?;
                write!(f, "{}.", if self.certified.is_some() { self.grounds(bound) } else { String::new() })?;
            }
        }
        if let Some(target) = self.target_error() {
            match &self.loss {
                Some(loss) if loss <= target => write!(f, " The target error {target} is reached.")?,
                _ if self.target_is_refuted() => write!(f, " No such network reaches the target error {target}.")?,
                _ if self.status == Status::NotRealizable => {
                    write!(f, " Not covered: that none reaches the target error {target} (no certificate in this file).")?;
                }
                _ => {}
            }
        }
        match &self.lower_bound {
            Some(bound) if bound > self.proven_bound() => write!(f, " Not covered: the lower bound {bound} (no certificate in this file)."),
            _ => Ok(()),
        }
    }
}
