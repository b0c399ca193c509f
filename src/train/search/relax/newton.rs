//! One Newton step of the working set.

use super::factor::{Rank, subtract_product};
use super::plain::dot;
use super::step::PRIMAL_TOLERANCE;
use super::{RelaxEngine, Role};

/// Beyond weights of this size the gradient is summed item by item, which makes the next step a refinement of the last.
const FAR: f64 = 32.0;
/// With pivots of the Newton matrix this much smaller than its largest entry it counts as singular.
const SINGULAR: f64 = 1e-10;

/// Entries of the Newton matrix below this part of a weight may be what is left of items that were taken out.
const RESIDUE: f64 = 1e-6;
/// Steps whose length times the largest entry of the Newton matrix is at most this are exact.
const SETTLED: f64 = 1e3;
/// Its curvature at first.
pub(super) const PROXIMITY: f64 = 1e-8;
/// The proximal term's least curvature, relative to the Newton matrix.
const LEAST_PROXIMITY: f64 = 2e-12;

impl RelaxEngine {
    /// Factors the Newton matrix and the rows. `Some(false)`: a row depended on others, and one has been exchanged.
    pub(super) fn factorize(&mut self) -> Option<bool> {
        let m = self.terms.size;
        let largest = (0..m).fold(0.0_f64, |largest, i| largest.max(self.h[i * m + i]));
        let least = SINGULAR * largest.max(RESIDUE * self.terms.weights[0]);
        if self.delta > 0.0 || self.factor.factor(&self.h, 0.0, least).is_none() {
            if self.delta == 0.0 {
                self.centre.copy_from_slice(&self.v);
            }
            // It does not fall while the working set changes, so that the values of the regularised dual are comparable.
            // What is left of items that were taken out is no scale.
            self.delta = self.delta.max(self.proximity * largest.max(self.terms.weights[0]));
            self.factor.factor(&self.h, self.delta, 0.5 * self.delta)?;
        }
        for i in 0..self.rows.len() {
            self.coefficients.fill(0.0);
            self.row_vector(i);
            if self.factor.push(&self.coefficients[..m]) == Rank::Dependent {
                self.exchange(i);
                return Some(false);
            }
        }
        Some(true)
    }

    /// Centres the proximal term anew, for the `times`-th time with this working set.
    ///
    /// Directions of little curvature `λ` converge at the rate `δ/(δ + λ)`: the term becomes weaker, and where it cannot, the limit is extrapolated (Anderson's
    /// method with one residual; the way from centre to optimum is an affine function of the centre).
    pub(super) fn recentre(&mut self, times: u32) {
        let m = self.terms.size;
        if times > 1 && self.delta > 0.0 && self.proximity > LEAST_PROXIMITY {
            self.proximity *= 0.1;
            self.delta *= 0.1;
            self.stale = true;
            self.centre.copy_from_slice(&self.v);
            return;
        }
        let (mut along, mut square) = (0.0, 0.0);
        for i in 0..m {
            let way = self.v[i] - self.centre[i];
            let change = way - self.way[i];
            along += way * change;
            square += change * change;
            self.way[i] = way;
        }
        let far = if times > 2 && square > 0.0 { (-along / square).clamp(0.0, 1e3) } else { 0.0 };
        for i in 0..m {
            self.centre[i] = self.v[i] + far * (self.v[i] - self.last_optimum[i]);
        }
        self.last_optimum.copy_from_slice(&self.v);
    }

    /// By how much the proximal term spoils stationarity.
    pub(super) fn disturbance(&self) -> f64 {
        self.delta * self.v[..self.terms.size].iter().zip(&self.centre).fold(0.0_f64, |largest, (v, c)| largest.max((v - c).abs()))
    }

    /// Whether the last step was exact to rounding: where the Newton matrix is large or nearly singular it takes a second one.
    pub(super) fn settled(&self) -> bool {
        let m = self.terms.size;
        let largest = (0..m).fold(self.terms.weights[0], |largest, i| largest.max(self.h[i * m + i]));
        if self.step[..m].iter().any(|d| d.abs() * largest > SETTLED) {
            return false;
        }
        let tolerance = PRIMAL_TOLERANCE * self.v[..self.terms.size].iter().fold(1.0_f64, |largest, v| largest.max(v.abs()));
        self.rows.iter().all(|row| self.z[row.neuron * self.terms.sites + row.site].abs() <= tolerance)
    }

    fn row_vector(&mut self, i: usize) {
        let row = self.rows[i];
        for c in 0..self.terms.block {
            self.coefficients[row.neuron * self.terms.block + c] = row.sign * self.terms.columns[c * self.terms.sites + row.site];
        }
    }

