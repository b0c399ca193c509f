//! Random networks against their exact laws, and what the laws mean for training.

use super::super::statistics::count;
use super::super::{Cell, CellError, Figure, Findings, Mode, Study, Summary, Table, Value, derive_seed, go_on};
use super::{digits, numbers, texts};
use crate::init::{
    Ensemble, LogLaw, Pair, Scheme, Units, Widths, Workers, angle_of, gram_samples, mean_field_angle, moments, norm_samples, relu_pair_moments,
};
use crate::plot::{Look, Panel, Series, chart};
use crate::train::Control;
use std::time::Duration;

/// See the module.
pub(in super::super) struct Initialization;

/// What is run.
struct Plan {
    /// Widths and depths of the laws of the signal's length.
    lengths: (&'static [usize], &'static [usize]),
    /// Samples for these.
    samples: usize,
    /// Width and depths of the correlation.
    correlation: (usize, &'static [usize]),
    pairs: usize,
    /// Width, depths and networks of the Jacobians.
    jacobian: (usize, &'static [usize], usize),
    /// Width, depths, seeds and epochs of the training study.
    training: (usize, &'static [usize], u64, usize),
}

const TINY: Plan =
    Plan { lengths: (&[10], &[5]), samples: 500, correlation: (20, &[1, 5]), pairs: 200, jacobian: (8, &[4], 1), training: (8, &[3], 1, 1) };
const QUICK: Plan = Plan {
    lengths: (&[20, 100], &[10, 30, 100]),
    samples: 20_000,
    correlation: (100, &[1, 2, 5, 10, 20, 50]),
    pairs: 1000,
    jacobian: (60, &[5, 10, 20, 40], 40),
    training: (40, &[5, 15, 30, 60], 4, 20),
};
const FULL: Plan = Plan {
    lengths: (&[10, 30, 100, 300], &[10, 30, 100, 300]),
    samples: 400_000,
    correlation: (200, &[1, 2, 5, 10, 20, 50, 100]),
    pairs: 10_000,
    jacobian: (200, &[5, 10, 20, 50, 100], 30),
    training: (100, &[5, 30, 60, 100], 5, 60),
};

impl Study for Initialization {
    fn name(&self) -> &'static str {
        "initialization"
    }

    fn version(&self) -> u32 {
        1
    }

    fn question(&self) -> &'static str {
        "Do simulated networks obey the exact laws of their signals where mean-field theory fails, and what does that mean for training deep networks?"
    }

    fn method(&self) -> &'static str {
        "Part length: the exact mean and deviation of ln |x|^2 after the last of L layers of width N, and its exact distribution function, against samples (distance: the largest difference of distribution functions, and the 5 % bound of Kolmogorov and Smirnov); the mean \
         field says that |x|^2 is constant. Part correlation: two inputs of correlation 0, after L layers by simulation and in the mean field; after one layer also exactly. Part jacobian: mean squared and fourth-power singular values of the input-output \
         Jacobian. Part training: accuracy on held-out iris flowers after plain gradient descent, by scheme and depth. Parts jacobian and training need the feature dense."
    }

    fn duration(&self, mode: Mode) -> Duration {
        Duration::from_secs(mode.pick(3, 15, 300))
    }

