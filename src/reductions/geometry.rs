//! Where the gadgets of a planar training instance lie, for those who draw it.

use super::planar::{Gadget, Plane};
use crate::exact::Rational;

/// A planar training instance as a drawing plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Geometry {
    /// The gadgets in their order, from left to right.
    pub gadgets: Vec<Place>,
    /// `D`: the distance of their centres.
    pub spacing: i128,
    /// The horizontal lines that all points but the consistency points lie on, from the top.
    pub heights: Vec<i128>,
    /// The consistency points: the last points of the training instance, in its order.
    pub meetings: Vec<Meeting>,
}

/// A gadget: the centre line of its choice `i` is `x = centre + (slope + i)·y`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// `x3` for a variable, `C2` for a clause.
    pub name: String,
    /// `c`.
    pub centre: i128,
    /// `r`.
    pub slope: i128,
    /// What its choices stand for: `false` and `true`, or the literals as `1: x3`.
    pub choices: Vec<String>,
}

/// A consistency point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meeting {
    /// `C2.1: x3` where the first literal of clause 2 is variable 3.
    pub name: String,
    /// Its coordinates.
    pub point: Vec<Rational>,
}

impl Plane<'_> {
    pub(super) fn geometry(&self, heights: &[i128]) -> Geometry {
        let (variables, clauses) = (self.variables, self.clauses);
        let mut names: Vec<(String, Vec<String>)> = (1..=variables).map(|v| (format!("x{v}"), vec!["false".to_owned(), "true".to_owned()])).collect();
        let literals = |clause: &[usize; 3]| (1..).zip(clause).map(|(i, v)| format!("{i}: x{}", v + 1)).collect::<Vec<_>>();
        names.extend((1..).zip(clauses).map(|(c, clause)| (format!("C{c}"), literals(clause))));
        let occurrences = (1..).zip(clauses).flat_map(|(c, clause)| (1..).zip(clause).map(move |(i, v)| format!("C{c}.{i}: x{}", v + 1)));
        let meetings = occurrences.zip(self.consistency_points()).map(|(name, point)| Meeting { name, point }).collect();
        let place = |(gadget, (name, choices)): (&Gadget, (String, Vec<String>))| Place { name, centre: gadget.centre, slope: gadget.slope, choices };
        Geometry {
            gadgets: self.gadgets.iter().zip(names).map(place).collect(),
            spacing: self.gadgets.first().map_or(0, |first| first.centre),
            heights: heights.to_vec(),
            meetings,
        }
    }
}
