//! Where gradient descent and local search end, measured against the proven optimum.

use super::super::statistics::{count, median, quantile, wilson};
use super::super::{Cell, CellError, Figure, Findings, Mode, Study, Summary, Table, Value, derive_seed, train};
use super::gradient::{Scaled, descend};
use super::{data, digits, numbers, short, texts};
use crate::exact::{Rational, nearest_f64};
use crate::generate::Teacher;
use crate::instance::{Activation, Architecture, Instance, Loss};
use crate::plot::{Look, Panel, Series, chart};
use crate::train::local::Local;
use crate::train::search::Search;
use crate::train::{Control, Status};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// See the module.
pub(in super::super) struct Descent;

/// A start is a success if it ends within this share of the optimum, and this share of the targets' sum of squares.
const RELATIVE: f64 = 0.01;
const ABSOLUTE: f64 = 1e-6;

/// What is run.
struct Plan {
    /// Dimension and points of planted networks.
    planted: (usize, usize),
    widths: &'static [usize],
    noises: &'static [&'static str],
    repeats: u64,
    /// Real sets with their features (none: all) and width.
    real: &'static [(&'static str, &'static [&'static str], usize)],
    starts: u64,
    steps: usize,
}

const TINY: Plan = Plan { planted: (1, 10), widths: &[1, 2], noises: &["0.2"], repeats: 1, real: &[("anscombe-1", &[], 1)], starts: 3, steps: 300 };
const QUICK: Plan = Plan {
    planted: (2, 30),
    widths: &[1, 2, 3],
    noises: &["0", "0.1", "0.5"],
    repeats: 2,
    real: &[
        ("anscombe-1", &[], 1),
        ("anscombe-2", &[], 2),
        ("stackloss", &[], 1),
        ("stackloss", &["air_flow", "water_temp"], 2),
        ("diabetes-bmi-bp-s5-30", &[], 1),
        ("diabetes-bmi-s5-20", &[], 2),
        ("nile", &[], 1),
    ],
    starts: 20,
    steps: 2000,
};
const FULL: Plan = Plan {
    planted: (2, 40),
    widths: &[1, 2, 3],
    noises: &["0", "0.05", "0.1", "0.2", "0.5", "1"],
    repeats: 5,
    real: &[
        ("anscombe-1", &[], 1),
        ("anscombe-1", &[], 2),
        ("anscombe-2", &[], 2),
        ("stackloss", &[], 1),
        ("stackloss", &["air_flow", "water_temp"], 2),
        ("linnerud-weight", &[], 1),
        ("diabetes-bmi-40", &[], 2),
        ("diabetes-bmi-s5-20", &[], 2),
        ("diabetes-bmi-s5-40", &[], 2),
        ("diabetes-bmi-bp-s5-30", &[], 1),
        ("diabetes-bmi-bp-s5-30", &[], 2),
        ("iris-petal-width-50", &[], 2),
        ("nile", &[], 1),
        ("nile", &[], 2),
    ],
    starts: 100,
    steps: 20_000,
};

/// An instance whose optimum is found by whoever needs it first.
struct Problem {
    instance: Instance,
    scaled: Scaled,
    optimum: Mutex<Option<Rational>>,
}

impl Problem {
    fn new(instance: Instance) -> Arc<Self> {
        let scaled = Scaled::new(&instance.data);
        Arc::new(Problem { instance, scaled, optimum: Mutex::new(None) })
    }

    fn optimum(&self, control: &Control<'static>) -> Result<Rational, CellError> {
        const LIMIT: Duration = Duration::from_secs(600);
        let mut known = self.optimum.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(optimum) = &*known {
            return Ok(optimum.clone());
        }
        let (outcome, _) = train(&Search { deterministic: true, ..Search::default() }, &self.instance, control, LIMIT)?;
        let found = outcome.incumbent.filter(|_| outcome.status == Status::Optimal);
        let loss = found.ok_or_else(|| CellError::Failed("the optimum was not proven within ten minutes".to_owned()))?.loss;
        Ok(known.insert(loss).clone())
    }
}

