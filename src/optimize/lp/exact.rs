//! The simplex method in integers on the dual `max h·l, Σ l_i g_i = c, lo ≤ l ≤ up`: two phases, fraction-free, never cycling.
//!
//! The tableau holds `D·B⁻¹·[G | S]` with `D = |det B|`, all of whose entries are minors of the data and hence integers; `S` is the diagonal
//! sign matrix of the artificial variables, whose columns yield the primal solution.

use super::{LinearProgram, LpOptimum, LpVerdict, Row, RowKind};
use crate::exact::{Integer, Rational};
use dashu_base::{Abs, AbsOrd};

/// Pivots without progress after which Bland's rule replaces the largest coefficient, until there is progress again.
const PATIENCE: usize = 24;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Basic,
    Lower,
    Upper,
    /// A free variable outside the basis, at 0.
    Zero,
}

enum End {
    Optimal,
    /// `Σ direction` of the entering variable without a bound: the objective grows along it.
    Unbounded {
        entering: usize,
        increase: bool,
    },
    Cutoff,
    Stopped,
}

struct Tableau<'a> {
    program: &'a LinearProgram,
    bounds: Vec<(Option<Rational>, Option<Rational>)>,
    /// Rows of `m + q` entries.
    entries: Vec<Vec<Integer>>,
    /// The reduced costs times `scale`, in the same columns.
    costs: Vec<Integer>,
    scale: Integer,
    basis: Vec<usize>,
    values: Vec<Rational>,
    places: Vec<Place>,
    signs: Vec<bool>,
    objective: Rational,
}

/// Solves `program`. If the objective is 0, the method starts from the rows `preferred` as far as they are independent.
pub(in crate::optimize) fn solve(program: &LinearProgram, preferred: &[usize], cutoff: Option<&Rational>) -> LpVerdict {
    solve_unless(program, preferred, cutoff, &|| false).expect("nothing stops it")
}

/// The same; `None` once `stop`, which is asked before each pivot, says so.
pub(super) fn solve_unless(program: &LinearProgram, preferred: &[usize], cutoff: Option<&Rational>, stop: &dyn Fn() -> bool) -> Option<LpVerdict> {
    let mut tableau = Tableau::new(program);
    tableau.price(|column, m| if column < m { Integer::ZERO } else { Integer::NEG_ONE });
    let m = program.rows.len();
    if let End::Stopped = tableau.run(None, stop) {
        return None;
    }
    if tableau.basis.iter().zip(&tableau.values).any(|(&b, value)| b >= m && !value.is_zero()) {
        // No dual solution: the multipliers of the first phase are a ray along which the objective falls. Is there a point at all?
        let ray = tableau.multipliers_of_equations(&Integer::NEG_ONE);
        return Some(match solve_unless(&feasibility(program), &[], None, stop)? {
            LpVerdict::Optimal(optimum) => LpVerdict::Unbounded { point: optimum.point, ray },
            infeasible => infeasible,
        });
    }
    if !tableau.remove_artificial(preferred, stop) {
        return None;
    }
    tableau.price(|column, m| if column < m { program.rows[column].rhs.clone() } else { Integer::ZERO });
    tableau.objective = program.rows.iter().zip(tableau.solution()).fold(Rational::ZERO, |sum, (row, x)| sum + x * &row.rhs);
    Some(match tableau.run(cutoff, stop) {
        End::Optimal => LpVerdict::Optimal(LpOptimum {
            point: tableau.multipliers_of_equations(&Integer::ZERO),
            multipliers: tableau.solution(),
            value: tableau.objective,
        }),
        End::Cutoff => LpVerdict::AboveCutoff { multipliers: tableau.solution(), bound: tableau.objective },
        End::Unbounded { entering, increase } => LpVerdict::Infeasible { farkas: tableau.direction(entering, increase) },
        End::Stopped => return None,
    })
}

/// The program of which only the hard rows are left: penalties get the weight 0.
pub(super) fn feasibility(program: &LinearProgram) -> LinearProgram {
    let rows = program.rows.iter().map(|row| match row.kind {
        RowKind::Penalty { .. } => Row { kind: RowKind::Penalty { below: Rational::ZERO, above: Rational::ZERO }, ..row.clone() },
        RowKind::AtLeast | RowKind::Equal => row.clone(),
    });
    LinearProgram { objective: vec![Integer::ZERO; program.objective.len()], rows: rows.collect() }
}

