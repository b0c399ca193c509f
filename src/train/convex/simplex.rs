//! The dual simplex method in floats, with rows that are made as a point violates them: it proposes points, and contradictions.
//!
//! The basis has as many rows as there are unknowns; it begins with the faces of a large box. As long as its multipliers `l` (with `c = Σ l_b g_b` for an objective `c`) are not negative on inequalities, its vertex
//! maximises `c·v` over the rows that were seen. A violated row enters; equations never leave. Where only feasibility matters the objective is free, so a basis goes on to serve
//! when equations are added: a child begins with its parent's.

use super::program::{Cut, Program, Values};

/// Violations below this are none. Rows have entries of magnitude at most 1, targets too.
const TOLERANCE: f64 = 1e-9;
/// Coefficients below this are 0.
const PIVOT: f64 = 1e-9;
/// The box: no weight is larger, in units of the scaled problem. Where that cuts off what matters, the exact program decides.
const BOX: f64 = 16_384.0;
/// The relative size of what is added to the first multipliers, so that pivots do not stall.
const PERTURBATION: f64 = 1e-6;
/// Pivots after which the inverse is computed anew.
const OLD: usize = 40;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Basic {
    Row(Cut),
    /// `±v_i ≤ BOX`.
    Box(usize, f64),
}

/// How a solve ended. All of it is conjecture.
#[derive(Debug)]
pub(super) enum End {
    /// The vertex satisfies all rows.
    Feasible,
    /// These rows contradict each other.
    Infeasible(Vec<Cut>),
    /// No conclusion.
    Unclear,
}

/// A basis with its vertex.
#[derive(Debug, Clone)]
pub(super) struct Simplex {
    basis: Vec<Basic>,
    /// Column `b` of the inverse of the basis at `b·q..`.
    inverse: Vec<f64>,
    multipliers: Vec<f64>,
    point: Vec<f64>,
    age: usize,
}

/// What solves share.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    pub(super) values: Values,
    row: Vec<f64>,
    lambda: Vec<f64>,
    pub(super) solves: u64,
    pub(super) pivots: u64,
}

impl Simplex {
    /// The vertex of the box where `objective` is largest.
    pub(super) fn new(objective: &[f64]) -> Self {
        let q = objective.len();
        let largest = objective.iter().fold(0.0, |most: f64, c| most.max(c.abs()));
        let unit = if largest > 0.0 { largest * PERTURBATION } else { 1.0 };
        let mut inverse = vec![0.0; q * q];
        let (mut basis, mut multipliers, mut point) = (Vec::with_capacity(q), Vec::with_capacity(q), Vec::with_capacity(q));
        for (i, c) in objective.iter().enumerate() {
            let side = if *c < 0.0 { -1.0 } else { 1.0 };
            #[expect(clippy::cast_precision_loss, reason = "there are few unknowns")]
            let irregular = 1.0 + (i as f64 * 0.618_033_988_749_895).fract();
            basis.push(Basic::Box(i, side));
            multipliers.push(c.abs() + unit * irregular);
            point.push(side * BOX);
            inverse[i * q + i] = side;
        }
        Simplex { basis, inverse, multipliers, point, age: 0 }
    }

    pub(super) fn point(&self) -> &[f64] {
        &self.point
    }

