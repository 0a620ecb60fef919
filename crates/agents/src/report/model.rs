//! The report as a value.

use std::collections::BTreeMap;

use campaign_pilot_core::{
    CampaignId, Currency, DecisionId, DesiredStatus, EffectiveStatus, Measured, Money, Period, PlatformCampaignId,
    PlatformStatus, ProductId, Verdict,
};
use campaign_pilot_decision_engine::{CalibrationState, Explanation, RuleCheck};
use campaign_pilot_metrics::Roas;
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The version of the serialised form. It rises when a field changes its meaning or goes away.
pub const REPORT_VERSION: u32 = 1;

/// What a run did: everything that the page, the JSON and the CSV show.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct RunReport {
    /// [`REPORT_VERSION`] of the program that made it.
    pub version: u32,
    /// What was run.
    pub run: RunFacts,
    /// What it came to.
    pub totals: Totals,
    /// Every product that was considered, in the order of preference.
    pub products: Vec<ProductRow>,
    /// The campaigns, oldest first.
    pub campaigns: Vec<CampaignRow>,
    /// The decisions, oldest first.
    pub decisions: Vec<DecisionRow>,
    /// How the decisions by each rule have turned out, as far as that is known.
    #[serde(default)]
    pub rules: Vec<RuleRow>,
    /// The days of the period, in order.
    pub days: Vec<DayRow>,
    /// What could not be known or done, and why; among it the numbers that campaigns lack.
    pub missing: Vec<Missing>,
    /// The files that belong to the report: name without folder, and what is in it.
    pub files: BTreeMap<String, String>,
}

impl RunReport {
    /// A report in which nothing has happened yet.
    #[must_use]
    pub const fn new(run: RunFacts) -> Self {
        let totals = Totals::nothing(run.currency);
        Self {
            version: REPORT_VERSION,
            run,
            totals,
            products: Vec::new(),
            campaigns: Vec::new(),
            decisions: Vec::new(),
            rules: Vec::new(),
            days: Vec::new(),
            missing: Vec::new(),
            files: BTreeMap::new(),
        }
    }
}

/// What was run.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct RunFacts {
    /// How it was run: `sandbox`, `plan` or `apply`.
    pub mode: String,
    /// The sandbox's seed, if there was a sandbox.
    pub seed: Option<u64>,
    /// The time that the report covers.
    pub period: Period,
    /// The currency of its sums.
    pub currency: Currency,
    /// The store's name or host.
    pub store: String,
    /// The platform's name.
    pub platform: String,
    /// How many cycles were run.
    pub cycles: u64,
    /// Whether the run carried on from an earlier one's memory.
    pub carried_on: bool,
}

/// What a run came to. What only a simulator knows is `None` elsewhere.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Totals {
    /// What the campaigns cost.
    pub spend: Money,
    /// What the platform credits to them: some of it would have come anyway.
    pub attributed_revenue: Money,
    /// What the store took, if its sales could be read.
    pub store_revenue: Option<Money>,
    /// The part of the credited revenue that is reckoned to be caused by the campaigns, from 0 to 1.
    #[serde(default)]
    pub caused_share: Option<Decimal>,
    /// What the campaigns added to the revenue, as estimated: that part of the credited revenue.
    pub incremental_revenue: Option<Money>,
    /// What the same market takes without advertising.
    pub store_revenue_without_ads: Option<Money>,
    /// What the campaigns truly added to the revenue.
    pub true_incremental_revenue: Option<Money>,
    /// What the campaigns truly gained after their cost, at the products' margins where those are known.
    pub true_profit: Option<Money>,
}

impl Totals {
    /// Nothing spent, nothing gained.
    #[must_use]
    pub const fn nothing(currency: Currency) -> Self {
        Self {
            spend: Money::zero(currency),
            attributed_revenue: Money::zero(currency),
            store_revenue: None,
            caused_share: None,
            incremental_revenue: None,
            store_revenue_without_ads: None,
            true_incremental_revenue: None,
            true_profit: None,
        }
    }

    /// The credited revenue's return on the spending.
    #[must_use]
    pub fn roas(&self) -> Measured<Roas> {
        Roas::new(self.attributed_revenue, self.spend).into()
    }
}

/// A product and what was thought of it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct ProductRow {
    /// The product.
    pub product: ProductId,
    /// Its name.
    pub name: String,
    /// Its price.
    pub price: Measured<Money>,
    /// Its score, of 100.
    pub score: Decimal,
    /// Whether a campaign was wanted for it.
    pub chosen: bool,
    /// The first budget, if it was chosen.
    pub budget: Option<Money>,
    /// Why, in clauses.
    pub reasons: Vec<String>,
}

