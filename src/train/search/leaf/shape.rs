//! The shape of a proposal: which numbers vanish, which are tied, which are free; and the conditions' values in floats, with their errors.

use super::super::{Relaxation, State};
use super::view::View;

/// What the errors of [`Cone::values`](super::super::Cone) are at most (as documented there), on magnitudes of at most 1.
pub(super) const VALUE_ERROR: f64 = 8.881784197001252e-16; // 2^-50
/// Half a unit in the last place of 1.
const ROUNDOFF: f64 = f64::EPSILON / 2.0;

/// How a site enters `G_j`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Not at all.
    Idle,
    /// `+|U_s| max(0, x̃_s·r)`, for `a_j U_s > 0`.
    Convex,
    /// `−|U_s| x̃_s·r`: the multiplier is `|U_s|`.
    Full,
    /// `+|U_s| x̃_s·r`, for `a_j U_s > 0` and the affine function.
    Linear,
    /// `−p_js x̃_s·r` with a multiplier strictly between.
    Free,
}

/// A point `(u, p)` in floats, regarded as exact numbers. Where a site has several items, the first is what is left of `U_s` by the others.
#[derive(Debug, Default, Clone)]
pub(super) struct Shape {
    /// One number an item; the first of a site is rounded.
    pub(super) items: Vec<f64>,
    /// `U_s`.
    pub(super) sums: Vec<f64>,
    /// `kinds[j·sites + s]`.
    pub(super) kinds: Vec<Kind>,
    /// The free multipliers, `p[j·sites + s]`.
    pub(super) p: Vec<f64>,
    /// The largest `|u_i|` of the proposal.
    pub(super) largest: f64,
}

/// How tolerant [`Shape::take`] is, relative to the largest `|u_i|`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tolerance {
    /// Smaller `|U_s|` become 0.
    pub(super) vanishing: f64,
    /// Multipliers nearer than this to 0 or `|U_s|` are tied to it.
    pub(super) tied: f64,
}

impl Shape {
    /// Takes over a proposal. `false` if it contains no usable numbers.
    pub(super) fn take(&mut self, view: &View<'_>, proposal: &Relaxation, tolerance: Tolerance) -> bool {
        let (sites, neurons) = (view.sites(), view.neurons());
        self.items.clear();
        self.items.extend_from_slice(&proposal.u);
        self.sums.clear();
        self.sums.extend(view.model.items_of_site.iter().map(|items| items.iter().map(|&i| proposal.u[i]).sum::<f64>()));
        self.largest = self.items.iter().fold(0.0, |m: f64, u| m.max(u.abs()));
        // Far from the limits of floats, so that what underflows is nothing compared to the margins.
        if !(self.largest > 1e-100 && self.largest < 1e100 && self.items.iter().all(|u| u.abs() < 1e100)) {
            return false;
        }
        for s in 0..sites {
            if self.sums[s].abs() <= tolerance.vanishing * self.largest {
                let sum = self.sums[s];
                self.sums[s] = 0.0;
                self.items[view.model.items_of_site[s][0]] -= sum;
            }
        }
        let tied = tolerance.tied * self.largest;
        self.kinds.clear();
        self.p.clear();
        self.p.resize(neurons * sites, 0.0);
        for j in 0..neurons {
            let sign = view.sign(j);
            for s in 0..sites {
                let pull = sign * self.sums[s];
                let state = view.state(j, s);
                let kind = if pull == 0.0 || state == State::Off {
                    Kind::Idle
                } else if pull > 0.0 {
                    if view.is_linear(j) { Kind::Linear } else { Kind::Convex }
                } else if state == State::On {
                    Kind::Full
                } else if !view.relu() {
                    Kind::Idle
                } else {
                    let p = proposal.p.get(j * sites + s).copied().unwrap_or(0.0);
                    // Written so that NaN is idle.
                    if p >= -pull - tied {
                        Kind::Full
                    } else if p > tied {
                        self.p[j * sites + s] = p;
                        Kind::Free
                    } else {
                        Kind::Idle
                    }
                };
                self.kinds.push(kind);
            }
        }
        true
    }

