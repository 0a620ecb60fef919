//! The words that a store chooses from; unknown ones, which plugins add, are kept.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::wire::scalar;

macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $word:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Hash)]
        pub enum $name {
            $($(#[$doc])* $word,)+
            /// Another word, as the store says it.
            Other(String),
        }

        impl $name {
            /// The store's word.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$word => $text,)+
                    Self::Other(word) => word,
                }
            }
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                match word {
                    $($text => Self::$word,)+
                    other => Self::Other(other.to_owned()),
                }
            }
        }

        impl Default for $name {
            /// No word at all.
            fn default() -> Self {
                Self::Other(String::new())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                scalar::word(deserializer, |word| Self::from(word))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}

words! {
    /// What a coupon's amount means.
    DiscountType {
        /// Per cent of the goods.
        Percent = "percent",
        /// An amount off the cart.
        FixedCart = "fixed_cart",
        /// An amount off each unit.
        FixedProduct = "fixed_product",
    }
}

words! {
    /// Whether an item is published.
    PublishStatus {
        /// Shoppers can see it.
        Publish = "publish",
        /// Being written.
        Draft = "draft",
        /// Waiting for a review.
        Pending = "pending",
        /// For logged-in staff only.
        Private = "private",
        /// Deleted, but not for good.
        Trash = "trash",
    }
}

words! {
    /// Where a product shows.
    CatalogVisibility {
        /// In the catalogue and the search.
        Visible = "visible",
        /// In the catalogue only.
        Catalog = "catalog",
        /// In the search only.
        Search = "search",
        /// Nowhere; its page can still be visited.
        Hidden = "hidden",
    }
}

words! {
    /// What kind of product it is.
    ProductType {
        /// One article with one price.
        Simple = "simple",
        /// An article in several variations.
        Variable = "variable",
        /// A set of other products.
        Grouped = "grouped",
        /// Sold on another site.
        External = "external",
        /// One variation of a variable product.
        Variation = "variation",
    }
}

words! {
    /// What the store says about an item's availability.
    StockStatus {
        /// Can be bought.
        InStock = "instock",
        /// Cannot be bought.
        OutOfStock = "outofstock",
        /// Can be ordered before it is there.
        OnBackorder = "onbackorder",
    }
}

words! {
    /// Where an order stands.
    OrderStatus {
        /// Waiting for the payment.
        Pending = "pending",
        /// Paid, to be sent.
        Processing = "processing",
        /// Waiting for a confirmation, such as of a bank transfer.
        OnHold = "on-hold",
        /// Done.
        Completed = "completed",
        /// Cancelled by the store or the customer.
        Cancelled = "cancelled",
        /// Wholly refunded.
        Refunded = "refunded",
        /// The payment failed.
        Failed = "failed",
        /// Deleted, but not for good.
        Trash = "trash",
        /// An open checkout, no order yet.
        CheckoutDraft = "checkout-draft",
        /// Being written by the staff.
        AutoDraft = "auto-draft",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn unknown_words_are_kept() {
        let read = |word| serde_json::from_value::<OrderStatus>(json!(word)).unwrap();
        assert_eq!(read("on-hold"), OrderStatus::OnHold);
        assert_eq!(read("wc-shipped"), OrderStatus::Other("wc-shipped".to_owned()));
        assert_eq!(serde_json::to_value(read("wc-shipped")).unwrap(), json!("wc-shipped"));
        assert_eq!(serde_json::from_value::<OrderStatus>(json!(null)).unwrap(), OrderStatus::default());
    }
}
