//! Cells by inserting the hyperplanes one by one.
//!
//! Let `A_m` be the first `m` hyperplanes. Hyperplane `H_m` cuts a cell of `A_m` exactly if the cell meets `H_m`, and the pieces of `H_m` inside cells of `A_m` are the cells
//! of the arrangement that `A_m` induces on `H_m`, in one dimension less. So: list the latter by the same method, find the cell of each of its points, and split that cell by two points beside
//! `H_m`. The cells are the leaves of a binary space partition, whose inner nodes are the splits, so a point finds its cell by a few signs. In the plane a sort replaces the recursion.
//!
//! Every step produces a cell that was not there before: no candidate is refuted, and no linear program is solved. By the symmetry `v → −v` only the cells on the positive
//! side of row 0 are listed.
//!
//! This gives a point in each cell, and so its signs. A facet is a sign whose change gives another cell: a look-up.
//!
//! # Complexity
//! `O(r·N)` point locations for `N` cells in dimension `r`, each of a few exact signs, the restrictions of the rows to the flats of the arrangement, and `N·n` signs and
//! look-ups for `n` hyperplanes.

use super::ArrangementError;
use super::cells::{Cells, FacetRecord, Points};
use super::hyperplanes::{Hyperplanes, primitive};
use super::pencil::{Chart, Coordinate, HalfTurn, Plane, pair};
use super::rounding::{behind, bits, floats, rounded};
use super::table::{MOST, SignTable};
use crate::exact::{Integer, IntegerRows, IntegerVector};
use std::cmp::Ordering;
use std::collections::HashSet;

/// Asks now and then whether to stop.
pub(super) struct StopCheck<'a> {
    should_stop: &'a mut dyn FnMut() -> bool,
    steps: u32,
}

impl<'a> StopCheck<'a> {
    pub(super) fn new(should_stop: &'a mut dyn FnMut() -> bool) -> Self {
        StopCheck { should_stop, steps: 0 }
    }

    /// Counts a step of about a microsecond.
    pub(super) fn step(&mut self) -> Result<(), ArrangementError> {
        self.steps += 1;
        if self.steps.is_multiple_of(256) && (self.should_stop)() { Err(ArrangementError::Stopped) } else { Ok(()) }
    }
}

/// The cells from a point in each, with the facets by looking up which changes of one sign give a cell.
pub(super) fn cells(hyperplanes: Hyperplanes, stop: &mut StopCheck<'_>) -> Result<Cells, ArrangementError> {
    let rows = &hyperplanes.rows;
    let m = rows.len();
    let mut table = SignTable::new(m);
    let mut points = Points::new(rows.columns());
    let mut words = vec![0u64; m.div_ceil(64)];
    for point in interior_points(rows, stop)? {
        stop.step()?;
        words.fill(0);
        let mut hash = 0;
        for j in (0..m).filter(|&j| rows.sign(j, &point).is_gt()) {
            words[j / 64] |= 1 << (j % 64);
            hash ^= table.key(j);
        }
        let (_, new) = table.insert(&words, hash)?;
        debug_assert!(new, "one point a cell");
        points.push(point.entries());
    }
    let mut records = Vec::new();
    for half in 0..table.len() {
        stop.step()?;
        words.copy_from_slice(table.words(half));
        let hash = table.hash_at(half);
        // Behind hyperplane 0 lie the mirror images: look up the opposite signs of all others.
        for word in &mut words {
            *word = !*word;
        }
        words[0] |= 1;
        if let rest @ 1.. = m % 64 {
            words[m / 64] &= (1 << rest) - 1;
        }
        if let Some(mirror) = table.find(&words, hash ^ table.key_of_all() ^ table.key(0)) {
            records.push(FacetRecord { half: half as u32, hyperplane: 0, neighbour: 2 * mirror as u32 + 1 });
        }
        words.copy_from_slice(table.words(half));
        for j in 1..m {
            words[j / 64] ^= 1 << (j % 64);
            if let Some(neighbour) = table.find(&words, hash ^ table.key(j)) {
                records.push(FacetRecord { half: half as u32, hyperplane: j as u32, neighbour: 2 * neighbour as u32 });
            }
            words[j / 64] ^= 1 << (j % 64);
        }
    }
    Ok(Cells::assemble(hyperplanes, &table, points, &records))
}

/// A point inside each cell with `row_0 · v > 0`, for rows of which no two are parallel and none is zero.
fn interior_points(rows: &IntegerRows, stop: &mut StopCheck<'_>) -> Result<Vec<IntegerVector>, ArrangementError> {
    match rows.columns() {
        1 => Ok(vec![IntegerVector::new(rows.row(0).to_vec())]),
        2 => Ok(sector_points(&(0..rows.len()).map(|i| pair(rows.row(i).to_vec())).collect::<Vec<_>>()).map(IntegerVector::new).collect()),
        _ => insert_all(rows, stop),
    }
}

