//! The list of all cells of an arrangement.

use super::SignVector;
use super::hyperplanes::Hyperplanes;
use super::rounding::shortest;
use super::table::SignTable;
use crate::exact::{Integer, IntegerVector};
use std::collections::HashMap;

/// Cell `half` has the facet `hyperplane`, and `neighbour` lies behind it.
#[derive(Debug, Clone, Copy)]
pub(super) struct FacetRecord {
    pub(super) half: u32,
    pub(super) hyperplane: u32,
    pub(super) neighbour: u32,
}

/// Points in integer coordinates, kept in 128 bits each where they fit.
#[derive(Debug, Clone)]
pub(super) struct Points {
    columns: usize,
    small: Vec<i128>,
    large: HashMap<usize, Vec<Integer>>,
}

impl Points {
    pub(super) fn new(columns: usize) -> Self {
        Points { columns, small: Vec::new(), large: HashMap::new() }
    }

    pub(super) fn push(&mut self, point: &[Integer]) {
        let index = self.small.len() / self.columns;
        self.small.resize(self.small.len() + self.columns, 0);
        self.set(index, point);
    }

    fn set(&mut self, index: usize, point: &[Integer]) {
        debug_assert_eq!(point.len(), self.columns);
        self.large.remove(&index);
        for (slot, value) in self.small[index * self.columns..].iter_mut().zip(point) {
            match i128::try_from(value) {
                Ok(value) => *slot = value,
                Err(_) => {
                    self.large.insert(index, point.to_vec());
                    return;
                }
            }
        }
    }

    fn get(&self, index: usize) -> Vec<Integer> {
        match self.large.get(&index) {
            Some(point) => point.clone(),
            None => self.small[index * self.columns..][..self.columns].iter().map(|&x| Integer::from(x)).collect(),
        }
    }
}

/// All full-dimensional cells of a central arrangement, numbered from 0.
///
/// Cell `c ^ 1` is the mirror image `−c` of cell `c`; the cells with even numbers are those on the positive side of row 0. Rows that describe the same
/// hyperplane are identified in facets: a facet is named by the *first* row that describes its hyperplane, and crossing it flips the signs of
/// all of them ([`Cells::class`]).
///
/// # Examples
/// ```
/// use relus::arrangement::{Arrangement, braid};
/// let cells = Arrangement::new(&braid(3)).unwrap().cells(&mut || false).unwrap();
/// assert_eq!(cells.len(), 6);
/// for c in 0..cells.len() {
///     // The signs of v_1 − v_2, v_1 − v_3, v_2 − v_3; two neighbours change places at each facet.
///     assert_eq!(cells.facets(c).len(), 2);
///     assert_eq!(cells.signs(cells.mirror(c)), &cells.signs(c).negated());
/// }
/// assert_eq!(cells.walk().count(), 6);
/// ```
#[derive(Debug, Clone)]
pub struct Cells {
    hyperplanes: Hyperplanes,
    signs: Vec<SignVector>,
    points: Points,
    /// For half `h`, the range `starts[h]..starts[h + 1]` of `facets`: (first row of the hyperplane, the cell behind it as seen from `2h`).
    starts: Vec<usize>,
    facets: Vec<(u32, u32)>,
}

impl Cells {
    /// Puts the list together from the halves on the positive side of hyperplane 0: their signs on the hyperplanes, a point inside each, and their
    /// facets in any order.
    pub(super) fn assemble(hyperplanes: Hyperplanes, table: &SignTable, mut points: Points, records: &[FacetRecord]) -> Self {
        let halves = table.len();
        let mut starts = vec![0usize; halves + 1];
        for record in records {
            starts[record.half as usize + 1] += 1;
        }
        for h in 0..halves {
            starts[h + 1] += starts[h];
        }
        let mut next = starts.clone();
        let mut facets = vec![(0, 0); records.len()];
        for record in records {
            let slot = &mut next[record.half as usize];
            facets[*slot] = (record.hyperplane, record.neighbour);
            *slot += 1;
        }
        for h in 0..halves {
            let own = &mut facets[starts[h]..starts[h + 1]];
            own.sort_unstable();
            // A cell is the set of vectors with its signs on its facets.
            let words = table.words(h);
            let own_rows = own.iter().map(|&(hyperplane, _)| hyperplane as usize);
            let positive = |i: usize| words[i / 64] >> (i % 64) & 1 == 1;
            let point = points.get(h);
            if let Some(short) = shortest(&hyperplanes.rows, &point, &own_rows, positive) {
                points.set(h, short.entries());
            }
        }
        for (hyperplane, _) in &mut facets {
            *hyperplane = hyperplanes.members[*hyperplane as usize][0] as u32;
        }
        let rows = hyperplanes.of_row.len();
        let one_to_one = hyperplanes.members.len() == rows;
        let mut signs = Vec::with_capacity(2 * halves);
        for h in 0..halves {
            let words = table.words(h);
            let half = if one_to_one {
                SignVector::from_words(rows, words)
            } else {
                let of_row = &hyperplanes.of_row;
                SignVector::from_fn(rows, |i| (words[of_row[i].0 / 64] >> (of_row[i].0 % 64) & 1 == 1) != of_row[i].1)
            };
            let mirror = half.negated();
            signs.extend([half, mirror]);
        }
        Cells { hyperplanes, signs, points, starts, facets }
    }

