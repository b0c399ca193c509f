//! Lower bounds from a vector on the sites, proven in floats.
//!
//! Let `u` be a vector on the sites with `Σ u_i φ(t_i) ≤ 0` for all networks `φ` of a node (*feasible*). Then the squared loss of each of them is at least
//!
//! ```text
//! D(u) = Σ_i 2 u_i ȳ_i − u_i² / w_i,          as   w (ȳ − φ)² ≥ 2 u (ȳ − φ) − u² / w,
//! ```
//!
//! and for absolute and maximum loss, with `u_i = Σ v_l` over the points `l` of a site, at least `Σ v_l y_l` if `|v_l| ≤ 1`, or `Σ |v_l| ≤ 1`.
//!
//! # Feasible vectors
//! Let `G_i = Σ_{l>i} u_l (t_l − t_i)`, `H_i = Σ_{l<i} u_l (t_i − t_l)`, `S = Σ u_l`, `M = G_0`; these are the products of `u` with the atoms, and `u` is feasible if `a G_i ≤ 0` (`a H_i ≤ 0`, `a S ≤ 0`) for all
//! atoms of the node's windows, and `S = 0` with an output bias, `S = M = 0` with an affine function. `G` and `S` determine `u`: with slopes `σ_i = (G_{i+1} − G_i)/δ_i` between sites, `σ_{−1} = −S` and `σ` = 0 behind the
//! last site, `u_i = σ_i − σ_{i−1}`. And `H_i = G_i − (M − t_i S)`. So in terms of `(G, S)` each condition bounds one `G_i` by 0 or by `M − t_i S`, or restricts `(M, S)`; the latter are, for sites `i`,
//!
//! ```text
//! ±(M − t_i S) ≤ 0,     ±S ≤ 0:
//! ```
//!
//! `i = 0` for right windows at site 0 (`G_0 = M`), the last `i` for left windows there (`G = 0`, `H = S − M`), and the ends of overlaps of a right and a left window of opposite signs, where 0 and `M − t_i S` bound `G_i`
//! from different sides.
//!
//! # What floats prove
//! A float `u` violates its conditions by a little. But a feasible `u + e` is *near*: move `(M, S)` to where its conditions hold (exactly: to a ray `M = t_i S`, `S = 0`, or to 0; on a ray the order of the sites decides
//! the others), then each `G_i` into its bounds. That changes `u_i` by at most the changes of `G` next to it divided by the gaps. All of this is bounded from above with the rounding errors, and `D(u + e)` from below. `u + e` is never computed.

use super::node::{Side, Window};
use super::sites::Sites;
use crate::instance::Architecture;

const EPS: f64 = f64::EPSILON;

/// More than all that underflow can take from a bound, if no gap is below [`LEAST_GAP`]: products lose less than 10⁻³²³ each, which gaps divide.
const UNDERFLOW: f64 = 1e-200;

/// Of smaller gaps between sites nothing is concluded.
const LEAST_GAP: f64 = 1e-100;

/// A restriction of `(M, S)`.
#[derive(Debug, Clone, Copy)]
struct Restriction {
    /// `M − t_i S`, or `S` if there is no site.
    site: Option<usize>,
    /// `sign · form ≤ 0`; both signs are given for an equation.
    sign: f64,
}

/// Scratch for bounds.
#[derive(Debug, Default)]
pub(super) struct Bounder {
    /// Products with the atoms and bounds on their rounding errors.
    right: Vec<(f64, f64)>,
    left: Vec<(f64, f64)>,
    sum: (f64, f64),
    moves: Vec<f64>,
    restrictions: Vec<Restriction>,
    /// Upper bounds on `|e|`.
    pub(super) errors: Vec<f64>,
}

impl Bounder {
    /// A lower bound on the scaled squared loss of the node's networks, less the offset.
    pub(super) fn squares(&mut self, sites: &Sites, architecture: Architecture, windows: &[Window], u: &[f64]) -> f64 {
        self.feasible(sites, architecture, windows, u);
        let (mut value, mut magnitude, mut loss) = (0.0, 0.0, 0.0);
        for (i, (&u, &e)) in u.iter().zip(&self.errors).enumerate() {
            let (w, y) = (sites.weight[i], sites.mean[i]);
            value += u * (2.0 * y - u / w);
            let size = 2.0 * y.abs() + u.abs() / w;
            magnitude += u.abs() * size;
            // |D(u + e) − D(u)| ≤ 2 |e| |y − u/w| + e²/w.
            loss += e * (2.0 * (y - u / w).abs() + 4.0 * EPS * size + e / w);
        }
        let terms = sites.len() as f64 + 8.0;
        // The targets are rounded as well: two more units of each product.
        value - (magnitude + loss) * terms * EPS - loss - UNDERFLOW
    }

