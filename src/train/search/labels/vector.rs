//! Vectors that show that some point of a set is wrong, and how many of them count.
//!
//! Points of a site have one value, so that of its two classes the smaller one, or the larger, is wrong. Write *weight* for the difference of their sizes: whatever
//! happens, the smaller size is lost, and the weight in addition if the *majority* is wrong. Only majorities are marked, always by a site's first point of it.

use super::super::certificate::LabelVector;
use super::super::{Model, Node};
use crate::exact::{Integer, Rational, common_denominator, scaled_integer};
use crate::instance::Activation;
use dashu_base::{Abs, Gcd};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is known about the labels of a node.
#[derive(Debug, Clone, Default)]
pub(in crate::train) struct Known {
    /// Marked points, and whether they are right, in the order in which they were marked.
    pub(in crate::train) marks: Vec<(usize, bool)>,
    /// Vectors that hold for the node.
    pub(in crate::train) vectors: Vec<Arc<Vector>>,
}

impl Known {
    /// The memory it takes, in bytes, its part of what it shares.
    pub(in crate::train) fn bytes(&self) -> usize {
        let vectors = self.vectors.iter().map(|vector| (size_of_val(&*vector.terms) + size_of_val(&*vector.sites)) / Arc::strong_count(vector));
        size_of::<Known>() + size_of_val(&*self.marks) + self.vectors.len() * size_of::<Arc<Vector>>() + vectors.sum::<usize>()
    }

    /// With one more mark.
    pub(in crate::train) fn marked(&self, point: usize, right: bool) -> Known {
        let mut known = self.clone();
        known.marks.push((point, right));
        known
    }
}

/// A condition on the value of a site: with the neurons of the set as they are in the interior of their cones and all others 0, it is positive, or it is not.
///
/// It holds for all networks of a node that give the site this class, if the set is that of [`conditions`](super::conditions).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::train) struct Condition {
    pub(in crate::train) site: usize,
    pub(in crate::train) positive: bool,
    /// The set of neurons, by bits.
    pub(in crate::train) neurons: u64,
}

/// Multiples of conditions that contradict each other within the cones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::train) struct Vector {
    pub(in crate::train) terms: Vec<(Condition, Integer)>,
    /// The sites of the terms, increasing, each once, and whether they should be positive.
    pub(in crate::train) sites: Vec<(usize, bool)>,
}

impl Vector {
    pub(super) fn new(terms: impl IntoIterator<Item = (Condition, Rational)>) -> Self {
        let (conditions, values): (Vec<Condition>, Vec<Rational>) = terms.into_iter().filter(|(_, value)| !value.is_zero()).unzip();
        let scale = common_denominator(&values);
        let integers: Vec<Integer> = values.iter().map(|value| scaled_integer(value, &scale)).collect();
        let divisor = integers.iter().fold(Integer::ZERO, |g, x| if g.is_zero() { x.clone() } else { Integer::from((&g).gcd(x)) });
        let terms: Vec<(Condition, Integer)> = conditions.into_iter().zip(integers.into_iter().map(|x| x / &divisor)).collect();
        let mut sites: Vec<(usize, bool)> = terms.iter().map(|(condition, _)| (condition.site, condition.positive)).collect();
        sites.sort_unstable();
        sites.dedup();
        Vector { terms, sites }
    }

    /// For the file: `points[i]` stands for the `i`-th site.
    fn written(&self, model: &Model<'_>, node: &Node, points: &[usize]) -> LabelVector {
        let mut u: Vec<(usize, Integer)> = self.sites.iter().zip(points).map(|(_, &point)| (point, Integer::ZERO)).collect();
        let width = node.cones.len();
        let mut p: Vec<BTreeMap<usize, Integer>> = vec![BTreeMap::new(); width];
        for (condition, value) in &self.terms {
            let place = self.sites.binary_search(&(condition.site, condition.positive)).expect("the sites are those of the terms");
            match condition.positive {
                true => u[place].1 += value,
                false => u[place].1 -= value,
            }
            if model.activation() == Activation::Relu {
                let against = |j: usize| condition.neurons >> j & 1 == 1 && node.plus[j] != condition.positive;
                for (_, p) in p.iter_mut().enumerate().filter(|(j, _)| against(*j)) {
                    *p.entry(condition.site).or_insert(Integer::ZERO) += value;
                }
            }
        }
        u.sort_unstable_by_key(|&(point, _)| point);
        LabelVector { u, p: p.into_iter().map(|p| p.into_iter().collect()).collect() }
    }
}

/// A site's points by class.
#[derive(Debug, Clone)]
pub(super) struct Classes {
    /// Whether the majority is of the positive class.
    pub(super) positive: bool,
    pub(super) majority: Vec<usize>,
    pub(super) minority: Vec<usize>,
}

