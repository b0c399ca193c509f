//! The program of a node: hinges, lifted neurons and walls, and their values at `v`.

use super::super::Node;
use super::super::terms::Terms;
use super::{Lasting, ON_PLANE, Plane, Polyhedral, Vertex, WALL_COST};
use crate::instance::Loss;
use crate::train::search::State;

/// How far shifts go, in the scale of the targets: far above rounding, far below what a bound can spare.
const SHIFT: f64 = 1e-10;

/// A term of the loss.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hinge {
    pub(super) place: usize,
    pub(super) site: usize,
    /// `σ`.
    pub(super) side: f64,
    /// The neurons that are linear in the value, the lifted ones apart.
    pub(super) linear: u32,
    /// The least multiplier: 0, or `−cap`.
    pub(super) low: f64,
}

/// The condition `sign·z ≥ 0`; `τ ≥ 0` if the neuron is the one after the last.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wall {
    pub(super) neuron: usize,
    pub(super) site: usize,
    pub(super) sign: f64,
}

/// The features as `Q R` (both the features as they are if there is nothing to do), `Q` by columns of length √n.
pub(super) fn orthonormal(terms: &Terms) -> (Vec<f64>, Vec<f64>) {
    let (n, block) = (terms.sites, terms.block);
    let mut columns = terms.columns.clone();
    let mut triangle = vec![0.0; block * block];
    for c in 0..block {
        let (before, rest) = columns.split_at_mut(c * n);
        let column = &mut rest[..n];
        for _ in 0..2 {
            for (e, other) in before.chunks_exact(n).enumerate() {
                let along = dot(column, other) / n as f64;
                triangle[e * block + c] += along;
                column.iter_mut().zip(other).for_each(|(x, o)| *x -= along * o);
            }
        }
        let length = (dot(column, column) / n as f64).sqrt();
        triangle[c * block + c] = length;
        column.iter_mut().for_each(|x| *x /= length);
    }
    (columns, triangle)
}

/// Irregular numbers within [`SHIFT`].
pub(super) fn shifts(count: usize, seed: usize) -> Vec<f64> {
    let shift = |i: usize| {
        // Steele, Lea & Flood's generator (2014).
        let mut x = (i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (((x ^ (x >> 31)) >> 11) as f64 / (1u64 << 52) as f64 - 1.0) * SHIFT
    };
    (seed + 1..=seed + count).map(shift).collect()
}

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 4];
    let (a_parts, b_parts) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest: f64 = a_parts.remainder().iter().zip(b_parts.remainder()).map(|(x, y)| x * y).sum();
    for (a, b) in a_parts.zip(b_parts) {
        for i in 0..4 {
            sums[i] += a[i] * b[i];
        }
    }
    sums.iter().sum::<f64>() + rest
}

impl Polyhedral {
    pub(super) fn load(&mut self, node: &Node) {
        let Polyhedral { terms, hinges, first, lifted, walls, .. } = self;
        terms.load(node);
        hinges.clear();
        first.clear();
        for (s, lifted) in lifted.iter_mut().enumerate() {
            first.push(hinges.len());
            let (low, high) = terms.bounded(s);
            let undecided = terms.undecided[s];
            *lifted = if terms.relu && (low || high) { undecided } else { 0 };
            let linear = |side: f64| match (terms.relu, side > 0.0) {
                (true, _) => terms.on[s],
                (false, true) => terms.on[s] | (undecided & terms.plus),
                (false, false) => terms.on[s] | (undecided & !terms.plus),
            };
            let places = terms.starts[s]..terms.starts[s + 1];
            let mut add = |place: usize, side: f64, low: f64| hinges.push(Hinge { place, site: s, side, linear: linear(side), low });
            if self.loss == Loss::Linf {
                // Of equal points the extreme targets count.
                let extreme = |side: f64| places.clone().max_by(|&a, &b| (side * self.targets[a]).total_cmp(&(side * self.targets[b])));
                for (side, _) in [(1.0, high), (-1.0, low)].into_iter().filter(|side| side.1) {
                    add(extreme(side).expect("a site has an item"), side, 0.0);
                }
                continue;
            }
            for place in places {
                if undecided == 0 {
                    add(place, 1.0, -self.cap);
                    continue;
                }
                for (side, _) in [(1.0, high), (-1.0, low)].into_iter().filter(|side| side.1) {
                    add(place, side, 0.0);
                }
            }
        }
        first.push(hinges.len());
        walls.clear();
        for (j, cone) in node.cones.iter().enumerate() {
            if terms.relu {
                walls.extend(cone.facets().map(|s| Wall { neuron: j, site: s, sign: if cone.states[s] == State::On { 1.0 } else { -1.0 } }));
            } else {
                walls.push(Wall { neuron: j, site: 0, sign: 1.0 });
            }
        }
        if terms.tau.is_some() {
            walls.push(Wall { neuron: terms.neurons, site: 0, sign: 1.0 });
        }
        self.wall_cost = WALL_COST * self.cap * (1 + hinges.len()) as f64;
        self.f.clear();
        self.f.resize(hinges.len(), 0.0);
        self.hinge_is_basic.clear();
        self.hinge_is_basic.resize(hinges.len(), false);
        self.wall_is_basic.clear();
        self.wall_is_basic.resize(walls.len(), false);
        self.kinks.fill(0);
    }

