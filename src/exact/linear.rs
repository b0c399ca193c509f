//! Fraction-free linear algebra over the integers.
//!
//! [`Echelon`] is the reduced row echelon form of an integer matrix, computed by Bareiss' integer-preserving Gauss–Jordan elimination: every
//! intermediate number is a minor of the matrix, so its bit length obeys Hadamard's bound, and all divisions are exact.
//!
//! # References
//! E. H. Bareiss, *Sylvester's identity and multistep integer-preserving Gaussian elimination*, Math. Comp. 22 (1968).

use super::{Integer, Rational, common_denominator, scaled_integer};

/// The reduced row echelon form of a matrix `M`: `rank` rows, row `r` reading `Σ_c entry(r,c)·v_c` with `entry(r, pivots[r]) = scale` and zeros in
/// the other pivot columns.
#[derive(Debug, Clone)]
pub struct Echelon {
    rows: Vec<Vec<Integer>>,
    pivots: Vec<usize>,
    scale: Integer,
}

impl Echelon {
    /// Eliminates the columns `0..pivot_columns` (in that order of preference) of the integer matrix `rows`; further columns are carried along as
    /// right-hand sides. All-zero rows are dropped, but rows that are zero in the pivot columns only are kept behind the others, as
    /// [`Echelon::inconsistent`] needs them.
    ///
    /// # Complexity
    /// `O(m·c·rank)` products of integers of the size of minors, for an `m × c` matrix.
    #[must_use]
    pub fn new(rows: Vec<Vec<Integer>>, pivot_columns: usize) -> Self {
        Self::new_unless(rows, pivot_columns, &|| false).expect("nothing stops it")
    }

    /// The same; `None` once `stop`, which is asked before each pivot, says so.
    #[must_use]
    pub fn new_unless(mut rows: Vec<Vec<Integer>>, pivot_columns: usize, stop: &dyn Fn() -> bool) -> Option<Self> {
        let mut pivots = Vec::new();
        let mut scale = Integer::ONE;
        for column in 0..pivot_columns {
            if stop() {
                return None;
            }
            let rank = pivots.len();
            // The shortest pivot keeps the products short.
            let Some(pivot_row) =
                (rank..rows.len()).filter(|&r| !rows[r][column].is_zero()).min_by_key(|&r| dashu_base::BitTest::bit_len(&rows[r][column]))
            else {
                continue;
            };
            rows.swap(rank, pivot_row);
            let pivot = rows[rank].clone();
            for (r, row) in rows.iter_mut().enumerate() {
                if r == rank {
                    continue;
                }
                let factor = row[column].clone();
                for (entry, pivot_entry) in row.iter_mut().zip(&pivot) {
                    if factor.is_zero() {
                        *entry *= &pivot[column];
                    } else {
                        *entry = &*entry * &pivot[column] - &factor * pivot_entry;
                    }
                    *entry /= &scale;
                }
            }
            scale = pivot[column].clone();
            pivots.push(column);
        }
        rows.retain(|row| row.iter().any(|entry| !entry.is_zero()));
        Some(Echelon { rows, pivots, scale })
    }

    /// The rank of the pivot columns.
    #[must_use]
    pub fn rank(&self) -> usize {
        self.pivots.len()
    }

    /// The pivot columns, one a row, in increasing order.
    #[must_use]
    pub fn pivots(&self) -> &[usize] {
        &self.pivots
    }

    /// Whether some row demands `0 = (non-zero)` of the right-hand sides.
    #[must_use]
    pub fn inconsistent(&self) -> bool {
        self.rows.len() > self.pivots.len()
    }

    /// The solution of `M v = rhs` (with the right-hand side in `rhs_column`) whose non-pivot unknowns have the values `free(c)`, or `None` if there
    /// is none.
    #[must_use]
    pub fn solution(&self, unknowns: usize, rhs_column: usize, free: impl Fn(usize) -> Rational) -> Option<Vec<Rational>> {
        if self.rows[self.pivots.len()..].iter().any(|row| !row[rhs_column].is_zero()) {
            return None;
        }
        let mut v: Vec<Rational> = (0..unknowns).map(|c| if self.pivots.contains(&c) { Rational::ZERO } else { free(c) }).collect();
        let scale = Rational::from(self.scale.clone());
        for (row, &pivot) in self.rows.iter().zip(&self.pivots) {
            let mut value = Rational::from(row[rhs_column].clone());
            for c in (0..unknowns).filter(|c| !self.pivots.contains(c)) {
                if !row[c].is_zero() && !v[c].is_zero() {
                    value -= &v[c] * Rational::from(row[c].clone());
                }
            }
            v[pivot] = value / &scale;
        }
        Some(v)
    }

    /// A basis of `{v : M v = 0}` over the first `unknowns` columns, which must be the pivot columns of [`Echelon::new`].
    #[must_use]
    pub fn kernel(&self, unknowns: usize) -> Vec<Vec<Integer>> {
        (0..unknowns)
            .filter(|c| !self.pivots.contains(c))
            .map(|free| {
                let mut v = vec![Integer::ZERO; unknowns];
                v[free] = self.scale.clone();
                for (row, &pivot) in self.rows.iter().zip(&self.pivots) {
                    v[pivot] = -&row[free];
                }
                v
            })
            .collect()
    }
}

