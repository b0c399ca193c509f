//! An upper bound on `tᵀH⁻¹t` that holds for the exact integers behind the floats.
//!
//! Let `u = 2^-53` and `γ_k = k u / (1 − k u)`. Given are floats `a_ij` and `t_i` within relative error `2u` of the entries of an exact positive semidefinite
//! `H` and of an exact `t*` (correct rounding of integers costs only `u`; both may be scaled by powers of two), so with the Cauchy–Schwarz inequality
//! `|H_ij − a_ij| ≤ 4u √(a_ii a_jj)`. The steps below name each source of error; the code takes at least twice the sum.
//!
//! 1. *Factor.* Elimination computes `v_ij = a_ij − Σ_{k<j} v_ik l_jk`, `r_j = 1/d_j`, `l_ij = v_ij r_j` and `d_i = a_ii − Σ_k v_ik l_ik`, so
//!    `v_ij = l_ij d_j (1 + 2 roundings)`, and by Higham (reference 2 of the parent module), Lemma 8.4, `|L D Lᵀ − a|_ij ≤ γ_{q+3} Σ_k |l_ik| d_k |l_jk| ≤ γ_{q+3} ‖ρ_i‖ ‖ρ_j‖`, where `ρ_i` are the rows of `R = L D^½` (all
//!    `d_k > 0`). For `i = j` this gives `‖ρ_i‖² ≤ a_ii / (1 − γ_{q+3})`. So `R Rᵀ = H + E` with `|E_ij| ≤ ε √(a_ii a_jj)`, `ε = (q + 8) u` (compare
//!    Demmel's theorem, 10.5 there).
//! 2. *Conditioning.* Let `S = diag(a_ii)` and `C = S^-½ R Rᵀ S^-½`. Its determinant is `P = Π d_i/a_ii`, its trace at most `q / (1 − γ_{q+3})`. The
//!    other eigenvalues have at most the mean `trace/(q−1)` (arithmetic and geometric mean), so `λ_min(C) ≥ P ((q−1)/trace)^{q−1} ≥ P/e · (1 − tiny)`. Let `ℓ = P/3`, which
//!    leaves a tenth for roundings.
//! 3. *From the factor to `H`.* `‖S^-½ E S^-½‖ ≤ q ε`, so `xᵀE x ≤ q ε xᵀS x ≤ η xᵀR Rᵀx` with `η = q ε/ℓ`. Hence `H ⪰ (1 − η) R Rᵀ`; if `η < 1`, `H` is proven regular and
//!    `t*ᵀH⁻¹t* ≤ ‖R⁻¹t*‖² / (1 − η)`.
//! 4. *Substitution.* The computed `w` has `(L + ΔL) w = t`, `|ΔL| ≤ γ_q |L|` (Theorem 8.5 there). With `x = D^-½ w` and `t* = t + δ`: `R⁻¹t* = x + R⁻¹(ΔR x + δ)`, `|ΔR| ≤ γ_q |R|`.
//!    As `‖R⁻¹v‖² ≤ ‖S^-½ v‖²/ℓ` and `|ΔR x|_i ≤ γ_q ‖ρ_i‖ ‖x‖`, `‖R⁻¹t*‖ ≤ ‖x‖ (1 + √q γ_q (1 + tiny)/√ℓ) + ‖S^-½ δ‖/√ℓ`. If `t` is only rounded, `|δ_i| ≤ 2u |t*_i|`, and `|t_i| ≤ (1 + γ_q) ‖ρ_i‖ ‖x‖`, so `q + 3`
//!    in the place of `q` in `γ_q` covers it: the bound is `‖x‖²` times a constant of the factor.
//! 5. *Norm.* `‖x‖² = Σ w_i² r_i (1 + q + 3 roundings)`.
//!
//! Diagonal entries outside `[1e-100, 1e100]` are refused; inside that range underflow costs less than `1e-150` in all (and `1e-90` on the norm), which is added.
//! A zero diagonal entry of a positive semidefinite matrix stands in a zero row: that unknown is left out, and the bound is infinite unless `t_i = 0`.

/// `2u`: the constants below are doubled by counting in this unit.
const UNIT: f64 = f64::EPSILON;
/// The least `P` (step 2) with which anything is proven.
const GUARD: f64 = 1e-10;

