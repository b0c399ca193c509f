//! Which conditions are forced to hold with equality, and equations that imply all of these exactly.
//!
//! Only signs of exact numbers decide here, so whatever is called implied is implied. What is *not* found costs success, never soundness.

use super::shape::{Kind, Shape, Values};
use super::view::View;
use crate::exact::independent_columns;

/// Conditions with `G_j(r)` above minus this fraction of the neuron's coefficients can be forced: proposals are good to 1e-9 or better.
const NEARLY_TIGHT: f64 = 1e-7;

/// An equation, linear in the numbers of a shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Row {
    /// `G_j(r) = 0` for generator `g` of neuron `j`.
    Generator(usize, usize),
    /// Coordinate `c` of the vector `Σ ±|U_s| x̃_s − Σ p_js x̃_s` whose product with `r` is `G_j(r)`, for neurons without an undecided convex site.
    Coordinate(usize, usize),
    /// `Σ U_s = 0`.
    Balance,
}

/// Equations and what follows from them.
#[derive(Debug, Default)]
pub(super) struct Forced {
    /// The equations.
    pub(super) rows: Vec<Row>,
    /// For each generator, in the order of [`Values::g`]: whether the equations imply `G_j(r) = 0`.
    pub(super) zero: Vec<bool>,
    /// For each neuron: whether the equations imply that all its conditions are equalities.
    vanishing: Vec<bool>,
    face: Vec<usize>,
}

/// Whether no term of `G_j` is other than 0 on a generator with these values.
pub(super) fn empty(shape: &Shape, j: usize, values: &[f64]) -> bool {
    values.iter().enumerate().all(|(s, &v)| match shape.kind(j, s) {
        Kind::Idle => true,
        Kind::Convex => v <= 0.0,
        Kind::Full | Kind::Free | Kind::Linear => v == 0.0,
    })
}

/// Whether `G_j` is linear on the whole cone.
fn linear(view: &View<'_>, shape: &Shape, j: usize) -> bool {
    use super::super::State;
    !view.relu() || (0..view.sites()).all(|s| shape.kind(j, s) != Kind::Convex || view.state(j, s) == State::On)
}

/// Whether site `s` of value `v` takes part in `G_j` with its whole `|U_s|`; `None` for a free multiplier.
fn takes_part(shape: &Shape, j: usize, s: usize, v: f64) -> Option<bool> {
    match shape.kind(j, s) {
        Kind::Idle => Some(false),
        Kind::Full | Kind::Linear => Some(true),
        Kind::Convex => Some(v > 0.0),
        Kind::Free => None,
    }
}

/// Whether `a_i G_i` and `a_j G_j` have the same terms on a vector of both cones where the sites have these values.
fn alike(shape: &Shape, i: usize, j: usize, values: &[f64]) -> bool {
    values
        .iter()
        .enumerate()
        .all(|(s, &v)| v == 0.0 || shape.sums[s] == 0.0 || takes_part(shape, i, s, v).is_some_and(|part| takes_part(shape, j, s, v) == Some(part)))
}

/// The same for a vector of cone `i`, in or out of cone `j`, and the linear function that `G_j` is on its cone.
fn alike_linear(shape: &Shape, i: usize, j: usize, values: &[f64]) -> bool {
    values.iter().enumerate().all(|(s, &v)| {
        v == 0.0
            || shape.sums[s] == 0.0
            || match shape.kind(j, s) {
                Kind::Idle => takes_part(shape, i, s, v) == Some(false),
                Kind::Full | Kind::Convex | Kind::Linear => takes_part(shape, i, s, v) == Some(true),
                Kind::Free => false,
            }
    })
}

/// Whether no site that counts has a negative value. Where there is an affine function, `G_i = ±Σ U_s x̃_s·r` with the largest multipliers, which is 0, and less is not possible.
fn is_nowhere_negative(shape: &Shape, values: &[f64]) -> bool {
    values.iter().zip(&shape.sums).all(|(&v, &sum)| sum == 0.0 || v >= 0.0)
}

/// Whether every site takes part in `G_j` with its whole `|U_s|` on a vector with these values.
fn takes_all(shape: &Shape, j: usize, values: &[f64]) -> bool {
    values.iter().enumerate().all(|(s, &v)| v == 0.0 || shape.sums[s] == 0.0 || takes_part(shape, j, s, v) == Some(true))
}

/// Whether the vector on which the sites have these values lies in cone `j`.
fn contains(view: &View<'_>, j: usize, sites: &[f64]) -> bool {
    view.bits(j).iter().all(|&(s, on)| if on { sites[s] >= 0.0 } else { sites[s] <= 0.0 })
}

