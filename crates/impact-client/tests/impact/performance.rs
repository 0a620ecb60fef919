//! What campaigns did: one list of actions per window, one report, and honest gaps.

use std::collections::BTreeMap;

use campaign_pilot_core::Clock as _;
use campaign_pilot_core::ports::CampaignPlatform;
use campaign_pilot_core::{
    Absence, CampaignPerformance, Currency, Measured, Money, PerformanceReading, Period, PlatformCampaignId,
};
use jiff::SignedDuration;
use serde_json::{Value, json};
use wiremock::ResponseTemplate;
use wiremock::matchers::{method, path, query_param};

use crate::support::{Bench, NOW, SID, account, at, campaign, days, json_ok, refusal};

const EXPORT: &str = "ReportExport/adv_performance_by_ad_pm_only";
const JOB: &str = "Jobs/d8807a9f-a5ee-4e3f-ad2b-3dfd19d1915f";

pub(crate) fn action(id: &str, ad: u64, state: &str, cost: &str, status: &str) -> Value {
    let number = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    json!({
        "Id": id, "CampaignId": 1000, "CampaignName": "Acme Campaign", "ActionTrackerId": 2240, "MediaPartnerId": 10000,
        "State": state, "AdId": ad, "ClientCost": number(cost), "Payout": number(cost), "Amount": 21.99, "Currency": "USD",
        "ReferringDate": "2026-06-01T09:45:07-07:00", "EventDate": "2026-06-01T10:42:38-07:00", "ClearedDate": "",
        "ReferringType": "CLICK_COOKIE", "Oid": "9217374917472", "CustomerStatus": status, "SharedId": ""
    })
}

pub(crate) fn actions(items: &[Value]) -> Value {
    json!({"@page": "1", "@numpages": "1", "@pagesize": "20000", "@total": items.len().to_string(), "@nextpageuri": "", "Actions": items})
}

pub(crate) fn row(ad: &str, clicks: &str, actions: &str, click_cost: &str) -> Value {
    json!({"Ad_Id": ad, "Ad_Name": "x", "Ad_Type": "Text Link", "Impressions": "0", "Clicks": clicks, "Actions": actions,
        "Revenue": "314.91", "Action_Cost": "31.49", "Click_Cost": click_cost, "Other_Cost": "0.00", "CPC": "0.22"})
}

fn queued() -> Value {
    json!({"Status": "QUEUED", "QueuedUri": account(JOB), "ResultUri": account(&format!("{JOB}/Download"))})
}

fn job(status: &str, completed: &str) -> Value {
    json!({"Id": "d8807a9f-a5ee-4e3f-ad2b-3dfd19d1915f", "Type": "ApiReport", "ProgramId": "1000", "CreatedBy": SID,
        "CompletedDate": completed, "FailedDate": "", "Status": status, "StatusMessage": "as told", "PercentageComplete": "100"})
}

/// Lets the export succeed at once with these rows.
pub(crate) async fn report(bench: &Bench, rows: &[Value]) {
    bench.answer("GET", EXPORT, json_ok(&queued())).await;
    bench.answer("GET", JOB, json_ok(&job("COMPLETED", NOW))).await;
    let records = json!({"@page": "1", "@numpages": "1", "Records": rows});
    bench.answer("GET", &format!("{JOB}/Download"), json_ok(&records)).await;
}

pub(crate) fn day() -> Period {
    Period::new(at("2026-06-01T07:00:00Z"), at("2026-06-02T07:00:00Z")).unwrap()
}

pub(crate) fn dollars(text: &str) -> Money {
    Money::parse(text, Currency::USD).unwrap()
}

async fn read(bench: &Bench, ids: &[&str], period: Period) -> PerformanceReading {
    let ids: Vec<PlatformCampaignId> = ids.iter().map(|id| campaign(id)).collect();
    let reading = bench.platform.performance(&ids, period).await.unwrap();
    assert_eq!(reading.period, period);
    let reported: Vec<_> = reading.campaigns.keys().cloned().collect();
    assert_eq!(reported.len(), ids.len());
    assert!(!format!("{reading:?}").contains(SID));
    reading
}

