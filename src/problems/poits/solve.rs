//! Exact solution of POITS: all solutions, their number, or one of them.
//!
//! Depth-first search over the clauses: an open clause, none of whose literals is true yet, is settled by the choice of its true literal, and unit propagation follows: a true literal
//! makes its neighbours false, a clause with one literal left makes that one true. What remains open falls into *components* that share no variable; they are solved one by one, and the
//! answer to each is remembered (component caching: R. Bayardo, J. Pehoushek, *Counting models using connected components*, AAAI 2000; T. Sang et al., *Combining component caching and clause learning for effective model
//! counting*, SAT 2004), so that chains, cycles and trees of clauses cost polynomial time. An open clause is described by its unassigned variables alone, so a component is the list of its clauses' numbers
//! and variables.
//!
//! Exponential in the worst case.

use super::Poits;
use crate::exact::Natural;
use std::collections::HashMap;
use std::ops::ControlFlow;

/// A part of the formula that shares no unassigned variable with the rest.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Component {
    /// The open clauses, increasing.
    clauses: Vec<usize>,
    /// The unassigned variables in them, increasing.
    variables: Vec<usize>,
}

/// Whether all solutions are counted, or just one is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    Count,
    Decide,
}

#[derive(Debug)]
struct Solver<'a> {
    clauses: &'a [[usize; 3]],
    /// The clauses of each variable, a clause as often as it names it.
    occurrences: Vec<Vec<usize>>,
    values: Vec<Option<bool>>,
    /// The assigned variables in the order of their assignment.
    trail: Vec<usize>,
    question: Question,
    known: HashMap<Component, Natural>,
    /// Marks of the last walk over variables and clauses.
    seen_variables: Vec<usize>,
    seen_clauses: Vec<usize>,
    walk: usize,
}

/// The number of answers that are remembered.
const REMEMBERED: usize = 1 << 20;

impl<'a> Solver<'a> {
    /// A solver at the fixed point of propagation, or `None` if that finds a contradiction.
    fn new(formula: &'a Poits, question: Question) -> Option<Self> {
        let clauses = formula.clauses();
        let mut occurrences = vec![Vec::new(); formula.variables()];
        for (c, clause) in clauses.iter().enumerate() {
            clause.iter().for_each(|&v| occurrences[v].push(c));
        }
        let mut solver = Solver {
            clauses,
            occurrences,
            values: vec![None; formula.variables()],
            trail: Vec::new(),
            question,
            known: HashMap::new(),
            seen_variables: vec![0; formula.variables()],
            seen_clauses: vec![0; clauses.len()],
            walk: 0,
        };
        // A variable that stands twice in a clause can't be true.
        let twice = clauses.iter().flat_map(|&[x, y, z]| (x == y || x == z).then_some(x).or((y == z).then_some(y)));
        let repeated: Vec<_> = twice.map(|v| (v, false)).collect();
        solver.assign(&repeated).then_some(solver)
    }

    /// Gives values and propagates; `false` if that is contradictory. The trail holds all that was assigned.
    fn assign(&mut self, values: &[(usize, bool)]) -> bool {
        let mut queue: Vec<(usize, bool)> = values.to_vec();
        while let Some((variable, value)) = queue.pop() {
            match self.values[variable] {
                Some(old) if old != value => return false,
                Some(_) => continue,
                None => {}
            }
            self.values[variable] = Some(value);
            self.trail.push(variable);
            for &c in &self.occurrences[variable] {
                let (clause, values) = (&self.clauses[c], &self.values);
                let with = |wanted: Option<bool>| clause.iter().copied().filter(move |&v| values[v] == wanted);
                let (on, open) = (with(Some(true)).count(), with(None).count());
                if on > 1 || on == 0 && open == 0 {
                    return false;
                }
                if on == 1 {
                    queue.extend(with(None).map(|v| (v, false)));
                } else if open == 1 {
                    queue.extend(with(None).map(|v| (v, true)));
                }
            }
        }
        true
    }

    fn undo_to(&mut self, length: usize) {
        for variable in self.trail.drain(length..) {
            self.values[variable] = None;
        }
    }

    /// An open clause: none of its literals is true.
    fn is_open(&self, clause: usize) -> bool {
        self.clauses[clause].iter().all(|&v| self.values[v] != Some(true))
    }

    fn unassigned(&self, clause: usize) -> impl Iterator<Item = usize> {
        self.clauses[clause].iter().copied().filter(|&v| self.values[v].is_none())
    }

