//! Rules for pausing: e-processes, and rules that are in use.

use std::collections::VecDeque;

use campaign_pilot_metrics::evidence::{GammaPoisson, PoissonMixture};

use super::campaign::TARGET;
use crate::trial::Failure;

/// Looks of a day.
const DAY: usize = 96;

/// A rule with what it has seen.
pub(super) enum Rule {
    /// The mixture for pausing, at its own error rate.
    Mixture(PoissonMixture),
    /// The gamma-Poisson mixture at 5 %.
    Gamma(GammaPoisson),
    /// A rule in use over the looks of the last days.
    Common(Common, Window),
}

/// The looks that a rule in use goes by, with their sums.
#[derive(Default)]
pub(super) struct Window {
    looks: VecDeque<(f64, f64)>,
    count: usize,
    sold: f64,
    spent: f64,
}

impl Window {
    fn add(&mut self, sales: f64, dollars: f64) {
        self.looks.push_back((sales, dollars));
        self.count += 1;
        self.sold += sales;
        self.spent += dollars;
    }

    /// At midnight today begins with nothing.
    fn keep_today(&mut self) {
        if self.count.is_multiple_of(DAY) {
            *self = Self { count: self.count, ..Self::default() };
        }
    }

    fn keep_three_days(&mut self) {
        if self.looks.len() == 3 * DAY
            && let Some((sales, dollars)) = self.looks.pop_front()
        {
            self.sold -= sales;
            self.spent -= dollars;
        }
    }
}

/// Rules in use, as they were published.
#[derive(Clone, Copy, Debug)]
pub(super) enum Common {
    /// Today: spend above $20 and cost above 1.4 targets.
    TodayDear,
    /// Today: spend of $50 and no sale.
    TodayNoSale,
    /// Three days: spend of 3 targets and cost above 1.3 targets.
    ThreeDaysDear,
    /// Three days: cost of 1.5 targets and 30 sales or more.
    ThreeDaysManySales,
}

impl Rule {
    pub(super) fn common(rule: Common) -> Self {
        Self::Common(rule, Window::default())
    }

    /// Adds the sales and dollars since the last look and says whether to pause.
    pub(super) fn pauses(&mut self, sales: f64, dollars: f64) -> Result<bool, Failure> {
        Ok(match self {
            Self::Mixture(test) => {
                test.observe(sales, dollars / TARGET)?;
                test.has_decided(PoissonMixture::DECLINE_ALPHA)
            }
            Self::Gamma(test) => {
                test.observe(sales, dollars / TARGET)?;
                test.has_decided(0.05)
            }
            Self::Common(rule, window) => {
                match rule {
                    Common::TodayDear | Common::TodayNoSale => window.keep_today(),
                    Common::ThreeDaysDear | Common::ThreeDaysManySales => window.keep_three_days(),
                }
                window.add(sales, dollars);
                rule.pauses(window.sold, window.spent)
            }
        })
    }
}

impl Common {
    /// Without a sale the cost of one is above everything.
    fn pauses(self, sold: f64, spent: f64) -> bool {
        let dearer_than = |targets: f64| spent > targets * TARGET * sold;
        match self {
            Self::TodayDear => spent > 20.0 && dearer_than(1.4),
            Self::TodayNoSale => spent >= 50.0 - 1e-9 && sold <= 0.0,
            Self::ThreeDaysDear => spent >= 3.0 * TARGET && dearer_than(1.3),
            Self::ThreeDaysManySales => sold >= 30.0 && spent >= 1.5 * TARGET * sold,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_rules_are_what_they_say() {
        assert!(
            Common::TodayDear.pauses(0.0, 20.5) && !Common::TodayDear.pauses(1.0, 27.0) && Common::TodayDear.pauses(1.0, 29.0)
        );
        assert!(Common::TodayNoSale.pauses(0.0, 50.0) && !Common::TodayNoSale.pauses(1.0, 500.0));
        assert!(Common::ThreeDaysDear.pauses(2.0, 60.0) && !Common::ThreeDaysDear.pauses(2.0, 52.0));
        assert!(Common::ThreeDaysManySales.pauses(30.0, 900.0) && !Common::ThreeDaysManySales.pauses(29.0, 9_000.0));
        // A new day begins at nothing.
        let mut rule = Rule::common(Common::TodayNoSale);
        for look in 0..96 {
            assert!(!rule.pauses(0.0, 0.5).unwrap(), "{look}");
        }
        assert!(!rule.pauses(0.0, 49.0).unwrap());
    }
}
