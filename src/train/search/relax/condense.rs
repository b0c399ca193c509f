//! The same program with fewer sites.
//!
//! Where every neuron is decided, the value of a site is `x̃_s·V_A` with `V_A = Σ_{j∈A} a_j w_j` over the set `A` of neurons that are on. So all sites of one set together cost a quadratic function of `V_A`, which a
//! few rows cost as well: with means `x̄`, `ȳ` and total weight `S`, and with the Cholesky factor `L Lᵀ` of the centred sums `Σ m (x − x̄)(x − x̄)ᵀ` and `L q = Σ m (x − x̄)(y − ȳ)`,
//!
//! ```text
//! Σ_s m_s (y_s − x̃_s·V)²  =  S (ȳ − x̃(x̄)·V)²  +  |q − Lᵀ V|²  +  (Σ m (y − ȳ)² − |q|²).
//! ```
//!
//! That is one row for each coordinate of a site, and a constant. A node's relaxation then takes time in proportion to its undecided sites, `rank` for each set, and one pass over all sites in the beginning and
//! one in the end, which gives the sites of a set their `u = m (y − x̃·V_A)` back. With one feature and 1000 points this takes a tenth of the time; it does not change what is proposed but for rounding.

use super::super::Node;
use super::terms::Terms;

const NONE: u32 = u32::MAX;
/// Sets of so many neurons have a table.
const MOST_NEURONS: usize = 12;
/// Fewer sites are not worth it.
const LEAST_SITES: usize = 64;
/// A set with at most so many sites for each coordinate keeps them.
const WORTHWHILE: usize = 3;
/// Pivots below this part of the sum of squares are 0.
const DEPENDENT: f64 = 1e-14;

/// Sites with the same neurons on.
#[derive(Debug, Clone, Default)]
struct Group {
    on: u32,
    sites: usize,
    weight: f64,
    /// `x̄` and `ȳ`, at first the sums.
    means: Vec<f64>,
    /// The lower triangle of the centred products of the columns but the first (the constant), and of the targets, by rows.
    products: Vec<f64>,
    /// `V_A`, in the end.
    value: Vec<f64>,
}

/// All sites, and where they went in the node at hand.
#[derive(Debug, Clone)]
pub(super) struct Condense {
    whole: Terms,
    /// The place of each site, if it has one. A site of a group has one if it is a wall.
    places: Vec<u32>,
    /// The sites that have a place of their own, in the order of their places, then those that are only walls.
    singles: Vec<u32>,
    walls: Vec<u32>,
    /// The group of each site that is in one.
    group_of: Vec<u32>,
    groups: Vec<Group>,
    used: usize,
    /// The group of a set of neurons.
    table: Vec<u32>,
    /// The part of the loss that no weights avoid.
    pub(super) constant: f64,
}

impl Condense {
    /// `None` where it does not apply or is not worth it.
    pub(super) fn new(terms: &Terms, plain: bool) -> Option<Self> {
        let applies = plain && terms.bias.is_none() && terms.neurons <= MOST_NEURONS && terms.sites >= LEAST_SITES;
        applies.then(|| Condense {
            places: vec![NONE; terms.sites],
            singles: Vec::with_capacity(terms.sites),
            walls: Vec::new(),
            group_of: vec![NONE; terms.sites],
            groups: Vec::new(),
            used: 0,
            table: vec![NONE; 1 << terms.neurons],
            constant: 0.0,
            whole: terms.clone(),
        })
    }

    /// The place of a site, if it has one.
    pub(super) fn place(&self, site: usize) -> Option<usize> {
        Some(self.places[site]).filter(|&place| place != NONE).map(|place| place as usize)
    }

    /// The site at a place that is one.
    pub(super) fn site(&self, place: usize) -> usize {
        let sites = self.singles.get(place).or_else(|| self.walls.get(place.wrapping_sub(self.singles.len())));
        *sites.expect("the rows of groups come last") as usize
    }

    /// Reads a node, and writes its condensed sites to `terms`.
    pub(super) fn load(&mut self, node: &Node, terms: &mut Terms) {
        self.whole.load(node);
        self.gather();
        self.sum_products();
        self.settle_places();
        self.write(terms);
    }

