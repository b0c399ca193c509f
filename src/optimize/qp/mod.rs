//! Least squares over a polyhedral cone: minimise `‖A z − y‖²` subject to `G z ≥ 0`, with `z ∈ R^q` and integer data.
//!
//! Only `H = AᵀA`, `g = Aᵀy` and `y·y` are needed, since `‖A z − y‖² = y·y − 2 g·z + zᵀH z`. The minimum is attained (a polyhedral cone's image
//! under `A` is closed). A point `z` with `G z ≥ 0` is optimal if and only if there are multipliers `ν ≥ 0`, one a row, with
//!
//! ```text
//! H z − g = Gᵀν   and   ν_i (G z)_i = 0 for every row i      (Karush–Kuhn–Tucker)
//! ```
//!
//! Then `zᵀH z = g·z + ν·G z = g·z`, so the least loss is `y·y − g·z`; the number `g·z` is called the *gain*. For every `ν ≥ 0` whatever, with
//! `t = g + Gᵀν`, each feasible `z` has `loss ≥ y·y − 2 t·z + zᵀH z ≥ y·y − tᵀH⁻¹t`: the dual bound, on which pruning rests.
//!
//! | type | job | decides by |
//! | --- | --- | --- |
//! | [`ConeLeastSquares`] | the optimum as rationals | integers; floats propose the active set |
//! | [`DualActiveSet`] | "is the loss at least this cutoff?", millions of times | floats with a proven bound |
//! | [`GuardedCholesky`] | the same without rows: an upper bound on `tᵀH⁻¹t` | floats with a proven bound |
//!
//! # References
//! 1. D. Goldfarb, A. Idnani, *A numerically stable dual method for solving strictly convex quadratic programs*, Math. Programming 27 (1983).
//! 2. N. J. Higham, *Accuracy and Stability of Numerical Algorithms*, 2nd ed., SIAM (2002), chapters 3, 8 and 10.

mod dual;
mod exact_dual;
mod float_rows;
mod guarded;
mod kkt;
mod propose;
#[cfg(test)]
mod tests;

pub use dual::{DualActiveSet, DualVerdict};
pub use guarded::GuardedCholesky;

use crate::exact::{Integer, Rational, common_denominator, scaled_integer};
use float_rows::FloatRows;
use kkt::KktSystem;

/// The problem `min zᵀH z − 2 g·z` subject to `G z ≥ 0`, where `H = AᵀA` and `g = Aᵀy` for some `A` and `y`.
///
/// The data may be degenerate in every way: `H` singular or zero, rows of `G` repeated, opposite, dependent or zero, or missing altogether.
///
/// # Examples
/// ```
/// use relus::exact::{Integer, Rational};
/// use relus::optimize::qp::ConeLeastSquares;
///
/// // The point of the quadrant z ≥ 0 nearest to (3, −4): gain 9, loss 25 − 9 = 16.
/// let int = |rows: &[[i32; 2]]| rows.iter().map(|r| r.iter().map(|&x| Integer::from(x)).collect()).collect::<Vec<Vec<Integer>>>();
/// let problem = ConeLeastSquares { hessian: int(&[[1, 0], [0, 1]]), linear: int(&[[3, -4]]).remove(0), rows: int(&[[1, 0], [0, 1]]) };
/// let optimum = problem.solve();
/// assert_eq!(optimum.gain, Rational::from(9));
/// assert_eq!(optimum.multipliers, [Rational::from(0), Rational::from(4)]);
/// assert!(problem.verify(&optimum));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConeLeastSquares {
    /// `H = AᵀA`, `q × q`.
    pub hessian: Vec<Vec<Integer>>,
    /// `g = Aᵀy`, of length `q`.
    pub linear: Vec<Integer>,
    /// The rows of `G`, each of length `q`.
    pub rows: Vec<Vec<Integer>>,
}

/// An optimum of [`ConeLeastSquares`] with the multipliers that prove it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConeOptimum {
    /// `z`, of length `q`.
    pub point: Vec<Rational>,
    /// `ν ≥ 0`, one a row of `G`.
    pub multipliers: Vec<Rational>,
    /// `g·z`: the least loss is `y·y` minus this.
    pub gain: Rational,
}

impl ConeLeastSquares {
    /// An optimum. Floats propose the active set, [`solve_from`](ConeLeastSquares::solve_from) confirms it in integers or does without.
    ///
    /// # Panics
    /// If the shapes do not fit, or `H` and `g` are not `AᵀA` and `Aᵀy` of any `A` and `y`.
    #[must_use]
    pub fn solve(&self) -> ConeOptimum {
        self.check_shapes();
        let floats = FloatRows::new(&self.rows, self.linear.len());
        match propose::propose(self, &floats) {
            Some((active, point)) => self.confirm(&active, Some(&point), &floats),
            None => self.confirm(&[], None, &floats),
        }
    }

