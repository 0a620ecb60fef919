//! What reports count.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize};

use crate::model::{OrderStatus, StockManagement, StockStatus};
use crate::privacy::{Contact, Customer, CustomerSalt};
use crate::wire::{Resource, scalar};

/// Revenue and orders. Amounts add up all currencies as if they were one: the store does so.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
#[non_exhaustive]
pub struct RevenueStats {
    /// Orders; refunds are none.
    #[serde(deserialize_with = "scalar::count")]
    pub orders_count: u64,
    /// Units sold less units refunded.
    #[serde(deserialize_with = "scalar::noisy_amount")]
    pub num_items_sold: Decimal,
    /// Lines before discounts, and fees; without tax and shipping.
    #[serde(deserialize_with = "scalar::noisy_amount")]
    pub gross_sales: Decimal,
    /// Discounts by coupons, without tax.
    #[serde(deserialize_with = "scalar::noisy_amount")]
    pub coupons: Decimal,
    /// Different coupons used.
    #[serde(deserialize_with = "scalar::count")]
    pub coupons_count: u64,
    /// Refunds of goods and fees made in the period, without tax.
    #[serde(deserialize_with = "scalar::noisy_amount")]
    pub refunds: Decimal,
    /// `gross_sales` less `coupons` less `refunds`.
    #[serde(deserialize_with = "scalar::noisy_amount")]
    pub net_revenue: Decimal,
    /// Taxes, after refunds.
    #[serde(deserialize_with = "scalar::noisy_amount")]
    pub taxes: Decimal,
    /// Shipping without tax, after refunds.
    #[serde(deserialize_with = "scalar::noisy_amount")]
    pub shipping: Decimal,
    /// What customers paid less what they got back: the orders' totals less the refunds' amounts.
    #[serde(deserialize_with = "scalar::noisy_amount")]
    pub total_sales: Decimal,
    /// Customers who ordered.
    #[serde(deserialize_with = "scalar::count")]
    pub total_customers: u64,
    /// Different products sold.
    #[serde(deserialize_with = "scalar::count")]
    pub products: u64,
}

/// Products sold.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ProductStats {
    /// Units sold less units refunded.
    #[serde(deserialize_with = "scalar::noisy_amount")]
    pub items_sold: Decimal,
    /// After discounts and refunds, without tax.
    #[serde(deserialize_with = "scalar::noisy_amount")]
    pub net_revenue: Decimal,
    /// Orders that hold any of them.
    #[serde(deserialize_with = "scalar::count")]
    pub orders_count: u64,
    /// Different products.
    #[serde(deserialize_with = "scalar::count")]
    pub products_count: u64,
}

/// Coupons used.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
#[non_exhaustive]
pub struct CouponStats {
    /// Discounts without tax.
    #[serde(deserialize_with = "scalar::noisy_amount")]
    pub amount: Decimal,
    /// Different coupons.
    #[serde(deserialize_with = "scalar::count")]
    pub coupons_count: u64,
    /// Orders with a coupon.
    #[serde(deserialize_with = "scalar::count")]
    pub orders_count: u64,
}

/// What one product sold. Ids of deleted products stay.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ProductFigures {
    /// The product.
    #[serde(deserialize_with = "scalar::id")]
    pub product_id: u64,
    /// Units sold less units refunded.
    #[serde(default, deserialize_with = "scalar::noisy_amount")]
    pub items_sold: Decimal,
    /// After discounts and refunds, without tax.
    #[serde(default, deserialize_with = "scalar::noisy_amount")]
    pub net_revenue: Decimal,
    /// Orders that hold it.
    #[serde(default, deserialize_with = "scalar::count")]
    pub orders_count: u64,
}

/// What one variation sold; products without variations are among them.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct VariationFigures {
    /// The product.
    #[serde(deserialize_with = "scalar::id")]
    pub product_id: u64,
    /// The variation; `None` for a product without variations.
    #[serde(default, deserialize_with = "scalar::reference")]
    pub variation_id: Option<u64>,
    /// Units sold less units refunded.
    #[serde(default, deserialize_with = "scalar::noisy_amount")]
    pub items_sold: Decimal,
    /// After discounts and refunds, without tax.
    #[serde(default, deserialize_with = "scalar::noisy_amount")]
    pub net_revenue: Decimal,
    /// Orders that hold it.
    #[serde(default, deserialize_with = "scalar::count")]
    pub orders_count: u64,
}

/// What one category sold.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CategoryFigures {
    /// The category.
    #[serde(deserialize_with = "scalar::id")]
    pub category_id: u64,
    /// Units sold less units refunded.
    #[serde(default, deserialize_with = "scalar::noisy_amount")]
    pub items_sold: Decimal,
    /// After discounts and refunds, without tax.
    #[serde(default, deserialize_with = "scalar::noisy_amount")]
    pub net_revenue: Decimal,
    /// Orders that hold any of its products.
    #[serde(default, deserialize_with = "scalar::count")]
    pub orders_count: u64,
    /// Different products sold.
    #[serde(default, deserialize_with = "scalar::count")]
    pub products_count: u64,
}

/// What one coupon did.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CouponFigures {
    /// The coupon.
    #[serde(deserialize_with = "scalar::id")]
    pub coupon_id: u64,
    /// Discounts without tax.
    #[serde(default, deserialize_with = "scalar::noisy_amount")]
    pub amount: Decimal,
    /// Orders that used it.
    #[serde(default, deserialize_with = "scalar::count")]
    pub orders_count: u64,
}