    /// A lower bound on the scaled sum of absolute residuals for multipliers `v` of the points with `|v| ≤ 1`, whose sums over the sites are `u`.
    pub(super) fn absolute(&mut self, sites: &Sites, architecture: Architecture, windows: &[Window], u: &[f64], v: &[f64]) -> f64 {
        self.feasible(sites, architecture, windows, u);
        // The sums `u` are rounded, too: that is one more error at each site.
        self.add_rounding(sites, v);
        // An error is itself rounded, a few times for each of the four classes.
        let largest = self.errors.iter().copied().fold(0.0, f64::max);
        (self.linear(sites, v)) * if largest > 0.0 { (1.0 - 64.0 * EPS) / (1.0 + largest) } else { 1.0 }
    }

    /// A lower bound on the scaled maximum of absolute residuals for multipliers `v` of the points, whose sums over the sites are `u`.
    pub(super) fn maximum(&mut self, sites: &Sites, architecture: Architecture, windows: &[Window], u: &[f64], v: &[f64]) -> f64 {
        self.feasible(sites, architecture, windows, u);
        self.add_rounding(sites, v);
        let total: f64 = v.iter().map(|v| v.abs()).sum::<f64>() + self.errors.iter().sum::<f64>();
        let terms = (v.len() + sites.len()) as f64 + 8.0;
        self.linear(sites, v).max(0.0) / (total * (1.0 + terms * EPS)).max(f64::MIN_POSITIVE)
    }

    fn add_rounding(&mut self, sites: &Sites, v: &[f64]) {
        for (i, error) in self.errors.iter_mut().enumerate() {
            let own = &v[sites.first[i]..sites.first[i + 1]];
            if own.len() > 1 {
                *error += own.iter().map(|v| v.abs()).sum::<f64>() * own.len() as f64 * EPS;
            }
        }
    }

    /// A lower bound on `Σ (v + e) y`, where the error of a site falls to one of its points.
    fn linear(&self, sites: &Sites, v: &[f64]) -> f64 {
        let (mut value, mut magnitude, mut loss) = (0.0, 0.0, 0.0);
        for i in 0..sites.len() {
            let mut largest = 0.0f64;
            let points = sites.first[i]..sites.first[i + 1];
            for (v, y) in v[points.clone()].iter().zip(&sites.targets[points]) {
                value += v * y;
                magnitude += (v * y).abs();
                largest = largest.max(y.abs());
            }
            loss += self.errors[i] * largest;
        }
        let terms = (v.len() + sites.len()) as f64 + 8.0;
        value - (magnitude + loss) * terms * EPS - loss - UNDERFLOW
    }

    /// Bounds how far a feasible vector is from `u`, site by site: `errors`. Not finite where floats know nothing.
    fn feasible(&mut self, sites: &Sites, architecture: Architecture, windows: &[Window], u: &[f64]) {
        let n = sites.len();
        self.products(sites, u);
        self.restrict(sites, architecture, windows);
        let (sum, sum_error) = self.sum;
        let (move_m, move_s) = self.nearest(sites);
        self.moves.clear();
        self.moves.resize(n, 0.0);
        // How much H changes where G stays: by M − t S.
        let shift = (move_m + move_s) * (1.0 + 2.0 * EPS);
        for window in windows {
            let sign = window.class.sign();
            let (products, offset, extra) = match window.class.side {
                Side::Right => (&self.right, 1, 0.0),
                Side::Left => (&self.left, 0, shift),
            };
            let from = window.first.max(offset) - offset;
            let to = (window.last - offset).min(n - 1);
            // G of the first site is M, of the last one 0; H of the first site is 0: no bounds on a G in between.
            let inner = from.max(1)..n.saturating_sub(1).min(to + 1);
            if inner.is_empty() {
                continue;
            }
            for (moved, (value, error)) in self.moves[inner.clone()].iter_mut().zip(&products[inner]) {
                let above = sign * value + error + extra;
                // If it is not a number, neither is the move, and no bound comes of it.
                if above > 0.0 || above.is_nan() {
                    *moved += above;
                }
            }
        }
        self.moves[0] = move_m;
        self.errors.clear();
        self.errors.resize(n, 0.0);
        for i in 0..n.saturating_sub(1) {
            let moved = self.moves[i] + self.moves[i + 1];
            if moved != 0.0 {
                let slope = moved / sites.gap[i] * (1.0 + 8.0 * EPS);
                self.errors[i] += slope;
                self.errors[i + 1] += slope;
            }
        }
        self.errors[0] += move_s;
        if !(sum.is_finite() && sum_error.is_finite()) || sites.gap.iter().any(|&gap| gap < LEAST_GAP) {
            self.errors[0] = f64::NAN;
        }
    }

