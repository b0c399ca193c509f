//! Time and nodes to a proven optimum.
//!
//! Planted networks with noise (`generate::Teacher`): the minimum is found and proven by several methods, each over the sizes that it can take. In theory enumeration takes `O(n^{dk})` convex programs; the table has the
//! fitted exponents beside that.

use super::super::statistics::{exponent, median};
use super::super::{Cell, CellError, Figure, Findings, Mode, Study, Summary, Table, Value, derive_seed, train};
use super::{digits, exact_loss, is_decided, loss, numbers, texts, time};
use crate::generate::Teacher;
use crate::instance::{Activation, Architecture, Loss};
use crate::plot::{Look, Panel, Series, chart, chart_alike};
use crate::train::enumerate::Enumerate;
use crate::train::milp::Milp;
use crate::train::search::Search;
use crate::train::univariate::Univariate;
use crate::train::{Control, Trainer};
use std::time::Duration;

/// See the module.
pub(in super::super) struct Scaling;

/// Sizes of one method: loss, dimension, width, numbers of points.
type Sweep = (&'static str, Loss, usize, usize, &'static [usize]);

/// What is run.
struct Plan {
    sweeps: &'static [Sweep],
    /// The noise of the sweeps, in standard deviations.
    noise: &'static str,
    /// The noises of the search at one size (dimension, width, points).
    noises: &'static [&'static str],
    noisy: (usize, usize, usize),
    repeats: u64,
    limit: Duration,
}

