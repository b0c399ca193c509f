use super::*;
use dashu_base::Gcd;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

fn integer_rows(rows: &[Vec<i64>]) -> IntegerRows {
    IntegerRows::new(rows.iter().map(|row| row.iter().map(|&x| Integer::from(x)).collect()).collect(), rows[0].len())
}

/// The definition of [`ConeVerdict`], in plain big integers. Returns whether the verdict says "interior".
fn check(rows: &IntegerRows, signed: &[(usize, bool)], verdict: &ConeVerdict) -> bool {
    match verdict {
        ConeVerdict::Interior(v) => {
            for &(i, positive) in signed {
                let product = rows.row(i).iter().zip(v.entries()).fold(Integer::ZERO, |s, (a, b)| s + a * b);
                assert!(if positive { product > Integer::ZERO } else { product < Integer::ZERO }, "row {i} has product {product}");
            }
            true
        }
        ConeVerdict::Empty(multipliers) => {
            assert!(!multipliers.is_empty() && multipliers.iter().all(|(_, x)| *x > Integer::ZERO));
            let sign = |i| signed.iter().find(|s| s.0 == i).expect("multipliers belong to listed rows").1;
            if let [(a, x), (b, y)] = &multipliers[..]
                && a == b
            {
                assert!(x == y && signed.contains(&(*a, true)) && signed.contains(&(*a, false)));
                return false;
            }
            for j in 0..rows.columns() {
                let sum =
                    multipliers.iter().fold(Integer::ZERO, |s, (i, x)| if sign(*i) { s + x * &rows.row(*i)[j] } else { s - x * &rows.row(*i)[j] });
                assert_eq!(sum, Integer::ZERO);
            }
            false
        }
    }
}

/// Fourier–Motzkin elimination of the strict system `rows · v > 0`.
fn feasible_by_elimination(mut rows: Vec<Vec<i64>>) -> bool {
    rows.sort();
    rows.dedup();
    for column in 0..rows.first().map_or(0, Vec::len) {
        let (zero, rest): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row[column] == 0);
        let (plus, minus): (Vec<_>, Vec<_>) = rest.into_iter().partition(|row| row[column] > 0);
        rows = zero;
        for a in &plus {
            for b in &minus {
                let sum: Vec<i64> = a.iter().zip(b).map(|(x, y)| x * -b[column] + y * a[column]).collect();
                let magnitudes = sum.iter().map(|x| x.unsigned_abs()).filter(|&x| x > 0);
                let divisor = i64::try_from(magnitudes.reduce(Gcd::gcd).unwrap_or(1)).unwrap();
                rows.push(sum.iter().map(|x| x / divisor).collect());
            }
        }
        rows.sort();
        rows.dedup();
    }
    rows.is_empty()
}

fn signed_copy(rows: &[Vec<i64>], signed: &[(usize, bool)]) -> Vec<Vec<i64>> {
    signed.iter().map(|&(i, positive)| rows[i].iter().map(|&x| if positive { x } else { -x }).collect()).collect()
}

