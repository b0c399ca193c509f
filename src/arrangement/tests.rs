//! Listing, counting and brute force against each other.

use super::*;
use proptest::prelude::*;
use std::cmp::Ordering;
use std::collections::{BTreeSet, HashSet};

fn list(rows: &IntegerRows) -> Cells {
    Arrangement::new(rows).unwrap().cells(&mut || false).unwrap()
}

/// The listing by insertion, whatever the rank.
fn list_by_insertion(rows: &IntegerRows) -> Cells {
    incremental::cells(Hyperplanes::new(rows).unwrap(), &mut StopCheck::new(&mut || false)).unwrap()
}

fn matrix(rows: &[Vec<i64>]) -> IntegerRows {
    IntegerRows::new(rows.iter().map(|row| row.iter().map(|&x| Integer::from(x)).collect()).collect(), rows[0].len())
}

fn regions(rows: &IntegerRows) -> Integer {
    characteristic_polynomial(rows).unwrap().regions()
}

/// Whether some `v` has `form · v > 0` for all forms: Fourier–Motzkin elimination of strict inequalities, one coordinate after the other.
fn strictly_feasible(mut forms: Vec<Vec<Integer>>) -> bool {
    let columns = forms.first().map_or(0, Vec::len);
    for _ in 0..columns {
        let mut next = HashSet::new();
        let (mut up, mut down) = (Vec::new(), Vec::new());
        for mut form in forms {
            let last = form.pop().unwrap();
            match last.cmp(&Integer::ZERO) {
                Ordering::Greater => up.push((form, last)),
                Ordering::Less => down.push((form, -last)),
                Ordering::Equal => _ = next.insert(form),
            }
        }
        for (a, p) in &up {
            for (b, q) in &down {
                next.insert(a.iter().zip(b).map(|(x, y)| x * q + y * p).collect());
            }
        }
        forms = next.into_iter().collect();
    }
    // What is left reads 0 > 0, once for each remaining form.
    forms.is_empty()
}

/// The sign vectors of all cells, by trying all `2^n`.
fn brute_force(rows: &IntegerRows) -> BTreeSet<SignVector> {
    let n = rows.len();
    let signed =
        |signs: &SignVector| (0..n).map(|i| rows.row(i).iter().map(|x| if signs.is_positive(i) { x.clone() } else { -x }).collect()).collect();
    (0..1u32 << n).map(|mask| SignVector::from_fn(n, |i| mask >> i & 1 == 1)).filter(|signs| strictly_feasible(signed(signs))).collect()
}

/// Witnesses, facets, mirror images and the walk, all by their definitions.
fn check_structure(rows: &IntegerRows, cells: &Cells) {
    let n = rows.len();
    let numbers: std::collections::HashMap<&SignVector, usize> = cells.all_signs().iter().enumerate().map(|(c, s)| (s, c)).collect();
    assert_eq!(numbers.len(), cells.len(), "every cell once");
    for c in 0..cells.len() {
        let signs = cells.signs(c);
        let witness = cells.witness(c);
        for i in 0..n {
            let expected = if signs.is_positive(i) { Ordering::Greater } else { Ordering::Less };
            assert_eq!(rows.product(i, &witness).cmp(&Integer::ZERO), expected);
        }
        assert_eq!(cells.signs(cells.mirror(c)), &signs.negated());
        let mut neighbours = cells.neighbours(c).peekable();
        for i in (0..n).filter(|&i| cells.class(i)[0] == i) {
            let mut flipped = signs.clone();
            cells.class(i).iter().for_each(|&j| flipped.flip(j));
            match numbers.get(&flipped) {
                Some(&neighbour) => assert_eq!(neighbours.next(), Some((i, neighbour)), "facet {i} of {signs}"),
                None => assert_ne!(neighbours.peek().map(|f| f.0), Some(i), "no facet {i} of {signs}"),
            }
        }
        assert_eq!(neighbours.next(), None);
    }
    let mut at = SignVector::negative(n);
    let mut visited = vec![false; cells.len()];
    let mut hyperplanes_crossed = 0;
    for (c, flipped) in cells.walk() {
        flipped.iter().for_each(|&i| at.flip(i));
        hyperplanes_crossed += flipped.iter().filter(|&&i| cells.class(i)[0] == i).count();
        assert_eq!(&at, cells.signs(c));
        assert!(!std::mem::replace(&mut visited[c], true));
    }
    assert!(visited.iter().all(|&v| v));
    assert!(hyperplanes_crossed <= n + 2 * cells.len());
}

