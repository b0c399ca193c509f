//! Can a convex map of `k` ReLUs fit the data without error? Fixed-parameter tractable in the dimension and `k`.
//!
//! **Problem.** Given points `(x_i, y_i)`, is there `φ(x) = L(x) + Σ_{j≤k} max(0, w_j·x + b_j)` with `φ(x_i) = y_i` for all `i`? Here `L` is 0, a free constant (output bias), or a free affine
//! function (affine). Write `x̃_s = (x_s, 1)` for the different points (*sites*), `w_j` for `(w_j, b_j)` and `z_js = x̃_s·w_j`. Equal points with different targets refute at once; otherwise a site has a target `y_s`.
//!
//! **Theorem** (Froese and Hertrich). As `φ(x_s) = L + max_A Σ_{j∈A} z_js` over the sets `A` of neurons, `φ ≤ y` is a polyhedron: `Σ_{j∈A} z_js + L(x_s) ≤ y_s` for all `s` and `A`. Keep such a polyhedron `Π`,
//! cut down by equations `Σ_{j∈A} z_js + L(x_s) = y_s`. Take a point of `Π`. If `φ = y` there, it is a solution. Otherwise some `φ(x_s) < y_s`, and in a solution some `A` is tight at `s`: branch over the `A`. None is
//! tight at the point, so each equation cuts out a proper face, and the depth is at most `dim Π ≤ q`, the number of unknowns: `q = k(d+1)`, and `d+1` or 1 more for `L`. There are at most `2^{kq}` leaves, each a linear program
//! with `n·2^k` rows in `q` unknowns: time `2^{O(k²d)}·poly(n)`. With data of lower affine dimension, that takes the place of `d`.
//!
//! **What is done.** Rows are made as a point violates them: at a point the most violated set of a site is that of the neurons with `z_js > 0`. The point is pushed upwards first (`tree`), which on planted data mostly ends at a
//! solution. Of the sites with the largest deficits the one with the fewest feasible sets is branched on (`branching`). Sets are taken up to exchange of neurons with equal history.
//!
//! **In terms of the search.** `Σ_{j∈A} z_js + L = y_s ≥ φ(x_s)` forces `z_js ≥ 0` on `A` and `≤ 0` outside. So a child lies in a node of the [search](super::search): a cone `K_j` a neuron, cut by the sites where it was
//! decided. Where all neurons of a site are decided by their cones, there is one set left and its equation holds without a branch; a set that contradicts a decided neuron is no child. And a
//! branch is written to the certificate as a sequence of splits, one for each group of exchangeable undecided neurons.
//!
//! **A contradiction is a leaf.** Let `λ_sA ≥ 0` be Farkas multipliers of the inequalities and `μ_s` of the equations `A_s`: for all `w` and `L`
//!
//! ```text
//! Σ_s μ_s (Σ_{j∈A_s} z_js + L(x_s)) − Σ_{s,A} λ_sA (Σ_{j∈A} z_js + L(x_s)) = 0,      Σ_s μ_s y_s − Σ_{s,A} λ_sA y_s > 0.
//! ```
//!
//! Let `U_s = μ_s − Σ_A λ_sA`, and `p_js = Σ_{A∋j} λ_sA`, or where neuron `j` is decided `|U_s|` (on) and 0 (off). Then `Σ U_s y_s > 0`, `Σ U_s L(x_s) = 0` for all `L` of the class, and for each neuron and `w ∈ K_j`
//!
//! ```text
//! G_j(w) = Σ_{U_s>0} U_s max(0, x̃_s·w) − Σ_{U_s<0} p_js x̃_s·w  ≤  Σ_s (μ_s [j∈A_s] − Σ_{A∋j} λ_sA) x̃_s·w = 0
//! ```
//!
//! term by term: without an equation `μ_s = 0`, so `U_s ≤ 0`, and `0 ≤ Σ_{A∋j} λ_sA ≤ |U_s|`; the terms agree, or the left one is less if `j` is decided. With an equation `j` is decided at `s`, as `[j∈A_s]` says; the left term is
//! `U_s [j∈A_s] x̃_s·w`, and the difference `Σ_A λ_sA ([j∈A] − [j∈A_s]) x̃_s·w ≤ 0`. That is the condition of a [leaf](super::search).
//!
//! **An affine function** makes all neurons equal up to reflection, `max(0, z) = z + max(0, −z)`: at the first site they may be assumed to be on, and there is one child.
//!
//! **Numbers.** Floats propose points and contradictions. A contradiction counts once its multipliers are found in integers, a solution once its vertex is: `exact`. That a float point lies in `Π` matters for the bound on the depth only,
//! and there the equations of a path are checked for independence. Where floats do not get on, the node is decided by linear programs in integers.
//!
//! # References
//! V. Froese, C. Hertrich, *Training neural networks is NP-hard in fixed dimension*, NeurIPS 2023 (the convex case).

mod branching;
mod exact;
mod independence;
mod program;
mod simplex;
mod start;
#[cfg(test)]
mod tests;
mod tree;

use super::result::problem_json;
use super::search::{CERTIFICATE_BYTES, Claim, Model, Node, Recorder};
use super::{Control, Incumbent, Outcome, Status, TrainError, Trainer};
use crate::exact::Rational;
use crate::instance::csv::CsvOptions;
use crate::instance::{Activation, Instance, Loss};
use crate::network::Network;
use program::{Program, rounded};
use simplex::{Scratch, Simplex};
use std::path::PathBuf;
use tree::{Counts, Ending, Tree};

