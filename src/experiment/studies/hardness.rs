//! The reductions in numbers: how large their instances are, and how long it takes to decide them.

use super::super::statistics::exponent;
use super::super::{Cell, CellError, Figure, Findings, Mode, Study, Summary, Table, Value, derive_seed, train};
use super::{digits, is_decided, numbers, texts, time};
use crate::plot::{Look, Panel, Series, chart, chart_alike};
use crate::problems::{Clique, Poits, Problem, complete_graph, cycle_graph, planted_formula, random_graph};
use crate::reductions::{CliqueRelu, CliqueThreshold, Ledger, PoitsRelu, PoitsThreshold, Reduction};
use crate::train::Control;
use crate::train::search::Search;
use std::time::{Duration, Instant};

/// See the module.
pub(in super::super) struct Hardness;

/// A source problem by a name that says what it is.
#[derive(Debug, Clone)]
enum Source {
    /// A formula.
    Poits(String, Poits),
    /// A graph and the clique's size.
    Clique(String, Clique),
}

impl Source {
    fn name(&self) -> &str {
        match self {
            Source::Poits(name, _) | Source::Clique(name, _) => name,
        }
    }
}

const LIMIT: Duration = Duration::from_secs(60);

/// A small formula, by its clauses of numbers from 1.
fn formula(variables: usize, clauses: &[[usize; 3]]) -> Source {
    let text: Vec<String> = clauses.iter().map(|clause| clause.map(|literal| literal.to_string()).concat()).collect();
    let clauses = clauses.iter().map(|clause| clause.map(|literal| literal - 1)).collect();
    Source::Poits(format!("clauses {}", text.join(" ")), Poits::new(variables, clauses).expect("a formula"))
}

/// A graph with the clique to be found.
fn clique(name: &str, vertices: usize, edges: &[(usize, usize)], size: usize) -> Source {
    Source::Clique(format!("{name}, clique {size}"), Clique::new(vertices, edges, size).expect("a graph"))
}

/// What is only measured.
fn sizes(mode: Mode, seed: u64) -> Vec<Source> {
    let formulas: &[usize] = mode.pick(&[3, 6], &[3, 6, 12, 24, 48], &[3, 6, 12, 24, 48, 96, 192]);
    let graphs: &[(usize, usize)] = mode.pick(
        &[(4, 2), (6, 3)],
        &[(6, 2), (12, 2), (24, 2), (48, 2), (12, 3), (12, 4), (12, 5)],
        &[(6, 2), (12, 2), (24, 2), (48, 2), (96, 2), (12, 3), (24, 3), (48, 3), (12, 4), (12, 5), (12, 6), (12, 8)],
    );
    let mut all: Vec<Source> = formulas
        .iter()
        .map(|&v| Source::Poits(format!("{v} variables, {v} clauses"), planted_formula(v, v, derive_seed(seed, &[v as u64]))))
        .collect();
    all.extend(graphs.iter().map(|&(v, k)| {
        let graph = random_graph(v, 0.5, derive_seed(seed, &[v as u64, 1]));
        Source::Clique(format!("random graph of {v} vertices, clique {k}"), Clique::in_graph(&graph, k).expect("a clique of some vertices"))
    }));
    all
}

/// What is decided, by which reduction.
fn questions(mode: Mode) -> Vec<(&'static str, Source)> {
    let path = |n: usize, k: usize| clique(&format!("path of {n}"), n, &(1..n).map(|v| (v - 1, v)).collect::<Vec<_>>(), k);
    let named = |name: &str, graph: crate::problems::Graph, k: usize| {
        Source::Clique(format!("{name}, clique {k}"), Clique::in_graph(&graph, k).expect("a graph"))
    };
    let mut all = vec![
        ("poits-threshold", formula(1, &[[1, 1, 1]])),
        ("poits-threshold", formula(2, &[[1, 1, 2]])),
        ("clique-threshold", clique("no edge, 2 vertices", 2, &[], 2)),
        ("clique-threshold", path(3, 2)),
    ];
    if mode != Mode::Tiny {
        all.extend([
            ("poits-threshold", formula(3, &[[1, 2, 3]])),
            ("poits-threshold", formula(2, &[[1, 1, 2], [1, 2, 2]])),
            ("poits-threshold", formula(3, &[[1, 2, 3], [1, 1, 2]])),
            ("clique-threshold", path(4, 2)),
            ("clique-threshold", named("cycle of 5", cycle_graph(5), 2)),
            ("clique-threshold", named("complete graph of 3", complete_graph(3), 3)),
            ("clique-threshold", path(3, 3)),
            ("clique-relu", clique("no edge, 2 vertices", 2, &[], 2)),
            ("poits-relu", formula(1, &[[1, 1, 1]])),
        ]);
    }
    if mode == Mode::Full {
        all.extend([
            ("poits-relu", formula(2, &[[1, 1, 2]])),
            ("poits-threshold", formula(4, &[[1, 2, 3], [2, 3, 4]])),
            ("clique-threshold", path(4, 3)),
            ("clique-threshold", named("cycle of 5", cycle_graph(5), 3)),
            ("clique-threshold", named("complete graph of 4", complete_graph(4), 4)),
            ("clique-relu", path(3, 2)),
            ("clique-relu", named("complete graph of 3", complete_graph(3), 3)),
        ]);
    }
    all
}

