//! The planes of a vertex: their gradients, the edges that leave them, and their multipliers.

use super::program::{bits, dot};
use super::{DRIFT, DUAL_TOLERANCE, Plane, Polyhedral};

/// Rows this much shorter after elimination than before depend on others.
const DEPENDENT: f64 = 1e-10;

impl Polyhedral {
    /// The gradient of plane `i`, into its row. A kink's neuron does not count in the items of its site.
    fn set_row(&mut self, i: usize) {
        let (q, n, block) = (self.v.len(), self.terms.sites, self.terms.block);
        let row = &mut self.rows[i * q..(i + 1) * q];
        row.fill(0.0);
        let mut add = |j: usize, s: usize, factor: f64| {
            for (c, entry) in row[j * block..(j + 1) * block].iter_mut().enumerate() {
                *entry += factor * self.columns[c * n + s];
            }
        };
        match self.basis[i] {
            Plane::Hinge(h) => {
                let hinge = &self.hinges[h];
                bits(hinge.linear).for_each(|j| add(j, hinge.site, -hinge.side * self.terms.sign(j)));
                bits(self.positive[hinge.site] & !self.kinks[hinge.site]).for_each(|j| add(j, hinge.site, 1.0));
                if let Some(bias) = self.terms.bias {
                    row[bias] = -hinge.side;
                }
                if let Some(tau) = self.terms.tau {
                    row[tau] = -1.0;
                }
            }
            Plane::Kink(j, s) => add(j, s, 1.0),
            Plane::Wall(l) => {
                let wall = self.walls[l];
                if wall.neuron < self.terms.neurons {
                    add(wall.neuron, wall.site, -wall.sign);
                } else if let Some(tau) = self.terms.tau {
                    row[tau] = -1.0;
                }
            }
            Plane::Held(c) => row[c] = 1.0,
        }
    }

    /// The planes' gradients and the edges; planes that depend on others make way for held coordinates. `false` if that fails.
    pub(super) fn find_edges(&mut self) -> bool {
        if self.basis.len() == self.v.len() && self.invert() {
            return true;
        }
        self.complete();
        self.invert()
    }

    /// Sets rows and edges (Gauss–Jordan with row pivoting); `false` if the rows are dependent.
    pub(super) fn invert(&mut self) -> bool {
        let q = self.v.len();
        for i in 0..q {
            self.set_row(i);
        }
        let stride = 2 * q;
        for (i, work) in self.work.chunks_exact_mut(stride).enumerate() {
            work[..q].copy_from_slice(&self.rows[i * q..(i + 1) * q]);
            work[q..].fill(0.0);
            work[q + i] = 1.0;
        }
        for c in 0..q {
            let size = |r: usize| self.work[r * stride + c].abs();
            let pivot = (c..q).fold(c, |best, r| if size(r) > size(best) { r } else { best });
            if size(pivot).is_nan() || size(pivot) <= DEPENDENT {
                return false;
            }
            if pivot != c {
                for k in 0..stride {
                    self.work.swap(c * stride + k, pivot * stride + k);
                }
            }
            let (before, rest) = self.work.split_at_mut(c * stride);
            let (own, after) = rest.split_at_mut(stride);
            let scale = own[c].recip();
            own.iter_mut().for_each(|x| *x *= scale);
            for row in before.chunks_exact_mut(stride).chain(after.chunks_exact_mut(stride)) {
                let factor = row[c];
                if factor != 0.0 {
                    row.iter_mut().zip(own.iter()).for_each(|(x, o)| *x -= factor * o);
                }
            }
        }
        for i in 0..q {
            for c in 0..q {
                self.edges[i * q + c] = self.work[c * stride + q + i];
            }
        }
        true
    }

    /// Brings `v` back to where its planes meet, which long steps leave a little.
    pub(super) fn correct(&mut self) {
        let q = self.v.len();
        let size = self.v.iter().fold(1.0_f64, |size, v| size.max(v.abs()));
        let mut corrected = false;
        for i in 0..q {
            let off = match self.basis[i] {
                Plane::Hinge(h) => self.f[h],
                Plane::Kink(j, s) => self.z[j * self.terms.sites + s],
                Plane::Wall(l) => self.beyond(l),
                Plane::Held(_) => 0.0,
            };
            if off.abs() > DRIFT * size {
                corrected = true;
                self.v.iter_mut().zip(&self.edges[i * q..(i + 1) * q]).for_each(|(v, e)| *v -= off * e);
            }
        }
        if corrected {
            self.evaluate();
        }
    }

