//! What the cones of one problem share: the sites' rows in the integers that suffice for them.
//!
//! A generator spans the kernel of some rows on some columns (all of them, once there is no line), so its primitive vector divides a vector of minors of the
//! design, and its values `x̃_s·r` divide minors again. By Hadamard's inequality a minor of order `m ≤ D` is at most
//! `m^{m/2} Π_c max_s |x̃_sc| ≤ D^{D/2} Π_c 2^{b_c}`, with `b_c ≥ 1` the bit length of column `c`'s largest entry. So `Σ b_c + ⌈(D/2) log₂ D⌉` bits and a sign are enough
//! for all vectors and values; generators that are minors themselves need no division.

use super::evaluate::{Filter, Values};
use super::fixed::Fixed;
use super::number::{Number, combination, dot, minors};
use super::ray::{Ray, Vector};
use crate::exact::{Integer, IntegerRows};
use dashu_base::BitTest;
use std::cmp::Ordering;

/// Expanding minors doubles with each column; combining two rays does not.
const MOST_COLUMNS_FOR_MINORS: usize = 8;

#[derive(Debug)]
enum Rows {
    Narrow(Vec<i64>),
    Wide(Vec<i128>),
    Four(Vec<Fixed<4>>, Filter),
    Eight(Vec<Fixed<8>>, Filter),
    Large(Vec<Integer>, Filter),
}

/// The rows of a design, prepared for cones.
#[derive(Debug)]
pub(in crate::train) struct Geometry {
    rank: usize,
    sites: usize,
    rows: Rows,
}

/// Evaluates the body with the rows as a slice of their kind and the filter, if any.
macro_rules! with_rows {
    ($geometry:expr, $rows:ident, $filter:ident => $body:expr) => {
        match &$geometry.rows {
            Rows::Narrow($rows) => {
                let $filter = None;
                $body
            }
            Rows::Wide($rows) => {
                let $filter = None;
                $body
            }
            Rows::Four($rows, filter) => {
                let $filter = Some(filter);
                $body
            }
            Rows::Eight($rows, filter) => {
                let $filter = Some(filter);
                $body
            }
            Rows::Large($rows, filter) => {
                let $filter = Some(filter);
                $body
            }
        }
    };
}

fn row<T>(rows: &[T], rank: usize, site: usize) -> &[T] {
    &rows[site * rank..(site + 1) * rank]
}

fn ray<T: Values>(rows: &[T], filter: Option<&Filter>, vector: Box<[T]>) -> Ray {
    let values = T::values(rows, filter, &vector);
    Ray::new(T::wrap(vector), values)
}

impl Geometry {
    pub(in crate::train) fn new(design: &IntegerRows) -> Self {
        let (rank, sites) = (design.columns(), design.len());
        let column_bits = |c: usize| (0..sites).map(|s| design.row(s)[c].bit_len()).max().unwrap_or(0).max(1);
        // ⌈(D/2)·log₂ D⌉ ≤ ⌈D·⌈log₂ D⌉/2⌉.
        let bits = (0..rank).map(column_bits).sum::<usize>() + (rank * rank.next_power_of_two().ilog2() as usize).div_ceil(2);
        fn converted<T: Number>(design: &IntegerRows) -> Vec<T> {
            (0..design.len()).flat_map(|s| design.row(s)).map(T::from_integer).collect()
        }
        // One bit for the sign, one to spare.
        let rows = match bits + 2 {
            0..=64 => Rows::Narrow(converted(design)),
            65..=128 => Rows::Wide(converted(design)),
            129..=256 => Rows::Four(converted(design), Filter::new(design)),
            257..=512 => Rows::Eight(converted(design), Filter::new(design)),
            _ => Rows::Large(converted(design), Filter::new(design)),
        };
        Geometry { rank, sites, rows }
    }

    pub(super) fn rank(&self) -> usize {
        self.rank
    }

    pub(super) fn sites(&self) -> usize {
        self.sites
    }

    /// Which kind of integers the rows are: 0 to 4 for 64, 128, 256, 512 bits, and any number of bits.
    #[cfg(test)]
    pub(super) fn kind(&self) -> usize {
        match self.rows {
            Rows::Narrow(_) => 0,
            Rows::Wide(_) => 1,
            Rows::Four(..) => 2,
            Rows::Eight(..) => 3,
            Rows::Large(..) => 4,
        }
    }

    /// The unit vector of coordinate `c`.
    pub(super) fn unit(&self, c: usize) -> Ray {
        with_rows!(self, rows, filter => ray(rows, filter, (0..self.rank).map(|i| if i == c { Number::one() } else { Number::zero() }).collect()))
    }

    /// The ray of the line on which the `rank − 1` independent rows of `sites` vanish and `x̃_witness·r` has the given sign.
    pub(super) fn through(&self, sites: impl Iterator<Item = usize>, witness: usize, on: bool) -> Ray {
        with_rows!(self, rows, filter => {
            let mut vector = minors(sites.map(|s| row(rows, self.rank, s)), self.rank);
            let sign = dot(row(rows, self.rank, witness), &vector).order();
            debug_assert_ne!(sign, Ordering::Equal);
            if (sign == Ordering::Greater) != on {
                vector.iter_mut().for_each(|v| *v = v.negated());
            }
            ray(rows, filter, vector)
        })
    }

    /// Whether [`Geometry::through`] is the way to go.
    pub(super) fn has_fast_minors(&self) -> bool {
        self.rank <= MOST_COLUMNS_FOR_MINORS
    }

    /// `|x̃_s·along| · r − (sign of x̃_s·along)(x̃_s·r) · along`, primitive: `r` moved along the line of `along` into the hyperplane of the site, and for values
    /// of different signs the positive combination of the two rays there.
    pub(super) fn projection(&self, r: &Ray, along: &Ray, site: usize) -> Ray {
        fn project<T: Number>(row: &[T], r: &Vector, along: &Vector) -> Box<[T]> {
            let (r, along) = (T::unwrap(r), T::unwrap(along));
            let (mut a, mut b) = (dot(row, r), dot(row, along));
            if b.order() == Ordering::Less {
                (a, b) = (a.negated(), b.negated());
            }
            combination(&a, r, &b, along)
        }
        with_rows!(self, rows, filter => ray(rows, filter, project(row(rows, self.rank, site), &r.vector, &along.vector)))
    }

    /// `x̃_s·r`.
    pub(super) fn exact_value(&self, vector: &Vector, site: usize) -> Integer {
        fn value<T: Number>(row: &[T], vector: &Vector) -> Integer {
            dot(row, T::unwrap(vector)).to_integer()
        }
        match &self.rows {
            Rows::Narrow(rows) => value(row(rows, self.rank, site), vector),
            Rows::Wide(rows) => value(row(rows, self.rank, site), vector),
            Rows::Four(rows, _) => value(row(rows, self.rank, site), vector),
            Rows::Eight(rows, _) => value(row(rows, self.rank, site), vector),
            Rows::Large(rows, _) => value(row(rows, self.rank, site), vector),
        }
    }
}
