//! Kendall's tau-b.

use campaign_pilot_core::Absence;
use serde::{Deserialize, Serialize};

use super::checked;
use super::ranks::ties;
use crate::tails::normal_below;

/// Up to how many pairs the exact probabilities are computed.
pub const EXACT_KENDALL_LIMIT: u64 = 60;

/// How two columns go along in their order, counted over all pairs of rows.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct Kendall {
    /// The coefficient tau-b, in [-1, 1].
    pub coefficient: f64,
    /// The two-sided p-value from all orders there are. `None` with ties or above [`EXACT_KENDALL_LIMIT`] rows.
    pub p_exact: Option<f64>,
    /// The two-sided p-value by the normal approximation, with the variance corrected for ties.
    pub p_asymptotic: f64,
    /// Pairs of rows that both columns put into the same order.
    pub concordant: u64,
    /// Pairs of rows that the columns put into opposite orders.
    pub discordant: u64,
    /// Pairs of rows that are equal in the first column only.
    pub tied_x: u64,
    /// Pairs of rows that are equal in the second column only.
    pub tied_y: u64,
    /// Pairs of rows that are equal in both columns.
    pub tied_both: u64,
    /// How many rows there are.
    pub pairs: u64,
}

impl Kendall {
    /// The exact p-value where there is one, the asymptotic one otherwise.
    #[must_use]
    pub fn p_value(&self) -> f64 {
        self.p_exact.unwrap_or(self.p_asymptotic)
    }
}

/// Kendall's tau-b of two columns: like [`super::spearman`], but about pairs of rows, and with exact p-values for few of them.
///
/// # Formula
///
/// `(C - D) / sqrt((N - X) (N - Y))` with the concordant and discordant pairs C and D, all N = n (n - 1) / 2 pairs, and X
/// and Y of them tied in the first and second column. The exact p-value counts the orders with at most as many (or as few)
/// inversions; the asymptotic one takes `(C - D)^2 / v` with `v = (n (n - 1) (2 n + 5) - sum t (t - 1) (2 t + 5) - sum u
/// (u - 1) (2 u + 5)) / 18 + X Y 2 / (n (n - 1)) + sum t (t - 1) (t - 2) sum u (u - 1) (u - 2) / (9 n (n - 1) (n - 2))`
/// over the ties t and u of the two columns (Kendall 1970). The effort is n log n (Knight 1966).
///
/// # Errors
///
/// [`Absence::UnequalLengths`], [`Absence::TooFewObservations`] below two rows, [`Absence::NotFinite`] for NaN,
/// [`Absence::Constant`] when a column does not vary, [`Absence::OutOfRange`] above four thousand million rows.
///
/// ```
/// use campaign_pilot_metrics::kendall;
///
/// let kendall = kendall(&[1.0, 2.0, 3.0, 4.0, 5.0], &[2.0, 1.0, 3.0, 5.0, 4.0])?;
/// assert_eq!((kendall.concordant, kendall.discordant), (8, 2));
/// assert!((kendall.coefficient - 0.6).abs() < 1e-15);
/// assert!((kendall.p_value() - 28.0 / 120.0).abs() < 1e-15); // 14 of 120 orders on each side
/// # Ok::<(), campaign_pilot_core::Absence>(())
/// ```
pub fn kendall(x: &[f64], y: &[f64]) -> Result<Kendall, Absence> {
    let n = checked(x, y)?;
    if x.iter().chain(y).any(|value| value.is_nan()) {
        return Err(Absence::NotFinite);
    }
    if n > u64::from(u32::MAX) {
        return Err(Absence::OutOfRange);
    }
    // -0 becomes 0, so that the total order keeps equal numbers together.
    let mut rows: Vec<(f64, f64)> = x.iter().zip(y).map(|(x, y)| (x + 0.0, y + 0.0)).collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let (x_ties, y_ties) = (ties(x), ties(y));
    let pairs_of = |ties: &[u64]| ties.iter().map(|t| t * (t - 1) / 2).sum::<u64>();
    let (x_tied, y_tied) = (pairs_of(&x_ties), pairs_of(&y_ties));
    let runs = rows.chunk_by(|a, b| a.0 >= b.0 && a.1 >= b.1);
    let tied_both = runs.map(|run| run.len() as u64 * (run.len() as u64 - 1) / 2).sum::<u64>();

    let mut second: Vec<f64> = rows.iter().map(|row| row.1).collect();
    let discordant = inversions(&mut second, &mut Vec::with_capacity(rows.len()));
    let all = n * (n - 1) / 2;
    if all == x_tied || all == y_tied {
        return Err(Absence::Constant);
    }
    let (tied_x, tied_y) = (x_tied - tied_both, y_tied - tied_both);
    let concordant = all - tied_x - tied_y - tied_both - discordant;
    let score = concordant as f64 - discordant as f64;
    let scale = ((all - x_tied) as f64).sqrt() * ((all - y_tied) as f64).sqrt();
    let is_exact = x_tied == 0 && y_tied == 0 && n <= EXACT_KENDALL_LIMIT;
    Ok(Kendall {
        coefficient: (score / scale).clamp(-1.0, 1.0),
        p_exact: is_exact.then(|| exact(n, discordant.min(concordant))),
        p_asymptotic: asymptotic(n, score, &x_ties, &y_ties),
        concordant,
        discordant,
        tied_x,
        tied_y,
        tied_both,
        pairs: n,
    })
}

