//! Report exports: jobs, polls, downloads, replays, the daily quota.

use rust_decimal::dec;
use serde_json::json;

use super::*;
use crate::impact::{ExportErrors, Quirks, RateHeaders, RequestEffect};

const SPAN: &str = "SUBAID=1000&StartDate=2026-11-23T00:00:00Z&EndDate=2026-11-24T00:00:00Z";

impl Account {
    /// Asks for the by-ad report and gives the job's path below the account.
    async fn export(&self, query: &str) -> String {
        let body = self.read(&format!("/ReportExport/adv_performance_by_ad_pm_only?{query}")).await;
        assert_eq!(body["Status"], "QUEUED");
        let queued = body["QueuedUri"].as_str().unwrap();
        assert_eq!(body["ResultUri"], format!("{queued}/Download"));
        assert_eq!(body["ReplayUri"], format!("{queued}/Replay"));
        queued.replace(&format!("/Advertisers/{}", PlatformSettings::default().account_sid), "")
    }

    fn clicks(&self, clicks: u64) {
        self.world.with(|state| {
            state.platform.record_clicks(892_081, 1, state.now, clicks, dec!(0.05) * rust_decimal::Decimal::from(clicks))
        });
    }
}

#[tokio::test]
async fn a_job_needs_a_poll_before_it_can_be_downloaded() {
    let account = Account::open().await;
    account.post_ad(&KETTLE).await;
    account.clicks(143);
    account.wait(1);
    let job = account.export(&format!("{SPAN}&ResultFormat=JSON")).await;
    let early = account.get(&format!("{job}/Download?Mode=Stream")).await;
    assert_eq!((early.status, &early.json()["Status"]), (StatusCode::ACCEPTED, &json!("QUEUED")));
    let found = account.read(&job).await;
    for (name, value) in [
        ("Type", "ApiReport"),
        ("ProgramId", "1000"),
        ("Status", "COMPLETED"),
        ("FailedDate", ""),
        ("CompletedDate", "2026-11-22T17:00:00-08:00"),
        ("RecordsProcessed", "1"),
        ("PercentageComplete", "100"),
        ("Replayable", "true"),
    ] {
        assert_eq!(found[name], value, "{name}");
    }
    let file = account.read(&format!("{job}/Download?Mode=Stream")).await;
    let row = &file["Records"][0];
    let cells = ["Ad_Id", "Ad_Name", "Ad_Type", "Impressions", "Clicks", "Actions", "Revenue", "Click_Cost", "Total_Cost", "CPC"];
    let cells = cells.map(|cell| row[cell].as_str().unwrap());
    assert_eq!(cells, ["892081", "Kettle & more", "Text Link", "0", "143", "0", "0.00", "7.15", "7.15", "0.05"]);
    assert_eq!(account.read("/Jobs").await["@total"], "1");
    assert_eq!(account.get("/Jobs/none").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn polls_are_counted_and_show_progress() {
    let account = Account::with(PlatformSettings { polls_per_job: 3, ..PlatformSettings::default() }).await;
    let job = account.export(SPAN).await;
    let mut states = Vec::new();
    for _ in 0..4 {
        states.push(account.read(&job).await["Status"].as_str().unwrap().to_owned());
    }
    assert_eq!(states, ["QUEUED", "RUNNING", "RUNNING", "COMPLETED"]);
}

#[tokio::test]
async fn without_streaming_the_file_lies_on_another_host_that_takes_no_credentials() {
    let account = Account::with(PlatformSettings { polls_per_job: 0, ..PlatformSettings::default() }).await;
    account.post_ad(&KETTLE).await;
    account.clicks(2);
    account.wait(1);
    let job = account.export(SPAN).await;
    let reply = account.get(&format!("{job}/Download")).await;
    assert_eq!(reply.status, StatusCode::FOUND);
    let location = reply.header("location").unwrap();
    assert!(location.starts_with("http://localhost:"), "{location}");
    let address = location.replace("localhost", "127.0.0.1");
    let file = account.send(account.client.get(&address)).await;
    assert_eq!((file.status, file.header("content-type")), (StatusCode::OK, Some("text/csv")));
    assert!(file.text.contains("\"Kettle & more\""), "{}", file.text);
    let signed = account.client.get(&address).basic_auth("a", Some("b"));
    assert_eq!(account.send(signed).await.status, StatusCode::BAD_REQUEST);
    let (unsigned, _) = address.split_once('?').unwrap();
    assert_eq!(account.send(account.client.get(unsigned)).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_same_parameters_are_the_same_frozen_job_until_it_is_replayed() {
    let account = Account::open().await;
    account.post_ad(&KETTLE).await;
    account.clicks(1);
    account.wait(1);
    let clicks = async |job: &str| {
        while account.read(job).await["Status"] != "COMPLETED" {}
        account.read(&format!("{job}/Download?Mode=Stream")).await["Records"][0]["Clicks"].as_str().unwrap().to_owned()
    };
    let query = format!("{SPAN}&ResultFormat=JSON");
    let job = account.export(&query).await;
    let replay = async || account.send(account.request(Method::PUT, &format!("{job}/Replay")).body("")).await;
    assert_eq!(replay().await.status, StatusCode::FORBIDDEN, "it has not run yet");
    assert_eq!(clicks(&job).await, "1");
    account.clicks(4);
    account.wait(1);
    assert_eq!(account.export(&query).await, job);
    assert_eq!(clicks(&job).await, "1");
    assert_eq!(replay().await.json()["Status"], "QUEUED");
    assert_eq!(clicks(&job).await, "5");
    assert_ne!(account.export(&query.replace("2026-11-24", "2026-11-25")).await, job);
    let history = account.world.with(|state| state.platform.history().to_vec());
    let effects: Vec<_> = history.iter().map(|request| matches!(request.effect, RequestEffect::Replayed(_))).collect();
    assert_eq!(effects, [false, false, false, false, true, false]);
}

#[tokio::test]
async fn exports_run_out_at_the_end_of_the_daily_quota() {
    let account = Account::with(PlatformSettings { exports_per_day: 2, ..PlatformSettings::default() }).await;
    account.export(SPAN).await;
    account.export(SPAN).await;
    let path = format!("/ReportExport/adv_performance_by_ad_pm_only?{SPAN}");
    let reply = account.get(&path).await;
    assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS);
    // The account's day ends at 08:00 UTC.
    let rates = ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "retry-after"].map(|name| reply.header(name));
    assert_eq!(rates, [Some("2"), Some("0"), Some("28800"), None], "of the quota that is used up");
    account.wait(7);
    assert_eq!(account.get(&path).await.status, StatusCode::TOO_MANY_REQUESTS);
    account.wait(1);
    assert_eq!(account.get(&path).await.status, StatusCode::OK);
}

#[tokio::test]
async fn click_exports_tell_of_their_own_quota_in_each_family_of_headers() {
    for (rate_headers, rates) in [
        (RateHeaders::Brand, [Some("0"), Some("28800"), None, None, None]),
        (RateHeaders::Partner, [None, None, Some("0"), Some("28800"), Some("28800")]),
        (RateHeaders::Both, [Some("0"), Some("28800"), Some("0"), Some("28800"), Some("28800")]),
    ] {
        let settings = PlatformSettings { click_exports_per_day: 0, rate_headers, ..PlatformSettings::default() };
        let reply = Account::with(settings).await.get("/Programs/1000/ClickExport?Date=2026-11-22").await;
        let names =
            ["x-ratelimit-remaining", "x-ratelimit-reset", "x-ratelimit-remaining-hour", "ratelimit-reset", "retry-after"];
        assert_eq!(names.map(|name| reply.header(name)), rates, "{rate_headers:?}");
        assert_eq!(reply.json(), json!({ "message": "API rate limit exceeded" }));
    }
}

#[tokio::test]
async fn every_refusal_of_a_report_or_an_export_is_an_error_under_200_or_4xx_as_chosen() {
    let account = Account::open().await;
    let quirks = Quirks { export_errors: ExportErrors::Status400, ..Quirks::default() };
    let strict = Account::with(PlatformSettings { quirks, ..PlatformSettings::default() }).await;
    let mut paths = vec![
        "/ReportExport/adv_performance_by_day".to_owned(),
        "/Reports/adv_performance_by_day".to_owned(),
        "/Reports/adv_performance_by_day/MetaData".to_owned(),
        format!("/Reports/adv_performance_by_ad_pm_only?{SPAN}&Page=first"),
        "/Reports?Page=first".to_owned(),
    ];
    for query in [
        "StartDate=2026-11-23T00:00:00Z&EndDate=2026-11-24T00:00:00Z",
        "SUBAID=1001&StartDate=2026-11-23T00:00:00Z&EndDate=2026-11-24T00:00:00Z",
        "SUBAID=1000&EndDate=2026-11-24T00:00:00Z",
        "SUBAID=1000&StartDate=yesterday&EndDate=2026-11-24",
        "SUBAID=1000&StartDate=2026-11-24&EndDate=2026-11-22",
    ] {
        paths.extend(["ReportExport", "Reports"].map(|kind| format!("/{kind}/adv_performance_by_ad_pm_only?{query}")));
    }
    paths.extend(["1000/ClickExport?Date=yesterday", "1001/ClickExport?Date=2026-11-22"].map(|end| format!("/Programs/{end}")));
    for path in paths {
        let body = account.read(&path).await;
        assert_eq!(body["Status"], "ERROR", "{path}");
        let reply = strict.get(&path).await;
        assert!(reply.status == StatusCode::BAD_REQUEST || reply.status == StatusCode::NOT_FOUND, "{path}: {}", reply.status);
        assert_eq!(reply.json(), body, "{path}");
    }
    let history = account.world.with(|state| state.platform.history().to_vec());
    assert!(!history.is_empty() && history.iter().all(|request| request.effect == RequestEffect::Refused(200)), "{history:?}");
}

#[tokio::test]
async fn plain_dates_are_whole_days_of_the_account() {
    let account = Account::with(PlatformSettings { polls_per_job: 0, ..PlatformSettings::default() }).await;
    account.post_ad(&KETTLE).await;
    // 2026-11-22 of the account, then 2026-11-23 from 08:00 UTC on.
    account.clicks(1);
    account.wait(8);
    account.clicks(10);
    account.wait(23);
    account.clicks(100);
    account.wait(1);
    account.clicks(1_000);
    account.wait(1);
    for (dates, clicks) in [
        ("StartDate=2026-11-22&EndDate=2026-11-22", "1"),
        ("START_DATE=2026-11-23&END_DATE=2026-11-23", "110"),
        ("StartDate=2026-11-22&EndDate=2026-11-24", "1111"),
        ("StartDate=2026-11-23T08:00:00Z&EndDate=2026-11-24T07:00:00Z", "10"),
    ] {
        let job = account.export(&format!("SUBAID=1000&ResultFormat=JSON&{dates}")).await;
        let file = account.read(&format!("{job}/Download?Mode=Stream")).await;
        assert_eq!(file["Records"][0]["Clicks"], clicks, "{dates}");
    }
}
