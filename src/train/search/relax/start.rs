//! Where a relaxation starts: the parent's weights and working set, read with the child's states.

use super::factor::add_square;
use super::polyhedral::Vertex;
use super::{RelaxEngine, Role, Row};
use crate::instance::Loss;

/// What a node keeps of its relaxation for its children.
#[derive(Debug, Clone)]
pub(in crate::train) struct WarmStart {
    v: Box<[f64]>,
    rows: Box<[Row]>,
    /// Instead, for linear losses.
    vertex: Option<Vertex>,
}

impl WarmStart {
    pub(super) fn vertex(&self) -> Option<&Vertex> {
        self.vertex.as_ref()
    }
}

impl WarmStart {
    /// The memory it takes, in bytes.
    pub(in crate::train) fn bytes(&self) -> usize {
        size_of_val(&*self.v) + size_of_val(&*self.rows)
    }
}

impl RelaxEngine {
    /// What the children of the node last solved should start with.
    pub(in crate::train) fn warm_start(&self) -> WarmStart {
        if let Some(polyhedral) = &self.polyhedral {
            return WarmStart { v: Box::default(), rows: Box::default(), vertex: Some(polyhedral.vertex()) };
        }
        WarmStart { v: self.v[..self.terms.size].into(), rows: self.rows.as_slice().into(), vertex: None }
    }

    pub(super) fn start(&mut self, warm: Option<&WarmStart>) {
        self.rows.clear();
        self.delta = 0.0;
        self.proximity = if self.loss == Loss::L2 { 1e-8 } else { 1e-11 };
        match warm {
            Some(warm) => self.v[..self.terms.size].copy_from_slice(&warm.v),
            None => self.v.fill(0.0),
        }
        self.terms.values(&self.v, &mut self.z);
        if self.is_plain {
            self.start_plainly();
        } else {
            self.start_items();
        }
        for row in warm.iter().flat_map(|warm| &warm.rows) {
            let mut row = *row;
            if row.kink {
                let total = self.total(row.site).abs();
                let bit = 1 << row.neuron;
                row.multiplier = row.multiplier.min(total);
                if self.terms.undecided[row.site] & bit != 0 {
                    if total == 0.0 || self.terms.bounded(row.site) == (false, false) {
                        continue;
                    }
                    self.masks.iter_mut().for_each(|mask| mask[row.site] &= !bit);
                    self.plain.signs[row.neuron * self.terms.sites + row.site] = 0.0;
                } else {
                    // The kink is a wall now: on, the piece has all of |u| and the wall what p lacked; off, the wall has p.
                    let on = self.terms.on[row.site] & bit != 0;
                    row.kink = false;
                    row.sign = if on { 1.0 } else { -1.0 };
                    row.multiplier = if on { total - row.multiplier } else { row.multiplier };
                }
            }
            self.rows.push(row);
        }
        if self.is_plain {
            self.assemble_plainly();
        } else {
            self.assemble();
        }
    }

    /// The pieces and the roles of all items at `v`.
    fn start_items(&mut self) {
        for s in 0..self.terms.sites {
            self.set_pieces(s);
            for t in self.terms.starts[s]..self.terms.starts[s + 1] {
                (self.role[t], self.u[t]) = (Role::Idle, 0.0);
                if self.terms.two_sided(s) {
                    let u = self.pull(t, s, 1.0);
                    self.role[t] = if u.abs() > self.terms.cap { Role::Capped } else { Role::Free };
                    self.side[t] = if self.role[t] == Role::Capped { u.signum() } else { 1.0 };
                    self.u[t] = u.clamp(-self.terms.cap, self.terms.cap);
                    continue;
                }
                let (lower, upper) = self.terms.bounded(s);
                for (side, finite) in [(-1.0, lower), (1.0, upper)] {
                    let u = if finite { self.pull(t, s, side) } else { 0.0 };
                    if u * side > 0.0 {
                        self.side[t] = side;
                        self.role[t] = if u.abs() >= self.terms.cap { Role::Capped } else { Role::Free };
                        self.u[t] = u.clamp(-self.terms.cap, self.terms.cap);
                    }
                }
            }
        }
    }

    /// The total `u` of a site.
    pub(super) fn total(&self, s: usize) -> f64 {
        self.u[self.terms.starts[s]..self.terms.starts[s + 1]].iter().sum()
    }

    /// Takes the linear pieces of a site's bounds from the signs of `z`.
    pub(super) fn set_pieces(&mut self, s: usize) {
        let (on, undecided) = (self.terms.on[s], self.terms.undecided[s]);
        let [lower, upper] = if self.terms.relu {
            [on | self.terms.positive(&self.z, s); 2]
        } else {
            [on | (undecided & !self.terms.plus), on | (undecided & self.terms.plus)]
        };
        self.masks[0][s] = lower;
        self.masks[1][s] = upper;
    }

    /// What the current pieces make of an item's `u` on one side, at `v`.
    pub(super) fn pull(&self, t: usize, s: usize, side: f64) -> f64 {
        self.terms.weights[t] * (self.terms.targets[t] - self.reached(s, side, &self.z, &self.v))
    }

    /// The value `c·v` of a site with its current pieces.
    pub(super) fn reached(&self, s: usize, side: f64, z: &[f64], v: &[f64]) -> f64 {
        let mask = self.masks[usize::from(side > 0.0)][s];
        let mut sum = self.terms.signed_sum(mask, z, s);
        if let Some(bias) = self.terms.bias {
            sum += v[bias];
        }
        if let Some(tau) = self.terms.tau {
            sum += side * v[tau];
        }
        sum
    }

    /// The Newton matrix of the free items.
    fn assemble(&mut self) {
        self.h.fill(0.0);
        self.stale = true;
        for s in 0..self.terms.sites {
            for t in self.terms.starts[s]..self.terms.starts[s + 1] {
                if self.role[t] == Role::Free {
                    self.update(t, s, 1.0);
                }
            }
        }
    }

    /// Adds (`1`) or takes out (`−1`) a free item's part of the Newton matrix.
    pub(super) fn update(&mut self, t: usize, s: usize, factor: f64) {
        let m = self.terms.size;
        let side = self.side[t];
        if self.is_plain {
            self.plain_coefficients(s);
        } else {
            self.terms.coefficients(s, self.masks[usize::from(side > 0.0)][s], side, &mut self.coefficients);
        }
        let weight = factor * self.terms.weights[t];
        add_square(m, &mut self.h, &self.coefficients, weight);
        let pull = weight * self.terms.targets[t];
        self.constant[..m].iter_mut().zip(&self.coefficients).for_each(|(b, c)| *b += pull * c);
        self.stale = true;
    }
}
