//! The design matrix in integers: what every training method computes with.
//!
//! Let `x̃_i = (x_i, 1)`. The values `(w_j·x_i + b_j)_i` of a neuron are a linear combination of the columns of the matrix with rows `x̃_i`, and
//! only these values matter. So the design keeps a linearly independent set of columns that spans all of them (the constant column first; a
//! constant feature, a copy of another one, or all but n of them are superfluous and get weight 0), multiplies each by the
//! least positive integer that makes it integral, moves it by an integer to a mean near 0, and divides it by its greatest common divisor, and lists equal points once.
//! Factors are absorbed by the weights and moves by the bias; smaller numbers make exact arithmetic faster, and centred columns make Gram matrices well conditioned.

use super::Data;
use crate::exact::{Integer, IntegerRows, Rational, independent_columns};
use dashu_base::{Abs, Gcd};

/// The distinct points of a data set as rows of a full-column-rank integer matrix.
#[derive(Debug, Clone)]
pub struct Design {
    dimension: usize,
    columns: Vec<Column>,
    rows: IntegerRows,
    row_of_point: Vec<usize>,
    points_of_row: Vec<Vec<usize>>,
}

/// `factor·x̃_c − shift`.
#[derive(Debug, Clone)]
struct Column {
    /// The coordinate `c` of `x̃`: `dimension` for the constant.
    coordinate: usize,
    factor: Rational,
    shift: Rational,
}

impl Column {
    /// The column of a feature, and its values; `column` holds the feature times `scale`.
    fn of_feature(coordinate: usize, scale: &Integer, mut column: Vec<Integer>) -> (Self, Vec<Integer>) {
        let first = column[0].clone();
        let divisor = column.iter().map(|v| v - &first).fold(Integer::ZERO, |g, v| if v.is_zero() { g } else { Integer::from((&g).gcd(&v)) }).abs();
        let divisor = if divisor.is_zero() { Integer::ONE } else { divisor };
        // Near the mean, and a multiple of the divisor away from every value.
        let sum = column.iter().fold(Integer::ZERO, |sum, v| sum + (v - &first));
        let middle = &first + (sum / Integer::from(column.len()) / &divisor) * &divisor;
        column.iter_mut().for_each(|v| *v = (&*v - &middle) / &divisor);
        let divisor = Rational::from(divisor);
        (Column { coordinate, factor: Rational::from(scale.clone()) / &divisor, shift: Rational::from(middle) / divisor }, column)
    }
}

impl Design {
    /// The design of `data`.
    ///
    /// # Complexity
    /// One fraction-free elimination of the `n × (d+1)` matrix.
    #[must_use]
    pub fn new(data: &Data) -> Self {
        let dimension = data.dimension();
        let integers = data.integers();
        let first_of = |points: &Vec<usize>| points[0];
        let distinct: Vec<&[Integer]> = integers.points_of_distinct.iter().map(first_of).map(|i| integers.rows.row(i)).collect();

        // The constant column comes first, so that it is always kept.
        let constant = Column { coordinate: dimension, factor: Rational::ONE, shift: Rational::ZERO };
        let scaled: Vec<(Column, Vec<Integer>)> = std::iter::once((constant, vec![Integer::ONE; distinct.len()]))
            .chain((0..dimension).map(|c| Column::of_feature(c, &integers.scales[c], distinct.iter().map(|x| x[c].clone()).collect())))
            .collect();
        let rows = (0..distinct.len()).map(|i| scaled.iter().map(|(_, column)| column[i].clone()).collect()).collect();
        let kept = independent_columns(rows);
        let rows = (0..distinct.len()).map(|i| kept.iter().map(|&c| scaled[c].1[i].clone()).collect()).collect();
        let columns: Vec<Column> = kept.iter().map(|&c| scaled[c].0.clone()).collect();
        let rows = IntegerRows::new(rows, columns.len());
        Design { dimension, columns, rows, row_of_point: integers.distinct_of_point.clone(), points_of_row: integers.points_of_distinct.clone() }
    }

    /// The rows, one for each distinct point, with [`Design::rank`] columns.
    #[must_use]
    pub fn rows(&self) -> &IntegerRows {
        &self.rows
    }

    /// The rank `r` of the matrix with rows `(x_i, 1)`: one more than the affine dimension of the points.
    #[must_use]
    pub fn rank(&self) -> usize {
        self.columns.len()
    }

    /// The row that point `i` of the data became.
    #[must_use]
    pub fn row_of_point(&self, i: usize) -> usize {
        self.row_of_point[i]
    }

    /// The points that became row `r`, in increasing order: at least one.
    #[must_use]
    pub fn points_of_row(&self, r: usize) -> &[usize] {
        &self.points_of_row[r]
    }

    /// The weights `(w, b)` in the data's own coordinates of the neuron whose coefficients on the design's columns are `v`.
    ///
    /// # Panics
    /// If `v` has not [`Design::rank`] entries.
    #[must_use]
    pub fn weights(&self, v: &[Rational]) -> (Vec<Rational>, Rational) {
        assert_eq!(v.len(), self.rank(), "one coefficient a column");
        let mut weights = vec![Rational::ZERO; self.dimension + 1];
        for (column, value) in self.columns.iter().zip(v) {
            weights[column.coordinate] += value * &column.factor;
            weights[self.dimension] -= value * &column.shift;
        }
        let bias = weights.pop().expect("the constant column");
        (weights, bias)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::{dot, parse_rational};

    fn data(points: &[&[&str]]) -> Data {
        let points: Vec<Vec<Rational>> = points.iter().map(|p| p.iter().map(|c| parse_rational(c).unwrap()).collect()).collect();
        let targets = vec![Rational::ZERO; points.len()];
        Data::new(points, targets).unwrap()
    }

    /// Origin: the definition `w·x + b`.
    fn check_values(data: &Data) {
        let design = Design::new(data);
        let v: Vec<Rational> = (0..design.rank()).map(|c| Rational::from(Integer::from(3 * c as i64 - 2))).collect();
        let (w, b) = design.weights(&v);
        for (i, x) in data.points().iter().enumerate() {
            let row: Vec<Rational> = design.rows().row(design.row_of_point(i)).iter().cloned().map(Rational::from).collect();
            assert_eq!(dot(&row, &v), dot(&w, x) + &b);
            assert!(design.points_of_row(design.row_of_point(i)).contains(&i));
        }
    }

    #[test]
    fn degenerate_data_lose_columns_and_rows_but_no_values() {
        let constant = data(&[&["0.5", "1/3"], &["0.25", "1/3"], &["0.5", "1/3"]]);
        assert_eq!((Design::new(&constant).rank(), Design::new(&constant).rows().len()), (2, 2));
        let collinear = data(&[&["1", "2"], &["2", "4"], &["-3", "-6"]]);
        assert_eq!(Design::new(&collinear).rank(), 2);
        let single = data(&[&["7", "1e300", "1e-300"]]);
        assert_eq!(Design::new(&single).rank(), 1);
        let no_feature = data(&[&[], &[]]);
        assert_eq!((Design::new(&no_feature).rank(), Design::new(&no_feature).rows().len()), (1, 1));
        let zero_column = data(&[&["0", "100"], &["0", "-300"]]);
        for d in [constant, collinear, single, no_feature, zero_column] {
            check_values(&d);
        }
    }
}
