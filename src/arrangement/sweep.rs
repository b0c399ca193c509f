//! Cells and facets of arrangements in space, along great circles.
//!
//! A central plane arrangement in three dimensions cuts the unit sphere by great circles. The other planes meet the circle of plane `i` in pairs of opposite points;
//! sorted by angle, these cut it into arcs, and every arc is the common border of two cells whose signs differ in `i` alone. Walking a half-turn along every circle meets
//! every arc or its mirror image once, and so every cell at each of its facets.
//!
//! # Complexity
//! `O(n² log n)` exact comparisons and `O(n²)` cell look-ups of `O(n/64)` words for `n` planes.

use super::ArrangementError;
use super::cells::{Cells, FacetRecord, Points};
use super::hyperplanes::Hyperplanes;
use super::incremental::StopCheck;
use super::pencil::{Chart, Coordinate, HalfTurn, Plane};
use super::table::SignTable;

struct Sweep<'a> {
    hyperplanes: &'a Hyperplanes,
    table: SignTable,
    points: Points,
    records: Vec<FacetRecord>,
    /// Where the cell at hand is complemented.
    scratch: Vec<u64>,
}

/// The cells of at least two planes in three dimensions that have no common line.
pub(super) fn cells(hyperplanes: Hyperplanes, stop: &mut StopCheck<'_>) -> Result<Cells, ArrangementError> {
    let m = hyperplanes.rows.len();
    let mut sweep =
        Sweep { hyperplanes: &hyperplanes, table: SignTable::new(m), points: Points::new(3), records: Vec::new(), scratch: vec![0; m.div_ceil(64)] };
    for i in 0..m {
        let chart = Chart::new(hyperplanes.rows.row(i));
        match chart.restrict_to_plane(&hyperplanes.rows, m) {
            Plane::Small(lines) => sweep.walk_circle(i, &chart, &lines, stop)?,
            Plane::Large(lines) => sweep.walk_circle(i, &chart, &lines, stop)?,
        }
    }
    let Sweep { table, points, records, .. } = sweep;
    Ok(Cells::assemble(hyperplanes, &table, points, &records))
}

impl Sweep<'_> {
    fn walk_circle<T: Coordinate>(
        &mut self,
        i: usize,
        chart: &Chart<'_>,
        lines: &[[T; 2]],
        stop: &mut StopCheck<'_>,
    ) -> Result<(), ArrangementError> {
        let base = usize::from(i == 0);
        let margin = chart.margin((0..lines.len()).map(|j| self.hyperplanes.rows.row(j)));
        let mut words = vec![0u64; self.scratch.len()];
        let mut hash = 0;
        let mut set = |j: usize, positive: bool| {
            if positive {
                words[j / 64] |= 1 << (j % 64);
                hash ^= self.table.key(j);
            }
        };
        set(base, true);
        let turn = HalfTurn::new(lines, base, |j| j == i, set);
        for sector in turn.sectors() {
            stop.step()?;
            let mut sides = [0, 0];
            for (side, positive) in sides.iter_mut().zip([false, true]) {
                let (index, new) = self.cell(&words, hash)?;
                if new {
                    let on_circle = chart.lift(&sector.point());
                    let mut point = chart.beside(&on_circle, &margin, positive);
                    if index % 2 == 1 {
                        point.iter_mut().for_each(|x| *x = -std::mem::take(x));
                    }
                    self.points.push(&point);
                }
                *side = index;
                words[i / 64] ^= 1 << (i % 64);
                hash ^= self.table.key(i);
            }
            let [a, b] = sides;
            for (cell, neighbour) in [(a, b), (b, a)] {
                self.records.push(FacetRecord { half: cell / 2, hyperplane: i as u32, neighbour: neighbour ^ (cell % 2) });
            }
            for crossing in sector.crossed {
                words[crossing.line / 64] ^= 1 << (crossing.line % 64);
                hash ^= self.table.key(crossing.line);
            }
        }
        Ok(())
    }

    /// The number of the cell with these signs (even if it is on the positive side of plane 0), and whether it and its mirror image are new.
    fn cell(&mut self, words: &[u64], hash: u64) -> Result<(u32, bool), ArrangementError> {
        if words[0] & 1 == 1 {
            let (half, new) = self.table.insert(words, hash)?;
            return Ok((2 * half as u32, new));
        }
        for (mirrored, word) in self.scratch.iter_mut().zip(words) {
            *mirrored = !word;
        }
        if let rest @ 1.. = self.hyperplanes.rows.len() % 64 {
            *self.scratch.last_mut().expect("at least one word") &= (1 << rest) - 1;
        }
        let (half, new) = self.table.insert(&self.scratch, hash ^ self.table.key_of_all())?;
        Ok((2 * half as u32 + 1, new))
    }
}
