//! How much has been seen of a campaign, for the evidence gate.

use campaign_pilot_core::{Measured, Money};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// How much has been seen of a campaign: what an evidence gate looks at before it lets a verdict through.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Exposure {
    /// Hours since the flight began, up to its end; fractions included, never negative.
    pub hours_live: Decimal,
    /// Clicks on the campaign.
    pub clicks: Measured<u64>,
    /// Conversions credited to the campaign and not reversed.
    pub actions: u64,
    /// Units of the product sold since the flight began, net of refunds, with or without the campaign.
    pub units_observed: Measured<Decimal>,
    /// Units expected in the same time without the campaign.
    pub units_expected: Measured<Decimal>,
    /// Page views since the flight began.
    pub views_observed: Measured<Decimal>,
    /// Page views expected in the same time without the campaign.
    pub views_expected: Measured<Decimal>,
    /// What the campaign has cost.
    pub cost: Money,
    /// The revenue credited to the campaign.
    pub revenue: Money,
    /// What the campaign may cost at most.
    pub budget: Money,
}
