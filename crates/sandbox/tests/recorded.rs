//! The opening state answers as the recorded shop did.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::path::{Path, PathBuf};

use campaign_pilot_sandbox::{Sandbox, SandboxOptions};
use reqwest::{Client, Method};
use serde_json::Value;

/// Where the recorded shop stood.
const RECORDED_AT: &str = "https://127.0.0.1:18443";

struct Exchange {
    file: String,
    method: Method,
    target: String,
    auth: String,
    status: u16,
    total: Option<String>,
    pages: Option<String>,
    body: Value,
}

fn exchanges() -> Vec<Exchange> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/woocommerce");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    files.iter().map(|file| read(file)).collect()
}

fn read(file: &Path) -> Exchange {
    let text = std::fs::read_to_string(file).unwrap().replace(RECORDED_AT, "https://shop.example");
    let whole: Value = serde_json::from_str(&text).unwrap();
    let (request, response) = (&whole["request"], &whole["response"]);
    let header = |name: &str| {
        let headers = response["headers"].as_array().unwrap();
        headers
            .iter()
            .find(|header| header[0].as_str().unwrap().eq_ignore_ascii_case(name))
            .map(|header| header[1].as_str().unwrap().to_owned())
    };
    Exchange {
        file: file.file_name().unwrap().to_string_lossy().into_owned(),
        method: request["method"].as_str().unwrap().parse().unwrap(),
        target: request["url"].as_str().unwrap().strip_prefix("https://shop.example/").unwrap().to_owned(),
        auth: request["auth"].as_str().unwrap_or("none").to_owned(),
        status: u16::try_from(response["status"].as_u64().unwrap()).unwrap(),
        total: header("X-WP-Total"),
        pages: header("X-WP-TotalPages"),
        body: response["body"].clone(),
    }
}

/// A sandbox at the very moment when the recording ends.
async fn untouched() -> Sandbox {
    let start = "2026-11-22T21:00:00Z".parse().unwrap();
    Sandbox::start(SandboxOptions { start, ..SandboxOptions::default() }).await.unwrap()
}

#[tokio::test]
async fn every_recorded_exchange_is_answered_alike() {
    let sandbox = untouched().await;
    let access = sandbox.access();
    let client = Client::new();
    let mut differences = Vec::new();
    let exchanges = exchanges();
    assert!(exchanges.len() > 60, "only {} recordings", exchanges.len());
    for exchange in &exchanges {
        let url = sandbox.store_url().join(&exchange.target).unwrap();
        let request = client.request(exchange.method.clone(), url);
        let request = match exchange.auth.as_str() {
            "none" => request,
            "basic ck_999…" => request.basic_auth("ck_9999999999999999999999999999999999999999", Some("cs_1")),
            _ if exchange.file.starts_with("005") => request.basic_auth(&access.consumer_key, Some("cs_1")),
            _ => request.basic_auth(&access.consumer_key, Some(&access.consumer_secret)),
        };
        let response = request.send().await.unwrap();
        let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let (status, total, pages) = (response.status().as_u16(), header("x-wp-total"), header("x-wp-totalpages"));
        let body: Value = response.json().await.unwrap();
        if (status, &total, &pages) != (exchange.status, &exchange.total, &exchange.pages) {
            differences.push(format!("{}: {status} {total:?} {pages:?}", exchange.file));
        } else if let Some(difference) = difference(&settled(body), &settled(exchange.body.clone()), "") {
            differences.push(format!("{}: {difference}", exchange.file));
        }
    }
    assert!(differences.is_empty(), "{} of {} differ:\n{}", differences.len(), exchanges.len(), differences.join("\n"));
}

/// A body without what the shop itself answered differently from call to call: related products are drawn at random,
/// and meta data come in any order.
fn settled(mut body: Value) -> Value {
    match &mut body {
        Value::Object(map) => {
            map.remove("related_ids");
            for (key, value) in map.iter_mut() {
                *value = settled(value.take());
                if let Value::Array(list) = value
                    && key == "meta_data"
                {
                    list.sort_by_key(|entry| entry["id"].as_u64());
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|value| *value = settled(value.take())),
        _ => {}
    }
    body
}

/// The first place in which two bodies differ, and how.
fn difference(ours: &Value, theirs: &Value, place: &str) -> Option<String> {
    match (ours, theirs) {
        (Value::Object(a), Value::Object(b)) if a.keys().eq(b.keys()) => {
            a.iter().find_map(|(key, value)| difference(value, &b[key], &format!("{place}.{key}")))
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).enumerate().find_map(|(index, (a, b))| difference(a, b, &format!("{place}[{index}]")))
        }
        _ if ours == theirs => None,
        _ => Some(format!("at {place}: {ours:.300} is not {theirs:.300}")),
    }
}