    /// The number of cells: even and positive.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "an arrangement always has cells")]
    pub fn len(&self) -> usize {
        self.signs.len()
    }

    /// The signs of the rows on cell `c`.
    ///
    /// # Panics
    /// If there is no cell `c`.
    #[must_use]
    pub fn signs(&self, c: usize) -> &SignVector {
        &self.signs[c]
    }

    /// The signs of the rows on all cells, in the order of the cells.
    #[must_use]
    pub fn all_signs(&self) -> &[SignVector] {
        &self.signs
    }

    /// An integer vector strictly inside cell `c`, in the coordinates of the rows.
    ///
    /// # Panics
    /// If there is no cell `c`.
    #[must_use]
    pub fn witness(&self, c: usize) -> IntegerVector {
        let mut point = self.points.get(c / 2);
        if c % 2 == 1 {
            point.iter_mut().for_each(|x| *x = -std::mem::take(x));
        }
        self.hyperplanes.lift(&point)
    }

    /// The mirror image of cell `c`: all signs changed.
    #[must_use]
    pub fn mirror(&self, c: usize) -> usize {
        c ^ 1
    }

    /// The facets of cell `c`, each named by the first row that describes its hyperplane, increasing. These rows alone, with their signs,
    /// describe the cell.
    ///
    /// # Panics
    /// If there is no cell `c`.
    pub fn facets(&self, c: usize) -> impl ExactSizeIterator<Item = usize> + '_ {
        self.neighbours(c).map(|(row, _)| row)
    }

    /// The facets of cell `c` as in [`Cells::facets`], each with the cell on its other side.
    ///
    /// # Panics
    /// If there is no cell `c`.
    pub fn neighbours(&self, c: usize) -> impl ExactSizeIterator<Item = (usize, usize)> + '_ {
        let range = self.starts[c / 2]..self.starts[c / 2 + 1];
        self.facets[range].iter().map(move |&(row, neighbour)| (row as usize, neighbour as usize ^ (c % 2)))
    }

    /// The rows that describe the same hyperplane as row `i`, with row `i`, increasing.
    ///
    /// # Panics
    /// If there is no row `i`.
    #[must_use]
    pub fn class(&self, i: usize) -> &[usize] {
        &self.hyperplanes.members[self.hyperplanes.of_row[i].0]
    }

    /// The cells in depth-first order of the graph of facets, each with the rows whose signs differ from the cell before; for the first cell from
    /// the vector of minus signs.
    ///
    /// Consecutive cells differ in at most two hyperplanes on average: the steps follow a closed walk that takes every edge of a spanning tree
    /// twice. (Rows of a [class](Cells::class) flip together.)
    ///
    /// # Complexity
    /// Linear in the number of cells and facets before the first step, then `O(n/64 + flips)` a step.
    pub fn walk(&self) -> impl Iterator<Item = (usize, Vec<usize>)> + '_ {
        let start = SignVector::negative(self.hyperplanes.of_row.len());
        let mut previous: Option<usize> = None;
        self.depth_first().into_iter().map(move |cell| {
            let before = previous.replace(cell).map_or(&start, |p| &self.signs[p]);
            (cell, self.signs[cell].differences(before).collect())
        })
    }

    /// The cells in depth-first order of the graph of facets, from cell 0.
    fn depth_first(&self) -> Vec<usize> {
        let mut seen = vec![false; self.len()];
        let mut order = Vec::with_capacity(self.len());
        // The path from the root: a cell and how many of its neighbours were tried.
        let mut path = vec![(0usize, 0usize)];
        seen[0] = true;
        order.push(0);
        while let Some((cell, tried)) = path.last_mut() {
            let Some((_, neighbour)) = self.neighbours(*cell).nth(*tried) else {
                path.pop();
                continue;
            };
            *tried += 1;
            if !seen[neighbour] {
                seen[neighbour] = true;
                order.push(neighbour);
                path.push((neighbour, 0));
            }
        }
        debug_assert_eq!(order.len(), self.len(), "the graph of facets is connected");
        order
    }
}
