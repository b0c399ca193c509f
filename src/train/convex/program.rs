//! The polyhedra of the method: their rows in floats and in integers, and which row a point violates most.

use crate::exact::{Integer, IntegerVector, Rational};
use crate::instance::Activation;
use crate::network::{Network, Neuron};
use crate::train::scaled::exponent;
use crate::train::search::Model;

/// The row `Σ_{j∈A} x̃_s·w_j + L(x_s) ≤ y_s`, or `= y_s`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cut {
    pub(super) site: usize,
    /// The set `A`, a bit a neuron.
    pub(super) pieces: u64,
    pub(super) equation: bool,
}

/// The unknowns are the neurons' weights in the design's columns, a block of `rank` numbers each, then those of the extra function `L`.
///
/// In floats the columns and the targets are divided by powers of two just above their largest magnitudes.
#[derive(Debug)]
pub(super) struct Program<'m, 'a> {
    pub(super) model: &'m Model<'a>,
    pub(super) unknowns: usize,
    /// Of `L`: the rank for an affine function, 1 for a constant (the design's first column), 0 for none.
    pub(super) extra: usize,
    width: usize,
    rank: usize,
    /// The features, column by column.
    columns: Vec<f64>,
    targets: Vec<f64>,
    /// The unknown `c` of a block in integers is that in floats times `2^shifts[c]`.
    shifts: Vec<i64>,
}

/// What a point of floats means at the sites.
#[derive(Debug, Default)]
pub(super) struct Values {
    /// `x̃_s·w_j` at `j·sites + s`.
    pub(super) neurons: Vec<f64>,
    /// `y_s − φ(x_s)`.
    pub(super) deficits: Vec<f64>,
}

impl<'m, 'a> Program<'m, 'a> {
    pub(super) fn new(model: &'m Model<'a>) -> Self {
        let architecture = model.instance().architecture;
        let (rank, sites, width) = (model.rank(), model.sites(), model.width());
        let extra = if architecture.affine { rank } else { usize::from(architecture.output_bias) };
        let columns = (0..rank).flat_map(|c| (0..sites).map(move |s| model.features(s)[c])).collect();
        let targets = (0..sites).map(|s| model.items[model.items_of_site[s][0]].scaled_target).collect();
        let height = exponent(model.space.targets().iter());
        let shifts = (0..rank).map(|c| height - exponent((0..sites).map(|s| &model.row(s)[c]))).collect();
        Program { model, unknowns: width * rank + extra, extra, width, rank, columns, targets, shifts }
    }

