//! A learned function: `h(x) = clip_{[0,1]} Σ_j ω c_j κ(z_j, s(x))`, with landmarks `z_j` and the map `s` of features; the label is `h(x)` mapped back.
//!
//! New points whose image lies outside the unit ball are moved to its surface if the model scales features, and refused otherwise: then the user said that points lie in the ball.

use super::error::KernelError;
use super::fit::{Fitted, Form, Sampler};
use super::function::Kernel;
use super::nystrom::values;
use super::points::Points;
use super::rounding::Codes;
use super::scaling::{FeatureMap, LabelMap};

/// Bits of a number in double precision.
const NUMBER: usize = 64;

/// A learned function with what belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// The kernel.
    pub kernel: Kernel,
    /// What is done to features first.
    pub features: FeatureMap,
    /// What was done to labels.
    pub labels: LabelMap,
    /// The landmarks' places among the training points, from 0.
    pub indices: Vec<usize>,
    /// The landmarks, after the map of features.
    pub landmarks: Points,
    /// Their coefficients.
    pub codes: Codes,
    /// The largest change of a value by rounding, `τ`.
    pub tolerance: f64,
    /// The number of training points.
    pub points: usize,
    /// How it was fitted, for the record.
    pub record: Record,
    /// The features' names, if they have any.
    pub feature_names: Vec<String>,
    /// The target's name, if it has one.
    pub target_name: Option<String>,
    /// The label that was learned against all others, if one was.
    pub positive: Option<String>,
}

/// How a model was fitted.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// How landmarks were chosen: [`Sampler::name`].
    pub sampler: String,
    /// What was minimised: [`Form::name`].
    pub form: String,
    /// `λ` or `B`.
    pub parameter: f64,
    /// The squared norm before rounding.
    pub squared_norm: f64,
    /// The mean squared error on the training points, of labels in `[0, 1]`, after rounding and clipping.
    pub training_error: f64,
    /// The seed.
    pub seed: u64,
}

/// What determines a model, besides the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// The number of training points that are landmarks.
    pub landmarks: usize,
    /// The bits of the codes.
    pub code_bits: usize,
    /// The bits of what else depends on the data or on choices: the unit `ω`, the width of a code, the kernel's name and parameter, the maps of features and labels.
    pub side_bits: usize,
}

impl Size {
    /// Landmarks and bits together: the size of the compression scheme.
    #[must_use]
    pub fn total(&self) -> usize {
        self.landmarks + self.code_bits + self.side_bits
    }
}

/// Predictions for points.
#[derive(Debug, Clone, PartialEq)]
pub struct Predictions {
    /// `h(x)`, from 0 to 1.
    pub images: Vec<f64>,
    /// The same on the scale of the labels.
    pub labels: Vec<f64>,
    /// How many points were moved to the surface of the unit ball.
    pub moved: usize,
}

impl Model {
    /// The model of a fit to training points (after the map of features) and labels (in `[0, 1]`), whose values are off by at most `tolerance` through rounding.
    ///
    /// # Errors
    /// [`KernelError::Setting`] if the tolerance is out of its range.
    pub fn new(
        fitted: &Fitted,
        maps: (FeatureMap, LabelMap),
        training: (&Points, &[f64]),
        how: (Sampler, Form, u64),
        tolerance: f64,
    ) -> Result<Self, KernelError> {
        let kernel = fitted.nystrom.kernel();
        let codes = Codes::round(&fitted.coefficients, tolerance, kernel.bound())?;
        let (sampler, form, seed) = how;
        let record = Record {
            sampler: sampler.name().to_owned(),
            form: form.name().to_owned(),
            parameter: form.parameter(),
            squared_norm: fitted.squared_norm,
            training_error: 0.0,
            seed,
        };
        let mut model = Model {
            kernel,
            features: maps.0,
            labels: maps.1,
            indices: fitted.nystrom.indices().to_vec(),
            landmarks: fitted.nystrom.landmarks().clone(),
            codes,
            tolerance,
            points: training.0.len(),
            record,
            feature_names: Vec::new(),
            target_name: None,
            positive: None,
        };
        model.record.training_error = mean_squared(&model.images(training.0), training.1);
        Ok(model)
    }

    /// `h` at points that are mapped already.
    #[must_use]
    pub fn images(&self, mapped: &Points) -> Vec<f64> {
        let values = values(self.kernel, &self.landmarks, &self.codes.coefficients(), mapped);
        values.into_iter().map(|value| value.clamp(0.0, 1.0)).collect()
    }

    /// Predictions for points as they are in a file.
    ///
    /// # Errors
    /// [`KernelError`] if the dimension is another, or a point lies where the kernel is not known to be one.
    pub fn predict(&self, points: &Points) -> Result<Predictions, KernelError> {
        if points.dimension() != self.landmarks.dimension() {
            return Err(KernelError::Length { found: points.dimension(), expected: self.landmarks.dimension() });
        }
        let mut mapped = self.features.apply(points)?;
        let moved = if self.features.is_identity() || !self.kernel.wants_unit_ball() { 0 } else { mapped.pull_into_ball() };
        mapped.check_for(self.kernel)?;
        let images = self.images(&mapped);
        let labels = images.iter().map(|&image| self.labels.invert(image)).collect();
        Ok(Predictions { images, labels, moved })
    }

    /// What determines the model.
    #[must_use]
    pub fn size(&self) -> Size {
        let parameter = if matches!(self.kernel, Kernel::ArcCosine) { 0 } else { NUMBER };
        let labels = if self.labels == LabelMap::IDENTITY { 0 } else { 2 * NUMBER };
        let maps = (self.features.shift.len() + self.features.factor.len()) * NUMBER + labels;
        // A byte each for the kernel's name and a code's width, a bit each for whether there are maps.
        Size {
            landmarks: self.indices.len(),
            code_bits: self.codes.codes.len() * self.codes.width() as usize,
            side_bits: NUMBER + 8 + 8 + parameter + 2 + maps,
        }
    }

    /// Whether the landmarks are those of these training points (before the map of features), to the last bit.
    #[must_use]
    pub fn is_fitted_to(&self, points: &Points) -> bool {
        points.len() == self.points
            && points.dimension() == self.landmarks.dimension()
            && self
                .features
                .apply(points)
                .is_ok_and(|mapped| self.indices.iter().enumerate().all(|(j, &i)| i < mapped.len() && mapped.point(i) == self.landmarks.point(j)))
    }
}

/// `Σ (h_i − y_i)²/m`.
#[must_use]
pub fn mean_squared(values: &[f64], labels: &[f64]) -> f64 {
    values.iter().zip(labels).map(|(h, y)| (h - y).powi(2)).sum::<f64>() / labels.len() as f64
}
