//! The partners of a world.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::check::ascending;

/// The partners who take ads and send clicks. A paid platform has none.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
pub struct Partners {
    /// How many partners there are, those that join later too.
    #[garde(range(min = 0, max = 500))]
    pub count: u32,
    /// The spread of the partners' sizes: the standard deviation of their logarithm; 0 where all are of one size.
    #[garde(range(min = 0.0, max = 3.0))]
    pub size_spread: f64,
    /// Orders through an ad that all partners post, relative to the shop's own orders of an average product like it.
    #[garde(range(min = 0.0, max = 100.0))]
    pub reach: f64,
    /// What part of an order's revenue a partner earns, drawn for each in steps of half a percent.
    #[garde(inner(range(min = 0.0, max = 1.0)), custom(ascending))]
    pub commission: [f64; 2],
    /// What the platform takes on top of a commission, as a part of it.
    #[garde(range(min = 0.0, max = 1.0))]
    pub platform_fee: f64,
    /// The share of partners that are paid for clicks, too.
    #[garde(range(min = 0.0, max = 1.0))]
    pub paid_by_click: f64,
    /// What a partner that is paid for clicks earns for one, in the currency, drawn for each in whole cents.
    #[garde(inner(range(min = 0.0, max = 20.0)), custom(ascending))]
    pub click_price: [f64; 2],
    /// Clicks an hour that the audience of a partner of average size can give at most, over all ads.
    #[garde(range(min = 0.01, max = 100_000.0))]
    pub capacity: f64,
    /// The probability that a partner takes an ad at all, drawn for each partner.
    #[garde(inner(range(min = 0.0, max = 1.0)), custom(ascending))]
    pub interest: [f64; 2],
    /// Mean hours on offer until a partner takes an ad, drawn for each partner.
    #[garde(inner(range(min = 0.0, max = 1000.0)), custom(ascending))]
    pub delay_hours: [f64; 2],
    /// Hours after an ad's end at which its old posts send a third of the clicks, drawn for each partner; after 14 days they send none.
    #[garde(inner(range(min = 0.1, max = 1000.0)), custom(ascending))]
    pub tail_hours: [f64; 2],
    /// How well a partner's visitors convert, relative to others', drawn for each.
    #[garde(inner(range(min = 0.0, max = 10.0)), custom(ascending))]
    pub quality: [f64; 2],
    /// How differently partners like the categories: 0 not at all, 1 from hardly to fully.
    #[garde(range(min = 0.0, max = 1.0))]
    pub taste: f64,
    /// Partners that join or leave.
    #[garde(dive)]
    pub moves: Vec<PartnerMove>,
    /// The share of partners that cheat.
    #[garde(range(min = 0.0, max = 1.0))]
    pub bogus_share: f64,
    /// Clicks of nobody that a cheating partner adds to each real one, in the mean.
    #[garde(range(min = 0.0, max = 100.0))]
    pub bogus_clicks: f64,
    /// The probability that a click of nobody brings an order; each such order is taken back later.
    #[garde(range(min = 0.0, max = 1.0))]
    pub bogus_orders: f64,
    /// After how many days an order of nobody is taken back. After the action has locked (`platform.locked_after_days`) the commission stays
    /// due.
    #[garde(inner(range(min = 1, max = 120)), custom(ascending))]
    pub bogus_reversed_after_days: [u32; 2],
}

/// Partners that join or leave.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct PartnerMove {
    /// The day, counted from the instant at which the sandbox opens (0).
    #[garde(range(min = 0, max = 4000))]
    pub day: u32,
    /// How many of the partners that are there leave, those with the best conversion first.
    #[serde(default)]
    #[garde(range(min = 0, max = 500))]
    pub leave: u32,
    /// How many of the partners that are not there yet join; they are part of `count`.
    #[serde(default)]
    #[garde(range(min = 0, max = 500))]
    pub join: u32,
}

impl Default for Partners {
    fn default() -> Self {
        Self {
            count: 12,
            size_spread: 0.6,
            reach: 3.0,
            commission: [0.06, 0.12],
            platform_fee: 0.025,
            paid_by_click: 0.35,
            click_price: [0.03, 0.10],
            capacity: 4.0,
            interest: [0.45, 0.95],
            delay_hours: [4.0, 60.0],
            tail_hours: [24.0, 96.0],
            quality: [0.6, 1.4],
            taste: 1.0,
            moves: Vec::new(),
            bogus_share: 0.0,
            bogus_clicks: 0.0,
            bogus_orders: 0.0,
            bogus_reversed_after_days: [5, 18],
        }
    }
}
