//! The cells of a set of central hyperplanes: the activation patterns of a neuron on a set of points.
//!
//! Rows `a_1, …, a_n ∈ Z^r`, none of them zero, describe the hyperplanes `{v : a_i·v = 0}`. What they leave of the space falls into *cells*, open convex cones, one for
//! each sign vector `s ∈ {−,+}^n` with `s_i a_i·v > 0` for all `i` and some `v`. A row `i` is a *facet* of a cell if changing the sign of row `i` alone (with
//! all rows of the same hyperplane) gives another cell; a cell is described by the signs of its facets.
//!
//! For data points `x_i` and the rows `(x_i, 1)` the cells are the ways in which an affine function can be positive on some of the points and
//! negative on the others. `m` different hyperplanes of rank `r` have at most `2 Σ_{i<r} C(m−1, i)` cells ([`Arrangement::most_cells`]), with equality if any `r` of them are
//! independent, as are the rows of points in general position ([`count_general_position`]).
//!
//! Nothing is assumed of the rows but that none is zero: parallel, equal and opposite rows are identified, and a deficient rank is reduced.
//!
//! - In space (rank 3, points of the plane), a sweep along great circles lists cells and facets: `O(n² log n)`.
//! - In any other dimension hyperplanes are inserted one by one, and the cells that a new one splits are those of the arrangement it carries, found recursively, without
//!   linear programs.
//! - [`characteristic_polynomial`] counts the cells by deletion and restriction and shares no code with the listing.
//!
//! # References
//! - T. Zaslavsky, *Facing up to arrangements*, Mem. Amer. Math. Soc. 154 (1975).
//! - H. Edelsbrunner, *Algorithms in Combinatorial Geometry*, Springer 1987, chapter 7.

mod cells;
mod hyperplanes;
mod incremental;
mod named;
mod pencil;
mod polynomial;
mod rounding;
mod sign_vector;
mod sweep;
mod table;
#[cfg(test)]
mod tests;

pub use cells::Cells;
pub use named::{boolean, braid, resonance, threshold};
pub use polynomial::{CharacteristicPolynomial, characteristic_polynomial};
pub use sign_vector::SignVector;

use crate::exact::{Integer, IntegerRows};
use hyperplanes::Hyperplanes;
use incremental::StopCheck;
use thiserror::Error;

/// Why there is no list or count of cells.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ArrangementError {
    /// There is no row at all.
    #[error("an arrangement needs at least one hyperplane")]
    NoRow,
    /// A row of zeros describes no hyperplane.
    #[error("row {} is zero: it describes no hyperplane", row + 1)]
    ZeroRow {
        /// The row, counted from 0 (from 1 in the message).
        row: usize,
    },
    /// There are more than 2^31 cells.
    #[error("more than 2^31 cells: too many to list")]
    TooManyCells,
    /// The caller asked to stop.
    #[error("stopped before all cells were found")]
    Stopped,
}

/// A central hyperplane arrangement.
///
/// # Examples
/// The 14 ways to separate subsets of the corners of a square from the others by a line (all 16 but the two diagonals):
/// ```
/// use relus::arrangement::{Arrangement, characteristic_polynomial};
/// use relus::exact::{Integer, IntegerRows};
/// let corners = [[0, 0, 1], [1, 0, 1], [0, 1, 1], [1, 1, 1]];
/// let rows = IntegerRows::new(corners.iter().map(|row| row.map(Integer::from).to_vec()).collect(), 3);
/// let arrangement = Arrangement::new(&rows).unwrap();
/// let cells = arrangement.cells(&mut || false).unwrap();
/// assert_eq!(cells.len(), 14);
/// assert!(cells.all_signs().iter().all(|signs| signs.to_string() != "+--+"));
/// assert_eq!(characteristic_polynomial(&rows).unwrap().regions(), Integer::from(14));
/// ```
#[derive(Debug, Clone)]
pub struct Arrangement {
    hyperplanes: Hyperplanes,
}

impl Arrangement {
    /// The arrangement of the given rows.
    ///
    /// # Errors
    /// [`ArrangementError::NoRow`] without rows, [`ArrangementError::ZeroRow`] if a row is zero.
    pub fn new(rows: &IntegerRows) -> Result<Self, ArrangementError> {
        Ok(Arrangement { hyperplanes: Hyperplanes::new(rows)? })
    }

    /// The number of different hyperplanes.
    #[must_use]
    pub fn hyperplanes(&self) -> usize {
        self.hyperplanes.rows.len()
    }

    /// The rank of the rows.
    #[must_use]
    pub fn rank(&self) -> usize {
        self.hyperplanes.rows.columns()
    }

    /// An upper bound on the number of cells, attained in general position: `2 Σ_{i<r} C(m−1, i)` for `m` different hyperplanes of rank `r`.
    #[must_use]
    pub fn most_cells(&self) -> Integer {
        count_general_position(self.hyperplanes(), self.rank() - 1)
    }

    /// All cells, each with its signs, a point inside and its facets.
    ///
    /// `should_stop` is asked now and then; once it says yes, the listing ends with an error.
    ///
    /// # Errors
    /// [`ArrangementError::Stopped`]; [`ArrangementError::TooManyCells`] beyond 2^31.
    ///
    /// # Complexity
    /// For `N` cells and `m` hyperplanes of rank `r`: `O(m² log m)` for `r = 3`, else `O(N·(r + m))` signs and look-ups of `O(m/64)` words, and memory `O(N·(r + m/64))`. See
    /// [`Arrangement::most_cells`] to refuse what is too large.
    pub fn cells(&self, should_stop: &mut dyn FnMut() -> bool) -> Result<Cells, ArrangementError> {
        let mut stop = StopCheck::new(should_stop);
        let hyperplanes = self.hyperplanes.clone();
        if self.rank() == 3 { sweep::cells(hyperplanes, &mut stop) } else { incremental::cells(hyperplanes, &mut stop) }
    }
}

/// The number of sign patterns that affine functions have on `n` points in general position in dimension `d` (no zeros): `2 Σ_{i≤d} C(n−1, i)`; 1 for `n = 0`.
///
/// # Examples
/// ```
/// use relus::arrangement::count_general_position;
/// assert_eq!(count_general_position(40, 2), 1562.into());
/// ```
#[must_use]
pub fn count_general_position(n: usize, d: usize) -> Integer {
    let Some(others) = n.checked_sub(1) else { return Integer::ONE };
    let (mut sum, mut binomial) = (Integer::ZERO, Integer::ONE);
    for i in 0..=d.min(others) {
        sum += &binomial;
        binomial = binomial * Integer::from(others - i) / Integer::from(i + 1);
    }
    sum * Integer::from(2)
}
