//! `docs/worlds.md` and `worlds/schema.json` say what the code says. `UPDATE_DOCS=1` writes them.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use campaign_pilot_sandbox::World;
use serde_json::{Value, json};

/// What stands above the tables.
const INTRODUCTION: &str = "\
# Worlds

A world is a TOML file that describes a simulated market: its store, the partners, how shoppers respond to advertising, the platform,
and what is wrong with the data. `World::load` takes the name of a shipped world or a path; a seed decides everything that is random
within a world's bounds.

A file leaves out what is to be as in the defaults. An unknown key, a wrong type, a range whose lower bound is above its upper one and
a value outside the ranges below are refused with the line or the key.

```toml
name = \"dear\"
about = \"Partners want a quarter of the revenue.\"

[partners]
commission = [0.20, 0.30]

[[store.events]]
day = 10
days = 3
demand = 2.5
```

Amounts are in the store's currency, without tax. Days are 24 hours and count from the instant at which the sandbox opens (0). `[low,
high]` is a range from which is drawn, evenly unless said otherwise; both bounds may be the same. This page is made from the code by
`UPDATE_DOCS=1 cargo test -p campaign-pilot-sandbox --test world_reference`; the same as a JSON schema for editors is in
[`schema.json`](../crates/sandbox/worlds/schema.json).
";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Compares a file with what it should be, or writes it.
fn is_up_to_date(file: &Path, text: &str) {
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(file, text).unwrap();
    }
    let found = std::fs::read_to_string(file).unwrap_or_default();
    let differs = text.lines().zip(found.lines()).find(|(wanted, found)| wanted != found);
    assert!(found == text, "{} is not up to date (UPDATE_DOCS=1 writes it); it differs at {differs:?}", file.display());
}

#[test]
fn the_page_of_worlds_is_up_to_date() {
    is_up_to_date(&root().join("docs/worlds.md"), &page());
}

#[test]
fn the_schema_is_up_to_date() {
    let text = serde_json::to_string_pretty(&World::schema()).unwrap() + "\n";
    is_up_to_date(&root().join("crates/sandbox/worlds/schema.json"), &text);
}

/// Every number of the schema has its range: what is refused can be read there.
#[test]
fn every_key_has_a_meaning_and_every_number_a_range() {
    let schema = World::schema();
    for section in sections(&schema) {
        for (key, property) in section.keys() {
            let name = format!("{}.{key}", section.path);
            assert!(property["description"].as_str().is_some_and(|text| text.len() > 5), "{name} has no meaning");
            let bounded =
                number(property).is_none_or(|number| number.get("minimum").is_some() && number.get("maximum").is_some());
            assert!(bounded, "{name} has no range: {property}");
        }
    }
}

/// A table of the file.
struct Section<'a> {
    path: String,
    is_list: bool,
    schema: &'a Value,
    default: Option<Value>,
}

impl<'a> Section<'a> {
    /// Its keys that hold values.
    fn keys(&self) -> Vec<(&'a str, &'a Value)> {
        let properties = self.schema["properties"].as_object().unwrap();
        let mut keys: Vec<_> = properties.iter().map(|(key, property)| (key.as_str(), property)).collect();
        keys.retain(|(_, property)| !is_table(property) || is_choice(property));
        keys
    }
}

fn is_choice(property: &Value) -> bool {
    property["$ref"].as_str().is_some_and(|name| name.ends_with("PlatformKind") || name.ends_with("ViewCounting"))
}

fn is_table(property: &Value) -> bool {
    property["$ref"].is_string() || property["items"]["$ref"].is_string()
}

fn definition<'a>(schema: &'a Value, property: &'a Value) -> &'a Value {
    let name = property["$ref"].as_str().or_else(|| property["items"]["$ref"].as_str()).unwrap();
    schema.pointer(name.trim_start_matches('#')).unwrap()
}

/// The tables in their order, each list's and table's own after it.
fn sections(schema: &Value) -> Vec<Section<'_>> {
    let defaults = serde_json::to_value(World::default()).unwrap();
    let top = Section { path: String::new(), is_list: false, schema, default: Some(defaults) };
    let mut found = vec![top];
    let mut next = 0;
    while next < found.len() {
        let inner = inner(schema, &found[next]);
        let at = next + 1;
        found.splice(at..at, inner);
        next += 1;
    }
    found
}

fn inner<'a>(schema: &'a Value, outer: &Section<'a>) -> Vec<Section<'a>> {
    let properties = outer.schema["properties"].as_object().unwrap();
    let tables = properties.iter().filter(|(_, property)| is_table(property) && !is_choice(property));
    let sections = tables.map(|(key, property)| {
        let is_list = property["items"].is_object();
        let default = outer.default.as_ref().map(|table| table[key].clone()).filter(|_| !is_list);
        let path = if outer.path.is_empty() { key.clone() } else { format!("{}.{key}", outer.path) };
        Section { path, is_list, schema: definition(schema, property), default }
    });
    sections.collect()
}

/// The number that a property is or consists of.
fn number(property: &Value) -> Option<&Value> {
    let is_number = |of: &Value| {
        let kinds = match &of["type"] {
            Value::Array(kinds) => kinds.clone(),
            kind => vec![kind.clone()],
        };
        kinds.iter().any(|kind| kind == "number" || kind == "integer")
    };
    if is_number(property) {
        return Some(property);
    }
    Some(&property["items"]).filter(|items| is_number(items))
}

fn page() -> String {
    let schema = World::schema();
    let mut page = INTRODUCTION.to_owned();
    for section in sections(&schema) {
        page += &heading(&section);
        page += "\n| key | default | range | meaning |\n|---|---|---|---|\n";
        for (key, property) in section.keys() {
            let default = section.default.as_ref().map_or_else(|| inner_default(property), |table| toml(&table[key]));
            let meaning = one_line(property["description"].as_str().unwrap_or_default());
            writeln!(page, "| `{key}` | {default} | {} | {meaning}{} |", range(property), choices(&schema, property)).unwrap();
        }
    }
    page += "\n## The shipped worlds\n";
    for name in World::names() {
        let world = World::named(name).unwrap();
        write!(page, "\n### `{name}`\n\n{}\n", one_line(&world.about)).unwrap();
    }
    page
}

fn heading(section: &Section<'_>) -> String {
    let brackets = if section.is_list { ("[[", "]]") } else { ("[", "]") };
    if section.path.is_empty() {
        return "\n## The file itself\n".to_owned();
    }
    let about = section.schema["description"].as_str().unwrap_or_default();
    let list = if section.is_list { " May stand any number of times." } else { "" };
    format!("\n## `{}{}{}`\n\n{}{list}\n", brackets.0, section.path, brackets.1, one_line(about))
}

fn inner_default(property: &Value) -> String {
    property.get("default").map_or_else(|| "must be given".to_owned(), toml)
}

fn toml(value: &Value) -> String {
    match value {
        Value::Null => "not given".to_owned(),
        Value::String(text) if text.is_empty() => "empty".to_owned(),
        other => format!("`{other}`").replace(',', ", "),
    }
}

fn range(property: &Value) -> String {
    if let Some(longest) = property["maxLength"].as_u64() {
        return format!("{} to {longest} characters", property["minLength"].as_u64().unwrap_or(0));
    }
    let Some(of) = number(property) else { return String::new() };
    let (low, high) = (plain(&of["minimum"]), plain(&of["maximum"]));
    let count = property["maxItems"].as_u64().map_or_else(String::new, |count| match count {
        2 => "two of ".to_owned(),
        7 => "seven of ".to_owned(),
        more => format!("{more} of "),
    });
    format!("{count}{low} to {high}")
}

/// A number without an empty fraction.
fn plain(number: &Value) -> String {
    number.as_f64().map_or_else(|| "?".to_owned(), |number| json!(number).to_string().trim_end_matches(".0").to_owned())
}

/// The words that a choice takes, with their meanings.
fn choices(schema: &Value, property: &Value) -> String {
    if !is_choice(property) {
        return String::new();
    }
    let variants = definition(schema, property)["oneOf"].as_array().unwrap();
    let told = variants.iter().map(|of| {
        let meaning = one_line(of["description"].as_str().unwrap_or_default());
        format!(" `\"{}\"`: {meaning}", of["const"].as_str().unwrap_or_else(|| panic!("no word: {of}")))
    });
    told.collect()
}

/// Text in one line; `|` would end a cell.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}