const TINY: Plan = Plan {
    sweeps: &[
        ("search", Loss::L2, 1, 1, &[6, 10]),
        ("search", Loss::L2, 2, 1, &[6, 10]),
        ("univariate", Loss::L2, 1, 1, &[6, 10]),
        ("enumerate", Loss::L2, 1, 1, &[6, 10]),
        ("enumerate", Loss::L2, 2, 1, &[6, 10]),
        ("milp", Loss::L1, 1, 1, &[5, 6]),
    ],
    noise: "0.5",
    noises: &["0", "0.5"],
    noisy: (1, 1, 10),
    repeats: 1,
    limit: Duration::from_secs(20),
};
const QUICK: Plan = Plan {
    sweeps: &[
        ("search", Loss::L2, 1, 1, &[20, 40, 80, 160, 320]),
        ("search", Loss::L2, 2, 1, &[20, 40, 80, 160, 320]),
        ("search", Loss::L2, 3, 1, &[20, 40, 80, 160, 320]),
        ("search", Loss::L2, 1, 2, &[20, 40, 80, 160]),
        ("search", Loss::L2, 2, 2, &[20, 40, 80, 120]),
        ("search", Loss::L2, 3, 2, &[20, 28, 40, 56]),
        ("search", Loss::L2, 1, 3, &[20, 40, 80, 120]),
        ("search", Loss::L2, 2, 3, &[15, 20, 25, 30]),
        ("univariate", Loss::L2, 1, 1, &[20, 40, 80, 160, 320, 640, 1280]),
        ("univariate", Loss::L2, 1, 2, &[20, 40, 80, 160, 320, 640]),
        ("univariate", Loss::L2, 1, 3, &[20, 40, 80, 120, 240, 480]),
        ("enumerate", Loss::L2, 1, 1, &[20, 40, 80, 160, 320]),
        ("enumerate", Loss::L2, 2, 1, &[20, 40, 80, 160]),
        ("enumerate", Loss::L2, 3, 1, &[10, 15, 20, 30]),
        ("enumerate", Loss::L2, 1, 2, &[20, 40, 80, 160]),
        ("enumerate", Loss::L2, 2, 2, &[10, 14, 20, 28]),
        ("enumerate", Loss::L2, 1, 3, &[10, 14, 20, 28]),
        ("search", Loss::L1, 1, 1, &[10, 20, 40, 80]),
        ("search", Loss::L1, 2, 1, &[10, 20, 40, 80]),
        ("search", Loss::L1, 1, 2, &[10, 20, 40]),
        ("univariate", Loss::L1, 1, 1, &[10, 20, 40, 80, 160]),
        ("univariate", Loss::L1, 1, 2, &[10, 20, 40, 80]),
        ("enumerate", Loss::L1, 1, 1, &[10, 20, 40, 80]),
        ("enumerate", Loss::L1, 2, 1, &[10, 20, 40]),
        ("enumerate", Loss::L1, 1, 2, &[10, 14, 20]),
        ("milp", Loss::L1, 1, 1, &[6, 8, 10, 12, 16]),
        ("milp", Loss::L1, 2, 1, &[6, 8, 10, 12]),
    ],
    noise: "0.5",
    noises: &["0", "0.1", "0.2", "0.5", "1"],
    noisy: (2, 2, 40),
    repeats: 3,
    limit: Duration::from_secs(20),
};
const FULL: Plan = Plan {
    sweeps: &[
        ("search", Loss::L2, 1, 1, &[20, 40, 80, 160, 320, 640, 1280]),
        ("search", Loss::L2, 2, 1, &[20, 40, 80, 160, 320, 640, 1280]),
        ("search", Loss::L2, 3, 1, &[20, 40, 80, 160, 320, 640]),
        ("search", Loss::L2, 4, 1, &[20, 40, 80, 160, 320]),
        ("search", Loss::L2, 1, 2, &[20, 40, 80, 160, 320, 640]),
        ("search", Loss::L2, 2, 2, &[20, 40, 80, 160, 320]),
        ("search", Loss::L2, 3, 2, &[20, 28, 40, 56, 80]),
        ("search", Loss::L2, 4, 2, &[20, 28, 40]),
        ("search", Loss::L2, 1, 3, &[20, 40, 80, 160]),
        ("search", Loss::L2, 2, 3, &[15, 20, 28, 40]),
        ("search", Loss::L2, 3, 3, &[15, 20, 25]),
        ("univariate", Loss::L2, 1, 1, &[20, 40, 80, 160, 320, 640, 1280, 2560, 5120]),
        ("univariate", Loss::L2, 1, 2, &[20, 40, 80, 160, 320, 640, 1280, 2560]),
        ("univariate", Loss::L2, 1, 3, &[20, 40, 80, 160, 320, 640, 1280]),
        ("univariate", Loss::L2, 1, 4, &[20, 40, 80, 160, 320]),
        ("enumerate", Loss::L2, 1, 1, &[20, 40, 80, 160, 320, 640, 1280]),
        ("enumerate", Loss::L2, 2, 1, &[20, 40, 80, 160]),
        ("enumerate", Loss::L2, 3, 1, &[10, 20, 30, 40]),
        ("enumerate", Loss::L2, 1, 2, &[20, 40, 80, 160, 320]),
        ("enumerate", Loss::L2, 2, 2, &[10, 14, 20, 28, 40]),
        ("enumerate", Loss::L2, 1, 3, &[10, 14, 20, 28, 40]),
        ("search", Loss::L1, 1, 1, &[10, 20, 40, 80, 160]),
        ("search", Loss::L1, 2, 1, &[10, 20, 40, 80, 160]),
        ("search", Loss::L1, 1, 2, &[10, 20, 40, 80]),
        ("search", Loss::L1, 2, 2, &[10, 20, 40]),
        ("univariate", Loss::L1, 1, 1, &[10, 20, 40, 80, 160, 320, 640]),
        ("univariate", Loss::L1, 1, 2, &[10, 20, 40, 80, 160, 320]),
        ("univariate", Loss::L1, 1, 3, &[10, 20, 40, 80, 160]),
        ("enumerate", Loss::L1, 1, 1, &[10, 20, 40, 80, 160]),
        ("enumerate", Loss::L1, 2, 1, &[10, 20, 40, 80]),
        ("enumerate", Loss::L1, 1, 2, &[10, 14, 20, 28, 40]),
        ("enumerate", Loss::L1, 2, 2, &[8, 10, 12, 14]),
        ("milp", Loss::L1, 1, 1, &[6, 8, 10, 12, 16, 20]),
        ("milp", Loss::L1, 2, 1, &[6, 8, 10, 12, 14]),
        ("milp", Loss::L1, 1, 2, &[5, 6, 7, 8]),
    ],
    noise: "0.5",
    noises: &["0", "0.05", "0.1", "0.2", "0.5", "1", "2"],
    noisy: (2, 2, 80),
    repeats: 5,
    limit: Duration::from_secs(60),
};

