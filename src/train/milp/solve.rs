//! The one translation to `good_lp`, and the worker thread on which a solver runs.
//!
//! Neither solver can be interrupted through `good_lp`, so it runs on a thread of its own: on Ctrl-C, or if it overruns its time limit, the thread
//! is abandoned (it ends when the solver does, or with the process) and whatever it would have found is lost. The solver's own limit is
//! nine tenths of the time left, so that its incumbent comes back in time. A panic inside a solver ends its thread only and is reported.

use super::MilpSolver;
use super::model::{MilpModel, Sense};
use crate::exact::{Rational, nearest_f64};
use crate::train::{Control, StopReason};
use good_lp::{
    Expression, ProblemVariables, ResolutionError, Solution, SolutionStatus, SolverModel, Variable, WithMipGap, WithTimeLimit, constraint, variable,
};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// How long the worker is waited for between two looks at the clock and the stop flag.
const POLL: Duration = Duration::from_millis(10);

/// If the solver fails, a second attempt rounds coefficients to multiples of this. Models are scaled to numbers about 1; tiny numbers and nearly parallel rows
/// ruin a float factorisation (microlp gives up with "singular matrix").
const COARSE: f64 = 1e-6;

/// What a solver says of a model. None of it is proven.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Claim {
    /// The values are optimal.
    Optimal,
    /// The values are within the gap asked for.
    WithinGap,
    /// A limit came first.
    Limit,
    /// The solver gave up, called the feasible model infeasible or unbounded, or panicked.
    Failed(String),
    /// The solver was abandoned.
    Abandoned(StopReason),
}

/// A solver's answer: its claim and the values of the columns, if it has any.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Answer {
    pub(super) claim: Claim,
    pub(super) values: Option<Vec<f64>>,
    /// If the solver failed first: the step to whose multiples coefficients were rounded then.
    pub(super) coarsened: Option<f64>,
}

/// What a solver is asked for.
#[derive(Debug, Clone, Copy)]
struct Limits {
    time: Option<Duration>,
    gap: f32,
    #[cfg_attr(not(feature = "highs"), expect(dead_code, reason = "microlp has one thread"))]
    threads: u32,
}

/// Solves `model` until `control` says stop.
pub(super) fn run(model: &MilpModel, solver: MilpSolver, control: &Control<'_>) -> Answer {
    let limits = Limits {
        time: control.time_left().map(|left| left.mul_f64(0.9)),
        gap: crate::exact::lower_f64(control.gap()) as f32,
        threads: u32::try_from(control.threads()).unwrap_or(u32::MAX).min(64),
    };
    let (sender, receiver) = mpsc::channel();
    let model = model.clone();
    let spawned = thread::Builder::new().name(format!("milp-{}", solver.name())).spawn(move || {
        // The receiver is gone if the run was abandoned: then nobody wants the answer.
        let _ = sender.send(attempts(&model, solver, limits));
    });
    if let Err(error) = spawned {
        return failed(format!("no thread for the solver: {error}"));
    }
    loop {
        match receiver.recv_timeout(POLL) {
            Ok(answer) => return answer,
            Err(RecvTimeoutError::Disconnected) => return failed("the solver panicked".to_owned()),
            Err(RecvTimeoutError::Timeout) => {
                if let Some(reason) = control.should_stop() {
                    return Answer { claim: Claim::Abandoned(reason), values: None, coarsened: None };
                }
            }
        }
    }
}

fn failed(reason: String) -> Answer {
    Answer { claim: Claim::Failed(reason), values: None, coarsened: None }
}

fn attempts(model: &MilpModel, solver: MilpSolver, limits: Limits) -> Answer {
    let started = Instant::now();
    let first = solve(model, solver, limits, None);
    if !matches!(first.claim, Claim::Failed(_)) {
        return first;
    }
    let limits = Limits { time: limits.time.map(|time| time.saturating_sub(started.elapsed())), ..limits };
    let second = solve(model, solver, limits, Some(COARSE));
    if second.values.is_some() { Answer { coarsened: Some(COARSE), ..second } } else { first }
}