fn small_rows() -> impl Strategy<Value = Vec<Vec<i64>>> {
    (1usize..5, 1usize..7, 1i64..4).prop_flat_map(|(q, m, size)| prop::collection::vec(prop::collection::vec(-size..=size, q), m))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, rng_seed: RngSeed::Fixed(31), ..ProptestConfig::default() })]

    /// Origin: Fourier–Motzkin elimination; the proofs by substitution. The same solver answers several questions in a row, so that warm starts
    /// are among them, and the integer simplex method answers each question again. Small entries make zero, equal and opposite rows common.
    #[test]
    fn verdicts_agree_with_elimination(rows in small_rows(), questions in prop::collection::vec(prop::collection::vec((0usize..6, any::<bool>()), 0..7), 4)) {
        let matrix = integer_rows(&rows);
        let mut solver = ConeSolver::new(&matrix);
        for mut signed in questions {
            signed.retain(|s| s.0 < rows.len());
            let expected = feasible_by_elimination(signed_copy(&rows, &signed));
            prop_assert_eq!(check(&matrix, &signed, &solver.interior_point(&signed)), expected);
            let contradictory = signed.iter().any(|&(i, s)| signed.contains(&(i, !s)));
            if !contradictory {
                solver.simplex.clear_signs();
                signed.iter().for_each(|&(i, s)| solver.simplex.set_sign(i, s));
                prop_assert_eq!(check(&matrix, &signed, &solver.decide_exactly()), expected);
            }
        }
    }

    /// Origin: the pattern of a vector is non-empty by construction, so every walk over patterns of vectors must find interior points; and
    /// the whole question list must agree with the integer method.
    #[test]
    fn patterns_of_vectors_have_points(
        (rows, vectors) in (2usize..7, 5usize..40, 1i64..2000).prop_flat_map(|(q, m, size)| {
            let vector = move || prop::collection::vec(-size..=size, q);
            (prop::collection::vec(vector(), m), prop::collection::vec(vector(), 5))
        })
    ) {
        let matrix = integer_rows(&rows);
        let mut solver = ConeSolver::new(&matrix);
        for v in vectors {
            let product = |row: &Vec<i64>| row.iter().zip(&v).map(|(a, b)| a * b).sum::<i64>();
            let signed: Vec<(usize, bool)> = rows.iter().enumerate().filter(|(_, row)| product(row) != 0).map(|(i, row)| (i, product(row) > 0)).collect();
            prop_assert!(check(&matrix, &signed, &solver.interior_point(&signed)));
            if signed.len() == rows.len() {
                let mut pattern: Vec<bool> = signed.iter().map(|s| s.1).collect();
                prop_assert!(check(&matrix, &signed, &solver.pattern(&pattern)));
                pattern[0] = !pattern[0];
                let flipped: Vec<(usize, bool)> = pattern.iter().copied().enumerate().collect();
                let warm = check(&matrix, &flipped, &solver.pattern(&pattern));
                prop_assert_eq!(check(&matrix, &flipped, &solver.decide_exactly()), warm);
            }
        }
    }

    /// Origin: construction. The cone `x_{j+1} > N·x_j > 0` (and a slab of relative width `N^-q` inside it) has a point however large `N` is;
    /// with the reverse of the sum of its rows it has none.
    #[test]
    fn thin_cones(q in 2usize..5, digits in 1u32..100, shuffle in any::<u64>(), huge in any::<bool>()) {
        let n = Integer::from(10).pow(digits as usize);
        let unit = |j: usize| (0..q).map(|k| if k == j { Integer::ONE } else { Integer::ZERO }).collect::<Vec<_>>();
        let mut rows = vec![unit(0)];
        for j in 1..q {
            // N x_{j-1} < x_j < N x_{j-1} + x_{j-1}/N, cleared of denominators.
            let (mut low, mut high) = (unit(j), vec![Integer::ZERO; q]);
            low[j - 1] = -n.clone();
            high[j] = -n.clone();
            high[j - 1] = &n * &n + Integer::ONE;
            rows.extend([low, high]);
        }
        if huge {
            rows[0].iter_mut().for_each(|x| *x <<= 2000);
        }
        let by = usize::try_from(shuffle % rows.len() as u64).unwrap();
        rows.rotate_left(by);
        let opposite: Vec<Integer> = (0..q).map(|j| -rows.iter().fold(Integer::ZERO, |s, row| s + &row[j])).collect();
        rows.push(opposite);
        let m = rows.len();
        let matrix = IntegerRows::new(rows, q);
        let mut solver = ConeSolver::new(&matrix);
        let all: Vec<(usize, bool)> = (0..m).map(|i| (i, true)).collect();
        prop_assert!(check(&matrix, &all[..m - 1], &solver.interior_point(&all[..m - 1])));
        prop_assert!(!check(&matrix, &all, &solver.interior_point(&all)));
        let reversed: Vec<(usize, bool)> = (0..m - 1).map(|i| (i, false)).collect();
        prop_assert!(check(&matrix, &reversed, &solver.interior_point(&reversed)));
    }
}

#[test]
fn trivial_questions() {
    let rows = integer_rows(&[vec![0, 0], vec![1, -1], vec![-2, 2]]);
    let mut solver = ConeSolver::new(&rows);
    assert!(check(&rows, &[], &solver.interior_point(&[])));
    assert!(check(&rows, &[], &solver.pattern(&[])));
    assert!(!check(&rows, &[(1, true), (0, false)], &solver.interior_point(&[(1, true), (0, false)])), "a zero row is never strict");
    assert!(!check(&rows, &[(0, true)], &solver.pattern(&[true])));
    assert!(!check(&rows, &[(1, true), (2, true)], &solver.interior_point(&[(1, true), (2, true)])), "opposite rows");
    assert!(check(&rows, &[(1, true), (2, false)], &solver.interior_point(&[(1, true), (2, false)])));
    assert!(!check(&rows, &[(1, true), (1, false)], &solver.interior_point(&[(1, true), (1, false)])));
}

/// The floats settle harmless questions; origin: a bound on their share that a broken proposal would exceed at once.
#[test]
fn floats_settle_random_walks() {
    use rand::{RngExt, SeedableRng};
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(5);
    for q in 2..8 {
        let rows: Vec<Vec<i64>> = (0..30).map(|_| (0..q).map(|_| rng.random_range(-10_000..=10_000)).collect()).collect();
        let matrix = integer_rows(&rows);
        let mut solver = ConeSolver::new(&matrix);
        let mut pattern: Vec<bool> = rows.iter().map(|row| row[0] > 0).collect();
        let mut found = 0;
        for _ in 0..300 {
            let i = rng.random_range(0..rows.len());
            pattern[i] = !pattern[i];
            let signed: Vec<(usize, bool)> = pattern.iter().copied().enumerate().collect();
            if check(&matrix, &signed, &solver.pattern(&pattern)) {
                found += 1;
            } else {
                pattern[i] = !pattern[i];
            }
        }
        assert!(found > 0 && found < 300 && solver.exact_decisions() <= 3, "{found} cells, {} exact decisions", solver.exact_decisions());
    }
}
