//! The case of ReLU, without branches.
//!
//! What the threshold case keeps as bit masks are numbers here, by neuron and site: `signs = a_j` where neuron `j` is linear in the site's value and 0 elsewhere; so is
//! the state of a site, `active` (its weight if `u` is free, else 0) and `sided` (the sign that `u` must have, 0 if it may have both). All loops run along the sites.

use super::terms::Terms;
use super::{RelaxEngine, Role, Row};

/// The node at hand in numbers.
#[derive(Debug, Clone, Default)]
pub(super) struct Plain {
    /// `a_j` where neuron `j` is linear in the site's value, else 0.
    pub(super) signs: Vec<f64>,
    /// `a_j` where it is on, and where it is undecided, else 0.
    on: Vec<f64>,
    pub(super) open: Vec<f64>,
    /// Whether the lower and the upper value are finite (1 or 0).
    lower: Vec<f64>,
    upper: Vec<f64>,
    pub(super) active: Vec<f64>,
    pub(super) sided: Vec<f64>,
    /// `x_c x_e` for `e ≤ c`, by columns.
    products: Vec<f64>,
    scratch: Vec<f64>,
}

/// `x_c x_e` for `e ≤ c`, by columns.
fn products(terms: &Terms) -> impl Iterator<Item = f64> {
    let column = |c: usize| &terms.columns[c * terms.sites..(c + 1) * terms.sites];
    (0..terms.block).flat_map(move |c| (0..=c).flat_map(move |e| column(c).iter().zip(column(e)).map(|(x, y)| x * y)))
}

impl Plain {
    pub(super) fn new(terms: &Terms) -> Self {
        let n = terms.sites;
        let (values, sites) = (vec![0.0; n * terms.neurons], vec![0.0; n]);
        Plain {
            signs: values.clone(),
            on: values.clone(),
            open: values,
            lower: sites.clone(),
            upper: sites.clone(),
            active: sites.clone(),
            sided: sites.clone(),
            products: products(terms).collect(),
            scratch: sites,
        }
    }

    /// As many of everything as there are sites.
    pub(super) fn fit(&mut self, terms: &Terms) {
        let n = terms.sites;
        for values in [&mut self.signs, &mut self.on, &mut self.open] {
            values.resize(n * terms.neurons, 0.0);
        }
        for values in [&mut self.lower, &mut self.upper, &mut self.active, &mut self.sided, &mut self.scratch] {
            values.resize(n, 0.0);
        }
        self.products.clear();
        self.products.extend(products(terms));
    }

    /// Reads the states of a node.
    fn load(&mut self, terms: &Terms) {
        let n = terms.sites;
        for j in 0..terms.neurons {
            let (a, bit) = (terms.sign(j), 1 << j);
            let (on, open) = (&mut self.on[j * n..(j + 1) * n], &mut self.open[j * n..(j + 1) * n]);
            for s in 0..n {
                on[s] = if terms.on[s] & bit != 0 { a } else { 0.0 };
                open[s] = if terms.undecided[s] & bit != 0 { a } else { 0.0 };
            }
        }
        for s in 0..n {
            let (lower, upper) = terms.bounded(s);
            self.lower[s] = f64::from(u8::from(lower));
            self.upper[s] = f64::from(u8::from(upper));
        }
    }

    /// The sites' values with the pieces that the signs of `z` call for.
    fn true_values(&self, z: &[f64], bias: f64, out: &mut [f64]) {
        out.fill(bias);
        let n = out.len();
        for ((z, on), open) in z.chunks_exact(n).zip(self.on.chunks_exact(n)).zip(self.open.chunks_exact(n)) {
            for (((value, z), on), open) in out.iter_mut().zip(z).zip(on).zip(open) {
                *value += on * z + open * if *z > 0.0 { *z } else { 0.0 };
            }
        }
    }

    /// `a_j` if the neuron at place `i` is linear with this sign of `z`, else 0.
    pub(super) fn true_sign(&self, z: &[f64], i: usize) -> f64 {
        self.on[i] + if z[i] > 0.0 { self.open[i] } else { 0.0 }
    }

    /// Takes the pieces of all sites from the signs of `z`.
    fn set_all_pieces(&mut self, z: &[f64]) {
        for (((sign, z), on), open) in self.signs.iter_mut().zip(z).zip(&self.on).zip(&self.open) {
            *sign = on + if *z > 0.0 { *open } else { 0.0 };
        }
    }
}

impl RelaxEngine {
    fn bias(&self, v: &[f64]) -> f64 {
        self.terms.bias.map_or(0.0, |bias| v[bias])
    }

