//! Charts: curves, bars and points over named axes, one panel above the other.
//!
//! A series has a colour and a pattern of its own, so that no meaning hangs on colour alone.

use super::axis::{numeral, round_step};
use super::canvas::{Anchor, BLACK, BLUE, Canvas, GREEN, GREY, Lettering, ORANGE, PALE, PURPLE, Place, SKY, Shape, Stroke, VERMILLION, text_width};

/// How a series is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// A line through the points.
    Line,
    /// A dashed line through the points.
    Dashed,
    /// A line with a marker at each point.
    Marked,
    /// A marker at each point.
    Marks,
    /// Bars of a histogram: each point is the left edge and the height; the last one closes it.
    Bars,
    /// A marker at each point, and a line from it to 0.
    Stems,
}

/// Points with a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// What the legend calls it.
    pub name: String,
    /// How it is drawn.
    pub look: Look,
    /// The points, by increasing first coordinate; those that are not finite are left out.
    pub points: Vec<(f64, f64)>,
}

/// One picture with its axes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Panel {
    /// What it shows.
    pub title: String,
    /// The name of the horizontal axis.
    pub x: String,
    /// The name of the vertical axis.
    pub y: String,
    /// The vertical range; if there is none that of the points, and 0 unless the axis is logarithmic.
    pub range: Option<(f64, f64)>,
    /// Whether the horizontal and the vertical axis are logarithmic; values that are not positive are then left out.
    pub logarithmic: [bool; 2],
    /// What is drawn.
    pub series: Vec<Series>,
    /// Values of the horizontal axis with a dashed line and a name.
    pub lines: Vec<(f64, String)>,
}

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 300.0;
/// The least left margin, and what it has besides the labels of the vertical axis.
const LEFT: f64 = 70.0;
const BESIDE: f64 = 36.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 34.0;
/// Ticks and the name of the axis below a panel.
const BELOW: f64 = 50.0;
const LINE: f64 = 18.0;
const SIZE: f64 = 12.0;
const COLOURS: [&str; 6] = [BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY];
const SHAPES: [Shape; 4] = [Shape::Circle, Shape::Square, Shape::Triangle, Shape::Diamond];

/// So many values at which something is drawn are labelled themselves on a logarithmic axis and below single marks; beyond, round numbers or powers of ten.
const LABELLED: usize = 12;

/// The panels as an SVG.
#[must_use]
pub fn chart(title: &str, panels: &[Panel]) -> String {
    draw_all(title, &panels.iter().map(Frame::new).collect::<Vec<_>>())
}

