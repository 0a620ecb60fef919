//! Small dense linear algebra: least squares by orthogonal columns, robust covariances, Cholesky.
//!
//! Columns are vectors of equal length. Nothing here checks for NaN: callers refuse such input and such results.

/// A column that keeps less of its length than this beside the columns before it is one of their combinations.
const DEPENDENT: f64 = 1e-11;

pub(crate) fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

pub(crate) fn norm(values: &[f64]) -> f64 {
    dot(values, values).sqrt()
}

/// `target += factor * values`.
pub(crate) fn add_scaled(target: &mut [f64], factor: f64, values: &[f64]) {
    target.iter_mut().zip(values).for_each(|(target, value)| *target += factor * value);
}

/// The power of two next to the largest magnitude: dividing by it is exact and keeps squares from overflowing.
pub(crate) fn scale_of(values: &[f64]) -> f64 {
    let largest = values.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    // The logarithm of the largest number is rounded up to 1024, whose power is not one.
    let scale = largest.log2().floor().min(1_022.0).exp2();
    if scale.is_finite() && scale > 0.0 { scale } else { 1.0 }
}

/// Orthonormal columns and the upper triangle that turns them into the given ones.
#[derive(Clone, Debug)]
pub(crate) struct Qr {
    q: Vec<Vec<f64>>,
    /// Column `k` of the triangle, with its `k + 1` entries.
    r: Vec<Vec<f64>>,
}

impl Qr {
    /// Gram-Schmidt, run twice over each column, which is as accurate as reflections. `None` when a column is a
    /// combination of those before it.
    pub(crate) fn new(columns: &[Vec<f64>]) -> Option<Self> {
        let (mut q, mut r) = (Vec::<Vec<f64>>::new(), Vec::new());
        for column in columns {
            let mut rest = column.clone();
            let mut entries = vec![0.0; q.len()];
            for _ in 0..2 {
                for (basis, entry) in q.iter().zip(&mut entries) {
                    let along = dot(basis, &rest);
                    *entry += along;
                    add_scaled(&mut rest, -along, basis);
                }
            }
            let length = norm(&rest);
            if length.is_nan() || length <= DEPENDENT * norm(column) {
                return None;
            }
            rest.iter_mut().for_each(|value| *value /= length);
            entries.push(length);
            q.push(rest);
            r.push(entries);
        }
        Some(Self { q, r })
    }

    /// The coefficients with the smallest sum of squared residuals.
    pub(crate) fn solve(&self, y: &[f64]) -> Vec<f64> {
        self.back(self.q.iter().map(|basis| dot(basis, y)).collect())
    }

    /// Solves the triangle for a right-hand side.
    fn back(&self, mut right: Vec<f64>) -> Vec<f64> {
        let mut solution = Vec::with_capacity(right.len());
        for column in self.r.iter().rev() {
            if let (Some(value), Some((diagonal, above))) = (right.pop(), column.split_last()) {
                let coefficient = value / diagonal;
                add_scaled(&mut right, -coefficient, above);
                solution.push(coefficient);
            }
        }
        solution.reverse();
        solution
    }

    /// The inverse of `X'X`.
    fn gram_inverse(&self) -> Vec<Vec<f64>> {
        let width = self.r.len();
        let mut inverse = vec![vec![0.0; width]; width];
        for unit in 0..width {
            let column = self.back((0..width).map(|row| if row == unit { 1.0 } else { 0.0 }).collect());
            add_outer(&mut inverse, 1.0, &column);
        }
        inverse
    }
}

/// `matrix += factor * vector vector'`.
fn add_outer(matrix: &mut [Vec<f64>], factor: f64, vector: &[f64]) {
    matrix.iter_mut().zip(vector).for_each(|(row, value)| add_scaled(row, factor * value, vector));
}

pub(crate) fn times(matrix: &[Vec<f64>], vector: &[f64]) -> Vec<f64> {
    matrix.iter().map(|row| dot(row, vector)).collect()
}

/// `vector' matrix vector`.
pub(crate) fn quadratic(matrix: &[Vec<f64>], vector: &[f64]) -> f64 {
    dot(&times(matrix, vector), vector)
}

/// Ordinary least squares.
#[derive(Clone, Debug)]
pub(crate) struct Ols {
    pub(crate) coefficients: Vec<f64>,
    pub(crate) residuals: Vec<f64>,
    pub(crate) gram_inverse: Vec<Vec<f64>>,
    columns: Vec<Vec<f64>>,
}