/// Sets of neurons are kept in a machine word.
const MAX_WIDTH: usize = 64;

/// The method for convex maps without error: ReLUs with output weights +1 ([`Architecture::convex`](crate::instance::Architecture::convex)), target error 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Convex {
    /// Where to write the certificate; default nowhere.
    pub certificate: Option<PathBuf>,
    /// How the data were selected from a table, for the certificate's description of the problem.
    pub columns: Option<CsvOptions>,
    /// Whether to check every leaf again by the definition, and to panic where one is wrong; default no.
    pub audit: bool,
}

impl Convex {
    /// Confirms that the method can answer.
    ///
    /// # Errors
    /// [`TrainError::Unsupported`] says what else there is.
    pub fn check(instance: &Instance) -> Result<(), TrainError> {
        let architecture = instance.architecture;
        let what = if architecture.activation != Activation::Relu || !architecture.convex {
            "networks whose output weights may be negative: it needs --convex; --method search takes both signs".to_owned()
        } else if instance.loss == Loss::ZeroOne {
            "the 0-1 loss; --method search does".to_owned()
        } else if !instance.target_error.as_ref().is_some_and(Rational::is_zero) {
            "the least error or a target error other than 0: it decides whether there is a fit without error, --target-error 0; --method search minimises".to_owned()
        } else if architecture.width > MAX_WIDTH {
            format!("more than {MAX_WIDTH} neurons; --method search does")
        } else {
            return Ok(());
        };
        Err(TrainError::Unsupported { method: "convex", what })
    }
}

impl Trainer for Convex {
    fn name(&self) -> &'static str {
        "convex"
    }

    fn train(&self, instance: &Instance, control: &Control<'_>) -> Result<Outcome, TrainError> {
        Convex::check(instance)?;
        let mut model = Model::new(instance);
        model.mirrored = instance.architecture.affine;
        let root = Node::roots(&model).pop().expect("convex maps have one sign class");
        let recorder = match &self.certificate {
            None => Recorder::counting(1),
            Some(path) => Recorder::create(path, &model, &problem_json(instance, self.columns.as_ref()))?,
        };
        let program = Program::new(&model);
        let mut tree = Tree {
            program: &program,
            control,
            recorder,
            proofs: self.certificate.is_some(),
            audit: self.audit,
            scratch: Scratch::default(),
            counts: Counts::default(),
            least: None,
        };
        let zero = Incumbent::evaluate(Network::constant(Activation::Relu, Rational::ZERO), instance);
        if !model.floor.is_zero() {
            // Equal points alone refute: the bound of every leaf is at least the floor.
            tree.counts = Counts { nodes: 1, leaves: 1, ..Counts::default() };
            tree.abandon(0, root);
            return conclude(tree, zero, &Ending::Refuted);
        }
        let first = tree.start(&root);
        let rounded = first.as_ref().map(|simplex| rounded_network(&program, simplex));
        let mut incumbent =
            rounded.into_iter().map(|network| Incumbent::evaluate(network, instance)).fold(zero, |a, b| if b.loss < a.loss { b } else { a });
        let ending = tree.grow(root, first);
        if let Ending::Found(point) = &ending {
            incumbent = Incumbent::evaluate(program.network(&point.rational), instance);
            assert!(incumbent.loss.is_zero(), "a solution has no error");
        }
        conclude(tree, incumbent, &ending)
    }
}

/// The outcome, and the end of the certificate.
fn conclude(tree: Tree<'_, '_, '_>, incumbent: Incumbent, ending: &Ending) -> Result<Outcome, TrainError> {
    let Tree { program, control, recorder, scratch, counts, least, proofs, .. } = tree;
    let (instance, floor) = (program.model.instance(), &program.model.floor);
    let (bound, stopped) = match ending {
        Ending::Refuted => (least.unwrap_or(Rational::ZERO).max(floor.clone()), None),
        Ending::Found(_) => (Rational::ZERO, None),
        Ending::Stopped(reason) => (floor.clone(), Some(*reason)),
    };
    let mut outcome = Outcome::conclude(instance, control, Some(incumbent), bound, stopped, "convex");
    let statistics = &mut outcome.statistics;
    statistics.count("nodes", counts.nodes);
    statistics.count("leaves", counts.leaves);
    statistics.count("depth", counts.depth as u64);
    statistics.count("depth bound", program.unknowns as u64);
    statistics.count("linear programs", scratch.solves);
    statistics.count("pivots", scratch.pivots);
    statistics.count("decided in integers", counts.exact);
    // The theorem: branched equations are independent, and each has 2^k children at most.
    assert!(counts.depth <= program.unknowns, "the depth is at most the number of unknowns");
    assert!(counts.leaves.checked_ilog2().unwrap_or(0) as usize <= program.width() * program.unknowns, "at most 2^(kq) leaves");
    if proofs {
        let claim = if outcome.status == Status::NotRealizable { Claim::NotRealizable } else { Claim::LowerBound };
        let incumbent = outcome.incumbent.as_ref().expect("there is always a network");
        if let Some(bytes) = recorder.finish(claim, incumbent, &outcome.lower_bound)? {
            outcome.statistics.count(CERTIFICATE_BYTES, bytes);
        }
    }
    Ok(outcome)
}

/// A network of the class near a vertex, with short numbers.
fn rounded_network(program: &Program<'_, '_>, simplex: &Simplex) -> Network {
    let point: Vec<Rational> = simplex.point().iter().enumerate().map(|(i, v)| rounded(*v, program.shift(i))).collect();
    program.network(&point)
}
