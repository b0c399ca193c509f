//! A float proposal for the active set and the point of an optimum.

use super::float_rows::{FloatRows, scaled_float};
use super::{ConeLeastSquares, DualActiveSet, DualVerdict, GuardedCholesky};
use crate::exact::approx_with_exponent;

/// The relative weight of the regularisation that is tried after the bare hessian.
const DAMPING: f64 = 1e-9;

/// An active set and a point that are probably optimal. `None` where floats fail.
pub(super) fn propose(problem: &ConeLeastSquares, rows: &FloatRows) -> Option<(Vec<usize>, Vec<f64>)> {
    let q = problem.linear.len();
    // One power of two for `H` and `g` leaves `z` as it is; rows have one each.
    let exponent = (0..q).map(|c| approx_with_exponent(&problem.hessian[c][c]).1).max()?;
    let mut hessian: Vec<f64> = problem.hessian.iter().flatten().map(|h| scaled_float(h, exponent)).collect();
    let linear: Vec<f64> = problem.linear.iter().map(|g| scaled_float(g, exponent)).collect();
    let mut cholesky = GuardedCholesky::new();
    let mut method = DualActiveSet::new();
    let bare = cholesky.factor(&hessian, q);
    if !bare || !matches!(method.run(&mut cholesky, &linear, rows.entries(), 0.0, f64::INFINITY), DualVerdict::Solved { .. }) {
        for c in 0..q {
            let diagonal = hessian[c * q + c];
            hessian[c * q + c] += DAMPING * if diagonal > 0.0 { diagonal } else { 1.0 };
        }
        if !cholesky.factor_unproven(&hessian, q) {
            return None;
        }
        method.run(&mut cholesky, &linear, rows.entries(), 0.0, f64::INFINITY);
    }
    // Even where the method broke off, its state is a fair start.
    Some((method.active().to_vec(), method.point().to_vec()))
}
