//! A sheet to draw on: lines, areas, markers and text, in pixels from the top left corner.

use svg::node::element::{Circle, Line, Polygon, Polyline, Rectangle, Text, Title};
use svg::{Document, Node};

pub(super) type Place = [f64; 2];

pub(super) const BLACK: &str = "#000000";
pub(super) const GREY: &str = "#6b6b6b";
pub(super) const PALE: &str = "#d9d9d9";
pub(super) const WHITE: &str = "#ffffff";
pub(super) const ORANGE: &str = "#e69f00";
pub(super) const SKY: &str = "#56b4e9";
pub(super) const GREEN: &str = "#009e73";
pub(super) const BLUE: &str = "#0072b2";
pub(super) const VERMILLION: &str = "#d55e00";
pub(super) const PURPLE: &str = "#cc79a7";

/// Verdana has the widths of DejaVu Sans.
const FONTS: &str = "DejaVu Sans, Verdana, sans-serif";

#[derive(Debug, Clone, Copy)]
pub(super) struct Stroke {
    pub(super) colour: &'static str,
    pub(super) width: f64,
    pub(super) dashed: bool,
}

impl Stroke {
    pub(super) const fn solid(colour: &'static str, width: f64) -> Self {
        Stroke { colour, width, dashed: false }
    }

    pub(super) const fn dashed(colour: &'static str, width: f64) -> Self {
        Stroke { colour, width, dashed: true }
    }

    fn dashes(self) -> &'static str {
        if self.dashed { "5 3" } else { "none" }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    Circle,
    Triangle,
    Square,
    Diamond,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Lettering {
    pub(super) size: f64,
    pub(super) bold: bool,
    pub(super) colour: &'static str,
    pub(super) anchor: Anchor,
    /// Turned to be read from below.
    pub(super) upright: bool,
    /// Over lines and shades: on a white halo.
    pub(super) halo: bool,
}

impl Lettering {
    pub(super) const fn new(size: f64, anchor: Anchor) -> Self {
        Lettering { size, bold: false, colour: BLACK, anchor, upright: false, halo: false }
    }

    pub(super) const fn bold(self) -> Self {
        Lettering { bold: true, ..self }
    }

    pub(super) const fn coloured(self, colour: &'static str) -> Self {
        Lettering { colour, ..self }
    }

    pub(super) const fn upright(self) -> Self {
        Lettering { upright: true, ..self }
    }

    pub(super) const fn over_lines(self) -> Self {
        Lettering { halo: true, ..self }
    }
}

/// About how wide a text is.
pub(super) fn text_width(text: &str, size: f64) -> f64 {
    let widths = text.chars().map(|c| match c {
        ' ' | ',' | '.' | ':' | ';' | 'i' | 'j' | 'l' | '(' | ')' | '·' | 't' | 'f' | 'r' | '/' => 0.37,
        'm' | 'w' | '=' | '−' | '+' | '±' | '∧' | '→' => 0.86,
        c if c.is_ascii_uppercase() => 0.72,
        _ => 0.61,
    });
    size * widths.sum::<f64>()
}

#[derive(Debug)]
pub(super) struct Canvas {
    document: Document,
}

fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn places(places: &[Place]) -> String {
    places.iter().map(|[x, y]| format!("{},{}", number(*x), number(*y))).collect::<Vec<_>>().join(" ")
}

impl Canvas {
    pub(super) fn new(title: &str, [width, height]: [f64; 2]) -> Self {
        let document = Document::new()
            .set("width", number(width))
            .set("height", number(height))
            .set("viewBox", format!("0 0 {} {}", number(width), number(height)))
            .set("font-family", FONTS)
            .set("role", "img")
            .add(Title::new(title))
            .add(Rectangle::new().set("width", "100%").set("height", "100%").set("fill", WHITE));
        Canvas { document }
    }

    fn add(&mut self, node: impl Into<Box<dyn Node>>) {
        self.document.append(node);
    }

    pub(super) fn line(&mut self, [x1, y1]: Place, [x2, y2]: Place, stroke: Stroke) {
        let line = Line::new().set("x1", number(x1)).set("y1", number(y1)).set("x2", number(x2)).set("y2", number(y2));
        self.add(line.set("stroke", stroke.colour).set("stroke-width", number(stroke.width)).set("stroke-dasharray", stroke.dashes()));
    }

