//! Arrangements with known numbers of cells.

use crate::exact::{Integer, IntegerRows};

/// The hyperplanes orthogonal to the non-zero vectors of `{0,1}^n`. The numbers of cells are the sequence A034997 of the OEIS: 2, 6, 32, 370, 11292, 1066044, ….
///
/// # Panics
/// If `n` is 0 or above 24.
#[must_use]
pub fn resonance(n: usize) -> IntegerRows {
    assert!((1..=24).contains(&n), "2^n rows of n > 0 columns");
    IntegerRows::new((1..1usize << n).map(|mask| bits(mask, n)).collect(), n)
}

/// The hyperplanes orthogonal to `(x, 1)` for `x ∈ {0,1}^n`: the cells are the threshold functions of `n` variables, sequence A000609 of the OEIS: 2, 4, 14, 104,
/// 1882, 94572, … from `n = 0` on.
///
/// # Panics
/// If `n` is above 24.
#[must_use]
pub fn threshold(n: usize) -> IntegerRows {
    assert!(n <= 24, "2^n rows");
    let rows = (0..1usize << n).map(|mask| bits(mask, n).into_iter().chain([Integer::ONE]).collect());
    IntegerRows::new(rows.collect(), n + 1)
}

/// The hyperplanes `v_i = v_j` of `R^n` (none for `n = 1`): the `n!` cells are the orders of the coordinates.
///
/// # Panics
/// If `n` is 0.
#[must_use]
pub fn braid(n: usize) -> IntegerRows {
    let difference = |i: usize, j: usize| (0..n).map(|c| Integer::from(i32::from(c == i) - i32::from(c == j))).collect();
    IntegerRows::new((0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j))).map(|(i, j)| difference(i, j)).collect(), n)
}

/// The coordinate hyperplanes of `R^n`: the `2^n` cells are the orthants.
///
/// # Panics
/// If `n` is 0.
#[must_use]
pub fn boolean(n: usize) -> IntegerRows {
    IntegerRows::new((0..n).map(|i| (0..n).map(|c| Integer::from(u8::from(c == i))).collect()).collect(), n)
}

fn bits(mask: usize, n: usize) -> Vec<Integer> {
    (0..n).map(|i| Integer::from(mask >> i & 1)).collect()
}
