//! Training as mixed-integer linear programming, for the losses L1, L∞ and 0-1 and the zero-error question.
//!
//! One builder makes the models (ReLU: one for each class of output signs `a_j = ±1`; threshold: one), a translation to `good_lp` gives them to
//! microlp or, with the cargo feature `highs`, to HiGHS, and two writers put the same models into files ([`write_mps`], [`write_lp`]).
//!
//! # What is proven and what is not
//! - *The incumbent is exact.* What a solver returns is only a proposal: the equations that its floats nearly satisfy are solved in rationals, so is the convex problem
//!   of its activation pattern, and every network is evaluated by the definition ([`Incumbent::evaluate`]).
//! - *The lower bound is exact* but modest: equal points with different targets force an error; for width 0 the best constant is the optimum.
//!   [`Status::Optimal`], [`Status::Realizable`] and [`Status::NotRealizable`] come from these exact numbers alone.
//! - *A solver's status proves nothing*, as it holds within float tolerances at best. If a solver claims optimality for every model and the exact loss confirms the
//!   claimed value, the status is [`Status::WithinGap`], and a note says that it is proven only within the solver's float tolerance;
//!   whatever else the solver says ends as [`Status::TimeLimit`] with a note that names what happened. For the decision problem an unproven "no" is
//!   [`Status::TimeLimit`] as well.
//! - *The big-M constants cut off no optimum*: a theorem bounds the pre-activations of some optimal network by minors of the data (module `bounds`; the proof
//!   is there). Where that bound is too large for a float solver, or the user gives a smaller one, the notes say which networks the model holds.
//!
//! # Limits
//! The models have `k·m` binaries for `m` distinct points; both solvers handle about 50 of them in a minute. A solver cannot be interrupted from outside: it runs
//! on a thread of its own, which is abandoned on Ctrl-C (see the module `solve`). microlp has no limit on memory, uses one thread,
//! and tests the clock once an iteration.

mod bounds;
mod build;
mod exact_step;
mod geometry;
mod lp_format;
mod model;
mod mps;
mod numbers;
mod solve;

pub use lp_format::write_lp;
pub use model::{Column, ColumnId, MilpModel, Row, Sense};
pub use mps::write_mps;

use super::constant::best_constant;
use super::pattern::PatternSpace;
use super::{Control, Incumbent, Outcome, Progress, Statistics, Status, StopReason, TrainError, Trainer, floor};
use crate::exact::{Rational, lower_f64, nearest_f64};
use crate::instance::{Activation, Instance, Loss};
use crate::network::{Network, Neuron};
use build::Formulation;
use solve::Claim;

/// Which program solves the models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum MilpSolver {
    /// microlp: pure Rust, always there.
    #[default]
    Microlp,
    /// HiGHS: needs the cargo feature `highs`.
    Highs,
}

impl MilpSolver {
    /// The name on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            MilpSolver::Microlp => "microlp",
            MilpSolver::Highs => "highs",
        }
    }

    /// Whether this build contains the solver.
    #[must_use]
    pub fn is_available(self) -> bool {
        match self {
            MilpSolver::Microlp => true,
            MilpSolver::Highs => cfg!(feature = "highs"),
        }
    }
}

/// The method `milp`.
///
/// # Examples
/// ```
/// use relus::exact::{Rational, parse_rational};
/// use relus::instance::{Activation, Architecture, Data, Instance, Loss};
/// use relus::train::{Control, Status, Trainer, milp::Milp};
///
/// let q = |s| parse_rational(s).unwrap();
/// // A kink: y = max(0, x − 1/3), which one neuron fits without error.
/// let data = Data::new(vec![vec![q("0")], vec![q("1")], vec![q("2")]], vec![q("0"), q("2/3"), q("5/3")]).unwrap();
/// let architecture = Architecture { activation: Activation::Relu, width: 1, output_bias: false, convex: false, affine: false };
/// let instance = Instance { data, architecture, loss: Loss::L1, target_error: None };
/// let outcome = Milp::default().train(&instance, &Control::default()).unwrap();
/// assert_eq!(outcome.status, Status::Optimal);
/// assert_eq!(outcome.incumbent.unwrap().loss, Rational::ZERO);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Milp {
    /// The solver.
    pub solver: MilpSolver,
    /// A bound on `|w|` and `|b|` in the data's units; `None` for the proven bound, or a default where that is unusable.
    ///
    /// For threshold networks and the 0-1 loss, which are invariant under scaling, it bounds the weights of networks whose active pre-activations, respectively
    /// positive predictions, are at least 1. It bounds the models only: the exact step may find a better network beyond it. A bound that excludes no network that the proven one admits has no effect.
    pub weight_bound: Option<Rational>,
}

