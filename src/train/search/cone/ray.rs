//! A generator with its values at the sites. Cones share their generators.

use super::fixed::Fixed;
use super::number::Number;
use crate::exact::Integer;
use dashu_base::BitTest;

/// A vector of integers of the kind that the model's bound allows.
#[derive(Debug, Clone)]
pub(super) enum Vector {
    Narrow(Box<[i64]>),
    Wide(Box<[i128]>),
    Four(Box<[Fixed<4>]>),
    Eight(Box<[Fixed<8>]>),
    Large(Box<[Integer]>),
}

impl Vector {
    pub(super) fn to_integers(&self) -> Vec<Integer> {
        fn all<T: Number>(v: &[T]) -> Vec<Integer> {
            v.iter().map(Number::to_integer).collect()
        }
        match self {
            Vector::Narrow(v) => all(v),
            Vector::Wide(v) => all(v),
            Vector::Four(v) => all(v),
            Vector::Eight(v) => all(v),
            Vector::Large(v) => all(v),
        }
    }

    /// The memory it takes, in bytes.
    fn bytes(&self) -> usize {
        match self {
            Vector::Narrow(v) => size_of_val::<[i64]>(v),
            Vector::Wide(v) => size_of_val::<[i128]>(v),
            Vector::Four(v) => size_of_val::<[Fixed<4>]>(v),
            Vector::Eight(v) => size_of_val::<[Fixed<8>]>(v),
            Vector::Large(v) => size_of_val::<[Integer]>(v) + v.iter().map(|x| x.bit_len().div_ceil(8)).sum::<usize>(),
        }
    }

    fn negated(&self) -> Vector {
        fn all<T: Number>(v: &[T]) -> Vector {
            T::wrap(v.iter().map(Number::negated).collect())
        }
        match self {
            Vector::Narrow(v) => all(v),
            Vector::Wide(v) => all(v),
            Vector::Four(v) => all(v),
            Vector::Eight(v) => all(v),
            Vector::Large(v) => all(v),
        }
    }
}

/// A generator.
#[derive(Debug)]
pub(super) struct Ray {
    pub(super) vector: Vector,
    /// A positive multiple of `x̃_s·r` for each site, see [`Cone::values`](super::Cone::values).
    pub(super) values: Box<[f64]>,
    /// For every 64 sites a word of those with positive, and one of those with negative values.
    pub(super) signs: Box<[[u64; 2]]>,
}

impl Ray {
    pub(super) fn new(vector: Vector, values: Box<[f64]>) -> Self {
        let signs = values
            .chunks(64)
            .map(|chunk| {
                let (mut positive, mut negative) = (0, 0);
                for (i, &value) in chunk.iter().enumerate() {
                    positive |= u64::from(value > 0.0) << i;
                    negative |= u64::from(value < 0.0) << i;
                }
                [positive, negative]
            })
            .collect();
        Ray { vector, values, signs }
    }

    /// The memory it takes, in bytes.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Ray>() + self.vector.bytes() + size_of_val(&*self.values) + size_of_val(&*self.signs)
    }

    /// `−r`.
    pub(super) fn negated(&self) -> Self {
        // Subtraction keeps zeros positive.
        let values = self.values.iter().map(|v| 0.0 - v).collect();
        Ray { vector: self.vector.negated(), values, signs: self.signs.iter().map(|&[p, n]| [n, p]).collect() }
    }
}