/// Ties free multipliers to the bound that a vector with these values forces them to.
fn tie(shape: &mut Shape, j: usize, sites: &[f64]) {
    for (s, &v) in sites.iter().enumerate() {
        let at = j * sites.len() + s;
        if v != 0.0 && shape.kinds[at] == Kind::Free {
            shape.kinds[at] = if v > 0.0 { Kind::Full } else { Kind::Idle };
            shape.p[at] = 0.0;
        }
    }
}

impl Forced {
    /// Finds the forced conditions of `shape`, whose values are `values`. Multipliers that are forced to a bound are tied to it in `shape`. `false` if some
    /// condition is forced but the shape cannot fulfil it.
    pub(super) fn find(&mut self, view: &View<'_>, shape: &mut Shape, values: &Values) -> bool {
        self.rows.clear();
        self.zero.clear();
        self.zero.resize(values.g.len(), false);
        self.vanishing.clear();
        self.vanishing.resize(view.neurons(), false);
        if view.model.output_bias() {
            self.rows.push(Row::Balance);
        }
        let constant = view.model.output_bias() || view.model.has_affine();
        if !self.lines(view, shape, values) || (constant && !self.constants(view, shape, values)) {
            return false;
        }
        let tight = |j: usize, g: usize| values.of(j)[g] >= -NEARLY_TIGHT * values.weights[j];
        for i in 0..view.neurons() {
            for g in 0..view.generators(i) {
                let at = values.starts[i] + g;
                if !self.zero[at] && tight(i, g) {
                    if empty(shape, i, view.values(i, g)) {
                        self.zero[at] = true;
                    } else if view.model.has_affine() && is_nowhere_negative(shape, view.values(i, g)) {
                        tie(shape, i, view.values(i, g));
                        if !takes_all(shape, i, view.values(i, g)) {
                            return false;
                        }
                        self.zero[at] = true;
                    } else if !self.opposed(view, shape, values, i, g) {
                        return false;
                    }
                }
            }
        }
        self.crossing(view, shape, values, tight);
        let Forced { rows, vanishing, .. } = self;
        rows.retain(|row| match *row {
            Row::Generator(i, g) => !(0..view.neurons()).any(|j| j != i && vanishing[j] && alike_linear(shape, i, j, view.values(i, g))),
            Row::Coordinate(..) | Row::Balance => true,
        });
        for i in 0..view.neurons() {
            for g in 0..view.generators(i) {
                let at = values.starts[i] + g;
                if !self.zero[at] && tight(i, g) {
                    self.zero[at] = self.follows(view, shape, values, i, g);
                }
            }
        }
        true
    }

    /// `G_j = 0` on lines.
    fn lines(&mut self, view: &View<'_>, shape: &Shape, values: &Values) -> bool {
        for j in 0..view.neurons() {
            if view.is_linear(j) {
                // All generators are lines; the coordinates' equations say the same.
                self.vanish(view, shape, values, j, false);
                continue;
            }
            for l in 0..view.lines(j) {
                let on_line = view.values(j, 2 * l);
                if on_line.iter().enumerate().any(|(s, &v)| v != 0.0 && shape.kind(j, s) == Kind::Convex) {
                    return false;
                }
                let at = values.starts[j] + 2 * l;
                self.zero[at] = true;
                self.zero[at + 1] = true;
                if !empty(shape, j, on_line) {
                    self.rows.push(Row::Generator(j, 2 * l));
                }
            }
        }
        true
    }

    /// Generator `g` of neuron `i`, where it lies in the cones of neurons of opposite sign: equations for the faces of those cones around it.
    fn opposed(&mut self, view: &View<'_>, shape: &mut Shape, values: &Values, i: usize, g: usize) -> bool {
        let sites = view.values(i, g);
        for j in (0..view.neurons()).filter(|&j| view.sign(j) != view.sign(i) && !view.is_linear(j)) {
            if !contains(view, j, sites) {
                continue;
            }
            if view.relu() {
                tie(shape, i, sites);
                tie(shape, j, sites);
            }
            if !alike(shape, i, j, sites) {
                if view.relu() {
                    return false;
                }
                continue;
            }
            if !self.face(view, shape, values, j, sites, false) {
                return false;
            }
            self.zero[values.starts[i] + g] = true;
        }
        true
    }

    /// The output bias is a neuron of either sign whose only values are equal everywhere: what it forces in cones that contain them. An affine function has these values among others.
    fn constants(&mut self, view: &View<'_>, shape: &mut Shape, values: &Values) -> bool {
        let mut balanced = false;
        for j in 0..view.neurons() {
            let constant = vec![1.0; view.sites()];
            if view.is_linear(j) || !contains(view, j, &constant) {
                continue;
            }
            if view.relu() {
                tie(shape, j, &constant);
            }
            if !takes_all(shape, j, &constant) {
                if view.relu() {
                    return false;
                }
                continue;
            }
            // The equations of the face imply the balance of `u`; those of another neuron's face are then dependent, and one is left out.
            if !self.face(view, shape, values, j, &constant, balanced) {
                return false;
            }
            self.rows.retain(|row| *row != Row::Balance);
            balanced = true;
        }
        true
    }

