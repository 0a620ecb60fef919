//! What really happened: the advertised market, its twin without advertising, and each ad's own part.

use campaign_pilot_core::{Currency, Money};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// The simulator's own knowledge of what advertising did, from the opening until now.
///
/// Both markets met the same shoppers, day by day and product by product; only the ads differ. No client of the
/// three servers can see any of this.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Truth {
    /// When the sandbox opened.
    pub from: Timestamp,
    /// The present simulated time.
    pub until: Timestamp,
    /// The market as it went, with the ads.
    pub advertised: MarketTotals,
    /// The twin market: the same shoppers, without any ad.
    pub unadvertised: MarketTotals,
    /// What the ads cost: the brand's cost of the actions that stand, and clicks.
    pub advertising_cost: Money,
    /// Gross profit with advertising minus gross profit without, minus what the ads cost.
    pub incremental_profit: Money,
    /// Each ad that was ever clicked, by id.
    pub ads: Vec<AdTruth>,
}

/// What a market sold: paid orders, net of returns, without tax and shipping.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct MarketTotals {
    /// Paid orders.
    pub orders: u64,
    /// Units sold minus units returned.
    pub units: i64,
    /// Revenue minus refunds.
    pub revenue: Money,
    /// Revenue minus the cost of the units sold, before advertising.
    pub gross_profit: Money,
    /// Units that shoppers wanted and the store did not have.
    pub units_out_of_stock: u64,
}

/// What one ad really did.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct AdTruth {
    /// The ad's id at impact.com.
    pub ad: u64,
    /// The advertised product's id in the store.
    pub product: u64,
    /// Clicks that partners sent.
    pub clicks: u64,
    /// Orders that came through the ad.
    pub orders: u64,
    /// Units of these orders, minus returns.
    pub units: i64,
    /// Revenue of these orders, minus refunds.
    pub revenue: Money,
    /// Units that the same shoppers would have bought anyway, minus those that they would have sent back.
    pub cannibalised_units: u64,
    /// Units that exist only because of the ad: its units minus the cannibalised ones. Sales that other shoppers
    /// lost because the ad emptied the shelf count in the totals only ([`ProductDay::displaced`]).
    pub incremental_units: i64,
    /// Revenue that exists only because of the ad.
    pub incremental_revenue: Money,
    /// Gross profit that exists only because of the ad, before its cost.
    pub incremental_gross_profit: Money,
    /// The brand's cost of its actions that stand, and of its clicks.
    pub cost: Money,
}

/// What really happened to one product on one day (UTC), in both markets.
///
/// For units, revenue and gross profit alike: `unadvertised` + what all ads `caused` + `displaced` = `advertised`, to the cent.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct ProductDay {
    /// The day, in UTC.
    pub day: Date,
    /// The product's id in the store.
    pub product: u64,
    /// The market as it went.
    pub advertised: DaySales,
    /// The twin market without any ad.
    pub unadvertised: DaySales,
    /// What was sold more (less, if negative) with ads than without, beside what each ad caused: to shoppers who found a shelf that ads had
    /// emptied, or that ads had let be filled up at another time.
    pub displaced: DaySales,
    /// What each ad did to this product: its own ads, and those of other products whose buyers would have bought this one.
    pub ads: Vec<AdDay>,
}

/// Sales less returns, without tax. Returns count on their own day, at what was paid.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub struct DaySales {
    /// Units sold minus units returned.
    pub units: i64,
    /// Revenue minus refunds.
    pub revenue: Money,
    /// Revenue minus the cost of the units sold, before advertising.
    pub gross_profit: Money,
}

/// What one ad did to one product on one day.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct AdDay {
    /// The ad's id at the platform.
    pub ad: u64,
    /// Clicks that were sent, those of nobody too.
    pub clicks: u64,
    /// What the ad is credited for: sales through it, less returns.
    pub credited: DaySales,
    /// What exists only because of the ad: what is credited less what its buyers would have bought anyway, on the day on which they
    /// would have bought it.
    pub caused: DaySales,
    /// The brand's cost of the ad's actions; negative on a day on which more was reversed than earned.
    pub commission: Money,
    /// What its clicks cost.
    pub click_cost: Money,
    /// The gross profit that was caused, minus commission and clicks.
    pub contribution: Money,
}

impl ProductDay {
    pub(crate) const fn nothing(day: Date, product: u64, currency: Currency) -> Self {
        let none = DaySales { units: 0, revenue: Money::zero(currency), gross_profit: Money::zero(currency) };
        Self { day, product, advertised: none, unadvertised: none, displaced: none, ads: Vec::new() }
    }
}
