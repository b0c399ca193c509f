//! The characteristic polynomial by deletion and restriction.
//!
//! For a central arrangement `A` and one of its hyperplanes `H`, with `A'` the others and `A^H` the arrangement that they induce on `H`, `χ_A(t) = χ_{A'}(t) − χ_{A^H}(t)`; the empty arrangement in dimension
//! `r` has `χ = t^r`. Removing the hyperplanes of `A = {H_1, …, H_m}` one after the other gives `χ_A = t^r − Σ_j χ_{A_{j−1}^{H_j}}` with
//! `A_j = {H_1, …, H_j}`, sums over ever smaller dimensions. By Zaslavsky's theorem the number of cells is `(−1)^r χ_A(−1)`.
//!
//! The rows are primitive integer vectors up to sign, so that coinciding restrictions are found by comparison. They are computed in 128-bit integers with overflow checks;
//! a branch in which one overflows is computed in big integers.
//!
//! # Complexity
//! At most `Σ_{k<r} C(m, k)` restrictions, each of at most `m` rows. Dimension 2 is in closed form: `t² − m t + (m − 1)` for `m ≥ 1` lines.
//!
//! # References
//! T. Zaslavsky, *Facing up to arrangements*, Mem. Amer. Math. Soc. 154 (1975); P. Orlik, H. Terao, *Arrangements of Hyperplanes*, Springer 1992, chapter 2.

use super::ArrangementError;
use crate::exact::{Integer, IntegerRows};
use dashu_base::{Abs, Gcd};
use std::fmt;

/// The characteristic polynomial of a central hyperplane arrangement, as `Display` shows it: `t^3 - 4t^2 + 6t - 3`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CharacteristicPolynomial {
    /// `coefficients[k]` belongs to `t^k`; the last one is 1.
    coefficients: Vec<Integer>,
}

impl CharacteristicPolynomial {
    /// The coefficients, that of `t^k` at `k`; the degree is the dimension of the space.
    #[must_use]
    pub fn coefficients(&self) -> &[Integer] {
        &self.coefficients
    }

    /// The value at `t`.
    #[must_use]
    pub fn evaluate(&self, t: &Integer) -> Integer {
        self.coefficients.iter().rev().fold(Integer::ZERO, |value, c| value * t + c)
    }

    /// The number of cells, `(−1)^r χ(−1)`: the sum of the absolute values of the coefficients, as their signs alternate.
    #[must_use]
    pub fn regions(&self) -> Integer {
        let value = self.evaluate(&Integer::NEG_ONE);
        if self.coefficients.len().is_multiple_of(2) { -value } else { value }
    }
}

impl fmt::Display for CharacteristicPolynomial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut first = true;
        for (power, coefficient) in self.coefficients.iter().enumerate().rev().filter(|(_, c)| !c.is_zero()) {
            let sign = if *coefficient < Integer::ZERO { "-" } else { "+" };
            match (first, sign) {
                (true, "-") => write!(f, "-")?,
                (true, _) => (),
                (false, sign) => write!(f, " {sign} ")?,
            }
            first = false;
            let magnitude = coefficient.clone().abs();
            if power == 0 || !magnitude.is_one() {
                write!(f, "{magnitude}")?;
            }
            match power {
                0 => (),
                1 => write!(f, "t")?,
                _ => write!(f, "t^{power}")?,
            }
        }
        Ok(())
    }
}

/// The characteristic polynomial of the arrangement of the given rows; its degree is their number of columns. Parallel rows count once; without rows it is `t^r`.
///
/// # Errors
/// [`ArrangementError::ZeroRow`] if a row is zero.
///
/// # Examples
/// ```
/// use relus::arrangement::{characteristic_polynomial, threshold};
/// let polynomial = characteristic_polynomial(&threshold(2)).unwrap();
/// assert_eq!(polynomial.to_string(), "t^3 - 4t^2 + 6t - 3");
/// assert_eq!(polynomial.regions(), 14.into());
/// ```
pub fn characteristic_polynomial(rows: &IntegerRows) -> Result<CharacteristicPolynomial, ArrangementError> {
    let dimension = rows.columns();
    let mut forms: Vec<Vec<Integer>> = Vec::new();
    for i in 0..rows.len() {
        let mut form = rows.row(i).to_vec();
        if !make_primitive(&mut form) {
            return Err(ArrangementError::ZeroRow { row: i });
        }
        forms.push(form);
    }
    forms.sort_unstable();
    forms.dedup();
    let mut coefficients = vec![Integer::ZERO; dimension + 1];
    match narrow(&forms) {
        Some(small) => add(&small, dimension, &mut coefficients, false),
        None => add(&forms, dimension, &mut coefficients, false),
    }
    Ok(CharacteristicPolynomial { coefficients })
}

fn narrow(forms: &[Vec<Integer>]) -> Option<Vec<Vec<i128>>> {
    forms.iter().map(|form| form.iter().map(|x| i128::try_from(x).ok()).collect()).collect()
}

