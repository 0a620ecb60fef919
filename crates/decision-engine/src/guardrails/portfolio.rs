//! What is known when a plan is checked.

use std::collections::{BTreeMap, BTreeSet};

use campaign_pilot_core::{CampaignId, CategoryName, Money, OperationId, ProductId};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::limits::HourOfDay;

/// What is running before a plan is carried out, and what else the guardrails have to know.
///
/// `None` means that it is not known: a rule that is switched on and needs it then holds the action back.
///
/// ```
/// use campaign_pilot_core::{Currency, Money};
/// use campaign_pilot_decision_engine::Portfolio;
///
/// // A shop without campaigns, whose data can be trusted.
/// let portfolio = Portfolio { data_trusted: true, ..Portfolio::new(Money::zero(Currency::EUR)) };
/// assert_eq!(portfolio.launches_today, 0);
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Portfolio {
    /// Everything that may be spent already: budgets of campaigns that run, or what these are expected to cost where that is less and the
    /// caller keeps the total by stopping campaigns; the cost of those that are over; and money held back for operations whose outcome
    /// is open. Budgets count times [`Guardrails::worst_case_delivery`](crate::Guardrails).
    pub committed: Money,
    /// What was newly committed since the shop's day began, in the same way.
    #[serde(default)]
    pub committed_today: Option<Money>,
    /// What was newly committed since the shop's calendar month began.
    #[serde(default)]
    pub committed_this_month: Option<Money>,
    /// The same as `committed` without an end: also what was spent before the days that the total is for.
    #[serde(default)]
    pub committed_in_life: Option<Money>,
    /// Launches that were already decided since the shop's day began.
    pub launches_today: u32,
    /// The budget in force per campaign.
    pub budgets: BTreeMap<CampaignId, Money>,
    /// The end in force per campaign: the first instant after its flight, in UTC.
    #[serde(default)]
    pub ends: BTreeMap<CampaignId, Timestamp>,
    /// How campaigns were changed lately; a campaign that is not among them was not. `None` when that is not known.
    #[serde(default)]
    pub changes: Option<BTreeMap<CampaignId, CampaignChanges>>,
    /// Which product each campaign is for. A new campaign's own action says it.
    #[serde(default)]
    pub advertised: BTreeMap<CampaignId, ProductId>,
    /// What the store says of the products that the plan is about.
    #[serde(default)]
    pub products: BTreeMap<ProductId, ListedProduct>,
    /// The hour of the shop's day.
    #[serde(default)]
    pub hour: Option<HourOfDay>,
    /// Operations that a person has approved.
    #[serde(default)]
    pub approved: BTreeSet<OperationId>,
    /// Whether the data behind the plan are complete and fresh. If not, only holding and lowering pass.
    pub data_trusted: bool,
}

/// How a campaign was changed lately.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct CampaignChanges {
    /// Changes of any kind since the shop's day began.
    pub today: u32,
    /// When its budget was last cut, its end brought forward, or it was paused.
    pub lowered_at: Option<Timestamp>,
}

/// What the store says of a product.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct ListedProduct {
    /// Units on hand; `None` where the store does not count them.
    pub stock: Option<Decimal>,
    /// Its categories.
    pub categories: BTreeSet<CategoryName>,
}

impl Portfolio {
    /// So much committed, and nothing else known: data that are not trusted, no campaign, no launch.
    #[must_use]
    pub const fn new(committed: Money) -> Self {
        Self {
            committed,
            committed_today: None,
            committed_this_month: None,
            committed_in_life: None,
            launches_today: 0,
            budgets: BTreeMap::new(),
            ends: BTreeMap::new(),
            changes: None,
            advertised: BTreeMap::new(),
            products: BTreeMap::new(),
            hour: None,
            approved: BTreeSet::new(),
            data_trusted: false,
        }
    }
}
