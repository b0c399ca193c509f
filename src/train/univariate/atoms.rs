//! What relaxations of all losses share: fitted functions as sums of atoms, and the next atom to take up.

use super::node::{Atom, Class, Shape, Side, Window};
use super::sites::Sites;
use crate::instance::Architecture;

/// The products of a vector on the sites with all atoms.
#[derive(Debug, Default)]
pub(super) struct Products {
    /// `Σ_{l>i} u_l (t_l − t_i)`.
    pub(super) right: Vec<f64>,
    /// `Σ_{l<i} u_l (t_i − t_l)`.
    pub(super) left: Vec<f64>,
    /// `Σ u`.
    pub(super) sum: f64,
}

impl Products {
    pub(super) fn of(&mut self, sites: &Sites, u: &[f64]) {
        let n = sites.len();
        self.right.resize(n, 0.0);
        self.left.resize(n, 0.0);
        let mut sum = 0.0;
        self.right[n - 1] = 0.0;
        for i in (0..n - 1).rev() {
            sum += u[i + 1];
            self.right[i] = self.right[i + 1] + sites.gap[i] * sum;
        }
        self.sum = sum + u[0];
        sum = 0.0;
        self.left[0] = 0.0;
        for i in 1..n {
            sum += u[i - 1];
            self.left[i] = self.left[i - 1] + sites.gap[i - 1] * sum;
        }
    }

    pub(super) fn with(&self, shape: Shape) -> f64 {
        match shape {
            Shape::One => self.sum,
            Shape::Right(i) => self.right[i],
            Shape::Left(i) => self.left[i],
        }
    }
}

/// A term of the fitted function: a shape with a weight, which is free or must have a sign.
#[derive(Debug, Clone, Copy)]
pub(super) struct Term {
    pub(super) shape: Shape,
    /// `None`: of the affine function or the output bias.
    pub(super) class: Option<Class>,
    pub(super) place: usize,
    /// The weight of `a` times the shape; nonnegative unless free.
    pub(super) weight: f64,
}

impl Term {
    pub(super) fn sign(&self) -> f64 {
        self.class.map_or(1.0, Class::sign)
    }
}

/// The terms of a fitted function, its values, and how steeply the loss falls along atoms.
#[derive(Debug)]
pub(super) struct Fit<'a> {
    pub(super) sites: &'a Sites,
    /// How many of the terms, the first ones, are free.
    pub(super) free: usize,
    pub(super) terms: Vec<Term>,
    bends: Vec<f64>,
    pub(super) values: Vec<f64>,
    products: Products,
    norms: [Vec<f64>; 2],
}

impl<'a> Fit<'a> {
    pub(super) fn new(sites: &'a Sites, architecture: Architecture) -> Self {
        let free = if architecture.affine { 2.min(sites.len()) } else { usize::from(architecture.output_bias) };
        let norms = |moments: &[[f64; 3]]| moments.iter().map(|m| m[2].sqrt()).collect();
        Fit {
            sites,
            free,
            terms: Vec::new(),
            bends: vec![0.0; sites.len()],
            values: vec![0.0; sites.len()],
            products: Products::default(),
            norms: [norms(&sites.right), norms(&sites.left)],
        }
    }

    /// The terms to begin with: the free ones, and those of `start` that lie in the windows.
    pub(super) fn initial(&self, windows: &[Window], start: &[(Atom, f64)]) -> Vec<Term> {
        let free = [Shape::One, Shape::Right(0)].into_iter().take(self.free).map(|shape| Term { shape, class: None, place: 0, weight: 0.0 });
        let inside = |atom: &Atom| windows.iter().any(|w| w.class == atom.class && w.first <= atom.place && atom.place <= w.last);
        free.chain(start.iter().filter(|(atom, _)| inside(atom)).map(|&(atom, weight)| self.term(atom, weight))).collect()
    }

    pub(super) fn term(&self, atom: Atom, weight: f64) -> Term {
        Term { shape: atom.shape(self.sites.len()), class: Some(atom.class), place: atom.place, weight }
    }

    pub(super) fn has(&self, atom: Atom) -> bool {
        self.terms.iter().any(|term| term.class == Some(atom.class) && term.place == atom.place)
    }

    /// The atoms, with their weights.
    pub(super) fn atoms(&self) -> impl Iterator<Item = (Atom, f64)> + '_ {
        self.terms.iter().filter_map(|term| Some((Atom { class: term.class?, place: term.place }, term.weight)))
    }

    /// The values of the sum of all terms.
    pub(super) fn evaluate(&mut self) {
        self.bends.fill(0.0);
        let (mut value, mut slope) = (0.0, 0.0);
        for term in &self.terms {
            let weight = term.sign() * term.weight;
            match term.shape {
                Shape::One => value += weight,
                Shape::Right(i) => self.bends[i] += weight,
                Shape::Left(i) => {
                    self.bends[i] += weight;
                    slope -= weight;
                    value += weight * self.sites.position[i];
                }
            }
        }
        for (i, (into, bend)) in self.values.iter_mut().zip(&self.bends).enumerate() {
            *into = value;
            slope += bend;
            value += slope * self.sites.gap.get(i).copied().unwrap_or(0.0);
        }
    }

    /// The atom of the windows whose product with `u`, relative to its norm, is the largest, unless none is larger than `least`.
    pub(super) fn steepest(&mut self, windows: &[Window], u: &[f64], least: f64) -> Option<Atom> {
        self.products.of(self.sites, u);
        let n = self.sites.len();
        let norm_of_one = (self.sites.right[0][0] + self.sites.weight[0]).sqrt();
        let mut best = None;
        let mut least = least;
        for window in windows {
            let sign = window.class.sign();
            let (products, norms, shift, constant) = match window.class.side {
                Side::Right => (&self.products.right, &self.norms[0], 1, (window.first == 0).then_some(0)),
                Side::Left => (&self.products.left, &self.norms[1], 0, (window.last == n).then_some(n)),
            };
            let slope = sign * self.products.sum / norm_of_one;
            if let Some(place) = constant.filter(|_| slope > least) {
                least = slope;
                best = Some(Atom { class: window.class, place });
            }
            let from = window.first.max(shift) - shift;
            let to = (window.last - shift).min(n - 1);
            for i in from..=to {
                let slope = sign * products[i];
                if slope > least * norms[i] && norms[i] > 0.0 {
                    least = slope / norms[i];
                    best = Some(Atom { class: window.class, place: i + shift });
                }
            }
        }
        best
    }
}
