//! The cells of the data's arrangement in an order in which consecutive cells differ in few points.

use crate::arrangement::{Cells, SignVector};
use crate::exact::IntegerVector;

/// Cells, renumbered along a walk.
#[derive(Debug)]
pub(super) struct WalkedCells {
    cells: Cells,
    order: Vec<usize>,
    flips: Vec<u32>,
    flip_starts: Vec<usize>,
    rows: usize,
    words: usize,
    bits: Vec<u64>,
}

impl WalkedCells {
    /// `None` if `should_stop` says so.
    pub(super) fn new(cells: Cells, rows: usize, mut should_stop: impl FnMut() -> bool) -> Option<Self> {
        const STOP_CHECK: usize = 1 << 12;
        let words = rows.div_ceil(64);
        let (mut order, mut flips, mut flip_starts) = (Vec::with_capacity(cells.len()), Vec::new(), vec![0]);
        let mut bits = Vec::with_capacity(cells.len() * words);
        for (cell, changed) in cells.walk() {
            if order.len().is_multiple_of(STOP_CHECK) && should_stop() {
                return None;
            }
            order.push(cell);
            flips.extend(changed.into_iter().map(|row| u32::try_from(row).expect("rows are numbered in 32 bits")));
            flip_starts.push(flips.len());
            bits.extend_from_slice(cells.signs(cell).words());
        }
        Some(WalkedCells { cells, order, flips, flip_starts, rows, words, bits })
    }

    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// The rows whose signs differ between the cells at `position − 1` and `position`.
    pub(super) fn flips(&self, position: usize) -> &[u32] {
        &self.flips[self.flip_starts[position]..self.flip_starts[position + 1]]
    }

    pub(super) fn is_active(&self, position: usize, row: usize) -> bool {
        self.bits[position * self.words + row / 64] >> (row % 64) & 1 == 1
    }

    /// The rows that are active in both cells, in increasing order.
    pub(super) fn active_in_both(&self, a: usize, b: usize) -> impl Iterator<Item = usize> + '_ {
        let words = |cell: usize| self.bits[cell * self.words..(cell + 1) * self.words].iter();
        words(a).zip(words(b)).enumerate().flat_map(|(word, (x, y))| {
            let mut both = x & y;
            std::iter::from_fn(move || {
                let row = (both != 0).then(|| word * 64 + both.trailing_zeros() as usize);
                both &= both.wrapping_sub(1);
                row
            })
        })
    }

    pub(super) fn signs(&self, position: usize) -> &SignVector {
        self.cells.signs(self.order[position])
    }

    /// The rows whose sign conditions describe the cell.
    pub(super) fn walls(&self, position: usize) -> impl Iterator<Item = usize> + '_ {
        self.cells.facets(self.order[position])
    }

    pub(super) fn witness(&self, position: usize) -> IntegerVector {
        self.cells.witness(self.order[position])
    }
}
