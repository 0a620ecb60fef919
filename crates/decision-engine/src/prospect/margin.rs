//! What is left of a price after the product's own costs.

use std::collections::BTreeMap;
use std::fmt;

use campaign_pilot_core::{Money, Product};
use campaign_pilot_metrics::Margin;
use garde::Validate;
use rust_decimal::{Decimal, dec};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ranges;

/// Margins where the store does not keep what a product costs.
#[derive(Clone, Debug, Deserialize, Eq, JsonSchema, PartialEq, Serialize, Validate)]
#[serde(default, deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct MarginPolicy {
    /// Margins in percent of the price by category, compared without regard to case.
    #[garde(custom(ranges::margins))]
    pub categories: BTreeMap<String, Decimal>,
    /// The shop's margin in percent of the price; `None` where nobody said.
    #[garde(inner(custom(ranges::margin)))]
    pub shop: Option<Decimal>,
    /// What is assumed where nobody said anything, in percent of the price. Default 40.
    #[garde(custom(ranges::margin))]
    pub assumed: Decimal,
}

impl Default for MarginPolicy {
    fn default() -> Self {
        Self { categories: BTreeMap::new(), shop: None, assumed: dec!(40) }
    }
}

/// Who says what a product's margin is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MarginSource {
    /// The store keeps what a unit costs.
    Store,
    /// The policy, for the product's category.
    Category,
    /// The policy, for the whole shop.
    Shop,
    /// Nobody: it is assumed.
    Assumed,
}

/// What is left of a product's price after its own costs.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ProductMargin {
    /// In percent of the price; negative for a product that is sold below its cost.
    pub percent: Decimal,
    /// Who says so.
    pub source: MarginSource,
}

impl ProductMargin {
    /// As a factor for revenue.
    #[must_use]
    pub fn factor(self) -> Decimal {
        self.percent / Decimal::ONE_HUNDRED
    }
}

impl fmt::Display for ProductMargin {
    /// `"a margin of 40 % (assumed)"`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = self.percent.round().normalize();
        match self.source {
            MarginSource::Store => write!(f, "a margin of {percent} %"),
            MarginSource::Category => write!(f, "a margin of {percent} % (by category)"),
            MarginSource::Shop => write!(f, "a margin of {percent} % (of the whole shop)"),
            MarginSource::Assumed => write!(f, "a margin of {percent} % (assumed)"),
        }
    }
}

impl MarginPolicy {
    /// The margin of a product at a price: from the store's cost of a unit, else by category, by shop, or assumed.
    ///
    /// Of several categories with a margin the lowest counts.
    #[must_use]
    pub fn of(&self, product: &Product, price: Money) -> ProductMargin {
        let cost = product.unit_cost.filter(|cost| cost.currency == price.currency);
        let kept = cost.and_then(|cost| Margin::of_unit(price, cost).ok()?.share().ok());
        if let Some(share) = kept {
            return ProductMargin { percent: (share * Decimal::ONE_HUNDRED).round_dp(4), source: MarginSource::Store };
        }
        let by_category = product.categories.iter().filter_map(|category| self.of_category(category.as_str())).min();
        match (by_category, self.shop) {
            (Some(percent), _) => ProductMargin { percent, source: MarginSource::Category },
            (None, Some(percent)) => ProductMargin { percent, source: MarginSource::Shop },
            (None, None) => ProductMargin { percent: self.assumed, source: MarginSource::Assumed },
        }
    }

    fn of_category(&self, name: &str) -> Option<Decimal> {
        let name = name.to_lowercase();
        self.categories.iter().find(|(category, _)| category.to_lowercase() == name).map(|(_, percent)| *percent)
    }
}
