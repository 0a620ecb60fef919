//! The store of a world.

use garde::Validate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::check::{ascending, ascending_if_given, not_all_zero, zone_name};

/// The store. Where neither `products`, `orders_per_day`, `price` nor `history_days` is given it is the recorded shop (57 products on
/// sale, 120 days of orders, about 8 a day at the end); otherwise a shop is made up, whose history is simulated.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
pub struct Store {
    /// How many products a made-up shop has; 60 where it is not given.
    // What is said of the inside of an option to `garde` is about the items of a list to `schemars`; hence twice.
    #[garde(inner(range(min = 1, max = 50_000)))]
    #[schemars(range(min = 1, max = 50_000))]
    pub products: Option<u32>,
    /// Orders a day of a made-up shop on the day it opens; 8 where it is not given.
    #[garde(inner(range(min = 0.1, max = 10_000.0)))]
    #[schemars(range(min = 0.1, max = 10_000.0))]
    pub orders_per_day: Option<f64>,
    /// The range that the prices of two of three products lie in, in the currency, in a made-up shop; 15 to 60 where it is not given.
    #[garde(inner(inner(range(min = 0.5, max = 10_000.0))), custom(ascending_if_given))]
    #[schemars(inner(range(min = 0.5, max = 10_000.0)))]
    pub price: Option<[f64; 2]>,
    /// Days of history that a made-up shop has when it opens; 60 where it is not given.
    #[garde(inner(range(min = 1, max = 400)))]
    #[schemars(range(min = 1, max = 400))]
    pub history_days: Option<u32>,
    /// What a unit costs the shop, as a part of its price; drawn for each product whose cost the record does not tell.
    #[garde(inner(range(min = 0.0, max = 1.5)), custom(ascending))]
    pub cost_share: [f64; 2],
    /// Whether the shop keeps its costs in WooCommerce (cost of goods), where a client can read them.
    #[garde(skip)]
    pub keeps_costs: bool,
    /// The probability that a line comes back, drawn for each product.
    #[garde(inner(range(min = 0.0, max = 1.0)), custom(ascending))]
    pub return_rate: [f64; 2],
    /// After how many days a returned line comes back.
    #[garde(inner(range(min = 1, max = 90)), custom(ascending))]
    pub return_after_days: [u32; 2],
    /// The share of lines that are bulk orders: one shopper takes many units.
    #[garde(range(min = 0.0, max = 1.0))]
    pub bulk_share: f64,
    /// Units of the line of a bulk order.
    #[garde(inner(range(min = 2, max = 1000)), custom(ascending))]
    pub bulk_units: [u32; 2],
    /// How far the level of orders still rises (falls, if negative), as a part of the level when the shop opens.
    #[garde(range(min = -0.95, max = 10.0))]
    pub growth: f64,
    /// The time constant of `growth`, in days: two thirds of it have come by then.
    #[garde(range(min = 1.0, max = 1000.0))]
    pub growth_days: f64,
    /// The spread of the shock that all products share on a day: the standard deviation of its logarithm; its mean is 1.
    #[garde(range(min = 0.0, max = 1.0))]
    pub store_shock: f64,
    /// The spread of each product's own shock of a day: the standard deviation of its logarithm; its mean is 1.
    #[garde(range(min = 0.0, max = 1.5))]
    pub product_shock: f64,
    /// By how much the best time of the year is above its mean, as a part of the mean; 0 for no season.
    #[garde(range(min = 0.0, max = 0.95))]
    pub season: f64,
    /// The day of the year at which the season is best.
    #[garde(range(min = 1, max = 366))]
    pub season_peak_day: u32,
    /// Relative orders by weekday, Monday first; as recorded (all alike in a made-up shop) where it is not given.
    #[garde(inner(inner(range(min = 0.0, max = 10.0))), custom(not_all_zero))]
    #[schemars(inner(range(min = 0.0, max = 10.0)))]
    pub weekdays: Option<[f64; 7]>,
    /// Days on which demand is another.
    #[garde(dive)]
    pub events: Vec<Event>,
    /// Units of each product on its shelf at first; as recorded (20 to 200 in a made-up shop) where it is not given.
    #[garde(inner(inner(range(min = 0, max = 100_000))), custom(ascending_if_given))]
    #[schemars(inner(range(min = 0, max = 100_000)))]
    pub stock: Option<[u32; 2]>,
    /// Units that come when an empty shelf is filled up.
    #[garde(inner(range(min = 1, max = 100_000)), custom(ascending))]
    pub restock: [u32; 2],
    /// Days from when a shelf is empty until it is filled up.
    #[garde(inner(range(min = 1, max = 200)), custom(ascending))]
    pub restock_days: [u32; 2],
    /// Changes of prices.
    #[garde(dive)]
    pub price_changes: Vec<PriceChange>,
    /// How demand and clicks' conversion answer to a price that is `f` times the first one: they are `f` to the power of minus this.
    #[garde(range(min = 0.0, max = 6.0))]
    pub price_elasticity: f64,
    /// The shop's time zone (IANA), in which its day begins and shoppers wake up; as recorded (Berlin, winter time all year) where it is
    /// not given.
    #[garde(custom(zone_name))]
    pub time_zone: Option<String>,
}

/// Days on which demand is another.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// The first day, counted from the instant at which the sandbox opens (0); negative for the past.
    #[garde(range(min = -400, max = 4000))]
    pub day: i32,
    /// How many days it lasts.
    #[garde(range(min = 1, max = 400))]
    pub days: u32,
    /// Demand relative to an ordinary day.
    #[garde(range(min = 0.0, max = 50.0))]
    pub demand: f64,
    /// What clicks convert to, relative to an ordinary day.
    #[serde(default = "one")]
    #[garde(range(min = 0.0, max = 20.0))]
    pub conversion: f64,
    /// The category it is about, as the shop names it; all where it is not given.
    #[serde(default)]
    #[garde(skip)]
    pub category: Option<String>,
}

/// A change of prices.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Serialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct PriceChange {
    /// The day on which it takes place, counted from the instant at which the sandbox opens (0).
    #[garde(range(min = 0, max = 4000))]
    pub day: u32,
    /// The share of products whose price changes, drawn anew at each change.
    #[garde(range(min = 0.0, max = 1.0))]
    pub share: f64,
    /// The new price relative to the present one.
    #[garde(range(min = 0.1, max = 10.0))]
    pub factor: f64,
}

const fn one() -> f64 {
    1.0
}

impl Default for Store {
    fn default() -> Self {
        Self {
            products: None,
            orders_per_day: None,
            price: None,
            history_days: None,
            cost_share: [0.45, 0.65],
            keeps_costs: false,
            return_rate: [0.05, 0.12],
            return_after_days: [3, 14],
            bulk_share: 0.0,
            bulk_units: [5, 40],
            growth: 0.25,
            growth_days: 25.0,
            store_shock: 0.15,
            product_shock: 0.25,
            season: 0.0,
            season_peak_day: 350,
            weekdays: None,
            events: Vec::new(),
            stock: None,
            restock: [40, 160],
            restock_days: [4, 14],
            price_changes: Vec::new(),
            price_elasticity: 1.5,
            time_zone: None,
        }
    }
}

impl Store {
    /// Whether the recorded shop is meant.
    pub(crate) const fn is_recorded(&self) -> bool {
        self.products.is_none() && self.orders_per_day.is_none() && self.price.is_none() && self.history_days.is_none()
    }
}
