//! Coordinate descent for threshold networks.
//!
//! With all other neurons fixed, the best cut in a given direction is found exactly: sort the points by their projection and sweep the threshold; a
//! cut with active set `S` and amplitude `mean of the residuals on S` lowers the squared loss by `(Σ_S ρ)²/|S|`. Directions are random, differences of points, and perturbations of the neuron's own.
//! Of several directions the best cut is taken, and all amplitudes are refitted. The squared loss serves as a surrogate for the others.

use super::polish::{Candidate, rank};
use crate::exact::Rational;
use crate::instance::Activation;
use crate::network::{Network, Neuron};
use crate::optimize::qp::GuardedCholesky;
use crate::train::Control;
use crate::train::pattern::PatternSpace;
use crate::train::scaled::ScaledView;
use rand::{Rng, RngExt};

/// Directions tried for a neuron in a round.
const DIRECTIONS: usize = 30;
/// Rounds over all neurons a start may take.
const MAX_ROUNDS: usize = 20;

/// No start is begun once so many points were projected or summed over: a few seconds.
const MOST_WORK: u64 = 500_000_000;

/// Candidates, best first; at least one if the floats allow.
pub(super) fn search(
    space: &PatternSpace<'_>,
    view: &ScaledView,
    width: usize,
    starts: usize,
    control: &Control<'_>,
    rng: &mut impl Rng,
) -> Vec<Candidate> {
    let design = space.design().rows();
    let (rows, columns) = (design.len(), design.columns());
    let centre: Vec<f64> = (0..columns).map(|c| (0..rows).map(|i| design.row_f64(i)[c]).sum::<f64>() / rows as f64).collect();
    let spread: Vec<f64> =
        (0..columns).map(|c| (0..rows).map(|i| (design.row_f64(i)[c] - centre[c]).abs()).fold(0.0, f64::max).max(f64::MIN_POSITIVE)).collect();
    // Standardised coordinates without the constant first column, in which directions are drawn.
    let points: Vec<Vec<f64>> = (0..rows).map(|i| (1..columns).map(|c| (design.row_f64(i)[c] - centre[c]) / spread[c]).collect()).collect();
    let mut descent = Descent {
        points,
        targets: &view.targets,
        width,
        bias: view.bias,
        cuts: Vec::new(),
        sums: Vec::new(),
        order: Vec::new(),
        active: vec![Vec::new(); width],
        constant: 0.0,
        cholesky: GuardedCholesky::new(),
        work: 0,
    };
    let mut candidates: Vec<Candidate> = Vec::new();
    let unit = view.target_unit(space);
    for start in 0..starts {
        if start > 0 && (descent.work > MOST_WORK || control.should_stop().is_some()) {
            break;
        }
        let score = descent.run(control, rng);
        let neurons: Vec<(Vec<f64>, bool)> = descent.cuts.iter().map(|cut| (cut.weights(&centre, &spread), cut.amplitude > 0.0)).collect();
        if score.is_finite() {
            let network = descent.network(space, &neurons, &unit);
            candidates.push(Candidate { neurons, score, network });
        }
    }
    rank(&mut candidates);
    candidates
}

/// Active where `direction·x > level`.
#[derive(Debug, Clone)]
struct Cut {
    direction: Vec<f64>,
    level: f64,
    amplitude: f64,
}

impl Cut {
    /// The coefficients on the design's columns.
    fn weights(&self, centre: &[f64], spread: &[f64]) -> Vec<f64> {
        let mut weights = vec![-self.level];
        for (c, w) in self.direction.iter().enumerate() {
            let own = w / spread[c + 1];
            weights[0] -= own * centre[c + 1];
            weights.push(own);
        }
        weights
    }
}

fn project(direction: &[f64], point: &[f64]) -> f64 {
    direction.iter().zip(point).map(|(w, x)| w * x).sum()
}

