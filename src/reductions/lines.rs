//! What the two reductions from Clique share: a plane for each vertex of the clique, and lines that stand for vertices.
//!
//! `R^{2κ}` is κ planes. A vector `(c, m)` of a plane is the line `ℓ(w) = c + m·w`. With `T = 100n⁴` and `τ_w = T − w²` vertex `u = 1..n` is the line `a_u` through
//! `(u−1, −τ_{u−1})` and `(u, τ_u)`: its only change of sign on `0..n` is between `u−1` and `u`. With `φ_u = −(2u−1)/T` the form `h_u(c,m) = m + φ_u c` is largest
//! at `a_u`, where it is `H_u`: `h_u(a_v) ≤ H_u − 1` for `v ≠ u`. Further `η = 1/(100T)` and `B = 2/(1+η)`. All points come with their negatives, and are 0 in the other planes:
//!
//! - *tall* points: `(1+η)/τ_w·(1, w)` for `w = 0..n`, and `(0, 1/(2T − 4n²))`;
//! - *flat* points: the origin; `(1,0)/(2nT)`; `(1,n)/(2nT)`; `(φ_u, 1)/((1+η)H_u)` for `u = 1..n`; and for planes `i < j` and every ordered pair `(u, w)` of vertices that are
//!   equal or not adjacent `±(φ_u,1)/(B·H_u)` in plane `i` plus `±(φ_w,1)/(B·H_w)` in plane `j`, for all four signs.
//!
//! For a clique `u_1, …, u_κ` let `α = (a_{u_1}, …, a_{u_κ})`: then `|α·x| > 1` on the tall points and `|α·x| < 1` on the flat ones. Conversely an `α` with that property has one change of sign
//! in every plane, between `u_i − 1` and `u_i` say, and is so steep there that the flat points of pairs make the `u_i` distinct and adjacent.

use super::{ChoiceError, Conflict, DecodeError, conflict, integer};
use crate::exact::{Natural, Rational, dot};
use crate::instance::Data;
use crate::network::{Network, Neuron};
use crate::problems::Clique;
use dashu_base::Abs;
use std::collections::BTreeSet;

/// The constants of a graph with `n` vertices.
#[derive(Debug)]
struct Constants {
    n: i64,
    t: Rational,
    /// `1 + η`.
    margin: Rational,
}

impl Constants {
    fn new(vertices: usize) -> Self {
        let n = i64::try_from(vertices).expect("fits in memory");
        let t = integer(100) * integer(n) * integer(n) * integer(n) * integer(n);
        let margin = Rational::ONE + Rational::ONE / (integer(100) * &t);
        Constants { n, t, margin }
    }

    fn tau(&self, w: i64) -> Rational {
        &self.t - integer(w) * integer(w)
    }

    /// `a_u` for `u = 1..n`.
    fn line(&self, u: i64) -> [Rational; 2] {
        let slope = self.tau(u - 1) + self.tau(u);
        [-self.tau(u - 1) - integer(u - 1) * &slope, slope]
    }

    /// `(φ_u, 1) / H_u`: its product with `a_u` is 1.
    fn normal(&self, u: i64) -> [Rational; 2] {
        let phi = -integer(2 * u - 1) / &self.t;
        let [c, m] = self.line(u);
        let height = m + &phi * c;
        [phi / &height, Rational::ONE / height]
    }
}

fn scaled([x, y]: [Rational; 2], factor: &Rational) -> [Rational; 2] {
    [x * factor, y * factor]
}

/// The vector that is `parts` in their planes and 0 elsewhere.
fn embedded(planes: usize, parts: &[(usize, [Rational; 2])]) -> Vec<Rational> {
    let mut vector = vec![Rational::ZERO; 2 * planes];
    for (plane, part) in parts {
        vector[2 * plane..2 * plane + 2].clone_from_slice(part);
    }
    vector
}

fn with_negatives(points: impl Iterator<Item = Vec<Rational>>) -> impl Iterator<Item = Vec<Rational>> {
    points.flat_map(|p| {
        let negative = p.iter().map(|x| -x).collect();
        [p, negative]
    })
}

/// The tall points: every plane's, each followed by its negative.
pub(super) fn tall_points(source: &Clique) -> Vec<Vec<Rational>> {
    let constants = Constants::new(source.vertices());
    let n = constants.n;
    let heights = (0..=n).map(|w| scaled([Rational::ONE, integer(w)], &(&constants.margin / constants.tau(w))));
    let slope = [Rational::ZERO, Rational::ONE / (integer(2) * &constants.t - integer(4 * n * n))];
    let planar: Vec<_> = heights.chain([slope]).collect();
    let points = (0..source.size()).flat_map(|i| planar.iter().map(move |p| embedded(source.size(), &[(i, p.clone())])));
    with_negatives(points).collect()
}

