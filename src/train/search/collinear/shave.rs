//! Cuts that counting implies.
//!
//! If a line has as many bends as there are neurons that can serve any of them, every one of these neurons serves exactly one, and so breaks inside its segment. A cut beyond all segments that are left to it
//! leaves the line, or another one, with too few neurons. Such a cut is a split one child of which is closed at once by a count; the other child knows on which side of the neuron
//! all sites beyond the cut lie. So neurons are confined to the part of each line where they are needed, which makes the linear program strong.

use super::Lines;
use crate::instance::Activation;
use crate::train::search::{Model, Node, State};
use std::sync::Arc;

impl Lines {
    /// A bit, one of whose values is refuted by a count: a neuron and a site. Uncut neurons that may be mirrored have no such bit, as one of its values is chosen.
    /// In the plane only, where cones are polygons and cuts cost little, and for ReLU, where the linear program is what takes time.
    pub(in crate::train) fn implied_bit(&self, model: &Model<'_>, node: &Node, mirrored: bool) -> Option<(usize, usize)> {
        if model.rank() > 3 || self.activation == Activation::Threshold {
            return None;
        }
        self.families.iter().filter(|family| family.len() >= 2).find_map(|family| {
            let tables: Vec<_> = (0..node.cones.len()).map(|j| self.table(model, node, j)).collect();
            let serving: Vec<usize> = (0..tables.len()).filter(|&j| family.iter().any(|&b| tables[j][b].contains(&true))).collect();
            if serving.len() != family.len() {
                return None;
            }
            let matching = self.matching(model, node, family);
            serving.into_iter().find_map(|j| {
                let cone = &node.cones[j];
                if mirrored && cone.bits.is_empty() {
                    return None;
                }
                let mut allowed = (0..family.len()).filter(|&t| matching.allows(t, j));
                let first = self.bends[family[allowed.next()?]].ends;
                let last = allowed.next_back().map_or(first, |t| self.bends[family[t]].ends);
                // Beyond all segments left to it, then beyond all but one.
                let mut sites = vec![first[0], last[1], first[1], last[0]];
                sites.truncate(if first == last { 2 } else { 4 });
                let site =
                    sites.into_iter().filter(|&s| cone.states[s] == State::Undecided).find(|&s| self.one_side_is_refuted(model, node, j, s))?;
                Some((j, site))
            })
        })
    }

    fn one_side_is_refuted(&self, model: &Model<'_>, node: &Node, j: usize, site: usize) -> bool {
        let mut child = node.clone();
        node.cones[j].split(model, site).into_iter().any(|part| {
            child.cones[j] = Arc::new(part);
            self.refute(model, &child).is_some()
        })
    }
}
