//! What a diagnosis finds out, and that it changes nothing.

use campaign_pilot_impact_client::{Need, ProbeOutcome};
use serde_json::json;
use wiremock::matchers::method;
use wiremock::{Mock, ResponseTemplate};

use super::support::{Bench, ok, whole};

/// A healthy account, as far as it is not answered otherwise before.
async fn healthy(bench: &Bench) {
    let company = json!({"CompanyName": "Acme", "Currency": "USD", "Timezone": "(GMT -07:00) Arizona"});
    bench.answer("GET", "CompanyInformation", ok(company)).await;
    bench.answer("GET", "Campaigns/1000", ok(json!({"Id": "1000", "Name": "Acme Campaign", "State": "ACTIVE"}))).await;
    let reports = json!([{"Id": "adv_performance_by_ad_pm_only", "ApiAccessible": "true"}]);
    bench.answer("GET", "Reports", whole("Reports", reports)).await;
    Mock::given(method("GET")).respond_with(ok(json!({"@total": "0"}))).mount(&bench.server).await;
    let refusal = json!({"Status": "ERROR", "Message": "Validation Failed", "Errors": [{"Field": "Name", "Message": "missing"}]});
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(400).set_body_json(refusal)).mount(&bench.server).await;
    for verb in ["PUT", "DELETE"] {
        Mock::given(method(verb)).respond_with(ResponseTemplate::new(404)).mount(&bench.server).await;
    }
}

#[tokio::test]
async fn a_healthy_account_is_said_to_be_so_and_no_write_could_have_worked() {
    let bench = Bench::new().await;
    healthy(&bench).await;
    let diagnosis = bench.api.diagnose(&Need::ALL).await;
    assert!(diagnosis.is_healthy(), "{diagnosis}");
    assert_eq!(diagnosis.facts.company.as_deref(), Some("Acme"));
    let printed = diagnosis.to_string();
    assert!(printed.contains("everything that is needed is allowed") && printed.contains("Acme Campaign"), "{printed}");
    assert!(!printed.contains("IRyMQ"), "{printed}");
    for request in bench.requests().await {
        if request.method.as_str() == "GET" {
            continue;
        }
        let path = request.url.path();
        let nothing = request.body.is_empty() || request.body == b"[]";
        assert!(nothing && (request.method.as_str() == "POST" || path.contains("/0")), "{} {path}", request.method);
    }
}

#[tokio::test]
async fn each_missing_scope_is_named() {
    let bench = Bench::new().await;
    bench.answer("POST", "Ads", ResponseTemplate::new(403)).await;
    bench.answer("GET", "Actions", ResponseTemplate::new(403).set_body_json(json!({"message": "Access Denied"}))).await;
    bench.answer("GET", "Jobs", ResponseTemplate::new(405)).await;
    bench.answer("PUT", "Jobs/0/Replay", ResponseTemplate::new(502)).await;
    healthy(&bench).await;
    let diagnosis = bench.api.diagnose(&Need::FOR_CAMPAIGNS).await;
    let outcome = |need: Need| diagnosis.probes.iter().find(|probe| probe.need == need).unwrap().outcome.clone();
    assert_eq!(outcome(Need::CreateAds), ProbeOutcome::Denied { certain: false });
    assert_eq!(outcome(Need::ReadActions), ProbeOutcome::Denied { certain: true });
    assert_eq!(outcome(Need::ChangeAds), ProbeOutcome::Allowed);
    assert_eq!(outcome(Need::ReadJobs), ProbeOutcome::NotOffered);
    assert!(matches!(outcome(Need::ReplayJobs), ProbeOutcome::Unclear(_)));
    assert_eq!(diagnosis.missing().collect::<Vec<_>>(), [Need::CreateAds, Need::ReadActions]);
    assert!(diagnosis.to_string().contains("enable POST for the category Ads"), "{diagnosis}");
}

#[tokio::test]
async fn wrong_credentials_end_it_at_once() {
    let bench = Bench::new().await;
    Mock::given(method("GET")).respond_with(ResponseTemplate::new(401)).mount(&bench.server).await;
    let diagnosis = bench.api.diagnose(&Need::FOR_CAMPAIGNS).await;
    assert_eq!(diagnosis.probes[0].outcome, ProbeOutcome::WrongCredentials);
    assert!(diagnosis.probes[1..].iter().all(|probe| probe.outcome == ProbeOutcome::NotTried));
    assert_eq!(bench.sent().await.len(), 1);
}

#[tokio::test]
async fn what_else_stands_in_the_way_is_told() {
    let bench = Bench::new().await;
    bench
        .answer(
            "GET",
            "CompanyInformation",
            ok(json!({"CompanyName": "Acme", "Currency": "EUR", "Timezone": "(GMT +01:00) Berlin"})),
        )
        .await;
    bench.answer("GET", "Campaigns/1000", ok(json!({"Id": "1000", "State": "DELINQUENT"}))).await;
    bench.answer("GET", "Reports", whole("Reports", json!([]))).await;
    healthy(&bench).await;
    let diagnosis = bench.api.diagnose(&Need::FOR_CAMPAIGNS).await;
    assert_eq!((diagnosis.problems.len(), diagnosis.is_healthy()), (4, false));
    let printed = diagnosis.to_string();
    for word in
        ["billed in EUR", "DELINQUENT: settle", "does not list the configured report by ad", "GMT +01:00", "set `by_ad_report`"]
    {
        assert!(printed.contains(word), "{printed}");
    }
}
