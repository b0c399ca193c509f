//! Integers of a fixed number of 64-bit words in two's complement, computed modulo `2^{64N}`.

use super::number::{Long, Number};
use super::ray::Vector;
use crate::exact::{Integer, Natural};
use dashu_base::Sign;
use std::cmp::Ordering;

/// An integer in `[−2^{64N−1}, 2^{64N−1})`, least significant word first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fixed<const N: usize>([u64; N]);

impl<const N: usize> Fixed<N> {
    fn is_negative(&self) -> bool {
        self.0[N - 1] >> 63 == 1
    }

    /// Word `i`, the sign's words beyond the last.
    fn word(&self, i: usize) -> u64 {
        self.0.get(i).copied().unwrap_or(if self.is_negative() { u64::MAX } else { 0 })
    }

    fn minus(&self) -> Self {
        let mut carry = true;
        Fixed(self.0.map(|word| {
            let (word, overflow) = (!word).overflowing_add(u64::from(carry));
            carry = overflow;
            word
        }))
    }

    /// `self + a·b`.
    #[expect(clippy::cast_possible_truncation, reason = "words of a double word")]
    fn plus_product(mut self, a: &Self, b: &Self) -> Self {
        for (i, &x) in a.0.iter().enumerate() {
            let mut carry = 0;
            for (sum, &y) in self.0[i..].iter_mut().zip(&b.0) {
                let wide = u128::from(x) * u128::from(y) + u128::from(*sum) + u128::from(carry);
                *sum = wide as u64;
                carry = (wide >> 64) as u64;
            }
        }
        self
    }

    fn integer(&self) -> Integer {
        let magnitude = if self.is_negative() { self.minus() } else { *self };
        let mut bytes = [[0; 8]; N];
        bytes.iter_mut().zip(magnitude.0).for_each(|(bytes, word)| *bytes = word.to_le_bytes());
        let value = Integer::from(Natural::from_le_bytes(bytes.as_flattened()));
        if self.is_negative() { -value } else { value }
    }
}

/// The words of `value`, which must fit.
fn from_integer<const N: usize>(value: &Integer) -> Fixed<N> {
    let (sign, magnitude) = value.clone().into_parts();
    let mut fixed = Fixed([0; N]);
    for (word, chunk) in fixed.0.iter_mut().zip(magnitude.to_le_bytes().chunks(8)) {
        let mut bytes = [0; 8];
        bytes[..chunk.len()].copy_from_slice(chunk);
        *word = u64::from_le_bytes(bytes);
    }
    if sign == Sign::Negative {
        fixed = fixed.minus();
    }
    debug_assert_eq!(fixed.integer(), *value, "bounded by Hadamard's inequality");
    fixed
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "words of two's complement")]
fn from_i128<const N: usize>(value: i128) -> Fixed<N> {
    Fixed(std::array::from_fn(|i| (value >> (64 * i).min(127)) as u64))
}

/// The low 128 bits from bit 0 of word `first` on, and the word above.
#[expect(clippy::cast_possible_wrap, reason = "two's complement")]
fn double_word<const N: usize>(value: &Fixed<N>, first: usize) -> i128 {
    (u128::from(value.word(first)) | u128::from(value.word(first + 1)) << 64) as i128
}

macro_rules! fixed_number {
    ($words:literal, $variant:ident) => {
        impl Number for Fixed<$words> {
            fn zero() -> Self {
                Fixed([0; $words])
            }

            fn one() -> Self {
                from_i128(1)
            }

            fn from_integer(value: &Integer) -> Self {
                from_integer(value)
            }

            fn to_integer(&self) -> Integer {
                self.integer()
            }

            fn from_i128(value: i128) -> Self {
                from_i128(value)
            }

            fn to_i128(&self) -> Option<i128> {
                let value = double_word(self, 0);
                (from_i128::<$words>(value) == *self).then_some(value)
            }

            fn negated(&self) -> Self {
                self.minus()
            }

            fn add_product(self, a: &Self, b: &Self) -> Self {
                self.plus_product(a, b)
            }

            fn order(&self) -> Ordering {
                match (self.is_negative(), self.0 == [0; $words]) {
                    (true, _) => Ordering::Less,
                    (_, true) => Ordering::Equal,
                    _ => Ordering::Greater,
                }
            }

            fn wrap(vector: Box<[Self]>) -> Vector {
                Vector::$variant(vector)
            }

            fn unwrap(vector: &Vector) -> &[Self] {
                match vector {
                    Vector::$variant(v) => v,
                    _ => unreachable!("all vectors of a model are of one kind"),
                }
            }
        }
    };
}

fixed_number!(4, Four);
fixed_number!(8, Eight);

impl<const N: usize> Long for Fixed<N>
where
    Fixed<N>: Number,
{
    fn length(&self) -> i64 {
        let magnitude = if self.is_negative() { self.minus() } else { *self };
        let top = magnitude.0.iter().rposition(|&word| word != 0);
        top.map_or(0, |i| 64 * (i as i64 + 1) - i64::from(magnitude.0[i].leading_zeros()))
    }

    #[expect(clippy::cast_possible_wrap, reason = "two's complement")]
    fn shifted(&self, shift: i64) -> i128 {
        let amount = usize::try_from(shift.unsigned_abs()).expect("fits memory");
        if shift >= 0 {
            return if amount < 128 { double_word(self, 0) << amount } else { 0 };
        }
        let (first, bits) = (amount / 64, amount % 64);
        let low = double_word(self, first);
        if bits == 0 {
            return low;
        }
        // The high bits come from the third word.
        ((low as u128) >> bits | u128::from(self.word(first + 2)) << (128 - bits)) as i128
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dashu_base::BitTest;
    use rand::{Rng, RngExt, SeedableRng};

    fn random(rng: &mut impl Rng, most_bits: u32) -> Integer {
        let bits = rng.random_range(0..=most_bits) as usize;
        let digits = (0..8).fold(Integer::ZERO, |v, _| (v << 32) + Integer::from(rng.random::<u32>()));
        match rng.random_range(0..6) {
            0 => Integer::ONE << bits,
            1 => -(Integer::ONE << bits),
            2 | 3 => digits >> (256 - bits),
            _ => -(digits >> (256 - bits)),
        }
    }

    /// Origin: the same operations on big integers.
    #[test]
    fn words_compute_like_integers() {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(6);
        for _ in 0..20000 {
            let (x, y, z) = (random(&mut rng, 126), random(&mut rng, 126), random(&mut rng, 253));
            let (a, b, c): (Fixed<4>, Fixed<4>, Fixed<4>) = (from_integer(&x), from_integer(&y), from_integer(&z));
            assert_eq!(c.add_product(&a, &b).to_integer(), &z + &x * &y);
            assert_eq!(c.negated().to_integer(), -&z);
            assert_eq!((c.order(), c.length()), (z.cmp(&Integer::ZERO), z.bit_len() as i64));
            assert_eq!((a.to_i128(), c.to_i128()), (i128::try_from(&x).ok(), i128::try_from(&z).ok()));
            for shift in [0, 1, 63, 64, 65, 90, 128, 190, 192, 201, 260] {
                if let Ok(expected) = i128::try_from(&z >> shift) {
                    assert_eq!(c.shifted(-(shift as i64)), expected, "{z} {shift}");
                }
            }
            assert_eq!(from_i128::<8>(-5).to_integer(), Integer::from(-5));
            assert_eq!(Integer::from(7).shifted(3), from_i128::<8>(7).shifted(3));
        }
    }
}
