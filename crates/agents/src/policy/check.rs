//! Policies as files: read, checked, described, named by their content.

use garde::Validate;
use serde_json::Value;

use super::Policy;

/// Why a policy cannot be used.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// It cannot be read.
    #[error("this is no policy: {reason}")]
    Unreadable {
        /// Where, and what is wrong.
        reason: String,
    },
    /// A value lies outside its range.
    #[error("this policy is impossible: {}", problems.join("; "))]
    Impossible {
        /// Each key with what is wrong about it.
        problems: Vec<String>,
    },
}

impl Policy {
    /// Reads a policy.
    ///
    /// # Errors
    ///
    /// [`PolicyError::Unreadable`] with the line of a key that does not exist or of a value that cannot be read,
    /// [`PolicyError::Impossible`] with every key whose value lies outside its range.
    pub fn from_toml(text: &str) -> Result<Self, PolicyError> {
        let policy: Self =
            toml::from_str(text).map_err(|error| PolicyError::Unreadable { reason: error.to_string().trim().to_owned() })?;
        policy.check()?;
        Ok(policy)
    }

    /// Checks every value against its range, as reading a file does.
    ///
    /// # Errors
    ///
    /// [`PolicyError::Impossible`] with every key whose value lies outside its range.
    pub fn check(&self) -> Result<(), PolicyError> {
        self.validate().map_err(|report| PolicyError::Impossible {
            problems: report.iter().map(|(path, error)| format!("`{path}`: {error}")).collect(),
        })
    }

    /// The JSON schema of the file: every key with its meaning, unit, range and default.
    #[must_use]
    pub fn schema() -> Value {
        schemars::schema_for!(Self).to_value()
    }

    /// A name for exactly these values, the same on every machine: what decisions are recorded with.
    #[must_use]
    pub fn version(&self) -> String {
        // Its maps are in order and nothing in it is a floating-point number, so that the same values give the same text.
        let hash = blake3::hash(&serde_json::to_vec(self).unwrap_or_default()).to_hex();
        hash.chars().take(16).collect()
    }
}
