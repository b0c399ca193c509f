//! One view of ReLU and threshold nodes: neurons with generators, on each of which every site has a value.

use super::super::{Model, Node, State};
use crate::exact::Integer;
use crate::instance::Activation;
use dashu_base::Signed;

static ONE: Integer = Integer::ONE;

/// A node. A threshold neuron has a single generator on which all sites have the value 1, in a space of dimension 1.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) model: &'a Model<'a>,
    pub(super) node: &'a Node,
    ones: &'a [f64],
    relu: bool,
}

impl<'a> View<'a> {
    /// `ones`: 1 for every site.
    pub(super) fn new(model: &'a Model<'a>, node: &'a Node, ones: &'a [f64]) -> Self {
        View { model, node, ones, relu: model.activation() == Activation::Relu }
    }

    pub(super) fn relu(&self) -> bool {
        self.relu
    }

    pub(super) fn neurons(&self) -> usize {
        self.node.cones.len()
    }

    pub(super) fn sites(&self) -> usize {
        self.ones.len()
    }

    /// `a_j`.
    pub(super) fn sign(&self, j: usize) -> f64 {
        if self.node.plus[j] { 1.0 } else { -1.0 }
    }

    /// The dimension of the space of neuron weights.
    pub(super) fn dimension(&self) -> usize {
        if self.relu { self.model.rank() } else { 1 }
    }

    pub(super) fn generators(&self, j: usize) -> usize {
        if self.relu { self.node.cones[j].generators() } else { 1 }
    }

    /// The number of lines of cone `j`: generators `2l` and `2l + 1` are opposite for `l` below it.
    pub(super) fn lines(&self, j: usize) -> usize {
        if self.relu { self.node.cones[j].lines } else { 0 }
    }

    /// The cuts that make up cone `j`.
    pub(super) fn bits(&self, j: usize) -> &'a [(usize, bool)] {
        if self.relu { &self.node.cones[j].bits } else { &[] }
    }

    /// The sites' values on generator `g` of cone `j`: magnitudes at most 1, errors at most [`VALUE_ERROR`](super::shape::VALUE_ERROR), signs right.
    pub(super) fn values(&self, j: usize, g: usize) -> &'a [f64] {
        if self.relu { self.node.cones[j].values(g) } else { self.ones }
    }

    /// The sites' values on generator `g` of cone `j`, up to a positive factor of the generator.
    pub(super) fn exact_value(&self, j: usize, g: usize, s: usize) -> Integer {
        if self.relu { self.node.cones[j].exact_value(self.model, g, s) } else { ONE.clone() }
    }

    /// Whether two generators of ReLU cones are the same ray.
    pub(super) fn same_ray(&self, (i, g): (usize, usize), (j, r): (usize, usize)) -> bool {
        let (v, w) = (self.node.cones[i].ray(g), self.node.cones[j].ray(r));
        let at = v.iter().position(|x| !x.is_zero()).expect("a generator is not 0");
        !w[at].is_zero() && v[at].is_negative() == w[at].is_negative() && v.iter().zip(&w).all(|(x, y)| x * &w[at] == y * &v[at])
    }

    /// Whether neuron `j` is the affine function.
    pub(super) fn is_linear(&self, j: usize) -> bool {
        self.node.cones[j].is_linear()
    }

    pub(super) fn state(&self, j: usize, s: usize) -> State {
        self.node.cones[j].states[s]
    }

    /// Coordinate `c` of the site's row, as a float of magnitude at most 1.
    pub(super) fn coordinate(&self, s: usize, c: usize) -> f64 {
        if self.relu { self.model.features(s)[c] } else { 1.0 }
    }

    /// The same exactly, up to a positive factor of the column.
    pub(super) fn exact_coordinate(&self, s: usize, c: usize) -> &'a Integer {
        if self.relu { &self.model.row(s)[c] } else { &ONE }
    }
}
