//! Eigenvalue decay of the bundled data under the kernels, and what the kernel learner makes of it.

#![cfg_attr(
    not(feature = "dense"),
    allow(dead_code, unused_imports, reason = "without dense linear algebra there are no cells, but findings of old rows")
)]

use super::super::statistics::{count, median};
use super::super::{Cell, CellError, Figure, Findings, Mode, Study, Summary, Table, Value};
use super::{digits, numbers, texts};
use crate::plot::{Look, Panel, Series, chart};
use std::time::Duration;

/// See the module.
pub(in super::super) struct KernelStudy;

/// What is run.
struct Plan {
    sets: &'static [&'static str],
    kernels: &'static [&'static str],
    /// Numbers of eigenvalues that are kept.
    places: &'static [usize],
    etas: &'static [f64],
    landmarks: &'static [usize],
    repeats: u64,
}

const TINY: Plan = Plan { sets: &["engel"], kernels: &["arccos"], places: &[1, 2, 5], etas: &[1e-1, 1e-2], landmarks: &[2, 5], repeats: 1 };
const QUICK: Plan = Plan {
    sets: &["engel", "iris-petal-width", "diabetes"],
    kernels: &["arccos", "inverse", "gaussian:4"],
    places: &[1, 2, 5, 10, 20, 50, 100],
    etas: &[1e-1, 1e-2, 1e-3, 1e-4, 1e-5],
    landmarks: &[2, 5, 10, 20, 50, 100],
    repeats: 3,
};
const FULL: Plan = Plan {
    sets: &["engel", "iris-petal-width", "diabetes"],
    kernels: &["arccos", "inverse", "inverse:3", "multinomial:5", "gaussian:1", "gaussian:4", "gaussian:16"],
    places: &[1, 2, 3, 5, 10, 20, 30, 50, 70, 100],
    etas: &[1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8],
    landmarks: &[2, 3, 5, 10, 20, 30, 50, 70, 100],
    repeats: 20,
};

/// What a part measures of a set, but for the time.
#[cfg(feature = "dense")]
type Part = Box<dyn Fn(&dense::Scaled) -> Result<Vec<Value>, CellError> + Send + Sync>;

/// The learner's ridge.
const RIDGE: f64 = 1e-3;

impl Study for KernelStudy {
    fn name(&self) -> &'static str {
        "kernel"
    }

    fn version(&self) -> u32 {
        1
    }

    fn question(&self) -> &'static str {
        "How fast do the eigenvalues of the bundled data decay under the kernels, and how many landmarks does the kernel learner need?"
    }

    fn method(&self) -> &'static str {
        "Features standardised and scaled into the unit ball, targets to [0, 1]. Part spectrum: eigenvalue number i of K/m. Part dimension: the effective dimension at eta beside the bounds by the fitted laws of decay. Part learner: test error \
         of ridge regression (0.001) on landmarks drawn by ridge leverage scores, on a quarter of the points that is held out; beside it the error of the mean and the effective dimension at eta = 0.001, near which the theory says that landmarks \
         suffice. Needs the feature dense."
    }

    fn duration(&self, mode: Mode) -> Duration {
        Duration::from_secs(mode.pick(2, 15, 120))
    }

    fn parameters(&self) -> &'static [&'static str] {
        &["part", "data", "kernel", "at", "repeat"]
    }

    fn measures(&self) -> &'static [&'static str] {
        &[
            "value",
            "polynomial_bound",
            "exponential_bound",
            "rate",
            "r_squared",
            "training_error",
            "test_error",
            "error_of_mean",
            "effective_dimension",
            "rank",
            "seconds",
        ]
    }

    #[cfg(not(feature = "dense"))]
    fn cells(&self, _mode: Mode, _seed: u64) -> Vec<Cell> {
        Vec::new()
    }

    #[cfg(feature = "dense")]
    fn cells(&self, mode: Mode, seed: u64) -> Vec<Cell> {
        use super::super::{derive_seed, go_on};
        use std::sync::Arc;
        let plan = mode.pick(&TINY, &QUICK, &FULL);
        let mut cells = Vec::new();
        for (s, &set) in plan.sets.iter().enumerate() {
            let data = Arc::new(dense::Scaled::new(set));
            for &kernel in plan.kernels {
                let mut add = |part: &'static str, at: Value, repeat: u64, measure: Part| {
                    let data = Arc::clone(&data);
                    let measure = move |control: &crate::train::Control<'static>| {
                        go_on(control)?;
                        let start = std::time::Instant::now();
                        let mut values = measure(&data)?;
                        values.push(start.elapsed().as_secs_f64().into());
                        Ok(values)
                    };
                    cells.push(Cell { parameters: vec![part.into(), set.into(), kernel.into(), at, repeat.into()], measure: Box::new(measure) });
                };
                plan.places.iter().for_each(|&i| add("spectrum", i.into(), 0, Box::new(move |data| dense::eigenvalue(data, kernel, i))));
                plan.etas.iter().for_each(|&eta| add("dimension", eta.into(), 0, Box::new(move |data| dense::dimension(data, kernel, eta))));
                for &landmarks in plan.landmarks {
                    for repeat in 0..plan.repeats {
                        let own = derive_seed(seed, &[s as u64, landmarks as u64, repeat]);
                        add("learner", landmarks.into(), repeat, Box::new(move |data| dense::learn(data, kernel, landmarks, own)));
                    }
                }
            }
        }
        cells
    }

    fn findings(&self, table: &Table) -> Findings {
        findings(table)
    }
}

