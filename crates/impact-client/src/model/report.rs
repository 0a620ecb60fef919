//! Rows of the performance report by ad, whose columns are spelled differently from account to account.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::Value;

use crate::wire::scalar;
use crate::wire::scalar::{parse_count, parse_decimal, value_text};
use crate::{AdId, ReportId};

/// A report of the account.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[non_exhaustive]
#[serde(rename_all = "PascalCase")]
pub struct Report {
    /// Its id or handle.
    pub id: ReportId,
    /// Its name.
    #[serde(default, deserialize_with = "scalar::plain")]
    pub name: String,
    /// Its category.
    #[serde(default, deserialize_with = "scalar::text")]
    pub category: Option<String>,
    /// Whether it can be had over the API.
    #[serde(rename = "ApiAccessible", default, deserialize_with = "scalar::flag")]
    pub is_accessible: Option<bool>,
}

/// What a report takes and has.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[non_exhaustive]
#[serde(rename_all = "PascalCase")]
pub struct ReportMetadata {
    /// What it can be narrowed by.
    #[serde(default, deserialize_with = "scalar::list")]
    pub filters: Vec<ReportFilter>,
    /// Its columns.
    #[serde(default, deserialize_with = "scalar::list")]
    pub attributes: Vec<ReportAttribute>,
}

/// What a report can be narrowed by.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[non_exhaustive]
#[serde(rename_all = "PascalCase")]
pub struct ReportFilter {
    /// The name of the parameter.
    #[serde(default, deserialize_with = "scalar::plain")]
    pub name: String,
    /// Its type, in impact.com's words.
    #[serde(default, deserialize_with = "scalar::plain")]
    pub data_type: String,
    /// Its form, in impact.com's words.
    #[serde(default, deserialize_with = "scalar::plain")]
    pub format: String,
}

/// A column of a report.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[non_exhaustive]
#[serde(rename_all = "PascalCase")]
pub struct ReportAttribute {
    /// Its name.
    #[serde(default, deserialize_with = "scalar::plain")]
    pub name: String,
    /// Its type, in impact.com's words.
    #[serde(default, deserialize_with = "scalar::plain")]
    pub data_type: String,
}

/// A row of a report. Columns are found whatever their case and the underscores and blanks between their words.
#[derive(Clone, Debug, PartialEq)]
pub struct ReportRecord {
    cells: BTreeMap<String, Value>,
}

impl ReportRecord {
    /// Reads a record; `None` when it is not an object.
    pub(crate) fn read(record: &Value) -> Option<Self> {
        let cells = record.as_object()?.iter().map(|(column, value)| (normalised(column), value.clone())).collect();
        Some(Self { cells })
    }

    /// The columns, in small letters without underscores and blanks.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.cells.keys().map(String::as_str)
    }

    /// What stands in a column, if it says anything.
    #[must_use]
    pub fn text(&self, column: &str) -> Option<String> {
        self.cells.get(&normalised(column)).and_then(value_text)
    }

    /// The number in a column; `None` where there is none.
    #[must_use]
    pub fn decimal(&self, column: &str) -> Option<Decimal> {
        parse_decimal(&self.text(column)?)
    }

    /// The count in a column; `None` where there is none.
    #[must_use]
    pub fn count(&self, column: &str) -> Option<u64> {
        parse_count(&self.text(column)?)
    }
}

/// One ad in the performance report by ad.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct AdReportRow {
    /// The ad.
    pub ad: AdId,
    /// How often it was shown, where the report has the column.
    pub impressions: Option<u64>,
    /// How often it was clicked.
    pub clicks: Option<u64>,
    /// Conversions.
    pub actions: Option<u64>,
    /// The revenue of the conversions, in the report's currency.
    pub revenue: Option<Decimal>,
    /// What conversions cost, in the report's currency.
    pub action_cost: Option<Decimal>,
    /// What clicks cost, in the report's currency.
    pub click_cost: Option<Decimal>,
    /// What else it cost, in the report's currency: neither a conversion nor a click, such as a fee for its place.
    pub other_cost: Option<Decimal>,
}

impl AdReportRow {
    /// What the ad cost beside its conversions: its clicks, and what else the report tells. `None` where the costs of clicks are
    /// not known; a report without a column for other costs has none.
    #[must_use]
    pub fn cost_beside_actions(&self) -> Option<Decimal> {
        self.click_cost?.checked_add(self.other_cost.unwrap_or_default())
    }

