//! Subset sums in the plane, exactly: which of given integer vectors add up to a given one.
//!
//! The sums of the first half of the vectors are listed, each with the way to it, and those of the second half; a sum of the one is looked up among the others (meet in the middle). Equal sums are listed once, so that
//! many vectors are no obstacle where their entries are small. The problem is NP-complete (already with one coordinate), so there is a limit.
//!
//! # Complexity
//! `O(s)` time and memory for `s` sums listed, `s ≤ 2^{m/2+1}` for `m` vectors and at most [`MOST`].

use crate::exact::Integer;
use std::collections::HashMap;

/// A vector.
pub(super) type Pair = [Integer; 2];

/// Sums of a half that are listed at most.
const MOST: usize = 1 << 16;
/// Steps for a half: sums times vectors.
const STEPS: usize = 1 << 19;

/// What is known of a sum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Subset {
    /// These vectors (a mark for each) add up to it.
    Sum(Vec<bool>),
    /// None do.
    None,
    /// There are too many sums.
    Unknown,
}

/// Looks for vectors that add up to `goal`.
pub(super) fn subset(vectors: &[Pair], goal: &Pair) -> Subset {
    let (first, second) = vectors.split_at(vectors.len() / 2);
    let (Some(left), Some(right)) = (Sums::of(first), Sums::of(second)) else { return Subset::Unknown };
    for (place, sum) in right.sums.iter().enumerate() {
        let rest = [&goal[0] - &sum[0], &goal[1] - &sum[1]];
        if let Some(&other) = left.place.get(&rest) {
            let mut chosen = vec![false; vectors.len()];
            left.mark(other, &mut chosen[..first.len()]);
            right.mark(place, &mut chosen[first.len()..]);
            return Subset::Sum(chosen);
        }
    }
    Subset::None
}

/// All sums of some vectors.
#[derive(Default)]
struct Sums {
    sums: Vec<Pair>,
    /// The sum before the last vector was added, and that vector; the empty sum comes first.
    from: Vec<(usize, usize)>,
    place: HashMap<Pair, usize>,
}

impl Sums {
    fn of(vectors: &[Pair]) -> Option<Self> {
        let zero = [Integer::ZERO, Integer::ZERO];
        let mut all = Sums { sums: vec![zero.clone()], from: vec![(0, 0)], place: HashMap::from([(zero, 0)]) };
        let mut steps = 0;
        for (v, vector) in vectors.iter().enumerate() {
            steps += all.sums.len();
            for place in 0..all.sums.len() {
                let sum = [&all.sums[place][0] + &vector[0], &all.sums[place][1] + &vector[1]];
                let next = all.sums.len();
                all.place.entry(sum.clone()).or_insert_with(|| {
                    all.sums.push(sum);
                    all.from.push((place, v));
                    next
                });
            }
            if all.sums.len() > MOST || steps > STEPS {
                return None;
            }
        }
        Some(all)
    }

    fn mark(&self, mut place: usize, chosen: &mut [bool]) {
        while place > 0 {
            let (before, vector) = self.from[place];
            chosen[vector] = true;
            place = before;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// Origin: all subsets.
    #[test]
    fn as_all_subsets_say() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let mut found = 0;
        for _ in 0..3000 {
            let m = rng.random_range(0..8);
            let mut pair = || [0, 1].map(|_| Integer::from(rng.random_range(-3..4)));
            let vectors: Vec<Pair> = (0..m).map(|_| pair()).collect();
            let goal = pair();
            let add = |chosen: &dyn Fn(usize) -> bool| {
                let mut sum = [Integer::ZERO, Integer::ZERO];
                vectors.iter().enumerate().filter(|(i, _)| chosen(*i)).for_each(|(_, v)| (0..2).for_each(|c| sum[c] += &v[c]));
                sum
            };
            let exists = (0..1u32 << m).any(|mask| add(&|i| mask >> i & 1 == 1) == goal);
            match subset(&vectors, &goal) {
                Subset::Sum(chosen) => assert_eq!(add(&|i| chosen[i]), goal),
                Subset::None => assert!(!exists),
                Subset::Unknown => panic!("few sums"),
            }
            found += usize::from(exists);
        }
        assert!((300..2700).contains(&found), "{found}");
    }

    /// Origin: 40 vectors of different powers of two have 2^20 sums a half; of ones they have 21.
    #[test]
    fn there_is_a_limit_on_sums_not_on_vectors() {
        let goal = [Integer::ONE, Integer::ONE];
        let powers: Vec<Pair> = (0..40).map(|i| [Integer::from(1u64 << i), Integer::ZERO]).collect();
        assert_eq!(subset(&powers, &goal), Subset::Unknown);
        let ones = vec![[Integer::ONE, Integer::ZERO]; 40];
        assert_eq!(subset(&ones, &goal), Subset::None);
    }
}