    pub(super) fn sites(&self) -> usize {
        self.targets.len()
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// The row of a cut in floats; returns its right-hand side.
    pub(super) fn float_row(&self, cut: &Cut, row: &mut [f64]) -> f64 {
        let features = self.model.features(cut.site);
        let (neurons, extra) = row.split_at_mut(self.width * self.rank);
        for (j, block) in neurons.chunks_exact_mut(self.rank).enumerate() {
            if cut.pieces >> j & 1 == 1 {
                block.copy_from_slice(features);
            } else {
                block.fill(0.0);
            }
        }
        extra.copy_from_slice(&features[..self.extra]);
        self.targets[cut.site]
    }

    /// The right-hand side of a site's rows in floats.
    pub(super) fn target(&self, site: usize) -> f64 {
        self.targets[site]
    }

    /// The row of a cut in integers.
    pub(super) fn row(&self, cut: &Cut) -> Vec<Integer> {
        let features = self.model.row(cut.site);
        let mut row = Vec::with_capacity(self.unknowns + 1);
        for j in 0..self.width {
            if cut.pieces >> j & 1 == 1 {
                row.extend_from_slice(features);
            } else {
                row.extend(std::iter::repeat_n(Integer::ZERO, self.rank));
            }
        }
        row.extend_from_slice(&features[..self.extra]);
        row
    }

    /// The right-hand side of a site's rows in integers.
    pub(super) fn rhs(&self, site: usize) -> &Integer {
        &self.model.space.targets()[self.model.design().points_of_row(site)[0]]
    }

    /// What multiplies a float unknown to make it one in integers: a power of two.
    pub(super) fn shift(&self, unknown: usize) -> i64 {
        let start = self.width * self.rank;
        self.shifts[if unknown < start { unknown % self.rank } else { unknown - start }]
    }

    pub(super) fn evaluate(&self, point: &[f64], values: &mut Values) {
        let sites = self.sites();
        values.neurons.resize(self.width * sites, 0.0);
        values.deficits.clear();
        values.deficits.extend_from_slice(&self.targets);
        let add = |sum: &mut [f64], c: usize, factor: f64| {
            sum.iter_mut().zip(&self.columns[c * sites..(c + 1) * sites]).for_each(|(sum, x)| *sum += factor * x);
        };
        let (neurons, extra) = point.split_at(self.width * self.rank);
        extra.iter().enumerate().for_each(|(c, v)| add(&mut values.deficits, c, -v));
        for (own, weights) in values.neurons.chunks_exact_mut(sites).zip(neurons.chunks_exact(self.rank)) {
            own.fill(0.0);
            weights.iter().enumerate().for_each(|(c, w)| add(own, c, *w));
            values.deficits.iter_mut().zip(own.iter()).for_each(|(deficit, z)| *deficit -= z.max(0.0));
        }
    }

    /// The set of neurons that are positive at a site.
    pub(super) fn pieces(&self, values: &Values, site: usize) -> u64 {
        (0..self.width).fold(0, |set, j| set | u64::from(values.neurons[j * self.sites() + site] > 0.0) << j)
    }

    /// The gradient of `Σ_s φ(x_s)`.
    pub(super) fn slopes(&self, values: &Values) -> Vec<f64> {
        let sites = self.sites();
        let column = |c: usize| &self.columns[c * sites..(c + 1) * sites];
        let on = |own: &[f64], c: usize| own.iter().zip(column(c)).filter(|(z, _)| **z > 0.0).map(|(_, x)| x).sum::<f64>();
        let neurons = values.neurons.chunks_exact(sites).flat_map(|own| (0..self.rank).map(move |c| on(own, c)));
        neurons.chain((0..self.extra).map(|c| column(c).iter().sum())).collect()
    }

    /// By how much the left side of a cut falls short of the right one.
    fn slack(&self, values: &Values, cut: &Cut) -> f64 {
        // The deficit is y − L − Σ max(0, z).
        (0..self.width).fold(values.deficits[cut.site], |slack, j| {
            let z = values.neurons[j * self.sites() + cut.site];
            slack + z.max(0.0) - if cut.pieces >> j & 1 == 1 { z } else { 0.0 }
        })
    }

    /// A row that is violated by more than `tolerance`: an equation first.
    pub(super) fn violated(&self, values: &Values, equations: &[Cut], tolerance: f64) -> Option<Cut> {
        let by_size = |cut: &&Cut| self.slack(values, cut).abs();
        let equation = equations.iter().max_by(|a, b| by_size(a).total_cmp(&by_size(b)));
        if let Some(equation) = equation.filter(|cut| by_size(cut) > tolerance) {
            return Some(*equation);
        }
        let (mut least, mut worst) = (-tolerance, None);
        for (site, &deficit) in values.deficits.iter().enumerate() {
            if deficit < least {
                (least, worst) = (deficit, Some(site));
            }
        }
        worst.map(|site| Cut { site, pieces: self.pieces(values, site), equation: false })
    }

    /// The exact values of a point of integers over the positive common denominator `scale`: by how much each site's value falls short, times `scale`, and which neurons are positive there.
    pub(super) fn exact_deficits(&self, point: &[Integer], scale: &Integer) -> Vec<(Integer, u64)> {
        let rows = self.model.design().rows();
        let block = |j: usize| IntegerVector::new(point[j * self.rank..(j + 1) * self.rank].to_vec());
        let neurons: Vec<IntegerVector> = (0..self.width).map(block).collect();
        let mut extra = point[self.width * self.rank..].to_vec();
        extra.resize(self.rank, Integer::ZERO);
        let extra = IntegerVector::new(extra);
        let deficit = |site: usize| {
            let mut deficit = self.rhs(site) * scale - rows.product(site, &extra);
            let mut pieces = 0;
            for (j, neuron) in neurons.iter().enumerate() {
                let z = rows.product(site, neuron);
                if z > Integer::ZERO {
                    deficit -= z;
                    pieces |= 1 << j;
                }
            }
            (deficit, pieces)
        };
        (0..self.sites()).map(deficit).collect()
    }

    /// The network of an exact point: the neurons, and the affine function as two more, if it is not 0.
    pub(super) fn network(&self, point: &[Rational]) -> Network {
        let scale = Rational::from(self.model.space.target_scale().clone());
        let weights = |v: &[Rational]| {
            let scaled: Vec<Rational> = v.iter().map(|v| v / &scale).collect();
            self.model.design().weights(&scaled)
        };
        let (neurons, extra) = point.split_at(self.width * self.rank);
        let plus = |(w, b)| Neuron { w, b, a: Rational::ONE };
        let affine = self.model.instance().architecture.affine;
        let output_bias = extra.first().filter(|_| !affine).map_or(Rational::ZERO, |constant| constant / &scale);
        let mut network =
            Network { activation: Activation::Relu, neurons: neurons.chunks_exact(self.rank).map(|v| plus(weights(v))).collect(), output_bias };
        if affine {
            let (w, b) = weights(extra);
            network.add_affine(w, b);
        }
        network
    }

    /// The row modulo a prime below 2⁶¹.
    pub(super) fn residues(&self, cut: &Cut, prime: u64) -> Vec<u64> {
        let modulus = Integer::from(prime);
        let residue = |value: &Integer| {
            let rest = value % &modulus;
            u64::try_from(if rest < Integer::ZERO { rest + &modulus } else { rest }).expect("less than the prime")
        };
        self.row(cut).iter().map(residue).collect()
    }
}

/// `value·2^shift` as a rational with few digits, for a float of moderate size.
pub(super) fn rounded(value: f64, shift: i64) -> Rational {
    /// Bits after the point in units of the float program.
    const BITS: i64 = 24;
    let scaled = (value * 2f64.powi(BITS as i32)).round();
    let numerator = Rational::try_from(scaled).unwrap_or(Rational::ZERO);
    numerator * crate::train::scaled::power_of_two(shift - BITS)
}
