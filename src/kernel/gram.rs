//! Blocks of Gram matrices `κ(x_i, z_j)`, by matrix products.
//!
//! A block is the product of the coordinates of its rows' and columns' points, `O(abd)` multiplications in cache-sized tiles, and then the kernel function of each entry. The whole of `K` is formed only
//! where it is small; sums over all points go through it in blocks of rows.

use super::function::Kernel;
use super::points::Points;
use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par, get_global_parallelism};
use std::ops::Range;

/// How many numbers a block of rows has about: 16 MiB.
const BLOCK: usize = 1 << 21;

/// Entries below this many are not worth a second thread.
const SMALL: usize = 1 << 15;

/// Sets the number of threads of all linear algebra in this process, 1 or more. Results for different numbers differ by rounding errors.
pub fn set_threads(threads: usize) {
    faer::set_global_parallelism(if threads <= 1 { Par::Seq } else { Par::rayon(threads) });
}

pub(super) fn par() -> Par {
    get_global_parallelism()
}

/// The points as columns.
pub(super) fn columns(points: &Points) -> MatRef<'_, f64> {
    MatRef::from_column_major_slice(points.coordinates(), points.dimension(), points.len())
}

/// `κ(x_i, z_j)` for the points `x` of `rows` and the points `z` of `columns`.
#[must_use]
pub fn block(kernel: Kernel, rows: &Points, columns_: &Points) -> Mat<f64> {
    let mut out = Mat::zeros(rows.len(), columns_.len());
    matmul(out.as_mut(), Accum::Replace, columns(rows).transpose(), columns(columns_), 1.0, par());
    let threads = if out.nrows() * out.ncols() < SMALL { 1 } else { par().degree() };
    let apply = |from: usize, part: faer::MatMut<'_, f64>| {
        for (j, column) in part.col_iter_mut().enumerate() {
            let entries = column.try_as_col_major_mut().expect("an own matrix has contiguous columns").as_slice_mut();
            kernel.apply(entries, rows.squares(), columns_.squares()[from + j]);
        }
    };
    if threads == 1 {
        apply(0, out.as_mut());
    } else {
        let width = out.ncols().div_ceil(threads);
        std::thread::scope(|scope| {
            let mut rest = out.as_mut();
            let mut from = 0;
            while rest.ncols() > 0 {
                let here = width.min(rest.ncols());
                let (part, others) = rest.split_at_col_mut(here);
                let (start, count) = (from, part.ncols());
                scope.spawn(move || apply(start, part));
                from += count;
                rest = others;
            }
        });
    }
    out
}

/// `K`, all of it, with both halves equal to the last bit.
#[must_use]
pub fn matrix(kernel: Kernel, points: &Points) -> Mat<f64> {
    let mut gram = block(kernel, points, points);
    for j in 0..gram.ncols() {
        gram[(j, j)] = kernel.diagonal(points.squares()[j]);
        for i in 0..j {
            gram[(i, j)] = gram[(j, i)];
        }
    }
    gram
}

/// Ranges of points that cut `count` of them into blocks for matrices of `width` columns.
pub(super) fn ranges(count: usize, width: usize) -> impl Iterator<Item = Range<usize>> {
    let step = (BLOCK / width.max(1)).clamp(64, 4096);
    (0..count.div_ceil(step)).map(move |k| k * step..((k + 1) * step).min(count))
}

/// The points of a range.
pub(super) fn slice(points: &Points, range: Range<usize>) -> Points {
    points.subset(&range.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_cover_everything_once() {
        for (count, width) in [(1, 1), (64, 1 << 30), (65, 1 << 30), (10_000, 500), (100_000, 1000)] {
            let all: Vec<usize> = ranges(count, width).flatten().collect();
            assert!(all.into_iter().eq(0..count));
        }
    }
}
