//! What a product costs the shop, and the shop's time zone, as a live WooCommerce tells them through the port.

use std::path::PathBuf;

use campaign_pilot_core::ports::Catalog;
use campaign_pilot_core::{ErrorKind, Product, ProductId, RejectedItem, conformance};
use futures_util::TryStreamExt;
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{Shop, asked, asked_for, body, currency, replay, store};

const PATH: &str = "/wp-json/wc/v3/products";
const VARIATIONS: &str = "/wp-json/wc/v3/products/31719/variations";

/// The body of an answer of WooCommerce 10.5.
fn live(name: &str) -> Value {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/woocommerce-10.5");
    let mut exchange: Value = serde_json::from_slice(&std::fs::read(folder.join(format!("{name}.json"))).unwrap()).unwrap();
    assert_eq!((&exchange["woocommerce"], &exchange["status"]), (&json!("10.5.0"), &json!(200)));
    exchange["body"].take()
}

async fn answers(server: &MockServer, at: &str, body: &Value) {
    let answer = ResponseTemplate::new(200).set_body_json(body);
    Mock::given(method("GET")).and(path(at)).respond_with(answer).mount(server).await;
}

/// A product read by its id, with the costs that a shop tells of it and of its variations.
async fn read(product: &Value, variations: ResponseTemplate) -> (MockServer, Result<Option<Product>, ErrorKind>) {
    let server = MockServer::start().await;
    currency(&server).await;
    let id = ProductId::from_number(product["id"].as_u64().unwrap());
    answers(&server, &format!("{PATH}/{id}"), product).await;
    Mock::given(method("GET")).and(path(VARIATIONS)).respond_with(variations).mount(&server).await;
    let read = store(&server).product(&id).await.map_err(|error| error.kind());
    (server, read)
}

