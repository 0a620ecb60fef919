//! A server that says our own credentials back to us: no error, note or list carries them on.

use std::error::Error;

use campaign_pilot_core::Applied;
use campaign_pilot_core::ports::CampaignPlatform;
use campaign_pilot_impact_client::{DealFilter, JobId, Need};
use serde_json::json;
use wiremock::matchers::{any, method};
use wiremock::{Mock, ResponseTemplate};

use crate::performance::day;
use crate::support::{Bench, SID, TOKEN, campaign, json_ok, spec, tag};

/// `base64 <<< SID:TOKEN`, without the line break and the padding.
const BASIC: &str = "SVJ5TVFpQ050d3J0MTgwNDIwN0czdDhQbjZOeXpmeUR3MTptYWRlLXVwLXRva2Vu";

/// Everything that can be printed of an error and of what caused it.
fn printed(error: &(dyn Error + 'static)) -> String {
    let mut printed = format!("{error} {error:?} {error:#?}");
    let mut cause = error.source();
    while let Some(error) = cause {
        printed.push_str(&format!(" {error} {error:?}"));
        cause = error.source();
    }
    printed
}

#[track_caller]
fn is_clean(printed: &str) {
    for secret in [SID, TOKEN, BASIC] {
        assert!(!printed.contains(secret), "{printed}");
    }
}

/// All of it in one text; with the request as a debug page would print it.
fn echo() -> String {
    let (head, tail) = TOKEN.split_once('-').unwrap();
    format!("Bad request by {SID}: Authorization: Basic {BASIC} = {SID}:{TOKEN}, {head}\u{200b}-{tail}")
}

async fn answering(template: ResponseTemplate) -> Bench {
    let bench = Bench::new().await;
    Mock::given(any()).respond_with(template).mount(&bench.server).await;
    bench
}

#[tokio::test]
async fn refusals_in_every_form_are_clean() {
    let body = json!({"Status": "ERROR", "Message": echo(), "Errors": [{"Field": echo(), "Message": echo()}, echo()]});
    let xml = format!("<ImpactRadiusResponse><Status>ERROR</Status><Message>{}</Message></ImpactRadiusResponse>", echo());
    let page = format!("<!DOCTYPE html><html><body>{}</body></html>", echo());
    for template in [
        ResponseTemplate::new(400).set_body_json(&body),
        ResponseTemplate::new(200).set_body_json(&body),
        ResponseTemplate::new(401).set_body_json(json!({"message": echo()})),
        ResponseTemplate::new(403).set_body_raw(xml, "application/xml"),
        ResponseTemplate::new(404).set_body_raw(page, "text/html"),
        ResponseTemplate::new(200).set_body_raw(echo(), "application/json"),
        ResponseTemplate::new(200).set_body_json(json!(echo())),
        ResponseTemplate::new(302).insert_header("Location", format!("https://{TOKEN}.example/{SID}?{TOKEN}").as_str()),
    ] {
        let bench = answering(template).await;
        is_clean(&printed(&bench.platform.check_health().await.unwrap_err()));
        is_clean(&printed(&bench.platform.all().await.unwrap_err()));
        is_clean(&printed(&bench.platform.performance(&[campaign("7")], day()).await.unwrap_err()));
        match bench.platform.create(&spec(), &tag()).await {
            Applied::Rejected(error) | Applied::Unknown(error) => is_clean(&printed(&error)),
            Applied::Done(effect) => panic!("{effect:?}"),
        }
        let job = JobId::new("7").unwrap();
        // A file is passed on as it is; what is printed of it is its length.
        match bench.platform.api().download(&job).await {
            Ok(file) => is_clean(&format!("{file:?}")),
            Err(error) => is_clean(&printed(&error)),
        }
        is_clean(&format!(
            "{:?} {}",
            bench.platform.api().diagnose(&Need::ALL).await,
            bench.platform.api().diagnose(&Need::ALL).await
        ));
    }
}

#[tokio::test]
async fn states_messages_and_what_cannot_be_read_are_clean() {
    let bench = Bench::new().await;
    let job = json!({"Id": "7", "Status": "FAILED", "StatusMessage": echo(), "Type": echo()});
    bench.answer("GET", "Jobs/7", json_ok(&job)).await;
    let queued = json!({"Status": "QUEUED", "QueuedUri": format!("/Advertisers/{SID}/Jobs/7")});
    bench.answer("GET", "ReportExport/adv_performance_by_ad_pm_only", json_ok(&queued)).await;
    bench.answer("PUT", "Jobs/7/Replay", json_ok(&json!({"Status": "OK"}))).await;
    let program = json!({"Id": "1000", "Name": echo(), "State": echo()});
    bench.answer("GET", "Campaigns/1000", json_ok(&program)).await;
    // A number where something else is asked for is told in the reason.
    let odd = json!([{"Id": {"a": echo()}}, {"Id": echo()}, {"Id": "1", "AdId": echo(), "Currency": echo(), "CampaignId": echo()}, echo()]);
    bench.answer("GET", "Deals", json_ok(&json!({"Deals": odd}))).await;
    bench.answer("GET", "Ads", json_ok(&json!({"Ads": odd}))).await;
    bench.answer("GET", "Actions", json_ok(&json!({"Actions": odd}))).await;
    bench.answer("GET", "Ads/7", json_ok(&json!({"Id": "7", "DealState": echo(), "LimitedTimeEndDate": echo()}))).await;
    Mock::given(method("GET")).respond_with(json_ok(&json!({"Id": echo()}))).mount(&bench.server).await;

    let deals = bench.platform.api().deals(&DealFilter::default()).await.unwrap();
    assert!(!deals.unreadable.is_empty());
    is_clean(&format!("{deals:?}"));
    is_clean(&format!("{:?}", bench.platform.api().ads(None).await.unwrap()));
    is_clean(&format!("{:?}", bench.platform.api().job(&JobId::new("7").unwrap()).await.unwrap()));
    let reading = bench.platform.performance(&[campaign("7")], day()).await.unwrap();
    assert!(reading.quality.notes.iter().any(|note| note.contains("the job ended as FAILED")), "{reading:?}");
    is_clean(&format!("{reading:?}"));
    is_clean(&printed(&bench.platform.check_health().await.unwrap_err()));
    match bench.platform.create(&spec(), &tag()).await {
        Applied::Rejected(error) | Applied::Unknown(error) => is_clean(&printed(&error)),
        Applied::Done(effect) => panic!("{effect:?}"),
    }
    is_clean(&format!("{:?}", bench.platform.details(&campaign("7")).await));
    is_clean(&format!("{:?}", bench.platform));
}
