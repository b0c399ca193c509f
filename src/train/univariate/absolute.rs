//! The relaxation of a node for the sum of absolute residuals.
//!
//! With `p` atoms, a vertex has `p` tight conditions: points that are met, and weights that are 0. From vertex to vertex the loss is lowered along an edge, which leaves one of these conditions, to where its slope changes sign: the points in
//! between are crossed in one step (Barrodale and Roberts). A further atom comes with its weight 0 tight, so that the vertex remains one: each program starts where the last one ended.
//!
//! # References
//! I. Barrodale, F. D. K. Roberts, *An improved algorithm for discrete l₁ linear approximation*, SIAM J. Numer. Anal. 10 (1973).

use super::atoms::{Fit, Products};
use super::node::{Atom, Shape, Window};
use super::sites::Sites;
use crate::instance::Architecture;

/// Products with multipliers are zero from here on, relative to the norms.
const OPTIMAL: f64 = 1e-9;

/// Multipliers may exceed their bounds by so much.
const TOLERANCE: f64 = 1e-10;

/// Residuals of this size have the sign that they had.
const MET: f64 = 1e-12;

/// A condition that is tight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tight {
    /// A term's weight is 0.
    Zero(usize),
    /// A point is met; its site and its place among the targets.
    Point(usize, usize),
}

/// The relaxation for the sum of absolute residuals.
#[derive(Debug)]
pub(super) struct Absolute<'a> {
    fit: Fit<'a>,
    tight: Vec<Tight>,
    /// Column `r`: how the weights change if the value of condition `r` rises by one and the others stay.
    edges: Vec<Vec<f64>>,
    /// Of each tight condition.
    multipliers: Vec<f64>,
    /// ±1 for the points, 0 where they are tight.
    signs: Vec<f64>,
    products: Products,
    /// Values along an edge.
    slopes: Vec<f64>,
    breaks: Vec<(f64, f64, Tight)>,
    v: Vec<f64>,
    u: Vec<f64>,
}

impl<'a> Absolute<'a> {
    pub(super) fn new(sites: &'a Sites, architecture: Architecture) -> Self {
        Absolute {
            fit: Fit::new(sites, architecture),
            tight: Vec::new(),
            edges: Vec::new(),
            multipliers: Vec::new(),
            signs: vec![0.0; sites.targets.len()],
            products: Products::default(),
            slopes: vec![0.0; sites.len()],
            breaks: Vec::new(),
            v: vec![0.0; sites.targets.len()],
            u: vec![0.0; sites.len()],
        }
    }

    /// Multipliers of the points, and their sums over the sites.
    pub(super) fn dual(&self) -> (&[f64], &[f64]) {
        (&self.u, &self.v)
    }

