//! Everything against plain loops and definitions, on all small shapes.

use relus_dense::{
    Matrix, Matrix32, Pivoted, add_gram, cholesky, eigen, eigenvalues, multiply, multiply_single, pivoted_cholesky, product, solve_lower,
    solve_lower_transposed, thin_qr,
};

/// Numbers between −1 and 1 without a pattern that factorisations would like.
fn matrix(rows: usize, columns: usize, seed: u64) -> Matrix {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    Matrix::from_fn(rows, columns, |_, _| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    })
}

fn transpose(a: &Matrix) -> Matrix {
    Matrix::from_fn(a.ncols(), a.nrows(), |i, j| a[(j, i)])
}

/// By the definition.
fn times(a: &Matrix, b: &Matrix) -> Matrix {
    Matrix::from_fn(a.nrows(), b.ncols(), |i, j| (0..a.ncols()).map(|k| a[(i, k)] * b[(k, j)]).sum())
}

fn close(a: &Matrix, b: &Matrix, tolerance: f64) {
    assert_eq!(a.shape(), b.shape());
    assert!(a.values().iter().zip(b.values()).all(|(x, y)| (x - y).abs() <= tolerance), "{a:?}\n{b:?}");
}

#[test]
fn products() {
    for (m, k, n) in [(0, 2, 3), (2, 0, 3), (1, 1, 1), (3, 4, 5), (17, 9, 2), (40, 33, 21)] {
        for threads in [1, 2] {
            let (a, b) = (matrix(m, k, 1), matrix(k, n, 2));
            let expected = times(&a, &b);
            close(&product(a.view(), b.view(), threads), &expected, 1e-12);
            let (at, bt) = (transpose(&a), transpose(&b));
            close(&product(at.transposed(), bt.transposed(), threads), &expected, 1e-12);
            let mut sum = matrix(m, n, 3);
            let twice = Matrix::from_fn(m, n, |i, j| sum[(i, j)] + 2.0 * expected[(i, j)]);
            multiply(sum.view_mut(), true, a.view(), b.view(), 2.0, threads);
            close(&sum, &twice, 1e-12);
            // Into the middle rows of a larger matrix, whose other rows stay.
            let mut large = matrix(m + 3, n, 4);
            let before = large.clone();
            multiply(large.rows_mut(1..m + 1), false, a.view(), b.view(), 1.0, threads);
            let inside = |i: usize| (1..=m).contains(&i);
            close(&large, &Matrix::from_fn(m + 3, n, |i, j| if inside(i) { expected[(i - 1, j)] } else { before[(i, j)] }), 1e-12);
            let mut gram = matrix(m, m, 5);
            let square = times(&a, &at);
            let half = Matrix::from_fn(m, m, |i, j| gram[(i, j)] + if i >= j { square[(i, j)] } else { 0.0 });
            add_gram(&mut gram, a.view(), threads);
            close(&gram, &half, 1e-12);
            let single = |x: &Matrix| Matrix32::from_fn(x.nrows(), x.ncols(), |i, j| x[(i, j)] as f32);
            let mut target = single(&matrix(m, n, 3));
            multiply_single(&mut target, true, single(&a).view(), single(&bt).transposed(), 2.0);
            close(&Matrix::from_fn(m, n, |i, j| f64::from(target[(i, j)])), &twice, 1e-4);
        }
    }
}

#[test]
fn factorisations() {
    for (m, n) in [(0, 3), (3, 0), (1, 1), (5, 3), (3, 5), (40, 40), (90, 35)] {
        let a = matrix(m, n, 6);
        for threads in [1, 2] {
            let (q, r) = thin_qr(a.clone(), threads);
            close(&times(&q, &r), &a, 1e-12);
            close(&times(&transpose(&q), &q), &Matrix::identity(m.min(n), m.min(n)), 1e-12);
            assert!((0..r.nrows()).all(|i| (0..i.min(n)).all(|j| r[(i, j)] == 0.0)));
        }
    }
    for n in [1, 2, 7, 60] {
        let a = matrix(n, n + 3, 7);
        let gram = times(&a, &transpose(&a));
        for threads in [1, 2] {
            let lower = cholesky(gram.clone(), threads).unwrap();
            close(&times(&lower, &transpose(&lower)), &gram, 1e-11);
            let x = matrix(n, 4, 8);
            let mut right = times(&lower, &x);
            solve_lower(&lower, &mut right, threads);
            close(&right, &x, 1e-8);
            let mut right = times(&transpose(&lower), &x);
            solve_lower_transposed(&lower, &mut right, threads);
            close(&right, &x, 1e-8);
            let (values, vectors) = eigen(&gram, threads).unwrap();
            let scaled = Matrix::from_fn(n, n, |i, j| vectors[(i, j)] * values[j]);
            close(&times(&scaled, &transpose(&vectors)), &gram, 1e-11);
            close(&times(&transpose(&vectors), &vectors), &Matrix::identity(n, n), 1e-12);
            assert!(values.is_sorted());
            let alone = eigenvalues(&gram, threads).unwrap();
            assert!(alone.iter().zip(&values).all(|(a, b)| (a - b).abs() < 1e-11));
        }
    }
    assert_eq!(cholesky(Matrix::from_values(2, 2, vec![1.0, 2.0, 2.0, 1.0]), 1), None);
    assert_eq!(eigenvalues(&Matrix::zeros(0, 0), 1), Some(Vec::new()));
}

/// A matrix of rank 4: as many steps, and all of it in the factor.
#[test]
fn semidefinite() {
    let a = matrix(20, 4, 9);
    let gram = times(&a, &transpose(&a));
    let Pivoted { order, rank, factor } = pivoted_cholesky(gram.view(), 1).unwrap();
    assert_eq!((rank, factor.shape()), (4, (20, 4)));
    let sorted = Matrix::from_fn(20, 20, |i, j| gram[(order[i], order[j])]);
    close(&times(&factor, &transpose(&factor)), &sorted, 1e-11);
    assert_eq!(pivoted_cholesky(Matrix::from_values(1, 1, vec![-1.0]).view(), 1), None);
}
