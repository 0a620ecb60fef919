//! Whether campaigns can run, and what to do if not.

use std::sync::Arc;

use campaign_pilot_core::ports::CampaignPlatform;
use campaign_pilot_core::{ErrorKind, ManualClock, PortError};
use campaign_pilot_impact_client::{ImpactConfig, ImpactPlatform};
use serde_json::json;
use wiremock::ResponseTemplate;

use crate::support::{Bench, NOW, SID, at, config, json_ok, page_of_html, program, refusal, same_kind};

async fn healthy(bench: &Bench) {
    let company =
        json!({"CompanyName": "Acme", "Currency": "USD", "Timezone": "(GMT -08:00) Pacific Time", "EinSsnForeignTaxId": "x"});
    bench.answer("GET", "CompanyInformation", json_ok(&company)).await;
    bench.answer("GET", "Campaigns/1000", json_ok(&program("ACTIVE"))).await;
    let ads = json!({"@page": "1", "@numpages": "40", "@nextpageuri": "", "Ads": [{"Id": "1"}]});
    bench.answer("GET", "Ads", json_ok(&ads)).await;
}

async fn failing(below: &str, answer: ResponseTemplate) -> PortError {
    let bench = Bench::new().await;
    bench.answer_once("GET", below, answer).await;
    healthy(&bench).await;
    bench.platform.check_health().await.unwrap_err()
}

#[tokio::test]
async fn a_healthy_account_is_read_in_three_calls() {
    let bench = Bench::new().await;
    healthy(&bench).await;
    bench.platform.check_health().await.unwrap();
    let expected = ["GET CompanyInformation", "GET Campaigns/1000", "GET Ads?CampaignId=1000&PageSize=1&Page=1"];
    assert_eq!(bench.asked().await, expected);
}

#[tokio::test]
async fn wrong_credentials_and_a_missing_scope_are_told_apart() {
    let wrong = failing("CompanyInformation", ResponseTemplate::new(401).set_body_json(json!({"message": "Unauthorized"}))).await;
    assert!(same_kind(wrong, ErrorKind::Unauthorized).advice().unwrap().contains("auth token"));
    let scope = failing("Ads", refusal(403, "Access Denied")).await;
    let scope = same_kind(scope, ErrorKind::Forbidden);
    assert!(scope.to_string().contains("read the program's ads"), "{scope}");
    assert!(scope.advice().unwrap().contains("scope"));
}

#[tokio::test]
async fn a_program_that_cannot_run_is_named_with_the_next_step() {
    let missing = same_kind(failing("Campaigns/1000", refusal(404, "Not found")).await, ErrorKind::NotFound);
    assert!(missing.advice().unwrap().contains("program 1000 belongs to this account"));
    let closed = same_kind(failing("Campaigns/1000", json_ok(&program("CLOSED"))).await, ErrorKind::Precondition);
    assert_eq!(closed.to_string(), "program 1000 at impact.com is CLOSED, not ACTIVE");
    let another = json!({"Id": "2000", "State": "ACTIVE"});
    same_kind(failing("Campaigns/1000", json_ok(&another)).await, ErrorKind::Malformed);
}

#[tokio::test]
async fn an_account_in_another_currency_is_noticed() {
    let company = json!({"CompanyName": "Acme", "Currency": "EUR"});
    let error = same_kind(failing("CompanyInformation", json_ok(&company)).await, ErrorKind::Precondition);
    assert_eq!(error.to_string(), "impact.com bills the account in EUR, and USD is configured");
}

#[tokio::test]
async fn another_server_is_not_taken_for_impact() {
    for status in [200, 404] {
        let page = same_kind(failing("CompanyInformation", page_of_html(status)).await, ErrorKind::WrongServer);
        assert!(!format!("{page:?}").contains("Request blocked"));
    }
    let xml = "<?xml version=\"1.0\"?><ImpactRadiusResponse><CompanyInformation/></ImpactRadiusResponse>";
    let answer = ResponseTemplate::new(200).set_body_raw(xml, "application/xml");
    assert!(same_kind(failing("CompanyInformation", answer).await, ErrorKind::Malformed).to_string().contains("XML"));
    let elsewhere = ResponseTemplate::new(302).insert_header("Location", "https://login.example/?next=x");
    let error = same_kind(failing("CompanyInformation", elsewhere).await, ErrorKind::WrongServer);
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn an_unreachable_host_is_reported_without_secrets() {
    let platform = ImpactPlatform::new(config("http://127.0.0.1:9/"), Arc::new(ManualClock::starting_at(at(NOW)))).unwrap();
    let error = same_kind(platform.check_health().await.unwrap_err(), ErrorKind::Unavailable);
    assert!(error.is_retryable());
    assert!(!format!("{platform:?}").contains(SID));
}

#[test]
fn a_configuration_that_cannot_work_is_refused_at_once() {
    let clock = || Arc::new(ManualClock::starting_at(at(NOW)));
    let refused = |config: ImpactConfig| ImpactPlatform::new(config, clock()).unwrap_err();
    let base = || config("https://api.example/");
    let sid = refused(ImpactConfig { account_sid: "IR/../x".into(), ..base() });
    assert_eq!(sid.kind(), ErrorKind::Invalid);
    assert!(sid.to_string().contains("SID"));
    let plain = refused(ImpactConfig { base_url: Some("http://api.example/".parse().unwrap()), ..base() });
    assert_eq!(plain.kind(), ErrorKind::Invalid);
    assert_eq!(refused(ImpactConfig { calls_per_hour: 0, ..base() }).kind(), ErrorKind::Invalid);
    assert_eq!(refused(ImpactConfig { polls: 0, ..base() }).kind(), ErrorKind::Invalid);
    let default = ImpactPlatform::new(ImpactConfig { base_url: None, ..base() }, clock());
    assert!(default.is_ok());
}

#[test]
fn clients_can_be_shared_between_threads() {
    fn shared<T: Clone + Send + Sync + 'static>() {}
    shared::<ImpactPlatform>();
    shared::<campaign_pilot_impact_client::ImpactApi>();
}
