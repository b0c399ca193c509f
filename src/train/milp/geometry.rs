//! Coordinates in which the models are numerically tame: the design's columns centred and scaled, the targets scaled.
//!
//! Every step is invertible and exact: subtracting an integer multiple of the constant column from another column is absorbed by the bias, a
//! positive factor by the weight. Factors are powers of ten, so decimal data stay decimals in a written model. Centring is a unimodular column
//! operation, so minors of the integer rows, and with them the bounds that they prove, are those of the design.

use crate::exact::{Integer, Rational, approx_with_exponent};
use crate::instance::Design;
use dashu_base::Abs;

/// The distinct points in centred, scaled coordinates.
#[derive(Debug, Clone)]
pub(super) struct Geometry {
    design: Design,
    /// What was subtracted from each column of the design (0 for the constant column, which is column 0).
    centres: Vec<Integer>,
    /// The power of ten that each centred column was divided by.
    scales: Vec<Rational>,
    /// The centred integer rows.
    integer_rows: Vec<Vec<Integer>>,
    /// The centred and scaled rows: entries of magnitude at most 10, usually at most 1.
    rows: Vec<Vec<Rational>>,
}

impl Geometry {
    pub(super) fn new(design: Design) -> Self {
        let (m, rank) = (design.rows().len(), design.rank());
        let mut centres = vec![Integer::ZERO; rank];
        let mut scales = vec![Rational::ONE; rank];
        for c in 1..rank {
            let column = || (0..m).map(|i| &design.rows().row(i)[c]);
            let (low, high) = (column().min().expect("a point"), column().max().expect("a point"));
            centres[c] = (low + high) / Integer::from(2);
            let largest = column().map(|x| (x - &centres[c]).abs()).max().expect("a point");
            scales[c] = power_of_ten_near(&Rational::from(largest));
        }
        let integer_rows: Vec<Vec<Integer>> =
            (0..m).map(|i| design.rows().row(i).iter().zip(&centres).map(|(x, centre)| x - centre).collect()).collect();
        let rows = integer_rows.iter().map(|row| row.iter().zip(&scales).map(|(x, scale)| Rational::from(x.clone()) / scale).collect()).collect();
        Geometry { design, centres, scales, integer_rows, rows }
    }

    /// The design that the rows come from.
    pub(super) fn design(&self) -> &Design {
        &self.design
    }

    /// The centred integer rows, one a distinct point.
    pub(super) fn integer_rows(&self) -> &[Vec<Integer>] {
        &self.integer_rows
    }

    /// The centred and scaled rows, one a distinct point.
    pub(super) fn rows(&self) -> &[Vec<Rational>] {
        &self.rows
    }

    /// The number of columns.
    pub(super) fn rank(&self) -> usize {
        self.scales.len()
    }

    /// The coefficients on the design's columns of a neuron with coefficients `v` on the centred and scaled ones.
    pub(super) fn design_coefficients(&self, v: &[Rational]) -> Vec<Rational> {
        let mut coefficients: Vec<Rational> = v.iter().zip(&self.scales).map(|(x, scale)| x / scale).collect();
        for c in 1..coefficients.len() {
            let shift = &coefficients[c] * &self.centres[c];
            coefficients[0] -= shift;
        }
        coefficients
    }

    /// The weights and bias in the data's coordinates of a neuron with coefficients `v` on the centred and scaled columns.
    pub(super) fn weights(&self, v: &[Rational]) -> (Vec<Rational>, Rational) {
        self.design.weights(&self.design_coefficients(v))
    }
}

/// A power of ten between a tenth of `value > 0` and ten times it; 1 for 0.
pub(super) fn power_of_ten_near(value: &Rational) -> Rational {
    if value.is_zero() {
        return Rational::ONE;
    }
    let (mn, en) = approx_with_exponent(value.numerator());
    let (md, ed) = approx_with_exponent(&Integer::from(value.denominator().clone()));
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "only a scale: any nearby power will do")]
    let exponent = ((mn.abs() / md).log10() + (en - ed) as f64 * std::f64::consts::LOG10_2).ceil() as i64;
    let power = Rational::from(Integer::from(10).pow(usize::try_from(exponent.unsigned_abs()).expect("an exponent of a number in memory")));
    if exponent >= 0 { power } else { Rational::ONE / power }
}
