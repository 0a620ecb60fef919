//! The three servers over one market, with and without faults.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use campaign_pilot_sandbox::{
    Access, Faults, PlatformSettings, ProgramState, RateHeaders, RequestEffect, Sandbox, SandboxErrorKind, SandboxOptions,
};
use jiff::{SignedDuration, Timestamp};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

thread_local! {
    /// One client for each test: making one takes longer than most tests.
    static CLIENT: Client = Client::new();
}

fn client() -> Client {
    CLIENT.with(Clone::clone)
}

async fn sandbox() -> Sandbox {
    Sandbox::start(SandboxOptions::default()).await.unwrap()
}

fn store(sandbox: &Sandbox, target: &str) -> RequestBuilder {
    let Access { consumer_key, consumer_secret, .. } = sandbox.access();
    let url = sandbox.store_url().join("wp-json/wc/v3/").unwrap().join(target).unwrap();
    client().get(url).basic_auth(consumer_key, Some(consumer_secret))
}

async fn get(sandbox: &Sandbox, target: &str) -> Value {
    store(sandbox, target).send().await.unwrap().error_for_status().unwrap().json().await.unwrap()
}

/// All pages of a list, and what the headers say about their number.
async fn pages(sandbox: &Sandbox, target: &str) -> (Vec<Value>, usize) {
    let mut items = Vec::new();
    let mut page = 0;
    loop {
        page += 1;
        let response = store(sandbox, &format!("{target}&page={page}")).send().await.unwrap();
        let header = |name: &str| -> usize { response.headers()[name].to_str().unwrap().parse().unwrap() };
        let (total, last) = (header("x-wp-total"), header("x-wp-totalpages"));
        items.extend(response.json::<Vec<Value>>().await.unwrap());
        if page >= last {
            return (items, total);
        }
    }
}

async fn create_ad(sandbox: &Sandbox, tag: &str) -> reqwest::Result<Response> {
    let access = sandbox.access();
    let program = access.program_id.to_string();
    let fields = [
        ("Name", "Speaker"),
        ("CampaignId", &program),
        ("AdType", "TEXT_LINK"),
        ("Language", "ENGLISH"),
        ("LinkText", "Smart Speaker Mini"),
        ("LandingPage", "https://shop.example/product/smart-speaker-mini/"),
        ("Labels", tag),
    ];
    let url = sandbox.impact_url().join(&format!("Advertisers/{}/Ads", access.account_sid)).unwrap();
    let request = client().post(url).basic_auth(&access.account_sid, Some(&access.auth_token));
    request.header("Accept", "application/json").form(&fields).send().await
}

