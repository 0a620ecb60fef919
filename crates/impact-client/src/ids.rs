//! impact.com's identifiers: one type per kind of thing.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use crate::wire::scalar;

macro_rules! wire_id {
    ($(#[$meta:meta])* $name:ident, $what:literal) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
        pub struct $name(String);

        impl $name {
            /// Takes a text as this kind of identifier.
            ///
            /// # Errors
            ///
            /// [`ImpactIdError`] unless it is 1 to 64 letters, digits, dots, dashes or underscores, and not dots
            /// alone: it becomes a part of an address.
            pub fn new(text: impl Into<String>) -> Result<Self, ImpactIdError> {
                let text = text.into();
                if fits_a_path(&text) { Ok(Self(text)) } else { Err(ImpactIdError { what: $what }) }
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
    /// A conversion that was credited to a partner, such as `1000.4636.158133`.
    ActionId,
    "action id"
);
wire_id!(
    /// A job that prepares an export.
    JobId,
    "job id"
);

fn fits_a_path(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    (1..=64).contains(&text.len()) && text.bytes().all(allowed) && text.bytes().any(|b| b != b'.')
}

/// A text that cannot be an identifier of impact.com. It does not repeat the text.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the {what} is not 1 to 64 letters, digits, dots, dashes or underscores")]
pub struct ImpactIdError {
    what: &'static str,
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
    fn what_would_leave_its_place_in_the_path_is_refused() {
        for text in ["", "..", "1/2", "1?x=2", "a b", "%2e", "\u{e9}"] {
            assert!(AdId::new(text).is_err(), "{text}");
        }
        assert!(serde_json::from_str::<AdId>("null").is_err());
        assert_eq!(ActionId::new("1000.4636.158133").unwrap().as_str(), "1000.4636.158133");
        assert_eq!(
            JobId::new("").unwrap_err().to_string(),
            "the job id is not 1 to 64 letters, digits, dots, dashes or underscores"
        );
    }
}