#[cfg(feature = "dense")]
mod dense {
    use super::super::data;
    use super::{CellError, RIDGE, Value, count};
    use crate::exact::nearest_f64;
    use crate::kernel::decay::{Decay, Law};
    use crate::kernel::fit::{Form, Sampler, Settings, fit};
    use crate::kernel::model::{Model, mean_squared};
    use crate::kernel::scaling::{FeatureMap, FeatureScaling, LabelMap};
    use crate::kernel::spectrum::Spectrum;
    use crate::kernel::{Kernel, KernelError, Points};
    use rand::SeedableRng;
    use rand::seq::SliceRandom;
    use rand_chacha::ChaCha8Rng;

    /// A set in the units of the learner.
    pub(super) struct Scaled {
        points: Points,
        labels: Vec<f64>,
    }

    fn failed(error: &KernelError) -> CellError {
        CellError::Failed(error.to_string())
    }

    impl Scaled {
        pub(super) fn new(set: &str) -> Self {
            let data = data::regression(set, &[]);
            let coordinates = data.points().iter().flatten().map(nearest_f64).collect();
            let raw = Points::new(data.dimension(), data.len(), coordinates).expect("a bundled set");
            let points = FeatureMap::fit(&raw, FeatureScaling::Standardise).apply(&raw).expect("a bundled set");
            let labels: Vec<f64> = data.targets().iter().map(nearest_f64).collect();
            let labels = LabelMap::fit(&labels).apply_all(&labels).expect("a bundled set");
            Scaled { points, labels }
        }
    }

    fn spectrum(points: &Points, kernel: &str) -> Result<(Kernel, Spectrum), CellError> {
        let kernel: Kernel = kernel.parse().map_err(|error| failed(&error))?;
        let spectrum = Spectrum::of(kernel, points, points.len(), 0, &|_, _, _| true).map_err(|error| failed(&error))?;
        Ok((kernel, spectrum))
    }

    /// The fields of a row but for the time.
    fn row(first: Value, rest: [Value; 9]) -> Vec<Value> {
        std::iter::once(first).chain(rest).collect()
    }