    fn parameters(&self) -> &'static [&'static str] {
        &["part", "scheme", "width", "layers", "repeat"]
    }

    fn measures(&self) -> &'static [&'static str] {
        &[
            "samples",
            "exact",
            "simulated",
            "standard_error",
            "mean_field",
            "exact_deviation",
            "simulated_deviation",
            "distance",
            "distance_bound",
            "seconds",
        ]
    }

    fn cells(&self, mode: Mode, seed: u64) -> Vec<Cell> {
        let plan = mode.pick(&TINY, &QUICK, &FULL);
        let mut cells = Vec::new();
        let mut add = |part: &'static str, scheme: &Scheme, width: usize, layers: usize, repeat: u64, measure: Part| {
            let own = derive_seed(seed, &[part.len() as u64, width as u64, layers as u64, repeat]);
            let parameters = vec![part.into(), scheme.name().into(), width.into(), layers.into(), repeat.into()];
            let scheme = scheme.clone();
            let measure = move |control: &Control<'static>| {
                go_on(control)?;
                let start = std::time::Instant::now();
                let mut values = measure(&scheme, width, layers, own, plan)?;
                // What is cut short by the flag is no sample.
                go_on(control)?;
                values.push(start.elapsed().as_secs_f64().into());
                Ok(values)
            };
            cells.push(Cell { parameters, measure: Box::new(measure) });
        };
        for scheme in [Scheme::He, Scheme::Orthogonal] {
            for &width in plan.lengths.0 {
                plan.lengths.1.iter().for_each(|&layers| add("length", &scheme, width, layers, 0, length));
            }
        }
        plan.correlation.1.iter().for_each(|&layers| add("correlation", &Scheme::He, plan.correlation.0, layers, 0, correlation));
        if cfg!(feature = "dense") {
            for scheme in [Scheme::He, Scheme::Orthogonal, Scheme::GsmOrthogonal] {
                plan.jacobian.1.iter().for_each(|&layers| add("jacobian", &scheme, plan.jacobian.0, layers, 0, dense::jacobian));
                let (width, depths, seeds, _) = plan.training;
                for &layers in depths {
                    (0..seeds).for_each(|repeat| add("training", &scheme, width, layers, repeat, dense::training));
                }
            }
        }
        cells
    }

    fn findings(&self, table: &Table) -> Findings {
        findings(table)
    }
}

/// What a part measures, but for the time.
type Part = fn(&Scheme, usize, usize, u64, &Plan) -> Result<Vec<Value>, CellError>;

fn ensemble(scheme: &Scheme, widths: Vec<usize>, output: Units) -> Result<Ensemble, CellError> {
    let failed = |error: &dyn std::fmt::Display| CellError::Failed(error.to_string());
    let widths = Widths::new(widths).map_err(|error| failed(&error))?;
    Ensemble::new(widths, scheme.clone(), &[0.0], output).map_err(|error| failed(&error))
}

/// Mean and standard deviation.
fn spread(values: &[f64]) -> (f64, f64) {
    let n = count(values.len());
    let mean = values.iter().sum::<f64>() / n;
    (mean, (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0)).sqrt())
}

fn length(scheme: &Scheme, width: usize, layers: usize, seed: u64, plan: &Plan) -> Result<Vec<Value>, CellError> {
    let ensemble = ensemble(scheme, vec![width; layers + 1], Units::Relu)?;
    let mut logs = norm_samples(&ensemble, 1.0, plan.samples, seed, Workers::default());
    logs.retain(|log| log.is_finite());
    let (mean, deviation) = spread(&logs);
    let last = moments(&ensemble, 1.0, &[]).pop();
    let exact = last.as_ref().and_then(|layer| layer.logarithm);
    logs.sort_by(f64::total_cmp);
    let distance = LogLaw::new(&ensemble).ok().map(|law| {
        let at = |i: usize| {
            let cdf = law.cdf(logs[i]);
            (cdf - count(i) / count(logs.len())).abs().max((cdf - count(i + 1) / count(logs.len())).abs())
        };
        (0..logs.len()).map(at).fold(0.0, f64::max)
    });
    // P(√n D > 1.3581) → 0.05.
    let bound = 1.3581 / count(logs.len()).sqrt();
    Ok(vec![
        logs.len().into(),
        exact.map(|exact| exact.0).into(),
        mean.into(),
        (deviation / count(logs.len()).sqrt()).into(),
        last.map(|layer| layer.log_mean).into(),
        exact.map(|exact| exact.1.sqrt()).into(),
        deviation.into(),
        distance.into(),
        distance.map(|_| bound).into(),
    ])
}

