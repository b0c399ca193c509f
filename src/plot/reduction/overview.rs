//! The overview: centre lines and consistency points, in units of the gadgets' distance.

use super::super::axis::{numeral, round_step};
use super::super::canvas::{Anchor, BLACK, Canvas, GREY, Lettering, PALE, Place, Stroke, text_width};
use super::Subject;
use super::frame::{CLAUSE, Frame, OTHER, VARIABLE, consistency_mark};
use crate::exact::{Rational, nearest_f64};

/// A part of the plane, and where it is shown.
struct Window {
    corner: Place,
    size: Place,
    /// The ends of x and of y, in units of the gadgets' distance.
    x: [f64; 2],
    y: [f64; 2],
}

pub(super) fn draw(canvas: &mut Canvas, subject: &Subject<'_>, frame: &Frame) {
    let spacing = Rational::from(subject.geometry.spacing);
    let meetings: Vec<Place> =
        subject.geometry.meetings.iter().map(|m| [nearest_f64(&(&m.point[0] / &spacing)), nearest_f64(&(&m.point[1] / &spacing))]).collect();
    let [whole, part] = frame.overviews();
    let overview = Window::whole(subject, &meetings, whole);
    let [left, top] = overview.corner;
    overview.draw(canvas, subject, &meetings, "Overview, in units of D");
    for (gadget, x) in subject.geometry.gadgets.iter().zip((1..).map(f64::from)) {
        let foot = overview.place([x, 0.0]);
        canvas.dot(foot, 2.6);
        canvas.text(&gadget.name, [foot[0], top - 8.0], Lettering::new(12.0, Anchor::Middle).bold());
    }
    let positive = subject.geometry.heights.iter().rev().filter(|height| **height > 0);
    let heights: String = positive.map(|height| format!(", ±{height}")).collect();
    let note = format!("all other points: on y = 0{heights}, one line at this scale");
    canvas.text(&note, [left, overview.bottom() + 50.0], Lettering::new(11.0, Anchor::Start).coloured(GREY));

    if meetings.is_empty() {
        return;
    }
    let mut detail = Window::around(&meetings, part);
    detail.x[0] = detail.x[0].max(overview.x[0]);
    let [a, b] = [overview.place([detail.x[0], detail.y[1]]), overview.place([detail.x[1], detail.y[0]])];
    canvas.frame(a, [b[0] - a[0], b[1] - a[1]], Stroke::dashed(BLACK, 1.0));
    detail.draw(canvas, subject, &meetings, "The framed part: where a clause meets its variables");
    name_points(canvas, subject, &detail, &meetings.iter().map(|&meeting| detail.place(meeting)).collect::<Vec<_>>());
}

fn grid(canvas: &mut Canvas, window: &Window) {
    let [left, top] = window.corner;
    let [right, bottom] = [left + window.size[0], top + window.size[1]];
    for (axis, ends, gaps) in [(0, window.x, window.size[0] / 60.0), (1, window.y, window.size[1] / 45.0)] {
        let step = round_step((ends[1] - ends[0]) / gaps);
        let first = (ends[0] / step).ceil() * step;
        for tick in (0..).map(|i| first + f64::from(i) * step).take_while(|tick| *tick <= ends[1]) {
            if axis == 0 {
                let x = window.place([tick, 0.0])[0];
                canvas.line([x, top], [x, bottom], Stroke::solid(PALE, 0.6));
                canvas.text(&numeral(tick), [x, bottom + 14.0], Lettering::new(9.5, Anchor::Middle));
            } else {
                let y = window.place([0.0, tick])[1];
                canvas.line([left, y], [right, y], Stroke::solid(PALE, 0.6));
                canvas.text(&numeral(tick), [left - 6.0, y + 3.5], Lettering::new(9.5, Anchor::End));
            }
        }
    }
}

impl Window {
    /// All gadgets and all consistency points.
    fn whole(subject: &Subject<'_>, meetings: &[Place], [corner, size]: [Place; 2]) -> Self {
        #[allow(clippy::cast_precision_loss, reason = "at most 60 gadgets")]
        let last = subject.geometry.gadgets.len() as f64;
        let least = |coordinate: usize, start: f64| meetings.iter().map(|meeting| meeting[coordinate]).fold(start, f64::min);
        let deepest = if meetings.is_empty() { -0.1 } else { least(1, 0.0) };
        Window { corner, size, x: [least(0, 1.0) - 0.5, last + 0.5], y: [deepest * 1.2, deepest * -0.06] }
    }

    /// The consistency points.
    fn around(meetings: &[Place], [corner, size]: [Place; 2]) -> Self {
        let ends = |coordinate: usize, least: f64| {
            let values = || meetings.iter().map(|meeting| meeting[coordinate]);
            let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
            let margin = least.max(0.12 * (high - low));
            [low - margin, high + margin]
        };
        let deepest = meetings.iter().map(|meeting| meeting[1]).fold(0.0, f64::min);
        Window { corner, size, x: ends(0, 0.2), y: ends(1, -0.06 * deepest) }
    }

