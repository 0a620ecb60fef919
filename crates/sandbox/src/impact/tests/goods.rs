//! Catalogs, reports and click exports.

use serde_json::json;

use super::*;

fn item(number: usize) -> Value {
    json!({ "CatalogItemId": format!("I{number:05}"), "Name": format!("Item {number}"), "Url": "https://shop.example/i" })
}

#[tokio::test]
async fn items_are_made_changed_and_listed_but_not_beyond_20_000() {
    let account = Account::open().await;
    let bulk = async |from: usize, to: usize| {
        let items: Vec<Value> = (from..to).map(item).collect();
        account.json(Method::PUT, "/Catalogs/5500/BulkUpdate", &json!(items)).await
    };
    assert_eq!(bulk(0, 501).await.status, StatusCode::BAD_REQUEST, "at most 500");
    assert_eq!(bulk(0, 0).await.status, StatusCode::BAD_REQUEST);
    for part in 0..41 {
        assert_eq!(bulk(part * 500, part * 500 + 500).await.status, StatusCode::OK);
    }
    assert_eq!(account.read("/Catalogs/5500").await["NumberOfItems"], "20500");
    let last = account.read("/Catalogs/5500/Items?PageSize=1000&Page=20").await;
    assert_eq!((&last["Items"][999]["CatalogItemId"], &last["@total"]), (&json!("I19999"), &json!("20500")));
    assert_eq!(account.get("/Catalogs/5500/Items?PageSize=1000&Page=21").await.status, StatusCode::BAD_REQUEST);
    let found = account.read("/Catalogs/5500/Items?Keyword=item%2020499").await;
    assert_eq!((&found["@total"], &found["Items"][0]["CatalogItemId"]), (&json!("1"), &json!("I20499")));
}

