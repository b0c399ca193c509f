//! What a decision would cost, estimated by one Newton step (as the *penalties* of integer programming).

use super::{RelaxEngine, Role};

/// What a row or an item of the working set can move at least, relative to the Newton matrix.
const LEAST_FREEDOM: f64 = 1e-300;

impl RelaxEngine {
    /// About how much the value of the node last solved grows if neuron `j` is off and on at site `s`; all the same where that is not known.
    ///
    /// With `P` the inverse of the Newton matrix in the null space of the rows, an item with coefficients `c` of weight `m` that misses its target by `r` costs
    /// `m r² / (1 + m cᵀPc)`, and the way of `z = x̃·w` back to 0 costs `z² / x̃ᵀPx̃`.
    pub(in crate::train) fn penalties(&mut self, j: usize, s: usize) -> [f64; 2] {
        if !self.is_plain || self.stale {
            return [1.0; 2];
        }
        let Some(s) = self.place(s) else { return [1.0; 2] };
        let (m, n, block) = (self.terms.size, self.terms.sites, self.terms.block);
        let z = self.z[j * n + s];
        let is_row = self.rows.iter().any(|row| row.neuron == j && row.site == s);
        self.coefficients.fill(0.0);
        for c in 0..block {
            self.coefficients[j * block + c] = self.terms.columns[c * n + s];
        }
        let freedom = if is_row || z == 0.0 { 0.0 } else { self.factor.freedom(&self.coefficients[..m]) };
        let weight = self.terms.weights[s];
        let now = if self.role[s] == Role::Idle { 0.0 } else { self.u[s] / weight };
        [false, true].map(|on| {
            let beyond = !is_row && z != 0.0 && (z > 0.0) != on;
            let wall = if beyond { z * z / freedom.max(LEAST_FREEDOM) } else { 0.0 };
            let residual = self.residual_with(j, s, on, beyond);
            let excess = weight * (residual - now) * (residual - now);
            let item = if excess > 0.0 { excess / (1.0 + weight * self.factor.freedom(&self.coefficients[..m])) } else { 0.0 };
            wall + item
        })
    }

    /// By how much the site misses its target if neuron `j` is on or off, moved to `z = 0` if `beyond`; leaves the item's coefficients in `coefficients`.
    fn residual_with(&mut self, j: usize, s: usize, on: bool, beyond: bool) -> f64 {
        let (n, block) = (self.terms.sites, self.terms.block);
        let undecided = self.terms.undecided[s] & !(1 << j);
        let mut value = self.terms.bias.map_or(0.0, |bias| self.v[bias]);
        self.coefficients.fill(0.0);
        if let Some(bias) = self.terms.bias {
            self.coefficients[bias] = 1.0;
        }
        for i in 0..self.terms.neurons {
            let (a, z, bit) = (self.terms.sign(i), self.z[i * n + s], 1 << i);
            let linear = if i == j { on } else { self.terms.on[s] & bit != 0 || (undecided & bit != 0 && z > 0.0) };
            if linear {
                value += if i == j && beyond { 0.0 } else { a * z };
                for c in 0..block {
                    self.coefficients[i * block + c] = a * self.terms.columns[c * n + s];
                }
            }
        }
        let residual = self.terms.targets[s] - value;
        let limited = if residual > 0.0 { undecided & self.terms.plus == 0 } else { undecided & !self.terms.plus == 0 };
        if limited { residual } else { 0.0 }
    }
}
