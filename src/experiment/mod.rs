//! Studies that anyone can run again: declared as data, measured cell by cell, kept as tidy tables, shown as figures and one page.
//!
//! A *study* asks one question of relus. It is a declaration: what varies (its parameters), what is measured, and for each [`Mode`] a finite list of *cells*, that is, of values for the parameters, with sizes and limits to match.
//! A cell is one run and becomes one row of the study's table. It depends on its parameters and the seed alone, on no other cell and not on the number of threads, so that
//!
//! - the same seed gives the same table, but for columns of time: those whose names begin with `seconds`, and `finished`. Cells of `quick` are small enough to be decided; a limit of time is a safety net, and a row that met it says
//!   so in its column `status`;
//! - a study can be stopped at any moment and goes on where it was ([`Store`]): a row is on the disk before the next cell of its thread begins;
//! - results of another version, seed or machine are never mixed with new ones ([`Manifest`]).
//!
//! What a study concludes ([`Study::findings`]) is computed from the table alone: summaries, fits ([`statistics`]), figures. [`report`] puts the studies of one directory on a page that needs nothing else.
//!
//! | study | asks |
//! | --- | --- |
//! | `scaling` | how time and nodes to a proven optimum grow with `n`, `d`, `k` and noise |
//! | `hardness` | how large the reductions' instances are, and how long it takes to decide them |
//! | `convex` | where the fixed-parameter algorithm for convex maps leaves the general search behind |
//! | `descent` | how far gradient descent and local search end from the proven optimum |
//! | `initialization` | whether simulated networks obey their exact laws, and what that means for training |
//! | `kernel` | how fast eigenvalues of the bundled data decay, and what the kernel learner makes of it |
//! | `landscape` | which activation patterns are optimal, and how many local optima there are |

mod machine;
pub mod report;
mod run;
pub mod statistics;
mod store;
mod studies;
mod table;

pub use machine::{describe as describe_machine, utc_now};
pub use run::{Ended, RunError, Settings, run};
pub use store::{FORMAT, Manifest, Store, StoreError, VERSION};
pub use table::Table;

use crate::instance::Instance;
use crate::train::{Control, Outcome, Status, TrainError, Trainer};
use std::fmt;
use std::time::{Duration, Instant};

/// How much of a study is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// As little as shows that everything works: seconds, for tests.
    Tiny,
    /// Two minutes at most on two slow cores.
    Quick,
    /// What the claims rest on.
    Full,
}

impl Mode {
    /// The name used in files and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Mode::Tiny => "tiny",
            Mode::Quick => "quick",
            Mode::Full => "full",
        }
    }

    /// One of three.
    pub(crate) fn pick<T>(self, tiny: T, quick: T, full: T) -> T {
        match self {
            Mode::Tiny => tiny,
            Mode::Quick => quick,
            Mode::Full => full,
        }
    }
}

/// A field of a table.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Text without line breaks.
    Text(String),
    /// A number of things.
    Count(u64),
    /// A measured number; written with all its digits.
    Number(f64),
    /// Nothing to be said.
    Missing,
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Text(text) => f.write_str(text),
            Value::Count(count) => count.fmt(f),
            Value::Number(number) if number.is_nan() => Ok(()),
            Value::Number(number) => number.fmt(f),
            Value::Missing => Ok(()),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text)
    }
}

impl From<usize> for Value {
    fn from(count: usize) -> Self {
        Value::Count(count as u64)
    }
}

impl From<u64> for Value {
    fn from(count: u64) -> Self {
        Value::Count(count)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Value::Number(number)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Missing, Into::into)
    }
}

/// Why a cell has no row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CellError {
    /// It was interrupted; it will be run again.
    Stopped,
    /// Something that relus claims does not hold.
    Failed(String),
}

/// What a cell measures: one value for each of [`Study::measures`].
pub type Measure = Box<dyn Fn(&Control<'static>) -> Result<Vec<Value>, CellError> + Send + Sync>;

/// One run of a study.
pub struct Cell {
    /// One value for each of [`Study::parameters`].
    pub parameters: Vec<Value>,
    /// Does the run. The control brings the stop flag and the seed of the study; the run has one thread.
    pub measure: Measure,
}

impl fmt::Debug for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cell").field("parameters", &self.parameters).finish_non_exhaustive()
    }
}

/// A small table for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// What it shows.
    pub caption: String,
    /// The names of its columns.
    pub header: Vec<String>,
    /// Its rows, as long as the header.
    pub rows: Vec<Vec<String>>,
}

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// The name of its file, without the ending.
    pub name: &'static str,
    /// What it shows, and how it is read.
    pub caption: String,
    /// The picture, as SVG.
    pub svg: String,
}

/// What a table says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// Sentences, each a paragraph.
    pub text: Vec<String>,
    /// Tables.
    pub summaries: Vec<Summary>,
    /// Pictures.
    pub figures: Vec<Figure>,
}

/// A study.
pub trait Study: Sync {
    /// The name used in commands and files.
    fn name(&self) -> &'static str;

    /// To be raised when a change makes old rows incomparable to new ones.
    fn version(&self) -> u32;

    /// What is asked, in one line.
    fn question(&self) -> &'static str;

    /// What is measured and how, in a paragraph.
    fn method(&self) -> &'static str;

    /// About how long it takes with one thread on a slow core.
    fn duration(&self, mode: Mode) -> Duration;

    /// The names of what varies.
    fn parameters(&self) -> &'static [&'static str];

    /// The names of what is measured.
    fn measures(&self) -> &'static [&'static str];

    /// The runs, with different parameters each.
    fn cells(&self, mode: Mode, seed: u64) -> Vec<Cell>;

    /// What rows say; any part of them may be missing.
    fn findings(&self, table: &Table) -> Findings;
}

/// All studies, in the order in which `all` runs them.
pub const STUDIES: [&dyn Study; 7] = [
    &studies::Scaling,
    &studies::Hardness,
    &studies::Convexity,
    &studies::Descent,
    &studies::Initialization,
    &studies::Landscape,
    &studies::KernelStudy,
];

/// The study of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static dyn Study> {
    STUDIES.into_iter().find(|study| study.name() == name)
}

/// Trains with the seed and the stop flag of `control`, one thread and a limit; the outcome and its seconds.
pub(crate) fn train(trainer: &dyn Trainer, instance: &Instance, control: &Control<'static>, limit: Duration) -> Result<(Outcome, f64), CellError> {
    let limited = control.limited(limit);
    let start = Instant::now();
    let outcome = trainer.train(instance, &limited).map_err(|error: TrainError| CellError::Failed(error.to_string()))?;
    if outcome.status == Status::Interrupted {
        return Err(CellError::Stopped);
    }
    Ok((outcome, start.elapsed().as_secs_f64()))
}

/// Confirms that nobody has interrupted.
pub(crate) fn go_on(control: &Control<'static>) -> Result<(), CellError> {
    if control.should_stop().is_some() { Err(CellError::Stopped) } else { Ok(()) }
}

/// A seed for a part of a study, well mixed (the finaliser of splitmix64), so that neighbouring seeds share nothing.
pub(crate) fn derive_seed(seed: u64, parts: &[u64]) -> u64 {
    parts.iter().fold(seed, |seed, &part| {
        let mut z = seed.wrapping_add(part.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    })
}
