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

    /// The numbers of neurons of a group that can be on.
    fn numbers(&self, group: usize) -> std::ops::RangeInclusive<usize> {
        let size = self.undecided[group].len();
        if self.whole[group] { size..=size } else { 0..=size }
    }

    /// How many sets of neurons can be on.
    #[expect(clippy::cast_precision_loss, reason = "only for comparisons")]
    fn count(&self) -> f64 {
        (0..self.undecided.len()).map(|group| self.numbers(group).count() as f64).product()
    }

    /// The sets of neurons that can be on, in the order of the splits: the first group's number changes slowest.
    fn sets(&self) -> impl Iterator<Item = u64> + '_ {
        let mut taken: Option<Vec<usize>> = Some((0..self.undecided.len()).map(|group| *self.numbers(group).start()).collect());
        std::iter::from_fn(move || {
            let numbers = taken.as_mut()?;
            let on = numbers.iter().zip(&self.undecided).flat_map(|(number, group)| &group[..*number]).fold(self.on, |set, j| set | 1 << j);
            match (0..numbers.len()).rev().find(|&group| numbers[group] < self.undecided[group].len()) {
                Some(group) => {
                    numbers[group] += 1;
                    (group + 1..numbers.len()).for_each(|later| numbers[later] = *self.numbers(later).start());
                }
                None => taken = None,
            }
            Some(on)
        })
    }
}

impl Tree<'_, '_, '_> {
    /// The site to branch on at a feasible vertex, whose values `scratch` has: of those with the largest deficits the one with the fewest feasible children. `None` if the time is up.
    pub(super) fn choose(&mut self, node: &Node, equations: &[Cut], simplex: &Simplex) -> Option<Choice> {
        let deficits = &self.scratch.values.deficits;
        let mut sites: Vec<usize> = (0..deficits.len()).filter(|&s| deficits[s] > NEAR).collect();
        sites.sort_by(|&a, &b| deficits[b].total_cmp(&deficits[a]));
        sites.truncate(TRIED);
        let mut all: Vec<Groups> = sites.into_iter().map(|site| Groups::new(self.program.model, node, site)).collect();
        all.sort_by(|a, b| a.count().total_cmp(&b.count()));
        let (mut best, mut least) = (None, usize::MAX);
        for groups in all {
            if let Some((choice, open)) = self.children(groups, equations, Some(simplex), least) {
                (best, least) = (Some(choice), open);
                if open <= 1 {
                    break;
                }
            }
        }
        if self.control.should_stop().is_some() {
            return None;
        }
        let mut choice = best.expect("there is a site with a deficit");
        for (_, prospect) in &mut choice.children {
            if let Prospect::Empty(rows) = prospect {
                *prospect = Contradiction::of_rows(self.program, rows).map_or(Prospect::Unclear, Prospect::Refuted);
            }
        }
        Some(choice)
    }

    /// The children of a site and how many of them may be feasible, unless these are not fewer than `limit` or the time is up. They begin with the basis of their parent, if there is one.
    pub(super) fn children(&mut self, groups: Groups, equations: &[Cut], simplex: Option<&Simplex>, limit: usize) -> Option<(Choice, usize)> {
        let mut all = equations.to_vec();
        let mut open = 0;
        let mut children = Vec::new();
        for pieces in groups.sets() {
            if self.control.should_stop().is_some() {
                return None;
            }
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
