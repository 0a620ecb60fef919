//! What does not fit.

use std::fmt;

/// One thing in a request or an answer that the files declare otherwise.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Violation {
    /// The operation, such as `GET /Advertisers/{AccountSID}/Ads`.
    pub operation: String,
    /// The place, such as `Ads[].Id`; empty for the whole.
    pub at: String,
    /// What is wrong there.
    pub kind: Kind,
    /// The same in words.
    pub words: String,
}

/// The ways in which something does not fit.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Kind {
    /// No file describes such a path and method.
    Operation,
    /// The operation has no answer with this status, or no body of this media type.
    Answer,
    /// Something required is missing.
    Missing,
    /// A field or parameter that is not declared.
    Unknown,
    /// A text that reads as a number or a truth value, where the bare value is declared.
    TextScalar,
    /// An empty text, where a number, a truth value, one of some words or a format is declared.
    Empty,
    /// A null that is not declared.
    Null,
    /// A value of another type.
    Type,
    /// A word that is not among the declared ones.
    Enum,
    /// A text that is not in the declared format.
    Format,
    /// A text longer, or a number larger or smaller, than declared.
    Bounds,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.at.is_empty() {
            write!(f, "{}: {}", self.operation, self.words)
        } else {
            write!(f, "{}: {}: {}", self.operation, self.at, self.words)
        }
    }
}
