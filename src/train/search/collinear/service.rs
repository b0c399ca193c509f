//! Who can serve which bend.
//!
//! A neuron with cone `K` can be off at `a` and on at `c` if some `w ∈ K` has `x̃_a·w < 0 < x̃_c·w`. Let `u_r = −x̃_a·r` and `v_r = x̃_c·r` for the generators `r`. Such a `w` exists iff a positive combination of one
//! or two of the vectors `(u_r, v_r)` lies in the open quadrant: some `r` has `u_r, v_r > 0`, or two have `u_r > 0`, `v_s > 0` and `u_r v_s > u_s v_r`, the determinant of what a combination of them needs.

use super::{Bend, Lines};
use crate::instance::Activation;
use crate::train::search::{Cone, Model, Node, State};
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

/// For each bend whether the neuron can serve it off at the first end, and on there.
pub(super) type Table = Arc<[[bool; 2]]>;

/// The cuts of a cone.
type Cuts = Vec<(usize, bool)>;

/// Tables by the cuts of the cone, one for each sign of the neuron: most neurons of a node have the cones of its parent.
#[derive(Debug, Clone, Default)]
pub(super) struct Tables(RefCell<HashMap<Cuts, [Option<Table>; 2]>>);

/// Whether some `w` of the cone has `x̃_off·w < 0 < x̃_on·w`.
pub(super) fn separates(model: &Model<'_>, cone: &Cone, off: usize, on: usize) -> bool {
    /// Values have errors of at most 2^-50 and are at most 1, so products of two have errors below 2^-48, and differences of these below 2^-47 with what rounding adds.
    const ERROR: f64 = 1.0 / (1u64 << 46) as f64;
    match (cone.states[off], cone.states[on]) {
        (State::On, _) | (_, State::Off) => return false,
        (State::Undecided, State::Undecided) => {}
        // One condition holds inside the cone; the other somewhere, hence somewhere inside.
        _ => return true,
    }
    let (below, above) = (|g: &usize| cone.value(*g, off) < 0.0, |g: &usize| cone.value(*g, on) > 0.0);
    let [first, second] = [(0..cone.generators()).filter(below).collect::<Vec<_>>(), (0..cone.generators()).filter(above).collect()];
    if first.iter().any(above) {
        return true;
    }
    let margin = |g: usize, h: usize| cone.value(h, off) * cone.value(g, on) - cone.value(g, off) * cone.value(h, on);
    let pairs = || first.iter().flat_map(|&g| second.iter().map(move |&h| (g, h)));
    let mut close = Vec::new();
    for (g, h) in pairs() {
        let margin = margin(g, h);
        if margin > ERROR {
            return true;
        }
        if margin >= -ERROR {
            close.push((g, h));
        }
    }
    let value = |g: usize, site: usize| cone.exact_value(model, g, site);
    close.into_iter().any(|(g, h)| value(g, off) * value(h, on) < value(h, off) * value(g, on))
}

impl Lines {
    /// Which bends neuron `j` can serve.
    pub(super) fn table(&self, model: &Model<'_>, node: &Node, j: usize) -> Table {
        /// Tables kept.
        const MOST: usize = 20_000;
        let (cone, plus) = (&node.cones[j], node.plus[j]);
        let mut tables = self.tables.0.borrow_mut();
        if let Some(table) = tables.get(&cone.bits[..]).and_then(|signs| signs[usize::from(plus)].as_ref()) {
            return Arc::clone(table);
        }
        let table: Table = self.bends.iter().map(|bend| [false, true].map(|first_on| self.can_serve(model, cone, plus, bend, first_on))).collect();
        if tables.len() >= MOST {
            tables.clear();
        }
        tables.entry(cone.bits.clone()).or_default()[usize::from(plus)] = Some(Arc::clone(&table));
        table
    }

    /// Whether a neuron can serve `bend` by being on at its first end, or at its second.
    fn can_serve(&self, model: &Model<'_>, cone: &Cone, plus: bool, bend: &Bend, first_on: bool) -> bool {
        let direction = match self.activation {
            Activation::Relu => plus == bend.up,
            Activation::Threshold => (plus == bend.up) != first_on,
        };
        let [first, second] = bend.ends;
        let (off, on) = if first_on { (second, first) } else { (first, second) };
        direction && separates(model, cone, off, on)
    }
}
