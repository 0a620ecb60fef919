//! What every contestant may spend at most.

use campaign_pilot_core::{Money, Period};
use campaign_pilot_sandbox::InProcess;
use jiff::SignedDuration;
use rust_decimal::Decimal;

/// The part of the shop's revenue that a merchant gives for advertising.
const PART_OF_REVENUE: Decimal = Decimal::from_parts(10, 0, 0, false, 2);
/// The days before the flight that tell the shop's revenue.
const LOOK_BACK_DAYS: i64 = 30;
/// What one campaign may have of the whole.
const PART_OF_TOTAL: Decimal = Decimal::from_parts(10, 0, 0, false, 2);
/// For how many products there is one more launch a day.
const PRODUCTS_PER_LAUNCH: usize = 50;
/// The least that a campaign may always have, so that small shops can try anything.
const LEAST: Decimal = Decimal::from_parts(20, 0, 0, false, 0);

/// What every contestant may spend at most: the merchant's own limits, set before anybody has advertised.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Caps {
    /// What all campaigns of the flight together may cost: a tenth of what the shop earned in the 30 days before, for each 30 days of the
    /// flight.
    pub total: Money,
    /// What one campaign may cost: a tenth of the total, but at least 20.
    pub per_campaign: Money,
    /// Launches in one day: 20, and one more for each 50 products.
    pub launches_per_day: u32,
}

impl Caps {
    /// The caps of a flight of so many days that begins now.
    #[must_use]
    pub fn of(market: &InProcess, days: u32) -> Self {
        let before = Period::ending_at(market.clock().now(), SignedDuration::from_hours(24 * LOOK_BACK_DAYS));
        let revenue = before.map_or(Decimal::ZERO, |before| market.revenue(before).amount);
        let total = (revenue * PART_OF_REVENUE * Decimal::from(days) / Decimal::from(LOOK_BACK_DAYS)).round_dp(2);
        let total = total.max(LEAST);
        let money = |amount: Decimal| Money::new(amount.round_dp(2), market.currency());
        Self {
            total: money(total),
            per_campaign: money((total * PART_OF_TOTAL).max(LEAST)),
            launches_per_day: 20
                + u32::try_from(market.insight(|insight| insight.products().count()) / PRODUCTS_PER_LAUNCH).unwrap_or(0),
        }
    }
}