    /// The pieces and the roles of all items at `v`.
    pub(super) fn start_plainly(&mut self) {
        self.plain.load(&self.terms);
        self.plain.set_all_pieces(&self.z);
        reached(&self.plain.signs, &self.z, self.bias(&self.v), &mut self.u);
        let Plain { lower, upper, active, sided, .. } = &mut self.plain;
        let (lower, upper, terms) = (&**lower, &**upper, &self.terms);
        let items = self.u.iter_mut().zip(&terms.weights).zip(&terms.targets).zip(lower).zip(upper);
        for (((((u, weight), target), lower), upper), (active, sided)) in items.zip(active.iter_mut().zip(sided)) {
            let pull = weight * (target - *u);
            let free = if pull > 0.0 { *upper } else { *lower };
            *u = free * pull;
            *active = free * weight;
            *sided = (1.0 - lower * upper) * if pull > 0.0 { 1.0 } else { -1.0 };
        }
        for (role, active) in self.role.iter_mut().zip(active) {
            *role = if *active == 0.0 { Role::Idle } else { Role::Free };
        }
        for (side, sided) in self.side.iter_mut().zip(&self.plain.sided) {
            *side = if *sided < 0.0 { -1.0 } else { 1.0 };
        }
    }

    /// The Newton matrix and the constant part of the gradient of the free items, pair by pair of neurons.
    pub(super) fn assemble_plainly(&mut self) {
        let Plain { signs, active, products, scratch, .. } = &mut self.plain;
        let (n, m, block) = (self.terms.sites, self.terms.size, self.terms.block);
        self.stale = true;
        for j in 0..self.terms.neurons {
            let own = &signs[j * n..(j + 1) * n];
            for (((out, active), y), x) in scratch.iter_mut().zip(&*active).zip(&self.terms.targets).zip(own) {
                *out = active * y * x;
            }
            for c in 0..block {
                self.constant[j * block + c] = dot(scratch, &self.terms.columns[c * n..(c + 1) * n]);
            }
            for l in 0..=j {
                for (((out, active), x), y) in scratch.iter_mut().zip(&*active).zip(own).zip(&signs[l * n..(l + 1) * n]) {
                    *out = active * x * y;
                }
                let mut products = products.chunks_exact(n);
                for c in 0..block {
                    for e in 0..=c {
                        let sum = dot(scratch, products.next().expect("a column for each pair"));
                        for (i, k) in [(j * block + c, l * block + e), (j * block + e, l * block + c)] {
                            self.h[i * m + k] = sum;
                            self.h[k * m + i] = sum;
                        }
                    }
                }
            }
            if let Some(bias) = self.terms.bias {
                for ((out, active), x) in scratch.iter_mut().zip(&*active).zip(own) {
                    *out = active * x;
                }
                for c in 0..block {
                    let sum = dot(scratch, &self.terms.columns[c * n..(c + 1) * n]);
                    self.h[bias * m + j * block + c] = sum;
                    self.h[(j * block + c) * m + bias] = sum;
                }
            }
        }
        if let Some(bias) = self.terms.bias {
            self.h[bias * m + bias] = active.iter().sum();
            self.constant[bias] = dot(active, &self.terms.targets);
        }
    }

    /// Makes an undecided neuron linear or 0 in the value of a site: its block's rows and columns of the Newton matrix.
    pub(super) fn set_piece_plainly(&mut self, s: usize, j: usize, linear: bool) {
        let n = self.terms.sites;
        let sign = if linear { self.plain.open[j * n + s] } else { 0.0 };
        let change = sign - self.plain.signs[j * n + s];
        if change == 0.0 {
            return;
        }
        if self.raise.at(s).is_some() {
            self.update(s, -1.0);
            self.plain.signs[j * n + s] = sign;
            self.update(s, 1.0);
            return;
        }
        // Where it is linear before or after, its own block changes by ±1 and the others by ±a_j times their signs.
        self.plain.signs[j * n + s] = 0.0;
        let weight = self.plain.active[s];
        if weight != 0.0 {
            let (m, block) = (self.terms.size, self.terms.block);
            let own = if linear { weight } else { -weight };
            for c in 0..block {
                self.constant[j * block + c] += weight * change * self.terms.targets[s] * self.terms.columns[c * n + s];
            }
            for l in 0..self.terms.neurons {
                let factor = if l == j { own } else { weight * change * self.plain.signs[l * n + s] };
                if factor == 0.0 {
                    continue;
                }
                for c in 0..block {
                    let x = factor * self.terms.columns[c * n + s];
                    for e in 0..block {
                        let change = x * self.terms.columns[e * n + s];
                        self.h[(j * block + c) * m + l * block + e] += change;
                        if l != j {
                            self.h[(l * block + e) * m + j * block + c] += change;
                        }
                    }
                }
            }
            if let Some(bias) = self.terms.bias {
                for c in 0..block {
                    let change = weight * change * self.terms.columns[c * n + s];
                    self.h[bias * m + j * block + c] += change;
                    self.h[(j * block + c) * m + bias] += change;
                }
            }
        }
        self.plain.signs[j * n + s] = sign;
        self.stale = true;
    }

