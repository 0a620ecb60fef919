//! Products as the recorded shop sends them.

use campaign_pilot_core::ports::{Catalog, ProductPage};
use campaign_pilot_core::{Clock, Currency, ErrorKind, Product, ProductId, ProductKind, ProductStatus, Stock, conformance};
use campaign_pilot_store_client::{Authentication, WooStore};
use futures_util::TryStreamExt;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use wiremock::MockServer;
use wiremock::matchers::{basic_auth, method, path, query_param};
use wiremock::{Mock, ResponseTemplate};

use crate::support::{KEY, SECRET, Shop, asked, asked_for, body, clock, config, currency, recorded, replay, store};

const PATH: &str = "/wp-json/wc/v3/products";

async fn pages(store: &WooStore) -> Vec<ProductPage> {
    store.products().try_collect().await.unwrap()
}

fn ids(pages: &[ProductPage]) -> Vec<u64> {
    pages.iter().flat_map(|page| &page.products).map(|product| product.id.as_str().parse().unwrap()).collect()
}

/// One recorded product, read by its id.
async fn one(number: &str) -> Product {
    let server = MockServer::start().await;
    currency(&server).await;
    let id = ProductId::from_number(body(number)["id"].as_u64().unwrap());
    Mock::given(method("GET"))
        .and(path(format!("{PATH}/{id}")))
        .and(basic_auth(KEY, SECRET))
        .respond_with(recorded(number))
        .expect(1)
        .mount(&server)
        .await;
    store(&server).product(&id).await.unwrap().unwrap()
}

fn price(product: &Product) -> Option<String> {
    product.price.map(|price| price.amount.to_string())
}

fn managed(quantity: i64) -> Stock {
    Stock::Managed { quantity: Decimal::from(quantity) }
}

#[tokio::test]
async fn a_simple_product_is_read_whole() {
    let product = one("062").await;
    assert_eq!((product.id.as_str(), product.name.as_str()), ("11", "Smart Speaker Mini"));
    assert_eq!(product.sku.as_ref().unwrap().as_str(), "SKU-0001");
    assert_eq!(product.price.unwrap().to_string(), "59.99 EUR");
    assert_eq!(product.summary, "Smart Speaker Mini");
    assert_eq!(product.permalink, "https://127.0.0.1:18443/product/smart-speaker-mini/");
    assert_eq!(product.categories[0].as_str(), "Electronics");
    assert_eq!((product.stock, product.kind, product.status), (managed(210), ProductKind::Simple, ProductStatus::Published));
    assert_eq!(product.modified_at.unwrap().to_string(), "2026-11-22T20:16:22Z");
}

#[tokio::test]
async fn prices_come_in_every_form() {
    assert_eq!(price(&one("070").await), None);
    assert_eq!(price(&one("077").await), Some("0".to_owned()));
    let variable = one("069").await;
    assert_eq!((variable.kind.clone(), price(&variable)), (ProductKind::Variable, Some("19.9".to_owned())));
    let on_sale = one("064").await;
    assert_eq!(price(&on_sale), body("064")["price"].as_str().map(str::to_owned));
    assert_eq!(one("079").await.kind, ProductKind::External);
}

#[tokio::test]
async fn stock_comes_in_every_form() {
    assert_eq!(one("063").await.stock, Stock::Unmanaged { in_stock: true });
    assert!(!one("075").await.stock.is_available());
    assert_eq!(one("076").await.stock, managed(-3));
    let variation = one("090").await;
    assert_eq!(variation.kind, ProductKind::Other("variation".to_owned()));
}

#[tokio::test]
async fn what_is_not_published_says_so() {
    for (number, status) in [("071", "draft"), ("072", "private"), ("073", "pending")] {
        assert_eq!(one(number).await.status, ProductStatus::Unpublished(status.to_owned()));
    }
}

#[tokio::test]
async fn an_unknown_product_is_none() {
    let server = MockServer::start().await;
    currency(&server).await;
    replay(&server, &format!("{PATH}/180"), "081").await;
    replay(&server, &format!("{PATH}/99999999"), "082").await;
    replay(&server, &format!("{PATH}/718"), "123").await;
    let store = store(&server);
    for id in ["180", "99999999", "718", "abc"] {
        assert_eq!(store.product(&ProductId::new(id).unwrap()).await.unwrap(), None);
    }
    assert!(asked(&server, &format!("{PATH}/abc")).await.is_empty());
}

