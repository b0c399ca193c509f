//! Spectra: subspace iteration against all eigenvalues; matrices that are no Gram matrices.

use crate::{KERNELS, ball, degenerate, kernel};
use relus::kernel::KernelError;
use relus::kernel::dimension::effective_dimension;
use relus::kernel::gram::matrix;
use relus::kernel::spectrum::Spectrum;
use relus_dense::Matrix;

/// Origin: all eigenvalues of the whole matrix; Cauchy's interlacing; the residual bound.
#[test]
fn leading_eigenvalues() {
    for seed in 0..12 {
        let points = if seed % 4 == 0 { degenerate(150, 4, seed / 4) } else { ball(150, 4, seed) };
        let kernel = kernel(KERNELS[seed as usize % KERNELS.len()]);
        let all = Spectrum::of_matrix(&matrix(kernel, &points)).unwrap();
        let leading = Spectrum::leading(kernel, &points, 15, seed, &|_, _, _| true).unwrap();
        let residuals = leading.residuals.as_ref().unwrap();
        assert_eq!((leading.eigenvalues.len(), residuals.len()), (15, 15));
        assert!(
            (leading.trace - all.trace).abs() < 1e-10 && (leading.residue() - (all.trace - leading.eigenvalues.iter().sum::<f64>())).abs() < 1e-10
        );
        for (i, value) in leading.eigenvalues.iter().enumerate() {
            assert!(*value <= all.eigenvalues[i] + 1e-10, "interlacing");
            let nearest = all.eigenvalues.iter().map(|other| (other - value).abs()).fold(f64::INFINITY, f64::min);
            assert!(nearest <= residuals[i] + 1e-10, "residual {i}: {nearest} {}", residuals[i]);
            // Interlacing on one side; on the other Weyl's inequality with the residual block, whose norm is at most the root of the sum of squares.
            let block = residuals.iter().map(|r| r * r).sum::<f64>().sqrt();
            assert!(
                (value - all.eigenvalues[i]).abs() < 1e-3 * all.trace && block < 1e-2 * all.trace,
                "accuracy {i}: {value} {}",
                all.eigenvalues[i]
            );
        }
        for eta in [1e-1, 1e-3, 1e-5] {
            let (low, high) = leading.effective_dimension(eta);
            let exact = effective_dimension(&all.eigenvalues, eta);
            assert!(low <= exact * (1.0 + 1e-3) + 1e-6 && exact <= high * (1.0 + 1e-3) + 1e-6, "η {eta}: {low} {exact} {high}");
        }
    }
}

/// Origin: by hand.
#[test]
fn what_is_no_gram_matrix() {
    let spectrum = |matrix: &Matrix| Spectrum::of_matrix(matrix);
    assert!(matches!(spectrum(&Matrix::from_values(2, 2, vec![1.0, 2.0, 2.0, 1.0])), Err(KernelError::NotPositive { .. })));
    assert!(matches!(spectrum(&Matrix::from_values(2, 2, vec![0.0, 1.0, 1.0, 0.0])), Err(KernelError::NotPositive { .. })));
    assert!(matches!(spectrum(&Matrix::from_values(2, 2, vec![1.0, 0.4, 0.5, 1.0])), Err(KernelError::NotSymmetric { row: 2, column: 1 })));
    assert!(matches!(spectrum(&Matrix::from_values(2, 2, vec![1.0, f64::NAN, f64::NAN, 1.0])), Err(KernelError::NotFinite { .. })));
    assert!(matches!(spectrum(&Matrix::zeros(0, 0)), Err(KernelError::Empty)));
    assert_eq!(spectrum(&Matrix::from_values(2, 2, vec![1.0, 1.0, 1.0, 1.0])).unwrap().eigenvalues.len(), 2);
    let pivoted = relus::kernel::nystrom::pivoted_cholesky;
    assert!(matches!(pivoted(&Matrix::from_values(2, 2, vec![1.0, 2.0, 2.0, 1.0])), Err(KernelError::NotPositive { .. })));
    assert!(matches!(pivoted(&Matrix::from_values(1, 1, vec![-1.0])), Err(KernelError::NotPositive { .. })));
}
