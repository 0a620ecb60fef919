//! What people do: a z-test of the sales so far against the same hours of the weeks before, every hour.

/// Nominal 5 %, one-sided.
const CRITICAL: f64 = 1.644_853_626_951_472_7;

/// Sales so far less what the same hours of the week brought before, over the standard deviation of that difference.
pub(super) struct ZTest {
    /// Sales of each hour of the week before, over all weeks.
    before: Vec<f64>,
    weeks: f64,
    hour: usize,
    seen: f64,
    expected: f64,
    /// Of the expectation: it is estimated from counts.
    variance: f64,
}

impl ZTest {
    pub(super) fn new(history: &[f64]) -> Self {
        let mut before = vec![0.0; 168];
        for week in history.chunks(168) {
            for (sum, sales) in before.iter_mut().zip(week) {
                *sum += sales;
            }
        }
        Self { before, weeks: history.len() as f64 / 168.0, hour: 0, seen: 0.0, expected: 0.0, variance: 0.0 }
    }

    /// Adds an hour and says whether the difference is significant now.
    pub(super) fn observe(&mut self, sales: f64) -> bool {
        let before = self.before.get(self.hour % 168).copied().unwrap_or(0.0);
        // In the n-th week the same counts enter for the n-th time: n² - (n-1)² of their variance.
        let again = (2 * (self.hour / 168) + 1) as f64;
        self.hour += 1;
        self.seen += sales;
        self.expected += before / self.weeks;
        self.variance += again * before / (self.weeks * self.weeks);
        let spread = (self.expected + self.variance).sqrt();
        spread > 0.0 && (self.seen - self.expected) / spread > CRITICAL
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compares_with_the_same_hours() {
        // Four weeks with 2 sales in every second hour.
        let history: Vec<f64> = (0..672).map(|hour| if hour % 2 == 0 { 2.0 } else { 0.0 }).collect();
        let mut test = ZTest::new(&history);
        assert!(!test.observe(2.0));
        assert!(!test.observe(0.0));
        // 9 seen against 4 expected with variance 4 + 1: z = 5 / sqrt(5) = 2.2.
        assert!(!test.observe(3.0));
        assert!(test.observe(4.0));
    }
}
