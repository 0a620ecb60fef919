//! The sections and keys of a scenario file. `README.md` beside this file says what each of them means.

use std::collections::{BTreeMap, BTreeSet};

use campaign_pilot_core::{CategoryName, ProductId};
use campaign_pilot_decision_engine::{DecisionPolicy, MarginSource, Rule, Shortfall};
use rust_decimal::{Decimal, dec};
use serde::Deserialize;

use super::words::{Amount, BasisWord, Count, Fact, Number, VerdictWord};

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scenario {
    pub(crate) story: String,
    #[serde(default)]
    pub(crate) product: Product,
    #[serde(default)]
    pub(crate) ad: Ad,
    #[serde(default)]
    pub(crate) sales: Sales,
    #[serde(default)]
    pub(crate) views: Views,
    pub(crate) all_campaigns: Option<AllCampaigns>,
    pub(crate) expected: Option<Expected>,
    pub(crate) improvement: Option<Improvement>,
    #[serde(default)]
    pub(crate) evidence: Evidence,
    #[serde(default)]
    pub(crate) policy: DecisionPolicy,
    pub(crate) then: Then,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Product {
    pub(crate) name: String,
    pub(crate) id: Option<ProductId>,
    pub(crate) categories: Vec<CategoryName>,
    pub(crate) price: Fact<Amount>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Ad {
    pub(crate) hours_on_offer: Number,
    pub(crate) cost: Amount,
    pub(crate) cost_to_come: Option<Amount>,
    pub(crate) cost_to_come_at_most: Option<Amount>,
    pub(crate) budget: Amount,
    pub(crate) clicks: Fact<Count>,
    pub(crate) orders: Count,
    pub(crate) new_customers: Option<Fact<Count>>,
    pub(crate) revenue: Amount,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Sales {
    pub(crate) units: Fact<Number>,
    pub(crate) expected_units: Fact<Number>,
    pub(crate) came_back: Fact<Number>,
    pub(crate) usually_comes_back_percent: Number,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Views {
    pub(crate) views: Fact<Number>,
    pub(crate) expected_views: Fact<Number>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AllCampaigns {
    pub(crate) spent: Amount,
    pub(crate) limit: Amount,
    pub(crate) cost_to_come: Option<Amount>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expected {
    pub(crate) chance_to_earn_percent: Number,
    pub(crate) chance_to_earn_with_stock_percent: Option<Number>,
    pub(crate) gain_per_day: Amount,
    pub(crate) gain_per_day_at_least: Option<Amount>,
    pub(crate) gain_per_day_at_most: Option<Amount>,
    #[serde(default = "forty")]
    pub(crate) margin_percent: Number,
    #[serde(default = "assumed")]
    pub(crate) margin_known_from: MarginSource,
    #[serde(default = "seventy_five")]
    pub(crate) caused_percent: Number,
    #[serde(default = "yes")]
    pub(crate) ad_has_run: bool,
    pub(crate) days_to_know: Option<Number>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Improvement {
    pub(crate) change: Change,
    pub(crate) raise_budget_to: Option<Amount>,
    pub(crate) end_moves_by_days: Option<i64>,
    pub(crate) copy: Option<String>,
    pub(crate) gain: Option<Amount>,
    #[serde(default)]
    pub(crate) takes_back: bool,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Change {
    RaiseBudget,
    MoveEnd,
    OtherCopy,
    NewAd,
    Nothing,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Evidence {
    pub(crate) sales_rose_p: Option<Number>,
    pub(crate) sales_fell_p: Option<Number>,
    pub(crate) views_rose_p: Option<Number>,
    pub(crate) views_fell_p: Option<Number>,
    pub(crate) sales_until_known: Option<Number>,
    pub(crate) days_until_known: Option<Number>,
    pub(crate) may_have_other_causes: bool,
    pub(crate) other_campaigns: u8,
    pub(crate) broken_rules: Vec<BasisWord>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Then {
    pub(crate) verdict: VerdictWord,
    pub(crate) stops: bool,
    pub(crate) basis: Option<BasisWord>,
    pub(crate) thresholds_alone: Option<VerdictWord>,
    pub(crate) held: Option<BTreeMap<Rule, Missing>>,
    pub(crate) not_judged: Option<BTreeSet<Rule>>,
    pub(crate) budget_is_spent: Option<bool>,
    pub(crate) more_comes_back_than_usual: Option<bool>,
    pub(crate) would_change_it: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) says: Vec<String>,
    #[serde(default)]
    pub(crate) does_not_say: Vec<String>,
}

/// What a held rule waits for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Missing {
    Chance,
    OtherCauses,
    Untested,
}

impl From<&Shortfall> for Missing {
    fn from(shortfall: &Shortfall) -> Self {
        match shortfall {
            Shortfall::Chance { .. } => Self::Chance,
            Shortfall::OtherCauses => Self::OtherCauses,
            Shortfall::Untested => Self::Untested,
        }
    }
}

impl Default for Product {
    fn default() -> Self {
        Self { name: "Yoga Mat Pro".to_owned(), id: None, categories: Vec::new(), price: Fact(Some(euros(50))) }
    }
}

impl Default for Ad {
    fn default() -> Self {
        Self {
            hours_on_offer: Number(dec!(168)),
            cost: euros(20),
            cost_to_come: None,
            cost_to_come_at_most: None,
            budget: euros(30),
            clicks: Fact(Some(Count(200))),
            orders: Count(4),
            new_customers: None,
            revenue: euros(200),
        }
    }
}

impl Default for Sales {
    fn default() -> Self {
        let units = Fact(Some(Number(dec!(100))));
        Self { units, expected_units: units, came_back: Fact(None), usually_comes_back_percent: Number(dec!(5)) }
    }
}

impl Default for Views {
    fn default() -> Self {
        let views = Fact(Some(Number(dec!(2000))));
        Self { views, expected_views: views }
    }
}

fn euros(amount: i64) -> Amount {
    Amount(campaign_pilot_core::Money::new(Decimal::from(amount), campaign_pilot_core::Currency::EUR))
}

const fn forty() -> Number {
    Number(dec!(40))
}

const fn seventy_five() -> Number {
    Number(dec!(75))
}

const fn assumed() -> MarginSource {
    MarginSource::Assumed
}

const fn yes() -> bool {
    true
}
