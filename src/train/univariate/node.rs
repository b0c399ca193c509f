//! Nodes of the tree: for every neuron a kind and an interval of gaps in which its kink lies.
//!
//! A neuron `a·max(0, ±c(x − t))`, `c ≥ 0`, is active to the right or to the left of its kink `t`. If `t` lies between the boundaries `lo < hi`, its weights are a nonnegative combination of
//! two rays, which are lines: the *far* one, with its kink at the end of the interval that is the farther from the active side, and the *near* one. A ray whose kink is at ±∞ is the constant 1.

use super::problem::Problem;

/// A neuron's kind and its kink's interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kink {
    /// Whether the neuron is active to the right of its kink.
    pub(super) right: bool,
    /// Whether its output weight is +1.
    pub(super) plus: bool,
    /// The boundaries between which the kink lies, `lo < hi`.
    pub(super) lo: usize,
    pub(super) hi: usize,
}

/// A line by its value at an origin and its slope.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Line {
    pub(super) value: f64,
    pub(super) slope: f64,
}

impl Line {
    pub(super) fn add(&mut self, factor: f64, other: Line) {
        self.value += factor * other.value;
        self.slope += factor * other.slope;
    }
}

impl Kink {
    /// The sign of the output weight.
    pub(super) fn sign(&self) -> f64 {
        if self.plus { 1.0 } else { -1.0 }
    }

    /// The sites on which it is undecided whether the neuron is active.
    pub(super) fn undecided(&self) -> std::ops::Range<usize> {
        self.lo..self.hi - 1
    }

    /// Whether the kink's gap is known.
    pub(super) fn is_leaf(&self) -> bool {
        self.hi - self.lo == 1
    }

    /// The boundaries of the far and of the near ray.
    pub(super) fn ends(&self) -> [usize; 2] {
        if self.right { [self.lo, self.hi] } else { [self.hi, self.lo] }
    }

    /// The ray with its kink at a boundary, as a line with its origin at a site.
    fn ray(&self, problem: &Problem<'_>, boundary: usize, origin: usize) -> Line {
        if boundary == 0 || boundary > problem.sites() {
            return Line { value: 1.0, slope: 0.0 };
        }
        let distance = problem.distance(origin, boundary);
        if self.right { Line { value: distance, slope: 1.0 } } else { Line { value: -distance, slope: -1.0 } }
    }

    /// The far and the near ray.
    pub(super) fn rays(&self, problem: &Problem<'_>, origin: usize) -> [Line; 2] {
        self.ends().map(|boundary| self.ray(problem, boundary, origin))
    }

    /// The sites of the undecided range on which a combination of the rays is positive, as the place where that changes.
    pub(super) fn root(&self, problem: &Problem<'_>, weights: [f64; 2]) -> usize {
        let (mut low, mut high) = (self.lo, self.hi - 1);
        while low < high {
            let middle = low.midpoint(high);
            let [far, near] = self.rays(problem, middle);
            let positive = weights[0] * far.value + weights[1] * near.value > 0.0;
            if positive == self.right {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        low
    }

    /// Weights of the rays of this interval for the neuron that `weights` are for the interval `from`, which contains this one; or near it.
    pub(super) fn adopt(&self, problem: &Problem<'_>, from: &Kink, weights: [f64; 2]) -> [f64; 2] {
        let near_end = self.ends()[1];
        let origin = near_end.clamp(1, problem.sites()) - 1;
        let mut line = Line::default();
        for (weight, ray) in weights.into_iter().zip(from.rays(problem, origin)) {
            line.add(weight, ray);
        }
        let [far, _] = self.rays(problem, origin);
        let rise = line.slope.abs();
        if line.value <= 0.0 {
            return [0.0, rise];
        }
        let first = line.value / far.value;
        if far.slope == 0.0 { [first, rise] } else { if first > rise { [rise, 0.0] } else { [first, rise - first] } }
    }
}

/// An open node: its kinks from left to right, and weights of their rays from which its relaxation may start.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Node {
    pub(super) kinks: Vec<Kink>,
    /// The free functions' weights, then far and near of each kink.
    pub(super) weights: Vec<f64>,
    /// The places of the roots of neurons without weight.
    pub(super) roots: Vec<usize>,
    /// A proven lower bound on the scaled loss.
    pub(super) proven: f64,
    /// The relaxation's value in floats.
    pub(super) estimate: f64,
}

impl Node {
    pub(super) fn new(problem: &Problem<'_>, kinks: Vec<Kink>) -> Self {
        let roots = kinks.iter().map(|kink| kink.lo.midpoint(kink.hi - 1)).collect();
        Node { weights: vec![0.0; problem.extras + 2 * kinks.len()], roots, kinks, proven: 0.0, estimate: 0.0 }
    }

    /// Whether all gaps are known.
    pub(super) fn is_leaf(&self) -> bool {
        self.kinks.iter().all(Kink::is_leaf)
    }

    /// The children in which kink `j` lies left and right of a boundary, and those that come before and after it as well.
    pub(super) fn split(&self, problem: &Problem<'_>, j: usize, boundary: usize) -> [Node; 2] {
        let limited = |left: bool| {
            let kinks = self.kinks.iter().enumerate().map(|(i, &kink)| {
                let mut kink = kink;
                // An order only: a neuron without weight may be anywhere, so that an interval need not become empty.
                if left && i <= j && kink.lo < boundary {
                    kink.hi = kink.hi.min(boundary);
                } else if !left && i >= j && kink.hi > boundary {
                    kink.lo = kink.lo.max(boundary);
                }
                kink
            });
            self.child(problem, kinks.collect())
        };
        [limited(true), limited(false)]
    }

    /// A node with other intervals, and this one's weights.
    pub(super) fn child(&self, problem: &Problem<'_>, kinks: Vec<Kink>) -> Node {
        let mut weights = self.weights.clone();
        let mut roots = self.roots.clone();
        for (j, (kink, from)) in kinks.iter().zip(&self.kinks).enumerate() {
            roots[j] = roots[j].clamp(kink.lo, kink.hi - 1);
            let at = problem.extras + 2 * j;
            let adopted = if kink == from { [weights[at], weights[at + 1]] } else { kink.adopt(problem, from, [weights[at], weights[at + 1]]) };
            weights[at..at + 2].copy_from_slice(&adopted);
        }
        Node { kinks, weights, roots, proven: self.proven, estimate: self.estimate }
    }
}
