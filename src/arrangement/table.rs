//! A set of sign vectors of equal length, numbered in the order of insertion.
//!
//! The hash of a vector is the exclusive or of one fixed random key for each `+`, so that changing a sign changes the hash by one operation.
//! Hashes only propose: every match is confirmed by comparing all signs.

use super::ArrangementError;

/// How many vectors a set can hold: so few that twice their number fits 32 bits.
pub(super) const MOST: usize = 1 << 30;

const EMPTY: u32 = u32::MAX;

/// The numbered set: an arena of words and an open-addressing index into it.
pub(super) struct SignTable {
    stride: usize,
    words: Vec<u64>,
    hashes: Vec<u64>,
    slots: Vec<u32>,
    keys: Vec<u64>,
    key_of_all: u64,
}

impl SignTable {
    /// An empty set of vectors with `len` entries.
    pub(super) fn new(len: usize) -> Self {
        let keys: Vec<u64> = (0..len as u64).map(mix).collect();
        let key_of_all = keys.iter().fold(0, |all, key| all ^ key);
        SignTable { stride: len.div_ceil(64), words: Vec::new(), hashes: Vec::new(), slots: vec![EMPTY; 64], keys, key_of_all }
    }

    pub(super) fn len(&self) -> usize {
        self.hashes.len()
    }

    pub(super) fn words(&self, index: usize) -> &[u64] {
        &self.words[index * self.stride..(index + 1) * self.stride]
    }

    /// By how much the hash changes when entry `i` changes its sign.
    pub(super) fn key(&self, i: usize) -> u64 {
        self.keys[i]
    }

    /// By how much the hash changes when all entries change their signs.
    pub(super) fn key_of_all(&self) -> u64 {
        self.key_of_all
    }

    pub(super) fn hash_at(&self, index: usize) -> u64 {
        self.hashes[index]
    }

    /// The number of the vector, if it is in the set. `hash` must be its hash.
    pub(super) fn find(&self, words: &[u64], hash: u64) -> Option<usize> {
        let index = self.slots[self.slot(words, hash)];
        (index != EMPTY).then_some(index as usize)
    }

    /// The number of the vector, and whether it is new. `hash` must be its hash.
    ///
    /// # Errors
    /// [`ArrangementError::TooManyCells`] if the set is full: [`MOST`] vectors.
    pub(super) fn insert(&mut self, words: &[u64], hash: u64) -> Result<(usize, bool), ArrangementError> {
        let slot = self.slot(words, hash);
        if self.slots[slot] != EMPTY {
            return Ok((self.slots[slot] as usize, false));
        }
        let index = self.len();
        if index >= MOST {
            return Err(ArrangementError::TooManyCells);
        }
        self.slots[slot] = index as u32;
        self.words.extend_from_slice(words);
        self.hashes.push(hash);
        if 2 * self.len() > self.slots.len() {
            self.grow();
        }
        Ok((index, true))
    }

    /// The slot that holds the vector, or the empty one where it belongs.
    fn slot(&self, words: &[u64], hash: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        loop {
            let index = self.slots[slot];
            if index == EMPTY || (self.hashes[index as usize] == hash && self.words(index as usize) == words) {
                return slot;
            }
            slot = (slot + 1) & mask;
        }
    }

    fn grow(&mut self) {
        let size = 4 * self.slots.len();
        let mut slots = vec![EMPTY; size];
        for (index, &hash) in self.hashes.iter().enumerate() {
            let mut slot = hash as usize & (size - 1);
            while slots[slot] != EMPTY {
                slot = (slot + 1) & (size - 1);
            }
            slots[slot] = index as u32;
        }
        self.slots = slots;
    }
}

/// A well-mixed function of `i` (the finaliser of the generator SplitMix64).
fn mix(i: u64) -> u64 {
    let mut z = (i + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Origin: the definition of a set; 200 vectors with the same hash must still be told apart.
    #[test]
    fn equal_hashes_do_not_confuse() {
        let mut table = SignTable::new(64);
        for i in 0..200u64 {
            assert_eq!(table.insert(&[i], 7), Ok((i as usize, true)));
        }
        for i in 0..200u64 {
            assert_eq!(table.insert(&[i], 7), Ok((i as usize, false)));
            assert_eq!(table.find(&[i], 7), Some(i as usize));
        }
        assert_eq!(table.find(&[200], 7), None);
        assert_eq!(table.len(), 200);
    }
}