/// Panels that are to be compared, as an SVG: all have the same ends of their axes. The axes must be of the same kinds.
#[must_use]
pub fn chart_alike(title: &str, panels: &[Panel]) -> String {
    let frames: Vec<Frame<'_>> = panels.iter().map(Frame::new).collect();
    let ends = |axis: &dyn Fn(&Frame<'_>) -> (f64, f64)| extent(frames.iter().map(axis).flat_map(|(low, high)| [low, high]));
    let (x, y) = (ends(&|frame| frame.x), ends(&|frame| frame.y));
    draw_all(title, &panels.iter().map(|panel| Frame::within(panel, x, y)).collect::<Vec<_>>())
}

fn draw_all(title: &str, frames: &[Frame<'_>]) -> String {
    let left = frames.iter().map(|frame| frame.widest + BESIDE).fold(LEFT, f64::max);
    let heights: Vec<f64> = frames.iter().map(|frame| TOP + LINE * rows(frame.panel, left).len() as f64 + HEIGHT + BELOW).collect();
    let mut canvas = Canvas::new(title, [WIDTH, heights.iter().sum::<f64>() + 10.0]);
    let mut top = 0.0;
    for (frame, height) in frames.iter().zip(heights) {
        draw(&mut canvas, frame, [left, top]);
        top += height;
    }
    canvas.into_svg()
}

/// The legend's entries by rows, with their places from the left; what has no points has none.
fn rows(panel: &Panel, left: f64) -> Vec<Vec<(usize, f64)>> {
    let mut rows: Vec<Vec<(usize, f64)>> = Vec::new();
    let mut at = f64::INFINITY;
    for (i, series) in panel.series.iter().enumerate().filter(|(_, series)| panel.drawn(series).next().is_some()) {
        let width = 44.0 + text_width(&series.name, SIZE) + 18.0;
        if at + width > WIDTH - left - RIGHT {
            rows.push(Vec::new());
            at = 0.0;
        }
        if let Some(row) = rows.last_mut() {
            row.push((i, at));
        }
        at += width;
    }
    rows
}

/// A panel with the ends of its axes (logarithms on a logarithmic one) and the labels of the vertical one.
struct Frame<'a> {
    panel: &'a Panel,
    x: (f64, f64),
    y: (f64, f64),
    labels: Vec<(f64, String)>,
    /// The width of the longest label.
    widest: f64,
}

impl<'a> Frame<'a> {
    fn new(panel: &'a Panel) -> Self {
        let (across, up) = (panel.along(0), panel.along(1));
        let finite = || panel.series.iter().flat_map(|series| panel.drawn(series));
        let (mut x0, mut x1) = extent(finite().map(|point| across(point.0)).chain(panel.lines.iter().map(|line| across(line.0))));
        if panel.logarithmic[0] || panel.series.iter().any(|series| matches!(series.look, Look::Marked | Look::Marks | Look::Stems)) {
            (x0, x1) = (x0 - 0.03 * (x1 - x0), x1 + 0.03 * (x1 - x0));
        }
        let y = panel.range.map(|(y0, y1)| (up(y0), up(y1))).unwrap_or_else(|| {
            let values = finite().map(|point| up(point.1));
            if panel.logarithmic[1] {
                let (y0, y1) = extent(values);
                return (y0 - 0.04 * (y1 - y0), y1 + 0.04 * (y1 - y0));
            }
            let (y0, y1) = extent(values.chain([0.0]));
            // Room for the names of lines.
            (y0, y1 + 0.12 * (y1 - y0))
        });
        Frame::within(panel, (x0, x1), y)
    }

    fn within(panel: &'a Panel, x: (f64, f64), y: (f64, f64)) -> Self {
        let labels = labelled(y.0, y.1, 6.0, panel.logarithmic[1]);
        let widest = labels.iter().map(|(_, label)| text_width(label, SIZE)).fold(0.0, f64::max);
        Frame { panel, x, y, labels, widest }
    }
}

impl Panel {
    /// What an axis shows of a value.
    fn along(&self, axis: usize) -> impl Fn(f64) -> f64 + Copy + use<> {
        let logarithmic = self.logarithmic[axis];
        move |x| if logarithmic { x.log10() } else { x }
    }

    /// The points of a series that have a place.
    fn drawn<'a>(&self, series: &'a Series) -> impl Iterator<Item = &'a (f64, f64)> + use<'a> {
        let (across, up) = (self.along(0), self.along(1));
        series.points.iter().filter(move |(x, y)| across(*x).is_finite() && up(*y).is_finite())
    }
}

