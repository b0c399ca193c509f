//! Where a relaxation starts: the parent's weights and working set, read with the child's states.

use super::factor::add_square;
use super::newton::PROXIMITY;
use super::polyhedral::Vertex;
use super::raise::Lids;
use super::{RelaxEngine, Role, Row};

/// What a node keeps of its relaxation for its children.
#[derive(Debug, Clone)]
pub(in crate::train) struct WarmStart {
    v: Box<[f64]>,
    rows: Box<[Row]>,
    lids: Lids,
    /// Instead, for linear losses.
    vertex: Option<Vertex>,
}

impl WarmStart {
    pub(super) fn vertex(&self) -> Option<&Vertex> {
        self.vertex.as_ref()
    }

    /// The memory it takes, in bytes.
    pub(in crate::train) fn bytes(&self) -> usize {
        size_of_val(&*self.v) + size_of_val(&*self.rows) + self.lids.bytes()
    }
}

impl RelaxEngine {
    /// What the children of the node last solved should start with.
    pub(in crate::train) fn warm_start(&self) -> WarmStart {
        if let Some(polyhedral) = &self.polyhedral {
            return WarmStart { v: Box::default(), rows: Box::default(), lids: Lids::default(), vertex: Some(polyhedral.vertex()) };
        }
        let rows = self.rows.iter().map(|row| Row { site: self.site(row.site), ..*row }).collect();
        WarmStart { v: self.v[..self.terms.size].into(), rows, lids: self.raise.lids.renumbered(|place| self.site(place)), vertex: None }
    }

    pub(super) fn start(&mut self, warm: Option<&WarmStart>) {
        self.rows.clear();
        self.delta = 0.0;
        self.raise.clear();
        self.proximity = PROXIMITY;
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
            // Where all is decided and nothing is a wall there is no row.
            let Some(site) = self.place(row.site) else { continue };
            let mut row = Row { site, ..*row };
            if row.kink {
                let total = self.u[row.site].abs();
                let bit = 1 << row.neuron;
                row.multiplier = row.multiplier.min(total);
                if self.terms.undecided[row.site] & bit != 0 {
                    if total == 0.0 || self.terms.bounded(row.site) == (false, false) {
                        continue;
                    }
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
            if let Some(warm) = warm {
                self.inherit_lids(&warm.lids);
                self.join_walls();
            }
        } else {
            self.assemble();
        }
    }

    /// The pieces and the roles of all items at `v` (threshold).
    fn start_items(&mut self) {
        for s in 0..self.terms.sites {
            let (on, undecided, plus) = (self.terms.on[s], self.terms.undecided[s], self.terms.plus);
            self.masks[0][s] = on | (undecided & !plus);
            self.masks[1][s] = on | (undecided & plus);
            (self.role[s], self.u[s]) = (Role::Idle, 0.0);
            if undecided == 0 {
                (self.role[s], self.side[s], self.u[s]) = (Role::Free, 1.0, self.pull(s, 1.0));
                continue;
            }
            for side in [-1.0, 1.0] {
                let u = self.pull(s, side);
                if u * side > 0.0 {
                    (self.role[s], self.side[s], self.u[s]) = (Role::Free, side, u);
                }
            }
        }
    }

    /// What the current pieces make of an item's `u` on one side, at `v`.
    pub(super) fn pull(&self, s: usize, side: f64) -> f64 {
        self.terms.weights[s] * (self.terms.targets[s] - self.reached(s, side, &self.z, &self.v))
    }

    /// The value `c·v` of a site with its current pieces.
    pub(super) fn reached(&self, s: usize, side: f64, z: &[f64], v: &[f64]) -> f64 {
        let mask = self.masks[usize::from(side > 0.0)][s];
        let mut sum = self.terms.signed_sum(mask, z, s);
        if let Some(bias) = self.terms.bias {
            sum += v[bias];
        }
        sum
    }

    /// The Newton matrix of the free items.
    fn assemble(&mut self) {
        self.h.fill(0.0);
        self.stale = true;
        for s in 0..self.terms.sites {
            if self.role[s] == Role::Free {
                self.update(s, 1.0);
            }
        }
    }

    /// Adds (`1`) or takes out (`−1`) a free item's part of the Newton matrix.
    pub(super) fn update(&mut self, s: usize, factor: f64) {
        let m = self.terms.size;
        if self.is_plain {
            self.plain_coefficients(s);
        } else {
            let mask = self.masks[usize::from(self.side[s] > 0.0)][s];
            self.terms.coefficients(s, mask, &mut self.coefficients);
        }
        let weight = factor * self.terms.weights[s];
        add_square(m, &mut self.h, &self.coefficients, weight);
        let pull = weight * self.terms.targets[s];
        self.constant[..m].iter_mut().zip(&self.coefficients).for_each(|(b, c)| *b += pull * c);
        self.stale = true;
    }
}