    pub(super) fn polyline(&mut self, line: &[Place], stroke: Stroke) {
        let line = Polyline::new().set("points", places(line)).set("fill", "none").set("stroke-linejoin", "round");
        self.add(line.set("stroke", stroke.colour).set("stroke-width", number(stroke.width)).set("stroke-dasharray", stroke.dashes()));
    }

    pub(super) fn area(&mut self, corners: &[Place], colour: &str, opacity: f64) {
        self.add(Polygon::new().set("points", places(corners)).set("fill", colour).set("fill-opacity", number(opacity)));
    }

    /// An area of the class `class`, by which it is found in the file.
    pub(super) fn region(&mut self, class: &str, corners: &[Place], colour: &str, opacity: f64) {
        let area = Polygon::new().set("points", places(corners)).set("class", class);
        self.add(area.set("fill", colour).set("fill-opacity", number(opacity)));
    }

    pub(super) fn dot(&mut self, [x, y]: Place, radius: f64) {
        self.add(Circle::new().set("cx", number(x)).set("cy", number(y)).set("r", number(radius)).set("fill", BLACK));
    }

    pub(super) fn frame(&mut self, [x, y]: Place, [width, height]: Place, stroke: Stroke) {
        let frame = Rectangle::new().set("x", number(x)).set("y", number(y)).set("width", number(width)).set("height", number(height));
        let frame = frame.set("fill", "none").set("stroke", stroke.colour).set("stroke-width", number(stroke.width));
        self.add(frame.set("stroke-dasharray", stroke.dashes()));
    }

    pub(super) fn ring(&mut self, [x, y]: Place, radius: f64, stroke: Stroke) {
        let ring = Circle::new().set("cx", number(x)).set("cy", number(y)).set("r", number(radius)).set("fill", WHITE);
        self.add(ring.set("stroke", stroke.colour).set("stroke-width", number(stroke.width)));
    }

    /// A mark of the class `class`, by which it is found in the file.
    pub(super) fn marker(&mut self, class: &str, shape: Shape, [x, y]: Place, radius: f64, fill: &str) {
        let corners = |offsets: &[Place]| {
            let corners: Vec<Place> = offsets.iter().map(|[dx, dy]| [x + dx * radius, y + dy * radius]).collect();
            Polygon::new().set("points", places(&corners)).set("class", class).set("fill", fill).set("stroke", BLACK).set("stroke-width", "0.9")
        };
        match shape {
            Shape::Circle => {
                let circle = Circle::new().set("cx", number(x)).set("cy", number(y)).set("r", number(radius)).set("class", class);
                self.add(circle.set("fill", fill).set("stroke", BLACK).set("stroke-width", "0.9"));
            }
            Shape::Triangle => self.add(corners(&[[0.0, -1.15], [1.1, 0.85], [-1.1, 0.85]])),
            Shape::Square => self.add(corners(&[[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]])),
            Shape::Diamond => self.add(corners(&[[0.0, -1.3], [1.2, 0.0], [0.0, 1.3], [-1.2, 0.0]])),
        }
    }

    /// A text whose base line begins, ends or has its middle at a place.
    pub(super) fn text(&mut self, text: &str, [x, y]: Place, lettering: Lettering) {
        let anchor = match lettering.anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let mut node = Text::new(text)
            .set("x", number(x))
            .set("y", number(y))
            .set("font-size", number(lettering.size))
            .set("text-anchor", anchor)
            .set("fill", lettering.colour);
        if lettering.bold {
            node = node.set("font-weight", "bold");
        }
        if lettering.upright {
            node = node.set("transform", format!("rotate(-90 {} {})", number(x), number(y)));
        }
        if lettering.halo {
            // An element of its own: not every program knows `paint-order`, and without it the halo would cover the text.
            let halo = node.clone().set("fill", WHITE).set("stroke", WHITE).set("stroke-width", "3.2");
            self.add(halo.set("stroke-linejoin", "round").set("aria-hidden", "true"));
        }
        self.add(node);
    }

    pub(super) fn into_svg(self) -> String {
        format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}\n", self.document)
    }
}