/// The factorisation `H ≈ L D Lᵀ` with a guard: either it carries a proven bound on `tᵀH⁻¹t` for the exact `H` (see the module header for the
/// analysis), or it fails. Reused for many matrices without allocation.
///
/// # Examples
/// ```
/// use relus::optimize::qp::GuardedCholesky;
/// let mut cholesky = GuardedCholesky::new();
/// assert!(cholesky.factor(&[4.0, 2.0, 2.0, 3.0], 2));
/// // tᵀH⁻¹t = 9/4 for t = (3, 3/2).
/// let bound = cholesky.gain_upper_bound(&[3.0, 1.5], None);
/// assert!((2.25..2.25 + 1e-12).contains(&bound));
/// // Collinear columns: nothing can be proven.
/// assert!(!cholesky.factor(&[1.0, 1.0, 1.0, 1.0], 2));
/// ```
#[derive(Debug, Clone, Default)]
pub struct GuardedCholesky {
    q: usize,
    /// `L` without its unit diagonal, row-major; only the lower triangle is meaningful.
    lower: Vec<f64>,
    /// `1/d_i`, or 0 for an unknown that is left out.
    inverse_pivots: Vec<f64>,
    /// `1/a_ii`, or 0.
    inverse_diagonal: Vec<f64>,
    /// The bound is `inflation · (norm_factor ‖x‖ + error_factor ‖S^-½ δ‖)²`; `inflation` is infinite without a proof.
    inflation: f64,
    norm_factor: f64,
    error_factor: f64,
    any_left_out: bool,
    /// The product `P` of step 2 over the first `1, 2, …` unknowns.
    volumes: Vec<f64>,
    work: Vec<f64>,
}

impl GuardedCholesky {
    /// An empty factorisation (of the `0 × 0` matrix).
    #[must_use]
    pub fn new() -> Self {
        GuardedCholesky { inflation: 1.0, norm_factor: 1.0, error_factor: 1.0, ..GuardedCholesky::default() }
    }

    /// The order of the factored matrix.
    #[must_use]
    pub fn order(&self) -> usize {
        self.q
    }

    /// Factors the symmetric `q × q` matrix `h` (row-major; only the lower triangle is read), every entry within one part in 2^52 of
    /// the exact one. False if it is too close to singular, or too far from 1 in magnitude, for a proof; then every bound is infinite.
    ///
    /// # Complexity
    /// `q³/6` multiplications and `2q` divisions.
    ///
    /// # Panics
    /// If `h` has not `q²` entries.
    pub fn factor(&mut self, h: &[f64], q: usize) -> bool {
        self.factor_rest(h, q, 0)
    }

    /// [`factor`](GuardedCholesky::factor) for a matrix whose first `kept` rows (of the lower triangle) are those of the matrix factored last, which had
    /// the same order: their elimination is not repeated. The factor is the same to the last bit.
    ///
    /// # Panics
    /// If `h` has not `q²` entries, or the last matrix had another order and `kept` is not 0.
    pub(crate) fn factor_rest(&mut self, h: &[f64], q: usize, kept: usize) -> bool {
        let volume = self.eliminate(h, q, GUARD, kept);
        let lambda = volume / 3.0;
        #[expect(clippy::cast_precision_loss, reason = "matrix orders are small")]
        let order = q as f64;
        let eta = order * (order + 8.0) * UNIT / lambda;
        let proven = volume >= GUARD && eta <= 0.125;
        if proven {
            let root = 1.0 / lambda.sqrt();
            // Sixteen units for the rounding of these constants and of their use, q + 3 for step 5.
            self.inflation = (1.0 + (order + 19.0) * UNIT) / (1.0 - eta);
            self.norm_factor = 1.0 + order.sqrt() * (order + 3.0) * UNIT * root;
            self.error_factor = root;
        } else {
            self.inflation = f64::INFINITY;
        }
        proven
    }

    /// Factors `h` as it is, for proposals only: no bound is proven. False if a pivot is not positive.
    pub(crate) fn factor_unproven(&mut self, h: &[f64], q: usize) -> bool {
        // Many small pivots may let the volume underflow.
        self.eliminate(h, q, -1.0, 0);
        self.inflation = f64::INFINITY;
        self.is_complete()
    }

    /// Step 1; returns `P`, or 0 as soon as it is at most `least` (or not a number). Of the first `kept` rows those that the last call came to are kept.
    fn eliminate(&mut self, h: &[f64], q: usize, least: f64, kept: usize) -> f64 {
        assert_eq!(h.len(), q * q, "a matrix of order q");
        assert!(kept == 0 || self.q == q, "only a matrix of the same order has the same rows");
        let kept = kept.min(self.volumes.len());
        self.q = q;
        self.lower.truncate(kept * q);
        self.lower.extend_from_slice(&h[kept * q..]);
        self.inverse_pivots.truncate(kept);
        self.inverse_diagonal.truncate(kept);
        self.volumes.truncate(kept);
        self.any_left_out = self.inverse_pivots.contains(&0.0);
        if self.any_left_out && self.left_out().any(|c| (kept..q).any(|below| h[below * q + c] != 0.0)) {
            self.clear();
            return 0.0;
        }
        let mut volume = self.volumes.last().copied().unwrap_or(1.0);
        for i in kept..q {
            let (done, rest) = self.lower.split_at_mut(i * q);
            let row = &mut rest[..=i];
            let diagonal = row[i];
            if diagonal == 0.0 {
                if row.iter().any(|&x| x != 0.0) || (i + 1..q).any(|below| h[below * q + i] != 0.0) {
                    return 0.0;
                }
                self.any_left_out = true;
                self.inverse_pivots.push(0.0);
                self.inverse_diagonal.push(0.0);
                self.volumes.push(volume);
                continue;
            }
            if !(1e-100..=1e100).contains(&diagonal) {
                return 0.0;
            }
            for (j, pivot_row) in done.chunks_exact(q).enumerate() {
                let mut value = row[j];
                for (v, l) in row[..j].iter().zip(pivot_row) {
                    value -= v * l;
                }
                row[j] = value;
            }
            let mut pivot = diagonal;
            for (v, inverse) in row[..i].iter_mut().zip(&self.inverse_pivots) {
                let l = *v * inverse;
                pivot -= *v * l;
                *v = l;
            }
            let inverse_diagonal = 1.0 / diagonal;
            volume *= pivot * inverse_diagonal;
            let positive = pivot > 0.0 && volume > least;
            if !positive {
                return 0.0;
            }
            self.inverse_pivots.push(1.0 / pivot);
            self.inverse_diagonal.push(inverse_diagonal);
            self.volumes.push(volume);
        }
        volume
    }

