//! Small symmetric positive definite systems: solved, and inverted with a proof.

/// Pivots below this fraction of their diagonal entry belong to rows that depend on earlier ones, as far as floats can tell.
const DEPENDENT: f64 = 1e-11;

/// The Cholesky factor of a symmetric matrix without its dependent rows.
#[derive(Debug, Default)]
pub(super) struct Cholesky {
    factor: Vec<f64>,
    kept: Vec<bool>,
    size: usize,
}

impl Cholesky {
    /// Factorises the `size × size` matrix. The first `needed` rows must be independent, or `false` is returned; later ones are left out if they depend.
    pub(super) fn factorise(&mut self, matrix: &[f64], size: usize, needed: usize) -> bool {
        self.size = size;
        self.factor.clear();
        self.factor.resize(size * size, 0.0);
        self.kept.clear();
        for r in 0..size {
            for c in 0..r {
                if self.kept[c] {
                    let sum: f64 = (0..c).map(|m| self.factor[r * size + m] * self.factor[c * size + m]).sum();
                    self.factor[r * size + c] = (matrix[r * size + c] - sum) / self.factor[c * size + c];
                }
            }
            let pivot = matrix[r * size + r] - (0..r).map(|m| self.factor[r * size + m].powi(2)).sum::<f64>();
            let keep = pivot > DEPENDENT * matrix[r * size + r];
            if !keep && r < needed {
                return false;
            }
            self.kept.push(keep);
            if keep {
                self.factor[r * size + r] = pivot.sqrt();
            }
        }
        true
    }

    /// Replaces `rhs` by the solution, 0 for the rows left out.
    pub(super) fn solve(&self, rhs: &mut [f64]) {
        let n = self.size;
        for r in 0..n {
            let sum: f64 = (0..r).map(|c| self.factor[r * n + c] * rhs[c]).sum();
            rhs[r] = if self.kept[r] { (rhs[r] - sum) / self.factor[r * n + r] } else { 0.0 };
        }
        for r in (0..n).rev() {
            let sum: f64 = (r + 1..n).map(|c| self.factor[c * n + r] * rhs[c]).sum();
            rhs[r] = if self.kept[r] { (rhs[r] - sum) / self.factor[r * n + r] } else { 0.0 };
        }
    }
}

/// A bound on `‖y‖₁` for the solutions of `H y = e`, for every matrix `H` whose entries differ from `matrix` by at most `entry_error`, and every `e` with `|e_r| ≤ residuals[r]`; it
/// includes that `H` is regular. `None` if that cannot be shown.
///
/// With an approximate inverse `R` and `‖I − R H‖_∞ ≤ 1/2`, `y = (R H)⁻¹ R e` gives `‖y‖_∞ ≤ 2 ‖R e‖_∞`.
pub(super) fn solution_bound(matrix: &[f64], size: usize, entry_error: f64, residuals: &[f64]) -> Option<f64> {
    let mut cholesky = Cholesky::default();
    if !cholesky.factorise(matrix, size, size) {
        return None;
    }
    let mut inverse = vec![0.0; size * size];
    for r in 0..size {
        // The matrix is symmetric, so the columns of its inverse serve as rows.
        let row = &mut inverse[r * size..(r + 1) * size];
        row[r] = 1.0;
        cholesky.solve(row);
    }
    let (mut worst, mut largest) = (0.0f64, 0.0f64);
    for r in 0..size {
        let row = &inverse[r * size..(r + 1) * size];
        let magnitude: f64 = row.iter().map(|x| x.abs()).sum();
        let mut defect = magnitude * entry_error * size as f64;
        for c in 0..size {
            let (mut sum, mut absolute) = (if r == c { -1.0 } else { 0.0 }, 1.0);
            for (m, x) in row.iter().enumerate() {
                sum += x * matrix[m * size + c];
                absolute += (x * matrix[m * size + c]).abs();
            }
            // Every addition and product rounds by half a unit in the last place.
            defect += sum.abs() + absolute * (size + 3) as f64 * f64::EPSILON;
        }
        worst = worst.max(defect);
        largest = largest.max(row.iter().zip(residuals).map(|(x, e)| x.abs() * e).sum());
    }
    // Both sides were computed with relative errors far below the room left here.
    let bound = 2.1 * size as f64 * largest;
    (worst <= 0.49 && bound.is_finite()).then_some(bound)
}
