//! The correlations of many columns with each other.

use campaign_pilot_core::Absence;

use super::{Significance, benjamini_hochberg, pair};
use crate::tails::beta_below;

mod tiles;

use tiles::Tiles;

/// Pearson's correlations of many columns with each other.
#[derive(Clone, Debug)]
pub struct CorrelationMatrix {
    rows: u64,
    columns: Vec<Result<(), Absence>>,
    /// The upper triangle without the diagonal, row by row. What concerns an absent column is 0 and never read.
    upper: Vec<f64>,
}

/// Two columns of a matrix that go along.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CorrelatedPair {
    /// The first column.
    pub first: usize,
    /// The second column, after the first.
    pub second: usize,
    /// Their coefficient.
    pub coefficient: f64,
    /// What it says, among all pairs of the matrix.
    pub significance: Significance,
}

impl CorrelationMatrix {
    /// How many columns there are.
    #[must_use]
    pub const fn columns(&self) -> usize {
        self.columns.len()
    }

    /// How many rows the columns have.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// The coefficient of two columns, in [-1, 1]; 1 of a column with itself.
    ///
    /// # Errors
    ///
    /// [`Absence::NotFinite`] or [`Absence::Constant`] for what is wrong with one of the columns, [`Absence::OutOfRange`] for a
    /// column that does not exist.
    pub fn get(&self, first: usize, second: usize) -> Result<f64, Absence> {
        let state = |column: usize| self.columns.get(column).copied().unwrap_or(Err(Absence::OutOfRange)).err();
        let reasons = [state(first), state(second)];
        // Of two reasons the same one as in `pearson`.
        for reason in [Absence::OutOfRange, Absence::NotFinite, Absence::Constant] {
            if reasons.contains(&Some(reason)) {
                return Err(reason);
            }
        }
        if first == second {
            return Ok(1.0);
        }
        self.upper.get(self.place(first.min(second), first.max(second))).copied().ok_or(Absence::OutOfRange)
    }

    /// The pairs that go along at a level, with the p-values of all pairs adjusted together ([`benjamini_hochberg`]), the
    /// strongest first. The p-values are those of [`super::pearson`], to about ten digits.
    ///
    /// # Errors
    ///
    /// [`Absence::TooFewObservations`] below [`super::minimum_pairs`] rows, [`Absence::OutOfRange`] for a level outside of (0, 1).
    pub fn significant(&self, level: f64) -> Result<Vec<CorrelatedPair>, Absence> {
        let least = super::minimum_pairs(level)? as u64;
        if self.rows < least {
            return Err(Absence::TooFewObservations);
        }
        let half = (self.rows as f64 - 2.0) / 2.0;
        let mut pairs = Vec::new();
        for first in (0..self.columns.len()).filter(|column| self.columns.get(*column).is_some_and(Result::is_ok)) {
            for second in first + 1..self.columns.len() {
                if let Ok(coefficient) = self.get(first, second) {
                    let p_value = beta_below(half, 0.5, (1.0 - coefficient) * (1.0 + coefficient));
                    let significance = Significance { p_value, adjusted: p_value, is_significant: true };
                    pairs.push(CorrelatedPair { first, second, coefficient, significance });
                }
            }
        }
        let p_values: Vec<f64> = pairs.iter().map(|pair| pair.significance.p_value).collect();
        let adjusted = benjamini_hochberg(&p_values)?;
        pairs.iter_mut().zip(adjusted).for_each(|(pair, adjusted)| pair.significance.adjusted = adjusted);
        pairs.retain(|pair| pair.significance.adjusted <= level);
        pairs.sort_by(|a, b| {
            b.coefficient.abs().total_cmp(&a.coefficient.abs()).then((a.first, a.second).cmp(&(b.first, b.second)))
        });
        Ok(pairs)
    }

    const fn place(&self, first: usize, second: usize) -> usize {
        first * (2 * self.columns.len() - first - 1) / 2 + second - first - 1
    }
}

