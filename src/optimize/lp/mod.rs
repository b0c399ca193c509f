//! Linear programs in a few free variables, with hard rows and piecewise linear penalties, solved exactly.
//!
//! For `c, g_1, …, g_m ∈ Z^q` and `h ∈ Z^m` the problem is
//!
//! ```text
//! minimise  c·v + Σ_i pen_i(h_i − g_i·v)   over v ∈ Q^q,      pen_i(s) = max { l·s : l ∈ [lo_i, up_i] },
//! ```
//!
//! where the interval `[lo_i, up_i]` is `[0, ∞)` for a hard row `g_i·v ≥ h_i`, `(−∞, ∞)` for a hard row `g_i·v = h_i`, and `[−above, below]`
//! for a row that may be missed at a cost of `below` per unit under `h_i` and `above` per unit over it. Least absolute deviations
//! (penalties), least maximum deviation (one more variable, hard rows) and feasibility (`c = 0`) are all of this form. The dual is
//!
//! ```text
//! maximise  h·l   subject to   Σ_i l_i g_i = c,   lo ≤ l ≤ up,
//! ```
//!
//! a linear program in bounded variables with only `q` equations. Every verdict carries the vectors that prove it, see [`LpVerdict`]:
//! by weak duality (`c·v + Σ pen_i(h_i − g_i·v) ≥ Σ l_i g_i·v + Σ l_i (h_i − g_i·v) = h·l`) they can be checked by substitution, which
//! [`LinearProgram::verify`] does.
//!
//! # Method
//! The simplex method on the dual, first in floats ([`LpProposer`]), which proposes a basis; the basic solutions of that basis are computed in
//! integers and accepted if they satisfy complementary slackness exactly. Otherwise the same method in integers decides: a fraction-free
//! tableau, with Bland's rule against cycling, so that it ends on every input.
//!
//! # References
//! J. Edmonds, *Systems of distinct representatives and linear algebra* (1967), for integer pivoting;
//! R. G. Bland, *New finite pivoting rules for the simplex method*, Math. Oper. Res. 2 (1977).

mod confirm;
mod exact;
mod proposal;
mod verify;

use crate::exact::{Integer, Rational};

pub use proposal::{FloatProgram, LpProposer, Proposal};

pub(in crate::optimize) use exact::solve as solve_exactly;

/// What a row asks of `g·v` against its right-hand side `h`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowKind {
    /// `g·v ≥ h`.
    AtLeast,
    /// `g·v = h`.
    Equal,
    /// Cost `below·max(0, h − g·v) + above·max(0, g·v − h)`; the weights must not be negative.
    Penalty {
        /// The cost of a unit below `h`.
        below: Rational,
        /// The cost of a unit above `h`.
        above: Rational,
    },
}

impl RowKind {
    /// The interval of the row's multiplier; `None` is unbounded.
    fn bounds(&self) -> (Option<Rational>, Option<Rational>) {
        match self {
            RowKind::AtLeast => (Some(Rational::ZERO), None),
            RowKind::Equal => (None, None),
            RowKind::Penalty { below, above } => (Some(-above.clone()), Some(below.clone())),
        }
    }
}

/// One row `(g, h)` of a [`LinearProgram`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// `g`, of the length of the objective.
    pub coefficients: Vec<Integer>,
    /// `h`.
    pub rhs: Integer,
    /// What the row asks.
    pub kind: RowKind,
}

/// A linear program in free variables; see the [module](self) for its meaning.
///
/// # Examples
/// The median of 1, 2, 9 minimises the sum of distances:
/// ```
/// use relus::exact::{Integer, Rational};
/// use relus::optimize::lp::{LinearProgram, LpVerdict, Row, RowKind};
/// let row = |y: i32| Row {
///     coefficients: vec![Integer::ONE],
///     rhs: Integer::from(y),
///     kind: RowKind::Penalty { below: Rational::ONE, above: Rational::ONE },
/// };
/// let program = LinearProgram { objective: vec![Integer::ZERO], rows: vec![row(1), row(2), row(9)] };
/// let LpVerdict::Optimal(optimum) = program.solve() else { panic!("the median exists") };
/// assert_eq!(optimum.point, vec![Rational::from(2)]);
/// assert_eq!(optimum.value, Rational::from(8));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinearProgram {
    /// `c`; its length is the number of variables.
    pub objective: Vec<Integer>,
    /// The rows.
    pub rows: Vec<Row>,
}

