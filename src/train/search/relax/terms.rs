//! What the program of a node consists of: which neurons count at a site, and between which bounds the site's value lies.

use crate::instance::{Activation, Loss};
use crate::train::search::{Model, Node, State};
use std::ops::Range;

/// What all nodes of a search share, and the node at hand.
///
/// A set of neurons is a bit mask. The *lower* value of a site is the least that its output can be with given weights, the *upper* value the
/// greatest; an item with residual `u > 0` sees the upper value, one with `u < 0` the lower one.
#[derive(Debug, Clone)]
pub(super) struct Terms {
    pub(super) relu: bool,
    pub(super) neurons: usize,
    pub(super) sites: usize,
    /// Unknowns a neuron.
    pub(super) block: usize,
    /// The index of the output bias among the unknowns.
    pub(super) bias: Option<usize>,
    /// The index of the largest deviation `τ` among the unknowns (maximum loss).
    pub(super) tau: Option<usize>,
    pub(super) size: usize,
    /// The features by columns: `columns[c·sites + s]`.
    pub(super) columns: Vec<f64>,
    /// The items, site by site: those of site `s` come at the places `starts[s]..starts[s+1]`, item `order[t]` at place `t`.
    pub(super) order: Vec<usize>,
    /// See [`Terms::order`].
    pub(super) starts: Vec<usize>,
    pub(super) targets: Vec<f64>,
    /// How often an item counts (squares; the loss taken as `½ m r²`).
    pub(super) weights: Vec<f64>,
    /// The neurons of positive sign.
    pub(super) plus: u32,
    /// The neurons that are on (an affine function everywhere), and those that are undecided, at each site.
    pub(super) on: Vec<u32>,
    pub(super) undecided: Vec<u32>,
    /// The candidates for rows of the working set: neuron, site, sign.
    pub(super) walls: Vec<(usize, usize, f64)>,
    /// Sites that stand for nothing but a wall: they have no value.
    pub(super) only_walls: Range<usize>,
}

impl Terms {
    pub(super) fn new(model: &Model<'_>) -> Self {
        let relu = model.activation() == Activation::Relu;
        let (sites, neurons) = (model.sites(), model.neurons());
        let block = if relu { model.rank() } else { 1 };
        let bias = model.output_bias().then_some(neurons * block);
        let tau = (model.loss() == Loss::Linf).then_some(neurons * block + usize::from(bias.is_some()));
        let mut starts = vec![0];
        for s in 0..sites {
            starts.push(starts[s] + model.items_of_site[s].len());
        }
        let order = model.items_of_site.concat();
        let columns = (0..block).flat_map(|c| (0..sites).map(move |s| if relu { model.features(s)[c] } else { 1.0 })).collect();
        Terms {
            relu,
            neurons,
            sites,
            block,
            bias,
            tau,
            size: neurons * block + usize::from(bias.is_some()) + usize::from(tau.is_some()),
            columns,
            starts,
            targets: order.iter().map(|&i| model.items[i].scaled_target).collect(),
            weights: order.iter().map(|&i| model.items[i].weight as f64).collect(),
            order,
            plus: 0,
            on: vec![0; sites],
            undecided: vec![0; sites],
            walls: Vec::new(),
            only_walls: sites..sites,
        }
    }

    /// Reads the signs and states of a node.
    pub(super) fn load(&mut self, node: &Node) {
        self.plus = node.plus.iter().enumerate().fold(0, |mask, (j, &plus)| mask | (u32::from(plus) << j));
        self.walls.clear();
        self.on.fill(0);
        self.undecided.fill(0);
        for (j, cone) in node.cones.iter().enumerate() {
            for ((on, undecided), state) in self.on.iter_mut().zip(&mut self.undecided).zip(&cone.states) {
                *on |= u32::from(*state == State::On) << j;
                *undecided |= u32::from(*state == State::Undecided) << j;
            }
            if self.relu {
                self.walls.extend(cone.bits.iter().map(|&(s, on)| (j, s, if on { 1.0 } else { -1.0 })));
            } else {
                self.walls.push((j, 0, 1.0));
            }
        }
    }

    /// The site of the item at a place.
    pub(super) fn order_site(&self, place: usize) -> usize {
        self.starts.partition_point(|&start| start <= place) - 1
    }

    /// The sign `a_j`.
    pub(super) fn sign(&self, j: usize) -> f64 {
        if self.plus >> j & 1 == 1 { 1.0 } else { -1.0 }
    }

    /// Whether lower and upper value are finite.
    pub(super) fn bounded(&self, s: usize) -> (bool, bool) {
        if self.only_walls.contains(&s) {
            return (false, false);
        }
        if self.relu { (self.undecided[s] & !self.plus == 0, self.undecided[s] & self.plus == 0) } else { (true, true) }
    }

    /// `Σ a_j value_j` over the neurons of a mask.
    pub(super) fn signed_sum(&self, mask: u32, z: &[f64], s: usize) -> f64 {
        let mut sum = 0.0;
        let mut rest = mask;
        while rest != 0 {
            let j = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            let value = z[j * self.sites + s];
            sum += if self.plus >> j & 1 == 1 { value } else { -value };
        }
        sum
    }

    /// The coefficients of a site's value with the neurons of `mask` on, by unknowns.
    pub(super) fn coefficients(&self, s: usize, mask: u32, out: &mut [f64]) {
        out[..self.size].fill(0.0);
        for j in 0..self.neurons {
            if mask >> j & 1 == 1 {
                let sign = if self.plus >> j & 1 == 1 { 1.0 } else { -1.0 };
                for c in 0..self.block {
                    out[j * self.block + c] = sign * self.columns[c * self.sites + s];
                }
            }
        }
        if let Some(bias) = self.bias {
            out[bias] = 1.0;
        }
    }

    /// `z_js = x_s·w_j` for all neurons and sites.
    pub(super) fn values(&self, v: &[f64], z: &mut [f64]) {
        let n = self.sites;
        for j in 0..self.neurons {
            let z = &mut z[j * n..(j + 1) * n];
            for c in 0..self.block {
                let w = v[j * self.block + c];
                let column = &self.columns[c * n..(c + 1) * n];
                if c == 0 {
                    z.iter_mut().zip(column).for_each(|(z, x)| *z = w * x);
                } else {
                    z.iter_mut().zip(column).for_each(|(z, x)| *z += w * x);
                }
            }
        }
    }
}
