//! Linear functions above `max(0, x̃_s·w)` on a pointed cone.
//!
//! On `K = {Σ λ_r r : λ ≥ 0}` the least concave function above `max(0, x̃_s·w)` is `max Σ λ_r max(0, x̃_s·r)` over the `λ ≥ 0` with `Σ λ_r r = w`. An optimal
//! basis of this linear program gives the linear function `c·w` that touches it at `w`: `c·r = max(0, x̃_s·r)` on the basis and `≥` on all other generators. Bases are feasible
//! whatever the site is, so one site's optimum is where the next one starts.

use super::super::{Cone, State};

/// How far the weights are moved inside before bases are chosen, relative to their size.
const INSIDE: f64 = 1e-4;
/// The least size of weights that counts.
const LEAST_SIZE: f64 = 1e-3;
/// Reduced costs below this part of the largest value are 0.
const REDUCED: f64 = 1e-11;
/// Entries of the tableau that are no pivots.
const NO_PIVOT: f64 = 1e-9;
/// Pivots a generator, after which a program is given up.
const MOST_PIVOTS: usize = 3;

/// The linear program of a neuron's cone: `B⁻¹ [R, I, w]` for the present basis `B`.
#[derive(Debug, Clone, Default)]
pub(super) struct Ceiling {
    rank: usize,
    generators: usize,
    tableau: Vec<f64>,
    basis: Vec<usize>,
    heights: Vec<f64>,
    face: Vec<usize>,
}

/// Sites whose rows are a basis, and the inverse of the matrix of their features: it turns a generator's values into coordinates.
#[derive(Debug, Clone)]
pub(super) struct Coordinates {
    sites: Vec<usize>,
    inverse: Vec<f64>,
}

impl Coordinates {
    /// `columns` as in [`Terms`](super::terms::Terms).
    pub(super) fn new(columns: &[f64], rank: usize) -> Self {
        let n = columns.len() / rank;
        // The site that is farthest from the span of those before.
        let mut rest: Vec<Vec<f64>> = (0..n).map(|s| (0..rank).map(|c| columns[c * n + s]).collect()).collect();
        let mut sites: Vec<usize> = Vec::new();
        for _ in 0..rank {
            let norm = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>();
            let best = (0..n).max_by(|&a, &b| norm(&rest[a]).total_cmp(&norm(&rest[b]))).expect("there is a site");
            let direction: Vec<f64> = rest[best].iter().map(|x| x / norm(&rest[best]).sqrt()).collect();
            for v in &mut rest {
                let along: f64 = v.iter().zip(&direction).map(|(a, b)| a * b).sum();
                v.iter_mut().zip(&direction).for_each(|(a, b)| *a -= along * b);
            }
            sites.push(best);
        }
        let width = 2 * rank;
        let mut matrix = vec![0.0; rank * width];
        for (i, &s) in sites.iter().enumerate() {
            for c in 0..rank {
                matrix[i * width + c] = columns[c * n + s];
            }
            matrix[i * width + rank + i] = 1.0;
        }
        for c in 0..rank {
            let pivot = (c..rank).max_by(|&a, &b| matrix[a * width + c].abs().total_cmp(&matrix[b * width + c].abs())).expect("a row");
            for k in 0..width {
                matrix.swap(c * width + k, pivot * width + k);
            }
            eliminate(&mut matrix, width, c, c);
        }
        let inverse = (0..rank).flat_map(|i| matrix[i * width + rank..(i + 1) * width].to_vec()).collect();
        Coordinates { sites, inverse }
    }

    /// The coordinates of a generator.
    fn of(&self, values: &[f64]) -> impl Iterator<Item = f64> {
        self.inverse.chunks_exact(self.sites.len()).map(|row| self.sites.iter().zip(row).map(|(&s, x)| values[s] * x).sum())
    }
}

/// Makes column `c` of a matrix the unit vector of row `r`.
fn eliminate(matrix: &mut [f64], width: usize, r: usize, c: usize) {
    let (before, rest) = matrix.split_at_mut(r * width);
    let (pivot, after) = rest.split_at_mut(width);
    let inverse = 1.0 / pivot[c];
    pivot.iter_mut().for_each(|x| *x *= inverse);
    for row in before.chunks_exact_mut(width).chain(after.chunks_exact_mut(width)) {
        let factor = row[c];
        if factor != 0.0 {
            row.iter_mut().zip(&*pivot).for_each(|(x, y)| *x -= factor * y);
        }
    }
}

impl Ceiling {
    fn width(&self) -> usize {
        self.generators + self.rank + 1
    }

