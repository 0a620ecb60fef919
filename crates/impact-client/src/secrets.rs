//! What no text of an answer may carry on: the account's SID and its token, in each form in which a request holds them.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::Value;
use url::form_urlencoded::byte_serialize;

/// What stands where one stood.
const REMOVED: &str = "..";

/// Shorter ones stand in ordinary words by chance, and protect nothing.
const SHORTEST: usize = 4;

/// An account's secrets, the longest form first. `Debug` shows none.
#[derive(Clone)]
pub(crate) struct Secrets(Vec<String>);

impl Secrets {
    pub(crate) fn new(sid: &str, token: &str) -> Self {
        let pair = format!("{sid}:{token}");
        let plain = [sid, token].map(str::to_owned);
        let encoded = [STANDARD_NO_PAD.encode(&pair), URL_SAFE_NO_PAD.encode(&pair), STANDARD_NO_PAD.encode(token)];
        let mut forms: Vec<String> = plain.into_iter().chain(encoded).collect();
        forms.extend(forms.clone().iter().map(|form| byte_serialize(form.as_bytes()).collect()));
        forms.retain(|form| form.len() >= SHORTEST);
        forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        forms.dedup();
        Self(forms)
    }

    /// The text without them.
    pub(crate) fn without(&self, text: &str) -> String {
        self.0
            .iter()
            .fold(text.to_owned(), |text, secret| if text.contains(secret) { text.replace(secret, REMOVED) } else { text })
    }

    /// Takes them out of every text of a value, the names of fields included.
    pub(crate) fn take_from(&self, value: &mut Value) {
        match value {
            Value::String(text) if self.stand_in(text) => *text = self.without(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.take_from(item)),
            Value::Object(fields) => {
                fields.values_mut().for_each(|field| self.take_from(field));
                let named: Vec<String> = fields.keys().filter(|name| self.stand_in(name)).cloned().collect();
                for name in named {
                    if let Some(field) = fields.remove(&name) {
                        fields.insert(self.without(&name), field);
                    }
                }
            }
            Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Null => {}
        }
    }

    /// Whether one stands in the text.
    pub(crate) fn stand_in(&self, text: &str) -> bool {
        self.0.iter().any(|secret| text.contains(secret))
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secrets(..)")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_form_is_taken_out_wherever_it_stands() {
        let secrets = Secrets::new("IRabcdef", "t&ken?");
        let basic = base64::engine::general_purpose::STANDARD.encode("IRabcdef:t&ken?");
        let mut value = json!({
            "Status": format!("Basic {basic}"), "IRabcdef": [{"Uri": "/Advertisers/IRabcdef/Ads/7"}, "t&ken?t%26ken%3F", 7, null],
        });
        secrets.take_from(&mut value);
        assert_eq!(value[".."], json!([{"Uri": "/Advertisers/../Ads/7"}, "....", 7, null]));
        assert!(value["Status"].as_str().unwrap().starts_with("Basic .."), "{value}");
        assert_eq!(format!("{secrets:?}"), "Secrets(..)");
    }

    #[test]
    fn what_is_too_short_is_no_secret() {
        assert_eq!(Secrets::new("IR", "").without("IRIS"), "IRIS");
    }
}
