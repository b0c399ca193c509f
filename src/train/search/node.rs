//! What passes between the float relaxation, the exact leaf and the tree.

use super::Cone;
use crate::exact::Integer;
use std::sync::Arc;

/// A node: a sign and a cone for each neuron.
#[derive(Debug, Clone)]
pub(in crate::train) struct Node {
    /// For each neuron whether the sign `a_j` of its output weight is +1.
    pub(in crate::train) plus: Arc<[bool]>,
    /// The cones of the neurons' weights.
    pub(in crate::train) cones: Vec<Arc<Cone>>,
}

/// What the float relaxation of a node proposes. Nothing of it is proven.
#[derive(Debug, Clone, Default)]
pub(in crate::train) struct Relaxation {
    /// The least relaxed loss in units of [`Model::loss_unit`](super::Model::loss_unit), without the constant.
    pub(in crate::train) value: f64,
    /// Weights where it is attained: a block of `rank` (ReLU, in float features, `a_j = ±1`) or 1 (threshold, `t_j ≥ 0`) numbers a neuron, then the output bias if there is one.
    pub(in crate::train) w: Vec<f64>,
    /// The dual `u ≈ y − φ`, one number an item (times the item's weight).
    pub(in crate::train) u: Vec<f64>,
    /// The multipliers `p_js` of ReLU neurons, `p[j·sites + s]`; only those with `a_j U_s < 0` mean anything.
    pub(in crate::train) p: Vec<f64>,
}

/// A proof that every network of a node loses much: `u` and `p` of the parent module, in integers (any positive multiple proves the same).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::train) struct Leaf {
    /// One number an item.
    pub(in crate::train) u: Vec<Integer>,
    /// For each neuron the sites with `p_js ≠ 0`, increasing, with their values.
    pub(in crate::train) p: Vec<Vec<(usize, Integer)>>,
}
