//! Affine maps of features and labels to where the theory wants them: points in the unit ball, labels in `[0, 1]`.
//!
//! | scaling | `x ↦` |
//! | --- | --- |
//! | `none` | `x` |
//! | `ball` | `x / max_i ‖x_i‖` |
//! | `standardise` | `z / max_i ‖z_i‖`, where `z_j = (x_j − mean_j)/deviation_j` and constant features become 0 |
//!
//! The maps are computed from the training data and stored in the model. New points may fall outside the ball: the learner then moves them to its surface and says how many.

use super::error::KernelError;
use super::points::Points;

/// How features are scaled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FeatureScaling {
    /// Not at all.
    #[default]
    None,
    /// By the largest norm.
    Ball,
    /// To mean 0 and deviation 1 each, then by the largest norm.
    Standardise,
}

/// The map `x ↦ ((x_j − shift_j) · factor_j)_j`; no entries: the identity.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FeatureMap {
    /// What is subtracted from each feature.
    pub shift: Vec<f64>,
    /// What it is then multiplied by.
    pub factor: Vec<f64>,
}

/// The map `y ↦ (y − low)/(high − low)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LabelMap {
    /// What becomes 0.
    pub low: f64,
    /// What becomes 1.
    pub high: f64,
}

impl FeatureMap {
    /// The map that `scaling` asks for on these points.
    #[must_use]
    pub fn fit(points: &Points, scaling: FeatureScaling) -> Self {
        let d = points.dimension();
        let (shift, mut factor) = match scaling {
            FeatureScaling::None => return FeatureMap::default(),
            FeatureScaling::Ball => (vec![0.0; d], vec![1.0; d]),
            FeatureScaling::Standardise => (0..d).map(|j| moments(points, j)).unzip(),
        };
        let map = FeatureMap { shift: shift.clone(), factor: factor.clone() };
        let norm = |point: &[f64]| map.image(point).map(|x| x * x).sum::<f64>().sqrt();
        let largest = (0..points.len()).map(|i| norm(points.point(i))).fold(0.0, f64::max);
        if largest > 0.0 {
            factor.iter_mut().for_each(|factor| *factor /= largest);
        }
        FeatureMap { shift, factor }
    }

    fn image<'a>(&'a self, point: &'a [f64]) -> impl Iterator<Item = f64> + 'a {
        point.iter().zip(&self.shift).zip(&self.factor).map(|((x, shift), factor)| (x - shift) * factor)
    }

    /// Whether nothing is changed.
    #[must_use]
    pub fn is_identity(&self) -> bool {
        self.factor.is_empty()
    }

    /// The images of points.
    ///
    /// # Errors
    /// [`KernelError`] if the dimension is another, or an image is not finite.
    pub fn apply(&self, points: &Points) -> Result<Points, KernelError> {
        if self.is_identity() {
            return Ok(points.clone());
        }
        if self.factor.len() != points.dimension() {
            return Err(KernelError::Length { found: points.dimension(), expected: self.factor.len() });
        }
        let coordinates = (0..points.len()).flat_map(|i| self.image(points.point(i))).collect();
        Points::new(points.dimension(), points.len(), coordinates)
    }
}

/// Mean and inverse deviation of a feature; 0 for one that is constant up to rounding.
fn moments(points: &Points, j: usize) -> (f64, f64) {
    let count = points.len() as f64;
    let values = || (0..points.len()).map(|i| points.point(i)[j]);
    let mean = values().sum::<f64>() / count;
    let deviation = (values().map(|x| (x - mean).powi(2)).sum::<f64>() / count).sqrt();
    let largest = values().map(f64::abs).fold(0.0, f64::max);
    (mean, if deviation > 1e-12 * largest { 1.0 / deviation } else { 0.0 })
}

impl LabelMap {
    /// Nothing is changed.
    pub const IDENTITY: LabelMap = LabelMap { low: 0.0, high: 1.0 };

    /// The least label to 0, the largest to 1; labels that are all equal to 0.
    #[must_use]
    pub fn fit(labels: &[f64]) -> Self {
        let low = labels.iter().copied().fold(f64::INFINITY, f64::min);
        let high = labels.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        LabelMap { low, high: if high > low { high } else { low + 1.0f64.max(low.abs()) } }
    }

    /// The image of a label.
    #[must_use]
    pub fn apply(self, label: f64) -> f64 {
        (label - self.low) / (self.high - self.low)
    }

    /// The label with this image.
    #[must_use]
    pub fn invert(self, image: f64) -> f64 {
        self.low + image * (self.high - self.low)
    }

    /// The images of labels, which must lie in `[0, 1]`.
    ///
    /// # Errors
    /// [`KernelError::LabelRange`] names the first that does not.
    pub fn apply_all(self, labels: &[f64]) -> Result<Vec<f64>, KernelError> {
        let image = |(i, &label): (usize, &f64)| {
            let image = self.apply(label);
            if (0.0..=1.0).contains(&image) { Ok(image) } else { Err(KernelError::LabelRange { point: i + 1, label }) }
        };
        labels.iter().enumerate().map(image).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Origin: by hand; the constant feature becomes 0, the farthest point gets norm 1.
    #[test]
    fn features() {
        let points = Points::new(2, 3, vec![0.0, 7.0, 2.0, 7.0, 4.0, 7.0]).unwrap();
        let map = FeatureMap::fit(&points, FeatureScaling::Standardise);
        let image = map.apply(&points).unwrap();
        for (x, expected) in image.coordinates().iter().zip([-1.0, 0.0, 0.0, 0.0, 1.0, 0.0]) {
            assert!((x - expected).abs() < 1e-15, "{image:?}");
        }
        let ball = FeatureMap::fit(&points, FeatureScaling::Ball).apply(&points).unwrap();
        assert!((ball.squares()[2].sqrt() - 1.0).abs() < 1e-15);
        let origin = Points::new(1, 2, vec![0.0, 0.0]).unwrap();
        assert_eq!(FeatureMap::fit(&origin, FeatureScaling::Ball).apply(&origin).unwrap(), origin);
    }

    #[test]
    fn labels() {
        let map = LabelMap::fit(&[3.0, -1.0, 1.0]);
        assert_eq!(map.apply_all(&[3.0, -1.0, 1.0]).unwrap(), [1.0, 0.0, 0.5]);
        assert_eq!(map.invert(0.5), 1.0);
        assert_eq!(LabelMap::fit(&[5.0, 5.0]).apply(5.0), 0.0);
        assert_eq!(LabelMap::IDENTITY.apply_all(&[0.0, 2.0]), Err(KernelError::LabelRange { point: 2, label: 2.0 }));
    }
}
