//! Jobs, report and click exports, and the quotas they count against.

use std::sync::Arc;

use campaign_pilot_core::ports::CallQuota;
use campaign_pilot_core::{ErrorKind, InMemoryQuota, ManualClock};
use campaign_pilot_impact_client::{
    AdId, ClickId, ClickQuery, Denial, Download, ImpactApi, ImpactConfig, JobId, ReportId, ReportQuery,
};
use jiff::civil::date;
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::support::{Bench, NOW, account, at, config, ok, period, whole};

const JOB: &str = "Jobs/d8807a9f-a5ee";

fn job_id() -> JobId {
    JobId::new("d8807a9f-a5ee").unwrap()
}

fn job(status: &str, replayable: &str) -> Value {
    json!({"Id": "d8807a9f-a5ee", "Status": status, "Replayable": replayable, "CompletedDate": NOW})
}

fn queued() -> ResponseTemplate {
    ok(json!({"Status": "QUEUED", "QueuedUri": account(JOB), "ResultUri": account(&format!("{JOB}/Download"))}))
}

#[tokio::test]
async fn a_result_is_taken_as_it_is_or_is_not_ready_yet() {
    let bench = Bench::new().await;
    let below = format!("{JOB}/Download");
    bench.answer_once("GET", &below, ResponseTemplate::new(202).set_body_json(job("RUNNING", "false"))).await;
    bench.answer_once("GET", &below, ResponseTemplate::new(200).set_body_raw("Ad_Id,Clicks\n7,1\n", "text/csv")).await;
    bench.answer_once("GET", &below, ok(json!({"Status": "ERROR", "Message": "gone"}))).await;
    let Download::NotYet(state) = bench.api.download(&job_id()).await.unwrap() else { panic!("it is not ready") };
    assert_eq!(state.status.as_str(), "RUNNING");
    let Download::Ready(file) = bench.api.download(&job_id()).await.unwrap() else { panic!("it is ready") };
    assert_eq!((file.media_type.as_str(), &file.content[..]), ("text/csv", &b"Ad_Id,Clicks\n7,1\n"[..]));
    assert_eq!(file.records().unwrap(), [json!({"Ad_Id": "7", "Clicks": "1"})]);
    assert!(bench.api.download(&job_id()).await.unwrap_err().to_string().contains("gone"));
    assert_eq!(bench.sent().await[0], format!("GET {below}?Mode=Stream"));
    let accepted = bench.last().await.headers["accept"].to_str().unwrap().to_owned();
    assert!(accepted.starts_with("application/json"), "{accepted}");
}

#[tokio::test]
async fn a_file_on_another_host_is_asked_for_without_credentials() {
    let bench = Bench::new().await;
    let elsewhere = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path("/bucket/a%2Fb.json"))
        .respond_with(ok(json!({"Records": [{"Ad_Id": "7"}]})))
        .mount(&elsewhere)
        .await;
    let address = format!("{}/bucket/a%2Fb.json?X-Sig=a+b%20c~", elsewhere.uri());
    let referral = ResponseTemplate::new(302).insert_header("Location", address.as_str());
    bench.answer_once("GET", &format!("{JOB}/Download"), referral).await;
    let Download::Ready(file) = bench.api.download(&job_id()).await.unwrap() else { panic!("it is ready") };
    assert_eq!(file.records().unwrap().len(), 1);
    let asked = elsewhere.received_requests().await.unwrap();
    assert_eq!(asked[0].url.query(), Some("X-Sig=a+b%20c~"), "a signature holds to the letter");
    assert!(!asked[0].headers.contains_key("authorization") && !asked[0].headers.contains_key("ir-version"));
    let away = ResponseTemplate::new(302).insert_header("Location", "ftp://files.example/x");
    bench.answer_once("GET", &format!("{JOB}/Download"), away).await;
    assert_eq!(bench.api.download(&job_id()).await.unwrap_err().kind(), ErrorKind::Malformed);
    // Relative to our own request: an address of the account, whose SID no error shows.
    let back = ResponseTemplate::new(302).insert_header("Location", "file.json");
    bench.answer("GET", &format!("{JOB}/Download"), back).await;
    assert_eq!(bench.api.download(&job_id()).await.unwrap_err().kind(), ErrorKind::Malformed);
}

