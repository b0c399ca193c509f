//! What the enumeration of tuples works on.

use super::accumulate::Accumulator;
use super::tables::{CellTable, Sums};
use super::walk::WalkedCells;
use crate::train::pattern::PatternSpace;
use crate::train::scaled::ScaledView;

/// A training problem with convex patterns: its cells, their sums, and the number of neurons.
pub(super) struct Problem<'s, A> {
    pub(super) space: &'s PatternSpace<'s>,
    pub(super) view: &'s ScaledView,
    pub(super) sums: &'s Sums<A>,
    pub(super) cells: &'s WalkedCells,
    pub(super) cell_sums: &'s CellTable,
    pub(super) width: usize,
    /// How many survivors all workers together keep; beyond it they are worked off at once, in worse order.
    pub(super) max_survivors: usize,
}

/// The nonzero entries of the row of `A` that belongs to a design row.
pub(super) fn terms<'t, A: Accumulator>(problem: &'t Problem<'_, A>, tuple: &'t [u32], row: usize) -> impl Iterator<Item = (usize, f64)> + 't {
    let view = problem.view;
    let first = usize::from(view.bias);
    let active = tuple.iter().enumerate().filter(move |&(_, &cell)| problem.cells.is_active(cell as usize, row));
    let blocks = active.flat_map(move |(j, _)| view.features_of(row).iter().enumerate().map(move |(c, &f)| (first + j * view.block + c, f)));
    view.bias.then_some((0, 1.0)).into_iter().chain(blocks)
}

/// Unpacks a lower triangle to rows `row..row+block`, columns `column..column+block` of a `size × size` matrix.
pub(super) fn write_symmetric_block(matrix: &mut [f64], size: usize, row: usize, column: usize, block: usize, packed: &[f64]) {
    let mut next = packed.iter();
    for c in 0..block {
        for e in 0..=c {
            let &value = next.next().expect("a packed triangle");
            matrix[(row + c) * size + column + e] = value;
            matrix[(row + e) * size + column + c] = value;
        }
    }
}
