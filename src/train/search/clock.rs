//! Where a thread's time goes.
//!
//! A reading of the clock takes as long as some dozen instructions, a node some ten thousand to millions of them, in a dozen steps: every [`EVERY`]th expansion of a node is
//! measured, and the shares found are taken for those of all. Waiting is measured always.

use std::time::{Duration, Instant};

/// One in so many expansions is measured.
const EVERY: u64 = 8;

/// What a thread does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::train) enum Part {
    /// Cones of children.
    Geometry,
    /// Convex programs in floats.
    Relaxation,
    /// Bounds proven in floats.
    FloatProof,
    /// Proofs in integers: leaves, and exact solutions of decided nodes.
    ExactProof,
    /// Networks out of relaxations.
    Candidates,
    /// The choice of the bit to split by, relaxations of children that are tried among it.
    Branching,
    /// Certificate and frontier, under the lock.
    Recording,
}

const PARTS: [(Part, &str); 7] = [
    (Part::Geometry, "geometry"),
    (Part::Relaxation, "relaxation"),
    (Part::FloatProof, "float proofs"),
    (Part::ExactProof, "exact proofs"),
    (Part::Candidates, "candidates"),
    (Part::Branching, "branching"),
    (Part::Recording, "recording"),
];

/// A thread's time, in parts.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::train) struct Clock {
    expansions: u64,
    since: Option<Instant>,
    sampled: [Duration; PARTS.len()],
    /// The whole time, of all threads together.
    pub(in crate::train) whole: Duration,
    /// The part of it in which threads waited for each other.
    pub(in crate::train) waited: Duration,
}

impl Clock {
    /// An expansion begins.
    pub(in crate::train) fn begin(&mut self) {
        self.since = self.expansions.is_multiple_of(EVERY).then(Instant::now);
        self.expansions += 1;
    }

    /// What was done since the last call was this.
    pub(in crate::train) fn lap(&mut self, part: Part) {
        if let Some(since) = self.since {
            let now = Instant::now();
            self.sampled[part as usize] += now - since;
            self.since = Some(now);
        }
    }

    /// The parts of the time, names and durations of all threads together.
    pub(in crate::train) fn parts(&self) -> Vec<(&'static str, Duration)> {
        let sum: Duration = self.sampled.iter().sum();
        let worked = self.whole.saturating_sub(self.waited);
        let scale = if sum.is_zero() { 0.0 } else { worked.as_secs_f64() / sum.as_secs_f64() };
        PARTS.iter().map(|&(part, name)| (name, self.sampled[part as usize].mul_f64(scale))).collect()
    }
}

impl std::ops::AddAssign for Clock {
    fn add_assign(&mut self, other: Self) {
        self.sampled.iter_mut().zip(other.sampled).for_each(|(a, b)| *a += b);
        self.whole += other.whole;
        self.waited += other.waited;
    }
}