#[tokio::test]
async fn actions_and_clicks_are_put_together_by_ad() {
    let bench = Bench::new().await;
    let all = [
        action("1000.1.1", 7, "PENDING", "0.88", "NEW"),
        action("1000.1.2", 7, "APPROVED", "1.12", "EXISTING"),
        action("1000.1.3", 7, "REVERSED", "9.99", "NEW"),
        action("1000.1.4", 7, "UNDER_INSPECTION", "0.50", "NEW"),
        action("1000.1.5", 555, "PENDING", "100.00", "NEW"),
    ];
    bench.answer("GET", "Actions", json_ok(&actions(&all))).await;
    report(&bench, &[row("7", "143", "3", "2.50"), row("555", "9", "1", "0.00")]).await;

    let reading = read(&bench, &["7", "8"], day()).await;

    let expected = CampaignPerformance {
        period: day(),
        impressions: Measured::Absent(Absence::ImpressionsNotCounted),
        clicks: Measured::Known(143),
        actions: 3,
        reversed_actions: 1,
        revenue: dollars("65.97"),
        cost: dollars("5.00"),
        pending_cost: dollars("1.38"),
        new_customers: Measured::Known(2),
    };
    assert_eq!(reading.campaigns[&campaign("7")], expected);
    let quiet = &reading.campaigns[&campaign("8")];
    assert_eq!((quiet.clicks, quiet.actions, quiet.cost), (Measured::Known(0), 0, dollars("0")));
    assert!(reading.quality.complete);
    assert_eq!(reading.quality.notes, Vec::<String>::new());
    assert_eq!(reading.quality.complete_until, Some(day().end()));
    assert_eq!(
        bench.asked().await,
        [
            "GET Actions?CampaignId=1000&ActionDateStart=2026-06-01T00:00:00-07:00&ActionDateEnd=2026-06-02T00:00:00-07:00\
             &PageSize=20000&Page=1"
                .to_owned(),
            "GET Reports/adv_performance_by_ad_pm_only/MetaData".to_owned(),
            format!(
                "GET {EXPORT}?SUBAID=1000&StartDate=2026-06-01T00:00:00-07:00&EndDate=2026-06-01T23:59:59-07:00&ResultFormat=JSON"
            ),
            format!("GET {JOB}"),
            format!("GET {JOB}"),
            format!("GET {JOB}/Download?Mode=Stream"),
        ]
    );
}

#[tokio::test]
async fn a_period_that_lasts_until_now_is_complete_up_to_the_reporting_lag() {
    let bench = Bench::new().await;
    bench.answer("GET", "Actions", json_ok(&actions(&[]))).await;
    report(&bench, &[]).await;
    let until_now = Period::new(day().start(), at(NOW)).unwrap();
    let reading = read(&bench, &["7"], until_now).await;
    assert_eq!(reading.quality.complete_until, Some(at("2026-06-02T11:45:00Z")));
}

#[tokio::test]
async fn windows_meet_without_loss_or_repetition() {
    let bench = Bench::new().await;
    let period = Period::new(at("2026-03-01T00:00:00Z"), at("2026-03-01T00:00:00Z") + days(60)).unwrap();
    let seam = "2026-04-15T00:00:00Z";
    let mut on_seam = action("1000.1.1", 7, "APPROVED", "1.00", "NEW");
    on_seam["EventDate"] = json!(seam);
    let mut at_end = action("1000.1.2", 7, "APPROVED", "1.00", "NEW");
    at_end["EventDate"] = json!(period.end().to_string());
    // Both ends count as inside for impact.com: the seam comes twice, the end of the period once too often.
    for (start, items) in
        [("2026-02-28T17:00:00-07:00", vec![on_seam.clone()]), ("2026-04-14T17:00:00-07:00", vec![on_seam, at_end])]
    {
        let mock = wiremock::Mock::given(method("GET")).and(path(account("Actions"))).and(query_param("ActionDateStart", start));
        mock.respond_with(json_ok(&actions(&items))).expect(1).mount(&bench.server).await;
    }
    report(&bench, &[row("7", "1", "1", "0")]).await;
    let reading = read(&bench, &["7"], period).await;
    assert_eq!(reading.campaigns[&campaign("7")].actions, 1);
    assert!(reading.quality.complete);
}

