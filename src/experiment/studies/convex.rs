//! The fixed-parameter algorithm for convex maps beside the general search.
//!
//! One question, whether `k` ReLUs fit `n` points in dimension `d` without error, in three forms: a *convex* map (all output weights +1) by the fixed-parameter algorithm, the same by the search, and *any signs* by the search.
//! The data are planted: values of a sum of `k` ReLUs (answer yes), or these with one value moved (answer mostly no).

use super::super::statistics::{count, exponent, median};
use super::super::{Cell, CellError, Figure, Findings, Mode, Study, Summary, Table, Value, derive_seed, train};
use super::{is_decided, numbers, texts, time};
use crate::exact::Rational;
use crate::generate::PlantedConvex;
use crate::instance::Instance;
use crate::plot::{Look, Panel, Series, chart_alike};
use crate::train::Control;
use crate::train::convex::Convex;
use crate::train::search::Search;
use std::time::Duration;

/// See the module.
pub(in super::super) struct Convexity;

/// What is run.
struct Plan {
    /// Dimension, width and numbers of points of the fixed-parameter algorithm.
    convex: &'static [(usize, usize, &'static [usize])],
    /// Of the search.
    search: &'static [(usize, usize, &'static [usize])],
    repeats: u64,
    limit: Duration,
}

const TINY: Plan = Plan { convex: &[(1, 1, &[10, 20]), (2, 2, &[10, 20])], search: &[(1, 1, &[10, 20])], repeats: 1, limit: Duration::from_secs(20) };
const QUICK: Plan = Plan {
    convex: &[
        (1, 1, &[50, 100, 200, 400, 800, 1600]),
        (1, 3, &[50, 100, 200, 400, 800, 1600]),
        (2, 2, &[25, 50, 100, 200, 400, 800, 1600]),
        (2, 3, &[25, 50, 100, 200, 400, 800]),
        (3, 2, &[25, 50, 100, 200, 400, 800]),
        (4, 2, &[50, 100, 200, 400]),
    ],
    search: &[(1, 1, &[50, 100, 200, 400]), (1, 3, &[25, 50, 100, 200]), (2, 2, &[25, 50, 100, 200]), (3, 2, &[25, 50, 100])],
    repeats: 3,
    limit: Duration::from_secs(20),
};
const FULL: Plan = Plan {
    convex: &[
        (1, 1, &[100, 200, 500, 1000, 2000]),
        (1, 3, &[100, 200, 500, 1000, 2000]),
        (1, 5, &[100, 200, 500, 1000]),
        (2, 2, &[100, 200, 500, 1000, 2000]),
        (2, 3, &[100, 200, 500, 1000]),
        (2, 4, &[100, 200, 500]),
        (3, 2, &[100, 200, 500, 1000]),
        (3, 3, &[100, 200, 500]),
        (4, 2, &[100, 200, 500]),
    ],
    search: &[
        (1, 1, &[50, 100, 200, 400, 800]),
        (1, 3, &[25, 50, 100, 200, 400]),
        (2, 2, &[25, 50, 100, 200, 400]),
        (2, 3, &[25, 50, 100, 200]),
        (3, 2, &[25, 50, 100, 200]),
        (4, 2, &[25, 50, 100]),
    ],
    repeats: 5,
    limit: Duration::from_secs(60),
};

const METHODS: [&str; 3] = ["convex", "search", "search-any-signs"];