fn draw(canvas: &mut Canvas, frame: &Frame<'_>, [left, top]: Place) {
    let Frame { panel, x: (x0, x1), y: (y0, y1), .. } = *frame;
    canvas.text(&panel.title, [left, top + 22.0], Lettering::new(14.0, Anchor::Start).bold());
    let rows = rows(panel, left);
    let (low, high) = (top + TOP + LINE * rows.len() as f64 + HEIGHT, top + TOP + LINE * rows.len() as f64 + 8.0);
    let (across, up) = (panel.along(0), panel.along(1));
    let horizontal = |x: f64| left + (across(x) - x0) / (x1 - x0) * (WIDTH - left - RIGHT);
    let height = |at: f64| low + (at - y0) / (y1 - y0) * (high - low);
    let vertical = |y: f64| height(up(y).clamp(y0, y1));
    let grid = Stroke::solid(PALE, 0.8);
    for (at, label) in &frame.labels {
        let at = *at;
        canvas.line([left, height(at)], [WIDTH - RIGHT, height(at)], grid);
        canvas.text(label, [left - 6.0, height(at) + 4.0], Lettering::new(SIZE, Anchor::End));
    }
    let mut values: Vec<f64> = panel.series.iter().flat_map(|series| panel.drawn(series)).map(|point| point.0).collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    let single = panel.logarithmic[0] || (!panel.series.is_empty() && panel.series.iter().all(|series| series.look == Look::Marks));
    let wanted = if single && values.len() <= LABELLED {
        values.into_iter().map(|value| (across(value), numeral(value))).collect()
    } else {
        labelled(x0, x1, 8.0, panel.logarithmic[0])
    };
    let mut last = f64::NEG_INFINITY;
    for (at, label) in wanted {
        let (x, half) = (left + (at - x0) / (x1 - x0) * (WIDTH - left - RIGHT), 0.5 * text_width(&label, SIZE));
        if x - half < last {
            continue;
        }
        last = x + half + 6.0;
        canvas.line([x, low], [x, high], grid);
        canvas.text(&label, [x, low + 16.0], Lettering::new(SIZE, Anchor::Middle));
    }
    canvas.frame([left, high], [WIDTH - left - RIGHT, low - high], Stroke::solid(BLACK, 1.0));
    canvas.text(&panel.x, [0.5 * (left + WIDTH - RIGHT), low + 36.0], Lettering::new(13.0, Anchor::Middle));
    canvas.text(&panel.y, [18.0, 0.5 * (low + high)], Lettering::new(13.0, Anchor::Middle).upright());
    for (i, series) in panel.series.iter().enumerate() {
        let points: Vec<Place> = panel.drawn(series).map(|&(x, y)| [horizontal(x), vertical(y)]).collect();
        line(canvas, &points, series.look, i, height(if panel.logarithmic[1] { y0 } else { 0f64.clamp(y0, y1) }));
    }
    // Names of lines that are near each other stand one below the other.
    let mut occupied: Vec<(f64, f64)> = Vec::new();
    for (x, name) in &panel.lines {
        canvas.line([horizontal(*x), low], [horizontal(*x), high], Stroke::dashed(GREY, 1.4));
        let width = text_width(name, SIZE);
        let right = horizontal(*x) + 6.0 + width > WIDTH - RIGHT;
        let (offset, anchor) = if right { (-6.0, Anchor::End) } else { (6.0, Anchor::Start) };
        let start = horizontal(*x) + if right { -6.0 - width } else { 6.0 };
        let above = occupied.iter().filter(|(from, to)| *from < start + width + 4.0 && start < *to + 4.0).count();
        occupied.push((start, start + width));
        canvas.text(name, [horizontal(*x) + offset, high + 16.0 + 15.0 * above as f64], Lettering::new(SIZE, anchor).over_lines());
    }
    for (r, row) in rows.iter().enumerate() {
        for &(i, at) in row {
            let (x, y) = (left + at, top + TOP + LINE * r as f64 + 6.0);
            let sample = [[x, y - 4.0], [x + 15.0, y - 4.0], [x + 30.0, y - 4.0]];
            let alone = matches!(panel.series[i].look, Look::Marks | Look::Stems);
            line(canvas, if alone { &sample[1..2] } else { &sample }, panel.series[i].look, i, y + 2.0);
            canvas.text(&panel.series[i].name, [x + 40.0, y], Lettering::new(SIZE, Anchor::Start));
        }
    }
}

fn line(canvas: &mut Canvas, points: &[Place], look: Look, index: usize, base: f64) {
    let colour = COLOURS[index % COLOURS.len()];
    match look {
        Look::Line => canvas.polyline(points, Stroke::solid(colour, 2.0)),
        Look::Dashed => canvas.polyline(points, Stroke::dashed(colour, 2.0)),
        Look::Marked | Look::Marks => {
            if look == Look::Marked {
                canvas.polyline(points, Stroke::solid(colour, 1.6));
            }
            points.iter().for_each(|&point| canvas.marker("point", SHAPES[index % SHAPES.len()], point, 3.6, colour));
        }
        Look::Stems => {
            points.iter().for_each(|&[x, y]| canvas.line([x, base], [x, y], Stroke::solid(colour, 1.4)));
            points.iter().for_each(|&point| canvas.marker("point", SHAPES[index % SHAPES.len()], point, 3.0, colour));
        }
        Look::Bars => {
            let mut steps: Vec<Place> = points.first().map(|p| [p[0], base]).into_iter().collect();
            for pair in points.windows(2) {
                steps.extend([pair[0], [pair[1][0], pair[0][1]]]);
            }
            steps.extend(points.last().map(|p| [p[0], base]));
            canvas.area(&steps, colour, 0.25);
            canvas.polyline(&steps, Stroke::solid(colour, 0.8));
        }
    }
}

