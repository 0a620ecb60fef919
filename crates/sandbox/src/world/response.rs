//! How the shoppers of a world respond to advertising.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::check::ascending;

/// What advertising does to shoppers.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
pub struct Response {
    /// The share of products that work as ads.
    #[garde(range(min = 0.0, max = 1.0))]
    pub works: f64,
    /// The probability that a click on an ad that fits ordinarily becomes an order.
    #[garde(range(min = 0.0, max = 1.0))]
    pub click_conversion: f64,
    /// How well clicks on the ads of a product that works convert, relative to `click_conversion`; drawn for each product.
    #[garde(inner(range(min = 0.0, max = 20.0)), custom(ascending))]
    pub fit: [f64; 2],
    /// How well clicks on the ads of a product that does not work convert, relative to `click_conversion`; drawn for each product.
    #[garde(inner(range(min = 0.0, max = 20.0)), custom(ascending))]
    pub fit_of_others: [f64; 2],
    /// How often the ads of a product that works are clicked, relative to an ordinary ad; drawn for each product.
    #[garde(inner(range(min = 0.0, max = 20.0)), custom(ascending))]
    pub clickability: [f64; 2],
    /// How often the ads of a product that does not work are clicked, relative to an ordinary ad; drawn for each product.
    #[garde(inner(range(min = 0.0, max = 20.0)), custom(ascending))]
    pub clickability_of_others: [f64; 2],
    /// The probability that an ad's buyer would have bought anyway, drawn for each product. It can only come true as far as the shop has
    /// buyers of its own within `replaced_within_days`.
    #[garde(inner(range(min = 0.0, max = 1.0)), custom(ascending))]
    pub cannibalisation: [f64; 2],
    /// The share of the buyers who would have bought anyway that would have bought another product of the same category.
    #[garde(range(min = 0.0, max = 1.0))]
    pub other_product: f64,
    /// How many days after an ad's sale the purchase that it replaces would have come at the earliest.
    #[garde(range(min = 0.0, max = 60.0))]
    pub replaced_after_days: f64,
    /// Within how many days from then it would have come.
    #[garde(range(min = 0.1, max = 120.0))]
    pub replaced_within_days: f64,
    /// The exponent of the share of partners (of the daily budget that is in use, on a paid platform) that show an ad: 1 for a response
    /// that saturates only, above 1 for one that is S-shaped, since few showings do little.
    #[garde(range(min = 0.3, max = 4.0))]
    pub s_exponent: f64,
    /// Days of showing after which an audience clicks half as often on an ad.
    #[garde(range(min = 0.5, max = 10_000.0))]
    pub fatigue_days: f64,
    /// The time constant, in days, in which an audience recovers from a product's ads. 0: a new ad is new to everybody, whatever was shown
    /// before.
    #[garde(range(min = 0.0, max = 1000.0))]
    pub recovery_days: f64,
    /// How the clicks on one product grow with the number of its ads at one partner (of its campaigns, on a paid platform): the exponent of that
    /// number. 0: all ads share the clicks of one; 1: each brings its own.
    #[garde(range(min = 0.0, max = 1.0))]
    pub same_product_exponent: f64,
    /// The share of an ad's buyers who are new to the shop.
    #[garde(range(min = 0.0, max = 1.0))]
    pub new_customers: f64,
    /// How likely a new customer would have bought anyway, relative to a known one; their mean is `cannibalisation`.
    #[garde(range(min = 0.0, max = 1.0))]
    pub cannibalisation_of_new: f64,
}

impl Default for Response {
    fn default() -> Self {
        Self {
            works: 0.78,
            click_conversion: 0.03,
            fit: [0.55, 1.9],
            fit_of_others: [0.0, 0.1],
            clickability: [0.6, 1.4],
            clickability_of_others: [1.2, 3.0],
            cannibalisation: [0.08, 0.35],
            other_product: 0.0,
            replaced_after_days: 0.0,
            replaced_within_days: 10.0,
            s_exponent: 1.0,
            fatigue_days: 20.0,
            recovery_days: 0.0,
            same_product_exponent: 0.3,
            new_customers: 0.3,
            cannibalisation_of_new: 1.0,
        }
    }
}
