//! Singular values of the Jacobian `J = ∂x^(L)/∂x^(0)` of random networks at a random input.
//!
//! `J` is the product of the weight matrices with the rows of inactive units left out. Its singular values spread over hundreds of orders of magnitude, of which the product itself would keep sixteen digits. So it is
//! kept as `J = U·D·V` with `U` of orthonormal columns, `D` diagonal in logarithms and `V` of rows of moderate size. For the next factor `A` let the columns of `B = AU` be sorted by their length times `D`, and
//! `B = QR`: then `U ← Q`, `D_i ← |R_ii| D_i` and row `i` of `V` becomes `Σ_{j≥i} (R_ij D_j)/(R_ii D_i)·V_j`, whose coefficients are at most of moderate size since `D` falls (the method is that of
//! E. Loh and J. Gubernatis, *Stable numerical simulations of models of interacting electrons*, 1992). At the end the singular values of `D·V` follow from one more such factorisation, of `Vᵀ`, and one-sided
//! Jacobi rotations of the rows of `D·(D^{−1}R)` (J. Demmel and K. Veselić, *SIAM J. Matrix Anal. Appl.* 13, 1992), in which the lengths of rows are kept as logarithms too. The relative error of each singular value, also
//! of the least, is about the sum of the condition numbers of the factors `R` with rows scaled to 1, times 10⁻¹⁶. That is an estimate, not a bound: factors of square Gaussian matrices can be ill-conditioned. (Tests compare with the SVD of short products and,
//! over 300 layers and 300 powers of e, with the sum of the log-determinants, to 10⁻⁸.)
//!
//! Time `O(L N³)` with `N` the number of active units, plus the weights to be drawn.

use super::law::{Draw, Units, float};
use super::parallel::Workers;
use super::scheme::Ensemble;
use super::weights::draw_layer;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use relus_dense::{Matrix, product, thin_qr};

/// The Jacobian of one network.
#[derive(Debug, Clone, PartialEq)]
pub struct Jacobian {
    /// Logarithms of the singular values that are not 0, in decreasing order.
    pub log_singular: Vec<f64>,
    /// How many of the `min(N_0, N_L)` singular values are 0.
    pub zeros: usize,
    /// `ln(‖Jv‖²/‖v‖²)` for a random direction `v`; minus infinity if `Jv = 0`.
    pub log_stretch: f64,
}

/// A product `U·D·V`.
#[derive(Debug, Clone)]
struct Product {
    u: Matrix,
    log_d: Vec<f64>,
    v: Matrix,
}

fn log_norm(values: impl Iterator<Item = f64>) -> f64 {
    0.5 * values.map(|x| x * x).sum::<f64>().ln()
}

/// Columns sorted by length times `D`, factorised; the coefficients `(R_ij D_j)/(R_ii D_i)`, the new `D` and the order.
fn graded_qr(b: &Matrix, log_d: &[f64]) -> (Matrix, Matrix, Vec<f64>, Vec<usize>) {
    let lengths: Vec<f64> = (0..b.ncols()).map(|j| log_norm((0..b.nrows()).map(|i| b[(i, j)])) + log_d[j]).collect();
    let mut order: Vec<usize> = (0..b.ncols()).collect();
    order.sort_by(|&i, &j| lengths[j].total_cmp(&lengths[i]));
    let (q, r) = thin_qr(Matrix::from_fn(b.nrows(), b.ncols(), |i, j| b[(i, order[j])]), 1);
    // Rows without a pivot belong to singular values 0.
    let kept: Vec<usize> = (0..r.nrows()).filter(|&i| r[(i, i)] != 0.0 && log_d[order[i]].is_finite()).collect();
    let coefficients = Matrix::from_fn(kept.len(), r.ncols(), |i, j| {
        let i = kept[i];
        if j < i { 0.0 } else { r[(i, j)] / r[(i, i)] * (log_d[order[j]] - log_d[order[i]]).exp() }
    });
    let new_d = kept.iter().map(|&i| r[(i, i)].abs().ln() + log_d[order[i]]).collect();
    // The sign of the pivot goes with Q.
    let q = Matrix::from_fn(q.nrows(), kept.len(), |i, j| q[(i, kept[j])].copysign(q[(i, kept[j])] * r[(kept[j], kept[j])]));
    (q, coefficients, new_d, order)
}

