//! What impact.com shows, as far as campaigns need it. Fields that are not listed here are ignored, never an error.

mod action;
mod ad;
mod job;
mod program;
mod report;

pub use action::{Action, ActionState};
pub use ad::{Ad, AdKind};
pub use job::{Job, JobStatus};
pub use program::{Company, Program, ProgramState};
pub use report::AdReportRow;

/// An enumeration of the wire: known words, and every other word kept as it came.
macro_rules! wire_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Eq, PartialEq)]
        pub enum $name {
            $($(#[$variant_meta])* $variant,)+
            /// A word that is not known here; empty where none came.
            Other(String),
        }

        impl $name {
            /// The word of the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)+
                    Self::Other(word) => word,
                }
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::Other(String::new())
            }
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                match word {
                    $(_ if word.eq_ignore_ascii_case($word) => Self::$variant,)+
                    _ => Self::Other(word.to_owned()),
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Ok(crate::wire::scalar::text(deserializer)?.unwrap_or_default().as_str().into())
            }
        }
    };
}
use wire_enum;
