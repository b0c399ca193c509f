//! Blocks of Gram matrices `κ(x_i, z_j)`, by matrix products.
//!
//! A block is the product of the coordinates of its rows' and columns' points, `O(abd)` multiplications in cache-sized tiles, and then the kernel function of each entry. The whole of `K` is formed only
//! where it is small; sums over all points go through it in blocks of rows.

use super::function::Kernel;
use super::points::Points;
use relus_dense::{Matrix, View};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many numbers a block of rows has about: 16 MiB.
const BLOCK: usize = 1 << 21;

/// Entries below this many are not worth a second thread.
const SMALL: usize = 1 << 15;

static THREADS: AtomicUsize = AtomicUsize::new(1);

/// Sets the number of threads of the kernel learner in this process, 1 or more; 1 unless it is set. Results for different numbers differ by rounding errors.
pub fn set_threads(threads: usize) {
    THREADS.store(threads.max(1), Ordering::Relaxed);
}

pub(super) fn threads() -> usize {
    THREADS.load(Ordering::Relaxed)
}

/// The points as columns.
pub(super) fn columns(points: &Points) -> View<'_> {
    View::new(points.dimension(), points.len(), points.coordinates())
}

/// `κ(x_i, z_j)` for the points `x` of `rows` and the points `z` of `columns`.
#[must_use]
pub fn block(kernel: Kernel, rows: &Points, columns_: &Points) -> Matrix {
    let height = rows.len();
    let mut out = relus_dense::product(columns(rows).transposed(), columns(columns_), threads());
    let apply = |from: usize, part: &mut [f64]| {
        for (j, entries) in part.chunks_exact_mut(height).enumerate() {
            kernel.apply(entries, rows.squares(), columns_.squares()[from + j]);
        }
    };
    let entries = out.values().len();
    let threads = if entries < SMALL { 1 } else { threads() };
    if entries == 0 || threads == 1 {
        apply(0, out.values_mut());
    } else {
        let width = columns_.len().div_ceil(threads);
        std::thread::scope(|scope| {
            for (k, part) in out.values_mut().chunks_mut(width * height).enumerate() {
                scope.spawn(move || apply(k * width, part));
            }
        });
    }
    out
}

/// `K`, all of it, with both halves equal to the last bit.
#[must_use]
pub fn matrix(kernel: Kernel, points: &Points) -> Matrix {
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
