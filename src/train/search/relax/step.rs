//! The steps of the active-set method.

use super::factor::Rank;
use super::{RelaxEngine, RelaxStatus, Role, Row};
use crate::instance::Loss;

/// Multipliers and `u` may leave their bounds by this much before a step is blocked.
const DUAL_TOLERANCE: f64 = 1e-13;
/// Conditions on the weights may be violated by this much (relative to the weights): it costs its square in the bound, and never validity.
const PRIMAL_TOLERANCE: f64 = 1e-11;
/// With pivots of the Newton matrix this much smaller than its largest entry it counts as singular.
const SINGULAR: f64 = 1e-10;
/// Steps that went all the way, until the working set grows by single elements only, which excludes most cycles.
const PATIENCE: u32 = 16;
const STEP_LIMIT: u32 = 400;
/// How often the proximal term is centred anew.
const CENTRES: u32 = 40;

impl RelaxEngine {
    pub(super) fn run(&mut self, cutoff: f64) -> RelaxStatus {
        let (mut full_steps, mut refinements) = (0, 0);
        for steps in 0..STEP_LIMIT {
            self.steps = steps + 1;
            if self.stale {
                match self.factorize() {
                    Some(true) => self.stale = false,
                    Some(false) => continue,
                    None => return RelaxStatus::Failed,
                }
            }
            if self.aim().is_none() {
                return RelaxStatus::Failed;
            }
            let length = self.length();
            self.advance(length);
            if length.is_finite() {
                continue;
            }
            full_steps += 1;
            let stationary = self.disturbance() <= 4.0 * DUAL_TOLERANCE;
            if stationary && cutoff.is_finite() && self.value() >= cutoff {
                return RelaxStatus::Bounded;
            }
            if !self.extend(full_steps > PATIENCE) {
                refinements += 1;
                if stationary && self.rows_hold() {
                    return RelaxStatus::Solved;
                }
                if refinements > CENTRES {
                    return RelaxStatus::Failed;
                }
                self.centre.copy_from_slice(&self.v);
            }
        }
        RelaxStatus::Failed
    }

    /// Factors the Newton matrix and the rows. `Some(false)`: a row depended on others, and one has been exchanged.
    fn factorize(&mut self) -> Option<bool> {
        let m = self.terms.size;
        let largest = (0..m).fold(0.0_f64, |largest, i| largest.max(self.h[i * m + i]));
        if self.delta > 0.0 || largest == 0.0 || self.factor.factor(&self.h, 0.0, SINGULAR * largest).is_none() {
            if self.delta == 0.0 {
                self.centre.copy_from_slice(&self.v);
            }
            // It never falls, so that the values of the regularised dual are comparable.
            let relative = if self.loss == Loss::L2 { 1e-8 } else { 1e-11 };
            self.delta = self.delta.max(if largest > 0.0 { relative * largest } else { relative * self.terms.weights[0] });
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

    /// By how much the proximal term spoils stationarity.
    fn disturbance(&self) -> f64 {
        self.delta * self.v[..self.terms.size].iter().zip(&self.centre).fold(0.0_f64, |largest, (v, c)| largest.max((v - c).abs()))
    }

    /// Whether the equations of the working set hold: where the Newton matrix is nearly singular it takes a second step.
    fn rows_hold(&self) -> bool {
        let tolerance = PRIMAL_TOLERANCE * self.v[..self.terms.size].iter().fold(1.0_f64, |largest, v| largest.max(v.abs()));
        self.rows.iter().all(|row| {
            let value = if row.neuron == self.terms.neurons { self.v[self.terms.size - 1] } else { self.z[row.neuron * self.terms.sites + row.site] };
            value.abs() <= tolerance
        })
    }

    fn row_vector(&mut self, i: usize) {
        let row = self.rows[i];
        if row.neuron == self.terms.neurons {
            self.coefficients[self.terms.size - 1] = 1.0;
            return;
        }
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
                let t = (self.total(row.site).abs() - row.multiplier) / rate;
                if t < length {
                    (length, blocking) = (t, (l, true));
                }
            }
        }
        if length.is_finite() {
            for l in 0..=i {
                let row = self.rows[l];
                let most = if row.kink { self.total(row.site).abs() } else { f64::INFINITY };
                self.rows[l].multiplier = (row.multiplier + length * self.lambda[l]).clamp(0.0, most);
            }
        }
        self.drop_row(blocking.0, blocking.1);
    }

