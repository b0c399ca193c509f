//! The exact coefficients of a linear dependence whose support is proposed.
//!
//! Fraction-free Gauss–Jordan elimination passes through minors of the matrix only, and Hadamard's inequality bounds their bit length `b` in
//! advance. The quotient `(x·p − y·z) / e` of such a step is then determined by its residue modulo `2^(b+1)`, so the products may wrap around:
//! with `e = 2^t·odd`, a wrapped numerator in `W` bits gives the quotient modulo `2^(W−t)`, by a shift and a multiplication with the inverse
//! of the odd part. Numbers of `W = 128, 256` or `512` bits on the stack replace big integers; beyond, big integers do the work.
//!
//! # References
//! T. Jebelean, *An algorithm for exact division*, J. Symbolic Comput. 15 (1993).

use crate::exact::{Echelon, Integer, IntegerRows, Natural, Rational, common_denominator, scaled_integer};

/// Multipliers `λ > 0` of `target` and some of the rows `basis` with `Σ λ_i s_i g_i = 0`, if `-s·g` of the target is a non-negative
/// combination of those rows and they are independent.
pub(super) fn combine(rows: &IntegerRows, target: (usize, bool), basis: &[(usize, bool)]) -> Option<Vec<(usize, Integer)>> {
    let bits = minor_bits(rows, basis.iter().chain([&target]));
    let attempt = combine_wrapping::<2>(rows, target, basis, bits)
        .or_else(|Undecided| combine_wrapping::<4>(rows, target, basis, bits))
        .or_else(|Undecided| combine_wrapping::<8>(rows, target, basis, bits));
    attempt.unwrap_or_else(|Undecided| combine_big(rows, target, basis))
}

/// An upper bound on the bit length of every minor of the given rows.
fn minor_bits<'a>(rows: &IntegerRows, chosen: impl Iterator<Item = &'a (usize, bool)>) -> f64 {
    // A minor is at most the product of the Euclidean lengths of the rows of the matrix (integer, so at least 1 unless the row is 0) that
    // take part. The floats err by a tiny fraction of a bit, which the additional bit covers.
    let log_length = |i: usize| rows.row_f64(i).iter().map(|x| x * x).sum::<f64>().max(1.0).log2() / 2.0;
    chosen.map(|&(i, _)| log_length(i)).sum::<f64>() + 1.0
}

/// The numbers are too long for this width.
#[derive(Debug)]
struct Undecided;

fn combine_wrapping<const L: usize>(
    rows: &IntegerRows,
    target: (usize, bool),
    basis: &[(usize, bool)],
    bits: f64,
) -> Result<Option<Vec<(usize, Integer)>>, Undecided> {
    let (q, p) = (rows.columns(), basis.len());
    #[expect(clippy::cast_precision_loss, reason = "at most 512")]
    let width = (64 * L) as f64;
    // One bit for the sign. NaN and ∞ are undecided.
    let fits = |trailing: usize| bits + trailing as f64 + 2.0 <= width;
    if !fits(0) {
        return Err(Undecided);
    }
    let stride = p + 1;
    let mut matrix = vec![Wrapping::<L>([0; L]); q * stride];
    for (k, &(i, positive)) in basis.iter().chain([&(target.0, !target.1)]).enumerate() {
        for (j, &x) in rows.row_i128(i).ok_or(Undecided)?.iter().enumerate() {
            matrix[j * stride + k] = Wrapping::new(if positive { x } else { -x });
        }
    }
    let mut previous = Divisor::one();
    let mut scale = Wrapping::new(1);
    for step in 0..p {
        let column = |j: usize| &matrix[j * stride + step];
        let Some(pivot_row) = (step..q).filter(|&j| !column(j).is_zero()).min_by_key(|&j| column(j).trailing_zeros()) else {
            return Ok(None);
        };
        if !fits(column(pivot_row).trailing_zeros()) {
            return Err(Undecided);
        }
        for k in step..stride {
            matrix.swap(step * stride + k, pivot_row * stride + k);
        }
        scale = matrix[step * stride + step];
        let (before, rest) = matrix.split_at_mut(step * stride);
        let (pivot, after) = rest.split_at_mut(stride);
        for row in before.chunks_exact_mut(stride).chain(after.chunks_exact_mut(stride)) {
            let factor = row[step];
            for (x, p) in row[step + 1..].iter_mut().zip(&pivot[step + 1..]) {
                *x = previous.divide(x.times(&scale).minus(&factor.times(p)));
            }
        }
        previous = Divisor::new(scale);
    }
    let solution = |j: usize| &matrix[j * stride + p];
    let wrong_sign = |x: &Wrapping<L>| !x.is_zero() && x.is_negative() != scale.is_negative();
    if (p..q).any(|j| !solution(j).is_zero()) || (0..p).any(|j| wrong_sign(solution(j))) {
        return Ok(None);
    }
    let mut multipliers = Vec::with_capacity(stride);
    multipliers.push((target.0, scale.magnitude()));
    multipliers.extend(basis.iter().enumerate().filter(|&(k, _)| !solution(k).is_zero()).map(|(k, b)| (b.0, solution(k).magnitude())));
    Ok(Some(multipliers))
}

