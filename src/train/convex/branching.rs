//! Which site to branch on: the one with the fewest sets of neurons that can be tight there.

use super::exact::Contradiction;
use super::program::Cut;
use super::simplex::{End, Simplex};
use super::tree::{NEAR, Tree};
use crate::train::search::{Model, Node, State};

/// The sites that are tried, those with the largest deficits.
const TRIED: usize = 8;

/// The neurons at a site.
#[derive(Debug, Clone)]
pub(super) struct Groups {
    pub(super) site: usize,
    /// Those that are on.
    on: u64,
    /// Groups of exchangeable undecided ones.
    pub(super) undecided: Vec<Vec<usize>>,
    /// For each group whether it is on as a whole, because its neurons have no cut yet and may be mirrored.
    whole: Vec<bool>,
}

/// What is known of the polyhedron with one more equation.
#[derive(Debug)]
pub(super) enum Prospect {
    /// Feasible as far as floats can tell: its basis, and the sum of the deficits at its point.
    Feasible(Simplex, f64),
    /// These rows seem to contradict each other.
    Empty(Vec<Cut>),
    /// They do.
    Refuted(Contradiction),
    /// Floats cannot tell.
    Unclear,
}

/// A site with the equations of all sets of neurons that might be tight there.
#[derive(Debug)]
pub(super) struct Choice {
    pub(super) groups: Groups,
    pub(super) children: Vec<(Cut, Prospect)>,
}

impl Groups {
    pub(super) fn new(model: &Model<'_>, node: &Node, site: usize) -> Self {
        let mut groups = Groups { site, on: 0, undecided: Vec::new(), whole: Vec::new() };
        for (j, cone) in node.cones.iter().enumerate() {
            match cone.states[site] {
                State::On => groups.on |= 1 << j,
                State::Off => {}
                State::Undecided => {
                    let group = node.group(j);
                    if group[0] == j {
                        groups.undecided.push(group);
                        groups.whole.push(model.mirrored && cone.bits.is_empty());
                    }
                }
            }
        }
        groups
    }

    /// The sets of neurons that can be on, in the order of the splits: the first group's number slowest.
    fn sets(&self) -> Vec<u64> {
        let mut sets = vec![self.on];
        for (group, whole) in self.undecided.iter().zip(&self.whole) {
            let least = if *whole { group.len() } else { 0 };
            let first = |taken: usize| group[..taken].iter().fold(0u64, |set, j| set | 1 << j);
            sets = sets.iter().flat_map(|set| (least..=group.len()).map(move |taken| set | first(taken))).collect();
        }
        sets
    }
}

impl Tree<'_, '_, '_> {
    /// The site to branch on at a feasible vertex, whose values `scratch` has: of those with the largest deficits the one with the fewest feasible children.
    pub(super) fn choose(&mut self, node: &Node, equations: &[Cut], simplex: &Simplex) -> Choice {
        let deficits = &self.scratch.values.deficits;
        let mut sites: Vec<usize> = (0..deficits.len()).filter(|&s| deficits[s] > NEAR).collect();
        sites.sort_by(|&a, &b| deficits[b].total_cmp(&deficits[a]));
        sites.truncate(TRIED);
        let (mut best, mut least) = (None, usize::MAX);
        for site in sites {
            let groups = Groups::new(self.program.model, node, site);
            if let Some((choice, open)) = self.children(groups, equations, Some(simplex), least) {
                (best, least) = (Some(choice), open);
                if open <= 1 {
                    break;
                }
            }
        }
        let mut choice = best.expect("there is a site with a deficit");
        for (_, prospect) in &mut choice.children {
            if let Prospect::Empty(rows) = prospect {
                *prospect = Contradiction::of_rows(self.program, rows).map_or(Prospect::Unclear, Prospect::Refuted);
            }
        }
        choice
    }

    /// The children of a site and how many of them may be feasible, unless these are not fewer than `limit`. They begin with the basis of their parent, if there is one.
    pub(super) fn children(&mut self, groups: Groups, equations: &[Cut], simplex: Option<&Simplex>, limit: usize) -> Option<(Choice, usize)> {
        let mut all = equations.to_vec();
        let mut open = 0;
        let mut children = Vec::new();
        for pieces in groups.sets() {
            let cut = Cut { site: groups.site, pieces, equation: true };
            all.push(cut);
            let mut own = simplex.map_or_else(|| Simplex::new(&vec![0.0; self.program.unknowns]), Simplex::clone);
            let prospect = match own.solve(self.program, &all, simplex.map(|_| cut), &mut self.scratch) {
                End::Feasible => Prospect::Feasible(own, self.scratch.values.deficits.iter().sum()),
                End::Infeasible(rows) => Prospect::Empty(rows),
                End::Unclear => Prospect::Unclear,
            };
            let _ = all.pop();
            open += usize::from(!matches!(prospect, Prospect::Empty(_)));
            if open >= limit {
                return None;
            }
            children.push((cut, prospect));
        }
        Some((Choice { groups, children }, open))
    }
}
