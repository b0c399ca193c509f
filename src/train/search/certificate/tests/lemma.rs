//! Zero error: triples of collinear sites split a node or close it.

use super::producer::Producer;
use crate::exact::Rational;
use crate::train::search::{Bend, Cone, Node, State};
use std::collections::BTreeMap;
use std::sync::Arc;

impl Producer<'_> {
    /// The cone of a neuron that is strictly negative at one site and strictly positive at another.
    fn crossing(&self, cone: &Arc<Cone>, off: usize, on: usize) -> Option<Arc<Cone>> {
        let side = |cone: &Arc<Cone>, site: usize, on: bool| match cone.states[site] {
            State::Undecided => Some(Arc::new(cone.cut(self.model, site, on))),
            state => ((state == State::On) == on).then(|| Arc::clone(cone)),
        };
        side(&side(cone, off, false)?, on, true)
    }

    /// Splits or closes a node by a triple, if that brings something new.
    pub(super) fn lemma(&mut self, id: u64, node: &Node) -> bool {
        let sites = self.model.sites();
        let target = |s: usize| &self.targets[self.site_of_item.iter().position(|&t| t == s).unwrap()];
        let mut triples = Vec::new();
        for a in 0..sites {
            for b in 0..sites {
                for c in a + 1..sites {
                    let along = |s: usize, column: usize| Rational::from(self.model.row(s)[column].clone() - &self.model.row(a)[column]);
                    let Some(column) = (0..self.model.rank()).find(|&i| along(c, i) != Rational::ZERO) else { continue };
                    let share = along(b, column) / along(c, column);
                    let bend = target(b) - target(a) - &share * (target(c) - target(a));
                    let between = share > Rational::ZERO && share < Rational::ONE;
                    if between && bend != Rational::ZERO && (0..self.model.rank()).all(|i| along(b, i) == &share * along(c, i)) {
                        triples.push(([a, b, c], bend < Rational::ZERO));
                    }
                }
            }
        }
        let of_sign = |plus: bool| (0..node.cones.len()).filter(move |&j| node.plus[j] == plus);
        let breaks = |j: usize, [a, _, c]: [usize; 3]| self.crossing(&node.cones[j], a, c).is_some() || self.crossing(&node.cones[j], c, a).is_some();
        // One-dimensional data: all triples are on one line.
        if self.model.instance().data.dimension() == 1 {
            let x = |s: usize| &self.model.instance().data.points()[self.model.design().points_of_row(s)[0]][0];
            for sign in [true, false] {
                let mut chain: Vec<[usize; 3]> = Vec::new();
                let mut kind: Vec<[usize; 3]> = triples.iter().filter(|(_, plus)| *plus == sign).map(|(triple, _)| *triple).collect();
                kind.sort_by_key(|&[a, _, c]| x(a).max(x(c)));
                for [a, b, c] in kind {
                    if chain.iter().all(|&[d, _, f]| x(d).max(x(f)) <= x(a).min(x(c))) {
                        chain.push([a, b, c]);
                    }
                }
                if of_sign(sign).filter(|&j| chain.iter().any(|&triple| breaks(j, triple))).count() < chain.len() {
                    let bends: Vec<Bend> = chain.iter().map(|&triple| bend(triple, sign)).collect();
                    self.writer.count(id, &bends).unwrap();
                    self.count("count");
                    return true;
                }
            }
        }
        for (triple @ [a, _, c], sign) in triples {
            let first = |j: usize| !(0..j).any(|l| node.plus[l] == node.plus[j] && node.cones[l].bits == node.cones[j].bits);
            let options = of_sign(sign).filter(|&j| first(j)).flat_map(|j| [(j, a, c), (j, c, a)]);
            let children: Vec<(usize, Arc<Cone>)> =
                options.filter_map(|(j, off, on)| self.crossing(&node.cones[j], off, on).map(|cone| (j, cone))).collect();
            if children.iter().any(|(j, cone)| cone.bits == node.cones[*j].bits) {
                continue;
            }
            self.count("triple");
            let ids = self.writer.triple(id, &bend(triple, sign), children.len()).unwrap();
            for (child, (j, cone)) in ids.zip(children) {
                let mut cones = node.cones.clone();
                cones[j] = cone;
                self.node(child, &Node { plus: Arc::clone(&node.plus), cones, known: None }, &BTreeMap::new());
            }
            return true;
        }
        false
    }
}

fn bend([a, b, c]: [usize; 3], up: bool) -> Bend {
    Bend { ends: [a, c], middle: Some(b), up }
}
