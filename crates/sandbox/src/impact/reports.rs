//! The by-ad performance report and the job that carries it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::settings::PlatformSettings;
use super::state::{ActionState, Ad, ClickCount, Job, PlatformState, WriteAnswer};
use super::time::{read_report_end, read_report_start, write_date};
use super::validate;

/// The handle of the by-ad performance report.
pub(crate) const BY_AD: &str = "adv_performance_by_ad_pm_only";

/// The half-open span of a report.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    start: Timestamp,
    end: Timestamp,
}

impl Span {
    /// Reads the program and the dates of a report, in either spelling.
    pub(crate) fn read(fields: &BTreeMap<&str, &str>, settings: &PlatformSettings) -> Result<Self, WriteAnswer> {
        if fields.get("SUBAID").and_then(|program| program.parse().ok()) != Some(settings.program_id) {
            return Err(validate::failed("SUBAID", "Unknown program"));
        }
        let date = |names: [&str; 2]| names.iter().find_map(|name| fields.get(name).copied());
        let offset = settings.offset();
        let start = date(["StartDate", "START_DATE"]).and_then(|text| read_report_start(text, offset));
        let start = start.ok_or_else(|| validate::failed("StartDate", "Not a valid date"))?;
        let end = date(["EndDate", "END_DATE"]).and_then(|text| read_report_end(text, offset));
        let end = end.ok_or_else(|| validate::failed("EndDate", "Not a valid date"))?;
        if end < start {
            return Err(validate::failed("EndDate", "Must not be before StartDate"));
        }
        Ok(Self { start, end })
    }
}

/// The rows of the by-ad report as known at `now`: one per ad with any click or action in the span.
pub(crate) fn by_ad(state: &PlatformState, span: Span, now: Timestamp) -> Vec<Value> {
    let mut credited: BTreeMap<u64, Credited> = BTreeMap::new();
    for action in state.action_book().between(span.start, span.end) {
        let reported = &action.reported;
        if reported.event_at < span.end && reported.created_at <= now && action.state(now) != ActionState::Reversed {
            let sum = credited.entry(reported.ad).or_default();
            sum.actions += 1;
            sum.revenue += reported.amount;
            sum.cost += reported.client_cost;
        }
    }
    let rows = state.ads().filter_map(|ad| {
        let clicks = state.clicks(ad.id, span.start, span.end.min(now));
        let credited = credited.get(&ad.id).copied().unwrap_or_default();
        (clicks.clicks > 0 || credited.actions > 0).then(|| row(ad, clicks, credited, state.settings()))
    });
    rows.collect()
}

#[derive(Clone, Copy, Debug, Default)]
struct Credited {
    actions: u64,
    revenue: Decimal,
    cost: Decimal,
}

fn row(ad: &Ad, clicks: ClickCount, credited: Credited, settings: &PlatformSettings) -> Value {
    let total = clicks.cost + credited.cost;
    let per_click = if clicks.clicks == 0 { Decimal::ZERO } else { total / Decimal::from(clicks.clicks) };
    json!({
        "Ad_Id": ad.id.to_string(),
        "Ad_Name": ad.name,
        "Ad_Type": type_title(&ad.ad_type),
        "Ad_Start_Date": ad.starts_at.map(|at| write_date(at, settings.offset())).unwrap_or_default(),
        "Ad_End_Date": ad.ends_at.map(|at| write_date(at, settings.offset())).unwrap_or_default(),
        "Landing_Page": ad.landing_page,
        "Impressions": "0",
        "Clicks": clicks.clicks.to_string(),
        "Actions": credited.actions.to_string(),
        "Calls": "0",
        "Revenue": amount(credited.revenue),
        "Action_Cost": amount(credited.cost),
        "Click_Cost": amount(clicks.cost),
        "Other_Cost": "0.00",
        "Total_Cost": amount(total),
        "CPC": amount(per_click),
        // A column that no documentation mentions.
        "Quality_Index": "n/a",
    })
}

fn type_title(ad_type: &str) -> &str {
    match ad_type {
        "TEXT_LINK" => "Text Link",
        "BANNER" => "Banner",
        "COUPON" => "Coupon",
        other => other,
    }
}

/// An amount with two places, as text.
pub(crate) fn amount(amount: Decimal) -> String {
    let mut amount = amount.round_dp(2);
    amount.rescale(2);
    amount.to_string()
}

/// A job as its resource shows it.
pub(crate) fn job_json(job: &Job, settings: &PlatformSettings) -> Value {
    let uri = format!("/Advertisers/{}/Jobs/{}", settings.account_sid, job.id);
    let at = |instant| write_date(instant, settings.offset());
    let done = job.is_completed();
    let started = job.polls_left < settings.polls_per_job;
    let (status, message) = match (done, started) {
        (true, _) => ("COMPLETED", "Job processing completed successfully."),
        (false, true) => ("RUNNING", "Job is being processed."),
        (false, false) => ("QUEUED", "Job is waiting to be processed."),
    };
    json!({
        "Id": job.id,
        "Type": "ApiReport",
        "ProgramId": settings.program_id.to_string(),
        "CreatedBy": settings.account_sid,
        "CreatedDate": at(job.created_at),
        "StartedDate": if started || done { at(job.ran_at) } else { String::new() },
        "CompletedDate": if done { at(job.ran_at) } else { String::new() },
        "CancelledDate": "",
        "FailedDate": "",
        "Status": status,
        "StatusMessage": message,
        "RecordsProcessed": if done { job.records.len() } else { 0 }.to_string(),
        "PercentageComplete": if done { "100" } else { "0" },
        "Replayable": "true",
        "ResultUri": if done { format!("{uri}/Download") } else { String::new() },
        "Uri": uri,
    })
}