    /// The Newton step from here: `step`, `lambda` (the change of the multipliers), `v_next`, `z_next` and `u_next`. `None` if it is not finite.
    fn aim(&mut self) -> Option<()> {
        let terms = &self.terms;
        let (n, m, block) = (terms.sites, terms.size, terms.block);
        // The items' pulls by neuron and site, in the memory of z_next.
        let pulls = &mut self.z_next;
        pulls.fill(0.0);
        self.gradient.fill(0.0);
        if let Some(tau) = terms.tau {
            self.gradient[tau] = -1.0;
        }
        for s in 0..n {
            for t in terms.starts[s]..terms.starts[s + 1] {
                if self.role[t] == Role::Idle {
                    continue;
                }
                let side = self.side[t];
                let mask = self.masks[usize::from(side > 0.0)][s];
                let u = if self.role[t] == Role::Capped {
                    self.u[t]
                } else {
                    let mut reached = terms.signed_sum(mask, &self.z, s);
                    reached += terms.bias.map_or(0.0, |bias| self.v[bias]) + terms.tau.map_or(0.0, |tau| side * self.v[tau]);
                    terms.weights[t] * (terms.targets[t] - reached)
                };
                let mut rest = mask;
                while rest != 0 {
                    let j = rest.trailing_zeros() as usize;
                    rest &= rest - 1;
                    pulls[j * n + s] += if terms.plus >> j & 1 == 1 { u } else { -u };
                }
                if let Some(bias) = terms.bias {
                    self.gradient[bias] += u;
                }
                if let Some(tau) = terms.tau {
                    self.gradient[tau] += side * u;
                }
            }
        }
        for j in 0..terms.neurons {
            for c in 0..block {
                self.gradient[j * block + c] = dot(&pulls[j * n..(j + 1) * n], &terms.columns[c * n..(c + 1) * n]);
            }
        }
        for (row, e) in self.rows.iter().zip(&mut self.infeasibility) {
            if row.neuron == terms.neurons {
                self.gradient[m - 1] += row.multiplier;
                *e = -self.v[m - 1];
                continue;
            }
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
        for s in 0..n {
            for t in self.terms.starts[s]..self.terms.starts[s + 1] {
                self.u_next[t] = match self.role[t] {
                    Role::Idle => 0.0,
                    Role::Capped => self.u[t],
                    Role::Free => self.terms.weights[t] * (self.terms.targets[t] - self.reached(s, self.side[t], &self.z_next, &self.v_next)),
                };
            }
        }
        Some(())
    }

    /// How far an item can go, to `u = 0` or to its cap; infinity if all the way.
    fn item_length(&self, t: usize, two_sided: bool) -> f64 {
        if self.role[t] != Role::Free {
            return f64::INFINITY;
        }
        let (now, next) = (self.u[t], self.u_next[t]);
        if !two_sided && self.side[t] * next < -DUAL_TOLERANCE {
            return (now / (now - next)).clamp(0.0, 1.0);
        }
        if next.abs() > self.terms.cap * (1.0 + 1e-12) {
            return ((self.terms.cap.copysign(next) - now) / (next - now)).clamp(0.0, 1.0);
        }
        f64::INFINITY
    }

    /// How far a row's multiplier can go, and whether the upper bound is in the way.
    fn row_length(&self, i: usize) -> (f64, bool) {
        let row = &self.rows[i];
        let (now, next) = (row.multiplier, row.multiplier + self.lambda[i]);
        let mut length = if next < -DUAL_TOLERANCE { (now / (now - next)).clamp(0.0, 1.0) } else { f64::INFINITY };
        let mut upper = false;
        if row.kink {
            let (total, total_next) = (self.total(row.site), self.next_total(row.site));
            let (now, next) = (total.abs() - now, total_next * self.side_of(row) - next);
            if next < -DUAL_TOLERANCE {
                let until = (now / (now - next)).clamp(0.0, 1.0);
                if until < length {
                    (length, upper) = (until, true);
                }
            }
        }
        (length, upper)
    }

    /// The side of the items that a kink belongs to: a positive neuron's value counts in the lower value.
    fn side_of(&self, row: &Row) -> f64 {
        if self.terms.plus >> row.neuron & 1 == 1 { -1.0 } else { 1.0 }
    }

    fn next_total(&self, s: usize) -> f64 {
        self.u_next[self.terms.starts[s]..self.terms.starts[s + 1]].iter().sum()
    }

    fn length(&self) -> f64 {
        let mut length = f64::INFINITY;
        for s in 0..self.terms.sites {
            let two_sided = self.terms.two_sided(s);
            for t in self.terms.starts[s]..self.terms.starts[s + 1] {
                length = length.min(self.item_length(t, two_sided));
            }
        }
        (0..self.rows.len()).fold(length, |length, i| length.min(self.row_length(i).0))
    }

    /// Moves by `length` of the step (all of it if infinite), and fixes at their bounds what blocked it.
    fn advance(&mut self, length: f64) {
        let m = self.terms.size;
        let full = length == f64::INFINITY;
        let length = length.min(1.0);
        if !full {
            self.find_blocking(length);
        }
        for (row, change) in self.rows.iter_mut().zip(&self.lambda) {
            row.multiplier = (row.multiplier + length * change).max(0.0);
        }
        if full {
            std::mem::swap(&mut self.v, &mut self.v_next);
            std::mem::swap(&mut self.z, &mut self.z_next);
            std::mem::swap(&mut self.u, &mut self.u_next);
            return;
        }
        let mix = |now: &mut [f64], next: &[f64]| now.iter_mut().zip(next).for_each(|(x, y)| *x += length * (y - *x));
        mix(&mut self.v[..m], &self.v_next[..m]);
        mix(&mut self.z, &self.z_next);
        mix(&mut self.u, &self.u_next);
        // From the back, so that indices stay right; rows come last in the list.
        while let Some(blocking) = self.blocking.pop() {
            match blocking {
                Blocking::Row(i, upper) => self.drop_row(i, upper),
                Blocking::Item(t, s, zero) => self.drop_item(t, s, zero),
            }
        }
    }

    fn find_blocking(&mut self, length: f64) {
        let limit = length + 1e-14;
        self.blocking.clear();
        for s in 0..self.terms.sites {
            let two_sided = self.terms.two_sided(s);
            for t in self.terms.starts[s]..self.terms.starts[s + 1] {
                if self.item_length(t, two_sided) <= limit {
                    self.blocking.push(Blocking::Item(t, s, !two_sided && self.side[t] * self.u_next[t] < 0.0));
                }
            }
        }
        for i in 0..self.rows.len() {
            let (own, upper) = self.row_length(i);
            if own <= limit {
                self.blocking.push(Blocking::Row(i, upper));
            }
        }
    }

    fn drop_item(&mut self, t: usize, s: usize, zero: bool) {
        self.update(t, s, -1.0);
        if zero {
            (self.role[t], self.u[t]) = (Role::Idle, 0.0);
            if (self.terms.starts[s]..self.terms.starts[s + 1]).all(|t| self.role[t] == Role::Idle) {
                self.rows.retain(|row| !row.kink || row.site != s);
            }
        } else {
            self.side[t] = self.u_next[t].signum();
            (self.role[t], self.u[t]) = (Role::Capped, self.terms.cap * self.side[t]);
        }
    }

    /// Takes a row out: a wall of multiplier 0, or a kink, whose neuron becomes linear (`upper`: all of `|u|` is its multiplier) or 0.
    fn drop_row(&mut self, i: usize, upper: bool) {
        let row = self.rows.remove(i);
        self.stale = true;
        if row.kink && upper {
            self.set_piece(row.site, row.neuron, true);
        }
    }

    /// Makes an undecided neuron linear or 0 in the bounds of a site.
    fn set_piece(&mut self, s: usize, j: usize, linear: bool) {
        let (first, end) = (self.terms.starts[s], self.terms.starts[s + 1]);
        for factor in [-1.0, 1.0] {
            for t in first..end {
                if self.role[t] == Role::Free {
                    self.update(t, s, factor);
                }
            }
            for mask in &mut self.masks {
                mask[s] = if linear { mask[s] | 1 << j } else { mask[s] & !(1 << j) };
            }
        }
    }

    /// Frees what the weights violate. Returns whether there was anything.
    fn extend(&mut self, single: bool) -> bool {
        let n = self.terms.sites;
        let size = self.v[..self.terms.size].iter().fold(1.0_f64, |largest, v| largest.max(v.abs()));
        let tolerance = PRIMAL_TOLERANCE * size;
        self.worst.fill((tolerance, None));
        let mut grown = self.extend_items(tolerance, single);
        if single && grown {
            return true;
        }
        for &(j, s, sign) in &self.terms.walls {
            let violation = -sign * self.z[j * n + s];
            if violation > self.worst[j].0 && !self.rows.iter().any(|row| !row.kink && row.neuron == j && row.site == s) {
                self.worst[j] = (violation, Some(Row { kink: false, neuron: j, site: s, sign, multiplier: 0.0, toward: 1.0 }));
            }
        }
        if let Some(tau) = self.terms.tau {
            let neuron = self.terms.neurons;
            if -self.v[tau] > tolerance && !self.rows.iter().any(|row| row.neuron == neuron) {
                self.worst[neuron] = (-self.v[tau], Some(Row { kink: false, neuron, site: 0, sign: 1.0, multiplier: 0.0, toward: 1.0 }));
            }
        }
        if self.terms.relu {
            self.find_kinks();
        }
        if single {
            let most = self.worst.iter().fold(0.0_f64, |most, (violation, _)| most.max(*violation));
            self.worst.iter_mut().filter(|(violation, _)| *violation < most).for_each(|entry| entry.1 = None);
        }
        for k in 0..self.worst.len() {
            if let Some(row) = self.worst[k].1 {
                if row.kink {
                    self.set_piece(row.site, row.neuron, false);
                }
                self.rows.push(row);
                self.stale = true;
                grown = true;
            }
        }
        grown
    }

    /// Frees the items whose residual is on the side that costs, and those whose residual calls for less than the cap.
    fn extend_items(&mut self, tolerance: f64, single: bool) -> bool {
        let mut grown = false;
        let mut most = (0.0, 0, 0, 0.0);
        for s in 0..self.terms.sites {
            let two_sided = self.terms.two_sided(s);
            let (lower, upper) = self.terms.bounded(s);
            if !two_sided && !lower && !upper {
                continue;
            }
            let idle = !two_sided && (self.terms.starts[s]..self.terms.starts[s + 1]).all(|t| self.role[t] == Role::Idle);
            if idle && self.terms.relu {
                self.set_pieces(s);
            }
            for t in self.terms.starts[s]..self.terms.starts[s + 1] {
                let mut side = self.side[t];
                let excess = match self.role[t] {
                    Role::Free => continue,
                    Role::Capped => self.terms.cap * (1.0 - 1e-9) - side * self.pull(t, s, side),
                    Role::Idle => {
                        let [low, high] =
                            [(-1.0, lower), (1.0, upper)].map(|(side, finite)| if finite { side * self.pull(t, s, side) } else { f64::NEG_INFINITY });
                        side = if low > high { -1.0 } else { 1.0 };
                        low.max(high)
                    }
                } / self.terms.weights[t];
                let tolerance = if self.role[t] == Role::Capped { 0.0 } else { tolerance };
                if excess <= tolerance {
                    continue;
                }
                grown = true;
                if !single {
                    self.free(t, s, side);
                } else if excess > most.0 {
                    most = (excess, t, s, side);
                }
            }
        }
        if single && grown {
            self.free(most.1, most.2, most.3);
        }
        grown
    }

    fn free(&mut self, t: usize, s: usize, side: f64) {
        self.side[t] = side;
        self.role[t] = Role::Free;
        self.update(t, s, 1.0);
    }

    /// The worst piece of each neuron: linear with `z < 0`, or 0 with `z > 0`, at a site that costs.
    fn find_kinks(&mut self) {
        let n = self.terms.sites;
        for s in 0..n {
            if self.terms.undecided[s] == 0 || (self.terms.starts[s]..self.terms.starts[s + 1]).all(|t| self.role[t] == Role::Idle) {
                continue;
            }
            let mut rest = self.terms.undecided[s];
            while rest != 0 {
                let j = rest.trailing_zeros() as usize;
                rest &= rest - 1;
                let linear = self.masks[0][s] >> j & 1 == 1;
                let violation = if linear { -self.z[j * n + s] } else { self.z[j * n + s] };
                if violation > self.worst[j].0 && !self.rows.iter().any(|row| row.kink && row.neuron == j && row.site == s) {
                    let multiplier = if linear { self.total(s).abs() } else { 0.0 };
                    let toward = if linear { -1.0 } else { 1.0 };
                    self.worst[j] = (violation, Some(Row { kink: true, neuron: j, site: s, sign: -1.0, multiplier, toward }));
                }
            }
        }
    }
}

/// What stops a step.
#[derive(Debug, Clone, Copy)]
pub(super) enum Blocking {
    /// An item (and its site), at `u = 0` or else at its cap.
    Item(usize, usize, bool),
    /// A row, at the upper bound of its multiplier or else at 0.
    Row(usize, bool),
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}