impl Study for Hardness {
    fn name(&self) -> &'static str {
        "hardness"
    }

    fn version(&self) -> u32 {
        2
    }

    fn question(&self) -> &'static str {
        "How large are the training instances of the hardness reductions, and how long does it take to decide them?"
    }

    fn method(&self) -> &'static str {
        "The four reductions of Froese and Hertrich in relus' form: from positive one-in-three SAT (poits) to the plane, from Clique to two threshold neurons or four ReLUs. Part size measures the training instances of growing sources \
         against the closed forms. Part decide asks small sources with and without a solution twice: the source's own solver, and the exact search on the training instance; the two answers must agree, and the study fails if they do not."
    }

    fn duration(&self, mode: Mode) -> Duration {
        Duration::from_secs(mode.pick(2, 60, 360))
    }

    fn parameters(&self) -> &'static [&'static str] {
        &["part", "reduction", "source"]
    }

    fn measures(&self) -> &'static [&'static str] {
        &[
            "variables",
            "clauses",
            "vertices",
            "edges",
            "clique",
            "n",
            "d",
            "k",
            "longest_number_bits",
            "total_bits",
            "answer",
            "status",
            "nodes",
            "seconds_reduce",
            "seconds_source",
            "seconds_train",
        ]
    }

    fn cells(&self, mode: Mode, seed: u64) -> Vec<Cell> {
        let mut cells = Vec::new();
        let mut add = |part: &'static str, rule: &'static str, source: Source| {
            let parameters = vec![part.into(), rule.into(), source.name().into()];
            cells.push(Cell { parameters, measure: Box::new(move |control| by_rule(part == "decide", rule, &source, control)) });
        };
        for source in sizes(mode, seed) {
            let rules = if matches!(source, Source::Poits(..)) { ["poits-relu", "poits-threshold"] } else { ["clique-relu", "clique-threshold"] };
            rules.into_iter().for_each(|rule| add("size", rule, source.clone()));
        }
        questions(mode).into_iter().for_each(|(rule, source)| add("decide", rule, source));
        cells
    }

    fn findings(&self, table: &Table) -> Findings {
        findings(table)
    }
}

fn by_rule(decide: bool, rule: &str, source: &Source, control: &Control<'static>) -> Result<Vec<Value>, CellError> {
    match (rule, source) {
        ("poits-relu", Source::Poits(_, source)) => measure(decide, &PoitsRelu, source, control),
        (_, Source::Poits(_, source)) => measure(decide, &PoitsThreshold, source, control),
        ("clique-relu", Source::Clique(_, source)) => measure(decide, &CliqueRelu, source, control),
        (_, Source::Clique(_, source)) => measure(decide, &CliqueThreshold, source, control),
    }
}

