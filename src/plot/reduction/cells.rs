//! The panels: the network along a horizontal line, a cell for each gadget.

use super::super::axis::{Axis, numeral};
use super::super::canvas::{Anchor, Canvas, GREY, Lettering, PALE, Place, Stroke, WHITE};
use super::Subject;
use super::frame::{CLAUSE, FLANK, Frame, OTHER, PLATEAU, VARIABLE, mark};
use super::graph::graph;
use crate::exact::{Rational, nearest_f64};

/// Around the outermost points.
const MARGIN: i128 = 2;

/// A horizontal line.
pub(super) struct Panel {
    height: i128,
    cells: Vec<Cell>,
    axis: Axis,
    /// The different places of points.
    places: Vec<f64>,
}

/// What a gadget has on the line: `t` is the distance from the centre line of its choice 0, to the right.
struct Cell {
    /// `t` and label.
    points: Vec<[f64; 2]>,
    chosen: Option<Vec<[f64; 2]>>,
    /// By choice.
    possible: Vec<Vec<[f64; 2]>>,
}

impl Panel {
    pub(super) fn new(subject: &Subject<'_>, height: i128) -> Self {
        let y = Rational::from(height);
        let gadgets = &subject.geometry.gadgets;
        let origins: Vec<Rational> = gadgets.iter().map(|gadget| Rational::from(gadget.centre + gadget.slope * height)).collect();
        // Gadgets are much farther apart than their points: those up to the middle between two origins belong to the left one.
        let mut members: Vec<Vec<(Rational, f64)>> = vec![Vec::new(); gadgets.len()];
        for (point, label) in subject.points.iter().filter(|(point, _)| point[1] == y) {
            let gadget = origins.windows(2).take_while(|pair| &point[0] + &point[0] > &pair[0] + &pair[1]).count();
            members[gadget].push((&point[0] - &origins[gadget], *label));
        }
        let all = || members.iter().flatten().map(|(t, _)| t);
        let margin = Rational::from(MARGIN);
        let zero = Rational::ZERO;
        let range = [all().min().unwrap_or(&zero) - &margin, all().max().unwrap_or(&zero) + &margin];

        let cell = |g: usize| Cell {
            points: members[g].iter().map(|(t, label)| [nearest_f64(t), *label]).collect(),
            chosen: subject.chosen.map(|chosen| graph(chosen.network, &y, &origins[g], &range)),
            possible: subject.uniform.iter().take(gadgets[g].choices.len()).map(|network| graph(network, &y, &origins[g], &range)).collect(),
        };
        let cells: Vec<Cell> = (0..gadgets.len()).map(cell).collect();
        let corners = cells.iter().flat_map(|cell| cell.possible.iter().chain(&cell.chosen).chain([&cell.points])).flatten();
        let mut places: Vec<f64> = cells.iter().flat_map(|cell| &cell.points).map(|point| point[0]).collect();
        places.sort_by(f64::total_cmp);
        places.dedup();
        Panel { height, axis: Axis::shortened(corners.map(|corner| corner[0]).collect()), places, cells }
    }

    pub(super) fn draw(&self, canvas: &mut Canvas, subject: &Subject<'_>, frame: &Frame, row: usize) {
        let [first, [_, tall]] = frame.cell(0, row);
        let height = if self.height > 0 { format!("+{}", self.height) } else { numeral(self.number()) };
        let lettering = Lettering::new(13.0, Anchor::Start).bold();
        let [x, y] = [14.0, first[1] + tall / 2.0 - 2.0];
        if height.chars().count() < 5 {
            canvas.text(&format!("y = {height}"), [x, y], lettering);
        } else {
            canvas.text("y =", [x, y - 8.0], lettering);
            canvas.text(&height, [x, y + 8.0], lettering);
        }
        let scale = Scale { corner: first, size: frame.cell(0, row)[1], axis: &self.axis, top: subject.top() };
        canvas.text("φ", [first[0] - 10.0, scale.y(subject.top()) - 10.0], Lettering::new(11.5, Anchor::End));
        for &label in &subject.labels {
            canvas.text(&numeral(label), [first[0] - 7.0, scale.y(label) + 3.5], Lettering::new(10.0, Anchor::End));
        }
        for (g, cell) in self.cells.iter().enumerate() {
            let [corner, size] = frame.cell(g, row);
            self.draw_cell(canvas, subject, g, cell, &Scale { corner, size, ..scale });
            if row == 0 {
                header(canvas, subject, g, [corner[0] + size[0] / 2.0, corner[1] - 42.0]);
            }
        }
        if row + 1 == subject.geometry.heights.len() {
            let name = "t = x − c − r·y: the distance from the centre line of the gadget's first choice (slope r); the stretches between cells and those marked // are shortened";
            canvas.text(name, [first[0], first[1] + tall + 38.0], Lettering::new(11.5, Anchor::Start));
        }
    }