    /// The items' pulls at `v` by neuron and site (in the memory of `z_next`), and on the bias.
    pub(super) fn pull_plainly(&mut self) {
        let n = self.terms.sites;
        reached(&self.plain.signs, &self.z, self.bias(&self.v), &mut self.u_next);
        self.raise.lids.add_to(&self.v, &mut self.u_next);
        self.residuals();
        if let Some(bias) = self.terms.bias {
            self.gradient[bias] = self.u_next.iter().sum();
        }
        for (pulls, signs) in self.z_next.chunks_exact_mut(n).zip(self.plain.signs.chunks_exact(n)) {
            for ((pull, sign), u) in pulls.iter_mut().zip(signs).zip(&self.u_next) {
                *pull = sign * u;
            }
        }
    }

    /// The items' `u` at the end of the step.
    pub(super) fn land_plainly(&mut self) {
        reached(&self.plain.signs, &self.z_next, self.bias(&self.v_next), &mut self.u_next);
        self.raise.lids.add_to(&self.v_next, &mut self.u_next);
        self.residuals();
    }

    fn residuals(&mut self) {
        for ((u, y), m) in self.u_next.iter_mut().zip(&self.terms.targets).zip(&self.plain.active) {
            *u = m * (y - *u);
        }
    }

    /// Frees the items whose residual is on the side that costs.
    pub(super) fn extend_items_plainly(&mut self, tolerance: f64, single: bool) -> bool {
        let bias = self.bias(&self.v);
        let (terms, plain) = (&self.terms, &self.plain);
        // The memory of `u_next` is free between steps.
        let excess = &mut self.u_next;
        plain.true_values(&self.z, bias, excess);
        for (((excess, target), lower), upper) in excess.iter_mut().zip(&terms.targets).zip(&plain.lower).zip(&plain.upper) {
            let residual = target - *excess;
            *excess = if residual > 0.0 { upper * residual } else { -lower * residual };
        }
        let constant = self.condense.as_ref().map_or(0.0, |condense| condense.constant);
        self.lost = constant + sum_of(excess, &terms.weights, |x, m| m * x * x);
        let mut violated = 0;
        for (excess, active) in excess.iter_mut().zip(&plain.active) {
            *excess = if *active == 0.0 { *excess } else { 0.0 };
            violated += u64::from(*excess > tolerance);
        }
        if violated == 0 {
            return false;
        }
        let most = excess.iter().fold(0.0_f64, |most, &excess| most.max(excess));
        for s in 0..self.terms.sites {
            if self.u_next[s] > tolerance && (!single || self.u_next[s] == most) {
                self.free_plainly(s);
                if single {
                    break;
                }
            }
        }
        true
    }

    fn free_plainly(&mut self, s: usize) {
        let n = self.terms.sites;
        let mut value = self.bias(&self.v);
        for i in (s..self.z.len()).step_by(n) {
            let sign = self.plain.true_sign(&self.z, i);
            self.plain.signs[i] = sign;
            value += sign * self.z[i];
        }
        let side = if self.terms.targets[s] > value { 1.0 } else { -1.0 };
        (self.side[s], self.plain.sided[s]) = (side, side);
        self.role[s] = Role::Free;
        self.plain.active[s] = self.terms.weights[s];
        self.update(s, 1.0);
    }

    /// The worst piece of each neuron: linear with `z < 0`, or 0 with `z > 0`, at a site that costs.
    pub(super) fn find_kinks_plainly(&mut self) {
        let (n, plain) = (self.terms.sites, &self.plain);
        for j in 0..self.terms.neurons {
            let (z, signs, open) = (&self.z[j * n..(j + 1) * n], &plain.signs[j * n..(j + 1) * n], &plain.open[j * n..(j + 1) * n]);
            let least = self.worst[j].0;
            let mut violated = 0;
            for (((z, sign), open), active) in z.iter().zip(signs).zip(open).zip(&plain.active) {
                // ±z where undecided; weights are at least 1.
                violated += u64::from(z * open * (open - 2.0 * sign) * active > least);
            }
            if violated == 0 {
                continue;
            }
            let violation = |s: usize| {
                let value = if signs[s] == 0.0 { z[s] } else { -z[s] };
                if open[s] != 0.0 && plain.active[s] != 0.0 { value } else { 0.0 }
            };
            for (s, sign) in signs.iter().enumerate() {
                if violation(s) > self.worst[j].0 && !self.rows.iter().any(|row| row.kink && row.neuron == j && row.site == s) {
                    let linear = *sign != 0.0;
                    let (multiplier, toward) = if linear { (self.u[s].abs(), -1.0) } else { (0.0, 1.0) };
                    self.worst[j] = (violation(s), Some(Row { kink: true, neuron: j, site: s, sign: -1.0, multiplier, toward }));
                }
            }
        }
    }