/// The flat points, the origin first.
pub(super) fn flat_points(source: &Clique) -> Vec<Vec<Rational>> {
    let constants = Constants::new(source.vertices());
    let (n, planes) = (constants.n, source.size());
    let small = Rational::ONE / (integer(2 * n) * &constants.t);
    let ends = [0, n].map(|w| scaled([Rational::ONE, integer(w)], &small));
    let normals: Vec<_> = (1..=n).map(|u| constants.normal(u)).collect();
    let planar: Vec<_> = ends.into_iter().chain(normals.iter().map(|p| scaled(p.clone(), &(Rational::ONE / &constants.margin)))).collect();
    let mut points = vec![vec![Rational::ZERO; 2 * planes]];
    points.extend(with_negatives((0..planes).flat_map(|i| planar.iter().map(move |p| embedded(planes, &[(i, p.clone())])))));

    let half = &constants.margin / integer(2);
    let halves: Vec<_> = normals.into_iter().map(|p| scaled(p, &half)).collect();
    for j in 0..planes {
        for i in 0..j {
            for (u, first) in halves.iter().enumerate() {
                for (_, second) in halves.iter().enumerate().filter(|&(w, _)| u == w || !source.adjacent(u, w)) {
                    let pairs =
                        [Rational::ONE, Rational::NEG_ONE].map(|sign| embedded(planes, &[(i, first.clone()), (j, scaled(second.clone(), &sign))]));
                    points.extend(with_negatives(pairs.into_iter()));
                }
            }
        }
    }
    points
}

/// The graph's sizes, as parameters.
pub(super) fn parameters(source: &Clique) -> Vec<(&'static str, usize)> {
    vec![("vertices", source.vertices()), ("edges", source.edges()), ("clique", source.size())]
}

/// `600·T³`, which no numerator and no denominator of a tall or flat point exceeds: with `|c| ≤ (2n+1)T` and `|m| ≤ 2T` the form `H_u` is a fraction of at most `3T²` by `T`, and
/// what it is multiplied by one of at most `200T` by `200T`.
pub(super) fn part_bound(source: &Clique) -> Natural {
    let t = Natural::from(source.vertices()).pow(4) * Natural::from(100u8);
    t.pow(3) * Natural::from(600u16)
}

/// The numbers of tall and of flat points.
pub(super) fn counts(source: &Clique) -> (usize, usize) {
    let (n, planes) = (source.vertices(), source.size());
    let pairs = 4 * (planes * (planes - 1) / 2) * (n * n - 2 * source.edges());
    (2 * planes * (n + 2), 1 + planes * (2 * n + 4) + pairs)
}

/// `α` of these vertices, one a plane, whether they are a clique or not.
pub(super) fn separator(source: &Clique, vertices: &[usize]) -> Vec<Rational> {
    assert_eq!(vertices.len(), source.size(), "a vertex for each plane");
    let constants = Constants::new(source.vertices());
    vertices.iter().flat_map(|&u| constants.line(i64::try_from(u).expect("fits in memory") + 1)).collect()
}

/// `1 + η/2`: the tall points are at `1 + η` or higher and the flat ones that must not be reached below 1, and a shift by a part of `ε = η/(100n)` moves neither over it.
pub(super) fn level(source: &Clique) -> Rational {
    (Constants::new(source.vertices()).margin + Rational::ONE) / integer(2)
}

/// The vertices of the planes, if they are a clique.
pub(super) fn choices_of(source: &Clique, clique: &[usize]) -> Option<Vec<usize>> {
    source.is_solved_by(clique).then(|| clique.to_vec())
}

/// Vertices of two planes exclude each other if they are equal or not adjacent.
pub(super) fn expected_conflicts(source: &Clique) -> BTreeSet<Conflict> {
    let pairs = (0..source.size()).flat_map(|j| (0..j).map(move |i| (i, j)));
    let vertices = || (0..source.vertices()).flat_map(|u| (0..source.vertices()).map(move |w| (u, w)));
    let excluded = |u, w| u == w || !source.adjacent(u, w);
    pairs.flat_map(|(i, j)| vertices().filter(|&(u, w)| excluded(u, w)).map(move |(u, w)| [(i, u), (j, w)])).collect()
}