    /// An optimum, starting from a set of rows that are thought to hold with equality at it and, where these and `H` do not determine the
    /// optimum, from a point near one. Both are mere hints: any hint gives an optimum, good ones give it fast. Rows that are repeated or depend on
    /// earlier ones are ignored.
    ///
    /// # Complexity
    /// With a right hint one fraction-free elimination of order `q + |active|` and the signs of all rows. Otherwise one more such elimination for
    /// every row that the dual method of the module `exact_dual` takes up or drops.
    ///
    /// # Panics
    /// If the shapes do not fit, a row index is out of range, or `H` and `g` are not `AᵀA` and `Aᵀy` of any `A` and `y`.
    #[must_use]
    pub fn solve_from(&self, proposed_active: &[usize], proposed_point: Option<&[f64]>) -> ConeOptimum {
        self.check_shapes();
        self.confirm(proposed_active, proposed_point, &FloatRows::new(&self.rows, self.linear.len()))
    }

    fn confirm(&self, proposed_active: &[usize], proposed_point: Option<&[f64]>, floats: &FloatRows) -> ConeOptimum {
        let active = self.independent_rows(proposed_active);
        if let Some(optimum) = self.optimum_with_active(&active, proposed_point, floats) {
            return optimum;
        }
        exact_dual::solve(self, active, floats)
    }

    /// Whether `optimum` fulfils the Karush–Kuhn–Tucker conditions exactly and states its gain rightly.
    #[must_use]
    pub fn verify(&self, optimum: &ConeOptimum) -> bool {
        let q = self.linear.len();
        let ConeOptimum { point, multipliers, gain } = optimum;
        if point.len() != q || multipliers.len() != self.rows.len() {
            return false;
        }
        let complementary = self.rows.iter().zip(multipliers).all(|(row, nu)| {
            let slack = product(row, point);
            slack >= Rational::ZERO && *nu >= Rational::ZERO && (slack.is_zero() || nu.is_zero())
        });
        let stationary = (0..q).all(|c| {
            let pull = self.rows.iter().zip(multipliers).filter(|(_, nu)| !nu.is_zero()).fold(Rational::ZERO, |s, (row, nu)| s + nu * &row[c]);
            product(&self.hessian[c], point) - Rational::from(self.linear[c].clone()) == pull
        });
        complementary && stationary && product(&self.linear, point) == *gain
    }

    fn check_shapes(&self) {
        let q = self.linear.len();
        assert!(self.hessian.len() == q && self.hessian.iter().all(|row| row.len() == q), "the hessian is q × q");
        assert!(self.rows.iter().all(|row| row.len() == q), "rows have q entries");
    }

    /// A maximal linearly independent subset of the given rows, earlier ones preferred.
    fn independent_rows(&self, indices: &[usize]) -> Vec<usize> {
        let transposed = (0..self.linear.len()).map(|c| indices.iter().map(|&i| self.rows[i][c].clone()).collect()).collect();
        crate::exact::independent_columns(transposed).into_iter().map(|k| indices[k]).collect()
    }

    /// The optimum, if the independent rows `active` carry its multipliers and hold with equality at it. Where that leaves `z` undetermined, tries
    /// `near` rounded ever finer and then the shortest `z`.
    fn optimum_with_active(&self, active: &[usize], near: Option<&[f64]>, floats: &FloatRows) -> Option<ConeOptimum> {
        let system = KktSystem::new(&self.hessian, &self.linear, &self.rows, active);
        let on_active = system.multipliers()?;
        if on_active.iter().any(|nu| *nu < Rational::ZERO) {
            return None;
        }
        let point = system.points(near).find(|z| self.is_feasible(z, floats))?;
        let mut multipliers = vec![Rational::ZERO; self.rows.len()];
        for (&row, nu) in active.iter().zip(on_active) {
            multipliers[row] = nu;
        }
        let gain = product(&self.linear, &point);
        Some(ConeOptimum { point, multipliers, gain })
    }

    /// Whether no row is negative at `z`.
    fn is_feasible(&self, z: &[Rational], floats: &FloatRows) -> bool {
        let z = cleared(z);
        floats.doubtful(&z).all(|row| integer_product(&self.rows[row], &z) >= Integer::ZERO)
    }

    /// The row with the least value at `z`, if that is negative (the first one of several).
    fn most_violated(&self, z: &[Rational]) -> Option<usize> {
        let z = cleared(z);
        let (row, least) = self.rows.iter().map(|row| integer_product(row, &z)).enumerate().min_by(|a, b| a.1.cmp(&b.1))?;
        (least < Integer::ZERO).then_some(row)
    }
}

/// A positive multiple of `z` in integers.
fn cleared(z: &[Rational]) -> Vec<Integer> {
    let scale = common_denominator(z);
    z.iter().map(|v| scaled_integer(v, &scale)).collect()
}

fn integer_product(row: &[Integer], z: &[Integer]) -> Integer {
    row.iter().zip(z).fold(Integer::ZERO, |s, (a, b)| if a.is_zero() || b.is_zero() { s } else { s + a * b })
}

/// `row · z`.
fn product(row: &[Integer], z: &[Rational]) -> Rational {
    row.iter().zip(z).filter(|(a, b)| !a.is_zero() && !b.is_zero()).fold(Rational::ZERO, |s, (a, b)| s + b * a)
}
