use campaign_pilot_core::ErrorKind;
use serde_json::json;

use super::*;
use crate::testing::Bench;
use crate::{CycleEnd, CycleKind};

const NAMES: [&str; 13] = [
    "fetch_all_products",
    "fetch_product_details",
    "fetch_product_analytics",
    "create_campaign",
    "fetch_campaign_details",
    "fetch_all_campaigns",
    "explain_decision",
    "pause_campaign",
    "resume_campaign",
    "set_campaign_budget",
    "set_campaign_end",
    "set_campaign_copy",
    "check_api_health",
];

fn toolbox(bench: &Bench) -> Toolbox {
    bench.driver().toolbox()
}

#[test]
fn every_tool_has_its_name_and_both_schemas() {
    let specs = toolbox(&Bench::new()).specs();
    let names: Vec<_> = specs.iter().map(|spec| spec.name).collect();
    assert_eq!(names, NAMES);
    for spec in specs {
        for schema in [spec.input.as_value(), spec.output.as_value()] {
            assert_eq!(schema["type"], "object", "{}", spec.name);
            assert!(schema["title"].is_string(), "{}", spec.name);
        }
        let required = &spec.input.as_value()["required"];
        let names_its_request = required.as_array().is_some_and(|fields| fields.contains(&json!("request_id")));
        assert_eq!(names_its_request, spec.mutates, "{}", spec.name);
        assert_eq!(spec.input.as_value()["additionalProperties"], json!(false), "{}", spec.name);
    }
}

#[tokio::test]
async fn a_campaign_lives_its_life_through_the_tools() {
    let bench = Bench::with_history(1, 7);
    let tools = toolbox(&bench);
    let create = json!({ "request_id": "r1", "product_id": "1", "budget": { "amount": "12.5", "currency": "EUR" } });
    let first = tools.call("create_campaign", create.clone()).await.unwrap();
    assert_eq!(first["outcome"], "done", "{first}");
    let again = tools.call("create_campaign", create).await.unwrap();
    assert_eq!((&again["outcome"], bench.platform.objects().len()), (&json!("done"), 1));
    let campaign = first["campaign"]["campaign_id"].clone();
    let paused = tools.call("pause_campaign", json!({ "request_id": "r2", "campaign_id": campaign })).await.unwrap();
    assert_eq!(paused["explanation"], "unlisted (links already posted keep earning)");
    let details = tools.call("fetch_campaign_details", json!({ "campaign_id": campaign })).await.unwrap();
    assert_eq!((&details["desired"], &details["effective"]), (&json!("paused"), &json!("unlisted")));
    let resumed = tools.call("resume_campaign", json!({ "request_id": "r3", "campaign_id": campaign })).await.unwrap();
    assert_eq!(resumed["outcome"], "done");
    let budget = json!({ "request_id": "r4", "campaign_id": campaign, "budget": { "amount": "14", "currency": "EUR" } });
    assert_eq!(tools.call("set_campaign_budget", budget).await.unwrap()["explanation"], "budget set in our ledger");
    let end = json!({ "request_id": "r5", "campaign_id": campaign, "end": "2030-01-01T00:00:00+01:00" });
    assert_eq!(tools.call("set_campaign_end", end).await.unwrap()["explanation"], "end moved");
    let words = json!({ "request_id": "r6", "campaign_id": campaign, "headline": " Sleep\tdry ", "body": "" });
    assert_eq!(tools.call("set_campaign_copy", words).await.unwrap()["explanation"], "ad copy changed");
    let details = tools.call("fetch_campaign_details", json!({ "campaign_id": campaign })).await.unwrap();
    assert_eq!((&details["ends_at"], &details["headline"]), (&json!("2029-12-31T23:00:00Z"), &json!("Sleep dry")));
    let all = tools.call("fetch_all_campaigns", json!({ "active_only": true })).await.unwrap();
    assert_eq!(all["campaigns"][0]["budget"]["amount"], "14");
}

