//! Lids: what undecided neurons reach at most, on cones without lines.
//!
//! The upper value of a site is infinite where a plus neuron is undecided, as long as nothing is known but `h ≥ max(0, z)`; so is the lower one for a minus neuron. The cone itself limits `h`: by
//! a linear function `c·w ≥ max(0, x̃_s·w)` ([`super::ceiling`]). A *lid* puts such functions in the place of the undecided neurons of one sign, so that the item costs on that side, too. Its
//! `u` has the sign that `p` cannot balance; the dual needs `G_j(r) ≤ 0` on the generators, which follows from `c·r ≥ max(0, x̃_s·r)`.
//!
//! Lids join an optimum that does not reach the cutoff without them, at the sites where its weights lie beyond them: so nodes that close anyway do not pay for them. They touch the least concave function
//! above `max(0, z)` at these weights, are not moved when the weights move, and are handed down to the children, whose cones are smaller.

use super::super::Node;
use super::ceiling::{Ceiling, Coordinates};
use super::terms::Terms;
use super::{RelaxEngine, Role};

/// Nodes whose value is below this part of the cutoff are too far from it.
const WORTHWHILE: f64 = 0.3;
/// What lies beyond a lid by less than the root of this part of the cutoff costs too little.
const SHALLOW: f64 = 1e-5;
/// No lid.
const NONE: u32 = u32::MAX;

/// A site where the neurons of `mask`, undecided and of the sign `side`, are replaced by linear functions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lid {
    pub(super) site: usize,
    side: f64,
    mask: u32,
}

/// Lids with their coefficients, by unknowns, one after the other.
#[derive(Debug, Clone, Default)]
pub(super) struct Lids {
    size: usize,
    pub(super) lids: Vec<Lid>,
    coefficients: Vec<f64>,
}

impl Lids {
    pub(super) fn clear(&mut self) {
        self.lids.clear();
        self.coefficients.clear();
    }

    /// The memory they take, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.lids.len() * size_of::<Lid>() + self.coefficients.len() * size_of::<f64>()
    }

    pub(super) fn of(&self, at: usize) -> &[f64] {
        &self.coefficients[at * self.size..(at + 1) * self.size]
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &[f64])> {
        self.lids.iter().map(|lid| lid.site).zip(self.coefficients.chunks_exact(self.size.max(1)))
    }

    /// Adds the lids' parts to the sites' values.
    pub(super) fn add_to(&self, v: &[f64], values: &mut [f64]) {
        for (site, coefficients) in self.iter() {
            values[site] += inner(coefficients, v);
        }
    }

    /// The same for other numbers of the sites.
    pub(super) fn renumbered(&self, number: impl Fn(usize) -> usize) -> Self {
        let mut lids = self.clone();
        lids.lids.iter_mut().for_each(|lid| lid.site = number(lid.site));
        lids
    }

    fn push(&mut self, lid: Lid, coefficients: &[f64]) {
        self.lids.push(lid);
        self.coefficients.extend_from_slice(coefficients);
    }

    fn swap_remove(&mut self, at: usize) -> Lid {
        let last = self.lids.len() - 1;
        self.coefficients.copy_within(last * self.size.., at * self.size);
        self.coefficients.truncate(last * self.size);
        self.lids.swap_remove(at)
    }
}

/// The lids of a node, and memory for making them.
#[derive(Debug, Clone)]
pub(super) struct Raise {
    coordinates: Option<Coordinates>,
    ceilings: Vec<Ceiling>,
    pub(super) lids: Lids,
    /// The place of each site's lid in the list.
    place: Vec<u32>,
    coefficients: Vec<f64>,
    /// Whether lids have been sought in this node.
    sought: bool,
}

impl Raise {
    pub(super) fn new(terms: &Terms, plain: bool) -> Self {
        let coordinates = (plain && terms.sites > 0).then(|| Coordinates::new(&terms.columns, terms.block));
        Raise {
            coordinates,
            ceilings: vec![Ceiling::default(); terms.neurons],
            lids: Lids { size: terms.size, ..Lids::default() },
            place: vec![NONE; terms.sites],
            coefficients: vec![0.0; terms.size],
            sought: false,
        }
    }

