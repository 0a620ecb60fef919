//! Catalogues and exception lists: JSON, forms and files.

use campaign_pilot_core::{Currency, ErrorKind, Money};
use campaign_pilot_impact_client::{
    CatalogId, CatalogItem, CatalogItemFilter, CatalogItemId, EventTypeId, ExceptionItemId, ExceptionListChange, ExceptionListId,
    ExceptionListKind, MOST_BULK_ITEMS, PromoCodeExceptionListId, PullFrequency, StockAvailability,
};
use rust_decimal::dec;
use serde_json::{Value, json};
use wiremock::ResponseTemplate;

use super::support::{Bench, assert_form, done, ok, whole};

fn catalog() -> CatalogId {
    CatalogId::new("5").unwrap()
}

fn item(id: &str) -> CatalogItem {
    let item = CatalogItem::new(CatalogItemId::new(id).unwrap(), "Bottle", "https://shop.example/p");
    let item = item.at_price(Money::new(dec!(19.99), Currency::USD));
    CatalogItem { availability: StockAvailability::InStock, inventory: Some(7), ..item }
}

#[tokio::test]
async fn an_item_that_does_not_exist_yet_is_added() {
    let bench = Bench::new().await;
    bench.answer("PUT", "Catalogs/5/Items/M%201", ResponseTemplate::new(404)).await;
    bench.answer("POST", "Catalogs/5/Items", done("Catalogs/5/Items/M%201")).await;
    bench.api.upsert_catalog_item(&catalog(), &item("M 1")).await.unwrap();
    assert_eq!(bench.sent().await, ["PUT Catalogs/5/Items/M%201", "POST Catalogs/5/Items"]);
    let body: Value = bench.last().await.body_json().unwrap();
    let wanted = json!({"CatalogItemId": "M 1", "Name": "Bottle", "Url": "https://shop.example/p", "CurrentPrice": 19.99,
        "Currency": "USD", "StockAvailability": "InStock", "Inventory": 7});
    assert_eq!(body, wanted);
}

#[tokio::test]
async fn up_to_500_items_go_in_one_call() {
    let bench = Bench::new().await;
    bench.answer("PUT", "Catalogs/5/BulkUpdate", done("Catalogs/5")).await;
    let items: Vec<_> = (0..=MOST_BULK_ITEMS).map(|n| item(&n.to_string())).collect();
    bench.api.bulk_update_catalog(&catalog(), &items[..MOST_BULK_ITEMS]).await.unwrap();
    assert_eq!(bench.last().await.body_json::<Vec<Value>>().unwrap().len(), 500);
    for wrong in [&items[..], &[], &[item("1"), item("1")]] {
        assert_eq!(bench.api.bulk_update_catalog(&catalog(), wrong).await.unwrap_err().kind(), ErrorKind::Invalid);
    }
    assert_eq!(bench.sent().await.len(), 1);
}

#[tokio::test]
async fn catalogs_and_items_are_read_also_with_wrong_totals() {
    let bench = Bench::new().await;
    bench.answer("GET", "Catalogs", whole("Catalogs", json!([{"Id": "5"}]))).await;
    bench.answer("GET", "Catalogs/5", ok(json!({"Id": 5, "Status": "ACTIVE"}))).await;
    let page = |ids: [&str; 2], next: &str| {
        let items: Vec<_> = ids.iter().map(|id| json!({"CatalogItemId": id, "Name": "x"})).collect();
        ok(json!({"@page": "1", "@numpages": "0", "@total": "0", "@nextpageuri": next, "Items": items}))
    };
    bench.answer_once("GET", "Catalogs/5/Items", page(["a", "b"], "/x?Page=2")).await;
    bench
        .answer_once("GET", "Catalogs/5/Items", ok(json!({"@page": "2", "@nextpageuri": "", "Items": [{"CatalogItemId": "c"}]})))
        .await;
    bench.answer("GET", "Catalogs/5/Items/a", ok(json!({"CatalogItemId": "a", "Name": "x"}))).await;
    bench.answer("DELETE", "Catalogs/5/Items/a", ok(json!({"Status": "DELETED"}))).await;
    assert_eq!(bench.api.catalogs(None).await.unwrap().items.len(), 1);
    assert!(bench.api.catalog(&catalog()).await.unwrap().is_some());
    let filter = CatalogItemFilter { keyword: Some("bottle".to_owned()), ..CatalogItemFilter::default() };
    let items = bench.api.catalog_items(&catalog(), &filter).await.unwrap();
    assert_eq!((items.items.len(), items.complete), (3, true));
    let id = CatalogItemId::new("a").unwrap();
    assert!(bench.api.catalog_item(&catalog(), &id).await.unwrap().is_some());
    bench.api.delete_catalog_item(&catalog(), &id).await.unwrap();
    assert_eq!(bench.sent().await[2], "GET Catalogs/5/Items?Keyword=bottle&PageSize=1000&Page=1");
}

#[tokio::test]
async fn nothing_is_asked_for_beyond_20_000_items() {
    let bench = Bench::new().await;
    for page in 0..20 {
        let items: Vec<_> = (0..1_000).map(|n| json!({"CatalogItemId": format!("{page}-{n}")})).collect();
        let next = format!("/x?Page={}", page + 2);
        let body =
            json!({"@page": (page + 1).to_string(), "@numpages": "21", "@total": "20500", "@nextpageuri": next, "Items": items});
        bench.answer_once("GET", "Catalogs/5/Items", ok(body)).await;
    }
    bench.answer("GET", "Catalogs/5/Items", ResponseTemplate::new(400)).await;
    let items = bench.api.catalog_items(&catalog(), &CatalogItemFilter::default()).await.unwrap();
    assert_eq!((items.items.len(), items.complete, bench.sent().await.len()), (20_000, false, 20));
}