/// An optimal point with the multipliers that prove it optimal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LpOptimum {
    /// `v`.
    pub point: Vec<Rational>,
    /// The optimal value, which is both `c·v + Σ pen_i(h_i − g_i·v)` and `h·l`.
    pub value: Rational,
    /// `l`, one a row, each within its bounds, with `Σ l_i g_i = c`.
    pub multipliers: Vec<Rational>,
}

/// The answer of [`LinearProgram::solve`], with its proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LpVerdict {
    /// The minimum exists and is attained.
    Optimal(LpOptimum),
    /// The hard rows contradict each other.
    Infeasible {
        /// `l` with `Σ l_i g_i = 0` and `h·l > 0`, where `l_i ≥ 0` on [`RowKind::AtLeast`] rows and `l_i = 0` on penalties.
        farkas: Vec<Rational>,
    },
    /// The objective falls without bound.
    Unbounded {
        /// A point that satisfies the hard rows.
        point: Vec<Rational>,
        /// `r` along which hard rows stay satisfied (`g·r ≥ 0`, `g·r = 0`) and `c·r + Σ pen_i(−g_i·r) < 0`, so the objective falls.
        ray: Vec<Rational>,
    },
    /// The infimum (∞ for contradictory rows) is at least the cutoff.
    AboveCutoff {
        /// `l` within its bounds with `Σ l_i g_i = c`.
        multipliers: Vec<Rational>,
        /// `h·l`, a lower bound on the objective, not below the cutoff.
        bound: Rational,
    },
}

impl LinearProgram {
    /// Solves the program.
    ///
    /// # Panics
    /// If a row has another length than the objective or a weight is negative.
    #[must_use]
    pub fn solve(&self) -> LpVerdict {
        self.solve_with_cutoff(None)
    }

    /// Solves the program, or stops once it is proved that no point costs less than `cutoff`: an optimum below the cutoff is
    /// [`LpVerdict::Optimal`], any other one [`LpVerdict::AboveCutoff`]; contradictory rows may give either proof.
    ///
    /// # Panics
    /// If a row has another length than the objective or a weight is negative.
    #[must_use]
    pub fn solve_with_cutoff(&self, cutoff: Option<&Rational>) -> LpVerdict {
        self.solve_unless(cutoff, &|| false).expect("nothing stops it")
    }

    /// The same; `None` if it was given up because `stop` said so, which is asked before each pivot in integers: with long numbers there can be many
    /// that take their time.
    ///
    /// # Panics
    /// If a row has another length than the objective or a weight is negative.
    #[must_use]
    pub fn solve_unless(&self, cutoff: Option<&Rational>, stop: &dyn Fn() -> bool) -> Option<LpVerdict> {
        self.validate();
        let (verdict, basis) = confirm::solve(self, cutoff, stop);
        let verdict = match verdict {
            Some(verdict) => verdict,
            None => exact::solve_unless(self, &basis, cutoff, stop)?,
        };
        let verdict = match verdict {
            LpVerdict::Optimal(optimum) if cutoff.is_some_and(|c| optimum.value >= *c) => {
                LpVerdict::AboveCutoff { multipliers: optimum.multipliers, bound: optimum.value }
            }
            other => other,
        };
        debug_assert!(self.verify(&verdict), "a verdict must carry its proof");
        Some(verdict)
    }

    fn validate(&self) {
        for row in &self.rows {
            assert_eq!(row.coefficients.len(), self.objective.len(), "row length");
            if let RowKind::Penalty { below, above } = &row.kind {
                assert!(*below >= Rational::ZERO && *above >= Rational::ZERO, "weights must not be negative");
            }
        }
    }
}

#[cfg(test)]
mod tests;
