//! The float dual simplex method for `s_i (g_i·v) ≥ 1`, and the rounding of its point.
//!
//! Columns and rows are scaled by powers of two to entries in `[-1, 1]`, which changes no sign and no combination up to known factors. The
//! method starts from the corner `o_k v_k = -BOX` of an artificial box with positive multipliers (there is no objective, so any will do) and
//! repeats: take the most violated row `g = Σ λ_k b_k` over the basis rows `b_k`; increase its multiplier until the first multiplier of the
//! basis, one with `λ_k > 0`, reaches 0; exchange the two. If no `λ_k` is positive, `g` and the basis rows combine to 0.

use crate::exact::{Integer, IntegerRows, IntegerVector, approx_with_exponent};
use dashu_base::BitTest;

/// Rows are stored in blocks of this many, column by column, so that one row of a block is one vector lane.
const LANES: usize = 8;
/// The basis entry of an artificial row.
const ARTIFICIAL: usize = usize::MAX;
/// The size of the artificial box, in units of the scaled rows' margin: thinner cells are left to the integers.
const BOX: f64 = 1_048_576.0;
const TOLERANCE: f64 = 1e-9;
/// Pivots before the inverse is computed anew, from the artificial basis.
const PIVOTS_PER_START: usize = 100;

/// How the float method ended.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ending {
    /// All rows seem to have margin 1 at the current point.
    Point,
    /// A row that seems to be a non-positive combination of [`Simplex::combined_rows`].
    Combination {
        entering: usize,
    },
    Unclear,
}

#[derive(Debug, Clone)]
pub(super) struct Simplex {
    q: usize,
    /// `[block][column][lane]`.
    blocks: Vec<f64>,
    /// The exact vector is `rounded_j · 2^shift_j`.
    shifts: Vec<usize>,
    /// 1, -1, or 0 for a row that is not asked for; padded to whole blocks.
    signs: Vec<f64>,
    /// The number of blocks that hold signed rows.
    active: usize,
    basis: Vec<usize>,
    basis_signs: Vec<f64>,
    /// Column `k` of the inverse of the basis at `k·q..`.
    inverse: Vec<f64>,
    multipliers: Vec<f64>,
    lambda: Vec<f64>,
    point: Vec<f64>,
    rounded: Vec<f64>,
    doubtful: Vec<(usize, bool)>,
    pivots: usize,
    /// Whether `basis` and `inverse` are those of an earlier run.
    warm: bool,
    started_warm: bool,
}

impl Simplex {
    pub(super) fn new(rows: &IntegerRows) -> Self {
        let q = rows.columns();
        let padded = rows.len().div_ceil(LANES) * LANES;
        let mut column_bits = vec![0usize; q];
        for i in 0..rows.len() {
            for (bits, x) in column_bits.iter_mut().zip(rows.row(i)) {
                *bits = (*bits).max(x.bit_len());
            }
        }
        let most = column_bits.iter().copied().max().unwrap_or(0);
        let mut blocks = vec![0.0; padded * q];
        for i in 0..rows.len() {
            let scaled: Vec<(f64, i64)> = rows
                .row(i)
                .iter()
                .zip(&column_bits)
                .map(|(x, &bits)| {
                    let (mantissa, exponent) = approx_with_exponent(x);
                    #[expect(clippy::cast_possible_wrap, reason = "bit lengths fit")]
                    (mantissa, exponent - bits as i64)
                })
                .collect();
            let top = scaled.iter().filter(|s| s.0 != 0.0).map(|s| s.1).max().unwrap_or(0);
            for (j, (mantissa, exponent)) in scaled.into_iter().enumerate() {
                #[expect(clippy::cast_possible_truncation, reason = "clamped")]
                let power = (exponent - top).max(-2000) as i32;
                blocks[(i / LANES * q + j) * LANES + i % LANES] = mantissa * 2f64.powi(power);
            }
        }
        Simplex {
            q,
            blocks,
            shifts: column_bits.iter().map(|bits| most - bits).collect(),
            signs: vec![0.0; padded],
            active: 0,
            basis: vec![ARTIFICIAL; q],
            basis_signs: vec![1.0; q],
            inverse: vec![0.0; q * q],
            multipliers: vec![0.0; q],
            lambda: vec![0.0; q],
            point: vec![0.0; q],
            rounded: vec![0.0; q],
            doubtful: Vec::new(),
            pivots: 0,
            warm: false,
            started_warm: false,
        }
    }

    pub(super) fn clear_signs(&mut self) {
        self.signs[..self.active * LANES].fill(0.0);
        self.active = 0;
    }

    pub(super) fn set_sign(&mut self, i: usize, positive: bool) {
        self.signs[i] = if positive { 1.0 } else { -1.0 };
        self.active = self.active.max(i / LANES + 1);
    }

