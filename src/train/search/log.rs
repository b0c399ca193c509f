//! The search's log: one JSON object a line, for plots of bounds over time.

use super::tree::Counts;
use crate::train::TrainError;
use serde::Serialize;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A line at least this often.
const EVERY: Duration = Duration::from_secs(1);

/// The log, and the primal–dual integral: the integral of the relative gap over time, in seconds (Berthold, "Measuring the impact of primal heuristics", 2013).
#[derive(Debug)]
pub(in crate::train) struct Log {
    path: PathBuf,
    out: BufWriter<File>,
    start: Instant,
    last: Duration,
    bound: f64,
    gap: f64,
    integral: f64,
}

#[derive(Serialize)]
struct Line {
    seconds: f64,
    nodes: u64,
    closed: u64,
    open: usize,
    incumbent: f64,
    lower_bound: f64,
    gap: f64,
    integral: f64,
}

impl Log {
    pub(in crate::train) fn create(path: &Path) -> Result<Self, TrainError> {
        let file = File::create(path).map_err(|e| TrainError::File(format!("{}: {e}", path.display())))?;
        let (start, out) = (Instant::now(), BufWriter::new(file));
        Ok(Log { path: path.to_owned(), out, start, last: Duration::ZERO, bound: f64::NEG_INFINITY, gap: 1.0, integral: 0.0 })
    }

    /// Whether a second has passed since the last line.
    pub(in crate::train) fn is_due(&self) -> bool {
        self.start.elapsed() >= self.last + EVERY
    }

    /// Writes a line. What was proven before remains so.
    pub(in crate::train) fn write(&mut self, incumbent: f64, lower_bound: f64, counts: Counts, open: usize) -> Result<(), TrainError> {
        let now = self.start.elapsed();
        self.integral += self.gap * (now - self.last).as_secs_f64();
        self.last = now;
        self.bound = self.bound.max(lower_bound);
        let lower_bound = self.bound;
        self.gap = if incumbent <= lower_bound { 0.0 } else { (incumbent - lower_bound) / incumbent };
        let Counts { nodes, closed, .. } = counts;
        let line = Line { seconds: now.as_secs_f64(), nodes, closed, open, incumbent, lower_bound, gap: self.gap, integral: self.integral };
        let text = serde_json::to_string(&line).expect("numbers") + "\n";
        let written = self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush());
        written.map_err(|e| TrainError::File(format!("{}: {e}", self.path.display())))
    }
}
