//! Exact sums that change by one term at a time.
//!
//! Walking from one activation pattern to the next adds or removes the contribution of a point or two to a Gram matrix. In floats the rounding errors of
//! such updates would pile up; in integers there are none. 64-bit integers hold the sums of ordinary data (four decimals, hundreds of points),
//! 128-bit integers most others, big integers the rest; which of them is safe follows from the bit lengths of the data.

use crate::exact::{Integer, scaled_f64};

/// An integer type that is known to hold every sum it will be asked for.
pub(super) trait Accumulator: Clone + Send + Sync {
    /// The largest bit length of sums that the type holds.
    const SAFE_BITS: usize;
    /// Converts a value of at most [`Accumulator::BITS`] bits.
    fn from_integer(value: &Integer) -> Self;
    /// `self += other`.
    fn add(&mut self, other: &Self);
    /// `self -= other`.
    fn sub(&mut self, other: &Self);
    /// `self · 2^-shift`, rounded with relative error at most 2^-52.
    fn to_f64(&self, scale: Scale) -> f64;
}

/// Division by a power of two.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    shift: i64,
    /// `2^-shift`, if that is a normal float: always so for machine integers.
    factor: f64,
}

impl Scale {
    /// Division by `2^shift`.
    pub(super) fn new(shift: i64) -> Self {
        let factor = i32::try_from(-shift).map_or(0.0, |exponent| 2f64.powi(exponent));
        Scale { shift, factor }
    }
}

impl Accumulator for i64 {
    const SAFE_BITS: usize = 62;
    fn from_integer(value: &Integer) -> Self {
        i64::try_from(value).expect("bounded by the caller")
    }
    fn add(&mut self, other: &Self) {
        *self += other;
    }
    fn sub(&mut self, other: &Self) {
        *self -= other;
    }
    #[expect(clippy::cast_precision_loss, reason = "rounding is documented")]
    fn to_f64(&self, scale: Scale) -> f64 {
        *self as f64 * scale.factor
    }
}

impl Accumulator for i128 {
    const SAFE_BITS: usize = 126;
    fn from_integer(value: &Integer) -> Self {
        i128::try_from(value).expect("bounded by the caller")
    }
    fn add(&mut self, other: &Self) {
        *self += other;
    }
    fn sub(&mut self, other: &Self) {
        *self -= other;
    }
    #[expect(clippy::cast_precision_loss, reason = "rounding is documented")]
    fn to_f64(&self, scale: Scale) -> f64 {
        *self as f64 * scale.factor
    }
}

impl Accumulator for Integer {
    const SAFE_BITS: usize = usize::MAX;
    fn from_integer(value: &Integer) -> Self {
        value.clone()
    }
    fn add(&mut self, other: &Self) {
        *self += other;
    }
    fn sub(&mut self, other: &Self) {
        *self -= other;
    }
    fn to_f64(&self, scale: Scale) -> f64 {
        scaled_f64(self, scale.shift)
    }
}
