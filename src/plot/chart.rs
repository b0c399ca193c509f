//! Charts: curves, bars and points over named axes, one panel above the other.
//!
//! A series has a colour and a pattern of its own, so that no meaning hangs on colour alone.

use super::axis::round_step;
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
    /// Bars of a histogram: each point is the left edge and the height; the last one closes it.
    Bars,
    /// A marker at each point.
    Points,
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
    /// The vertical range; if there is none, that of the points, with 0 unless it is logarithmic.
    pub range: Option<(f64, f64)>,
    /// Whether the horizontal axis is logarithmic; then its values are positive.
    pub logarithmic: bool,
    /// Whether the vertical axis is logarithmic; values that are not positive are left out.
    pub logarithmic_y: bool,
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
/// A logarithmic axis of at most so many different values has a tick at each.
const MOST_VALUES: usize = 12;
const COLOURS: [&str; 6] = [BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY];
const SHAPES: [Shape; 4] = [Shape::Circle, Shape::Square, Shape::Triangle, Shape::Diamond];

/// The panels as an SVG.
#[must_use]
pub fn chart(title: &str, panels: &[Panel]) -> String {
    let views: Vec<View> = panels.iter().map(View::new).collect();
    let left = views.iter().map(|view| view.widest + BESIDE).fold(LEFT, f64::max);
    let heights: Vec<f64> = panels.iter().map(|panel| TOP + LINE * rows(panel, left).len() as f64 + HEIGHT + BELOW).collect();
    let mut canvas = Canvas::new(title, [WIDTH, heights.iter().sum::<f64>() + 10.0]);
    let mut top = 0.0;
    for (view, height) in views.iter().zip(heights) {
        draw(&mut canvas, view, [left, top]);
        top += height;
    }
    canvas.into_svg()
}