#[tokio::test]
async fn without_the_report_clicks_are_absent_and_the_reading_incomplete() {
    for (answer, reason) in [
        (json_ok(&json!({"Status": "ERROR", "Message": "Not permitted to run report"})), "Not permitted to run report"),
        (refusal(403, "Access Denied"), "Access Denied"),
        (json_ok(&json!({"Status": "QUEUED"})), "names no job"),
    ] {
        let bench = Bench::new().await;
        bench.answer("GET", "Actions", json_ok(&actions(&[action("1000.1.1", 7, "PENDING", "0.88", "NEW")]))).await;
        bench.answer("GET", EXPORT, answer).await;
        let reading = read(&bench, &["7"], day()).await;
        let seen = &reading.campaigns[&campaign("7")];
        assert_eq!(seen.clicks, Measured::Absent(Absence::ClicksNotReported));
        assert_eq!((seen.actions, seen.cost), (1, dollars("0.88")));
        assert!(!reading.quality.complete);
        assert!(reading.quality.notes[0].contains(reason), "{:?}", reading.quality.notes);
        assert_eq!(reading.quality.notes.len(), 1);
    }
}

#[tokio::test]
async fn a_job_is_awaited_and_one_that_fails_or_never_ends_is_given_up() {
    for (statuses, is_good, looks) in [
        (vec!["QUEUED", "RUNNING", "RUNNING", "COMPLETED"], true, 4),
        (vec!["QUEUED", "RUNNING", "FAILED"], false, 3),
        // One look after the start and five in turn.
        (vec!["RUNNING"], false, 6),
    ] {
        let bench = Bench::new().await;
        bench.answer("GET", "Actions", json_ok(&actions(&[]))).await;
        for status in &statuses[..statuses.len() - 1] {
            bench.answer_once("GET", JOB, json_ok(&job(status, ""))).await;
        }
        bench.answer("GET", JOB, json_ok(&job(statuses[statuses.len() - 1], ""))).await;
        report(&bench, &[row("7", "5", "0", "0")]).await;
        let reading = read(&bench, &["7"], day()).await;
        assert_eq!(reading.campaigns[&campaign("7")].clicks.known().is_some(), is_good, "{statuses:?}");
        let looked = bench.asked().await.iter().filter(|line| **line == format!("GET {JOB}")).count();
        assert_eq!(looked, looks, "{statuses:?}");
    }
}

#[tokio::test]
async fn an_early_download_is_tried_again() {
    let bench = Bench::new().await;
    bench.answer("GET", "Actions", json_ok(&actions(&[]))).await;
    let early = ResponseTemplate::new(202).set_body_json(job("RUNNING", ""));
    bench.answer_once("GET", &format!("{JOB}/Download"), early).await;
    report(&bench, &[row("7", "5", "0", "0")]).await;
    assert_eq!(read(&bench, &["7"], day()).await.campaigns[&campaign("7")].clicks, Measured::Known(5));
}

#[tokio::test]
async fn the_same_question_runs_the_same_job_again() {
    let bench = Bench::new().await;
    bench.answer("GET", "Actions", json_ok(&actions(&[]))).await;
    report(&bench, &[row("7", "5", "0", "0")]).await;
    bench.answer("PUT", &format!("{JOB}/Replay"), json_ok(&job("QUEUED", ""))).await;
    read(&bench, &["7"], day()).await;
    read(&bench, &["7"], day()).await;
    let asked = bench.asked().await;
    assert_eq!(asked.iter().filter(|line| line.starts_with("GET ReportExport")).count(), 1);
    assert_eq!(asked.iter().filter(|line| **line == format!("PUT {JOB}/Replay")).count(), 1);
}

#[tokio::test]
async fn an_older_result_is_run_again_and_not_taken_for_new() {
    for may_replay in [true, false] {
        let bench = Bench::new().await;
        bench.answer("GET", "Actions", json_ok(&actions(&[]))).await;
        let old = json_ok(&job("COMPLETED", "2026-06-01T23:00:00-07:00"));
        if may_replay {
            bench.answer_once("GET", JOB, old).await;
            bench.answer("PUT", &format!("{JOB}/Replay"), json_ok(&job("QUEUED", ""))).await;
        } else {
            bench.answer("GET", JOB, old).await;
            bench.answer("PUT", &format!("{JOB}/Replay"), refusal(403, "Access Denied")).await;
        }
        report(&bench, &[row("7", "5", "0", "0")]).await;
        let reading = read(&bench, &["7"], day()).await;
        assert_eq!(reading.campaigns[&campaign("7")].clicks.known().is_some(), may_replay);
        assert!(bench.asked().await.contains(&format!("PUT {JOB}/Replay")));
    }
}

