//! Coupons.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::words::{DiscountType, PublishStatus};
use crate::wire::{Resource, scalar};

/// A coupon that the shop offers.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Coupon {
    /// The store's id.
    #[serde(deserialize_with = "scalar::id")]
    pub id: u64,
    /// The code as it is stored; shoppers may write it in any case.
    #[serde(default, deserialize_with = "scalar::text")]
    pub code: String,
    /// The discount: per cent, or an amount in the store's currency.
    #[serde(default, deserialize_with = "scalar::amount")]
    pub amount: Option<Decimal>,
    /// What `amount` means.
    #[serde(default)]
    pub discount_type: DiscountType,
    /// Whether it is published.
    #[serde(default)]
    pub status: PublishStatus,
    /// When it was created.
    #[serde(default, rename = "date_created_gmt", deserialize_with = "scalar::instant")]
    pub created_at: Option<Timestamp>,
    /// When it last changed.
    #[serde(default, rename = "date_modified_gmt", deserialize_with = "scalar::instant")]
    pub modified_at: Option<Timestamp>,
    /// When it expires.
    #[serde(default, rename = "date_expires_gmt", deserialize_with = "scalar::instant")]
    pub expires_at: Option<Timestamp>,
    /// How often it was used.
    #[serde(default, deserialize_with = "scalar::count")]
    pub usage_count: u64,
    /// How often it can be used.
    #[serde(default, deserialize_with = "scalar::reference")]
    pub usage_limit: Option<u64>,
    /// Whether it frees from shipping costs.
    #[serde(default, deserialize_with = "scalar::flag")]
    pub free_shipping: bool,
    /// Whether it cannot be used with another one.
    #[serde(default, deserialize_with = "scalar::flag")]
    pub individual_use: bool,
    /// The products it is for; all when none is named.
    #[serde(default, rename = "product_ids", deserialize_with = "scalar::ids")]
    pub products: Vec<u64>,
    /// The categories it is for; all when none is named.
    #[serde(default, rename = "product_categories", deserialize_with = "scalar::ids")]
    pub categories: Vec<u64>,
    /// The least order value; zero for any.
    #[serde(default, deserialize_with = "scalar::amount_or_zero")]
    pub minimum_amount: Decimal,
    /// The greatest order value; zero for any.
    #[serde(default, deserialize_with = "scalar::amount_or_zero")]
    pub maximum_amount: Decimal,
}

impl Resource for Coupon {
    const FIELDS: &'static str = "id,code,amount,discount_type,status,date_created_gmt,date_modified_gmt,date_expires_gmt,\
         usage_count,usage_limit,free_shipping,individual_use,product_ids,product_categories,minimum_amount,maximum_amount";
    const WHAT: &'static str = "the coupons";

    fn id(&self) -> u64 {
        self.id
    }
}
