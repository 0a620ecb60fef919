//! Policies as files: read, checked, described, named by their content.

use garde::Validate;
use rust_decimal::Decimal;
use serde_json::Value;

use super::Policy;

/// Why a policy cannot be used.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// It cannot be read.
    #[error("the policy cannot be read: {reason}")]
    Unreadable {
        /// Where, and what is wrong.
        reason: String,
    },
    /// A value lies outside its range.
    #[error("the policy is invalid: {}", problems.join("; "))]
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

    /// The JSON schema of the file: every key with its meaning, unit and default; [`Policy::check`] knows the ranges.
    #[must_use]
    pub fn schema() -> Value {
        schemars::schema_for!(Self).to_value()
    }

    /// The values as JSON, with equal numbers written alike.
    pub(super) fn values(&self) -> Value {
        let mut values = serde_json::to_value(self).unwrap_or_default();
        write_alike(&mut values);
        values
    }

    /// A name for exactly these values, the same on every machine: what decisions are recorded with.
    #[must_use]
    pub fn version(&self) -> String {
        // Its maps are in order and nothing in it is a floating-point number, so that the same values give the same text.
        let hash = blake3::hash(self.values().to_string().as_bytes()).to_hex();
        hash.chars().take(16).collect()
    }
}

/// Drops the zeros at the end of decimal fractions: `0.90` is `0.9`.
fn write_alike(value: &mut Value) {
    match value {
        Value::Object(fields) => fields.values_mut().for_each(write_alike),
        Value::Array(items) => items.iter_mut().for_each(write_alike),
        Value::String(text) if text.contains('.') => {
            if let Ok(number) = text.parse::<Decimal>() {
                *text = number.normalize().to_string();
            }
        }
        _ => {}
    }
}
