//! Lines through the origin of a plane, in the order in which a half-turn meets them.
//!
//! Given vectors `a_j ∈ Z²`, none zero, the line of `a_j` is `{x : a_j·x = 0}`. A half-turn counter-clockwise through the half-plane `a_b·x > 0` of a base `b` starts
//! on the ray of the direction `(β, −α)`, where `a_b = (α, β)`, and crosses every line that is not parallel to the base's once: with `a_b × a_j > 0` from the negative to
//! the positive side of `a_j`, with `a_b × a_j < 0` the other way. Oriented so that all cross products with the base are negative, line `i` is met before line `j`
//! if and only if `a_i × a_j > 0`.

use crate::exact::{Integer, IntegerRows};
use dashu_base::{Abs, BitTest};
use std::cmp::Ordering;

/// A number of which cross and inner products of pairs can be compared exactly.
pub(super) trait Coordinate: Clone {
    /// The sign of the determinant with rows `a`, `b`.
    fn cross(a: &[Self; 2], b: &[Self; 2]) -> Ordering;
    /// Whether the inner product is positive.
    fn same_direction(a: &[Self; 2], b: &[Self; 2]) -> bool;
    /// A vector strictly between `a` and `b`, which lies less than half a turn counter-clockwise from `a`.
    fn between(a: &[Self; 2], b: &[Self; 2]) -> [Integer; 2];
    /// The value.
    fn integer(&self) -> Integer;
    /// The number with the other sign.
    fn negated(&self) -> Self;
}

impl Coordinate for i64 {
    fn cross(a: &[i64; 2], b: &[i64; 2]) -> Ordering {
        (i128::from(a[0]) * i128::from(b[1])).cmp(&(i128::from(a[1]) * i128::from(b[0])))
    }

    fn same_direction(a: &[i64; 2], b: &[i64; 2]) -> bool {
        i128::from(a[0]) * i128::from(b[0]) > -(i128::from(a[1]) * i128::from(b[1]))
    }

    fn between(a: &[i64; 2], b: &[i64; 2]) -> [Integer; 2] {
        let length = |v: &[i64; 2]| 64 - (v[0].unsigned_abs() | v[1].unsigned_abs()).leading_zeros();
        let (shift_a, shift_b) = (62 - length(a), 62 - length(b));
        let sum = |c: usize| (i128::from(a[c]) << shift_a) + (i128::from(b[c]) << shift_b);
        let sum = [sum(0), sum(1)];
        for shift in [55, 50, 43, 32] {
            let short = sum.map(|x| (x >> shift) as i64);
            if Self::cross(a, &short).is_gt() && Self::cross(&short, b).is_gt() {
                return short.map(Integer::from);
            }
        }
        sum.map(Integer::from)
    }

    fn integer(&self) -> Integer {
        Integer::from(*self)
    }

    fn negated(&self) -> i64 {
        -self
    }
}

impl Coordinate for Integer {
    fn cross(a: &[Integer; 2], b: &[Integer; 2]) -> Ordering {
        (&a[0] * &b[1]).cmp(&(&a[1] * &b[0]))
    }

    fn same_direction(a: &[Integer; 2], b: &[Integer; 2]) -> bool {
        &a[0] * &b[0] + &a[1] * &b[1] > Integer::ZERO
    }

    fn between(a: &[Integer; 2], b: &[Integer; 2]) -> [Integer; 2] {
        let length = |v: &[Integer; 2]| v[0].bit_len().max(v[1].bit_len());
        let longest = length(a).max(length(b));
        let (shift_a, shift_b) = (longest - length(a), longest - length(b));
        let sum = [0, 1].map(|c| (&a[c] << shift_a) + (&b[c] << shift_b));
        for keep in [8, 16, 32, 64].into_iter().take_while(|&keep| keep < longest) {
            let short = [0, 1].map(|c: usize| &sum[c] >> (longest - keep));
            if Self::cross(a, &short).is_gt() && Self::cross(&short, b).is_gt() {
                return short;
            }
        }
        sum
    }

    fn integer(&self) -> Integer {
        self.clone()
    }