/// A node of the space partition.
enum Node {
    /// The cell with this number.
    Cell(u32),
    /// The children, first of two, on the negative and the positive side of a row.
    Split { row: u32, first_child: u32 },
}

fn insert_all(rows: &IntegerRows, stop: &mut StopCheck<'_>) -> Result<Vec<IntegerVector>, ArrangementError> {
    let mut points = vec![IntegerVector::new(rows.row(0).to_vec())];
    let mut nodes = vec![Node::Cell(0)];
    for m in 1..rows.len() {
        let chart = Chart::new(rows.row(m));
        let margin = chart.margin((0..m).map(|j| rows.row(j)));
        for on_plane in restricted_points(rows, m, &chart, stop)? {
            stop.step()?;
            let on_plane = chart.lift(&on_plane);
            let crossing = IntegerVector::new(on_plane);
            let mut at = 0;
            let cell = loop {
                match nodes[at] {
                    Node::Cell(cell) => break cell,
                    Node::Split { row, first_child } => {
                        let sign = rows.sign(row as usize, &crossing);
                        debug_assert_ne!(sign, Ordering::Equal, "a cell of the restriction lies in a cell");
                        at = first_child as usize + usize::from(sign.is_gt());
                    }
                }
            };
            let old = &points[cell as usize];
            let side = rows.sign(m, old);
            let beside = |positive| {
                let beside = chart.beside(crossing.entries(), &margin, positive);
                if side.is_eq() || bits(&beside) <= 40 {
                    return IntegerVector::new(beside);
                }
                // Points so near to walls would get longer with every dimension.
                let behind = behind(&floats(old.entries()), &floats(crossing.entries()), (0..m).map(|j| rows.row_f64(j)));
                let sign = |j| if j == m { positive } else { rows.sign(j, &crossing).is_gt() };
                rounded(rows, &behind, 0..m + 1, sign).unwrap_or_else(|| IntegerVector::new(beside))
            };
            // The old point serves the side that it lies on.
            let (negative, positive) = match side {
                Ordering::Less => (None, Some(beside(true))),
                Ordering::Greater => (Some(beside(false)), None),
                Ordering::Equal => (Some(beside(false)), Some(beside(true))),
            };
            if points.len() >= MOST {
                return Err(ArrangementError::TooManyCells);
            }
            let fresh = points.len() as u32;
            let (low, high) = match (negative, positive) {
                (Some(negative), Some(positive)) => {
                    points[cell as usize] = negative;
                    points.push(positive);
                    (cell, fresh)
                }
                (None, Some(positive)) => {
                    points.push(positive);
                    (cell, fresh)
                }
                (negative, _) => {
                    points.extend(negative);
                    (fresh, cell)
                }
            };
            nodes[at] = Node::Split { row: m as u32, first_child: nodes.len() as u32 };
            nodes.extend([Node::Cell(low), Node::Cell(high)]);
        }
    }
    Ok(points)
}

/// Points, in the chart of hyperplane `m`, in the cells that the rows before `m` induce on it, on the positive side of row 0.
fn restricted_points(rows: &IntegerRows, m: usize, chart: &Chart<'_>, stop: &mut StopCheck<'_>) -> Result<Vec<Vec<Integer>>, ArrangementError> {
    if rows.columns() == 3 {
        return Ok(match chart.restrict_to_plane(rows, m) {
            Plane::Small(lines) => sector_points(&lines).collect(),
            Plane::Large(lines) => sector_points(&lines).collect(),
        });
    }
    let mut seen = HashSet::with_capacity(m);
    let mut distinct = Vec::with_capacity(m);
    for j in 0..m {
        let (mut direction, reversed) = primitive(&chart.restrict(rows.row(j))).expect("rows are not parallel");
        if seen.insert(direction.clone()) {
            if reversed {
                direction.iter_mut().for_each(|x| *x = -std::mem::take(x));
            }
            distinct.push(direction);
        }
    }
    let inner = interior_points(&IntegerRows::new(distinct, rows.columns() - 1), stop)?;
    Ok(inner.iter().map(|point| point.entries().to_vec()).collect())
}

/// A point in each sector of a half-plane that is cut by lines.
fn sector_points<T: Coordinate>(lines: &[[T; 2]]) -> impl Iterator<Item = Vec<Integer>> {
    let turn = HalfTurn::new(lines, 0, |_| false, |_, _| ());
    let points: Vec<_> = turn.sectors().map(|sector| sector.point().to_vec()).collect();
    points.into_iter()
}
