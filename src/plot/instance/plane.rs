//! Two features: the plane seen from above.

use super::super::canvas::{
    Anchor, BLACK, BLUE, Canvas, GREEN, GREY, Lettering, ORANGE, PALE, PURPLE, Place, SKY, Shape, Stroke, VERMILLION, text_width,
};
use super::super::chart::{extent, label, ticks};
use super::{Floats, Subject, range};

const LEFT: f64 = 80.0;
const TOP: f64 = 48.0;
const SIDE: f64 = 560.0;
const KEY: f64 = LEFT + SIDE + 26.0;
const WIDTH: f64 = KEY + 190.0;
const HEIGHT: f64 = TOP + SIDE + 62.0;
const COLOURS: [&str; 6] = [BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY];
/// More breaklines than this are drawn without names and arrows.
const MOST_NAMES: usize = 12;

/// Dark to light, readable without colours: near to *cividis* of J. Nuñez, C. Anderton and R. Renslow (PLOS ONE, 2018).
const RAMP: [[f64; 3]; 5] = [[0.0, 32.0, 77.0], [64.0, 77.0, 108.0], [124.0, 123.0, 120.0], [188.0, 175.0, 111.0], [255.0, 234.0, 70.0]];

fn shade(share: f64) -> String {
    let at = share.clamp(0.0, 1.0) * 4.0;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 3")]
    let i = (at.floor() as usize).min(3);
    let channel = |c: usize| RAMP[i][c] + (at - at.floor().min(3.0)) * (RAMP[i + 1][c] - RAMP[i][c]);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 255")]
    let byte = |c: usize| channel(c).round() as u8;
    format!("#{:02x}{:02x}{:02x}", byte(0), byte(1), byte(2))
}

/// A part of the frame in which the same neurons are active: its corners in data coordinates.
struct Cell {
    corners: Vec<Place>,
    active: Vec<bool>,
}

/// From data to pixels.
struct Scale {
    x: (f64, f64),
    y: (f64, f64),
}

impl Scale {
    fn place(&self, [x, y]: Place) -> Place {
        [LEFT + (x - self.x.0) / (self.x.1 - self.x.0) * SIDE, TOP + SIDE - (y - self.y.0) / (self.y.1 - self.y.0) * SIDE]
    }

    fn corners(&self) -> Vec<Place> {
        vec![[self.x.0, self.y.0], [self.x.1, self.y.0], [self.x.1, self.y.1], [self.x.0, self.y.1]]
    }
}

/// Boxes that texts take, so that none is written over another.
#[derive(Default)]
struct Taken(Vec<[f64; 4]>);

impl Taken {
    /// Whether a text with its middle there has room inside the frame; then the room is taken.
    fn take(&mut self, text: &str, size: f64, [x, y]: Place) -> bool {
        let half = 0.5 * text_width(text, size) + 3.0;
        let own = [x - half, x + half, y - size, y + 0.4 * size];
        let inside = own[0] > LEFT && own[1] < LEFT + SIDE && own[2] > TOP && own[3] < TOP + SIDE;
        let free = inside && self.0.iter().all(|other| own[1] < other[0] || other[1] < own[0] || own[3] < other[2] || other[3] < own[2]);
        if free {
            self.0.push(own);
        }
        free
    }
}

pub(super) fn draw(subject: &Subject<'_>) -> String {
    let mut canvas = Canvas::new(subject.title, [WIDTH, HEIGHT]);
    let scale = scale(subject);
    let targets = extent(subject.points.iter().map(|point| point.1));
    canvas.text(subject.title, [LEFT, 30.0], Lettering::new(15.0, Anchor::Start).bold());
    let mut taken = Taken::default();
    if let Some(network) = &subject.network {
        let cells = cells(network, &scale);
        shade_cells(&mut canvas, &cells, &scale, network.neurons.len());
        axes(&mut canvas, subject, &scale);
        let (levels, values) = levels(&mut canvas, network, &cells, &scale);
        let (cut, names) = breaklines(&mut canvas, network, &scale, &mut taken);
        points(&mut canvas, subject, &scale, targets);
        for (text, places) in values {
            if let Some(place) = places.into_iter().find(|&place| taken.take(&text, 11.0, place)) {
                canvas.text(&text, place, Lettering::new(11.0, Anchor::Middle).coloured(GREY).over_lines());
            }
        }
        names.iter().for_each(|(text, at, colour)| canvas.text(text, *at, Lettering::new(12.5, Anchor::Middle).bold().coloured(colour).over_lines()));
        key(&mut canvas, subject, targets, Lines { levels, breaklines: cut });
    } else {
        axes(&mut canvas, subject, &scale);
        points(&mut canvas, subject, &scale, targets);
        key(&mut canvas, subject, targets, Lines::default());
    }
    canvas.into_svg()
}

