//! What a unit of a product costs the shop.

use campaign_pilot_core::{Currency, ErrorKind, Money, Product, unit_cost_of_variations};
use rust_decimal::Decimal;
use tracing::warn;

use crate::model::{self, CostOfGoods, PublishStatus, Variation};
use crate::wire::Resource;
use crate::{StoreError, WooApi};

/// Where the cost of a product is told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cost {
    product: u64,
    /// `None` where the shop keeps no costs.
    own: Option<CostOfGoods>,
    has_variations: bool,
    price: Option<Decimal>,
}

impl Cost {
    pub(super) fn of(item: &model::Product) -> Self {
        // Also the kinds that plugins make of it: `variable-subscription`.
        let has_variations = item.kind.as_str().starts_with("variable");
        Self { product: item.id, own: item.cost_of_goods, has_variations, price: item.price }
    }

    /// The product with its cost.
    pub(super) async fn told(self, api: &WooApi, product: Product, currency: Currency) -> Result<Product, StoreError> {
        let unit_cost = self.read(api).await?.map(|amount| Money::new(amount, currency));
        Ok(Product { unit_cost, ..product })
    }

    /// The cost that goes with the product's price; `None` where the shop does not keep it or part of it is not known.
    ///
    /// Only for products in variations of shops that keep costs is anything asked: one list of variations each.
    async fn read(self, api: &WooApi) -> Result<Option<Decimal>, StoreError> {
        let Some(own) = self.own else { return Ok(None) };
        note(&own, self.product);
        if !self.has_variations {
            return Ok(own.unit_cost);
        }
        let Some(price) = self.price else { return Ok(None) };
        let variations = match api.costs_of_variations(self.product).all().await {
            // A list with a gap says nothing of what is missing.
            Ok(whole) if whole.missing == 0 && whole.rejected.is_empty() => whole.items,
            Ok(_) => return Ok(unknown(self.product)),
            Err(error) if error.kind().is_retryable() || error.kind() == ErrorKind::Cancelled => return Err(error),
            // The product itself has arrived: what stays as it is must not hide it.
            Err(_) => return Ok(unknown(self.product)),
        };
        let offered = variations.iter().filter(|variation| variation.status == PublishStatus::Publish);
        let priced = offered.filter_map(|variation| Some((variation.price?, cost_of(variation, own))));
        Ok(unit_cost_of_variations(price, priced))
    }
}

/// A variation that adds to a cost that nobody gave costs more than it says.
fn cost_of(variation: &Variation, parent: CostOfGoods) -> Option<Decimal> {
    let cost = variation.cost_of_goods?;
    note(&cost, variation.id);
    cost.unit_cost.filter(|_| !cost.is_additive || parent.unit_cost.is_some())
}

fn note(cost: &CostOfGoods, id: u64) {
    if cost.is_odd {
        warn!(product = id, "the cost of goods of a product cannot be read and is taken as not known");
    }
}

fn unknown(product: u64) -> Option<Decimal> {
    warn!(product, what = Variation::WHAT, "not all can be read: the product's cost is taken as not known");
    None
}
