//! Nobody's e-mail, name, address or IP leaves the client: everything that it returns, shows and logs is searched.

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::{Arc, Mutex};

use campaign_pilot_core::Period;
use campaign_pilot_core::ports::{Catalog, SalesHistory};
use campaign_pilot_store_client::reports::{Grain, StockFilter};
use campaign_pilot_store_client::sales::SalesQuery;
use campaign_pilot_store_client::{CustomerSalt, OrderQuery, ProductQuery, RefundQuery, StoreConfig, Watermark, WooStore};
use futures_util::TryStreamExt;
use serde::Serialize;
use serde_json::Value;
use tracing_subscriber::fmt::MakeWriter;
use wiremock::matchers::path_regex;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::support::{Shop, body, clock, config, full, replay};

/// Everything personal that the recorded shop knows: values of these fields, wherever they stand.
const PERSONAL: [&str; 11] = [
    "email",
    "first_name",
    "last_name",
    "address_1",
    "address_2",
    "city",
    "postcode",
    "phone",
    "username",
    "customer_ip_address",
    "customer_user_agent",
];

fn personal(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| personal(item, found)),
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    // Shorter words stand in other texts by chance.
                    Value::String(text) if PERSONAL.contains(&name.as_str()) && text.len() >= 5 => {
                        found.insert(text.clone());
                    }
                    other => personal(other, found),
                }
            }
        }
        _ => {}
    }
}

fn everything_personal() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for page in 1..=6 {
        personal(&full(&format!("orders-{page}")), &mut found);
    }
    personal(&full("customers-1"), &mut found);
    for number in ["230", "226"] {
        personal(&body(number), &mut found);
    }
    // What is also a word of the products or of the shop's time zone proves nothing.
    let products =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/woocommerce/full-products-1.json"));
    let public = format!("{} {} {}", products.unwrap(), body("314"), full("coupons-1"));
    found.retain(|text| !public.contains(text.as_str()));
    found
}

/// What was written to the log.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self::Writer {
        self.clone()
    }
}

/// Everything that came out of the client, as text.
#[derive(Default)]
struct Out(String);

impl Out {
    fn take<T: std::fmt::Debug + Serialize>(&mut self, value: &T) {
        self.0.push_str(&format!("{value:?}\n{}\n", serde_json::to_string(value).unwrap()));
    }

    fn show(&mut self, value: &impl std::fmt::Debug) {
        self.0.push_str(&format!("{value:?}\n"));
    }
}

async fn shop() -> MockServer {
    let server = Shop::whole().serve().await;
    replay(&server, "/wp-json", "314").await;
    for (report, number) in [("orders", "226"), ("customers", "230"), ("products", "209"), ("stock", "235")] {
        replay(&server, &format!("/wp-json/wc-analytics/reports/{report}"), number).await;
    }
    replay(&server, "/wp-json/wc-analytics/reports/revenue/stats", "227").await;
    replay(&server, "/wp-json/wc-analytics/settings/wc_admin", "300").await;
    server
}

async fn read_everything(settings: StoreConfig) -> String {
    let october = Period::new("2026-09-30T22:00:00Z".parse().unwrap(), "2026-10-31T23:00:00Z".parse().unwrap()).unwrap();
    let store = WooStore::new(settings, clock()).unwrap();
    let (api, mut out) = (store.api(), Out::default());
    out.show(&store);
    out.take(&api.products(&ProductQuery::new()).all().await.unwrap().items);
    out.show(&api.orders(&OrderQuery::new().with_attribution()).all().await.unwrap());
    out.take(&api.refunds(&RefundQuery::new()).all().await.unwrap().items);
    out.take(&api.refunds_of(187).all().await.unwrap().items);
    out.take(&api.customers().all().await.unwrap().items);
    out.take(&api.coupons().all().await.unwrap().items);
    out.take(&api.categories().all().await.unwrap().items);
    let mut changes = api.orders_changed_since(Watermark::new());
    out.show(&changes.all().await.unwrap());
    out.take(changes.watermark());
    let reports = api.reports();
    out.take(&reports.orders(october).all().await.unwrap().items);
    out.take(&reports.customers().all().await.unwrap().items);
    out.take(&reports.products(october).all().await.unwrap().items);
    out.take(&reports.stock(StockFilter::All).all().await.unwrap().items);
    out.take(&reports.revenue(october, Grain::Month).await.unwrap());
    out.take(&reports.reconcile(october).await.unwrap());
    out.take(&api.sales(&SalesQuery::new(october).with_variations().with_new_customers()).await.unwrap());
    out.take(&store.sales(october).await.unwrap());
    out.show(&store.products().try_collect::<Vec<_>>().await.unwrap());
    out.take(&store.diagnose().await);
    out.0
}

