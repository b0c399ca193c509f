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
        // Gauss–Jordan with full pivoting on [X, I], a site at a time.
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

    fn of(&self, values: &[f64], out: impl Iterator<Item = usize>, into: &mut [f64]) {
        let rank = self.sites.len();
        for (c, place) in out.enumerate() {
            into[place] = self.sites.iter().zip(&self.inverse[c * rank..]).map(|(&s, x)| values[s] * x).sum();
        }
    }
}

/// Makes column `c` of a matrix the unit vector of row `r`.
fn eliminate(matrix: &mut [f64], width: usize, r: usize, c: usize) {
    let inverse = 1.0 / matrix[r * width + c];
    matrix[r * width..(r + 1) * width].iter_mut().for_each(|x| *x *= inverse);
    for i in (0..matrix.len() / width).filter(|&i| i != r) {
        let factor = matrix[i * width + c];
        if factor != 0.0 {
            for k in 0..width {
                matrix[i * width + k] -= factor * matrix[r * width + k];
            }
        }
    }
}

impl Ceiling {
    fn width(&self) -> usize {
        self.generators + self.rank + 1
    }

    /// Starts with a basis for weights `w` of the cone, whose values at the sites are `z`. `false` if there is none: the cone has lines, or `w` is in an awkward position.
    pub(super) fn load(&mut self, cone: &Cone, coordinates: &Coordinates, w: &[f64], z: &[f64]) -> bool {
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
        self.heights.extend(cone.facets().map(|f| if cone.states[f] == State::On { z[f] } else { -z[f] }));
        for i in 0..rank {
            self.tableau[i * width + self.generators + i] = 1.0;
            self.tableau[i * width + last] = w[i];
        }
        let size = w.iter().fold(0.0_f64, |m, x| m.max(x.abs())).max(LEAST_SIZE);
        for g in 0..self.generators {
            let values = cone.values(g);
            coordinates.of(values, (0..rank).map(|i| i * width + g), &mut self.tableau);
            let length = (0..rank).fold(0.0_f64, |m, i| m.max(self.tableau[i * width + g].abs()));
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
        let width = self.width();
        let (last, m) = (width - 1, self.generators);
        let value = |g: usize| cone.value(g, s).max(0.0);
        for _ in 0..3 * m {
            let mut best = (REDUCED, usize::MAX);
            for g in 0..m {
                let covered: f64 = (0..self.rank).map(|i| value(self.basis[i]) * self.tableau[i * width + g]).sum();
                let reduced = value(g) - covered;
                if reduced > best.0 {
                    best = (reduced, g);
                }
            }
            if best.1 == usize::MAX {
                for (k, c) in c.iter_mut().enumerate() {
                    *c = (0..self.rank).map(|i| value(self.basis[i]) * self.tableau[i * width + m + k]).sum();
                }
                return true;
            }
            let g = best.1;
            let mut leaving = (f64::INFINITY, usize::MAX);
            for i in 0..self.rank {
                let entry = self.tableau[i * width + g];
                if entry > NO_PIVOT {
                    let length = self.tableau[i * width + last] / entry;
                    if length < leaving.0 {
                        leaving = (length, i);
                    }
                }
            }
            if leaving.1 == usize::MAX {
                return false;
            }
            eliminate(&mut self.tableau, width, leaving.1, g);
            self.basis[leaving.1] = g;
        }
        false
    }
}