impl Classes {
    pub(super) fn all(model: &Model<'_>) -> Vec<Classes> {
        (0..model.sites())
            .map(|site| {
                let of = |class: bool| {
                    model.items_of_site[site].iter().copied().filter(|&i| (model.items[i].target > Rational::ZERO) == class).collect::<Vec<usize>>()
                };
                let (plus, other) = (of(true), of(false));
                let positive = plus.len() > other.len();
                let (majority, minority) = if positive { (plus, other) } else { (other, plus) };
                Classes { positive, majority, minority }
            })
            .collect()
    }

    pub(super) fn weight(&self) -> usize {
        self.majority.len() - self.minority.len()
    }
}

/// Vectors whose supports are disjoint, and how many points they show to be wrong.
#[derive(Debug, Clone)]
pub(super) struct Packing {
    /// For each site its mark: whether the majority is right.
    pub(super) marks: Vec<Option<bool>>,
    /// How many vectors may still contain the site.
    pub(super) left: Vec<usize>,
    /// The vectors, and how often each counts.
    pub(super) vectors: Vec<(Arc<Vector>, usize)>,
    /// How many points are wrong at least.
    pub(super) wrong: usize,
    /// Whether some vector has all of its support marked: the node is empty.
    pub(super) empty: bool,
}

impl Packing {
    pub(super) fn new(model: &Model<'_>, classes: &[Classes], known: &Known) -> Self {
        let mut packing = Packing {
            marks: vec![None; classes.len()],
            left: classes.iter().map(Classes::weight).collect(),
            vectors: Vec::new(),
            wrong: classes.iter().map(|site| site.minority.len()).sum(),
            empty: false,
        };
        for &(point, right) in &known.marks {
            let site = model.items[point].site;
            packing.marks[site] = Some(right);
            packing.left[site] = 0;
            if !right {
                packing.wrong += classes[site].weight();
            }
        }
        let mut vectors = known.vectors.clone();
        vectors.sort_by_key(|vector| vector.sites.iter().filter(|(site, _)| packing.marks[*site].is_none()).count());
        for vector in vectors {
            packing.add(classes, vector);
        }
        packing
    }

    /// Whether the site should be positive in this node.
    pub(super) fn should_be_positive(&self, classes: &[Classes], site: usize) -> bool {
        classes[site].positive == self.marks[site].unwrap_or(true)
    }

    /// Adds a vector as often as its support is free.
    pub(super) fn add(&mut self, classes: &[Classes], vector: Arc<Vector>) -> bool {
        if vector.sites.iter().any(|&(site, positive)| positive != self.should_be_positive(classes, site)) {
            return false;
        }
        let unmarked = || vector.sites.iter().map(|&(site, _)| site).filter(|&site| self.marks[site].is_none());
        let times = unmarked().map(|site| self.left[site]).min();
        self.empty |= times.is_none();
        let times = times.unwrap_or(1);
        if times == 0 {
            return false;
        }
        for site in unmarked().collect::<Vec<_>>() {
            self.left[site] -= times;
        }
        self.wrong += times;
        self.vectors.push((vector, times));
        true
    }

    /// The vectors for the file: those of single sites, which compare points of equal value, and those of the packing.
    pub(super) fn written(&self, model: &Model<'_>, node: &Node, classes: &[Classes]) -> Vec<LabelVector> {
        let mut written = Vec::new();
        for (site, own) in self.marks.iter().zip(classes) {
            let width = node.cones.len();
            let mut pair = |positive: usize, other: usize| {
                let mut u = vec![(positive, Integer::ONE), (other, Integer::NEG_ONE)];
                u.sort_unstable_by_key(|&(point, _)| point);
                written.push(LabelVector { u, p: vec![Vec::new(); width] });
            };
            if *site == Some(false) {
                // The first point is marked; the others of its class should be as it is not.
                for &point in &own.majority[1..] {
                    if own.positive { pair(point, own.majority[0]) } else { pair(own.majority[0], point) }
                }
            } else {
                for (&point, &against) in own.minority.iter().zip(own.majority.iter().rev()) {
                    if own.positive { pair(against, point) } else { pair(point, against) }
                }
            }
        }
        let mut used = vec![0; classes.len()];
        for (vector, times) in &self.vectors {
            for _ in 0..*times {
                let points: Vec<usize> = vector
                    .sites
                    .iter()
                    .map(|&(site, _)| {
                        if self.marks[site].is_none() {
                            used[site] += 1;
                            classes[site].majority[used[site] - 1]
                        } else {
                            classes[site].majority[0]
                        }
                    })
                    .collect();
                written.push(vector.written(model, node, &points));
            }
        }
        debug_assert!(written.iter().all(|v| v.u.iter().all(|(_, u)| u.clone().abs() > Integer::ZERO)));
        written
    }
}
