//! What Google answers.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::super::days::{hour, passed};
use super::super::tally::Tally;

/// What Google calls the rows that it has put together.
const OTHER: &str = "(other)";

/// A page of a report.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    #[serde(default)]
    rows: Vec<Row>,
    /// Rows on all pages.
    #[serde(default)]
    row_count: u64,
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    property_quota: Quota,
}

/// The zone of a report beside the one that was assumed for the question.
pub(super) enum Zoned {
    AsAssumed(TimeZone),
    /// None was assumed.
    Learned(TimeZone),
    Changed(TimeZone),
    Unknown,
}

impl Report {
    pub(super) const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(super) const fn row_count(&self) -> u64 {
        self.row_count
    }

    pub(super) fn zone(&self, assumed: Option<&TimeZone>) -> Zoned {
        let Some(name) = &self.metadata.time_zone else { return assumed.cloned().map_or(Zoned::Unknown, Zoned::AsAssumed) };
        match (TimeZone::get(name), assumed) {
            (_, Some(assumed)) if assumed.iana_name() == Some(name) => Zoned::AsAssumed(assumed.clone()),
            (Ok(zone), Some(_)) => Zoned::Changed(zone),
            (Ok(zone), None) => Zoned::Learned(zone),
            (Err(_), _) => Zoned::Unknown,
        }
    }

    /// Counts the rows, says what is wrong with them, and tells how many there were.
    pub(super) fn count(&self, zone: &TimeZone, now: Timestamp, tally: &mut Tally) -> u64 {
        self.metadata.judge(tally);
        self.property_quota.judge(tally);
        for row in &self.rows {
            row.count(zone, now, tally);
        }
        self.rows.len() as u64
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    dimension_values: Vec<Cell>,
    metric_values: Vec<Cell>,
}

#[derive(Deserialize)]
struct Cell {
    #[serde(default)]
    value: String,
}

impl Row {
    fn count(&self, zone: &TimeZone, now: Timestamp, tally: &mut Tally) {
        let ([page, at], [views]) = (self.dimension_values.as_slice(), self.metric_values.as_slice()) else {
            return tally.add_unread();
        };
        if page.value == OTHER || at.value == OTHER {
            return tally.gap(OTHER_NOTE);
        }
        let hour = DateTime::strptime("%Y%m%d%H", &at.value).ok().and_then(|civil| hour(civil, zone));
        match (hour, views.value.parse()) {
            // An hour that still runs was counted until now.
            (Some(hour), Ok(views)) => tally.add_page(&page.value, passed(hour, now).unwrap_or(hour), views),
            _ => tally.add_unread(),
        }
    }
}

const OTHER_NOTE: &str = "Google Analytics has put rarely viewed pages together as (other); their views are not known";

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    time_zone: Option<String>,
    #[serde(default)]
    data_loss_from_other_row: bool,
    #[serde(default)]
    sampling_metadatas: Vec<Sampling>,
    #[serde(default)]
    subject_to_thresholding: bool,
    empty_reason: Option<String>,
}

/// How much of the events a report was made from; whole numbers as text.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Sampling {
    #[serde(default)]
    samples_read_count: String,
    #[serde(default)]
    sampling_space_size: String,
}

impl Metadata {
    fn judge(&self, tally: &mut Tally) {
        for sampling in &self.sampling_metadatas {
            let number = |text: &str| text.parse::<u64>().ok();
            let part = match (number(&sampling.samples_read_count), number(&sampling.sampling_space_size)) {
                (Some(read), Some(all)) => format!(": {read} of {all} events"),
                _ => String::new(),
            };
            tally.gap(format!("Google Analytics has estimated the views from a sample{part}"));
        }
        if self.data_loss_from_other_row {
            tally.gap(OTHER_NOTE);
        }
        if self.subject_to_thresholding {
            tally.gap("Google Analytics withholds rows of few people; turn Google signals off in reports to see them");
        }
        if self.empty_reason.is_some() {
            tally.gap("Google Analytics has a reason of its own for an empty report");
        }
    }
}

/// What is left of the property's quota, in Google's tokens.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Quota {
    tokens_per_day: Option<Tokens>,
    tokens_per_hour: Option<Tokens>,
}

#[derive(Clone, Copy, Deserialize)]
struct Tokens {
    /// By this request.
    #[serde(default)]
    consumed: i64,
    #[serde(default)]
    remaining: i64,
}

impl Quota {
    /// Warns while there is still something left.
    fn judge(&self, tally: &mut Tally) {
        for (tokens, span) in [(self.tokens_per_day, "today"), (self.tokens_per_hour, "this hour")] {
            if tokens.is_some_and(|tokens| tokens.remaining < tokens.consumed.saturating_mul(10)) {
                tally.note(format!("Google Analytics answers fewer than ten more such questions {span}; read less often"));
            }
        }
    }
}
