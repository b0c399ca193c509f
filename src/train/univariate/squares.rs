//! The relaxation of a node, for the squared loss: its neurons' kinks may be spread over their windows.
//!
//! A sum of neurons of a class with kinks in the windows is, on the data, a sum of nonnegative multiples of the atoms in them; the relaxation lets it be any such sum. [`Squares`] minimises over these
//! cones in floats, by the method of Lawson and Hanson: the atoms with positive weight are a handful, and the one to take up next is that whose product with the residuals is the largest. All products of
//! atoms are closed forms of moments, so that a step costs `O(n)`.
//!
//! # References
//! C. L. Lawson, R. J. Hanson, *Solving least squares problems* (1974), chapter 23.

use super::atoms::{Fit, Term};
use super::node::{Atom, Shape, Window};
use super::sites::Sites;
use crate::instance::Architecture;

/// Residual products are zero from here on, relative to the norms.
const OPTIMAL: f64 = 1e-10;

/// Atoms whose Gram matrix has a pivot below this share of its diagonal depend on the others.
const DEPENDENT: f64 = 1e-13;

/// The relaxation for the squared loss.
#[derive(Debug)]
pub(super) struct Squares<'a> {
    fit: Fit<'a>,
    /// Row `i` has the products of term `i` with terms `0..=i`, signs included.
    gram: Vec<Vec<f64>>,
    linear: Vec<f64>,
    factor: Vec<f64>,
    solution: Vec<f64>,
    u: Vec<f64>,
    /// Atoms that depended on others.
    dropped: Vec<Atom>,
}

impl<'a> Squares<'a> {
    pub(super) fn new(sites: &'a Sites, architecture: Architecture) -> Self {
        Squares {
            fit: Fit::new(sites, architecture),
            gram: Vec::new(),
            linear: Vec::new(),
            factor: Vec::new(),
            solution: Vec::new(),
            u: vec![0.0; sites.len()],
            dropped: Vec::new(),
        }
    }

    /// The residuals of the last solution times the weights of the sites: the dual vector.
    pub(super) fn dual(&self) -> &[f64] {
        &self.u
    }