async fn cost(product: &Value, variations: &Value) -> Option<String> {
    let (_, read) = read(product, ResponseTemplate::new(200).set_body_json(variations)).await;
    read.unwrap().unwrap().unit_cost.map(|cost| format!("{} {}", cost.amount, cost.currency))
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[tokio::test]
async fn a_cost_that_was_given_is_read_and_one_that_was_not_is_absent() {
    let none = json!([]);
    assert_eq!(cost(&live("cogs-simple"), &none).await, some("21.5 EUR"));
    assert_eq!(cost(&live("cogs-absent"), &none).await, None, "the feature is on, nobody gave a cost");
    assert_eq!(cost(&live("cogs-off"), &none).await, None, "the feature is off");
    // A variation that inherits, read as a product: its cost stands in the total alone.
    assert_eq!(cost(&live("cogs-variations")[0], &none).await, some("10 EUR"));

    let (server, _) = read(&live("cogs-simple"), ResponseTemplate::new(500)).await;
    let fields = asked_for(&server, &format!("{PATH}/31717"), "_fields").await;
    assert!(fields.len() == 1 && fields[0].split(',').any(|field| field == "cost_of_goods_sold"), "{fields:?}");
    assert_eq!(server.received_requests().await.unwrap().len(), 2, "the currency and the product");
}

#[tokio::test]
async fn a_product_in_variations_costs_what_leaves_the_smallest_margin() {
    let (parent, variations) = (live("cogs-variable"), live("cogs-variations"));
    let (server, read) = read(&parent, ResponseTemplate::new(200).set_body_json(&variations)).await;
    let product = read.unwrap().unwrap();
    // 30 costs 10, 32 costs 12.25, 35 costs 14: two fifths of the price at most, 12 of the 30 that are shown.
    assert_eq!(
        (product.price.unwrap().to_string(), product.unit_cost.unwrap().to_string()),
        ("30.00 EUR".to_owned(), "12.00 EUR".to_owned())
    );
    let asked = asked(&server, VARIATIONS).await;
    assert_eq!(asked.len(), 1);
    assert!(asked[0].contains(&("_fields".to_owned(), "id,status,price,cost_of_goods_sold".to_owned())), "{asked:?}");

    // One that is not offered or has no price does not count.
    for (field, value) in [("status", "private"), ("price", "")] {
        let mut others = variations.clone();
        others[2][field] = json!(value);
        assert_eq!(cost(&parent, &others).await, some("11.4844 EUR"), "12.25 of 32, rounded up");
    }
}

#[tokio::test]
async fn a_product_of_which_a_variations_cost_is_unknown_has_none() {
    let (parent, variations) = (live("cogs-variable"), live("cogs-variations"));
    let mut without = parent.clone();
    without["cost_of_goods_sold"] = live("cogs-absent")["cost_of_goods_sold"].clone();
    assert_eq!(cost(&without, &variations).await, None, "one adds to a cost that nobody gave");
    let overriding = json!([variations[2]]);
    assert_eq!(cost(&without, &overriding).await, some("12 EUR"), "its own is known");
    assert_eq!(cost(&parent, &json!([])).await, None);
    for (field, value) in [("cost_of_goods_sold", json!({"total_value": "?"})), ("price", json!("a lot"))] {
        let mut odd = variations.clone();
        odd[0][field] = value;
        assert_eq!(cost(&parent, &odd).await, None, "{field}");
    }
    // What will not go away costs the product nothing but its cost; what may is an error like any other.
    for status in [403, 404] {
        let (_, read) = read(&parent, ResponseTemplate::new(status)).await;
        assert_eq!(read.unwrap().unwrap().unit_cost, None, "{status}");
    }
    let (_, read) = read(&parent, ResponseTemplate::new(503)).await;
    assert_eq!(read.unwrap_err(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn an_odd_cost_loses_no_product() {
    for odd in [json!(-3), json!("a lot"), json!([1]), json!({}), json!({"total_value": -3}), json!({"total_value": {"x": 1}})] {
        let shop = Shop::recorded();
        for product in shop.products.lock().unwrap().iter_mut().filter(|product| product["type"] != "variable") {
            product["cost_of_goods_sold"] = odd.clone();
        }
        let server = shop.serve().await;
        let pages: Vec<_> = store(&server).products().try_collect().await.unwrap();
        let products: Vec<&Product> = pages.iter().flat_map(|page| &page.products).collect();
        let rejected: Vec<&RejectedItem> = pages.iter().flat_map(|page| &page.rejected).collect();
        assert_eq!((products.len(), rejected.len()), (60, 0), "{odd}");
        assert!(products.iter().all(|product| product.unit_cost.is_none()), "{odd}");
    }
}

#[tokio::test]
async fn a_catalogue_with_costs_keeps_the_promises_of_its_port_and_one_without_asks_for_no_variations() {
    let whole = Shop::whole();
    let variables = {
        let mut products = whole.products.lock().unwrap();
        let kept = json!({"values": [{"defined_value": 3.5, "effective_value": 3.5}], "total_value": 3.5});
        products.iter_mut().for_each(|product| product["cost_of_goods_sold"] = kept.clone());
        let variables = products.iter().filter(|product| product["type"] == "variable" && product["status"] == "publish");
        variables.map(|product| product["id"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    assert!(variables.len() > 3);
    let server = whole.serve().await;
    conformance::catalog(&store(&server)).await.unwrap();
    let pages: Vec<_> = store(&server).products().try_collect().await.unwrap();
    let products: Vec<&Product> = pages.iter().flat_map(|page| &page.products).collect();
    // The recorded variations keep no costs: those of their products are not known.
    for product in products {
        let is_variable = variables.iter().any(|id| ProductId::from_number(*id) == product.id);
        assert_eq!(
            product.unit_cost.map(|cost| cost.to_string()),
            (!is_variable).then(|| "3.50 EUR".to_owned()),
            "{}",
            product.id
        );
    }

    let server = Shop::whole().serve().await;
    store(&server).products().try_collect::<Vec<_>>().await.unwrap();
    let requests = server.received_requests().await.unwrap();
    assert!(requests.iter().all(|request| !request.url.path().ends_with("/variations")));
}

#[tokio::test]
async fn the_time_zone_is_the_shops_and_asked_for_once() {
    let server = MockServer::start().await;
    replay(&server, "/wp-json", "314").await;
    let store = store(&server);
    for _ in 0..2 {
        assert_eq!(store.time_zone().await.unwrap().unwrap().as_str(), "Europe/Berlin");
    }
    assert_eq!(asked_for(&server, "/wp-json", "_fields").await, ["name,namespaces,timezone_string,gmt_offset"]);
}

#[tokio::test]
async fn a_shop_without_a_city_has_an_offset_or_no_zone() {
    let with = |name: Value, offset: Value| async move {
        let server = MockServer::start().await;
        let mut root = body("314");
        root["timezone_string"] = name;
        root["gmt_offset"] = offset;
        answers(&server, "/wp-json", &root).await;
        store(&server).time_zone().await.map(|zone| zone.map(|zone| zone.to_string())).map_err(|error| error.kind())
    };
    assert_eq!(with(json!(""), json!(5.5)).await, Ok(some("+05:30")));
    assert_eq!(with(json!(""), json!(0)).await, Ok(some("+00:00")));
    assert_eq!(with(json!(""), json!(null)).await, Ok(None));
    assert_eq!(with(json!("Atlantis"), json!(1)).await, Err(ErrorKind::Malformed));
}
