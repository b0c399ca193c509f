//! The training study: networks of one width and several depths, initialised by several schemes, trained alike; accuracy on data held out.
//!
//! Features are centred and divided by one number, so that a point's mean squared length is the dimension. A fifth of the points is held out, by a shuffle of the study's seed that all runs share. Each run draws its weights and the
//! order of its batches from its own seed. Runs are independent and spread over threads, the longest first; a run's result does not depend on their number.

use super::law::{Units, float};
use super::mlp::Mlp;
use super::parallel::Workers;
use super::scheme::{Ensemble, Scheme, SchemeError};
use super::weights::draw_network;
use super::widths::{Widths, WidthsError};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use relus_dense::Matrix32;
use thiserror::Error;

/// Points with a class each.
#[derive(Debug, Clone, PartialEq)]
pub struct Labelled {
    /// The points, of one dimension.
    pub points: Vec<Vec<f64>>,
    /// Their classes, from 0.
    pub labels: Vec<usize>,
    /// The number of classes.
    pub classes: usize,
}

/// What is trained, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct Study {
    /// The schemes.
    pub schemes: Vec<Scheme>,
    /// The numbers of layers, the last (linear) one included, each at least 2.
    pub depths: Vec<usize>,
    /// The width of the hidden layers.
    pub width: usize,
    /// The seeds: so many runs for each scheme and depth.
    pub seeds: Vec<u64>,
    /// Passes over the training data.
    pub epochs: usize,
    /// Points in a batch.
    pub batch: usize,
    /// The learning rate.
    pub rate: f64,
}

/// The course of one run.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// The scheme's place in [`Study::schemes`].
    pub scheme: usize,
    /// The number of layers.
    pub depth: usize,
    /// The seed.
    pub seed: u64,
    /// Steps of gradient descent and the accuracy on the held-out points after them, from step 0 on, once an epoch.
    pub accuracy: Vec<(usize, f64)>,
    /// The mean cross-entropy over the last epoch; not finite if training diverged.
    pub loss: f64,
}

impl Curve {
    /// The accuracy at the end.
    #[must_use]
    pub fn last(&self) -> f64 {
        self.accuracy.last().map_or(0.0, |point| point.1)
    }
}