impl Ols {
    /// `None` when the columns are not independent.
    pub(crate) fn fit(columns: Vec<Vec<f64>>, y: &[f64]) -> Option<Self> {
        let qr = Qr::new(&columns)?;
        let mut coefficients = qr.solve(y);
        let mut residuals = residuals_of(&columns, &coefficients, y);
        // One step of refinement: the residuals' own fit is the rounding error of the first.
        add_scaled(&mut coefficients, 1.0, &qr.solve(&residuals));
        residuals = residuals_of(&columns, &coefficients, y);
        Some(Self { coefficients, residuals, gram_inverse: qr.gram_inverse(), columns })
    }

    pub(crate) fn rows(&self) -> f64 {
        count(self.residuals.len())
    }

    pub(crate) fn degrees_of_freedom(&self) -> f64 {
        self.rows() - count(self.coefficients.len())
    }

    /// The variance of the errors.
    pub(crate) fn variance(&self) -> f64 {
        dot(&self.residuals, &self.residuals) / self.degrees_of_freedom()
    }

    /// Covariance under equal variances.
    pub(crate) fn plain(&self) -> Vec<Vec<f64>> {
        let variance = self.variance();
        self.gram_inverse.iter().map(|row| row.iter().map(|entry| entry * variance).collect()).collect()
    }

    /// Covariance that allows for unequal variances: White's, times N/(N - K).
    pub(crate) fn hc1(&self) -> Vec<Vec<f64>> {
        self.sandwich(self.scores(), self.rows() / self.degrees_of_freedom())
    }

    /// Covariance that allows for any correlation within groups of `size` rows that follow each other, times
    /// G/(G - 1) (N - 1)/(N - K).
    pub(crate) fn clustered(&self, size: usize) -> Vec<Vec<f64>> {
        let scores: Vec<Vec<f64>> = self.scores().collect();
        let clusters = scores.chunks(size.max(1)).map(|rows| {
            let mut sum = vec![0.0; self.coefficients.len()];
            rows.iter().for_each(|row| add_scaled(&mut sum, 1.0, row));
            sum
        });
        let groups = count(clusters.len());
        self.sandwich(clusters, groups / (groups - 1.0) * (self.rows() - 1.0) / self.degrees_of_freedom())
    }

    /// Each row times its residual.
    fn scores(&self) -> impl Iterator<Item = Vec<f64>> {
        self.residuals.iter().enumerate().map(|(row, residual)| {
            self.columns.iter().map(|column| column.get(row).copied().unwrap_or_default() * residual).collect()
        })
    }

    fn sandwich(&self, scores: impl Iterator<Item = Vec<f64>>, factor: f64) -> Vec<Vec<f64>> {
        let width = self.coefficients.len();
        let mut covariance = vec![vec![0.0; width]; width];
        scores.for_each(|score| add_outer(&mut covariance, factor, &times(&self.gram_inverse, &score)));
        covariance
    }
}

fn residuals_of(columns: &[Vec<f64>], coefficients: &[f64], y: &[f64]) -> Vec<f64> {
    let mut residuals = y.to_vec();
    columns.iter().zip(coefficients).for_each(|(column, coefficient)| add_scaled(&mut residuals, -coefficient, column));
    residuals
}

/// The lower triangle whose product with its transpose is a positive definite matrix.
#[derive(Clone, Debug)]
pub(crate) struct Cholesky {
    rows: Vec<Vec<f64>>,
}

impl Cholesky {
    /// `None` unless the symmetric matrix is positive definite.
    pub(crate) fn new(matrix: &[Vec<f64>]) -> Option<Self> {
        let mut rows = Vec::<Vec<f64>>::with_capacity(matrix.len());
        for (index, source) in matrix.iter().enumerate() {
            let mut row = Vec::with_capacity(index + 1);
            for (entry, done) in source.iter().zip(&rows) {
                row.push((entry - dot(&row, done)) / done.last()?);
            }
            let diagonal = source.get(index)?;
            let pivot = diagonal - dot(&row, &row);
            if pivot.is_nan() || pivot <= diagonal.abs() * f64::EPSILON {
                return None;
            }
            row.push(pivot.sqrt());
            rows.push(row);
        }
        Some(Self { rows })
    }

    pub(crate) fn log_determinant(&self) -> f64 {
        2.0 * self.rows.iter().filter_map(|row| row.last()).map(|diagonal| diagonal.ln()).sum::<f64>()
    }