impl Study for Scaling {
    fn name(&self) -> &'static str {
        "scaling"
    }

    fn version(&self) -> u32 {
        2
    }

    fn question(&self) -> &'static str {
        "How do time and nodes to a proven optimum grow with the number of points, the dimension, the width and the noise?"
    }

    fn method(&self) -> &'static str {
        "Data of planted ReLU networks with normal noise (relus generate teacher). The best network of the planted width is found and proven by the search, for one feature by the search on windows of kinks (univariate), by enumeration of activation patterns and by the mixed-integer program with \
         the bundled solver, whose optimum holds within float tolerances (status within-gap). Exponents are least squares in logarithms over all rows that were decided; the smallest sizes weigh as much as the largest, so that what is \
         constant in the time makes exponents of the time too small. Where several methods prove the optimum of the same data, the fractions are compared."
    }

    fn duration(&self, mode: Mode) -> Duration {
        Duration::from_secs(mode.pick(2, 30, 240))
    }

    fn parameters(&self) -> &'static [&'static str] {
        &["part", "method", "loss", "d", "k", "n", "noise", "repeat"]
    }

    fn measures(&self) -> &'static [&'static str] {
        &["status", "nodes", "tuples", "optimum", "optimum_approx", "seconds"]
    }

    fn cells(&self, mode: Mode, seed: u64) -> Vec<Cell> {
        let plan = mode.pick(&TINY, &QUICK, &FULL);
        let mut cells = Vec::new();
        let mut add = |part: &'static str, method: &'static str, loss: Loss, [d, k, n]: [usize; 3], noise: &'static str| {
            for repeat in 0..plan.repeats {
                // The same data for every method, and for every noise.
                let own = derive_seed(seed, &[d as u64, k as u64, n as u64, repeat]);
                let parameters = vec![part.into(), method.into(), loss.name().into(), d.into(), k.into(), n.into(), noise.into(), repeat.into()];
                let limit = plan.limit;
                cells.push(Cell { parameters, measure: Box::new(move |control| measure(method, loss, [d, k, n], noise, own, limit, control)) });
            }
        };
        for &(method, loss, d, k, sizes) in plan.sweeps {
            sizes.iter().for_each(|&n| add("size", method, loss, [d, k, n], plan.noise));
        }
        let (d, k, n) = plan.noisy;
        plan.noises.iter().for_each(|noise| add("noise", "search", Loss::L2, [d, k, n], noise));
        cells
    }

    fn findings(&self, table: &Table) -> Findings {
        findings(table)
    }
}

fn measure(
    method: &str,
    kind: Loss,
    [d, k, n]: [usize; 3],
    noise: &str,
    seed: u64,
    limit: Duration,
    control: &Control<'static>,
) -> Result<Vec<Value>, CellError> {
    let architecture = Architecture { activation: Activation::Relu, width: k, output_bias: false, convex: false, affine: false };
    let noise = noise.parse().expect("a number");
    let planted = Teacher { dimension: d, architecture, points: n, noise, decimals: 2, loss: kind, seed }.draw();
    let instance = planted.map_err(|error| CellError::Failed(error.to_string()))?.instance;
    let trainer: Box<dyn Trainer> = match method {
        "search" => Box::new(Search { deterministic: true, ..Search::default() }),
        "univariate" => Box::new(Univariate::default()),
        "enumerate" => Box::new(Enumerate::default()),
        _ => Box::new(Milp::default()),
    };
    let (outcome, seconds) = train(&*trainer, &instance, control, limit)?;
    Ok(vec![
        outcome.status.name().into(),
        outcome.statistics.get("nodes").into(),
        outcome.statistics.get("tuples").into(),
        exact_loss(outcome.incumbent.as_ref()),
        loss(&outcome),
        seconds.into(),
    ])
}

