//! Ceilings: what undecided neurons reach at most, on cones without lines.
//!
//! The upper value of a site is infinite where a plus neuron is undecided, as long as nothing is known but `h ≥ max(0, z)`. Ceilings ([`super::ceiling`]) make it finite. They
//! join an optimum that does not reach the cutoff without them.

use super::super::Node;
use super::ceiling::{Ceiling, Coordinates};
use super::terms::Terms;
use super::{RelaxEngine, Role};

/// The site's value in unknowns of neurons whose ceilings count.
#[derive(Debug, Clone)]
pub(super) struct Lid {
    pub(super) site: usize,
    pub(super) side: f64,
    /// The neurons.
    mask: u32,
    pub(super) coefficients: Box<[f64]>,
}

/// Memory for ceilings.
#[derive(Debug, Clone)]
pub(super) struct Raise {
    coordinates: Option<Coordinates>,
    ceilings: Vec<Ceiling>,
    /// The lids in use.
    pub(super) lids: Vec<Lid>,
    /// Those of the parent.
    pub(super) inherited: Vec<Lid>,
    coefficients: Vec<f64>,
    pub(super) rounds: u32,
}

impl Raise {
    pub(super) fn new(terms: &Terms, plain: bool) -> Self {
        let coordinates = (plain && terms.sites > 0 && terms.block > 1).then(|| Coordinates::new(&terms.columns, terms.block));
        Raise {
            coordinates,
            ceilings: vec![Ceiling::default(); terms.neurons],
            lids: Vec::new(),
            inherited: Vec::new(),
            coefficients: vec![0.0; terms.size + 1],
            rounds: 0,
        }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

impl RelaxEngine {
    /// Adds what the lids contribute to the sites' values.
    pub(super) fn add_lids(lids: &[Lid], v: &[f64], values: &mut [f64]) {
        for lid in lids {
            values[lid.site] += dot(&lid.coefficients, v);
        }
    }

    pub(super) fn lid_at(&self, s: usize) -> Option<usize> {
        self.raise.lids.iter().position(|lid| lid.site == s)
    }

    /// Takes a lid off, after its item has been dropped.
    pub(super) fn remove_lid(&mut self, at: usize) {
        let lid = self.raise.lids.swap_remove(at);
        let n = self.terms.sites;
        for j in (0..self.terms.neurons).filter(|j| lid.mask >> j & 1 == 1) {
            self.plain.open[j * n + lid.site] = self.terms.sign(j);
        }
    }

    /// Uses the lids of the parent, which are right for its children.
    pub(super) fn inherit_lids(&mut self) {
        let (n, m, block) = (self.terms.sites, self.terms.size, self.terms.block);
        let inherited = std::mem::take(&mut self.raise.inherited);
        for lid in &inherited {
            let s = lid.site;
            let mask = lid.mask & self.terms.undecided[s];
            let rest = self.terms.undecided[s] & if lid.side > 0.0 { self.terms.plus } else { !self.terms.plus };
            if mask == 0 || mask != rest || self.role[s] != Role::Idle {
                continue;
            }
            let mut coefficients = lid.coefficients.clone();
            for j in (0..self.terms.neurons).filter(|j| mask >> j & 1 == 0) {
                coefficients[j * block..(j + 1) * block].fill(0.0);
            }
            let mut value = self.terms.bias.map_or(0.0, |bias| self.v[bias]);
            for j in (0..self.terms.neurons).filter(|j| mask >> j & 1 == 0) {
                let i = j * n + s;
                value += (self.plain.on[i] + if self.z[i] > 0.0 { self.plain.open[i] } else { 0.0 }) * self.z[i];
            }
            value += dot(&coefficients, &self.v[..m]);
            if lid.side * (self.terms.targets[s] - value) > 0.0 {
                self.put_lid(Lid { site: s, side: lid.side, mask, coefficients });
                self.u[s] = self.terms.weights[s] * (self.terms.targets[s] - value);
            }
        }
        self.raise.inherited = inherited;
    }

    /// Frees an idle item below a lid.
    fn put_lid(&mut self, lid: Lid) {
        let (n, s) = (self.terms.sites, lid.site);
        for j in 0..self.terms.neurons {
            let i = j * n + s;
            if lid.mask >> j & 1 == 1 {
                (self.plain.signs[i], self.plain.open[i]) = (0.0, 0.0);
            } else {
                self.plain.signs[i] = self.plain.on[i] + if self.z[i] > 0.0 { self.plain.open[i] } else { 0.0 };
            }
        }
        (self.side[s], self.plain.sided[s]) = (lid.side, lid.side);
        self.role[s] = Role::Free;
        self.plain.active[s] = self.terms.weights[s];
        self.raise.lids.push(lid);
        self.update(s, s, 1.0);
    }

    /// Puts lids where the weights are beyond them, and moves those in use to where they touch. Returns whether there was anything.
    pub(super) fn raise(&mut self, node: &Node, tolerance: f64) -> bool {
        let (n, m, block) = (self.terms.sites, self.terms.size, self.terms.block);
        let mut ready = 0u32;
        let Some(coordinates) = &self.raise.coordinates else { return false };
        for j in 0..self.terms.neurons {
            let w = &self.v[j * block..(j + 1) * block];
            if self.raise.ceilings[j].load(&node.cones[j], coordinates, w, &self.z[j * n..(j + 1) * n]) {
                ready |= 1 << j;
            }
        }
        if ready == 0 {
            return false;
        }
        let mut grown = false;
        for s in 0..n {
            let undecided = self.terms.undecided[s];
            if undecided == 0 {
                continue;
            }
            let at = if self.role[s] == Role::Idle { None } else { self.lid_at(s) };
            if at.is_none() && self.role[s] != Role::Idle {
                continue;
            }
            let side = if let Some(at) = at {
                self.raise.lids[at].side
            } else {
                let mut value = self.terms.bias.map_or(0.0, |bias| self.v[bias]);
                for i in (s..self.z.len()).step_by(n) {
                    value += (self.plain.on[i] + if self.z[i] > 0.0 { self.plain.open[i] } else { 0.0 }) * self.z[i];
                }
                let residual = self.terms.targets[s] - value;
                if residual > tolerance && self.plain.upper[s] == 0.0 {
                    1.0
                } else if residual < -tolerance && self.plain.lower[s] == 0.0 {
                    -1.0
                } else {
                    continue;
                }
            };
            let mask = undecided & if side > 0.0 { self.terms.plus } else { !self.terms.plus };
            if mask & !ready != 0 {
                continue;
            }
            let mut coefficients = std::mem::take(&mut self.raise.coefficients);
            coefficients[..m].fill(0.0);
            let mut complete = true;
            for j in (0..self.terms.neurons).filter(|j| mask >> j & 1 == 1) {
                let c = &mut coefficients[j * block..(j + 1) * block];
                complete &= self.raise.ceilings[j].piece(&node.cones[j], s, c);
                if self.terms.plus >> j & 1 == 0 {
                    c.iter_mut().for_each(|c| *c = -*c);
                }
            }
            if complete {
                let covered = dot(&coefficients[..m], &self.v[..m]);
                if let Some(at) = at {
                    let before = dot(&self.raise.lids[at].coefficients, &self.v[..m]);
                    if side * (before - covered) > tolerance {
                        self.update(s, s, -1.0);
                        self.raise.lids[at].coefficients.copy_from_slice(&coefficients[..m]);
                        self.update(s, s, 1.0);
                        grown = true;
                    }
                } else {
                    let mut value = self.terms.bias.map_or(0.0, |bias| self.v[bias]) + covered;
                    for j in (0..self.terms.neurons).filter(|j| mask >> j & 1 == 0) {
                        let i = j * n + s;
                        value += (self.plain.on[i] + if self.z[i] > 0.0 { self.plain.open[i] } else { 0.0 }) * self.z[i];
                    }
                    if side * (self.terms.targets[s] - value) > tolerance {
                        self.put_lid(Lid { site: s, side, mask, coefficients: coefficients[..m].into() });
                        grown = true;
                    }
                }
            }
            self.raise.coefficients = coefficients;
        }
        grown
    }

    /// Adds the lid's part to the coefficients of a site.
    pub(super) fn lid_coefficients(&mut self, s: usize) {
        if let Some(at) = self.lid_at(s) {
            self.coefficients.iter_mut().zip(&self.raise.lids[at].coefficients).for_each(|(c, l)| *c += l);
        }
    }
}