/// The data with room around; without data, the crossings of breaklines, and each line where it is nearest to the origin.
fn scale(subject: &Subject<'_>) -> Scale {
    let mut places: Vec<Place> = subject.points.iter().map(|(x, _)| [x[0], x[1]]).collect();
    if let Some(network) = subject.network.as_ref().filter(|_| places.is_empty()) {
        for (i, (w, b, _)) in network.neurons.iter().enumerate() {
            let square = w[0] * w[0] + w[1] * w[1];
            places.push([-b * w[0] / square, -b * w[1] / square]);
            for (v, c, _) in &network.neurons[..i] {
                let determinant = w[0] * v[1] - w[1] * v[0];
                places.push([(w[1] * c - b * v[1]) / determinant, (b * v[0] - w[0] * c) / determinant]);
            }
        }
        places.retain(|place| place.iter().all(|value| value.is_finite()));
        let reach = places.iter().flatten().fold(0.5f64, |reach, value| reach.max(value.abs()));
        places.extend([[-1.5 * reach, -1.5 * reach], [1.5 * reach, 1.5 * reach]]);
    }
    Scale { x: range(places.iter().map(|place| place[0])), y: range(places.iter().map(|place| place[1])) }
}

/// The frame, cut by one breakline after the other.
fn cells(network: &Floats, scale: &Scale) -> Vec<Cell> {
    let mut cells = vec![Cell { corners: scale.corners(), active: Vec::new() }];
    for j in 0..network.neurons.len() {
        cells = cells
            .into_iter()
            .flat_map(|cell| {
                let part = |side: bool| {
                    let corners = clip(&cell.corners, &|x| if side { network.z(j, &x) } else { -network.z(j, &x) });
                    Cell { corners, active: [&cell.active[..], &[side]].concat() }
                };
                [part(false), part(true)]
            })
            .filter(|cell| area(&cell.corners) > 1e-9 * (scale.x.1 - scale.x.0) * (scale.y.1 - scale.y.0))
            .collect();
    }
    cells
}

/// The part of a convex polygon where an affine function is not negative.
fn clip(corners: &[Place], f: &dyn Fn(Place) -> f64) -> Vec<Place> {
    let mut part = Vec::new();
    for (i, &a) in corners.iter().enumerate() {
        let b = corners[(i + 1) % corners.len()];
        let (fa, fb) = (f(a), f(b));
        if fa >= 0.0 {
            part.push(a);
        }
        if (fa < 0.0) != (fb < 0.0) && fa != fb {
            part.push(between(a, b, fa / (fa - fb)));
        }
    }
    part
}

fn between(a: Place, b: Place, share: f64) -> Place {
    [a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])]
}

fn area(corners: &[Place]) -> f64 {
    let cross = |i: usize| {
        let (a, b) = (corners[i], corners[(i + 1) % corners.len()]);
        a[0] * b[1] - a[1] * b[0]
    };
    (0..corners.len()).map(cross).sum::<f64>().abs() / 2.0
}

/// How dark a cell is in which that many of the neurons are active.
fn darkness(active: usize, neurons: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "numbers of neurons")]
    let share = active as f64 / neurons.max(1) as f64;
    0.42 * share
}

fn shade_cells(canvas: &mut Canvas, cells: &[Cell], scale: &Scale, neurons: usize) {
    for cell in cells {
        let corners: Vec<Place> = cell.corners.iter().map(|&corner| scale.place(corner)).collect();
        canvas.region("cell", &corners, SKY, darkness(cell.active.iter().filter(|active| **active).count(), neurons));
    }
}

fn axes(canvas: &mut Canvas, subject: &Subject<'_>, scale: &Scale) {
    for tick in ticks(scale.x.0, scale.x.1, 7.0) {
        let [x, _] = scale.place([tick, scale.y.0]);
        canvas.line([x, TOP + SIDE], [x, TOP + SIDE + 5.0], Stroke::solid(BLACK, 1.0));
        canvas.text(&label(tick), [x, TOP + SIDE + 19.0], Lettering::new(12.0, Anchor::Middle));
    }
    for tick in ticks(scale.y.0, scale.y.1, 7.0) {
        let [_, y] = scale.place([scale.x.0, tick]);
        canvas.line([LEFT - 5.0, y], [LEFT, y], Stroke::solid(BLACK, 1.0));
        canvas.text(&label(tick), [LEFT - 8.0, y + 4.0], Lettering::new(12.0, Anchor::End));
    }
    canvas.frame([LEFT, TOP], [SIDE, SIDE], Stroke::solid(BLACK, 1.0));
    canvas.text(&subject.features[0], [LEFT + SIDE / 2.0, TOP + SIDE + 44.0], Lettering::new(13.0, Anchor::Middle));
    canvas.text(&subject.features[1], [18.0, TOP + SIDE / 2.0], Lettering::new(13.0, Anchor::Middle).upright());
}

