//! Where things go on the sheet, the title and the legend.

use super::super::canvas::{
    Anchor, BLACK, BLUE, Canvas, GREEN, GREY, Lettering, ORANGE, PURPLE, Place, SKY, Shape, Stroke, VERMILLION, WHITE, text_width,
};
use super::Subject;
use crate::problems::Poits;

/// Left of everything, for the axes' names and numbers.
const LEFT: f64 = 92.0;
const RIGHT: f64 = 26.0;
/// Room for the texts.
const LEAST_WIDTH: f64 = 860.0;
/// Between two cells.
const GAP: f64 = 14.0;
/// Between the overview and its enlarged part.
const BETWEEN: f64 = 84.0;
const OVERVIEW_TOP: f64 = 186.0;
const OVERVIEW_HEIGHT: f64 = 360.0;
const PANELS_TOP: f64 = OVERVIEW_TOP + OVERVIEW_HEIGHT + 134.0;
const PANEL_HEIGHT: f64 = 112.0;
const PANEL_STEP: f64 = PANEL_HEIGHT + 46.0;
const BOTTOM: f64 = 50.0;

/// Network and choices of variables; of clauses; not chosen.
pub(super) const VARIABLE: &str = BLUE;
pub(super) const CLAUSE: &str = PURPLE;
pub(super) const OTHER: Stroke = Stroke::dashed("#8c8c8c", 1.1);

pub(super) struct Frame {
    cells: usize,
    cell: f64,
    panels: usize,
}

/// How points of a label look: the same label, the same mark, everywhere.
pub(super) fn mark(labels: &[f64], label: f64) -> (Shape, &'static str) {
    let place = labels.iter().position(|other| *other == label).unwrap_or(0);
    match place {
        0 => (Shape::Circle, WHITE),
        last if last + 1 == labels.len() => (Shape::Diamond, VERMILLION),
        1 => (Shape::Triangle, SKY),
        _ => (Shape::Square, ORANGE),
    }
}

/// The formula in one line of at most about `room` characters.
pub(super) fn formula(formula: &Poits, room: usize) -> String {
    let clauses: Vec<String> = formula.clauses().iter().map(|clause| format!("({})", clause.map(|v| format!("x{}", v + 1)).join(", "))).collect();
    if clauses.is_empty() {
        return "no clause".to_owned();
    }
    let mut text = String::new();
    for (i, clause) in clauses.iter().enumerate() {
        if text.chars().count() + clause.chars().count() + 14 > room {
            return format!("{text} ∧ … ({} clauses)", clauses.len());
        }
        text += if i > 0 { " ∧ " } else { "" };
        text += clause;
    }
    text
}

impl Frame {
    pub(super) fn new(subject: &Subject<'_>) -> Self {
        let cells = subject.geometry.gadgets.len();
        #[allow(clippy::cast_precision_loss, reason = "at most 60 gadgets")]
        let cell = ((1120.0 / cells as f64) - GAP).clamp(128.0, LEAST_WIDTH);
        Frame { cells, cell, panels: subject.geometry.heights.len() }
    }

    #[allow(clippy::cast_precision_loss, reason = "a handful")]
    pub(super) fn size(&self) -> [f64; 2] {
        [self.left() + self.width() + RIGHT, PANELS_TOP + PANEL_STEP * self.panels as f64 + BOTTOM]
    }

    pub(super) fn left(&self) -> f64 {
        LEFT
    }

    /// The width of the overview and of a panel.
    #[allow(clippy::cast_precision_loss, reason = "at most 60 gadgets")]
    pub(super) fn width(&self) -> f64 {
        ((self.cell + GAP) * self.cells as f64 - GAP).max(LEAST_WIDTH)
    }

    /// The top left corners and the sizes of the overview and of its enlarged part beside it.
    pub(super) fn overviews(&self) -> [[Place; 2]; 2] {
        let own = (self.width() - BETWEEN) * 0.42;
        let rest = self.width() - BETWEEN - own;
        [[[LEFT, OVERVIEW_TOP], [own, OVERVIEW_HEIGHT]], [[LEFT + own + BETWEEN, OVERVIEW_TOP], [rest, OVERVIEW_HEIGHT]]]
    }

    /// The top left corner and the size of a gadget's cell in a panel.
    #[allow(clippy::cast_precision_loss, reason = "at most 60 gadgets")]
    pub(super) fn cell(&self, gadget: usize, panel: usize) -> [Place; 2] {
        [[LEFT + (self.cell + GAP) * gadget as f64, PANELS_TOP + PANEL_STEP * panel as f64], [self.cell, PANEL_HEIGHT]]
    }