async fn query(sandbox: &Sandbox, token: &str, body: &Value) -> (StatusCode, Value) {
    let url = sandbox.plausible_url().join("api/v2/query").unwrap();
    let response = client().post(url).bearer_auth(token).json(body).send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

#[tokio::test]
async fn new_orders_have_the_shape_of_recorded_ones() {
    let sandbox = sandbox().await;
    sandbox.advance(hours(20 * 24)).unwrap();
    let (orders, total) = pages(&sandbox, "orders?per_page=100&orderby=id&order=asc").await;
    assert_eq!(orders.len(), total);
    let is_new = |order: &&Value| order["date_created_gmt"].as_str().unwrap() >= "2026-11-23";
    let recorded = orders.iter().find(|order| order["id"] == 292).unwrap();
    let news: Vec<&Value> = orders.iter().filter(is_new).collect();
    assert!(news.len() > 100, "{} new orders", news.len());
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    for order in &news {
        assert_eq!(keys(order), keys(recorded));
        assert_eq!(keys(&order["line_items"][0]), keys(&recorded["line_items"][0]));
        assert_eq!(keys(&order["shipping_lines"][0]), keys(&recorded["shipping_lines"][0]));
        assert_eq!(keys(&order["tax_lines"][0]), keys(&recorded["tax_lines"][0]));
        let cents = |text: &Value| text.as_str().unwrap().replace('.', "").parse::<i64>().unwrap();
        let lines: i64 = order["line_items"].as_array().unwrap().iter().map(|line| cents(&line["total"])).sum();
        assert_eq!(cents(&order["total"]), lines + 490 + cents(&order["total_tax"]), "{}", order["id"]);
    }
    assert!(news.iter().any(|order| order["status"] == "completed"));

    let refunded = news.iter().find(|order| order["refunds"][0].is_object()).unwrap();
    let refunds = get(&sandbox, &format!("orders/{}/refunds", refunded["id"])).await;
    let recorded = get(&sandbox, "orders/187/refunds").await;
    assert_eq!(keys(&refunds[0]), keys(&recorded[0]));
    assert_eq!(keys(&refunds[0]["line_items"][0]), keys(&recorded[0]["line_items"][0]));
    assert!(refunds[0]["line_items"][0]["quantity"].as_i64().unwrap() < 0);
    assert_eq!(refunded["refunds"][0]["total"], format!("-{}", refunds[0]["amount"].as_str().unwrap()));
}

#[tokio::test]
async fn stock_and_sales_follow_the_orders() {
    let sandbox = sandbox().await;
    let since = sandbox.clock().now();
    let before = get(&sandbox, "products/36").await;
    sandbox.advance(hours(10 * 24)).unwrap();
    let after = get(&sandbox, "products/36").await;
    let sold = after["total_sales"].as_i64().unwrap() - before["total_sales"].as_i64().unwrap();
    assert!(sold > 0);
    let gone = before["stock_quantity"].as_i64().unwrap() - after["stock_quantity"].as_i64().unwrap();
    assert!(gone <= sold, "{gone} gone, {sold} sold");
    let (changed, _) = pages(&sandbox, &format!("products?modified_after={since}&per_page=50&_fields=id&orderby=id")).await;
    assert!(changed.contains(&json!({"id": 36})));
}

#[tokio::test]
async fn paging_by_id_is_complete_and_paging_by_date_is_not() {
    let sandbox = sandbox().await;
    let distinct = |items: Vec<Value>| {
        items.iter().map(|item| item["id"].as_u64().unwrap()).collect::<std::collections::BTreeSet<_>>().len()
    };
    let (by_id, total) = pages(&sandbox, "products?per_page=3&orderby=id&order=asc&_fields=id").await;
    assert_eq!((by_id.len(), distinct(by_id)), (total, total));
    let (by_date, _) = pages(&sandbox, "products?per_page=3&_fields=id").await;
    assert!(distinct(by_date) < total);
}

#[tokio::test]
async fn links_lead_back_to_the_sandbox() {
    let sandbox = sandbox().await;
    let response = store(&sandbox, "products?per_page=20&page=2").send().await.unwrap();
    let links: Vec<_> = response.headers().get_all("link").iter().map(|link| link.to_str().unwrap()).collect();
    let page = |number| format!("<{}wp-json/wc/v3/products?per_page=20&page={number}>", sandbox.store_url());
    assert_eq!(links[1], format!("{}; rel=\"prev\", {}; rel=\"next\"", page(1), page(3)));
}

#[tokio::test]
async fn nobody_writes_to_the_store() {
    let sandbox = sandbox().await;
    let Access { consumer_key, consumer_secret, .. } = sandbox.access();
    let url = sandbox.store_url().join("wp-json/wc/v3/products").unwrap();
    let request = client().post(url).basic_auth(consumer_key, Some(consumer_secret)).json(&json!({}));
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["code"], "woocommerce_rest_authentication_error");
}

#[tokio::test]
async fn views_can_be_asked_for_before_and_after_the_opening() {
    let sandbox = sandbox().await;
    sandbox.advance(hours(24)).unwrap();
    let token = &sandbox.access().plausible_token;
    let ask = json!({
        "site_id": "shop.example", "metrics": ["pageviews", "visitors"], "dimensions": ["event:page", "time:day"],
        "date_range": ["2026-10-01", "2026-11-23"], "include": {"total_rows": true}, "pagination": {"limit": 100, "offset": 50},
    });
    let (status, answer) = query(&sandbox, token, &ask).await;
    assert_eq!(status, StatusCode::OK);
    let rows = answer["results"].as_array().unwrap();
    assert_eq!(rows.len(), 100);
    assert!(answer["meta"]["total_rows"].as_u64().unwrap() > 1000);
    assert_eq!(answer["query"]["date_range"], json!(["2026-10-01T00:00:00Z", "2026-11-23T23:59:59Z"]));
    for row in rows {
        let (views, visitors) = (row["metrics"][0].as_u64().unwrap(), row["metrics"][1].as_u64().unwrap());
        assert!(0 < visitors && visitors <= views, "{row}");
    }
    let day = |range: Value| json!({"site_id": "shop.example", "metrics": ["pageviews"], "date_range": range});
    let (_, before) = query(&sandbox, token, &day(json!(["2026-11-22", "2026-11-22"]))).await;
    let (_, after) = query(&sandbox, token, &day(json!(["2026-11-23", "2026-11-23"]))).await;
    let views = |answer: &Value| answer["results"][0]["metrics"][0].as_f64().unwrap();
    assert!((0.5..2.0).contains(&(views(&after) / views(&before))), "{before} then {after}");
    let (_, future) = query(&sandbox, token, &day(json!(["2026-11-24", "2026-11-30"]))).await;
    assert_eq!(future["results"], json!([{"dimensions": [], "metrics": [0]}]));
}

