//! Minimises a node's relaxation in floats: a proposal, which `bound` judges.
//!
//! Each step minimises the quadratic model of the present pieces over nonnegative weights (the active-set method of Lawson and Hanson, *Solving least squares problems*, 1974) and is
//! shortened until the value falls. The value is convex and piecewise quadratic, so that this ends after a few steps where the pieces no longer change.

use super::node::Node;
use super::problem::Problem;
use super::residual::Residual;

/// A step whose model promises less than this part of the value is the last.
const PROMISE: f64 = 1e-13;
const MOST_STEPS: usize = 15;
/// Added to the diagonal, relative to it: the model may be singular.
const RIDGE: f64 = 1e-13;

/// Buffers that all nodes share.
#[derive(Debug, Default)]
pub(super) struct Newton {
    pub(super) residual: Residual,
    model: Model,
    pub(super) steps: u64,
}

#[derive(Debug, Default)]
struct Model {
    free: Vec<usize>,
    factor: Vec<f64>,
    solution: Vec<f64>,
}

impl Newton {
    /// Moves the node's weights to a minimiser for its roots; the residual is that of the last weights.
    pub(super) fn minimise(&mut self, problem: &Problem<'_>, node: &mut Node) {
        self.residual.evaluate(problem, node, 0.0);
        let mut target = Vec::new();
        for _ in 0..MOST_STEPS {
            self.steps += 1;
            let unknowns = node.weights.len();
            let start = node.weights.clone();
            let (value, pull) = (self.residual.value, self.residual.pull.clone());
            // The model's stationarity: H u = H u₀ + pull.
            let right: Vec<f64> =
                (0..unknowns).map(|a| pull[a] + (0..unknowns).map(|b| self.residual.hessian[a * unknowns + b] * start[b]).sum::<f64>()).collect();
            target.clone_from(&start);
            self.model.minimise(&self.residual.hessian, &right, &mut target, problem.extras);
            let slope: f64 = 2.0 * (0..unknowns).map(|a| pull[a] * (target[a] - start[a])).sum::<f64>();
            if !(slope > PROMISE * value) {
                return;
            }
            let mut length = 1.0;
            loop {
                for (weight, (from, to)) in node.weights.iter_mut().zip(start.iter().zip(&target)) {
                    *weight = if length == 1.0 { *to } else { from + length * (to - from) };
                }
                self.residual.evaluate(problem, node, 0.0);
                if self.residual.value <= value - 0.25 * length * slope {
                    break;
                }
                if length < 1e-4 {
                    if self.residual.value >= value {
                        node.weights.clone_from(&start);
                        self.residual.evaluate(problem, node, 0.0);
                    }
                    return;
                }
                // The minimiser of the parabola through what is known.
                let excess = self.residual.value - value + length * slope;
                length = (0.5 * length * length * slope / excess).clamp(0.1 * length, 0.7 * length);
            }
        }
    }
}

/// Finds the roots of all neurons with weight; the others keep theirs. Says whether one has moved.
pub(super) fn place_roots(problem: &Problem<'_>, node: &mut Node) -> bool {
    let old = node.roots.clone();
    for (j, kink) in node.kinks.iter().enumerate() {
        let at = problem.extras + 2 * j;
        let weights = [node.weights[at], node.weights[at + 1]];
        if weights[0] > 0.0 || weights[1] > 0.0 {
            node.roots[j] = kink.root(problem, weights);
        }
    }
    node.roots != old
}

impl Model {
    /// Minimises `½ uᵀH u − right·u` over `u` whose entries from `extras` on are nonnegative, starting from such a `u`.
    fn minimise(&mut self, hessian: &[f64], right: &[f64], u: &mut [f64], extras: usize) {
        let q = right.len();
        let scale: Vec<f64> = (0..q).map(|a| hessian[a * q + a].sqrt()).collect();
        self.free.clear();
        self.free.extend((0..q).filter(|&a| scale[a] > 0.0 && (a < extras || u[a] > 0.0)));
        for _ in 0..4 * q + 4 {
            // Towards the minimum on the free unknowns, as far as the signs allow.
            loop {
                self.solve(hessian, right, q, u);
                let mut step = 1.0f64;
                let mut blocking = None;
                for (&a, &to) in self.free.iter().zip(&self.solution) {
                    if a >= extras && to <= 0.0 {
                        let part = u[a] / (u[a] - to);
                        if part < step || blocking.is_none() {
                            step = step.min(part);
                            blocking = Some(a);
                        }
                    }
                }
                for (&a, &to) in self.free.iter().zip(&self.solution) {
                    u[a] += step * (to - u[a]);
                }
                let Some(blocking) = blocking else {
                    for (&a, &to) in self.free.iter().zip(&self.solution) {
                        u[a] = to;
                    }
                    break;
                };
                for &a in &self.free {
                    if a >= extras && (a == blocking || u[a] <= 0.0) {
                        u[a] = 0.0;
                    }
                }
                self.free.retain(|&a| a < extras || u[a] > 0.0);
            }
            let pull = |a: usize| right[a] - (0..q).map(|b| hessian[a * q + b] * u[b]).sum::<f64>();
            let size = |a: usize| right[a].abs() + (0..q).map(|b| (hessian[a * q + b] * u[b]).abs()).sum::<f64>();
            let entering = (extras..q)
                .filter(|a| scale[*a] > 0.0 && !self.free.contains(a))
                .map(|a| (pull(a), a))
                .filter(|&(p, a)| p > 1e-13 * size(a))
                .max_by(|x, y| (x.0 / scale[x.1]).total_cmp(&(y.0 / scale[y.1])));
            let Some((_, entering)) = entering else { return };
            self.free.push(entering);
        }
    }

    /// Solves `H u = right` on the free unknowns, the others being as they are (0), by Cholesky's factorisation.
    fn solve(&mut self, hessian: &[f64], right: &[f64], q: usize, _u: &[f64]) {
        let n = self.free.len();
        self.factor.clear();
        self.factor.resize(n * n, 0.0);
        self.solution.clear();
        for i in 0..n {
            let a = self.free[i];
            for j in 0..=i {
                let mut sum = hessian[a * q + self.free[j]];
                if i == j {
                    sum *= 1.0 + RIDGE;
                }
                for k in 0..j {
                    sum -= self.factor[i * n + k] * self.factor[j * n + k];
                }
                self.factor[i * n + j] = if i == j { sum.max(RIDGE * hessian[a * q + a]).sqrt() } else { sum / self.factor[j * n + j] };
            }
            let mut sum = right[a];
            for k in 0..i {
                sum -= self.factor[i * n + k] * self.solution[k];
            }
            self.solution.push(sum / self.factor[i * n + i]);
        }
        for i in (0..n).rev() {
            let mut sum = self.solution[i];
            for k in i + 1..n {
                sum -= self.factor[k * n + i] * self.solution[k];
            }
            self.solution[i] = sum / self.factor[i * n + i];
        }
    }
}
