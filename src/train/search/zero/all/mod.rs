//! All functions without error.
//!
//! The tree of the decision is searched to its end. A node with a network without error is closed where the exact relaxation has no other point: the least and the greatest value of every weight, by exact
//! linear programs, are equal. Where they are not, the node is split on; a node without undecided bits, whose networks without error are more than one point, is a *family*.
//!
//! **Equal functions.** Networks of different nodes may be one function, see [`function`]. So with no family the list is complete and without repetition, and finite; a family's networks form a polyhedron of positive dimension.

mod function;
#[cfg(test)]
mod tests;

use super::floats::FloatVerdict;
use super::program::Program;
use super::{Extra, Solution, Stopped, conflict};
use crate::exact::{Integer, Rational, dot, nearest_f64};
use crate::instance::{Activation, Instance, Loss};
use crate::network::Network;
use crate::optimize::lp::LpVerdict;
use crate::train::search::node::Split;
use crate::train::search::{Branch, Lines, Model, Node, State};
use crate::train::{Control, StopReason};
use function::Function;
use std::collections::BTreeSet;

/// The functions of a class that fit the data without error, see [`all_zero_error`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZeroErrorFunctions {
    /// One network for each function that is alone in its cell, no function twice.
    pub functions: Vec<Network>,
    /// One network for each cell with infinitely many networks without error.
    pub families: Vec<Network>,
    /// Why the list may be incomplete, if it may.
    pub stopped: Option<StopReason>,
    /// The nodes that were looked at.
    pub nodes: u64,
}

/// What is known of a node.
enum Content {
    /// No network without error.
    Nothing,
    /// One function.
    One(Solution),
    /// Infinitely many networks.
    Many(Solution),
    /// A bit to split, and others that would do: neuron and site.
    Open(Vec<(usize, usize)>),
}

/// Lists the functions of the instance's class (its architecture) whose values at the points are the targets, until it is complete or `control` stops it. The instance's loss and target
/// error do not matter.
///
/// ReLU networks count as one if they are equal on the affine hull of the points. Breaklines of threshold neurons can move between points: networks count as one if, up to the reversal of neurons
/// (`[z > 0] = 1 − [z ≤ 0]`), they have the same output weights for the same divisions of the points.
///
/// # Examples
/// Two ReLUs that are 0, 0, 1, 2, 3, 3, 3 on a line are a ramp from 1 to 4, which can be made of right or of left halves: one function.
/// ```
/// use relus::exact::Rational;
/// use relus::instance::{Activation, Architecture, Data, Instance, Loss};
/// use relus::train::{Control, search::all_zero_error};
/// let points = (0..7).map(|x| vec![Rational::from(x)]).collect();
/// let data = Data::new(points, [0, 0, 1, 2, 3, 3, 3].map(Rational::from).to_vec()).unwrap();
/// let architecture = Architecture { activation: Activation::Relu, width: 2, output_bias: false, convex: false, affine: false };
/// let instance = Instance { data, architecture, loss: Loss::L2, target_error: None };
/// let all = all_zero_error(&instance, &Control::default());
/// assert_eq!((all.functions.len(), all.families.len(), all.stopped), (1, 0, None));
/// ```
#[must_use]
pub fn all_zero_error(instance: &Instance, control: &Control<'_>) -> ZeroErrorFunctions {
    // Any loss that is 0 for y = φ only.
    let instance = Instance { loss: Loss::L1, target_error: Some(Rational::ZERO), ..instance.clone() };
    let model = Model::new(&instance);
    let mut all = ZeroErrorFunctions { functions: Vec::new(), families: Vec::new(), stopped: None, nodes: 0 };
    if conflict(&model, model.width()).is_some() {
        return all;
    }
    let lines = Lines::new(&model);
    let mut seen: BTreeSet<Function> = BTreeSet::new();
    let mut open = Node::roots(&model);
    while let Some(node) = open.pop() {
        all.stopped = control.should_stop();
        if all.stopped.is_some() {
            break;
        }
        all.nodes += 1;
        if lines.refute(&model, &node).is_some() {
            continue;
        }
        let network = |solution: Solution| solution.network(&model).expect("every solution is of the class");
        let branch = lines.branch(&model, &node, model.mirrored);
        let split = match branch {
            Some(Branch { bend, services, viable: 0 | 1 }) => Split::Bend { bend, services },
            branch => match content(&model, &node, &|| control.should_stop().is_some()) {
                Err(Stopped) => {
                    open.push(node);
                    continue;
                }
                Ok(Content::Nothing) => continue,
                Ok(Content::One(solution)) => {
                    if seen.insert(Function::new(&model, &solution)) {
                        all.functions.push(network(solution));
                    }
                    continue;
                }
                Ok(Content::Many(solution)) => {
                    all.families.push(network(solution));
                    continue;
                }
                Ok(Content::Open(bits)) => match branch {
                    Some(Branch { bend, services, .. }) => Split::Bend { bend, services },
                    None => super::decide::bit(&model, &node, &bits),
                },
            },
        };
        open.extend(node.children(&model, &split));
    }
    all
}