    pub(super) fn sign(&self, i: usize) -> Option<bool> {
        (self.signs[i] != 0.0).then(|| self.signs[i] > 0.0)
    }

    pub(super) fn in_basis(&self, i: usize) -> bool {
        self.basis.contains(&i)
    }

    /// Drops the basis.
    pub(super) fn forget(&mut self) {
        self.warm = false;
    }

    /// Whether the last run started from the basis of an earlier one.
    pub(super) fn started_warm(&self) -> bool {
        self.started_warm
    }

    /// The rows, with the signs asked for, whose signs at the rounded point are not proved.
    pub(super) fn doubtful(&self) -> &[(usize, bool)] {
        &self.doubtful
    }

    /// Runs the method for the current signs.
    pub(super) fn run(&mut self) -> Ending {
        self.started_warm = self.restart_warm();
        if !self.started_warm {
            self.restart_cold();
        }
        for _ in 0..200 + 20 * self.q {
            let Some((entering, violation)) = self.most_violated() else {
                return Ending::Point;
            };
            let q = self.q;
            let (block, lane) = (entering / LANES * q * LANES, entering % LANES);
            let sign = self.signs[entering];
            let mut leaving = None;
            let mut least = f64::INFINITY;
            for k in 0..q {
                let column = &self.inverse[k * q..(k + 1) * q];
                let lambda: f64 = sign * column.iter().zip(self.blocks[block + lane..].iter().step_by(LANES)).map(|(x, g)| x * g).sum::<f64>();
                self.lambda[k] = lambda;
                if lambda > TOLERANCE && self.multipliers[k] < least * lambda {
                    least = self.multipliers[k] / lambda;
                    leaving = Some(k);
                }
            }
            let Some(leaving) = leaving else {
                let needs_box = self.basis.iter().zip(&self.lambda).any(|(&b, &l)| b == ARTIFICIAL && l < -TOLERANCE);
                return if needs_box { Ending::Unclear } else { Ending::Combination { entering } };
            };
            self.exchange(entering, leaving, least, violation);
        }
        Ending::Unclear
    }

    /// The row with the greatest `1 - s_i (g_i·v)`, if that is positive.
    fn most_violated(&self) -> Option<(usize, f64)> {
        let q = self.q;
        let mut worst = TOLERANCE;
        let mut at = None;
        for (b, signs) in self.signs[..self.active * LANES].chunks_exact(LANES).enumerate() {
            let sums = product(&self.blocks[b * q * LANES..(b + 1) * q * LANES], &self.point);
            let mut violations = [0.0; LANES];
            let mut greatest = f64::NEG_INFINITY;
            for lane in 0..LANES {
                // 1 - s·t, and 0 for s = 0.
                violations[lane] = signs[lane] * (signs[lane] - sums[lane]);
                greatest = if violations[lane] > greatest { violations[lane] } else { greatest };
            }
            if greatest > worst {
                worst = greatest;
                at = violations.iter().position(|v| *v == greatest).map(|lane| b * LANES + lane);
            }
        }
        at.map(|i| (i, worst))
    }

    fn exchange(&mut self, entering: usize, leaving: usize, step: f64, violation: f64) {
        let q = self.q;
        let (before, rest) = self.inverse.split_at_mut(leaving * q);
        let (pivot, after) = rest.split_at_mut(q);
        let scale = self.lambda[leaving].recip();
        pivot.iter_mut().for_each(|x| *x *= scale);
        let others = before.chunks_exact_mut(q).chain(after.chunks_exact_mut(q));
        let lambdas = self.lambda[..leaving].iter().chain(&self.lambda[leaving + 1..]);
        for (column, &lambda) in others.zip(lambdas) {
            column.iter_mut().zip(pivot.iter()).for_each(|(x, p)| *x -= lambda * p);
        }
        self.point.iter_mut().zip(pivot.iter()).for_each(|(v, p)| *v += violation * p);
        self.multipliers.iter_mut().zip(&self.lambda).for_each(|(y, l)| *y -= step * l);
        self.multipliers[leaving] = step;
        self.basis[leaving] = entering;
        self.basis_signs[leaving] = self.signs[entering];
        self.pivots += 1;
    }

    fn reset_multipliers(&mut self) {
        for (k, y) in self.multipliers.iter_mut().enumerate() {
            // Any positive numbers; different ones make ties in the ratio test rare.
            #[expect(clippy::cast_precision_loss, reason = "column counts are small")]
            let irregular = (k as f64 * 0.618_033_988_749_895).fract();
            *y = 1.0 + irregular;
        }
    }

