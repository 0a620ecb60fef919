//! The rows of the report by ad, one an ad: what several rows for one ad mean is decided here, for all who read it.

use std::collections::BTreeMap;

use campaign_pilot_core::PlatformCampaignId;

use crate::{AdReportRow, Listing};

/// A report's rows by ad.
pub(super) struct Rows<'a> {
    by_ad: BTreeMap<&'a str, Told<'a>>,
    /// Whether an ad without a row had no activity.
    whole: bool,
}

/// What the report tells of an ad.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Told<'a> {
    /// One row, which may stand there more than once.
    Row(&'a AdReportRow),
    /// No row: the report leaves out ads without any activity.
    Nothing,
    /// Rows that differ. Whether they are parts, or one of them is outdated, cannot be known: none is taken, and none added.
    Differing,
    /// The report has gaps, and the ad's row may lie in one.
    Gap,
}

impl<'a> Rows<'a> {
    pub(super) fn of(report: &'a Listing<AdReportRow>) -> Self {
        let mut by_ad: BTreeMap<&str, Told<'_>> = BTreeMap::new();
        for row in &report.items {
            let told = by_ad.entry(row.ad.as_str()).or_insert(Told::Row(row));
            if *told != Told::Row(row) {
                *told = Told::Differing;
            }
        }
        Self { by_ad, whole: report.complete && report.unreadable.is_empty() }
    }

    pub(super) fn told(&self, id: &PlatformCampaignId) -> Told<'a> {
        match self.by_ad.get(id.as_str()) {
            Some(told) => *told,
            None if self.whole => Told::Nothing,
            None => Told::Gap,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn row(clicks: u64) -> AdReportRow {
        AdReportRow::read(&json!({"Ad_Id": "7", "Clicks": clicks})).unwrap()
    }

    fn told(rows: &[AdReportRow]) -> Option<Option<u64>> {
        let listing = Listing { items: rows.to_vec(), unreadable: Vec::new(), complete: true };
        match Rows::of(&listing).told(&PlatformCampaignId::new("7").unwrap()) {
            Told::Row(row) => Some(row.clicks),
            Told::Nothing => Some(None),
            Told::Differing | Told::Gap => None,
        }
    }

    #[test]
    fn rows_that_are_the_same_are_one_and_others_are_none() {
        assert_eq!(told(&[row(5)]), Some(Some(5)));
        assert_eq!(told(&[row(5), row(5), row(5)]), Some(Some(5)));
        assert_eq!(told(&[row(5), row(6)]), None);
        assert_eq!(told(&[row(5), row(6), row(5)]), None);
        assert_eq!(told(&[row(5), row(6), row(6)]), None);
        assert_eq!(told(&[]), Some(None));
        let other: Value = json!({"Ad_Id": "7", "Clicks": 5, "Click_Cost": "1.00"});
        assert_eq!(told(&[row(5), AdReportRow::read(&other).unwrap()]), None);
    }
}
