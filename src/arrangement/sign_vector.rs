//! Sign vectors as bit sets.

use std::fmt;

const BITS: usize = u64::BITS as usize;

/// A vector in `{−,+}^n`, packed into 64-bit words: bit `i` is set if and only if entry `i` is `+`. Unused bits are zero.
///
/// The order is the lexicographic order of the words; it means nothing beyond being total.
///
/// # Examples
/// ```
/// use relus::arrangement::SignVector;
/// let a = SignVector::from_fn(3, |i| i != 1);
/// let b = SignVector::from_fn(3, |i| i == 0);
/// assert_eq!(a.to_string(), "+-+");
/// assert_eq!(a.differences(&b).collect::<Vec<_>>(), [2]);
/// assert_eq!(a.common_positives(&b), 1);
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SignVector {
    len: usize,
    words: Box<[u64]>,
}

impl SignVector {
    /// The vector of `len` minus signs.
    #[must_use]
    pub fn negative(len: usize) -> Self {
        SignVector { len, words: vec![0; len.div_ceil(BITS)].into() }
    }

    /// The vector whose entry `i` is `+` exactly if `positive(i)`.
    #[must_use]
    pub fn from_fn(len: usize, mut positive: impl FnMut(usize) -> bool) -> Self {
        let mut signs = SignVector::negative(len);
        for i in (0..len).filter(|&i| positive(i)) {
            signs.words[i / BITS] |= 1 << (i % BITS);
        }
        signs
    }

    /// The vector with these words; bits from `len` on must be zero.
    pub(super) fn from_words(len: usize, words: &[u64]) -> Self {
        debug_assert_eq!(words.len(), len.div_ceil(BITS));
        SignVector { len, words: words.into() }
    }

    /// The number of entries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no entry.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether entry `i` is `+`.
    ///
    /// # Panics
    /// If there is no entry `i`.
    #[must_use]
    pub fn is_positive(&self, i: usize) -> bool {
        assert!(i < self.len, "entry {i} of {}", self.len);
        self.words[i / BITS] >> (i % BITS) & 1 == 1
    }

    /// Changes the sign of entry `i`.
    ///
    /// # Panics
    /// If there is no entry `i`.
    pub fn flip(&mut self, i: usize) {
        assert!(i < self.len, "entry {i} of {}", self.len);
        self.words[i / BITS] ^= 1 << (i % BITS);
    }

    /// The vector with all signs changed.
    #[must_use]
    pub fn negated(&self) -> Self {
        let mut words: Box<[u64]> = self.words.iter().map(|word| !word).collect();
        if let (Some(last), rest @ 1..) = (words.last_mut(), self.len % BITS) {
            *last &= (1 << rest) - 1;
        }
        SignVector { len: self.len, words }
    }

    /// The words: bit `i % 64` of word `i / 64` is set if entry `i` is `+`.
    #[must_use]
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// The number of entries `+`.
    #[must_use]
    pub fn positives_count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The indices of the entries `+`, increasing.
    pub fn positives(&self) -> impl Iterator<Item = usize> + '_ {
        ones(self.words.iter().copied())
    }

    /// The number of indices at which both vectors have `+`.
    ///
    /// # Panics
    /// If the lengths differ.
    #[must_use]
    pub fn common_positives(&self, other: &SignVector) -> usize {
        assert_eq!(self.len, other.len, "sign vectors of equal length");
        self.words.iter().zip(&other.words).map(|(a, b)| (a & b).count_ones() as usize).sum()
    }

    /// The indices at which the two vectors differ, increasing.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn differences<'a>(&'a self, other: &'a SignVector) -> impl Iterator<Item = usize> + 'a {
        assert_eq!(self.len, other.len, "sign vectors of equal length");
        ones(self.words.iter().zip(&other.words).map(|(a, b)| a ^ b))
    }
}

/// The positions of the set bits of a sequence of words.
fn ones(words: impl Iterator<Item = u64>) -> impl Iterator<Item = usize> {
    words.enumerate().flat_map(|(k, mut word)| {
        std::iter::from_fn(move || {
            (word != 0).then(|| {
                let bit = word.trailing_zeros() as usize;
                word &= word - 1;
                k * BITS + bit
            })
        })
    })
}

impl fmt::Display for SignVector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (0..self.len).try_for_each(|i| f.write_str(if self.is_positive(i) { "+" } else { "-" }))
    }
}

impl fmt::Debug for SignVector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignVector({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Origin: the definition, entry by entry, across the word boundary.
    #[test]
    fn operations_agree_with_the_entries() {
        for len in [0, 1, 63, 64, 65, 130] {
            let a = SignVector::from_fn(len, |i| i % 3 == 0);
            let mut b = SignVector::from_fn(len, |i| i % 2 == 0);
            assert_eq!(a.positives().collect::<Vec<_>>(), (0..len).filter(|i| i % 3 == 0).collect::<Vec<_>>());
            assert_eq!(a.positives_count(), len.div_ceil(3));
            assert_eq!(a.common_positives(&b), len.div_ceil(6));
            let expected: Vec<usize> = (0..len).filter(|i| (i % 3 == 0) != (i % 2 == 0)).collect();
            assert_eq!(a.differences(&b).collect::<Vec<_>>(), expected);
            assert_eq!(a.negated().positives_count(), len - a.positives_count());
            assert_eq!(a.negated().negated(), a);
            assert_eq!(a.to_string().len(), len);
            for i in expected {
                b.flip(i);
            }
            assert_eq!(a, b);
        }
    }
}