    /// The products with the atoms, each with a bound on its error (as if all numbers were exact but positions, whose differences are rounded once).
    fn products(&mut self, sites: &Sites, u: &[f64]) {
        let n = sites.len();
        self.right.clear();
        self.right.resize(n, (0.0, 0.0));
        self.left.clear();
        self.left.resize(n, (0.0, 0.0));
        // `sum` after an addition is off by half a unit in its last place; a product of a rounded gap and a sum by two of these, and another for its addition. Bounds are themselves
        // rounded, for which a whole unit is put in the place of a half.
        let (mut sum, mut sum_error) = (0.0f64, 0.0f64);
        for i in (0..n - 1).rev() {
            sum += u[i + 1];
            sum_error += EPS * sum.abs();
            let step = sites.gap[i] * sum;
            let (value, error) = self.right[i + 1];
            let next = value + step;
            self.right[i] = (next, (error + sites.gap[i] * sum_error) * (1.0 + 4.0 * EPS) + EPS * (2.0 * step.abs() + next.abs()));
        }
        sum += u[0];
        self.sum = (sum, sum_error + EPS * sum.abs());
        (sum, sum_error) = (0.0, 0.0);
        for i in 1..n {
            sum += u[i - 1];
            sum_error += EPS * sum.abs();
            let step = sites.gap[i - 1] * sum;
            let (value, error) = self.left[i - 1];
            let next = value + step;
            self.left[i] = (next, (error + sites.gap[i - 1] * sum_error) * (1.0 + 4.0 * EPS) + EPS * (2.0 * step.abs() + next.abs()));
        }
    }

    /// Collects what the windows ask of `(M, S)`.
    fn restrict(&mut self, sites: &Sites, architecture: Architecture, windows: &[Window]) {
        let n = sites.len();
        let restrictions = &mut self.restrictions;
        restrictions.clear();
        let mut add = |site, sign| restrictions.push(Restriction { site, sign });
        if architecture.affine || architecture.output_bias {
            add(None, 1.0);
            add(None, -1.0);
        }
        if architecture.affine && n > 1 {
            add(Some(0), 1.0);
            add(Some(0), -1.0);
        }
        for window in windows {
            let sign = window.class.sign();
            match window.class.side {
                Side::Right => {
                    if window.first == 0 {
                        add(None, sign);
                    }
                    if window.first <= 1 && n > 1 {
                        add(Some(0), sign);
                    }
                    for other in windows.iter().filter(|other| other.class.side == Side::Left && other.class.plus != window.class.plus) {
                        // In sites; G is bounded by 0 at those of the right window, by M − t S at those of the left one.
                        let from = window.first.max(1).max(other.first + 1) - 1;
                        let to = (window.last - 1).min(other.last).min(n - 1);
                        if from <= to {
                            add(Some(from), sign);
                            add(Some(to), sign);
                        }
                    }
                }
                Side::Left => {
                    if window.last == n {
                        add(None, sign);
                    }
                    // G of the last site is 0 whatever: a right window of any sign.
                    if window.last + 1 >= n && n > 1 {
                        add(Some(n - 1), -sign);
                    }
                }
            }
        }
    }

    /// Upper bounds on how far `(M, S)` must be moved, coordinate by coordinate.
    fn nearest(&self, sites: &Sites) -> (f64, f64) {
        let (m, m_error) = self.right[0];
        let (s, s_error) = self.sum;
        let at = |site: Option<usize>| match site {
            None => (s, s_error),
            Some(i) => {
                let value = m - sites.position[i] * s;
                (value, (m_error + sites.position[i] * s_error) * (1.0 + 4.0 * EPS) + EPS * (2.0 * m.abs() + 3.0 * s.abs()))
            }
        };
        let certain = |restriction: &Restriction| {
            let (value, error) = at(restriction.site);
            restriction.sign * value + error <= 0.0
        };
        if self.restrictions.iter().all(certain) {
            return (0.0, 0.0);
        }
        let mut best = (m.abs() + m_error, s.abs() + s_error);
        for line in &self.restrictions {
            let moved = match line.site {
                // S = 0, M as it is: M − t S = M.
                None => {
                    let keeps = |other: &Restriction| other.site.is_none() || other.sign * m + m_error <= 0.0;
                    self.restrictions.iter().all(keeps).then_some((0.0, s.abs() + s_error))
                }
                // M = t_i S: M − t_j S = (t_i − t_j) S, and sites are in order.
                Some(i) => {
                    let keeps = |other: &Restriction| match other.site {
                        None => other.sign * s + s_error <= 0.0,
                        Some(j) if i == j => true,
                        Some(j) => (if i > j { other.sign } else { -other.sign }) * s + s_error <= 0.0,
                    };
                    let (value, error) = at(Some(i));
                    self.restrictions.iter().all(keeps).then_some((value.abs() + error, 0.0))
                }
            };
            if let Some(moved) = moved
                && moved.0 + moved.1 < best.0 + best.1
            {
                best = moved;
            }
        }
        best
    }
}