/// How many pairs stand in the wrong order. Sorts the numbers on the way.
fn inversions(values: &mut [f64], buffer: &mut Vec<f64>) -> u64 {
    if values.len() < 2 {
        return 0;
    }
    let (left, right) = values.split_at_mut(values.len() / 2);
    let mut count = inversions(left, buffer) + inversions(right, buffer);
    buffer.clear();
    let (mut lefts, mut rights) = (left.iter().copied().peekable(), right.iter().copied().peekable());
    while let (Some(a), Some(b)) = (lefts.peek(), rights.peek()) {
        if b < a {
            buffer.push(*b);
            rights.next();
            count += lefts.len() as u64;
        } else {
            buffer.push(*a);
            lefts.next();
        }
    }
    buffer.extend(lefts);
    buffer.extend(rights);
    values.copy_from_slice(buffer);
    count
}

/// The two-sided probability of at most `inversions`, the fewer of both kinds, among the orders of `n`.
///
/// The shares of the orders of k things with each number of inversions are running means of those of k - 1 things: only
/// sums of positive numbers, so the smallest probabilities have all their digits.
fn exact(n: u64, inversions: u64) -> f64 {
    if inversions * 4 >= n * (n - 1) {
        return 1.0;
    }
    let kept = usize::try_from(inversions).unwrap_or(usize::MAX).saturating_add(1);
    let mut shares = vec![1.0_f64];
    for things in 2..=n {
        let window = usize::try_from(things).unwrap_or(usize::MAX);
        let reach = (shares.len() + window - 1).min(kept);
        let share = |inversions: usize| {
            let from = (inversions + 1).saturating_sub(window);
            shares.iter().take(inversions + 1).skip(from).sum::<f64>() / things as f64
        };
        shares = (0..reach).map(share).collect();
    }
    (2.0 * shares.iter().sum::<f64>()).min(1.0)
}

