//! Charts of numbers: lines and marks over linear or logarithmic axes, with a legend.

use super::axis::round_step;
use super::canvas::{Anchor, BLACK, BLUE, Canvas, GREEN, GREY, Lettering, ORANGE, PALE, PURPLE, Place, SKY, Shape, Stroke, VERMILLION, text_width};

const SIZE: [f64; 2] = [760.0, 480.0];
/// The corners of the plane of the chart: left, top, right, bottom.
const PLANE: [f64; 4] = [84.0, 52.0, 740.0, 424.0];
const TEXT: f64 = 13.0;
const LINE_HEIGHT: f64 = 19.0;
/// So many labelled ticks of an axis at most.
const TICKS: f64 = 8.0;

/// An axis.
#[derive(Debug, Clone, PartialEq)]
pub struct ChartAxis {
    /// What it measures.
    pub name: String,
    /// Whether distances are ratios.
    pub logarithmic: bool,
}

/// How a series is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// A line.
    Line,
    /// A dashed line.
    Dashed,
    /// A mark a point, of a shape of the series' own.
    Marks,
}

/// Points that belong together.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// What the legend says.
    pub name: String,
    /// Places; on a logarithmic axis those that are not positive are left out.
    pub points: Vec<[f64; 2]>,
    /// How they are drawn.
    pub style: Style,
}

/// A chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// The title.
    pub title: String,
    /// The horizontal axis.
    pub x: ChartAxis,
    /// The vertical axis.
    pub y: ChartAxis,
    /// What is drawn; up to six are told apart by colour, and marks by shape, too.
    pub series: Vec<Series>,
}

/// A range of an axis and its ticks.
struct Scale {
    logarithmic: bool,
    low: f64,
    high: f64,
}

impl Scale {
    fn new(axis: &ChartAxis, values: impl Iterator<Item = f64>) -> Self {
        let values: Vec<f64> = values.map(|value| if axis.logarithmic { value.log10() } else { value }).collect();
        let (low, high) = values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &value| (low.min(value), high.max(value)));
        let (low, high) = if low > high { (0.0, 1.0) } else { (low, high) };
        // A little room, and never an empty range.
        let room =
            if axis.logarithmic { (0.04 * (high - low)).max(0.1) } else { (0.04 * (high - low)).max(1e-9 * high.abs()).max(f64::MIN_POSITIVE) };
        let from = if !axis.logarithmic && low >= 0.0 && low <= 0.5 * high { 0.0 } else { low - room };
        Scale { logarithmic: axis.logarithmic, low: from, high: high + room }
    }

    fn share(&self, value: f64) -> f64 {
        let value = if self.logarithmic { value.log10() } else { value };
        (value - self.low) / (self.high - self.low)
    }

    /// Places from 0 to 1 with their labels.
    fn ticks(&self) -> Vec<(f64, String)> {
        let span = self.high - self.low;
        let least = if self.logarithmic { (span / TICKS).max(1.0) } else { span / TICKS };
        let step = if self.logarithmic { least.ceil() } else { round_step(least) };
        let first = (self.low / step).ceil() * step;
        let places: Vec<f64> = (0..).map(|k| first + f64::from(k) * step).take_while(|tick| *tick <= self.high).collect();
        if self.logarithmic && places.len() < 2 {
            // Less than two powers of ten: 1, 2 and 5 times each.
            let digits = (-320..=310).flat_map(|power| [1.0, 2.0, 5.0].map(|digit: f64| (digit.log10() + f64::from(power), digit, power)));
            let inside = digits.filter(|(place, ..)| (self.low..=self.high).contains(place));
            return inside.map(|(place, digit, power)| ((place - self.low) / span, plain(digit * 10f64.powi(power)))).collect();
        }
        places
            .into_iter()
            .map(|tick| ((tick - self.low) / span, if self.logarithmic { power_of_ten(tick) } else { plain((tick / step).round() * step) }))
            .collect()
    }
}

/// A number of a linear axis.
fn plain(value: f64) -> String {
    let text = if value != 0.0 && !(1e-4..1e6).contains(&value.abs()) { format!("{value:e}") } else { format!("{}", (value * 1e9).round() / 1e9) };
    text.replace('-', "−")
}

/// `10⁻³`.
fn power_of_ten(exponent: f64) -> String {
    let digits = format!("{exponent:.0}");
    let raised = digits.chars().map(|c| match c {
        '-' => '⁻',
        '0' => '⁰',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        other => char::from_u32('⁴' as u32 + (other as u32 - '4' as u32)).unwrap_or(other),
    });
    format!("10{}", raised.collect::<String>())
}