impl Product {
    fn identity(size: usize) -> Self {
        Product { u: Matrix::identity(size, size), log_d: vec![0.0; size], v: Matrix::identity(size, size) }
    }

    fn apply(&mut self, a: &Matrix) {
        let b = product(a.view(), self.u.view(), 1);
        let (q, coefficients, log_d, order) = graded_qr(&b, &self.log_d);
        let sorted = Matrix::from_fn(self.v.nrows(), self.v.ncols(), |i, j| self.v[(order[i], j)]);
        *self = Product { u: q, log_d, v: product(coefficients.view(), sorted.view(), 1) };
    }

    /// The logarithms of the singular values, decreasing.
    fn log_singular(&self) -> Vec<f64> {
        // (D V)ᵀ = Vᵀ D: its columns are graded by D.
        let transposed = Matrix::from_fn(self.v.ncols(), self.v.nrows(), |i, j| self.v[(j, i)]);
        let (_, coefficients, log_d, _) = graded_qr(&transposed, &self.log_d);
        let mut rows: Vec<(f64, Vec<f64>)> =
            (0..log_d.len()).map(|i| (log_d[i], (0..coefficients.ncols()).map(|j| coefficients[(i, j)]).collect())).collect();
        rows.iter_mut().for_each(normalise);
        jacobi(&mut rows);
        let mut logs: Vec<f64> = rows.into_iter().map(|(log, _)| log).filter(|log| log.is_finite()).collect();
        logs.sort_by(|a, b| b.total_cmp(a));
        logs
    }
}

fn normalise((log, row): &mut (f64, Vec<f64>)) {
    let length = row.iter().map(|x| x * x).sum::<f64>().sqrt();
    *log += length.ln();
    row.iter_mut().for_each(|x| *x /= length);
}

/// Rotates pairs of rows `e^{log}·row` until all are orthogonal; then their lengths are the singular values.
fn jacobi(rows: &mut [(f64, Vec<f64>)]) {
    const SWEEPS: usize = 40;
    let tolerance = f64::EPSILON * float(rows.len().max(4)).sqrt();
    for _ in 0..SWEEPS {
        let mut rotated = false;
        rows.sort_by(|a, b| b.0.total_cmp(&a.0));
        for j in 1..rows.len() {
            let (before, rest) = rows.split_at_mut(j);
            let second = &mut rest[0];
            for first in before {
                let (large, small) = if first.0 >= second.0 { (first, &mut *second) } else { (&mut *second, first) };
                let cosine: f64 = large.1.iter().zip(&small.1).map(|(a, b)| a * b).sum();
                if cosine.abs() <= tolerance {
                    continue;
                }
                rotated = true;
                // tan φ = ρ·τ for lengths in the ratio ρ ≤ 1: τ stays moderate however small ρ is.
                let ratio = (small.0 - large.0).exp();
                let zeta = (ratio * ratio - 1.0) / (2.0 * cosine);
                let tau = 1.0f64.copysign(zeta) / (zeta.abs() + ratio.hypot(zeta)).max(f64::MIN_POSITIVE);
                let secant = (ratio * tau).hypot(1.0);
                for (a, b) in large.1.iter_mut().zip(&mut small.1) {
                    (*a, *b) = ((*a - tau * ratio * ratio * *b) / secant, (tau * *a + *b) / secant);
                }
                normalise(large);
                normalise(small);
            }
        }
        if !rotated {
            break;
        }
    }
}

/// The Jacobians of `networks` random networks, each at a random input of squared length `y0 > 0`; fewer if the workers were stopped.
///
/// # Examples
/// ```
/// use relus::init::{Ensemble, Scheme, Units, Workers, jacobians};
/// let ensemble = Ensemble::new("20,60x30,10".parse().unwrap(), Scheme::GsmOrthogonal, &[0.0], Units::Linear).unwrap();
/// let jacobian = &jacobians(&ensemble, 1.0, 1, 0, Workers::default())[0];
/// // The first layer embeds R^20 in R^30, the last projects: 10 singular values, none above 1.
/// assert_eq!((jacobian.log_singular.len(), jacobian.zeros), (10, 0));
/// assert!(jacobian.log_singular[0] < 1e-12);
/// ```
#[must_use]
pub fn jacobians(ensemble: &Ensemble, y0: f64, networks: usize, seed: u64, workers: Workers<'_>) -> Vec<Jacobian> {
    workers.map(networks, |network| jacobian(ensemble, y0, seed.wrapping_add((network as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15))))
}

