//! Reports: which there are, what they take, and their exports.

use std::collections::BTreeMap;

use campaign_pilot_core::{Currency, ErrorKind, Period, sanitize_line};
use campaign_pilot_http::Request;
use jiff::{SignedDuration, Timestamp};

use super::exports::Export;
use super::form::Filtered;
use super::listing::Shape;
use super::{ImpactApi, Listing, Unreadable};
use crate::status::{end_of_day, start_of_day};
use crate::windows::floor_second;
use crate::{AdReportRow, ImpactError, Report, ReportId, ReportMetadata, ReportRecord};

const CALL: &str = "export the report from impact.com";

/// A report to be exported for the program.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportQuery {
    /// Which one.
    pub report: ReportId,
    /// For when. Reports are made for whole days of the account.
    pub period: Period,
    /// The currency into which all amounts are converted; `None` for the program's.
    pub currency: Option<Currency>,
    /// Further parameters by their names, such as `SHOW_DATE` = `1` for a column that is off.
    pub more: BTreeMap<String, String>,
}

impl ReportQuery {
    /// A report as it is, for a period.
    #[must_use]
    pub const fn new(report: ReportId, period: Period) -> Self {
        Self { report, period, currency: None, more: BTreeMap::new() }
    }
}

/// How a report wants its dates: names and form differ from page to page of the documentation.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct DateStyle {
    start: String,
    end: String,
    /// Whether a time of day belongs to them.
    with_time: bool,
}

impl DateStyle {
    /// What version 14 documents.
    fn documented() -> Self {
        Self { start: "StartDate".to_owned(), end: "EndDate".to_owned(), with_time: true }
    }

    /// What clients in the wild send.
    fn seen() -> Self {
        Self { start: "START_DATE".to_owned(), end: "END_DATE".to_owned(), with_time: false }
    }

    /// What a report says about itself; `None` when it names no such filters.
    pub(super) fn of(metadata: &ReportMetadata) -> Option<Self> {
        let plain = |name: &str| name.replace('_', "").to_ascii_lowercase();
        let find = |wanted: &str| metadata.filters.iter().find(|filter| plain(&filter.name) == wanted);
        let (start, end) = (find("startdate")?, find("enddate")?);
        let form = format!("{} {}", start.format, start.data_type).to_ascii_lowercase();
        let with_time = form.contains("time") || form.contains("hh") || (form.trim().is_empty() && start.name == "StartDate");
        Some(Self { start: start.name.clone(), end: end.name.clone(), with_time })
    }
}

impl ImpactApi {
    /// The reports of the account. Their names vary from account to account; only some can be had over the API.
    ///
    /// # Errors
    ///
    /// When a page cannot be read. A list that breaks off is not an error but says so.
    pub async fn reports(&self) -> Result<Listing<Report>, ImpactError> {
        let request = Request::get("Reports").query("PageSize", 1_000);
        self.pages("list the reports at impact.com", &request, Shape::under(&["Reports"])).await
    }

    /// The filters that a report takes and the columns that it has; `None` when the account has no such report.
    ///
    /// # Errors
    ///
    /// When they cannot be read.
    pub async fn report_metadata(&self, id: &ReportId) -> Result<Option<ReportMetadata>, ImpactError> {
        let request = Request::get("Reports").segment(id).segment("MetaData");
        self.maybe("read what the report takes at impact.com", &request).await
    }

    /// A report, exported by a job. Asking again for the same runs the same job again, which does not count as another
    /// export.
    ///
    /// The names of its date parameters are taken from its own description, read once; where that names none, version 14's
    /// are sent, and where impact.com does not take those, the older ones.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::RateLimited`] when the quota of exports is used up, by our count or impact.com's;
    /// [`ErrorKind::Unavailable`] when the job does not finish in time.
    pub async fn export_report(&self, query: &ReportQuery) -> Result<Listing<ReportRecord>, ImpactError> {
        let records = self.exported(&self.report_export(query).await?).await?;
        let mut listing = Listing::empty();
        for record in records {
            match ReportRecord::read(&record) {
                Some(row) => listing.items.push(row),
                None => listing.unreadable.push(Unreadable::new(&record, "the record is not an object")),
            }
        }
        Ok(listing)
    }

