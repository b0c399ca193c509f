//! Vectors with an entry for each site, item or point: in 64 bits if all entries fit, else in integers of any length.

use super::int::Int;
use super::sites::Sites;
use std::cmp::Ordering;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Vector {
    Short(Vec<i64>),
    Long(Vec<Int>),
}

impl Vector {
    /// No entries, with room for some.
    pub(super) fn with_capacity(entries: usize) -> Self {
        Vector::Short(Vec::with_capacity(entries))
    }

    #[inline]
    pub(super) fn push(&mut self, value: Int) {
        match (&mut *self, value.to_i64()) {
            (Vector::Short(entries), Some(value)) => entries.push(value),
            (Vector::Long(entries), _) => entries.push(value),
            (Vector::Short(entries), None) => *self = Vector::Long(entries.iter().map(|&v| Int::Small(v.into())).chain([value]).collect()),
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Vector::Short(entries) => entries.len(),
            Vector::Long(entries) => entries.len(),
        }
    }

    pub(super) fn get(&self, place: usize) -> Int {
        match self {
            Vector::Short(entries) => Int::Small(entries[place].into()),
            Vector::Long(entries) => entries[place].clone(),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Int> {
        (0..self.len()).map(|place| self.get(place))
    }

    /// The places with an entry of this sign.
    pub(super) fn of_sign(&self, sign: Ordering) -> Sites {
        match self {
            Vector::Short(entries) => Sites::of(entries.len(), |place| entries[place].cmp(&0) == sign),
            Vector::Long(entries) => Sites::of(entries.len(), |place| entries[place].sign() == sign),
        }
    }

    /// The scalar product.
    pub(super) fn dot(&self, other: &Vector) -> Int {
        if let (Vector::Short(u), Vector::Short(v)) = (self, other)
            && let Some(sum) = u.iter().zip(v).try_fold(0i128, |sum, (&u, &v)| sum.checked_add(i128::from(u) * i128::from(v)))
        {
            return Int::Small(sum);
        }
        self.dot_at(other, &(0..self.len()).collect::<Vec<usize>>())
    }

    /// The part of the scalar product at these places.
    pub(super) fn dot_at(&self, other: &Vector, places: &[usize]) -> Int {
        if let (Vector::Short(u), Vector::Short(v)) = (self, other)
            && let Some(sum) = places.iter().try_fold(0i128, |sum, &i| sum.checked_add(i128::from(u[i]) * i128::from(v[i])))
        {
            return Int::Small(sum);
        }
        places.iter().fold(Int::ZERO, |sum, &i| &sum + &(&self.get(i) * &other.get(i)))
    }
}

impl FromIterator<Int> for Vector {
    fn from_iter<I: IntoIterator<Item = Int>>(values: I) -> Self {
        let values = values.into_iter();
        let mut vector = Vector::with_capacity(values.size_hint().0);
        values.for_each(|value| vector.push(value));
        vector
    }
}