/// A text, its place and its colour.
type Name = (String, Place, &'static str);

/// Draws the breaklines with arrows to their active sides; whether there are any in the frame, and the names, which are written last.
fn breaklines(canvas: &mut Canvas, network: &Floats, scale: &Scale, taken: &mut Taken) -> (bool, Vec<Name>) {
    let mut names = Vec::new();
    let chord_of = |j: usize| chord(&scale.corners(), &|x| network.z(j, &x)).map(|ends| ends.map(|end| scale.place(end)));
    let chords: Vec<(usize, [Place; 2])> = (0..network.neurons.len()).filter_map(|j| Some((j, chord_of(j)?))).collect();
    for (j, (w, _, _)) in network.neurons.iter().enumerate() {
        let Some(&(_, [a, b])) = chords.iter().find(|(other, _)| *other == j) else { continue };
        let colour = COLOURS[j % COLOURS.len()];
        canvas.line(a, b, if j < COLOURS.len() { Stroke::solid(colour, 2.4) } else { Stroke::dashed(colour, 2.4) });
        if network.neurons.len() > MOST_NAMES {
            continue;
        }
        // Pixels count downwards, and the axes have scales of their own.
        let up = [w[0] * (scale.x.1 - scale.x.0), -w[1] * (scale.y.1 - scale.y.0)];
        let length = up[0].hypot(up[1]);
        let normal = [up[0] / length, up[1] / length];
        let along = [(b[0] - a[0]), (b[1] - a[1])];
        let size = along[0].hypot(along[1]).max(1.0);
        let along = [along[0] / size, along[1] / size];
        for share in [0.12, 0.5, 0.88] {
            let foot = between(a, b, share);
            let tip = [foot[0] + 13.0 * normal[0], foot[1] + 13.0 * normal[1]];
            canvas.line(foot, tip, Stroke::solid(colour, 1.8));
            let wing = |side: f64| [tip[0] - 5.0 * normal[0] + side * 4.0 * along[0], tip[1] - 5.0 * normal[1] + side * 4.0 * along[1]];
            canvas.area(&[tip, wing(1.0), wing(-1.0)], colour, 1.0);
        }
        let text = format!("z{} = 0", j + 1);
        let places = [0.05, 0.95, 0.2, 0.8, 0.35, 0.65].into_iter().flat_map(|share| {
            let foot = between(a, b, share);
            [-1.0, 1.0].map(|side: f64| [foot[0] + side * 30.0 * normal[0], foot[1] + side * 14.0 * normal[1] + 4.0])
        });
        // Best where no other breakline passes.
        let is_clear = |&[x, y]: &Place| chords.iter().all(|(other, ends)| *other == j || distance([x, y - 4.0], *ends) > 26.0);
        let places: Vec<Place> = places.collect();
        let clear = places.iter().copied().filter(is_clear);
        if let Some(place) = clear.chain(places.iter().copied()).find(|&place| taken.take(&text, 12.5, place)) {
            names.push((text, place, colour));
        }
    }
    (!chords.is_empty(), names)
}

/// From a place to the line through two others.
fn distance([x, y]: Place, [a, b]: [Place; 2]) -> f64 {
    let along = [b[0] - a[0], b[1] - a[1]];
    ((x - a[0]) * along[1] - (y - a[1]) * along[0]).abs() / along[0].hypot(along[1]).max(1.0)
}

/// Where an affine function is 0 in a convex polygon.
fn chord(corners: &[Place], f: &dyn Fn(Place) -> f64) -> Option<[Place; 2]> {
    let mut ends = Vec::new();
    for (i, &a) in corners.iter().enumerate() {
        let b = corners[(i + 1) % corners.len()];
        let (fa, fb) = (f(a), f(b));
        if (fa < 0.0) != (fb < 0.0) {
            ends.push(between(a, b, fa / (fa - fb)));
        }
    }
    <[Place; 2]>::try_from(ends).ok()
}

/// A text and where it may stand.
type Label = (String, Vec<Place>);

/// Draws the level lines, or nothing where the network is constant in each cell; whether there are lines, and the values to be written.
fn levels(canvas: &mut Canvas, network: &Floats, cells: &[Cell], scale: &Scale) -> (bool, Vec<Label>) {
    /// Shorter stretches of a level line have no room for a number.
    const SHORTEST: f64 = 36.0;
    let values = cells.iter().flat_map(|cell| cell.corners.iter().map(|corner| network.value_in(&cell.active, corner)));
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    if network.threshold || high - low <= 1e-12 * high.abs().max(low.abs()) {
        let label = |cell: &Cell| {
            #[expect(clippy::cast_precision_loss, reason = "numbers of corners")]
            let middle = [0, 1].map(|c| cell.corners.iter().map(|corner| corner[c]).sum::<f64>() / cell.corners.len() as f64);
            (format!("φ = {}", label(network.value_in(&cell.active, &middle))), vec![scale.place(middle)])
        };
        return (false, cells.iter().map(label).collect());
    }
    let mut labels = Vec::new();
    for level in ticks(low, high, 9.0) {
        let mut longest = (SHORTEST, None);
        for cell in cells {
            let Some(ends) = chord(&cell.corners, &|x| network.value_in(&cell.active, &x) - level) else { continue };
            let [a, b] = ends.map(|end| scale.place(end));
            canvas.line(a, b, Stroke::solid(GREY, 1.1));
            let length = (b[0] - a[0]).hypot(b[1] - a[1]);
            if length > longest.0 {
                longest = (length, Some([a, b]));
            }
        }
        if let Some([a, b]) = longest.1 {
            let places = [0.5, 0.35, 0.65, 0.2, 0.8].into_iter().map(|share| between(a, b, share)).map(|[x, y]| [x, y + 4.0]);
            labels.push((label(level), places.collect()));
        }
    }
    (true, labels)
}

fn points(canvas: &mut Canvas, subject: &Subject<'_>, scale: &Scale, (low, high): (f64, f64)) {
    let radius = if subject.points.len() > 300 { 2.6 } else { 4.6 };
    for (x, y) in &subject.points {
        canvas.marker("point", Shape::Circle, scale.place([x[0], x[1]]), radius, &shade((y - low) / (high - low)));
    }
}

/// Which kinds of lines are in the frame.
#[derive(Debug, Clone, Copy, Default)]
struct Lines {
    levels: bool,
    breaklines: bool,
}

/// What is what, to the right of the frame.
fn key(canvas: &mut Canvas, subject: &Subject<'_>, (low, high): (f64, f64), lines: Lines) {
    const STEPS: u8 = 48;
    const BAR: f64 = 170.0;
    let text = Lettering::new(12.0, Anchor::Start);
    let mut y = TOP + 12.0;
    if !subject.points.is_empty() {
        canvas.text("data, shaded by target", [KEY, y], text);
        canvas.text(&subject.target, [KEY, y + 17.0], text.bold());
        y += 30.0;
        for i in 0..STEPS {
            let part = |i: u8| y + BAR * (1.0 - f64::from(i) / f64::from(STEPS));
            let fill = shade((f64::from(i) + 0.5) / f64::from(STEPS));
            canvas.area(&[[KEY, part(i) + 0.3], [KEY + 20.0, part(i) + 0.3], [KEY + 20.0, part(i + 1)], [KEY, part(i + 1)]], &fill, 1.0);
        }
        canvas.frame([KEY, y], [20.0, BAR], Stroke::solid(BLACK, 0.9));
        for tick in ticks(low, high, 5.0) {
            let at = y + BAR * (1.0 - (tick - low) / (high - low));
            canvas.line([KEY + 20.0, at], [KEY + 25.0, at], Stroke::solid(BLACK, 0.9));
            canvas.text(&label(tick), [KEY + 29.0, at + 4.0], text);
        }
        y += BAR + 34.0;
    }
    let Some(network) = &subject.network else { return };
    let neurons = network.neurons.len();
    canvas.text("cells: active neurons", [KEY, y], text);
    y += 10.0;
    for active in 0..=neurons.min(MOST_NAMES) {
        let corners = [[KEY, y], [KEY + 20.0, y], [KEY + 20.0, y + 14.0], [KEY, y + 14.0]];
        canvas.area(&corners, SKY, darkness(active, neurons));
        canvas.frame(corners[0], [20.0, 14.0], Stroke::solid(PALE, 0.9));
        let more = if active == MOST_NAMES && neurons > MOST_NAMES { " and more" } else { "" };
        canvas.text(&format!("{active}{more}"), [KEY + 29.0, y + 11.5], text);
        y += 19.0;
    }
    y += 18.0;
    if lines.breaklines {
        canvas.line([KEY, y - 4.0], [KEY + 20.0, y - 4.0], Stroke::solid(COLOURS[0], 2.4));
        if neurons <= MOST_NAMES {
            canvas.text("breakline, arrows to", [KEY + 29.0, y], text);
            canvas.text("the active side", [KEY + 29.0, y + 15.0], text);
            y += 15.0;
        } else {
            canvas.text("breakline", [KEY + 29.0, y], text);
        }
        y += 23.0;
    }
    if lines.levels {
        canvas.line([KEY, y - 4.0], [KEY + 20.0, y - 4.0], Stroke::solid(GREY, 1.1));
        canvas.text("level lines of φ", [KEY + 29.0, y], text);
    }
}