impl<'a> Tableau<'a> {
    /// The tableau of the basis of artificial variables, with every row's multiplier at a bound.
    fn new(program: &'a LinearProgram) -> Self {
        let (m, q) = (program.rows.len(), program.objective.len());
        let mut bounds: Vec<_> = program.rows.iter().map(|row| row.kind.bounds()).collect();
        bounds.resize(m + q, (Some(Rational::ZERO), None));
        let mut places: Vec<Place> = program
            .rows
            .iter()
            .map(|row| match row.kind {
                RowKind::AtLeast => Place::Lower,
                RowKind::Equal => Place::Zero,
                RowKind::Penalty { .. } => {
                    if row.rhs > Integer::ZERO {
                        Place::Upper
                    } else {
                        Place::Lower
                    }
                }
            })
            .collect();
        places.resize(m + q, Place::Basic);
        let mut tableau = Tableau {
            program,
            bounds,
            entries: Vec::new(),
            costs: Vec::new(),
            scale: Integer::ONE,
            basis: (m..m + q).collect(),
            values: Vec::new(),
            places,
            signs: Vec::new(),
            objective: Rational::ZERO,
        };
        for (j, c) in program.objective.iter().enumerate() {
            let mut residual = Rational::from(c.clone());
            for (i, row) in program.rows.iter().enumerate().filter(|(_, row)| !row.coefficients[j].is_zero()) {
                residual -= tableau.nonbasic_value(i) * &row.coefficients[j];
            }
            let positive = residual >= Rational::ZERO;
            let signed = |x: &Integer| if positive { x.clone() } else { -x };
            let mut entries: Vec<Integer> = program.rows.iter().map(|row| signed(&row.coefficients[j])).collect();
            entries.resize(m + q, Integer::ZERO);
            entries[m + j] = Integer::ONE;
            tableau.entries.push(entries);
            tableau.values.push(residual.abs());
            tableau.signs.push(positive);
        }
        tableau
    }

    fn nonbasic_value(&self, column: usize) -> Rational {
        let (lower, upper) = &self.bounds[column];
        match self.places[column] {
            Place::Lower => lower.clone().expect("at a finite bound"),
            Place::Upper => upper.clone().expect("at a finite bound"),
            Place::Zero | Place::Basic => Rational::ZERO,
        }
    }

    /// Sets the reduced costs for the objective coefficients `cost(column, m)`.
    fn price(&mut self, cost: impl Fn(usize, usize) -> Integer) {
        let m = self.program.rows.len();
        let mut costs: Vec<Integer> = (0..self.places.len()).map(|c| cost(c, m) * &self.scale).collect();
        for (entries, &b) in self.entries.iter().zip(&self.basis) {
            let basic = cost(b, m);
            if !basic.is_zero() {
                for (reduced, entry) in costs.iter_mut().zip(entries) {
                    *reduced -= &basic * entry;
                }
            }
        }
        self.costs = costs;
    }

    /// Pivots until optimality, unboundedness or an objective of at least `cutoff`.
    fn run(&mut self, cutoff: Option<&Rational>, stop: &dyn Fn() -> bool) -> End {
        let mut stalled = 0;
        loop {
            if stop() {
                return End::Stopped;
            }
            if cutoff.is_some_and(|c| self.objective >= *c) {
                return End::Cutoff;
            }
            let Some((entering, increase)) = self.entering(stalled > PATIENCE) else {
                return End::Optimal;
            };
            let Some((step, leaving)) = self.ratio_test(entering, increase) else {
                return End::Unbounded { entering, increase };
            };
            stalled = if step.is_zero() { stalled + 1 } else { 0 };
            self.objective += &step * Rational::from((&self.costs[entering]).abs()) / &self.scale;
            let signed_step = if increase { step } else { -step };
            for (value, entries) in self.values.iter_mut().zip(&self.entries) {
                if !entries[entering].is_zero() {
                    *value -= &signed_step * &entries[entering] / &self.scale;
                }
            }
            match leaving {
                None => self.places[entering] = if increase { Place::Upper } else { Place::Lower },
                Some((row, to)) => {
                    let value = self.nonbasic_value(entering) + signed_step;
                    self.places[self.basis[row]] = to;
                    self.exchange(row, entering, value);
                }
            }
        }
    }

    /// A multiplier whose change improves the objective: the one of the lowest index (`bland`) or of the largest reduced cost. Artificial
    /// variables and fixed ones stay where they are.
    fn entering(&self, bland: bool) -> Option<(usize, bool)> {
        let mut best: Option<(usize, bool)> = None;
        for column in 0..self.program.rows.len() {
            let cost = &self.costs[column];
            let improves = match self.places[column] {
                Place::Basic => false,
                Place::Lower => *cost > Integer::ZERO && self.bounds[column].0 != self.bounds[column].1,
                Place::Upper => *cost < Integer::ZERO && self.bounds[column].0 != self.bounds[column].1,
                Place::Zero => !cost.is_zero(),
            };
            if improves && best.is_none_or(|(b, _)| cost.abs_cmp(&self.costs[b]).is_gt()) {
                best = Some((column, *cost > Integer::ZERO));
                if bland {
                    break;
                }
            }
        }
        best
    }