    /// The components of the open clauses among `clauses`.
    fn components(&mut self, clauses: &[usize]) -> Vec<Component> {
        self.walk += 1;
        let mut components = Vec::new();
        for &start in clauses {
            if self.seen_clauses[start] == self.walk || !self.is_open(start) {
                continue;
            }
            self.seen_clauses[start] = self.walk;
            let mut component = Component { clauses: vec![start], variables: Vec::new() };
            let mut next = 0;
            while let Some(&clause) = component.clauses.get(next) {
                next += 1;
                for v in self.clauses[clause] {
                    if self.values[v].is_some() || self.seen_variables[v] == self.walk {
                        continue;
                    }
                    self.seen_variables[v] = self.walk;
                    component.variables.push(v);
                    for &other in &self.occurrences[v] {
                        if self.seen_clauses[other] != self.walk {
                            self.seen_clauses[other] = self.walk;
                            component.clauses.push(other);
                        }
                    }
                }
            }
            component.clauses.sort_unstable();
            component.variables.sort_unstable();
            components.push(component);
        }
        components
    }

    /// The clause to branch on: fewest choices, then the most occurrences of its variables.
    fn branching_clause(&self, component: &Component) -> usize {
        let key = |&c: &usize| {
            let weight: usize = self.unassigned(c).map(|v| self.occurrences[v].len()).sum();
            (self.unassigned(c).count(), usize::MAX - weight)
        };
        component.clauses.iter().copied().min_by_key(key).expect("a component has a clause")
    }

    /// The number of solutions of the variables of a component; for [`Question::Decide`] 0 or not.
    fn solutions_of(&mut self, component: Component) -> Natural {
        if let Some(known) = self.known.get(&component) {
            return known.clone();
        }
        let mut total = Natural::ZERO;
        let clause = self.branching_clause(&component);
        for choice in self.unassigned(clause).collect::<Vec<_>>() {
            let start = self.trail.len();
            if self.assign(&[(choice, true)]) {
                total += self.solutions_below(&component);
            }
            self.undo_to(start);
            if self.question == Question::Decide && total != Natural::ZERO {
                break;
            }
        }
        if self.known.len() < REMEMBERED {
            self.known.insert(component, total.clone());
        }
        total
    }

    /// The number of solutions of what is unassigned of `component`.
    fn solutions_below(&mut self, component: &Component) -> Natural {
        let parts = self.components(&component.clauses);
        let bound: usize = parts.iter().map(|part| part.variables.len()).sum();
        let unassigned = component.variables.iter().filter(|&&v| self.values[v].is_none()).count();
        let mut product = Natural::ONE << (unassigned - bound);
        for part in parts {
            product *= self.solutions_of(part);
            if product == Natural::ZERO {
                break;
            }
        }
        product
    }

    /// All variables and clauses as if they were one component.
    fn everything(&self) -> Component {
        Component { clauses: (0..self.clauses.len()).collect(), variables: (0..self.values.len()).collect() }
    }

    /// Calls `visit` with each solution that agrees with the present assignment; `open` are the components of the open clauses, each of them solvable.
    fn visit(&mut self, mut open: Vec<Component>, visit: &mut dyn FnMut(&[bool]) -> ControlFlow<()>) -> ControlFlow<()> {
        let Some(component) = open.pop() else { return self.visit_free(0, visit) };
        let clause = self.branching_clause(&component);
        for choice in self.unassigned(clause).collect::<Vec<_>>() {
            let start = self.trail.len();
            if self.assign(&[(choice, true)]) {
                let parts = self.components(&component.clauses);
                // Asked first, so that the search has no dead ends.
                if parts.iter().all(|part| self.solutions_of(part.clone()) != Natural::ZERO) {
                    self.visit([open.clone(), parts].concat(), visit)?;
                }
            }
            self.undo_to(start);
        }
        ControlFlow::Continue(())
    }

    /// Variables from `first` that no open clause has take both values.
    fn visit_free(&mut self, first: usize, visit: &mut dyn FnMut(&[bool]) -> ControlFlow<()>) -> ControlFlow<()> {
        let Some(free) = (first..self.values.len()).find(|&v| self.values[v].is_none()) else {
            let solution: Vec<bool> = self.values.iter().map(|value| value.expect("all are assigned")).collect();
            return visit(&solution);
        };
        for value in [false, true] {
            self.values[free] = Some(value);
            let flow = self.visit_free(free + 1, visit);
            self.values[free] = None;
            flow?;
        }
        ControlFlow::Continue(())
    }
}

/// The number of solutions.
pub(super) fn count(formula: &Poits) -> Natural {
    Solver::new(formula, Question::Count).map_or(Natural::ZERO, |mut solver| {
        let everything = solver.everything();
        solver.solutions_below(&everything)
    })
}

/// Calls `visit` with each solution, once, until it breaks.
pub(super) fn each(formula: &Poits, visit: &mut dyn FnMut(&[bool]) -> ControlFlow<()>) {
    let Some(mut solver) = Solver::new(formula, Question::Decide) else { return };
    let clauses = solver.everything().clauses;
    let parts = solver.components(&clauses);
    if parts.iter().all(|part| solver.solutions_of(part.clone()) != Natural::ZERO) {
        // Whether the visitor wanted all of them is its own business.
        let _ = solver.visit(parts, visit);
    }
}
