//! The convex problem of one tuple of activation patterns.
//!
//! Fix for every neuron `j` the set `S_j` of points on which it is active, and for ReLU its sign `a_j = ±1`. With `u_j = a_j (w_j, b_j)` (ReLU) or
//! `u_j = a_j` (threshold) the network's values are linear in the unknowns,
//!
//! ```text
//! φ(x_i) = c + Σ_{j : i ∈ S_j} f_i·u_j,     f_i = (x_i, 1)  (ReLU)   or   f_i = 1  (threshold),
//! ```
//!
//! with `v·f_i` in place of `c` if the class has an affine function besides,
//! and for ReLU the weights must lie in the closed cell of `S_j`: `a_j f_i·u_j ≥ 0` on `S_j`, `≤ 0` elsewhere, of which the cell's walls (facets)
//! imply the rest. Minimising the loss over such a polyhedral cone is a small convex program with rational data, and its minimum is attained
//! and rational. [`PatternSpace`] holds what all tuples share, and solves one tuple exactly.
//!
//! A tie `w·x + b = 0` belongs to both closed cells of a ReLU, where it is harmless; for a threshold neuron it means 0, and only
//! full-dimensional cells matter, because lowering `b` a little turns ties into strict negatives and keeps strict positives.

mod least_squares;
mod linear;
mod zero_one;

pub(crate) use zero_one::Labels;
pub use zero_one::{SubsetSums, SubsetSumsError};

use crate::arrangement::SignVector;
use crate::exact::{Integer, IntegerVector, Rational};
use crate::instance::{Activation, Design, Instance, Loss};
use crate::network::{Network, Neuron};
use crate::train::Incumbent;

/// The activation pattern of one neuron.
#[derive(Debug, Clone, Copy)]
pub struct Pattern<'a> {
    /// The rows of the design on which the neuron is active.
    pub active: &'a SignVector,
    /// The rows whose sign conditions describe the closed cell: its facets, or simply all rows.
    pub walls: &'a [usize],
    /// A point of the open cell (used as the weights of a threshold neuron).
    pub witness: &'a IntegerVector,
}

/// What all activation patterns of one training problem share.
#[derive(Debug, Clone)]
pub struct PatternSpace<'a> {
    instance: &'a Instance,
    design: Design,
    targets: &'a [Integer],
    target_scale: &'a Integer,
}

impl<'a> PatternSpace<'a> {
    /// Prepares `instance`: its design matrix and its targets in integers.
    #[must_use]
    pub fn new(instance: &'a Instance) -> Self {
        let integers = instance.data.integers();
        PatternSpace { instance, design: Design::new(&instance.data), targets: &integers.targets, target_scale: &integers.target_scale }
    }