    /// The groups with their sums.
    fn gather(&mut self) {
        let (n, block) = (self.whole.sites, self.whole.block);
        for group in &self.groups[..self.used] {
            self.table[group.on as usize] = NONE;
        }
        self.used = 0;
        for s in 0..n {
            self.group_of[s] = NONE;
            if self.whole.undecided[s] != 0 {
                continue;
            }
            let on = self.whole.on[s];
            let entry = &mut self.table[on as usize];
            if *entry == NONE {
                *entry = u32::try_from(self.used).expect("there are no more groups than sites");
                if self.used == self.groups.len() {
                    self.groups.push(Group::default());
                }
                let group = &mut self.groups[self.used];
                (group.on, group.sites, group.weight) = (on, 0, 0.0);
                group.means.clear();
                group.means.resize(block + 1, 0.0);
                group.products.clear();
                group.products.resize(block * (block + 1) / 2, 0.0);
                self.used += 1;
            }
            self.group_of[s] = *entry;
            let group = &mut self.groups[*entry as usize];
            let weight = self.whole.weights[s];
            group.sites += 1;
            group.weight += weight;
            for c in 0..block {
                group.means[c] += weight * self.whole.columns[c * n + s];
            }
            group.means[block] += weight * self.whole.targets[s];
        }
        for group in &mut self.groups[..self.used] {
            group.means.iter_mut().for_each(|mean| *mean /= group.weight);
        }
    }

    /// The centred products of the groups that are condensed; the sites of the others are single.
    fn sum_products(&mut self) {
        let (n, block) = (self.whole.sites, self.whole.block);
        let least = WORTHWHILE * block;
        let mut centred = vec![0.0; block];
        for s in 0..n {
            let at = self.group_of[s];
            if at == NONE {
                continue;
            }
            let group = &mut self.groups[at as usize];
            if group.sites < least {
                self.group_of[s] = NONE;
                continue;
            }
            for c in 1..block {
                centred[c - 1] = self.whole.columns[c * n + s] - group.means[c];
            }
            centred[block - 1] = self.whole.targets[s] - group.means[block];
            let mut products = group.products.iter_mut();
            for i in 0..block {
                let x = self.whole.weights[s] * centred[i];
                for y in &centred[..=i] {
                    *products.next().expect("a triangle") += x * y;
                }
            }
        }
    }

    /// Single sites first, then sites that are only walls.
    fn settle_places(&mut self) {
        self.places.fill(NONE);
        self.singles.clear();
        self.walls.clear();
        for s in 0..self.whole.sites {
            if self.group_of[s] == NONE {
                self.places[s] = u32::try_from(self.singles.len()).expect("sites are numbered in 32 bits");
                self.singles.push(u32::try_from(s).expect("sites are numbered in 32 bits"));
            }
        }
        for &(_, s, _) in &self.whole.walls {
            if self.places[s] == NONE {
                self.places[s] = u32::try_from(self.singles.len() + self.walls.len()).expect("sites are numbered in 32 bits");
                self.walls.push(u32::try_from(s).expect("sites are numbered in 32 bits"));
            }
        }
    }

    fn write(&mut self, terms: &mut Terms) {
        let (n, block) = (self.whole.sites, self.whole.block);
        let least = WORTHWHILE * block;
        let condensed = self.groups[..self.used].iter().filter(|group| group.sites >= least).count();
        let own = self.singles.len() + self.walls.len();
        let sites = own + condensed * block;
        terms.plus = self.whole.plus;
        terms.sites = sites;
        terms.only_walls = self.singles.len()..own;
        for values in [&mut terms.on, &mut terms.undecided] {
            values.clear();
            values.resize(sites, 0);
        }
        terms.columns.clear();
        terms.columns.resize(block * sites, 0.0);
        terms.targets.clear();
        terms.targets.resize(sites, 0.0);
        terms.weights.clear();
        terms.weights.resize(sites, 1.0);
        for (place, &s) in self.singles.iter().chain(&self.walls).enumerate() {
            let s = s as usize;
            for c in 0..block {
                terms.columns[c * sites + place] = self.whole.columns[c * n + s];
            }
            // A wall tells its side by who is on.
            terms.on[place] = self.whole.on[s];
            if place < self.singles.len() {
                terms.undecided[place] = self.whole.undecided[s];
                (terms.targets[place], terms.weights[place]) = (self.whole.targets[s], self.whole.weights[s]);
            }
        }
        terms.walls.clear();
        terms.walls.extend(self.whole.walls.iter().map(|&(j, s, sign)| (j, self.places[s] as usize, sign)));
        self.constant = 0.0;
        let mut place = own;
        for group in self.groups[..self.used].iter_mut().filter(|group| group.sites >= least) {
            terms.on[place..place + block].fill(group.on);
            terms.weights[place..place + block].fill(group.weight);
            for c in 0..block {
                terms.columns[c * sites + place] = group.means[c];
            }
            terms.targets[place] = group.means[block];
            self.constant += factor(&mut group.products, block);
            // Row i of Lᵀ is column i of L, and q the last row of the factor.
            let scale = 1.0 / group.weight.sqrt();
            let entry = |i: usize, c: usize| scale * group.products[i * (i + 1) / 2 + c];
            for i in 0..block - 1 {
                for k in i..block - 1 {
                    terms.columns[(k + 1) * sites + place + 1 + i] = entry(k, i);
                }
                terms.targets[place + 1 + i] = entry(block - 1, i);
            }
            place += block;
        }
    }

