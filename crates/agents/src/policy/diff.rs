//! What differs between two policies, in words.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Policy;

/// A value that differs between two policies.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PolicyChange {
    /// The key, such as `decision.gate.likely`.
    pub key: String,
    /// What it means, from the schema; empty where the schema does not say.
    pub meaning: String,
    /// The value before; `null` where there was none.
    pub from: Value,
    /// The value now; `null` where there is none.
    pub to: Value,
}

impl fmt::Display for PolicyChange {
    /// "`flight.days` is 7 instead of 14: how many days a campaign runs".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.from, &self.to) {
            (Value::Null, to) => write!(f, "`{}` is {}, which was not set before", self.key, said(to))?,
            (from, Value::Null) => write!(f, "`{}` is not set any more, which was {}", self.key, said(from))?,
            (from, to) => write!(f, "`{}` is {} instead of {}", self.key, said(to), said(from))?,
        }
        if self.meaning.is_empty() { Ok(()) } else { write!(f, ": {}", self.meaning) }
    }
}

impl Policy {
    /// What is different in a new policy, by key.
    #[must_use]
    pub fn changes_to(&self, new: &Self) -> Vec<PolicyChange> {
        let [from, to] = [self, new].map(Self::values);
        let mut changes = Vec::new();
        compare("", &from, &to, &mut changes);
        let schema = if changes.is_empty() { Value::Null } else { Self::schema() };
        for change in &mut changes {
            change.meaning = meaning(&schema, &change.key);
        }
        changes
    }
}

fn compare(key: &str, from: &Value, to: &Value, changes: &mut Vec<PolicyChange>) {
    if from == to {
        return;
    }
    let nothing = Map::new();
    let (old, new) = match (from, to) {
        (Value::Object(old), Value::Object(new)) => (old, new),
        // Of what was set as a whole, or is not set any more, each value is told.
        (Value::Null, Value::Object(new)) => (&nothing, new),
        (Value::Object(old), Value::Null) => (old, &nothing),
        _ => {
            changes.push(PolicyChange { key: key.to_owned(), meaning: String::new(), from: from.clone(), to: to.clone() });
            return;
        }
    };
    for name in old.keys().chain(new.keys()).collect::<BTreeSet<_>>() {
        let within = if key.is_empty() { name.clone() } else { format!("{key}.{name}") };
        compare(&within, old.get(name).unwrap_or(&Value::Null), new.get(name).unwrap_or(&Value::Null), changes);
    }
}

/// The first sentence that the schema says of the key, or of the nearest one above it that it describes.
pub(super) fn meaning(schema: &Value, key: &str) -> String {
    let (mut here, mut said) = (schema, "");
    for name in key.split('.') {
        let Some(below) = property(schema, here, name) else { break };
        said = below.get("description").and_then(Value::as_str).unwrap_or(said);
        here = below;
    }
    let sentence = said.split_once(". ").map_or(said, |(first, _)| first);
    let sentence = sentence.split_once(';').map_or(sentence, |(first, _)| first).trim_end_matches('.').replace('\n', " ");
    let mut letters = sentence.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

/// A property of a schema, wherever it stands: in it, in what it refers to, or in one of its variants.
fn property<'a>(whole: &'a Value, schema: &'a Value, name: &str) -> Option<&'a Value> {
    if let Some(found) = schema.get("properties").and_then(|properties| properties.get(name)) {
        return Some(found);
    }
    // Of keys that a merchant names, such as a category, all mean the same.
    if let Some(named) = schema.get("additionalProperties").filter(|named| named.is_object()) {
        return Some(named);
    }
    if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
        return property(whole, whole.pointer(target.strip_prefix('#')?)?, name);
    }
    let variants = ["anyOf", "oneOf", "allOf"].into_iter().filter_map(|kind| schema.get(kind)?.as_array());
    variants.flatten().find_map(|variant| property(whole, variant, name))
}

/// A value as a person writes it: without quotes.
fn said(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "on".to_owned(),
        Value::Bool(false) => "off".to_owned(),
        other => other.to_string(),
    }
}
