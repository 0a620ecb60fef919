//! Finding campaigns again: a gap in what was read is never taken for their absence.

use campaign_pilot_core::ports::CampaignPlatform;
use campaign_pilot_core::{EffectiveStatus, ErrorKind, PlatformStatus};
use campaign_pilot_impact_client::{ImpactConfig, Listed, PlatformBehaviour};
use serde_json::{Value, json};
use wiremock::ResponseTemplate;
use wiremock::matchers::{method, path, query_param};

use crate::support::{Bench, NEW_AD, NOW, account, ad, at, campaign, json_ok, list, refusal, same_kind, tag};

const START: &str = "2026-06-01T00:00:00-07:00";
const END: &str = "2026-06-08T00:00:00-07:00";

fn page(number: u32, pages: u32, total: u32, ads: &[Value]) -> Value {
    let next = if number < pages { account(&format!("Ads?PageSize=2&Page={}", number + 1)) } else { String::new() };
    json!({
        "@page": number.to_string(), "@numpages": pages.to_string(), "@pagesize": "2", "@total": total.to_string(),
        "@start": "0", "@end": "1", "@uri": account("Ads"), "@previouspageuri": "", "@nextpageuri": next, "Ads": ads
    })
}

/// The ad that every program has, of a kind that cannot be created.
fn default_ad() -> Value {
    json!({"Id": 506_720, "Name": "Default Ad", "AdType": "DEFAULT_TRACKING", "Labels": "", "LimitedTimeEndDate": ""})
}

async fn serve(bench: &Bench, number: u32, value: &Value) {
    let mock = wiremock::Mock::given(method("GET")).and(path(account("Ads"))).and(query_param("Page", number.to_string()));
    mock.respond_with(json_ok(value)).mount(&bench.server).await;
}

#[tokio::test]
async fn every_page_is_read_and_the_oldest_comes_first() {
    let bench = Bench::new().await;
    bench.program_is("ACTIVE").await;
    let mut newer = ad("9", START, END);
    newer["DateCreated"] = json!("2026-06-01T10:00:00-07:00");
    let mut other = ad("8", START, END);
    other["Labels"] = json!("campaign-pilot,cp-00112233445566778899");
    serve(&bench, 1, &page(1, 3, 5, &[newer, other.clone()])).await;
    // A new ad has pushed one to the next page meanwhile, so that it comes twice.
    serve(&bench, 2, &page(2, 3, 5, &[other, default_ad()])).await;
    serve(
        &bench,
        3,
        &page(3, 3, 5, &[ad("10", START, START), json!({"Id": "6", "Labels": "unreadable", "DateCreated": "soon"})]),
    )
    .await;

    let found = bench.platform.find_by_tag(&tag(), at(NOW)).await.unwrap();

    let ids: Vec<&str> = found.iter().map(|found| found.id.as_str()).collect();
    assert_eq!(ids, ["10", "9"], "the oldest first, however many carry the tag");
    assert_eq!((&found[0].status, found[0].effective), (&PlatformStatus::Ended, EffectiveStatus::Unlisted));
    assert_eq!((&found[1].status, found[1].effective), (&PlatformStatus::Active, EffectiveStatus::Running));
    assert_eq!(found[1].tag, Some(tag()));
    let list = |page| format!("GET Ads?CampaignId=1000&PageSize=1000&DateCreatedStart=2026-06-02T04:55:00-07:00&Page={page}");
    assert_eq!(bench.asked().await, [list(1), list(2), list(3), "GET Campaigns/1000".to_owned()]);
}

