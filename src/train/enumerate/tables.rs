//! Gram matrices of cells, summed in integers and rounded once.

use super::accumulate::Accumulator;
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
}

impl<A: Accumulator> Sums<A> {
    pub(super) fn new(space: &PatternSpace<'_>) -> Self {
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
        Sums { contributions, packed, block }
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

    /// The sums of [`Sums::all`] over the rows that satisfy `member`, as scaled floats.
    pub(super) fn total(&self, view: &ScaledView, rows: impl Iterator<Item = usize>) -> CellSums {
        let mut sum = vec![A::from_integer(&Integer::ZERO); self.stride()];
        for row in rows {
            for (s, value) in sum.iter_mut().zip(self.all(row)) {
                s.add(value);
            }
        }
        let shift = &view.shifts;
        let target = shift[self.block];
        let mut entries = sum.iter();
        let mut next = |shift: i64| entries.next().expect("as many sums as contributions").to_f64(shift);
        let mut gram = Vec::with_capacity(self.packed);
        for c in 0..self.block {
            for e in 0..=c {
                gram.push(next(shift[c] + shift[e]));
            }
        }
        let linear = (0..self.block).map(|c| next(shift[c] + target)).collect();
        let features = (0..self.block).map(|c| next(shift[c])).collect();
        CellSums { gram, linear, features }
    }

    /// The shifts that belong to the packed Gram entries.
    pub(super) fn gram_shifts(&self, view: &ScaledView) -> Vec<i64> {
        (0..self.block).flat_map(|c| (0..=c).map(move |e| (c, e))).map(|(c, e)| view.shifts[c] + view.shifts[e]).collect()
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
