//! Products of a store.

use jiff::Timestamp;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use crate::{CategoryName, Money, ProductId, Sku};

/// A product that shoppers can see: what the creator chooses from.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Product {
    /// The store's id.
    pub id: ProductId,
    /// The merchant's stock keeping unit, where one is set.
    pub sku: Option<Sku>,
    /// The name as plain text.
    pub name: String,
    /// A short description as plain text; may be empty.
    pub summary: String,
    /// The address of the product's page: the landing page of its campaigns.
    pub permalink: String,
    /// The price in force, taxes as the store displays them; `None` when no price is set.
    pub price: Option<Money>,
    /// What one unit costs the merchant, as entered in the store; `None` where the store does not say. Of a product with
    /// several variations see [`unit_cost_of_variations`]. Whether tax is in it is for the merchant to know.
    #[serde(default)]
    pub unit_cost: Option<Money>,
    /// The categories' names, in the store's order.
    pub categories: Vec<CategoryName>,
    /// What is known of the stock.
    pub stock: Stock,
    /// Whether shoppers can see and buy it.
    pub status: ProductStatus,
    /// What kind of product it is.
    pub kind: ProductKind,
    /// When the product last changed, where the store says so.
    pub modified_at: Option<Timestamp>,
}

/// What a unit costs of a product that is shown with one `price` but has variations, each with a price and a cost; all in one
/// currency.
///
/// # Formula
///
/// The largest of `cost * price / variation's price`: the cost at the shown price whose margin is the smallest of all
/// variations', so that the margin is never overstated, whichever is bought. It lies between the cost of the variation that
/// has the shown price and the largest cost. Rounded up to four decimals where it does not come out even; where a price is
/// zero or below, a variation counts with its cost as it is.
///
/// `None` when there is no variation, one has no known cost, or a number does not fit into a decimal.
///
/// ```
/// use campaign_pilot_core::unit_cost_of_variations;
/// use rust_decimal::dec;
///
/// // Shown from 30; the large one, at 35, costs 14: two fifths, more than the third of the small one.
/// let cost = unit_cost_of_variations(dec!(30), [(dec!(30), Some(dec!(10))), (dec!(35), Some(dec!(14)))]);
/// assert_eq!(cost, Some(dec!(12)));
/// assert_eq!(unit_cost_of_variations(dec!(30), [(dec!(30), Some(dec!(10))), (dec!(35), None)]), None);
/// ```
#[must_use]
pub fn unit_cost_of_variations(
    price: Decimal,
    variations: impl IntoIterator<Item = (Decimal, Option<Decimal>)>,
) -> Option<Decimal> {
    let mut largest = None;
    for (own_price, cost) in variations {
        let mut cost = cost?;
        if own_price != price && own_price > Decimal::ZERO && price > Decimal::ZERO {
            let exact = cost.checked_mul(price)?.checked_div(own_price)?;
            cost = exact.round_dp_with_strategy(4, RoundingStrategy::AwayFromZero);
        }
        largest = largest.max(Some(cost.normalize()));
    }
    largest
}

/// What a store says about the stock of a product.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "stock")]
pub enum Stock {
    /// The store counts it; negative when oversold or on backorder.
    Managed {
        /// Units on hand; decimal for goods by weight.
        quantity: Decimal,
    },
    /// The store does not count it, but says whether it can be bought.
    Unmanaged {
        /// Whether it can be bought now.
        in_stock: bool,
    },
}

impl Stock {
    /// Whether at least one unit can be sold now.
    #[must_use]
    pub fn is_available(self) -> bool {
        match self {
            Self::Managed { quantity } => quantity > Decimal::ZERO,
            Self::Unmanaged { in_stock } => in_stock,
        }
    }
}

/// Whether shoppers can see a product.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProductStatus {
    /// Published and visible.
    Published,
    /// Published but hidden from the catalogue and the search.
    Hidden,
    /// Not published, with the store's own word for it (`draft`, `private`, ..).
    Unpublished(String),
}

/// What kind of product it is.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProductKind {
    /// One article with one price.
    Simple,
    /// An article in several variations; its price is the lowest of theirs.
    Variable,
    /// A set of other products, without a price of its own.
    Grouped,
    /// Sold on another site.
    External,
    /// Another kind, with the store's own word for it.
    Other(String),
}

/// An item that a source sent but that could not be read; the rest of its page arrived.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct RejectedItem {
    /// The item's id, where it could be read.
    pub id: Option<String>,
    /// What was wrong with it.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_product_stored_before_costs_were_known_still_loads() {
        let stored = r#"{"id":"11","sku":null,"name":"Tent","summary":"","permalink":"https://shop.example/p/tent","price":null,
            "categories":[],"stock":{"stock":"unmanaged","in_stock":true},"status":"published","kind":"simple","modified_at":null}"#;
        let product: Product = serde_json::from_str(stored).unwrap();
        assert_eq!(product.unit_cost, None);
        let known = Product { unit_cost: Money::parse("21.5", crate::Currency::EUR).ok(), ..product };
        assert_eq!(serde_json::from_value::<Product>(serde_json::to_value(&known).unwrap()).unwrap(), known);
    }

    #[test]
    fn odd_variations_are_taken_carefully() {
        let one = Decimal::ONE;
        assert_eq!(unit_cost_of_variations(one, []), None);
        assert_eq!(unit_cost_of_variations(one, [(Decimal::MAX, Some(Decimal::MAX)), (one, None)]), None);
        assert_eq!(unit_cost_of_variations(Decimal::TEN, [(one, Some(Decimal::MAX))]), None, "does not fit");
        // One that is given away, or a shown price of zero: its cost as it is.
        assert_eq!(
            unit_cost_of_variations(Decimal::ZERO, [(one, Some(Decimal::TEN)), (Decimal::ZERO, Some(one))]),
            Some(Decimal::TEN)
        );
        assert_eq!(unit_cost_of_variations(one, [(Decimal::from(3), Some(one))]), Some(Decimal::new(3334, 4)), "rounded up");
    }

    proptest! {
        #[test]
        fn the_margin_is_never_overstated(variations in prop::collection::vec((1u32..100_000, 1u32..200_000), 1..6)) {
            let cents = |number: u32| Decimal::new(number.into(), 2);
            let variations: Vec<_> = variations.into_iter().map(|(price, cost)| (cents(price), cents(cost))).collect();
            let price = variations.iter().map(|(price, _)| *price).min().unwrap();
            let known = variations.iter().map(|(price, cost)| (*price, Some(*cost)));
            let cost = unit_cost_of_variations(price, known).unwrap();
            // Cross-multiplied: no share of cost is larger than the one shown.
            prop_assert!(variations.iter().all(|(own, spent)| cost * *own >= *spent * price));
            prop_assert!(cost <= variations.iter().map(|(_, cost)| *cost).max().unwrap());
        }
    }
}