#[tokio::test]
async fn bad_questions_about_views_are_refused() {
    let sandbox = sandbox().await;
    let token = sandbox.access().plausible_token.clone();
    let good = json!({"site_id": "shop.example", "metrics": ["pageviews"], "date_range": "7d"});
    let with = |key: &str, value: Value| {
        let mut question = good.clone();
        question[key] = value;
        question
    };
    assert_eq!(query(&sandbox, "wrong", &good).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(query(&sandbox, &token, &with("site_id", json!("other.example"))).await.0, StatusCode::UNAUTHORIZED);
    for question in [
        with("metrics", json!(["sales"])),
        with("metrics", json!([])),
        with("dimensions", json!(["event:goal"])),
        with("date_range", json!("forever")),
        with("pagination", json!({"limit": 0})),
    ] {
        let (status, answer) = query(&sandbox, &token, &question).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{question}");
        assert!(answer["error"].is_string());
    }
}

#[tokio::test]
async fn a_lost_answer_leaves_its_effect() {
    let sandbox = sandbox().await;
    sandbox.set_faults("lost-answers=1".parse().unwrap());
    let tag = "cp-0123456789abcdef0123";
    let error = create_ad(&sandbox, tag).await.unwrap_err();
    assert!(error.status().is_none() && !error.is_timeout(), "{error:?}");
    let history = sandbox.history();
    assert_eq!(history.len(), 1);
    assert!(matches!(history[0].effect, RequestEffect::CreatedAd(_)) && history[0].answer_lost);
    assert_eq!(history[0].tag.as_ref().unwrap().as_str(), tag);
    // Reads still arrive.
    assert!(get(&sandbox, "products?per_page=1").await.is_array());
}

#[tokio::test]
async fn refusals_come_before_any_effect() {
    let sandbox = sandbox().await;
    for (faults, status) in [("429=1", StatusCode::TOO_MANY_REQUESTS), ("5xx=1", StatusCode::INTERNAL_SERVER_ERROR)] {
        sandbox.set_faults(faults.parse().unwrap());
        let answer = create_ad(&sandbox, "x").await.unwrap().status();
        assert!(answer == status || (faults == "5xx=1" && answer.is_server_error()), "{answer}");
        let answer = store(&sandbox, "products").send().await.unwrap();
        assert!(answer.status() == status || answer.status().is_server_error());
        assert_eq!(answer.headers()["content-type"], "text/html");
    }
    assert!(sandbox.history().is_empty());
    sandbox.set_faults(Faults::none());
    assert_eq!(create_ad(&sandbox, "x").await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn refusals_of_impact_carry_rates_and_take_the_form_that_was_asked_for() {
    for (rate_headers, rates) in [
        (RateHeaders::Brand, [Some("3600"), Some("0"), Some("1"), None, None]),
        (RateHeaders::Partner, [None, None, None, Some("1"), Some("1")]),
        (RateHeaders::Both, [Some("3600"), Some("0"), Some("1"), Some("1"), Some("1")]),
    ] {
        let platform = PlatformSettings { rate_headers, ..PlatformSettings::default() };
        let sandbox = Sandbox::start(SandboxOptions { platform, ..SandboxOptions::default() }).await.unwrap();
        let access = sandbox.access();
        let url = sandbox.impact_url().join(&format!("Advertisers/{}/Catalogs", access.account_sid)).unwrap();
        let ask = async |accept: &str| {
            let request = client().get(url.clone()).header("accept", accept);
            request.basic_auth(&access.account_sid, Some(&access.auth_token)).send().await.unwrap()
        };
        sandbox.set_faults("429=1".parse().unwrap());
        let limited = ask("*/*").await;
        let names = ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "ratelimit-reset", "retry-after"];
        let found = names.map(|name| limited.headers().get(name).map(|value| value.to_str().unwrap()));
        assert_eq!(found, rates, "{rate_headers:?}");
        assert_eq!(limited.json::<Value>().await.unwrap(), json!({ "message": "API rate limit exceeded" }));

        sandbox.set_faults("5xx=1".parse().unwrap());
        assert_eq!(ask("application/json").await.json::<Value>().await.unwrap()["Status"], "ERROR");
        let failed = ask("*/*").await;
        assert_eq!(failed.headers()["content-type"], "application/xml");
        assert!(failed.text().await.unwrap().contains("<Status>ERROR</Status>"));
    }
}

#[tokio::test]
async fn truncated_bodies_are_no_json_and_stale_lists_miss_the_newest() {
    let sandbox = sandbox().await;
    sandbox.set_faults("truncated=1".parse().unwrap());
    let text = store(&sandbox, "products?per_page=1").send().await.unwrap().text().await.unwrap();
    assert!(text.starts_with('[') && serde_json::from_str::<Value>(&text).is_err());

    sandbox.set_faults(Faults::none());
    sandbox.advance(hours(48)).unwrap();
    let newest = async || {
        let orders = get(&sandbox, "orders?per_page=1").await;
        orders[0]["date_created_gmt"].as_str().unwrap().to_owned()
    };
    assert!(newest().await.as_str() > "2026-11-24");
    sandbox.set_faults("stale=24h".parse().unwrap());
    assert!(newest().await.as_str() <= "2026-11-24T00:00:00");
}

#[tokio::test]
async fn faults_do_not_depend_on_the_order_of_requests() {
    let statuses = async |targets: Vec<String>| {
        let sandbox = sandbox().await;
        sandbox.set_faults("429=0.3,5xx=0.2".parse().unwrap());
        let mut seen = std::collections::BTreeMap::new();
        for target in targets {
            let status = store(&sandbox, &target).send().await.unwrap().status().as_u16();
            seen.entry(target).or_insert_with(Vec::new).push(status);
        }
        seen
    };
    let targets: Vec<String> = (0..40).map(|number| format!("products/{}", 11 + number % 20)).collect();
    let forward = statuses(targets.clone()).await;
    assert_eq!(forward, statuses(targets.into_iter().rev().collect()).await);
    let refused = forward.values().flatten().filter(|status| **status == 429).count();
    assert!((4..24).contains(&refused), "{refused} of 40");
}

#[tokio::test]
async fn a_world_comes_back_from_its_log() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("world.jsonl");
    let options = || SandboxOptions { seed: 11, world_log: Some(log.clone()), ..SandboxOptions::default() };
    let sandbox = Sandbox::start(options()).await.unwrap();
    create_ad(&sandbox, "cp-0123456789abcdef0123").await.unwrap().error_for_status().unwrap();
    sandbox.advance(hours(5 * 24)).unwrap();
    create_ad(&sandbox, "second").await.unwrap().error_for_status().unwrap();
    sandbox.set_program_state(ProgramState::Deactivated).unwrap();
    assert!(create_ad(&sandbox, "third").await.unwrap().status().is_client_error());
    sandbox.advance(hours(3)).unwrap();
    let (truth, history, now) = (sandbox.truth(), sandbox.history(), sandbox.clock().now());
    let orders = get(&sandbox, "orders?per_page=100").await;
    drop(sandbox);

    let back = Sandbox::start(options()).await.unwrap();
    assert_eq!((back.truth(), back.history(), back.clock().now()), (truth, history, now));
    assert_eq!(get(&back, "orders?per_page=100").await, orders);
    assert!(create_ad(&back, "fourth").await.unwrap().status().is_client_error());
    back.advance(hours(24)).unwrap();

    let other = SandboxOptions { seed: 12, ..options() };
    assert_eq!(Sandbox::start(other).await.unwrap_err().kind(), SandboxErrorKind::WorldLog);
}

#[tokio::test]
async fn a_sandbox_of_any_day_has_a_recent_past() {
    for day in ["2024-02-29T00:00:00Z", "2031-07-04T13:00:00Z"] {
        let start: Timestamp = day.parse().unwrap();
        let sandbox = Sandbox::start(SandboxOptions { start, ..SandboxOptions::default() }).await.unwrap();
        assert_eq!(sandbox.clock().now(), start);
        let since = start - hours(14 * 24);
        let (orders, _) = pages(&sandbox, &format!("orders?per_page=100&after={since}")).await;
        assert!(orders.len() > 60, "{} orders in the fortnight before {day}", orders.len());
        assert!(pages(&sandbox, "orders?per_page=100").await.1 > 500);
    }
    let error = Sandbox::start(SandboxOptions { start: Timestamp::MAX, ..SandboxOptions::default() }).await.unwrap_err();
    assert_eq!(error.kind(), SandboxErrorKind::Input);
}

#[tokio::test]
async fn the_servers_are_gone_after_the_shutdown() {
    let sandbox = sandbox().await;
    let url = sandbox.store_url().clone();
    sandbox.shutdown().await;
    assert!(client().get(url).send().await.is_err());
}
