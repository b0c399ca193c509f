//! The Karush–Kuhn–Tucker equations of an equality-constrained least-squares problem, solved in integers:
//!
//! ```text
//! H z − G_Aᵀ ν = g,    G_A z = 0        (the rows A of G linearly independent, H positive semidefinite)
//! ```
//!
//! If `(z, ν)` solves the homogeneous equations, then `zᵀH z = ν·G_A z = 0`, so `H z = 0`, `G_Aᵀν = 0` and hence `ν = 0`. So `ν` is unique and `z` is
//! unique up to `ker H ∩ ker G_A`; taking the columns of `ν` first makes all of them pivots.

use crate::exact::{Echelon, Integer, Rational, dot, round_to_bits, solve};

/// How finely a proposed point is rounded, coarse first: short numbers make short optima.
const ROUNDING_BITS: [usize; 5] = [0, 8, 20, 32, 50];

pub(super) struct KktSystem {
    echelon: Echelon,
    active: usize,
    unknowns: usize,
}

impl KktSystem {
    pub(super) fn new(hessian: &[Vec<Integer>], linear: &[Integer], rows: &[Vec<Integer>], active: &[usize]) -> Self {
        let unknowns = active.len() + linear.len();
        let stationarity = hessian.iter().zip(linear).enumerate().map(|(c, (h, g))| {
            let pull = active.iter().map(|&row| -&rows[row][c]);
            pull.chain(h.iter().cloned()).chain([g.clone()]).collect()
        });
        let equalities = active.iter().map(|&row| {
            let zeros = std::iter::repeat_n(Integer::ZERO, active.len());
            zeros.chain(rows[row].iter().cloned()).chain([Integer::ZERO]).collect()
        });
        let matrix: Vec<Vec<Integer>> = stationarity.chain(equalities).collect();
        KktSystem { echelon: Echelon::new(matrix, unknowns), active: active.len(), unknowns }
    }

    /// `ν`, or `None` if the equations have no solution (then `g` is not in the range of `H`).
    pub(super) fn multipliers(&self) -> Option<Vec<Rational>> {
        let mut solution = self.with_free(|_| Rational::ZERO)?;
        solution.truncate(self.active);
        Some(solution)
    }

    /// Solutions `z`, if the equations have any: the only one, or `near` rounded to several precisions in the unknowns that are free, followed
    /// by the one of least Euclidean norm.
    pub(super) fn points(&self, near: Option<&[f64]>) -> impl Iterator<Item = Vec<Rational>> {
        let unique = self.echelon.rank() == self.unknowns;
        let near = near.filter(|point| !unique && point.len() == self.unknowns - self.active);
        let rounded = near.into_iter().flat_map(move |near| {
            ROUNDING_BITS.into_iter().filter_map(move |bits| {
                let proposal: Option<Vec<Rational>> = near.iter().map(|&x| round_to_bits(x, bits)).collect();
                Some(self.with_free(|c| proposal.as_ref().map_or(Rational::ZERO, |p| p[c - self.active].clone()))?.split_off(self.active))
            })
        });
        rounded.chain(std::iter::once_with(|| self.shortest_point()).flatten())
    }

    /// The solution `z` of least Euclidean norm.
    pub(super) fn shortest_point(&self) -> Option<Vec<Rational>> {
        let mut z = self.with_free(|_| Rational::ZERO)?.split_off(self.active);
        let kernel: Vec<Vec<Rational>> =
            self.echelon.kernel(self.unknowns).into_iter().map(|v| v.into_iter().skip(self.active).map(Rational::from).collect()).collect();
        // Subtract the projection on the kernel: the Gram matrix of a basis is regular.
        let gram: Vec<Vec<Rational>> = kernel.iter().map(|a| kernel.iter().map(|b| dot(a, b)).collect()).collect();
        let rhs: Vec<Rational> = kernel.iter().map(|a| dot(a, &z)).collect();
        if rhs.iter().any(|v| !v.is_zero()) {
            for (weight, direction) in solve(&gram, &rhs)?.iter().zip(&kernel) {
                for (x, d) in z.iter_mut().zip(direction) {
                    *x -= weight * d;
                }
            }
        }
        Some(z)
    }

    fn with_free(&self, free: impl Fn(usize) -> Rational) -> Option<Vec<Rational>> {
        self.echelon.solution(self.unknowns, self.unknowns, free)
    }
}