/// Mean and mean square of the squared singular values, counted with all zeros among `N_0` of them: `E tr(JᵀJ)/N_0` and `E tr((JᵀJ)²)/N_0`; `None` unless all layers are Gaussian.
///
/// For `k` active rows of independent normal entries of variance `w` and `P = JJᵀ`, `E tr((WPWᵀ)²) = w²(k tr(P)² + (k²+k) tr(P²))` and `E tr(WPWᵀ)² = w²(k² tr(P)² + 2k tr(P²))`. Which rows are active is
/// decided by the sign of one coordinate of each, on which products of pairs of its entries do not depend; so the recursion is exact with the moments of the binomial `k`. As widths grow the mean square at He's variance tends to `1 + 2L`.
#[must_use]
pub fn squared_singular_moments(ensemble: &Ensemble) -> Option<(f64, f64)> {
    let n = float(ensemble.widths().input());
    let (mut mean, mut square_of_trace, mut trace_of_square) = (1.0, n * n, n);
    for layer in ensemble.layers() {
        let Draw::Gaussian { variance } = layer.draw else { return None };
        let width = float(layer.width);
        let (k, k2) = if layer.units == Units::Relu { (width / 2.0, width * (width + 1.0) / 4.0) } else { (width, width * width) };
        mean *= variance * k;
        (square_of_trace, trace_of_square) = (
            variance * variance * (k2 * square_of_trace + 2.0 * k * trace_of_square),
            variance * variance * (k * square_of_trace + (k2 + k) * trace_of_square),
        );
    }
    Some((mean, trace_of_square / n))
}

fn random_vector(dimension: usize, squared_length: f64, random: &mut ChaCha8Rng) -> Vec<f64> {
    let mut vector: Vec<f64> = (0..dimension).map(|_| StandardNormal.sample(random)).collect();
    let scale = (squared_length / vector.iter().map(|x| x * x).sum::<f64>()).sqrt();
    vector.iter_mut().for_each(|x| *x *= scale);
    vector
}

fn jacobian(ensemble: &Ensemble, y0: f64, seed: u64) -> Jacobian {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(u64::MAX);
    let dimension = ensemble.widths().input();
    let mut x = random_vector(dimension, y0, &mut random);
    let mut v = random_vector(dimension, 1.0, &mut random);
    let mut log_stretch = 0.0;
    // The inputs of a layer that are not 0 for every nearby input.
    let mut active: Vec<usize> = (0..dimension).collect();
    let mut product = Product::identity(dimension);
    let biased = ensemble.has_biases();
    for index in 0..ensemble.layers().len() {
        let layer = draw_layer(ensemble, index, seed);
        let mut h = layer.bias.clone();
        for (&j, value) in active.iter().zip(&x) {
            h.iter_mut().enumerate().for_each(|(i, sum)| *sum += layer.weight[(i, j)] * value);
        }
        let on: Vec<usize> = (0..h.len()).filter(|&i| layer.units == Units::Linear || h[i] > 0.0).collect();
        let a = Matrix::from_fn(on.len(), active.len(), |i, j| layer.weight[(on[i], active[j])]);
        x = on.iter().map(|&i| h[i]).collect();
        let mut image = vec![0.0; on.len()];
        for (j, value) in v.iter().enumerate() {
            image.iter_mut().enumerate().for_each(|(i, sum)| *sum += a[(i, j)] * value);
        }
        v = image;
        log_stretch += unit_length(&mut v);
        if !biased {
            // The pattern of a network without biases does not depend on the length.
            unit_length(&mut x);
        }
        product.apply(&a);
        active = on;
        if active.is_empty() {
            log_stretch = f64::NEG_INFINITY;
            break;
        }
    }
    let outputs = ensemble.widths().layers()[ensemble.widths().depth() - 1];
    let log_singular = if active.is_empty() { Vec::new() } else { product.log_singular() };
    Jacobian { zeros: dimension.min(outputs) - log_singular.len(), log_singular, log_stretch }
}

/// Scales to length 1; the logarithm of the squared length that it had.
fn unit_length(vector: &mut [f64]) -> f64 {
    let square: f64 = vector.iter().map(|x| x * x).sum();
    if square > 0.0 {
        let scale = 1.0 / square.sqrt();
        vector.iter_mut().for_each(|x| *x *= scale);
    }
    square.ln()
}
