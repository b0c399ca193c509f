//! The cone `K = {w : ±x̃_s·w ≥ 0 for the cut sites s}` of a neuron, full-dimensional, by generators: `K = span(lines) + {Σ λ_r r : λ ≥ 0}`.
//!
//! The double description method: a cut by `x̃·w ≥ 0` turns a line with `x̃·ℓ ≠ 0` into a ray and moves everything else along it into the hyperplane; without such a line it
//! keeps the rays with `x̃·r ≥ 0` and adds, for each two *adjacent* rays on either side, the ray of their plane in the hyperplane. Two rays are adjacent
//! iff no third lies on all cuts that both lie on.

use super::terms::Terms;
use dashu_int::ops::{Abs, Gcd};
use dashu_int::{IBig, UBig};
use std::cell::OnceCell;
use std::cmp::Ordering;

#[derive(Clone)]
pub(super) struct Cone {
    /// Sites and whether they are on, in the order of the cuts. Equal cuts make equal cones.
    pub(super) cuts: Vec<(usize, bool)>,
    lines: Vec<Vec<IBig>>,
    rays: Vec<Ray>,
    table: OnceCell<Table>,
}

#[derive(Clone)]
struct Ray {
    w: Vec<IBig>,
    /// The set of the cuts whose hyperplane contains the ray, as bits.
    zeros: UBig,
}

/// Which signs `x̃·w` has inside a cone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum State {
    Off,
    On,
    Undecided,
}

/// `x̃_s·r` for all generators `r` (a line ±ℓ is two) and sites `s`.
#[derive(Clone)]
pub(super) struct Table {
    pub(super) values: Values,
    pub(super) states: Vec<State>,
}

/// A row for each generator.
#[derive(Clone)]
pub(super) enum Values {
    Small(Vec<Vec<i64>>),
    Large(Vec<Vec<IBig>>),
}

impl State {
    pub(super) fn of(positive: bool, negative: bool) -> Self {
        match (positive, negative) {
            (true, true) => State::Undecided,
            (false, true) => State::Off,
            (_, false) => State::On,
        }
    }
}

fn dot(x: &[IBig], w: &[IBig]) -> IBig {
    x.iter().zip(w).fold(IBig::ZERO, |sum, (x, w)| sum + x * w)
}

/// `a·u + b·v`, divided by the greatest common divisor.
fn combine(a: &IBig, u: &[IBig], b: &IBig, v: &[IBig]) -> Vec<IBig> {
    let w: Vec<IBig> = u.iter().zip(v).map(|(u, v)| a * u + b * v).collect();
    let divisor = content(w.iter());
    if divisor <= IBig::ONE { w } else { w.into_iter().map(|w| w / &divisor).collect() }
}

impl Cone {
    /// The whole space.
    pub(super) fn whole(rank: usize) -> Self {
        let unit = |c: usize| (0..rank).map(|i| IBig::from(u8::from(i == c))).collect();
        Cone { cuts: Vec::new(), lines: (0..rank).map(unit).collect(), rays: Vec::new(), table: OnceCell::new() }
    }

    /// Whether the point with row `x` is on or off in all of the cone.
    pub(super) fn state(&self, x: &[IBig]) -> State {
        if self.lines.iter().any(|line| dot(x, line) != IBig::ZERO) {
            return State::Undecided;
        }
        let values: Vec<IBig> = self.rays.iter().map(|ray| dot(x, &ray.w)).collect();
        State::of(values.iter().any(|v| *v > IBig::ZERO), values.iter().any(|v| *v < IBig::ZERO))
    }