/// Origin of the numbers: OEIS A034997.
#[test]
fn resonance_arrangements() {
    for (n, count) in [(1, 2), (2, 6), (3, 32), (4, 370), (5, 11292)] {
        let rows = resonance(n);
        let cells = list(&rows);
        assert_eq!(cells.len(), count);
        assert_eq!(regions(&rows), Integer::from(count));
        check_structure(&rows, &cells);
    }
}

/// Origin of the number: OEIS A034997.
#[test]
fn resonance_arrangement_of_dimension_6_is_counted() {
    assert_eq!(regions(&resonance(6)), Integer::from(1_066_044));
}

/// Origin of the numbers: OEIS A000609.
#[test]
fn threshold_functions() {
    for (n, count) in [(0, 2), (1, 4), (2, 14), (3, 104), (4, 1882), (5, 94572)] {
        let rows = threshold(n);
        let cells = list(&rows);
        assert_eq!(cells.len(), count);
        assert_eq!(regions(&rows), Integer::from(count));
        if n < 5 {
            check_structure(&rows, &cells);
        }
    }
}

/// Origin of the numbers: the cells are the orders and the sign vectors of `n` coordinates.
#[test]
fn braid_and_boolean_arrangements() {
    let mut factorial = 1;
    for n in 1..=7 {
        factorial *= n;
        if n >= 2 {
            let rows = braid(n);
            assert_eq!(list(&rows).len(), factorial);
            assert_eq!(regions(&rows), Integer::from(factorial));
        }
        let rows = boolean(n);
        let cells = list(&rows);
        assert_eq!(cells.len(), 1 << n);
        assert_eq!(regions(&rows), Integer::from(1 << n));
        check_structure(&rows, &cells);
    }
    // Origin: χ = t(t−1)(t−2)(t−3), Orlik and Terao, section 2.3.
    assert_eq!(characteristic_polynomial(&braid(4)).unwrap().to_string(), "t^4 - 6t^3 + 11t^2 - 6t");
}

/// Points on the moment curve: any `d + 1` of the rows are independent (Vandermonde), so the general-position formula (Schläfli, Cover) holds.
#[test]
fn general_position() {
    for d in 0..=4u32 {
        for n in 1..=12 {
            let rows = matrix(&(0..n).map(|i| (0..=d).map(|k| (i as i64 - 4).pow(k)).collect()).collect::<Vec<_>>());
            let expected = count_general_position(n, d as usize);
            let arrangement = Arrangement::new(&rows).unwrap();
            assert_eq!(arrangement.most_cells(), expected);
            let cells = list(&rows);
            assert_eq!(Integer::from(cells.len()), expected);
            assert_eq!(regions(&rows), expected);
            check_structure(&rows, &cells);
        }
    }
    assert_eq!(count_general_position(0, 3), Integer::ONE);
    assert_eq!(count_general_position(3, 7), Integer::from(8));
}

#[test]
fn refused_rows() {
    let zero = matrix(&[vec![1, 2], vec![0, 0]]);
    assert_eq!(Arrangement::new(&zero).unwrap_err(), ArrangementError::ZeroRow { row: 1 });
    assert_eq!(characteristic_polynomial(&zero).unwrap_err(), ArrangementError::ZeroRow { row: 1 });
    let none = IntegerRows::new(vec![], 3);
    assert_eq!(Arrangement::new(&none).unwrap_err(), ArrangementError::NoRow);
    assert_eq!(characteristic_polynomial(&none).unwrap().to_string(), "t^3");
}

#[test]
fn stops_when_asked() {
    for rows in [threshold(5), resonance(5), matrix(&(0..100).map(|i| vec![1, i, i * i]).collect::<Vec<_>>())] {
        let mut asked = 0;
        let result = Arrangement::new(&rows).unwrap().cells(&mut || {
            asked += 1;
            asked > 3
        });
        assert_eq!(result.unwrap_err(), ArrangementError::Stopped);
    }
}

