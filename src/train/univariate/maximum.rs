//! The relaxation of a node for the maximum of absolute residuals: linear programs in the weights of a few atoms.
//!
//! As for squares, atoms are taken up one by one; with the multipliers `u` of the program in the present atoms, another one can lower the loss only if its product with `u` is positive.

use super::atoms::Fit;
use super::node::{Atom, Shape, Window};
use super::sites::Sites;
use crate::instance::Architecture;
use crate::optimize::lp::{FloatProgram, LpProposer, Proposal};

/// Products with multipliers are zero from here on, relative to the norms.
const OPTIMAL: f64 = 1e-9;

/// The relaxation for the maximum of absolute residuals.
#[derive(Debug)]
pub(super) struct Maximum<'a> {
    fit: Fit<'a>,
    proposer: LpProposer,
    objective: Vec<f64>,
    coefficients: Vec<f64>,
    rhs: Vec<f64>,
    lower: Vec<f64>,
    upper: Vec<f64>,
    hint: Vec<f64>,
    /// Multipliers of the points, and their sums over the sites.
    v: Vec<f64>,
    u: Vec<f64>,
}

impl<'a> Maximum<'a> {
    pub(super) fn new(sites: &'a Sites, architecture: Architecture) -> Self {
        Maximum {
            fit: Fit::new(sites, architecture),
            proposer: LpProposer::new(),
            objective: Vec::new(),
            coefficients: Vec::new(),
            rhs: Vec::new(),
            lower: Vec::new(),
            upper: Vec::new(),
            hint: Vec::new(),
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

    /// Minimises over the cones of `windows`, from the given atoms where these lie in them, with `most` atoms at most; the least loss, or that so far.
    pub(super) fn solve(&mut self, windows: &[Window], start: &[(Atom, f64)], most: usize) -> f64 {
        self.fit.terms = self.fit.initial(windows, start);
        let scale = 1.0 / (self.fit.sites.targets.len() as f64).sqrt();
        loop {
            let solved = self.program();
            let value = self.evaluate();
            let Some(atom) = self.fit.steepest(windows, &self.u, OPTIMAL * scale).filter(|_| solved) else { return value };
            if self.fit.terms.len() >= most + self.fit.free || self.fit.has(atom) {
                return value;
            }
            let term = self.fit.term(atom, 0.0);
            self.fit.terms.push(term);
        }
    }

    /// Solves the program in the present terms; whether it seems solved.
    fn program(&mut self) -> bool {
        let sites = self.fit.sites;
        let terms = &self.fit.terms;
        // The last one is the maximum ε.
        let unknowns = terms.len() + 1;
        self.objective.clear();
        self.objective.resize(unknowns, 0.0);
        self.coefficients.clear();
        self.rhs.clear();
        self.lower.clear();
        self.upper.clear();
        let mut row = vec![0.0; unknowns];
        for i in 0..sites.len() {
            for (entry, term) in row.iter_mut().zip(terms) {
                let shape = match term.shape {
                    Shape::One => 1.0,
                    Shape::Right(s) => (sites.position[i] - sites.position[s]).max(0.0),
                    Shape::Left(s) => (sites.position[s] - sites.position[i]).max(0.0),
                };
                *entry = term.sign() * shape;
            }
            let own = &sites.targets[sites.first[i]..sites.first[i + 1]];
            // ε ≥ y − φ for the largest target, ε ≥ φ − y for the least.
            row[unknowns - 1] = 1.0;
            self.coefficients.extend_from_slice(&row);
            self.rhs.push(own.iter().copied().fold(f64::NEG_INFINITY, f64::max));
            row[..unknowns - 1].iter_mut().for_each(|entry| *entry = -*entry);
            self.coefficients.extend_from_slice(&row);
            self.rhs.push(-own.iter().copied().fold(f64::INFINITY, f64::min));
            self.lower.extend([0.0; 2]);
            self.upper.extend([f64::INFINITY; 2]);
        }
        self.objective[unknowns - 1] = 1.0;
        for index in self.fit.free..terms.len() {
            row.fill(0.0);
            row[index] = 1.0;
            self.coefficients.extend_from_slice(&row);
            self.rhs.push(0.0);
            self.lower.push(0.0);
            self.upper.push(f64::INFINITY);
        }
        self.hint.clear();
        self.hint.extend(terms.iter().map(|term| term.weight));
        self.hint.push(sites.targets.iter().map(|y| y.abs()).fold(0.0, f64::max));
        let program =
            FloatProgram { objective: &self.objective, coefficients: &self.coefficients, rhs: &self.rhs, lower: &self.lower, upper: &self.upper };
        let solved = self.proposer.solve(program, Some(&self.hint), f64::INFINITY) == Proposal::Optimal;
        for (index, (term, &weight)) in self.fit.terms.iter_mut().zip(self.proposer.point()).enumerate() {
            term.weight = if index < self.fit.free { weight } else { weight.max(0.0) };
        }
        let multipliers = self.proposer.multipliers();
        for i in 0..sites.len() {
            let range = sites.first[i]..sites.first[i + 1];
            self.v[range.clone()].fill(0.0);
            let own = &sites.targets[range.clone()];
            let largest = (0..own.len()).fold(0, |best, l| if own[l] > own[best] { l } else { best });
            let least = (0..own.len()).fold(0, |best, l| if own[l] < own[best] { l } else { best });
            self.v[range.start + largest] += multipliers[2 * i];
            self.v[range.start + least] -= multipliers[2 * i + 1];
            self.u[i] = self.v[range].iter().sum();
        }
        solved
    }

    /// The loss of the fitted function.
    fn evaluate(&mut self) -> f64 {
        self.fit.evaluate();
        let sites = self.fit.sites;
        let mut loss = 0.0f64;
        for i in 0..sites.len() {
            for l in sites.first[i]..sites.first[i + 1] {
                let deviation = (sites.targets[l] - self.fit.values[i]).abs();
                loss = loss.max(deviation);
            }
        }
        loss
    }
}
