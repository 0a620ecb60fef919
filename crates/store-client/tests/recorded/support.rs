//! Recorded exchanges, and a shop that serves recorded items the way the recorded shop did.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use campaign_pilot_core::ManualClock;
use campaign_pilot_http::{RetryPolicy, Url};
use campaign_pilot_store_client::{StoreConfig, WooStore};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use serde_json::{Map, Value, json};
use wiremock::matchers::{method, path, path_regex};
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

pub(crate) const KEY: &str = "ck_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
pub(crate) const SECRET: &str = "cs_bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

pub(crate) fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::starting_at("2026-11-23T00:00:00Z".parse().unwrap()))
}

/// The settings for a server on this machine, without dawdling between attempts.
pub(crate) fn config(base: &str) -> StoreConfig {
    let mut config = StoreConfig::new(Url::parse(base).unwrap(), KEY, SECRET);
    let short = Duration::from_millis(1);
    config.retry = RetryPolicy { base: short, throttled_base: short, seed: Some(1), ..RetryPolicy::default() };
    config
}

pub(crate) fn store(server: &MockServer) -> WooStore {
    WooStore::new(config(&server.uri()), clock()).unwrap()
}

fn fixture(number: &str) -> Value {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/woocommerce");
    let mut files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let prefix = format!("{number}-");
    let file = files.find(|file| file.file_name().unwrap().to_str().unwrap().starts_with(&prefix)).expect(number);
    serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap()
}

/// A body of the whole recorded shop.
pub(crate) fn full(name: &str) -> Value {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/woocommerce/full");
    serde_json::from_slice(&std::fs::read(folder.join(format!("{name}.json"))).unwrap()).unwrap()
}

/// The body of a recorded answer.
pub(crate) fn body(number: &str) -> Value {
    fixture(number)["response"]["body"].take()
}

/// A recorded answer with its status, headers and body as they came.
pub(crate) fn recorded(number: &str) -> ResponseTemplate {
    let answer = fixture(number)["response"].take();
    let status = u16::try_from(answer["status"].as_u64().unwrap()).unwrap();
    let bytes = match &answer["body"] {
        Value::String(text) => text.clone().into_bytes(),
        json => json.to_string().into_bytes(),
    };
    let mut template = ResponseTemplate::new(status).set_body_raw(bytes, "application/json");
    for header in answer["headers"].as_array().unwrap() {
        let (name, value) = (header[0].as_str().unwrap(), header[1].as_str().unwrap());
        // These are the server's own business on each connection.
        if !matches!(name, "Content-Length" | "Transfer-Encoding" | "Connection") {
            template = template.insert_header(name, value);
        }
    }
    template
}

/// Answers every GET of a path with a recording.
pub(crate) async fn replay(server: &MockServer, at: &str, number: &str) {
    Mock::given(method("GET")).and(path(at)).respond_with(recorded(number)).mount(server).await;
}

/// The recorded shop says that it sells in euros.
pub(crate) async fn currency(server: &MockServer) {
    replay(server, "/wp-json/wc/v3/system_status", "277").await;
}

/// What was asked of a path, as query pairs.
pub(crate) async fn asked(server: &MockServer, at: &str) -> Vec<Vec<(String, String)>> {
    let requests = server.received_requests().await.unwrap();
    let requests = requests.iter().filter(|request| request.url.path() == at);
    requests.map(|request| request.url.query_pairs().into_owned().collect()).collect()
}

/// The values of one parameter in the order of the requests.
pub(crate) async fn asked_for(server: &MockServer, at: &str, name: &str) -> Vec<String> {
    let asked = asked(server, at).await;
    asked.into_iter().filter_map(|pairs| pairs.into_iter().find(|(key, _)| key == name).map(|(_, value)| value)).collect()
}

/// A shop that pages, filters and narrows recorded items as the recorded one did.
#[derive(Clone, Default)]
pub(crate) struct Shop {
    pub(crate) products: Arc<Mutex<Vec<Value>>>,
    pub(crate) orders: Arc<Mutex<Vec<Value>>>,
    pub(crate) refunds: Arc<Mutex<Vec<Value>>>,
    /// The other lists by their paths: `products/categories`, `customers`, ..
    others: Arc<BTreeMap<String, Vec<Value>>>,
    /// What happens to the products after so many requests for them: those ids are gone.
    pub(crate) removals: Arc<Mutex<Vec<(usize, u64)>>>,
    asked: Arc<Mutex<usize>>,
}

impl Shop {
    /// All recorded products and the orders and refunds that were recorded one by one.
    pub(crate) fn recorded() -> Self {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/woocommerce");
        let products = serde_json::from_slice(&std::fs::read(folder.join("full-products-1.json")).unwrap()).unwrap();
        let lists = ["149", "150", "154", "156", "157", "159", "160", "161"].map(body);
        let orders = lists.into_iter().flat_map(|list| match list {
            Value::Array(items) => items,
            item => vec![item],
        });
        let shop = Self { products: Arc::new(Mutex::new(products)), ..Self::default() };
        shop.orders.lock().unwrap().extend(orders);
        shop.refunds.lock().unwrap().extend(body("152").as_array().unwrap().clone());
        shop
    }