    /// Row `i` is a combination of those before it: moves the multipliers along that combination, which changes nothing else, until one is at a bound.
    fn exchange(&mut self, i: usize) {
        self.factor.combination(&mut self.lambda);
        let toward = self.rows[i].toward;
        for l in 0..i {
            self.lambda[l] *= -toward;
        }
        self.lambda[i] = toward;
        let (mut length, mut blocking) = (f64::INFINITY, (i, false));
        for l in 0..=i {
            let (row, rate) = (&self.rows[l], self.lambda[l]);
            if rate < -1e-9 {
                let t = row.multiplier / -rate;
                if t < length {
                    (length, blocking) = (t, (l, false));
                }
            } else if rate > 1e-9 && row.kink {
                let t = (self.u[row.site].abs() - row.multiplier) / rate;
                if t < length {
                    (length, blocking) = (t, (l, true));
                }
            }
        }
        if length.is_finite() {
            for l in 0..=i {
                let row = self.rows[l];
                let most = if row.kink { self.u[row.site].abs() } else { f64::INFINITY };
                self.rows[l].multiplier = (row.multiplier + length * self.lambda[l]).clamp(0.0, most);
            }
        }
        self.drop_row(blocking.0, blocking.1);
    }

    /// The Newton step from here: `step`, `lambda` (the change of the multipliers), `v_next`, `z_next` and `u_next`. `None` if it is not finite.
    pub(super) fn aim(&mut self) -> Option<()> {
        let (m, n, block) = (self.terms.size, self.terms.sites, self.terms.block);
        if self.is_plain && self.v[..m].iter().all(|v| v.abs() < FAR) {
            self.gradient.copy_from_slice(&self.constant);
            subtract_product(m, &self.h, &self.v, &mut self.gradient);
        } else {
            self.gradient.fill(0.0);
            if self.is_plain {
                self.pull_plainly();
            } else {
                self.pull_all();
            }
            for j in 0..self.terms.neurons {
                for c in 0..block {
                    self.gradient[j * block + c] = dot(&self.z_next[j * n..(j + 1) * n], &self.terms.columns[c * n..(c + 1) * n]);
                }
            }
            for (site, coefficients) in self.raise.lids.iter() {
                let u = self.u_next[site];
                self.gradient.iter_mut().zip(coefficients).for_each(|(g, c)| *g += u * c);
            }
        }
        let terms = &self.terms;
        for (row, e) in self.rows.iter().zip(&mut self.infeasibility) {
            *e = -row.sign * self.z[row.neuron * n + row.site];
            for c in 0..block {
                self.gradient[row.neuron * block + c] += row.multiplier * row.sign * terms.columns[c * n + row.site];
            }
        }
        if self.delta > 0.0 {
            for ((g, v), c) in self.gradient[..m].iter_mut().zip(&self.v).zip(&self.centre) {
                *g -= self.delta * (v - c);
            }
        }
        self.factor.solve(&self.gradient[..m], &self.infeasibility, &mut self.step, &mut self.lambda);
        for ((next, v), d) in self.v_next[..m].iter_mut().zip(&self.v).zip(&self.step) {
            *next = v + d;
            if !next.is_finite() {
                return None;
            }
        }
        self.terms.values(&self.v_next, &mut self.z_next);
        if self.is_plain {
            self.land_plainly();
        } else {
            self.land();
        }
        Some(())
    }

    /// The items' pulls at `v` by neuron and site (in the memory of `z_next`), and on the unknowns that are not weights.
    fn pull_all(&mut self) {
        let terms = &self.terms;
        let n = terms.sites;
        let pulls = &mut self.z_next;
        pulls.fill(0.0);
        for s in (0..n).filter(|&s| self.role[s] == Role::Free) {
            let mask = self.masks[usize::from(self.side[s] > 0.0)][s];
            let reached = terms.signed_sum(mask, &self.z, s) + terms.bias.map_or(0.0, |bias| self.v[bias]);
            let u = terms.weights[s] * (terms.targets[s] - reached);
            let mut rest = mask;
            while rest != 0 {
                let j = rest.trailing_zeros() as usize;
                rest &= rest - 1;
                pulls[j * n + s] += if terms.plus >> j & 1 == 1 { u } else { -u };
            }
            if let Some(bias) = terms.bias {
                self.gradient[bias] += u;
            }
        }
    }

    /// The items' `u` at the end of the step.
    fn land(&mut self) {
        for s in 0..self.terms.sites {
            self.u_next[s] = match self.role[s] {
                Role::Idle => 0.0,
                Role::Free => self.terms.weights[s] * (self.terms.targets[s] - self.reached(s, self.side[s], &self.z_next, &self.v_next)),
            };
        }
    }
}
