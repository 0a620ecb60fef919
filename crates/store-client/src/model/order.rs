//! Orders and refunds.

use campaign_pilot_core::Currency;
use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize};

use super::attribution::{OrderAttribution, attribution};
use super::words::OrderStatus;
use crate::privacy::{Contact, Customer, CustomerSalt};
use crate::wire::{Resource, scalar};

/// An order, without anything that tells who ordered.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[non_exhaustive]
pub struct Order {
    /// The store's id.
    #[serde(deserialize_with = "scalar::id")]
    pub id: u64,
    /// Where it stands.
    #[serde(default)]
    pub status: OrderStatus,
    /// The currency of all its amounts; orders of one store may differ.
    #[serde(deserialize_with = "currency")]
    pub currency: Currency,
    /// When it was created.
    #[serde(rename = "date_created_gmt", deserialize_with = "scalar::needed_instant")]
    pub created_at: Timestamp,
    /// When it last changed; a refund changes it, a note does not.
    #[serde(default, rename = "date_modified_gmt", deserialize_with = "scalar::instant")]
    pub modified_at: Option<Timestamp>,
    /// When it was paid.
    #[serde(default, rename = "date_paid_gmt", deserialize_with = "scalar::instant")]
    pub paid_at: Option<Timestamp>,
    /// When it was completed.
    #[serde(default, rename = "date_completed_gmt", deserialize_with = "scalar::instant")]
    pub completed_at: Option<Timestamp>,
    /// Who ordered: a key, or nothing.
    #[serde(skip)]
    pub customer: Customer,
    /// What was ordered.
    #[serde(default, deserialize_with = "scalar::list")]
    pub line_items: Vec<LineItem>,
    /// The coupons that were used.
    #[serde(default, deserialize_with = "scalar::list")]
    pub coupon_lines: Vec<CouponLine>,
    /// Fees beside the goods.
    #[serde(default, deserialize_with = "scalar::list")]
    pub fee_lines: Vec<FeeLine>,
    /// The ways of shipping.
    #[serde(default, deserialize_with = "scalar::list")]
    pub shipping_lines: Vec<ShippingLine>,
    /// What was refunded so far. The order's own total stays as it was.
    #[serde(default, deserialize_with = "scalar::list")]
    pub refunds: Vec<OrderRefund>,
    /// Discounts without tax.
    #[serde(default, deserialize_with = "scalar::amount_or_zero")]
    pub discount_total: Decimal,
    /// The tax on the discounts.
    #[serde(default, deserialize_with = "scalar::amount_or_zero")]
    pub discount_tax: Decimal,
    /// Shipping without tax.
    #[serde(default, deserialize_with = "scalar::amount_or_zero")]
    pub shipping_total: Decimal,
    /// The tax on the shipping.
    #[serde(default, deserialize_with = "scalar::amount_or_zero")]
    pub shipping_tax: Decimal,
    /// The tax on goods and fees.
    #[serde(default, deserialize_with = "scalar::amount_or_zero")]
    pub cart_tax: Decimal,
    /// All taxes.
    #[serde(default, deserialize_with = "scalar::amount_or_zero")]
    pub total_tax: Decimal,
    /// What the customer pays, taxes and shipping included.
    #[serde(default, deserialize_with = "scalar::amount_or_zero")]
    pub total: Decimal,
    /// Where the visit came from, where the store tracks it and it was asked for.
    #[serde(default, rename = "meta_data", deserialize_with = "attribution")]
    pub attribution: Option<OrderAttribution>,
    #[serde(default, rename = "customer_id", deserialize_with = "scalar::reference")]
    account: Option<u64>,
    #[serde(default, rename = "billing")]
    contact: Contact,
}

impl Order {
    /// Turns who ordered into a key, or forgets it: done before an order leaves the client.
    pub(crate) fn seal(&mut self, salt: Option<&CustomerSalt>) {
        let account = self.account.take();
        self.customer = std::mem::take(&mut self.contact).seal(account, salt);
    }
}

impl Resource for Order {
    const FIELDS: &'static str = "id,status,currency,date_created_gmt,date_modified_gmt,date_paid_gmt,date_completed_gmt,\
         line_items,coupon_lines,fee_lines,shipping_lines,refunds,discount_total,discount_tax,shipping_total,shipping_tax,\
         cart_tax,total_tax,total";
    const WHAT: &'static str = "the orders";

