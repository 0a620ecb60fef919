//! Values against schemas.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use serde_json::{Map, Value};
use url::Url;

use crate::violation::{Kind, Violation};

/// The keywords of a schema that are checked or that say nothing about values.
const KEYWORDS: [&str; 17] = [
    "$ref",
    "type",
    "properties",
    "required",
    "items",
    "enum",
    "format",
    "nullable",
    "allOf",
    "maxLength",
    "minimum",
    "maximum",
    "additionalProperties",
    "description",
    "example",
    "default",
    "title",
];

/// Refuses a file whose schemas say something that is not checked.
pub(crate) fn check_keywords(file: &Value) -> Result<(), String> {
    match file {
        Value::Object(fields) => {
            for (name, value) in fields {
                match name.as_str() {
                    "schema" => check_schema(value)?,
                    "schemas" => value.as_object().into_iter().flat_map(Map::values).try_for_each(check_schema)?,
                    _ => check_keywords(value)?,
                }
            }
            Ok(())
        }
        Value::Array(items) => items.iter().try_for_each(check_keywords),
        _ => Ok(()),
    }
}

fn check_schema(schema: &Value) -> Result<(), String> {
    let Some(fields) = schema.as_object() else { return Ok(()) };
    for (name, value) in fields {
        match name.as_str() {
            "properties" => value.as_object().into_iter().flat_map(Map::values).try_for_each(check_schema)?,
            "items" | "additionalProperties" => check_schema(value)?,
            "allOf" => value.as_array().into_iter().flatten().try_for_each(check_schema)?,
            known if KEYWORDS.contains(&known) || known.starts_with("x-") => {}
            other => return Err(format!("the keyword `{other}` of a schema is not checked here")),
        }
    }
    Ok(())
}

/// Holds values against the schemas of one file.
pub(crate) struct Checker<'a> {
    file: &'a Value,
    operation: String,
}

impl<'a> Checker<'a> {
    pub(crate) const fn new(file: &'a Value, operation: String) -> Self {
        Self { file, operation }
    }

    pub(crate) fn violation(&self, at: &str, kind: Kind, words: String) -> Violation {
        Violation { operation: self.operation.clone(), at: at.to_owned(), kind, words }
    }

    /// What a reference points to; anything else as it is.
    pub(crate) fn resolve<'b>(&self, value: &'b Value) -> Option<&'b Value>
    where
        'a: 'b,
    {
        match value.get("$ref").and_then(Value::as_str) {
            Some(reference) => self.file.pointer(reference.strip_prefix('#')?),
            None => Some(value),
        }
    }

    /// A form as the object that its schema describes: repeated fields become lists, and so do lists with commas.
    pub(crate) fn form(&self, schema: Option<&Value>, fields: &[(String, String)]) -> Value {
        let schema = schema.and_then(|schema| self.resolve(schema));
        let mut object = Map::new();
        for (name, value) in fields {
            let declared = schema.and_then(|schema| self.property(schema, name)).and_then(|schema| self.resolve(schema));
            if declared.and_then(|schema| schema.get("type")).and_then(Value::as_str) == Some("array") {
                let list = object.entry(name.clone()).or_insert_with(|| Value::Array(Vec::new()));
                if let Value::Array(list) = list {
                    list.extend(value.split(',').filter(|value| !value.is_empty()).map(Value::from));
                }
            } else {
                object.insert(name.clone(), Value::from(value.as_str()));
            }
        }
        Value::Object(object)
    }

    /// Holds a value against a schema; texts may stand for bare values in forms and queries.
    pub(crate) fn check(&self, schema: &Value, value: &Value, texts: bool) -> Vec<Violation> {
        self.check_at(schema, value, texts, "")
    }

    pub(crate) fn check_at(&self, schema: &Value, value: &Value, texts: bool, at: &str) -> Vec<Violation> {
        let mut found = Vec::new();
        self.walk(schema, value, texts, at, &mut found);
        found
    }

    fn walk(&self, schema: &Value, value: &Value, texts: bool, at: &str, found: &mut Vec<Violation>) {
        let Some(schema) = self.resolve(schema) else {
            found.push(self.violation(at, Kind::Type, "its schema points nowhere".to_owned()));
            return;
        };
        for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            self.walk(part, value, texts, at, found);
        }
        let declared = schema.get("type").and_then(Value::as_str).unwrap_or_default();
        let mut push = |kind, words: String| found.push(self.violation(at, kind, words));
        if value.is_null() {
            if schema.get("nullable") != Some(&Value::Bool(true)) {
                push(Kind::Null, format!("null where {declared} is declared"));
            }
            return;
        }
        match (declared, value) {
            ("object", Value::Object(fields)) => self.walk_object(schema, fields, texts, at, found),
            ("array", Value::Array(items)) => {
                if let Some(schema) = schema.get("items") {
                    items.iter().for_each(|item| self.walk(schema, item, texts, &format!("{at}[]"), found));
                }
            }
            ("integer" | "number" | "boolean", Value::String(text)) if text.is_empty() => {
                push(Kind::Empty, format!("empty where {declared} is declared"));
            }
            ("integer" | "number" | "boolean", Value::String(text)) => match (read(declared, text), texts) {
                (None, _) => push(Kind::Type, format!("`{text}` where {declared} is declared")),
                (Some(()), true) => {}
                (Some(()), false) => push(Kind::TextScalar, format!("text where {declared} is declared")),
            },
            ("integer", Value::Number(number)) if number.is_f64() => {
                push(Kind::Type, format!("{number} where integer is declared"))
            }
            ("integer" | "number", Value::Number(number)) => {
                let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
                let value = number.as_f64().unwrap_or_default();
                if bound("minimum").is_some_and(|least| value < least) || bound("maximum").is_some_and(|most| most < value) {
                    push(Kind::Bounds, format!("{number} is out of bounds"));
                }
            }
            ("boolean", Value::Bool(_)) => {}
            ("string", Value::String(text)) => check_text(schema, text, push),
            // A form has no objects; how they are written is not declared.
            ("object", Value::String(_)) if texts => {}
            // A schema without a type takes anything.
            ("", _) => {}
            (declared, value) => push(Kind::Type, format!("{value} where {declared} is declared")),
        }
    }

    fn walk_object(&self, schema: &Value, fields: &Map<String, Value>, texts: bool, at: &str, found: &mut Vec<Violation>) {
        let place = |name: &str| if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") };
        for name in schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            if !fields.contains_key(name) {
                found.push(self.violation(&place(name), Kind::Missing, "is required".to_owned()));
            }
        }
        let is_open = schema.get("properties").is_none() || schema.get("additionalProperties").is_some_and(|more| more != false);
        for (name, value) in fields {
            match self.property(schema, name) {
                Some(declared) => self.walk(declared, value, texts, &place(name), found),
                None if is_open => {}
                None => found.push(self.violation(&place(name), Kind::Unknown, "is not declared".to_owned())),
            }
        }
    }

    /// The schema of a property; `ItemSku[i]` declares `ItemSku1`, `ItemSku2`, ..
    fn property<'b>(&self, schema: &'b Value, name: &str) -> Option<&'b Value>
    where
        'a: 'b,
    {
        let properties = schema.get("properties")?;
        let indexed = || properties.get(format!("{}[i]", name.trim_end_matches(|c: char| c.is_ascii_digit())));
        properties.get(name).or_else(indexed)
    }
}