    fn negated(&self) -> Integer {
        -self
    }
}

/// A crossing of the half-turn.
#[derive(Debug, Clone)]
pub(super) struct Crossing<T> {
    /// The line that is crossed.
    pub(super) line: usize,
    /// The vector of the line, oriented so that its side is left.
    leaving: [T; 2],
}

/// The half-turn of a base through a pencil of lines.
#[derive(Debug, Clone)]
pub(super) struct HalfTurn<T> {
    base: [T; 2],
    crossings: Vec<Crossing<T>>,
}

impl<T: Coordinate> HalfTurn<T> {
    /// The half-turn of line `base`. Before the first crossing, `start(j, positive)` is told the side of each other line `j`. Lines for which `skip` holds are
    /// left out.
    ///
    /// # Complexity
    /// `O(m log m)` cross products for `m` lines.
    pub(super) fn new(lines: &[[T; 2]], base: usize, skip: impl Fn(usize) -> bool, mut start: impl FnMut(usize, bool)) -> Self {
        let origin = &lines[base];
        let mut crossings = Vec::with_capacity(lines.len());
        for (j, line) in lines.iter().enumerate().filter(|&(j, _)| j != base && !skip(j)) {
            let (positive, leaving) = match T::cross(origin, line) {
                Ordering::Less => (true, Some(line.clone())),
                Ordering::Greater => (false, Some([line[0].negated(), line[1].negated()])),
                Ordering::Equal => (T::same_direction(origin, line), None),
            };
            start(j, positive);
            crossings.extend(leaving.map(|leaving| Crossing { line: j, leaving }));
        }
        crossings.sort_unstable_by(|a, b| T::cross(&b.leaving, &a.leaving));
        HalfTurn { base: origin.clone(), crossings }
    }

    /// The sectors between consecutive crossings, in order; lines that coincide are crossed together.
    pub(super) fn sectors(&self) -> impl Iterator<Item = Sector<'_, T>> {
        let mut rest = Some(&self.crossings[..]);
        let mut before: Option<&Crossing<T>> = None;
        std::iter::from_fn(move || {
            let open = rest?;
            let together = open.first().map_or(0, |first| open.iter().take_while(|c| T::cross(&first.leaving, &c.leaving).is_eq()).count());
            let (crossed, later) = open.split_at(together);
            let sector = Sector { base: &self.base, before, crossed };
            rest = (!crossed.is_empty()).then_some(later);
            before = crossed.first();
            Some(sector)
        })
    }
}

/// An open sector of the half-plane of the base.
#[derive(Debug, Clone)]
pub(super) struct Sector<'a, T> {
    base: &'a [T; 2],
    before: Option<&'a Crossing<T>>,
    /// The lines crossed at its end; none at the end of the last sector.
    pub(super) crossed: &'a [Crossing<T>],
}

impl<T: Coordinate> Sector<'_, T> {
    /// A vector inside the sector, between its bounding directions.
    pub(super) fn point(&self) -> [Integer; 2] {
        // Line `leaving` is crossed in its direction turned by +90°; the half-turn starts at the base turned by −90° and ends at the base turned by
        // +90°. So the sector is what lies between these vectors themselves, turned by +90°.
        let reversed = [self.base[0].negated(), self.base[1].negated()];
        let [x, y] = match (self.before, self.crossed.first()) {
            (None, None) => return [self.base[0].integer(), self.base[1].integer()],
            (None, Some(end)) => T::between(&reversed, &end.leaving),
            (Some(begin), Some(end)) => T::between(&begin.leaving, &end.leaving),
            (Some(begin), None) => T::between(&begin.leaving, self.base),
        };
        [-y, x]
    }
}

/// Which coordinate to eliminate on a hyperplane, and its other coordinates.
#[derive(Debug, Clone)]
pub(super) struct Chart<'a> {
    normal: &'a [Integer],
    pivot: usize,
}

impl<'a> Chart<'a> {
    /// The hyperplane of a non-zero `normal`, parametrised by all coordinates but one, that of the shortest non-zero entry.
    pub(super) fn new(normal: &'a [Integer]) -> Self {
        let pivot =
            (0..normal.len()).filter(|&c| !normal[c].is_zero()).min_by_key(|&c| normal[c].bit_len()).expect("a hyperplane has a non-zero normal");
        Chart { normal, pivot }
    }