    /// The whole recorded shop: every order, refund, customer, coupon, category and variation.
    pub(crate) fn whole() -> Self {
        let list = |name: &str| full(name).as_array().unwrap().clone();
        let orders = (1..=6).flat_map(|page| list(&format!("orders-{page}"))).collect();
        let mut refunds = Vec::new();
        for (order, made) in full("refunds").as_object().unwrap() {
            for mut refund in made.as_array().unwrap().iter().cloned() {
                refund["parent_id"] = json!(order.parse::<u64>().unwrap());
                refunds.push(refund);
            }
        }
        let mut others = BTreeMap::from([
            ("products/categories".to_owned(), list("categories-1")),
            ("products/brands".to_owned(), body("100").as_array().unwrap().clone()),
            ("products/tags".to_owned(), Vec::new()),
            ("customers".to_owned(), list("customers-1")),
            ("coupons".to_owned(), list("coupons-1")),
        ]);
        for (order, made) in full("refunds").as_object().unwrap() {
            others.insert(format!("orders/{order}/refunds"), made.as_array().unwrap().clone());
        }
        for (product, variations) in full("variations").as_object().unwrap() {
            others.insert(format!("products/{product}/variations"), variations.as_array().unwrap().clone());
        }
        Self {
            orders: Arc::new(Mutex::new(orders)),
            refunds: Arc::new(Mutex::new(refunds)),
            others: Arc::new(others),
            ..Self::recorded()
        }
    }

    pub(crate) async fn serve(&self) -> MockServer {
        let server = MockServer::start().await;
        currency(&server).await;
        replay(&server, "/wp-json", "314").await;
        Mock::given(method("GET")).and(path_regex("^/wp-json/wc/v3/")).respond_with(self.clone()).mount(&server).await;
        server
    }

    fn items(&self, list: &str, path: &str) -> Option<Vec<Value>> {
        if let Some(items) = self.others.get(path) {
            return Some(items.clone());
        }
        if list == "products" {
            let mut asked = self.asked.lock().unwrap();
            *asked += 1;
            let mut products = self.products.lock().unwrap();
            for (_, gone) in self.removals.lock().unwrap().iter().filter(|(after, _)| *asked > *after) {
                products.retain(|product| product["id"] != *gone);
            }
        }
        let items = match list {
            "products" => &self.products,
            "orders" => &self.orders,
            "refunds" => &self.refunds,
            _ => return None,
        };
        Some(items.lock().unwrap().clone())
    }
}

impl Respond for Shop {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let parts: Vec<&str> = request.url.path().trim_start_matches("/wp-json/wc/v3/").split('/').collect();
        let query: Map<String, Value> =
            request.url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned().into())).collect();
        let text = |name: &str| query.get(name).and_then(Value::as_str);
        if parts[0] == "refunds" && self.refunds.lock().unwrap().is_empty() {
            return recorded("084");
        }
        let whole_path = parts.join("/");
        let Some(mut items) = self.items(parts[0], &whole_path) else { return recorded("084") };
        if let Some(id) = parts.get(1).filter(|_| !self.others.contains_key(&whole_path)) {
            let Some(item) = items.iter().find(|item| item["id"].as_u64() == id.parse().ok()) else { return recorded("082") };
            return ResponseTemplate::new(200).set_body_json(narrowed(item, text("_fields")));
        }
        assert_eq!(text("dates_are_gmt"), None, "together with Z it shifts twice");
        items.sort_by_key(|item| item["id"].as_u64());
        if text("orderby") != Some("id") || text("order") != Some("asc") {
            items.reverse();
        }
        items.retain(|item| {
            if item.get("date_created_gmt").is_none() {
                return true;
            }
            let at = |field: &str| utc(item[field].as_str().unwrap());
            let after = text("after").is_none_or(|limit| at("date_created_gmt") > limit.parse().unwrap());
            let before = text("before").is_none_or(|limit| at("date_created_gmt") < limit.parse().unwrap());
            let modified = text("modified_after").is_none_or(|limit| at("date_modified_gmt") > limit.parse().unwrap());
            let include = text("include").is_none_or(|ids| ids.split(',').any(|id| id.parse().ok() == item["id"].as_u64()));
            after && before && modified && include && has_status(item, text("status"))
        });
        let number = |name: &str, default: usize| text(name).map_or(default, |text| text.parse().unwrap());
        let (page, size) = (number("page", 1), number("per_page", 10));
        let from = number("offset", (page - 1) * size);
        let narrowed: Vec<Value> = items.iter().skip(from).take(size).map(|item| narrowed(item, text("_fields"))).collect();
        ResponseTemplate::new(200)
            .insert_header("X-WP-Total", items.len().to_string())
            .insert_header("X-WP-TotalPages", items.len().div_ceil(size).to_string())
            .insert_header("Link", "<https://elsewhere.example/wp-json/wc/v3/products?page=2>; rel=\"next\"")
            .set_body_json(narrowed)
    }
}

fn has_status(item: &Value, wanted: Option<&str>) -> bool {
    let Some(status) = item["status"].as_str() else { return true };
    match wanted {
        None | Some("any") => status != "trash",
        Some(wanted) => wanted.split(',').any(|wanted| wanted == status),
    }
}

fn narrowed(item: &Value, fields: Option<&str>) -> Value {
    let Some(fields) = fields else { return item.clone() };
    let mut kept = Map::new();
    for field in fields.split(',') {
        match field.split_once('.') {
            Some((outer, inner)) => kept.extend(item[outer].get(inner).map(|value| (outer.to_owned(), json!({inner: value})))),
            None => kept.extend(item.get(field).map(|value| (field.to_owned(), value.clone()))),
        }
    }
    kept.into()
}

fn utc(text: &str) -> Timestamp {
    Offset::UTC.to_timestamp(text.parse::<DateTime>().unwrap()).unwrap()
}
