//! How the writers write numbers.

use super::model::MilpModel;
use crate::exact::{Integer, Natural, Rational, nearest_f64};
use dashu_base::{Abs, Sign};

/// Longer exact decimals are written as the nearest float instead, which is what a solver would read them as.
const MAX_DIGITS: usize = 25;

/// `value` as a decimal, and whether that is exact.
pub(super) fn decimal(value: &Rational) -> (String, bool) {
    let mut denominator = value.denominator().clone();
    let mut places = 0;
    // A finite decimal has a denominator 2^a 5^b, and max(a, b) places.
    for prime in [2u8, 5] {
        let prime = Natural::from(prime);
        let mut power = 0;
        while (&denominator % &prime).is_zero() {
            denominator /= &prime;
            power += 1;
        }
        places = places.max(power);
    }
    if denominator.is_one() && places <= MAX_DIGITS {
        let digits = (value * Integer::from(10).pow(places)).numerator().clone();
        let mut text = digits.clone().abs().to_string();
        if text.len() <= MAX_DIGITS {
            if places > 0 {
                text = format!("{text:0>width$}", width = places + 1);
                text.insert(text.len() - places, '.');
            }
            let sign = if digits.sign() == Sign::Negative { "-" } else { "" };
            return (format!("{sign}{text}"), true);
        }
    }
    (format!("{:e}", nearest_f64(value)), false)
}

/// How many numbers of the model no decimal of reasonable length equals.
pub(super) fn rounded(model: &MilpModel) -> usize {
    let columns = model.columns().iter().flat_map(|column| [column.lower.as_ref(), column.upper.as_ref(), Some(&column.objective)]);
    let rows = model.rows().iter().flat_map(|row| row.terms.iter().map(|(_, coefficient)| Some(coefficient)).chain([Some(&row.rhs)]));
    columns.chain(rows).flatten().filter(|value| !decimal(value).1).count()
}

/// The head of a written model: what it means, and whether its numbers are exact.
pub(super) fn header(model: &MilpModel) -> Vec<String> {
    let mut lines = model.comments.clone();
    match rounded(model) {
        0 => lines.push("all numbers are exact".to_owned()),
        count => lines.push(format!("{count} numbers are rounded to the nearest double")),
    }
    // A line break inside a comment would end it.
    lines.iter().flat_map(|line| line.lines()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::parse_rational;

    #[test]
    fn decimals_are_exact_where_they_can_be() {
        for (text, expected) in [("0", "0"), ("-3", "-3"), ("1/8", "0.125"), ("-1/20", "-0.05"), ("12.5", "12.5"), ("1e3", "1000")] {
            assert_eq!(decimal(&parse_rational(text).unwrap()), (expected.to_owned(), true));
        }
        let third = decimal(&parse_rational("1/3").unwrap());
        assert!(!third.1);
        assert_eq!(third.0.parse::<f64>().unwrap().to_bits(), (1.0f64 / 3.0).to_bits());
        let tiny = decimal(&parse_rational("1e-40").unwrap());
        assert_eq!(tiny, ("1e-40".to_owned(), false));
    }
}