/// Why there is no such study.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum StudyError {
    /// Data that cannot be split.
    #[error("{points} points of {classes} classes: the study needs at least 10 points, 2 classes and a feature that is not constant")]
    Data {
        /// The number of points.
        points: usize,
        /// The number of classes.
        classes: usize,
    },
    /// A depth without a hidden layer.
    #[error("depth {0}: the study needs at least 2 layers, a hidden one and the output")]
    Depth(usize),
    /// A batch of nothing or a rate that is none.
    #[error("batches need at least 1 point, and the learning rate must be a positive number")]
    Settings,
    /// No network of these widths.
    #[error(transparent)]
    Widths(#[from] WidthsError),
    /// No such scheme for these widths.
    #[error(transparent)]
    Scheme(#[from] SchemeError),
}

/// Data in single precision, a column a point.
struct Split {
    train: Vec<Vec<f32>>,
    train_labels: Vec<usize>,
    test: Matrix32,
    test_labels: Vec<usize>,
}

impl Split {
    fn new(data: &Labelled) -> Result<Self, StudyError> {
        const LEAST: usize = 10;
        let error = || StudyError::Data { points: data.points.len(), classes: data.classes };
        let dimension = data.points.first().map_or(0, Vec::len);
        if data.points.len() < LEAST || data.classes < 2 {
            return Err(error());
        }
        let n = float(data.points.len());
        let means: Vec<f64> = (0..dimension).map(|j| data.points.iter().map(|point| point[j]).sum::<f64>() / n).collect();
        let square: f64 = data.points.iter().map(|point| point.iter().zip(&means).map(|(x, mean)| (x - mean).powi(2)).sum::<f64>()).sum();
        let scale = (float(dimension) * n / square).sqrt();
        if !scale.is_finite() {
            return Err(error());
        }
        #[expect(clippy::cast_possible_truncation, reason = "training is in single precision")]
        let column = |i: usize| -> Vec<f32> { data.points[i].iter().zip(&means).map(|(x, mean)| ((x - mean) * scale) as f32).collect() };
        let mut order: Vec<usize> = (0..data.points.len()).collect();
        order.shuffle(&mut ChaCha8Rng::seed_from_u64(0));
        let (test, train) = order.split_at(data.points.len() / 5);
        let test_columns: Vec<Vec<f32>> = test.iter().map(|&i| column(i)).collect();
        let labels = |part: &[usize]| part.iter().map(|&i| data.labels[i]).collect();
        Ok(Split {
            train: train.iter().map(|&i| column(i)).collect(),
            train_labels: labels(train),
            test: Matrix32::from_fn(dimension, test.len(), |i, j| test_columns[j][i]),
            test_labels: labels(test),
        })
    }
}

/// Trains all networks of the study; those that were finished if the workers were stopped. `done` is told of each.
///
/// # Errors
/// [`StudyError`] before anything is trained.
pub fn run_study(study: &Study, data: &Labelled, workers: Workers<'_>, done: &(dyn Fn(&Curve) + Sync)) -> Result<Vec<Curve>, StudyError> {
    let split = Split::new(data)?;
    if study.batch == 0 || !study.rate.is_finite() || study.rate <= 0.0 {
        return Err(StudyError::Settings);
    }
    let dimension = data.points[0].len();
    let mut runs = Vec::new();
    for (scheme, kind) in study.schemes.iter().enumerate() {
        for &depth in &study.depths {
            if depth < 2 {
                return Err(StudyError::Depth(depth));
            }
            let widths = [vec![dimension], vec![study.width; depth - 1], vec![data.classes]].concat();
            let ensemble = Ensemble::new(Widths::new(widths)?, kind.clone(), &[0.0], Units::Linear)?;
            runs.extend(study.seeds.iter().map(|&seed| (scheme, ensemble.clone(), seed)));
        }
    }
    runs.sort_by_key(|(_, ensemble, _)| std::cmp::Reverse(ensemble.layers().len()));
    let finished = workers.map(runs.len(), |i| {
        let (scheme, ensemble, seed) = &runs[i];
        let curve = train(study, *scheme, ensemble, *seed, &split, workers)?;
        done(&curve);
        Some(curve)
    });
    let mut curves: Vec<Curve> = finished.into_iter().flatten().collect();
    curves.sort_by_key(|curve| (curve.depth, curve.scheme, curve.seed));
    Ok(curves)
}

/// One run; `None` if it was stopped.
fn train(study: &Study, scheme: usize, ensemble: &Ensemble, seed: u64, split: &Split, workers: Workers<'_>) -> Option<Curve> {
    let mut mlp = Mlp::new(&draw_network(ensemble, seed));
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(u64::MAX);
    let tests = float(split.test_labels.len());
    let accuracy = |mlp: &mut Mlp| float(mlp.correct(&split.test, &split.test_labels)) / tests;
    let mut order: Vec<usize> = (0..split.train.len()).collect();
    let dimension = split.test.nrows();
    let mut steps = 0;
    let mut loss = f64::NAN;
    let mut course = vec![(0, accuracy(&mut mlp))];
    for _ in 0..study.epochs {
        order.shuffle(&mut random);
        let mut sum = 0.0;
        for batch in order.chunks(study.batch) {
            let inputs = Matrix32::from_fn(dimension, batch.len(), |i, j| split.train[batch[j]][i]);
            let labels: Vec<usize> = batch.iter().map(|&i| split.train_labels[i]).collect();
            #[expect(clippy::cast_possible_truncation, reason = "training is in single precision")]
            let batch_loss = mlp.step(inputs, &labels, study.rate as f32);
            sum += f64::from(batch_loss) * float(batch.len());
            steps += 1;
            if workers.stopped() {
                return None;
            }
        }
        loss = sum / float(order.len());
        course.push((steps, accuracy(&mut mlp)));
    }
    Some(Curve { scheme, depth: ensemble.layers().len(), seed, accuracy: course, loss })
}
