//! What a reduction does to the parameters: measured on the training instance, and by the closed forms.

use super::{Reduction, Sizes, bits};
use crate::exact::Rational;
use crate::instance::Instance;
use serde::Serialize;

/// Parameters in and out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ledger {
    /// The reduction's name.
    pub rule: &'static str,
    /// The source's parameters.
    pub source: Vec<(&'static str, usize)>,
    /// What the training instance has.
    pub measured: Sizes,
    /// What the closed forms say.
    pub closed_form: Sizes,
    /// The bits of the longest coordinate, numerator and denominator together.
    pub longest_number: usize,
    /// What the closed form allows.
    pub longest_number_bound: usize,
    /// The bits of all coordinates and labels.
    pub total_bits: usize,
}

/// The bits of numerator and denominator.
fn length(value: &Rational) -> usize {
    use dashu_base::UnsignedAbs;
    bits(&value.numerator().unsigned_abs()) + bits(value.denominator())
}

impl Ledger {
    /// Measures `instance`, which is `reduction.reduce(source)`.
    pub fn new<R: Reduction + ?Sized>(reduction: &R, source: &R::Source, instance: &Instance) -> Self {
        let data = &instance.data;
        let lengths = data.points().iter().flatten().map(length);
        let labels: usize = data.targets().iter().map(length).sum();
        Ledger {
            rule: reduction.name(),
            source: reduction.parameters(source),
            measured: Sizes { points: data.len(), dimension: data.dimension(), width: instance.architecture.width },
            closed_form: reduction.sizes(source),
            longest_number: lengths.clone().max().unwrap_or(0),
            longest_number_bound: reduction.bit_bound(source),
            total_bits: lengths.sum::<usize>() + labels,
        }
    }

    /// Whether the training instance is what the closed forms say.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.measured == self.closed_form && self.longest_number <= self.longest_number_bound
    }
}
