//! Training data as comma-separated text.
//!
//! One line a point, one column a coordinate, and one column (the last, unless another is named) the target. Fields may be quoted (`"a,b"`, a quote
//! inside is doubled), lines may end in CR LF, lines of blanks are skipped. The delimiter is the comma, the semicolon or the tab, whichever splits every line
//! into the same number of fields.
//!
//! The first line is a header if none of its fields is a number. (It is data if all its features are numbers: then the target may still be a class name. A mixture is
//! reported at its first field that is no number.) If there are no features the first line is a header only if every other target is a number.
//!
//! A number is what [`parse_rational`] reads. Memory and time are linear in the size of the text.

use super::classes::classify;
use super::{Data, FileError, Place, Source, exact_text};
use crate::exact::{ParseNumberError, Rational, parse_rational};
use thiserror::Error;

/// What is wrong with a table, besides fields that are not numbers.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CsvProblem {
    /// No line at all.
    #[error("no data: the file is empty")]
    Empty,
    /// A header and nothing else.
    #[error("no data: there is a header but no line after it")]
    HeaderOnly,
    /// A line has another number of fields than the first.
    #[error("{found} fields, but the first line has {expected}")]
    Ragged {
        /// The line's number of fields.
        found: usize,
        /// That of the first line.
        expected: usize,
    },
    /// A quote that is never closed.
    #[error("a quoted field is not closed before the end of the file")]
    UnclosedQuote,
    /// Two delimiters fit.
    #[error(
        "the delimiter is ambiguous: both {0:?} and {1:?} split every line equally (numbers are written with a decimal point; use one delimiter)"
    )]
    Delimiter(char, char),
    /// A field is not a number and the line might have been meant as a header.
    #[error("{0}; if the first line is a header, say so (--header)")]
    Header(ParseNumberError),
    /// A column that is asked for does not exist.
    #[error("no column {name:?}; the columns are {columns}")]
    UnknownColumn {
        /// What was asked for.
        name: String,
        /// What there is.
        columns: String,
    },
    /// Two columns have the name that is asked for.
    #[error("two columns are called {0:?}; select by number")]
    AmbiguousColumn(String),
    /// A column is selected twice, or both as target and as feature.
    #[error("column {0:?} is selected twice")]
    Twice(String),
}

/// Whether the first line is a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Header {
    /// Decide by its content (see the module's documentation).
    #[default]
    Detect,
    /// It is.
    Yes,
    /// It is data.
    No,
}

/// How to read a table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CsvOptions {
    /// Whether the first line is a header; default: detect.
    pub header: Header,
    /// The target's column by name or number (from 1); default: the last.
    pub target: Option<String>,
    /// The features' columns by name or number (from 1), in this order; default: all but the target, in the file's order.
    pub features: Option<Vec<String>>,
}

/// So many labels are listed in a message.
const SHOWN_LABELS: usize = 10;

/// A field and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Field {
    text: String,
    line: usize,
    column: usize,
}

/// A table whose features are numbers and whose targets are still text: read them as numbers or as classes.
#[derive(Debug, Clone)]
pub struct Table {
    name: String,
    points: Vec<Vec<Rational>>,
    labels: Vec<Field>,
    feature_names: Vec<String>,
    target_name: Option<String>,
    /// Whether the first line is data only because of a guess: then a field of it that is no number may be a header's.
    guessed: bool,
}

/// Reads a table.
///
/// # Errors
/// [`FileError`] with line and field for everything that is no table of numbers (the target column may hold anything here).
///
/// # Examples
/// ```
/// use relus::instance::{Source, csv::{CsvOptions, read_table}};
/// let source = Source::new("lines.csv", "height,weight\n1.5,7/2\n2,4\n");
/// let data = read_table(&source, &CsvOptions::default()).unwrap().regression().unwrap();
/// assert_eq!((data.len(), data.dimension(), data.target_name.as_deref()), (2, 1, Some("weight")));
/// ```
pub fn read_table(source: &Source, options: &CsvOptions) -> Result<Table, FileError> {
    let selected = Selected::read(source, options, true)?;
    let points = selected.points(source.name())?;
    let Selected { header, body, columns, guessed } = selected;
    let target = columns.target.unwrap_or_else(|| body[0].len() - 1);
    let name = |c: usize| header.as_ref().map(|header| header[c].text.clone());
    Ok(Table {
        name: source.name().to_owned(),
        points,
        labels: body.iter().map(|record| record[target].clone()).collect(),
        feature_names: columns.features.iter().filter_map(|&c| name(c)).collect(),
        target_name: name(target),
        guessed,
    })
}

