//! What a store's items are: typed, tolerant, and without anybody's personal data.

mod account;
mod attribution;
mod cost;
mod coupon;
mod order;
mod product;
mod setting;
mod term;
mod words;

pub use account::Account;
pub use attribution::OrderAttribution;
pub use cost::CostOfGoods;
pub use coupon::Coupon;
pub use order::{CouponLine, FeeLine, LineItem, Order, OrderRefund, Refund, ShippingLine};
pub use product::{Backorders, CategoryRef, Image, Product, StockManagement, Variation};
pub use setting::{Setting, SettingValue};
pub use term::Term;
pub use words::{CatalogVisibility, DiscountType, OrderStatus, ProductType, PublishStatus, StockStatus};

#[cfg(test)]
mod tests;