impl Study for Descent {
    fn name(&self) -> &'static str {
        "descent"
    }

    fn version(&self) -> u32 {
        1
    }

    fn question(&self) -> &'static str {
        "How far from the proven optimum do gradient descent and local search end, and how often do they reach it?"
    }

    fn method(&self) -> &'static str {
        "For planted networks with noise and for bundled real data the global optimum is proven by the search. Against it stand many starts of full-batch gradient descent with a backtracking line search (gradient: weights, biases and \
         output weights, standardised data) and of relus' local search with one start (local: Levenberg-Marquardt, then exact polishing). The gap of a start is (loss - optimum) / optimum; a start is a success if it ends within 1 % of the \
         optimum plus one millionth of the targets' sum of squares. No start may end below the optimum, and the study fails if one does."
    }

    fn duration(&self, mode: Mode) -> Duration {
        Duration::from_secs(mode.pick(2, 15, 180))
    }

    fn parameters(&self) -> &'static [&'static str] {
        &["data", "n", "d", "k", "noise", "repeat", "method", "start"]
    }

    fn measures(&self) -> &'static [&'static str] {
        &["optimum", "optimum_approx", "loss_approx", "gap", "excess", "success", "steps", "seconds"]
    }

    fn cells(&self, mode: Mode, seed: u64) -> Vec<Cell> {
        let plan = mode.pick(&TINY, &QUICK, &FULL);
        let architecture = |width| Architecture { activation: Activation::Relu, width, output_bias: false, convex: false, affine: false };
        let mut problems: Vec<(Vec<Value>, u64, Arc<Problem>)> = Vec::new();
        let (dimension, points) = plan.planted;
        for &k in plan.widths {
            for &noise in plan.noises {
                for repeat in 0..plan.repeats {
                    let own = derive_seed(seed, &[k as u64, repeat]);
                    let sigma = noise.parse().expect("a number");
                    let teacher = Teacher { dimension, architecture: architecture(k), points, noise: sigma, decimals: 2, loss: Loss::L2, seed: own };
                    let instance = teacher.draw().expect("settings in their range").instance;
                    let parameters = vec!["planted".into(), points.into(), dimension.into(), k.into(), noise.into(), repeat.into()];
                    problems.push((parameters, own, Problem::new(instance)));
                }
            }
        }
        for &(name, features, k) in plan.real {
            let data = data::regression(name, features);
            let parameters = vec![name.into(), data.len().into(), data.dimension().into(), k.into(), Value::Missing, 0usize.into()];
            let own = derive_seed(seed, &[k as u64, u64::MAX]);
            problems.push((parameters, own, Problem::new(Instance { data, architecture: architecture(k), loss: Loss::L2, target_error: None })));
        }
        let mut cells = Vec::new();
        for (parameters, own, problem) in problems {
            for method in ["gradient", "local"] {
                for start in 0..plan.starts {
                    let parameters = [&parameters[..], &[method.into(), start.into()]].concat();
                    let (problem, start, steps) = (Arc::clone(&problem), derive_seed(own, &[start, 7]), plan.steps);
                    cells.push(Cell { parameters, measure: Box::new(move |control| measure(&problem, method, start, steps, control)) });
                }
            }
        }
        cells
    }

    fn findings(&self, table: &Table) -> Findings {
        findings(table)
    }
}

fn measure(problem: &Problem, method: &str, seed: u64, most: usize, control: &Control<'static>) -> Result<Vec<Value>, CellError> {
    let exact = problem.optimum(control)?;
    let optimum = nearest_f64(&exact);
    let begin = Instant::now();
    let total = problem.scaled.total;
    let (loss, steps) = if method == "gradient" {
        let stopped = || control.should_stop().is_some();
        let end = descend(&problem.scaled, problem.instance.architecture.width, most, seed, &stopped).ok_or(CellError::Stopped)?;
        // Floats are off by some units in the last place of the sum of squares.
        if end.loss < optimum - 1e-9 * total {
            return Err(CellError::Failed(format!("gradient descent ends at {}, below the proven optimum {optimum}", end.loss)));
        }
        (end.loss.max(optimum), Some(end.steps))
    } else {
        let local = Local { starts: 1, polished: 1, ..Local::default() };
        let (outcome, _) = train(&local, &problem.instance, &control.clone().with_seed(seed), Duration::from_secs(600))?;
        let found = outcome.incumbent.ok_or_else(|| CellError::Failed("local search found no network".to_owned()))?.loss;
        if found < exact {
            return Err(CellError::Failed(format!("local search found {found}, below the proven optimum {exact}")));
        }
        (nearest_f64(&found), None)
    };
    let seconds = begin.elapsed().as_secs_f64();
    let success = loss - optimum <= RELATIVE * optimum + ABSOLUTE * total;
    let gap = if optimum > 0.0 { Value::Number((loss - optimum) / optimum) } else { Value::Missing };
    let excess = if total > 0.0 { (loss - optimum) / total } else { 0.0 };
    Ok(vec![short(&exact).into(), optimum.into(), loss.into(), gap, excess.into(), usize::from(success).into(), steps.into(), seconds.into()])
}

