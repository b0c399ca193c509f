//! The data file: a CSV table or an instance, read as text fields first and turned into points once the result says what is what.

use crate::error::CheckError;
use crate::number;
use crate::result::{Loss, Problem, name, open, read_format};
use dashu_ratio::RBig;
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Points with targets, at least one; for labels the target is 1 in the positive class and 0 in the other.
#[derive(Debug)]
pub(crate) struct Data {
    pub(crate) points: Vec<Vec<RBig>>,
    pub(crate) targets: Vec<RBig>,
}

/// Rows of fields; in the rows of an instance the target is the last field.
type Rows = Vec<Vec<String>>;

#[derive(Deserialize)]
struct InstanceFile {
    x: Vec<Vec<Value>>,
    y: Vec<Value>,
}

impl Data {
    /// The data that `problem` is about: its columns of the file at `path`.
    ///
    /// The number of points decides whether the first row is a header: it is one if there is one row more than points. A row of numbers is none.
    pub(crate) fn read(path: &Path, problem: &Problem) -> Result<Self, CheckError> {
        let text = open(path)?;
        let is_instance = text.trim_start().starts_with('{');
        let mut rows = if is_instance { instance(path, &text)? } else { table(path, &text)? };
        let malformed = |message| CheckError::Table(path.to_owned(), message);
        if let Some(i) = rows.iter().position(|row| row.len() != rows[0].len()) {
            return Err(malformed(format!("row {}: {} entries, expected {}", i + 1, rows[i].len(), rows[0].len())));
        }
        let other_points = CheckError::OtherData(format!("there are {} rows, the problem has {} points", rows.len(), problem.points));
        let header = (!is_instance && rows.len().checked_sub(1) == Some(problem.points)).then(|| rows.remove(0));
        let count = rows.first().ok_or_else(|| malformed("no data".to_owned()))?.len();
        if rows.len() != problem.points {
            return Err(other_points);
        }
        let target = problem.target.as_ref().map_or(Ok(count - 1), |name| column(name, header.as_deref(), count))?;
        let features: Vec<usize> = match &problem.features {
            Some(names) => names.iter().map(|name| column(name, header.as_deref(), count)).collect::<Result<_, _>>()?,
            None => (0..count).filter(|&c| c != target).collect(),
        };
        let is_data = |row: &Vec<String>| features.iter().chain([&target]).all(|&c| number::parse(&row[c]).is_some());
        if header.as_ref().is_some_and(is_data) {
            return Err(other_points);
        }
        if features.len() != problem.dimension {
            return Err(CheckError::OtherData(format!("there are {} features, the problem has {}", features.len(), problem.dimension)));
        }
        let first_line = 1 + usize::from(header.is_some());
        let number = |i: usize, c: usize| {
            let message = || format!("row {}, column {}: {:?} is no finite number", i + first_line, c + 1, rows[i][c]);
            number::parse(&rows[i][c]).ok_or_else(|| malformed(message()))
        };
        let points = (0..rows.len()).map(|i| features.iter().map(|&c| number(i, c)).collect()).collect::<Result<_, _>>()?;
        let targets = match &problem.positive {
            None => (0..rows.len()).map(|i| number(i, target)).collect::<Result<_, _>>()?,
            Some(_) if problem.loss != Loss::ZeroOne => {
                return Err(CheckError::OtherData(format!("the targets are labels, but the loss is {}", name(problem.loss))));
            }
            Some(positive) => two_classes(&rows.iter().map(|row| row[target].as_str()).collect::<Vec<_>>(), positive)?,
        };
        Ok(Data { points, targets })
    }

    /// The points of each site, the sites in the order of first appearance.
    pub(crate) fn sites(&self) -> Vec<Vec<usize>> {
        let (mut site_of, mut sites) = (BTreeMap::new(), Vec::new());
        for (i, x) in self.points.iter().enumerate() {
            let site = *site_of.entry(x).or_insert(sites.len());
            sites.resize(sites.len().max(site + 1), Vec::new());
            sites[site].push(i);
        }
        sites
    }
}

fn instance(path: &Path, text: &str) -> Result<Rows, CheckError> {
    let file: InstanceFile = read_format(path, text, "relus-instance")?;
    if file.x.len() != file.y.len() {
        return Err(CheckError::Table(path.to_owned(), format!("y: {} entries, expected {}", file.y.len(), file.x.len())));
    }
    let field = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Ok(file.x.iter().zip(&file.y).map(|(x, y)| x.iter().chain([y]).map(field).collect()).collect())
}

/// A table in the delimiter that splits all lines into equally many fields, more than one; with the comma if none does.
fn table(path: &Path, text: &str) -> Result<Rows, CheckError> {
    let split = |delimiter| -> Rows {
        let mut reader =
            csv::ReaderBuilder::new().has_headers(false).flexible(true).trim(csv::Trim::All).delimiter(delimiter).from_reader(text.as_bytes());
        let records = reader.records().filter_map(Result::ok).map(|record| record.iter().map(str::to_owned).collect::<Vec<_>>());
        records.filter(|row| row.iter().any(|field| !field.is_empty()) || row.len() > 1).collect()
    };
    let fits = |rows: &Rows| rows.first().is_some_and(|first| first.len() > 1 && rows.iter().all(|row| row.len() == first.len()));
    let mut fitting = [b',', b';', b'\t'].map(split).into_iter().filter(fits);
    let rows = fitting.next().unwrap_or_else(|| split(b','));
    if fitting.next().is_some() {
        return Err(CheckError::Table(path.to_owned(), "the delimiter is ambiguous".to_owned()));
    }
    Ok(rows)
}

/// The column called `name`, or else with this number, from 1.
fn column(name: &str, header: Option<&[String]>, count: usize) -> Result<usize, CheckError> {
    let named: Vec<usize> = header.iter().flat_map(|names| (0..count).filter(|&c| names[c] == name.trim())).collect();
    let numbered = name.trim().parse::<usize>().ok().filter(|c| (1..=count).contains(c));
    match (&named[..], numbered) {
        ([c], _) => Ok(*c),
        ([], Some(c)) => Ok(c - 1),
        _ => Err(CheckError::OtherData(format!("there are {} columns {name:?}", named.len()))),
    }
}

/// 1 for the label `positive` and 0 for the other; labels that are all numbers are equal as numbers.
fn two_classes(labels: &[&str], positive: &str) -> Result<Vec<RBig>, CheckError> {
    let numeric = labels.iter().all(|label| number::parse(label).is_some());
    let key = |label: &str| match number::parse(label) {
        Some(value) if numeric => value.to_string(),
        _ => label.trim().to_owned(),
    };
    let positive = key(positive);
    let found: BTreeSet<String> = labels.iter().map(|label| key(label)).collect();
    if found.len() > 2 || (found.len() == 2 && !found.contains(&positive)) {
        let few: Vec<String> = found.into_iter().take(3).collect();
        return Err(CheckError::OtherData(format!("the labels are {few:?}: not {positive:?} and one other")));
    }
    Ok(labels.iter().map(|label| if key(label) == positive { RBig::ONE } else { RBig::ZERO }).collect())
}
