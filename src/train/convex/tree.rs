//! The search tree, depth first.

use super::branching::{Choice, Groups, Prospect};
use super::exact::{Contradiction, Point, Verdict, decide};
use super::independence::Independence;
use super::program::{Cut, Program};
use super::simplex::{End, Scratch, Simplex};
use crate::exact::{Integer, Rational};
use crate::train::search::{Extra, Leaf, Node, Proof, Recorder, Split, State, bound, refutes_zero_error};
use crate::train::{Control, Progress, StopReason};

/// A deficit above this, in units of the largest target, is one: sites with smaller ones are not branched on in floats.
pub(super) const NEAR: f64 = 1e-7;
/// Linear programs in a row that push a node's point upwards.
const ASCENTS: usize = 4;
/// Nodes between two reports.
const REPORT: u64 = 64;

/// How the search ended.
#[derive(Debug)]
pub(super) enum Ending {
    Found(Point),
    Refuted,
    Stopped(StopReason),
}

/// What was counted.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    pub(super) nodes: u64,
    pub(super) leaves: u64,
    pub(super) depth: usize,
    /// Nodes whose linear program was solved in integers from the start.
    pub(super) exact: u64,
}

/// A polyhedron that is not decided.
#[derive(Debug)]
struct Open {
    id: u64,
    node: Node,
    /// The equations of all sites where every neuron is decided.
    equations: Vec<Cut>,
    simplex: Option<Simplex>,
    /// The equations that were branched on, as long as they are independent modulo a prime.
    path: Option<Independence>,
    depth: usize,
}

/// What became of it.
enum Step {
    Closed,
    Children(Vec<Open>),
    Found(Point),
    Stopped,
}

/// A search.
#[derive(Debug)]
pub(super) struct Tree<'t, 'm, 'a> {
    pub(super) program: &'t Program<'m, 'a>,
    pub(super) control: &'t Control<'t>,
    pub(super) recorder: Recorder,
    /// Whether closed nodes need their proofs.
    pub(super) proofs: bool,
    pub(super) audit: bool,
    pub(super) scratch: Scratch,
    pub(super) counts: Counts,
    /// The least bound of a leaf.
    pub(super) least: Option<Rational>,
}