#[tokio::test]
async fn a_refused_replay_is_told_apart_from_a_missing_scope() {
    let bench = Bench::new().await;
    bench.answer("PUT", &format!("{JOB}/Replay"), ResponseTemplate::new(403)).await;
    bench.answer_once("GET", JOB, ok(job("RUNNING", "true"))).await;
    bench.answer_once("GET", JOB, ok(job("COMPLETED", "false"))).await;
    bench.answer_once("GET", JOB, ok(job("COMPLETED", "true"))).await;
    bench.answer_once("GET", JOB, ResponseTemplate::new(403)).await;
    let mut seen = Vec::new();
    for _ in 0..4 {
        let error = bench.api.replay_job(&job_id()).await.unwrap_err();
        seen.push((error.denial().unwrap(), error.kind()));
    }
    let (state, scope) = ((Denial::NotReplayable, ErrorKind::Precondition), (Denial::Scope, ErrorKind::Forbidden));
    assert_eq!(seen, [state, state, scope, scope]);
    let bench = Bench::new().await;
    bench.answer("PUT", &format!("{JOB}/Replay"), ResponseTemplate::new(401)).await;
    assert_eq!(bench.api.replay_job(&job_id()).await.unwrap_err().denial(), Some(Denial::Credentials));
}

#[tokio::test]
async fn jobs_are_listed_by_when_they_were_created() {
    let bench = Bench::new().await;
    bench.answer("GET", "Jobs", whole("Jobs", json!([job("FAILED", "")]))).await;
    let created = period("2026-06-01T00:00:00Z", "2026-06-02T00:00:00Z");
    let jobs = bench.api.jobs(Some(created)).await.unwrap();
    assert!(jobs.items[0].status.has_failed() && jobs.items[0].can_be_replayed());
    let wanted = "GET Jobs?CreatedAfter=2026-05-31T17:00:00-07:00&CreatedBefore=2026-06-01T17:00:00-07:00&PageSize=1000&Page=1";
    assert_eq!(bench.sent().await, [wanted]);
}

fn by_day() -> ReportQuery {
    let report = ReportId::new("att_adv_performance_by_day_pm_only").unwrap();
    let query = ReportQuery::new(report, period("2026-06-01T07:00:00Z", "2026-06-02T07:00:00Z"));
    ReportQuery { more: [("SHOW_DATE".to_owned(), "1".to_owned())].into(), ..query }
}

const BY_AD: &str = "ReportExport/adv_performance_by_ad_pm_only";
const EXPORT: &str = "ReportExport/att_adv_performance_by_day_pm_only";
const METADATA: &str = "Reports/att_adv_performance_by_day_pm_only/MetaData";

async fn answering(bench: &Bench) {
    bench.answer("GET", JOB, ok(job("COMPLETED", "true"))).await;
    bench.answer("GET", &format!("{JOB}/Download"), ok(json!({"Records": [{"date_display": "Jun 1", "Clicks": "7"}]}))).await;
    bench.answer("PUT", &format!("{JOB}/Replay"), ok(job("QUEUED", "true"))).await;
}

#[tokio::test]
async fn a_report_is_asked_for_as_it_says_and_then_run_again() {
    let bench = Bench::new().await;
    answering(&bench).await;
    bench.answer("GET", EXPORT, queued()).await;
    let filters = json!([{"Name": "START_DATE", "Format": "YYYY-MM-DD"}, {"Name": "END_DATE", "Format": "YYYY-MM-DD"}]);
    bench.answer("GET", METADATA, ok(json!({"Id": "x", "Filters": filters}))).await;
    for _ in 0..2 {
        let report = bench.api.export_report(&by_day()).await.unwrap();
        assert_eq!(report.items[0].count("clicks"), Some(7));
    }
    let sent = bench.sent().await;
    let asked: Vec<_> = sent.iter().filter(|line| !line.starts_with(&format!("GET {JOB}"))).map(String::as_str).collect();
    assert_eq!(
        asked,
        [
            &format!("GET {METADATA}"),
            &format!("GET {EXPORT}?SUBAID=1000&START_DATE=2026-06-01&END_DATE=2026-06-01&ResultFormat=JSON&SHOW_DATE=1"),
            &format!("PUT {JOB}/Replay"),
        ]
    );
}

