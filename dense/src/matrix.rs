//! Matrices, stored column after column, and views of them.

use faer::{MatMut, MatRef};
use std::ops::{Index, IndexMut, Range};

/// A matrix stored column after column.
#[derive(Debug, Clone, PartialEq)]
pub struct Table<T> {
    rows: usize,
    columns: usize,
    values: Vec<T>,
}

/// A matrix of doubles.
pub type Matrix = Table<f64>;

/// A matrix of floats of 32 bits.
pub type Matrix32 = Table<f32>;

impl<T: Copy> Table<T> {
    /// The matrix with the entries `entry(row, column)`, asked for column after column.
    pub fn from_fn(rows: usize, columns: usize, mut entry: impl FnMut(usize, usize) -> T) -> Self {
        let mut values = Vec::with_capacity(rows * columns);
        for j in 0..columns {
            values.extend((0..rows).map(|i| entry(i, j)));
        }
        Table { rows, columns, values }
    }

    /// The matrix whose columns lie one after the other in `values`.
    ///
    /// # Panics
    /// If there are not `rows · columns` values.
    #[must_use]
    pub fn from_values(rows: usize, columns: usize, values: Vec<T>) -> Self {
        assert_eq!(values.len(), rows * columns, "a value for each entry");
        Table { rows, columns, values }
    }

    /// The number of rows.
    #[must_use]
    pub fn nrows(&self) -> usize {
        self.rows
    }

    /// The number of columns.
    #[must_use]
    pub fn ncols(&self) -> usize {
        self.columns
    }

    /// The numbers of rows and columns.
    #[must_use]
    pub fn shape(&self) -> (usize, usize) {
        (self.rows, self.columns)
    }

    /// Column after column.
    #[must_use]
    pub fn values(&self) -> &[T] {
        &self.values
    }

    /// Column after column.
    #[must_use]
    pub fn values_mut(&mut self) -> &mut [T] {
        &mut self.values
    }

    /// Column after column.
    #[must_use]
    pub fn into_values(self) -> Vec<T> {
        self.values
    }

    /// One column.
    #[must_use]
    pub fn column(&self, j: usize) -> &[T] {
        &self.values[j * self.rows..(j + 1) * self.rows]
    }

    /// One column.
    #[must_use]
    pub fn column_mut(&mut self, j: usize) -> &mut [T] {
        &mut self.values[j * self.rows..(j + 1) * self.rows]
    }

    /// The matrix as a factor.
    #[must_use]
    pub fn view(&self) -> Factor<'_, T> {
        Factor::new(self.rows, self.columns, &self.values)
    }

    /// The transposed matrix as a factor.
    #[must_use]
    pub fn transposed(&self) -> Factor<'_, T> {
        self.view().transposed()
    }
}

impl Matrix {
    /// The matrix of zeros.
    #[must_use]
    pub fn zeros(rows: usize, columns: usize) -> Self {
        Table { rows, columns, values: vec![0.0; rows * columns] }
    }

    /// Ones on the diagonal, otherwise zeros.
    #[must_use]
    pub fn identity(rows: usize, columns: usize) -> Self {
        Table::from_fn(rows, columns, |i, j| f64::from(u8::from(i == j)))
    }

    /// As the target of a product.
    #[must_use]
    pub fn view_mut(&mut self) -> ViewMut<'_> {
        ViewMut { rows: self.rows, columns: self.columns, stride: self.rows, values: &mut self.values }
    }

    /// Some of the rows as the target of a product.
    ///
    /// # Panics
    /// If the matrix has not these rows.
    #[must_use]
    pub fn rows_mut(&mut self, range: Range<usize>) -> ViewMut<'_> {
        assert!(range.start <= range.end && range.end <= self.rows, "rows of the matrix");
        // Without an entry there is no place to begin at.
        let start = if range.is_empty() || self.columns == 0 { self.values.len() } else { range.start };
        ViewMut { rows: range.len(), columns: self.columns, stride: self.rows, values: &mut self.values[start..] }
    }

    pub(crate) fn faer(&self) -> MatRef<'_, f64> {
        MatRef::from_column_major_slice(&self.values, self.rows, self.columns)
    }

    pub(crate) fn faer_mut(&mut self) -> MatMut<'_, f64> {
        MatMut::from_column_major_slice_mut(&mut self.values, self.rows, self.columns)
    }
}

impl Matrix32 {
    /// The matrix of zeros.
    #[must_use]
    pub fn zeros(rows: usize, columns: usize) -> Self {
        Table { rows, columns, values: vec![0.0; rows * columns] }
    }

    pub(crate) fn faer_mut(&mut self) -> MatMut<'_, f32> {
        MatMut::from_column_major_slice_mut(&mut self.values, self.rows, self.columns)
    }
}

impl<T> Index<(usize, usize)> for Table<T> {
    type Output = T;

    #[inline]
    fn index(&self, (i, j): (usize, usize)) -> &T {
        assert!(i < self.rows, "row {i} of {}", self.rows);
        &self.values[j * self.rows + i]
    }
}

impl<T> IndexMut<(usize, usize)> for Table<T> {
    #[inline]
    fn index_mut(&mut self, (i, j): (usize, usize)) -> &mut T {
        assert!(i < self.rows, "row {i} of {}", self.rows);
        &mut self.values[j * self.rows + i]
    }
}

/// A matrix to multiply with, whose columns, or rows if it is transposed, lie one after the other.
#[derive(Debug, Clone, Copy)]
pub struct Factor<'a, T> {
    rows: usize,
    columns: usize,
    transposed: bool,
    values: &'a [T],
}

/// A factor of doubles.
pub type View<'a> = Factor<'a, f64>;

/// A factor of floats of 32 bits.
pub type View32<'a> = Factor<'a, f32>;

impl<'a, T> Factor<'a, T> {
    /// The matrix whose columns lie one after the other in `values`.
    ///
    /// # Panics
    /// If there are not `rows · columns` values.
    #[must_use]
    pub fn new(rows: usize, columns: usize, values: &'a [T]) -> Self {
        assert_eq!(values.len(), rows * columns, "a value for each entry");
        Factor { rows, columns, transposed: false, values }
    }

    /// The transposed matrix.
    #[must_use]
    pub fn transposed(self) -> Self {
        Factor { rows: self.columns, columns: self.rows, transposed: !self.transposed, values: self.values }
    }

    /// The number of rows.
    #[must_use]
    pub fn nrows(&self) -> usize {
        self.rows
    }

    /// The number of columns.
    #[must_use]
    pub fn ncols(&self) -> usize {
        self.columns
    }

    pub(crate) fn faer(&self) -> MatRef<'a, T> {
        if self.transposed {
            MatRef::from_row_major_slice(self.values, self.rows, self.columns)
        } else {
            MatRef::from_column_major_slice(self.values, self.rows, self.columns)
        }
    }
}

/// A matrix, or some rows of one, to be written to.
#[derive(Debug)]
pub struct ViewMut<'a> {
    rows: usize,
    columns: usize,
    stride: usize,
    values: &'a mut [f64],
}

impl ViewMut<'_> {
    pub(crate) fn faer(&mut self) -> MatMut<'_, f64> {
        if self.rows == 0 || self.columns == 0 {
            return MatMut::from_column_major_slice_mut(&mut [], self.rows, self.columns);
        }
        let length = (self.columns - 1) * self.stride + self.rows;
        MatMut::from_column_major_slice_with_stride_mut(&mut self.values[..length], self.rows, self.columns, self.stride)
    }
}
