//! Identifiers: one type per kind of thing, so that they cannot be mixed up.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};
use uuid::Uuid;

macro_rules! text_id {
    ($(#[$meta:meta])* $name:ident, $what:literal) => {
        $(#[$meta])*
        ///
        /// Cheap to clone.
        #[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[serde(try_from = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes a text as this kind of identifier.
            ///
            /// # Errors
            ///
            /// [`IdError`] when the text is blank, longer than 200 bytes or holds control characters.
            pub fn new(text: impl Into<String>) -> Result<Self, IdError> {
                checked(text.into(), $what).map(|text| Self(text.into()))
            }

            /// The identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0.as_ref().to_owned()
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

text_id!(
    /// A product of the store, as the store names it (WooCommerce: the decimal post id).
    ProductId,
    "product id"
);
text_id!(
    /// Our own campaign: one product promoted on one platform. Stable over all its platform objects.
    CampaignId,
    "campaign id"
);
text_id!(
    /// The platform's object behind a campaign (impact.com: the ad id).
    PlatformCampaignId,
    "platform campaign id"
);
text_id!(
    /// One write that was decided once and may take effect at most once.
    OperationId,
    "operation id"
);
text_id!(
    /// One decision on one campaign or product in one cycle.
    DecisionId,
    "decision id"
);
text_id!(
    /// A plan: the hash of its content.
    PlanId,
    "plan id"
);
text_id!(
    /// The merchant's stock keeping unit.
    Sku,
    "sku"
);
text_id!(
    /// A category's name as shoppers read it, entities decoded (`Home & Garden`).
    CategoryName,
    "category name"
);

/// The namespace of every identifier that is derived from other identifiers.
const NAMESPACE: Uuid = Uuid::from_u128(0x6361_6d70_6169_676e_2d70_696c_6f74_0001);

impl ProductId {
    /// The id of a store that numbers its products.
    #[must_use]
    pub fn from_number(number: u64) -> Self {
        Self(number.to_string().into())
    }
}

impl CampaignId {
    /// The campaign that `decision` starts: the same decision always names the same campaign.
    #[must_use]
    pub fn of_launch(decision: &DecisionId) -> Self {
        Self(format!("c-{}", short(&format!("campaign/{decision}"))).into())
    }
}

impl DecisionId {
    /// The decision on `subject` (a campaign or product id) in the named cycle.
    #[must_use]
    pub fn of(cycle: &str, subject: &str) -> Self {
        Self(format!("d-{}", short(&format!("decision/{cycle}/{subject}"))).into())
    }
}

impl OperationId {
    /// The operation that carries out action number `index` of `decision`.
    #[must_use]
    pub fn of(decision: &DecisionId, index: usize) -> Self {
        Self(format!("o-{}", short(&format!("operation/{decision}/{index}"))).into())
    }
}

/// Eighty bits of a version 5 UUID in hexadecimal: enough that two never meet, short enough for a label.
fn short(name: &str) -> String {
    let mut text = Uuid::new_v5(&NAMESPACE, name.as_bytes()).simple().to_string();
    text.truncate(20);
    text
}

fn checked(text: String, what: &'static str) -> Result<String, IdError> {
    let reason = if text.trim().is_empty() {
        "is blank"
    } else if text.len() > 200 {
        "is longer than 200 bytes"
    } else if text.chars().any(char::is_control) {
        "holds control characters"
    } else {
        return Ok(text);
    };
    Err(IdError { what, reason })
}

/// A text that cannot be an identifier.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the {what} {reason}")]
pub struct IdError {
    what: &'static str,
    reason: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_ids_depend_on_their_origin_alone() {
        let decision = DecisionId::of("cycle-7", "product-11");
        assert_eq!(decision, DecisionId::of("cycle-7", "product-11"));
        assert_ne!(decision, DecisionId::of("cycle-8", "product-11"));
        assert_ne!(OperationId::of(&decision, 0), OperationId::of(&decision, 1));
    }

    #[test]
    fn blank_ids_are_refused_even_from_json() {
        assert_eq!(ProductId::new("  ").unwrap_err().to_string(), "the product id is blank");
        assert!(serde_json::from_str::<ProductId>("\"\"").is_err());
        assert!(Sku::new("a\u{7}").is_err());
    }
}
