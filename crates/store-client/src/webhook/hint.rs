//! From a hint to a read.

use campaign_pilot_core::ErrorKind;

use super::Subject;
use crate::model::{Order, Product};
use crate::{OrderQuery, StoreError, WooApi};

/// What may have changed. Hints that say the same can be followed once for all of them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ChangeHint {
    /// This product; it may be gone.
    Product(u64),
    /// This variation, and with it perhaps price and stock of its product.
    Variation {
        /// The product.
        product: u64,
        /// The variation.
        variation: u64,
    },
    /// This order; it may be gone.
    Order(u64),
    /// Something of this kind: read what changed since the last reading.
    Any(Subject),
}

/// What the store says when it is asked.
#[derive(Debug)]
pub enum Fresh {
    /// The product as it is now; `None` when it is gone.
    Product(Option<Box<Product>>),
    /// The order as it is now; `None` when it is gone or in the trash.
    Order(Option<Box<Order>>),
    /// Nothing was read: read what changed since the last reading.
    ReadChanges,
}

impl ChangeHint {
    /// Reads what the hint is about; the delivery's own words are not used.
    ///
    /// # Errors
    ///
    /// When the store cannot be read, or its answer cannot: an item that is there is never told as gone.
    pub async fn follow(&self, api: &WooApi) -> Result<Fresh, StoreError> {
        Ok(match self {
            Self::Product(id) | Self::Variation { product: id, .. } => Fresh::Product(api.product(*id).await?.map(Box::new)),
            Self::Order(id) => {
                let whole = api.orders(&OrderQuery::new().include([*id])).all().await?;
                if let Some(rejected) = whole.rejected.first() {
                    let message = format!("order {id} of {} {}", api.name(), rejected.reason);
                    return Err(StoreError::new(ErrorKind::Malformed, message)
                        .advise("open the order in WooCommerce, and look for a plugin that changes it"));
                }
                Fresh::Order(whole.items.into_iter().find(|order| order.id == *id).map(Box::new))
            }
            Self::Any(_) => Fresh::ReadChanges,
        })
    }
}
