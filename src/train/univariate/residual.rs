//! The relaxation's value, gradient and Hessian at given weights.
//!
//! Where all neurons are decided, `φ` is a line on a range of sites, and what is needed are moments. On the sites where a neuron `z = λ far + μ near` is undecided, its value lies between
//! `max(0, z)` and the chord `λ far` of this convex function over its interval; so `φ` lies between a lower function, which is convex in the weights, and an upper one, which is concave.
//! The relaxation takes the distance of `y` from the interval between them:
//!
//! ```text
//! F(u) = Σ w_i v_i²,     v_i = y_i − lower_i(u) if that is negative,  y_i − upper_i(u) if that is positive,  else 0.
//! ```
//!
//! Between the ends of all intervals and the roots of all neurons both are lines: there are at most `3k + 1` such pieces.

use super::double::Double;
use super::node::{Line, Node};
use super::problem::Problem;
use std::ops::Range;

/// What is known at some weights `u`.
#[derive(Debug, Clone, Default)]
pub(super) struct Residual {
    /// `Σ w v²`.
    pub(super) value: f64,
    /// `Σ w v ρ` for each unknown with the function `ρ`: −½ of the gradient.
    pub(super) pull: Vec<f64>,
    /// `Σ w ρ ρ'` over the sites with `|v|` above a threshold, or all that are decided: half the Hessian; symmetric, row by row.
    pub(super) hessian: Vec<f64>,
    /// `Σ w ρ²` over all sites, with absolute values of all that is added.
    pub(super) size: Vec<f64>,
    cuts: Vec<usize>,
    /// Unknowns that are not 0 on a side of a piece.
    rows: [Vec<(usize, Line)>; 2],
}

/// Sums over one side of a piece.
#[derive(Debug, Clone, Copy, Default)]
struct SideSums {
    w: f64,
    x: f64,
    xx: f64,
    v: f64,
    vx: f64,
    vv: f64,
}

impl Residual {
    /// Evaluates at the node's weights.
    pub(super) fn evaluate(&mut self, problem: &Problem<'_>, node: &Node, threshold: f64) {
        let unknowns = node.weights.len();
        self.value = 0.0;
        for (values, length) in [(&mut self.pull, unknowns), (&mut self.size, unknowns), (&mut self.hessian, unknowns * unknowns)] {
            values.clear();
            values.resize(length, 0.0);
        }
        self.cuts.clear();
        self.cuts.extend([0, problem.sites()]);
        for (kink, &root) in node.kinks.iter().zip(&node.roots) {
            self.cuts.extend([kink.lo.min(problem.sites()), kink.hi - 1, root]);
        }
        self.cuts.sort_unstable();
        self.cuts.dedup();
        let cuts = std::mem::take(&mut self.cuts);
        for piece in cuts.windows(2) {
            self.add_piece(problem, node, piece[0]..piece[1], threshold);
        }
        self.cuts = cuts;
        for a in 0..unknowns {
            for b in a + 1..unknowns {
                self.hessian[a * unknowns + b] = self.hessian[b * unknowns + a];
            }
        }
    }

