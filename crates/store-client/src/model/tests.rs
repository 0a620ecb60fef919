//! Each oddity of a real store, and any other, costs at most its own item.

use std::path::PathBuf;

use campaign_pilot_http::{JsonBody, JsonLimits};
use jiff::Timestamp;
use proptest::prelude::*;
use rust_decimal::{Decimal, dec};
use serde_json::{Map, Value, json};

use super::*;
use crate::wire::{ParsedPage, Resource, parse_page};

fn read(file: &str) -> Value {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/woocommerce").join(file);
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The body of a recorded answer, by the whole name of its file.
fn recorded(file: &str) -> Value {
    read(file)["response"]["body"].take()
}

fn parsed<T: Resource>(list: &Value) -> ParsedPage<T> {
    parse_page(JsonBody::new(list.to_string().as_bytes(), &JsonLimits::default())).unwrap()
}

fn item<T: Resource>(item: &Value) -> T {
    let mut page = parsed::<T>(&json!([item]));
    assert_eq!(page.rejected, []);
    page.items.remove(0)
}

fn product(fields: &Value) -> Product {
    let mut all = json!({"id": 7});
    all.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    item(&all)
}

fn order(fields: &Value) -> Order {
    let mut all = json!({"id": 7, "currency": "EUR", "date_created_gmt": "2026-11-01T00:00:00"});
    all.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    item(&all)
}

#[test]
fn prices_are_texts_as_they_were_typed_and_empty_when_there_is_none() {
    for (price, wanted) in [
        (json!("59.99"), Some(dec!(59.99))),
        (json!("249"), Some(dec!(249))),
        (json!("9.9"), Some(dec!(9.9))),
        (json!("10.123456"), Some(dec!(10.123456))),
        (json!("0"), Some(dec!(0))),
        (json!(""), None),
        (json!(null), None),
    ] {
        assert_eq!(product(&json!({"price": price})).price, wanted, "{price}");
    }
    assert_eq!(item::<Product>(&recorded("070-product-no_price.json")).price, None);
    let variable: Product = item(&recorded("069-product-variable.json"));
    assert!(variable.price.is_some() && variable.regular_price.is_none());
}

#[test]
fn a_sale_is_in_force_when_the_store_says_so() {
    let sale: Product = item(&recorded("064-product-onsale.json"));
    assert!(sale.on_sale && sale.price == sale.sale_price && sale.regular_price > sale.price);
    let coming = product(&json!({"price": "10", "regular_price": "10", "sale_price": "8", "on_sale": false,
        "date_on_sale_from_gmt": "2026-12-01T00:00:00", "date_on_sale_to_gmt": null}));
    assert!(!coming.on_sale && coming.price == Some(dec!(10)) && coming.sale_price == Some(dec!(8)));
    assert_eq!((coming.sale_from.map(|at| at.to_string()), coming.sale_to), (Some("2026-12-01T00:00:00Z".to_owned()), None));
}

#[test]
fn numbers_with_noise_come_from_the_texts_beside_them() {
    let line =
        json!({"id": 1, "product_id": 5, "quantity": 2, "price": 19.900_000_000_000_002, "subtotal": "39.80", "total": "39.80"});
    let order = order(&json!({"line_items": [line], "total": "47.36", "coupon_lines": [{"code": "A", "discount": "5"}]}));
    assert_eq!((order.line_items[0].total, order.total, order.coupon_lines[0].discount), (dec!(39.80), dec!(47.36), dec!(5)));
}

#[test]
fn stock_is_counted_by_the_parent_negative_or_in_fractions() {
    for (stock, wanted) in [
        (json!(null), None),
        (json!(-3), Some(dec!(-3))),
        (json!(7.5), Some(dec!(7.5))),
        (json!("7.5"), Some(dec!(7.5))),
        (json!(""), None),
    ] {
        assert_eq!(product(&json!({"stock_quantity": stock})).stock_quantity, wanted, "{stock}");
    }
    for (managed, wanted) in
        [(json!(true), StockManagement::Own), (json!(false), StockManagement::None), (json!("parent"), StockManagement::Parent)]
    {
        assert_eq!(product(&json!({"manage_stock": managed})).stock_management, wanted);
    }
    assert_eq!(item::<Product>(&recorded("283-stock-float-get.json")).stock_quantity, Some(dec!(7.5)));
    assert_eq!(item::<Product>(&recorded("076-product-backorder.json")).stock_quantity, Some(dec!(-3)));
}

#[test]
fn ids_of_pictures_come_in_three_types() {
    let images = json!([{"id": 0, "src": ""}, {"id": "", "src": ""}, {"id": "19", "src": "https://a.example/b.png"}, {"id": 20}]);
    let ids: Vec<_> = product(&json!({"images": images})).images.iter().map(|image| image.id).collect();
    assert_eq!(ids, [None, None, Some(19), Some(20)]);
}

#[test]
fn ids_in_lists_come_as_numbers_and_texts() {
    assert_eq!(product(&json!({"variations": [7, "8", "x", null, 9.0]})).variations, [7, 8, 9]);
}

#[test]
fn names_are_plain_whether_they_are_encoded_or_not() {
    assert_eq!(product(&json!({"name": "Tea &amp; <b>Co</b>"})).name, "Tea & Co");
    let named = product(&json!({"categories": [{"id": 22, "name": "Home &amp; Garden", "slug": "home"}], "name": "Größe “L”"}));
    assert_eq!((named.categories[0].name.as_str(), named.name.as_str()), ("Home & Garden", "Größe “L”"));
}

#[test]
fn meta_data_of_any_type_does_no_harm() {
    let meta = json!([
        {"id": 1, "key": "a", "value": {"b": [1, null]}},
        {"id": 2, "key": "_wc_order_attribution_source_type", "value": "admin"},
        {"id": 3, "key": "_wc_order_attribution_source_type", "value": "utm"},
        {"id": 4, "key": 5, "value": true}, 7, -7, 0.5, true, "", ["a"], null, {"value": []},
    ]);
    let read =
        parsed::<Order>(&json!([{"id": 1, "currency": "EUR", "date_created_gmt": "2026-11-01T00:00:00", "meta_data": meta}]));
    let attribution = read.items[0].attribution.clone();
    assert_eq!(attribution.map(|attribution| attribution.source_type).as_deref(), Some("utm"));
    let gapped = json!({"1": meta[1], "4": meta[2]});
    assert_eq!(order(&json!({"meta_data": gapped})).attribution.map(|seen| seen.source_type).as_deref(), Some("utm"));
    for odd in [json!(null), json!(""), json!({}), json!([]), json!(false), json!({"0": {"key": "a"}})] {
        assert_eq!(order(&json!({"meta_data": odd})).attribution, None, "{odd}");
    }
}

#[test]
fn a_deleted_product_keeps_its_name_in_the_order() {
    let order: Order = item(&recorded("160-order-deleted-product.json")[0]);
    let gone = order.line_items.iter().find(|line| line.product_id.is_none()).unwrap();
    assert!(!gone.name.is_empty() && gone.sku.is_empty());
}

#[test]
fn unknown_statuses_and_kinds_are_kept() {
    assert_eq!(order(&json!({"status": "wc-packed"})).status.as_str(), "wc-packed");
    assert_eq!(product(&json!({"type": "bundle", "status": "wholesale"})).kind.as_str(), "bundle");
    assert_eq!(item::<Order>(&recorded("162-order-draft.json")).status.as_str(), "checkout-draft");
}

#[test]
fn a_variation_asked_for_as_a_product_is_read() {
    let variation: Product = item(&recorded("090-variation-as-product.json"));
    assert_eq!((variation.kind.as_str(), variation.total_sales), ("variation", 0));
    assert!(variation.parent_id.is_some());
}

#[test]
fn dates_come_in_every_form() {
    let at: Option<Timestamp> = "2026-11-07T23:44:41Z".parse().ok();
    for text in ["2026-11-07T23:44:41", "2026-11-07 23:44:41", "2026-11-07T23:44:41Z", "2026-11-08T00:44:41+01:00"] {
        assert_eq!(product(&json!({"date_modified_gmt": text})).modified_at, at, "{text}");
    }
    for nothing in [json!(null), json!("")] {
        assert_eq!(product(&json!({"date_modified_gmt": nothing})).modified_at, None);
    }
}

#[test]
fn an_item_without_known_fields_comes_as_a_list_and_is_listed() {
    let page = parsed::<Product>(&recorded("052-products-fields-nested.json"));
    assert_eq!((page.items.len(), page.rejected.len()), (2, 0));
    let page = parsed::<Product>(&json!([[], {"id": 2}]));
    assert_eq!((page.items.len(), page.rejected.len()), (1, 1));
}

#[test]
fn a_refund_may_have_no_lines_and_a_quantity_of_nothing() {
    let refund: Refund = item(&json!({"id": 1, "date_created_gmt": "2026-11-01T00:00:00", "amount": "5.00"}));
    assert!(refund.line_items.is_empty() && refund.amount == dec!(5));
    let line = json!({"product_id": 3, "quantity": 0, "total": "-5.00"});
    let refund: Refund = item(&json!({"id": 1, "date_created_gmt": "2026-11-01T00:00:00", "line_items": [line]}));
    assert_eq!(refund.line_items[0].quantity, Decimal::ZERO);
}

/// Any JSON, small.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[ -~]{0,12}".prop_map(Value::from),
        Just(json!("1e400")),
        Just(json!("99999999999999999999999999999999999999")),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::hash_map("[a-z_]{1,8}", inner, 0..3).prop_map(|map| map.into_iter().collect::<Map<_, _>>().into()),
        ]
    })
}