impl Study for Convexity {
    fn name(&self) -> &'static str {
        "convex"
    }

    fn version(&self) -> u32 {
        1
    }

    fn question(&self) -> &'static str {
        "Where does the fixed-parameter algorithm for convex maps leave the general search behind?"
    }

    fn method(&self) -> &'static str {
        "The decision problem \"do k ReLUs fit n points in dimension d without error\" on planted convex maps (answer: yes) and on the same with one of the n values moved by 1/100 (mostly: no): restricted to output weights +1 by the \
         fixed-parameter algorithm (convex) and by the search (search), and for networks with any signs by the search (search-any-signs). Where two methods answer the same question of the same data, their answers are compared."
    }

    fn duration(&self, mode: Mode) -> Duration {
        Duration::from_secs(mode.pick(2, 20, 300))
    }

    fn parameters(&self) -> &'static [&'static str] {
        &["method", "d", "k", "n", "data", "repeat"]
    }

    fn measures(&self) -> &'static [&'static str] {
        &["status", "nodes", "linear_programs", "seconds"]
    }

    fn cells(&self, mode: Mode, seed: u64) -> Vec<Cell> {
        let plan = mode.pick(&TINY, &QUICK, &FULL);
        let mut cells = Vec::new();
        for method in METHODS {
            let sweep = if method == "convex" { plan.convex } else { plan.search };
            for &(d, k, sizes) in sweep {
                for &n in sizes {
                    for data in ["planted", "moved"] {
                        for repeat in 0..plan.repeats {
                            let own = derive_seed(seed, &[d as u64, k as u64, n as u64, repeat]);
                            let limit = plan.limit;
                            let parameters = vec![method.into(), d.into(), k.into(), n.into(), data.into(), repeat.into()];
                            cells.push(Cell { parameters, measure: Box::new(move |control| measure(method, [d, k, n], data, own, limit, control)) });
                        }
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

fn measure(method: &str, [d, k, n]: [usize; 3], data: &str, seed: u64, limit: Duration, control: &Control<'static>) -> Result<Vec<Value>, CellError> {
    let perturbation = if data == "moved" { Rational::ONE / Rational::from(100) } else { Rational::ZERO };
    let settings = PlantedConvex { dimension: d, width: k, affine: false, points: n, decimals: 3, perturbation, moved: 1, seed };
    let planted = settings.draw().map_err(|error| CellError::Failed(error.to_string()))?;
    let mut instance: Instance = planted.instance;
    let search = Search { deterministic: true, ..Search::default() };
    let (outcome, seconds) = match method {
        "convex" => train(&Convex::default(), &instance, control, limit)?,
        "search" => train(&search, &instance, control, limit)?,
        _ => {
            instance.architecture.convex = false;
            train(&search, &instance, control, limit)?
        }
    };
    if data == "planted" && outcome.status.name() == "not-realizable" {
        return Err(CellError::Failed("a planted map is said not to fit its data".to_owned()));
    }
    Ok(vec![outcome.status.name().into(), outcome.statistics.get("nodes").into(), outcome.statistics.get("linear programs").into(), seconds.into()])
}

fn findings(table: &Table) -> Findings {
    let mut summary = Summary {
        caption: "Exponent b of the time n^b with its 95 % interval, for d, k and the data; the general bound is n^(dk)".to_owned(),
        header: texts(&["method", "d", "k", "dk", "data", "b", "largest n, all decided", "median time there", "open at the limit"]),
        rows: Vec::new(),
    };
    for (key, rows) in table.group(&["method", "d", "k", "data"]) {
        let decided: Vec<_> = rows.iter().copied().filter(is_decided).collect();
        let points: Vec<(f64, f64)> = decided.iter().filter_map(|row| Some((row.number("n")?, row.number("seconds")?))).collect();
        let mut sizes = numbers(&rows, "n");
        sizes.sort_by(f64::total_cmp);
        sizes.dedup();
        let at = |n: f64| rows.iter().copied().filter(|row| row.number("n") == Some(n)).collect::<Vec<_>>();
        let largest = sizes.iter().copied().rfind(|&n| at(n).iter().all(is_decided));
        let product = key[1].parse::<f64>().unwrap_or(0.0) * key[2].parse::<f64>().unwrap_or(0.0);
        summary.rows.push(vec![
            key[0].clone(),
            key[1].clone(),
            key[2].clone(),
            product.to_string(),
            key[3].clone(),
            exponent(&points).map_or("-".to_owned(), |fit| fit.to_string()),
            largest.map_or("-".to_owned(), |n| n.to_string()),
            largest.and_then(|n| median(&numbers(&at(n), "seconds"))).map_or("-".to_owned(), time),
            (rows.len() - decided.len()).to_string(),
        ]);
    }
    let panels = ["moved", "planted"].map(|data| {
        let series = table.group(&["method", "d", "k"]).into_iter().filter_map(|(key, rows)| {
            let rows: Vec<_> = rows.into_iter().filter(|row| row.text("data") == data && is_decided(row)).collect();
            let mut sizes = numbers(&rows, "n");
            sizes.sort_by(f64::total_cmp);
            sizes.dedup();
            let points: Vec<(f64, f64)> = sizes
                .into_iter()
                .filter_map(|n| {
                    let at: Vec<_> = rows.iter().copied().filter(|row| row.number("n") == Some(n)).collect();
                    Some((n, median(&numbers(&at, "seconds"))?))
                })
                .collect();
            let look = if key[0] == "convex" { Look::Marked } else { Look::Dashed };
            let shown = points.len() >= 2 && key[0] != "search";
            shown.then(|| Series { name: format!("{}: d = {}, k = {}", key[0], key[1], key[2]), look, points })
        });
        Panel {
            title: if data == "moved" { "One value moved: no map fits".to_owned() } else { "Planted: a map fits".to_owned() },
            x: "points n".to_owned(),
            y: "median seconds".to_owned(),
            logarithmic: [true, true],
            series: series.collect(),
            ..Panel::default()
        }
    });
    let mut text = Vec::new();
    let mut compared = 0usize;
    let mut differing = 0usize;
    for (_, rows) in table.group(&["d", "k", "n", "data", "repeat"]) {
        let answer = |method: &str| rows.iter().find(|row| row.text("method") == method && is_decided(row)).map(|row| row.text("status"));
        if let (Some(a), Some(b)) = (answer("convex"), answer("search")) {
            compared += 1;
            differing += usize::from(a != b);
        }
    }
    text.push(format!(
        "{compared} questions were decided by both the fixed-parameter algorithm and the search; {} answers differ.",
        if differing == 0 { "no".to_owned() } else { differing.to_string() }
    ));
    let moved = table.select(&[("data", "moved"), ("method", "convex")]);
    let no = moved.iter().filter(|row| row.text("status") == "not-realizable").count();
    if !moved.is_empty() {
        text.push(format!(
            "Of {} data sets with a moved value {no} have no convex map without error ({:.0} %).",
            moved.len(),
            100.0 * count(no) / count(moved.len())
        ));
    }
    let caption = "Time to decide whether k ReLUs fit without error, medians of the repeats. Solid with markers: convex maps by the fixed-parameter algorithm; dashed: any signs by the search.";
    let figure = Figure { name: "times", caption: caption.to_owned(), svg: chart_alike("Convex maps and the general search", &panels) };
    Findings { text, summaries: vec![summary], figures: vec![figure] }
}