impl Table {
    /// The data with targets that are numbers.
    ///
    /// # Errors
    /// [`FileError`] names the first target that is not.
    pub fn regression(&self) -> Result<Data, FileError> {
        let targets = self.labels.iter().enumerate().map(|(i, label)| number(&self.name, label, self.guessed && i == 0));
        let targets = targets.collect::<Result<_, _>>()?;
        self.data(targets)
    }

    /// The data with targets 1 for the points of the positive class and 0 for the others; see [`ClassError`](super::ClassError) for what two classes are.
    ///
    /// # Errors
    /// [`FileError`] if there are more than two labels, an empty one, or none of them is `positive`.
    pub fn classification(&self, positive: Option<&str>) -> Result<Data, FileError> {
        if let Some(empty) = self.labels.iter().find(|label| label.text.is_empty()) {
            return Err(FileError::new(&self.name, Place::Cell(empty.line, empty.column), ParseNumberError::Empty));
        }
        let labels: Vec<&str> = self.labels.iter().map(|label| label.text.as_str()).collect();
        let (targets, classes) = classify(&labels, positive).map_err(|(index, problem)| {
            let place = index.map_or(Place::File, |i| Place::Cell(self.labels[i].line, self.labels[i].column));
            FileError::new(&self.name, place, problem)
        })?;
        let mut data = self.data(targets)?;
        data.classes = Some(classes);
        Ok(data)
    }

    /// The data with the number of its class, from 0, as each point's target, and the names of all classes: ordered by value if they are numbers, else by the alphabet.
    ///
    /// # Errors
    /// [`FileError`] if a label is empty.
    ///
    /// # Examples
    /// ```
    /// use relus::instance::{Source, csv::{CsvOptions, read_table}};
    /// let source = Source::new("flowers.csv", "1,rose\n2,aster\n3,rose\n");
    /// let (data, names) = read_table(&source, &CsvOptions::default()).unwrap().classes().unwrap();
    /// assert_eq!((names, data.targets()[0].to_string()), (vec!["aster".to_owned(), "rose".to_owned()], "1".to_owned()));
    /// ```
    pub fn classes(&self) -> Result<(Data, Vec<String>), FileError> {
        if let Some(empty) = self.labels.iter().find(|label| label.text.is_empty()) {
            return Err(FileError::new(&self.name, Place::Cell(empty.line, empty.column), ParseNumberError::Empty));
        }
        let numbers: Option<Vec<Rational>> = self.labels.iter().map(|label| parse_rational(&label.text).ok()).collect();
        let keys: Vec<(Rational, &str)> = match &numbers {
            Some(numbers) => numbers.iter().map(|number| (number.clone(), "")).collect(),
            None => self.labels.iter().map(|label| (Rational::ZERO, label.text.as_str())).collect(),
        };
        let mut order: Vec<usize> = (0..keys.len()).collect();
        order.sort_by(|&i, &j| keys[i].cmp(&keys[j]));
        order.dedup_by(|i, j| keys[*i] == keys[*j]);
        let class = |key: &(Rational, &str)| Rational::from(order.partition_point(|&i| keys[i] < *key));
        let data = self.data(keys.iter().map(class).collect())?;
        Ok((data, order.into_iter().map(|i| self.labels[i].text.clone()).collect()))
    }