impl Chart {
    /// The chart as SVG.
    #[must_use]
    pub fn to_svg(&self) -> String {
        let visible = |point: &&[f64; 2]| {
            point.iter().all(|x| x.is_finite()) && (!self.x.logarithmic || point[0] > 0.0) && (!self.y.logarithmic || point[1] > 0.0)
        };
        let series: Vec<(&Series, Vec<[f64; 2]>)> =
            self.series.iter().map(|series| (series, series.points.iter().filter(visible).copied().collect())).collect();
        let all = || series.iter().flat_map(|(_, points)| points);
        let (x, y) = (Scale::new(&self.x, all().map(|p| p[0])), Scale::new(&self.y, all().map(|p| p[1])));
        let [left, top, right, bottom] = PLANE;
        let place = |[a, b]: [f64; 2]| [left + x.share(a) * (right - left), bottom - y.share(b) * (bottom - top)];
        let mut canvas = Canvas::new(&self.title, SIZE);
        let lettering = Lettering::new(TEXT, Anchor::Middle);
        for (share, label) in x.ticks() {
            let at = left + share * (right - left);
            canvas.line([at, top], [at, bottom], Stroke::solid(PALE, 0.8));
            canvas.text(&label, [at, bottom + 18.0], lettering);
        }
        for (share, label) in y.ticks() {
            let at = bottom - share * (bottom - top);
            canvas.line([left, at], [right, at], Stroke::solid(PALE, 0.8));
            canvas.text(&label, [left - 8.0, at + 4.5], Lettering::new(TEXT, Anchor::End));
        }
        canvas.frame([left, top], [right - left, bottom - top], Stroke::solid(GREY, 1.0));
        for (k, (series, points)) in series.iter().enumerate() {
            let places: Vec<Place> = points.iter().map(|point| place(*point)).collect();
            draw(&mut canvas, series.style, k, &places);
        }
        canvas.text(&self.title, [f64::midpoint(left, right), 28.0], Lettering::new(15.0, Anchor::Middle).bold());
        canvas.text(&self.x.name, [f64::midpoint(left, right), bottom + 42.0], lettering);
        canvas.text(&self.y.name, [24.0, f64::midpoint(top, bottom)], lettering.upright());
        self.legend(&mut canvas, &series.iter().flat_map(|(_, points)| points.iter().map(|point| place(*point))).collect::<Vec<_>>());
        canvas.into_svg()
    }

    /// The legend in the corner in which it covers least.
    fn legend(&self, canvas: &mut Canvas, drawn: &[Place]) {
        let [left, top, right, bottom] = PLANE;
        let width = self.series.iter().map(|series| text_width(&series.name, TEXT)).fold(0.0, f64::max) + 48.0;
        let height = LINE_HEIGHT * self.series.len() as f64 + 10.0;
        let corners = [
            [right - width - 10.0, top + 10.0],
            [right - width - 10.0, bottom - height - 10.0],
            [left + 10.0, bottom - height - 10.0],
            [left + 10.0, top + 10.0],
        ];
        let covered = |[a, b]: Place| drawn.iter().filter(|[x, y]| (a..a + width).contains(x) && (b..b + height).contains(y)).count();
        let corner = corners.into_iter().min_by_key(|&corner| covered(corner)).unwrap_or(corners[0]);
        let box_ = [corner, [corner[0] + width, corner[1]], [corner[0] + width, corner[1] + height], [corner[0], corner[1] + height]];
        canvas.area(&box_, super::canvas::WHITE, 0.9);
        canvas.frame(corner, [width, height], Stroke::solid(GREY, 0.8));
        for (k, series) in self.series.iter().enumerate() {
            let y = corner[1] + 5.0 + LINE_HEIGHT * (k as f64 + 0.5);
            let sample = [[corner[0] + 8.0, y], [corner[0] + 34.0, y]];
            let places = if series.style == Style::Marks { vec![[corner[0] + 21.0, y]] } else { sample.to_vec() };
            draw(canvas, series.style, k, &places);
            canvas.text(&series.name, [corner[0] + 41.0, y + 4.5], Lettering::new(TEXT, Anchor::Start).coloured(BLACK));
        }
    }
}

fn draw(canvas: &mut Canvas, style: Style, k: usize, places: &[Place]) {
    let colour = [BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY][k % 6];
    let shape = [Shape::Circle, Shape::Triangle, Shape::Square, Shape::Diamond][k % 4];
    match style {
        Style::Line => canvas.polyline(places, Stroke::solid(colour, 2.0)),
        Style::Dashed => canvas.polyline(places, Stroke::dashed(colour, 1.8)),
        Style::Marks => places.iter().for_each(|&place| canvas.marker("point", shape, place, 4.5, colour)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(name: &str, logarithmic: bool) -> ChartAxis {
        ChartAxis { name: name.to_owned(), logarithmic }
    }

    /// Origin: by hand.
    #[test]
    fn ticks_are_round() {
        let labels = |logarithmic, values: &[f64]| {
            Scale::new(&axis("", logarithmic), values.iter().copied()).ticks().into_iter().map(|(_, label)| label).collect::<Vec<_>>()
        };
        assert_eq!(labels(true, &[1e-3, 1.0]), ["10⁻³", "10⁻²", "10⁻¹", "10⁰"]);
        assert_eq!(labels(true, &[2.0, 5.0]), ["2", "5"]);
        assert_eq!(labels(false, &[0.0, 4.0]), ["0", "1", "2", "3", "4"]);
        assert!(!labels(false, &[3.0]).is_empty() && !labels(true, &[]).is_empty());
    }

    #[test]
    fn what_cannot_be_drawn_is_left_out() {
        let points = vec![[1.0, 0.0], [2.0, f64::NAN], [3.0, 10.0], [4.0, 100.0]];
        let series = Series { name: "marks".to_owned(), points, style: Style::Marks };
        let chart = Chart { title: "A & B".to_owned(), x: axis("number", false), y: axis("size", true), series: vec![series] };
        let svg = chart.to_svg();
        let document = roxmltree::Document::parse(&svg).unwrap();
        // Two points and the legend's.
        assert_eq!(document.descendants().filter(|node| node.attribute("class") == Some("point")).count(), 3);
        assert!(svg.contains("number") && svg.contains("size") && !svg.contains("NaN"));
    }
}
