//! impact.com's identifiers: one type per kind of thing.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use crate::wire::scalar;

/// What all identifiers have in common, for the calls.
pub(crate) trait WireId: Sized {
    fn read(text: &str) -> Result<Self, ImpactIdError>;

    fn text(&self) -> &str;

    /// Whether both name the same thing: an address may write a number with leading zeros.
    fn is_same(&self, other: &Self) -> bool {
        plain_number(self.text()) == plain_number(other.text())
    }
}

/// The text, a number without its leading zeros.
pub(crate) fn plain_number(text: &str) -> &str {
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        let short = text.trim_start_matches('0');
        return if short.is_empty() { "0" } else { short };
    }
    text
}

macro_rules! wire_id {
    ($(#[$meta:meta])* $name:ident, $what:literal) => {
        wire_id!($(#[$meta])* $name, $what, fits_a_path, "1 to 64 letters, digits, dots, dashes or underscores");
    };
    ($(#[$meta:meta])* $name:ident, $what:literal, $fits:ident, $rule:literal) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes a text as this kind of identifier.
            ///
            /// # Errors
            ///
            /// [`ImpactIdError`] unless it is
            #[doc = concat!($rule, ", and not dots alone: it becomes a part of an address.")]
            pub fn new(text: impl Into<String>) -> Result<Self, ImpactIdError> {
                let text = text.into();
                if $fits(&text) { Ok(Self(text)) } else { Err(ImpactIdError { what: $what, rule: $rule }) }
            }

            /// The identifier as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl WireId for $name {
            fn read(text: &str) -> Result<Self, ImpactIdError> {
                Self::new(text)
            }

            fn text(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        /// Reads a string or a number, since impact.com sends both.
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = scalar::text(deserializer)?.unwrap_or_default();
                Self::new(text).map_err(serde::de::Error::custom)
            }
        }
    };
}

wire_id!(
    /// A program: what impact.com's API calls a `Campaign`.
    ProgramId,
    "program id"
);
wire_id!(
    /// An ad: what one of our campaigns is made of.
    AdId,
    "ad id"
);
wire_id!(
    /// A deal: an offer that ads and promo codes can belong to.
    DealId,
    "deal id"
);
wire_id!(
    /// A promo code.
    PromoCodeId,
    "promo code id"
);
wire_id!(
    /// A partner (`MediaPartner`): who brings the traffic.
    PartnerId,
    "partner id"
);
wire_id!(
    /// A group of partners.
    PartnerGroupId,
    "partner group id"
);
wire_id!(
    /// A contract between the brand and a partner, such as `S-7777777`.
    ContractId,
    "contract id"
);
wire_id!(
    /// The template that the terms of a contract were made from.
    TemplateTermsId,
    "template id"
);
wire_id!(
    /// A kind of conversion (`ActionTracker`, event type), such as the sale.
    EventTypeId,
    "event type id"
);
wire_id!(
    /// A conversion that was credited to a partner, such as `1000.4636.158133`.
    ActionId,
    "action id"
);
wire_id!(
    /// A change of an action.
    ActionUpdateId,
    "action update id"
);
wire_id!(
    /// A question of a partner about an action that was not credited as expected.
    InquiryId,
    "inquiry id"
);
wire_id!(
    /// A report: its number or its handle, such as `adv_performance_by_ad_pm_only`.
    ReportId,
    "report id"
);
wire_id!(
    /// A job that prepares an export.
    JobId,
    "job id"
);
wire_id!(
    /// A submission: changes that were sent and are processed later.
    BatchId,
    "batch id"
);
wire_id!(
    /// A catalogue of products at impact.com.
    CatalogId,
    "catalog id"
);
wire_id!(
    /// A rule that blocks or redirects clicks.
    RuleId,
    "rule id"
);
wire_id!(
    /// A list of products or categories for which other terms hold.
    ExceptionListId,
    "exception list id"
);
wire_id!(
    /// A list of promo codes for which other terms hold.
    PromoCodeExceptionListId,
    "promo code exception list id"
);
wire_id!(
    /// An entry of an exception list.
    ExceptionItemId,
    "exception list item id"
);
wire_id!(
    /// A click, as the landing page's `im_ref` parameter names it.
    ClickId,
    "click id",
    is_a_token,
    "1 to 255 printable characters of ASCII without blanks"
);
wire_id!(
    /// An item of a catalogue: the brand's own number for it, most often its SKU.
    CatalogItemId,
    "catalog item id",
    is_a_name,
    "1 to 255 characters without control characters and without blanks at its ends"
);

fn fits_a_path(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    (1..=64).contains(&text.len()) && text.bytes().all(allowed) && text.bytes().any(|b| b != b'.')
}

/// Taken as a part of an address, percent-encoded where needed.
fn is_a_token(text: &str) -> bool {
    (1..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic()) && text.bytes().any(|b| b != b'.')
}

fn is_a_name(text: &str) -> bool {
    (1..=255).contains(&text.chars().count())
        && !text.chars().any(char::is_control)
        && text.trim() == text
        && text.bytes().any(|b| b != b'.')
}

/// A text that cannot be an identifier of impact.com. It does not repeat the text.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the {what} is not {rule}")]
pub struct ImpactIdError {
    what: &'static str,
    rule: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_as_text_or_number() {
        let ids: Vec<AdId> = serde_json::from_str(r#"["892081", 892081]"#).unwrap();
        assert_eq!(ids[0], ids[1]);
        assert_eq!(ids[0].to_string(), "892081");
    }

    #[test]
    fn leading_zeros_name_the_same_thing() {
        let id = |text: &str| DealId::new(text).unwrap();
        assert!(id("00003").is_same(&id("3")) && id("000").is_same(&id("0")) && !id("30").is_same(&id("3")));
        assert!(!id("S-003").is_same(&id("S-3")));
    }

    #[test]
    fn what_would_leave_its_place_in_the_path_is_refused() {
        for text in ["", "..", "1/2", "1?x=2", "a b", "%2e", "\u{e9}"] {
            assert!(AdId::new(text).is_err(), "{text}");
        }
        assert!(serde_json::from_str::<AdId>("null").is_err());
        for text in ["", "..", " x", "a\tb", "\u{7}"] {
            assert!(CatalogItemId::new(text).is_err(), "{text}");
        }
        assert_eq!(CatalogItemId::new("M\u{fc}sli / 500 g").unwrap().as_str(), "M\u{fc}sli / 500 g");
        assert!(ClickId::new("R3x:1~a^b*").is_ok() && ClickId::new("a b").is_err());
        assert_eq!(ActionId::new("1000.4636.158133").unwrap().as_str(), "1000.4636.158133");
        assert_eq!(
            JobId::new("").unwrap_err().to_string(),
            "the job id is not 1 to 64 letters, digits, dots, dashes or underscores"
        );
    }
}
