//! Which sites may lie in the same direction from a site, by numbers modulo a prime.
//!
//! Two difference vectors are parallel iff they have the same first non-zero coordinate, the *pivot*, and the same quotients of all coordinates by the pivot. Equal rationals are equal modulo a prime `p`, so that parallel
//! vectors have equal keys. Different ones have equal keys with probability about `1/p` only, and are told apart by whoever looks closer. A pivot that is a multiple of `p` has no inverse: such a pair is left out, which may lose a line (and so
//! weaken a bound), but never invents one.

use crate::exact::Integer;
use crate::train::search::Model;

/// The Mersenne prime 2^61 − 1.
const P: u64 = (1 << 61) - 1;

fn times(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    let (low, high) = ((product & u128::from(P)) as u64, (product >> 61) as u64);
    let sum = low + high;
    if sum >= P { sum - P } else { sum }
}

fn minus(a: u64, b: u64) -> u64 {
    if a >= b { a - b } else { a + P - b }
}

/// By Fermat's little theorem.
fn inverse(a: u64) -> u64 {
    let (mut power, mut result, mut exponent) = (a, 1, P - 2);
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = times(result, power);
        }
        power = times(power, power);
        exponent >>= 1;
    }
    result
}

/// The rows of the design modulo `p`.
#[derive(Debug)]
pub(super) struct Directions<'m> {
    model: &'m Model<'m>,
    residues: Vec<Vec<u64>>,
}

impl<'m> Directions<'m> {
    pub(super) fn new(model: &'m Model<'_>) -> Self {
        let residue = |x: &Integer| {
            let p = Integer::from(P);
            let rest = x % &p;
            u64::try_from(if rest < Integer::ZERO { rest + p } else { rest }).expect("less than p")
        };
        let residues = (0..model.sites()).map(|s| model.row(s).iter().map(residue).collect()).collect();
        Directions { model, residues }
    }

    /// The later sites with the keys of their directions from `s`, sorted by key, then site.
    ///
    /// # Complexity
    /// `O(m log m)` for `m` later sites: one inversion for all, a few products for each.
    pub(super) fn from(&self, s: usize) -> Vec<(u64, usize)> {
        let own = &self.residues[s];
        // Sites with their pivots, and the products of the pivots up to each.
        let mut sites: Vec<(usize, usize)> = Vec::with_capacity(self.residues.len() - s);
        let mut products: Vec<u64> = Vec::with_capacity(self.residues.len() - s);
        let mut product = 1;
        for other in s + 1..self.residues.len() {
            let row = &self.residues[other];
            let differs = |&c: &usize| row[c] != own[c] || self.model.row(other)[c] != self.model.row(s)[c];
            let pivot = (0..row.len()).find(differs).expect("sites are different");
            let difference = minus(row[pivot], own[pivot]);
            if difference != 0 {
                product = times(product, difference);
                sites.push((other, pivot));
                products.push(product);
            }
        }
        let mut inverse = inverse(product);
        let mut keys = Vec::with_capacity(sites.len());
        for (i, &(other, pivot)) in sites.iter().enumerate().rev() {
            let row = &self.residues[other];
            let before = if i == 0 { 1 } else { products[i - 1] };
            let pivot_inverse = times(inverse, before);
            inverse = times(inverse, minus(row[pivot], own[pivot]));
            let quotients = (pivot + 1..row.len()).map(|c| times(minus(row[c], own[c]), pivot_inverse));
            // A polynomial in a number that is none of the data's business.
            let key = quotients.fold(pivot as u64 + 1, |key, quotient| {
                let sum = times(key, 0x1234_5678_9abc_def1) + quotient;
                if sum >= P { sum - P } else { sum }
            });
            keys.push((key, other));
        }
        keys.sort_unstable();
        keys
    }
}
