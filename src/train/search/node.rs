//! The nodes of the tree, and what passes between the float relaxation, the exact leaf and the tree.

use super::certificate::LabelVector;
use super::collinear::{Bend, Service};
use super::cone::{Cone, State};
use super::labels::Known;
use super::model::Model;
use crate::exact::{Integer, Rational};
use std::sync::Arc;

/// A node: a sign and a cone for each neuron.
///
/// Neurons with the same sign and the same cone are exchangeable; they share it (`Arc::ptr_eq`), from the root on. Where the class has an affine function it comes last, see
/// [`Model::has_affine`]: a neuron of sign + that is never split.
#[derive(Debug, Clone)]
pub(in crate::train) struct Node {
    /// For each neuron whether the sign `a_j` of its output weight is +1.
    pub(in crate::train) plus: Arc<[bool]>,
    /// The cones of the neurons' weights.
    pub(in crate::train) cones: Vec<Arc<Cone>>,
    /// What is known about the labels (0-1 loss).
    pub(in crate::train) known: Option<Arc<Known>>,
}

/// How a node is split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::train) enum Split {
    /// The neurons of `group` are exchangeable, and child `t` takes `site` on for the first `t` of them, off for the others.
    Bit { site: usize, group: Vec<usize> },
    /// Whether this point is wrong, or right (0-1 loss).
    Point(usize),
    /// Child `t` serves the bend by service `t` (zero error).
    Bend { bend: Bend, services: Vec<Service> },
}

/// A proof that closes a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::train) enum Proof {
    Leaf(Leaf),
    /// Each vector finds another wrong point (0-1 loss).
    Labels(Vec<LabelVector>),
    /// These bends need more neurons than can serve them (zero error).
    Count(Vec<Bend>),
}

/// What the float relaxation of a node proposes. Nothing of it is proven.
#[derive(Debug, Clone, Default)]
pub(in crate::train) struct Relaxation {
    /// The least relaxed loss in units of [`Model::loss_unit`], without the constant.
    pub(in crate::train) value: f64,
    /// Weights where it is attained, an affine function among the neurons: a block of `rank` (ReLU, in float features, `a_j = ±1`) or 1 (threshold, `t_j ≥ 0`) numbers a neuron, then the output bias if there is one.
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

/// A leaf with the bound that it proves for a node: the nodes below have no other networks, so that it holds for them, too.
#[derive(Debug)]
pub(in crate::train) struct Certified {
    pub(in crate::train) leaf: Leaf,
    pub(in crate::train) bound: Rational,
    /// The bound in units of [`Model::loss_unit`] and without the constant, rounded.
    pub(in crate::train) scaled: f64,
}

impl Certified {
    /// The memory it takes, in bytes, roughly.
    pub(in crate::train) fn bytes(&self) -> usize {
        size_of::<Certified>() + size_of_val(&*self.leaf.u) + self.leaf.p.iter().map(|p| size_of_val(&**p)).sum::<usize>()
    }
}

impl Node {
    /// The sign classes: in class `p = 0, …, k` (for convex maps only `p = k`) the first `p` neurons are plus. Every network belongs to one, up to the order of its neurons.
    pub(in crate::train) fn roots(model: &Model<'_>) -> Vec<Node> {
        let width = model.width();
        let whole = Arc::new(Cone::root(model));
        let affine = model.affine_cone();
        let classes = model.instance().architecture.sign_classes();
        classes.map(|p| Node::new(p, vec![Arc::clone(&whole); width], affine.as_ref())).collect()
    }

    /// The node of these cones, the first `plus` of which belong to plus neurons, and of [`Model::affine_cone`].
    pub(in crate::train) fn new(plus: usize, mut cones: Vec<Arc<Cone>>, affine: Option<&Arc<Cone>>) -> Node {
        let mut signs: Vec<bool> = (0..cones.len()).map(|j| j < plus).collect();
        if let Some(affine) = affine {
            signs.push(true);
            cones.push(Arc::clone(affine));
        }
        Node { plus: signs.into(), cones, known: None }
    }

    /// The neurons that are exchangeable with `neuron`, in increasing order, itself among them.
    pub(in crate::train) fn group(&self, neuron: usize) -> Vec<usize> {
        (0..self.cones.len()).filter(|&j| self.plus[j] == self.plus[neuron] && Arc::ptr_eq(&self.cones[j], &self.cones[neuron])).collect()
    }

    /// The children of a split, from none on to all on; wrong, and right.
    pub(in crate::train) fn children(&self, model: &Model<'_>, split: &Split) -> Vec<Node> {
        let (site, group) = match split {
            Split::Bit { site, group } => (*site, group),
            Split::Point(point) => {
                let known = self.known.as_deref().cloned().unwrap_or_default();
                let mark = |right: bool| Node { known: Some(Arc::new(known.marked(*point, right))), ..self.clone() };
                return vec![mark(false), mark(true)];
            }
            Split::Bend { bend, services } => return services.iter().map(|service| self.serving(model, bend, service)).collect(),
        };
        let [off, on] = self.cones[group[0]].split(model, site).map(Arc::new);
        // Neurons without a cut may be mirrored.
        let least = if model.mirrored && self.cones[group[0]].bits.is_empty() { group.len() } else { 0 };
        (least..=group.len())
            .map(|taken| {
                let mut child = self.clone();
                for (place, &j) in group.iter().enumerate() {
                    child.cones[j] = Arc::clone(if place < taken { &on } else { &off });
                }
                child
            })
            .collect()
    }

    /// The part of the node in which the service's neuron serves the bend: the cut where it is off comes first.
    fn serving(&self, model: &Model<'_>, bend: &Bend, service: &Service) -> Node {
        let [first, second] = bend.ends;
        let (off, on) = if service.first_on { (second, first) } else { (first, second) };
        let mut child = self.clone();
        let cone = &mut child.cones[service.neuron];
        for (site, on) in [(off, false), (on, true)] {
            if cone.states[site] == State::Undecided {
                *cone = Arc::new(cone.cut(model, site, on));
            }
        }
        child
    }

    /// The memory it takes, in bytes, its part of what it shares with other nodes.
    pub(in crate::train) fn bytes(&self) -> usize {
        let cones = self.cones.iter().map(|cone| size_of::<Arc<Cone>>() + cone.bytes() / Arc::strong_count(cone));
        let known = self.known.as_ref().map_or(0, |known| known.bytes() / Arc::strong_count(known));
        self.plus.len() / Arc::strong_count(&self.plus) + cones.sum::<usize>() + known
    }

    /// Whether neuron `j` is undecided at `site`.
    pub(in crate::train) fn is_open(&self, j: usize, site: usize) -> bool {
        self.cones[j].states[site] == State::Undecided
    }

    /// Whether every neuron is decided at every site.
    pub(in crate::train) fn is_decided(&self) -> bool {
        self.cones.iter().all(|cone| !cone.states.contains(&State::Undecided))
    }

    /// The sign `a_j` as a float.
    pub(in crate::train) fn sign(&self, j: usize) -> f64 {
        if self.plus[j] { 1.0 } else { -1.0 }
    }
}
