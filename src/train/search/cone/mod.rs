//! The polyhedral cone `K = {w : s_l x̃_l·w ≥ 0}` of the decided points of a neuron, by its generators (double description).
//!
//! `K = lin(L) + cone(R)`. A cut by `x̃·w ≥ 0` either turns a line into a ray (if some line has `x̃·ℓ ≠ 0`), or keeps the rays with `x̃·r ≥ 0` and adds, for every pair
//! of *adjacent* rays on either side, the ray of their plane in the hyperplane. Two rays are adjacent iff no third ray lies on all the hyperplanes that
//! both lie on (Motzkin, Raiffa, Thompson & Thrall 1953; Fukuda & Prodon 1996). A cone of rank 3 without lines is a polygon, whose corners are kept in cyclic order.
//!
//! Signs are exact. A generator's signs at all sites are found once, when it appears; cutting a cone reads them.

mod cut;
mod evaluate;
mod fixed;
mod geometry;
mod number;
mod polygon;
mod ray;
#[cfg(test)]
mod tests;

pub(in crate::train) use geometry::Geometry;

use super::Model;
use crate::exact::Integer;
use cut::Part;
use ray::Ray;
use std::cmp::Ordering;
use std::sync::Arc;

/// What a cone says about a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::train) enum State {
    /// `x̃·w ≤ 0` on all of the cone.
    Off,
    /// `x̃·w ≥ 0` on all of the cone.
    On,
    /// Both signs occur inside.
    Undecided,
}

/// A full-dimensional cone.
#[derive(Debug, Clone)]
pub(in crate::train) struct Cone {
    /// The cuts in their order: site, and whether it is on.
    pub(in crate::train) bits: Vec<(usize, bool)>,
    /// The number of lines (the dimension of the lineality space).
    pub(in crate::train) lines: usize,
    /// A state for each site.
    pub(in crate::train) states: Box<[State]>,
    /// The generators; the first `2·lines` are `±ℓ` for each line.
    rays: Vec<Arc<Ray>>,
    /// The sites of the irredundant cuts. For rank 3 without lines, `facets[i]` lies between the rays `i` and `i + 1`.
    facets: Vec<u32>,
}

impl Cone {
    /// The whole space.
    pub(in crate::train) fn root(model: &Model<'_>) -> Self {
        let geometry = model.geometry();
        let rays: Vec<Arc<Ray>> = (0..geometry.rank())
            .flat_map(|c| {
                let unit = geometry.unit(c);
                let opposite = unit.negated();
                [Arc::new(unit), Arc::new(opposite)]
            })
            .collect();
        // Unit vectors have both signs.
        let states = vec![State::Undecided; geometry.sites()].into();
        Cone { bits: Vec::new(), lines: geometry.rank(), states, rays, facets: Vec::new() }
    }

    /// The whole space for what is linear everywhere: an affine function is a neuron of sign + that counts as on at every site, on whatever side its weights are.
    pub(in crate::train) fn linear(model: &Model<'_>) -> Self {
        let mut cone = Cone::root(model);
        cone.states.fill(State::On);
        cone
    }

    /// Whether it is that of [`Cone::linear`]. All sites of the whole space are undecided.
    pub(in crate::train) fn is_linear(&self) -> bool {
        self.bits.is_empty() && self.states.first() == Some(&State::On)
    }

    /// The parts of this cone on which `site`, undecided here, is off and on. Both are full-dimensional.
    pub(in crate::train) fn split(&self, model: &Model<'_>, site: usize) -> [Cone; 2] {
        debug_assert_eq!(self.states[site], State::Undecided);
        let geometry = model.geometry();
        let pivot = (0..2 * self.lines).step_by(2).find(|&l| self.sign(l, site) != Ordering::Equal);
        let lines = self.lines - usize::from(pivot.is_some());
        let polygon = geometry.rank() == 3 && lines == 0;
        let parts = match pivot {
            Some(pivot) => {
                let mut parts = cut::along_line(geometry, self, site, pivot);
                if polygon {
                    parts.iter_mut().for_each(|part| part.facets = polygon::sides(&part.rays, &part.facets));
                }
                parts
            }
            None if polygon => polygon::cut(geometry, self, site),
            None => cut::across(geometry, self, site),
        };
        let [off, on] = parts;
        [self.child(site, false, lines, off), self.child(site, true, lines, on)]
    }

    /// The part of this cone on which `site`, undecided here, is on or off. Where both are needed, [`Cone::split`] costs no more.
    pub(in crate::train) fn cut(&self, model: &Model<'_>, site: usize, on: bool) -> Cone {
        let [off, part] = self.split(model, site);
        if on { part } else { off }
    }

    fn child(&self, site: usize, on: bool, lines: usize, part: Part) -> Cone {
        let mut bits = Vec::with_capacity(self.bits.len() + 1);
        bits.extend_from_slice(&self.bits);
        bits.push((site, on));
        let mut states = self.states.clone();
        for (word, states) in states.chunks_mut(64).enumerate() {
            let [positive, negative] = part.rays.iter().fold([0; 2], |[p, n], ray| [p | ray.signs[word][0], n | ray.signs[word][1]]);
            for (i, state) in states.iter_mut().enumerate() {
                *state = match (positive >> i & 1, negative >> i & 1) {
                    (1, 1) => State::Undecided,
                    (0, 1) => State::Off,
                    // No site is 0 on a full-dimensional cone.
                    _ => State::On,
                };
            }
        }
        Cone { bits, lines, states, rays: part.rays, facets: part.facets }
    }

    fn sign(&self, generator: usize, site: usize) -> Ordering {
        self.rays[generator].values[site].partial_cmp(&0.0).expect("values are finite")
    }

    /// The memory it takes, in bytes, its part of what it shares with other cones.
    pub(in crate::train) fn bytes(&self) -> usize {
        let own = size_of::<Cone>() + size_of_val(&*self.bits) + size_of_val(&*self.states) + size_of_val(&*self.facets);
        // Vectors grow by doubling.
        let rays = self.rays.capacity() * size_of::<Arc<Ray>>();
        // The generators of one cone are of one size, up to the words of big integers.
        let ray = self.rays.first().map_or(0, |ray| ray.bytes());
        own + rays + self.rays.iter().map(|generator| ray / Arc::strong_count(generator)).sum::<usize>()
    }

    /// The number of generators.
    pub(in crate::train) fn generators(&self) -> usize {
        self.rays.len()
    }

    /// A generator in integers. It need not be primitive.
    pub(in crate::train) fn ray(&self, generator: usize) -> Vec<Integer> {
        self.rays[generator].vector.to_integers()
    }

    /// A generator's values `x̃_s·r` at the sites as floats, scaled by a power of two so that the largest magnitude lies in [1/2, 1]. Errors are at most 2^-50, and
    /// signs (0 included) are right.
    pub(in crate::train) fn values(&self, generator: usize) -> &[f64] {
        &self.rays[generator].values
    }

    /// One of [`Cone::values`].
    pub(in crate::train) fn value(&self, generator: usize, site: usize) -> f64 {
        self.rays[generator].values[site]
    }

    /// `x̃_s·r`, exactly (for the vector of [`Cone::ray`]).
    pub(in crate::train) fn exact_value(&self, model: &Model<'_>, generator: usize, site: usize) -> Integer {
        model.geometry().exact_value(&self.rays[generator].vector, site)
    }

    /// The sites of the irredundant cuts: with their signs they alone describe the cone.
    pub(in crate::train) fn facets(&self) -> impl ExactSizeIterator<Item = usize> + '_ {
        self.facets.iter().map(|&f| f as usize)
    }
}
