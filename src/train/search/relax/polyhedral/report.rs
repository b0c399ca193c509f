//! The dual of the optimal vertex, in the terms of the search.

use super::super::Relaxation;
use super::{Plane, Polyhedral};
use crate::instance::Loss;

impl Polyhedral {
    pub(super) fn report(&self, relaxation: &mut Relaxation) {
        let (n, block, neurons) = (self.terms.sites, self.terms.block, self.terms.neurons);
        relaxation.w.clear();
        for own in self.v[..neurons * block].chunks_exact(block.max(1)) {
            let start = relaxation.w.len();
            relaxation.w.resize(start + block, 0.0);
            for c in (0..block).rev() {
                let rest: f64 = (c + 1..block).map(|e| self.triangle[c * block + e] * relaxation.w[start + e]).sum();
                relaxation.w[start + c] = (own[c] - rest) / self.triangle[c * block + c];
            }
        }
        relaxation.w.extend(self.terms.bias.map(|bias| self.v[bias]));
        relaxation.u.fill(0.0);
        for (h, hinge) in self.hinges.iter().enumerate().filter(|&(h, _)| !self.hinge_is_basic[h]) {
            relaxation.u[self.terms.order[hinge.place]] += hinge.side * self.weight(h);
        }
        for (plane, &multiplier) in self.basis.iter().zip(&self.multipliers) {
            if let Plane::Hinge(h) = *plane {
                let hinge = &self.hinges[h];
                relaxation.u[self.terms.order[hinge.place]] += hinge.side * multiplier.clamp(hinge.low, self.cap);
            }
        }
        self.set_value(relaxation);
        if !self.terms.relu {
            return;
        }
        let totals: Vec<f64> =
            (0..n).map(|s| self.terms.order[self.terms.starts[s]..self.terms.starts[s + 1]].iter().map(|&item| relaxation.u[item]).sum()).collect();
        for j in 0..neurons {
            for (s, total) in totals.iter().enumerate() {
                let opposed = if self.terms.plus >> j & 1 == 1 { *total < 0.0 } else { *total > 0.0 };
                let linear = (self.terms.on[s] | (self.positive[s] & !self.kinks[s])) >> j & 1 == 1;
                relaxation.p[j * n + s] = if opposed && linear { total.abs() } else { 0.0 };
            }
        }
        for (plane, &multiplier) in self.basis.iter().zip(&self.multipliers) {
            if let Plane::Kink(j, s) = *plane {
                relaxation.p[j * n + s] = multiplier.clamp(0.0, totals[s].abs());
            }
        }
    }

    /// The bound that `u` proves.
    fn set_value(&self, relaxation: &mut Relaxation) {
        let gain: f64 = self.terms.order.iter().zip(&self.terms.targets).map(|(&item, y)| relaxation.u[item] * y).sum();
        let size = match self.loss {
            Loss::L1 => relaxation.u.iter().fold(0.0_f64, |most, u| most.max(u.abs())),
            _ => relaxation.u.iter().map(|u| u.abs()).sum(),
        };
        // At an optimum greater than 0 it is 1; if it is tiny, u is nothing but rounding.
        relaxation.value = (gain / size.max(1e-3)).max(0.0);
    }
}
