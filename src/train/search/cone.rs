//! The polyhedral cone `K = {w : s_l x̃_l·w ≥ 0}` of the decided points of a neuron, by its generators (double description).
//!
//! `K = lin(L) + cone(R)`. A cut by `x̃·w ≥ 0` either turns a line into a ray (if some line has `x̃·ℓ ≠ 0`), or keeps the rays with `x̃·r ≥ 0` and adds, for every pair
//! of *adjacent* rays on either side, the ray of their plane in the hyperplane. Two rays are adjacent iff no third ray lies on all the hyperplanes that
//! both lie on (Motzkin, Raiffa, Thompson & Thrall 1953; Fukuda & Prodon 1996).

use super::Model;
use crate::exact::{Integer, Rational, nearest_f64};
use dashu_base::{Abs, Gcd, Signed};

/// What a cone says about a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::train) enum State {
    /// `x̃·w ≤ 0` on all of the cone.
    Off,
    /// `x̃·w ≥ 0` on all of the cone.
    On,
    /// Both signs occur inside.
    Undecided,
}

/// A full-dimensional cone.
#[derive(Debug, Clone)]
pub(in crate::train) struct Cone {
    /// The cuts in their order: site, and whether it is on.
    pub(in crate::train) bits: Vec<(usize, bool)>,
    /// The generators as primitive integer vectors; the first `2·lines` are `ℓ, −ℓ` for each line.
    pub(in crate::train) rays: Vec<Vec<Integer>>,
    /// The number of lines (the dimension of the lineality space).
    pub(in crate::train) lines: usize,
    /// For each generator the sites' values `x̃_s·r`, exactly.
    pub(in crate::train) exact_values: Vec<Vec<Integer>>,
    /// The same as floats, each generator scaled so that the largest magnitude lies in [1/2, 1]: `values[g·sites + s]`. Errors are at most 2^-50, and signs (0 included) are right.
    pub(in crate::train) values: Vec<f64>,
    /// A state for each site.
    pub(in crate::train) states: Vec<State>,
}

fn primitive(v: Vec<Integer>) -> Vec<Integer> {
    let divisor = v.iter().fold(Integer::ZERO, |g, x| if x.is_zero() { g } else { Integer::from((&g).gcd(x)) }).abs();
    if divisor.is_zero() || divisor.is_one() { v } else { v.into_iter().map(|x| x / &divisor).collect() }
}

/// `b·u − a·v`.
fn combine(a: &Integer, u: &[Integer], b: &Integer, v: &[Integer]) -> Vec<Integer> {
    primitive(u.iter().zip(v).map(|(x, y)| b * x - a * y).collect())
}

fn negated(v: &[Integer]) -> Vec<Integer> {
    v.iter().map(|x| -x).collect()
}

impl Cone {
    /// The whole space.
    pub(in crate::train) fn root(model: &Model<'_>) -> Self {
        let rank = model.rank();
        let unit = |c: usize, sign: i8| (0..rank).map(|i| if i == c { Integer::from(sign) } else { Integer::ZERO }).collect();
        let rays = (0..rank).flat_map(|c| [unit(c, 1), unit(c, -1)]).collect();
        Cone::assemble(model, Vec::new(), rays, rank)
    }

    /// The parts of this cone on which `site`, undecided here, is off and on. Both are full-dimensional.
    pub(in crate::train) fn split(&self, model: &Model<'_>, site: usize) -> [Cone; 2] {
        [false, true].map(|on| self.cut(model, site, on))
    }

