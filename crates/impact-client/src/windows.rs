//! Periods cut to what one request may span.

use campaign_pilot_core::Period;
use jiff::{SignedDuration, Timestamp};

/// The longest span of one request for actions.
const LONGEST: SignedDuration = SignedDuration::from_hours(45 * 24);

/// Cuts a period into windows of at most 45 days: whole seconds, touching each other, together covering the period.
///
/// The period is widened outwards to whole seconds, since that is what the wire can say; what lies outside the period
/// is dropped when the answers are read.
pub(crate) fn windows(period: Period) -> impl Iterator<Item = Period> {
    let end = ceil_second(period.end());
    let mut from = floor_second(period.start());
    std::iter::from_fn(move || {
        let to = from.checked_add(LONGEST).unwrap_or(Timestamp::MAX).min(end);
        let window = Period::new(from, to).ok()?;
        from = to;
        Some(window)
    })
}

/// The instant without its fraction of a second.
pub(crate) fn floor_second(instant: Timestamp) -> Timestamp {
    let second = instant.as_nanosecond().div_euclid(1_000_000_000);
    i64::try_from(second).ok().and_then(|second| Timestamp::from_second(second).ok()).unwrap_or(instant)
}

fn ceil_second(instant: Timestamp) -> Timestamp {
    let floor = floor_second(instant);
    if floor == instant { instant } else { floor.checked_add(SignedDuration::from_secs(1)).unwrap_or(instant) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn period(start: i64, length: i64) -> Period {
        let at = |millis| Timestamp::from_millisecond(millis).unwrap();
        Period::new(at(start), at(start + length)).unwrap()
    }

    #[test]
    fn forty_five_days_are_one_window_and_a_second_more_are_two() {
        let days = 45 * 24 * 3_600_000;
        assert_eq!(windows(period(0, days)).count(), 1);
        assert_eq!(windows(period(0, days + 1_000)).count(), 2);
        assert_eq!(windows(period(500, days)).count(), 2);
    }

    proptest! {
        #[test]
        fn windows_tile_the_period(start in -4_000_000_000_000i64..4_000_000_000_000, length in 1i64..60_000_000_000) {
            let period = period(start, length);
            let windows: Vec<_> = windows(period).collect();
            let second = SignedDuration::from_secs(1);
            prop_assert!(windows.windows(2).all(|pair| pair[0].end() == pair[1].start()), "touch, without loss or overlap");
            prop_assert!(windows.iter().all(|window| window.length() <= LONGEST));
            prop_assert!(windows.iter().all(|window| window.start().subsec_nanosecond() == 0 && window.end().subsec_nanosecond() == 0));
            let (first, last) = (windows[0], windows[windows.len() - 1]);
            prop_assert!(first.start() <= period.start() && period.start().duration_since(first.start()) < second);
            prop_assert!(last.end() >= period.end() && last.end().duration_since(period.end()) < second);
        }
    }
}
