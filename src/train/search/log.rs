//! The course of a search: bounds over time, for whoever watches, for the statistics, and as a log of one JSON object a line (`docs/LOG.md`).

use super::tree::Counts;
use crate::train::{Moment, TrainError};
use serde::Serialize;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The time between two looks grows by this part of the time passed, from `SOONEST` to `LATEST`.
const GROWTH: f64 = 0.05;
const SOONEST: Duration = Duration::from_millis(10);
const LATEST: Duration = Duration::from_secs(1);
/// A look at all open nodes must not take more than one part in this many of the time.
const PATIENCE: u32 = 200;
/// The most moments that are kept for the statistics.
const MOMENTS: usize = 128;

/// What is known at a moment.
#[derive(Debug, Clone, Copy)]
pub(in crate::train) struct Look {
    pub(in crate::train) incumbent: f64,
    /// Proven.
    pub(in crate::train) lower_bound: f64,
    /// The least relaxation of an open node: what floats claim, proven or not.
    pub(in crate::train) estimate: f64,
    pub(in crate::train) counts: Counts,
    pub(in crate::train) open: usize,
    /// Bytes that open nodes take.
    pub(in crate::train) memory: usize,
}

/// The course so far, and the primal–dual integral: the integral of the relative gap over time, in seconds (Berthold, "Measuring the impact of primal heuristics", 2013).
#[derive(Debug)]
pub(in crate::train) struct Log {
    file: Option<(PathBuf, File)>,
    start: Instant,
    last: Duration,
    due: Duration,
    bound: f64,
    gap: f64,
    integral: f64,
    moments: Vec<Moment>,
}

#[derive(Serialize)]
struct Line<'e> {
    event: &'e str,
    seconds: f64,
    nodes: u64,
    closed: u64,
    open: usize,
    memory: usize,
    incumbent: f64,
    lower_bound: f64,
    estimate: f64,
    gap: f64,
    integral: f64,
}

impl Log {
    /// The log of a search that began at `start`. Writes to `path`, if there is one; a search that goes on adds to what is there.
    pub(in crate::train) fn new(path: Option<&Path>, start: Instant, goes_on: bool) -> Result<Self, TrainError> {
        let open = |path: &Path| OpenOptions::new().create(true).write(true).append(goes_on).truncate(!goes_on).open(path);
        let file = path.map(|path| open(path).map(|file| (path.to_owned(), file)).map_err(|e| TrainError::File(format!("{}: {e}", path.display()))));
        let zero = Duration::ZERO;
        let moments = Vec::new();
        Ok(Log { file: file.transpose()?, start, last: zero, due: zero, bound: f64::NEG_INFINITY, gap: 1.0, integral: 0.0, moments })
    }

    /// The time since the search began.
    pub(in crate::train) fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// Whether it is time for another look.
    pub(in crate::train) fn is_due(&self) -> bool {
        self.start.elapsed() >= self.due
    }

    /// Takes up what a look that began at `began` has found; returns the bound, as what was proven before remains so.
    pub(in crate::train) fn write(&mut self, event: &str, began: Duration, look: &Look) -> Result<f64, TrainError> {
        let Look { incumbent, estimate, counts: Counts { nodes, closed, .. }, open, memory, .. } = *look;
        let now = self.start.elapsed();
        self.integral += self.gap * (now - self.last).as_secs_f64();
        self.last = now;
        self.due = now + now.mul_f64(GROWTH).clamp(SOONEST, LATEST).max((now - began) * PATIENCE);
        self.bound = self.bound.max(look.lower_bound);
        let (lower_bound, estimate) = (self.bound, estimate.max(self.bound));
        // A loss beyond the floats' range leaves no number.
        let gap = (incumbent - lower_bound) / incumbent;
        self.gap = if incumbent <= lower_bound { 0.0 } else { Some(gap).filter(|gap| gap.is_finite()).unwrap_or(1.0) };
        self.keep(Moment { seconds: now.as_secs_f64(), lower_bound, incumbent });
        if let Some((path, file)) = &mut self.file {
            let seconds = now.as_secs_f64();
            let line = Line { event, seconds, nodes, closed, open, memory, incumbent, lower_bound, estimate, gap: self.gap, integral: self.integral };
            let text = serde_json::to_string(&line).expect("numbers") + "\n";
            file.write_all(text.as_bytes()).map_err(|e| TrainError::File(format!("{}: {e}", path.display())))?;
        }
        Ok(lower_bound)
    }

    /// Keeps a moment at which something has changed. Where they become too many every second one goes, but for the first and the last.
    fn keep(&mut self, moment: Moment) {
        if self.moments.last().is_some_and(|last| (last.lower_bound, last.incumbent) == (moment.lower_bound, moment.incumbent)) {
            return;
        }
        if self.moments.len() == MOMENTS {
            let mut place = 0;
            self.moments.retain(|_| {
                place += 1;
                place % 2 == 1
            });
        }
        self.moments.push(moment);
    }

    /// The last line. A certificate proves what it can in the time left, which may be less than what was known on the way.
    pub(in crate::train) fn end(&mut self, certified: bool, look: &Look) -> Result<(), TrainError> {
        if certified {
            self.bound = f64::NEG_INFINITY;
        }
        self.write("end", self.elapsed(), look).map(|_| ())
    }

    /// The bounds over time, and the primal–dual integral.
    pub(in crate::train) fn course(&mut self) -> (Vec<Moment>, Option<f64>) {
        (std::mem::take(&mut self.moments), Some(self.integral))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Origin: by hand. Bounds never fall, moments of change are kept, thinned out, the first and the last among them; a loss without a float leaves a gap of 1.
    #[test]
    fn moments_are_thinned_out() {
        let mut log = Log::new(None, Instant::now(), false).unwrap();
        let look = |lower_bound: f64, incumbent: f64| Look { incumbent, lower_bound, estimate: 0.0, counts: Counts::default(), open: 1, memory: 1 };
        assert_eq!(log.write("start", Duration::ZERO, &look(1.0, f64::INFINITY)).unwrap(), 1.0);
        assert_eq!(log.gap, 1.0);
        for step in 0..1000 {
            let bound = 1.0 + f64::from(step / 2);
            assert_eq!(log.write("progress", Duration::ZERO, &look(bound - f64::from(step % 2), 500.0)).unwrap(), bound, "a proven bound remains");
        }
        assert_eq!(log.gap, 0.0);
        log.end(true, &look(7.0, 500.0)).unwrap();
        let (moments, integral) = log.course();
        assert!((MOMENTS / 2..=MOMENTS).contains(&moments.len()) && integral.unwrap() >= 0.0);
        let ends = [moments[0], moments[moments.len() - 1]].map(|m| (m.lower_bound, m.incumbent));
        assert_eq!(ends, [(1.0, f64::INFINITY), (7.0, 500.0)]);
        assert!(moments.windows(2).all(|pair| pair[0].seconds <= pair[1].seconds));
    }
}
