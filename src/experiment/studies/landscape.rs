//! All activation patterns of a small real data set, each with its exact minimum.
//!
//! For every choice of `k` closed cells of the data's arrangement, one a neuron, and of output signs, the loss is a convex function on a cone, and its minimum over it is computed in rationals. The tuples' minima are the whole landscape:
//! the smallest is the global optimum, and a minimiser is a local optimum of the loss as a function of the weights if no tuple of closed cells that contains it has a smaller minimum. A neuron that is 0 on a point lies in the cells on both
//! sides, one that is 0 everywhere in all cells and with either sign.

use super::super::statistics::count;
use super::super::{Cell, CellError, Figure, Findings, Mode, Study, Summary, Table, Value, go_on, train};
use super::{data, digits, exact_loss, is_decided, loss, numbers, texts};
use crate::arrangement::{Arrangement, Cells};
use crate::exact::{Rational, nearest_f64};
use crate::instance::{Activation, Architecture, Data, Instance, Loss};
use crate::plot::{Look, Panel, Series, chart};
use crate::train::search::Search;
use crate::train::{Control, Incumbent, pattern::Pattern, pattern::PatternSpace};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// See the module.
pub(in super::super) struct Landscape;

/// Sets by name, features (none: all), points and width.
type Set = (&'static str, &'static [&'static str], usize, usize);

const TINY: &[Set] = &[("anscombe-1", &[], 11, 1)];
const QUICK: &[Set] = &[("anscombe-1", &[], 11, 1), ("anscombe-1", &[], 11, 2), ("anscombe-2", &[], 11, 2)];
const FULL: &[Set] = &[
    ("anscombe-1", &[], 11, 1),
    ("anscombe-1", &[], 11, 2),
    ("anscombe-2", &[], 11, 2),
    ("anscombe-3", &[], 11, 2),
    ("diabetes-bmi-s5-20", &[], 20, 1),
    ("stackloss", &["air_flow", "water_temp"], 7, 2),
];

/// Data with their cells.
struct Ground {
    instance: Instance,
    cells: Cells,
}

impl Ground {
    fn new(data: Data, width: usize) -> Self {
        let architecture = Architecture { activation: Activation::Relu, width, output_bias: false, convex: false, affine: false };
        let instance = Instance { data, architecture, loss: Loss::L2, target_error: None };
        let space = PatternSpace::new(&instance);
        let arrangement = Arrangement::new(space.design().rows()).expect("a constant column, so no zero row");
        let cells = arrangement.cells(&mut || false).expect("few cells");
        Ground { instance, cells }
    }
}

impl Study for Landscape {
    fn name(&self) -> &'static str {
        "landscape"
    }

    fn version(&self) -> u32 {
        1
    }

    fn question(&self) -> &'static str {
        "Which activation patterns are optimal for a small real data set, how many local optima are there, and what does the sign of the neurons cost?"
    }

    fn method(&self) -> &'static str {
        "One row for each tuple of activation patterns (closed cells of the data's arrangement) and output signs: the exact minimum of the sum of squares over it, and on which points the minimiser's neurons are 0. A tuple is a local optimum \
         if no tuple whose closed cells contain its minimiser has a smaller minimum; where a tuple has several minimisers, the one that was found is judged. Anscombe's data in quick; more of them, and planes, in full."
    }

    fn duration(&self, mode: Mode) -> Duration {
        Duration::from_secs(mode.pick(2, 5, 5))
    }

    fn parameters(&self) -> &'static [&'static str] {
        &["data", "n", "d", "k", "part", "signs", "patterns"]
    }

    fn measures(&self) -> &'static [&'static str] {
        &["status", "minimum", "minimum_approx", "ties", "seconds"]
    }

    fn cells(&self, mode: Mode, _seed: u64) -> Vec<Cell> {
        let mut cells = Vec::new();
        for &(name, features, points, k) in mode.pick(TINY, QUICK, FULL) {
            let data = data::first(&data::regression(name, features), points);
            let before: Vec<Value> = vec![name.into(), data.len().into(), data.dimension().into(), k.into()];
            let ground = Arc::new(Ground::new(data, k));
            let parameters = [&before[..], &["search".into(), Value::Missing, Value::Missing]].concat();
            let own = Arc::clone(&ground);
            cells.push(Cell { parameters, measure: Box::new(move |control| by_search(&own, control)) });
            for plus in 0..=k {
                let signs: Vec<bool> = (0..k).map(|j| j < plus).collect();
                for tuple in tuples(ground.cells.len(), &signs) {
                    let shown = |c: &usize| bits(ground.cells.signs(*c).len(), |row| ground.cells.signs(*c).is_positive(row));
                    let patterns = tuple.iter().map(shown).collect::<Vec<_>>().join(" ");
                    let text: String = signs.iter().map(|&plus| if plus { '+' } else { '-' }).collect();
                    let parameters = [&before[..], &["tuple".into(), text.into(), patterns.into()]].concat();
                    let (own, signs) = (Arc::clone(&ground), signs.clone());
                    cells.push(Cell { parameters, measure: Box::new(move |control| by_tuple(&own, &tuple, &signs, control)) });
                }
            }
        }
        cells
    }

    fn findings(&self, table: &Table) -> Findings {
        findings(table)
    }
}