    /// The training problem.
    #[must_use]
    pub fn instance(&self) -> &'a Instance {
        self.instance
    }

    /// The design matrix.
    #[must_use]
    pub fn design(&self) -> &Design {
        &self.design
    }

    /// The targets times [`PatternSpace::target_scale`], one a point of the data.
    #[must_use]
    pub fn targets(&self) -> &[Integer] {
        self.targets
    }

    /// The least positive integer that makes all targets integral.
    #[must_use]
    pub fn target_scale(&self) -> &Integer {
        self.target_scale
    }

    /// The number of unknowns a neuron has: the design's rank for ReLU, 1 for threshold.
    #[must_use]
    pub fn block(&self) -> usize {
        match self.instance.architecture.activation {
            Activation::Relu => self.design.rank(),
            Activation::Threshold => 1,
        }
    }

    /// The feature vector `f_i` of design row `i`, with [`PatternSpace::block`] entries.
    #[must_use]
    pub fn features(&self, row: usize) -> &[Integer] {
        static ONE: [Integer; 1] = [Integer::ONE];
        match self.instance.architecture.activation {
            Activation::Relu => self.design.rows().row(row),
            Activation::Threshold => &ONE,
        }
    }

    /// The number of unknowns of a tuple of `neurons` patterns: a block each, and after them one for the output bias or a block for the affine function, if there is one.
    #[must_use]
    pub fn unknowns(&self, neurons: usize) -> usize {
        neurons * self.block() + self.besides()
    }

    /// The number of unknowns besides those of the neurons.
    fn besides(&self) -> usize {
        let architecture = self.instance.architecture;
        if architecture.affine { self.block() } else { usize::from(architecture.output_bias) }
    }

    /// The coefficients of these in the value of a row. The design's first column is the constant one.
    fn features_besides(&self, row: usize) -> &[Integer] {
        &self.design.rows().row(row)[..self.besides()]
    }

    /// The best network with these activation patterns and, for ReLU, these signs of the output weights (`plus[j]` for `a_j = +1`), if its loss is
    /// below `cutoff`. `None` is a proof that every network of the tuple has loss at least `cutoff`.
    ///
    /// For ReLU the patterns stand for closed cells. For the 0-1 loss, "every network" means every network whose neurons are strictly positive
    /// on their patterns and nonpositive elsewhere: these cover the class as the tuple runs over all cells.
    ///
    /// # Complexity
    /// One exact convex program in [`PatternSpace::unknowns`] variables; for the 0-1 loss of ReLU networks a search tree of linear programs.
    ///
    /// # Panics
    /// If `plus` is not as long as `patterns`, or for the 0-1 loss of threshold networks, which [`SubsetSums`] solves.
    #[must_use]
    pub fn solve(&self, patterns: &[Pattern<'_>], plus: &[bool], cutoff: Option<&Rational>) -> Option<Incumbent> {
        self.solve_unless(patterns, plus, cutoff, &|| false)
    }

    /// The same, but for the absolute and the maximum loss it may be given up when `stop` says so: then `None` proves nothing.
    pub(in crate::train) fn solve_unless(
        &self,
        patterns: &[Pattern<'_>],
        plus: &[bool],
        cutoff: Option<&Rational>,
        stop: &dyn Fn() -> bool,
    ) -> Option<Incumbent> {
        assert_eq!(patterns.len(), plus.len(), "one sign a neuron");
        let network = match (self.instance.loss, self.instance.architecture.activation) {
            (Loss::L2, _) => self.least_squares(patterns, plus, cutoff)?,
            (Loss::L1 | Loss::Linf, _) => self.least_deviation(patterns, plus, cutoff, stop)?,
            (Loss::ZeroOne, Activation::Relu) => {
                let (network, errors) = self.fewest_errors(patterns, plus, cutoff)?;
                let incumbent = Incumbent::evaluate(network, self.instance);
                assert!(incumbent.loss <= Rational::from(errors), "the network makes more errors than its linear program allows");
                return Some(incumbent);
            }
            (Loss::ZeroOne, Activation::Threshold) => unreachable!("solved by subset sums"),
        };
        let incumbent = Incumbent::evaluate(network, self.instance);
        // The program promised a loss below the cutoff. A network that does not keep the promise is no proof that there is none: better to stop.
        assert!(cutoff.is_none_or(|cutoff| incumbent.loss < *cutoff), "the network loses more than its convex program says");
        Some(incumbent)
    }

    /// Row `i` of the matrix `A` of the values `φ(x_i)·target_scale` as linear functions of the unknowns.
    fn value_row(&self, row: usize, patterns: &[Pattern<'_>]) -> Vec<Integer> {
        let mut values = Vec::with_capacity(self.unknowns(patterns.len()));
        for pattern in patterns {
            if pattern.active.is_positive(row) {
                values.extend_from_slice(self.features(row));
            } else {
                values.extend(std::iter::repeat_n(Integer::ZERO, self.block()));
            }
        }
        values.extend_from_slice(self.features_besides(row));
        values
    }

    /// The rows `g` of the conditions `g·u ≥ 0` that keep every ReLU in its closed cell.
    fn cell_rows(&self, patterns: &[Pattern<'_>], plus: &[bool]) -> Vec<Vec<Integer>> {
        if self.instance.architecture.activation == Activation::Threshold {
            return Vec::new();
        }
        let (block, unknowns) = (self.block(), self.unknowns(patterns.len()));
        let mut rows = Vec::with_capacity(patterns.iter().map(|p| p.walls.len()).sum());
        for (j, (pattern, &plus)) in patterns.iter().zip(plus).enumerate() {
            for &wall in pattern.walls {
                let mut row = vec![Integer::ZERO; unknowns];
                for (entry, feature) in row[j * block..].iter_mut().zip(self.features(wall)) {
                    *entry = if pattern.active.is_positive(wall) == plus { feature.clone() } else { -feature };
                }
                rows.push(row);
            }
        }
        rows
    }

    /// The network whose unknowns, in units of `1/target_scale`, are `u`.
    fn network(&self, patterns: &[Pattern<'_>], plus: &[bool], u: &[Rational]) -> Network {
        let scale = Rational::from(self.target_scale.clone());
        let architecture = self.instance.architecture;
        let block = self.block();
        let neurons: Vec<Neuron> = patterns
            .iter()
            .zip(plus)
            .enumerate()
            .map(|(j, (pattern, &plus))| {
                let own = &u[j * block..(j + 1) * block];
                match architecture.activation {
                    Activation::Relu => {
                        let a = if plus { Rational::ONE } else { Rational::NEG_ONE };
                        let v: Vec<Rational> = own.iter().map(|value| value * &a / &scale).collect();
                        let (w, b) = self.design.weights(&v);
                        Neuron { w, b, a }
                    }
                    Activation::Threshold => {
                        let (w, b) = self.threshold_weights(pattern.witness);
                        Neuron { w, b, a: &own[0] / &scale }
                    }
                }
            })
            .collect();
        // There may be further unknowns, such as the maximum loss.
        let besides = &u[patterns.len() * block..self.unknowns(patterns.len())];
        let mut network = Network { activation: architecture.activation, neurons, output_bias: Rational::ZERO };
        if architecture.affine {
            let (w, b) = self.design.weights(&besides.iter().map(|value| value / &scale).collect::<Vec<Rational>>());
            network.add_affine(w, b);
        } else if let Some(bias) = besides.first() {
            network.output_bias = bias / &scale;
        }
        network
    }

    fn threshold_weights(&self, witness: &IntegerVector) -> (Vec<Rational>, Rational) {
        let v: Vec<Rational> = witness.entries().iter().cloned().map(Rational::from).collect();
        self.design.weights(&v)
    }
}
