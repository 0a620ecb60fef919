//! Clicks per ad, hour and partner.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;

/// A number of clicks and what they cost.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct ClickCount {
    /// How many.
    pub(crate) clicks: u64,
    /// What the brand pays for them, in the account's currency; commissions come on top.
    pub(crate) cost: Decimal,
}

impl ClickCount {
    /// The sum of two.
    #[must_use]
    pub(crate) fn plus(mut self, other: Self) -> Self {
        self.add(other);
        self
    }

    fn add(&mut self, other: Self) {
        self.clicks = self.clicks.saturating_add(other.clicks);
        self.cost = self.cost.saturating_add(other.cost);
    }
}

#[derive(Clone, Debug, Default)]
pub(crate) struct ClickBook {
    /// Per ad, then per hour and partner, so that a span of hours is one range.
    ads: BTreeMap<u64, BTreeMap<(Timestamp, u64), ClickCount>>,
    /// The sum of each ad.
    totals: BTreeMap<u64, ClickCount>,
}

impl ClickBook {
    pub(super) fn record(&mut self, ad: u64, partner: u64, hour: Timestamp, clicks: u64, cost: Decimal) {
        let count = ClickCount { clicks, cost };
        self.ads.entry(ad).or_default().entry((hour, partner)).or_default().add(count);
        self.totals.entry(ad).or_default().add(count);
    }

    pub(super) fn total(&self, ad: u64, from: Timestamp, to: Timestamp) -> ClickCount {
        let mut total = ClickCount::default();
        if let Some(hours) = self.ads.get(&ad).filter(|_| from < to) {
            let is_within = |key: Option<(&(Timestamp, u64), _)>| key.is_some_and(|((hour, _), _)| from <= *hour && *hour < to);
            if is_within(hours.first_key_value()) && is_within(hours.last_key_value()) {
                return self.totals.get(&ad).copied().unwrap_or_default();
            }
            hours.range((from, 0)..(to, 0)).for_each(|(_, count)| total.add(*count));
        }
        total
    }

    /// What each partner sent within `[from, to)`.
    pub(super) fn by_partner(&self, from: Timestamp, to: Timestamp) -> BTreeMap<u64, ClickCount> {
        let mut partners: BTreeMap<u64, ClickCount> = BTreeMap::new();
        for hours in self.ads.values().filter(|_| from < to) {
            hours.range((from, 0)..(to, 0)).for_each(|((_, partner), count)| partners.entry(*partner).or_default().add(*count));
        }
        partners
    }

    /// What one partner sent for an ad within an hour.
    pub(super) fn get(&self, ad: u64, hour: Timestamp, partner: u64) -> Option<ClickCount> {
        self.ads.get(&ad)?.get(&(hour, partner)).copied()
    }

    /// All clicks: ad, hour, partner, number.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u64, Timestamp, u64, ClickCount)> {
        self.ads.iter().flat_map(|(ad, hours)| hours.iter().map(|((hour, partner), count)| (*ad, *hour, *partner, *count)))
    }
}