fn read(declared: &str, text: &str) -> Option<()> {
    match declared {
        "integer" => text.parse::<i64>().ok().map(|_| ()),
        "number" => text.parse::<f64>().ok().filter(|number| number.is_finite()).map(|_| ()),
        _ => (text == "true" || text == "false").then_some(()),
    }
}

fn check_text(schema: &Value, text: &str, mut push: impl FnMut(Kind, String)) {
    let words = schema.get("enum").and_then(Value::as_array);
    let format = schema.get("format").and_then(Value::as_str);
    if text.is_empty() {
        if words.is_some() || format.is_some_and(|format| format != "uri-reference" && format != "binary") {
            push(Kind::Empty, "empty where a word or a format is declared".to_owned());
        }
        return;
    }
    if words.is_some_and(|words| !words.iter().any(|word| word == text)) {
        push(Kind::Enum, format!("`{text}` is not one of the declared words"));
    }
    if format.is_some_and(|format| !fits(format, text)) {
        push(Kind::Format, format!("`{text}` is no {}", format.unwrap_or_default()));
    }
    let longest = schema.get("maxLength").and_then(Value::as_u64);
    if longest.is_some_and(|longest| text.chars().count() as u64 > longest) {
        push(Kind::Bounds, "is too long".to_owned());
    }
}