    /// The data with targets 1 for the points with the label `positive` and 0 for all others, whatever their labels: numbers are equal as numbers ("3" and "3.0"), other labels as text.
    ///
    /// # Errors
    /// [`FileError`] if no point has the label.
    pub fn one_against_rest(&self, positive: &str) -> Result<Data, FileError> {
        let wanted = parse_rational(positive).ok();
        let is_positive = |label: &Field| match (&wanted, parse_rational(&label.text)) {
            (Some(wanted), Ok(number)) => *wanted == number,
            _ => label.text == positive.trim(),
        };
        let targets: Vec<Rational> = self.labels.iter().map(|label| if is_positive(label) { Rational::ONE } else { Rational::ZERO }).collect();
        if targets.iter().all(Rational::is_zero) {
            let mut names: Vec<&str> = self.labels.iter().map(|label| label.text.as_str()).collect();
            names.sort_unstable();
            names.dedup();
            let shown: Vec<String> = names.iter().take(SHOWN_LABELS).map(|name| format!("{name:?}")).collect();
            let found = shown.join(", ") + if names.len() > SHOWN_LABELS { ", …" } else { "" };
            return Err(FileError::new(&self.name, Place::File, super::ClassError::NoPositive { label: positive.to_owned(), found }));
        }
        self.data(targets)
    }

    /// The data with all targets 0: for what only looks at the points.
    ///
    /// # Errors
    /// [`FileError`] if the points are no data.
    pub fn without_labels(&self) -> Result<Data, FileError> {
        self.data(vec![Rational::ZERO; self.points.len()])
    }

    fn data(&self, targets: Vec<Rational>) -> Result<Data, FileError> {
        let mut data = Data::new(self.points.clone(), targets).map_err(|problem| FileError::new(&self.name, Place::File, problem))?;
        data.feature_names.clone_from(&self.feature_names);
        data.target_name.clone_from(&self.target_name);
        Ok(data)
    }
}

/// Reads a matrix: the selected columns (default: all but the target, and no column is the target unless one is named), all of them numbers.
///
/// # Errors
/// As [`read_table`].
pub fn read_matrix(source: &Source, options: &CsvOptions) -> Result<Vec<Vec<Rational>>, FileError> {
    let selected = Selected::read(source, options, false)?;
    selected.points(source.name())
}

/// The lines after the header, and which of their columns are asked for.
struct Selected {
    header: Option<Vec<Field>>,
    body: Vec<Vec<Field>>,
    columns: Columns,
    guessed: bool,
}

impl Selected {
    fn read(source: &Source, options: &CsvOptions, with_target: bool) -> Result<Self, FileError> {
        let mut records = split(source)?;
        let (line, count) = (records[0][0].line, records[0].len());
        for record in &records {
            if record.len() != count {
                let problem = CsvProblem::Ragged { found: record.len(), expected: count };
                return Err(source.error(Place::Cell(record[0].line, record.len().min(count + 1)), problem));
            }
        }
        let is_header = match options.header {
            Header::Yes => true,
            Header::No => false,
            Header::Detect => detect_header(&records, options, with_target),
        };
        let header = is_header.then(|| records.remove(0));
        let columns = Columns::select(count, header.as_deref().unwrap_or(&[]), options, with_target);
        let columns = columns.map_err(|problem| source.error(Place::Line(line), problem))?;
        if records.is_empty() {
            return Err(source.error(Place::Line(line), CsvProblem::HeaderOnly));
        }
        let guessed = options.header == Header::Detect && header.is_none();
        Ok(Selected { header, body: records, columns, guessed })
    }

    fn points(&self, file: &str) -> Result<Vec<Vec<Rational>>, FileError> {
        let point =
            |(i, record): (usize, &Vec<Field>)| self.columns.features.iter().map(|&c| number(file, &record[c], self.guessed && i == 0)).collect();
        self.body.iter().enumerate().map(point).collect()
    }
}

fn number(file: &str, field: &Field, may_be_header: bool) -> Result<Rational, FileError> {
    parse_rational(&field.text).map_err(|problem| {
        let place = Place::Cell(field.line, field.column);
        if may_be_header && matches!(problem, ParseNumberError::Malformed(_)) {
            return FileError::new(file, place, CsvProblem::Header(problem));
        }
        FileError::new(file, place, problem)
    })
}