    pub(super) fn eigenvalue(data: &Scaled, kernel: &str, i: usize) -> Result<Vec<Value>, CellError> {
        let (_, spectrum) = spectrum(&data.points, kernel)?;
        let law = |law| Decay::fit(&spectrum.eigenvalues, law);
        let polynomial = law(Law::Polynomial);
        let at = |decay: Option<Decay>| Value::from(decay.map(|decay| decay.at(i)));
        let (rate, r_squared) = (polynomial.map(|decay| decay.p).into(), polynomial.map(|decay| decay.r_squared).into());
        let none = || Value::Missing;
        Ok(row(
            spectrum.eigenvalues.get(i - 1).copied().into(),
            [at(polynomial), at(law(Law::Exponential)), rate, r_squared, none(), none(), none(), none(), none()],
        ))
    }

    pub(super) fn dimension(data: &Scaled, kernel: &str, eta: f64) -> Result<Vec<Value>, CellError> {
        let (_, spectrum) = spectrum(&data.points, kernel)?;
        let value = spectrum.effective_dimension(eta).0;
        let bound = |law| Decay::fit(&spectrum.eigenvalues, law).and_then(|decay| decay.dimension_bound(eta));
        let (polynomial, exponential) = (bound(Law::Polynomial), bound(Law::Exponential));
        // The laws hold for all eigenvalues that are more than rounding errors; the others add at most their number times 10⁻¹³/η.
        let slack = 1e-9 + count(spectrum.points) * 1e-13 * spectrum.trace / eta;
        if let Some(bound) = [polynomial, exponential].into_iter().flatten().find(|bound| value > bound * (1.0 + 1e-9) + slack) {
            return Err(CellError::Failed(format!("the effective dimension {value} is above its bound {bound}")));
        }
        let none = || Value::Missing;
        Ok(row(value.into(), [polynomial.into(), exponential.into(), none(), none(), none(), none(), none(), none(), none()]))
    }

    pub(super) fn learn(data: &Scaled, kernel: &str, landmarks: usize, seed: u64) -> Result<Vec<Value>, CellError> {
        let mut order: Vec<usize> = (0..data.points.len()).collect();
        // All kernels and numbers of landmarks have the same split.
        order.shuffle(&mut ChaCha8Rng::seed_from_u64(1));
        let (held, kept) = order.split_at(order.len() / 4);
        let labels = |part: &[usize]| part.iter().map(|&i| data.labels[i]).collect::<Vec<f64>>();
        let (points, y, tests, truth) = (data.points.subset(kept), labels(kept), data.points.subset(held), labels(held));
        let (kernel, spectrum) = spectrum(&points, kernel)?;
        let settings = Settings { kernel, sampler: Sampler::Scores(landmarks), form: Form::Ridge(RIDGE), offset: true, seed };
        let fitted = fit(&settings, &points, &y, &|_, _, _| true).map_err(|error| failed(&error))?;
        let model =
            Model::new(&fitted, (FeatureMap::default(), LabelMap::IDENTITY), (&points, &y), &settings, 1e-6).map_err(|error| failed(&error))?;
        let mean = y.iter().sum::<f64>() / count(y.len());
        let none = || Value::Missing;
        let error = mean_squared(&model.images(&tests), &truth);
        Ok(row(
            none(),
            [
                none(),
                none(),
                none(),
                none(),
                model.record.training_error.into(),
                error.into(),
                mean_squared(&vec![mean; truth.len()], &truth).into(),
                spectrum.effective_dimension(RIDGE).0.into(),
                fitted.nystrom.rank().into(),
            ],
        ))
    }
}

