//! QR by Householder's reflections.

use crate::matrix::Matrix;
use crate::par;
use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::householder::{
    apply_block_householder_sequence_on_the_left_in_place_scratch, apply_block_householder_sequence_on_the_left_in_place_with_conj,
};
use faer::linalg::qr::no_pivoting::factor::{qr_in_place, qr_in_place_scratch, recommended_block_size};
use faer::{Conj, Mat, prelude};

/// `A = QR` with `Q` of `min(m, n)` orthonormal columns and `R` with zeros below the diagonal.
#[must_use]
#[inline(never)]
pub fn thin_qr(mut matrix: Matrix, threads: usize) -> (Matrix, Matrix) {
    let (m, n) = matrix.shape();
    let (size, par) = (m.min(n), par(threads));
    if size == 0 {
        return (Matrix::zeros(m, 0), Matrix::zeros(0, n));
    }
    let block = recommended_block_size::<f64>(m, n);
    let mut coefficients = Mat::zeros(block, size);
    let mut buffer = MemBuffer::new(qr_in_place_scratch::<f64>(m, n, block, par, prelude::default()));
    qr_in_place(matrix.faer_mut(), coefficients.as_mut(), par, MemStack::new(&mut buffer), prelude::default());
    let r = Matrix::from_fn(size, n, |i, j| if i <= j { matrix[(i, j)] } else { 0.0 });
    let basis = Matrix::from_fn(m, size, |i, j| match i.cmp(&j) {
        std::cmp::Ordering::Less => 0.0,
        std::cmp::Ordering::Equal => 1.0,
        std::cmp::Ordering::Greater => matrix[(i, j)],
    });
    let mut q = Matrix::identity(m, size);
    let mut buffer = MemBuffer::new(apply_block_householder_sequence_on_the_left_in_place_scratch::<f64>(m, block, size));
    let stack = MemStack::new(&mut buffer);
    apply_block_householder_sequence_on_the_left_in_place_with_conj(basis.faer(), coefficients.as_ref(), Conj::No, q.faer_mut(), par, stack);
    (q, r)
}