    /// The `u` of all sites, from those of the condensed ones and the weights.
    pub(super) fn expand(&mut self, condensed: &[f64], v: &[f64], u: &mut [f64]) {
        let (n, block, neurons) = (self.whole.sites, self.whole.block, self.whole.neurons);
        for group in &mut self.groups[..self.used] {
            group.value.clear();
            group.value.resize(block, 0.0);
            for j in (0..neurons).filter(|j| group.on >> j & 1 == 1) {
                let sign = self.whole.sign(j);
                group.value.iter_mut().zip(&v[j * block..(j + 1) * block]).for_each(|(value, w)| *value += sign * w);
            }
        }
        for (s, u) in u.iter_mut().enumerate().take(n) {
            *u = match self.group_of[s] {
                NONE => condensed[self.places[s] as usize],
                group => {
                    let value = &self.groups[group as usize].value;
                    let reached: f64 = value.iter().enumerate().map(|(c, v)| v * self.whole.columns[c * n + s]).sum();
                    self.whole.weights[s] * (self.whole.targets[s] - reached)
                }
            };
        }
    }

    /// The place of a site that has one of its own.
    pub(super) fn single(&self, site: usize) -> Option<usize> {
        self.place(site).filter(|_| self.group_of[site] == NONE)
    }

    /// `a_j` where neuron `j` is on at a site of a group, else 0.
    pub(super) fn sign(&self, site: usize, j: usize) -> f64 {
        if self.whole.on[site] >> j & 1 == 1 { self.whole.sign(j) } else { 0.0 }
    }
}

/// The Cholesky factor of the symmetric matrix of order `order` whose lower triangle is `a`, in its place, up to the last pivot, whose square is returned. Rows that depend on those before become 0.
fn factor(a: &mut [f64], order: usize) -> f64 {
    let at = |i: usize, c: usize| i * (i + 1) / 2 + c;
    for i in 0..order {
        let diagonal = a[at(i, i)];
        for c in 0..=i {
            let sum = (0..c).fold(a[at(i, c)], |sum, l| sum - a[at(i, l)] * a[at(c, l)]);
            if c == i {
                if i + 1 == order {
                    return sum.max(0.0);
                }
                a[at(i, i)] = if sum > DEPENDENT * diagonal { sum.sqrt() } else { 0.0 };
            } else {
                a[at(i, c)] = if a[at(c, c)] > 0.0 { sum / a[at(c, c)] } else { 0.0 };
            }
        }
    }
    0.0
}

#[cfg(test)]
mod tests {
    use super::factor;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// Origin: the definition of the rows. The sum of squares of random points is that of their rows and the constant, for random coefficients; also where points depend on each other.
    #[test]
    fn rows_cost_what_their_points_cost() {
        let mut random = ChaCha8Rng::seed_from_u64(1);
        for round in 0..200 {
            let columns = 1 + round % 4;
            let mut points: Vec<Vec<f64>> = (0..9).map(|_| (0..=columns).map(|_| random.random_range(-1.0..1.0)).collect()).collect();
            if round % 3 == 0 && columns > 1 {
                points.iter_mut().for_each(|point| point[1] = 2.0 * point[0]);
            }
            let mut triangle = Vec::new();
            for i in 0..=columns {
                triangle.extend((0..=i).map(|c| points.iter().map(|point| point[i] * point[c]).sum::<f64>()));
            }
            let constant = factor(&mut triangle, columns + 1);
            let v: Vec<f64> = (0..columns).map(|_| random.random_range(-1.0..1.0)).collect();
            let direct: f64 = points.iter().map(|point| (point[columns] - (0..columns).map(|c| point[c] * v[c]).sum::<f64>()).powi(2)).sum();
            let entry = |i: usize, c: usize| triangle[i * (i + 1) / 2 + c];
            let rows: f64 = (0..columns).map(|i| (entry(columns, i) - (i..columns).map(|k| entry(k, i) * v[k]).sum::<f64>()).powi(2)).sum();
            assert!((rows + constant - direct).abs() <= 1e-9 * direct.max(1.0), "{rows} + {constant} for {direct}");
        }
    }
}