fn findings(table: &Table) -> Findings {
    let mut dimension = Summary {
        caption: "The effective dimension at η, and its bounds by the laws of decay that the eigenvalues obey".to_owned(),
        header: texts(&["data", "kernel", "η", "effective dimension", "by polynomial decay", "by exponential decay"]),
        rows: Vec::new(),
    };
    for row in table.select(&[("part", "dimension")]) {
        let number = |column: &str| row.number(column).map_or("-".to_owned(), digits);
        let eta = row.number("at").map_or("-".to_owned(), |eta| format!("{eta:e}"));
        dimension.rows.push(vec![
            row.text("data").to_owned(),
            row.text("kernel").to_owned(),
            eta,
            number("value"),
            number("polynomial_bound"),
            number("exponential_bound"),
        ]);
    }
    let mut learner = Summary {
        caption: "Test error (mean squared, targets in [0, 1]) against the number of landmarks: medians of the repeats".to_owned(),
        header: texts(&["data", "kernel", "landmarks", "test error", "training error", "error of the mean", "effective dimension at 0.001"]),
        rows: Vec::new(),
    };
    for (key, rows) in table.group(&["part", "data", "kernel", "at"]).into_iter().filter(|(key, _)| key[0] == "learner") {
        let middle = |column: &str| median(&numbers(&rows, column)).map_or("-".to_owned(), digits);
        learner
            .rows
            .push([key[1..].to_vec(), ["test_error", "training_error", "error_of_mean", "effective_dimension"].map(middle).to_vec()].concat());
    }
    let figures = [spectra(table), errors(table)].into_iter().flatten().collect();
    Findings { text: Vec::new(), summaries: vec![dimension, learner], figures }
}

/// A panel for each data set, a series for each kernel.
fn panels(table: &Table, part: &str, column: &str, title: &str, [x, y]: [&str; 2]) -> Vec<Panel> {
    let sets = table.group(&["part", "data"]).into_iter().filter(|(key, _)| key[0] == part).map(|(key, _)| key[1].clone());
    let panel = |set: String| {
        let series = table.group(&["part", "data", "kernel"]).into_iter().filter(|(key, _)| key[0] == part && key[1] == set).map(|(key, rows)| {
            let mut places = numbers(&rows, "at");
            places.sort_by(f64::total_cmp);
            places.dedup();
            let points = places.into_iter().filter_map(|at| {
                let here: Vec<_> = rows.iter().copied().filter(|row| row.number("at") == Some(at)).collect();
                // Rounding errors of an eigenvalue are none.
                median(&numbers(&here, column)).filter(|value| *value > 1e-15).map(|value| (at, value))
            });
            Series { name: key[2].clone(), look: Look::Marked, points: points.collect() }
        });
        let series: Vec<Series> = series.filter(|series| !series.points.is_empty()).collect();
        Panel { title: format!("{set}: {title}"), x: x.to_owned(), y: y.to_owned(), logarithmic: [true, true], series, ..Panel::default() }
    };
    sets.map(panel).filter(|panel| !panel.series.is_empty()).collect()
}

fn spectra(table: &Table) -> Option<Figure> {
    let panels = panels(table, "spectrum", "value", "eigenvalues of K/m", ["number i of the eigenvalue", "eigenvalue"]);
    let caption = "Eigenvalues of K/m by kernel; both axes are logarithmic. What falls like a straight line decays polynomially, what falls faster nearly exponentially.";
    (!panels.is_empty()).then(|| Figure { name: "spectra", caption: caption.to_owned(), svg: chart("Eigenvalue decay", &panels) })
}

fn errors(table: &Table) -> Option<Figure> {
    let mut panels = panels(table, "learner", "test_error", "test error of the learner", ["landmarks", "mean squared error"]);
    for panel in &mut panels {
        let set = panel.title.split(':').next().unwrap_or("").to_owned();
        let rows = table.select(&[("part", "learner"), ("data", &set)]);
        let places = numbers(&rows, "at");
        let (low, high) = places.iter().fold((f64::INFINITY, 0.0f64), |(low, high), &x| (low.min(x), high.max(x)));
        if let Some(mean) = median(&numbers(&rows, "error_of_mean")) {
            panel.series.push(Series { name: "the mean".to_owned(), look: Look::Dashed, points: vec![(low, mean), (high, mean)] });
        }
    }
    let caption = "Test error against the number of landmarks, medians of the repeats; dashed the error of predicting the mean.";
    (!panels.is_empty()).then(|| Figure { name: "errors", caption: caption.to_owned(), svg: chart("The kernel learner's error", &panels) })
}