fn correlation(scheme: &Scheme, width: usize, layers: usize, seed: u64, plan: &Plan) -> Result<Vec<Value>, CellError> {
    let ensemble = ensemble(scheme, vec![width; layers + 1], Units::Relu)?;
    let samples = gram_samples(&ensemble, &[vec![1.0, 0.0], vec![0.0, 1.0]], plan.pairs, seed, Workers::default());
    let samples = samples.map_err(|error| CellError::Failed(error.to_string()))?;
    // After one layer the mean inner product is known exactly; after several the correlation is what is compared.
    let inner = |one: bool| {
        samples.iter().map(move |sample| {
            let m = &sample.matrix;
            if one { sample.log_scale.exp() * m[0][1] } else { m[0][1] / (m[0][0] * m[1][1]).sqrt() }
        })
    };
    let values: Vec<f64> = inner(layers == 1).filter(|value| value.is_finite()).collect();
    let (mean, deviation) = spread(&values);
    let angle = (0..layers).fold(angle_of(0.0), |angle, _| mean_field_angle(angle));
    let variance = 2.0 / count(width);
    let exact = (layers == 1).then(|| relu_pair_moments(width, Pair { first: variance, second: variance, angle: angle_of(0.0) }));
    Ok(vec![
        values.len().into(),
        exact.as_ref().map(|moments| moments.means[2]).into(),
        mean.into(),
        (deviation / count(values.len()).sqrt()).into(),
        angle.cos().into(),
        exact.as_ref().map(|moments| moments.covariances[2][2].sqrt()).into(),
        deviation.into(),
        Value::Missing,
        Value::Missing,
    ])
}

#[cfg(feature = "dense")]
mod dense {
    use super::super::data;
    use super::{CellError, Plan, Scheme, Units, Value, Workers, count, ensemble, spread};
    use crate::exact::nearest_f64;
    use crate::init::{Labelled, Study, jacobians, run_study, squared_singular_moments};
    use crate::instance::csv::{CsvOptions, read_table};

    /// The mean fourth power of singular values, zeros included: 1 for an isometry.
    pub(super) fn jacobian(scheme: &Scheme, width: usize, layers: usize, seed: u64, plan: &Plan) -> Result<Vec<Value>, CellError> {
        // Sharing needs a linear output and pairs of units.
        let mut widths = vec![width; layers + 1];
        let output = if scheme.shares() { Units::Linear } else { Units::Relu };
        if scheme.shares() {
            widths[0] = width / 2;
            widths[layers] = width / 2;
        }
        let ensemble = ensemble(scheme, widths, output)?;
        let found = jacobians(&ensemble, 1.0, plan.jacobian.2, seed, Workers::default());
        let input = count(ensemble.widths().input());
        let fourth: Vec<f64> = found.iter().map(|jacobian| jacobian.log_singular.iter().map(|log| (4.0 * log).exp()).sum::<f64>() / input).collect();
        let (mean, deviation) = spread(&fourth);
        let exact = squared_singular_moments(&ensemble).map(|moments| moments.1);
        let error = if fourth.len() > 1 { Value::Number(deviation / count(fourth.len()).sqrt()) } else { Value::Missing };
        Ok(vec![
            fourth.len().into(),
            exact.into(),
            mean.into(),
            error,
            Value::Missing,
            Value::Missing,
            deviation.into(),
            Value::Missing,
            Value::Missing,
        ])
    }

    /// Accuracy on held-out points.
    pub(super) fn training(scheme: &Scheme, width: usize, layers: usize, seed: u64, plan: &Plan) -> Result<Vec<Value>, CellError> {
        let failed = |error: &dyn std::fmt::Display| CellError::Failed(error.to_string());
        let table = read_table(&data::source("iris"), &CsvOptions::default()).map_err(|error| failed(&error))?;
        let (data, names) = table.classes().map_err(|error| failed(&error))?;
        let points = data.points().iter().map(|point| point.iter().map(nearest_f64).collect()).collect();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "classes are numbered from 0")]
        let labels = data.targets().iter().map(|class| nearest_f64(class) as usize).collect();
        let labelled = Labelled { points, labels, classes: names.len() };
        let study =
            Study { schemes: vec![scheme.clone()], depths: vec![layers], width, seeds: vec![seed], epochs: plan.training.3, batch: 16, rate: 0.02 };
        let curves = run_study(&study, &labelled, Workers::default(), &|_| ()).map_err(|error| failed(&error))?;
        let accuracy = curves.first().map(crate::init::Curve::last);
        let mut values = vec![Value::from(1usize), Value::Missing, accuracy.into()];
        values.resize(9, Value::Missing);
        Ok(values)
    }
}