    /// The rows of the basis.
    pub(super) fn cuts(&self) -> impl Iterator<Item = Cut> + '_ {
        self.basis.iter().filter_map(|basic| if let Basic::Row(cut) = basic { Some(*cut) } else { None })
    }

    /// The unknowns that are at a face of the box, with the float that they are there.
    pub(super) fn at_box(&self) -> impl Iterator<Item = (usize, f64)> + '_ {
        self.basis.iter().filter_map(|basic| if let Basic::Box(i, side) = *basic { Some((i, side * BOX)) } else { None })
    }

    /// Goes on until no row is violated, neither of the `equations` nor of the inequalities of all sites; `first` enters first. Afterwards `scratch` has the values of the point.
    pub(super) fn solve(&mut self, program: &Program<'_, '_>, equations: &[Cut], first: Option<Cut>, scratch: &mut Scratch) -> End {
        let q = self.basis.len();
        scratch.solves += 1;
        scratch.row.resize(q, 0.0);
        scratch.lambda.resize(q, 0.0);
        let mut first = first;
        for _ in 0..100 + 20 * q {
            let entering = match first.take() {
                Some(cut) => cut,
                None => {
                    program.evaluate(&self.point, &mut scratch.values);
                    match program.violated(&scratch.values, equations, TOLERANCE) {
                        Some(cut) => cut,
                        None if self.point.iter().all(|v| v.is_finite()) => return End::Feasible,
                        None => return End::Unclear,
                    }
                }
            };
            scratch.pivots += 1;
            let rhs = program.float_row(&entering, &mut scratch.row);
            let side = if entering.equation && dot(&scratch.row, &self.point) < rhs { -1.0 } else { 1.0 };
            let mut least = f64::INFINITY;
            let mut leaving = None;
            for (b, basic) in self.basis.iter().enumerate() {
                let lambda = dot(&scratch.row, &self.inverse[b * q..(b + 1) * q]);
                scratch.lambda[b] = lambda;
                let rate = side * lambda;
                if rate <= PIVOT || matches!(basic, Basic::Row(cut) if cut.equation) {
                    continue;
                }
                let step = self.multipliers[b].max(0.0) / rate;
                if step < least || (step == least && leaving.is_some_and(|l: usize| scratch.lambda[l].abs() < lambda.abs())) {
                    (least, leaving) = (step, Some(b));
                }
            }
            let Some(leaving) = leaving else { return self.contradiction(entering, &scratch.lambda) };
            self.multipliers.iter_mut().zip(&scratch.lambda).for_each(|(l, lambda)| *l -= least * side * lambda);
            self.multipliers[leaving] = side * least;
            self.exchange(entering, leaving, &scratch.lambda);
            if self.age >= OLD && !self.invert(program, &mut scratch.row) {
                return End::Unclear;
            }
            self.set_point(program);
        }
        End::Unclear
    }

    /// The entering row and those of the basis that it depends on; the box must not be among them.
    fn contradiction(&self, entering: Cut, lambda: &[f64]) -> End {
        let mut rows = vec![entering];
        for (basic, lambda) in self.basis.iter().zip(lambda) {
            match basic {
                _ if lambda.abs() <= PIVOT => {}
                Basic::Row(cut) => rows.push(*cut),
                Basic::Box(..) => return End::Unclear,
            }
        }
        End::Infeasible(rows)
    }

    fn exchange(&mut self, entering: Cut, leaving: usize, lambda: &[f64]) {
        let q = self.basis.len();
        let (before, rest) = self.inverse.split_at_mut(leaving * q);
        let (pivot, after) = rest.split_at_mut(q);
        let scale = lambda[leaving].recip();
        pivot.iter_mut().for_each(|x| *x *= scale);
        let others = before.chunks_exact_mut(q).chain(after.chunks_exact_mut(q));
        for (column, &lambda) in others.zip(lambda[..leaving].iter().chain(&lambda[leaving + 1..])) {
            if lambda != 0.0 {
                column.iter_mut().zip(pivot.iter()).for_each(|(x, p)| *x -= lambda * p);
            }
        }
        self.basis[leaving] = Basic::Row(entering);
        self.age += 1;
    }

    fn set_point(&mut self, program: &Program<'_, '_>) {
        let q = self.basis.len();
        self.point.fill(0.0);
        for (basic, column) in self.basis.iter().zip(self.inverse.chunks_exact(q.max(1))) {
            let height = match basic {
                Basic::Row(cut) => program.target(cut.site),
                Basic::Box(..) => BOX,
            };
            self.point.iter_mut().zip(column).for_each(|(v, x)| *v += height * x);
        }
    }

    /// Computes the inverse anew; false if the basis is singular.
    fn invert(&mut self, program: &Program<'_, '_>, row: &mut [f64]) -> bool {
        let q = self.basis.len();
        // Rows of the basis, reduced to the identity, and beside them what that makes of the identity: entry (i, b) of the inverse is `right[i·q + b]`.
        let (mut left, mut right) = (vec![0.0; q * q], vec![0.0; q * q]);
        for (b, basic) in self.basis.iter().enumerate() {
            match basic {
                Basic::Row(cut) => {
                    let _ = program.float_row(cut, row);
                    left[b * q..(b + 1) * q].copy_from_slice(row);
                }
                Basic::Box(i, side) => left[b * q + i] = *side,
            }
            right[b * q + b] = 1.0;
        }
        for c in 0..q {
            let pivot = (c..q).max_by(|&a, &b| left[a * q + c].abs().total_cmp(&left[b * q + c].abs())).expect("a row is left");
            if left[pivot * q + c].abs() <= PIVOT * PIVOT {
                return false;
            }
            for i in 0..q {
                left.swap(c * q + i, pivot * q + i);
                right.swap(c * q + i, pivot * q + i);
            }
            let scale = left[c * q + c].recip();
            for i in 0..q {
                left[c * q + i] *= scale;
                right[c * q + i] *= scale;
            }
            for r in (0..q).filter(|&r| r != c) {
                let factor = left[r * q + c];
                if factor != 0.0 {
                    for i in 0..q {
                        left[r * q + i] -= factor * left[c * q + i];
                        right[r * q + i] -= factor * right[c * q + i];
                    }
                }
            }
        }
        for b in 0..q {
            for i in 0..q {
                self.inverse[b * q + i] = right[i * q + b];
            }
        }
        self.age = 0;
        true
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}