/// A job that was run again shows its old result for a while: that is not read.
#[tokio::test]
async fn the_result_before_a_replay_is_not_taken_for_the_new_one() {
    let bench = Bench::new().await;
    bench.answer("GET", "Actions", json_ok(&actions(&[]))).await;
    // Two looks for the first export, one before the replay, two that still show the old result.
    for _ in 0..5 {
        bench.answer_once("GET", JOB, json_ok(&job("COMPLETED", NOW))).await;
    }
    bench.answer("GET", JOB, json_ok(&job("COMPLETED", "2026-06-02T13:00:05Z"))).await;
    bench.answer("PUT", &format!("{JOB}/Replay"), json_ok(&job("QUEUED", ""))).await;
    bench.answer_once("GET", &format!("{JOB}/Download"), json_ok(&json!({"Records": [row("7", "5", "0", "0")]}))).await;
    report(&bench, &[row("7", "9", "0", "0")]).await;
    let mut clicks = Vec::new();
    for _ in 0..2 {
        clicks.push(read(&bench, &["7"], day()).await.campaigns[&campaign("7")].clicks);
        bench.clock.advance(SignedDuration::from_hours(1));
    }
    assert_eq!(clicks, [Measured::Known(5), Measured::Known(9)]);
    let looks = bench.asked().await.iter().filter(|line| **line == format!("GET {JOB}")).count();
    assert_eq!(looks, 6);
}

/// Every reading up to now is the same export until midnight, whenever it is made.
#[tokio::test]
async fn the_readings_of_a_day_are_one_export() {
    let bench = Bench::new().await;
    bench.answer("GET", "Actions", json_ok(&actions(&[]))).await;
    bench.answer("PUT", &format!("{JOB}/Replay"), json_ok(&job("QUEUED", ""))).await;
    report(&bench, &[row("7", "5", "0", "0")]).await;
    for _ in 0..3 {
        let until_now = Period::new(day().start(), bench.clock.now()).unwrap();
        read(&bench, &["7"], until_now).await;
        bench.clock.advance(SignedDuration::from_mins(20));
    }
    let asked = bench.asked().await;
    let count = |what: &str| asked.iter().filter(|line| line.starts_with(what)).count();
    assert_eq!((count("GET ReportExport"), count("PUT")), (1, 2));
}

#[tokio::test]
async fn the_exports_of_a_day_are_counted() {
    let bench = Bench::with(|config| campaign_pilot_impact_client::ImpactConfig { exports_per_day: 1, ..config }).await;
    bench.answer("GET", "Actions", json_ok(&actions(&[]))).await;
    // Two looks for the first export; on the next day one at the same job, one before it is run again, then its new result.
    for _ in 0..4 {
        bench.answer_once("GET", JOB, json_ok(&job("COMPLETED", NOW))).await;
    }
    bench.answer("GET", JOB, json_ok(&job("COMPLETED", "2026-06-03T12:00:00Z"))).await;
    report(&bench, &[row("7", "5", "0", "0")]).await;
    let next_day = Period::new(day().end(), day().end() + days(1)).unwrap();
    assert!(read(&bench, &["7"], day()).await.quality.complete);
    let used_up = read(&bench, &["7"], next_day).await;
    assert_eq!(used_up.campaigns[&campaign("7")].clicks, Measured::Absent(Absence::ClicksNotReported));
    assert!(used_up.quality.notes[0].contains("used up"), "{:?}", used_up.quality.notes);
    bench.clock.advance(days(1));
    bench.answer("PUT", &format!("{JOB}/Replay"), json_ok(&job("QUEUED", ""))).await;
    assert!(read(&bench, &["7"], next_day).await.quality.complete);
    assert_eq!(bench.asked().await.iter().filter(|line| line.starts_with("GET ReportExport")).count(), 2);
}

#[tokio::test]
async fn what_cannot_be_counted_is_left_out_and_said() {
    let cases: BTreeMap<&str, Value> = [
        ("two currencies", json!({"Currency": "EUR"})),
        ("an unknown currency", json!({"Currency": "XXQ"})),
        ("no cost", json!({"ClientCost": "", "Payout": "NA"})),
        ("an unreadable cost", json!({"ClientCost": "a lot"})),
    ]
    .into();
    for (what, change) in cases {
        let bench = Bench::new().await;
        let mut odd = action("1000.1.2", 7, "PENDING", "5.00", "NEW");
        odd.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        bench.answer("GET", "Actions", json_ok(&actions(&[action("1000.1.1", 7, "PENDING", "0.88", "NEW"), odd]))).await;
        report(&bench, &[row("7", "5", "1", "0")]).await;
        let reading = read(&bench, &["7"], day()).await;
        let seen = &reading.campaigns[&campaign("7")];
        assert_eq!((seen.actions, seen.cost, seen.pending_cost), (1, dollars("0.88"), dollars("0.88")), "{what}");
        assert!(!reading.quality.complete, "{what}");
    }
}