#[tokio::test]
async fn files_travel_in_parts_and_settings_in_camel_case() {
    let bench = Bench::new().await;
    bench.answer("POST", "Catalogs/5/Upload", ok(json!({"Status": "OK"}))).await;
    bench.answer("PUT", "Catalogs/5", ok(json!({"Id": "5", "UploadMethod": "PULL_FROM_URL"}))).await;
    bench.api.upload_catalog(&catalog(), "items.csv", "text/csv", "Id,Name\n1,Bottle\n").await.unwrap();
    let sent = bench.last().await;
    assert_eq!(sent.headers["content-type"], "multipart/form-data; boundary=campaign-pilot-part-0");
    let body = String::from_utf8(sent.body).unwrap();
    assert!(body.contains("name=\"data\"; filename=\"items.csv\"") && body.contains("1,Bottle\n"), "{body}");
    let address = "https://shop.example/feed";
    bench.api.pull_catalog_from(&catalog(), address, "items.csv", PullFrequency::EightHours).await.unwrap();
    let settings: Value = bench.last().await.body_json().unwrap();
    assert_eq!(settings["pullFromUrlSettings"]["pullFrequency"], "8H");
}

#[tokio::test]
async fn exception_lists_are_made_filled_and_emptied() {
    let bench = Bench::new().await;
    bench.answer("POST", "ExceptionLists", done("ExceptionLists/12")).await;
    bench.answer("GET", "ExceptionLists", whole("ExceptionLists", json!([{"Id": 12, "Type": "SKU"}]))).await;
    bench.answer("GET", "ExceptionLists/12", ok(json!({"Id": "12"}))).await;
    bench.answer("PUT", "ExceptionLists/12", done("ExceptionLists/12")).await;
    bench.answer("POST", "ExceptionLists/12/Items", done("ExceptionLists/12/Items/1")).await;
    bench.answer("GET", "ExceptionLists/12/Items", whole("ExceptionListItems", json!([{"Id": 1, "Value": "ANVIL"}]))).await;
    bench.answer("GET", "ExceptionLists/12/Items/1", ok(json!({"Id": 1, "Value": "ANVIL"}))).await;
    bench.answer("DELETE", "ExceptionLists/12/Items/1", ok(json!({"Status": "DELETED"}))).await;
    let sale = EventTypeId::new("2240").unwrap();
    let list = bench.api.create_exception_list("No commission", &ExceptionListKind::Sku, &sale).await.unwrap();
    assert_eq!(list, ExceptionListId::new("12").unwrap());
    let wanted = [("ActionTrackerId", "2240"), ("CampaignId", "1000"), ("Name", "No commission"), ("Type", "SKU")];
    assert_form(&bench.last().await, &wanted);
    assert_eq!(bench.api.exception_lists(None, Some(&ExceptionListKind::Sku)).await.unwrap().items.len(), 1);
    assert!(bench.api.exception_list(&list).await.unwrap().is_some());
    let change = ExceptionListChange { name: Some("n".to_owned()), event_type: None };
    bench.api.update_exception_list(&list, &change).await.unwrap();
    assert!(bench.api.update_exception_list(&list, &ExceptionListChange::default()).await.is_err());
    bench.api.add_exception_item(&list, "ANVIL", None, true).await.unwrap();
    assert_form(&bench.last().await, &[("Value", "ANVIL"), ("Upsert", "true")]);
    bench.api.add_exception_file(&list, "skus.csv", "ANVIL\n", false).await.unwrap();
    assert!(String::from_utf8(bench.last().await.body).unwrap().contains("name=\"Upsert\"\r\n\r\nfalse"));
    let items = bench.api.exception_items(&list, Some("ANVIL")).await.unwrap();
    let id = items.items[0].id.clone();
    assert!(bench.api.exception_item(&list, &id).await.unwrap().is_some());
    bench.api.remove_exception_item(&list, &id).await.unwrap();
}

#[tokio::test]
async fn promo_codes_have_exception_lists_of_their_own() {
    let bench = Bench::new().await;
    bench.answer("POST", "PromoCodeExceptionLists", done("PromoCodeExceptionLists/3")).await;
    bench.answer("GET", "PromoCodeExceptionLists/3", ok(json!({"Id": "3"}))).await;
    bench.answer("PUT", "PromoCodeExceptionLists/3", done("PromoCodeExceptionLists/3")).await;
    bench.answer("POST", "PromoCodeExceptionLists/3/Items", done("PromoCodeExceptionLists/3/Items/9")).await;
    bench.answer("GET", "PromoCodeExceptionLists/3/Items", whole("ExceptionListItems", json!([{"Id": "9"}]))).await;
    bench.answer("DELETE", "PromoCodeExceptionLists/3/Items/9", ok(json!({"Status": "DELETED"}))).await;
    let sale = EventTypeId::new("2240").unwrap();
    let list = bench.api.create_promo_code_exception_list("x", &sale).await.unwrap();
    assert_eq!(list, PromoCodeExceptionListId::new("3").unwrap());
    assert!(bench.api.promo_code_exception_list(&list).await.unwrap().is_some());
    let change = ExceptionListChange { event_type: Some(sale), ..ExceptionListChange::default() };
    bench.api.update_promo_code_exception_list(&list, &change).await.unwrap();
    bench.api.add_promo_code_exception_item(&list, "SUMMER10").await.unwrap();
    assert_eq!(bench.api.promo_code_exception_items(&list, None).await.unwrap().items.len(), 1);
    let id = ExceptionItemId::new("9").unwrap();
    bench.api.remove_promo_code_exception_item(&list, &id).await.unwrap();
    assert_eq!(bench.sent().await.len(), 6);
}
