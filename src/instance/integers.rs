//! A data set in integers: each coordinate of the points, and the targets, times the least positive integer that makes it integral.

use crate::exact::{Integer, IntegerRows, Rational, common_denominator, scaled_integer};
use std::collections::HashMap;
use std::sync::OnceLock;

/// Points `(s_1 x_1, …, s_d x_d, 1)` and targets `s y`, and which points are equal.
#[derive(Debug, Clone)]
pub(crate) struct IntegerData {
    /// One row a point, with a 1 at its end.
    pub(crate) rows: IntegerRows,
    /// The factor `s_c` of each coordinate.
    pub(crate) scales: Vec<Integer>,
    /// One a point.
    pub(crate) targets: Vec<Integer>,
    /// The factor `s`.
    pub(crate) target_scale: Integer,
    /// The number of the distinct point that each point is: they are numbered in the order of their first occurrence.
    pub(crate) distinct_of_point: Vec<usize>,
    /// The points that are equal to each distinct one, in increasing order: at least one.
    pub(crate) points_of_distinct: Vec<Vec<usize>>,
}

impl IntegerData {
    fn new(points: &[Vec<Rational>], targets: &[Rational]) -> Self {
        let dimension = points.first().map_or(0, Vec::len);
        let scales: Vec<Integer> = (0..dimension).map(|c| common_denominator(points.iter().map(|x| &x[c]))).collect();
        let row = |x: &Vec<Rational>| x.iter().zip(&scales).map(|(x, s)| scaled_integer(x, s)).chain([Integer::ONE]).collect();
        let rows = IntegerRows::new(points.iter().map(row).collect(), dimension + 1);
        let target_scale = common_denominator(targets);
        let targets = targets.iter().map(|y| scaled_integer(y, &target_scale)).collect();
        let (distinct_of_point, points_of_distinct) = distinct(&rows);
        IntegerData { rows, scales, targets, target_scale, distinct_of_point, points_of_distinct }
    }
}

fn distinct(rows: &IntegerRows) -> (Vec<usize>, Vec<Vec<usize>>) {
    let mut distinct_of_point = Vec::with_capacity(rows.len());
    let mut points_of_distinct: Vec<Vec<usize>> = Vec::new();
    let mut seen: HashMap<&[Integer], usize> = HashMap::with_capacity(rows.len());
    for i in 0..rows.len() {
        let place = *seen.entry(rows.row(i)).or_insert(points_of_distinct.len());
        if place == points_of_distinct.len() {
            points_of_distinct.push(Vec::new());
        }
        points_of_distinct[place].push(i);
        distinct_of_point.push(place);
    }
    (distinct_of_point, points_of_distinct)
}

/// The integers of a data set, computed when they are first asked for. It depends on points and targets alone, so that it is no part of what two data sets are compared by.
#[derive(Debug, Clone, Default)]
pub(super) struct Lazy(OnceLock<IntegerData>);

impl Lazy {
    pub(super) fn get(&self, points: &[Vec<Rational>], targets: &[Rational]) -> &IntegerData {
        self.0.get_or_init(|| IntegerData::new(points, targets))
    }
}

impl PartialEq for Lazy {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Lazy {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::parse_rational;

    /// Origin: by hand.
    #[test]
    fn equal_points_are_one_and_denominators_are_cleared() {
        let q = |text: &str| parse_rational(text).unwrap();
        let points = [["1/2", "3"], ["1/3", "-1"], ["2/4", "3"], ["0", "1"]].map(|x| x.map(q).to_vec());
        let data = IntegerData::new(&points, &["0.25", "1", "-3", "1/6"].map(q));
        let row = |i: usize| data.rows.row(i).iter().map(|x| i64::try_from(x).unwrap()).collect::<Vec<_>>();
        assert_eq!([row(0), row(1), row(2), row(3)], [[3, 3, 1], [2, -1, 1], [3, 3, 1], [0, 1, 1]]);
        assert_eq!(data.scales, [Integer::from(6), Integer::ONE]);
        assert_eq!((data.targets[3].clone(), data.target_scale), (Integer::from(2), Integer::from(12)));
        assert_eq!(data.distinct_of_point, [0, 1, 0, 2]);
        assert_eq!(data.points_of_distinct, [vec![0, 2], vec![1], vec![3]]);
    }
}