    /// The last solution.
    pub(super) fn fit(&self) -> &Fit<'a> {
        &self.fit
    }

    /// Minimises over the cones of `windows`, with the atoms of `start` that lie in them to begin with and `most` atoms at most; the least loss, or that so far.
    pub(super) fn solve(&mut self, windows: &[Window], start: &[(Atom, f64)], most: usize) -> f64 {
        self.fit.terms = self.fit.initial(windows, start);
        let p = self.fit.terms.len();
        self.fit.terms.iter_mut().for_each(|term| term.weight = 0.0);
        self.tight = (0..p).map(Tight::Zero).collect();
        self.edges = (0..p).map(|r| (0..p).map(|i| if i == r { 1.0 } else { 0.0 }).collect()).collect();
        for (sign, y) in self.signs.iter_mut().zip(&self.fit.sites.targets) {
            *sign = if *y < 0.0 { -1.0 } else { 1.0 };
        }
        let least = OPTIMAL * (self.fit.sites.targets.len() as f64).sqrt();
        loop {
            let solved = self.descend();
            let value = self.value();
            let Some(atom) = self.fit.steepest(windows, &self.u, least).filter(|_| solved) else { return value };
            if self.fit.terms.len() >= most + self.fit.free || self.fit.has(atom) {
                return value;
            }
            self.take_up(atom);
        }
    }

    /// A further term, of weight 0.
    fn take_up(&mut self, atom: Atom) {
        let term = self.fit.term(atom, 0.0);
        let p = self.fit.terms.len();
        self.fit.terms.push(term);
        // If its weight rises by one, the other conditions stay if the other weights make up for it.
        let mut edge = vec![0.0; p + 1];
        for (tight, other) in self.tight.iter().zip(&self.edges) {
            let change = match *tight {
                Tight::Zero(_) => 0.0,
                Tight::Point(site, _) => term.sign() * self.shape_at(term.shape, site),
            };
            if change != 0.0 {
                edge.iter_mut().zip(other).for_each(|(e, o)| *e -= change * o);
            }
        }
        edge[p] = 1.0;
        self.edges.iter_mut().for_each(|edge| edge.push(0.0));
        self.edges.push(edge);
        self.tight.push(Tight::Zero(p));
    }

    fn shape_at(&self, shape: Shape, site: usize) -> f64 {
        let position = &self.fit.sites.position;
        match shape {
            Shape::One => 1.0,
            Shape::Right(i) => (position[site] - position[i]).max(0.0),
            Shape::Left(i) => (position[i] - position[site]).max(0.0),
        }
    }

    /// Goes from vertex to vertex until no edge lowers the loss. False if that takes too long.
    fn descend(&mut self) -> bool {
        let limit = 50 + 5 * self.fit.terms.len();
        for _ in 0..limit {
            self.update_point();
            self.update_multipliers();
            let Some((leaving, direction)) = self.steepest_edge() else { return true };
            if !self.follow(leaving, direction) {
                return false;
            }
        }
        self.update_point();
        self.update_multipliers();
        false
    }

    /// The weights, from the conditions that are tight, and the values.
    fn update_point(&mut self) {
        let targets = &self.fit.sites.targets;
        for i in 0..self.fit.terms.len() {
            let weight = self.tight.iter().zip(&self.edges).map(|(tight, edge)| match tight {
                Tight::Zero(_) => 0.0,
                Tight::Point(_, l) => targets[*l] * edge[i],
            });
            let weight: f64 = weight.sum();
            self.fit.terms[i].weight = if i < self.fit.free { weight } else { weight.max(0.0) };
        }
        self.fit.evaluate();
        let sites = self.fit.sites;
        for site in 0..sites.len() {
            for l in sites.first[site]..sites.first[site + 1] {
                let residual = sites.targets[l] - self.fit.values[site];
                if residual.abs() > MET && self.signs[l] != 0.0 {
                    self.signs[l] = residual.signum();
                }
            }
        }
    }

    /// The multipliers of tight conditions, and with them `v` and `u`.
    fn update_multipliers(&mut self) {
        let sites = self.fit.sites;
        for site in 0..sites.len() {
            self.u[site] = self.signs[sites.first[site]..sites.first[site + 1]].iter().sum();
        }
        self.products.of(sites, &self.u);
        let gradient: Vec<f64> = self.fit.terms.iter().map(|term| term.sign() * self.products.with(term.shape)).collect();
        self.multipliers.clear();
        self.multipliers.extend(self.edges.iter().map(|edge| -edge.iter().zip(&gradient).map(|(e, g)| e * g).sum::<f64>()));
        self.v.copy_from_slice(&self.signs);
        for (tight, multiplier) in self.tight.iter().zip(&self.multipliers) {
            if let Tight::Point(site, l) = *tight {
                self.v[l] = multiplier.clamp(-1.0, 1.0);
                self.u[site] += self.v[l];
            }
        }
    }

    /// The condition to leave and the direction in which its value changes.
    fn steepest_edge(&self) -> Option<(usize, f64)> {
        let mut best = None;
        let mut most = TOLERANCE;
        for (r, (tight, &multiplier)) in self.tight.iter().zip(&self.multipliers).enumerate() {
            // The slope of the loss if the value rises is the multiplier, and 1 more for a point, which is then missed.
            let (rising, falling) = match *tight {
                Tight::Point(..) => (-multiplier - 1.0, multiplier - 1.0),
                Tight::Zero(i) if i < self.fit.free => (-multiplier, multiplier),
                Tight::Zero(_) => (-multiplier, f64::NEG_INFINITY),
            };
            for (gain, direction) in [(rising, 1.0), (falling, -1.0)] {
                if gain > most {
                    most = gain;
                    best = Some((r, direction));
                }
            }
        }
        best
    }

    /// Follows an edge to its lowest point, where another condition becomes tight. False if there is none.
    fn follow(&mut self, leaving: usize, direction: f64) -> bool {
        let sites = self.fit.sites;
        let edge: Vec<f64> = self.edges[leaving].iter().map(|e| e * direction).collect();
        let mut slope = direction * self.multipliers[leaving] + f64::from(u8::from(matches!(self.tight[leaving], Tight::Point(..))));
        // The values of the edge's function.
        let weights: Vec<f64> = self.fit.terms.iter().map(|term| term.weight).collect();
        self.fit.terms.iter_mut().zip(&edge).for_each(|(term, e)| term.weight = *e);
        self.fit.evaluate();
        self.slopes.copy_from_slice(&self.fit.values);
        self.fit.terms.iter_mut().zip(&weights).for_each(|(term, w)| term.weight = *w);
        self.fit.evaluate();
        self.breaks.clear();
        for site in 0..sites.len() {
            let a = self.slopes[site];
            for l in sites.first[site]..sites.first[site + 1] {
                if self.signs[l] * a > TOLERANCE {
                    let step = ((sites.targets[l] - self.fit.values[site]) / a).max(0.0);
                    self.breaks.push((step, 2.0 * a.abs(), Tight::Point(site, l)));
                }
            }
        }
        for (i, (term, e)) in self.fit.terms.iter().zip(&edge).enumerate().skip(self.fit.free) {
            if *e < -TOLERANCE && !self.tight.contains(&Tight::Zero(i)) {
                self.breaks.push((term.weight / -e, f64::INFINITY, Tight::Zero(i)));
            }
        }
        self.breaks.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let mut entering = None;
        for &(_, change, tight) in &self.breaks {
            slope += change;
            if slope >= 0.0 {
                entering = Some(tight);
                break;
            }
            if let Tight::Point(_, l) = tight {
                self.signs[l] = -self.signs[l];
            }
        }
        let Some(entering) = entering else { return false };
        if let Tight::Point(_, l) = self.tight[leaving] {
            self.signs[l] = -direction;
        }
        // How much the value of the entering condition changes along each edge.
        let change = |fit: &Fit<'_>, edge: &[f64]| match entering {
            Tight::Zero(i) => edge[i],
            Tight::Point(site, _) => fit.terms.iter().zip(edge).map(|(term, e)| e * term.sign() * self.shape_at(term.shape, site)).sum(),
        };
        let along = change(&self.fit, &self.edges[leaving]);
        let pivot: Vec<f64> = self.edges[leaving].iter().map(|e| e / along).collect();
        let changes: Vec<f64> = self.edges.iter().map(|edge| change(&self.fit, edge)).collect();
        for (r, (edge, change)) in self.edges.iter_mut().zip(changes).enumerate() {
            if r != leaving && change != 0.0 {
                edge.iter_mut().zip(&pivot).for_each(|(e, p)| *e -= change * p);
            }
        }
        self.edges[leaving] = pivot;
        self.tight[leaving] = entering;
        if let Tight::Point(_, l) = entering {
            self.signs[l] = 0.0;
        }
        true
    }

    /// The loss of the fitted function.
    fn value(&mut self) -> f64 {
        let sites = self.fit.sites;
        (0..sites.len())
            .flat_map(|site| (sites.first[site]..sites.first[site + 1]).map(move |l| (site, l)))
            .map(|(site, l)| (sites.targets[l] - self.fit.values[site]).abs())
            .sum()
    }
}
