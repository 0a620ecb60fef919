//! What a store sold: orders and refunds, added up.

mod calendar;
mod port;
mod read;
mod stock;
mod tally;

use campaign_pilot_core::{Currency, Measured, Period, RejectedItem, SourceQuality};
use rust_decimal::Decimal;
use serde::Serialize;

pub use calendar::Grain;
pub(crate) use port::reading;
pub use stock::StockLog;

use crate::{StoreError, WooApi};

/// What to add up.
///
/// ```
/// use campaign_pilot_core::Period;
/// use campaign_pilot_store_client::sales::{Grain, SalesQuery};
///
/// let october = Period::new("2026-09-30T22:00:00Z".parse()?, "2026-10-31T23:00:00Z".parse()?)?;
/// let query = SalesQuery::new(october).by(Grain::Day).with_variations();
/// # let _ = query;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct SalesQuery {
    period: Period,
    grain: Grain,
    in_utc: bool,
    variations: bool,
    new_customers: bool,
}

impl SalesQuery {
    /// A period by hours of the shop's zone, variations rolled up to their product.
    pub const fn new(period: Period) -> Self {
        Self { period, grain: Grain::Hour, in_utc: false, variations: false, new_customers: false }
    }

    /// By hours or days.
    pub const fn by(mut self, grain: Grain) -> Self {
        self.grain = grain;
        self
    }

    /// Hours and days of UTC, not of the shop's zone.
    pub const fn in_utc(mut self) -> Self {
        self.in_utc = true;
        self
    }

    /// Each variation apart.
    pub const fn with_variations(mut self) -> Self {
        self.variations = true;
        self
    }

    /// With new and returning customers, as the store's reports tell them apart: a request for each 100 orders more.
    /// Where the reports lag behind the orders, the cells concerned do not know.
    pub const fn with_new_customers(mut self) -> Self {
        self.new_customers = true;
        self
    }
}

/// What a store sold in a period. The cells and what deleted products sold add up to the lines of the orders that count
/// and of their refunds; refunds without lines stand apart. What is refunded beyond its lines (tax, shipping, fees) is in
/// none of them.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Sales {
    /// The period that was asked for.
    pub period: Period,
    /// The zone of the hours and days.
    pub time_zone: String,
    /// By product, variation, hour or day, and currency; one that is missing sold nothing.
    pub cells: Vec<Cell>,
    /// Sales of products that were deleted since: the order keeps their names alone.
    pub deleted: Vec<DeletedProduct>,
    /// Refunds of money alone, which name no product.
    pub unassigned: Vec<UnassignedRefunds>,
    /// Coupons used, by code and currency.
    pub coupons: Vec<CouponUse>,
    /// Orders and refunds that could not be read.
    pub rejected: Vec<RejectedItem>,
    /// How much it can be trusted.
    pub quality: SourceQuality,
}

/// What one product sold in one hour or day.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Cell {
    /// The product.
    pub product: u64,
    /// The variation, where they are kept apart and one was chosen.
    pub variation: Option<u64>,
    /// The hour or day, cut where the asked period begins and ends.
    pub period: Period,
    /// The currency of the amounts.
    pub currency: Currency,
    /// What was sold.
    #[serde(flatten)]
    pub figures: Figures,
    /// Orders of it by customers who ordered for the first time.
    pub new_customers: Measured<u64>,
    /// Orders of it by customers who ordered before.
    pub returning_customers: Measured<u64>,
}

/// Units and amounts, without tax.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Figures {
    /// Units sold, before refunds; a fraction for goods by weight.
    pub units: Decimal,
    /// Units taken back in the period, whenever they were sold.
    pub refunded_units: Decimal,
    /// Orders that hold it.
    pub orders: u64,
    /// Before discounts.
    pub gross: Decimal,
    /// What coupons took off.
    pub discount: Decimal,
    /// After discounts, before refunds.
    pub revenue: Decimal,
    /// Given back in the period, as a positive amount.
    pub refunds: Decimal,
}

impl Figures {
    /// Revenue less refunds.
    #[must_use]
    pub fn net(&self) -> Decimal {
        self.revenue.saturating_sub(self.refunds)
    }
}

/// What a product sold that does not exist any more.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct DeletedProduct {
    /// Its name when it was ordered.
    pub name: String,
    /// The currency of the amounts.
    pub currency: Currency,
    /// What was sold.
    #[serde(flatten)]
    pub figures: Figures,
}

/// Refunds of money alone.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct UnassignedRefunds {
    /// The currency of the amount.
    pub currency: Currency,
    /// How many.
    pub count: u64,
    /// What was given back, taxes included.
    pub amount: Decimal,
}

/// How a coupon was used.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CouponUse {
    /// The code, in lower case: the store looks it up so.
    pub code: String,
    /// The currency of the discount.
    pub currency: Currency,
    /// Orders that used it.
    pub orders: u64,
    /// What it took off, without tax.
    pub discount: Decimal,
}

impl WooApi {
    /// What the store sold in a period, by hour or day of its own zone.
    ///
    /// Orders count when they were created, if their status is a sale; refunds count on their own date. Days across a
    /// change of the clocks have 23 or 25 hours, and an hour that is struck twice is two. Orders are added up page by
    /// page, so that memory depends on products and hours, not on orders.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub async fn sales(&self, query: &SalesQuery) -> Result<Sales, StoreError> {
        read::sales(self, query).await
    }
}
