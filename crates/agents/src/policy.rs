//! Everything that a merchant can decide about how the pilot works.

mod check;
mod diff;
mod enforcement;
mod names;
#[cfg(test)]
mod tests;

use campaign_pilot_core::{Billing, Capabilities};
use campaign_pilot_decision_engine::{
    BudgetPolicy, CalibrationPolicy, ChangesPolicy, ContributionPolicy, DecisionPolicy, ForecastPolicy, Guardrails, PacingPolicy,
    Prospect, ReallocationPolicy, ResponsePolicy, SelectionPolicy, ranges,
};
use garde::Validate;
use jiff::SignedDuration;
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::executor::ExecutorPolicy;

pub use check::PolicyError;
pub use diff::PolicyChange;
pub use enforcement::{Enforcement, EnforcementPolicy};

/// How long campaigns run and how much they may say.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct FlightPolicy {
    /// How many days a campaign runs. Default 14.
    #[garde(range(min = 1, max = 365))]
    pub days: u32,
    /// How many days a campaign runs on a platform that bills clicks: there each new campaign learns for days before it
    /// works well. Default 28.
    #[garde(range(min = 1, max = 365))]
    pub days_of_clicks: u32,
    /// How many days a product rests after a campaign before it may be advertised again. Default 0: a new ad finds a fresh
    /// audience, and where it does not, its expected contribution says so.
    pub rest_days: u32,
    /// The longest headline in characters. Default 60.
    #[garde(range(min = 10))]
    pub headline_limit: usize,
    /// The longest body in characters. Default 200.
    #[garde(range(min = 10))]
    pub body_limit: usize,
}

impl Default for FlightPolicy {
    fn default() -> Self {
        Self { days: 14, days_of_clicks: 28, rest_days: 0, headline_limit: 60, body_limit: 200 }
    }
}

impl FlightPolicy {
    /// How many days a campaign runs on a platform.
    #[must_use]
    pub const fn days_on(&self, capabilities: &Capabilities) -> u32 {
        match capabilities.billing {
            Billing::Commissions => self.days,
            Billing::Clicks => self.days_of_clicks,
        }
    }
}

/// When and how far back the pilot looks.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct CadencePolicy {
    /// How many days of the store's past are read at the first cycle. Default 60.
    #[garde(range(min = 1, max = 3650))]
    pub history_days: u32,
    /// How many hours before the last reading a monitoring cycle reads again, for what arrived late. Default 2.
    pub overlap_hours: u32,
    /// How many hours before the last reading a deciding cycle reads again. Default 48.
    pub decide_overlap_hours: u32,
    /// After how many days all products are read again, so that deleted ones are noticed; in between only changes. Default 7.
    #[garde(range(min = 1, max = 3650))]
    pub full_catalog_days: u32,
    /// From which age on, in hours, a source's data are too old to raise spending on. Default 6.
    #[garde(range(min = 1, max = 168))]
    pub stale_hours: u32,
    /// For how many hours a plan may be carried out after it was made. Default 2.
    #[garde(range(min = 1, max = 48))]
    pub plan_valid_hours: u32,
    /// For how many days after its end a campaign's cost and revenue are still read, and its budget still counts towards the
    /// guardrail on all campaigns together: links that are posted keep earning. Default 30.
    #[garde(range(min = 1, max = 3650))]
    pub tail_days: u32,
    /// For how many days after its end a campaign counts for what is expected of others. Default 90.
    #[garde(range(min = 1, max = 3650))]
    pub response_days: u32,
}

impl Default for CadencePolicy {
    fn default() -> Self {
        Self {
            history_days: 60,
            overlap_hours: 2,
            decide_overlap_hours: 48,
            full_catalog_days: 7,
            stale_hours: 6,
            plan_valid_hours: 2,
            tail_days: 30,
            response_days: 90,
        }
    }
}

/// So many days as a duration.
pub(crate) fn days(count: u32) -> SignedDuration {
    SignedDuration::from_hours(24 * i64::from(count))
}

/// So many hours as a duration.
pub(crate) fn hours(count: u32) -> SignedDuration {
    SignedDuration::from_hours(i64::from(count))
}