/// The methods, with the names that figures give them.
const METHODS: [(&str, &str); 4] =
    [("search", "Search"), ("univariate", "Univariate"), ("enumerate", "Enumeration"), ("milp", "Mixed-integer program")];

/// Decided, or within the tolerance of a MILP solver.
fn is_answered(row: &super::Row<'_>) -> bool {
    is_decided(row) || row.text("status") == "within-gap"
}

fn findings(table: &Table) -> Findings {
    let sizes = Table {
        columns: table.columns.clone(),
        rows: table.iter().zip(&table.rows).filter(|(row, _)| row.text("part") == "size").map(|(_, row)| row.clone()).collect(),
    };
    Findings {
        text: agreement(table),
        summaries: vec![exponents(&sizes), methods(&sizes)],
        figures: [times(&sizes, "l2"), times(&sizes, "l1"), noises(table)].into_iter().flatten().collect(),
    }
}

/// Whether methods agree on optima, as fractions.
fn agreement(table: &Table) -> Vec<String> {
    let mut compared = 0usize;
    let mut differing = 0usize;
    for (_, rows) in table.group(&["loss", "d", "k", "n", "noise", "repeat"]) {
        let optima: Vec<&str> = rows.iter().filter(|row| row.text("status") == "optimal").map(|row| row.text("optimum")).collect();
        let methods: std::collections::BTreeSet<&str> =
            rows.iter().filter(|row| row.text("status") == "optimal").map(|row| row.text("method")).collect();
        if methods.len() > 1 {
            compared += 1;
            differing += usize::from(optima.iter().any(|optimum| *optimum != optima[0]));
        }
    }
    let verdict = if differing == 0 { "all of them agree, as fractions".to_owned() } else { format!("{differing} of them DISAGREE") };
    vec![format!("{compared} minima were proven by more than one method; {verdict}.")]
}

fn exponents(table: &Table) -> Summary {
    let mut summary = Summary {
        caption: "Exponents b of n^b with 95 % intervals, beside dk of the bound n^(dk)".to_owned(),
        header: texts(&["method", "loss", "d", "k", "dk", "b of the time", "b of nodes or tuples", "n", "decided", "rows"]),
        rows: Vec::new(),
    };
    for (key, rows) in table.group(&["method", "loss", "d", "k"]) {
        let decided: Vec<_> = rows.iter().copied().filter(is_answered).collect();
        let fit = |column: &str| {
            let points: Vec<(f64, f64)> = decided.iter().filter_map(|row| Some((row.number("n")?, row.number(column)?))).collect();
            exponent(&points).map_or("-".to_owned(), |fit| fit.to_string())
        };
        let product = key[2].parse::<f64>().unwrap_or(0.0) * key[3].parse::<f64>().unwrap_or(0.0);
        let (least, most) = numbers(&rows, "n").into_iter().fold((f64::INFINITY, 0.0f64), |(low, high), n| (low.min(n), high.max(n)));
        let counter = if key[0] == "enumerate" { "tuples" } else { "nodes" };
        let mut row = key.clone();
        row.extend([
            product.to_string(),
            fit("seconds"),
            fit(counter),
            format!("{least} to {most}"),
            decided.len().to_string(),
            rows.len().to_string(),
        ]);
        summary.rows.push(row);
    }
    summary
}