/// The least and the largest value, apart even if they are equal or there is none.
pub(super) fn extent(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
    if low > high {
        return (0.0, 1.0);
    }
    let margin = if high - low > 1e-9 * high.abs().max(low.abs()) { 0.0 } else { 0.5 * high.abs().max(1.0) };
    (low - margin, high + margin)
}

/// Round numbers between two values, about so many.
pub(super) fn ticks(low: f64, high: f64, count: f64) -> Vec<f64> {
    ticks_by(round_step((high - low) / count), low, high).collect()
}

/// The multiples of `step` between two values.
fn ticks_by(step: f64, low: f64, high: f64) -> impl Iterator<Item = f64> {
    let first = (low / step - 1e-9).ceil();
    (0..50).map(move |i| (first + f64::from(i)) * step).take_while(move |tick| *tick <= high + 1e-9 * step)
}

/// Where an axis has labels: round numbers; on a logarithmic axis, whose ends are logarithms, powers of ten, or if there are fewer than two these with their double and fivefold, or if there are fewer than three of them round numbers.
fn labelled(low: f64, high: f64, count: f64, logarithmic: bool) -> Vec<(f64, String)> {
    if !logarithmic {
        // The smaller numbers are, the more digits.
        let scale = 10f64.powf((2.0 - round_step((high - low) / count).log10().floor()).max(3.0));
        return ticks(low, high, count).into_iter().map(|tick| (tick, signed((tick * scale).round() / scale))).collect();
    }
    let step = ((high - low) / count).ceil().max(1.0);
    let powers: Vec<f64> = ticks_by(step, low, high).collect();
    if powers.len() >= 2 {
        return powers.into_iter().map(|power| (power, power_of_ten(power))).collect();
    }
    let from = low.floor();
    let digits = (0..=2).flat_map(|k| [1.0f64, 2.0, 5.0].map(|digit| (from + f64::from(k) + digit.log10(), digit, from + f64::from(k))));
    let inside: Vec<_> = digits.filter(|(at, ..)| (low..=high).contains(at)).collect();
    if inside.len() < 3 {
        return ticks(10f64.powf(low), 10f64.powf(high), count).into_iter().map(|tick| (tick.log10(), label(tick))).collect();
    }
    inside
        .into_iter()
        .map(|(at, digit, power)| {
            (at, if power.abs() < 5.0 { signed(digit * 10f64.powf(power)) } else { format!("{digit}·{}", power_of_ten(power)) })
        })
        .collect()
}

/// A number with a proper minus sign, and no more digits than it takes.
fn signed(value: f64) -> String {
    let rounded: f64 = format!("{value:.12e}").parse().unwrap_or(value);
    if rounded < 0.0 { format!("−{}", -rounded) } else { format!("{}", rounded.abs()) }
}

/// How a single number is written: with four digits, and with a power of ten if that would be long.
pub(super) fn label(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let exponent = (value.abs().log10() + 1e-12).floor();
    if (-3.0..5.0).contains(&exponent) {
        let scale = 10f64.powf((3.0 - exponent).max(0.0));
        return signed((value * scale).round() / scale);
    }
    let digits = (value / 10f64.powf(exponent) * 100.0).round() / 100.0;
    if digits == 1.0 { power_of_ten(exponent) } else { format!("{}·{}", signed(digits), power_of_ten(exponent)) }
}