    /// As many places as there are sites; none has a lid.
    pub(super) fn fit(&mut self, sites: usize) {
        self.lids.clear();
        self.place.clear();
        self.place.resize(sites, NONE);
    }

    pub(super) fn clear(&mut self) {
        self.sought = false;
        for lid in &self.lids.lids {
            self.place[lid.site] = NONE;
        }
        self.lids.clear();
    }

    /// The coefficients of a site's lid, if it has one.
    pub(super) fn at(&self, s: usize) -> Option<&[f64]> {
        (self.place[s] != NONE).then(|| self.lids.of(self.place[s] as usize))
    }
}

fn inner(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

impl RelaxEngine {
    #[cfg(test)]
    pub(super) fn without_lids(mut self) -> Self {
        self.raise.coordinates = None;
        self
    }

    /// Puts a lid on an idle item and frees it, if the weights are beyond the lid by more than `tolerance`.
    fn put_lid(&mut self, lid: Lid, coefficients: &[f64], tolerance: f64) -> bool {
        let (n, s) = (self.terms.sites, lid.site);
        let is_lidded = |j: usize| lid.mask >> j & 1 == 1;
        let mut value = self.terms.bias.map_or(0.0, |bias| self.v[bias]) + inner(coefficients, &self.v);
        for j in (0..self.terms.neurons).filter(|&j| !is_lidded(j)) {
            value += self.plain.true_sign(&self.z, j * n + s) * self.z[j * n + s];
        }
        let excess = self.terms.targets[s] - value;
        if lid.side * excess <= tolerance {
            return false;
        }
        for j in 0..self.terms.neurons {
            let i = j * n + s;
            self.plain.signs[i] = if is_lidded(j) { 0.0 } else { self.plain.true_sign(&self.z, i) };
            if is_lidded(j) {
                // So that it has no kink.
                self.plain.open[i] = 0.0;
            }
        }
        (self.side[s], self.plain.sided[s]) = (lid.side, lid.side);
        self.role[s] = Role::Free;
        self.plain.active[s] = self.terms.weights[s];
        self.u[s] = self.terms.weights[s] * excess;
        self.raise.place[s] = u32::try_from(self.raise.lids.lids.len()).expect("sites are numbered in 32 bits");
        self.raise.lids.push(lid, coefficients);
        self.update(s, 1.0);
        true
    }

    /// Takes off the lid of an item that has become idle, if it has one.
    pub(super) fn remove_lid(&mut self, s: usize) {
        let at = self.raise.place[s];
        if at == NONE {
            return;
        }
        let lid = self.raise.lids.swap_remove(at as usize);
        self.raise.place[s] = NONE;
        if let Some(moved) = self.raise.lids.lids.get(at as usize) {
            self.raise.place[moved.site] = at;
        }
        for j in (0..self.terms.neurons).filter(|j| lid.mask >> j & 1 == 1) {
            self.plain.open[j * self.terms.sites + s] = self.terms.sign(j);
        }
    }

    /// The undecided neurons that make a site's value infinite on a side.
    fn unlimited(&self, s: usize, side: f64) -> u32 {
        self.terms.undecided[s] & if side > 0.0 { self.terms.plus } else { !self.terms.plus }
    }

    /// Uses the lids of the parent, which are right for its children.
    pub(super) fn inherit_lids(&mut self, lids: &Lids) {
        let block = self.terms.block;
        let mut coefficients = std::mem::take(&mut self.raise.coefficients);
        for (lid, inherited) in lids.lids.iter().zip(lids.coefficients.chunks_exact(lids.size.max(1))) {
            // Where all is decided there is no lid.
            let Some(site) = self.place(lid.site) else { continue };
            let lid = &Lid { site, ..*lid };
            let mask = self.unlimited(lid.site, lid.side);
            if mask == 0 || self.role[lid.site] != Role::Idle {
                continue;
            }
            coefficients.copy_from_slice(inherited);
            for j in (0..self.terms.neurons).filter(|j| mask >> j & 1 == 0) {
                coefficients[j * block..(j + 1) * block].fill(0.0);
            }
            let _ = self.put_lid(Lid { mask, ..*lid }, &coefficients, 0.0);
        }
        self.raise.coefficients = coefficients;
    }

    /// Seeks lids, once a node, where they may be of use. Returns whether there was anything.
    pub(super) fn raises(&mut self, node: &Node, cutoff: f64) -> bool {
        if self.raise.coordinates.is_none() || self.raise.sought || self.is_probe {
            return false;
        }
        let (value, scale) = (self.value(), cutoff.min(self.most));
        if value >= cutoff || value < WORTHWHILE * scale {
            return false;
        }
        self.raise.sought = true;
        self.raise(node, (SHALLOW * scale).sqrt())
    }

    /// Puts lids where the weights are beyond them by more than `tolerance`, and exchanges those for which there are better ones by that much.
    fn raise(&mut self, node: &Node, tolerance: f64) -> bool {
        let (n, block) = (self.terms.sites, self.terms.block);
        let Some(coordinates) = &self.raise.coordinates else { return false };
        let mut ready = 0u32;
        for (j, (cone, ceiling)) in node.cones.iter().zip(&mut self.raise.ceilings).enumerate() {
            let (w, z) = (&self.v[j * block..(j + 1) * block], &self.z[j * n..(j + 1) * n]);
            let condense = self.condense.as_deref();
            let at_facet = |site: usize| z[condense.map_or(site, |condense| condense.place(site).expect("facets are walls"))];
            ready |= u32::from(ceiling.load(cone, coordinates, w, at_facet)) << j;
        }
        let mut grown = false;
        let mut coefficients = std::mem::take(&mut self.raise.coefficients);
        for s in 0..n {
            let place = self.raise.place[s];
            let side = if place != NONE {
                self.raise.lids.lids[place as usize].side
            } else if self.terms.undecided[s] == 0 || self.role[s] != Role::Idle {
                continue;
            } else {
                let bias = self.terms.bias.map_or(0.0, |bias| self.v[bias]);
                let value = bias + (s..self.z.len()).step_by(n).map(|i| self.plain.true_sign(&self.z, i) * self.z[i]).sum::<f64>();
                let residual = self.terms.targets[s] - value;
                if residual.abs() <= tolerance {
                    continue;
                }
                residual.signum()
            };
            let mask = self.unlimited(s, side);
            if mask == 0 || mask & !ready != 0 || !self.pieces(node, s, mask, &mut coefficients) {
                continue;
            }
            if place == NONE {
                grown |= self.put_lid(Lid { site: s, side, mask }, &coefficients, tolerance);
                continue;
            }
            let better = inner(self.raise.lids.of(place as usize), &self.v) - inner(&coefficients, &self.v);
            if side * better > tolerance {
                self.update(s, -1.0);
                let size = coefficients.len();
                self.raise.lids.coefficients[place as usize * size..][..size].copy_from_slice(&coefficients);
                self.update(s, 1.0);
                grown = true;
            }
        }
        self.raise.coefficients = coefficients;
        grown
    }

    /// The linear functions of the neurons of `mask` at a site.
    fn pieces(&mut self, node: &Node, s: usize, mask: u32, coefficients: &mut [f64]) -> bool {
        let (block, s) = (self.terms.block, self.site(s));
        coefficients.fill(0.0);
        (0..self.terms.neurons).filter(|j| mask >> j & 1 == 1).all(|j| {
            let c = &mut coefficients[j * block..(j + 1) * block];
            let found = self.raise.ceilings[j].piece(&node.cones[j], s, c);
            if !node.plus[j] {
                c.iter_mut().for_each(|c| *c = -*c);
            }
            found
        })
    }
}