    /// A positive multiple of the linear form `row` on the hyperplane, in the chart's coordinates.
    pub(super) fn restrict(&self, row: &[Integer]) -> Vec<Integer> {
        let factor = &row[self.pivot];
        let pivot = &self.normal[self.pivot];
        let negative = *pivot < Integer::ZERO;
        let others = (0..row.len()).filter(|&c| c != self.pivot);
        let restricted = others.map(|c| pivot * &row[c] - factor * &self.normal[c]);
        if negative { restricted.map(|x| -x).collect() } else { restricted.collect() }
    }

    /// A positive multiple of the point of the hyperplane with the given coordinates in the chart.
    pub(super) fn lift(&self, point: &[Integer]) -> Vec<Integer> {
        let pivot = &self.normal[self.pivot];
        let negative = *pivot < Integer::ZERO;
        let mut lifted: Vec<Integer> = Vec::with_capacity(self.normal.len());
        let mut sum = Integer::ZERO;
        let mut coordinates = point.iter();
        for (c, entry) in self.normal.iter().enumerate() {
            if c == self.pivot {
                lifted.push(Integer::ZERO);
                continue;
            }
            let x = coordinates.next().expect("one coordinate for each column but the pivot");
            sum += entry * x;
            lifted.push(if negative { -(pivot * x) } else { pivot * x });
        }
        lifted[self.pivot] = if negative { sum } else { -sum };
        lifted
    }

    /// The factor for [`Chart::beside`]: greater than `|row_j[pivot]|` for all `rows`.
    pub(super) fn margin<'b>(&self, rows: impl Iterator<Item = &'b [Integer]>) -> Integer {
        rows.map(|row| (&row[self.pivot]).abs()).max().unwrap_or(Integer::ZERO) + Integer::ONE
    }

    /// A point beside the hyperplane, on its positive or negative side, with the same signs as the integer `point` of the hyperplane on all rows of the `margin`
    /// `K` that do not vanish at `point`: `K·point ± e_pivot`, as `K·|row_j·point| ≥ K > |row_j[pivot]|`.
    pub(super) fn beside(&self, point: &[Integer], margin: &Integer, positive: bool) -> Vec<Integer> {
        let mut moved: Vec<Integer> = point.iter().map(|x| x * margin).collect();
        let up = positive == (self.normal[self.pivot] > Integer::ZERO);
        moved[self.pivot] += if up { Integer::ONE } else { Integer::NEG_ONE };
        moved
    }

    /// The restrictions of the rows of a matrix with three columns, as pairs of 64-bit integers if a bound says that they fit.
    pub(super) fn restrict_to_plane(&self, rows: &IntegerRows, count: usize) -> Plane {
        // 2 products of 30 bits each sum to less than 2^61.
        if rows.bits() <= 30 {
            let narrow = |x: &Integer| i64::try_from(x).expect("at most 30 bits");
            let normal: Vec<i64> = self.normal.iter().map(narrow).collect();
            let pivot = normal[self.pivot];
            let kept: [usize; 2] = [[1, 2], [0, 2], [0, 1]][self.pivot];
            let small = (0..count).map(|j| {
                let row = rows.row_i128(j).expect("at most 30 bits");
                kept.map(|c| pivot.signum() * (pivot * row[c] as i64 - row[self.pivot] as i64 * normal[c]))
            });
            return Plane::Small(small.collect());
        }
        Plane::Large((0..count).map(|j| pair(self.restrict(rows.row(j)))).collect())
    }
}

/// Linear forms on a plane.
#[derive(Debug, Clone)]
pub(super) enum Plane {
    /// Below 2^62 in absolute value.
    Small(Vec<[i64; 2]>),
    /// Of any size.
    Large(Vec<[Integer; 2]>),
}

/// A vector of two entries as an array.
pub(super) fn pair(v: Vec<Integer>) -> [Integer; 2] {
    v.try_into().expect("two entries")
}
