//! The relaxation of the maximum loss on a few points, exactly.
//!
//! The largest residual of an optimum is often forced by a few points in one part of the line, wherever the other kinks are. Then many nodes have the same bound, the optimum itself, which no bound in floats can reach. But that of a few
//! points is a small linear program: on them, a neuron with its kink in a window is a sum of nonnegative multiples of the atoms at these points and at the window's ends. Its optimum over the points that carry multipliers in the
//! floats' solution is a lower bound for all points.

use super::node::{Atom, Side, Window};
use super::sites::Sites;
use crate::exact::{Integer, Rational, common_denominator, scaled_integer};
use crate::optimize::lp::{LinearProgram, LpVerdict, Row, RowKind};
use crate::train::pattern::PatternSpace;

/// A lower bound on the maximum loss of the networks of a node, from its points with the largest multipliers `v`.
pub(super) fn maximum_bound(space: &PatternSpace<'_>, sites: &Sites, windows: &[Window], v: &[f64]) -> Option<Rational> {
    /// Multipliers below this share of the largest are noise.
    const NOISE: f64 = 1e-7;
    /// A solved program has fewer multipliers than this, and one of more points would take long.
    const MOST: usize = 100;
    let architecture = space.instance().architecture;
    let n = sites.len();
    let largest = v.iter().map(|v| v.abs()).fold(0.0, f64::max);
    let carries = |&site: &usize| v[sites.first[site]..sites.first[site + 1]].iter().any(|v| v.abs() > NOISE * largest);
    let support: Vec<usize> = (0..n).filter(carries).collect();
    if support.len() > MOST {
        return None;
    }
    let mut atoms: Vec<Atom> = Vec::new();
    for window in windows {
        let inner = support.iter().map(|&site| if window.class.side == Side::Right { site + 1 } else { site });
        let places = inner.filter(|&place| window.first < place && place < window.last).chain([window.first, window.last]);
        for atom in places.map(|place| Atom { class: window.class, place }) {
            if !atoms.contains(&atom) {
                atoms.push(atom);
            }
        }
    }
    let coordinate = |site: usize| &space.instance().data.points()[space.design().points_of_row(sites.rows[site])[0]][0];
    let scale = common_denominator((0..n).map(coordinate));
    let integer = |site: usize| scaled_integer(coordinate(site), &scale);
    let value = |atom: &Atom, site: usize| {
        let value = match atom.class.side {
            Side::Right if atom.place == 0 => Integer::ONE,
            Side::Left if atom.place == n => Integer::ONE,
            Side::Right => (integer(site) - integer(atom.place - 1)).max(Integer::ZERO),
            Side::Left => (integer(atom.place) - integer(site)).max(Integer::ZERO),
        };
        if atom.class.plus { value } else { -value }
    };
    let free = if architecture.affine { 2 } else { usize::from(architecture.output_bias) };
    let unknowns = atoms.len() + free + 1;
    let mut rows = Vec::new();
    for &site in &support {
        let free = [Integer::ONE, integer(site)].into_iter().take(free);
        let mut coefficients: Vec<Integer> = atoms.iter().map(|atom| value(atom, site)).chain(free).chain([Integer::ONE]).collect();
        let targets = || space.design().points_of_row(sites.rows[site]).iter().map(|&i| &space.targets()[i]);
        let (low, high) = (targets().min().expect("a point"), targets().max().expect("a point"));
        rows.push(Row { coefficients: coefficients.clone(), rhs: high.clone(), kind: RowKind::AtLeast });
        coefficients[..unknowns - 1].iter_mut().for_each(|c| *c = -c.clone());
        rows.push(Row { coefficients, rhs: -low.clone(), kind: RowKind::AtLeast });
    }
    let unit = |index: usize| (0..unknowns).map(|i| if i == index { Integer::ONE } else { Integer::ZERO }).collect::<Vec<Integer>>();
    rows.extend((0..atoms.len()).map(|index| Row { coefficients: unit(index), rhs: Integer::ZERO, kind: RowKind::AtLeast }));
    match (LinearProgram { objective: unit(unknowns - 1), rows }).solve() {
        LpVerdict::Optimal(optimum) => Some(optimum.value / Rational::from(space.target_scale().clone())),
        _ => None,
    }
}