/// Huge entries take the big-integer paths: scaling rows by positive factors and adding large multiples of columns to others changes no
/// sign vector.
#[test]
fn huge_numbers() {
    let around_the_bounds = (6..30).map(|shift| (threshold(2), shift)).chain((2..30).step_by(3).map(|shift| (threshold(3), shift)));
    let beyond = [(threshold(3), 40), (threshold(3), 500), (resonance(4), 70), (threshold(2), 31), (threshold(2), 200), (boolean(2), 70)];
    for (base, shift) in around_the_bounds.chain(beyond) {
        let columns = base.columns();
        let scaled = (0..base.len()).map(|i| {
            let mut row = base.row(i).to_vec();
            for c in 1..columns {
                row[c] = &row[c] + (&row[c - 1] << shift);
            }
            for c in (1..columns).rev() {
                row[c - 1] = &row[c - 1] + (&row[c] << shift);
            }
            row.iter().map(|x| x * ((Integer::ONE << (shift / 2 + i)) + Integer::ONE)).collect()
        });
        let rows = IntegerRows::new(scaled.collect(), columns);
        let cells = list(&rows);
        assert_eq!(cells.len(), list(&base).len());
        assert_eq!(regions(&rows), Integer::from(cells.len()));
        assert_eq!(cells.all_signs().iter().collect::<BTreeSet<_>>(), list(&base).all_signs().iter().collect::<BTreeSet<_>>());
        check_structure(&rows, &cells);
    }
}

/// Non-zero rows with small entries, some of them multiples of others, sometimes with a column that depends on the others.
fn small_rows(columns: usize, most: usize) -> impl Strategy<Value = Vec<Vec<i64>>> {
    let row = prop::collection::vec(-2i64..3, columns);
    (prop::collection::vec(row, 1..=most), prop::collection::vec((any::<prop::sample::Index>(), -2i64..3), 0..3), 0..5u8).prop_map(
        move |(mut rows, multiples, dependent)| {
            for (index, factor) in multiples {
                let k = index.index(rows.len());
                let multiple = rows[index.index(k + 1)].iter().map(|x| x * factor).collect();
                rows[k] = multiple;
            }
            for row in &mut rows {
                if dependent == 0 && columns > 1 {
                    row[columns - 1] = row[0] - row[columns / 2];
                }
                if row.iter().all(|&x| x == 0) {
                    row[0] = 1;
                    if dependent == 0 && columns > 1 {
                        row[columns - 1] = 1 - row[columns / 2];
                    }
                }
            }
            rows
        },
    )
}

fn check_against_brute_force(rows: &[Vec<i64>]) {
    let rows = matrix(rows);
    let expected = brute_force(&rows);
    for cells in [list(&rows), list_by_insertion(&rows)] {
        assert_eq!(cells.all_signs().iter().cloned().collect::<BTreeSet<_>>(), expected);
        check_structure(&rows, &cells);
        assert!(Integer::from(cells.len()) <= Arrangement::new(&rows).unwrap().most_cells());
    }
    assert_eq!(regions(&rows), Integer::from(expected.len()));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, rng_seed: proptest::test_runner::RngSeed::Fixed(31), ..ProptestConfig::default() })]

    #[test]
    fn one_column(rows in small_rows(1, 5)) {
        check_against_brute_force(&rows);
    }

    #[test]
    fn two_columns(rows in small_rows(2, 7)) {
        check_against_brute_force(&rows);
    }

    #[test]
    fn three_columns(rows in small_rows(3, 7)) {
        check_against_brute_force(&rows);
    }

    #[test]
    fn four_columns(rows in small_rows(4, 7)) {
        check_against_brute_force(&rows);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, rng_seed: proptest::test_runner::RngSeed::Fixed(32), ..ProptestConfig::default() })]

    /// The sweep against insertion on points of a small grid: many collinear triples and more than one word of signs.
    #[test]
    fn sweep_and_insertion_agree(points in prop::collection::vec((-4i64..5, -4i64..5), 4..75)) {
        let rows = matrix(&points.iter().map(|&(x, y)| vec![x, y, 1]).collect::<Vec<_>>());
        let (swept, inserted) = (list(&rows), list_by_insertion(&rows));
        prop_assert_eq!(swept.all_signs().iter().collect::<BTreeSet<_>>(), inserted.all_signs().iter().collect::<BTreeSet<_>>());
        prop_assert_eq!(regions(&rows), Integer::from(swept.len()));
        check_structure(&rows, &swept);
        check_structure(&rows, &inserted);
    }

    #[test]
    fn listing_and_counting_agree_in_higher_dimensions(rows in small_rows(5, 12)) {
        let rows = matrix(&rows);
        let cells = list(&rows);
        prop_assert_eq!(regions(&rows), Integer::from(cells.len()));
        check_structure(&rows, &cells);
    }
}