/// A lead or a fixed fee has no amount, and is billed all the same: the budget must see it.
#[tokio::test]
async fn an_action_without_an_amount_costs_what_it_costs() {
    let bench = Bench::new().await;
    let mut lead = action("1000.1.2", 7, "PENDING", "5.00", "NEW");
    lead["Amount"] = json!("");
    bench.answer("GET", "Actions", json_ok(&actions(&[action("1000.1.1", 7, "PENDING", "0.88", "NEW"), lead]))).await;
    report(&bench, &[row("7", "5", "2", "0")]).await;
    let reading = read(&bench, &["7"], day()).await;
    let seen = &reading.campaigns[&campaign("7")];
    assert_eq!((seen.actions, seen.cost, seen.pending_cost), (2, dollars("5.88"), dollars("5.88")));
    assert!(reading.quality.notes.iter().any(|note| note.contains("its revenue is not known")));
}

/// A row that cannot be read may be anyone's, and two rows for one ad say nothing: neither is a zero.
#[tokio::test]
async fn gaps_of_the_report_are_no_zeros() {
    for rows in [vec![row("8", "5", "0", "0"), json!({"Clicks": "3"})], vec![row("7", "5", "0", "0"), row("7", "6", "0", "0")]] {
        let bench = Bench::new().await;
        bench.answer("GET", "Actions", json_ok(&actions(&[]))).await;
        report(&bench, &rows).await;
        let reading = read(&bench, &["7"], day()).await;
        assert_eq!(reading.campaigns[&campaign("7")].clicks, Measured::Absent(Absence::ClicksNotReported));
        assert!(!reading.quality.complete);
    }
}

#[tokio::test]
async fn a_row_that_stands_there_twice_is_one() {
    let bench = Bench::new().await;
    bench.answer("GET", "Actions", json_ok(&actions(&[]))).await;
    let mut row = row("7", "5", "0", "1.25");
    // Neither an action nor a click, and spent all the same.
    row["Other_Cost"] = json!("10.00");
    report(&bench, &[row.clone(), row]).await;
    let reading = read(&bench, &["7"], day()).await;
    let told = &reading.campaigns[&campaign("7")];
    assert_eq!((told.clicks, told.cost), (Measured::Known(5), dollars("11.25")));
    assert!(reading.quality.complete);
}

#[tokio::test]
async fn new_customers_are_unknown_as_soon_as_one_action_does_not_say() {
    let bench = Bench::new().await;
    let both = [action("1000.1.1", 7, "PENDING", "0.88", "NEW"), action("1000.1.2", 7, "PENDING", "0.88", "")];
    bench.answer("GET", "Actions", json_ok(&actions(&both))).await;
    report(&bench, &[row("7", "5", "2", "0")]).await;
    let reading = read(&bench, &["7"], day()).await;
    assert_eq!(reading.campaigns[&campaign("7")].new_customers, Measured::Absent(Absence::NewCustomersUnknown));
}

#[tokio::test]
async fn a_report_that_counts_otherwise_is_noted() {
    let bench = Bench::new().await;
    bench.answer("GET", "Actions", json_ok(&actions(&[action("1000.1.1", 7, "PENDING", "0.88", "NEW")]))).await;
    report(&bench, &[row("7", "5", "4", "0"), json!({"Clicks": "3"})]).await;
    let reading = read(&bench, &["7"], day()).await;
    assert_eq!(reading.campaigns[&campaign("7")].actions, 1);
    assert!(reading.quality.notes.iter().any(|note| note.contains("count differently for ads 7")));
    assert!(reading.quality.notes.iter().any(|note| note.contains("names no ad")));
}

#[tokio::test]
async fn actions_that_cannot_be_read_are_an_error_and_not_zero() {
    let bench = Bench::new().await;
    bench.answer("GET", "Actions", refusal(400, "CampaignId is unknown")).await;
    assert!(bench.platform.performance(&[campaign("7")], day()).await.is_err());
    assert_eq!(bench.asked().await.len(), 1, "no export is spent");
}

#[tokio::test]
async fn nothing_asked_nothing_sent() {
    let bench = Bench::new().await;
    assert!(read(&bench, &[], day()).await.campaigns.is_empty());
    assert!(bench.asked().await.is_empty());
}
