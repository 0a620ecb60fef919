//! Entry points for fuzzing: they take any bytes, and stop the process where a promise is broken.
//!
//! Nothing in here is a part of the API. The first byte of an input says what is read; the corpus in `fuzz/corpus` holds an
//! input for each.

use std::error::Error;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use campaign_pilot_core::{Currency, ManualClock, Period};
use campaign_pilot_http::fuzzing::{answered, head_and_body};
use campaign_pilot_http::{JsonLimits, Url, parse_json};
use jiff::Timestamp;
use jiff::civil::date;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::api::{created_id, job_of, records};
use crate::secrets::Secrets;
use crate::wire::answer::Answer;
use crate::wire::paging::{Next, PageMarks};
use crate::{
    Action, ActionId, ActionInquiry, ActionItem, ActionUpdate, Ad, AdDraft, AdId, AdKind, AdReportRow, BlockRedirectRule,
    Catalog, CatalogId, CatalogItem, CatalogItemFilter, Click, ClickId, ClickQuery, Company, Contract, Deal, DealDraft,
    DealFilter, DealId, DealKind, ExceptionItem, ExceptionList, ImpactApi, ImpactConfig, ImpactError, Job, JobId, Need, Partner,
    PartnerGroup, Program, ProgramId, PromoCode, PromoCodeExceptionList, Report, ReportId, ReportMetadata, ReportQuery,
    ReportRecord, RuleFilter, Submission, UnsubscribedContact,
};

/// The account's SID: nothing that is shown may hold it.
const SID: &str = "IRcanarycanary";
const TOKEN: &str = "made-up-token";

/// Reads one answer. The head's first line is the status, its second says whether the request was a write (`w`).
///
/// # Panics
///
/// When an error shows the SID, a write that was taken leaves no doubt although nobody can read the answer, or what is told
/// to be a success calls itself an error.
pub fn answer(bytes: &[u8]) {
    let (head, body) = head_and_body(bytes);
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.trim().parse::<u16>().ok()).unwrap_or(200);
    let is_write = lines.next() == Some("w");
    let answer = Answer { call: "try it", is_write, status, retry_after: None, body, secrets: &Secrets::new(SID, TOKEN) };
    match answer.into_value(&limits()) {
        Ok(value) => {
            assert!((200..300).contains(&status), "only a success has a result");
            let says = value.get("Status").and_then(Value::as_str).unwrap_or_default();
            assert!(!says.trim().eq_ignore_ascii_case("ERROR"), "an error is not a result");
            let _ = (created_id::<AdId>(&value, "Ads"), job_of(&value), records(value));
        }
        Err(error) => {
            shown(&error);
            assert!(is_write || !error.may_have_taken_effect(), "a read has no effect");
            let is_clear_refusal = (400..500).contains(&status) || (200..300).contains(&status);
            assert!(!is_write || is_clear_refusal || error.may_have_taken_effect(), "{status} refuses nothing");
        }
    }
}

/// Reads a page of a list or one thing, the first byte says of what.
///
/// # Panics
///
/// When a listing would go on for ever, or what was read cannot be shown.
pub fn page(bytes: &[u8]) {
    let Some((kind, body)) = bytes.split_first() else { return };
    let Ok(value) = parse_json::<Value>(body, &limits()) else { return };
    marks(&value);
    match kind {
        b'A' => each::<Action>(&value),
        b'a' => each::<Ad>(&value),
        b'b' => each::<BlockRedirectRule>(&value),
        b'c' => each::<Contract>(&value),
        b'C' => each::<Catalog>(&value),
        b'd' => each::<Deal>(&value),
        b'e' => each::<ExceptionItem>(&value),
        b'E' => each::<ExceptionList>(&value),
        b'f' => each::<PromoCodeExceptionList>(&value),
        b'g' => each::<PartnerGroup>(&value),
        b'i' => each::<ActionItem>(&value),
        b'I' => each::<CatalogItem>(&value),
        b'j' => each::<Job>(&value),
        b'k' => each::<Click>(&value),
        b'm' => each::<ReportMetadata>(&value),
        b'n' => each::<UnsubscribedContact>(&value),
        b'o' => each::<Company>(&value),
        b'p' => each::<PromoCode>(&value),
        b'P' => each::<Program>(&value),
        b'q' => each::<ActionInquiry>(&value),
        b'r' => each::<Report>(&value),
        b's' => each::<Submission>(&value),
        b't' => each::<Partner>(&value),
        b'u' => each::<ActionUpdate>(&value),
        _ => rows(value),
    }
}

fn each<T: DeserializeOwned + Debug>(value: &Value) {
    let lists = value.as_object().into_iter().flat_map(serde_json::Map::values).filter_map(Value::as_array).flatten();
    for item in lists.chain(value.as_array().into_iter().flatten()).chain(std::iter::once(value)) {
        if let Ok(read) = T::deserialize(item) {
            assert!(!format!("{read:?}").is_empty());
        }
    }
}

