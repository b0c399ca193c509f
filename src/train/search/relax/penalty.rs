//! What a decision would cost, estimated.

use super::{RelaxEngine, Role};

impl RelaxEngine {
    /// Whether penalties can be computed.
    pub(in crate::train) fn has_penalties(&self) -> bool {
        self.is_plain && !self.stale
    }

    /// By how much the value grows, by a single Newton step, if neuron `j` is off and on at site `s`.
    pub(in crate::train) fn penalties(&mut self, j: usize, s: usize) -> [f64; 2] {
        let (m, n, block) = (self.terms.size, self.terms.sites, self.terms.block);
        let z = self.z[j * n + s];
        let row = self.rows.iter().any(|row| row.neuron == j && row.site == s);
        self.coefficients.fill(0.0);
        for c in 0..block {
            self.coefficients[j * block + c] = self.terms.columns[c * n + s];
        }
        let free = if row { 0.0 } else { self.factor.freedom(&self.coefficients[..m]) };
        let weight = self.terms.weights[s];
        [false, true].map(|on| {
            let violated = !row && (z > 0.0) != on && z != 0.0;
            let wall = if violated { z * z / free.max(1e-300) } else { 0.0 };
            // The site's bounds with this bit.
            let (mut value, mut lower, mut upper) = (self.terms.bias.map_or(0.0, |b| self.v[b]), true, true);
            self.coefficients.fill(0.0);
            for i in 0..self.terms.neurons {
                let a = self.terms.sign(i);
                let zi = self.z[i * n + s];
                let decided_on = self.terms.on[s] >> i & 1 == 1;
                let open = self.terms.undecided[s] >> i & 1 == 1;
                let linear = if i == j { on } else { decided_on || open && zi > 0.0 };
                if open && i != j {
                    if a > 0.0 { upper = false } else { lower = false }
                }
                if linear {
                    value += a * if i == j && violated { 0.0 } else { zi };
                    for c in 0..block {
                        self.coefficients[i * block + c] = a * self.terms.columns[c * n + s];
                    }
                }
            }
            if let Some(bias) = self.terms.bias {
                self.coefficients[bias] = 1.0;
            }
            let residual = self.terms.targets[s] - value;
            let residual = if residual > 0.0 && upper || residual < 0.0 && lower { residual } else { 0.0 };
            let now = if self.role[s] == Role::Idle { 0.0 } else { self.u[s] / weight };
            let excess = weight * (residual - now) * (residual - now);
            let item = if excess > 0.0 { excess / (1.0 + weight * self.factor.freedom(&self.coefficients[..m])) } else { 0.0 };
            wall + item
        })
    }
}