    /// Reads a record, whatever the case of its columns and the underscores and blanks between their words.
    ///
    /// # Errors
    ///
    /// What is wrong with it: no ad id, or a number that is none.
    pub(crate) fn read(record: &Value) -> Result<Self, String> {
        let record = record.as_object().ok_or("the record is not an object")?;
        let cells: BTreeMap<String, &Value> = record.iter().map(|(column, value)| (normalised(column), value)).collect();
        let cell = |names: &[&str]| names.iter().find_map(|name| cells.get(*name)).and_then(|value| value_text(value));
        let ad = cell(&["adid"]).ok_or("the record names no ad")?;
        let amount = |names: &[&str]| match cell(names) {
            None => Ok(None),
            Some(text) => parse_decimal(&text).map(Some).ok_or_else(|| "a column holds no number".to_owned()),
        };
        let count = |names: &[&str]| match amount(names)? {
            None => Ok(None),
            Some(number) if number.is_integer() => u64::try_from(number).map(Some).map_err(|_| "a count is negative".to_owned()),
            Some(_) => Err("a count is not whole".to_owned()),
        };
        Ok(Self {
            ad: AdId::new(ad).map_err(|error| error.to_string())?,
            impressions: count(&["impressions"])?,
            clicks: count(&["clicks"])?,
            actions: count(&["actions"])?,
            revenue: amount(&["revenue"])?,
            action_cost: amount(&["actioncost"])?,
            click_cost: amount(&["clickcost", "clickccost", "cpccost"])?,
            other_cost: amount(&["othercost"])?,
        })
    }
}

fn normalised(column: &str) -> String {
    column.chars().filter(|c| !matches!(c, '_' | ' ')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn columns_are_found_in_every_spelling() {
        let documented = json!({"Ad_Id": "892081", "Ad_Name": "x", "Impressions": "0", "Clicks": "143", "Actions": "9",
            "Revenue": "314.91", "Click_Cost": "0.00", "CPC": "0.22"});
        let snake = json!({"ad_id": 892081, "impressions": 0, "clicks": 143, "actions": 9.0, "clickc_cost": 0.00});
        let row = AdReportRow::read(&documented).unwrap();
        assert_eq!((row.clicks, row.actions, row.click_cost), (Some(143), Some(9), Some(Decimal::ZERO)));
        assert_eq!((row.revenue, row.action_cost), (Some(Decimal::new(31_491, 2)), None));
        assert_eq!(AdReportRow::read(&snake).unwrap().click_cost, row.click_cost);
        let fee = AdReportRow::read(&json!({"Ad_Id": "7", "Click_Cost": "0.22", "Other_Cost": "5.00"})).unwrap();
        assert_eq!((fee.cost_beside_actions(), row.cost_beside_actions()), (Some(Decimal::new(522, 2)), Some(Decimal::ZERO)));
    }

    #[test]
    fn a_missing_column_is_absent_and_nonsense_is_an_error() {
        assert_eq!(AdReportRow::read(&json!({"AdId": "7"})).unwrap().clicks, None);
        assert!(AdReportRow::read(&json!({"Clicks": "7"})).is_err());
        assert!(AdReportRow::read(&json!({"AdId": "7", "Clicks": "many"})).is_err());
        assert!(AdReportRow::read(&json!({"AdId": "7", "Clicks": "-1"})).is_err());
        assert!(AdReportRow::read(&json!(["7"])).is_err());
    }

    #[test]
    fn any_report_is_read_by_its_columns() {
        let record =
            ReportRecord::read(&json!({"date_display": "Jun 1", "Total_Cost": "31.49", "Sale Amount": 21.99, "Clicks": "NA"}))
                .unwrap();
        assert_eq!(record.decimal("TotalCost"), Some(Decimal::new(3149, 2)));
        assert_eq!((record.decimal("sale_amount"), record.count("clicks")), (Some(Decimal::new(2199, 2)), None));
        assert_eq!(record.columns().count(), 4);
        assert_eq!(ReportRecord::read(&json!([1])), None);
    }

    #[test]
    fn a_report_and_what_it_takes_are_read() {
        let report: Report =
            serde_json::from_str(r#"{"Id":"adv_click_data_pm_only","Name":"Clicks","ApiAccessible":"true"}"#).unwrap();
        assert_eq!(report.is_accessible, Some(true));
        let metadata: ReportMetadata =
            serde_json::from_str(r#"{"Filters":[{"Name":"SUBAID","DataType":"Integer"}],"Attributes":[{"Name":"Clicks"}]}"#)
                .unwrap();
        assert_eq!((metadata.filters.len(), metadata.attributes[0].name.as_str()), (1, "Clicks"));
    }
}