#[tokio::test]
async fn an_item_keeps_what_an_update_leaves_out_and_a_bad_one_stops_the_whole_bulk() {
    let account = Account::open().await;
    assert_eq!(account.json(Method::POST, "/Catalogs/5500/Items", &item(1)).await.json()["Status"], "OK");
    assert_eq!(account.json(Method::POST, "/Catalogs/5500/Items", &item(1)).await.status, StatusCode::BAD_REQUEST, "it exists");
    let path = "/Catalogs/5500/Items/I00001";
    account.form(Method::PUT, path, &[("CurrentPrice", "19.90"), ("Inventory", "3")]).await;
    let read = account.read(path).await;
    assert_eq!((&read["Name"], &read["CurrentPrice"], &read["Inventory"]), (&json!("Item 1"), &json!("19.90"), &json!("3")));
    let bulk = json!([item(2), { "CatalogItemId": "I3" }]);
    assert_eq!(account.json(Method::PUT, "/Catalogs/5500/BulkUpdate", &bulk).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(account.get("/Catalogs/5500/Items/I00002").await.status, StatusCode::NOT_FOUND);
    assert_eq!(account.form(Method::DELETE, path, &[]).await.json(), json!({ "Status": "DELETED" }));
    assert_eq!(account.form(Method::DELETE, path, &[]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(account.get("/Catalogs/1/Items").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_file_takes_the_place_of_all_items_or_changes_nothing() {
    let account = Account::open().await;
    account.json(Method::POST, "/Catalogs/5500/Items", &item(1)).await;
    let file = "CatalogItemId,Name,Url,CurrentPrice\nK1,\"Kettle, 2 l\",https://shop.example/k1,39.90\nK2,Pot,https://shop.example/k2,\n";
    let reply = account.upload("data", file).await;
    assert_eq!((reply.status, reply.json()), (StatusCode::OK, json!({ "Status": "OK" })));
    let items = account.read("/Catalogs/5500/Items").await;
    assert_eq!((&items["@total"], &items["Items"][0]["Name"]), (&json!("2"), &json!("Kettle, 2 l")));
    assert_eq!((&items["Items"][0]["CurrentPrice"], &items["Items"][1]["CurrentPrice"]), (&json!("39.90"), &Value::Null));
    for (part, broken) in [
        ("file", file),
        ("data", ""),
        ("data", "CatalogItemId,Name\nK3\n"),
        ("data", "CatalogItemId,Name,Url\nK3,Pan,\n"),
        ("data", "CatalogItemId,Name,Url\nK3,Pan,https://shop.example\nK3,Pan,https://shop.example\n"),
    ] {
        assert_eq!(account.upload(part, broken).await.status, StatusCode::BAD_REQUEST, "{broken}");
        assert_eq!(account.read("/Catalogs/5500").await["NumberOfItems"], "2");
    }
    assert_eq!(account.get("/Catalogs/5500/Upload").await.status, StatusCode::METHOD_NOT_ALLOWED);
    let large: String =
        (0..30_000).map(|number| format!("I{number},A name of some length,https://shop.example/{number},1\n")).collect();
    assert_eq!(account.upload("data", &format!("CatalogItemId,Name,Url,Inventory\n{large}")).await.status, StatusCode::OK);
    assert_eq!(account.read("/Catalogs/5500").await["NumberOfItems"], "30000");
}

#[tokio::test]
async fn the_reports_of_a_span_agree_with_each_other() {
    let account = Account::open().await;
    account.post_ad(&KETTLE).await;
    account.sell(892_081, 10);
    account.click(892_081, 12);
    account.wait(25);
    account.sell(892_081, 11);
    let span = "SUBAID=1000&StartDate=2026-11-22T00:00:00-08:00&EndDate=2026-11-24T12:00:00-08:00";
    let run =
        async |handle: &str| account.read(&format!("/Reports/{handle}?{span}")).await["Records"].as_array().unwrap().clone();
    let ads = run("adv_performance_by_ad_pm_only").await;
    assert_eq!((&ads[0]["Clicks"], &ads[0]["Actions"], &ads[0]["Total_Cost"]), (&json!("12"), &json!("2"), &json!("9.70")));
    let days = run("att_adv_performance_by_day_pm_only").await;
    let cells: Vec<_> = days
        .iter()
        .map(|day| ["date_sort", "Clicks", "Actions", "Clickc_Cost"].map(|cell| day[cell].as_str().unwrap()))
        .collect();
    assert_eq!(cells, [["2026-11-22", "12", "1", "0.90"], ["2026-11-23", "0", "1", "0.00"]]);
    let partners = run("att_adv_performance_by_media_pm_only").await;
    assert_eq!((&partners[0]["mp_id"], &partners[0]["TotalCost"], partners.len()), (&json!("20001"), &json!("9.70"), 1));
    let actions = run("adv_action_listing_pm_only").await;
    assert_eq!((actions.len(), &actions[0]["Sale_Amount"], &actions[0]["Order_Id"]), (2, &json!("40.00"), &json!("10")));
    let skus = run("adv_action_list_sku_pm_only").await;
    assert_eq!((skus.len(), &skus[0]["SKU"], &skus[0]["Quantity"]), (2, &json!("KETTLE-1"), &json!("1")));
    let reply = account.get("/Reports/unknown").await;
    assert_eq!((reply.status, &reply.json()["Status"]), (StatusCode::OK, &json!("ERROR")));
}

#[tokio::test]
async fn clicks_are_exported_by_the_day_at_most_ten_times_a_day() {
    let account = Account::open().await;
    account.post_ad(&KETTLE).await;
    account.click(892_081, 4);
    let export = async |more: &str| account.get(&format!("/Programs/1000/ClickExport?{more}&ResultFormat=JSON")).await;
    for wrong in ["Date=yesterday", "Date=2024-04-08", "x=y"] {
        let reply = export(wrong).await;
        assert_eq!((reply.status, &reply.json()["Status"]), (StatusCode::OK, &json!("ERROR")), "{wrong}");
    }
    let records = async |more: &str| {
        let job = export(more).await.json()["QueuedUri"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        account.read(&format!("/Jobs/{job}")).await;
        account.read(&format!("/Jobs/{job}/Download?Mode=stream")).await["Records"].as_array().unwrap().clone()
    };
    let clicks = records("Date=2026-11-22").await;
    let times: Vec<_> = clicks.iter().map(|click| click["EventDate"].as_str().unwrap()).collect();
    assert_eq!(
        times,
        ["2026-11-22T16:00:00-08:00", "2026-11-22T16:15:00-08:00", "2026-11-22T16:30:00-08:00", "2026-11-22T16:45:00-08:00"]
    );
    let click = account.read(&format!("/Campaigns/1000/Clicks/{}", clicks[3]["Id"].as_str().unwrap())).await;
    assert_eq!((&click["AdId"], &click["EventDate"]), (&json!("892081"), &json!("2026-11-22T16:45:00-08:00")));
    assert_eq!(account.get("/Campaigns/1000/Clicks/892081-0-20001-0").await.status, StatusCode::NOT_FOUND);
    assert_eq!(records("Date=2026-11-22&AdId=7").await.len() + records("Date=2026-11-22&MediaId=7").await.len(), 0);
    assert_eq!(records("Date=2026-11-23").await.len(), 0);
    for _ in 0..6 {
        assert_eq!(export("Date=2026-11-22").await.status, StatusCode::OK, "the same job counts, too");
    }
    let reply = export("Date=2026-11-22").await;
    assert_eq!((reply.status, reply.header("x-ratelimit-reset")), (StatusCode::TOO_MANY_REQUESTS, Some("28800")));
    account.wait(8);
    assert_eq!(export("Date=2026-11-22").await.status, StatusCode::OK, "the account's next day");
}
