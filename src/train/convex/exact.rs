//! What floats propose, in integers: contradictions, vertices, and the linear program itself where floats do not get anywhere.

use super::program::{Cut, Program};
use super::simplex::Simplex;
use crate::exact::{Echelon, Integer, Rational, common_denominator, scaled_integer};
use crate::optimize::lp::{LinearProgram, LpVerdict, Row, RowKind};
use crate::train::search::{Leaf, Node, State};
use dashu_base::Abs;
use std::collections::BTreeMap;

/// Farkas multipliers: `λ ≥ 0` for inequalities, `μ` for equations, with `Σ μ g − Σ λ g = 0` and `Σ μ y − Σ λ y > 0`.
#[derive(Debug, Clone)]
pub(super) struct Contradiction(Vec<(Cut, Integer)>);

impl Contradiction {
    /// The multipliers of rows that determine them up to a factor, if the rows contradict each other.
    pub(super) fn of_rows(program: &Program<'_, '_>, rows: &[Cut]) -> Option<Self> {
        let coefficients: Vec<Vec<Integer>> = rows.iter().map(|cut| program.row(cut)).collect();
        let column = |i: usize| coefficients.iter().map(|row| row[i].clone()).collect::<Vec<Integer>>();
        let columns = (0..program.unknowns).map(column).filter(|column| column.iter().any(|v| !v.is_zero())).collect();
        let mut kernel = Echelon::new(columns, rows.len()).kernel(rows.len());
        let mut multipliers = kernel.pop().filter(|_| kernel.is_empty())?;
        // Σ l g = 0; the signs are those of Σ l y ≤ Σ l g·v with l ≥ 0 on inequalities, so that Σ l y < 0 contradicts.
        let gain = rows.iter().zip(&multipliers).fold(Integer::ZERO, |sum, (cut, l)| sum + l * program.rhs(cut.site));
        if gain.is_zero() {
            return None;
        }
        if gain > Integer::ZERO {
            multipliers.iter_mut().for_each(|l| *l = -std::mem::take(l));
        }
        if rows.iter().zip(&multipliers).any(|(cut, l)| !cut.equation && *l < Integer::ZERO) {
            return None;
        }
        let signed = rows.iter().zip(multipliers).filter(|(_, l)| !l.is_zero()).map(|(cut, l)| (*cut, if cut.equation { -l } else { l }));
        Some(Contradiction(signed.collect()))
    }

    /// The leaf that it is for a node in whose cones all neurons are decided at the sites of its equations: see the [module](super).
    pub(super) fn leaf(&self, program: &Program<'_, '_>, node: &Node) -> Leaf {
        let model = program.model;
        // For each site `U` and the sums of the multipliers with each neuron.
        let mut sites: BTreeMap<usize, (Integer, Vec<Integer>)> = BTreeMap::new();
        for (cut, multiplier) in &self.0 {
            let (total, with) = sites.entry(cut.site).or_insert_with(|| (Integer::ZERO, vec![Integer::ZERO; program.width()]));
            if cut.equation {
                *total += multiplier;
                continue;
            }
            *total -= multiplier;
            (0..program.width()).filter(|j| cut.pieces >> j & 1 == 1).for_each(|j| with[j] += multiplier);
        }
        let mut u = vec![Integer::ZERO; model.items.len()];
        let mut p = vec![Vec::new(); program.width()];
        for (site, (total, with)) in sites {
            u[model.items_of_site[site][0]].clone_from(&total);
            if total >= Integer::ZERO {
                continue;
            }
            for (j, with) in with.into_iter().enumerate() {
                let multiplier = match node.cones[j].states[site] {
                    State::On => (&total).abs(),
                    State::Off => Integer::ZERO,
                    State::Undecided => with,
                };
                if !multiplier.is_zero() {
                    p[j].push((site, multiplier));
                }
            }
        }
        Leaf { u, p }
    }
}

/// A point in integers over a common denominator.
#[derive(Debug, Clone)]
pub(super) struct Point {
    pub(super) rational: Vec<Rational>,
    /// At each site the deficit times a positive number, and the positive neurons.
    pub(super) deficits: Vec<(Integer, u64)>,
}

