//! The point of least norm in a polyhedron `{b : g_i·b ≥ h_i}`.
//!
//! Lawson and Hanson: with the columns `e_i = (g_i, h_i)` and the unit vector `f` of the last coordinate, let `u ≥ 0` minimise `‖Σ u_i e_i − f‖` and `r` be the residual `Σ u_i e_i − f`. If `r = 0` the polyhedron is empty; otherwise
//! `b_j = −r_j/r_{n+1}`. The non-negative least squares are theirs, too: an active set that grows by the column of the steepest descent, each subproblem solved by orthogonalisation.
//!
//! # References
//! C. L. Lawson, R. J. Hanson, *Solving Least Squares Problems*, Prentice-Hall 1974, chapter 23.

/// Descents below this are rounding, for columns of a norm of some units.
const DESCENT: f64 = 1e-14;

/// Steps of the active set before it is given up.
const STEPS: usize = 1000;

/// `b`, or `None` if there is no such point, or none that double precision finds.
pub(super) fn least_norm(rows: &[(Vec<f64>, f64)]) -> Option<Vec<f64>> {
    let n = rows.first()?.0.len();
    let columns: Vec<Vec<f64>> = rows.iter().map(|(g, h)| g.iter().copied().chain([*h]).collect()).collect();
    let mut u = vec![0.0; columns.len()];
    let mut active: Vec<usize> = Vec::new();
    let mut residual = unit(n);
    let mut refused: Vec<usize> = Vec::new();
    for _ in 0..STEPS {
        // The descent direction of column i is −e_i·(Σ u e − f), which `residual` = f − Σ u e makes e_i·residual.
        let gain = |i: usize| dot(&columns[i], &residual);
        let entering =
            (0..columns.len()).filter(|i| !active.contains(i) && !refused.contains(i)).map(|i| (gain(i), i)).max_by(|a, b| a.0.total_cmp(&b.0));
        let Some((_, entering)) = entering.filter(|(gain, _)| *gain > DESCENT * (1.0 + norm(&residual))) else { break };
        active.push(entering);
        loop {
            let Some(candidate) = least_squares(&columns, &active, n) else {
                // A column in the span of the others, up to rounding, brings nothing.
                active.retain(|&i| i != entering);
                refused.push(entering);
                break;
            };
            let negative = active.iter().zip(&candidate).filter(|(_, value)| **value <= 0.0);
            let step = negative.map(|(&i, value)| if u[i] > *value { u[i] / (u[i] - value) } else { 0.0 }).fold(f64::INFINITY, f64::min);
            if step >= 1.0 {
                active.iter().zip(&candidate).for_each(|(&i, value)| u[i] = *value);
                refused.clear();
                break;
            }
            for (&i, value) in active.iter().zip(&candidate) {
                u[i] += step * (value - u[i]);
            }
            if active.contains(&entering) && u[entering] <= 0.0 {
                refused.push(entering);
            }
            active.retain(|&i| {
                let keep = u[i] > 1e-300;
                if !keep {
                    u[i] = 0.0;
                }
                keep
            });
        }
        residual = unit(n);
        for &i in &active {
            residual.iter_mut().zip(&columns[i]).for_each(|(r, e)| *r -= u[i] * e);
        }
    }
    // `residual` is −r.
    let last = residual[n];
    (last > 1e-11).then(|| residual[..n].iter().map(|r| -r / last).collect())
}

fn unit(n: usize) -> Vec<f64> {
    let mut f = vec![0.0; n + 1];
    f[n] = 1.0;
    f
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}

/// The coefficients of the active columns that bring their sum nearest to the last unit vector, by Gram and Schmidt with every step done twice; `None` if they are dependent.
fn least_squares(columns: &[Vec<f64>], active: &[usize], n: usize) -> Option<Vec<f64>> {
    let mut basis: Vec<Vec<f64>> = Vec::with_capacity(active.len());
    let mut triangle: Vec<Vec<f64>> = Vec::with_capacity(active.len());
    for &i in active {
        let mut column = columns[i].clone();
        let mut row = vec![0.0; basis.len()];
        for _ in 0..2 {
            for (q, r) in basis.iter().zip(&mut row) {
                let part = dot(q, &column);
                *r += part;
                column.iter_mut().zip(q).for_each(|(c, q)| *c -= part * q);
            }
        }
        let length = norm(&column);
        if length <= 1e-13 * norm(&columns[i]) {
            return None;
        }
        row.push(length);
        triangle.push(row);
        basis.push(column.into_iter().map(|c| c / length).collect());
    }
    let f = unit(n);
    let mut solution: Vec<f64> = basis.iter().map(|q| dot(q, &f)).collect();
    for j in (0..active.len()).rev() {
        solution[j] /= triangle[j][j];
        let value = solution[j];
        (0..j).for_each(|i| solution[i] -= triangle[j][i] * value);
    }
    Some(solution)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Origin: by hand: the point of x + y ≥ 2, x ≥ 1.5 nearest to the origin is (1.5, 0.5); of x ≥ −1 it is the origin; x ≥ 1, −x ≥ 0 is empty.
    #[test]
    fn small_polyhedra() {
        let point = least_norm(&[(vec![1.0, 1.0], 2.0), (vec![1.0, 0.0], 1.5), (vec![0.0, 1.0], -3.0)]).unwrap();
        assert!((point[0] - 1.5).abs() < 1e-12 && (point[1] - 0.5).abs() < 1e-12, "{point:?}");
        assert_eq!(least_norm(&[(vec![1.0], -1.0)]), Some(vec![0.0]).map(|v| v.iter().map(|x: &f64| -x).collect()));
        assert_eq!(least_norm(&[(vec![1.0], 1.0), (vec![-1.0], 0.0)]), None);
    }
}
