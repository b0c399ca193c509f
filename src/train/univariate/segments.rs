//! Where kinks can lie at all: least squares by segments that need not meet.
//!
//! A network with `k` kinks is a line on each of the `k + 1` segments between them, so that its loss is at least that of the best `k + 1` lines on consecutive ranges of sites, which a dynamic program
//! finds. With kink `j` in gap `g` the loss is at least that of `j` lines on the first `g` sites and `k + 1 − j` lines on the rest: where this reaches the cutoff, kink `j` is not in gap `g`.
//!
//! Time `O(k m²)`, memory `O(m²)`. All numbers are lower bounds: a segment's is computed in double-doubles with an error bound, and sums of nonnegative numbers are reduced by more than they can be rounded.

use super::double::Double;
use super::problem::Problem;

/// Beyond so many sites the table would take too much memory.
const MOST_SITES: usize = 6000;

/// The least sums of squares of `1, …, k+1` segments on the first and on the last sites.
#[derive(Debug)]
pub(super) struct Segments {
    /// `prefix[p][i]`: `p` segments on the first `i` sites.
    prefix: Vec<Vec<f64>>,
    /// `suffix[p][i]`: `p` segments on the sites from `i` on.
    suffix: Vec<Vec<f64>>,
    /// For the prefixes, where the last segment begins.
    begins: Vec<Vec<usize>>,
}

/// A lower bound on the sum of squares of the best line on a range of sites.
///
/// With sums centred in double-doubles, of relative error below `2^-96` of the sums from which they are differences, the residual `yy − xy²/xx` has an error of at most `yy (2^-48 + 2^-92 Σx²/xx)` and what the sums' errors add.
fn line_loss(problem: &Problem<'_>, from: usize, to: usize) -> f64 {
    if to - from <= 2 {
        return 0.0;
    }
    let [n, x, xx, y, xy, yy] = problem.moments_from(from..to, from);
    let inverse = 1.0 / n.hi;
    let mean = {
        // One step of Newton's iteration for x/n in double-doubles.
        let first = x * inverse;
        first + (x - first * n) * inverse
    };
    let y_mean = {
        let first = y * inverse;
        first + (y - first * n) * inverse
    };
    let (cxx, cxy, cyy) = ((xx - mean * x).hi, xy - mean * y, (yy - y_mean * y).hi);
    if !(cxx > 0.0 && cyy > 0.0) {
        return 0.0;
    }
    let slope = Double::from(cxy.hi / cxx);
    let explained = (cxy * slope).hi;
    let whole = problem.size * problem.size;
    let count = problem.moments[problem.sites()][0].hi;
    const SMALL: f64 = 1.0 / (1u64 << 46) as f64;
    const TINY: f64 = 1.0 / (1u128 << 86) as f64;
    let error = cyy * (SMALL + TINY * count / cxx) + TINY * (whole + (count * whole).sqrt() * slope.hi.abs() + count * slope.hi * slope.hi);
    (cyy - explained - error).max(0.0)
}

impl Segments {
    /// The table for up to `segments` segments, or `None` if there are too many sites.
    pub(super) fn new(problem: &Problem<'_>, segments: usize, stop: &dyn Fn() -> bool) -> Option<Self> {
        let m = problem.sites();
        if m > MOST_SITES || !problem.floats {
            return None;
        }
        // losses[to][from]
        let mut losses = Vec::with_capacity(m + 1);
        for to in 0..=m {
            if to % 64 == 0 && stop() {
                return None;
            }
            losses.push((0..to).map(|from| line_loss(problem, from, to)).collect::<Vec<f64>>());
        }
        let mut prefix = vec![(0..=m).map(|i| if i == 0 { 0.0 } else { f64::INFINITY }).collect::<Vec<f64>>()];
        let mut suffix = vec![(0..=m).map(|i| if i == m { 0.0 } else { f64::INFINITY }).collect::<Vec<f64>>()];
        let mut begins = vec![vec![0; m + 1]];
        for p in 1..=segments {
            let (mut row, mut begin) = (prefix[p - 1].clone(), begins[p - 1].clone());
            for i in 1..=m {
                for (j, loss) in losses[i].iter().enumerate() {
                    let sum = prefix[p - 1][j] + loss;
                    if sum < row[i] {
                        (row[i], begin[i]) = (sum, j);
                    }
                }
            }
            prefix.push(row);
            begins.push(begin);
            let mut row = suffix[p - 1].clone();
            for end in 1..=m {
                let rest = suffix[p - 1][end];
                for (j, loss) in losses[end].iter().enumerate() {
                    row[j] = row[j].min(loss + rest);
                }
            }
            suffix.push(row);
            if stop() {
                return None;
            }
        }
        Some(Segments { prefix, suffix, begins })
    }

    /// A lower bound on the scaled loss with kink `j`, `0 ≤ j < k`, of `kinks` in gap `g`.
    pub(super) fn with_kink(&self, kinks: usize, j: usize, gap: usize) -> f64 {
        (self.prefix[j + 1][gap] + self.suffix[kinks - j][gap]) * (1.0 - 1e-13)
    }

    /// The first and the last gap in which kink `j` of `kinks` can lie if the loss is to be below `cutoff`, among gaps `low..high`.
    pub(super) fn range(&self, kinks: usize, j: usize, cutoff: f64, low: usize, high: usize) -> Option<(usize, usize)> {
        let possible = |&g: &usize| self.with_kink(kinks, j, g) < cutoff;
        Some(((low..high).find(possible)?, (low..high).rev().find(possible)?))
    }

    /// The gaps between the best `kinks + 1` segments.
    pub(super) fn best_gaps(&self, kinks: usize) -> Vec<usize> {
        let mut gaps = vec![0; kinks];
        let mut end = self.prefix[0].len() - 1;
        for p in (1..=kinks).rev() {
            end = self.begins[p + 1][end];
            gaps[p - 1] = end;
        }
        gaps
    }
}