    /// The last solution.
    pub(super) fn fit(&self) -> &Fit<'a> {
        &self.fit
    }

    /// Minimises over the cones of `windows`, from the given atoms where these lie in them, with `most` atoms at most; the least loss, or that so far.
    pub(super) fn solve(&mut self, windows: &[Window], start: &[(Atom, f64)], most: usize) -> f64 {
        self.fit.terms.clear();
        self.gram.clear();
        self.linear.clear();
        for term in self.fit.initial(windows, start) {
            self.push(term);
        }
        self.dropped.clear();
        // Rounding may make the method go in circles.
        for _ in 0..3 * most {
            self.solve_on_support();
            let value = self.evaluate();
            let Some(atom) = self.fit.steepest(windows, &self.u, OPTIMAL * value.sqrt()) else { return value };
            if self.fit.terms.len() >= most + self.fit.free || self.fit.has(atom) || self.dropped.contains(&atom) {
                return value;
            }
            self.push(self.fit.term(atom, 0.0));
        }
        self.evaluate()
    }

    fn push(&mut self, term: Term) {
        let row = self.fit.terms.iter().chain([&term]).map(|other| other.sign() * term.sign() * self.product(term.shape, other.shape)).collect();
        let linear = match term.shape {
            // Σ w ȳ, as `right_target` falls by it times the first gap.
            Shape::One => self.fit.sites.weight.iter().zip(&self.fit.sites.mean).map(|(w, y)| w * y).sum(),
            Shape::Right(i) => self.fit.sites.right_target[i],
            Shape::Left(i) => self.fit.sites.left_target[i],
        };
        self.gram.push(row);
        self.linear.push(term.sign() * linear);
        self.fit.terms.push(term);
    }

    fn remove(&mut self, index: usize) {
        self.fit.terms.remove(index);
        self.linear.remove(index);
        self.gram.remove(index);
        for row in &mut self.gram[index..] {
            row.remove(index);
        }
    }

    /// `Σ w f g` over the sites.
    fn product(&self, f: Shape, g: Shape) -> f64 {
        let Sites { right, left, position, .. } = self.fit.sites;
        let distance = |i: usize, j: usize| position[j] - position[i];
        match (f, g) {
            (Shape::One, Shape::One) => right[0][0] + self.fit.sites.weight[0],
            (Shape::One, Shape::Right(i)) | (Shape::Right(i), Shape::One) => right[i][1],
            (Shape::One, Shape::Left(i)) | (Shape::Left(i), Shape::One) => left[i][1],
            (Shape::Right(i), Shape::Right(j)) => {
                let (i, j) = (i.min(j), i.max(j));
                right[j][2] + distance(i, j) * right[j][1]
            }
            (Shape::Left(i), Shape::Left(j)) => {
                let (i, j) = (i.min(j), i.max(j));
                left[i][2] + distance(i, j) * left[i][1]
            }
            (Shape::Right(i), Shape::Left(j)) | (Shape::Left(j), Shape::Right(i)) => {
                /// So few terms are rather summed up than taken as a difference.
                const FEW: usize = 16;
                if j <= i + 1 {
                    0.0
                } else if j - i <= FEW {
                    (i + 1..j).map(|l| self.fit.sites.weight[l] * distance(i, l) * distance(l, j)).sum()
                } else {
                    // max(0, t_j − t) = (t_j − t) + max(0, t − t_j).
                    let d = distance(i, j);
                    (d * right[i][1] - right[i][2] + right[j][2] + d * right[j][1]).max(0.0)
                }
            }
        }
    }

    /// Least squares over nonnegative weights of the present terms (Lawson and Hanson's inner loop). Terms that depend on others are dropped.
    fn solve_on_support(&mut self) {
        loop {
            while let Err(dependent) = self.least_squares() {
                if dependent < self.fit.free {
                    // Not with two sites, but for numbers that floats do not tell apart.
                    return;
                }
                let term = self.fit.terms[dependent];
                self.dropped.extend(term.class.map(|class| Atom { class, place: term.place }));
                self.remove(dependent);
            }
            let mut step = 1.0;
            let mut blocking = None;
            for (index, term) in self.fit.terms.iter().enumerate().skip(self.fit.free) {
                let target = self.solution[index];
                if target <= 0.0 {
                    let possible = term.weight / (term.weight - target);
                    // A term that was just taken up has weight 0; rounding must not throw it out again for ever.
                    if possible < step || blocking.is_none() {
                        step = possible.min(step);
                        blocking = Some(index);
                    }
                }
            }
            for (term, target) in self.fit.terms.iter_mut().zip(&self.solution) {
                term.weight += if blocking.is_some() { step * (target - term.weight) } else { target - term.weight };
            }
            let Some(blocking) = blocking else { return };
            self.fit.terms[blocking].weight = 0.0;
            for index in (self.fit.free..self.fit.terms.len()).rev() {
                if self.fit.terms[index].weight <= 0.0 {
                    self.remove(index);
                }
            }
        }
    }

    /// Solves the normal equations of the present terms into `solution`; or the first term that depends on those before it.
    fn least_squares(&mut self) -> Result<(), usize> {
        let p = self.fit.terms.len();
        self.factor.clear();
        self.factor.resize(p * p, 0.0);
        self.solution.clear();
        self.solution.extend_from_slice(&self.linear);
        for i in 0..p {
            for j in 0..=i {
                let mut value = self.gram[i][j];
                for l in 0..j {
                    value -= self.factor[i * p + l] * self.factor[j * p + l];
                }
                if i == j {
                    if value <= DEPENDENT * self.gram[i][i] || value.is_nan() {
                        return Err(i);
                    }
                    self.factor[i * p + i] = value.sqrt();
                } else {
                    self.factor[i * p + j] = value / self.factor[j * p + j];
                }
            }
        }
        for i in 0..p {
            let mut value = self.solution[i];
            for l in 0..i {
                value -= self.factor[i * p + l] * self.solution[l];
            }
            self.solution[i] = value / self.factor[i * p + i];
        }
        for i in (0..p).rev() {
            let mut value = self.solution[i];
            for l in i + 1..p {
                value -= self.factor[l * p + i] * self.solution[l];
            }
            self.solution[i] = value / self.factor[i * p + i];
        }
        Ok(())
    }

    /// The weighted residuals; the loss.
    fn evaluate(&mut self) -> f64 {
        self.fit.evaluate();
        let sites = self.fit.sites;
        let mut loss = 0.0;
        for (i, u) in self.u.iter_mut().enumerate() {
            let residual = sites.mean[i] - self.fit.values[i];
            *u = sites.weight[i] * residual;
            loss += *u * residual;
        }
        loss
    }
}
