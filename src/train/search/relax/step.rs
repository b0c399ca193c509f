//! The steps of the active-set method.

use super::super::Node;
use super::{RelaxEngine, RelaxStatus, Role, Row};

/// Conditions on the weights may be violated by this much (relative to the weights): it costs its square in the bound, and never validity.
pub(super) const PRIMAL_TOLERANCE: f64 = 1e-11;
/// Multipliers and `u` may leave their bounds by this much before a step is blocked.
const DUAL_TOLERANCE: f64 = 1e-13;
/// Steps that went all the way, until the working set grows by single elements only, which excludes most cycles.
const PATIENCE: u32 = 16;
/// The first steps, which need not keep the dual feasible on their way.
const BOLD: u32 = 8;
const STEP_LIMIT: u32 = 400;
/// How far outside their cones the weights may lie, relative to their size, where a probe ends.
const NEARLY_INSIDE: f64 = 1e-6;
/// A loss of this part of the largest possible one is none.
const VANISHING: f64 = 1e-14;
/// How often the proximal term is centred anew.
const CENTRES: u32 = 40;

impl RelaxEngine {
    pub(super) fn run(&mut self, node: &Node, cutoff: f64) -> RelaxStatus {
        let (mut full_steps, mut refinements, mut same) = (0, 0, 0);
        let mut bold = BOLD;
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
            if steps < bold {
                // Far from the optimum many bounds change sides: the whole step, and whatever left its bounds is put back.
                let restored = self.leap();
                full_steps += 1;
                if restored {
                    let _ = self.extend(false);
                    same = 0;
                    if self.vanishes() {
                        return RelaxStatus::Solved;
                    }
                    if self.stays_open(cutoff) {
                        return RelaxStatus::Open;
                    }
                    continue;
                }
            } else {
                let length = self.length();
                self.advance(length);
                if length.is_finite() {
                    same = 0;
                    continue;
                }
                full_steps += 1;
            }
            let stationary = self.disturbance() <= 4.0 * DUAL_TOLERANCE;
            if stationary && cutoff.is_finite() && self.value() >= cutoff {
                return RelaxStatus::Bounded;
            }
            let grown = self.extend(full_steps > PATIENCE);
            if self.vanishes() {
                return RelaxStatus::Solved;
            }
            if self.stays_open(cutoff) {
                return RelaxStatus::Open;
            }
            if !grown {
                refinements += 1;
                if stationary && self.settled() {
                    if self.raises(node, cutoff) {
                        bold = steps + 1 + BOLD;
                        (full_steps, refinements, same) = (0, 0, 0);
                        continue;
                    }
                    return RelaxStatus::Solved;
                }
                if refinements > CENTRES {
                    return RelaxStatus::Failed;
                }
                same += 1;
                self.recentre(same);
            } else {
                same = 0;
            }
        }
        RelaxStatus::Failed
    }

    /// Whether a probe, which has no cutoff, finds nothing. The weights need not be the best then. (To end other relaxations as soon as the cutoff is out of reach saves
    /// steps, but inexact weights make poor splits and poor estimates: up to 25 times the nodes.)
    fn stays_open(&self, cutoff: f64) -> bool {
        !cutoff.is_finite() && self.is_plain && self.lost < self.negligible && self.outside <= NEARLY_INSIDE
    }

    /// Whether the weights lose nothing. Then 0 is the optimum, and so is its dual.
    fn vanishes(&mut self) -> bool {
        let vanishes = self.is_plain && self.raise.lids.lids.is_empty() && self.lost <= VANISHING * self.most && self.outside <= PRIMAL_TOLERANCE;
        if vanishes {
            self.u.fill(0.0);
            self.rows.iter_mut().for_each(|row| row.multiplier = 0.0);
        }
        vanishes
    }

    /// How far an item can go, to `u = 0`; infinity if all the way.
    fn item_length(&self, s: usize) -> f64 {
        let (now, next) = (self.u[s], self.u_next[s]);
        if self.is_beyond(s, next) { (now / (now - next)).clamp(0.0, 1.0) } else { f64::INFINITY }
    }

    /// Whether `u` is on the side where the item does not cost.
    fn is_beyond(&self, s: usize, u: f64) -> bool {
        self.role[s] == Role::Free && self.terms.undecided[s] != 0 && self.side[s] * u < -DUAL_TOLERANCE
    }

    /// How far a row's multiplier can go, and whether the upper bound is in the way.
    fn row_length(&self, i: usize) -> (f64, bool) {
        let row = &self.rows[i];
        let (now, next) = (row.multiplier, row.multiplier + self.lambda[i]);
        let mut length = if next < -DUAL_TOLERANCE { (now / (now - next)).clamp(0.0, 1.0) } else { f64::INFINITY };
        let mut upper = false;
        if row.kink {
            let (total, total_next) = (self.u[row.site], self.u_next[row.site]);
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

    fn length(&self) -> f64 {
        let mut length = f64::INFINITY;
        for s in 0..self.leaving_sites(&self.u_next) {
            length = length.min(self.item_length(s));
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
                Blocking::Item(s) => self.drop_item(s),
            }
        }
    }

    /// Goes all of the step and puts what left its bounds back to them; returns whether there was something.
    fn leap(&mut self) -> bool {
        std::mem::swap(&mut self.v, &mut self.v_next);
        std::mem::swap(&mut self.z, &mut self.z_next);
        std::mem::swap(&mut self.u, &mut self.u_next);
        let mut restored = false;
        for i in (0..self.rows.len()).rev() {
            let row = self.rows[i];
            let next = row.multiplier + self.lambda[i];
            let most = if row.kink { self.u[row.site] * self.side_of(&row) } else { f64::INFINITY };
            self.rows[i].multiplier = next.max(0.0);
            if next < -DUAL_TOLERANCE || next > most + DUAL_TOLERANCE {
                restored = true;
                self.drop_row(i, next > 0.0);
            }
        }
        if self.is_plain {
            return self.restore_items_plainly(DUAL_TOLERANCE) || restored;
        }
        for s in 0..self.terms.sites {
            if self.is_beyond(s, self.u[s]) {
                restored = true;
                self.drop_item(s);
            }
        }
        restored
    }

    /// How many sites to look at for items that are beyond their bounds: none or all.
    fn leaving_sites(&self, u: &[f64]) -> usize {
        if self.is_plain && !self.leaves(u, DUAL_TOLERANCE) { 0 } else { self.terms.sites }
    }

    fn find_blocking(&mut self, length: f64) {
        let limit = length + 1e-14;
        self.blocking.clear();
        for s in 0..self.leaving_sites(&self.u_next) {
            if self.item_length(s) <= limit {
                self.blocking.push(Blocking::Item(s));
            }
        }
        for i in 0..self.rows.len() {
            let (own, upper) = self.row_length(i);
            if own <= limit {
                self.blocking.push(Blocking::Row(i, upper));
            }
        }
    }

    /// Fixes an item at `u = 0`.
    pub(super) fn drop_item(&mut self, s: usize) {
        self.update(s, -1.0);
        (self.role[s], self.u[s]) = (Role::Idle, 0.0);
        if self.is_plain {
            self.plain.active[s] = 0.0;
            self.remove_lid(s);
        }
        self.rows.retain(|row| !row.kink || row.site != s);
    }

    /// Takes a row out: a wall of multiplier 0, or a kink, whose neuron becomes linear (`upper`: all of `|u|` is its multiplier) or 0.
    pub(super) fn drop_row(&mut self, i: usize, upper: bool) {
        let row = self.rows.remove(i);
        self.stale = true;
        if row.kink && upper {
            self.set_piece_plainly(row.site, row.neuron, true);
        }
    }
}

/// What stops a step.
#[derive(Debug, Clone, Copy)]
pub(super) enum Blocking {
    /// An item, at `u = 0`.
    Item(usize),
    /// A row, at the upper bound of its multiplier or else at 0.
    Row(usize, bool),
}
