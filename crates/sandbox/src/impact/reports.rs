//! The reports that the account may run: what each takes and gives.

mod rows;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::answer::Answer;
use super::paging::{PageRules, page};
use super::request::ApiRequest;
use super::settings::PlatformSettings;
use super::state::{PlatformState, WriteAnswer};
use super::time::{read_report_end, read_report_start};
use super::validate;

/// The handle of the by-ad performance report.
#[cfg(test)]
pub(crate) const BY_AD: &str = "adv_performance_by_ad_pm_only";

/// A report.
#[derive(Clone, Copy)]
pub(crate) struct Report {
    /// The name by which it is run. Handles differ from account to account.
    pub(crate) handle: &'static str,
    name: &'static str,
    columns: &'static [&'static str],
    rows: fn(&PlatformState, Span, Timestamp) -> Vec<Value>,
}

/// All reports.
const REPORTS: [Report; 5] = [
    Report {
        handle: "adv_performance_by_ad_pm_only",
        name: "Performance by Ad",
        columns: &[
            "Ad_Id",
            "Ad_Name",
            "Ad_Type",
            "Impressions",
            "Clicks",
            "Actions",
            "Revenue",
            "Action_Cost",
            "Click_Cost",
            "Total_Cost",
        ],
        rows: rows::by_ad,
    },
    Report {
        handle: "att_adv_performance_by_day_pm_only",
        name: "Performance by Day",
        columns: &["date_display", "date_sort", "Clicks", "Actions", "Revenue", "Action_Cost", "Clickc_Cost", "Total_Cost"],
        rows: rows::by_day,
    },
    Report {
        handle: "att_adv_performance_by_media_pm_only",
        name: "Performance by Partner",
        columns: &["mp_id", "Media", "Clicks", "Actions", "Revenue", "ActionCost", "ClickCost", "TotalCost"],
        rows: rows::by_partner,
    },
    Report {
        handle: "adv_action_listing_pm_only",
        name: "Action Listing",
        columns: &["Action_Id", "ad_id", "date_", "Status", "Sale_Amount", "Payout", "Client_Cost", "Media", "Order_Id"],
        rows: rows::actions,
    },
    Report {
        handle: "adv_action_list_sku_pm_only",
        name: "Action Listing by SKU",
        columns: &["Action_Id", "ad_id", "date_", "Status", "SKU", "Item_Name", "Category", "Quantity", "Sale_Amount"],
        rows: rows::skus,
    },
];

impl Report {
    /// The report of a handle.
    pub(crate) fn find(handle: &str) -> Option<Self> {
        REPORTS.into_iter().find(|report| report.handle == handle)
    }

    /// The refusal of a handle that is not the account's.
    pub(crate) fn not_permitted(handle: &str) -> WriteAnswer {
        WriteAnswer::refused(400, &format!("Not permitted to run report {handle}"))
    }

    /// Its rows as known at `now`.
    pub(crate) fn rows(self, state: &PlatformState, span: Span, now: Timestamp) -> Vec<Value> {
        (self.rows)(state, span, now)
    }
}

/// The half-open span of a report.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    /// Its first instant.
    pub(crate) start: Timestamp,
    /// The first instant after it.
    pub(crate) end: Timestamp,
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

/// A page of the reports that the account may run.
pub(super) fn list(request: &ApiRequest, settings: &PlatformSettings) -> Result<Value, Answer> {
    let show = |report: &Report| {
        let path = |kind: &str| format!("/Advertisers/{}/{kind}/{}", settings.account_sid, report.handle);
        json!({
            "Id": report.handle,
            "Name": report.name,
            "Category": "Performance",
            "Description": "",
            "ApiAccessible": true,
            "ApiRunUri": path("Reports"),
            "DeferredApiRunUri": path("ReportExport"),
            "MetaDataUri": format!("{}/MetaData", path("Reports")),
            "RunUri": path("Reports"),
        })
    };
    page(request, settings, PageRules::COMMON, ("/Reports", "Reports"), &REPORTS, show)
}

/// What a report takes and gives.
pub(super) fn metadata(handle: &str, settings: &PlatformSettings) -> Result<Value, Answer> {
    let report = Report::find(handle).ok_or_else(Answer::not_found)?;
    let filter = |name: &str, kind: &str, format: &str| json!({ "Name": name, "DataType": kind, "Format": format });
    let attribute = |name: &&str| json!({ "Name": name, "DataType": "STRING", "Description": "" });
    let uri = format!("/Advertisers/{}/Reports/{handle}", settings.account_sid);
    Ok(json!({
        "Id": report.handle,
        "Name": report.name,
        "Description": "",
        "Filters": [filter("SUBAID", "INTEGER", ""), filter("StartDate", "DATETIME", "ISO-8601"), filter("EndDate", "DATETIME", "ISO-8601")],
        "Attributes": report.columns.iter().map(attribute).collect::<Vec<_>>(),
        "RunUri": uri,
        "Uri": format!("{uri}/MetaData"),
    }))
}

/// A report run at once, the old way: pages of 20,000 rows, whatever is asked for.
pub(super) fn run(state: &PlatformState, request: &ApiRequest, handle: &str, now: Timestamp) -> Result<Value, Answer> {
    let report = Report::find(handle).ok_or_else(|| Report::not_permitted(handle))?;
    let fields = request.query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let rows = report.rows(state, Span::read(&fields, state.settings())?, now);
    page(request, state.settings(), PageRules::REPORT, (&format!("/Reports/{handle}"), "Records"), &rows, Value::clone)
}