struct Descent<'t> {
    points: Vec<Vec<f64>>,
    targets: &'t [(usize, f64)],
    width: usize,
    bias: bool,
    cuts: Vec<Cut>,
    /// For each cut, whether it is active on each point.
    active: Vec<Vec<bool>>,
    constant: f64,
    /// For each row the sum of the residuals without one neuron, and their number.
    sums: Vec<(f64, f64)>,
    /// The projections of the rows, in increasing order, with their sums.
    order: Vec<(f64, (f64, f64))>,
    cholesky: GuardedCholesky,
    /// Points projected or summed over so far, times neurons or coordinates.
    work: u64,
}

impl Descent<'_> {
    fn run(&mut self, control: &Control<'_>, rng: &mut impl Rng) -> f64 {
        let dimension = self.points[0].len();
        self.cuts.clear();
        for j in 0..self.width {
            self.cuts.push(Cut { direction: vec![0.0; dimension], level: 0.0, amplitude: 0.0 });
            self.mark(j);
        }
        let mut best = self.refit();
        for _ in 0..MAX_ROUNDS {
            let before = best;
            for j in 0..self.width {
                if control.should_stop().is_some() {
                    return best;
                }
                let kept = (self.cuts.clone(), self.constant);
                let total = self.without(j);
                let mut gain = 0.0;
                let mut chosen = None;
                for trial in 0..DIRECTIONS {
                    let direction = self.direction(&kept.0[j], trial, rng);
                    let (taken_off, cut) = self.best_cut(direction, total);
                    if taken_off > gain {
                        gain = taken_off;
                        chosen = Some(cut);
                    }
                }
                let Some(cut) = chosen else { continue };
                self.cuts[j] = cut;
                self.mark(j);
                let loss = self.refit();
                if loss < best {
                    best = loss;
                } else {
                    (self.cuts, self.constant) = kept;
                    self.mark(j);
                }
            }
            if best >= before * (1.0 - 1e-9) {
                break;
            }
        }
        self.refit()
    }

    /// Notes where cut `j` is active.
    fn mark(&mut self, j: usize) {
        let cut = &self.cuts[j];
        self.active[j].clear();
        self.active[j].extend(self.points.iter().map(|point| project(&cut.direction, point) > cut.level));
        self.work += (self.points.len() * cut.direction.len()) as u64;
    }

    /// The network of the current cuts and amplitudes, taken as exact.
    fn network(&self, space: &PatternSpace<'_>, neurons: &[(Vec<f64>, bool)], unit: &Rational) -> Option<Network> {
        let neurons = neurons.iter().zip(&self.cuts).map(|((weights, _), cut)| {
            let v: Option<Vec<Rational>> = weights.iter().map(|&w| Rational::try_from(w).ok()).collect();
            let (w, b) = space.design().weights(&v?);
            Some(Neuron { w, b, a: Rational::try_from(cut.amplitude).ok()? * unit })
        });
        let neurons = neurons.collect::<Option<Vec<_>>>()?;
        Some(Network { activation: Activation::Threshold, neurons, output_bias: Rational::try_from(self.constant).ok()? * unit })
    }

    fn direction(&self, cut: &Cut, trial: usize, rng: &mut impl Rng) -> Vec<f64> {
        match trial % 3 {
            0 => cut.direction.iter().map(|_| rng.random_range(-1.0..1.0)).collect(),
            1 => {
                let [a, b] = [0; 2].map(|_| &self.points[rng.random_range(0..self.points.len())]);
                a.iter().zip(b).map(|(a, b)| a - b + rng.random_range(-1e-3..1e-3)).collect()
            }
            _ => cut.direction.iter().map(|w| w + rng.random_range(-0.2..0.2)).collect(),
        }
    }

    /// Sets the sums of the residuals at each row without neuron `j`; the sum and the number of them all.
    fn without(&mut self, j: usize) -> (f64, f64) {
        self.sums.clear();
        self.sums.resize(self.points.len(), (0.0, 0.0));
        for &(row, y) in self.targets {
            self.sums[row].0 += y - self.constant;
            self.sums[row].1 += 1.0;
        }
        for (_, (cut, active)) in self.cuts.iter().zip(&self.active).enumerate().filter(|&(l, _)| l != j) {
            // Repeated points count as often as they occur.
            for (sum, _) in self.sums.iter_mut().zip(active).filter(|(_, active)| **active) {
                sum.0 -= cut.amplitude * sum.1;
            }
        }
        self.work += (self.points.len() * (self.width + 2)) as u64;
        self.sums.iter().fold((0.0, 0.0), |t, s| (t.0 + s.0, t.1 + s.1))
    }

    /// The best cut in a direction, either side, for these [`Descent::without`], and the squares that it takes off.
    fn best_cut(&mut self, direction: Vec<f64>, total: (f64, f64)) -> (f64, Cut) {
        self.work += (self.points.len() * (direction.len() + 10)) as u64;
        self.order.clear();
        self.order.extend(self.points.iter().zip(&self.sums).map(|(x, &sum)| (project(&direction, x), sum)));
        self.order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let gain = |(sum, count): (f64, f64)| if count > 0.0 { sum * sum / count } else { 0.0 };
        let low = self.order[0].0 - 1.0;
        let mut best = (gain(total), low, false);
        let mut below = (0.0, 0.0);
        for pair in self.order.windows(2) {
            let ((here, sum), (next, _)) = (pair[0], pair[1]);
            below = (below.0 + sum.0, below.1 + sum.1);
            if next - here <= 1e-12 * (here.abs() + next.abs()) {
                continue;
            }
            let level = here + (next - here) / 2.0;
            let above = (total.0 - below.0, total.1 - below.1);
            for (side, reversed) in [(above, false), (below, true)] {
                if gain(side) > best.0 {
                    best = (gain(side), level, reversed);
                }
            }
        }
        let (gain, level, reversed) = best;
        if reversed {
            (gain, Cut { direction: direction.iter().map(|w| -w).collect(), level: -level, amplitude: 1.0 })
        } else {
            (gain, Cut { direction, level, amplitude: 1.0 })
        }
    }

    /// Least-squares amplitudes (and constant) for the current cuts; the squared loss.
    fn refit(&mut self) -> f64 {
        let size = self.width + usize::from(self.bias);
        if size == 0 {
            return self.targets.iter().map(|(_, y)| y * y).sum();
        }
        let mut normal = vec![0.0; size * size];
        let mut linear = vec![0.0; size];
        let mut active = Vec::with_capacity(size);
        for &(row, y) in self.targets {
            self.list_active(row, &mut active);
            for (place, &c) in active.iter().enumerate() {
                linear[c] += y;
                for &e in &active[..=place] {
                    normal[c * size + e] += 1.0;
                }
            }
        }
        self.work += (self.targets.len() * size * size / 2) as u64;
        for c in 0..size {
            normal[c * size + c] += 1e-9;
        }
        let mut amplitudes = vec![0.0; size];
        if !self.cholesky.factor_unproven(&normal, size) {
            return f64::INFINITY;
        }
        self.cholesky.solve(&linear, &mut amplitudes);
        for (cut, &a) in self.cuts.iter_mut().zip(&amplitudes) {
            cut.amplitude = a;
        }
        self.constant = if self.bias { amplitudes[self.width] } else { 0.0 };
        let mut squares = 0.0;
        for &(row, y) in self.targets {
            self.list_active(row, &mut active);
            squares += (active.iter().map(|&c| amplitudes[c]).sum::<f64>() - y).powi(2);
        }
        squares
    }

    /// The unknowns that are present in the value at a row, in increasing order.
    fn list_active(&self, row: usize, active: &mut Vec<usize>) {
        active.clear();
        active.extend((0..self.width).filter(|&j| self.active[j][row]));
        active.extend(self.bias.then_some(self.width));
    }
}
