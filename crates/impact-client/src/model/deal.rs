//! Deals: the offers that ads and promo codes can belong to.

use campaign_pilot_core::{Money, OperationTag};
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::wire_enum;
use crate::wire::scalar;
use crate::{DealId, PartnerGroupId, PartnerId, ProgramId};

wire_enum! {
    /// Where a deal stands. It follows from its dates and its approval; the API cannot set it.
    DealState {
        /// It runs.
        Active = "ACTIVE",
        /// Its end has passed.
        Expired = "EXPIRED",
        /// It waits for approval.
        Pending = "PENDING",
    }
}

wire_enum! {
    /// What a deal gives.
    DealKind {
        /// A lower price.
        GeneralSale = "GENERAL_SALE",
        /// Free shipping.
        FreeShipping = "FREE_SHIPPING",
        /// A gift with the purchase.
        GiftWithPurchase = "GIFT_WITH_PURCHASE",
        /// Money back.
        Rebate = "REBATE",
        /// Buy one, get one.
        Bogo = "BOGO",
    }
}

wire_enum! {
    /// What a deal covers.
    DealScope {
        /// Some products.
        Product = "PRODUCT",
        /// Some categories.
        Category = "CATEGORY",
        /// The whole store.
        EntireStore = "ENTIRE_STORE",
    }
}

/// How much a deal takes off.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Discount {
    /// So much money.
    Fixed(Money),
    /// So many percent: 20 for a fifth.
    Percent(Decimal),
    /// Up to so many percent.
    UpToPercent(Decimal),
    /// From so many percent to so many.
    PercentRange {
        /// The least.
        from: Decimal,
        /// The most.
        to: Decimal,
    },
}

/// A deal as impact.com shows it.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[non_exhaustive]
#[serde(rename_all = "PascalCase")]
pub struct Deal {
    /// Its id.
    pub id: DealId,
    /// Its name.
    #[serde(default, deserialize_with = "scalar::plain")]
    pub name: String,
    /// A longer text for partners.
    #[serde(default, deserialize_with = "scalar::plain")]
    pub description: String,
    /// The program it belongs to.
    #[serde(rename = "CampaignId", default, deserialize_with = "scalar::id")]
    pub program: Option<ProgramId>,
    /// Where it stands.
    #[serde(default)]
    pub state: DealState,
    /// What it gives.
    #[serde(rename = "Type", default)]
    pub kind: DealKind,
    /// What it covers.
    #[serde(default)]
    pub scope: DealScope,
    /// The products it covers.
    #[serde(default, deserialize_with = "scalar::list")]
    pub products: Vec<DealProduct>,
    /// The categories it covers, divided by commas.
    #[serde(default, deserialize_with = "scalar::plain")]
    pub categories: String,
    /// The code that shoppers enter.
    #[serde(default, deserialize_with = "scalar::text")]
    pub default_promo_code: Option<String>,
    /// When it starts; `None`: at once.
    #[serde(rename = "StartDate", default, deserialize_with = "scalar::instant")]
    pub starts_at: Option<Timestamp>,
    /// When it ends; `None`: never.
    #[serde(rename = "EndDate", default, deserialize_with = "scalar::instant")]
    pub ends_at: Option<Timestamp>,
    /// Whether its ads and promo codes follow its state and dates.
    #[serde(rename = "SynchAdsPromoCodes", default, deserialize_with = "scalar::flag")]
    pub synchronises: Option<bool>,
    /// The partners that it is restricted to.
    #[serde(rename = "RestrictedMediaPartners", default, deserialize_with = "scalar::texts")]
    pub partners: Vec<PartnerId>,
    /// The groups of partners that it is restricted to.
    #[serde(rename = "RestrictedMediaPartnerGroups", default, deserialize_with = "scalar::texts")]
    pub partner_groups: Vec<PartnerGroupId>,
    /// The gift.
    #[serde(default, deserialize_with = "scalar::text")]
    pub gift: Option<String>,
    #[serde(default, deserialize_with = "scalar::decimal")]
    discount_amount: Option<Decimal>,
    #[serde(default, deserialize_with = "scalar::currency_or_none")]
    discount_currency: Option<campaign_pilot_core::Currency>,
    #[serde(default, deserialize_with = "scalar::decimal")]
    discount_percent: Option<Decimal>,
    #[serde(default, deserialize_with = "scalar::decimal")]
    discount_maximum_percent: Option<Decimal>,
    #[serde(default, deserialize_with = "scalar::decimal")]
    discount_percent_range_start: Option<Decimal>,
    #[serde(default, deserialize_with = "scalar::decimal")]
    discount_percent_range_end: Option<Decimal>,
    #[serde(default, deserialize_with = "scalar::decimal")]
    rebate_amount: Option<Decimal>,
    #[serde(default, deserialize_with = "scalar::currency_or_none")]
    rebate_currency: Option<campaign_pilot_core::Currency>,
}