/// Replaces or drops one field somewhere in an item.
fn mutate(item: &mut Value, path: &[usize], by: Option<Value>) {
    let Some((first, rest)) = path.split_first() else { return };
    match item {
        Value::Object(fields) if !fields.is_empty() => {
            let name = fields.keys().nth(first % fields.len()).unwrap().clone();
            if rest.is_empty() || !matches!(fields[&name], Value::Object(_) | Value::Array(_)) {
                match by {
                    Some(by) => fields.insert(name, by),
                    None => fields.remove(&name),
                };
            } else {
                mutate(&mut fields[&name], rest, by);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            let at = first % items.len();
            mutate(&mut items[at], rest, by);
        }
        _ => {}
    }
}

/// One item of a page is changed at will: it is read or listed, and all others are read.
fn survives<T: Resource>(list: &Value, path: &[usize], by: Option<Value>) {
    let mut items: Vec<Value> = list.as_array().unwrap().iter().take(4).cloned().collect();
    let at = path[0] % items.len();
    mutate(&mut items[at], &path[1..], by);
    let page = parsed::<T>(&Value::from(items.clone()));
    assert_eq!(page.sent(), items.len());
    assert!(page.rejected.iter().all(|(place, item)| *place == at && !item.reason.is_empty()), "{:?}", page.rejected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn one_odd_item_costs_at_most_itself(
        path in prop::collection::vec(0usize..64, 2..5),
        by in prop::option::of(any_json()),
        which in 0usize..6,
    ) {
        match which {
            0 => survives::<Product>(&read("full-products-1.json"), &path, by),
            1 => survives::<Order>(&read("full/orders-6.json"), &path, by),
            2 => survives::<Refund>(&recorded("152-refunds-all.json"), &path, by),
            3 => survives::<Term>(&read("full/categories-1.json"), &path, by),
            4 => survives::<Coupon>(&read("full/coupons-1.json"), &path, by),
            _ => survives::<Account>(&read("full/customers-1.json"), &path, by),
        }
    }
}
