//! What the two reductions from POITS share: gadgets in the plane and where they must agree.
//!
//! Gadgets `g = 1..N`, first one for each variable (two choices: false, true), then one for each clause (three choices: which of its literals is the true
//! one). Choice `i` of gadget `g` is a function that is constant along the direction of its *centre line* `x = c_g + (r_g + i)·y` and not 0 only
//! near it, with `r_g = 3g²` and `c_g = D·g`. The slopes grow so fast that no three centre lines of different gadgets meet in a point.
//!
//! For position `i` of clause `C` with the variable `v`, the *consistency point* is where the centre lines of "v is false" and "C chooses i" meet. Its label is
//! the height of one function, so exactly one of the two choices is made: C chooses `i` if and only if `v` is true.

use super::{NotASolution, Points, integer};
use crate::exact::Rational;
use crate::problems::Poits;

/// A gadget.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gadget {
    /// `S`: its choices are `0..=S`.
    pub(super) last_choice: i64,
    /// `r`: choice `i` has slope `r + i`.
    pub(super) slope: i64,
    /// `c`: where its centre lines meet `y = 0`.
    pub(super) centre: i64,
}

/// The gadgets of a formula.
#[derive(Debug)]
pub(super) struct Plane<'a> {
    formula: &'a Poits,
    /// The gadgets in their order.
    pub(super) gadgets: Vec<Gadget>,
}

/// `R = 3N² + 2`: more than every slope.
pub(super) fn slope_bound(formula: &Poits) -> i64 {
    let gadgets = i64::try_from(formula.variables() + formula.clauses().len()).expect("fits in memory");
    3 * gadgets * gadgets + 2
}

impl<'a> Plane<'a> {
    /// The gadgets of `formula` at a distance of `D` = `spacing`.
    pub(super) fn new(formula: &'a Poits, spacing: i64) -> Self {
        let last_choices = std::iter::repeat_n(1, formula.variables()).chain(std::iter::repeat_n(2, formula.clauses().len()));
        let gadgets = (1..).zip(last_choices).map(|(g, last_choice)| Gadget { last_choice, slope: 3 * g * g, centre: spacing * g }).collect();
        Plane { formula, gadgets }
    }

    /// The consistency points.
    pub(super) fn consistency_points(&self) -> Vec<Vec<Rational>> {
        let mut points = Vec::new();
        for (c, clause) in self.formula.clauses().iter().enumerate() {
            let own = self.gadgets[self.formula.variables() + c];
            for (i, &v) in (0..).zip(clause) {
                let variable = self.gadgets[v];
                let y = integer(variable.centre - own.centre) / integer(own.slope + i - variable.slope);
                points.push(vec![integer(variable.centre) + integer(variable.slope) * &y, y]);
            }
        }
        points
    }

    /// The slopes of the centre lines that an assignment chooses, one a gadget.
    pub(super) fn slopes(&self, assignment: &[bool]) -> Result<Vec<i64>, NotASolution> {
        if assignment.len() != self.formula.variables() {
            return Err(NotASolution);
        }
        let positions = self.formula.true_positions(assignment).ok_or(NotASolution)?;
        let choices = assignment.iter().map(|&value| i64::from(value)).chain(positions.into_iter().map(|p| i64::try_from(p).expect("at most 2")));
        Ok(self.gadgets.iter().zip(choices).map(|(gadget, choice)| gadget.slope + choice).collect())
    }

    /// The points of the horizontal line at height `y`: those of `zone` for each gadget, with x relative to its centre, and, if `fenced`, one more point of
    /// label 0 on either side of all of them.
    pub(super) fn add_line(&self, points: &mut Points, y: i64, fenced: bool, zone: impl Fn(&Gadget) -> Vec<(Rational, i64)>) {
        let mut line: Vec<(Rational, i64)> =
            self.gadgets.iter().flat_map(|g| zone(g).into_iter().map(|(x, label)| (x + integer(g.centre), label))).collect();
        if fenced && let (Some(first), Some(last)) = (line.iter().map(|p| &p.0).min().cloned(), line.iter().map(|p| &p.0).max().cloned()) {
            line.insert(0, (first - Rational::ONE, 0));
            line.push((last + Rational::ONE, 0));
        }
        for (x, label) in line {
            points.push(vec![x, integer(y)], label);
        }
    }
}