#[cfg(not(feature = "dense"))]
mod dense {
    use super::{CellError, Plan, Scheme, Value};

    pub(super) fn jacobian(_: &Scheme, _: usize, _: usize, _: u64, _: &Plan) -> Result<Vec<Value>, CellError> {
        Err(CellError::Failed("this relus was built without the feature dense".to_owned()))
    }

    pub(super) fn training(scheme: &Scheme, width: usize, layers: usize, seed: u64, plan: &Plan) -> Result<Vec<Value>, CellError> {
        jacobian(scheme, width, layers, seed, plan)
    }
}

fn findings(table: &Table) -> Findings {
    let number = |row: &super::Row<'_>, column: &str| row.number(column).map_or("-".to_owned(), digits);
    let laws = table.iter().filter(|row| row.text("part") != "training").map(|row| {
        let mut fields: Vec<String> =
            ["part", "scheme", "width", "layers", "samples"].into_iter().map(|column| row.text(column).to_owned()).collect();
        fields.extend(
            ["exact", "simulated", "standard_error", "mean_field", "exact_deviation", "simulated_deviation", "distance", "distance_bound"]
                .map(|column| number(&row, column)),
        );
        fields
    });
    let laws = Summary {
        caption: "Exact laws, simulation and mean field. Part length: ln |x|²; correlation: the mean inner product after one layer, then the correlation; jacobian: the mean fourth power of singular values".to_owned(),
        header: texts(&["part", "scheme", "width", "layers", "samples", "exact mean", "simulated", "± standard error", "mean field", "exact deviation", "simulated", "distance", "5 % bound"]),
        rows: laws.collect(),
    };
    let mut training = Summary {
        caption: "Accuracy on held-out iris flowers after training, mean and range of the repeats".to_owned(),
        header: texts(&["scheme", "layers", "width", "repeats", "accuracy", "least", "largest"]),
        rows: Vec::new(),
    };
    for (key, rows) in table.group(&["part", "scheme", "layers", "width"]).into_iter().filter(|(key, _)| key[0] == "training") {
        let values = numbers(&rows, "simulated");
        let (low, high) = values.iter().fold((1.0f64, 0.0f64), |(low, high), &x| (low.min(x), high.max(x)));
        let mut fields = key[1..].to_vec();
        fields.extend([rows.len().to_string(), digits(spread(&values).0), digits(low), digits(high)]);
        training.rows.push(fields);
    }
    let light = table.iter().filter(|row| row.text("part") != "jacobian");
    let within = light
        .filter_map(|row| Some((row.number("exact")? - row.number("simulated")?).abs() / row.number("standard_error").filter(|error| *error > 0.0)?));
    let within: Vec<f64> = within.collect();
    let near = within.iter().filter(|z| **z < 1.96).count();
    let text = vec![format!(
        "{near} of {} simulated means lie within 1.96 standard errors of the exact ones (expected: 95 %). The means of Jacobians are left out: fourth powers have tails that are too heavy for this.",
        within.len()
    )];
    Findings {
        text,
        summaries: vec![laws, training],
        figures: [lengths(table), jacobians_figure(table), depths(table)].into_iter().flatten().collect(),
    }
}

/// Points of the rows of a part by scheme and width, against the number of layers.
fn curves(table: &Table, part: &str, column: &str, look: Look, name: &dyn Fn(&str, &str) -> String) -> Vec<Series> {
    let groups = table.group(&["part", "scheme", "width"]).into_iter().filter(|(key, _)| key[0] == part);
    let series = groups.filter_map(|(key, rows)| {
        let mut layers = numbers(&rows, "layers");
        layers.sort_by(f64::total_cmp);
        layers.dedup();
        let points = layers.into_iter().filter_map(|depth| {
            let at: Vec<_> = rows.iter().copied().filter(|row| row.number("layers") == Some(depth)).collect();
            let values = numbers(&at, column);
            (!values.is_empty()).then(|| (depth, spread(&values).0))
        });
        let points: Vec<(f64, f64)> = points.collect();
        (points.len() > 1).then(|| Series { name: name(&key[1], &key[2]), look, points })
    });
    series.collect()
}