    pub(super) fn kind(&self, j: usize, s: usize) -> Kind {
        self.kinds[j * self.sums.len() + s]
    }

    /// How much the multiplier can move: the distance to the nearer bound.
    pub(super) fn slack(&self, j: usize, s: usize) -> f64 {
        let p = self.p[j * self.sums.len() + s];
        p.min(self.sums[s].abs() - p)
    }
}

/// The values `G_j(r)` of a shape.
#[derive(Debug, Default)]
pub(super) struct Values {
    /// One for each generator of each neuron, neuron by neuron.
    pub(super) g: Vec<f64>,
    /// Where a neuron's generators start, and their end.
    pub(super) starts: Vec<usize>,
    /// For each neuron a bound on the sum of the magnitudes of its coefficients.
    pub(super) weights: Vec<f64>,
    coefficients: Vec<f64>,
    floors: Vec<f64>,
}

/// Below all values of generators.
const NO_FLOOR: f64 = -2.0;
/// The sums that are added up at the same time.
const LANES: usize = 8;

/// `Σ c max(v, floor)`.
fn bent_sum(coefficients: &[f64], floors: &[f64], values: &[f64]) -> f64 {
    let mut sums = [0.0; LANES];
    let ((coefficients, last_coefficients), (floors, last_floors)) = (coefficients.as_chunks::<LANES>(), floors.as_chunks::<LANES>());
    let (values, last_values) = values.as_chunks::<LANES>();
    for ((c, floor), v) in coefficients.iter().zip(floors).zip(values) {
        for i in 0..LANES {
            sums[i] += c[i] * if v[i] > floor[i] { v[i] } else { floor[i] };
        }
    }
    let rest = last_coefficients.iter().zip(last_floors).zip(last_values).map(|((c, floor), v)| c * if v > floor { v } else { floor });
    sums.iter().copied().chain(rest).sum()
}

impl Values {
    pub(super) fn compute(&mut self, view: &View<'_>, shape: &Shape) {
        let sites = view.sites();
        self.g.clear();
        self.starts.clear();
        self.weights.clear();
        for j in 0..view.neurons() {
            self.starts.push(self.g.len());
            self.coefficients.clear();
            self.floors.clear();
            let mut weight = 0.0;
            for s in 0..sites {
                let u = shape.sums[s].abs();
                let (coefficient, floor) = match shape.kind(j, s) {
                    Kind::Idle => (0.0, NO_FLOOR),
                    Kind::Full => (-u, NO_FLOOR),
                    Kind::Free => (-shape.p[j * sites + s], NO_FLOOR),
                    Kind::Linear => (u, NO_FLOOR),
                    Kind::Convex if view.state(j, s) == State::On || !view.relu() => (u, NO_FLOOR),
                    Kind::Convex => (u, 0.0),
                };
                weight += coefficient.abs();
                self.coefficients.push(coefficient);
                self.floors.push(floor);
            }
            // The sum itself is rounded.
            self.weights.push(weight * (1.0 + 4.0 * sites as f64 * ROUNDOFF));
            self.g.extend((0..view.generators(j)).map(|g| bent_sum(&self.coefficients, &self.floors, &view.values(j, g)[..sites])));
        }
        self.starts.push(self.g.len());
    }

    /// What the error of a neuron's values is at most: of the sum of `sites` products in any order (relative `sites + 2` roundings of terms whose magnitudes sum up to the
    /// weight; allowed for twice) and of the generators' values.
    pub(super) fn error(&self, j: usize, sites: usize) -> f64 {
        self.weights[j] * ((2 * sites + 8) as f64 * ROUNDOFF + 1.01 * VALUE_ERROR)
    }

    pub(super) fn of(&self, j: usize) -> &[f64] {
        &self.g[self.starts[j]..self.starts[j + 1]]
    }
}