    /// The performance of all ads of the program in a period, one row per ad with any activity.
    ///
    /// The report is made for days: where the period does not begin and end at midnight of the account, the rows may
    /// cover its whole first and last day. Asking again for the same period runs the same job again.
    ///
    /// # Errors
    ///
    /// As [`ImpactApi::export_report`]; where impact.com does not know [`ImpactConfig::by_ad_report`](crate::ImpactConfig), or
    /// does not permit it, the error names it.
    pub async fn ad_report(&self, period: Period) -> Result<Listing<AdReportRow>, ImpactError> {
        let handle = &self.config().by_ad_report;
        let report = ReportId::new(handle.as_str()).map_err(|error| {
            by_ad(handle, ImpactError::new(ErrorKind::Invalid, CALL, "this is no handle of a report").with_source(error))
        })?;
        let query = ReportQuery::new(report, self.until_midnight(period));
        let export = self.report_export(&query).await?;
        let records = self.exported(&export).await.map_err(|error| by_ad(handle, error))?;
        let mut listing = Listing::empty();
        for record in records {
            match AdReportRow::read(&record) {
                Ok(row) => listing.items.push(row),
                Err(reason) => listing.unreadable.push(Unreadable::new(&record, reason)),
            }
        }
        Ok(listing)
    }

    /// A period that ends now, up to the account's next midnight: what has not happened yet adds nothing, and all readings
    /// of a day are the same export, which is run again and counts once.
    fn until_midnight(&self, period: Period) -> Period {
        let now = self.now();
        let zone = &self.config().time_zone;
        let day = start_of_day(now, zone);
        let ends_now = day < period.end() && now.duration_since(period.end()).abs() <= SignedDuration::from_mins(1);
        if !ends_now {
            return period;
        }
        Period::new(period.start(), end_of_day(now, zone)).unwrap_or(period)
    }

    async fn report_export(&self, query: &ReportQuery) -> Result<Export, ImpactError> {
        let told = self.date_style(&query.report).await;
        let styles = told.map_or_else(|| vec![DateStyle::documented(), DateStyle::seen()], |style| vec![style]);
        Ok(Export { call: CALL, ways: styles.iter().map(|style| self.report_request(query, style)).collect() })
    }

    fn report_request(&self, query: &ReportQuery, style: &DateStyle) -> Request {
        // The end is inside for impact.com, so that midnight would add a day.
        let last = floor_second(query.period.end()).checked_sub(SignedDuration::from_secs(1)).unwrap_or(query.period.end());
        let written = |at: Timestamp| if style.with_time { self.date(at) } else { self.day(at) };
        let request = Request::get("ReportExport")
            .segment(&query.report)
            .query("SUBAID", self.program_id())
            .query(&style.start, written(query.period.start()))
            .query(&style.end, written(last.max(query.period.start())))
            .query_any("CONV_CURRENCY", query.currency)
            .query("ResultFormat", "JSON");
        query.more.iter().fold(request, |request, (name, value)| request.query(name, value))
    }

    /// How the report wants its dates, read once; `None` when it does not say, or cannot be asked.
    async fn date_style(&self, report: &ReportId) -> Option<DateStyle> {
        let known = self.styles().get(report).cloned();
        if let Some(style) = known {
            return style;
        }
        let style = match self.report_metadata(report).await {
            Ok(metadata) => metadata.as_ref().and_then(DateStyle::of),
            Err(error) if error.is_retryable() => return None,
            // A token without the scope to describe reports may still export them.
            Err(_) => None,
        };
        self.styles().insert(report.clone(), style.clone());
        style
    }
}

/// A refusal of the report by ad, told with its handle: it may be none of this account.
fn by_ad(handle: &str, error: ImpactError) -> ImpactError {
    if !matches!(error.kind(), ErrorKind::Invalid | ErrorKind::NotFound | ErrorKind::Forbidden | ErrorKind::Unsupported) {
        return error;
    }
    let also = error.advice().map(|advice| format!("; or {advice}")).unwrap_or_default();
    error.about(format_args!("report `{}`", sanitize_line(handle))).with_advice(format!(
        "list the account's reports and set `by_ad_report` to the handle of its performance report by ad{also}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style(filters: &str) -> Option<DateStyle> {
        DateStyle::of(&serde_json::from_str(&format!(r#"{{"Id":"x","Filters":{filters}}}"#)).unwrap())
    }

    #[test]
    fn a_report_says_how_it_wants_its_dates() {
        let told =
            style(r#"[{"Name":"SUBAID"},{"Name":"START_DATE","DataType":"Date","Format":"YYYY-MM-DD"},{"Name":"END_DATE"}]"#);
        assert_eq!(told, Some(DateStyle::seen()));
        let told = style(r#"[{"Name":"StartDate","DataType":"DateTime","Format":""},{"Name":"EndDate","DataType":"DateTime"}]"#);
        assert_eq!(told, Some(DateStyle::documented()));
        assert_eq!(style(r#"[{"Name":"StartDate"}]"#), None);
        assert_eq!(style("\"\""), None);
    }
}
