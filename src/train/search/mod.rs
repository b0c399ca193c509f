//! Branch and bound on activation bits, with a certificate for every closed node.
//!
//! Write `x̃_i = (x_i, 1)`, let `a_j = ±1` be the sign of neuron `j`'s output weight (ReLU: its magnitude is absorbed by the weights; threshold: the
//! magnitude stays an unknown `t_j ≥ 0`). A *node* of the tree is a choice of signs and, for each neuron, a polyhedral cone
//! `K_j = {w : s_l x̃_l·w ≥ 0 for its decided points l}`. The root nodes are the `k+1` sign classes with `K_j = R^{d+1}`; an inner node splits one
//! neuron's cone by the hyperplane of one data point; and neurons with equal signs and cones are exchangeable, so that a group of `q` of them
//! needs `q+1` children instead of `2^q`.
//!
//! **The bound.** Let `u ∈ Rⁿ` be such that `u·φ ≤ 0` for every network `φ` of a node. Then with `y = φ + (y − φ)` the loss of each is at least
//! `(u·y)²/(u·u)` (squares, if `u·y > 0`), `u·y / max|u_i|` (absolute values), `u·y / Σ|u_i|` (maximum). Such a `u` is recognised neuron by neuron,
//! on the generators (rays) of its cone: with numbers `0 ≤ p_ij ≤ |u_i|` it suffices that for every neuron `j` and every generator `r` of `K_j`
//!
//! ```text
//! Σ_{i : a_j u_i > 0} |u_i| max(0, x̃_i·r)  −  Σ_{i : a_j u_i < 0} p_ij x̃_i·r  ≤  0                      (ReLU)
//! ```
//!
//! because `max(0, x̃_i·w)` lies below its values on the generators (it is sublinear) and above each `θ x̃_i·w`, `0 ≤ θ ≤ 1`. For threshold neurons, whose values
//! are 1 on points positive on all of `K_j`, 0 on points negative there and either elsewhere, the condition is
//! `Σ_{on} a_j u_i + Σ_{undecided} max(0, a_j u_i) ≤ 0`. With an output bias, `Σ u_i = 0` in addition.
//!
//! Floats propose `u` and `p`, integers dispose.

mod collinear;
mod cone;
mod model;
mod node;
mod zero;

pub(in crate::train) use collinear::{Bend, Lines, Service};
pub(in crate::train) use cone::{Cone, State};
pub(in crate::train) use model::{Item, Model};
pub(in crate::train) use node::{Leaf, Node, Relaxation};
pub(in crate::train) use zero::{Extra, ZeroVerdict, zero_error};
