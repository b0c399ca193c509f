//! First networks: kinks between the best segments, and descents over neighbouring gaps.

use super::newton::Newton;
use super::node::{Kink, Node};
use super::problem::Problem;
use super::segments::Segments;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Random starts.
const STARTS: usize = 12;
/// The leaves that a descent tries at most.
const MOST_TRIALS: usize = 600;

impl Newton {
    /// The value of a leaf, in floats.
    fn leaf_value(&mut self, problem: &Problem<'_>, kinks: &[Kink]) -> f64 {
        let mut node = Node::new(problem, kinks.to_vec());
        self.minimise(problem, &mut node);
        self.residual.value
    }

    /// Moves kinks from gap to gap, and changes their kinds, as long as that lowers the value.
    pub(super) fn descend(&mut self, problem: &Problem<'_>, kinks: &mut Vec<Kink>) -> f64 {
        let mut value = self.leaf_value(problem, kinks);
        let mut trials = 0;
        let mut stride = problem.sites().div_ceil(8);
        let [low, high] = problem.gaps();
        while stride > 0 {
            let mut improved = false;
            for j in 0..kinks.len() {
                let old = kinks[j];
                let moved = [old.lo.checked_sub(stride), Some(old.lo + stride)].into_iter().flatten().filter(|&gap| (low..high).contains(&gap));
                let mut others: Vec<Kink> = moved.map(|gap| Kink { lo: gap, hi: gap + 1, ..old }).collect();
                if stride == 1 {
                    others.extend(problem.kinds().into_iter().map(|(right, plus)| Kink { right, plus, ..old }).filter(|kink| *kink != old));
                }
                for kink in others {
                    if !problem.is_sensible(&kink) {
                        continue;
                    }
                    trials += 1;
                    let kept = std::mem::replace(&mut kinks[j], kink);
                    let other = self.leaf_value(problem, kinks);
                    if other < value * (1.0 - 1e-9) {
                        value = other;
                        improved = true;
                    } else {
                        kinks[j] = kept;
                    }
                }
            }
            if trials > MOST_TRIALS {
                break;
            }
            if !improved {
                stride /= 2;
            }
        }
        value
    }

    /// Good leaves, the best first, with their values.
    pub(super) fn starts(&mut self, problem: &Problem<'_>, segments: Option<&Segments>, seed: u64) -> Vec<(f64, Vec<Kink>)> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let [low, high] = problem.gaps();
        let kinds = problem.kinds();
        let mut found = Vec::new();
        if low == high || problem.width == 0 {
            return vec![(f64::INFINITY, Vec::new())];
        }
        for start in 0..STARTS {
            let gaps: Vec<usize> = match segments {
                Some(segments) if start % 3 == 0 => segments.best_gaps(problem.width).into_iter().map(|gap| gap.clamp(low, high - 1)).collect(),
                _ => {
                    let mut gaps: Vec<usize> = (0..problem.width).map(|_| rng.random_range(low..high)).collect();
                    gaps.sort_unstable();
                    gaps
                }
            };
            let mut kinks: Vec<Kink> = gaps
                .into_iter()
                .map(|gap| {
                    let (right, plus) = kinds[rng.random_range(0..kinds.len())];
                    let kink = Kink { right, plus, lo: gap, hi: gap + 1 };
                    if problem.is_sensible(&kink) { kink } else { Kink { right: !right, ..kink } }
                })
                .collect();
            let value = self.descend(problem, &mut kinks);
            found.push((value, kinks));
        }
        found.sort_by(|a, b| a.0.total_cmp(&b.0));
        found
    }
}

impl Problem<'_> {
    /// The gaps in which a kink may lie. With an affine function those outside the data are of no use.
    pub(super) fn gaps(&self) -> [usize; 2] {
        if self.extras == 2 { [1, self.sites().max(1)] } else { [0, self.sites() + 1] }
    }

    /// The kinds of neurons, as whether they are active to the right, and whether their output weight is +1. With an affine function neurons active to the left are of no use.
    pub(super) fn kinds(&self) -> Vec<(bool, bool)> {
        let signs: &[bool] = if self.instance.architecture.convex { &[true] } else { &[true, false] };
        let sides: &[bool] = if self.extras == 2 { &[true] } else { &[true, false] };
        sides.iter().flat_map(|&right| signs.iter().map(move |&plus| (right, plus))).collect()
    }

    /// Whether a neuron is not 0 on all data wherever its kink lies in its interval.
    pub(super) fn is_sensible(&self, kink: &Kink) -> bool {
        if kink.right { kink.hi <= self.sites() } else { kink.lo >= 1 }
    }
}