fn bits(len: usize, is_one: impl Fn(usize) -> bool) -> String {
    (0..len).map(|i| if is_one(i) { '1' } else { '0' }).collect()
}

/// The tuples of cells, each once up to the order of neurons of one sign.
fn tuples(cells: usize, signs: &[bool]) -> Vec<Vec<usize>> {
    let mut all: Vec<Vec<usize>> = vec![Vec::new()];
    for (j, sign) in signs.iter().enumerate() {
        let first = |tuple: &Vec<usize>| if j > 0 && signs[j - 1] == *sign { tuple[j - 1] } else { 0 };
        all = all.iter().flat_map(|tuple| (first(tuple)..cells).map(move |c| [&tuple[..], &[c]].concat())).collect();
    }
    all
}

fn by_search(ground: &Ground, control: &Control<'static>) -> Result<Vec<Value>, CellError> {
    let (outcome, seconds) = train(&Search { deterministic: true, ..Search::default() }, &ground.instance, control, Duration::from_secs(300))?;
    Ok(vec![outcome.status.name().into(), exact_loss(outcome.incumbent.as_ref()), loss(&outcome), Value::Missing, seconds.into()])
}

fn by_tuple(ground: &Ground, tuple: &[usize], plus: &[bool], control: &Control<'static>) -> Result<Vec<Value>, CellError> {
    go_on(control)?;
    let start = Instant::now();
    let space = PatternSpace::new(&ground.instance);
    let walls: Vec<Vec<usize>> = tuple.iter().map(|&c| ground.cells.facets(c).collect()).collect();
    let witnesses: Vec<_> = tuple.iter().map(|&c| ground.cells.witness(c)).collect();
    let pattern = |j: usize| Pattern { active: ground.cells.signs(tuple[j]), walls: &walls[j], witness: &witnesses[j] };
    let patterns: Vec<Pattern<'_>> = (0..tuple.len()).map(pattern).collect();
    let found: Incumbent = space.solve(&patterns, plus, None).ok_or_else(|| CellError::Failed("a closed cell without a minimum".to_owned()))?;
    let data = &ground.instance.data;
    let design = space.design();
    let ties = found.network.neurons.iter().map(|neuron| {
        let is_zero = |row: usize| neuron.preactivation(&data.points()[design.points_of_row(row)[0]]) == Rational::ZERO;
        bits(design.rows().len(), is_zero)
    });
    let ties = ties.collect::<Vec<_>>().join(" ");
    let approx = nearest_f64(&found.loss);
    Ok(vec!["optimal".into(), exact_loss(Some(&found)), approx.into(), ties.into(), start.elapsed().as_secs_f64().into()])
}

/// A neuron's pattern with its sign.
type Place = (String, char);

/// A tuple by what does not depend on the order of its neurons.
fn key(mut places: Vec<Place>) -> Vec<Place> {
    places.sort();
    places
}

