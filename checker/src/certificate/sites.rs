//! Sets of sites as bits.

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sites(Vec<u64>);

impl Sites {
    /// The sites below `count` that `chosen` says.
    pub(super) fn of(count: usize, chosen: impl Fn(usize) -> bool) -> Self {
        let word = |first: usize| (first..count.min(first + 64)).fold(0, |word, site| word | u64::from(chosen(site)) << (site - first));
        Sites((0..count).step_by(64).map(word).collect())
    }

    pub(super) fn insert(&mut self, site: usize) {
        self.0[site / 64] |= 1 << (site % 64);
    }

    pub(super) fn remove(&mut self, site: usize) {
        self.0[site / 64] &= !(1 << (site % 64));
    }

    pub(super) fn contains(&self, site: usize) -> bool {
        self.0[site / 64] >> (site % 64) & 1 == 1
    }

    pub(super) fn insert_all(&mut self, other: &Sites) {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a |= b);
    }

    pub(super) fn remove_all(&mut self, other: &Sites) {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a &= !b);
    }

    pub(super) fn or(&self, other: &Sites) -> Sites {
        let mut union = self.clone();
        union.insert_all(other);
        union
    }

    pub(super) fn without(&self, other: &Sites) -> Sites {
        let mut rest = self.clone();
        rest.remove_all(other);
        rest
    }

    pub(super) fn and(&self, other: &Sites) -> Sites {
        Sites(self.0.iter().zip(&other.0).map(|(a, b)| a & b).collect())
    }

    pub(super) fn is_subset(&self, other: &Sites) -> bool {
        self.0.iter().zip(&other.0).all(|(a, b)| a & !b == 0)
    }

    pub(super) fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The sites in increasing order.
    pub(super) fn places(&self) -> Vec<usize> {
        let mut places = Vec::with_capacity(self.len());
        for (i, &word) in self.0.iter().enumerate() {
            let mut rest = word;
            while rest != 0 {
                places.push(64 * i + rest.trailing_zeros() as usize);
                rest &= rest - 1;
            }
        }
        places
    }
}