/// One order or refund as the reports count it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct OrderFigures {
    /// The order or refund.
    #[serde(deserialize_with = "scalar::id")]
    pub order_id: u64,
    /// A refund's order; `None` for an order.
    #[serde(default, rename = "parent_id", deserialize_with = "scalar::reference")]
    pub refunded_order: Option<u64>,
    /// When it was created.
    #[serde(rename = "date_created_gmt", deserialize_with = "scalar::needed_instant")]
    pub created_at: Timestamp,
    /// Where it stands.
    #[serde(default)]
    pub status: OrderStatus,
    /// After discounts, without tax and shipping; negative for a refund.
    #[serde(default, deserialize_with = "scalar::noisy_amount")]
    pub net_total: Decimal,
    /// With tax and shipping.
    #[serde(default, deserialize_with = "scalar::noisy_amount")]
    pub total_sales: Decimal,
    /// Units.
    #[serde(default, deserialize_with = "scalar::noisy_amount")]
    pub num_items_sold: Decimal,
    /// Whether it was the customer's first.
    #[serde(default)]
    pub customer_type: CustomerType,
}

/// Whether a customer ordered before, as the store knows it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CustomerType {
    /// The first order.
    New,
    /// A further one.
    Returning,
    /// The store does not say.
    #[default]
    Unknown,
}

impl<'de> Deserialize<'de> for CustomerType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        scalar::word(deserializer, |word| match word {
            "new" => Self::New,
            "returning" => Self::Returning,
            _ => Self::Unknown,
        })
    }
}

/// What one customer did, guests included.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CustomerFigures {
    /// The number among all customers, which is not the account's.
    #[serde(deserialize_with = "scalar::id")]
    pub id: u64,
    /// Who it is: a key, the same as in their orders, or nothing.
    #[serde(skip_deserializing)]
    pub customer: Customer,
    /// Whether they have no account.
    #[serde(default, rename = "user_id", deserialize_with = "is_zero")]
    pub is_guest: bool,
    /// Orders.
    #[serde(default, deserialize_with = "scalar::count")]
    pub orders_count: u64,
    /// What they paid, tax and shipping included.
    #[serde(default, deserialize_with = "scalar::noisy_amount")]
    pub total_spend: Decimal,
    #[serde(default, rename = "email", skip_serializing, deserialize_with = "Contact::from_email")]
    contact: Contact,
}

impl CustomerFigures {
    /// Turns who it is into a key, or forgets it.
    pub(crate) fn seal(&mut self, salt: Option<&CustomerSalt>) {
        self.customer = std::mem::take(&mut self.contact).seal(None, salt);
    }
}

fn is_zero<'de, D: Deserializer<'de>>(deserializer: D) -> Result<bool, D::Error> {
    Ok(scalar::reference(deserializer)?.is_none())
}

/// The stock of one product or variation.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct StockLevel {
    /// The product or variation.
    #[serde(deserialize_with = "scalar::id")]
    pub id: u64,
    /// A variation's product.
    #[serde(default, rename = "parent_id", deserialize_with = "scalar::reference")]
    pub product_id: Option<u64>,
    /// The name, as plain text.
    #[serde(default, deserialize_with = "scalar::plain")]
    pub name: String,
    /// The stock keeping unit; empty when none is set.
    #[serde(default, deserialize_with = "scalar::text")]
    pub sku: String,
    /// Whether it can be bought.
    #[serde(default)]
    pub stock_status: StockStatus,
    /// Units on hand, where they are counted; the store sends 0 where they are not.
    #[serde(default, deserialize_with = "scalar::amount")]
    pub stock_quantity: Option<Decimal>,
    /// Who counts the stock.
    #[serde(default, rename = "manage_stock")]
    pub stock_management: StockManagement,
    /// From how many units on it counts as low.
    #[serde(default, deserialize_with = "scalar::amount")]
    pub low_stock_amount: Option<Decimal>,
}

/// How many products are in which stock.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
#[non_exhaustive]
pub struct StockCounts {
    /// Products and variations in stock.
    #[serde(rename = "instock", deserialize_with = "scalar::count")]
    pub in_stock: u64,
    /// Those with little of it.
    #[serde(rename = "lowstock", deserialize_with = "scalar::count")]
    pub low: u64,
    /// Those without.
    #[serde(rename = "outofstock", deserialize_with = "scalar::count")]
    pub out_of_stock: u64,
    /// Those that can be ordered all the same.
    #[serde(rename = "onbackorder", deserialize_with = "scalar::count")]
    pub on_backorder: u64,
    /// All products and variations.
    #[serde(deserialize_with = "scalar::count")]
    pub products: u64,
}

/// The lists of reports: what to ask for, how to name them, and what tells two rows apart.
macro_rules! rows {
    ($($row:ty, $what:literal, $fields:literal, |$self:ident| $id:expr;)*) => {$(
        impl Resource for $row {
            const FIELDS: &'static str = $fields;
            const WHAT: &'static str = $what;

            fn id(&self) -> u64 {
                let $self = self;
                $id
            }
        }
    )*};
}

rows! {
    ProductFigures, "the products' figures", "product_id,items_sold,net_revenue,orders_count", |row| row.product_id;
    VariationFigures, "the variations' figures", "product_id,variation_id,items_sold,net_revenue,orders_count",
        |row| row.variation_id.unwrap_or(row.product_id);
    CategoryFigures, "the categories' figures", "category_id,items_sold,net_revenue,orders_count,products_count",
        |row| row.category_id;
    CouponFigures, "the coupons' figures", "coupon_id,amount,orders_count", |row| row.coupon_id;
    OrderFigures, "the orders' figures",
        "order_id,parent_id,date_created_gmt,status,net_total,total_sales,num_items_sold,customer_type", |row| row.order_id;
    CustomerFigures, "the customers' figures", "id,user_id,orders_count,total_spend", |row| row.id;
    StockLevel, "the stock", "id,parent_id,name,sku,stock_status,stock_quantity,manage_stock,low_stock_amount", |row| row.id;
}
