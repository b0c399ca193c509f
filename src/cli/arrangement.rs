//! `relus arrangement`: the cells of a set of hyperplanes, listed and counted independently.

use super::error::CliError;
use super::limits::LimitArgs;
use super::output::OutputArgs;
use super::{DECIDED, LIMIT};
use clap::Args;
use relus::arrangement::{Arrangement, ArrangementError, Cells, CharacteristicPolynomial, characteristic_polynomial};
use relus::exact::{Integer, IntegerRows, IntegerVector, Rational};
use relus::instance::Source;
use relus::instance::csv::{CsvOptions, Header, read_matrix};
use relus::instance::json::read_instance;
use relus::train::Control;
use serde::Serialize;
use std::fmt::Write;
use std::path::PathBuf;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

/// Count or list the activation patterns of data: the cells of their hyperplanes
///
/// Each point x gives the hyperplane { (w, b) : w·x + b = 0 }; on each cell of the rest a neuron is active
/// on the same points. The cells are listed one by one and counted a second time by
/// the characteristic polynomial (deletion and restriction); exit code 5 if the counts differ.
///
/// Examples:
///   relus arrangement data.csv --target y
///   relus arrangement points.csv --list
///   relus generate hyperplanes threshold 4 | relus arrangement --hyperplanes -
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct ArrangementArgs {
    /// The points: CSV, every column a coordinate, or a relus-instance (JSON); "-" reads standard input
    data: PathBuf,
    /// The lines of the CSV are normals of hyperplanes through the origin, not points
    #[arg(long)]
    hyperplanes: bool,
    /// List every cell: the sign of each row, and a point (w, b) inside
    #[arg(long)]
    list: bool,
    /// Only count, by the characteristic polynomial, without the listing beside it
    #[arg(long, conflicts_with = "list")]
    count_only: bool,
    /// Leave this column out, by name or number from 1 [default: none]
    #[arg(long, value_name = "COLUMN", help_heading = "Reading CSV", allow_hyphen_values = true)]
    target: Option<String>,
    /// Use these columns, by name or number from 1, separated by commas [default: all]
    #[arg(long, value_name = "A,B,…", value_delimiter = ',', num_args = 1, help_heading = "Reading CSV", allow_hyphen_values = true)]
    features: Option<Vec<String>>,
    /// The first line is a header [default: detected; a header has no numbers]
    #[arg(long, conflicts_with = "no_header", help_heading = "Reading CSV")]
    header: bool,
    /// The first line is data
    #[arg(long, help_heading = "Reading CSV")]
    no_header: bool,
    #[command(flatten)]
    limits: LimitArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// What was found; a count is missing if it was not asked for or a limit came first.
struct Found {
    rows: usize,
    /// The dimension of the points, if the rows are points.
    dimension: Option<usize>,
    hyperplanes: usize,
    rank: usize,
    cells: Option<Cells>,
    polynomial: Option<CharacteristicPolynomial>,
}

pub(super) fn run(args: &ArrangementArgs) -> Result<u8, CliError> {
    let (file, rows) = read(args)?;
    args.output.check()?;
    let bad = |source: ArrangementError| CliError::Arrangement { file: file.clone(), source };
    let arrangement = Arrangement::new(&rows).map_err(bad)?;
    let control = args.limits.control();
    let cells = if args.count_only {
        None
    } else {
        match arrangement.cells(&mut || control.should_stop().is_some()) {
            Err(ArrangementError::Stopped) => None,
            cells => Some(cells.map_err(bad)?),
        }
    };
    let stopped = !args.count_only && cells.is_none();
    let polynomial = if stopped { None } else { count(rows.clone(), &control).transpose().map_err(bad)? };
    let dimension = (!args.hyperplanes).then(|| rows.columns() - 1);
    let found = Found { rows: rows.len(), dimension, hyperplanes: arrangement.hyperplanes(), rank: arrangement.rank(), cells, polynomial };
    if let (Some(cells), Some(polynomial)) = (&found.cells, &found.polynomial)
        && Integer::from(cells.len()) != polynomial.regions()
    {
        let message =
            format!("{file}: {} cells were listed, but the characteristic polynomial {polynomial} counts {}", cells.len(), polynomial.regions());
        return Err(CliError::Check(message));
    }
    args.output.write(&if args.output.json() { to_json(&found, args.list) } else { to_text(&found, args.list) })?;
    Ok(if found.polynomial.is_some() { DECIDED } else { LIMIT })
}

fn read(args: &ArrangementArgs) -> Result<(String, IntegerRows), CliError> {
    let source = Source::read(&args.data)?;
    let mut rows = if source.is_json() {
        if args.hyperplanes || args.target.is_some() || args.features.is_some() || args.header || args.no_header {
            let message = "--hyperplanes, --target, --features and --header apply to CSV, but the data are a JSON instance";
            return Err(CliError::Usage(message.to_owned()));
        }
        read_instance(&source)?.data.points().to_vec()
    } else {
        let header = match (args.header, args.no_header) {
            (true, _) => Header::Yes,
            (_, true) => Header::No,
            _ => Header::Detect,
        };
        read_matrix(&source, &CsvOptions { header, target: args.target.clone(), features: args.features.clone() })?
    };
    if !args.hyperplanes {
        rows.iter_mut().for_each(|point| point.push(Rational::ONE));
    }
    let columns = rows.first().map_or(0, Vec::len);
    if columns == 0 {
        return Err(CliError::Usage("no column is left: a hyperplane needs a coordinate".to_owned()));
    }
    // A positive multiple of a normal is a normal of the same hyperplane with the same sides.
    let rows = rows.iter().map(|row| IntegerVector::from_rationals(row).entries().to_vec()).collect();
    Ok((source.name().to_owned(), IntegerRows::new(rows, columns)))
}

/// The characteristic polynomial, computed on a thread that is left behind when a limit comes first (the process ends soon after).
fn count(rows: IntegerRows, control: &Control<'_>) -> Option<Result<CharacteristicPolynomial, ArrangementError>> {
    const POLL: Duration = Duration::from_millis(20);
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || sender.send(characteristic_polynomial(&rows)));
    loop {
        match receiver.recv_timeout(POLL) {
            Ok(polynomial) => return Some(polynomial),
            Err(RecvTimeoutError::Timeout) if control.should_stop().is_none() => {}
            Err(_) => return None,
        }
    }
}

