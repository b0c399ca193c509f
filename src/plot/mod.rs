//! Pictures and charts as SVG, and with the feature `png` as PNG.
//!
//! Coordinates are computed exactly and rounded to floats only to be drawn. The colours are those of M. Okabe and K. Ito (*Color Universal Design*, 2008), which people with any colour vision can tell apart, and
//! no meaning hangs on a colour alone: labels have shapes as well, choices that are not made are dashed.

mod axis;
mod canvas;
mod chart;
mod instance;
#[cfg(feature = "png")]
mod png;
mod reduction;

pub use chart::{Look, Panel, Series, chart, chart_alike};
pub use instance::{InstancePlotError, instance};
#[cfg(feature = "png")]
pub use png::to_png;
pub use reduction::{Chosen, LEGIBLE_GADGETS, MAX_GADGETS, PlotError, planar};
