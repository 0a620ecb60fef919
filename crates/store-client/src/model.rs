//! What a store's items are: typed, tolerant, and without anybody's personal data.

mod order;
mod product;
mod words;

pub use order::{CouponLine, FeeLine, LineItem, Order, OrderAttribution, OrderRefund, Refund, ShippingLine};
pub use product::{Backorders, CategoryRef, Image, Product, StockManagement, Variation};
pub use words::{CatalogVisibility, OrderStatus, ProductType, PublishStatus, StockStatus};
