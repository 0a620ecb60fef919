//! The tag by which a write is found again on a platform.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::OperationId;

/// The mark of one operation that a platform stores and that can be searched for: `cp-` and 20 hex digits.
///
/// It is derived from the operation's id, so that a restarted process looks for the same tag.
///
/// ```
/// use campaign_pilot_core::{DecisionId, OperationId, OperationTag};
///
/// let operation = OperationId::of(&DecisionId::of("cycle-1", "product-11"), 0);
/// let tag = OperationTag::of(&operation);
/// assert!(tag.as_str().starts_with("cp-"));
/// assert_eq!(OperationTag::find_in(&format!("summer,{tag},sale")), Some(tag));
/// ```
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct OperationTag(String);

impl OperationTag {
    const PREFIX: &'static str = "cp-";
    const DIGITS: usize = 20;

    /// The tag of an operation.
    #[must_use]
    pub fn of(operation: &OperationId) -> Self {
        let hash = blake3::hash(operation.as_str().as_bytes()).to_hex();
        let digits: String = hash.chars().take(Self::DIGITS).collect();
        Self(format!("{}{digits}", Self::PREFIX))
    }

    /// The tag as the platform stores it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first tag in a list of labels separated by commas or blanks, whatever stands around it.
    #[must_use]
    pub fn find_in(labels: &str) -> Option<Self> {
        labels.split([',', ' ', ';', '\n']).find_map(Self::read)
    }

    fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let digits = text.strip_prefix(Self::PREFIX)?;
        let fits = digits.len() == Self::DIGITS && digits.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        fits.then(|| Self(text.to_owned()))
    }
}

impl fmt::Display for OperationTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl TryFrom<String> for OperationTag {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::read(&text).ok_or_else(|| format!("`{text}` is not an operation tag"))
    }
}

impl From<OperationTag> for String {
    fn from(tag: OperationTag) -> Self {
        tag.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_exact_tags_are_found() {
        let tag = OperationTag::of(&OperationId::new("o-1").unwrap());
        assert_eq!(OperationTag::find_in(&format!("a, {tag} ,b")), Some(tag.clone()));
        assert_eq!(OperationTag::find_in(&format!("x{tag}")), None);
        assert_eq!(OperationTag::find_in("cp-3f9a21c4,campaign-pilot"), None);
        assert!(OperationTag::try_from(format!("{tag}0")).is_err());
    }
}