fn rows(value: Value) {
    for record in records(value).into_iter().flatten() {
        if let Ok(row) = AdReportRow::read(&record) {
            assert!(row.click_cost.is_none_or(|cost| cost.scale() <= 28));
        }
        if let Some(row) = ReportRecord::read(&record) {
            let columns: Vec<String> = row.columns().map(str::to_owned).collect();
            for column in columns {
                let _ = (row.text(&column), row.decimal(&column), row.count(&column));
            }
        }
    }
}

fn marks(value: &Value) {
    for first in [0, 1] {
        let marks = PageMarks::of(value, first);
        for (items, fresh) in [(0, 0), (7, 0), (7, 7)] {
            let next = marks.after(3, items, fresh, 20);
            assert!(items > 0 || next == Next::Finished || next == Next::Broken, "an empty page ends a list");
            assert!(fresh > 0 || !matches!(next, Next::Page(_)), "a page that repeats itself ends a list");
            assert!(!matches!(next, Next::Page(page) if page != 4), "the next page is the next number");
        }
    }
}

/// Lets the client do a piece of work, named by the first byte, with the answers of the input, see [`answered`].
///
/// # Panics
///
/// When an error shows the SID, or a list holds one thing twice.
pub async fn account(bytes: &[u8]) {
    let Some((kind, answers)) = bytes.split_first() else { return };
    answered(answers, async {
        if let Some(api) = client() {
            let _ = work(*kind, &api).await;
        }
    })
    .await;
}

fn client() -> Option<ImpactApi> {
    let config = ImpactConfig {
        base_url: Url::parse("https://impact.example").ok(),
        attempts: 1,
        polls: 3,
        poll_interval: Duration::ZERO,
        ..ImpactConfig::new(SID, "made-up-token", ProgramId::new("1000").ok()?, Currency::USD)
    };
    let clock = Arc::new(ManualClock::starting_at(now()));
    ImpactApi::new(config, clock).ok()
}

/// `None` where an id of ours cannot be made, which does not happen.
async fn work(kind: u8, api: &ImpactApi) -> Option<()> {
    let job = JobId::new("d8807a9f").ok()?;
    let text_link = AdDraft { kind: AdKind::TextLink, name: "n".to_owned(), link_text: "t".to_owned(), ..AdDraft::default() };
    match kind {
        b'A' => {
            let actions = told(api.actions(days()?).await);
            let actions = actions.map(|listing| listing.items).unwrap_or_default();
            let mut ids: Vec<_> = actions.iter().map(|action| action.id.clone()).collect();
            ids.sort();
            ids.dedup();
            assert_eq!(ids.len(), actions.len(), "each action comes once");
        }
        b'a' => drop(told(api.ads(None).await)),
        b'1' => drop(told(api.ad(&AdId::new("7").ok()?).await)),
        b'+' => drop(told(api.create_ad(&text_link).await)),
        b'=' => drop(told(api.update_ad(&AdId::new("7").ok()?, &text_link).await)),
        b'd' => drop(told(api.deals(&DealFilter::default()).await)),
        b'D' => drop(told(api.create_deal(&DealDraft::new("n", DealKind::FreeShipping)).await)),
        b'-' => drop(told(api.delete_deal(&DealId::new("3").ok()?).await)),
        b'b' => drop(told(api.block_redirect_rules(&RuleFilter::default()).await)),
        b'i' => drop(told(api.action_items(&ActionId::new("1.2.3").ok()?).await)),
        b'u' => drop(told(api.action_updates(days()?).await)),
        b'n' => drop(told(api.unsubscribed_contacts().await)),
        b'C' => drop(told(api.catalog_items(&CatalogId::new("5").ok()?, &CatalogItemFilter::default()).await)),
        b'r' => drop(told(api.ad_report(days()?).await)),
        b'R' => drop(told(api.export_report(&ReportQuery::new(ReportId::new("by_day").ok()?, days()?)).await)),
        b'k' => drop(told(api.export_clicks(&ClickQuery::of(date(2026, 6, 1))).await)),
        b'K' => drop(told(api.click(&ClickId::new("a:1").ok()?).await)),
        b'w' => drop(told(api.download(&job).await)),
        b'p' => drop(told(api.replay_job(&job).await)),
        b'x' => {
            let printed = api.diagnose(&Need::ALL).await.to_string();
            assert!(!printed.contains(SID), "{printed}");
        }
        _ => {}
    }
    Some(())
}

fn told<T>(result: Result<T, ImpactError>) -> Option<T> {
    result.map_err(|error| shown(&error)).ok()
}

/// An error and what lies behind it never show the SID.
fn shown(error: &ImpactError) {
    let mut next: Option<&dyn Error> = Some(error);
    while let Some(error) = next {
        assert!(!error.to_string().contains(SID), "{error}");
        next = error.source();
    }
    assert!(!format!("{error:?}").contains(SID), "{error:?}");
}

fn limits() -> JsonLimits {
    JsonLimits::default()
}

fn now() -> Timestamp {
    Timestamp::from_second(1_780_401_600).unwrap_or_default()
}

/// Longer than one window.
fn days() -> Option<Period> {
    Period::new("2026-04-01T00:00:00Z".parse().ok()?, now()).ok()
}