fn fits(format: &str, text: &str) -> bool {
    match format {
        "date-time" => text.parse::<Timestamp>().is_ok(),
        "date" => text.len() == 10 && text.parse::<Date>().is_ok(),
        "time" => text.parse::<Time>().is_ok(),
        "uri" => Url::parse(text).is_ok(),
        "uri-reference" => !text.contains(char::is_whitespace),
        "email" => text.contains('@'),
        "binary" | "password" => true,
        // Formats of numbers, on a text: it must read as one.
        "decimal" | "float" => text.parse::<f64>().is_ok(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Body, Spec};

    const FILE: &str = r##"
openapi: 3.1.0
paths:
  /Shops/{ShopId}/Ads:
    get:
      parameters:
      - { name: CampaignId, in: query, required: true, schema: { type: integer } }
      - { name: Size, in: query, schema: { type: integer } }
      responses:
        '200': { $ref: '#/components/responses/Ads' }
    put:
      requestBody:
        content:
          application/x-www-form-urlencoded: { schema: { $ref: '#/components/schemas/Change' } }
      responses: { '200': { description: nothing } }
components:
  responses:
    Ads:
      content:
        application/json:
          schema: { type: object, properties: { Ads: { type: array, items: { $ref: '#/components/schemas/Ad' } } } }
  schemas:
    Ad:
      type: object
      properties:
        Id: { type: integer }
        Cost: { type: number, format: decimal }
        Live: { type: boolean }
        Kind: { type: string, enum: [A, B] }
        Ends: { type: string, format: date-time, nullable: true }
    Change:
      type: object
      properties:
        Amount: { type: number }
        Partners: { type: array, items: { type: integer } }
        Sku[i]: { type: string, maxLength: 3 }
"##;

    fn kinds(violations: &[Violation]) -> Vec<(Kind, &str)> {
        violations.iter().map(|violation| (violation.kind, violation.at.as_str())).collect()
    }

    #[test]
    fn answers_are_checked_field_by_field() {
        let spec = Spec::parse(FILE).unwrap();
        let check = |ad: Value| spec.check_answer("GET", "/Shops/1/Ads", 200, &json!({ "Ads": [ad] }));
        assert_eq!(check(json!({ "Id": 1, "Cost": 1.5, "Live": true, "Kind": "A", "Ends": null })), vec![]);
        assert_eq!(check(json!({ "Ends": "2026-05-29T22:03:35-07:00" })), vec![]);
        for (ad, kind, at) in [
            (json!({ "Id": "1" }), Kind::TextScalar, "Ads[].Id"),
            (json!({ "Id": "one" }), Kind::Type, "Ads[].Id"),
            (json!({ "Id": 1.5 }), Kind::Type, "Ads[].Id"),
            (json!({ "Id": null }), Kind::Null, "Ads[].Id"),
            (json!({ "Live": "" }), Kind::Empty, "Ads[].Live"),
            (json!({ "Kind": "C" }), Kind::Enum, "Ads[].Kind"),
            (json!({ "Ends": "" }), Kind::Empty, "Ads[].Ends"),
            (json!({ "Ends": "2026-05-29" }), Kind::Format, "Ads[].Ends"),
            (json!({ "New": 1 }), Kind::Unknown, "Ads[].New"),
            (json!([]), Kind::Type, "Ads[]"),
        ] {
            assert_eq!(kinds(&check(ad.clone())), [(kind, at)], "{ad}");
        }
        assert_eq!(kinds(&spec.check_answer("GET", "/Shops/1/Ads", 404, &json!({}))), [(Kind::Answer, "")]);
        assert_eq!(kinds(&spec.check_answer("GET", "/Shops/Ads", 200, &json!({}))), [(Kind::Operation, "")]);
        assert_eq!(kinds(&spec.check_answer("PUT", "/Shops/1/Ads", 200, &json!({}))), [(Kind::Answer, "")]);
    }

    #[test]
    fn requests_are_checked_in_query_and_body() {
        let spec = Spec::parse(FILE).unwrap();
        let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let get = |query: &[(&str, &str)]| spec.check_request("GET", "/Shops/1/Ads", &pairs(query), Body::None);
        assert_eq!(get(&[("CampaignId", "7"), ("Page", "2")]), vec![]);
        assert_eq!(
            kinds(&get(&[("Size", "x"), ("Colour", "red")])),
            [(Kind::Missing, "CampaignId"), (Kind::Type, "Size"), (Kind::Unknown, "Colour")]
        );
        let put = |form: &[(&str, &str)]| spec.check_request("PUT", "/Shops/1/Ads", &[], Body::Form(&pairs(form)));
        assert_eq!(put(&[("Amount", "1.50"), ("Partners", "1,2"), ("Partners", "3"), ("Sku12", "abc")]), vec![]);
        assert_eq!(
            kinds(&put(&[("Amount", "much"), ("Partners", "x"), ("Sku1", "abcd"), ("Sku", "a")])),
            [(Kind::Type, "Amount"), (Kind::Type, "Partners[]"), (Kind::Bounds, "Sku1"),]
        );
        let json = spec.check_request("PUT", "/Shops/1/Ads", &[], Body::Json(&json!({})));
        assert_eq!(kinds(&json), []);
        assert_eq!(kinds(&spec.check_request("PUT", "/Shops/1/Ads", &[], Body::None)), [(Kind::Missing, "")]);
    }

    #[test]
    fn a_keyword_that_is_not_checked_is_refused() {
        let file = "paths: {}\ncomponents: { schemas: { A: { type: string, pattern: 'x' } } }";
        assert!(Spec::parse(file).unwrap_err().to_string().contains("`pattern`"));
        assert!(Spec::parse("a: [").is_err());
    }

    #[test]
    fn impacts_own_files_can_be_read() {
        let Some(spec) = Spec::from_env().unwrap() else {
            println!("not checked: {} names no folder with impact.com's OpenAPI files", Spec::FOLDER);
            return;
        };
        let operations = spec.operations();
        assert!(operations.len() > 60 && operations.contains(&("GET".to_owned(), "/Advertisers/{AccountSID}/Ads".to_owned())));
    }
}
