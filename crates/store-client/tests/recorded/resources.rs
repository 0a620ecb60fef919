//! Every list of the recorded shop: whole, typed, nothing rejected.

use campaign_pilot_core::ErrorKind;
use campaign_pilot_store_client::model::{DiscountType, OrderStatus, SettingValue, StockManagement};
use campaign_pilot_store_client::{Customer, CustomerSalt, OrderQuery, ProductQuery, RefundQuery, WooApi};
use rust_decimal::dec;

use crate::support::{KEY, Shop, asked_for, body, clock, config, full, replay};
use wiremock::MockServer;

async fn whole() -> (MockServer, WooApi) {
    let server = Shop::whole().serve().await;
    let api = WooApi::new(config(&server.uri()), clock()).unwrap();
    (server, api)
}

async fn one(at: &str, number: &str) -> (MockServer, WooApi) {
    let server = MockServer::start().await;
    replay(&server, at, number).await;
    let api = WooApi::new(config(&server.uri()), clock()).unwrap();
    (server, api)
}

#[tokio::test]
async fn the_whole_shop_is_read_without_a_rejection() {
    let (_server, api) = whole().await;
    let products = api.products(&ProductQuery::new()).all().await.unwrap();
    let orders = api.orders(&OrderQuery::new().with_attribution()).all().await.unwrap();
    let refunds = api.refunds(&RefundQuery::new()).all().await.unwrap();
    let (categories, brands, tags) =
        (api.categories().all().await.unwrap(), api.brands().all().await.unwrap(), api.tags().all().await.unwrap());
    let (customers, coupons) = (api.customers().all().await.unwrap(), api.coupons().all().await.unwrap());
    let counts = [products.items.len(), orders.items.len(), refunds.items.len(), categories.items.len(), brands.items.len()];
    assert_eq!(counts, [63, 502, 28, 10, 3]);
    assert_eq!([tags.items.len(), customers.items.len(), coupons.items.len()], [0, 81, 6]);
    let mut variations = 0;
    for product in full("variations").as_object().unwrap().keys() {
        let read = api.variations(product.parse().unwrap()).all().await.unwrap();
        assert_eq!(read.rejected, [], "{product}");
        variations += read.items.len();
    }
    assert_eq!(variations, 100);
    let rejected = [products.rejected, orders.rejected, refunds.rejected, categories.rejected, customers.rejected];
    assert!(rejected.iter().all(Vec::is_empty), "{rejected:?}");
    assert!(coupons.rejected.is_empty() && coupons.missing == 0);
    assert!(orders.items.iter().any(|order| order.attribution.is_some()));
}

#[tokio::test]
async fn encoded_names_are_decoded_and_parents_known() {
    let (_server, api) = whole().await;
    let categories = api.categories().all().await.unwrap().items;
    let garden = categories.iter().find(|category| category.slug == "home-garden").unwrap();
    assert_eq!((garden.name.as_str(), garden.parent), ("Home & Garden", None));
    let audio = categories.iter().find(|category| category.name == "Audio").unwrap();
    assert_eq!(audio.parent, Some(16));
}

#[tokio::test]
async fn coupons_keep_their_case_and_kind() {
    let (_server, api) = whole().await;
    let coupons = api.coupons().all().await.unwrap().items;
    let welcome = coupons.iter().find(|coupon| coupon.code == "welcome10").unwrap();
    assert_eq!((&welcome.discount_type, welcome.amount), (&DiscountType::Percent, Some(dec!(10))));
    assert_eq!((welcome.usage_count, welcome.usage_limit, welcome.expires_at), (30, None, None));
    let shipping = coupons.iter().find(|coupon| coupon.code == "freeship").unwrap();
    assert!(shipping.free_shipping && shipping.products.is_empty());
}

#[tokio::test]
async fn customers_are_keys_or_nothing() {
    let server = Shop::whole().serve().await;
    let mut settings = config(&server.uri());
    let api = WooApi::new(settings.clone(), clock()).unwrap();
    let unread = api.customers().all().await.unwrap().items;
    assert!(unread.iter().all(|account| account.customer == Customer::Unread && !account.role.is_empty()));
    assert!(!asked_for(&server, "/wp-json/wc/v3/customers", "_fields").await.iter().any(|fields| fields.contains("email")));
    settings.customer_salt = Some(CustomerSalt::new("a salt of sixteen characters"));
    let api = WooApi::new(settings, clock()).unwrap();
    let accounts = api.customers().all().await.unwrap().items;
    let orders = api.orders(&OrderQuery::new()).all().await.unwrap().items;
    let known: Vec<_> = accounts.iter().map(|account| account.customer).collect();
    let by_account = orders.iter().filter(|order| known.contains(&order.customer)).count();
    // The recorded shop: 502 orders, those of accounts and of guests with another address.
    let guests = full("orders-1").as_array().unwrap().iter().filter(|order| order["customer_id"] == 0).count();
    assert!(by_account > 250 && guests > 0, "{by_account} of {} with {guests} guests", orders.len());
    assert!(!serde_json::to_string(&accounts).unwrap().contains("example.com"));
}

#[tokio::test]
async fn stock_that_the_parent_holds_is_told() {
    let (_server, api) = one("/wp-json/wc/v3/products/81/variations", "265").await;
    let variations = api.variations(81).all().await.unwrap().items;
    assert!(variations.iter().all(|variation| variation.stock_management == StockManagement::Parent));
}

#[tokio::test]
async fn settings_are_texts_or_choices() {
    let (server, api) = one("/wp-json/wc/v3/settings/general", "199").await;
    let settings = api.settings("general").await.unwrap();
    let value = |id: &str| settings.iter().find(|setting| setting.id == id).map(|setting| &setting.value).unwrap();
    assert_eq!(value("woocommerce_currency"), &SettingValue::Text("EUR".to_owned()));
    let several: SettingValue = serde_json::from_str(r#"["DE", "AT", 7]"#).unwrap();
    assert_eq!(several, SettingValue::List(["DE", "AT", "7"].map(str::to_owned).to_vec()));
    assert_eq!(asked_for(&server, "/wp-json/wc/v3/settings/general", "_fields").await, ["id,value"]);
}

#[tokio::test]
async fn the_shop_tells_its_zone_and_versions() {
    let server = MockServer::start().await;
    replay(&server, "/wp-json", "314").await;
    replay(&server, "/wp-json/wc/v3/system_status", "197").await;
    let shop = WooApi::new(config(&server.uri()), clock()).unwrap().shop().await.unwrap();
    assert_eq!((shop.time_zone.as_deref(), shop.woocommerce.as_deref()), (Some("Europe/Berlin"), Some("9.9.5")));
}

#[tokio::test]
async fn a_list_that_an_old_store_does_not_have_is_an_error() {
    let server = MockServer::start().await;
    replay(&server, "/wp-json/wc/v3/products/brands", "084").await;
    let error = WooApi::new(config(&server.uri()), clock()).unwrap().brands().next().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongServer);
    assert!(!format!("{error:?}").contains(KEY));
}

/// Every status of the recorded shop has a name of ours; a plugin's own is kept.
#[test]
fn statuses_are_known() {
    let words: Vec<String> = (1..=6)
        .flat_map(|page| full(&format!("orders-{page}")).as_array().unwrap().clone())
        .map(|order| order["status"].as_str().unwrap().to_owned())
        .collect();
    assert!(words.iter().all(|word| !matches!(OrderStatus::from(word.as_str()), OrderStatus::Other(_))));
    assert_eq!(OrderStatus::from("wc-shipped").as_str(), "wc-shipped");
    assert_eq!(body("097").as_array().unwrap().len(), 0);
}
