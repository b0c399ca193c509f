//! Gram matrices of cells, summed in integers and rounded once.

use super::accumulate::{Accumulator, Scale};
use crate::arrangement::SignVector;
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
    pub(super) fn total(&self, rows: impl Iterator<Item = usize>) -> CellSums {
        let mut sum = vec![A::from_integer(&Integer::ZERO); self.stride()];
        for row in rows {
            for (s, value) in sum.iter_mut().zip(self.all(row)) {
                s.add(value);
            }
        }
        let mut gram: Vec<f64> = sum.iter().zip(&self.scales).map(|(s, &scale)| s.to_f64(scale)).collect();
        let features = gram.split_off(self.packed + self.block);
        let linear = gram.split_off(self.packed);
        CellSums { gram, linear, features }
    }

    /// The scales of the packed Gram entries.
    pub(super) fn gram_scales(&self) -> &[Scale] {
        &self.scales[..self.packed]
    }
}

/// Scaled sums over the points of one cell.
#[derive(Debug, Clone)]
pub(super) struct CellSums {
    /// `Σ f f^T`, lower triangle row by row.
    pub(super) gram: Vec<f64>,
    /// `Σ f y`.
    pub(super) linear: Vec<f64>,
    /// `Σ f`.
    pub(super) features: Vec<f64>,
}

/// The rows on which a sign vector is positive.
pub(super) fn active_rows(signs: &SignVector, rows: usize) -> impl Iterator<Item = usize> + '_ {
    (0..rows).filter(|&i| signs.is_positive(i))
}