#[tokio::test]
async fn an_unreadable_product_is_an_error_that_names_it() {
    let server = MockServer::start().await;
    currency(&server).await;
    replay(&server, &format!("{PATH}/58"), "068").await;
    let error = store(&server).product(&ProductId::from_number(58)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Malformed);
    assert!(
        error.to_string().contains("product 58 of the store at http://127.0.0.1:") && error.to_string().contains("permalink")
    );
}

#[tokio::test]
async fn every_published_product_comes_exactly_once() {
    let server = Shop::recorded().serve().await;
    let mut settings = config(&server.uri());
    settings.page_size = 25;
    let pages = pages(&WooStore::new(settings, clock()).unwrap()).await;
    let ids = ids(&pages);
    assert_eq!((pages.len(), ids.len()), (3, 60));
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
    assert_eq!(pages[0].total, Some(60));
    assert!(pages.iter().all(|page| page.rejected.is_empty()));
    let hidden: Vec<_> =
        pages.iter().flat_map(|page| &page.products).filter(|product| product.status == ProductStatus::Hidden).collect();
    assert_eq!(hidden.iter().map(|product| product.id.as_str()).collect::<Vec<_>>(), ["173"]);
    assert!(
        pages
            .iter()
            .flat_map(|page| &page.products)
            .any(|product| { product.categories.iter().any(|category| category.as_str() == "Home & Garden") })
    );
}

#[tokio::test]
async fn the_list_is_asked_for_in_a_stable_order_and_by_its_fields() {
    let server = Shop::recorded().serve().await;
    pages(&store(&server)).await;
    let asked = asked(&server, PATH).await;
    let fields = "id,name,sku,short_description,permalink,price,cost_of_goods_sold,categories,manage_stock,stock_quantity,\
                  stock_status,status,catalog_visibility,type,date_modified_gmt";
    let wanted = [("status", "publish"), ("_fields", fields), ("orderby", "id"), ("order", "asc"), ("per_page", "100")];
    assert_eq!(asked, [wanted.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()]);
    let requests = server.received_requests().await.unwrap();
    assert!(requests.iter().all(|request| {
        request.headers["authorization"].to_str().unwrap().starts_with("Basic ")
            && request.headers["accept"] == "application/json"
    }));
}

#[tokio::test]
async fn drafts_do_not_leak_in_even_when_the_store_sends_them() {
    let server = MockServer::start().await;
    currency(&server).await;
    let all: Vec<Value> = Shop::recorded().products.lock().unwrap().clone();
    Mock::given(path(PATH)).respond_with(ResponseTemplate::new(200).set_body_json(&all)).mount(&server).await;
    assert_eq!(ids(&pages(&store(&server)).await).len(), 60);
}

/// A plugin that joins a table with several rows a product makes the store send it once for each, and count it so.
#[tokio::test]
async fn a_product_that_is_sent_several_times_in_a_row_comes_once() {
    let shop = Shop::recorded();
    {
        let mut products = shop.products.lock().unwrap();
        for at in [50, 25, 24, 23, 3, 3] {
            let twin = products[at].clone();
            products.insert(at, twin);
        }
    }
    let server = shop.serve().await;
    for page_size in [10, 11, 25, 100] {
        let mut settings = config(&server.uri());
        settings.page_size = page_size;
        let pages = pages(&WooStore::new(settings, clock()).unwrap()).await;
        let ids = ids(&pages);
        assert_eq!(ids.len(), 60, "pages of {page_size}");
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(pages.iter().all(|page| page.rejected.is_empty()), "pages of {page_size}: {pages:?}");
    }
}

#[tokio::test]
async fn a_product_deleted_while_the_list_is_read_hides_no_other() {
    let shop = Shop::recorded();
    shop.removals.lock().unwrap().push((1, 14));
    let before: Vec<u64> = published(&shop);
    let server = shop.serve().await;
    let mut settings = config(&server.uri());
    settings.page_size = 20;
    let pages = pages(&WooStore::new(settings, clock()).unwrap()).await;
    assert_eq!(ids(&pages).iter().filter(|id| before.contains(id)).count(), before.len());
    // The window after the deletion does not join, so it is asked for again one item further up.
    assert_eq!(asked_for(&server, PATH, "offset").await, ["19", "18", "37", "56"]);
}

