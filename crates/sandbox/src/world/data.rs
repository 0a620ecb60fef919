//! What is wrong with the data of a world.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is late, missing or wrong in what can be read. The truth and the bills are not touched.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
pub struct Data {
    /// Hours until the platform shows clicks.
    #[garde(range(min = 0, max = 240))]
    pub click_lag_hours: u32,
    /// Hours until the platform shows what clicks cost.
    #[garde(range(min = 0, max = 240))]
    pub cost_lag_hours: u32,
    /// Hours until the platform shows an action with its commission; some minutes where it is 0.
    #[garde(range(min = 0, max = 240))]
    pub action_lag_hours: u32,
    /// The share of hours whose clicks and page views are never shown; what the clicks cost is shown.
    #[garde(range(min = 0.0, max = 1.0))]
    pub missing_hours: f64,
    /// The share of hours whose clicks and their cost are shown in part at first, and corrected later.
    #[garde(range(min = 0.0, max = 1.0))]
    pub restated_hours: f64,
    /// The part of the clicks and the cost of a restated hour that is shown at first.
    #[garde(range(min = 0.0, max = 1.0))]
    pub first_shown: f64,
    /// Hours from when the first part of a restated hour is shown until the rest is.
    #[garde(range(min = 1, max = 720))]
    pub restated_after_hours: u32,
    /// Whether the shop counts page views.
    #[garde(skip)]
    pub views: ViewCounting,
    /// Page views by bots for each one by a shopper, in the mean; they come in bursts of six hours on single products.
    #[garde(range(min = 0.0, max = 100.0))]
    pub bots: f64,
}

/// Whether the shop counts page views.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ViewCounting {
    /// It does.
    #[default]
    Counted,
    /// It has no page-view source.
    Missing,
}

impl Default for Data {
    fn default() -> Self {
        Self {
            click_lag_hours: 0,
            cost_lag_hours: 0,
            action_lag_hours: 0,
            missing_hours: 0.0,
            restated_hours: 0.0,
            first_shown: 0.6,
            restated_after_hours: 48,
            views: ViewCounting::Counted,
            bots: 0.0,
        }
    }
}
