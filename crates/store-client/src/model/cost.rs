//! What a unit costs the shop, where WooCommerce keeps the cost of goods.

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::wire::scalar;

/// What a unit of a product or variation costs the shop, as WooCommerce keeps it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CostOfGoods {
    /// The cost of a unit in the store's currency, with what a variation inherits; `None` when nobody gave one.
    ///
    /// WooCommerce keeps no cost of zero: it sends zero for one that is not given, and takes a zero for that.
    #[serde(rename = "total_value")]
    pub unit_cost: Option<Decimal>,
    /// Whether a variation adds its own cost to that of its product, rather than replacing it.
    #[serde(rename = "defined_value_is_additive")]
    pub is_additive: bool,
    /// Whether something was sent that is no cost: it is taken as not given.
    #[serde(skip)]
    pub(crate) is_odd: bool,
}

impl CostOfGoods {
    fn of(sent: &Value) -> Self {
        let total = sent.get("total_value").map(scalar::amount);
        let is_additive = sent.get("defined_value_is_additive").is_some_and(|flag| scalar::flag(flag).unwrap_or(false));
        let (unit_cost, is_odd) = match total {
            Some(Ok(None)) => (None, false),
            Some(Ok(Some(total))) if total.is_zero() => (None, false),
            // Costs are floating point over there, and sums of it have noise.
            Some(Ok(Some(total))) if total.is_sign_positive() => (positive(total), false),
            _ => (None, true),
        };
        Self { unit_cost, is_additive, is_odd }
    }
}

/// To eight decimals: what is nothing then was noise, too.
fn positive(total: Decimal) -> Option<Decimal> {
    let total = total.round_dp_with_strategy(8, RoundingStrategy::MidpointAwayFromZero).normalize();
    (!total.is_zero()).then_some(total)
}

/// Never fails: an item with an odd cost is read without one.
pub(super) fn kept<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<CostOfGoods>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::Null => None,
        sent => Some(CostOfGoods::of(&sent)),
    })
}

#[cfg(test)]
mod tests {
    use rust_decimal::dec;
    use serde_json::json;

    use super::*;

    #[test]
    fn only_a_positive_total_is_a_cost() {
        for (sent, cost) in [
            (json!({"total_value": 21.5}), Some(dec!(21.5))),
            (json!({"total_value": "21.50", "values": "x"}), Some(dec!(21.5))),
            (json!({"total_value": 0.1 + 0.2}), Some(dec!(0.3))),
            // Inherited: nothing of its own.
            (json!({"total_value": 10, "values": [{"defined_value": null, "effective_value": 0}]}), Some(dec!(10))),
            (json!({"total_value": 0, "values": [{"defined_value": null, "effective_value": 0}]}), None),
            (json!({"total_value": 0, "values": [{"defined_value": 0, "effective_value": 0}]}), None),
            (json!({"total_value": ""}), None),
            (json!({"total_value": null}), None),
            (json!({"total_value": 1e-12}), None),
        ] {
            let read = kept(&sent).unwrap().unwrap();
            assert_eq!((read.unit_cost, read.is_odd), (cost, false), "{sent}");
        }
    }

    #[test]
    fn what_is_no_cost_is_odd_and_absent() {
        for sent in [
            json!({"total_value": -3}),
            json!({"total_value": "a lot"}),
            json!({"total_value": [12]}),
            json!({"total_value": 1e30}),
            json!({"values": [{"defined_value": 12}]}),
            json!({}),
            json!([]),
            json!("12"),
            json!(12),
            json!(true),
        ] {
            assert_eq!(kept(&sent).unwrap(), Some(CostOfGoods { is_odd: true, ..CostOfGoods::default() }), "{sent}");
        }
        assert_eq!(kept(&json!(null)).unwrap(), None);
    }
}