fn findings(table: &Table) -> Findings {
    let success = |rows: &[super::Row<'_>]| rows.iter().filter(|row| row.text("success") == "1").count();
    let mut summary = Summary {
        caption: "Probability that a start succeeds (95 % interval), and the gap's quantiles over all starts".to_owned(),
        header: texts(&[
            "data",
            "n",
            "d",
            "k",
            "noise",
            "method",
            "starts",
            "success",
            "median gap",
            "90 % of gaps below",
            "best gap",
            "median time",
        ]),
        rows: Vec::new(),
    };
    for (key, rows) in table.group(&["data", "n", "d", "k", "noise", "method"]) {
        let (low, high) = wilson(success(&rows), rows.len());
        let gaps = numbers(&rows, "gap");
        let at = |p: f64| quantile(&gaps, p).map_or("-".to_owned(), |gap| format!("{} %", digits(100.0 * gap)));
        let share = 100.0 * count(success(&rows)) / count(rows.len());
        let mut row = key.clone();
        row.extend([
            rows.len().to_string(),
            format!("{share:.0} % ({:.0} to {:.0})", 100.0 * low, 100.0 * high),
            at(0.5),
            at(0.9),
            at(0.0),
            median(&numbers(&rows, "seconds")).map_or("-".to_owned(), super::time),
        ]);
        summary.rows.push(row);
    }
    let total = |method: &str| table.select(&[("method", method)]);
    let text = ["gradient", "local"].into_iter().filter(|method| !total(method).is_empty()).map(|method| {
        let rows = total(method);
        let (low, high) = wilson(success(&rows), rows.len());
        let share = 100.0 * count(success(&rows)) / count(rows.len());
        format!(
            "{method}: {} of {} starts reach the proven optimum, {share:.0} % (95 % interval {:.0} to {:.0} %).",
            success(&rows),
            rows.len(),
            100.0 * low,
            100.0 * high
        )
    });
    Findings { text: text.collect(), summaries: vec![summary], figures: [probability(table), distribution(table)].into_iter().flatten().collect() }
}

fn probability(table: &Table) -> Option<Figure> {
    let planted = Table {
        columns: table.columns.clone(),
        rows: table.iter().zip(&table.rows).filter(|(row, _)| row.text("data") == "planted").map(|(_, row)| row.clone()).collect(),
    };
    let panel = |method: &str, title: &str| {
        let series = planted.group(&["method", "k"]).into_iter().filter(|(key, _)| key[0] == method).map(|(key, rows)| {
            let mut noises = numbers(&rows, "noise");
            noises.sort_by(f64::total_cmp);
            noises.dedup();
            let points = noises.into_iter().map(|noise| {
                let at: Vec<_> = rows.iter().filter(|row| row.number("noise") == Some(noise)).collect();
                (noise, count(at.iter().filter(|row| row.text("success") == "1").count()) / count(at.len()))
            });
            Series { name: format!("width {}", key[1]), look: Look::Marked, points: points.collect() }
        });
        Panel {
            title: title.to_owned(),
            x: "noise (standard deviation)".to_owned(),
            y: "share of successful starts".to_owned(),
            range: Some((0.0, 1.05)),
            series: series.collect(),
            ..Panel::default()
        }
    };
    let panels = [
        panel("gradient", "Gradient descent: one start reaches the proven optimum"),
        panel("local", "Local search: one start reaches the proven optimum"),
    ];
    let caption = "The share of starts that end within 1 % of the proven optimum, by the noise and the width of planted networks.";
    (!planted.rows.is_empty()).then(|| Figure {
        name: "success",
        caption: caption.to_owned(),
        svg: chart("How often descent reaches the optimum", &panels),
    })
}

fn distribution(table: &Table) -> Option<Figure> {
    /// Smaller gaps are drawn here.
    const LEAST: f64 = 1e-6;
    let panel = |planted: bool, title: &str| {
        let series: Vec<Series> = table
            .group(&["method", "k"])
            .into_iter()
            .filter_map(|(key, rows)| {
                let mut gaps: Vec<f64> =
                    rows.iter().filter(|row| (row.text("data") == "planted") == planted).filter_map(|row| row.number("gap")).collect();
                gaps.sort_by(f64::total_cmp);
                let share = |i: usize| count(i + 1) / count(gaps.len());
                let mut points: Vec<(f64, f64)> = vec![];
                for (i, gap) in gaps.iter().enumerate() {
                    let x = gap.max(LEAST);
                    // Steps of the distribution function.
                    if let Some(&(_, before)) = points.last() {
                        points.push((x, before));
                    }
                    points.push((x, share(i)));
                }
                let look = if key[0] == "gradient" { Look::Line } else { Look::Dashed };
                (gaps.len() > 1).then(|| Series { name: format!("{}, width {}", key[0], key[1]), look, points })
            })
            .collect();
        (!series.is_empty()).then(|| Panel {
            title: title.to_owned(),
            x: format!("gap (loss − optimum) / optimum; {LEAST:e} stands for anything smaller"),
            y: "share of starts below".to_owned(),
            range: Some((0.0, 1.05)),
            logarithmic: [true, false],
            series,
            ..Panel::default()
        })
    };
    let panels: Vec<Panel> = [panel(true, "Planted networks with noise"), panel(false, "Bundled real data")].into_iter().flatten().collect();
    let caption = "Distribution functions of the gap over all starts. Solid: gradient descent, dashed: local search with one start. Instances whose optimum is 0 have no gap and are left out.";
    (!panels.is_empty()).then(|| Figure { name: "gaps", caption: caption.to_owned(), svg: chart("How far from the optimum descent ends", &panels) })
}