#[tokio::test]
async fn nothing_found_in_a_complete_list_is_nothing() {
    let bench = Bench::new().await;
    serve(&bench, 1, &page(1, 1, 1, &[default_ad()])).await;
    assert!(bench.platform.find_by_tag(&tag(), at(NOW)).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_list_with_a_gap_is_an_error_and_not_an_absence() {
    let unreadable = json!({"Id": "7", "DateCreated": "soon", "Labels": format!("campaign-pilot,{}", tag())});
    for broken in [
        // It ends before its announced end.
        page(1, 1, 9, &[default_ad()]),
        // Every page is the first again.
        json!({"@page": "1", "@numpages": "2", "@nextpageuri": account("Ads?Page=1"), "Ads": [default_ad()]}),
        // The ad that is looked for cannot be read.
        page(1, 1, 1, &[unreadable]),
        // There is no list at all.
        json!({"@page": "1"}),
    ] {
        let bench = Bench::new().await;
        bench.answer("GET", "Ads", json_ok(&broken)).await;
        let error = bench.platform.find_by_tag(&tag(), at(NOW)).await.unwrap_err();
        same_kind(error, ErrorKind::Malformed);
    }
}

#[tokio::test]
async fn a_broken_server_is_asked_again_and_then_reported() {
    let bench = Bench::new().await;
    bench.answer("GET", "Ads", ResponseTemplate::new(500)).await;
    let error = same_kind(bench.platform.find_by_tag(&tag(), at(NOW)).await.unwrap_err(), ErrorKind::Unavailable);
    assert!(error.is_retryable());
    assert_eq!(bench.asked().await.len(), 3);
}

#[tokio::test]
async fn all_campaigns_are_those_with_any_tag_of_ours() {
    let bench = Bench::new().await;
    bench.program_is("ACTIVE").await;
    let mut foreign = ad("8", START, END);
    foreign["Labels"] = json!("summer,campaign-pilot");
    serve(&bench, 1, &page(1, 1, 3, &[ad("9", START, END), foreign, default_ad()])).await;
    let all = bench.platform.all().await.unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].landing_page, "https://shop.example/product/smart-water-bottle");
    assert_eq!(bench.asked().await[0], "GET Ads?CampaignId=1000&PageSize=1000&Page=1");
}

#[tokio::test]
async fn details_tell_what_is_so_and_what_is_not_there() {
    let bench = Bench::new().await;
    bench.program_is("DELINQUENT").await;
    bench.answer("GET", "Ads/9", json_ok(&ad("9", START, END))).await;
    bench.answer("GET", "Ads/7", refusal(404, "Not found")).await;

    let shown = bench.platform.details(&campaign("9")).await.unwrap().unwrap();
    assert_eq!(shown.status, PlatformStatus::Blocked("the program is DELINQUENT".to_owned()));
    assert_eq!(shown.effective, EffectiveStatus::Unknown);
    assert_eq!(shown.ends_at, Some(at(END)));
    assert_eq!(bench.platform.details(&campaign("7")).await.unwrap(), None);

    bench.platform.details(&campaign("9")).await.unwrap();
    let programs = bench.asked().await.iter().filter(|line| line.ends_with("Campaigns/1000")).count();
    assert_eq!(programs, 1, "a program's state is known for a while");
}

#[tokio::test]
async fn an_ad_that_falls_out_of_the_list_is_asked_for_by_its_id() {
    for (behaviour, found) in [(Listed::No, 1), (Listed::Yes, 0)] {
        let behaviour = PlatformBehaviour { ended_ads: behaviour, ..PlatformBehaviour::default() };
        let bench = Bench::with(|config| ImpactConfig { behaviour, ..config }).await;
        bench.program_is("ACTIVE").await;
        bench.answer_once("GET", "Ads", json_ok(&list(&[ad(NEW_AD, START, END)]))).await;
        bench.answer("GET", "Ads", json_ok(&list(&[]))).await;
        bench.answer("GET", "Ads/892081", json_ok(&ad(NEW_AD, START, START))).await;
        assert_eq!(bench.platform.all().await.unwrap().len(), 1);
        let all = bench.platform.all().await.unwrap();
        assert_eq!(all.len(), found);
        assert!(all.iter().all(|campaign| campaign.status == PlatformStatus::Ended));
        // It has ended: nobody needs to ask again.
        assert!(bench.platform.all().await.unwrap().is_empty());
    }
}