/// Which method for which size.
fn methods(table: &Table) -> Summary {
    let mut summary = Summary {
        caption: "Which method for which (n, d, k): at the largest n that a method was given and always decided, its median time and, where they were run on the same n, the others'".to_owned(),
        header: texts(&["loss", "d", "k", "search", "univariate", "enumerate", "milp", "fastest at the largest common n"]),
        rows: Vec::new(),
    };
    for (key, rows) in table.group(&["loss", "d", "k"]) {
        let of =
            |method: &str, n: f64| rows.iter().copied().filter(|row| row.text("method") == method && row.number("n") == Some(n)).collect::<Vec<_>>();
        let mut sizes = numbers(&rows, "n");
        sizes.sort_by(f64::total_cmp);
        sizes.dedup();
        let decided = |method: &str, n: f64| {
            let rows = of(method, n);
            if rows.is_empty() || !rows.iter().all(is_answered) { None } else { median(&numbers(&rows, "seconds")) }
        };
        let best = |method: &str| {
            let largest = sizes.iter().copied().rev().find_map(|n| decided(method, n).map(|seconds| (n, seconds)));
            largest.map_or("-".to_owned(), |(n, seconds)| format!("n = {n}: {}", time(seconds)))
        };
        let common = sizes.iter().copied().rev().find_map(|n| {
            let mut found: Vec<(f64, &str)> = METHODS.into_iter().filter_map(|(method, _)| Some((decided(method, n)?, method))).collect();
            found.sort_by(|a, b| a.0.total_cmp(&b.0));
            (found.len() > 1).then(|| format!("n = {n}: {} ({} times faster than {})", found[0].1, digits(found[1].0 / found[0].0), found[1].1))
        });
        let mut row = key.clone();
        row.extend(METHODS.map(|(method, _)| best(method)));
        row.push(common.unwrap_or_else(|| "-".to_owned()));
        summary.rows.push(row);
    }
    summary
}

fn times(table: &Table, loss: &'static str) -> Option<Figure> {
    let panel = |method: &str, title: &str| {
        let groups = table.group(&["method", "loss", "d", "k"]);
        let series = groups.into_iter().filter(|(key, _)| key[0] == method && key[1] == loss).filter_map(|(key, rows)| {
            let rows: Vec<_> = rows.into_iter().filter(is_answered).collect();
            let mut sizes = numbers(&rows, "n");
            sizes.sort_by(f64::total_cmp);
            sizes.dedup();
            let at = |n: f64| rows.iter().copied().filter(|row| row.number("n") == Some(n)).collect::<Vec<_>>();
            let points: Vec<(f64, f64)> = sizes.into_iter().filter_map(|n| Some((n, median(&numbers(&at(n), "seconds"))?))).collect();
            (points.len() >= 2).then(|| Series { name: format!("d = {}, k = {}", key[2], key[3]), look: Look::Marked, points })
        });
        let series: Vec<Series> = series.collect();
        (!series.is_empty()).then(|| Panel {
            title: title.to_owned(),
            x: "points n".to_owned(),
            y: "median seconds".to_owned(),
            logarithmic: [true, true],
            series,
            ..Panel::default()
        })
    };
    let what = if loss == "l2" { "sum of squares" } else { "absolute residuals" };
    let panels: Vec<Panel> = METHODS.into_iter().filter_map(|(method, name)| panel(method, &format!("{name}, {what}"))).collect();
    let caption = "Time to a proven optimum against the number of points, medians of the repeats that were decided. Both axes are logarithmic, and the same for all methods: a straight line is a power of n.";
    (!panels.is_empty()).then(|| Figure {
        name: if loss == "l2" { "times-l2" } else { "times-l1" },
        caption: caption.to_owned(),
        svg: chart_alike("Time to a proven optimum", &panels),
    })
}

fn noises(table: &Table) -> Option<Figure> {
    let rows = table.select(&[("part", "noise")]);
    let first = rows.first()?;
    let title = format!("Search at n = {}, d = {}, k = {}", first.text("n"), first.text("d"), first.text("k"));
    let points =
        |column: &str| rows.iter().filter(|row| is_answered(row)).filter_map(|row| Some((row.number("noise")?, row.number(column)?))).collect();
    let panel = Panel {
        title,
        x: "noise (standard deviation)".to_owned(),
        y: "nodes".to_owned(),
        logarithmic: [false, true],
        series: vec![Series { name: "one data set".to_owned(), look: Look::Marks, points: points("nodes") }],
        ..Panel::default()
    };
    let caption = "Nodes to the proof against the noise in the data, one point a data set.";
    Some(Figure { name: "noise", caption: caption.to_owned(), svg: chart("Nodes and noise", &[panel]) })
}
