//! Exact solution of Clique: all cliques of the size, their number, or one of them.
//!
//! Depth-first search over sets of candidates as bit sets. The candidates are coloured greedily, so that equal colours are independent: a clique takes at most one vertex of a colour, so a branch with fewer
//! colours than vertices still wanted is empty (E. Tomita, T. Seki, *An efficient branch-and-bound algorithm for finding a maximum clique*, 2003; as bit sets: P. San Segundo et al., 2011). Vertices are
//! ordered by degeneracy, which keeps the sets of candidates small on sparse graphs.

use super::Clique;
use crate::exact::Natural;
use fixedbitset::FixedBitSet;
use std::cmp::Reverse;
use std::ops::ControlFlow;

#[derive(Debug)]
struct Solver {
    /// The graph's vertices in the order of the search.
    order: Vec<usize>,
    /// The neighbours of each vertex, both by their places in `order`.
    neighbours: Vec<FixedBitSet>,
}

impl Solver {
    fn new(problem: &Clique) -> Self {
        let order = degeneracy_order(problem);
        let n = order.len();
        let mut neighbours = vec![FixedBitSet::with_capacity(n); n];
        for (i, &u) in order.iter().enumerate() {
            for (j, &v) in order[..i].iter().enumerate() {
                if problem.adjacent(u, v) {
                    neighbours[i].insert(j);
                    neighbours[j].insert(i);
                }
            }
        }
        Solver { order, neighbours }
    }

    /// The candidates from which a clique of `size` may still start, each after the removal of those before it: in colour classes, highest colour first.
    ///
    /// Those of the `size − 1` first colours hold no such clique by themselves and are left out.
    fn branching_vertices(&self, candidates: &FixedBitSet, size: usize) -> Vec<usize> {
        let mut uncoloured = candidates.clone();
        let mut colour = 0;
        let mut coloured = Vec::new();
        while !uncoloured.is_clear() {
            colour += 1;
            let mut class = uncoloured.clone();
            while let Some(v) = class.minimum() {
                class.remove(v);
                class.difference_with(&self.neighbours[v]);
                uncoloured.remove(v);
                if colour >= size {
                    coloured.push(v);
                }
            }
        }
        coloured.reverse();
        coloured
    }

    /// The number of cliques of `size` among `candidates`.
    fn count(&self, candidates: &FixedBitSet, size: usize) -> Natural {
        if size == 0 {
            return Natural::ONE;
        }
        if size == 1 {
            return Natural::from(candidates.count_ones(..));
        }
        let mut candidates = candidates.clone();
        let mut total = Natural::ZERO;
        for v in self.branching_vertices(&candidates, size) {
            candidates.remove(v);
            let mut rest = candidates.clone();
            rest.intersect_with(&self.neighbours[v]);
            total += self.count(&rest, size - 1);
        }
        total
    }

    /// Calls `visit` with each clique that consists of `chosen` and `size` vertices among `candidates`.
    fn visit(
        &self,
        chosen: &mut Vec<usize>,
        candidates: &FixedBitSet,
        size: usize,
        visit: &mut dyn FnMut(&[usize]) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        if size == 0 {
            let mut clique: Vec<usize> = chosen.iter().map(|&v| self.order[v]).collect();
            clique.sort_unstable();
            return visit(&clique);
        }
        let mut candidates = candidates.clone();
        for v in self.branching_vertices(&candidates, size) {
            candidates.remove(v);
            let mut rest = candidates.clone();
            rest.intersect_with(&self.neighbours[v]);
            chosen.push(v);
            let flow = self.visit(chosen, &rest, size - 1, visit);
            chosen.pop();
            flow?;
        }
        ControlFlow::Continue(())
    }

    fn all(&self) -> FixedBitSet {
        let mut all = FixedBitSet::with_capacity(self.order.len());
        all.insert_range(..);
        all
    }
}

/// The vertices, those of high degree in what remains when the others are removed one by one first.
fn degeneracy_order(problem: &Clique) -> Vec<usize> {
    let n = problem.vertices();
    let mut degrees: Vec<usize> = (0..n).map(|u| (0..n).filter(|&v| u != v && problem.adjacent(u, v)).count()).collect();
    let mut left: Vec<usize> = (0..n).collect();
    let mut removed = Vec::with_capacity(n);
    while let Some((place, &u)) = left.iter().enumerate().min_by_key(|&(_, &u)| (degrees[u], Reverse(u))) {
        left.swap_remove(place);
        removed.push(u);
        for &v in left.iter().filter(|&&v| problem.adjacent(u, v)) {
            degrees[v] -= 1;
        }
    }
    removed.reverse();
    removed
}

/// The number of cliques, as sets.
pub(super) fn count(problem: &Clique) -> Natural {
    let solver = Solver::new(problem);
    solver.count(&solver.all(), problem.size())
}

/// Calls `visit` with each clique, once, its vertices increasing, until it breaks.
pub(super) fn each(problem: &Clique, visit: &mut dyn FnMut(&[usize]) -> ControlFlow<()>) {
    let solver = Solver::new(problem);
    // Whether the visitor wanted all of them is its own business.
    let _ = solver.visit(&mut Vec::new(), &solver.all(), problem.size(), visit);
}