    /// Starts with a basis for weights `w` of the cone, whose values at the sites of its facets are `z`. `false` if there is none: the cone has lines, or `w` is in an awkward position.
    pub(super) fn load(&mut self, cone: &Cone, coordinates: &Coordinates, w: &[f64], z: impl Fn(usize) -> f64) -> bool {
        if cone.lines > 0 {
            return false;
        }
        let rank = w.len();
        (self.rank, self.generators) = (rank, cone.generators());
        let width = self.width();
        let last = width - 1;
        self.tableau.clear();
        self.tableau.resize(rank * width, 0.0);
        self.heights.clear();
        self.heights.extend(cone.facets().map(|f| if cone.states[f] == State::On { z(f) } else { -z(f) }));
        for (i, &w) in w.iter().enumerate() {
            self.tableau[i * width + self.generators + i] = 1.0;
            self.tableau[i * width + last] = w;
        }
        let size = w.iter().fold(0.0_f64, |m, x| m.max(x.abs())).max(LEAST_SIZE);
        for g in 0..self.generators {
            let values = cone.values(g);
            let mut length = 0.0_f64;
            for (i, x) in coordinates.of(values).enumerate() {
                self.tableau[i * width + g] = x;
                length = length.max(x.abs());
            }
            // Different parts of each, so that there are no ties.
            let part = INSIDE * size * (1.0 + (g as f64 * 0.618).fract()) / length;
            for i in 0..rank {
                self.tableau[i * width + last] += part * self.tableau[i * width + g];
            }
            self.heights.iter_mut().zip(cone.facets()).for_each(|(height, f)| *height += part * values[f].abs());
        }
        self.start(cone)
    }

    /// A basis: from `w` back along a generator as far as the cone goes, from there within the facet that is reached, and so on.
    fn start(&mut self, cone: &Cone) -> bool {
        let width = self.width();
        self.face.clear();
        self.face.extend(0..self.generators);
        self.basis.clear();
        self.basis.resize(self.rank, usize::MAX);
        for _ in 0..self.rank {
            let Some(&g) = self.face.first() else { return false };
            let values = cone.values(g);
            let mut nearest = (f64::INFINITY, 0, 0);
            for ((i, f), height) in cone.facets().enumerate().zip(&self.heights) {
                let length = height / values[f].abs();
                // A facet that the generator lies on is no limit (0/0 is not less either).
                if values[f] != 0.0 && length < nearest.0 {
                    nearest = (length, i, f);
                }
            }
            let (length, reached, site) = nearest;
            if !length.is_finite() || length < 0.0 {
                return false;
            }
            self.heights.iter_mut().zip(cone.facets()).for_each(|(height, f)| *height -= length * values[f].abs());
            self.heights[reached] = 0.0;
            self.face.retain(|&r| cone.value(r, site) == 0.0);
            let free = (0..self.rank).filter(|&i| self.basis[i] == usize::MAX);
            let row = free.max_by(|&a, &b| self.tableau[a * width + g].abs().total_cmp(&self.tableau[b * width + g].abs())).expect("a row is left");
            if self.tableau[row * width + g].abs() < NO_PIVOT {
                return false;
            }
            eliminate(&mut self.tableau, width, row, g);
            self.basis[row] = g;
        }
        (1..=self.rank).all(|i| self.tableau[i * width - 1] >= 0.0)
    }

    /// The coefficients `c` for site `s`; `false` if the program did not end.
    pub(super) fn piece(&mut self, cone: &Cone, s: usize, c: &mut [f64]) -> bool {
        let (rank, m, width) = (self.rank, self.generators, self.width());
        let last = width - 1;
        // The reduced costs, a further row of the tableau: what is above the function that the basis defines.
        self.tableau.truncate(rank * width);
        self.tableau.extend((0..m).map(|g| cone.value(g, s).max(0.0)));
        self.tableau.resize((rank + 1) * width, 0.0);
        let (rows, reduced) = self.tableau.split_at_mut(rank * width);
        for (row, &g) in rows.chunks_exact(width).zip(&self.basis) {
            let value = cone.value(g, s);
            if value > 0.0 {
                reduced.iter_mut().zip(row).for_each(|(reduced, x)| *reduced -= value * x);
            }
        }
        for _ in 0..MOST_PIVOTS * m {
            let reduced = &self.tableau[rank * width..];
            let (mut most, mut entering) = (REDUCED, usize::MAX);
            for (g, &reduced) in reduced[..m].iter().enumerate() {
                if reduced > most {
                    (most, entering) = (reduced, g);
                }
            }
            if entering == usize::MAX {
                c.iter_mut().zip(&reduced[m..last]).for_each(|(c, x)| *c = -x);
                return true;
            }
            let (mut least, mut leaving) = (f64::INFINITY, usize::MAX);
            for (i, row) in self.tableau[..rank * width].chunks_exact(width).enumerate() {
                if row[entering] > NO_PIVOT && row[last] < least * row[entering] {
                    (least, leaving) = (row[last] / row[entering], i);
                }
            }
            if leaving == usize::MAX {
                return false;
            }
            eliminate(&mut self.tableau, width, leaving, entering);
            self.basis[leaving] = entering;
        }
        false
    }
}