fn panel(title: &str, y: &str, series: Vec<Series>) -> Panel {
    Panel { title: title.to_owned(), x: "layers".to_owned(), y: y.to_owned(), logarithmic: [true, false], series, ..Panel::default() }
}

fn lengths(table: &Table) -> Option<Figure> {
    let of = |wanted: &str| Table {
        columns: table.columns.clone(),
        rows: table.iter().zip(&table.rows).filter(|(row, _)| row.text("scheme") == wanted).map(|(_, row)| row.clone()).collect(),
    };
    let he = of("he");
    let exact = curves(&he, "length", "exact", Look::Line, &|_, width| format!("exact, width {width}"));
    let simulated = curves(&he, "length", "simulated", Look::Marks, &|_, width| format!("simulated, width {width}"));
    let field = curves(&he, "length", "mean_field", Look::Dashed, &|_, _| "mean field".to_owned()).into_iter().take(1);
    let mut first =
        panel("He's initialisation: the mean of ln |x|² falls with depth", "E ln |x|²", exact.into_iter().chain(simulated).chain(field).collect());
    let all = first.series.iter().flat_map(|series| &series.points).map(|point| point.1);
    let (low, high) = all.fold((0.0f64, 0.0f64), |(low, high), y| (low.min(y), high.max(y)));
    first.range = Some((low - 0.06 * (high - low).max(0.1), high + 0.08 * (high - low).max(0.1)));
    let mut second = panel(
        "Two inputs of correlation 0 grow alike",
        "correlation",
        [
            curves(&he, "correlation", "simulated", Look::Marks, &|_, width| format!("simulated, width {width}")),
            curves(&he, "correlation", "mean_field", Look::Dashed, &|_, _| "mean field".to_owned()),
        ]
        .concat(),
    );
    second.range = Some((0.0, 1.05));
    let panels: Vec<Panel> = [first, second].into_iter().filter(|panel| !panel.series.is_empty()).collect();
    let caption = "Above: a signal's length at finite width; the mean field, the limit of infinite width, sees no change. Below: the correlation of two inputs; after one layer the mean inner product.";
    (!panels.is_empty()).then(|| Figure { name: "signals", caption: caption.to_owned(), svg: chart("Signals of random networks", &panels) })
}

fn jacobians_figure(table: &Table) -> Option<Figure> {
    let mut panel = panel(
        "Jacobians: the mean fourth power of singular values is 1 for an isometry",
        "mean of σ⁴",
        [
            curves(table, "jacobian", "simulated", Look::Marked, &|scheme, _| format!("simulated, {scheme}")),
            curves(table, "jacobian", "exact", Look::Dashed, &|scheme, _| format!("exact, {scheme}")),
        ]
        .concat(),
    );
    panel.logarithmic[1] = true;
    let caption = "Singular values spread with depth unless the weights are shared so that the network begins as an isometry (gsm-orthogonal).";
    (!panel.series.is_empty()).then(|| Figure {
        name: "jacobians",
        caption: caption.to_owned(),
        svg: chart("Jacobians of random networks", &[panel]),
    })
}

fn depths(table: &Table) -> Option<Figure> {
    let mut panel = panel(
        "Training: accuracy against depth",
        "accuracy on held-out points",
        curves(table, "training", "simulated", Look::Marked, &|scheme, _| scheme.to_owned()),
    );
    panel.range = Some((0.0, 1.05));
    let caption = "Accuracy on held-out iris flowers after the same plain gradient descent from each initialisation, mean of the repeats.";
    (!panel.series.is_empty()).then(|| Figure { name: "depths", caption: caption.to_owned(), svg: chart("Accuracy against depth", &[panel]) })
}
