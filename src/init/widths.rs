//! Widths of a network as they are written: `784,100x50,10` is an input of dimension 784, fifty layers of width 100 and a layer of width 10.

use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// More layers than this are refused.
pub const MAX_LAYERS: usize = 1_000_000;
/// Wider layers than this are refused.
pub const MAX_WIDTH: usize = 1_000_000;

/// The dimension of the input and the widths of one layer or more, none of them 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Widths(Vec<usize>);

/// Why a text or a list is no [`Widths`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum WidthsError {
    /// A part that is no number.
    #[error("{0:?} is neither a width such as 100 nor a width and a number of layers such as 100x50")]
    Malformed(String),
    /// A width of 0.
    #[error("width 0 in part {0}: a layer without units carries no signal; every width must be at least 1")]
    Zero(usize),
    /// A part that stands for no layer.
    #[error("{0:?} stands for no layer: the number after the x must be at least 1")]
    NoLayer(String),
    /// Fewer than two widths.
    #[error("a network needs the dimension of its input and at least one layer, for example 784,100x50,10")]
    TooFew,
    /// A width or a number of layers that nobody means.
    #[error("{0:?} is too large: at most {MAX_LAYERS} layers of width at most {MAX_WIDTH}")]
    TooLarge(String),
}

impl Widths {
    /// Widths from the input's dimension on.
    ///
    /// # Errors
    /// [`WidthsError`] for fewer than two widths, one that is 0, or too many.
    pub fn new(widths: Vec<usize>) -> Result<Self, WidthsError> {
        if widths.len() < 2 {
            return Err(WidthsError::TooFew);
        }
        if let Some(i) = widths.iter().position(|&width| width == 0) {
            return Err(WidthsError::Zero(i + 1));
        }
        if let Some(width) = widths.iter().find(|&&width| width > MAX_WIDTH) {
            return Err(WidthsError::TooLarge(width.to_string()));
        }
        if widths.len() - 1 > MAX_LAYERS {
            return Err(WidthsError::TooLarge(format!("{} layers", widths.len() - 1)));
        }
        Ok(Widths(widths))
    }

    /// The dimension of the input.
    #[must_use]
    pub fn input(&self) -> usize {
        self.0[0]
    }

    /// The widths of the layers, at least one.
    #[must_use]
    pub fn layers(&self) -> &[usize] {
        &self.0[1..]
    }

    /// All widths, that of the input first.
    #[must_use]
    pub fn all(&self) -> &[usize] {
        &self.0
    }

    /// The number of layers.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.0.len() - 1
    }
}

impl FromStr for Widths {
    type Err = WidthsError;

    fn from_str(text: &str) -> Result<Self, WidthsError> {
        let mut widths = Vec::new();
        for (i, part) in text.split(',').enumerate() {
            let part = part.trim();
            let number = |digits: &str| match digits.trim() {
                digits if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) => Err(WidthsError::Malformed(part.to_owned())),
                digits => digits.parse::<usize>().map_err(|_| WidthsError::TooLarge(part.to_owned())),
            };
            let (width, count) = match part.split_once(['x', 'X', '×']) {
                Some((width, count)) => (number(width)?, number(count)?),
                None => (number(part)?, 1),
            };
            if width == 0 {
                return Err(WidthsError::Zero(i + 1));
            }
            if count == 0 {
                return Err(WidthsError::NoLayer(part.to_owned()));
            }
            if count > MAX_LAYERS + 1 - widths.len().min(MAX_LAYERS) {
                return Err(WidthsError::TooLarge(part.to_owned()));
            }
            widths.extend(std::iter::repeat_n(width, count));
        }
        Widths::new(widths)
    }
}

impl fmt::Display for Widths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, run) in self.0.chunk_by(|a, b| a == b).enumerate() {
            let comma = if i > 0 { "," } else { "" };
            match run.len() {
                1 => write!(f, "{comma}{}", run[0])?,
                count => write!(f, "{comma}{}x{count}", run[0])?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Origin: by hand.
    #[test]
    fn widths_as_they_are_written() {
        let parse = |text: &str| text.parse::<Widths>();
        assert_eq!(parse("784,100x3,10").unwrap().all(), [784, 100, 100, 100, 10]);
        assert_eq!(parse(" 2 , 3 X 2 ").unwrap().all(), [2, 3, 3]);
        assert_eq!(parse("784,100x50,10").unwrap().to_string(), "784,100x50,10");
        assert_eq!(parse("1,1").unwrap().to_string(), "1x2");
        assert_eq!(parse("7x2").unwrap().depth(), 1);
        for text in ["", "784", "a,b", "3,-1", "3,1.5", "3,,4", "3,4x", "3,x4", "3,4x5x6", "+3,4", "3 4,5"] {
            assert!(matches!(parse(text), Err(WidthsError::Malformed(_) | WidthsError::TooFew)), "{text}");
        }
        assert_eq!(parse("3,0,4"), Err(WidthsError::Zero(2)));
        assert_eq!(parse("3,4x0"), Err(WidthsError::NoLayer("4x0".to_owned())));
        for text in ["3,99999999999999999999999", "3,2x99999999", "3,1000001", "2x600000,2x600000"] {
            assert!(matches!(parse(text), Err(WidthsError::TooLarge(_))), "{text}");
        }
    }
}
