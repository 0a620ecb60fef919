//! Ranks of numbers.

use campaign_pilot_core::Absence;

/// The ranks from 1 on; equal numbers share the mean of theirs. Infinite numbers have a rank, NaN is refused.
pub(super) fn ranks(values: &[f64]) -> Result<Vec<f64>, Absence> {
    let mut order = ordered(values)?;
    let mut ranks = vec![0.0; values.len()];
    let mut below = 0_usize;
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    for run in order.chunk_by(|a, b| a.0 >= b.0) {
        let rank = below as f64 + (run.len() as f64 + 1.0) / 2.0;
        for (_, index) in run {
            if let Some(slot) = ranks.get_mut(*index) {
                *slot = rank;
            }
        }
        below += run.len();
    }
    Ok(ranks)
}

/// How many numbers share each value, for values that are shared.
pub(super) fn ties(values: &[f64]) -> Vec<u64> {
    let mut sorted: Vec<f64> = values.iter().map(|value| value + 0.0).collect();
    sorted.sort_by(f64::total_cmp);
    sorted.chunk_by(|a, b| a >= b).map(|run| run.len() as u64).filter(|length| *length > 1).collect()
}

/// The numbers with their places; -0 becomes 0, so that the total order keeps equal numbers together.
fn ordered(values: &[f64]) -> Result<Vec<(f64, usize)>, Absence> {
    if values.iter().any(|value| value.is_nan()) {
        return Err(Absence::NotFinite);
    }
    Ok(values.iter().map(|value| value + 0.0).zip(0..).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_numbers_share_their_rank() {
        assert_eq!(ranks(&[3.0, -0.0, 0.0, f64::INFINITY, 3.0, 3.0]).unwrap(), [4.0, 1.5, 1.5, 6.0, 4.0, 4.0]);
        assert_eq!(ties(&[3.0, -0.0, 0.0, f64::INFINITY, 3.0, 3.0]), [2, 3]);
        assert_eq!(ranks(&[f64::NAN]), Err(Absence::NotFinite));
    }
}