    /// The coefficients of a site's value, by unknowns.
    pub(super) fn plain_coefficients(&mut self, s: usize) {
        let (n, block) = (self.terms.sites, self.terms.block);
        for j in 0..self.terms.neurons {
            let sign = self.plain.signs[j * n + s];
            for c in 0..block {
                self.coefficients[j * block + c] = sign * self.terms.columns[c * n + s];
            }
        }
        if let Some(bias) = self.terms.bias {
            self.coefficients[bias] = 1.0;
        }
        if let Some(lid) = self.raise.at(s) {
            self.coefficients.iter_mut().zip(lid).for_each(|(c, l)| *c += l);
        }
    }

    /// Takes out the items that are on the side where they do not cost. Returns whether there was one.
    pub(super) fn restore_items_plainly(&mut self, tolerance: f64) -> bool {
        let leaves = self.leaves(&self.u, tolerance);
        if leaves {
            for s in 0..self.terms.sites {
                if self.plain.sided[s] * self.u[s] < -tolerance {
                    self.drop_item(s);
                }
            }
        }
        leaves
    }

    /// Whether an item of `u` is on the side where it does not cost.
    pub(super) fn leaves(&self, u: &[f64], tolerance: f64) -> bool {
        self.plain.sided.iter().zip(u).map(|(side, u)| u64::from(side * u < -tolerance)).sum::<u64>() > 0
    }

    /// The bound that `u` proves. (The greatest over the multiples of `u` is `(u·y)²/Σu²/m`, the same at the optimum.)
    pub(super) fn value(&self) -> f64 {
        let mut sums = [0.0; 2];
        for ((u, y), m) in self.u.iter().zip(&self.terms.targets).zip(&self.terms.weights) {
            sums[0] += u * y;
            sums[1] += u * u / m;
        }
        (2.0 * sums[0] - sums[1] + self.constant_part()).max(0.0)
    }

    /// Makes `u` and the pieces those of the weights, where these are not the best ones.
    pub(super) fn settle_for_weights(&mut self) {
        let bias = self.bias(&self.v);
        self.plain.set_all_pieces(&self.z);
        self.plain.true_values(&self.z, bias, &mut self.u);
        let items = self.u.iter_mut().zip(&self.terms.targets).zip(&self.terms.weights).zip(&self.plain.lower).zip(&self.plain.upper);
        for ((((u, target), weight), lower), upper) in items {
            let pull = weight * (target - *u);
            *u = pull * if pull > 0.0 { *upper } else { *lower };
        }
    }

    /// `p` of the pieces: all of `|u|` where they are linear.
    pub(super) fn report_plainly(&mut self) {
        let n = self.terms.sites;
        let multiplier = |sign: f64, u: f64| if sign * u < 0.0 { -sign * u } else { 0.0 };
        if let Some(condense) = &self.condense {
            let all = self.relaxation.u.len();
            for (site, u) in self.relaxation.u.iter().enumerate() {
                let place = condense.single(site);
                for j in 0..self.terms.neurons {
                    let sign = place.map_or_else(|| condense.sign(site, j), |place| self.plain.signs[j * n + place]);
                    self.relaxation.p[j * all + site] = multiplier(sign, *u);
                }
            }
            return;
        }
        for (p, signs) in self.relaxation.p.chunks_exact_mut(n).zip(self.plain.signs.chunks_exact(n)) {
            for ((p, sign), u) in p.iter_mut().zip(signs).zip(&self.u) {
                *p = multiplier(*sign, *u);
            }
        }
    }
}

/// The values of all sites: `bias + Σ_j signs_js z_js`.
fn reached(signs: &[f64], z: &[f64], bias: f64, out: &mut [f64]) {
    out.fill(bias);
    let n = out.len();
    for (signs, z) in signs.chunks_exact(n).zip(z.chunks_exact(n)) {
        for ((value, sign), z) in out.iter_mut().zip(signs).zip(z) {
            *value += sign * z;
        }
    }
}

/// `Σ a_i b_i` in four sums.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    sum_of(a, b, |x, y| x * y)
}

#[inline(always)]
fn sum_of(a: &[f64], b: &[f64], term: impl Fn(f64, f64) -> f64) -> f64 {
    let mut sums = [0.0; 4];
    let (a_quads, b_quads) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest: f64 = a_quads.remainder().iter().zip(b_quads.remainder()).map(|(x, y)| term(*x, *y)).sum();
    for (x, y) in a_quads.zip(b_quads) {
        for i in 0..4 {
            sums[i] += term(x[i], y[i]);
        }
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}