fn published(shop: &Shop) -> Vec<u64> {
    let products = shop.products.lock().unwrap();
    products.iter().filter(|product| product["status"] == "publish").map(|product| product["id"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn a_store_that_sends_less_than_it_counts_is_told_on() {
    let server = MockServer::start().await;
    currency(&server).await;
    // 63 products, as recorded; but the same two of them come again and again.
    replay(&server, PATH, "031").await;
    let pages = pages(&store(&server)).await;
    let note = &pages.last().unwrap().rejected;
    assert!(note.iter().any(|item| item.id.is_none() && item.reason.contains("counts 61 more than it sent")), "{note:?}");
}

#[tokio::test]
async fn one_unreadable_product_does_not_stop_the_others() {
    let shop = Shop::recorded();
    for product in shop.products.lock().unwrap().iter_mut() {
        match product["id"].as_u64() {
            Some(11) => product["price"] = json!("abc"),
            Some(14) => product["permalink"] = json!(""),
            Some(16) => product["stock_quantity"] = json!(7.5),
            Some(18) => product["manage_stock"] = json!("parent"),
            _ => {}
        }
    }
    let server = shop.serve().await;
    let pages = pages(&store(&server)).await;
    let rejected: Vec<_> = pages[0].rejected.iter().map(|item| (item.id.as_deref(), item.reason.as_str())).collect();
    assert_eq!(rejected, [(Some("11"), "has a `price` that cannot be read"), (Some("14"), "has no `permalink`")]);
    let find = |id: &str| pages[0].products.iter().find(|product| product.id.as_str() == id).unwrap();
    assert_eq!(find("16").stock, Stock::Managed { quantity: Decimal::new(75, 1) });
    assert!(matches!(find("18").stock, Stock::Managed { .. }));
}

#[tokio::test]
async fn changes_reach_back_in_utc_and_name_where_to_go_on() {
    let server = Shop::recorded().serve().await;
    let store = store(&server);
    let changed = store.changes_since("2026-11-22T20:16:00Z".parse().unwrap()).await.unwrap();
    assert_eq!(asked_for(&server, PATH, "modified_after").await, ["2026-11-22T20:11:00Z"]);
    assert_eq!(asked_for(&server, PATH, "status").await, ["any"]);
    let latest = changed.products.iter().filter_map(|product| product.modified_at).max();
    assert!(!changed.products.is_empty());
    assert_eq!(Some(changed.watermark), latest);
    let again = store.changes_since(changed.watermark).await.unwrap();
    assert_eq!(again.watermark, changed.watermark);
}

/// A clock that runs ahead, and a change while a long list is read: the next reading begins before both.
#[tokio::test]
async fn a_date_of_change_beyond_the_reading_hides_nothing() {
    let shop = Shop::recorded();
    shop.products.lock().unwrap()[0]["date_modified_gmt"] = json!("2031-01-01T00:00:00");
    let server = shop.serve().await;
    let changed = store(&server).changes_since("2026-11-22T20:16:00Z".parse().unwrap()).await.unwrap();
    assert!(changed.products.iter().any(|product| product.modified_at > Some(clock().now())));
    assert_eq!(changed.watermark, clock().now(), "the reading began then");
}

#[tokio::test]
async fn the_catalogue_keeps_the_promises_of_its_port() {
    let server = Shop::recorded().serve().await;
    conformance::catalog(&store(&server)).await.unwrap();
    assert_eq!(store(&server).currency().await.unwrap(), Currency::EUR);
}

#[tokio::test]
async fn text_in_front_of_the_json_is_skipped() {
    for number in ["281", "287"] {
        let server = MockServer::start().await;
        currency(&server).await;
        if number == "281" {
            replay(&server, PATH, number).await;
        } else {
            let warned = "<br />\n<b>Warning</b>:  Undefined array key \"x\" in <b>/srv/shop/a.php</b> on line <b>3</b><br />\n[{\"id\":721}]";
            let answer = ResponseTemplate::new(200).set_body_raw(warned, "application/json; charset=UTF-8");
            Mock::given(path(PATH)).respond_with(answer).mount(&server).await;
        }
        let pages = pages(&store(&server)).await;
        assert_eq!(pages[0].rejected[0].id.as_deref(), Some("721"));
    }
}

#[tokio::test]
async fn credentials_travel_in_the_query_where_the_header_is_stripped() {
    let server = MockServer::start().await;
    Mock::given(path("/wp-json/wc/v3/system_status"))
        .and(query_param("consumer_key", KEY))
        .and(query_param("consumer_secret", SECRET))
        .respond_with(recorded("277"))
        .expect(1)
        .mount(&server)
        .await;
    let mut settings = config(&server.uri());
    settings.authentication = Authentication::Query;
    let store = WooStore::new(settings, clock()).unwrap();
    assert_eq!(store.currency().await.unwrap(), Currency::EUR);
    assert!(server.received_requests().await.unwrap().iter().all(|request| !request.headers.contains_key("authorization")));
    // The currency is asked for once.
    store.currency().await.unwrap();
}