    /// Equations for the face of cone `j` around the vector on which the sites have the values `sites`, without a superfluous one if `save`.
    fn face(&mut self, view: &View<'_>, shape: &Shape, values: &Values, j: usize, sites: &[f64], mut save: bool) -> bool {
        // The vector is a positive combination of the generators that lie on all walls that it lies on.
        let on_walls = |r: usize| view.bits(j).iter().all(|&(s, _)| sites[s] != 0.0 || view.values(j, r)[s] == 0.0);
        let mut face = std::mem::take(&mut self.face);
        face.clear();
        face.extend((0..view.generators(j)).filter(|&r| on_walls(r)));
        let constant_sign = |s: usize| face.iter().all(|&r| view.values(j, r)[s] >= 0.0) || face.iter().all(|&r| view.values(j, r)[s] <= 0.0);
        let straight = (0..sites.len()).all(|s| shape.kind(j, s) != Kind::Convex || constant_sign(s));
        if straight {
            if face.len() == view.generators(j) && linear(view, shape, j) {
                self.vanish(view, shape, values, j, save);
            } else {
                for &r in &face {
                    let at = values.starts[j] + r;
                    if !self.zero[at] {
                        if !empty(shape, j, view.values(j, r)) && !self.follows(view, shape, values, j, r) && !std::mem::take(&mut save) {
                            self.rows.push(Row::Generator(j, r));
                        }
                        self.zero[at] = true;
                    }
                }
            }
        }
        self.face = face;
        straight
    }

    /// Whether `G_j = 0` on generator `r` follows from the equations: it is minus or plus that of another neuron.
    fn follows(&self, view: &View<'_>, shape: &Shape, values: &Values, j: usize, r: usize) -> bool {
        let sites = view.values(j, r);
        (0..view.neurons()).filter(|&i| i != j).any(|i| {
            (self.vanishing[i] && alike_linear(shape, j, i, sites))
                || (view.relu()
                    && alike(shape, i, j, sites)
                    && (0..view.generators(i)).any(|g| self.zero[values.starts[i] + g] && view.same_ray((i, g), (j, r))))
        })
    }

    /// All of neuron `j`'s conditions become equalities; its first coordinate's equation follows from the others' if `save`.
    fn vanish(&mut self, view: &View<'_>, shape: &Shape, values: &Values, j: usize, save: bool) {
        if !std::mem::replace(&mut self.vanishing[j], true) {
            self.rows.retain(|row| !matches!(row, Row::Generator(neuron, _) if *neuron == j));
            let copies = |i: usize| i != j && self.vanishing[i] && (0..view.generators(j)).all(|g| alike_linear(shape, j, i, view.values(j, g)));
            if !(0..view.neurons()).any(copies) {
                // The design's first column is the constant one.
                self.rows.extend((usize::from(save)..view.dimension()).map(|c| Row::Coordinate(j, c)));
            }
            self.zero[values.starts[j]..values.starts[j + 1]].fill(true);
        }
    }

    /// Leaves out coordinates that depend on others at all sites that take part (points in a hyperplane), so that their equations follow.
    pub(super) fn thin(&mut self, view: &View<'_>, shape: &Shape) {
        for j in (0..view.neurons()).filter(|&j| view.relu() && self.vanishing[j]) {
            let part = (0..view.sites()).filter(|&s| shape.kind(j, s) != Kind::Idle);
            let kept = independent_columns(part.map(|s| view.model.row(s).to_vec()).collect());
            self.rows.retain(|row| !matches!(*row, Row::Coordinate(neuron, c) if neuron == j && !kept.contains(&c)));
        }
    }

    /// Cones of opposite signs that cross without having a generator in common.
    fn crossing(&mut self, view: &View<'_>, shape: &Shape, values: &Values, tight: impl Fn(usize, usize) -> bool) {
        let all_tight = |j: usize| (0..view.generators(j)).all(|g| tight(j, g));
        for i in 0..view.neurons() {
            for j in 0..i {
                let opposed = view.sign(i) != view.sign(j) && !view.is_linear(i) && !view.is_linear(j);
                let candidates = opposed && !self.vanishing[i] && !self.vanishing[j] && all_tight(i) && all_tight(j);
                if candidates && linear(view, shape, j) && (0..view.generators(i)).all(|g| alike_linear(shape, i, j, view.values(i, g))) {
                    self.vanish(view, shape, values, j, false);
                }
            }
        }
    }
}