fn asymptotic(n: u64, score: f64, x_ties: &[u64], y_ties: &[u64]) -> f64 {
    // Both orders of two rows are equally far from none.
    if n <= 2 {
        return 1.0;
    }
    let over = |ties: &[u64], term: fn(f64) -> f64| ties.iter().map(|t| term(*t as f64)).sum::<f64>();
    let (pairs, triples, weighted) =
        (|t: f64| t * (t - 1.0) / 2.0, |t: f64| t * (t - 1.0) * (t - 2.0), |t: f64| t * (t - 1.0) * 2.0_f64.mul_add(t, 5.0));
    let n = n as f64;
    let ordered = n * (n - 1.0);
    let variance = (ordered * 2.0_f64.mul_add(n, 5.0) - over(x_ties, weighted) - over(y_ties, weighted)) / 18.0
        + 2.0 * over(x_ties, pairs) * over(y_ties, pairs) / ordered
        + over(x_ties, triples) * over(y_ties, triples) / (9.0 * ordered * (n - 2.0));
    if variance <= 0.0 {
        return 1.0;
    }
    (2.0 * normal_below(-score.abs() / variance.sqrt())).min(1.0)
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use proptest::prelude::*;

    use super::*;

    /// Counts pair by pair.
    fn naive(x: &[f64], y: &[f64]) -> (u64, u64, u64, u64, u64) {
        let (mut c, mut d, mut tx, mut ty, mut both) = (0, 0, 0, 0, 0);
        for i in 0..x.len() {
            for j in 0..i {
                match (x[i].total_cmp(&x[j]), y[i].total_cmp(&y[j])) {
                    (Ordering::Equal, Ordering::Equal) => both += 1,
                    (Ordering::Equal, _) => tx += 1,
                    (_, Ordering::Equal) => ty += 1,
                    (a, b) if a == b => c += 1,
                    _ => d += 1,
                }
            }
        }
        (c, d, tx, ty, both)
    }

    /// All orders of five things.
    #[test]
    fn exact_probabilities_are_those_of_all_orders() {
        let mut counts = [0_u32; 11];
        let mut order = [1.0, 2.0, 3.0, 4.0, 5.0];
        permute(&mut order, 5, &mut |order| {
            counts[usize::try_from(inversions(&mut order.to_vec(), &mut Vec::new())).unwrap()] += 1;
        });
        for fewer in 0..5_usize {
            let share = 2.0 * f64::from(counts[..=fewer].iter().sum::<u32>()) / 120.0;
            assert!((exact(5, fewer as u64) - share).abs() < 1e-15);
        }
        assert!((exact(5, 5) - 1.0).abs() < 1e-15);
    }

    fn permute(order: &mut [f64; 5], length: usize, visit: &mut impl FnMut(&[f64; 5])) {
        if length == 1 {
            return visit(order);
        }
        for index in 0..length {
            permute(order, length - 1, visit);
            order.swap(if length.is_multiple_of(2) { index } else { 0 }, length - 1);
        }
    }

    #[test]
    fn what_does_not_exist_is_named() {
        assert_eq!(kendall(&[1.0], &[1.0]), Err(Absence::TooFewObservations));
        assert_eq!(kendall(&[1.0, 1.0, -0.0], &[2.0, 2.0, 2.0]), Err(Absence::Constant));
        assert_eq!(kendall(&[1.0, f64::NAN], &[2.0, 2.0]), Err(Absence::NotFinite));
        assert_eq!(kendall(&[1.0, 2.0], &[2.0]), Err(Absence::UnequalLengths));
    }

    proptest! {
        #[test]
        fn counts_what_pair_by_pair_counts(rows in proptest::collection::vec((0u8..9, 0u8..9), 2..40)) {
            let (x, y): (Vec<_>, Vec<_>) = rows.iter().map(|(x, y)| (f64::from(*x), f64::from(*y))).unzip();
            if let Ok(result) = kendall(&x, &y) {
                let counted = (result.concordant, result.discordant, result.tied_x, result.tied_y, result.tied_both);
                prop_assert_eq!(counted, naive(&x, &y));
                prop_assert!((0.0..=1.0).contains(&result.p_value()) && result.coefficient.abs() <= 1.0);
                let swapped = kendall(&y, &x).unwrap();
                prop_assert!((swapped.coefficient - result.coefficient).abs() < 1e-15);
            }
        }

        #[test]
        fn no_input_makes_a_number_that_is_none(rows in proptest::collection::vec((any::<f64>(), any::<f64>()), 0..9)) {
            let (x, y): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
            if let Ok(result) = kendall(&x, &y) {
                prop_assert!(result.coefficient.is_finite() && (0.0..=1.0).contains(&result.p_asymptotic) && result.p_exact.is_none_or(|p| p > 0.0));
            }
        }
    }
}
