//! A planar reduction: its gadgets, its points and the network of a solution.
//!
//! The gadgets are so far apart, and the horizontal lines that carry the points so near each other, that a picture true to scale shows neither. So an *overview* in units of the gadgets' distance shows the centre
//! lines and the consistency points where they meet, and a *panel* for each horizontal line the graph of the network along that line: the labels of points are heights, and a network without error passes through
//! all of them. A panel has a cell for each gadget; what lies between the cells is left out, there the network is 0.

mod cells;
mod frame;
mod graph;
mod overview;

use super::canvas::Canvas;
use crate::exact::{Rational, nearest_f64};
use crate::network::Network;
use crate::problems::Poits;
use crate::reductions::{Geometry, PlanarReduction};
use cells::Panel;
use frame::Frame;
use std::collections::BTreeSet;
use thiserror::Error;

/// Pictures of so many gadgets are legible on a screen or a page.
pub const LEGIBLE_GADGETS: usize = 10;
/// Pictures of more gadgets are not drawn.
pub const MAX_GADGETS: usize = 60;

/// The picture would be of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{gadgets} gadgets (variables and clauses) are too many for a picture: it is legible with {LEGIBLE_GADGETS} and drawn up to {MAX_GADGETS}")]
pub struct PlotError {
    /// The number of gadgets.
    pub gadgets: usize,
}

/// A network without error, and what its gadgets choose.
#[derive(Debug, Clone, Copy)]
pub struct Chosen<'a> {
    /// The network.
    pub network: &'a Network,
    /// The choice of each gadget, from 0.
    pub choices: &'a [usize],
}

/// Everything that is drawn.
struct Subject<'a> {
    name: &'static str,
    formula: &'a Poits,
    geometry: Geometry,
    /// The points but for the consistency points, which are those of the geometry.
    points: Vec<(&'a [Rational], f64)>,
    /// The labels, smallest first.
    labels: Vec<f64>,
    /// For each choice the network whose gadgets all make it, or their last if they have fewer.
    uniform: Vec<Network>,
    chosen: Option<Chosen<'a>>,
    note: &'a str,
}

/// The picture of `source` as `reduction` places it in the plane, as SVG: with the network of `chosen` if there is one, else with the possible choices of the gadgets only. `note` says under the title which network that is or why there is none.
///
/// # Errors
/// [`PlotError`] for too many gadgets.
///
/// # Panics
/// If `chosen` is of another source.
pub fn planar<R: PlanarReduction>(reduction: &R, source: &Poits, chosen: Option<Chosen<'_>>, note: &str) -> Result<String, PlotError> {
    let geometry = reduction.geometry(source);
    let gadgets = geometry.gadgets.len();
    if gadgets > MAX_GADGETS {
        return Err(PlotError { gadgets });
    }
    let data = reduction.reduce(source).data;
    let all = data.points().iter().zip(data.targets()).map(|(point, label)| (&point[..], nearest_f64(label)));
    let points: Vec<_> = all.take(data.points().len() - geometry.meetings.len()).collect();
    let mut labels: Vec<f64> = points.iter().map(|(_, label)| *label).collect();
    labels.sort_by(f64::total_cmp);
    labels.dedup();
    let counts: Vec<usize> = geometry.gadgets.iter().map(|gadget| gadget.choices.len()).collect();
    let uniform = (0..counts.iter().copied().max().unwrap_or(0)).map(|choice| {
        let choices: Vec<usize> = counts.iter().map(|&count| choice.min(count - 1)).collect();
        reduction.network(source, &choices).expect("any choices make a network in the plane")
    });
    let uniform = uniform.collect();
    let subject = Subject { name: reduction.name(), formula: source, geometry, points, labels, uniform, chosen, note };
    Ok(draw(&subject))
}

fn draw(subject: &Subject<'_>) -> String {
    let panels: Vec<Panel> = subject.geometry.heights.iter().map(|&height| Panel::new(subject, height)).collect();
    let frame = Frame::new(subject);
    let mut canvas = Canvas::new(&format!("{} of {}", subject.name, frame::formula(subject.formula, usize::MAX)), frame.size());
    frame.draw(&mut canvas, subject);
    overview::draw(&mut canvas, subject, &frame);
    for (panel, row) in panels.iter().zip(0..) {
        panel.draw(&mut canvas, subject, &frame, row);
    }
    canvas.into_svg()
}

impl Subject<'_> {
    /// The height of the function of one gadget.
    fn top(&self) -> f64 {
        self.labels.last().copied().unwrap_or(1.0)
    }

    /// The different pairs of a gadget and one of its choices.
    fn choices(&self) -> BTreeSet<(usize, usize)> {
        self.geometry.gadgets.iter().enumerate().flat_map(|(g, gadget)| (0..gadget.choices.len()).map(move |choice| (g, choice))).collect()
    }

    fn is_chosen(&self, gadget: usize, choice: usize) -> bool {
        self.chosen.is_some_and(|chosen| chosen.choices[gadget] == choice)
    }
}

#[cfg(test)]
mod tests;