    fn id(&self) -> u64 {
        self.id
    }
}

/// One line of an order or a refund; a refund's numbers are negative.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct LineItem {
    /// The product, never the variation; `None` when it was deleted since: the store sends 0.
    #[serde(default, deserialize_with = "scalar::reference")]
    pub product_id: Option<u64>,
    /// The variation, where one was chosen.
    #[serde(default, deserialize_with = "scalar::reference")]
    pub variation_id: Option<u64>,
    /// The product's name when it was ordered, as plain text.
    #[serde(default, deserialize_with = "scalar::plain")]
    pub name: String,
    /// The stock keeping unit; empty when there is none or the product was deleted.
    #[serde(default, deserialize_with = "scalar::text")]
    pub sku: String,
    /// Units; a fraction for goods by weight, zero for a refund of money alone.
    #[serde(deserialize_with = "scalar::needed_amount")]
    pub quantity: Decimal,
    /// Without tax, before discounts; `None` when the store does not say.
    #[serde(default, deserialize_with = "scalar::amount")]
    pub subtotal: Option<Decimal>,
    /// Without tax, after discounts.
    #[serde(deserialize_with = "scalar::needed_amount")]
    pub total: Decimal,
    /// The tax on `total`.
    #[serde(default, deserialize_with = "scalar::amount_or_zero")]
    pub total_tax: Decimal,
}

/// A coupon that was used for an order.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CouponLine {
    /// The code as it was entered; the store looks it up without regard to case.
    #[serde(default, deserialize_with = "scalar::text")]
    pub code: String,
    /// What it took off, without tax; it may differ from the order's discount by rounding.
    #[serde(default, deserialize_with = "scalar::amount_or_zero")]
    pub discount: Decimal,
}

/// A fee beside the goods.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FeeLine {
    /// Without tax.
    #[serde(default, deserialize_with = "scalar::amount_or_zero")]
    pub total: Decimal,
    /// The tax on it.
    #[serde(default, deserialize_with = "scalar::amount_or_zero")]
    pub total_tax: Decimal,
}

/// A way of shipping.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ShippingLine {
    /// Without tax.
    #[serde(default, deserialize_with = "scalar::amount_or_zero")]
    pub total: Decimal,
    /// The tax on it.
    #[serde(default, deserialize_with = "scalar::amount_or_zero")]
    pub total_tax: Decimal,
}

/// A refund as its order names it.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct OrderRefund {
    /// The store's id of the refund.
    #[serde(deserialize_with = "scalar::id")]
    pub id: u64,
    /// What was given back, taxes included, as a negative amount.
    #[serde(default, deserialize_with = "scalar::amount_or_zero")]
    pub total: Decimal,
}

/// Money given back.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Refund {
    /// The store's id.
    #[serde(deserialize_with = "scalar::id")]
    pub id: u64,
    /// The order; `None` where the list belongs to one order and does not repeat it.
    #[serde(default, rename = "parent_id", deserialize_with = "scalar::reference")]
    pub order_id: Option<u64>,
    /// When it was given back: what a refund counts on.
    #[serde(rename = "date_created_gmt", deserialize_with = "scalar::needed_instant")]
    pub created_at: Timestamp,
    /// What was given back, taxes and shipping included, as a positive amount.
    #[serde(default, deserialize_with = "scalar::amount_or_zero")]
    pub amount: Decimal,
    /// The goods that it is about; none for a refund of money alone.
    #[serde(default, deserialize_with = "scalar::list")]
    pub line_items: Vec<LineItem>,
    /// Fees given back.
    #[serde(default, deserialize_with = "scalar::list")]
    pub fee_lines: Vec<FeeLine>,
    /// Shipping given back.
    #[serde(default, deserialize_with = "scalar::list")]
    pub shipping_lines: Vec<ShippingLine>,
}

impl Resource for Refund {
    const FIELDS: &'static str = "id,parent_id,date_created_gmt,amount,line_items,fee_lines,shipping_lines";
    const WHAT: &'static str = "the refunds";

    fn id(&self) -> u64 {
        self.id
    }
}

fn currency<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Currency, D::Error> {
    scalar::word(deserializer, |code| code.parse())?.map_err(|_| serde::de::Error::custom("is not a known currency"))
}