fn solve(model: &MilpModel, solver: MilpSolver, limits: Limits, step: Option<f64>) -> Answer {
    let rounded = |coefficient: &Rational| match step {
        Some(step) => (nearest_f64(coefficient) / step).round() * step,
        None => nearest_f64(coefficient),
    };
    let mut variables = ProblemVariables::new();
    let columns: Vec<Variable> = model
        .columns()
        .iter()
        .map(|column| {
            let mut definition = variable().name(column.name.as_str());
            if let Some(lower) = &column.lower {
                definition = definition.min(nearest_f64(lower));
            }
            if let Some(upper) = &column.upper {
                definition = definition.max(nearest_f64(upper));
            }
            variables.add(if column.integer { definition.integer() } else { definition })
        })
        .collect();
    let sum = |terms: &mut dyn Iterator<Item = (Variable, f64)>| {
        let mut expression = Expression::default();
        for (variable, coefficient) in terms {
            expression.add_mul(coefficient, variable);
        }
        expression
    };
    let objective = sum(&mut model.columns().iter().zip(&columns).map(|(column, &v)| (v, nearest_f64(&column.objective))));
    let mut constraints = Vec::with_capacity(model.rows().len());
    for row in model.rows() {
        let rhs = nearest_f64(&row.rhs);
        if !rhs.is_finite() || row.terms.iter().any(|(_, coefficient)| !nearest_f64(coefficient).is_finite()) {
            return failed("a coefficient is beyond the range of floats".to_owned());
        }
        let terms = row.terms.iter().map(|(column, coefficient)| (columns[column.0], rounded(coefficient)));
        let left = sum(&mut terms.filter(|(_, coefficient)| *coefficient != 0.0));
        constraints.push(match row.sense {
            Sense::AtMost => constraint!(left <= rhs),
            Sense::AtLeast => constraint!(left >= rhs),
            Sense::Equal => constraint!(left == rhs),
        });
    }
    let problem = variables.minimise(objective);
    match solver {
        MilpSolver::Microlp => finish(problem.using(good_lp::solvers::microlp::microlp), constraints, &columns, limits),
        #[cfg(feature = "highs")]
        MilpSolver::Highs => {
            let highs = problem
                .using(good_lp::solvers::highs::highs)
                .set_threads(limits.threads)
                .set_option("mip_rel_gap", 0.0)
                .set_option("mip_abs_gap", 0.0)
                .set_option("mip_feasibility_tolerance", 1e-9)
                .set_option("primal_feasibility_tolerance", 1e-9)
                .set_option("dual_feasibility_tolerance", 1e-9);
            finish(highs, constraints, &columns, limits)
        }
        #[cfg(not(feature = "highs"))]
        MilpSolver::Highs => failed("built without the feature `highs`".to_owned()),
    }
}

fn finish<M>(mut model: M, constraints: Vec<good_lp::Constraint>, columns: &[Variable], limits: Limits) -> Answer
where
    M: SolverModel<Error = ResolutionError> + WithTimeLimit + WithMipGap,
{
    for constraint in constraints {
        model.add_constraint(constraint);
    }
    if let Some(time) = limits.time {
        model = model.with_time_limit(time.as_secs_f64());
    }
    if limits.gap > 0.0 {
        match model.with_mip_gap(limits.gap) {
            Ok(with_gap) => model = with_gap,
            Err(error) => return failed(format!("{error:?}")),
        }
    }
    match model.solve() {
        Ok(solution) => {
            let claim = match solution.status() {
                SolutionStatus::Optimal => Claim::Optimal,
                SolutionStatus::GapLimit => Claim::WithinGap,
                SolutionStatus::TimeLimit => Claim::Limit,
            };
            let values: Vec<f64> = columns.iter().map(|&column| solution.value(column)).collect();
            if values.iter().all(|value| value.is_finite()) {
                Answer { claim, values: Some(values), coarsened: None }
            } else {
                failed("a value that is no finite number".to_owned())
            }
        }
        Err(ResolutionError::Other("Time limit reached before finding a feasible solution" | "NoSolutionFound")) => {
            Answer { claim: Claim::Limit, values: None, coarsened: None }
        }
        Err(ResolutionError::Infeasible) => failed("`infeasible`, which no such model is".to_owned()),
        Err(ResolutionError::Unbounded) => failed("`unbounded`, which no such model is".to_owned()),
        Err(error) => failed(format!("an error: {error}")),
    }
}