/// Pearson's correlations of many columns with each other, in one pass over their rows.
///
/// # Formula
///
/// As [`super::pearson`]. The rows are taken in blocks that fit into the cache. A block is centred by its own means before its
/// products are summed up, and the distance of its means from those of the rows before joins as one more row, weighted by
/// `sqrt(n m / (n + m))` (Chan, Golub and Le Veque 1983): a large offset costs no digits. Columns are read relative to their
/// first number and scaled by a power of two. What still under- or overflows is computed pair by pair. The coefficients agree
/// with those of [`super::pearson`] to 1e-12, and are the same on every machine.
///
/// # Errors
///
/// [`Absence::UnequalLengths`], [`Absence::TooFewObservations`] below two rows or without a column. What is wrong with single
/// columns is told by [`CorrelationMatrix::get`].
///
/// ```
/// use campaign_pilot_core::Absence;
/// use campaign_pilot_metrics::correlation_matrix;
///
/// let (clicks, sales, price) = ([120.0, 80.0, 95.0, 210.0], [5.0, 3.0, 4.0, 9.0], [19.99; 4]);
/// let matrix = correlation_matrix(&[&clicks, &sales, &price])?;
/// assert!(matrix.get(0, 1)? > 0.99);
/// assert_eq!(matrix.get(1, 2), Err(Absence::Constant));
/// # Ok::<(), Absence>(())
/// ```
pub fn correlation_matrix(columns: &[&[f64]]) -> Result<CorrelationMatrix, Absence> {
    let rows = columns.first().ok_or(Absence::TooFewObservations)?.len();
    if columns.iter().any(|column| column.len() != rows) {
        return Err(Absence::UnequalLengths);
    }
    if rows < 2 {
        return Err(Absence::TooFewObservations);
    }
    let tiles = Tiles::gather(columns, rows);
    let states: Vec<_> = columns.iter().enumerate().map(|(index, _)| tiles.state(index)).collect();
    let mut matrix = CorrelationMatrix {
        rows: rows as u64,
        columns: states.iter().map(|state| state.map(|_| ())).collect(),
        upper: Vec::with_capacity(columns.len() * (columns.len() - 1) / 2),
    };
    for (first, x) in columns.iter().enumerate() {
        for (second, y) in columns.iter().enumerate().skip(first + 1) {
            let coefficient = match (states.get(first), states.get(second)) {
                (Some(Ok(Some(x_length))), Some(Ok(Some(y_length)))) => {
                    (tiles.product(first, second) / x_length / y_length).clamp(-1.0, 1.0)
                }
                (Some(Ok(_)), Some(Ok(_))) => pair::pearson(x, y).map_or(0.0, |correlation| correlation.coefficient),
                _ => 0.0,
            };
            matrix.upper.push(coefficient);
        }
    }
    Ok(matrix)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pearson;

    fn assert_same(columns: &[Vec<f64>]) {
        let slices: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let matrix = correlation_matrix(&slices).unwrap();
        for (first, x) in columns.iter().enumerate() {
            for (second, y) in columns.iter().enumerate() {
                match (matrix.get(first, second), pearson(x, y)) {
                    (Ok(coefficient), Ok(pair)) => {
                        assert!((coefficient - pair.coefficient).abs() < 1e-12, "{first} {second}: {coefficient} {pair:?}");
                    }
                    (coefficient, pair) => assert_eq!(coefficient.err(), pair.err(), "{first} {second}"),
                }
            }
        }
    }

    /// A wave that is different for each column.
    fn wave(column: u32, rows: u32) -> Vec<f64> {
        (0..rows).map(|row| (f64::from(row) * (0.3 + 0.17 * f64::from(column))).sin() + f64::from(row * column) / 900.0).collect()
    }

    #[test]
    fn equals_the_correlations_pair_by_pair_whatever_the_offset_and_scale() {
        for rows in [2, 3, 127, 128, 129, 400] {
            let mut columns: Vec<_> = (0..21).map(|column| wave(column, rows)).collect();
            let scales = [1e-300, 1e-157, 1.0, 1e9, 1e150, 1e300];
            for (column, scale) in columns.iter_mut().zip(scales.iter().cycle()) {
                column.iter_mut().for_each(|value| *value *= scale);
            }
            columns[3].iter_mut().for_each(|value| *value += 1e12);
            assert_same(&columns);
        }
    }

    #[test]
    fn columns_that_change_their_scale_late_are_still_right() {
        let mut columns: Vec<_> = (1..10).map(|column| wave(column, 300)).collect();
        columns[1].iter_mut().take(200).for_each(|value| *value = 0.0);
        columns[2].iter_mut().take(200).for_each(|value| *value *= 1e-250);
        columns[3].iter_mut().take(200).for_each(|value| *value *= 1e-320);
        columns[4].iter_mut().for_each(|value| *value *= 1e-310);
        columns[5].iter_mut().skip(200).for_each(|value| *value *= 1e-250);
        columns[6].iter_mut().skip(290).for_each(|value| *value *= 1e300);
        columns[7].iter_mut().take(200).for_each(|value| *value = 0.0);
        columns[7].iter_mut().for_each(|value| *value *= 1e-200);
        assert_same(&columns);
    }

    #[test]
    fn a_column_that_is_no_column_does_not_touch_the_others() {
        let mut columns: Vec<_> = (0..9).map(|column| wave(column, 200)).collect();
        columns[2][150] = f64::NAN;
        columns[4][3] = f64::INFINITY;
        columns[5].iter_mut().for_each(|value| *value = 0.3);
        columns[6].iter_mut().for_each(|value| *value = 0.0);
        columns[6][3] = -0.0;
        assert_same(&columns);
        let slices: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let matrix = correlation_matrix(&slices).unwrap();
        assert_eq!(matrix.get(2, 0), Err(Absence::NotFinite));
        assert_eq!(matrix.get(5, 5), Err(Absence::Constant));
        assert_eq!(matrix.get(9, 0), Err(Absence::OutOfRange));
    }

    #[test]
    fn pairs_that_go_along_are_found_among_many_that_do_not() {
        let mut columns: Vec<_> =
            (0..30).map(|column| wave(column, 60).into_iter().map(|value| (value * 977.0).sin()).collect::<Vec<_>>()).collect();
        columns[17] = columns[4].iter().map(|value| value * -3.0 + 1.0).collect();
        let slices: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let pairs = correlation_matrix(&slices).unwrap().significant(0.001).unwrap();
        assert_eq!((pairs[0].first, pairs[0].second), (4, 17));
        assert!(pairs.len() < 4 && pairs[0].coefficient < -0.999, "{pairs:?}");
        let few: Vec<&[f64]> = slices.iter().map(|column| &column[..4]).collect();
        assert_eq!(correlation_matrix(&few).unwrap().significant(0.05), Err(Absence::TooFewObservations));
    }

    #[test]
    fn what_is_no_matrix_is_refused() {
        assert!(matches!(correlation_matrix(&[]), Err(Absence::TooFewObservations)));
        assert!(matches!(correlation_matrix(&[&[1.0]]), Err(Absence::TooFewObservations)));
        assert!(matches!(correlation_matrix(&[&[1.0, 2.0], &[1.0]]), Err(Absence::UnequalLengths)));
    }

    proptest! {
        #[test]
        fn any_columns_give_what_pairs_give(values in proptest::collection::vec(proptest::collection::vec(any::<f64>(), 7), 1..12)) {
            let slices: Vec<&[f64]> = values.iter().map(Vec::as_slice).collect();
            let matrix = correlation_matrix(&slices).unwrap();
            for (first, x) in slices.iter().enumerate() {
                for (second, y) in slices.iter().enumerate() {
                    match (matrix.get(first, second), pearson(x, y)) {
                        (Ok(a), Ok(b)) => prop_assert!(a.abs() <= 1.0 && (a - b.coefficient).abs() < 1e-12, "{} {:?}", a, b),
                        (a, b) => prop_assert_eq!(a.err(), b.err()),
                    }
                }
            }
        }
    }
}