/// Whether a field stands for a value: a number, or one that is refused for its size; `NaN` is a value that is missing, not a name.
fn is_value(text: &str) -> bool {
    !matches!(parse_rational(text), Err(ParseNumberError::Empty | ParseNumberError::Malformed(_)))
}

fn detect_header(records: &[Vec<Field>], options: &CsvOptions, with_target: bool) -> bool {
    let tokens = options.features.iter().flatten().chain(&options.target);
    // Only a header can give a meaning to a name.
    if tokens.into_iter().any(|token| column_number(token).is_none()) {
        return true;
    }
    let first = &records[0];
    let Ok(columns) = Columns::select(first.len(), &[], options, with_target) else { return false };
    let mut used = columns.features.iter().chain(&columns.target);
    if used.any(|&c| is_value(&first[c].text)) {
        return false;
    }
    !columns.features.is_empty() || records[1..].iter().all(|record| columns.target.is_none_or(|c| is_value(&record[c].text)))
}

fn column_number(token: &str) -> Option<usize> {
    token.trim().parse().ok().filter(|&c| c > 0)
}

struct Columns {
    features: Vec<usize>,
    /// `None` only if none is named and the last column is a feature too.
    target: Option<usize>,
}

impl Columns {
    fn select(count: usize, names: &[Field], options: &CsvOptions, with_target: bool) -> Result<Self, CsvProblem> {
        let find = |token: &String| {
            let token = token.trim();
            let mut named = (0..names.len()).filter(|&c| names[c].text == token);
            if let Some(c) = named.next() {
                return if named.next().is_some() { Err(CsvProblem::AmbiguousColumn(token.to_owned())) } else { Ok(c) };
            }
            column_number(token).filter(|&c| c <= count).map(|c| c - 1).ok_or_else(|| CsvProblem::UnknownColumn {
                name: token.to_owned(),
                columns: if names.is_empty() {
                    format!("1 to {count}, without names")
                } else {
                    names.iter().map(|name| format!("{:?}", name.text)).collect::<Vec<_>>().join(", ")
                },
            })
        };
        let target = options.target.as_ref().map(find).transpose()?.or(with_target.then(|| count - 1));
        let features = match &options.features {
            None => (0..count).filter(|&c| Some(c) != target).collect(),
            Some(tokens) => tokens.iter().map(find).collect::<Result<Vec<_>, _>>()?,
        };
        for (i, &c) in features.iter().enumerate() {
            if Some(c) == target || features[..i].contains(&c) {
                return Err(CsvProblem::Twice(names.get(c).map_or_else(|| (c + 1).to_string(), |name| name.text.clone())));
            }
        }
        Ok(Columns { features, target })
    }
}

/// The records, at least one, each of at least one field.
fn split(source: &Source) -> Result<Vec<Vec<Field>>, FileError> {
    let empty = || source.error(Place::Line(1), CsvProblem::Empty);
    let mut fitting: Vec<(u8, Vec<Vec<Field>>)> = Vec::new();
    let mut fallback: Option<Vec<Vec<Field>>> = None;
    let mut unclosed = None;
    for delimiter in [b',', b';', b'\t'] {
        let (records, closed) = split_at(source.text(), delimiter);
        let first = records.first().ok_or_else(empty)?.len();
        if !closed {
            unclosed = unclosed.or(records.last().and_then(|last| last.last()).map(|field| Place::Cell(field.line, field.column)));
        } else if first > 1 && records.iter().all(|record| record.len() == first) {
            fitting.push((delimiter, records));
        } else if fallback.as_ref().is_none_or(|best| best[0].len() == 1 && first > 1) {
            fallback = Some(records);
        }
    }
    if let (true, Some(place)) = (fitting.is_empty(), unclosed) {
        return Err(source.error(place, CsvProblem::UnclosedQuote));
    }
    if let [(a, _), (b, _), ..] = fitting[..] {
        return Err(source.error(Place::Line(1), CsvProblem::Delimiter(char::from(a), char::from(b))));
    }
    fitting.pop().map(|(_, records)| records).or(fallback).ok_or_else(empty)
}