const METHOD: &str = "milp";

/// An exact loss confirms a solver's objective if it is above it by no more than this, relative to the objective and the unit of the targets.
const CONFIRMED: f64 = 1e-6;

fn unsupported(what: impl Into<String>) -> TrainError {
    TrainError::Unsupported { method: METHOD, what: what.into() }
}

impl Milp {
    /// The loss that the models minimise.
    fn linear_loss(instance: &Instance) -> Result<Loss, TrainError> {
        match instance.loss {
            Loss::L1 | Loss::Linf | Loss::ZeroOne => Ok(instance.loss),
            // All residuals vanish or none does: any loss asks the same question.
            Loss::L2 if instance.target_error == Some(Rational::ZERO) => Ok(Loss::L1),
            Loss::L2 => Err(unsupported("the loss l2 (it is quadratic); use the method enumerate, or the loss l1 or linf")),
        }
    }

    fn check(&self, instance: &Instance) -> Result<Loss, TrainError> {
        if instance.architecture.convex || instance.architecture.affine {
            return Err(TrainError::for_class(METHOD, "convex maps and affine functions"));
        }
        let loss = Self::linear_loss(instance)?;
        if self.weight_bound.as_ref().is_some_and(|bound| *bound <= Rational::ZERO) {
            return Err(unsupported("a weight bound that is not positive"));
        }
        Ok(loss)
    }

    /// The models of an instance, in the order in which they are solved: the optimum is the least of their optima.
    ///
    /// # Errors
    /// [`TrainError::Unsupported`] for the sum of squares and for a weight bound that is not positive.
    pub fn models(&self, instance: &Instance) -> Result<Vec<MilpModel>, TrainError> {
        let loss = self.check(instance)?;
        let formulation = Formulation::new(instance, loss, self.weight_bound.as_ref());
        Ok(formulation.encodings().map(|encoding| encoding.model).collect())
    }
}

impl Trainer for Milp {
    fn name(&self) -> &'static str {
        METHOD
    }

    fn train(&self, instance: &Instance, control: &Control<'_>) -> Result<Outcome, TrainError> {
        let loss = self.check(instance)?;
        if !self.solver.is_available() {
            return Err(unsupported(format!(
                "the solver {}: this program was built without it (build with `--features highs`, or use `--solver microlp`)",
                self.solver.name()
            )));
        }
        let (constant, lower_bound) = start(instance);
        let mut run = Run {
            instance,
            control,
            incumbent: constant,
            lower_bound,
            notes: Vec::new(),
            claims: Claims::default(),
            statistics: Statistics::default(),
        };
        if !run.is_decided() {
            run.solve_models(&Formulation::new(instance, loss, self.weight_bound.as_ref()), self.solver);
        }
        Ok(run.conclude(self.solver))
    }
}

/// The best constant network, with all neurons zero, and a lower bound for the class.
fn start(instance: &Instance) -> (Incumbent, Rational) {
    let architecture = instance.architecture;
    let best = best_constant(instance.data.targets(), instance.loss).0;
    let value = if architecture.output_bias { best } else { Rational::ZERO };
    let mut network = Network::constant(architecture.activation, value);
    let idle = Neuron { w: vec![Rational::ZERO; instance.data.dimension()], b: Rational::ZERO, a: Rational::ONE };
    network.neurons = vec![idle; architecture.width];
    let incumbent = Incumbent::evaluate(network, instance);
    let lower_bound = if architecture.width == 0 { incumbent.loss.clone() } else { floor::duplicate_points(instance) };
    (incumbent, lower_bound)
}

/// What the solver claimed of the models together.
#[derive(Debug, Default)]
struct Claims {
    /// The least objective of a solution that was called optimal.
    objective: Option<f64>,
    /// The unit of the targets, rounded.
    unit: f64,
    /// Whether every model was solved to claimed optimality, or to the gap asked for.
    complete: bool,
    /// Why the run ended early.
    stopped: Option<StopReason>,
}

struct Run<'a> {
    instance: &'a Instance,
    control: &'a Control<'a>,
    incumbent: Incumbent,
    lower_bound: Rational,
    notes: Vec<String>,
    claims: Claims,
    statistics: Statistics,
}