    /// The part of this cone on which `site`, undecided here, is on or off.
    pub(in crate::train) fn cut(&self, model: &Model<'_>, site: usize, on: bool) -> Cone {
        debug_assert_eq!(self.states[site], State::Undecided);
        let value = |g: usize| if on { self.exact_values[g][site].clone() } else { -&self.exact_values[g][site] };
        let mut bits = self.bits.clone();
        bits.push((site, on));
        let (lines, rays): (Vec<usize>, Vec<usize>) = ((0..self.lines).map(|l| 2 * l).collect(), (2 * self.lines..self.rays.len()).collect());
        if let Some(&pivot) = lines.iter().find(|&&l| !self.exact_values[l][site].is_zero()) {
            // Everything else moves along the pivot line into the hyperplane, and the pivot becomes a ray.
            let pivot_value = value(pivot);
            let direction = if pivot_value.is_positive() { self.rays[pivot].clone() } else { negated(&self.rays[pivot]) };
            let pivot_value = pivot_value.abs();
            let moved = |g: usize| combine(&value(g), &self.rays[g], &pivot_value, &direction);
            let mut generators: Vec<Vec<Integer>> = lines.iter().filter(|&&l| l != pivot).map(|&l| moved(l)).flat_map(|l| [negated(&l), l]).collect();
            generators.extend(rays.iter().map(|&r| moved(r)));
            generators.push(direction);
            return Cone::assemble(model, bits, generators, self.lines - 1);
        }
        let zeros: Vec<Vec<bool>> =
            (0..self.rays.len()).map(|g| self.bits.iter().map(|&(s, _)| self.exact_values[g][s].is_zero()).collect()).collect();
        let adjacent = |p: usize, n: usize| {
            let common: Vec<usize> = (0..self.bits.len()).filter(|&b| zeros[p][b] && zeros[n][b]).collect();
            !rays.iter().any(|&r| r != p && r != n && common.iter().all(|&b| zeros[r][b]))
        };
        let mut generators: Vec<Vec<Integer>> = self.rays[..2 * self.lines].to_vec();
        generators.extend(rays.iter().filter(|&&r| !value(r).is_negative()).map(|&r| self.rays[r].clone()));
        for &p in rays.iter().filter(|&&r| value(r) > Integer::ZERO) {
            for &n in rays.iter().filter(|&&r| value(r).is_negative()) {
                if adjacent(p, n) {
                    generators.push(combine(&value(n), &self.rays[n], &value(p), &self.rays[p]));
                }
            }
        }
        Cone::assemble(model, bits, generators, self.lines)
    }

    fn assemble(model: &Model<'_>, bits: Vec<(usize, bool)>, rays: Vec<Vec<Integer>>, lines: usize) -> Self {
        let sites = model.sites();
        let exact_values: Vec<Vec<Integer>> =
            rays.iter().map(|r| (0..sites).map(|s| model.row(s).iter().zip(r).fold(Integer::ZERO, |sum, (x, v)| sum + x * v)).collect()).collect();
        let mut values = Vec::with_capacity(rays.len() * sites);
        for row in &exact_values {
            let largest = row.iter().map(Abs::abs).max().expect("there is a site");
            values.extend(row.iter().map(|v| nearest_f64(&(Rational::from(v.clone()) / Rational::from(largest.clone())))));
        }
        let states = (0..sites)
            .map(|s| match (exact_values.iter().any(|row| row[s].is_negative()), exact_values.iter().any(|row| row[s] > Integer::ZERO)) {
                (true, true) => State::Undecided,
                (true, false) => State::Off,
                _ => State::On,
            })
            .collect();
        Cone { bits, rays, lines, exact_values, values, states }
    }

    /// The number of generators.
    pub(in crate::train) fn generators(&self) -> usize {
        self.rays.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::parse_rational;
    use crate::instance::{Activation, Architecture, Data, Instance, Loss};

    /// Origin: by hand. Four points around the origin; w is on at all of them or off at all of them exactly in the cones over the square.
    #[test]
    fn a_square_is_cut_out() {
        let q = |text: &str| parse_rational(text).unwrap();
        let points = ["1 1", "1 -1", "-1 1", "-1 -1"].map(|p| p.split(' ').map(q).collect());
        let data = Data::new(points.to_vec(), vec![q("0"); 4]).unwrap();
        let architecture = Architecture { activation: Activation::Relu, width: 1, output_bias: false };
        let instance = Instance { data, architecture, loss: Loss::L2, target_error: None };
        let model = Model::new(&instance);
        let mut cone = Cone::root(&model);
        let mut lines = vec![cone.lines];
        for site in 0..3 {
            cone = cone.cut(&model, site, true);
            lines.push(cone.lines);
        }
        assert_eq!(lines, [3, 2, 1, 0]);
        assert_eq!((cone.generators(), cone.states[3]), (3, State::Undecided));
        let [off, on] = cone.split(&model, 3);
        assert_eq!((on.generators(), off.generators()), (4, 3));
    }
}