    fn add_piece(&mut self, problem: &Problem<'_>, node: &Node, sites: Range<usize>, threshold: f64) {
        let origin = sites.start;
        let mut rows = std::mem::take(&mut self.rows);
        rows.iter_mut().for_each(Vec::clear);
        for side in &mut rows {
            let extras = [Line { value: 1.0, slope: 0.0 }, Line { value: problem.x[origin].hi, slope: 1.0 }];
            side.extend(extras.into_iter().take(problem.extras).enumerate());
        }
        let mut decided = true;
        for (j, (kink, &root)) in node.kinks.iter().zip(&node.roots).enumerate() {
            let first = problem.extras + 2 * j;
            let undecided = kink.undecided();
            let [far, near] = kink.rays(problem, origin).map(|mut ray| {
                ray.value *= kink.sign();
                ray.slope *= kink.sign();
                ray
            });
            if undecided.contains(&origin) {
                decided = false;
                let positive = (origin >= root) == kink.right;
                let (chord, ramp) = if kink.plus { (1, 0) } else { (0, 1) };
                rows[chord].push((first, far));
                if positive {
                    rows[ramp].extend([(first, far), (first + 1, near)]);
                }
            } else if kink.right == (origin >= undecided.end) {
                rows.iter_mut().for_each(|side| side.extend([(first, far), (first + 1, near)]));
            }
        }
        let line = |side: &[(usize, Line)]| {
            side.iter().fold(Line::default(), |mut line, &(unknown, row)| {
                line.add(node.weights[unknown], row);
                line
            })
        };
        if decided {
            let sums = decided_sums(problem, sites, line(&rows[0]));
            self.add_side(&rows[0], &sums, &sums);
        } else {
            let (all, curved) = undecided_sums(problem, sites, [line(&rows[0]), line(&rows[1])], threshold);
            for side in 0..2 {
                self.add_side(&rows[side], &all[side], &curved[side]);
            }
        }
        self.rows = rows;
    }

    fn add_side(&mut self, rows: &[(usize, Line)], all: &SideSums, curved: &SideSums) {
        let unknowns = self.pull.len();
        self.value += all.vv;
        for (place, &(a, p)) in rows.iter().enumerate() {
            self.pull[a] += p.value * all.v + p.slope * all.vx;
            self.size[a] += p.value * p.value * all.w + 2.0 * (p.value * p.slope).abs() * all.x + p.slope * p.slope * all.xx;
            for &(b, q) in &rows[..=place] {
                self.hessian[a * unknowns + b] +=
                    p.value * q.value * curved.w + (p.value * q.slope + p.slope * q.value) * curved.x + p.slope * q.slope * curved.xx;
            }
        }
    }
}

/// The sums of a piece on which `φ` is a line.
fn decided_sums(problem: &Problem<'_>, sites: Range<usize>, line: Line) -> SideSums {
    let origin = sites.start;
    let [n, x, xx, y, xy, yy] = problem.moments_from(sites, origin);
    let (a, b) = (line.value, line.slope);
    let v = y - n * a - x * b;
    let vx = xy - x * a - xx * b;
    // Σ v² = Σ v y − a Σ v − b Σ v x.
    let vy = yy - y * a - xy * b;
    let vv = vy - v * a - vx * b;
    let plain = |sum: Double| sum.hi;
    SideSums { w: plain(n), x: plain(x), xx: plain(xx), v: plain(v), vx: plain(vx), vv: plain(vv).max(0.0) }
}

/// The sums below the lower and above the upper line, over all sites and over those with `|v|` above the threshold. Sites without a residual count towards neither.
fn undecided_sums(problem: &Problem<'_>, sites: Range<usize>, [lower, upper]: [Line; 2], threshold: f64) -> ([SideSums; 2], [SideSums; 2]) {
    let origin = problem.x[sites.start];
    let (mut all, mut curved) = ([SideSums::default(); 2], [SideSums::default(); 2]);
    for ((p, &y), &w) in problem.x[sites.clone()].iter().zip(&problem.y[sites.clone()]).zip(&problem.w[sites]) {
        let x = (p.hi - origin.hi) + (p.lo - origin.lo);
        let (below, above) = (y - (lower.value + lower.slope * x), y - (upper.value + upper.slope * x));
        let (side, v) = if below < 0.0 {
            (0, below)
        } else if above > 0.0 {
            (1, above)
        } else {
            continue;
        };
        let (wx, wv) = (w * x, w * v);
        let add = |sums: &mut SideSums| {
            sums.w += w;
            sums.x += wx;
            sums.xx += wx * x;
        };
        let sums = &mut all[side];
        add(sums);
        sums.v += wv;
        sums.vx += wv * x;
        sums.vv += wv * v;
        if v.abs() > threshold {
            add(&mut curved[side]);
        }
    }
    (all, curved)
}