    /// Keeps independent planes, and holds coordinates for those that are missing.
    fn complete(&mut self) {
        let q = self.v.len();
        let mut free = vec![true; q];
        let mut kept: Vec<(usize, Vec<f64>)> = Vec::new();
        let mut i = 0;
        while i < self.basis.len() {
            self.set_row(i);
            let mut row = self.rows[i * q..(i + 1) * q].to_vec();
            let before = row.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
            for (c, other) in &kept {
                let factor = row[*c];
                row.iter_mut().zip(other).for_each(|(x, o)| *x -= factor * o);
            }
            let pivot = (0..q).filter(|&c| free[c]).max_by(|&a, &b| row[a].abs().total_cmp(&row[b].abs()));
            match pivot.filter(|&c| row[c].abs() > 1e-7 * before) {
                Some(c) => {
                    let scale = row[c];
                    row.iter_mut().for_each(|x| *x /= scale);
                    free[c] = false;
                    kept.push((c, row));
                    i += 1;
                }
                None => {
                    let plane = self.basis.remove(i);
                    self.mark(plane, false);
                }
            }
        }
        self.basis.extend((0..q).filter(|&c| free[c]).map(Plane::Held));
    }

    pub(super) fn mark(&mut self, plane: Plane, basic: bool) {
        match plane {
            Plane::Hinge(h) => self.hinge_is_basic[h] = basic,
            Plane::Kink(j, s) if basic => self.kinks[s] |= 1 << j,
            Plane::Kink(j, s) => self.kinks[s] &= !(1 << j),
            Plane::Wall(l) => self.wall_is_basic[l] = basic,
            Plane::Held(_) => {}
        }
    }

    /// The gradient of everything but the planes.
    pub(super) fn set_gradient(&mut self) {
        let (n, block) = (self.terms.sites, self.terms.block);
        self.gradient.fill(0.0);
        let (mut bias, mut tau) = (0.0, 1.0);
        for j in 0..self.terms.neurons {
            let (bit, sign) = (1 << j, self.terms.sign(j));
            for s in 0..n {
                let mut pull = 0.0;
                let lifted = self.positive[s] & !self.kinks[s] & bit != 0;
                for h in self.first[s]..self.first[s + 1] {
                    if self.hinge_is_basic[h] {
                        continue;
                    }
                    let weight = self.weight(h);
                    let hinge = &self.hinges[h];
                    if hinge.linear & bit != 0 {
                        pull -= weight * hinge.side * sign;
                    }
                    if lifted {
                        pull += weight;
                    }
                    if j == 0 {
                        bias -= weight * hinge.side;
                        tau -= weight;
                    }
                }
                self.pulls[s] = pull;
            }
            for c in 0..block {
                self.gradient[j * block + c] = dot(&self.pulls, &self.columns[c * n..(c + 1) * n]);
            }
        }
        if let Some(index) = self.terms.bias {
            self.gradient[index] = bias;
        }
        if let Some(index) = self.terms.tau {
            self.gradient[index] = tau;
        }
        for l in 0..self.walls.len() {
            if self.wall_is_basic[l] || self.beyond(l) <= 0.0 {
                continue;
            }
            let wall = self.walls[l];
            if wall.neuron < self.terms.neurons {
                for c in 0..block {
                    self.gradient[wall.neuron * block + c] -= self.wall_cost * wall.sign * self.columns[c * n + wall.site];
                }
            } else if let Some(index) = self.terms.tau {
                self.gradient[index] -= self.wall_cost;
            }
        }
    }

    pub(super) fn set_multipliers(&mut self) {
        let q = self.v.len();
        for (multiplier, edge) in self.multipliers.iter_mut().zip(self.edges.chunks_exact(q)) {
            *multiplier = -dot(edge, &self.gradient);
        }
    }

    /// The total multiplier of a site's items, as far as lifted neurons pay for it.
    pub(super) fn total(&self, s: usize) -> f64 {
        let own = (self.first[s]..self.first[s + 1]).filter(|&h| !self.hinge_is_basic[h]).map(|h| self.weight(h)).sum::<f64>();
        let basic = |(plane, multiplier): (&Plane, &f64)| match plane {
            Plane::Hinge(h) if self.hinges[*h].site == s => Some(*multiplier),
            _ => None,
        };
        own + self.basis.iter().zip(&self.multipliers).filter_map(basic).sum::<f64>()
    }

    /// The interval of a plane's multiplier.
    pub(super) fn interval(&self, plane: Plane) -> (f64, f64) {
        match plane {
            Plane::Hinge(h) => (self.hinges[h].low, self.cap),
            Plane::Kink(_, s) => (0.0, self.total(s)),
            Plane::Wall(_) => (0.0, self.wall_cost),
            Plane::Held(_) => (0.0, 0.0),
        }
    }

    /// The plane whose edge is the steepest way down, and whether its function grows on that way; `None` at an optimum.
    pub(super) fn leaving(&self) -> Option<(usize, bool)> {
        let q = self.v.len();
        let size = dot(&self.gradient, &self.gradient).sqrt();
        let (mut best, mut steepest) = (None, 0.0);
        for i in 0..q {
            let edge = &self.edges[i * q..(i + 1) * q];
            let length = dot(edge, edge).sqrt();
            let (low, high) = self.interval(self.basis[i]);
            let multiplier = self.multipliers[i];
            let excess = (low - multiplier).max(multiplier - high);
            if excess > DUAL_TOLERANCE.0 + DUAL_TOLERANCE.1 * length * size && excess > steepest * length {
                steepest = excess / length;
                best = Some((i, multiplier - high > low - multiplier));
            }
        }
        best
    }
}
