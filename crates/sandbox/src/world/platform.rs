//! The campaign platform of a world.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::check::ascending;

/// The campaign platform.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
pub struct Platform {
    /// What kind of platform it is.
    #[garde(skip)]
    pub kind: PlatformKind,
    /// Days until an action locks: from then on it is due and can no longer be reversed. Affiliate only.
    #[garde(range(min = 1, max = 120))]
    pub locked_after_days: u32,
    /// A paid platform's own rules.
    #[garde(dive)]
    pub paid: Paid,
}

/// The kinds of platform.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PlatformKind {
    /// Partners are paid by commission; an ad can be unlisted, but not stopped; budgets are kept on our side. It answers like impact.com.
    #[default]
    Affiliate,
    /// Clicks are paid; campaigns have budgets, and a pause stops them at once. Only in the process: there is no server for it.
    Paid,
}

/// The rules of a paid platform. A campaign's daily budget is its budget divided by the days of its flight.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
pub struct Paid {
    /// What the first click of a day costs, in the currency, drawn for each product; the last click that there is interest for costs twice as
    /// much.
    #[garde(inner(range(min = 0.005, max = 100.0)), custom(ascending))]
    pub click_price: [f64; 2],
    /// Clicks a day that there is interest for in a product's ads, for each order a day of an average product like it.
    #[garde(range(min = 0.0, max = 10_000.0))]
    pub clicks: f64,
    /// The lowest daily budget that is taken, in the currency.
    #[garde(range(min = 0.0, max = 10_000.0))]
    pub min_daily_budget: f64,
    /// How many times the daily budget can be spent on one day (UTC); over the flight the whole budget is never exceeded.
    #[garde(range(min = 1.0, max = 5.0))]
    pub overdelivery: f64,
    /// Days of learning after a launch and after each change of the budget by more than `big_edit`.
    #[garde(range(min = 0.0, max = 60.0))]
    pub learning_days: f64,
    /// The part of buyers that is lost while the platform learns.
    #[garde(range(min = 0.0, max = 1.0))]
    pub learning_loss: f64,
    /// The change of a budget, as a part of it, above which the platform learns anew.
    #[garde(range(min = 0.0, max = 10.0))]
    pub big_edit: f64,
}

impl Default for Platform {
    fn default() -> Self {
        Self { kind: PlatformKind::Affiliate, locked_after_days: 21, paid: Paid::default() }
    }
}

impl Default for Paid {
    fn default() -> Self {
        Self {
            click_price: [0.15, 0.9],
            clicks: 60.0,
            min_daily_budget: 1.0,
            overdelivery: 2.0,
            learning_days: 5.0,
            learning_loss: 0.3,
            big_edit: 0.2,
        }
    }
}