    /// The part on which `site`, undecided here, with row `x`, is on or off.
    pub(super) fn cut(&self, site: usize, x: &[IBig], on: bool) -> Cone {
        let value = |w: &[IBig]| if on { dot(x, w) } else { -dot(x, w) };
        let new = UBig::ONE << self.cuts.len();
        let mut cuts = Vec::with_capacity(self.cuts.len() + 1);
        cuts.extend_from_slice(&self.cuts);
        cuts.push((site, on));
        let mut lines: Vec<(Vec<IBig>, IBig)> = self.lines.iter().map(|line| (line.clone(), value(line))).collect();
        let mut rays = Vec::with_capacity(self.rays.len() + 1);
        if let Some(pivot) = lines.iter().position(|(_, value)| *value != IBig::ZERO) {
            let (mut direction, mut height) = lines.swap_remove(pivot);
            if height < IBig::ZERO {
                direction.iter_mut().for_each(|w| *w = -std::mem::take(w));
                height = -height;
            }
            let moved = |w: &[IBig], value: &IBig| if *value == IBig::ZERO { w.to_vec() } else { combine(&height, w, &-value, &direction) };
            rays.extend(self.rays.iter().map(|Ray { w, zeros }| Ray { w: moved(w, &value(w)), zeros: zeros | &new }));
            let lines = lines.iter().map(|(line, value)| moved(line, value)).collect();
            rays.push(Ray { w: direction, zeros: new - UBig::ONE });
            return Cone { cuts, lines, rays, table: OnceCell::new() };
        }
        let values: Vec<IBig> = self.rays.iter().map(|ray| value(&ray.w)).collect();
        for (p, above) in values.iter().enumerate().filter(|(_, above)| **above >= IBig::ZERO) {
            let Ray { w, zeros } = &self.rays[p];
            if *above == IBig::ZERO {
                rays.push(Ray { w: w.clone(), zeros: zeros | &new });
                continue;
            }
            rays.push(self.rays[p].clone());
            for (n, below) in values.iter().enumerate().filter(|(_, below)| **below < IBig::ZERO) {
                let common = zeros & &self.rays[n].zeros;
                let between = |(r, ray): (usize, &Ray)| r != p && r != n && &common & &ray.zeros == common;
                if !self.rays.iter().enumerate().any(between) {
                    rays.push(Ray { w: combine(above, &self.rays[n].w, &-below, w), zeros: common | &new });
                }
            }
        }
        Cone { cuts, lines: self.lines.clone(), rays, table: OnceCell::new() }
    }

    /// The part that a neuron with opposite strict signs at two sites, off at the first, must lie in; `None` if it cannot lie in this cone.
    pub(super) fn crossing(&self, terms: &Terms, off: usize, on: usize) -> Option<Cone> {
        let side = |cone: &Cone, site: usize, wanted: State| {
            let x = &terms.rows[site];
            match cone.state(x) {
                State::Undecided => Some(cone.cut(site, x, wanted == State::On)),
                state if state == wanted => Some(cone.clone()),
                _ => None,
            }
        };
        side(&side(self, off, State::Off)?, on, State::On)
    }

    pub(super) fn table(&self, terms: &Terms) -> &Table {
        self.table.get_or_init(|| {
            let negative: Vec<Vec<IBig>> = self.lines.iter().map(|line| line.iter().map(|w| -w).collect()).collect();
            let generators: Vec<&Vec<IBig>> = self.lines.iter().chain(&negative).chain(self.rays.iter().map(|ray| &ray.w)).collect();
            let small = generators.iter().map(|w| small_row(terms, w)).collect::<Option<Vec<Vec<i64>>>>();
            let large = || generators.iter().map(|w| terms.rows.iter().map(|x| dot(x, w)).collect()).collect();
            let values = small.map_or_else(|| Values::Large(large()), Values::Small);
            let mut signs = vec![(false, false); terms.rows.len()];
            let mut note = |site: usize, order: Ordering| {
                signs[site].0 |= order == Ordering::Greater;
                signs[site].1 |= order == Ordering::Less;
            };
            match &values {
                Values::Small(rows) => rows.iter().for_each(|row| row.iter().enumerate().for_each(|(s, v)| note(s, v.cmp(&0)))),
                Values::Large(rows) => rows.iter().for_each(|row| row.iter().enumerate().for_each(|(s, v)| note(s, v.cmp(&IBig::ZERO)))),
            }
            Table { states: signs.into_iter().map(|(positive, negative)| State::of(positive, negative)).collect(), values }
        })
    }
}

/// The values of one generator, if everything fits into 64 bits.
fn small_row(terms: &Terms, w: &[IBig]) -> Option<Vec<i64>> {
    let w: Vec<i64> = w.iter().map(|w| i64::try_from(w).ok()).collect::<Option<_>>()?;
    let mut row = Vec::with_capacity(terms.rows.len());
    for x in terms.small_rows.as_ref()?.chunks(w.len()) {
        row.push(x.iter().zip(&w).try_fold(0i64, |sum, (x, w)| sum.checked_add(x.checked_mul(*w)?))?);
    }
    Some(row)
}

/// The greatest common divisor of integers that are not all 0.
pub(super) fn content<'a>(values: impl Iterator<Item = &'a IBig>) -> IBig {
    values.fold(IBig::ZERO, |g, v| if *v == IBig::ZERO { g } else { IBig::from((&g).gcd(v)) }).abs()
}