impl Tree<'_, '_, '_> {
    /// Works off the tree below `root`, beginning with a point of it if there is one; open nodes are closed without a bound where the search ends early.
    pub(super) fn grow(&mut self, root: Node, simplex: Option<Simplex>) -> Ending {
        let equations = self.equations(&root);
        let mut stack = vec![Open { id: 0, node: root, equations, simplex, path: Some(Independence::default()), depth: 0 }];
        self.counts.nodes = 1;
        let mut seen = 0;
        let end = loop {
            if let Some(reason) = self.control.should_stop() {
                break Ending::Stopped(reason);
            }
            let Some(open) = stack.pop() else { return Ending::Refuted };
            if self.counts.nodes >= seen {
                seen = self.counts.nodes + REPORT;
                let waiting = u64::try_from(stack.len()).ok();
                let progress = Progress {
                    phase: "nodes",
                    incumbent: None,
                    lower_bound: 0.0,
                    estimate: None,
                    done: self.counts.nodes,
                    open: waiting,
                    total: None,
                };
                self.control.report(&progress);
            }
            let (id, node) = (open.id, open.node.clone());
            match self.visit(open) {
                Step::Closed => {}
                Step::Children(children) => stack.extend(children),
                Step::Found(point) => {
                    self.abandon(id, node);
                    break Ending::Found(point);
                }
                Step::Stopped => {
                    self.abandon(id, node);
                    break Ending::Stopped(self.control.should_stop().unwrap_or(StopReason::TimeLimit));
                }
            }
        };
        stack.into_iter().for_each(|open| self.abandon(open.id, open.node));
        end
    }

    pub(super) fn equations(&self, node: &Node) -> Vec<Cut> {
        let decided = |site: usize| {
            let mut pieces = 0;
            for (j, cone) in node.cones.iter().enumerate() {
                match cone.states[site] {
                    State::On => pieces |= 1 << j,
                    State::Off => {}
                    State::Undecided => return None,
                }
            }
            Some(Cut { site, pieces, equation: true })
        };
        (0..self.program.sites()).filter_map(decided).collect()
    }

    fn visit(&mut self, mut open: Open) -> Step {
        let mut simplex = open.simplex.take().unwrap_or_else(|| Simplex::new(&vec![0.0; self.program.unknowns]));
        match simplex.solve(self.program, &open.equations, None, &mut self.scratch) {
            End::Infeasible(rows) => {
                if let Some(contradiction) = Contradiction::of_rows(self.program, &rows) {
                    self.close(open.id, open.node, &contradiction);
                    return Step::Closed;
                }
            }
            End::Feasible => {
                self.ascend(&mut simplex, &open.equations);
                let largest = self.scratch.values.deficits.iter().fold(0.0, |most: f64, d| most.max(*d));
                if largest <= NEAR {
                    if let Some(point) = Point::of_basis(self.program, &simplex).filter(Point::is_solution) {
                        self.reach(open.depth);
                        return Step::Found(point);
                    }
                } else if let Some(path) = open.path.take() {
                    let Some(choice) = self.choose(&open.node, &open.equations, &simplex) else { return Step::Stopped };
                    // A child whose equation depends on those before would contradict what floats say of the deficit.
                    let paths: Vec<_> = choice.children.iter().map(|(cut, _)| path.with(self.program, cut)).collect();
                    if choice.children.iter().zip(&paths).all(|((_, prospect), path)| path.is_some() || matches!(prospect, Prospect::Refuted(_))) {
                        self.reach(open.depth);
                        return Step::Children(self.branch(&open, choice, paths));
                    }
                }
            }
            End::Unclear => {}
        }
        self.visit_exactly(&open, &simplex)
    }

    /// A polyhedron at this depth is not empty, or its equations are independent: that bounds the depth.
    fn reach(&mut self, depth: usize) {
        self.counts.depth = self.counts.depth.max(depth);
    }

    /// A node where floats do not suffice.
    fn visit_exactly(&mut self, open: &Open, simplex: &Simplex) -> Step {
        self.counts.exact += 1;
        let control = self.control;
        let point = match decide(self.program, &open.equations, simplex.cuts(), &|| control.should_stop().is_some()) {
            Verdict::Contradiction(contradiction) => {
                self.close(open.id, open.node.clone(), &contradiction);
                return Step::Closed;
            }
            Verdict::Stopped => return Step::Stopped,
            Verdict::Point(point) => point,
        };
        self.reach(open.depth);
        if point.is_solution() {
            return Step::Found(point);
        }
        // An equation at a site with a deficit holds nowhere near the point: it is independent of those before.
        let site = (0..self.program.sites()).max_by(|&a, &b| point.deficits[a].0.cmp(&point.deficits[b].0)).expect("there is a site");
        let groups = Groups::new(self.program.model, &open.node, site);
        // There is no limit but the time.
        let Some((choice, _)) = self.children(groups, &open.equations, None, usize::MAX) else { return Step::Stopped };
        let paths = vec![None; choice.children.len()];
        Step::Children(self.branch(open, choice, paths))
    }

    /// Pushes the point upwards: the linearisation of `Σ φ(x_s)` at the point is a lower bound of it, so maximising that does not lower it.
    pub(super) fn ascend(&mut self, simplex: &mut Simplex, equations: &[Cut]) {
        let total = |deficits: &[f64]| deficits.iter().sum::<f64>();
        let mut before = total(&self.scratch.values.deficits);
        for _ in 0..ASCENTS {
            let mut next = Simplex::new(&self.program.slopes(&self.scratch.values));
            let end = next.solve(self.program, equations, None, &mut self.scratch);
            let after = total(&self.scratch.values.deficits);
            if !matches!(end, End::Feasible) || after >= before {
                break;
            }
            *simplex = next;
            if after > 0.99 * before {
                return;
            }
            before = after;
        }
        self.program.evaluate(simplex.point(), &mut self.scratch.values);
    }

    /// Divides the node by a choice; its feasible children, the most promising last, with their `paths` in the order of the choice.
    fn branch(&mut self, open: &Open, choice: Choice, paths: Vec<Option<Independence>>) -> Vec<Open> {
        let mut parts = Vec::with_capacity(choice.children.len());
        self.divide(open.id, &open.node, choice.groups.site, &choice.groups.undecided, &mut parts);
        debug_assert_eq!(parts.len(), choice.children.len());
        let mut children = Vec::new();
        for (((_, prospect), (id, node)), path) in choice.children.into_iter().zip(parts).zip(paths) {
            self.counts.nodes += 1;
            let (total, simplex) = match prospect {
                Prospect::Refuted(contradiction) => {
                    self.close(id, node, &contradiction);
                    continue;
                }
                Prospect::Feasible(simplex, total) => (total, Some(simplex)),
                Prospect::Empty(_) | Prospect::Unclear => (f64::INFINITY, None),
            };
            let equations = self.equations(&node);
            children.push((total, Open { id, node, equations, simplex, path, depth: open.depth + 1 }));
        }
        children.sort_by(|(a, _), (b, _)| b.total_cmp(a));
        children.into_iter().map(|(_, open)| open).collect()
    }

    /// Splits a node by which neurons of each group are on at the site.
    fn divide(&mut self, id: u64, node: &Node, site: usize, groups: &[Vec<usize>], parts: &mut Vec<(u64, Node)>) {
        let Some((group, rest)) = groups.split_first() else {
            parts.push((id, node.clone()));
            return;
        };
        let split = Split::Bit { site, group: group.clone() };
        let children = node.children(self.program.model, &split);
        let first = self.recorder.split(id, &split, children.len());
        for (child, id) in children.iter().zip(first..) {
            self.divide(id, child, site, rest, parts);
        }
    }

    fn close(&mut self, id: u64, node: Node, contradiction: &Contradiction) {
        let model = self.program.model;
        let leaf = contradiction.leaf(self.program, &node);
        if self.audit || cfg!(debug_assertions) {
            let extra = if model.mirrored { Extra::Affine } else { Extra::Architecture };
            assert!(refutes_zero_error(model, &node, &leaf, extra), "a contradiction must be a leaf");
        }
        self.counts.leaves += 1;
        let bound = bound(model, &leaf);
        if self.least.as_ref().is_none_or(|least| bound < *least) {
            self.least = Some(bound);
        }
        let proof = self.proofs.then_some((node, Proof::Leaf(leaf)));
        self.recorder.close(id, proof.as_ref());
    }

    /// Closes a node of which nothing is proven.
    pub(super) fn abandon(&mut self, id: u64, node: Node) {
        let leaf = Leaf { u: vec![Integer::ZERO; self.program.model.items.len()], p: vec![Vec::new(); node.cones.len()] };
        let proof = self.proofs.then_some((node, Proof::Leaf(leaf)));
        self.recorder.close(id, proof.as_ref());
    }
}