    /// Takes over the vertex of a parent, as far as it is one.
    pub(super) fn start(&mut self, vertex: Option<&Vertex>) {
        self.basis.clear();
        let Some(vertex) = vertex else {
            self.v.fill(0.0);
            return;
        };
        self.v.copy_from_slice(&vertex.v);
        self.evaluate();
        for &plane in &vertex.planes {
            match plane {
                Lasting::Item(place, side) => {
                    let site = self.terms.order_site(place);
                    let own = |h: &usize| self.hinges[*h].place == place && (self.hinges[*h].side == side || self.hinges[*h].low < 0.0);
                    if let Some(h) = (self.first[site]..self.first[site + 1]).find(own)
                        && self.f[h].abs() <= ON_PLANE
                    {
                        self.basis.push(Plane::Hinge(h));
                        self.hinge_is_basic[h] = true;
                    }
                }
                Lasting::Zero(j, s) => {
                    if let Some(l) = self.walls.iter().position(|wall| wall.neuron == j && wall.site == s) {
                        self.basis.push(Plane::Wall(l));
                        self.wall_is_basic[l] = true;
                    } else if j < self.terms.neurons && self.lifted[s] >> j & 1 == 1 {
                        self.basis.push(Plane::Kink(j, s));
                        self.kinks[s] |= 1 << j;
                    }
                }
            }
        }
    }

    /// `z`, the signs of the lifted neurons and `f` at `v`.
    pub(super) fn evaluate(&mut self) {
        let (n, block) = (self.terms.sites, self.terms.block);
        for j in 0..self.terms.neurons {
            let z = &mut self.z[j * n..(j + 1) * n];
            z.copy_from_slice(&self.shifts[j * n..(j + 1) * n]);
            for (column, w) in self.columns.chunks_exact(n).zip(&self.v[j * block..(j + 1) * block]) {
                z.iter_mut().zip(column).for_each(|(z, x)| *z += w * x);
            }
        }
        let bias = self.terms.bias.map_or(0.0, |bias| self.v[bias]);
        let tau = self.terms.tau.map_or(0.0, |tau| self.v[tau]);
        for s in 0..n {
            let (mut positive, mut sum) = (0, 0.0);
            for j in bits(self.lifted[s]) {
                let z = self.z[j * n + s];
                if z > 0.0 {
                    positive |= 1 << j;
                    sum += z;
                }
            }
            self.positive[s] = positive;
            for h in self.first[s]..self.first[s + 1] {
                let hinge = &self.hinges[h];
                let value = bias + self.terms.signed_sum(hinge.linear, &self.z, s);
                self.f[h] = hinge.side * (self.targets[hinge.place] - value) + sum - tau;
            }
        }
    }

    /// How far outside of its wall `v` lies at wall `l`.
    pub(super) fn beyond(&self, l: usize) -> f64 {
        let wall = &self.walls[l];
        match self.terms.tau {
            Some(tau) if wall.neuron == self.terms.neurons => -self.v[tau],
            _ => -wall.sign * self.z[wall.neuron * self.terms.sites + wall.site],
        }
    }

    /// How far outside of all walls `v` lies, relative to its size.
    pub(super) fn outside(&self) -> f64 {
        let size = self.v.iter().fold(1.0_f64, |size, v| size.max(v.abs()));
        (0..self.walls.len()).filter(|&l| !self.wall_is_basic[l]).fold(0.0_f64, |most, l| most.max(self.beyond(l))) / size
    }
}

/// The elements of a set.
pub(super) fn bits(mut mask: u32) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let j = mask.trailing_zeros() as usize;
        mask &= mask.wrapping_sub(1);
        (j < 32).then_some(j)
    })
}