/// An entry of a row.
trait Entry: Clone + Ord {
    fn is_zero(&self) -> bool;
    fn is_negative(&self) -> bool;
    /// `a·b − c·d`, `None` if that might overflow.
    fn combine(a: &Self, b: &Self, c: &Self, d: &Self) -> Option<Self>;
    /// The greatest common divisor, not negative.
    fn divisor(&self, other: &Self) -> Self;
    fn is_one(&self) -> bool;
    fn divide(&mut self, divisor: &Self);
    fn negate(&mut self);
    fn widen(&self) -> Integer;
}

impl Entry for i128 {
    fn is_zero(&self) -> bool {
        *self == 0
    }

    fn is_negative(&self) -> bool {
        *self < 0
    }

    fn combine(a: &i128, b: &i128, c: &i128, d: &i128) -> Option<i128> {
        // Kept below 2^126, so that signs can change.
        a.checked_mul(*b)?.checked_sub(c.checked_mul(*d)?).filter(|x| x.unsigned_abs() < 1 << 126)
    }

    fn divisor(&self, other: &i128) -> i128 {
        let (a, b) = (self.unsigned_abs(), other.unsigned_abs());
        if let (Ok(mut a), Ok(mut b)) = (u64::try_from(a), u64::try_from(b)) {
            while b != 0 {
                (a, b) = (b, a % b);
            }
            return i128::from(a);
        }
        i128::try_from(a.gcd(b)).expect("below 2^126")
    }

    fn is_one(&self) -> bool {
        *self == 1
    }

    fn divide(&mut self, divisor: &i128) {
        *self = match (i64::try_from(*self), i64::try_from(*divisor)) {
            (Ok(x), Ok(divisor)) => i128::from(x) / i128::from(divisor),
            _ => *self / divisor,
        };
    }

    fn negate(&mut self) {
        *self = -*self;
    }

    fn widen(&self) -> Integer {
        Integer::from(*self)
    }
}

impl Entry for Integer {
    fn is_zero(&self) -> bool {
        Integer::is_zero(self)
    }

    fn is_negative(&self) -> bool {
        *self < Integer::ZERO
    }

    fn combine(a: &Integer, b: &Integer, c: &Integer, d: &Integer) -> Option<Integer> {
        Some(a * b - c * d)
    }

    fn divisor(&self, other: &Integer) -> Integer {
        match (self.is_zero(), other.is_zero()) {
            (true, _) => other.clone().abs(),
            (_, true) => self.clone().abs(),
            _ => Integer::from(self.gcd(other)),
        }
    }

    fn is_one(&self) -> bool {
        Integer::is_one(self)
    }

    fn divide(&mut self, divisor: &Integer) {
        *self /= divisor;
    }

    fn negate(&mut self) {
        *self = -std::mem::take(self);
    }

    fn widen(&self) -> Integer {
        self.clone()
    }
}

/// Divides by the greatest common divisor and makes the first non-zero entry positive; `false` for the zero vector.
fn make_primitive<T: Entry>(form: &mut [T]) -> bool {
    let Some(first) = form.iter().position(|x| !x.is_zero()) else { return false };
    if form[first].is_negative() {
        form.iter_mut().for_each(T::negate);
    }
    let mut divisor = form[first].clone();
    for x in &form[first + 1..] {
        if divisor.is_one() {
            return true;
        }
        divisor = divisor.divisor(x);
    }
    if !divisor.is_one() {
        form.iter_mut().for_each(|x| x.divide(&divisor));
    }
    true
}

/// Adds the characteristic polynomial of different primitive forms in the given dimension to `sum`, or subtracts it.
fn add<T: Entry>(forms: &[Vec<T>], dimension: usize, sum: &mut [Integer], subtract: bool) {
    let mut term = |power: usize, value: Integer| if subtract { sum[power] -= value } else { sum[power] += value };
    term(dimension, Integer::ONE);
    if forms.is_empty() {
        return;
    }
    if dimension <= 2 {
        // One dimension: t − 1. Two: m lines and the origin.
        term(dimension - 1, -Integer::from(forms.len()));
        if dimension == 2 {
            term(0, Integer::from(forms.len() - 1));
        }
        return;
    }
    for j in 0..forms.len() {
        match restrict(&forms[..j], &forms[j]) {
            Some(restricted) => add(&restricted, dimension - 1, sum, !subtract),
            None => {
                let wide: Vec<Vec<Integer>> = forms[..=j].iter().map(|form| form.iter().map(T::widen).collect()).collect();
                let restricted = restrict(&wide[..j], &wide[j]).expect("big integers do not overflow");
                add(&restricted, dimension - 1, sum, !subtract);
            }
        }
    }
}

/// The different forms that `forms` induce on the hyperplane of `normal`, of which none is a multiple; `None` on overflow.
fn restrict<T: Entry>(forms: &[Vec<T>], normal: &[T]) -> Option<Vec<Vec<T>>> {
    let pivot = normal.iter().position(|x| !x.is_zero()).expect("a primitive form is not zero");
    let mut distinct = Vec::with_capacity(forms.len());
    for form in forms {
        let mut restricted = Vec::with_capacity(normal.len() - 1);
        for c in (0..normal.len()).filter(|&c| c != pivot) {
            restricted.push(T::combine(&normal[pivot], &form[c], &form[pivot], &normal[c])?);
        }
        make_primitive(&mut restricted);
        distinct.push(restricted);
    }
    distinct.sort_unstable();
    distinct.dedup();
    Some(distinct)
}