fn content(model: &Model<'_>, node: &Node, stop: &dyn Fn() -> bool) -> Result<Content, Stopped> {
    let mut program = Program::new(model, node, Extra::of(model), stop);
    match program.cut_in_floats() {
        FloatVerdict::Open(bits) => return Ok(Content::Open(bits)),
        FloatVerdict::Contradiction(rows) if program.contradiction(&rows)?.is_some() => return Ok(Content::Nothing),
        _ => {}
    }
    let zero = vec![Integer::ZERO; program.unknowns];
    let Some(point) = optimum(&mut program, &zero)?.into_point() else { return Ok(Content::Nothing) };
    let solution = program.solution(&point);
    let bits = |program: &Program<'_, '_>| {
        let point: Vec<f64> = point.iter().map(nearest_f64).collect();
        program.open(&point, -1.0)
    };
    if !solution.is_exact(model) {
        return Ok(Content::Open(bits(&program).expect("without undecided bits the rows are the equations φ = y")));
    }
    // The divisions of the points by threshold neurons are known when all bits are.
    let undecided = node.cones.iter().any(|cone| cone.states.contains(&State::Undecided));
    if undecided && model.activation() == Activation::Threshold {
        return Ok(Content::Open(bits(&program).expect("a bit is undecided")));
    }
    if is_alone(&mut program, &point)? {
        return Ok(Content::One(solution));
    }
    Ok(bits(&program).map_or(Content::Many(solution), Content::Open))
}

/// The least value of an objective over the relaxation.
enum Optimum {
    Nothing,
    At(Vec<Rational>),
    Unbounded,
}

impl Optimum {
    fn into_point(self) -> Option<Vec<Rational>> {
        if let Optimum::At(point) = self { Some(point) } else { None }
    }
}

fn optimum(program: &mut Program<'_, '_>, objective: &[Integer]) -> Result<Optimum, Stopped> {
    loop {
        let mut exact = program.exact();
        exact.objective = objective.to_vec();
        match exact.solve_unless(None, program.stop).ok_or(Stopped)? {
            LpVerdict::Infeasible { .. } => return Ok(Optimum::Nothing),
            LpVerdict::Optimal(optimum) if program.cut_exactly(&optimum.point) => {}
            LpVerdict::Optimal(optimum) => return Ok(Optimum::At(optimum.point)),
            // A further cut may bound it; if not, some more bits will tell.
            LpVerdict::Unbounded { .. } => return Ok(Optimum::Unbounded),
            LpVerdict::AboveCutoff { .. } => unreachable!("there is no cutoff"),
        }
    }
}

/// Whether the relaxation has no weights but those of `point`.
fn is_alone(program: &mut Program<'_, '_>, point: &[Rational]) -> Result<bool, Stopped> {
    for form in program.weight_forms() {
        let value = |point: &[Rational]| dot(&form.iter().cloned().map(Rational::from).collect::<Vec<_>>(), point);
        let here = value(point);
        for objective in [form.clone(), form.iter().map(|v| -v).collect()] {
            if optimum(program, &objective)?.into_point().is_none_or(|least| value(&least) != here) {
                return Ok(false);
            }
        }
    }
    Ok(true)
}