fn combine_big(rows: &IntegerRows, target: (usize, bool), basis: &[(usize, bool)]) -> Option<Vec<(usize, Integer)>> {
    let p = basis.len();
    let signed = |(i, positive): (usize, bool), j: usize| if positive { rows.row(i)[j].clone() } else { -&rows.row(i)[j] };
    let equations = (0..rows.columns()).map(|j| basis.iter().map(|&b| signed(b, j)).chain([-signed(target, j)]).collect()).collect();
    let solution = Echelon::new(equations, p).solution(p, p, |_| Rational::ZERO)?;
    if solution.iter().any(|x| *x < Rational::ZERO) {
        return None;
    }
    let scale = common_denominator(&solution);
    let mut multipliers = vec![(target.0, scale.clone())];
    multipliers.extend(basis.iter().zip(&solution).filter(|(_, x)| !x.is_zero()).map(|(b, x)| (b.0, scaled_integer(x, &scale))));
    Some(multipliers)
}

/// An integer modulo `2^(64 L)`, read as two's complement, least limb first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Wrapping<const L: usize>([u64; L]);

impl<const L: usize> Wrapping<L> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the limbs of two's complement")]
    fn new(x: i128) -> Self {
        let mut limbs = [if x < 0 { u64::MAX } else { 0 }; L];
        limbs[0] = x as u64;
        limbs[1] = (x >> 64) as u64;
        Wrapping(limbs)
    }

    fn is_zero(&self) -> bool {
        self.0.iter().all(|&limb| limb == 0)
    }

    fn is_negative(&self) -> bool {
        self.0[L - 1] >> 63 == 1
    }

    /// The number of trailing zero bits of a non-zero number.
    fn trailing_zeros(&self) -> usize {
        let mut zeros = 0;
        for limb in &self.0 {
            zeros += limb.trailing_zeros() as usize;
            if *limb != 0 {
                break;
            }
        }
        zeros
    }

    #[expect(clippy::cast_possible_truncation, reason = "split into limbs")]
    fn times(&self, other: &Self) -> Self {
        let mut limbs = [0; L];
        for i in 0..L {
            let mut carry = 0u128;
            for j in 0..L - i {
                let sum = u128::from(self.0[i]) * u128::from(other.0[j]) + u128::from(limbs[i + j]) + carry;
                limbs[i + j] = sum as u64;
                carry = sum >> 64;
            }
        }
        Wrapping(limbs)
    }

    fn minus(&self, other: &Self) -> Self {
        let mut borrow = false;
        Wrapping(std::array::from_fn(|i| {
            let (difference, first) = self.0[i].overflowing_sub(other.0[i]);
            let (difference, second) = difference.overflowing_sub(u64::from(borrow));
            borrow = first || second;
            difference
        }))
    }

    fn shift_left(&self, by: usize) -> Self {
        let (whole, part) = (by / 64, by % 64);
        let mut limbs = [0; L];
        for i in (whole..L).rev() {
            limbs[i] = self.0[i - whole] << part;
            if part > 0 && i > whole {
                limbs[i] |= self.0[i - whole - 1] >> (64 - part);
            }
        }
        Wrapping(limbs)
    }

    /// Division by `2^by`, rounded down.
    fn shift_right(&self, by: usize) -> Self {
        let (whole, part) = (by / 64, by % 64);
        let fill = if self.is_negative() { u64::MAX } else { 0 };
        let limb = |i: usize| if i < L { self.0[i] } else { fill };
        let mut limbs = [0; L];
        for (i, out) in limbs.iter_mut().enumerate() {
            *out = limb(i + whole) >> part;
            if part > 0 {
                *out |= limb(i + whole + 1) << (64 - part);
            }
        }
        Wrapping(limbs)
    }

    fn magnitude(&self) -> Integer {
        let positive = if self.is_negative() { Wrapping([0; L]).minus(self) } else { *self };
        if let [low, high, rest @ ..] = &positive.0[..]
            && rest.iter().all(|&limb| limb == 0)
        {
            return Integer::from(u128::from(*high) << 64 | u128::from(*low));
        }
        let bytes: Vec<u8> = positive.0.iter().flat_map(|limb| limb.to_le_bytes()).collect();
        Integer::from(Natural::from_le_bytes(&bytes))
    }
}