/// The conflicts of the choices of vertices, given the points that must lie above and below the `level`: `|α·x| > level` where the label is 1, `|α·x| < level` where it is 0.
///
/// The height of a point depends on the vertices of the planes that it is not 0 in. Those of label 1 and those in one plane must be on their side for all choices, and so must all in a third plane
/// that the first plane reaches into by a shift.
pub(super) fn conflicts(source: &Clique, data: &Data, level: &Rational) -> Result<BTreeSet<Conflict>, ChoiceError> {
    let (n, planes) = (source.vertices(), source.size());
    let constants = Constants::new(n);
    let line_of: Vec<[Rational; 2]> = (1..=i64::try_from(n).expect("fits in memory")).map(|u| constants.line(u)).collect();
    let mut conflicts = BTreeSet::new();
    for (point, (x, label)) in data.points().iter().zip(data.targets()).enumerate() {
        let above = *label == Rational::ONE;
        let fits = |height: &Rational| if above { height.clone().abs() > *level } else { height.clone().abs() < *level };
        let part = |i: usize| line_of.iter().map(|line| dot(line, &x[2 * i..2 * i + 2])).collect::<Vec<_>>();
        let is_zero = |i: usize| x[2 * i..2 * i + 2].iter().all(|v| *v == Rational::ZERO);
        let parts: Vec<(usize, Vec<Rational>)> = (0..planes).filter(|&i| !is_zero(i)).map(|i| (i, part(i))).collect();
        let error = |reason: &str| ChoiceError { point: point + 1, reason: reason.to_owned() };
        // The planes whose choice matters most come last; what a shift adds from another plane must not decide anything.
        match &parts[..] {
            [] if above => return Err(error("is the origin and has label 1")),
            [] => {}
            [(_, heights)] => {
                if !heights.iter().all(fits) {
                    return Err(error("is on the wrong side of its level for some vertex"));
                }
            }
            [(i, first), (j, second)] => {
                for (u, w) in misfits(first, second, &fits) {
                    conflicts.insert(conflict((*i, u), (*j, w)));
                }
            }
            [(_, shift), (i, first), (j, second)] => {
                let mut of_shift = shift.iter().map(|s| misfits(first, second, &|height: &Rational| fits(&(height + s))));
                let expected = of_shift.next().unwrap_or_default();
                if of_shift.any(|other| other != expected) {
                    return Err(error("depends on the vertices of three planes"));
                }
                conflicts.extend(expected.into_iter().map(|(u, w)| conflict((*i, u), (*j, w))));
            }
            _ => return Err(error("lies in more than three planes")),
        }
    }
    Ok(conflicts)
}

/// The pairs whose sum does not fit.
fn misfits(first: &[Rational], second: &[Rational], fits: &dyn Fn(&Rational) -> bool) -> Vec<(usize, usize)> {
    let pairs = (0..first.len()).flat_map(|u| (0..second.len()).map(move |w| (u, w)));
    pairs.filter(|&(u, w)| !fits(&(&first[u] + &second[w]))).collect()
}

/// The vertices that a hyperplane `α·x = 1` stands for, by planes: `u` if the line `α_i` changes its sign between `u − 1` and `u` and nowhere else on `0..n`.
fn vertices_of(source: &Clique, neuron: &Neuron) -> Result<Vec<usize>, String> {
    assert_eq!(neuron.w.len(), 2 * source.size(), "a network in dimension 2κ");
    if neuron.b == Rational::ZERO {
        return Err("its hyperplane contains the origin".into());
    }
    let n = i64::try_from(source.vertices()).expect("fits in memory");
    let plane = |(i, line): (usize, &[Rational])| {
        let positive = |w: i64| -((&line[0] + &line[1] * integer(w)) / &neuron.b) > Rational::ZERO;
        let zero = |w: i64| &line[0] + &line[1] * integer(w) == Rational::ZERO;
        let changes: Vec<i64> = (1..=n).filter(|&u| positive(u - 1) != positive(u)).collect();
        match changes[..] {
            [u] if !(0..=n).any(zero) => Ok(usize::try_from(u - 1).expect("a vertex")),
            _ => Err(format!("its line in plane {} does not change its sign between two neighbours of 0 to {n}", i + 1)),
        }
    };
    neuron.w.chunks(2).enumerate().map(plane).collect()
}

/// The vertices that two hyperplanes stand for, those of the neurons with the indices `pair`; they must agree.
pub(super) fn decode(source: &Clique, network: &Network, pair: [usize; 2]) -> Result<Vec<usize>, DecodeError> {
    let [first, second] = pair.map(|j| vertices_of(source, &network.neurons[j]).map_err(|reason| DecodeError::at(j, reason)));
    let (first, second) = (first?, second?);
    match (0..first.len()).find(|&i| first[i] != second[i]) {
        None => Ok(first),
        Some(i) => Err(DecodeError::at(
            pair[1],
            format!("stands for vertex {} in plane {}, neuron {} for vertex {}", second[i] + 1, i + 1, pair[0] + 1, first[i] + 1),
        )),
    }
}