fn measure<R: Reduction>(decide: bool, reduction: &R, source: &R::Source, control: &Control<'static>) -> Result<Vec<Value>, CellError> {
    let start = Instant::now();
    let instance = reduction.reduce(source);
    let reduced = start.elapsed().as_secs_f64();
    let ledger = Ledger::new(reduction, source, &instance);
    if !ledger.holds() {
        return Err(CellError::Failed(format!("sizes differ from the closed forms: {ledger:?}")));
    }
    let of = |name: &str| ledger.source.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
    let mut values: Vec<Value> = ["variables", "clauses", "vertices", "edges", "clique"].into_iter().map(|name| of(name).into()).collect();
    let sizes = ledger.measured;
    values.extend([sizes.points, sizes.dimension, sizes.width, ledger.longest_number, ledger.total_bits].map(Value::from));
    if !decide {
        values.extend([Value::Missing, Value::Missing, Value::Missing, reduced.into(), Value::Missing, Value::Missing]);
        return Ok(values);
    }
    let start = Instant::now();
    let solution = source.solve();
    let solved = start.elapsed().as_secs_f64();
    let (outcome, seconds) = train(&Search { deterministic: true, ..Search::default() }, &instance, control, LIMIT)?;
    let status = outcome.status.name();
    let agrees = match status {
        "realizable" => solution.is_some(),
        "not-realizable" => solution.is_none(),
        _ => true,
    };
    if !agrees {
        return Err(CellError::Failed(format!(
            "the source {} a solution, but its training instance is {status}",
            if solution.is_some() { "has" } else { "has no" }
        )));
    }
    let answer = if solution.is_some() { "yes" } else { "no" };
    values.extend([answer.into(), status.into(), outcome.statistics.get("nodes").into(), reduced.into(), solved.into(), seconds.into()]);
    Ok(values)
}

fn findings(table: &Table) -> Findings {
    Findings {
        text: verdicts(table),
        summaries: vec![parameters(table), decisions(table)],
        figures: [growth(table), times(table)].into_iter().flatten().collect(),
    }
}

fn verdicts(table: &Table) -> Vec<String> {
    let rows = table.select(&[("part", "decide")]);
    let decided = rows.iter().filter(|row| is_decided(row)).count();
    let size = table.select(&[("part", "size")]).len();
    vec![format!(
        "{size} training instances have exactly the sizes of the closed forms. Of {} small ones that were to be decided the exact search decided {decided}, with the answer of the source's own solver each time{}. \
         More questions of reductions to ReLUs, which take the search longest, are asked in the mode full.",
        rows.len(),
        if decided < rows.len() { format!("; the others met the limit of {} s", LIMIT.as_secs()) } else { String::new() }
    )]
}

fn parameters(table: &Table) -> Summary {
    let facts = [
        ("poits-relu", "NP-hard for d = 2", "31 v + 36 m + 6 points, 4 (v + m) neurons", "2"),
        ("poits-threshold", "NP-hard for d = 2", "18 v + 23 m + 6 points, 2 (v + m) neurons", "2"),
        ("clique-relu", "W[1]-hard with parameter d, for k = 4", "4 neurons in dimension 2 κ", "2 κ"),
        ("clique-threshold", "W[1]-hard with parameter d, for k = 2", "2 neurons in dimension 2 κ", "2 κ"),
    ];
    let rows = facts.into_iter().map(|(rule, hardness, form, dimension)| {
        let rows = table.select(&[("part", "size"), ("reduction", rule)]);
        let (name, source) = if rule.starts_with("poits") {
            ("variables", rows.clone())
        } else {
            ("vertices", rows.iter().copied().filter(|row| row.text("clique") == "2").collect())
        };
        let points: Vec<(f64, f64)> = source.iter().filter_map(|row| Some((row.number(name)?, row.number("n")?))).collect();
        let range = |column: &str| {
            let values = numbers(&rows, column);
            let (low, high) = values.iter().fold((f64::INFINITY, 0.0f64), |(low, high), &x| (low.min(x), high.max(x)));
            if values.is_empty() {
                "-".to_owned()
            } else if low == high {
                low.to_string()
            } else {
                format!("{low} to {high}")
            }
        };
        vec![
            rule.to_owned(),
            hardness.to_owned(),
            form.to_owned(),
            dimension.to_owned(),
            range("d"),
            range("k"),
            range("n"),
            exponent(&points).map_or("-".to_owned(), |fit| format!("{name}^{}", digits(fit.slope))),
            range("longest_number_bits"),
        ]
    });
    Summary {
        caption: "Parameters of the reductions: the theorem, the closed form, and what was measured".to_owned(),
        header: texts(&[
            "reduction",
            "hardness",
            "closed form",
            "d",
            "d measured",
            "k measured",
            "n measured",
            "n grows like",
            "bits of the longest number",
        ]),
        rows: rows.collect(),
    }
}