/// The records with this delimiter, and whether every quote is closed.
fn split_at(text: &str, delimiter: u8) -> (Vec<Vec<Field>>, bool) {
    const SENTINEL: &str = "end";
    // A line added at the end comes out as a record of its own exactly if no quote is open there.
    let text = format!("{text}\n{SENTINEL}\n");
    let mut reader = ::csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text.as_bytes());
    let mut records: Vec<Vec<Field>> = Vec::new();
    for record in reader.records() {
        // The text is valid UTF-8 and `flexible` accepts any number of fields: there is no other error.
        let Ok(record) = record else { continue };
        // The position is that before the empty lines that were skipped.
        let (line, byte) = record.position().map_or((1, 0), |p| (p.line(), p.byte()));
        let skipped = text.as_bytes().iter().skip(usize::try_from(byte).unwrap_or(usize::MAX)).take_while(|b| matches!(b, b'\r' | b'\n'));
        let start = usize::try_from(line).unwrap_or(usize::MAX).saturating_add(skipped.filter(|&&b| b == b'\n').count());
        let fields: Vec<Field> =
            record.iter().enumerate().map(|(i, field)| Field { text: field.trim().to_owned(), line: start, column: i + 1 }).collect();
        if fields.len() > 1 || fields.iter().any(|field| !field.text.is_empty()) {
            records.push(fields);
        }
    }
    let closed = matches!(records.last().map(Vec::as_slice), Some([field]) if field.text == SENTINEL);
    if closed {
        records.pop();
    }
    (records, closed)
}

/// The data as CSV with a header (`x1, …, xd, y` where they have no names); two-class targets are written as class names.
#[must_use]
pub fn to_csv(data: &Data) -> String {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    let target = data.target_name.clone().unwrap_or_else(|| "y".to_owned());
    let names = (0..data.dimension()).map(|c| data.feature_names.get(c).cloned().unwrap_or_else(|| format!("x{}", c + 1)));
    let header: Vec<String> = names.chain([target]).collect();
    let mut write = |fields: &[String]| writer.write_record(fields).expect("writing to memory cannot fail");
    write(&header);
    for (point, target) in data.points().iter().zip(data.targets()) {
        let label = match &data.classes {
            Some(classes) if *target > Rational::ZERO => classes.positive.clone(),
            Some(classes) => classes.negative.clone(),
            None => exact_text(target),
        };
        let fields: Vec<String> = point.iter().map(exact_text).chain([label]).collect();
        write(&fields);
    }
    let bytes = writer.into_inner().expect("writing to memory cannot fail");
    String::from_utf8(bytes).expect("made of strings")
}