    fn draw_cell(&self, canvas: &mut Canvas, subject: &Subject<'_>, g: usize, cell: &Cell, scale: &Scale<'_>) {
        let [left, right] = [scale.corner[0], scale.corner[0] + scale.size[0]];
        for &label in &subject.labels {
            canvas.line([left, scale.y(label)], [right, scale.y(label)], Stroke::solid(PALE, 0.7));
        }
        canvas.frame(scale.corner, scale.size, Stroke::solid(GREY, 0.8));
        let bottom = scale.corner[1] + scale.size[1];
        for tick in self.axis.ticks(&self.places, scale.size[0], 9.5) {
            canvas.line([scale.x(tick), bottom], [scale.x(tick), bottom + 3.5], Stroke::solid(GREY, 0.8));
            canvas.text(&numeral(tick), [scale.x(tick), bottom + 14.0], Lettering::new(9.5, Anchor::Middle));
        }
        for cut in self.axis.cuts() {
            let x = left + cut * scale.size[0];
            canvas.line([x - 2.0, bottom], [x + 2.0, bottom], Stroke::solid(WHITE, 3.0));
            for x in [x - 2.5, x + 2.5] {
                canvas.line([x - 1.5, bottom + 4.0], [x + 1.5, bottom - 4.0], Stroke::solid(GREY, 0.9));
            }
        }

        let colour = if g < subject.formula.variables() { VARIABLE } else { CLAUSE };
        for (choice, corners) in cell.possible.iter().enumerate() {
            if !subject.is_chosen(g, choice) {
                canvas.polyline(&scale.places(corners), OTHER);
            }
        }
        if let Some(corners) = &cell.chosen {
            for ends in corners.windows(2).filter(|ends| ends[0][1] != 0.0 || ends[1][1] != 0.0) {
                let [a, b] = [scale.place(ends[0]), scale.place(ends[1])];
                let opacity = if ends[0][1] == ends[1][1] { PLATEAU } else { FLANK };
                canvas.area(&[[a[0], scale.y(0.0)], a, b, [b[0], scale.y(0.0)]], colour, opacity);
            }
            canvas.polyline(&scale.places(corners), Stroke::solid(colour, 2.2));
        }
        for &point in &cell.points {
            let (shape, fill) = mark(&subject.labels, point[1]);
            canvas.marker("point", shape, scale.place(point), 3.6, fill);
        }
        if self.tells_choices_apart(subject) {
            for (choice, name) in (0..).zip(&subject.geometry.gadgets[g].choices) {
                let middle = scale.x(f64::from(choice) * self.number());
                let lettering = Lettering::new(9.0, Anchor::Middle).over_lines();
                let chosen = subject.is_chosen(g, usize::try_from(choice).expect("at most 2"));
                let lettering = if chosen { lettering.bold() } else { lettering.coloured(GREY) };
                canvas.text(name, [middle, scale.y(subject.top()) - 8.0], lettering);
            }
        }
    }

    /// Whether this is one of the two outer lines.
    fn tells_choices_apart(&self, subject: &Subject<'_>) -> bool {
        subject.geometry.heights.iter().all(|height| height.abs() <= self.height.abs())
    }

    #[allow(clippy::cast_precision_loss, reason = "only to be drawn")]
    fn number(&self) -> f64 {
        self.height as f64
    }
}

/// The name of a gadget, what it chooses and where it is.
fn header(canvas: &mut Canvas, subject: &Subject<'_>, g: usize, [x, y]: Place) {
    let gadget = &subject.geometry.gadgets[g];
    let colour = if g < subject.formula.variables() { VARIABLE } else { CLAUSE };
    let chosen = subject.chosen.map(|chosen| &gadget.choices[chosen.choices[g]]);
    let name = match chosen {
        None => gadget.name.clone(),
        Some(value) if g < subject.formula.variables() => format!("{} = {value}", gadget.name),
        Some(literal) => format!("{} chooses {literal}", gadget.name),
    };
    canvas.text(&name, [x, y], Lettering::new(12.0, Anchor::Middle).bold());
    canvas.line([x - 20.0, y + 7.0], [x + 20.0, y + 7.0], Stroke::solid(colour, 2.2));
    canvas.text(&format!("c = {}, r = {}", gadget.centre, gadget.slope), [x, y + 23.0], Lettering::new(10.0, Anchor::Middle).coloured(GREY));
}

/// From `t` and values to a cell.
struct Scale<'a> {
    corner: Place,
    size: Place,
    axis: &'a Axis,
    top: f64,
}

impl Scale<'_> {
    fn x(&self, t: f64) -> f64 {
        self.corner[0] + 6.0 + self.axis.share(t) * (self.size[0] - 12.0)
    }

    fn y(&self, value: f64) -> f64 {
        let (above, below) = (26.0, 12.0);
        self.corner[1] + self.size[1] - below - value / self.top * (self.size[1] - above - below)
    }

    fn place(&self, [t, value]: [f64; 2]) -> Place {
        [self.x(t), self.y(value)]
    }

    fn places(&self, corners: &[[f64; 2]]) -> Vec<Place> {
        corners.iter().map(|&corner| self.place(corner)).collect()
    }
}