#[tokio::test]
async fn ends_and_words_that_cannot_be_used_are_not_sent() {
    let bench = Bench::with_history(1, 7);
    let tools = toolbox(&bench);
    let create = json!({ "request_id": "r1", "product_id": "1", "budget": { "amount": "12.5", "currency": "EUR" } });
    let campaign = tools.call("create_campaign", create).await.unwrap()["campaign"]["campaign_id"].clone();
    let ask = async |tool: &str, key: &str, value: &str| {
        tools.call(tool, json!({ "request_id": value, "campaign_id": campaign, key: value })).await
    };
    for end in ["tomorrow", "2030-01-01T00:00:00"] {
        assert_eq!(ask("set_campaign_end", "end", end).await.unwrap_err().kind(), ErrorKind::Invalid, "{end}");
    }
    let held = ask("set_campaign_end", "end", "2020-01-01T00:00:00Z").await.unwrap();
    assert_eq!(held["outcome"], "held", "an end that has passed is a pause");
    for headline in [" ".to_owned(), "\u{202e}".to_owned(), "long".repeat(20)] {
        let error = ask("set_campaign_copy", "headline", &headline).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{headline}");
    }
    assert_eq!(bench.platform.writes(), 1, "nothing but the launch");
}

#[tokio::test]
async fn the_reading_tools_read() {
    let bench = Bench::with_history(3, 7);
    let tools = toolbox(&bench);
    let list = tools.call("fetch_all_products", json!({ "category": "fitness", "limit": 2 })).await.unwrap();
    assert_eq!((list["products"].as_array().unwrap().len(), &list["matching"]), (2, &json!(3)));
    let details = tools.call("fetch_product_details", json!({ "product_id": "2" })).await.unwrap();
    assert_eq!(details["price"], json!({ "amount": "50", "currency": "EUR" }));
    let analytics = tools.call("fetch_product_analytics", json!({ "product_id": "2", "days": 7 })).await.unwrap();
    assert_eq!((&analytics["net_units"], &analytics["views_per_sale"]), (&json!(28), &json!({ "known": "12" })));
    let health = tools.call("check_api_health", json!({})).await.unwrap();
    assert_eq!(health["healthy"], true);
}

#[tokio::test]
async fn wrong_calls_are_named() {
    let bench = Bench::with_history(1, 7);
    let tools = toolbox(&bench);
    let kind = async |name: &str, input: Value| tools.call(name, input).await.unwrap_err().kind();
    assert_eq!(kind("reset_campaign_data", json!({})).await, ErrorKind::Unsupported);
    assert_eq!(kind("fetch_product_details", json!({ "id": "1" })).await, ErrorKind::Invalid);
    assert_eq!(kind("fetch_product_details", json!({ "product_id": "99" })).await, ErrorKind::NotFound);
    assert_eq!(kind("pause_campaign", json!({ "request_id": "r", "campaign_id": "c-1" })).await, ErrorKind::NotFound);
    assert_eq!(kind("fetch_product_analytics", json!({ "product_id": "1", "days": 91 })).await, ErrorKind::Invalid);
    let blank = json!({ "request_id": " ", "product_id": "1", "budget": { "amount": "5", "currency": "EUR" } });
    assert_eq!(kind("create_campaign", blank).await, ErrorKind::Invalid);
    assert_eq!(bench.platform.writes(), 0);
}

#[tokio::test]
async fn a_system_that_fails_is_said_so() {
    let bench = Bench::with_history(1, 7);
    bench.platform.fail_reads(true);
    let health = toolbox(&bench).call("check_api_health", json!({})).await.unwrap();
    assert_eq!(health["healthy"], false);
    assert_eq!(health["systems"][1]["problem"], "the platform cannot be read");
}

#[tokio::test]
async fn decisions_are_explained_by_their_ids() {
    let bench = Bench::with_history(1, 7);
    let CycleEnd::Finished(report) = bench.driver().run_cycle(CycleKind::Decide).await.unwrap() else { panic!("stopped") };
    let tools = toolbox(&bench);
    let launch = &report.decisions[0];
    let explained = tools.call("explain_decision", json!({ "decision_id": launch.id })).await.unwrap();
    assert_eq!((&explained["sentence"], &explained["verdict"]), (&json!(launch.sentence), &Value::Null));
    assert!(explained["details"]["budget"].is_object(), "{explained}");
    bench.advance(24 * 60);
    let CycleEnd::Finished(report) = bench.driver().run_cycle(CycleKind::Decide).await.unwrap() else { panic!("stopped") };
    let verdict = report.decisions.iter().find(|decision| decision.verdict.is_some()).unwrap();
    let explained = tools.call("explain_decision", json!({ "decision_id": verdict.id })).await.unwrap();
    assert_eq!(explained["verdict"], json!(verdict.verdict.unwrap().name()));
    assert!(explained["text"].as_str().unwrap().contains("What would change the verdict"), "{explained}");
    let unknown = tools.call("explain_decision", json!({ "decision_id": "nobody" })).await.unwrap_err();
    assert_eq!((unknown.kind(), unknown.to_string().as_str()), (ErrorKind::NotFound, "there is no decision `nobody`"));
}