/// A non-zero divisor of multiples of it.
struct Divisor<const L: usize> {
    trailing: usize,
    /// The inverse of the odd part modulo `2^(64 L)`.
    inverse: Wrapping<L>,
}

impl<const L: usize> Divisor<L> {
    fn one() -> Self {
        Divisor { trailing: 0, inverse: Wrapping::new(1) }
    }

    fn new(value: Wrapping<L>) -> Self {
        let trailing = value.trailing_zeros();
        let odd = value.shift_right(trailing);
        // Newton's iteration x ← x(2 − odd·x) doubles the number of correct bits; an odd number is its own inverse modulo 8.
        let mut inverse = odd;
        let mut correct = 3;
        while correct < 64 * L {
            inverse = inverse.times(&Wrapping::new(2).minus(&odd.times(&inverse)));
            correct *= 2;
        }
        Divisor { trailing, inverse }
    }

    /// The quotient, if its bit length with sign is at most `64 L − trailing`; the dividend may have wrapped around.
    fn divide(&self, dividend: Wrapping<L>) -> Wrapping<L> {
        if self.trailing == 0 {
            return dividend.times(&self.inverse);
        }
        dividend.shift_right(self.trailing).times(&self.inverse).shift_left(self.trailing).shift_right(self.trailing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 5000, rng_seed: RngSeed::Fixed(32), ..ProptestConfig::default() })]

        /// Origin: multiplication in big integers; the wrapped product of numbers that fill the width must divide back.
        #[test]
        fn division_recovers_a_factor(a in any::<i128>(), b in any::<i128>(), shift in 0u32..60, cut in 0u32..127) {
            let (a, b) = ((a >> cut.min(64)) >> shift, ((b >> cut) | 1) << shift.min(cut));
            let (x, y) = (Wrapping::<2>::new(a), Wrapping::<2>::new(b));
            prop_assert_eq!(Divisor::new(y).divide(x.times(&y)), x);
            prop_assert_eq!(Divisor::new(Wrapping::<4>::new(b)).divide(Wrapping::<4>::new(a).times(&Wrapping::new(b))), Wrapping::new(a));
            let product = Wrapping::<4>::new(a).times(&Wrapping::new(b)).magnitude();
            prop_assert_eq!(product, Integer::from(a.unsigned_abs()) * Integer::from(b.unsigned_abs()));
        }

        /// Origin: the same question in big integers, for planted dependences and for arbitrary rows.
        #[test]
        fn widths_agree(
            (vectors, weights) in (1usize..6, 1usize..6).prop_flat_map(|(q, p)| (prop::collection::vec(prop::collection::vec(-9i64..10, q), p + 1), prop::collection::vec(-1i64..5, p))),
            planted in any::<bool>(), bits in 0u32..60,
        ) {
            let p = weights.len();
            let mut vectors: Vec<Vec<Integer>> = vectors.iter().map(|v| v.iter().map(|&x| (Integer::from(x) << bits as usize) + Integer::from(x / 2)).collect()).collect();
            if planted {
                let sum = |j: usize| (0..p).fold(Integer::ZERO, |s, k| s - &vectors[k][j] * Integer::from(weights[k]));
                vectors[p] = (0..vectors[p].len()).map(sum).collect();
            }
            let q = vectors[0].len();
            let rows = IntegerRows::new(vectors, q);
            let basis: Vec<(usize, bool)> = (0..p).map(|k| (k, true)).collect();
            let independent = crate::exact::rank((0..p).map(|k| rows.row(k).to_vec()).collect()) == p;
            let bound = minor_bits(&rows, basis.iter().chain([&(p, true)]));
            let reduced = |m: Vec<(usize, Integer)>| {
                let scale = Rational::from(m[0].1.clone());
                m.into_iter().map(|(i, x)| (i, Rational::from(x) / &scale)).collect::<Vec<_>>()
            };
            // Multipliers are unique up to a factor only for independent rows; others are refused.
            let expected = if independent { combine_big(&rows, (p, true), &basis).map(reduced) } else { None };
            let mut decided = 0;
            for answer in [
                combine_wrapping::<2>(&rows, (p, true), &basis, bound),
                combine_wrapping::<4>(&rows, (p, true), &basis, bound),
                combine_wrapping::<8>(&rows, (p, true), &basis, bound),
            ].into_iter().flatten() {
                decided += 1;
                prop_assert_eq!(answer.map(reduced), expected.clone());
            }
            prop_assert!(decided > 0 || bits > 20);
            prop_assert_eq!(combine(&rows, (p, true), &basis).map(reduced), expected);
        }
    }
}