#[tokio::test]
async fn dates_that_are_not_understood_are_written_in_the_older_way() {
    let bench = Bench::new().await;
    answering(&bench).await;
    let refusal = json!({"Status": "ERROR", "Message": "Parameter START_DATE is missing"});
    bench.answer_once("GET", EXPORT, ok(refusal)).await;
    bench.answer_once("GET", EXPORT, queued()).await;
    bench.api.export_report(&by_day()).await.unwrap();
    let sent = bench.sent().await;
    assert!(sent[1].contains("StartDate=2026-06-01T00:00:00-07:00&EndDate=2026-06-01T23:59:59-07:00"), "{sent:?}");
    assert!(sent[2].contains("START_DATE=2026-06-01&END_DATE=2026-06-01"), "{sent:?}");
}

#[tokio::test]
async fn a_report_that_is_not_permitted_is_not_asked_for_twice() {
    let bench = Bench::new().await;
    bench.answer("GET", EXPORT, ok(json!({"Status": "ERROR", "Message": "Not permitted to run report"}))).await;
    let error = bench.api.export_report(&by_day()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert_eq!(bench.sent().await.len(), 2, "what it takes, and once the export");
}

#[tokio::test]
async fn a_table_is_read_like_json() {
    let bench = Bench::new().await;
    bench.answer("GET", JOB, ok(job("COMPLETED", "true"))).await;
    bench.answer("PUT", &format!("{JOB}/Replay"), ok(job("QUEUED", "true"))).await;
    bench.answer("GET", BY_AD, queued()).await;
    let below = format!("{JOB}/Download");
    let table = |text: &str, media: &str| ResponseTemplate::new(200).set_body_raw(text.to_owned(), media);
    let (whole, short) = ("\"Ad_Id\",\"Clicks\",\"Click_Cost\"\n\"7\",\"143\",\"2.50\"\n", "Ad_Id,Clicks,Click_Cost\n7,143\n");
    bench.answer_once("GET", &below, table(whole, "text/csv; charset=utf-8")).await;
    bench.answer_once("GET", &below, table(short, "text/csv")).await;
    bench.answer_once("GET", &below, ok(json!({"Records": {"Ad_Id": "7", "Clicks": "143", "Click_Cost": "2.50"}}))).await;
    let day = || period("2026-06-01T07:00:00Z", "2026-06-02T07:00:00Z");
    let from_table = bench.api.ad_report(day()).await.unwrap();
    assert_eq!(from_table.items[0].clicks, Some(143));
    let error = bench.api.ad_report(day()).await.unwrap_err();
    assert!(error.to_string().contains("row 1 has 2 cells for 3 columns"), "{error}");
    assert_eq!(bench.api.ad_report(day()).await.unwrap(), from_table);
}

/// A handle that the account does not have is named, with what to do, however impact.com says so.
#[tokio::test]
async fn the_report_by_ad_is_a_setting() {
    let day = || period("2026-06-01T07:00:00Z", "2026-06-02T07:00:00Z");
    let set = |handle: &str| {
        let by_ad_report = handle.to_owned();
        move |config| ImpactConfig { by_ad_report, ..config }
    };
    let unknown = json!({"Status": "ERROR", "Message": "Not permitted to run report"});
    for refusal in [ok(unknown.clone()), ResponseTemplate::new(404), ResponseTemplate::new(403).set_body_json(&unknown)] {
        let bench = Bench::with(set("our_own_by_ad")).await;
        bench.answer("GET", "ReportExport/our_own_by_ad", refusal).await;
        let error = bench.api.ad_report(day()).await.unwrap_err();
        assert!(error.to_string().contains("report `our_own_by_ad`"), "{error}");
        assert!(error.advice().unwrap().contains("`by_ad_report`"), "{error:?}");
    }
    let bench = Bench::with(set("no handle/at all")).await;
    let error = bench.api.ad_report(day()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.to_string().contains("no handle/at all"), "{error}");
    assert!(bench.sent().await.is_empty());
}

#[tokio::test]
async fn clicks_of_a_day_are_exported_and_counted() {
    let bench = Bench::with(|config| ImpactConfig { click_exports_per_day: 1, ..config }).await;
    let clicks = json!({"Clicks": [{"Id": "a:1", "AdId": 7, "UniqueClick": "true"}, {"Id": ""}]});
    bench.answer("GET", "Programs/1000/ClickExport", queued()).await;
    bench.answer("GET", JOB, ok(job("COMPLETED", "true"))).await;
    bench.answer("GET", &format!("{JOB}/Download"), ok(clicks)).await;
    bench.answer("GET", "Campaigns/1000/Clicks/a:1", ok(json!({"Id": "a:1"}))).await;
    let ads = ["7", "8"].map(|id| AdId::new(id).unwrap()).to_vec();
    let query = ClickQuery { ads, unique: Some(true), ..ClickQuery::of(date(2026, 6, 1)) };
    let read = bench.api.export_clicks(&query).await.unwrap();
    assert_eq!((read.items.len(), read.unreadable.len()), (1, 1));
    let wanted = "GET Programs/1000/ClickExport?Date=2026-06-01&AdId=7&AdId=8&UniqueClick=true&ResultFormat=JSON";
    assert_eq!(bench.sent().await[0], wanted);
    let error = bench.api.export_clicks(&ClickQuery::of(date(2026, 6, 2))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert!(bench.api.click(&ClickId::new("a:1").unwrap()).await.unwrap().is_some());
    let early = bench.api.export_clicks(&ClickQuery::of(date(2024, 4, 9))).await.unwrap_err();
    assert_eq!(early.kind(), ErrorKind::Invalid);
}

/// Two clients of one account that share a quota.
fn two(uri: &str, change: impl Fn(ImpactConfig) -> ImpactConfig) -> (ImpactApi, ImpactApi, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::starting_at(at(NOW)));
    let quota: Arc<dyn CallQuota> = Arc::new(InMemoryQuota::default());
    let client = || ImpactApi::with_quota(change(config(uri)), Arc::<ManualClock>::clone(&clock), Arc::clone(&quota)).unwrap();
    (client(), client(), clock)
}

#[tokio::test]
async fn clients_share_the_hour_and_a_reserve_is_kept_for_pauses() {
    let server = MockServer::start().await;
    Mock::given(method("GET")).respond_with(ok(json!({"CompanyName": "Acme"}))).mount(&server).await;
    let limited = |config| ImpactConfig { calls_per_hour: 4, reserved_for_pauses: 1, ..config };
    let (one, other, clock) = two(&server.uri(), limited);
    for api in [&one, &other, &one] {
        api.company().await.unwrap();
    }
    let refused = other.company().await.unwrap_err();
    assert_eq!((refused.kind(), refused.retry_after().unwrap().as_secs()), (ErrorKind::RateLimited, 3_600));
    assert!(!refused.may_have_taken_effect());
    other.urgent().company().await.unwrap();
    assert_eq!(one.urgent().company().await.unwrap_err().kind(), ErrorKind::RateLimited);
    assert_eq!(server.received_requests().await.unwrap().len(), 4);
    clock.advance(jiff::SignedDuration::from_hours(1));
    one.company().await.unwrap();
}

#[tokio::test]
async fn what_impact_com_says_is_left_is_believed_in_both_families_of_headers() {
    for (remaining, reset) in [("X-RateLimit-Remaining", "X-RateLimit-Reset"), ("X-RateLimit-Remaining-hour", "RateLimit-Reset")]
    {
        let bench = Bench::new().await;
        let answer = ok(json!({"CompanyName": "Acme"})).insert_header(remaining, "50").insert_header(reset, "1200");
        bench.answer("GET", "CompanyInformation", answer).await;
        bench.api.company().await.unwrap();
        let error = bench.api.company().await.unwrap_err();
        assert_eq!((error.kind(), error.retry_after().unwrap().as_secs()), (ErrorKind::RateLimited, 1_200));
        assert_eq!(bench.sent().await.len(), 1, "others have used it up; what is left is for pauses");
        bench.api.urgent().company().await.unwrap();
    }
}
