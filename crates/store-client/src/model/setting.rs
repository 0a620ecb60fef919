//! The shop's settings.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::wire::scalar;

/// One setting of the shop.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Setting {
    /// Its name: `woocommerce_currency`, ..
    #[serde(deserialize_with = "scalar::text")]
    pub id: String,
    /// What it is set to.
    #[serde(default)]
    pub value: SettingValue,
}

/// What a setting is set to.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum SettingValue {
    /// A text; empty when nothing is set. Yes and no are texts.
    Text(String),
    /// Several choices.
    List(Vec<String>),
}

impl Default for SettingValue {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

impl<'de> Deserialize<'de> for SettingValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = |value: Value| match value {
            Value::String(text) => Some(text),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(flag) => Some(if flag { "yes" } else { "no" }.to_owned()),
            _ => None,
        };
        Ok(match Value::deserialize(deserializer)? {
            Value::Array(values) => Self::List(values.into_iter().filter_map(word).collect()),
            Value::Object(values) => Self::List(values.into_iter().filter_map(|(_, value)| word(value)).collect()),
            single => Self::Text(word(single).unwrap_or_default()),
        })
    }
}