    /// The columns of the triangle in full length.
    pub(crate) fn columns(&self) -> Vec<Vec<f64>> {
        let column = |index: usize| self.rows.iter().map(|row| row.get(index).copied().unwrap_or_default()).collect();
        (0..self.rows.len()).map(column).collect()
    }

    pub(crate) fn solve(&self, right: &[f64]) -> Vec<f64> {
        self.solve_transposed(self.solve_triangle(right))
    }

    /// Solves `L x = right`: its length squared is `right' matrix^-1 right`.
    pub(crate) fn solve_triangle(&self, right: &[f64]) -> Vec<f64> {
        let mut forward = Vec::with_capacity(right.len());
        for (row, value) in self.rows.iter().zip(right) {
            let diagonal = row.last().copied().unwrap_or(1.0);
            forward.push((value - dot(&forward, row)) / diagonal);
        }
        forward
    }

    /// Solves `L' x = right`: turns independent normals into ones whose precision is the matrix.
    pub(crate) fn solve_transposed(&self, mut right: Vec<f64>) -> Vec<f64> {
        let mut solution = Vec::with_capacity(right.len());
        for row in self.rows.iter().rev() {
            if let (Some(value), Some((diagonal, before))) = (right.pop(), row.split_last()) {
                let entry = value / diagonal;
                add_scaled(&mut right, -entry, before);
                solution.push(entry);
            }
        }
        solution.reverse();
        solution
    }
}

/// A length as a number.
pub(crate) fn count(length: usize) -> f64 {
    length as f64
}

pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / count(values.len())
}

/// The sum of squared distances from the mean.
pub(crate) fn squares(values: &[f64]) -> f64 {
    let centre = mean(values);
    values.iter().map(|value| (value - centre).powi(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Vec<Vec<f64>> {
        vec![vec![1.0; 5], vec![1.0, 2.0, 4.0, 8.0, 16.0], vec![3.0, -1.0, 0.5, 2.0, 7.0]]
    }

    #[test]
    fn a_combination_is_found_again() {
        let y: Vec<f64> = (0..5).map(|row| 2.0 - columns()[1][row] + 0.25 * columns()[2][row]).collect();
        let fit = Ols::fit(columns(), &y).unwrap();
        for (found, given) in fit.coefficients.iter().zip([2.0, -1.0, 0.25]) {
            assert!((found - given).abs() < 1e-13);
        }
    }

    #[test]
    fn scales_are_powers_of_two_of_any_size() {
        for (largest, scale) in
            [(1.0, 1.0), (-7.9, 4.0), (0.0, 1.0), (1e-300, 2.0_f64.powi(-997)), (f64::MAX, 2.0_f64.powi(1_022))]
        {
            assert!((scale_of(&[0.5 * largest, largest]) / scale - 1.0).abs() < 1e-15, "{largest:e}");
        }
    }

    #[test]
    fn dependent_columns_are_refused() {
        let mut dependent = columns();
        dependent.push((0..5).map(|row| dependent[1][row] * 3.0 - dependent[0][row]).collect());
        assert!(Qr::new(&dependent).is_none());
        assert!(Qr::new(&[vec![0.0; 4]]).is_none());
    }

    #[test]
    fn cholesky_solves_and_knows_the_determinant() {
        let matrix = vec![vec![4.0, 2.0, 0.0], vec![2.0, 5.0, 1.0], vec![0.0, 1.0, 3.0]];
        let cholesky = Cholesky::new(&matrix).unwrap();
        let solution = cholesky.solve(&[2.0, -3.0, 1.0]);
        for (left, right) in times(&matrix, &solution).iter().zip([2.0, -3.0, 1.0]) {
            assert!((left - right).abs() < 1e-14);
        }
        assert!((cholesky.log_determinant() - 44.0_f64.ln()).abs() < 1e-14);
        assert!(Cholesky::new(&[vec![1.0, 2.0], vec![2.0, 1.0]]).is_none());
    }

    #[test]
    fn the_gram_inverse_is_one() {
        let fit = Ols::fit(columns(), &[1.0, 0.0, 2.0, 1.0, 5.0]).unwrap();
        for (row, entries) in fit.gram_inverse.iter().enumerate() {
            for (column, _) in entries.iter().enumerate() {
                let product: f64 = (0..3).map(|inner| entries[inner] * dot(&columns()[inner], &columns()[column])).sum();
                assert!((product - if row == column { 1.0 } else { 0.0 }).abs() < 1e-12);
            }
        }
    }
}