/// Of each row whether its minimiser is a local optimum; rows of one set and width.
fn local_optima(rows: &[super::Row<'_>]) -> Vec<bool> {
    let places = |row: &super::Row<'_>| -> Vec<Place> { row.text("patterns").split(' ').map(str::to_owned).zip(row.text("signs").chars()).collect() };
    let minima: HashMap<Vec<Place>, f64> = rows.iter().filter_map(|row| Some((key(places(row)), row.number("minimum_approx")?))).collect();
    let patterns: BTreeSet<String> = rows.iter().flat_map(|row| row.text("patterns").split(' ')).map(str::to_owned).collect();
    let mut known: HashMap<(Place, String), Vec<Place>> = HashMap::new();
    let mut around = |place: &Place, ties: &str| -> Vec<Place> {
        let find = || {
            let is_near = |other: &&String| other.chars().zip(place.0.chars()).zip(ties.chars()).all(|((a, b), tie)| a == b || tie == '1');
            let signs: Vec<char> = if ties.contains('0') { vec![place.1] } else { vec!['+', '-'] };
            patterns.iter().filter(is_near).flat_map(|other| signs.iter().map(move |&sign| (other.clone(), sign))).collect()
        };
        known.entry((place.clone(), ties.to_owned())).or_insert_with(find).clone()
    };
    rows.iter()
        .map(|row| {
            let Some(own) = row.number("minimum_approx") else { return false };
            let mut neighbours: Vec<Vec<Place>> = vec![Vec::new()];
            for (place, ties) in places(row).iter().zip(row.text("ties").split(' ')) {
                let near = around(place, ties);
                neighbours =
                    neighbours.iter().flat_map(|tuple| near.iter().map(move |place| [&tuple[..], std::slice::from_ref(place)].concat())).collect();
            }
            // Equal fractions round to equal floats; different ones of this size differ by far more than rounding.
            neighbours.into_iter().all(|tuple| minima.get(&key(tuple)).is_none_or(|&other| other >= own * (1.0 - 1e-13)))
        })
        .collect()
}

fn findings(table: &Table) -> Findings {
    let mut findings = Findings::default();
    let mut summary = Summary {
        caption: "The landscape by sign class: exact minima over all tuples of activation patterns".to_owned(),
        header: texts(&[
            "data",
            "n",
            "d",
            "k",
            "signs",
            "tuples",
            "least loss",
            "times the optimum",
            "tuples that attain it",
            "tuples that are local optima",
            "different values of these",
        ]),
        rows: Vec::new(),
    };
    let mut optimal = Summary {
        caption: "All optimal tuples of activation patterns (one digit a point in the order of the data's rows without repetitions, 1: active), at most 40 a data set".to_owned(),
        header: texts(&["data", "k", "signs", "patterns", "loss"]),
        rows: Vec::new(),
    };
    let mut panels = Vec::new();
    for (set, all) in table.group(&["data", "n", "d", "k"]) {
        let rows: Vec<_> = all.iter().copied().filter(|row| row.text("part") == "tuple").collect();
        let Some(least) = numbers(&rows, "minimum_approx").into_iter().min_by(f64::total_cmp) else { continue };
        let is_local = local_optima(&rows);
        let exact = rows.iter().find(|row| row.number("minimum_approx") == Some(least)).map_or("", |row| row.text("minimum"));
        let found: Vec<_> = rows.iter().filter(|row| row.text("minimum") == exact).collect();
        if let Some(search) = all.iter().find(|row| row.text("part") == "search" && is_decided(row)) {
            let verdict = if search.text("minimum") == exact { "the same fraction as the search proves" } else { "NOT what the search proves" };
            findings.text.push(format!(
                "{}, k = {}: the least minimum of {} tuples is {}, {verdict}; {} tuples attain it.",
                set[0],
                set[3],
                rows.len(),
                digits(least),
                found.len()
            ));
        }
        for row in found.iter().take(40) {
            optimal.rows.push(vec![
                set[0].clone(),
                set[3].clone(),
                row.text("signs").to_owned(),
                row.text("patterns").to_owned(),
                row.text("minimum").to_owned(),
            ]);
        }
        let mut series = Vec::new();
        let mut optima = Vec::new();
        let classes: BTreeSet<&str> = rows.iter().map(|row| row.text("signs")).collect();
        for class in classes {
            let own: Vec<usize> = (0..rows.len()).filter(|&i| rows[i].text("signs") == class).collect();
            let mut minima: Vec<f64> = own.iter().filter_map(|&i| rows[i].number("minimum_approx")).collect();
            minima.sort_by(f64::total_cmp);
            let Some(&best) = minima.first() else { continue };
            let text = own.iter().find(|&&i| rows[i].number("minimum_approx") == Some(best)).map_or("", |&i| rows[i].text("minimum"));
            let attain = own.iter().filter(|&&i| rows[i].text("minimum") == text).count();
            let local: Vec<usize> = own.iter().copied().filter(|&i| is_local[i]).collect();
            let mut values: BTreeMap<&str, (f64, usize)> = BTreeMap::new();
            for &i in &local {
                values.entry(rows[i].text("minimum")).or_insert((rows[i].number("minimum_approx").unwrap_or(f64::NAN), 0)).1 += 1;
            }
            let times = if least > 0.0 { digits(best / least) } else { "-".to_owned() };
            let mut row = set.clone();
            row.extend([
                class.to_owned(),
                own.len().to_string(),
                digits(best),
                times,
                attain.to_string(),
                local.len().to_string(),
                values.len().to_string(),
            ]);
            summary.rows.push(row);
            series.push(Series {
                name: format!("signs {class}"),
                look: Look::Line,
                points: minima.iter().enumerate().map(|(i, &x)| (x, count(i + 1) / count(minima.len()))).collect(),
            });
            let mut points: Vec<(f64, f64)> = values.values().map(|&(value, tuples)| (value, count(tuples))).collect();
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
            optima.push(Series { name: format!("signs {class}"), look: Look::Marks, points });
        }
        let name = format!("{}, k = {}", set[0], set[3]);
        panels.push(Panel {
            title: format!("{name}: minima over all tuples of patterns"),
            x: "least sum of squares over a tuple".to_owned(),
            y: "share of tuples below".to_owned(),
            range: Some((0.0, 1.05)),
            logarithmic: [least > 0.0, false],
            series,
            ..Panel::default()
        });
        panels.push(Panel {
            title: format!("{name}: local optima"),
            x: "value of the local optimum".to_owned(),
            y: "tuples that have it".to_owned(),
            series: optima,
            ..Panel::default()
        });
    }
    findings.summaries = vec![summary, optimal];
    if !panels.is_empty() {
        let caption = "Above, the distribution of the exact minima over all tuples of activation patterns, by the signs of the output weights; below, the values of local optima and how many tuples have their minimum there.";
        findings.figures.push(Figure { name: "minima", caption: caption.to_owned(), svg: chart("The landscape of a small data set", &panels) });
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::Table;
    use crate::network::Network;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn shaken(network: &Network, random: &mut ChaCha8Rng) -> Network {
        let mut network = network.clone();
        let flip = random.random_bool(0.5);
        let mut small = || Rational::try_from(random.random_range(-1e-5..1e-5)).expect("finite");
        for neuron in &mut network.neurons {
            // A neuron that is 0 has either sign: between them lies no more than the function 0.
            if flip && neuron.b.is_zero() && neuron.w.iter().all(Rational::is_zero) {
                neuron.a = -neuron.a.clone();
            }
            neuron.w.iter_mut().for_each(|w| *w += small());
            neuron.b += small();
        }
        network
    }

    /// Origin: the definition of a local optimum. Around one no small change of the weights helps; around another minimiser of a single neuron some of thousands of random ones does, unless it is flat there.
    #[test]
    fn local_optima_stand_small_changes() {
        let q = |values: &[i32]| values.iter().map(|&value| Rational::from(value)).collect::<Vec<_>>();
        let data = Data::new([0, 1, 3, 4, 6].map(|x| q(&[x])).to_vec(), q(&[3, 1, -1, 2, 1])).unwrap();
        let ground = Ground::new(data, 1);
        let space = PatternSpace::new(&ground.instance);
        let (mut table, mut networks) = (Table { columns: texts(&["signs", "patterns", "ties", "minimum_approx"]), rows: Vec::new() }, Vec::new());
        for plus in [true, false] {
            for c in 0..ground.cells.len() {
                let values = by_tuple(&ground, &[c], &[plus], &Control::default()).unwrap();
                let pattern = bits(5, |row| ground.cells.signs(c).is_positive(row));
                table.rows.push(vec![if plus { "+" } else { "-" }.to_owned(), pattern, values[3].to_string(), values[2].to_string()]);
                let (walls, witness): (Vec<usize>, _) = (ground.cells.facets(c).collect(), ground.cells.witness(c));
                networks.push(space.solve(&[Pattern { active: ground.cells.signs(c), walls: &walls, witness: &witness }], &[plus], None).unwrap());
            }
        }
        let rows: Vec<_> = table.iter().collect();
        let is_local = local_optima(&rows);
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let mut kinds = [0, 0];
        for (found, is_local) in networks.iter().zip(is_local) {
            let better = (0..3000).any(|_| shaken(&found.network, &mut random).loss(&ground.instance.data, Loss::L2).unwrap() < found.loss);
            assert_ne!(better, is_local, "{:?}", found.network);
            kinds[usize::from(is_local)] += 1;
        }
        assert!(kinds.iter().all(|&kind| kind > 0), "{kinds:?}");
    }

    /// Origin: binomial coefficients.
    #[test]
    fn tuples_are_listed_once() {
        assert_eq!(tuples(22, &[true, true]).len(), 253);
        assert_eq!(tuples(22, &[true, false]).len(), 484);
        assert_eq!(tuples(5, &[false]).len(), 5);
    }
}