    /// Forgets what was eliminated.
    fn clear(&mut self) {
        self.inverse_pivots.clear();
        self.inverse_diagonal.clear();
        self.volumes.clear();
    }

    /// A proven upper bound on `t*ᵀH⁻¹t*`: infinite after a failed [`factor`](GuardedCholesky::factor) and where the range of numbers does not
    /// suffice. `t_error[i]` bounds `|t_i − t*_i|`; without it, each `t_i` must be within one part in 2^52 of `t*_i`.
    ///
    /// # Complexity
    /// `q²/2` multiplications.
    ///
    /// # Panics
    /// If `t` or `t_error` has not `q` entries.
    pub fn gain_upper_bound(&mut self, t: &[f64], t_error: Option<&[f64]>) -> f64 {
        assert_eq!(t.len(), self.q, "one entry an unknown");
        if self.inflation == f64::INFINITY {
            return f64::INFINITY;
        }
        if self.any_left_out && self.left_out().any(|i| t[i] != 0.0 || t_error.is_some_and(|e| e[i] != 0.0)) {
            return f64::INFINITY;
        }
        self.forward(t);
        let square: f64 = self.work.iter().zip(&self.inverse_pivots).map(|(w, r)| w * w * r).sum();
        let bound = match t_error {
            None => square * (self.norm_factor * self.norm_factor * self.inflation) + 1e-150,
            Some(error) => {
                assert_eq!(error.len(), self.q, "one entry an unknown");
                let error: f64 = error.iter().zip(&self.inverse_diagonal).map(|(e, s)| e * e * s).sum();
                let norm = square.sqrt() * self.norm_factor + error.sqrt() * self.error_factor + 1e-90;
                norm * norm * self.inflation
            }
        };
        if bound.is_finite() { bound } else { f64::INFINITY }
    }

    /// `z ≈ H⁻¹t` (0 in unknowns that are left out), without a proof.
    ///
    /// # Panics
    /// If `t` or `z` has not `q` entries, or no factorisation succeeded.
    pub fn solve(&mut self, t: &[f64], z: &mut [f64]) {
        let q = self.q;
        self.forward(t);
        for (z, (w, r)) in z.iter_mut().zip(self.work.iter().zip(&self.inverse_pivots)) {
            *z = w * r;
        }
        for i in (1..q).rev() {
            let (head, tail) = z.split_at_mut(i);
            for (z, l) in head.iter_mut().zip(&self.lower[i * q..]) {
                *z -= l * tail[0];
            }
        }
    }

    /// Whether the elimination came to its end, so that there is something to solve with.
    pub(super) fn is_complete(&self) -> bool {
        self.inverse_pivots.len() == self.q
    }

    /// The unknowns whose row of `H` is zero.
    pub(super) fn left_out(&self) -> impl Iterator<Item = usize> {
        self.inverse_pivots.iter().enumerate().filter(|(_, r)| **r == 0.0).map(|(i, _)| i)
    }

    /// The rows of `R⁻¹ = D^-½ L⁻¹`, row-major, so that `H⁻¹ ≈ (R⁻¹)ᵀR⁻¹`; zero in unknowns that are left out.
    pub(super) fn inverse_root(&self, rows: &mut [f64]) {
        let q = self.q;
        for i in 0..q {
            let (done, row) = rows.split_at_mut(i * q);
            let row = &mut row[..q];
            row.fill(0.0);
            row[i] = 1.0;
            for (k, above) in done.chunks_exact(q).enumerate() {
                let l = self.lower[i * q + k];
                for (x, y) in row[..=k].iter_mut().zip(above) {
                    *x -= l * y;
                }
            }
        }
        for (row, inverse) in rows.chunks_exact_mut(q.max(1)).zip(&self.inverse_pivots) {
            let root = inverse.sqrt();
            row.iter_mut().for_each(|x| *x *= root);
        }
    }

    /// `work = L⁻¹t`.
    fn forward(&mut self, t: &[f64]) {
        let q = self.q;
        self.work.clear();
        for (i, &entry) in t.iter().enumerate() {
            let mut value = entry;
            for (l, w) in self.lower[i * q..].iter().zip(&self.work) {
                value -= l * w;
            }
            self.work.push(value);
        }
    }
}