impl Run<'_> {
    /// Whether exact numbers already answer the question.
    fn is_decided(&self) -> bool {
        let loss = &self.incumbent.loss;
        match &self.instance.target_error {
            Some(target) => loss <= target || self.lower_bound > *target,
            None => (loss - &self.lower_bound) <= self.control.gap() * loss,
        }
    }

    fn solve_models(&mut self, formulation: &Formulation<'_>, solver: MilpSolver) {
        let total = match self.instance.architecture.activation {
            Activation::Relu => self.instance.architecture.width as u64 + 1,
            Activation::Threshold => 1,
        };
        let (mut models, mut binaries, mut rows) = (0u64, 0, 0);
        let space = PatternSpace::new(self.instance);
        self.claims.complete = true;
        self.claims.unit = nearest_f64(&formulation.unit);
        for encoding in formulation.encodings() {
            if let Some(reason) = self.control.should_stop() {
                self.claims.stopped = Some(reason);
                self.claims.complete = false;
                break;
            }
            let model = &encoding.model;
            models += 1;
            binaries = binaries.max(model.columns().iter().filter(|column| column.integer).count());
            rows = rows.max(model.rows().len());
            let answer = solve::run(model, solver, self.control);
            if let Some(values) = &answer.values {
                let mut proposal = exact_step::proposal(formulation, &encoding, values);
                for network in std::mem::take(&mut proposal.networks) {
                    let candidate = Incumbent::evaluate(network, self.instance);
                    if candidate.loss < self.incumbent.loss {
                        self.incumbent = candidate;
                    }
                }
                if let Some(better) = proposal.pattern_optimum(&space, &self.incumbent.loss) {
                    self.incumbent = better;
                }
                let objective: f64 = model.columns().iter().zip(values).map(|(column, value)| nearest_f64(&column.objective) * value).sum();
                let objective = objective * self.claims.unit;
                if matches!(answer.claim, Claim::Optimal | Claim::WithinGap) && self.claims.objective.is_none_or(|least| objective < least) {
                    self.claims.objective = Some(objective);
                }
            }
            if let Some(step) = answer.coarsened {
                self.notes.push(format!(
                    "{} failed on model {}; its answer is for coefficients rounded to multiples of {step:e}",
                    solver.name(),
                    model.name
                ));
            }
            self.take_claim(&answer.claim, &model.name, solver);
            self.control.report(&Progress {
                phase: "models",
                incumbent: Some(nearest_f64(&self.incumbent.loss)),
                lower_bound: lower_f64(&self.lower_bound),
                estimate: None,
                done: models,
                open: None,
                total: Some(total),
            });
            if self.claims.stopped.is_some() || self.is_decided() {
                break;
            }
        }
        self.statistics.count("models", models);
        self.statistics.count("binaries", binaries as u64);
        self.statistics.count("rows", rows as u64);
        if !self.is_decided() {
            self.notes.push(formulation.bound_note.clone());
            if formulation.restriction.is_some() {
                self.notes.push("the solver's claim is about that model only, not about all networks".to_owned());
            }
        }
    }

    fn take_claim(&mut self, claim: &Claim, model: &str, solver: MilpSolver) {
        let solver = solver.name();
        match claim {
            Claim::Optimal | Claim::WithinGap => return,
            Claim::Limit => {
                self.notes.push(format!("{solver} reached its time limit on model {model}"));
                self.claims.stopped = Some(StopReason::TimeLimit);
            }
            Claim::Abandoned(reason) => {
                self.notes.push(format!("{solver} was abandoned on model {model}"));
                self.claims.stopped = Some(*reason);
            }
            Claim::Failed(what) => self.notes.push(format!("{solver} failed on model {model}: {what}")),
        }
        self.claims.complete = false;
    }

    fn conclude(self, solver: MilpSolver) -> Outcome {
        let decided = self.is_decided();
        let exact = nearest_f64(&self.incumbent.loss);
        let mut outcome = Outcome::conclude(self.instance, self.control, Some(self.incumbent), self.lower_bound, self.claims.stopped, METHOD);
        outcome.statistics = self.statistics;
        outcome.notes = self.notes;
        if decided {
            return outcome;
        }
        let solver = solver.name();
        match self.claims.objective {
            Some(claimed) if self.claims.complete => {
                let confirmed = exact <= claimed + CONFIRMED * (self.claims.unit + claimed.abs());
                if !confirmed {
                    outcome.notes.push(format!("{solver} claims an optimum of {claimed}; no exact network confirms it (best found: {exact})"));
                } else if self.instance.target_error.is_some() {
                    outcome.notes.push(format!("{solver} claims that the least loss is {claimed}, above the target; that is not proven"));
                } else {
                    outcome.status = Status::WithinGap;
                    outcome.notes.push(format!(
                        "proven only within the solver's float tolerance: {solver} claims an optimum of {claimed}; the proven lower bound is the one given here"
                    ));
                }
            }
            _ => outcome.notes.push(format!("{solver} did not solve every model; the lower bound is the one that equal points force")),
        }
        outcome
    }
}