/// Everything that a merchant can decide about how the pilot works. Every field has a default; unknown keys and impossible values
/// are refused when a policy is read with [`Policy::from_toml`].
///
/// ```
/// use campaign_pilot_agents::Policy;
///
/// let policy = Policy::from_toml("[flight]\ndays = 7")?;
/// assert_eq!(policy.flight.days, 7);
/// let changes = Policy::default().changes_to(&policy);
/// assert_eq!(changes[0].to_string(), "`flight.days` is 7 instead of 14: how many days a campaign runs");
/// let typo = Policy::from_toml("[fligth]\ndays = 7").unwrap_err();
/// assert!(typo.to_string().contains("unknown field `fligth`"));
/// # Ok::<(), campaign_pilot_agents::PolicyError>(())
/// ```
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, PartialEq, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Policy {
    /// Which products are worth a campaign.
    #[garde(dive)]
    pub selection: SelectionPolicy,
    /// How much a campaign may cost.
    #[garde(dive)]
    pub budget: BudgetPolicy,
    /// Thresholds of the verdicts, and the evidence that they need.
    #[garde(dive)]
    pub decision: DecisionPolicy,
    /// What is taken for true about sales through ads: margins, and how many of them an ad causes.
    #[garde(dive)]
    pub contribution: ContributionPolicy,
    /// What is assumed of shoppers' response before any ad ran.
    #[garde(dive)]
    pub response: ResponsePolicy,
    /// Which products are launched although it is open whether they earn.
    #[garde(dive)]
    pub exploration: ExplorationPolicy,
    /// How budget moves to where it works.
    #[garde(dive)]
    pub reallocation: ReallocationPolicy,
    /// What else may be changed about a running campaign, and how long a change is measured.
    #[garde(dive)]
    pub changes: ChangesPolicy,
    /// Over which time the total budget is spread.
    #[garde(dive)]
    pub pacing: PacingPolicy,
    /// Limits that no decision gets past.
    #[garde(dive)]
    pub guardrails: Guardrails,
    /// How far decisions go: whether they are carried out, only advised, or only recorded.
    #[garde(dive)]
    pub enforcement: EnforcementPolicy,
    /// How long campaigns run and how much they may say.
    #[garde(dive)]
    pub flight: FlightPolicy,
    /// When and how far back the pilot looks.
    #[garde(dive)]
    pub cadence: CadencePolicy,
    /// When a rule whose earlier decisions have not kept what they said is not relied on any more.
    #[garde(dive)]
    pub calibration: CalibrationPolicy,
    /// How much a campaign will still cost after a stop, so that it is stopped before its budget.
    #[garde(dive)]
    pub forecast: ForecastPolicy,
    /// How money and unclear outcomes are treated.
    #[garde(dive)]
    pub executor: ExecutorPolicy,
}

/// Which products are launched on what is expected of them, and which to find out.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct ExplorationPolicy {
    /// How likely a product's ad has to earn to be launched for its expected contribution: from 0 to 1. Default 0.4. Where the total
    /// is short, to earn counts as to bring what the budget would bring elsewhere.
    #[garde(custom(ranges::share))]
    pub launch_from: Decimal,
    /// How likely a product's ads have to earn for a new campaign to get more than the first budget: from 0 to 1. Default
    /// 0.8.
    #[garde(custom(ranges::share))]
    pub grow_from: Decimal,
    /// The share of the total budget for launches that are less likely to earn, from 0 to 1. Default 0.1.
    ///
    /// Whether such a product is tried is drawn anew every `draw_days`, with the probability that it earns (Thompson sampling); the
    /// draw and its probability are part of the decision.
    #[garde(custom(ranges::share))]
    pub budget_share: Decimal,
    /// After how many days it is drawn anew whether a product is tried. Default 14.
    #[garde(range(min = 1))]
    pub draw_days: u32,
}

impl ExplorationPolicy {
    /// Whether a product's ad is expected to earn, and where the total is short, to bring what its budget would bring elsewhere;
    /// otherwise it runs to find out.
    #[must_use]
    pub fn expects(&self, prospect: &Prospect) -> bool {
        prospect.is_worth_its_budget() && prospect.likely_worth() >= self.launch_from
    }
}

impl Default for ExplorationPolicy {
    fn default() -> Self {
        Self { launch_from: Decimal::new(4, 1), grow_from: Decimal::new(8, 1), budget_share: Decimal::new(1, 1), draw_days: 14 }
    }
}