/// The legend's entries by rows, with their places from the left.
fn rows(panel: &Panel, left: f64) -> Vec<Vec<(usize, f64)>> {
    let mut rows: Vec<Vec<(usize, f64)>> = Vec::new();
    let mut at = f64::INFINITY;
    for (i, series) in panel.series.iter().enumerate() {
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

/// What an axis shows of a value: the value, or its logarithm.
fn place(value: f64, logarithmic: bool) -> f64 {
    if logarithmic { value.ln() } else { value }
}

/// A panel with its ranges, in what its axes show.
struct View<'a> {
    panel: &'a Panel,
    x: (f64, f64),
    y: (f64, f64),
    y_ticks: Vec<f64>,
    /// The width of the longest label of the vertical axis.
    widest: f64,
}

impl<'a> View<'a> {
    fn new(panel: &'a Panel) -> Self {
        let finite = || panel.series.iter().flat_map(|series| &series.points).filter(|point| is_drawn(panel, point));
        let (mut x0, mut x1) =
            extent(finite().map(|point| place(point.0, panel.logarithmic)).chain(panel.lines.iter().map(|line| place(line.0, panel.logarithmic))));
        if panel.logarithmic || panel.series.iter().any(|series| matches!(series.look, Look::Marked | Look::Points | Look::Stems)) {
            (x0, x1) = (x0 - 0.03 * (x1 - x0), x1 + 0.03 * (x1 - x0));
        }
        let y = match panel.range {
            Some((low, high)) => (place(low, panel.logarithmic_y), place(high, panel.logarithmic_y)),
            None if panel.logarithmic_y => {
                let (y0, y1) = extent(finite().map(|point| point.1.ln()));
                // A tenth of a decade at least.
                let margin = (0.05 * (y1 - y0)).max(0.23);
                (y0 - margin, y1 + margin)
            }
            None => {
                let (y0, y1) = extent(finite().map(|point| point.1).chain([0.0]));
                // Room for the names of lines, and below for markers.
                (if y0 < 0.0 { y0 - 0.05 * (y1 - y0) } else { y0 }, y1 + 0.12 * (y1 - y0))
            }
        };
        let y_ticks = if panel.logarithmic_y { log_ticks(y.0, y.1) } else { ticks(y.0, y.1, 6.0) };
        let widest = y_ticks.iter().map(|&tick| text_width(&label(tick), SIZE)).fold(0.0, f64::max);
        View { panel, x: (x0, x1), y, y_ticks, widest }
    }
}

fn is_drawn(panel: &Panel, (x, y): &(f64, f64)) -> bool {
    place(*x, panel.logarithmic).is_finite() && place(*y, panel.logarithmic_y).is_finite()
}

fn draw(canvas: &mut Canvas, view: &View<'_>, [left, top]: Place) {
    let View { panel, x: (x0, x1), y: (y0, y1), .. } = *view;
    canvas.text(&panel.title, [left, top + 22.0], Lettering::new(14.0, Anchor::Start).bold());
    let rows = rows(panel, left);
    let (low, high) = (top + TOP + LINE * rows.len() as f64 + HEIGHT, top + TOP + LINE * rows.len() as f64 + 8.0);
    let horizontal = |x: f64| left + (place(x, panel.logarithmic) - x0) / (x1 - x0) * (WIDTH - left - RIGHT);
    let vertical = |y: f64| low + (place(y, panel.logarithmic_y).clamp(y0, y1) - y0) / (y1 - y0) * (high - low);
    let grid = Stroke::solid(PALE, 0.8);
    for &tick in &view.y_ticks {
        canvas.line([left, vertical(tick)], [WIDTH - RIGHT, vertical(tick)], grid);
        canvas.text(&label(tick), [left - 6.0, vertical(tick) + 4.0], Lettering::new(SIZE, Anchor::End));
    }
    let wanted = if panel.logarithmic {
        let mut values: Vec<f64> =
            panel.series.iter().flat_map(|series| &series.points).filter(|point| is_drawn(panel, point)).map(|point| point.0).collect();
        values.sort_by(f64::total_cmp);
        values.dedup();
        // Many values are no sweep that should be read off.
        if values.len() > MOST_VALUES { log_ticks(x0, x1) } else { values }
    } else {
        ticks(x0, x1, 8.0)
    };
    let mut last = f64::NEG_INFINITY;
    for tick in wanted {
        let (x, half) = (horizontal(tick), 0.5 * text_width(&label(tick), SIZE));
        if x - half < last {
            continue;
        }
        last = x + half + 6.0;
        canvas.line([x, low], [x, high], grid);
        canvas.text(&label(tick), [x, low + 16.0], Lettering::new(SIZE, Anchor::Middle));
    }
    canvas.frame([left, high], [WIDTH - left - RIGHT, low - high], Stroke::solid(BLACK, 1.0));
    canvas.text(&panel.x, [0.5 * (left + WIDTH - RIGHT), low + 36.0], Lettering::new(13.0, Anchor::Middle));
    canvas.text(&panel.y, [18.0, 0.5 * (low + high)], Lettering::new(13.0, Anchor::Middle).upright());
    let base = if panel.logarithmic_y { low } else { vertical(0.0) };
    for (i, series) in panel.series.iter().enumerate() {
        let points: Vec<Place> = series.points.iter().filter(|point| is_drawn(panel, point)).map(|&(x, y)| [horizontal(x), vertical(y)]).collect();
        line(canvas, &points, series.look, i, base);
    }
    // Names of lines that are near each other stand one below the other.
    let mut occupied: Vec<(f64, f64)> = Vec::new();
    for (x, name) in &panel.lines {
        canvas.line([horizontal(*x), low], [horizontal(*x), high], Stroke::dashed(GREY, 1.4));
        let right = horizontal(*x) + 6.0 + text_width(name, SIZE) > WIDTH - RIGHT;
        let (offset, anchor) = if right { (-6.0, Anchor::End) } else { (6.0, Anchor::Start) };
        let start = if right { horizontal(*x) - 6.0 - text_width(name, SIZE) } else { horizontal(*x) + 6.0 };
        let end = start + text_width(name, SIZE);
        let row = occupied.iter().filter(|(a, b)| *a < end + 4.0 && start < *b + 4.0).count();
        occupied.push((start, end));
        canvas.text(name, [horizontal(*x) + offset, high + 16.0 + 15.0 * row as f64], Lettering::new(SIZE, anchor));
    }
    for (r, row) in rows.iter().enumerate() {
        for &(i, at) in row {
            let (x, y) = (left + at, top + TOP + LINE * r as f64 + 6.0);
            let sample = [[x, y - 4.0], [x + 15.0, y - 4.0], [x + 30.0, y - 4.0]];
            let sample = if matches!(panel.series[i].look, Look::Points | Look::Stems) { &sample[1..2] } else { &sample[..] };
            line(canvas, sample, panel.series[i].look, i, y + 2.0);
            canvas.text(&panel.series[i].name, [x + 40.0, y], Lettering::new(SIZE, Anchor::Start));
        }
    }
}

fn line(canvas: &mut Canvas, points: &[Place], look: Look, index: usize, base: f64) {
    let colour = COLOURS[index % COLOURS.len()];
    match look {
        Look::Line => canvas.polyline(points, Stroke::solid(colour, 2.0)),
        Look::Dashed => canvas.polyline(points, Stroke::dashed(colour, 2.0)),
        Look::Marked => {
            canvas.polyline(points, Stroke::solid(colour, 1.6));
            points.iter().for_each(|&point| canvas.marker("point", SHAPES[index % SHAPES.len()], point, 3.6, colour));
        }
        Look::Points => points.iter().for_each(|&point| canvas.marker("point", SHAPES[index % SHAPES.len()], point, 3.6, colour)),
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

/// Powers of ten between two logarithms, with 2 and 5 times them if there are few.
fn log_ticks(low: f64, high: f64) -> Vec<f64> {
    let decades = (high - low) / std::f64::consts::LN_10;
    let digits: &[f64] = if decades < 2.5 { &[1.0, 2.0, 5.0] } else { &[1.0] };
    let every = (decades / 8.0).ceil().max(1.0);
    let inside = |tick: &f64| (low - 1e-9..=high + 1e-9).contains(&tick.ln());
    let first = (low / std::f64::consts::LN_10 / every).floor();
    (0..60).flat_map(|i| digits.iter().map(move |digit| digit * 10f64.powf((first + f64::from(i)) * every))).filter(inside).collect()
}

/// How a tick is written: as a decimal, or with a power of ten if that would be long.
pub(super) fn label(value: f64) -> String {
    const DIGITS: f64 = 3.0;
    if value == 0.0 {
        return "0".to_owned();
    }
    let sign = if value < 0.0 { "−" } else { "" };
    let mut exponent = (value.abs().log10() + 1e-12).floor();
    if (-3.0..5.0).contains(&exponent) {
        let scale = 10f64.powf((DIGITS - exponent).max(0.0));
        return format!("{sign}{}", (value.abs() * scale).round() / scale);
    }
    let mut digits = (value.abs() / 10f64.powf(exponent) * 100.0).round() / 100.0;
    if digits >= 10.0 {
        (digits, exponent) = (digits / 10.0, exponent + 1.0);
    }
    let raised: String = exponent.to_string().chars().map(superscript).collect();
    if digits == 1.0 { format!("{sign}10{raised}") } else { format!("{sign}{digits}·10{raised}") }
}

fn superscript(digit: char) -> char {
    match digit {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '0'..='9' => char::from_u32(0x2070 + digit as u32 - '0' as u32).unwrap_or(digit),
        other => other,
    }
}

/// Round numbers between two values, about so many.
pub(super) fn ticks(low: f64, high: f64, count: f64) -> Vec<f64> {
    let step = round_step((high - low) / count);
    let first = (low / step - 1e-9).ceil();
    (0..50).map(|i| (first + f64::from(i)) * step).take_while(|tick| *tick <= high + 1e-9 * step).collect()
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
            logarithmic: true,
            logarithmic_y: false,
            series: [Look::Line, Look::Dashed, Look::Marked, Look::Bars, Look::Points, Look::Stems].map(|look| series("curve <&>", look)).to_vec(),
            lines: vec![(99.0, "here".to_owned())],
        };
        let empty = Panel { logarithmic: false, series: Vec::new(), lines: Vec::new(), ..panel.clone() };
        let svg = chart("All", &[panel.clone(), Panel { logarithmic_y: true, ..panel }, empty]);
        let document = roxmltree::Document::parse(&svg).unwrap();
        let texts: Vec<&str> = document.descendants().filter_map(|node| node.text()).map(str::trim).collect();
        for text in ["Title", "across", "up", "here", "curve <&>", "100"] {
            assert!(texts.contains(&text), "{text} in {texts:?}");
        }
        assert!(!svg.contains("NaN") && !svg.contains("inf"));
        assert_eq!(ticks(0.0, 1.0, 6.0), [0.0, 0.2, 0.4, 0.6000000000000001, 0.8, 1.0]);
        assert_eq!(extent([3.0].into_iter()), (1.5, 4.5));
    }

    /// Origin: by hand.
    #[test]
    fn ticks_of_logarithmic_axes() {
        assert_eq!(log_ticks(0.9f64.ln(), 11f64.ln()), [1.0, 2.0, 5.0, 10.0]);
        assert_eq!(log_ticks(0.5f64.ln(), 2e3f64.ln()), [1.0, 10.0, 100.0, 1000.0]);
        assert_eq!(
            [0.0, 0.25, 0.6 + 1e-16, 0.0015, 1e-4, -2.5e6, 99_999.0, 1e12].map(label),
            ["0", "0.25", "0.6", "0.0015", "10⁻⁴", "−2.5·10⁶", "99999", "10¹²"]
        );
    }
}
