//! What a delivery tells.

use jiff::Timestamp;
use serde::Deserialize;

use super::{ChangeHint, Headers};
use crate::wire::scalar;

/// Longer texts in a header are not WooCommerce's.
const LONGEST: usize = 200;

/// A verified delivery. Signed is that the store sent a body with this id and instant; topic and delivery id stand in
/// headers that anyone on the way can change.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Event {
    /// The topic as it came, as in `order.updated`; empty when it is missing.
    pub topic: String,
    /// What kind of thing changed.
    pub resource: Subject,
    /// What happened to it.
    pub event: Change,
    /// Its id; `None` where the body names none, as when the store could not read it any more.
    pub id: Option<u64>,
    /// The product that a variation belongs to.
    pub parent_id: Option<u64>,
    /// The webhook's number in the store.
    pub webhook_id: Option<u64>,
    /// The store's id of the delivery. Deliveries of one webhook in the same second share it.
    pub delivery_id: Option<String>,
    /// When the thing last changed; `None` where it is deleted or the body does not say.
    pub at: Option<Timestamp>,
}

/// What kind of thing a webhook is about.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Subject {
    /// Orders.
    Order,
    /// Products and their variations.
    Product,
    /// Coupons.
    Coupon,
    /// Customers.
    Customer,
    /// Another kind, such as a plugin's, in its own word.
    Other(String),
}

/// What happened.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Change {
    /// It is new.
    Created,
    /// It changed.
    Updated,
    /// It is gone, to the trash or for good.
    Deleted,
    /// It is back from the trash.
    Restored,
    /// Something else, in the store's own word.
    Other(String),
}

impl Event {
    pub(super) fn read(headers: &Headers<'_>, body: &[u8]) -> Self {
        let short = |text: &&str| text.len() <= LONGEST;
        let topic = headers.topic.filter(short).unwrap_or_default().to_lowercase();
        let (resource, event) = topic.split_once('.').unwrap_or((topic.as_str(), ""));
        // What is not an object, or names no id, is the store's word all the same: something changed.
        let body: Body = serde_json::from_slice(body).unwrap_or_default();
        Self {
            resource: Subject::of(resource),
            event: Change::of(event),
            id: body.id,
            parent_id: body.parent_id,
            webhook_id: headers.webhook.and_then(|text| text.parse().ok()),
            delivery_id: headers.delivery.filter(short).map(str::to_owned),
            at: body.date_modified_gmt.or(body.date_created_gmt),
            topic,
        }
    }

    /// What to read because of it.
    #[must_use]
    pub fn hint(&self) -> ChangeHint {
        match (&self.resource, self.id, self.parent_id) {
            (Subject::Product, Some(variation), Some(product)) => ChangeHint::Variation { product, variation },
            (Subject::Product, Some(id), None) => ChangeHint::Product(id),
            (Subject::Order, Some(id), _) => ChangeHint::Order(id),
            (subject, _, _) => ChangeHint::Any(subject.clone()),
        }
    }
}

impl Subject {
    fn of(word: &str) -> Self {
        match word {
            "order" => Self::Order,
            "product" => Self::Product,
            "coupon" => Self::Coupon,
            "customer" => Self::Customer,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl Change {
    fn of(word: &str) -> Self {
        match word {
            "created" => Self::Created,
            "updated" => Self::Updated,
            "deleted" => Self::Deleted,
            "restored" => Self::Restored,
            other => Self::Other(other.to_owned()),
        }
    }
}

/// What is taken from a body: no name, no address, no amount.
#[derive(Default, Deserialize)]
struct Body {
    #[serde(default, deserialize_with = "scalar::reference")]
    id: Option<u64>,
    #[serde(default, deserialize_with = "scalar::reference")]
    parent_id: Option<u64>,
    #[serde(default, deserialize_with = "scalar::instant")]
    date_modified_gmt: Option<Timestamp>,
    #[serde(default, deserialize_with = "scalar::instant")]
    date_created_gmt: Option<Timestamp>,
}