/// `10⁻³`.
fn power_of_ten(exponent: f64) -> String {
    let raised = |c: char| c.to_digit(10).map_or('⁻', |digit| ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'][digit as usize]);
    format!("10{}", format!("{exponent:.0}").replace("-0", "0").chars().map(raised).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Origin: by hand; the picture is well-formed with what it must name.
    #[test]
    fn charts_name_their_axes() {
        let series = |name: &str, look| Series { name: name.to_owned(), look, points: vec![(1.0, 0.5), (10.0, f64::NAN), (100.0, 2.0)] };
        let panel = Panel {
            title: "Title".to_owned(),
            x: "across".to_owned(),
            y: "up".to_owned(),
            range: None,
            logarithmic: [true, false],
            series: [Look::Line, Look::Dashed, Look::Marked, Look::Bars, Look::Stems].map(|look| series("curve <&>", look)).to_vec(),
            lines: vec![(99.0, "here".to_owned())],
        };
        let svg = chart("All", &[panel.clone(), Panel { logarithmic: [false, true], series: Vec::new(), lines: Vec::new(), ..panel }]);
        let document = roxmltree::Document::parse(&svg).unwrap();
        let texts: Vec<&str> = document.descendants().filter_map(|node| node.text()).map(str::trim).collect();
        for text in ["Title", "across", "up", "here", "curve <&>", "100"] {
            assert!(texts.contains(&text), "{text} in {texts:?}");
        }
        assert!(!svg.contains("NaN") && !svg.contains("inf"));
        assert_eq!(ticks(0.0, 1.0, 6.0), [0.0, 0.2, 0.4, 0.6000000000000001, 0.8, 1.0]);
        assert_eq!(extent([3.0].into_iter()), (1.5, 4.5));
        let labels = |low, high, logarithmic| labelled(low, high, 6.0, logarithmic).into_iter().map(|(_, label)| label).collect::<Vec<_>>();
        assert_eq!(labels(-3.0, 0.1, true), ["10⁻³", "10⁻²", "10⁻¹", "10⁰"]);
        assert_eq!(labels(0.3, 1.1, true), ["2", "5", "10"]);
        assert_eq!(labels(0.3, 0.7, true), ["2", "3", "4", "5"]);
        assert_eq!(labels(-7.9, -7.8, true), ["1.3·10⁻⁸", "1.4·10⁻⁸", "1.5·10⁻⁸"]);
        assert_eq!(labels(-0.1, 0.4, false), ["−0.1", "0", "0.1", "0.2", "0.3", "0.4"]);
        assert_eq!(labels(0.0, 6e-5, false).last().unwrap(), "0.00006");
        assert_eq!([0.0, 0.6 + 1e-16, 0.0015, 1e-4, -2.5e6, 99_999.0, 1e12].map(label), ["0", "0.6", "0.0015", "10⁻⁴", "−2.5·10⁶", "99999", "10¹²"]);
    }

    /// Origin: by hand. The same point is at the same place below its panel's top, and at another one where each panel has its own ends.
    #[test]
    fn panels_alike_have_the_same_axes() {
        let panel = |points| Panel { series: vec![Series { name: "marks".to_owned(), look: Look::Marks, points }], ..Panel::default() };
        let panels = [panel(vec![(1.0, 1.0), (2.0, 2.0)]), panel(vec![(1.0, 1.0), (9.0, 30.0)])];
        // The first mark of a panel is that of its first point, the third one the legend's.
        let read = |svg: &str| {
            let document = roxmltree::Document::parse(svg).unwrap();
            let marks: Vec<String> = document
                .descendants()
                .filter(|node| node.attribute("class") == Some("point"))
                .map(|node| node.attribute("cx").expect("a circle").to_owned())
                .collect();
            assert_eq!(marks.len(), 6);
            let texts = document.descendants().filter(|node| node.has_tag_name("text")).filter_map(|node| node.text());
            let labels = texts.filter(|text| text.trim() == "30").count();
            (marks, labels)
        };
        let (alike, labels) = read(&chart_alike("", &panels));
        assert_eq!((&alike[0], labels), (&alike[3], 2));
        let (own, labels) = read(&chart("", &panels));
        assert_eq!((&own[3..5], labels), (&alike[3..5], 1), "the wider panel keeps its ends");
        assert_ne!(own[1], alike[1]);
    }

    /// Two of four points have a place on a logarithmic axis.
    #[test]
    fn what_cannot_be_drawn_is_left_out() {
        let points = vec![(1.0, 0.0), (2.0, f64::NAN), (3.0, 10.0), (4.0, 100.0)];
        let series = vec![Series { name: "marks".to_owned(), look: Look::Marks, points }];
        let panel = Panel {
            title: "A & B".to_owned(),
            x: "number".to_owned(),
            y: "size".to_owned(),
            range: None,
            logarithmic: [false, true],
            series,
            lines: Vec::new(),
        };
        let svg = chart("All", &[panel]);
        let document = roxmltree::Document::parse(&svg).unwrap();
        // With the legend's one.
        assert_eq!(document.descendants().filter(|node| node.attribute("class") == Some("point")).count(), 3);
    }
}