fn decisions(table: &Table) -> Summary {
    let rows = table.select(&[("part", "decide")]).into_iter().map(|row| {
        let seconds = |column: &str| row.number(column).map_or("-".to_owned(), time);
        let mut fields: Vec<String> =
            ["reduction", "source", "answer", "n", "d", "k", "status", "nodes"].into_iter().map(|column| row.text(column).to_owned()).collect();
        fields.extend([seconds("seconds_source"), seconds("seconds_train")]);
        fields
    });
    Summary {
        caption: "Small sources, decided by their own solver and by the exact search on the training instance".to_owned(),
        header: texts(&[
            "reduction",
            "source",
            "solution?",
            "n",
            "d",
            "k",
            "exact search",
            "nodes",
            "time of the source's solver",
            "time of the search",
        ]),
        rows: rows.collect(),
    }
}

/// The sizes.
fn growth(table: &Table) -> Option<Figure> {
    let series = |rules: [&str; 2], name: &str, keep: &dyn Fn(&super::Row<'_>) -> bool| -> Vec<Series> {
        rules
            .into_iter()
            .map(|rule| {
                let rows: Vec<_> = table.select(&[("part", "size"), ("reduction", rule)]).into_iter().filter(|row| keep(row)).collect();
                let mut points: Vec<(f64, f64)> = rows.iter().filter_map(|row| Some((row.number(name)?, row.number("n")?))).collect();
                points.sort_by(|a, b| a.0.total_cmp(&b.0));
                Series { name: rule.to_owned(), look: Look::Marked, points }
            })
            .filter(|series| !series.points.is_empty())
            .collect()
    };
    let panel = |title: &str, x: &str, series| Panel {
        title: title.to_owned(),
        x: x.to_owned(),
        y: "points n".to_owned(),
        logarithmic: [true, true],
        series,
        ..Panel::default()
    };
    let panels = [
        panel("From formulas with as many clauses as variables", "variables", series(["poits-relu", "poits-threshold"], "variables", &|_| true)),
        panel(
            "From random graphs of density ½, clique 2",
            "vertices",
            series(["clique-relu", "clique-threshold"], "vertices", &|row| row.text("clique") == "2"),
        ),
    ];
    let panels: Vec<Panel> = panels.into_iter().filter(|panel| !panel.series.is_empty()).collect();
    let caption = "The number of points of the training instance against the size of the source; both axes are logarithmic.";
    (!panels.is_empty()).then(|| Figure { name: "sizes", caption: caption.to_owned(), svg: chart("Sizes of the reductions", &panels) })
}

/// Whoever is asked, and how long it takes.
fn times(table: &Table) -> Option<Figure> {
    let asked = table.select(&[("part", "decide")]);
    let panel = |rules: [&str; 2], title: &str| {
        let points = |answer: &str, column: &str| -> Vec<(f64, f64)> {
            let rows = asked.iter().filter(|row| rules.contains(&row.text("reduction")) && row.text("answer").starts_with(answer) && is_decided(row));
            let mut points: Vec<(f64, f64)> = rows.filter_map(|row| Some((row.number("n")?, row.number(column)?))).collect();
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
            points
        };
        let of = |name: &str, answer: &str, column: &str| Series { name: name.to_owned(), look: Look::Marks, points: points(answer, column) };
        Panel {
            title: title.to_owned(),
            x: "points n of the training instance".to_owned(),
            y: "seconds".to_owned(),
            logarithmic: [true, true],
            series: vec![
                of("search: there is a network", "yes", "seconds_train"),
                of("search: there is none", "no", "seconds_train"),
                of("the source's solver", "", "seconds_source"),
            ],
            ..Panel::default()
        }
    };
    let panels = [
        panel(["poits-relu", "poits-threshold"], "Formulas, in the plane"),
        panel(["clique-relu", "clique-threshold"], "Cliques, with two threshold neurons or four ReLUs"),
    ];
    let panels: Vec<Panel> = panels.into_iter().filter(|panel| panel.series.iter().any(|series| !series.points.is_empty())).collect();
    let caption = "Time to decide small sources: by their own solver, and by the exact search on the training instance. Both axes are logarithmic, and the same in both parts; questions that met the limit are left out.";
    (!panels.is_empty()).then(|| Figure { name: "times", caption: caption.to_owned(), svg: chart_alike("Time to decide", &panels) })
}