    /// The title and the legend.
    pub(super) fn draw(&self, canvas: &mut Canvas, subject: &Subject<'_>) {
        let room = self.width() + LEFT - 20.0;
        let title = |room: usize| format!("{}: {}", subject.name, formula(subject.formula, room));
        let fitting = (20..400).rev().map(title).find(|title| text_width(title, 17.0) <= room).unwrap_or_else(|| title(20));
        canvas.text(&fitting, [20.0, 32.0], Lettering::new(17.0, Anchor::Start).bold());
        let geometry = &subject.geometry;
        let neurons = subject.uniform.first().map_or(0, |network| network.neurons.len());
        let sizes = format!(
            "{} at distance D = {}; {} points in the plane, {neurons} neurons",
            if self.cells == 1 { "1 gadget".to_owned() } else { format!("{} gadgets", self.cells) },
            geometry.spacing,
            subject.points.len() + geometry.meetings.len()
        );
        canvas.text(&sizes, [20.0, 54.0], Lettering::new(12.5, Anchor::Start).coloured(GREY));
        canvas.text(subject.note, [20.0, 73.0], Lettering::new(12.5, Anchor::Start));
        self.legend(canvas, subject);
    }

    fn legend(&self, canvas: &mut Canvas, subject: &Subject<'_>) {
        let mut pen = Pen { at: [20.0, 98.0], end: self.left() + self.width() };
        for &label in &subject.labels {
            let [x, y] = pen.next(canvas, &format!("label {label}"), 14.0);
            let (shape, fill) = mark(&subject.labels, label);
            canvas.marker("legend", shape, [x + 7.0, y], 4.5, fill);
        }
        if !subject.geometry.meetings.is_empty() {
            let [x, y] = pen.next(canvas, &format!("consistency point, label {}: exactly one of its two lines is chosen", subject.top()), 18.0);
            consistency_mark(canvas, subject, "legend", [x + 9.0, y]);
        }
        if subject.chosen.is_some() {
            let [x, y] = pen.next(canvas, "chosen, variable", 26.0);
            canvas.line([x, y], [x + 26.0, y], Stroke::solid(VARIABLE, 2.2));
            if !subject.formula.clauses().is_empty() {
                let [x, y] = pen.next(canvas, "chosen, clause", 26.0);
                canvas.line([x, y], [x + 26.0, y], Stroke::solid(CLAUSE, 2.2));
            }
            let [x, y] = pen.next(canvas, if subject.labels.len() > 2 { "plateau and flanks of a levee" } else { "strip" }, 26.0);
            let corners = [[x, y + 6.0], [x + 7.0, y - 6.0], [x + 19.0, y - 6.0], [x + 26.0, y + 6.0]];
            if subject.labels.len() > 2 {
                canvas.area(&[corners[0], corners[1], [x + 7.0, y + 6.0]], VARIABLE, FLANK);
                canvas.area(&[corners[3], corners[2], [x + 19.0, y + 6.0]], VARIABLE, FLANK);
            }
            canvas.area(&[[x + 7.0, y + 6.0], corners[1], corners[2], [x + 19.0, y + 6.0]], VARIABLE, PLATEAU);
        }
        let text = if subject.chosen.is_some() { "other choices of the gadget" } else { "possible choices of the gadget" };
        let [x, y] = pen.next(canvas, text, 26.0);
        canvas.line([x, y], [x + 26.0, y], OTHER);
    }
}

pub(super) const PLATEAU: f64 = 0.34;
pub(super) const FLANK: f64 = 0.15;

/// A point's mark with a ring.
pub(super) fn consistency_mark(canvas: &mut Canvas, subject: &Subject<'_>, class: &str, at: Place) {
    let (shape, fill) = mark(&subject.labels, subject.top());
    canvas.ring(at, 8.0, Stroke::solid(GREEN, 1.8));
    canvas.marker(class, shape, at, 3.8, fill);
}

/// Writes the entries of the legend one after the other, in lines.
struct Pen {
    at: Place,
    end: f64,
}

impl Pen {
    /// Writes `text` behind a place for a symbol of width `symbol`, which is returned.
    fn next(&mut self, canvas: &mut Canvas, text: &str, symbol: f64) -> Place {
        let width = symbol + 7.0 + text_width(text, 11.5);
        if self.at[0] > 20.0 && self.at[0] + width > self.end {
            self.at = [20.0, self.at[1] + 22.0];
        }
        let place = self.at;
        canvas.text(text, [place[0] + symbol + 7.0, place[1] + 4.0], Lettering::new(11.5, Anchor::Start).coloured(BLACK));
        self.at[0] += width + 20.0;
        place
    }
}
