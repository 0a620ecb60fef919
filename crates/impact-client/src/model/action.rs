//! Actions: conversions that were credited to a partner.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::wire_enum;
use crate::wire::scalar;
use crate::{ActionId, AdId, EventTypeId, PartnerId};

wire_enum! {
    /// Whether the commission of an action is owed.
    ActionState {
        /// Credited; it can still be corrected or reversed.
        Pending = "PENDING",
        /// Locked: it will be paid.
        Approved = "APPROVED",
        /// Reversed: nothing will be paid.
        Reversed = "REVERSED",
    }
}

/// A conversion that was credited to a partner.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[non_exhaustive]
#[serde(rename_all = "PascalCase")]
pub struct Action {
    /// Its id.
    pub id: ActionId,
    /// Its state.
    #[serde(default)]
    pub state: ActionState,
    /// The ad that won it.
    #[serde(default, deserialize_with = "scalar::id")]
    pub ad_id: Option<AdId>,
    /// What it costs the brand: the payout plus every fee.
    #[serde(default, deserialize_with = "scalar::decimal")]
    pub client_cost: Option<Decimal>,
    /// What the partner gets.
    #[serde(default, deserialize_with = "scalar::decimal")]
    pub payout: Option<Decimal>,
    /// The revenue.
    #[serde(default, deserialize_with = "scalar::decimal")]
    pub amount: Option<Decimal>,
    /// The currency of the amounts, as its code.
    #[serde(default, deserialize_with = "scalar::text")]
    pub currency: Option<String>,
    /// The partner whom it is credited to.
    #[serde(rename = "MediaPartnerId", default, deserialize_with = "scalar::id")]
    pub partner: Option<PartnerId>,
    /// The kind of conversion.
    #[serde(rename = "ActionTrackerId", default, deserialize_with = "scalar::id")]
    pub event_type: Option<EventTypeId>,
    /// The code that the customer entered.
    #[serde(default, deserialize_with = "scalar::text")]
    pub promo_code: Option<String>,
    /// When the click was that won it.
    #[serde(rename = "ReferringDate", default, deserialize_with = "scalar::instant")]
    pub referred_at: Option<Timestamp>,
    /// When impact.com recorded it.
    #[serde(rename = "CreationDate", default, deserialize_with = "scalar::instant")]
    pub created_at: Option<Timestamp>,
    /// When it will be locked, or was.
    #[serde(rename = "LockingDate", default, deserialize_with = "scalar::instant")]
    pub locks_at: Option<Timestamp>,
    /// When it was paid.
    #[serde(rename = "ClearedDate", default, deserialize_with = "scalar::instant")]
    pub cleared_at: Option<Timestamp>,
    /// When the customer bought.
    #[serde(rename = "EventDate", default, deserialize_with = "scalar::instant")]
    pub event_at: Option<Timestamp>,
    /// The store's order.
    #[serde(rename = "Oid", default, deserialize_with = "scalar::text")]
    pub order: Option<String>,
    /// `NEW` or another label of the account.
    #[serde(default, deserialize_with = "scalar::text")]
    pub customer_status: Option<String>,
}

/// One product of an action.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[non_exhaustive]
#[serde(rename_all = "PascalCase")]
pub struct ActionItem {
    /// The product's SKU in the store.
    #[serde(default, deserialize_with = "scalar::plain")]
    pub sku: String,
    /// The product's name.
    #[serde(rename = "ItemName", default, deserialize_with = "scalar::plain")]
    pub name: String,
    /// The product's category.
    #[serde(default, deserialize_with = "scalar::text")]
    pub category: Option<String>,
    /// How many were bought.
    #[serde(default, deserialize_with = "scalar::decimal")]
    pub quantity: Option<Decimal>,
    /// What they were sold for.
    #[serde(default, deserialize_with = "scalar::decimal")]
    pub sale_amount: Option<Decimal>,
    /// The currency of the sale, as its code.
    #[serde(rename = "SaleAmountCurrency", default, deserialize_with = "scalar::text")]
    pub sale_currency: Option<String>,
    /// What the partner gets for them.
    #[serde(default, deserialize_with = "scalar::decimal")]
    pub payout: Option<Decimal>,
    /// The currency of the payout, as its code.
    #[serde(default, deserialize_with = "scalar::text")]
    pub payout_currency: Option<String>,
    /// What was given back.
    #[serde(default, deserialize_with = "scalar::decimal")]
    pub rebate: Option<Decimal>,
    /// When it was corrected the last time.
    #[serde(rename = "AdjustmentDate", default, deserialize_with = "scalar::instant")]
    pub adjusted_at: Option<Timestamp>,
    /// Why it was corrected.
    #[serde(default, deserialize_with = "scalar::text")]
    pub adjustment_reason: Option<String>,
}

impl Action {
    /// What it costs the brand: `ClientCost`, or `Payout` where that is missing.
    #[must_use]
    pub fn cost(&self) -> Option<Decimal> {
        self.client_cost.or(self.payout)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_is_read_as_documented() {
        let action: Action = serde_json::from_str(
            r#"{ "Id": "1000.4636.158133", "CampaignId": 1000, "State": "PENDING", "AdId": 892081, "ClientCost": 0.88,
              "Payout": 0.88, "Amount": 21.99, "Currency": "USD", "EventDate": "2020-09-10T10:42:38-07:00",
              "ClearedDate": "", "Oid": "9217374917472", "CustomerStatus": "NEW" }"#,
        )
        .unwrap();
        assert_eq!(action.cost(), Some(Decimal::new(88, 2)));
        assert_eq!(action.ad_id.unwrap().as_str(), "892081");
        assert_eq!(action.state, ActionState::Pending);
    }

    #[test]
    fn an_item_is_read_as_documented() {
        let item: ActionItem = serde_json::from_str(
            r#"{"Sku":"ANVIL","ItemName":"Anvil","Category":"","Quantity":"2","SaleAmount":"19.27","SaleAmountCurrency":"USD",
                "Payout":1.9,"Rebate":"NA"}"#,
        )
        .unwrap();
        assert_eq!((item.quantity, item.sale_amount), (Some(Decimal::TWO), Some(Decimal::new(1927, 2))));
        assert_eq!((item.payout, item.rebate, item.category), (Some(Decimal::new(19, 1)), None, None));
    }

    #[test]
    fn the_payout_stands_in_for_a_missing_cost() {
        let action: Action = serde_json::from_str(r#"{"Id":"1.2.3","ClientCost":"","Payout":"1.50"}"#).unwrap();
        assert_eq!(action.cost(), Some(Decimal::new(150, 2)));
    }
}