#[derive(Serialize)]
struct Cell {
    signs: String,
    witness: Vec<String>,
}

#[derive(Serialize)]
struct Report {
    format: &'static str,
    version: u64,
    rows: usize,
    hyperplanes: usize,
    rank: usize,
    cells: Option<usize>,
    characteristic_polynomial: Option<String>,
    cells_by_polynomial: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    list: Option<Vec<Cell>>,
}

fn list(found: &Found) -> impl Iterator<Item = Cell> + '_ {
    found.cells.iter().flat_map(|cells| {
        (0..cells.len())
            .map(|c| Cell { signs: cells.signs(c).to_string(), witness: cells.witness(c).entries().iter().map(ToString::to_string).collect() })
    })
}

fn to_json(found: &Found, with_list: bool) -> String {
    let report = Report {
        format: "relus-arrangement",
        version: 1,
        rows: found.rows,
        hyperplanes: found.hyperplanes,
        rank: found.rank,
        cells: found.cells.as_ref().map(Cells::len),
        characteristic_polynomial: found.polynomial.as_ref().map(ToString::to_string),
        cells_by_polynomial: found.polynomial.as_ref().map(|polynomial| polynomial.regions().to_string()),
        list: with_list.then(|| list(found).collect()),
    };
    serde_json::to_string(&report).expect("strings, numbers and lists") + "\n"
}

fn to_text(found: &Found, with_list: bool) -> String {
    let mut out = String::new();
    let mut line = |label: &str, text: &str| {
        let _ = writeln!(out, "{label:<12}{text}");
    };
    match found.dimension {
        Some(dimension) => {
            line("points", &format!("{} in dimension {dimension}: {} different hyperplanes of rank {}", found.rows, found.hyperplanes, found.rank));
        }
        None => line("rows", &format!("{}: {} different hyperplanes of rank {}", found.rows, found.hyperplanes, found.rank)),
    }
    match (&found.cells, &found.polynomial) {
        (Some(cells), Some(_)) => line("cells", &format!("{}, listed and counted independently", cells.len())),
        (Some(cells), None) => line("cells", &format!("{}, listed; stopped at a limit before the independent count", cells.len())),
        (None, Some(polynomial)) => line("cells", &format!("{}, counted by the characteristic polynomial", polynomial.regions())),
        (None, None) => line("cells", "stopped at a limit before all were found"),
    }
    if let Some(polynomial) = &found.polynomial {
        line("polynomial", &polynomial.to_string());
    }
    if with_list {
        for cell in list(found) {
            let _ = writeln!(out, "{}  {}", cell.signs, cell.witness.join(" "));
        }
    }
    out
}