/// The rank of an integer matrix.
#[must_use]
pub fn rank(rows: Vec<Vec<Integer>>) -> usize {
    let columns = rows.first().map_or(0, Vec::len);
    Echelon::new(rows, columns).rank()
}

/// The lexicographically first set of linearly independent columns that spans the column space.
///
/// # Complexity
/// That of [`Echelon::new`]; but as soon as the first few rows show that all columns are independent, the others are not looked at.
#[must_use]
pub fn independent_columns(rows: Vec<Vec<Integer>>) -> Vec<usize> {
    let columns = rows.first().map_or(0, Vec::len);
    let mut some = 2 * columns;
    while some < rows.len() {
        let pivots = Echelon::new(rows[..some].to_vec(), columns).pivots;
        if pivots.len() == columns {
            return pivots;
        }
        some *= 8;
    }
    Echelon::new(rows, columns).pivots
}

/// Some rational solution of `A v = b`, or `None` if there is none; unknowns that the equations leave free get the value 0.
///
/// # Examples
/// ```
/// use relus::exact::{parse_rational, solve};
/// let q = |s| parse_rational(s).unwrap();
/// let v = solve(&[vec![q("2"), q("1")], vec![q("1"), q("3")]], &[q("1"), q("1/2")]).unwrap();
/// assert_eq!(v, vec![q("1/2"), q("0")]);
/// ```
///
/// # Panics
/// If `a` and `b` have different lengths or the rows of `a` do.
#[must_use]
pub fn solve(a: &[Vec<Rational>], b: &[Rational]) -> Option<Vec<Rational>> {
    assert_eq!(a.len(), b.len(), "one right-hand side a row");
    let unknowns = a.first().map_or(0, Vec::len);
    let rows = a
        .iter()
        .zip(b)
        .map(|(row, rhs)| {
            assert_eq!(row.len(), unknowns, "rows must have equal length");
            let scale = common_denominator(row.iter().chain([rhs]));
            row.iter().chain([rhs]).map(|v| scaled_integer(v, &scale)).collect()
        })
        .collect();
    Echelon::new(rows, unknowns).solution(unknowns, unknowns, |_| Rational::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn integers(rows: &[Vec<i32>]) -> Vec<Vec<Integer>> {
        rows.iter().map(|row| row.iter().map(|&x| Integer::from(x)).collect()).collect()
    }

    #[test]
    fn rank_of_small_matrices() {
        assert_eq!(rank(vec![]), 0);
        assert_eq!(rank(integers(&[vec![0, 0], vec![0, 0]])), 0);
        assert_eq!(rank(integers(&[vec![1, 2], vec![2, 4]])), 1);
        assert_eq!(independent_columns(integers(&[vec![0, 1, 1], vec![0, 2, 3]])), vec![1, 2]);
    }

    fn matrix() -> impl Strategy<Value = Vec<Vec<i32>>> {
        (1usize..5, 1usize..5).prop_flat_map(|(m, n)| prop::collection::vec(prop::collection::vec(-3i32..4, n), m))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 3000, rng_seed: proptest::test_runner::RngSeed::Fixed(12), ..ProptestConfig::default() })]

        /// Origin: the definition of a kernel and the rank theorem.
        #[test]
        fn kernel_vectors_are_annihilated(m in matrix()) {
            let rows = integers(&m);
            let unknowns = rows[0].len();
            let echelon = Echelon::new(rows.clone(), unknowns);
            let kernel = echelon.kernel(unknowns);
            prop_assert_eq!(kernel.len() + echelon.rank(), unknowns);
            for v in &kernel {
                for row in &rows {
                    let product = row.iter().zip(v).fold(Integer::ZERO, |s, (a, b)| s + a * b);
                    prop_assert_eq!(product, Integer::ZERO);
                }
            }
            prop_assert_eq!(rank(kernel.clone()), kernel.len());
        }

        /// Origin: substitution; a planted right-hand side must be solvable, and `None` must mean a larger augmented rank.
        #[test]
        fn solutions_solve(m in matrix(), b in prop::collection::vec(-3i32..4, 5), planted in any::<bool>()) {
            let rows = integers(&m);
            let q = |x: &Integer| Rational::from(x.clone());
            let a: Vec<Vec<Rational>> = rows.iter().map(|row| row.iter().map(q).collect()).collect();
            let rhs: Vec<Rational> = if planted {
                rows.iter().map(|row| row.iter().zip(&b).fold(Rational::ZERO, |s, (x, &y)| s + Rational::from(x * Integer::from(y)))).collect()
            } else {
                rows.iter().zip(b.iter().cycle()).map(|(_, &y)| Rational::from(Integer::from(y))).collect()
            };
            match solve(&a, &rhs) {
                Some(v) => for (row, y) in a.iter().zip(&rhs) { prop_assert_eq!(&super::super::dot(row, &v), y); },
                None => {
                    let augmented = m.iter().zip(b.iter().cycle()).map(|(row, &y)| row.iter().copied().chain([y]).collect::<Vec<_>>());
                    prop_assert!(!planted && rank(integers(&augmented.collect::<Vec<_>>())) > rank(rows));
                }
            }
        }
    }
}