/// Unreadable items, errors and error pages that hold personal data.
async fn fail_everywhere(settings: StoreConfig) -> String {
    let store = WooStore::new(settings, clock()).unwrap();
    let mut out = Out::default();
    out.show(&store.api().orders(&OrderQuery::new()).all().await);
    out.show(&store.api().customers().all().await);
    out.show(&store.api().reports().settings().await);
    out.show(&store.check_health().await);
    out.take(&store.diagnose().await);
    out.0
}

#[tokio::test]
async fn nothing_personal_leaves_the_client() {
    let log = Log::default();
    // Without times: the digits of a microsecond can be somebody's postcode.
    let subscriber =
        tracing_subscriber::fmt().without_time().with_max_level(tracing::Level::TRACE).with_writer(log.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let personal = everything_personal();
    assert!(personal.len() > 300, "{} personal texts are searched for", personal.len());
    let (mut texts, mut ports) = (Vec::new(), Vec::new());
    for salt in [None, Some(CustomerSalt::new("a salt of sixteen characters"))] {
        // Another test may have met a place that logs just before this log was set up, and switched it off for good.
        tracing::callsite::rebuild_interest_cache();
        let server = shop().await;
        ports.push(server.address().port().to_string());
        let mut settings = config(&server.uri());
        settings.customer_salt = salt.clone();
        texts.push(read_everything(settings).await);
        for request in server.received_requests().await.unwrap() {
            asks_for_nobody(&request, salt.is_some());
        }
    }
    // A shop whose items cannot be read, and one that shows an order where an error belongs.
    let order = full("orders-1").as_array().unwrap()[0].clone();
    let mut odd = order.clone();
    odd["currency"] = odd["billing"]["email"].clone();
    odd["date_created_gmt"] = odd["billing"]["first_name"].clone();
    for (status, answer) in [(200, Value::Array(vec![odd])), (500, order.clone()), (403, order)] {
        let server = MockServer::start().await;
        ports.push(server.address().port().to_string());
        let answer = ResponseTemplate::new(status).set_body_json(answer);
        Mock::given(path_regex("^/")).respond_with(answer).mount(&server).await;
        texts.push(fail_everywhere(config(&server.uri())).await);
    }
    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(logged.contains("campaign_pilot"), "the log is written");
    texts.push(logged);
    for text in &texts {
        // So can the port of a shop on this machine.
        let text = ports.iter().fold(text.clone(), |text, port| text.replace(port, "the port"));
        for personal in &personal {
            assert!(!text.contains(personal.as_str()), "{personal} left the client");
        }
    }
    assert!(texts[0].contains("Wireless Charger Pad"), "and products do leave it");
}

/// What is asked for names nobody; the e-mail address alone, and only to make a key of it.
fn asks_for_nobody(request: &Request, salted: bool) {
    let fields: Vec<String> =
        request.url.query_pairs().filter(|(name, _)| name == "_fields").map(|(_, value)| value.into_owned()).collect();
    for field in fields.iter().flat_map(|fields| fields.split(',')) {
        let last = field.rsplit('.').next().unwrap();
        assert!(!PERSONAL.contains(&last) || (salted && last == "email"), "{}", request.url);
        assert!(!matches!(field, "billing" | "shipping" | "extended_info"), "{}", request.url);
    }
    assert!(!fields.is_empty() || request.url.path().ends_with("/stock/stats"), "everything is asked for by {}", request.url);
    assert!(request.url.query_pairs().all(|(name, _)| name != "extended_info"));
}
