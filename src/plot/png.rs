//! SVG to PNG. The fonts are part of the program, so that the picture is the same on every machine.

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::fontdb::Database;
use resvg::usvg::{Options, Tree};
use std::sync::Arc;

const REGULAR: &[u8] = include_bytes!("../../assets/DejaVuSans.ttf");
const BOLD: &[u8] = include_bytes!("../../assets/DejaVuSans-Bold.ttf");

/// Pixels for each unit of the SVG.
const SCALE: f32 = 2.0;

/// Draws a picture of this module as PNG.
///
/// # Panics
/// If `svg` is no picture of this module.
#[must_use]
pub fn to_png(svg: &str) -> Vec<u8> {
    let mut fonts = Database::new();
    fonts.load_font_data(REGULAR.to_vec());
    fonts.load_font_data(BOLD.to_vec());
    let options = Options { fontdb: Arc::new(fonts), ..Options::default() };
    let tree = Tree::from_str(svg, &options).expect("an SVG of our own");
    let size = tree.size().to_int_size().scale_by(SCALE).expect("a picture is not empty");
    let mut pixels = Pixmap::new(size.width(), size.height()).expect("a picture is not empty");
    resvg::render(&tree, Transform::from_scale(SCALE, SCALE), &mut pixels.as_mut());
    pixels.encode_png().expect("writing to memory")
}