    fn bottom(&self) -> f64 {
        self.corner[1] + self.size[1]
    }

    /// Axes, centre lines and consistency points.
    fn draw(&self, canvas: &mut Canvas, subject: &Subject<'_>, meetings: &[Place], title: &str) {
        let [left, top] = self.corner;
        let right = left + self.size[0];
        canvas.text(title, [left - 52.0, top - 30.0], Lettering::new(13.0, Anchor::Start).bold());
        canvas.frame(self.corner, self.size, Stroke::solid(GREY, 0.8));
        grid(canvas, self);
        if self.y[1] > 0.0 {
            let y = self.place([0.0, 0.0])[1];
            canvas.line([left, y], [right, y], Stroke::solid(BLACK, 1.0));
        }
        let lines = subject.choices().into_iter().filter_map(|(g, choice)| Some((g, choice, self.centre_line(subject, g, choice)?)));
        // Chosen lines above the others.
        let (chosen, others): (Vec<_>, Vec<_>) = lines.partition(|&(g, choice, _)| subject.is_chosen(g, choice));
        for (_, _, [a, b]) in others {
            canvas.line(a, b, OTHER);
        }
        for (g, _, [a, b]) in chosen {
            canvas.line(a, b, Stroke::solid(if g < subject.formula.variables() { VARIABLE } else { CLAUSE }, 2.0));
        }
        for &meeting in meetings {
            consistency_mark(canvas, subject, "consistency", self.place(meeting));
        }
        canvas.text("x / D", [f64::midpoint(left, right), self.bottom() + 31.0], Lettering::new(11.5, Anchor::Middle));
        canvas.text("y / D", [left - 50.0, top + self.size[1] / 2.0], Lettering::new(11.5, Anchor::Middle).upright());
    }

    fn place(&self, [x, y]: Place) -> Place {
        let part = |value: f64, ends: [f64; 2]| (value - ends[0]) / (ends[1] - ends[0]);
        [self.corner[0] + part(x, self.x) * self.size[0], self.corner[1] + (1.0 - part(y, self.y)) * self.size[1]]
    }

    /// The part of a centre line that is in the window.
    fn centre_line(&self, subject: &Subject<'_>, g: usize, choice: usize) -> Option<[Place; 2]> {
        #[allow(clippy::cast_precision_loss, reason = "only to be drawn")]
        let (centre, slope) = ((g + 1) as f64, (subject.geometry.gadgets[g].slope + choice as i128) as f64);
        let low = self.y[0].max((self.x[0] - centre) / slope);
        let high = self.y[1].min((self.x[1] - centre) / slope);
        (low < high).then(|| [low, high].map(|y| self.place([centre + slope * y, y])))
    }
}

/// The names of the consistency points, where they cover neither each other nor a point.
fn name_points(canvas: &mut Canvas, subject: &Subject<'_>, window: &Window, places: &[Place]) {
    const SIZE: f64 = 10.0;
    let mut taken: Vec<[f64; 4]> = places.iter().map(|[x, y]| [x - 9.0, y - 9.0, x + 9.0, y + 9.0]).collect();
    let overlap = |a: &[f64; 4], b: &[f64; 4]| (a[2].min(b[2]) - a[0].max(b[0])).max(0.0) * (a[3].min(b[3]) - a[1].max(b[1])).max(0.0);
    for (meeting, &[x, y]) in subject.geometry.meetings.iter().zip(places) {
        let width = text_width(&meeting.name, SIZE);
        let spots = [10.0, 22.0, 36.0, 52.0].into_iter().flat_map(|distance| {
            let beside = [(distance, 3.5), (-distance - width, 3.5)];
            let above = [
                (4.0, -distance),
                (-width - 4.0, -distance),
                (4.0, distance + 7.0),
                (-width - 4.0, distance + 7.0),
                (-width / 2.0, -distance),
                (-width / 2.0, distance + 7.0),
            ];
            beside.into_iter().chain(above)
        });
        let boxes = spots.map(|(dx, dy)| [x + dx, y + dy - SIZE, x + dx + width, y + dy + 2.5]);
        let [left, top] = window.corner;
        let inside =
            boxes.filter(|b| b[0] >= left + 2.0 && b[2] <= left + window.size[0] - 2.0 && b[1] >= top + 2.0 && b[3] <= top + window.size[1] - 2.0);
        let cost = |b: &[f64; 4]| taken.iter().map(|other| overlap(b, other)).sum::<f64>();
        let Some(best) = inside.min_by(|a, b| cost(a).total_cmp(&cost(b))) else { continue };
        let nearest = [x.clamp(best[0], best[2]), y.clamp(best[1], best[3])];
        if (nearest[0] - x).hypot(nearest[1] - y) > 14.0 {
            canvas.line([x, y], nearest, Stroke::solid(BLACK, 0.5));
        }
        canvas.text(&meeting.name, [best[0], best[3] - 2.5], Lettering::new(SIZE, Anchor::Start).over_lines());
        taken.push(best);
    }
}