    /// How far the entering variable can go, and which row of the basis stops it at which bound (`None`: its own other bound). Ties go to
    /// the lowest index.
    fn ratio_test(&self, entering: usize, increase: bool) -> Option<(Rational, Option<(usize, Place)>)> {
        let mut best = match &self.bounds[entering] {
            (Some(lower), Some(upper)) => Some((upper - lower, None)),
            _ => None,
        };
        for (row, entries) in self.entries.iter().enumerate() {
            let entry = &entries[entering];
            if entry.is_zero() {
                continue;
            }
            let basic = self.basis[row];
            let falls = (*entry > Integer::ZERO) == increase;
            let (lower, upper) = &self.bounds[basic];
            let Some(bound) = (if falls { lower } else { upper }) else { continue };
            let step = (&self.values[row] - bound).abs() * &self.scale / entry.abs();
            let better = match &best {
                None => true,
                Some((least, None)) => step < *least,
                Some((least, Some((other, _)))) => step < *least || (step == *least && basic < self.basis[*other]),
            };
            if better {
                best = Some((step, Some((row, if falls { Place::Lower } else { Place::Upper }))));
            }
        }
        best
    }

    /// Makes `entering` basic in `row`, with the given value.
    fn exchange(&mut self, row: usize, entering: usize, value: Rational) {
        let pivot_row = std::mem::take(&mut self.entries[row]);
        let pivot = pivot_row[entering].clone();
        let negative = pivot < Integer::ZERO;
        let scale = &self.scale;
        let update = |entries: &mut Vec<Integer>| {
            let factor = entries[entering].clone();
            for (entry, p) in entries.iter_mut().zip(&pivot_row) {
                let mut numerator = &*entry * &pivot;
                if !factor.is_zero() && !p.is_zero() {
                    numerator -= &factor * p;
                }
                // A minor of the data, up to sign, hence divisible.
                *entry = if negative { -(numerator / scale) } else { numerator / scale };
            }
        };
        self.entries.iter_mut().enumerate().filter(|&(r, _)| r != row).for_each(|(_, entries)| update(entries));
        update(&mut self.costs);
        self.entries[row] = if negative { pivot_row.into_iter().map(|x| -x).collect() } else { pivot_row };
        self.scale = pivot.abs();
        self.values[row] = value;
        self.basis[row] = entering;
        self.places[entering] = Place::Basic;
    }

    /// Exchanges the artificial variables, all 0, for multipliers, `preferred` ones first; equations that are linear combinations of the
    /// others are dropped. `false` if it was stopped.
    fn remove_artificial(&mut self, preferred: &[usize], stop: &dyn Fn() -> bool) -> bool {
        let m = self.program.rows.len();
        for entering in preferred.iter().copied().chain(0..m) {
            if self.places[entering] == Place::Basic {
                continue;
            }
            if let Some(row) = (0..self.basis.len()).find(|&r| self.basis[r] >= m && !self.entries[r][entering].is_zero()) {
                if stop() {
                    return false;
                }
                let value = self.nonbasic_value(entering);
                self.places[self.basis[row]] = Place::Lower;
                self.exchange(row, entering, value);
            }
        }
        for row in (0..self.basis.len()).rev().filter(|&r| self.basis[r] >= m).collect::<Vec<_>>() {
            self.places[self.basis[row]] = Place::Lower;
            self.basis.remove(row);
            self.entries.remove(row);
            self.values.remove(row);
        }
        true
    }

    /// The current multipliers of the program's rows.
    fn solution(&self) -> Vec<Rational> {
        let m = self.program.rows.len();
        let mut l: Vec<Rational> = (0..m).map(|i| self.nonbasic_value(i)).collect();
        for (&b, value) in self.basis.iter().zip(&self.values).filter(|&(&b, _)| b < m) {
            l[b] = value.clone();
        }
        l
    }

    /// `v` with reduced costs `cost_i − g_i·v`, read off the artificial columns, whose objective coefficient is `artificial_cost`.
    fn multipliers_of_equations(&self, artificial_cost: &Integer) -> Vec<Rational> {
        let m = self.program.rows.len();
        let value = |(cost, &positive): (&Integer, &bool)| {
            let v = Rational::from(artificial_cost * &self.scale - cost) / &self.scale;
            if positive { v } else { -v }
        };
        self.costs[m..].iter().zip(&self.signs).map(value).collect()
    }

    /// The change of all multipliers per unit of the entering one.
    fn direction(&self, entering: usize, increase: bool) -> Vec<Rational> {
        let signed = |x: &Integer| Rational::from(if increase { x.clone() } else { -x });
        let mut direction = vec![Rational::ZERO; self.program.rows.len()];
        // Times `scale`: a positive factor changes nothing, and the entries become integers.
        direction[entering] = signed(&self.scale);
        for (&b, entries) in self.basis.iter().zip(&self.entries) {
            direction[b] = -signed(&entries[entering]);
        }
        direction
    }
}
