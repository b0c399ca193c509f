//! Points with their squared norms, in double precision: one after the other in memory, so that they are the columns of a matrix.

use super::error::KernelError;
use super::function::Kernel;

/// What a norm may exceed 1 by: the rounding of coordinates that were divided by the largest norm.
pub const BALL_TOLERANCE: f64 = 1e-12;

/// A list of points of one dimension.
#[derive(Debug, Clone, PartialEq)]
pub struct Points {
    dimension: usize,
    coordinates: Vec<f64>,
    squares: Vec<f64>,
}

impl Points {
    /// Points from their coordinates, one point after the other; the dimension may be 0.
    ///
    /// # Errors
    /// [`KernelError`] if there is no point, a coordinate too many, or one that is not finite (or so large that its square is not).
    pub fn new(dimension: usize, count: usize, coordinates: Vec<f64>) -> Result<Self, KernelError> {
        if count == 0 {
            return Err(KernelError::Empty);
        }
        if coordinates.len() != dimension * count {
            return Err(KernelError::Length { found: coordinates.len(), expected: dimension * count });
        }
        let points = Self::with_squares(dimension, count, coordinates);
        if let Some(point) = points.squares.iter().position(|square| !square.is_finite()) {
            let place = points.point(point).iter().position(|x| !x.is_finite()).unwrap_or(0);
            return Err(KernelError::NotFinite { point: point + 1, what: format!("coordinate {} or its square", place + 1) });
        }
        Ok(points)
    }

    fn with_squares(dimension: usize, count: usize, coordinates: Vec<f64>) -> Self {
        let squares = (0..count).map(|i| coordinates[i * dimension..(i + 1) * dimension].iter().map(|x| x * x).sum()).collect();
        Points { dimension, coordinates, squares }
    }

    /// The number of points.
    #[must_use]
    pub fn len(&self) -> usize {
        self.squares.len()
    }

    /// Whether there is no point; never so for points from [`Points::new`].
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.squares.is_empty()
    }

    /// The dimension.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// All coordinates, one point after the other.
    #[must_use]
    pub fn coordinates(&self) -> &[f64] {
        &self.coordinates
    }

    /// The coordinates of a point.
    #[must_use]
    pub fn point(&self, index: usize) -> &[f64] {
        &self.coordinates[index * self.dimension..(index + 1) * self.dimension]
    }

    /// The squared norms.
    #[must_use]
    pub fn squares(&self) -> &[f64] {
        &self.squares
    }

    /// The points with the given indices, in their order.
    #[must_use]
    pub fn subset(&self, indices: &[usize]) -> Self {
        let coordinates = indices.iter().flat_map(|&i| self.point(i)).copied().collect();
        Points { dimension: self.dimension, coordinates, squares: indices.iter().map(|&i| self.squares[i]).collect() }
    }

    /// Confirms that the kernel may be used on these points.
    ///
    /// # Errors
    /// [`KernelError::OutsideBall`] names the point that is farthest out.
    pub fn check_for(&self, kernel: Kernel) -> Result<(), KernelError> {
        let farthest = self.squares.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1));
        match farthest {
            Some((point, square)) if kernel.wants_unit_ball() && square.sqrt() > 1.0 + BALL_TOLERANCE => {
                Err(KernelError::OutsideBall { point: point + 1, norm: square.sqrt(), kernel: kernel.to_string() })
            }
            _ => Ok(()),
        }
    }

    /// Moves points outside the unit ball to its surface, along the ray from the origin; returns how many.
    pub fn pull_into_ball(&mut self) -> usize {
        let mut moved = 0;
        for (i, square) in self.squares.iter_mut().enumerate() {
            let norm = square.sqrt();
            if norm > 1.0 + BALL_TOLERANCE {
                let point = &mut self.coordinates[i * self.dimension..(i + 1) * self.dimension];
                point.iter_mut().for_each(|x| *x /= norm);
                *square = point.iter().map(|x| *x * *x).sum();
                moved += 1;
            }
        }
        moved
    }
}