/// A product of a deal.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[non_exhaustive]
#[serde(rename_all = "PascalCase")]
pub struct DealProduct {
    /// Its name.
    #[serde(rename = "ProductName", default, deserialize_with = "scalar::plain")]
    pub name: String,
    /// Its price without the deal.
    #[serde(rename = "ProductBeforePriceAmount", default, deserialize_with = "scalar::decimal")]
    pub price_before: Option<Decimal>,
    /// Its price with the deal.
    #[serde(rename = "ProductAfterPriceAmount", default, deserialize_with = "scalar::decimal")]
    pub price_after: Option<Decimal>,
    /// The currency of both prices, as its code.
    #[serde(rename = "ProductAfterPriceCurrency", default, deserialize_with = "scalar::text")]
    pub currency: Option<String>,
}

impl Deal {
    /// The tag of the operation that created it, if its description still holds one of ours. A deal has no labels.
    #[must_use]
    pub fn tag(&self) -> Option<OperationTag> {
        OperationTag::find_in(&self.description)
    }

    /// How much it takes off, where that is told in full.
    #[must_use]
    pub fn discount(&self) -> Option<Discount> {
        let money = |amount: Option<Decimal>, currency: Option<_>| Some(Money::new(amount?, currency?));
        if let Some(fixed) = money(self.discount_amount, self.discount_currency) {
            return Some(Discount::Fixed(fixed));
        }
        if let (Some(from), Some(to)) = (self.discount_percent_range_start, self.discount_percent_range_end) {
            return Some(Discount::PercentRange { from, to });
        }
        self.discount_maximum_percent.map(Discount::UpToPercent).or_else(|| self.discount_percent.map(Discount::Percent))
    }

    /// The money that it gives back.
    #[must_use]
    pub fn rebate(&self) -> Option<Money> {
        Some(Money::new(self.rebate_amount?, self.rebate_currency?))
    }

    /// Whether its end has passed at `now`, by its state or its dates.
    #[must_use]
    pub fn has_ended(&self, now: Timestamp) -> bool {
        self.state == DealState::Expired || self.ends_at.is_some_and(|end| end <= now)
    }
}

#[cfg(test)]
mod tests {
    use campaign_pilot_core::Currency;
    use rust_decimal::dec;

    use super::*;

    #[test]
    fn a_deal_is_read_as_documented() {
        let deal: Deal = serde_json::from_str(
            r#"{ "Id": "3", "Name": "AcmeDeal3", "Description": "x cp-00112233445566778899", "CampaignId": "10000", "State": "ACTIVE",
              "Type": "GENERAL_SALE", "Scope": "PRODUCT",
              "Products": [ { "ProductName": "Gray Anvil", "ProductBeforePriceAmount": "50.00", "ProductBeforePriceCurrency": "USD",
                "ProductAfterPriceAmount": "45.00", "ProductAfterPriceCurrency": "USD" } ],
              "DiscountType": "FIXED", "DiscountAmount": "5.00", "DiscountCurrency": "USD", "DefaultPromoCode": "APlusAnvils",
              "StartDate": "", "EndDate": "2026-06-08T00:00:00-07:00", "SynchAdsPromoCodes": "false",
              "RestrictedMediaPartners": [], "Uri": "/Advertisers/IRxxx/Deals/00003" }"#,
        )
        .unwrap();
        assert_eq!((deal.state.clone(), deal.kind.clone()), (DealState::Active, DealKind::GeneralSale));
        assert_eq!(deal.discount(), Some(Discount::Fixed(Money::new(dec!(5), Currency::USD))));
        assert_eq!(deal.products[0].price_after, Some(dec!(45)));
        assert_eq!((deal.synchronises, deal.starts_at), (Some(false), None));
        assert_eq!(deal.tag().unwrap().as_str(), "cp-00112233445566778899");
        assert!(!deal.has_ended("2026-06-08T06:59:59Z".parse().unwrap()));
        assert!(deal.has_ended("2026-06-08T07:00:00Z".parse().unwrap()));
    }

    #[test]
    fn discounts_come_in_four_forms_and_in_none() {
        let read = |json: &str| serde_json::from_str::<Deal>(&format!(r#"{{"Id":3,{json}}}"#)).unwrap().discount();
        assert_eq!(read(r#""DiscountPercent":"20""#), Some(Discount::Percent(dec!(20))));
        assert_eq!(read(r#""DiscountMaximumPercent":35.5"#), Some(Discount::UpToPercent(dec!(35.5))));
        let range = Discount::PercentRange { from: dec!(10), to: dec!(30) };
        assert_eq!(read(r#""DiscountPercentRangeStart":"10","DiscountPercentRangeEnd":30"#), Some(range));
        assert_eq!(read(r#""DiscountAmount":"5.00","DiscountCurrency":"""#), None, "no currency, no money");
        assert_eq!(read(r#""DiscountPercent":"NA""#), None);
    }

    #[test]
    fn unknown_words_are_kept() {
        let deal: Deal =
            serde_json::from_str(r#"{"Id":3,"State":"DRAFT","Type":"RAFFLE","RestrictedMediaPartners":"12,13"}"#).unwrap();
        assert_eq!(deal.state, DealState::Other("DRAFT".to_owned()));
        assert_eq!(deal.kind.to_string(), "RAFFLE");
        assert_eq!(deal.partners.len(), 2);
    }
}