/// A campaign and how it did. Percentages are in percent: 12.5 means 12.5 %.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct CampaignRow {
    /// The campaign.
    pub campaign: CampaignId,
    /// The platform's object, once it is known.
    pub platform_id: Option<PlatformCampaignId>,
    /// The product it promotes.
    pub product: ProductId,
    /// The product's name.
    pub product_name: String,
    /// When it was planned to run.
    pub flight: Period,
    /// What is wanted.
    pub desired: DesiredStatus,
    /// What the platform says.
    pub platform: PlatformStatus,
    /// What is true for shoppers.
    pub effective: EffectiveStatus,
    /// The budget in force.
    pub budget: Money,
    /// What it cost.
    pub spend: Measured<Money>,
    /// The revenue credited to it.
    pub revenue: Measured<Money>,
    /// Credited revenue / cost.
    pub gross_roas: Measured<Decimal>,
    /// (Credited revenue - cost) / cost.
    pub net_roas: Measured<Decimal>,
    /// Cost / new customers.
    pub cpa: Measured<Money>,
    /// Sales against the baseline, in percent.
    pub sales_impact: Measured<Decimal>,
    /// Views against the baseline, in percent.
    pub view_impact: Measured<Decimal>,
    /// Sales impact x 0.6 + view impact x 0.4, in percent.
    pub efficiency: Measured<Decimal>,
    /// The risk score, between 0 and 1.
    pub risk: Measured<Decimal>,
    /// The last verdict, if there was one.
    pub verdict: Option<Verdict>,
    /// What a simulator knows it truly did.
    pub truth: Option<CampaignTruth>,
    /// What a reader should know, in sentences.
    pub notes: Vec<String>,
}

/// What a campaign truly did, as only a simulator can know.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct CampaignTruth {
    /// Units sold that would not have been sold without it.
    pub incremental_units: Decimal,
    /// Their revenue.
    pub incremental_revenue: Money,
}

/// A decision in one sentence.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct DecisionRow {
    /// The decision.
    pub decision: DecisionId,
    /// When it was taken.
    pub at: Timestamp,
    /// The product it is about.
    pub product: ProductId,
    /// The product's name.
    pub product_name: String,
    /// The campaign it is about, if there is one.
    pub campaign: Option<CampaignId>,
    /// The verdict; `None` for a launch.
    pub verdict: Option<Verdict>,
    /// What it led to, such as `create`; `None` when nothing was changed.
    pub action: Option<String>,
    /// The decision in one sentence.
    pub sentence: String,
    /// Everything that a verdict rests on; `None` for other decisions and for verdicts that are not explained in this report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explanation: Option<Box<Explanation>>,
}

/// How the decisions by a rule have turned out under one version of the policy, over the whole memory.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct RuleRow {
    /// The rule, such as `launch` or `earns`.
    pub rule: String,
    /// The version of the policy.
    pub policy_version: String,
    /// How many decisions were checked.
    pub checked: u32,
    /// How many were right.
    pub right: u32,
    /// How many were said to be, at least.
    pub stated: Decimal,
    /// What was predicted of their contribution; `None` where nothing was.
    pub predicted: Option<Money>,
    /// What they contributed.
    pub observed: Option<Money>,
    /// How many of them in percent came to lie in their 90 % interval.
    pub covered_percent: Option<Decimal>,
    /// Whether the rule keeps what it says.
    #[serde(flatten)]
    pub state: CalibrationState,
    /// All that in one sentence.
    pub sentence: String,
}

impl From<&RuleCheck> for RuleRow {
    fn from(check: &RuleCheck) -> Self {
        let of_predicted = |money: Money| (check.with_prediction > 0).then(|| money.rounded());
        let covered = Decimal::from(check.covered) * Decimal::ONE_HUNDRED;
        Self {
            rule: check.rule.id().to_owned(),
            policy_version: check.policy_version.clone(),
            checked: check.checked,
            right: check.right,
            stated: check.stated.round_dp(1),
            predicted: of_predicted(check.predicted),
            observed: of_predicted(check.observed),
            covered_percent: covered.checked_div(Decimal::from(check.with_prediction)).map(|percent| percent.round_dp(1)),
            state: check.state(),
            sentence: format!("{check}: {}", check.state()),
        }
    }
}

/// One day of the period, in UTC.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct DayRow {
    /// The day.
    pub day: Date,
    /// What the campaigns cost on it.
    pub spend: Measured<Money>,
    /// The revenue credited to them.
    pub attributed_revenue: Measured<Money>,
    /// What the store took.
    pub store_revenue: Measured<Money>,
    /// What the same market takes on the day without advertising, if a simulator knows it.
    pub store_revenue_without_ads: Option<Money>,
}

/// Something that could not be known or done, and why.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Missing {
    /// What is missing.
    pub what: String,
    /// Why.
    pub why: String,
}