    /// Adapts the last basis to the current signs, if its rows are all signed.
    fn restart_warm(&mut self) -> bool {
        let signed = |&b: &usize| b == ARTIFICIAL || (b < self.active * LANES && self.signs[b] != 0.0);
        if !self.warm || self.pivots > PIVOTS_PER_START || !self.basis.iter().all(signed) {
            return false;
        }
        let q = self.q;
        self.point.fill(0.0);
        for k in 0..q {
            let column = &mut self.inverse[k * q..(k + 1) * q];
            let b = self.basis[k];
            let height = if b == ARTIFICIAL { -BOX } else { 1.0 };
            if b != ARTIFICIAL && self.signs[b] != self.basis_signs[k] {
                self.basis_signs[k] = self.signs[b];
                column.iter_mut().for_each(|x| *x = -*x);
            }
            self.point.iter_mut().zip(column).for_each(|(v, x)| *v += height * *x);
        }
        self.reset_multipliers();
        true
    }

    /// Starts in a corner of the box, on the side to which the rows point on the whole.
    fn restart_cold(&mut self) {
        let q = self.q;
        self.point.fill(0.0);
        for (b, signs) in self.signs[..self.active * LANES].chunks_exact(LANES).enumerate() {
            for (sum, column) in self.point.iter_mut().zip(self.blocks[b * q * LANES..(b + 1) * q * LANES].chunks_exact(LANES)) {
                *sum += signs.iter().zip(column).map(|(s, x)| s * x).sum::<f64>();
            }
        }
        self.inverse.fill(0.0);
        for k in 0..q {
            let side = if self.point[k] < 0.0 { 1.0 } else { -1.0 };
            self.inverse[k * q + k] = side;
            self.point[k] = -side * BOX;
        }
        self.basis.fill(ARTIFICIAL);
        self.reset_multipliers();
        self.pivots = 0;
        self.warm = true;
    }

    /// Rounds the point to the grid of width at most `1/q`, on which a margin of 1 loses at most half, and finds the rows whose sign at the
    /// rounded point a float error bound does not prove ([`Simplex::doubtful`]). False if the point has no reasonable size.
    pub(super) fn round_point(&mut self) -> bool {
        let q = self.q;
        #[expect(clippy::cast_precision_loss, reason = "column counts are small")]
        let grid = q.next_power_of_two() as f64;
        let mut magnitude = 0.0;
        for (r, v) in self.rounded.iter_mut().zip(&self.point) {
            *r = (v * grid).round();
            magnitude += r.abs();
        }
        // Below 2^50 the entries are exact floats.
        if magnitude.is_nan() || magnitude >= 2f64.powi(50) {
            return false;
        }
        // A scaled entry has magnitude at most 1 and a relative error of at most one part in 2^52 (or underflows, by less than 2^-1000): with
        // the rounding of each product and of q sums (none of which can overflow), the error is below (q + 3)·2^-52 of the magnitude. Doubled for the bound's own rounding.
        #[expect(clippy::cast_precision_loss, reason = "column counts are small")]
        let error = 2.0 * (q as f64 + 3.0) * f64::EPSILON * magnitude;
        self.doubtful.clear();
        for (b, signs) in self.signs[..self.active * LANES].chunks_exact(LANES).enumerate() {
            let sums = product(&self.blocks[b * q * LANES..(b + 1) * q * LANES], &self.rounded);
            for lane in 0..LANES {
                if signs[lane] != 0.0 && signs[lane] * sums[lane] <= error {
                    self.doubtful.push((b * LANES + lane, signs[lane] > 0.0));
                }
            }
        }
        true
    }

    /// The rounded point in the coordinates of the rows.
    pub(super) fn rounded_point(&self) -> IntegerVector {
        #[expect(clippy::cast_possible_truncation, reason = "integers below 2^50")]
        IntegerVector::new(self.rounded.iter().zip(&self.shifts).map(|(&r, &shift)| Integer::from(r as i64) << shift).collect())
    }

    /// The basis rows that may take part in the combination at the end of [`Simplex::run`].
    pub(super) fn combined_rows(&self) -> Vec<(usize, bool)> {
        let rows = self.basis.iter().zip(&self.basis_signs).zip(&self.lambda);
        rows.filter(|((b, _), lambda)| **b != ARTIFICIAL && **lambda < -1e-12).map(|((&b, &sign), _)| (b, sign > 0.0)).collect()
    }
}

/// The products of a block's rows with `v`.
fn product(block: &[f64], v: &[f64]) -> [f64; LANES] {
    let mut sums = [0.0; LANES];
    for (column, x) in block.chunks_exact(LANES).zip(v) {
        for lane in 0..LANES {
            sums[lane] += column[lane] * x;
        }
    }
    sums
}
