//! Gram matrices of cells, summed in integers and rounded once.

use super::accumulate::{Accumulator, Scale};
use super::walk::WalkedCells;
use crate::exact::Integer;
use crate::train::pattern::PatternSpace;
use crate::train::scaled::ScaledView;

/// Row contributions and cell sums in an integer type.
#[derive(Debug)]
pub(super) struct Sums<A> {
    /// For each row, `m·f_c·f_e` for `e ≤ c` (packed), then `f_c·Σy`, then `m·f_c`, where `m` is the row's multiplicity.
    contributions: Vec<A>,
    pub(super) packed: usize,
    block: usize,
    /// The scales of a row's contributions, in their order.
    scales: Vec<Scale>,
}

impl<A: Accumulator> Sums<A> {
    pub(super) fn new(space: &PatternSpace<'_>, view: &ScaledView) -> Self {
        let block = space.block();
        let packed = block * (block + 1) / 2;
        let mut contributions = Vec::with_capacity(space.design().rows().len() * (packed + 2 * block));
        for row in 0..space.design().rows().len() {
            let features = space.features(row);
            let points = space.design().points_of_row(row);
            let multiplicity = Integer::from(points.len());
            let target = points.iter().fold(Integer::ZERO, |sum, &i| sum + &space.targets()[i]);
            for c in 0..block {
                let weighted = &features[c] * &multiplicity;
                contributions.extend((0..=c).map(|e| A::from_integer(&(&weighted * &features[e]))));
            }
            contributions.extend(features.iter().map(|f| A::from_integer(&(f * &target))));
            contributions.extend(features.iter().map(|f| A::from_integer(&(f * &multiplicity))));
        }
        let shift = &view.shifts;
        let gram = (0..block).flat_map(|c| (0..=c).map(move |e| shift[c] + shift[e]));
        let scales = gram.chain((0..block).map(|c| shift[c] + shift[block])).chain((0..block).map(|c| shift[c])).map(Scale::new).collect();
        Sums { contributions, packed, block, scales }
    }

    fn stride(&self) -> usize {
        self.packed + 2 * self.block
    }

    /// The packed Gram contribution of a row.
    pub(super) fn gram(&self, row: usize) -> &[A] {
        &self.contributions[row * self.stride()..row * self.stride() + self.packed]
    }

    /// Gram matrix, linear term and feature sums of a row, one after the other.
    pub(super) fn all(&self, row: usize) -> &[A] {
        &self.contributions[row * self.stride()..(row + 1) * self.stride()]
    }

    /// The sums of [`Sums::all`] over `rows`, as scaled floats.
    pub(super) fn total<'t>(&self, rows: impl Iterator<Item = usize>, scratch: &'t mut Scratch<A>) -> CellSums<'t> {
        self.add_up(rows, self.stride(), scratch);
        self.split(&scratch.values)
    }

    /// The packed Gram sums over `rows` alone.
    pub(super) fn total_gram<'t>(&self, rows: impl Iterator<Item = usize>, scratch: &'t mut Scratch<A>) -> &'t [f64] {
        self.add_up(rows, self.packed, scratch);
        &scratch.values
    }

    /// The first `length` of the sums.
    fn add_up(&self, rows: impl Iterator<Item = usize>, length: usize, scratch: &mut Scratch<A>) {
        scratch.sum.clear();
        scratch.sum.resize(length, A::from_integer(&Integer::ZERO));
        for row in rows {
            for (s, value) in scratch.sum.iter_mut().zip(self.all(row)) {
                s.add(value);
            }
        }
        scratch.values.clear();
        scratch.values.extend(scratch.sum.iter().zip(&self.scales).map(|(s, &scale)| s.to_f64(scale)));
    }

    fn split<'t>(&self, values: &'t [f64]) -> CellSums<'t> {
        let (gram, rest) = values.split_at(self.packed);
        let (linear, features) = rest.split_at(self.block);
        CellSums { gram, linear, features }
    }

    /// The sums of every cell, followed along the walk. `None` if `should_stop` says so.
    pub(super) fn of_cells(&self, cells: &WalkedCells, mut should_stop: impl FnMut() -> bool) -> Option<CellTable> {
        const STOP_CHECK: usize = 1 << 12;
        let mut sum = vec![A::from_integer(&Integer::ZERO); self.stride()];
        let mut values = Vec::with_capacity(cells.len() * self.stride());
        for cell in 0..cells.len() {
            if cell % STOP_CHECK == 0 && should_stop() {
                return None;
            }
            let mut change = |row: usize| {
                let appears = cells.is_active(cell, row);
                for (s, value) in sum.iter_mut().zip(self.all(row)) {
                    if appears { s.add(value) } else { s.sub(value) }
                }
            };
            if cell == 0 {
                (0..cells.rows()).filter(|&row| cells.is_active(0, row)).for_each(&mut change);
            } else {
                cells.flips(cell).iter().for_each(|&row| change(row as usize));
            }
            values.extend(sum.iter().zip(&self.scales).map(|(s, &scale)| s.to_f64(scale)));
        }
        Some(CellTable { values })
    }

    /// The sums of one cell of a table made by [`Sums::of_cells`].
    pub(super) fn cell<'t>(&self, table: &'t CellTable, cell: usize) -> CellSums<'t> {
        self.split(&table.values[cell * self.stride()..(cell + 1) * self.stride()])
    }

    /// The scales of the packed Gram entries.
    pub(super) fn gram_scales(&self) -> &[Scale] {
        &self.scales[..self.packed]
    }
}

/// Scaled sums over some points.
#[derive(Debug, Clone, Copy)]
pub(super) struct CellSums<'t> {
    /// `Σ f f^T`, lower triangle row by row.
    pub(super) gram: &'t [f64],
    /// `Σ f y`.
    pub(super) linear: &'t [f64],
    /// `Σ f`.
    pub(super) features: &'t [f64],
}

/// The scaled sums of all cells, one after the other.
#[derive(Debug)]
pub(super) struct CellTable {
    values: Vec<f64>,
}

/// Scratch space for [`Sums::total`].
#[derive(Debug)]
pub(super) struct Scratch<A> {
    sum: Vec<A>,
    values: Vec<f64>,
}

impl<A> Default for Scratch<A> {
    fn default() -> Self {
        Scratch { sum: Vec::new(), values: Vec::new() }
    }
}