/// The rows of a matrix as CSV without a header.
#[must_use]
pub fn matrix_to_csv<R: AsRef<[Rational]>>(rows: impl IntoIterator<Item = R>) -> String {
    let line = |row: R| row.as_ref().iter().map(exact_text).collect::<Vec<_>>().join(",") + "\n";
    rows.into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instance::write_atomically;
    use proptest::prelude::*;

    fn table(text: &str) -> Result<Table, FileError> {
        read_table(&Source::new("t.csv", text), &CsvOptions::default())
    }

    fn options(target: Option<&str>, features: Option<&[&str]>, header: Header) -> CsvOptions {
        CsvOptions { header, target: target.map(str::to_owned), features: features.map(|f| f.iter().map(|&s| s.to_owned()).collect()) }
    }

    fn texts(data: &Data) -> String {
        let line = |(x, y): (&Vec<Rational>, &Rational)| x.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ") + " > " + &y.to_string();
        data.points().iter().zip(data.targets()).map(line).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn notations_of_the_same_table() {
        for text in [
            "1,2,3\n-0.5,1e1,1/3\n",
            "1;2;3\n-.5;10;1/3",
            "1\t2\t3\r\n-0.50\t10.\t2/6\r\n",
            "a,b,c\n1,2,3\n\n  \n-0.5,10,1/3\n",
            "\u{feff}a,b,c\r\n1,2,3\r\n-0.5,10,1/3",
            "\"a\",\"b,c\",\"d\"\"e\"\n\"1\", 2 ,3\n-0.5,10,\"1/3\"\n",
            "\"two\nlines\",b,c\n1,2,3\n-0.5,10,1/3\n",
        ] {
            assert_eq!(texts(&table(text).unwrap().regression().unwrap()), "1 2 > 3; -1/2 10 > 1/3", "{text:?}");
        }
    }

    #[test]
    fn columns_by_name_and_number() {
        let text = "id,a,b,y\nr1,1,2,3\nr2,4,5,6\n";
        let read = |o: &CsvOptions| read_table(&Source::new("t.csv", text), o).and_then(|t| t.regression());
        let by_name = read(&options(Some("a"), Some(&["y", "b"]), Header::Detect)).unwrap();
        assert_eq!(texts(&by_name), "3 2 > 1; 6 5 > 4");
        assert_eq!((by_name.feature_names, by_name.target_name), (vec!["y".to_owned(), "b".to_owned()], Some("a".to_owned())));
        assert_eq!(texts(&read(&options(Some("2"), Some(&["4", "3"]), Header::Detect)).unwrap()), "3 2 > 1; 6 5 > 4");
        let message = |o: &CsvOptions| read(o).unwrap_err().to_string();
        assert_eq!(message(&options(Some("z"), None, Header::Detect)), "t.csv:1: no column \"z\"; the columns are \"id\", \"a\", \"b\", \"y\"");
        assert_eq!(message(&options(Some("5"), None, Header::No)), "t.csv:1: no column \"5\"; the columns are 1 to 4, without names");
        assert_eq!(message(&options(Some("a"), Some(&["b", "a"]), Header::Yes)), "t.csv:1: column \"a\" is selected twice");
    }

    #[test]
    fn errors_point_at_the_field() {
        let number = "(write a decimal such as -3.25 or 1e-3, or a fraction such as 7/12)";
        let header = "; if the first line is a header, say so (--header)";
        let cases = [
            ("", "t.csv:1: no data: the file is empty".to_owned()),
            ("\n \n", "t.csv:1: no data: the file is empty".to_owned()),
            ("a,b\n", "t.csv:1: no data: there is a header but no line after it".to_owned()),
            ("1,2\n3,4\n5\n", "t.csv:3:1: 1 fields, but the first line has 2".to_owned()),
            ("1,2\n\n3,4,5,6\n", "t.csv:3:3: 4 fields, but the first line has 2".to_owned()),
            ("a,b\n\n1,2\nx,3\n", format!("t.csv:4:1: \"x\" is not a number {number}")),
            ("a,b\n1,NaN\n", "t.csv:2:2: \"NaN\" is not a finite number".to_owned()),
            ("NaN,1\n1,2\n", "t.csv:1:1: \"NaN\" is not a finite number".to_owned()),
            ("1,two,3\n1,2,3\n", format!("t.csv:1:2: \"two\" is not a number {number}{header}")),
            ("1,2,x\n1,2,3\n", format!("t.csv:1:3: \"x\" is not a number {number}{header}")),
            ("1,2\n,4\n", "t.csv:2:1: empty field where a number is expected".to_owned()),
            ("1,2\n3,\"4\n5,6\n", "t.csv:2:2: a quoted field is not closed before the end of the file".to_owned()),
            ("1e999999999,1\n", "t.csv:1:1: the exponent of \"1e999999999\" is out of range (at most 5000 in magnitude)".to_owned()),
            ("1,2\n3,1/0\n", "t.csv:2:2: \"1/0\" divides by zero".to_owned()),
        ];
        for (text, expected) in cases {
            let error = table(text).and_then(|t| t.regression()).unwrap_err();
            assert_eq!(error.to_string(), expected, "{text:?}");
        }
        assert!(table("1,5;2,5\n3,5;4,5\n").unwrap_err().to_string().contains("ambiguous"));
    }

    #[test]
    fn classes_and_tables_without_features() {
        let classes = table("1,2,setosa\n3,4,virginica\n5,6,setosa\n").unwrap().classification(None).unwrap();
        assert_eq!(texts(&classes), "1 2 > 0; 3 4 > 1; 5 6 > 0");
        assert_eq!(classes.classes.unwrap().positive, "virginica");
        let three = table("a,b\n1,p\n2,q\n3,r\n").unwrap().classification(None).unwrap_err().to_string();
        assert!(three.starts_with("t.csv:4:2: the zero-one loss needs exactly two classes"), "{three}");
        assert!(table("a,b\n1,p\n2,\n").unwrap().classification(None).unwrap_err().to_string().starts_with("t.csv:3:2: empty field"));
        assert_eq!(texts(&table("y\n1\n2\n").unwrap().regression().unwrap()), " > 1;  > 2");
        assert_eq!(texts(&table("p\nq\np\n").unwrap().classification(None).unwrap()), " > 0;  > 1;  > 0");
    }

    #[test]
    fn matrices() {
        let matrix = read_matrix(&Source::new("m.csv", "1,0\n-1/2,3\n"), &CsvOptions::default()).unwrap();
        assert_eq!(matrix_to_csv(&matrix), "1,0\n-0.5,3\n");
        assert!(read_matrix(&Source::new("m.csv", "1,0\n3\n"), &CsvOptions::default()).unwrap_err().to_string().starts_with("m.csv:2:1: 1 fields"));
        let without = read_matrix(&Source::new("m.csv", "a,y\n1,2\n"), &options(Some("y"), None, Header::Detect)).unwrap();
        assert_eq!(matrix_to_csv(&without), "1\n");
        assert!(read_matrix(&Source::new("m.csv", "a,b\n"), &CsvOptions::default()).is_err());
    }

    fn rational() -> impl Strategy<Value = Rational> {
        (any::<i64>(), prop_oneof![Just(1u32), Just(1000), 1u32..50]).prop_map(|(p, q)| Rational::from_parts(p.into(), q.into()))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 500, rng_seed: proptest::test_runner::RngSeed::Fixed(5), ..ProptestConfig::default() })]

        #[test]
        fn a_file_gives_back_the_data(
            rows in (0usize..4).prop_flat_map(|d| prop::collection::vec((prop::collection::vec(rational(), d), rational()), 1..6)),
            named in any::<bool>(),
            classes in any::<bool>(),
        ) {
            let (points, mut targets): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
            let dimension = points[0].len();
            if classes {
                // Two classes: a point of the negative one comes first, so that both occur unless there is one point.
                targets = targets.iter().enumerate().map(|(i, t)| Rational::from(u8::from(i > 0 && *t > Rational::ZERO))).collect();
            }
            let mut data = Data::new(points, targets).unwrap();
            if named {
                data.feature_names = (0..dimension).map(|c| format!("a \"quoted\", name; {c}")).collect();
                data.target_name = Some("the target".to_owned());
            }
            let both = data.targets().iter().any(|t| *t > Rational::ZERO);
            if classes && both {
                data.classes = Some(super::super::ClassNames { negative: "no, never".to_owned(), positive: "yes".to_owned() });
            }
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("data.csv");
            write_atomically(&path, &to_csv(&data)).unwrap();
            let source = Source::read(&path).unwrap();
            let table = read_table(&source, &options(None, None, Header::Yes)).unwrap();
            let read = if data.classes.is_some() { table.classification(None) } else { table.regression() }.unwrap();
            prop_assert_eq!((read.points(), read.targets(), &read.classes), (data.points(), data.targets(), &data.classes));
            if named {
                prop_assert_eq!((read.feature_names, read.target_name), (data.feature_names, data.target_name));
            }
        }

        #[test]
        fn no_text_panics(text in "[0-9a,;\t\"\r\n./eE -]{0,60}|\\PC{0,40}") {
            if let Ok(table) = table(&text) {
                let _ = (table.regression(), table.classification(Some("1")));
            }
            let _ = read_matrix(&Source::new("m", text), &CsvOptions::default());
        }
    }
}
