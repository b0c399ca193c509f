//! Two-class labels: which class is the positive one, and when targets are classes at all.
//!
//! A loss that counts misclassified points needs two classes. In a table they may have any names; if all of them are numbers, the larger is the
//! positive class (right where `φ > 0`), otherwise the alphabetically later one, unless the positive class is named. Targets become 1 and 0.
//! A table with one class only is allowed: the class is positive if it is a number above 0 (or is named as the positive one).

use super::{ClassNames, Data};
use crate::exact::{Rational, parse_rational};
use std::collections::BTreeSet;
use thiserror::Error;

/// Why targets are not two classes.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ClassError {
    /// More than two different labels.
    #[error("the zero-one loss needs exactly two classes, but there are at least three: {0:?}, {1:?} and {2:?}")]
    Three(String, String, String),
    /// The label that should be the positive one does not occur.
    #[error("no point has the label {label:?}, which should be the positive class (the labels are {found})")]
    NoPositive {
        /// What was asked for.
        label: String,
        /// The labels that occur, quoted.
        found: String,
    },
    /// Two target numbers on the same side of 0.
    #[error("the class values {0} and {1} lie on the same side of 0 (the positive class is the one above 0; write 0 and 1, or -1 and 1)")]
    SameSide(String, String),
}

/// Targets and names for `labels`; `Err` comes with the index of the label that is one too many.
pub(super) fn classify(labels: &[&str], positive: Option<&str>) -> Result<(Vec<Rational>, ClassNames), (Option<usize>, ClassError)> {
    let numbers: Option<Vec<Rational>> = labels.iter().map(|label| parse_rational(label).ok()).collect();
    let positive_number = positive.and_then(|label| parse_rational(label).ok());
    // The first point of each class; numbers are equal as numbers ("1" and "1.0"), other labels as text.
    let same = |i: usize, j: usize| numbers.as_ref().map_or(labels[i] == labels[j], |n| n[i] == n[j]);
    let mut firsts: Vec<usize> = Vec::new();
    let mut class_of = Vec::with_capacity(labels.len());
    for i in 0..labels.len() {
        let class = firsts.iter().position(|&j| same(i, j)).unwrap_or(firsts.len());
        if class == 2 {
            return Err((Some(i), ClassError::Three(labels[firsts[0]].to_owned(), labels[firsts[1]].to_owned(), labels[i].to_owned())));
        }
        if class == firsts.len() {
            firsts.push(i);
        }
        class_of.push(class);
    }
    let is_positive = |&j: &usize| match (&numbers, positive, &positive_number) {
        (Some(n), Some(_), Some(p)) => n[j] == *p,
        (_, Some(label), _) => labels[j] == label.trim(),
        (Some(n), None, _) if firsts.len() == 1 => n[j] > Rational::ZERO,
        (Some(n), None, _) => firsts.iter().all(|&other| n[other] <= n[j]),
        (None, None, _) => firsts.len() == 2 && firsts.iter().all(|&other| labels[other] <= labels[j]),
    };
    let positive_class = firsts.iter().position(is_positive);
    if let Some(label) = positive.filter(|_| positive_class.is_none() && firsts.len() == 2) {
        let found = format!("{:?} and {:?}", labels[firsts[0]], labels[firsts[1]]);
        return Err((None, ClassError::NoPositive { label: label.to_owned(), found }));
    }
    let name_of = |wanted: bool| {
        let class = (0..firsts.len()).find(|&c| (Some(c) == positive_class) == wanted);
        class.map(|c| labels[firsts[c]].to_owned())
    };
    let names = match (name_of(false), name_of(true)) {
        (Some(negative), Some(positive)) => ClassNames { negative, positive },
        (None, Some(name)) => ClassNames { negative: format!("not {name}"), positive: name },
        (Some(name), None) => ClassNames { positive: positive.map_or_else(|| format!("not {name}"), |p| p.trim().to_owned()), negative: name },
        (None, None) => unreachable!("a table has a row"),
    };
    let targets = class_of.iter().map(|&c| if Some(c) == positive_class { Rational::ONE } else { Rational::ZERO }).collect();
    Ok((targets, names))
}

/// Confirms that the numeric targets of `data` can be read as classes: at most two values, and if two, one above 0 and one not.
///
/// # Errors
/// [`ClassError`] names the values.
pub fn check_classes(data: &Data) -> Result<(), ClassError> {
    let values: BTreeSet<&Rational> = data.targets().iter().collect();
    let mut values = values.into_iter();
    match (values.next(), values.next(), values.next()) {
        (Some(a), Some(b), Some(c)) => Err(ClassError::Three(a.to_string(), b.to_string(), c.to_string())),
        (Some(a), Some(b), None) if (*a > Rational::ZERO) == (*b > Rational::ZERO) => Err(ClassError::SameSide(a.to_string(), b.to_string())),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(labels: &[&str], positive: Option<&str>) -> (String, String, Vec<bool>) {
        let (targets, names) = classify(labels, positive).unwrap();
        (names.negative, names.positive, targets.iter().map(|t| *t == Rational::ONE).collect())
    }

    #[test]
    fn the_positive_class() {
        let t = |n: &str, p: &str, v: &[bool]| (n.to_owned(), p.to_owned(), v.to_vec());
        assert_eq!(names(&["b", "a", "b"], None), t("a", "b", &[true, false, true]));
        assert_eq!(names(&["b", "a", "b"], Some("a")), t("b", "a", &[false, true, false]));
        assert_eq!(names(&["9", "10", "9.0"], None), t("9", "10", &[false, true, false]));
        assert_eq!(names(&["9", "10"], Some("9.00")), t("10", "9", &[true, false]));
        assert_eq!(names(&["9", "x"], None), t("9", "x", &[false, true]));
        // One class only.
        assert_eq!(names(&["1", "1"], None), t("not 1", "1", &[true, true]));
        assert_eq!(names(&["0"], None), t("0", "not 0", &[false]));
        assert_eq!(names(&["a"], None), t("a", "not a", &[false]));
        assert_eq!(names(&["a"], Some("a")), t("not a", "a", &[true]));
        assert_eq!(names(&["a"], Some("b")), t("a", "b", &[false]));
    }

    #[test]
    fn what_is_refused() {
        assert!(matches!(classify(&["a", "b", "a", "c"], None), Err((Some(3), ClassError::Three(..)))));
        assert!(matches!(classify(&["a", "b"], Some("c")), Err((None, ClassError::NoPositive { .. }))));
        let data = |targets: &[i32]| Data::new(vec![vec![]; targets.len()], targets.iter().map(|&t| Rational::from(t)).collect()).unwrap();
        assert_eq!(check_classes(&data(&[1, 0, 1])), Ok(()));
        assert_eq!(check_classes(&data(&[1, -1])), Ok(()));
        assert_eq!(check_classes(&data(&[5])), Ok(()));
        assert!(matches!(check_classes(&data(&[1, 2])), Err(ClassError::SameSide(..))));
        assert!(matches!(check_classes(&data(&[1, 0, 2])), Err(ClassError::Three(..))));
    }
}
