//! How large the windows are and how many are asked for at once, by what the store can take. No I/O, no clock.

use std::time::Duration;

/// The smallest window that is worth a request.
const SMALLEST: u64 = 10;
/// Good answers after which a window that was made smaller grows again.
const GOOD_TO_GROW: u32 = 16;
/// How much faster more requests at once must be to be kept: small shops get nothing from them.
const WORTH_IT: f64 = 1.15;

/// The present size and number, and what was learned about them.
#[derive(Debug)]
pub(super) struct Pace {
    most_size: u64,
    size: u64,
    good: u32,
    most_at_once: usize,
    at_once: usize,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// Measuring the present number: answers so far, since when, and the best so far with its answers a second.
    Trying { answers: u32, since: Option<Duration>, best: Option<(usize, f64)> },
    /// The number is chosen.
    Settled,
}

const START: Stage = Stage::Trying { answers: 0, since: None, best: None };

impl Pace {
    pub(super) fn new(most_size: u32, most_at_once: usize) -> Self {
        let most_size = u64::from(most_size);
        Self { most_size, size: most_size, good: 0, most_at_once: most_at_once.max(1), at_once: 1, stage: START }
    }

    /// Items to ask for with one request.
    pub(super) const fn size(&self) -> u64 {
        self.size
    }

    /// Requests that may be under way together.
    pub(super) const fn at_once(&self) -> usize {
        self.at_once
    }

    /// A good answer, at a time since any fixed instant.
    pub(super) fn answered(&mut self, now: Duration) {
        self.good += 1;
        if self.good >= GOOD_TO_GROW && self.size < self.most_size {
            self.size = (self.size * 2).min(self.most_size);
            self.good = 0;
        }
        self.measure(now);
    }

    /// A failure that a smaller window may avoid. Whether to try again so.
    pub(super) fn overloaded(&mut self) -> bool {
        // In large steps: each of them costs the repetitions of a failing request.
        let smaller = (self.size / 4).max(SMALLEST.min(self.most_size));
        let worth_it = smaller < self.size || self.at_once > 1;
        self.size = smaller;
        self.slow_down();
        worth_it
    }

    /// A refusal for too many requests. Whether to try again with one at a time.
    pub(super) fn throttled(&mut self) -> bool {
        let worth_it = self.at_once > 1;
        self.slow_down();
        worth_it
    }

    fn slow_down(&mut self) {
        self.good = 0;
        self.at_once = 1;
        self.stage = Stage::Settled;
    }

    /// Passes over the first answers of a number, which are still those of the one before, then takes its rate.
    fn measure(&mut self, now: Duration) {
        let at_once = u32::try_from(self.at_once).unwrap_or(u32::MAX);
        let Stage::Trying { answers, since, best } = &mut self.stage else { return };
        *answers += 1;
        if *answers <= at_once {
            *since = Some(now);
            return;
        }
        let (measured, best) = (*answers - at_once, *best);
        if measured < 2 * at_once {
            return;
        }
        let seconds = now.saturating_sub(since.unwrap_or(now)).as_secs_f64();
        if seconds <= 0.0 {
            // A clock that stands still shows no gain.
            return self.settle(best.map_or(1, |(number, _)| number));
        }
        let rate = f64::from(measured) / seconds;
        match best {
            Some((number, before)) if rate < before * WORTH_IT => self.settle(number),
            _ if self.at_once >= self.most_at_once => self.stage = Stage::Settled,
            _ => {
                let best = Some((self.at_once, rate));
                self.at_once = (self.at_once * 2).min(self.most_at_once);
                self.stage = Stage::Trying { answers: 0, since: None, best };
            }
        }
    }

    /// Keeps a number.
    fn settle(&mut self, at_once: usize) {
        self.at_once = at_once;
        self.stage = Stage::Settled;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers of a store that serves `parallel` requests together, each in `latency`.
    fn after(pace: &mut Pace, answers: u32, latency: Duration, parallel: usize) {
        let mut now = Duration::ZERO;
        for _ in 0..answers {
            let together = pace.at_once().min(parallel);
            now += latency / u32::try_from(together).unwrap();
            pace.answered(now);
        }
    }

    #[test]
    fn a_distant_store_is_asked_four_times_at_once_soon() {
        let mut pace = Pace::new(100, 4);
        after(&mut pace, 10, Duration::from_millis(200), 64);
        assert_eq!(pace.at_once(), 4);
        after(&mut pace, 500, Duration::from_millis(200), 64);
        assert_eq!(pace.at_once(), 4);
    }

    #[test]
    fn a_small_host_is_asked_one_at_a_time() {
        let mut pace = Pace::new(100, 4);
        after(&mut pace, 100, Duration::from_secs(1), 1);
        assert_eq!(pace.at_once(), 1);
        let mut pace = Pace::new(100, 4);
        after(&mut pace, 100, Duration::from_secs(1), 2);
        assert_eq!(pace.at_once(), 2);
    }

    #[test]
    fn a_clock_that_stands_still_changes_nothing() {
        let mut pace = Pace::new(100, 4);
        for _ in 0..50 {
            pace.answered(Duration::ZERO);
        }
        assert_eq!((pace.at_once(), pace.size()), (1, 100));
    }

    #[test]
    fn windows_shrink_under_load_and_grow_again() {
        let mut pace = Pace::new(100, 4);
        let sizes: Vec<_> = std::iter::from_fn(|| pace.overloaded().then(|| pace.size())).collect();
        assert_eq!(sizes, [25, 10]);
        for _ in 0..16 {
            pace.answered(Duration::from_secs(1));
        }
        assert_eq!(pace.size(), 20);
        for second in 0..64 {
            pace.answered(Duration::from_secs(second));
        }
        assert_eq!((pace.size(), pace.at_once()), (100, 1));
    }

    #[test]
    fn a_refusal_leaves_one_request_at_a_time() {
        let mut pace = Pace::new(100, 4);
        after(&mut pace, 20, Duration::from_millis(200), 64);
        assert!(pace.throttled());
        assert_eq!((pace.at_once(), pace.size()), (1, 100));
        assert!(!pace.throttled());
    }
}