impl Point {
    pub(super) fn new(program: &Program<'_, '_>, rational: Vec<Rational>) -> Self {
        let scale = common_denominator(&rational);
        let integers: Vec<Integer> = rational.iter().map(|v| scaled_integer(v, &scale)).collect();
        let deficits = program.exact_deficits(&integers, &scale);
        Point { rational, deficits }
    }

    /// The vertex of a basis, if the rows determine it.
    pub(super) fn of_basis(program: &Program<'_, '_>, simplex: &Simplex) -> Option<Self> {
        let q = program.unknowns;
        let mut rows: Vec<Vec<Integer>> = simplex
            .cuts()
            .map(|cut| {
                let mut row = program.row(&cut);
                row.push(program.rhs(cut.site).clone());
                row
            })
            .collect();
        for (i, value) in simplex.at_box() {
            let shift = program.shift(i);
            let power = |exponent: i64| Integer::ONE << usize::try_from(exponent.max(0)).expect("fits memory");
            let mut row = vec![Integer::ZERO; q + 1];
            row[i] = power(-shift);
            row[q] = Integer::try_from(value).expect("an integer") * power(shift);
            rows.push(row);
        }
        Some(Point::new(program, Echelon::new(rows, q).solution(q, q, |_| Rational::ZERO)?))
    }

    /// Whether the network of the point has no error.
    pub(super) fn is_solution(&self) -> bool {
        self.deficits.iter().all(|(deficit, _)| deficit.is_zero())
    }
}

/// What the exact program says.
#[derive(Debug)]
pub(super) enum Verdict {
    Contradiction(Contradiction),
    /// A point that satisfies everything.
    Point(Point),
    /// The time was up.
    Stopped,
}

/// Decides the polyhedron of these equations and the inequalities of all sites, beginning with the rows `cuts`.
///
/// # Complexity
/// Exact linear programs with more and more rows: for what floats cannot do.
pub(super) fn decide(program: &Program<'_, '_>, equations: &[Cut], cuts: impl Iterator<Item = Cut>, stop: &dyn Fn() -> bool) -> Verdict {
    let mut cuts: Vec<Cut> = cuts.collect();
    loop {
        let row = |cut: &Cut| {
            let (coefficients, rhs) = (program.row(cut), program.rhs(cut.site).clone());
            if cut.equation {
                return Row { coefficients, rhs, kind: RowKind::Equal };
            }
            Row { coefficients: coefficients.into_iter().map(|v| -v).collect(), rhs: -rhs, kind: RowKind::AtLeast }
        };
        let exact = LinearProgram { objective: vec![Integer::ZERO; program.unknowns], rows: cuts.iter().map(row).collect() };
        let point = match exact.solve_unless(None, stop) {
            None => return Verdict::Stopped,
            Some(LpVerdict::Infeasible { farkas }) => {
                let scale = common_denominator(&farkas);
                let multipliers = cuts.iter().zip(&farkas).filter(|(_, l)| !l.is_zero());
                return Verdict::Contradiction(Contradiction(multipliers.map(|(cut, l)| (*cut, scaled_integer(l, &scale))).collect()));
            }
            Some(LpVerdict::Optimal(optimum)) => Point::new(program, optimum.point),
            Some(LpVerdict::Unbounded { .. } | LpVerdict::AboveCutoff { .. }) => unreachable!("there is no objective and no cutoff"),
        };
        let before = cuts.len();
        for (site, (deficit, pieces)) in point.deficits.iter().enumerate() {
            if *deficit < Integer::ZERO {
                cuts.push(Cut { site, pieces: *pieces, equation: false });
            }
        }
        if cuts.len() == before {
            // Where φ ≤ y, an equation with the wrong set of neurons is violated, too.
            let scale = common_denominator(&point.rational);
            let integers: Vec<Integer> = point.rational.iter().map(|v| scaled_integer(v, &scale)).collect();
            let violated =
                |cut: &&Cut| program.row(cut).iter().zip(&integers).fold(Integer::ZERO, |sum, (g, v)| sum + g * v) != program.rhs(cut.site) * &scale;
            let missing = equations.iter().find(violated);
            cuts.extend(missing);
        }
        if cuts.len() == before {
            return Verdict::Point(point);
        }
    }
}
